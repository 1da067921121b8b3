/* SPDX-License-Identifier: BSD-2-Clause */
/* incident_table - incidents as rows: facts for programs, sentences for people */
#ifndef CAROM_INCIDENT_TABLE_H
#define CAROM_INCIDENT_TABLE_H

#include "stats/findings.h"
#include "stats/render.h"

/* What is known of a category or a blocklist: a line (title, means, do, …), or NULL. Borrowed. */
typedef struct {
	const char *(*advice)(const char *about, const char *key, void *user);
	void *user;
} CaromAdviser;

/* A row an incident, in their order. lang: "en", "id". The caller's. */
CaromTable *carom_incident_table(const CaromFindings *findings, const CaromAdviser *adviser,
				 const char *lang);

/* The first row in one sentence: what and where. NULL: there is no incident. The caller's. */
char *carom_incident_table_headline(const CaromTable *table, guint row);

#endif
