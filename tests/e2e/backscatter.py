#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reports that our own Postfix writes at a stranger's request suppress nobody."""

import os
import shutil
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from lab import HOSTNAME, PIPE_USER, run, write_file  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
VICTIM = "victim@gmail.com"
VERP = samples.verp(NEWS, VICTIM)
STRANGER = "203.0.113.7"
APPLICATION = "198.51.100.20"


class Case:
	def __init__(self, tap, lab):
		self.tap, self.lab = tap, lab

	def send(self, sender, recipient, client=None, helo="c.example", login=None,
	         mail="", rcpt="", message=None):
		"""One message by SMTP; client: as whom it comes, None: this host."""
		with smtplib.SMTP("127.0.0.1", self.lab.postfix.port, helo) as smtp:
			smtp.ehlo()
			if client is not None:
				smtp.docmd("XCLIENT", "ADDR=%s NAME=%s PROTO=ESMTP%s" % (
					client, helo.strip("[]") if helo[0] == "[" else "x.example",
					" LOGIN=" + login if login else ""))
				smtp.ehlo(helo)
			replies = [smtp.docmd("MAIL", "FROM:<%s>%s" % (sender, mail)),
			           smtp.docmd("RCPT", "TO:<%s>%s" % (recipient, rcpt)),
			           smtp.data(message or samples.newsletter())]
		if any(code >= 400 for code, _ in replies):
			self.tap.ok(False, "Postfix takes the message", replies)
		self.lab.postfix.wait_empty()

	def sendmail(self, *args):
		run(["/usr/sbin/sendmail", "-C", self.lab.postfix.etc, "-i", *args],
		    text="Subject: x\n\nhello\n")
		self.lab.postfix.wait_empty()

	def nobody(self, name):
		"""The report is there, and suppressed nobody."""
		self.tap.same(self.lab.postgres.sql(
			"SELECT count(*) > 0, count(*) FILTER (WHERE confidence <> 'guessed'), "
			"(SELECT count(*) FROM carom.suppression) FROM carom.event"),
			"t|0|0", name)
		self.lab.forget_reports()

	def silent(self, name):
		"""Nothing came back at all."""
		self.tap.same(self.lab.postgres.sql("SELECT count(*) FROM carom.report"), "0", name)
		self.lab.forget_reports()

	def answered(self, name):
		"""What came back is no bounce."""
		self.tap.same(self.lab.postgres.sql(
			"SELECT count(*) > 0, count(*) FILTER (WHERE kind IN ('bounce', 'complaint', "
			"'unsubscribe')), (SELECT count(*) FROM carom.suppression) FROM carom.report"),
			"t|0|0", name)
		self.lab.forget_reports()

	def believed(self, address, name):
		self.tap.same(self.lab.postgres.sql(
			"SELECT e.address, e.confidence, (SELECT count(*) FROM carom.suppression s "
			"WHERE s.address = e.address) FROM carom.event e WHERE kind <> 'unrecognised'"),
			address + "|matched|1", name)
		self.lab.forget_reports()

	def postconf(self, *settings):
		self.lab.postfix.command("postconf", "-e", *settings)
		self.lab.postfix.reload()


