-- SPDX-License-Identifier: BSD-2-Clause
-- The page for staff: what each role sees and does, in whose name, and that its
-- database role can do nothing else.
BEGIN;
SELECT plan(87);

-- who
SELECT lives_ok($$ SELECT carom.staff_add('rita', 'reader'), carom.staff_add('edi', 'editor', 'support'), carom.staff_add('ada', 'admin') $$, 'three people');
SELECT throws_ok($$ SELECT carom.staff_add('x', 'root') $$, '22023', NULL, 'a role is one of three');
SELECT throws_ok($$ SELECT carom.staff_add('', 'reader') $$, '22023', NULL, 'a name is one');
SELECT throws_ok($$ SELECT carom.staff_add(E'a\nb', 'reader') $$, '22023', NULL, 'without controls');
SELECT throws_ok($$ SELECT carom.staff_add('Carom', 'admin') $$, '22023', NULL, 'carom is nobody of ours');
SELECT lives_ok($$ SELECT carom.staff_add('edi', 'editor') $$, 'somebody again');
SELECT results_eq($$ SELECT name, role, note FROM carom.staff_list() $$,
	$$ VALUES ('ada', 'admin', NULL), ('edi', 'editor', 'support'), ('rita', 'reader', NULL) $$, 'keeps the note');
SELECT is((SELECT role FROM carom.page_enter('rita')), 'reader', 'a role is told');
SELECT is_empty($$ SELECT * FROM carom.page_enter('Rita') $$, 'of exactly that name');
SELECT is_empty($$ SELECT * FROM carom.page_enter(NULL) $$, 'and of nobody');

-- every function of the page wants a name that is one of ours
SELECT throws_ok(format('SELECT * FROM carom.%I(%s)', p.proname, array_to_string(ARRAY['''mallory''']
		|| array_fill('NULL'::text, ARRAY[p.pronargs - 1]), ', ')), '42501', NULL, p.proname || ' wants somebody of staff')
	FROM (SELECT p.proname, p.pronargs FROM pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND p.proname ~ '^page_' AND p.proname <> 'page_enter' ORDER BY 1) p;

-- why mail came back
SELECT carom.record(jsonb_build_object('kind', 'bounce', 'key', repeat(n::text, 64), 'arrived', now(), 'outcomes', jsonb_build_array(
	jsonb_build_object('recipient', 'full' || n || '@x.test', 'action', 'failed', 'category', 'mailbox_full', 'status', '5.2.2', 'provider', p,
		'diagnostic', 'smtp; 552 5.2.2 over quota', 'confidence', 'matched')))) FROM (VALUES (1, 'yahoo_aol'), (2, 'gmail'), (3, 'gmail')) v(n, p);
SELECT carom.record(jsonb_build_object('kind', 'bounce', 'key', repeat(n::text, 64), 'arrived', now(), 'outcomes', jsonb_build_array(
	jsonb_build_object('recipient', 'g' || n || '@gone.test', 'action', 'failed', 'category', 'recipient_unknown', 'class', 'hard', 'status', '5.1.1',
		'provider', p, 'rule', 'r1', 'diagnostic', 'smtp; 550 5.1.1 unknown', 'confidence', 'matched')))) FROM (VALUES (4, 'yahoo_aol'), (5, 'gmail')) v(n, p);
SELECT results_eq($$ SELECT provider, events FROM carom.page_templates('rita', carom.day() - 1, carom.day() + 1, '{"category": "mailbox_full"}') $$,
	$$ VALUES ('gmail, yahoo_aol', 3::bigint) $$, 'one reply of two providers names both');

-- putting and taking off
SELECT is(carom.page_suppress('edi', 'a@x.test', 'asked', NULL, NULL, 'by phone', date '2099-01-31'), 'added', 'an editor puts on the list');
SELECT results_eq($$ SELECT author, note, account, expires_at AT TIME ZONE carom.setting('timezone') FROM carom.suppression WHERE address = 'a@x.test' $$,
	$$ VALUES ('edi', 'by phone', '', timestamp '2099-02-01') $$, 'in that name, through that day');
