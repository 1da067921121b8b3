/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "feed/hook_sender.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/test_hook.h"
#include "base/text.h"
#include "feed/hook_schedule.h"
#include "feed/hook_signature.h"
#include "feed/hook_transfer.h"
#include "store/feed.h"
#include "store/suppressions.h"
#include "store/webhooks.h"

#include <pthread.h>

#define CONNECT_SECONDS 10
#define ANSWER_MS 30000
#define LOOK_SECONDS 1 /* between two looks at the feed, if nobody calls before */
#define WORK_MS 50     /* between two looks for a call */
#define AWAY_SECONDS 2 /* before the database is tried anew */
#define LEASE_MORE 3   /* seconds that a claim holds after a request must have ended */
#define ERROR_MAX 300  /* octets of an error in the log */

struct CaromHookSender {
	const CaromConfig *config;
	CaromHookLimits limits;
	pthread_t thread;
	int ending; /* atomic */

	/* the thread's own */
	CaromHookTransfers *transfers;
	CaromStore *store;    /* NULL: not connected */
	GPtrArray *told;      /* Delivery: ended, and the database does not know it yet */
	CaromDeadline look;   /* when the feed is looked at next */
	CaromDeadline again;  /* when the database is tried next, while it is away */
	gboolean claim;       /* there may be something to send */
	gboolean away, stuck; /* said so: of the database; of a lock */
};

/* One that was claimed. */
typedef struct {
	char *delivery, *attempt, *webhook, *message;
	CaromHookResult result;
} Delivery;

static void
delivery_free(Delivery *d)
{
	g_free(d->delivery);
	g_free(d->attempt);
	g_free(d->webhook);
	g_free(d->message);
	carom_hook_transfer_clear(&d->result);
	g_free(d);
}

/* ---- what came of it ---- */

static void
log_outcome(const Delivery *d, const CaromHookVerdict *verdict)
{
	g_autofree char *error =
		d->result.error ? carom_text_printable(d->result.error, ERROR_MAX) : NULL;
	g_autofree char *wait =
		verdict->outcome == CAROM_HOOK_WAITING
			? g_strdup_printf(", again=%" G_GINT64_FORMAT "s", verdict->wait)
			: g_strdup("");
	const gboolean fine = verdict->outcome == CAROM_HOOK_DELIVERED;

	carom_log(fine ? CAROM_LOG_DEBUG : CAROM_LOG_WARNING,
		  "webhook=%s, delivery=%s, attempt=%s, outcome=%s, status=%ld%s%s%s", d->webhook,
		  d->message, d->attempt, carom_hook_schedule_word(verdict->outcome),
		  d->result.status, wait, error ? ": " : "", error ? error : "");
}

static CaromStatus
tell(CaromHookSender *s, const Delivery *d, GError **err)
{
	const CaromHookVerdict verdict =
		carom_hook_schedule_judge(d->result.status, d->result.retry_after,
					  (guint) g_ascii_strtoull(d->attempt, NULL, 10),
					  s->config->webhooks.retries, g_random_int());
	const CaromWebhookTold told = { .delivery = d->delivery,
					.attempt = d->attempt,
					.outcome = carom_hook_schedule_word(verdict.outcome),
					.wait = verdict.wait,
					.rest = verdict.rest,
					.status = d->result.status,
					.error = d->result.error,
					.answer = d->result.answer,
					.took = d->result.took,
					.days = s->config->webhooks.disable_days };
	g_autofree char *disabled = NULL;
	CaromStatus status = carom_webhooks_tell(s->store, &told, &disabled, err);

	if (status != CAROM_OK)
		return status;
	log_outcome(d, &verdict);
	if (disabled != NULL)
		carom_log(CAROM_LOG_ERROR,
			  "webhook=%s: disabled: %s; carom webhook resume goes on with it, and "
			  "nothing is lost until then",
			  d->webhook, disabled);
	return CAROM_OK;
}

