#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Lists in and out, against COPY of the same rows, side by side.

usage: lists.py BUILD SOURCE

BENCH_ROWS says how many (200000; a million takes some minutes), BENCH_ROUNDS how
often each is measured. COPY fills tables with the columns and the indexes of
carom.suppression, and of the log of its changes, which the import writes as
well; besides, it reads and checks the file and decides each row against the list.
"""

import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from bench import on_a_database  # noqa: E402
from lab import clean_environment  # noqa: E402

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

	def cpu(self):
		return self.lab.postgres.processor_seconds()

	def carom(self, *args, out=subprocess.DEVNULL):
		"""Seconds, peak memory in MiB, seconds of processor of both sides."""
		start, before = time.monotonic(), self.cpu()
		process = subprocess.Popen([self.lab.carom, "--config", self.lab.conf, "suppress",
		                            *args], stdout=out, env=clean_environment())
		_, status, usage = os.wait4(process.pid, 0)
		process.returncode = status
		if status != 0:
			sys.exit("carom suppress %s: %d" % (" ".join(args), status))
		return (time.monotonic() - start, usage.ru_maxrss / 1024,
		        self.cpu() - before + usage.ru_utime + usage.ru_stime)

	def empty(self):
		self.sql("TRUNCATE carom.suppression, carom.suppression_log")
		self.sql("CHECKPOINT")

	def copy(self):
		"""Seconds of COPY of the list in, of its log in, of the list out; seconds of
		processor of both in."""
		took = []
		for table in "suppression", "suppression_log":
			path = os.path.join(self.lab.postgres.folder, table)
			start = time.monotonic()
			self.sql("COPY carom.%s TO '%s'" % (table, path))
			took.append(time.monotonic() - start)
			self.sql("DROP TABLE IF EXISTS bench_copy; CREATE TABLE bench_copy (LIKE "
			         "carom.%s INCLUDING ALL)" % table)
			self.sql("CHECKPOINT")
			start, before = time.monotonic(), self.cpu()
			self.sql("COPY bench_copy FROM '%s'" % path)
			took.append(time.monotonic() - start)
			took.append(self.cpu() - before)
			self.sql("DROP TABLE bench_copy")
		return took[1], took[4], took[0], took[2] + took[5]


def line(name, value, unit, note=""):
	print("%8d rows  %-36s %10.2f %-7s %s" % (ROWS, name, value, unit, note))
	sys.stdout.flush()


def measure(bench):
	ins, outs, lists, logs, copies_out = [], [], [], [], []
	again, dry, memory, processor = [], [], [], []
	for _ in range(ROUNDS):
		bench.empty()
		dry.append(bench.carom("import", "--dry-run", bench.path)[0])
		bench.empty()
		took, peak, used = bench.carom("import", bench.path)
		ins.append(took)
		memory.append(peak)
		took, peak, _ = bench.carom("export")
		outs.append(took)
		memory.append(peak)
		again.append(bench.carom("import", bench.path)[0])
		taken, log, out, cpu = bench.copy()
		processor.append(cpu / used)
		lists.append(taken)
		logs.append(log)
		copies_out.append(out)
	line("import", ROWS / statistics.median(ins), "/s")
	line("  against COPY of the list and its log", statistics.median(
		(a + b) / c for a, b, c in zip(lists, logs, ins)), "ratio", "(goal: >= 0.30)")
	line("  against COPY of the list alone", statistics.median(
		a / b for a, b in zip(lists, ins)), "ratio")
	line("  processor time of both COPYs, of ours", statistics.median(processor),
	     "ratio", "(does not depend on who else is busy)")
	line("import of the same again", ROWS / statistics.median(again), "/s")
	line("import --dry-run", ROWS / statistics.median(dry), "/s")
	line("export", ROWS / statistics.median(outs), "/s")
	line("  against COPY", statistics.median(a / b for a, b in zip(copies_out, outs)),
	     "ratio")
	line("peak memory", max(memory), "MiB", "(goal: < 64)")


def bench(lab):
	lists = Bench(lab)
	write_list(lists.path)
	measure(lists)


sys.exit(on_a_database(bench))
