/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rules/mask.h"
#include "rules/rules_private.h"
#include "base/text.h"

#include <string.h>

/* "5.x.x" against "5.1.1": x stands for any number. */
static gboolean
status_matches(const char *wanted, const char *status)
{
	while (*wanted) {
		if (*wanted == 'x') {
			if (!g_ascii_isdigit(*status))
				return FALSE;
			while (g_ascii_isdigit(*status))
				status++;
			wanted++;
		} else if (*wanted++ != *status++) {
			return FALSE;
		}
	}
	return *status == '\0';
}

static gboolean
reply_matches(const char *wanted, const char *reply)
{
	for (int i = 0; i < 3; i++)
		if (wanted[i] != 'x' && wanted[i] != reply[i])
			return FALSE;
	return TRUE;
}

static gboolean
condition_holds(ConditionOn on, char **wanted, const char *value)
{
	if (value == NULL)
		return FALSE;
	for (; *wanted; wanted++)
		if (on == ON_STATUS  ? status_matches(*wanted, value)
		    : on == ON_REPLY ? reply_matches(*wanted, value)
				     : strcmp(*wanted, value) == 0)
			return TRUE;
	return FALSE;
}

/* The reply as some of the rules see it: with its host names and URLs, or with all that it quotes
 * masked. */
typedef struct {
	char *copy; /* owned, as folded is; NULL: the text is the reply's */
	const char *text;
	gsize len;
	char *folded;
	gsize folded_len;
	gboolean ascii;
} View;

/* One reply while it is judged. */
typedef struct {
	const CaromRules *rules;
	const CaromReply *reply;
	View hosts, masked;
	guint8 *of_alternatives, *of_rules; /* a bit for each that has a literal in the text */
	CaromMeaning meaning;
	gboolean read; /* the meaning */
	gboolean limit_hit;
} Trial;

static gboolean
take_candidate(guint id, gsize at, void *user)
{
	Trial *trial = user;

	(void) at;
	set_bit(trial->of_alternatives, id);
	set_bit(trial->of_rules, g_array_index(trial->rules->owners, guint, id));
	return TRUE;
}

static void
view_set(View *view, char *copy, const char *text, gsize len)
{
	view->copy = copy;
	view->text = text;
	view->len = len;
	view->folded = carom_literals_fold(text, len, &view->folded_len);
	view->ascii = carom_text_ascii_length(text, len) == len;
}

/* What the reply means, read when a rule first asks. */
static const CaromMeaning *
meaning(Trial *trial)
{
	if (!trial->read)
		carom_meaning_read(trial->rules->words, trial->masked.text, trial->masked.len,
				   &trial->meaning);
	trial->read = TRUE;
	return &trial->meaning;
}

static gboolean
conditions_hold(const Rule *rule, Trial *trial)
{
	const CaromReply *reply = trial->reply;
	const char *const values[N_CONDITIONS] = { reply->provider, reply->status, reply->reply,
						   reply->stage,    reply->action, reply->format };

	for (int i = 0; i < N_CONDITIONS; i++)
		if (rule->conditions[i] != NULL &&
		    !condition_holds((ConditionOn) i, rule->conditions[i], values[i]))
			return FALSE;
	if (rule->subjects == 0 && rule->predicates == 0)
		return TRUE;
	return carom_meaning_has(meaning(trial), rule->subjects ? rule->subjects : G_MAXUINT64,
				 rule->predicates ? rule->predicates : G_MAXUINT64);
}

/* TRUE if the rule's pattern matches; *data is the caller's then, unless plain text matched. */
static gboolean
any_alternative_matches(Trial *trial, Rule *rule, const View *view, pcre2_match_data **data)
{
	for (guint i = 0; i < rule->n_alternatives; i++) {
		Alternative *alternative = &rule->alternatives[i];

		if (alternative->prefiltered && !get_bit(trial->of_alternatives, rule->first + i))
			continue;
		/* folding is wider than PCRE2's idea of caseless in places, but not in ASCII */
		if (alternative->plain && view->ascii)
			return TRUE;
		if (*data != NULL)
			pcre2_match_data_free(*data);
		if (carom_rules_pattern_matches(trial->rules, &alternative->pattern, view->text,
						view->len, data, &trial->limit_hit))
			return TRUE;
	}
	return FALSE;
}

static gboolean
take_blocklist(guint id, gsize at, void *user)
{
	guint *found = user;

	/* "spamhaus" ends before "zen.spamhaus.org" does; the file lists the most special name of a
	 * family first */
	(void) at;
	if (id < *found)
		*found = id;
	return TRUE;
}

/* The list that the rule's own group took out of the reply. FALSE: it has no such group. */
static gboolean
take_named_blocklist(const Trial *trial, const Rule *rule, const View *view, pcre2_match_data *data,
		     CaromVerdict *out)
{
	PCRE2_SIZE *at;
	gsize len;
	int group;

	if (!rule->names_blocklist || data == NULL)
		return FALSE;
	at = pcre2_get_ovector_pointer(data);
	group = pcre2_substring_number_from_name(
		carom_rules_pattern_code(trial->rules, &rule->alternatives[0].pattern),
		(PCRE2_SPTR) "blocklist");
	if (group <= 0 || at[2 * group] == PCRE2_UNSET)
		return FALSE;
	len = MIN(at[2 * group + 1] - at[2 * group], sizeof out->blocklist - 1);
	for (gsize i = 0; i < len; i++)
		out->blocklist[i] = g_ascii_tolower(view->text[at[2 * group] + i]);
	while (len > 0 && strchr(".,;:", out->blocklist[len - 1]) != NULL)
		len--;
	out->blocklist[len] = '\0';
	return TRUE;
}

