/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/milter.h"
#include "config/scope.h"
#include "mail/address.h"
#include "base/log.h"
#include "serve/milter_session.h"
#include "base/network.h"
#include "intake/resolve.h"
#include "base/text.h"

#include <string.h>

/* libmilter has one registration a process, so one role runs in one process. */
static CaromSnapshots *snapshots;
static CaromOutbound *outbound;

typedef struct {
	CaromMilterSession base;
	gboolean sees_header; /* as it was negotiated */
	/* of the message under way */
	char *account, *stream;
	gboolean header_counts; /* this client's word is taken */
	guint named;            /* fields that name an account so far */
	char *named_scope;      /* the value of the first that counts */
	char *named_wrongly;    /* why they can't be followed */
} Session;

static void
reset(Session *s)
{
	carom_milter_session_reset(&s->base);
	g_clear_pointer(&s->account, g_free);
	g_clear_pointer(&s->stream, g_free);
	g_clear_pointer(&s->named_scope, g_free);
	g_clear_pointer(&s->named_wrongly, g_free);
	s->named = 0;
	s->header_counts = FALSE;
}

static Session *
session_of(SMFICTX *ctx)
{
	Session *s = smfi_getpriv(ctx);

	if (s == NULL) {
		s = g_new0(Session, 1);
		carom_milter_session_init(&s->base);
		smfi_setpriv(ctx, s);
	}
	return s;
}

static sfsistat
on_connect(SMFICTX *ctx, char *hostname, _SOCK_ADDR *address)
{
	(void) hostname;
	carom_milter_session_connect(&session_of(ctx)->base, address);
	return SMFIS_CONTINUE;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	reset(session_of(ctx));
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	Session *s = smfi_getpriv(ctx);

	if (s == NULL)
		return SMFIS_CONTINUE;
	reset(s);
	carom_milter_session_clear(&s->base);
	g_free(s);
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

static void
set_scope(Session *s, const char *scope)
{
	g_free(s->account);
	g_free(s->stream);
	carom_scope_split(scope, &s->account, &s->stream);
}

/* "acme/newsletter" by SASL login, by client address, by envelope sender: what is hardest to forge
 * first. A header that counts may say otherwise later. */
static void
find_scope(SMFICTX *ctx, Session *s)
{
	const CaromConfig *config = s->base.snapshot->known->config;
	const char *login = smfi_getsymval(ctx, (char *) "{auth_authen}");
	g_autofree char *lower_login = login ? g_ascii_strdown(login, -1) : NULL;
	g_autofree char *lower_sender = g_ascii_strdown(s->base.sender, -1);
	const char *scope = lower_login ? g_hash_table_lookup(config->logins, lower_login) : NULL;

	if (scope == NULL)
		scope = g_hash_table_lookup(config->clients, s->base.client);
	if (scope == NULL)
		scope = g_hash_table_lookup(config->senders, lower_sender);
	set_scope(s, scope ? scope : "");
	s->header_counts =
		s->sees_header && *config->outbound.account_header != '\0' &&
		(carom_text_in_list(config->outbound.account_header_logins, login) ||
		 carom_network_has(config->outbound.account_header_networks, s->base.client));
}

static sfsistat
on_from(SMFICTX *ctx, char **argv)
{
	Session *s = session_of(ctx);

	reset(s);
	carom_milter_session_begin(&s->base, snapshots, argv);
	find_scope(ctx, s);
	return SMFIS_CONTINUE;
}

/* While nobody can say who is suppressed: as the stream is configured. */
static gboolean
lets_through(const Session *s)
{
	g_autofree char *scope = carom_scope_name(s->account, s->stream);
	g_autofree char *lower = g_ascii_strdown(scope, -1);
	const char *choice = g_hash_table_lookup(s->base.snapshot->known->config->away, lower);

	return choice ? strcmp(choice, "open") == 0
		      : !s->base.snapshot->known->config->outbound.fail_closed;
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
refuse_unchecked(SMFICTX *ctx, const char *queue_id, const Session *s, const char *address,
		 const GError *error)
{
	g_autofree char *printable = carom_text_printable(address, 200);

	carom_log(CAROM_LOG_WARNING, "%s: put off: to=<%s>, account=%s, stream=%s: %s", queue_id,
		  printable, s->account, s->stream, error ? error->message : "");
	return carom_milter_session_refuse(
		ctx, "451", "4.3.0",
		"nobody can say whether this recipient is suppressed, try again later");
}

/*
 * Where a header may still name the account, only what holds for all accounts
 * can be refused here: on_eom() asks again when it is known.
 */
static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	Session *s = smfi_getpriv(ctx);
	g_autofree char *address = carom_milter_session_path(argv[0]);
	g_autofree char *reason = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status =
		carom_outbound_suppressed(outbound, address, s->header_counts ? "" : s->account,
					  s->header_counts ? "" : s->stream, &reason, &error);

	if (status == CAROM_OK) {
		g_autofree char *text = g_strdup_printf("%s is suppressed: %s", address, reason);

		log_refusal("NOQUEUE", "reject", s, address, reason);
		return carom_milter_session_refuse(ctx, "550", "5.7.1", text);
	}
	if (status != CAROM_ABSENT && !s->header_counts && !lets_through(s))
		return refuse_unchecked(ctx, "NOQUEUE", s, address, error);
	g_ptr_array_add(s->base.ours, g_steal_pointer(&address));
	return SMFIS_CONTINUE;
}

/* ---- the account in a header field ---- */

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	Session *s = smfi_getpriv(ctx);
	const char *wanted = s->base.snapshot->known->config->outbound.account_header, *wrong;
	g_autofree char *scope = NULL;

	if (g_ascii_strcasecmp(name, wanted) != 0)
		return SMFIS_CONTINUE;
	s->named++;
	if (!s->header_counts || s->named_wrongly != NULL)
		return SMFIS_CONTINUE;
	scope = g_strstrip(g_strdup(value));
	wrong = carom_scope_problem(scope);
	if (wrong == NULL && s->named_scope != NULL && strcmp(s->named_scope, scope) != 0)
		wrong = "is there twice and says two things";
	if (wrong != NULL)
		s->named_wrongly = g_strdup_printf("%s %s", wanted, wrong);
	else if (s->named_scope == NULL)
		s->named_scope = g_steal_pointer(&scope);
	return SMFIS_CONTINUE;
}

