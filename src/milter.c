#include "config.h"

#include "milter.h"
#include "address.h"
#include "intake.h"
#include "log.h"
#include "network.h"
#include "text.h"
#include "verp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* libmilter has one registration a process, so one role runs in one process. */
static const CaromDoor *door;
static CaromSnapshots *snapshots;
static CaromPool *pool;         /* inbound */
static CaromOutbound *outbound; /* outbound */

/* What filters behind us can go by, where it is asked for. */
enum { MARK_RECORDED, MARK_KIND, MARK_CATEGORY, MARK_CLASS, MARK_RECIPIENT, N_MARKS };
static const char *const mark_fields[N_MARKS] = { "X-Carom-Recorded", "X-Carom-Kind",
						  "X-Carom-Category", "X-Carom-Class",
						  "X-Carom-Recipient" };

/* One SMTP connection; libmilter gives it to one thread at a time. */
typedef struct {
	CaromSnapshot *snapshot; /* of the message under way */
	char client[INET6_ADDRSTRLEN];
	char *sender;
	GPtrArray *ours;  /* recipients that we take (inbound) or let through (outbound); char * as
			     given, without <> */
	guint others;     /* recipients of somebody else */
	GByteArray *data; /* the message, at most limits.message bytes of it */
	gsize size;       /* of the whole */
	char *account, *stream;
	gboolean marks;           /* inbound, as it was negotiated: all mail passes its header */
	guint brought[N_MARKS];   /* such fields that were there already */
	GPtrArray *said[N_MARKS]; /* what ours will say; static strings */
	/* outbound, where the account may stand in the header */
	gboolean sees_header;   /* as it was negotiated for this connection */
	gboolean header_counts; /* this client's word is taken */
	guint named;            /* fields of that name so far */
	char *named_scope;      /* the value of the first that counts */
	char *named_wrongly;    /* why they can't be followed */
} Context;

/* An account or stream that a header may name. */
#define MAX_SCOPE_PART 128 /* what the database keeps of one */

static void
context_reset(Context *c)
{
	g_clear_pointer(&c->snapshot, carom_snapshot_unref);
	g_clear_pointer(&c->sender, g_free);
	g_clear_pointer(&c->account, g_free);
	g_clear_pointer(&c->stream, g_free);
	g_clear_pointer(&c->named_scope, g_free);
	g_clear_pointer(&c->named_wrongly, g_free);
	g_ptr_array_set_size(c->ours, 0);
	g_byte_array_set_size(c->data, 0);
	for (guint i = 0; i < N_MARKS; i++) {
		c->brought[i] = 0;
		g_ptr_array_set_size(c->said[i], 0);
	}
	c->others = 0;
	c->size = 0;
	c->named = 0;
	c->header_counts = FALSE;
}

/* The context of the connection, which begins with its negotiation. */
static Context *
context_of(SMFICTX *ctx)
{
	Context *c = smfi_getpriv(ctx);

	if (c == NULL) {
		c = g_new0(Context, 1);
		c->ours = g_ptr_array_new_with_free_func(g_free);
		c->data = g_byte_array_new();
		for (guint i = 0; i < N_MARKS; i++)
			c->said[i] = g_ptr_array_new();
		smfi_setpriv(ctx, c);
	}
	return c;
}

static sfsistat
on_connect(SMFICTX *ctx, char *hostname, _SOCK_ADDR *address)
{
	Context *c = context_of(ctx);

	(void) hostname;
	c->client[0] = '\0'; /* XCLIENT makes a connection another client's */
	if (address != NULL && address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *) (void *) address)->sin_addr, c->client,
			  sizeof c->client);
	else if (address != NULL && address->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *) (void *) address)->sin6_addr,
			  c->client, sizeof c->client);
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	Context *c = smfi_getpriv(ctx);

	if (c == NULL)
		return SMFIS_CONTINUE;
	context_reset(c);
	g_ptr_array_free(c->ours, TRUE);
	g_byte_array_free(c->data, TRUE);
	for (guint i = 0; i < N_MARKS; i++)
		g_ptr_array_free(c->said[i], TRUE);
	g_free(c);
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	context_reset(context_of(ctx));
	return SMFIS_CONTINUE;
}

