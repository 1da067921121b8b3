-- SPDX-License-Identifier: BSD-2-Clause
-- Changing the policy with a trace, trying it on what is stored, undoing a cause.
BEGIN;
SELECT plan(62);

CREATE FUNCTION pg_temp.bounce(who text, cat text, days_ago int, extra jsonb DEFAULT '{}') RETURNS void LANGUAGE sql
AS $$
	SELECT carom.record(jsonb_build_object('kind', 'bounce', 'message_id', gen_random_uuid(),
		'arrived', to_char((now() AT TIME ZONE 'UTC')::date - days_ago, 'YYYY-MM-DD"T"06:00:00Z"'), 'outcomes', jsonb_build_array(jsonb_build_object(
			'recipient', who, 'action', 'failed', 'category', cat, 'confidence', 'matched', 'account', 'acme', 'stream', 'news') || extra)))
$$;
CREATE FUNCTION pg_temp.listed() RETURNS SETOF text LANGUAGE sql
AS $$ SELECT address || ' ' || reason || coalesce(' ' || (expires_at::date - current_date), '') FROM carom.suppressions() $$;
CREATE FUNCTION pg_temp.differs(policy jsonb, since date DEFAULT NULL) RETURNS SETOF text LANGUAGE sql
AS $$ SELECT change || ' ' || address FROM carom.policy_try(since, policy) $$;

-- set
SELECT is(carom.policy_set('{"category": "mailbox_full", "after": 3, "within_days": 20, "expires_days": 60, "note": "n1"}', 'ani'), 'replaced', 'a row is changed');
SELECT is(carom.policy_set('{"category": "mailbox_full", "after": 3, "within_days": 20, "expires_days": 60, "note": "n1"}', 'ani'), 'kept', 'the same again is no change');
SELECT results_eq($$ SELECT change, category, after, within_days, expires_days, scope, was ->> 'after', author, note FROM carom.policy_log $$,
	$$ VALUES ('replace', 'mailbox_full', 3, 20, 60, 'account', '5', 'ani', 'n1') $$, 'one trace, with what was before');
SELECT is(carom.policy_set('{"category": "recipient_restricted", "account": "o''neil \"x\"", "after": 1, "note": "n2"}'), 'added', 'names may have quotes');
SELECT results_eq($$ SELECT account, scope, expires_days FROM carom.policy WHERE category = 'recipient_restricted' AND account <> '' $$,
	$$ VALUES ('o''neil "x"', 'stream', NULL::int) $$, 'a scope that is not said is that of the general row');
SELECT throws_ok(format('SELECT carom.policy_set(%L)', j::jsonb || '{"note": "n"}'), '22023', m, m) FROM (VALUES
	('{"category": "mailbox_fill", "after": 1}', 'there is no category "mailbox_fill"'),
	('{"after": 1}', 'there is no category ""'),
	('{"category": "complaint:none", "after": 1}', 'there is no category "complaint:none"'),
	('{"category": "mailbox_full", "after": 3}', '3 days within how many?'),
	('{"category": "mailbox_full", "after": 3, "within_days": 2}', 'there are no 3 days within 2'),
	('{"category": "mailbox_full", "after": 0}', 'a policy wants one day at least'),
	('{"category": "mailbox_full", "expires_days": 9}', 'a policy that never suppresses has no days'),
	('{"category": "mailbox_full", "after": 1, "expires_days": 0}', 'a suppression lasts one day at least'),
	('{"category": "mailbox_full", "after": 1, "scope": "all"}', 'a scope is global, account or stream, not "all"'),
	('{"category": "mailbox_full", "after": 1, "status": "5.1"}', '"5.1" is no enhanced status code'),
	('{"category": "mailbox_full", "after": 1, "reply": "99"}', '"99" is no reply code')) x(j, m);
