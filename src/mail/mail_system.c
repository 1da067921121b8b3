/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/mail_system.h"
#include "mail/address.h"
#include "mail/message_private.h"
#include "base/text.h"

#include <string.h>

/* Where a name counts. */
typedef enum {
	IS_LOCAL,     /* it is the local part */
	IN_LOCAL,     /* it stands anywhere in the local part */
	IN_NAME,      /* it stands in the display name */
	IS_ROLE_ONLY, /* it is the local part of an address that nobody mails to; says nothing of
			 who sent a message */
} Place;

static const struct {
	const char *name;
	Place place;
	CaromSender sender;
	gboolean role; /* as a whole local part: never a recipient */
} names[] = {
	{ "mailer-daemon", IN_LOCAL, CAROM_SENDER_DAEMON, TRUE },
	{ "mailer_daemon", IN_LOCAL, CAROM_SENDER_DAEMON, TRUE },
	{ "mailerdaemon", IN_LOCAL, CAROM_SENDER_DAEMON, TRUE },
	{ "maildaemon", IN_LOCAL, CAROM_SENDER_DAEMON, TRUE },
	{ "mail-daemon", IN_LOCAL, CAROM_SENDER_DAEMON, TRUE },
	{ "mail_daemon", IN_LOCAL, CAROM_SENDER_DAEMON, TRUE },
	{ "mail.delivery", IN_LOCAL, CAROM_SENDER_DAEMON, FALSE },
	{ "mail-delivery", IN_LOCAL, CAROM_SENDER_DAEMON, FALSE },
	{ "maildelivery", IN_LOCAL, CAROM_SENDER_DAEMON, FALSE },
	{ "double-bounce", IN_LOCAL, CAROM_SENDER_DAEMON, TRUE },
	{ "microsoftexchange", IN_LOCAL, CAROM_SENDER_DAEMON, FALSE },
	{ "mailer", IS_LOCAL, CAROM_SENDER_SYSTEM, FALSE },
	{ "mailsystem", IN_LOCAL, CAROM_SENDER_SYSTEM, FALSE },
	{ "mail_service", IN_LOCAL, CAROM_SENDER_SYSTEM, FALSE },
	{ "postmaster", IN_LOCAL, CAROM_SENDER_SYSTEM, TRUE },
	{ "post_master", IN_LOCAL, CAROM_SENDER_SYSTEM, TRUE },
	{ "poostmaster", IN_LOCAL, CAROM_SENDER_SYSTEM, TRUE },
	{ "bounce", IS_LOCAL, CAROM_SENDER_SYSTEM, FALSE },
	{ "bounces", IS_LOCAL, CAROM_SENDER_SYSTEM, FALSE },
	{ "mdaemon", IS_LOCAL, CAROM_SENDER_SYSTEM, FALSE },
	{ "daemon", IS_LOCAL, CAROM_SENDER_SYSTEM, FALSE },
	{ "ndr", IS_LOCAL, CAROM_SENDER_SYSTEM, FALSE },
	{ "dsn", IS_LOCAL, CAROM_SENDER_SYSTEM, FALSE },
	{ "nobody", IS_LOCAL, CAROM_SENDER_MACHINE, FALSE },
	{ "root", IS_LOCAL, CAROM_SENDER_MACHINE, FALSE },
	{ "admin", IN_LOCAL, CAROM_SENDER_MACHINE, FALSE },
	{ "noreply", IN_LOCAL, CAROM_SENDER_MACHINE, FALSE },
	{ "no-reply", IN_LOCAL, CAROM_SENDER_MACHINE, FALSE },
	{ "donotreply", IN_LOCAL, CAROM_SENDER_MACHINE, FALSE },
	{ "system", IN_LOCAL, CAROM_SENDER_MACHINE, FALSE },
	{ "abuse", IS_ROLE_ONLY, CAROM_SENDER_PERSON, TRUE },
	{ "complaints", IS_ROLE_ONLY, CAROM_SENDER_PERSON, TRUE },
	{ "mail deliver", IN_NAME, CAROM_SENDER_DAEMON, FALSE },
	{ "mail.delivery", IN_NAME, CAROM_SENDER_DAEMON, FALSE },
	{ "mailer-daemon", IN_NAME, CAROM_SENDER_DAEMON, FALSE },
	{ "mailer daemon", IN_NAME, CAROM_SENDER_DAEMON, FALSE },
	{ "mailerdaemon", IN_NAME, CAROM_SENDER_DAEMON, FALSE },
	{ "mail-daemon", IN_NAME, CAROM_SENDER_DAEMON, FALSE },
	{ "delivery subsystem", IN_NAME, CAROM_SENDER_DAEMON, FALSE },
	{ "delivery system", IN_NAME, CAROM_SENDER_DAEMON, FALSE },
	{ "ndr administrator", IN_NAME, CAROM_SENDER_DAEMON, FALSE },
	{ "mdaemon", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "delivery service", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "delivery agent", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "postmaster", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "post office", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "system administrator", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "systemadministrator", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "mail administrator", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "mail system", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "mail server", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "mail router", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "message router", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "mail gateway", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "administrador do sistema", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "administrador del sistema", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "administrateur syst", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "amministratore di sistema", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "systeembeheerder", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "administrator systemu", IN_NAME, CAROM_SENDER_SYSTEM, FALSE },
	{ "microsoft outlook", IN_NAME, CAROM_SENDER_MACHINE, FALSE },
};

