-- SPDX-License-Identifier: BSD-2-Clause
-- What strangers write does not fill the disk, nor the tally.
BEGIN;
SELECT plan(21);

CREATE FUNCTION pg_temp.strange(n text, kind text DEFAULT 'unrecognised') RETURNS jsonb LANGUAGE sql
AS $$ SELECT jsonb_build_object('kind', kind, 'message_id', '<bounds-' || n || '@t>') $$;
CREATE FUNCTION pg_temp.kept() RETURNS text LANGUAGE sql
AS $$ SELECT string_agg(substr(r.message_id, 9, 1), '' ORDER BY r.message_id) FROM carom.raw JOIN carom.report r USING (key) WHERE r.message_id LIKE '<bounds-%' $$;

DELETE FROM carom.raw_day;
SELECT carom.set_setting('unrecognised_octets', '1000');
SELECT throws_ok($$ SELECT carom.set_setting('unrecognised_octets', 'many') $$, '22023', NULL, 'a bound is a number');
SELECT carom.record(pg_temp.strange('a'), convert_to(repeat('a', 400), 'UTF8'));
SELECT carom.record_many(ARRAY[pg_temp.strange('b'), pg_temp.strange('c'), pg_temp.strange('d', 'bounce'), pg_temp.strange('e')],
	ARRAY[convert_to(repeat('b', 400), 'UTF8'), convert_to(repeat('c', 400), 'UTF8'), convert_to(repeat('d', 4000), 'UTF8'), NULL]);
SELECT is(pg_temp.kept(), 'abd', 'what nobody understood is kept up to the bound; what was understood is not bound by it');
SELECT results_eq('SELECT kept, octets, dropped FROM carom.raw_day', 'VALUES (2::bigint, 800::bigint, 1::bigint)', 'and counted');
SELECT is((SELECT count(*) FROM carom.report WHERE message_id LIKE '<bounds-%'), 5::bigint, 'all of it is recorded');
SELECT carom.record(pg_temp.strange('f'), convert_to(repeat('f', 300), 'UTF8'));
SELECT is((SELECT dropped FROM carom.raw_day), 2::bigint, 'the day is full');
SELECT carom.record(pg_temp.strange('a'), convert_to(repeat('a', 400), 'UTF8'));
SELECT is((SELECT dropped FROM carom.raw_day), 2::bigint, 'a duplicate is none more');
UPDATE carom.raw_day SET day = day - 1;
SELECT carom.record(pg_temp.strange('g'), convert_to(repeat('g', 300), 'UTF8'));
SELECT is(pg_temp.kept(), 'abdg', 'the next day has room again');

-- whatever a report says, it makes a row of the tally out of words that are known
SELECT carom.record(jsonb_build_object('kind', 'k' || n, 'message_id', '<words-' || n || '@t>', 'feedback', jsonb_build_object('type', 't' || n),
	'outcomes', jsonb_build_array(jsonb_build_object('recipient', n || '@x.test', 'action', 'a' || n, 'category', 'c' || n, 'class', 'l' || n,
		'confidence', 'z' || n)))) FROM generate_series(1, 50) n;
SELECT is((SELECT count(*) FROM (SELECT kind, action, category, class, feedback_type, confidence FROM carom.tally
	WHERE feedback_type = 'other' GROUP BY 1, 2, 3, 4, 5, 6) x), 1::bigint, 'fifty kinds of nonsense are one');
SELECT is((SELECT sum(events) FROM carom.tally WHERE feedback_type = 'other'), 50::numeric, 'counted fifty times');

-- What proves nothing opens so many rows of the tally in a day, whatever it names:
-- here thousands of accounts, streams, providers and rules.
CREATE FUNCTION pg_temp.invented(n int, confidence text, name text DEFAULT 'invented') RETURNS jsonb LANGUAGE sql
AS $$ SELECT jsonb_build_object('kind', 'bounce', 'message_id', '<' || name || n || confidence || '@t>', 'arrived', '2026-03-05T12:00:00Z', 'outcomes',
	jsonb_build_array(jsonb_build_object('recipient', name || n || '@x.test', 'action', 'failed', 'category', 'recipient_unknown', 'confidence', confidence,
		'account', name || n, 'stream', 'stream' || n, 'provider', 'provider' || n, 'rule', 'rule' || n))) $$;
CREATE FUNCTION pg_temp.names() RETURNS TABLE (name text, opened bigint, counted numeric) LANGUAGE sql
AS $$ SELECT CASE WHEN account ~ '\d' THEN rtrim(account, '0123456789') ELSE account || '/' || stream || '/' || provider END, count(*), sum(events)
	FROM carom.tally WHERE day = '2026-03-05' GROUP BY 1 ORDER BY 3 DESC $$;
SELECT throws_ok($$ SELECT carom.set_setting('guessed_keys', '-1') $$, '22023', NULL, 'a bound is a number');
SELECT carom.set_setting('guessed_keys', '200');
SELECT carom.record(pg_temp.invented(n, 'guessed')) FROM generate_series(1, 50) n;
SELECT carom.record_many(array_agg(pg_temp.invented(n, 'guessed'))) FROM generate_series(51, 3000) n GROUP BY n / 100;
SELECT results_eq('SELECT * FROM pg_temp.names()', $$ VALUES ('(other)/(other)/(other)', 1::bigint, 2800::numeric), ('invented', 200, 200) $$,
	'three thousand inventions open two hundred rows, and one for the rest');
SELECT is((SELECT opened FROM carom.tally_day WHERE day = '2026-03-05'), 200::bigint, 'which are counted');
SELECT carom.record(jsonb_set(pg_temp.invented(7, 'guessed'), '{message_id}', '"<again@t>"'));
SELECT is((SELECT sum(events) FROM carom.tally WHERE account = 'invented7'), 2::numeric, 'a row that is open goes on counting');
SELECT is((SELECT count(*) FROM carom.event WHERE day = '2026-03-05' AND rule LIKE 'rule%'), 3001::bigint, 'and each report has its event, with its rule');
SELECT carom.record_many(array_agg(pg_temp.invented(n, 'proven', 'ours'))) FROM generate_series(1, 300) n GROUP BY n / 50;
SELECT results_eq($$ SELECT * FROM pg_temp.names() WHERE name = 'ours' $$, $$ VALUES ('ours', 300::bigint, 300::numeric) $$,
	'what is proven is never rolled up');
SELECT carom.record(jsonb_set(pg_temp.invented(9999, 'guessed'), '{arrived}', '"2026-03-06T12:00:00Z"'));
SELECT is((SELECT account FROM carom.tally WHERE day = '2026-03-06'), 'invented9999', 'the next day has rows of its own');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'tally and events agree on it');

-- views that staff read newest first find their rows by an index
SET LOCAL enable_seqscan = off;
SET LOCAL enable_sort = off;
SET LOCAL enable_bitmapscan = off;
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	said text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
		said := said || line || E'\n';
	END LOOP;
	RETURN said;
END $$;
SELECT ok(p.p ~ 'Index (Only )?Scan' AND p.p !~ 'Seq Scan|->  Sort', v || ' has its index')
	FROM unnest(ARRAY['recent_reports', 'recent_events', 'unrecognised']) v,
		LATERAL (SELECT pg_temp.plan('SELECT * FROM carom.' || v || ' LIMIT 20') AS p) p;
SELECT ok(pg_temp.plan('SELECT * FROM carom.suppression WHERE changed_at >= now() - interval ''1 day''') ~ 'suppression_changed', 'and what changed');

SELECT * FROM finish();
ROLLBACK;
