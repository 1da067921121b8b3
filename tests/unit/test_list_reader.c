/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "lists/list_reader.h"
#include "lists/list_time.h"

/* "address account/stream reason (source) since note;" of an entry. */
static CaromStatus
show_entry(const CaromBulkRow *row, void *user, GError **err)
{
	static const CaromBulkField fields[] = { CAROM_BULK_ADDRESS, CAROM_BULK_ACCOUNT,
						 CAROM_BULK_STREAM,  CAROM_BULK_REASON,
						 CAROM_BULK_SOURCE,  CAROM_BULK_SINCE,
						 CAROM_BULK_NOTE };
	GString *out = user;

	(void) err;
	g_string_append_printf(out, "%d", (int) row->line);
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
		g_string_append_printf(out, "|%s",
				       row->fields[fields[i]] ? row->fields[fields[i]] : "");
	g_string_append_c(out, ';');
	return CAROM_OK;
}

static CaromStatus
show_fault(const CaromListFault *fault, void *user, GError **err)
{
	(void) err;
	g_string_append_printf(user, "!%d.%u %s: %s;", (int) fault->line, fault->column,
			       fault->name ? fault->name : "-", fault->reason);
	return CAROM_OK;
}

/* Caller's. */
static char *
read_text(const char *text, const CaromListOptions *options, gsize piece)
{
	static const CaromListOptions none;
	GString *out = g_string_new(NULL);
	const CaromListHandler handler = { show_entry, show_fault, out };
	g_autoptr(CaromListReader) reader =
		carom_list_reader_new(options ? options : &none, &handler);
	g_autoptr(GError) error = NULL;
	gsize len = strlen(text);
	CaromStatus status = CAROM_OK;

	for (gsize at = 0; status == CAROM_OK && at < len; at += piece)
		status = carom_list_reader_push(reader, text + at, MIN(piece, len - at), &error);
	if (status == CAROM_OK)
		status = carom_list_reader_end(reader, &error);
	if (status != CAROM_OK)
		g_string_append_printf(out, "%s: %s", carom_status_name(status), error->message);
	return g_string_free(out, FALSE);
}

