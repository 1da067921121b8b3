-- SPDX-License-Identifier: BSD-2-Clause
-- Who may do what.
BEGIN;
SELECT plan(114);

SELECT is((SELECT rolcanlogin FROM pg_roles WHERE rolname = r), false, r || ' cannot log in by itself') FROM unnest(ARRAY['carom_writer', 'carom_outbound', 'carom_staff', 'carom_sender', 'carom_feed', 'carom_api', 'carom_webhooks']) r;
SELECT carom.suppress('held@x.test', 'r'), carom.set_verp_key('a', repeat('0', 64));
SELECT carom.forget('gone@x.test', refuse => true);

SET LOCAL ROLE carom_writer;
SELECT lives_ok($$ SELECT carom.record('{"kind": "bounce", "message_id": "<roles@t>", "outcomes": [{"recipient": "w@x.test", "action": "failed",
	"category": "recipient_unknown", "confidence": "proven"}]}') $$, 'a writer records');
SELECT lives_ok($$ SELECT carom.record('{"message_id": "<roles2@t>"}', 'raw') $$, 'with the message');
SELECT lives_ok($$ SELECT carom.record_many(ARRAY['{"message_id": "<roles3@t>"}', '{"message_id": "<roles4@t>"}']::jsonb[]) $$, 'many');
SELECT lives_ok($$ SELECT carom.add_volume('2024-11-10', 'a', 's', 'p', 5), carom.add_volumes(gen_random_uuid(), '[{"sent": 5}]') $$, 'counts what was sent');
SELECT isnt_empty($$ SELECT FROM carom.suppressed('w@x.test') $$, 'asks who is suppressed');
SELECT isnt_empty($$ SELECT FROM carom.suppressions_of('w@x.test') $$, 'in which scopes');
SELECT lives_ok($$ SELECT carom.address_id('w@x.test', 'acme'), carom.address_known(1), carom.remember_sent('m@t', 'w@x.test'), carom.verp('w@x.test', 'b@b.test'),
	carom.verp_token('w@x.test') $$, 'numbers addresses, remembers mail, makes return addresses');
SELECT is(carom.setting('timezone') IS NOT NULL, true, 'and settings');
SELECT lives_ok('SELECT max(version) FROM carom.schema_version', 'and the version');
SELECT throws_ok(format('SELECT FROM carom.%I', t), '42501', NULL, 'a writer does not read ' || t)
	FROM unnest(ARRAY['report', 'event', 'event_default', 'suppression', 'suppression_log', 'policy', 'tally', 'volume', 'duplicate', 'raw', 'raw_day', 'tally_day', 'cohort', 'volume_batch', 'home', 'address_lock', 'address', 'stream', 'setting', 'sent', 'told', 'verp_key',
		'daily', 'active_suppressions', 'policy_log']) t;
SELECT throws_ok(q, '42501', NULL, 'nor ' || q) FROM unnest(ARRAY[
	'INSERT INTO carom.tally (day, kind) VALUES (now(), ''bounce'')', 'UPDATE carom.suppression SET reason = ''x''', 'DELETE FROM carom.event',
	'DELETE FROM carom.suppression_log', 'TRUNCATE carom.report', 'UPDATE carom.policy SET after = NULL',
	'SELECT carom.suppress(''a@x.test'', ''x'')', 'SELECT carom.unsuppress(''held@x.test'', ''x'')', 'SELECT carom.prune(1, 1)',
	'SELECT FROM carom.suppressions()', 'SELECT FROM carom.suppressed_addresses()', 'LOCK TABLE carom.address_lock IN SHARE MODE',
	'SELECT carom.policy_set(''{}'')', 'SELECT carom.policy_unset(''{}'', ''n'')', 'SELECT FROM carom.policy_try()', 'SELECT FROM carom.alive()',
	'SELECT carom.set_transactional_streams(''{}'', ''n'')', 'SELECT FROM carom.count_cause(NULL, NULL, ''r'')',
	'SELECT carom.forget(''held@x.test'')', 'SELECT FROM carom.forget_key', 'SELECT carom._verp_sign('''', '''')', 'SELECT carom.set_verp_key(''a'', repeat(''0'', 64))',
	'SELECT carom.set_setting(''timezone'', ''UTC'')', 'SELECT carom._ingest(NULL, NULL, NULL, NULL)', 'SELECT carom.make_partitions(1)']) q;
RESET ROLE;

SET LOCAL ROLE carom_staff;
SELECT throws_ok($$ SELECT carom.record('{}') $$, '42501', NULL, 'staff do not record');
SELECT throws_ok($$ SELECT carom.record_many('{}') $$, '42501', NULL, 'nor many');
SELECT throws_ok($$ SELECT carom.add_volume('2024-11-10', '', '', '', 1) $$, '42501', NULL, 'nor count volumes');
SELECT throws_ok($$ SELECT carom.add_volumes(gen_random_uuid(), '[]') $$, '42501', NULL, 'nor batches of them');
SELECT lives_ok($$ SELECT carom.set_volume('2024-11-10', '', '', '', 1) $$, 'but import them');
SELECT is(carom.suppress('staff@x.test', 'asked'), 'added', 'staff suppress');
SELECT is(carom.unsuppress('staff@x.test', 'asked again'), true, 'and take off');
SELECT lives_ok($$ SELECT * FROM carom.report_isp('2024-11-01', '2024-11-30'), carom.report_category('2024-11-01', '2024-11-30'),
	carom.report_balance('2024-11-01', '2024-11-30'), carom.report_suppressions('2024-11-01', '2024-11-30') $$, 'read the reports');
