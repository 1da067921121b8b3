#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A filled database of an older carom is brought up to date while reports are
recorded: nobody waits for long, and it can be killed and called again."""

import glob
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from lab import PIPE_USER, Failure, is_root  # noqa: E402
from session import Session, bounce  # noqa: E402
from tap import script  # noqa: E402

SQL = os.path.join(os.path.dirname(__file__), "..", "..", "sql")
OLD = int(os.environ.get("CAROM_TEST_OLD", "40000"))  # reports that are there
LONGEST = 200  # milliseconds that a report may wait for a lock

# What record() of the first version wrote, one ordinary bounce. When there is a
# record() that knows homes, it is called instead.
OLD_RECORD = """
CREATE FUNCTION public.old_record(n int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE r bigint; k text := encode(sha256(n::text::bytea), 'hex');
	who text := 'old' || n % 5000 || '@x.test'; on_day date := date '2026-10-01' + n % 50;
BEGIN
	IF to_regprocedure('carom._home_of(text)') IS NOT NULL THEN
		PERFORM carom.record(jsonb_build_object('kind', 'bounce', 'key', k, 'arrived', on_day || 'T12:00:00Z', 'outcomes',
			jsonb_build_array(jsonb_build_object('recipient', who, 'action', 'failed', 'category', 'expired'))));
		RETURN;
	END IF;
	INSERT INTO carom.report (key, day, arrived, kind, events) VALUES (k, on_day, on_day + time '12:00' AT TIME ZONE 'UTC', 'bounce', 1)
		RETURNING id INTO r;
	INSERT INTO carom.event (day, at, report, ordinal, kind, address, action, category, class)
		VALUES (on_day, on_day + time '12:00' AT TIME ZONE 'UTC', r, 1, 'bounce', who, 'failed', 'expired', 'soft');
	INSERT INTO carom.tally AS t (day, kind, action, category, class, events, reports)
		VALUES (on_day, 'bounce', 'failed', 'expired', 'soft', 1, 1)
		ON CONFLICT ON CONSTRAINT tally_pkey DO UPDATE SET events = t.events + 1, reports = t.reports + 1;
END $$;
"""


def old_database(lab):
	lab.postgres.sql("DROP DATABASE carom", "postgres")
	lab.postgres.sql("CREATE DATABASE carom", "postgres")
	lab.postgres.sql(
		"CREATE SCHEMA carom; CREATE TABLE carom.schema_version (version int "
		"PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT "
		"now())")
	for version in (1, 2, 3):
		path, = glob.glob(os.path.join(SQL, "%04d-*.sql" % version))
		with open(path) as f:
			lab.postgres.sql(f.read())
		lab.postgres.sql("INSERT INTO carom.schema_version VALUES (%d, 'old')"
		                 % version)
	lab.postgres.sql(
		"CREATE TABLE carom.event_2026_10 PARTITION OF carom.event FOR VALUES FROM "
		"('2026-10-01') TO ('2026-11-01')")
	lab.postgres.sql(OLD_RECORD)
	lab.postgres.sql("SELECT public.old_record(n) FROM generate_series(1, %d) n"
	                 % OLD)
	lab.postgres.sql("""
		INSERT INTO carom.suppression (address, spelling, reason, source, author)
			SELECT 'held' || n || '@x.test', 'x', 'asked', 'staff', 'x' FROM generate_series(1, 5000) n;
		INSERT INTO carom.suppression_log (day, change, address, account, stream, reason, source, author)
			SELECT '2026-10-01', 'add', address, '', '', reason, source, author FROM carom.suppression;
		INSERT INTO carom.address (address, spelling) SELECT 'n' || n || '@x.test', 'x' FROM generate_series(1, 300) n;
		INSERT INTO carom.raw (key, message) SELECT key, 'raw' FROM carom.report LIMIT 100;
		INSERT INTO carom.sent (message_id, address, spelling, sent_on, expires_at)
			VALUES ('m1', 'old1@x.test', 'x', '2026-10-01', 'infinity')""")


def record_meanwhile(lab, writer, upgrade, n, longest):
	"""Until the upgrade ends; the number of reports and the slowest of them."""
	slowest, calls = 0.0, 0
	while upgrade.poll() is None:
		start = time.monotonic()
		answer = writer.ask("SELECT public.old_record(%d)" % (n + calls))
		took = time.monotonic() - start
		if "ERROR" in answer:
			raise Failure(answer)
		if took > slowest:
			slowest = took
		calls += 1
		if longest and time.monotonic() > longest:
			upgrade.kill()
			upgrade.wait()
	return calls, slowest


def without_home(lab):
	return lab.postgres.sql(" + ".join(
		"(SELECT count(*) FROM carom.%s WHERE home IS NULL)" % table for table in (
			"report", "raw", "event", "told", "suppression", "suppression_log",
			"address", "sent")).join(("SELECT ", "")))


def busy(tap, lab):
	"""A session that keeps a table."""
	held = lab.postgres.hold("LOCK TABLE carom.report IN ACCESS SHARE MODE")
	upgrade = lab.start_carom("db", "upgrade")
	writer = Session(lab.postgres)
	try:
		time.sleep(0.5)
		tap.same(upgrade.poll(), None, "a session keeps a table: the upgrade tries "
		         "again")
		writer.watch_locks(lab.postgres, LONGEST)
		writer.ask("SELECT public.old_record(%d)" % (OLD + 1))
		tap.same(writer.long_waits(), [], "and nobody waits for it")
		upgrade.kill()
		upgrade.wait()
	finally:
		lab.postgres.release(held)
		writer.close()


def upgrading(tap, lab):
	writer = Session(lab.postgres)
	writer.watch_locks(lab.postgres, LONGEST)
	upgrade = lab.start_carom("db", "upgrade")
	first, slow = record_meanwhile(lab, writer, upgrade, OLD + 2,
	                               time.monotonic() + 1.5)
	print("# killed after %d reports, the slowest %.3f s" % (first, slow))
	upgrade = lab.start_carom("db", "upgrade")
	more, slower = record_meanwhile(lab, writer, upgrade, OLD + 2 + first, None)
	print("# %d reports more, the slowest %.3f s" % (more, slower))
	tap.same(upgrade.returncode, 0, "an upgrade that was killed goes on when it is "
	         "called again")
	tap.ok(first > 5 and more > 5, "reports were recorded meanwhile")
	tap.same(writer.long_waits(), [], "none of them waited for long")
	tap.same(lab.count("report"), OLD + 1 + first + more, "all of them are there")
	tap.same(without_home(lab), "0", "every row has a home")
	tap.same(lab.postgres.sql(
		"SELECT count(*) FROM carom.event e JOIN carom.report r ON r.id = e.report "
		"WHERE e.home <> carom._home_of(e.address) OR r.home <> e.home"), "0",
		"its own")
	tap.same(lab.postgres.sql(
		"SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0",
		"every index is whole")
	writer.close()


def same_as_new(tap, lab):
	"""What was upgraded is what is made new."""
	columns = ("SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), "
	           "a.attnotnull FROM pg_class c JOIN pg_attribute a ON a.attrelid = "
	           "c.oid WHERE c.relnamespace = 'carom'::regnamespace AND c.relkind IN "
	           "('r', 'p', 'v') AND a.attnum > 0 AND NOT c.relispartition ORDER BY "
	           "1, 2")
	indexes = ("SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON "
	           "c.oid = indrelid WHERE c.relnamespace = 'carom'::regnamespace AND "
	           "NOT c.relispartition ORDER BY 1")
	functions = ("SELECT oid::regprocedure::text FROM pg_proc WHERE "
	             "pronamespace = 'carom'::regnamespace ORDER BY 1")
	old = [lab.postgres.sql(q) for q in (columns, indexes, functions)]
	lab.postgres.sql("CREATE DATABASE fresh", "postgres")
	conf = lab.configure({"database": {"conninfo": "host=%s dbname=fresh"
	                                   % lab.postgres.socket}},
	                     os.path.join(lab.folder, "fresh.conf"))
	lab.run_carom("db", "init", conf=conf)
	for name, query, was in zip(("columns", "indexes", "functions"),
	                            (columns, indexes, functions), old):
		tap.same(was, lab.postgres.sql(query, "fresh"),
		         "upgraded or made new, the %s are the same" % name)


def works(tap, lab):
	a = Session(lab.postgres)
	a.ask("SELECT public.old_record(7)")
	tap.same(lab.postgres.sql(
		"SELECT duplicates FROM carom.report WHERE key = encode(sha256('7'), 'hex')"),
		"1", "a report of before is known when it comes again")
	tap.same(a.ask("SELECT bool_and(carom.address_known(id)), carom.address_id("
	               "'n1@x.test') < 300, carom.address_id('new@x.test') & 63 = "
	               "carom._home_of('new@x.test'), carom.address_id('new2@x.test') > "
	               "300 FROM carom.address"), "t|t|t|t",
	         "numbers of before are kept, new ones name their home")
	a.record(bounce("held1@x.test", "recipient_unknown", "2026-11-24", "h"))
	tap.contains(a.answer(), '""suppressed"": [""held1@x.test""]'.replace('""', '\\"'),
	             "and all goes on")
	tap.same(lab.run_carom("db", "upgrade").stdout.count("already"), 1,
	         "another upgrade finds nothing to do")
	a.close()


def cohorts(tap, lab):
	"""What an older carom recorded is counted by its day of sending."""
	sql = lab.postgres.sql
	sql("SELECT carom.record(jsonb_build_object('kind', 'bounce', 'message_id', '<co' || n || '@x>', 'arrived', date '2026-11-01' + n % 20 || "
	    "'T12:00:00Z', 'outcomes', jsonb_build_array(jsonb_build_object('recipient', 'co' || n || '@x.test', 'action', 'failed', 'category', "
	    "'rate_limited', 'confidence', 'matched', 'sent_on', date '2026-10-31' + n % 20)))) FROM generate_series(1, 100) n")
	counted = "SELECT array_agg(c ORDER BY c) FROM carom.cohort c"
	was = sql(counted)
	sql("UPDATE carom.cohort SET events = 7; DELETE FROM carom.setting WHERE name = 'cohorts_after';"
	    "SELECT carom.set_setting('cohorts_from', '9999-01-01'); SELECT carom._begin_cohorts()")
	for _ in range(2):
		sql("CALL carom._fill_cohorts(3660)")
	tap.ok(was == sql(counted) and "2026-11-20" in was, "what was there is counted by its day of sending, once", was)
	tap.same(sql("SELECT carom._check_cohorts(NULL, '0001-01-01')"), "0", "and checked")


def plain_owner(tap, lab):
	"""carom db wants a role that owns the database, and no superuser."""
	if not is_root():
		tap.ok(True, "a plain owner # SKIP only root can be another account")
		return
	lab.postgres.sql("ALTER ROLE %s CREATEROLE; CREATE DATABASE plain OWNER %s"
	                 % (PIPE_USER, PIPE_USER), "postgres")
	conf = lab.configure({"database": {"conninfo": "host=%s dbname=plain"
	                                   % lab.postgres.socket}},
	                     os.path.join(lab.folder, "plain.conf"))
	tap.same(lab.postgres.sql("SELECT rolsuper FROM pg_roles WHERE rolname = '%s'"
	                          % PIPE_USER), "f", "the owner is no superuser")
	for args in (("db", "init"), ("db", "upgrade"), ("db", "prune"), ("db", "check"),
	             ("replay", "--apply")):
		done = lab.run_carom(*args, conf=conf, user=PIPE_USER, check=False)
		tap.ok(done.returncode == 0, " ".join(("carom",) + args) + " is done by a plain "
		       "owner", done.stdout + done.stderr)


def tests(tap, lab):
	plain_owner(tap, lab)
	old_database(lab)
	busy(tap, lab)
	upgrading(tap, lab)
	same_as_new(tap, lab)
	works(tap, lab)
	cohorts(tap, lab)


sys.exit(script("upgrade", tests, needs_root=False))
