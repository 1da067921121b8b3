-- SPDX-License-Identifier: BSD-2-Clause
-- carom - do the numbers agree?

-- What can be seen in one home by itself, or NULL for all of them at once. kept_from
-- is the first day that is looked at; since NULL for everything.
CREATE OR REPLACE FUNCTION carom._check_home(here int, kept_from date, since date)
RETURNS TABLE (n int, expected bigint, found bigint)
-- STABLE, so all of it sees one moment, while others go on writing
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	moment timestamptz := coalesce(since::timestamptz, '-infinity');
BEGIN
	RETURN QUERY
	WITH per_report AS MATERIALIZED (
		SELECT r.id, r.day, r.kind, r.part, r.events AS expected, e.events, e.firsts, e.same,
			r.id IS NULL AS orphan, e.report IS NULL AS empty
		FROM (SELECT x.id, x.day, x.kind, x.part, x.events FROM carom.report x
				WHERE (here IS NULL OR x.home = here) AND x.day >= kept_from) r
			FULL JOIN (
				SELECT x.report, count(*) AS events, count(*) FILTER (WHERE x.ordinal = 1) AS firsts,
					min(x.kind) || min(x.day) AS same
				FROM carom.event x WHERE (here IS NULL OR x.home = here) AND x.day >= kept_from GROUP BY x.report
			) e ON e.report = r.id
	), last_change AS MATERIALIZED (
		SELECT DISTINCT ON (l.address, l.account, l.stream) l.address, l.account, l.stream, l.change, l.reason, l.source, l.author, l.expires_at
		FROM carom.suppression_log l
		WHERE (here IS NULL OR l.home = here) AND l.at >= moment
		ORDER BY l.address, l.account, l.stream, l.at DESC, l.id DESC
	), list AS MATERIALIZED (
		-- a day more, for a clock that is ahead and for who takes long; there is an index
		SELECT s.* FROM carom.suppression s WHERE (here IS NULL OR s.home = here) AND s.changed_at >= moment - interval '2 days'
	), mails AS MATERIALIZED (
		SELECT e.address, e.message, carom._what(e.kind, e.action, e.feedback_type) AS what, count(*) AS events,
			count(*) FILTER (WHERE e.repeated) AS repeats,
			count(*) FILTER (WHERE NOT e.repeated AND e.confidence IN ('proven', 'matched', 'claimed')) AS believed
		FROM carom.event e
		WHERE (here IS NULL OR e.home = here) AND e.day >= kept_from AND e.message IS NOT NULL AND e.address <> ''
			AND carom._what(e.kind, e.action, e.feedback_type) IS NOT NULL
		GROUP BY 1, 2, 3
	)
	SELECT 7, 0::bigint, (SELECT coalesce(sum(r.events), 0)::bigint FROM per_report r WHERE r.orphan)
	UNION ALL SELECT 8, 0, (
		SELECT count(*) FROM per_report r WHERE NOT r.orphan
			AND (r.empty OR r.expected <> r.events OR r.firsts <> (r.part = 0)::int OR r.same <> r.kind || r.day))
	UNION ALL SELECT 10, 0, (
		SELECT count(*) FROM list s LEFT JOIN last_change l USING (address, account, stream)
		WHERE s.changed_at >= moment
			AND (l.address IS NULL OR l.change = 'remove' OR (s.reason, s.source, s.author) <> (l.reason, l.source, l.author)
				OR s.expires_at IS DISTINCT FROM l.expires_at))
	UNION ALL SELECT 11, 0, (
		SELECT count(*) FROM last_change l LEFT JOIN list s USING (address, account, stream)
		WHERE l.change <> 'remove' AND s.address IS NULL AND l.address <> '')
	UNION ALL SELECT 12, 0, (
		SELECT count(*) FROM list s
		WHERE s.event_day >= kept_from AND NOT EXISTS (
			SELECT 1 FROM carom.event e JOIN carom.report r ON r.id = e.report
			WHERE (here IS NULL OR e.home = here) AND (here IS NULL OR r.home = here)
				AND e.address = s.address AND e.day = s.event_day AND e.id = s.event AND r.key = s.report_key))
	UNION ALL SELECT 14, 0, (
		SELECT count(*) FROM carom.event e
		WHERE (here IS NULL OR e.home = here) AND e.day >= kept_from AND e.repeated
			AND e.resolved_by IS DISTINCT FROM 'forgotten' AND (e.message IS NULL OR e.address = '' OR carom._what(e.kind, e.action, e.feedback_type) IS NULL))
	-- The first may have been before; then told still has its day.
	UNION ALL SELECT 15, 0, (
		SELECT count(*)
		FROM mails m LEFT JOIN (SELECT x.address, x.message, x.what, x.day, x.times FROM carom.told x WHERE (here IS NULL OR x.home = here)) t
			USING (address, message, what)
		WHERE m.believed > 1 OR m.events - m.repeats - m.believed > 1
			OR t.day IS NULL OR t.day >= kept_from AND (m.events = m.repeats OR m.events <> t.times));
