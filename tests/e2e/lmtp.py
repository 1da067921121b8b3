#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The LMTP socket without Postfix: clients and servers that behave badly, and
more mail at once than there is memory for."""

import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import (Failure, PIPE_USER, clean_environment, run,  # noqa: E402
                 wait_until)
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
STRANGER = "203.0.113.7"
MIB = 1024 * 1024
LARGEST = 15        # MiB, [limits] message
HELD = 64           # MiB that all sessions hold together, MIN_HELD of src/base/memory_budget.c
LINES = (b"x" * 1022 + b"\r\n") * 1024


class Client:
	"""One connection to the daemon, up to the point where it wants mail."""

	def __init__(self, daemon, recipients=(NEWS,), ident="TEST"):
		self.socket = socket.socket(socket.AF_UNIX)
		self.socket.settimeout(60)
		self.socket.connect(daemon.socket("lmtp"))
		self.file = self.socket.makefile("rb")
		self.answer()
		self.say("LHLO test")
		self.say("XFORWARD IDENT=%s ADDR=%s" % (ident, STRANGER))
		self.say("MAIL FROM:<>")
		self.accepted = [self.say("RCPT TO:<%s>" % r)[:3] for r in recipients]

	def answer(self):
		while True:
			line = self.file.readline().decode()
			if line[3:4] != "-":
				return line.strip()

	def say(self, command):
		self.socket.sendall(command.encode() + b"\r\n")
		return self.answer()

	def send(self, data):
		self.socket.sendall(data)

	def close(self):
		self.file.close()
		self.socket.close()


def report(who):
	return samples.dsn(who + "@gmail.com", NEWS)


def peak(daemon):
	"""MiB that the daemon has had in memory at most."""
	with open("/proc/%d/status" % daemon.process.pid) as f:
		for line in f:
			if line.startswith("VmHWM:"):
				return int(line.split()[1]) // 1024
	return 0


def by_milter(lab, message):
	"""What Postfix answers to it."""
	try:
		return lab.postfix.submit("", NEWS, message)
	except Failure as failure:
		return str(failure)


def too_much_at_once(tap, lab, daemon):
	"""Each message is below its limit, all of them together are not."""
	full = HELD // LARGEST
	clients = [Client(daemon) for _ in range(full + 2)]
	for n, client in enumerate(clients):
		client.say("DATA")
		client.send(report("large%d" % n))
	for _ in range(LARGEST + 4):  # what is over the limit of one is cut
		for client in clients[:full]:
			client.send(LINES)
	for _ in range(LARGEST // 2):
		clients[full].send(LINES)
	clients[full].send(b".\r\n")
	tap.same(clients[full].answer()[:9], "452 4.3.1",
	         "a message that there is no room for is put off")
	tap.contains(daemon.log_text(), "TEST: put off: too much mail",
	             "the log says so")
	clients[full + 1].send(b".\r\n")
	tap.same(clients[full + 1].answer()[:3], "250",
	         "a small one finds room all the same")
	tap.contains(by_milter(lab, report("large%d" % full) + LINES * (LARGEST // 2)),
	             "452 4.3.1", "nor has the milter room for it")
	for client in clients[:full]:
		client.send(b".\r\n")
	tap.same([c.answer()[:3] for c in clients[:full]], ["250"] * full,
	         "those that have it are recorded")
	clients[full].say("RSET")
	clients[full].say("MAIL FROM:<>")
	clients[full].say("RCPT TO:<%s>" % NEWS)
	clients[full].say("DATA")
	clients[full].send(report("large%d" % full) + LINES + b".\r\n")
	tap.same(clients[full].answer()[:3], "250",
	         "and then the one that was put off")
	for client in clients:
		client.close()
	tap.same(lab.count("event", "address LIKE 'large%@gmail.com'"), full + 2,
	         "each of them once")
	return peak(daemon)


def given_up(tap, lab, daemon):
	"""Connections that end in the middle give back what they held."""
	for _ in range(2 * HELD // LARGEST):
		client = Client(daemon)
		client.say("DATA")
		client.send(report("gone"))
		for _ in range(LARGEST - 1):
			client.send(LINES)
		client.close()
	client = Client(daemon)
	client.say("DATA")
	client.send(report("stays"))
	for _ in range(LARGEST - 1):
		client.send(LINES)
	client.send(b".\r\n")
	tap.same(client.answer()[:3], "250", "half a message takes no room for long")
	client.close()
	tap.same((lab.count("event", "address = 'gone@gmail.com'"),
	          lab.count("event", "address = 'stays@gmail.com'")), (0, 1),
	         "and is not recorded")


def many_recipients(tap, lab, daemon):
	client = Client(daemon, ["r%d-%s" % (n, NEWS) for n in range(103)])
	tap.same(client.accepted, ["250"] * 100 + ["452"] * 3,
	         "the 101st recipient is for another time")
	client.say("DATA")
	client.send(report("many") + b".\r\nQUIT\r\n")
	tap.same([client.answer()[:3] for _ in range(101)], ["250"] * 100 + ["221"],
	         "an answer for each of the others, and one for QUIT")
	client.close()


def too_many(tap, lab, daemon):
	"""The 201st connection is told so; when one ends, the next gets in."""
	crowd = [Client(daemon, []) for _ in range(200)]
	with socket.socket(socket.AF_UNIX) as one:
		one.settimeout(20)
		one.connect(daemon.socket("lmtp"))
		tap.same(one.recv(100)[:9], b"421 4.3.2", "the 201st connection waits")
	for client in crowd[:100]:
		client.close()

	def gets_in():
		with socket.socket(socket.AF_UNIX) as two:
			two.settimeout(20)
			two.connect(daemon.socket("lmtp"))
			return two.recv(100)[:3] == b"220"
	tap.ok(wait_until(gets_in, 20, "there is room again"),
	       "once others have ended it gets in")
	for client in crowd[100:]:
		client.close()


def hand_over(lab, path, to, data=None):
	client = os.path.join(os.path.dirname(lab.carom), "..", "libexec", "carom",
	                      "carom-pipe")
	return run([client, "--socket=" + path, "--carom=" + lab.carom,
	            "--recipient=" + to, "--sender=", "--queue-id=TEST",
	            "--client-address=" + STRANGER], user=PIPE_USER, check=False,
	           data=(data or samples.dsn("x@gmail.com", to)).replace(
		           b"\r\n", b"\n"), env=clean_environment(CAROM_CONFIG=lab.conf))


GREETING = b"220 x\r\n250 x\r\n250 x\r\n250 x\r\n250 x\r\n354 x\r\n"

# What a daemon says that dies, or is none, before it reads up to .. and hangs up.
BROKEN = (
	("hangs up at once", b"", b""),
	("hangs up before DATA is answered", GREETING[:-7], b"DATA"),
	("hangs up in the middle of the message", GREETING, b"Final-Recipient"),
	("hangs up without an answer", GREETING, b"\r\n.\r\n"),
	("hangs up within its answer", GREETING + b"250 2.0.0 Reco", b"\r\n.\r\n"),
	("goes on for ever", GREETING + b"250-more\r\n" * 1000, b"\r\n.\r\n"),
	("refuses the connection", b"421 4.3.2 Too many\r\n", b""),
	("refuses the recipient", GREETING[:-14] + b"550 5.1.1 no\r\n354 x\r\n", b"DATA"),
	("refuses for good", GREETING + b"550 5.1.1 never\r\n", b"\r\n.\r\n"),
	("speaks another language", b"HTTP/1.1 200 OK\r\n\r\n", b""),
)


def play(listening, says, until):
	"""Says it, reads until it has seen that, hangs up."""
	peer, _ = listening.accept()
	with peer:
		peer.settimeout(20)
		seen = b""
		before, _, after = says.partition(b"354 x\r\n")
		peer.sendall(before + (b"354 x\r\n" if b"354 x\r\n" in says else b""))
		while until not in seen:
			seen += peer.recv(4096) or until
		try:
			peer.sendall(after)
		except BrokenPipeError:
			pass  # it has heard enough


def broken_daemons(tap, lab):
	path = os.path.join(lab.folder, "run", "broken")
	with socket.socket(socket.AF_UNIX) as listening:
		listening.bind(path)
		os.chmod(path, 0o777)
		listening.listen()
		for name, says, until in BROKEN:
			peer = threading.Thread(target=play, args=(listening, says, until))
			peer.start()
			done = hand_over(lab, path, NEWS)
			peer.join()
			tap.ok(done.returncode == 75 and done.stderr.startswith("carom: "),
			       "carom-pipe: 75 where the daemon %s" % name,
			       "%d %s" % (done.returncode, done.stderr))
	os.unlink(path)
	tap.same(lab.count("event", "address = 'x@gmail.com'"), 0,
	         "nothing of it is recorded")


def odd_addresses(tap, lab, daemon):
	"""Postfix's pipe takes the quotes off; what they held stays what it was."""
	for n, local in enumerate(('a"b', "a>b", "a\\", 'a b', '"a>b"', "a\nb", "a<b")):
		who, to = "odd%d@gmail.com" % n, local + "@b.example.com"
		done = hand_over(lab, daemon.socket("lmtp"), to, samples.dsn(who, NEWS))
		tap.same((done.returncode, lab.postgres.sql(
			"SELECT replace(r.to_address, E'\\n', ' ') FROM carom.report r "
			"JOIN carom.event e ON e.report = r.id "
			"WHERE e.address = '%s'" % who)), (0, to.replace("\n", " ")),
			"carom-pipe: the address %r arrives whole" % to)


