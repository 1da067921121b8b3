/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rules/feedback_loop.h"
#include "mail/address.h"
#include "base/data_file.h"
#include "base/text.h"

#include <string.h>

typedef struct {
	char *id, *provider, *dkim;
	GPtrArray *froms, *agents, *headers, *subjects, *fields; /* of char * */
} Loop;

struct CaromFeedbackLoops {
	GPtrArray *loops; /* of Loop *, first match wins */
};

static void
loop_free(gpointer data)
{
	Loop *loop = data;

	g_free(loop->id);
	g_free(loop->provider);
	g_free(loop->dkim);
	g_ptr_array_free(loop->froms, TRUE);
	g_ptr_array_free(loop->agents, TRUE);
	g_ptr_array_free(loop->headers, TRUE);
	g_ptr_array_free(loop->subjects, TRUE);
	g_ptr_array_free(loop->fields, TRUE);
	g_free(loop);
}

static Loop *
loop_new(char *rest)
{
	Loop *loop = g_new0(Loop, 1);

	loop->id = g_strndup(rest, strcspn(rest, " \t"));
	loop->froms = g_ptr_array_new_with_free_func(g_free);
	loop->agents = g_ptr_array_new_with_free_func(g_free);
	loop->headers = g_ptr_array_new_with_free_func(g_free);
	loop->subjects = g_ptr_array_new_with_free_func(g_free);
	loop->fields = g_ptr_array_new_with_free_func(g_free);
	return loop;
}

static CaromStatus
read_line(const CaromDataLine *line, void *user, GError **err)
{
	CaromFeedbackLoops *loops = user;
	gsize n = strcspn(line->text, " \t");
	g_autofree char *word = g_strndup(line->text, n);
	char *rest = g_strstrip(line->text + n);
	Loop *loop;

	if (line->head) {
		if (strcmp(word, "feedback-loop") != 0 || *rest == '\0')
			return carom_data_file_fail(
				line, err, "\"%s\" where feedback-loop ID was expected", word);
		g_ptr_array_add(loops->loops, loop_new(rest));
		return CAROM_OK;
	}
	if (loops->loops->len == 0)
		return carom_data_file_fail(line, err, "a line before the first feedback-loop");
	if (*rest == '\0')
		return carom_data_file_fail(line, err, "%s wants a value", word);
	loop = loops->loops->pdata[loops->loops->len - 1];
	if (strcmp(word, "provider") == 0) {
		g_free(loop->provider);
		loop->provider = g_strdup(rest);
	} else if (strcmp(word, "dkim") == 0) {
		if (loop->dkim == NULL)
			loop->dkim = g_ascii_strdown(rest, -1);
	} else if (strcmp(word, "from") == 0) {
		g_ptr_array_add(loop->froms, g_strdup(rest));
	} else if (strcmp(word, "user-agent") == 0) {
		g_ptr_array_add(loop->agents, g_strdup(rest));
	} else if (strcmp(word, "header") == 0) {
		g_ptr_array_add(loop->headers, g_strdup(rest));
	} else if (strcmp(word, "subject") == 0) {
		g_ptr_array_add(loop->subjects, g_strdup(rest));
	} else if (strcmp(word, "recipient-field") == 0) {
		g_ptr_array_add(loop->fields, g_strdup(rest));
	} else {
		return carom_data_file_fail(line, err,
					    "\"%s\" is none of provider, dkim, from, user-agent, "
					    "header, subject, recipient-field",
					    word);
	}
	return CAROM_OK;
}

CaromStatus
carom_feedback_loops_load(const char *file, CaromFeedbackLoops **out, GError **err)
{
	g_autoptr(CaromFeedbackLoops) loops = g_new0(CaromFeedbackLoops, 1);
	CaromStatus status;

	*out = NULL;
	loops->loops = g_ptr_array_new_with_free_func(loop_free);
	status = carom_data_file_read(file, NULL, read_line, loops, err);
	if (status == CAROM_OK)
		*out = g_steal_pointer(&loops);
	return status;
}

void
carom_feedback_loops_free(CaromFeedbackLoops *loops)
{
	if (loops == NULL)
		return;
	g_ptr_array_free(loops->loops, TRUE);
	g_free(loops);
}

/* "@arf.example" for any sender there, or the whole address, in which '*' and '?' stand for
 * anything. */
static gboolean
from_matches(const char *wanted, const char *from)
{
	return *wanted == '@' ? carom_text_has_suffix(from, wanted)
			      : g_pattern_match_simple(wanted, from);
}

static gboolean
is_sender(const Loop *loop, const char *from)
{
	for (guint i = 0; i < loop->froms->len; i++)
		if (from_matches(loop->froms->pdata[i], from))
			return TRUE;
	return FALSE;
}

static gboolean
has_mark(const Loop *loop, const CaromMail *mail, const CaromReport *report)
{
	for (guint i = 0; i < loop->agents->len; i++)
		if (report->feedback.user_agent != NULL &&
		    carom_text_has_prefix(report->feedback.user_agent, loop->agents->pdata[i]))
			return TRUE;
	for (guint i = 0; i < loop->subjects->len; i++)
		if (carom_text_has_prefix(carom_mail_subject(mail), loop->subjects->pdata[i]))
			return TRUE;
	for (guint i = 0; i < loop->headers->len; i++)
		if (carom_mail_header(mail, loop->headers->pdata[i]) != NULL ||
		    carom_fields_get(report->returned_fields, loop->headers->pdata[i]) != NULL)
			return TRUE;
	return FALSE;
}

/* Whoever sends it has it: a relay keeps the User-Agent of where the report comes from. Then any
 * other mark. */
static const Loop *
find_loop(const CaromFeedbackLoops *loops, const CaromMail *mail, const CaromReport *report)
{
	g_autofree char *from = g_ascii_strdown(carom_mail_from(mail), -1);

	for (guint i = 0; i < loops->loops->len; i++)
		if (is_sender(loops->loops->pdata[i], from))
			return loops->loops->pdata[i];
	for (guint i = 0; i < loops->loops->len; i++)
		if (has_mark(loops->loops->pdata[i], mail, report))
			return loops->loops->pdata[i];
	return NULL;
}

CaromFeedbackLoop
carom_feedback_loop_apply(const CaromFeedbackLoops *loops, const CaromMail *mail,
			  CaromReport *report)
{
	const Loop *loop = find_loop(loops, mail, report);

	if (loop == NULL)
		return (CaromFeedbackLoop){ NULL, NULL };
	report->reporter =
		carom_report_keep(report, loop->provider ? loop->provider : loop->id, -1, 64);
	for (guint f = 0; f < loop->fields->len && report->outcomes->len == 0; f++) {
		const char *value = carom_mail_header(mail, loop->fields->pdata[f]);
		g_autofree char *address = carom_address_parse(
			value ? value
			      : carom_fields_get(report->returned_fields, loop->fields->pdata[f]),
			-1);

		if (address != NULL)
			carom_report_add(report, address, CAROM_ACTION_COMPLAINED);
	}
	return (CaromFeedbackLoop){ loop->provider, loop->dkim };
}