/* "<a@b>" without its brackets; the caller's. */
static char *
bare_path(const char *path)
{
	gsize n = strlen(path);

	return n >= 2 && path[0] == '<' && path[n - 1] == '>' ? g_strndup(path + 1, n - 2)
							      : g_strdup(path);
}

static Context *
begin_message(SMFICTX *ctx, char **argv)
{
	Context *c = smfi_getpriv(ctx);

	context_reset(c);
	c->sender = bare_path(argv[0]);
	c->snapshot = carom_snapshots_get(snapshots);
	return c;
}

static CaromVerpSettings
verp_settings(const CaromSnapshot *snapshot)
{
	return (CaromVerpSettings){ .keys = snapshot->knowledge->keys,
				    .delimiters = snapshot->config->delimiters,
				    .domains = snapshot->config->bounce_domains,
				    .lifetime = snapshot->config->lifetime,
				    .senders = snapshot->config->senders };
}

/* What may stand in an SMTP reply: '%' is libmilter's, the rest is printable already. Caller's. */
static char *
reply_text(const char *text)
{
	g_autofree char *printable = carom_printable(text, 300);
	g_auto(GStrv) parts = g_strsplit(printable, "%", -1);

	for (char *p = printable; *p; p++)
		if ((guchar) *p >= 0x80)
			return g_strdup("see the log of carom");
	return g_strjoinv("%%", parts);
}

