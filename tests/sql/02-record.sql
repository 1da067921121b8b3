-- SPDX-License-Identifier: BSD-2-Clause
-- record(): what is stored, counted, and counted once.
BEGIN;
SELECT plan(57);

CREATE FUNCTION pg_temp.events(which jsonb) RETURNS SETOF carom.event LANGUAGE sql
AS $$ SELECT * FROM carom.event WHERE report = (which ->> 'report')::bigint ORDER BY ordinal $$;
CREATE TEMP TABLE said (name text PRIMARY KEY, answer jsonb);
-- sums before, so that the tests also run in a database that is in use
CREATE TEMP TABLE before AS SELECT coalesce(sum(events), 0) AS events, coalesce(sum(reports), 0) AS reports FROM carom.tally;

-- a plain bounce
INSERT INTO said SELECT 'plain', carom.record(jsonb_build_object(
	'key', repeat('A1', 32), 'kind', 'bounce', 'format', 'rfc3464', 'size', 4711, 'message_id', '<1@test.example>',
	'from', 'MAILER-DAEMON@mx.test.example', 'to', 'bounces+x@b.test.example', 'subject', 'Undelivered',
	'date', '2024-11-20T23:30:00Z', 'arrived', '2024-11-20T23:30:00.25Z', 'reporter', 'mx.test.example',
	'authenticated', '["dkim:test.example"]'::jsonb, 'queue_id', '4XkT2s1', 'sender', '', 'client_address', '192.0.2.1',
	'rules', '2024-11-01', 'truncated', '["parts"]'::jsonb,
	'returned', '{"message_id": "<m@test.example>", "to": ["a@x.test", "b@x.test"], "subject": "News"}'::jsonb,
	'outcomes', '[{"recipient": "Bob@X.test", "final_recipient": "bob@x.test", "original_recipient": "Bob@X.test",
		"action": "failed", "status": "5.1.1", "reply": "550", "stage": "rcpt", "remote_mta": "mx.x.test",
		"diagnostic": "550 5.1.1 who?", "category": "recipient_unknown", "class": "hard", "rule": "some-rule",
		"provider": "gmail", "subscriber": "Alice@Test.example", "account": "acme", "stream": "news",
		"sent_on": "2024-11-19", "resolved_by": "verp", "confidence": "proven", "token": "order-4711"}]'::jsonb));

SELECT is(answer - 'report', jsonb_build_object('key', repeat('a1', 32), 'duplicate', false, 'events', 1,
	'suppressed', jsonb_build_array('alice@test.example')), 'the answer') FROM said WHERE name = 'plain';
SELECT results_eq($$
	SELECT key, day, arrived, kind, format, size, events, duplicates, message_id, to_address, dated, reporter, authenticated,
		returned_to, returned_subject, queue_id, client_address, rules, truncated, feedback_type
	FROM carom.report WHERE key = repeat('a1', 32)
$$, $$ VALUES (repeat('a1', 32), date '2024-11-20', timestamptz '2024-11-20 23:30:00.25Z', 'bounce', 'rfc3464', 4711::bigint, 1, 0,
	'<1@test.example>', 'bounces+x@b.test.example', timestamptz '2024-11-20 23:30Z', 'mx.test.example',
	ARRAY['dkim:test.example'], ARRAY['a@x.test', 'b@x.test'], 'News', '4XkT2s1', inet '192.0.2.1', '2024-11-01',
	ARRAY['parts'], NULL::text) $$, 'the report');
SELECT results_eq($$
	SELECT day, ordinal, kind, address, account, stream, provider, action, category, class, cause, confidence, resolved_by,
		sent_on, subscriber, recipient, status, reply, stage, remote_mta, reporter, diagnostic, rule, rules, token
	FROM pg_temp.events((SELECT answer FROM said WHERE name = 'plain'))
$$, $$ VALUES (date '2024-11-20', 1, 'bounce', 'alice@test.example', 'acme', 'news', 'gmail', 'failed', 'recipient_unknown',
	'hard', 'recipient_unknown', 'proven', 'verp', date '2024-11-19', 'Alice@Test.example', 'Bob@X.test', '5.1.1', '550', 'rcpt',
	'mx.x.test', 'mx.test.example', '550 5.1.1 who?', 'some-rule', '2024-11-01', 'order-4711') $$, 'its event, about the subscriber');
SELECT results_eq($$
	SELECT l.change, l.address, l.account, l.stream, l.reason, l.source, l.report_key, l.event, l.day, l.author, l.rule
	FROM carom.suppression_log l WHERE l.address = 'alice@test.example'
$$, $$ SELECT 'add', 'alice@test.example', 'acme', '', 'recipient_unknown', 'bounce', repeat('a1', 32), e.id, date '2024-11-20',
	'carom', 'some-rule' FROM pg_temp.events((SELECT answer FROM said WHERE name = 'plain')) e $$, 'the log, with evidence');
