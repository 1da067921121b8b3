/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages out of a file that may be an mbox. */
#include "config.h"

#include "fuzz.h"
#include "mail/mailbox.h"

#include <string.h>

typedef struct {
	size_t size, seen;
	guint n, stop_after;
} Walk;

static gboolean
take(const char *name, const char *data, gsize len, gsize size, void *user)
{
	Walk *walk = user;
	volatile char last = '\0';

	FUZZ_CHECK(name != NULL && *name != '\0');
	FUZZ_CHECK(len <= size && size <= walk->size);
	if (len > 0)
		last = data[len - 1];
	(void) last;
	walk->seen += len;
	FUZZ_CHECK(walk->seen <= walk->size);
	return ++walk->n != walk->stop_after;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FuzzFile file;
	Walk walk = { .size = size };
	gsize max = size > 1 && data[size - 1] == '!' ? size / 2 : size + 1;

	if (file.path[0] == '\0')
		fuzz_file_open(&file);
	fuzz_file_set(&file, data, size);
	FUZZ_CHECK(carom_mailbox_walk(file.path, max, take, &walk, NULL) == CAROM_OK);
	FUZZ_CHECK(size == 0 || walk.n > 0);
	if (walk.n > 1) {
		walk = (Walk){ .size = size, .stop_after = 1 };
		FUZZ_CHECK(carom_mailbox_walk(file.path, max, take, &walk, NULL) == CAROM_OK &&
			   walk.n == 1);
	}
	return 0;
}
