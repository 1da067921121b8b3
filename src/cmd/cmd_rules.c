/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static void
print_problem(const char *where, const char *problem, void *user)
{
	(void) user;
	printf("%s: %s\n", where, problem);
}

static void
print_rule(const char *id, const char *category, const char *conditions, const char *where,
	   void *user)
{
	(void) user;
	printf("%s\t%s\t%s\t%s\n", id, category, conditions, where);
}

int
cmd_rules(int argc, char **argv)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromKnowledge) knowledge = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status;
	guint problems;

	if (!cmd_options(&argc, &argv, NULL, "check|list",
			 "The rules that turn replies into categories, local ones first.",
			 "check    try each rule on its own examples; exit 65 if one is wrong or "
			 "hidden\n"
			 "list     one rule a line: id, category, conditions, where it stands"))
		return EX_USAGE;
	if (argc != 2 || (strcmp(argv[1], "check") != 0 && strcmp(argv[1], "list") != 0))
		return cmd_usage("rules wants one of check, list");
	status = cmd_load_config(FALSE, &config, &error);
	if (status == CAROM_OK)
		status = carom_knowledge_load(config, &knowledge, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	if (strcmp(argv[1], "list") == 0) {
		carom_rules_list(knowledge->rules, print_rule, NULL);
		return EX_OK;
	}
	problems = carom_rules_check(knowledge->rules, knowledge->providers, print_problem, NULL);
	printf("carom: %u rules (version %s), %u problems\n", carom_rules_count(knowledge->rules),
	       carom_rules_version(knowledge->rules), problems);
	return problems == 0 ? EX_OK : EX_DATAERR;
}
