#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Several writers, staff and prune at once: whatever the order, the outcome is
that of some order, and nobody waits for long."""

import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from lab import wait_until  # noqa: E402
from session import Session, bounce, quoted  # noqa: E402
from tap import script  # noqa: E402

ROUNDS = int(os.environ.get("CAROM_TEST_ROUNDS", "3"))
OLD = int(os.environ.get("CAROM_TEST_OLD", "60000"))  # reports to prune
LONGEST = 200  # milliseconds that a record() may wait for a prune


def suppressed(lab, address):
	return lab.postgres.sql(
		"SELECT coalesce(string_agg(reason, ','), 'nobody') FROM carom.suppression "
		"WHERE address = " + quoted(address))


def two_days(tap, lab, a, b):
	"""Neither of two reports that come at once sees the other's event."""
	a.ask("BEGIN")
	a.record(bounce("two@x.test", "recipient_disabled", "2026-11-24", "a1"))
	a.answer()
	b.record(bounce("two@x.test", "recipient_disabled", "2026-11-25", "b1"))
	tap.ok(wait_until(lab.waits_for_lock, 20, "the second waits"),
	       "the second report of an address waits for the first")
	a.ask("COMMIT")
	b.answer()
	tap.same(suppressed(lab, "two@x.test"), "recipient_disabled",
	         "two days in two transactions are two days")


def rolled_back(tap, lab, a, b):
	a.ask("BEGIN")
	a.record(bounce("undone@x.test", "recipient_disabled", "2026-11-24", "a2"))
	a.answer()
	b.record(bounce("undone@x.test", "recipient_disabled", "2026-11-25", "b2"))
	wait_until(lab.waits_for_lock, 20, "the second waits")
	a.ask("ROLLBACK")
	b.answer()
	tap.same(suppressed(lab, "undone@x.test"), "nobody",
	         "a day that was undone does not count")


def taken_off(tap, lab, a, b):
	"""Staff take an address off while a report of it is counted."""
	a.record(bounce("back@x.test", "recipient_disabled", "2026-11-22", "a3"),
	         bounce("back@x.test", "recipient_disabled", "2026-11-23", "a4"))
	a.answer()
	tap.same(suppressed(lab, "back@x.test"), "recipient_disabled", "two days")
	for name, call in (
			("unsuppress", "unsuppress('back@x.test', 'rang us', 'acme')"),
			("unsuppress_cause", "unsuppress_cause('wrong', now() - interval "
			 "'1 hour', now() + interval '1 hour', 'recipient_disabled')")):
		a.ask("BEGIN; SELECT carom." + call)
		b.record(bounce("back@x.test", "recipient_disabled", "2026-11-24",
		                "b3-" + name))
		wait_until(lab.waits_for_lock, 20, "the report waits")
		a.ask("COMMIT")
		b.answer()
		tap.same(suppressed(lab, "back@x.test"), "nobody",
		         "%s while a report comes: its day does not count with those "
		         "before" % name)
		a.record(bounce("back@x.test", "recipient_unknown", "2026-11-24",
		                "again-" + name))
		a.answer()
		a.ask("UPDATE carom.suppression SET reason = 'recipient_disabled' "
		      "WHERE address = 'back@x.test'; UPDATE carom.suppression_log SET "
		      "reason = 'recipient_disabled' WHERE address = 'back@x.test'")


def isolation(tap, lab):
	strict = Session(lab.postgres, settings="-c default_transaction_isolation="
	                 "repeatable\\ read")
	strict.record(bounce("rr@x.test", "mailbox_full", "2026-11-24", "rr"))
	tap.contains(strict.answer(), "READ COMMITTED", "a transaction that cannot "
	             "see what others did meanwhile is refused, not miscounted")
	strict.close()


