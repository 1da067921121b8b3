-- SPDX-License-Identifier: BSD-2-Clause
-- The feed: each event and each change once, in one order.
BEGIN;
SELECT plan(34);

CREATE FUNCTION pg_temp.bounce(who text, n text, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql
AS $$ SELECT carom.record(jsonb_build_object('kind', 'bounce', 'message_id', '<feed' || n || '@t>', 'arrived', '2024-11-10T00:00:00Z',
	'returned', jsonb_build_object('message_id', '<mail' || n || '@t>'),
	'outcomes', jsonb_build_array(jsonb_build_object('recipient', who, 'action', 'failed', 'status', '5.1.1', 'category', 'recipient_unknown', 'account', 'acme',
	'stream', 'news', 'provider', 'gmail', 'confidence', 'proven', 'diagnostic', 'no such user') || more))) $$;

SELECT is(carom.feed_number(), 'done', 'numbering what was there before');
SELECT carom.feed_head() AS start \gset
SELECT is_empty(format('SELECT * FROM carom.feed(%L)', :'start'), 'nothing more yet');

SELECT pg_temp.bounce('f1@x.test', '1');
SELECT carom.suppress('f2@x.test', 'asked', account => 'acme', note => 'by phone');
SELECT carom.unsuppress('f1@x.test', 'it was a mistake', account => 'acme');
SELECT pg_temp.bounce('f3@x.test', '3', '{"category": "mailbox_full", "status": "5.2.2"}');
SELECT pg_temp.bounce('f1@x.test', '1');
SELECT is_empty(format('SELECT * FROM carom.feed(%L)', :'start'), 'what has no number is not read');
SELECT is(carom.feed_number(1), 'more', 'numbered in steps');
SELECT is(carom.feed_number(), 'done', 'and to the end');
CREATE TEMP TABLE read AS SELECT row_number() OVER () AS n, f.* FROM carom.feed(:'start') f;
SELECT is((SELECT array_agg(type ORDER BY n) FROM read), ARRAY['bounce', 'suppression.added', 'suppression.added', 'suppression.removed', 'bounce'],
	'each event and each change once, the event before what it did; a duplicate is neither');
SELECT is((SELECT array_agg(item ->> 'address' ORDER BY n) FROM read), ARRAY['f1@x.test', 'f1@x.test', 'f2@x.test', 'f1@x.test', 'f3@x.test'], 'about whom');
SELECT is((SELECT item - ARRAY['cursor', 'at', 'event', 'report'] FROM read WHERE n = 1), '{"type": "bounce", "address": "f1@x.test", "account": "acme", "stream": "news",
	"provider": "gmail", "action": "failed", "category": "recipient_unknown", "class": "hard", "confidence": "proven", "recipient": "f1@x.test", "status": "5.1.1",
	"diagnostic": "no such user", "returned": {"message_id": "<mail1@t>"}}', 'an event has what is known, and nothing that is not');
SELECT is((SELECT item ->> 'event' FROM read WHERE n = 1), (SELECT item ->> 'event' FROM read WHERE n = 2), 'a change names its event');
SELECT is((SELECT item - ARRAY['cursor', 'at', 'change', 'author'] FROM read WHERE n = 3), '{"type": "suppression.added", "address": "f2@x.test", "account": "acme",
	"reason": "asked", "source": "staff", "note": "by phone"}', 'a change has its reason');
SELECT is((SELECT at FROM read WHERE n = 1), '2024-11-10T00:00:00Z'::timestamptz, 'the time of an event is that of its report');
SELECT is((SELECT count(DISTINCT cursor) FROM read), 5::bigint, 'each has a cursor');
SELECT is(carom.feed_head(), (SELECT cursor FROM read WHERE n = 5), 'the last is the head');

SELECT results_eq(format('SELECT cursor, item FROM carom.feed(%L)', (SELECT cursor FROM read WHERE n = 2)), 'SELECT cursor, item FROM read WHERE n > 2 ORDER BY n',
	'from any cursor on the same rows have the same cursors');
SELECT results_eq(format('SELECT cursor, item FROM carom.feed(%L, 2)', :'start'), 'SELECT cursor, item FROM read WHERE n <= 2 ORDER BY n', 'a page is bounded');
SELECT results_eq(format('SELECT cursor FROM carom.feed(%L, 10, %L)', :'start', 'change'), $$ SELECT cursor FROM read WHERE type LIKE 's%' ORDER BY n $$, 'only changes');
SELECT results_eq(format('SELECT cursor FROM carom.feed(%L, 1, %L)', (SELECT cursor FROM read WHERE n = 2), 'event'), 'SELECT cursor FROM read WHERE n = 5',
	'only events, from the cursor of a change on');

-- more than a thousand rows of one statement
SELECT carom.record(jsonb_build_object('kind', 'delay', 'message_id', '<feedmany@t>', 'outcomes',
	(SELECT jsonb_agg(jsonb_build_object('recipient', 'many' || n || '@x.test', 'action', 'delayed')) FROM generate_series(1, 2345) n)));
SELECT is(carom.feed_number(), 'done', 'a report with many outcomes');
SELECT is((SELECT max(cardinality(ids)) FROM carom.feed_entry), 1000, 'is several entries');
SELECT results_eq(format('SELECT item ->> ''address'' FROM carom.feed(%L, 10000)', (SELECT cursor FROM read WHERE n = 5)),
	$$ SELECT 'many' || n || '@x.test' FROM generate_series(1, 2345) n $$, 'with each of them, in order');
SELECT is((SELECT array_agg(item ->> 'address') FROM carom.feed((SELECT cursor FROM carom.feed((SELECT cursor FROM read WHERE n = 5), 999) OFFSET 998), 3)),
	ARRAY['many1000@x.test', 'many1001@x.test', 'many1002@x.test'], 'a page may begin and end within an entry');

-- what the outbound daemon asks
SELECT set_eq(format('SELECT address, listed FROM carom.list_changes(%L) WHERE address IS NOT NULL', :'start'),
	$$ VALUES ('f1@x.test', false), ('f2@x.test', true) $$, 'addresses that changed, and whether they are on a list now');
SELECT results_eq(format('SELECT cursor, address FROM carom.list_changes(%L)', carom.feed_head()), format('VALUES (%L, NULL::text)', carom.feed_head()),
	'nothing changed: the cursor alone');
SELECT is((SELECT count(*) FROM carom.list_changes(:'start', 1)), 2::bigint, 'one at a time');

-- consumers
SELECT is(carom.feed_cursor('billing'), NULL, 'who never kept a cursor has none');
SELECT carom.feed_keep('billing', (SELECT cursor FROM read WHERE n = 3));
SELECT is(carom.feed_cursor('billing'), (SELECT cursor FROM read WHERE n = 3), 'a cursor is kept');
SELECT is((SELECT behind FROM carom.feed_consumers() WHERE name = 'billing'), 2347::bigint, 'and how far behind it is');
SELECT throws_ok(format('SELECT carom.feed_keep(%L, %L)', 'a b', :'start'), '22023', NULL, 'a name with a blank is none');

-- cursors that lead nowhere
SELECT throws_ok($$ SELECT * FROM carom.feed('12') $$, '22023', NULL, 'no cursor');
SELECT throws_ok(format('SELECT * FROM carom.feed(%L)', regexp_replace((SELECT cursor FROM read WHERE n = 3), '.$', CASE right((SELECT cursor FROM read WHERE n = 3), 1) WHEN '0' THEN '1' ELSE '0' END)),
	'CAF02', NULL, 'one of another server is refused, not taken for ours');
SELECT throws_ok($$ SELECT * FROM carom.feed('999999999-00000000') $$, 'CAF02', NULL, 'nor one that is ahead of us');
UPDATE carom.feed_entry SET written_at = now() - interval '91 days' WHERE last <= split_part((SELECT cursor FROM read WHERE n = 4), '-', 1)::bigint;
SELECT is(carom.prune_feed() > 0, true, 'old entries are pruned');
SELECT throws_ok(format('SELECT * FROM carom.feed(%L)', (SELECT cursor FROM read WHERE n = 2)), 'CAF01', NULL, 'what follows an old cursor is gone: no gap in silence');
SELECT is((SELECT cursor FROM carom.feed('', 1)), (SELECT cursor FROM read WHERE n = 5), 'the beginning is now what is kept');

SELECT * FROM finish();
ROLLBACK;