static sfsistat
refuse(SMFICTX *ctx, const char *code, const char *status, const char *text)
{
	g_autofree char *safe = reply_text(text);

	smfi_setreply(ctx, (char *) code, (char *) status, safe);
	return *code == '5' ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

/* ---- inbound ------------------------------------------------------------------ */

static sfsistat
inbound_from(SMFICTX *ctx, char **argv)
{
	begin_message(ctx, argv);
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
	status = carom_pool_knows_address(pool, verp->address_id, &error);
	if (status != CAROM_OK && status != CAROM_ABSENT)
		carom_log(CAROM_LOG_WARNING, "a token is taken without being looked up: %s",
			  error ? error->message : carom_status_name(status));
	return status == CAROM_ABSENT;
}

/* A signed address that doesn't hold is refused before it costs anything. */
static sfsistat
check_signature(SMFICTX *ctx, const Context *c, const char *address)
{
	static const struct {
		const char *log, *reply;
	} refusals[] = {
		{ "forged", "this return address was never ours" },
		{ "expired", "this return address has expired" },
		{ "unknown", "this return address names nobody whom we mailed" },
	};
	const CaromVerpSettings settings = verp_settings(c->snapshot);
	CaromVerp verp = { 0 };
	CaromVerpState state = carom_verp_read(address, &settings, carom_verp_today(), &verp);
	int why = state == CAROM_VERP_FORGED                          ? 0
		  : state == CAROM_VERP_EXPIRED                       ? 1
		  : state == CAROM_VERP_SIGNED && names_nobody(&verp) ? 2
								      : -1;
	g_autofree char *printable = carom_printable(address, 200);

	carom_verp_clear(&verp);
	if (why < 0)
		return SMFIS_CONTINUE;
	carom_log(CAROM_LOG_INFO, "NOQUEUE: reject: to=<%s>, client=%s, reason=%s return address",
		  printable, c->client, refusals[why].log);
	return refuse(ctx, "550", "5.1.1", refusals[why].reply);
}

static sfsistat
inbound_rcpt(SMFICTX *ctx, char **argv)
{
	Context *c = smfi_getpriv(ctx);
	g_autofree char *address = bare_path(argv[0]);
	const CaromConfig *config = c->snapshot->config;
	sfsistat answer;

	if (!carom_text_in_list(config->bounce_domains, carom_address_domain(address)) &&
	    !carom_text_in_list(config->bounce_addresses, address)) {
		c->others++;
		return SMFIS_CONTINUE;
	}
	answer = check_signature(ctx, c, address);
	if (answer == SMFIS_CONTINUE)
		g_ptr_array_add(c->ours, g_steal_pointer(&address));
	return answer;
}

/* Nothing of it is for us: no header and no byte of its body need pass here, unless its header may
 * say what only we may say. */
static sfsistat
inbound_data(SMFICTX *ctx)
{
	Context *c = smfi_getpriv(ctx);

	return c->ours->len > 0 || c->marks ? SMFIS_CONTINUE : SMFIS_ACCEPT;
}

static void
append(Context *c, const char *bytes, gsize len)
{
	gsize max = c->snapshot->config->limits.bytes;

	c->size += len;
	if (c->data->len < max)
		g_byte_array_append(c->data, (const guint8 *) bytes,
				    (guint) MIN(len, max - c->data->len));
}

static sfsistat
inbound_header(SMFICTX *ctx, char *name, char *value)
{
	Context *c = smfi_getpriv(ctx);

	for (guint i = 0; i < N_MARKS; i++)
		c->brought[i] += g_ascii_strcasecmp(name, mark_fields[i]) == 0;
	if (c->ours->len == 0)
		return SMFIS_CONTINUE;
	append(c, name, strlen(name));
	append(c, ":", 1);
	append(c, value, strlen(value)); /* with its leading space: SMFIP_HDR_LEADSPC */
	append(c, "\n", 1);
	return SMFIS_CONTINUE;
}

static gboolean
brought_any(const Context *c)
{
	for (guint i = 0; i < N_MARKS; i++)
		if (c->brought[i] > 0)
			return TRUE;
	return FALSE;
}

static sfsistat
inbound_eoh(SMFICTX *ctx)
{
	Context *c = smfi_getpriv(ctx);

	if (c->ours->len == 0 && !brought_any(c))
		return SMFIS_ACCEPT;
	append(c, "\n", 1);
	return SMFIS_CONTINUE;
}

static sfsistat
inbound_body(SMFICTX *ctx, unsigned char *chunk, size_t len)
{
	Context *c = smfi_getpriv(ctx);

	if (c->ours->len > 0)
		append(c, (const char *) chunk, len);
	return SMFIS_CONTINUE;
}

static gboolean
is_marking(const Context *c)
{
	return c->snapshot->config->inbound_headers && !c->snapshot->config->inbound_discard;
}

/* value is static; NULL says nothing. Each is said once, however many outcomes it is true of. */
static void
say(Context *c, guint mark, const char *value)
{
	if (value != NULL &&
	    !g_ptr_array_find_with_equal_func(c->said[mark], value, g_str_equal, NULL))
		g_ptr_array_add(c->said[mark], (gpointer) value);
}

/* All words are ours, and there are few of them: nothing that a stranger wrote gets into a field.
 */
static void
say_report(Context *c, const CaromEnvelope *envelope)
{
	g_autoptr(CaromReport) report =
		carom_intake_read(c->snapshot->config, c->snapshot->knowledge, envelope,
				  (const char *) c->data->data, c->data->len, c->size);

	say(c, MARK_RECORDED, "yes");
	say(c, MARK_KIND, carom_kind_name(report->kind));
	for (guint i = 0; i < report->outcomes->len; i++) {
		const CaromOutcome *o = report->outcomes->pdata[i];

		say(c, MARK_CATEGORY, carom_category_name(o->category));
		say(c, MARK_CLASS, carom_class_name(carom_category_class(o->category)));
		say(c, MARK_RECIPIENT,
		    o->confidence == CAROM_CONFIDENCE_NONE || o->confidence == CAROM_GUESSED
			    ? "unknown"
			    : "known");
	}
}

/* In with our fields; and out with those that were there, of whatever mail: who writes to us could
 * have a filter behind us take it for our word. */
static void
mark(SMFICTX *ctx, const Context *c)
{
	for (guint i = 0; i < N_MARKS; i++) {
		g_autoptr(GString) value = g_string_new(NULL);

		for (guint n = c->brought[i]; n > 0; n--)
			smfi_chgheader(ctx, (char *) mark_fields[i], (int) n, NULL);
		for (guint v = 0; v < c->said[i]->len; v++)
			g_string_append_printf(value, "%s%s", v ? ", " : " ",
					       (const char *) c->said[i]->pdata[v]);
		if (value->len > 0)
			smfi_addheader(ctx, (char *) mark_fields[i], value->str);
	}
}

/* What is recorded goes no further, but only for our recipients. */
static sfsistat
end_recorded(SMFICTX *ctx, Context *c)
{
	if (!c->snapshot->config->inbound_discard)
		return SMFIS_ACCEPT;
	if (c->others == 0)
		return SMFIS_DISCARD;
	for (guint i = 0; i < c->ours->len; i++) {
		g_autofree char *path = g_strdup_printf("<%s>", (const char *) c->ours->pdata[i]);

		smfi_delrcpt(ctx, path);
	}
	return SMFIS_ACCEPT;
}

static sfsistat
inbound_eom(SMFICTX *ctx)
{
	Context *c = smfi_getpriv(ctx);
	sfsistat answer;

	for (guint i = 0; i < c->ours->len; i++) {
		const CaromEnvelope envelope = {
			.recipient = c->ours->pdata[i],
			.sender = c->sender,
			.queue_id = smfi_getsymval(ctx, (char *) "i"),
			.client_address = *c->client ? c->client : NULL
		}; /* an address we aren't told is unknown, not "none" */
		g_autoptr(GError) error = NULL;

		if (carom_door_take(door, &envelope, (const char *) c->data->data, c->data->len,
				    c->size, &error) != CAROM_OK) {
			context_reset(c);
			return refuse(ctx, "451", "4.3.0", "not recorded, try again later");
		}
		if (is_marking(c))
			say_report(c, &envelope);
	}
	if (is_marking(c))
		mark(ctx, c);
	answer = c->ours->len > 0 ? end_recorded(ctx, c) : SMFIS_ACCEPT;
	context_reset(c);
	return answer;
}

/* ---- outbound ----------------------------------------------------------------- */

static void
set_scope(Context *c, const char *scope)
{
	const char *slash = strchr(scope, '/');

	g_free(c->account);
	g_free(c->stream);
	c->account = slash ? g_strndup(scope, (gsize) (slash - scope)) : g_strdup(scope);
	c->stream = g_strdup(slash ? slash + 1 : "");
}

/* "acme/newsletter" by SASL login, by client address, by envelope sender: what is hardest to forge
 * first. A header that counts may say otherwise later. */
static void
find_scope(SMFICTX *ctx, Context *c)
{
	const CaromConfig *config = c->snapshot->config;
	const char *login = smfi_getsymval(ctx, (char *) "{auth_authen}");
	g_autofree char *lower_login = login ? g_ascii_strdown(login, -1) : NULL;
	g_autofree char *lower_sender = g_ascii_strdown(c->sender, -1);
	const char *scope = lower_login ? g_hash_table_lookup(config->logins, lower_login) : NULL;

	if (scope == NULL)
		scope = g_hash_table_lookup(config->clients, c->client);
	if (scope == NULL)
		scope = g_hash_table_lookup(config->senders, lower_sender);
	set_scope(c, scope ? scope : "");
	c->header_counts = c->sees_header && *config->account_header != '\0' &&
			   (carom_text_in_list(config->account_header_logins, login) ||
			    carom_network_has(config->account_header_networks, c->client));
}

static sfsistat
outbound_from(SMFICTX *ctx, char **argv)
{
	find_scope(ctx, begin_message(ctx, argv));
	return SMFIS_CONTINUE;
}

/* While nobody can say who is suppressed: as the stream is configured. */
static gboolean
lets_through(const Context *c)
{
	g_autofree char *scope =
		g_strdup_printf("%s%s%s", c->account, *c->stream ? "/" : "", c->stream);
	g_autofree char *lower = g_ascii_strdown(scope, -1);
	const char *choice = g_hash_table_lookup(c->snapshot->config->away, lower);

	return choice ? strcmp(choice, "open") == 0 : !c->snapshot->config->fail_closed;
}

static void
log_refusal(const char *queue_id, const char *what, const Context *c, const char *address,
	    const char *reason)
{
	g_autofree char *printable = carom_printable(address, 200);

	carom_log(CAROM_LOG_INFO, "%s: %s: to=<%s>, account=%s, stream=%s, reason=suppressed (%s)",
		  queue_id, what, printable, c->account, c->stream, reason);
}

static sfsistat
refuse_unchecked(SMFICTX *ctx, const char *queue_id, const Context *c, const char *address,
		 const GError *error)
{
	g_autofree char *printable = carom_printable(address, 200);

	carom_log(CAROM_LOG_WARNING, "%s: put off: to=<%s>, account=%s, stream=%s: %s", queue_id,
		  printable, c->account, c->stream, error ? error->message : "");
	return refuse(ctx, "451", "4.3.0",
		      "nobody can say whether this recipient is suppressed, try again later");
}

/*
 * Where a header may still name the account, only what holds for all accounts
 * can be refused here: outbound_eom() asks again when it is known.
 */
static sfsistat
outbound_rcpt(SMFICTX *ctx, char **argv)
{
	Context *c = smfi_getpriv(ctx);
	g_autofree char *address = bare_path(argv[0]);
	g_autofree char *reason = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status =
		carom_outbound_suppressed(outbound, address, c->header_counts ? "" : c->account,
					  c->header_counts ? "" : c->stream, &reason, &error);

	if (status == CAROM_OK) {
		g_autofree char *text = g_strdup_printf("%s is suppressed: %s", address, reason);

		log_refusal("NOQUEUE", "reject", c, address, reason);
		return refuse(ctx, "550", "5.7.1", text);
	}
	if (status != CAROM_ABSENT && !c->header_counts && !lets_through(c))
		return refuse_unchecked(ctx, "NOQUEUE", c, address, error);
	g_ptr_array_add(c->ours, g_steal_pointer(&address));
	return SMFIS_CONTINUE;
}

/* ---- outbound: the account in a header field ---- */

/* NULL, or what is wrong with it. Accounts stand in log lines, so no character that means something
 * there may be in one. */
static const char *
wrong_with_scope(const char *scope)
{
	const char *slash = strchr(scope, '/');
	gsize account = slash ? (gsize) (slash - scope) : strlen(scope);

	if (account == 0)
		return "names no account";
	if (account > MAX_SCOPE_PART || (slash != NULL && strlen(slash + 1) > MAX_SCOPE_PART))
		return "is too long";
	for (const char *p = scope; *p; p++)
		if (!g_ascii_isgraph(*p) || strchr("\",<>=;", *p) != NULL)
			return "is not ACCOUNT or ACCOUNT/STREAM";
	return NULL;
}

static sfsistat
outbound_header(SMFICTX *ctx, char *name, char *value)
{
	Context *c = smfi_getpriv(ctx);
	const char *wanted = c->snapshot->config->account_header, *wrong;
	g_autofree char *scope = NULL;

	if (g_ascii_strcasecmp(name, wanted) != 0)
		return SMFIS_CONTINUE;
	c->named++;
	if (!c->header_counts || c->named_wrongly != NULL)
		return SMFIS_CONTINUE;
	scope = g_strstrip(g_strdup(value));
	wrong = wrong_with_scope(scope);
	if (wrong == NULL && c->named_scope != NULL && strcmp(c->named_scope, scope) != 0)
		wrong = "is there twice and says two things";
	if (wrong != NULL)
		c->named_wrongly = g_strdup_printf("%s %s", wanted, wrong);
	else if (c->named_scope == NULL)
		c->named_scope = g_steal_pointer(&scope);
	return SMFIS_CONTINUE;
}

/* All are suppressed: a refusal, as at RCPT. */
static sfsistat
refuse_all(SMFICTX *ctx, const char *queue_id, const Context *c, const GPtrArray *reasons)
{
	g_autofree char *text = g_strdup_printf(
		"%s%s is suppressed: %s", c->ours->len > 1 ? "no recipient may be mailed; " : "",
		(const char *) c->ours->pdata[0], (const char *) reasons->pdata[0]);

	for (guint i = 0; i < c->ours->len; i++)
		log_refusal(queue_id, "reject", c, c->ours->pdata[i], reasons->pdata[i]);
	return refuse(ctx, "550", "5.7.1", text);
}

/* Some are suppressed: the others get their mail. What can't be taken out must not be mailed. */
static sfsistat
remove_some(SMFICTX *ctx, const char *queue_id, Context *c, const GPtrArray *reasons)
{
	for (guint i = c->ours->len; i-- > 0;) {
		g_autofree char *path = g_strdup_printf("<%s>", (const char *) c->ours->pdata[i]);

		if (reasons->pdata[i] == NULL)
			continue;
		if (smfi_delrcpt(ctx, path) != MI_SUCCESS)
			return refuse(ctx, "451", "4.3.0",
				      "a suppressed recipient can't be removed");
		log_refusal(queue_id, "removed", c, c->ours->pdata[i], reasons->pdata[i]);
		g_ptr_array_remove_index(c->ours, i);
	}
	return SMFIS_CONTINUE;
}

/* Asks about all recipients, now that account and stream are known. */
static sfsistat
check_recipients(SMFICTX *ctx, const char *queue_id, Context *c)
{
	g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(g_free);
	guint suppressed = 0;

	for (guint i = 0; i < c->ours->len; i++) {
		g_autoptr(GError) error = NULL;
		char *reason;
		CaromStatus status = carom_outbound_suppressed(
			outbound, c->ours->pdata[i], c->account, c->stream, &reason, &error);

		g_ptr_array_add(reasons, reason);
		suppressed += status == CAROM_OK;
		if (status != CAROM_OK && status != CAROM_ABSENT && !lets_through(c))
			return refuse_unchecked(ctx, queue_id, c, c->ours->pdata[i], error);
	}
	if (suppressed == 0)
		return SMFIS_CONTINUE;
	return suppressed == c->ours->len ? refuse_all(ctx, queue_id, c, reasons)
					  : remove_some(ctx, queue_id, c, reasons);
}

/* SMFIS_CONTINUE: account and stream are those that the header names, if it names any, and the
 * recipients who are left may be mailed. */
static sfsistat
follow_header(SMFICTX *ctx, const char *queue_id, Context *c)
{
	if (!c->header_counts)
		return SMFIS_CONTINUE;
	if (c->named_wrongly != NULL) {
		carom_log(CAROM_LOG_WARNING, "%s: reject: client=%s, reason=%s", queue_id,
			  c->client, c->named_wrongly);
		return refuse(ctx, "550", "5.7.1", c->named_wrongly);
	}
	if (c->named_scope != NULL)
		set_scope(c, c->named_scope);
	return check_recipients(ctx, queue_id, c);
}

/* Whoever wrote it: the next host could be one that believes it. From the last to the first, since
 * each that goes renumbers those behind it. */
static void
take_header_out(SMFICTX *ctx, const Context *c)
{
	const CaromConfig *config = c->snapshot->config;

	for (guint i = config->account_header_keep ? 0 : c->named; i > 0; i--)
		smfi_chgheader(ctx, config->account_header, (int) i, NULL);
}

/* ---- outbound: what goes out ---- */

/* The number of a stream in [streams], 0 if it has none. */
static guint
stream_number(const Context *c)
{
	g_autofree char *scope =
		g_strdup_printf("%s%s%s", c->account, *c->stream ? "/" : "", c->stream);
	GHashTableIter it;
	gpointer number, value;

	g_hash_table_iter_init(&it, c->snapshot->config->streams);
	while (g_hash_table_iter_next(&it, &number, &value))
		if (g_ascii_strcasecmp(value, scope) == 0)
			return (guint) g_ascii_strtoull(number, NULL, 10);
	return 0;
}

/* The signed return address for the one recipient: address form, or a token where that can't carry
 * it. */
static CaromStatus
signed_address(const Context *c, char **out, GError **err)
{
	const CaromVerpSettings settings = verp_settings(c->snapshot);
	const char *base = c->snapshot->config->return_address, *recipient = c->ours->pdata[0];
	g_autofree char *token = NULL;
	guint64 id;
	CaromStatus status = carom_verp_write(&settings, base, recipient, stream_number(c),
					      carom_verp_today(), out, NULL);

	if (status != CAROM_MALFORMED)
		return status;
	status = carom_outbound_address_id(outbound, recipient, c->account, &id, err);
	if (status == CAROM_OK)
		status = carom_verp_token(&settings, id, stream_number(c), carom_verp_today(),
					  &token, err);
	return status == CAROM_OK ? carom_verp_write_token(&settings, base, token, out, err)
				  : status;
}

/* Bulk mail and its return address are the sender's business; an unsigned bounce is better than
 * none, so failures only get logged. */
static void
sign_return_address(SMFICTX *ctx, Context *c)
{
	g_autofree char *address = NULL, *path = NULL;
	g_autoptr(GError) error = NULL;

	if (*c->snapshot->config->return_address == '\0' || c->snapshot->knowledge->keys == NULL ||
	    c->ours->len != 1 || *c->sender == '\0')
		return;
	if (signed_address(c, &address, &error) != CAROM_OK) {
		carom_log(CAROM_LOG_WARNING, "the return address is not signed: %s",
			  error ? error->message : "");
		return;
	}
	path = g_strdup_printf("<%s>", address);
	smfi_chgfrom(ctx, path, NULL);
	smfi_addheader(ctx, (char *) CAROM_TOKEN_HEADER, address);
}

static sfsistat
outbound_eom(SMFICTX *ctx)
{
	Context *c = smfi_getpriv(ctx);
	const char *queue_id = smfi_getsymval(ctx, (char *) "i");
	sfsistat answer = follow_header(ctx, queue_id ? queue_id : "NOQUEUE", c);

	if (answer == SMFIS_CONTINUE) {
		take_header_out(ctx, c);
		sign_return_address(ctx, c);
		for (guint i = 0; i < c->ours->len; i++)
			carom_outbound_count(
				outbound, c->account, c->stream,
				carom_provider_of(c->snapshot->knowledge->providers,
						  carom_address_domain(c->ours->pdata[i]), NULL,
						  NULL));
		answer = SMFIS_ACCEPT;
	}
	context_reset(c);
	return answer;
}

/* ---- both ------------------------------------------------------------------------ */

/* Callbacks that a role has no use for are negotiated away: each costs a round trip a message. */
static sfsistat
negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2, unsigned long f3,
	  unsigned long *pf0, unsigned long *pf1, unsigned long *pf2, unsigned long *pf3,
	  unsigned long wanted)
{
	(void) ctx;
	(void) f2;
	(void) f3;
	*pf0 = f0 & (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT | SMFIF_CHGFROM);
	*pf1 = f1 & wanted;
	*pf2 = *pf3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
inbound_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
		  unsigned long f3, unsigned long *pf0, unsigned long *pf1, unsigned long *pf2,
		  unsigned long *pf3)
{
	g_autoptr(CaromSnapshot) snapshot = carom_snapshots_get(snapshots);
	Context *c = context_of(ctx);

	c->marks = snapshot->config->inbound_headers && !snapshot->config->inbound_discard;
	return negotiate(ctx, f0, f1, f2, f3, pf0, pf1, pf2, pf3,
			 SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NR_CONN | SMFIP_NR_HDR |
				 (c->marks ? 0 : SMFIP_NR_EOH) | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC);
}

