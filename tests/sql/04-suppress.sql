-- SPDX-License-Identifier: BSD-2-Clause
-- Asking the list, adding to it, taking off it; and the trace that it leaves.
BEGIN;
SELECT plan(52);

CREATE FUNCTION pg_temp.me() RETURNS text LANGUAGE sql AS $$ SELECT session_user::text $$;

SELECT is(carom.normalise(E' \t Bob.Smith+X@Example.ORG\r\n'), 'bob.smith+x@example.org', 'one spelling');
SELECT is(carom.normalise('JÜRGEN@x.test'), 'jÜrgen@x.test', 'ASCII letters only, whatever the locale');

SELECT is(carom.suppress('Bob@X.test', 'asked by phone', note => 'ticket 7'), 'added', 'added');
SELECT results_eq($$ SELECT address, account, stream, spelling, reason, source, expires_at, author, note, changes FROM carom.suppressed('BOB@x.TEST') $$,
	$$ SELECT 'bob@x.test', '', '', 'Bob@X.test', 'asked by phone', 'staff', NULL::timestamptz, pg_temp.me(), 'ticket 7', 1 $$, 'found in any spelling');
SELECT results_eq($$ SELECT change, reason, source, author, login, note FROM carom.suppression_log WHERE address = 'bob@x.test' $$,
	$$ SELECT 'add', 'asked by phone', 'staff', pg_temp.me(), pg_temp.me(), 'ticket 7' $$, 'and logged');
SELECT is(carom.suppress('bob@x.test', 'again'), 'kept', 'what is there for good is kept');
SELECT is(carom.suppress('bob@x.test', 'again', expires_at => now() + interval '1 day'), 'kept', 'and not weakened');
SELECT is((SELECT count(*) FROM carom.suppression_log WHERE address = 'bob@x.test'), 1::bigint, 'no change, no log');

SELECT is(carom.suppress('t@x.test', 'pause', expires_at => now() + interval '1 day', author => 'eve'), 'added', 'for a day');
SELECT is(carom.suppress('t@x.test', 'pause', expires_at => now() + interval '2 days'), 'replaced', 'for longer, for the same reason');
SELECT is(carom.suppress('t@x.test', 'holiday', expires_at => now() + interval '9 days'), 'replaced', 'and for another');
SELECT is(carom.suppress('t@x.test', 'other', expires_at => now() + interval '2 days'), 'kept', 'never for shorter');
SELECT is(carom.suppress('t@x.test', 'for good'), 'replaced', 'for good');
SELECT results_eq($$ SELECT change, reason, author FROM carom.suppression_log WHERE address = 't@x.test' ORDER BY id $$,
	$$ VALUES ('add', 'pause', 'eve'), ('replace', 'pause', pg_temp.me()), ('replace', 'holiday', pg_temp.me()), ('replace', 'for good', pg_temp.me()) $$, 'the whole story');
SELECT is((SELECT login FROM carom.suppression_log WHERE author = 'eve'), pg_temp.me(), 'an author is a claim, the login is not');
SELECT is((SELECT login FROM carom.suppression WHERE address = 't@x.test'), pg_temp.me(), 'the list itself says it too');
SELECT throws_ok($$ SELECT carom.suppress('n@x.test', 'x', author => ' Carom') $$, '22023', NULL, 'nobody plays the program');
SELECT throws_ok($$ SELECT carom.unsuppress('t@x.test', 'x', author => 'carom') $$, '22023', NULL, 'nor when taking off');

SELECT throws_ok($$ SELECT carom.suppress('nobody', 'x') $$, '22023', NULL, 'an address has an @');
SELECT throws_ok($$ SELECT carom.suppress(NULL, 'x') $$, '22023', NULL, 'and is there');
SELECT throws_ok($$ SELECT carom.suppress('a@x.test', ' ') $$, '22023', NULL, 'a reason is needed');
SELECT throws_ok($$ SELECT carom.suppress('a@x.test', 'x', expires_at => now() - interval '1 day') $$, '22023', NULL, 'an end in the past is a mistake');
SELECT throws_ok($$ SELECT carom.suppress('a@x.test', 'x', source => 'bounce') $$, '22023', NULL, 'nobody plays the server');

