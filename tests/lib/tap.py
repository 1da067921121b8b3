# SPDX-License-Identifier: BSD-2-Clause
"""Test results in TAP, and what the end-to-end scripts have in common."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

import lab as lab_module
from lab import Failure, Lab, is_root


class Tap:
	def __init__(self):
		self.count = self.failed = 0

	def ok(self, good, name, why=""):
		self.count += 1
		self.failed += not good
		print("%sok %d - %s" % ("" if good else "not ", self.count, name))
		if not good:
			for line in str(why).splitlines():
				print("#   " + line)
		sys.stdout.flush()
		return good

	def same(self, got, wanted, name):
		return self.ok(got == wanted, name,
		               "got:    %s\nwanted: %s" % (got, wanted))

	def contains(self, text, part, name):
		return self.ok(part in text, name,
		               "no '%s' in:\n%s" % (part, text[-2000:]))

	def done(self):
		print("1..%d" % self.count)
		return 1 if self.failed or not self.count else 0


class TestLab(Lab):
	"""A Lab with the questions that tests ask."""

	def count(self, table, where="true"):
		return int(self.postgres.sql("SELECT count(*) FROM carom.%s WHERE %s"
		                             % (table, where)))

	def pipe(self, data, *args, **more):
		"""carom pipe with a message on standard input, without Postfix."""
		more.setdefault("user", lab_module.PIPE_USER)
		return self.run_carom("pipe", *args, data=data, check=False, **more)

	def last_log_lines(self):
		"""What carom and Postfix said last, for the report of a failure."""
		if not os.path.exists(self.postfix.log):
			return ""
		lines = self.postfix.log_text().splitlines()
		return "\nthe mail log ends with:\n" + "\n".join(lines[-12:])

	def start_carom(self, *args):
		"""A command that goes on by itself: a process to wait for."""
		return subprocess.Popen(
			[self.carom, "--config", self.conf] + list(args), cwd="/",
			stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
			stderr=subprocess.DEVNULL, env=lab_module.clean_environment())

	def waits_for_lock(self):
		"""Does a session of the database wait for a lock?"""
		return self.postgres.sql(
			"SELECT count(*) FROM pg_locks WHERE NOT granted") != "0"

	def carom_processes(self):
		"""Process ids of carom with our configuration: not of scripts that
		run it, and not of another lab.
		"""
		found = []
		for pid in filter(str.isdigit, os.listdir("/proc")):
			try:
				exe = os.readlink("/proc/%s/exe" % pid)
				with open("/proc/%s/cmdline" % pid, "rb") as f:
					argv = f.read().split(b"\0")
			except OSError:
				continue
			if (exe == os.path.realpath(self.carom) and
			    self.conf.encode() in argv):
				found.append(int(pid))
		return found


def script(theme, tests, needs_root=True, **lab_options):
	"""Run tests(tap, lab) on servers of its own, then `carom db check`."""
	tap = Tap()
	if needs_root and not is_root():
		print("1..0 # SKIP %s: a Postfix of its own needs root" % theme)
		return 0
	prefix = os.environ.get("CAROM_PREFIX")
	if not prefix:
		print("Bail out! CAROM_PREFIX does not say where carom is installed; "
		      "./run-tests sets it")
		return 1
	folder = tempfile.mkdtemp(prefix="carom-e2e.", dir=os.environ.get(
		"TMPDIR", "/var/tmp"))
	lab = TestLab(os.path.join(folder, "lab"), prefix)
	os.chmod(folder, 0o755)
	keep = False
	signal.signal(signal.SIGTERM, lambda *_: sys.exit("timed out"))
	try:
		lab.start(postfix=needs_root, **lab_options)
		tests(tap, lab)
		if not lab.postgres.running():
			lab.postgres.start()
		done = lab.run_carom("db", "check", check=False)
		tap.ok(done.returncode == 0, "carom db check: tallies equal events",
		       done.stdout + done.stderr)
	except Exception as error:
		why = str(error) if isinstance(error, Failure) else \
			traceback.format_exc()
		tap.ok(False, "%s: ran to its end" % theme, why + lab.last_log_lines())
	finally:
		keep = tap.failed and os.environ.get("CAROM_TEST_KEEP")
		lab.stop()
		if keep:
			print("# kept: %s" % folder)
		else:
			shutil.rmtree(folder)
	return tap.done()
