/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "intake/intake.h"
#include "intake/queue_id.h"
#include "rules/classify.h"
#include "mail/date.h"
#include "base/log.h"
#include "mail/message.h"
#include "report/report_json.h"
#include "report/report_key.h"

#include "parsers/parser.h"

#include <string.h>

/*
 * The queue id that the envelope lacks. Postfix 3.7 tells none by LMTP for mail
 * that had no SMTP client, its own bounces among them (XFORWARD says SOURCE=LOCAL
 * and no IDENT); but it has put its own Received on top. Caller's.
 */
static char *
find_queue_id(const CaromMail *mail, const CaromEnvelope *envelope)
{
	if (envelope->queue_id != NULL || envelope->client_address == NULL ||
	    *envelope->client_address != '\0')
		return NULL;
	return carom_queue_id_of_received(carom_mail_header(mail, "Received"));
}

/* What any message says of itself, whatever its kind. */
static void
take_outer_header(const CaromMail *mail, const CaromEnvelope *envelope, CaromReport *report)
{
	const char *id = carom_mail_header(mail, "Message-ID");
	g_autofree char *date = carom_date_read(carom_mail_header(mail, "Date"));
	g_autofree char *queue_id = find_queue_id(mail, envelope);
	const char *const *cut = carom_mail_truncated(mail);

	if (id != NULL)
		report->message_id =
			carom_report_keep(report, id + (*id == '<'),
					  (gssize) strcspn(id + (*id == '<'), ">"), CAROM_MAX_ID);
	report->from = carom_report_keep(report, carom_mail_from(mail), -1, CAROM_MAX_TEXT);
	report->subject = carom_report_keep(report, carom_mail_subject(mail), -1, CAROM_MAX_TEXT);
	report->date = carom_report_keep(report, date, -1, 40);
	report->to = carom_report_keep(report, envelope->recipient, -1, CAROM_MAX_TEXT);
	report->queue_id =
		carom_report_keep(report, queue_id ? queue_id : envelope->queue_id, -1, 64);
	report->sender = carom_report_keep(report, envelope->sender, -1, CAROM_MAX_TEXT);
	report->client_address = carom_report_keep(report, envelope->client_address, -1, 64);
	report->arrived = carom_report_keep(report, envelope->arrived, -1, 40);
	for (; *cut; cut++)
		carom_report_note_truncated(report, *cut);
}

CaromReport *
carom_intake_read(const CaromKnown *known, const CaromEnvelope *envelope, const CaromBytes *message)
{
	CaromReport *report = carom_report_new();
	g_autoptr(CaromMail) mail =
		carom_mail_open(message->data, message->len, &known->config->limits);
	CaromFeedbackLoop loop;

	if (envelope->sender != NULL)
		carom_mail_set_sender(mail, envelope->sender);
	carom_parsers_read(mail, report);
	take_outer_header(mail, envelope, report);
	if (message->size > message->len)
		carom_report_note_truncated(report, "bytes");
	report->size = message->size;
	carom_classify(known->knowledge, mail, report, &loop);
	carom_resolve(known->config, known->keys, envelope, mail, loop.dkim, report);
	carom_classify_subscriber(known->knowledge, &loop, report);
	return report;
}

/*
 * The database won't store what this report says. It is kept all the same, as
 * a message that nobody understood: deferring it would only bounce it later.
 */
static CaromStatus
record_bare(const CaromRecorder *recorder, const CaromReport *read, const CaromBytes *message,
	    CaromRecorded *recorded, GError **err)
{
	g_autoptr(CaromReport) bare = carom_report_new();
	g_autofree char *json = NULL;

	bare->key = carom_report_keep(bare, read->key, -1, 64);
	bare->to = carom_report_keep(bare, read->to, -1, CAROM_MAX_TEXT);
	bare->queue_id = carom_report_keep(bare, read->queue_id, -1, 64);
	bare->size = read->size;
	json = carom_report_json_write(bare, CAROM_JSON_RECORD);
	return recorder->record(recorder->user, json, message->data, message->len, recorded, err);
}

static CaromStatus
record_in_store(void *user, const char *json, const char *raw, gsize raw_len, CaromRecorded *out,
		GError **err)
{
	return carom_store_record(user, json, raw, raw_len, out, err);
}

CaromRecorder
carom_intake_recorder_of_store(CaromStore *store)
{
	return (CaromRecorder){ record_in_store, store };
}

CaromStatus
carom_intake_take(const CaromKnown *known, const CaromRecorder *recorder,
		  const CaromEnvelope *envelope, const CaromBytes *message, CaromReport **report,
		  CaromRecorded *recorded, GError **err)
{
	g_autoptr(CaromReport) read = carom_intake_read(known, envelope, message);
	gboolean keep_raw = !read->never_kept &&
			    (known->config->raw.keep_all || read->kind == CAROM_KIND_UNRECOGNISED);
	g_autofree char *key = carom_report_key(message->data, message->len, envelope->recipient);
	g_autofree char *json = NULL;
	CaromStatus status;

	read->key = carom_report_keep(read, key, -1, 64);
	json = carom_report_json_write(read, CAROM_JSON_RECORD);
	status = recorder->record(recorder->user, json, keep_raw ? message->data : NULL,
				  keep_raw ? message->len : 0, recorded, err);
	if (status == CAROM_MALFORMED) {
		g_autoptr(GError) why = err ? g_steal_pointer(err) : NULL;

		carom_log(CAROM_LOG_WARNING, "%s: kept as unrecognised: %s",
			  read->queue_id ? read->queue_id : "NOQUEUE", why ? why->message : "");
		status = record_bare(recorder, read, message, recorded, err);
	}
	if (report != NULL)
		*report = g_steal_pointer(&read);
	return status;
}
