/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/milter_session.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

static const CaromMilterRole *role;
static gpointer role_daemon;
static CaromSnapshots *role_snapshots;

/* ---- what a role asks for ---- */

gboolean
carom_milter_session_remove(CaromMilterSession *session, const char *address)
{
	g_autofree char *path = g_strdup_printf("<%s>", address);

	return smfi_delrcpt(session->context, path) == MI_SUCCESS;
}

CaromVerpSettings
carom_milter_session_verp(const CaromMilterSession *session)
{
	const CaromSnapshot *snapshot = session->snapshot;

	return (CaromVerpSettings){ .keys = snapshot->known->keys,
				    .delimiters = snapshot->known->config->bounce.delimiters,
				    .domains = snapshot->known->config->bounce.domains,
				    .lifetime = snapshot->known->config->bounce.lifetime,
				    .senders = snapshot->known->config->senders };
}

/* What may stand in an SMTP reply: '%' is libmilter's, the rest is printable already. Caller's. */
static char *
reply_text(const char *text)
{
	g_autofree char *printable = carom_text_printable(text, 300);
	g_auto(GStrv) parts = g_strsplit(printable, "%", -1);

	for (char *p = printable; *p; p++)
		if ((guchar) *p >= 0x80)
			return g_strdup("see the log of carom");
	return g_strjoinv("%%", parts);
}

sfsistat
carom_milter_session_refuse(CaromMilterSession *session, const char *code, const char *status,
			    const char *text)
{
	g_autofree char *safe = reply_text(text);

	smfi_setreply(session->context, (char *) code, (char *) status, safe);
	return *code == '5' ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

/* ---- the session ---- */

static CaromMilterSession *
session_of(SMFICTX *context)
{
	CaromMilterSession *session = smfi_getpriv(context);

	if (session == NULL) {
		session = g_malloc0(role->session_size);
		session->context = context;
		session->daemon = role_daemon;
		session->ours = g_ptr_array_new_with_free_func(g_free);
		smfi_setpriv(context, session);
	}
	return session;
}

/* Ends the message under way, if there is one. */
static void
reset(CaromMilterSession *session)
{
	if (session->snapshot == NULL)
		return;
	role->reset(session);
	g_clear_pointer(&session->snapshot, carom_snapshot_unref);
	g_clear_pointer(&session->sender, g_free);
	g_ptr_array_set_size(session->ours, 0);
}

/* The session, if a message is under way in it. Postfix keeps the order of SMTP; libmilter does not
 * see to it, and anybody in the socket's group may write to it. */
static CaromMilterSession *
under_way(SMFICTX *context)
{
	CaromMilterSession *session = smfi_getpriv(context);

	return session != NULL && session->snapshot != NULL ? session : NULL;
}

/* "<a@b>" without its brackets; the caller's. */
static char *
bare_address(const char *path)
{
	gsize n = strlen(path);

	return n >= 2 && path[0] == '<' && path[n - 1] == '>' ? g_strndup(path + 1, n - 2)
							      : g_strdup(path);
}

/* On with it. libmilter complains to syslog of each answer to a step that was said to have none. */
static sfsistat
go_on(const CaromMilterSession *session, unsigned long step)
{
	return session->unanswered & step ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

/* ---- the callbacks, in the order of SMTP ---- */

static sfsistat
on_negotiate(SMFICTX *context, unsigned long f0, unsigned long f1, unsigned long f2,
	     unsigned long f3, unsigned long *pf0, unsigned long *pf1, unsigned long *pf2,
	     unsigned long *pf3)
{
	const unsigned long may_be_unanswered =
		SMFIP_NR_CONN | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY;
	g_autoptr(CaromSnapshot) snapshot = carom_snapshots_get(role_snapshots);
	CaromMilterSession *session = session_of(context);

	(void) f2;
	(void) f3;
	*pf0 = f0 & role->actions;
	*pf1 = f1 & role->negotiate(session, snapshot->known->config);
	*pf2 = *pf3 = 0;
	session->unanswered = *pf1 & may_be_unanswered;
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *context, char *hostname, _SOCK_ADDR *address)
{
	CaromMilterSession *session = session_of(context);

	(void) hostname;
	session->client[0] = '\0'; /* XCLIENT makes a connection another client's */
	if (address != NULL && address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *) (const void *) address)->sin_addr,
			  session->client, sizeof session->client);
	else if (address != NULL && address->sa_family == AF_INET6)
		inet_ntop(AF_INET6,
			  &((const struct sockaddr_in6 *) (const void *) address)->sin6_addr,
			  session->client, sizeof session->client);
	return go_on(session, SMFIP_NR_CONN);
}

