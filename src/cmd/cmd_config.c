/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "config/config_check.h"
#include "config/datadir.h"
#include "verp/keyring.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

static void
print_problem(CaromCheckLevel level, const char *problem, void *user)
{
	guint *errors = user;

	*errors += level == CAROM_CHECK_ERROR;
	fprintf(stderr, "carom: %s%s\n", level == CAROM_CHECK_ERROR ? "" : "warning: ", problem);
}

static void
check_conninfo(const CaromConfig *config, const char *conninfo, guint *errors)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *problem = NULL;

	if (carom_store_check_conninfo(conninfo, &error) == CAROM_OK)
		return;
	problem =
		g_strdup_printf("%s: %s", config->file ? config->file : "defaults", error->message);
	print_problem(CAROM_CHECK_ERROR, problem, errors);
}

/* What a file of keys holds; that it is there and can be read was looked at before. */
static void
check_keyring(const CaromConfig *config, guint *errors)
{
	g_autoptr(CaromKeyring) keys = NULL;
	g_autoptr(GError) error = NULL;

	if (*config->bounce.keys != '\0' && access(config->bounce.keys, R_OK) == 0 &&
	    carom_keyring_load(config->bounce.keys, &keys, &error) != CAROM_OK)
		print_problem(CAROM_CHECK_ERROR, error->message, errors);
}

int
cmd_config(int argc, char **argv)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	CaromStatus status;
	guint errors = 0;

	if (!cmd_options(&argc, &argv, NULL, NULL,
			 "Prints the configuration in force, and what is wrong with it.",
			 "Exit 78: something is wrong. A warning is for a person to look at."))
		return EX_USAGE;
	if (argc > 1)
		return cmd_usage("config takes no argument \"%s\"", argv[1]);
	status = cmd_load_config(FALSE, &config, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	text = carom_config_dump(config);
	fputs(text, stdout);
	printf("\n# data files: %s\n", carom_config_datadir());
	fflush(stdout);
	check_conninfo(config, config->database.conninfo, &errors);
	check_conninfo(config, config->database.listen_conninfo, &errors);
	carom_config_check(config, print_problem, &errors);
	check_keyring(config, &errors);
	return errors == 0 ? EX_OK : EX_CONFIG;
}
