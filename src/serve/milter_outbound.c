/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/milter_outbound.h"
#include "config/scope.h"
#include "config/sender_scope.h"
#include "mail/address.h"
#include "base/log.h"
#include "base/network.h"
#include "intake/resolve.h"
#include "base/text.h"

#include <string.h>

#define MAX_CAMPAIGN 998 /* octets of a Feedback-ID or List-Id, as a report keeps them */

typedef struct {
	CaromMilterSession base;
	gboolean sees_header; /* as it was negotiated */
	/* of the message under way */
	GPtrArray *written; /* for each of base.ours, how the client wrote it; char * */
	char *account, *stream;
	gboolean header_counts;      /* this client's word is taken */
	guint named;                 /* fields that name an account so far */
	char *named_scope;           /* the value of the first that counts */
	char *named_wrongly;         /* why they can't be followed */
	gboolean unsubscribes;       /* the message has a List-Unsubscribe of its own */
	char *feedback_id, *list_id; /* of the message, clean; NULL: it has none */
} Session;

static CaromGuard *
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

	g_clear_pointer(&s->account, g_free);
	g_clear_pointer(&s->stream, g_free);
	g_clear_pointer(&s->named_scope, g_free);
	g_clear_pointer(&s->named_wrongly, g_free);
	s->named = 0;
	s->header_counts = FALSE;
	s->unsubscribes = FALSE;
	g_clear_pointer(&s->feedback_id, g_free);
	g_clear_pointer(&s->list_id, g_free);
	g_clear_pointer(&s->written, g_ptr_array_unref);
}

static void
set_scope(Session *s, const char *scope)
{
	g_free(s->account);
	g_free(s->stream);
	carom_scope_split(scope, &s->account, &s->stream);
}

/* A header that counts may say otherwise later. */
static void
find_scope(Session *s)
{
	const CaromConfig *config = config_of(s);
	const char *login = smfi_getsymval(s->base.context, (char *) "{auth_authen}");
	const char *scope = carom_sender_scope(config, login, s->base.client, s->base.sender);

	set_scope(s, scope ? scope : "");
	s->header_counts =
		s->sees_header && *config->outbound.account_header != '\0' &&
		(carom_text_in_list(config->outbound.account_header_logins, login) ||
		 carom_network_has(config->outbound.account_header_networks, s->base.client));
}

static void
on_mail(CaromMilterSession *session)
{
	find_scope((Session *) session);
}

/* While nobody can say who is suppressed: as the stream is configured. */
static gboolean
lets_through(const Session *s)
{
	g_autofree char *scope = carom_scope_name(s->account, s->stream);
	g_autofree char *lower = g_ascii_strdown(scope, -1);
	const char *choice = g_hash_table_lookup(config_of(s)->away, lower);

	return choice ? strcmp(choice, "open") == 0 : !config_of(s)->outbound.fail_closed;
}

static void
log_refusal(const char *queue_id, const char *what, const Session *s, const char *address,
	    const char *reason)
{
	g_autofree char *printable = carom_text_printable(address, 200);

	carom_log(CAROM_LOG_INFO, "%s: %s: to=<%s>, account=%s, stream=%s, reason=suppressed (%s)",
		  queue_id, what, printable, s->account, s->stream, reason);
}

static sfsistat
refuse_unchecked(Session *s, const char *queue_id, const char *address, const GError *error)
{
	g_autofree char *printable = carom_text_printable(address, 200);

	carom_log(CAROM_LOG_WARNING, "%s: put off: to=<%s>, account=%s, stream=%s: %s", queue_id,
		  printable, s->account, s->stream, error ? error->message : "");
	return carom_milter_session_refuse(
		&s->base, "451", "4.3.0",
		"nobody can say whether this recipient is suppressed, try again later");
}

/*
 * The address that Postfix makes of what the client wrote, and mails: without a
 * source route, a bang path swapped. The caller's; what the client wrote, where
 * Postfix tells none.
 */
static char *
rewritten(const Session *s, const char *written)
{
	const char *told = smfi_getsymval(s->base.context, (char *) "{rcpt_addr}");

	return g_strdup(told != NULL && strchr(told, '@') != NULL ? told : written);
}

/*
 * Asks for both spellings: a suppressed address is not mailed, whichever of
 * them names it. Statuses and *reason as carom_guard_suppressed().
 */