/* Tells the database of all that has ended. What it was not told stays for the next time. */
static CaromStatus
tell_all(CaromHookSender *s, GError **err)
{
	while (s->told->len > 0) {
		CaromStatus status = tell(s, s->told->pdata[0], err);

		if (status != CAROM_OK)
			return status;
		g_ptr_array_remove_index(s->told, 0);
		s->claim = TRUE; /* the next one of its webhook */
	}
	return CAROM_OK;
}

static void
collect(CaromHookSender *s)
{
	CaromHookResult result;

	while (carom_hook_transfers_next(s->transfers, &result)) {
		Delivery *d = result.user;

		d->result = result;
		g_ptr_array_add(s->told, d);
		carom_test_hook("webhook-sent");
	}
}

/* ---- what is to be sent ---- */

/* Where it cannot begin, that is what came of it. */
static void
begin(CaromHookSender *s, const CaromTable *claims, guint row)
{
	Delivery *d = g_new0(Delivery, 1);
	const gint64 now = g_get_real_time() / G_USEC_PER_SEC;
	const char *body = carom_table_cell(claims, row, CAROM_CLAIM_BODY);
	g_autoptr(GError) error = NULL;
	g_autofree char *signature = NULL;

	d->delivery = g_strdup(carom_table_cell(claims, row, CAROM_CLAIM_DELIVERY));
	d->attempt = g_strdup(carom_table_cell(claims, row, CAROM_CLAIM_ATTEMPT));
	d->webhook = g_strdup(carom_table_cell(claims, row, CAROM_CLAIM_WEBHOOK));
	d->message = g_strdup(carom_table_cell(claims, row, CAROM_CLAIM_MESSAGE));
	signature = carom_hook_signature_make(carom_table_cell(claims, row, CAROM_CLAIM_SECRETS),
					      d->message, now, body ? body : "");
	if (signature != NULL && body != NULL) {
		const CaromHookRequest request = { .url = carom_table_cell(claims, row,
									   CAROM_CLAIM_URL),
						   .body = body,
						   .id = d->message,
						   .signature = signature,
						   .timestamp = now };

		if (carom_hook_transfers_begin(s->transfers, &request, d, &error) == CAROM_OK)
			return;
		d->result.error = g_strdup(error->message);
	} else {
		d->result.error = g_strdup("it has no secret to sign with, or no body");
	}
	g_ptr_array_add(s->told, d);
}

static CaromStatus
claim(CaromHookSender *s, GError **err)
{
	g_autoptr(CaromTable) claims = NULL;
	CaromStatus status = carom_webhooks_claim(
		s->store, s->config->webhooks.timeout + LEASE_MORE, &claims, err);

	if (status != CAROM_OK)
		return status;
	carom_test_hook("webhook-claimed");
	for (guint r = 0; r < claims->n_rows; r++)
		begin(s, claims, r);
	s->claim = FALSE;
	return CAROM_OK;
}

/* Gives what has committed its place, and takes what is new. */
static CaromStatus
look(CaromHookSender *s, GError **err)
{
	CaromNumbered numbered;
	gboolean more = TRUE;
	CaromStatus status;

	do
		status = carom_feed_number(s->store, &numbered, err);
	while (status == CAROM_OK && numbered == CAROM_NUMBERED_SOME);
	if (status != CAROM_OK)
		return status;
	if (numbered == CAROM_NUMBERED_BUSY && !s->stuck)
		carom_log(CAROM_LOG_WARNING, "webhooks stand still: another session of the "
					     "database has locked carom.feed_head");
	s->stuck = numbered == CAROM_NUMBERED_BUSY;
	while (status == CAROM_OK && more && __atomic_load_n(&s->ending, __ATOMIC_RELAXED) == 0)
		status = carom_webhooks_take(s->store, &more, err);
	if (status == CAROM_OK) {
		s->look = carom_deadline_in_s(LOOK_SECONDS);
		s->claim = TRUE;
	}
	return status;
}

/* ---- the thread ---- */

