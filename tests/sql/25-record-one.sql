-- SPDX-License-Identifier: BSD-2-Clause
-- A report by itself goes a short way (30-record-one.sql). The long one, which it goes
-- when the message is to be kept with it, does the same.
BEGIN;
SELECT plan(17);

-- Repeats, duplicates, guesses, two that know each other's mail, several days, every kind.
CREATE FUNCTION pg_temp.report(n int) RETURNS jsonb LANGUAGE sql
AS $$
	SELECT jsonb_build_object('kind', (ARRAY['bounce', 'bounce', 'bounce', 'bounce', 'complaint', 'delay', 'unsubscribe', 'delivery', 'auto_reply', 'odd'])[1 + n % 10],
			'key', encode(sha256(('one-' || CASE n % 17 WHEN 16 THEN n - 3 ELSE n END)::bytea), 'hex'), 'format', 'rfc3464', 'size', 100 + n, 'queue_id', 'Q' || n,
			'client_address', '192.0.2.' || n % 7, 'arrived', CASE n % 31 WHEN 30 THEN 'yesterday' ELSE (date '2024-11-01' + n % 9) || 'T0' || n % 10 || ':00:00Z' END,
			'returned', jsonb_build_object('message_id', '<mail' || n % 40 || '@b.example.com>', 'date', '2024-10-30T00:00:00Z')
				|| CASE n % 3 WHEN 0 THEN jsonb_build_object('feedback_id', 'campaign' || n % 5) ELSE '{}' END
				|| CASE n % 5 WHEN 0 THEN '{"source_ip": "198.51.100.7", "to": ["a@x.test", "b@x.test"]}' ELSE '{}' END)
		|| CASE WHEN n % 10 = 4 THEN jsonb_build_object('feedback', jsonb_build_object('type', (ARRAY['abuse', 'not-spam', 'opt-out', 'strange'])[1 + n / 10 % 4],
			'user_agent', 'test', 'incidents', 2, 'source_ip', '198.51.100.8', 'reported_domain', '["b.example.com"]'::jsonb)) ELSE '{}' END
		|| jsonb_build_object('outcomes', jsonb_build_array(jsonb_build_object('recipient', a, 'subscriber', initcap(a), 'diagnostic', '550 no ' || n,
			'action', (ARRAY['failed', 'failed', 'failed', 'failed', 'complained', 'delayed', 'unsubscribed', 'delivered', NULL, NULL])[1 + n % 10],
			'status', (ARRAY['5.1.1', '5.2.2', '4.2.2'])[1 + n % 3], 'reply', (ARRAY['550', '552', '452'])[1 + n % 3],
			'category', (ARRAY['recipient_unknown', 'recipient_disabled', 'mailbox_full', 'dnsbl_listed', 'no such category', NULL])[1 + n % 6],
			'blocklist', CASE n % 6 WHEN 3 THEN 'bl.example' END, 'provider', (ARRAY['gmail', ''])[1 + n % 2], 'account', (ARRAY['acme', 'zeta', ''])[1 + n / 2 % 3],
			'stream', (ARRAY['news', ''])[1 + n / 3 % 2], 'confidence', (ARRAY['proven', 'matched', 'claimed', 'guessed', NULL])[1 + n % 5], 'sent_on', '2024-10-31')))
	FROM (SELECT CASE n % 23 WHEN 22 THEN '' ELSE 'u' || n % 25 || '@one.test' END AS a) x
$$;

