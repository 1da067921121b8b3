/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rules/classify.h"
#include "mail/address.h"
#include "base/text.h"
#include "mail/reply.h"

#include <string.h>

static gboolean
wants_reason(CaromAction action)
{
	return action == CAROM_ACTION_FAILED || action == CAROM_ACTION_DELAYED;
}

static void
set_category(CaromOutcome *outcome, CaromCategory category)
{
	outcome->category = category;
	outcome->class = carom_report_category_class(category);
}

static gboolean
quotes(const char *text, const char *address)
{
	return address != NULL && carom_text_find(text, strlen(text), address) != NULL;
}

/* TRUE if the reply quotes the address that our mail came from, and not the recipient's. */
static gboolean
is_of_sender(const CaromReport *report, const CaromOutcome *outcome)
{
	const char *text = outcome->diagnostic;

	if (text == NULL || quotes(text, outcome->recipient) ||
	    quotes(text, outcome->final_recipient) || quotes(text, outcome->original_recipient))
		return FALSE;
	return quotes(text, report->to) || quotes(text, report->returned.return_path) ||
	       quotes(text, report->returned.from);
}

static void
judge(const CaromKnowledge *knowledge, CaromReport *report, CaromOutcome *outcome)
{
	CaromReply reply = {
		.provider = outcome->provider,
		.status = outcome->status,
		.reply = outcome->reply,
		.stage = outcome->stage,
		.action = carom_report_action_name(outcome->action),
		.format = report->format,
		.text = outcome->diagnostic,
		.of_sender = is_of_sender(report, outcome),
	};
	CaromVerdict verdict;

	carom_rules_judge(knowledge->rules, &reply, &verdict);
	set_category(outcome, verdict.category != CAROM_CATEGORY_NONE
				      ? verdict.category
				      : CAROM_CATEGORY_UNDETERMINED);
	if (verdict.class != CAROM_CLASS_NONE)
		outcome->class = verdict.class;
	outcome->rule = carom_report_keep(report, verdict.rule ? verdict.rule : "no-rule", -1, 64);
	if (verdict.blocklist[0] != '\0')
		outcome->blocklist = carom_report_keep(report, verdict.blocklist, -1, 255);
}

/* Whose server spoke of the outcome. */
static const char *
provider_of(const CaromKnowledge *knowledge, const CaromOutcome *outcome)
{
	return carom_provider_of(knowledge->providers, carom_address_domain(outcome->recipient),
				 outcome->remote_mta,
				 wants_reason(outcome->action) ? outcome->diagnostic : NULL);
}

void
carom_classify_again(const CaromKnowledge *knowledge, CaromReport *report)
{
	for (guint i = 0; i < report->outcomes->len; i++) {
		CaromOutcome *outcome = report->outcomes->pdata[i];
		const char *counted = outcome->provider;

		if (!wants_reason(outcome->action))
			continue;
		outcome->provider = provider_of(knowledge, outcome);
		outcome->blocklist = NULL;
		judge(knowledge, report, outcome);
		outcome->provider = counted;
	}
}

void
carom_classify(const CaromKnowledge *knowledge, const CaromMail *mail, CaromReport *report,
	       CaromFeedbackLoop *loop)
{
	CaromFeedbackLoop found = { NULL, NULL };

	if (report->kind == CAROM_KIND_COMPLAINT || report->kind == CAROM_KIND_AUTH_REPORT)
		found = carom_feedback_loop_apply(knowledge->loops, mail, report);
	if (loop != NULL)
		*loop = found;
	for (guint i = 0; i < report->outcomes->len; i++) {
		CaromOutcome *outcome = report->outcomes->pdata[i];
		const char *provider = provider_of(knowledge, outcome);

		outcome->provider = carom_report_keep(report, provider, -1, 64);
		if (wants_reason(outcome->action))
			judge(knowledge, report, outcome);
		else if (report->kind == CAROM_KIND_UNSUBSCRIBE)
			set_category(outcome, CAROM_CATEGORY_UNSUBSCRIBE_REQUEST);
		else if (report->kind == CAROM_KIND_AUTO_REPLY)
			set_category(outcome, CAROM_CATEGORY_AUTO_REPLY);
	}
	report->rules = carom_report_keep(report, carom_rules_version(knowledge->rules), -1, 64);
}

/* All that a known feedback loop reports is its provider's, also if it names nobody. */
static void
set_loop_provider(const CaromFeedbackLoop *loop, CaromReport *report)
{
	if (report->outcomes->len == 0 && report->kind == CAROM_KIND_COMPLAINT)
		carom_report_add(report, NULL, CAROM_ACTION_COMPLAINED);
	for (guint i = 0; i < report->outcomes->len; i++)
		((CaromOutcome *) report->outcomes->pdata[i])->provider =
			carom_report_keep(report, loop->provider, -1, 64);
}

void
carom_classify_subscriber(const CaromKnowledge *knowledge, const CaromFeedbackLoop *loop,
			  CaromReport *report)
{
	if (loop->provider != NULL) {
		set_loop_provider(loop, report);
		return;
	}
	for (guint i = 0; i < report->outcomes->len; i++) {
		CaromOutcome *outcome = report->outcomes->pdata[i];
		const char *provider;

		if (outcome->subscriber == NULL ||
		    (outcome->provider != NULL &&
		     g_strcmp0(outcome->subscriber, outcome->recipient) == 0))
			continue;
		provider = carom_provider_of(knowledge->providers,
					     carom_address_domain(outcome->subscriber), NULL, NULL);
		if (provider != NULL)
			outcome->provider = carom_report_keep(report, provider, -1, 64);
	}
}

void
carom_classify_reply(const CaromKnowledge *knowledge, const char *text, const char *provider,
		     CaromVerdict *out, const char **provider_found)
{
	CaromReplyCodes codes;
	CaromReply reply = { .text = text, .action = "failed" };

	carom_reply_codes(text, strlen(text), &codes);
	*provider_found =
		provider ? provider : carom_provider_of(knowledge->providers, NULL, NULL, text);
	reply.provider = *provider_found;
	reply.status = codes.status[0] ? codes.status : NULL;
	reply.reply = codes.reply[0] ? codes.reply : NULL;
	reply.stage = codes.stage;
	carom_rules_judge(knowledge->rules, &reply, out);
}
