/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "intake/log_queue.h"

#include <string.h>

#define MAX_ID 40

/* A message, in the order of its list. */
typedef struct {
	CaromLogMessage message; /* first: the one is the other */
	guint host;
	guint8 len;
	gboolean done;
	char id[MAX_ID];
	GList link; /* in under_way or in gone */
} Entry;

struct CaromLogQueue {
	guint most;
	GHashTable *entries; /* Entry -> itself */
	GQueue under_way, gone;
};

static guint
entry_hash(gconstpointer key)
{
	const Entry *entry = key;
	guint hash = entry->host * 31 + 5381;

	for (guint i = 0; i < entry->len; i++)
		hash = hash * 33 + (guchar) entry->id[i];
	return hash;
}

static gboolean
entry_equal(gconstpointer a, gconstpointer b)
{
	const Entry *one = a, *other = b;

	return one->host == other->host && one->len == other->len &&
	       memcmp(one->id, other->id, one->len) == 0;
}

CaromLogQueue *
carom_log_queue_new(guint most)
{
	CaromLogQueue *queue = g_new0(CaromLogQueue, 1);

	queue->most = most;
	queue->entries = g_hash_table_new_full(entry_hash, entry_equal, g_free, NULL);
	g_queue_init(&queue->under_way);
	g_queue_init(&queue->gone);
	return queue;
}

void
carom_log_queue_free(CaromLogQueue *queue)
{
	if (queue == NULL)
		return;
	g_hash_table_unref(queue->entries); /* and with them the links */
	g_free(queue);
}

static Entry *
find(const CaromLogQueue *queue, guint host, const char *id, gsize len)
{
	Entry key = { .host = host, .len = (guint8) len };

	if (len > MAX_ID)
		return NULL;
	memcpy(key.id, id, len);
	return g_hash_table_lookup(queue->entries, &key);
}

CaromLogMessage *
carom_log_queue_find(CaromLogQueue *queue, guint host, const char *id, gsize len)
{
	return (CaromLogMessage *) find(queue, host, id, len);
}

static void
make_room(CaromLogQueue *queue)
{
	GQueue *from = queue->gone.length > 0 ? &queue->gone : &queue->under_way;
	GList *oldest = from->head;

	if (g_hash_table_size(queue->entries) < queue->most || oldest == NULL)
		return;
	g_queue_unlink(from, oldest);
	g_hash_table_remove(queue->entries, oldest->data);
}

CaromLogMessage *
carom_log_queue_take(CaromLogQueue *queue, guint host, const char *id, gsize len)
{
	Entry *entry = find(queue, host, id, len);

	if (entry != NULL && !entry->done)
		return &entry->message;
	if (entry != NULL) { /* the id of one that is done is used again */
		g_queue_unlink(&queue->gone, &entry->link);
		g_hash_table_remove(queue->entries, entry);
	}
	make_room(queue);
	entry = g_new0(Entry, 1);
	entry->host = host;
	entry->len = (guint8) MIN(len, MAX_ID);
	memcpy(entry->id, id, entry->len);
	entry->link.data = entry;
	g_queue_push_tail_link(&queue->under_way, &entry->link);
	g_hash_table_add(queue->entries, entry);
	return &entry->message;
}

void
carom_log_queue_done(CaromLogQueue *queue, guint host, const char *id, gsize len)
{
	Entry *entry = find(queue, host, id, len);

	if (entry == NULL || entry->done)
		return;
	entry->done = TRUE;
	g_queue_unlink(&queue->under_way, &entry->link);
	g_queue_push_tail_link(&queue->gone, &entry->link);
}

/* ---- kept between two runs ---------------------------------------------------------------- */

/* A mark a letter, for each that is set. */
static const struct {
	char letter;
	gsize offset;
} marks[] = {
	{ 'h', offsetof(CaromLogMessage, handed_in) },
	{ 'x', offsetof(CaromLogMessage, stranger) },
	{ 's', offsetof(CaromLogMessage, sender_known) },
	{ 'o', offsetof(CaromLogMessage, ours) },
	{ 't', offsetof(CaromLogMessage, told) },
};

static gboolean *
mark_of(CaromLogMessage *message, gsize mark)
{
	return (gboolean *) (void *) ((char *) message + marks[mark].offset);
}

char *
carom_log_queue_write(const CaromLogQueue *queue, guint host)
{
	GString *out = g_string_new(NULL);

	for (const GList *link = queue->under_way.head; link; link = link->next) {
		Entry *entry = link->data;

		if (entry->host != host)
			continue;
		g_string_append_len(out, entry->id, entry->len);
		g_string_append_c(out, ' ');
		for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
			if (*mark_of(&entry->message, i))
				g_string_append_c(out, marks[i].letter);
		g_string_append_printf(out, " %s\n",
				       entry->message.scope ? entry->message.scope : "");
	}
	return g_string_free(out, FALSE);
}

void
carom_log_queue_read(CaromLogQueue *queue, guint host, const char *text,
		     const char *(*scope_of)(const char *scope, void *user), void *user)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) columns = g_strsplit(*line, " ", 3);
		CaromLogMessage *message;

		if (g_strv_length(columns) != 3 || *columns[0] == '\0')
			continue;
		message = carom_log_queue_take(queue, host, columns[0], strlen(columns[0]));
		for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
			*mark_of(message, i) = strchr(columns[1], marks[i].letter) != NULL;
		message->scope = *columns[2] ? scope_of(columns[2], user) : NULL;
	}
}
