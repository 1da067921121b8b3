-- SPDX-License-Identifier: BSD-2-Clause
-- The reports, against numbers added up by hand.
BEGIN;
SELECT plan(22);

CREATE FUNCTION pg_temp.got(n text, day date, kind text, outcome jsonb, top jsonb DEFAULT '{}') RETURNS void LANGUAGE sql
AS $$ SELECT carom.record(jsonb_build_object('kind', kind, 'message_id', '<rep-' || n || '@t>',
	'arrived', to_char(day, 'YYYY-MM-DD"T"12:00:00Z"'), 'outcomes', CASE WHEN outcome IS NULL THEN '[]' ELSE jsonb_build_array(outcome) END) || top) $$;

-- Wednesday: at gmail 3 hard (one of them for shop), 1 soft, 1 block; at yahoo 1 policy, complaints
SELECT pg_temp.got('h' || n, '2001-05-02', 'bounce', jsonb_build_object('recipient', 'h' || n || '@g.test', 'action', 'failed', 'category',
	'recipient_unknown', 'provider', 'gmail', 'confidence', 'proven', 'account', CASE n WHEN 3 THEN 'shop' ELSE 'acme' END, 'stream', 'news'))
	FROM generate_series(1, 3) n;
SELECT pg_temp.got('s', '2001-05-02', 'bounce', '{"recipient": "s@g.test", "action": "failed", "category": "mailbox_full", "provider": "gmail",
	"confidence": "matched", "account": "acme", "stream": "news"}');
SELECT pg_temp.got('b', '2001-05-02', 'bounce', '{"recipient": "b@g.test", "action": "failed", "category": "dnsbl_listed", "provider": "gmail",
	"confidence": "guessed", "account": "acme", "stream": "offers", "blocklist": "bl.test"}');
SELECT pg_temp.got('p', '2001-05-02', 'bounce', '{"recipient": "p@y.test", "action": "failed", "category": "auth_dmarc", "provider": "yahoo_aol",
	"confidence": "claimed", "account": "acme", "stream": "news"}');
SELECT pg_temp.got('c' || n, '2001-05-02', 'complaint', jsonb_build_object('recipient', 'c' || n || '@y.test', 'action', 'complained', 'provider', 'yahoo_aol',
	'confidence', 'claimed', 'account', 'acme', 'stream', 'news'), jsonb_build_object('feedback', jsonb_build_object('type', t)))
	FROM unnest(ARRAY['abuse', 'abuse', 'fraud', 'not-spam', 'opt-out', 'auth-failure', 'other']) WITH ORDINALITY AS x(t, n);
-- Thursday
SELECT pg_temp.got('d', '2001-05-03', 'delay', '{"recipient": "s@g.test", "action": "delayed", "category": "mailbox_full", "provider": "gmail",
	"confidence": "matched", "account": "acme", "stream": "news"}');
SELECT pg_temp.got('u', '2001-05-03', 'unsubscribe', '{"recipient": "u@y.test", "action": "unsubscribed", "provider": "yahoo_aol",
	"confidence": "proven", "account": "acme", "stream": "news"}');
SELECT pg_temp.got('a', '2001-05-03', 'auto_reply', '{"recipient": "a@g.test", "category": "auto_reply", "provider": "gmail"}');
SELECT pg_temp.got('x' || n, '2001-05-03', 'unrecognised', NULL) FROM generate_series(1, 2) n;
SELECT pg_temp.got('x1', '2001-05-03', 'unrecognised', NULL);
SELECT pg_temp.got('v', '2001-05-03', 'delivery', '{"recipient": "v@g.test", "action": "delivered", "provider": "gmail", "confidence": "matched"}');
SELECT pg_temp.got('r', '2001-05-03', 'auth_report', NULL, '{"feedback": {"type": "auth-failure"}}');
-- two outcomes at two providers
SELECT carom.record('{"kind": "bounce", "message_id": "<rep-two@t>", "arrived": "2001-05-04T00:00:00Z", "outcomes": [
	{"recipient": "t1@g.test", "action": "failed", "category": "recipient_unknown", "provider": "gmail", "confidence": "proven", "account": "acme"},
	{"recipient": "t2@y.test", "action": "delayed", "category": "greylisted", "provider": "yahoo_aol", "confidence": "proven", "account": "acme"}]}');
