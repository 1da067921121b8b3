/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "intake/known.h"

#include <errno.h>
#include <unistd.h>

static CaromStatus
load(CaromConfig *config, gboolean without_keys, CaromKnown **out, GError **err)
{
	g_autoptr(CaromKnown) known = g_new0(CaromKnown, 1);
	CaromStatus status;

	*out = NULL;
	known->config = config;
	status = carom_knowledge_load(config, &known->knowledge, err);
	if (status == CAROM_OK && without_keys)
		known->keys = carom_keyring_new();
	else if (status == CAROM_OK && *config->bounce.keys != '\0')
		status = carom_keyring_load(config->bounce.keys, &known->keys, err);
	if (status == CAROM_OK)
		*out = g_steal_pointer(&known);
	return status;
}

CaromStatus
carom_known_load(CaromConfig *config, CaromKnown **out, GError **err)
{
	return load(config, FALSE, out, err);
}

CaromStatus
carom_known_load_to_look(CaromConfig *config, CaromKnown **out, gboolean *keyless, GError **err)
{
	*keyless = *config->bounce.keys != '\0' && access(config->bounce.keys, R_OK) < 0 &&
		   errno == EACCES;
	return load(config, *keyless, out, err);
}

void
carom_known_free(CaromKnown *known)
{
	if (known == NULL)
		return;
	carom_config_free(known->config);
	carom_knowledge_free(known->knowledge);
	carom_keyring_free(known->keys);
	g_free(known);
}