/* TRUE if MAIL came with XVERP, or "XVERP=+=". */
static gboolean
asks_for_xverp(char *const *parameters)
{
	for (; *parameters != NULL; parameters++)
		if (g_ascii_strcasecmp(*parameters, "XVERP") == 0 ||
		    carom_text_has_prefix(*parameters, "XVERP="))
			return TRUE;
	return FALSE;
}

static sfsistat
on_mail(SMFICTX *context, char **argv)
{
	CaromMilterSession *session = session_of(context);

	reset(session);
	session->sender = bare_address(argv[0]);
	session->xverp = asks_for_xverp(argv + 1);
	session->snapshot = carom_snapshots_get(role_snapshots);
	role->mail(session);
	return SMFIS_CONTINUE;
}

static sfsistat
on_rcpt(SMFICTX *context, char **argv)
{
	CaromMilterSession *session = under_way(context);
	g_autofree char *address = bare_address(argv[0]);

	return session != NULL ? role->rcpt(session, &address) : SMFIS_TEMPFAIL;
}

static sfsistat
on_data(SMFICTX *context)
{
	CaromMilterSession *session = under_way(context);

	return session != NULL ? role->data(session) : SMFIS_TEMPFAIL;
}

static sfsistat
on_header(SMFICTX *context, char *name, char *value)
{
	CaromMilterSession *session = under_way(context);

	if (session != NULL)
		role->header(session, name, value);
	return go_on(session_of(context), SMFIP_NR_HDR);
}

static sfsistat
on_header_end(SMFICTX *context)
{
	CaromMilterSession *session = under_way(context);
	sfsistat answer = session != NULL ? role->header_end(session) : SMFIS_CONTINUE;

	return answer == SMFIS_CONTINUE ? go_on(session_of(context), SMFIP_NR_EOH) : answer;
}

static sfsistat
on_body(SMFICTX *context, unsigned char *chunk, size_t len)
{
	CaromMilterSession *session = under_way(context);

	if (session != NULL)
		role->body(session, (const char *) chunk, len);
	return go_on(session_of(context), SMFIP_NR_BODY);
}

static sfsistat
on_end(SMFICTX *context)
{
	CaromMilterSession *session = under_way(context);
	const char *queue_id = smfi_getsymval(context, (char *) "i");
	sfsistat answer = session != NULL ? role->end(session, queue_id) : SMFIS_TEMPFAIL;

	if (session != NULL)
		reset(session);
	return answer;
}

static sfsistat
on_abort(SMFICTX *context)
{
	reset(session_of(context));
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *context)
{
	CaromMilterSession *session = smfi_getpriv(context);

	if (session == NULL)
		return SMFIS_CONTINUE;
	reset(session);
	g_ptr_array_free(session->ours, TRUE);
	g_free(session);
	smfi_setpriv(context, NULL);
	return SMFIS_CONTINUE;
}

struct smfiDesc
carom_milter_session_describe(const CaromMilterRole *the_role, gpointer daemon,
			      CaromSnapshots *snapshots)
{
	role = the_role;
	role_daemon = daemon;
	role_snapshots = snapshots;
	return (struct smfiDesc){
		.xxfi_name = (char *) "carom",
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = role->actions,
		.xxfi_connect = on_connect,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_data = role->data ? on_data : NULL,
		.xxfi_header = role->header ? on_header : NULL,
		.xxfi_eoh = role->header_end ? on_header_end : NULL,
		.xxfi_body = role->body ? on_body : NULL,
		.xxfi_eom = on_end,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = on_negotiate,
	};
}
