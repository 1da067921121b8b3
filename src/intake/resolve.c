/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "intake/resolve.h"
#include "intake/evidence.h"
#include "config/scope.h"
#include "mail/address.h"
#include "mail/address_normal.h"
#include "base/text.h"
#include "verp/verp.h"

#include <string.h>

/* "acme/newsletter" as [senders] and [streams] say it. */
static void
set_scope(CaromReport *report, CaromOutcome *outcome, const char *value)
{
	g_autofree char *account = NULL, *stream = NULL;

	if (value == NULL)
		return;
	carom_scope_split(value, &account, &stream);
	outcome->account = carom_report_keep(report, account, -1, CAROM_SCOPE_MAX);
	if (*stream != '\0')
		outcome->stream = carom_report_keep(report, stream, -1, CAROM_SCOPE_MAX);
}

const char *
carom_resolve_scope(const CaromConfig *config, const CaromVerp *verp)
{
	g_autofree char *number = verp->stream ? g_strdup_printf("%u", verp->stream) : NULL;
	g_autofree char *sender = verp->sender ? g_ascii_strdown(verp->sender, -1) : NULL;
	const char *scope = number ? g_hash_table_lookup(config->streams, number) : NULL;

	if (verp->stream > CAROM_VERP_SHORT_STREAM)
		return NULL;
	return scope ? scope : sender ? g_hash_table_lookup(config->senders, sender) : NULL;
}

static void
set_subscriber(CaromReport *report, CaromOutcome *outcome, const char *address, const char *by,
	       CaromConfidence confidence)
{
	outcome->subscriber = carom_report_keep_address(report, address);
	outcome->resolved_by = by;
	outcome->confidence = confidence;
}

/* A return address of ours that was found, and where. */
typedef struct {
	CaromVerp verp;
	CaromVerpState state;
	const char *by; /* "verp" or "header" */
} Found;

/* TRUE if both name the same recipient. */
static gboolean
same_recipient(const CaromVerp *a, const CaromVerp *b)
{
	return a->address_id == b->address_id &&
	       g_ascii_strcasecmp(a->recipient ? a->recipient : "",
				  b->recipient ? b->recipient : "") == 0;
}

/*
 * Signed tokens in what the report quotes of our message. Each provider strips
 * something else, so all places are tried; two tokens for two recipients are
 * an ambiguity, which resolves nobody.
 */
static gboolean
find_in_copy(const CaromVerpSettings *settings, const CaromReport *report, gint today, Found *out)
{
	static const char *const names[] = { CAROM_TOKEN_HEADER,      "Message-ID",
					     "List-Unsubscribe",      "CFBL-Feedback-ID",
					     "Feedback-ID",           "Return-Path",
					     "X-Original-Return-Path" };
	gboolean found = FALSE;

	for (gsize i = 0; i < G_N_ELEMENTS(names) + 1; i++) {
		const char *value =
			i == 0 ? report->feedback.mail_from
			       : carom_fields_get(report->returned_fields, names[i - 1]);
		CaromVerp verp;
		CaromVerpState state = carom_verp_find(value, settings, today, &verp);

		if (state == CAROM_VERP_NONE)
			continue;
		if (found && !same_recipient(&out->verp, &verp)) {
			carom_verp_clear(&verp);
			carom_verp_clear(&out->verp);
			return FALSE;
		}
		if (found) {
			carom_verp_clear(&verp);
			continue;
		}
		found = TRUE;
		out->verp = verp;
		out->state = state;
		out->by = i == 0 ? "verp" : "header";
	}
	return found;
}

/* All whom the report names: they tell how an unsigned return address is to be split. */
static GPtrArray *
named_by(const CaromReport *report)
{
	GPtrArray *named = g_ptr_array_new();

	for (guint i = 0; i < report->outcomes->len; i++) {
		const CaromOutcome *o = report->outcomes->pdata[i];
		const char *addresses[] = { o->recipient, o->final_recipient,
					    o->original_recipient };

		for (gsize a = 0; a < G_N_ELEMENTS(addresses); a++)
			if (addresses[a] != NULL)
				g_ptr_array_add(named, (gpointer) addresses[a]);
	}
	return named;
}

