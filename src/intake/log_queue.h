/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_queue - the messages that a log tells of, as long as they are under way
 *
 * A line that tells what became of a recipient has a queue id and no sender:
 * whose mail it is stood in a line before it. So many messages are kept, and
 * no more; those that are done go first.
 */
#ifndef CAROM_LOG_QUEUE_H
#define CAROM_LOG_QUEUE_H

#include <glib.h>

typedef struct CaromLogQueue CaromLogQueue;

typedef struct {
	const char *scope;  /* "acme/newsletter", borrowed; NULL: not known */
	gboolean handed_in; /* by a client of ours, a login or sendmail(1) */
	gboolean stranger;  /* by somebody else */
	gboolean sender_known;
	gboolean ours; /* it is mail that we send */
	gboolean told; /* its return address comes to carom */
	/* recipients put off since it was last tried, and their provider; NULL: several */
	guint deferred;
	const char *provider;
} CaromLogMessage;

/* Keeps so many messages. */
CaromLogQueue *carom_log_queue_new(guint most);
void carom_log_queue_free(CaromLogQueue *queue); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromLogQueue, carom_log_queue_free)

/* The message of that id on host, an index of the caller's; NULL: none. Borrowed until the next
 * call of carom_log_queue_take(). */
CaromLogMessage *carom_log_queue_find(CaromLogQueue *queue, guint host, const char *id, gsize len);

/* The same, made if there is none. */
CaromLogMessage *carom_log_queue_take(CaromLogQueue *queue, guint host, const char *id, gsize len);

/* It left the queue: the next that must make room. */
void carom_log_queue_done(CaromLogQueue *queue, guint host, const char *id, gsize len);

/* What is under way on a host, a message a line; and that put in again, with scopes that scope_of
 * gives (borrowed). */
char *carom_log_queue_write(const CaromLogQueue *queue, guint host);
void carom_log_queue_read(CaromLogQueue *queue, guint host, const char *text,
			  const char *(*scope_of)(const char *scope, void *user), void *user);

#endif