static CaromStatus
ask(const Session *s, const char *written, const char *mailed, const char *account,
    const char *stream, char **reason, GError **err)
{
	CaromStatus status =
		carom_guard_suppressed(daemon_of(s), mailed, account, stream, reason, err);

	if (status != CAROM_ABSENT || strcmp(written, mailed) == 0)
		return status;
	return carom_guard_suppressed(daemon_of(s), written, account, stream, reason, err);
}

/*
 * Where a header may still name the account, only what holds for all accounts
 * can be refused here: on_end() asks again when it is known.
 */
static sfsistat
on_rcpt(CaromMilterSession *session, char **address)
{
	Session *s = (Session *) session;
	const char *account = s->header_counts ? "" : s->account;
	const char *stream = s->header_counts ? "" : s->stream;
	g_autofree char *reason = NULL, *mailed = rewritten(s, *address);
	g_autoptr(GError) error = NULL;
	CaromStatus status = ask(s, *address, mailed, account, stream, &reason, &error);

	if (status == CAROM_OK) {
		g_autofree char *text = g_strdup_printf("%s is suppressed: %s", *address, reason);

		log_refusal("NOQUEUE", "reject", s, *address, reason);
		return carom_milter_session_refuse(session, "550", "5.7.1", text);
	}
	if (status != CAROM_ABSENT && !s->header_counts && !lets_through(s))
		return refuse_unchecked(s, "NOQUEUE", *address, error);
	if (s->written == NULL)
		s->written = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(s->written, g_steal_pointer(address));
	g_ptr_array_add(session->ours, g_steal_pointer(&mailed));
	return SMFIS_CONTINUE;
}

/* ---- header fields ---- */

/* Of a field that is there twice the first counts, as in a report. */
static void
keep_campaign(char **field, const char *value)
{
	if (*field == NULL)
		*field = carom_text_clean(value, -1, MAX_CAMPAIGN);
}

static void
on_header(CaromMilterSession *session, const char *name, const char *value)
{
	Session *s = (Session *) session;
	const char *wanted = config_of(s)->outbound.account_header, *wrong;
	g_autofree char *scope = NULL;

	s->unsubscribes |= g_ascii_strcasecmp(name, "List-Unsubscribe") == 0;
	if (config_of(s)->outbound.campaigns && g_ascii_strcasecmp(name, "Feedback-ID") == 0)
		keep_campaign(&s->feedback_id, value);
	else if (config_of(s)->outbound.campaigns && g_ascii_strcasecmp(name, "List-Id") == 0)
		keep_campaign(&s->list_id, value);
	if (g_ascii_strcasecmp(name, wanted) != 0)
		return;
	s->named++;
	if (!s->header_counts || s->named_wrongly != NULL)
		return;
	scope = g_strstrip(g_strdup(value));
	wrong = carom_scope_problem(scope);
	if (wrong == NULL && s->named_scope != NULL && strcmp(s->named_scope, scope) != 0)
		wrong = "is there twice and says two things";
	if (wrong != NULL)
		s->named_wrongly = g_strdup_printf("%s %s", wanted, wrong);
	else if (s->named_scope == NULL)
		s->named_scope = g_steal_pointer(&scope);
}

/* All are suppressed: a refusal, as at RCPT. */
static sfsistat
refuse_all(Session *s, const char *queue_id, const GPtrArray *reasons)
{
	g_autofree char *text = g_strdup_printf(
		"%s%s is suppressed: %s",
		s->base.ours->len > 1 ? "no recipient may be mailed; " : "",
		(const char *) s->base.ours->pdata[0], (const char *) reasons->pdata[0]);

	for (guint i = 0; i < s->base.ours->len; i++)
		log_refusal(queue_id, "reject", s, s->base.ours->pdata[i], reasons->pdata[i]);
	return carom_milter_session_refuse(&s->base, "550", "5.7.1", text);
}

/* Some are suppressed: the others get their mail. What can't be taken out must not be mailed. */
static sfsistat
remove_some(Session *s, const char *queue_id, const GPtrArray *reasons)
{
	for (guint i = s->base.ours->len; i-- > 0;) {
		if (reasons->pdata[i] == NULL)
			continue;
		if (!carom_milter_session_remove(&s->base, s->base.ours->pdata[i]))
			return carom_milter_session_refuse(
				&s->base, "451", "4.3.0",
				"a suppressed recipient can't be removed");
		log_refusal(queue_id, "removed", s, s->base.ours->pdata[i], reasons->pdata[i]);
		g_ptr_array_remove_index(s->base.ours, i);
		g_ptr_array_remove_index(s->written, i);
	}
	return SMFIS_CONTINUE;
}