/* The day of a moment in RFC 3339; today for none. */
static gint
day_of(const char *arrived)
{
	g_autoptr(GDateTime) then = arrived ? g_date_time_new_from_iso8601(arrived, NULL) : NULL;

	return then ? carom_verp_day(g_date_time_to_unix(then)) : carom_verp_today();
}

/* The ladder's first rungs: the return address it came back to, signed; a token in the copy; an
 * unsigned one. */
static gboolean
find_verp(const CaromConfig *config, const CaromKeyring *keys, const CaromEnvelope *envelope,
	  const CaromReport *report, Found *out)
{
	g_autoptr(GPtrArray) named = named_by(report);
	const CaromVerpSettings settings = { .keys = keys,
					     .delimiters = config->bounce.delimiters,
					     .domains = config->bounce.domains,
					     .lifetime = config->bounce.lifetime,
					     .senders = config->senders,
					     .named = named };
	const char *candidates[] = { envelope->recipient, envelope->original_recipient,
				     report->feedback.mail_from, report->returned.return_path };
	/* a signature lasts from its day to the report's, however late that is read again */
	const gint today = day_of(envelope->arrived);
	Found classic = { .state = CAROM_VERP_NONE };

	for (gsize i = 0; i < G_N_ELEMENTS(candidates); i++) {
		Found found = { .by = "verp" };

		found.state = carom_verp_read(candidates[i], &settings, today, &found.verp);
		if (i < 2 &&
		    (found.state == CAROM_VERP_SIGNED || found.state == CAROM_VERP_EXPIRED)) {
			carom_verp_clear(&classic.verp);
			*out = found;
			return TRUE;
		}
		if (found.state == CAROM_VERP_CLASSIC && classic.state == CAROM_VERP_NONE)
			classic = found;
		else
			carom_verp_clear(&found.verp);
	}
	if (keys != NULL && find_in_copy(&settings, report, today, out)) {
		carom_verp_clear(&classic.verp);
		return TRUE;
	}
	*out = classic;
	return classic.state == CAROM_VERP_CLASSIC;
}

/* TRUE if both are spellings of one address; NULL is none. */
static gboolean
same_address(const char *a, const char *b)
{
	g_autofree char *one = carom_address_normal(a, -1);
	g_autofree char *other = carom_address_normal(b, -1);

	return one != NULL && g_strcmp0(one, other) == 0;
}

/*
 * What a DSN says by itself. ORCPT is the sender's word for whom he mailed: where
 * it names another address than the Final-Recipient, a reporter who vouches for
 * the second does not for the first.
 */
static void
resolve_outcome(CaromReport *report, CaromOutcome *outcome, CaromConfidence reporter)
{
	const char *original = outcome->original_recipient, *final = outcome->final_recipient;

	if (outcome->resolved_by != NULL)
		return; /* by the returned message */
	if (original != NULL && final != NULL && !same_address(original, final))
		set_subscriber(report, outcome, original, "orcpt", CAROM_GUESSED);
	else if (final != NULL)
		set_subscriber(report, outcome, final, "final", reporter);
	else if (original != NULL) /* a complaint's Original-Rcpt-To, which its reporter wrote */
		set_subscriber(report, outcome, original, "orcpt",
			       report->kind == CAROM_KIND_COMPLAINT ? reporter : CAROM_GUESSED);
	else if (outcome->recipient != NULL)
		set_subscriber(report, outcome, outcome->recipient, "text", CAROM_GUESSED);
}

/*
 * TRUE for an address that we send from: nobody is mailed there, whatever a
 * report says, be it a filter that names the sender as the one who failed, or a
 * newsletter that has itself in To.
 */
