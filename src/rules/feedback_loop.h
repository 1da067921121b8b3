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

/* The loop that a complaint came by. Both borrowed from the loops, both NULL where none is known.
 */
typedef struct {
	const char *provider; /* of parsers/providers; NULL for a loop of several */
	const char *dkim;     /* domain that signs its reports; NULL for one that proves nothing */
} CaromFeedbackLoop;

/*
 * For a complaint: sets reporter to the provider whose loop it is, and takes
 * the recipient from the field that this loop names it in, where the report
 * named none.
 */
CaromFeedbackLoop carom_feedback_loop_apply(const CaromFeedbackLoops *loops, const CaromMail *mail,
					    CaromReport *report);

#endif
