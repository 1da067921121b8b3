/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "config/settings.h"

static CaromStatus
load_text(const char *text, CaromConfig **out, GError **err)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *file = unit_file(folder, "carom.conf", text);
	CaromStatus status = carom_config_load(file, TRUE, out, err);

	unit_remove(folder);
	return status;
}

static void
has_the_documented_defaults(void **state)
{
	static const char *const lines[] = {
		"[database]",
		"conninfo = dbname=carom",
		"[bounce]",
		"domains = ",
		"delimiters = +-",
		"[own]",
		"hostnames = ",
		"networks = ",
		"[trust]",
		"authserv-ids = ",
		"[report]",
		"timezone = UTC",
		"[raw]",
		"keep = unrecognised",
		"[retention]",
		"raw-days = 90",
		"event-months = 24",
		"[pipe]",
		"deadline = 120",
		"[rules]",
		"local = " CAROM_SYSCONFDIR "/rules.d",
		"[log]",
		"syslog = yes",
		"account-header = ",
		"account-header-keep = no",
		"[limits]",
		"message = 52428800",
		"depth = 50",
		"parts = 2000",
		"header = 1048576",
		"text = 1048576",
		"[senders]",
	};
	g_autoptr(CaromConfig) config = NULL;
	g_autofree char *dump = NULL;
	const char *at;

	(void) state;
	assert_int_equal(load_text("", &config, NULL), CAROM_OK);
	dump = carom_config_dump(config);
	at = dump;
	for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *line = g_strconcat("\n", lines[i], "\n", NULL);
		const char *hit = strstr(dump, line);

		row_true(lines[i], hit != NULL);
	}
	assert_non_null(at);
	assert_false(config->rules.local_required);
	assert_false(config->raw.keep_all);
	assert_true(config->log.syslog);
	assert_int_equal(config->pipe.deadline, 120);
	assert_null(config->bounce.domains[0]);
	assert_memory_equal(&config->limits, &carom_mail_limits_default, sizeof config->limits);
}

static void
reads_each_type(void **state)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(GError) error = NULL;

	(void) state;
	if (load_text(
		    "# comment\n[bounce]\ndomains = b.example.com; c.example.com ;\ndelimiters=+\n"
		    "[raw]\nkeep = all\n[pipe]\ndeadline = 30 \n"
		    "[log]\nsyslog = no\n[rules]\nlocal = /x\n[limits]\nmessage = 1000000\n"
		    "parts = 10\n"
		    "[senders]\nNews@B.example.com = acme/newsletter\nshop@b.example.com = acme\n",
		    &config, &error) != CAROM_OK)
		fail_msg("%s", error->message);
	assert_string_equal(config->bounce.domains[0], "b.example.com");
	assert_string_equal(config->bounce.domains[1], "c.example.com");
	assert_null(config->bounce.domains[2]);
	assert_string_equal(config->bounce.delimiters, "+");
	assert_true(config->raw.keep_all);
	assert_int_equal(config->pipe.deadline, 30);
	assert_false(config->log.syslog);
	assert_string_equal(config->rules.local, "/x");
	assert_true(config->rules.local_required);
	assert_int_equal(config->limits.bytes, 1000000);
	assert_int_equal(config->limits.parts, 10);
	assert_string_equal(g_hash_table_lookup(config->senders, "news@b.example.com"),
			    "acme/newsletter");
	assert_string_equal(g_hash_table_lookup(config->senders, "shop@b.example.com"), "acme");
	assert_false(config->is_empty);
}

static void
takes_what_is_right(void **state)
{
	static const char *const rows[] = {
		"[serve]\ninbound-socket = inet:8899@127.0.0.1\n",
		"[serve]\ninbound-socket = inet6:8899@::1\n",
		"[serve]\ninbound-socket = inet:8899\n",
		"[serve]\ninbound-socket = local:/run/x\nlmtp-socket =\noutbound-socket =\n",
		"[bounce]\ndelimiters = -\nkeys =\ndomains =\n",
		"[report]\ntimezone = Etc/GMT+7\n",
		"[report]\ntimezone = America/Port-au-Prince\n",
		"[rules]\nlocal =\n",
		("[outbound]\nreturn-address = Bounces@B.Example.com\n[bounce]\n"
		 "domains = b.example.com\n"),
		"[streams]\n1 = acme\n1023 = acme/news\n",
		"[own]\nhostnames = mailhost\nnetworks = 2001:db8::/32\n",
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromConfig) config = NULL;
		g_autoptr(GError) error = NULL;

		if (load_text(rows[i], &config, &error) != CAROM_OK)
			fail_msg("%s: %s", rows[i], error->message);
	}
}

