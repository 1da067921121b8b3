/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a message before GMime sees them: held to the limits, the usual
 * header read. Nothing here calls GMime.
 */
#include "config.h"

#include "mail/message_private.h"

#include <string.h>

/*
 * GMime makes objects of every header field and every part it meets, without
 * bound. These hold that to some tens of MiB, whatever the message is.
 */
#define MAX_FIELD_BYTES (64 * 1024)  /* of one header field; the rest of it is dropped */
#define MAX_FIELD_LINES 20000        /* lines that look like "Name: value", wherever they stand */
#define MAX_BOUNDARY_LINES 10000     /* lines that begin with "--" */
#define MAX_COPIED_BODY (256 * 1024) /* behind a header that is read here */

const CaromLimits carom_mail_limits_default = {
	.bytes = 50 * 1024 * 1024,
	.depth = 50,
	.parts = 2000,
	.header = 1024 * 1024,
	.text = 1024 * 1024,
};

void
carom_mail_note_truncated(const CaromMail *mail, const char *limit)
{
	for (guint i = 0; i < mail->lazy->n_truncated; i++)
		if (strcmp(mail->lazy->truncated[i], limit) == 0)
			return;
	if (mail->lazy->n_truncated + 1 < G_N_ELEMENTS(mail->lazy->truncated))
		mail->lazy->truncated[mail->lazy->n_truncated++] = limit;
}

const char *const *
carom_mail_truncated(const CaromMail *mail)
{
	return mail->lazy->truncated;
}

/* TRUE if the line could be a header field: printable characters, then a colon. */
static gboolean
is_field_line(const char *p, const char *eol)
{
	const char *q = p + carom_fields_name_length(p, eol);

	return q > p && q < eol &&
	       (*q == ':' || ((*q == ' ' || *q == '\t') && q + 1 < eol && q[1] == ':'));
}

/* What has been counted of a message so far. */
typedef struct {
	gsize field_bytes, header_bytes; /* of the field; of all that is kept of the fields */
	guint field_lines, boundary_lines;
	gboolean in_field;
} Counts;

/* How much of the line [p, eol) is *kept; or the limit that ends the message before it. */
static const char *
count_line(const CaromLimits *limits, Counts *counts, const char *p, const char *eol, gsize *kept)
{
	gsize len = (gsize) (eol - p);

	*kept = len;
	if (!counts->in_field || (*p != ' ' && *p != '\t')) {
		counts->in_field = is_field_line(p, eol);
		counts->field_bytes = 0;
		if (counts->in_field && ++counts->field_lines > MAX_FIELD_LINES)
			return "fields";
		if (len > 2 && p[0] == '-' && p[1] == '-' &&
		    ++counts->boundary_lines > MAX_BOUNDARY_LINES)
			return "parts";
	}
	if (!counts->in_field)
		return NULL;
	if (counts->field_bytes + len > MAX_FIELD_BYTES)
		*kept = counts->field_bytes < MAX_FIELD_BYTES
				? MAX_FIELD_BYTES - counts->field_bytes
				: 0;
	counts->field_bytes += len;
	counts->header_bytes += *kept;
	return counts->header_bytes > limits->header ? "header" : NULL;
}

/*
 * Holds the message to the limits before GMime sees it. As long as nothing is
 * over one, which is the rule, no byte is copied.
 */
static void
bound_message(CaromMail *mail, const char *data, gsize len)
{
	const char *p, *end;
	Counts counts = { 0 };

	if (data == NULL) /* an empty message; no byte to point at */
		data = "";
	p = data;
	if (len > mail->limits.bytes) {
		len = mail->limits.bytes;
		carom_mail_note_truncated(mail, "bytes");
	}
	end = data + len;
	while (p < end) {
		const char *nl = memchr(p, '\n', (gsize) (end - p));
		const char *eol = nl ? nl + 1 : end;
		gsize kept;
		const char *limit = count_line(&mail->limits, &counts, p, eol, &kept);

		if (limit != NULL) {
			carom_mail_note_truncated(mail, limit);
			break;
		}
		if (kept < (gsize) (eol - p)) {
			carom_mail_note_truncated(mail, "header");
			if (mail->bounded == NULL) {
				mail->bounded = g_byte_array_sized_new((guint) len + 1);
				g_byte_array_append(mail->bounded, (const guint8 *) data,
						    (guint) (p - data));
			}
		}
		if (mail->bounded != NULL) {
			g_byte_array_append(mail->bounded, (const guint8 *) p, (guint) kept);
			if (kept > 0 && kept < (gsize) (eol - p))
				g_byte_array_append(mail->bounded, (const guint8 *) "\n", 1);
		}
		p = eol;
	}
	mail->data = mail->bounded ? (const char *) mail->bounded->data : data;
	mail->len = mail->bounded ? mail->bounded->len : (gsize) (p - data);
}