SELECT is((SELECT spelling FROM carom.suppression WHERE address = 'alice@test.example'), 'Alice@Test.example', 'the spelling is kept');
SELECT results_eq($$
	SELECT kind, action, category, class, feedback_type, confidence, events, reports, suppressions FROM carom.tally
	WHERE day = '2024-11-20' AND account = 'acme' AND stream = 'news' AND provider = 'gmail' AND confidence = 'proven'
		AND category = 'recipient_unknown'
$$, $$ VALUES ('bounce', 'failed', 'recipient_unknown', 'hard', '', 'proven', 1::bigint, 1::bigint, 1::bigint) $$, 'the tally');

-- the same again
INSERT INTO said SELECT 'again', carom.record(jsonb_build_object('key', repeat('a1', 32), 'kind', 'complaint',
	'arrived', '2024-11-21T08:00:00Z', 'outcomes', '[{"recipient": "c@x.test"}, {"recipient": "d@x.test"}]'::jsonb));
SELECT is(a.answer, jsonb_build_object('report', p.answer -> 'report', 'key', repeat('a1', 32), 'duplicate', true, 'events', 0,
	'suppressed', '[]'::jsonb), 'the same key again is a duplicate')
	FROM said a, said p WHERE a.name = 'again' AND p.name = 'plain';
SELECT is((SELECT duplicates FROM carom.report WHERE key = repeat('a1', 32)), 1, 'and counted as one');
SELECT is((SELECT count(*) FROM carom.event e JOIN said s ON e.report = (s.answer ->> 'report')::bigint AND s.name = 'plain'),
	1::bigint, 'it adds no event');
SELECT is((SELECT sum(events) FROM carom.tally) - (SELECT events FROM before), 1::numeric, 'nor to the tally');
SELECT is((SELECT seen FROM carom.duplicate WHERE day = '2024-11-21' AND kind = 'bounce'), 1::bigint,
	'it has a counter of its own, on the day it came');
SELECT is((SELECT count(*) FROM carom.suppression_log WHERE address = 'alice@test.example'), 1::bigint, 'nor anything to the log');

-- several recipients, one report
INSERT INTO said SELECT 'three', carom.record('{"kind": "bounce", "message_id": "<3@t>", "arrived": "2024-11-20T10:00:00Z", "outcomes": [
	{"recipient": "one@x.test", "action": "failed", "category": "recipient_unknown", "confidence": "matched", "provider": "pa"},
	{"recipient": "two@x.test", "action": "delayed", "category": "greylisted", "confidence": "matched", "provider": "pb"},
	{"recipient": "three@x.test", "action": "delivered", "confidence": "matched", "provider": "pb"}]}');
SELECT is(answer ->> 'events', '3', 'three outcomes, three events') FROM said WHERE name = 'three';
SELECT is(answer -> 'suppressed', '["one@x.test"]', 'only the failed one is suppressed') FROM said WHERE name = 'three';
SELECT results_eq($$ SELECT ordinal, address, action, cause FROM pg_temp.events((SELECT answer FROM said WHERE name = 'three')) $$,
	$$ VALUES (1, 'one@x.test', 'failed', 'recipient_unknown'), (2, 'two@x.test', 'delayed', NULL),
		(3, 'three@x.test', 'delivered', NULL) $$, 'in their order');
SELECT results_eq($$ SELECT sum(events), sum(reports) FROM carom.tally WHERE provider IN ('pa', 'pb') $$,
	$$ VALUES (3::numeric, 1::numeric) $$, 'three events, but one report');
SELECT is((SELECT class FROM pg_temp.events((SELECT answer FROM said WHERE name = 'three')) WHERE ordinal = 2), 'soft',
	'a class that is not given comes from the category');
SELECT is((SELECT account FROM carom.suppression WHERE address = 'one@x.test'), '', 'no account: suppressed for all');

-- each kind, without outcomes
SELECT is(carom.record(jsonb_build_object('kind', k, 'message_id', '<none-' || k || '@t>')) ->> 'events', '1', k || ' without outcomes has one event')
	FROM unnest(ARRAY['bounce', 'delay', 'delivery', 'complaint', 'unsubscribe', 'auto_reply', 'auth_report', 'unrecognised']) k;
SELECT results_eq($$ SELECT e.kind, e.address, e.action, e.feedback_type FROM carom.event e JOIN carom.report r ON r.id = e.report
		WHERE r.message_id LIKE '<none-%@t>' ORDER BY e.id $$,
	$$ VALUES ('bounce', '', NULL, NULL), ('delay', '', NULL, NULL), ('delivery', '', NULL, NULL), ('complaint', '', NULL, 'abuse'),
		('unsubscribe', '', NULL, NULL), ('auto_reply', '', NULL, NULL), ('auth_report', '', NULL, NULL),
		('unrecognised', '', NULL, NULL) $$,
	'about nobody; a complaint that names no type is abuse');
