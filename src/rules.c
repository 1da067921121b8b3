#include "config.h"

#include "rules.h"
#include "data_file.h"
#include "literals.h"
#include "pattern_literals.h"
#include "reply.h"
#include "text.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>
#include <string.h>

/* A match that needs more steps than this is given up. Our patterns need some hundreds. */
#define MATCH_LIMIT 100000
#define CHECK_LIMIT 20000 /* `carom rules check` is stricter */
#define DEPTH_LIMIT 5000
#define HEAP_LIMIT_KIB 4096

typedef enum {
	ON_PROVIDER,
	ON_STATUS,
	ON_REPLY,
	ON_STAGE,
	ON_ACTION,
	ON_FORMAT,
	N_CONDITIONS
} ConditionOn;

static const char *const condition_names[N_CONDITIONS] = { "provider", "status", "reply",
							   "stage",    "action", "format" };

/* A pattern, compiled when it is first needed and again for speed when it is needed often. */
typedef struct {
	const char *text; /* NULL: no pattern */
	pcre2_code *code; /* these two are set once, under the rules' lock; read with acquire */
	pcre2_code *fast; /* a copy with JIT: compiling in place would change it under another
			     thread's match */
	guint uses;
} Pattern;

#define USES_WORTH_JIT 50 /* compiling takes as long as some dozens of matches */

/*
 * A rule's pattern is tried alternative by alternative: most have dozens, and
 * of those whose literal is in the text only.
 */
typedef struct {
	Pattern pattern;
	gboolean prefiltered; /* some literal of it must be in the text */
	gboolean plain;       /* and it is nothing but that literal */
} Alternative;

typedef struct {
	const char *id;
	CaromCategory category;
	CaromClass class;
	char **conditions[N_CONDITIONS]; /* NULL: any */
	Pattern match, veto;
	gboolean names_blocklist;
	Alternative *
		alternatives; /* of match; it alone if it can't be parted, or names the blocklist */
	guint n_alternatives, first; /* the number of the first among those of all rules */
	gboolean prefiltered;        /* all alternatives are */
	GPtrArray *examples;         /* of const char * */
	const char *file;
	guint line;
} Rule;

typedef struct {
	const char *name, *removal;
} Blocklist;

struct CaromRules {
	GPtrArray *rules; /* of Rule *, in the order they are tried */
	GHashTable *ids;  /* id -> Rule * */
	GArray *owners;   /* of guint: the rule of each alternative */
	guint8 *always;   /* a bit for each rule that no literal can rule out */
	CaromLiterals *literals;
	GPtrArray *blocklists; /* of Blocklist * */
	CaromLiterals *blocklist_names;
	GStringChunk *chunk;
	GChecksum *hash;
	gboolean is_local; /* while local files are read */
	char version[13];
	pthread_mutex_t lock;
	pcre2_match_context *match_context;
};

static void pattern_clear(Pattern *pattern);

static void
rule_free(gpointer data)
{
	Rule *rule = data;

	for (int i = 0; i < N_CONDITIONS; i++)
		g_strfreev(rule->conditions[i]);
	pattern_clear(&rule->match);
	for (guint i = 0; i < rule->n_alternatives; i++)
		pattern_clear(&rule->alternatives[i].pattern);
	g_free(rule->alternatives);
	pattern_clear(&rule->veto);
	g_ptr_array_free(rule->examples, TRUE);
	g_free(rule);
}

static pcre2_code *
compile(const char *pattern, char *message, gsize message_size)
{
	int number;
	PCRE2_SIZE offset;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR) pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_CASELESS | PCRE2_UTF | PCRE2_NO_UTF_CHECK |
						 PCRE2_NEVER_BACKSLASH_C,
					 &number, &offset, NULL);

	if (code == NULL) {
		gsize n;

		pcre2_get_error_message(number, (PCRE2_UCHAR *) message, message_size);
		n = strlen(message);
		g_snprintf(message + n, message_size - n, " at character %" G_GSIZE_FORMAT,
			   offset + 1);
	}
	return code;
}

