#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How the database does as it grows, as ratios measured side by side.

usage: database.py BUILD SOURCE

BENCH_MILLIONS, "0.1 0.5", says how many million events to measure at, one
after the other in one database that grows ("1 5 20" takes hours); there is a
suppression for every fourth event, or as many millions as BENCH_LISTED says.
BENCH_PARTS, of "batches single lookup reports keeping hot pruning citus", says what to
measure; BENCH_HOT how many reports many writers hand in at once, BENCH_OLD how
many are pruned. BENCH_AGAINST is a sql/ folder of
another version: then the processor time of record() is compared with that one's.
Servers of its own, on disk, with fsync; what is compared takes turns,
BENCH_ROUNDS times.
"""

import glob
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cluster  # noqa: E402
import history  # noqa: E402
from bench import on_a_database  # noqa: E402
from lab import Failure, run, write_file  # noqa: E402
from session import Session  # noqa: E402

MILLIONS = [float(m) for m in os.environ.get("BENCH_MILLIONS", "0.1 0.5").split()]
PARTS = os.environ.get("BENCH_PARTS",
                       "batches single lookup reports keeping hot pruning").split()
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
AGAINST = os.environ.get("BENCH_AGAINST")
BATCHES, BATCH = 100, 50
LISTED = os.environ.get("BENCH_LISTED")
HOT = int(os.environ.get("BENCH_HOT", "10000"))
OLD = int(os.environ.get("BENCH_OLD", "100000"))
WRITERS = 16

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
"""

LIST = """
INSERT INTO carom.suppression (address, spelling, reason, source, since, changed_at, author, home)
	SELECT a, a, 'recipient_unknown', 'import', now() - interval '30 days', now() - interval '30 days', 'bench', carom._home_of(a)
	FROM (SELECT 'held' || n || '@d' || n %% 900 || '.test' AS a FROM generate_series(%(from)d, %(to)d - 1) n) x ON CONFLICT DO NOTHING;
"""

# Reports of two years and more ago, as record() would have written them.
AGED = """
INSERT INTO carom.report (id, key, day, arrived, kind, events, home)
	SELECT nextval('carom.report_id_seq'), encode(sha256(('old' || n)::bytea), 'hex'), d, d + time '12:00', 'bounce', 1,
		carom._home_of('old' || n || '@x.test')
	FROM generate_series(1, %(n)d) n, LATERAL (SELECT date '2020-01-01' + n %% 60) x(d);
INSERT INTO carom.event (day, at, report, ordinal, kind, address, action, category, class, confidence, message, home)
	SELECT r.day, r.arrived, r.id, 1, 'bounce', a, 'failed', 'recipient_unknown', 'hard', 'guessed', decode(left(r.key, 32), 'hex'), carom._home_of(a)
	FROM carom.report r, LATERAL (SELECT 'old' || r.id || '@x.test') x(a) WHERE r.day < '2021-01-01';
INSERT INTO carom.told (address, message, what, day, last_day, weight, times, home)
	SELECT address, message, 'failed', day, day, 2, 1, home FROM carom.event WHERE day < '2021-01-01';
"""

# Of twenty days, so that no brake is pulled.
REPORTS = """
CREATE TABLE IF NOT EXISTS bench_batch (id serial PRIMARY KEY, reports jsonb[]);
TRUNCATE bench_batch RESTART IDENTITY;
INSERT INTO bench_batch (reports) SELECT array_agg(jsonb_build_object('kind', 'bounce', 'key', encode(sha256(('%(name)s' || n)::bytea), 'hex'),
	'message_id', '<b' || n || '@x.test>', 'arrived', to_char((now() - n %% 20 * interval '1 day') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'size', 4000,
	'format', 'rfc3464', 'reporter', 'mx.test', 'returned', jsonb_build_object('message_id', '<r%(name)s' || n || '@b.example.com>'),
	'outcomes', jsonb_build_array(jsonb_build_object('recipient', a, 'final_recipient', a, 'action', 'failed', 'status', '5.1.1',
		'reply', '550', 'remote_mta', 'mx.d.test', 'diagnostic', 'smtp; 550 5.1.1 no such mailbox here; see https://help.example/refused',
		'category', (ARRAY['recipient_unknown', 'mailbox_full', 'recipient_disabled', 'rate_limited', 'ip_reputation'])[1 + n %% 5],
		'rule', 'r' || n %% 40, 'provider', (ARRAY['gmail', 'yahoo_aol', ''])[1 + n %% 3], 'account', 'acme', 'stream', 'news',
		'confidence', 'proven', 'sent_on', current_date))))
	FROM generate_series(0, %(n)d - 1) n, LATERAL (SELECT 'new%(name)s' || n || '@d' || n %% 900 || '.test') x(a) GROUP BY n / %(batch)d;
"""


