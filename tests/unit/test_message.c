/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/message.h"

#define BYTES(text) text, sizeof text - 1

static CaromMail *
open_text(const char *text)
{
	return carom_mail_open(text, strlen(text), NULL);
}

static gboolean
was_cut_by(const CaromMail *mail, const char *limit)
{
	for (const char *const *name = carom_mail_truncated(mail); *name; name++)
		if (strcmp(*name, limit) == 0)
			return TRUE;
	return FALSE;
}

static void
reads_headers(void **state)
{
	g_autoptr(CaromMail) mail = open_text(
		"From: =?iso-8859-1?q?M=FCller?= <Mueller@EXAMPLE.com>\r\n"
		"Subject: =?utf-8?b?SMOkbGxv?=\r\n =?utf-8?q?_Welt?=\r\n"
		"Content-Type: Multipart/Report; Report-Type=delivery-status; boundary=\"x\"\r\n"
		"X-Twice: 1\r\nX-Twice: 2\r\n\r\n--x\r\n\r\nhi\r\n--x--\r\n");

	(void) state;
	assert_string_equal(carom_mail_from(mail), "Mueller@example.com");
	assert_string_equal(carom_mail_subject(mail), "H\303\244llo Welt");
	assert_string_equal(carom_mail_header(mail, "x-twice"), "1");
	assert_null(carom_mail_header(mail, "X-Absent"));
	assert_string_equal(carom_mail_type_param(mail, "report-type"), "delivery-status");
	assert_null(carom_mail_type_param(mail, "charset"));
	assert_null(*carom_mail_truncated(mail));
}

static void
reads_parts(void **state)
{
	static const char text[] =
		"From: a@example.com\nMIME-Version: 1.0\n"
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
		"--b\nContent-Type: text/plain\n\nfor people\n--b\n"
		"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
		"Action: failed\n"
		"--b\nContent-Type: message/rfc822\n\nSubject: inner\n"
		"Message-ID: <inner@example.com>\nMIME-Version: 1.0\n"
		"Content-Type: multipart/mixed; boundary=i\n\n"
		"--i\nContent-Type: text/plain\n\ninner text\n--i\n"
		"Content-Type: message/delivery-status\n\nAction: delivered\n--i--\n--b--\n";
	g_autoptr(CaromMail) mail = open_text(text);
	const CaromPart *status = carom_mail_find(mail, "message/delivery-status"),
			*returned = carom_mail_find(mail, "message/rfc822");
	g_autoptr(CaromMail) inner = NULL;
	gsize len;

	(void) state;
	assert_int_equal(carom_mail_n_parts(mail), 7);
	assert_string_equal(carom_mail_part(mail, 0)->type, "multipart/report");
	assert_null(carom_mail_part(mail, 7));
	assert_non_null(status);
	assert_int_equal(status->message, -1); /* the outer one */
	assert_string_equal(carom_mail_part_text(mail, status, NULL),
			    "Reporting-MTA: dns; mx\n\nAction: failed");
	assert_string_equal(
		carom_fields_get(carom_mail_part_message_fields(mail, returned), "Subject"),
		"inner");
	assert_string_equal(carom_fields_get(carom_mail_returned(mail), "Message-ID"),
			    "<inner@example.com>");
	assert_non_null(strstr(carom_mail_text(mail, &len), "for people"));
	assert_null(strstr(carom_mail_text(mail, &len), "inner text"));
	assert_string_equal(carom_mail_subject(mail), "");
	inner = carom_mail_embedded(mail, returned);
	assert_string_equal(carom_mail_subject(inner), "inner");
	assert_string_equal(carom_mail_part_text(
				    inner, carom_mail_find(inner, "message/delivery-status"), NULL),
			    "Action: delivered");
}

