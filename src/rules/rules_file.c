/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of rules and blocklists read into a set (carom-rules(5)), and the
 * set freed. Knows the form of the files; what a match is, rules.c knows.
 */
#include "config.h"

#include "rules/rules_private.h"
#include "base/data_file.h"
#include "rules/pattern_literals.h"

#include <string.h>

const char *const carom_rules_conditions[N_CONDITIONS] = { "provider", "status", "reply",
							   "stage",    "action", "format" };

static void
rule_free(gpointer data)
{
	Rule *rule = data;

	for (int i = 0; i < N_CONDITIONS; i++)
		g_strfreev(rule->conditions[i]);
	carom_rules_pattern_clear(&rule->match);
	for (guint i = 0; i < rule->n_alternatives; i++)
		carom_rules_pattern_clear(&rule->alternatives[i].pattern);
	g_free(rule->alternatives);
	carom_rules_pattern_clear(&rule->veto);
	g_ptr_array_free(rule->examples, TRUE);
	g_free(rule);
}

/* class= and text=, which say something of the rule itself. */
static CaromStatus
parse_property(Rule *rule, const CaromDataLine *line, const char *name, const char *value,
	       GError **err)
{
	if (strcmp(name, "text") == 0) {
		rule->hosts = strcmp(value, "hosts") == 0;
		return rule->hosts ? CAROM_OK
				   : carom_data_file_fail(line, err, "text= is hosts or left out");
	}
	rule->class = carom_report_class_from_name(value);
	if (rule->class == CAROM_CLASS_NONE)
		return carom_data_file_fail(line, err, "\"%s\" is none of the classes", value);
	return CAROM_OK;
}

/* subject= and predicate=: classes of words. */
static CaromStatus
parse_meaning(guint64 *set, gboolean subject, const CaromDataLine *line, const char *values,
	      GError **err)
{
	g_auto(GStrv) names = g_strsplit(values, ",", -1);

	if (*set != 0)
		return carom_data_file_fail(line, err, "%s= stands here twice",
					    subject ? "subject" : "predicate");
	for (char **name = names; *name; name++) {
		CaromWord word = carom_words_from_name(*name);

		if (subject && strcmp(*name, "none") == 0)
			*set |= CAROM_SUBJECT_NONE;
		else if (word != CAROM_N_WORDS &&
			 (carom_words_kind(word) == CAROM_SUBJECT) == subject &&
			 (subject || carom_words_kind(word) == CAROM_PREDICATE))
			*set |= CAROM_WORD_BIT(word);
		else
			return carom_data_file_fail(line, err, "\"%s\" is no class of %s", *name,
						    subject ? "subjects" : "predicates");
	}
	return CAROM_OK;
}

static CaromStatus
parse_listed_condition(Rule *rule, int on, const CaromDataLine *line, const char *values,
		       GError **err)
{
	if (rule->conditions[on] != NULL)
		return carom_data_file_fail(line, err, "%s= stands here twice",
					    carom_rules_conditions[on]);
	rule->conditions[on] = g_strsplit(values, ",", -1);
	for (char **v = rule->conditions[on]; *v; v++)
		if (**v == '\0' || (on == ON_REPLY && strlen(*v) != 3))
			return carom_data_file_fail(line, err, "%s= has a wrong value \"%s\"",
						    carom_rules_conditions[on], *v);
	return CAROM_OK;
}

static CaromStatus
parse_condition(Rule *rule, const CaromDataLine *line, char *word, GError **err)
{
	char *value = strchr(word, '=');

	if (value == NULL)
		return carom_data_file_fail(line, err, "\"%s\" is no condition; it is NAME=VALUE",
					    word);
	*value++ = '\0';
	if (strcmp(word, "class") == 0 || strcmp(word, "text") == 0)
		return parse_property(rule, line, word, value, err);
	if (strcmp(word, "subject") == 0)
		return parse_meaning(&rule->subjects, TRUE, line, value, err);
	if (strcmp(word, "predicate") == 0)
		return parse_meaning(&rule->predicates, FALSE, line, value, err);
	for (int i = 0; i < N_CONDITIONS; i++)
		if (strcmp(carom_rules_conditions[i], word) == 0)
			return parse_listed_condition(rule, i, line, value, err);
	return carom_data_file_fail(line, err,
				    "unknown condition \"%s\"; there are provider, status, reply, "
				    "stage, action, format, subject and predicate, and class and "
				    "text, which are none",
				    word);
}