static CaromStatus
connect_store(CaromHookSender *s, GError **err)
{
	const char *listening = s->config->database.listen_conninfo;
	CaromStatus status = carom_store_open(*listening ? listening : s->config->database.conninfo,
					      CONNECT_SECONDS, &s->store, err);

	if (status != CAROM_OK)
		return status;
	carom_store_limit(s->store, ANSWER_MS);
	/* who is told of no change looks each second */
	status = carom_suppressions_watch(s->store, err);
	return status == CAROM_ABSENT ? CAROM_OK : status;
}

/* All that is to be done with the database now. */
static CaromStatus
turn(CaromHookSender *s, gboolean ending, GError **err)
{
	gboolean called = FALSE;
	CaromStatus status = s->store ? CAROM_OK : connect_store(s, err);

	if (status == CAROM_OK)
		status = tell_all(s, err);
	if (status != CAROM_OK || ending)
		return status;
	status = carom_store_notified(s->store, &called, err);
	if (status == CAROM_OK && (called || carom_deadline_passed(s->look)))
		status = look(s, err);
	if (status == CAROM_OK && s->claim)
		status = claim(s, err);
	return status;
}

/* The same; an outage is told once, and waited out. A server that was taken for the database's and
 * is none, or lacks the schema, may be mended as well. */
static void
turn_or_wait(CaromHookSender *s, gboolean ending)
{
	g_autoptr(GError) error = NULL;

	if (s->store == NULL && !carom_deadline_passed(s->again) && !ending)
		return;
	if (turn(s, ending, &error) == CAROM_OK) {
		if (s->away)
			carom_log(CAROM_LOG_INFO, "webhooks go on");
		s->away = FALSE;
		return;
	}
	if (!s->away)
		carom_log(CAROM_LOG_WARNING, "webhooks wait for the database: %s", error->message);
	s->away = TRUE;
	g_clear_pointer(&s->store, carom_store_close);
	s->again = carom_deadline_in_s(AWAY_SECONDS);
}

static void *
run(void *user)
{
	CaromHookSender *s = user;

	while (__atomic_load_n(&s->ending, __ATOMIC_RELAXED) == 0) {
		turn_or_wait(s, FALSE);
		carom_hook_transfers_work(s->transfers, s->told->len > 0 ? 0 : WORK_MS);
		collect(s);
	}
	/* each has its time-out */
	while (carom_hook_transfers_count(s->transfers) > 0) {
		carom_hook_transfers_work(s->transfers, WORK_MS);
		collect(s);
	}
	/* what this fails to tell is sent again, under the same id */
	if (s->told->len > 0)
		turn_or_wait(s, TRUE);
	return NULL;
}

CaromStatus
carom_hook_sender_start(const CaromConfig *config, CaromHookSender **out, GError **err)
{
	CaromHookSender *s = g_new0(CaromHookSender, 1);
	CaromStatus status;

	*out = NULL;
	s->config = config;
	s->limits = (CaromHookLimits){ .timeout = config->webhooks.timeout,
				       .allow_http = config->webhooks.allow_http,
				       .networks = config->webhooks.allow_networks,
				       .ca_file = config->webhooks.ca_file };
	s->told = g_ptr_array_new_with_free_func((GDestroyNotify) delivery_free);
	status = carom_hook_transfers_new(&s->limits, &s->transfers, err);
	if (status == CAROM_OK && pthread_create(&s->thread, NULL, run, s) != 0)
		status = carom_status_fail(err, CAROM_RETRY, "there is no thread for webhooks");
	if (status == CAROM_OK) {
		*out = s;
		return CAROM_OK;
	}
	carom_hook_transfers_free(s->transfers);
	g_ptr_array_unref(s->told);
	g_free(s);
	return status;
}

void
carom_hook_sender_stop(CaromHookSender *sender)
{
	if (sender == NULL)
		return;
	__atomic_store_n(&sender->ending, 1, __ATOMIC_RELAXED);
	pthread_join(sender->thread, NULL);
	carom_hook_transfers_free(sender->transfers);
	carom_store_close(sender->store);
	g_ptr_array_unref(sender->told);
	g_free(sender);
}