SELECT throws_ok($$ SELECT carom.policy_set('{"category": "expired", "after": 1}') $$, '22023', 'a note is needed to change the policy', 'a note is needed');
SELECT throws_ok($$ SELECT carom.policy_set('{"category": "expired", "after": 1, "note": "n"}', 'carom') $$, '22023', NULL, 'nobody else is carom');
SELECT is((SELECT count(*) FROM carom.policy_log), 2::bigint, 'what is refused leaves no trace');
-- unset
SELECT is(carom.policy_unset('{"category": "recipient_disabled", "provider": "yahoo_aol", "reply": "554"}', 'n3'), true, 'an exception goes');
SELECT is(carom.policy_unset('{"category": "recipient_disabled", "provider": "yahoo_aol", "reply": "554"}', 'n3'), false, 'once');
SELECT is((SELECT array_agg(change || ' ' || note ORDER BY id) FROM carom.policy_log), ARRAY['replace n1', 'add n2', 'remove n3'], 'with a trace');
SELECT throws_ok($$ SELECT carom.policy_unset('{"category": "expired"}', 'n') $$, '22023', 'the general policy of expired stays: set it to never instead', 'the general row stays');
SELECT throws_ok($$ SELECT carom.policy_unset('{"category": "expired", "account": "a"}', ' ') $$, '22023', NULL, 'a note is needed here too');

-- try: four days of full mailboxes with a policy of five days, and others
SELECT carom.policy_set('{"category": "mailbox_full", "after": 5, "within_days": 30, "expires_days": 90, "note": "back"}');
SELECT pg_temp.bounce('full4@x.test', 'mailbox_full', d) FROM generate_series(1, 4) d;
SELECT pg_temp.bounce('full5@x.test', 'mailbox_full', d) FROM generate_series(5, 1, -1) d;
SELECT pg_temp.bounce('dead@x.test', 'recipient_unknown', 3, '{"rule": "r-dead", "provider": "gmail", "diagnostic": "550 5.1.1 user unknown 77"}');
SELECT pg_temp.bounce('dead2@x.test', 'recipient_unknown', 3, '{"rule": "r-wrong", "provider": "gmail", "diagnostic": "550 5.1.1 no dead2@x.test here"}');
SELECT pg_temp.bounce('dead3@x.test', 'recipient_unknown', 2, '{"rule": "r-wrong", "provider": "gmail", "diagnostic": "550 5.1.1 no dead3@x.test here"}');
SELECT pg_temp.bounce('dead3@x.test', 'recipient_unknown', 1, '{"rule": "r-dead", "provider": "gmail"}');
SELECT pg_temp.bounce('full3@x.test', 'mailbox_full', d) FROM generate_series(1, 3) d;
SELECT carom.record('{"kind": "delivery", "message_id": "<d3@t>", "outcomes": [{"recipient": "full3@x.test", "action": "delivered", "confidence": "matched"}]}'::jsonb
	|| jsonb_build_object('arrived', to_char((now() AT TIME ZONE 'UTC')::date - 2, 'YYYY-MM-DD"T"09:00:00Z"')));
SELECT carom.record('{"kind": "complaint", "message_id": "<c@t>", "feedback": {"type": "abuse"}, "outcomes": [{"recipient": "angry@x.test",
	"action": "complained", "confidence": "claimed", "account": "acme"}]}');
SELECT carom.suppress('byhand@x.test', 'asked', 'acme');
SELECT is_empty($$ SELECT * FROM carom.policy_try() $$, 'the present policy made the list that there is');
SELECT results_eq($$ SELECT pg_temp.differs('{"category": "mailbox_full", "after": 4, "within_days": 30, "expires_days": 90}') $$, ARRAY['add full4@x.test'],
	'four days: who has four is added');
SELECT results_eq($$ SELECT pg_temp.differs('{"category": "mailbox_full", "after": 2, "within_days": 30, "expires_days": 90}') $$, ARRAY['add full4@x.test', 'shorter full5@x.test'],
	'a delivery in between begins the count anew; what would have begun earlier ends earlier');
SELECT results_eq($$ SELECT pg_temp.differs('{"category": "mailbox_full", "after": 6, "within_days": 30, "expires_days": 90}') $$, ARRAY['release full5@x.test'],
	'six days: who has five is released');
