-- SPDX-License-Identifier: BSD-2-Clause
-- Numbers of mail sent: added once, under the day on which it was sent.
BEGIN;
SELECT plan(27);
SELECT carom.set_setting('timezone', 'Asia/Kathmandu');

CREATE FUNCTION pg_temp.sent() RETURNS text LANGUAGE sql
AS $$ SELECT string_agg(concat_ws('|', day, account, stream, provider, sent), ' ' ORDER BY day, account, stream, provider) FROM carom.volume $$;
CREATE TEMP TABLE batch (n int, id uuid);
INSERT INTO batch SELECT n, gen_random_uuid() FROM generate_series(1, 9) n;
CREATE FUNCTION pg_temp.add(n int, counts jsonb) RETURNS boolean LANGUAGE sql
AS $$ SELECT carom.add_volumes(b.id, counts) FROM batch b WHERE b.n = $1 $$;
DELETE FROM carom.volume;

SELECT is(pg_temp.add(1, '[{"at": "2024-11-20T08:00:00Z", "account": "acme", "stream": "news", "provider": "gmail", "sent": 3},
	{"at": "2024-11-20T08:15:00Z", "account": "acme", "stream": "news", "provider": "gmail", "sent": 4},
	{"at": "2024-11-20T08:00:00Z", "account": "acme", "stream": "", "provider": "", "sent": 1}]'), true, 'a batch is added');
SELECT is(pg_temp.sent(), '2024-11-20|acme|||1 2024-11-20|acme|news|gmail|7', 'all of it');
SELECT is(pg_temp.add(1, '[{"at": "2024-11-20T08:00:00Z", "account": "acme", "stream": "news", "provider": "gmail", "sent": 3}]'), false,
	'the same batch again is known');
SELECT is(pg_temp.sent(), '2024-11-20|acme|||1 2024-11-20|acme|news|gmail|7', 'and changes nothing');
SELECT is(pg_temp.add(2, '[{"at": "2024-11-20T18:00:00Z", "account": "acme", "stream": "news", "provider": "gmail", "sent": 10},
	{"at": "2024-11-20T18:15:00Z", "account": "acme", "stream": "news", "provider": "gmail", "sent": 20}]'), true, 'another batch');
SELECT is(pg_temp.sent(), '2024-11-20|acme|||1 2024-11-20|acme|news|gmail|17 2024-11-21|acme|news|gmail|20',
	'counts for the day on which it was sent: 18:15 UTC is midnight there');

-- what makes no sense is an error, and leaves no trace: the same id can be handed in again
SELECT throws_ok($$ SELECT pg_temp.add(3, '[{"account": "acme", "sent": "many"}]') $$, '22P02', NULL, 'a number is a number');
SELECT throws_ok($$ SELECT pg_temp.add(3, '[{"account": "acme", "sent": -1}]') $$, '23514', NULL, 'not below 0');
SELECT throws_ok($$ SELECT pg_temp.add(3, '[{"account": "acme"}]') $$, '23502', NULL, 'and must be there');
SELECT throws_ok($$ SELECT pg_temp.add(3, '{}') $$, '22023', NULL, 'a batch is an array');
SELECT throws_ok($$ SELECT carom.add_volumes(NULL, '[]') $$, '23502', NULL, 'and has an id');
SELECT throws_ok($$ SELECT pg_temp.add(3, '[{"account": "acme", "sent": 1000000001}]') $$, '23514', NULL, 'nor more than anybody sends');
SELECT throws_ok($$ SELECT carom.add_volume('2024-11-20', 'acme', '', '', 9223372036854775807) $$, '23514', NULL, 'by whatever function');
SELECT throws_ok($$ SELECT carom.set_volume('2024-11-20', 'acme', '', '', 9223372036854775807) $$, '23514', NULL, 'is it said');
SELECT throws_ok($$ SELECT carom.add_volume('2024-11-20', 'acme', '', '', -1) $$, '23514', NULL, 'nor below 0');
SELECT throws_ok($$ SELECT carom.add_volume('1999-11-20', 'acme', '', '', 1) $$, '22023', NULL, 'not before there was such a thing');
SELECT throws_ok($$ SELECT carom.add_volume(carom.day() + 2, 'acme', '', '', 1) $$, '22023', NULL, 'nor in the future');
SELECT throws_ok($$ SELECT pg_temp.add(3, '[{"at": "infinity", "sent": 1}]') $$, '22023', NULL, 'however it is written');
SELECT is(pg_temp.add(3, '[]'), true, 'it may be empty');
SELECT is(pg_temp.add(4, NULL), true, 'or nothing');
SELECT is(pg_temp.add(5, '[{"sent": 5}, {"at": null, "account": null, "sent": 6}]'), true, 'what is not told is unknown');
SELECT is((SELECT sent FROM carom.volume WHERE day = carom.day() AND (account, stream, provider) = ('', '', '')), 11::bigint, 'and of today');
SELECT is(pg_temp.add(6, jsonb_build_array(jsonb_build_object('account', repeat('a', 200), 'stream', repeat('s', 200), 'provider', repeat('p', 200), 'sent', 1))),
	true, 'long names are cut');
SELECT is((SELECT count(*) FROM carom.volume WHERE (length(account), length(stream), length(provider)) = (128, 128, 64)), 1::bigint, 'as in the tally');

-- retention
UPDATE carom.volume_batch SET added_at = now() - interval '31 days' WHERE id = (SELECT id FROM batch WHERE n = 1);
CREATE TEMP TABLE sent_before AS SELECT pg_temp.sent() AS sent;
SELECT lives_ok('SELECT * FROM carom.prune(90, 24)', 'prune');
SELECT results_eq($$ SELECT n FROM batch JOIN carom.volume_batch USING (id) ORDER BY n $$, 'VALUES (2), (3), (4), (5), (6)', 'forgets ids that nobody will ask for');
SELECT is(pg_temp.sent(), sent, 'and no numbers') FROM sent_before;

SELECT * FROM finish();
ROLLBACK;
