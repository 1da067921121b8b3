/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures of others, with a database that is played here. */
#include "unit.h"

#include "stats/outside.h"
#include "store/figures.h"

static struct {
	char *rows, *source; /* what was handed in last */
	GString *faults;     /* "LINE: REASON\n" */
} fake;

CaromStatus
carom_figures_set(CaromStore *store, const char *source, const char *rows, guint64 *added,
		  guint64 *changed, guint64 *same, GError **err)
{
	(void) store;
	(void) err;
	g_free(fake.rows);
	g_free(fake.source);
	fake.rows = g_strdup(rows);
	fake.source = g_strdup(source);
	*added = 1;
	*changed = *same = 0;
	return CAROM_OK;
}

static int
set_up(void **state)
{
	(void) state;
	fake.faults = g_string_new(NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	g_free(fake.rows);
	g_free(fake.source);
	g_string_free(fake.faults, TRUE);
	memset(&fake, 0, sizeof fake);
	return 0;
}

static gboolean
is_gmail(const char *provider, void *user)
{
	(void) user;
	return strcmp(provider, "gmail") == 0 || strcmp(provider, "microsoft_consumer") == 0;
}

static void
note_fault(guint64 line, const char *reason, void *user)
{
	(void) user;
	g_string_append_printf(fake.faults, "%d: %s\n", (int) line, reason);
}

static CaromStatus
read_file(const char *source, const char *domain, const char *text, CaromOutsideResult *result)
{
	const CaromOutsideOptions options = { .domain = domain,
					      .is_provider = is_gmail,
					      .fault = note_fault };
	g_autoptr(GError) error = NULL;
	CaromStatus status;

	g_clear_pointer(&fake.rows, g_free);
	g_string_truncate(fake.faults, 0);
	status = carom_outside_import(NULL, source, text, strlen(text), &options, result, &error);
	assert_int_equal(status == CAROM_OK, error == NULL);
	assert_int_equal(status == CAROM_OK, fake.rows != NULL);
	return status;
}

typedef struct {
	const char *name, *source, *domain, *text;
	const char *rows;   /* NULL: it is not taken */
	const char *faults; /* how they begin; NULL: none */
} Row;

#define STAT                                                                                       \
	"{\"name\": \"domains/Example.com/domainStats/x\", \"metric\": \"SPAM_RATE\", "            \
	"\"date\": {\"year\": 2026, \"month\": 11, \"day\": 27}, "                                 \
	"\"value\": {\"doubleValue\": 0.0015}}"
#define STAT_ROW                                                                                   \
	"{\"day\":\"2026-11-27\",\"provider\":\"gmail\",\"subject\":\"example.com\","              \
	"\"metric\":\"spam_rate\",\"value\":\"0.0015000000\"}"

static const Row rows[] = {
	{ "counts", "counts", NULL,
	  "Day,account,stream,provider,metric,value\r\n"
	  "2026-11-27,acme,news,gmail,opens,12\r\n\r\n20261128,acme,,,Clicks,0.5%\r\n",
	  "[{\"day\":\"2026-11-27\",\"account\":\"acme\",\"stream\":\"news\",\"provider\":\"gmail\","
	  "\"metric\":\"opens\",\"value\":\"12\"},{\"day\":\"2026-11-28\",\"account\":\"acme\","
	  "\"metric\":\"clicks\",\"value\":\"0.5e-2\"}]",
	  NULL },
	{ "counts, other columns and order", "counts", NULL,
	  "value;colour;metric;day\n1;red;opens;2026-11-27\n",
	  "[{\"day\":\"2026-11-27\",\"metric\":\"opens\",\"value\":\"1\"}]", NULL },
	{ "no such column", "counts", NULL, "day,metric\n2026-11-27,opens\n", NULL,
	  "1: there is no column \"value\"\n" },
	{ "faults have lines", "counts", NULL,
	  "day,account,stream,provider,metric,value\n"
	  "2026-11-27,acme,news,gmail,opens,12\n"
	  "2026-02-30,acme,news,gmail,opens,12\n"
	  "2026-11-27,acme,news,gmial,opens,12\n"
	  "2026-11-27,acme,news,gmail,opens,many\n"
	  "2026-11-27,,news,gmail,opens,1\n"
	  "2026-11-27,acme,news,gmail,,1\n"
	  "2026-11-27,acme,news,gmail,opens\n"
	  "2026-11-27,acme,news,gmail,opens,-1\n",
	  NULL,
	  "3: day \"2026-02-30\" is not YYYY-MM-DD\n"
	  "4: there is no provider \"gmial\" (carom-providers(5))\n"
	  "5: value \"many\" is no number\n"
	  "6: stream \"news\" is one of which account?\n"
	  "7: there is no metric\n"
	  "8: it has 5 cells, and the heading 6\n"
	  "9: value \"-1\" is no number\n" },
	{ "nothing", "counts", NULL, "", NULL, NULL },
	{ "a heading alone", "counts", NULL, "day,metric,value\n", NULL, NULL },
	{ "snds as it was", "snds", NULL,
	  "192.0.2.8,11/27/2026 10:00 AM,11/28/2026 9:00 AM,120,118,119,GREEN,< 0.1%,,,0,mx,a@b,\n",
	  "[{\"day\":\"2026-11-27\",\"provider\":\"microsoft_consumer\",\"subject\":\"192.0.2.8\","
	  "\"metric\":\"rcpt_commands\",\"value\":\"120\"},"
	  "{\"day\":\"2026-11-27\",\"provider\":\"microsoft_consumer\",\"subject\":\"192.0.2.8\","
	  "\"metric\":\"data_commands\",\"value\":\"118\"},"
	  "{\"day\":\"2026-11-27\",\"provider\":\"microsoft_consumer\",\"subject\":\"192.0.2.8\","
	  "\"metric\":\"message_recipients\",\"value\":\"119\"},"
	  "{\"day\":\"2026-11-27\",\"provider\":\"microsoft_consumer\",\"subject\":\"192.0.2.8\","
	  "\"metric\":\"filter_result\",\"word\":\"GREEN\"},"
	  "{\"day\":\"2026-11-27\",\"provider\":\"microsoft_consumer\",\"subject\":\"192.0.2.8\","
	  "\"metric\":\"complaint_rate\",\"value\":\"0.1e-2\",\"word\":\"< 0.1%\"},"
	  "{\"day\":\"2026-11-27\",\"provider\":\"microsoft_consumer\",\"subject\":\"192.0.2.8\","
	  "\"metric\":\"trap_hits\",\"value\":\"0\"}]",
	  NULL },
	{ "snds by name", "snds", NULL,
	  "Comments,Filter Result,IP Address,Activity Start\nx,RED,192.0.2.8,2026-11-27T00:00:00Z\n",
	  "[{\"day\":\"2026-11-27\",\"provider\":\"microsoft_consumer\",\"subject\":\"192.0.2.8\","
	  "\"metric\":\"filter_result\",\"word\":\"RED\"}]",
	  NULL },
	{ "snds with faults", "snds", NULL,
	  "ip,activity_start,filter_result\nnone,2026-11-27,RED\n192.0.2.8,never,RED\n", NULL,
	  "2: \"none\" is no IP address\n3: activity_start \"never\" is no day\n" },
	{ "another table", "snds", NULL, "a,b\n1,2\n", NULL,
	  "1: there is no column \"filter_result\"\n" },
	{ "postmaster", "postmaster", NULL, "{\"domainStats\": [" STAT "]}", "[" STAT_ROW "]",
	  NULL },
	{ "postmaster, a batch and pages", "postmaster", NULL,
	  "{\"results\": [{\"response\": {\"domainStats\": [" STAT "]}}]}\n{\"domainStats\": [" STAT
	  "]}\n",
	  "[" STAT_ROW "," STAT_ROW "]", NULL },
	{ "postmaster, other values", "postmaster", "example.com",
	  "{\"domainStats\": [{\"metric\": \"count\", \"date\": {\"year\": 2026, \"month\": 11, "
	  "\"day\": 27}, \"value\": {\"intValue\": \"17\"}}, {\"metric\": \"none\", \"date\": "
	  "{\"year\": 2026, \"month\": 11, \"day\": 27}}]}",
	  "[{\"day\":\"2026-11-27\",\"provider\":\"gmail\",\"subject\":\"example.com\","
	  "\"metric\":\"count\",\"value\":\"17\"}]",
	  NULL },
	{ "postmaster, cut", "postmaster", NULL, "{\"domainStats\":\n[", NULL, "2: " },
	{ "postmaster, other JSON", "postmaster", NULL, "{\"a\": 1}", NULL, NULL },
	{ "postmaster without domain or date", "postmaster", NULL,
	  "{\"domainStats\": [{\"metric\": \"x\"}]}", NULL, "0: domainStats[0] names no domain" },
	{ "postmaster, a table", "postmaster", "example.com",
	  "Date,User reported spam rate,DMARC\n2026-11-27,0.1%,\n",
	  "[{\"day\":\"2026-11-27\",\"provider\":\"gmail\",\"subject\":\"example.com\","
	  "\"metric\":\"user_reported_spam_rate\",\"value\":\"0.1e-2\"}]",
	  NULL },
};

static void
takes_a_file_whole_or_not_at_all(void **state)
{
	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromOutsideResult result;
		CaromStatus status =
			read_file(rows[i].source, rows[i].domain, rows[i].text, &result);

		row_int(rows[i].name, status, rows[i].rows ? CAROM_OK : CAROM_MALFORMED);
		row_string(rows[i].name, fake.rows, rows[i].rows);
		if (rows[i].faults == NULL)
			row_string(rows[i].name, fake.faults->str, "");
		else
			row_true(rows[i].name, g_str_has_prefix(fake.faults->str, rows[i].faults));
		if (status == CAROM_OK)
			row_string(rows[i].name, fake.source, rows[i].source);
	}
}

static void
tells_the_newest_day(void **state)
{
	CaromOutsideResult result;

	(void) state;
	assert_int_equal(read_file("counts", NULL,
				   "day,metric,value\n2026-11-27,a,1\n2026-11-28,a,1\n"
				   "2026-11-26,a,1\n",
				   &result),
			 CAROM_OK);
	assert_string_equal(result.newest, "2026-11-28");
	assert_int_equal(result.rows, 3);
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(takes_a_file_whole_or_not_at_all, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(tells_the_newest_day, set_up, tear_down))
