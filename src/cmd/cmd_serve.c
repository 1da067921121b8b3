/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "feed/hook_service.h"
#include "http/service.h"
#include "serve/server.h"

#include <string.h>
#include <sysexits.h>

static CaromStatus
run_inbound(const char *file, const char *pidfile, GError **err)
{
	return carom_server_run(CAROM_SERVER_INBOUND, file, pidfile, err);
}

static CaromStatus
run_outbound(const char *file, const char *pidfile, GError **err)
{
	return carom_server_run(CAROM_SERVER_OUTBOUND, file, pidfile, err);
}

static CaromStatus
run_api(const char *file, const char *pidfile, GError **err)
{
	return carom_service_run(CAROM_SERVICE_API, file, pidfile, err);
}

static CaromStatus
run_page(const char *file, const char *pidfile, GError **err)
{
	return carom_service_run(CAROM_SERVICE_PAGE, file, pidfile, err);
}

static const struct {
	const char *name;
	CaromStatus (*run)(const char *file, const char *pidfile, GError **err);
} roles[] = {
	{ "inbound", run_inbound }, { "outbound", run_outbound },
	{ "api", run_api },         { "webhooks", carom_hook_service_run },
	{ "page", run_page },
};

int
cmd_serve(int argc, char **argv)
{
	static char *role, *pidfile;
	const GOptionEntry options[] = { { "role", 'r', 0, G_OPTION_ARG_STRING, &role,
					   "inbound, outbound, api, webhooks or page", "ROLE" },
					 { "pidfile", 'p', 0, G_OPTION_ARG_FILENAME, &pidfile,
					   "write the process id there", "FILE" },
					 G_OPTION_ENTRY_NULL };
	g_autoptr(GError) error = NULL;
	const char *file = cmd_config_file ? cmd_config_file : g_getenv("CAROM_CONFIG");
	CaromStatus status;
	guint i = 0;

	if (!cmd_options(
		    &argc, &argv, options, NULL, "The daemon, in the foreground.",
		    "SIGHUP reloads configuration and rules; SIGTERM ends it when what is\nunder way is done."))
		return EX_USAGE;
	while (i < G_N_ELEMENTS(roles) && g_strcmp0(role, roles[i].name) != 0)
		i++;
	if (i == G_N_ELEMENTS(roles))
		return cmd_usage("serve wants --role inbound, outbound, api, webhooks or page");
	status = roles[i].run(file, pidfile, &error);
	return status == CAROM_OK ? EX_OK : cmd_fail(status, &error);
}
