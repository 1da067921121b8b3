/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/metrics.h"

#include <pthread.h>

#define CLASSES 6 /* of status: the first digit */

static const double bounds[] = { 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1, 5 };

typedef struct {
	guint64 answers[CLASSES];
	guint64 within[G_N_ELEMENTS(bounds)];
	guint64 count;
	double seconds;
} Counter;

struct CaromMetrics {
	pthread_mutex_t lock; /* guards the counters */
	const char *const *names;
	guint n;
	Counter *counters; /* n + 1: the last is of none of them */
};

CaromMetrics *
carom_metrics_new(const char *const *names, guint n)
{
	CaromMetrics *metrics = g_new0(CaromMetrics, 1);

	pthread_mutex_init(&metrics->lock, NULL);
	metrics->names = names;
	metrics->n = n;
	metrics->counters = g_new0(Counter, n + 1);
	return metrics;
}

void
carom_metrics_free(CaromMetrics *metrics)
{
	if (metrics == NULL)
		return;
	pthread_mutex_destroy(&metrics->lock);
	g_free(metrics->counters);
	g_free(metrics);
}

/* n: it is none of them. */
static guint
place_of(const CaromMetrics *metrics, const char *name)
{
	guint place = 0;

	while (place < metrics->n && g_strcmp0(metrics->names[place], name) != 0)
		place++;
	return place;
}

void
carom_metrics_add(CaromMetrics *metrics, const char *name, int status, gint64 microseconds)
{
	Counter *counter = &metrics->counters[place_of(metrics, name)];
	const double seconds = (double) microseconds / G_USEC_PER_SEC;

	pthread_mutex_lock(&metrics->lock);
	counter->answers[CLAMP(status / 100, 0, CLASSES - 1)]++;
	counter->count++;
	counter->seconds += seconds;
	for (guint i = 0; i < G_N_ELEMENTS(bounds); i++)
		counter->within[i] += seconds <= bounds[i];
	pthread_mutex_unlock(&metrics->lock);
}

static void
write_times(const char *name, const Counter *counter, GString *out)
{
	static const char series[] = "carom_api_request_duration_seconds";
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	for (guint i = 0; i < G_N_ELEMENTS(bounds); i++)
		g_string_append_printf(
			out, "%s_bucket{endpoint=\"%s\",le=\"%s\"} %" G_GUINT64_FORMAT "\n", series,
			name, g_ascii_formatd(number, sizeof number, "%g", bounds[i]),
			counter->within[i]);
	g_string_append_printf(out,
			       "%s_bucket{endpoint=\"%s\",le=\"+Inf\"} %" G_GUINT64_FORMAT "\n",
			       series, name, counter->count);
	g_string_append_printf(out, "%s_sum{endpoint=\"%s\"} %s\n", series, name,
			       g_ascii_formatd(number, sizeof number, "%.6f", counter->seconds));
	g_string_append_printf(out, "%s_count{endpoint=\"%s\"} %" G_GUINT64_FORMAT "\n", series,
			       name, counter->count);
}

void
carom_metrics_write(CaromMetrics *metrics, GString *out)
{
	pthread_mutex_lock(&metrics->lock);
	g_string_append(out, "# HELP carom_api_requests_total Requests answered.\n"
			     "# TYPE carom_api_requests_total counter\n");
	for (guint i = 0; i <= metrics->n; i++)
		for (guint class = 0; class < CLASSES; class ++)
			if (metrics->counters[i].answers[class] > 0)
				g_string_append_printf(
					out,
					"carom_api_requests_total{endpoint=\"%s\",status=\"%uxx\"} "
					"%" G_GUINT64_FORMAT "\n",
					i < metrics->n ? metrics->names[i] : "none", class,
					metrics->counters[i].answers[class]);
	g_string_append(out, "# HELP carom_api_request_duration_seconds Time until the answer.\n"
			     "# TYPE carom_api_request_duration_seconds histogram\n");
	for (guint i = 0; i <= metrics->n; i++)
		if (metrics->counters[i].count > 0)
			write_times(i < metrics->n ? metrics->names[i] : "none",
				    &metrics->counters[i], out);
	pthread_mutex_unlock(&metrics->lock);
}
