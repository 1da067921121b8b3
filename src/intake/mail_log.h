/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mail_log - Postfix's log as numbers: what was delivered, refused, given up and put off
 *
 * Counts, never events: of a bounce that Postfix told us of by a report the
 * report is the event, and the log's refusal is marked as told. The same line
 * counts once, however often and in whatever file it is read, and a file that
 * was read before goes on where it ended.
 */
#ifndef CAROM_MAIL_LOG_H
#define CAROM_MAIL_LOG_H

#include "intake/known.h"
#include "store/deliveries.h"

typedef struct CaromMailLog CaromMailLog;

/* What was read. Recipients, but for lines. */
typedef struct {
	guint64 lines;                                 /* that were read now */
	guint64 delivered, refused, expired, deferred; /* of mail that we send */
	guint64 others;   /* of mail that others send, or that stays on this host */
	guint64 headless; /* of mail whose sender stood in no line that was read */
	guint64 noted; /* addresses whose delivery matters: they are on the list, or could be soon
			*/
	guint64 timeless;               /* lines at no time that there was yet */
	CaromDeliveryCount in_database; /* lines: counted now, or before; nobody can say */
} CaromMailLogSums;

/* known, store and zone are borrowed. zone: of times that are written without one. */
CaromMailLog *carom_mail_log_new(const CaromKnown *known, CaromStore *store, GTimeZone *zone);

/* Reads whole files, even those that were read before. */
void carom_mail_log_read_again(CaromMailLog *log);

/*
 * Reads files, ends with NULL, in the order of their first lines, or "-",
 * standard input. CAROM_MALFORMED: one is damaged, or no log of Postfix;
 * CAROM_MISUSE: one can't be read. *err names the first such file, and the others
 * were read. CAROM_RETRY: the database is away, and the rest was not read.
 */
CAROM_MUST_CHECK CaromStatus carom_mail_log_read(CaromMailLog *log, char *const *paths,
						 GError **err);

const CaromMailLogSums *carom_mail_log_sums(const CaromMailLog *log);

void carom_mail_log_free(CaromMailLog *log); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromMailLog, carom_mail_log_free)

#endif