/* The list that the reply names: by the rule's own group, else one of the lists that are known. */
static void
name_blocklist(const Trial *trial, const Rule *rule, const View *view, pcre2_match_data *data,
	       CaromVerdict *out)
{
	const CaromRules *rules = trial->rules;
	guint found = G_MAXUINT;

	if (take_named_blocklist(trial, rule, view, data, out))
		return;
	if (rule->class != CAROM_CLASS_BLOCK && rule->class != CAROM_CLASS_POLICY)
		return;
	carom_literals_scan(rules->blocklist_names, trial->hosts.folded, trial->hosts.folded_len,
			    take_blocklist, &found);
	if (found != G_MAXUINT)
		g_strlcpy(out->blocklist,
			  ((const Blocklist *) rules->blocklists->pdata[found])->name,
			  sizeof out->blocklist);
}

/*
 * A text that names the sender, our host or the message as what it speaks of
 * proves no dead address, whatever words a rule found in it. Of a domain that
 * has no address and takes no mail, only the sender's is ours.
 */
static gboolean
is_vetoed(Trial *trial, const Rule *rule)
{
	guint64 ours = CAROM_WORD_BIT(CAROM_WORD_SENDER);

	if (rule->class != CAROM_CLASS_HARD || rule->match.text == NULL)
		return FALSE;
	if (rule->category != CAROM_CATEGORY_DOMAIN_UNKNOWN &&
	    rule->category != CAROM_CATEGORY_DOMAIN_NO_MAIL)
		ours |= CAROM_WORD_BIT(CAROM_WORD_CLIENT) | CAROM_WORD_BIT(CAROM_WORD_MESSAGE) |
			CAROM_WORD_BIT(CAROM_WORD_ATTACHMENT) |
			CAROM_WORD_BIT(CAROM_WORD_CONNECTION) | CAROM_WORD_BIT(CAROM_WORD_RELAY);
	return carom_meaning_is_ours(meaning(trial), ours);
}

/* TRUE if the rule decides; *out is filled in then. */
static gboolean
try_rule(Trial *trial, Rule *rule, CaromVerdict *out)
{
	const View *view = rule->hosts ? &trial->hosts : &trial->masked;
	pcre2_match_data *data = NULL, *veto = NULL;
	gboolean matched = conditions_hold(rule, trial);

	if (matched && rule->match.text != NULL)
		matched = any_alternative_matches(trial, rule, view, &data);
	if (matched && rule->veto.text != NULL)
		matched = !carom_rules_pattern_matches(trial->rules, &rule->veto, view->text,
						       view->len, &veto, &trial->limit_hit);
	matched = matched && !is_vetoed(trial, rule);
	if (matched) {
		out->category = rule->category;
		out->class = rule->class;
		out->rule = rule->id;
		name_blocklist(trial, rule, view, data, out);
	}
	if (data != NULL)
		pcre2_match_data_free(data);
	if (veto != NULL)
		pcre2_match_data_free(veto);
	return matched;
}

/* The text in the two ways that rules see it; most have little to mask, and share. */
static void
set_views(Trial *trial, const char *text)
{
	gsize len = strlen(text);
	char *hosts = carom_mask(text, len, CAROM_MASK_ADDRESSES);
	char *masked = carom_mask(hosts ? hosts : text, len, CAROM_MASK_HOSTS);

	view_set(&trial->hosts, hosts, hosts ? hosts : text, len);
	if (masked != NULL)
		view_set(&trial->masked, masked, masked, len);
	else
		trial->masked = trial->hosts;
}

static void
clear_views(Trial *trial)
{
	if (trial->masked.folded != trial->hosts.folded) {
		g_free(trial->masked.copy);
		g_free(trial->masked.folded);
	}
	g_free(trial->hosts.copy);
	g_free(trial->hosts.folded);
}

void
carom_rules_judge(const CaromRules *rules, const CaromReply *reply, CaromVerdict *out)
{
	gsize n_rules = rules->rules->len / 8 + 1;
	g_autofree guint8 *bits = g_malloc0(n_rules + rules->owners->len / 8 + 1);
	Trial trial = { .rules = rules, .reply = reply };

	trial.of_rules = bits;
	trial.of_alternatives = bits + n_rules;
	set_views(&trial, reply->text ? reply->text : "");
	memset(out, 0, sizeof *out);
	memcpy(bits, rules->always, n_rules);
	carom_literals_scan(rules->literals, trial.masked.folded, trial.masked.folded_len,
			    take_candidate, &trial);
	carom_literals_scan(rules->host_literals, trial.hosts.folded, trial.hosts.folded_len,
			    take_candidate, &trial);
	for (guint i = 0; i < rules->rules->len; i++)
		if (get_bit(trial.of_rules, i) && try_rule(&trial, rules->rules->pdata[i], out))
			break;
	carom_rules_hold_to_facts(reply, out);
	out->limit_hit = trial.limit_hit;
	clear_views(&trial);
}

void
carom_rules_meaning(const CaromRules *rules, const char *text, CaromMeaning *out)
{
	Trial trial = { .rules = rules };

	set_views(&trial, text);
	*out = *meaning(&trial);
	clear_views(&trial);
}

const char *
carom_rules_version(const CaromRules *rules)
{
	return rules->version;
}

guint
carom_rules_count(const CaromRules *rules)
{
	return rules->rules->len;
}

const char *
carom_rules_removal(const CaromRules *rules, const char *blocklist)
{
	for (guint i = 0; i < rules->blocklists->len; i++) {
		const Blocklist *list = rules->blocklists->pdata[i];

		if (g_ascii_strcasecmp(list->name, blocklist) == 0)
			return list->removal;
	}
	return NULL;
}
