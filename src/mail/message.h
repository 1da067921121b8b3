/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message - a bounded MIME reader over GMime
 *
 * Mail is hostile bytes with a length. What goes over a limit is cut, and the
 * name of the limit is told (carom_mail_truncated), so nothing is half
 * understood in silence. GMime's types stay in message*.c.
 *
 * A CaromMail and all it lends belong to one thread. Everything lent lives as
 * long as the mail; texts are valid UTF-8 with LF line ends and no NULs.
 */
#ifndef CAROM_MESSAGE_H
#define CAROM_MESSAGE_H

#include "mail/fields.h"
#include "base/status.h"

#include <glib.h>

typedef struct {
	gsize bytes;  /* of a message that are looked at */
	guint depth;  /* MIME levels that are looked at */
	guint parts;  /* MIME parts that are looked at */
	gsize header; /* bytes of all header fields together */
	gsize text;   /* decoded bytes of one part */
} CaromLimits;

/* The limits that hold where the configuration says nothing else. */
extern const CaromLimits carom_mail_limits_default;

typedef struct CaromMail CaromMail;

typedef struct {
	const char *type; /* "text/plain": lower case, without parameters */
	guint index;      /* its place in the mail's list of parts */
	guint depth;      /* 0 = the message's own body */
	int parent;       /* index of the part that holds it, -1 */
	int message;      /* index of the message/rfc822 part it lies in, -1 = the outer message */
} CaromPart;

/*
 * Reads one message. data is borrowed and must outlive the mail. Never fails
 * for what the bytes are: an empty message has no header and no parts.
 */
CaromMail *carom_mail_open(const char *data, gsize len, const CaromLimits *limits);

void carom_mail_free(CaromMail *mail); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromMail, carom_mail_free)

/*
 * The message that part (message/rfc822, also base64) holds, as a mail of its
 * own; NULL if it holds none. The caller's, and freed before mail, whose bytes it reads.
 */
CaromMail *carom_mail_embedded(const CaromMail *mail, const CaromPart *part);

/* NULL-terminated names of the limits that cut this message, or an empty list. */
const char *const *carom_mail_truncated(const CaromMail *mail);

/* The outer header, and its first field of that name (unfolded, not decoded) or NULL. */
const CaromFields *carom_mail_headers(const CaromMail *mail);
const char *carom_mail_header(const CaromMail *mail, const char *name);

/* The Subject in UTF-8 and the address in From; "" where there is none. */
const char *carom_mail_subject(const CaromMail *mail);
const char *carom_mail_from(const CaromMail *mail);

/*
 * Who sent the mail by its envelope, which the mail itself does not know:
 * "" for the null sender. Copied. Whatever the header says is then void. To be
 * called before anything is asked of the mail.
 */
void carom_mail_set_sender(CaromMail *mail, const char *sender);

/*
 * The envelope sender: "" = the null sender, NULL = not known. For a mail that
 * came without an envelope (a file, a mail within another) it is what the field
 * Return-Path says, which who delivered it has written there.
 */
const char *carom_mail_sender(const CaromMail *mail);

/* A parameter of the outer Content-Type, such as "report-type"; NULL if it has none. */
const char *carom_mail_type_param(const CaromMail *mail, const char *name);

/* The parts in the order of the message, containers included. */
guint carom_mail_n_parts(const CaromMail *mail);
const CaromPart *carom_mail_part(const CaromMail *mail, guint index);

/* The first part of that type that does not lie in a returned message, or NULL. */
const CaromPart *carom_mail_find(const CaromMail *mail, const char *type);

/* The part's content, transfer encoding and character set undone. "" for containers. */
const char *carom_mail_part_text(const CaromMail *mail, const CaromPart *part, gsize *len);

/* A field of the part's own MIME header (unfolded, not decoded), or NULL. */
const char *carom_mail_part_header(const CaromMail *mail, const CaromPart *part, const char *name);

/* The header of the message that part holds: message/rfc822, text/rfc822-headers and their kin.
 * NULL for others. */
const CaromFields *carom_mail_part_message_fields(const CaromMail *mail, const CaromPart *part);

/* What a person reads: the outer text parts one after another; HTML as text where nothing plainer
 * is there. */
const char *carom_mail_text(const CaromMail *mail, gsize *len);

/*
 * FALSE if phrase does not stand in the first CAROM_PHRASE_WITHIN bytes of
 * carom_mail_text, whatever its case; TRUE if it may. It costs a glance, not a
 * search: for parsers, which ask every mail for hundreds of phrases.
 */
#define CAROM_PHRASE_WITHIN (16 * 1024)
gboolean carom_mail_may_say(const CaromMail *mail, const char *phrase);

/* Everything behind the outer header as it came, no decoding, at most limits.text bytes; for broken
 * MIME. */
const char *carom_mail_raw_body(const CaromMail *mail, gsize *len);

/* The header of the returned message that comes as a part of its own, or NULL. */
const CaromFields *carom_mail_returned(const CaromMail *mail);

/* A header value in UTF-8, RFC 2047 words decoded; caller's, NULL for NULL. */
char *carom_mail_header_decode(const char *value);

/* Once per process, before and after everything else in this file. */
void carom_message_init(void);
void carom_message_shutdown(void);

#endif