/* Asks about all recipients, now that account and stream are known. */
static sfsistat
check_recipients(Session *s, const char *queue_id)
{
	g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(g_free);
	guint suppressed = 0;

	for (guint i = 0; i < s->base.ours->len; i++) {
		g_autoptr(GError) error = NULL;
		char *reason;
		CaromStatus status = ask(s, s->written->pdata[i], s->base.ours->pdata[i],
					 s->account, s->stream, &reason, &error);

		g_ptr_array_add(reasons, reason);
		suppressed += status == CAROM_OK;
		if (status != CAROM_OK && status != CAROM_ABSENT && !lets_through(s))
			return refuse_unchecked(s, queue_id, s->base.ours->pdata[i], error);
	}
	if (suppressed == 0)
		return SMFIS_CONTINUE;
	return suppressed == s->base.ours->len ? refuse_all(s, queue_id, reasons)
					       : remove_some(s, queue_id, reasons);
}

/* SMFIS_CONTINUE: account and stream are those that the header names, if it names any, and the
 * recipients who are left may be mailed. */
static sfsistat
follow_header(Session *s, const char *queue_id)
{
	if (!s->header_counts)
		return SMFIS_CONTINUE;
	if (s->named_wrongly != NULL) {
		carom_log(CAROM_LOG_WARNING, "%s: reject: client=%s, reason=%s", queue_id,
			  s->base.client, s->named_wrongly);
		return carom_milter_session_refuse(&s->base, "550", "5.7.1", s->named_wrongly);
	}
	if (s->named_scope != NULL)
		set_scope(s, s->named_scope);
	return check_recipients(s, queue_id);
}

/* Whoever wrote it: the next host could be one that believes it. From the last to the first, since
 * each that goes renumbers those behind it. */
static void
take_header_out(const Session *s)
{
	const CaromConfig *config = config_of(s);

	for (guint i = config->outbound.account_header_keep ? 0 : s->named; i > 0; i--)
		smfi_chgheader(s->base.context, config->outbound.account_header, (int) i, NULL);
}

/* ---- what goes out ---- */

/* A token, whose row has the account. Where one with the stream's number is too long, it goes
 * without. */
static CaromStatus
token_address(const Session *s, const CaromVerpSettings *settings, guint stream, char **out,
	      GError **err)
{
	const char *base = config_of(s)->outbound.return_address;
	g_autofree char *token = NULL;
	guint64 id;
	CaromStatus status =
		carom_guard_address_id(daemon_of(s), s->base.ours->pdata[0], s->account, &id, err);

	if (status == CAROM_OK)
		status = carom_verp_token(settings, id, stream, carom_verp_today(), &token, err);
	if (status != CAROM_OK)
		return status;
	status = carom_verp_write_token(settings, base, token, out,
					stream > CAROM_VERP_SHORT_STREAM ? NULL : err);
	return status == CAROM_MALFORMED && stream > CAROM_VERP_SHORT_STREAM
		       ? token_address(s, settings, 0, out, err)
		       : status;
}

/* The signed return address for the one recipient: address form, or a token where that can't carry
 * it. Both bring account and stream back. */
static CaromStatus
signed_address(const Session *s, char **out, GError **err)
{
	CaromVerpSettings settings = carom_milter_session_verp(&s->base);
	const char *recipient = s->base.ours->pdata[0];
	guint stream;
	CaromStatus status = carom_guard_stream_number(daemon_of(s), config_of(s), s->account,
						       s->stream, &stream, err);

	if (status != CAROM_OK)
		return status;
	if (s->base.xverp)
		settings.reserve = (guint) strlen(recipient) + 1; /* Postfix will put it there */
	status = carom_verp_write(&settings, config_of(s)->outbound.return_address, recipient,
				  stream, carom_verp_today(), out, NULL);
	return status == CAROM_MALFORMED ? token_address(s, &settings, stream, out, err) : status;
}

/* Bulk mail and its return address are the sender's business; an unsigned bounce is better than
 * none, so failures only get logged. */
