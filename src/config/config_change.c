/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "config/config_change.h"

char *
carom_config_change_problem(const CaromConfig *held, const CaromConfig *fresh)
{
	const char *file = fresh->file ? fresh->file : "the built-in configuration";

	if (fresh->is_empty && !held->is_empty)
		return g_strdup_printf("%s sets nothing at all", file);
	if (*fresh->bounce.keys == '\0' && *held->bounce.keys != '\0')
		return g_strdup_printf("%s: keys in [bounce] was \"%s\" and is not set any more; "
				       "without keys, unsigned return addresses would be believed "
				       "(a restart takes that over)",
				       file, held->bounce.keys);
	if (*fresh->bounce.domains == NULL && *held->bounce.domains != NULL) {
		g_autofree char *domains = g_strjoinv(";", held->bounce.domains);

		return g_strdup_printf(
			"%s: domains in [bounce] was \"%s\" and is not set any more; "
			"return addresses in every domain would be believed (a "
			"restart takes that over)",
			file, domains);
	}
	return NULL;
}
