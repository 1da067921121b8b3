/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can't be, whatever the words of a reply say: the one place where a
 * verdict is held to the stage of the session, to the codes that speak of the
 * sender, and to what is temporary.
 */
#include "config.h"

#include "rules/rules_private.h"

#include <string.h>

/* Whom a reply can mean at all. */
typedef enum {
	ABOUT_ANYBODY,
	ABOUT_SENDER, /* MAIL FROM, x.1.7, x.1.8 */
	ABOUT_HOST,   /* the greeting, HELO, STARTTLS: nobody has been named */
	ABOUT_LOGIN
} About;

static const struct {
	const char *stage;
	About about;
} stages[] = {
	{ "connect", ABOUT_HOST }, { "helo", ABOUT_HOST },   { "tls", ABOUT_HOST },
	{ "auth", ABOUT_LOGIN },   { "mail", ABOUT_SENDER },
};

/* RFC 3463: "bad sender's mailbox address syntax" and "bad sender's system address". */
static gboolean
is_sender_status(const char *status)
{
	return status != NULL &&
	       (strcmp(status + 1, ".1.7") == 0 || strcmp(status + 1, ".1.8") == 0);
}

static About
about(const CaromReply *reply, const CaromVerdict *verdict)
{
	if (is_sender_status(reply->status))
		return ABOUT_SENDER;
	for (gsize i = 0; reply->stage != NULL && i < G_N_ELEMENTS(stages); i++)
		if (strcmp(stages[i].stage, reply->stage) == 0)
			return stages[i].about;
	/* an address that is quoted is less than a stage: it only saves from being dead */
	return reply->of_sender && verdict->class == CAROM_CLASS_HARD ? ABOUT_SENDER
								      : ABOUT_ANYBODY;
}

/* What is left of a verdict on a recipient where none can be meant. */
static CaromCategory
without_recipient(CaromCategory category, About whom)
{
	switch (category) {
	case CAROM_CATEGORY_RECIPIENT_UNKNOWN:
	case CAROM_CATEGORY_RECIPIENT_SYNTAX:
	case CAROM_CATEGORY_RECIPIENT_DISABLED:
	case CAROM_CATEGORY_RECIPIENT_MOVED:
	case CAROM_CATEGORY_RECIPIENT_RESTRICTED:
		if (whom == ABOUT_HOST)
			return CAROM_CATEGORY_IP_REPUTATION;
		return whom == ABOUT_LOGIN ? CAROM_CATEGORY_TLS_REQUIRED
					   : CAROM_CATEGORY_SENDER_REJECTED;
	case CAROM_CATEGORY_DOMAIN_UNKNOWN:
	case CAROM_CATEGORY_DOMAIN_NO_MAIL:
		return CAROM_CATEGORY_SENDER_DNS;
	case CAROM_CATEGORY_DNS_TEMPORARY:
		return whom == ABOUT_SENDER ? CAROM_CATEGORY_SENDER_DNS : category;
	case CAROM_CATEGORY_MAILBOX_FULL:
		return CAROM_CATEGORY_RATE_LIMITED; /* a quota, but no mailbox's */
	default:
		return category;
	}
}

/* What DNS says of a domain has no reply, and often a status that the mail server made up. */
static gboolean
is_temporary(const CaromReply *reply, CaromCategory category)
{
	if (reply->action != NULL && strcmp(reply->action, "delayed") == 0)
		return TRUE;
	if (reply->reply != NULL)
		return reply->reply[0] == '4';
	return reply->status != NULL && reply->status[0] == '4' &&
	       category != CAROM_CATEGORY_DOMAIN_UNKNOWN &&
	       category != CAROM_CATEGORY_DOMAIN_NO_MAIL;
}

void
carom_rules_hold_to_facts(const CaromReply *reply, CaromVerdict *verdict)
{
	About whom = about(reply, verdict);

	if (verdict->category == CAROM_CATEGORY_NONE)
		return;
	if (whom != ABOUT_ANYBODY) {
		CaromCategory left = without_recipient(verdict->category, whom);

		if (left != verdict->category) {
			verdict->category = left;
			verdict->class = carom_report_category_class(left);
		}
	}
	if (verdict->class == CAROM_CLASS_HARD &&
	    (whom != ABOUT_ANYBODY || is_temporary(reply, verdict->category)))
		verdict->class = CAROM_CLASS_SOFT;
}
