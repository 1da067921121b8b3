-- SPDX-License-Identifier: BSD-2-Clause
-- check_integrity() must see what somebody did by hand.
BEGIN;
SELECT plan(30);

SELECT carom.record(format('{"kind": "bounce", "message_id": "<int%s@t>", "arrived": "2024-11-10T00:00:00Z", "outcomes": [
	{"recipient": "i%s@x.test", "action": "failed", "category": "recipient_unknown", "provider": "px", "confidence": "matched"},
	{"recipient": "j%s@x.test", "action": "delayed", "category": "greylisted", "provider": "py", "confidence": "matched"}]}', n, n, n)::jsonb)
	FROM generate_series(1, 3) n;
SELECT carom.record('{"kind": "unrecognised", "message_id": "<int4@t>", "arrived": "2024-11-10T00:00:00Z"}') FROM generate_series(1, 2);
SELECT carom.suppress('hand@x.test', 'by hand');
SELECT is((SELECT count(*) FROM carom.check_integrity()), 18::bigint, 'eighteen things are checked');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'all is well');

-- Does something, tells which checks fail, and undoes it.
CREATE FUNCTION pg_temp.tamper(what text) RETURNS text[] LANGUAGE plpgsql
AS $$
DECLARE
	failed text[];
	n      int;
BEGIN
	BEGIN
		EXECUTE what;
		GET DIAGNOSTICS n = ROW_COUNT;
		IF n = 0 THEN
			RAISE EXCEPTION 'nothing was changed by: %', what;
		END IF;
		SELECT array_agg(c.name) INTO failed FROM carom.check_integrity() c WHERE NOT c.ok;
		RAISE EXCEPTION USING ERRCODE = 'CA001';
	EXCEPTION WHEN SQLSTATE 'CA001' THEN
		RETURN failed;
	END;
END
$$;

CREATE TEMP TABLE deeds (n int, what text, deed text, seen text);
INSERT INTO deeds VALUES
	(1,  'a tally too high', $$UPDATE carom.tally SET events = events + 1 WHERE day = '2024-11-10' AND provider = 'px'$$, 'events in the tally'),
	(2,  'two tallies that make up for each other', $$UPDATE carom.tally SET events = events + CASE provider WHEN 'px' THEN 1 ELSE -1 END
		WHERE day = '2024-11-10' AND provider IN ('px', 'py')$$, 'tally rows that differ from their events'),
	(3,  'reports too low', $$UPDATE carom.tally SET reports = reports - 1 WHERE day = '2024-11-10' AND provider = 'px'$$, 'reports in the tally'),
	(4,  'suppressions too high', $$UPDATE carom.tally SET suppressions = suppressions + 1 WHERE day = '2024-11-10' AND provider = 'px'$$, 'new suppressions in the tally'),
	(5,  'a missing tally row', $$DELETE FROM carom.tally WHERE day = '2024-11-10' AND provider = 'py'$$, 'tally rows that differ from their events'),
	(6,  'an invented tally row', $$INSERT INTO carom.tally (day, kind, events) VALUES ('2024-11-09', 'bounce', 1)$$, 'tally rows that differ from their events'),
	(7,  'a tally moved to another kind', $$UPDATE carom.tally SET kind = 'delay' WHERE day = '2024-11-10' AND provider = 'px'$$,
		'days and kinds with another number of reports in the tally'),
	(8,  'a kind that is none', $$UPDATE carom.tally SET kind = 'other' WHERE day = '2024-11-10' AND provider = 'px'$$, 'received as the sum of its kinds'),
	(9,  'a missing event', $$DELETE FROM carom.event WHERE address = 'j2@x.test'$$, 'reports with missing or surplus events'),
	(10, 'a missing event, tally adjusted', $$WITH d AS (DELETE FROM carom.event WHERE address = 'j2@x.test')
		UPDATE carom.tally SET events = events - 1 WHERE day = '2024-11-10' AND provider = 'py'$$, 'reports with missing or surplus events'),
	(11, 'a surplus event', $$INSERT INTO carom.event (day, at, report, ordinal, kind, address) SELECT day, at, report, 3, kind, 'new@x.test'
		FROM carom.event WHERE address = 'j2@x.test'$$, 'reports with missing or surplus events'),
	(12, 'a missing report', $$DELETE FROM carom.report WHERE message_id = '<int2@t>'$$, 'events without a report'),
	(13, 'an invented report', $$INSERT INTO carom.report (key, day, arrived, kind) VALUES (repeat('0', 64), '2024-11-10', now(), 'bounce')$$,
		'reports with missing or surplus events'),
	(14, 'a report of another kind', $$UPDATE carom.report SET kind = 'complaint' WHERE message_id = '<int2@t>'$$, 'reports with missing or surplus events'),
	(15, 'an event of another day', $$UPDATE carom.event SET day = '2024-11-11' WHERE address = 'j2@x.test'$$, 'tally rows that differ from their events'),
	(16, 'a changed category', $$UPDATE carom.event SET category = 'rate_limited' WHERE address = 'j2@x.test'$$, 'tally rows that differ from their events'),
	(17, 'duplicates', $$UPDATE carom.duplicate SET seen = seen + 1 WHERE day = '2024-11-10'$$, 'duplicates'),
	(18, 'a suppression by hand', $$INSERT INTO carom.suppression (address, spelling, reason, source, author) VALUES ('x@x.test', 'x', 'x', 'staff', 'x')$$,
		'suppressions without a trace in the log'),
	(19, 'a suppression changed by hand', $$UPDATE carom.suppression SET expires_at = now() WHERE address = 'hand@x.test'$$,
		'suppressions without a trace in the log'),
	(20, 'a suppression moved to another reason', $$UPDATE carom.suppression SET reason = 'other' WHERE address = 'i1@x.test'$$,
		'suppressions without a trace in the log'),
	(21, 'a suppression deleted by hand', $$DELETE FROM carom.suppression WHERE address = 'hand@x.test'$$, 'suppressions that went without a trace in the log'),
	(22, 'a log row deleted', $$DELETE FROM carom.suppression_log WHERE address = 'hand@x.test'$$, 'suppressions without a trace in the log'),
	(23, 'evidence that is not there', $$UPDATE carom.suppression SET event = 0 WHERE address = 'i1@x.test'$$, 'suppressions whose evidence is not there'),
	(24, 'evidence of somebody else', $$UPDATE carom.suppression SET report_key = repeat('0', 64) WHERE address = 'i1@x.test'$$,
		'suppressions whose evidence is not there'),
	(25, 'a tally row of nothing', $$INSERT INTO carom.tally (day, kind) VALUES ('2024-11-09', 'bounce')$$, 'tally rows that differ from their events');
SELECT ok(d.seen = ANY (pg_temp.tamper(d.deed)), d.what || ' is seen') FROM deeds d ORDER BY d.n;

SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'the tampering was undone');
SELECT is(pg_temp.tamper($$UPDATE carom.tally SET events = events WHERE day = '2024-11-10'$$), NULL, 'and doing nothing is not seen');
SELECT carom.unsuppress('hand@x.test', 'enough');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'what is taken off properly is well');

SELECT * FROM finish();
ROLLBACK;
