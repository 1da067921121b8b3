/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "base/csv.h"
#include "base/json.h"
#include "lists/list_check.h"
#include "store/suppressions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define PIECE (64 * 1024) /* octets read at once */
#define SUPPRESSED 1      /* exit code */

/* What is told of an entry, for programs. */
static const struct {
	const char *name;
	int column;
} told[] = {
	{ "account", CAROM_SUPPRESSION_ACCOUNT }, { "stream", CAROM_SUPPRESSION_STREAM },
	{ "reason", CAROM_SUPPRESSION_REASON },   { "source", CAROM_SUPPRESSION_SOURCE },
	{ "since", CAROM_SUPPRESSION_SINCE },     { "expires", CAROM_SUPPRESSION_EXPIRES },
};

typedef struct {
	const CaromRenderer *renderer;
	gboolean suppressed, malformed; /* there was one */
} Answers;

static const char *
word_of(const CaromListAnswer *answer)
{
	if (answer->address == NULL)
		return "no address";
	return answer->row < 0 ? "may be mailed" : "suppressed";
}

static const char *
cell(const CaromListAnswer *answer, int column)
{
	const char *text = answer->row < 0 ? NULL
					   : carom_table_cell(answer->table, (guint) answer->row,
							      (guint) column);

	return text ? text : "";
}

static void
append_text(GString *out, const CaromListAnswer *answer)
{
	const char *until = cell(answer, CAROM_SUPPRESSION_EXPIRES);

	g_string_append_printf(out, "%s: %s", answer->given, word_of(answer));
	if (answer->problem != NULL)
		g_string_append_printf(out, ": %s", answer->problem);
	else if (answer->row >= 0)
		g_string_append_printf(out, ": %s (%s) since %s, %s%s",
				       cell(answer, CAROM_SUPPRESSION_REASON),
				       cell(answer, CAROM_SUPPRESSION_SOURCE),
				       cell(answer, CAROM_SUPPRESSION_SINCE),
				       *until ? "until " : "for good", until);
	g_string_append_c(out, '\n');
}

static void
append_csv(GString *out, const CaromListAnswer *answer)
{
	carom_csv_text(out, answer->given);
	g_string_append_c(out, ',');
	carom_csv_text(out, word_of(answer));
	for (gsize i = 0; i < G_N_ELEMENTS(told); i++) {
		g_string_append_c(out, ',');
		carom_csv_text(out, cell(answer, told[i].column));
	}
	g_string_append(out, "\r\n");
}

static void
append_json(GString *out, const CaromListAnswer *answer)
{
	carom_json_begin_object(out);
	carom_json_member(out, "given", answer->given);
	carom_json_member(out, "address", answer->address);
	carom_json_member(out, "problem", answer->problem);
	if (answer->address != NULL) {
		carom_json_name(out, "suppressed");
		carom_json_boolean(out, answer->row >= 0);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(told); i++)
		if (*cell(answer, told[i].column) != '\0')
			carom_json_member(out, told[i].name, cell(answer, told[i].column));
	carom_json_end_object(out);
	g_string_append_c(out, '\n');
}

static CaromStatus
print_answer(const CaromListAnswer *answer, void *user, GError **err)
{
	Answers *answers = user;
	g_autoptr(GString) out = g_string_sized_new(200);

	(void) err;
	answers->suppressed |= answer->row >= 0;
	answers->malformed |= answer->address == NULL;
	if (answers->renderer == &carom_render_json)
		append_json(out, answer);
	else if (answers->renderer == &carom_render_csv)
		append_csv(out, answer);
	else
		append_text(out, answer);
	/* a failure is told by cmd_finish() */
	(void) !fwrite(out->str, 1, out->len, stdout);
	return CAROM_OK;
}

static void
print_names(void)
{
	fputs("given,answer", stdout);
	for (gsize i = 0; i < G_N_ELEMENTS(told); i++)
		printf(",%s", told[i].name);
	fputs("\r\n", stdout);
}

int
cmd_suppress_check_file(CaromStore *store, const char *name, const char *account,
			const char *stream, const CaromRenderer *renderer)
{
	Answers answers = { .renderer = renderer };
	g_autoptr(CaromListCheck) check =
		carom_list_check_new(store, account, stream, print_answer, &answers);
	g_autofree char *piece = g_malloc(PIECE);
	g_autoptr(GError) error = NULL;
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	CaromStatus status = CAROM_OK;
	gsize n;

	if (file == NULL)
		status = carom_status_fail(&error, CAROM_MISUSE, "%s: %s", name, g_strerror(errno));
	else if (renderer == &carom_render_csv)
		print_names();
	while (status == CAROM_OK && (n = fread(piece, 1, PIECE, file)) > 0)
		status = carom_list_check_push(check, piece, n, &error);
	if (status == CAROM_OK && ferror(file))
		status = carom_status_fail(&error, CAROM_MISUSE, "%s: %s", name, g_strerror(errno));
	if (status == CAROM_OK)
		status = carom_list_check_end(check, &error);
	if (file != NULL && file != stdin)
		fclose(file);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	if (answers.malformed)
		return EX_DATAERR;
	return answers.suppressed ? SUPPRESSED : EX_OK;
}
