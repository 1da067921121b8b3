/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "intake/mail_log.h"
#include "base/log_file.h"
#include "base/network.h"
#include "base/text.h"
#include "config/scope.h"
#include "config/sender_scope.h"
#include "intake/log_batch.h"
#include "intake/log_queue.h"
#include "intake/log_takers.h"
#include "intake/resolve.h"
#include "mail/address.h"
#include "mail/postfix_log.h"
#include "rules/classify.h"

#include <string.h>

#define MOST_MESSAGES 100000 /* under way at a time, over all hosts */
#define MOST_HOSTS 1000
#define MAX_SAID 1000

struct CaromMailLog {
	const CaromKnown *known;
	CaromStore *store;
	GTimeZone *zone;
	gboolean again;
	CaromLogBatch *batch;
	CaromLogTakers *takers;
	CaromLogQueue *queue;
	GHashTable *hosts;     /* name -> index, from 1 */
	GPtrArray *host_names; /* by index - 1; borrowed from hosts */
	GHashTable *scopes;    /* "acme/newsletter" -> itself */
	GHashTable *numbers;   /* number of a stream -> its scope, borrowed; "" nobody's */
	CaromMailLogSums sums;
	/* the last stamp that was worked out */
	CaromPostfixStamp stamp;
	gint64 time;
	gint64 latest, now; /* when the file was written; Unix time */
	guint last_host;
};

/* A line, taken apart. */
typedef struct {
	guint host;
	gint64 time; /* 0: by stamp */
	CaromPostfixStamp stamp;
	CaromPostfixPiece tag, text;
} Line;

CaromMailLog *
carom_mail_log_new(const CaromKnown *known, CaromStore *store, GTimeZone *zone)
{
	CaromMailLog *log = g_new0(CaromMailLog, 1);

	log->known = known;
	log->now = g_get_real_time() / G_USEC_PER_SEC;
	log->store = store;
	log->zone = zone;
	log->batch = carom_log_batch_new();
	log->takers = carom_log_takers_new();
	log->queue = carom_log_queue_new(MOST_MESSAGES);
	log->hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	log->host_names = g_ptr_array_new();
	log->scopes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	log->numbers = g_hash_table_new(NULL, NULL);
	return log;
}

void
carom_mail_log_free(CaromMailLog *log)
{
	if (log == NULL)
		return;
	carom_log_batch_free(log->batch);
	carom_log_takers_free(log->takers);
	carom_log_queue_free(log->queue);
	g_hash_table_unref(log->hosts);
	g_ptr_array_unref(log->host_names);
	g_hash_table_unref(log->scopes);
	g_hash_table_unref(log->numbers);
	g_free(log);
}

void
carom_mail_log_read_again(CaromMailLog *log)
{
	log->again = TRUE;
}

const CaromMailLogSums *
carom_mail_log_sums(const CaromMailLog *log)
{
	return &log->sums;
}

static const CaromConfig *
config_of(const CaromMailLog *log)
{
	return log->known->config;
}

/* ---- whose mail it is ---------------------------------------------------------------------- */

/* The one copy of a scope. */
static const char *
keep_scope(const char *scope, void *user)
{
	CaromMailLog *log = user;
	const char *kept = g_hash_table_lookup(log->scopes, scope);

	if (kept == NULL) {
		char *copy = g_strdup(scope);

		g_hash_table_add(log->scopes, copy);
		kept = copy;
	}
	return kept;
}

/* The scope of a number that the database gave. *out NULL: nobody has it. */
static CaromStatus
scope_of_number(CaromMailLog *log, guint number, const char **out, GError **err)
{
	g_autofree char *account = NULL, *stream = NULL, *scope = NULL;
	const char *found = g_hash_table_lookup(log->numbers, GUINT_TO_POINTER(number));
	CaromStatus status = CAROM_OK;

	if (found == NULL) {
		status = carom_deliveries_scope(log->store, number, &account, &stream, err);
		if (status == CAROM_OK)
			scope = carom_scope_name(account, stream);
		else if (status != CAROM_ABSENT)
			return status;
		found = keep_scope(scope ? scope : "", log);
		g_hash_table_insert(log->numbers, GUINT_TO_POINTER(number), (gpointer) found);
	}
	*out = *found ? found : NULL;
	return CAROM_OK;
}

