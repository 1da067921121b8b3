-- SPDX-License-Identifier: BSD-2-Clause
-- For whose mail and for which addresses an entry holds.
BEGIN;
SELECT plan(37);

CREATE FUNCTION pg_temp.stopped(who text, account text, stream text) RETURNS text LANGUAGE sql
AS $$ SELECT coalesce((SELECT reason FROM carom.suppressed(who, account, stream)), 'mailed') $$;

-- names
SELECT is(carom._names('a@b.c.example.org'), ARRAY['a@b.c.example.org', '@b.c.example.org', '@.c.example.org', '@.example.org', '@.org'], 'the names of an address');
SELECT is(carom._names('a@host'), ARRAY['a@host', '@host'], 'of one without a dot');
SELECT is(carom.normalise(g), w, format('%s is %s', g, coalesce(w, 'nothing'))) FROM (VALUES
	('@.Example.ORG.', '@.example.org'), (' @ . example.org', '@.example.org'), ('@.', NULL), ('@..example.org', NULL), ('@.[192.0.2.1]', NULL),
	('a@.example.org', NULL), ('""@.example.org', NULL), ('.example.org!', NULL)) x(g, w);

-- all below a domain
SELECT carom.suppress('@.closed.test', 'attack', expires_at => now() + interval '2 days');
SELECT is(pg_temp.stopped(a, 'acme', 'news'), w, a) FROM (VALUES ('a@m.closed.test', 'attack'), ('A@b.M.closed.Test', 'attack'), ('a@closed.test', 'mailed'),
	('a@unclosed.test', 'mailed'), ('@m.closed.test', 'attack')) x(a, w);
SELECT is((SELECT array_agg(s.address) FROM carom.suppressions_of('a@m.closed.test') s), ARRAY['@.closed.test'], 'and is told with the entries of an address');
SELECT is(carom.record('{"kind": "bounce", "message_id": "<b@t>", "outcomes": [{"recipient": "@.x.test", "action": "failed", "category": "recipient_unknown",
	"confidence": "proven"}]}') -> 'suppressed', '[]', 'no report brings such an entry');

UPDATE carom.suppression SET expires_at = now() - interval '1 second' WHERE address = '@.closed.test';
SELECT is(pg_temp.stopped('a@m.closed.test', 'acme', 'news'), 'mailed', 'it ends by itself');
SELECT is(carom.suppress('@.closed.test', 'again', expires_at => now() + interval '1 day'), 'added', 'and may begin anew');
SELECT is(carom.suppress('@over.test', 'closed', 'acme', expires_at => now() + interval '1 day'), 'added', 'so may an entry for a domain, for one account');
SELECT is(array_agg(pg_temp.stopped('a@over.test', x.a, '') ORDER BY x.a), ARRAY['closed', 'mailed'], 'which holds for it alone') FROM unnest(ARRAY['acme', 'shop']) x(a);

-- transactional streams
INSERT INTO carom.suppression (address, account, stream, spelling, reason, source, expires_at, author, home)
	SELECT a || '@x.test', account, stream, a, reason, source, expires_at, 'carom', carom._home_of(a || '@x.test')
	FROM (VALUES ('complained', 'acme', '', 'complaint:abuse', 'complaint', NULL::timestamptz),
		('unsubscribed', '', '', 'unsubscribe_request', 'unsubscribe', NULL), ('full', 'acme', '', 'mailbox_full', 'bounce', now() + interval '9 days'),
		('dead', 'acme', '', 'recipient_unknown', 'bounce', NULL), ('asked', '', '', 'asked', 'staff', NULL),
		('pause', '', '', 'pause', 'staff', now() + interval '9 days'), ('itself', 'acme', 'receipts', 'unsubscribe_request', 'unsubscribe', NULL),
		('imported', 'acme', '', 'complaint:abuse', 'import', NULL)) x(a, account, stream, reason, source, expires_at);
SELECT is(pg_temp.stopped('complained@x.test', 'acme', 'receipts'), 'complaint:abuse', 'at first no stream is transactional');
SELECT is(carom.set_transactional_streams('{receipts,shop/otp}', 'agreed', 'ani'), 'replaced', 'then they are');
SELECT is(carom.set_transactional_streams('{shop/otp,receipts}', 'agreed', 'ani'), 'kept', 'once');
SELECT results_eq($$ SELECT change, author, note, was -> 'now' FROM carom.policy_log $$, $$ VALUES ('streams', 'ani', 'agreed', '["receipts", "shop/otp"]'::jsonb) $$,
	'with a trace');
SELECT is((SELECT array_agg(a || ' ' || pg_temp.stopped(a || '@x.test', 'acme', 'receipts') ORDER BY a) FROM unnest(ARRAY['complained', 'unsubscribed', 'full', 'dead',
		'asked', 'pause', 'itself', 'imported']) a),
	ARRAY['asked asked', 'complained mailed', 'dead recipient_unknown', 'full mailed', 'imported mailed', 'itself unsubscribe_request', 'pause pause',
		'unsubscribed mailed'], 'what a person said of other mail and what ends by itself does not stop a receipt');
SELECT set_eq($$ SELECT address FROM carom.suppressions_stopping('acme', 'receipts') WHERE address LIKE '%@x.test' $$,
	$$ SELECT a || '@x.test' FROM unnest(ARRAY['asked', 'dead', 'itself', 'pause']) a $$, 'the list of what stops it is the same');
SELECT set_eq($$ SELECT address FROM carom.suppressions() s WHERE NOT carom.stops_transactional(s) $$,
	$$ SELECT a || '@x.test' FROM unnest(ARRAY['complained', 'full', 'imported', 'unsubscribed']) a $$, 'and each entry says whether it does');
SELECT is(pg_temp.stopped('complained@x.test', 'acme', s), 'complaint:abuse', 'other mail it does: ' || s) FROM unnest(ARRAY['news', 'otp', '']) s;
SELECT is(pg_temp.stopped('unsubscribed@x.test', 'shop', 'otp'), 'mailed', 'a stream of one account');
SELECT is(pg_temp.stopped('unsubscribed@x.test', 'acme', 'otp'), 'unsubscribe_request', 'is not that of another');
SELECT carom.suppress('@x.test', 'attack', 'acme');
SELECT is(pg_temp.stopped('complained@x.test', 'acme', 'receipts'), 'attack', 'the next entry counts where the first does not');
SELECT carom.unsuppress('@x.test', 'over', 'acme');
SELECT carom.policy_set('{"category": "complaint:abuse", "after": 1, "transactional": true, "note": "n"}');
SELECT is(pg_temp.stopped('complained@x.test', 'acme', 'receipts'), 'complaint:abuse', 'unless the policy says so');
SELECT throws_ok($$ SELECT carom.set_transactional_streams('{a,""}', 'n') $$, '22023', NULL, 'a stream has a name');
SELECT throws_ok($$ SELECT carom.set_transactional_streams('{a}', '') $$, '22023', NULL, 'a change has a note');

SELECT * FROM finish();
ROLLBACK;
