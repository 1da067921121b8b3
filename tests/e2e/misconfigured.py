#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whatever is wrong on our side, the message waits in the queue."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from lab import PIPE_USER, owned_folder, write_file  # noqa: E402
from tap import script  # noqa: E402

GOOD = 'exec $carom "$@"'


def faults(lab):
	"""(what is wrong, how to make it so, how to mend it)"""
	sock = lab.postgres.socket
	empty = owned_folder(os.path.join(lab.folder, "empty"))

	def conf(**groups):
		return lambda: lab.configure(groups)

	def script_is(body):
		return lambda: lab.wrapper(body)

	def sql(query):
		return lambda: lab.postgres.sql(query)

	def mode(path, bits):
		return lambda: os.chmod(path, bits)

	mended = conf()
	yield "an unknown key", conf(bounce={"domians": "b.example.com"}), mended
	yield "a number that is none", conf(pipe={"deadline": "soon"}), mended
	yield ("a file that is no configuration",
	       lambda: write_file(lab.conf, "[database\nconninfo"), mended)
	yield "no configuration", lambda: os.unlink(lab.conf), mended
	yield ("an unreadable configuration", mode(lab.conf, 0o600),
	       mode(lab.conf, 0o644))
	yield ("a local rules folder that is not there",
	       conf(rules={"local": "/nonexistent/rules.d"}), mended)
	yield ("no data files", script_is("export CAROM_DATADIR=%s\n%s"
	                                  % (empty, GOOD)), script_is(GOOD))
	yield ("a role that may not log in", conf(database={
		"conninfo": "host=%s dbname=carom user=stranger" % sock}), mended)
	yield ("a role without rights",
	       sql("REVOKE carom_writer FROM %s" % PIPE_USER),
	       sql("GRANT carom_writer TO %s" % PIPE_USER))
	yield ("a database without the schema", conf(database={
		"conninfo": "host=%s dbname=postgres" % sock}), mended)
	yield ("no such server", conf(database={
		"conninfo": "host=/nonexistent dbname=carom"}), mended)
	yield ("an option that does not exist", script_is('exec $carom "$@" --nonsense'),
	       script_is(GOOD))


def tests(tap, lab):
	known = 0
	for n, (what, spoil, mend) in enumerate(faults(lab)):
		who = "reader%d@isp.example" % n
		to = samples.verp("news@b.example.com", who)
		spoil()
		lab.postfix.submit("", to, samples.dsn(who, to))
		queue = lab.postfix.wait_deferred(1)
		reason = queue[0]["recipients"][0]["delay_reason"]
		mend()
		tap.ok("Command output: carom: " in reason,
		       what + ": the message waits, and the queue says why", reason)
		tap.same(lab.count("report"), known, what + ": nothing is recorded")
		tap.ok("SOFTBOUNCE" not in "".join(
			line for line in lab.postfix.log_text().splitlines()
			if queue[0]["queue_id"] in line),
			what + ": carom asked for another try itself")
		lab.postfix.wait_empty()
		known += 1
		tap.same((lab.count("report"), lab.count(
			"event", "address = '%s'" % who)), (known, 1),
			what + ": once mended, recorded once")


sys.exit(script("misconfigured", tests))
