/* SPDX-License-Identifier: BSD-2-Clause */
#include "pipe/giver.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* PF_EXITING of Linux's task flags, which proc(5) shows as the ninth field of /proc/PID/stat. */
#define EXITING 4ul

/* What the kernel needs at most to close the files of a process that dies, in milliseconds. */
#define CLOSING 20

/*
 * Why not by length: ${size} of pipe(8) is the message's size in the queue
 * file, with 2 or 3 octets for each line and without what the flags D, O, R
 * and X add. A milter that takes a field out of the header does not lessen it
 * (Postfix 3.7: 5387 for 381 octets), so a whole message would be refused for
 * ever.
 */

static pid_t giver;

void
carom_giver_remember(void)
{
	giver = getppid();
}

/*
 * 1 if the kernel has begun to end the process, 0 if not, -1 if that can't be
 * known. A dying process is marked first, then its files are closed, and only
 * at the very end do its children get another parent or a signal
 * (PR_SET_PDEATHSIG): of these three only the mark comes before the end of our
 * input.
 */
static int
is_exiting(pid_t pid)
{
	char path[32], text[512], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%ld/stat", (long) pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	/* "PID (NAME) STATE PPID PGRP SESSION TTY TPGID FLAGS ..."; NAME may hold anything */
	p = strrchr(text, ')');
	if (p == NULL || (p = strchr(p, ' ')) == NULL)
		return -1;
	for (int field = 3; field < 9; field++)
		if ((p = strchr(p + 1, ' ')) == NULL)
			return -1;
	return (strtoul(p, NULL, 10) & EXITING) != 0;
}

/* Has whoever reads our standard output gone, now or within so many milliseconds? */
static int
is_reader_gone(int milliseconds)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = 0 };

	return poll(&out, 1, milliseconds) == 1 && (out.revents & POLLERR) != 0;
}

int
carom_giver_is_gone(void)
{
	int exiting = is_exiting(giver);

	/* asked after the mark: until here the number may have gone to another process */
	if (exiting == 1 || getppid() != giver)
		return 1;
	/* a giver that died before we looked is not the parent that we remember, but its end of our
	 * output is closed since long */
	return is_reader_gone(exiting == 0 ? 0 : CLOSING);
}
