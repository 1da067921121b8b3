/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rules/knowledge.h"
#include "config/datadir.h"

CaromStatus
carom_knowledge_load(const CaromConfig *config, CaromKnowledge **out, GError **err)
{
	g_autoptr(CaromKnowledge) k = g_new0(CaromKnowledge, 1);
	const char *datadir = carom_config_datadir();
	g_autofree char *providers = g_build_filename(datadir, "providers", NULL);
	g_autofree char *loops = g_build_filename(datadir, "feedback-loops", NULL);
	CaromStatus status;

	*out = NULL;
	status = carom_rules_load(datadir, config->rules.local, config->rules.local_required,
				  &k->rules, err);
	if (status == CAROM_OK)
		status = carom_providers_load(providers, &k->providers, err);
	if (status == CAROM_OK)
		status = carom_feedback_loops_load(loops, &k->loops, err);
	if (status == CAROM_OK)
		*out = g_steal_pointer(&k);
	return status;
}

void
carom_knowledge_free(CaromKnowledge *knowledge)
{
	if (knowledge == NULL)
		return;
	carom_rules_free(knowledge->rules);
	carom_providers_free(knowledge->providers);
	carom_feedback_loops_free(knowledge->loops);
	g_free(knowledge);
}
