#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 at any point: nothing is lost, nothing counts twice."""

import os
import select
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from lab import process_runs, wait_until  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"


def kill(lab):
	"""kill -9 the one carom that runs."""
	pid, = wait_until(lab.carom_processes, 20, "carom runs")
	os.kill(pid, signal.SIGKILL)
	wait_until(lambda: not process_runs(pid), 10, "carom is dead")


def once(tap, lab, address, what):
	tap.same(lab.postgres.sql(
		"SELECT (SELECT count(*) FROM carom.event WHERE address = '%(a)s'), "
		"(SELECT count(DISTINCT report) FROM carom.event "
		" WHERE address = '%(a)s'), "
		"(SELECT count(*) FROM carom.suppression WHERE address = '%(a)s'), "
		"(SELECT count(*) FROM carom.suppression_log WHERE address = '%(a)s'), "
		"(SELECT sum(events) = (SELECT count(*) FROM carom.event) "
		" FROM carom.tally)" % {"a": address}), "1|1|1|1|t",
		what + ": recorded and counted exactly once")


def fifo(lab, name):
	"""A pipe in the file system that both ends of are open here."""
	path = os.path.join(lab.folder, name)
	os.mkfifo(path)
	os.chmod(path, 0o666)
	return os.open(path, os.O_RDWR | os.O_NONBLOCK)


def died(tap, lab, count, what):
	tap.same(lab.postfix.log_text().count("Command died with signal 9"), count,
	         what + ": Postfix saw it die, and kept the message")


def before_commit(tap, lab):
	"""It has read the message, and waits inside its transaction."""
	who = "unknown.before@gmail.com"
	lock = lab.postgres.hold("LOCK TABLE carom.report IN ACCESS EXCLUSIVE MODE")
	lab.postfix.submit(NEWS, who, samples.newsletter(), xverp=True)
	wait_until(lab.waits_for_lock, 20, "carom waits for the database")
	kill(lab)
	lab.postfix.wait_deferred(1)
	died(tap, lab, 1, "before the commit")
	lab.postgres.release(lock)
	lab.postfix.wait_empty()
	once(tap, lab, who, "before the commit")


def while_reading(tap, lab):
	"""It has had the first half of the message."""
	who = "budi@isp.example"
	to = samples.verp(NEWS, who)
	message = samples.dsn(who, to)
	before = lab.count("report")
	half = fifo(lab, "half")
	os.write(half, message[:len(message) // 2])
	lab.wrapper('exec $carom "$@" <%s/half' % lab.folder)
	lab.postfix.submit("", to, message)
	wait_until(lambda: not select.select([half], [], [], 0)[0], 20,
	           "carom has read its half")
	kill(lab)
	lab.postfix.wait_deferred(1)
	died(tap, lab, 3, "while reading")
	os.close(half)
	tap.same(lab.count("report"), before, "while reading: nothing is recorded")
	lab.wrapper('exec $carom "$@"')
	lab.postfix.wait_empty()
	once(tap, lab, who, "while reading")


def after_commit(tap, lab):
	"""It has committed, and is held by a full standard error as it logs."""
	who = "unknown.after@gmail.com"
	full = fifo(lab, "full")
	try:
		while True:
			os.write(full, b"x" * 4096)
	except BlockingIOError:
		pass
	lab.wrapper('exec $carom "$@" 2>%s/full' % lab.folder)
	lab.postfix.submit(NEWS, who, samples.newsletter(), xverp=True)
	wait_until(lambda: lab.count("event", "address = '%s'" % who), 20,
	           "carom has committed")
	tap.same(len(lab.carom_processes()), 1,
	         "after the commit: carom has not ended yet")
	kill(lab)
	lab.postfix.wait_deferred(1)
	died(tap, lab, 2, "after the commit")
	os.close(full)
	lab.wrapper('exec $carom "$@"')
	lab.postfix.wait_empty()
	once(tap, lab, who, "after the commit")
	tap.same(lab.postgres.sql(
		"SELECT r.duplicates FROM carom.report r JOIN carom.event e "
		"ON e.report = r.id WHERE e.address = '%s'" % who), "1",
		"after the commit: the second delivery is known as a duplicate")


def tests(tap, lab):
	for test in before_commit, after_commit, while_reading:
		test(tap, lab)
	tap.same(len(lab.postfix.queue()), 0, "the queue is empty")


sys.exit(script("killed", tests))
