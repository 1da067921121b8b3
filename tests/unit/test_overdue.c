/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/deadline.h"
#include "http/overdue.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whether the other end is told that it is over, within so many milliseconds. */
static gboolean
is_ended(int fd, int milliseconds)
{
	struct pollfd other = { .fd = fd, .events = POLLIN };
	char octet;

	return poll(&other, 1, milliseconds) == 1 && read(fd, &octet, 1) == 0;
}

static void
slow_ones_end(void **state)
{
	CaromOverdue *overdue = NULL;
	CaromOverdueEntry *slow, *busy, *gone;
	int a[2], b[2], c[2];

	(void) state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, c), 0);
	assert_int_equal(carom_overdue_start(1, &overdue, NULL), CAROM_OK);
	busy = carom_overdue_add(overdue, b[0]);
	gone = carom_overdue_add(overdue, c[0]);
	carom_overdue_pause(overdue, busy);
	carom_overdue_remove(overdue, gone);
	slow = carom_overdue_add(overdue, a[0]);
	assert_true(is_ended(a[1], 20000));
	/* which was added last, so the others would have been ended by then */
	assert_false(is_ended(b[1], 0));
	assert_false(is_ended(c[1], 0));
	carom_overdue_resume(overdue, busy);
	assert_true(is_ended(b[1], 20000));
	carom_overdue_remove(overdue, slow);
	carom_overdue_remove(overdue, busy);
	carom_overdue_stop(overdue);
	for (guint i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
		close(c[i]);
	}
}

UNIT_MAIN(cmocka_unit_test(slow_ones_end))
