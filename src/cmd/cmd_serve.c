/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "feed/hook_service.h"
#include "http/service.h"
#include "serve/server.h"

#include <string.h>
#include <sysexits.h>

int
cmd_serve(int argc, char **argv)
{
	static char *role, *pidfile;
	const GOptionEntry options[] = { { "role", 'r', 0, G_OPTION_ARG_STRING, &role,
					   "inbound, for what comes back, outbound, api, webhooks",
					   "ROLE" },
					 { "pidfile", 'p', 0, G_OPTION_ARG_FILENAME, &pidfile,
					   "write the process id there", "FILE" },
					 G_OPTION_ENTRY_NULL };
	g_autoptr(GError) error = NULL;
	const char *file = cmd_config_file ? cmd_config_file : g_getenv("CAROM_CONFIG");
	CaromServerRole serves = CAROM_SERVER_INBOUND;
	CaromStatus status;

	if (!cmd_options(
		    &argc, &argv, options, NULL, "The daemon, in the foreground.",
		    "SIGHUP reloads configuration and rules; SIGTERM ends it when what is\nunder way is done."))
		return EX_USAGE;
	if (g_strcmp0(role, "outbound") == 0)
		serves = CAROM_SERVER_OUTBOUND;
	else if (g_strcmp0(role, "inbound") != 0 && g_strcmp0(role, "api") != 0 &&
		 g_strcmp0(role, "webhooks") != 0)
		return cmd_usage("serve wants --role inbound, outbound, api or webhooks");
	if (g_strcmp0(role, "api") == 0)
		status = carom_service_run(file, pidfile, &error);
	else if (g_strcmp0(role, "webhooks") == 0)
		status = carom_hook_service_run(file, pidfile, &error);
	else
		status = carom_server_run(serves, file, pidfile, &error);
	return status == CAROM_OK ? EX_OK : cmd_fail(status, &error);
}
