/* SPDX-License-Identifier: BSD-2-Clause */
/* mailboxes.tsv holds the program to the same answers as carom._canonical() in SQL, which
 * tests/e2e/spellings.py asks. */
#include "unit.h"

#include "mail/canonical.h"

#include <string.h>

static CaromCanonical *canonical;
static guint asked;

static void
take_line(const char *line)
{
	g_auto(GStrv) cells = g_strsplit(line, "\t", -1);
	guint n = g_strv_length(cells);
	g_autofree char *got = NULL;

	if (*line == '#' || *line == '\0')
		return;
	if (strcmp(cells[0], "rule") == 0 && n == 5) {
		const CaromCanonicalRule rule = { cells[1], cells[2], *cells[3] == '1', cells[4] };

		carom_canonical_add(canonical, &rule);
		return;
	}
	row_int(line, n, 2);
	asked++;
	got = carom_canonical_of(canonical, cells[0]);
	row_string(line, got ? got : "-", cells[1]);
}

static void
as_the_vectors_have_it(void **state)
{
	const char *source = g_getenv("CAROM_SOURCE");
	g_autofree char *path =
		g_build_filename(source ? source : ".", "tests/unit/mailboxes.tsv", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	(void) state;
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	canonical = carom_canonical_new();
	assert_true(carom_canonical_is_empty(canonical));
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++)
		take_line(lines[i]);
	assert_true(asked > 1000);
	carom_canonical_free(canonical);
}

/* Without rules every address is a mailbox. */
static void
nothing_without_a_rule(void **state)
{
	(void) state;
	assert_true(carom_canonical_is_empty(NULL));
	assert_null(carom_canonical_of(NULL, "a.b+c@gmail.com"));
	carom_canonical_free(NULL);
}

UNIT_MAIN(cmocka_unit_test(as_the_vectors_have_it), cmocka_unit_test(nothing_without_a_rule))
