-- SPDX-License-Identifier: BSD-2-Clause
-- carom - do the numbers agree?

DROP FUNCTION IF EXISTS carom.check_integrity();
CREATE FUNCTION carom.check_integrity()
RETURNS TABLE (name text, expected bigint, found bigint, ok boolean)
-- STABLE, so all of it sees one moment, while others go on writing
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	-- events of older days are gone, their tally stays
	kept_from date := carom.setting('pruned_before')::date;
BEGIN
	RETURN QUERY
	WITH events AS MATERIALIZED (
		SELECT e.day, e.account, e.stream, e.provider, e.kind, coalesce(e.action, '') AS action,
			coalesce(e.category, '') AS category, coalesce(e.class, '') AS class,
			coalesce(e.feedback_type, '') AS feedback_type, coalesce(e.confidence, '') AS confidence,
			count(*) FILTER (WHERE NOT e.repeated) AS events, count(*) FILTER (WHERE e.repeated) AS repeats,
			count(*) FILTER (WHERE e.ordinal = 1) AS reports, count(l.event) AS suppressions
		FROM carom.event e
			LEFT JOIN carom.suppression_log l ON l.event = e.id AND l.event_day = e.day AND l.change = 'add'
		WHERE e.day >= kept_from
		GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
	), tally AS MATERIALIZED (
		SELECT * FROM carom.tally t WHERE t.day >= kept_from
	), per_report AS MATERIALIZED (
		SELECT r.id, r.day, r.kind, r.events AS expected, e.events, e.firsts, e.same,
			r.id IS NULL AS orphan, e.report IS NULL AS empty
		FROM (SELECT * FROM carom.report x WHERE x.day >= kept_from) r
			FULL JOIN (
				SELECT x.report, count(*) AS events, count(*) FILTER (WHERE x.ordinal = 1) AS firsts,
					min(x.kind) || min(x.day) AS same
				FROM carom.event x WHERE x.day >= kept_from GROUP BY x.report
			) e ON e.report = r.id
	), last_change AS MATERIALIZED (
		SELECT DISTINCT ON (l.address, l.account, l.stream) l.*
		FROM carom.suppression_log l
		ORDER BY l.address, l.account, l.stream, l.id DESC
	), mails AS MATERIALIZED (
		SELECT e.address, e.message, carom._what(e.kind, e.action, e.feedback_type) AS what, count(*) AS events,
			count(*) FILTER (WHERE e.repeated) AS repeats,
			count(*) FILTER (WHERE NOT e.repeated AND e.confidence IN ('proven', 'matched', 'claimed')) AS believed
		FROM carom.event e
		WHERE e.day >= kept_from AND e.message IS NOT NULL AND e.address <> ''
			AND carom._what(e.kind, e.action, e.feedback_type) IS NOT NULL
		GROUP BY 1, 2, 3
	), checks (n, name, expected, found) AS (
		SELECT 1, 'events in the tally', (SELECT coalesce(sum(e.events), 0) FROM events e),
			(SELECT coalesce(sum(t.events), 0) FROM tally t)
		UNION ALL SELECT 2, 'reports in the tally', (SELECT count(*) FROM per_report r WHERE NOT r.orphan),
			(SELECT coalesce(sum(t.reports), 0) FROM tally t)
		UNION ALL SELECT 3, 'new suppressions in the tally', (SELECT coalesce(sum(e.suppressions), 0) FROM events e),
			(SELECT coalesce(sum(t.suppressions), 0) FROM tally t)
		UNION ALL SELECT 4, 'tally rows that differ from their events', 0, (
			SELECT count(*)
			FROM events e FULL JOIN tally t USING (day, account, stream, provider, kind, action, category, class,
				feedback_type, confidence)
			WHERE (e.events, e.repeats, e.reports, e.suppressions) IS DISTINCT FROM (t.events, t.repeats, t.reports, t.suppressions))
		UNION ALL SELECT 5, 'received as the sum of its kinds', (SELECT count(*) FROM per_report r WHERE NOT r.orphan), (
			SELECT coalesce(sum(t.reports), 0) FROM tally t
			WHERE t.kind IN ('bounce', 'delay', 'delivery', 'complaint', 'unsubscribe', 'auto_reply', 'auth_report', 'unrecognised'))
		UNION ALL SELECT 6, 'days and kinds with another number of reports in the tally', 0, (
			SELECT count(*)
			FROM (SELECT r.day, r.kind, count(*) AS n FROM per_report r WHERE NOT r.orphan GROUP BY 1, 2) r
				FULL JOIN (SELECT t.day, t.kind, sum(t.reports) AS n FROM tally t GROUP BY 1, 2 HAVING sum(t.reports) <> 0) t
				USING (day, kind)
			WHERE r.n IS DISTINCT FROM t.n)
		UNION ALL SELECT 7, 'events without a report', 0, (SELECT coalesce(sum(r.events), 0) FROM per_report r WHERE r.orphan)
		UNION ALL SELECT 8, 'reports with missing or surplus events', 0, (
			SELECT count(*) FROM per_report r WHERE NOT r.orphan
				AND (r.empty OR r.expected <> r.events OR r.firsts <> 1 OR r.same <> r.kind || r.day))
		UNION ALL SELECT 9, 'duplicates', (
				SELECT coalesce(sum(r.duplicates), 0) + coalesce(carom.setting('pruned_duplicates')::bigint, 0) FROM carom.report r),
			(SELECT coalesce(sum(d.seen), 0) FROM carom.duplicate d)
		UNION ALL SELECT 10, 'suppressions without a trace in the log', 0, (
			SELECT count(*) FROM carom.suppression s LEFT JOIN last_change l USING (address, account, stream)
			WHERE l.address IS NULL OR l.change = 'remove' OR (s.reason, s.source, s.author) <> (l.reason, l.source, l.author)
				OR s.expires_at IS DISTINCT FROM l.expires_at)
		UNION ALL SELECT 11, 'suppressions that went without a trace in the log', 0, (
			SELECT count(*) FROM last_change l LEFT JOIN carom.suppression s USING (address, account, stream)
			WHERE l.change <> 'remove' AND s.address IS NULL)
		UNION ALL SELECT 12, 'suppressions whose evidence is not there', 0, (
			SELECT count(*) FROM carom.suppression s
			WHERE s.event_day >= kept_from AND NOT EXISTS (
				SELECT FROM carom.event e JOIN carom.report r ON r.id = e.report
				WHERE e.address = s.address AND e.day = s.event_day AND e.id = s.event AND r.key = s.report_key))
		UNION ALL SELECT 13, 'repeats in the tally', (SELECT coalesce(sum(e.repeats), 0) FROM events e),
			(SELECT coalesce(sum(t.repeats), 0) FROM tally t)
		UNION ALL SELECT 14, 'repeats of mail that nobody knows', 0, (
			SELECT count(*) FROM carom.event e
			WHERE e.day >= kept_from AND e.repeated AND (e.message IS NULL OR e.address = ''
				OR carom._what(e.kind, e.action, e.feedback_type) IS NULL))
		-- The first may have been pruned; then told still has its day.
		UNION ALL SELECT 15, 'mail that was counted twice, or never, for one address', 0, (
			SELECT count(*)
			FROM mails m LEFT JOIN carom.told t USING (address, message, what)
			WHERE m.believed > 1 OR m.events - m.repeats - m.believed > 1
				OR t.day IS NULL OR t.day >= kept_from AND (m.events = m.repeats OR m.events <> t.times))
	)
	SELECT c.name, c.expected::bigint, c.found::bigint, c.expected = c.found FROM checks c ORDER BY c.n;
END
$$;
COMMENT ON FUNCTION carom.check_integrity() IS
	'proves that the tally equals the events, received the sum of its kinds, and the suppressions their log; reads everything';
