/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_hook - the points at which a test may stop the program
 *
 * Built only with --enable-test-hooks. Where the file named by
 * $CAROM_TEST_PAUSE_FILE holds the name of the point, the process stops itself
 * with SIGSTOP there, and the test decides whether it goes on or dies.
 */
#ifndef CAROM_TEST_HOOK_H
#define CAROM_TEST_HOOK_H

#ifdef CAROM_TEST_HOOKS
#include <glib.h>
#include <signal.h>
#include <string.h>

static inline void
carom_test_hook(const char *point)
{
	const char *file = g_getenv("CAROM_TEST_PAUSE_FILE");
	g_autofree char *wanted = NULL;

	if (file != NULL && g_file_get_contents(file, &wanted, NULL, NULL) &&
	    strcmp(g_strstrip(wanted), point) == 0)
		raise(SIGSTOP);
}
#else
#define carom_test_hook(point) ((void) 0)
#endif

#endif
