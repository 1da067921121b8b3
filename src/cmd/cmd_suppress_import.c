/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "base/json.h"
#include "lists/list_import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define PIECE (64 * 1024)                   /* octets read at once */
#define MOST_FAULTS 20                      /* that are printed */
#define PROGRESS_PAUSE (G_USEC_PER_SEC / 5) /* between two states of the progress bar */
#define BAR 30                              /* columns */

typedef struct {
	const char *name; /* of the file, for messages */
	guint64 n_faults;
	gboolean bar; /* one stands on the terminal */
} Faults;

static void
wipe_bar(Faults *faults)
{
	if (faults->bar)
		fputs("\r\033[K", stderr);
	faults->bar = FALSE;
}

static void
print_fault(const CaromListFault *fault, void *user)
{
	Faults *faults = user;

	if (++faults->n_faults > MOST_FAULTS)
		return;
	wipe_bar(faults);
	fprintf(stderr, "carom: %s: line %" G_GUINT64_FORMAT, faults->name, fault->line);
	if (fault->column > 0)
		fprintf(stderr, ", column %u", fault->column);
	if (fault->name != NULL)
		fprintf(stderr, " (%s)", fault->name);
	fprintf(stderr, ": %s\n", fault->reason);
}

/* ---- progress -------------------------------------------------------------------------- */

typedef struct {
	gint64 size; /* of the file; 0: not known */
	gint64 done;
	gint64 shown_at;
} Progress;

static void
show_progress(Progress *progress, guint64 rows, Faults *faults)
{
	gint64 now = g_get_monotonic_time();
	char bar[BAR + 1];
	gsize full;

	if (!isatty(STDERR_FILENO) || now - progress->shown_at < PROGRESS_PAUSE)
		return;
	progress->shown_at = now;
	faults->bar = TRUE;
	if (progress->size <= 0) {
		fprintf(stderr, "\r%" G_GUINT64_FORMAT " rows\033[K", rows);
		return;
	}
	full = (gsize) (MIN(progress->done, progress->size) * BAR / progress->size);
	memset(bar, ' ', BAR);
	memset(bar, '#', full);
	bar[BAR] = '\0';
	fprintf(stderr, "\r[%s] %3d %%, %" G_GUINT64_FORMAT " rows\033[K", bar,
		(int) (MIN(progress->done, progress->size) * 100 / progress->size), rows);
}

/* ---- the file -------------------------------------------------------------------------- */

static CaromStatus
open_file(const char *name, int *fd, Progress *progress, GError **err)
{
	struct stat st;

	*fd = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &st) != 0)
		return carom_status_fail(err, CAROM_MISUSE, "%s: %s", name, g_strerror(errno));
	if (S_ISDIR(st.st_mode))
		return carom_status_fail(err, CAROM_MISUSE, "%s is a folder, not a file", name);
	progress->size = S_ISREG(st.st_mode) ? st.st_size : 0;
	return CAROM_OK;
}