SELECT results_eq($$ SELECT pg_temp.differs('{"category": "mailbox_full", "after": 5, "within_days": 30}') $$, ARRAY['longer full5@x.test'], 'for good');
SELECT results_eq($$ SELECT pg_temp.differs('{"category": "recipient_unknown", "after": 1, "expires_days": 30}') $$,
	ARRAY['shorter dead2@x.test', 'shorter dead3@x.test', 'shorter dead@x.test'], 'with an end');
SELECT results_eq($$ SELECT pg_temp.differs('{"category": "recipient_unknown"}', current_date - 2) $$, ARRAY['release dead3@x.test'],
	'what was brought by an event before the first day is not judged');
SELECT is_empty($$ SELECT pg_temp.differs('{"category": "complaint:abuse"}') $$, 'what a person asked for is never released');
SELECT results_eq('SELECT pg_temp.listed()', ARRAY['angry@x.test complaint:abuse', 'byhand@x.test asked', 'dead2@x.test recipient_unknown',
	'dead3@x.test recipient_unknown', 'dead@x.test recipient_unknown', 'full5@x.test mailbox_full 89'], 'trying changes nothing');
SELECT is((SELECT after FROM carom.policy WHERE category = 'mailbox_full'), 5, 'nor the policy');
SELECT throws_ok($$ SELECT carom.policy_try(apply => true) $$, '22023', NULL, 'to apply wants a note');
SELECT throws_ok($$ SELECT pg_temp.differs('{"category": "mailbox_fill"}') $$, '22023', NULL, 'a wrong row is refused here too');

-- apply
SELECT results_eq($$ SELECT change || ' ' || address FROM carom.policy_try(policy => '{"category": "mailbox_full", "after": 4, "within_days": 30,
	"expires_days": 40}', apply => true, note => 'stricter', author => 'ani') $$, ARRAY['add full4@x.test', 'shorter full5@x.test'], 'applied');
SELECT results_eq($$ SELECT address, expires_at::date - current_date, author, note, report_key IS NOT NULL FROM carom.suppression WHERE reason = 'mailbox_full' ORDER BY 1 $$,
	$$ VALUES ('full4@x.test', 39, 'ani', 'stricter', true), ('full5@x.test', 38, 'ani', 'stricter', true) $$, 'the list is so, with author, note and evidence');
SELECT results_eq($$ SELECT change, address, author, note FROM carom.suppression_log WHERE note = 'stricter' ORDER BY address $$,
	$$ VALUES ('add', 'full4@x.test', 'ani', 'stricter'), ('replace', 'full5@x.test', 'ani', 'stricter') $$, 'with a trace each');
SELECT results_eq($$ SELECT change, after, added, released, changed FROM carom.policy_log WHERE note = 'stricter' ORDER BY id $$,
	$$ VALUES ('replace', 4, NULL::bigint, NULL::bigint, NULL::bigint), ('apply', NULL::int, 1::bigint, 0::bigint, 1::bigint) $$, 'and one of the whole');
SELECT is_empty($$ SELECT * FROM carom.policy_try() $$, 'then nothing is left to do');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'and all adds up');
SELECT results_eq($$ SELECT change || ' ' || address FROM carom.policy_try(policy => '{"category": "mailbox_full"}', apply => true, note => 'never') $$,
	ARRAY['release full4@x.test', 'release full5@x.test'], 'what a policy brought is released, applied or not');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'and all adds up again');

-- undo
SELECT results_eq($$ SELECT reason, rule, provider, template, suppressions, others, samples FROM carom.count_cause(NULL, NULL, of_rule => 'r-wrong') $$,
	$$ VALUES ('recipient_unknown', 'r-wrong', 'gmail', '# # no @ here', 2::bigint, 1::bigint, ARRAY['dead2@x.test', 'dead3@x.test']) $$, 'a cause is counted, with samples');
