/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of a message as text: transfer encoding and character set undone,
 * and of all that what a person reads. Knows what a part is, and nothing of
 * header fields.
 */
#include "config.h"

#include "mail/message_private.h"
#include "mail/html.h"

#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeFilter, g_object_unref)

#define MAX_HUMAN_TEXT (256 * 1024) /* of carom_mail_text */

/* CR LF and CR to LF, in place. */
static void
fold_line_ends(GString *text)
{
	char *out = memchr(text->str, '\r', text->len);
	const char *p = out, *end = text->str + text->len;

	if (p == NULL)
		return;
	while (p < end) {
		const char *cr = memchr(p, '\r', (gsize) (end - p));
		gsize n = (gsize) ((cr ? cr : end) - p);

		memmove(out, p, n);
		out += n;
		p += n;
		if (cr != NULL) {
			p++;
			if (p == end || *p != '\n')
				*out++ = '\n';
		}
	}
	g_string_set_size(text, (gsize) (out - text->str));
}

/* Valid UTF-8, LF line ends, no NULs, in place of whatever text held. */
static GString *
make_sound(GString *text)
{
	gsize ascii;

	fold_line_ends(text);
	for (char *p = text->str, *end = p + text->len;
	     (p = memchr(p, '\0', (gsize) (end - p))) != NULL;)
		*p = ' ';
	ascii = carom_text_ascii_length(text->str, text->len);
	if (!g_utf8_validate(text->str + ascii, (gssize) (text->len - ascii), NULL)) {
		/* unlabelled 8-bit text: what stands in for each wrong byte is Latin-1, never a
		 * refusal */
		GString *sound = g_string_sized_new(text->len + text->len / 4);
		const char *p = text->str, *end = p + text->len;

		while (p < end) {
			gunichar u = g_utf8_get_char_validated(p, end - p);

			if (u == (gunichar) -1 || u == (gunichar) -2) {
				g_string_append_unichar(sound, (guchar) *p);
				p++;
			} else {
				const char *next = g_utf8_next_char(p);

				g_string_append_len(sound, p, next - p);
				p = next;
			}
		}
		g_string_free(text, TRUE);
		return sound;
	}
	return text;
}

/* Character sets that need no conversion, or that we read as UTF-8 with Latin-1 for the rest. */
static gboolean
is_plain_charset(const char *charset)
{
	static const char *const plain[] = { "utf-8",   "utf8",       "us-ascii",
					     "ascii",   "iso-8859-1", "unknown-8bit",
					     "unknown", "x-unknown",  "ansi_x3.4-1968" };

	if (charset == NULL || *charset == '\0')
		return TRUE;
	for (gsize i = 0; i < G_N_ELEMENTS(plain); i++)
		if (g_ascii_strcasecmp(charset, plain[i]) == 0)
			return TRUE;
	return FALSE;
}

static GString *
read_stream(GMimeStream *stream, gsize max, gboolean *cut)
{
	GString *out = g_string_sized_new(4096);

	for (;;) {
		char buffer[8192];
		gssize n = g_mime_stream_read(stream, buffer, sizeof buffer);

		if (n <= 0)
			break;
		if (out->len + (gsize) n > max) {
			g_string_append_len(out, buffer, (gssize) (max - out->len));
			*cut = TRUE;
			break;
		}
		g_string_append_len(out, buffer, n);
	}
	return out;
}

/* Text that says nothing of its character set but carries the escapes of ISO-2022-JP (RFC 1468). */
static const char *
guess_charset(const GString *text)
{
	for (const char *p = text->str, *end = p + text->len;
	     (p = memchr(p, 0x1b, (gsize) (end - p))) != NULL; p++)
		if (end - p > 2 && (p[1] == '$' || p[1] == '('))
			return "iso-2022-jp";
	return NULL;
}

static GString *
convert_charset(GString *text, const char *charset)
{
	gsize written = 0;
	char *converted = g_convert_with_fallback(text->str, (gssize) text->len, "UTF-8", charset,
						  "?", NULL, &written, NULL);
	g_autoptr(GMimeFilter) filter = NULL;
	char *out;
	size_t out_len, prespace;

	if (converted != NULL) {
		g_string_free(text, TRUE);
		text = g_string_new_len(converted, (gssize) written);
		g_free(converted);
		return text;
	}
	/* broken sequences: GMime's filter skips them where iconv alone gives up */
	filter = g_mime_filter_charset_new(charset, "UTF-8");
	if (filter != NULL) {
		g_mime_filter_complete(filter, text->str, text->len, 0, &out, &out_len, &prespace);
		g_string_truncate(text, 0);
		g_string_append_len(text, out, (gssize) out_len);
	}
	return text;
}

