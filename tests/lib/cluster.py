# SPDX-License-Identifier: BSD-2-Clause
"""A coordinator and two workers of Citus, all on this machine."""

import glob
import json
import os
import subprocess

from lab import Failure, Postgres, clean_environment, free_port, is_root, run
from session import quoted

OWNER = "owner"  # of the schema, and no superuser
SQL = os.path.join(os.path.dirname(__file__), "..", "..", "sql")


def installed():
	return bool(glob.glob("/usr/share/postgresql/*/extension/citus.control"))


class Node(Postgres):
	"""One machine of the cluster, reached by its socket and port number."""

	def __init__(self, folder):
		super().__init__(folder)
		self.port = free_port()

	def create(self):
		super().create()
		with open(os.path.join(self.data, "postgresql.conf"), "a") as f:
			f.write("shared_preload_libraries = 'citus'\nport = %d\n"
			        "max_prepared_transactions = 50\nfsync = off\njit = off\n"
			        "shared_buffers = 32MB\n" % self.port)
		# the machines call each other as whoever called them
		with open(os.path.join(self.data, "pg_hba.conf"), "w") as f:
			f.write("local all all trust\n")

	def psql_argv(self, database="carom"):
		return super().psql_argv(database) + ["-p", str(self.port)]

	def begin(self):
		self.create()
		self.start()
		if is_root():
			run(self.psql_argv("postgres") + [
				"-c", "CREATE ROLE root LOGIN SUPERUSER"], user=self.user)
		self.sql("CREATE DATABASE carom", "postgres")
		self.sql("CREATE EXTENSION citus")


class Cluster:
	def __init__(self, lab):
		self.lab = lab
		self.nodes = [Node(os.path.join(lab.folder, "node%d" % n))
		              for n in range(3)]
		self.coordinator = self.nodes[0]
		self.conf = os.path.join(lab.folder, "citus.conf")

	def start(self):
		for node in self.nodes:
			node.begin()
		c = self.coordinator
		c.sql("SELECT citus_set_coordinator_host('%s', %d)" % (c.socket, c.port))
		for node in self.nodes[1:]:
			c.sql("SELECT citus_add_node('%s', %d)" % (node.socket, node.port))
		c.sql("CREATE ROLE %s LOGIN CREATEROLE" % OWNER)
		c.sql("ALTER DATABASE carom OWNER TO %s" % OWNER)
		self.configure()
		self.lab.run_carom("db", "init", conf=self.conf)

	def configure(self, changes=None):
		"""Write the configuration for it; changes as lab.configure() takes them."""
		c = self.coordinator
		return self.lab.configure(dict({"database": {
			"conninfo": "host=%s port=%d dbname=carom user=%s" % (
				c.socket, c.port, OWNER)}}, **(changes or {})), self.conf)

	def distribute(self):
		done = subprocess.run(
			self.coordinator.psql_argv() + ["-U", OWNER, "-f", os.path.join(
				SQL, "citus.sql")], capture_output=True, text=True, cwd="/",
			env=clean_environment())
		if done.returncode != 0:
			raise Failure(done.stderr)

	def stop(self):
		for node in self.nodes:
			node.stop("immediate")


def split(session, reports):
	"""Parts of reports by home."""
	answer = session.ask("SELECT json_agg(json_build_array(s.home, s.report)) FROM "
	                     "carom.split(ARRAY[%s]::jsonb[]) s" % ", ".join(
		                     quoted(json.dumps(r)) for r in reports))
	homes = {}
	for home, part in json.loads(answer):
		homes.setdefault(home, []).append(part)
	return homes


def hand_in(session, reports, batch):
	"""In batches, whatever their homes."""
	for i in range(0, len(reports), batch):
		session.record(*reports[i:i + batch])
		answer = session.answer()
		if "ERROR" in answer:
			raise Failure(answer)


def hand_in_by_home(session, reports, batch, after_batch=lambda n: None):
	"""As a program does that records much: each home in a transaction of its own,
	where the home lies. Gives the number of batches that failed.
	"""
	failed = 0
	for n, (home, parts) in enumerate(sorted(split(session, reports).items())):
		for i in range(0, len(parts), batch):
			answer = session.ask(
				"SELECT carom.record_home(%d, ARRAY[%s]::jsonb[])" % (
					home, ", ".join(quoted(json.dumps(p)) for p in parts[i:i + batch])))
			if "ERROR" in answer:
				failed += 1
		after_batch(n)
	return failed
