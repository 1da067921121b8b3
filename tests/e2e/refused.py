#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A server refuses; Postfix writes the report; carom draws the conclusion."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
RECEIPTS = "receipts@b.example.com"


def verp(tap, lab):
	lab.postfix.submit(NEWS, ["ani@gmail.com", "unknown.budi@gmail.com"],
	                   samples.newsletter(), xverp=True)
	lab.postfix.wait_empty()
	tap.same(lab.count("report"), 1, "one refusal of two is one report")
	tap.same(lab.postgres.sql(
		"SELECT kind, address, action, status, category, class, provider, "
		"account, stream, resolved_by, confidence FROM carom.event"),
		"bounce|unknown.budi@gmail.com|failed|5.1.1|recipient_unknown|hard|"
		"gmail|acme|newsletter|verp|matched",
		"and one event that says whom, what and why")
	tap.same(lab.postgres.sql(
		"SELECT address, account, reason, source FROM carom.suppression"),
		"unknown.budi@gmail.com|acme|recipient_unknown|bounce",
		"and one suppression")
	tap.same(lab.postgres.sql(
		"SELECT sum(events), sum(reports), sum(suppressions) FROM carom.tally"),
		"1|1|1", "and one in the tally")
	for who, code, what in (("unknown.budi@gmail.com", 1, "not to be mailed"),
	                        ("ani@gmail.com", 0, "the other may be")):
		tap.same(lab.run_carom("suppress", "check", who, "--account", "acme",
		                       check=False).returncode, code,
		         "suppress check: " + what)


def plain(tap, lab):
	lab.postfix.submit(RECEIPTS, "unknown.vina@yahoo.com", samples.newsletter())
	lab.postfix.wait_empty()
	tap.same(lab.postgres.sql(
		"SELECT account, stream, confidence FROM carom.event "
		"WHERE address = 'unknown.vina@yahoo.com'"), "acme|receipts|matched",
		"our own Postfix is believed without VERP")
	tap.same(lab.count("suppression", "address = 'unknown.vina@yahoo.com'"), 1,
	         "and suppresses")

	before = lab.count("report")
	lab.postfix.submit(RECEIPTS, ["umar@gmail.com", "moved.wati@gmail.com",
	                              "syntax.zaki@gmail.com"],
	                   samples.newsletter())
	lab.postfix.wait_empty()
	tap.same(lab.count("report"), before + 1,
	         "two of three refused are told in one report")
	tap.same(lab.postgres.sql(
		"SELECT address, category FROM carom.event WHERE report = "
		"(SELECT max(id) FROM carom.report) ORDER BY address"),
		"moved.wati@gmail.com|recipient_moved\n"
		"syntax.zaki@gmail.com|recipient_syntax", "which makes two events")
	tap.same(lab.count("suppression", "address IN ('moved.wati@gmail.com', "
	                   "'syntax.zaki@gmail.com')"), 2, "and two suppressions")


def not_dead(tap, lab):
	"""What is not the fault of the address leaves the address alone."""
	before = lab.count("suppression")
	people = ["full.a@telkom.net", "dmarc.b@gmail.com", "tls.c@yahoo.com",
	          "ptr.d@outlook.com", "large.e@gmail.com"]
	lab.postfix.submit(NEWS, people, samples.newsletter(), xverp=True)
	lab.postfix.wait_empty()
	tap.same(lab.postgres.sql(
		"SELECT address, class, category FROM carom.event WHERE address IN "
		"('%s') ORDER BY address" % "', '".join(people)),
		"dmarc.b@gmail.com|policy|auth_dmarc\n"
		"full.a@telkom.net|soft|mailbox_full\n"
		"large.e@gmail.com|soft|message_too_large\n"
		"ptr.d@outlook.com|policy|sender_dns\n"
		"tls.c@yahoo.com|policy|tls_required",
		"a full mailbox and our own faults are told apart")
	tap.same(lab.count("suppression"), before, "and suppress nobody")


def delayed(tap, lab):
	before = lab.count("suppression")
	lab.postfix.submit(RECEIPTS, "broken.sari@kantor.example",
	                   samples.newsletter())
	lab.postfix.wait_empty()
	tap.same(lab.postgres.sql(
		"SELECT kind, action FROM carom.event "
		"WHERE address = 'broken.sari@kantor.example' ORDER BY id"),
		"delay|delayed\nbounce|failed",
		"a delay notice, and then the report that time was up")
	tap.same(lab.count("suppression"), before, "and neither suppresses")


def log(tap, lab, path):
	queue_id = lab.postgres.sql(
		"SELECT r.queue_id FROM carom.report r JOIN carom.event e "
		"ON e.report = r.id WHERE e.address = 'unknown.budi@gmail.com'")
	tap.contains(lab.postfix.log_text(), "carom: %s: recorded=bounce" % queue_id,
	             "Postfix's log has the queue id and what came of it")
	with open(path) as f:
		lines = f.read().splitlines()
	tap.ok(all(line.startswith("carom: ") for line in lines),
	       "no line of ours can be taken for a status code", "\n".join(lines))
	lines = [line for line in lines if line.startswith("carom: %s: " % queue_id)]
	tap.same(len(lines), 1, "one line for one outcome")
	for part in ("recipient=<unknown.budi@gmail.com>", "action=failed",
	             "dsn=5.1.1", "category=recipient_unknown", "account=acme",
	             "stream=newsletter", "resolved_by=verp", "confidence=matched"):
		tap.contains("".join(lines), part, "it says " + part)


def tests(tap, lab):
	path = os.path.join(lab.folder, "stderr")
	with open(path, "w"):
		os.chmod(path, 0o666)
	lab.wrapper('said=$($carom "$@" 2>&1)\ncode=$?\n'
	            'echo "$said" >>%s\necho "$said"\nexit $code' % path)
	for test in verp, plain, not_dead, delayed:
		test(tap, lab)
	log(tap, lab, path)


sys.exit(script("refused", tests, settings={
	"maximal_queue_lifetime": "8s", "bounce_queue_lifetime": "5d",
	"delay_warning_time": "1s"}))
