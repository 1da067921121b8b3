/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "rules/rules.h"

/* Rules and blocklists in a folder of their own. */
static char *
data_folder(const char *rules, const char *blocklists)
{
	char *folder = unit_folder();

	unit_put(folder, "rules/50-test.rules", rules);
	unit_put(folder, "blocklists", blocklists);
	return folder;
}

static CaromRules *
load(const char *folder, const char *local)
{
	CaromRules *rules;
	g_autoptr(GError) error = NULL;

	if (carom_rules_load(folder, local, local != NULL, &rules, &error) != CAROM_OK)
		fail_msg("rules: %s", error->message);
	return rules;
}

static void
the_first_match_wins(void **state)
{
	static const char text[] =
		"specific  mailbox_full  provider=gmail,apple status=x.2.2\n\t/over quota/\n"
		"vetoed  content_spam  reply=5xx\n\t/blocked/\n\t!/temporarily/\n"
		"at-rcpt  relay_denied  stage=rcpt\n\t/denied/\n"
		"when-delayed  greylisted  action=delayed\n\t/try again/\n"
		"by-format  recipient_moved  format=qmail\n\t/has moved/\n"
		"general  recipient_unknown\n\t/over quota|blocked|denied|try again|has moved/\n"
		"by-status  domain_unknown  status=5.1.2\n"
		"by-reply  network_failure  reply=421\n";
	static const struct {
		const char *name;
		CaromReply reply;
		const char *rule;
		CaromCategory category;
	} rows[] = {
		{ "all conditions hold",
		  { .provider = "gmail", .status = "5.2.2", .text = "Over QUOTA" },
		  "specific",
		  CAROM_CATEGORY_MAILBOX_FULL },
		{ "the other provider",
		  { .provider = "apple", .status = "4.2.2", .text = "over quota" },
		  "specific",
		  CAROM_CATEGORY_MAILBOX_FULL },
		{ "another provider",
		  { .provider = "yahoo_aol", .status = "5.2.2", .text = "over quota" },
		  "general",
		  CAROM_CATEGORY_RECIPIENT_UNKNOWN },
		{ "no provider",
		  { .status = "5.2.2", .text = "over quota" },
		  "general",
		  CAROM_CATEGORY_RECIPIENT_UNKNOWN },
		{ "another status",
		  { .provider = "gmail", .status = "5.2.22", .text = "over quota" },
		  "general",
		  CAROM_CATEGORY_RECIPIENT_UNKNOWN },
		{ "no status",
		  { .provider = "gmail", .text = "over quota" },
		  "general",
		  CAROM_CATEGORY_RECIPIENT_UNKNOWN },
		{ "reply class",
		  { .reply = "554", .text = "blocked" },
		  "vetoed",
		  CAROM_CATEGORY_CONTENT_SPAM },
		{ "veto",
		  { .reply = "554", .text = "temporarily blocked" },
		  "general",
		  CAROM_CATEGORY_RECIPIENT_UNKNOWN },
		{ "another class",
		  { .reply = "450", .text = "blocked" },
		  "general",
		  CAROM_CATEGORY_RECIPIENT_UNKNOWN },
		{ "stage",
		  { .stage = "rcpt", .text = "denied" },
		  "at-rcpt",
		  CAROM_CATEGORY_RELAY_DENIED },
		{ "another stage",
		  { .stage = "data", .text = "denied" },
		  "general",
		  CAROM_CATEGORY_RECIPIENT_UNKNOWN },
		{ "action",
		  { .action = "delayed", .text = "try again" },
		  "when-delayed",
		  CAROM_CATEGORY_GREYLISTED },
		{ "another action",
		  { .action = "failed", .text = "try again" },
		  "general",
		  CAROM_CATEGORY_RECIPIENT_UNKNOWN },
		{ "format",
		  { .format = "qmail", .text = "has moved" },
		  "by-format",
		  CAROM_CATEGORY_RECIPIENT_MOVED },
		{ "code without text",
		  { .status = "5.1.2" },
		  "by-status",
		  CAROM_CATEGORY_DOMAIN_UNKNOWN },
		{ "reply code alone",
		  { .reply = "421", .text = "" },
		  "by-reply",
		  CAROM_CATEGORY_NETWORK_FAILURE },
		{ "nothing fits", { .text = "hello" }, NULL, CAROM_CATEGORY_NONE },
	};
	g_autofree char *folder = data_folder(text, "");
	g_autoptr(CaromRules) rules = load(folder, NULL);

	(void) state;
	assert_int_equal(carom_rules_count(rules), 8);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		for (int again = 0; again < 6;
		     again++) { /* the pattern is compiled, and later made fast, on the way */
			CaromVerdict verdict;

			carom_rules_judge(rules, &rows[i].reply, &verdict);
			row_string(rows[i].name, verdict.rule, rows[i].rule);
			row_int(rows[i].name, verdict.category, rows[i].category);
			row_true(rows[i].name, !verdict.limit_hit);
		}
	unit_remove(folder);
}