static void
sign_return_address(Session *s)
{
	g_autofree char *address = NULL, *path = NULL;
	g_autoptr(GError) error = NULL;

	if (*config_of(s)->outbound.return_address == '\0' ||
	    s->base.snapshot->known->keys == NULL || s->base.ours->len != 1 ||
	    *s->base.sender == '\0')
		return;
	if (signed_address(s, &address, &error) != CAROM_OK) {
		carom_log(CAROM_LOG_WARNING, "the return address is not signed: %s",
			  error ? error->message : "");
		return;
	}
	path = g_strdup_printf("<%s>", address);
	smfi_chgfrom(s->base.context, path, NULL);
	smfi_addheader(s->base.context, (char *) CAROM_TOKEN_HEADER, address);
}

/* A token that names the one recipient and the stream. */
static CaromStatus
unsubscribe_token(const Session *s, char **out, GError **err)
{
	const CaromVerpSettings settings = carom_milter_session_verp(&s->base);
	guint stream;
	guint64 id;
	CaromStatus status = carom_guard_stream_number(daemon_of(s), config_of(s), s->account,
						       s->stream, &stream, err);

	if (status == CAROM_OK)
		status = carom_guard_address_id(daemon_of(s), s->base.ours->pdata[0], s->account,
						&id, err);
	return status == CAROM_OK
		       ? carom_verp_token(&settings, id, stream, carom_verp_today(), out, err)
		       : status;
}

/*
 * One click of whoever was mailed, and no more of this stream (RFC 8058). Both
 * fields are to be signed, so the DKIM signer comes after. A message that has a way
 * of its own keeps that; with several recipients nobody could say whose click it was.
 */
static void
add_unsubscribe(const Session *s)
{
	const CaromConfig *config = config_of(s);
	g_autofree char *scope =
		carom_scope_name(s->account ? s->account : "", s->stream ? s->stream : "");
	g_autofree char *token = NULL, *value = NULL;
	g_autoptr(GError) error = NULL;

	if (*config->outbound.unsubscribe_url == '\0' || s->unsubscribes ||
	    s->base.snapshot->known->keys == NULL || s->base.ours->len != 1 ||
	    !carom_text_in_list(config->outbound.unsubscribe_streams, scope))
		return;
	if (unsubscribe_token(s, &token, &error) != CAROM_OK) {
		carom_log(CAROM_LOG_WARNING, "no List-Unsubscribe is added: %s",
			  error ? error->message : "");
		return;
	}
	value = g_strdup_printf("<%s%s>", config->outbound.unsubscribe_url, token);
	smfi_addheader(s->base.context, (char *) "List-Unsubscribe", value);
	smfi_addheader(s->base.context, (char *) "List-Unsubscribe-Post",
		       (char *) "List-Unsubscribe=One-Click");
}

static void
count_recipients(const Session *s)
{
	const CaromProviders *providers = s->base.snapshot->known->knowledge->providers;
	CaromCounted what = { .account = s->account,
			      .stream = s->stream,
			      .feedback_id = s->feedback_id,
			      .list_id = s->list_id,
			      .ip = carom_sender_scope_ip(config_of(s), s->account, s->stream) };

	for (guint i = 0; i < s->base.ours->len; i++) {
		const char *domain = carom_address_domain(s->base.ours->pdata[i]);

		what.provider = carom_provider_of(providers, domain, NULL, NULL);
		carom_guard_count(daemon_of(s), &what);
	}
}

static sfsistat
on_end(CaromMilterSession *session, const char *queue_id)
{
	Session *s = (Session *) session;
	sfsistat answer = follow_header(s, queue_id ? queue_id : "NOQUEUE");

	if (answer != SMFIS_CONTINUE)
		return answer;
	take_header_out(s);
	add_unsubscribe(s);
	sign_return_address(s);
	count_recipients(s);
	return SMFIS_ACCEPT;
}

static unsigned long
negotiate(CaromMilterSession *session, const CaromConfig *config)
{
	Session *s = (Session *) session;

	s->sees_header = *config->outbound.account_header != '\0' ||
			 *config->outbound.unsubscribe_url != '\0' || config->outbound.campaigns;
	return SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NOEOH | SMFIP_NOBODY | SMFIP_NODATA |
	       SMFIP_NR_CONN | (s->sees_header ? SMFIP_NR_HDR : SMFIP_NOHDRS);
}

const CaromMilterRole carom_milter_outbound = {
	.session_size = sizeof(Session),
	.actions = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT | SMFIF_CHGFROM,
	.negotiate = negotiate,
	.reset = reset,
	.mail = on_mail,
	.rcpt = on_rcpt,
	.header = on_header,
	.end = on_end,
};
