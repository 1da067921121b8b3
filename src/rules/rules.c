/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

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

static gboolean
conditions_hold(const Rule *rule, const CaromReply *reply)
{
	const char *const values[N_CONDITIONS] = { reply->provider, reply->status, reply->reply,
						   reply->stage,    reply->action, reply->format };

	for (int i = 0; i < N_CONDITIONS; i++)
		if (rule->conditions[i] != NULL &&
		    !condition_holds((ConditionOn) i, rule->conditions[i], values[i]))
			return FALSE;
	return TRUE;
}

/* One bit for each alternative and each rule that has a literal in the text. */
typedef struct {
	const CaromRules *rules;
	guint8 *alternatives, *of_rules;
} Candidates;

static gboolean
take_candidate(guint id, gsize at, void *user)
{
	Candidates *candidates = user;

	(void) at;
	set_bit(candidates->alternatives, id);
	set_bit(candidates->of_rules, g_array_index(candidates->rules->owners, guint, id));
	return TRUE;
}

/* TRUE if the rule's pattern matches; *data is the caller's then, unless plain text matched. */
static gboolean
any_alternative_matches(const CaromRules *rules, Rule *rule, const Candidates *candidates,
			const char *text, gsize len, gboolean ascii, pcre2_match_data **data,
			gboolean *limit_hit)
{
	for (guint i = 0; i < rule->n_alternatives; i++) {
		Alternative *alternative = &rule->alternatives[i];

		if (alternative->prefiltered && !get_bit(candidates->alternatives, rule->first + i))
			continue;
		/* folding is wider than PCRE2's idea of caseless in places, but not in ASCII */
		if (alternative->plain && ascii)
			return TRUE;
		if (*data != NULL)
			pcre2_match_data_free(*data);
		if (carom_rules_pattern_matches(rules, &alternative->pattern, text, len, data,
						limit_hit))
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

/* The list that the reply names: by the rule's own group, else one of the lists that are known. */
static void
name_blocklist(const CaromRules *rules, const Rule *rule, pcre2_match_data *data, const char *text,
	       const char *folded, gsize folded_len, CaromVerdict *out)
{
	guint found = G_MAXUINT;

	if (rule->names_blocklist && data != NULL) {
		PCRE2_SIZE *at = pcre2_get_ovector_pointer(data);
		int group = pcre2_substring_number_from_name(
			carom_rules_pattern_code(rules, &rule->alternatives[0].pattern),
			(PCRE2_SPTR) "blocklist");

		if (group > 0 && at[2 * group] != PCRE2_UNSET) {
			gsize len = at[2 * group + 1] - at[2 * group];

			len = MIN(len, sizeof out->blocklist - 1);
			for (gsize i = 0; i < len; i++)
				out->blocklist[i] = g_ascii_tolower(text[at[2 * group] + i]);
			while (len > 0 && strchr(".,;:", out->blocklist[len - 1]) != NULL)
				len--;
			out->blocklist[len] = '\0';
			return;
		}
	}
	if (rule->class != CAROM_CLASS_BLOCK && rule->class != CAROM_CLASS_POLICY)
		return;
	carom_literals_scan(rules->blocklist_names, folded, folded_len, take_blocklist, &found);
	if (found != G_MAXUINT)
		g_strlcpy(out->blocklist,
			  ((const Blocklist *) rules->blocklists->pdata[found])->name,
			  sizeof out->blocklist);
}

void
carom_rules_judge(const CaromRules *rules, const CaromReply *reply, CaromVerdict *out)
{
	const char *text = reply->text ? reply->text : "";
	gsize len = strlen(text), folded_len;
	g_autofree char *folded = carom_literals_fold(text, len, &folded_len);
	gboolean ascii = carom_text_ascii_length(text, len) == len;
	g_autofree guint8 *bits = g_malloc0(rules->rules->len / 8 + 1 + rules->owners->len / 8 + 1);
	Candidates candidates = { rules, bits + rules->rules->len / 8 + 1, bits };

	memset(out, 0, sizeof *out);
	memcpy(bits, rules->always, rules->rules->len / 8 + 1);
	carom_literals_scan(rules->literals, folded, folded_len, take_candidate, &candidates);
	for (guint i = 0; i < rules->rules->len; i++) {
		Rule *rule;
		pcre2_match_data *data = NULL, *veto = NULL;
		gboolean matched;

		if (!get_bit(candidates.of_rules, i))
			continue;
		rule = rules->rules->pdata[i];
		if (!conditions_hold(rule, reply))
			continue;
		matched = rule->match.text == NULL ||
			  any_alternative_matches(rules, rule, &candidates, text, len, ascii, &data,
						  &out->limit_hit);
		if (matched && rule->veto.text != NULL)
			matched = !carom_rules_pattern_matches(rules, &rule->veto, text, len, &veto,
							       &out->limit_hit);
		if (matched) {
			out->category = rule->category;
			out->class = rule->class;
			out->rule = rule->id;
			name_blocklist(rules, rule, data, text, folded, folded_len, out);
		}
		if (data != NULL)
			pcre2_match_data_free(data);
		if (veto != NULL)
			pcre2_match_data_free(veto);
		if (matched)
			return;
	}
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
