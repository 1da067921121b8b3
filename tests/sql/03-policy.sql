-- SPDX-License-Identifier: BSD-2-Clause
-- Which events suppress an address, which do not, for whom and for how long.
BEGIN;
SELECT plan(147);

-- One bounce of a category on a day; gives what record() says it suppressed.
CREATE FUNCTION pg_temp.bounce(who text, cat text, day date DEFAULT '2024-11-10', extra jsonb DEFAULT '{}', top jsonb DEFAULT '{}')
RETURNS jsonb LANGUAGE sql
AS $$
	SELECT carom.record(jsonb_build_object('kind', 'bounce', 'message_id', gen_random_uuid(),
		'arrived', to_char(day, 'YYYY-MM-DD"T"12:00:00Z"'), 'outcomes', jsonb_build_array(jsonb_build_object(
			'recipient', who, 'action', 'failed', 'category', cat, 'confidence', 'matched') || extra)) || top) -> 'suppressed'
$$;
CREATE FUNCTION pg_temp.feedback(who text, type text, extra jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql
AS $$
	SELECT carom.record(jsonb_build_object('kind', 'complaint', 'message_id', gen_random_uuid(),
		'feedback', jsonb_build_object('type', type), 'outcomes', jsonb_build_array(jsonb_build_object(
			'recipient', who, 'action', 'complained', 'confidence', 'claimed') || extra))) -> 'suppressed'
$$;
-- expiry is counted from the report, so move the clock of the reports near now
UPDATE carom.policy SET expires_days = expires_days + (current_date - date '2024-11-10') WHERE expires_days IS NOT NULL;

-- The defaults, written out once more: category, days needed, within, scope.
CREATE TEMP TABLE wanted (cat text, after int, within int, expires boolean, scope text);
INSERT INTO wanted VALUES
	('recipient_unknown', 1, NULL, false, 'account'), ('recipient_syntax', 1, NULL, false, 'account'),
	('recipient_disabled', 2, 7, false, 'account'), ('recipient_moved', 1, NULL, false, 'account'),
	('domain_unknown', 2, 3, false, 'account'), ('domain_no_mail', 1, NULL, false, 'account'),
	('mailbox_full', 5, 30, true, 'account'), ('greylisted', NULL, NULL, false, NULL), ('rate_limited', NULL, NULL, false, NULL),
	('connection_limit', NULL, NULL, false, NULL), ('dns_temporary', 7, 30, true, 'account'),
	('network_failure', 7, 30, true, 'account'), ('remote_system', 7, 30, true, 'account'), ('expired', 5, 30, true, 'account'),
	('message_too_large', NULL, NULL, false, NULL), ('ip_reputation', NULL, NULL, false, NULL),
	('domain_reputation', NULL, NULL, false, NULL), ('dnsbl_listed', NULL, NULL, false, NULL),
	('complaint_block', NULL, NULL, false, NULL), ('content_spam', NULL, NULL, false, NULL),
	('content_policy', NULL, NULL, false, NULL), ('virus_detected', NULL, NULL, false, NULL),
	('recipient_restricted', 3, 30, true, 'stream'), ('auth_spf_dkim', NULL, NULL, false, NULL),
	('auth_dmarc', NULL, NULL, false, NULL), ('sender_dns', NULL, NULL, false, NULL), ('sender_rejected', NULL, NULL, false, NULL),
	('tls_required', NULL, NULL, false, NULL), ('format_protocol', NULL, NULL, false, NULL), ('relay_denied', NULL, NULL, false, NULL),
	('routing_loop', NULL, NULL, false, NULL), ('auto_reply', NULL, NULL, false, NULL),
	('unsubscribe_request', 1, NULL, false, 'stream'), ('upstream_suppressed', 1, NULL, false, 'account'),
	('undetermined', 5, 30, true, 'account');
SELECT is(count(*), 35::bigint, 'all categories are tried') FROM wanted;

-- Twelve days of the same trouble for each; how many of them until suppressed?
CREATE TEMP TABLE tried AS
	SELECT w.cat, d AS n, pg_temp.bounce(w.cat || '@try.test', w.cat, date '2024-11-01' + d,
		'{"account": "acme", "stream": "news", "provider": "px"}') AS suppressed
	FROM (SELECT cat FROM wanted ORDER BY cat) w, generate_series(1, 12) d;
SELECT is((SELECT min(t.n) FROM tried t WHERE t.cat = w.cat AND t.suppressed <> '[]'), w.after,
		w.cat || CASE WHEN w.after IS NULL THEN ' never suppresses' ELSE ' suppresses after ' || w.after || ' days' END)
	FROM wanted w ORDER BY w.cat;
SELECT is((SELECT array_agg(format('%s/%s %s', s.account, s.stream, s.expires_at IS NOT NULL)) FROM carom.suppression s
			WHERE s.address = w.cat || '@try.test'),
		CASE w.scope WHEN 'account' THEN ARRAY[format('acme/ %s', w.expires)] WHEN 'stream' THEN ARRAY[format('acme/news %s', w.expires)] END,
		w.cat || ': scope and expiry')
	FROM wanted w ORDER BY w.cat;

-- the same day counts once, however often
SELECT is((SELECT jsonb_agg(pg_temp.bounce('oneday@x.test', 'mailbox_full')) FROM generate_series(1, 9)),
	'[[], [], [], [], [], [], [], [], []]', 'nine bounces of one day are one day');
-- nor from too long ago
SELECT pg_temp.bounce('slow@x.test', 'recipient_disabled', '2024-11-01');
SELECT is(pg_temp.bounce('slow@x.test', 'recipient_disabled', '2024-11-08'), '[]', 'two days within eight are not two within seven');
SELECT is(pg_temp.bounce('slow@x.test', 'recipient_disabled', '2024-11-14'), '["slow@x.test"]', 'two within seven are');
SELECT pg_temp.bounce('dns@x.test', 'domain_unknown', '2024-11-01');
SELECT is(pg_temp.bounce('dns@x.test', 'domain_unknown', '2024-11-04'), '[]', 'domain_unknown: the first and the fourth are more than three days');
-- over the end of a month
SELECT pg_temp.bounce('month@x.test', 'recipient_disabled', '2024-10-30');
SELECT is(pg_temp.bounce('month@x.test', 'recipient_disabled', '2024-11-02'), '["month@x.test"]', 'days count over the end of a month');
-- a delivery in between clears
SELECT pg_temp.bounce('alive@x.test', 'recipient_disabled', '2024-11-08');
SELECT carom.record('{"kind": "delivery", "message_id": "<alive@t>", "arrived": "2024-11-09T12:00:00Z", "outcomes": [
	{"recipient": "alive@x.test", "action": "delivered", "confidence": "matched"}]}');
