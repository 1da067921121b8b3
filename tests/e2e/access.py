#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""contrib/pgsql-access.cf: Postfix refuses suppressed recipients by itself."""

import os
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from lab import CONTRIB, Failure, run, wait_until, write_file  # noqa: E402
from tap import script  # noqa: E402


class Asker:
	def __init__(self, lab):
		self.lab = lab

	def __call__(self, recipient, sender="shop@b.example.com"):
		"""What Postfix answers at RCPT."""
		with smtplib.SMTP("127.0.0.1", self.lab.postfix.port, "c.example") as smtp:
			smtp.ehlo()
			smtp.mail(sender)
			code, text = smtp.rcpt(recipient)
		return "taken" if code == 250 else "%d %s" % (code, text.decode())


def table(lab, name, account="", stream=""):
	"""The file as it is copied: with our socket, perhaps with an account."""
	with open(os.path.join(CONTRIB, "pgsql-access.cf")) as f:
		text = f.read()
	for old, new in (("unix:/var/run/postgresql", "unix:" + lab.postgres.socket),
	                 ("'%u@%d', '', ''", "'%%u@%%d', '%s', '%s'"
	                  % (account, stream))):
		if text.count(old) != 1:
			raise Failure("contrib/pgsql-access.cf should say '%s' once" % old)
		text = text.replace(old, new)
	return write_file(os.path.join(lab.postfix.etc, name), text, 0o644)


def use(lab, *tables, **settings):
	lab.postfix.command(
		"postconf", "-e", "smtpd_recipient_restrictions=%s" % ", ".join(
			"check_recipient_access proxy:pgsql:" + t for t in tables),
		*("%s=%s" % s for s in settings.items()))
	lab.postfix.reload()


def suppress(lab, address, reason, *scope):
	lab.run_carom("suppress", "add", address, "--reason", reason, *scope)


def tests(tap, lab):
	if "pgsql" not in run(["postconf", "-m"]).stdout.split():
		tap.ok(True, "pgsql-access.cf # SKIP postfix-pgsql is not installed")
		return
	lab.postgres.sql("CREATE ROLE postfix LOGIN; GRANT carom_sender TO postfix")
	suppress(lab, "ani@gmail.com", "complaint")
	suppress(lab, "budi@gmail.com", "asked", "--account", "acme")
	suppress(lab, "citra@gmail.com", "gone", "--account", "acme", "--stream", "news")
	suppress(lab, "@closed.example", "attack")
	suppress(lab, "o'hara@gmail.com", "50% \"'\\' |")
	suppress(lab, "dewi@gmail.com", "two\nlines é")
	ask = Asker(lab)
	use(lab, table(lab, "access.cf"))
	refusing(tap, lab, ask)
	scopes(tap, lab, ask)
	delimiter(tap, lab, ask)
	away(tap, lab, ask)


def refusal(lab, address, reason):
	return "550 5.7.1 <%s>: Recipient address rejected: suppressed: %s %s" % (
		address, reason, lab.postgres.sql("SELECT current_date"))


def refusing(tap, lab, ask):
	tap.same(ask("ani@gmail.com"), refusal(lab, "ani@gmail.com", "complaint"),
	         "a suppressed recipient is refused, with why and since when")
	tap.same(ask("Ani@GMail.com"), refusal(lab, "Ani@GMail.com", "complaint"),
	         "however it is written")
	tap.same(ask("eko@gmail.com"), "taken", "another is taken")
	lab.run_carom("forget", "--refuse", "hana@gmail.com")
	tap.same(ask("Hana@gmail.com"), refusal(lab, "Hana@gmail.com", "forgotten"),
	         "who is forgotten is refused")
	tap.same(ask("ani@yahoo.com"), "taken", "of the same name elsewhere, too")
	tap.same(ask("any@closed.example"), refusal(
		lab, "any@closed.example", "attack"), "a whole domain is")
	tap.same(ask("any@sub.closed.example"), "taken", "but not one below it")
	tap.same(ask("o'hara@gmail.com"), refusal(
		lab, "o'hara@gmail.com", "50% \"'\\' |"), "quotes do no harm")
	for hostile in ("x' OR 'a'='a@gmail.com", "x'); SELECT 1; --@gmail.com",
	                "\\' OR 1=1 --@gmail.com"):
		tap.same(ask('"%s"@gmail.com' % hostile.partition("@")[0]
		             .replace("\\", "\\\\")), "taken", "nor does " + hostile)
	tap.same(ask("dewi@gmail.com"), refusal(lab, "dewi@gmail.com", "two?lines ?"),
	         "a reason that is no line of ASCII becomes one")
	tap.same(ask("budi@gmail.com"), "taken", "another account's suppression "
	         "holds nobody up")


def scopes(tap, lab, ask):
	use(lab, table(lab, "acme.cf", "acme"))
	tap.same(ask("budi@gmail.com"), refusal(lab, "budi@gmail.com", "asked"),
	         "the file of an account: refuses for that account")
	tap.same(ask("ani@gmail.com"), refusal(lab, "ani@gmail.com", "complaint"),
	         "and for all")
	tap.same(ask("citra@gmail.com"), "taken", "but not for one of its streams")
	use(lab, table(lab, "news.cf", "acme", "news"))
	for who, why in (("ani", "complaint"), ("budi", "asked"), ("citra", "gone")):
		tap.same(ask(who + "@gmail.com"), refusal(lab, who + "@gmail.com", why),
		         "the file of a stream: %s" % who)


def delimiter(tap, lab, ask):
	use(lab, table(lab, "access.cf"), recipient_delimiter="+")
	tap.same(ask("ani+shop@gmail.com"), "taken", "with a recipient_delimiter: "
	         "who is not on the list is not refused for somebody who is")
	suppress(lab, "fajar+shop@gmail.com", "asked")
	tap.same(ask("fajar+shop@gmail.com"), refusal(
		lab, "fajar+shop@gmail.com", "asked"), "who is on it is refused")
	tap.same(ask("fajar@gmail.com"), "taken", "and nobody else")


def away(tap, lab, ask):
	lab.postgres.stop()
	for who in ("ani", "eko"):
		tap.same(ask(who + "@gmail.com"), "451 4.3.5 <%s@gmail.com>: Recipient "
		         "address rejected: Server configuration error" % who,
		         "database away: %s waits" % who)
	lab.postgres.start()
	lab.postfix.reload()
	wait_until(lambda: ask("eko@gmail.com") == "taken", 30, "it is back")
	tap.same(ask("ani@gmail.com"), refusal(lab, "ani@gmail.com", "complaint"),
	         "and goes on when the database is back and Postfix reloaded")


sys.exit(script("pgsql access", tests))
