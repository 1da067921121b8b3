-- SPDX-License-Identifier: BSD-2-Clause
-- One mailbox, several addresses: only where a setting says so, on and off again.
BEGIN;
SELECT plan(45);

SELECT carom.suppress('a.n.i+news@gmail.com', 'asked', 'acme'), carom.suppress('budi@googlemail.com', 'asked', expires_at => now() + interval '1 day'),
	carom.suppress('citra@gmail.com', 'asked'), carom.suppress('d.e@outlook.com', 'asked'), carom.suppress('@mac.com', 'asked'), carom.suppress('e.f@x.test', 'asked');
CREATE FUNCTION pg_temp.by(address text, account text DEFAULT 'acme') RETURNS text LANGUAGE sql AS $$
	SELECT coalesce((SELECT s.address FROM carom.suppressed($1, $2) s), '-') $$;

-- off, as it is from the beginning
SELECT is(pg_temp.by(a), '-', 'off: ' || a) FROM unnest(ARRAY['ani@gmail.com', 'budi@gmail.com', 'ci.tra@gmail.com', 'd.e+x@outlook.com']) a;
SELECT is(pg_temp.by('citra@gmail.com'), 'citra@gmail.com', 'an address is itself');
SELECT is(carom.mailbox_state(), '', 'the outbound daemon is told of nothing');
SELECT is_empty('SELECT FROM carom.mailbox_rules()', 'has no rules');
SELECT is_empty('SELECT FROM carom.same_mailbox', 'and nothing is kept');
SELECT is_empty($$ SELECT FROM pg_trigger WHERE tgname = 'note_mailboxes' $$, 'by anybody');

SELECT throws_ok($$ SELECT carom.set_mailboxes('{gmail}', ' ') $$, '22023', NULL, 'why?');
SELECT throws_ok($$ SELECT carom.set_mailboxes('{gmail,nosuch}', 'n') $$, '22023', 'nothing is known of the mailboxes of "nosuch"', 'whose?');
SELECT throws_ok($$ SELECT carom.change_setting('mailboxes', '{gmail}', 'n') $$, '22023', NULL, 'not by hand, for all entries are to be looked at');

-- on, for a list that is filled: in steps
SELECT is(carom.set_mailboxes('{icloud,gmail,gmail}', 'ticket 4'), 'changed', 'on');
SELECT is(carom.set_mailboxes('{gmail,icloud}', 'ticket 4'), 'kept', 'or it was so');
SELECT results_eq($$ SELECT was, value, note FROM carom.setting_log WHERE name = 'mailboxes' $$, $$ VALUES ('{}', '{gmail,icloud}', 'ticket 4') $$, 'with a trace');
CREATE TEMP TABLE steps AS
	WITH RECURSIVE s AS (SELECT carom.fill_mailboxes('', 2) AS last, 1 AS n UNION ALL SELECT carom.fill_mailboxes(s.last, 2), n + 1 FROM s WHERE s.last IS NOT NULL)
	SELECT * FROM s;
SELECT is((SELECT max(n) FROM steps), 4, 'six entries, two a step, and the end');
SELECT bag_eq('SELECT address, mailbox FROM carom.same_mailbox', $$ VALUES ('a.n.i+news@gmail.com', 'ani@gmail.com'), ('budi@googlemail.com', 'budi@gmail.com') $$,
	'what is spelled otherwise than its mailbox is noted');
SELECT is(pg_temp.by(a), w, 'on: ' || a) FROM (VALUES ('ani@gmail.com', 'a.n.i+news@gmail.com'), ('An.I+other@GoogleMail.com', 'a.n.i+news@gmail.com'),
	('b.udi@gmail.com', 'budi@googlemail.com'), ('c.i.tra+x@googlemail.com', 'citra@gmail.com'), ('citra@googlemail.com', 'citra@gmail.com'),
	('d.e+x@outlook.com', '-'), ('ef@x.test', '-'), ('anix@gmail.com', '-'), ('"ani"@gmail.com', 'a.n.i+news@gmail.com'), ('x@mac.com', '@mac.com'),
	('x@icloud.com', '-')) v(a, w);
SELECT is(pg_temp.by('ani@gmail.com', 'shop'), '-', 'another account''s entry holds up nobody');
SELECT is((SELECT address FROM carom.suppressions_of('ani@gmail.com')), 'a.n.i+news@gmail.com', 'who asks for all of them is told the spelling');

-- what comes later
SELECT carom.record('{"kind": "bounce", "message_id": "<mb1@t>", "outcomes": [{"recipient": "eka.x@gmail.com", "action": "failed", "category":
	"recipient_unknown", "class": "hard", "account": "acme", "confidence": "matched"}]}');
SELECT is(pg_temp.by('ekax@googlemail.com'), 'eka.x@gmail.com', 'a bounce of one spelling stops all');
SELECT carom.import_begin();
INSERT INTO pg_temp.carom_import (line, address, reason, source) VALUES (1, 'fa.jar+1@gmail.com', 'r', 'import'), (2, 'gi.ta@outlook.com', 'r', 'import');
SELECT carom.import_merge();
SELECT is(pg_temp.by('fajar@gmail.com'), 'fa.jar+1@gmail.com', 'so does an import');
SELECT is(carom.unsuppress('a.n.i+news@gmail.com', 'n', 'acme'), true, 'it is taken off by its own spelling');
SELECT is(pg_temp.by('ani@gmail.com'), '-', 'and then holds up none');

-- the outbound daemon
SELECT set_eq('SELECT domain, mailbox_domain, ignores_dots, tags FROM carom.mailbox_rules()', $$ VALUES ('gmail.com', 'gmail.com', true, '+'),
	('googlemail.com', 'gmail.com', true, '+'), ('icloud.com', 'icloud.com', false, '+'), ('mac.com', 'icloud.com', false, '+'), ('me.com', 'icloud.com', false, '+') $$,
	'has the rules');
SELECT ok(carom.mailbox_state() = '{gmail,icloud}1', 'reads the list again, as soon as all is filled in');
SELECT set_has('SELECT mark FROM carom.suppressed_mailboxes()', $$ VALUES (' budi@gmail.com'), (' ekax@gmail.com'), (' fajar@gmail.com') $$, 'has the mailboxes');
SELECT carom.feed_number();
SELECT set_has($$ SELECT address, listed FROM carom.list_changes('') WHERE address LIKE ' %' $$, $$ VALUES (' ekax@gmail.com', true), (' fajar@gmail.com', true) $$, 'and hears of new ones');

-- whoever is forgotten is refused in all spellings
SELECT carom.forget('eka.x@gmail.com');
SELECT ok(carom._is_hidden(pg_temp.by('e.k.a.x@gmail.com')), 'the mailbox of who is forgotten is known');
SELECT is_empty($$ SELECT FROM carom.same_mailbox WHERE address LIKE 'eka%' $$, 'without the address');

-- off
SELECT is(carom.set_mailboxes('{}', 'never mind'), 'changed', 'off again');
SELECT is(pg_temp.by('fajar@gmail.com'), '-', 'holds at once');
SELECT carom.fill_mailboxes(carom.fill_mailboxes('', 100), 100);
SELECT is((SELECT count(*) FROM carom.same_mailbox WHERE left(address, 1) <> '#'), 0::bigint, 'and leaves nothing');
SELECT is_empty($$ SELECT FROM pg_trigger WHERE tgname = 'note_mailboxes' $$, 'nor a trigger');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'all adds up');

SELECT * FROM finish();
ROLLBACK;
