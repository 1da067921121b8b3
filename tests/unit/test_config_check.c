/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "config/config_check.h"

typedef struct {
	GString *errors, *warnings;
} Said;

static void
take(CaromCheckLevel level, const char *problem, void *user)
{
	const Said *said = user;

	g_string_append_printf(level == CAROM_CHECK_ERROR ? said->errors : said->warnings, "%s\n",
			       problem);
}

/* What is said of this text, "FOLDER" in which stands for the folder. */
static void
check(const char *folder, const char *text, Said *said)
{
	g_auto(GStrv) parts = g_strsplit(text, "FOLDER", 0);
	g_autofree char *whole = g_strjoinv(folder, parts);
	g_autofree char *file = unit_file(folder, "carom.conf", whole);
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(GError) error = NULL;

	said->errors = g_string_new(NULL);
	said->warnings = g_string_new(NULL);
	if (carom_config_load(file, TRUE, &config, &error) != CAROM_OK)
		fail_msg("%s: %s", text, error->message);
	carom_config_check(config, take, said);
}

static void
done(Said *said)
{
	g_string_free(said->errors, TRUE);
	g_string_free(said->warnings, TRUE);
}

/* All other settings such that they cause no word. */
#define QUIET "[serve]\nlmtp-socket =\ninbound-socket =\noutbound-socket =\nsocket-group =\n"

static void
looks_at_this_host(void **state)
{
	static const struct {
		const char *text, *error, *warning; /* NULL: none */
	} rows[] = {
		{ QUIET, NULL, NULL },
		{ QUIET "[bounce]\nkeys = FOLDER/none\n", "/none\": No such file or directory",
		  NULL },
		{ QUIET "[bounce]\nkeys = FOLDER/folder\n", "folder\" is no file", NULL },
		{ QUIET "[bounce]\nkeys = FOLDER/file\n", NULL, NULL },
		{ QUIET "[rules]\nlocal = FOLDER/none\n", "local in [rules]: there is no folder",
		  NULL },
		{ QUIET "[rules]\nlocal = FOLDER/folder\n", NULL, NULL },
		{ QUIET "[report]\ntimezone = Asia/Jakarta\n", NULL, NULL },
		{ QUIET "[report]\ntimezone = Mars/Phobos\n",
		  "timezone in [report]: there is no time zone \"Mars/Phobos\"", NULL },
		{ "[serve]\nlmtp-socket =\ninbound-socket = FOLDER/x\noutbound-socket =\n"
		  "socket-group = no-such-group\n",
		  "socket-group in [serve]: there is no group \"no-such-group\"", NULL },
		{ "[serve]\nlmtp-socket = FOLDER/none/lmtp\ninbound-socket =\noutbound-socket =\n"
		  "socket-group =\n",
		  NULL, "lmtp-socket in [serve]: the folder of" },
		{ "[serve]\nlmtp-socket =\ninbound-socket = unix:FOLDER/file/x\n"
		  "outbound-socket = inet:2525\nsocket-group =\n",
		  "inbound-socket in [serve]", NULL },
		{ QUIET "[outbound]\nreturn-address = bounces@b.example.com\n", NULL,
		  "return-address in [outbound]: \"bounces@b.example.com\" is not used" },
		{ QUIET "[outbound]\nreturn-address = long-bounces@b.example.com\n"
			"[bounce]\nkeys = FOLDER/file\n",
		  NULL, "more than 10 octets" },
		{ QUIET "[own]\nhostnames = mx.example.com\n", NULL,
		  "hostnames in [own]: \"mx.example.com\" lacks \"mx9.example.com\"" },
		{ QUIET "[own]\nhostnames = mx.example.com;MX9.example.com\n", NULL, NULL },
	};
	g_autofree char *folder = unit_folder();
	g_autofree char *below = g_build_filename(folder, "folder", NULL);
	g_autofree char *postconf =
		unit_file(folder, "postconf",
			  "#!/bin/sh\ntest \"$*\" = '-h myhostname' && echo mx9.example.com\n");
	g_autofree char *zones = g_build_filename(folder, "zones", NULL);

	(void) state;
	unit_put(folder, "zones/Asia/Jakarta", "");
	unit_put(folder, "file", "");
	unit_put(folder, "zones/Asia/Jakarta", "");
	g_mkdir(below, 0700);
	g_chmod(postconf, 0700);
	g_setenv("PATH", folder, TRUE);
	g_setenv("TZDIR", zones, TRUE);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		Said said;

		check(folder, rows[i].text, &said);
		if (strstr(said.errors->str, rows[i].error ? rows[i].error : "") == NULL ||
		    (rows[i].error == NULL && said.errors->len > 0))
			fail_msg("%s: errors \"%s\"", rows[i].text, said.errors->str);
		if (strstr(said.warnings->str, rows[i].warning ? rows[i].warning : "") == NULL ||
		    (rows[i].warning == NULL && said.warnings->len > 0))
			fail_msg("%s: warnings \"%s\"", rows[i].text, said.warnings->str);
		row_true(rows[i].text,
			 rows[i].error == NULL || strstr(said.errors->str, "carom.conf: ") != NULL);
		done(&said);
	}
	unit_remove(folder);
}

UNIT_MAIN(cmocka_unit_test(looks_at_this_host))
