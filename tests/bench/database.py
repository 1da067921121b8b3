#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How the database does as it grows, as ratios measured side by side.

usage: database.py BUILD SOURCE

BENCH_MILLIONS, "0.1 0.5", says how many million events to measure at, one
after the other in one database that grows ("1 5 20" takes hours); there is a
suppression for every fourth event. BENCH_PARTS, of "batches single lookup
reports keeping", says what to measure. Servers of its own, on disk, with
fsync; what is compared takes turns, BENCH_ROUNDS times.
"""

import glob
import os
import re
import shutil
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from lab import Lab, run, write_file  # noqa: E402

MILLIONS = [float(m) for m in os.environ.get("BENCH_MILLIONS", "0.1 0.5").split()]
PARTS = os.environ.get("BENCH_PARTS",
                       "batches single lookup reports keeping").split()
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
BATCHES, BATCH = 40, 50

# Events of the last 60 days, as record() would have written them. Past rows cost
# what they cost whatever made them, so they are made at once.
FILL = """
INSERT INTO carom.report (id, key, day, arrived, kind, events, home)
	SELECT nextval('carom.report_id_seq'), encode(sha256(('f' || n)::bytea), 'hex'), d, d + time '12:00', 'bounce', 1,
		carom._home_of('user' || n / 3 || '@d' || n %% 900 || '.test')
	FROM generate_series(%(from)d, %(to)d - 1) n, LATERAL (SELECT current_date - (n %% 60)) x(d);
INSERT INTO carom.event (day, at, report, ordinal, kind, address, account, stream, provider, action, category, class, confidence,
		status, reply, diagnostic, rule, remote_mta, recipient, message, home)
	SELECT r.day, r.arrived, r.id, 1, 'bounce', a, 'acme', 'news', 'gmail', 'failed', 'mailbox_full', 'soft', 'proven', '5.2.2', '552',
		'smtp; 552 5.2.2 the mailbox is over its quota, ask its owner to make room; see https://help.example', 'r' || r.id %% 300,
		'mx.example', a, decode(left(r.key, 32), 'hex'), carom._home_of(a)
	FROM carom.report r, LATERAL (SELECT 'user' || r.id / 3 || '@d' || r.id %% 900 || '.test') x(a) WHERE r.id > %(last)d;
INSERT INTO carom.told (address, message, what, day, last_day, weight, times, home)
	SELECT address, message, 'failed', day, day, 4, 1, home FROM carom.event WHERE report > %(last)d ON CONFLICT DO NOTHING;
INSERT INTO carom.suppression (address, spelling, reason, source, author, home)
	SELECT a, a, 'recipient_unknown', 'import', 'bench', carom._home_of(a)
	FROM (SELECT 'held' || n || '@d' || n %% 900 || '.test' AS a FROM generate_series(%(from)d / 4, %(to)d / 4 - 1) n) x ON CONFLICT DO NOTHING;
ANALYZE carom.report, carom.event, carom.told, carom.suppression;
"""

REPORTS = """
CREATE TABLE IF NOT EXISTS bench_batch (id serial PRIMARY KEY, reports jsonb[]);
TRUNCATE bench_batch RESTART IDENTITY;
INSERT INTO bench_batch (reports) SELECT array_agg(jsonb_build_object('kind', 'bounce', 'key', encode(sha256(('%(name)s' || n)::bytea), 'hex'),
	'message_id', '<b' || n || '@x.test>', 'arrived', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'size', 4000,
	'format', 'rfc3464', 'reporter', 'mx.test', 'returned', jsonb_build_object('message_id', '<r%(name)s' || n || '@b.example.com>'),
	'outcomes', jsonb_build_array(jsonb_build_object('recipient', a, 'final_recipient', a, 'action', 'failed', 'status', '5.1.1',
		'reply', '550', 'remote_mta', 'mx.d.test', 'diagnostic', 'smtp; 550 5.1.1 no such mailbox here; see https://help.example/refused',
		'category', (ARRAY['recipient_unknown', 'mailbox_full', 'recipient_disabled', 'rate_limited', 'ip_reputation'])[1 + n %% 5],
		'rule', 'r' || n %% 40, 'provider', (ARRAY['gmail', 'yahoo_aol', ''])[1 + n %% 3], 'account', 'acme', 'stream', 'news',
		'confidence', 'proven', 'sent_on', current_date))))
	FROM generate_series(0, %(n)d - 1) n, LATERAL (SELECT 'new%(name)s' || n || '@d' || n %% 900 || '.test') x(a) GROUP BY n / %(batch)d;