/* The documented forms of each provider. */
static void
test_formats(void **state)
{
	static const struct {
		const char *name, *list, *text, *want;
	} rows[] = {
		{ "our own", NULL,
		  "address,account,stream,reason,source,note\r\n"
		  "Ani@X.test,acme,news,asked,staff,'=1\r\n'@x.test,,,attack,staff,\r\n",
		  "2|ani@x.test|acme|news|asked|staff||=1;3|@x.test|||attack|staff||;" },
		{ "our own as JSON", NULL,
		  "{\"address\":\"ani@x.test\",\"reason\":\"asked\",\"note\":\"'=1\"}\n",
		  "1|ani@x.test|||asked|import||'=1;" },
		{ "sparkpost", NULL,
		  "recipient,type,source,description,created,updated,subaccount_id\n"
		  "a@x.test,non_transactional,Spam Complaint,,2026-11-01T10:00:00+00:00,,0\n"
		  "b@x.test,transactional,Bounce Rule,550 5.2.1 disabled,,,7\n"
		  "c@x.test,non_transactional,Manually Added,,,,\n",
		  "2|a@x.test|||complaint:abuse|complaint|2026-11-01T10:00:00.000000Z|;"
		  "3|b@x.test|7||recipient_disabled|bounce||550 5.2.1 disabled;"
		  "4|c@x.test|||added by hand|import||;" },
		{ "sparkpost's API", NULL,
		  "{\"results\":[{\"recipient\":\"a@x.test\",\"transactional\":true,"
		  "\"source\":\"List Unsubscribe\",\"list_id\":\"news\"}],"
		  "\"links\":[{\"href\":\"/x\",\"rel\":\"next\"}],\"total_count\":1}",
		  "1|a@x.test||news|unsubscribe_request|unsubscribe||;" },
		{ "sparkpost, a new reason", NULL, "recipient,source\na@x.test,Sunspots\n",
		  "!2.2 source: \"Sunspots\" is no reason of sparkpost's that is known: Spam "
		  "Complaint, List Unsubscribe, Unsubscribe Link, Bounce Rule, Manually Added, "
		  "Compliance;" },
		{ "sendgrid's bounces", "bounces",
		  "status,reason,email,created\n"
		  "5.1.1,550 5.1.1 no such user,a@x.test,1764320400\n",
		  "2|a@x.test|||recipient_unknown|bounce|2025-11-28T09:00:00.000000Z|550 5.1.1 no "
		  "such user;" },
		{ "sendgrid's blocks", NULL,
		  "status,reason,email,created\n4.0.0,later,a@x.test,1764320400\n",
		  "misuse: SendGrid's bounces and blocks have the same columns: --list bounces "
		  "says that these are bounces (or spam_reports, invalid_emails, unsubscribes); "
		  "blocks suppress nobody and are not imported" },
		{ "sendgrid's spam reports", NULL,
		  "ip,email,created\n192.0.2.1,a@x.test,1764320400\n",
		  "2|a@x.test|||complaint:abuse|complaint|2025-11-28T09:00:00.000000Z|;" },
		{ "sendgrid's unsubscribes", NULL, "email,created\na@x.test,1764320400\n",
		  "2|a@x.test|||unsubscribe_request|unsubscribe|2025-11-28T09:00:00.000000Z|;" },
		{ "sendgrid's invalid emails", NULL,
		  "[{\"email\":\"a@x.test\",\"created\":1764320400,\"reason\":\"Mail domain "
		  "mentioned in email address is unknown\"}]",
		  "1|a@x.test|||recipient_syntax|bounce|2025-11-28T09:00:00.000000Z|Mail domain "
		  "mentioned in email address is unknown;" },
		{ "mailgun's bounces", NULL,
		  "address,code,error,created_at\n"
		  "a@x.test,550,\"5.1.2, no such host\",\"Fri, 21 Nov 2025 11:02:55 GMT\"\n",
		  "2|a@x.test|||domain_unknown|bounce|2025-11-21T11:02:55.000000Z|5.1.2, no such "
		  "host;" },
		{ "mailgun's unsubscribes", NULL,
		  "{\"items\":[{\"address\":\"a@x.test\",\"tags\":[\"*\"],\"created_at\":\"Fri, 21 "
		  "Nov 2025 11:02:55 UTC\"},{\"address\":\"b@x.test\",\"tags\":[\"news\",\"shop\"],"
		  "\"created_at\":\"Fri, 21 Nov 2025 11:02:55 UTC\"}],\"paging\":{\"next\":\"x\"}}",
		  "1|a@x.test|||unsubscribe_request|unsubscribe|2025-11-21T11:02:55.000000Z|;"
		  "1|b@x.test||news|unsubscribe_request|unsubscribe|2025-11-21T11:02:55.000000Z|;"
		  "1|b@x.test||shop|unsubscribe_request|unsubscribe|2025-11-21T11:02:55.000000Z|;" },
		{ "mailgun's complaints", NULL,
		  "address,created_at\na@x.test,\"Fri, 21 Nov 2025 11:02:55 GMT\"\n",
		  "2|a@x.test|||complaint:abuse|complaint|2025-11-21T11:02:55.000000Z|;" },
		{ "postmark", NULL,
		  "{\"Suppressions\":[{\"EmailAddress\":\"a@x.test\",\"SuppressionReason\":"
		  "\"HardBounce\",\"Origin\":\"Recipient\",\"CreatedAt\":"
		  "\"2026-11-10T08:58:33-05:00\"},\n{\"EmailAddress\":\"b@x.test\","
		  "\"SuppressionReason\":\"ManualSuppression\",\"Origin\":\"Customer\","
		  "\"CreatedAt\":\"2026-11-10T08:58:33-05:00\"},\n{\"EmailAddress\":\"c@x.test\","
		  "\"SuppressionReason\":\"ManualSuppression\",\"Origin\":\"Recipient\"}]}",
		  "1|a@x.test|||recipient_unknown|bounce|2026-11-10T13:58:33.000000Z|;"
		  "2|b@x.test|||added by hand|import|2026-11-10T13:58:33.000000Z|;"
		  "3|c@x.test|||unsubscribe_request|unsubscribe||;" },
		{ "ses", NULL, "a@x.test,BOUNCE\nb@x.test,COMPLAINT\n",
		  "1|a@x.test|||recipient_unknown|bounce||;"
		  "2|b@x.test|||complaint:abuse|complaint||;" },
		{ "ses as JSON", NULL,
		  "{\"emailAddress\":\"a@x.test\",\"reason\":\"BOUNCE\"}\n"
		  "{\"emailAddress\":\"b@x.test\",\"reason\":\"OTHER\"}\n",
		  "1|a@x.test|||recipient_unknown|bounce||;"
		  "!2.0 reason: \"OTHER\" is no reason of ses's that is known: BOUNCE, COMPLAINT;" },
		{ "ses's API", NULL,
		  "{\n    \"SuppressedDestinationSummaries\": [\n        {\n            "
		  "\"EmailAddress\": \"a@x.test\",\n            \"Reason\": \"COMPLAINT\",\n            "
		  "\"LastUpdateTime\": 1764320400.5\n        }\n    ]\n}\n",
		  "3|a@x.test|||complaint:abuse|complaint|2025-11-28T09:00:00.000000Z|;" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const CaromListOptions options = { .list = rows[i].list };

		for (gsize piece = 1; piece < 2000; piece += 996) {
			g_autofree char *got = read_text(rows[i].text, &options, piece);

			row_string(rows[i].name, got, rows[i].want);
		}
	}
}

/* What is wrong is told with its place and what was expected. */
static void
test_faults(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "address,reason\n", "" },
		{ "address,reason\nnobody,x\n", "!2.1 address: \"nobody\" is no address;" },
		{ "address,reason\na@x.test,\n",
		  "!2.2 reason: a reason is expected (--reason gives one to all that have none);" },
		{ "address,reason,source\na@x.test,x,heaven\n",
		  "!2.3 source: \"heaven\" is no source: bounce, complaint, unsubscribe, upstream, "
		  "staff or import;" },
		{ "address,reason,since\na@x.test,x,01/02/2026\n",
		  "!2.3 since: \"01/02/2026\" is no time; expected is " CAROM_LIST_TIME_FORMS ";" },
		{ "address,reason,spelling\na@x.test,x,A@X.test\nb@x.test,x,c@x.test\n",
		  "2|a@x.test|||x|import||;"
		  "!3.3 spelling: no spelling of this address; leave it empty;" },
		{ "address,reason,note\na@x.test,x\n",
		  "!2.2 -: 2 of the 3 columns; was the file cut short?;" },
		{ "address,reason\na@x.test,x,y\nb@x.test,x,,\n",
		  "!2.3 -: a cell more than there are columns;3|b@x.test|||x|import||;" },
		{ "address,reason,,\na@x.test,x,,\n", "2|a@x.test|||x|import||;" },
		{ "address,reason,colour\na@x.test,x,red\n",
		  "malformed: no format has these columns: address, reason, colour (carom's own "
		  "begins with address and has a reason; --form names another)" },
		{ "address,reason,Address\n",
		  "malformed: line 1, column 3: a second column \"Address\"" },
		{ "address,reason\na@x.test,\"x\n", "!2.2 reason: a quote is opened here that has "
						    "no end;" },
		{ "{\"address\":\"a@x.test\",\"reason\":\"x\"}\n{\"address\":\"b@x.test\","
		  "\"colour\":\"red\",\"reason\":\"x\"}\n{\"reason\":\"x\"}\n{\"address\":1,}\n",
		  "1|a@x.test|||x|import||;!2.0 colour: a member that carom does not know;"
		  "!3.0 address: this member is expected;"
		  "!4.0 -: no JSON at character 14: string or '}' expected near '}';" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = read_text(rows[i].text, NULL, 7);

		row_string(rows[i].text, got, rows[i].want);
	}
}