static void
decodes_texts(void **state)
{
	static const struct {
		const char *name, *headers, *body, *want;
	} rows[] = {
		{ "plain", "", "hello\n", "hello\n" },
		{ "CR LF", "", "hello\r\nworld\r\n", "hello\nworld\n" },
		{ "quoted-printable",
		  "Content-Transfer-Encoding: quoted-printable\n"
		  "Content-Type: text/plain; charset=utf-8\n",
		  "h=C3=A4llo =\nworld\n", "h\303\244llo world\n" },
		{ "base64",
		  "Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=utf-8\n",
		  "aMOkbGxv\n", "h\303\244llo\n" },
		{ "broken base64", "Content-Transfer-Encoding: base64\n", "aGVs!!bG8=\n",
		  "hello\n" },
		{ "Latin-1", "Content-Type: text/plain; charset=iso-8859-1\n", "h\344llo\n",
		  "h\303\244llo\n" },
		{ "Latin-1 that says nothing", "", "h\344llo\n", "h\303\244llo\n" },
		{ "Latin-1 that says UTF-8", "Content-Type: text/plain; charset=utf-8\n",
		  "h\344llo \303\244\n", "h\303\244llo \303\244\n" },
		{ "windows-1252", "Content-Type: text/plain; charset=windows-1252\n", "\200\n",
		  "\342\202\254\n" },
		{ "koi8-r", "Content-Type: text/plain; charset=koi8-r\n", "\316\305\324\n",
		  "\320\275\320\265\321\202\n" },
		{ "ISO-2022-JP", "Content-Type: text/plain; charset=ISO-2022-JP\n",
		  "\033$B%a!<%k\033(B x\n", "\343\203\241\343\203\274\343\203\253 x\n" },
		{ "ISO-2022-JP that says nothing", "", "\033$B%a!<%k\033(B x\n",
		  "\343\203\241\343\203\274\343\203\253 x\n" },
		{ "GB2312", "Content-Type: text/plain; charset=gb2312\n", "\323\312\274\376\n",
		  "\351\202\256\344\273\266\n" },
		{ "no such charset", "Content-Type: text/plain; charset=x-klingon\n", "hello\n",
		  "hello\n" },
		{ "HTML alone", "Content-Type: text/html\n", "<p>user&nbsp;unknown</p>",
		  "\nuser unknown\n\n" },
		{ "HTML with its lines", "Content-Type: text/html\n",
		  "<pre>\nuser\n  unknown\n</pre>a\nb<br>\nc", "\n\nuser\n  unknown\n\na b\nc\n" },
		{ "HTML before a gateway's plain footer",
		  "Content-Type: multipart/mixed; boundary=b\n",
		  "--b\nContent-Type: text/html\n\nuser unknown\n--b\n\nscanned\n--b--\n",
		  "user unknown\nscanned\n" },
		{ "HTML beside the same as text",
		  "Content-Type: multipart/alternative; boundary=b\n",
		  "--b\nContent-Type: text/html\n\nuser unknown\n--b\n\nno such user\n--b--\n",
		  "no such user\n" },
		{ "a byte order mark", "Content-Type: text/plain; charset=utf-8\n",
		  "\357\273\277hello\n", "hello\n" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strconcat("From: a@example.com\nMIME-Version: 1.0\n",
						    rows[i].headers, "\n", rows[i].body, NULL);
		g_autoptr(CaromMail) mail = open_text(text);
		gsize len;
		const char *got = carom_mail_text(mail, &len);

		row_string(rows[i].name, got, rows[i].want);
		row_int(rows[i].name, strlen(got), len);
		row_true(rows[i].name, g_utf8_validate(got, (gssize) len, NULL));
	}
}

static void
opens_base64_messages(void **state)
{
	g_autofree char *encoded =
		g_base64_encode((const guchar *) "Subject: inner\n"
						 "X-HmXmrOriginalRecipient: alice@example.com\n\n"
						 "hello\n",
				66);
	g_autofree char *text = g_strconcat("From: a@example.com\nMIME-Version: 1.0\n"
					    "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
					    "Content-Type: message/rfc822\n"
					    "Content-Transfer-Encoding: base64\n\n",
					    encoded, "\n--b--\n", NULL);
	g_autoptr(CaromMail) mail = open_text(text);
	const CaromFields *fields = carom_mail_returned(mail);

	(void) state;
	assert_non_null(fields);
	assert_string_equal(carom_fields_get(fields, "Subject"), "inner");
	assert_string_equal(carom_fields_get(fields, "X-HmXmrOriginalRecipient"),
			    "alice@example.com");
}

/* Everything that somebody may send us instead of a message. */
static void
never_fails(void **state)
{
	static const struct {
		const char *name, *data;
		gsize len;
	} rows[] = {
		{ "nothing", BYTES("") },
		{ "a line end", BYTES("\n") },
		{ "NULs", BYTES("\0\0\0\0") },
		{ "NULs in a header", BYTES("From: a\0b@example.com\nSubj\0ect: x\n\nbo\0dy") },
		{ "no header", BYTES("\nhello") },
		{ "no body", BYTES("From: a@example.com") },
		{ "no field", BYTES("hello world, this is no header\nat all\n") },
		{ "a folded line first", BYTES(" folded\nFrom: a@example.com\n\nx") },
		{ "a colon first", BYTES(": x\nFrom: a@example.com\n\nx") },
		{ "boundary without parts",
		  BYTES("Content-Type: multipart/mixed; boundary=b\n\nhello") },
		{ "empty boundary",
		  BYTES("Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\nhello\n----\n") },
		{ "no boundary", BYTES("Content-Type: multipart/mixed\n\n--b\n\nhello\n--b--\n") },
		{ "no last boundary", BYTES("Content-Type: multipart/mixed; boundary=b\n\n--b\n"
					    "Content-Type: text/plain\n\nhello") },
		{ "bytes", BYTES("\377\376\375\374: \200\201\n\n\377\376") },
		{ "only CR", BYTES("From: a@example.com\r\rhello\r") },
		{ "a CR at the end", BYTES("From: a@example.com\n\nhello\r") },
		{ "broken words",
		  BYTES("Subject: =?utf-8?b?!!!?= =?x?y\nFrom: =?utf-8?q?=G?= <\n\n") },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *copy = g_malloc(MAX(rows[i].len, 1));
		g_autoptr(CaromMail) mail = NULL;
		gsize len;

		memcpy(copy, rows[i].data, rows[i].len);
		mail = carom_mail_open(copy, rows[i].len, NULL);
		row_true(rows[i].name,
			 carom_mail_subject(mail) != NULL && carom_mail_from(mail) != NULL);
		row_true(rows[i].name, g_utf8_validate(carom_mail_subject(mail), -1, NULL));
		row_true(rows[i].name, carom_mail_text(mail, &len) != NULL &&
					       strlen(carom_mail_text(mail, &len)) == len);
		row_true(rows[i].name, carom_mail_raw_body(mail, &len) != NULL &&
					       strlen(carom_mail_raw_body(mail, &len)) == len);
		row_true(rows[i].name, g_utf8_validate(carom_mail_raw_body(mail, NULL), -1, NULL));
		(void) carom_mail_returned(mail);
		row_true(rows[i].name, *carom_mail_truncated(mail) == NULL);
	}
	carom_mail_free(NULL);
}

static void
keeps_the_end_without_a_boundary(void **state)
{
	g_autoptr(CaromMail) mail =
		open_text("MIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\n"
			  "Content-Type: text/plain\n\nhello\n--b\n"
			  "Content-Type: message/delivery-status\n\nAction: failed\n");

	(void) state;
	assert_non_null(carom_mail_find(mail, "message/delivery-status"));
	assert_non_null(strstr(
		carom_mail_part_text(mail, carom_mail_find(mail, "message/delivery-status"), NULL),
		"Action: failed"));
}

/* A message of n MIME levels. */
static GString *
nested(guint n)
{
	GString *text = g_string_new("From: a@example.com\nMIME-Version: 1.0\n");

	for (guint i = 0; i < n; i++)
		g_string_append_printf(
			text, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
	g_string_append(text, "Content-Type: text/plain\n\ndeep\n");
	return text;
}

static void
cuts_depth(void **state)
{
	static const struct {
		guint levels;
		gboolean cut;
	} rows[] = { { 10, FALSE }, { 49, FALSE }, { 50, TRUE }, { 500, TRUE } };

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *text = nested(rows[i].levels);
		g_autoptr(CaromMail) mail = carom_mail_open(text->str, text->len, NULL);
		g_autofree char *row = g_strdup_printf("%u levels", rows[i].levels);

		row_int(row, was_cut_by(mail, "depth"), rows[i].cut);
		row_true(row, carom_mail_n_parts(mail) <= carom_mail_limits_default.depth);
		row_int(row, carom_mail_find(mail, "text/plain") != NULL, !rows[i].cut);
		g_clear_pointer(&mail, carom_mail_free);
		g_string_free(text, TRUE);
	}
}

static void
cuts_nested_messages(void **state)
{
	GString *text = g_string_new(NULL);

	(void) state;
	for (int i = 0; i < 5000; i++)
		g_string_append(text, "MIME-Version: 1.0\nContent-Type: message/rfc822\n\n");
	g_string_append(text, "Subject: deep\n\nhello\n");
	{
		g_autoptr(CaromMail) mail = carom_mail_open(text->str, text->len, NULL);

		assert_true(was_cut_by(mail, "depth") || was_cut_by(mail, "fields"));
		assert_true(carom_mail_n_parts(mail) <= carom_mail_limits_default.depth);
	}
	g_string_free(text, TRUE);
}

static void
cuts_parts(void **state)
{
	GString *text = g_string_new("From: a@example.com\nMIME-Version: 1.0\n"
				     "Content-Type: multipart/mixed; boundary=b\n\n");

	(void) state;
	for (int i = 0; i < 100000; i++)
		g_string_append(text, "--b\n\nx\n");
	g_string_append(text, "--b--\n");
	{
		g_autoptr(CaromMail) mail = carom_mail_open(text->str, text->len, NULL);

		assert_true(was_cut_by(mail, "parts"));
		assert_int_equal(carom_mail_n_parts(mail), carom_mail_limits_default.parts);
	}
	g_string_free(text, TRUE);
}

static void
cuts_headers(void **state)
{
	gint64 start = g_get_monotonic_time();
	GString *text = g_string_new("From: a@example.com\nX-Big: ");
	gsize len;

	(void) state;
	/* one field of 50 MiB */
	for (gsize i = 0; i < 50 * 1024 * 1024 / 64; i++)
		g_string_append(text,
				"0123456789012345678901234567890123456789012345678901234567890123");
	g_string_append(text, "\nSubject: behind\n\nbody\n");
	{
		CaromLimits limits = carom_mail_limits_default;
		g_autoptr(CaromMail) mail = NULL;

		limits.bytes = 60 * 1024 * 1024;
		mail = carom_mail_open(text->str, text->len, &limits);
		assert_true(was_cut_by(mail, "header"));
		assert_string_equal(carom_mail_from(mail), "a@example.com");
		assert_string_equal(carom_mail_subject(mail), "behind");
		assert_true(strlen(carom_mail_header(mail, "X-Big")) <= 65536);
	}
	/* the same folded over many lines */
	for (gsize i = 100; i + 100 < text->len; i += 1000)
		memcpy(text->str + i, "\n ", 2);
	{
		g_autoptr(CaromMail) mail = carom_mail_open(text->str, text->len, NULL);

		assert_true(was_cut_by(mail, "bytes"));
		assert_true(was_cut_by(mail, "header"));
		(void) carom_mail_text(mail, &len);
	}
	/* a million fields */
	g_string_assign(text, "From: a@example.com\n");
	for (int i = 0; i < 1000000; i++)
		g_string_append(text, "X: y\n");
	g_string_append(text, "\nbody\n");
	{
		g_autoptr(CaromMail) mail = carom_mail_open(text->str, text->len, NULL);

		assert_true(was_cut_by(mail, "fields") || was_cut_by(mail, "header"));
		assert_string_equal(carom_mail_from(mail), "a@example.com");
	}
	g_string_free(text, TRUE);
	assert_true(g_get_monotonic_time() - start < 20 * G_USEC_PER_SEC);
}

static void
cuts_bytes_and_texts(void **state)
{
	CaromLimits limits = carom_mail_limits_default;
	GString *text = g_string_new("From: a@example.com\n\n");
	gsize len;

	(void) state;
	while (text->len < 3 * 1024 * 1024)
		g_string_append(text, "a line of text\n");
	{
		g_autoptr(CaromMail) mail = carom_mail_open(text->str, text->len, NULL);

		(void) carom_mail_text(mail, &len);
		assert_true(was_cut_by(mail, "text"));
		assert_false(was_cut_by(mail, "bytes"));
		assert_true(len <= limits.text);
	}
	limits.bytes = 65536;
	{
		g_autoptr(CaromMail) mail = carom_mail_open(text->str, text->len, &limits);

		assert_true(was_cut_by(mail, "bytes"));
		assert_false(was_cut_by(mail, "text"));
		(void) carom_mail_text(mail, &len);
		assert_true(len <= 65536);
	}
	{
		g_autoptr(CaromMail) mail = carom_mail_open(text->str, 65536, &limits);

		assert_false(was_cut_by(mail, "bytes"));
	}
	g_string_free(text, TRUE);
}

static void
decodes_header_values(void **state)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		{ "plain", "plain" },
		{ "h\303\244llo", "h\303\244llo" },
		{ "=?iso-8859-1?q?h=E4llo?= you", "h\303\244llo you" },
		{ "", "" },
		{ NULL, NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_mail_header_decode(rows[i].value);

		row_string(rows[i].value ? rows[i].value : "NULL", got, rows[i].want);
	}
}

