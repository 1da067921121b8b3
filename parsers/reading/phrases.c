/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "parsers/reading/phrases.h"
#include "base/literals.h"

#include <pthread.h>
#include <string.h>

typedef struct {
	guint kinds;
	const char *text;
} Phrase;

static const Phrase subject_phrases[] = {
#define CAROM_PHRASE(kind, text) { CAROM_SUBJECT_##kind, text },
#include "parsers/reading/phrases_subject.def"
#undef CAROM_PHRASE
};

static const Phrase text_phrases[] = {
#define CAROM_PHRASE(kind, text) { CAROM_TEXT_##kind, text },
#include "parsers/reading/phrases_text.def"
#undef CAROM_PHRASE
};

static CaromLiterals *
build(const Phrase *phrases, gsize n)
{
	CaromLiterals *literals = carom_literals_new();

	for (gsize i = 0; i < n; i++)
		carom_literals_add(literals, phrases[i].text, (guint) i);
	return literals;
}

/* pthread_once(), since the thread sanitizer does not see into GLib's */
static CaromLiterals *the_subject_literals;

static void
build_subject_literals(void)
{
	the_subject_literals = build(subject_phrases, G_N_ELEMENTS(subject_phrases));
}

static const CaromLiterals *
subject_literals(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, build_subject_literals);
	return the_subject_literals;
}

static CaromLiterals *the_text_literals;

static void
build_text_literals(void)
{
	the_text_literals = build(text_phrases, G_N_ELEMENTS(text_phrases));
}

static const CaromLiterals *
text_literals(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, build_text_literals);
	return the_text_literals;
}

/* The character at p in lower case, in place, if that takes as many bytes. */
static char *
fold_character(char *p, const char *end)
{
	gunichar u = g_utf8_get_char_validated(p, end - p);
	char lower[6];
	gunichar l;

	if (u == (gunichar) -1 || u == (gunichar) -2)
		return p + 1;
	l = g_unichar_tolower(u);
	if (l != u && g_unichar_to_utf8(l, lower) == g_utf8_next_char(p) - p)
		memcpy(p, lower, (gsize) (g_utf8_next_char(p) - p));
	return g_utf8_next_char(p);
}

char *
carom_phrases_fold(const char *text, gsize len)
{
	char *folded = g_strndup(text, len), *p = folded;
	const char *end = folded + len;

	while (p < end) {
		if ((guchar) *p >= 0x80) {
			p = fold_character(p, end);
			continue;
		}
		if (*p == '\n' && p + 1 < end && p[1] != '\n' && p > folded && p[-1] != '\n' &&
		    p[-1] != ' ')
			*p = ' ';
		else
			*p = g_ascii_tolower(*p);
		p++;
	}
	return folded;
}

typedef struct {
	const char *folded;
	gsize len, start; /* start: behind "Re: " */
	guint kinds;
} Subject;

/* Notes ends a Subject so: "Rini Sari is out of the office." */
static gboolean
ends_notes_subject(const Subject *subject, gsize at, gsize n)
{
	return at + n + 1 == subject->len && subject->folded[at + n] == '.' &&
	       (g_str_has_prefix(subject->folded + at, "ist ") ||
		(at > 3 && memcmp(subject->folded + at - 3, "is ", 3) == 0));
}

/* "Out of office" opens an automatic reply's Subject, or ends it in brackets; amid other words it
 * is somebody's topic. */
static gboolean
collect(guint id, gsize at, void *user)
{
	Subject *subject = user;
	guint kinds = subject_phrases[id].kinds;
	gsize n = strlen(subject_phrases[id].text);

	if (kinds == CAROM_SUBJECT_AUTO && at > subject->start + 3 &&
	    !(at + n < subject->len && subject->folded[at + n] == ')') &&
	    !ends_notes_subject(subject, at, n))
		kinds = CAROM_SUBJECT_AUTO_WITHIN;
	subject->kinds |= kinds;
	return TRUE;
}

guint
carom_phrases_of_subject(const char *subject)
{
	static const char *const prefixes[] = { "re: ",   "aw: ",  "sv: ", "vs: ", "rv: ",
						"antw: ", "odp: ", "r: ",  "re:" };
	Subject found = { .len = strlen(subject) };
	g_autofree char *folded = carom_phrases_fold(subject, found.len);

	for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
		if (g_str_has_prefix(folded, prefixes[i])) {
			found.start = strlen(prefixes[i]);
			break;
		}
	found.folded = folded;
	carom_literals_scan(subject_literals(), folded, found.len, collect, &found);
	return found.kinds;
}

typedef struct {
	CaromPhraseFunc func;
	void *user;
} Scan;

static gboolean
hand_on(guint id, gsize at, void *user)
{
	const Scan *scan = user;

	scan->func(text_phrases[id].kinds, at, strlen(text_phrases[id].text), scan->user);
	return TRUE;
}

void
carom_phrases_scan_text(const char *folded, gsize len, CaromPhraseFunc func, void *user)
{
	Scan scan = { func, user };

	carom_literals_scan(text_literals(), folded, len, hand_on, &scan);
}

static void
or_kinds(guint kinds, gsize at, gsize len, void *user)
{
	(void) at;
	(void) len;
	*(guint *) user |= kinds;
}

guint
carom_phrases_of_text(const char *text, gsize len, gsize max)
{
	gsize n = MIN(len, max);
	g_autofree char *folded = carom_phrases_fold(text, n);
	guint kinds = 0;

	carom_phrases_scan_text(folded, n, or_kinds, &kinds);
	return kinds;
}
