#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The feed, read by three consumers while writers, daemons, consumers and the
database are killed at random and a replica is promoted: each event and each
change once, in the same order for all.

CAROM_FEED_KILLS says how many kills (`./run-tests feed`: three hundred),
CAROM_KILLS_SECONDS after which time a slow machine may stop, CAROM_SEED which
ones.
"""

import json
import os
import random
import signal
import smtplib
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import killing  # noqa: E402
import samples  # noqa: E402
from daemon import Daemon  # noqa: E402
from lab import Failure, clean_environment, wait_until, write_file  # noqa: E402
from servers import Servers  # noqa: E402
from session import Session, bounce, quoted  # noqa: E402
from tap import script  # noqa: E402

KILLS = int(os.environ.get("CAROM_FEED_KILLS", "24"))
SECONDS = int(os.environ.get("CAROM_KILLS_SECONDS", "100"))
SEED = int(os.environ.get("CAROM_SEED", str(time.time_ns() % 10 ** 6)))
NEWS = "news@b.example.com"


class Worker(threading.Thread):
	"""Does its turn again and again until it is stopped."""

	def __init__(self, number):
		super().__init__(daemon=True)
		self.number = number
		self.rng = random.Random(SEED * 10 + number)
		self.stopping = threading.Event()
		self.session = self.error = None
		self.turns = 0

	def run(self):
		try:
			while not self.stopping.is_set():
				self.turn()
				self.turns += 1
		except Exception as error:  # told by the main thread
			self.error = error
		self.close()

	def close(self):
		if self.session is not None:
			self.session.process.kill()
			self.session.close()
			self.session = None

	def ask(self, server, *statements):
		"""TRUE if the last one was answered, by a session that may be killed."""
		try:
			if self.session is None:
				self.session = Session(server)
			for statement in statements:
				answer = self.session.ask(statement, 60)
				if "ERROR" in answer or "FATAL" in answer:
					raise Failure(answer)
			return True
		except (Failure, OSError):
			self.close()
			time.sleep(0.05)
			return False


class Recorder(Worker):
	"""Ten reports at a time."""

	def __init__(self, number, servers):
		super().__init__(number)
		self.servers = servers

	def turn(self):
		reports = [bounce("hot%d@x.test" % self.rng.randrange(60), self.rng.choice(
			("recipient_unknown", "mailbox_full", "expired")), "2026-11-%02d"
			% self.rng.randrange(1, 28), "%d-%d-%d" % (self.number, self.turns, n))
			for n in range(10)]
		self.ask(self.servers.now(), "SELECT carom.record_many(ARRAY[%s]::jsonb[])"
		         % ", ".join(quoted(json.dumps(report)) for report in reports))


class Staff(Worker):
	"""Adds and removes; some of it in transactions that go on for long, and
	some of it undone."""

	def __init__(self, number, servers):
		super().__init__(number)
		self.servers = servers

	def turn(self):
		who = quoted("hot%d@x.test" % self.rng.randrange(60))
		add = "SELECT carom.suppress(%s, 'asked', 'acme')" % who
		remove = "SELECT carom.unsuppress(%s, 'again', 'acme')" % who
		one = self.rng.choice((add, remove, remove))
		slow = "SELECT pg_sleep(%f)" % self.rng.uniform(0, 1)
		self.ask(self.servers.now(), *self.rng.choice((
			[one], ["BEGIN", one, slow, "COMMIT"], ["BEGIN", one, "ROLLBACK"])))


class Lmtp(Worker):
	def __init__(self, number, daemon):
		super().__init__(number)
		self.daemon_ = daemon

	def turn(self):
		who = "reader%d-%d@gmail.com" % (self.number, self.turns)
		try:
			with smtplib.LMTP(self.daemon_.socket("lmtp"), timeout=60) as lmtp:
				lmtp.sendmail("", [NEWS], samples.dsn(who, samples.verp(NEWS, who)))
		except (OSError, smtplib.SMTPException):
			time.sleep(0.05)


class Consumer:
	"""carom feed, which writes to a file and is killed now and then."""

	def __init__(self, lab, name, *options, kept=False):
		self.lab, self.name, self.options, self.kept = lab, name, options, kept
		self.path = write_file(os.path.join(lab.folder, "feed-" + name), "")
		self.process = None

	def start(self):
		"""Goes on where the file ends, or where the database says."""
		where = ["--consumer", self.name] if self.kept else ["--after", "start"]
		with open(self.path, "rb+") as f:
			whole = f.read().rpartition(b"\n")
			f.truncate(len(whole[0] + whole[1]))
		lines = self.lines()
		if lines and not self.kept:
			where = ["--after", lines[-1]["cursor"]]
		with open(self.path, "ab") as out, \
		     open(self.path + ".log", "ab") as log:
			self.process = subprocess.Popen(
				[self.lab.carom, "--config", self.lab.conf, "feed", "--follow",
				 "--format", "json", *where, *self.options], cwd="/", stdout=out,
				stderr=log, stdin=subprocess.DEVNULL, env=clean_environment())
		return self

	def kill(self):
		if self.process.poll() not in (None, -signal.SIGKILL):
			with open(self.path + ".log") as log:
				raise Failure("carom feed ended by itself: %s" % log.read())
		self.process.kill()
		self.process.wait()

	def lines(self):
		with open(self.path) as f:
			return [json.loads(line) for line in f]

	def last(self):
		"""The cursor of the last whole line."""
		with open(self.path) as f:
			lines = f.read().rpartition("\n")[0].splitlines()
		return json.loads(lines[-1])["cursor"] if lines else ""


class Killer(killing.Killer):
	WAYS = {"a consumer": 40, "a backend": 10, "its connection": 25,
	        "the daemon": 5, "the database": 3}
	MUST = ("the database", "a consumer")

	def __init__(self, servers, daemon, consumers):
		super().__init__(servers, daemon, SEED)
		self.consumers = consumers

	def a_consumer(self):
		consumer = self.rng.choice(self.consumers)
		consumer.kill()
		consumer.start()
		return True


def once(rows):
	"""Without what a consumer whose cursor the database keeps got again."""
	seen = set()
	return [row for row in rows
	        if row["cursor"] not in seen and not seen.add(row["cursor"])]


def recovered(postgres):
	"""The last kill may have sent the server into recovery."""
	try:
		return postgres.sql("SELECT pg_is_in_recovery()") == "f"
	except Failure:
		return False


def at_end(lab, consumers):
	"""Asked anew each time: the daemon may still record what it took."""
	head = lab.postgres.sql("SELECT carom.feed_number() IS NOT NULL, "
	                        "carom.feed_head()").partition("|")[2]
	return all(consumer.last() == head for consumer in consumers)


def compare(tap, lab, consumers):
	wait_until(lambda: recovered(lab.postgres), 60, "the server has recovered")
	wait_until(lambda: at_end(lab, consumers), 60,
	           "each consumer has read to the end")
	first, second, kept = (consumer.lines() for consumer in consumers)
	cursors = [row["cursor"] for row in first]
	tap.same(len(set(cursors)), len(cursors), "each row came once")
	tap.ok(first == second, "two consumers read the same rows in the same order",
	       "%d and %d rows" % (len(first), len(second)))
	tap.ok(once(kept) == first, "so does one whose cursor the database keeps",
	       "%d rows" % len(once(kept)))
	tap.same([int(c.partition("-")[0]) for c in cursors],
	         list(range(1, len(cursors) + 1)), "without a gap")
	for what, table in (("event", "event"), ("change", "suppression_log")):
		told = sorted(row[what] for row in first
		              if what in row and not (what == "event" and "change" in row))
		there = lab.postgres.sql("SELECT string_agg(id::text, ',' ORDER BY id) FROM "
		                         "carom.%s" % table)
		tap.ok(told == [int(n) for n in there.split(",")] and len(told) > 20,
		       "each %s that there is, and no other" % what,
		       "%d told, %d there" % (len(told), there.count(",") + 1))
	changes = {}
	for row in first:
		if "change" in row:
			changes.setdefault(row["address"], []).append(row["change"])
	tap.ok(all(ids == sorted(ids) for ids in changes.values()),
	       "the changes of an address in the order in which they were made")


def tests(tap, lab):
	servers = Servers(lab)
	servers.start()
	lab.configure(killing.two_hosts(lab, servers))
	daemon = Daemon(lab, "inbound").start()
	workers = [Recorder(1, servers), Recorder(2, servers), Staff(3, servers),
	           Staff(4, servers), Lmtp(5, daemon)]
	consumers = [Consumer(lab, "first").start(),
	             Consumer(lab, "second", "--page", "7").start(),
	             Consumer(lab, "kept", "--page", "3", kept=True).start()]
	killer = Killer(servers, daemon, consumers)
	try:
		for worker in workers:
			worker.start()
		killer.work(KILLS, SECONDS)
		for worker in workers:
			worker.stopping.set()
		wait_until(lambda: not any(w.is_alive() for w in workers), 120,
		           "the writers end")
		for worker in workers:
			if worker.error is not None:
				raise worker.error
		print("# %s; %d rows" % (killer.told(), len(consumers[0].lines())))
		tap.ok(servers.promoted, "the replica was promoted")
		compare(tap, lab, consumers)
	finally:
		for worker in workers:
			worker.stopping.set()
		for consumer in consumers:
			consumer.process.kill()
			consumer.process.wait()
		daemon.stop()
		killing.stop_other(servers)


sys.exit(script("feed", tests))
