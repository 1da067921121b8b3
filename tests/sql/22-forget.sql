-- SPDX-License-Identifier: BSD-2-Clause
-- A person is forgotten: the counts stay, the list refuses as before, and the address is nowhere.
BEGIN;
SELECT plan(67);

-- RFC 4231, test cases 1 and 2
SELECT is(encode(carom._hmac_padded(carom._hmac_pad(decode(repeat('0b', 20), 'hex'), 54), carom._hmac_pad(decode(repeat('0b', 20), 'hex'), 92), 'Hi There'), 'hex'),
	'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7', 'HMAC-SHA-256 is the one of RFC 4231');
SELECT is(encode(carom._hmac_padded(carom._hmac_pad('Jefe', 54), carom._hmac_pad('Jefe', 92), 'what do ya want for nothing?'), 'hex'),
	'5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', 'and the next of it');

SELECT is(carom._hmac_padded(carom._hmac_pad(s, 54), carom._hmac_pad(s, 92), 'x@y.test'), carom._hmac(s, 'x@y.test'), 'and the one that signs return addresses')
	FROM (SELECT carom._random_secret() AS s) r;

-- Where does the database still have a text, in whatever table and case?
CREATE FUNCTION pg_temp.places(what text) RETURNS text[] LANGUAGE plpgsql
AS $$
DECLARE
	t   record;
	n   bigint;
	out text[] := '{}';
BEGIN
	FOR t IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'carom'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*) FROM carom.%I t WHERE strpos(lower(t::text), lower($1)) > 0', t.relname) INTO n USING what;
		IF n > 0 THEN
			out := out || t.relname::text;
		END IF;
		EXECUTE format('SELECT count(*) FROM carom.%I t WHERE strpos(t::text, $1) > 0', t.relname) INTO n
			USING encode(convert_to(what, 'UTF8'), 'hex');  -- in a bytea
		IF n > 0 THEN
			out := out || (t.relname || ' (octets)');
		END IF;
	END LOOP;
	RETURN out;
END
$$;
CREATE FUNCTION pg_temp.kept(address text) RETURNS text LANGUAGE sql AS $$ SELECT carom._hidden_name(address) $$;

-- A person with a story: two bounces of one mail, one repeated, a complaint, a report with another
-- address beside, a whole message, a number, a message that was sent, notes of staff.
SELECT carom.set_setting('keys', 'none');
SELECT carom.record($${"kind": "bounce", "message_id": "<r1@mx.test>", "to": "bounce+dina=person.test@b.test", "subject": "Undelivered: Dina@person.test",
	"from": "MAILER-DAEMON@mx.test", "queue_id": "4Q1", "returned": {"message_id": "<m1@acme.test>", "to": ["Dina@Person.test", "x@y.test"], "subject": "Dear Dina"},
	"outcomes": [{"recipient": "Dina@Person.test", "final_recipient": "dina@person.test", "action": "failed", "category": "recipient_unknown",
	"class": "hard", "account": "acme", "stream": "news", "confidence": "matched", "status": "5.1.1", "reply": "550", "token": "customer-4711",
	"remote_mta": "mail.person.test", "diagnostic": "550 5.1.1 <dina@person.test>: no such user dina"}]}$$,
	convert_to(E'To: bounce+dina=person.test@b.test\r\n\r\nDINA@person.test is unknown', 'UTF8'));
SELECT carom.record($${"kind": "bounce", "message_id": "<r2@mx.test>", "returned": {"message_id": "<m1@acme.test>"},
	"outcomes": [{"recipient": "dina@person.test", "action": "failed", "category": "recipient_unknown", "class": "hard", "account": "acme",
	"stream": "news", "confidence": "matched"}]}$$);
SELECT carom.record($${"kind": "complaint", "message_id": "<r3@fbl.test>", "feedback": {"type": "abuse"}, "from": "staff@fbl.test", "outcomes": [{"recipient":
	"dina@person.test", "action": "complained", "account": "shop", "stream": "offers", "confidence": "proven", "subscriber": "DINA@person.test"}]}$$);
