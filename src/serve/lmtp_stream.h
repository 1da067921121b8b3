/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lmtp_stream - the bytes of one LMTP connection: command lines and message data in, answers out
 *
 * Answers are kept and go out together when there is nothing more to read
 * (PIPELINING), or when flushed. One thread at a time.
 */
#ifndef CAROM_LMTP_STREAM_H
#define CAROM_LMTP_STREAM_H

#include "serve/incoming.h"

#define CAROM_LMTP_STREAM_BUFFER (16 * 1024)

typedef struct {
	int fd; /* borrowed */
	char buffer[CAROM_LMTP_STREAM_BUFFER];
	gsize start, end; /* what is in the buffer and not yet read */
	GString *unsent;
	gboolean failed; /* the connection is no good any more */
} CaromLmtpStream;

void carom_lmtp_stream_init(CaromLmtpStream *stream, int fd);
void carom_lmtp_stream_clear(CaromLmtpStream *stream);

/* One line without its line end, lent until the next read; NULL at the end of the connection, and
 * for a line that is too long. */
char *carom_lmtp_stream_line(CaromLmtpStream *stream);

/* Adds the message up to its final dot (RFC 5321 4.5.2), dots undone and line ends LF. FALSE: the
 * connection ended before. */
gboolean carom_lmtp_stream_data(CaromLmtpStream *stream, CaromIncoming *incoming);

/* Whole lines with their CRLF. */
void carom_lmtp_stream_answer(CaromLmtpStream *stream, const char *format, ...) G_GNUC_PRINTF(2, 3);

void carom_lmtp_stream_flush(CaromLmtpStream *stream);

#endif
