#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whose word for a signature counts, behind a real OpenDKIM, and about whose mail."""

import base64
import hashlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from dkim import OpenDkim  # noqa: E402
from lab import HOSTNAME, run  # noqa: E402
from tap import script  # noqa: E402

FBL = "fbl@b.example.com"
STRANGER = "203.0.113.7"
YAHOO = "arf.mail.yahoo.com"
EVIL = "evil.example"
PASS = "%s; dkim=pass header.d=%s" % (HOSTNAME, YAHOO)
# What a stranger brings along, in the name of our verifier.
BROUGHT = (
	PASS, PASS + " junk=", PASS + " strange.x=1", PASS + " header.x=\xfc", PASS + " (no end",
	PASS + " reason", PASS.replace(";", " ;"), PASS.replace(" dkim", "\r\n\tdkim"),
	PASS.replace(HOSTNAME, HOSTNAME.upper()), PASS.replace(HOSTNAME, '"%s"' % HOSTNAME),
	PASS.replace(HOSTNAME, HOSTNAME + " 1"), PASS.replace(HOSTNAME, "(x) " + HOSTNAME),
	PASS + "; x=" + "y" * 900 + "; z=" + "y" * 900, "; ".join([PASS] + ["spf=pass"] * 40),
	"%s; spf=pass smtp.mailfrom=\"x; dkim=pass header.d=%s\"@%s" % (HOSTNAME, YAHOO, EVIL))
# "i=" of a signature that holds, which OpenDKIM decodes into its own field.
IDENTITIES = (
	"dkim=3Dpass=20header.d=3D{y}=20x@{e}", "x=3B=20dkim=3Dpass=20header.d=3D{y}=20x@{e}",
	"x=3B=20dkim=3Dpass=20header.d=3D{y}=20header.i=3D@{e}",
	"x=3B=20dkim=3Dpass=20header.d=3D{y}=20header.s=3D@{e}",
	"x=3B=20dkim=3Dpass=20header.d=3D{y}=20policy.x=3D@{e}",
	"x=3B=20dkim=3Dpass=20header.d=3D{y}=20=28@{e}",
	"=22x=22=3B=20dkim=3Dpass=20header.d=3D{y}=20x=3D@{e}")


def report(victim, reporter=YAHOO, mail_from="news@b.example.com", domain="example.com"):
	return samples.complaint("", reporter=reporter, mail_from=mail_from,
	                         agent="Yahoo!-Mail-Feedback/2.0").replace(
		b"Version: 1\r\n", b"Version: 1\r\nOriginal-Rcpt-To: <%s>\r\n"
		% victim.encode()).replace(b"Reported-Domain: example.com",
		                           b"Reported-Domain: " + domain.encode())


def sign(dkim, message, identity):
	"""The message signed by evil.example, with an "i=" that no signer would write."""
	head, _, body = message.partition(b"\r\n\r\n")
	body = body.rstrip(b"\r\n") + b"\r\n"
	sender = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"from:"))
	hashed = base64.b64encode(hashlib.sha256(body).digest()).decode()
	field = ("DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=%s; s=sel; i=%s; "
	         "h=From; bh=%s; b=" % (EVIL, identity, hashed)).encode()
	signature = subprocess.run(
		["openssl", "dgst", "-sha256", "-sign", os.path.join(dkim.folder, "sel.private")],
		input=sender + b"\r\n" + field, capture_output=True, check=True).stdout
	return field + base64.b64encode(signature) + b"\r\n" + head + b"\r\n\r\n" + body


class Case:
	def __init__(self, tap, lab):
		self.tap, self.lab = tap, lab
		self.n = 0

	def victim(self):
		self.n += 1
		return "victim%d@yahoo.com" % self.n

	def send(self, message, client=STRANGER):
		self.lab.postfix.submit("", FBL, message, client=client)
		self.lab.postfix.wait_empty()

	def outcome(self, victim):
		return self.lab.postgres.sql(
			"SELECT e.confidence, (SELECT count(*) FROM carom.suppression s WHERE "
			"s.address = e.address) FROM carom.event e WHERE e.address = '%s'" % victim)

	def guessed(self, victim, name):
		self.tap.same(self.outcome(victim), "guessed|0", name)


