#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whose mail it is, told by a header field that only some may set."""

import os
import smtplib
import socketserver
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from dkim import Collector  # noqa: E402
from lab import PIPE_USER, run, wait_until  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
SHOP = "shop@elsewhere.example"
RELAY = "198.51.100.9"
STRANGER = "203.0.113.7"
FIELD = "X-Carom-Account"
HELD = "550 5.7.1 ani@gmail.com is suppressed: complaint %s, account acme, " \
	"stream newsletter"


class Sender:
	"""Mail with that field, from that client or login."""

	def __init__(self, lab):
		self.lab = lab

	def __call__(self, to, *accounts, sender=SHOP, client=RELAY, login=None):
		"""What was answered to each recipient and to the whole."""
		fields = "".join("%s: %s\r\n" % (FIELD, a) for a in accounts)
		with smtplib.SMTP("127.0.0.1", self.lab.postfix.port, "c.example") as smtp:
			smtp.ehlo()
			smtp.docmd("XCLIENT", "ADDR=%s NAME=c.example%s" % (
				client, " LOGIN=" + login if login else ""))
			smtp.ehlo()
			smtp.mail(sender)
			said = [smtp.rcpt(r) for r in to.split()]
			if any(code == 250 for code, _ in said):
				said.append(smtp.data(fields.encode() + samples.newsletter()))
		return ["taken" if code == 250 else "%d %s" % (code, text.decode())
		        for code, text in said]


def configuration(lab, **more):
	return settings(
		lab, bounce={"keys": os.path.join(lab.folder, "run", "keys")},
		outbound=dict({"return-address": "bounces@b.example.com",
		               "refresh": "2", "account-header": FIELD,
		               "account-header-networks": "198.51.100.0/24",
		               "account-header-logins": "relay"}, **more),
		away={"acme/newsletter": "closed"}, streams={"7": "acme/newsletter"})


def tests(tap, lab):
	lab.configure(configuration(lab))
	daemon = Daemon(lab, "outbound")
	run([lab.carom, "verp", "newkey", os.path.join(lab.folder, "run", "keys")],
	    user=PIPE_USER)
	lab.run_carom("suppress", "add", "ani@gmail.com", "--reason", "complaint",
	              "--account", "acme", "--stream", "newsletter")
	lab.run_carom("suppress", "add", "budi@gmail.com", "--reason", "gone")
	world = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Collector)
	world.daemon_threads, world.messages = True, []
	threading.Thread(target=world.serve_forever, daemon=True).start()
	daemon.start()
	lab.postfix.command(
		"postconf", "-e", "smtpd_milters=" + daemon.in_postfix("outbound"),
		"mynetworks=127.0.0.0/8 198.51.100.0/24 203.0.113.0/24",
		"default_transport=smtp:[127.0.0.1]:%d" % world.server_address[1])
	lab.postfix.reload()
	try:
		send = Sender(lab)
		told = HELD % lab.postgres.sql("SELECT current_date")
		refusing(tap, lab, daemon, send, told)
		believing(tap, lab, send, told)
		wrong(tap, lab, daemon, send)
		outgoing(tap, lab, daemon, send, world)
		away(tap, lab, send, told)
		tap.same(daemon.stop(), 0, "SIGTERM ends it")
		counting(tap, lab)
	finally:
		daemon.stop()
		world.shutdown()


def refusing(tap, lab, daemon, send, told):
	tap.same(send("ani@gmail.com", "acme/newsletter"), ["taken", told],
	         "refused at the end of the message, when the account is known")
	tap.contains(daemon.log_text(), ": reject: to=<ani@gmail.com>, account=acme, "
	             "stream=newsletter, reason=suppressed (complaint",
	             "and logged with why")
	tap.same(send("ani@gmail.com budi@gmail.com citra@gmail.com", "beta"),
	         ["taken", "550 5.7.1 budi@gmail.com is suppressed: gone %s, all "
	          "accounts" % lab.postgres.sql("SELECT current_date"), "taken",
	          "taken"], "who is suppressed for all accounts is refused at RCPT, "
	         "alone; another account's suppression holds nobody up")
	tap.same(send("ani@gmail.com citra@gmail.com", "acme/newsletter"),
	         ["taken", "taken", "taken"], "one of two is suppressed: taken")
	lab.postfix.wait_empty()
	tap.contains(daemon.log_text(), ": removed: to=<ani@gmail.com>, account=acme",
	             "the log says who was removed")
	log = lab.postfix.log_text()
	queue_id = daemon.log_text().partition(": removed:")[0].split()[-1]
	tap.same([queue_id + ": to=<%s@gmail.com>" % who in log
	          for who in ("ani", "citra")], [False, True],
	         "and only the other one gets it")
	lab.run_carom("suppress", "add", "dewi@gmail.com", "--reason", "asked",
	              "--account", "acme")
	wait_until(lambda: send("dewi@gmail.com", "acme")[1] != "taken", 10,
	           "a suppression is known within seconds")
	tap.same(send("ani@gmail.com dewi@gmail.com", "acme/newsletter"),
	         ["taken", "taken", told.replace("ani", "no recipient may be mailed; "
	                                         "ani")], "all are: refused")


