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
	char status[12]; /* "5.1.1", "" if none */
	char reply[4];   /* "550", "" if none */
	const char *stage; /* static string or NULL */
} CaromReplyCodes;

/* Reads the codes out of one diagnostic text. */
void carom_reply_codes(const char *text, gsize len, CaromReplyCodes *out);

/* Reads a d.d.d with class 2, 4 or 5 at the start of text into out; returns its length or 0. */
gsize carom_reply_status_at(const char *text, gsize len, char out[12]);

#endif