-- What the tables say, without numbers and moments that differ each time.
CREATE FUNCTION pg_temp.tables() RETURNS TABLE (name text, rows text) LANGUAGE sql
AS $$
	SELECT 'report', string_agg((to_jsonb(r) - '{id,recorded_at,last_duplicate}'::text[])::text, E'\n' ORDER BY r.key) FROM carom.report r WHERE r.queue_id ~ '^Q'
	UNION ALL SELECT 'event', string_agg((to_jsonb(e) - '{id,report}'::text[])::text, E'\n' ORDER BY r.key, e.ordinal)
		FROM carom.event e JOIN carom.report r ON r.id = e.report AND r.queue_id ~ '^Q'
	UNION ALL SELECT 'told', string_agg(to_jsonb(t)::text, E'\n' ORDER BY t.address, t.message, t.what) FROM carom.told t
	UNION ALL SELECT 'suppression', string_agg((to_jsonb(s) - '{since,changed_at,event}'::text[])::text, E'\n' ORDER BY s.address, s.account, s.stream)
		FROM carom.suppression s
	UNION ALL SELECT 'suppression_log', string_agg((to_jsonb(l) - '{id,at,event,xact}'::text[])::text, E'\n' ORDER BY l.address, l.account, l.stream, l.id)
		FROM carom.suppression_log l
	UNION ALL SELECT 'tally', string_agg(to_jsonb(t)::text, E'\n' ORDER BY to_jsonb(t)::text) FROM carom.tally t
	UNION ALL SELECT 'cohort', string_agg(to_jsonb(c)::text, E'\n' ORDER BY to_jsonb(c)::text) FROM carom.cohort c
	UNION ALL SELECT 'named', string_agg(to_jsonb(n)::text, E'\n' ORDER BY to_jsonb(n)::text) FROM carom.named n
	UNION ALL SELECT 'duplicate', string_agg(to_jsonb(d)::text, E'\n' ORDER BY to_jsonb(d)::text) FROM carom.duplicate d
	UNION ALL SELECT 'tally_day', string_agg(to_jsonb(d)::text, E'\n' ORDER BY to_jsonb(d)::text) FROM carom.tally_day d
	UNION ALL SELECT 'brake', string_agg((to_jsonb(b) - 'seen_at')::text, E'\n' ORDER BY b.provider, b.template) FROM carom.brake b
	UNION ALL SELECT 'feed_waiting', string_agg(w.what || ' ' || cardinality(w.ids) || ' ' || coalesce(cardinality(w.reports), 0) || ' ' || w.first_day || ' ' || w.last_day,
		E'\n' ORDER BY w.id) FROM carom.feed_waiting w
$$;
CREATE FUNCTION pg_temp.record_all(raw bytea) RETURNS SETOF jsonb LANGUAGE sql
AS $$ SELECT carom.record(pg_temp.report(n), raw) - 'report' FROM (SELECT n FROM generate_series(1, 400) n ORDER BY n) x $$;

SELECT count(*) AS before FROM carom.feed_waiting \gset
SAVEPOINT clean;
SELECT string_agg(r::text, E'\n') AS short_answers FROM pg_temp.record_all(NULL) r \gset
SELECT jsonb_object_agg(name, rows) AS short_tables FROM pg_temp.tables() \gset
SELECT (SELECT count(*) FROM carom.suppression WHERE address ~ '@one\.test$') AS listed, (SELECT count(*) FROM carom.event WHERE repeated) AS repeated,
	(SELECT count(*) FROM carom.raw WHERE message = 'x') AS kept \gset
ROLLBACK TO clean;
SELECT string_agg(r::text, E'\n') AS long_answers FROM pg_temp.record_all('x') r \gset
SELECT count(*) AS long_kept FROM carom.raw WHERE message = 'x' \gset

SELECT is(:'short_answers'::text, :'long_answers'::text, 'the same answers');
SELECT is(:'short_tables'::jsonb ->> name, rows, 'the same rows in ' || name) FROM pg_temp.tables();
SELECT cmp_ok(:listed, '>', 5, 'some were suppressed');
SELECT cmp_ok(:repeated, '>', 5, 'some were repeats');
SELECT is(:kept, 0, 'the short way keeps no message');
SELECT cmp_ok(:long_kept, '>', 300, 'the long way was taken');

SELECT * FROM finish();
ROLLBACK;
