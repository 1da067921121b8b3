/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/literals.h"

#include <string.h>

#define BUCKET_BITS 13
#define N_BUCKETS (1u << BUCKET_BITS)
#define SEEN_BITS 16

typedef struct {
	const char *text;
	guint len;
	guint id;
	guint offset; /* of the group it is filed under */
	guint32 group;
	int next; /* in the same bucket, -1 */
} Literal;

struct CaromLiterals {
	GArray *literals; /* of Literal */
	GStringChunk *chunk;
	int heads[N_BUCKETS];
	guint counts[N_BUCKETS];
	/* a bit for the groups that are filed: small enough for the first cache, and most are not
	 */
	guint8 seen[(1u << SEEN_BITS) / 8];
};

static inline guint32
group_at(const char *p)
{
	guint32 group;

	memcpy(&group, p, sizeof group);
	return group;
}

static inline guint32
hash_of(guint32 group)
{
	return group *
	       2654435761u; /* Knuth's multiplicative hash; its upper bits are the good ones */
}

static inline guint
bucket_of(guint32 group)
{
	return hash_of(group) >> (32 - BUCKET_BITS);
}

CaromLiterals *
carom_literals_new(void)
{
	CaromLiterals *literals = g_new(CaromLiterals, 1);

	literals->literals = g_array_new(FALSE, FALSE, sizeof(Literal));
	literals->chunk = g_string_chunk_new(4096);
	memset(literals->heads, -1, sizeof literals->heads);
	memset(literals->counts, 0, sizeof literals->counts);
	memset(literals->seen, 0, sizeof literals->seen);
	return literals;
}

void
carom_literals_free(CaromLiterals *literals)
{
	if (literals == NULL)
		return;
	g_array_free(literals->literals, TRUE);
	g_string_chunk_free(literals->chunk);
	g_free(literals);
}

void
carom_literals_add(CaromLiterals *literals, const char *literal, guint id)
{
	Literal entry = { .len = (guint) strlen(literal), .id = id };
	guint bucket;

	g_return_if_fail(entry.len >= CAROM_LITERAL_MIN);
	for (guint i = 1; i + CAROM_LITERAL_MIN <= entry.len; i++)
		if (literals->counts[bucket_of(group_at(literal + i))] <
		    literals->counts[bucket_of(group_at(literal + entry.offset))])
			entry.offset = i;
	entry.text = g_string_chunk_insert(literals->chunk, literal);
	entry.group = group_at(literal + entry.offset);
	bucket = bucket_of(entry.group);
	entry.next = literals->heads[bucket];
	literals->heads[bucket] = (int) literals->literals->len;
	literals->counts[bucket]++;
	bucket = hash_of(entry.group) >> (32 - SEEN_BITS);
	literals->seen[bucket / 8] |= (guint8) (1u << (bucket % 8));
	g_array_append_val(literals->literals, entry);
}

void
carom_literals_scan(const CaromLiterals *literals, const char *text, gsize len,
		    CaromLiteralFunc func, void *user)
{
	for (gsize at = 0; at + CAROM_LITERAL_MIN <= len; at++) {
		guint32 group = group_at(text + at);
		guint bit = hash_of(group) >> (32 - SEEN_BITS);

		if (!(literals->seen[bit / 8] & (1u << (bit % 8))))
			continue;
		for (int i = literals->heads[bucket_of(group)]; i >= 0;) {
			const Literal *entry = &g_array_index(literals->literals, Literal, i);

			if (entry->group == group && at >= entry->offset &&
			    at - entry->offset + entry->len <= len &&
			    memcmp(text + at - entry->offset, entry->text, entry->len) == 0 &&
			    !func(entry->id, at - entry->offset, user))
				return;
			i = entry->next;
		}
	}
}

/*
 * Folds character by character, as PCRE2 compares: whatever PCRE2 takes for
 * the same without case comes out the same. Not g_utf8_strdown(), which looks
 * at the locale and, for sigma, at the letters around.
 */
char *
carom_literals_fold(const char *text, gsize len, gsize *out_len)
{
	GString *out;
	gsize ascii = 0;

	while (ascii < len && (guchar) text[ascii] < 0x80)
		ascii++;
	if (ascii == len) {
		*out_len = len;
		return g_ascii_strdown(text, (gssize) len);
	}
	out = g_string_sized_new(len + 8);
	for (const char *p = text, *end = text + len; p < end; p = g_utf8_next_char(p))
		if ((guchar) *p < 0x80)
			g_string_append_c(out, g_ascii_tolower(*p));
		else
			g_string_append_unichar(
				out, g_unichar_tolower(g_unichar_toupper(g_utf8_get_char(p))));
	*out_len = out->len;
	return g_string_free(out, FALSE);
}
