-- SPDX-License-Identifier: BSD-2-Clause
-- The schema is there, and explains itself.
BEGIN;
SELECT plan(22);

SELECT has_schema('carom');
SELECT tables_are('carom', ARRAY(
	SELECT 'staff' UNION ALL
	SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'carom' AND c.relname ~ '^event_\d{4}_\d\d$'
	UNION ALL SELECT unnest(ARRAY['tally_day', 'cohort', 'forget_key', 'forgotten', 'setting_log', 'mailbox_rule', 'same_mailbox', 'api_import'])
	UNION ALL
	SELECT unnest(ARRAY['named', 'named_day', 'named_volume', 'delivered'])
	UNION ALL
	SELECT unnest(ARRAY['delivery', 'log_file', 'log_host', 'log_minute', 'outside'])
	UNION ALL
	SELECT unnest(ARRAY['address', 'address_lock', 'category', 'consumer', 'duplicate', 'event', 'event_default', 'feed_entry',
		'feed_head', 'feed_waiting', 'brake', 'held', 'incident', 'incident_log', 'home', 'policy', 'policy_log', 'raw', 'raw_day', 'report',
		'replayed', 'schema_version', 'sent', 'setting', 'stream', 'suppression', 'suppression_log', 'tally', 'told', 'api_key', 'verp_key', 'volume', 'volume_batch',
		'webhook', 'webhook_delivery', 'webhook_secret'])), 'these tables and no others');
SELECT views_are('carom', ARRAY['active_suppressions', 'blocklists', 'daily', 'named_daily', 'nightly', 'outside_age', 'recent_events', 'recent_reports',
	'unrecognised']);
SELECT has_role('carom_writer');
SELECT has_role('carom_staff');
SELECT has_role('carom_sender');
SELECT has_role('carom_outbound');
SELECT has_role('carom_api');
SELECT has_role('carom_feed');
SELECT has_role('carom_webhooks');

SELECT is_empty($$
	SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname = 'carom' AND c.relkind IN ('r', 'p', 'v') AND obj_description(c.oid, 'pg_class') IS NULL
$$, 'every table and view has a comment');
SELECT is_empty($$
	SELECT c.relname, a.attname
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
	WHERE n.nspname = 'carom' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		AND a.attnum > 0 AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL
$$, 'every column of a table has a comment');
SELECT is_empty($$
	SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	WHERE n.nspname = 'carom' AND p.proname !~ '^_' AND obj_description(p.oid, 'pg_proc') IS NULL AND p.proname <> 'set_setting'
		OR n.nspname = 'carom' AND p.proname = 'set_setting' AND obj_description(p.oid, 'pg_proc') IS NULL
$$, 'every function for people has a comment');
SELECT is_empty($$
	SELECT table_name, column_name FROM information_schema.columns
	WHERE table_schema = 'carom' AND data_type = 'timestamp without time zone'
$$, 'no time without time zone');
SELECT is_empty($$
	SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	WHERE n.nspname = 'carom' AND p.prosecdef AND NOT coalesce(p.proconfig, '{}')::text ~ 'search_path'
$$, 'whoever borrows rights fixes the search path');

SELECT is((SELECT count(*) FROM carom.category), 35::bigint, '35 categories');
SELECT results_eq($$ SELECT class, count(*) FROM carom.category GROUP BY class ORDER BY class $$,
	$$ VALUES ('block', 8::bigint), ('hard', 5), ('info', 3), ('policy', 8), ('soft', 11) $$, 'in five classes');
SELECT set_eq(
	$$ SELECT category FROM carom.policy WHERE (account, stream, provider, status, reply) = ('', '', '', '', '') $$,
	$$ SELECT category FROM carom.category
		UNION ALL SELECT 'complaint:' || t FROM unnest(ARRAY['abuse', 'fraud', 'virus', 'opt-out', 'not-spam',
			'auth-failure', 'other']) t $$,
	'a general policy for each category and each type of complaint');

SELECT ok((SELECT partstrat = 'r' FROM pg_partitioned_table WHERE partrelid = 'carom.event'::regclass), 'event is cut by range');
SELECT ok(to_regclass('carom.' || to_char(carom.day(), '"event_"YYYY_MM')) IS NOT NULL, 'this month has its partition');
SELECT throws_ok($$ SELECT carom.set_setting('timezone', 'Moon/Crater') $$, '22023', NULL, 'no time zone on the moon');
SELECT lives_ok($$ SELECT carom.set_setting('timezone', 'Asia/Jakarta') $$, 'but in Jakarta');

SELECT * FROM finish();
ROLLBACK;