static void
names_the_blocklist(void **state)
{
	static const char text[] =
		"listed  dnsbl_listed text=hosts\n\t/(?:listed|blocked) (?:at|by|using) "
		"(?<blocklist>[a-z0-9.-]{4,60})/\n"
		"known  dnsbl_listed\n\t/client blocked/\n"
		"unknown  recipient_unknown\n\t/no such user/\n";
	static const struct {
		const char *reply, *want, *removal;
	} rows[] = {
		{ "550 192.0.2.1 listed at ZEN.Test.example.", "zen.test.example",
		  "https://test.example/remove" },
		{ "554 blocked using bl.other.example; see x", "bl.other.example", NULL },
		{ "554 client blocked: see https://www.test.example/lookup", "zen.test.example",
		  "https://test.example/remove" },
		{ "554 client blocked", "", NULL },
		{ "550 no such user, see www.test.example", "",
		  NULL }, /* not a refusal of ours: no list */
	};
	g_autofree char *folder = data_folder(
		text,
		"zen.test.example\thttps://test.example/remove\twww.test.example, test-zen\n");
	g_autoptr(CaromRules) rules = load(folder, NULL);

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const CaromReply reply = { .text = rows[i].reply };
		CaromVerdict verdict;

		carom_rules_judge(rules, &reply, &verdict);
		row_string(rows[i].reply, verdict.blocklist, rows[i].want);
		if (*verdict.blocklist)
			row_string(rows[i].reply, carom_rules_removal(rules, verdict.blocklist),
				   rows[i].removal);
	}
	unit_remove(folder);
}

/* A pattern that gives up has not decided: the next rule does, and the verdict tells. */
static void
a_match_limit_is_no_match(void **state)
{
	g_autofree char *folder =
		data_folder("runaway  content_spam\n\t/blocked (?:a+)+(?:a+)+(?:a+)+$/\n"
			    "general  recipient_unknown\n\t/blocked/\n",
			    "");
	g_autoptr(CaromRules) rules = load(folder, NULL);
	g_autofree char *as = g_strnfill(1500, 'a');
	g_autofree char *text = g_strconcat("blocked ", as, "b", NULL);
	const CaromReply reply = { .text = text };
	CaromVerdict verdict;
	gint64 start = g_get_monotonic_time();

	(void) state;
	for (int again = 0; again < 6; again++) {
		carom_rules_judge(rules, &reply, &verdict);
		assert_true(verdict.limit_hit);
		assert_string_equal(verdict.rule, "general");
	}
	assert_true(g_get_monotonic_time() - start < 5 * G_USEC_PER_SEC);
	unit_remove(folder);
}