/* Whose mail a signed return address says that it is. *is_signed: it is one of ours. */
static CaromStatus
scope_of_return_address(CaromMailLog *log, const char *address, gboolean *is_signed,
			const char **out, GError **err)
{
	const CaromConfig *config = config_of(log);
	const CaromVerpSettings settings = { .keys = log->known->keys,
					     .delimiters = config->bounce.delimiters,
					     .domains = config->bounce.domains,
					     .lifetime = config->bounce.lifetime,
					     .senders = config->senders };
	CaromVerp verp = { 0 };
	CaromVerpState state = carom_verp_read(address, &settings, carom_verp_today(), &verp);
	CaromStatus status = CAROM_OK;

	*is_signed = state == CAROM_VERP_SIGNED || state == CAROM_VERP_EXPIRED;
	*out = NULL;
	if (*is_signed && verp.stream > CAROM_VERP_SHORT_STREAM)
		status = scope_of_number(log, verp.stream, out, err);
	else if (state != CAROM_VERP_NONE && state != CAROM_VERP_FORGED)
		*out = carom_resolve_scope(config, &verp);
	if (state != CAROM_VERP_NONE)
		carom_verp_clear(&verp);
	return status;
}

/* TRUE if what goes back to address comes to carom, which then has the report. */
static gboolean
comes_to_carom(const CaromConfig *config, const char *address)
{
	if (*config->bounce.domains == NULL && *config->bounce.addresses == NULL)
		return TRUE; /* it takes what comes */
	return carom_text_in_list(config->bounce.domains, carom_address_domain(address)) ||
	       carom_text_in_list(config->bounce.addresses, address);
}

static gboolean
is_own_sender(const CaromConfig *config, const char *address, const char *scope)
{
	const char *domain = carom_address_domain(address);

	return scope != NULL || carom_text_in_list(config->bounce.domains, domain) ||
	       carom_text_in_list(config->own.domains, domain);
}

/* "from=<…>": whose the message is, and whether it is ours at all. */
static CaromStatus
take_sender(CaromMailLog *log, const CaromPostfixEvent *event, CaromLogMessage *message,
	    GError **err)
{
	const CaromConfig *config = config_of(log);
	g_autofree char *address = g_strndup(event->address.text, event->address.len);
	const char *scope;
	gboolean is_signed;
	CaromStatus status;

	message->deferred = 0;
	message->provider = NULL;
	if (message->sender_known)
		return CAROM_OK;
	status = scope_of_return_address(log, address, &is_signed, &scope, err);
	if (status != CAROM_OK)
		return status;
	if (is_signed || message->scope == NULL)
		message->scope = scope ? scope : message->scope;
	if (message->scope == NULL)
		message->scope = carom_sender_scope(config, NULL, NULL, address);
	message->sender_known = TRUE;
	message->told = comes_to_carom(config, address);
	/* what has no sender is a report, or an answer */
	message->ours = *address != '\0' &&
			(is_signed || message->handed_in ||
			 (!message->stranger && is_own_sender(config, address, message->scope)));
	return CAROM_OK;
}

