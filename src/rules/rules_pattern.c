/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The patterns of the rules: compiled once, when they are first needed, and
 * matched within limits. Knows nothing of what a rule is.
 */
#include "config.h"

#include "rules/rules_private.h"

#include <string.h>

/* A match that needs more steps than this is given up. Our patterns need some hundreds. */
#define MATCH_LIMIT 100000
#define HEAP_LIMIT_KIB 4096
#define USES_WORTH_JIT 50 /* compiling takes as long as some dozens of matches */

pcre2_code *
carom_rules_compile(const char *pattern, char *message, gsize message_size)
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

const pcre2_code *
carom_rules_pattern_code(const CaromRules *rules, Pattern *pattern)
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

		__atomic_store_n(&pattern->code,
				 carom_rules_compile(pattern->text, message, sizeof message),
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

void
carom_rules_pattern_clear(Pattern *pattern)
{
	if (pattern->code != NULL)
		pcre2_code_free(pattern->code);
	if (pattern->fast != NULL)
		pcre2_code_free(pattern->fast);
}

pcre2_match_context *
carom_rules_match_context(void)
{
	pcre2_match_context *context = pcre2_match_context_create(NULL);

	pcre2_set_match_limit(context, MATCH_LIMIT);
	pcre2_set_depth_limit(context, CAROM_RULES_DEPTH_LIMIT);
	pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
	return context;
}

gboolean
carom_rules_pattern_matches(const CaromRules *rules, Pattern *pattern, const char *text, gsize len,
			    pcre2_match_data **data, gboolean *limit_hit)
{
	const pcre2_code *code = carom_rules_pattern_code(rules, pattern);
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
