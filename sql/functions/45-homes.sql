-- SPDX-License-Identifier: BSD-2-Clause
-- carom - the home of rows from before there were homes
--
-- Blocks of a table at a time, each in a transaction of its own, and never a row
-- that somebody else holds: so nobody waits for longer than one of them takes.

CREATE OR REPLACE FUNCTION carom._fill_blocks(relation regclass, home text, low bigint, high bigint) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('UPDATE %s t SET home = %s WHERE t.ctid = ANY (ARRAY('
		'SELECT x.ctid FROM %1$s x WHERE x.ctid >= %3$L AND x.ctid < %4$L AND x.home IS NULL FOR NO KEY UPDATE SKIP LOCKED))',
		relation, home, format('(%s,0)', low), format('(%s,0)', high));
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

CREATE OR REPLACE PROCEDURE carom._fill_homes(blocks int DEFAULT 16)
LANGUAGE plpgsql
AS $$
DECLARE
	work   record;
	pages  bigint;
	filled bigint;
BEGIN
	IF carom.setting('distributed') = 'yes' THEN
		RETURN;
	END IF;
	LOOP
		filled := 0;
		FOR work IN
			-- reports first, for others ask them
			SELECT 1 AS n, 'carom.report'::regclass AS relation, 'carom._home_of(coalesce(nullif((SELECT e.address FROM carom.event e '
				'WHERE e.report = t.id AND e.day = t.day AND e.ordinal = 1 LIMIT 1), ''''), t.key))' AS home
			UNION ALL SELECT 2, 'carom.raw'::regclass, '(SELECT r.home FROM carom.report r WHERE r.key = t.key)'
			UNION ALL SELECT 3, i.inhrelid::regclass, 'CASE WHEN t.address <> '''' THEN carom._home_of(t.address) '
				'ELSE (SELECT r.home FROM carom.report r WHERE r.id = t.report) END'
				FROM pg_catalog.pg_inherits i WHERE i.inhparent = 'carom.event'::regclass
			UNION ALL SELECT 4, x.r::regclass, 'carom._home_of(t.address)'
				FROM unnest(ARRAY['carom.told', 'carom.suppression', 'carom.suppression_log', 'carom.address']) x(r)
			UNION ALL SELECT 5, 'carom.sent'::regclass, 'carom._home_of(t.message_id)'
			ORDER BY 1, 2
		LOOP
			pages := pg_relation_size(work.relation) / current_setting('block_size')::bigint;
			FOR block IN 0 .. pages BY blocks LOOP
				filled := filled + carom._fill_blocks(work.relation, work.home, block, block + blocks);
				COMMIT;
			END LOOP;
		END LOOP;
		-- once more, for what was locked, or written meanwhile by who began before
		EXIT WHEN filled = 0;
	END LOOP;
END
$$;
