/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message_private - an opened message: its bytes, its parts, and what was asked of them
 *
 * What the files of the reader share among themselves: message_bytes.c holds
 * the bytes to the limits, message.c has GMime take them apart, message_text.c
 * makes text of the parts. Everybody else sees message.h.
 */
#ifndef CAROM_MESSAGE_PRIVATE_H
#define CAROM_MESSAGE_PRIVATE_H

#include "mail/mail_system.h"
#include "base/text.h"

#include <gmime/gmime.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, g_object_unref)

typedef struct {
	CaromPart part;
	GMimeObject *object; /* borrowed from the message */
	GString *text;       /* NULL until asked for */
	CaromFields *fields; /* of the message it holds; NULL until asked for */
} Entry;

/* What is read when it is first asked for, and then kept: NULL until then. */
typedef struct {
	CaromFields *headers;
	char *subject, *from;
	GString *text, *raw;
	CaromGlance *glance; /* at the text */
	GPtrArray *failed_recipients;
	CaromSender sender;
	gboolean sender_known;
	char *envelope_sender; /* NULL: not known, also where it was looked for */
	gboolean envelope_sender_read;
	const char *truncated[8];
	guint n_truncated;
} CaromMailLazy;

struct CaromMail {
	CaromLimits limits;
	const char *data; /* borrowed, or of mended or bounded */
	gsize len;
	gsize body;            /* offset of the first byte behind the header */
	GByteArray *bounded;   /* our copy, where the message went over a limit */
	GString *mended;       /* our copy, where the line ends were broken */
	GByteArray *lent;      /* what GMime's stream reads from; owns nothing */
	GString *trimmed;      /* the MIME fields and the body, for GMime; NULL: it gets all */
	GMimeMessage *owner;   /* the message that root is of, where it lay in another mail */
	GMimeObject *root;     /* the body and all below it; NULL if the bytes hold no message */
	GMimeHeaderList *list; /* the outer header; borrowed from root, or from the message that
				  root is of */
	GPtrArray *entries;    /* of Entry * */
	GStringChunk *types;
	CaromMailLazy *lazy;
};

/*
 * Takes the bytes in: data, len, body and, where the message went over a limit
 * or its header was read here, bounded, headers and trimmed.
 */
void carom_mail_take_bytes(CaromMail *mail, const char *data, gsize len);

/* Notes that limit, a literal, cut the message. */
void carom_mail_note_truncated(const CaromMail *mail, const char *limit);

static inline Entry *
carom_mail_entry(const CaromMail *mail, guint index)
{
	return mail->entries->pdata[index];
}

/* A parameter of the object's Content-Type, or NULL; object may be NULL. */
static inline const char *
carom_mail_object_param(GMimeObject *object, const char *name)
{
	GMimeContentType *type = object ? g_mime_object_get_content_type(object) : NULL;

	return type ? g_mime_content_type_get_parameter(type, name) : NULL;
}

#endif
