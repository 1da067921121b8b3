#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A database that hangs: it takes connections and questions, and answers none."""

import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import wait_until  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
EX_TEMPFAIL = 75
PATIENCE = 60  # seconds: the daemon's own limit is half of it


class Client:
	"""Hands a bounce of somebody to the daemon, by carom-pipe."""

	def __init__(self, lab, daemon):
		self.argv = [os.path.join(os.path.dirname(lab.carom), "..", "libexec", "carom",
		                          "carom-pipe"), "--socket=" + daemon.socket("lmtp"),
		             "--sender="]
		self.messages = {}  # the same report each time

	def start(self, who):
		to = samples.verp(NEWS, who)
		process = subprocess.Popen(
			self.argv + ["--recipient=" + to], stdin=subprocess.PIPE,
			stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
		report = self.messages.setdefault(who, samples.dsn(who, to))
		process.stdin.write(report.replace(b"\r\n", b"\n"))
		process.stdin.close()
		return process

	def __call__(self, who):
		return self.start(who).wait(PATIENCE)


def backends(lab):
	return [int(pid) for pid in lab.postgres.sql(
		"SELECT pid FROM pg_stat_activity WHERE application_name = 'carom'").split()]


def send(pids, number):
	for pid in pids:
		os.kill(pid, number)


def the_daemon(tap, lab):
	lab.configure(settings(lab))
	daemon = Daemon(lab, "inbound").start()
	hand_over = Client(lab, daemon)
	tap.same(hand_over("one@isp.example"), 0, "while all is well a bounce is recorded")
	hung = backends(lab)
	tap.ok(hung, "the daemon has connections")
	send(hung, signal.SIGSTOP)
	try:
		begin = time.monotonic()
		tap.same(hand_over("two@isp.example"), EX_TEMPFAIL,
		         "a bounce is put off when no answer comes")
		tap.ok(time.monotonic() - begin < PATIENCE, "within the time limit")
		tap.contains(daemon.log_text(), "no answer within", "and the log says why")
		wait_until(lambda: hand_over("two@isp.example") == 0, PATIENCE,
		           "it is recorded over a new connection")
		tap.ok(not set(hung[:1]) - set(backends(lab)),
		       "while the old one still hangs", "%s %s" % (hung, backends(lab)))
	finally:
		send(hung, signal.SIGCONT)
	tap.same(hand_over("two@isp.example"), 0, "handed in again after that")
	tap.same(lab.count("event", "address = 'two@isp.example'"), 1,
	         "it is recorded once, whatever the old connection did in the end")

	hung = backends(lab)
	send(hung, signal.SIGSTOP)
	try:
		waiting = hand_over.start("three@isp.example")
		begin = time.monotonic()
		tap.same(daemon.stop(), 0, "told to end, the daemon ends")
		tap.ok(time.monotonic() - begin < PATIENCE / 2,
		       "without waiting for the database")
		tap.same(waiting.wait(PATIENCE), EX_TEMPFAIL, "and puts off what it had")
	finally:
		send(hung, signal.SIGCONT)


def a_command(tap, lab):
	"""The postmaster hangs: connections are made by the kernel alone."""
	with open(os.path.join(lab.postgres.data, "postmaster.pid")) as f:
		postmaster = int(f.readline())
	lab.configure({"pipe": {"deadline": "6"}})
	to = samples.verp(NEWS, "four@isp.example")
	os.kill(postmaster, signal.SIGSTOP)
	try:
		begin = time.monotonic()
		done = lab.pipe(samples.dsn("four@isp.example", to).replace(b"\r\n", b"\n"),
		                "--recipient=" + to, "--sender=")
		tap.same(done.returncode, EX_TEMPFAIL, "carom pipe: put off")
		tap.contains(done.stderr, "no answer within", "it says why")
		tap.ok(time.monotonic() - begin < 30, "before its deadline")
	finally:
		os.kill(postmaster, signal.SIGCONT)


def tests(tap, lab):
	the_daemon(tap, lab)
	a_command(tap, lab)


sys.exit(script("hung", tests))
