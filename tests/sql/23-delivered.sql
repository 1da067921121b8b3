-- SPDX-License-Identifier: BSD-2-Clause
-- Deliveries by the mail log: they let a policy count anew, and prove who is alive.
BEGIN;
SELECT plan(15);
SELECT carom.set_setting('timezone', 'UTC');

-- A full mailbox, day by day: five days within thirty suppress.
CREATE FUNCTION pg_temp.full_on(who text, days_ago int) RETURNS jsonb LANGUAGE sql
AS $$ SELECT carom.record(jsonb_build_object('kind', 'bounce', 'message_id', '<' || who || days_ago || '@t>', 'arrived', now() - days_ago * interval '1 day',
	'returned', jsonb_build_object('message_id', '<r' || who || days_ago || '@t>'), 'outcomes', jsonb_build_array(jsonb_build_object('recipient', who || '@x.test',
	'action', 'failed', 'category', 'mailbox_full', 'confidence', 'matched')))) -> 'suppressed' $$;
CREATE FUNCTION pg_temp.took(who text, hours_ago numeric) RETURNS bigint LANGUAGE sql
AS $$ SELECT carom.note_deliveries(ARRAY[who || '@x.test'], ARRAY[extract(epoch FROM now() - hours_ago * interval '1 hour')::bigint]) $$;

SELECT is(pg_temp.took('nobody', 1), 0::bigint, 'whom nothing is known of has no delivery that matters');
SELECT is_empty('SELECT FROM carom.delivered', 'and none is kept');
SELECT pg_temp.full_on(w, n) FROM unnest(ARRAY['plain', 'took', 'early']) w, generate_series(20, 17, -1) n;
SELECT is(pg_temp.took('took', 16.5 * 24), 1::bigint, 'one whose bounces count has');
SELECT is(pg_temp.took('took', 16.7 * 24), 1::bigint, 'told again');
SELECT results_eq($$ SELECT address, at BETWEEN now() - interval '396 hours 1 second' AND now() - interval '395 hours 59 minutes' FROM carom.delivered $$, $$ VALUES ('took@x.test', true) $$, 'the last of a day is kept');
SELECT is(pg_temp.took('early', 25 * 24), 0::bigint, 'one before the bounces has none');
INSERT INTO carom.delivered VALUES ('early@x.test', carom.day() - 25, now() - interval '25 days', 0);
SELECT is(pg_temp.full_on('plain', 16), '["plain@x.test"]', 'five days suppress');
SELECT is(pg_temp.full_on('early', 16), '["early@x.test"]', 'also after an earlier delivery');
SELECT is(pg_temp.full_on('took', 16), '[]', 'but not with a delivery in between');
SELECT pg_temp.full_on('took', n) FROM generate_series(15, 13, -1) n;
SELECT is(pg_temp.full_on('took', 12), '["took@x.test"]', 'five days after it do');

-- a sign of life
SELECT is_empty($$ SELECT FROM carom.alive() WHERE address LIKE '%@x.test' $$, 'nobody on the list is alive');
SELECT carom.note_deliveries(ARRAY['plain@x.test', 'other@x.test'], ARRAY[extract(epoch FROM now() + interval '1 hour'), 0]::bigint[]);
SELECT results_eq($$ SELECT address, sign FROM carom.alive() WHERE address LIKE '%@x.test' $$, $$ VALUES ('plain@x.test', 'accepted') $$,
	'but for whom a server takes mail now');

-- people and days that are forgotten
SELECT carom.forget('plain@x.test');
SELECT is_empty($$ SELECT FROM carom.delivered WHERE address = 'plain@x.test' $$, 'whoever is forgotten has no deliveries');
INSERT INTO carom.delivered VALUES ('old@x.test', carom.day() - 200, now() - interval '200 days', 0);
SELECT is((SELECT removed FROM carom.prune(36500, 1200) WHERE what = 'deliveries by mail logs'), 1::bigint, 'prune forgets those that no policy asks for');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'all is well');

SELECT * FROM finish();
ROLLBACK;
