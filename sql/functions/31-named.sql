-- SPDX-License-Identifier: BSD-2-Clause
-- carom - figures by campaign and by sending IP address
--
-- Names come from mail, so a bound holds for each day: reports open so many rows
-- (setting named_rows), and only what is proven, matched or claimed opens any. The
-- rest is counted as "(other)".

-- The campaign of a mail: its Feedback-ID, or else its List-Id without the phrase
-- (RFC 2919, whose names know no case). '' or NULL: it names none.
CREATE OR REPLACE FUNCTION carom._campaign(feedback_id text, list_id text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN btrim($1) <> '' THEN left(btrim($1), 200)
		ELSE left(lower(btrim(coalesce(substring($2 FROM '<([^<>]*)>\s*$'), $2)) COLLATE "C"), 200) END
$$;

-- What these events count, a row a name; believed says of each whether one of its
-- events may open a row. The numbers are those of carom.daily.
CREATE OR REPLACE FUNCTION carom._named_of(events carom.event[], reports carom.report[])
RETURNS TABLE (day date, dimension text, account text, stream text, provider text, name text, hard bigint, soft bigint, block bigint, policy bigint,
	bounced bigint, complaints bigint, not_spam bigint, unsubscribes bigint, delays bigint, believed boolean)
LANGUAGE sql IMMUTABLE
AS $$
	SELECT e.day, n.dimension, e.account, e.stream, e.provider, n.name,
		count(*) FILTER (WHERE e.kind = 'bounce' AND e.action = 'failed' AND e.class = 'hard'),
		count(*) FILTER (WHERE e.kind = 'bounce' AND e.action = 'failed' AND e.class = 'soft'),
		count(*) FILTER (WHERE e.kind = 'bounce' AND e.action = 'failed' AND e.class = 'block'),
		count(*) FILTER (WHERE e.kind = 'bounce' AND e.action = 'failed' AND e.class = 'policy'),
		count(*) FILTER (WHERE e.kind = 'bounce' AND e.action = 'failed'),
		count(*) FILTER (WHERE e.kind = 'complaint' AND e.feedback_type NOT IN ('opt-out', 'auth-failure', 'not-spam')),
		count(*) FILTER (WHERE e.kind = 'complaint' AND e.feedback_type = 'not-spam'),
		count(*) FILTER (WHERE e.kind = 'unsubscribe' OR e.kind = 'complaint' AND e.feedback_type = 'opt-out'),
		count(*) FILTER (WHERE e.action = 'delayed'),
		bool_or(e.confidence IN ('proven', 'matched', 'claimed')) IS TRUE
	FROM unnest($1) e
		JOIN (
			SELECT r.id, 'campaign' AS dimension, carom._campaign(r.returned_feedback_id, r.returned_list_id) AS name FROM unnest($2) r
			UNION ALL SELECT r.id, 'ip', host(r.source_ip) FROM unnest($2) r WHERE r.source_ip IS NOT NULL
		) n ON n.id = e.report
	WHERE n.name <> '' AND NOT e.repeated
		AND (e.kind = 'bounce' AND e.action = 'failed' OR e.kind IN ('complaint', 'unsubscribe') OR e.action = 'delayed')
	GROUP BY 1, 2, 3, 4, 5, 6
$$;

-- Counts one event in a row that is there. FALSE: there is none.
CREATE OR REPLACE FUNCTION carom._count_one_named(here int, e carom.event, of_dimension text, of_name text) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	failed    int := ((e.kind = 'bounce' AND e.action = 'failed') IS TRUE)::int;
	complaint text := CASE WHEN e.kind = 'complaint' THEN e.feedback_type END;
	pressed   int := ((complaint NOT IN ('opt-out', 'auth-failure', 'not-spam')) IS TRUE)::int;
	unsubs    int := ((e.kind = 'unsubscribe' OR complaint = 'opt-out') IS TRUE)::int;
	delay     int := ((e.action = 'delayed') IS TRUE)::int;
BEGIN
	IF of_name IS NULL OR of_name = '' OR e.repeated OR failed + pressed + unsubs + delay = 0 AND complaint IS DISTINCT FROM 'not-spam' THEN
		RETURN true;
	END IF;
	UPDATE carom.named t SET writes = t.writes + 1, hard = t.hard + CASE WHEN e.class = 'hard' THEN failed ELSE 0 END,
			soft = t.soft + CASE WHEN e.class = 'soft' THEN failed ELSE 0 END, block = t.block + CASE WHEN e.class = 'block' THEN failed ELSE 0 END,
			policy = t.policy + CASE WHEN e.class = 'policy' THEN failed ELSE 0 END, bounced = t.bounced + failed, complaints = t.complaints + pressed,
			not_spam = t.not_spam + CASE WHEN complaint = 'not-spam' THEN 1 ELSE 0 END, unsubscribes = t.unsubscribes + unsubs, delays = t.delays + delay
		WHERE t.home = coalesce(here, 0) AND t.day = e.day AND t.dimension = of_dimension AND t.account = e.account AND t.stream = e.stream
			AND t.provider = e.provider AND t.name = of_name;
	RETURN FOUND;
END
$$;

-- Counts events of reports. The rows that are locked: named by key, then named_day
-- by day. The batch that reaches the bound of a day may exceed it, once.
CREATE OR REPLACE FUNCTION carom._count_many_named(here int, most bigint, events carom.event[], reports carom.report[]) RETURNS void
LANGUAGE plpgsql
SET enable_nestloop = off  -- a batch is larger than a plan for any batch believes
AS $$
DECLARE
	full_days date[];
	made      record;
	opened    date[] := '{}';  -- the day of each row that is new
BEGIN
	SELECT coalesce(array_agg(d.day), '{}') INTO full_days FROM carom.named_day d WHERE d.home = coalesce(here, 0) AND d.is_full;
	FOR made IN
		INSERT INTO carom.named AS t (day, dimension, account, stream, provider, name, hard, soft, block, policy, bounced, complaints, not_spam,
				unsubscribes, delays, writes, home)
			SELECT x.*, h.home FROM carom.home h, (
				SELECT y.day, y.dimension, y.account, y.stream, y.provider, y.name, sum(y.hard), sum(y.soft), sum(y.block), sum(y.policy),
					sum(y.bounced), sum(y.complaints), sum(y.not_spam), sum(y.unsubscribes), sum(y.delays), 1
				FROM (
					SELECT n.day, n.dimension, n.account, n.stream, n.provider, CASE
						WHEN n.believed AND n.day <> ALL (full_days) OR (SELECT true FROM carom.named k
							WHERE k.home = coalesce(here, 0) AND k.day = n.day AND k.dimension = n.dimension AND k.account = n.account
								AND k.stream = n.stream AND k.provider = n.provider AND k.name = n.name) THEN n.name
						ELSE '(other)' END AS name, n.hard, n.soft, n.block, n.policy, n.bounced, n.complaints, n.not_spam, n.unsubscribes, n.delays
					FROM carom._named_of(events, reports) n
				) y
				GROUP BY 1, 2, 3, 4, 5, 6) x
			WHERE h.home = coalesce(here, 0)
			ORDER BY 1, 2, 3, 4, 5, 6
			ON CONFLICT ON CONSTRAINT named_pkey DO UPDATE SET hard = t.hard + excluded.hard, soft = t.soft + excluded.soft,
				block = t.block + excluded.block, policy = t.policy + excluded.policy, bounced = t.bounced + excluded.bounced,
				complaints = t.complaints + excluded.complaints, not_spam = t.not_spam + excluded.not_spam,
				unsubscribes = t.unsubscribes + excluded.unsubscribes, delays = t.delays + excluded.delays, writes = t.writes + 1
			RETURNING t.day, t.name, t.writes
	LOOP
		IF made.writes = 1 AND made.name <> '(other)' THEN
			opened := opened || made.day;
		END IF;
	END LOOP;
	IF opened <> '{}' THEN
		INSERT INTO carom.named_day AS d (day, opened, is_full, home)
			SELECT x.day, x.n, x.n >= most, h.home FROM carom.home h, (SELECT o.day, count(*) AS n FROM unnest(opened) AS o(day) GROUP BY 1) x
			WHERE h.home = coalesce(here, 0) ORDER BY 1
			ON CONFLICT ON CONSTRAINT named_day_pkey DO UPDATE SET opened = d.opened + excluded.opened,
				is_full = d.opened + excluded.opened >= most;
	END IF;
END
$$;

-- Counts what these reports name, if they name anything.
CREATE OR REPLACE FUNCTION carom._count_named(here int, most bigint, events carom.event[], reports carom.report[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	named boolean := false;
	r     carom.report;
BEGIN
	-- many reports name neither
	FOREACH r IN ARRAY reports LOOP
		named := r.source_ip IS NOT NULL OR r.returned_feedback_id <> '' OR r.returned_list_id <> '';
		EXIT WHEN named;
	END LOOP;
	IF named IS NOT TRUE THEN
		RETURN;
	END IF;
	IF cardinality(events) = 1 THEN
		IF carom._count_one_named(here, events[1], 'campaign', carom._campaign(r.returned_feedback_id, r.returned_list_id)) THEN
			r.returned_feedback_id := NULL;
			r.returned_list_id := NULL;
		END IF;
		IF r.source_ip IS NOT NULL AND carom._count_one_named(here, events[1], 'ip', host(r.source_ip)) THEN
			r.source_ip := NULL;
		END IF;
		IF r.source_ip IS NULL AND r.returned_feedback_id IS NULL AND r.returned_list_id IS NULL THEN
			RETURN;
		END IF;
		reports := ARRAY[r];
	END IF;
	PERFORM carom._count_many_named(here, most, events, reports);
END
$$;

-- Takes away up to these figures and gives what was not there to be taken.
CREATE OR REPLACE FUNCTION carom._take_named(x carom.named) RETURNS carom.named
LANGUAGE plpgsql
AS $$
DECLARE
	had carom.named;
BEGIN
	SELECT t.* INTO had FROM carom.named t
		WHERE t.home = x.home AND t.day = x.day AND t.dimension = x.dimension AND t.account = x.account AND t.stream = x.stream
			AND t.provider = x.provider AND t.name = x.name
		FOR UPDATE;
	IF NOT FOUND THEN
		RETURN x;
	END IF;
	UPDATE carom.named t SET hard = greatest(had.hard - x.hard, 0), soft = greatest(had.soft - x.soft, 0), block = greatest(had.block - x.block, 0),
			policy = greatest(had.policy - x.policy, 0), bounced = greatest(had.bounced - x.bounced, 0),
			complaints = greatest(had.complaints - x.complaints, 0), not_spam = greatest(had.not_spam - x.not_spam, 0),
			unsubscribes = greatest(had.unsubscribes - x.unsubscribes, 0), delays = greatest(had.delays - x.delays, 0)
		WHERE t.home = x.home AND t.day = x.day AND t.dimension = x.dimension AND t.account = x.account AND t.stream = x.stream
			AND t.provider = x.provider AND t.name = x.name;
	DELETE FROM carom.named t
		WHERE t.home = x.home AND t.day = x.day AND t.dimension = x.dimension AND t.account = x.account AND t.stream = x.stream
			AND t.provider = x.provider AND t.name = x.name
			AND t.bounced + t.complaints + t.not_spam + t.unsubscribes + t.delays = 0;
	x.hard := greatest(x.hard - had.hard, 0);
	x.soft := greatest(x.soft - had.soft, 0);
	x.block := greatest(x.block - had.block, 0);
	x.policy := greatest(x.policy - had.policy, 0);
	x.bounced := greatest(x.bounced - had.bounced, 0);
	x.complaints := greatest(x.complaints - had.complaints, 0);
	x.not_spam := greatest(x.not_spam - had.not_spam, 0);
	x.unsubscribes := greatest(x.unsubscribes - had.unsubscribes, 0);
	x.delays := greatest(x.delays - had.delays, 0);
	RETURN x;
END
$$;

-- Counts events of reports that are there, or takes them out again. What was counted
-- as "(other)" is found there. On Citus what is taken out is a number below 0, in a
-- home of its own: all of them together count.
CREATE OR REPLACE FUNCTION carom._recount_named(events carom.event[], sign int) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	ids     bigint[] := ARRAY(SELECT DISTINCT e.report FROM unnest(_recount_named.events) e);
	reports carom.report[] := '{}';
	r       carom.report;
	x       carom.named;
BEGIN
	FOR r IN SELECT t.* FROM carom.report t WHERE t.id = ANY (ids) AND t.part = 0 LOOP
		reports := reports || r;
	END LOOP;
	IF reports = '{}' THEN
		RETURN;
	ELSIF sign > 0 THEN
		PERFORM carom._count_named(NULL, coalesce(carom.setting('named_rows')::bigint, 10000), _recount_named.events, reports);
		RETURN;
	ELSIF carom.setting('distributed') = 'yes' THEN
		INSERT INTO carom.named AS t (day, dimension, account, stream, provider, name, hard, soft, block, policy, bounced, complaints, not_spam,
				unsubscribes, delays, home)
			SELECT y.*, h.home FROM carom.home h, (
				SELECT n.day, n.dimension, n.account, n.stream, n.provider, n.name, -n.hard, -n.soft, -n.block, -n.policy, -n.bounced, -n.complaints,
					-n.not_spam, -n.unsubscribes, -n.delays
				FROM carom._named_of(_recount_named.events, reports) n) y
			WHERE h.home = 0
			ORDER BY 1, 2, 3, 4, 5, 6
			ON CONFLICT ON CONSTRAINT named_pkey DO UPDATE SET hard = t.hard + excluded.hard, soft = t.soft + excluded.soft,
				block = t.block + excluded.block, policy = t.policy + excluded.policy, bounced = t.bounced + excluded.bounced,
				complaints = t.complaints + excluded.complaints, not_spam = t.not_spam + excluded.not_spam,
				unsubscribes = t.unsubscribes + excluded.unsubscribes, delays = t.delays + excluded.delays;
		RETURN;
	END IF;
	FOR x IN
		SELECT n.day, n.dimension, n.account, n.stream, n.provider, n.name, n.hard, n.soft, n.block, n.policy, n.bounced, n.complaints, n.not_spam,
			n.unsubscribes, n.delays, 1, 0
		FROM carom._named_of(_recount_named.events, reports) n ORDER BY 1, 2, 3, 4, 5, 6
	LOOP
		x := carom._take_named(x);
		IF x.bounced + x.complaints + x.not_spam + x.unsubscribes + x.delays > 0 AND x.name <> '(other)' THEN
			x.name := '(other)';
			PERFORM carom._take_named(x);
		END IF;
	END LOOP;
END
$$;

-- The same of all events of these reports.
CREATE OR REPLACE FUNCTION carom._recount_reports(ids bigint[], sign int) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	found carom.event[] := '{}';
	e     carom.event;
BEGIN
	FOR e IN SELECT x.* FROM carom.event x WHERE x.report = ANY (ids) LOOP
		found := found || e;
	END LOOP;
	IF found <> '{}' THEN
		PERFORM carom._recount_named(found, sign);
	END IF;
END
$$;

-- Of a batch of add_volumes(): what was sent, by name. What would be more than
-- named_rows in a day is "(other)".
CREATE OR REPLACE FUNCTION carom._add_named(counts jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	most bigint;
BEGIN
	IF NOT jsonb_path_exists(counts, 'lax $[*] ? (exists(@.feedback_id) || exists(@.list_id) || exists(@.ip))') THEN
		RETURN;
	END IF;
	most := coalesce(carom.setting('named_rows')::bigint, 10000);
	INSERT INTO carom.named_volume AS v (day, dimension, account, stream, provider, name, sent)
		SELECT b.day, b.dimension, b.account, b.stream, b.provider,
			CASE WHEN b.known OR b.nth <= b.room THEN b.name ELSE '(other)' END, sum(b.sent)
		FROM (
			SELECT a.*, CASE WHEN NOT a.known THEN row_number() OVER (PARTITION BY a.day, a.known
					ORDER BY a.dimension, a.account, a.stream, a.provider, a.name) END AS nth,
				CASE WHEN NOT a.known THEN most - (SELECT count(*) FROM carom.named_volume v WHERE v.day = a.day) END AS room
			FROM (
				SELECT g.*, g.name = '(other)' OR EXISTS (SELECT FROM carom.named_volume v
					WHERE v.day = g.day AND v.dimension = g.dimension AND v.account = g.account AND v.stream = g.stream
						AND v.provider = g.provider AND v.name = g.name) AS known
				FROM (
					SELECT carom._volume_day(carom.day(coalesce(x.at, now()))) AS day, n.dimension, left(coalesce(x.account, ''), 128) AS account,
						left(coalesce(x.stream, ''), 128) AS stream, left(coalesce(x.provider, ''), 64) AS provider, n.name,
						sum(carom._volume(x.sent)) AS sent
					FROM jsonb_to_recordset(counts) AS x(at timestamptz, account text, stream text, provider text, sent bigint, feedback_id text,
							list_id text, ip text)
						CROSS JOIN LATERAL (VALUES ('campaign', carom._campaign(x.feedback_id, x.list_id)), ('ip', host(carom._inet(x.ip))))
							AS n(dimension, name)
					WHERE n.name <> ''
					GROUP BY 1, 2, 3, 4, 5, 6
				) g
			) a
		) b
		GROUP BY 1, 2, 3, 4, 5, 6
		ORDER BY 1, 2, 3, 4, 5, 6
		ON CONFLICT ON CONSTRAINT named_volume_pkey DO UPDATE SET sent = v.sent + excluded.sent;
END
$$;

-- One step of forgetting, of carom.prune().
CREATE OR REPLACE FUNCTION carom._prune_named(most int) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	before date := carom.day() - coalesce(carom.setting('named_days')::int, 400);
	oldest date := (SELECT min(t.day) FROM carom.named t);
	n      bigint;
	m      bigint;
BEGIN
	-- nobody compares older days with their events from now on
	IF oldest < before AND coalesce(carom.setting('named_from')::date, '-infinity') < before THEN
		PERFORM carom.set_setting('named_from', before::text);
	END IF;
	n := carom._forget('named', format('day < %L', before), 'day', most);
	PERFORM carom._forget('named_day', format('day < %L', before), 'day', most);
	DELETE FROM carom.named_volume v WHERE (v.day, v.dimension, v.account, v.stream, v.provider, v.name) IN (
		SELECT x.day, x.dimension, x.account, x.stream, x.provider, x.name FROM carom.named_volume x WHERE x.day < before
		ORDER BY x.day LIMIT most);
	GET DIAGNOSTICS m = ROW_COUNT;
	RETURN n + m;
END
$$;

-- What was counted by name, against the events, of all homes. A name may have less
-- than its events, for the rest of them is "(other)"; all together have the same.
CREATE OR REPLACE FUNCTION carom._check_named(kept_from date)
RETURNS TABLE (n int, expected bigint, found bigint)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	counts CONSTANT text := $q$
		count(*) FILTER (WHERE e.kind = 'bounce' AND e.action = 'failed' AND e.class = 'hard') AS hard,
		count(*) FILTER (WHERE e.kind = 'bounce' AND e.action = 'failed' AND e.class = 'soft') AS soft,
		count(*) FILTER (WHERE e.kind = 'bounce' AND e.action = 'failed' AND e.class = 'block') AS block,
		count(*) FILTER (WHERE e.kind = 'bounce' AND e.action = 'failed' AND e.class = 'policy') AS policy,
		count(*) FILTER (WHERE e.kind = 'bounce' AND e.action = 'failed') AS bounced,
		count(*) FILTER (WHERE e.kind = 'complaint' AND e.feedback_type NOT IN ('opt-out', 'auth-failure', 'not-spam')) AS complaints,
		count(*) FILTER (WHERE e.kind = 'complaint' AND e.feedback_type = 'not-spam') AS not_spam,
		count(*) FILTER (WHERE e.kind = 'unsubscribe' OR e.kind = 'complaint' AND e.feedback_type = 'opt-out') AS unsubscribes,
		count(*) FILTER (WHERE e.action = 'delayed') AS delays $q$;
	side CONSTANT text := CASE WHEN carom.setting('distributed') = 'yes' THEN 'AND r.home = e.home' ELSE '' END;
BEGIN
	RETURN QUERY EXECUTE format($q$
	WITH events AS MATERIALIZED (
		SELECT e.day, 'campaign' AS dimension, e.account, e.stream, e.provider,
			carom._campaign(r.returned_feedback_id, r.returned_list_id) AS name, %1$s
		FROM carom.event e JOIN carom.report r ON r.id = e.report %2$s
		WHERE e.day >= $1 AND r.day >= $1 AND NOT e.repeated AND carom._campaign(r.returned_feedback_id, r.returned_list_id) <> ''
		GROUP BY e.day, e.account, e.stream, e.provider, carom._campaign(r.returned_feedback_id, r.returned_list_id)
		UNION ALL
		SELECT e.day, 'ip', e.account, e.stream, e.provider, host(r.source_ip), %1$s
		FROM carom.event e JOIN carom.report r ON r.id = e.report %2$s
		WHERE e.day >= $1 AND r.day >= $1 AND NOT e.repeated AND r.source_ip IS NOT NULL
		GROUP BY e.day, e.account, e.stream, e.provider, host(r.source_ip)
	), counted AS (
		SELECT e.day, e.dimension, e.account, e.stream, e.provider, e.name,
			ARRAY[e.hard, e.soft, e.block, e.policy, e.bounced, e.complaints, e.not_spam, e.unsubscribes, e.delays] AS sums
		FROM events e
	), named AS MATERIALIZED (
		SELECT t.day, t.dimension, t.account, t.stream, t.provider, t.name,
			sum(t.hard)::bigint AS hard, sum(t.soft)::bigint AS soft, sum(t.block)::bigint AS block, sum(t.policy)::bigint AS policy,
			sum(t.bounced)::bigint AS bounced, sum(t.complaints)::bigint AS complaints, sum(t.not_spam)::bigint AS not_spam,
			sum(t.unsubscribes)::bigint AS unsubscribes, sum(t.delays)::bigint AS delays
		FROM carom.named t WHERE t.day >= $1 GROUP BY 1, 2, 3, 4, 5, 6
		HAVING sum(t.bounced + t.complaints + t.not_spam + t.unsubscribes + t.delays) <> 0
	), kept AS (
		SELECT t.day, t.dimension, t.account, t.stream, t.provider, t.name,
			ARRAY[t.hard, t.soft, t.block, t.policy, t.bounced, t.complaints, t.not_spam, t.unsubscribes, t.delays] AS sums
		FROM named t
	), total AS (
		SELECT e.day, e.dimension, e.account, e.stream, e.provider, ARRAY[sum(e.hard), sum(e.soft), sum(e.block), sum(e.policy), sum(e.bounced),
			sum(e.complaints), sum(e.not_spam), sum(e.unsubscribes), sum(e.delays)] AS sums
		FROM events e GROUP BY 1, 2, 3, 4, 5
		HAVING sum(e.bounced + e.complaints + e.not_spam + e.unsubscribes + e.delays) > 0
	), stored AS (
		SELECT t.day, t.dimension, t.account, t.stream, t.provider, ARRAY[sum(t.hard), sum(t.soft), sum(t.block), sum(t.policy), sum(t.bounced),
			sum(t.complaints), sum(t.not_spam), sum(t.unsubscribes), sum(t.delays)] AS sums
		FROM named t GROUP BY 1, 2, 3, 4, 5
	)
	SELECT 17, 0::bigint, (
		SELECT count(*) FROM total e FULL JOIN stored t USING (day, dimension, account, stream, provider)
		WHERE e.sums IS DISTINCT FROM t.sums)
	UNION ALL SELECT 18, 0, (
		SELECT count(*) FROM kept t LEFT JOIN counted e USING (day, dimension, account, stream, provider, name)
		WHERE t.name <> '(other)' AND (e.sums IS NULL
			OR EXISTS (SELECT FROM unnest(t.sums, e.sums) AS x(has, may) WHERE x.has > x.may)))
	$q$, counts, side) USING kept_from;
END
$$;
