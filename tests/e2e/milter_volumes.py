#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The numbers of mail sent, when the connection is lost as they are written."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from cable import Cable  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import PIPE_USER, wait_until  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"


def sent(lab):
	return int(lab.postgres.sql("SELECT coalesce(sum(sent), 0) FROM carom.volume"))


def mail(lab, count):
	for n in range(count):
		lab.postfix.submit(NEWS, "reader%d@gmail.com" % n, samples.newsletter())


def cutting(tap, lab, cable):
	mail(lab, 2)
	total = 2
	wait_until(lambda: sent(lab) == total, 15, "the numbers are written")
	for when in ("after", "before", "after"):
		asked = len(cable.log())
		cable.cut(when)
		mail(lab, 3)
		wait_until(lambda: cable.log()[asked:asked + 3] == [
			"asked", "cut " + when, "asked"], 15, "it is asked again")
		mail(lab, 1)
		total += 4
		wait_until(lambda: sent(lab) >= total, 15, "the numbers are written")
		tap.same(sent(lab), total, "connection lost %s the commit: asked "
		         "again, counted once" % when)
	tap.same(lab.postgres.sql("SELECT dimension, name, sum(sent) FROM carom.named_volume "
	                          "GROUP BY 1, 2 ORDER BY 1"),
	         "campaign|news.example.com|%d\nip|192.0.2.7|%d" % (total, total),
	         "by campaign and address, too, each once")
	log = cable.log()
	tap.same(lab.count("volume_batch"), log.count("asked") - 3,
	         "what was handed in again is known by its id")


def away(tap, lab, daemon):
	before = sent(lab)
	lab.postgres.stop()
	mail(lab, 2)
	wait_until(lambda: "volumes are written later" in daemon.log_text(), 15,
	           "it finds out")
	mail(lab, 2)
	lab.postgres.start()
	wait_until(lambda: sent(lab) == before + 4, 20, "the numbers are written")
	tap.ok(True, "database away: the numbers wait for it")
	tap.contains(daemon.log_text(), "volumes are written again",
	             "and the log says so")


def stopping(tap, lab, daemon):
	before = sent(lab)
	mail(lab, 1)
	tap.same(daemon.stop(), 0, "SIGTERM ends it")
	tap.same(sent(lab), before + 1, "the last numbers are written")
	daemon.start()
	mail(lab, 3)
	lab.postgres.stop()
	tap.same(daemon.stop(), 0, "SIGTERM ends it, the database being away")
	tap.contains(daemon.log_text(), " 3 recipients mailed are not counted",
	             "what is lost then is told")
	lab.configure(settings(lab))


def tests(tap, lab):
	cable = Cable(os.path.join(lab.folder, "cable"), lab.postgres.socket,
	              "carom.add_volumes", PIPE_USER)
	lab.configure(settings(lab, database={
		"conninfo": "host=%s dbname=carom" % cable.folder},
		outbound={"sending-ip": "192.0.2.7"}))
	daemon = Daemon(lab, "outbound").start()
	lab.postfix.command("postconf", "-e", "smtpd_milters="
	                    + daemon.in_postfix("outbound"))
	lab.postfix.reload()
	try:
		cutting(tap, lab, cable)
		away(tap, lab, daemon)
		stopping(tap, lab, daemon)
	finally:
		daemon.stop()
		cable.stop()


sys.exit(script("milter volumes", tests))
