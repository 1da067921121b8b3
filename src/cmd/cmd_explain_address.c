/* SPDX-License-Identifier: BSD-2-Clause */
/* carom explain ADDRESS: what came in about it, and what was done about that. */
#include "config.h"

#include "cmd/cmd.h"
#include "config/scope.h"
#include "lists/story.h"
#include "store/addresses.h"
#include "store/events.h"
#include "store/suppressions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define INDENT 4

/* The cell, or NULL where nothing is in it. */
static const char *
filled(const CaromTable *table, guint row, guint column)
{
	const char *cell = carom_table_cell(table, row, column);

	return cell != NULL && *cell != '\0' ? cell : NULL;
}

static guint
number(const CaromTable *table, guint row, guint column)
{
	const char *cell = filled(table, row, column);

	return cell ? (guint) strtoul(cell, NULL, 10) : 0;
}

static void
append(GString *line, const char *before, const char *text)
{
	if (text != NULL)
		g_string_append_printf(line, "%s%s", line->len > 0 ? before : "", text);
}

/* "acme/newsletter", or everybody's. Caller's. */
static char *
scope_of(const CaromTable *table, guint row, guint account, guint stream)
{
	const char *whose = filled(table, row, account), *part = filled(table, row, stream);

	return carom_scope_name(whose ? whose : "", part ? part : "");
}

static const char *
or_empty(const char *text)
{
	return text ? text : "";
}

/* ---- what happened --------------------------------------------------------------------------- */

static void
print_head(const CaromTable *t, guint row, guint at, const char *what)
{
	g_autofree char *when = carom_render_text_cell(t, row, at);

	printf("%s  %s\n", when ? when : "-", what);
}

static void
print_mailed(const CaromTable *t, guint row)
{
	g_autofree char *scope = scope_of(t, row, CAROM_MAILED_ACCOUNT, CAROM_MAILED_STREAM);
	const char *id = filled(t, row, CAROM_MAILED_MESSAGE_ID);
	g_autofree char *line = g_strdup_printf(
		"%-16s  mailed%s%s%s%s", carom_table_cell(t, row, 0), *scope ? ", " : "", scope,
		id ? ", "
		   : ", with a signed return address for "
		     "the first time",
		id ? id : "");

	cmd_print_wrapped("", 0, line);
}

/* The policy that the event meets; NULL where none could apply. Caller's. */
static char *
policy_of(const CaromTable *t, guint row, const CaromStoryEvent *event)
{
	const CaromStoryPolicy policy = {
		.cause = event->cause,
		.account = filled(t, row, CAROM_EVENT_POLICY_ACCOUNT),
		.stream = filled(t, row, CAROM_EVENT_POLICY_STREAM),
		.provider = filled(t, row, CAROM_EVENT_POLICY_PROVIDER),
		.status = filled(t, row, CAROM_EVENT_POLICY_STATUS),
		.reply = filled(t, row, CAROM_EVENT_POLICY_REPLY),
		.after = event->after,
		.within_days = event->within_days,
		.expires_days = number(t, row, CAROM_EVENT_EXPIRES_DAYS),
	};

	return event->cause ? carom_story_policy(&policy) : NULL;
}

/* Where the report is to be found. */
static void
print_whereabouts(const CaromTable *t, guint row)
{
	const char *report = filled(t, row, CAROM_EVENT_REPORT);
	g_autoptr(GString) line = g_string_new(NULL);

	append(line, "", report ? "report " : NULL);
	g_string_append(line, or_empty(report));
	append(line, ", queue id ", filled(t, row, CAROM_EVENT_QUEUE_ID));
	if (carom_table_flag(t, row, CAROM_EVENT_KEPT))
		g_string_append_printf(line, ", kept whole: carom explain --raw %s",
				       or_empty(report));
	cmd_print_wrapped("", INDENT, line->str);
}

static void
print_arrow(const char *text)
{
	g_autofree char *line = text ? g_strconcat("-> ", text, NULL) : NULL;

	if (line != NULL)
		cmd_print_wrapped("", INDENT, line);
}