def hot_file(seed):
	"""Reports of few addresses on few days, in an order of chance."""
	rng = random.Random(seed)
	reports = [bounce("hot%d@x.test" % n, category, "2026-11-%02d" % day,
	                  "%d-%d-%s-%d" % (seed, n, category, day))
	           for n in range(40) for day in rng.sample(range(1, 28), 8)
	           for category in rng.sample(("recipient_disabled", "mailbox_full",
	                                       "expired", "remote_system"), 2)]
	rng.shuffle(reports)
	return reports


def play(lab, reports, writers):
	"""Hands all reports in by so many sessions; gives who is suppressed."""
	sessions = [Session(lab.postgres) for _ in range(writers)]
	batches = [reports[i:i + 10] for i in range(0, len(reports), 10)]
	answers = []
	try:
		while batches or any(s.waiting for s in sessions):
			for session in sessions:
				if session.waiting and session.answered():
					answers.append(session.answer())
				if not session.waiting and batches:
					session.record(*batches.pop())
			time.sleep(0.0005)
	finally:
		for session in sessions:
			session.close()
	return answers


def listed(lab):
	return lab.postgres.sql(
		"SELECT address FROM carom.suppression WHERE address LIKE 'hot%' "
		"ORDER BY 1")


def hot(tap, lab):
	# what is suppressed for a time would be over, depending on the day of the test
	lab.postgres.sql("UPDATE carom.policy SET expires_days = NULL")
	for n in range(ROUNDS):
		reports = hot_file(n)
		seen = {}
		for writers in (1, 6):
			lab.forget_reports()
			answers = play(lab, reports, writers)
			bad = [a for a in answers if "ERROR" in a or '"error"' in a]
			tap.same(bad, [], "round %d, %d writers: no error" % (n, writers))
			seen[writers] = listed(lab)
		tap.ok(len(seen[1].split()) > 20, "round %d: many are suppressed" % n)
		tap.same(seen[6], seen[1], "round %d: by six writers the same as by one" % n)
	lab.forget_reports()


def nobody_stops_recording(tap, lab, a):
	"""Whoever can log in, but has no role of ours."""
	lab.postgres.sql("CREATE ROLE stranger LOGIN")
	stranger = Session(lab.postgres)
	stranger.ask("SET SESSION AUTHORIZATION stranger; "
	             "SELECT pg_advisory_lock(1667330671, 1), pg_advisory_lock("
	             "1667330671, 2)")
	tap.contains(stranger.ask(
		"BEGIN; LOCK TABLE carom.address_lock; ROLLBACK"),
	             "permission denied", "a stranger locks no table")
	a.ask("SET statement_timeout = '10s'")
	a.record(bounce("free@x.test", "recipient_disabled", "2026-11-24", "free"),
	         {"kind": "bounce", "message_id": "<free2@t>"})
	tap.ok("ERROR" not in a.answer(), "whatever locks a stranger holds, "
	       "reports are recorded")
	tap.ok("ERROR" not in a.ask("SELECT * FROM carom.prune(90, 24)"),
	       "and old ones pruned")
	a.ask("RESET statement_timeout")
	stranger.close()


def make_old(lab):
	"""Old reports with their events, as if recorded then."""
	lab.postgres.sql(
		"INSERT INTO carom.report (key, day, arrived, kind, events) SELECT "
		"encode(sha256(n::text::bytea), 'hex'), '2020-01-01'::date + n %% 60, "
		"'2020-01-01'::timestamptz + n %% 60 * interval '1 day', 'bounce', 1 "
		"FROM generate_series(1, %d) n" % OLD)
	lab.postgres.sql(
		"INSERT INTO carom.event (day, at, report, ordinal, kind, address, "
		"action, category, class, confidence, message) SELECT day, arrived, id, "
		"1, kind, 'old' || id || '@x.test', 'failed', 'recipient_unknown', "
		"'hard', 'guessed', decode(left(key, 32), 'hex') FROM carom.report "
		"WHERE day < '2021-01-01'")
	lab.postgres.sql(
		"INSERT INTO carom.told (address, message, what, day, last_day, weight, "
		"times) SELECT address, message, 'failed', day, day, 2, 1 FROM "
		"carom.event WHERE day < '2021-01-01'; "
		"INSERT INTO carom.tally (day, kind, action, category, class, "
		"confidence, events, reports) SELECT day, kind, action, category, class,"
		" confidence, count(*), count(*) FROM carom.event WHERE day < "
		"'2021-01-01' GROUP BY 1, 2, 3, 4, 5, 6; "
		"INSERT INTO carom.raw (key, message) SELECT key, 'old' FROM "
		"carom.report WHERE day < '2021-01-01' LIMIT 1000")


