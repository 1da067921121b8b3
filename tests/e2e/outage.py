#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The database is away: the queue of Postfix keeps what arrives."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from lab import wait_until  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"


def check_waiting(tap, lab, queue, what):
	reasons = {r["delay_reason"] for m in queue for r in m["recipients"]}
	tap.ok(all("Command output: carom: " in r for r in reasons),
	       what + ": the queue says why", reasons)


def check_recorded(tap, lab, addresses, what):
	tap.same(lab.postgres.sql(
		"SELECT address, count(*) FROM carom.event WHERE address IN ('%s') "
		"GROUP BY 1 ORDER BY 1" % "', '".join(addresses)),
		"\n".join(a + "|1" for a in sorted(addresses)),
		what + ": each recorded exactly once")
	tap.same(lab.count("suppression", "address IN ('%s')"
	                   % "', '".join(addresses)), len(addresses),
	         what + ": each suppressed")


def stopped(tap, lab):
	people = ["unknown.%s@gmail.com" % c for c in "abc"]
	lab.postgres.stop()
	lab.postfix.submit(NEWS, people, samples.newsletter(), xverp=True)
	queue = lab.postfix.wait_deferred(3)
	check_waiting(tap, lab, queue, "stopped")
	lab.postfix.flush()
	time.sleep(1)
	tap.same(len(lab.postfix.queue()), 3, "stopped: all still wait after a flush")
	lab.postgres.start()
	lab.postfix.wait_empty()
	tap.same(lab.count("report"), 3, "stopped: three reports after it is back")
	check_recorded(tap, lab, people, "stopped")


def crashed(tap, lab):
	"""The server dies while carom waits for its answer."""
	who = "unknown.crash@gmail.com"
	lock = lab.postgres.hold("LOCK TABLE carom.report IN ACCESS EXCLUSIVE MODE")
	lab.postfix.submit(NEWS, who, samples.newsletter(), xverp=True)
	wait_until(lab.waits_for_lock, 20, "carom waits for the database")
	lab.postgres.stop("immediate")
	lock.communicate()
	check_waiting(tap, lab, lab.postfix.wait_deferred(1), "crashed")
	lab.postgres.start()
	lab.postfix.wait_empty()
	check_recorded(tap, lab, [who], "crashed")


def slow(tap, lab):
	"""The database answers, but not before our own deadline."""
	who = "unknown.slow@gmail.com"
	lab.configure({"pipe": {"deadline": "2"}})
	lock = lab.postgres.hold("LOCK TABLE carom.report IN ACCESS EXCLUSIVE MODE")
	start = time.monotonic()
	lab.postfix.submit(NEWS, who, samples.newsletter(), xverp=True)
	queue = lab.postfix.wait_deferred(1)
	took = time.monotonic() - start
	tap.ok(1 < took < 12, "slow: carom gave up after about 2 s", took)
	check_waiting(tap, lab, queue, "slow")
	lab.postgres.release(lock)
	lab.postfix.wait_empty()
	check_recorded(tap, lab, [who], "slow")
	lab.configure()


def tests(tap, lab):
	for test in stopped, crashed, slow:
		test(tap, lab)
	tap.ok("SOFTBOUNCE" not in lab.postfix.log_text(),
	       "carom itself asked for another try each time, by exit code 75")
	tap.ok("status=bounced" not in "".join(
		line for line in lab.postfix.log_text().splitlines()
		if "relay=carom" in line), "and no report was lost")


sys.exit(script("outage", tests))
