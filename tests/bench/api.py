#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How fast the HTTP API answers, beside libmicrohttpd that asks nobody.

usage: api.py BUILD SOURCE

BENCH_LISTED says how many suppressions there are (1000000; five million are made
in minutes), BENCH_ROUNDS how often each is measured, in turns. Both servers and
the load share this machine. What is asked: one address a request, on kept
connections; the last figures are with one connection, which is what one program
waits.
"""

import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from bench import on_a_database  # noqa: E402
from daemon import Daemon  # noqa: E402
from lab import PIPE_USER, wait_until  # noqa: E402
from unix_http import UnixConnection  # noqa: E402

LISTED = int(os.environ.get("BENCH_LISTED", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "8000"))
FILL = 250000
PROGRAMS = os.path.join(sys.argv[1], "tests", "bench") if len(sys.argv) > 1 else ""


def load(socket, key, connections, requests):
	out = subprocess.run([os.path.join(PROGRAMS, "http_load"), socket, key, str(connections),
	                      str(requests)], stdout=subprocess.PIPE, text=True, check=True).stdout
	rate, median, late, failed = map(int, out.split())
	if failed:
		sys.exit("%d of %d were answered with another status" % (failed, requests))
	return rate, median, late


def peak(pid):
	with open("/proc/%d/status" % pid) as f:
		return int([line for line in f if line.startswith("VmHWM")][0].split()[1]) / 1024


def export(daemon, key):
	"""(rows, seconds, MiB that the daemon grew by) of a whole export."""
	with open("/proc/%d/clear_refs" % daemon.process.pid, "w") as f:
		f.write("5")
	before = peak(daemon.process.pid)
	connection = UnixConnection(daemon.socket("api"))
	begin = time.monotonic()
	connection.request("GET", "/v1/suppressions/export?format=csv", headers={"Authorization": "Bearer " + key})
	response = connection.getresponse()
	rows = -1
	while piece := response.read(1 << 20):
		rows += piece.count(b"\n")
	connection.close()
	return rows, time.monotonic() - begin, peak(daemon.process.pid) - before


def measure(lab):
	lab.postgres.sql("REVOKE carom_writer, carom_outbound FROM %s; GRANT carom_api TO %s" % (PIPE_USER, PIPE_USER))
	lab.configure({"api": {"socket": "unix:%s/run/api" % lab.folder, "socket-group": "", "rate": "100000", "burst": "100000"}})
	for first in range(0, LISTED, FILL):
		lab.postgres.sql(
			"INSERT INTO carom.suppression (address, account, spelling, reason, source, author, home) "
			"SELECT a, 'acme', a, 'recipient_unknown', 'bounce', 'carom', carom._home_of(a) FROM generate_series(%d, %d) n, "
			"LATERAL (SELECT 'user' || n || '@held.example') x(a)" % (first, min(first + FILL, LISTED) - 1))
	lab.postgres.sql("VACUUM (ANALYZE) carom.suppression")
	key = lab.run_carom("api", "key", "add", "--account", "acme", "--scope", "check", "--scope", "suppressions:read").stdout.strip()
	bare = os.path.join(lab.folder, "bare")
	server = subprocess.Popen([os.path.join(PROGRAMS, "bare_http"), bare])
	daemon = Daemon(lab, "api").start()
	try:
		wait_until(lambda: os.path.exists(bare), 20, "the bare one listens")
		load(daemon.socket("api"), key, 16, 500)
		for connections in (16, 1):
			ours, theirs = [], []
			for _ in range(ROUNDS):
				theirs.append(load(bare, key, connections, REQUESTS))
				ours.append(load(daemon.socket("api"), key, connections, REQUESTS // (1 if connections > 1 else 4)))
			print("checks a second, %2d connections, %d on the list: %6.0f beside %6.0f   ratio %.2f   (goal: >= 0.5)" % (
				connections, LISTED, statistics.median(o[0] for o in ours), statistics.median(t[0] for t in theirs),
				statistics.median(o[0] / t[0] for o, t in zip(ours, theirs))))
			print("  a check: median %d us, 99 of 100 within %d us   (goal: < 2000 us, on one connection)" % (
				statistics.median(o[1] for o in ours), statistics.median(o[2] for o in ours)))
		rows, seconds, more = export(daemon, key)
		print("export of %d rows: %.1f s, %.0f rows a second, %.1f MiB more in the daemon   (goal: constant)" % (
			rows, seconds, rows / seconds, more))
	finally:
		server.terminate()
		daemon.stop()


sys.exit(on_a_database(measure))