SELECT throws_ok($$ SELECT carom.page_suppress('rita', 'b@x.test', 'asked', NULL, NULL, 'n') $$, '42501', NULL, 'a reader does not');
SELECT throws_ok($$ SELECT carom.page_suppress('edi', 'b@x.test', 'asked', NULL, NULL, ' ') $$, '22023', NULL, 'nor anybody without a note');
SELECT throws_ok($$ SELECT carom.page_lift('rita', 'a@x.test', NULL, NULL, 'n') $$, '42501', NULL, 'a reader lifts nothing');
SELECT throws_ok($$ SELECT carom.page_lift('edi', 'a@x.test', NULL, NULL, NULL) $$, '22023', NULL, 'a note is needed');
SELECT is(carom.page_lift('edi', 'A@x.test', NULL, NULL, 'wrote to us'), true, 'an editor lifts');
SELECT is(carom.page_lift('edi', 'a@x.test', NULL, NULL, 'again'), false, 'once');
SELECT is((SELECT author || '/' || note FROM carom.suppression_log WHERE address = 'a@x.test' AND change = 'remove'), 'edi/wrote to us', 'the log has the name');
INSERT INTO carom.suppression (address, account, spelling, reason, source, author, home)
	VALUES ('c@x.test', 'acme', 'c@x.test', 'complaint:abuse', 'complaint', 'carom', carom._home_of('c@x.test'));
SELECT throws_ok($$ SELECT carom.page_lift('edi', 'c@x.test', 'acme', NULL, 'n') $$, '42501', NULL, 'what a person asked for takes more than an editor');
SELECT is(carom.page_lift('ada', 'c@x.test', 'acme', NULL, 'wrote to us'), true, 'an admin');
SELECT throws_ok($$ SELECT * FROM carom.page_undo('edi', '{"reason": "r"}', 'n', false) $$, '42501', NULL, 'so does undoing');
SELECT lives_ok($$ SELECT * FROM carom.page_undo('rita', '{"reason": "r"}', NULL, true) $$, 'but not looking');

