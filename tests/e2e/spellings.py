#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""One address, many spellings: the list, the questions and the milter agree."""

import os
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from lab import wait_until  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from tap import script  # noqa: E402

UNIT = os.path.join(os.path.dirname(__file__), "..", "unit")
VECTORS = os.path.join(UNIT, "spellings.tsv")


def unescape(text):
	return text.encode().decode("unicode_escape").encode("latin-1").decode()


def literal(text):
	return "E'%s'" % "".join(
		c if c.isalnum() and c.isascii() else "\\U%08x" % ord(c) for c in text)


def same_in_sql(tap, lab):
	"""What carom_address_normal() makes of thousands of texts, test_address_normal knows."""
	with open(VECTORS) as f:
		rows = [line.rstrip("\n").split("\t") for line in f if line[0] != "#"]
	lab.postgres.sql("CREATE TABLE public.spelling (n int, spelled text, want text)")
	lab.postgres.sql("INSERT INTO public.spelling VALUES " + ",\n".join(
		"(%d, %s, %s)" % (n, literal(unescape(spelled)), literal(want))
		for n, (spelled, want) in enumerate(rows)))
	tap.ok(len(rows) > 3000, "there are thousands of spellings", len(rows))
	# a label that IDNA 2008 does not have is nobody's, as A-label or not at all
	tap.same(lab.postgres.sql(
		"SELECT n, to_json(spelled), want, got FROM (SELECT *, coalesce("
		"carom.normalise(spelled), '-') AS got FROM public.spelling) x "
		"WHERE got <> want AND NOT (want = '-' AND got LIKE '%@%xn--%') "
		"ORDER BY n LIMIT 20"), "", "the program and SQL spell them alike")


def same_mailbox_in_sql(tap, lab):
	"""What carom_canonical_of() makes of them, test_canonical knows."""
	with open(os.path.join(UNIT, "mailboxes.tsv")) as f:
		rows = [line.rstrip("\n").split("\t") for line in f if line[0] != "#"]
	rules = [r[1:] for r in rows if r[0] == "rule"]
	asked = [r for r in rows if r[0] != "rule"]
	lab.postgres.sql("CREATE TABLE public.box_rule (domain text, mailbox_domain text, dots int, tags text); "
	                 "CREATE TABLE public.box (address text, want text)")
	for table, values in ("box_rule", rules), ("box", asked):
		lab.postgres.sql("INSERT INTO public.%s VALUES " % table + ",\n".join(
			"(%s)" % ", ".join(literal(cell) if cell not in "01" or not cell else cell
			                   for cell in row) for row in values))
	tap.ok(len(asked) > 1000, "there are many addresses that share mailboxes", len(asked))
	tap.same(lab.postgres.sql(
		"SELECT * FROM (SELECT b.address, b.want, CASE WHEN b.address NOT LIKE '@%' THEN "
		"carom._canonical(b.address, r.mailbox_domain, r.dots = 1, r.tags) END AS got "
		"FROM public.box b LEFT JOIN public.box_rule r ON r.domain = split_part(b.address, '@', -1)) x "
		"WHERE coalesce(got, '-') <> want LIMIT 20"), "",
		"the program and SQL know one mailbox alike")
	tap.same(lab.postgres.sql(
		"SELECT r.domain FROM public.box_rule r JOIN carom.mailbox_rule m USING (domain) "
		"WHERE (r.mailbox_domain, r.dots = 1, r.tags) <> (m.mailbox_domain, m.ignores_dots, m.tags)"),
		"", "by the rules that the database has")


SUPPRESSED = ("ani@gmail.com", "o'hara@gmail.com", "anna@b\u00fccher.example",
              "\"dewi\"@yahoo.com", "@closed.example", "@stra\u00dfe.example", "<eko@gmail.com>")
# All of these are one of those to Postfix, and to whoever gets the mail.
SPELLINGS = (
	"ani@gmail.com", "ANI@Gmail.COM", '"ani"@gmail.com', '"an\\i"@gmail.com',
	"a\\ni@gmail.com", "ani@gmail.com.", "@relay.example:ani@gmail.com",
	"@a.example,@b.example:ani@gmail.com", "gmail.com!ani", "ani%gmail.com",
	"ani(x)@gmail.com", "(x)ani@gmail.com", "ani@(x)gmail.com", " ani@gmail.com",
	"ani @gmail.com", 'a"n"i@gmail.com', "\"o'hara\"@gmail.com",
	"anna@xn--bcher-kva.example", '"anna"@XN--BCHER-KVA.example.',
	"dewi@yahoo.com", "any@closed.example.", '"any"@CLOSED.example',
	"closed.example!any", "any@xn--strae-oqa.example", "eko@gmail.com",
	"anna@b\u00fccher.example", "anna@B\u00dcCHER.example", "any@stra\u00dfe.example")
# And these are somebody else, whom nothing holds up.
OTHERS = (
	"ani+x@gmail.com", "an.i@gmail.com", "hani@gmail.com", "ani@gmail.com.example",
	"ani@mail.gmail.com", '"ani "@gmail.com', '"ani@gmail.com"@relay.example',
	"gmail.com!ani@relay.example", "ani%gmail.com@relay.example", "ohara@gmail.com",
	"anna@bucher.example", "any@sub.closed.example", "closed@example.com",
	'"with space"@gmail.com', "a..b.@docomo.example", "a=b@x.example", "x!y@x.example",
	"postmaster@gmail.com", "anna@b\u00fcro.example")