static void
take_client(CaromMailLog *log, guint host, const CaromPostfixEvent *event, CaromLogMessage *message)
{
	static char *const this_host[] = { (char *) "127.0.0.0/8", (char *) "::1/128", NULL };
	const CaromConfig *config = config_of(log);
	/* of one that a filter hands back it is the first that counts */
	const CaromPostfixPiece *from =
		event->original_client.len > 0 ? &event->original_client : &event->client;
	g_autofree char *client = g_strndup(from->text, from->len);
	g_autofree char *login =
		event->login.len ? g_strndup(event->login.text, event->login.len) : NULL;
	const CaromLogMessage *before = NULL;

	if (event->original_id.len > 0) {
		/* a filter hands it back; whose it is was said when it came in */
		const CaromLogMessage copy = *message;

		before = carom_log_queue_find(log->queue, host, event->original_id.text,
					      event->original_id.len);
		*message = before ? *before : copy;
		message->sender_known = FALSE;
		if (before != NULL)
			return;
	}
	message->scope = carom_sender_scope(config, login, client, NULL);
	message->handed_in = login != NULL || message->scope != NULL ||
			     carom_network_has(this_host, client) ||
			     carom_network_has(config->own.networks, client);
	message->stranger = !message->handed_in;
}

/* ---- what became of it --------------------------------------------------------------------- */

/* When a line was logged, Unix time; 0: at no time that there was yet. */
static gint64
time_of(CaromMailLog *log, const Line *line)
{
	gint64 time = line->time;

	if (time == 0) {
		if (memcmp(&log->stamp, &line->stamp, sizeof log->stamp) != 0) {
			log->stamp = line->stamp;
			log->time = carom_postfix_log_time(&line->stamp, log->zone, log->latest);
		}
		time = log->time;
	}
	return time <= 0 || time > log->now + 86400 ? 0 : time;
}

static CaromStatus
count(CaromMailLog *log, const Line *line, guint part, const CaromLogCount *what, GError **err)
{
	const gint64 time = time_of(log, line);

	if (time == 0) {
		log->sums.timeless++;
		return CAROM_OK;
	}
	carom_log_batch_add(log->batch, time, line->text.text, line->text.len, part, what);
	return carom_log_batch_is_full(log->batch)
		       ? carom_log_batch_flush(log->batch, log->store, &log->sums.in_database, err)
		       : CAROM_OK;
}

/* A server took mail for this address: it may be on the list, or on its way there. */
static CaromStatus
note_taker(CaromMailLog *log, const Line *line, const CaromPostfixEvent *event, GError **err)
{
	const gint64 time = time_of(log, line);

	if (time > 0)
		carom_log_takers_add(log->takers, event->address.text, event->address.len, time);
	return carom_log_takers_is_full(log->takers)
		       ? carom_log_takers_flush(log->takers, log->store, &log->sums.noted, err)
		       : CAROM_OK;
}

static const char *
provider_of(const CaromMailLog *log, const CaromPostfixEvent *event)
{
	const CaromPostfixPiece *address = &event->address;
	const char *at = g_strrstr_len(address->text, (gssize) address->len, "@");
	g_autofree char *domain = NULL, *relay = NULL;

	if (at == NULL)
		return NULL;
	domain = g_ascii_strdown(at + 1, (gssize) (address->text + address->len - at - 1));
	relay = g_strndup(event->relay.text, event->relay.len);
	return carom_provider_of(log->known->knowledge->providers, domain, relay, NULL);
}

/* Category and class of a refusal. */
static void
judge(const CaromMailLog *log, const CaromPostfixEvent *event, CaromLogCount *out)
{
	g_autofree char *said =
		carom_text_clean(event->said.text, (gssize) event->said.len, MAX_SAID);
	CaromVerdict verdict = { 0 };
	const char *provider;

	carom_classify_reply(log->known->knowledge, said, out->provider, &verdict, &provider);
	if (verdict.category == CAROM_CATEGORY_NONE)
		return;
	out->category = carom_report_category_name(verdict.category);
	out->class = carom_report_class_name(verdict.class);
}

/* The next server is this host again, as after a filter: what becomes of it is told of the id that
 * it has now. */
static gboolean
goes_on_here(CaromMailLog *log, const Line *line, const CaromPostfixEvent *event,
	     const CaromLogMessage *message)
{
	CaromLogMessage *next;

	if (event->outcome != CAROM_POSTFIX_SENT || event->queued_as.len == 0)
		return FALSE;
	next = carom_log_queue_find(log->queue, line->host, event->queued_as.text,
				    event->queued_as.len);
	if (next == NULL)
		return FALSE;
	next->ours = message->ours;
	next->stranger = message->stranger;
	next->handed_in = message->handed_in;
	next->scope = message->scope ? message->scope : next->scope;
	return TRUE;
}