INSERT INTO said SELECT 'nokind', carom.record('{"message_id": "<nokind@t>"}');
SELECT is(r.kind, 'unrecognised', 'no kind is unrecognised')
	FROM carom.report r JOIN said s ON r.key = s.answer ->> 'key' AND s.name = 'nokind';

-- raw messages
INSERT INTO said SELECT 'raw', carom.record('{"kind": "unrecognised", "message_id": "<raw@t>"}', '\x00ff0d0a'::bytea);
SELECT is((SELECT message FROM carom.raw r JOIN said s ON r.key = s.answer ->> 'key' AND s.name = 'raw'), '\x00ff0d0a'::bytea,
	'a raw message is kept, octet for octet');
INSERT INTO said SELECT 'raw2', carom.record('{"kind": "unrecognised", "message_id": "<raw@t>"}', 'other'::bytea);
SELECT is((SELECT message FROM carom.raw r JOIN said s ON r.key = s.answer ->> 'key' AND s.name = 'raw2'), '\x00ff0d0a'::bytea,
	'the first one stays');

-- keys that are not given
SELECT is(carom._key('{"kind": "bounce", "message_id": "x", "arrived": "2024-01-01T00:00:00Z", "queue_id": "A", "client_address": "192.0.2.1",
		"rules": "1", "outcomes": [{"recipient": "a@b", "rule": "r1", "category": "expired"}]}', NULL),
	carom._key('{"kind": "bounce", "message_id": "x", "arrived": "2024-01-02T00:00:00Z", "queue_id": "B", "rules": "2",
		"outcomes": [{"recipient": "a@b", "rule": "r2", "category": "undetermined"}]}', NULL),
	'a key does not depend on when and where it came, nor on the verdict');
SELECT isnt(carom._key('{"kind": "bounce", "message_id": "x"}', NULL), carom._key('{"kind": "bounce", "message_id": "y"}', NULL),
	'but on what it is');
SELECT isnt(carom._key('{}', 'a'), carom._key('{}', 'b'), 'two messages that say nothing are two');
SELECT matches(carom.record('{"key": "short", "message_id": "<badkey@t>"}') ->> 'key', '^[0-9a-f]{64}$', 'a bad key is replaced');

-- days
SELECT carom.set_setting('timezone', 'Asia/Jakarta');
SELECT carom.record('{"message_id": "<tz@t>", "arrived": "2024-11-20T18:30:00Z"}');
SELECT results_eq($$ SELECT r.day, e.day, e.at FROM carom.report r JOIN carom.event e ON e.report = r.id WHERE r.message_id = '<tz@t>' $$,
	$$ VALUES (date '2024-11-21', date '2024-11-21', timestamptz '2024-11-20 18:30Z') $$, 'half past six in London is tomorrow in Jakarta');
SELECT carom.set_setting('timezone', 'UTC');
SELECT carom._time(t) AS got INTO TEMP times FROM unnest(ARRAY['2024-11-20T18:30:00Z', '2024-11-20 18:30:00+00', '2024-11-20 18:30:00.000+00',
	'2024-11-20 12:30:00-06', '2024-11-21 00:00:00+05:30', '2024-11-21T00:00:00+0530', '2024-11-20 18:50:44+00:20:44']) t;
SELECT is((SELECT count(*) FROM times WHERE got = timestamptz '2024-11-20 18:30Z'), 7::bigint, 'a time as RFC 3339 writes it, or Postgres itself');
SELECT carom.record(jsonb_build_object('message_id', '<when-' || t || '@t>', 'arrived', t))
	FROM unnest(ARRAY['yesterday', '2024-13-45T00:00:00Z', '9999-12-31T00:00:00Z', '1970-01-01T00:00:00Z', 'infinity']) t;
SELECT is((SELECT count(*) FROM carom.report WHERE message_id LIKE '<when-%' AND arrived = now()), 5::bigint,
	'times that cannot be are now');