/* The compiled pattern, made now if need be. */
static const pcre2_code *
pattern_code(const CaromRules *rules, Pattern *pattern)
{
	const pcre2_code *code = __atomic_load_n(&pattern->fast, __ATOMIC_ACQUIRE);
	guint uses;

	if (code != NULL)
		return code;
	uses = __atomic_add_fetch(&pattern->uses, 1, __ATOMIC_RELAXED);
	code = __atomic_load_n(&pattern->code, __ATOMIC_ACQUIRE);
	if (code != NULL && uses != USES_WORTH_JIT)
		return code;
	pthread_mutex_lock((pthread_mutex_t *) &rules->lock);
	if (pattern->code == NULL) {
		char message[256];

		__atomic_store_n(&pattern->code, compile(pattern->text, message, sizeof message),
				 __ATOMIC_RELEASE);
	} else if (uses == USES_WORTH_JIT && pattern->fast == NULL) {
		pcre2_code *fast = pcre2_code_copy(pattern->code);

		if (fast != NULL)
			pcre2_jit_compile(fast, PCRE2_JIT_COMPLETE); /* without JIT it is as good as
									the first copy */
		__atomic_store_n(&pattern->fast, fast, __ATOMIC_RELEASE);
	}
	code = pattern->fast ? pattern->fast : pattern->code;
	pthread_mutex_unlock((pthread_mutex_t *) &rules->lock);
	return code;
}

static void
pattern_clear(Pattern *pattern)
{
	if (pattern->code != NULL)
		pcre2_code_free(pattern->code);
	if (pattern->fast != NULL)
		pcre2_code_free(pattern->fast);
}

/* TRUE if pattern matches text; the caller frees *data. *limit_hit is set, never cleared. */
static gboolean
pattern_matches(const CaromRules *rules, Pattern *pattern, const char *text, gsize len,
		pcre2_match_data **data, gboolean *limit_hit)
{
	const pcre2_code *code = pattern_code(rules, pattern);
	int n;

	*data = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;
	if (*data == NULL)
		return FALSE;
	n = pcre2_match(code, (PCRE2_SPTR) text, len, 0, PCRE2_NO_UTF_CHECK, *data,
			rules->match_context);
	if (n == PCRE2_ERROR_MATCHLIMIT || n == PCRE2_ERROR_DEPTHLIMIT ||
	    n == PCRE2_ERROR_HEAPLIMIT || n == PCRE2_ERROR_JIT_STACKLIMIT)
		*limit_hit = TRUE;
	return n >= 0;
}

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

static inline void
set_bit(guint8 *bits, guint i)
{
	bits[i / 8] |= (guint8) (1u << (i % 8));
}

static inline gboolean
get_bit(const guint8 *bits, guint i)
{
	return (bits[i / 8] & (1u << (i % 8))) != 0;
}

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
		if (pattern_matches(rules, &alternative->pattern, text, len, data, limit_hit))
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
			pattern_code(rules, &rule->alternatives[0].pattern),
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
			matched = !pattern_matches(rules, &rule->veto, text, len, &veto,
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

static CaromStatus
parse_condition(Rule *rule, const CaromDataLine *line, char *word, GError **err)
{
	char *equals = strchr(word, '=');

	if (equals == NULL)
		return carom_data_fail(line, err, "\"%s\" is no condition; it is NAME=VALUE", word);
	*equals = '\0';
	if (strcmp(word, "class") == 0) {
		rule->class = carom_class_from_name(equals + 1);
		if (rule->class == CAROM_CLASS_NONE)
			return carom_data_fail(line, err, "\"%s\" is none of the classes",
					       equals + 1);
		return CAROM_OK;
	}
	for (int i = 0; i < N_CONDITIONS; i++)
		if (strcmp(condition_names[i], word) == 0) {
			if (rule->conditions[i] != NULL)
				return carom_data_fail(line, err, "%s= stands here twice", word);
			rule->conditions[i] = g_strsplit(equals + 1, ",", -1);
			for (char **v = rule->conditions[i]; *v; v++)
				if (**v == '\0' || (i == ON_REPLY && strlen(*v) != 3))
					return carom_data_fail(line, err,
							       "%s= has a wrong value \"%s\"", word,
							       *v);
			return CAROM_OK;
		}
	return carom_data_fail(line, err,
			       "unknown condition \"%s\"; there are provider, status, reply, "
			       "stage, action and format, and class, which is none",
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
				return carom_data_fail(line, err,
						       "\"%s\" is no rule id; it is lower-case "
						       "letters, digits and dashes",
						       *word);
			rule->id = g_string_chunk_insert(rules->chunk, *word);
			if (g_hash_table_contains(rules->ids, rule->id))
				return carom_data_fail(line, err,
						       "rule %s stands here a second time", *word);
			g_hash_table_insert(rules->ids, (gpointer) rule->id, rule);
		} else if (n == 2) {
			rule->category = carom_category_from_name(*word);
			if (rule->category == CAROM_CATEGORY_NONE)
				return carom_data_fail(line, err,
						       "\"%s\" is none of the categories", *word);
			rule->class = carom_category_class(rule->category);
		} else {
			status = parse_condition(rule, line, *word, err);
		}
	}
	if (status == CAROM_OK && n < 2)
		return carom_data_fail(line, err, "a rule wants an id and a category");
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
		return carom_data_fail(line, err, "a pattern stands between two slashes");
	if (pattern->text != NULL)
		return carom_data_fail(line, err, "a rule has one pattern and one veto");
	text[len - 1] = '\0';
	if (rules->is_local) {
		char message[256];
		pcre2_code *code = compile(text + 1, message, sizeof message);

		if (code == NULL)
			return carom_data_fail(line, err, "/%s/: %s", text + 1, message);
		pcre2_code_free(code);
	}
	pattern->text = g_string_chunk_insert(rules->chunk, text + 1);
	return CAROM_OK;
}