def relayed(case):
	dead = "unknown.x@relay.example"
	case.send(VERP, dead, STRANGER)
	case.nobody("relayed: a victim's plain return address")
	case.send(NEWS, dead, STRANGER, rcpt=" ORCPT=rfc822;" + VICTIM)
	case.nobody("relayed: a victim's ORCPT")
	case.send("nobody.knows@b.example.com", dead, STRANGER,
	          rcpt=" ORCPT=rfc822;" + VICTIM)
	case.nobody("relayed: from a sender that [senders] lacks")
	case.send(samples.verp(NEWS, dead), dead, STRANGER)
	case.nobody("relayed: the return address of whom it went to")
	case.send(NEWS, dead, STRANGER, helo="[127.0.0.1]")
	case.nobody("relayed: by a client who calls itself us")
	case.send(NEWS, dead, STRANGER, helo="localhost")
	case.nobody("relayed: or localhost")
	case.send(NEWS, dead, STRANGER, message=(
		b"Received: from localhost (localhost [127.0.0.1])\r\n\tby " + HOSTNAME.encode()
		+ b" (Postfix) with ESMTP id 1234567\r\n\tfor <x@y>; x\r\n" + samples.newsletter()))
	case.nobody("relayed: with a Received that says it is ours")
	case.send(NEWS, dead, STRANGER, mail=" RET=HDRS ENVID=x",
	          rcpt=" ORCPT=rfc822;" + VICTIM)
	case.nobody("relayed: headers alone returned")
	case.send(VERP, "x@b.example.com", STRANGER, rcpt=" NOTIFY=SUCCESS")
	case.nobody("NOTIFY=SUCCESS to the bounce domain resets nobody's count")
	case.send(VERP, "good@relay.example", STRANGER, rcpt=" NOTIFY=SUCCESS")
	case.nobody("nor to a domain that we relay for")
	case.send(VERP, "fwd@local.example", STRANGER)
	case.nobody("sent on by an alias of ours to a dead address")
	for wrapped in ("SRS0=aaaa=BB=gmail.com=victim@b.example.com",
	                "SRS1=aaaa=relay.example==aaaa=BB=gmail.com=victim@b.example.com",
	                "prvs=1234abcdef=" + VERP, "btv1==abc==" + VERP):
		case.send(wrapped, dead, STRANGER)
		case.nobody("relayed: the victim within " + wrapped.partition("=")[0])
	case.send(VERP, dead, STRANGER, message=(
		b"ARC-Seal: i=1; a=rsa-sha256; d=gmail.com; s=x; cv=none; t=1; b=AAAA\r\n"
		b"ARC-Authentication-Results: i=1; " + HOSTNAME.encode() + b"; dkim=pass "
		b"header.d=b.example.com; spf=pass smtp.mailfrom=b.example.com\r\n"
		b"Authentication-Results: " + HOSTNAME.encode() + b"; dkim=pass "
		b"header.d=b.example.com\r\n" + samples.newsletter()))
	case.nobody("relayed: with results of a verifier that it brings along")


def second_mx(case):
	"""We are the second MX of relay.example; the first takes the mail and refuses."""
	case.send(VERP, "full.x@relay.example", STRANGER)
	case.nobody("second MX: the first is full")
	case.send("", "unknown.x@relay.example", STRANGER, message=samples.dsn(
		VICTIM, NEWS, reporter=HOSTNAME))
	case.silent("second MX: a bounce of a bounce is none")


def vacation(case):
	"""A mailbox on this host answers a stranger, with the stranger's words."""
	words = b"Subject: 550 5.1.1 <%s>: User unknown\r\n\r\n%s\r\n" % (
		VICTIM.encode(), samples.dsn(VICTIM, NEWS, reporter=HOSTNAME))
	for sender in VERP, NEWS:
		case.send("", sender, message=(
			b"To: <%s>\r\nFrom: away@local.example\r\nAuto-Submitted: auto-replied\r\n"
			b"Subject: Away\r\n\r\nI am away. You wrote:\r\n" % sender.encode() + words))
		case.answered("vacation: an answer to " + sender.partition("@")[0])


def probes(case):
	"""Postfix asks whether an address takes mail; the answer goes to nobody."""
	case.postconf("smtpd_recipient_restrictions=reject_unverified_recipient",
	              "address_verify_poll_count=10", "address_verify_poll_delay=1s",
	              "address_verify_map=", "address_verify_sender=" + NEWS)
	with smtplib.SMTP("127.0.0.1", case.lab.postfix.port, "c.example") as smtp:
		smtp.ehlo()
		smtp.docmd("XCLIENT", "ADDR=%s NAME=x.example PROTO=ESMTP" % STRANGER)
		smtp.ehlo("c.example")
		smtp.docmd("MAIL", "FROM:<%s>" % VERP)
		code, text = smtp.docmd("RCPT", "TO:<unknown.probe@relay.example>")
	case.tap.ok(code == 450 and b"unverified" in text, "probes: refused after one", (code, text))
	case.lab.postfix.wait_empty()
	case.silent("probes: and nobody is told")
	case.postconf("smtpd_recipient_restrictions=")