-- what strangers write
CREATE TEMP TABLE odd (n int, j jsonb);
INSERT INTO odd VALUES
	(1, '{"kind": 7, "size": "big", "date": "soon", "client_address": "192.0.2.999", "authenticated": {"a": 1}, "truncated": 5,
		"message_id": {"x": 1}, "feedback": ["abuse"], "returned": "text", "outcomes": "none"}'),
	(2, '{"kind": "bounce", "size": 1e300, "from": null, "outcomes": {"0": {"recipient": "a@b"}}}'),
	(3, '{"kind": "bounce", "size": -1, "outcomes": [1, "x", null, [], {}, [{"recipient": "a@b"}]]}'),
	(4, '{"kind": "complaint", "feedback": {"type": "miscategorized", "source_ip": "::1/64", "incidents": 1e10, "arrived": "2024-02-30T00:00:00Z",
		"reported_domain": "x.test"}, "outcomes": []}'),
	(5, '{"kind": "bounce", "outcomes": [{"recipient": "a@b.test", "action": "exploded", "status": "9.9.9", "reply": "99",
		"category": "no_such", "class": "worse", "confidence": "certain", "sent_on": "2024-02-30", "account": {"a": 1}}]}'),
	(6, jsonb_build_object('kind', 'bounce', 'subject', repeat('s', 5000), 'message_id', repeat('m', 100000), 'outcomes',
		jsonb_build_array(jsonb_build_object('recipient', repeat('r', 4000) || '@x.test', 'action', 'failed', 'category',
			'recipient_unknown', 'confidence', 'proven', 'diagnostic', repeat('d', 100000), 'account', repeat('a', 10000),
			'stream', repeat('t', 10000), 'provider', repeat('p', 10000), 'rule', repeat('l', 10000))))),
	(7, '{"kind": "bounce", "outcomes": [{"recipient": ["a@b.test"], "action": "failed", "category": "recipient_unknown", "confidence": "proven"},
		{"recipient": "nobody", "action": "failed", "category": "recipient_unknown", "confidence": "proven"},
		{"recipient": "a\u0001@b.test", "action": "failed", "category": "recipient_unknown", "confidence": "proven"},
		{"recipient": {"x": "a@b"}, "action": "failed", "category": "recipient_unknown", "confidence": "proven"}]}'),
	(8, '{"kind": "bounce", "outcomes": [{"recipient": "quoted@x.test", "subscriber": "\"a b\"@x.test", "action": "failed",
		"category": "recipient_unknown", "confidence": "proven"}]}');
SELECT lives_ok(format('INSERT INTO said SELECT ''odd%s'', carom.record(j || ''{"reporter": "odd%s"}'') FROM odd WHERE n = %s', n, n, n),
	'odd report ' || n || ' is taken') FROM odd ORDER BY n;
SELECT results_eq($$ SELECT kind, size, dated, client_address, feedback_type, events FROM carom.report WHERE reporter = 'odd1' $$,
	$$ VALUES ('unrecognised', NULL::bigint, NULL::timestamptz, NULL::inet, NULL::text, 1) $$, 'what makes no sense is unknown');
SELECT is((SELECT count(*) FROM carom.event WHERE reporter = 'odd3'), 6::bigint, 'an outcome that is none still counts');
SELECT results_eq($$ SELECT feedback_type, source_ip, incidents, feedback_arrived, reported_domain FROM carom.report WHERE reporter = 'odd4' $$,
	$$ VALUES ('other', NULL::inet, NULL::int, NULL::timestamptz, ARRAY['x.test']) $$, 'an unknown feedback type is other');
SELECT results_eq($$ SELECT address, action, category, class, confidence, status, reply, sent_on, cause FROM carom.event WHERE reporter = 'odd5' $$,
	$$ VALUES ('a@b.test', NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::date, NULL::text) $$,
	'words that we do not know are unknown');
SELECT results_eq($$ SELECT address, length(recipient), length(diagnostic), length(account), length(stream), length(provider), length(rule)
		FROM carom.event WHERE reporter = 'odd6' $$,
	$$ VALUES ('', 320, 2000, 128, 128, 64, 100) $$, 'text is cut, but a cut address is none');
SELECT is((SELECT length(message_id) FROM carom.report WHERE reporter = 'odd6'), 998, 'and so in the report');
SELECT is(answer -> 'suppressed', '[]', 'what is no address is not suppressed') FROM said WHERE name = 'odd7';
SELECT is(answer -> 'suppressed', '["\"a b\"@x.test"]', 'a quoted local part is one') FROM said WHERE name = 'odd8';

SELECT throws_ok($$ SELECT carom.record('[]') $$, '22023', 'a report is a JSON object, not array', 'an array is no report');
SELECT throws_ok($$ SELECT carom.record(NULL) $$, '22023', 'a report is a JSON object, not NULL', 'nothing is no report');

-- ten thousand
SELECT is((carom.record((SELECT jsonb_build_object('kind', 'bounce', 'message_id', '<huge@t>', 'outcomes', jsonb_agg(jsonb_build_object(
	'recipient', 'u' || i || '@huge.test', 'action', 'failed', 'category', 'mailbox_full', 'confidence', 'proven',
	'provider', 'p' || i))) FROM generate_series(1, 10000) i)) ->> 'events')::int, 10000, 'ten thousand outcomes');

SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'and all adds up');

SELECT * FROM finish();
ROLLBACK;
