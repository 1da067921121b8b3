/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/milter.h"
#include "mail/address.h"
#include "base/log.h"
#include "serve/milter_session.h"
#include "base/text.h"
#include "store/addresses.h"

#include <string.h>

/* libmilter has one registration a process, so one role runs in one process. */
static const CaromDaemonIntake *intake;
static CaromSnapshots *snapshots;
static CaromPool *pool;

/* What filters behind us can go by, where it is asked for. */
enum { MARK_RECORDED, MARK_KIND, MARK_CATEGORY, MARK_CLASS, MARK_RECIPIENT, N_MARKS };
static const char *const mark_fields[N_MARKS] = { "X-Carom-Recorded", "X-Carom-Kind",
						  "X-Carom-Category", "X-Carom-Class",
						  "X-Carom-Recipient" };

typedef struct {
	CaromMilterSession base;
	gboolean marks; /* as it was negotiated: all mail passes its header */
	/* of the message under way */
	guint others;             /* recipients of somebody else */
	GByteArray *data;         /* at most limits.message bytes of it */
	gsize held;               /* of the memory budget */
	gboolean crowded;         /* there was no room for it: it is not kept */
	gsize size;               /* of the whole */
	guint brought[N_MARKS];   /* such fields that were there already */
	GPtrArray *said[N_MARKS]; /* what ours will say; static strings */
} Session;

static void
forget_data(Session *s)
{
	g_byte_array_unref(s->data);
	s->data = g_byte_array_new();
	carom_memory_budget_leave(intake->budget, &s->held);
}

static void
reset(Session *s)
{
	carom_milter_session_reset(&s->base);
	forget_data(s);
	s->crowded = FALSE;
	for (guint i = 0; i < N_MARKS; i++) {
		s->brought[i] = 0;
		g_ptr_array_set_size(s->said[i], 0);
	}
	s->others = 0;
	s->size = 0;
}

