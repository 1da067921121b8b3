#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Lists in and out, against COPY of the same rows, side by side.

usage: lists.py BUILD SOURCE

BENCH_ROWS says how many (200000; a million takes some minutes), BENCH_ROUNDS how
often each is measured. COPY fills a table with the columns and the indexes of
carom.suppression; the import also reads and checks the file, decides each row
against the list and writes the log of changes, with its own indexes.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from lab import Lab, clean_environment  # noqa: E402

ROWS = int(os.environ.get("BENCH_ROWS", "200000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


def write_list(path):
	"""A list as somebody has it who moves: mixed reasons, in no order."""
	with open(path, "w", newline="") as f:
		f.write("address,account,reason,source,since,note\r\n")
		for n in range(ROWS):
			k = n * 7919 % ROWS
			f.write("user%d@mail%d.example,acme,%s,2026-%02d-11T17:05:00.000000Z,"
			        "smtp; 550 5.1.1 no such mailbox %d\r\n" % (
				        k, k % 900, ("recipient_unknown,bounce",
				                     "complaint:abuse,complaint",
				                     "unsubscribe_request,unsubscribe")[n % 3],
				        n % 12 + 1, k))


class Bench:
	def __init__(self, lab):
		self.lab = lab
		self.path = os.path.join(lab.folder, "list.csv")

	def sql(self, query):
		return self.lab.postgres.sql(query)

	def carom(self, *args, out=subprocess.DEVNULL):
		"""Seconds, and peak memory in MiB."""
		start = time.monotonic()
		process = subprocess.Popen([self.lab.carom, "--config", self.lab.conf, "suppress",
		                            *args], stdout=out, env=clean_environment())
		_, status, usage = os.wait4(process.pid, 0)
		process.returncode = status
		if status != 0:
			sys.exit("carom suppress %s: %d" % (" ".join(args), status))
		return time.monotonic() - start, usage.ru_maxrss / 1024

	def empty(self):
		self.sql("TRUNCATE carom.suppression, carom.suppression_log")
		self.sql("CHECKPOINT")

	def copy(self):
		"""Seconds of COPY of the list as it is, in and out."""
		path = os.path.join(self.lab.postgres.folder, "rows")
		start = time.monotonic()
		self.sql("COPY carom.suppression TO '%s'" % path)
		out = time.monotonic() - start
		self.sql("DROP TABLE IF EXISTS bench_copy; CREATE TABLE bench_copy (LIKE "
		         "carom.suppression INCLUDING ALL)")
		self.sql("CHECKPOINT")
		start = time.monotonic()
		self.sql("COPY bench_copy FROM '%s'" % path)
		taken = time.monotonic() - start
		self.sql("DROP TABLE bench_copy")
		return taken, out


def line(name, value, unit, note=""):
	print("%8d rows  %-36s %10.2f %-7s %s" % (ROWS, name, value, unit, note))
	sys.stdout.flush()


def measure(bench):
	ins, outs, copies_in, copies_out, again, dry, memory = [], [], [], [], [], [], []
	for _ in range(ROUNDS):
		bench.empty()
		dry.append(bench.carom("import", "--dry-run", bench.path)[0])
		bench.empty()
		took, peak = bench.carom("import", bench.path)
		ins.append(took)
		memory.append(peak)
		took, peak = bench.carom("export")
		outs.append(took)
		memory.append(peak)
		again.append(bench.carom("import", bench.path)[0])
		taken, out = bench.copy()
		copies_in.append(taken)
		copies_out.append(out)
	line("import", ROWS / statistics.median(ins), "/s")
	line("  against COPY", statistics.median(a / b for a, b in zip(copies_in, ins)),
	     "ratio", "(goal: >= 0.30)")
	line("import of the same again", ROWS / statistics.median(again), "/s")
	line("import --dry-run", ROWS / statistics.median(dry), "/s")
	line("export", ROWS / statistics.median(outs), "/s")
	line("  against COPY", statistics.median(a / b for a, b in zip(copies_out, outs)),
	     "ratio")
	line("peak memory", max(memory), "MiB", "(goal: < 64)")


def main():
	if len(sys.argv) != 3:
		print("usage: lists.py BUILD SOURCE", file=sys.stderr)
		return 64
	folder = tempfile.mkdtemp(prefix="carom-bench.", dir="/var/tmp")
	os.chmod(folder, 0o755)
	prefix = os.path.join(folder, "prefix")
	os.makedirs(os.path.join(prefix, "bin"))
	shutil.copy(os.path.join(sys.argv[1], "carom"), os.path.join(prefix, "bin"))
	shutil.copytree(os.path.join(sys.argv[1], "data"),
	                os.path.join(prefix, "bin", "data"))
	lab = Lab(os.path.join(folder, "lab"), prefix)
	try:
		lab.start(postfix=False)
		print("%d processors, load %.1f" % (os.cpu_count(), os.getloadavg()[0]))
		bench = Bench(lab)
		write_list(bench.path)
		measure(bench)
	finally:
		lab.stop()
		shutil.rmtree(folder)
	return 0


sys.exit(main())