-- volumes: none for yahoo on Wednesday
SELECT carom.set_volume('2001-05-02', 'acme', 'news', 'gmail', 999);
SELECT carom.set_volume('2001-05-02', 'acme', 'news', 'gmail', 1000);
SELECT carom.add_volume('2001-05-02', 'shop', 'news', 'gmail', 100);
SELECT carom.add_volume('2001-05-02', 'shop', 'news', 'gmail', 400);
SELECT carom.set_volume('2001-05-03', 'acme', 'news', 'gmail', 2000);
SELECT carom.set_volume('2001-05-03', 'acme', 'news', 'yahoo_aol', 100);
SELECT carom.set_volume('2001-05-02', 'acme', 'news', 'quiet', 50);

SELECT results_eq($$ SELECT * FROM carom.report_isp('2001-05-02', '2001-05-02') ORDER BY provider $$, $$ VALUES
	('gmail',     1500::bigint, 3::bigint, 1::bigint, 1::bigint, 0::bigint, 5::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 3::bigint, 0::bigint,
		0.003333, 0.002000, 0.000667, 0.000000),
	('quiet',     50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.000000, 0.000000, 0.000000, 0.000000),
	-- complaints: 2 abuse + 1 fraud + 1 other - 1 not-spam; opt-out is an unsubscribe; suppressed: abuse, abuse, fraud, opt-out
	('yahoo_aol', NULL, 0, 0, 0, 1, 1, 3, 1, 1, 0, 0, 4, 0, NULL, NULL, NULL, NULL) $$, 'per provider, on Wednesday');
SELECT results_eq($$ SELECT provider, sent, hard, complaints, unsubscribes, delays, auto_replies, unrecognised, bounced, new_suppressions, complaint_rate
		FROM carom.report_isp('2001-05-02', '2001-05-04') ORDER BY provider $$, $$ VALUES
	('',          NULL::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 2::bigint, 0::bigint, 0::bigint, NULL::numeric),
	('gmail',     3500, 4, 0, 0, 1, 1, 0, 6, 4, 0.000000),
	('quiet',     50, 0, 0, 0, 0, 0, 0, 0, 0, 0.000000),
	('yahoo_aol', 100, 0, 3, 2, 1, 0, 0, 1, 5, 0.030000) $$, 'for three days');
SELECT results_eq($$ SELECT provider, sent, hard, bounced FROM carom.report_isp('2001-05-02', '2001-05-02', 'shop') $$,
	$$ VALUES ('gmail', 500::bigint, 1::bigint, 1::bigint) $$, 'of one account');
SELECT results_eq($$ SELECT provider, sent, hard, block FROM carom.report_isp('2001-05-02', '2001-05-02', 'acme', 'offers') $$,
	$$ VALUES ('gmail', NULL::bigint, 0::bigint, 1::bigint) $$, 'of one stream, where nobody counted');
SELECT is_empty($$ SELECT * FROM carom.report_isp('2001-04-01', '2001-04-30') $$, 'of days without mail');

SELECT results_eq($$ SELECT category, class, failed, delayed, other, events, new_suppressions, share
		FROM carom.report_category('2001-05-02', '2001-05-04') ORDER BY events DESC, category $$, $$ VALUES
	('recipient_unknown', 'hard',   4::bigint, 0::bigint, 0::bigint, 4::bigint, 4::bigint, 0.400000),
	('mailbox_full',      'soft',   1, 1, 0, 2, 0, 0.200000),
	('auth_dmarc',        'policy', 1, 0, 0, 1, 0, 0.100000),
	('auto_reply',        'info',   0, 0, 1, 1, 0, 0.100000),
	('dnsbl_listed',      'block',  1, 0, 0, 1, 0, 0.100000),
	('greylisted',        'soft',   0, 1, 0, 1, 0, 0.100000) $$, 'per category');
SELECT results_eq($$ SELECT category, failed FROM carom.report_category('2001-05-02', '2001-05-04', 'acme', 'offers') $$,
	$$ VALUES ('dnsbl_listed', 1::bigint) $$, 'of one stream');

