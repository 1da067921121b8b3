#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""carom policy, carom suppress undo and alive: a wrong rule's work undone in two
commands, a stricter policy seen before it bites, receipts that a newsletter's
complaint does not stop."""

import csv
import datetime
import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from tap import script  # noqa: E402

TODAY = datetime.datetime.now(datetime.timezone.utc)


class Staff:
	"""Somebody at the command line."""

	def __init__(self, tap, lab):
		self.tap, self.lab = tap, lab
		self.mails = 0

	def carom(self, *args):
		done = self.lab.run_carom(*args, check=False)
		return done.returncode, done.stdout, done.stderr

	def record(self, address, days_ago, category="recipient_unknown",
	           kind="bounce", action="failed", **outcome):
		self.mails += 1
		at = TODAY - datetime.timedelta(days=days_ago)
		report = {"kind": kind, "message_id": "<%d@t>" % self.mails,
		          "arrived": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
		          "outcomes": [dict({"recipient": address, "action": action,
		                             "category": category, "account": "acme",
		                             "stream": "news", "confidence": "proven"},
		                            **outcome)]}
		if kind == "complaint":
			report["feedback"] = {"type": "abuse"}
		self.lab.postgres.sql("SELECT carom.record($j$%s$j$)" % json.dumps(report))

	def may_mail(self, address, *scope):
		return self.carom("suppress", "check", address, *scope)[0] == 0


def wrong_rule(tap, staff):
	"""Last week a rule of ours took full mailboxes for dead ones."""
	for n in range(12):
		staff.record("full%d@x.example" % n, 5, rule="local-full",
		             provider="gmail", diagnostic="552 5.2.2 <full%d@x.example> "
		             "over quota by %d octets" % (n, n * 977))
	staff.record("dead@x.example", 5, rule="no-such-user", provider="gmail",
	             diagnostic="550 5.1.1 no such user")
	staff.record("full1@x.example", 1, rule="no-such-user", provider="gmail")
	staff.record("angry@x.example", 5, kind="complaint", action="complained",
	             category=None, rule="local-full", provider="gmail")
	undo = ("suppress", "undo", "--rule", "local-full", "--since",
	        (TODAY - datetime.timedelta(days=7)).strftime("%Y-%m-%d"))
	code, out, err = staff.carom(*undo)
	tap.ok(code == 0 and out.startswith("12 suppressions would be released; "
	       "nothing was changed\nAgainst 1 of them"), "undo shows how many", out + err)
	for says in ("# # @ over quota by # octets", "gmail", "full11@x.example",
	             "--apply"):
		tap.contains(out, says, "and says: " + says)
	tap.ok(not staff.may_mail("full3@x.example"), "nothing is changed by that")
	code, out, _ = staff.carom(*undo, "--format", "csv")
	rows = list(csv.DictReader(io.StringIO(out)))
	tap.same((len(rows), rows[0]["address"], rows[0]["rule"]),
	         (12, "full0@x.example", "local-full"), "as CSV, each of them")
	code, out, err = staff.carom(*undo, "--apply")
	tap.ok(code == 64 and "--note" in err, "to release them wants a note", err)
	code, out, err = staff.carom(*undo, "--apply", "--note", "the \"rule\" wasn't right")
	tap.same((code, out), (0, "12 suppressions released\n"), "released")
	tap.same([staff.may_mail(a) for a in ("full3@x.example", "dead@x.example",
	                                      "angry@x.example")],
	         [True, False, False], "those, and nobody else's: a person's word stays")
	code, out, _ = staff.carom("explain", "full3@x.example")
	tap.contains(" ".join(out.split()), "the \"rule\" wasn't right", "with a trace that has the note")
	tap.same(staff.carom(*undo)[0], 1, "then nothing is left to undo")
	code, out, err = staff.carom("suppress", "undo")
	tap.ok(code == 64 and "what went wrong" in err, "undo wants a cause", err)
	code, out, err = staff.carom("suppress", "undo", "--category", "mailbox_ful")
	tap.ok(code == 64 and "the nearest is mailbox_full" in err,
	       "a category that there is", err)
	code, out, err = staff.carom("suppress", "undo", "--rule", "r", "--since", "Monday")
	tap.ok(code == 64 and "\"Monday\"" in err, "and a time that is one", err)
	code, out, _ = staff.carom("suppress", "undo", "--reply",
	                           "550 5.1.1  No Such User", "-f", "json")
	tap.same([r["address"] for r in json.loads(out)], ["dead@x.example"],
	         "by what a server said")


def stricter(tap, staff):
	"""A stricter policy, seen before it bites."""
	for address, days in (("three@x.example", 3), ("four@x.example", 4),
	                      ("five@x.example", 5)):
		for n in range(days, 0, -1):
			staff.record(address, n, "mailbox_full", provider="yahoo_aol")
	tap.same([staff.may_mail(a + "@x.example") for a in ("three", "four", "five")],
	         [True, True, False], "five days of thirty are the policy")
	row = ("mailbox_full", "--after", "4", "--within", "30", "--expires", "90")
	code, out, err = staff.carom("policy", "try", *row)
	tap.ok(code == 0 and "1 added, 0 released" in out and "four@x.example" in out and
	       "yahoo_aol" in out, "try: who would be added", out + err)
	tap.ok(staff.may_mail("four@x.example"), "and changes nothing")
	code, out, _ = staff.carom("policy", "list", "mailbox_full", "-f", "json")
	tap.same(json.loads(out)[0]["after"], 5, "nor the policy")
	code, out, err = staff.carom("policy", "try", *row, "--apply", "--note", "agreed")
	tap.ok(code == 0 and "Done: 1 added" in out, "--apply does it", out + err)
	tap.ok(not staff.may_mail("four@x.example"), "four days suppress now")
	code, out, _ = staff.carom("policy", "list", "mailbox_full")
	tap.contains(out, "after 4 days within 30, for 90 days", "the policy is so")
	out = " ".join(staff.carom("policy", "log")[1].split())
	for says in ("before: after 5 days within 30", "agreed", "1 added, 0 released"):
		tap.contains(out, says, "the log says: " + says)
	code, out, _ = staff.carom("policy", "try")
	tap.contains(out, "0 added, 0 released", "then the list is as the policy has it")
	staff.record("late@x.example", 0, "mailbox_full", provider="gmail")
	code, out, _ = staff.carom("policy", "try", "mailbox_full", "--never", "-f", "csv")
	tap.same([(r["change"], r["address"]) for r in csv.DictReader(io.StringIO(out))],
	         [("release", "five@x.example"), ("release", "four@x.example")],
	         "never: who would be released, as CSV")
	tap.same(staff.lab.run_carom("db", "check", check=False).returncode, 0,
	         "carom db check holds")


def numbers(tap, staff):
	"""What was sent, and which blocklists name us."""
	code, out, err = staff.carom("volume", "set", "-a", "acme", "-p", "gmail",
	                             "2026-11-20", "1200")
	tap.ok(code == 0 and "1200" in out, "volume set", out + err)
	staff.carom("volume", "set", "-a", "acme", "-p", "gmail", "2026-11-20", "1300")
	staff.carom("volume", "set", "2026-11-21", "7")
	code, out, _ = staff.carom("volume", "list", "-f", "json")
	tap.same([(r["day"], r.get("provider"), r["sent"]) for r in json.loads(out)],
	         [("2026-11-20", "gmail", 1300), ("2026-11-21", None, 7)], "volume list")
	code, out, _ = staff.carom("volume", "list", "--since", "2026-11-21", "-f", "csv")
	tap.same(len(out.splitlines()), 2, "of some days")
	for args in (("set", "2026-11-20"), ("set", "2026-11-31", "5"),
	             ("set", "2026-11-20", "-5"), ("set", "2026-11-20", "5", "-p", "gmial"),
	             ("set", "1999-01-01", "5"), ("list", "x"), ()):
		code, out, err = staff.carom("volume", *args)
		tap.ok(code not in (0, 75) and err != "", "volume " + " ".join(args), err)
	tap.contains(staff.carom("blocklists")[1], "no blocklist names us", "blocklists: none")
	staff.record("a@x.example", 3, "dnsbl_listed", blocklist="zen.spamhaus.org",
	             provider="gmail")
	code, out, _ = staff.carom("blocklists", "-f", "json")
	row = json.loads(out)[0]
	tap.ok(row["blocklist"] == "zen.spamhaus.org" and row["events"] == 1 and
	       row["providers"] == "gmail" and row["removal"].startswith("http"),
	       "blocklists: one, with where to ask", out)
	tap.contains(staff.carom("blocklists", "--since", TODAY.strftime("%Y-%m-%d"))[1],
	             "no blocklist", "none since today")


def rows(tap, staff):
	"""Setting rows, and what is wrong with them."""
	quoted = "o'neil \"x\"; DROP TABLE carom.policy"
	code, out, err = staff.carom("policy", "set", "expired", "-a", quoted, "--after", "2",
	                             "--within", "9", "-n", "it's \"so\"")
	tap.ok(code == 0 and out.endswith(": added\n"), "a name with quotes", out + err)
	code, out, _ = staff.carom("policy", "list", "expired", "-f", "json")
	tap.same([r.get("account") for r in json.loads(out)], [None, quoted], "is kept so")
	code, out, _ = staff.carom("policy", "unset", "expired", "-a", quoted, "-n", "n")
	tap.same((code, out.endswith(": removed\n")), (0, True), "and goes")
	tap.same(staff.carom("policy", "unset", "expired", "-a", quoted, "-n", "n")[0], 1,
	         "once")
	before = staff.carom("policy", "list", "-f", "csv")[1]
	log = staff.carom("policy", "log", "-f", "csv")[1]
	for args, says in (
			(("set", "mailbox_ful", "--never", "-n", "n"), "nearest is mailbox_full"),
			(("set", "complaint:abus", "--never", "-n", "n"),
			 "nearest is complaint:abuse"),
			(("set", "--never", "-n", "n"), "wants a category"),
			(("set", "expired", "-n", "n"), "after how many days"),
			(("set", "expired", "--after", "0", "-n", "n"), "1 or more"),
			(("set", "expired", "--after", "3", "-n", "n"), "within how many"),
			(("set", "expired", "--after", "3", "--within", "2", "-n", "n"), "no 3 days"),
			(("set", "expired", "--never", "--expires", "3", "-n", "n"), "no days"),
			(("set", "expired", "--after", "x", "-n", "n"), "x"),
			(("set", "expired", "--after", "1", "--expires", "0", "-n", "n"), "1 or more"),
			(("set", "expired", "--never"), "--note"),
			(("set", "expired", "--never", "-n", " "), "--note"),
			(("set", "expired", "--never", "-p", "gmial", "-n", "n"), "\"gmial\""),
			(("set", "expired", "--never", "--scope", "all", "-n", "n"), "not \"all\""),
			(("set", "expired", "--never", "--status", "5.1", "-n", "n"), "\"5.1\""),
			(("set", "expired", "--never", "--transactional", "maybe", "-n", "n"),
			 "\"maybe\""),
			(("set", "expired", "expired", "--never", "-n", "n"), "one category"),
			(("unset", "expired", "-n", "n"), "set it to never instead"),
			(("unset", "expired", "-a", "x"), "--note"),
			(("try", "expired", "--never", "--apply"), "--note"),
			(("try", "--since", "2026-02-30"), "2026-02-30"),
			(("list", "--apply"), "--apply"), (("log", "x"), "no argument"),
			(("streams", "a", "--none", "-n", "n"), "--none"),
			(("streams", "a"), "--note"), (("gone",), "policy wants list")):
		code, out, err = staff.carom("policy", *args)
		tap.ok(code not in (0, 1, 75) and says in err and out == "",
		       "policy %s: %s" % (" ".join(args), says), err + out)
	tap.same(staff.carom("policy", "list", "-f", "csv")[1], before,
	         "nothing of that changed anything")
	tap.same(staff.carom("policy", "log", "-f", "csv")[1], log, "nor left a trace")


def receipts(tap, staff):
	"""What a person says of the newsletter does not stop the receipt."""
	staff.record("reader@x.example", 2, kind="complaint", action="complained",
	             category=None)
	receipt = ("-a", "acme", "-s", "receipts")
	news = ("-a", "acme", "-s", "news")
	tap.ok(not staff.may_mail("reader@x.example", *receipt),
	       "a complaint stops all streams of the account")
	code, out, err = staff.carom("policy", "streams", "receipts", "shop/password",
	                             "-n", "agreed")
	tap.ok(code == 0 and "shop/password" in out, "streams become transactional",
	       out + err)
	tap.same([staff.may_mail("reader@x.example", *s) for s in (receipt, news)],
	         [True, False], "then it does not stop the receipts, and the news it does")
	tap.same([staff.may_mail(a + "@x.example", *receipt) for a in ("five", "dead")],
	         [True, False], "nor does a full mailbox; a dead one does")
	def listed(*args):
		return [row["address"] for row in json.loads(staff.carom(
			"suppress", "list", "-f", "json", *args)[1])]
	tap.ok("reader@x.example" in listed(*receipt) and
	       "reader@x.example" not in listed("--stops", *receipt) and
	       "dead@x.example" in listed("--stops", *receipt) and
	       "reader@x.example" in listed("--stops", *news),
	       "suppress list --stops has what stops mail of a stream")
	text = " ".join(staff.carom("suppress", "list", *receipt)[1].split())
	tap.ok(text.count("not for transactional mail") == len(listed(*receipt)) -
	       len(listed("--stops", *receipt)), "the list says which entries do not", text)
	text = staff.carom("suppress", "check", "reader@x.example", *receipt)[1]
	tap.ok("may be mailed\nother mail, not this stream: reader@x.example is suppressed" in text,
	       "so does the question", text)
	tap.same(staff.carom("suppress", "list", "--stops")[0], 64, "of which account?")
	staff.carom("suppress", "add", "reader@x.example", "-r", "asked", "-n", "by phone")
	tap.ok(not staff.may_mail("reader@x.example", *receipt), "and the word of staff")
	staff.carom("suppress", "remove", "reader@x.example", "-n", "called again")
	code, _, err = staff.carom("policy", "set", "complaint:abuse", "--after", "1",
	                           "--transactional", "yes", "-n", "they all mean it")
	tap.ok(not staff.may_mail("reader@x.example", *receipt),
	       "and the complaint where the policy says so", err)
	staff.carom("policy", "set", "complaint:abuse", "--after", "1",
	            "--transactional", "no", "-n", "they don't")
	staff.carom("policy", "streams", "--none", "-n", "over")
	tap.ok(not staff.may_mail("reader@x.example", *receipt), "none is transactional")
	tap.contains(staff.carom("policy", "log")[1], "transactional: receipts",
	             "the log has the streams")


def domains(tap, staff):
	for address, code in (("@.closed.example", 0), ("@.com", 65), ("@..x.example", 65)):
		tap.same(staff.carom("suppress", "add", address, "-r", "attack", "-e",
		                     "2099-12-31")[0], code, "add " + address)
	tap.same([staff.may_mail(a) for a in ("a@m.closed.example", "A@b.m.Closed.Example",
	                                      "a@closed.example", "a@unclosed.example")],
	         [False, False, True, True], "an entry for all below a domain")
	tap.same(staff.carom("suppress", "remove", "@.closed.example", "-n", "over")[0], 0,
	         "can be taken off")


def story(tap, staff):
	"""Why, who, on what evidence, and what happens if I release it."""
	out = " ".join(staff.carom("explain", "dead@x.example")[1].split())
	for says in ("for good", "rule no-such-user", "by carom", "550 5.1.1 no such user",
	             "carom suppress remove 'dead@x.example' --account acme",
	             "the next recipient_unknown puts it on the list again"):
		tap.contains(out, says, "explain: " + says)
	tap.contains(" ".join(staff.carom("explain", "five@x.example")[1].split()),
	             "4 days of mailbox_full within 30", "of a soft one, the days")
	tap.contains(staff.carom("suppress", "alive")[1], "nobody on the list",
	             "nobody is alive after all")
	staff.record("dead@x.example", -0.5, None, "delivery", "delivered")
	code, out, _ = staff.carom("suppress", "alive", "-f", "json")
	tap.same([(r["address"], r["sign"]) for r in json.loads(out)],
	         [("dead@x.example", "delivered")], "and listed")


def settings(tap, lab):
	"""carom db setting: told with bounds, refused with a clear word, logged."""
	def setting(*args):
		done = lab.run_carom("db", "setting", *args, check=False)
		return done.returncode, done.stdout + done.stderr
	code, out = setting("list")
	tap.ok(code == 0 and "brake_minutes = 10\n" in out and "minutes, 1 to 9999" in out,
	       "carom db setting list tells units and bounds", out)
	tap.ok(max(map(len, out.splitlines())) <= 80, "within 80 columns", out)
	tap.same(setting("get", "feed_days"), (0, "90\n"), "get has the value alone")
	tap.same(setting("set", "feed_days", "30", "-n", "ticket 12"),
	         (0, "feed_days = 30: changed\n"), "set changes it")
	tap.same(setting("get", "feed_days"), (0, "30\n"), "so that it holds")
	tap.contains(setting("log")[1], "30, was 90, by root: ticket 12", "with a log of who and why")
	for args, code, says in (
			(("set", "feed_days", "0", "-n", "x"), 65, "a number of days from 1 to 99999"),
			(("set", "held", "maybe", "-n", "x"), 65, "refused or mailed, not \"maybe\""),
			(("set", "hold", "mailed", "-n", "x"), 65, "there is no setting \"hold\""),
			(("set", "timezone", "UTC", "-n", "x"), 65, "timezone in [report]"),
			(("get", "hold"), 65, "there is no setting"),
			(("set", "held", "mailed"), 64, "--note"), (("set", "held"), 64, "a value"),
			((), 64, "list, get, set, log"), (("list", "-f", "yaml"), 64, "csv or json")):
		got, out = setting(*args)
		tap.ok(got == code and says in out, "db setting %s: %d" % (" ".join(args), code),
		       (got, out))
	row = [x for x in json.loads(setting("list", "-f", "json")[1]) if x["name"] == "held"][0]
	tap.same([row["value"], row["words"], row["changed_by"]],
	         ["refused", "refused, mailed", "staff"], "as JSON")


def tests(tap, lab):
	settings(tap, lab)
	staff = Staff(tap, lab)
	wrong_rule(tap, staff)
	stricter(tap, staff)
	rows(tap, staff)
	receipts(tap, staff)
	domains(tap, staff)
	numbers(tap, staff)
	story(tap, staff)


sys.exit(script("policy", tests, needs_root=False))
