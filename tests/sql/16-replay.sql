-- SPDX-License-Identifier: BSD-2-Clause
-- Reports that read otherwise are recorded anew, and every number agrees after that.
BEGIN;
SELECT plan(44);

-- A report with its key, as the program hands it in.
CREATE FUNCTION pg_temp.report(name text, outcome jsonb, mail text DEFAULT NULL, top jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql
AS $$
	SELECT jsonb_build_object('kind', 'bounce', 'message_id', name, 'key', encode(sha256(convert_to(name, 'UTF8')), 'hex'),
		'arrived', '2003-05-05T10:00:00.123456Z', 'rules', 'today', 'outcomes', jsonb_build_array(
			jsonb_build_object('recipient', name || '@r.test', 'action', 'failed', 'category', 'recipient_unknown', 'class', 'hard',
				'rule', 'old-rule', 'status', '5.1.1', 'confidence', 'matched', 'provider', 'prep') || outcome))
		|| CASE WHEN mail IS NULL THEN '{}' ELSE jsonb_build_object('returned', jsonb_build_object('message_id', mail)) END || top
$$;
CREATE FUNCTION pg_temp.key(name text) RETURNS text LANGUAGE sql AS $$ SELECT encode(sha256(convert_to(name, 'UTF8')), 'hex') $$;
CREATE FUNCTION pg_temp.wrong() RETURNS text LANGUAGE sql
AS $$ SELECT coalesce(string_agg(name || ': ' || expected || '/' || found, ', '), 'nothing') FROM carom.check_integrity() WHERE NOT ok $$;
CREATE FUNCTION pg_temp.held(who text) RETURNS text LANGUAGE sql
AS $$ SELECT string_agg(reason, ',') FROM carom.suppression WHERE address = who || '@r.test' $$;
CREATE FUNCTION pg_temp.seen(who text) RETURNS text LANGUAGE sql
AS $$ SELECT string_agg(CASE WHEN repeated THEN 'again ' ELSE '' END || category || ' ' || coalesce(cause, '-'), ', ' ORDER BY id)
	FROM carom.event WHERE address = who || '@r.test' $$;

SELECT carom.record(pg_temp.report('a', '{}'));
SELECT carom.record(pg_temp.report('a', '{}'));
SELECT is(pg_temp.held('a'), 'recipient_unknown', 'somebody is suppressed by a rule that is wrong');

-- the same
SELECT is_empty($$ SELECT * FROM carom.replay(ARRAY[pg_temp.report('a', '{}')], NULL, true) $$, 'what reads the same is no difference');
SELECT is_empty($$ SELECT * FROM carom.replay(ARRAY[pg_temp.report('a', '{"rule": "new-name", "diagnostic": "more"}')], NULL, true) $$,
	'nor is another name of the rule, or a longer text');

-- shown
SELECT results_eq($$ SELECT change, before -> 0 ->> 'rule', after -> 0 ->> 'category', added, released FROM carom.replay(
		ARRAY[pg_temp.report('a', '{"category": "ip_reputation", "class": "block", "rule": "new-rule"}')]) $$,
	$$ VALUES ('changed', 'old-rule', 'ip_reputation', 0::bigint, 1::bigint) $$, 'what would follow is told');
SELECT is(pg_temp.held('a') || ' ' || pg_temp.seen('a'), 'recipient_unknown recipient_unknown recipient_unknown', 'and nothing follows');
SELECT is((SELECT count(*) FROM carom.replayed), 0::bigint, 'not even a trace');

-- corrected
SELECT is((SELECT string_agg(change || released, ',') FROM carom.replay(
		ARRAY[pg_temp.report('a', '{"category": "ip_reputation", "class": "block", "rule": "new-rule"}')], NULL, true, 'rule was wrong')),
	'changed1', 'it is corrected');
SELECT is(pg_temp.seen('a'), 'ip_reputation ip_reputation', 'the event is the one that it should have been');
SELECT is(pg_temp.held('a'), NULL, 'who was suppressed by it is not any more');
SELECT is((SELECT string_agg(change || ' ' || coalesce(note, '-'), ', ' ORDER BY id) FROM carom.suppression_log WHERE address = 'a@r.test'),
	'add -, remove rule was wrong', 'the log says why');
SELECT results_eq($$ SELECT before -> 0 ->> 'category', after -> 0 ->> 'category', released, rules, note FROM carom.replayed $$,
	$$ VALUES ('recipient_unknown', 'ip_reputation', 1, 'today', 'rule was wrong') $$, 'there is a trace');
SELECT is((SELECT count(*) FROM carom.replayed WHERE before::text || after::text LIKE '%@%'), 0::bigint, 'that names nobody');
SELECT results_eq($$ SELECT duplicates, day, arrived FROM carom.report WHERE key = pg_temp.key('a') $$,
	$$ VALUES (1, '2003-05-05'::date, '2003-05-05T10:00:00.123456Z'::timestamptz) $$, 'the report is the one that it was');
SELECT is(pg_temp.wrong(), 'nothing', 'every number agrees');
SELECT is_empty($$ SELECT * FROM carom.replay(ARRAY[pg_temp.report('a', '{"category": "ip_reputation", "class": "block", "rule": "new-rule"}')],
	NULL, true) $$, 'a second time changes nothing');

-- the other way
SELECT is((SELECT string_agg(change || added, ',') FROM carom.replay(ARRAY[pg_temp.report('a', '{}')], NULL, true)), 'changed1',
	'and back');
SELECT is(pg_temp.held('a'), 'recipient_unknown', 'suppressed again');
SELECT is(pg_temp.wrong(), 'nothing', 'every number agrees');

-- what something else keeps on the list
SELECT carom.record(pg_temp.report('b', '{"recipient": "b@r.test"}', 'mail1@t'));
SELECT carom.record(pg_temp.report('b2', '{"recipient": "b@r.test"}', 'mail2@t'));
SELECT is((SELECT released FROM carom.replay(ARRAY[pg_temp.report('b', '{"category": "greylisted", "class": "soft"}', 'mail1@t')], NULL, true)),
	0::bigint, 'who is dead by another report as well');
SELECT is(pg_temp.held('b'), 'recipient_unknown', 'stays on the list');
SELECT is((SELECT report_key FROM carom.suppression WHERE address = 'b@r.test'), pg_temp.key('b2'), 'by the evidence that is left');
SELECT is(pg_temp.wrong(), 'nothing', 'every number agrees');

-- what a person did
SELECT carom.record(pg_temp.report('c', '{}'));
SELECT carom.unsuppress('c@r.test', 'is alive');
SELECT carom.suppress('c@r.test', 'asked for it');
SELECT carom.replay(ARRAY[pg_temp.report('c', '{"category": "greylisted", "class": "soft"}')], NULL, true);
SELECT is(pg_temp.held('c'), 'asked for it', 'what staff did stays');
SELECT carom.record(pg_temp.report('d', '{"action": "complained", "category": null}', NULL, '{"kind": "complaint"}'));
SELECT carom.replay(ARRAY[pg_temp.report('d', '{}', NULL, '{"kind": "unrecognised", "outcomes": []}')], NULL, true);
SELECT is(pg_temp.held('d'), 'complaint:abuse', 'and what the person asked for');
SELECT is(pg_temp.wrong(), 'nothing', 'every number agrees');

-- who was first to tell of a mail
SELECT carom.record(pg_temp.report('e', '{"recipient": "e@r.test", "category": "mailbox_full", "class": "soft", "status": "4.2.2"}', 'mail3@t'));
SELECT carom.record(pg_temp.report('e2', '{"recipient": "e@r.test", "category": "mailbox_full", "class": "soft", "status": "4.2.2"}', 'mail3@t'));
SELECT is(pg_temp.seen('e'), 'mailbox_full mailbox_full, again mailbox_full -', 'a bounce and its repeat');
SELECT carom.replay(ARRAY[pg_temp.report('e', '{"recipient": "e@r.test", "category": "mailbox_full", "class": "soft", "status": "4.2.2", "action": "delayed"}',
	'mail3@t', '{"kind": "delay"}')], NULL, true);
SELECT is(pg_temp.seen('e'), 'mailbox_full mailbox_full, mailbox_full -', 'where the first was none, the repeat is the first');
SELECT is(pg_temp.wrong(), 'nothing', 'every number agrees');

-- what nobody understood
SELECT carom.record(pg_temp.report('f', '{}', NULL, '{"kind": "unrecognised", "outcomes": []}'), 'From: x');
SELECT is((SELECT released + added FROM carom.replay(ARRAY[pg_temp.report('f', '{}')], NULL, true)), 1::bigint, 'is understood now');
SELECT is(pg_temp.held('f'), 'recipient_unknown', 'and has its effect');
SELECT is((SELECT convert_from(message, 'UTF8') FROM carom.raw WHERE key = pg_temp.key('f')), 'From: x', 'the message is still kept');
SELECT is(pg_temp.wrong(), 'nothing', 'every number agrees');

-- an archive
SELECT is((SELECT string_agg(change || added, ',') FROM carom.replay(ARRAY[pg_temp.report('g', '{}'), pg_temp.report('g', '{}')], NULL, false)), 'new1',
	'what nobody recorded is new, once');
SELECT is(pg_temp.seen('g'), NULL, 'and only told');
SELECT carom.replay(ARRAY[pg_temp.report('g', '{}')], NULL, true);
SELECT carom.replay(ARRAY[pg_temp.report('g', '{}')], NULL, true);
SELECT results_eq($$ SELECT r.day, r.duplicates FROM carom.report r WHERE r.key = pg_temp.key('g') $$, $$ VALUES ('2003-05-05'::date, 0) $$,
	'until it is recorded, on the day on which it came, and no duplicate counts');
SELECT is(pg_temp.wrong(), 'nothing', 'every number agrees');

-- what is kept
SELECT is((SELECT string_agg(key, ',') FROM carom.replay_next('', 10, 1000, NULL, NULL, 'bounce')), pg_temp.key('f'), 'messages that were kept are read again');


-- what an incident holds
SELECT carom.record(pg_temp.report('i', '{}'));
SELECT carom._hold(7, ARRAY(SELECT event FROM carom.suppression WHERE address = 'i@r.test'), ARRAY['i@r.test']);
SELECT carom.replay(ARRAY[pg_temp.report('i', '{"status": "5.1.0"}')], NULL, true);
SELECT is((SELECT h.incident::text || s.note FROM carom.held h JOIN carom.suppression s USING (address, account, stream, event) WHERE s.address = 'i@r.test'),
	'7held: see carom incident show 7', 'what is held stays held, by its new evidence');
SELECT carom.replay(ARRAY[pg_temp.report('i', '{"category": "greylisted", "class": "soft"}')], NULL, true);
SELECT is((SELECT count(*) FROM carom.held WHERE address = 'i@r.test'), 0::bigint, 'until nothing is left to hold');
SELECT is(pg_temp.wrong(), 'nothing', 'every number agrees');

-- what was counted as another's, for too many guesses had named somebody
SELECT carom.record(pg_temp.report('j', '{"confidence": "guessed", "account": "(other)", "provider": "(other)"}'));
SELECT is_empty($$ SELECT * FROM carom.replay(ARRAY[pg_temp.report('j', '{"confidence": "guessed", "account": "x", "provider": "y"}')], NULL, true) $$,
	'what was rolled up reads as it was recorded');

-- what is kept of the others
SELECT carom.record(pg_temp.report('h', '{"recipient": "H@R.test", "final_recipient": "hh@r.test", "stage": "rcpt", "reply": "550", "remote_mta": "mx.r.test",
	"diagnostic": "550 no", "blocklist": "b.test", "subscriber": "H@r.test", "account": "acme", "stream": "news", "sent_on": "2003-05-04",
	"resolved_by": "verp", "token": "t1"}', 'mail9@t', '{"format": "rfc3464", "size": 12, "from": "a@b.test", "to": "n@b.test", "subject": "s", "date": "2003-05-05T09:00:00Z",
	"reporter": "mx", "authenticated": ["dkim:b.test"], "queue_id": "q", "sender": "", "client_address": "192.0.2.1", "truncated": ["parts"]}'));
SELECT is((SELECT array_agg(key) @> ARRAY[pg_temp.key('h')] AND NOT array_agg(key) @> ARRAY[pg_temp.key('f')] FROM carom.replay_events('', 100)), true,
	'those whose messages are not kept are told by what is kept of them');
SELECT is_empty($$ SELECT * FROM carom.replay(ARRAY(SELECT report FROM carom.replay_events('', 100)), NULL, true) $$, 'which reads as it was recorded');
CREATE TEMP TABLE was ON COMMIT DROP AS SELECT to_jsonb(r) - '{id,rules}'::text[] AS r, to_jsonb(e) - '{id,report,rule,rules,category,class,cause}'::text[] AS e
	FROM carom.report r JOIN carom.event e ON e.report = r.id WHERE r.key = pg_temp.key('h');
SELECT carom.replay(ARRAY(SELECT jsonb_set(jsonb_set(report, '{outcomes,0,category}', '"greylisted"'), '{outcomes,0,class}', '"soft"')
	FROM carom.replay_events('', 100) WHERE key = pg_temp.key('h')), NULL, true);
SELECT results_eq($$ SELECT to_jsonb(r) - '{id,rules}'::text[], to_jsonb(e) - '{id,report,rule,rules,category,class,cause}'::text[]
	FROM carom.report r JOIN carom.event e ON e.report = r.id WHERE r.key = pg_temp.key('h') $$, 'SELECT r, e FROM was', 'and loses nothing when it is judged anew');

SELECT * FROM finish();
ROLLBACK;
