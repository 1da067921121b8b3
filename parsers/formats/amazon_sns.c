/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * amazon_sns - Amazon SES events that arrive as mail from Amazon SNS
 *
 * A topic with an e-mail subscription sends the JSON of SES as the text, bare
 * ("Email-JSON" wraps it into an SNS notification whose Message is the JSON as
 * a string, or an object where somebody unwrapped it), followed by a line on how
 * to unsubscribe. notificationType comes
 * from identity notifications, eventType from configuration sets; the members
 * are the same.
 */
#include "config.h"

#include "mail/address.h"
#include "parsers/parser.h"
#include "base/text.h"

#include <jansson.h>
#include <string.h>

/* Where the JSON begins: the text opens with it, or a gateway's banner stands above. NULL if there
 * is none. */
static const char *
find_json(const char *text)
{
	const char *p = text + strspn(text, " \t\n");

	for (guint line = 0; line < 40 && *p != '\0'; line++) {
		if (*p == '{' && (p[1] == '"' || g_ascii_isspace(p[1])))
			return p;
		p += strcspn(p, "\n");
		p += strspn(p, " \t\n");
	}
	return NULL;
}

static int
amazon_sns_probe(const CaromMail *mail)
{
	const char *from = carom_mail_from(mail), *text;
	gsize len;

	if (carom_text_find(from, strlen(from), "sns.amazonaws.com") == NULL &&
	    carom_mail_header(mail, "x-amz-sns-message-type") == NULL &&
	    strcmp(carom_mail_subject(mail), "AWS Notification Message") != 0)
		return 0;
	text = find_json(carom_mail_text(mail, &len));
	return text != NULL && (strstr(text, "notificationType") != NULL ||
				strstr(text, "eventType") != NULL)
		       ? 92
		       : 0;
}

static const char *
string_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name)); /* NULL object is fine */
}

/* The header of the message that was sent, as far as the event has it. */
static CaromFields *
sent_fields(const json_t *sent)
{
	static const struct {
		const char *member, *field;
	} common[] = { { "messageId", "Message-ID" },
		       { "date", "Date" },
		       { "subject", "Subject" } };
	CaromFields *fields = carom_fields_new();
	const json_t *headers = json_object_get(sent, "headers"), *header, *list;
	const char *source = string_of(sent, "source");
	size_t i;

	json_array_foreach(headers, i, header)
	{
		const char *name = string_of(header, "name"), *value = string_of(header, "value");

		if (i < 200 && name != NULL && value != NULL)
			carom_fields_add(fields, name, strlen(name), value, strlen(value));
	}
	list = json_object_get(sent, "commonHeaders");
	for (i = 0; json_array_size(headers) == 0 && i < G_N_ELEMENTS(common); i++) {
		const char *value = string_of(list, common[i].member);

		if (value != NULL)
			carom_fields_add(fields, common[i].field, strlen(common[i].field), value,
					 strlen(value));
	}
	if (source != NULL) {
		if (carom_fields_get(fields, "From") == NULL)
			carom_fields_add(fields, "From", 4, source, strlen(source));
		carom_fields_add(fields, "Return-Path", 11, source, strlen(source));
	}
	return fields;
}

/* "smtp; 550 ..." as RFC 3464 writes it. */
static void
set_diagnostic(CaromReport *out, CaromOutcome *outcome, const char *text)
{
	if (text != NULL && carom_text_has_prefix(text, "smtp;"))
		text += 5;
	if (text != NULL)
		carom_report_outcome_set_diagnostic(out, outcome, text, -1);
}

static CaromOutcome *
add(CaromReport *out, const char *text, CaromAction action)
{
	g_autofree char *address = text ? carom_address_parse(text, -1) : NULL;

	return address ? carom_report_add(out, address, action) : NULL;
}

/*
 * What the types of SES mean (Amazon SES developer guide, "Bounce object" and
 * "DeliveryDelay object"): all that is said where no server was asked.
 */
static const struct {
	const char *type, *words;
} meanings[] = {
	{ "MailboxFull", "the recipient's mailbox is full" },
	{ "MessageTooLarge", "the message is too large" },
	{ "ContentRejected", "the message content was rejected" },
	{ "AttachmentRejected", "the attachment was rejected" },
	{ "CustomTimeoutExceeded", "the message expired" },
	{ "Suppressed",
	  "Amazon SES did not send the message: the address is on its suppression list" },
	{ "OnAccountSuppressionList",
	  "Amazon SES did not send the message: the address is on the suppression list for your "
	  "account" },
	{ "UnsubscribedRecipient",
	  "Amazon SES did not send the message: the recipient has unsubscribed" },
	{ "SpamDetected", "a large amount of unsolicited mail was detected" },
	{ "RecipientServerError", "temporary error of the recipient's server" },
	{ "IPFailure", "the sending IP address is blocked" },
	{ "TransientCommunicationFailure", "the connection failed" },
};

