/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "config/config_change.h"

static CaromConfig *
config_of(const char *text)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *file = unit_file(folder, "carom.conf", text);
	CaromConfig *config;

	if (carom_config_load(file, TRUE, &config, NULL) != CAROM_OK)
		fail_msg("\"%s\" is not taken", text);
	unit_remove(folder);
	return config;
}

/* What a reload must never do in silence: believe more than before. */
static void
refuses_what_believes_more(void **state)
{
	static const struct {
		const char *held, *fresh, *says; /* NULL: it is taken */
	} rows[] = {
		{ "[bounce]\nkeys = /k\n", "", "carom.conf sets nothing at all" },
		{ "[report]\ntimezone = UTC\n", "# all gone\n[bounce]\n", "sets nothing at all" },
		{ "[bounce]\nkeys = /k\n", "[log]\nsyslog = no\n",
		  "keys in [bounce] was \"/k\" and is not set any more" },
		{ "[bounce]\nkeys = /k\n", "[bounce]\nkeys =\n", "keys in [bounce]" },
		{ "[bounce]\ndomains = b.example.com;c.example.com\n", "[log]\nsyslog = no\n",
		  "domains in [bounce] was \"b.example.com;c.example.com\"" },
		{ "[bounce]\nkeys = /k\n", "[bounce]\nkeys = /other\n", NULL },
		{ "[bounce]\nkeys = /k\n", "[bounce]\nkeys = /k\nlifetime = 3\n", NULL },
		{ "[bounce]\ndomains = b.example.com\n", "[bounce]\ndomains = c.example.com\n",
		  NULL },
		{ "[log]\nsyslog = no\n", "[bounce]\nkeys = /k\n", NULL },
		{ "", "", NULL },
		{ "", "[log]\nsyslog = no\n", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromConfig) held = config_of(rows[i].held),
				       fresh = config_of(rows[i].fresh);
		g_autofree char *problem = carom_config_change_problem(held, fresh);
		g_autofree char *row = g_strdup_printf("%s -> %s", rows[i].held, rows[i].fresh);

		row_int(row, problem != NULL, rows[i].says != NULL);
		if (problem != NULL)
			row_true(row, strstr(problem, rows[i].says) != NULL);
	}
}

UNIT_MAIN(cmocka_unit_test(refuses_what_believes_more))
