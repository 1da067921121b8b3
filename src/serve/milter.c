/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/milter.h"
#include "base/unix_socket.h"

#include <errno.h>
#include <string.h>

/* The path of a unix socket; NULL for another. */
static const char *
unix_path(const char *socket_path)
{
	if (g_str_has_prefix(socket_path, "unix:"))
		return socket_path + strlen("unix:");
	if (g_str_has_prefix(socket_path, "local:"))
		return socket_path + strlen("local:");
	return NULL;
}

/* Only Postfix may talk to the socket: who can, could pass a forgery off as our own. */
static void
protect_socket(CaromSnapshots *snapshots, const char *path)
{
	g_autoptr(CaromSnapshot) snapshot = carom_snapshots_get(snapshots);

	carom_unix_socket_protect(path, snapshot->known->config->serve.socket_group);
}

CaromStatus
carom_milter_open(const CaromMilterRole *role, gpointer daemon, CaromSnapshots *snapshots,
		  const char *socket_path, GError **err)
{
	const struct smfiDesc description = carom_milter_session_describe(role, daemon, snapshots);
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
	if (smfi_register(description) != MI_SUCCESS)
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
carom_milter_drain(CaromDeadline until)
{
	smfi_stop();
	carom_milter_session_drain(until);
}

void
carom_milter_stop(void)
{
	smfi_stop();
	carom_milter_session_shut();
}
