/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/follower.h"
#include "mail/address_normal.h"
#include "mail/canonical.h"
#include "base/address_set.h"
#include "base/deadline.h"
#include "base/log.h"
#include "store/feed.h"
#include "store/forget.h"
#include "store/mailboxes.h"
#include "store/suppressions.h"

#include <pthread.h>
#include <string.h>

#define CONNECT_TIMEOUT 5 /* seconds */
#define ANSWER_SECONDS 60 /* for one page of the list, or of its changes */
#define LIST_PAGE 50000   /* addresses */
#define WHOLE_HOURS 24    /* then the list is read whole: what has expired leaves no change */

/* Of the name of a forgotten address: what the key of this daemon makes of the address. */
#define TAG_FROM 3 /* "#", and two digits for its home */
#define TAG_DIGITS 16

struct CaromFollower {
	char *conninfo;
	int refresh;  /* seconds */
	int hurrying; /* atomic */
	/* of who steps */
	CaromStore *store; /* NULL: not connected */
	gboolean told_of_pooler, told_of_lock;
	char *cursor; /* of the feed; NULL: the list is to be read whole */
	char *state;  /* of the mailboxes, by which the set was read; NULL: not yet */
	CaromDeadline next_reading, next_whole;
	pthread_rwlock_t lock;     /* guards all below */
	CaromAddressSet *set;      /* NULL: never read; of a forgotten address "#" and its tag, of a
				    * mailbox " " and what its spellings have in common */
	CaromDeadline trusted;     /* so long */
	GBytes *key;               /* that makes tags; NULL: nobody was forgotten */
	CaromCanonical *canonical; /* whose addresses are one mailbox */
};

CaromFollower *
carom_follower_new(const char *conninfo, int refresh)
{
	CaromFollower *follower = g_new0(CaromFollower, 1);

	follower->conninfo = g_strdup(conninfo);
	follower->refresh = refresh;
	pthread_rwlock_init(&follower->lock, NULL);
	return follower;
}

void
carom_follower_free(CaromFollower *follower)
{
	if (follower == NULL)
		return;
	carom_store_close(follower->store);
	carom_address_set_free(follower->set);
	pthread_rwlock_destroy(&follower->lock);
	g_clear_pointer(&follower->key, g_bytes_unref);
	carom_canonical_free(follower->canonical);
	g_free(follower->state);
	g_free(follower->cursor);
	g_free(follower->conninfo);
	g_free(follower);
}

void
carom_follower_hurry(CaromFollower *follower)
{
	__atomic_store_n(&follower->hurrying, 1, __ATOMIC_RELAXED);
}

/* With the lock: whether the domain after at is on the list, or "@.example.org" for one that it
 * lies below. */
static gboolean
has_domain(const CaromAddressSet *set, const char *at)
{
	const char *dot = at;

	if (carom_address_set_has(set, at))
		return TRUE;
	while ((dot = strchr(dot + 1, '.')) != NULL) {
		g_autofree char *name = g_strconcat("@", dot, NULL);

		if (carom_address_set_has(set, name))
			return TRUE;
	}
	return FALSE;
}

/* With the lock: whether it is that of somebody who was forgotten. */
static gboolean
has_forgotten(const CaromFollower *follower, const char *address)
{
	g_autofree char *digest = NULL;
	char tag[1 + TAG_DIGITS + 1];
	gconstpointer key;
	gsize len;

	if (follower->key == NULL)
		return FALSE;
	key = g_bytes_get_data(follower->key, &len);
	digest = g_compute_hmac_for_string(G_CHECKSUM_SHA256, key, len, address, -1);
	(void) g_snprintf(tag, sizeof(tag), "#%.*s", TAG_DIGITS, digest);
	return carom_address_set_has(follower->set, tag);
}

/* The name of a forgotten address has no "@", and a tag. */
static gboolean
is_forgotten(const char *address)
{
	return *address == '#' && strchr(address, '@') == NULL &&
	       strlen(address) >= TAG_FROM + TAG_DIGITS;
}