static void
local_rules_come_first(void **state)
{
	g_autofree char *folder = data_folder("shipped  recipient_unknown\n\t/unknown/\n", "");
	g_autofree char *local = g_build_filename(folder, "local", NULL);
	const CaromReply reply = { .text = "user unknown" };
	CaromVerdict verdict;
	char version[13];

	(void) state;
	unit_put(local, "20-second.rules", "second  mailbox_full\n\t/unknown/\n");
	unit_put(local, "10-first.rules", "first  recipient_disabled\n\t/unknown/\n");
	unit_put(local, "10-first.rules~", "this is no rule file\n");
	{
		g_autoptr(CaromRules) rules = load(folder, NULL);

		carom_rules_judge(rules, &reply, &verdict);
		assert_string_equal(verdict.rule, "shipped");
		assert_int_equal(strlen(carom_rules_version(rules)), 12);
		g_strlcpy(version, carom_rules_version(rules), sizeof version);
	}
	{
		g_autoptr(CaromRules) rules = load(folder, local);

		carom_rules_judge(rules, &reply, &verdict);
		assert_string_equal(verdict.rule, "first");
		assert_string_not_equal(carom_rules_version(rules), version);
		assert_int_equal(carom_rules_count(rules), 3);
	}
	{
		CaromRules *rules;
		GError *error = NULL;

		unit_put(local, "30-third.rules",
			 "third  mailbox_full\n\t/full/\n\t!/un(closed/\n");
		assert_int_equal(carom_rules_load(folder, local, TRUE, &rules, &error),
				 CAROM_MISUSE);
		row_error("a local pattern that does not compile", error,
			  "30-third.rules:3: /un(closed/: ");
	}
	unit_remove(folder);
}

static void
class_is_the_categorys_unless_the_rule_says(void **state)
{
	g_autofree char *folder = data_folder("gone  mailbox_full  class=hard\n\t/inactive/\n"
					      "full  mailbox_full\n\t/full/\n",
					      "");
	g_autoptr(CaromRules) rules = load(folder, NULL);
	CaromVerdict verdict;

	(void) state;
	carom_rules_judge(rules, &(CaromReply){ .text = "full and inactive" }, &verdict);
	assert_string_equal(verdict.rule, "gone");
	assert_int_equal(verdict.class, CAROM_CLASS_HARD);
	carom_rules_judge(rules, &(CaromReply){ .text = "mailbox full" }, &verdict);
	assert_string_equal(verdict.rule, "full");
	assert_int_equal(verdict.class, CAROM_CLASS_SOFT);
	carom_rules_judge(rules, &(CaromReply){ .text = "nothing known" }, &verdict);
	assert_int_equal(verdict.class, CAROM_CLASS_NONE);
}

static void
bad_files_name_file_and_line(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "\t/pattern first/\n", ":1: " },
		{ "# comment\n\nONE  mailbox_full\n", ":3: \"ONE\" is no rule id" },
		{ "one  no_such_category\n", ":1: \"no_such_category\"" },
		{ "one\n", ":1: " },
		{ "one  mailbox_full\n\t/full/\none  mailbox_full\n",
		  ":3: rule one stands here a second time" },
		{ "one  mailbox_full  colour=red\n", ":1: unknown condition \"colour\"" },
		{ "one  mailbox_full  class=red\n", ":1: \"red\" is none of the classes" },
		{ "one  mailbox_full  colour\n", ":1: \"colour\" is no condition" },
		{ "one  mailbox_full  reply=5xx reply=4xx\n", ":1: reply= stands here twice" },
		{ "one  mailbox_full  reply=55\n", ":1: reply= has a wrong value" },
		{ "one  mailbox_full\n\t/full\n", ":2: a pattern stands between two slashes" },
		{ "one  mailbox_full\n\t//\n", ":2: a pattern stands between two slashes" },
		{ "one  mailbox_full\n\t/full/\n\t/more/\n",
		  ":3: a rule has one pattern and one veto" },
		{ "one  mailbox_full\n\t!/a/\n\t!/b/\n",
		  ":3: a rule has one pattern and one veto" },
		{ "one  mailbox_full\n\tsomething else\n", ":2: a line of a rule begins with" },
		{ "one  mailbox_full\n\t/\377/\n", "not UTF-8" },
		{ "# nothing\n", "no rule in" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *folder = data_folder(rows[i].text, "");
		CaromRules *rules;
		GError *error = NULL;

		row_int(rows[i].text, carom_rules_load(folder, NULL, FALSE, &rules, &error),
			CAROM_MISUSE);
		row_true(rows[i].text, rules == NULL);
		if (rows[i].says[0] == ':')
			row_true(rows[i].text,
				 error != NULL && strstr(error->message, "50-test.rules") != NULL);
		row_error(rows[i].text, error, rows[i].says);
		unit_remove(folder);
	}
}

