# SPDX-License-Identifier: BSD-2-Clause
"""A primary with a replica that is promoted, for scripts that kill."""

import os

from lab import Failure, Postgres, run, wait_until


class Replica(Postgres):
	"""A streaming copy of another server."""

	def copy(self, primary):
		for path in (self.folder, self.socket):
			os.makedirs(path)
			if self.user != "root":
				run(["chown", self.user, path])
		run([os.path.join(self.bindir(), "pg_basebackup"), "-h", primary.socket,
		     "-D", self.data, "-R", "-c", "fast"], user=self.user)
		with open(os.path.join(self.data, "postgresql.conf"), "a") as f:
			f.write("unix_socket_directories = '%s'\n" % self.socket)
		self.start()


class Servers:
	"""The primary and its replica; who is the primary changes once."""

	def __init__(self, lab):
		self.lab = lab
		self.primary = lab.postgres
		self.replica = Replica(os.path.join(lab.folder, "replica"))
		self.promoted = False
		# a crashed primary must not throw away what the replica has yet to fetch
		self.sync = ["-o", "-c synchronous_standby_names=* -c wal_keep_size=1GB"]

	def start(self):
		self.replica.copy(self.primary)
		# what was answered is in both: else a promotion would forget it
		self.primary.ctl("-l", self.primary.log, "-m", "fast", *self.sync,
		                 "-w", "restart")

	def now(self):
		return self.replica if self.promoted else self.primary

	def crash(self):
		"""All of it at once, and up again."""
		server = self.now()
		server.ctl("-m", "immediate", "-w", "stop", check=False)
		options = [] if self.promoted else self.sync
		done = server.ctl("-l", server.log, *options, "-w", "start", check=False)
		if done.returncode != 0:
			raise Failure("the database does not start: %s" % server.log)

	def asked(self, query):
		"""What the primary says, '' while it recovers."""
		try:
			return self.primary.sql(query)
		except Failure:
			return ""

	def promote(self):
		"""What a crashed server found when it came up again may be in it alone, so
		the replica must have all that is there now. What is written from now on is
		answered only when it is in both.
		"""
		wait_until(lambda: self.asked("SELECT 1"), 60, "the primary answers")
		now = self.primary.sql("SELECT pg_current_wal_flush_lsn()")
		wait_until(lambda: self.asked(
			"SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND "
			"flush_lsn >= '%s'" % now), 60, "the replica has what there is")
		self.primary.ctl("-m", "immediate", "-w", "stop", check=False)
		self.replica.ctl("-w", "promote")
		self.promoted = True
		# for whoever looks afterwards
		self.lab.postgres = self.replica

	def backends(self):
		try:
			answer = self.now().sql(
				"SELECT pid FROM pg_stat_activity WHERE backend_type = 'client "
				"backend' AND pid <> pg_backend_pid()")
		except Failure:
			return []
		return [int(pid) for pid in answer.split()]