/* All are suppressed: a refusal, as at RCPT. */
static sfsistat
refuse_all(SMFICTX *ctx, const char *queue_id, const Session *s, const GPtrArray *reasons)
{
	g_autofree char *text = g_strdup_printf(
		"%s%s is suppressed: %s",
		s->base.ours->len > 1 ? "no recipient may be mailed; " : "",
		(const char *) s->base.ours->pdata[0], (const char *) reasons->pdata[0]);

	for (guint i = 0; i < s->base.ours->len; i++)
		log_refusal(queue_id, "reject", s, s->base.ours->pdata[i], reasons->pdata[i]);
	return carom_milter_session_refuse(ctx, "550", "5.7.1", text);
}

/* Some are suppressed: the others get their mail. What can't be taken out must not be mailed. */
static sfsistat
remove_some(SMFICTX *ctx, const char *queue_id, Session *s, const GPtrArray *reasons)
{
	for (guint i = s->base.ours->len; i-- > 0;) {
		if (reasons->pdata[i] == NULL)
			continue;
		if (!carom_milter_session_remove(ctx, s->base.ours->pdata[i]))
			return carom_milter_session_refuse(
				ctx, "451", "4.3.0", "a suppressed recipient can't be removed");
		log_refusal(queue_id, "removed", s, s->base.ours->pdata[i], reasons->pdata[i]);
		g_ptr_array_remove_index(s->base.ours, i);
	}
	return SMFIS_CONTINUE;
}

/* Asks about all recipients, now that account and stream are known. */
static sfsistat
check_recipients(SMFICTX *ctx, const char *queue_id, Session *s)
{
	g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(g_free);
	guint suppressed = 0;

	for (guint i = 0; i < s->base.ours->len; i++) {
		g_autoptr(GError) error = NULL;
		char *reason;
		CaromStatus status = carom_outbound_suppressed(
			outbound, s->base.ours->pdata[i], s->account, s->stream, &reason, &error);

		g_ptr_array_add(reasons, reason);
		suppressed += status == CAROM_OK;
		if (status != CAROM_OK && status != CAROM_ABSENT && !lets_through(s))
			return refuse_unchecked(ctx, queue_id, s, s->base.ours->pdata[i], error);
	}
	if (suppressed == 0)
		return SMFIS_CONTINUE;
	return suppressed == s->base.ours->len ? refuse_all(ctx, queue_id, s, reasons)
					       : remove_some(ctx, queue_id, s, reasons);
}

/* SMFIS_CONTINUE: account and stream are those that the header names, if it names any, and the
 * recipients who are left may be mailed. */
static sfsistat
follow_header(SMFICTX *ctx, const char *queue_id, Session *s)
{
	if (!s->header_counts)
		return SMFIS_CONTINUE;
	if (s->named_wrongly != NULL) {
		carom_log(CAROM_LOG_WARNING, "%s: reject: client=%s, reason=%s", queue_id,
			  s->base.client, s->named_wrongly);
		return carom_milter_session_refuse(ctx, "550", "5.7.1", s->named_wrongly);
	}
	if (s->named_scope != NULL)
		set_scope(s, s->named_scope);
	return check_recipients(ctx, queue_id, s);
}

