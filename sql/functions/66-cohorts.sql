-- SPDX-License-Identifier: BSD-2-Clause
-- carom - rates by the day of sending, and what is still to come
--
-- A complaint comes days after its mail. So of mail that was just sent nobody has
-- all complaints yet; how much of them is in, earlier mail tells (chain ladder).
-- doc/statistics.md says how well that works. In PL/pgSQL, for Citus plans no SQL
-- function that hands its parameters on.

-- What came back until a day, of mail that was sent on these days.
CREATE OR REPLACE FUNCTION carom._cohorts(from_sent date, to_sent date, until date) RETURNS SETOF carom.cohort
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN QUERY SELECT c.* FROM carom.cohort c WHERE c.day BETWEEN from_sent AND until AND c.sent_on BETWEEN from_sent AND to_sent;
END
$$;

-- How much of a day's complaints is in by the end of the day of sending (shares[1]),
-- of the day after it (shares[2]), … up to the 30th: learned from the mail of 120
-- days. What n days had by delay d and by d + 1, of days that are old enough for
-- both, says how much they grew; the shares are the products of that.
DROP FUNCTION IF EXISTS carom.report_delays(date);
CREATE FUNCTION carom.report_delays(to_day date)
RETURNS TABLE (account text, stream text, provider text, complaints bigint, shares numeric[])
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH cells AS MATERIALIZED (
		-- days that are old enough for all delays are alike
		SELECT c.account, c.stream, c.provider, c.day - c.sent_on AS delay, least(to_day - c.sent_on, 30) AS age, sum(c.events) AS n
		FROM carom._cohorts(to_day - 119, to_day, to_day) c
		WHERE c.measure = 'complaints' AND c.day - c.sent_on < 30
		GROUP BY 1, 2, 3, 4, 5
	), levels AS MATERIALIZED (
		SELECT x.account, x.stream, x.provider, x.delay, x.age, sum(x.n) AS n
		FROM cells x GROUP BY GROUPING SETS ((x.account, x.stream, x.provider, x.delay, x.age), (x.provider, x.delay, x.age))
	), before AS (
		SELECT l.account, l.stream, l.provider, d.delay, sum(l.n) AS n
		FROM levels l CROSS JOIN LATERAL generate_series(l.delay, least(l.age, 29) - 1) AS d(delay)
		GROUP BY 1, 2, 3, 4
	), added AS (
		SELECT l.account, l.stream, l.provider, l.delay - 1 AS delay, sum(l.n) AS n FROM levels l WHERE l.delay > 0 GROUP BY 1, 2, 3, 4
	), wholes AS (
		SELECT l.account, l.stream, l.provider, sum(l.n)::bigint AS n FROM levels l GROUP BY 1, 2, 3
	), links AS (
		SELECT w.account, w.stream, w.provider, w.n, d.delay,
			CASE WHEN coalesce(b.n, 0) + coalesce(a.n, 0) > 0 THEN least(greatest(coalesce(b.n, 0) / (coalesce(b.n, 0) + coalesce(a.n, 0)), 0), 1) ELSE 1 END AS link
		FROM wholes w CROSS JOIN generate_series(0, 29) AS d(delay)
			LEFT JOIN before b ON b.provider = w.provider AND b.delay = d.delay
				AND (b.account, b.stream) IS NOT DISTINCT FROM (w.account, w.stream)
			LEFT JOIN added a ON a.provider = w.provider AND a.delay = d.delay AND (a.account, a.stream) IS NOT DISTINCT FROM (w.account, w.stream)
	), products AS (
		SELECT l.account, l.stream, l.provider, l.n, l.delay,
			CASE WHEN bool_or(l.link = 0) OVER w THEN 0 ELSE round(exp(sum(ln(nullif(l.link, 0))) OVER w), 6) END AS share
		FROM links l WINDOW w AS (PARTITION BY l.account, l.stream, l.provider ORDER BY l.delay DESC)
	)
	SELECT p.account, p.stream, p.provider, p.n, array_agg(p.share ORDER BY p.delay)
	FROM products p GROUP BY 1, 2, 3, 4 ORDER BY p.provider, p.account NULLS FIRST, p.stream;
END
$$;
COMMENT ON FUNCTION carom.report_delays(date) IS
	'how much of a day''s complaints is in by the end of the day of sending, of the day after, …, as fractions; per provider (account and stream are NULL) '
	'and per stream at it. complaints: that it was learned from, of mail of the 120 days until to_day';

DROP FUNCTION IF EXISTS carom._report_cohorts(date, date, text, text, text, text, date);
CREATE FUNCTION carom._report_cohorts(from_day date, to_day date, by text, of_account text, of_stream text, of_provider text, as_of date)
RETURNS TABLE (day date, account text, stream text, provider text, sent bigint, hard bigint, soft bigint, block bigint, policy bigint, complaints bigint,
	hard_rate numeric, soft_rate numeric, block_rate numeric, policy_rate numeric, complaint_rate numeric,
	share numeric, expected bigint, expected_rate numeric, expected_low numeric, expected_high numeric)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	until date := coalesce(as_of, carom.day() - 1);