static void
note_deferred(CaromLogMessage *message, const char *provider)
{
	if (message->deferred > 0 && message->provider != provider)
		message->provider = NULL;
	else if (message->deferred == 0)
		message->provider = provider;
	message->deferred++;
}

static CaromStatus
take_delivery(CaromMailLog *log, const Line *line, const CaromPostfixEvent *event, GError **err)
{
	CaromLogMessage *message =
		carom_log_queue_find(log->queue, line->host, event->id.text, event->id.len);
	CaromLogCount what = { .recipients = 1 };
	CaromStatus status = CAROM_OK;

	if (message == NULL || !message->sender_known) {
		log->sums.headless += event->leaves;
		return CAROM_OK;
	}
	if (goes_on_here(log, line, event, message))
		return CAROM_OK;
	if (!event->leaves || !message->ours) {
		log->sums.others++;
		return CAROM_OK;
	}
	what.scope = message->scope;
	what.provider = provider_of(log, event);
	switch (event->outcome) {
	case CAROM_POSTFIX_SENT:
		what.outcome = "delivered";
		log->sums.delivered++;
		status = note_taker(log, line, event, err);
		break;
	case CAROM_POSTFIX_BOUNCED:
		what.outcome = "refused";
		what.told = message->told;
		judge(log, event, &what);
		log->sums.refused++;
		break;
	case CAROM_POSTFIX_DEFERRED:
		what.outcome = "deferred";
		note_deferred(message, what.provider);
		log->sums.deferred++;
		break;
	}
	return status == CAROM_OK ? count(log, line, 0, &what, err) : status;
}

/* Given up: those who were put off when it was last tried. */
static CaromStatus
take_expired(CaromMailLog *log, const Line *line, const CaromPostfixEvent *event, GError **err)
{
	CaromLogMessage *message =
		carom_log_queue_find(log->queue, line->host, event->id.text, event->id.len);
	CaromLogCount what = { .outcome = "expired", .category = "expired", .class = "soft" };

	if (message == NULL || !message->ours || message->deferred == 0)
		return CAROM_OK;
	what.scope = message->scope;
	what.provider = message->provider;
	what.told = message->told;
	what.recipients = message->deferred;
	log->sums.expired += message->deferred;
	message->deferred = 0;
	return count(log, line, 0, &what, err);
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* The index of a host; what was under way there is remembered. */
static CaromStatus
host_index(CaromMailLog *log, const CaromPostfixPiece *host, guint *out, GError **err)
{
	const char *last = log->last_host ? log->host_names->pdata[log->last_host - 1] : NULL;
	g_autofree char *name = NULL, *queue = NULL;
	CaromStatus status;

	*out = log->last_host;
	if (last != NULL && strlen(last) == host->len && memcmp(last, host->text, host->len) == 0)
		return CAROM_OK;
	name = carom_text_clean(host->text, (gssize) host->len, 255);
	*out = log->last_host = GPOINTER_TO_UINT(g_hash_table_lookup(log->hosts, name));
	if (*out != 0)
		return CAROM_OK;
	if (log->host_names->len >= MOST_HOSTS)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "lines of more than %d hosts in one log", MOST_HOSTS);
	status = carom_deliveries_queue(log->store, name, &queue, err);
	if (status != CAROM_OK)
		return status;
	g_ptr_array_add(log->host_names, name);
	*out = log->last_host = log->host_names->len;
	g_hash_table_insert(log->hosts, g_steal_pointer(&name), GUINT_TO_POINTER(*out));
	carom_log_queue_read(log->queue, *out, queue, keep_scope, log);
	return CAROM_OK;
}

