#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Who says that a person cannot be reached, and who may."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from lab import run  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
STRANGER = "203.0.113.7"
OUR_RELAY = "198.51.100.9"


def outcome(lab, address):
	return lab.postgres.sql(
		"SELECT e.confidence, (SELECT count(*) FROM carom.suppression s "
		"WHERE s.address = e.address) FROM carom.event e "
		"WHERE e.address = '%s'" % address)


def check(tap, lab, who, wanted, name, to=NEWS, **how):
	"""A report about who comes by SMTP; wanted: confidence|suppressions."""
	client = how.pop("client", STRANGER)
	lab.postfix.submit("", to, samples.dsn(who, to, **how), client=client)
	lab.postfix.wait_empty()
	tap.same(outcome(lab, who), wanted, name)


def tests(tap, lab):
	check(tap, lab, "a@gmail.com", "guessed|0",
	      "a stranger's report about anybody: counted, not believed")
	check(tap, lab, "b@gmail.com", "guessed|0",
	      "a stranger who signs as our own Postfix: not believed",
	      reporter="mx.example.com")
	check(tap, lab, "c@gmail.com", "guessed|0",
	      "a relay of ours that says it is another's: not believed",
	      client=OUR_RELAY)
	check(tap, lab, "d@gmail.com", "matched|1",
	      "a relay of ours with our own name: believed",
	      client=OUR_RELAY, reporter="mx.example.com")
	check(tap, lab, "e@gmail.com", "claimed|1",
	      "VERP without any key configured: believed as claimed",
	      to=samples.verp(NEWS, "e@gmail.com"))
	check(tap, lab, "f@gmail.com", "",
	      "forwarded mail: nothing is said of where it was forwarded to",
	      return_path=samples.verp(NEWS, "reader@gmail.com"))
	tap.same(outcome(lab, "reader@gmail.com"), "claimed|1",
	         "but of the reader who was mailed, known by VERP in the copy")

	# A local user hands one to sendmail(1): no SMTP client, as in the case of
	# our own reports, but not written by Postfix either.
	run(["/usr/sbin/sendmail", "-C", lab.postfix.etc, "-i", "-f", "", NEWS],
	    data=samples.dsn("g@gmail.com", NEWS, reporter="mx.example.com")
	    .replace(b"\r\n", b"\n"))
	lab.postfix.wait_empty()
	tap.same(outcome(lab, "g@gmail.com"), "guessed|0",
	         "a local user who plays the part of Postfix: not believed")
	tap.same(lab.postgres.sql(
		"SELECT confidence, sum(events), sum(suppressions) FROM carom.tally "
		"GROUP BY 1 ORDER BY 1"), "claimed|2|2\nguessed|4|0\nmatched|1|1",
		"all are in the numbers")


sys.exit(script("forged", tests, configuration={
	"own": {"networks": "198.51.100.0/24"}}))