def prune(tap, lab, a):
	"""One call after another of record(), while carom db prune works."""
	make_old(lab)
	a.watch_locks(lab.postgres, LONGEST)
	slowest, calls, n = 0, 0, 0
	killed = lab.start_carom("db", "prune")
	pruning = None
	while pruning is None or pruning.poll() is None:
		start = time.monotonic()
		a.record(bounce("during%d@x.test" % calls, "mailbox_full", "2026-11-24",
		                "during%d" % calls))
		a.answer()
		slowest = max(slowest, time.monotonic() - start)
		calls += 1
		if killed and lab.count("report", "day < '2021-01-01'") < OLD * 0.7:
			killed.kill()  # somewhere in the middle
			killed.wait()
			killed, pruning = None, lab.start_carom("db", "prune")
	tap.same(pruning.returncode, 0, "a prune that was killed goes on when it is "
	         "called again")
	print("# %d calls of record() meanwhile, the slowest %.3f s" % (calls, slowest))
	tap.ok(calls > 20, "record() went on meanwhile", calls)
	tap.same(a.long_waits(), [], "and none waited for long")
	tap.same(lab.postgres.sql(
		"SELECT (SELECT count(*) FROM carom.report WHERE day < '2021-01-01'), "
		"(SELECT count(*) FROM carom.event WHERE day < '2021-01-01'), "
		"(SELECT count(*) FROM carom.told WHERE day < '2021-01-01'), "
		"(SELECT count(*) FROM carom.raw WHERE message = 'old')"), "0|0|0|0",
		"nothing old is left")


def in_use(tap, lab, a):
	"""A partition that somebody reads for long is left, and nobody waits."""
	a.ask("CREATE TABLE carom.event_2019_05 PARTITION OF carom.event FOR VALUES "
	      "FROM ('2019-05-01') TO ('2019-06-01')")
	reader = lab.postgres.hold("DO $$ BEGIN PERFORM FROM carom.event; END $$")
	pruning = lab.start_carom("db", "prune")
	calls = 0
	while pruning.poll() is None:
		a.record(bounce("use%d@x.test" % calls, "expired", "2026-11-24",
		                "use%d" % calls))
		a.answer()
		calls += 1
	tap.same(pruning.returncode, 75, "a partition in use: prune says so")
	tap.same(a.long_waits(), [], "nobody waits for it")
	lab.postgres.release(reader)
	tap.same(lab.run_carom("db", "prune", check=False).returncode, 0,
	         "the next prune takes it")
	tap.same(lab.postgres.sql("SELECT to_regclass('carom.event_2019_05') IS NULL"),
	         "t", "away")


def tests(tap, lab):
	a, b = Session(lab.postgres), Session(lab.postgres)
	two_days(tap, lab, a, b)
	rolled_back(tap, lab, a, b)
	taken_off(tap, lab, a, b)
	isolation(tap, lab)
	hot(tap, lab)
	nobody_stops_recording(tap, lab, a)
	prune(tap, lab, a)
	in_use(tap, lab, a)
	with open(lab.postgres.log) as f:
		tap.ok("deadlock" not in f.read(), "no deadlock")
	a.close()
	b.close()


sys.exit(script("concurrent", tests, needs_root=False))
