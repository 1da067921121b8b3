/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rules/words.h"
#include "base/data_file.h"

#include <pthread.h>
#include <string.h>

#define BUCKET_BITS 11
#define N_BUCKETS (1u << BUCKET_BITS)
#define KEY 3 /* bytes that a word is filed under */

typedef struct {
	const char *text; /* folded */
	const char *file;
	guint line;
	guint len;
	CaromWord word;
	gboolean open;   /* any ending may follow */
	gboolean blanks; /* its script sets blanks between words */
	int next;        /* in the same bucket, longest first; -1 */
} Word;

typedef struct {
	char *path, *content;
} Source;

struct CaromWords {
	GArray *words; /* of Word */
	GStringChunk *chunk;
	int heads[N_BUCKETS];
	GArray *waiting; /* of Source: read, and looked at when a text first asks */
	gboolean ready;  /* none is; set under the lock, read with acquire */
	pthread_mutex_t lock;
};

static const struct {
	const char *name;
	CaromWordKind kind;
} classes[CAROM_N_WORDS] = {
#define CAROM_WORD(id, name, kind) [CAROM_WORD_##id] = { name, CAROM_##kind },
#include "rules/words.def"
#undef CAROM_WORD
};

const char *
carom_words_name(CaromWord word)
{
	return classes[word].name;
}

CaromWordKind
carom_words_kind(CaromWord word)
{
	return classes[word].kind;
}

CaromWord
carom_words_from_name(const char *name)
{
	CaromWord word = 0;

	while (word < CAROM_N_WORDS && strcmp(classes[word].name, name) != 0)
		word++;
	return word;
}

static void
source_clear(gpointer data)
{
	Source *source = data;

	g_free(source->path);
	g_free(source->content);
}

CaromWords *
carom_words_new(void)
{
	CaromWords *words = g_new0(CaromWords, 1);

	words->words = g_array_new(FALSE, FALSE, sizeof(Word));
	words->chunk = g_string_chunk_new(16 * 1024);
	words->waiting = g_array_new(FALSE, FALSE, sizeof(Source));
	g_array_set_clear_func(words->waiting, source_clear);
	memset(words->heads, -1, sizeof words->heads);
	pthread_mutex_init(&words->lock, NULL);
	return words;
}

void
carom_words_free(CaromWords *words)
{
	if (words == NULL)
		return;
	g_array_free(words->words, TRUE);
	g_array_free(words->waiting, TRUE);
	g_string_chunk_free(words->chunk);
	pthread_mutex_destroy(&words->lock);
	g_free(words);
}

/* Scripts whose words stand without blanks between them, or with endings grown on. */
static gboolean
is_unbroken(gunichar c)
{
	return (c >= 0x0e00 && c <= 0x0eff) || /* Thai, Lao */
	       (c >= 0x1000 && c <= 0x109f) || /* Burmese */
	       (c >= 0x1100 && c <= 0x11ff) || /* Hangul */
	       (c >= 0x1780 && c <= 0x17ff) || /* Khmer */
	       (c >= 0x3040 && c <= 0x9fff) || /* Kana, Han */
	       (c >= 0xac00 && c <= 0xd7ff) || /* Hangul */
	       (c >= 0xff66 && c <= 0xff9f) || /* Kana of half width */
	       (c >= 0x20000 && c <= 0x3ffff); /* Han */
}

/* The letter without case and accent; 0 for an accent that stands alone. */
static gunichar
fold_letter(gunichar c)
{
	gunichar base[4];

	if (g_unichar_ismark(c) && !is_unbroken(c))
		return 0;
	switch (c) {
	case 0x0141:
	case 0x0142: /* Polish l with stroke */
		return 'l';
	case 0x00d8:
	case 0x00f8:
		return 'o';
	case 0x0110:
	case 0x0111:
		return 'd';
	case 0x0131: /* Turkish i without dot */
		return 'i';
	case 0x03c2: /* Greek sigma at the end */
		return 0x03c3;
	default:
		break;
	}
	if (!is_unbroken(c) && g_unichar_fully_decompose(c, FALSE, base, G_N_ELEMENTS(base)) > 1)
		c = base[0];
	return g_unichar_tolower(c);
}

