/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "desk/part_links.h"

#include <string.h>

static const char *
cell(const CaromSection *section, guint row, const char *column)
{
	const char *text = carom_desk_cell(section->table, row, column);

	return text != NULL && *text != '\0' ? text : NULL;
}

/* What the row says, else what the view is filtered by. */
static const char *
cell_or(const CaromSection *section, guint row, const char *column, const char *asked)
{
	const char *text = cell(section, row, column);

	return text != NULL ? text : asked;
}

/* How many days there are from first to last (YYYY-MM-DD), both included; at least 1. */
static guint
days_between(const char *first, const char *last)
{
	GDate a, b;

	g_date_clear(&a, 1);
	g_date_clear(&b, 1);
	g_date_set_parse(&a, first);
	g_date_set_parse(&b, last);
	if (!g_date_valid(&a) || !g_date_valid(&b))
		return 1;
	return (guint) MAX(g_date_days_between(&a, &b) + 1, 1);
}

/* ---- to a screen ------------------------------------------------------------------- */

/* What came back for that category, or named that blocklist, since the first day. */
static char *
to_causes(const CaromPartLinks *of, const CaromSection *section, guint row, const char *first)
{
	g_autofree char *days = g_strdup_printf("%u", days_between(first, of->span->last));

	return carom_desk_link(of->page, "causes", "category", cell(section, row, "category"),
			       "blocklist", cell(section, row, "blocklist"), "provider",
			       cell_or(section, row, "provider", of->span->provider), "account",
			       cell_or(section, row, "account", of->span->account), "stream",
			       cell_or(section, row, "stream", of->span->stream), "days", days,
			       "last", of->span->last, NULL);
}

static char *
to_provider(const CaromPartLinks *of, const char *provider)
{
	if (provider == NULL)
		return NULL;
	return carom_desk_link(of->page, "provider", "provider", provider, "account",
			       of->span->account, "stream", of->span->stream, "last",
			       carom_desk_get(of->page, "last"), NULL);
}

static char *
to_stream(const CaromPartLinks *of, const CaromSection *section, guint row, const char *stream)
{
	const char *account = cell(section, row, "account");

	if (account == NULL)
		return NULL;
	return carom_desk_link(of->page, "stream", "account", account, "stream", stream, "last",
			       carom_desk_get(of->page, "last"), NULL);
}

/* ---- what stands out --------------------------------------------------------------- */

static void
say(const CaromPartLinks *of, CaromDeskWord word, char **text)
{
	*text = g_strdup(carom_desk_say(of->page, word));
}

/* The next step of what stands out, which is a command elsewhere. */
static char *
step_of(const CaromPartLinks *of, const CaromSection *section, guint row, char **text)
{
	const char *held = cell(section, row, "held"), *kind = cell(section, row, "kind"),
		   *provider = cell(section, row, "provider");

	if (held != NULL) {
		*text = carom_desk_word_fill(of->page->lang, CAROM_DESK_WORD_STEP_INCIDENT, "n",
					     held, NULL);
		return carom_desk_link(of->page, "incidents", "number", held, NULL);
	}
	if (g_strcmp0(kind, "silence") == 0 || g_strcmp0(kind, "unmatched") == 0) {
		say(of, CAROM_DESK_WORD_STEP_HEALTH, text);
		return carom_desk_link(of->page, "health", NULL);
	}
	if (cell(section, row, "category") != NULL || cell(section, row, "blocklist") != NULL) {
		say(of, CAROM_DESK_WORD_STEP_CAUSES, text);
		return to_causes(of, section, row, cell(section, row, "since"));
	}
	if (cell(section, row, "account") != NULL) {
		say(of, CAROM_DESK_WORD_STEP_STREAM, text);
		return to_stream(of, section, row, cell(section, row, "stream"));
	}
	say(of, provider ? CAROM_DESK_WORD_STEP_PROVIDER : CAROM_DESK_WORD_STEP_PROVIDERS, text);
	return provider ? to_provider(of, provider) : carom_desk_link(of->page, "provider", NULL);
}

static char *
incident_cell(const CaromPartLinks *of, const CaromSection *section, guint row, const char *column,
	      char **text)
{
	const char *held = cell(section, row, "held");

	if (strcmp(column, "more") == 0)
		return step_of(of, section, row, text);
	if (strcmp(column, "do") != 0 || held == NULL)
		return NULL;
	say(of, CAROM_DESK_WORD_DO_HELD_HERE, text);
	return carom_desk_link(of->page, "incidents", "number", held, NULL);
}

/* ---- tables ------------------------------------------------------------------------- */

static char *
cell_link(void *user, const CaromSection *section, guint row, const char *column, char **text)
{
	const CaromPartLinks *of = user;
	const char *shown = cell(section, row, column);

	if (strcmp(section->id, "incidents") == 0)
		return incident_cell(of, section, row, column, text);
	if (shown == NULL)
		return NULL;
	if (strcmp(column, "provider") == 0)
		return to_provider(of, shown);
	if (strcmp(column, "stream") == 0)
		return to_stream(of, section, row, shown);
	if (strcmp(column, "account") == 0)
		return to_stream(of, section, row, NULL);
	if (strcmp(column, "category") == 0)
		return to_causes(of, section, row, of->span->first);
	if (strcmp(column, "address") == 0)
		return carom_desk_link(of->page, "address", "address", shown, NULL);
	if (strcmp(column, "kind") == 0 && strcmp(shown, "unrecognised") == 0)
		return carom_desk_link(of->page, "unrecognised", NULL);
	return NULL;
}

/* The screen that has all rows of a table. */
static char *
more_link(void *user, const CaromSection *section, char **text)
{
	static const struct {
		const char *part, *screen;
	} screens[] = { { "providers", "provider" }, { "complaints", "provider" },
			{ "cohorts", "provider" },   { "streams", "stream" },
			{ "blocks", "causes" },      { "categories", "causes" },
			{ "feeds", "health" },       { "balance", "unrecognised" } };
	const CaromPartLinks *of = user;
	g_autofree char *n = g_strdup_printf("%u", section->table->n_rows - section->most);

	for (gsize i = 0; i < G_N_ELEMENTS(screens); i++) {
		if (strcmp(section->id, screens[i].part) != 0)
			continue;
		*text = carom_desk_word_fill(of->page->lang, CAROM_DESK_WORD_AND_MORE, "n", n,
					     NULL);
		return carom_desk_link(of->page, screens[i].screen, "account", of->span->account,
				       "last", carom_desk_get(of->page, "last"), NULL);
	}
	return NULL;
}

/* A webhook that is disabled is told with the command that resumes it, which its screen has. */
static char *
note_link(void *user, const char *line, char **text)
{
	static const char command[] = "carom webhook resume ";
	const CaromPartLinks *of = user;
	const char *at = strstr(line, command), *id = at ? at + strlen(command) : NULL;
	g_autofree char *name =
		id ? g_strndup(id, strspn(id, "abcdefghijklmnopqrstuvwxyz234567")) : NULL;

	if (id == NULL)
		return NULL;
	*text = g_strchomp(g_strndup(line, (gsize) (at - line)));
	return carom_desk_link(of->page, "webhooks", "id", name, NULL);
}

CaromRenderLinks
carom_part_links(const CaromPartLinks *of)
{
	return (CaromRenderLinks){
		.cell = cell_link, .more = more_link, .note = note_link, .user = (void *) of
	};
}
