/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "verp/keyring.h"

#include <sys/stat.h>

#define SECRET "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void
refuses_bad_files(void **state)
{
	static const struct {
		const char *text;
		int mode;
		const char *says;
	} rows[] = {
		{ "a " SECRET "\n", 0644, "may be read or changed by others" },
		{ "a " SECRET "\n", 0620, "may be read or changed by others" },
		{ "", 0600, "holds no key" },
		{ "# nothing\n\n", 0600, "holds no key" },
		{ "1 " SECRET "\n", 0600, "keys:1: a key's id is one of a-z and 2-7" },
		{ "A " SECRET "\n", 0600, "keys:1: a key's id" },
		{ "ab " SECRET "\n", 0600, "keys:1: a key's id" },
		{ "a\n", 0600, "keys:1: a key's secret is 64 hex digits" },
		{ "a " SECRET "00\n", 0600, "keys:1: a key's secret" },
		{ "\na x00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600,
		  "keys:2: a key's secret" },
		{ "a " SECRET "\na " SECRET "\n", 0600, "keys:2: key a stands here a second time" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *folder = unit_folder();
		g_autofree char *file = unit_file(folder, "keys", rows[i].text);
		CaromKeyring *ring;
		GError *error = NULL;

		g_chmod(file, rows[i].mode);
		row_int(rows[i].text, carom_keyring_load(file, &ring, &error), CAROM_MISUSE);
		row_true(rows[i].text, error == NULL || strstr(error->message, "0001020304") ==
								NULL); /* no secret in a message */
		row_error(rows[i].text, error, rows[i].says);
		unit_remove(folder);
	}
}

static void
makes_keys(void **state)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *file = g_build_filename(folder, "keys", NULL);
	GError *error = NULL;
	CaromKeyring *ring;
	struct stat st;
	guint8 one[32], two[32];
	char id = 0;

	(void) state;
	assert_int_equal(carom_keyring_load(file, &ring, &error), CAROM_MISUSE);
	row_error("absent", error, "verp newkey");
	for (int i = 0; i < 32; i++) {
		assert_int_equal(carom_keyring_new_key(file, &id, NULL), CAROM_OK);
		assert_int_equal(id, CAROM_BASE32[i]);
	}
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(carom_keyring_new_key(file, &id, &error), CAROM_MISUSE);
	row_error("one too many", error, "32 keys");
	assert_int_equal(carom_keyring_load(file, &ring, NULL), CAROM_OK);
	assert_int_equal(carom_keyring_writer(ring), CAROM_BASE32[31]);
	assert_true(carom_keyring_mac(ring, 'a', "text", 4, one));
	assert_true(carom_keyring_mac(ring, 'b', "text", 4, two));
	assert_memory_not_equal(one, two, 32);
	carom_keyring_free(ring);
	carom_keyring_free(NULL);
	unit_remove(folder);
}

/* A slip in the name must not put a secret into a file that others read, or that is no keys file.
 */
static void
adds_no_key_to_another_file(void **state)
{
	static const struct {
		const char *name, *text, *says;
		int mode;
	} rows[] = {
		{ "others may read it", "", "may be read or changed by others", 0644 },
		{ "keys that others may read", "a " SECRET "\n", "may be read or changed by others",
		  0604 },
		{ "carom.conf", "[bounce]\nkeys = /etc/carom/keys\n", "a key's id is one of",
		  0600 },
		{ "half a key", "a 00\n", "a key's secret is 64 hex digits", 0600 },
		{ "not text", "a " SECRET "\n\001\002\n", "a key's id is one of", 0600 },
	};
	g_autofree char *folder = unit_folder();
	char id;

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *file = unit_file(folder, "file", rows[i].text), *after = NULL;
		GError *error = NULL;

		g_chmod(file, rows[i].mode);
		row_int(rows[i].name, carom_keyring_new_key(file, &id, &error), CAROM_MISUSE);
		row_error(rows[i].name, error, rows[i].says);
		assert_true(g_file_get_contents(file, &after, NULL, NULL));
		row_string(rows[i].name, after, rows[i].text);
	}
	assert_int_equal(carom_keyring_new_key(folder, &id, NULL), CAROM_MISUSE);
	assert_int_equal(carom_keyring_new_key("/dev/null", &id, NULL), CAROM_MISUSE);
	unit_remove(folder);
}

static void
adds_a_line_of_its_own(void **state)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *file = unit_file(folder, "keys", "# ours\n\nb " SECRET " old");
	g_autoptr(CaromKeyring) ring = NULL;
	char id;

	(void) state;
	g_chmod(file, 0640);
	assert_int_equal(carom_keyring_new_key(file, &id, NULL), CAROM_OK);
	assert_int_equal(id, 'a');
	assert_int_equal(carom_keyring_load(file, &ring, NULL), CAROM_OK);
	assert_int_equal(carom_keyring_writer(ring), 'a');
	unit_remove(folder);
}

/* RFC 4231 has no vector for a 32-octet key; this one is Python's hmac over the same. */
static void
macs_as_others_do(void **state)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *file = unit_file(folder, "keys", "a " SECRET "\n");
	g_autofree char *want = NULL;
	g_autoptr(CaromKeyring) ring = NULL;
	GString *got = g_string_new(NULL);
	guint8 mac[32], key[32];

	(void) state;
	g_chmod(file, 0600);
	assert_int_equal(carom_keyring_load(file, &ring, NULL), CAROM_OK);
	assert_true(carom_keyring_mac(ring, 'a', "carom", 5, mac));
	assert_false(carom_keyring_mac(ring, 'b', "carom", 5, mac));
	for (int i = 0; i < 32; i++) {
		key[i] = (guint8) i;
		g_string_append_printf(got, "%02x", mac[i]);
	}
	want = g_compute_hmac_for_data(G_CHECKSUM_SHA256, key, 32, (const guchar *) "carom", 5);
	assert_string_equal(got->str, want);
	assert_string_equal(got->str,
			    "313c0d575d36e898d6429518434bb61afbc2c4496c60d4807ea9086f56580c20");
	g_string_free(got, TRUE);
	unit_remove(folder);
}

UNIT_MAIN(cmocka_unit_test(refuses_bad_files), cmocka_unit_test(makes_keys),
	  cmocka_unit_test(adds_no_key_to_another_file), cmocka_unit_test(adds_a_line_of_its_own),
	  cmocka_unit_test(macs_as_others_do))
