#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The daemon's threads under load, watched by the thread sanitizer: LMTP and
milter at once, short connections and long ones, look-ups in the database,
changes of the list, and reloads meanwhile."""

import os
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import PIPE_USER, run, write_file  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
LONG = 1500         # reports through 16 lasting LMTP connections
SHORT = 300         # and through a connection each
MILTER = 300        # and through smtpd and the milters, whose recipients are looked up
TOKEN = 100         # likewise, to a token, which is looked up as well
SOURCE = "/usr/sbin/smtp-source"


def is_watched(program):
	with open(program, "rb") as f:
		return b"__tsan_init" in f.read()


def deliver(target, to, count, *options):
	"""Reports for different recipients, from Postfix's load generator."""
	with tempfile.TemporaryDirectory() as folder:
		path = write_file(os.path.join(folder, "message"), samples.dsn(
			"reader@gmail.com", NEWS).decode().replace("\r\n", "\n"))
		run([SOURCE, "-s", "16", "-m", str(count), "-N", "-t", to, "-F", path]
		    + list(options) + [target], timeout=240)


def reload_often(daemon, over):
	while not over.wait(0.5):
		daemon.hangup()


def change_often(lab, over):
	"""The list, which the outbound daemon follows."""
	while not over.wait(0.5):
		lab.postgres.sql("SELECT carom.suppress('x@gmail.com', 'test'), "
		                 "carom.unsuppress('x@gmail.com', 'test')")


def load(lab, daemon, token):
	lmtp = "unix:" + daemon.socket("lmtp")
	smtp = "127.0.0.1:%d" % lab.postfix.port
	over = threading.Event()
	loads = [threading.Thread(target=deliver, args=args) for args in (
		(lmtp, "long-" + NEWS, LONG, "-L", "-d", "-f", "<>"),
		(lmtp, "short-" + NEWS, SHORT, "-L", "-f", "<>"),
		(smtp, "milter-" + NEWS, MILTER, "-f", "sender@isp.example"),
		(smtp, token, TOKEN, "-f", "sender@isp.example"))]
	changes = [threading.Thread(target=reload_often, args=(daemon, over)),
	           threading.Thread(target=change_often, args=(lab, over))]
	for thread in loads + changes:
		thread.start()
	for thread in loads:
		thread.join()
	over.set()
	for thread in changes:
		thread.join()


def tests(tap, lab):
	if not is_watched(lab.carom):
		tap.ok(True, "threads # SKIP not built with --enable-sanitizers=thread")
		return
	# GLib is not built with the sanitizer: its own locks cannot be seen
	os.environ.update(G_SLICE="always-malloc", TSAN_OPTIONS="exitcode=66 "
	                  "ignore_noninstrumented_modules=1 halt_on_error=0")
	keys = os.path.join(lab.folder, "run", "keys")
	lab.configure(settings(lab, bounce={"keys": keys}))
	daemons = [Daemon(lab, "inbound"), Daemon(lab, "outbound")]
	run([lab.carom, "verp", "newkey", keys], user=PIPE_USER)
	lab.run_carom("verp", "publish")
	token = lab.postgres.sql("SELECT carom.verp('%s@gmail.com', '%s')"
	                         % ("a" * 50, NEWS))
	# in memory all their recipients may be suppressed; the database knows better
	lab.run_carom("suppress", "add", "@b.example.com", "--reason", "test",
	              "--account", "other")
	for daemon in daemons:
		daemon.start()
	try:
		lab.postfix.command(
			"postconf", "-e", "smtpd_milters=%s, %s" % (
				daemons[0].in_postfix("inbound"), daemons[1].in_postfix("outbound")),
			"milter_default_action=accept", "default_transport=discard:")
		lab.postfix.reload()
		time.sleep(1)
		load(lab, daemons[0], token)
		tap.same(lab.count("report"), LONG + SHORT + MILTER + TOKEN,
		         "every report is recorded")
		tap.same(lab.count("event", "confidence = 'proven'"), TOKEN,
		         "every token is proof")
		for daemon in daemons:
			tap.same(daemon.stop(), 0, "carom serve --role %s: ends with 0"
			         % daemon.role)
			races = daemon.log_text().partition("WARNING: ThreadSanitizer")
			tap.ok(not races[1], "carom serve --role %s: no data race"
			       % daemon.role, races[1] + races[2][:3000])
	finally:
		for daemon in daemons:
			daemon.stop()


sys.exit(script("threads", tests))
