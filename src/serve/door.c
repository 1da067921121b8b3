/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/door.h"
#include "intake/intake.h"
#include "base/log.h"
#include "report/report_log.h"
#include "base/text.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static CaromStatus
record_by_writer(void *user, const char *json, const char *raw, gsize raw_len, CaromRecorded *out,
		 GError **err)
{
	return carom_writer_record(user, json, raw, raw_len, out, err);
}

/* The queue id is what a client says it is, and an error may quote the message. */
static void
log_put_off(const CaromEnvelope *envelope, CaromStatus status, const GError *error)
{
	g_autofree char *id =
		carom_text_printable(envelope->queue_id ? envelope->queue_id : "NOQUEUE", 64);
	g_autofree char *why = carom_text_printable(error ? error->message : "", 300);

	carom_log(CAROM_LOG_ERROR, "%s: put off (%s): %s", id, carom_status_name(status), why);
}

CaromStatus
carom_door_take(const CaromDoor *door, const CaromEnvelope *envelope, const CaromBytes *message,
		CaromReport **report, GError **err)
{
	g_autoptr(CaromSnapshot) snapshot = carom_snapshots_get(door->snapshots);
	g_autoptr(CaromReport) read = NULL;
	const CaromRecorder recorder = { record_by_writer, door->writer };
	CaromRecorded recorded = { 0 };
	CaromStatus status = carom_intake_take(snapshot->known, &recorder, envelope, message, &read,
					       &recorded, err);

	if (status == CAROM_OK)
		carom_report_log(read, recorded.duplicate ? "again" : "recorded");
	else
		log_put_off(envelope, status, err ? *err : NULL);
	if (report != NULL)
		*report = g_steal_pointer(&read);
	return status;
}

void
carom_door_protect(const char *path, const char *group)
{
	const struct group *entry = *group ? getgrnam(group) : NULL;

	if (chmod(path, 0660) < 0)
		carom_log(CAROM_LOG_WARNING, "%s: %s", path, g_strerror(errno));
	if (*group != '\0' && (entry == NULL || chown(path, (uid_t) -1, entry->gr_gid) < 0))
		carom_log(CAROM_LOG_WARNING,
			  "%s: its group can't be made %s (%s); can Postfix connect?", path, group,
			  entry ? g_strerror(errno) : "there is no such group");
}

gboolean
carom_door_is_served(const char *path)
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

int
carom_door_listen(const char *path, const char *group, GError **err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof address.sun_path) {
		carom_status_fail(err, CAROM_MISUSE, "%s: longer than a socket's name may be (%u)",
				  path, (guint) sizeof address.sun_path - 1);
		return -1;
	}
	g_strlcpy(address.sun_path, path, sizeof address.sun_path);
	if (carom_door_is_served(path)) {
		carom_status_fail(err, CAROM_MISUSE, "%s: another carom listens there", path);
		return -1;
	}
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof address) < 0 ||
	    listen(fd, 128) < 0) {
		carom_status_fail(err, CAROM_MISUSE, "%s: %s", path, g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	carom_door_protect(path, group);
	return fd;
}
