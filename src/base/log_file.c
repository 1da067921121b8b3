/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER 65536
#define TAIL 256 /* octets before a position that tell it from another file's */
#define JOURNAL "__CURSOR="
#define MAX_IDENTIFIER 255

struct CaromLogFile {
	char *path;
	gzFile in;
	gboolean may_seek, whole_lines; /* a last line without its end waits for it */
	gboolean is_journal, known;     /* known: the format was looked at */
	gboolean in_long_line;          /* the rest of a line is to be skipped */
	gint64 modified;
	char *buffer; /* [begin, end) is read and not consumed */
	gsize begin, end;
	gboolean at_end;
	guint64 position; /* of buffer + begin */
	char tail[TAIL];  /* consumed last, right-aligned */
	gsize tail_len;
	guint64 sound; /* position after the last whole entry, and the tail there */
	char sound_tail[TAIL];
	gsize sound_len;
	/* a journal's entry */
	GString *message;
	char host[MAX_IDENTIFIER + 1], tag[MAX_IDENTIFIER + 1];
};

CaromStatus
carom_log_file_open(const char *path, CaromLogFile **out, GError **err)
{
	gboolean is_pipe = strcmp(path, "-") == 0;
	int fd = is_pipe ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st = { 0 };
	CaromLogFile *file;

	*out = NULL;
	if (fd < 0 || fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
		int problem = fd < 0 ? errno : EISDIR;

		if (fd >= 0)
			close(fd);
		return carom_status_fail(err, CAROM_MISUSE, "%s: %s", path, g_strerror(problem));
	}
	file = g_new0(CaromLogFile, 1);
	file->path = g_strdup(is_pipe ? "standard input" : path);
	file->may_seek = S_ISREG(st.st_mode) && !is_pipe;
	file->modified = file->may_seek ? (gint64) st.st_mtime : g_get_real_time() / G_USEC_PER_SEC;
	file->in = gzdopen(fd, "rb");
	file->buffer = g_malloc(BUFFER);
	file->message = g_string_new(NULL);
	*out = file;
	return CAROM_OK;
}

/* ---- bytes --------------------------------------------------------------------------- */

/* Reads more, after what is left of the buffer. At the end of the file nothing. */
static CaromStatus
fill(CaromLogFile *file, GError **err)
{
	int n, code;
	const char *problem;

	memmove(file->buffer, file->buffer + file->begin, file->end - file->begin);
	file->end -= file->begin;
	file->begin = 0;
	if (file->at_end || file->end == BUFFER)
		return CAROM_OK;
	n = gzread(file->in, file->buffer + file->end, (unsigned) (BUFFER - file->end));
	if (n > 0) {
		file->end += (gsize) n;
		return CAROM_OK;
	}
	problem = gzerror(file->in, &code);
	file->at_end = code == Z_OK || code == Z_STREAM_END;
	if (file->at_end)
		return CAROM_OK;
	return carom_status_fail(err, CAROM_MALFORMED,
				 "%s: damaged after %" G_GUINT64_FORMAT " octets of text: %s",
				 file->path, file->position + file->end,
				 code == Z_ERRNO ? g_strerror(errno) : problem);
}

/* n octets of what was read are done with. */
static void
consume(CaromLogFile *file, gsize n)
{
	const gsize take = MIN(n, TAIL);
	const gsize keep = MIN(file->tail_len, TAIL - take);

	memmove(file->tail + TAIL - take - keep, file->tail + TAIL - keep, keep);
	memcpy(file->tail + TAIL - take, file->buffer + file->begin + n - take, take);
	file->tail_len = take + keep;
	file->begin += n;
	file->position += n;
}

/* Forgets all that was read: the file goes on elsewhere. */
static void
forget(CaromLogFile *file, guint64 position)
{
	file->begin = file->end = 0;
	file->tail_len = 0;
	file->at_end = file->in_long_line = FALSE;
	file->position = position;
}

/* The rest of a line that was too long. CAROM_ABSENT: it goes on to the end of the file. */
static CaromStatus
skip_rest(CaromLogFile *file, GError **err)
{
	while (file->in_long_line) {
		const gsize n = file->end - file->begin;
		const char *nl = memchr(file->buffer + file->begin, '\n', n);
		CaromStatus status;

		consume(file, nl ? (gsize) (nl - file->buffer) + 1 - file->begin : n);
		file->in_long_line = nl == NULL;
		if (nl != NULL)
			return CAROM_OK;
		if (file->at_end)
			return CAROM_ABSENT;
		status = fill(file, err);
		if (status != CAROM_OK)
			return status;
	}
	return CAROM_OK;
}

