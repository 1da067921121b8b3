/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "config/datadir.h"

#include <glib.h>
#include <unistd.h>

const char *
carom_config_datadir(void)
{
	static char built[4096]; /* set once, before any thread starts */
	const char *set = g_getenv("CAROM_DATADIR");

	if (set != NULL && *set != '\0')
		return set;
	if (built[0] == '\0') {
		g_autofree char *exe = g_file_read_link("/proc/self/exe", NULL);
		g_autofree char *folder = exe ? g_path_get_dirname(exe) : NULL;
		g_autofree char *data = folder ? g_build_filename(folder, "data", NULL) : NULL;
		g_autofree char *probe = data ? g_build_filename(data, "providers", NULL) : NULL;

		g_strlcpy(built, probe && access(probe, R_OK) == 0 ? data : CAROM_PKGDATADIR,
			  sizeof built);
	}
	return built;
}
