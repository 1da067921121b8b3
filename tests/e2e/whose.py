#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whose bounce or complaint is it: forwarders, redaction, DKIM, forgers."""

import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from dkim import OpenDkim  # noqa: E402
from lab import HOSTNAME, PIPE_USER, run  # noqa: E402
from tap import script  # noqa: E402

BOUNCES = "bounces@b.example.com"
FBL = "fbl@b.example.com"
STRANGER = "203.0.113.7"
YAHOO = "arf.mail.yahoo.com"


class Case:
	"""What becomes of one report after another."""

	def __init__(self, tap, lab):
		self.tap, self.lab = tap, lab

	def send(self, to, message, wanted, name):
		"""wanted: address|confidence|resolved_by|newly suppressed"""
		before = self.lab.count("suppression_log")
		last = self.lab.postgres.sql("SELECT coalesce(max(id), 0) FROM carom.event")
		self.lab.postfix.submit("", to, message, client=STRANGER)
		self.lab.postfix.wait_empty()
		got = self.lab.postgres.sql(
			"SELECT address, confidence, resolved_by FROM carom.event "
			"WHERE id > %s ORDER BY id" % last)
		self.tap.same("%s|%d" % (got, self.lab.count("suppression_log") - before),
		              wanted, name)

	def sign(self, recipient):
		return self.lab.run_carom("verp", "encode", recipient, "--sender",
		                          BOUNCES, user=PIPE_USER).stdout.strip()


def yahoo(recipient, mail_from, **more):
	return samples.complaint(recipient, reporter=YAHOO, mail_from=mail_from,
	                         agent="Yahoo!-Mail-Feedback/2.0", **more)


def with_recipient(message, recipient):
	return message.replace(b"Version: 1\r\n", b"Version: 1\r\nOriginal-Rcpt-To: "
	                       b"<%s>\r\n" % recipient.encode())


def in_copy(message, field, value):
	"""Puts a field into the header of the returned message."""
	return message.replace(b"\r\nSubject: What is new",
	                       b"\r\n%s: %s\r\nSubject: What is new"
	                       % (field.encode(), value.encode()))


def bounces(case):
	to = case.sign("ani@subscriber.example")
	case.send(to, samples.dsn("ani.private@gmail.com", to),
	          "ani@subscriber.example|proven|verp|1",
	          "forwarder: the bounce is the subscriber's, not the mailbox's")
	case.tap.same(case.lab.postgres.sql(
		"SELECT final_recipient FROM carom.event"), "ani.private@gmail.com",
		"which is kept as well")
	to = case.sign("budi@list.example")
	srs = "SRS0=HHHH=TT=b.example.com=%s@b.example.com" % to.partition("@")[0]
	case.send(srs, samples.dsn("budi@far.example", srs),
	          "budi@list.example|proven|verp|1",
	          "SRS: the wrapper comes off, the signature holds")
	to = case.sign("members@club.example")
	exploded = samples.dsn("member17@gmail.com", to).replace(
		b"Final-Recipient", b"Original-Recipient: rfc822; member17@gmail.com\r\n"
		b"Final-Recipient")
	case.send(to, exploded, "members@club.example|proven|verp|1",
	          "list exploder: the list that was mailed, not its member")
	to = case.sign("citra@gmail.com")
	case.send("postmaster@b.example.com",
	          in_copy(samples.dsn("citra2@gmail.com", BOUNCES), "X-Carom-Token", to),
	          "citra@gmail.com|proven|header|1",
	          "a bounce to the wrong address: known by the private header")
	two = in_copy(in_copy(samples.dsn("x@gmail.com", BOUNCES), "X-Carom-Token", to),
	              "List-Unsubscribe", "<mailto:%s>" % case.sign("dewi@gmail.com"))
	case.send(BOUNCES, two, "x@gmail.com|guessed|final|0",
	          "two tokens for two people: nobody is resolved")


def complaints(case, dkim):
	to = case.sign("eko@yahoo.com")
	case.send(FBL, yahoo("", to), "eko@yahoo.com|proven|verp|1",
	          "everything redacted but our token: known, and suppressed")
	case.send(FBL, yahoo("", to.replace("eko", "edi")),
	          "|||0", "the same, forged: counted, nobody suppressed")
	plain = with_recipient(yahoo("", "news@b.example.com"), "fajar@yahoo.com")
	case.send(FBL, plain, "fajar@yahoo.com|guessed|orcpt|0",
	          "unsigned, in a known reporter's name: counted only")
	signed = dkim.sign(plain, "feedback@" + YAHOO)
	case.tap.contains(signed.decode(), "DKIM-Signature", "OpenDKIM signed it")
	case.send(FBL, signed, "fajar@yahoo.com|claimed|orcpt|1",
	          "signed by the reporter: believed")
	return signed


