/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz - what the fuzz targets share
 *
 * Each target is one fuzz_NAME.c with LLVMFuzzerTestOneInput. It is linked
 * with libFuzzer (--enable-fuzzing, clang), or with replay.c, whose main()
 * reads seeds and regressions in `make check`. A target asserts what its
 * module promises, so that not only crashes are findings.
 */
#ifndef CAROM_FUZZ_H
#define CAROM_FUZZ_H

#include "config/settings.h"
#include "intake/known.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops with a message where a promise is broken, whatever NDEBUG says. */
#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fuzz_broken(#condition, __FILE__, __LINE__);                               \
	} while (0)
void fuzz_broken(const char *condition, const char *file, int line) G_GNUC_NORETURN;

/* A configuration with a bounce domain, a key and the rest that makes all ways reachable; the
 * shipped knowledge. */
const CaromConfig *fuzz_config(void);
const CaromKnown *fuzz_known(void);
const CaromKnowledge *fuzz_knowledge(void);

/* The one key there is: id "a", its secret 32 times 0x2a. */
const CaromKeyring *fuzz_keys(void);

/* A name for open() of a file without a folder that holds these bytes; fuzz_file_set() changes
 * them. */
typedef struct {
	int fd;
	char path[64];
} FuzzFile;
void fuzz_file_open(FuzzFile *file);
void fuzz_file_set(const FuzzFile *file, const void *data, size_t size);

/* The input as a string: NUL-terminated, NULs within made spaces. Caller's, g_free. */
char *fuzz_string(const uint8_t *data, size_t size);

/* TRUE for valid UTF-8 on one line without controls: what a kept text must be. */
gboolean fuzz_is_clean(const char *text);

#endif
