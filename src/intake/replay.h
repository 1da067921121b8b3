/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay - messages from before, read by today's parsers and rules
 *
 * Those that were kept whole, or files: the archive of a former system. What
 * reads otherwise than it was recorded is counted by the rules that say so, and
 * recorded anew where that is wanted, all of it in one transaction: whoever breaks
 * it off has changed nothing. A hundred messages are in memory at a time.
 */
#ifndef CAROM_REPLAY_H
#define CAROM_REPLAY_H

#include "intake/known.h"
#include "store/replays.h"

typedef struct CaromReplay CaromReplay;

typedef struct {
	guint64 read;     /* messages */
	guint64 changed;  /* of them, recorded and read otherwise now */
	guint64 fresh;    /* never recorded */
	guint64 refused;  /* that can't be recorded */
	guint64 added;    /* addresses that come onto the list */
	guint64 released; /* and that leave it */
} CaromReplayTotals;

/* known, store and note (may be NULL) are borrowed. apply: what reads otherwise is corrected, and
 * what is new is recorded; otherwise nothing changes. The caller's. */
CaromReplay *carom_replay_new(const CaromKnown *known, CaromStore *store, gboolean apply,
			      const char *note);
void carom_replay_free(CaromReplay *replay); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromReplay, carom_replay_free)

/* Before the first of them is read, and after the last: what follows is done here, if it is wanted,
 * and committed. */
CAROM_MUST_CHECK CaromStatus carom_replay_begin(CaromReplay *replay, GError **err);
CAROM_MUST_CHECK CaromStatus carom_replay_finish(CaromReplay *replay, GError **err);

/* Reads what was kept whole. */
CAROM_MUST_CHECK CaromStatus carom_replay_stored(CaromReplay *replay, const CaromStoredWhich *which,
						 GError **err);

/* Judges again what is kept of bounces and delays whose messages are not: their replies and codes,
 * by which rules judge. */
CAROM_MUST_CHECK CaromStatus carom_replay_events(CaromReplay *replay, const CaromStoredWhich *which,
						 GError **err);

/*
 * Reads files, Maildirs, mboxes and folders of them. A message arrived when its
 * Maildir file name says, or else the topmost Received field, or Date; and was for whom
 * X-Original-To or Delivered-To names. CAROM_MISUSE: path can't be
 * read.
 */
CAROM_MUST_CHECK CaromStatus carom_replay_path(CaromReplay *replay, const char *path, GError **err);

const CaromReplayTotals *carom_replay_totals(const CaromReplay *replay);

/* Columns of carom_replay_table(). */
enum {
	CAROM_REPLAY_COUNT, /* events */
	CAROM_REPLAY_WAS,   /* category, or kind where there is none; NULL: never recorded */
	CAROM_REPLAY_WAS_RULE,
	CAROM_REPLAY_IS,
	CAROM_REPLAY_IS_RULE,
	CAROM_REPLAY_SAMPLE, /* what one of them says */
	CAROM_REPLAY_N_COLUMNS
};

/* The differences, those that are most first. The caller's. */
CaromTable *carom_replay_table(const CaromReplay *replay);

#endif