static CaromStatus
take_event(CaromMailLog *log, const Line *line, const CaromPostfixEvent *event, GError **err)
{
	const CaromPostfixPiece *id = &event->id;
	CaromLogMessage *message;

	switch (event->kind) {
	case CAROM_POSTFIX_CLIENT:
		message = carom_log_queue_take(log->queue, line->host, id->text, id->len);
		take_client(log, line->host, event, message);
		return CAROM_OK;
	case CAROM_POSTFIX_PICKUP:
		message = carom_log_queue_take(log->queue, line->host, id->text, id->len);
		message->handed_in = TRUE;
		return CAROM_OK;
	case CAROM_POSTFIX_SENDER:
		message = carom_log_queue_take(log->queue, line->host, id->text, id->len);
		return take_sender(log, event, message, err);
	case CAROM_POSTFIX_DELIVERY:
		return take_delivery(log, line, event, err);
	case CAROM_POSTFIX_EXPIRED:
		return take_expired(log, line, event, err);
	case CAROM_POSTFIX_REMOVED:
		carom_log_queue_done(log->queue, line->host, id->text, id->len);
		return CAROM_OK;
	default:
		return CAROM_OK;
	}
}

/* Takes an entry apart. FALSE: it is no line of a log. */
static gboolean
read_line(const CaromLogEntry *entry, Line *line, CaromPostfixPiece *host)
{
	CaromPostfixHeader header;

	*line = (Line){ 0 };
	if (entry->is_journal) {
		line->time = entry->time;
		line->tag = (CaromPostfixPiece){ entry->tag.text, entry->tag.len };
		line->text = (CaromPostfixPiece){ entry->text.text, entry->text.len };
		*host = (CaromPostfixPiece){ entry->host.text, entry->host.len };
		return line->time > 0;
	}
	if (!carom_postfix_log_header(entry->line.text, entry->line.len, &header))
		return FALSE;
	line->stamp = header.stamp;
	line->tag = header.tag;
	line->text = header.text;
	*host = header.host;
	return TRUE;
}

/* All entries up to the end of the file. *is_log: one was a line of a log. */
static CaromStatus
read_entries(CaromMailLog *log, CaromLogFile *file, gboolean *is_log, GError **err)
{
	CaromLogEntry entry;
	CaromStatus status;

	*is_log = FALSE;
	while ((status = carom_log_file_next(file, &entry, err)) == CAROM_OK) {
		CaromPostfixPiece host;
		CaromPostfixEvent event;
		Line line;

		log->sums.lines++;
		if (!read_line(&entry, &line, &host))
			continue;
		*is_log = TRUE;
		if (!carom_postfix_log_event(&line.tag, &line.text, &event))
			continue;
		status = host_index(log, &host, &line.host, err);
		if (status == CAROM_OK)
			status = take_event(log, &line, &event, err);
		if (status != CAROM_OK)
			return status;
	}
	return status == CAROM_ABSENT ? CAROM_OK : status;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* Notes how far the file was read, and what is under way. */
static CaromStatus
note_read(CaromMailLog *log, const CaromLogFile *file, const char *first, GError **err)
{
	g_autofree char *tail = carom_log_file_tail(file);
	g_autoptr(GPtrArray) queues = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < log->host_names->len; i++)
		g_ptr_array_add(queues, carom_log_queue_write(log->queue, i + 1));
	return carom_deliveries_read(log->store, first, carom_log_file_position(file), tail,
				     log->host_names, queues, err);
}

/* Goes on where it was read to before. *is_known: it was. */
static CaromStatus
resume(CaromMailLog *log, CaromLogFile *file, const char *first, gboolean *is_known, GError **err)
{
	g_autofree char *tail = NULL;
	guint64 position;
	CaromStatus status;

	*is_known = FALSE;
	if (first == NULL || log->again)
		return CAROM_OK;
	status = carom_deliveries_position(log->store, first, &position, &tail, err);
	if (status == CAROM_OK && tail != NULL)
		*is_known = carom_log_file_resume(file, position, tail);
	return status == CAROM_ABSENT ? CAROM_OK : status;
}

