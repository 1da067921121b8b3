/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

static int wake_pipe[2]; /* non-blocking; a byte in it means: look at the flags */
static int told[3];      /* by CaromSignal; atomic */

static void
tell(CaromSignal what)
{
	const int saved = errno;

	__atomic_store_n(&told[what], 1, __ATOMIC_RELEASE);
	(void) !write(wake_pipe[1], "", 1); /* a full pipe wakes as well */
	errno = saved;
}

static void
on_signal(int number)
{
	tell(number == SIGHUP ? CAROM_SIGNAL_RELOAD : CAROM_SIGNAL_END);
}

CaromStatus
carom_signals_catch(GError **err)
{
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return carom_status_fail(err, CAROM_RETRY, "a pipe for signals: %s",
					 g_strerror(errno));
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	return CAROM_OK;
}

void
carom_signals_fail(void)
{
	tell(CAROM_SIGNAL_FAILED);
}

static gboolean
was_told(CaromSignal what)
{
	return __atomic_exchange_n(&told[what], 0, __ATOMIC_ACQUIRE) != 0;
}

CaromSignal
carom_signals_wait(void)
{
	struct pollfd wake = { .fd = wake_pipe[0], .events = POLLIN };
	char bytes[256];

	for (;;) {
		/* emptied before the flags are looked at: what is told later fills it again */
		while (read(wake_pipe[0], bytes, sizeof bytes) > 0)
			;
		if (was_told(CAROM_SIGNAL_FAILED))
			return CAROM_SIGNAL_FAILED;
		if (was_told(CAROM_SIGNAL_END))
			return CAROM_SIGNAL_END;
		if (was_told(CAROM_SIGNAL_RELOAD))
			return CAROM_SIGNAL_RELOAD;
		/* poll() ends at any signal, where read() would go on (SA_RESTART): the thread
		 * sanitizer calls handlers only in between */
		(void) !poll(&wake, 1, -1);
	}
}