END
$$;

-- What the tally says, against the events and reports of all homes.
CREATE OR REPLACE FUNCTION carom._check_tally(kept_from date)
RETURNS TABLE (n int, expected bigint, found bigint)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
	WITH events AS MATERIALIZED (
		SELECT e.day, e.account, e.stream, e.provider, e.kind, coalesce(e.action, '') AS action,
			coalesce(e.category, '') AS category, coalesce(e.class, '') AS class,
			coalesce(e.feedback_type, '') AS feedback_type, coalesce(e.confidence, '') AS confidence,
			count(*) FILTER (WHERE NOT e.repeated) AS events, count(*) FILTER (WHERE e.repeated) AS repeats,
			count(*) FILTER (WHERE e.ordinal = 1) AS reports, count(l.event) AS suppressions
		FROM carom.event e
			LEFT JOIN carom.suppression_log l ON l.event = e.id AND l.event_day = e.day AND l.change = 'add' %s
		WHERE e.day >= $1
		GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
	), tally AS MATERIALIZED (
		SELECT t.day, t.account, t.stream, t.provider, t.kind, t.action, t.category, t.class, t.feedback_type, t.confidence,
			sum(t.events)::bigint AS events, sum(t.repeats)::bigint AS repeats, sum(t.reports)::bigint AS reports,
			sum(t.suppressions)::bigint AS suppressions
		FROM carom.tally t WHERE t.day >= $1
		GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
		%s
	), reports AS MATERIALIZED (
		SELECT r.day, r.kind, count(*) AS n FROM carom.report r WHERE r.day >= $1 AND r.part = 0 GROUP BY 1, 2
	)
	SELECT 1, (SELECT coalesce(sum(e.events), 0)::bigint FROM events e), (SELECT coalesce(sum(t.events), 0)::bigint FROM tally t)
	UNION ALL SELECT 2, (SELECT coalesce(sum(r.n), 0)::bigint FROM reports r), (SELECT coalesce(sum(t.reports), 0)::bigint FROM tally t)
	UNION ALL SELECT 3, (SELECT coalesce(sum(e.suppressions), 0)::bigint FROM events e),
		(SELECT coalesce(sum(t.suppressions), 0)::bigint FROM tally t)
	UNION ALL SELECT 4, 0, (
		SELECT count(*)
		FROM events e FULL JOIN tally t USING (day, account, stream, provider, kind, action, category, class,
			feedback_type, confidence)
		WHERE (e.events, e.repeats, e.reports, e.suppressions) IS DISTINCT FROM (t.events, t.repeats, t.reports, t.suppressions))
	UNION ALL SELECT 5, (SELECT coalesce(sum(r.n), 0)::bigint FROM reports r), (
		SELECT coalesce(sum(t.reports), 0)::bigint FROM tally t
		WHERE t.kind IN ('bounce', 'delay', 'delivery', 'complaint', 'unsubscribe', 'auto_reply', 'auth_report', 'unrecognised'))
	UNION ALL SELECT 6, 0, (
		SELECT count(*)
		FROM reports r FULL JOIN (SELECT t.day, t.kind, sum(t.reports) AS n FROM tally t GROUP BY 1, 2 HAVING sum(t.reports) <> 0) t
			USING (day, kind)
		WHERE r.n IS DISTINCT FROM t.n)
	UNION ALL SELECT 13, (SELECT coalesce(sum(e.repeats), 0)::bigint FROM events e),
		(SELECT coalesce(sum(t.repeats), 0)::bigint FROM tally t)
	$q$, CASE WHEN carom.setting('distributed') = 'yes' THEN 'AND l.home = e.home' ELSE '' END,
		-- where the rows of several homes may come to nothing together
		CASE WHEN carom.setting('distributed') = 'yes' THEN 'HAVING sum(t.events) <> 0 OR sum(t.repeats) <> 0 OR sum(t.reports) <> 0 '
			'OR sum(t.suppressions) <> 0' ELSE '' END) USING kept_from;