SELECT lives_ok($$ SELECT FROM carom.nightly, carom.daily, carom.recent_events, carom.recent_reports, carom.unrecognised, carom.active_suppressions,
	carom.blocklists LIMIT 1 $$, 'and the views');
SELECT lives_ok($$ SELECT FROM carom.event, carom.report, carom.tally, carom.policy, carom.suppression_log LIMIT 1 $$, 'and the tables');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'and see whether all adds up');
SELECT lives_ok($$ SELECT carom.forget('gone@x.test'), carom.unsuppress('gone@x.test', 'n') FROM carom.forgotten $$, 'forget somebody, and see that they did');
SELECT is(carom.policy_set('{"category": "expired", "after": 9, "within_days": 9, "note": "n"}'), 'replaced', 'staff change the policy');
SELECT lives_ok($$ SELECT carom.policy_unset('{"category": "expired", "account": "a"}', 'n'), carom.set_transactional_streams('{receipts}', 'n') $$, 'all of it');
SELECT lives_ok($$ SELECT FROM carom.policy_try(), carom.alive(), carom.count_cause(NULL, NULL, 'r'), carom.policy_log,
	carom.transactional_streams() $$, 'try it and see what it did');
SELECT lives_ok($$ SELECT carom.policy_try(apply => true, note => 'n') $$, 'and apply it');
SELECT throws_ok(q, '42501', NULL, 'staff do not ' || q) FROM unnest(ARRAY[
	'SELECT FROM carom.raw', 'SELECT FROM carom.verp_key', 'SELECT FROM carom.forget_key', 'SELECT carom.forgotten_filter()', 'SELECT carom._hidden_name(''a@x.test'')', 'SELECT carom.verp(''a@x.test'', ''b@b.test'')', 'SELECT carom.address_id(''a@x.test'')', 'SELECT carom.address_known(1)',
	'SELECT carom.remember_sent(''m@t'', ''a@x.test'')', 'SELECT carom.set_verp_key(''a'', repeat(''0'', 64))', 'DELETE FROM carom.suppression', 'DELETE FROM carom.suppression_log', 'UPDATE carom.event SET category = NULL',
	'SELECT carom.prune(1, 1)', 'SELECT carom._apply_policy(NULL, NULL, NULL)', 'UPDATE carom.policy SET after = 1', 'CREATE TABLE carom.mine (a int)']) q;
RESET ROLE;

SET LOCAL ROLE carom_sender;
SELECT lives_ok($$ SELECT carom.verp('s@nodot', 'b@b.test', 1, 'acme'), carom.verp('s@x.test', 'b@b.test'), carom.verp_token('s@x.test') $$,
	'a sender makes return addresses');
SELECT isnt_empty($$ SELECT FROM carom.suppressed('held@x.test') $$, 'and asks whom it may mail');
RESET ROLE;
SELECT set_eq($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND has_function_privilege('carom_sender', p.oid, 'EXECUTE') $$,
	ARRAY['verp', 'verp_token', 'stream_number', 'suppressed'], 'and may do nothing else');
SELECT is_empty($$ SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'carom'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
	AND (has_any_column_privilege('carom_sender', c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege('carom_sender', c.oid, 'DELETE, TRUNCATE')) $$,
	'nor read or write a table');

SET LOCAL ROLE carom_outbound;
SELECT isnt_empty($$ SELECT FROM carom.suppressed_addresses() $$, 'the outbound daemon reads the addresses on the list');
SELECT lives_ok($$ SELECT carom.address_id('o@x.test'), carom.stream_number('acme'), carom.add_volumes(gen_random_uuid(), '[{"sent": 5}]'), carom.suppressed('held@x.test') $$,
	'asks, numbers addresses and counts what was sent');
SELECT lives_ok('SELECT max(version) FROM carom.schema_version', 'and the version');
RESET ROLE;
SELECT set_eq($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND has_function_privilege('carom_outbound', p.oid, 'EXECUTE') $$,
	ARRAY['suppressed_addresses', 'suppressed', 'suppressions_of', 'feed_number', 'feed_head', 'list_changes', 'address_id', 'stream_number', 'add_volumes',
		'normalise', '_normalise', 'setting', 'day', 'forgotten_filter',
		'mailbox_state', 'mailbox_rules', 'suppressed_mailboxes'], 'and may do nothing else');

SET LOCAL ROLE carom_feed;
SELECT lives_ok($$ SELECT carom.feed_number(), carom.feed_keep('roles', carom.feed_head()), carom.feed_cursor('roles') $$, 'an application numbers the feed and keeps a cursor');
SELECT isnt_empty($$ SELECT FROM carom.feed() $$, 'and reads it');
RESET ROLE;
SELECT set_eq($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND has_function_privilege('carom_feed', p.oid, 'EXECUTE') $$,
	ARRAY['feed_number', 'feed_head', 'feed', 'feed_cursor', 'feed_keep', 'feed_consumers'], 'and may do nothing else');
SELECT is_empty($$ SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'carom'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S') AND c.relname <> 'schema_version'
	AND (has_any_column_privilege('carom_feed', c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege('carom_feed', c.oid, 'DELETE, TRUNCATE')) $$,
	'nor read or write a table');

CREATE ROLE carom_test_nobody;
SET LOCAL ROLE carom_test_nobody;
SELECT throws_ok($$ SELECT carom.normalise('x') $$, '42501', NULL, 'others do nothing');
SELECT throws_ok($$ SELECT FROM carom.tally $$, '42501', NULL, 'and see nothing');
RESET ROLE;
SELECT is_empty($$
	SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	WHERE n.nspname = 'carom' AND has_function_privilege('carom_test_nobody', p.oid, 'EXECUTE')
$$, 'no function is for everybody');

SELECT * FROM finish();
ROLLBACK;
