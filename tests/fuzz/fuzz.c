/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "config.h"

#include "fuzz.h"
#include "mail/message.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char config_text[] =
	"[bounce]\ndomains = b.example.com; bounce.example.net\nkeys = %s\n"
	"[own]\nhostnames = mx.example.com\nnetworks = 192.0.2.0/24\n"
	"[trust]\nauthserv-ids = mx.example.com\n"
	"[rules]\nlocal =\n"
	"[senders]\nnews@b.example.com = acme/newsletter\n"
	"[streams]\n1 = acme/newsletter\n";

void
fuzz_broken(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, condition);
	abort();
}

void
fuzz_file_open(FuzzFile *file)
{
	file->fd = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_CHECK(file->fd >= 0 && fchmod(file->fd, 0600) == 0);
	g_snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->fd);
}

void
fuzz_file_set(const FuzzFile *file, const void *data, size_t size)
{
	FUZZ_CHECK(ftruncate(file->fd, 0) == 0);
	FUZZ_CHECK(pwrite(file->fd, data, size, 0) == (ssize_t) size);
}

static void
must(CaromStatus status, GError *error)
{
	if (status == CAROM_OK)
		return;
	fprintf(stderr, "%s\n", error ? error->message : carom_status_name(status));
	exit(2);
}

static CaromConfig *
load_config(void)
{
	CaromConfig *config;
	FuzzFile keys, file;
	GString *text = g_string_new("a ");
	GError *error = NULL;

	for (int i = 0; i < CAROM_KEY_BYTES; i++)
		g_string_append(text, "2a");
	g_string_append_c(text, '\n');
	fuzz_file_open(&keys);
	fuzz_file_set(&keys, text->str, text->len);
	g_string_printf(text, config_text, keys.path);
	fuzz_file_open(&file);
	fuzz_file_set(&file, text->str, text->len);
	must(carom_config_load(file.path, TRUE, &config, &error), error);
	g_string_free(text, TRUE);
	close(file.fd);
	return config;
}

const CaromKnown *
fuzz_known(void)
{
	static CaromKnown *known;
	GError *error = NULL;

	if (known == NULL)
		must(carom_known_load(load_config(), &known, &error), error);
	return known;
}

const CaromConfig *
fuzz_config(void)
{
	return fuzz_known()->config;
}

const CaromKnowledge *
fuzz_knowledge(void)
{
	return fuzz_known()->knowledge;
}

const CaromKeyring *
fuzz_keys(void)
{
	return fuzz_known()->keys;
}

char *
fuzz_string(const uint8_t *data, size_t size)
{
	char *text = g_malloc(size + 1);

	for (size_t i = 0; i < size; i++)
		text[i] = data[i] ? (char) data[i] : ' ';
	text[size] = '\0';
	return text;
}

gboolean
fuzz_is_clean(const char *text)
{
	if (!g_utf8_validate(text, -1, NULL))
		return FALSE;
	for (const char *p = text; *p; p++)
		if ((guchar) *p < ' ' || *p == 0x7f)
			return FALSE;
	return TRUE;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc;
	(void) argv;
	/* the build's own data: this program is in tests/fuzz of the build folder */
	if (g_getenv("CAROM_DATADIR") == NULL) {
		g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
		g_autofree char *folder = self ? g_path_get_dirname(self) : g_strdup(".");
		g_autofree char *data = g_build_filename(folder, "..", "..", "data", NULL);

		g_setenv("CAROM_DATADIR", data, TRUE);
	}
	/* GLib's and GMime's "assertion failed" are a wrong call of ours */
	g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
	carom_message_init();
	return 0;
}