class Milter:
	"""Says what the outbound milter makes of a recipient."""

	def __init__(self, lab):
		self.lab = lab
		lab.configure(settings(lab))
		self.daemon = Daemon(lab, "outbound").start()
		lab.postfix.command(
			"postconf", "-e", "smtpd_milters=%s" % self.daemon.in_postfix("outbound"))
		lab.postfix.reload()

	def __call__(self, recipient):
		with smtplib.SMTP("127.0.0.1", self.lab.postfix.port, "c.example") as smtp:
			smtp.ehlo()
			option = "" if recipient.isascii() else " SMTPUTF8"
			smtp.docmd("MAIL FROM:<news@b.example.com>" + option)
			smtp.send(("RCPT TO:<%s>\r\n" % recipient).encode())
			code, text = smtp.getreply()
		# a reply is ASCII: of another address it names the log
		if code == 550 and (b" is suppressed: " in text or not recipient.isascii()):
			return "suppressed"
		return "taken" if code == 250 else "%d %s" % (code, text.decode())


def questions(tap, lab):
	for entry in SUPPRESSED:
		lab.run_carom("suppress", "add", entry, "--reason", "asked")
	for spelled in SPELLINGS:
		tap.same(lab.run_carom("suppress", "check", spelled, check=False).returncode,
		         1, "suppress check knows " + spelled)
		tap.same(lab.postgres.sql("SELECT count(*) FROM carom.suppressed(%s)"
		                          % literal(spelled)), "1", "SQL knows it, too")
	for spelled in OTHERS:
		tap.same(lab.postgres.sql("SELECT count(*) FROM carom.suppressed(%s)"
		                          % literal(spelled)), "0", "nobody suppressed " + spelled)
	tap.same(lab.run_carom("suppress", "add", "anna@xn--bcher-kva.example.",
	                       "--reason", "asked", check=False).returncode, 0,
	         "an entry in another spelling is no second one")
	tap.same(lab.count("suppression"), len(SUPPRESSED), "of which there are so many")


def mailing(tap, lab):
	milter = Milter(lab)
	try:
		for spelled in SPELLINGS:
			answer = milter(spelled)
			# what Postfix itself does not take is not mailed either
			tap.ok(answer == "suppressed" or answer.startswith("501 5.1.3"),
			       "not mailed: " + spelled, answer)
		for spelled in OTHERS:
			tap.same(milter(spelled), "taken", "mailed: " + spelled)
	finally:
		milter.daemon.stop()


def one_mailbox(tap, lab):
	"""With a setting, the spellings that a provider takes for one mailbox are one."""
	def mailboxes(*args):
		done = lab.run_carom("policy", "mailboxes", *args, check=False)
		return done.returncode, done.stdout + done.stderr
	same = ("ani+x@gmail.com", "an.i@gmail.com", "A.N.I+y@GoogleMail.com")
	milter = Milter(lab)
	try:
		for spelled in same:
			tap.same(milter(spelled), "taken", "mailed, for no setting says otherwise: " + spelled)
		code, out = mailboxes("gmail", "-n", "as agreed")
		tap.ok(code == 0 and "googlemail.com=gmail.com" in out, "carom policy mailboxes gmail", out)
		wait_until(lambda: milter(same[0]) == "suppressed", 10, "the daemon hears of it")
		for spelled in same:
			tap.same(milter(spelled), "suppressed", "not mailed: " + spelled)
			text = lab.run_carom("suppress", "check", spelled, check=False).stdout
			tap.contains(text, "one mailbox with ani@gmail.com", "the question says by which")
		tap.contains(lab.run_carom("explain", same[0]).stdout, "ani@gmail.com", "so does the story")
		for spelled in ("hani@gmail.com", "ani+x@yahoo.com", "ani@gmail.com.example"):
			tap.same(milter(spelled), "taken", "mailed: " + spelled)
		lab.run_carom("suppress", "add", "ga.lih+x@gmail.com", "--reason", "asked")
		wait_until(lambda: milter("galih@gmail.com") == "suppressed", 10,
		           "an entry of another spelling is heard of")
		tap.same(mailboxes("--none", "-n", "no more")[0], 0, "turned off again")
		wait_until(lambda: milter(same[0]) == "taken", 10, "the daemon hears of it")
		tap.same(milter("ani@gmail.com"), "suppressed", "the entry itself stays")
	finally:
		milter.daemon.stop()
	for args, code in ((("nosuch", "-n", "x"), 65), (("gmail",), 64), (("--none", "gmail", "-n", "x"), 64)):
		tap.same(mailboxes(*args)[0], code, "policy mailboxes %s: %d" % (" ".join(args), code))


def removing(tap, lab):
	lab.run_carom("suppress", "remove", "ANNA@b\u00fccher.example.", "--note", "asked")
	tap.same(lab.run_carom("suppress", "check", "anna@xn--bcher-kva.example",
	                       check=False).returncode, 0, "removed in another spelling")


def tests(tap, lab):
	same_in_sql(tap, lab)
	same_mailbox_in_sql(tap, lab)
	questions(tap, lab)
	mailing(tap, lab)
	one_mailbox(tap, lab)
	removing(tap, lab)


sys.exit(script("spellings", tests))