SELECT carom.record($${"kind": "bounce", "message_id": "<r4@mx.test>", "returned": {"message_id": "<m4@acme.test>", "to": ["dina@person.test", "eko@other.test"]},
	"outcomes": [{"recipient": "eko@other.test", "action": "failed", "category": "recipient_unknown", "class": "hard", "account": "acme", "confidence": "matched"},
	{"recipient": "dina@person.test", "action": "delayed", "category": "greylisted", "account": "acme", "confidence": "matched"}]}$$);
SELECT carom.record($${"kind": "bounce", "message_id": "<r5@mx.test>", "outcomes": [{"recipient": "fajar@other.test", "final_recipient": "dina@person.test",
	"action": "failed", "category": "mailbox_full", "class": "soft", "account": "acme", "confidence": "matched",
	"diagnostic": "552 fajar forwards to <dina@person.test>, andina@person.test and dina@person.test.example"}]}$$);
SELECT carom.record('{"kind": "unrecognised", "message_id": "<r6@p.test>", "from": "\"Dina\" <dina@person.test>"}', 'From: dina@person.test');
SELECT carom.record('{"kind": "unrecognised", "message_id": "<r7@p.test>", "from": "andina@person.test"}', 'From: andina@person.test');
SELECT carom.suppress('Dina@Person.test', 'Dina@person.test asked', note => 'Dina Smith, by phone');
SELECT carom.suppress('gita@other.test', 'asked', note => 'by dina@person.test, who is her sister');
SELECT carom.remember_sent('m9@acme.test', 'dina@person.test', 'acme');
INSERT INTO carom.webhook (id, url, cursor, author, login) VALUES ('aaaaaaaa', 'https://a.test/', '', 'a', 'a');
INSERT INTO carom.webhook_delivery (webhook, message, type, body) VALUES ('aaaaaaaa', '1', 'bounce', '{"data": {"address": "dina@person.test"}}'),
	('aaaaaaaa', '2', 'bounce', '{"data": {"address": "eko@other.test"}}');
CREATE TEMP TABLE n AS SELECT carom.address_id('dina@person.test', 'acme') AS id;
SELECT carom.feed_number();
CREATE TEMP TABLE tallied AS SELECT * FROM carom.tally;
CREATE TEMP TABLE fed AS SELECT * FROM carom.feed();
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'all is well before');

-- shown first
SELECT results_eq($$ SELECT what, n FROM carom.forget('DINA@PERSON.TEST', dry_run => true) $$,
	$$ VALUES ('entries', 3::bigint), ('changes', 3), ('events', 4), ('reports', 4), ('messages', 2), ('mentions', 2), ('sent', 1), ('numbers', 1) $$,
	'what there is of her');
SELECT is_empty('SELECT FROM carom.forgotten', 'only counted');
SELECT is_empty('SELECT FROM carom.forget_key', 'not even a key was made');
SELECT is(array_length(carom._names('a@b.test'), 1), 3, 'nobody was forgotten: no name is looked for');

-- done
SELECT results_eq($$ SELECT what, n FROM carom.forget('"dina"@PERSON.test.', note => 'request 17 of dina@person.test') $$,
	$$ VALUES ('entries', 3::bigint), ('changes', 3), ('events', 4), ('reports', 4), ('messages', 2), ('mentions', 2), ('sent', 1), ('numbers', 1) $$,
	'and it was in every spelling');
SELECT results_eq('SELECT counts, note FROM carom.forgotten',
	$$ SELECT '{"sent": 1, "events": 4, "changes": 3, "entries": 3, "numbers": 1, "reports": 4, "mentions": 2, "messages": 2}'::jsonb,
		'request 17 of (forgotten)' $$, 'with a trace that names nobody');
SELECT is(pg_temp.places('dina@person.test'), ARRAY['event', 'raw (octets)', 'report'], 'only where another address ends in it');
SELECT is((SELECT diagnostic FROM carom.event WHERE address = 'fajar@other.test'),
	'552 fajar forwards to <(forgotten)>, andina@person.test and dina@person.test.example', 'whole addresses alone are taken out');
