#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the daemons write to a real syslog while mail passes them: their own
lines, and none that a library adds. In a mount namespace with a /dev of its
own, since there may be a /dev/log already, and elsewhere nobody reads it."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import PIPE_USER, Failure, run, wait_until  # noqa: E402
from tap import script  # noqa: E402

BOUNCES = "bounces@b.example.com"
STRANGER = "203.0.113.7"
# What carom may say when all goes well, and nothing else.
EXPECTED = re.compile(
	r"<\d+>\w{3} [ \d]\d [\d:]{8} carom\[\d+\]: (%s)$" % "|".join((
		r"(inbound|outbound) ready",
		r"took \d+ reports in \d+ transactions",
		r"[0-9A-Za-z]+: (recorded|again)=\w+, to=<.*",
		r"NOQUEUE: reject: to=<.*>, client=.*, reason=forged return address",
		r"[0-9A-Za-z]+: reject: to=<.*>, account=.*, stream=.*, reason=suppressed \(.*\)",
		r"configuration and rules reloaded")))


def has_own_namespace():
	"""A copy of this script in a mount namespace of its own goes on."""
	if os.environ.get("CAROM_TEST_DEV"):
		return True
	if subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL,
	                  check=False).returncode != 0:
		return False
	os.environ["CAROM_TEST_DEV"] = "1"
	os.execvp("unshare", ["unshare", "--mount", "--propagation", "private",
	                      sys.executable, os.path.abspath(__file__)])


def mount_dev():
	"""A /dev without a log: what servers need of the real one, and no more."""
	folder = tempfile.mkdtemp(prefix="carom-dev.")
	run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder])
	for name in ("null", "zero", "full", "random", "urandom", "tty"):
		open(os.path.join(folder, name), "w").close()
		run(["mount", "--bind", "/dev/" + name, os.path.join(folder, name)])
	os.mkdir(os.path.join(folder, "shm"))
	run(["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs",
	     os.path.join(folder, "shm")])
	for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"),
	                     ("stdout", "fd/1"), ("stderr", "fd/2")):
		os.symlink(target, os.path.join(folder, name))
	run(["mount", "--rbind", folder, "/dev"])


class Syslog:
	"""Listens on /dev/log and keeps every line."""

	def __init__(self):
		self.lines = []
		self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		self.socket.bind("/dev/log")
		os.chmod("/dev/log", 0o666)
		threading.Thread(target=self.read, daemon=True).start()

	def read(self):
		while True:
			self.lines.append(self.socket.recv(8192).decode(errors="replace"))

	def has(self, text):
		return any(text in line for line in self.lines)

	def unexpected(self):
		return [line for line in self.lines
		        if "carom[" in line and not EXPECTED.match(line)]


def submit(lab, *args, **more):
	try:
		lab.postfix.submit(*args, **more)
	except Failure:
		pass        # a refusal is a line, too


def configure(lab, keys, **more):
	lab.configure(settings(lab, bounce={"keys": keys}, log={"syslog": "yes"},
	                       outbound={"return-address": BOUNCES,
	                                 "account-header": "X-Account",
	                                 "account-header-networks": "127.0.0.0/8"},
	                       **more))


def send_all(lab, daemon, token):
	"""Mail of every kind, in both directions."""
	fields = "".join("X-Field-%d: %s\r\n" % (i, "x" * 60) for i in range(64))
	letter = fields.encode() + samples.letter("a@isp.example", "boss@partner.example",
	                                          body="line\r\n" * 20000)
	report = fields.encode() + samples.dsn("ani@gmail.com", token)
	last = token.rpartition("@")[0][-1]
	forged = token.rpartition("@")[0][:-1] + ("a" if last != "a" else "b") + \
		"@b.example.com"
	submit(lab, "", token, report, client=STRANGER)
	submit(lab, "", [token, "boss@partner.example"], report, client="127.0.0.1")
	submit(lab, "", forged, report, client=STRANGER)
	submit(lab, "a@isp.example", "boss@partner.example", letter, client="127.0.0.1")
	submit(lab, "news@b.example.com", "unknown.budi@gmail.com",
	       b"X-Account: acme/news\r\n" + letter, client="127.0.0.1")
	submit(lab, "news@b.example.com", "gone@example.net", letter,
	       client="127.0.0.1")
	lab.postfix.wait_empty()
	daemon.hangup()


def tests(tap, lab):
	syslog = Syslog()
	keys = os.path.join(lab.folder, "run", "keys")
	configure(lab, keys)
	daemons = [Daemon(lab, "inbound"), Daemon(lab, "outbound")]
	run([lab.carom, "verp", "newkey", keys], user=PIPE_USER)
	lab.run_carom("suppress", "add", "gone@example.net", "--reason", "test")
	token = lab.run_carom("verp", "encode", "ani@gmail.com", "--sender", BOUNCES,
	                      user=PIPE_USER).stdout.strip()
	for marks in ("no", "yes"):
		configure(lab, keys, inbound={"after": "accept", "headers": marks})
		try:
			for daemon in daemons:
				daemon.launch()
			wait_until(lambda: sum(" ready" in line for line in syslog.lines)
			           >= (2 if marks == "no" else 4), 20, "both are ready")
			lab.postfix.command(
				"postconf", "-e", "smtpd_milters=%s %s" % (
					daemons[0].in_postfix("inbound"),
					daemons[1].in_postfix("outbound")),
				"transport_maps=inline:{ b.example.com=carom-lmtp:%s }"
				% daemons[0].in_postfix("lmtp"))
			lab.postfix.reload()
			send_all(lab, daemons[0], token)
			wait_until(lambda: syslog.has("reloaded"), 10, "it reloads")
		finally:
			for daemon in daemons:
				daemon.stop()
		tap.same(syslog.unexpected()[:20], [],
		         "marks %s: no line that carom did not mean to write" % marks)
	for what in ("recorded=bounce", "reason=forged", "reason=suppressed",
	             "took ", "outbound ready"):
		tap.ok(syslog.has(what), "syslog heard of: %s" % what,
		       "\n".join(syslog.lines[-30:]))


if not has_own_namespace():
	print("1..0 # SKIP syslog: a mount namespace of its own needs root")
	sys.exit(0)
mount_dev()
sys.exit(script("syslog", tests))
