/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/periodic.h"
#include "base/deadline.h"
#include "base/log.h"

#include <pthread.h>

struct CaromPeriodic {
	CaromPeriodicStep step;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	gboolean stopping; /* guarded by lock */
};

/* FALSE: it is time to stop. */
static gboolean
wait_for_turn(CaromPeriodic *periodic)
{
	CaromDeadline turn = carom_deadline_in_s(periodic->step.seconds);
	gboolean go_on;

	pthread_mutex_lock(&periodic->lock);
	while (!periodic->stopping && carom_deadline_wait(turn, &periodic->wake, &periodic->lock))
		;
	go_on = !periodic->stopping;
	pthread_mutex_unlock(&periodic->lock);
	return go_on;
}

static void *
periodic_main(void *user)
{
	CaromPeriodic *periodic = user;
	const CaromPeriodicStep *step = &periodic->step;
	gboolean told = FALSE; /* of this outage */

	while (wait_for_turn(periodic)) {
		g_autoptr(GError) error = NULL;
		CaromStatus status = step->step(step->user, &error);

		if (status != CAROM_OK && !told)
			carom_log(CAROM_LOG_WARNING, "%s: %s", step->fails,
				  error ? error->message : carom_status_name(status));
		else if (status == CAROM_OK && told)
			carom_log(CAROM_LOG_INFO, "%s", step->works);
		told = status != CAROM_OK;
	}
	return NULL;
}

static void
periodic_free(CaromPeriodic *periodic)
{
	pthread_mutex_destroy(&periodic->lock);
	pthread_cond_destroy(&periodic->wake);
	g_free(periodic);
}

CaromStatus
carom_periodic_start(const CaromPeriodicStep *step, CaromPeriodic **out, GError **err)
{
	CaromPeriodic *periodic = g_new0(CaromPeriodic, 1);
	int code;

	periodic->step = *step;
	pthread_mutex_init(&periodic->lock, NULL);
	pthread_cond_init(&periodic->wake, NULL);
	code = pthread_create(&periodic->thread, NULL, periodic_main, periodic);
	*out = code == 0 ? periodic : NULL;
	if (code == 0)
		return CAROM_OK;
	periodic_free(periodic);
	return carom_status_fail(err, CAROM_RETRY, "starting a thread: %s", g_strerror(code));
}

void
carom_periodic_stop(CaromPeriodic *periodic)
{
	if (periodic == NULL)
		return;
	pthread_mutex_lock(&periodic->lock);
	periodic->stopping = TRUE;
	pthread_cond_signal(&periodic->wake);
	pthread_mutex_unlock(&periodic->lock);
	pthread_join(periodic->thread, NULL);
	periodic_free(periodic);
}
