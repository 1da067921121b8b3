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

/* So far ahead is looked for the end of a message that a separator seems to stand in. */
#define LOOK_AHEAD (256 * 1024)

/*
 * "\n--BOUNDARY" of the message whose header begins at p; NULL if it is no
 * multipart. Caller's.
 */
static char *
boundary_line(const char *p, const char *end)
{
	static const char name[] = "boundary=";
	const char *body = memmem(p, (gsize) (end - p), "\n\n", 2), *value;
	gsize n;

	body = body ? body : end;
	value = carom_text_find(p, (gsize) (body - p), name);
	if (value == NULL)
		return NULL;
	value += strlen(name);
	value += value < body && *value == '"';
	for (n = 0; value + n < body && n < 70 && strchr("\"; \t\r\n", value[n]) == NULL; n++)
		;
	return n > 0 ? g_strdup_printf("\n--%.*s", (int) n, value) : NULL;
}

/* "----- Unsent message follows -----" and its kin right before p: the copy of a message follows,
 * whose own "From " line nobody escaped. */
static gboolean
follows_marker(const char *message, const char *p)
{
	static const char *const words[] = { "follow", "copy", "original", "below", "attached" };
	const char *line;

	while (p > message && g_ascii_isspace(p[-1]))
		p--;
	line = p;
	while (line > message && line[-1] != '\n' && p - line < 160)
		line--;
	if (carom_text_find(line, (gsize) (p - line), "message") == NULL)
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (carom_text_find(line, (gsize) (p - line), words[i]) != NULL)
			return TRUE;
	return FALSE;
}

/* The line below p is a header field. */
static gboolean
opens_header(const char *p, const char *end)
{
	const char *line = memchr(p, '\n', (gsize) (end - p));
	const char *q = line ? line + 1 : end;

	while (q < end && (g_ascii_isalnum(*q) || *q == '-'))
		q++;
	return line != NULL && q > line + 1 && q < end && *q == ':';
}

/*
 * The next separator of the message that begins at message: behind an empty
 * line, and followed by a line that opens a header. One between the message's
 * first boundary and its last stands in a copy that it carries.
 */
static const char *
next_separator(const char *message, const char *end)
{
	const char *p = message;
	g_autofree char *boundary = NULL;

	while ((p = memmem(p, (gsize) (end - p), "\n\nFrom ", 7)) != NULL) {
		p += 2;
		if (!is_from_line(p, end) || !opens_header(p, end) || follows_marker(message, p))
			continue;
		if (boundary == NULL)
			boundary = boundary_line(message, p);
		if (boundary == NULL ||
		    memmem(p, (gsize) MIN(end - p, LOOK_AHEAD), boundary, strlen(boundary)) == NULL)
			return p;
	}
	return NULL;
}

/*
 * size: of the whole file, of which len bytes are there. If there are more, the last message is no
 * whole one, and is left out, unless it is the only one. *left: one was left out.
 */
static gboolean
split_mbox(const char *name, const char *data, gsize len, gsize size, CaromMailboxFunc func,
	   void *user, gboolean *left)
{
	const char *p = data, *end = data + len;
	guint n = 0;

	*left = FALSE;
	while (p < end) {
		const char *line = memchr(p, '\n', (gsize) (end - p));
		const char *message = line ? line + 1 : end;
		const char *next = next_separator(message, end);
		const char *stop = next ? next : end;
		gsize cut = next ? 0 : size - len;
		g_autofree char *numbered = NULL;

		if (cut > 0 && n > 0) {
			*left = TRUE;
			return TRUE;
		}
		n++;
		if (next != NULL || n > 1)
			numbered = g_strdup_printf("%s#%u", name, n);
		if (!func(numbered ? numbered : name, message, (gsize) (stop - message),
			  (gsize) (stop - message) + cut, user))
			return FALSE;
		p = stop;
	}
	return TRUE;
}

/* one: whatever it looks like, it is one message. */
static CaromStatus
walk_fd(int fd, const char *name, gboolean one, gsize max, CaromMailboxFunc func, void *user,
	gboolean *more, GError **err)
{
	g_autofree char *data = NULL;
	gsize len, size;
	gboolean left;
	CaromStatus status = carom_mailbox_read(fd, max, &data, &len, &size, err);

	if (status != CAROM_OK)
		return status;
	if (one || !is_from_line(data, data + len)) {
		*more = func(name, data, len, size, user);
		return CAROM_OK;
	}
	*more = split_mbox(name, data, len, size, func, user, &left);
	if (left)
		return carom_status_fail(
			err, CAROM_MISUSE,
			"%s: only %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
			" bytes of this mbox were read; split it, or raise message "
			"in [limits]",
			name, len, size);
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
	g_autofree char *folder = NULL, *folder_name = NULL;
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
	folder = g_path_get_dirname(path);
	folder_name = g_path_get_basename(folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return carom_status_fail(err, CAROM_MISUSE, "%s: %s", path, g_strerror(errno));
	/* a Maildir's files are messages, whatever they begin with */
	status = walk_fd(fd, path,
			 strcmp(folder_name, "cur") == 0 || strcmp(folder_name, "new") == 0, max,
			 func, user, more, err);
	close(fd);
	return status;
}

CaromStatus
carom_mailbox_walk(const char *path, gsize max, CaromMailboxFunc func, void *user, GError **err)
{
	gboolean more = TRUE;

	if (strcmp(path, "-") == 0)
		return walk_fd(STDIN_FILENO, "-", TRUE, max, func, user, &more, err);
	return walk(path, 0, max, func, user, &more, err);
}