def believing(tap, lab, send, told):
	tap.same(send("ani@gmail.com", "acme/newsletter", client=STRANGER),
	         ["taken", "taken"], "from a client that is not trusted it counts "
	         "for nothing")
	tap.same(send("ani@gmail.com", "beta", client=STRANGER, sender=NEWS),
	         [told], "nor does it get round what is known of the sender, at RCPT")
	tap.same(send("ani@gmail.com", "acme/newsletter", client=STRANGER,
	              login="relay"), ["taken", told], "a login can be trusted")
	tap.same(send("ani@gmail.com", "acme/newsletter", client=STRANGER,
	              login="other"), ["taken", "taken"], "another is not")
	tap.same(send("ani@gmail.com", "beta", sender=NEWS), ["taken", "taken"],
	         "the field comes before [senders]")
	tap.same(send("ani@gmail.com", sender=NEWS), ["taken", told],
	         "without it, [senders] says whose it is")


def wrong(tap, lab, daemon, send):
	for values, why, what in (
			(("acme", "beta"), "is there twice and says two things", "two"),
			(("acme/a b",), "is not ACCOUNT or ACCOUNT/STREAM", "a space"),
			(("acme, reason=x",), "is not ACCOUNT or ACCOUNT/STREAM", "a comma"),
			(("/news",), "names no account", "no account"),
			(("",), "names no account", "nothing"),
			(("a" * 129,), "is too long", "129 characters")):
		tap.same(send("citra@gmail.com", *values)[-1], "550 5.7.1 %s %s"
		         % (FIELD, why), "refused with why: " + what)
	tap.contains(daemon.log_text(), "client=%s, reason=%s is there twice"
	             % (RELAY, FIELD), "and logged")
	tap.same(send("citra@gmail.com", "acme", "acme")[-1], "taken",
	         "twice the same: taken")


def last_message(lab, world, before):
	lab.postfix.wait_empty()
	return b"".join(world.messages[before:]).decode()


def outgoing(tap, lab, daemon, send, world):
	lab.postfix.wait_empty()
	for client, values in ((RELAY, ("acme/newsletter",) * 3), (STRANGER, ("x",))):
		before = len(world.messages)
		send("eko@gmail.com", *values, client=client)
		text = last_message(lab, world, before)
		tap.ok("Subject: What is new" in text and FIELD not in text,
		       "taken out of mail from %s" % client, text)
	before = len(world.messages)
	send("a" * 50 + "@gmail.com", "acme/newsletter")
	token = last_message(lab, world, before).partition("X-Carom-Token: ")[2]
	tap.contains(lab.run_carom("verp", "decode", token.split()[0],
	                           user=PIPE_USER).stdout, "stream     7",
	             "the signed address has the number of that stream")
	tap.same(lab.postgres.sql("SELECT account FROM carom.address"), "acme",
	         "and its row that account")
	lab.configure(configuration(lab, **{"account-header-keep": "yes"}))
	daemon.hangup()
	wait_until(lambda: "reloaded" in daemon.log_text(), 10, "it reloads")
	before = len(world.messages)
	send("eko@gmail.com", "acme/newsletter")
	tap.contains(last_message(lab, world, before), FIELD + ": acme/newsletter",
	             "account-header-keep = yes leaves it in")


def away(tap, lab, send, told):
	lab.postgres.stop()
	wait_until(lambda: send("citra@gmail.com", "acme/newsletter")[-1] ==
	           "451 4.3.0 nobody can say whether this recipient is suppressed,"
	           " try again later", 20, "a closed stream waits")
	tap.ok(True, "database away: a stream that is configured closed waits")
	tap.same(send("citra@gmail.com", "beta"), ["taken", "taken"],
	         "another account's mail goes out")
	lab.postgres.start()
	wait_until(lambda: send("citra@gmail.com", "acme/newsletter")[-1] == "taken",
	           20, "and goes out when the database is back")
	tap.same(send("ani@gmail.com", "acme/newsletter"), ["taken", told],
	         "and is checked again")


def counting(tap, lab):
	tap.same(lab.postgres.sql(
		"SELECT account, stream FROM carom.volume WHERE provider = 'gmail' "
		"GROUP BY 1, 2 ORDER BY 1, 2"), "|\nacme|\nacme|newsletter\nbeta|",
		"volumes are counted under the accounts that were named")
	tap.same(lab.postgres.sql(
		"SELECT sum(sent) FROM carom.volume WHERE account = 'beta'"), "4",
		"as many as went out")


sys.exit(script("milter account", tests))
