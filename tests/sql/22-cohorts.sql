-- SPDX-License-Identifier: BSD-2-Clause
-- What came back by the day of sending, and what is still to come of it.
BEGIN;
SELECT plan(25);

CREATE FUNCTION pg_temp.told(n text, day text, outcome jsonb, feedback text DEFAULT NULL, dated text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT carom.record(jsonb_strip_nulls(jsonb_build_object('kind', CASE WHEN feedback IS NULL THEN 'bounce' ELSE 'complaint' END, 'message_id', '<' || n || '@co>',
		'arrived', day || 'T05:00:00Z', 'feedback', CASE WHEN feedback IS NOT NULL THEN jsonb_build_object('type', feedback) END,
		'returned', jsonb_build_object('message_id', '<m-' || n || '@co>', 'date', dated),
		'outcomes', jsonb_build_array(outcome || jsonb_build_object('recipient', n || '@co.test', 'provider', 'pc', 'account', 'acme', 'stream', 'news')))))
$$;
CREATE FUNCTION pg_temp.cohorts() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws('|', day - '2003-04-01', sent_on - '2003-04-01', measure, events), ' ' ORDER BY day, sent_on, measure) FROM carom.cohort WHERE account = 'acme'
$$;

-- where the day of sending is from
SELECT pg_temp.told('a', '2003-04-10', '{"action": "failed", "category": "recipient_unknown", "confidence": "proven", "sent_on": "2003-04-09"}');
SELECT pg_temp.told('b', '2003-04-10', '{"confidence": "claimed"}', 'abuse', '2003-04-03T22:00:00Z');
SELECT is(pg_temp.cohorts(), '9|2|complaints|1 9|8|hard|1', 'by the signature, or by the Date of the mail that came back');
SELECT is((SELECT sent_on FROM carom.event WHERE address = 'b@co.test'), date '2003-04-03', 'which the event has as well');
SELECT pg_temp.told('c', '2003-04-10', '{"confidence": "guessed"}', 'abuse', '2003-04-03T22:00:00Z');
SELECT pg_temp.told('d', '2003-04-10', '{"confidence": "claimed"}', 'abuse', '2001-04-03T22:00:00Z');
SELECT pg_temp.told('e', '2003-04-10', '{"confidence": "claimed"}', 'abuse', '2004-04-03T22:00:00Z');
SELECT pg_temp.told('f', '2003-04-10', '{"confidence": "claimed"}', 'abuse');
SELECT is(pg_temp.cohorts(), '9|2|complaints|1 9|8|hard|1', 'a guess counts nowhere, nor what has no day that makes sense');
SELECT pg_temp.told('g', '2003-04-10', '{"confidence": "claimed"}', 'not-spam', '2003-04-03T22:00:00Z');
SELECT pg_temp.told('h', '2003-04-10', '{"confidence": "claimed"}', 'opt-out', '2003-04-03T22:00:00Z');
SELECT pg_temp.told('i', '2003-04-10', '{"action": "delayed", "category": "greylisted", "confidence": "claimed"}', NULL, '2003-04-03T22:00:00Z');
SELECT is(pg_temp.cohorts(), '9|2|complaints|0 9|8|hard|1', 'what is taken back counts back, and what is no complaint or bounce not at all');
SELECT pg_temp.told('j', '2003-04-10', '{"confidence": "proven", "sent_on": "2002-12-01"}', 'abuse');
SELECT is(pg_temp.cohorts(), '9|-52|complaints|1 9|2|complaints|0 9|8|hard|1', 'what is very old is counted with the 61st day');
SELECT pg_temp.told('a2', '2003-04-11', '{"action": "failed", "category": "recipient_unknown", "confidence": "proven", "sent_on": "2003-04-09"}'
	|| '{"recipient": "a@co.test"}'::jsonb);
SELECT carom.record('{"kind": "bounce", "message_id": "<again@co>", "arrived": "2003-04-11T05:00:00Z", "returned": {"message_id": "<m-a@co>"}, "outcomes": [
	{"recipient": "a@co.test", "provider": "pc", "account": "acme", "stream": "news", "action": "failed", "category": "recipient_unknown", "confidence": "proven",
	"sent_on": "2003-04-09"}]}');
SELECT is(pg_temp.cohorts(), '9|-52|complaints|1 9|2|complaints|0 9|8|hard|1 10|8|hard|1', 'what was told before is none more');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'all of it is what the events say');
UPDATE carom.cohort SET events = events + 1 WHERE account = 'acme' AND measure = 'hard';
SELECT is((SELECT found FROM carom.check_integrity() WHERE name = 'cohort rows that differ from their events'), 2::bigint, 'which the check sees');
UPDATE carom.cohort SET events = events - 1 WHERE account = 'acme' AND measure = 'hard';

-- what was there before there were cohorts
CREATE TEMP TABLE had AS SELECT * FROM carom.cohort;
DELETE FROM carom.cohort;
SELECT carom.set_setting('cohorts_from', '9999-01-01');
SELECT carom._begin_cohorts();
SELECT ok(carom.setting('cohorts_after')::bigint >= (SELECT max(id) FROM carom.event), 'the events that are there are of before');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'until they are counted nobody asks for them');
SELECT carom._recount_cohorts((SELECT array_agg(e) FROM carom.event e WHERE e.address = 'a@co.test'), -1);
SELECT is((SELECT count(*) FROM carom.cohort), 0::bigint, 'nor takes them out');
SELECT carom.set_setting('cohorts_from', '0001-01-01');
INSERT INTO carom.cohort SELECT * FROM had;

