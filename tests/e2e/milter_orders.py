#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The milters hear commands in every order, from a client that is not Postfix:
libmilter sees to no order, and who may write to the socket may write anything."""

import itertools
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from daemon import Daemon, settings  # noqa: E402
from lab import PIPE_USER, run  # noqa: E402
from tap import script  # noqa: E402

ALL = 0x1fffff      # every step and every action is offered


def packet(command, data=b""):
	return struct.pack(">I", len(data) + 1) + command + data


def macros(step, *pairs):
	return packet(b"D", step + b"".join(p.encode() + b"\0" for p in pairs))


# Commands of the milter protocol (libmilter/mfdef.h), each with the macros
# that a mail server sends before it.
COMMANDS = {
	"CONNECT": packet(b"C", b"mx.isp.example\0" + b"4" + struct.pack(">H", 25)
	                  + b"203.0.113.7\0"),
	"HELO": packet(b"H", b"mx.isp.example\0"),
	"MAIL": packet(b"M", b"<>\0"),
	"RCPT": packet(b"R", b"<bounces@b.example.com>\0"),
	"RCPT other": packet(b"R", b"<boss@partner.example>\0"),
	"DATA": packet(b"T"),
	"HEADER": packet(b"L", b"Subject\0 hello\0"),
	"MARK": packet(b"L", b"X-Carom-Kind\0 x\0"),
	"EOH": packet(b"N"),
	"BODY": packet(b"B", b"body\r\n"),
	"EOM": macros(b"E", "i", "4XkT2s1") + packet(b"E"),
	"EOM with body": packet(b"E", b"end\r\n"),
	"ABORT": packet(b"A"),
	"UNKNOWN": packet(b"U", b"XYZZY\0"),
	"QUIT": packet(b"Q"),
	"QUIT_NC": packet(b"K"),
	"MACROS": macros(b"M", "{auth_authen}", "acme", "i", "4XkT2s1"),
	"no command": packet(b"x", b"?"),
	"empty MAIL": packet(b"M"),
	"empty RCPT": packet(b"R"),
	"empty HEADER": packet(b"L"),
}
OPTNEG = packet(b"O", struct.pack(">III", 6, 0x1ff, ALL))
# What comes first, so that three commands more reach each corner.
BEGINNINGS = ((), ("CONNECT", "MAIL", "RCPT"),
              ("CONNECT", "MAIL", "RCPT", "DATA", "HEADER", "EOH", "BODY"))


def say(path, names, optneg=OPTNEG):
	"""All of it at once; until the daemon has answered what it will."""
	with socket.socket(socket.AF_UNIX) as s:
		s.settimeout(20)
		s.connect(path)
		try:
			s.sendall(optneg + b"".join(COMMANDS[n] for n in names))
			s.shutdown(socket.SHUT_WR)
			while s.recv(65536):
				pass
		except (BrokenPipeError, ConnectionResetError):
			pass        # it has hung up, as it may


def try_all(daemon, length):
	"""The first sequence that the daemon did not survive or answer."""
	path = daemon.socket(daemon.role)
	count = 0
	for beginning in BEGINNINGS:
		n = length if not beginning else length - 1
		for size in range(1, n + 1):
			for names in itertools.product(COMMANDS, repeat=size):
				try:
					say(path, beginning + names)
				except OSError as error:
					return count, "%s: %s" % (", ".join(beginning + names), error)
				count += 1
	for names in itertools.product(COMMANDS, repeat=1):
		say(path, names, optneg=b"")
		count += 1
	return count, None


def tests(tap, lab):
	keys = os.path.join(lab.folder, "run", "keys")
	lab.configure(settings(lab, bounce={"keys": keys},
	                       inbound={"after": "accept", "headers": "yes"},
	                       outbound={"return-address": "bounces@b.example.com",
	                                 "account-header": "X-Account",
	                                 "account-header-networks": "203.0.113.0/24"}))
	daemons = [Daemon(lab, "inbound"), Daemon(lab, "outbound")]
	run([lab.carom, "verp", "newkey", keys], user=PIPE_USER)
	try:
		for daemon in daemons:
			daemon.start()
			count, failure = try_all(daemon, 3)
			tap.ok(failure is None and count > 9000 and daemon.process.poll() is None,
			       "%s: runs on after every order of up to three commands"
			       % daemon.role, "%s after %d of them, it ended with %s\n%s" % (
				failure, count, daemon.process.poll(), daemon.log_text()[-3000:]))
			tap.same(daemon.stop(), 0, "%s: and ends as it should" % daemon.role)
			tap.ok("runtime error" not in daemon.log_text() and
			       "AddressSanitizer" not in daemon.log_text() and
			       "LeakSanitizer" not in daemon.log_text(),
			       "%s: the sanitizers, if it was built with them, say nothing"
			       % daemon.role, daemon.log_text()[-3000:])
	finally:
		for daemon in daemons:
			daemon.stop()


sys.exit(script("milter orders", tests))
