/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intake - the one path that every message takes, whichever door it came in by
 *
 *   bytes -> message -> report -> verdicts -> subscriber -> record
 */
#ifndef CAROM_INTAKE_H
#define CAROM_INTAKE_H

#include "intake/known.h"
#include "report/report.h"
#include "intake/resolve.h"
#include "store/record.h"

/* A message as it came in: len bytes at data, of size that it has as a whole. */
typedef struct {
	const char *data;
	gsize len, size;
} CaromBytes;

/*
 * Reads one message into a report: parses, classifies, resolves. Always
 * succeeds: what is not understood is a report of kind unrecognised. The report
 * is the caller's.
 */
CaromReport *carom_intake_read(const CaromKnown *known, const CaromEnvelope *envelope,
			       const CaromBytes *message);

/* Where records go: straight to a store, or through the daemon's writer. func is
 * carom_store_record's twin. */
typedef struct {
	CaromStatus (*record)(void *user, const char *json, const char *raw, gsize raw_len,
			      CaromRecorded *out, GError **err);
	void *user;
} CaromRecorder;

/* The recorder that writes to store itself. */
CaromRecorder carom_intake_recorder_of_store(CaromStore *store);

/*
 * Reads one message and records it. On CAROM_OK the record is committed, once
 * for ever; on anything else nothing was, and the message must be kept by who
 * delivered it. *report (may be NULL) is the caller's in both cases.
 */
CAROM_MUST_CHECK CaromStatus carom_intake_take(const CaromKnown *known,
					       const CaromRecorder *recorder,
					       const CaromEnvelope *envelope,
					       const CaromBytes *message, CaromReport **report,
					       CaromRecorded *recorded, GError **err);

#endif
