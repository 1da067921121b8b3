/* SPDX-License-Identifier: BSD-2-Clause */
/* report_log - what was read, as lines for people who grep */
#ifndef CAROM_REPORT_LOG_H
#define CAROM_REPORT_LOG_H

#include "report/report.h"

/* One line an outcome; one for the report if it has none. what: "recorded" or "again". */
void carom_report_log(const CaromReport *report, const char *what);

#endif