static CaromStatus
read_file(CaromMailLog *log, const char *path, GError **err)
{
	g_autoptr(CaromLogFile) file = NULL;
	g_autofree char *first = NULL;
	gboolean is_known = FALSE, is_log = FALSE;
	const guint64 lines = log->sums.lines;
	CaromStatus status = carom_log_file_open(path, &file, err), flushed;

	if (status != CAROM_OK)
		return status;
	log->latest = carom_log_file_modified(file);
	memset(&log->stamp, 0, sizeof log->stamp);
	first = strcmp(path, "-") != 0 ? carom_log_file_first(file) : NULL;
	status = resume(log, file, first, &is_known, err);
	if (status == CAROM_OK)
		status = read_entries(log, file, &is_log, err);
	if (status != CAROM_OK && status != CAROM_MALFORMED)
		return status;
	/* what is sound of a damaged file counts */
	flushed = carom_log_batch_flush(log->batch, log->store, &log->sums.in_database,
					status == CAROM_OK ? err : NULL);
	if (flushed == CAROM_OK)
		flushed = carom_log_takers_flush(log->takers, log->store, &log->sums.noted,
						 status == CAROM_OK ? err : NULL);
	if (flushed != CAROM_OK || status != CAROM_OK)
		return flushed != CAROM_OK && status == CAROM_OK ? flushed : status;
	if (!is_log && !is_known && log->sums.lines > lines)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "%s: none of its lines is one of a mail log", path);
	return note_read(log, file, first, err);
}

/* A file, and when its first line was logged. */
typedef struct {
	const char *path;
	gint64 time;
} Candidate;

static int
by_time(gconstpointer a, gconstpointer b)
{
	const Candidate *one = a, *other = b;

	return one->time < other->time ? -1 : one->time > other->time;
}

static CaromStatus
look_at(CaromMailLog *log, const char *path, Candidate *out, GError **err)
{
	g_autoptr(CaromLogFile) file = NULL;
	CaromLogEntry entry;
	CaromPostfixPiece host;
	Line line;
	CaromStatus status = carom_log_file_open(path, &file, err);

	*out = (Candidate){ .path = path };
	if (status != CAROM_OK || carom_log_file_next(file, &entry, NULL) != CAROM_OK)
		return status; /* a damaged one is told of when it is read */
	if (read_line(&entry, &line, &host))
		out->time = line.time ? line.time
				      : carom_postfix_log_time(&line.stamp, log->zone,
							       carom_log_file_modified(file));
	return CAROM_OK;
}

/* Of several errors the first is told. */
static CaromStatus
keep_first(CaromStatus status, GError **error, GError **err)
{
	if (err != NULL && *err == NULL)
		g_propagate_error(err, g_steal_pointer(error));
	return status;
}

CaromStatus
carom_mail_log_read(CaromMailLog *log, char *const *paths, GError **err)
{
	g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(Candidate));
	CaromStatus worst = CAROM_OK;

	if (strcmp(paths[0], "-") == 0)
		return read_file(log, "-", err);
	for (char *const *path = paths; *path; path++) {
		Candidate candidate;
		g_autoptr(GError) error = NULL;
		CaromStatus status = look_at(log, *path, &candidate, &error);

		/* one that is not there yet, such as a rotated one, keeps nobody from the others */
		if (status == CAROM_OK)
			g_array_append_val(files, candidate);
		else
			worst = keep_first(status, &error, err);
	}
	g_array_sort(files, by_time);
	for (guint i = 0; i < files->len; i++) {
		g_autoptr(GError) error = NULL;
		CaromStatus status =
			read_file(log, g_array_index(files, Candidate, i).path, &error);

		if (status != CAROM_OK)
			worst = keep_first(status, &error, err);
		if (status != CAROM_OK && status != CAROM_MALFORMED)
			break;
	}
	return worst;
}