static Session *
session_of(SMFICTX *ctx)
{
	Session *s = smfi_getpriv(ctx);

	if (s == NULL) {
		s = g_new0(Session, 1);
		carom_milter_session_init(&s->base);
		s->data = g_byte_array_new();
		for (guint i = 0; i < N_MARKS; i++)
			s->said[i] = g_ptr_array_new();
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
	g_byte_array_free(s->data, TRUE);
	for (guint i = 0; i < N_MARKS; i++)
		g_ptr_array_free(s->said[i], TRUE);
	carom_milter_session_clear(&s->base);
	g_free(s);
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

static sfsistat
on_from(SMFICTX *ctx, char **argv)
{
	Session *s = session_of(ctx);

	reset(s);
	carom_milter_session_begin(&s->base, snapshots, argv);
	return SMFIS_CONTINUE;
}

/* Whether a token that holds names somebody. While nobody can say, it does: what is recorded says
 * in the end whether it did. */
static gboolean
names_nobody(const CaromVerp *verp)
{
	g_autoptr(GError) error = NULL;
	CaromStatus status;

	if (verp->recipient != NULL)
		return FALSE;
	status = carom_addresses_known(carom_pool_store(pool), verp->address_id, &error);
	if (status != CAROM_OK && status != CAROM_ABSENT)
		carom_log(CAROM_LOG_WARNING, "a token is taken without being looked up: %s",
			  error ? error->message : carom_status_name(status));
	return status == CAROM_ABSENT;
}

/* A signed address that doesn't hold is refused before it costs anything. */
static sfsistat
check_signature(SMFICTX *ctx, const Session *s, const char *address)
{
	static const struct {
		const char *log, *reply;
	} refusals[] = {
		{ "forged", "this return address was never ours" },
		{ "expired", "this return address has expired" },
		{ "unknown", "this return address names nobody whom we mailed" },
	};
	const CaromVerpSettings settings = carom_milter_session_verp(&s->base);
	CaromVerp verp = { 0 };
	CaromVerpState state = carom_verp_read(address, &settings, carom_verp_today(), &verp);
	int why = state == CAROM_VERP_FORGED                          ? 0
		  : state == CAROM_VERP_EXPIRED                       ? 1
		  : state == CAROM_VERP_SIGNED && names_nobody(&verp) ? 2
								      : -1;
	g_autofree char *printable = carom_text_printable(address, 200);

	carom_verp_clear(&verp);
	if (why < 0)
		return SMFIS_CONTINUE;
	carom_log(CAROM_LOG_INFO, "NOQUEUE: reject: to=<%s>, client=%s, reason=%s return address",
		  printable, s->base.client, refusals[why].log);
	return carom_milter_session_refuse(ctx, "550", "5.1.1", refusals[why].reply);
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	Session *s = smfi_getpriv(ctx);
	g_autofree char *address = carom_milter_session_path(argv[0]);
	const CaromConfig *config = s->base.snapshot->known->config;
	sfsistat answer;

	if (!carom_text_in_list(config->bounce.domains, carom_address_domain(address)) &&
	    !carom_text_in_list(config->bounce.addresses, address)) {
		s->others++;
		return SMFIS_CONTINUE;
	}
	answer = check_signature(ctx, s, address);
	if (answer == SMFIS_CONTINUE)
		g_ptr_array_add(s->base.ours, g_steal_pointer(&address));
	return answer;
}

/* Nothing of it is for us: no header and no byte of its body need pass here, unless its header may
 * say what only we may say. */
static sfsistat
on_data(SMFICTX *ctx)
{
	Session *s = smfi_getpriv(ctx);

	return s->base.ours->len > 0 || s->marks ? SMFIS_CONTINUE : SMFIS_ACCEPT;
}

static void
append(Session *s, const char *bytes, gsize len)
{
	gsize max = s->base.snapshot->known->config->limits.bytes;

	s->size += len;
	if (s->data->len >= max || s->crowded)
		return;
	len = MIN(len, max - s->data->len);
	s->crowded = !carom_memory_budget_take(intake->budget, &s->held, s->data->len + len, max);
	if (s->crowded)
		forget_data(s);
	else
		g_byte_array_append(s->data, (const guint8 *) bytes, (guint) len);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	Session *s = smfi_getpriv(ctx);

	for (guint i = 0; i < N_MARKS; i++)
		s->brought[i] += g_ascii_strcasecmp(name, mark_fields[i]) == 0;
	if (s->base.ours->len == 0)
		return SMFIS_CONTINUE;
	append(s, name, strlen(name));
	append(s, ":", 1);
	append(s, value, strlen(value)); /* with its leading space: SMFIP_HDR_LEADSPC */
	append(s, "\n", 1);
	return SMFIS_CONTINUE;
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
on_eoh(SMFICTX *ctx)
{
	Session *s = smfi_getpriv(ctx);

	if (s->base.ours->len == 0 && !brought_any(s))
		return SMFIS_ACCEPT;
	append(s, "\n", 1);
	return SMFIS_CONTINUE;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *chunk, size_t len)
{
	Session *s = smfi_getpriv(ctx);

	if (s->base.ours->len > 0)
		append(s, (const char *) chunk, len);
	return SMFIS_CONTINUE;
}

static gboolean
is_marking(const Session *s)
{
	return s->base.snapshot->known->config->inbound.headers &&
	       !s->base.snapshot->known->config->inbound.discard;
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
mark(SMFICTX *ctx, const Session *s)
{
	for (guint i = 0; i < N_MARKS; i++) {
		g_autoptr(GString) value = g_string_new(NULL);

		for (guint n = s->brought[i]; n > 0; n--)
			smfi_chgheader(ctx, (char *) mark_fields[i], (int) n, NULL);
		for (guint v = 0; v < s->said[i]->len; v++)
			g_string_append_printf(value, "%s%s", v ? ", " : " ",
					       (const char *) s->said[i]->pdata[v]);
		if (value->len > 0)
			smfi_addheader(ctx, (char *) mark_fields[i], value->str);
	}
}

/* What is recorded goes no further, but only for our recipients. */
static sfsistat
end_recorded(SMFICTX *ctx, Session *s)
{
	if (!s->base.snapshot->known->config->inbound.discard)
		return SMFIS_ACCEPT;
	if (s->others == 0)
		return SMFIS_DISCARD;
	for (guint i = 0; i < s->base.ours->len; i++)
		carom_milter_session_remove(ctx, s->base.ours->pdata[i]);
	return SMFIS_ACCEPT;
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	Session *s = smfi_getpriv(ctx);
	const char *queue_id = smfi_getsymval(ctx, (char *) "i");
	sfsistat answer;

	if (s->crowded) {
		carom_log(CAROM_LOG_WARNING, "%s: put off: too much mail comes in at once",
			  queue_id ? queue_id : "NOQUEUE");
		reset(s);
		return carom_milter_session_refuse(ctx, "452", "4.3.1",
						   "too much mail comes in at once, try again");
	}
	for (guint i = 0; i < s->base.ours->len; i++) {
		const CaromEnvelope envelope = {
			.recipient = s->base.ours->pdata[i],
			.sender = s->base.sender,
			.queue_id = queue_id,
			.client_address = *s->base.client ? s->base.client : NULL
		}; /* an address we aren't told is unknown, not "none" */
		const CaromBytes message = { (const char *) s->data->data, s->data->len, s->size };
		g_autoptr(CaromReport) report = NULL;
		g_autoptr(GError) error = NULL;

		if (carom_daemon_intake_take(intake, &envelope, &message, &report, &error) !=
		    CAROM_OK) {
			reset(s);
			return carom_milter_session_refuse(ctx, "451", "4.3.0",
							   "not recorded, try again later");
		}
		if (is_marking(s))
			say_report(s, report);
	}
	if (is_marking(s))
		mark(ctx, s);
	answer = s->base.ours->len > 0 ? end_recorded(ctx, s) : SMFIS_ACCEPT;
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
	s->marks = snapshot->known->config->inbound.headers &&
		   !snapshot->known->config->inbound.discard;
	return carom_milter_session_negotiate(f0, f1,
					      SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NR_CONN |
						      SMFIP_NR_HDR | (s->marks ? 0 : SMFIP_NR_EOH) |
						      SMFIP_NR_BODY | SMFIP_HDR_LEADSPC,
					      pf0, pf1, pf2, pf3);
}

CaromStatus
carom_milter_open_inbound(const CaromDaemonIntake *the_intake, CaromPool *the_pool,
			  const char *socket_path, GError **err)
{
	struct smfiDesc description = {
		.xxfi_name = (char *) "carom",
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT,
		.xxfi_connect = on_connect,
		.xxfi_envfrom = on_from,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_data = on_data,
		.xxfi_header = on_header,
		.xxfi_eoh = on_eoh,
		.xxfi_body = on_body,
		.xxfi_eom = on_eom,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = on_negotiate,
	};

	intake = the_intake;
	pool = the_pool;
	snapshots = the_intake->snapshots;
	return carom_milter_open(&description, snapshots, socket_path, err);
}
