-- SPDX-License-Identifier: BSD-2-Clause
-- Figures by campaign and by sending IP address.
BEGIN;
SELECT plan(38);
SELECT carom.set_setting('timezone', 'UTC');
DELETE FROM carom.named; DELETE FROM carom.named_day; DELETE FROM carom.named_volume;

CREATE FUNCTION pg_temp.report(n text, feedback_id text, class text DEFAULT 'hard', confidence text DEFAULT 'proven', list_id text DEFAULT NULL,
	ip text DEFAULT NULL, day text DEFAULT '2024-10-07', message_id text DEFAULT NULL) RETURNS jsonb LANGUAGE sql
AS $$ SELECT jsonb_strip_nulls(jsonb_build_object('kind', 'bounce', 'key', encode(sha256(convert_to('named' || n, 'UTF8')), 'hex'), 'arrived', day || 'T12:00:00Z',
	'returned', jsonb_build_object('message_id', coalesce(message_id, '<named' || n || '@b.test>'), 'feedback_id', feedback_id, 'list_id', list_id, 'source_ip', ip),
	'outcomes', jsonb_build_array(jsonb_build_object('recipient', 'named' || n || '@x.test', 'action', 'failed',
		'category', CASE class WHEN 'hard' THEN 'recipient_unknown' WHEN 'block' THEN 'dnsbl_listed' ELSE 'mailbox_full' END,
		'provider', 'px', 'account', 'acme', 'stream', 'news', 'confidence', confidence)))) $$;
CREATE FUNCTION pg_temp.counted(of text DEFAULT 'campaign', on_day date DEFAULT '2024-10-07') RETURNS text LANGUAGE sql
AS $$ SELECT string_agg(concat_ws('|', name, hard, soft, block, bounced, complaints), ' ' ORDER BY name COLLATE "C") FROM carom.named
	WHERE dimension = of AND day = on_day $$;

-- names
SELECT is(carom._campaign(' summer:acme:news:s1 ', '<x.example>'), 'summer:acme:news:s1', 'the Feedback-ID is the campaign');
SELECT is(carom._campaign('', 'Our News <News.List.Example>'), 'news.list.example', 'or else the List-Id without its phrase');
SELECT is(carom._campaign(NULL, 'news.example'), 'news.example', 'which may have none');
SELECT is(carom._campaign(NULL, NULL), NULL, 'or nothing');
SELECT is(length(carom._campaign(repeat('x', 900), NULL)), 200, 'of 200 characters');

-- what came back
SELECT carom.record(pg_temp.report('1', 'summer:s1'));
SELECT is(pg_temp.counted(), 'summer:s1|1|0|0|1|0', 'a bounce counts for its campaign');
SELECT carom.record(pg_temp.report('1', 'summer:s1'));
SELECT is(pg_temp.counted(), 'summer:s1|1|0|0|1|0', 'the same report again does not');
SELECT carom.record_many(ARRAY[pg_temp.report('2', 'summer:s1', 'soft'), pg_temp.report('3', 'summer:s1', 'block', ip => '192.0.2.7'),
	pg_temp.report('4', NULL, list_id => 'X <L.test>'), pg_temp.report('5', NULL)]);
SELECT is(pg_temp.counted(), 'l.test|1|0|0|1|0 summer:s1|1|1|1|3|0', 'by class, and by List-Id where there is no Feedback-ID');
SELECT is(pg_temp.counted('ip'), '192.0.2.7|0|0|1|1|0', 'and by the address that it went out from');
SELECT carom.record(pg_temp.report('1', 'summer:s1', message_id => '<named1@b.test>')
	|| jsonb_build_object('key', encode(sha256('again'), 'hex')));
SELECT is(pg_temp.counted(), 'l.test|1|0|0|1|0 summer:s1|1|1|1|3|0', 'another report of the same mail and address counts nothing more');
SELECT carom.record(jsonb_build_object('kind', 'complaint', 'arrived', '2024-10-07T12:00:00Z', 'message_id', '<namedc' || n || '@t>',
	'feedback', jsonb_build_object('type', type, 'source_ip', '2001:DB8::7'), 'returned', jsonb_build_object('message_id', '<namedc' || n || '@b.test>',
	'feedback_id', 'summer:s1'), 'outcomes', jsonb_build_array(jsonb_build_object('recipient', 'namedc' || n || '@x.test', 'action', 'complained',
	'provider', 'px', 'account', 'acme', 'stream', 'news', 'confidence', 'proven'))))
	FROM (VALUES (1, 'abuse'), (2, 'abuse'), (3, 'not-spam')) x(n, type);
