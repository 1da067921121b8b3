-- SPDX-License-Identifier: BSD-2-Clause
-- carom - rates by campaign and by sending IP address

DROP FUNCTION IF EXISTS carom._named_daily(date, date, text, text, text);
DROP VIEW IF EXISTS carom.named_daily;
CREATE VIEW carom.named_daily AS
SELECT x.day, x.dimension, x.account, x.stream, x.provider, x.name, sum(x.sent)::bigint AS sent, sum(x.hard)::bigint AS hard,
	sum(x.soft)::bigint AS soft, sum(x.block)::bigint AS block, sum(x.policy)::bigint AS policy, sum(x.bounced)::bigint AS bounced,
	sum(x.complaints)::bigint AS complaints, sum(x.unsubscribes)::bigint AS unsubscribes, sum(x.delays)::bigint AS delays
FROM (
	SELECT day, dimension, account, stream, provider, name, NULL::bigint AS sent, hard, soft, block, policy, bounced,
		complaints - not_spam AS complaints, unsubscribes, delays
	FROM carom.named
	UNION ALL
	SELECT day, dimension, account, stream, provider, name, sent, 0, 0, 0, 0, 0, 0, 0, 0 FROM carom.named_volume
) x
GROUP BY x.day, x.dimension, x.account, x.stream, x.provider, x.name;
COMMENT ON VIEW carom.named_daily IS 'the numbers per day, campaign or sending IP address (dimension), account, stream and provider';
COMMENT ON COLUMN carom.named_daily.sent IS 'recipients mailed; NULL where nobody counted by name';
COMMENT ON COLUMN carom.named_daily.complaints IS 'as in daily: less those taken back';

-- In PL/pgSQL, for Citus plans no SQL function that hands its parameters on.
CREATE FUNCTION carom._named_daily(from_day date, to_day date, of_dimension text, of_account text, of_stream text)
RETURNS SETOF carom.named_daily
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN QUERY SELECT d.* FROM carom.named_daily d
		WHERE d.day BETWEEN from_day AND to_day AND d.dimension = of_dimension
			AND (of_account IS NULL OR d.account = of_account) AND (of_stream IS NULL OR d.stream = of_stream);
END
$$;

-- The same with what has no name, '', so that all together are carom.daily. What came
-- back without an address went out from the only one that its stream was sent from.
CREATE OR REPLACE FUNCTION carom._named_all(from_day date, to_day date, of_dimension text, of_account text, of_stream text)
RETURNS TABLE (day date, account text, stream text, provider text, name text, sent bigint, hard bigint, soft bigint, block bigint, policy bigint,
	bounced bigint, complaints bigint, unsubscribes bigint, delays bigint)
LANGUAGE sql STABLE
AS $$
	WITH named AS MATERIALIZED (
		SELECT * FROM carom._named_daily($1, $2, $3, $4, $5)
	), whole AS MATERIALIZED (
		SELECT * FROM carom._daily($1, $2, $4, $5)
	), sums AS (
		SELECT n.day, n.account, n.stream, n.provider, sum(n.sent) AS sent, sum(n.hard) AS hard, sum(n.soft) AS soft, sum(n.block) AS block,
			sum(n.policy) AS policy, sum(n.bounced) AS bounced, sum(n.complaints) AS complaints, sum(n.unsubscribes) AS unsubscribes,
			sum(n.delays) AS delays
		FROM named n GROUP BY 1, 2, 3, 4
	), sole AS (
		SELECT n.account, n.stream, min(n.name) AS name FROM named n
		WHERE $3 = 'ip' AND n.sent > 0 GROUP BY 1, 2 HAVING count(DISTINCT n.name) = 1 AND min(n.name) <> '(other)'
	)
	SELECT n.day, n.account, n.stream, n.provider, n.name, n.sent, n.hard, n.soft, n.block, n.policy, n.bounced, n.complaints, n.unsubscribes, n.delays
	FROM named n
	UNION ALL
	SELECT w.day, w.account, w.stream, w.provider, coalesce(o.name, ''),
		nullif(greatest(w.sent - coalesce(s.sent, 0), 0), 0)::bigint, greatest(w.hard - coalesce(s.hard, 0), 0)::bigint,
		greatest(w.soft - coalesce(s.soft, 0), 0)::bigint, greatest(w.block - coalesce(s.block, 0), 0)::bigint,
		greatest(w.policy - coalesce(s.policy, 0), 0)::bigint, greatest(w.bounced - coalesce(s.bounced, 0), 0)::bigint,
		(w.complaints - coalesce(s.complaints, 0))::bigint, greatest(w.unsubscribes - coalesce(s.unsubscribes, 0), 0)::bigint,
		greatest(w.delays - coalesce(s.delays, 0), 0)::bigint
	FROM whole w LEFT JOIN sums s USING (day, account, stream, provider) LEFT JOIN sole o USING (account, stream)
