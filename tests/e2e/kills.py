#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Kills at random over eight writers, with a replica that is promoted, a prune
and an upgrade among them: every report counts once.

CAROM_KILLS says how many kills (`./run-tests kills`: a thousand),
CAROM_KILLS_SECONDS after which time a slow machine may stop, CAROM_SEED which
ones.
"""

import os
import random
import smtplib
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import killing  # noqa: E402
import samples  # noqa: E402
from daemon import Daemon  # noqa: E402
from lab import PIPE_USER, Failure, clean_environment, wait_until  # noqa: E402
from servers import Servers  # noqa: E402
from session import Session, bounce  # noqa: E402
from tap import script  # noqa: E402

KILLS = int(os.environ.get("CAROM_KILLS", "24"))
SECONDS = int(os.environ.get("CAROM_KILLS_SECONDS", "150"))
SEED = int(os.environ.get("CAROM_SEED", str(time.time_ns() % 10 ** 6)))
NEWS = "news@b.example.com"


class Writer(threading.Thread):
	"""Hands in reports, each until it is taken."""

	def __init__(self, number, stop):
		super().__init__(daemon=True)
		self.number, self.stop = number, stop
		self.taken = self.tries = 0
		self.error = None

	def run(self):
		try:
			while not self.stop.is_set():
				work = self.make("%d-%d" % (self.number, self.taken))
				while not self.hand_in(work):
					self.tries += 1
					time.sleep(0.05)
				self.taken += 1
		except Exception as error:  # told by the main thread
			self.error = error


class Pipe(Writer):
	def __init__(self, number, stop, lab):
		super().__init__(number, stop)
		self.lab = lab
		self.process = None

	def make(self, name):
		who = "reader%s@gmail.com" % name
		return samples.dsn(who, samples.verp(NEWS, who))

	def hand_in(self, message):
		self.process = subprocess.Popen(
			[self.lab.carom, "--config", self.lab.conf, "pipe", "--recipient=" +
			 NEWS, "--sender="], stdin=subprocess.PIPE, cwd="/",
			stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=PIPE_USER,
			env=clean_environment())
		try:
			self.process.communicate(message, timeout=60)
		except subprocess.TimeoutExpired:
			self.process.kill()
			self.process.wait()
		except BrokenPipeError:
			self.process.wait()
		return self.process.returncode == 0


class Lmtp(Writer):
	def __init__(self, number, stop, daemon):
		super().__init__(number, stop)
		self.daemon_ = daemon

	make = Pipe.make

	def hand_in(self, message):
		try:
			with smtplib.LMTP(self.daemon_.socket("lmtp"), timeout=60) as lmtp:
				lmtp.sendmail("", [NEWS], message)
			return True
		except (OSError, smtplib.SMTPException):
			return False


class Batches(Writer):
	"""Ten reports at a time, of addresses that all of them write about."""

	def __init__(self, number, stop, servers):
		super().__init__(number, stop)
		self.servers = servers
		self.session = None
		self.rng = random.Random(number)

	def make(self, name):
		return [bounce("hot%d@x.test" % self.rng.randrange(40), self.rng.choice(
			("recipient_disabled", "mailbox_full", "expired")), "2026-11-%02d"
			% self.rng.randrange(1, 28), "%s-%d" % (name, n)) for n in range(10)]

	def hand_in(self, reports):
		try:
			if self.session is None:
				self.session = Session(self.servers.now())
			self.session.record(*reports)
			answer = self.session.answer(60)
		except (Failure, OSError):
			answer = "ERROR"
		if answer.startswith("{"):
			return True
		if self.session is not None:
			self.session.process.kill()
			self.session.close()
			self.session = None
		return False


class Killer(killing.Killer):
	WAYS = {"a process": 40, "a backend": 8, "its connection": 20, "the daemon": 8,
	        "the database": 2, "a prune": 3, "an upgrade": 3}

	def __init__(self, lab, servers, daemon, writers):
		super().__init__(servers, daemon, SEED)
		self.lab = lab
		self.pipes = [w for w in writers if isinstance(w, Pipe)]

	def a_process(self):
		running = [w.process for w in self.pipes
		           if w.process is not None and w.process.poll() is None]
		if not running:
			return False
		self.rng.choice(running).kill()
		return True

	def command(self, *args):
		process = self.lab.start_carom(*args)
		time.sleep(self.rng.uniform(0, 1.5))
		process.kill()
		process.wait()
		return True

	def a_prune(self):
		return self.command("db", "prune")

	def an_upgrade(self):
		return self.command("db", "upgrade")


def wait_for_all(writers):
	wait_until(lambda: not any(w.is_alive() for w in writers), 240,
	           "each writer has its last report taken")
	for writer in writers:
		if writer.error is not None:
			raise writer.error


def counted(tap, lab, writers):
	reports = sum(w.taken * (10 if isinstance(w, Batches) else 1)
	              for w in writers)
	tap.same(lab.count("report"), reports, "each report that was taken is there, "
	         "and no other")
	tap.same(lab.postgres.sql("SELECT count(*), count(DISTINCT report) FROM "
	                          "carom.event"), "%d|%d" % (reports, reports),
	         "with its event")
	tap.same(lab.postgres.sql("SELECT sum(reports) FROM carom.tally"),
	         str(reports), "counted once")
	with open(lab.postgres.log) as f:
		tap.ok("deadlock detected" not in f.read(), "no deadlock")


def tests(tap, lab):
	servers = Servers(lab)
	servers.start()
	lab.configure(killing.two_hosts(lab, servers))
	daemon = Daemon(lab, "inbound").start()
	stop = threading.Event()
	writers = [Pipe(n, stop, lab) for n in range(3)] + \
		[Lmtp(n, stop, daemon) for n in (3, 4)] + \
		[Batches(n, stop, servers) for n in (5, 6, 7)]
	killer = Killer(lab, servers, daemon, writers)
	try:
		for writer in writers:
			writer.start()
		killer.work(KILLS, SECONDS)
		stop.set()
		wait_for_all(writers)
		print("# %s; %d reports tried again" % (
			killer.told(), sum(w.tries for w in writers)))
		tap.ok(all(w.taken > 0 for w in writers), "all eight wrote",
		       [w.taken for w in writers])
		tap.ok(servers.promoted, "the replica was promoted")
		done = lab.run_carom("db", "upgrade", check=False)
		tap.same(done.returncode, 0, "the upgrade ends when it is let")
		counted(tap, lab, writers)
	finally:
		stop.set()
		daemon.stop()
		for writer in writers:
			if isinstance(writer, Batches) and writer.session is not None:
				writer.session.process.kill()
		killing.stop_other(servers)


sys.exit(script("kills", tests))
