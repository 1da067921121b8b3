-- SPDX-License-Identifier: BSD-2-Clause
-- carom on Citus: everything about addresses is divided by its home
--
-- Run once, on the coordinator, after carom db init or upgrade, CREATE EXTENSION
-- citus and citus_add_node() for each worker, which want a superuser; this and all
-- that follows does not: whoever owns the schema may, if he may log in on all
-- machines. In a filled database while nobody records, for each row moves to its
-- place:
--
--     psql -v ON_ERROR_STOP=1 -d carom -f citus.sql
--
-- The tables are one transaction, each function another: what was broken off goes
-- on when it is called again. From then on carom db upgrade, prune and check work
-- as before.

-- as many places as machines; more of them take longer, and they can be split later
\if :{?shards}
\else
SELECT greatest(count(*), 2) AS shards FROM pg_dist_node WHERE shouldhaveshards \gset
\endif

SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'carom.home'::regclass) AS there \gset
\if :there
\else
BEGIN;
SET LOCAL citus.multi_shard_modify_mode TO 'sequential';
SET LOCAL client_min_messages TO warning;

DO $$
BEGIN
	IF carom.setting('distributed') = 'yes' THEN
		RAISE EXCEPTION 'this database is distributed already';
	ELSIF NOT EXISTS (SELECT FROM carom.schema_version WHERE name = 'homes' AND version > 4) THEN
		RAISE EXCEPTION 'let carom db upgrade end first: not every row has a home';
	END IF;
END
$$;

-- what every machine reads
DROP TRIGGER IF EXISTS check_setting ON carom.setting;
DROP TRIGGER IF EXISTS feed_changes ON carom.suppression_log;
DROP TRIGGER IF EXISTS note_mailboxes ON carom.suppression;  -- comes back when its function is known everywhere
SELECT create_reference_table('carom.category');
SELECT create_reference_table('carom.policy');
SELECT create_reference_table('carom.policy_log');
SELECT create_reference_table('carom.setting');
SELECT create_reference_table('carom.forget_key');
SELECT create_reference_table('carom.setting_log');
SELECT create_reference_table('carom.mailbox_rule');

-- Of a report with outcomes in several homes, each has a part.
INSERT INTO carom.report (id, key, day, arrived, recorded_at, kind, format, returned_feedback_id, returned_list_id, source_ip, events, home, part)
	SELECT r.id, r.key || '/' || e.home, r.day, r.arrived, r.recorded_at, r.kind, r.format, r.returned_feedback_id, r.returned_list_id, r.source_ip,
		e.events, e.home, 1
	FROM carom.report r JOIN (
		SELECT e.report, e.home, count(*) AS events FROM carom.event e GROUP BY 1, 2) e ON e.report = r.id AND e.home <> r.home;
UPDATE carom.report r SET events = r.events - p.events
	FROM (SELECT id, sum(events) AS events FROM carom.report WHERE part > 0 GROUP BY 1) p WHERE p.id = r.id AND r.part = 0;

-- A key is unique where its home is one of its columns.
ALTER TABLE carom.report DROP CONSTRAINT report_pkey, ALTER COLUMN home SET NOT NULL;
UPDATE carom.report SET key = left(key, 64) WHERE part > 0;
ALTER TABLE carom.report ADD CONSTRAINT report_pkey PRIMARY KEY (key, home);
ALTER TABLE carom.raw DROP CONSTRAINT raw_pkey, ADD CONSTRAINT raw_pkey PRIMARY KEY (key, home);
ALTER TABLE carom.told DROP CONSTRAINT told_pkey, ADD CONSTRAINT told_pkey PRIMARY KEY (address, message, what, home);
ALTER TABLE carom.event DROP CONSTRAINT event_pkey, ADD CONSTRAINT event_pkey PRIMARY KEY (address, day, id, home);
ALTER TABLE carom.suppression DROP CONSTRAINT suppression_pkey, ADD CONSTRAINT suppression_pkey PRIMARY KEY (address, account, stream, home);
ALTER TABLE carom.suppression_log DROP CONSTRAINT suppression_log_pkey,
	ADD CONSTRAINT suppression_log_pkey PRIMARY KEY (address, account, stream, id, home);
ALTER TABLE carom.tally DROP CONSTRAINT tally_pkey, ADD CONSTRAINT tally_pkey
	PRIMARY KEY (day, account, stream, provider, kind, action, category, class, feedback_type, confidence, home);
ALTER TABLE carom.duplicate DROP CONSTRAINT duplicate_pkey, ADD CONSTRAINT duplicate_pkey PRIMARY KEY (day, kind, home);
ALTER TABLE carom.address DROP CONSTRAINT address_pkey, ADD CONSTRAINT address_pkey PRIMARY KEY (address, account, home);
UPDATE carom.held SET home = carom._home_of(address) WHERE home IS NULL;
ALTER TABLE carom.held DROP CONSTRAINT held_pkey, ADD CONSTRAINT held_pkey PRIMARY KEY (address, account, stream, home);
UPDATE carom.same_mailbox SET home = carom._home_of(address) WHERE home IS NULL;
ALTER TABLE carom.same_mailbox DROP CONSTRAINT same_mailbox_pkey, ADD CONSTRAINT same_mailbox_pkey PRIMARY KEY (address, home);
ALTER TABLE carom.sent DROP CONSTRAINT sent_pkey, ADD CONSTRAINT sent_pkey PRIMARY KEY (message_id, address, account, stream, home);

SELECT create_distributed_table('carom.home', 'home', colocate_with => 'none', shard_count => :shards);
SELECT create_distributed_table(format('carom.%I', t)::regclass, 'home', colocate_with => 'carom.home')
	FROM unnest(ARRAY['address_lock', 'report', 'raw', 'told', 'event', 'suppression', 'suppression_log', 'tally', 'cohort', 'duplicate', 'raw_day', 'tally_day', 'named', 'named_day', 'delivered',
		'address', 'sent', 'held', 'same_mailbox', 'feed_waiting']) WITH ORDINALITY AS x(t, n) ORDER BY n;

UPDATE carom.setting SET value = 'yes' WHERE name = 'distributed';
COMMIT;
\endif

SET client_min_messages TO warning;
SELECT format('SELECT create_distributed_function(%L)', u.id) FROM carom._undistributed_functions() AS u(id) \gexec
SELECT carom._distribute_functions();