/* One line, without its end; of one that is too long the beginning. CAROM_ABSENT: there is no
 * whole one any more. */
static CaromStatus
next_line(CaromLogFile *file, CaromLogPiece *out, GError **err)
{
	const char *nl = NULL;
	CaromStatus status = skip_rest(file, err);

	while (status == CAROM_OK) {
		const gsize n = file->end - file->begin;

		nl = memchr(file->buffer + file->begin, '\n', n);
		if (nl != NULL || n == BUFFER)
			break;
		if (file->at_end && (n == 0 || file->whole_lines))
			return CAROM_ABSENT;
		if (file->at_end)
			break;
		status = fill(file, err);
	}
	if (status != CAROM_OK)
		return status;
	out->text = file->buffer + file->begin;
	out->len = nl ? (gsize) (nl - out->text) : file->end - file->begin;
	file->in_long_line = nl == NULL && !file->at_end;
	consume(file, out->len + (nl != NULL));
	out->len = MIN(out->len, CAROM_LOG_LINE_MAX);
	if (out->len > 0 && out->text[out->len - 1] == '\r')
		out->len--;
	return CAROM_OK;
}

/* ---- the journal's export format ------------------------------------------------------ */

/* n octets of a field that holds anything, of which the first are kept in value. */
static CaromStatus
read_binary(CaromLogFile *file, guint64 n, GString *value, GError **err)
{
	while (n > 0) {
		gsize piece;

		if (file->begin == file->end) {
			CaromStatus status = fill(file, err);

			if (status != CAROM_OK)
				return status;
			if (file->begin == file->end)
				return CAROM_ABSENT;
		}
		piece = (gsize) MIN(n, (guint64) (file->end - file->begin));
		if (value->len < CAROM_LOG_LINE_MAX)
			g_string_append_len(value, file->buffer + file->begin,
					    (gssize) MIN(piece, CAROM_LOG_LINE_MAX - value->len));
		consume(file, piece);
		n -= piece;
	}
	return CAROM_OK;
}

/* A field whose name stands alone on its line: its length in 8 octets, least first, and the
 * octets, and a line end. */
static CaromStatus
read_binary_field(CaromLogFile *file, GString *value, GError **err)
{
	g_autoptr(GString) octets = g_string_new(NULL);
	guint64 n = 0;
	CaromStatus status = read_binary(file, 8, octets, err);

	g_string_truncate(value, 0);
	if (status != CAROM_OK)
		return status;
	for (gsize i = 8; i-- > 0;)
		n = n << 8 | (guchar) octets->str[i];
	status = read_binary(file, n, value, err);
	if (status == CAROM_OK)
		status = read_binary(file, 1, octets, err);
	return status;
}

static void
keep(char *place, const char *value, gsize len)
{
	len = MIN(len, MAX_IDENTIFIER);
	memcpy(place, value, len);
	place[len] = '\0';
}

/* One field of an entry: those that tell of mail are kept. */
static void
take_field(CaromLogFile *file, CaromLogEntry *out, const char *name, gsize name_len,
	   const char *value, gsize len)
{
	static const char *const names[] = { "__REALTIME_TIMESTAMP", "_HOSTNAME",
					     "SYSLOG_IDENTIFIER", "MESSAGE" };
	gsize i = 0;

	while (i < G_N_ELEMENTS(names) &&
	       (strlen(names[i]) != name_len || memcmp(names[i], name, name_len) != 0))
		i++;
	switch (i) {
	case 0:
		keep(file->tag, value, len);
		out->time = g_ascii_strtoll(file->tag, NULL, 10) / G_USEC_PER_SEC;
		file->tag[0] = '\0';
		break;
	case 1:
		keep(file->host, value, len);
		break;
	case 2:
		keep(file->tag, value, len);
		break;
	case 3:
		g_string_truncate(file->message, 0);
		g_string_append_len(file->message, value, (gssize) len);
		break;
	default:
		break;
	}
}

/* Fields until an empty line. */
static CaromStatus
next_entry(CaromLogFile *file, CaromLogEntry *out, GError **err)
{
	g_autoptr(GString) binary = g_string_new(NULL);
	gboolean any = FALSE;
	CaromLogPiece line;
	CaromStatus status;

	file->host[0] = file->tag[0] = '\0';
	g_string_truncate(file->message, 0);
	while ((status = next_line(file, &line, err)) == CAROM_OK && (line.len > 0 || !any)) {
		const char *equals = memchr(line.text, '=', line.len);

		any |= line.len > 0;
		if (line.len == 0)
			continue;
		if (equals == NULL) {
			char name[64];
			const gsize n = MIN(line.len, sizeof name);

			memcpy(name, line.text, n); /* what is read next moves it */
			status = read_binary_field(file, binary, err);
			if (status != CAROM_OK)
				return status;
			take_field(file, out, name, n, binary->str, binary->len);
			continue;
		}
		take_field(file, out, line.text, (gsize) (equals - line.text), equals + 1,
			   line.len - (gsize) (equals + 1 - line.text));
	}
	if (status != CAROM_OK && !(status == CAROM_ABSENT && any && !file->whole_lines))
		return status;
	out->is_journal = TRUE;
	out->host = (CaromLogPiece){ file->host, strlen(file->host) };
	out->tag = (CaromLogPiece){ file->tag, strlen(file->tag) };
	out->text = (CaromLogPiece){ file->message->str, file->message->len };
	return CAROM_OK;
}

