#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The numbers as people and programs get them: 80 columns, types, full disks."""

import csv
import io
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from lab import clean_environment  # noqa: E402
from tap import script  # noqa: E402

WHO = "budi@isp.example"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"
COUNTS = {"sent", "hard", "soft", "block", "policy", "complaints",
          "unsubscribes", "delays", "new_suppressions", "unrecognised"}


def fill(lab):
	"""Three bounces of one provider that was sent two, and a note that would
	break a table.
	"""
	for n in range(3):
		to = samples.verp("news@b.example.com", "a%d@isp.example" % n)
		lab.pipe(samples.dsn("a%d@isp.example" % n, to).replace(b"\r\n", b"\n"),
		         "--recipient=" + to, "--sender=",
		         "--client-address=203.0.113.7")
	lab.postgres.sql(
		"SELECT carom.set_volume(carom.day(), account, stream, provider, 2) "
		"FROM carom.event LIMIT 1")
	lab.run_carom("suppress", "add", WHO, "--reason", "asked, by \"phone\"",
	              "--note", "first line\nsecond line\t\u202ebackwards")


def carom(lab, *args):
	return lab.run_carom(*args).stdout


def people(tap, lab):
	for args in (("report",), ("report", "isp"), ("report", "suppressions"), ("suppress", "list"),
	             ("explain", "a0@isp.example"), ("explain", WHO),
	             ("db", "prune")):
		text = carom(lab, *args)
		wide = [line for line in text.splitlines() if len(line) > 80]
		tap.ok(text and not wide, "%s: 80 columns" % " ".join(args),
		       "\n".join(wide))
		tap.ok("\u202e" not in text and "\t" not in text and
		       "first line\nsecond" not in text,
		       "%s: a text does not break its table" % " ".join(args), text)
	text = carom(lab, "report", "isp")
	tap.contains(text, "150.00%", "a rate above 100 % is shown")
	tap.contains(text, "\nA rate above 100 %: more came back", "and remarked on")
	text = carom(lab, "report")
	tap.ok("150" not in text and "is a count: of fewer than 3 events" in text,
	       "but the page tells no rate of two mails", text)
	tap.contains(text, "No signing key is configured", "the missing key is told")
	tap.contains(carom(lab, "report", "suppressions", "--day", "2020-01-01"),
	             "\nNewly suppressed\nnothing\n", "an empty table says so")


def programs(tap, lab):
	rows = json.loads(carom(lab, "report", "isp", "--format", "json"))
	counts = {k: v for row in rows for k, v in row.items() if k in COUNTS}
	tap.ok(set(counts) == COUNTS and
	       all(isinstance(v, int) for v in counts.values()),
	       "json: counts are numbers", rows)
	tap.same([row["hard_rate"] for row in rows if "hard_rate" in row], [1.5],
	         "json: rates are fractions, and only where they are known")
	page = json.loads(carom(lab, "report", "--format", "json"))
	tap.same([list(page)[0], page["providers"][0]["hard"], page["verdict"][0]["level"]],
	         ["verdict", 3, "well"], "json: nightly has a member for each part")
	tap.same(carom(lab, "report", "isp", "--format", "csv"),
	         carom(lab, "report", "--format", "csv"), "csv: nightly is its table per ISP")
	at = [row["at"] for row in json.loads(
		carom(lab, "report", "suppressions", "--format", "json"))]
	tap.ok(len(at) == 4 and all(re.fullmatch(TIME, t) for t in at),
	       "json: times are RFC 3339", at)
	story = json.loads(carom(lab, "explain", WHO, "--format", "json"))
	tap.same(story["changes"][0]["note"],
	         "first line\nsecond line\t\u202ebackwards",
	         "json: a text is what it was")

	text = carom(lab, "suppress", "list", "--format", "csv")
	lines = list(csv.DictReader(io.StringIO(text, newline="")))
	tap.ok(len(lines) == 4 and all(None not in row and None not in row.values()
	                               for row in lines),
	       "csv: as many cells as headings", text)
	notes = [row["note"] for row in lines if row["address"] == WHO]
	tap.same(notes, ["first line\nsecond line\t\u202ebackwards"],
	         "csv: a text is what it was")
	lab.postgres.sql("DELETE FROM carom.volume")
	rows = list(csv.DictReader(io.StringIO(
		carom(lab, "report", "isp", "--format", "csv"), newline="")))
	tap.same({(row["sent"], row["hard_rate"]) for row in rows}, {("", "")},
	         "csv: what is unknown is empty")


def full_disk(tap, lab):
	for args in (["report"], ["report", "-f", "csv"], ["report", "-f", "json"],
	             ["suppress", "list", "-f", "csv"], ["explain", WHO],
	             ["db", "check"], ["suppress", "check", WHO]):
		with open("/dev/full", "wb") as full:
			done = subprocess.run(
				[lab.carom, "--config", lab.conf, *args], stdout=full,
				stderr=subprocess.PIPE, env=clean_environment())
		tap.ok(done.returncode == 74 and b"standard output" in done.stderr,
		       "%s to a full disk: exit 74" % " ".join(args), done)


def incidents(lab, *args):
	return json.loads(carom(lab, "report", "incidents", "--format", "json", *args))