/* What ends a sentence, and what ends no more than a clause of one. */
#define SENTENCE '.'
#define CLAUSE ','

static char
separator(gunichar c, const char *after)
{
	if (c == '.' || c == '!' || c == '?')
		return *after == '\0' || *after == ' ' || *after == '"' ? SENTENCE : ' ';
	if (c == ';' || c == '|' || c == 0x3002 || c == 0xff01 || c == 0xff1b || c == 0xff1f)
		return SENTENCE;
	if (c == ',' || c == ':' || c == '(' || c == ')' || c == '[' || c == ']' || c == '"' ||
	    c == '/' || c == 0x3001 || c == 0xff0c || c == 0xff1a || c == 0x060c || c == 0x2013 ||
	    c == 0x2014 || (c == '-' && *after == ' '))
		return CLAUSE;
	return ' ';
}

/* The strongest of the separators in a row stands for all. */
static void
add_separator(GString *out, char c)
{
	char *last = out->len > 0 ? out->str + out->len - 1 : NULL;

	if (last == NULL || (*last != ' ' && *last != CLAUSE && *last != SENTENCE))
		g_string_append_c(out, c);
	else if (c == SENTENCE || (c == CLAUSE && *last == ' '))
		*last = c;
}

static void
add_at_sign(GString *out)
{
	add_separator(out, ' ');
	g_string_append(out, "@ ");
}

/* Letters and digits in lower case without accents, and one separator between words. */
static void
fold(const char *text, gsize len, GString *out)
{
	g_string_truncate(out, 0);
	for (const char *p = text, *end = text + len; p < end;) {
		gunichar c = (guchar) *p < 0x80 ? (gunichar) *p : g_utf8_get_char(p);
		const char *next = (guchar) *p < 0x80 ? p + 1 : g_utf8_next_char(p);

		if (c < 0x80 && g_ascii_isalnum((char) c))
			g_string_append_c(out, g_ascii_tolower((char) c));
		else if (c == '@') /* an address is a word of its own */
			add_at_sign(out);
		else if (c == 0x00df) /* German sharp s */
			g_string_append(out, "ss");
		else if (c == 0x00e6 || c == 0x00c6)
			g_string_append(out, "ae");
		else if (c >= 0x80 && (g_unichar_isalnum(c) || g_unichar_ismark(c))) {
			gunichar letter = fold_letter(c);

			if (letter != 0)
				g_string_append_unichar(out, letter);
		} else
			add_separator(out, separator(c, next < end ? next : ""));
		p = next;
	}
}

static inline gboolean
is_separator(char c)
{
	return c == ' ' || c == CLAUSE || c == SENTENCE || c == '\0';
}

/* The bucket of the first n bytes at p; a word of fewer is filed with the blank after it. */
static guint
bucket_of(const char *p, guint n)
{
	guint32 key = 0;
	gboolean ended = FALSE;

	for (guint i = 0; i < KEY; i++) {
		ended = ended || i >= n || is_separator(p[i]);
		key = key << 8 | (ended ? ' ' : (guchar) p[i]);
	}
	return (key * 2654435761u) >> (32 - BUCKET_BITS);
}

/* A file's line, and the class that its words are of. */
typedef struct {
	CaromWords *words;
	const char *file;
	GString *folded;
} Reading;