BEGIN
	RETURN QUERY
	WITH came AS MATERIALIZED (
		SELECT c.sent_on, c.account, c.stream, c.provider, c.measure, sum(c.events) AS n
		FROM carom._cohorts(from_day, to_day, until) c
		WHERE c.day - c.sent_on < 30 AND (of_account IS NULL OR c.account = of_account)
			AND (of_stream IS NULL OR c.stream = of_stream)
			AND (of_provider IS NULL OR c.provider = of_provider)
		GROUP BY 1, 2, 3, 4, 5
	), cells AS MATERIALIZED (
		SELECT coalesce(d.day, c.sent_on) AS day, coalesce(d.account, c.account) AS account, coalesce(d.stream, c.stream) AS stream,
			coalesce(d.provider, c.provider) AS provider, d.sent, c.hard, c.soft, c.block, c.policy, greatest(c.complaints, 0) AS complaints
		FROM (SELECT x.day, x.account, x.stream, x.provider, x.sent FROM carom._daily(from_day, to_day, of_account, of_stream) x
				WHERE x.sent IS NOT NULL AND (of_provider IS NULL OR x.provider = of_provider)) d
			FULL JOIN (
				SELECT x.sent_on, x.account, x.stream, x.provider, sum(x.n) FILTER (WHERE x.measure = 'hard') AS hard,
					sum(x.n) FILTER (WHERE x.measure = 'soft') AS soft, sum(x.n) FILTER (WHERE x.measure = 'block') AS block,
					sum(x.n) FILTER (WHERE x.measure = 'policy') AS policy, sum(x.n) FILTER (WHERE x.measure = 'complaints') AS complaints
				FROM came x GROUP BY 1, 2, 3, 4
			) c ON (c.sent_on, c.account, c.stream, c.provider) = (d.day, d.account, d.stream, d.provider)
	), curves AS MATERIALIZED (
		SELECT r.* FROM carom.report_delays(until) r WHERE r.complaints >= CASE WHEN r.account IS NULL THEN 20 ELSE 200 END
	), grown AS MATERIALIZED (
		SELECT x.*, CASE WHEN x.sent IS NOT NULL THEN (coalesce(own.shares, of.shares))[least(until - x.day, 29) + 1] END AS share,
			CASE WHEN _report_cohorts.by = 'day' THEN x.day END AS to_day,
			CASE WHEN _report_cohorts.by IN ('stream', 'series') THEN x.account END AS to_account,
			CASE WHEN _report_cohorts.by IN ('stream', 'series') THEN x.stream END AS to_stream,
			CASE WHEN _report_cohorts.by IN ('provider', 'series') THEN x.provider END AS to_provider
		FROM cells x
			LEFT JOIN curves own ON (own.account, own.stream, own.provider) = (x.account, x.stream, x.provider)
			LEFT JOIN curves of ON of.account IS NULL AND of.provider = x.provider
	), rated AS (
		SELECT g.*, sum(g.complaints) FILTER (WHERE g.share IS NOT NULL) OVER w / nullif(sum(g.sent * g.share) OVER w, 0) AS rate
		FROM grown g WINDOW w AS (PARTITION BY g.to_day, g.to_account, g.to_stream, g.to_provider)
	), foreseen AS (
		-- A day has a rate of its own: that of all days counts for it as much as eight complaints.
		SELECT r.*, ((1 - r.share) * r.sent * (8 + r.complaints) / (8 / nullif(r.rate, 0) + r.sent * r.share))::float8 AS to_come FROM rated r
	), sums AS (
		SELECT f.to_day AS day, f.to_account AS account, f.to_stream AS stream, f.to_provider AS provider,
			sum(f.sent)::bigint AS sent, coalesce(sum(f.hard), 0)::bigint AS hard, coalesce(sum(f.soft), 0)::bigint AS soft,
			coalesce(sum(f.block), 0)::bigint AS block, coalesce(sum(f.policy), 0)::bigint AS policy,
			coalesce(sum(f.complaints), 0)::bigint AS complaints,
			-- of what somebody can tell
			sum(f.complaints) FILTER (WHERE f.share IS NOT NULL)::float8 AS seen, sum(f.to_come) AS to_come,
			-- chance, what nobody knows of the rate of each day, and of its delays
			sum(f.to_come + f.to_come ^ 2 / (8 + f.complaints)) + (0.15 * sum(f.to_come)) ^ 2 AS variance,
			sum(f.sent) FILTER (WHERE f.share IS NOT NULL)::float8 AS mails,
			sum(f.sent * f.share) / nullif(sum(f.sent) FILTER (WHERE f.share IS NOT NULL), 0) AS share
		FROM foreseen f GROUP BY 1, 2, 3, 4
	)
	SELECT s.day, s.account, s.stream, s.provider, s.sent, s.hard, s.soft, s.block, s.policy, s.complaints,
		carom.rate(s.hard, s.sent), carom.rate(s.soft, s.sent), carom.rate(s.block, s.sent), carom.rate(s.policy, s.sent),
		carom.rate(s.complaints, s.sent), round(s.share, 4),
		CASE WHEN p.fits THEN round((s.seen + s.to_come) / s.mails * s.sent)::bigint END,
		CASE WHEN p.fits THEN round(((s.seen + s.to_come) / s.mails)::numeric, 6) END,
		CASE WHEN p.fits THEN round(((s.seen + greatest(s.to_come - 1.959964 * sqrt(s.variance), 0)) / s.mails)::numeric, 6) END,
		CASE WHEN p.fits THEN round(((s.seen + s.to_come + 1.920730 + 1.959964 * sqrt(s.variance + 0.960365)) / s.mails)::numeric, 6) END
	FROM sums s CROSS JOIN LATERAL (SELECT s.seen >= 5 AND s.share >= 0.15 AND s.sent >= 200 AS fits) p
	WHERE coalesce(s.sent, 0) + s.hard + s.soft + s.block + s.policy + s.complaints > 0
	ORDER BY s.day, s.sent DESC NULLS LAST, s.hard + s.soft + s.block + s.policy + s.complaints DESC, s.account, s.stream, s.provider;