static sfsistat
outbound_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
		   unsigned long f3, unsigned long *pf0, unsigned long *pf1, unsigned long *pf2,
		   unsigned long *pf3)
{
	g_autoptr(CaromSnapshot) snapshot = carom_snapshots_get(snapshots);
	Context *c = context_of(ctx);

	c->sees_header = *snapshot->config->account_header != '\0';
	return negotiate(ctx, f0, f1, f2, f3, pf0, pf1, pf2, pf3,
			 SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NOEOH | SMFIP_NOBODY |
				 SMFIP_NODATA | SMFIP_NR_CONN |
				 (c->sees_header ? SMFIP_NR_HDR : SMFIP_NOHDRS));
}

/* The path of a unix socket; NULL for another. */
static const char *
unix_path(const char *socket_path)
{
	return g_str_has_prefix(socket_path, "unix:")    ? socket_path + 5
	       : g_str_has_prefix(socket_path, "local:") ? socket_path + 6
							 : NULL;
}

/* libmilter would take a socket away from a daemon that uses it. */
static gboolean
is_served(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	gboolean served;

	if (fd < 0)
		return FALSE;
	g_strlcpy(address.sun_path, path, sizeof address.sun_path);
	served = connect(fd, (struct sockaddr *) &address, sizeof address) == 0;
	close(fd);
	return served;
}

