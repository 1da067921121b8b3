/* SPDX-License-Identifier: BSD-2-Clause */
/* classify - the verdict on each outcome: provider, category, rule, blocklist */
#ifndef CAROM_CLASSIFY_H
#define CAROM_CLASSIFY_H

#include "rules/feedback_loop.h"
#include "rules/knowledge.h"
#include "mail/message.h"
#include "report/report.h"

/*
 * Adds the verdicts to report, and the version of the rules that gave them.
 * mail is what it was read from. *loop (may be NULL) is set to the feedback
 * loop that a complaint came by.
 */
void carom_classify(const CaromKnowledge *knowledge, const CaromMail *mail, CaromReport *report,
		    CaromFeedbackLoop *loop);

/* The verdicts anew, on what a report says that was read before: outcomes with format, to and
 * returned of the report. Providers stay. */
void carom_classify_again(const CaromKnowledge *knowledge, CaromReport *report);

/*
 * For the numbers, an outcome belongs to the ISP of the address that was
 * mailed, wherever that forwards to. What came by a known feedback loop belongs
 * to the loop's provider, whatever address it names: its users complained, also
 * those of domains that it hosts, and somebody whom the report doesn't name.
 * Called once the subscriber is known.
 */
void carom_classify_subscriber(const CaromKnowledge *knowledge, const CaromFeedbackLoop *loop,
			       CaromReport *report);

/* The verdict on one reply text alone, as `carom explain` asks. provider may be NULL: then the text
 * tells. */
void carom_classify_reply(const CaromKnowledge *knowledge, const char *text, const char *provider,
			  CaromVerdict *out, const char **provider_found);

#endif
