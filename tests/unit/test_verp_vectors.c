/* SPDX-License-Identifier: BSD-2-Clause */
/* Return addresses: the vectors that psql, Python, PHP and carom-verp(7) hold as well. */
#include "unit.h"

#include "verp/verp.h"

enum { KEY, SECRET, DAY, STREAM, SENDER, RECIPIENT, ID, EXPECTED, N_FIELDS };

static gint
day_number(const char *text)
{
	g_autofree char *time = g_strconcat(text, "T00:00:00Z", NULL);
	g_autoptr(GDateTime) then = g_date_time_new_from_iso8601(time, NULL);

	assert_non_null(then);
	return (gint) (g_date_time_to_unix(then) / 86400) - 18262;
}

static CaromKeyring *
load_key(const char *folder, char **v)
{
	g_autofree char *line = g_strdup_printf("%s %s\n", v[KEY], v[SECRET]);
	g_autofree char *path = unit_file(folder, "keys", line);
	CaromKeyring *keys;

	g_chmod(path, 0600);
	assert_int_equal(carom_keyring_load(path, &keys, NULL), CAROM_OK);
	return keys;
}

static void
check_read(const char *row, const CaromVerpSettings *settings, char **v, const char *address)
{
	gboolean token = strchr(v[EXPECTED], '=') == NULL;
	CaromVerp found;

	row_int(row, carom_verp_read(address, settings, day_number(v[DAY]), &found),
		CAROM_VERP_SIGNED);
	row_int(row, found.day, day_number(v[DAY]));
	row_int(row, found.stream, g_ascii_strtoull(v[STREAM], NULL, 10));
	row_int(row, found.key, v[KEY][0]);
	row_int(row, found.address_id, token ? g_ascii_strtoull(v[ID], NULL, 10) : 0);
	row_true(row, token == (found.recipient == NULL));
	row_true(row, token || g_ascii_strcasecmp(found.recipient, v[RECIPIENT]) == 0);
	row_true(row, g_ascii_strcasecmp(found.sender, v[SENDER]) == 0);
	carom_verp_clear(&found);
}

/* One octet of key, day, stream, number or MAC changed is another address, which we never wrote. */
static void
check_changed(const char *row, const CaromVerpSettings *settings, char **v)
{
	const char *at = strrchr(v[EXPECTED], '@');
	gsize signed_octets = strchr(v[EXPECTED], '=') ? CAROM_VERP_TAG : CAROM_VERP_TOKEN;

	for (gsize i = 1; i <= signed_octets; i++) {
		g_autofree char *changed = g_strdup(v[EXPECTED]);
		char *c = &changed[at - v[EXPECTED] - (gssize) i];
		CaromVerp found;

		*c = *c == 'q' ? 'r' : 'q';
		row_int(changed, carom_verp_read(changed, settings, day_number(v[DAY]), &found),
			CAROM_VERP_FORGED);
		carom_verp_clear(&found);
	}
	(void) row;
}

static void
check_vector(const char *folder, char **v)
{
	g_autoptr(CaromKeyring) keys = load_key(folder, v);
	const CaromVerpSettings settings = { .keys = keys, .delimiters = "+-", .lifetime = 30 };
	const guint stream = (guint) g_ascii_strtoull(v[STREAM], NULL, 10);
	g_autofree char *written = NULL, *upper = g_ascii_strup(v[EXPECTED], -1);
	g_autoptr(GError) error = NULL;
	CaromStatus status = carom_verp_write(&settings, v[SENDER], v[RECIPIENT], stream,
					      day_number(v[DAY]), &written, &error);

	if (strchr(v[EXPECTED], '=') == NULL) {
		g_autofree char *token = NULL;

		row_int(v[RECIPIENT], status, CAROM_MALFORMED);
		assert_int_equal(carom_verp_token(&settings, g_ascii_strtoull(v[ID], NULL, 10),
						  stream, day_number(v[DAY]), &token, NULL),
				 CAROM_OK);
		status = carom_verp_write_token(&settings, v[SENDER], token, &written, NULL);
	}
	row_int(v[RECIPIENT], status, CAROM_OK);
	row_string(v[RECIPIENT], written, v[EXPECTED]);
	check_read(v[RECIPIENT], &settings, v, v[EXPECTED]);
	check_read(v[RECIPIENT], &settings, v, upper);
	check_changed(v[RECIPIENT], &settings, v);
}

static void
vectors(void **state)
{
	const char *source = g_getenv("CAROM_SOURCE");
	g_autofree char *path =
		g_build_filename(source ? source : ".", "tests/unit/test_verp_vectors.txt", NULL);
	g_autofree char *folder = unit_folder(), *text = NULL;
	g_auto(GStrv) lines = NULL;
	guint n = 0;

	(void) state;
	if (!g_file_get_contents(path, &text, NULL, NULL))
		fail_msg("%s can't be read", path);
	lines = g_strsplit(text, "\n", 0);
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) v = g_strsplit(*line, "\t", 0);

		if (g_strv_length(v) < 2)
			continue;
		row_int(*line, g_strv_length(v), N_FIELDS);
		check_vector(folder, v);
		n++;
	}
	assert_true(n >= 12);
	unit_remove(folder);
}

UNIT_MAIN(cmocka_unit_test(vectors))