static gboolean
is_own_address(const CaromConfig *config, const CaromEnvelope *envelope, const CaromReport *report,
	       const char *address)
{
	const CaromVerpSettings settings = { .delimiters = config->bounce.delimiters,
					     .domains = config->bounce.domains,
					     .lifetime = config->bounce.lifetime };
	g_autofree char *lower = address ? g_ascii_strdown(address, -1) : NULL;
	CaromVerp verp;
	CaromVerpState state;

	if (address == NULL)
		return FALSE;
	if (g_hash_table_contains(config->senders, lower) ||
	    carom_text_in_list(config->bounce.addresses, address) ||
	    (envelope->recipient != NULL && g_ascii_strcasecmp(envelope->recipient, address) == 0))
		return TRUE;
	/* anybody's "a+b=c" looks like one where no domain is named as ours */
	if (!carom_text_in_list(config->bounce.domains, carom_address_domain(address)))
		return FALSE;
	if (g_ascii_strcasecmp(address, report->returned.return_path ? report->returned.return_path
								     : "") == 0)
		return TRUE;
	state = carom_verp_read(address, &settings, carom_verp_today(), &verp);
	carom_verp_clear(&verp);
	return state != CAROM_VERP_NONE;
}

static void
forget_own_addresses(const CaromConfig *config, const CaromEnvelope *envelope, CaromReport *report)
{
	for (guint i = 0; i < report->outcomes->len; i++) {
		CaromOutcome *o = report->outcomes->pdata[i];

		if (o->action == CAROM_ACTION_NONE)
			continue; /* an answer names who answers */
		if (is_own_address(config, envelope, report, o->recipient))
			o->recipient = NULL;
		if (is_own_address(config, envelope, report, o->original_recipient))
			o->original_recipient = NULL;
		if (is_own_address(config, envelope, report, o->final_recipient))
			o->final_recipient = NULL;
		if (o->recipient == NULL)
			o->recipient =
				o->original_recipient ? o->original_recipient : o->final_recipient;
	}
}

/* A report that names nobody about a message that went to one address only. */
static void
resolve_by_returned(const CaromConfig *config, const CaromEnvelope *envelope, CaromReport *report)
{
	CaromOutcome *outcome;

	if (report->outcomes->len > 1 || report->returned.to->len != 1)
		return;
	if (report->kind != CAROM_KIND_BOUNCE && report->kind != CAROM_KIND_DELAY)
		return;
	outcome = report->outcomes->len ? report->outcomes->pdata[0] : NULL;
	if (outcome == NULL || outcome->recipient != NULL ||
	    is_own_address(config, envelope, report, report->returned.to->pdata[0]))
		return;
	outcome->recipient = report->returned.to->pdata[0];
	set_subscriber(report, outcome, outcome->recipient, "returned_to", CAROM_GUESSED);
}

/*
 * How sure a return address makes us. An unsigned one is anybody's word. It is
 * believed while there is no key at all (whoever is trying carom out, which
 * start-up and report say), unless our own Postfix wrote the report: it saw
 * whom the mail went to, and a stranger may have chosen the return address.
 */
static CaromConfidence
confidence_of(const Found *found, const CaromKeyring *keys, gboolean is_own_dsn)
{
	if (found->state == CAROM_VERP_SIGNED)
		return CAROM_PROVEN;
	if (found->state != CAROM_VERP_CLASSIC || found->verp.unsure || keys != NULL)
		return CAROM_GUESSED;
	return is_own_dsn ? CAROM_GUESSED : CAROM_CLAIMED;
}

/* A plain return address of ours names no recipient, but it has an account and a stream all the
 * same. */
