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

CaromStatus
carom_keyring_load(const char *file, CaromKeyring **out, GError **err)
{
	g_autoptr(CaromKeyring) ring = g_new0(CaromKeyring, 1);
	g_autofree char *content = NULL;
	g_autoptr(GError) error = NULL;
	struct stat st;
	guint number = 0;

	*out = NULL;
	if (stat(file, &st) < 0)
		return carom_status_fail(err, CAROM_MISUSE,
					 "keys: %s: %s (carom verp newkey makes one)", file,
					 g_strerror(errno));
	if (st.st_mode & (S_IWGRP | S_IRWXO))
		return carom_status_fail(
			err, CAROM_MISUSE,
			"keys: %s may be read or changed by others; chmod 0600 or 0640", file);
	if (!g_file_get_contents(file, &content, NULL, &error))
		return carom_status_fail(err, CAROM_MISUSE, "keys: %s", error->message);
	for (char *p = content, *next; p != NULL; p = next) {
		CaromStatus status;

		next = strchr(p, '\n');
		if (next != NULL)
			*next++ = '\0';
		number++;
		g_strstrip(p);
		if (*p == '\0' || *p == '#')
			continue;
		status = read_key(ring, file, number, p, err);
		explicit_bzero(p, strlen(p));
		if (status != CAROM_OK)
			return status;
	}
	if (ring->n == 0)
		return carom_status_fail(err, CAROM_MISUSE,
					 "keys: %s holds no key (carom verp newkey adds one)",
					 file);
	*out = g_steal_pointer(&ring);
	return CAROM_OK;
}

/* The first id that no key of the file has. */
static char
free_id(const char *content)
{
	for (const char *id = CAROM_BASE32; *id; id++) {
		gboolean taken = FALSE;

		for (const char *p = content; p != NULL && *p;
		     p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
			taken |= p[0] == *id && (p[1] == ' ' || p[1] == '\t');
		if (!taken)
			return *id;
	}
	return '\0';
}

static CaromStatus
append_key(int fd, const char *file, char *id, GError **err)
{
	g_autofree char *content = NULL;
	g_autoptr(GString) line = g_string_new(NULL);
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *day = g_date_time_format(now, "%Y-%m-%d");
	guint8 secret[CAROM_KEY_BYTES];
	CaromStatus status = CAROM_OK;

	if (!g_file_get_contents(file, &content, NULL, NULL))
		return carom_status_fail(err, CAROM_MISUSE, "keys: %s: %s", file,
					 g_strerror(errno));
	*id = free_id(content);
	if (*id == '\0')
		return carom_status_fail(
			err, CAROM_MISUSE,
			"keys: %s holds %d keys; take out those whose addresses have expired", file,
			MAX_KEYS);
	if (getrandom(secret, sizeof secret, 0) != sizeof secret)
		return carom_status_fail(err, CAROM_RETRY, "keys: no random bytes: %s",
					 g_strerror(errno));
	g_string_append_printf(line, "%s%c ",
			       *content && !g_str_has_suffix(content, "\n") ? "\n" : "", *id);
	for (guint i = 0; i < sizeof secret; i++)
		g_string_append_printf(line, "%02x", secret[i]);
	g_string_append_printf(line, " made %s\n", day);
	if (write(fd, line->str, line->len) != (gssize) line->len || fsync(fd) < 0)
		status = carom_status_fail(err, CAROM_RETRY, "keys: %s: %s", file,
					   g_strerror(errno));
	explicit_bzero(secret, sizeof secret);
	explicit_bzero(line->str, line->len);
	explicit_bzero(content, strlen(content));
	return status;
}

CaromStatus
carom_keyring_new_key(const char *file, char *id, GError **err)
{
	int fd = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	CaromStatus status;

	if (fd < 0)
		return carom_status_fail(err, CAROM_MISUSE, "keys: %s: %s", file,
					 g_strerror(errno));
	flock(fd, LOCK_EX);
	status = append_key(fd, file, id, err);
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