def without_received(case):
	"""header_checks that take our own Received out."""
	case.postconf("header_checks=regexp:" + write_file(
		os.path.join(case.lab.folder, "checks"), "/^Received:/ IGNORE\n"))
	case.send(NEWS, "unknown.x@relay.example", STRANGER)
	case.nobody("header_checks: relayed")
	case.send("", "fwd2@local.example", STRANGER, message=samples.dsn(
		VICTIM, NEWS, reporter=HOSTNAME))
	case.nobody("header_checks: a made-up DSN, sent on by an alias")
	case.postconf("header_checks=regexp:" + write_file(
		os.path.join(case.lab.folder, "checks"), "/^Received:.*by mx/ IGNORE\n"))
	for rest in b"", b"Received: from x (x [127.0.0.1])\r\n\tby MX.example.com (Postfix)" \
	                 b" with ESMTP id 12345; x\r\n":
		case.send(NEWS, "unknown.x@relay.example", STRANGER,
		          message=rest + samples.newsletter())
		case.nobody("header_checks: a Received that they leave")
	case.postconf("header_checks=")


def local_users(case):
	case.sendmail("-f", VERP, "unknown.x@gmail.com")
	case.nobody("sendmail -f with a victim's return address")
	case.sendmail("-f", VERP, "-bv", "unknown.x@gmail.com")
	case.nobody("sendmail -bv with it")
	case.sendmail("-f", NEWS, "-bv", "unknown.x@gmail.com")
	case.nobody("sendmail -bv: nothing was mailed")
	case.send(NEWS, "unknown.x@gmail.com", rcpt=" ORCPT=rfc822;" + VICTIM)
	case.nobody("port 25 of this host with a victim's ORCPT")


def ours(case):
	"""What our applications send keeps its confidence."""
	dead = "unknown.x@gmail.com"
	case.send(NEWS, dead)
	case.believed(dead, "from this host, a plain return address")
	case.send(samples.verp(NEWS, dead), dead)
	case.believed(dead, "and one by VERP, unsigned")
	case.send(NEWS, dead, rcpt=" ORCPT=rfc822;Unknown.X@gmail.com")
	case.believed(dead, "with ORCPT, in another spelling")
	case.send(NEWS, dead, APPLICATION)
	case.believed(dead, "from a host of [own] networks")
	case.send("unlisted@b.example.com", dead)
	case.believed(dead, "from a sender that [senders] lacks")
	case.send(NEWS, "unknown.x@relay.example", STRANGER, login="alice")
	case.believed("unknown.x@relay.example", "after a login, from anywhere")
	case.sendmail("-f", NEWS, dead)
	case.believed(dead, "by sendmail(1)")
	case.sendmail("-XV", "-f", NEWS, dead)
	case.believed(dead, "and with XVERP")


def configure(tap, lab):
	keys = os.path.join(lab.folder, "keys")
	run([lab.carom, "verp", "newkey", keys])
	shutil.chown(keys, PIPE_USER)
	lab.configure({"bounce": {"keys": keys}, "own": {"networks": "198.51.100.0/24"}})
	with open(lab.postfix.etc + "/master.cf", "a") as f:
		f.write("local unix - n n - - local\n")
	case = Case(tap, lab)
	case.postconf(
		"relay_domains=b.example.com, relay.example", "mydestination=local.example",
		"local_transport=local:", "smtpd_relay_restrictions=permit_mynetworks, "
		"reject_unauth_destination", "mynetworks=127.0.0.0/8, 198.51.100.0/24",
		"alias_maps=inline:{ {fwd = unknown.x@gmail.com}, {fwd2 = %s} }" % NEWS)
	return case


def tests(tap, lab):
	case = configure(tap, lab)
	for test in relayed, second_mx, vacation, probes, without_received, local_users, ours:
		test(case)


sys.exit(script("backscatter", tests))
