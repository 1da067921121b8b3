-- SPDX-License-Identifier: BSD-2-Clause
-- Many reports in one call; a bad one spoils nothing but itself.
BEGIN;
SELECT plan(27);

CREATE FUNCTION pg_temp.report(n text) RETURNS jsonb LANGUAGE sql
AS $$ SELECT jsonb_build_object('kind', 'bounce', 'message_id', '<many-' || n || '@t>', 'arrived', '2024-11-10T00:00:00Z', 'outcomes',
	jsonb_build_array(jsonb_build_object('recipient', n || '@x.test', 'action', 'failed', 'category', 'recipient_unknown', 'provider', 'pm', 'confidence', 'proven'))) $$;
CREATE FUNCTION pg_temp.seen() RETURNS text[] LANGUAGE sql
AS $$ SELECT array_agg(address ORDER BY address) FROM carom.event WHERE provider = 'pm' $$;
CREATE TEMP TABLE said (name text PRIMARY KEY, a jsonb[]);

INSERT INTO said SELECT 'plain', carom.record_many(ARRAY[pg_temp.report('c'), pg_temp.report('a'), pg_temp.report('b'), pg_temp.report('a')]);
SELECT is(cardinality(a), 4, 'an answer for each') FROM said WHERE name = 'plain';
SELECT is(a[1] -> 'suppressed', '["c@x.test"]', 'in their order') FROM said WHERE name = 'plain';
SELECT is(a[2] -> 'suppressed', '["a@x.test"]', 'in their order') FROM said WHERE name = 'plain';
SELECT is(a[3] -> 'events', '1', 'one event each') FROM said WHERE name = 'plain';
SELECT is(a[4] - 'key', jsonb_build_object('report', a[2] -> 'report', 'duplicate', true, 'events', 0, 'suppressed', '[]'::jsonb),
	'the same twice in a batch is a duplicate') FROM said WHERE name = 'plain';
SELECT is(a[2] -> 'duplicate', 'false', 'only the second of them') FROM said WHERE name = 'plain';
SELECT is((SELECT duplicates FROM carom.report WHERE message_id = '<many-a@t>'), 1, 'and counted');
SELECT is(pg_temp.seen(), ARRAY['a@x.test', 'b@x.test', 'c@x.test'], 'three are stored');
SELECT is((SELECT events || '/' || reports FROM carom.tally WHERE provider = 'pm'), '3/3', 'and counted');

INSERT INTO said SELECT 'again', carom.record_many(ARRAY[pg_temp.report('b'), pg_temp.report('d'), pg_temp.report('b')]);
SELECT is(ARRAY[a[1] -> 'duplicate', a[2] -> 'duplicate', a[3] -> 'duplicate'], ARRAY['true', 'false', 'true']::jsonb[], 'old and new together')
	FROM said WHERE name = 'again';
SELECT is(a[1] -> 'report', (SELECT to_jsonb(id) FROM carom.report WHERE message_id = '<many-b@t>'), 'a duplicate names the report') FROM said WHERE name = 'again';
SELECT is((SELECT duplicates FROM carom.report WHERE message_id = '<many-b@t>'), 2, 'counted twice');

-- no objects
INSERT INTO said SELECT 'scalars', carom.record_many(ARRAY['[]', '7', pg_temp.report('e'), NULL, 'null']::jsonb[]);
SELECT is(ARRAY[a[1] ->> 'sqlstate', a[2] ->> 'sqlstate', a[3] ->> 'sqlstate', a[4] ->> 'sqlstate', a[5] ->> 'sqlstate'],
	ARRAY['22023', '22023', NULL, '22023', '22023'], 'what is no report has an error in its place') FROM said WHERE name = 'scalars';
SELECT is(a[3] ->> 'events', '1', 'the report among them is taken') FROM said WHERE name = 'scalars';
SELECT is(carom.record_many('{}'), '{}', 'nothing in, nothing out');
SELECT is(cardinality(carom.record_many(ARRAY[NULL]::jsonb[])), 1, 'nothing but a bad one');

-- poison: the kind that nobody thought of
CREATE FUNCTION pg_temp.poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF new.subject LIKE 'poison%' THEN
		RAISE EXCEPTION 'this one is poison' USING ERRCODE = substr(new.subject, 8, 5);
	END IF;
	RETURN new;
END $$;
CREATE TRIGGER poison BEFORE INSERT ON carom.report FOR EACH ROW EXECUTE FUNCTION pg_temp.poison();
INSERT INTO said SELECT 'poison', carom.record_many(ARRAY[pg_temp.report('f'), '{"subject": "poison 22001", "message_id": "p1"}', '[]', pg_temp.report('g'),
	'{"subject": "poison P0001", "message_id": "p2"}', pg_temp.report('f')], ARRAY['f', 'p', NULL, 'g']::bytea[]);
SELECT is(a[2], '{"error": "this one is poison", "sqlstate": "22001"}', 'poison is named') FROM said WHERE name = 'poison';
SELECT is(a[5], '{"error": "this one is poison", "sqlstate": "P0001"}', 'in its place') FROM said WHERE name = 'poison';
SELECT is(ARRAY[a[1] ->> 'events', a[4] ->> 'events'], ARRAY['1', '1'], 'the others are taken') FROM said WHERE name = 'poison';
SELECT is(a[6] -> 'duplicate', 'true', 'duplicates are still seen') FROM said WHERE name = 'poison';
SELECT is(pg_temp.seen(), ARRAY['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test', 'e@x.test', 'f@x.test', 'g@x.test'], 'once each');
SELECT results_eq($$ SELECT message FROM carom.raw JOIN carom.report USING (key) WHERE message_id ~ '<many-[fg]@t>' ORDER BY message_id $$,
	$$ VALUES ('f'::bytea), ('g') $$, 'each with its own message');

SELECT is((carom.record_many(ARRAY['{"subject": "poison P0001"}', '[]']::jsonb[]))[1] ->> 'sqlstate', 'P0001', 'nothing but poison');

-- trouble of the server is not the fault of a report
SELECT throws_ok(format($$ SELECT carom.record_many(ARRAY[pg_temp.report('h'), '{"subject": "poison %s", "message_id": "p3"}']) $$, s), s,
	'this one is poison', s || ' fails the whole call') FROM unnest(ARRAY['40P01', '53100']) s;
SELECT ok(NOT 'h@x.test' = ANY (pg_temp.seen()), 'and nothing of it stays');
DROP TRIGGER poison ON carom.report;

SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'and all adds up');

SELECT * FROM finish();
ROLLBACK;
