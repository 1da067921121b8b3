-- SPDX-License-Identifier: BSD-2-Clause
-- What others count of our mail.
BEGIN;
SELECT plan(12);
DELETE FROM carom.volume;
CREATE FUNCTION pg_temp.take(source text, rows jsonb) RETURNS text LANGUAGE sql
AS $$ SELECT concat_ws('|', added, changed, same) FROM carom.set_outside(source, rows) $$;

SELECT is(pg_temp.take('snds', '[{"day": "2024-11-20", "provider": "microsoft_consumer", "subject": "192.0.2.8", "metric": "complaint_rate", "value": "0.1e-2", "word": "< 0.1%"},
	{"day": "2024-11-20", "provider": "microsoft_consumer", "subject": "192.0.2.8", "metric": "filter_result", "word": "GREEN"}]'), '2|0|0', 'new figures');
SELECT is(pg_temp.take('snds', '[{"day": "2024-11-20", "provider": "microsoft_consumer", "subject": "192.0.2.8", "metric": "complaint_rate", "value": "0.001", "word": "< 0.1%"},
	{"day": "2024-11-20", "provider": "microsoft_consumer", "subject": "192.0.2.8", "metric": "filter_result", "word": "RED"}]'), '0|1|1', 'again: one changed');
SELECT is(pg_temp.take('counts', '[{"day": "2024-11-20", "account": "acme", "stream": "news", "provider": "gmail", "metric": "sent", "value": 200},
	{"day": "2024-11-20", "account": "acme", "stream": "news", "provider": "gmail", "metric": "opens", "value": 7},
	{"day": "2024-11-20", "account": "acme", "stream": "news", "provider": "gmail", "metric": "opens", "value": 8}]'), '2|0|0', 'of two that are one the last counts');
SELECT is((SELECT sent FROM carom.volume), 200::bigint, 'what was sent is the denominator');
SELECT is(pg_temp.take('postmaster', '[{"day": "2024-11-20", "provider": "gmail", "subject": "example.com", "metric": "sent", "value": 9}]'), '1|0|0',
	'a provider''s count');
SELECT is((SELECT sent FROM carom.volume), 200::bigint, 'is none');
SELECT results_eq($$ SELECT source, metric, value, word, ours FROM carom.report_outside('2024-11-20', '2024-11-20') WHERE source <> 'snds' $$,
	$$ VALUES ('counts', 'opens', 8::numeric, NULL, NULL::numeric), ('counts', 'sent', 200, NULL, 200), ('postmaster', 'sent', 9, NULL, 200) $$,
	'the report has our own figure beside it');
SELECT results_eq($$ SELECT newest_day, days_old FROM carom.outside_age WHERE source = 'snds' $$, $$ VALUES (date '2024-11-20', carom.day() - date '2024-11-20') $$,
	'and the age');
SELECT throws_ok($$ SELECT pg_temp.take('tealeaves', '[{"day": "2024-11-20", "metric": "x", "value": 1}]') $$, '23514', NULL, 'no other source');
SELECT throws_ok($$ SELECT pg_temp.take('snds', '[{"day": "2024-11-20", "metric": "x"}]') $$, '23514', NULL, 'a number or a word');
SELECT throws_ok($$ SELECT pg_temp.take('counts', '[{"day": "2024-11-20", "metric": "sent", "value": -1}]') $$, '23514', NULL, 'no mail sent below 0');
SELECT throws_ok($$ SELECT pg_temp.take('counts', '[{"day": "1999-11-20", "metric": "x", "value": 1}]') $$, '22023', NULL, 'no day before there was such a thing');
SELECT * FROM finish();
ROLLBACK;