static void
test_options(void **state)
{
	const CaromListOptions mine = { .account = "acme", .stream = "news", .reason = "old list" };
	const CaromListOptions ses = { .format = carom_list_format_find("ses") };
	g_autofree char *plain = read_text("a@x.test\nb@x.test\n", &mine, 5);
	g_autofree char *twice = read_text("address,account\na@x.test,\n", &mine, 5);
	g_autofree char *other = read_text("address,reason\na@x.test,x\n", &ses, 5);
	g_autofree char *addresses = read_text("a@x.test\n", NULL, 5);

	(void) state;
	row_string(
		"addresses alone", plain,
		"1|a@x.test|acme|news|old list|import||;2|b@x.test|acme|news|old list|import||;");
	row_string("an account twice", twice,
		   "misuse: the file has a column account, so --account cannot say it");
	row_string("another form than is said", other,
		   "malformed: line 1: a file of the form ses has a column \"emailaddress\", and "
		   "this one has not");
	row_true("a reason is needed", strstr(addresses, "a reason is expected") != NULL);
}

static void
test_times(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "2026-11-28", "2026-11-28T00:00:00.000000Z" },
		{ "2026-11-28T17:05:00Z", "2026-11-28T17:05:00.000000Z" },
		{ "2026-11-28T17:05:00.25Z", "2026-11-28T17:05:00.250000Z" },
		{ "2026-11-28T17:05:00.123456Z", "2026-11-28T17:05:00.123456Z" },
		{ "2026-11-28 17:05:00", "2026-11-28T17:05:00.000000Z" },
		{ "2026-11-28 17:05:00 UTC", "2026-11-28T17:05:00.000000Z" },
		{ "2026-11-28T00:05:00+07:00", "2026-11-27T17:05:00.000000Z" },
		{ "1764320400", "2025-11-28T09:00:00.000000Z" },
		{ "1764320400123", "2025-11-28T09:00:00.123000Z" },
		{ "1764320400.5", "2025-11-28T09:00:00.000000Z" },
		{ "Fri, 21 Nov 2025 11:02:55 GMT", "2025-11-21T11:02:55.000000Z" },
		{ "", NULL },
		{ "2026-02-30", NULL },
		{ "2026-11-28T25:00:00.000000Z", NULL },
		{ "28/11/2026", NULL },
		{ "11-28-2026", NULL },
		{ "infinity", NULL },
		{ "yesterday", NULL },
		{ "20261128", NULL },
		{ "17643204001764320400", NULL },
		{ "2026-11-28T17:05:00+99:99", NULL },
		{ "9999-12-31T23:59:59-12:00", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_list_time_read(rows[i].text);

		row_string(rows[i].text, got, rows[i].want);
	}
}

