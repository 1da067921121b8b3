/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that an operator writes. The first byte says which: r(ules), b(locklists), p(roviders),
 * f(eedback loops), c(onfiguration), k(eys). */
#include "config.h"

#include "fuzz.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *folder;
static FuzzFile file, rules_file, blocklists_file;

static void
remove_folder(void)
{
	g_autofree char *rules = g_build_filename(folder, "rules", NULL);
	g_autofree char *link = g_build_filename(rules, "10-fuzz.rules", NULL);
	g_autofree char *blocklists = g_build_filename(folder, "blocklists", NULL);

	g_unlink(link);
	g_rmdir(rules);
	g_unlink(blocklists);
	g_rmdir(folder);
}

/* A data folder whose two files are ours. */
static void
make_folder(void)
{
	g_autofree char *rules = NULL, *link = NULL, *blocklists = NULL;

	folder = g_dir_make_tmp("carom-fuzz-XXXXXX", NULL);
	FUZZ_CHECK(folder != NULL);
	atexit(remove_folder);
	rules = g_build_filename(folder, "rules", NULL);
	link = g_build_filename(rules, "10-fuzz.rules", NULL);
	blocklists = g_build_filename(folder, "blocklists", NULL);
	fuzz_file_open(&file);
	fuzz_file_open(&rules_file);
	fuzz_file_open(&blocklists_file);
	FUZZ_CHECK(g_mkdir(rules, 0700) == 0 && symlink(rules_file.path, link) == 0 &&
		   symlink(blocklists_file.path, blocklists) == 0);
}

static void
count_problem(const char *where, const char *problem, void *user)
{
	FUZZ_CHECK(where != NULL && problem != NULL);
	++*(guint *) user;
}

static void
count_rule(const char *id, const char *category, const char *conditions, const char *where,
	   void *user)
{
	FUZZ_CHECK(id != NULL && category != NULL && conditions != NULL && where != NULL);
	++*(guint *) user;
}

static void
use_rules(GError **err)
{
	g_autoptr(CaromRules) rules = NULL;
	static const char *const texts[] = { "550 5.1.1 user unknown",
					     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
					     "listed at zen.example.org" };
	guint n = 0;

	if (carom_rules_load(folder, NULL, FALSE, &rules, err) != CAROM_OK)
		return;
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		const CaromReply reply = { .text = texts[i],
					   .status = "5.1.1",
					   .reply = "550",
					   .provider = "gmail",
					   .action = "failed" };
		CaromVerdict verdict;

		carom_rules_judge(rules, &reply, &verdict);
	}
	carom_rules_check(rules, fuzz_knowledge()->providers, count_problem, &n);
	n = 0;
	carom_rules_list(rules, count_rule, &n);
	FUZZ_CHECK(n == carom_rules_count(rules));
	FUZZ_CHECK(strlen(carom_rules_version(rules)) == 12);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char one_rule[] = "one user_unknown\n\t/user unknown/\n\t> 550 user unknown\n",
			  no_list[] = "# none\n";
	g_autoptr(CaromProviders) providers = NULL;
	g_autoptr(CaromFeedbackLoops) loops = NULL;
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromKeyring) keys = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *dump = NULL;
	CaromStatus status = CAROM_MISUSE;

	if (size == 0)
		return 0;
	if (folder == NULL)
		make_folder();
	fuzz_file_set(&file, data + 1, size - 1);
	switch (data[0]) {
	case 'r':
		fuzz_file_set(&rules_file, data + 1, size - 1);
		fuzz_file_set(&blocklists_file, no_list, strlen(no_list));
		use_rules(&error);
		return 0;
	case 'b':
		fuzz_file_set(&rules_file, one_rule, strlen(one_rule));
		fuzz_file_set(&blocklists_file, data + 1, size - 1);
		use_rules(&error);
		return 0;
	case 'p':
		status = carom_providers_load(file.path, &providers, &error);
		if (status == CAROM_OK)
			carom_provider_of(providers, "gmail.com", "mx.gmail-smtp-in.l.google.com",
					  "550 support.google.com/mail");
		break;
	case 'f':
		status = carom_feedback_loops_load(file.path, &loops, &error);
		break;
	case 'c':
		status = carom_config_load(file.path, TRUE, &config, &error);
		if (status == CAROM_OK)
			dump = carom_config_dump(config);
		break;
	case 'k':
		status = carom_keyring_load(file.path, &keys, &error);
		if (status == CAROM_OK)
			FUZZ_CHECK(strchr(CAROM_BASE32, carom_keyring_writer(keys)) != NULL);
		break;
	default:
		return 0;
	}
	FUZZ_CHECK((status == CAROM_OK) == (error == NULL));
	return 0;
}