/* What SES says of the outcome by its types alone; what: "Permanent bounce", "delay". */
static void
set_meaning(CaromReport *out, CaromOutcome *outcome, const char *what, const char *type)
{
	const char *words = NULL;
	g_autofree char *said = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++)
		if (strcmp(meanings[i].type, type) == 0)
			words = meanings[i].words;
	said = g_strdup_printf("Amazon SES: %s, %s%s%s", what, type, words ? ": " : "",
			       words ? words : "");
	carom_report_outcome_set_diagnostic(out, outcome, said, -1);
}

/* Bounce and DeliveryDelay: a list of recipients, each with the words of RFC 3464. */
static void
read_failures(CaromReport *out, const json_t *event, const char *list, CaromAction action)
{
	const char *bounce = string_of(event, "bounceType"),
		   *type = string_of(event, bounce ? "bounceSubType" : "delayType");
	g_autofree char *what = bounce ? g_strdup_printf("%s bounce", bounce) : g_strdup("delay");
	const json_t *recipient;
	size_t i;

	json_array_foreach(json_object_get(event, list), i, recipient)
	{
		CaromOutcome *outcome = add(out, string_of(recipient, "emailAddress"), action);
		const char *status = string_of(recipient, "status");

		if (outcome == NULL)
			continue;
		if (status != NULL)
			carom_report_outcome_set_status(out, outcome, status);
		set_diagnostic(out, outcome, string_of(recipient, "diagnosticCode"));
		if (outcome->diagnostic == NULL && (bounce != NULL || type != NULL))
			set_meaning(out, outcome, what, type ? type : "General");
	}
}

static void
read_delivery(CaromReport *out, const json_t *event)
{
	const json_t *recipient;
	size_t i;

	json_array_foreach(json_object_get(event, "recipients"), i, recipient)
	{
		CaromOutcome *outcome =
			add(out, json_string_value(recipient), CAROM_ACTION_DELIVERED);
		const char *reply = string_of(event, "smtpResponse");

		if (outcome == NULL)
			continue;
		set_diagnostic(out, outcome, reply);
		/* "250 2.0.0 Ok": three digits, or it is no reply */
		if (reply == NULL || *reply != '2' || strspn(reply, "0123456789") != 3 ||
		    (reply[3] != ' ' && reply[3] != '-'))
			continue;
		if (outcome->reply == NULL)
			outcome->reply = carom_report_keep(out, reply, 3, 3);
		carom_report_outcome_set_status(out, outcome, reply + 4);
	}
}

/* SES did not send, since somebody had complained long ago: an event of this name, and nobody
 * complained of this message. */
static void
read_suppressed(CaromReport *out, const json_t *event, const char *subtype)
{
	const json_t *recipient;
	size_t i;

	json_array_foreach(json_object_get(event, "complainedRecipients"), i, recipient)
	{
		CaromOutcome *outcome =
			add(out, string_of(recipient, "emailAddress"), CAROM_ACTION_FAILED);

		if (outcome != NULL)
			set_meaning(out, outcome, "complaint", subtype);
	}
}

static void
read_complaint(CaromReport *out, const json_t *event)
{
	const char *type = string_of(event, "complaintFeedbackType"),
		   *subtype = string_of(event, "complaintSubType");
	const json_t *recipient;
	size_t i;

	if (subtype != NULL && strcmp(subtype, "OnAccountSuppressionList") == 0) {
		read_suppressed(out, event, subtype);
		return;
	}
	out->feedback.said = TRUE;
	out->feedback.type = type ? carom_report_keep(out, type, -1, 40) : "abuse";
	out->feedback.user_agent =
		carom_report_keep(out, string_of(event, "userAgent"), -1, CAROM_MAX_TEXT);
	json_array_foreach(json_object_get(event, "complainedRecipients"), i, recipient)
		add(out, string_of(recipient, "emailAddress"), CAROM_ACTION_COMPLAINED);
}

/* TRUE if the preferences opt out of anything. */
static gboolean
opts_out(const json_t *preferences)
{
	const json_t *topic;
	size_t i;

	if (json_is_true(json_object_get(preferences, "unsubscribeAll")))
		return TRUE;
	json_array_foreach(json_object_get(preferences, "topicSubscriptionStatus"), i,
			   topic) if (g_strcmp0(string_of(topic, "subscriptionStatus"), "OptOut") ==
				      0) return TRUE;
	return FALSE;
}

/* SES's own List-Unsubscribe, for whom the message went to; those who subscribe anew come this way
 * too, and are no report. */
static void
read_subscription(CaromReport *out, const json_t *event, const json_t *sent)
{
	const json_t *recipient;
	size_t i;

	if (!opts_out(json_object_get(event, "newTopicPreferences")))
		return;
	json_array_foreach(json_object_get(sent, "destination"), i, recipient)
		add(out, json_string_value(recipient), CAROM_ACTION_UNSUBSCRIBED);
}

