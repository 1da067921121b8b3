/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "config/datadir.h"

#include <stdio.h>
#include <sysexits.h>

int
cmd_config(int argc, char **argv)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	CaromStatus status;

	if (!cmd_options(&argc, &argv, NULL, NULL,
			 "Prints the configuration in force, defaults included.", NULL))
		return EX_USAGE;
	status = cmd_load_config(FALSE, &config, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	text = carom_config_dump(config);
	fputs(text, stdout);
	printf("\n# data files: %s\n", carom_config_datadir());
	return EX_OK;
}