/* As the set has it. Caller's. */
static char *
kept(const char *address)
{
	return is_forgotten(address) ? g_strdup_printf("#%.*s", TAG_DIGITS, address + TAG_FROM)
				     : g_strdup(address);
}

/* With the lock: whether the list may have it, or another spelling of its mailbox. */
static gboolean
has_mailbox(const CaromFollower *follower, const char *address)
{
	g_autofree char *box = carom_canonical_of(follower->canonical, address);
	g_autofree char *mark = box ? g_strconcat(" ", box, NULL) : NULL;

	return box != NULL &&
	       (carom_address_set_has(follower->set, mark) ||
		carom_address_set_has(follower->set, box) || has_forgotten(follower, box));
}

gboolean
carom_follower_has(CaromFollower *follower, const char *address, gboolean *fresh)
{
	g_autofree char *plain = carom_address_normal(address, -1);
	const char *at;
	gboolean has;

	address = plain ? plain : address;
	at = strrchr(address, '@');
	pthread_rwlock_rdlock(&follower->lock);
	*fresh = follower->set != NULL && !carom_deadline_passed(follower->trusted);
	has = follower->set != NULL &&
	      (carom_address_set_has(follower->set, address) ||
	       (at != NULL && has_domain(follower->set, at)) || has_forgotten(follower, address) ||
	       has_mailbox(follower, address));
	pthread_rwlock_unlock(&follower->lock);
	return has;
}

/* A new connection, told of changes from its first moment: what changes while the list is read is
 * heard of afterwards. */
static CaromStatus
connect_store(CaromFollower *follower, GError **err)
{
	CaromStatus status =
		carom_store_open(follower->conninfo, CONNECT_TIMEOUT, &follower->store, err);

	if (status != CAROM_OK)
		return status;
	carom_store_limit(follower->store, ANSWER_SECONDS * 1000);
	carom_store_hurry_when(follower->store, &follower->hurrying);
	status = carom_suppressions_watch(follower->store, err);
	if (status != CAROM_ABSENT)
		return status;
	if (!follower->told_of_pooler)
		carom_log(CAROM_LOG_WARNING,
			  "no notice comes of changes of the suppression list, for conninfo leads "
			  "through a pooler: it is asked for them every %d s; set listen-conninfo "
			  "in [database]",
			  follower->refresh);
	follower->told_of_pooler = TRUE;
	return CAROM_OK;
}

/* Gives what has committed its place in the feed, so that it can be read. */
static CaromStatus
number(CaromFollower *follower, GError **err)
{
	CaromNumbered numbered;
	CaromStatus status;

	do
		status = carom_feed_number(follower->store, &numbered, err);
	while (status == CAROM_OK && numbered == CAROM_NUMBERED_SOME);
	if (status != CAROM_OK)
		return status;
	/* what another session holds up is asked for at the next step */
	if (numbered == CAROM_NUMBERED_BUSY)
		follower->next_reading = carom_deadline_in_s(0);
	if (numbered == CAROM_NUMBERED_BUSY && !follower->told_of_lock)
		carom_log(CAROM_LOG_WARNING,
			  "changes of the suppression list are held up: another session of the "
			  "database has locked carom.feed_head");
	follower->told_of_lock = numbered == CAROM_NUMBERED_BUSY;
	return CAROM_OK;
}

/* Has the key, where a page of the list has a forgotten address: before the page is believed. */
static CaromStatus
read_key(CaromFollower *follower, const CaromTable *page, guint column, GError **err)
{
	GBytes *key = NULL;
	CaromStatus status = CAROM_ABSENT;

	if (follower->key != NULL) /* it never changes */
		return CAROM_OK;
	for (guint i = 0; status == CAROM_ABSENT && i < page->n_rows; i++) {
		const char *address = carom_table_cell(page, i, column);

		if (address != NULL && is_forgotten(address))
			status = carom_forget_filter(follower->store, &key, err);
	}
	if (key != NULL) {
		pthread_rwlock_wrlock(&follower->lock);
		follower->key = key;
		pthread_rwlock_unlock(&follower->lock);
	}
	return status == CAROM_ABSENT ? CAROM_OK : status;
}