/* SES itself refuses (a virus): for all recipients alike. */
static void
read_reject(CaromReport *out, const json_t *event, const json_t *sent)
{
	const json_t *recipient;
	size_t i;

	json_array_foreach(json_object_get(sent, "destination"), i, recipient)
	{
		CaromOutcome *outcome = add(out, json_string_value(recipient), CAROM_ACTION_FAILED);

		if (outcome != NULL)
			set_diagnostic(out, outcome, string_of(event, "reason"));
	}
}

static CaromKind
kind_of(const CaromReport *out)
{
	const CaromOutcome *outcome = out->outcomes->pdata[0];

	if (outcome->action == CAROM_ACTION_COMPLAINED)
		return CAROM_KIND_COMPLAINT;
	if (outcome->action == CAROM_ACTION_UNSUBSCRIBED)
		return CAROM_KIND_UNSUBSCRIBE;
	return carom_report_kind_of_outcomes(out);
}

static void
read_event(CaromReport *out, const json_t *root)
{
	const char *type = string_of(root, "notificationType");
	const json_t *sent = json_object_get(root, "mail"), *event = NULL;

	type = type ? type : string_of(root, "eventType");
	if (type == NULL)
		return;
	if (strcmp(type, "Bounce") == 0)
		read_failures(out, event = json_object_get(root, "bounce"), "bouncedRecipients",
			      CAROM_ACTION_FAILED);
	else if (strcmp(type, "DeliveryDelay") == 0)
		read_failures(out, event = json_object_get(root, "deliveryDelay"),
			      "delayedRecipients", CAROM_ACTION_DELAYED);
	else if (strcmp(type, "Delivery") == 0)
		read_delivery(out, event = json_object_get(root, "delivery"));
	else if (strcmp(type, "Complaint") == 0)
		read_complaint(out, event = json_object_get(root, "complaint"));
	else if (strcmp(type, "Subscription") == 0)
		read_subscription(out, event = json_object_get(root, "subscription"), sent);
	else if (strcmp(type, "Reject") == 0)
		read_reject(out, event = json_object_get(root, "reject"), sent);
	if (out->outcomes->len == 0)
		return;
	if (string_of(event, "reportingMTA") != NULL) {
		const char *mta = string_of(event, "reportingMTA"), *semi = strchr(mta, ';');

		out->reporter = carom_report_keep(out, semi ? semi + 1 : mta, -1, 255);
	} else {
		out->reporter = "Amazon SES";
	}
	carom_report_take_returned(out, sent_fields(sent));
	out->kind = kind_of(out);
}

/* Sendmail breaks lines of more than 990 bytes with "!", a line end and a blank, in the middle of a
 * string. */
static GString *
unbroken(const char *text, gsize len)
{
	GString *whole = g_string_sized_new(len);

	for (const char *p = text, *end = text + len; p < end; p++)
		if (*p == '!' && end - p > 2 && p[1] == '\n' && p[2] == ' ')
			p += 2;
		else
			g_string_append_c(whole, *p);
	return whole;
}

/* The same without the line ends inside of strings, which a relay put where a line was too long for
 * it: JSON has none there. */
static GString *
unwrapped(const GString *text)
{
	GString *whole = g_string_sized_new(text->len);
	gboolean quoted = FALSE;

	for (gsize i = 0; i < text->len; i++) {
		char c = text->str[i];

		if (c == '\\' && quoted && i + 1 < text->len) {
			g_string_append_c(whole, c);
			c = text->str[++i];
		} else if (c == '"') {
			quoted = !quoted;
		}
		if (c != '\n' || !quoted)
			g_string_append_c(whole, c);
	}
	return whole;
}

/* The JSON object that opens the text, whatever follows it; NULL if none does. Caller's. */
static json_t *
read_object(const char *text, gsize len)
{
	g_autoptr(GString) plain = unbroken(text, len), whole = NULL;
	json_t *root = json_loadb(plain->str, plain->len, JSON_DISABLE_EOF_CHECK, NULL);

	if (root == NULL && strchr(plain->str, '\n') != NULL) {
		whole = unwrapped(plain);
		root = json_loadb(whole->str, whole->len, JSON_DISABLE_EOF_CHECK, NULL);
	}
	return root;
}

static CaromStatus
amazon_sns_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len), *json = find_json(text), *message;
	json_t *root = json ? read_object(json, len - (gsize) (json - text)) : NULL;
	json_t *event = json_object_get(root, "Message");

	/* the whole message as a string of the notification, or as an object of it */
	message = json_string_value(event);
	if (message != NULL)
		event = read_object(message, strlen(message));
	else if (event != NULL)
		json_incref(event);
	read_event(out, event ? event : root);
	json_decref(event);
	json_decref(root);
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "amazon_sns: no event with recipients");
	return CAROM_OK;
}

const CaromParser carom_parser_amazon_sns = {
	.name = "amazon_sns",
	.reference = "Amazon SES notification and event publishing contents, by SNS e-mail",
	.probe = amazon_sns_probe,
	.parse = amazon_sns_parse,
};
