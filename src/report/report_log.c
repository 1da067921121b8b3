/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "report/report_log.h"
#include "base/log.h"
#include "base/text.h"

#include <string.h>

/* Adds " key=value", or key=<value> for addresses. */
static void
add(GString *line, const char *key, const char *value, gboolean address)
{
	g_autofree char *printable = NULL;

	if (value == NULL)
		return;
	printable = carom_text_printable(value, 200);
	if (address)
		g_string_append_printf(line, ", %s=<%s>", key, printable);
	else
		g_string_append_printf(line, strpbrk(printable, " ,") ? ", %s=\"%s\"" : ", %s=%s",
				       key, printable);
}

static void
log_outcome(const CaromReport *report, const CaromOutcome *o, const char *what)
{
	g_autoptr(GString) line = g_string_new(NULL);
	const char *kind = carom_report_kind_name(report->kind);

	g_string_append_printf(line, "%s: %s=%s", report->queue_id ? report->queue_id : "NOQUEUE",
			       what, kind);
	add(line, "to", report->to, TRUE);
	add(line, "format", report->format, FALSE);
	add(line, "reporter", report->reporter, FALSE);
	add(line, "feedback", report->feedback.said ? report->feedback.type : NULL, FALSE);
	if (o != NULL) {
		add(line, "recipient", o->recipient, TRUE);
		if (g_strcmp0(o->subscriber, o->recipient) != 0)
			add(line, "subscriber", o->subscriber, TRUE);
		add(line, "action", carom_report_action_name(o->action), FALSE);
		add(line, "dsn", o->status, FALSE);
		add(line, "reply", o->reply, FALSE);
		add(line, "category", carom_report_category_name(o->category), FALSE);
		add(line, "class", carom_report_class_name(o->class), FALSE);
		add(line, "rule", o->rule, FALSE);
		add(line, "blocklist", o->blocklist, FALSE);
		add(line, "provider", o->provider, FALSE);
		add(line, "account", o->account, FALSE);
		add(line, "stream", o->stream, FALSE);
		add(line, "resolved_by", o->resolved_by, FALSE);
		add(line, "confidence", carom_report_confidence_name(o->confidence), FALSE);
		if (o->confidence == CAROM_CLAIMED)
			add(line, "unsigned_verp", report->unsigned_verp, FALSE);
	}
	carom_log(CAROM_LOG_INFO, "%s", line->str);
}

void
carom_report_log(const CaromReport *report, const char *what)
{
	for (guint i = 0; i < report->truncated->len; i++)
		carom_log(
			CAROM_LOG_WARNING,
			"%s: truncated=%s, kind=%s, outcomes=%u: what is beyond this limit is not "
			"counted",
			report->queue_id ? report->queue_id : "NOQUEUE",
			(const char *) report->truncated->pdata[i],
			carom_report_kind_name(report->kind), report->outcomes->len);
	if (report->outcomes->len == 0)
		log_outcome(report, NULL, what);
	for (guint i = 0; i < report->outcomes->len; i++)
		log_outcome(report, report->outcomes->pdata[i], what);
}
