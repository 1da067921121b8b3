/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/lmtp_stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Postfix takes addresses of 2048 octets; in xtext (ORCPT) that may be thrice. */
#define MAX_LINE (12 * 1024)
#define MAX_UNSENT 8192

void
carom_lmtp_stream_init(CaromLmtpStream *stream, int fd)
{
	stream->fd = fd;
	stream->start = stream->end = 0;
	stream->unsent = g_string_sized_new(512);
	stream->failed = FALSE;
}

void
carom_lmtp_stream_clear(CaromLmtpStream *stream)
{
	g_string_free(stream->unsent, TRUE);
	stream->unsent = NULL;
}

void
carom_lmtp_stream_flush(CaromLmtpStream *stream)
{
	const char *p = stream->unsent->str;

	for (gsize left = stream->unsent->len; left > 0 && !stream->failed;) {
		gssize n = send(stream->fd, p, left, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			stream->failed = TRUE;
		} else {
			p += n;
			left -= (gsize) n;
		}
	}
	g_string_truncate(stream->unsent, 0);
}

void
carom_lmtp_stream_answer(CaromLmtpStream *stream, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_string_append_vprintf(stream->unsent, format, args);
	va_end(args);
	if (stream->unsent->len >= MAX_UNSENT)
		carom_lmtp_stream_flush(stream);
}

/* Fills the buffer after what is unread. FALSE at the end of the connection. */
static gboolean
fill(CaromLmtpStream *stream)
{
	gssize n;

	carom_lmtp_stream_flush(stream);
	if (stream->start > 0) {
		memmove(stream->buffer, stream->buffer + stream->start,
			stream->end - stream->start);
		stream->end -= stream->start;
		stream->start = 0;
	}
	do
		n = recv(stream->fd, stream->buffer + stream->end,
			 sizeof stream->buffer - stream->end, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		stream->failed = TRUE;
		return FALSE;
	}
	stream->end += (gsize) n;
	return TRUE;
}

char *
carom_lmtp_stream_line(CaromLmtpStream *stream)
{
	for (;;) {
		char *line = stream->buffer + stream->start;
		char *nl = memchr(line, '\n', stream->end - stream->start);

		if (nl == NULL) {
			if (stream->end - stream->start >= MAX_LINE || !fill(stream))
				return NULL;
			continue;
		}
		stream->start = (gsize) (nl + 1 - stream->buffer);
		if (nl > line && nl[-1] == '\r')
			nl--;
		*nl = '\0';
		return line;
	}
}

static gboolean
is_final_dot(const char *p, gsize n)
{
	return (n == 2 && p[1] == '\n') || (n == 3 && p[1] == '\r' && p[2] == '\n');
}

gboolean
carom_lmtp_stream_data(CaromLmtpStream *stream, CaromIncoming *incoming)
{
	gboolean line_start = TRUE;

	for (;;) {
		char *p = stream->buffer + stream->start, *end = stream->buffer + stream->end;
		char *nl = memchr(p, '\n', (gsize) (end - p));
		gsize n;

		/* a line longer than the buffer is taken in pieces */
		if (nl == NULL && stream->end - stream->start < sizeof stream->buffer) {
			if (!fill(stream))
				return FALSE;
			continue;
		}
		n = (gsize) ((nl ? nl + 1 : end) - p);
		stream->start += n;
		if (line_start && *p == '.') {
			if (is_final_dot(p, n))
				return TRUE;
			p++;
			n--;
		}
		line_start = nl != NULL;
		if (n >= 2 && p[n - 1] == '\n' && p[n - 2] == '\r')
			p[--n - 1] = '\n';
		carom_incoming_add(incoming, p, n);
	}
}
