-- SPDX-License-Identifier: BSD-2-Clause
-- carom - deliveries that the mail log tells, of addresses that they matter to
--
-- A log has a hundred thousand of them, and next to none matters. So they are asked
-- about in bulk, by two indexes.

CREATE OR REPLACE FUNCTION carom._note_deliveries(here int, addresses text[], times timestamptz[]) RETURNS bigint
LANGUAGE plpgsql
SET enable_seqscan = off SET jit = off  -- of large tables, next to nothing
AS $$
DECLARE
	zone    text := carom.setting('timezone');
	first   date := (SELECT (min(t.t) AT TIME ZONE zone)::date - 60 FROM unnest(times) AS t(t));
	last    date := (SELECT (max(t.t) AT TIME ZONE zone)::date + 1 FROM unnest(times) AS t(t));
	matters text[];
	noted   bigint;
BEGIN
	SELECT array_agg(DISTINCT s.address) INTO matters FROM carom.suppression s WHERE (here IS NULL OR s.home = here) AND s.address = ANY (addresses);
	matters := matters || ARRAY(SELECT DISTINCT e.address FROM carom.event e
		WHERE (here IS NULL OR e.home = here) AND e.address = ANY (addresses) AND e.day BETWEEN first AND last AND e.cause IS NOT NULL);
	IF matters IS NULL OR matters = '{}' THEN
		RETURN 0;
	END IF;
	INSERT INTO carom.delivered AS d (address, day, at, home)
		SELECT g.address, g.day, g.at, h.home
		FROM carom.home h, (
			SELECT a.address, (a.at AT TIME ZONE zone)::date AS day, max(a.at) AS at, carom._home_of(a.address) AS home
			FROM unnest(addresses, times) AS a(address, at)
				JOIN (SELECT DISTINCT m.address FROM unnest(matters) AS m(address)) m ON m.address = a.address
			GROUP BY 1, 2
		) g
		WHERE (here IS NULL OR h.home = here) AND h.home = g.home
		ORDER BY 1, 2
		ON CONFLICT ON CONSTRAINT delivered_pkey DO UPDATE SET at = greatest(d.at, excluded.at);
	GET DIAGNOSTICS noted = ROW_COUNT;
	RETURN noted;
END
$$;

DROP FUNCTION IF EXISTS carom.note_deliveries(text[], bigint[]);
CREATE FUNCTION carom.note_deliveries(addresses text[], times bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	moments timestamptz[] := ARRAY(SELECT to_timestamp(t.t) FROM unnest(times) WITH ORDINALITY AS t(t, n) ORDER BY t.n);
	noted   bigint := 0;
	here    int;
BEGIN
	IF carom.setting('distributed') IS DISTINCT FROM 'yes' THEN
		RETURN carom._note_deliveries(NULL, addresses, moments);
	END IF;
	FOREACH here IN ARRAY carom._homes(addresses) LOOP
		noted := noted + carom._note_deliveries(here, addresses, moments);
	END LOOP;
	RETURN noted;
END
$$;
COMMENT ON FUNCTION carom.note_deliveries(text[], bigint[]) IS
	'the next server took mail for these addresses, as carom.normalise() spells them, at these times (Unix); kept of those alone that are on the list or '
	'had an event in the 60 days before which may suppress them. Gives how many. The same again changes nothing';
