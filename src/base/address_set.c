/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/address_set.h"

#include <string.h>

struct CaromAddressSet {
	guint64 *slots; /* open addressing; 0 = empty */
	gsize mask, used;
};

/* FNV-1a over the folded bytes, then a finaliser that spreads them (MurmurHash3's fmix64). Never 0.
 */
static guint64
hash_of(const char *address)
{
	guint64 h = G_GUINT64_CONSTANT(0xcbf29ce484222325);

	for (const guchar *p = (const guchar *) address; *p; p++)
		h = (h ^ (guchar) g_ascii_tolower((char) *p)) * G_GUINT64_CONSTANT(0x100000001b3);
	h ^= h >> 33;
	h *= G_GUINT64_CONSTANT(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= G_GUINT64_CONSTANT(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h ? h : 1;
}

CaromAddressSet *
carom_address_set_new(gsize n)
{
	CaromAddressSet *set = g_new0(CaromAddressSet, 1);
	gsize size = 64;

	while (size < n * 2)
		size *= 2;
	set->slots = g_new0(guint64, size);
	set->mask = size - 1;
	return set;
}

void
carom_address_set_free(CaromAddressSet *set)
{
	if (set == NULL)
		return;
	g_free(set->slots);
	g_free(set);
}

/* The slot that has hash, or the empty one where it would go. */
static gsize
find(const CaromAddressSet *set, guint64 hash)
{
	gsize i = hash & set->mask;

	while (set->slots[i] != 0 && set->slots[i] != hash)
		i = (i + 1) & set->mask;
	return i;
}

static gboolean
put(CaromAddressSet *set, guint64 hash)
{
	gsize i = find(set, hash);

	if (set->slots[i] == hash)
		return FALSE;
	set->slots[i] = hash;
	return TRUE;
}

static void
grow(CaromAddressSet *set)
{
	guint64 *old = set->slots;
	gsize old_size = set->mask + 1;

	set->slots = g_new0(guint64, old_size * 2);
	set->mask = old_size * 2 - 1;
	for (gsize i = 0; i < old_size; i++)
		if (old[i] != 0)
			put(set, old[i]);
	g_free(old);
}

void
carom_address_set_add(CaromAddressSet *set, const char *address)
{
	if (set->used * 2 > set->mask)
		grow(set);
	set->used += put(set, hash_of(address));
}

void
carom_address_set_remove(CaromAddressSet *set, const char *address)
{
	gsize hole = find(set, hash_of(address));

	if (set->slots[hole] == 0)
		return;
	/* what stands after the hole moves into it if it was put off from there or from before */
	for (gsize i = (hole + 1) & set->mask; set->slots[i] != 0; i = (i + 1) & set->mask)
		if (((i - set->slots[i]) & set->mask) >= ((i - hole) & set->mask)) {
			set->slots[hole] = set->slots[i];
			hole = i;
		}
	set->slots[hole] = 0;
	set->used--;
}

gboolean
carom_address_set_has(const CaromAddressSet *set, const char *address)
{
	return set->slots[find(set, hash_of(address))] != 0;
}