/* What the envelope says goes before what the header says. */
static void
knows_its_sender(void **state)
{
	static const struct {
		const char *header, *set, *wanted;
	} rows[] = {
		{ "", NULL, NULL },
		{ "Return-Path: <>\n", NULL, "" },
		{ "Return-Path:\t <a@b.example>\n", NULL, "a@b.example" },
		{ "Return-Path: a@b.example \n", NULL, "a@b.example" },
		{ "Return-Path:\n", NULL, NULL },
		{ "Return-Path: <a@b.example\n", NULL, "a@b.example" },
		{ "", "", "" },
		{ "Return-Path: <>\n", "a@b.example", "a@b.example" },
		{ "Return-Path: <a@b.example>\n", "", "" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *data = g_strconcat(rows[i].header, "Subject: x\n\ny\n", NULL);
		g_autoptr(CaromMail) mail = carom_mail_open(data, strlen(data), NULL);

		if (rows[i].set != NULL)
			carom_mail_set_sender(mail, rows[i].set);
		if (g_strcmp0(carom_mail_sender(mail), rows[i].wanted) != 0)
			fail_msg("row %zu: %s", i, carom_mail_sender(mail));
	}
}

UNIT_MAIN(cmocka_unit_test(reads_headers), cmocka_unit_test(knows_its_sender),
	  cmocka_unit_test(reads_parts), cmocka_unit_test(decodes_texts),
	  cmocka_unit_test(opens_base64_messages), cmocka_unit_test(never_fails),
	  cmocka_unit_test(keeps_the_end_without_a_boundary), cmocka_unit_test(cuts_depth),
	  cmocka_unit_test(cuts_nested_messages), cmocka_unit_test(cuts_parts),
	  cmocka_unit_test(cuts_headers), cmocka_unit_test(cuts_bytes_and_texts),
	  cmocka_unit_test(decodes_header_values))
