#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A message that is delivered again counts once."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from tap import script  # noqa: E402

TO = samples.verp("news@b.example.com", "budi@isp.example")


def tests(tap, lab):
	report = samples.dsn("budi@isp.example", TO)
	counts = ("SELECT (SELECT count(*) FROM carom.report), "
	          "(SELECT count(*) FROM carom.event), "
	          "(SELECT count(*) FROM carom.suppression), "
	          "(SELECT count(*) FROM carom.suppression_log), "
	          "(SELECT sum(events) FROM carom.tally), "
	          "(SELECT sum(reports) FROM carom.tally), "
	          "(SELECT coalesce(sum(duplicates), 0) FROM carom.report), "
	          "(SELECT coalesce(sum(seen), 0) FROM carom.duplicate)")
	first = lab.postfix.submit("", TO, report, client="203.0.113.7")
	lab.postfix.wait_empty()
	tap.same(lab.postgres.sql(counts), "1|1|1|1|1|1|0|0", "once is once")

	second = lab.postfix.submit("", TO, report, client="203.0.113.8")
	lab.postfix.wait_empty()
	tap.ok(first != second, "the second delivery has a queue id of its own")
	tap.same(lab.postgres.sql(counts), "1|1|1|1|1|1|1|1",
	         "twice, over another host, is once and a duplicate")

	stored = report.replace(b"\r\n", b"\n")
	for n, more in enumerate((
			b"", b"Received: from a (b [192.0.2.1]) by other.example id 42\n",
			b"Return-Path: <>\nX-Original-To: x@y\nDelivered-To: x@y\n"), 2):
		done = lab.pipe(more + stored, "--recipient=" + TO, "--sender=",
		                "--queue-id=X%d" % n, "--client-address=203.0.113.9")
		tap.same(done.returncode, 0, "delivery %d: accepted" % (n + 1))
		tap.same(lab.postgres.sql(counts), "1|1|1|1|1|1|%d|%d" % (n, n),
		         "delivery %d, with other trace fields, is a duplicate"
		         % (n + 1))

	lab.postfix.submit("", TO, samples.dsn("budi@isp.example", TO))
	lab.postfix.wait_empty()
	tap.same(lab.postgres.sql(counts), "2|2|1|1|2|2|4|4",
	         "another report about the same address is another event, "
	         "and no new suppression")


sys.exit(script("twice", tests))
