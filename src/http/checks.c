/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/checks.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MOST_QUESTIONS 3 /* under way at a time, each for another key or account */
#define MOST_TOGETHER 64 /* who ask one question */
#define MOST_OCTETS 4096 /* of the addresses of one who asks with others */

/* Somebody who waits for an answer. */
typedef struct {
	const CaromHttp *http;
	const CaromApiKey *key;
	const char *addresses, *account, *stream;
	CaromApiAnswer *answer;
	CaromStatus status;
	GError *error;
	gboolean done;
	pthread_cond_t changed; /* it is done, or may begin */
} Asker;

struct CaromChecks {
	pthread_mutex_t lock; /* guards all below, and what the askers say */
	GQueue waiting;       /* of Asker */
	const Asker
		*under_way[MOST_QUESTIONS]; /* who asks, for all who are like him; NULL: nobody */
};

CaromChecks *
carom_checks_new(void)
{
	CaromChecks *checks = g_new0(CaromChecks, 1);

	pthread_mutex_init(&checks->lock, NULL);
	g_queue_init(&checks->waiting);
	return checks;
}

void
carom_checks_free(CaromChecks *checks)
{
	if (checks == NULL)
		return;
	pthread_mutex_destroy(&checks->lock);
	g_free(checks);
}

/* ---- one question --------------------------------------------------------------------- */

static gboolean
is_like(const Asker *a, const Asker *b)
{
	return strcmp(a->key->digest, b->key->digest) == 0 &&
	       g_strcmp0(a->account, b->account) == 0 && g_strcmp0(a->stream, b->stream) == 0;
}

static void
ask_alone(Asker *a)
{
	const char *const values[] = { a->addresses, a->account, a->stream };

	a->status = carom_ask(a->http, a->key, CAROM_API_CHECK, values, G_N_ELEMENTS(values),
			      a->answer, &a->error);
}

/* The arrays of all as one. Caller's. */
static char *
join(Asker *const *askers, guint n)
{
	GString *all = g_string_new("[");

	for (guint i = 0; i < n; i++) {
		const gsize len = strlen(askers[i]->addresses);

		if (i > 0)
			g_string_append_c(all, ',');
		g_string_append_len(all, askers[i]->addresses + 1, (gssize) len - 2);
	}
	g_string_append_c(all, ']');
	return g_string_free(all, FALSE);
}

/* Gives the next of results, as many as the asker has addresses, to it. FALSE: there are too few.
 */
static gboolean
take_share(Asker *a, const json_t *results, gsize *next)
{
	json_t *addresses = json_loads(a->addresses, 0, NULL);
	const gsize n = json_array_size(addresses);
	GString *text = g_string_new("{\"results\":[");
	gboolean whole = n > 0 && *next + n <= json_array_size(results);

	json_decref(addresses);
	for (gsize i = 0; whole && i < n; i++) {
		char *one = json_dumps(json_array_get(results, (*next)++), JSON_COMPACT);

		g_string_append_printf(text, "%s%s", i > 0 ? "," : "", one ? one : "null");
		free(one);
	}
	g_string_append(text, "]}");
	a->answer->status = 200;
	a->answer->answer = g_string_free(text, FALSE);
	return whole;
}

/* Shares what was answered to all. FALSE: it is no answer for them. */
static gboolean
share(Asker *const *askers, guint n, const CaromApiAnswer *answer)
{
	json_t *whole = answer->answer ? json_loads(answer->answer, 0, NULL) : NULL;
	const json_t *results = json_object_get(whole, "results");
	gboolean shared = TRUE;
	gsize next = 0;

	for (guint i = 0; i < n && shared; i++)
		shared = take_share(askers[i], results, &next);
	for (guint i = 0; i < n && !shared; i++)
		carom_api_answer_clear(askers[i]->answer);
	json_decref(whole);
	return shared;
}

/* Gives all of them the same: they have one key, and ask about one account. */
static void
tell_all(Asker *const *askers, guint n, CaromStatus status, const CaromApiAnswer *answer,
	 const GError *error)
{
	for (guint i = 0; i < n; i++) {
		askers[i]->status = status;
		askers[i]->error = error ? g_error_copy(error) : NULL;
		askers[i]->answer->status = answer->status;
		askers[i]->answer->answer = g_strdup(answer->answer);
	}
}