def forgeries(case, dkim, signed):
	"""Ways to have somebody else suppressed. None may."""
	def victim(name):
		return signed.replace(b"fajar@yahoo.com", name.encode() + b"@yahoo.com")

	def fresh(name, **more):
		return with_recipient(yahoo("", "news@b.example.com", **more),
		                      name + "@yahoo.com")

	def results(text, message):
		return ("Authentication-Results: %s\r\n" % text).encode() + message

	guessed = "%s@yahoo.com|guessed|orcpt|0"
	case.send(FBL, victim("v1"), guessed % "v1", "a signed report, changed")
	case.send(FBL, results("%s; dkim=pass header.d=%s" % (HOSTNAME, YAHOO),
	                       fresh("v2")), guessed % "v2",
	          "our own Authentication-Results, brought along")
	case.send(FBL, results("mx.isp.example; dkim=pass header.d=" + YAHOO,
	                       fresh("v3")), guessed % "v3",
	          "somebody else's Authentication-Results")
	other = fresh("v4").replace(b"From: Complaints <feedback@" + YAHOO.encode(),
	                            b"From: Complaints <feedback@attacker.example")
	case.send(FBL, dkim.sign(other, "feedback@attacker.example"),
	          guessed % "v4", "signed, by a domain that is not the reporter's")
	case.send(FBL, fresh("v5").replace(b"User-Agent: Yahoo", b"User-Agent: X"),
	          guessed % "v5", "another user agent")
	case.send(FBL, results("%s; dkim=fail header.d=%s" % (HOSTNAME, YAHOO),
	                       fresh("v6")), guessed % "v6", "a failed signature")
	token = case.sign("v7@yahoo.com")
	flipped = token[:-len("@b.example.com") - 1] + (
		"a" if token[-len("@b.example.com") - 1] != "a" else "b") + "@b.example.com"
	case.send(FBL, in_copy(fresh("v7"), "X-Carom-Token", flipped), guessed % "v7",
	          "a token with one digit changed")
	case.send(FBL, in_copy(fresh("v8"), "CFBL-Feedback-ID", "a:b:c"),
	          guessed % "v8", "a feedback id that is not ours")
	case.send(samples.verp(BOUNCES, "v9@yahoo.com"), samples.dsn(
		"v9@yahoo.com", BOUNCES, reporter=HOSTNAME), "v9@yahoo.com|guessed|verp|0",
		"an unsigned return address, in our own Postfix's name")
	case.send(FBL, fresh("v10").replace(b"<feedback@", b"<feedback@evil.example, "
	                                    b"feedback@"), guessed % "v10",
	          "two senders")
	case.send(FBL, results("%s.evil.example; dkim=pass header.d=%s"
	                       % (HOSTNAME, YAHOO), fresh("v11")),
	          guessed % "v11", "an authserv-id that only begins like ours")
	before = case.lab.count("report")
	case.lab.postfix.submit("", FBL, signed, client=STRANGER)
	case.lab.postfix.wait_empty()
	case.tap.same(case.lab.count("report"), before,
	              "a signed report played again counts as a duplicate")


def cfbl(case, dkim):
	report = with_recipient(yahoo("", "news@b.example.com"), "gita@isp.example")
	report = in_copy(in_copy(report, "CFBL-Address", "fbl@b.example.com; report=arf"),
	                 "CFBL-Feedback-ID", "a:b:c").replace(
		YAHOO.encode(), b"isp.example").replace(b"Yahoo!-Mail", b"ISP")
	case.send(FBL, report, "gita@isp.example|guessed|orcpt|0",
	          "RFC 9477: without a signature it is ignored for the lists")
	case.send(FBL, dkim.sign(report.replace(b"gita", b"hana"),
	                         "feedback@isp.example"),
	          "hana@isp.example|guessed|orcpt|0",
	          "RFC 9477: nor with one, for nothing that we made is in it")
	token = case.sign("indah@isp.example")
	case.send(FBL, dkim.sign(report.replace(b"gita", b"joni").replace(
		b"a:b:c", token.encode()), "feedback@isp.example"),
	          "indah@isp.example|proven|header|1",
	          "RFC 9477: our token in CFBL-Feedback-ID names whom it is about")


def tests(tap, lab):
	if not shutil.which("opendkim"):
		tap.ok(True, "# SKIP opendkim is not installed")
		return
	keys = os.path.join(lab.folder, "keys")
	run([lab.carom, "verp", "newkey", keys])
	shutil.chown(keys, PIPE_USER)
	lab.configure({"bounce": {"keys": keys}, "trust": {"authserv-ids": HOSTNAME}})
	dkim = OpenDkim(lab, [YAHOO, "attacker.example", "isp.example"]).start()
	try:
		lab.postfix.command("postconf", "-e", "smtpd_milters=inet:127.0.0.1:%d"
		                    % dkim.verifier)
		lab.postfix.reload()
		case = Case(tap, lab)
		bounces(case)
		signed = complaints(case, dkim)
		forgeries(case, dkim, signed)
		cfbl(case, dkim)
	finally:
		dkim.stop()


sys.exit(script("whose", tests))