/* Files the literals of one alternative under its number. */
static void
prefilter(CaromRules *rules, Alternative *alternative, guint number)
{
	const char *pattern = alternative->pattern.text;
	gsize len = strlen(pattern);

	if (alternative->plain) {
		g_autofree char *folded = carom_literals_fold(pattern, len, &len);

		alternative->plain = alternative->prefiltered = len >= CAROM_LITERAL_MIN;
		if (alternative->plain)
			carom_literals_add(rules->literals, folded, number);
	} else {
		g_autoptr(GPtrArray) set = carom_pattern_literals(pattern, CAROM_LITERAL_MIN);

		for (guint i = 0; set != NULL && i < set->len; i++)
			carom_literals_add(rules->literals, set->pdata[i], number);
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
	while ((end = carom_pattern_part_end(pattern, &plain)) != NULL && *end == '|') {
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
			const char *end = carom_pattern_part_end(p, &alternative->plain);

			alternative->pattern.text =
				g_string_chunk_insert_len(rules->chunk, p, end - p);
			p = end + 1;
		}
		prefilter(rules, alternative, rule->first + i);
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
		return carom_data_fail(line, err, "a line before the first rule");
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
		return carom_data_fail(
			line, err,
			"a line of a rule begins with / (pattern), !/ (veto) or > (example)");
	}
}

static CaromStatus
load_folder(CaromRules *rules, const char *folder, gboolean required, GError **err)
{
	g_autoptr(GPtrArray) paths = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = carom_data_folder_list(folder, ".rules", &paths, &error);

	if (status == CAROM_ABSENT && !required)
		return CAROM_OK;
	if (status != CAROM_OK)
		return carom_fail(err, CAROM_MISUSE, "rules: %s", error->message);
	for (guint i = 0; i < paths->len && status == CAROM_OK; i++)
		status = carom_data_file_read(paths->pdata[i], rules->hash, parse_rule_line, rules,
					      err);
	return status;
}

static CaromStatus
parse_blocklist(const CaromDataLine *line, void *user, GError **err)
{
	CaromRules *rules = user;
	g_auto(GStrv) columns = g_strsplit(line->text, "\t", 3);
	g_auto(GStrv) names = NULL;
	Blocklist *list;

	if (g_strv_length(columns) != 3)
		return carom_data_fail(line, err,
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
			return carom_data_fail(line, err,
					       "\"%s\" is too short to tell a blocklist by", *name);
		carom_literals_add(rules->blocklist_names, folded, rules->blocklists->len - 1);
	}
	return CAROM_OK;
}