/* Only Postfix may talk to the socket: who can, could pass a forgery off as our own. */
static void
protect_socket(const char *path)
{
	g_autoptr(CaromSnapshot) snapshot = carom_snapshots_get(snapshots);

	carom_door_protect(path, snapshot->config->socket_group);
}

/* From here on connections wait in the socket, until carom_milter_run() takes them. */
static CaromStatus
open_socket(struct smfiDesc *description, const char *socket_path, GError **err)
{
	const char *path = unix_path(socket_path);

	if (path != NULL && is_served(path))
		return carom_fail(err, CAROM_MISUSE, "milter: %s: another carom listens there",
				  path);
	if (smfi_setconn((char *) socket_path) != MI_SUCCESS)
		return carom_fail(
			err, CAROM_MISUSE,
			"milter: \"%s\" is no socket; it is unix:PATH or inet:PORT@ADDRESS",
			socket_path);
	if (smfi_register(*description) != MI_SUCCESS)
		return carom_fail(err, CAROM_RETRY, "milter: libmilter refused to register");
	if (smfi_opensocket(1) != MI_SUCCESS)
		return carom_fail(err, CAROM_MISUSE, "milter: %s: %s", socket_path,
				  g_strerror(errno));
	if (path != NULL)
		protect_socket(path);
	return CAROM_OK;
}