def listed(tap, lab):
	"""A blocklist names us for the first time, and the brake holds something."""
	tap.same(incidents(lab), [], "nothing is unusual yet")
	to = samples.verp("news@b.example.com", "c@isp.example")
	said = "smtp; 550 5.7.1 client [192.0.2.7] blocked using zen.spamhaus.org"
	lab.pipe(samples.dsn("c@isp.example", to, status="5.7.1", diagnostic=said).replace(
		b"\r\n", b"\n"), "--recipient=" + to, "--sender=", "--client-address=203.0.113.7")
	found = incidents(lab)
	tap.ok(len(found) == 1 and found[0]["kind"] == "blocklist" and
	       found[0]["state"] == "open" and "zen.spamhaus.org" in found[0]["what"],
	       "a blocklist is named the first time it is", found)
	tap.ok(found and "192.0.2.7" in found[0]["figures"] and
	       "https://check.spamhaus.org/" in found[0]["do"],
	       "which address is listed, and where to ask for removal", found)
	tap.same(lab.postgres.sql("SET ROLE carom_staff; SELECT blocklist, events, ip FROM "
	                          "carom.report_blocklists(carom.day(), carom.day())"),
	         "zen.spamhaus.org|1|192.0.2.7", "as carom.report_blocklists says")
	lab.postgres.sql("INSERT INTO carom.incident (provider, template, category, first_at, "
	                 "last_at, addresses) VALUES ('gmail', 't', 'recipient_unknown', now(), "
	                 "now(), 312)")
	found = incidents(lab)
	tap.ok([i["kind"] for i in found] == ["held", "blocklist"] and
	       "312" in found[0]["figures"] and
	       found[0]["more"].startswith("carom incident show "),
	       "what the brake holds comes first", found)
	lab.postgres.sql("DELETE FROM carom.incident")


def named(tap, lab):
	"""By campaign and by the address that mail went out from."""
	lab.configure({"own": {"networks": "192.0.2.0/24; 198.51.100.7"}})
	for n in range(4):
		to = samples.verp("news@b.example.com", "n%d@isp.example" % n)
		copy = b"Received: from out.example.com (out.example.com [192.0.2.7])\n\tby mx.isp.example " \
		       b"with ESMTP; Mon, 9 Nov 2026 10:00:00 +0000\nFeedback-ID: summer:s1\nFrom: Example News"
		lab.pipe(samples.dsn("n%d@isp.example" % n, to).replace(b"\r\n", b"\n").replace(
			b"From: Example News", copy), "--recipient=" + to, "--sender=",
			"--client-address=203.0.113.7")
	scope = lab.postgres.sql("SELECT account, stream, provider FROM carom.named LIMIT 1").split("|")
	lab.postgres.sql(
		"SELECT carom.add_volumes(gen_random_uuid(), jsonb_build_array(jsonb_build_object("
		"'account', '%s', 'stream', '%s', 'provider', '%s', 'sent', 400, 'feedback_id', "
		"'summer:s1', 'ip', '192.0.2.7')))" % tuple(scope))
	# what came back before went out from the only address that there is
	for part, dimension, hard, rate in (("campaigns", "campaign", 4, "1.00%"),
	                                    ("ips", "ip", 7, "1.75%")):
		rows = json.loads(carom(lab, "report", part, "--format", "json"))
		wanted = json.loads(lab.postgres.sql(
			"SET ROLE carom_staff; SELECT json_agg(json_strip_nulls(row_to_json(x))) FROM "
			"carom.report_named(carom.day(), carom.day(), '%s') x" % dimension))
		shown = [{k: v for k, v in row.items() if v != "" and k != "bounced"} for row in wanted]
		tap.same(rows, shown, "%s are as carom.report_named says" % part)
		first = [r for r in rows if r.get("name") in ("summer:s1", "192.0.2.7")]
		tap.same([(r["sent"], r["hard"], r["hard_rate"]) for r in first], [(400, hard, hard / 400)],
		         "%s: with a rate" % part)
		text = carom(lab, "report", part)
		tap.ok(rate in text and all(len(line) <= 80 for line in text.splitlines()),
		       "%s: for people" % part, text)
		tap.contains(carom(lab, "report", part, "--format", "html"), rate,
		             "%s: as a page" % part)
		tap.contains(carom(lab, "report", part, "--format", "csv"), ",400,",
		             "%s: as a table" % part)
	tap.contains(carom(lab, "report", "campaigns"), "(not told)", "what names no campaign is beside them")
	tap.contains(carom(lab, "report", "campaigns", "--lang", "id"), "(tidak disebut)",
	             "in Indonesian, too")
	tap.ok("name none, and may belong to any row" in re.sub(
		r"\s+", " ", carom(lab, "report", "campaigns")), "which no interval counts: how much it is")
	few = carom(lab, "report", "complaints", "--format", "html")
	tap.ok(">too few</td>" in few and ">unsure</td>" in few, "where nobody can judge, it says so", few)
	tap.contains(carom(lab, "report", "campaigns", "--format", "prometheus"),
	             'name="summer:s1"} 400', "campaigns: as metrics")
def ages(tap, lab):
	"""Whoever reads figures of others is told how old they are."""
	lab.postgres.sql("INSERT INTO carom.outside (day, source, subject, metric, value) VALUES (carom.day() - 25, 'snds', '192.0.2.7', 'rcpt_commands', 9), "
	                 "(carom.day() - 3, 'postmaster', 'b.example', 'spam_rate', 0.001)")
	tap.contains(re.sub(r"\s+", " ", carom(lab, "report")), "postmaster is 3 days old, snds is 25 days old.", "how old the figures of others are")
	lab.postgres.sql("DELETE FROM carom.outside")


def tests(tap, lab):
	fill(lab)
	ages(tap, lab)
	people(tap, lab)
	full_disk(tap, lab)
	programs(tap, lab)
	listed(tap, lab)
	named(tap, lab)


sys.exit(script("report", tests, needs_root=False))
