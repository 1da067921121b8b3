#include "config.h"

#include "message.h"
#include "address.h"
#include "text.h"

#include <gmime/gmime.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeParser, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeFilter, g_object_unref)

/*
 * GMime makes objects of every header field and every part it meets, without
 * bound. These hold that to some tens of MiB, whatever the message is.
 */
#define MAX_FIELD_BYTES (64 * 1024) /* of one header field; the rest of it is dropped */
#define MAX_FIELD_LINES 20000       /* lines that look like "Name: value", wherever they stand */
#define MAX_BOUNDARY_LINES 10000    /* lines that begin with "--" */
#define MAX_COPIED_BODY (256 * 1024)
#define MAX_HUMAN_TEXT (256 * 1024) /* of carom_mail_text */

const CaromLimits carom_limits_default = {
	.bytes = 50 * 1024 * 1024,
	.depth = 50,
	.parts = 2000,
	.header = 1024 * 1024,
	.text = 1024 * 1024,
};

typedef struct {
	CaromPart part;
	GMimeObject *object; /* borrowed from the message */
	GString *text;       /* NULL until asked for */
	CaromFields *fields; /* of the message it holds; NULL until asked for */
} Entry;

struct CaromMail {
	CaromLimits limits;
	const char *data; /* borrowed, or bounded->data */
	gsize len;
	gsize body;            /* offset of the first byte behind the header */
	GByteArray *bounded;   /* our copy, where the message went over a limit */
	GByteArray *lent;      /* what GMime's stream reads from; owns nothing */
	GString *trimmed;      /* the MIME fields and the body, for GMime; NULL: it gets all */
	GMimeMessage *owner;   /* the message that root is of, where it lay in another mail */
	GMimeObject *root;     /* the body and all below it; NULL if the bytes hold no message */
	GMimeHeaderList *list; /* the outer header; borrowed from root, or from the message that
				  root is of */
	GPtrArray *entries;    /* of Entry * */
	GStringChunk *types;
	CaromFields *headers;
	char *subject, *from;
	GString *text, *raw;
	CaromGlance *glance; /* at the text; NULL until asked for */
	const char *truncated[8];
	guint n_truncated;
};

void
carom_message_init(void)
{
	g_mime_init();
}

void
carom_message_shutdown(void)
{
	g_mime_shutdown();
}

static void
note_truncated(CaromMail *mail, const char *limit)
{
	for (guint i = 0; i < mail->n_truncated; i++)
		if (mail->truncated[i] == limit)
			return;
	if (mail->n_truncated + 1 < G_N_ELEMENTS(mail->truncated))
		mail->truncated[mail->n_truncated++] = limit;
}

const char *const *
carom_mail_truncated(const CaromMail *mail)
{
	return mail->truncated;
}

/* TRUE if the line could be a header field: printable characters, then a colon. */
static gboolean
is_field_line(const char *p, const char *eol)
{
	const char *q = p;

	while (q < eol && q - p < 100 && *q > ' ' && *q < 0x7f && *q != ':')
		q++;
	return q > p && q < eol &&
	       (*q == ':' || ((*q == ' ' || *q == '\t') && q + 1 < eol && q[1] == ':'));
}

/*
 * Holds the message to the limits before GMime sees it. As long as nothing is
 * over one, which is the rule, no byte is copied.
 */