CaromStatus
carom_milter_open_inbound(const CaromDoor *the_door, CaromPool *the_pool, const char *socket_path,
			  GError **err)
{
	struct smfiDesc description = {
		.xxfi_name = (char *) "carom",
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT,
		.xxfi_connect = on_connect,
		.xxfi_envfrom = inbound_from,
		.xxfi_envrcpt = inbound_rcpt,
		.xxfi_data = inbound_data,
		.xxfi_header = inbound_header,
		.xxfi_eoh = inbound_eoh,
		.xxfi_body = inbound_body,
		.xxfi_eom = inbound_eom,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = inbound_negotiate,
	};

	door = the_door;
	pool = the_pool;
	snapshots = the_door->snapshots;
	return open_socket(&description, socket_path, err);
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
		.xxfi_envfrom = outbound_from,
		.xxfi_envrcpt = outbound_rcpt,
		.xxfi_header = outbound_header,
		.xxfi_eom = outbound_eom,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = outbound_negotiate,
	};

	snapshots = the_snapshots;
	outbound = the_outbound;
	return open_socket(&description, socket_path, err);
}

CaromStatus
carom_milter_run(GError **err)
{
	return smfi_main() == MI_SUCCESS
		       ? CAROM_OK
		       : carom_fail(err, CAROM_RETRY, "milter: libmilter gave up");
}

void
carom_milter_stop(void)
{
	smfi_stop();
}