static CaromStatus
add_word(Reading *reading, CaromWord class, const char *as, gsize len, const CaromDataLine *line,
	 GError **err)
{
	CaromWords *words = reading->words;
	gboolean open = len > 1 && as[len - 1] == '*';
	GString *folded = reading->folded;
	Word entry = { .word = class, .open = open, .line = line->number };
	int *link;

	fold(as, len - open, folded);
	/* "d'accord" and "e-mail" have a blank inside after folding, but none at the ends */
	if (folded->len > 0 && is_separator(folded->str[0]))
		g_string_erase(folded, 0, 1);
	while (folded->len > 0 && is_separator(folded->str[folded->len - 1]))
		g_string_truncate(folded, folded->len - 1);
	if (folded->len == 0 || (open && folded->len < KEY))
		return carom_data_file_fail(line, err, "\"%.*s\" is too short", (int) len, as);
	entry.text = g_string_chunk_insert_len(words->chunk, folded->str, (gssize) folded->len);
	entry.len = (guint) folded->len;
	entry.file = reading->file;
	entry.blanks = !is_unbroken(g_utf8_get_char(folded->str));
	link = &words->heads[bucket_of(entry.text, KEY)];
	while (*link >= 0 && g_array_index(words->words, Word, *link).len >= entry.len)
		link = &g_array_index(words->words, Word, *link).next;
	entry.next = *link;
	*link = (int) words->words->len;
	g_array_append_val(words->words, entry);
	return CAROM_OK;
}

/* "class  word, some words, beginning*" */
static CaromStatus
parse_line(const CaromDataLine *line, void *user, GError **err)
{
	gsize n = strcspn(line->text, " \t");
	const char *p = line->text + n, *end;
	CaromWord class;

	if (line->head)
		return CAROM_OK; /* the language, for people */
	if (line->text[n] == '\0')
		return carom_data_file_fail(line, err, "%s has no word", line->text);
	line->text[n] = '\0';
	class = carom_words_from_name(line->text);
	if (class == CAROM_N_WORDS)
		return carom_data_file_fail(line, err, "\"%s\" is none of the classes of words",
					    line->text);
	for (p++; p != NULL; p = *end ? end + 1 : NULL) {
		const char *last;
		CaromStatus status;

		p += strspn(p, " \t");
		end = p + strcspn(p, ",");
		for (last = end; last > p && g_ascii_isspace(last[-1]); last--)
			;
		status = add_word(user, class, p, (gsize) (last - p), line, err);
		if (status != CAROM_OK)
			return status;
	}
	return CAROM_OK;
}

CaromStatus
carom_words_read(CaromWords *words, const char *path, GChecksum *hash, GError **err)
{
	Source source = { NULL, NULL };
	CaromStatus status = carom_data_file_load(path, hash, &source.content, err);

	if (status != CAROM_OK)
		return status;
	source.path = g_strdup(path);
	g_array_append_val(words->waiting, source);
	return CAROM_OK;
}

