# SPDX-License-Identifier: BSD-2-Clause
"""Kills at random while others work, on a primary and a replica that is promoted
half way.
"""

import os
import random
import signal
import time

from daemon import settings
from lab import Failure


def two_hosts(lab, servers):
	"""Settings of a daemon that finds the server that takes writes."""
	return settings(lab, database={
		"conninfo": "host=%s,%s dbname=carom target_session_attrs=read-write"
		            % (servers.primary.socket, servers.replica.socket)})


class Killer:
	"""WAYS: how often each is taken; a method each, which says whether it found
	something to kill. Of MUST no failure is excused by a database that was away.
	"""

	WAYS = {}
	MUST = ("the database",)

	def __init__(self, servers, daemon, seed):
		self.servers, self.daemon, self.seed = servers, daemon, seed
		self.rng = random.Random(seed)
		self.done = dict.fromkeys(self.WAYS, 0)

	def a_backend(self):
		"""Ends them all: Postgres recovers from a crash."""
		backends = self.servers.backends()
		if not backends:
			return False
		try:
			os.kill(self.rng.choice(backends), signal.SIGKILL)
		except ProcessLookupError:  # it ended by itself since
			return False
		return True

	def its_connection(self):
		backends = self.servers.backends()
		if not backends:
			return False
		self.servers.now().sql("SELECT pg_terminate_backend(%d)"
		                       % self.rng.choice(backends))
		return True

	def the_daemon(self):
		self.daemon.kill()
		self.daemon.start()
		return True

	def the_database(self):
		self.servers.crash()
		return True

	def kill(self):
		missing = [what for what, n in self.done.items() if n == 0]
		what = self.rng.choice(missing) if missing else self.rng.choices(
			list(self.WAYS), list(self.WAYS.values()))[0]
		try:
			self.done[what] += getattr(self, what.replace(" ", "_"))()
		except Failure:
			if what in self.MUST:
				raise
			# the database was away just then: nothing was killed

	def work(self, kills, seconds):
		"""Until so many kills, or until a slow machine has had enough."""
		end = time.monotonic() + seconds
		while sum(self.done.values()) < kills and time.monotonic() < end:
			time.sleep(self.rng.uniform(0, 0.4))
			if not self.servers.promoted and sum(self.done.values()) >= kills // 2:
				self.servers.promote()
			self.kill()
		if not self.servers.promoted:
			self.servers.promote()

	def told(self):
		return "seed %d: %s" % (self.seed, ", ".join(
			"%d × %s" % (n, what) for what, n in self.done.items()))


def stop_other(servers):
	"""script() ends the server that the lab has now."""
	other = servers.primary if servers.promoted else servers.replica
	other.stop("immediate")
