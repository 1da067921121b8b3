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
	), grown AS (
		SELECT x.*, CASE WHEN s.share >= 0.15 AND x.sent IS NOT NULL THEN s.share END AS share
		FROM cells x
			LEFT JOIN curves own ON (own.account, own.stream, own.provider) = (x.account, x.stream, x.provider)
			LEFT JOIN curves of ON of.account IS NULL AND of.provider = x.provider
			CROSS JOIN LATERAL (SELECT (coalesce(own.shares, of.shares))[least(until - x.day, 29) + 1] AS share) s
	), sums AS (
		SELECT CASE WHEN _report_cohorts.by = 'day' THEN g.day END AS day,
			CASE WHEN _report_cohorts.by IN ('stream', 'series') THEN g.account END AS account,
			CASE WHEN _report_cohorts.by IN ('stream', 'series') THEN g.stream END AS stream,
			CASE WHEN _report_cohorts.by IN ('provider', 'series') THEN g.provider END AS provider,
			sum(g.sent)::bigint AS sent, coalesce(sum(g.hard), 0)::bigint AS hard, coalesce(sum(g.soft), 0)::bigint AS soft,
			coalesce(sum(g.block), 0)::bigint AS block, coalesce(sum(g.policy), 0)::bigint AS policy,
			coalesce(sum(g.complaints), 0)::bigint AS complaints,
			-- complaints among so many mails as would have all of theirs by now
			coalesce(sum(g.complaints) FILTER (WHERE g.share IS NOT NULL), 0) AS ripe, sum(g.sent * g.share) AS exposure
		FROM grown g GROUP BY 1, 2, 3, 4
	)
	SELECT s.day, s.account, s.stream, s.provider, s.sent, s.hard, s.soft, s.block, s.policy, s.complaints,
		carom.rate(s.hard, s.sent), carom.rate(s.soft, s.sent), carom.rate(s.block, s.sent), carom.rate(s.policy, s.sent),
		carom.rate(s.complaints, s.sent), round(s.exposure / nullif(s.sent, 0), 4),
		CASE WHEN p.fits THEN round(s.ripe / s.exposure * s.sent)::bigint END,
		CASE WHEN p.fits THEN round(s.ripe / s.exposure, 6) END,
		-- the score interval of a Poisson count
		CASE WHEN p.fits THEN round(((s.ripe + 1.920730 - 1.959964 * sqrt(s.ripe + 0.960365)) / s.exposure)::numeric, 6) END,
		CASE WHEN p.fits THEN round(((s.ripe + 1.920730 + 1.959964 * sqrt(s.ripe + 0.960365)) / s.exposure)::numeric, 6) END
	FROM sums s CROSS JOIN LATERAL (SELECT s.ripe >= 5 AND s.exposure >= 30 AND s.sent >= 200 AS fits) p
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
	'be, by the delays of earlier mail (carom.report_delays), with their rate and its 95 % interval; share: of them that is in. NULL where that cannot be '
	'told: of days of which less than 15 % is in, of fewer than 5 complaints';