END
$$;

DROP FUNCTION IF EXISTS carom.check_integrity();
DROP FUNCTION IF EXISTS carom.check_integrity(date);
CREATE FUNCTION carom.check_integrity(since date DEFAULT NULL)
RETURNS TABLE (name text, expected bigint, found bigint, ok boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	-- events of older days are gone, their tally stays
	kept_from date := greatest(carom.setting('pruned_before')::date, since);
	names text[] := ARRAY['events in the tally', 'reports in the tally', 'new suppressions in the tally',
		'tally rows that differ from their events', 'received as the sum of its kinds',
		'days and kinds with another number of reports in the tally', 'events without a report',
		'reports with missing or surplus events', 'duplicates', 'suppressions without a trace in the log',
		'suppressions that went without a trace in the log', 'suppressions whose evidence is not there', 'repeats in the tally',
		'repeats of mail that nobody knows', 'mail that was counted twice, or never, for one address',
		'cohort rows that differ from their events',
		'days with other figures by campaign or IP address than in their events', 'campaigns and IP addresses with more than their events'];
	-- n is the place in names
	numbers int[];
	wanted  bigint[];
	got     bigint[];
	one     record;
BEGIN
	SELECT array_agg(c.n), array_agg(c.expected), array_agg(c.found) INTO numbers, wanted, got FROM carom._check_tally(kept_from) c;
	-- a machine counts many homes as one
	numbers := numbers || 16;
	wanted := wanted || 0::bigint;
	got := got || carom._check_cohorts(NULL, kept_from);
	SELECT numbers || array_agg(c.n), wanted || array_agg(c.expected), got || array_agg(c.found) INTO numbers, wanted, got
		FROM carom._check_named(greatest(kept_from, carom.setting('named_from')::date)) c;
	IF carom.setting('distributed') = 'yes' THEN
		FOR here IN 0 .. 63 LOOP
			FOR one IN SELECT * FROM carom._check_home(here, kept_from, since) LOOP
				numbers := numbers || one.n;
				wanted := wanted || one.expected;
				got := got || one.found;
			END LOOP;
		END LOOP;
	ELSE
		SELECT numbers || array_agg(c.n), wanted || array_agg(c.expected), got || array_agg(c.found) INTO numbers, wanted, got
			FROM carom._check_home(NULL, kept_from, since) c;
	END IF;
	IF since IS NULL THEN  -- a duplicate does not say of which day its report is
		numbers := numbers || 9;
		wanted := wanted || ((SELECT coalesce(sum(r.duplicates), 0)::bigint FROM carom.report r WHERE r.part = 0)
			+ coalesce(carom.setting('pruned_duplicates')::bigint, 0));
		got := got || (SELECT coalesce(sum(d.seen), 0)::bigint FROM carom.duplicate d);
	END IF;
	RETURN QUERY
		SELECT names[c.n], sum(c.expected)::bigint, sum(c.found)::bigint, sum(c.expected) = sum(c.found)
		FROM unnest(numbers, wanted, got) AS c(n, expected, found) GROUP BY c.n ORDER BY c.n;
END
$$;
COMMENT ON FUNCTION carom.check_integrity(date) IS
	'proves that the tally equals the events, received the sum of its kinds, and the suppressions their log; reads everything, '
	'or what is of that day or later';
