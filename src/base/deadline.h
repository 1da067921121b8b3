/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deadline - a moment until which somebody waits
 *
 * On the monotonic clock alone: whoever sets the time of day, by hand or by
 * NTP, shortens and lengthens nobody's wait. What is passed on is the moment,
 * not a number of seconds, so that several steps share one bound.
 */
#ifndef CAROM_DEADLINE_H
#define CAROM_DEADLINE_H

#include <glib.h>
#include <pthread.h>

typedef struct {
	gint64 at; /* microseconds of g_get_monotonic_time() */
} CaromDeadline;

/* It never passes. */
#define CAROM_DEADLINE_NEVER ((CaromDeadline){ G_MAXINT64 })

/* It has passed: {0} is one, so what is zeroed waits for nobody. */
#define CAROM_DEADLINE_PASSED ((CaromDeadline){ 0 })

/* So long from now. A negative number has passed; one too large for the clock never passes. */
CaromDeadline carom_deadline_in_us(gint64 microseconds);
CaromDeadline carom_deadline_in_ms(gint64 milliseconds);
CaromDeadline carom_deadline_in_s(gint64 seconds);

/* The one that passes first. */
CaromDeadline carom_deadline_earlier(CaromDeadline a, CaromDeadline b);

gboolean carom_deadline_passed(CaromDeadline deadline);

/* Milliseconds until then, as poll(2) takes them: rounded up, so that whoever polls for so long
 * finds it passed; 0 once it has; -1 if it never does. */
int carom_deadline_left_ms(CaromDeadline deadline);

/* pthread_cond_wait() until then, on any condition. FALSE: it has passed. As that one, it may
 * return TRUE for no reason. */
gboolean carom_deadline_wait(CaromDeadline deadline, pthread_cond_t *condition,
			     pthread_mutex_t *mutex);

#endif
