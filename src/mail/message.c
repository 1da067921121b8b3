/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/message_private.h"
#include "mail/address.h"
#include "base/text.h"

#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeParser, g_object_unref)

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
		carom_mail_note_truncated(mail, "depth");
		return;
	}
	if (mail->entries->len >= mail->limits.parts) {
		carom_mail_note_truncated(mail, "parts");
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

	mail->lazy = g_new0(CaromMailLazy, 1);
	mail->limits = limits ? *limits : carom_mail_limits_default;
	mail->entries = g_ptr_array_new_with_free_func(entry_free);
	mail->types = g_string_chunk_new(256);
	return mail;
}

CaromMail *
carom_mail_open(const char *data, gsize len, const CaromLimits *limits)
{
	CaromMail *mail = mail_new(limits);

	carom_mail_take_bytes(mail, data, len);
	mail->root = parse_message(mail);
	if (mail->root != NULL) {
		mail->list = g_mime_object_get_header_list(mail->root);
		add_parts(mail, mail->root, -1, -1, 0);
	}
	return mail;
}

static void
lazy_free(CaromMailLazy *lazy)
{
	carom_fields_free(lazy->headers);
	g_free(lazy->subject);
	g_free(lazy->from);
	g_free(lazy->envelope_sender);
	g_free(lazy->glance);
	if (lazy->text != NULL)
		g_string_free(lazy->text, TRUE);
	if (lazy->raw != NULL)
		g_string_free(lazy->raw, TRUE);
	if (lazy->failed_recipients != NULL)
		g_ptr_array_free(lazy->failed_recipients, TRUE);
	g_free(lazy);
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
	lazy_free(mail->lazy);
	if (mail->lent != NULL) {
		(void) g_byte_array_steal(mail->lent, NULL);
		g_byte_array_free(mail->lent, TRUE);
	}
	if (mail->trimmed != NULL)
		g_string_free(mail->trimmed, TRUE);
	if (mail->mended != NULL)
		g_string_free(mail->mended, TRUE);
	if (mail->bounded != NULL)
		g_byte_array_free(mail->bounded, TRUE);
	g_free(mail);
}

CaromMail *
carom_mail_embedded(const CaromMail *mail, const CaromPart *part)
{
	Entry *entry = carom_mail_entry(mail, part->index);
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
		const char *text = carom_mail_part_text(mail, part, &len);

		return len ? carom_mail_open(text, len, &mail->limits) : NULL;
	}
	return NULL;
}

const CaromFields *
carom_mail_headers(const CaromMail *mail)
{
	if (mail->lazy->headers == NULL)
		mail->lazy->headers = fields_of_headers(mail->list);
	return mail->lazy->headers;
}

const char *
carom_mail_header(const CaromMail *mail, const char *name)
{
	return carom_fields_get(carom_mail_headers(mail), name);
}

const char *
carom_mail_subject(const CaromMail *mail)
{
	if (mail->lazy->subject == NULL) {
		g_autofree char *decoded =
			carom_mail_header_decode(carom_mail_header(mail, "Subject"));

		mail->lazy->subject = carom_text_clean(decoded ? decoded : "", -1, 1000);
	}
	return mail->lazy->subject;
}

const char *
carom_mail_from(const CaromMail *mail)
{
	if (mail->lazy->from == NULL) {
		char *from = carom_address_parse(carom_mail_header(mail, "From"), -1);

		mail->lazy->from = from ? from : g_strdup("");
	}
	return mail->lazy->from;
}

void
carom_mail_set_sender(CaromMail *mail, const char *sender)
{
	char *copy = g_strdup(sender);

	g_free(mail->lazy->envelope_sender);
	mail->lazy->envelope_sender = copy;
	mail->lazy->envelope_sender_read = TRUE;
}

/* "<a@b>", "<>", or without the brackets; NULL for a field that says nothing. Caller's. */
static char *
read_return_path(const char *field)
{
	const char *p = field ? field + strspn(field, " \t") : "";

	if (*p == '<')
		return g_strndup(p + 1, strcspn(p + 1, ">"));
	return *p ? g_strndup(p, strcspn(p, " \t")) : NULL;
}

const char *
carom_mail_sender(const CaromMail *mail)
{
	if (!mail->lazy->envelope_sender_read) {
		mail->lazy->envelope_sender =
			read_return_path(carom_mail_header(mail, "Return-Path"));
		mail->lazy->envelope_sender_read = TRUE;
	}
	return mail->lazy->envelope_sender;
}

const char *
carom_mail_type_param(const CaromMail *mail, const char *name)
{
	return carom_mail_object_param(mail->root, name);
}

const char *
carom_mail_part_header(const CaromMail *mail, const CaromPart *part, const char *name)
{
	return g_mime_object_get_header(carom_mail_entry(mail, part->index)->object, name);
}

guint
carom_mail_n_parts(const CaromMail *mail)
{
	return mail->entries->len;
}

const CaromPart *
carom_mail_part(const CaromMail *mail, guint index)
{
	return index < mail->entries->len ? &carom_mail_entry(mail, index)->part : NULL;
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

const CaromFields *
carom_mail_part_message_fields(const CaromMail *mail, const CaromPart *part)
{
	Entry *entry = carom_mail_entry(mail, part->index);

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
		const char *text = carom_mail_part_text(mail, part, &len), *cursor = text;

		entry->fields = carom_fields_read(&cursor, text + len);
	}
	return entry->fields;
}

const CaromFields *
carom_mail_returned(const CaromMail *mail)
{
	for (guint i = 0; i < mail->entries->len; i++) {
		const CaromPart *part = carom_mail_part(mail, i);
		const CaromFields *fields =
			part->message == -1 ? carom_mail_part_message_fields(mail, part) : NULL;

		if (fields != NULL)
			return fields;
	}
	return NULL;
}

char *
carom_mail_header_decode(const char *value)
{
	if (value == NULL)
		return NULL;
	if (strstr(value, "=?") == NULL && g_utf8_validate(value, -1, NULL))
		return g_strdup(value);
	return g_mime_utils_header_decode_text(NULL, value);
}
