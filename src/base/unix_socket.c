/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/unix_socket.h"
#include "base/log.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

void
carom_unix_socket_protect(const char *path, const char *group)
{
	const struct group *entry = *group ? getgrnam(group) : NULL;
	struct stat made = { 0 };

	if (chmod(path, 0660) < 0 || stat(path, &made) < 0)
		carom_log(CAROM_LOG_WARNING, "%s: %s", path, g_strerror(errno));
	/* in a folder with the setgid bit it is that of the folder, which anybody may use whom the
	 * folder lets in; chown() wants a member of the group */
	if (entry != NULL && made.st_gid == entry->gr_gid)
		return;
	if (*group != '\0' && (entry == NULL || chown(path, (uid_t) -1, entry->gr_gid) < 0))
		carom_log(CAROM_LOG_WARNING,
			  "%s: its group can't be made %s (%s); can Postfix connect?", path, group,
			  entry ? g_strerror(errno) : "there is no such group");
}

gboolean
carom_unix_socket_is_served(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	gboolean served;

	if (fd < 0)
		return FALSE;
	g_strlcpy(address.sun_path, path, sizeof address.sun_path);
	served = connect(fd, (struct sockaddr *) &address, sizeof address) == 0;
	close(fd);
	return served;
}

CaromStatus
carom_unix_socket_listen(const char *path, const char *group, int *fd, GError **err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int opened;

	*fd = -1;
	if (strlen(path) >= sizeof address.sun_path)
		return carom_status_fail(err, CAROM_MISUSE,
					 "%s: longer than a socket's name may be (%u)", path,
					 (guint) sizeof address.sun_path - 1);
	g_strlcpy(address.sun_path, path, sizeof address.sun_path);
	if (carom_unix_socket_is_served(path))
		return carom_status_fail(err, CAROM_MISUSE, "%s: another carom listens there",
					 path);
	unlink(path);
	opened = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (opened < 0 || bind(opened, (struct sockaddr *) &address, sizeof address) < 0 ||
	    listen(opened, BACKLOG) < 0) {
		CaromStatus status =
			carom_status_fail(err, CAROM_MISUSE, "%s: %s", path, g_strerror(errno));

		if (opened >= 0)
			close(opened);
		return status;
	}
	carom_unix_socket_protect(path, group);
	*fd = opened;
	return CAROM_OK;
}
