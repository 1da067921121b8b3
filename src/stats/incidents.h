/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * incidents - what left its usual level, put together as a person would tell it
 *
 * The watch looks at every series; what it names at several providers of a
 * stream, or in several streams at a provider, is one incident here. Nothing is
 * kept: an incident is as old as the numbers say (doc/statistics.md).
 */
#ifndef CAROM_INCIDENTS_H
#define CAROM_INCIDENTS_H

#include "stats/series.h"

typedef enum {
	CAROM_INCIDENT_RISE,      /* more of a measure than usual */
	CAROM_INCIDENT_FEW,       /* fewer bounces than usual */
	CAROM_INCIDENT_SILENCE,   /* a provider sends no complaints any more */
	CAROM_INCIDENT_OVER,      /* above what a provider tolerates */
	CAROM_INCIDENT_NOTHING,   /* nothing at all comes back */
	CAROM_INCIDENT_BLOCKLIST, /* a blocklist is named that was not before */
	CAROM_INCIDENT_BATCH,     /* complaints about old mail */
	CAROM_INCIDENT_HELD,      /* the brake holds suppressions until a person decides */
	CAROM_INCIDENT_UNMATCHED, /* complaints whose address is no longer found */
	CAROM_INCIDENT_TEMPLATE,  /* a reply that was never seen before */
} CaromIncidentKind;

typedef struct {
	CaromIncidentKind kind;
	CaromMeasure measure;
	const char *account, *stream, *provider; /* NULL: several, or all */
	GPtrArray *places; /* of several: names of the providers, or "account/stream"; borrowed */
	guint watched;     /* how many places there are, with those where all is as usual */
	gboolean counted;  /* otherwise mails are days */
	guint since, named, until;
	gboolean open;
	guint64 mails, events;
	double expected, usual;
	double certainty;     /* the sum of its scores over the limit: 1 is just over it */
	const char *category; /* what grew most; NULL: unknown. Borrowed */
	double share;         /* of it among what grew, of one */
	double limit;         /* CAROM_INCIDENT_OVER: of one */
	const char *text;     /* its name: the blocklist, its number, what the threshold is of */
	const char *ip;       /* CAROM_INCIDENT_BLOCKLIST: that it names; NULL: unknown */
	const char *report;   /* CAROM_INCIDENT_TEMPLATE: number of a report that has it */
	/* CAROM_INCIDENT_BATCH: when the mail was sent, YYYY-MM-DD */
	const char *first_sent, *last_sent;
} CaromIncident;

/*
 * What the watch names in the set, up to its day last: those that last, and those that
 * were named from day since on. An array of CaromIncident, most urgent first, the
 * caller's; it borrows from set.
 */
GPtrArray *carom_incidents_find(CaromSeriesSet *set, guint since, guint last);

/* A new one for what somebody else found. The array's, which goes before set does. */
CaromIncident *carom_incidents_add(GPtrArray *incidents, CaromIncidentKind kind);

/* It lasts, and is hardly chance. */
gboolean carom_incidents_is_certain(const CaromIncident *incident);

/* It is certain, and somebody can do something: it needs action. One that lasts and does not is
 * worth a look. */
gboolean carom_incidents_is_action(const CaromIncident *incident);

/* The most urgent first. */
void carom_incidents_sort(GPtrArray *incidents);

/* Finds the category that grew most in each incident that has none: causes are rows of
 * carom_rates_causes() of the whole set; borrowed as long as incidents. */
void carom_incidents_explain(GPtrArray *incidents, const CaromSeriesSet *set,
			     const CaromTable *causes);

#endif
