#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How fast mail goes through carom's doors, as ratios measured side by side.

usage: delivery.py BUILD SOURCE

BUILD is where carom was made. Needs root, Postfix and Postgres; everything
runs in folders of its own and on loopback, bounded in count. Postfix and its
queue are on tmpfs, so that they are as fast as they can be; the database is
where databases are, on disk, and makes sure of each commit
(synchronous_commit = on, fsync = on). Each ratio is the median of
BENCH_ROUNDS rounds in which those that are compared take turns.

BENCH_PARTS, of "record transport inbound outbound", says what to measure.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import (PIPE_USER, Lab, Postgres, clean_environment,  # noqa: E402
                 is_root, run, wait_until, write_file)

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
PARTS = os.environ.get("BENCH_PARTS", "record transport inbound outbound").split()
DRAIN = 2000        # messages in the queue for a transport to drain
WARM = 200          # of these, what is delivered before the clock starts
CONCURRENCY = 8     # deliveries at a time, whatever the transport
THROUGH = 1500      # messages through smtpd for a milter
RECORDS = 4000      # reports for the database
SUPPRESSED = 1000000
# None of them twice in main.cf: each process would say so, and a reload while
# the socket of the log is full stops Postfix for good.
FAST = {"default_process_limit": "100", "qmgr_message_active_limit": "20000",
        "default_destination_concurrency_limit": str(CONCURRENCY),
        "initial_destination_concurrency": str(CONCURRENCY)}


def say(name, ours, theirs, goal, unit="/s"):
	ratios = [a / b for a, b in zip(ours, theirs)]
	print("%-52s %8.0f%s against %8.0f%s   ratio %.2f   (goal: %s)" % (
		name, statistics.median(ours), unit, statistics.median(theirs), unit,
		statistics.median(ratios), goal))
	sys.stdout.flush()


def source(target, count, recipient, message, sessions=20, lmtp=False):
	"""Postfix's own load generator; a number before each recipient."""
	path = write_file(os.path.join(tempfile.gettempdir(), "carom-bench-%d"
	                               % os.getpid()), message)
	run(["/usr/sbin/smtp-source"] + (["-L"] if lmtp else []) +
	    ["-s", str(sessions), "-m", str(count), "-N", "-f", "<>" if lmtp else
	     "sender@isp.example", "-t", recipient, "-F", path, target], timeout=300)
	os.unlink(path)


def report(lab):
	"""One ordinary bounce, as a remote server writes it.

	The copy has no Message-ID: all reports of a run are the same text, and
	must not be taken for repeated ones about one message.
	"""
	text = samples.dsn("reader@gmail.com", "news@b.example.com").decode()
	head, _, copy = text.replace("\r\n", "\n").rpartition("\n\nReturn-Path:")
	return head + "\n\nReturn-Path:" + re.sub("\nMessage-ID: .*", "", copy)