static gboolean
is_rule_id(const char *id)
{
	for (const char *p = id; *p; p++)
		if (!g_ascii_islower(*p) && !g_ascii_isdigit(*p) && *p != '-')
			return FALSE;
	return *id != '\0';
}

static CaromStatus
parse_head(CaromRules *rules, const CaromDataLine *line, GError **err)
{
	g_auto(GStrv) words = g_strsplit_set(line->text, " \t", -1);
	Rule *rule = g_new0(Rule, 1);
	CaromStatus status = CAROM_OK;
	guint n = 0;

	rule->examples = g_ptr_array_new();
	rule->file = g_string_chunk_insert_const(rules->chunk, line->file);
	rule->line = line->number;
	g_ptr_array_add(rules->rules, rule);
	for (char **word = words; *word && status == CAROM_OK; word++) {
		if (**word == '\0')
			continue;
		n++;
		if (n == 1) {
			if (!is_rule_id(*word))
				return carom_data_file_fail(
					line, err,
					"\"%s\" is no rule id; it is lower-case "
					"letters, digits and dashes",
					*word);
			rule->id = g_string_chunk_insert(rules->chunk, *word);
			if (g_hash_table_contains(rules->ids, rule->id))
				return carom_data_file_fail(
					line, err, "rule %s stands here a second time", *word);
			g_hash_table_insert(rules->ids, (gpointer) rule->id, rule);
		} else if (n == 2) {
			rule->category = carom_report_category_from_name(*word);
			if (rule->category == CAROM_CATEGORY_NONE)
				return carom_data_file_fail(
					line, err, "\"%s\" is none of the categories", *word);
			rule->class = carom_report_category_class(rule->category);
		} else {
			status = parse_condition(rule, line, *word, err);
		}
	}
	if (status == CAROM_OK && n < 2)
		return carom_data_file_fail(line, err, "a rule wants an id and a category");
	return status;
}

/* Keeps the pattern between slashes. It is compiled when it is first needed; "carom rules check"
 * tells of one that can't be. */
static CaromStatus
parse_pattern(CaromRules *rules, Pattern *pattern, const CaromDataLine *line, char *text,
	      GError **err)
{
	gsize len = strlen(text);

	if (len < 3 || text[0] != '/' || text[len - 1] != '/')
		return carom_data_file_fail(line, err, "a pattern stands between two slashes");
	if (pattern->text != NULL)
		return carom_data_file_fail(line, err, "a rule has one pattern and one veto");
	text[len - 1] = '\0';
	if (rules->is_local) {
		char message[256];
		pcre2_code *code = carom_rules_compile(text + 1, message, sizeof message);

		if (code == NULL)
			return carom_data_file_fail(line, err, "/%s/: %s", text + 1, message);
		pcre2_code_free(code);
	}
	pattern->text = g_string_chunk_insert(rules->chunk, text + 1);
	return CAROM_OK;
}

/* Files the literals of one alternative under its number. */
static void
prefilter(CaromLiterals *literals, Alternative *alternative, guint number)
{
	const char *pattern = alternative->pattern.text;
	gsize len = strlen(pattern);

	if (alternative->plain) {
		g_autofree char *folded = carom_literals_fold(pattern, len, &len);

		alternative->plain = alternative->prefiltered = len >= CAROM_LITERAL_MIN;
		if (alternative->plain)
			carom_literals_add(literals, folded, number);
	} else {
		g_autoptr(GPtrArray) set = carom_pattern_literals(pattern, CAROM_LITERAL_MIN);

		for (guint i = 0; set != NULL && i < set->len; i++)
			carom_literals_add(literals, set->pdata[i], number);
		alternative->prefiltered = set != NULL;
	}
}

/* How many alternatives the pattern parts into; 1 if it had better not be. */
static guint
count_parts(const char *pattern)
{
	guint n = 1;
	gboolean plain;
	const char *end;

	if (strchr(pattern, '|') == NULL)
		return 1;
	while ((end = carom_pattern_literals_part_end(pattern, &plain)) != NULL && *end == '|') {
		pattern = end + 1;
		n++;
	}
	return end ? n : 1;
}

