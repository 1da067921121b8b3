-- SPDX-License-Identifier: BSD-2-Clause
-- A whole list taken in: decided as carom.suppress() decides, all or nothing, with a trace.
BEGIN;
SELECT plan(34);

CREATE FUNCTION pg_temp.me() RETURNS text LANGUAGE sql AS $$ SELECT session_user::text $$;
-- Hands in rows of (line, address, account, reason, source, expires_at, note) and merges them.
CREATE FUNCTION pg_temp.import(given text, dry boolean DEFAULT false, who text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	PERFORM carom.import_begin();
	EXECUTE 'INSERT INTO pg_temp.carom_import (line, address, account, reason, source, expires_at, note) SELECT c1, c2, coalesce(c3, ''''), c4, c5, c6, c7 FROM (' || given || ') AS x(c1, c2, c3, c4, c5, c6, c7)';
	SELECT * INTO r FROM carom.import_merge(who, dry);
	DROP TABLE pg_temp.carom_import;
	RETURN format('%s added, %s replaced, %s kept, %s repeated, %s expired', r.added, r.replaced, r.kept, r.repeated, r.expired);
END
$$;

SELECT carom.suppress('held@x.test', 'by phone');
SELECT carom.suppress('soft@x.test', 'pause', expires_at => now() + interval '1 day');
INSERT INTO carom.suppression (address, spelling, reason, source, author, expires_at, since, home)
	VALUES ('gone@x.test', 'gone@x.test', 'mailbox_full', 'bounce', 'carom', now() - interval '1 day', now() - interval '9 days', carom._home_of('gone@x.test')),
	('dead@x.test', 'dead@x.test', 'recipient_unknown', 'bounce', 'carom', NULL, now() - interval '9 days', carom._home_of('dead@x.test'));
INSERT INTO carom.suppression_log (day, change, address, account, stream, reason, source, author, home)
	VALUES (carom.day(), 'add', 'dead@x.test', '', '', 'recipient_unknown', 'bounce', 'carom', carom._home_of('dead@x.test'));
SELECT set_config('test.rows', $$ VALUES
	(2, 'new@x.test', 'acme', 'complaint:abuse', 'complaint', NULL::timestamptz, 'note'),
	(3, '@closed.test', NULL, 'attack', 'staff', now() + interval '9 days', NULL),
	(4, 'held@x.test', NULL, 'recipient_unknown', 'bounce', NULL, NULL),
	(5, 'soft@x.test', NULL, 'recipient_unknown', 'bounce', NULL, NULL),
	(6, 'gone@x.test', NULL, 'again', 'import', NULL, NULL),
	(7, 'dead@x.test', NULL, 'unsubscribe_request', 'unsubscribe', NULL, NULL),
	(8, 'new@x.test', 'acme', 'later', 'import', now() + interval '1 day', NULL),
	(9, 'old@x.test', 'acme', 'over', 'import', now() - interval '1 day', NULL) $$, true);
CREATE FUNCTION pg_temp.rows() RETURNS text LANGUAGE sql AS $$ SELECT current_setting('test.rows') $$;

CREATE TEMP TABLE before AS SELECT * FROM carom.suppression;
SELECT is(pg_temp.import(pg_temp.rows(), true), '3 added, 2 replaced, 1 kept, 1 repeated, 1 expired', 'a dry run counts');
SELECT set_eq('TABLE carom.suppression', 'TABLE before', 'and changes nothing');
SELECT is((SELECT count(*) FROM carom.suppression_log WHERE address IN ('new@x.test', '@closed.test')), 0::bigint, 'nor the log');
SELECT is(pg_temp.import(pg_temp.rows()), '3 added, 2 replaced, 1 kept, 1 repeated, 1 expired', 'the import does what it said');

SELECT results_eq($$ SELECT reason, source, expires_at, author, login, note, spelling, changes, home FROM carom.suppression WHERE address = 'new@x.test' AND account = 'acme' $$,
	$$ SELECT 'complaint:abuse', 'complaint', NULL::timestamptz, pg_temp.me(), pg_temp.me(), 'note', 'new@x.test', 1, carom._home_of('new@x.test') $$, 'a new one');
SELECT is((SELECT reason FROM carom.suppressed('x@closed.test')), 'attack', 'a domain');
SELECT is((SELECT reason FROM carom.suppression WHERE address = 'held@x.test'), 'by phone', 'what is as strong is kept');
SELECT results_eq($$ SELECT reason, source, expires_at, changes FROM carom.suppression WHERE address = 'soft@x.test' $$,
	$$ SELECT 'recipient_unknown', 'bounce', NULL::timestamptz, 2 $$, 'what ends by itself is replaced by what does not');
SELECT results_eq($$ SELECT reason, changes, since > now() - interval '1 hour' FROM carom.suppression WHERE address = 'gone@x.test' $$,
	$$ SELECT 'again', 1, true $$, 'what has ended begins anew');
SELECT is((SELECT source FROM carom.suppression WHERE address = 'dead@x.test'), 'unsubscribe', 'what a person said replaces what a server said');
SELECT is_empty($$ SELECT FROM carom.suppression WHERE address = 'old@x.test' $$, 'what has ended is not taken');
SELECT results_eq($$ SELECT change, address, reason FROM carom.suppression_log WHERE address IN ('new@x.test', '@closed.test', 'soft@x.test', 'gone@x.test')
		AND reason <> 'pause' ORDER BY address $$,
	$$ VALUES ('add', '@closed.test', 'attack'), ('add', 'gone@x.test', 'again'), ('add', 'new@x.test', 'complaint:abuse'), ('replace', 'soft@x.test', 'recipient_unknown') $$,
	'each change is in the log');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok AND name LIKE 'suppressions%' $$, 'list and log agree');
SELECT is(pg_temp.import(pg_temp.rows()), '0 added, 0 replaced, 6 kept, 1 repeated, 1 expired', 'the same again changes nothing');
SELECT is((SELECT count(*) FROM carom.suppression_log WHERE address = 'new@x.test'), 1::bigint, 'nor the log');

-- row by row, carom.suppress() comes to the same
CREATE TEMP TABLE asked AS SELECT n, 'p' || n % 40 || '@x.test' AS address, CASE n % 3 WHEN 0 THEN now() + n % 7 * interval '1 day' + interval '1 hour' END AS expires_at,
	'r' || n % 2 AS reason FROM generate_series(1, 40) n;
SELECT carom.suppress(address, reason, 'one', expires_at => expires_at - interval '10 minutes', source => 'import') FROM asked WHERE n % 2 = 0;
SELECT carom.suppress(address, reason, 'two', expires_at => expires_at - interval '10 minutes', source => 'import') FROM asked WHERE n % 2 = 0;
CREATE TEMP TABLE answers AS SELECT carom.suppress(address, reason, 'one', expires_at => expires_at, source => 'import') AS a FROM asked;
SELECT is(pg_temp.import($$ SELECT n, address, 'two', reason, 'import', expires_at, NULL FROM asked $$),
	(SELECT format('%s added, %s replaced, %s kept, 0 repeated, 0 expired', count(*) FILTER (WHERE a = 'added'), count(*) FILTER (WHERE a = 'replaced'),
		count(*) FILTER (WHERE a = 'kept')) FROM answers), 'the counts of carom.suppress()');
SELECT set_eq($$ SELECT address, reason, source, expires_at, changes FROM carom.suppression WHERE account = 'two' $$,
	$$ SELECT address, reason, source, expires_at, changes FROM carom.suppression WHERE account = 'one' $$, 'and its list');

-- what may not be in it
SELECT throws_ok(format('SELECT pg_temp.import(%L)', q), '22023', NULL, n) FROM (VALUES
	($$ VALUES (7, 'A@x.test', '', 'r', 'staff', NULL::timestamptz, '') $$, 'an address that is not in its normal spelling'),
	($$ VALUES (7, 'nobody', '', 'r', 'staff', NULL::timestamptz, '') $$, 'or none'),
	($$ VALUES (7, NULL, '', 'r', 'staff', NULL::timestamptz, '') $$, 'not even a bad one'),
	($$ VALUES (7, 'a@x.test', '', ' ', 'staff', NULL::timestamptz, '') $$, 'no reason'),
	($$ VALUES (7, 'a@x.test', '', 'r', 'heaven', NULL::timestamptz, '') $$, 'a source that there is not'),
	($$ VALUES (7, 'a@x.test', '', repeat('r', 101), 'staff', NULL::timestamptz, '') $$, 'a reason that is too long')) AS x(q, n);
SELECT throws_ok($$ SELECT pg_temp.import('VALUES (7, ''a@x.test'', '''', ''r'', ''staff'', NULL::timestamptz, '''')', false, ' Carom') $$, '22023', NULL,
	'nobody plays the program');
SELECT throws_like($$ SELECT pg_temp.import('VALUES (9, ''b'', '''', ''r'', ''staff'', NULL::timestamptz, ''''), (7, ''a'', '''', ''r'', ''staff'', NULL, '''')') $$,
	'line 7: "a"%', 'the first bad line is named');

-- roles
SELECT throws_ok($$ SELECT carom.import_merge() $$, '55000', NULL, 'nothing without a beginning');
SET LOCAL ROLE carom_staff;
SELECT lives_ok($$ SELECT carom.import_begin() $$, 'staff import');
SELECT lives_ok($$ INSERT INTO pg_temp.carom_import (line, address, reason, source) VALUES (1, 'staff@x.test', 'r', 'staff') $$, 'hand in');
SELECT throws_ok($$ SELECT FROM pg_temp.carom_import $$, '42501', NULL, 'and do no more with the table');
SELECT is((SELECT added FROM carom.import_merge('anna')), 1::bigint, 'and merge');
RESET ROLE;
SELECT is((SELECT author FROM carom.suppression WHERE address = 'staff@x.test'), 'anna', 'an author is what somebody says');
DROP TABLE pg_temp.carom_import;
SET LOCAL ROLE carom_staff;
CREATE TEMP TABLE carom_import (line bigint, address text);
SELECT throws_ok($$ SELECT carom.import_merge() $$, '55000', NULL, 'a table that somebody else made is not looked at');
RESET ROLE;
SET LOCAL ROLE carom_writer;
SELECT throws_ok($$ SELECT carom.import_begin() $$, '42501', NULL, 'a writer does not import');
SELECT throws_ok($$ SELECT carom.import_merge() $$, '42501', NULL, 'nor merge');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