-- replay takes out what it makes anew
SELECT carom._uncount((SELECT array_agg(e) FROM carom.event e WHERE e.address = 'a@co.test'), '{}', -1);
SELECT is((SELECT sum(events) FROM carom.cohort WHERE account = 'acme' AND measure = 'hard'), 1::numeric, 'what is recorded anew is taken out before');

-- the curve, with known values: mail of 40 days, of whose complaints half come on the day
-- of sending, a quarter the day after, and the rest ten days later
DELETE FROM carom.cohort;
DELETE FROM carom.volume;
INSERT INTO carom.cohort (day, sent_on, account, stream, provider, measure, events)
	SELECT d::date + x.delay, d::date, 'acme', 'news', 'pc', 'complaints', x.n
	FROM generate_series(date '2003-05-01', date '2003-06-09', '1 day') d, (VALUES (0, 20), (1, 10), (11, 10)) AS x(delay, n)
	WHERE d::date + x.delay <= '2003-06-09';
INSERT INTO carom.volume (day, account, stream, provider, sent)
	SELECT d::date, 'acme', 'news', 'pc', 10000 FROM generate_series(date '2003-05-01', date '2003-06-09', '1 day') d;
SELECT results_eq($$ SELECT account, complaints, shares[1], shares[2], shares[11], shares[12], shares[30] FROM carom.report_delays('2003-06-09') $$,
	$$ VALUES (NULL, 1480::bigint, 0.5, 0.75, 0.75, 1.0, 1.0), ('acme', 1480, 0.5, 0.75, 0.75, 1.0, 1.0) $$, 'half, three quarters, all');
SELECT results_eq($$ SELECT provider, sent, complaints, complaint_rate, share, expected, expected_rate
		FROM carom.report_cohorts('2003-06-09', '2003-06-09', as_of => '2003-06-09') $$,
	$$ VALUES ('pc', 10000::bigint, 20::bigint, 0.002, 0.5, 40::bigint, 0.004) $$, 'of a day that is just over');
SELECT results_eq($$ SELECT sent, complaints, expected FROM carom.report_cohorts('2003-05-01', '2003-05-05', as_of => '2003-06-09') $$,
	$$ VALUES (50000::bigint, 200::bigint, 200::bigint) $$, 'of days that have all');
SELECT results_eq($$ SELECT day, complaints, expected FROM carom.report_cohorts('2003-05-29', '2003-05-30', 'day', as_of => '2003-06-09') $$,
	$$ VALUES (date '2003-05-29', 40::bigint, 40::bigint), ('2003-05-30', 30, 40) $$, 'day by day');
-- 20 are in and 20 to come: z √(20 + 20²/(8 + 20) + (0.15 · 20)²) on either side, above as the score has it
SELECT results_eq($$ SELECT expected_low, expected_high FROM carom.report_cohorts('2003-06-09', '2003-06-09', as_of => '2003-06-09') $$,
	$$ VALUES (0.002711, 0.005496) $$, 'within an interval');
SELECT is((SELECT expected FROM carom.report_cohorts('2003-05-20', '2003-05-20', as_of => '2003-05-20')), 40::bigint, 'as it was known then');

-- too little is in, or too few to learn from
UPDATE carom.cohort SET events = 1 WHERE day = sent_on;
SELECT results_eq($$ SELECT complaints, expected FROM carom.report_cohorts('2003-06-09', '2003-06-09', as_of => '2003-06-09') $$,
	$$ VALUES (1::bigint, NULL::bigint) $$, 'of which less than 15 %% is in, nobody can say');
SELECT is((SELECT count(*) FROM carom.report_cohorts('2003-06-01', '2003-06-09', 'provider', 'shop')), 0::bigint, 'of another account nothing');
INSERT INTO carom.volume (day, account, stream, provider, sent) VALUES ('2003-06-08', 'acme', 'offers', 'pc', 10000), ('2003-06-08', 'acme', 'offers', 'pd', 10000);
INSERT INTO carom.cohort (day, sent_on, account, stream, provider, measure, events) VALUES
	('2003-06-08', '2003-06-08', 'acme', 'offers', 'pc', 'complaints', 6), ('2003-06-08', '2003-06-08', 'acme', 'offers', 'pd', 'complaints', 6),
	('2003-06-09', '2003-06-08', 'acme', 'offers', 'pd', 'hard', 30);
SELECT results_eq($$ SELECT provider, expected IS NULL, hard_rate FROM carom.report_cohorts('2003-06-08', '2003-06-08', 'series', stream => 'offers', as_of => '2003-06-09')
	ORDER BY 1 $$, $$ VALUES ('pc', false, NULL), ('pd', true, 0.003) $$, 'a stream with few has its provider''s delays, a provider with few none');
SELECT results_eq($$ SELECT account, stream, provider, sent FROM carom.report_cohorts('2003-06-08', '2003-06-08', 'stream', as_of => '2003-06-09') $$,
	$$ VALUES ('acme', 'offers', NULL, 20000::bigint), ('acme', 'news', NULL, 10000) $$, 'by stream');

SET LOCAL ROLE carom_staff;
SELECT lives_ok($$ SELECT FROM carom.report_cohorts('2003-06-08', '2003-06-09'), carom.report_delays('2003-06-09'), carom.cohort $$, 'staff may ask');
RESET ROLE;
SET LOCAL ROLE carom_writer;
SELECT throws_ok($$ SELECT carom.report_cohorts('2003-06-08', '2003-06-09') $$, '42501', NULL, 'others may not');
RESET ROLE;
SELECT count(*) FROM carom.prune(90, 1);
SELECT is((SELECT count(*) FROM carom.cohort), 0::bigint, 'they are pruned with the events');
SELECT * FROM finish();
ROLLBACK;
