/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "http/head.h"

/* "Name:value" a line, as the HTTP library hands them over. */
static const char *
problem_of(const char *text)
{
	CaromHead head = { 0 };
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line != NULL && **line != '\0'; line++) {
		const char *colon = strchr(*line, ':');

		carom_head_add(&head, *line, (gsize) (colon - *line), colon + 1, strlen(colon + 1));
	}
	return carom_head_problem(&head);
}

static void
heads(void **state)
{
	static const struct {
		const char *text;
		const char *word; /* of the complaint; NULL: none */
	} rows[] = {
		{ "Host:a", NULL },
		{ "host:a\nCONTENT-LENGTH:0", NULL },
		{ "Host:a\nTransfer-Encoding:chunked", NULL },
		{ "Host:a\nTransfer-Encoding:Chunked", NULL },
		{ "Host:a\nX:a\tb \xc3\xbc", NULL },
		{ "", "Host" },
		{ "Host:a\nhost:a", "Host" },
		{ "Host:a\nContent-Length:4\nTransfer-Encoding:chunked", "more than once" },
		{ "Host:a\nContent-Length:4\nContent-Length:4", "more than once" },
		{ "Host:a\nTransfer-Encoding:chunked\nTransfer-Encoding:chunked",
		  "more than once" },
		{ "Host:a\nTransfer-Encoding:xchunked", "cannot be read" },
		{ "Host:a\nTransfer-Encoding:gzip, chunked", "cannot be read" },
		{ "Host:a\nTransfer-Encoding:", "cannot be read" },
		{ "Host:a\nContent-Length:+4", "cannot be read" },
		{ "Host:a\nContent-Length:4, 4", "cannot be read" },
		{ "Host:a\nContent-Length:", "cannot be read" },
		{ "Host:a\nContent-Length:0x4", "cannot be read" },
		{ "Host:a\nContent-Length:99999999999999999999", "cannot be read" },
		{ "Host:a\nContent-Length :4", "name" },
		{ "Host:a\n:4", "name" },
		{ "Host:a\nX\xc3\xbc:4", "name" },
		{ "Host:a\nX:a\rb", "control" },
		{ "Host:a\nX:a\x01", "control" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *problem = problem_of(rows[i].text);

		row_true(rows[i].text, (problem == NULL) == (rows[i].word == NULL));
		row_true(rows[i].text, problem == NULL || strstr(problem, rows[i].word) != NULL);
	}
}

static void
numbers(void **state)
{
	CaromHead head = { 0 };

	(void) state;
	carom_head_add(&head, "Host", 4, "a", 1);
	carom_head_add(&head, "Content-Length", 14, "1048576", 7);
	assert_int_equal(head.length, 1048576);
	carom_head_add(&head, "X", 1, "a\0b", 3);
	assert_non_null(carom_head_problem(&head));
	memset(&head, 0, sizeof head);
	carom_head_add(&head, "Host", 4, "a", 1);
	for (guint i = 1; i < CAROM_HEAD_FIELDS; i++)
		carom_head_add(&head, "X", 1, "", 0);
	assert_null(carom_head_problem(&head));
	carom_head_add(&head, "X", 1, "", 0);
	assert_non_null(carom_head_problem(&head));
}

UNIT_MAIN(cmocka_unit_test(heads), cmocka_unit_test(numbers))
