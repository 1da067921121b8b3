/* SPDX-License-Identifier: BSD-2-Clause */
/* The morning: is all well, what needs action, since when. It is the nightly report's page. */
#include "config.h"

#include "config/datadir.h"
#include "desk/part_links.h"
#include "desk/screen.h"

#include <string.h>

static const char *
advise(const char *about, const char *key, void *user)
{
	const CaromDeskPage *page = user;

	return strcmp(key, "removal") == 0 ? carom_rules_removal(page->knowledge->rules, about)
					   : carom_advice_get(page->advice, about, key);
}

static void
write_choice(CaromDeskPage *page, const CaromSpan *span)
{
	const char *const days[] = { "1",  carom_desk_say(page, CAROM_DESK_WORD_ONE_DAY),
				     "7",  carom_desk_say(page, CAROM_DESK_WORD_SEVEN_DAYS),
				     "28", carom_desk_say(page, CAROM_DESK_WORD_FOUR_WEEKS),
				     NULL };

	carom_desk_ask_form(page, "", CAROM_DESK_WORD_CHOOSE_DAYS);
	carom_desk_input(page, "last", CAROM_DESK_WORD_LAST_DAY, "date", span->last, FALSE);
	carom_desk_select(page, "days", CAROM_DESK_WORD_DAYS, carom_desk_get(page, "days"), days);
	carom_desk_scope(page, "account", CAROM_DESK_WORD_ACCOUNT);
	carom_desk_scope(page, "stream", CAROM_DESK_WORD_STREAM);
	carom_desk_button(page, CAROM_DESK_WORD_SHOW, FALSE);
	carom_markup_close(page->markup);
}

static CaromStatus
show(CaromDeskPage *page, GError **err)
{
	const CaromAdviser adviser = { .advice = advise, .user = page };
	g_autoptr(CaromTable) days = NULL;
	g_autoptr(CaromSummary) summary = NULL;
	CaromSpan span;
	const CaromPartLinks of = { page, &span };
	const CaromRenderLinks links = carom_part_links(&of);
	CaromStatus status = carom_desk_span(page, 1, &days, &span, err);
	CaromSummaryQuestion question = { .name = "nightly",
					  .lang = page->lang,
					  .datadir = carom_config_datadir(),
					  .adviser = &adviser };

	if (status != CAROM_OK)
		return status;
	question.first = span.first;
	question.last = span.last;
	question.account = span.account;
	question.stream = span.stream;
	question.provider = span.provider;
	status = carom_summary_collect(page->store, &question, &summary, err);
	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, carom_summary_document(summary)->title);
	carom_render_html_body(page->markup, carom_summary_document(summary), &links);
	carom_desk_heading(page, CAROM_DESK_WORD_CHOOSE_DAYS);
	write_choice(page, &span);
	for (const char *const *line = carom_summary_document(summary)->small_print;
	     line != NULL && *line != NULL; line++)
		carom_markup_element(page->markup, "p", *line, "class", "note", NULL);
	return CAROM_OK;
}

const CaromDeskScreen carom_screen_morning = {
	.path = "",
	.title = CAROM_DESK_WORD_MORNING,
	.in_menu = TRUE,
	.filters = TRUE,
	.show = show,
};
