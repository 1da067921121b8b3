#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The milter on the MX: refuses forgeries, takes reports, leaves the rest."""

import os
import re
import smtplib
import socketserver
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from dkim import Collector  # noqa: E402
from lab import PIPE_USER, Failure, run, wait_until  # noqa: E402
from tap import script  # noqa: E402

BOUNCES = "bounces@b.example.com"
STRANGER = "203.0.113.7"


def refused(lab, to, message):
	try:
		lab.postfix.submit("", to, message, client=STRANGER)
	except Failure as failure:
		return str(failure).partition("refused a message: ")[2]
	return "taken"


def sign(lab, recipient):
	return lab.run_carom("verp", "encode", recipient, "--sender", BOUNCES,
	                     user=PIPE_USER).stdout.strip()


def tests(tap, lab):
	keys = os.path.join(lab.folder, "run", "keys")
	lab.configure(settings(lab, bounce={"keys": keys}))
	daemon = Daemon(lab, "inbound")
	run([lab.carom, "verp", "newkey", keys], user=PIPE_USER)
	daemon.start()
	lab.postfix.command("postconf", "-e", "smtpd_milters=%s"
	                    % daemon.in_postfix("inbound"))
	lab.postfix.reload()
	try:
		signatures(tap, lab, daemon)
		tokens(tap, lab, daemon)
		mixed(tap, lab)
		outage(tap, lab)
		rotation(tap, lab, daemon, keys)
		marking(tap, lab, daemon, keys)
	finally:
		daemon.stop()


def signatures(tap, lab, daemon):
	to = sign(lab, "ani@gmail.com")
	lab.postfix.submit("", to, samples.dsn("ani@gmail.com", to),
	                   client=STRANGER)
	tap.same(lab.postgres.sql("SELECT address, confidence, sent_on = "
	                          "current_date FROM carom.event"),
	         "ani@gmail.com|proven|t", "a signed return address is proof")
	tap.same(lab.count("suppression"), 1, "and suppresses")
	tap.same(refused(lab, to.replace("ani", "adi"), samples.dsn(
		"adi@gmail.com", to)), "550 5.1.1 this return address was never ours",
		"a forged one is refused at RCPT")
	tap.contains(daemon.log_text(), "reason=forged", "and logged with why")
	tap.same(refused(lab, to.upper(), samples.dsn("ani@gmail.com", to)),
	         "taken", "in upper case it still holds")
	plain = samples.verp(BOUNCES, "eko@gmail.com")
	lab.postfix.submit("", plain, samples.dsn("eko@gmail.com", plain),
	                   client=STRANGER)
	tap.same(lab.postgres.sql("SELECT confidence FROM carom.event WHERE "
	                          "address = 'eko@gmail.com'"), "guessed",
	         "with a key, an unsigned address is a guess")


def tokens(tap, lab, daemon):
	"""A token names a row: with a signature that holds it may still be none."""
	lab.run_carom("verp", "publish")
	nobody, who = (lab.postgres.sql("SELECT carom.verp('%s@gmail.com', '%s')"
	                                % (c * 50, BOUNCES)) for c in "nw")
	message = samples.dsn("w@gmail.com", who)
	tap.same(refused(lab, who, message), "taken", "a token that names somebody")
	tap.same(lab.postgres.sql("SELECT confidence FROM carom.event WHERE "
	                          "address LIKE 'www%'"), "proven", "is proof")
	lab.postgres.sql("DELETE FROM carom.address WHERE address LIKE 'nnn%'")
	unknown = "550 5.1.1 this return address names nobody whom we mailed"
	tap.same(refused(lab, nobody, message), unknown,
	         "one that names nobody is refused at RCPT")
	tap.contains(daemon.log_text(), "to=<%s>, client=%s, reason=unknown return "
	             "address" % (nobody, STRANGER), "and logged with why")
	lab.postgres.stop()
	lab.postgres.start()
	tap.same(refused(lab, nobody, message), unknown,
	         "also by a connection that a restart of the database has cut")
	lab.postgres.stop()
	tap.same(refused(lab, nobody, message),
	         "451 4.3.0 not recorded, try again later",
	         "database away: taken at RCPT, put off at the end of the message")
	lab.postgres.start()
	wait_until(lambda: refused(lab, nobody, message) == unknown, 20,
	           "it is refused again")
	hanging(tap, lab, daemon, nobody, samples.dsn("n@gmail.com", nobody))


def hanging(tap, lab, daemon, token, message):
	before = lab.count("event")
	session = lab.postgres.hold(
		"LOCK TABLE carom.address IN ACCESS EXCLUSIVE MODE")
	with smtplib.SMTP("127.0.0.1", lab.postfix.port, "client.example") as smtp:
		smtp.ehlo()
		smtp.mail("")
		start = time.monotonic()
		code, _ = smtp.rcpt(token)
		took = time.monotonic() - start
		lab.postgres.release(session)
		tap.ok(code == 250 and 4 < took < 9, "a database that does not answer: "
		       "taken at RCPT after 5 seconds", "%d after %d s" % (code, took))
		tap.contains(daemon.log_text(), "a token is taken without being looked "
		             "up: database:", "and logged")
		code, text = smtp.data(message)
	tap.same(code, 250, "then it is recorded")
	tap.same(lab.postgres.sql(
		"SELECT confidence FROM carom.event ORDER BY id OFFSET %d" % before),
		"guessed", "as a guess, for nobody has that number")


