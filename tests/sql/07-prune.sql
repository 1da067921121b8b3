-- SPDX-License-Identifier: BSD-2-Clause
-- Partitions and retention.
BEGIN;
SELECT plan(30);

CREATE FUNCTION pg_temp.got(n text, at timestamptz, twice boolean DEFAULT false) RETURNS void LANGUAGE sql
AS $$
	SELECT carom.record(jsonb_build_object('kind', 'bounce', 'message_id', '<prune-' || n || '@t>', 'arrived',
			to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'outcomes', jsonb_build_array(jsonb_build_object(
			'recipient', n || '@x.test', 'action', 'failed', 'category', 'recipient_unknown', 'provider', 'prune', 'confidence', 'matched'))), 'raw')
		FROM generate_series(1, CASE WHEN twice THEN 2 ELSE 1 END)
$$;
-- All steps, and what they removed together.
CREATE TEMP TABLE steps (n int, what text, removed bigint);
CREATE FUNCTION pg_temp.prune(raw_days int, event_months int, most int DEFAULT 5000) RETURNS TABLE (what text, removed bigint) LANGUAGE plpgsql
AS $$
BEGIN
	TRUNCATE steps;
	FOR step IN 1 .. 1000 LOOP
		INSERT INTO steps SELECT step, p.what, p.removed FROM carom.prune(raw_days, event_months, most) p;
		EXIT WHEN NOT EXISTS (SELECT FROM steps s WHERE s.n = step AND s.removed > 0);
	END LOOP;
	RETURN QUERY SELECT s.what, sum(s.removed)::bigint FROM steps s GROUP BY 1 HAVING sum(s.removed) > 0 ORDER BY 1;
END $$;
CREATE FUNCTION pg_temp.partition_of(who text) RETURNS text LANGUAGE sql
AS $$ SELECT tableoid::regclass::text FROM carom.event WHERE address = who || '@x.test' $$;

-- partitions
SELECT is(carom.make_partitions(3), 0, 'what is there is not made again');
SELECT cmp_ok(carom.make_partitions(30), '=', 27, 'months ahead');
SELECT ok(to_regclass('carom.' || to_char(carom.day() + interval '24 months', '"event_"YYYY_MM')) IS NOT NULL, 'in two years as well');
SELECT throws_ok($$ SELECT carom.make_partitions(-1) $$, '22023', NULL, 'not backwards');
SELECT pg_temp.got('old', '2001-02-28 12:00Z', true);
SELECT pg_temp.got('new', now());
SELECT is(pg_temp.partition_of('old'), 'carom.event_default', 'a month without a partition lies in the default one');
SELECT is(pg_temp.partition_of('new'), to_char(carom.day(), '"carom.event_"YYYY_MM'), 'this month in its own');
SELECT is(carom.make_partitions(3), 1, 'the month in the default partition gets its own');
SELECT is(pg_temp.partition_of('old'), 'carom.event_2001_02', 'and what was in the default one moves');
SELECT is((SELECT count(*) FROM carom.event_default WHERE day < '2001-03-01'), 0::bigint, 'all of it');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'nothing is lost on the way');
SELECT pg_temp.got('old2', '2001-02-01 00:00Z');
SELECT is(pg_temp.partition_of('old2'), 'carom.event_2001_02', 'later ones go there at once');
SELECT pg_temp.got('older', '2000-12-31 23:00Z');

-- retention
SELECT pg_temp.got('kept', now() - interval '50 days');
SELECT carom.remember_sent('<gone@t>', 'g@x.test'), carom.remember_sent('<here@t>', 'g@x.test');
UPDATE carom.sent SET expires_at = now() - interval '1 second' WHERE message_id = 'gone@t';
CREATE TEMP TABLE tally_before AS SELECT sum(events) AS events, sum(reports) AS reports FROM carom.tally;
UPDATE carom.raw SET stored_at = now() - interval '40 days' FROM carom.report r WHERE r.key = raw.key AND r.message_id = '<prune-kept@t>';
SELECT throws_ok($$ SELECT carom.prune(-1, 24) $$, '22023', NULL, 'not less than none');
SELECT throws_ok($$ SELECT carom.prune(90, 0) $$, '22023', NULL, 'at least a month');
SELECT throws_ok($$ SELECT carom.prune(90, 24, 0) $$, '22023', NULL, 'and a row at a time');
SELECT results_eq($$ SELECT * FROM pg_temp.prune(30, 24, 2) $$,
	$$ VALUES ('events', 3::bigint), ('mail remembered', 1::bigint), ('raw messages', 1::bigint), ('reports', 3::bigint) $$, 'what is old goes');
SELECT is((SELECT max(removed) FROM steps WHERE what = 'reports'), 2::bigint, 'so many at a time');
SELECT ok((SELECT count(DISTINCT n) FROM steps) BETWEEN 2 AND 5, 'in steps');
SELECT is((SELECT count(*) FROM carom.event WHERE provider = 'prune'), 2::bigint, 'what is young stays');
SELECT results_eq($$ SELECT message_id FROM carom.sent WHERE address = 'g@x.test' $$, $$ VALUES ('here@t') $$, 'mail is remembered until it expires');
SELECT ok(to_regclass('carom.event_2001_02') IS NULL, 'an old partition is dropped');
SELECT is_empty($$ SELECT FROM carom.report WHERE day < '2002-01-01' $$, 'the reports go with it');
SELECT is_empty($$ SELECT FROM carom.raw JOIN carom.report USING (key) WHERE message_id IN ('<prune-old@t>', '<prune-kept@t>') $$, 'and the raw messages');
SELECT is((SELECT count(*) FROM carom.raw JOIN carom.report USING (key) WHERE message_id = '<prune-new@t>'), 1::bigint, 'but not the young one');
SELECT results_eq($$ SELECT sum(events), sum(reports) FROM carom.tally $$, 'SELECT events, reports FROM tally_before', 'the tally stays');
SELECT is((SELECT count(*) FROM carom.suppression WHERE address IN ('old@x.test', 'older@x.test')), 2::bigint, 'and so do the suppressions');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'and all still adds up');
UPDATE carom.tally SET events = events + 1 WHERE day = (now() - interval '50 days')::date AND provider = 'prune';
SELECT isnt_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'what is left is still checked');
UPDATE carom.tally SET events = events - 1 WHERE day = (now() - interval '50 days')::date AND provider = 'prune';
SELECT is_empty($$ SELECT * FROM pg_temp.prune(30, 24) $$, 'again, there is nothing to do');
SELECT pg_temp.got('straggler', '2001-02-28 12:00Z');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'a report from before the watermark does no harm');

SELECT results_eq($$ SELECT * FROM pg_temp.prune(30, 24) $$, $$ VALUES ('events', 1::bigint), ('reports', 1::bigint) $$, 'and goes the next time');

SELECT * FROM finish();
ROLLBACK;