/* How long the local part of the address is. */
static gsize
local_length(const char *address)
{
	const char *at = strrchr(address, '@');

	return at ? (gsize) (at - address) : strlen(address);
}

static CaromSender
sender_of_address(const char *address)
{
	gsize local = local_length(address);
	CaromSender best = CAROM_SENDER_PERSON;

	for (gsize i = 0; i < G_N_ELEMENTS(names) && local > 0; i++) {
		const char *name = names[i].name;

		if (names[i].sender <= best)
			continue;
		if ((names[i].place == IS_LOCAL && strlen(name) == local &&
		     g_ascii_strncasecmp(address, name, local) == 0) ||
		    (names[i].place == IN_LOCAL && carom_text_find(address, local, name) != NULL))
			best = names[i].sender;
	}
	return best;
}

/* By the display name alone: what stands outside of the angle brackets, or all of a From without an
 * address. */
static CaromSender
sender_of_name(const char *from)
{
	g_autofree char *decoded = carom_mail_header_decode(from);
	char *open = strrchr(decoded, '<'), *close = open ? strchr(open, '>') : NULL;
	CaromSender best = CAROM_SENDER_PERSON;

	if (open != NULL && close != NULL)
		memset(open, ' ', (gsize) (close - open + 1));
	/* "Mail Delivery System via Helpdesk": what passed it on wrote the message */
	if (strstr(decoded, " via ") != NULL)
		return CAROM_SENDER_PERSON;
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].place == IN_NAME && names[i].sender > best &&
		    carom_text_find(decoded, strlen(decoded), names[i].name) != NULL)
			best = names[i].sender;
	return best;
}

static gboolean
has_no_from(const CaromMail *mail)
{
	const char *from = carom_mail_header(mail, "From");

	return from == NULL || *from == '\0' || strcmp(from, "<>") == 0;
}

static CaromSender
sender_of(const CaromMail *mail)
{
	CaromSender by_address, by_name;

	if (has_no_from(mail))
		return carom_mail_system_null_path(mail) ? CAROM_SENDER_SYSTEM
							 : CAROM_SENDER_MACHINE;
	by_address = sender_of_address(carom_mail_from(mail));
	if (by_address == CAROM_SENDER_DAEMON)
		return by_address;
	by_name = sender_of_name(carom_mail_header(mail, "From"));
	return MAX(by_address, by_name);
}

CaromSender
carom_mail_system_sender(const CaromMail *mail)
{
	CaromMailLazy *lazy = mail->lazy;

	if (!lazy->sender_known) {
		lazy->sender = sender_of(mail);
		lazy->sender_known = TRUE;
	}
	return lazy->sender;
}

gboolean
carom_mail_system_null_path(const CaromMail *mail)
{
	const char *sender = carom_mail_sender(mail);

	return sender != NULL &&
	       (*sender == '\0' ||
		carom_text_find(sender, strlen(sender), "mailer-daemon") != NULL ||
		carom_text_find(sender, strlen(sender), "double-bounce@") != NULL);
}

gboolean
carom_mail_system_sent(const CaromMail *mail)
{
	return has_no_from(mail) || carom_mail_system_sender(mail) >= CAROM_SENDER_SYSTEM ||
	       carom_mail_system_null_path(mail) ||
	       carom_mail_system_is_role(carom_mail_from(mail));
}

gboolean
carom_mail_system_maybe_sent(const CaromMail *mail)
{
	return carom_mail_system_sender(mail) > CAROM_SENDER_PERSON ||
	       carom_mail_system_null_path(mail) ||
	       carom_mail_header(mail, "Auto-Submitted") != NULL ||
	       carom_mail_header(mail, "X-Failed-Recipients") != NULL;
}

gboolean
carom_mail_system_is_role(const char *address)
{
	gsize local = local_length(address);

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].role && strlen(names[i].name) == local &&
		    g_ascii_strncasecmp(address, names[i].name, local) == 0)
			return TRUE;
	return FALSE;
}

/* So many addresses of X-Failed-Recipients are read, of all its fields together. */
#define MAX_FAILED_RECIPIENTS 10000

const GPtrArray *
carom_mail_system_failed_recipients(const CaromMail *mail)
{
	CaromMailLazy *lazy = mail->lazy;
	const CaromField *fields;
	gsize n;

	if (lazy->failed_recipients != NULL)
		return lazy->failed_recipients;
	lazy->failed_recipients = g_ptr_array_new_with_free_func(g_free);
	fields = carom_fields_all(carom_mail_headers(mail), &n);
	for (gsize i = 0; i < n; i++) {
		const char *p = fields[i].value, *end = p + strlen(p);

		if (g_ascii_strcasecmp(fields[i].name, "X-Failed-Recipients") != 0)
			continue;
		while (p < end && lazy->failed_recipients->len < MAX_FAILED_RECIPIENTS) {
			char *address = carom_address_find(p, (gsize) (end - p), &p);

			if (address == NULL)
				break;
			g_ptr_array_add(lazy->failed_recipients, address);
		}
	}
	return lazy->failed_recipients;
}