/* The milter asks by what inet_ntop(3) writes. */
static void
a_client_is_found_however_it_is_written(void **state)
{
	g_autoptr(CaromConfig) config = NULL;

	(void) state;
	assert_int_equal(load_text("[clients]\n2001:DB8:0:0::7 = acme\n", &config, NULL), CAROM_OK);
	assert_string_equal(g_hash_table_lookup(config->clients, "2001:db8::7"), "acme");
}

static void
an_empty_file_is_known_as_one(void **state)
{
	g_autoptr(CaromConfig) config = NULL;

	(void) state;
	assert_int_equal(load_text("# nothing\n[bounce]\n", &config, NULL), CAROM_OK);
	assert_true(config->is_empty);
}

static void
every_error_names_its_place(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "[bounce]\ndomain = x\n",
		  "unknown key domain in [bounce]; the nearest is domains in [bounce]" },
		{ "[database]\nconinfo = x\n",
		  "unknown key coninfo in [database]; the nearest is conninfo in [database]" },
		{ "[report]\nraw-days = 1\n",
		  "unknown key raw-days in [report]; the nearest is raw-days in [retention]" },
		{ "[retension]\nraw-days = 1\n",
		  "unknown group [retension]; the nearest is [retention]" },
		{ "[limits]\nparts = 9\n",
		  "parts in [limits] is \"9\"; it is a number from 10 to 10000" },
		{ "[limits]\nparts = 10001\n", "parts in [limits] is \"10001\"" },
		{ "[limits]\nparts = ten\n", "parts in [limits] is \"ten\"" },
		{ "[limits]\nparts = \n", "parts in [limits] is \"\"" },
		{ "[limits]\nparts = 20 parts\n", "parts in [limits] is \"20 parts\"" },
		{ "[pipe]\ndeadline = -5\n", "deadline in [pipe] is \"-5\"" },
		{ "[pipe]\ndeadline = 99999999999999999999\n", "deadline in [pipe]" },
		{ "[raw]\nkeep = some\n", "keep in [raw] is \"some\"; it is unrecognised or all" },
		{ "[log]\nsyslog = true\n", "syslog in [log] is \"true\"; it is no or yes" },
		{ "[senders]\nnews@b.example.com = \n",
		  "[senders] news@b.example.com: \"\" is not ACCOUNT or ACCOUNT/STREAM" },
		{ "[senders]\nnews@b.example.com = /stream\n",
		  "[senders] news@b.example.com: \"/stream\" is not ACCOUNT" },
		{ "[outbound]\naccount-header = X-Account:\naccount-header-logins = a\n",
		  "account-header in [outbound]: \"X-Account:\" is no name of a header field" },
		{ "[outbound]\naccount-header = X-Account\n",
		  "account-header in [outbound] is believed from nobody" },
		{ "[outbound]\naccount-header = X-Account\n"
		  "account-header-networks = 192.0.2.0/28; 192.0.2.300\n",
		  "account-header-networks in [outbound]: \"192.0.2.300\" is no network" },
		{ "[own]\nnetworks = 192.0.2.0/24; 192.0.2.0/x\n",
		  "networks in [own]: \"192.0.2.0/x\" is no network" },
		{ "[bounce]\ndelimiters = ab\n", "delimiters in [bounce]: \"ab\" is no delimiter" },
		{ "[bounce]\ndelimiters = ++\n", "delimiters in [bounce]: \"++\" is no delimiter" },
		{ "[bounce]\ndelimiters =\n", "delimiters in [bounce]: \"\" is no delimiter" },
		{ "[bounce]\ntokens = news@\n", "tokens in [bounce]: \"news@\" is no pattern" },
		{ "[bounce]\ntokens = (a\n", "tokens in [bounce]: \"(a\" is no pattern" },
		{ "[bounce]\ndelimiters = =\n", "delimiters in [bounce]: \"=\" is no delimiter" },
		{ "[bounce]\ndomains = b.example.com # ours\n",
		  "domains in [bounce]: \"#\" is a comment" },
		{ "[bounce]\ndomains = b.example.com;local\n",
		  "domains in [bounce]: \"local\" is no domain" },
		{ "[bounce]\ndomains = b\303\274cher.example\n", "xn--" },
		{ "[trust]\nauthserv-ids = mx.example.com #ours\n",
		  "authserv-ids in [trust]: \"#ours\" is a comment" },
		{ "[bounce]\naddresses = fbl\n", "addresses in [bounce]: \"fbl\" is no address" },
		{ "[bounce]\nkeys = keys\n", "keys in [bounce]: \"keys\" is no absolute path" },
		{ "[own]\nhostnames = mx_1;http://x\n",
		  "hostnames in [own]: \"http://x\" is no host name" },
		{ "[report]\ntimezone =\n", "timezone in [report]: \"\" is no time zone" },
		{ "[report]\ntimezone = UTC # as\n",
		  "timezone in [report]: \"UTC # as\" is no time zone" },
		{ "[outbound]\nreturn-address = foo\n",
		  "return-address in [outbound]: \"foo\" is no address" },
		{ "[outbound]\nreturn-address = <a@b.example.com>\n",
		  "return-address in [outbound]: \"<a@b.example.com>\" is no address" },
		{ "[bounce]\ndomains = b.example.com\n[outbound]\n"
		  "return-address = bounces@c.example.com\n",
		  "return-address in [outbound]: the domain of \"bounces@c.example.com\" is "
		  "none of domains in [bounce]" },
		{ "[serve]\ninbound-socket = inet:99999@127.0.0.1\n",
		  "inbound-socket in [serve]: \"inet:99999@127.0.0.1\" is no socket; a port is" },
		{ "[serve]\noutbound-socket = inet:0\n", "outbound-socket in [serve]: \"inet:0\"" },
		{ "[serve]\noutbound-socket = inet:25@a b\n",
		  "outbound-socket in [serve]: \"inet:25@a b\" is no socket" },
		{ "[serve]\ninbound-socket = foo\n",
		  "inbound-socket in [serve]: \"foo\" is no socket" },
		{ "[serve]\ninbound-socket = unix:run\n", "is no path of a unix socket" },
		{ "[serve]\nlmtp-socket = lmtp\n",
		  "lmtp-socket in [serve]: \"lmtp\" is no path of a unix socket" },
		{ "[streams]\n0 = acme\n", "[streams]: \"0\" is no number of a stream" },
		{ "[streams]\n1024 = acme\n", "[streams]: \"1024\" is no number of a stream" },
		{ "[streams]\n07 = acme\n", "[streams]: \"07\" is no number of a stream" },
		{ "[senders]\nnews@b.example.com = a/b/c\n",
		  "[senders] news@b.example.com: \"a/b/c\" is not ACCOUNT" },
		{ "[senders]\nnews@b.example.com = a/\n", "\"a/\" is not ACCOUNT" },
		{ "[senders]\nnews@b.example.com = a b\n", "\"a b\" is not ACCOUNT" },
		{ "[senders]\nnews = acme\n", "[senders]: \"news\" is no address" },
		{ "[clients]\n192.0.2.0/24 = acme\n",
		  "[clients]: \"192.0.2.0/24\" is no client address" },
		{ "[away]\nacme = shut\n", "[away] acme: \"shut\" is neither open nor closed" },
		{ "[away]\na/b/c = open\n", "[away]: \"a/b/c\" is not ACCOUNT" },
		{ "[bounce]\nlifetime = 3\n# again\nlifetime = 4\n",
		  "carom.conf:4: lifetime in [bounce] stands here a second time; it is in line 2" },
		{ "[own]\nhostnames = a\n[bounce]\n[own]\n hostnames=b\n",
		  "carom.conf:5: hostnames in [own] stands here a second time" },
		{ "[senders]\nnews@b.example.com = a\nNews@b.example.com = b\n",
		  "[senders] News@b.example.com stands there twice" },
		{ "[database]\nconninfo = dbname=\\x\n", "conninfo in [database]: " },
		{ "conninfo = x\n", "carom.conf" },
		{ "[database\n", "carom.conf" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromConfig *config = NULL;
		GError *error = NULL;

		row_int(rows[i].text, load_text(rows[i].text, &config, &error), CAROM_MISUSE);
		row_true(rows[i].text, config == NULL);
		row_true(rows[i].text,
			 error != NULL && strstr(error->message, "carom.conf") != NULL);
		row_error(rows[i].text, error, rows[i].says);
	}
}

