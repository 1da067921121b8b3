/* SPDX-License-Identifier: BSD-2-Clause */
/* letter - a report as a message: its text, and beside it the same as a page */
#ifndef CAROM_LETTER_H
#define CAROM_LETTER_H

#include <glib.h>

typedef struct {
	const char *from;      /* as it stands in the header field */
	const char *const *to; /* addresses, ends with NULL */
	const char *subject;   /* ASCII */
	const char *text;      /* UTF-8 */
	const char *html;      /* UTF-8 */
	const char *host;      /* that the Message-ID is made of */
	gint64 now;            /* Unix time */
} CaromLetter;

/*
 * A message (RFC 5322) of type multipart/alternative (RFC 2046, section 5.1.4) in ASCII, with lines
 * of 998 octets at most that end in LF, as sendmail(8) takes it. The caller's.
 */
char *carom_letter_write(const CaromLetter *letter);

#endif