typedef CaromStatus ReadPage(CaromStore *store, const char *after, guint most, CaromTable **out,
			     GError **err);

/* Reads all that ask gives, page by page, into fresh: names in a column of its tables, whose first
 * one says where the next page begins. What changes meanwhile the feed tells after. */
static CaromStatus
read_pages(CaromFollower *follower, ReadPage *ask, guint names, CaromAddressSet *fresh,
	   GError **err)
{
	g_autofree char *last = g_strdup("");
	guint n;

	do {
		g_autoptr(CaromTable) table = NULL;
		CaromStatus status = ask(follower->store, last, LIST_PAGE, &table, err);

		if (status == CAROM_OK)
			status = read_key(follower, table, names, err);
		if (status != CAROM_OK)
			return status;
		n = table->n_rows;
		for (guint i = 0; i < n; i++) {
			const char *cell = carom_table_cell(table, i, names);
			g_autofree char *name = cell ? kept(cell) : NULL;

			if (name != NULL)
				carom_address_set_add(fresh, name);
		}
		if (n > 0) {
			g_free(last);
			last = g_strdup(carom_table_cell(table, n - 1, 0));
		}
	} while (n == LIST_PAGE && last != NULL);
	return CAROM_OK;
}

/* *out, the caller's: whose addresses are one mailbox. */
static CaromStatus
read_rules(CaromFollower *follower, CaromCanonical **out, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_mailboxes_rules(follower->store, &table, err);

	*out = NULL;
	if (status != CAROM_OK)
		return status;
	*out = carom_canonical_new();
	for (guint i = 0; i < table->n_rows; i++) {
		const CaromCanonicalRule rule = {
			.domain = carom_table_cell(table, i, CAROM_MAILBOX_RULE_DOMAIN),
			.mailbox_domain =
				carom_table_cell(table, i, CAROM_MAILBOX_RULE_MAILBOX_DOMAIN),
			.ignores_dots = carom_table_flag(table, i, CAROM_MAILBOX_RULE_DOTS),
			.tags = carom_table_cell(table, i, CAROM_MAILBOX_RULE_TAGS),
		};

		if (rule.domain != NULL && rule.mailbox_domain != NULL && rule.tags != NULL)
			carom_canonical_add(*out, &rule);
	}
	return CAROM_OK;
}

/* Puts what was read whole in place of what there is. Takes fresh and canonical. */
static void
publish(CaromFollower *follower, CaromAddressSet *fresh, CaromCanonical *canonical,
	CaromDeadline trusted)
{
	CaromCanonical *old_canonical;
	CaromAddressSet *old;

	pthread_rwlock_wrlock(&follower->lock);
	old = follower->set;
	old_canonical = follower->canonical;
	follower->set = fresh;
	follower->canonical = canonical;
	follower->trusted = trusted;
	pthread_rwlock_unlock(&follower->lock);
	carom_address_set_free(old);
	carom_canonical_free(old_canonical);
}

/* Reads the whole list anew. */
static CaromStatus
read_list(CaromFollower *follower, GError **err)
{
	g_autofree char *cursor = NULL;
	CaromAddressSet *fresh;
	CaromCanonical *canonical = NULL;
	CaromDeadline trusted = carom_deadline_in_s(2 * (gint64) follower->refresh);
	CaromStatus status = carom_feed_head(follower->store, &cursor, err);

	if (status != CAROM_OK)
		return status;
	fresh = carom_address_set_new(0);
	status = read_pages(follower, carom_suppressions_addresses, 0, fresh, err);
	if (status == CAROM_OK)
		status = read_pages(follower, carom_mailboxes_suppressed, CAROM_MAILBOX_MARK, fresh,
				    err);
	if (status == CAROM_OK)
		status = read_rules(follower, &canonical, err);
	if (status != CAROM_OK) {
		carom_address_set_free(fresh);
		return status;
	}
	publish(follower, fresh, canonical, trusted);
	g_free(follower->cursor);
	follower->cursor = g_steal_pointer(&cursor);
	follower->next_whole = carom_deadline_in_s(WHOLE_HOURS * 3600);
	return CAROM_OK;
}