# Of twenty days, so that no brake is pulled. One in ten comes again, one in 25 has
# four outcomes, half are of new addresses, half meet a policy.
MIXED = """
CREATE TABLE IF NOT EXISTS bench_batch (id serial PRIMARY KEY, reports jsonb[]);
TRUNCATE bench_batch RESTART IDENTITY;
INSERT INTO bench_batch (reports) SELECT array_agg(jsonb_build_object('kind', 'bounce',
	'key', encode(sha256(('%(name)s' || n - CASE n %% 10 WHEN 9 THEN 5 ELSE 0 END)::bytea), 'hex'), 'message_id', '<b' || n || '@x.test>',
	'from', 'MAILER-DAEMON@mx.test', 'to', 'bounces@b.example.com', 'subject', 'Undelivered mail returned to sender',
	'arrived', to_char(now() - n * 7919 %% 28800 * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'size', 4000, 'format', 'rfc3464', 'reporter', 'mx.test',
	'returned', jsonb_build_object('message_id', '<r%(name)s' || n || '@b.example.com>', 'from', 'news@b.example.com',
		'feedback_id', 'campaign' || n %% 12 || ':acme:news:s1'),
	'outcomes', (SELECT jsonb_agg(jsonb_build_object('recipient', a || k || d, 'final_recipient', a || k || d, 'action', 'failed', 'status', '5.1.1',
		'reply', '550', 'remote_mta', 'mx.d.test', 'diagnostic', 'smtp; 550 5.1.1 no such mailbox here; see https://help.example/refused',
		'category', (ARRAY['recipient_unknown', 'mailbox_full', 'recipient_disabled', 'rate_limited', 'ip_reputation', 'dnsbl_listed'])[1 + n %% 6],
		'class', (ARRAY['hard', 'soft', 'hard', 'soft', 'block', 'block'])[1 + n %% 6],
		'rule', 'r' || n %% 40, 'provider', (ARRAY['gmail', 'yahoo_aol', ''])[1 + n %% 3], 'account', 'acme', 'stream', 'news',
		'subscriber', a || k || d, 'resolved_by', 'verp', 'confidence', 'proven', 'sent_on', current_date))
		FROM generate_series(1, CASE n %% 25 WHEN 0 THEN 4 ELSE 1 END) k)))
	FROM generate_series(0, %(n)d - 1) n, LATERAL (SELECT 'user' || CASE n %% 2 WHEN 0 THEN '%(name)s' ELSE '' END || n %% 1700 || '-', '@d' || n %% 90 || '.test') x(a, d) GROUP BY n / %(batch)d ORDER BY n / %(batch)d;
"""


