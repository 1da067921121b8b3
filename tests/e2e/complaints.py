#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Complaints by SMTP, and mail that is no report at all."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
FBL = "fbl@b.example.com"
FBL_HOST = "203.0.113.25"


def complain(lab, recipient, **how):
	lab.postfix.submit("feedback@fbl.isp.example", FBL,
	                   samples.complaint(recipient, **how), client=FBL_HOST)
	lab.postfix.wait_empty()


def event(lab, address):
	return lab.postgres.sql(
		"SELECT kind, feedback_type, account, stream, confidence "
		"FROM carom.event WHERE address = '%s'" % address)


def suppression(lab, address):
	return lab.postgres.sql(
		"SELECT account, stream, source FROM carom.suppression "
		"WHERE address = '%s'" % address)


def complaints(tap, lab):
	complain(lab, "gita@yahoo.com")
	tap.same(event(lab, "gita@yahoo.com"),
	         "complaint|abuse|acme|newsletter|claimed",
	         "a redacted complaint is found by its return address")
	tap.same(suppression(lab, "gita@yahoo.com"), "acme||complaint",
	         "and stops all mail of that account")
	tap.same(lab.postgres.sql(
		"SELECT provider, sum(events), sum(suppressions) FROM carom.tally "
		"WHERE kind = 'complaint' GROUP BY 1"), "yahoo_aol|1|1",
		"and counts at that provider")

	complain(lab, "hana@yahoo.com", feedback="opt-out")
	tap.same(suppression(lab, "hana@yahoo.com"), "acme|newsletter|complaint",
	         "opt-out stops that stream alone")
	tap.same(lab.run_carom(
		"suppress", "check", "hana@yahoo.com", "--account", "acme",
		"--stream", "receipts", check=False).returncode, 0,
		"so that receipts still go out")

	complain(lab, "indra@yahoo.com", feedback="not-spam")
	tap.same(event(lab, "indra@yahoo.com"),
	         "complaint|not-spam|acme|newsletter|claimed",
	         "not-spam is recorded")
	tap.same(suppression(lab, "indra@yahoo.com"), "", "and stops nothing")

	complain(lab, "joko@yahoo.com", feedback="auth-failure")
	tap.same(lab.count("report", "kind = 'auth_report'"), 1,
	         "auth-failure is no complaint")
	tap.same(suppression(lab, "joko@yahoo.com"), "", "and stops nothing")

	before = lab.count("suppression")
	complain(lab, "kartika@yahoo.com", mail_from="news@b.example.com")
	tap.same(lab.count("report", "kind = 'complaint'"), 4,
	         "a complaint about nobody known is counted")
	tap.same(lab.count("suppression"), before, "and stops nobody")


def others(tap, lab):
	before = lab.count("report")
	letter = samples.letter("tono@isp.example", NEWS)
	for message in samples.vacation("umar@isp.example", NEWS), letter:
		lab.postfix.submit("somebody@isp.example", NEWS, message,
		                   client="203.0.113.9")
	lab.postfix.wait_empty()
	tap.same(lab.count("report"), before + 2,
	         "an auto-reply and a letter are counted")
	tap.same(lab.count("report", "kind = 'unrecognised'"),
	         lab.count("raw"), "what is not understood is kept")
	body = lab.postgres.sql(
		"SELECT encode(message, 'escape') FROM carom.raw "
		"JOIN carom.report USING (key) WHERE from_address = 'tono@isp.example'")
	tap.contains(body, "Please send me your price list.",
	             "the letter is kept whole")
	tap.same(lab.postgres.sql(
		"SELECT count(*) FROM carom.suppression WHERE address IN "
		"('tono@isp.example', 'umar@isp.example', 'somebody@isp.example')"),
		"0", "neither suppresses its writer")
	tap.same(lab.postgres.sql(
		"SELECT (SELECT count(*) FROM carom.report) = "
		"(SELECT sum(reports) FROM carom.tally)"), "t",
		"received is the sum of all kinds")


def tests(tap, lab):
	complaints(tap, lab)
	others(tap, lab)


sys.exit(script("complaints", tests))
