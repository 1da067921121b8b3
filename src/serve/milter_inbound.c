/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/milter_inbound.h"
#include "mail/address.h"
#include "base/log.h"
#include "base/text.h"
#include "serve/incoming.h"
#include "store/addresses.h"

#include <string.h>

/* What filters behind us can go by, where it is asked for. */
enum { MARK_RECORDED, MARK_KIND, MARK_CATEGORY, MARK_CLASS, MARK_RECIPIENT, N_MARKS };
static const char *const mark_fields[N_MARKS] = { "X-Carom-Recorded", "X-Carom-Kind",
						  "X-Carom-Category", "X-Carom-Class",
						  "X-Carom-Recipient" };

typedef struct {
	CaromMilterSession base;
	gboolean marks; /* as it was negotiated: all mail passes its header */
	/* of the message under way */
	guint others; /* recipients of somebody else */
	CaromIncoming incoming;
	guint brought[N_MARKS];   /* such fields that were there already */
	GPtrArray *said[N_MARKS]; /* what ours will say; static strings */
} Session;

static const CaromMilterInbound *
daemon_of(const Session *s)
{
	return s->base.daemon;
}

static const CaromConfig *
config_of(const Session *s)
{
	return s->base.snapshot->known->config;
}

static void
reset(CaromMilterSession *session)
{
	Session *s = (Session *) session;

	carom_incoming_clear(&s->incoming);
	s->others = 0;
	for (guint i = 0; i < N_MARKS; i++) {
		s->brought[i] = 0;
		g_clear_pointer(&s->said[i], g_ptr_array_unref);
	}
}

static void
on_mail(CaromMilterSession *session)
{
	Session *s = (Session *) session;

	carom_incoming_begin(&s->incoming, daemon_of(s)->intake->budget,
			     config_of(s)->limits.bytes);
	for (guint i = 0; i < N_MARKS; i++)
		s->said[i] = g_ptr_array_new();
}

/* ---- RCPT ---- */

/* Whether a token that holds names somebody. While nobody can say, it does: what is recorded says
 * in the end whether it did. */
static gboolean
names_nobody(const Session *s, const CaromVerp *verp)
{
	g_autoptr(GError) error = NULL;
	CaromStatus status;

	if (verp->recipient != NULL)
		return FALSE;
	status = carom_addresses_known(carom_pool_store(daemon_of(s)->pool), verp->address_id,
				       &error);
	if (status != CAROM_OK && status != CAROM_ABSENT)
		carom_log(CAROM_LOG_WARNING, "a token is taken without being looked up: %s",
			  error ? error->message : carom_status_name(status));
	return status == CAROM_ABSENT;
}

/* Why a return address is refused: the words for the log, and what the client is told. */
typedef struct {
	const char *action, *log, *code, *status, *reply;
} Refusal;

enum { FORGED, UNKNOWN, EXPIRED, JUST_EXPIRED, FUTURE };
/* clang-format off */
static const Refusal refusals[] = {
	[FORGED] = { "reject", "forged", "550", "5.1.1",
		     "this return address was never ours" },
	[UNKNOWN] = { "reject", "unknown", "550", "5.1.1",
		      "this return address names nobody whom we mailed" },
	[EXPIRED] = { "reject", "expired", "550", "5.1.1",
		      "this return address has expired" },
	[JUST_EXPIRED] = { "put off", "expired", "451", "4.1.1",
			   "this return address has just expired" },
	[FUTURE] = { "put off", "future", "451", "4.1.1",
		     "this return address is of a day that has not come" },
};
/* clang-format on */

/*
 * An address whose signature holds, and whose day does not. Either the day is
 * long past, or this clock or the one of who signed it is wrong: nobody else
 * can sign. A report that is refused for good is gone, and one that is put off
 * comes again for days. So a day to come is put off always, and one that is too
 * long ago until twice the lifetime has passed: a clock that is fast by less
 * than the lifetime loses nothing.
 */
static const Refusal *
refusal_of_day(gint day, gint today, gint lifetime)
{
	if (day > today)
		return &refusals[FUTURE];
	return &refusals[today - day > 2 * lifetime ? EXPIRED : JUST_EXPIRED];
}