SELECT is((SELECT message FROM carom.raw), 'From: andina@person.test'::bytea, 'the message of another is kept');
SELECT is(pg_temp.places('dina=person.test'), '{}', 'nor in the form of a return address');
SELECT is(pg_temp.places('customer-4711'), '{}', 'nor is the token of the application');
SELECT is(pg_temp.places('Dear Dina'), '{}', 'nor a subject');
SELECT is(pg_temp.places('Dina Smith'), '{}', 'nor what staff noted');
SELECT is(pg_temp.places('mail.person.test'), '{}', 'nor the server of her own domain');
SELECT is(pg_temp.places('m9@acme.test'), '{}', 'nor what was sent to her');
SELECT is((SELECT array_agg(message) FROM carom.webhook_delivery), '{2}', 'nor what a webhook has not told yet');
SELECT is((SELECT note FROM carom.suppression WHERE address = 'gita@other.test'), 'by (forgotten), who is her sister', 'nor in the notes of others');
SELECT results_eq('SELECT * FROM carom.tally ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10', 'SELECT * FROM tallied ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10', 'the counts are the same');
SELECT is((SELECT count(*) FROM carom.event WHERE resolved_by = 'forgotten'), 4::bigint, 'all her events stay');
SELECT results_eq($$ SELECT category, class, account, diagnostic FROM carom.event WHERE resolved_by = 'forgotten' AND diagnostic IS NOT NULL $$,
	$$ VALUES ('recipient_unknown', 'hard', 'acme', '# # @ no such user @') $$, 'with what is nobody''s');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'and all adds up');

-- it still refuses, in every spelling and scope
SELECT is((SELECT count(*) FROM carom.suppressed(s, 'acme', 'news')), 1::bigint, 'refused: ' || s)
	FROM unnest(ARRAY['dina@person.test', 'DINA@Person.Test', '<dina@person.test>', '"dina"@person.test.', '@relay.test:dina@person.test']) s;
SELECT is_empty($$ SELECT FROM carom.suppressed('andina@person.test', 'acme', 'news') $$, 'but not the neighbour');
SELECT set_eq($$ SELECT account, reason, source FROM carom.suppressions_of('dina@person.test') $$,
	$$ VALUES ('', '(forgotten) asked', 'staff'), ('acme', 'recipient_unknown', 'bounce'), ('shop', 'complaint:abuse', 'complaint') $$, 'with its scopes and reasons');
SELECT ok(bool_and(carom._is_hidden(address) AND spelling = address AND address = pg_temp.kept('dina@person.test') AND note IS NULL AND event IS NULL AND report_key IS NULL),
	'under a name that nobody reads, without its evidence') FROM carom.suppressions_of('dina@person.test');
SELECT ok(carom._home_of(pg_temp.kept('dina@person.test')) = carom._home_of('dina@person.test'), 'which lies where the address lay');
SELECT ok(carom._address_lock(pg_temp.kept('dina@person.test')) >> 6 = carom._home_of('dina@person.test'), 'and is locked there');
SELECT is(substr(pg_temp.kept('dina@person.test'), 4, 16), encode(substr(carom._hmac_padded(f.filter_inner, f.filter_outer, 'dina@person.test'), 1, 8), 'hex'),
	'the outbound daemon can make the beginning of the name') FROM carom.forget_key f;
SELECT is(carom.forgotten_filter(), (SELECT filter FROM carom.forget_key), 'with its own key');
SELECT isnt(pg_temp.kept('dina@person.test'), pg_temp.kept('dino@person.test'), 'another has another name');
SELECT is(carom._hidden_name('@person.test'), NULL, 'a domain has none');

-- what the feed had told is gone, and says so; the entries are told anew
SELECT carom.feed_number();
SELECT is((SELECT array_agg(f.type ORDER BY f.type) FROM fed o JOIN carom.feed() f USING (cursor) WHERE o.item::text ILIKE '%dina@person.test%'
	AND o.item ->> 'address' = 'dina@person.test'), array_fill('gone'::text, ARRAY[7]), 'the feed gives it to nobody again');
SELECT is((SELECT count(*) FROM carom.feed() WHERE type = 'suppression.forgotten' AND item ->> 'address' = pg_temp.kept('dina@person.test')), 3::bigint, 'but tells of the entries');
SELECT is((SELECT listed FROM carom.list_changes('') WHERE address = pg_temp.kept('dina@person.test')), true, 'the outbound daemon hears of the name');

