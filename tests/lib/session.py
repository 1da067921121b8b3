# SPDX-License-Identifier: BSD-2-Clause
"""Sessions of Postgres that stay open, several at a time, through psql."""

import itertools
import json
import os
import select
import subprocess
import time

from lab import Failure, clean_environment


class Session:
	"""One connection. send() does not wait for the answer, answer() does."""

	_markers = itertools.count(1)

	def __init__(self, postgres, database="carom", settings=None):
		environment = dict(clean_environment(), PGOPTIONS=settings or "")
		argv = postgres.psql_argv(database)
		argv[argv.index("ON_ERROR_STOP=1")] = "ON_ERROR_STOP=0"
		self.process = subprocess.Popen(
			argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
			stderr=subprocess.STDOUT, cwd="/", env=environment)
		self.waiting = []
		self.read = b""

	def send(self, sql):
		marker = "answered-%d" % next(self._markers)
		self.waiting.append(marker.encode() + b"\n")
		self.process.stdin.write(("%s;\n\\echo %s\n" % (sql, marker)).encode())
		self.process.stdin.flush()

	def answered(self):
		"""Is the oldest answer there?"""
		while self.waiting[0] not in self.read:
			if not select.select([self.process.stdout], [], [], 0)[0]:
				return False
			self._more()
		return True

	def answer(self, timeout=60):
		"""The oldest answer that was not taken yet, as text; errors as psql
		tells them.
		"""
		end = time.monotonic() + timeout
		while self.waiting[0] not in self.read:
			left = end - time.monotonic()
			if left <= 0 or not select.select([self.process.stdout], [], [],
			                                  left)[0]:
				raise Failure("no answer within %d s" % timeout)
			self._more()
		text, _, self.read = self.read.partition(self.waiting.pop(0))
		return text.decode().rstrip("\n")

	def _more(self):
		chunk = os.read(self.process.stdout.fileno(), 65536)
		if not chunk:
			raise Failure("the session ended: %s" % self.read.decode())
		self.read += chunk

	def ask(self, sql, timeout=60):
		self.send(sql)
		return self.answer(timeout)

	def record(self, *reports):
		"""Send reports (dicts) to record_many(), without waiting."""
		self.send("SELECT carom.record_many(ARRAY[%s]::jsonb[])" % ", ".join(
			quoted(json.dumps(report)) for report in reports))

	def watch_locks(self, postgres, milliseconds):
		"""From now on long_waits() tells each lock that this session waits for
		so long. A clock here would measure how busy the machine is.
		"""
		self.ask("SET deadlock_timeout = %d; SET log_lock_waits = on"
		         % milliseconds)
		self.pid = int(self.ask("SELECT pg_backend_pid()"))
		self.log = postgres.log

	def long_waits(self):
		with open(self.log) as f:
			return [line for line in f if "[%d] " % self.pid in line and
			        "still waiting for" in line]

	def close(self):
		self.process.stdin.close()
		self.process.wait(30)
		self.process.stdout.close()


def quoted(text):
	"""As a literal of SQL."""
	return "'%s'" % text.replace("'", "''")


def bounce(address, category, day, number, **more):
	"""A report as carom parse writes it, of one failure on that day."""
	return {"kind": "bounce", "message_id": "<session-%s@t>" % number,
	        "arrived": "%sT12:00:00Z" % day, "outcomes": [dict({
		        "recipient": address, "action": "failed", "category": category,
		        "status": "5.0.0", "provider": "gmail", "account": "acme",
		        "stream": "news", "confidence": "proven"}, **more)]}