/* NULL: it is taken. */
static const Refusal *
refusal_of(const Session *s, const char *address)
{
	const CaromVerpSettings settings = carom_milter_session_verp(&s->base);
	const gint today = carom_verp_today();
	CaromVerp verp = { 0 };
	const Refusal *refusal = NULL;

	switch (carom_verp_read(address, &settings, today, &verp)) {
	case CAROM_VERP_FORGED:
		refusal = &refusals[FORGED];
		break;
	case CAROM_VERP_EXPIRED:
		refusal = refusal_of_day(verp.day, today, settings.lifetime);
		break;
	case CAROM_VERP_SIGNED:
		refusal = names_nobody(s, &verp) ? &refusals[UNKNOWN] : NULL;
		break;
	case CAROM_VERP_NONE:
	case CAROM_VERP_CLASSIC:
		break;
	}
	carom_verp_clear(&verp);
	return refusal;
}

/* A signed address that doesn't hold is refused before it costs anything. */
static sfsistat
check_signature(Session *s, const char *address)
{
	const Refusal *refusal = refusal_of(s, address);
	g_autofree char *printable = carom_text_printable(address, 200);

	if (refusal == NULL)
		return SMFIS_CONTINUE;
	carom_log(refusal == &refusals[FUTURE] ? CAROM_LOG_WARNING : CAROM_LOG_INFO,
		  "NOQUEUE: %s: to=<%s>, client=%s, reason=%s return address", refusal->action,
		  printable, s->base.client, refusal->log);
	return carom_milter_session_refuse(&s->base, refusal->code, refusal->status,
					   refusal->reply);
}

static sfsistat
on_rcpt(CaromMilterSession *session, char **address)
{
	Session *s = (Session *) session;
	const CaromConfig *config = config_of(s);
	sfsistat answer;

	if (!carom_text_in_list(config->bounce.domains, carom_address_domain(*address)) &&
	    !carom_text_in_list(config->bounce.addresses, *address)) {
		s->others++;
		return SMFIS_CONTINUE;
	}
	answer = check_signature(s, *address);
	if (answer == SMFIS_CONTINUE)
		g_ptr_array_add(session->ours, g_steal_pointer(address));
	return answer;
}

/* ---- the message ---- */

/* Nothing of it is for us: no header and no byte of its body need pass here, unless its header may
 * say what only we may say. */
static sfsistat
on_data(CaromMilterSession *session)
{
	return session->ours->len > 0 || ((Session *) session)->marks ? SMFIS_CONTINUE
								      : SMFIS_ACCEPT;
}

static void
on_header(CaromMilterSession *session, const char *name, const char *value)
{
	Session *s = (Session *) session;

	for (guint i = 0; i < N_MARKS; i++)
		s->brought[i] += g_ascii_strcasecmp(name, mark_fields[i]) == 0;
	if (session->ours->len == 0)
		return;
	carom_incoming_add(&s->incoming, name, strlen(name));
	carom_incoming_add(&s->incoming, ":", 1);
	/* with its leading space: SMFIP_HDR_LEADSPC */
	carom_incoming_add(&s->incoming, value, strlen(value));
	carom_incoming_add(&s->incoming, "\n", 1);
}

static gboolean
brought_any(const Session *s)
{
	for (guint i = 0; i < N_MARKS; i++)
		if (s->brought[i] > 0)
			return TRUE;
	return FALSE;
}

static sfsistat
on_header_end(CaromMilterSession *session)
{
	Session *s = (Session *) session;

	if (session->ours->len == 0 && !brought_any(s))
		return SMFIS_ACCEPT;
	carom_incoming_add(&s->incoming, "\n", 1);
	return SMFIS_CONTINUE;
}

static void
on_body(CaromMilterSession *session, const char *chunk, gsize len)
{
	if (session->ours->len > 0)
		carom_incoming_add(&((Session *) session)->incoming, chunk, len);
}

/* ---- marks ---- */

static gboolean
is_marking(const CaromConfig *config)
{
	return config->inbound.headers && !config->inbound.discard;
}

/* value is static; NULL says nothing. Each is said once, however many outcomes it is true of. */
static void
say(Session *s, guint mark, const char *value)
{
	if (value != NULL &&
	    !g_ptr_array_find_with_equal_func(s->said[mark], value, g_str_equal, NULL))
		g_ptr_array_add(s->said[mark], (gpointer) value);
}

