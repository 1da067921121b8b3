/* SPDX-License-Identifier: BSD-2-Clause */
/* feedback_loop - whose complaint feed a report came from, from the data file
 * parsers/feedback-loops */
#ifndef CAROM_FEEDBACK_LOOP_H
#define CAROM_FEEDBACK_LOOP_H

#include "mail/message.h"
#include "report/report.h"

typedef struct CaromFeedbackLoops CaromFeedbackLoops; /* not changed once loaded */

CAROM_MUST_CHECK CaromStatus carom_feedback_loops_load(const char *file, CaromFeedbackLoops **out,
						       GError **err);
void carom_feedback_loops_free(CaromFeedbackLoops *loops); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromFeedbackLoops, carom_feedback_loops_free)

/*
 * For a complaint: sets reporter to the provider whose loop it is, and takes
 * the recipient from the field that this loop names it in, where the report
 * named none. *dkim (borrowed, may be set to NULL) is the domain that signs its reports.
 */
void carom_feedback_loop_apply(const CaromFeedbackLoops *loops, const CaromMail *mail,
			       CaromReport *report, const char **provider, const char **dkim);

#endif