END
$$;
DROP FUNCTION IF EXISTS carom.report_cohorts(date, date, text, text, text, text, date);
CREATE FUNCTION carom.report_cohorts(from_day date, to_day date, by text DEFAULT 'provider', account text DEFAULT NULL,
	stream text DEFAULT NULL, provider text DEFAULT NULL, as_of date DEFAULT NULL)
RETURNS TABLE (day date, account text, stream text, provider text, sent bigint, hard bigint, soft bigint, block bigint, policy bigint, complaints bigint,
	hard_rate numeric, soft_rate numeric, block_rate numeric, policy_rate numeric, complaint_rate numeric,
	share numeric, expected bigint, expected_rate numeric, expected_low numeric, expected_high numeric)
LANGUAGE sql STABLE
AS $$ SELECT * FROM carom._report_cohorts($1, $2, $3, $4, $5, $6, $7) $$;
COMMENT ON FUNCTION carom.report_cohorts(date, date, text, text, text, text, date) IS
	'of the mail that was sent from from_day to to_day: what came back of it within 30 days, as known at the end of as_of (yesterday if it is not said), by '
	'''provider'', ''stream'' (account and stream), ''series'' (all three) or ''day''. Rates are what is in so far. expected: the complaints that there will '
	'be, by the delays of earlier mail (carom.report_delays), with their rate, and where it will lie in 95 of 100 times; share: of them that is in. NULL where that cannot be '
	'told: where less than 15 % is in, of fewer than 5 complaints';

-- What came back on these days, of whatever mail.
CREATE OR REPLACE FUNCTION carom._arrived(from_day date, to_day date, of_account text, of_stream text) RETURNS SETOF carom.cohort
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN QUERY SELECT c.* FROM carom.cohort c WHERE c.day BETWEEN from_day AND to_day
		AND (of_account IS NULL OR c.account = of_account) AND (of_stream IS NULL OR c.stream = of_stream);
END
$$;

DROP FUNCTION IF EXISTS carom.report_late(date, date, text, text, text);
CREATE FUNCTION carom.report_late(from_day date, to_day date, account text DEFAULT NULL, stream text DEFAULT NULL, provider text DEFAULT NULL)
RETURNS TABLE (account text, stream text, provider text, day date, complaints bigint, late bigint, first_sent date, last_sent date)
LANGUAGE sql STABLE
AS $$
	WITH c AS MATERIALIZED (
		SELECT x.account, x.stream, x.provider, x.day, x.sent_on, greatest(sum(x.events), 0) AS n, x.day - x.sent_on >= 7 AS late
		FROM carom._arrived($1, $2, $3, $4) x
		WHERE x.measure = 'complaints' AND ($5 IS NULL OR x.provider = $5)
		GROUP BY x.account, x.stream, x.provider, x.day, x.sent_on
	), sent AS (
		-- days of sending that have a twentieth of them: what they are about
		SELECT y.provider, y.day, min(y.sent_on) AS first_sent, max(y.sent_on) AS last_sent
		FROM (SELECT c.provider, c.day, c.sent_on, sum(c.n) AS n, sum(sum(c.n)) OVER (PARTITION BY c.provider, c.day) AS of
			FROM c WHERE c.late GROUP BY c.provider, c.day, c.sent_on) y
		WHERE y.n >= 0.05 * y.of GROUP BY y.provider, y.day
	)
	SELECT c.account, c.stream, c.provider, c.day, sum(c.n)::bigint, sum(c.n) FILTER (WHERE c.late)::bigint, s.first_sent, s.last_sent
	FROM c JOIN sent s USING (provider, day)
	GROUP BY c.account, c.stream, c.provider, c.day, s.first_sent, s.last_sent
	HAVING sum(c.n) FILTER (WHERE c.late) > 0
	ORDER BY c.account, c.stream, c.provider, c.day
$$;
COMMENT ON FUNCTION carom.report_late(date, date, text, text, text) IS
	'complaints that came on a day about mail of a week before or older (late), and how many there were of which the day of sending is known; first_sent '
	'and last_sent: what most of the late ones at that provider are about';