/* ---- entries ---------------------------------------------------------------------------- */

/* Sees the format by the first bytes. */
static CaromStatus
look(CaromLogFile *file, GError **err)
{
	CaromStatus status = CAROM_OK;

	while (status == CAROM_OK && !file->known && !file->at_end &&
	       file->end - file->begin < strlen(JOURNAL))
		status = fill(file, err);
	if (status != CAROM_OK || file->known)
		return status;
	file->known = TRUE;
	file->whole_lines = file->may_seek && gzdirect(file->in);
	file->is_journal = file->end - file->begin >= strlen(JOURNAL) &&
			   memcmp(file->buffer + file->begin, JOURNAL, strlen(JOURNAL)) == 0;
	return CAROM_OK;
}

static void
note_position(CaromLogFile *file)
{
	file->sound = file->position;
	memcpy(file->sound_tail, file->tail, TAIL);
	file->sound_len = file->tail_len;
}

CaromStatus
carom_log_file_next(CaromLogFile *file, CaromLogEntry *out, GError **err)
{
	CaromStatus status = look(file, err);

	*out = (CaromLogEntry){ 0 };
	if (status != CAROM_OK)
		return status;
	status = file->is_journal ? next_entry(file, out, err) : next_line(file, &out->line, err);
	if (status == CAROM_OK)
		note_position(file);
	return status;
}

/* ---- where it is ------------------------------------------------------------------------- */

guint64
carom_log_file_position(const CaromLogFile *file)
{
	return file->sound;
}

static char *
digest(const char *text, gsize len)
{
	return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) text, len);
}

char *
carom_log_file_tail(const CaromLogFile *file)
{
	return digest(file->sound_tail + TAIL - file->sound_len, file->sound_len);
}

char *
carom_log_file_first(CaromLogFile *file)
{
	const char *nl = NULL;
	gsize n = 0;

	if (look(file, NULL) != CAROM_OK)
		return NULL;
	while (nl == NULL) {
		n = file->end - file->begin;
		nl = memchr(file->buffer + file->begin, '\n', n);
		if (nl == NULL && (file->at_end || n == BUFFER))
			break;
		if (nl == NULL && fill(file, NULL) != CAROM_OK)
			return NULL;
	}
	if (nl == NULL && n < BUFFER)
		return NULL;
	return digest(file->buffer + file->begin,
		      nl ? (gsize) (nl - file->buffer) - file->begin : n);
}

/* Reads what stands before position into the tail. FALSE: the file is shorter. */
static gboolean
go_before(CaromLogFile *file, guint64 position)
{
	const guint64 from = position > TAIL ? position - TAIL : 0;
	const gsize n = (gsize) (position - from);

	if (position > G_MAXINT64 || gzseek(file->in, (z_off_t) from, SEEK_SET) != (z_off_t) from)
		return FALSE;
	forget(file, from);
	while (file->end < n && !file->at_end)
		if (fill(file, NULL) != CAROM_OK)
			return FALSE;
	if (file->end < n)
		return FALSE;
	consume(file, n);
	note_position(file);
	return TRUE;
}

gboolean
carom_log_file_resume(CaromLogFile *file, guint64 position, const char *tail)
{
	if (!file->may_seek || look(file, NULL) != CAROM_OK)
		return FALSE;
	if (go_before(file, position)) {
		g_autofree char *found = carom_log_file_tail(file);

		if (strcmp(found, tail) == 0)
			return TRUE;
	}
	gzclearerr(file->in);
	gzrewind(file->in);
	forget(file, 0);
	note_position(file);
	return FALSE;
}

gint64
carom_log_file_modified(const CaromLogFile *file)
{
	return file->modified;
}

void
carom_log_file_close(CaromLogFile *file)
{
	if (file == NULL)
		return;
	gzclose(file->in);
	g_string_free(file->message, TRUE);
	g_free(file->buffer);
	g_free(file->path);
	g_free(file);
}