/* Every format is of carom's own list, has a name, a reference and its needed columns. */
static void
test_registry(void **state)
{
	gsize n;
	const CaromListFormat *const *formats = carom_list_formats(&n);

	(void) state;
	for (gsize i = 0; i < n; i++) {
		row_true(formats[i]->name, carom_list_format_find(formats[i]->name) == formats[i]);
		row_true(formats[i]->name, formats[i]->n_columns <= CAROM_LIST_MAX_COLUMNS);
		row_true(formats[i]->name, formats[i]->reference != NULL);
		for (guint c = 0; c < formats[i]->n_columns; c++) {
			g_auto(GStrv) names = g_strsplit(formats[i]->columns[c].names, " ", -1);

			for (char **name = names; *name; name++)
				row_int(*name, carom_list_format_column(formats[i], *name), c);
		}
	}
	for (guint i = 0; i < CAROM_BULK_N; i++)
		row_int(carom_bulk_name((CaromBulkField) i),
			carom_list_format_column(carom_list_format_find("carom"),
						 carom_bulk_name((CaromBulkField) i)),
			i);
}

UNIT_MAIN(cmocka_unit_test(test_formats), cmocka_unit_test(test_faults),
	  cmocka_unit_test(test_options), cmocka_unit_test(test_times),
	  cmocka_unit_test(test_registry))
