/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * data_file - files of data, and folders of them
 *
 * The line form that rules, providers and feedback loops share: head lines in
 * column 1, indented lines below.
 */
#ifndef CAROM_DATA_FILE_H
#define CAROM_DATA_FILE_H

#include "base/status.h"

typedef struct {
	const char *file;
	guint number;  /* of the line, from 1 */
	gboolean head; /* starts in column 1 */
	char *text;    /* trimmed; may be changed in place */
} CaromDataLine;

typedef CaromStatus (*CaromDataFunc)(const CaromDataLine *line, void *user, GError **err);

/* Reads path line by line; comments ('#' in column 1) and blank lines are left out. CAROM_MISUSE:
 * can't be read, or what func said. content_hash (may be NULL) is fed with the bytes. */
CAROM_MUST_CHECK CaromStatus carom_data_file_read(const char *path, GChecksum *content_hash,
						  CaromDataFunc func, void *user, GError **err);

/* The two halves of it, for what is read now and looked at when it is first needed: the text of
 * path (*content is the caller's), and its lines one by one, which changes content in place. */
CAROM_MUST_CHECK CaromStatus carom_data_file_load(const char *path, GChecksum *content_hash,
						  char **content, GError **err);
CAROM_MUST_CHECK CaromStatus carom_data_file_lines(const char *path, char *content,
						   CaromDataFunc func, void *user, GError **err);

/*
 * The paths of the files in folder whose names end in suffix and begin with no
 * dot, in name order. CAROM_ABSENT: there is no such folder; *err says so too.
 * *out is the caller's.
 */
CAROM_MUST_CHECK CaromStatus carom_data_file_list(const char *folder, const char *suffix,
						  GPtrArray **out, GError **err);

/* carom_status_fail with "file:line: " in front. */
CaromStatus carom_data_file_fail(const CaromDataLine *line, GError **err, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

#endif
