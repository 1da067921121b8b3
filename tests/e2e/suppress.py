#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""carom suppress and carom explain ADDRESS, on a database."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from tap import script  # noqa: E402


def tests(tap, lab):
	def suppress(*args):
		done = lab.run_carom("suppress", *args, check=False)
		return done.returncode, done.stdout

	suppress("add", "ani@x.example", "-r", "asked")
	suppress("add", "<Budi@X.Example>", "-r", "two\nlines", "-a", "acme", "-n",
	         "a long note that goes on and on, for whoever reads it later")
	suppress("add", "citra@x.example", "-r", "asked", "-a", "acme", "-s", "news")
	suppress("add", "dewi@x.example", "-r", "asked", "-a", "shop")
	suppress("add", "@closed.example", "-r", "attack", "-e", "2099-12-31")

	for address, args, code in (
			("ani@x.example", (), 1), ("<ani@x.example>", (), 1),
			("\"ani\"@X.example.", (), 1), ("ani@x.example", ("-a", "shop"), 1),
			("budi@x.example", ("-a", "acme"), 1),
			("budi@x.example", ("-a", "acme", "-s", "news"), 1),
			("budi@x.example", ("-a", "shop"), 0), ("budi@x.example", (), 1),
			("citra@x.example", ("-a", "acme", "-s", "news"), 1),
			("citra@x.example", ("-a", "acme", "-s", "bills"), 0),
			("a@closed.example", (), 1), ("a@open.example", (), 0)):
		tap.same(suppress("check", address, *args)[0], code,
		         "check %s" % " ".join((address,) + args))
	tap.same([suppress("check", "--domain", d)[0] for d in
	          ("closed.example", "@closed.example", "open.example")], [1, 1, 0],
	         "a whole domain is asked with --domain")

	code, out = suppress("check", "budi@x.example", "-a", "acme", "-f", "json")
	answer = json.loads(out)
	tap.ok(code == 1 and answer["suppressed"] is True and
	       answer["by"][0]["account"] == "acme", "check -f json", out)
	answer = json.loads(suppress("check", "a@open.example", "-f", "json")[1])
	tap.same(answer, {"address": "a@open.example", "suppressed": False, "by": []},
	         "and of one that may be mailed")
	tap.same(json.loads(suppress("remove", "no@x.example", "-n", "x", "-f",
	                             "json")[1])["done"], "absent", "remove -f json")

	def listed(*args):
		return [row["address"] for row in
		        json.loads(suppress("list", "-f", "json", *args)[1])]
	tap.same(listed("-a", "acme"), ["@closed.example", "ani@x.example",
	                                "budi@x.example", "citra@x.example"],
	         "list --account has what holds for everybody")
	tap.same(listed("-a", "acme", "-s", "bills"), ["@closed.example",
	         "ani@x.example", "budi@x.example"], "and for the stream")
	tap.same(listed("-s", "news"), ["citra@x.example"], "a stream alone")
	text = suppress("list")[1]
	tap.ok(max(map(len, text.splitlines())) <= 80 and "two lines" in text and
	       "everybody's mail" in text, "the list fits 80 columns", text)


	story(tap, lab)


BOUNCE = """{"kind": "bounce", "message_id": "<%s@t>", "outcomes": [{"recipient":
"eka@x.example", "action": "failed", "category": "%s", "class": "soft",
"account": "acme", "stream": "news", "confidence": "%s", "diagnostic":
"552 5.2.2 full \\u202ereversed and a long text that is wider than any line"}]}"""


def story(tap, lab):
	"""carom explain ADDRESS says why nothing was done."""
	for n, (category, confidence) in enumerate((
			("mailbox_full", "proven"), ("recipient_unknown", "guessed"),
			("greylisted", "proven"), ("recipient_unknown", "proven"))):
		lab.postgres.sql("SELECT carom.record('%s')" % (
			BOUNCE % (n, category, confidence)))
	text = lab.run_carom("explain", "eka@x.example").stdout
	for says in ("1 of 5 days within 30", "guessed, so nobody is suppressed",
	             "the policy never suppresses for this", "put on the list",
	             "add, acme"):
		tap.contains(text, says, "the story says: " + says)
	tap.ok(max(map(len, text.splitlines())) <= 80, "and fits 80 columns", text)
	answer = json.loads(lab.run_carom("explain", "-f", "json", "eka@x.example").stdout)
	tap.same([len(answer["events"]), len(answer["changes"])], [4, 1],
	         "as JSON, two arrays")
	lab.postgres.sql("CREATE DATABASE empty", "postgres")
	other = lab.configure({"database": {"conninfo": "host=%s dbname=empty"
	                                    % lab.postgres.socket}},
	                      lab.folder + "/empty.conf")
	for args in (("explain", "a@x.example"), ("suppress", "list"), ("report",)):
		done = lab.run_carom(*args, conf=other, check=False)
		tap.ok(done.returncode == 78 and "carom db init" in done.stderr,
		       "%s without a schema says what to do" % args[0], done.stderr)
	for name, value in (("dbname", "nosuch"), ("user", "nosuch")):
		lab.configure({"database": {"conninfo": "host=%s dbname=carom %s=%s" % (
			lab.postgres.socket, name, value)}}, other)
		done = lab.run_carom("suppress", "list", conf=other, check=False)
		tap.same(done.returncode, 78, "a %s that is not there: exit 78" % name)


sys.exit(script("suppress", tests, needs_root=False))
