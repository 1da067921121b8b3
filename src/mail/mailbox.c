/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/mailbox.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FOLDER_DEPTH 16

CaromStatus
carom_mailbox_read(int fd, gsize max, char **data, gsize *len, gsize *size, GError **err)
{
	gsize room = 64 * 1024;
	char *buffer;
	struct stat st;

	/* a regular file tells its size; one buffer of just that size is enough */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		room = MIN((gsize) st.st_size, max) + 1;
	buffer = g_malloc(room);
	*len = *size = 0;
	for (;;) {
		char drain[64 * 1024];
		gboolean full = *len >= max;
		gssize n;

		if (!full && *len == room) {
			room = MIN(room * 2, max);
			buffer = g_realloc(buffer, room);
		}
		/* what is over the limit is read as well, so that the writer is not cut off */
		n = full ? read(fd, drain, sizeof drain)
			 : read(fd, buffer + *len, MIN(room, max) - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			g_free(buffer);
			return carom_status_fail(err, CAROM_RETRY, "reading the message: %s",
						 g_strerror(errno));
		}
		if (n == 0)
			break;
		if (!full)
			*len += (gsize) n;
		*size += (gsize) n;
	}
	*data = buffer;
	return CAROM_OK;
}

/* "From sender Thu Nov 26 10:00:00 2026": an mbox separator has a weekday and a time of day. */
static gboolean
is_from_line(const char *p, const char *end)
{
	static const char *const days[] = { " Mon ", " Tue ", " Wed ", " Thu ",
					    " Fri ", " Sat ", " Sun " };
	const char *eol;

	if (end - p < 20 || memcmp(p, "From ", 5) != 0)
		return FALSE;
	eol = memchr(p, '\n', (gsize) (end - p));
	if (eol == NULL)
		eol = end;
	for (gsize i = 0; i < G_N_ELEMENTS(days); i++)
		if (memmem(p, (gsize) (eol - p), days[i], strlen(days[i])) != NULL)
			return memchr(p, ':', (gsize) (eol - p)) != NULL;
	return FALSE;
}

/* The next separator behind an empty line, followed by a line that opens a header. */
static const char *
next_separator(const char *p, const char *end)
{
	while ((p = memmem(p, (gsize) (end - p), "\n\nFrom ", 7)) != NULL) {
		p += 2;
		if (is_from_line(p, end)) {
			const char *line = memchr(p, '\n', (gsize) (end - p));
			const char *q = line ? line + 1 : end;

			while (q < end && (g_ascii_isalnum(*q) || *q == '-'))
				q++;
			if (line != NULL && q > line + 1 && q < end && *q == ':')
				return p;
		}
	}
	return NULL;
}

static gboolean
split_mbox(const char *name, const char *data, gsize len, CaromMailboxFunc func, void *user)
{
	const char *p = data, *end = data + len;
	guint n = 0;

	while (p < end) {
		const char *line = memchr(p, '\n', (gsize) (end - p));
		const char *message = line ? line + 1 : end;
		const char *next = next_separator(message, end);
		const char *stop = next ? next : end;
		g_autofree char *numbered = NULL;

		n++;
		if (next != NULL || n > 1)
			numbered = g_strdup_printf("%s#%u", name, n);
		if (!func(numbered ? numbered : name, message, (gsize) (stop - message),
			  (gsize) (stop - message), user))
			return FALSE;
		p = stop;
	}
	return TRUE;
}

static CaromStatus
walk_fd(int fd, const char *name, gsize max, CaromMailboxFunc func, void *user, gboolean *more,
	GError **err)
{
	g_autofree char *data = NULL;
	gsize len, size;
	CaromStatus status = carom_mailbox_read(fd, max, &data, &len, &size, err);

	if (status != CAROM_OK)
		return status;
	if (is_from_line(data, data + len) || (len > 5 && memcmp(data, "From ", 5) == 0))
		*more = split_mbox(name, data, len, func, user);
	else
		*more = func(name, data, len, size, user);
	return CAROM_OK;
}

static int
by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static CaromStatus walk(const char *path, guint depth, gsize max, CaromMailboxFunc func, void *user,
			gboolean *more, GError **err);

static CaromStatus
walk_folder(const char *path, guint depth, gsize max, CaromMailboxFunc func, void *user,
	    gboolean *more, GError **err)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	DIR *dir = opendir(path);
	CaromStatus status = CAROM_OK;

	if (dir == NULL)
		return carom_status_fail(err, CAROM_MISUSE, "%s: %s", path, g_strerror(errno));
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.' &&
		    strcmp(entry->d_name, "tmp") !=
			    0) /* a Maildir's tmp holds what is still being written */
			g_ptr_array_add(names, g_strdup(entry->d_name));
	closedir(dir);
	g_ptr_array_sort(names, by_name);
	for (guint i = 0; i < names->len && status == CAROM_OK && *more; i++) {
		g_autofree char *child = g_build_filename(path, names->pdata[i], NULL);

		status = walk(child, depth + 1, max, func, user, more, err);
	}
	return status;
}

static CaromStatus
walk(const char *path, guint depth, gsize max, CaromMailboxFunc func, void *user, gboolean *more,
     GError **err)
{
	struct stat st;
	int fd;
	CaromStatus status;

	if (stat(path, &st) < 0)
		return carom_status_fail(err, CAROM_MISUSE, "%s: %s", path, g_strerror(errno));
	if (S_ISDIR(st.st_mode))
		return depth < MAX_FOLDER_DEPTH
			       ? walk_folder(path, depth, max, func, user, more, err)
			       : CAROM_OK;
	if (depth > 0 && !S_ISREG(st.st_mode))
		return CAROM_OK;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return carom_status_fail(err, CAROM_MISUSE, "%s: %s", path, g_strerror(errno));
	status = walk_fd(fd, path, max, func, user, more, err);
	close(fd);
	return status;
}

CaromStatus
carom_mailbox_walk(const char *path, gsize max, CaromMailboxFunc func, void *user, GError **err)
{
	gboolean more = TRUE;

	if (strcmp(path, "-") == 0)
		return walk_fd(STDIN_FILENO, "-", max, func, user, &more, err);
	return walk(path, 0, max, func, user, &more, err);
}