CaromStatus
carom_rules_load(const char *datadir, const char *local_dir, gboolean local_required,
		 CaromRules **out, GError **err)
{
	g_autoptr(CaromRules) rules = g_new0(CaromRules, 1);
	g_autofree char *shipped = g_build_filename(datadir, "rules", NULL);
	g_autofree char *blocklists = g_build_filename(datadir, "blocklists", NULL);
	CaromStatus status;

	*out = NULL;
	rules->rules = g_ptr_array_new_with_free_func(rule_free);
	rules->ids = g_hash_table_new(g_str_hash, g_str_equal);
	rules->owners = g_array_new(FALSE, FALSE, sizeof(guint));
	rules->literals = carom_literals_new();
	rules->blocklists = g_ptr_array_new_with_free_func(g_free);
	rules->blocklist_names = carom_literals_new();
	rules->chunk = g_string_chunk_new(64 * 1024);
	/* a name for the set, no seal on it: the quickest, for every process hashes all its files
	 */
	rules->hash = g_checksum_new(G_CHECKSUM_MD5);
	pthread_mutex_init(&rules->lock, NULL);
	rules->match_context = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(rules->match_context, MATCH_LIMIT);
	pcre2_set_depth_limit(rules->match_context, DEPTH_LIMIT);
	pcre2_set_heap_limit(rules->match_context, HEAP_LIMIT_KIB);
	/* what a postmaster wrote is compiled at once, to tell a mistake; the shipped ones are
	 * tried by our own tests */
	rules->is_local = TRUE;
	status = local_dir && *local_dir ? load_folder(rules, local_dir, local_required, err)
					 : CAROM_OK;
	rules->is_local = FALSE;
	if (status == CAROM_OK)
		status = load_folder(rules, shipped, TRUE, err);
	if (status == CAROM_OK && rules->rules->len == 0)
		status = carom_fail(err, CAROM_MISUSE, "rules: no rule in %s", shipped);
	if (status == CAROM_OK)
		status = carom_data_file_read(blocklists, rules->hash, parse_blocklist, rules, err);
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
	g_ptr_array_free(rules->blocklists, TRUE);
	carom_literals_free(rules->blocklist_names);
	g_string_chunk_free(rules->chunk);
	g_checksum_free(rules->hash);
	pcre2_match_context_free(rules->match_context);
	pthread_mutex_destroy(&rules->lock);
	g_free(rules);
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

static char *
describe_conditions(const Rule *rule)
{
	GString *out = g_string_new(NULL);

	if (rule->class != carom_category_class(rule->category))
		g_string_append_printf(out, "class=%s", carom_class_name(rule->class));
	for (int i = 0; i < N_CONDITIONS; i++)
		if (rule->conditions[i] != NULL) {
			g_autofree char *values = g_strjoinv(",", rule->conditions[i]);

			g_string_append_printf(out, "%s%s=%s", out->len ? " " : "",
					       condition_names[i], values);
		}
	if (rule->match.text != NULL)
		g_string_append_printf(out, "%s/%s/", out->len ? " " : "", rule->match.text);
	return g_string_free(out, FALSE);
}

void
carom_rules_list(const CaromRules *rules, CaromRulesLister func, void *user)
{
	for (guint i = 0; i < rules->rules->len; i++) {
		const Rule *rule = rules->rules->pdata[i];
		g_autofree char *conditions = describe_conditions(rule);
		g_autofree char *where = g_strdup_printf("%s:%u", rule->file, rule->line);

		func(rule->id, carom_category_name(rule->category), conditions, where, user);
	}
}

typedef struct {
	const CaromRules *rules;
	CaromRulesProblem func;
	void *user;
	guint n;
} Check;

static void problem(Check *check, const Rule *rule, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void
problem(Check *check, const Rule *rule, const char *format, ...)
{
	g_autofree char *where = g_strdup_printf("%s:%u", rule->file, rule->line);
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	check->n++;
	check->func(where, what, check->user);
}

static const char *
first_value(const Rule *rule, ConditionOn on)
{
	return rule->conditions[on] ? rule->conditions[on][0] : NULL;
}

/* The rule must decide each of its examples; another that does hides it. */
static void
check_examples(Check *check, const Rule *rule)
{
	if (rule->examples->len == 0)
		problem(check, rule, "rule %s has no example", rule->id);
	for (guint i = 0; i < rule->examples->len; i++) {
		const char *text = rule->examples->pdata[i];
		CaromReplyCodes codes;
		CaromReply reply = { .text = text };
		CaromVerdict verdict;

		carom_reply_codes(text, strlen(text), &codes);
		reply.provider = first_value(rule, ON_PROVIDER);
		reply.status = codes.status[0] ? codes.status : NULL;
		reply.reply = codes.reply[0] ? codes.reply : NULL;
		reply.stage =
			rule->conditions[ON_STAGE] ? first_value(rule, ON_STAGE) : codes.stage;
		reply.action = first_value(rule, ON_ACTION);
		reply.format = first_value(rule, ON_FORMAT);
		carom_rules_judge(check->rules, &reply, &verdict);
		if (verdict.rule == NULL)
			problem(check, rule, "rule %s does not match its own example \"%s\"",
				rule->id, text);
		else if (verdict.rule != rule->id)
			problem(check, rule, "rule %s is hidden by %s for \"%s\"", rule->id,
				verdict.rule, text);
	}
}

/* TRUE if the pattern gives up on text. */
static gboolean
gives_up(const pcre2_code *code, const GString *text, pcre2_match_data *data,
	 pcre2_match_context *strict)
{
	int n = pcre2_match(code, (PCRE2_SPTR) text->str, text->len, 0, PCRE2_NO_JIT, data, strict);

	return n == PCRE2_ERROR_MATCHLIMIT || n == PCRE2_ERROR_DEPTHLIMIT ||
	       n == PCRE2_ERROR_HEAPLIMIT;
}

static void
append_run(GString *text, const char *piece, gsize len)
{
	while (text->len < CAROM_MAX_DIAGNOSTIC)
		g_string_append_len(text, piece, (gssize) len);
}

/*
 * Texts that make a careless pattern try everything: long runs of one
 * character; and of each example all but its end, again and again, so that
 * what comes last never matches, or its beginning, drawn out from any place on.
 */
static gboolean
can_be_made_to_backtrack(const Rule *rule, const pcre2_code *code, pcre2_match_data *data,
			 pcre2_match_context *strict)
{
	static const char runs[] = { 'a', ' ', '5', '.', '-', '@', '<', '(' };
	g_autoptr(GString) text = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(runs); i++) {
		g_string_truncate(text, 0);
		append_run(text, &runs[i], 1);
		if (gives_up(code, text, data, strict))
			return TRUE;
	}
	for (guint i = 0; i < rule->examples->len; i++) {
		const char *example = rule->examples->pdata[i];
		gsize most = (gsize) (g_utf8_offset_to_pointer(example,
							       g_utf8_strlen(example, -1) * 3 / 4) -
				      example);

		g_string_truncate(text, 0);
		if (most > 0)
			append_run(text, example, most);
		if (gives_up(code, text, data, strict))
			return TRUE;
		for (const char *p = example; *p; p = g_utf8_next_char(p)) {
			const char *next = g_utf8_next_char(p);

			/* the first character of each word or number is enough */
			if (p > example && g_ascii_isalnum(p[-1]) == g_ascii_isalnum(*p) &&
			    g_ascii_isdigit(p[-1]) == g_ascii_isdigit(*p))
				continue;
			g_string_truncate(text, 0);
			g_string_append_len(text, example, p - example);
			append_run(text, p, (gsize) (next - p));
			if (gives_up(code, text, data, strict))
				return TRUE;
		}
	}
	return FALSE;
}

static void
check_backtracking(Check *check, Rule *rule, Pattern *pattern)
{
	pcre2_match_context *strict;
	pcre2_match_data *data;
	const pcre2_code *code;
	char message[256];

	if (pattern->text == NULL)
		return;
	if (pattern->code == NULL) {
		pcre2_code *compiled = compile(pattern->text, message, sizeof message);

		if (compiled == NULL) {
			problem(check, rule, "rule %s: /%s/: %s", rule->id, pattern->text, message);
			return;
		}
		pcre2_code_free(compiled);
	}
	code = pattern_code(check->rules, pattern);
	data = pcre2_match_data_create_from_pattern(code, NULL);
	strict = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(strict, CHECK_LIMIT);
	pcre2_set_depth_limit(strict, DEPTH_LIMIT);
	if (can_be_made_to_backtrack(rule, code, data, strict))
		problem(check, rule, "rule %s: /%s/ backtracks beyond %d steps", rule->id,
			pattern->text, CHECK_LIMIT);
	pcre2_match_context_free(strict);
	pcre2_match_data_free(data);
}

guint
carom_rules_check(const CaromRules *rules, const CaromProviders *providers, CaromRulesProblem func,
		  void *user)
{
	Check check = { .rules = rules, .func = func, .user = user };

	for (guint i = 0; i < rules->rules->len; i++) {
		Rule *rule = rules->rules->pdata[i];

		for (char **id = rule->conditions[ON_PROVIDER]; id && *id; id++)
			if (!carom_provider_exists(providers, *id))
				problem(&check, rule, "rule %s: there is no provider %s", rule->id,
					*id);
		check_backtracking(&check, rule, &rule->match);
		check_backtracking(&check, rule, &rule->veto);
		check_examples(&check, rule);
	}
	return check.n;
}
