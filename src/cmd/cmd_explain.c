/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/address.h"
#include "rules/advice.h"
#include "rules/classify.h"
#include "cmd/cmd.h"
#include "config/datadir.h"
#include "base/json.h"
#include "base/text.h"
#include "store/events.h"
#include "store/suppressions.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* What is known of one reply, ready to print. */
typedef struct {
	const char *category, *class, *rule, *provider, *blocklist, *removal;
	const CaromAdvice *advice;
} Answer;

static void
print_json(const Answer *a)
{
	g_autoptr(GString) out = g_string_new(NULL);

	carom_json_begin_object(out);
	carom_json_member(out, "category", a->category);
	carom_json_member(out, "class", a->class);
	carom_json_member(out, "rule", a->rule);
	carom_json_member(out, "provider", a->provider);
	carom_json_member(out, "blocklist", a->blocklist);
	carom_json_member(out, "removal", a->removal);
	carom_json_member(out, "guide", carom_advice_get(a->advice, a->category, "guide"));
	carom_json_member(out, "blame", carom_advice_get(a->advice, a->category, "blame"));
	carom_json_member(out, "lang", carom_advice_lang(a->advice));
	carom_json_member(out, "means", carom_advice_get(a->advice, a->category, "means"));
	carom_json_member(out, "do", carom_advice_get(a->advice, a->category, "do"));
	carom_json_end_object(out);
	puts(out->str);
}

/* label: text, wrapped at 78 columns. */
static void
print_wrapped(const char *label, const char *text)
{
	gsize column = 12;

	if (text == NULL)
		return;
	printf("%-11s", label);
	while (*text) {
		gsize n = strcspn(text, " ");
		gsize width = (gsize) g_utf8_strlen(text, (gssize) n);

		if (column > 12 && column + width > 78) {
			printf("\n%-11s", "");
			column = 12;
		}
		printf(" %.*s", (int) n, text);
		column += width + 1;
		text += n + strspn(text + n, " ");
	}
	putchar('\n');
}

static void
print_text(const Answer *a)
{
	gboolean id = strcmp(carom_advice_lang(a->advice), "id") == 0;
	const char *guide = carom_advice_get(a->advice, a->category, "guide");
	const char *guide_title = guide ? carom_advice_get(a->advice, guide, "title") : NULL;
	g_autofree char *group = guide_title && g_ascii_strcasecmp(guide_title, guide) != 0
					 ? g_strdup_printf("%s (%s)", guide_title, guide)
					 : g_strdup(guide);
	g_autofree char *category = g_strdup_printf("%s (%s)", a->category, a->class);

	print_wrapped(id ? "kategori" : "category", category);
	print_wrapped(id ? "kelompok" : "group", group);
	print_wrapped(id ? "aturan" : "rule", a->rule);
	print_wrapped(id ? "penyedia" : "provider", a->provider);
	print_wrapped(id ? "blocklist" : "blocklist", a->blocklist);
	print_wrapped(id ? "arti" : "means", carom_advice_get(a->advice, a->category, "means"));
	print_wrapped(id ? "tindakan" : "do", carom_advice_get(a->advice, a->category, "do"));
	print_wrapped(id ? "hapus di" : "removal", a->removal);
}

/* The story of an address: what came in about it, and what was done about that. */
static int
explain_address(const char *address, const CaromRenderer *renderer)
{
	g_autoptr(CaromTable) events = NULL, changes = NULL;
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = cmd_open_store(&config, &store, &error);

	if (status == CAROM_OK)
		status = carom_events_of_address(store, address, &events, &error);
	if (status == CAROM_OK)
		status = carom_suppressions_history(store, address, &changes, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);

	const CaromSection sections[] = {
		{ .id = "events", .title = "What came in about it", .table = events },
		{ .id = "changes", .title = "What was done", .table = changes },
	};
	const CaromDocument document = { .sections = sections,
					 .n_sections = G_N_ELEMENTS(sections) };

	cmd_print(renderer, &document);
	return EX_OK;
}

/* "alice@example.org" and nothing else; a reply text has blanks. */
static gboolean
is_address_alone(const char *text)
{
	g_autofree char *address = strpbrk(text, " \t") ? NULL : carom_address_parse(text, -1);

	return address != NULL;
}

int
cmd_explain(int argc, char **argv)
{
	static char *provider, *lang, *format;
	const GOptionEntry options[] = { { "provider", 'p', 0, G_OPTION_ARG_STRING, &provider,
					   "whose server said it (carom-providers(5))", "ID" },
					 { "lang", 'l', 0, G_OPTION_ARG_STRING, &lang,
					   "en or id; otherwise the locale's", "LANG" },
					 { "format", 'f', 0, G_OPTION_ARG_STRING, &format,
					   "text or json", "FORMAT" },
					 G_OPTION_ENTRY_NULL };
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromKnowledge) knowledge = NULL;
	g_autoptr(CaromAdvice) advice = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	CaromVerdict verdict = { 0 };
	const CaromRenderer *renderer;
	Answer a = { 0 };
	CaromStatus status;

	if (!cmd_options(&argc, &argv, options, "'REPLY TEXT'|CATEGORY|ADDRESS",
			 "What a server's reply means and what to do about it, or the story of an "
			 "address.",
			 NULL))
		return EX_USAGE;
	if (argc != 2)
		return cmd_usage(
			"explain wants one reply text (in quotes), one category or one address");
	renderer = cmd_renderer(format);
	if (renderer == NULL || renderer == &carom_render_csv)
		return cmd_usage("explain: --format is text or json, not \"%s\"", format);
	if (lang != NULL && !carom_advice_speaks(lang))
		return cmd_usage("explain: --lang is en or id, not \"%s\"", lang);
	if (is_address_alone(argv[1]))
		return explain_address(argv[1], renderer);
	status = cmd_load_config(FALSE, &config, &error);
	if (status == CAROM_OK)
		status = carom_knowledge_load(config, &knowledge, &error);
	if (status == CAROM_OK)
		status = carom_advice_load(carom_config_datadir(), lang, &advice, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	if (provider != NULL && !carom_provider_exists(knowledge->providers, provider))
		return cmd_usage("explain: there is no provider \"%s\"", provider);
	text = carom_text_clean(argv[1], -1, CAROM_MAX_DIAGNOSTIC);
	verdict.category = carom_report_category_from_name(text);
	if (verdict.category == CAROM_CATEGORY_NONE)
		carom_classify_reply(knowledge, text, provider, &verdict, &a.provider);
	if (verdict.category == CAROM_CATEGORY_NONE)
		verdict.category = CAROM_CATEGORY_UNDETERMINED;
	if (verdict.class == CAROM_CLASS_NONE)
		verdict.class = carom_report_category_class(verdict.category);
	a.category = carom_report_category_name(verdict.category);
	a.class = carom_report_class_name(verdict.class);
	a.rule = verdict.rule;
	a.blocklist = verdict.blocklist[0] ? verdict.blocklist : NULL;
	a.removal = a.blocklist ? carom_rules_removal(knowledge->rules, a.blocklist) : NULL;
	a.advice = advice;
	if (renderer == &carom_render_json)
		print_json(&a);
	else
		print_text(&a);
	return EX_OK;
}