static void
bad_blocklists_too(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "zen https://x literal\n", "blocklists:1: a blocklist has three columns" },
		{ "zen\thttps://x\tabc\n", "blocklists:1: \"abc\" is too short" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *folder =
			data_folder("one  mailbox_full\n\t/full/\n", rows[i].text);
		CaromRules *rules;
		GError *error = NULL;

		row_int(rows[i].text, carom_rules_load(folder, NULL, FALSE, &rules, &error),
			CAROM_MISUSE);
		row_error(rows[i].text, error, rows[i].says);
		unit_remove(folder);
	}
}

/* A folder that the configuration names must be there; the default one may be absent. */
static void
absent_folders(void **state)
{
	g_autofree char *folder = data_folder("one  mailbox_full\n\t/full/\n", "");
	g_autofree char *absent = g_build_filename(folder, "absent", NULL);
	CaromRules *rules;
	GError *error = NULL;

	(void) state;
	assert_int_equal(carom_rules_load(folder, absent, FALSE, &rules, &error), CAROM_OK);
	carom_rules_free(rules);
	assert_int_equal(carom_rules_load(folder, absent, TRUE, &rules, &error), CAROM_MISUSE);
	row_error("required", error, "absent");
	assert_int_equal(carom_rules_load(absent, NULL, FALSE, &rules, &error), CAROM_MISUSE);
	row_error("no data", error, "absent");
	unit_remove(folder);
	carom_rules_free(NULL);
}

static void
collect(const char *where, const char *problem, void *user)
{
	g_string_append_printf(user, "%s: %s\n", where, problem);
}

/* The checker itself: what it is there to find, it finds. */
static void
the_check_finds(void **state)
{
	static const struct {
		const char *name, *text, *says;
	} rows[] = {
		{ "nothing wrong",
		  "one  mailbox_full  reply=552\n\t/is full/\n\t> 552 mailbox is full\n", "" },
		{ "no example", "one  mailbox_full\n\t/is full/\n", "rule one has no example" },
		{ "its own example", "one  mailbox_full\n\t/is full/\n\t> 552 over quota\n",
		  "does not match its own example" },
		{ "wrong reply", "one  mailbox_full  reply=4xx\n\t/is full/\n\t> 552 is full\n",
		  "does not match its own example" },
		{ "hidden",
		  "one  mailbox_full\n\t/full/\n\t> 552 full\ntwo  mailbox_full\n\t/is full/\n"
		  "\t> 552 is full\n",
		  "rule two is hidden by one" },
		{ "bad syntax", "one  mailbox_full\n\t/full(/\n\t> 552 full\n",
		  "rule one: /full(/: " },
		{ "backtracking",
		  "one  mailbox_full\n\t/full (?:a+)+(?:a+)+[.!]/\n\t> 552 full aaa.\n",
		  "backtracks beyond" },
		{ "no such provider",
		  "one  mailbox_full  provider=nobody\n\t/full/\n\t> 552 full\n",
		  "there is no provider nobody" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *folder = data_folder(rows[i].text, "");
		g_autofree char *file = unit_file(folder, "providers",
						  "provider gmail \"Gmail\"\n\tdomain gmail.com\n");
		g_autoptr(CaromRules) rules = load(folder, NULL);
		g_autoptr(GString) problems = g_string_new(NULL);
		g_autoptr(CaromProviders) providers = NULL;
		guint n;

		row_int(rows[i].name, carom_providers_load(file, &providers, NULL), CAROM_OK);
		n = carom_rules_check(rules, providers, collect, problems);
		row_true(rows[i].name, (n == 0) == (*rows[i].says == '\0'));
		if (strstr(problems->str, rows[i].says) == NULL)
			fail_msg("row \"%s\": \"%s\" does not say \"%s\"", rows[i].name,
				 problems->str, rows[i].says);
		unit_remove(folder);
	}
}

UNIT_MAIN(cmocka_unit_test(the_first_match_wins), cmocka_unit_test(names_the_blocklist),
	  cmocka_unit_test(a_match_limit_is_no_match), cmocka_unit_test(local_rules_come_first),
	  cmocka_unit_test(class_is_the_categorys_unless_the_rule_says),
	  cmocka_unit_test(bad_files_name_file_and_line), cmocka_unit_test(bad_blocklists_too),
	  cmocka_unit_test(absent_folders), cmocka_unit_test(the_check_finds))