static void
print_event(const CaromTable *t, guint row)
{
	const CaromStoryEvent event = {
		.action = filled(t, row, CAROM_EVENT_ACTION),
		.confidence = filled(t, row, CAROM_EVENT_CONFIDENCE),
		.cause = filled(t, row, CAROM_EVENT_CAUSE),
		.repeated = carom_table_flag(t, row, CAROM_EVENT_REPEATED),
		.acted = carom_table_flag(t, row, CAROM_EVENT_ACTED),
		.after = number(t, row, CAROM_EVENT_AFTER),
		.within_days = number(t, row, CAROM_EVENT_WITHIN_DAYS),
		.days = number(t, row, CAROM_EVENT_DAYS),
	};
	g_autofree char *scope = scope_of(t, row, CAROM_EVENT_ACCOUNT, CAROM_EVENT_STREAM);
	g_autofree char *outcome = carom_story_outcome(&event);
	g_autofree char *policy = policy_of(t, row, &event);
	g_autoptr(GString) head = g_string_new(filled(t, row, CAROM_EVENT_KIND));
	g_autoptr(GString) why = g_string_new(filled(t, row, CAROM_EVENT_CATEGORY));
	g_autoptr(GString) said = g_string_new(filled(t, row, CAROM_EVENT_SERVER));
	g_autoptr(GString) wanted = g_string_new(NULL);

	append(head, ", ", event.action);
	append(head, ", ", *scope ? scope : NULL);
	append(head, ", mailed ", filled(t, row, CAROM_EVENT_SENT_ON));
	print_head(t, row, CAROM_EVENT_AT, head->str);
	append(why, ", ", filled(t, row, CAROM_EVENT_REPLY));
	append(why, ", ", filled(t, row, CAROM_EVENT_STATUS));
	append(why, ", rule ", filled(t, row, CAROM_EVENT_RULE));
	append(why, ", ", event.confidence);
	append(why, ", by ", filled(t, row, CAROM_EVENT_RESOLVED_BY));
	cmd_print_wrapped("", INDENT, why->str);
	append(said, ": ", filled(t, row, CAROM_EVENT_SAID));
	if (said->len > 0)
		cmd_print_wrapped("", INDENT, said->str);
	append(wanted, "token ", filled(t, row, CAROM_EVENT_TOKEN));
	append(wanted, wanted->len ? ", " : "", filled(t, row, CAROM_EVENT_HEADERS));
	if (wanted->len > 0)
		cmd_print_wrapped("", INDENT, wanted->str);
	if (policy != NULL) {
		g_autofree char *line = g_strconcat("policy ", policy, NULL);

		cmd_print_wrapped("", INDENT, line);
	}
	print_arrow(outcome);
	print_whereabouts(t, row);
}

static void
print_change(const CaromTable *t, guint row)
{
	g_autofree char *scope = scope_of(t, row, CAROM_CHANGE_ACCOUNT, CAROM_CHANGE_STREAM);
	g_autofree char *head =
		g_strdup_printf("%s, %s", carom_table_cell(t, row, CAROM_CHANGE_WHAT),
				*scope ? scope : "everybody's mail");
	const char *author = filled(t, row, CAROM_CHANGE_AUTHOR);
	const char *login = filled(t, row, CAROM_CHANGE_LOGIN);
	g_autoptr(GString) why = g_string_new(filled(t, row, CAROM_CHANGE_REASON));

	print_head(t, row, CAROM_CHANGE_AT, head);
	append(why, ", ", filled(t, row, CAROM_CHANGE_SOURCE));
	append(why, ", rule ", filled(t, row, CAROM_CHANGE_RULE));
	append(why, ", ", filled(t, row, CAROM_CHANGE_CONFIDENCE));
	append(why, ", report ", filled(t, row, CAROM_CHANGE_REPORT));
	append(why, ", until ", filled(t, row, CAROM_CHANGE_EXPIRES));
	append(why, ", by ", author);
	if (login != NULL && g_strcmp0(login, author) != 0)
		g_string_append_printf(why, " (login %s)", login);
	append(why, ": ", filled(t, row, CAROM_CHANGE_NOTE));
	cmd_print_wrapped("", INDENT, why->str);
}

/* ---- in order ----------------------------------------------------------------------------------
 */

/* A kind of thing that happened, and how a row of it is printed. */
typedef struct {
	const CaromTable *table;
	void (*print)(const CaromTable *table, guint row);
} Part;

typedef struct {
	const Part *part;
	guint row;
	gint64 time;
} Moment;

/* The first column is a time or a day; a day is as early as it can be. */
static gint64
time_of(const CaromTable *table, guint row)
{
	const char *text = or_empty(carom_table_cell(table, row, 0));
	g_autofree char *whole = strlen(text) == strlen("2026-11-28")
					 ? g_strconcat(text, "T00:00:00Z", NULL)
					 : g_strdup(text);
	g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(whole, NULL);

	return time ? g_date_time_to_unix(time) : 0;
}