CaromStatus
carom_words_prepare(const CaromWords *unprepared, GError **err)
{
	CaromWords *words = (CaromWords *) unprepared; /* what it holds does not change by this */
	CaromStatus status = CAROM_OK;

	if (__atomic_load_n(&words->ready, __ATOMIC_ACQUIRE))
		return CAROM_OK;
	pthread_mutex_lock(&words->lock);
	if (!words->ready) {
		g_autoptr(GString) folded = g_string_sized_new(256);

		for (guint i = 0; i < words->waiting->len && status == CAROM_OK; i++) {
			Source *source = &g_array_index(words->waiting, Source, i);
			Reading reading = { words, source->path, folded };

			status = carom_data_file_lines(source->path, source->content, parse_line,
						       &reading, err);
		}
		__atomic_store_n(&words->ready, TRUE, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&words->lock);
	return status;
}

/* What is known of the place in the folded text that a search has come to. */
typedef struct {
	const char *p;
	guint token, clause, sentence;
	gboolean letter; /* the token has one; numbers and masked letters count for no distance */
} Place;

/* The longest word of one bucket that stands at p; NULL if there is none. */
static const Word *
word_in(const CaromWords *words, guint bucket, const char *p, gsize left)
{
	for (int i = words->heads[bucket]; i >= 0;) {
		const Word *word = &g_array_index(words->words, Word, i);

		i = word->next;
		if (word->len > left || memcmp(p, word->text, word->len) != 0)
			continue;
		if (word->open || !word->blanks || is_separator(p[word->len]) ||
		    ((guchar) p[word->len] >= 0x80 && is_unbroken(g_utf8_get_char(p + word->len))))
			return word;
	}
	return NULL;
}

static const Word *
word_at(const CaromWords *words, const char *p, gsize left)
{
	const Word *word = word_in(words, bucket_of(p, KEY), p, left);

	/* "IP" with a Chinese word right after it */
	if (word == NULL && left > 2 && (guchar) p[1] < 0x80 && (guchar) p[2] >= 0x80)
		word = word_in(words, bucket_of(p, 2), p, left);
	return word;
}

/* Goes over one character, and counts. */
static void
step(Place *at, gunichar c)
{
	if (*at->p == SENTENCE)
		at->sentence++;
	if (*at->p == SENTENCE || *at->p == CLAUSE)
		at->clause++;
	if (is_separator(*at->p) || is_unbroken(c)) {
		at->token += at->letter || is_unbroken(c);
		at->letter = FALSE;
	} else {
		at->letter |= !g_ascii_isdigit(*at->p) && *at->p != 'x' && *at->p != '@';
	}
	at->p = g_utf8_next_char(at->p);
}

guint
carom_words_find(const CaromWords *words, const char *text, gsize len, CaromWordHit *out, guint max)
{
	g_autoptr(GString) folded = g_string_sized_new(len + 8);
	const char *end;
	Place at = { 0 };
	gboolean begins = TRUE; /* a word may begin here */
	guint n = 0;

	if (carom_words_prepare(words, NULL) != CAROM_OK)
		return 0;
	fold(text, len, folded);
	at.p = folded->str;
	end = at.p + folded->len;
	while (at.p < end && n < max) {
		gunichar c = g_utf8_get_char(at.p);
		gboolean unbroken = is_unbroken(c);
		const Word *word = NULL;

		if (begins || unbroken)
			word = word_at(words, at.p, (gsize) (end - at.p));
		if (word == NULL) {
			begins = is_separator(*at.p) || unbroken;
			step(&at, c);
			continue;
		}
		out[n] = (CaromWordHit){ .word = word->word,
					 .at = (guint) (at.p - folded->str),
					 .len = word->len,
					 .token = at.token,
					 .sentence = at.sentence,
					 .clause = at.clause };
		for (const char *stop = at.p + word->len; at.p < stop;)
			step(&at, g_utf8_get_char(at.p));
		out[n++].last = at.letter || at.token == 0 ? at.token : at.token - 1;
		out[n - 1].ends = at.p >= end || *at.p == CLAUSE || *at.p == SENTENCE;
		begins = TRUE;
		/* the rest of a word of which we know the beginning is no word of its own */
		if (word->open)
			while (at.p < end && !is_separator(*at.p) &&
			       !is_unbroken(g_utf8_get_char(at.p)))
				step(&at, g_utf8_get_char(at.p));
	}
	return n;
}

guint
carom_words_check(const CaromWords *words, CaromWordsProblem func, void *user)
{
	guint problems = 0;
	g_autoptr(GError) error = NULL;

	if (carom_words_prepare(words, &error) != CAROM_OK) {
		func("words", error->message, user);
		return 1;
	}
	for (guint i = 0; i < words->words->len; i++) {
		const Word *word = &g_array_index(words->words, Word, i);
		const Word *found = word_at(words, word->text, word->len);
		g_autofree char *where = NULL, *what = NULL;

		if (found != NULL && found->word == word->word)
			continue;
		where = g_strdup_printf("%s:%u", word->file, word->line);
		what = found == NULL ? g_strdup_printf("\"%s\" can't be found", word->text)
				     : g_strdup_printf("\"%s\" is a word of %s already (%s:%u)",
						       word->text, classes[found->word].name,
						       found->file, found->line);
		func(where, what, user);
		problems++;
	}
	return problems;
}