static GString *
decode_part(const CaromMail *mail, GMimePart *part)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *stream =
		content ? g_mime_data_wrapper_get_stream(content) : NULL; /* borrowed */
	GMimeContentEncoding encoding = g_mime_part_get_content_encoding(part);
	const char *charset = carom_mail_object_param(GMIME_OBJECT(part), "charset");
	gboolean cut = FALSE;
	GString *text;

	if (stream == NULL)
		return g_string_new(NULL);
	g_mime_stream_reset(stream);
	if (encoding == GMIME_CONTENT_ENCODING_BASE64 ||
	    encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE ||
	    encoding == GMIME_CONTENT_ENCODING_UUENCODE) {
		g_autoptr(GMimeStream) filtered = g_mime_stream_filter_new(stream);
		g_autoptr(GMimeFilter) decoder = g_mime_filter_basic_new(encoding, FALSE);

		g_mime_stream_filter_add(GMIME_STREAM_FILTER(filtered), decoder);
		text = read_stream(filtered, mail->limits.text, &cut);
	} else {
		text = read_stream(stream, mail->limits.text, &cut);
	}
	if (cut)
		carom_mail_note_truncated(mail, "text");
	if (is_plain_charset(charset))
		charset = guess_charset(text);
	if (charset != NULL)
		text = convert_charset(text, charset);
	/* a byte order mark is no part of the first line */
	if (g_str_has_prefix(text->str, "\xEF\xBB\xBF"))
		g_string_erase(text, 0, 3);
	return make_sound(text);
}

const char *
carom_mail_part_text(const CaromMail *mail, const CaromPart *part, gsize *len)
{
	Entry *entry = carom_mail_entry(mail, part->index);

	if (entry->text == NULL)
		entry->text = GMIME_IS_PART(entry->object)
				      ? decode_part(mail, GMIME_PART(entry->object))
				      : g_string_new(NULL);
	if (len != NULL)
		*len = entry->text->len;
	return entry->text->str;
}

/* TRUE for the text parts a person is meant to read. */
static gboolean
is_human_text(const CaromPart *part)
{
	return part->message == -1 && g_str_has_prefix(part->type, "text/") &&
	       !g_str_has_suffix(part->type, "rfc822-headers");
}

/* As many of the len bytes of text (UTF-8) as max has room for, no character being cut. */
static gsize
cut_to(const char *text, gsize len, gsize max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((guchar) text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

static gboolean
is_alternative(const CaromMail *mail, const CaromPart *part)
{
	for (int up = part->parent; up >= 0; up = carom_mail_entry(mail, (guint) up)->part.parent)
		if (strcmp(carom_mail_entry(mail, (guint) up)->part.type,
			   "multipart/alternative") == 0)
			return TRUE;
	return FALSE;
}

static void
append_html(const CaromMail *mail, GString *out, const CaromPart *html)
{
	gsize n;
	const char *text = carom_mail_part_text(mail, html, &n);
	g_autoptr(GString) plain = carom_html_to_text(text, cut_to(text, n, MAX_HUMAN_TEXT));

	g_string_append_len(out, plain->str, (gssize) plain->len);
	g_string_append_c(out, '\n');
}

static void
append_plain(const CaromMail *mail, GString *out, const CaromPart *part)
{
	gsize n;
	const char *text = carom_mail_part_text(mail, part, &n);

	g_string_append_len(out, text, (gssize) cut_to(text, n, MAX_HUMAN_TEXT - out->len));
	if (n > 0 && text[n - 1] != '\n')
		g_string_append_c(out, '\n');
}

/* All that the message says to people: its plain text, and its first page where there is none. */
static GString *
make_text(const CaromMail *mail)
{
	GString *out = g_string_sized_new(2048);
	const CaromPart *html = NULL;

	for (guint i = 0; i < mail->entries->len && out->len < MAX_HUMAN_TEXT; i++) {
		const CaromPart *part = &carom_mail_entry(mail, i)->part;

		if (!is_human_text(part))
			continue;
		if (strcmp(part->type, "text/html") != 0) {
			append_plain(mail, out, part);
		} else if (html == NULL) {
			html = part;
			/* a page that is followed by a gateway's plain footer is the text all the
			 * same, unless it is the footer's alternative */
			if (out->len == 0 && !is_alternative(mail, part))
				append_html(mail, out, part);
		}
	}
	if (html != NULL && strspn(out->str, " \t\n") == out->len)
		append_html(mail, out, html);
	return out;
}

const char *
carom_mail_text(const CaromMail *mail, gsize *len)
{
	if (mail->lazy->text == NULL)
		mail->lazy->text = make_text(mail);
	if (len != NULL)
		*len = mail->lazy->text->len;
	return mail->lazy->text->str;
}

gboolean
carom_mail_may_say(const CaromMail *mail, const char *phrase)
{
	if (mail->lazy->glance == NULL) {
		gsize len;
		const char *text = carom_mail_text(mail, &len);
		CaromGlance *glance = g_new(CaromGlance, 1);

		carom_text_glance_take(glance, text, MIN(len, CAROM_PHRASE_WITHIN));
		mail->lazy->glance = glance;
	}
	return carom_text_glance_may_hold(mail->lazy->glance, phrase);
}

const char *
carom_mail_raw_body(const CaromMail *mail, gsize *len)
{
	if (mail->lazy->raw == NULL) {
		gsize n = mail->data ? mail->len - mail->body : 0;

		mail->lazy->raw =
			make_sound(g_string_new_len(mail->data ? mail->data + mail->body : "",
						    (gssize) MIN(n, mail->limits.text)));
	}
	if (len != NULL)
		*len = mail->lazy->raw->len;
	return mail->lazy->raw->str;
}
