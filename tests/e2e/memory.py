#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A large message, and less and less memory to read it: the daemon puts it off
and lives, and takes the next one."""

import os
import resource
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import PIPE_USER, run  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
MIB = 1024 * 1024
SIZE = 46 * MIB
SPARE = (30, 60, 100, 150, 200, 250, 300, 350)      # MiB beyond what it has


def deliver(daemon, message):
	with smtplib.LMTP(daemon.socket("lmtp")) as client:
		client.ehlo("test.example")
		client.mail("")
		client.rcpt(NEWS)
		return client.data(message)[0]


def address_space(pid):
	with open("/proc/%d/statm" % pid) as f:
		return int(f.read().split()[0]) * resource.getpagesize()


def allow(pid, size):
	"""As its own user, who may lower and raise the soft limit."""
	run(["prlimit", "--pid=%d" % pid, "--as=%s:unlimited" % size], user=PIPE_USER)


def tests(tap, lab):
	if os.environ.get("CAROM_SANITIZED"):
		tap.ok(True, "memory # SKIP sanitizers want the whole address space")
		return
	lab.configure(settings(lab))
	daemon = Daemon(lab, "inbound").start()
	small = samples.dsn("small@gmail.com", NEWS)
	large = b"Subject: large\r\n\r\n" + (b"y" * 70 + b"\r\n") * (SIZE // 72)
	try:
		tap.same(deliver(daemon, small), 250, "a small message is recorded")
		base = address_space(daemon.process.pid)
		for spare in SPARE:
			limit = base + spare * MIB
			allow(daemon.process.pid, str(limit))
			code = deliver(daemon, large)
			tap.ok(code in (250, 451, 452) and daemon.process.poll() is None and
			       deliver(daemon, small) == 250,
			       "46 MiB, %d MiB to spare: an answer, and it lives on" % spare,
			       "%d\n%s" % (code, daemon.log_text()[-1000:]))
			if spare == SPARE[0]:
				tap.ok(code in (451, 452), "with next to nothing it is put off", code)
		allow(daemon.process.pid, "unlimited")
		tap.same(deliver(daemon, large), 250, "with enough it is recorded")
		tap.same(daemon.stop(), 0, "SIGTERM ends it")
	finally:
		daemon.stop()


sys.exit(script("memory", tests))
