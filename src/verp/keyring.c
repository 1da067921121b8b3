/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "verp/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_KEYS 32
#define MAX_FILE 65536 /* octets of a keys file, with its notes */

typedef struct {
	char id;
	guint8 secret[CAROM_KEY_BYTES];
} Key;

struct CaromKeyring {
	Key keys[MAX_KEYS];
	guint n;
};

void
carom_keyring_free(CaromKeyring *ring)
{
	if (ring == NULL)
		return;
	explicit_bzero(ring, sizeof *ring);
	g_free(ring);
}

/* The Key of that id, or NULL. */
static const Key *
find_key(const CaromKeyring *ring, char id)
{
	for (guint i = 0; i < ring->n; i++)
		if (ring->keys[i].id == id)
			return &ring->keys[i];
	return NULL;
}

static CaromStatus
read_key(CaromKeyring *ring, const char *file, guint number, char *line, GError **err)
{
	g_auto(GStrv) words = g_strsplit_set(line, " \t", 3);
	Key *key = &ring->keys[ring->n];

	if (ring->n == MAX_KEYS)
		return carom_status_fail(
			err, CAROM_MISUSE,
			"%s:%u: more than %d keys; take out those whose addresses have expired",
			file, number, MAX_KEYS);
	if (words[0] == NULL || strlen(words[0]) != 1 || strchr(CAROM_BASE32, words[0][0]) == NULL)
		return carom_status_fail(err, CAROM_MISUSE,
					 "%s:%u: a key's id is one of a-z and 2-7", file, number);
	if (find_key(ring, words[0][0]) != NULL)
		return carom_status_fail(err, CAROM_MISUSE,
					 "%s:%u: key %c stands here a second time", file, number,
					 words[0][0]);
	if (words[1] == NULL || strlen(words[1]) != 2 * CAROM_KEY_BYTES)
		return carom_status_fail(err, CAROM_MISUSE,
					 "%s:%u: a key's secret is %d hex digits", file, number,
					 2 * CAROM_KEY_BYTES);
	key->id = words[0][0];
	for (guint i = 0; i < CAROM_KEY_BYTES; i++) {
		int hi = g_ascii_xdigit_value(words[1][2 * i]),
		    lo = g_ascii_xdigit_value(words[1][2 * i + 1]);

		if (hi < 0 || lo < 0)
			return carom_status_fail(err, CAROM_MISUSE,
						 "%s:%u: a key's secret is %d hex digits", file,
						 number, 2 * CAROM_KEY_BYTES);
		key->secret[i] = (guint8) (hi * 16 + lo);
	}
	ring->n++;
	explicit_bzero(words[1], strlen(words[1]));
	return CAROM_OK;
}

CaromKeyring *
carom_keyring_new(void)
{
	return g_new0(CaromKeyring, 1);
}

/* The lines of a keys file; an empty one makes an empty ring. Wipes content. */
static CaromStatus
read_lines(CaromKeyring *ring, const char *file, char *content, GError **err)
{
	CaromStatus status = CAROM_OK;
	guint number = 0;

	for (char *p = content, *next; p != NULL && status == CAROM_OK; p = next) {
		next = strchr(p, '\n');
		if (next != NULL)
			*next++ = '\0';
		number++;
		g_strstrip(p);
		if (*p == '\0' || *p == '#')
			continue;
		status = read_key(ring, file, number, p, err);
		explicit_bzero(p, strlen(p));
	}
	return status;
}

/* Nobody but its owner and group has to do with it. */
static CaromStatus
check_mode(const struct stat *st, const char *file, GError **err)
{
	if (!S_ISREG(st->st_mode))
		return carom_status_fail(err, CAROM_MISUSE, "keys: %s is no file", file);
	if (st->st_mode & (S_IWGRP | S_IRWXO))
		return carom_status_fail(
			err, CAROM_MISUSE,
			"keys: %s may be read or changed by others; chmod 0600 or 0640", file);
	return CAROM_OK;
}

/* All that fd gives, up to MAX_FILE octets. The caller wipes it. */
static CaromStatus
read_all(int fd, const char *name, GString *out, GError **err)
{
	char buffer[1024];
	gssize n;

	while ((n = read(fd, buffer, sizeof buffer)) > 0 && out->len <= MAX_FILE)
		g_string_append_len(out, buffer, n);
	explicit_bzero(buffer, sizeof buffer);
	if (n < 0)
		return carom_status_fail(err, CAROM_MISUSE, "keys: %s: %s", name,
					 g_strerror(errno));
	if (out->len > MAX_FILE || strlen(out->str) != out->len)
		return carom_status_fail(err, CAROM_MISUSE, "keys: %s is no file of keys", name);
	return CAROM_OK;
}

CaromStatus
carom_keyring_read(int fd, const char *name, CaromKeyring **out, GError **err)
{
	g_autoptr(CaromKeyring) ring = carom_keyring_new();
	g_autoptr(GString) content = g_string_sized_new(MAX_FILE);
	struct stat st;
	CaromStatus status = CAROM_OK;

	*out = NULL;
	if (fstat(fd, &st) < 0)
		return carom_status_fail(err, CAROM_MISUSE, "keys: %s: %s", name,
					 g_strerror(errno));
	if (!S_ISFIFO(st.st_mode))
		status = check_mode(&st, name, err);
	if (status == CAROM_OK)
		status = read_all(fd, name, content, err);
	if (status == CAROM_OK)
		status = read_lines(ring, name, content->str, err);
	explicit_bzero(content->str, content->len);
	if (status == CAROM_OK && ring->n == 0)
		return carom_status_fail(err, CAROM_MISUSE,
					 "keys: %s holds no key (carom verp newkey adds one)",
					 name);
	if (status == CAROM_OK)
		*out = g_steal_pointer(&ring);
	return status;
}

