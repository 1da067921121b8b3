#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A day of an ordinary sender's returns in a minute: the daemon stays as
large as it was after the first of them, and records every one."""

import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import Failure, run, write_file  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
WARM = 2000         # before its size is taken
DAY = 20000         # in all
SLICE = 2000        # messages of one kind at a time
SECONDS = 75        # after which a slow machine may stop
GROWTH = 3072       # kB: what the allocator may yet need, not a byte a message
SOURCE = "/usr/sbin/smtp-source"


def kinds():
	"""What a day is made of, as text with LF line ends."""
	verp = samples.verp(NEWS, "reader@gmail.com")
	yield samples.dsn("reader@gmail.com", verp)
	yield samples.letter("someone@isp.example", NEWS, "x\n" * 20000)
	yield samples.dsn("other@yahoo.com", NEWS)
	yield b"this is no message at all\n"


def deliver(daemon, message, number, count):
	"""Through 16 connections, to as many different recipients: smtp-source
	counts only within a run."""
	with tempfile.TemporaryDirectory() as folder:
		path = write_file(os.path.join(folder, "message"),
		                  message.decode().replace("\r\n", "\n"))
		run([SOURCE, "-L", "-d", "-s", "16", "-m", str(count), "-N", "-f",
		     "<>", "-t", "s%d-%s" % (number, NEWS), "-F", path,
		     "unix:" + daemon.socket("lmtp")], timeout=120)


def size(daemon):
	"""Resident kilobytes that are the daemon's own."""
	with open("/proc/%d/status" % daemon.process.pid) as f:
		for line in f:
			if line.startswith("RssAnon:"):
				return int(line.split()[1])
	raise Failure("the daemon has no size")


def tests(tap, lab):
	if not os.access(SOURCE, os.X_OK):
		tap.ok(True, "a day in a minute # SKIP there is no smtp-source")
		return
	lab.configure(settings(lab))
	daemon = Daemon(lab, "inbound").start()
	mail = list(kinds())
	try:
		sent = number = 0
		sizes = []
		end = time.monotonic() + SECONDS
		while sent < DAY and time.monotonic() < end:
			count = WARM // len(mail) if number < len(mail) else SLICE
			deliver(daemon, mail[number % len(mail)], number, count)
			sent, number = sent + count, number + 1
			if number >= len(mail) and number % len(mail) == 0:
				sizes.append(size(daemon))
		print("# %d messages, %s kB" % (sent, sizes))
		tap.ok(sent >= DAY // 2, "enough of a day went through", sent)
		tap.same(lab.count("report"), sent, "every message is recorded")
		# the sanitizer keeps what was freed, to see who uses it after that
		if "CAROM_SANITIZED" not in os.environ:
			tap.ok(sizes[-1] - sizes[0] <= GROWTH,
			       "the daemon is no larger than after the first %d" % WARM, sizes)
		tap.same(daemon.stop(), 0, "SIGTERM: it drains and ends")
	finally:
		daemon.stop()


sys.exit(script("soak", tests))