static void
an_absent_file(void **state)
{
	CaromConfig *config = NULL;
	GError *error = NULL;

	(void) state;
	assert_int_equal(carom_config_load("/nowhere/carom.conf", TRUE, &config, &error),
			 CAROM_MISUSE);
	row_error("required", error, "/nowhere/carom.conf");
	assert_int_equal(carom_config_load("/nowhere/carom.conf", FALSE, &config, &error),
			 CAROM_MISUSE);
	row_error("named", error, "/nowhere/carom.conf");
	carom_config_free(NULL);
}

static void
dumps_no_secret_and_can_be_read_again(void **state)
{
	g_autoptr(CaromConfig) config = NULL, again = NULL;
	g_autofree char *dump = NULL, *second = NULL;
	g_autoptr(GError) error = NULL;

	(void) state;
	assert_int_equal(
		load_text(
			"[database]\nconninfo = host=db password=s3cret dbname=carom options=a\\\\b\n"
			"[bounce]\ndomains = b.example.com;c.example.com\n"
			"[senders]\nnews@b.example.com = acme/news\n",
			&config, NULL),
		CAROM_OK);
	dump = carom_config_dump(config);
	assert_null(strstr(dump, "s3cret"));
	assert_non_null(strstr(dump, "host=db password=*** dbname=carom options=a\\\\b"));
	if (load_text(dump, &again, &error) != CAROM_OK)
		fail_msg("%s", error->message);
	second = carom_config_dump(again);
	assert_non_null(strchr(dump, '\n'));
	assert_string_equal(strchr(dump, '\n'),
			    strchr(second, '\n')); /* but for the file's name in the first line */
}

