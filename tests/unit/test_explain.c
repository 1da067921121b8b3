/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "config/datadir.h"
#include "rules/explain.h"

static CaromKnowledge *
knowledge(void)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *file = unit_file(folder, "carom.conf", "");
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(GError) error = NULL;
	CaromKnowledge *k;

	assert_int_equal(carom_config_load(file, TRUE, &config, NULL), CAROM_OK);
	unit_remove(folder);
	if (carom_knowledge_load(config, &k, &error) != CAROM_OK)
		fail_msg("%s", error->message);
	return k;
}

static void
tells_words_from_replies(void **state)
{
	static const struct {
		const char *text;
		CaromExplainKind kind;
		const char *category, *advice, *near;
	} rows[] = {
		{ "550 5.1.1 User unknown", CAROM_EXPLAIN_REPLY, "recipient_unknown", NULL, NULL },
		{ "451 4.9.9 xyzzy", CAROM_EXPLAIN_REPLY, NULL, NULL, NULL },
		{ "mailbox_full", CAROM_EXPLAIN_CATEGORY, "mailbox_full", NULL, NULL },
		{ "hard", CAROM_EXPLAIN_WORD, NULL, "class:hard", NULL },
		{ "class:hard", CAROM_EXPLAIN_WORD, NULL, "class:hard", NULL },
		{ "guessed", CAROM_EXPLAIN_WORD, NULL, "confidence:guessed", NULL },
		{ "complaint:abuse", CAROM_EXPLAIN_WORD, NULL, "complaint:abuse", NULL },
		{ "gmail", CAROM_EXPLAIN_PROVIDER, NULL, NULL, NULL },
		{ "auth-dmarc", CAROM_EXPLAIN_RULE, "auth_dmarc", NULL, NULL },
		{ "mailbox_ful", CAROM_EXPLAIN_UNKNOWN, "undetermined", NULL, "mailbox_full" },
		{ "complaint:abusee", CAROM_EXPLAIN_UNKNOWN, "undetermined", NULL,
		  "complaint:abuse" },
		{ "hello world", CAROM_EXPLAIN_UNKNOWN, "undetermined", NULL, NULL },
		{ "xyzzy", CAROM_EXPLAIN_UNKNOWN, "undetermined", NULL, NULL },
	};
	g_autoptr(CaromKnowledge) k = knowledge();

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromExplanation e;

		carom_explain(k, rows[i].text, NULL, &e);
		row_int(rows[i].text, e.kind, rows[i].kind);
		if (rows[i].category != NULL)
			row_string(rows[i].text, carom_report_category_name(e.verdict.category),
				   rows[i].category);
		row_string(rows[i].text, e.advice, rows[i].advice);
		row_string(rows[i].text, e.near, rows[i].near);
		row_true(rows[i].text, (e.where != NULL) == (rows[i].kind == CAROM_EXPLAIN_RULE));
		carom_explain_clear(&e);
	}
}

UNIT_MAIN(cmocka_unit_test(tells_words_from_replies))