/* Puts a page of changes into the set. */
static void
apply(CaromFollower *follower, const CaromTable *changes, CaromDeadline trusted)
{
	pthread_rwlock_wrlock(&follower->lock);
	for (guint i = 0; i < changes->n_rows; i++) {
		const char *address = carom_table_cell(changes, i, CAROM_CHANGED_ADDRESS);
		g_autofree char *name = address ? kept(address) : NULL;

		if (name == NULL)
			continue;
		if (carom_table_flag(changes, i, CAROM_CHANGED_LISTED))
			carom_address_set_add(follower->set, name);
		else
			carom_address_set_remove(follower->set, name);
	}
	follower->trusted = trusted;
	pthread_rwlock_unlock(&follower->lock);
}

/* Reads what changed since the last time, and nothing else. */
static CaromStatus
read_changes(CaromFollower *follower, GError **err)
{
	gboolean more = TRUE;

	while (more) {
		g_autoptr(CaromTable) changes = NULL;
		CaromDeadline trusted = carom_deadline_in_s(2 * (gint64) follower->refresh);
		CaromStatus status = carom_suppressions_changes(follower->store, follower->cursor,
								&changes, err);
		const char *cursor;

		if (status == CAROM_OK)
			status = read_key(follower, changes, CAROM_CHANGED_ADDRESS, err);
		if (status != CAROM_OK)
			return status;
		cursor = changes->n_rows > 0 ? carom_table_cell(changes, changes->n_rows - 1,
								CAROM_CHANGED_CURSOR)
					     : NULL;
		if (cursor == NULL)
			return carom_status_fail(
				err, CAROM_MISUSE,
				"database: carom.list_changes answered without a cursor");
		apply(follower, changes, trusted);
		more = changes->n_rows > 1;
		g_free(follower->cursor);
		follower->cursor = g_strdup(cursor);
	}
	return CAROM_OK;
}

/* Whether other addresses are one mailbox since the list was read: then it is read whole. */
static CaromStatus
look_at_mailboxes(CaromFollower *follower, GError **err)
{
	char *state = NULL;
	CaromStatus status = carom_mailboxes_state(follower->store, &state, err);

	if (status == CAROM_OK && g_strcmp0(state, follower->state) != 0)
		g_clear_pointer(&follower->cursor, g_free);
	if (status == CAROM_OK) {
		g_free(follower->state);
		follower->state = state;
	}
	return status;
}

/* Brings the set up to date. A feed that cannot go on from where we were is no failure: then the
 * list is read whole. */
static CaromStatus
catch_up(CaromFollower *follower, GError **err)
{
	g_autoptr(GError) why = NULL;
	CaromStatus status = number(follower, err);

	if (status == CAROM_OK)
		status = look_at_mailboxes(follower, err);
	if (status != CAROM_OK)
		return status;
	if (follower->cursor == NULL || carom_deadline_passed(follower->next_whole))
		return read_list(follower, err);
	status = read_changes(follower, &why);
	if (status == CAROM_MALFORMED) {
		carom_log(CAROM_LOG_INFO, "the suppression list is read whole: %s", why->message);
		return read_list(follower, err);
	}
	if (status != CAROM_OK)
		g_propagate_error(err, g_steal_pointer(&why));
	return status;
}

/* One step of which the connection may not survive. */
static CaromStatus
follow(CaromFollower *follower, GError **err)
{
	gboolean changed = follower->store == NULL;
	CaromStatus status = changed ? connect_store(follower, err)
				     : carom_store_notified(follower->store, &changed, err);

	if (status != CAROM_OK || (!changed && !carom_deadline_passed(follower->next_reading)))
		return status;
	follower->next_reading = carom_deadline_in_s(follower->refresh);
	return catch_up(follower, err);
}

CaromStatus
carom_follower_step(CaromFollower *follower, GError **err)
{
	CaromStatus status = follow(follower, err);

	if (status != CAROM_OK)
		g_clear_pointer(&follower->store, carom_store_close);
	return status;
}
