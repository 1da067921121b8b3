/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "feed/reader.h"
#include "base/deadline.h"
#include "base/log.h"
#include "store/feed.h"
#include "store/suppressions.h"

#include <string.h>

#define CONNECT_SECONDS 30
#define ANSWER_MS 60000
#define LOOK_SECONDS 1                  /* between two looks, if nobody calls before */
#define NAP (G_USEC_PER_SEC / 20)       /* between two looks for a call */
#define AWAY_PAUSE (2 * G_USEC_PER_SEC) /* before the database is tried anew */

typedef struct {
	const CaromReading *reading;
	CaromStore *store; /* NULL: not connected */
	char *cursor;      /* of what was taken last; NULL: not known yet */
	gboolean told_of_lock, done;
} Reader;

/* Where to begin. */
static CaromStatus
find_start(Reader *reader, GError **err)
{
	const char *after = reader->reading->after;
	CaromStatus status;

	if (after != NULL && strcmp(after, "end") == 0)
		return carom_feed_head(reader->store, &reader->cursor, err);
	if (after != NULL) {
		reader->cursor = g_strdup(strcmp(after, "start") == 0 ? "" : after);
		return CAROM_OK;
	}
	status = reader->reading->consumer == NULL
			 ? CAROM_ABSENT
			 : carom_feed_kept(reader->store, reader->reading->consumer,
					   &reader->cursor, err);
	if (status != CAROM_ABSENT)
		return status;
	reader->cursor = g_strdup("");
	return CAROM_OK;
}

static CaromStatus
connect_store(Reader *reader, GError **err)
{
	CaromStatus status =
		carom_store_open(reader->reading->conninfo, CONNECT_SECONDS, &reader->store, err);

	if (status != CAROM_OK)
		return status;
	carom_store_limit(reader->store, ANSWER_MS);
	/* who is told of no change looks each second */
	status = reader->reading->follow ? carom_suppressions_watch(reader->store, err) : CAROM_OK;
	return status == CAROM_ABSENT ? CAROM_OK : status;
}

static CaromStatus
number(Reader *reader, GError **err)
{
	CaromNumbered numbered;
	CaromStatus status;

	do
		status = carom_feed_number(reader->store, &numbered, err);
	while (status == CAROM_OK && numbered == CAROM_NUMBERED_SOME);
	if (status != CAROM_OK)
		return status;
	if (numbered == CAROM_NUMBERED_BUSY && !reader->told_of_lock)
		carom_log(CAROM_LOG_WARNING,
			  "the feed stands still: another session of the database has locked "
			  "carom.feed_head; what is there before is given");
	reader->told_of_lock = numbered == CAROM_NUMBERED_BUSY;
	return CAROM_OK;
}

/* Gives one page, and keeps its end. *n: rows. */
static CaromStatus
give_page(Reader *reader, guint *n, GError **err)
{
	const CaromReading *reading = reader->reading;
	g_autoptr(CaromTable) page = NULL;
	CaromStatus status = carom_feed_page(reader->store, reader->cursor, reading->page,
					     reading->what, &page, err);
	const char *last;

	*n = 0;
	if (status != CAROM_OK || page->n_rows == 0)
		return status;
	last = carom_table_cell(page, page->n_rows - 1, CAROM_FEED_CURSOR);
	if (last == NULL)
		return carom_status_fail(err, CAROM_MISUSE,
					 "database: carom.feed answered without a cursor");
	*n = page->n_rows;
	reader->done = !reading->take(page, reading->user);
	if (reader->done)
		return CAROM_OK;
	g_free(reader->cursor);
	reader->cursor = g_strdup(last);
	return reading->consumer ? carom_feed_keep(reader->store, reading->consumer, last, err)
				 : CAROM_OK;
}

/* Gives all there is. */
static CaromStatus
give(Reader *reader, GError **err)
{
	CaromStatus status = reader->store ? CAROM_OK : connect_store(reader, err);
	guint n;

	if (status == CAROM_OK)
		status = number(reader, err);
	if (status == CAROM_OK && reader->cursor == NULL)
		status = find_start(reader, err);
	do
		status = status == CAROM_OK ? give_page(reader, &n, err) : status;
	while (status == CAROM_OK && n > 0 && !reader->done);
	return status;
}

/* Until the database calls, or it is time to look. */
static CaromStatus
wait_for_news(Reader *reader, GError **err)
{
	CaromDeadline look = carom_deadline_in_s(LOOK_SECONDS);
	gboolean called = FALSE;
	CaromStatus status = CAROM_OK;

	while (status == CAROM_OK && !called && !carom_deadline_passed(look)) {
		g_usleep(NAP);
		status = carom_store_notified(reader->store, &called, err);
	}
	return status;
}

/* One turn of who stays: an outage is told once, and waited out. */
static CaromStatus
follow(Reader *reader, gboolean *away, GError **err)
{
	g_autoptr(GError) error = NULL;
	CaromStatus status = give(reader, &error);

	if (status == CAROM_OK && !reader->done)
		status = wait_for_news(reader, &error);
	if (status == CAROM_RETRY) {
		if (!*away)
			carom_log(CAROM_LOG_WARNING, "the feed waits for the database: %s",
				  error->message);
		*away = TRUE;
		g_clear_pointer(&reader->store, carom_store_close);
		g_usleep(AWAY_PAUSE);
		return CAROM_OK;
	}
	if (status == CAROM_OK && *away)
		carom_log(CAROM_LOG_INFO, "the feed goes on");
	*away = FALSE;
	if (status != CAROM_OK)
		g_propagate_error(err, g_steal_pointer(&error));
	return status;
}

CaromStatus
carom_reader_run(const CaromReading *reading, GError **err)
{
	Reader reader = { .reading = reading };
	gboolean away = FALSE;
	CaromStatus status;

	do
		status = reading->follow ? follow(&reader, &away, err) : give(&reader, err);
	while (reading->follow && status == CAROM_OK && !reader.done);
	carom_store_close(reader.store);
	g_free(reader.cursor);
	return status;
}