-- scopes
SELECT carom.suppress('g@x.test', 'r');
SELECT carom.suppress('a@x.test', 'r', 'acme');
SELECT carom.suppress('s@x.test', 'r', 'acme', 'news');
SELECT carom.suppress('@dead.test', 'domain closed', note => 'until they return', expires_at => now() + interval '30 days');
CREATE TEMP TABLE asked (address text, account text, stream text, wanted text);
INSERT INTO asked VALUES
	('g@x.test', '', '', '/'), ('g@x.test', 'acme', 'news', '/'), ('g@x.test', 'other', '', '/'),
	('a@x.test', 'acme', '', 'acme/'), ('a@x.test', 'acme', 'news', 'acme/'), ('a@x.test', 'other', 'news', NULL), ('a@x.test', '', '', NULL),
	('s@x.test', 'acme', 'news', 'acme/news'), ('s@x.test', 'acme', 'receipts', NULL), ('s@x.test', 'acme', '', NULL), ('s@x.test', 'other', 'news', NULL),
	('any@Dead.test', 'acme', 'news', '/'), ('any@sub.dead.test', '', '', NULL);
SELECT is((SELECT s.account || '/' || s.stream FROM carom.suppressed(q.address, q.account, q.stream) s), q.wanted,
	format('%s for account "%s", stream "%s"', q.address, q.account, q.stream)) FROM asked q;
SELECT carom.suppress('g@x.test', 'r2', 'acme');
SELECT is((SELECT reason FROM carom.suppressed('g@x.test', 'acme', 'news')), 'r', 'the widest is told');
SELECT results_eq($$ SELECT address FROM carom.suppressions('acme') $$, $$ VALUES ('a@x.test'), ('g@x.test'), ('s@x.test') $$, 'the list of an account');
SELECT results_eq($$ SELECT address FROM carom.active_suppressions WHERE account = 'acme' ORDER BY 1 $$,
	$$ VALUES ('a@x.test'), ('g@x.test'), ('s@x.test') $$, 'as a view');

-- taking off
SELECT throws_ok($$ SELECT carom.unsuppress('g@x.test', '') $$, '22023', NULL, 'taking off needs a note');
SELECT throws_ok($$ SELECT carom.unsuppress('g@x.test', NULL) $$, '22023', NULL, 'even if it is missing');
SELECT is(carom.unsuppress('G@x.test', 'wrote to us', author => 'mallory'), true, 'taken off');
SELECT is((SELECT account FROM carom.suppressed('g@x.test', 'acme')), 'acme', 'in that scope only');
SELECT is(carom.unsuppress('g@x.test', 'wrote to us'), false, 'what is not there cannot be taken off');
SELECT results_eq($$ SELECT change, reason, author, note FROM carom.suppression_log WHERE address = 'g@x.test' AND account = '' ORDER BY id $$,
	$$ VALUES ('add', 'r', pg_temp.me(), NULL), ('remove', 'r', 'mallory', 'wrote to us') $$, 'and logged');
SELECT is(carom.suppress('g@x.test', 'r'), 'added', 'it may come again');

-- undoing what one cause did
SELECT carom.record(format('{"kind": "bounce", "message_id": "<bulk%s@t>", "outcomes": [{"recipient": "bulk%s@x.test", "action": "failed",
	"category": "recipient_unknown", "rule": "%s", "provider": "pq", "confidence": "matched"}]}', n, n, CASE WHEN n < 4 THEN 'bad-rule' ELSE 'good-rule' END)::jsonb)
	FROM generate_series(1, 5) n;
SELECT carom.record('{"kind": "complaint", "message_id": "<bulkc@t>", "outcomes": [{"recipient": "bulkc@x.test", "action": "complained",
	"rule": "bad-rule", "provider": "pq", "confidence": "proven"}]}');
SELECT throws_ok($$ SELECT carom.unsuppress_cause('why', '-infinity', 'infinity') $$, '22023', NULL, 'a cause is needed');
SELECT is((SELECT count(*) FROM carom.unsuppress_cause('rule was wrong', now() - interval '1 hour', now() + interval '1 hour', rule => 'bad-rule', dry_run => true)),
	3::bigint, 'a dry run shows them');
SELECT is((SELECT count(*) FROM carom.unsuppress_cause('rule was wrong', now() - interval '1 hour', now() + interval '1 hour', rule => 'bad-rule')),
	3::bigint, 'the real one takes them off');
SELECT results_eq($$ SELECT address FROM carom.suppression WHERE provider = 'pq' ORDER BY 1 $$,
	$$ VALUES ('bulk4@x.test'), ('bulk5@x.test'), ('bulkc@x.test') $$, 'the others stay, and who complained above all');
SELECT is((SELECT count(*) FROM carom.suppression_log WHERE change = 'remove' AND note = 'rule was wrong' AND rule = 'bad-rule' AND event IS NOT NULL),
	3::bigint, 'with a trace each');

SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'and all adds up');

SELECT * FROM finish();
ROLLBACK;
