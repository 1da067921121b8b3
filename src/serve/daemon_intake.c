/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/daemon_intake.h"
#include "base/log.h"
#include "report/report_log.h"
#include "base/text.h"

#include <pthread.h>

/* Octets from which a message is read and recorded alone, after its memory was asked for. */
#define LARGE (4 * 1024 * 1024)
/* Of its size, what the address space holds besides at the worst moment: as measured, 7.4. */
#define READING_COST 8

static pthread_mutex_t large_lock = PTHREAD_MUTEX_INITIALIZER;

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

static CaromStatus
take(const CaromDaemonIntake *intake, const CaromEnvelope *envelope, const CaromBytes *message,
     CaromReport **report, GError **err)
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

/*
 * GLib, and so GMime, ends a process that finds no memory. So what a large
 * message takes is asked for before, and given back at once; and no other large
 * one can take it meanwhile.
 */
static CaromStatus
take_large(const CaromDaemonIntake *intake, const CaromEnvelope *envelope,
	   const CaromBytes *message, CaromReport **report, GError **err)
{
	CaromStatus status;
	gpointer asked;

	pthread_mutex_lock(&large_lock);
	asked = g_try_malloc(READING_COST * message->len);
	g_free(asked);
	if (asked != NULL) {
		status = take(intake, envelope, message, report, err);
	} else {
		g_autoptr(GError) none = NULL;

		status = carom_status_fail(
			&none, CAROM_RETRY,
			"no memory to read a message of %" G_GSIZE_FORMAT " octets", message->len);
		log_put_off(envelope->queue_id, status, none);
		g_propagate_error(err, g_steal_pointer(&none));
	}
	pthread_mutex_unlock(&large_lock);
	return status;
}

CaromStatus
carom_daemon_intake_take(const CaromDaemonIntake *intake, const CaromEnvelope *envelope,
			 const CaromBytes *message, CaromReport **report, GError **err)
{
	if (report != NULL)
		*report = NULL;
	return message->len < LARGE ? take(intake, envelope, message, report, err)
				    : take_large(intake, envelope, message, report, err);
}