CaromStatus
carom_keyring_load(const char *file, CaromKeyring **out, GError **err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	CaromStatus status;

	*out = NULL;
	if (fd < 0)
		return carom_status_fail(err, CAROM_MISUSE, "keys: %s: %s%s", file,
					 g_strerror(errno),
					 errno == ENOENT ? " (carom verp newkey makes one)" : "");
	status = carom_keyring_read(fd, file, out, err);
	close(fd);
	return status;
}

/* The first id that no key has; '\0' if all are taken. */
static char
free_id(const CaromKeyring *ring)
{
	for (const char *id = CAROM_BASE32; *id; id++)
		if (find_key(ring, *id) == NULL)
			return *id;
	return '\0';
}

/* A line of the file, with a secret that nobody knows yet. The caller wipes it. */
static CaromStatus
make_line(char id, GString *out, GError **err)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *day = g_date_time_format(now, "%Y-%m-%d");
	guint8 secret[CAROM_KEY_BYTES];

	if (getrandom(secret, sizeof secret, 0) != sizeof secret)
		return carom_status_fail(err, CAROM_RETRY, "keys: no random bytes: %s",
					 g_strerror(errno));
	g_string_append_printf(out, "%c ", id);
	for (guint i = 0; i < sizeof secret; i++)
		g_string_append_printf(out, "%02x", secret[i]);
	g_string_append_printf(out, " made %s\n", day);
	explicit_bzero(secret, sizeof secret);
	return CAROM_OK;
}

/*
 * A secret goes only into what is a keys file already, or new: a slip in the
 * name must not put it into a file that everybody reads.
 */
static CaromStatus
append_key(int fd, const char *file, char *id, GError **err)
{
	g_autoptr(CaromKeyring) ring = carom_keyring_new();
	g_autofree char *content = NULL;
	g_autoptr(GString) line = g_string_sized_new(128);
	g_autoptr(GError) error = NULL;
	struct stat st;
	CaromStatus status;

	if (fstat(fd, &st) < 0)
		return carom_status_fail(err, CAROM_MISUSE, "keys: %s: %s", file,
					 g_strerror(errno));
	status = check_mode(&st, file, err);
	if (status != CAROM_OK)
		return status;
	if (!g_file_get_contents(file, &content, NULL, &error))
		return carom_status_fail(err, CAROM_MISUSE, "keys: %s", error->message);
	if (*content != '\0' && !g_str_has_suffix(content, "\n"))
		g_string_append_c(line, '\n');
	if (strlen(content) != (gsize) st.st_size)
		return carom_status_fail(err, CAROM_MISUSE, "keys: %s is no file of keys", file);
	status = read_lines(ring, file, content, err);
	*id = free_id(ring);
	if (status == CAROM_OK && *id == '\0')
		return carom_status_fail(
			err, CAROM_MISUSE,
			"keys: %s holds %d keys; take out those whose addresses have expired", file,
			MAX_KEYS);
	if (status == CAROM_OK)
		status = make_line(*id, line, err);
	if (status == CAROM_OK &&
	    (write(fd, line->str, line->len) != (gssize) line->len || fsync(fd) < 0)) {
		status = carom_status_fail(err, CAROM_RETRY, "keys: %s: %s", file,
					   g_strerror(errno));
		(void) !ftruncate(fd, st.st_size); /* half a key would end all that read it */
	}
	explicit_bzero(line->str, line->len);
	return status;
}

CaromStatus
carom_keyring_new_key(const char *file, char *id, GError **err)
{
	int fd = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
	CaromStatus status;

	if (fd < 0)
		return carom_status_fail(err, CAROM_MISUSE, "keys: %s: %s", file,
					 g_strerror(errno));
	flock(fd, LOCK_EX);
	status = append_key(fd, file, id, err);
	if (status != CAROM_OK)
		g_prefix_error(err, "no key was added: ");
	close(fd);
	return status;
}

char
carom_keyring_writer(const CaromKeyring *ring)
{
	return ring->keys[ring->n - 1].id;
}

gboolean
carom_keyring_secret(const CaromKeyring *ring, guint index, char *id,
		     char hex[2 * CAROM_KEY_BYTES + 1])
{
	if (index >= ring->n)
		return FALSE;
	*id = ring->keys[index].id;
	for (guint i = 0; i < CAROM_KEY_BYTES; i++)
		g_snprintf(hex + 2 * i, 3, "%02x", ring->keys[index].secret[i]);
	return TRUE;
}

gboolean
carom_keyring_mac(const CaromKeyring *ring, char id, const char *text, gsize len, guint8 mac[32])
{
	const Key *key = find_key(ring, id);
	gsize mac_len = 32;
	GHmac *hmac;

	if (key == NULL)
		return FALSE;
	hmac = g_hmac_new(G_CHECKSUM_SHA256, key->secret, sizeof key->secret);
	g_hmac_update(hmac, (const guchar *) text, (gssize) len);
	g_hmac_get_digest(hmac, mac, &mac_len);
	g_hmac_unref(hmac);
	return TRUE;
}