class Bench:
	def __init__(self, lab):
		self.lab, self.serial, self.filled, self.listed = lab, 0, 0, 0

	def sql(self, query):
		return self.lab.postgres.sql(query)

	def fill(self, millions):
		to = int(millions * 1e6)
		for start in range(self.filled, to, 500000):
			last = int(self.sql("SELECT coalesce(max(id), 0) FROM carom.report"))
			self.sql(FILL % {"from": start, "to": min(to, start + 500000),
			                 "last": last})
		self.filled = to
		listed = int(float(LISTED) * 1e6) if LISTED else to // 4
		for start in range(self.listed, listed, 500000):
			self.sql(LIST % {"from": start, "to": min(listed, start + 500000)})
		self.listed = max(self.listed, listed)
		self.sql("VACUUM ANALYZE")

	def cpu(self):
		return self.lab.postgres.processor_seconds()

	def pgbench(self, text, count, clients=1):
		"""Seconds, processor seconds of the server, sorted latencies in ms."""
		folder = tempfile.mkdtemp(dir=self.lab.folder)
		os.chmod(folder, 0o777)
		path = write_file(os.path.join(folder, "script"), text)
		before, start = self.cpu(), time.monotonic()
		run(["env", "-C", folder, os.path.join(self.lab.postgres.bindir(),
		     "pgbench"), "-n", "-h", self.lab.postgres.socket, "-M", "prepared",
		     "-c", str(clients), "-t", str(count // clients), "--max-tries=5",
		     "--failures-detailed", "--log",
		     "--log-prefix", os.path.join(folder, "log"), "-f", path, "carom"],
		    user=self.lab.postgres.user, timeout=3600)
		took, used = time.monotonic() - start, self.cpu() - before
		latencies = []
		for name in glob.glob(os.path.join(folder, "log*")):
			with open(name) as f:
				for line in f:
					number = line.split()[2]
					if not number.isdigit():
						raise Failure("a transaction failed: " + line)
					latencies.append(int(number) / 1000)
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


WRITTEN = ("event", "report", "told", "suppression", "suppression_log")


def copied(bench, n, last):
	"""Rows a second that COPY takes, with all indexes, in one transaction: of the
	last n events, and of all that record() wrote about these reports.
	"""
	seconds = {}
	for table, condition in zip(WRITTEN, (
			"id > %s" % last["event"], "id > %s" % last["report"],
			"(address, message) IN (SELECT address, message FROM carom.event WHERE "
			"id > %s)" % last["event"], "event > %s" % last["event"],
			"event > %s" % last["event"])):
		path = os.path.join(bench.lab.postgres.folder, "rows")
		bench.sql("DROP TABLE IF EXISTS bench_copy; CREATE TABLE bench_copy (LIKE "
		          "carom.%s INCLUDING ALL); COPY (SELECT * FROM carom.%s WHERE %s) TO "
		          "'%s'" % (table, table, condition, path))
		seconds[table] = sum(bench.pgbench("COPY bench_copy FROM '%s';\n" % path,
		                                   1)[2]) / 1000
	return n / seconds["event"], n / sum(seconds.values())


def batches(bench, millions):
	"""record_many() against COPY of the rows that it wrote, with their indexes."""
	n = BATCHES * BATCH
	ours, theirs, cpu = [], [], []
	for _ in range(ROUNDS):
		bench.reports(n, BATCH)
		last = {table: bench.sql("SELECT coalesce(max(id), 0) FROM carom." + table)
		        for table in ("event", "report")}
		_, used, latencies = bench.pgbench(
			"SELECT cardinality(carom.record_many(%s));\n" % bench.NEXT, BATCHES)
		ours.append(n / sum(latencies) * 1000)
		cpu.append(used * 1000 / n)
		theirs.append(copied(bench, n, last))
	line(millions, "record in batches of %d" % BATCH, statistics.median(ours),
	     "/s", "%.3f ms of processor each" % statistics.median(cpu))
	line(millions, "  against COPY of all that it wrote",
	     statistics.median(a / b[1] for a, b in zip(ours, theirs)), "ratio",
	     "(goal: >= 0.40)")
	line(millions, "  against COPY of the events alone",
	     statistics.median(a / b[0] for a, b in zip(ours, theirs)), "ratio")


def single(bench, millions):
	"""One by one, in a connection that stays: the first ones make the plans."""
	n = 1000
	bench.sql("CREATE TABLE IF NOT EXISTS bench_one (n serial, t text)")
	ratios, rates = [], []
	for _ in range(ROUNDS):
		bench.reports(n, 1)
		theirs, ours = (statistics.median(bench.pgbench(query, n)[2]) for query in (
			"INSERT INTO bench_one (t) VALUES ('one row');\n",
			"SELECT carom.record((%s)[1]);\n" % bench.NEXT))
		ratios.append(theirs / ours)
		rates.append(1000 / ours)
	line(millions, "record one by one, median", statistics.median(rates), "/s")
	line(millions, "  against an INSERT of one row",
	     statistics.median(ratios), "ratio", "(goal: >= 0.80)")


def backend_seconds(pid):
	with open("/proc/%d/schedstat" % pid) as f:
		return int(f.read().split()[0]) / 1e9


class Recorder:
	"""Records in one database by one session; says what it took."""

	def __init__(self, postgres, database):
		self.postgres, self.database = postgres, database
		self.session = Session(postgres, database)
		self.pid = int(self.session.ask("SELECT pg_backend_pid()"))

	def make(self, name, n, batch):
		self.postgres.sql(MIXED % {"name": name, "n": n, "batch": batch},
		                  self.database)

	def work(self, call, first, last):
		"""Processor seconds of the server's process."""
		before = backend_seconds(self.pid)
		answer = self.session.ask(";\n".join(
			"SELECT count(*) FROM (SELECT carom.%s FROM bench_batch WHERE id = %d "
			"OFFSET 0) x" % (call, n) for n in range(first, last + 1)), 3600)
		if "ERROR" in answer:
			raise Failure(answer)
		return backend_seconds(self.pid) - before


def create_older(postgres, folder):
	postgres.sql("CREATE DATABASE older", "postgres")
	run(postgres.psql_argv("older") + [
		word for name in sorted(glob.glob(os.path.join(folder, "0*.sql"))) + sorted(
			glob.glob(os.path.join(folder, "functions", "*.sql")))
		for word in ("-f", name)], user=None)


def against(bench):
	"""Processor time of record() here and in an older version, in turns."""
	postgres = bench.lab.postgres
	create_older(postgres, AGAINST)
	ours, theirs = Recorder(postgres, "carom"), Recorder(postgres, "older")
	for name, call, n, batch in (
			("record in batches of 50", "record_many(reports)", 5000, 50),
			("record one by one", "record(reports[1])", 1000, 1)):
		ratios, costs = [], []
		for turn in range(ROUNDS + 1):
			used = []
			for recorder in (ours, theirs) if turn % 2 else (theirs, ours):
				recorder.make("%d-%d-" % (batch, turn), n, batch)
				used.append((recorder.work(call, 1, n // batch), recorder is ours))
			(they, _), (we, _) = sorted(used, key=lambda u: u[1])
			if turn > 0:  # the first warms up
				ratios.append(we / they)
				costs.append(we * 1000 / n)
		line(0, name + ", processor", statistics.median(costs), "ms")
		line(0, "  against " + AGAINST[-30:], statistics.median(ratios), "ratio",
		     "(goal: <= 1.00; %.3f to %.3f)" % (min(ratios), max(ratios)))


def lookup(bench, millions):
	"""On the socket, and what a bare row by its key takes there just then."""
	for name, query, note in (
			("row by key", "SELECT reason FROM carom.suppression WHERE address = %s AND "
			 "account = '' AND stream = ''", ""),
			("suppressed()", "SELECT reason FROM carom.suppressed(%s, 'acme', 'news')",
			 "(goal: < 0.5; %d listed)" % bench.listed)):
		_, used, latencies = bench.pgbench(
			"\\set n random(0, %d)\n" % max(1, bench.listed * 2) + query %
			"'held' || :n || '@d' || :n % 900 || '.test'" + ";\n", 20000)
		line(millions, name + ", median", latencies[len(latencies) // 2], "ms",
		     "%.3f ms of processor" % (used * 1000 / len(latencies)))
		line(millions, name + ", p99", latencies[len(latencies) * 99 // 100], "ms",
		     note)


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
	if bench.sql("SELECT count(*) FROM carom.cohort") == "0":
		history.fill(bench.lab.postgres, n_days=120)
		bench.sql("ANALYZE")
	used = []
	for _ in range(5):
		before = bench.lab.postgres.processor_seconds()
		bench.lab.run_carom("report", "--day", bench.sql("SELECT carom.day() - 1"))
		used.append(bench.lab.postgres.processor_seconds() - before)
	line(millions, "the page: the server's processor time", 1000 * statistics.median(used), "ms", "(goal: < 1000, and does not grow)")


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


def citus(bench, millions):
	"""Processor time of a coordinator and two workers against one Postgres."""
	if not cluster.installed():
		print("citus: the extension is not installed")
		return
	n = 3000
	nodes = cluster.Cluster(bench.lab)
	try:
		nodes.start()
		nodes.distribute()
		costs = {}
		bench.sql(MIXED % {"name": "c%d-" % bench.serial, "n": n, "batch": BATCH})
		reports = [json.loads(r) for r in bench.sql(
			"SELECT unnest(reports) FROM bench_batch ORDER BY id").splitlines()]
		plain, spread = Session(bench.lab.postgres), Session(nodes.coordinator)
		for servers, work in (
				([bench.lab.postgres], lambda some: cluster.hand_in(
					plain, some, BATCH)),
				(nodes.nodes, lambda some: cluster.hand_in_by_home(
					spread, some, BATCH))):
			work(reports[:500])  # plans
			before = sum(p.processor_seconds() for p in servers)
			work(reports[500:])
			costs[len(servers)] = (sum(p.processor_seconds() for p in servers) - before
			                       ) * 1000 / (n - 500)
		line(millions, "record on Citus, batches of %d by home" % BATCH, costs[3],
		     "ms", "of processor each")
		line(millions, "  against one Postgres", costs[3] / costs[1], "ratio",
		     "(goal: <= 2)")
	finally:
		nodes.stop()


def hot(bench, millions):
	"""One writer, then many, that meet in the same addresses and tally rows."""
	rates = []
	for clients in (1, WRITERS):
		bench.serial += 1
		bench.sql(MIXED % {"name": "h%d-" % bench.serial, "n": HOT, "batch": 10})
		bench.sql("DROP SEQUENCE IF EXISTS bench_next; CREATE SEQUENCE bench_next")
		before = bench.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = "
		                   "'carom'")
		took, used, latencies = bench.pgbench(
			"SELECT cardinality(carom.record_many(%s));\n" % bench.NEXT, HOT // 10,
			clients)
		deadlocks = int(bench.sql(
			"SELECT deadlocks FROM pg_stat_database WHERE datname = 'carom'")) - int(
				before)
		rates.append(HOT / took)
		line(millions, "record, %d writers, hot, batches of 10" % clients, rates[-1],
		     "/s", "%.3f ms of processor each, p99 %.0f ms, %d deadlocks" % (
			     used * 1000 / HOT, latencies[len(latencies) * 99 // 100], deadlocks))


def pruning(bench, millions):
	"""record() one by one, while carom db prune works."""
	bench.sql(AGED % {"n": OLD})
	bench.reports(100000, 1)
	session = Session(bench.lab.postgres)
	session.ask(";\n".join("SELECT carom.record(reports[1]) FROM bench_batch WHERE "
	                       "id = %d" % n for n in range(1, 21)))  # plans
	start, slowest, calls = time.monotonic(), 0, 20
	process = subprocess.Popen([bench.lab.carom, "--config", bench.lab.conf, "db",
	                            "prune"], cwd="/", stdout=subprocess.DEVNULL)
	while process.poll() is None and calls < 100000:
		calls += 1
		began = time.monotonic()
		answer = session.ask("SELECT carom.record(reports[1]) FROM bench_batch WHERE "
		                     "id = %d" % calls)
		slowest = max(slowest, time.monotonic() - began)
		if "ERROR" in answer:
			raise Failure(answer)
	session.close()
	if process.wait() != 0:
		raise Failure("carom db prune failed")
	line(millions, "prune of %d reports" % OLD, time.monotonic() - start, "s")
	line(millions, "  the slowest of %d record() meanwhile" % calls, slowest * 1000,
	     "ms", "(goal: < 200)")


def measure(lab):
	for setting in ("shared_buffers = '1GB'", "max_wal_size = '8GB'",
	                "effective_cache_size = '4GB'"):
		lab.postgres.sql("ALTER SYSTEM SET " + setting)
	lab.postgres.ctl("-l", lab.postgres.log, "-m", "fast", "-w", "restart")
	bench = Bench(lab)
	if AGAINST:
		against(bench)
	for millions in MILLIONS:
		bench.fill(millions)
		for part in PARTS:
			globals()[part](bench, millions)


sys.exit(on_a_database(measure))
