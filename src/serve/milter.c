/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/milter.h"
#include "serve/milter_session.h"
#include "base/unix_socket.h"

#include <errno.h>

/* The path of a unix socket; NULL for another. */
static const char *
unix_path(const char *socket_path)
{
	return g_str_has_prefix(socket_path, "unix:")    ? socket_path + 5
	       : g_str_has_prefix(socket_path, "local:") ? socket_path + 6
							 : NULL;
}

/* Only Postfix may talk to the socket: who can, could pass a forgery off as our own. */
static void
protect_socket(CaromSnapshots *snapshots, const char *path)
{
	g_autoptr(CaromSnapshot) snapshot = carom_snapshots_get(snapshots);

	carom_unix_socket_protect(path, snapshot->known->config->serve.socket_group);
}

CaromStatus
carom_milter_open(struct smfiDesc *description, CaromSnapshots *snapshots, const char *socket_path,
		  GError **err)
{
	const char *path = unix_path(socket_path);

	/* libmilter would take a socket away from a daemon that uses it */
	if (path != NULL && carom_unix_socket_is_served(path))
		return carom_status_fail(err, CAROM_MISUSE,
					 "milter: %s: another carom listens there", path);
	if (smfi_setconn((char *) socket_path) != MI_SUCCESS)
		return carom_status_fail(
			err, CAROM_MISUSE,
			"milter: \"%s\" is no socket; it is unix:PATH or inet:PORT@ADDRESS",
			socket_path);
	if (smfi_register(*description) != MI_SUCCESS)
		return carom_status_fail(err, CAROM_RETRY, "milter: libmilter refused to register");
	if (smfi_opensocket(1) != MI_SUCCESS)
		return carom_status_fail(err, CAROM_MISUSE, "milter: %s: %s", socket_path,
					 g_strerror(errno));
	if (path != NULL)
		protect_socket(snapshots, path);
	return CAROM_OK;
}

CaromStatus
carom_milter_run(GError **err)
{
	return smfi_main() == MI_SUCCESS
		       ? CAROM_OK
		       : carom_status_fail(err, CAROM_RETRY, "milter: libmilter gave up");
}

void
carom_milter_stop(void)
{
	smfi_stop();
}