SELECT is(pg_temp.bounce('alive@x.test', 'recipient_disabled', '2024-11-10'), '[]', 'a delivery in between clears');
SELECT is(pg_temp.bounce('alive@x.test', 'recipient_disabled', '2024-11-11'), '["alive@x.test"]', 'what comes after it counts');
-- reports do not come in the order of their days
SELECT pg_temp.bounce('upset@x.test', 'recipient_disabled', '2024-11-11');
SELECT is(pg_temp.bounce('upset@x.test', 'recipient_disabled', '2024-11-10'), '["upset@x.test"]', 'a day that is told later counts as well');
SELECT pg_temp.bounce('far@x.test', 'recipient_disabled', '2024-11-20');
SELECT is(pg_temp.bounce('far@x.test', 'recipient_disabled', '2024-11-13'), '[]', 'if it is one of the same run of days');
SELECT pg_temp.bounce('alive2@x.test', 'recipient_disabled', '2024-11-12');
SELECT carom.record('{"kind": "delivery", "message_id": "alive2", "arrived": "2024-11-11T12:00:00Z", "outcomes": [
	{"recipient": "alive2@x.test", "action": "delivered", "confidence": "matched"}]}');
SELECT is(pg_temp.bounce('alive2@x.test', 'recipient_disabled', '2024-11-10'), '[]', 'and no delivery lies between');
-- different troubles do not add up
SELECT pg_temp.bounce('mixed@x.test', 'mailbox_full', date '2024-11-01' + d) FROM generate_series(1, 4) d;
SELECT is(pg_temp.bounce('mixed@x.test', 'expired', '2024-11-06'), '[]', 'categories count apart');
-- nor do accounts
SELECT pg_temp.bounce('shared@x.test', 'recipient_disabled', '2024-11-08', '{"account": "a1"}');
SELECT is(pg_temp.bounce('shared@x.test', 'recipient_disabled', '2024-11-09', '{"account": "a2"}'), '[]', 'accounts count apart');
-- streams do where the policy is for a stream
SELECT pg_temp.bounce('streams@x.test', 'recipient_restricted', date '2024-11-01' + d, jsonb_build_object('stream', 's' || d % 2)) FROM generate_series(1, 4) d;
SELECT is_empty($$ SELECT FROM carom.suppression WHERE address = 'streams@x.test' $$, 'streams count apart where the scope is one');
-- what is written in one batch counts as well
SELECT carom.record_many((SELECT array_agg(jsonb_build_object('kind', 'bounce', 'message_id', 'batch' || d,
	'arrived', '2024-11-' || lpad(d::text, 2, '0') || 'T00:00:00Z', 'outcomes', '[{"recipient": "batch@x.test", "action": "failed",
	"category": "mailbox_full", "confidence": "proven"}]'::jsonb)) FROM generate_series(1, 5) d));
SELECT is((SELECT reason FROM carom.suppression WHERE address = 'batch@x.test'), 'mailbox_full', 'five days in one batch are five days');

-- providers that mean it
SELECT is(pg_temp.bounce('y@yahoo.test', 'recipient_disabled', '2024-11-10', '{"provider": "yahoo_aol", "reply": "554"}'), '["y@yahoo.test"]',
	'disabled at Yahoo with 554: at once');
SELECT is(pg_temp.bounce('y2@yahoo.test', 'recipient_disabled', '2024-11-10', '{"provider": "yahoo_aol", "reply": "550"}'), '[]',
	'with another code: not yet');
SELECT is(pg_temp.bounce('g@gmail.test', 'recipient_disabled', '2024-11-10', '{"provider": "gmail", "status": "5.2.2"}'), '["g@gmail.test"]',
	'full and inactive at Gmail: at once');
SELECT is(pg_temp.bounce('g2@gmail.test', 'recipient_disabled', '2024-11-10', '{"provider": "gmail", "status": "5.2.1"}'), '[]',
	'inactive alone: not yet');

-- confidence
SELECT is(pg_temp.bounce('conf-' || coalesce(c, 'none') || '@x.test', 'recipient_unknown', '2024-11-10', jsonb_build_object('confidence', c)),
		CASE WHEN c IN ('proven', 'matched', 'claimed') THEN jsonb_build_array('conf-' || c || '@x.test') ELSE '[]' END,
		'confidence ' || coalesce(c, 'unknown'))
	FROM unnest(ARRAY['proven', 'matched', 'claimed', 'guessed', 'certain', NULL]) c;
SELECT pg_temp.bounce('forged@x.test', 'recipient_disabled', date '2024-11-01' + d, '{"confidence": "guessed"}') FROM generate_series(1, 5) d;
SELECT is(pg_temp.bounce('forged@x.test', 'recipient_disabled', '2024-11-07'), '[]', 'guesses do not count towards the days either');

-- action and kind
SELECT is(pg_temp.bounce('act-' || a || '@x.test', 'recipient_unknown', '2024-11-10', jsonb_build_object('action', a)), '[]',
		a || ' in a bounce does not suppress')
	FROM unnest(ARRAY['delayed', 'delivered', 'relayed', 'expanded', 'complained', 'unsubscribed', 'nonsense']) a;
SELECT is(pg_temp.bounce('kind-' || k || '@x.test', 'recipient_unknown', '2024-11-10', '{}', jsonb_build_object('kind', k)), '[]',
		'failed in a ' || k || ' does not suppress')
	FROM unnest(ARRAY['delay', 'delivery', 'complaint', 'unsubscribe', 'auto_reply', 'auth_report', 'unrecognised']) k;
SELECT is(pg_temp.bounce('hardonly@x.test', NULL, '2024-11-10', '{"class": "hard"}'), '[]', 'hard without a category is undetermined');

-- complaints
SELECT is(pg_temp.feedback('fb-' || t || '@x.test', t), CASE WHEN t IN ('abuse', 'fraud', 'virus', 'opt-out')
		THEN jsonb_build_array('fb-' || t || '@x.test') ELSE '[]' END, 'complaint of type ' || t)
	FROM unnest(ARRAY['abuse', 'fraud', 'virus', 'opt-out', 'not-spam', 'auth-failure', 'other', 'nonsense']) t;
SELECT pg_temp.feedback('person@x.test', 'abuse', '{"account": "acme", "stream": "news"}');
SELECT results_eq($$ SELECT account, stream, reason, source, expires_at FROM carom.suppression WHERE address = 'person@x.test' $$,
	$$ VALUES ('acme', '', 'complaint:abuse', 'complaint', NULL::timestamptz) $$, 'a complaint stops all streams of the account');
SELECT pg_temp.feedback('optout@x.test', 'opt-out', '{"account": "acme", "stream": "news"}');
SELECT results_eq($$ SELECT account, stream, source FROM carom.suppression WHERE address = 'optout@x.test' $$,
	$$ VALUES ('acme', 'news', 'complaint') $$, 'an opt-out stops that stream');
SELECT is(pg_temp.feedback('guess@x.test', 'abuse', '{"confidence": "guessed"}'), '[]', 'a complaint that may be of anybody suppresses nobody');

-- unsubscribes
SELECT carom.record(format('{"kind": "unsubscribe", "message_id": "<u%s@t>", "outcomes": [{"recipient": "u@x.test", "action": "unsubscribed",
	"confidence": "proven", "account": "acme", "stream": "%s"}]}', n, s)::jsonb) FROM (VALUES (1, 'news'), (2, 'offers')) x(n, s);
SELECT results_eq($$ SELECT account, stream, reason, source FROM carom.suppression WHERE address = 'u@x.test' ORDER BY stream $$,
	$$ VALUES ('acme', 'news', 'unsubscribe_request', 'unsubscribe'), ('acme', 'offers', 'unsubscribe_request', 'unsubscribe') $$,
	'an unsubscribe stops that stream');
SELECT is_empty($$ SELECT FROM carom.suppressed('u@x.test', 'acme', 'receipts') $$, 'and no other');
SELECT carom.record('{"kind": "unsubscribe", "message_id": "<u3@t>", "outcomes": [{"recipient": "u3@x.test", "confidence": "proven", "account": "acme"}]}');
SELECT results_eq($$ SELECT account, stream FROM carom.suppression WHERE address = 'u3@x.test' $$, $$ VALUES ('acme', '') $$,
	'of an unknown stream, it stops all');

-- whose list
SELECT pg_temp.bounce('up@x.test', 'upstream_suppressed', '2024-11-10', '{"remote_mta": "relay.test", "class": "info"}');
SELECT results_eq($$ SELECT source, said_by FROM carom.suppression WHERE address = 'up@x.test' $$, $$ VALUES ('upstream', 'relay.test') $$,
	'the source of a foreign list is kept');

-- stronger and weaker
SELECT pg_temp.bounce('strong@x.test', 'recipient_unknown');
SELECT pg_temp.bounce('strong@x.test', 'mailbox_full', date '2024-11-01' + d) FROM generate_series(1, 5) d;
SELECT results_eq($$ SELECT reason, expires_at FROM carom.suppression WHERE address = 'strong@x.test' $$,
	$$ VALUES ('recipient_unknown', NULL::timestamptz) $$, 'a full mailbox does not weaken what lasts for good');
SELECT pg_temp.bounce('weak@x.test', 'mailbox_full', date '2024-11-01' + d) FROM generate_series(1, 5) d;
SELECT is((SELECT expires_at FROM carom.suppression WHERE address = 'weak@x.test'),
	timestamptz '2024-11-06 12:00Z' + make_interval(days => (SELECT expires_days FROM carom.policy WHERE category = 'mailbox_full')),
	'what expires is counted from the report');
SELECT is(pg_temp.bounce('weak@x.test', 'mailbox_full', '2024-11-09'), '[]', 'more of the same is no news');
SELECT is((SELECT count(*) FROM carom.suppression_log WHERE address = 'weak@x.test'), 1::bigint, 'nor logged');
SELECT is(pg_temp.bounce('weak@x.test', 'recipient_unknown', '2024-11-10'), '[]', 'a hard bounce on top suppresses nobody new');
SELECT results_eq($$ SELECT reason, expires_at, changes FROM carom.suppression WHERE address = 'weak@x.test' $$,
	$$ VALUES ('recipient_unknown', NULL::timestamptz, 2) $$, 'but for good now');
SELECT results_eq($$ SELECT change, reason FROM carom.suppression_log WHERE address = 'weak@x.test' ORDER BY id $$,
	$$ VALUES ('add', 'mailbox_full'), ('replace', 'recipient_unknown') $$, 'which the log tells');
SELECT pg_temp.feedback('weak@x.test', 'abuse');
SELECT is((SELECT source FROM carom.suppression WHERE address = 'weak@x.test'), 'complaint', 'a person''s word outranks a server''s');
SELECT pg_temp.bounce('weak@x.test', 'recipient_moved');
SELECT is((SELECT source FROM carom.suppression WHERE address = 'weak@x.test'), 'complaint', 'and stays');

-- expiry
UPDATE carom.suppression SET expires_at = now() - interval '1 second' WHERE address = 'batch@x.test';
SELECT is_empty($$ SELECT FROM carom.suppressed('batch@x.test') $$, 'expired is not suppressed');
SELECT is(pg_temp.bounce('batch@x.test', 'recipient_unknown'), '["batch@x.test"]', 'and may be suppressed anew');
SELECT results_eq($$ SELECT change FROM carom.suppression_log WHERE address = 'batch@x.test' ORDER BY id $$, $$ VALUES ('add'), ('add') $$,
	'as a new one');
SELECT pg_temp.bounce('late@x.test', 'mailbox_full', date '2020-01-01' + d) FROM generate_series(1, 5) d;
SELECT is_empty($$ SELECT FROM carom.suppression WHERE address = 'late@x.test' $$, 'reports of years ago suppress nobody for a time that is over');

-- taken off, the address begins anew
SELECT pg_temp.bounce('back@x.test', 'recipient_disabled', current_date - 2);
SELECT is(pg_temp.bounce('back@x.test', 'recipient_disabled', current_date - 1), '["back@x.test"]', 'disabled for two days');
SELECT carom.unsuppress('back@x.test', 'they rang');
SELECT carom.record(jsonb_build_object('kind', 'bounce', 'message_id', 'back', 'arrived', to_char(now() AT TIME ZONE 'UTC' + interval '1 hour',
	'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'outcomes', '[{"recipient": "back@x.test", "action": "failed", "category": "recipient_disabled",
	"confidence": "matched"}]'::jsonb));
SELECT is_empty($$ SELECT FROM carom.suppression WHERE address = 'back@x.test' $$, 'what was before staff took it off no longer counts');

-- rows of one's own
INSERT INTO carom.policy (category, account, stream, after, within_days, scope) VALUES
	('mailbox_full', 'strict', '', 1, NULL, 'account'), ('mailbox_full', 'strict', 'slow', 2, 10, 'stream'),
	('recipient_unknown', 'lax', '', NULL, NULL, 'account'), ('recipient_moved', '', 'wide', 1, NULL, 'global');
SELECT is(pg_temp.bounce('p1@x.test', 'mailbox_full', '2024-11-10', '{"account": "strict", "stream": "any"}'), '["p1@x.test"]', 'an account may be stricter');
SELECT is(pg_temp.bounce('p2@x.test', 'mailbox_full', '2024-11-10', '{"account": "strict", "stream": "slow"}'), '[]', 'and one of its streams less so');
SELECT is(pg_temp.bounce('p2@x.test', 'mailbox_full', '2024-11-11', '{"account": "strict", "stream": "slow"}'), '["p2@x.test"]', 'by its own count');
SELECT is(pg_temp.bounce('p3@x.test', 'recipient_unknown', '2024-11-10', '{"account": "lax"}'), '[]', 'an account may suppress nobody');
SELECT pg_temp.bounce('p4@x.test', 'recipient_moved', '2024-11-10', '{"account": "acme", "stream": "wide"}');
SELECT results_eq($$ SELECT account, stream FROM carom.suppression WHERE address = 'p4@x.test' $$, $$ VALUES ('', '') $$, 'or everybody for all');

SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'and all adds up');

SELECT * FROM finish();
ROLLBACK;
