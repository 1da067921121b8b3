/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/daemon_intake.h"
#include "base/log.h"
#include "report/report_log.h"
#include "base/text.h"

static CaromStatus
record_by_writer(void *user, const char *json, const char *raw, gsize raw_len, CaromRecorded *out,
		 GError **err)
{
	return carom_writer_record(user, json, raw, raw_len, out, err);
}

/* The queue id is what a client says it is, and an error may quote the message. */
static void
log_put_off(const char *queue_id, CaromStatus status, const GError *error)
{
	g_autofree char *id = carom_text_printable(queue_id ? queue_id : "NOQUEUE", 64);
	g_autofree char *why = carom_text_printable(error ? error->message : "", 300);

	carom_log(CAROM_LOG_ERROR, "%s: put off (%s): %s", id, carom_status_name(status), why);
}

CaromStatus
carom_daemon_intake_take(const CaromDaemonIntake *intake, const CaromEnvelope *envelope,
			 const CaromBytes *message, CaromReport **report, GError **err)
{
	g_autoptr(CaromSnapshot) snapshot = carom_snapshots_get(intake->snapshots);
	g_autoptr(CaromReport) read = NULL;
	const CaromRecorder recorder = { record_by_writer, intake->writer };
	CaromRecorded recorded = { 0 };
	CaromStatus status = carom_intake_take(snapshot->known, &recorder, envelope, message, &read,
					       &recorded, err);

	if (status == CAROM_OK)
		carom_report_log(read, recorded.duplicate ? "again" : "recorded");
	else
		log_put_off(read->queue_id, status, err ? *err : NULL);
	if (report != NULL)
		*report = g_steal_pointer(&read);
	return status;
}
