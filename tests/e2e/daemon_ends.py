#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The daemon starts only when it works, and ends when it is told, whatever the
database does and however often it is told other things."""

import os
import resource
import signal
import smtplib
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import lab as lab_module  # noqa: E402
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import clean_environment, wait_until  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
HANGUPS = 300000    # more than a pipe holds
UNIT_SECONDS = 40   # TimeoutStopSec in contrib/systemd


def backends(lab):
	"""Process ids of the daemon's backends."""
	return [int(pid) for pid in lab.postgres.sql(
		"SELECT pid FROM pg_stat_activity WHERE usename = '%s'"
		% lab_module.PIPE_USER).split()]


class Hanging:
	"""The daemon's connections neither answer nor break."""

	def __init__(self, lab):
		self.pids = backends(lab)

	def __enter__(self):
		for pid in self.pids:
			os.kill(pid, signal.SIGSTOP)
		return self

	def __exit__(self, *_):
		for pid in self.pids:
			try:
				os.kill(pid, signal.SIGCONT)
			except ProcessLookupError:
				pass


def seconds_to_end(daemon):
	start = time.monotonic()
	code = daemon.stop(timeout=120)
	return time.monotonic() - start, code


def lmtp(daemon, who, answers):
	"""One report by LMTP; what it is answered goes to answers."""
	with smtplib.LMTP(daemon.socket("lmtp")) as client:
		client.ehlo("test.example")
		client.mail("")
		client.rcpt(NEWS)
		try:
			answers.append(client.data(samples.dsn(who, NEWS)))
		except smtplib.SMTPServerDisconnected as error:
			answers.append((0, str(error).encode()))


def hanging_inbound(tap, lab):
	daemon = Daemon(lab, "inbound").start()
	answers = []
	lmtp(daemon, "first@gmail.com", answers)
	tap.same(answers[0][0], 250, "hanging: the daemon is connected")
	with Hanging(lab) as hanging:
		tap.ok(hanging.pids, "hanging: its backends are stopped", hanging.pids)
		client = threading.Thread(target=lmtp, args=(daemon, "a@gmail.com", answers))
		client.start()
		client.join(60)
		tap.same(len(answers), 2, "hanging: a report has an answer")
		tap.ok(answers[-1][0] == 451, "hanging: it is put off", answers[-1])
		client = threading.Thread(target=lmtp, args=(daemon, "b@gmail.com", answers))
		client.start()
		wait_until(lambda: "put off" in daemon.log_text(), 20, "it is logged")
	wait_until(lambda: len(answers) == 3, 60, "the second is answered")
	lmtp(daemon, "c@gmail.com", answers)
	tap.same(answers[-1][0], 250, "hanging: afterwards all goes on")
	with Hanging(lab):
		client = threading.Thread(target=lmtp, args=(daemon, "d@gmail.com", answers))
		client.start()
		time.sleep(0.5)     # it is with the database, or will be
		took, code = seconds_to_end(daemon)
		client.join(10)
	tap.ok(took < UNIT_SECONDS - 5 and code == 0,
	       "hanging: SIGTERM ends the inbound daemon in time",
	       "%d after %.1f s\n%s" % (code, took, daemon.log_text()))
	tap.ok(answers[-1][0] != 250, "hanging: and nothing unrecorded was answered",
	       answers[-1])


def hanging_outbound(tap, lab):
	daemon = Daemon(lab, "outbound").start()
	with Hanging(lab) as hanging:
		tap.ok(hanging.pids, "hanging: the outbound daemon is connected",
		       hanging.pids)
		# it is told of a change, and asks
		lab.postgres.sql("SELECT carom.suppress('x@gmail.com', 'test')")
		time.sleep(2)       # it looks each second; what it waits for nobody can ask
		took, code = seconds_to_end(daemon)
	tap.ok(took < UNIT_SECONDS - 5 and code == 0,
	       "hanging: SIGTERM ends the outbound daemon in time",
	       "%d after %.1f s\n%s" % (code, took, daemon.log_text()))


def many_hangups(tap, lab):
	daemon = Daemon(lab, "inbound").start()
	for _ in range(HANGUPS):
		daemon.hangup()
	wait_until(lambda: "reloaded" in daemon.log_text(), 20, "it reloads")
	answers = []
	lmtp(daemon, "after@gmail.com", answers)
	tap.same(answers[0][0], 250, "it works on after %d SIGHUPs" % HANGUPS)
	took, code = seconds_to_end(daemon)
	tap.ok(took < 10 and code == 0, "and ends when it is told",
	       "%d after %.1f s" % (code, took))


def start_within(lab, role, **limits):
	"""Exit code and output of a daemon with such limits (resource.RLIMIT_)."""
	def limit():
		for name, value in limits.items():
			resource.setrlimit(getattr(resource, name), (value, value))
	Daemon(lab, role)       # makes the folder of its sockets
	done = subprocess.run(
		[lab.carom, "--config", lab.conf, "serve", "--role", role],
		stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT, cwd="/", env=clean_environment(),
		user=lab_module.PIPE_USER, group="postfix", extra_groups=[],
		preexec_fn=limit, timeout=30, check=False)
	return done.returncode, done.stdout.decode(errors="replace")


def cannot_start(tap, lab):
	for role in "inbound", "outbound":
		code, said = start_within(lab, role, RLIMIT_NPROC=1)
		tap.ok(code == 75 and " ready" not in said and "starting" in said,
		       "%s: without threads it says so and ends with 75" % role,
		       "%d: %s" % (code, said))
		code, said = start_within(lab, role, RLIMIT_NOFILE=4)
		tap.ok(code == 75 and " ready" not in said and "pipe" in said,
		       "%s: and without descriptors" % role, "%d: %s" % (code, said))


def tests(tap, lab):
	lab.configure(settings(lab))
	many_hangups(tap, lab)
	hanging_inbound(tap, lab)
	hanging_outbound(tap, lab)
	if not os.environ.get("CAROM_SANITIZED"):
		cannot_start(tap, lab)


sys.exit(script("daemon ends", tests))