/* Whoever wrote it: the next host could be one that believes it. From the last to the first, since
 * each that goes renumbers those behind it. */
static void
take_header_out(SMFICTX *ctx, const Session *s)
{
	const CaromConfig *config = s->base.snapshot->known->config;

	for (guint i = config->outbound.account_header_keep ? 0 : s->named; i > 0; i--)
		smfi_chgheader(ctx, config->outbound.account_header, (int) i, NULL);
}

/* ---- what goes out ---- */

/* The number of a stream in [streams], 0 if it has none. */
static guint
stream_number(const Session *s)
{
	g_autofree char *scope = carom_scope_name(s->account, s->stream);
	GHashTableIter it;
	gpointer number, value;

	g_hash_table_iter_init(&it, s->base.snapshot->known->config->streams);
	while (g_hash_table_iter_next(&it, &number, &value))
		if (g_ascii_strcasecmp(value, scope) == 0)
			return (guint) g_ascii_strtoull(number, NULL, 10);
	return 0;
}

/* The signed return address for the one recipient: address form, or a token where that can't carry
 * it. */
static CaromStatus
signed_address(const Session *s, char **out, GError **err)
{
	const CaromVerpSettings settings = carom_milter_session_verp(&s->base);
	const char *base = s->base.snapshot->known->config->outbound.return_address,
		   *recipient = s->base.ours->pdata[0];
	g_autofree char *token = NULL;
	guint64 id;
	CaromStatus status = carom_verp_write(&settings, base, recipient, stream_number(s),
					      carom_verp_today(), out, NULL);

	if (status != CAROM_MALFORMED)
		return status;
	status = carom_outbound_address_id(outbound, recipient, s->account, &id, err);
	if (status == CAROM_OK)
		status = carom_verp_token(&settings, id, stream_number(s), carom_verp_today(),
					  &token, err);
	return status == CAROM_OK ? carom_verp_write_token(&settings, base, token, out, err)
				  : status;
}

/* Bulk mail and its return address are the sender's business; an unsigned bounce is better than
 * none, so failures only get logged. */
static void
sign_return_address(SMFICTX *ctx, Session *s)
{
	g_autofree char *address = NULL, *path = NULL;
	g_autoptr(GError) error = NULL;

	if (*s->base.snapshot->known->config->outbound.return_address == '\0' ||
	    s->base.snapshot->known->keys == NULL || s->base.ours->len != 1 ||
	    *s->base.sender == '\0')
		return;
	if (signed_address(s, &address, &error) != CAROM_OK) {
		carom_log(CAROM_LOG_WARNING, "the return address is not signed: %s",
			  error ? error->message : "");
		return;
	}
	path = g_strdup_printf("<%s>", address);
	smfi_chgfrom(ctx, path, NULL);
	smfi_addheader(ctx, (char *) CAROM_TOKEN_HEADER, address);
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	Session *s = smfi_getpriv(ctx);
	const char *queue_id = smfi_getsymval(ctx, (char *) "i");
	sfsistat answer = follow_header(ctx, queue_id ? queue_id : "NOQUEUE", s);

	if (answer == SMFIS_CONTINUE) {
		take_header_out(ctx, s);
		sign_return_address(ctx, s);
		for (guint i = 0; i < s->base.ours->len; i++)
			carom_outbound_count(
				outbound, s->account, s->stream,
				carom_provider_of(s->base.snapshot->known->knowledge->providers,
						  carom_address_domain(s->base.ours->pdata[i]),
						  NULL, NULL));
		answer = SMFIS_ACCEPT;
	}
	reset(s);
	return answer;
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2, unsigned long f3,
	     unsigned long *pf0, unsigned long *pf1, unsigned long *pf2, unsigned long *pf3)
{
	g_autoptr(CaromSnapshot) snapshot = carom_snapshots_get(snapshots);
	Session *s = session_of(ctx);

	(void) f2;
	(void) f3;
	s->sees_header = *snapshot->known->config->outbound.account_header != '\0';
	return carom_milter_session_negotiate(
		f0, f1,
		SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NOEOH | SMFIP_NOBODY | SMFIP_NODATA |
			SMFIP_NR_CONN | (s->sees_header ? SMFIP_NR_HDR : SMFIP_NOHDRS),
		pf0, pf1, pf2, pf3);
}

CaromStatus
carom_milter_open_outbound(CaromSnapshots *the_snapshots, CaromOutbound *the_outbound,
			   const char *socket_path, GError **err)
{
	struct smfiDesc description = {
		.xxfi_name = (char *) "carom",
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT | SMFIF_CHGFROM,
		.xxfi_connect = on_connect,
		.xxfi_envfrom = on_from,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_eom = on_eom,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = on_negotiate,
	};

	snapshots = the_snapshots;
	outbound = the_outbound;
	return carom_milter_open(&description, snapshots, socket_path, err);
}