/* libpq takes a quoted password and a URI as well; neither may be printed. */
static void
masks_other_forms_of_a_password(void **state)
{
	static const char *const rows[] = { "password='s3 cret' host=db",
					    "host=db password = s3cret",
					    "postgresql://carom:s3cret@db/carom",
					    "postgres://carom:s3cret@db/carom",
					    "postgresql:///carom?host=/run&password=s3cret&user=x",
					    "host=db sslpassword=s3cret",
					    "password='s3\\\\'cret' dbname=x",
					    "password='s3cret" };

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strconcat("[database]\nconninfo = ", rows[i], "\n", NULL);
		g_autofree char *dump = NULL;
		g_autoptr(CaromConfig) config = NULL;

		row_int(rows[i], load_text(text, &config, NULL), CAROM_OK);
		dump = carom_config_dump(config);
		row_true(rows[i], strstr(dump, "cret") == NULL && strstr(dump, "s3") == NULL);
		row_true(rows[i], strstr(dump, "***") != NULL);
	}
}

UNIT_MAIN(cmocka_unit_test(has_the_documented_defaults), cmocka_unit_test(reads_each_type),
	  cmocka_unit_test(takes_what_is_right),
	  cmocka_unit_test(a_client_is_found_however_it_is_written),
	  cmocka_unit_test(an_empty_file_is_known_as_one),
	  cmocka_unit_test(every_error_names_its_place), cmocka_unit_test(an_absent_file),
	  cmocka_unit_test(dumps_no_secret_and_can_be_read_again),
	  cmocka_unit_test(masks_other_forms_of_a_password))
