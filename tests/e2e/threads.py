#!/usr/bin/env python3
"""The daemon's threads under load, watched by the thread sanitizer: LMTP and
milter at once, short connections and long ones, and reloads meanwhile."""

import os
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import run, write_file  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
LONG = 1500         # reports through 16 lasting LMTP connections
SHORT = 300         # and through a connection each
MILTER = 300        # and through smtpd and the milter
SOURCE = "/usr/sbin/smtp-source"


def is_watched(program):
	with open(program, "rb") as f:
		return b"__tsan_init" in f.read()


def deliver(target, prefix, count, *options):
	"""Reports for different recipients, from Postfix's load generator."""
	with tempfile.TemporaryDirectory() as folder:
		path = write_file(os.path.join(folder, "message"), samples.dsn(
			"reader@gmail.com", NEWS).decode().replace("\r\n", "\n"))
		run([SOURCE, "-s", "16", "-m", str(count), "-N", "-t",
		     "%s-%s" % (prefix, NEWS), "-F", path] + list(options) + [target],
		    timeout=240)


def reload_often(daemon, over):
	while not over.wait(0.5):
		daemon.hangup()


def load(lab, daemon):
	lmtp = "unix:" + daemon.socket("lmtp")
	over = threading.Event()
	loads = [threading.Thread(target=deliver, args=args) for args in (
		(lmtp, "long", LONG, "-L", "-d", "-f", "<>"),
		(lmtp, "short", SHORT, "-L", "-f", "<>"),
		("127.0.0.1:%d" % lab.postfix.port, "milter", MILTER, "-f",
		 "sender@isp.example"))]
	reloads = threading.Thread(target=reload_often, args=(daemon, over))
	for thread in loads:
		thread.start()
	reloads.start()
	for thread in loads:
		thread.join()
	over.set()
	reloads.join()


def tests(tap, lab):
	if not is_watched(lab.carom):
		tap.ok(True, "threads # SKIP not built with --enable-sanitizers=thread")
		return
	# GLib is not built with the sanitizer: its own locks cannot be seen
	os.environ.update(G_SLICE="always-malloc", TSAN_OPTIONS="exitcode=66 "
	                  "ignore_noninstrumented_modules=1 halt_on_error=0")
	lab.configure(settings(lab))
	daemons = [Daemon(lab, "inbound").start(), Daemon(lab, "outbound").start()]
	try:
		lab.postfix.command(
			"postconf", "-e", "smtpd_milters=unix:%s, unix:%s" % (
				daemons[0].socket("inbound"), daemons[1].socket("outbound")),
			"milter_default_action=accept", "default_transport=discard:")
		lab.postfix.reload()
		time.sleep(1)
		load(lab, daemons[0])
		tap.same(lab.count("report"), LONG + SHORT + MILTER,
		         "every report is recorded")
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
