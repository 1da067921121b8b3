#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The systemd units: sound, and no narrower than what the daemon does.

There need not be a systemd here. Readiness is told to a socket of our own,
and what the unit would forbid is looked for in what strace saw.
"""

import os
import re
import shutil
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import (CONTRIB, Failure, owned_folder, run, wait_until,  # noqa: E402
                 write_file)
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
UNITS = os.path.join(CONTRIB, "systemd")


class Systemd:
	"""What listens at $NOTIFY_SOCKET."""

	def __init__(self, name):
		self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		self.socket.bind(name.replace("@", "\0", 1))
		if not name.startswith("@"):
			os.chmod(name, 0o777)
		self.socket.settimeout(20)
		os.environ["NOTIFY_SOCKET"] = name

	def told(self):
		try:
			return self.socket.recv(1000).decode()
		except TimeoutError:
			return "nothing"

	def nothing(self):
		self.socket.settimeout(0)
		try:
			return not self.socket.recv(1000)
		except BlockingIOError:
			return True

	def close(self):
		del os.environ["NOTIFY_SOCKET"]
		self.socket.close()


def answers(path):
	with socket.socket(socket.AF_UNIX) as s:
		return s.connect_ex(path) == 0


def readiness(tap, lab):
	for name, role, sockets in (
			(os.path.join(lab.folder, "notify"), "inbound", ("lmtp", "inbound")),
			("@carom-test-%d" % os.getpid(), "outbound", ("outbound",))):
		daemon = Daemon(lab, role)
		systemd = Systemd(name)
		try:
			daemon.launch()
			tap.same(systemd.told(), "READY=1", role + ": says when it is ready")
			tap.same([answers(daemon.socket(s)) for s in sockets],
			         [True] * len(sockets), role + ": and is")
			second = lab.run_carom("serve", "--role", role, check=False)
			tap.ok(second.returncode == 78 and "another carom listens there"
			       in second.stderr, role + ": a second one does not take its "
			       "sockets away", second.stderr)
			tap.ok(systemd.nothing(), role + ": nor says that it is ready")
			systemd.socket.settimeout(20)
			daemon.process.send_signal(signal.SIGTERM)
			tap.same(systemd.told(), "STOPPING=1", role + ": says when it ends")
			tap.same(daemon.process.wait(60), 0, role + ": and does")
			lab.configure(settings(lab, serve={
				"inbound-socket": "unix:/nowhere/x",
				"outbound-socket": "unix:/nowhere/x"}))
			broken = lab.run_carom("serve", "--role", role, check=False)
			tap.ok(broken.returncode == 78 and "/nowhere/x" in broken.stderr,
			       role + ": a socket that cannot be made ends it",
			       broken.stderr)
			tap.ok(systemd.nothing(), role + ": without a word to systemd")
			lab.configure(settings(lab))
		finally:
			systemd.close()
			daemon.stop()


def unit(name):
	"""{setting: [value, …]} of a unit's [Service]."""
	found = {}
	with open(os.path.join(UNITS, name)) as f:
		for line in f.read().partition("[Service]")[2].splitlines():
			if "=" in line and not line.startswith("#"):
				key, _, value = line.partition("=")
				found.setdefault(key, []).append(value)
	return found


def verified(tap, lab):
	if not shutil.which("systemd-analyze"):
		tap.ok(True, "units # SKIP systemd-analyze is not installed")
		return
	folder = owned_folder(os.path.join(lab.folder, "units"))
	for name in sorted(os.listdir(UNITS)):
		with open(os.path.join(UNITS, name)) as f:
			write_file(os.path.join(folder, name), f.read().replace(
				"/usr/local/bin/carom", lab.carom))
	done = run(["systemd-analyze", "verify", "--man=no"] + [
		os.path.join(folder, n) for n in sorted(os.listdir(folder))], check=False)
	said = [line for line in done.stderr.splitlines() if "carom" in line]
	tap.ok(done.returncode == 0 and not said, "systemd-analyze verify: no "
	       "complaint", done.stderr)
	for name in sorted(os.listdir(UNITS)):
		if name.endswith(("api.service", "bound.service", "prune.service",
		                  "webhooks.service")):
			done = run(["systemd-analyze", "security", "--offline=true",
			            "--threshold=20", "--no-pager",
			            os.path.join(folder, name)], check=False)
			tap.ok(done.returncode == 0, name + ": an exposure of 2.0 at most",
			       "\n".join(done.stdout.splitlines()[-3:]) + done.stderr)


