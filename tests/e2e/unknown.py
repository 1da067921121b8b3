#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What no rule and no parser knows, by template, and what is done about it."""

import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from lab import clean_environment, run, write_file  # noqa: E402
from tap import script  # noqa: E402

ODD = "550 5.9.9 <%s> is in the third drawer of cabinet %d at desk.example"
EVEN = "554 5.9.9 the stars do not favour %s"


def bounce(lab, person, diagnostic):
	to = samples.verp("news@b.example.com", person)
	lab.pipe(samples.dsn(person, to, status="5.9.9",
	                     diagnostic="smtp; " + diagnostic).replace(b"\r\n", b"\n"),
	         "--recipient=" + to, "--sender=", "--client-address=203.0.113.7")


def letter(lab, person, subject):
	text = samples.letter(person, "news@b.example.com").decode()
	text = re.sub(r"(?m)^Subject:.*$", "Subject: " + subject, text)
	lab.pipe(text.replace("\r\n", "\n").encode(),
	         "--recipient=news@b.example.com", "--sender=" + person,
	         "--client-address=203.0.113.7")


def report(lab, name, *more):
	return lab.run_carom("report", name, *more).stdout


def replies(tap, lab):
	for n in range(3):
		bounce(lab, "reader%d@gmail.com" % n, ODD % ("reader%d@gmail.com" % n, n + 7))
	bounce(lab, "b@yahoo.com", EVEN % "b@yahoo.com")
	bounce(lab, "c@gmail.com", "550 5.1.1 there is no mailbox of that name")
	text = report(lab, "undetermined")
	rows = json.loads(report(lab, "undetermined", "--format", "json"))
	tap.same([(row["events"], row["template"], row["by"]) for row in rows],
	         [(3, "550 5.9.9 <*> is in the third drawer of cabinet # at *", "gmail"),
	          (1, "554 5.9.9 the stars do not favour *", "yahoo_aol")],
	         "by template, most frequent first")
	tap.ok("reader" not in text and "b@yahoo.com" not in text and
	       "reader" not in json.dumps(rows), "nobody's address is in it", text)
	tap.ok("there is no mailbox" not in text, "what a rule knows is left out", text)
	show = rows[0]["show"].split()
	tap.contains(lab.run_carom(*show[1:]).stdout, "is in the third drawer",
	             "its command shows one")
	tap.ok(rows[0]["show"] in text and "\n\t" + rows[0]["rule"].split("\n")[0] in text,
	       "people get command and rule", text)
	return rows


def its_rule(tap, lab, rows):
	"""The rule as it is given, with a category, in a folder of one's own."""
	folder = os.path.join(lab.folder, "rules.d")
	os.makedirs(folder, exist_ok=True)
	write_file(os.path.join(folder, "50-local.rules"), "\n\n".join(
		row["rule"].replace("CATEGORY", "content_policy") for row in rows) + "\n")
	conf = lab.configure({"rules": {"local": folder}},
	                     os.path.join(lab.folder, "local.conf"))
	done = lab.run_carom("rules", "check", check=False, conf=conf)
	tap.same(done.returncode, 0, "carom rules check takes it")
	done = lab.run_carom("explain", ODD % ("someone@else.example", 99), conf=conf)
	tap.contains(done.stdout, "content_policy", "and it covers such a reply")


def messages(tap, lab):
	for n in range(2):
		letter(lab, "writer%d@gmail.com" % n, "Question %d about my order" % (4711 + n))
	rows = json.loads(report(lab, "unrecognised", "--format", "json"))
	tap.same([(row["events"], row["template"], row["by"]) for row in rows],
	         [(2, "Question # about my order", "gmail.com")],
	         "messages that no parser read, by subject")
	tap.contains(report(lab, "unrecognised"), "carom explain --report",
	             "with the command that shows one")
	number = rows[0]["show"].split()[-1]
	facts = json.loads(lab.run_carom("explain", "--report", number, "--format",
	                                 "json").stdout)
	tap.ok(facts["report"][0]["from_address"].endswith("@gmail.com") and
	       facts["report"][0]["kept_octets"] > 100, "its facts", facts)
	done = run([lab.carom, "--config", lab.conf, "explain", "--raw", number],
	           env=clean_environment())
	tap.contains(done.stdout, "Please send me your price list.", "and the message")
	tap.contains(report(lab, "unrecognised", "--day", "2020-01-01"),
	             "every message was read", "none is said")


def bad_input(tap, lab):
	for args, code in ((["--report", "x"], 64), (["--report", ""], 64),
	                   (["--report", "99999"], 65), (["--raw", "99999"], 65),
	                   (["--raw", "1", "--report", "1"], 64),
	                   (["--report", "1", "hello"], 64)):
		done = lab.run_carom("explain", *args, check=False)
		tap.ok(done.returncode == code and done.stderr,
		       "explain %s: exit %d" % (" ".join(args), code), done)


def tests(tap, lab):
	rows = replies(tap, lab)
	its_rule(tap, lab, rows)
	messages(tap, lab)
	bad_input(tap, lab)


sys.exit(script("unknown", tests, needs_root=False))
