/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay - a fuzz target without a fuzzer
 *
 * Usage: fuzz_NAME [FILE|FOLDER...]
 *
 * Gives each file to the target, TAP out. Without arguments: the seeds that
 * the build made and the regressions that are kept. A crash shows behind the
 * name of the file that caused it.
 */
#include "config.h"

#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int
by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* FALSE if the file can't be read. */
static gboolean
replay_file(const char *path)
{
	g_autofree char *content = NULL;
	g_autofree uint8_t *copy = NULL;
	gsize size;

	printf("# %s\n", path);
	fflush(stdout);
	if (!g_file_get_contents(path, &content, &size, NULL))
		return FALSE;
	copy = g_memdup2(
		content,
		size); /* without GLib's NUL behind it, so that reading past the end is seen */
	LLVMFuzzerTestOneInput(copy, size);
	return TRUE;
}

/* The number of files replayed below path, -1 if one can't be read. */
static int
replay(const char *path)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	struct stat st;
	DIR *dir;
	int total = 0;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return replay_file(path) ? 1 : -1;
	dir = opendir(path);
	if (dir == NULL)
		return -1;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.')
			g_ptr_array_add(names, g_build_filename(path, entry->d_name, NULL));
	closedir(dir);
	g_ptr_array_sort(names, by_name);
	for (guint i = 0; i < names->len; i++) {
		int n = replay(names->pdata[i]);

		if (n < 0)
			return -1;
		total += n;
	}
	return total;
}

static void
test(int number, const char *path, gboolean may_be_absent, int *failed)
{
	int n = may_be_absent && !g_file_test(path, G_FILE_TEST_EXISTS) ? 0 : replay(path);

	if (n < 0 || (n == 0 && !may_be_absent)) {
		printf("not ok %d - %s: %s\n", number, path,
		       n < 0 ? "can't be read" : "holds nothing to replay");
		*failed = 1;
	} else {
		printf("ok %d - %s: %d replayed\n", number, path, n);
	}
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *folder = g_path_get_dirname(self ? self : argv[0]);
	g_autofree char *name = g_path_get_basename(self ? self : argv[0]);
	const char *srcdir = g_getenv("srcdir");
	int failed = 0;

	LLVMFuzzerInitialize(&argc, &argv);
	if (argc > 1) {
		printf("1..%d\n", argc - 1);
		for (int i = 1; i < argc; i++)
			test(i, argv[i], FALSE, &failed);
	} else {
		g_autofree char *seeds =
			g_build_filename(folder, "seeds", name + strlen("fuzz_"), NULL);
		g_autofree char *kept =
			g_build_filename(srcdir ? srcdir : ".", "tests", "fuzz", "regressions",
					 name + strlen("fuzz_"), NULL);

		printf("1..2\n");
		test(1, seeds, FALSE, &failed);
		test(2, kept, TRUE, &failed);
	}
	return failed;
}