def group(name):
	"""The system calls of a group, those of the groups in it included."""
	calls = set()
	for line in run(["systemd-analyze", "syscall-filter", "--no-pager",
	                 name]).stdout.splitlines()[1:]:
		word = line.strip()
		if word.startswith("@"):
			calls |= group(word)
		elif word and not word.startswith("#"):
			calls.add(word)
	return calls


def allowed(lines):
	"""As systemd adds up SystemCallFilter=: the first line says which way."""
	calls = set()
	for line in lines:
		takes = line.startswith("~")
		for word in line.lstrip("~").split():
			members = group(word) if word.startswith("@") else {word}
			calls = calls - members if takes else calls | members
	# systemd always lets these through
	return calls | group("@default")


def work(lab, daemon):
	"""All that a daemon does in its life. Who bounces once is suppressed then."""
	lab.postfix.submit(NEWS, ["unknown.%s@gmail.com" % daemon.role,
	                          "ani@gmail.com"], samples.newsletter())
	lab.postfix.submit("", samples.verp(NEWS, "budi@gmail.com"), samples.dsn(
		"budi@gmail.com", NEWS), client="203.0.113.7")
	lab.postfix.wait_empty()
	before = daemon.log_text().count("reloaded")
	daemon.hangup()
	wait_until(lambda: daemon.log_text().count("reloaded") > before, 20,
	           "it reloads")
	lab.postgres.stop()
	for who in ("held@gmail.com", "ani@gmail.com"):
		try:
			lab.postfix.submit(NEWS, who, samples.newsletter())
		except Failure:
			pass
	lab.postgres.start()
	lab.postfix.wait_empty()


def traced(tap, lab, role):
	"""Runs it under strace, and holds what it did against the unit."""
	daemon = Daemon(lab, role)
	trace = os.path.join(daemon.run, "trace")
	settings_ = unit("carom-%s.service" % role)
	program = lab.carom
	lab.carom = write_file(os.path.join(lab.folder, "traced"), "#!/bin/sh\n"
	                       "exec strace -D -f -qq -e signal=none -o %s %s \"$@\"\n"
	                       % (trace, program), 0o755)
	try:
		daemon.start()
		lab.carom = program
		lab.postfix.command("postconf", "-e", "smtpd_milters="
		                    + daemon.in_postfix(role), "transport_maps=inline:{ "
		                    "b.example.com=carom-lmtp:%s }" % daemon.in_postfix("lmtp")
		                    if role == "inbound" else "transport_maps=")
		lab.postfix.reload()
		work(lab, daemon)
		tap.same(daemon.stop(), 0, role + ": ends under strace")
	finally:
		lab.carom = program
		daemon.stop()
	with open(trace, errors="replace") as f:
		text = f.read()
	# what comes before is the shell's and strace's own
	text = text[text.index('execve("%s"' % program):].partition("\n")[2]
	used = set(re.findall(r"^\d+ +(?:<\.\.\. )?([a-z]\w*)(?:\(| resumed>)", text,
	                      re.M))
	tap.ok(len(used) > 30 and {"connect", "accept", "recvfrom"} & used,
	       role + ": strace saw it work", sorted(used))
	beyond = used - allowed(settings_["SystemCallFilter"])
	tap.ok(not beyond, role + ": SystemCallFilter= lets it do all of it",
	       sorted(beyond))
	families = set(re.findall(r"\bsocket\((AF_\w+)", text))
	tap.ok(families and families <= set(
		settings_["RestrictAddressFamilies"][0].split()),
	       role + ": so does RestrictAddressFamilies=", sorted(families))
	written = set(re.findall(r'\bopen(?:at)?\((?:AT_FDCWD, )?"([^"]*)", [A-Z_|]*'
	                         r"O_(?:WRONLY|RDWR|CREAT)", text))
	tap.same({p for p in written if not p.startswith((daemon.run, "/dev/null"))},
	         set(), role + ": it writes nowhere but in its own folder")


def tests(tap, lab):
	lab.configure(settings(lab))
	lab.run_carom("suppress", "add", "ani@gmail.com", "--reason", "asked",
	              "--account", "other")
	readiness(tap, lab)
	verified(tap, lab)
	if os.environ.get("CAROM_SANITIZED"):
		return  # a sanitizer calls what carom does not
	if not shutil.which("strace") or not shutil.which("systemd-analyze"):
		tap.ok(True, "units # SKIP strace or systemd-analyze is not installed")
		return
	for role in ("inbound", "outbound"):
		traced(tap, lab, role)


sys.exit(script("units", tests))
