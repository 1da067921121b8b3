#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""pipe(8) dies while it feeds a message: what was read by then is no message.

The kernel ends our input just as pipe(8) does at the end of a message. Forty
messages by each of the two commands; the first time that each is fed, pipe(8)
is killed in the middle: before the command has started, while the command is
held in its reading, and while both run.
"""

import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import (PIPE_USER, Failure, owned_folder, process_runs,  # noqa: E402
                 wait_until)
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
MESSAGES = 40
# more than a pipe holds many times over, so that feeding takes its time
PADDING = b"This line of the returned message fills the pipe.\r\n" * 60000
# the first time that a message is fed, its command waits until it is let go
HOLD = """\
for a; do case $a in --recipient=*) mark=%s/$a ;; esac; done
[ -e "$mark" ] || { : >"$mark"; kill -STOP $$; }
"""
WAYS = "unstarted", "reading", "running"


def field(pid, number):
	"""A field of /proc/PID/stat, counted as proc(5) does, from the third on."""
	try:
		with open("/proc/%d/stat" % pid) as f:
			return f.read().rpartition(")")[2].split()[number - 3]
	except OSError:
		return "0"


def has_read(pid):
	try:
		with open("/proc/%d/io" % pid) as f:
			return int(f.readline().split()[1])
	except (OSError, IndexError):
		return 0


def held(lab):
	"""(command, pipe(8) that feeds it, recipient) of what waits in this lab."""
	for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
		try:
			with open("/proc/%d/cmdline" % pid, "rb") as f:
				argv = f.read().decode().split("\0")
		except OSError:
			continue
		to = [a.partition("=")[2] for a in argv if a.startswith("--recipient=")]
		if to and lab.folder in argv[1] and field(pid, 3) == "T":
			yield pid, int(field(pid, 4)), to[0]


def send_signal(pid, number):
	try:
		os.kill(pid, number)
	except ProcessLookupError:
		pass


def kill_giver(pid, giver, way):
	"""Ends the pipe(8) that feeds pid, which is held, in the middle."""
	if way != "unstarted":
		before = has_read(pid)
		send_signal(pid, signal.SIGCONT)
		# it has a tenth of the message
		wait_until(lambda: has_read(pid) > before + len(PADDING) / 10 or
		           not process_runs(pid), 20, "it reads", pause=0)
	if way == "reading":
		send_signal(pid, signal.SIGSTOP)
	send_signal(giver, signal.SIGKILL)
	wait_until(lambda: not process_runs(giver), 20, "pipe(8) is dead")
	send_signal(pid, signal.SIGCONT)


def message(who, to):
	return samples.dsn(who, to).replace(b"\r\n--=_dsn--", b"\r\n" + PADDING +
	                                    b"--=_dsn--")


def killing(lab, door):
	"""Kills the feeding pipe(8) of each message once."""
	waiting = set()
	for n in range(MESSAGES):
		who = "%s.%d@isp.example" % (door, n)
		to = samples.verp(NEWS, who)
		waiting.add(to)
		lab.postfix.submit("", to, message(who, to), client="203.0.113.7")
	end, flushed = time.monotonic() + 200, 0
	while waiting:
		if time.monotonic() > end:
			raise Failure("never fed: %s" % sorted(waiting))
		if time.monotonic() > flushed + 1:
			lab.postfix.flush()
			flushed = time.monotonic()
		for pid, giver, to in list(held(lab)):
			kill_giver(pid, giver, WAYS[len(waiting) % len(WAYS)])
			waiting.discard(to)


def test_door(tap, lab, door, command):
	before = lab.count("report")
	log = len(lab.postfix.log_text())
	lab.wrapper(HOLD % owned_folder(os.path.join(lab.folder, door), PIPE_USER)
	            + command)
	killing(lab, door)
	lab.postfix.wait_empty(200)
	text = lab.postfix.log_text()[log:]
	tap.ok(text.count("pipe pid") >= MESSAGES, door + ": pipe(8) was killed for "
	       "each message", text[-2000:])
	tap.same(lab.count("report") - before, MESSAGES,
	         door + ": %d messages are %d reports" % (MESSAGES, MESSAGES))
	tap.same(lab.postgres.sql(
		"SELECT count(*), count(DISTINCT address) FROM carom.event "
		"WHERE address LIKE '%s.%%'" % door), "%d|%d" % (MESSAGES, MESSAGES),
		door + ": each of them counts once")
	tap.same(lab.count("report", "kind = 'unrecognised'"), 0,
	         door + ": no half is among them")


def tests(tap, lab):
	lab.configure(settings(lab))
	test_door(tap, lab, "alone", 'exec $carom "$@"')
	daemon = Daemon(lab, "inbound").start()
	try:
		hand_over = os.path.join(os.path.dirname(os.path.dirname(lab.carom)),
		                         "libexec", "carom", "carom-pipe")
		test_door(tap, lab, "handed",
		          'shift; exec %s --socket=%s --carom=/bin/false "$@"'
		          % (hand_over, daemon.socket("lmtp")))
	finally:
		daemon.stop()


sys.exit(script("pipe killed", tests, settings={
	"transport_retry_time": "1s", "message_size_limit": "20000000"}))
