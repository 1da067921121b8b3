/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/data_file.h"
#include "base/text.h"

#include <string.h>

CaromStatus
carom_data_file_load(const char *path, GChecksum *content_hash, char **content, GError **err)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	gsize len, ascii;

	*content = NULL;
	if (!g_file_get_contents(path, &text, &len, &error))
		return carom_status_fail(err, CAROM_MISUSE, "%s", error->message);
	ascii = carom_text_ascii_length(text, len);
	if (memchr(text, '\0', len) != NULL ||
	    !g_utf8_validate(text + ascii, (gssize) (len - ascii), NULL))
		return carom_status_fail(err, CAROM_MISUSE, "%s: not UTF-8 text", path);
	if (content_hash != NULL)
		g_checksum_update(content_hash, (const guchar *) text, (gssize) len);
	*content = g_steal_pointer(&text);
	return CAROM_OK;
}

CaromStatus
carom_data_file_lines(const char *path, char *content, CaromDataFunc func, void *user, GError **err)
{
	CaromDataLine line = { .file = path };

	for (char *p = content, *next; p != NULL; p = next) {
		CaromStatus status;

		next = strchr(p, '\n');
		if (next != NULL)
			*next++ = '\0';
		line.number++;
		line.head = *p != ' ' && *p != '\t';
		line.text = g_strstrip(p);
		if (*line.text == '\0' || (line.head && *line.text == '#'))
			continue;
		status = func(&line, user, err);
		if (status != CAROM_OK)
			return status;
	}
	return CAROM_OK;
}

CaromStatus
carom_data_file_read(const char *path, GChecksum *content_hash, CaromDataFunc func, void *user,
		     GError **err)
{
	g_autofree char *content = NULL;
	CaromStatus status = carom_data_file_load(path, content_hash, &content, err);

	return status == CAROM_OK ? carom_data_file_lines(path, content, func, user, err) : status;
}

static int
by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

CaromStatus
carom_data_file_list(const char *folder, const char *suffix, GPtrArray **out, GError **err)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	GDir *dir = g_dir_open(folder, 0, &error);

	*out = NULL;
	if (dir == NULL)
		return carom_status_fail(err,
					 g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)
						 ? CAROM_ABSENT
						 : CAROM_MISUSE,
					 "%s", error->message);
	for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
		if (g_str_has_suffix(name, suffix) && name[0] != '.')
			g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
	g_dir_close(dir);
	g_ptr_array_sort(paths, by_name);
	*out = g_steal_pointer(&paths);
	return CAROM_OK;
}

CaromStatus
carom_data_file_fail(const CaromDataLine *line, GError **err, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	return carom_status_fail(err, CAROM_MISUSE, "%s:%u: %s", line->file, line->number, what);
}