"""


class Bench:
	def __init__(self, lab):
		self.lab, self.serial, self.filled = lab, 0, 0

	def sql(self, query):
		return self.lab.postgres.sql(query)

	def fill(self, millions):
		to = int(millions * 1e6)
		for start in range(self.filled, to, 500000):
			last = int(self.sql("SELECT coalesce(max(id), 0) FROM carom.report"))
			self.sql(FILL % {"from": start, "to": min(to, start + 500000),
			                 "last": last})
		self.filled = to
		self.sql("VACUUM ANALYZE")

	def cpu(self):
		with open(os.path.join(self.lab.postgres.data, "postmaster.pid")) as f:
			master = int(f.readline())
		ticks = 0
		for stat in glob.glob("/proc/[0-9]*/stat"):
			try:
				with open(stat) as f:
					text = f.read()
			except OSError:
				continue
			fields = text.rpartition(")")[2].split()
			if int(text.split()[0]) == master:
				ticks += sum(map(int, fields[11:15]))
			elif int(fields[1]) == master:
				ticks += sum(map(int, fields[11:13]))
		return ticks / os.sysconf("SC_CLK_TCK")

	def pgbench(self, text, count, clients=1):
		"""Seconds, processor seconds of the server, sorted latencies in ms."""
		folder = tempfile.mkdtemp(dir=self.lab.folder)
		os.chmod(folder, 0o777)
		path = write_file(os.path.join(folder, "script"), text)
		before, start = self.cpu(), time.monotonic()
		run(["env", "-C", folder, os.path.join(self.lab.postgres.bindir(),
		     "pgbench"), "-n", "-h", self.lab.postgres.socket, "-M", "prepared",
		     "-c", str(clients), "-t", str(count // clients), "--log",
		     "--log-prefix", os.path.join(folder, "log"), "-f", path, "carom"],
		    user=self.lab.postgres.user, timeout=3600)
		took, used = time.monotonic() - start, self.cpu() - before
		latencies = []
		for name in glob.glob(os.path.join(folder, "log*")):
			with open(name) as f:
				latencies += [int(line.split()[2]) / 1000 for line in f]
		shutil.rmtree(folder)
		return took, used, sorted(latencies)

	def reports(self, n, batch):
		self.serial += 1
		self.sql(REPORTS % {"name": "s%d" % self.serial, "n": n, "batch": batch})
		self.sql("DROP SEQUENCE IF EXISTS bench_next; CREATE SEQUENCE bench_next")

	NEXT = "(SELECT reports FROM bench_batch WHERE id = (SELECT nextval('bench_next')))"


def line(millions, name, value, unit, note=""):
	print("%6.2f million  %-44s %10.3f %-8s %s" % (millions, name, value, unit,
	                                               note))
	sys.stdout.flush()


def batches(bench, millions):
	"""record_many() against COPY of the events that it wrote, with their indexes."""
	n = BATCHES * BATCH
	ours, theirs, cpu = [], [], []
	for _ in range(ROUNDS):
		bench.reports(n, BATCH)
		last = bench.sql("SELECT max(id) FROM carom.event")
		took, used, _ = bench.pgbench("SELECT cardinality(carom.record_many(%s));\n"
		                              % bench.NEXT, BATCHES)
		ours.append(n / took)
		cpu.append(used * 1000 / n)
		bench.sql("DROP TABLE IF EXISTS bench_copy; CREATE TABLE bench_copy (LIKE "
		          "carom.event INCLUDING ALL); CREATE TABLE IF NOT EXISTS "
		          "bench_rows (LIKE carom.event); TRUNCATE bench_rows; INSERT INTO "
		          "bench_rows SELECT * FROM carom.event WHERE id > %s" % last)
		path = os.path.join(bench.lab.postgres.folder, "rows")
		bench.sql("COPY bench_rows TO '%s'" % path)
		start = time.monotonic()
		for _ in range(3):
			bench.sql("TRUNCATE bench_copy")
			bench.sql("COPY bench_copy FROM '%s'" % path)
		theirs.append(3 * n / (time.monotonic() - start))
	line(millions, "record in batches of %d" % BATCH, statistics.median(ours),
	     "/s", "%.3f ms of processor each" % statistics.median(cpu))
	line(millions, "  against COPY of the events alone",
	     statistics.median(a / b for a, b in zip(ours, theirs)), "ratio",
	     "(goal: >= 0.40)")


def single(bench, millions):
	bench.sql("CREATE TABLE IF NOT EXISTS bench_one (n serial, t text)")
	ratios, rates = [], []
	for _ in range(ROUNDS):
		bench.reports(300, 1)
		theirs = bench.pgbench("INSERT INTO bench_one (t) VALUES ('one row');\n",
		                       300)[0]
		ours = bench.pgbench("SELECT carom.record((%s)[1]);\n" % bench.NEXT, 300)[0]
		ratios.append(theirs / ours)
		rates.append(300 / ours)
	line(millions, "record one by one", statistics.median(rates), "/s")
	line(millions, "  against an INSERT of one row",
	     statistics.median(ratios), "ratio", "(goal: >= 0.80)")


def lookup(bench, millions):
	latencies = bench.pgbench(
		"\\set n random(0, %d)\nSELECT reason FROM carom.suppressed('held' || :n || "
		"'@d' || :n %% 900 || '.test', 'acme', 'news');\n"
		% max(1, bench.filled // 2), 5000)[2]
	line(millions, "suppressed(), median", latencies[len(latencies) // 2], "ms")
	line(millions, "suppressed(), p99", latencies[len(latencies) * 99 // 100],
	     "ms", "(goal: < 0.5; %d listed)" % (bench.filled // 4))


def reports(bench, millions):
	for name, query in (
			("nightly", "TABLE carom.nightly"),
			("report_isp, 60 days", "SELECT * FROM carom.report_isp(current_date - "
			 "60, current_date)"),
			("recent_events LIMIT 50", "SELECT * FROM carom.recent_events LIMIT 50"),
			("unrecognised LIMIT 50", "SELECT * FROM carom.unrecognised LIMIT 50"),
			("one address' story", "SELECT * FROM carom.event WHERE address = "
			 "'user77@d231.test'")):
		line(millions, name, bench.pgbench(query + ";\n", 5)[2][2], "ms")


def keeping(bench, millions):
	for name, query in (("check_integrity of two days", "SELECT * FROM "
	                     "carom.check_integrity(current_date - 1)"),
	                    ("check_integrity of everything", "SELECT * FROM "
	                     "carom.check_integrity()")):
		line(millions, name, bench.pgbench(query + ";\n", 1)[2][0], "ms")
	for table, size in (r.split("|") for r in bench.sql(
			"SELECT regexp_replace(c.relname, '_\\d{4}_\\d\\d$|_default$', ''), "
			"sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE c.relnamespace "
			"= 'carom'::regnamespace AND c.relkind = 'r' GROUP BY 1 HAVING "
			"sum(pg_total_relation_size(c.oid)) > 1000000 ORDER BY 2 DESC"
			).splitlines()):
		line(millions, "  size of " + re.sub("^carom.", "", table),
		     int(size) / bench.filled, "bytes", "an event")


def main():
	if len(sys.argv) != 3:
		print("usage: database.py BUILD SOURCE", file=sys.stderr)
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
		for millions in MILLIONS:
			bench.fill(millions)
			for part in PARTS:
				globals()[part](bench, millions)
	finally:
		lab.stop()
		shutil.rmtree(folder)
	return 0


sys.exit(main())
