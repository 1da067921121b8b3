-- SPDX-License-Identifier: BSD-2-Clause
-- carom - what Citus wants of the functions, each time that they are made anew
--
-- Citus plans each statement anew on a machine, as if it went to another one: of
-- record() that takes ten times as long as the work itself. So each machine has
-- what record() does once more for each place that lies there, with the names of
-- the tables of that place: made out of the same text, and planned once in a
-- session. What is missing there is done by the text itself, and takes longer.

-- The functions that a place has of its own: those by which _take_many() gets at
-- tables.
CREATE OR REPLACE FUNCTION carom._placed_functions() RETURNS TABLE (id oid, name text)
LANGUAGE sql STABLE
AS $$
	WITH RECURSIVE called AS (
		SELECT p.oid, p.proname::text AS name, p.prosrc
		FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND p.proname = '_take_many'
		UNION
		SELECT p.oid, p.proname::text, p.prosrc
		FROM called c JOIN pg_catalog.pg_proc p ON p.pronamespace = 'carom'::regnamespace AND p.prokind = 'f' AND p.provolatile <> 'i'
			AND strpos(c.prosrc, 'carom.' || p.proname || '(') > 0
		-- these look at all places
		WHERE p.proname NOT IN ('_take', '_brake') AND p.prolang = (SELECT l.oid FROM pg_catalog.pg_language l WHERE l.lanname = 'plpgsql')
	)
	SELECT c.oid, c.name FROM called c
$$;

-- Makes the functions of the place whose part of carom.home is this shard.
CREATE OR REPLACE FUNCTION carom._place_functions(shard bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET check_function_bodies = off
AS $$
DECLARE
	functions text := (SELECT string_agg(f.name, '|') FROM carom._placed_functions() f);
	part      record;
	text_of   record;
	body      text;
BEGIN
	PERFORM set_config('citus.enable_ddl_propagation', 'off', true);
	FOR text_of IN
		SELECT p.oid::regprocedure AS body FROM pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND p.proname ~ ('_' || shard || '$')
	LOOP
		EXECUTE format('DROP FUNCTION %s', text_of.body);
	END LOOP;
	FOR text_of IN SELECT pg_get_functiondef(f.id) AS body FROM carom._placed_functions() f LOOP
		body := regexp_replace(text_of.body, '\mcarom\.(' || functions || ')\(', format('carom.\1_%s(', shard), 'g');
		FOR part IN
			SELECT c.relname AS name, s.shardid AS number
			FROM pg_dist_shard home JOIN pg_dist_partition p ON true
				JOIN pg_class c ON c.oid = p.logicalrelid AND c.relnamespace = 'carom'::regnamespace AND NOT c.relispartition
				JOIN pg_dist_shard s ON s.logicalrelid = p.logicalrelid
					AND (s.shardminvalue = home.shardminvalue OR s.shardminvalue IS NULL)
			WHERE home.shardid = shard
		LOOP
			body := regexp_replace(body, '\m(FROM|JOIN|INTO|UPDATE)\s+carom\.' || part.name || '\M', format('\1 carom.%s_%s', part.name, part.number), 'g');
			body := regexp_replace(body, '\m(ON CONSTRAINT ' || part.name || '_pkey)\M', '\1_' || part.number, 'g');
		END LOOP;
		EXECUTE body;
	END LOOP;
	EXECUTE format('CREATE OR REPLACE FUNCTION carom._record_%s(home int, reports jsonb[], raws bytea[]) RETURNS jsonb[] LANGUAGE plpgsql '
		'SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off '
		'AS $f$ BEGIN RETURN carom._take_many_%1$s(home, reports, raws); END $f$', shard);
	FOR text_of IN
		SELECT p.oid::regprocedure AS body FROM pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND p.proname ~ ('_' || shard || '$')
	LOOP
		EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', text_of.body);
	END LOOP;
	PERFORM set_config('citus.enable_ddl_propagation', 'on', true);
END
$$;

CREATE OR REPLACE FUNCTION carom.place_functions() RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
	place record;
	n     int := 0;
BEGIN
	-- through the tables, so that it is done where they lie and in this transaction
	FOR place IN
		SELECT get_shard_id_for_distribution_column('carom.home', h) AS shard, min(h) AS home FROM generate_series(0, 63) h GROUP BY 1
	LOOP
		EXECUTE format('SELECT carom._place_functions(%s) FROM carom.home h WHERE h.home = %s', place.shard, place.home);
		n := n + 1;
	END LOOP;
	PERFORM carom.set_setting('places', n::text);  -- each may keep and open so much of what strangers write
	RETURN n;
END
$$;
COMMENT ON FUNCTION carom.place_functions() IS
	'on Citus, make what record() does on each machine for what lies there, after machines were added or shards were moved; without it recording takes longer';

-- The functions that are to be known to all machines, and are not yet. What names a
-- table that stays on the coordinator stays there.
CREATE OR REPLACE FUNCTION carom._undistributed_functions() RETURNS SETOF regprocedure
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN QUERY
		SELECT p.oid::regprocedure FROM pg_proc p
		WHERE p.pronamespace = 'carom'::regnamespace AND p.prokind = 'f' AND p.proname NOT IN ('record_home', '_daily')
			AND p.oid NOT IN (SELECT d.objid FROM pg_dist_object d WHERE d.classid = 'pg_proc'::regclass)
			AND pg_get_functiondef(p.oid) !~ (
				SELECT '\mcarom\.(' || string_agg(c.relname, '|') || ')\M' FROM pg_class c
				WHERE c.relnamespace = 'carom'::regnamespace AND c.relkind IN ('r', 'p', 'v')
					AND c.oid NOT IN (SELECT x.logicalrelid FROM pg_dist_partition x))
		ORDER BY 1;
END
$$;

-- None of them plans for good: a plan says on which machine.
CREATE OR REPLACE FUNCTION carom._distribute_functions() RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM create_distributed_function(u.id) FROM carom._undistributed_functions() AS u(id);
	ALTER FUNCTION carom._record_at(int, jsonb[], bytea[]) SET citus.allow_nested_distributed_execution TO on;
	ALTER FUNCTION carom.record(jsonb, bytea) RESET plan_cache_mode;
	ALTER FUNCTION carom.record_many(jsonb[], bytea[]) RESET plan_cache_mode;
	ALTER FUNCTION carom.suppressed(text, text, text) RESET plan_cache_mode;
	ALTER FUNCTION carom.suppressions_of(text) RESET plan_cache_mode;
	ALTER FUNCTION carom.api_check(text, text, jsonb, text, text) RESET plan_cache_mode;
	ALTER FUNCTION carom._note_mailboxes() SET citus.allow_nested_distributed_execution TO on;
	PERFORM carom._watch_mailboxes();
	PERFORM carom.place_functions();
END
$$;
