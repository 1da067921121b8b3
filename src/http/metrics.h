/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics - how often what was asked and how it went, for Prometheus */
#ifndef CAROM_METRICS_H
#define CAROM_METRICS_H

#include <glib.h>

typedef struct CaromMetrics CaromMetrics; /* any thread */

/* names: of the things that are counted, n constants; the array is borrowed. */
CaromMetrics *carom_metrics_new(const char *const *names, guint n);
void carom_metrics_free(CaromMetrics *metrics); /* NULL is fine */

/* One of them was answered, in so many microseconds. name: NULL or unknown where it was
 * none of them. */
void carom_metrics_add(CaromMetrics *metrics, const char *name, int status, gint64 microseconds);

/* Writes all numbers in Prometheus' text format 0.0.4. */
void carom_metrics_write(CaromMetrics *metrics, GString *out);

#endif