SELECT results_eq(format($$ SELECT address FROM carom.unsuppress_cause('n', NULL, NULL, template => %L, dry_run => true) $$, t),
		ARRAY['dead2@x.test', 'dead3@x.test'], 'by what servers said: ' || t)
	FROM unnest(ARRAY['# # no @ here', '550 5.1.1  No somebody@else.test here']) t;
SELECT is_empty($$ SELECT FROM carom.unsuppress_cause('n', NULL, NULL, template => 'here', dry_run => true) $$, 'not by a part of it');
SELECT is_empty($$ SELECT FROM carom.unsuppress_cause('n', NULL, now() - interval '1 hour', rule => 'r-wrong', dry_run => true) $$, 'by time');
SELECT is_empty($$ SELECT FROM carom.unsuppress_cause('n', NULL, NULL, reason => 'complaint:abuse') $$, 'never what a person asked for');
SELECT throws_ok($$ SELECT carom.unsuppress_cause('n', NULL, NULL) $$, '22023', NULL, 'not everything');
SELECT throws_ok($$ SELECT carom.unsuppress_cause('n', now(), NULL, account => 'acme') $$, '22023', NULL, 'nor half a time');
SELECT lives_ok($$ SELECT carom.unsuppress_cause('n', now() - interval '1 hour', now(), dry_run => true) $$, 'a whole time is a cause');
SELECT is((SELECT count(*) FROM carom.unsuppress_cause('rule was wrong', NULL, NULL, rule => 'r-wrong', author => 'ani')), 2::bigint, 'released');
SELECT results_eq($$ SELECT address, author FROM carom.suppression_log WHERE change = 'remove' AND note = 'rule was wrong' ORDER BY 1 $$,
	$$ VALUES ('dead2@x.test', 'ani'), ('dead3@x.test', 'ani') $$, 'with a trace each');
SELECT is_empty($$ SELECT FROM carom.policy_try() WHERE address IN ('dead2@x.test', 'dead3@x.test') $$, 'and a policy does not bring them back');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'all adds up');

-- what is for good takes the place of what ends, never the other way
SELECT is((SELECT reason FROM carom.suppression WHERE address = 'dead@x.test'), 'recipient_unknown', 'dead');
SELECT pg_temp.bounce('soft@x.test', 'mailbox_full', 2), carom.policy_set('{"category": "mailbox_full", "after": 1, "expires_days": 90, "note": "n"}');
SELECT pg_temp.bounce('soft@x.test', 'mailbox_full', 1), pg_temp.bounce('dead@x.test', 'mailbox_full', 1);
SELECT pg_temp.bounce('soft@x.test', 'recipient_unknown', 0);
SELECT results_eq($$ SELECT address || ' ' || reason, expires_at FROM carom.suppression WHERE address IN ('soft@x.test', 'dead@x.test') ORDER BY 1 $$,
	$$ VALUES ('dead@x.test recipient_unknown', NULL::timestamptz), ('soft@x.test recipient_unknown', NULL) $$, 'a permanent report supersedes a transient one');

-- alive
SELECT is_empty('SELECT * FROM carom.alive()', 'nobody is known to be alive');
SELECT carom.record('{"kind": "delivery", "message_id": "<al@t>", "outcomes": [{"recipient": "dead@x.test", "action": "relayed", "confidence": "matched"}]}'::jsonb
	|| jsonb_build_object('arrived', now() + interval '1 hour'));
SELECT is_empty('SELECT * FROM carom.alive()', 'relayed proves nothing');
SELECT carom.record('{"kind": "delivery", "message_id": "<al2@t>", "outcomes": [{"recipient": "dead@x.test", "action": "delivered", "confidence": "matched"}]}'::jsonb
	|| jsonb_build_object('arrived', now() + interval '1 hour'));
SELECT results_eq('SELECT address, reason, sign FROM carom.alive()', $$ VALUES ('dead@x.test', 'recipient_unknown', 'delivered') $$, 'delivered does');

SELECT * FROM finish();
ROLLBACK;