/* Asks for all of them, who are alike. */
static void
ask_together(Asker *const *askers, guint n)
{
	g_autofree char *addresses = join(askers, n);
	const char *const values[] = { addresses, askers[0]->account, askers[0]->stream };
	g_auto(CaromApiAnswer) answer = { 0 };
	g_autoptr(GError) error = NULL;
	CaromStatus status = CAROM_MALFORMED;

	if (n > 1)
		status = carom_ask(askers[0]->http, askers[0]->key, CAROM_API_CHECK, values,
				   G_N_ELEMENTS(values), &answer, &error);
	if (status == CAROM_OK && answer.status == 200 && share(askers, n, &answer))
		return;
	/* what is wrong with one is not for the others */
	if (status == CAROM_MALFORMED || (status == CAROM_OK && answer.status == 200))
		for (guint i = 0; i < n; i++)
			ask_alone(askers[i]);
	else
		tell_all(askers, n, status, &answer, error);
}

/* ---- who asks it ------------------------------------------------------------------------ */

/* Where he may begin; NULL: another question like his is under way, or too many are. The lock is
 * held. */
static const Asker **
find_place(CaromChecks *checks, const Asker *asker)
{
	const Asker **free_one = NULL;

	for (guint i = 0; i < MOST_QUESTIONS; i++) {
		if (checks->under_way[i] == NULL)
			free_one = &checks->under_way[i];
		else if (is_like(checks->under_way[i], asker))
			return NULL;
	}
	return free_one;
}

/* Takes all who wait and are like me, who is one of them. The lock is held. */
static guint
take_group(CaromChecks *checks, Asker *me, Asker **askers)
{
	guint n = 0;

	askers[n++] = me;
	for (GList *l = checks->waiting.head, *after; l != NULL; l = after) {
		Asker *asker = l->data;

		after = l->next;
		if (asker != me && (n == MOST_TOGETHER || !is_like(asker, me)))
			continue;
		if (asker != me)
			askers[n++] = asker;
		g_queue_delete_link(&checks->waiting, l);
	}
	return n;
}

/* Wakes the first of those who wait that may begin. The lock is held. */
static void
wake_next(CaromChecks *checks)
{
	for (GList *l = checks->waiting.head; l != NULL; l = l->next) {
		Asker *asker = l->data;

		if (find_place(checks, asker) == NULL)
			continue;
		pthread_cond_signal(&asker->changed);
		return;
	}
}

/* Asks for the group of me, who is the one at place. The lock is held, but while he asks. */
static void
lead(CaromChecks *checks, Asker *me, const Asker **place)
{
	Asker *askers[MOST_TOGETHER];
	const guint n = take_group(checks, me, askers);

	*place = me;
	/* two who ended before the next one woke have both woken that one alone */
	wake_next(checks);
	pthread_mutex_unlock(&checks->lock);
	ask_together(askers, n);
	pthread_mutex_lock(&checks->lock);
	*place = NULL;
	for (guint i = 0; i < n; i++) {
		askers[i]->done = TRUE;
		if (askers[i] != me)
			pthread_cond_signal(&askers[i]->changed);
	}
	wake_next(checks);
}

CaromStatus
carom_checks_ask(CaromChecks *checks, const CaromHttp *http, const CaromApiKey *key,
		 const char *addresses, const char *account, const char *stream,
		 CaromApiAnswer *answer, GError **err)
{
	Asker me = { .http = http,
		     .key = key,
		     .addresses = addresses,
		     .account = account,
		     .stream = stream,
		     .answer = answer };

	memset(answer, 0, sizeof *answer);
	if (strlen(addresses) > MOST_OCTETS) {
		ask_alone(&me); /* others are not to wait for so many */
	} else {
		pthread_cond_init(&me.changed, NULL);
		pthread_mutex_lock(&checks->lock);
		g_queue_push_tail(&checks->waiting, &me);
		while (!me.done) {
			const Asker **place = find_place(checks, &me);

			if (place != NULL)
				lead(checks, &me, place);
			else
				pthread_cond_wait(&me.changed, &checks->lock);
		}
		pthread_mutex_unlock(&checks->lock);
		pthread_cond_destroy(&me.changed);
	}
	if (me.error != NULL)
		g_propagate_error(err, me.error);
	return me.status;
}
