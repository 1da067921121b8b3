/* SPDX-License-Identifier: BSD-2-Clause */
/* thresholds - the rates that providers tolerate, from the data file "thresholds" */
#ifndef CAROM_THRESHOLDS_H
#define CAROM_THRESHOLDS_H

#include "base/status.h"
#include "stats/series.h"

typedef struct {
	char *provider; /* "*": all that have no other */
	CaromMeasure measure;
	double aim, limit; /* of one */
	char *of;          /* what the provider divides by; NULL: as we do */
	char *source;      /* NULL: nobody's, practice */
} CaromThreshold;

typedef struct CaromThresholds CaromThresholds;

/* Reads the file of datadir. *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_thresholds_load(const char *datadir, CaromThresholds **out,
						   GError **err);
void carom_thresholds_free(CaromThresholds *thresholds); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromThresholds, carom_thresholds_free)

/* The provider's, else everybody's; NULL: there is none. Borrowed. */
const CaromThreshold *carom_thresholds_find(const CaromThresholds *thresholds, const char *provider,
					    CaromMeasure measure);

typedef enum {
	CAROM_THRESHOLD_UNKNOWN, /* too few to say, or between the two */
	CAROM_THRESHOLD_SAFE,    /* surely below the aim */
	CAROM_THRESHOLD_ABOVE,   /* surely above the aim */
	CAROM_THRESHOLD_OVER,    /* surely above the limit */
} CaromThresholdState;

/* Where events among mails stand. */
CaromThresholdState carom_thresholds_judge(const CaromThreshold *threshold, guint64 events,
					   guint64 mails);

/* "safe", "above", "over"; NULL for unknown. */
const char *carom_thresholds_state_name(CaromThresholdState state);

#endif
