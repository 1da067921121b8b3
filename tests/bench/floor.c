/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * floor - the least that reading mail with GMime costs
 *
 * Usage: floor FILE|FOLDER...
 *
 * Parses each file, walks all parts, decodes every text to UTF-8 and every
 * other part to bytes, reads every header value. What carom parse costs beyond
 * this is carom's own. Prints how many bytes came out, so that nothing is
 * optimised away.
 */
#include "config.h"

#include <dirent.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static guint64 bytes, messages;

static void
read_headers(GMimeObject *object)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(object);
	int n = g_mime_header_list_get_count(list);

	for (int i = 0; i < n; i++) {
		const char *value =
			g_mime_header_get_value(g_mime_header_list_get_header_at(list, i));

		bytes += value ? strlen(value) : 0;
	}
}

static void read_message(GMimeMessage *message);

static void
read_object(GMimeObject *parent, GMimeObject *object, gpointer user)
{
	(void) parent;
	(void) user;
	read_headers(object);
	if (GMIME_IS_MESSAGE_PART(object)) {
		GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));

		if (inner != NULL)
			read_message(inner);
	} else if (GMIME_IS_TEXT_PART(object)) {
		char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(object));

		bytes += text ? strlen(text) : 0;
		g_free(text);
	} else if (GMIME_IS_PART(object)) {
		GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(object));
		GMimeStream *null = g_mime_stream_null_new();

		if (content != NULL)
			bytes += (guint64) g_mime_data_wrapper_write_to_stream(content, null);
		g_object_unref(null);
	}
}

static void
read_message(GMimeMessage *message)
{
	GMimeObject *body = g_mime_message_get_mime_part(message);

	read_headers(GMIME_OBJECT(message));
	if (body == NULL)
		return;
	read_object(NULL, body, NULL);
	if (GMIME_IS_MULTIPART(body))
		g_mime_multipart_foreach(GMIME_MULTIPART(body), read_object, NULL);
}

static void
read_file(const char *path)
{
	char *content;
	gsize len;
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeMessage *message;

	if (!g_file_get_contents(path, &content, &len, NULL))
		return;
	stream = g_mime_stream_mem_new_with_buffer(content, len);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, NULL);
	if (message != NULL) {
		read_message(message);
		g_object_unref(message);
	}
	g_object_unref(parser);
	g_object_unref(stream);
	g_free(content);
	messages++;
}

static void
walk(const char *path)
{
	struct stat st;
	DIR *dir;

	if (stat(path, &st) < 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		read_file(path);
		return;
	}
	dir = opendir(path);
	if (dir == NULL)
		return;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.') {
			char *child = g_build_filename(path, entry->d_name, NULL);

			walk(child);
			g_free(child);
		}
	closedir(dir);
}

int
main(int argc, char **argv)
{
	g_mime_init();
	for (int i = 1; i < argc; i++)
		walk(argv[i]);
	printf("%" G_GUINT64_FORMAT " messages, %" G_GUINT64_FORMAT " bytes\n", messages, bytes);
	g_mime_shutdown();
	return 0;
}
