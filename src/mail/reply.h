/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply - the codes inside the text of an SMTP reply
 *
 * Texts carry reply codes (RFC 5321 4.2) and enhanced codes (RFC 3463) amid
 * addresses, IP numbers, ports and versions; only what stands where a code
 * can stand is taken for one.
 */
#ifndef CAROM_REPLY_H
#define CAROM_REPLY_H

#include <glib.h>

typedef struct {
	char status[12];   /* "5.1.1", "" if none */
	char reply[4];     /* "550", "" if none */
	const char *stage; /* static string or NULL */
	gboolean paired;   /* the status stands right behind the reply code: one server said both */
	const char *words; /* where in the text that server's own words begin, or NULL */
} CaromReplyCodes;

/* Reads the codes out of one diagnostic text. */
void carom_reply_codes(const char *text, gsize len, CaromReplyCodes *out);

/*
 * The host that the text says it was talking to ("host mx.example.net[192.0.2.1]
 * said:", "while talking to mx.example.net.:"); a name where there is one, else
 * an IP number. Borrowed from text, *n its length; NULL where none is named.
 */
const char *carom_reply_host(const char *text, gsize len, gsize *n);

/* Reads a d.d.d with class 2, 4 or 5 at the start of text into out; returns its length or 0. */
gsize carom_reply_status_at(const char *text, gsize len, char out[12]);

#endif