$$;

DROP FUNCTION IF EXISTS carom.report_named(date, date, text, text, text, text);
CREATE FUNCTION carom.report_named(from_day date, to_day date, dimension text DEFAULT 'campaign', account text DEFAULT NULL,
	stream text DEFAULT NULL, provider text DEFAULT NULL)
RETURNS TABLE (account text, stream text, name text, first_day date, sent bigint, hard bigint, soft bigint, block bigint, policy bigint, bounced bigint,
	complaints bigint, unsubscribes bigint, delays bigint, hard_rate numeric, hard_low numeric, hard_high numeric, hard_usual numeric,
	block_rate numeric, block_low numeric, block_high numeric, block_usual numeric, soft_rate numeric, policy_rate numeric,
	complaint_rate numeric, complaint_low numeric, complaint_high numeric, complaint_usual numeric)
LANGUAGE sql STABLE
AS $$
	WITH sums AS (
		-- an address is not of an account alone
		SELECT CASE WHEN $3 <> 'ip' THEN d.account END AS account, CASE WHEN $3 <> 'ip' THEN d.stream END AS stream, d.name,
			min(d.day) FILTER (WHERE coalesce(d.sent, 0) + d.bounced + abs(d.complaints) > 0) AS first_day,
			sum(d.sent) FILTER (WHERE d.day >= $1)::bigint AS sent, sum(d.sent) FILTER (WHERE d.day < $1)::bigint AS sent_usual,
			coalesce(sum(d.hard) FILTER (WHERE d.day >= $1), 0)::bigint AS hard, sum(d.hard) FILTER (WHERE d.day < $1)::bigint AS hard_usual,
			coalesce(sum(d.soft) FILTER (WHERE d.day >= $1), 0)::bigint AS soft,
			coalesce(sum(d.block) FILTER (WHERE d.day >= $1), 0)::bigint AS block, sum(d.block) FILTER (WHERE d.day < $1)::bigint AS block_usual,
			coalesce(sum(d.policy) FILTER (WHERE d.day >= $1), 0)::bigint AS policy,
			coalesce(sum(d.bounced) FILTER (WHERE d.day >= $1), 0)::bigint AS bounced,
			coalesce(sum(greatest(d.complaints, 0)) FILTER (WHERE d.day >= $1), 0)::bigint AS complaints,
			sum(greatest(d.complaints, 0)) FILTER (WHERE d.day < $1)::bigint AS complaints_usual,
			coalesce(sum(d.unsubscribes) FILTER (WHERE d.day >= $1), 0)::bigint AS unsubscribes,
			coalesce(sum(d.delays) FILTER (WHERE d.day >= $1), 0)::bigint AS delays
		FROM carom._named_all($1 - 28, $2, $3, $4, $5) d
		WHERE $6 IS NULL OR d.provider = $6
		GROUP BY 1, 2, 3
	)
	SELECT s.account, s.stream, s.name, s.first_day, s.sent, s.hard, s.soft, s.block, s.policy, s.bounced, s.complaints, s.unsubscribes, s.delays,
		carom.rate(s.hard, s.sent), carom.rate_low(s.hard, s.sent), carom.rate_high(s.hard, s.sent), carom.rate(s.hard_usual, s.sent_usual),
		carom.rate(s.block, s.sent), carom.rate_low(s.block, s.sent), carom.rate_high(s.block, s.sent), carom.rate(s.block_usual, s.sent_usual),
		carom.rate(s.soft, s.sent), carom.rate(s.policy, s.sent),
		carom.rate(s.complaints, s.sent), carom.rate_low(s.complaints, s.sent), carom.rate_high(s.complaints, s.sent),
		carom.rate(s.complaints_usual, s.sent_usual)
	FROM sums s
	WHERE coalesce(s.sent, 0) + s.bounced + s.complaints + s.unsubscribes + s.delays > 0
	ORDER BY s.sent DESC NULLS LAST, s.bounced + s.complaints DESC, s.account, s.stream, s.name
$$;
COMMENT ON FUNCTION carom.report_named(date, date, text, text, text, text) IS
	'counts and rates by ''campaign'' (of account and stream) or by sending ''ip''; name '''' is what names none, so that all together are as in '
	'report_rates(). A rate is NULL where it is too few to say (carom.rate), low and high are its 95 % interval; usual: of the 28 days before; '
	'first_day: of these and the 28 days before';