static void
apply_sender(const CaromConfig *config, const CaromEnvelope *envelope, CaromReport *report)
{
	const char *candidates[] = { envelope->recipient, envelope->original_recipient,
				     report->feedback.mail_from, report->returned.return_path };
	const char *scope = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(candidates) && scope == NULL; i++) {
		g_autofree char *lower = candidates[i] ? g_ascii_strdown(candidates[i], -1) : NULL;

		scope = lower ? g_hash_table_lookup(config->senders, lower) : NULL;
	}
	for (guint i = 0; i < report->outcomes->len; i++)
		set_scope(report, report->outcomes->pdata[i], scope);
}

/* TRUE if a return address of that confidence speaks for the outcome. */
static gboolean
speaks_for(const CaromVerp *verp, const CaromReport *report, const CaromOutcome *outcome,
	   CaromConfidence sure)
{
	if (same_address(outcome->recipient, verp->recipient))
		return TRUE;
	/* One return address is one recipient: it speaks for a report about one, whatever name that
	 * one goes by now. */
	if (report->outcomes->len > 1)
		return FALSE;
	/* but a guess is not put in the place of whom a provider told us */
	return report->kind != CAROM_KIND_COMPLAINT || outcome->confidence == 0 ||
	       sure <= outcome->confidence;
}

/* Both name one address: what one of them makes sure stands for both. */
static CaromConfidence
best_of(const CaromVerp *verp, const CaromOutcome *outcome, CaromConfidence sure)
{
	gboolean same = same_address(outcome->subscriber, verp->recipient);

	return same && outcome->confidence != 0 ? MIN(outcome->confidence, sure) : sure;
}

static void
apply_verp(const CaromConfig *config, const Found *found, CaromConfidence sure, CaromReport *report)
{
	const CaromVerp *verp = &found->verp;
	const char *scope = carom_resolve_scope(config, verp);

	/* A complaint that names nobody is about whom the return address names. */
	if (report->outcomes->len == 0 && report->kind == CAROM_KIND_COMPLAINT)
		carom_report_add(report, NULL, CAROM_ACTION_COMPLAINED);
	for (guint i = 0; i < report->outcomes->len; i++) {
		CaromOutcome *outcome = report->outcomes->pdata[i];

		set_scope(report, outcome, scope);
		if (verp->stream > CAROM_VERP_SHORT_STREAM)
			outcome->stream_number = verp->stream;
		if (!speaks_for(verp, report, outcome, sure))
			continue;
		/* a guess of how to split it is no better than what the report says itself */
		if (verp->unsure && outcome->resolved_by != NULL)
			continue;
		set_subscriber(report, outcome, verp->recipient, found->by,
			       best_of(verp, outcome, sure));
		if (found->state == CAROM_VERP_CLASSIC && sure == CAROM_CLAIMED)
			report->unsigned_verp = "believed";
		outcome->address_id = verp->address_id;
		if (found->state == CAROM_VERP_SIGNED || found->state == CAROM_VERP_EXPIRED) {
			g_autofree char *day = carom_verp_day_text(verp->day);

			outcome->sent_on = carom_report_keep(report, day, -1, 10);
		}
		if (outcome->recipient == NULL)
			outcome->recipient = outcome->subscriber;
	}
}

/* What the pattern's first group matches in the address; NULL if it matches nothing. Caller's. */
static char *
token_in(const GRegex *pattern, const char *address)
{
	g_autoptr(GMatchInfo) match = NULL;
	g_autofree char *token = NULL;

	if (address == NULL || strlen(address) > CAROM_ADDRESS_MAX ||
	    !g_regex_match(pattern, address, 0, &match))
		return NULL;
	token = g_match_info_fetch(match, 1);
	return token != NULL && *token != '\0' ? g_steal_pointer(&token) : NULL;
}

/* The application's own token, out of the return address that it made. The pattern is its
 * postmaster's; what it is tried on is short, and the steps of a match are limited. */