/* All words are ours, and there are few of them: nothing that a stranger wrote gets into a field.
 */
static void
say_report(Session *s, const CaromReport *report)
{
	say(s, MARK_RECORDED, "yes");
	say(s, MARK_KIND, carom_report_kind_name(report->kind));
	for (guint i = 0; i < report->outcomes->len; i++) {
		const CaromOutcome *o = report->outcomes->pdata[i];

		say(s, MARK_CATEGORY, carom_report_category_name(o->category));
		say(s, MARK_CLASS, carom_report_class_name(o->class));
		say(s, MARK_RECIPIENT,
		    o->confidence == CAROM_CONFIDENCE_NONE || o->confidence == CAROM_GUESSED
			    ? "unknown"
			    : "known");
	}
}

/* In with our fields; and out with those that were there, of whatever mail: who writes to us could
 * have a filter behind us take it for our word. */
static void
mark(const Session *s)
{
	for (guint i = 0; i < N_MARKS; i++) {
		g_autoptr(GString) value = g_string_new(NULL);

		for (guint n = s->brought[i]; n > 0; n--)
			smfi_chgheader(s->base.context, (char *) mark_fields[i], (int) n, NULL);
		for (guint v = 0; v < s->said[i]->len; v++)
			g_string_append_printf(value, "%s%s", v ? ", " : " ",
					       (const char *) s->said[i]->pdata[v]);
		if (value->len > 0)
			smfi_addheader(s->base.context, (char *) mark_fields[i], value->str);
	}
}

/* ---- the end ---- */

/* What is recorded goes no further, but only for our recipients. */
static sfsistat
end_recorded(Session *s)
{
	if (!config_of(s)->inbound.discard)
		return SMFIS_ACCEPT;
	if (s->others == 0)
		return SMFIS_DISCARD;
	for (guint i = 0; i < s->base.ours->len; i++)
		carom_milter_session_remove(&s->base, s->base.ours->pdata[i]);
	return SMFIS_ACCEPT;
}

static CaromStatus
take_for(Session *s, const char *recipient, const char *queue_id)
{
	/* an address we aren't told is unknown, not "none" */
	const CaromEnvelope envelope = { .recipient = recipient,
					 .sender = s->base.sender,
					 .queue_id = queue_id,
					 .is_before_queue = TRUE,
					 .client_address =
						 *s->base.client ? s->base.client : NULL };
	const CaromBytes message = { s->incoming.data, s->incoming.len, s->incoming.size };
	g_autoptr(CaromReport) report = NULL;
	g_autoptr(GError) error = NULL; /* it is logged already */
	CaromStatus status = carom_daemon_intake_take(daemon_of(s)->intake, &envelope, &message,
						      &report, &error);

	if (status == CAROM_OK && is_marking(config_of(s)))
		say_report(s, report);
	return status;
}

static sfsistat
on_end(CaromMilterSession *session, const char *queue_id)
{
	Session *s = (Session *) session;

	if (s->incoming.crowded) {
		carom_log(CAROM_LOG_WARNING, "%s: put off: too much mail comes in at once",
			  queue_id ? queue_id : "NOQUEUE");
		return carom_milter_session_refuse(session, "452", "4.3.1",
						   "too much mail comes in at once, try again");
	}
	for (guint i = 0; i < session->ours->len; i++)
		if (take_for(s, session->ours->pdata[i], queue_id) != CAROM_OK)
			return carom_milter_session_refuse(session, "451", "4.3.0",
							   "not recorded, try again later");
	if (is_marking(config_of(s)))
		mark(s);
	return session->ours->len > 0 ? end_recorded(s) : SMFIS_ACCEPT;
}

static unsigned long
negotiate(CaromMilterSession *session, const CaromConfig *config)
{
	Session *s = (Session *) session;

	s->marks = is_marking(config);
	return SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NR_CONN | SMFIP_NR_HDR |
	       (s->marks ? 0 : SMFIP_NR_EOH) | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC;
}

const CaromMilterRole carom_milter_inbound = {
	.session_size = sizeof(Session),
	.actions = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT,
	.negotiate = negotiate,
	.reset = reset,
	.mail = on_mail,
	.rcpt = on_rcpt,
	.data = on_data,
	.header = on_header,
	.header_end = on_header_end,
	.body = on_body,
	.end = on_end,
};
