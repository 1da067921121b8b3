/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * known - all that the path goes by: settings, what carom knows from files, keys
 *
 * Loaded once; any thread may read it.
 */
#ifndef CAROM_KNOWN_H
#define CAROM_KNOWN_H

#include "config/settings.h"
#include "rules/knowledge.h"
#include "verp/keyring.h"

typedef struct {
	CaromConfig *config;
	CaromKnowledge *knowledge;
	CaromKeyring *keys; /* NULL: none configured */
} CaromKnown;

/* Loads what config names, and takes over config, also on failure. CAROM_MISUSE names the file and
 * line that is wrong. *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_known_load(CaromConfig *config, CaromKnown **out, GError **err);

/*
 * The same for a command that records nothing and that anybody may run. If this
 * account may not read the keys, *keyless is TRUE, and there are keys of which
 * none is known: nothing signed holds, and nothing unsigned is believed.
 */
CAROM_MUST_CHECK CaromStatus carom_known_load_to_look(CaromConfig *config, CaromKnown **out,
						      gboolean *keyless, GError **err);

void carom_known_free(CaromKnown *known); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromKnown, carom_known_free)

#endif
