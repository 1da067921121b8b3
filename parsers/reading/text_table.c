/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "parsers/reading/text_table_private.h"
#include "mail/address.h"
#include "mail/mail_system.h"
#include "parsers/reading/excerpt.h"
#include "base/text.h"

#include <string.h>

/* The report part's end: the row's own mark behind start, or the copy, or the end of the text. */
static const char *
find_end(const CaromTextFormat *row, const char *start, const char *end)
{
	const char *hit = carom_text_table_find_mark(start, (gsize) (end - start), row->end, NULL);

	if (hit == NULL)
		return row->no_copy
			       ? end
			       : start + carom_excerpt_copy(start, (gsize) (end - start), NULL);
	while (hit > start && hit[-1] != '\n')
		hit--;
	return hit;
}

/* The report's own word on who failed, where the text has nobody: a header, or the copy's To. */
static void
recipients_elsewhere(const CaromMail *mail, const CaromTextFormat *row, CaromReport *out,
		     CaromAction action)
{
	const GPtrArray *failed = carom_mail_system_failed_recipients(mail);

	for (guint i = 0; i < failed->len; i++)
		carom_report_add(out, failed->pdata[i], action);
	if (out->outcomes->len == 0 && row->or_copy_to && out->returned.to != NULL &&
	    out->returned.to->len == 1)
		carom_report_add(out, g_ptr_array_index(out->returned.to, 0), action);
}

void
carom_text_table_set_returned(const CaromMail *mail, CaromReport *out)
{
	gsize len;
	const char *text = carom_text_table_of_report(mail, &len);

	carom_excerpt_returned(mail, out, text, len);
}

static CaromAction
action_of(const CaromMail *mail, const CaromTextFormat *row, const char *start, const char *end)
{
	if (row->always_delay || carom_text_table_has_mark(carom_mail_subject(mail), row->delay) ||
	    carom_text_table_find_mark(start, (gsize) (end - start), row->delay, NULL) != NULL)
		return CAROM_ACTION_DELAYED;
	return CAROM_ACTION_FAILED;
}

/* "User unknown: a@b.example" alone on its line: what leads to the recipient is all that is said.
 */
static void
set_reason(const CaromTextFormat *row, CaromReport *out, CaromOutcome *outcome, const Mention *m)
{
	gsize n = 0;
	const char *mark;

	if (m->reason != NULL) {
		carom_report_outcome_set_diagnostic(out, outcome, m->reason,
						    m->reason_stop - m->reason);
		return;
	}
	if (row->recipient != CAROM_RCPT_AFTER)
		return;
	mark = carom_text_table_find_mark(m->line, (gsize) (m->after - m->line), row->rcpt, &n);
	while (mark != NULL && n > 0 && strchr(": \t<\"'", mark[n - 1]) != NULL)
		n--;
	if (n > 0 && (mark = mark + n) - m->line < CAROM_MAX_TEXT)
		carom_report_outcome_set_diagnostic(out, outcome, m->line, mark - m->line);
}

/* Reads what the text says of recipients that it names. */
static void
read_named(const CaromTextFormat *row, CaromReport *out, CaromAction action, const char *start,
	   const char *end)
{
	g_autoptr(GArray) mentions = carom_text_table_find_mentions(row, start, end);

	carom_text_table_find_reasons(row, mentions, start, end);
	for (guint i = 0; i < mentions->len; i++) {
		Mention *m = &g_array_index(mentions, Mention, i);
		CaromOutcome *outcome = carom_report_add(out, m->address, action);

		if (outcome != NULL && outcome->diagnostic == NULL)
			set_reason(row, out, outcome, m);
	}
}

/* elsewhere: the text is known to name nobody. TRUE if there is a recipient. */
static gboolean
parse_row(const CaromMail *mail, const CaromTextFormat *row, gboolean elsewhere, CaromReport *out)
{
	gsize len;
	const char *text = carom_text_table_of_report(mail, &len),
		   *start = carom_text_table_find_start(row, text, len),
		   *end = find_end(row, start, text + len), *stop = NULL;
	CaromAction action = action_of(mail, row, start, end);

	carom_text_table_set_returned(mail, out);
	if (elsewhere) {
		Mention nobody = { NULL, start, start, NULL, NULL };
		const char *reason = carom_text_table_find_reason(row, start, &nobody, end, &stop);

		recipients_elsewhere(mail, row, out, action);
		for (guint i = 0; i < out->outcomes->len && reason != NULL; i++)
			carom_report_outcome_set_diagnostic(
				out, g_ptr_array_index(out->outcomes, i), reason, stop - reason);
	} else {
		read_named(row, out, action, start, end);
	}
	return out->outcomes->len > 0;
}

CaromStatus
carom_text_table_parse(const CaromMail *mail, const CaromTextFormat *rows, gsize n,
		       CaromReport *out, GError **err)
{
	int like = -1;

	/* a row that finds a recipient in the text goes before all that would take one from
	 * elsewhere */
	for (gsize i = 0; i < 2 * n; i++) {
		const CaromTextFormat *row = &rows[i % n];

		if (!carom_text_table_row_matches(mail, row, &like))
			continue;
		if (parse_row(mail, row, i >= n, out)) {
			out->format = row->name;
			out->kind = carom_report_kind_of_outcomes(out);
			return CAROM_OK;
		}
		carom_report_reset(out);
	}
	return carom_status_fail(err, CAROM_MALFORMED, "text table: no row finds a recipient");
}