/* Parts the pattern of the last rule into its alternatives. */
static void
split_pattern(CaromRules *rules, Rule *rule)
{
	const char *p = rule->match.text;
	guint owner = rules->rules->len - 1;

	/* the group must be found in the one pattern that has it */
	rule->names_blocklist = strstr(p, "(?<blocklist>") != NULL;
	rule->n_alternatives = rule->names_blocklist ? 1 : count_parts(p);
	rule->alternatives = g_new0(Alternative, rule->n_alternatives);
	rule->first = rules->owners->len;
	rule->prefiltered = TRUE;
	for (guint i = 0; i < rule->n_alternatives; i++) {
		Alternative *alternative = &rule->alternatives[i];

		alternative->pattern.text = p;
		if (rule->n_alternatives > 1) {
			const char *end = carom_pattern_literals_part_end(p, &alternative->plain);

			alternative->pattern.text =
				g_string_chunk_insert_len(rules->chunk, p, end - p);
			p = end + 1;
		}
		prefilter(rule->hosts ? rules->host_literals : rules->literals, alternative,
			  rule->first + i);
		rule->prefiltered &= alternative->prefiltered;
		g_array_append_val(rules->owners, owner);
	}
}

static CaromStatus
parse_rule_line(const CaromDataLine *line, void *user, GError **err)
{
	CaromRules *rules = user;
	Rule *rule;
	CaromStatus status;

	if (line->head)
		return parse_head(rules, line, err);
	if (rules->rules->len == 0)
		return carom_data_file_fail(line, err, "a line before the first rule");
	rule = rules->rules->pdata[rules->rules->len - 1];
	switch (line->text[0]) {
	case '/':
		status = parse_pattern(rules, &rule->match, line, line->text, err);
		if (status == CAROM_OK)
			split_pattern(rules, rule);
		return status;
	case '!':
		return parse_pattern(rules, &rule->veto, line, line->text + 1, err);
	case '>':
		g_ptr_array_add(rule->examples,
				g_string_chunk_insert(rules->chunk, g_strchug(line->text + 1)));
		return CAROM_OK;
	case '#':
		return CAROM_OK;
	default:
		return carom_data_file_fail(
			line, err,
			"a line of a rule begins with / (pattern), !/ (veto) or > (example)");
	}
}

static CaromStatus
load_words(CaromRules *rules, const char *folder, GError **err)
{
	g_autoptr(GPtrArray) paths = NULL;
	CaromStatus status = carom_data_file_list(folder, ".words", &paths, err);

	for (guint i = 0; status == CAROM_OK && i < paths->len; i++)
		status = carom_words_read(rules->words, paths->pdata[i], rules->hash, err);
	return status;
}

static CaromStatus
load_folder(CaromRules *rules, const char *folder, gboolean required, GError **err)
{
	g_autoptr(GPtrArray) paths = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = carom_data_file_list(folder, ".rules", &paths, &error);

	if (status == CAROM_ABSENT && !required)
		return CAROM_OK;
	if (status != CAROM_OK)
		return carom_status_fail(err, CAROM_MISUSE, "rules: %s", error->message);
	for (guint i = 0; i < paths->len && status == CAROM_OK; i++)
		status = carom_data_file_read(paths->pdata[i], rules->hash, parse_rule_line, rules,
					      err);
	return status == CAROM_OK ? load_words(rules, folder, err) : status;
}

static CaromStatus
parse_blocklist(const CaromDataLine *line, void *user, GError **err)
{
	CaromRules *rules = user;
	g_auto(GStrv) columns = g_strsplit(line->text, "\t", 3);
	g_auto(GStrv) names = NULL;
	Blocklist *list;

	if (g_strv_length(columns) != 3)
		return carom_data_file_fail(line, err,
					    "a blocklist has three columns parted by tabs: name, "
					    "removal address, names in replies");
	list = g_new(Blocklist, 1);
	list->name = g_string_chunk_insert(rules->chunk, g_strstrip(columns[0]));
	list->removal = g_string_chunk_insert(rules->chunk, g_strstrip(columns[1]));
	g_ptr_array_add(rules->blocklists, list);
	names = g_strsplit(columns[2], ",", -1);
	for (char **name = names; *name; name++) {
		gsize len;
		g_autofree char *folded =
			carom_literals_fold(g_strstrip(*name), strlen(g_strstrip(*name)), &len);

		if (len < CAROM_LITERAL_MIN)
			return carom_data_file_fail(
				line, err, "\"%s\" is too short to tell a blocklist by", *name);
		carom_literals_add(rules->blocklist_names, folded, rules->blocklists->len - 1);
	}
	return CAROM_OK;
}

