#include "config.h"

#include "data_file.h"

#include <string.h>

CaromStatus
carom_data_file_read(const char *path, GChecksum *content_hash, CaromDataFunc func, void *user, GError **err)
{
	g_autofree char *content = NULL;
	g_autoptr(GError) error = NULL;
	CaromDataLine line = { .file = path };
	gsize len;

	if (!g_file_get_contents(path, &content, &len, &error))
		return carom_fail(err, CAROM_MISUSE, "%s", error->message);
	if (memchr(content, '\0', len) != NULL || !g_utf8_validate(content, (gssize) len, NULL))
		return carom_fail(err, CAROM_MISUSE, "%s: not UTF-8 text", path);
	if (content_hash != NULL)
		g_checksum_update(content_hash, (const guchar *) content, (gssize) len);
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
carom_data_fail(const CaromDataLine *line, GError **err, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	return carom_fail(err, CAROM_MISUSE, "%s:%u: %s", line->file, line->number, what);
}
