/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_file - log files read as streams: plain, gzip, and the journal's export format
 *
 * Memory does not grow with the file. What is longer than a bound is cut, and
 * counts as one line all the same. The format is seen by the first bytes: gzip
 * (RFC 1952, several members too), or "__CURSOR=" of `journalctl -o export`
 * (systemd.journal-export(7)). Positions are those of the text, compressed or
 * not, so that a file that was rotated and compressed is known again.
 */
#ifndef CAROM_LOG_FILE_H
#define CAROM_LOG_FILE_H

#include "base/status.h"

#define CAROM_LOG_LINE_MAX                                                                         \
	16384 /* octets of a line, or of a field of the journal, that are kept                     \
	       */

typedef struct CaromLogFile CaromLogFile;

/* A piece of the file's text, borrowed until the next call. */
typedef struct {
	const char *text;
	gsize len;
} CaromLogPiece;

/* What was logged at a time. */
typedef struct {
	gboolean is_journal;
	CaromLogPiece line;            /* of a file of lines: the whole line, without its end */
	gint64 time;                   /* of the journal, Unix time; 0: not told */
	CaromLogPiece host, tag, text; /* of the journal; tag without a process number */
} CaromLogEntry;

/* Opens path; "-" is standard input. CAROM_MISUSE: there is no such file, or it may not be read.
 * *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_log_file_open(const char *path, CaromLogFile **out,
						 GError **err);

/* The next entry. CAROM_ABSENT: there is no other; a last line without its end is still being
 * written, and is left for the next time (not in what is compressed or comes from a pipe).
 * CAROM_MALFORMED: gzip is damaged here; what was read is sound. */
CAROM_MUST_CHECK CaromStatus carom_log_file_next(CaromLogFile *file, CaromLogEntry *out,
						 GError **err);

/* Where it was read up to: octets of text, with a digest (hex; caller's) of what stands right
 * before. */
guint64 carom_log_file_position(const CaromLogFile *file);
char *carom_log_file_tail(const CaromLogFile *file);

/* A digest (hex; caller's) of its first line, by which the file is known under other names; NULL
 * where there is no whole line. Before the first entry was read. */
char *carom_log_file_first(CaromLogFile *file);

/* Goes on at position if what stands right before has that digest. FALSE: it is another file, and
 * nothing was skipped. A pipe is always another. Before the first entry was read. */
gboolean carom_log_file_resume(CaromLogFile *file, guint64 position, const char *tail);

/* When the file was last written, Unix time; of a pipe: now. */
gint64 carom_log_file_modified(const CaromLogFile *file);

void carom_log_file_close(CaromLogFile *file); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromLogFile, carom_log_file_close)

#endif