def hostile_log(tap, lab, daemon):
	"""What a client says cannot make a line of the log of its own."""
	lab.postgres.stop()
	client = Client(daemon, ident="X+0Acarom:+20FORGED:+20recorded")
	client.say("DATA")
	client.send(report("away") + b".\r\n")
	tap.same(client.answer()[:9], "451 4.3.0", "451 while the database is away")
	client.close()
	lab.postgres.start()
	text = daemon.log_text()
	tap.ok("FORGED" in text and "\ncarom: FORGED" not in text,
	       "a line end in a queue id does not end a line of the log", text[-500:])


def one_connection(tap, lab, daemon):
	"""The daemon may have one connection to the database and no more."""
	role = lab.postgres.sql("SELECT current_user", user=PIPE_USER)
	lab.postgres.sql("ALTER ROLE %s CONNECTION LIMIT 1" % role)
	daemon.start()
	try:
		for round_ in range(2):
			clients = [Client(daemon) for _ in range(8)]
			for n, client in enumerate(clients):
				client.say("DATA")
				client.send(report("lean%d-%d" % (round_, n)) + b".\r\n")
			tap.same([c.answer()[:3] for c in clients], ["250"] * 8,
			         "one connection to the database is enough")
			for client in clients:
				client.close()
			wait_until(lambda: "no second connection" in daemon.log_text(), 10,
			           "it misses the second connection")
		daemon.stop()
	finally:
		lab.postgres.sql("ALTER ROLE %s CONNECTION LIMIT -1" % role)


def tests(tap, lab):
	lab.configure(settings(lab, limits={"message": str(LARGEST * MIB)}))
	daemon = Daemon(lab, "inbound").start()
	lab.postfix.command("postconf", "-e", "smtpd_milters=%s"
	                    % daemon.in_postfix("inbound"))
	lab.postfix.reload()
	try:
		size = too_much_at_once(tap, lab, daemon)
		# the messages, and what reading and recording them takes besides; a
		# sanitizer keeps what was freed, to see who uses it after that
		if "CAROM_SANITIZED" not in os.environ:
			tap.ok(size < 4 * HELD, "the daemon stays below %d MiB"
			       % (4 * HELD), "%d MiB" % size)
		given_up(tap, lab, daemon)
		many_recipients(tap, lab, daemon)
		too_many(tap, lab, daemon)
		broken_daemons(tap, lab)
		odd_addresses(tap, lab, daemon)
		hostile_log(tap, lab, daemon)
		tap.same(daemon.stop(), 0, "SIGTERM ends the daemon")
		tap.contains(daemon.log_text(), " transactions",
		             "it says how many transactions its reports took")
		one_connection(tap, lab, daemon)
	finally:
		daemon.stop()


sys.exit(script("lmtp", tests))
