#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Messages from before read by today's rules: shown, corrected, broken off; and
the archive of a former system.
"""

import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from lab import wait_until, write_file  # noqa: E402
from tap import script  # noqa: E402

WRONG = """\
wrong-rule  recipient_unknown
	/the attic is locked/
	> 550 the attic is locked
"""
RIGHT = """\
right-rule  remote_system
	/the attic is locked/
	> 550 the attic is locked
"""
MANY = 130  # more than are compared at once
NAMES = ("read", "otherwise", "new", "refused", "added", "released")


def replay(lab, *args):
	"""The differences, and the numbers of the last line on standard error."""
	done = lab.run_carom("replay", "--format", "json", *args)
	numbers = [int(word) for word in done.stderr.split() if word.isdigit()]
	return json.loads(done.stdout), dict(zip(NAMES, numbers))


def held(lab, address):
	return lab.run_carom("suppress", "check", address, "--account", "acme",
	                     check=False).returncode == 1


def checks(lab):
	done = lab.run_carom("db", "check", check=False)
	return done.returncode == 0, done.stdout


def send(lab, address, text, name="news@b.example.com"):
	to = samples.verp(name, address)
	lab.pipe(samples.dsn(address, to, status="5.0.0",
	                     diagnostic="smtp; 550 " + text).replace(b"\r\n", b"\n"),
	         "--recipient=" + to, "--sender=", "--client-address=203.0.113.7")


def a_wrong_rule(tap, lab, rules):
	rule = os.path.join(rules, "mine.rules")
	write_file(rule, WRONG)
	send(lab, "ani@isp.example", "the attic is locked")
	send(lab, "budi@isp.example", "no such mailbox here")
	send(lab, "budi@isp.example", "the attic is locked")
	tap.ok(held(lab, "ani@isp.example") and held(lab, "budi@isp.example"),
	       "a wrong rule suppresses")
	differences, n = replay(lab)
	tap.same([differences, n["read"], n["otherwise"]], [[], 3, 0],
	         "by the same rules nothing reads otherwise")
	write_file(rule, RIGHT)
	differences, n = replay(lab)
	tap.same([(d["events"], d["was_rule"], d["is"], d["is_rule"]) for d in differences],
	         [(2, "wrong-rule", "remote_system", "right-rule")],
	         "the differences are grouped by rule")
	tap.contains(differences[0]["sample"], "the attic is locked",
	             "with what one of them says")
	tap.same([n["otherwise"], n["released"]], [2, 1], "and what would follow")
	tap.ok(held(lab, "ani@isp.example"), "but nothing followed")
	_, n = replay(lab, "--apply", "--note", "the attic is a disk")
	tap.same([n["otherwise"], n["released"]], [2, 1], "--apply corrects it")
	tap.ok(not held(lab, "ani@isp.example"), "who was suppressed by it is released")
	tap.ok(held(lab, "budi@isp.example"), "who is dead by another report is not")
	tap.contains(" ".join(lab.run_carom("explain", "ani@isp.example").stdout.split()),
	             "the attic is a disk", "the story tells why")
	differences, n = replay(lab, "--apply")
	tap.same([differences, n["otherwise"]], [[], 0], "a second time changes nothing")
	tap.ok(*checks(lab)[:1], "every number agrees", checks(lab)[1])
	return rule


def broken_off(tap, lab, rule):
	"""All of it is one transaction: killed in the middle, nothing is done."""
	write_file(rule, WRONG)
	for n in range(MANY):
		send(lab, "k%d@isp.example" % n, "the attic is locked")
	write_file(rule, RIGHT)
	# the list is what comes last, and one entry of it can't be had
	session = lab.postgres.hold("SELECT FROM carom.suppression WHERE address = "
	                            "'k%d@isp.example' FOR UPDATE" % (MANY - 1))
	run = subprocess.Popen([lab.carom, "--config", lab.conf, "replay", "--apply"],
	                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
	wait_until(lab.waits_for_lock, 60, "the replay waits")
	run.send_signal(signal.SIGKILL)
	run.wait()
	lab.postgres.release(session)
	tap.same(lab.postgres.sql("SELECT count(*) FROM carom.replayed WHERE note IS NULL"),
	         "0", "killed while it is applied: nothing is done")
	tap.same(lab.postgres.sql("SELECT count(*) FROM carom.suppression WHERE address LIKE 'k%'"),
	         str(MANY), "nobody has left the list")
	ok, text = checks(lab)
	tap.ok(ok, "every number agrees", text)
	_, n = replay(lab, "--apply")
	tap.same([n["otherwise"], n["released"]], [MANY, MANY], "the next run does all")
	tap.same(lab.postgres.sql("SELECT count(DISTINCT l.xact) FROM carom.suppression_log l "
	                          "WHERE l.address LIKE 'k%' AND l.change = 'remove'"), "1",
	         "in one transaction")
	differences, n = replay(lab)
	tap.same([differences, n["otherwise"]], [[], 0], "and a third finds nothing")
	tap.same(lab.postgres.sql("SELECT count(*) FROM carom.suppression WHERE address LIKE 'k%'"),
	         "0", "nobody is left on the list")


def beside_a_writer(tap, lab, rule):
	"""Whoever records is waited for before anything is locked."""
	write_file(rule, WRONG)
	send(lab, "cici@isp.example", "the attic is locked")
	write_file(rule, RIGHT)
	session = lab.postgres.hold(
		"DO $$ BEGIN PERFORM carom.record('{\"kind\": \"bounce\", \"message_id\": \"beside\", \"outcomes\": [{\"recipient\": "
		"\"cici@isp.example\", \"account\": \"acme\", \"action\": \"failed\", \"category\": \"recipient_unknown\", "
		"\"confidence\": \"matched\"}]}'); END $$")
	run = subprocess.Popen([lab.carom, "--config", lab.conf, "replay", "--apply"],
	                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
	wait_until(lab.waits_for_lock, 60, "the replay waits")
	tap.same(lab.postgres.sql("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
	                          "'carom.report'::regclass"), "1", "for the writer, and holds nothing yet")
	lab.postgres.release(session)
	tap.same(run.wait(60), 0, "then it does its work")
	ok, text = checks(lab)
	tap.ok(ok, "every number agrees", text)


def without_messages(tap, lab, rule):
	"""Where the message is not kept, its reply still is."""
	lab.configure({"rules": {"local": os.path.dirname(rule)}})
	write_file(rule, WRONG)
	send(lab, "dodi@isp.example", "the attic is locked")
	write_file(rule, RIGHT)
	differences, n = replay(lab, "--events")
	tap.same([(d["events"], d["was_rule"], d["is_rule"]) for d in differences],
	         [(1, "wrong-rule", "right-rule")], "--events judges what is kept of a bounce")
	replay(lab, "--events", "--apply")
	tap.ok(not held(lab, "dodi@isp.example"), "and corrects it")
	differences, n = replay(lab, "--events")
	tap.same(differences, [], "once")
	lab.configure({"rules": {"local": os.path.dirname(rule)}, "raw": {"keep": "all"}})


def unrecognised(tap, lab, rules):
	lab.pipe(b"From: x@x.example\nSubject: hm\n\nnothing\n")
	_, n = replay(lab, "--kind", "unrecognised")
	tap.same(n["read"], 1, "--kind takes one kind alone")
	_, n = replay(lab, "--since", "2030-01-01")
	tap.same(n["read"], 0, "--since a day")
	done = lab.run_carom("replay", "--kind", "nonsense", check=False)
	tap.same(done.returncode, 64, "no such kind")


def archive(tap, lab):
	"""A Maildir, each message with its own time."""
	folder = os.path.join(lab.folder, "Maildir")
	os.makedirs(os.path.join(folder, "cur"))
	for n, seconds in enumerate((1104580800, 1107259200)):  # 2005-01-01, 2005-02-01
		address = "old%d@isp.example" % n
		to = samples.verp("news@b.example.com", address)
		write_file(os.path.join(folder, "cur", "%d.M1P1.mx:2,S" % seconds),
		           "Delivered-To: %s\n" % to + samples.dsn(address, to)
		           .replace(b"\r\n", b"\n").decode())
	box = write_file(os.path.join(lab.folder, "old.mbox"), "".join(
		"From x Thu Jan  1 00:00:00 2009\nReceived: from a by b; Thu, 05 Mar 2009 "
		"10:00:00 +0000\n%s\n" % samples.dsn("box@isp.example", "news@b.example.com")
		.replace(b"\r\n", b"\n").decode() for _ in range(1)))
	_, n = replay(lab, folder, box)
	tap.same([n["read"], n["new"]], [3, 3], "an archive is shown")
	tap.same(lab.postgres.sql("SELECT count(*) FROM carom.report WHERE day < '2010-01-01'"),
	         "0", "and not recorded")
	_, n = replay(lab, "--apply", folder, box)
	tap.same(n["new"], 3, "--apply records it")
	tap.same(lab.postgres.sql("SELECT string_agg(DISTINCT day::text, ' ' ORDER BY day::text) "
	                          "FROM carom.event WHERE day < '2010-01-01'"),
	         "2005-01-01 2005-02-01 2009-03-05", "on the days on which it came")
	differences, n = replay(lab, "--apply", folder, box)
	tap.same([differences, n["new"], n["otherwise"]], [[], 0, 0],
	         "a second time changes nothing")
	tap.same(lab.postgres.sql("SELECT sum(duplicates) FROM carom.report "
	                          "WHERE day < '2010-01-01'"), "0", "and counts nothing twice")
	done = lab.run_carom("replay", "/nonexistent", check=False)
	tap.ok(done.returncode not in (0, 75) and "/nonexistent" in done.stderr,
	       "a path that is not there is named", done.stderr)


def tests(tap, lab):
	rules = os.path.join(lab.folder, "rules.d")
	os.makedirs(rules)
	lab.configure({"rules": {"local": rules}, "raw": {"keep": "all"}})
	rule = a_wrong_rule(tap, lab, rules)
	broken_off(tap, lab, rule)
	beside_a_writer(tap, lab, rule)
	without_messages(tap, lab, rule)
	unrecognised(tap, lab, rules)
	archive(tap, lab)


sys.exit(script("replay", tests, needs_root=False))