-- what comes later
SELECT is(carom.suppress('dina@person.test', 'again'), 'kept', 'to suppress her again adds nothing');
SELECT is(carom.suppress('dina@person.test', 'more', 'third', note => 'n'), 'added', 'or an entry of another scope');
SELECT is(pg_temp.places('dina@person.test'), ARRAY['event', 'raw (octets)', 'report'], 'under the same name');
SELECT is((carom.record($${"kind": "bounce", "message_id": "<late@mx.test>", "to": "bounce+dina=person.test@b.test", "outcomes": [{"recipient": "Dina@person.test",
	"action": "failed", "category": "recipient_unknown", "class": "hard", "account": "fourth", "confidence": "matched",
	"diagnostic": "550 <dina@person.test> unknown"}]}$$, 'To: dina@person.test') -> 'suppressed' ->> 0), pg_temp.kept('dina@person.test'), 'a later report counts, and works');
SELECT is((carom.record($${"kind": "bounce", "message_id": "<late2@mx.test>", "outcomes": [{"recipient": "hadi@other.test", "final_recipient": "dina@person.test",
	"action": "failed", "category": "mailbox_full", "account": "acme", "confidence": "matched"}]}$$) ->> 'events'), '1', 'also one that only leads to her');
SELECT is((carom.record(format($${"kind": "bounce", "message_id": "<late3@mx.test>", "outcomes": [{"address_id": %s, "recipient": "other@person.test",
	"action": "failed", "category": "recipient_unknown", "class": "hard", "confidence": "proven"}]}$$, (SELECT id FROM n))::jsonb) ->> 'events'), '1',
	'or by the number in a return address');
SELECT is((SELECT count(*) FROM carom.event WHERE address = pg_temp.kept('dina@person.test')), 2::bigint, 'they are events of the name');
SELECT is(pg_temp.places('dina@person.test'), ARRAY['event', 'raw (octets)', 'report'], 'and none of them brings the address back');
SELECT is(pg_temp.places('other@person.test'), '{}', 'nor what the report of a number says');
SELECT is(carom.address_known(n.id), true, 'whose number is still known') FROM n;
SELECT is((carom.record('{"kind": "bounce", "message_id": "<r2@mx.test>", "returned": {"message_id": "<m1@acme.test>"},
	"outcomes": [{"recipient": "dina@person.test", "action": "failed"}]}') ->> 'duplicate'), 'true', 'a report that comes again is a duplicate');

SELECT carom.import_begin();
INSERT INTO pg_temp.carom_import (line, address, reason, source, spelling) VALUES (1, 'dina@person.test', 'imported', 'import', 'dina@person.test'),
	(2, 'neu@person.test', 'imported', 'import', 'neu@person.test'), (3, pg_temp.kept('dina@person.test'), 'imported', 'import', NULL);
SELECT results_eq($$ SELECT added, kept, repeated FROM carom.import_merge() $$, $$ VALUES (1::bigint, 1::bigint, 1::bigint) $$, 'an import of her address finds the name');
SELECT is(pg_temp.places('dina@person.test'), ARRAY['event', 'raw (octets)', 'report'], 'and leaves the address out');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'still all adds up');

-- again, and back
SELECT is((SELECT n FROM carom.forget('dina@person.test') WHERE what = 'events'), 2::bigint, 'forgotten again: what came since goes as well');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'and all adds up');
SELECT is(carom.unsuppress('dina@person.test', 'she wrote to us'), true, 'taken off by her address');
SELECT is(carom.unsuppress(pg_temp.kept('dina@person.test'), 'likewise', 'shop'), true, 'or by the name');
SELECT is_empty($$ SELECT FROM carom.suppressed('dina@person.test', 'shop', 'offers') $$, 'and mailed again');

-- who was not on the list
SELECT is((SELECT n FROM carom.forget('indah@x.test') WHERE what = 'entries'), 0::bigint, 'whom nobody suppressed');
SELECT is_empty($$ SELECT FROM carom.suppressed('indah@x.test') $$, 'is not refused');
SELECT carom.forget('indah@x.test', refuse => true);
SELECT is((SELECT reason FROM carom.suppressed('indah@x.test')), 'forgotten', 'but on request');
SELECT is(pg_temp.places('indah@x.test'), '{}', 'without the address');
SELECT throws_ok($$ SELECT carom.forget('@x.test') $$, '22023', NULL, 'a domain is nobody');
SELECT throws_ok($$ SELECT carom.forget('nobody') $$, '22023', NULL, 'nor is what is no address');

SELECT * FROM finish();
ROLLBACK;
