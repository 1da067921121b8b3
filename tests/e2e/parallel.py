#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Many reports at once: exact counts, and no deadlock."""

import concurrent.futures
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
PEOPLE = ["reader%d@%s" % (n, domain) for n in range(25)
          for domain in ("gmail.com", "yahoo.com", "outlook.com", "telkom.net")]


def tests(tap, lab):
	mail = []
	for who in PEOPLE:
		to = samples.verp(NEWS, who)
		mail += [(to, samples.dsn(who, to)) for _ in range(2)]
	again = mail[::10]
	with concurrent.futures.ThreadPoolExecutor(10) as pool:
		list(pool.map(lambda m: lab.postfix.submit("", *m), mail + again))
	lab.postfix.wait_empty(180)
	tap.same(lab.count("report"), 200, "200 reports")
	tap.same(lab.count("event"), 200, "200 events")
	tap.same(lab.postgres.sql("SELECT sum(duplicates) FROM carom.report"), "20",
	         "20 duplicates")
	tap.same(lab.count("suppression"), 100, "100 people are suppressed")
	tap.same(lab.count("suppression_log", "change = 'add'"), 100,
	         "each of them once")
	tap.same(lab.postgres.sql(
		"SELECT provider, sum(events), sum(suppressions) FROM carom.tally "
		"GROUP BY 1 ORDER BY 1"),
		"gmail|50|25\nmicrosoft_consumer|50|25\ntelkom_id|50|25\nyahoo_aol|50|25",
		"the tally is exact at every provider")
	with open(lab.postgres.log) as f:
		tap.ok("deadlock" not in f.read(), "no deadlock")
	tap.ok("status=deferred" not in "".join(
		line for line in lab.postfix.log_text().splitlines()
		if "relay=carom" in line), "no report needed a second try")


sys.exit(script("parallel", tests))