static CaromRules *
rules_new(void)
{
	CaromRules *rules = g_new0(CaromRules, 1);

	rules->rules = g_ptr_array_new_with_free_func(rule_free);
	rules->ids = g_hash_table_new(g_str_hash, g_str_equal);
	rules->owners = g_array_new(FALSE, FALSE, sizeof(guint));
	rules->literals = carom_literals_new();
	rules->host_literals = carom_literals_new();
	rules->words = carom_words_new();
	rules->blocklists = g_ptr_array_new_with_free_func(g_free);
	rules->blocklist_names = carom_literals_new();
	rules->chunk = g_string_chunk_new(64 * 1024);
	/* a name for the set, no seal on it: the quickest, for every process hashes all its files
	 */
	rules->hash = g_checksum_new(G_CHECKSUM_MD5);
	pthread_mutex_init(&rules->lock, NULL);
	rules->match_context = carom_rules_match_context();
	return rules;
}

static gboolean
has_words(const char *folder)
{
	g_autoptr(GPtrArray) paths = NULL;

	return carom_data_file_list(folder, ".words", &paths, NULL) == CAROM_OK && paths->len > 0;
}

CaromStatus
carom_rules_load(const char *datadir, const char *local_dir, gboolean local_required,
		 CaromRules **out, GError **err)
{
	g_autoptr(CaromRules) rules = rules_new();
	g_autofree char *shipped = g_build_filename(datadir, "rules", NULL);
	g_autofree char *blocklists = g_build_filename(datadir, "blocklists", NULL);
	CaromStatus status;

	*out = NULL;
	/* what a postmaster wrote is compiled at once, to tell a mistake; the shipped ones are
	 * tried by our own tests */
	rules->is_local = TRUE;
	status = local_dir && *local_dir ? load_folder(rules, local_dir, local_required, err)
					 : CAROM_OK;
	rules->is_local = FALSE;
	if (status == CAROM_OK)
		status = load_folder(rules, shipped, TRUE, err);
	if (status == CAROM_OK && rules->rules->len == 0)
		status = carom_status_fail(err, CAROM_MISUSE, "rules: no rule in %s", shipped);
	if (status == CAROM_OK)
		status = carom_data_file_read(blocklists, rules->hash, parse_blocklist, rules, err);
	/* what a postmaster wrote is looked at at once, as his patterns are */
	if (status == CAROM_OK && local_dir && *local_dir && has_words(local_dir))
		status = carom_words_prepare(rules->words, err);
	if (status != CAROM_OK)
		return status;
	rules->always = g_malloc0(rules->rules->len / 8 + 1);
	for (guint i = 0; i < rules->rules->len; i++)
		if (!((const Rule *) rules->rules->pdata[i])->prefiltered)
			set_bit(rules->always, i);
	g_strlcpy(rules->version, g_checksum_get_string(rules->hash), sizeof rules->version);
	*out = g_steal_pointer(&rules);
	return CAROM_OK;
}

void
carom_rules_free(CaromRules *rules)
{
	if (rules == NULL)
		return;
	g_ptr_array_free(rules->rules, TRUE);
	g_hash_table_unref(rules->ids);
	g_array_free(rules->owners, TRUE);
	g_free(rules->always);
	carom_literals_free(rules->literals);
	carom_literals_free(rules->host_literals);
	carom_words_free(rules->words);
	g_ptr_array_free(rules->blocklists, TRUE);
	carom_literals_free(rules->blocklist_names);
	g_string_chunk_free(rules->chunk);
	g_checksum_free(rules->hash);
	pcre2_match_context_free(rules->match_context);
	pthread_mutex_destroy(&rules->lock);
	g_free(rules);
}