SELECT results_eq($$ SELECT * FROM carom.report_balance('2001-05-02', '2001-05-04') $$, $$ VALUES
	('bounce',       7::bigint, 8::bigint, 0::bigint, 5::bigint, 1::bigint, 1::bigint, 1::bigint, 0::bigint, 0.875000, 0::bigint),
	('delay',        1, 1, 0, 0, 1, 0, 0, 0, 1.000000, 0),
	('delivery',     1, 1, 0, 0, 1, 0, 0, 0, 1.000000, 0),
	('complaint',    7, 7, 0, 0, 0, 7, 0, 0, 1.000000, 0),
	('unsubscribe',  1, 1, 0, 1, 0, 0, 0, 0, 1.000000, 0),
	('auto_reply',   1, 1, 0, 0, 0, 0, 0, 1, 0.000000, 0),
	('auth_report',  1, 1, 0, 0, 0, 0, 0, 1, 0.000000, 0),
	('unrecognised', 2, 2, 1, 0, 0, 0, 0, 2, 0.000000, 0),
	('received',    21, 22, 1, 6, 3, 8, 1, 4, 0.772727, 0) $$, 'the balance, with the duplicate');
SELECT is((SELECT sum(reports) FROM carom.report_balance('2001-05-02', '2001-05-04') WHERE kind <> 'received'), 21::numeric, 'received is the sum of the kinds');
SELECT is((SELECT count(*) FROM carom.report WHERE day BETWEEN '2001-05-02' AND '2001-05-04'), 21::bigint, 'and what is really there');
SELECT results_eq($$ SELECT reports, duplicates FROM carom.report_balance('2001-05-02', '2001-05-04', 'shop') WHERE kind = 'received' $$,
	$$ VALUES (1::bigint, NULL::bigint) $$, 'nobody knows whose a duplicate is');
SELECT is((SELECT count(*) FROM carom.report_balance('1999-01-01', '1999-01-02')), 9::bigint, 'a day without mail has all its kinds');

SELECT results_eq($$ SELECT address, account, stream, reason, source, provider, author FROM carom.report_suppressions('2001-05-03', '2001-05-04') ORDER BY 1 $$,
	$$ VALUES ('t1@g.test', 'acme', '', 'recipient_unknown', 'bounce', 'gmail', 'carom'),
		('u@y.test', 'acme', 'news', 'unsubscribe_request', 'unsubscribe', 'yahoo_aol', 'carom') $$, 'new suppressions');
SELECT is_empty($$ SELECT s.address FROM carom.report_suppressions('2001-05-02', '2001-05-04') s
	WHERE NOT EXISTS (SELECT FROM carom.report r JOIN carom.event e ON e.report = r.id
		WHERE r.key = s.report_key AND e.id = s.event AND e.address = s.address) $$, 'each with its evidence');
SELECT is((SELECT sum(new_suppressions) FROM carom.report_isp('2001-05-02', '2001-05-04')),
	(SELECT count(*) FROM carom.report_suppressions('2001-05-02', '2001-05-04'))::numeric, 'as many as the other report says');
SELECT is((SELECT count(*) FROM carom.report_suppressions('2001-05-02', '2001-05-04', 'shop', 'news')), 0::bigint, 'filtered by scope');

-- views
SELECT results_eq($$ SELECT blocklist, first_day, events, providers FROM carom.blocklists WHERE blocklist = 'bl.test' $$,
	$$ VALUES ('bl.test', date '2001-05-02', 1::bigint, ARRAY['gmail']) $$, 'blocklists');
SELECT results_eq($$ SELECT sum(hard), sum(sent) FROM carom.daily WHERE day = '2001-05-02' AND account = 'acme' AND provider = 'gmail' $$,
	$$ VALUES (2::numeric, 1000::numeric) $$, 'daily');
SELECT carom.record(jsonb_build_object('kind', 'bounce', 'message_id', '<night@t>', 'arrived', to_char(now() AT TIME ZONE 'UTC' - interval '1 day',
	'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'outcomes', '[{"recipient": "n@n.test", "action": "failed", "category": "expired", "provider": "nightly-test"}]'::jsonb));
SELECT results_eq($$ SELECT soft, bounced, sent FROM carom.nightly WHERE provider = 'nightly-test' $$, $$ VALUES (1::bigint, 1::bigint, NULL::bigint) $$, 'nightly is yesterday');
SELECT is((SELECT address FROM carom.recent_events WHERE provider = 'nightly-test'), 'n@n.test', 'recent_events');
SELECT is((SELECT count(*) FROM carom.unrecognised WHERE arrived < '2002-01-01'), 2::bigint, 'unrecognised');
SELECT is((SELECT count(*) FROM carom.recent_reports r JOIN carom.report USING (key) WHERE message_id = '<night@t>'), 1::bigint, 'recent_reports');

SELECT * FROM finish();
ROLLBACK;