static CaromStatus
push_file(CaromListImport *import, const char *name, Faults *faults, GError **err)
{
	g_autofree char *piece = g_malloc(PIECE);
	Progress progress = { 0 };
	int fd;
	ssize_t n = 0;
	CaromStatus status = open_file(name, &fd, &progress, err);

	while (status == CAROM_OK && (n = read(fd, piece, PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			status = carom_status_fail(err, CAROM_MISUSE, "%s: %s", name,
						   g_strerror(errno));
		else
			status = carom_list_import_push(import, piece, (gsize) n, err);
		progress.done += n;
		show_progress(&progress, carom_list_import_so_far(import)->rows, faults);
	}
	if (fd > STDIN_FILENO)
		close(fd);
	return status;
}

/* ---- what came of it ------------------------------------------------------------------- */

static void
print_json(const CaromListImported *done, gboolean dry_run)
{
	const struct {
		const char *name;
		gint64 value;
	} numbers[] = { { "rows", (gint64) done->rows },    { "faults", (gint64) done->faults },
			{ "added", done->counts.added },    { "replaced", done->counts.replaced },
			{ "kept", done->counts.kept },      { "repeated", done->counts.repeated },
			{ "expired", done->counts.expired } };
	g_autoptr(GString) out = g_string_new(NULL);

	carom_json_begin_object(out);
	carom_json_name(out, "dry_run");
	carom_json_boolean(out, dry_run);
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		carom_json_member_integer(out, numbers[i].name, numbers[i].value);
	carom_json_end_object(out);
	puts(out->str);
}

static void
print_text(const CaromListImported *done, gboolean dry_run)
{
	const CaromBulkCounts *c = &done->counts;

	printf("%" G_GUINT64_FORMAT " rows: %" G_GINT64_FORMAT " %sadded, %" G_GINT64_FORMAT
	       " %sreplaced (on the list for less), %" G_GINT64_FORMAT " kept as they are",
	       done->rows, c->added, dry_run ? "would be " : "", c->replaced,
	       dry_run ? "would be " : "", c->kept);
	if (c->repeated > 0)
		printf(", %" G_GINT64_FORMAT " repeated in the file", c->repeated);
	if (c->expired > 0)
		printf(", %" G_GINT64_FORMAT " expired already", c->expired);
	putchar('\n');
}

typedef struct {
	char *account, *stream, *reason, *form, *list, *author, *format;
	gboolean dry_run;
} Options;

static CaromStatus
run_import(CaromStore *store, const Options *o, const char *name, GError **err)
{
	Faults faults = { .name = strcmp(name, "-") == 0 ? "standard input" : name };
	const CaromListImportOptions options = {
		.reading = { .format = o->form ? carom_list_format_find(o->form) : NULL,
			     .list = o->list,
			     .account = o->account,
			     .stream = o->stream,
			     .reason = o->reason },
		.author = o->author,
		.dry_run = o->dry_run,
		.fault = print_fault,
		.user = &faults,
	};
	g_autoptr(CaromListImport) import = carom_list_import_new(store, &options);
	CaromListImported done;
	CaromStatus status = push_file(import, name, &faults, err);

	if (status == CAROM_OK)
		status = carom_list_import_end(import, &done, err);
	wipe_bar(&faults);
	if (faults.n_faults > MOST_FAULTS)
		fprintf(stderr, "carom: %s: and %" G_GUINT64_FORMAT " more\n", faults.name,
			faults.n_faults - MOST_FAULTS);
	if (status != CAROM_OK) {
		g_prefix_error(err, "%s: ", faults.name);
		return status;
	}
	if (o->format != NULL)
		print_json(&done, o->dry_run);
	else
		print_text(&done, o->dry_run);
	return CAROM_OK;
}

/* EX_OK, or the exit code of what was said to be wrong. */
static int
check_options(const Options *o, int argc)
{
	gsize n;
	const CaromListFormat *const *formats = carom_list_formats(&n);
	g_autoptr(GString) names = g_string_new(NULL);

	for (gsize i = 0; i < n; i++)
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", formats[i]->name);
	if (argc != 2)
		return cmd_usage("suppress import wants one file, or - for standard input");
	if (o->form != NULL && carom_list_format_find(o->form) == NULL)
		return cmd_usage("suppress import: there is no form \"%s\"; there are %s", o->form,
				 names->str);
	if (o->format != NULL && strcmp(o->format, "json") != 0 && strcmp(o->format, "text") != 0)
		return cmd_usage("suppress import: --format is text or json, not \"%s\"",
				 o->format);
	if (o->stream != NULL && o->account == NULL)
		return cmd_usage("suppress import: --stream \"%s\" is a stream of which --account?",
				 o->stream);
	return EX_OK;
}

int
cmd_suppress_import(int argc, char **argv)
{
	Options o = { 0 };
	const GOptionEntry options[] = {
		{ "account", 'a', 0, G_OPTION_ARG_STRING, &o.account,
		  "of this account, where the file does not say", "NAME" },
		{ "stream", 's', 0, G_OPTION_ARG_STRING, &o.stream, "of this stream of the account",
		  "NAME" },
		{ "reason", 'r', 0, G_OPTION_ARG_STRING, &o.reason,
		  "why, where the file does not say", "WORDS" },
		{ "author", 0, 0, G_OPTION_ARG_STRING, &o.author, "who does it", "NAME" },
		{ "form", 'F', 0, G_OPTION_ARG_STRING, &o.form,
		  "whose file it is, where its columns don't tell", "NAME" },
		{ "list", 'l', 0, G_OPTION_ARG_STRING, &o.list,
		  "which of the provider's lists it is", "NAME" },
		{ "dry-run", 0, 0, G_OPTION_ARG_NONE, &o.dry_run, "only say what would come of it",
		  NULL },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &o.format, "text or json", "FORMAT" },
		G_OPTION_ENTRY_NULL
	};
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(GError) error = NULL;
	int code;

	if (!cmd_options(
		    &argc, &argv, options, "FILE|-",
		    "Takes a file of suppressed addresses into the lists, whole or not at all.",
		    NULL))
		return EX_USAGE;
	code = check_options(&o, argc);
	if (code == EX_OK) {
		CaromStatus status = cmd_open_store(&config, &store, &error);

		if (g_strcmp0(o.format, "text") == 0)
			g_clear_pointer(&o.format, g_free);
		if (status == CAROM_OK)
			status = run_import(store, &o, argv[1], &error);
		if (status != CAROM_OK)
			code = cmd_fail(status, &error);
	}
	g_free(o.account);
	g_free(o.stream);
	g_free(o.reason);
	g_free(o.author);
	g_free(o.form);
	g_free(o.list);
	g_free(o.format);
	return code;
}