SELECT is(pg_temp.counted(), 'l.test|1|0|0|1|0 summer:s1|1|1|1|3|2', 'complaints, too');
SELECT is(pg_temp.counted('ip'), '192.0.2.7|0|0|1|1|0 2001:db8::7|0|0|0|0|2', 'whose Source-IP is one');

-- strangers
SELECT carom.record(pg_temp.report('s' || n, 'strange' || n, confidence => 'guessed')) FROM generate_series(1, 3) n;
SELECT is(pg_temp.counted(), '(other)|3|0|0|3|0 l.test|1|0|0|1|0 summer:s1|1|1|1|3|2', 'what proves nothing opens no row');
SELECT carom.record(pg_temp.report('s4', 'summer:s1', confidence => 'guessed'));
SELECT is((SELECT hard FROM carom.named WHERE name = 'summer:s1'), 2::bigint, 'but counts in one that is there');
SELECT throws_ok($$ SELECT carom.set_setting('named_rows', 'many') $$, '22023', NULL, 'a bound is a number');
SELECT throws_ok($$ SELECT carom.set_setting('named_days', '0') $$, '22023', NULL, 'and days are');
SELECT carom.set_setting('named_rows', '5');
SELECT carom.record_many(ARRAY[pg_temp.report('b1', 'b1', day => '2024-10-08'), pg_temp.report('b2', 'b2', day => '2024-10-08')]);
SELECT carom.record_many((SELECT array_agg(pg_temp.report('b' || n, 'b' || n, day => '2024-10-08')) FROM generate_series(3, 5) n));
SELECT carom.record_many((SELECT array_agg(pg_temp.report('b' || n, 'b' || n, day => '2024-10-08')) FROM generate_series(6, 8) n));
SELECT carom.record(pg_temp.report('b9', 'b9', day => '2024-10-08'));
SELECT is(pg_temp.counted(on_day => '2024-10-08'), '(other)|4|0|0|4|0 b1|1|0|0|1|0 b2|1|0|0|1|0 b3|1|0|0|1|0 b4|1|0|0|1|0 b5|1|0|0|1|0',
	'a day has so many rows, and one for the rest');
SELECT is((SELECT opened FROM carom.named_day WHERE day = '2024-10-08'), 5::bigint, 'which are counted');
SELECT carom.record(pg_temp.report('b10', 'b1', day => '2024-10-08'));
SELECT is((SELECT hard FROM carom.named WHERE name = 'b1'), 2::bigint, 'those that are there go on');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'all of it is as the events say');

-- replay takes out what was counted, also as "(other)"
SELECT is((SELECT count(*) FROM carom.replay(ARRAY[pg_temp.report('b9', 'b9', 'block', day => '2024-10-08'), pg_temp.report('b1', 'b1', 'block', day => '2024-10-08')],
	apply => true)), 2::bigint, 'two are replayed');
SELECT is(pg_temp.counted(on_day => '2024-10-08'),
	'(other)|3|0|1|4|0 b1|1|0|1|2|0 b2|1|0|0|1|0 b3|1|0|0|1|0 b4|1|0|0|1|0 b5|1|0|0|1|0', 'and counted as they read now');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'which holds');
UPDATE carom.named SET hard = hard + 1 WHERE name = 'b2';
SELECT results_eq($$ SELECT name FROM carom.check_integrity() WHERE NOT ok $$, $$ VALUES
	('days with other figures by campaign or IP address than in their events'), ('campaigns and IP addresses with more than their events') $$,
	'what somebody changed by hand is seen');
UPDATE carom.named SET hard = hard - 1 WHERE name = 'b2';

-- whoever is forgotten leaves the campaigns
SELECT carom.forget('namedb2@x.test');
SELECT is(pg_temp.counted(on_day => '2024-10-08'),
	'(other)|3|0|1|4|0 b1|1|0|1|2|0 b3|1|0|0|1|0 b4|1|0|0|1|0 b5|1|0|0|1|0', 'who is forgotten left nothing in a campaign');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'and that holds');

-- what was sent
SELECT carom.add_volumes(gen_random_uuid(), '[
	{"at": "2024-10-07T08:00:00Z", "account": "acme", "stream": "news", "provider": "px", "sent": 600, "feedback_id": "summer:s1", "list_id": "<l.test>", "ip": "192.0.2.7"},
	{"at": "2024-10-07T09:00:00Z", "account": "acme", "stream": "news", "provider": "px", "sent": 400, "feedback_id": "summer:s1", "ip": "192.0.2.7"},
	{"at": "2024-10-07T09:00:00Z", "account": "acme", "stream": "news", "provider": "px", "sent": 100, "list_id": "<l.test>", "ip": "no"},
	{"at": "2024-10-07T09:00:00Z", "account": "acme", "stream": "news", "provider": "px", "sent": 50}]');
