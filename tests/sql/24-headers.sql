-- SPDX-License-Identifier: BSD-2-Clause
-- Header fields of the returned mail, for the application.
BEGIN;
SELECT plan(8);
CREATE FUNCTION pg_temp.take(n text, headers jsonb) RETURNS jsonb LANGUAGE sql
AS $$ SELECT carom.record(jsonb_build_object('kind', 'bounce', 'message_id', '<headers' || n || '@t>', 'returned', jsonb_build_object('message_id', '<h1@b.test>',
	'headers', headers), 'outcomes', jsonb_build_array(jsonb_build_object('recipient', 'headers' || n || '@x.test', 'action', 'failed', 'category', 'mailbox_full',
	'confidence', 'matched')))) $$;
CREATE FUNCTION pg_temp.kept(n text) RETURNS jsonb LANGUAGE sql
AS $$ SELECT headers FROM carom.event WHERE address = 'headers' || n || '@x.test' $$;

SELECT pg_temp.take('1', '{"X-Order": "4711", "X-Customer": "ani"}');
SELECT is(pg_temp.kept('1'), '{"X-Order": "4711", "X-Customer": "ani"}', 'they are kept with the event');
SELECT is((SELECT headers ->> 'X-Order' FROM carom.recent_events WHERE address = 'headers1@x.test'), '4711', 'recent_events has them');
SELECT carom.feed_number();
SELECT is((SELECT item -> 'headers' ->> 'X-Order' FROM carom.feed(NULL, 10000) WHERE item ->> 'address' = 'headers1@x.test'), '4711', 'and the feed');
SELECT pg_temp.take('2', (SELECT jsonb_object_agg('h' || n, repeat('x', 900)) FROM generate_series(1, 40) n));
SELECT is((SELECT count(*) || '/' || max(length(value)) FROM jsonb_each_text(pg_temp.kept('2'))), '16/200', 'so many, and so long');
SELECT pg_temp.take('3', '["X-Order"]');
SELECT is(pg_temp.kept('3'), NULL, 'what is no object is none');
SELECT pg_temp.take('4', '{"a": 1, "b": {"c": "d"}, "e": null, "f": ""}');
SELECT is(pg_temp.kept('4'), NULL, 'nor is what is no text');
SELECT is((SELECT report -> 'returned' -> 'headers' ->> 'X-Order' FROM carom.replay_events('', 100000) WHERE report -> 'returned' -> 'headers' ? 'X-Order'), '4711',
	'a replay of the events has them');
SELECT carom.forget('headers1@x.test');
SELECT is((SELECT count(*) FROM carom.event WHERE headers ? 'X-Order'), 0::bigint, 'and forget takes them away');
SELECT * FROM finish();
ROLLBACK;
