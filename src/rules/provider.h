/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * provider - which ISP an address, a mail server or a reply belongs to
 *
 * The groups that reports are made by, from the data file parsers/providers.
 * Loaded once, then any thread may ask.
 */
#ifndef CAROM_PROVIDER_H
#define CAROM_PROVIDER_H

#include "base/status.h"

typedef struct CaromProviders CaromProviders;

/* Reads file. CAROM_MISUSE names the file and line that is wrong. *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_providers_load(const char *file, CaromProviders **out,
						  GError **err);

/*
 * The provider's id, borrowed: by exact recipient domain, then by suffix of
 * the remote MTA's name, then by parent zone of the domain, then by what only
 * this provider's replies say. Any argument may be NULL. NULL: none known.
 */
const char *carom_provider_of(const CaromProviders *providers, const char *domain,
			      const char *remote_mta, const char *reply);

/* TRUE if there is a provider of that id. */
gboolean carom_provider_exists(const CaromProviders *providers, const char *id);

void carom_providers_free(CaromProviders *providers); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromProviders, carom_providers_free)

#endif