SELECT results_eq($$ SELECT dimension, name, sent FROM carom.named_volume ORDER BY 1, 2 $$,
	$$ VALUES ('campaign', 'l.test', 100::bigint), ('campaign', 'summer:s1', 1000), ('ip', '192.0.2.7', 1000) $$, 'is counted by name');
SELECT is((SELECT sent FROM carom.volume WHERE day = '2024-10-07' AND account = 'acme'), 1150::bigint, 'and as ever');
SELECT carom.add_volumes(gen_random_uuid(), (SELECT jsonb_agg(jsonb_build_object('at', '2024-10-07T08:00:00Z', 'account', 'acme', 'stream', 'news',
	'provider', 'px', 'sent', 1, 'feedback_id', 'v' || n)) FROM generate_series(1, 9) n));
SELECT is((SELECT count(*) || '/' || sum(sent) FILTER (WHERE name = '(other)') FROM carom.named_volume WHERE day = '2024-10-07'), '6/7',
	'up to the bound of a day');

-- rates
DELETE FROM carom.named_volume WHERE name LIKE 'v%' OR name = '(other)';
DELETE FROM carom.volume WHERE day = '2024-10-07';
SELECT carom.set_volume('2024-10-07', 'acme', 'news', 'px', 1150);
SELECT carom.set_volume('2024-10-06', 'acme', 'news', 'px', 1000);
INSERT INTO carom.named_volume VALUES ('2024-10-06', 'campaign', 'acme', 'news', 'px', 'summer:s1', 1000);
INSERT INTO carom.named (day, dimension, account, stream, provider, name, hard, bounced) VALUES ('2024-10-06', 'campaign', 'acme', 'news', 'px', 'summer:s1', 20, 20);
SELECT results_eq($$ SELECT account, stream, name, sent, bounced, complaints, hard_rate, hard_usual, complaint_rate, first_day
		FROM carom.report_named('2024-10-07', '2024-10-07', account => 'acme') WHERE name <> '(other)' $$, $$ VALUES
	('acme', 'news', 'summer:s1', 1000::bigint, 4::bigint, 1::bigint, NULL::numeric, 0.02::numeric, NULL::numeric, date '2024-10-06'),
	('acme', 'news', 'l.test', 100, 1, 0, NULL, NULL, NULL, '2024-10-07'),
	('acme', 'news', '', 50, 1, 0, NULL, NULL, NULL, '2024-10-07') $$, 'by campaign, and what names none');
SELECT is((SELECT complaint_high FROM carom.report_named('2024-10-07', '2024-10-07') WHERE name = 'summer:s1'), carom.rate_high(1, 1000), 'with its interval');
SELECT results_eq($$ SELECT sum(sent)::bigint, sum(bounced)::bigint, sum(hard)::bigint, sum(block)::bigint FROM carom.report_named('2024-10-07', '2024-10-08', account => 'acme') $$,
	$$ SELECT sum(sent)::bigint, sum(bounced)::bigint, sum(hard)::bigint, sum(block)::bigint FROM carom.report_rates('2024-10-07', '2024-10-08', account => 'acme') $$,
	'all together are what there is');
SELECT results_eq($$ SELECT name, sent, bounced FROM carom.report_named('2024-10-07', '2024-10-07', 'ip', account => 'acme') $$, $$ VALUES
	('192.0.2.7', 1150::bigint, 9::bigint), ('2001:db8::7', NULL, 0) $$, 'a stream with one address has all from it');
INSERT INTO carom.named_volume VALUES ('2024-10-01', 'ip', 'acme', 'news', 'px', '192.0.2.8', 1);
SELECT results_eq($$ SELECT name, sent, bounced FROM carom.report_named('2024-10-07', '2024-10-07', 'ip', account => 'acme') ORDER BY 1 $$, $$ VALUES
	('', 150::bigint, 8::bigint), ('192.0.2.7', 1000, 1), ('2001:db8::7', NULL, 0) $$, 'with two nobody can say');

SET LOCAL ROLE carom_staff;
SELECT lives_ok($$ SELECT FROM carom.report_named('2024-10-07', '2024-10-07', 'ip'), carom.named_daily $$, 'staff may ask all of it');
RESET ROLE;

-- forgetting
SELECT carom.set_setting('named_days', '30');
INSERT INTO carom.named_volume (day, dimension, name, sent) VALUES (carom.day() - 29, 'ip', '192.0.2.9', 1);
SELECT is((SELECT removed > 0 FROM carom.prune(36500, 1200) WHERE what = 'figures by campaign and IP address'), true, 'what is old is forgotten');
SELECT results_eq('SELECT name FROM carom.named UNION SELECT name FROM carom.named_volume', $$ VALUES ('192.0.2.9') $$, 'but not what is newer');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'and nobody misses it');

SELECT * FROM finish();
ROLLBACK;