static void
bound_message(CaromMail *mail, const char *data, gsize len)
{
	const char *p = data, *end;
	gsize field_bytes = 0, header_bytes = 0;
	guint field_lines = 0, boundary_lines = 0;
	gboolean in_field = FALSE;

	if (len > mail->limits.bytes) {
		len = mail->limits.bytes;
		note_truncated(mail, "bytes");
	}
	end = data + len;
	while (p < end) {
		const char *nl = memchr(p, '\n', (gsize) (end - p));
		const char *eol = nl ? nl + 1 : end;
		gsize keep = (gsize) (eol - p);

		if (in_field && (*p == ' ' || *p == '\t')) {
			/* goes on below */
		} else {
			in_field = is_field_line(p, eol);
			field_bytes = 0;
			if (in_field && ++field_lines > MAX_FIELD_LINES) {
				note_truncated(mail, "fields");
				break;
			}
			if (eol - p > 2 && p[0] == '-' && p[1] == '-' &&
			    ++boundary_lines > MAX_BOUNDARY_LINES) {
				note_truncated(mail, "parts");
				break;
			}
		}
		if (in_field) {
			if (field_bytes + keep > MAX_FIELD_BYTES) {
				keep = field_bytes < MAX_FIELD_BYTES ? MAX_FIELD_BYTES - field_bytes
								     : 0;
				note_truncated(mail, "header");
				if (mail->bounded == NULL) {
					mail->bounded = g_byte_array_sized_new((guint) len + 1);
					g_byte_array_append(mail->bounded, (const guint8 *) data,
							    (guint) (p - data));
				}
			}
			field_bytes += (gsize) (eol - p);
			header_bytes += keep;
			if (header_bytes > mail->limits.header) {
				note_truncated(mail, "header");
				break;
			}
		}
		if (mail->bounded != NULL) {
			g_byte_array_append(mail->bounded, (const guint8 *) p, (guint) keep);
			if (keep > 0 && keep < (gsize) (eol - p))
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

static const char *
type_name(CaromMail *mail, GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	char name[256];

	if (type == NULL)
		return "text/plain";
	g_snprintf(name, sizeof name, "%s/%s", g_mime_content_type_get_media_type(type),
		   g_mime_content_type_get_media_subtype(type));
	for (char *p = name; *p; p++)
		*p = g_ascii_tolower(*p);
	return g_string_chunk_insert(mail->types, name);
}

static void
add_parts(CaromMail *mail, GMimeObject *object, int parent, int message, guint depth)
{
	Entry *entry;
	int index = (int) mail->entries->len;

	if (object == NULL)
		return;
	if (depth >= mail->limits.depth) {
		note_truncated(mail, "depth");
		return;
	}
	if (mail->entries->len >= mail->limits.parts) {
		note_truncated(mail, "parts");
		return;
	}
	entry = g_new0(Entry, 1);
	entry->object = object;
	entry->part.type = type_name(mail, object);
	entry->part.index = (guint) index;
	entry->part.depth = depth;
	entry->part.parent = parent;
	entry->part.message = message;
	g_ptr_array_add(mail->entries, entry);
	if (GMIME_IS_MULTIPART(object)) {
		GMimeMultipart *multipart = GMIME_MULTIPART(object);
		int n = g_mime_multipart_get_count(multipart);

		for (int i = 0; i < n; i++)
			add_parts(mail, g_mime_multipart_get_part(multipart, i), index, message,
				  depth + 1);
	} else if (GMIME_IS_MESSAGE_PART(object)) {
		GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));

		if (inner != NULL)
			add_parts(mail, g_mime_message_get_mime_part(inner), index, index,
				  depth + 1);
	}
}

static void
entry_free(gpointer data)
{
	Entry *entry = data;

	if (entry->text != NULL)
		g_string_free(entry->text, TRUE);
	carom_fields_free(entry->fields);
	g_free(entry);
}

/* The fields of a header that GMime has read, in their raw form. */
static CaromFields *
fields_of_headers(GMimeHeaderList *list)
{
	CaromFields *fields = carom_fields_new();
	int n = list ? g_mime_header_list_get_count(list) : 0;

	for (int i = 0; i < n; i++) {
		GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
		const char *name = g_mime_header_get_name(header),
			   *value = g_mime_header_get_raw_value(header);

		if (name != NULL && value != NULL)
			carom_fields_add(fields, name, strlen(name), value, strlen(value));
	}
	return fields;
}

/*
 * The message is read as a part, whose header is the message's. As a message
 * GMime would read every address and date in it as well, which costs a
 * quarter of the whole; carom reads the few that it wants.
 */
static GMimeObject *
parse_message(CaromMail *mail)
{
	const char *data = mail->trimmed ? mail->trimmed->str : mail->data;
	gsize len = mail->trimmed ? mail->trimmed->len : mail->len;
	g_autoptr(GMimeStream) stream = NULL;
	g_autoptr(GMimeParser) parser = NULL;

	if (len == 0)
		return NULL;
	/* taken here and stolen back when the mail ends: GMime reads it in place and never frees it
	 */
	mail->lent = g_byte_array_new_take((guint8 *) (gpointer) data, len);
	stream = g_mime_stream_mem_new_with_byte_array(mail->lent);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	parser = g_mime_parser_new_with_stream(stream);
	return g_mime_parser_construct_part(parser, NULL);
}

static CaromMail *
mail_new(const CaromLimits *limits)
{
	CaromMail *mail = g_new0(CaromMail, 1);

	mail->limits = limits ? *limits : carom_limits_default;
	mail->entries = g_ptr_array_new_with_free_func(entry_free);
	mail->types = g_string_chunk_new(256);
	return mail;
}

static gboolean
is_blank(const char *p, const char *end)
{
	while (p < end && g_ascii_isspace(*p))
		p++;
	return p == end;
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

		if (folded ? !field || is_blank(p, eol) : !is_field_line(p, eol)) {
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
	mail->headers = carom_fields_read(&p, end);
}

CaromMail *
carom_mail_open(const char *data, gsize len, const CaromLimits *limits)
{
	CaromMail *mail = mail_new(limits);

	bound_message(mail, data, len);
	mail->body = find_body(mail->data, mail->len);
	take_header(mail);
	mail->root = parse_message(mail);
	if (mail->root != NULL) {
		mail->list = g_mime_object_get_header_list(mail->root);
		add_parts(mail, mail->root, -1, -1, 0);
	}
	return mail;
}

void
carom_mail_free(CaromMail *mail)
{
	if (mail == NULL)
		return;
	g_ptr_array_free(mail->entries, TRUE);
	g_string_chunk_free(mail->types);
	g_clear_object(&mail->owner);
	g_clear_object(&mail->root);
	carom_fields_free(mail->headers);
	g_free(mail->subject);
	g_free(mail->from);
	g_free(mail->glance);
	if (mail->text != NULL)
		g_string_free(mail->text, TRUE);
	if (mail->raw != NULL)
		g_string_free(mail->raw, TRUE);
	if (mail->lent != NULL) {
		(void) g_byte_array_steal(mail->lent, NULL);
		g_byte_array_free(mail->lent, TRUE);
	}
	if (mail->trimmed != NULL)
		g_string_free(mail->trimmed, TRUE);
	if (mail->bounded != NULL)
		g_byte_array_free(mail->bounded, TRUE);
	g_free(mail);
}

static Entry *
entry_of(const CaromMail *mail, const CaromPart *part)
{
	return mail->entries->pdata[part->index];
}

CaromMail *
carom_mail_embedded(const CaromMail *mail, const CaromPart *part)
{
	Entry *entry = entry_of(mail, part);
	CaromMail *inner;

	if (GMIME_IS_MESSAGE_PART(entry->object)) {
		GMimeMessage *message =
			g_mime_message_part_get_message(GMIME_MESSAGE_PART(entry->object));

		if (message == NULL)
			return NULL;
		inner = mail_new(&mail->limits);
		inner->owner = g_object_ref(message);
		inner->list = g_mime_object_get_header_list(GMIME_OBJECT(message));
		inner->root = g_mime_message_get_mime_part(message);
		if (inner->root != NULL)
			g_object_ref(inner->root);
		add_parts(inner, inner->root, -1, -1, 0);
		return inner;
	}
	if (g_str_has_prefix(part->type, "message/") && GMIME_IS_PART(entry->object)) {
		gsize len;
		const char *text = carom_part_text(mail, part, &len);

		return len ? carom_mail_open(text, len, &mail->limits) : NULL;
	}
	return NULL;
}

const CaromFields *
carom_mail_headers(const CaromMail *mail)
{
	if (mail->headers == NULL)
		((CaromMail *) mail)->headers = fields_of_headers(mail->list);
	return mail->headers;
}

const char *
carom_mail_header(const CaromMail *mail, const char *name)
{
	return carom_fields_get(carom_mail_headers(mail), name);
}

const char *
carom_mail_subject(const CaromMail *mail)
{
	if (mail->subject == NULL) {
		g_autofree char *decoded = carom_header_decode(carom_mail_header(mail, "Subject"));

		((CaromMail *) mail)->subject = carom_text_clean(decoded ? decoded : "", -1, 1000);
	}
	return mail->subject;
}

const char *
carom_mail_from(const CaromMail *mail)
{
	if (mail->from == NULL) {
		char *from = carom_address_parse(carom_mail_header(mail, "From"), -1);

		((CaromMail *) mail)->from = from ? from : g_strdup("");
	}
	return mail->from;
}

static const char *
object_type_param(GMimeObject *object, const char *name)
{
	GMimeContentType *type = object ? g_mime_object_get_content_type(object) : NULL;

	return type ? g_mime_content_type_get_parameter(type, name) : NULL;
}

const char *
carom_mail_type_param(const CaromMail *mail, const char *name)
{
	return object_type_param(mail->root, name);
}

const char *
carom_part_header(const CaromMail *mail, const CaromPart *part, const char *name)
{
	return g_mime_object_get_header(entry_of(mail, part)->object, name);
}

guint
carom_mail_n_parts(const CaromMail *mail)
{
	return mail->entries->len;
}

const CaromPart *
carom_mail_part(const CaromMail *mail, guint index)
{
	return index < mail->entries->len ? &((Entry *) mail->entries->pdata[index])->part : NULL;
}

const CaromPart *
carom_mail_find(const CaromMail *mail, const char *type)
{
	for (guint i = 0; i < mail->entries->len; i++) {
		const CaromPart *part = carom_mail_part(mail, i);

		if (part->message == -1 && strcmp(part->type, type) == 0)
			return part;
	}
	return NULL;
}

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
decode_part(CaromMail *mail, GMimePart *part)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *stream =
		content ? g_mime_data_wrapper_get_stream(content) : NULL; /* borrowed */
	GMimeContentEncoding encoding = g_mime_part_get_content_encoding(part);
	const char *charset = object_type_param(GMIME_OBJECT(part), "charset");
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
		note_truncated(mail, "text");
	if (is_plain_charset(charset))
		charset = guess_charset(text);
	if (charset != NULL)
		text = convert_charset(text, charset);
	return make_sound(text);
}

const char *
carom_part_text(const CaromMail *mail, const CaromPart *part, gsize *len)
{
	Entry *entry = entry_of(mail, part);

	if (entry->text == NULL)
		entry->text = GMIME_IS_PART(entry->object)
				      ? decode_part((CaromMail *) mail, GMIME_PART(entry->object))
				      : g_string_new(NULL);
	if (len != NULL)
		*len = entry->text->len;
	return entry->text->str;
}

const CaromFields *
carom_part_message_fields(const CaromMail *mail, const CaromPart *part)
{
	Entry *entry = entry_of(mail, part);

	if (entry->fields != NULL)
		return entry->fields;
	if (GMIME_IS_MESSAGE_PART(entry->object)) {
		GMimeMessage *inner =
			g_mime_message_part_get_message(GMIME_MESSAGE_PART(entry->object));

		if (inner == NULL)
			return NULL;
		entry->fields =
			fields_of_headers(g_mime_object_get_header_list(GMIME_OBJECT(inner)));
	} else if (g_str_has_suffix(part->type, "rfc822-headers") ||
		   strcmp(part->type, "message/global-headers") == 0 ||
		   strcmp(part->type, "message/rfc822") == 0 ||
		   strcmp(part->type, "message/global") == 0 ||
		   strcmp(part->type, "message/partial") == 0) {
		gsize len;
		const char *text = carom_part_text(mail, part, &len), *cursor = text;

		entry->fields = carom_fields_read(&cursor, text + len);
	}
	return entry->fields;
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

const char *
carom_mail_text(const CaromMail *mail, gsize *len)
{
	if (mail->text == NULL) {
		GString *out = g_string_sized_new(2048);
		const CaromPart *html = NULL;

		for (guint i = 0; i < mail->entries->len && out->len < MAX_HUMAN_TEXT; i++) {
			const CaromPart *part = carom_mail_part(mail, i);
			gsize n;
			const char *text;

			if (!is_human_text(part))
				continue;
			if (strcmp(part->type, "text/html") == 0) {
				if (html == NULL)
					html = part;
				continue;
			}
			text = carom_part_text(mail, part, &n);
			g_string_append_len(out, text,
					    (gssize) cut_to(text, n, MAX_HUMAN_TEXT - out->len));
			if (n > 0 && text[n - 1] != '\n')
				g_string_append_c(out, '\n');
		}
		if (html != NULL && (out->len == 0 || strspn(out->str, " \t\n") == out->len)) {
			gsize n;
			const char *text = carom_part_text(mail, html, &n);
			g_autoptr(GString) plain =
				carom_text_from_html(text, cut_to(text, n, MAX_HUMAN_TEXT));

			g_string_append_len(out, plain->str, (gssize) plain->len);
		}
		((CaromMail *) mail)->text = out;
	}
	if (len != NULL)
		*len = mail->text->len;
	return mail->text->str;
}

gboolean
carom_mail_may_say(const CaromMail *mail, const char *phrase)
{
	if (mail->glance == NULL) {
		gsize len;
		const char *text = carom_mail_text(mail, &len);
		CaromGlance *glance = g_new(CaromGlance, 1);

		carom_glance_take(glance, text, MIN(len, CAROM_PHRASE_WITHIN));
		((CaromMail *) mail)->glance = glance;
	}
	return carom_glance_may_hold(mail->glance, phrase);
}

const char *
carom_mail_raw_body(const CaromMail *mail, gsize *len)
{
	if (mail->raw == NULL) {
		gsize n = mail->data ? mail->len - mail->body : 0;

		((CaromMail *) mail)->raw =
			make_sound(g_string_new_len(mail->data ? mail->data + mail->body : "",
						    (gssize) MIN(n, mail->limits.text)));
	}
	if (len != NULL)
		*len = mail->raw->len;
	return mail->raw->str;
}

const CaromFields *
carom_mail_returned(const CaromMail *mail)
{
	for (guint i = 0; i < mail->entries->len; i++) {
		const CaromPart *part = carom_mail_part(mail, i);
		const CaromFields *fields =
			part->message == -1 ? carom_part_message_fields(mail, part) : NULL;

		if (fields != NULL)
			return fields;
	}
	return NULL;
}

char *
carom_header_decode(const char *value)
{
	if (value == NULL)
		return NULL;
	if (strstr(value, "=?") == NULL && g_utf8_validate(value, -1, NULL))
		return g_strdup(value);
	return g_mime_utils_header_decode_text(NULL, value);
}