def record_singly(lab):
	"""One transaction a report, 16 connections; (rate, CPU seconds a report)."""
	text = lab.run_carom("parse", text=report(lab)).stdout
	script = write_file(os.path.join(lab.folder, "record.sql"), "".join((
		"\\set n random(1, 1000000000000)\n",
		"SELECT carom.record(jsonb_set('%s'::jsonb, '{key}', to_jsonb(encode("
		"sha256(:n::text::bytea), 'hex'))));\n" % text.strip().replace("'", "''"))))
	before, start = lab.postgres.processor_seconds(), time.monotonic()
	run([os.path.join(lab.postgres.bindir(), "pgbench"), "-n", "-h",
	     lab.postgres.socket, "-M", "prepared", "-c", "16", "-j", "1", "-t", str(RECORDS // 16),
	     "-f", script, "carom"], user="postgres", timeout=300)
	return (RECORDS / (time.monotonic() - start),
	        (lab.postgres.processor_seconds() - before) / RECORDS)


def record_by_daemon(lab, daemon, n):
	before, start = lab.postgres.processor_seconds(), time.monotonic()
	source("unix:" + daemon.socket("lmtp"), RECORDS, "r%d-news@b.example.com" % n,
	       report(lab), sessions=16, lmtp=True)
	return (RECORDS / (time.monotonic() - start),
	        (lab.postgres.processor_seconds() - before) / RECORDS)


def bench_records(lab, daemon):
	ours, theirs = [], []
	for n in range(ROUNDS):
		theirs.append(record_singly(lab))
		ours.append(record_by_daemon(lab, daemon, n))
	say("recording, 16 connections: daemon / one by one", [o[0] for o in ours],
	    [t[0] for t in theirs], ">= 2")
	say("  database CPU a report", [o[1] * 1e6 for o in ours],
	    [t[1] * 1e6 for t in theirs], "<= 0.33", "us")


class Removed:
	"""How many messages Postfix has done with, by what it adds to its log."""

	def __init__(self, postfix):
		self.file = open(postfix.log, "rb")
		self.file.seek(0, os.SEEK_END)
		self.rest = b""
		self.count = 0

	def reaches(self, count):
		text = self.rest + self.file.read()
		end = text.rfind(b"\n") + 1
		self.rest = text[end:]
		self.count += text.count(b": removed\n", 0, end)
		return self.count >= count


def switch_qmgr(postfix, on):
	path = os.path.join(postfix.etc, "master.cf")
	with open(path) as f:
		text = re.sub("(?m)^#?qmgr ", "qmgr " if on else "#qmgr ", f.read())
	write_file(path, text)
	postfix.reload()
	time.sleep(1)


def drain(lab, transport, n):
	"""Messages a second from a full queue to an empty one."""
	postfix = lab.postfix
	time.sleep(1)
	postfix.command("postconf", "-e",
	                "transport_maps=inline:{ b.example.com=%s }" % transport)
	switch_qmgr(postfix, False)
	source("127.0.0.1:%d" % postfix.port, DRAIN, "d%d-news@b.example.com" % n,
	       report(lab))
	removed = Removed(postfix)
	time.sleep(1)
	switch_qmgr(postfix, True)
	wait_until(lambda: removed.reaches(WARM), 60, "the queue moves", pause=0.002)
	start, first = time.monotonic(), removed.count
	wait_until(lambda: removed.reaches(DRAIN), 120, "the queue is empty",
	           pause=0.005)
	return (DRAIN - first) / (time.monotonic() - start)


def bench_transports(lab, daemon):
	rates = {"true": [], "pipe": [], "lmtp": []}
	for n in range(ROUNDS):
		rates["true"].append(drain(lab, "nothing:", n * 3))
		rates["pipe"].append(drain(lab, "carom:", n * 3 + 1))
		rates["lmtp"].append(drain(lab, "carom-lmtp:"
		                           + daemon.in_postfix("lmtp"), n * 3 + 2))
	say("pipe transport, drained: carom-pipe / true", rates["pipe"],
	    rates["true"], ">= 0.85")
	say("LMTP transport / pipe with true", rates["lmtp"], rates["true"], "> 1")
	say("LMTP transport / carom-pipe", rates["lmtp"], rates["pipe"], "> 1")


def through(lab, milter):
	"""Ordinary messages a second through smtpd with that milter."""
	time.sleep(1)
	lab.postfix.command("postconf", "-e", "smtpd_milters="
	                    + lab.postfix.inside(milter))
	lab.postfix.reload()
	time.sleep(1)
	message = samples.letter("a@isp.example", "b@partner.example",
	                         "x" * 70 + "\n" * 1 + ("y" * 70 + "\n") * 50)
	start = time.monotonic()
	source("127.0.0.1:%d" % lab.postfix.port, THROUGH, "b@partner.example",
	       message.decode().replace("\r\n", "\n"))
	return THROUGH / (time.monotonic() - start)


class Empty:
	def __init__(self, lab, program, role):
		self.path = os.path.join(lab.postfix.queue_directory, "carom", "empty-" + role)
		self.process = subprocess.Popen(
			[program, role, "unix:" + self.path], env=clean_environment(),
			stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
		wait_until(lambda: os.path.exists(self.path), 10, "the empty milter runs")
		os.chmod(self.path, 0o777)

	def stop(self):
		self.process.terminate()
		self.process.wait()


def bench_milter(lab, daemon, program, goal):
	empty = Empty(lab, program, daemon.role)
	lab.postfix.command("postconf", "-e", "default_transport=discard:",
	                    "relay_transport=discard:")
	ours, theirs = [], []
	try:
		for _ in range(ROUNDS):
			theirs.append(through(lab, empty.path))
			ours.append(through(lab, daemon.socket(daemon.role)))
	finally:
		empty.stop()
	say("ordinary mail, %s milter / empty milter" % daemon.role, ours, theirs, goal)


class Disk:
	"""A folder on disk that the account of the database may enter."""

	def __init__(self):
		self.path = tempfile.mkdtemp(prefix="carom-bench.", dir="/var/tmp")
		os.chmod(self.path, 0o755)

	def remove(self):
		shutil.rmtree(self.path)


def install(build, folder):
	"""What was made, where other accounts can run it; its prefix."""
	prefix = os.path.join(folder, "prefix")
	for name, where in (("carom", "bin"), ("carom-pipe", "libexec/carom")):
		os.makedirs(os.path.join(prefix, where))
		shutil.copy(os.path.join(build, name), os.path.join(prefix, where))
	shutil.copytree(os.path.join(build, "data"),
	                os.path.join(prefix, "bin", "data"))
	return prefix


def write_master(lab, client, socket):
	"""The transports that are compared, carom's as contrib/ has them."""
	path = os.path.join(lab.postfix.etc, "master.cf")
	with open(path) as f:
		services = f.read().partition("carom     unix")[0]
	write_file(path, services +
	           "carom unix - n n - %d pipe\n  -o soft_bounce=yes flags=R "
	           "user=%s null_sender= argv=%s --socket=%s "
	           "--recipient=${recipient} --sender=${sender} "
	           "--queue-id=${queue_id} --client-address=${client_address}\n"
	           "nothing unix - n n - %d pipe\n  -o soft_bounce=yes flags=R "
	           "user=%s null_sender= argv=/bin/true\n"
	           "carom-lmtp unix - - n - %d lmtp\n  -o "
	           "lmtp_send_xforward_command=yes -o "
	           "lmtp_connection_cache_on_demand=no\n" % (
		           CONCURRENCY, PIPE_USER, client, socket,
		           CONCURRENCY, PIPE_USER, CONCURRENCY))
	lab.postfix.reload()


def suppress_many(lab):
	lab.postgres.sql(
		"INSERT INTO carom.suppression (address, account, stream, spelling, "
		"reason, source, author) SELECT 'a' || n || '@gmail.com', '', '', "
		"'a' || n || '@gmail.com', 'bench', 'import', 'bench' "
		"FROM generate_series(1, %d) n" % SUPPRESSED)


def bench(lab, prefix, empty_milter):
	daemons = []
	inbound, outbound = Daemon(lab, "inbound"), Daemon(lab, "outbound")
	try:
		write_master(lab, os.path.join(prefix, "libexec", "carom", "carom-pipe"),
		             inbound.socket("lmtp"))
		lab.configure(settings(lab))
		daemons.append(inbound.start())
		if "record" in PARTS:
			bench_records(lab, inbound)
		if "transport" in PARTS:
			bench_transports(lab, inbound)
		if "inbound" in PARTS:
			bench_milter(lab, inbound, empty_milter, ">= 0.95")
		if "outbound" in PARTS:
			suppress_many(lab)
			daemons.append(outbound.start())
			bench_milter(lab, outbound, empty_milter,
			             ">= 0.80, %d suppressed" % SUPPRESSED)
	finally:
		for daemon in daemons:
			daemon.stop()


def main():
	if len(sys.argv) != 3:
		print("usage: delivery.py BUILD SOURCE", file=sys.stderr)
		return 64
	for needed in ("/usr/sbin/postfix", "/usr/sbin/smtp-source"):
		if not is_root() or not os.path.exists(needed):
			print("skipped: needs root and %s" % needed)
			return 0
	shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
	folder = tempfile.mkdtemp(prefix="carom-bench.", dir=shm)
	os.chmod(folder, 0o755)
	disk = Disk()
	prefix = install(sys.argv[1], folder)
	lab = Lab(os.path.join(folder, "lab"), prefix)
	lab.postgres = Postgres(os.path.join(disk.path, "pg"))
	try:
		lab.start(settings=FAST)
		print("median of %d rounds; Postfix's queue on %s, the database on "
		      "disk; %d processors, load %.1f" % (
			      ROUNDS, "tmpfs" if shm else "disk", os.cpu_count(),
			      os.getloadavg()[0]))
		bench(lab, prefix, os.path.join(os.path.abspath(sys.argv[1]), "tests",
		                                "bench", "empty_milter"))
	finally:
		lab.stop()
		shutil.rmtree(folder)
		disk.remove()
	return 0


sys.exit(main())