def brought(case, how):
	for text in BROUGHT:
		for above in "", "X-First: x\r\n":
			victim = case.victim()
			case.send((above + "Authentication-Results: %s\r\n" % text).encode("latin-1")
			          + report(victim))
			case.guessed(victim, "%s: brought along%s: %s" % (
				how, ", not on top" if above else "", text[:60].replace("\r\n\t", " ")))


def identities(case, dkim, how):
	for text in IDENTITIES:
		victim = case.victim()
		case.send(sign(dkim, report(victim), text.format(y=YAHOO, e=EVIL)))
		case.guessed(victim, "%s: i=%s" % (how, text))
	victim = case.victim()
	case.send(sign(dkim, report(victim), "@" + EVIL))
	case.tap.contains(case.lab.postgres.sql(
		"SELECT authenticated FROM carom.report ORDER BY id DESC LIMIT 1"),
		"dkim:" + EVIL, "%s: such a signature holds, of whoever made it" % how)


def whose_mail(case, dkim):
	for mail_from, domain, name in (
			("x@" + EVIL, EVIL, "somebody else's mail"),
			("news@b.example.com", EVIL, "our envelope sender on somebody else's mail"),
			("x@" + EVIL, "example.com", "somebody else's envelope sender"),
			("x@b.example.com.evil.example", "notexample.com", "domains like ours")):
		victim = case.victim()
		case.send(dkim.sign(report(victim, mail_from=mail_from, domain=domain),
		                    "feedback@" + YAHOO))
		case.guessed(victim, "a genuine report about " + name)


def local_user(case):
	victim = case.victim()
	run(["/usr/sbin/sendmail", "-C", case.lab.postfix.etc, "-i", "-f", "", FBL],
	    data=("Authentication-Results: %s\n" % PASS).encode()
	    + report(victim).replace(b"\r\n", b"\n"))
	case.lab.postfix.wait_empty()
	case.guessed(victim, "by sendmail(1), with a field of our verifier")


def believed(case, dkim, how):
	victim = case.victim()
	case.send(dkim.sign(report(victim), "feedback@" + YAHOO))
	case.tap.same(case.outcome(victim), "claimed|1",
	              "%s: a genuine report about our mail" % how)


def verifier(lab, dkim, always):
	"""OpenDKIM as Debian installs it, or as the guide says."""
	dkim.processes.pop().terminate()
	path = os.path.join(dkim.folder, "verifier.conf")
	with open(path) as f:
		text = f.read().replace("AlwaysAddARHeader yes\n", "")
	dkim.run("verifier", text + ("AlwaysAddARHeader yes\nRemoveARAll yes\n" if always else ""))


def tests(tap, lab):
	keys = os.path.join(lab.folder, "run", "keys")
	lab.configure(settings(lab, bounce={"keys": keys}, trust={"authserv-ids": HOSTNAME}))
	daemon = Daemon(lab, "inbound")
	run([lab.carom, "verp", "newkey", keys], user="nobody")
	dkim = OpenDkim(lab, [YAHOO, EVIL]).start()
	case = Case(tap, lab)
	try:
		lab.postfix.command("postconf", "-e", "smtpd_milters=inet:127.0.0.1:%d"
		                    % dkim.verifier)
		for always, how in (True, "as the guide says"), (False, "as Debian installs it"):
			verifier(lab, dkim, always)
			lab.postfix.reload()
			brought(case, how)
			identities(case, dkim, how)
			believed(case, dkim, how)
		whose_mail(case, dkim)
		local_user(case)
		verifier(lab, dkim, True)
		daemon.start()
		lab.postfix.command("postconf", "-e", "smtpd_milters=inet:127.0.0.1:%d, %s"
		                    % (dkim.verifier, daemon.in_postfix("inbound")))
		lab.postfix.reload()
		brought(case, "before the queue")
		identities(case, dkim, "before the queue")
	finally:
		daemon.stop()
		dkim.stop()


sys.exit(script("claims", tests))