static void
keep_token(const CaromConfig *config, const CaromEnvelope *envelope, CaromReport *report)
{
	const char *candidates[] = { envelope->recipient, envelope->original_recipient,
				     report->feedback.mail_from, report->returned.return_path };
	g_autofree char *limited = NULL, *token = NULL;
	g_autoptr(GRegex) pattern = NULL;

	if (*config->bounce.tokens == '\0')
		return;
	limited = g_strconcat("(*LIMIT_MATCH=100000)", config->bounce.tokens, NULL);
	pattern = g_regex_new(limited, G_REGEX_CASELESS, 0, NULL);
	for (gsize i = 0; pattern != NULL && i < G_N_ELEMENTS(candidates) && token == NULL; i++)
		token = token_in(pattern, candidates[i]);
	if (token == NULL)
		return;
	/* the application knows whom a complaint is about that names nobody */
	if (report->outcomes->len == 0 && report->kind == CAROM_KIND_COMPLAINT)
		carom_report_add(report, NULL, CAROM_ACTION_COMPLAINED);
	for (guint i = 0; i < report->outcomes->len; i++)
		((CaromOutcome *) report->outcomes->pdata[i])->token =
			carom_report_keep(report, token, -1, CAROM_ADDRESS_MAX);
}

/* Header fields that the application wants back, out of the copy of its mail. Whoever wrote the
 * report may have made them up: they prove nothing, and nothing follows from them. */
static void
keep_headers(const CaromConfig *config, CaromReport *report)
{
	GPtrArray *headers = report->returned.headers;

	if (report->returned_fields == NULL)
		return;
	for (char *const *name = config->bounce.headers; *name != NULL; name++) {
		const char *value =
			carom_report_keep(report, carom_fields_get(report->returned_fields, *name),
					  -1, CAROM_MAX_HEADER);

		if (value == NULL || headers->len >= 2 * CAROM_MAX_HEADERS)
			continue;
		g_ptr_array_add(headers, (gpointer) carom_report_keep(report, *name, -1, 64));
		g_ptr_array_add(headers, (gpointer) value);
	}
}

/* Where a complaint names a mask and nothing of ours tells whose it is, that is no address to
 * suppress. */
static void
distrust_masks(CaromReport *report)
{
	for (guint i = 0; i < report->outcomes->len; i++) {
		CaromOutcome *outcome = report->outcomes->pdata[i];

		if (outcome->subscriber != NULL && carom_address_is_masked(outcome->subscriber))
			outcome->confidence = CAROM_GUESSED;
	}
}

void
carom_resolve(const CaromConfig *config, const CaromKeyring *keys, const CaromEnvelope *envelope,
	      const CaromMail *mail, const char *loop_dkim, CaromReport *report)
{
	CaromConfidence reporter = CAROM_GUESSED;
	gboolean is_own_dsn = carom_evidence_is_own_dsn(config, envelope, mail, report);
	Found found = { 0 };

	carom_evidence_read_authentication(config, envelope, mail, report);
	if (!is_own_dsn)
		carom_evidence_read_source_ip(config, report);
	if (is_own_dsn && carom_evidence_is_own_mail(config, envelope, report))
		reporter = CAROM_MATCHED;
	else if (report->kind == CAROM_KIND_COMPLAINT &&
		 carom_evidence_is_signed_by(report, loop_dkim) &&
		 carom_evidence_complains_of_us(config, report))
		reporter = CAROM_CLAIMED;
	forget_own_addresses(config, envelope, report);
	resolve_by_returned(config, envelope, report);
	for (guint i = 0; i < report->outcomes->len; i++)
		resolve_outcome(report, report->outcomes->pdata[i], reporter);
	if (report->kind != CAROM_KIND_UNRECOGNISED &&
	    find_verp(config, keys, envelope, report, &found))
		apply_verp(config, &found, confidence_of(&found, keys, is_own_dsn), report);
	else
		apply_sender(config, envelope, report);
	if (report->kind != CAROM_KIND_UNRECOGNISED)
		keep_token(config, envelope, report);
	keep_headers(config, report);
	if (report->kind == CAROM_KIND_COMPLAINT)
		distrust_masks(report);
	carom_verp_clear(&found.verp);
}