static int
by_time(gconstpointer a, gconstpointer b)
{
	const Moment *one = a, *other = b;

	if (one->time != other->time)
		return one->time < other->time ? -1 : 1;
	if (one->part != other->part)
		return one->part < other->part ? -1 : 1;
	return one->row > other->row ? -1 : 1; /* the answers are newest first */
}

static void
print_story(const Part *parts, gsize n)
{
	g_autoptr(GArray) moments = g_array_new(FALSE, FALSE, sizeof(Moment));

	for (gsize i = 0; i < n; i++)
		for (guint r = 0; r < parts[i].table->n_rows; r++) {
			const Moment moment = { &parts[i], r, time_of(parts[i].table, r) };

			g_array_append_val(moments, moment);
		}
	g_array_sort(moments, by_time);
	puts("What happened");
	for (guint i = 0; i < moments->len; i++) {
		const Moment *moment = &g_array_index(moments, Moment, i);

		moment->part->print(moment->part->table, moment->row);
	}
	if (moments->len == 0)
		puts("nothing is known of it");
}

/* ---- as it is now
 * --------------------------------------------------------------------------------- */

/* "carom suppress remove ADDRESS --account acme --stream news --note WHY" */
static char *
release_command(const CaromTable *t, guint row)
{
	const char *account = filled(t, row, CAROM_RELEASE_ACCOUNT);
	const char *stream = filled(t, row, CAROM_RELEASE_STREAM);

	return g_strdup_printf("carom suppress remove '%s'%s%s%s%s --note WHY",
			       carom_table_cell(t, row, CAROM_RELEASE_ADDRESS),
			       account ? " --account " : "", or_empty(account),
			       stream ? " --stream " : "", or_empty(stream));
}

static void
print_release(const CaromTable *t, guint row)
{
	g_autofree char *scope = scope_of(t, row, CAROM_RELEASE_ACCOUNT, CAROM_RELEASE_STREAM);
	g_autofree char *since = carom_render_text_cell(t, row, CAROM_RELEASE_SINCE);
	const char *until = filled(t, row, CAROM_RELEASE_EXPIRES);
	const char *reason = or_empty(filled(t, row, CAROM_RELEASE_REASON));
	g_autofree char *command = release_command(t, row);
	g_autofree char *again = carom_story_again(reason, number(t, row, CAROM_RELEASE_AFTER),
						   number(t, row, CAROM_RELEASE_WITHIN_DAYS));
	g_autofree char *line = g_strdup_printf(
		"%s may not be mailed by %s: %s since %s, %s%s",
		carom_table_cell(t, row, CAROM_RELEASE_ADDRESS), *scope ? scope : "anybody", reason,
		since ? since : "-", until ? "until " : "for good", or_empty(until));

	cmd_print_wrapped("", 0, line);
	cmd_print_wrapped("", INDENT, command);
	g_free(line);
	line = g_strdup_printf("lets it be mailed; then %s", again);
	cmd_print_wrapped("", INDENT, line);
}

static void
print_now(const CaromTable *release)
{
	puts("\nNow");
	for (guint r = 0; r < release->n_rows; r++)
		print_release(release, r);
	if (release->n_rows == 0)
		puts("it is on no list, and may be mailed");
}

int
cmd_explain_address(const char *address, const CaromRenderer *renderer)
{
	g_autoptr(CaromTable) mailed = NULL, events = NULL, changes = NULL, release = NULL;
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = cmd_open_store(&config, &store, &error);

	if (status == CAROM_OK)
		status = carom_addresses_mailed(store, address, &mailed, &error);
	if (status == CAROM_OK)
		status = carom_events_of_address(store, address, &events, &error);
	if (status == CAROM_OK)
		status = carom_suppressions_history(store, address, &changes, &error);
	if (status == CAROM_OK)
		status = carom_suppressions_release(store, address, &release, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	const Part parts[] = {
		{ mailed, print_mailed },
		{ events, print_event },
		{ changes, print_change },
	};
	const CaromSection sections[] = {
		{ .id = "mailed", .table = mailed },
		{ .id = "events", .table = events },
		{ .id = "changes", .table = changes },
		{ .id = "now", .table = release },
	};
	const CaromDocument document = { .sections = sections,
					 .n_sections = G_N_ELEMENTS(sections) };

	/* a table would be 200 columns wide, and could not say what followed */
	if (renderer == &carom_render_text) {
		print_story(parts, G_N_ELEMENTS(parts));
		print_now(release);
	} else {
		cmd_print(renderer, &document);
	}
	return EX_OK;
}
