/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/milter_session.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>

static const CaromMilterRole *role;
static gpointer role_daemon;
static CaromSnapshots *role_snapshots;

/* libmilter's threads outlive smfi_main(): who is in here works with what the daemon frees at its
 * end. */
static struct {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t left;
	guint inside;      /* callbacks */
	guint messages;    /* under way */
	gboolean draining; /* no new messages */
	gboolean shut;     /* nobody gets in */
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .left = PTHREAD_COND_INITIALIZER };

/* ---- the gate ---- */

/* FALSE: the daemon ends. Who gets in leaves again. */
static gboolean
enter(void)
{
	gboolean open;

	pthread_mutex_lock(&gate.lock);
	open = !gate.shut;
	gate.inside += open;
	pthread_mutex_unlock(&gate.lock);
	return open;
}

static void
leave(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.inside--;
	pthread_cond_broadcast(&gate.left);
	pthread_mutex_unlock(&gate.lock);
}

/* FALSE: no new message is taken. */
static gboolean
count_message(void)
{
	gboolean taken;

	pthread_mutex_lock(&gate.lock);
	taken = !gate.draining;
	gate.messages += taken;
	pthread_mutex_unlock(&gate.lock);
	return taken;
}

static void
uncount_message(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.messages--;
	pthread_cond_broadcast(&gate.left);
	pthread_mutex_unlock(&gate.lock);
}

void
carom_milter_session_drain(CaromDeadline until)
{
	pthread_mutex_lock(&gate.lock);
	gate.draining = TRUE;
	while (gate.messages > 0 && carom_deadline_wait(until, &gate.left, &gate.lock))
		;
	pthread_mutex_unlock(&gate.lock);
}

void
carom_milter_session_shut(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.draining = gate.shut = TRUE;
	while (gate.inside > 0)
		pthread_cond_wait(&gate.left, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

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
	uncount_message();
}

/*
 * The session, if a message is under way in it; then the caller has entered.
 * Postfix keeps the order of SMTP; libmilter does not see to it, and anybody in
 * the socket's group may write to it.
 */
static CaromMilterSession *
enter_message(SMFICTX *context)
{
	CaromMilterSession *session = smfi_getpriv(context);

	if (session == NULL || !enter())
		return NULL;
	if (session->snapshot != NULL)
		return session;
	leave();
	return NULL;
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
	CaromMilterSession *session;
	CaromSnapshot *snapshot;

	(void) f2;
	(void) f3;
	if (!enter())
		return SMFIS_REJECT;
	session = session_of(context);
	snapshot = carom_snapshots_get(role_snapshots);
	*pf0 = f0 & role->actions;
	*pf1 = f1 & role->negotiate(session, snapshot->known->config);
	*pf2 = *pf3 = 0;
	session->unanswered = *pf1 & may_be_unanswered;
	carom_snapshot_unref(snapshot);
	leave();
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
	CaromMilterSession *session;
	gboolean taken;

	if (!enter())
		return SMFIS_TEMPFAIL;
	session = session_of(context);
	reset(session);
	taken = count_message();
	if (taken) {
		session->sender = bare_address(argv[0]);
		session->xverp = asks_for_xverp(argv + 1);
		session->snapshot = carom_snapshots_get(role_snapshots);
		role->mail(session);
	}
	leave();
	return taken ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
on_rcpt(SMFICTX *context, char **argv)
{
	CaromMilterSession *session = enter_message(context);
	g_autofree char *address = bare_address(argv[0]);
	sfsistat answer;

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	answer = role->rcpt(session, &address);
	leave();
	return answer;
}

static sfsistat
on_data(SMFICTX *context)
{
	CaromMilterSession *session = enter_message(context);
	sfsistat answer;

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	answer = role->data(session);
	leave();
	return answer;
}

static sfsistat
on_header(SMFICTX *context, char *name, char *value)
{
	CaromMilterSession *session = enter_message(context);

	if (session != NULL) {
		role->header(session, name, value);
		leave();
	}
	return go_on(session_of(context), SMFIP_NR_HDR);
}

static sfsistat
on_header_end(SMFICTX *context)
{
	CaromMilterSession *session = enter_message(context);
	sfsistat answer = SMFIS_CONTINUE;

	if (session != NULL) {
		answer = role->header_end(session);
		leave();
	}
	return answer == SMFIS_CONTINUE ? go_on(session_of(context), SMFIP_NR_EOH) : answer;
}

static sfsistat
on_body(SMFICTX *context, unsigned char *chunk, size_t len)
{
	CaromMilterSession *session = enter_message(context);

	if (session != NULL) {
		role->body(session, (const char *) chunk, len);
		leave();
	}
	return go_on(session_of(context), SMFIP_NR_BODY);
}

static sfsistat
on_end(SMFICTX *context)
{
	CaromMilterSession *session = enter_message(context);
	sfsistat answer;

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	answer = role->end(session, smfi_getsymval(context, (char *) "i"));
	reset(session);
	leave();
	return answer;
}

static sfsistat
on_abort(SMFICTX *context)
{
	CaromMilterSession *session = enter_message(context);

	if (session != NULL) {
		reset(session);
		leave();
	}
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *context)
{
	CaromMilterSession *session = smfi_getpriv(context);

	/* once the gate is shut the process is at its end */
	if (session == NULL || !enter())
		return SMFIS_CONTINUE;
	reset(session);
	leave();
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
