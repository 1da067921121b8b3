-- SPDX-License-Identifier: BSD-2-Clause
-- What mail logs tell: each line once, and no bounce beside its report.
BEGIN;
SELECT plan(29);
DELETE FROM carom.volume;
SELECT carom.set_setting('timezone', 'Asia/Kathmandu');

CREATE FUNCTION pg_temp.kinds() RETURNS jsonb LANGUAGE sql
AS $$ SELECT '[{"account": "acme", "stream": "news", "provider": "gmail", "outcome": "delivered"},
	{"account": "acme", "stream": "news", "provider": "gmail", "outcome": "refused", "category": "recipient_unknown", "class": "hard"},
	{"account": "acme", "stream": "news", "provider": "gmail", "outcome": "refused", "category": "recipient_unknown", "class": "hard", "told": true},
	{"account": "acme", "stream": "news", "provider": "gmail", "outcome": "deferred"},
	{"outcome": "expired", "category": "expired", "class": "soft"}]'::jsonb $$;
-- minutes of 2024-11-20T18:14Z and 18:15Z, which is midnight there
CREATE FUNCTION pg_temp.add(lines bigint[], minutes int[], kinds int[], counts int[]) RETURNS text LANGUAGE sql
AS $$ SELECT concat_ws('|', counted, known, too_old) FROM carom.add_deliveries(ARRAY[28868774, 28868775], $2, $1, $3, $4, pg_temp.kinds()) $$;
CREATE FUNCTION pg_temp.delivered() RETURNS text LANGUAGE sql
AS $$ SELECT string_agg(concat_ws('|', day, account, stream, provider, outcome, class, told, recipients), ' ' ORDER BY day, outcome, told) FROM carom.delivery $$;

SELECT is(pg_temp.add('{11,12,13}', '{1,1,2}', '{1,1,1}', '{1,1,1}'), '3|0|0', 'three lines');
SELECT is(pg_temp.delivered(), '2024-11-20|acme|news|gmail|delivered||f|2 2024-11-21|acme|news|gmail|delivered||f|1', 'of the days there');
SELECT is(pg_temp.add('{11,12,13,14}', '{1,1,2,2}', '{1,1,1,1}', '{1,1,1,1}'), '1|3|0', 'known lines do not count again');
SELECT is(pg_temp.add('{14,14,15}', '{2,2,2}', '{1,1,1}', '{1,1,1}'), '1|1|0', 'nor a line that is there twice');
SELECT is(pg_temp.add('{11}', '{2}', '{1}', '{1}'), '1|0|0', 'the same text at another time is another line');
SELECT is((SELECT sum(recipients) FROM carom.delivery), 6::numeric, 'six in all');
SELECT is(pg_temp.add('{21,22,23,24,25}', '{1,1,1,1,1}', '{2,3,4,4,5}', '{1,1,1,1,3}'), '5|0|0', 'refused, put off, given up');
SELECT is(pg_temp.add('{}', '{}', '{}', '{}'), '0|0|0', 'nothing is nothing');
SELECT is(pg_temp.add('{31}', '{1}', '{9}', '{1}'), '1|0|0', 'a kind that is not there adds nothing');

-- what reports read
SELECT is((SELECT concat_ws('|', sum(sent), sum(delivered), sum(bounced), sum(hard), sum(soft), sum(deferred)) FROM carom.daily),
	'11|6|4|1|3|2', 'sent is delivered, refused and given up; a refusal that is told is no bounce here');
SELECT carom.set_volume('2024-11-20', 'acme', 'news', 'yahoo', 100);
SELECT is((SELECT sum(sent) FROM carom.daily WHERE day = '2024-11-20' AND account = 'acme'), 100::numeric,
	'who counted that account and stream on that day knows better');
SELECT is((SELECT sum(sent) FROM carom.daily WHERE day = '2024-11-20' AND account = ''), NULL::numeric, 'also for mail of nobody known');
SELECT is((SELECT sum(sent) FROM carom.daily WHERE day = '2024-11-21'), 4::numeric, 'on other days the log counts');
SELECT is((SELECT sum(hard) FROM carom.daily WHERE day = '2024-11-20'), 1::numeric, 'and its bounces count always');
SELECT is((SELECT sent FROM carom.report_isp('2024-11-21', '2024-11-21') WHERE provider = 'gmail'), 4::bigint, 'in reports too');

-- what makes no sense
SELECT throws_ok($$ SELECT pg_temp.add('{41}', '{1}', '{1}', '{-1}') $$, '23514', NULL, 'a number of recipients is not below 0');
SELECT throws_ok($$ SELECT * FROM carom.add_deliveries(ARRAY[28868774], '{1}', '{1}', '{1}', '{1}', '[{"outcome": "eaten"}]') $$, '23514', NULL,
	'an outcome is one of four');
SELECT throws_ok($$ SELECT * FROM carom.add_deliveries(ARRAY[99999999], '{1}', '{1}', '{1}', '{1}', pg_temp.kinds()) $$, '22023', NULL,
	'and not of a day to come');

-- how far
SELECT is_empty($$ SELECT * FROM carom.log_position('f') $$, 'a new file has no position');
SELECT carom.log_read('f', 100, 't', ARRAY['mx'], ARRAY['4Xk12 ho acme/news']);
SELECT results_eq($$ SELECT * FROM carom.log_position('f') $$, $$ VALUES (100::bigint, 't') $$, 'read up to there');
SELECT is(carom.log_queue('mx'), '4Xk12 ho acme/news', 'with what was under way');
SELECT carom.log_read('f', 200, 'u', ARRAY['mx'], ARRAY['']);
SELECT results_eq($$ SELECT * FROM carom.log_position('f') $$, $$ VALUES (200::bigint, 'u') $$, 'and further');
SELECT is(carom.log_queue('mx'), '', 'nothing under way');
SELECT carom.log_read(NULL, 0, NULL, ARRAY['mx'], ARRAY['x']);
SELECT is((SELECT count(*) FROM carom.log_file), 1::bigint, 'a pipe has no position');

-- forgetting
SELECT is((SELECT removed FROM carom.prune() WHERE what = 'minutes of mail logs'), 2::bigint, 'lines of long ago are forgotten');
SELECT is(pg_temp.add('{11,12}', '{1,1}', '{1,1}', '{1,1}'), '0|0|2', 'and such lines count no more');
SELECT is((SELECT removed FROM carom.prune() WHERE what = 'minutes of mail logs'), 0::bigint, 'once');

-- who may
SET ROLE carom_writer;
SELECT lives_ok($$ SELECT carom.log_queue('mx') $$, 'the writer reads logs');
SELECT throws_ok($$ SELECT * FROM carom.delivery $$, '42501', NULL, 'and no table');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
