/* SPDX-License-Identifier: BSD-2-Clause */
/* report_json - a report as the one JSON contract for people, tests and the database (design: "The
 * JSON of one message") */
#ifndef CAROM_REPORT_JSON_H
#define CAROM_REPORT_JSON_H

#include "report/report.h"

/* Grows when a member changes its meaning or goes; new members leave it as it is. */
#define CAROM_JSON_VERSION 1

typedef enum {
	CAROM_JSON_FACTS,  /* what `carom parse` prints */
	CAROM_JSON_RECORD, /* and what carom.record() needs besides: key, queue id, rules version */
} CaromJsonUse;

/* One JSON object on one line, without a line end. Caller's. */
char *carom_report_json_write(const CaromReport *report, CaromJsonUse use);

/* The same for a person to read, several lines. Caller's. */
char *carom_report_json_write_text(const CaromReport *report);

#endif