-- the list: filters are values, whatever stands in them
DO $$ BEGIN PERFORM carom.page_suppress('edi', n || '@page.test', 'asked', 'acme', NULL, 'n') FROM generate_series(1, 25) n; END $$;
SELECT is((SELECT count(*) FROM carom.page_list('rita', '{"domain": "Page.test"}', NULL, 10)), 10::bigint, 'a page');
CREATE FUNCTION pg_temp.pages(most int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	place text;
	n     int;
BEGIN
	LOOP
		RETURN QUERY SELECT l.address FROM carom.page_list('rita', '{"domain": "page.test"}', place, most) l;
		GET DIAGNOSTICS n = ROW_COUNT;
		EXIT WHEN n < most;
		place := (SELECT l."position" FROM carom.page_list('rita', '{"domain": "page.test"}', place, most) WITH ORDINALITY l(a, b, c, d, e, f, g, h, i, j, k, "position", nr)
			ORDER BY l.nr DESC LIMIT 1);
	END LOOP;
END
$$;
SELECT bag_eq('SELECT pg_temp.pages(7)', $$ SELECT n || '@page.test' FROM generate_series(1, 25) n $$, 'pages have each entry once');
SELECT is_empty(format('SELECT * FROM carom.page_list(''rita'', %L)', jsonb_build_object(f, v)), f || ' of ' || v)
	FROM unnest(ARRAY['account', 'domain', 'reason', 'rule']) f, unnest(ARRAY[$q$' OR true --$q$]) v;
SELECT throws_ok($$ SELECT * FROM carom.page_list('rita', '{}', '["x"]') $$, '22023', NULL, 'a made-up place is none');

-- a file
SELECT results_eq($$ SELECT added, kept FROM carom.page_import('edi', '[{"line": 1, "address": "i@x.test", "reason": "asked", "source": "import"}]', 'moved', true) $$,
	$$ VALUES (1::bigint, 0::bigint) $$, 'an import is counted first');

-- webhooks
SELECT throws_ok($$ SELECT * FROM carom.page_webhook_add('edi', 'https://a.example/', NULL, NULL, NULL, 'n') $$, '42501', NULL, 'an editor adds no webhook');
SELECT is((SELECT left(secret, 6) FROM carom.page_webhook_add('ada', 'https://a.example/', 'bounce  complaint', NULL, NULL, 'n')), 'whsec_', 'an admin does');
SELECT is((SELECT kinds || '/' || author FROM carom.page_webhooks('rita')), 'bounce complaint/ada', 'in that name');
SELECT is(carom.page_webhook_do('ada', (SELECT id FROM carom.page_webhooks('rita')), 'pause', 'moving'), true, 'paused');
SELECT is((SELECT state || '/' || note FROM carom.page_webhooks('rita')), 'paused/n; pause by ada: moving', 'with who and why');
SELECT is(carom.page_webhook_do('ada', 'nothing', 'remove', 'n'), false, 'one that there is not');

-- what undo has to choose from, and what it did; what a domain would concern
SELECT results_eq($$ SELECT reason, rule, providers, entries, since = until - 6 FROM carom.page_choices('rita', '{}') $$,
	$$ VALUES ('recipient_unknown', 'r1', 2::bigint, 2::bigint, true) $$, 'undo has a reason and a rule to choose, with how many entries');
SELECT is_empty($$ SELECT * FROM carom.page_choices('rita', '{"until": "2001-01-01"}') $$, 'of those days');
SELECT results_eq($$ SELECT name, addresses, events, whole FROM carom.page_domain('edi', '@Gone.test') $$,
	$$ VALUES ('@gone.test', 2::bigint, 2::bigint, true) $$, 'a domain concerns addresses');
SELECT is((SELECT addresses FROM carom.page_domain('edi', '@.test')), 5::bigint, 'and all below one');
SELECT results_eq($$ SELECT * FROM carom.page_known('rita', 'nobody', 'none', 'nowhere') $$, $$ VALUES (false, false, false) $$, 'what nobody has heard of is not known');
SELECT results_eq($$ SELECT * FROM carom.page_known('rita', NULL, NULL, 'yahoo_aol') $$, $$ VALUES (true, true, true) $$, 'a provider of a report is, and what is not asked');
SELECT results_eq($$ SELECT kind, address, diagnostic FROM carom.page_report('rita', (SELECT e.report FROM carom.event e WHERE e.address = 'g4@gone.test')) $$,
	$$ VALUES ('bounce', 'g4@gone.test', 'smtp; 550 5.1.1 unknown') $$, 'a report is told with its events');
SELECT is_empty($$ SELECT * FROM carom.page_report('rita', 0) $$, 'one that is there');
SELECT throws_ok($$ SELECT * FROM carom.page_domain('edi', 'a@gone.test') $$, '22023', NULL, 'an address is no domain');
CREATE TEMPORARY TABLE deed AS SELECT * FROM carom.page_undo('ada', '{"rule": "r1"}', 'wrong', false);
SELECT results_eq($$ SELECT p.address, p.rule FROM carom.page_released('ada', (SELECT min(deed) FROM deed)) p WHERE p.rule = 'r1' $$,
	$$ VALUES ('g4@gone.test', 'r1'), ('g5@gone.test', 'r1') $$, 'who was released is told');

-- the role
SELECT is((SELECT rolcanlogin FROM pg_roles WHERE rolname = 'carom_page'), false, 'its role cannot log in by itself');
SELECT is_empty($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND has_function_privilege('carom_page', p.oid, 'EXECUTE')
	AND p.proname !~ '^(page_|report_|undetermined$|unread$|incidents$|webhooks$|day$|setting$|rate|_(daily|tally|duplicates|arrived|cohorts|report_cohorts|named_all|named_daily|wilson|share)$)' $$, 'its role calls these and nothing else');
SELECT is(has_function_privilege('carom_page', 'carom.report_suppressions(date, date, text, text)', 'EXECUTE'), false, 'no report that names people');
SELECT is_empty($$ SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'carom'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
	AND (has_any_column_privilege('carom_page', c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege('carom_page', c.oid, 'DELETE, TRUNCATE')) $$,
	'nor reads or writes a table');
SELECT is_empty($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND p.proname LIKE 'staff\_%'
	AND has_function_privilege('carom_page', p.oid, 'EXECUTE') $$, 'nor makes staff');
SELECT is(carom.staff_remove('rita'), true, 'somebody goes');
SELECT throws_ok($$ SELECT * FROM carom.page_health('rita') $$, '42501', NULL, 'and sees nothing any more');
SELECT is_empty($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND has_function_privilege('carom_page', p.oid, 'EXECUTE')
	AND p.proname ~ '^_' AND 'address' = ANY (p.proargnames) $$, 'none of those beside the page''s own names people');
SET LOCAL ROLE carom_page;
SELECT lives_ok($$ SELECT * FROM carom.page_list('edi', '{}'), carom.report_isp(current_date, current_date) $$, 'the role does its work');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
