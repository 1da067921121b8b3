#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A thousand reports while the daemon is killed and the database restarted:
each is recorded exactly once, or still in Postfix's queue."""

import concurrent.futures
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
REPORTS = 1000


ROUNDS = 4


def trouble(lab, daemon):
	"""Kill and restart, at no chosen instruction."""
	for n in range(ROUNDS):
		time.sleep(0.3 + 0.1 * n)
		daemon.kill()
		daemon.start()
		time.sleep(0.2 + 0.1 * n)
		lab.postgres.stop("immediate")  # as if the power had failed
		lab.postgres.start()


def tests(tap, lab):
	lab.configure(settings(lab))
	daemon = Daemon(lab, "inbound").start()
	lab.postfix.command("postconf", "-e",
	                    "transport_maps=inline:{ b.example.com=carom-lmtp:%s }"
	                    % daemon.in_postfix("lmtp"))
	lab.postfix.reload()
	mail = []
	for n in range(REPORTS):
		to = samples.verp(NEWS, "reader%d@gmail.com" % n)
		mail.append((to, samples.dsn("reader%d@gmail.com" % n, to)))
	trouble_maker = threading.Thread(target=trouble, args=(lab, daemon))
	trouble_maker.start()
	with concurrent.futures.ThreadPoolExecutor(16) as pool:
		list(pool.map(lambda m: lab.postfix.submit("", *m), mail))
	lab.postfix.flush()
	trouble_maker.join()
	kills = daemon.log_text().count("inbound ready") - 1
	tap.same(kills, ROUNDS, "the daemon was killed and restarted")
	# The queue first: what leaves it meanwhile was recorded before.
	queued = len(lab.postfix.queue())
	recorded = lab.count("report")
	tap.ok(recorded + queued >= REPORTS and recorded <= REPORTS,
	       "in the middle of it: recorded or still in the queue",
	       "%d recorded, %d queued" % (recorded, queued))
	try:
		lab.postfix.wait_empty(180)
		tap.same(lab.count("report"), REPORTS, "%d reports recorded" % REPORTS)
		tap.same(lab.count("event"), REPORTS, "%d events" % REPORTS)
		tap.same(lab.count("suppression"), REPORTS, "%d people" % REPORTS)
		tap.same(lab.postgres.sql("SELECT count(DISTINCT address) "
		                          "FROM carom.event"), str(REPORTS),
		         "nobody twice, nobody missing")
		tap.ok("status=bounced" not in lab.postfix.log_text(),
		       "none of them bounced")
	finally:
		daemon.stop()


sys.exit(script("daemon killed", tests))