/* The header ends at the first empty line. */
static gsize
find_body(const char *data, gsize len)
{
	const char *p = data, *end = data + len;

	while (p < end) {
		const char *nl = memchr(p, '\n', (gsize) (end - p));

		if (nl == NULL)
			return len;
		if (nl == p || (nl == p + 1 && *p == '\r'))
			return (gsize) (nl + 1 - data);
		p = nl + 1;
	}
	return len;
}

/*
 * Reads the header here if it is all fields, and leaves GMime only those that
 * say what the body is: it makes an object or two of each field, which costs
 * more than all that carom does with them. An odd header, and a body that
 * would be long to copy, are GMime's alone.
 */
static void
take_header(CaromMail *mail)
{
	const char *p = mail->data, *end = p + mail->body;
	gboolean wanted = FALSE, field = FALSE;
	GString *mime;

	if (mail->len - mail->body > MAX_COPIED_BODY)
		return;
	mime = g_string_sized_new(mail->len - mail->body + 256);
	while (p < end && *p != '\n' && *p != '\r') {
		const char *nl = memchr(p, '\n', (gsize) (end - p));
		const char *eol = nl ? nl + 1 : end;
		gboolean folded = *p == ' ' || *p == '\t';

		if (folded ? !field || carom_text_is_blank(p, eol) : !is_field_line(p, eol)) {
			g_string_free(mime, TRUE);
			return;
		}
		if (!folded)
			wanted = g_ascii_strncasecmp(p, "Content-", 8) == 0;
		if (wanted)
			g_string_append_len(mime, p, eol - p);
		field = TRUE;
		p = eol;
	}
	if (!field || p >= end) {
		g_string_free(mime, TRUE);
		return;
	}
	if (mime->len == 0)
		g_string_append(mime, "MIME-Version: 1.0\n"); /* a part has a header */
	g_string_append_len(mime, p, mail->data + mail->len - p);
	mail->trimmed = mime;
	p = mail->data;
	mail->lazy->headers = carom_fields_read(&p, end);
}

/* Length of the "From " line of an mbox, which deliveries into a file or a pipe leave on top. */
static gsize
from_line_length(const char *data, gsize len)
{
	const char *nl;

	if (len < 6 || memcmp(data, "From ", 5) != 0 || data[5] == ':')
		return 0;
	nl = memchr(data, '\n', len);
	return nl ? (gsize) (nl + 1 - data) : 0;
}

/* CR CR LF is one line end: somebody turned CR LF into it, thinking that it was LF. Read as two, it
 * would end the header behind its first field. */
static void
mend_line_ends(CaromMail *mail, const char *data, gsize len)
{
	const char *p = data, *end, *hit;

	if (len > mail->limits.bytes) {
		carom_mail_note_truncated(mail, "bytes");
		len = mail->limits.bytes;
	}
	end = data + len;
	mail->mended = g_string_sized_new(len);
	while ((hit = memmem(p, (gsize) (end - p), "\r\r\n", 3)) != NULL) {
		g_string_append_len(mail->mended, p, hit - p);
		p = hit + 1;
		while (p < end && *p == '\r')
			p++;
		p--; /* the last CR stays before the LF */
	}
	g_string_append_len(mail->mended, p, end - p);
}

void
carom_mail_take_bytes(CaromMail *mail, const char *data, gsize len)
{
	gsize from_line;

	if (len == 0)
		data = ""; /* what has no byte may have no address either */
	from_line = from_line_length(data, len);
	data += from_line;
	len -= from_line;
	/* most files have no CR at all, which is quickly seen */
	if (memchr(data, '\r', MIN(len, mail->limits.bytes)) != NULL &&
	    memmem(data, MIN(len, mail->limits.bytes), "\r\r\n", 3) != NULL) {
		mend_line_ends(mail, data, len);
		data = mail->mended->str;
		len = mail->mended->len;
	}
	bound_message(mail, data, len);
	mail->body = find_body(mail->data, mail->len);
	take_header(mail);
}