def mixed(tap, lab):
	to = sign(lab, "budi@gmail.com")
	lab.postfix.submit("", [to, "boss@partner.example"],
	                   samples.dsn("budi@gmail.com", to), client="127.0.0.1")
	lab.postfix.wait_empty()
	tap.same([d["to"] for d in lab.world.deliveries()],
	         ["boss@partner.example"],
	         "a message for us and for somebody else goes on to them alone")
	tap.same(lab.count("event", "address = 'budi@gmail.com'"), 1,
	         "and is recorded for us")
	lab.postfix.submit("a@isp.example", "boss@partner.example",
	                   samples.letter("a@isp.example", "boss@partner.example"),
	                   client="127.0.0.1")
	lab.postfix.wait_empty()
	tap.same(len(lab.world.deliveries()), 2, "ordinary mail passes")


def outage(tap, lab):
	to = sign(lab, "citra@gmail.com")
	message = samples.dsn("citra@gmail.com", to)
	lab.postgres.stop()
	tap.same(refused(lab, to, message), "451 4.3.0 not recorded, try again later",
	         "451 while the database is away")
	lab.postgres.start()
	wait_until(lambda: refused(lab, to, message) == "taken", 20,
	           "it is taken once the database is back")
	tap.same(refused(lab, to, message), "taken", "the same again: taken")
	tap.same(lab.count("event", "address = 'citra@gmail.com'"), 1,
	         "and recorded once")


def rotation(tap, lab, daemon, keys):
	old = sign(lab, "dewi@gmail.com")
	run([lab.carom, "verp", "newkey", keys], user=PIPE_USER)
	daemon.hangup()
	wait_until(lambda: "reloaded" in daemon.log_text(), 10, "it reloads")
	new = sign(lab, "dewi@gmail.com")
	tap.ok(old != new, "a new key signs", "%s\n%s" % (old, new))
	for address, what in ((old, "old"), (new, "new")):
		tap.same(refused(lab, address, samples.dsn("dewi@gmail.com", address)),
		         "taken", "rotation: the %s key's addresses hold" % what)


FORGED = b"X-Carom-Kind: letter\r\nx-carom-recorded:yes\r\nX-CAROM-KIND: x\r\n" \
	b"X-Carom-Category: none\r\nX-Carom-Class: none\r\nX-Carom-Recipient: known\r\n"


def marking(tap, lab, daemon, keys):
	"""Fields for filters behind us: ours, and nobody else's."""
	world = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Collector)
	world.daemon_threads, world.messages = True, []
	threading.Thread(target=world.serve_forever, daemon=True).start()
	lab.postfix.command("postconf", "-e", "content_filter=smtp:[127.0.0.1]:%d"
	                    % world.server_address[1])
	lab.postfix.reload()

	def passed(to, message):
		del world.messages[:]
		lab.postfix.submit("a@isp.example", to, message, client="127.0.0.1")
		wait_until(lambda: world.messages, 20, "it goes on")
		return world.messages[0].decode()

	def fields(to, message):
		return re.findall(r"^X-Carom-([A-Z]\w+: [^\r]*)", passed(to, message)
		                  .partition("\r\n\r\n")[0], re.M | re.I)

	def use(**inbound):
		before = daemon.log_text().count("reloaded")
		lab.configure(settings(lab, bounce={"keys": keys}, inbound=inbound))
		daemon.hangup()
		wait_until(lambda: daemon.log_text().count("reloaded") > before, 10,
		           "it reloads")

	use(after="accept", headers="yes")
	to = sign(lab, "eka@gmail.com")
	tap.same(fields(to, FORGED + b"X-Carom-Token: t\r\n" + samples.dsn(
		"eka@gmail.com", to)), ["Token: t", "Recorded: yes", "Kind: bounce",
		"Category: recipient_unknown", "Class: hard", "Recipient: known"],
		"what was recorded is told to filters behind, and by us alone")
	two = samples.dsn("f1@gmail.com", BOUNCES).replace(
		b"\r\n\r\n--=_dsn\r\nContent-Type: text/rfc822-headers",
		b"\r\n\r\nFinal-Recipient: rfc822; f2@gmail.com\r\nAction: failed\r\n"
		b"Status: 5.2.2\r\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full\r\n"
		b"\r\n--=_dsn\r\nContent-Type: text/rfc822-headers")
	tap.same(fields(BOUNCES, two)[2:], ["Category: recipient_unknown, mailbox_full",
	                                    "Class: hard, soft", "Recipient: unknown"],
	         "of several outcomes, each word once")
	tap.same(fields(BOUNCES, samples.letter("a@isp.example", BOUNCES)),
	         ["Recorded: yes", "Kind: unrecognised"], "a letter has no more")
	letter = samples.letter("a@isp.example", "boss@partner.example",
	                        body="line\r\n" * 20000)
	got = passed("boss@partner.example", FORGED + letter)
	tap.ok("X-Carom" not in got and "x-carom" not in got and
	       got.count("line\r\n") == 20000,
	       "mail for others loses such fields, and is whole", got[:1000])
	tap.ok(passed("boss@partner.example", letter).count("line\r\n") == 20000,
	       "without them it is let go")
	use(after="accept")
	to = sign(lab, "gilang@gmail.com")
	tap.same(fields(to, samples.dsn("gilang@gmail.com", to)), [],
	         "nothing is told where nobody asked for it")
	world.shutdown()


sys.exit(script("milter inbound", tests))
