-- SPDX-License-Identifier: BSD-2-Clause
-- carom - rates, and the series that the watch looks at
--
-- Like the reports before them they read tally and volume, never event. Days are
-- included at both ends; NULL for account, stream or provider means all, '' the
-- unknown.

-- Of 180 mails, or of 2 events, nobody can say a rate.
CREATE OR REPLACE FUNCTION carom.rate(events bigint, mails bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN $2 >= 200 AND $1 >= 3 THEN round($1::numeric / $2, 6) END $$;
COMMENT ON FUNCTION carom.rate(bigint, bigint) IS
	'events among mails as a fraction; NULL for fewer than 200 mails or 3 events: too few to say';

CREATE OR REPLACE FUNCTION carom._wilson(events bigint, mails bigint, side int) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN $2 > 0 THEN round(least(1, greatest(0, (p + zz / (2 * n) + $3 * z * sqrt(p * (1 - p) / n + zz / (4 * n * n)))
		/ (1 + zz / n)))::numeric, 6) END
	FROM (SELECT $2::float8 AS n, least(greatest($1, 0), $2)::float8 / nullif($2, 0) AS p, 1.959964::float8 AS z, 1.959964::float8 ^ 2 AS zz) x
$$;

CREATE OR REPLACE FUNCTION carom.rate_low(events bigint, mails bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT carom._wilson($1, $2, -1) $$;
COMMENT ON FUNCTION carom.rate_low(bigint, bigint) IS
	'the lower end of the 95 % interval (E. B. Wilson, 1927) of the rate: a threshold below it is exceeded';

CREATE OR REPLACE FUNCTION carom.rate_high(events bigint, mails bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT carom._wilson($1, $2, 1) $$;
COMMENT ON FUNCTION carom.rate_high(bigint, bigint) IS
	'the upper end of the same interval: a threshold above it is kept';

DROP FUNCTION IF EXISTS carom.report_series(date, date, text, text, text);
CREATE FUNCTION carom.report_series(from_day date, to_day date, account text DEFAULT NULL, stream text DEFAULT NULL,
	provider text DEFAULT NULL)
RETURNS TABLE (account text, stream text, provider text, day date, sent bigint, hard bigint, soft bigint, block bigint,
	policy bigint, complaints bigint, delays bigint)
LANGUAGE sql STABLE
AS $$
	SELECT d.account, d.stream, d.provider, d.day, d.sent, d.hard, d.soft, d.block, d.policy, greatest(d.complaints, 0), d.delays
	FROM carom._daily($1, $2, $3, $4) d
	WHERE $5 IS NULL OR d.provider = $5
	ORDER BY d.account, d.stream, d.provider, d.day
$$;
COMMENT ON FUNCTION carom.report_series(date, date, text, text, text) IS
	'day by day per account, stream and provider, as the alarms see it (doc/statistics.md): what was sent (NULL if nobody counted) '
	'and what came back on that day';

-- The four spans that a rate is compared over; before: as many days just before,
-- week: the same days of the week before, usual: the 28 days before.
DROP FUNCTION IF EXISTS carom.report_rates(date, date, text, text, text, text);
CREATE FUNCTION carom.report_rates(from_day date, to_day date, by text DEFAULT 'provider', account text DEFAULT NULL,
	stream text DEFAULT NULL, provider text DEFAULT NULL)
RETURNS TABLE (account text, stream text, provider text, sent bigint, hard bigint, soft bigint, block bigint, policy bigint,
	bounced bigint, complaints bigint, unsubscribes bigint, delays bigint,
	hard_rate numeric, hard_low numeric, hard_high numeric, hard_before numeric, hard_week numeric, hard_usual numeric,
	block_rate numeric, block_low numeric, block_high numeric, block_before numeric, block_week numeric, block_usual numeric,
	soft_rate numeric, soft_usual numeric, policy_rate numeric, policy_usual numeric,
	complaint_rate numeric, complaint_low numeric, complaint_high numeric, complaint_before numeric, complaint_week numeric,
	complaint_usual numeric)
LANGUAGE sql STABLE
AS $$
	WITH span AS (
		SELECT ($2 - $1) + 1 AS days, 7 * ((($2 - $1) / 7) + 1) AS weeks
	), d AS (
		SELECT CASE WHEN $3 <> 'provider' THEN x.account END AS account, CASE WHEN $3 <> 'provider' THEN x.stream END AS stream,
			CASE WHEN $3 <> 'stream' THEN x.provider END AS provider, x.sent, x.hard, x.soft, x.block, x.policy, x.bounced,
			greatest(x.complaints, 0) AS complaints, x.unsubscribes, x.delays,
			x.day >= $1 AS now, x.day BETWEEN $1 - s.days AND $1 - 1 AS before, x.day BETWEEN $1 - s.weeks AND $2 - s.weeks AS week,
			x.day BETWEEN $1 - 28 AND $1 - 1 AS usual
		FROM span s, carom._daily($1 - greatest((SELECT greatest(y.days, y.weeks) FROM span y), 28), $2, $4, $5) x
		WHERE $6 IS NULL OR x.provider = $6
	), sums AS (
		SELECT d.account, d.stream, d.provider,
			sum(d.sent) FILTER (WHERE d.now)::bigint AS sent, sum(d.sent) FILTER (WHERE d.before)::bigint AS sent_before,
			sum(d.sent) FILTER (WHERE d.week)::bigint AS sent_week, sum(d.sent) FILTER (WHERE d.usual)::bigint AS sent_usual,
			coalesce(sum(d.hard) FILTER (WHERE d.now), 0)::bigint AS hard, sum(d.hard) FILTER (WHERE d.before)::bigint AS hard_before,
			sum(d.hard) FILTER (WHERE d.week)::bigint AS hard_week, sum(d.hard) FILTER (WHERE d.usual)::bigint AS hard_usual,
			coalesce(sum(d.soft) FILTER (WHERE d.now), 0)::bigint AS soft, sum(d.soft) FILTER (WHERE d.usual)::bigint AS soft_usual,
			coalesce(sum(d.block) FILTER (WHERE d.now), 0)::bigint AS block, sum(d.block) FILTER (WHERE d.before)::bigint AS block_before,
			sum(d.block) FILTER (WHERE d.week)::bigint AS block_week, sum(d.block) FILTER (WHERE d.usual)::bigint AS block_usual,
			coalesce(sum(d.policy) FILTER (WHERE d.now), 0)::bigint AS policy, sum(d.policy) FILTER (WHERE d.usual)::bigint AS policy_usual,
			coalesce(sum(d.bounced) FILTER (WHERE d.now), 0)::bigint AS bounced,
			coalesce(sum(d.complaints) FILTER (WHERE d.now), 0)::bigint AS complaints,
			sum(d.complaints) FILTER (WHERE d.before)::bigint AS complaints_before,
			sum(d.complaints) FILTER (WHERE d.week)::bigint AS complaints_week,
			sum(d.complaints) FILTER (WHERE d.usual)::bigint AS complaints_usual,
			coalesce(sum(d.unsubscribes) FILTER (WHERE d.now), 0)::bigint AS unsubscribes,
			coalesce(sum(d.delays) FILTER (WHERE d.now), 0)::bigint AS delays
		FROM d GROUP BY 1, 2, 3
	)
	SELECT s.account, s.stream, s.provider, s.sent, s.hard, s.soft, s.block, s.policy, s.bounced, s.complaints, s.unsubscribes, s.delays,
		carom.rate(s.hard, s.sent), carom.rate_low(s.hard, s.sent), carom.rate_high(s.hard, s.sent),
		carom.rate(s.hard_before, s.sent_before), carom.rate(s.hard_week, s.sent_week), carom.rate(s.hard_usual, s.sent_usual),
		carom.rate(s.block, s.sent), carom.rate_low(s.block, s.sent), carom.rate_high(s.block, s.sent),
		carom.rate(s.block_before, s.sent_before), carom.rate(s.block_week, s.sent_week), carom.rate(s.block_usual, s.sent_usual),
		carom.rate(s.soft, s.sent), carom.rate(s.soft_usual, s.sent_usual),
		carom.rate(s.policy, s.sent), carom.rate(s.policy_usual, s.sent_usual),
		carom.rate(s.complaints, s.sent), carom.rate_low(s.complaints, s.sent), carom.rate_high(s.complaints, s.sent),
		carom.rate(s.complaints_before, s.sent_before), carom.rate(s.complaints_week, s.sent_week),
		carom.rate(s.complaints_usual, s.sent_usual)
	FROM sums s
	WHERE coalesce(s.sent, 0) + s.bounced + s.complaints + s.unsubscribes + s.delays > 0
	ORDER BY s.sent DESC NULLS LAST, s.bounced + s.complaints DESC, s.account, s.stream, s.provider
$$;
COMMENT ON FUNCTION carom.report_rates(date, date, text, text, text, text) IS
	'counts and rates by ''provider'', ''stream'' (account and stream) or ''series'' (all three); rate is NULL where it is too few to say '
	'(carom.rate), low and high are its 95 % interval. before: as many days just before; week: the same days of the week; '
	'usual: the 28 days before';

DROP FUNCTION IF EXISTS carom.report_days(date, date, text, text, text);
CREATE FUNCTION carom.report_days(from_day date, to_day date, account text DEFAULT NULL, stream text DEFAULT NULL,
	provider text DEFAULT NULL)
RETURNS TABLE (day date, sent bigint, hard bigint, soft bigint, block bigint, policy bigint, complaints bigint, unsubscribes bigint,
	delays bigint, hard_rate numeric, soft_rate numeric, block_rate numeric, policy_rate numeric, complaint_rate numeric)
LANGUAGE sql STABLE
AS $$
	SELECT x.*, carom.rate(x.hard, x.sent), carom.rate(x.soft, x.sent), carom.rate(x.block, x.sent), carom.rate(x.policy, x.sent),
		carom.rate(x.complaints, x.sent)
	FROM (
		SELECT d.day, sum(d.sent)::bigint AS sent, sum(d.hard)::bigint AS hard, sum(d.soft)::bigint AS soft,
			sum(d.block)::bigint AS block, sum(d.policy)::bigint AS policy, sum(greatest(d.complaints, 0))::bigint AS complaints,
			sum(d.unsubscribes)::bigint, sum(d.delays)::bigint
		FROM carom._daily($1, $2, $3, $4) d
		WHERE $5 IS NULL OR d.provider = $5
		GROUP BY d.day
	) x
	ORDER BY x.day
$$;
COMMENT ON FUNCTION carom.report_days(date, date, text, text, text) IS
	'counts and rates day by day; a rate is NULL where it is too few to say (carom.rate)';

DROP FUNCTION IF EXISTS carom.report_causes(date, date, text, text, text);
CREATE FUNCTION carom.report_causes(from_day date, to_day date, account text DEFAULT NULL, stream text DEFAULT NULL,
	provider text DEFAULT NULL)
RETURNS TABLE (account text, stream text, provider text, day date, class text, category text, events bigint)
LANGUAGE sql STABLE
AS $$
	SELECT t.account, t.stream, t.provider, t.day, t.class, t.category, sum(t.events)::bigint
	FROM carom._tally($1, $2, $3, $4) t
	WHERE t.kind = 'bounce' AND t.action = 'failed' AND ($5 IS NULL OR t.provider = $5)
	GROUP BY t.account, t.stream, t.provider, t.day, t.class, t.category
	HAVING sum(t.events) > 0
	ORDER BY t.account, t.stream, t.provider, t.day, t.class, t.category
$$;
COMMENT ON FUNCTION carom.report_causes(date, date, text, text, text) IS
	'why mail came back, day by day per account, stream and provider';

DROP FUNCTION IF EXISTS carom.report_blocks(date, date, text, text, text);
CREATE FUNCTION carom.report_blocks(from_day date, to_day date, account text DEFAULT NULL, stream text DEFAULT NULL,
	provider text DEFAULT NULL)
RETURNS TABLE (provider text, class text, category text, events bigint, usual bigint, since date)
LANGUAGE sql STABLE
AS $$
	SELECT t.provider, t.class, t.category, coalesce(sum(t.events) FILTER (WHERE t.day >= $1), 0)::bigint,
		round(coalesce(sum(t.events) FILTER (WHERE t.day < $1), 0) / 28.0 * (($2 - $1) + 1))::bigint,
		min(t.day) FILTER (WHERE t.events > 0)
	FROM carom._tally($1 - 28, $2, $3, $4) t
	WHERE t.kind = 'bounce' AND t.action = 'failed' AND t.class IN ('block', 'policy') AND ($5 IS NULL OR t.provider = $5)
	GROUP BY t.provider, t.class, t.category
	HAVING coalesce(sum(t.events) FILTER (WHERE t.day >= $1), 0) > 0
	ORDER BY 4 DESC, t.provider, t.class, t.category
$$;
COMMENT ON FUNCTION carom.report_blocks(date, date, text, text, text) IS
	'who refuses us, and why (block), or asks us to repair something (policy); usual: what so many days of the 28 before had; '
	'since: the first day of these and the 28 days before on which that was said';

CREATE OR REPLACE FUNCTION carom._share(part numeric, n numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN $2 >= 20 THEN round(coalesce($1, 0) / $2, 4) END $$;

DROP FUNCTION IF EXISTS carom.report_feeds(date, text, text);
CREATE FUNCTION carom.report_feeds(to_day date, account text DEFAULT NULL, stream text DEFAULT NULL)
RETURNS TABLE (provider text, last_day date, silent_days int, days int, complaints bigint, matched_share numeric,
	matched_before numeric, matched_lately numeric, lately date)
LANGUAGE sql STABLE
AS $$
	WITH d AS MATERIALIZED (
		SELECT t.provider, t.day, sum(t.events) AS n,
			coalesce(sum(t.events) FILTER (WHERE t.confidence IN ('proven', 'matched', 'claimed')), 0) AS matched
		FROM carom._tally($1 - 34, $1, $2, $3) t
		WHERE t.kind = 'complaint' AND t.events > 0
		GROUP BY t.provider, t.day
	), back AS (
		-- the fewest last days that have enough
		SELECT DISTINCT ON (x.provider) x.provider, x.day, x.n, x.matched
		FROM (SELECT d.provider, d.day, sum(d.n) OVER w AS n, sum(d.matched) OVER w AS matched FROM d
			WHERE d.day > $1 - 7 WINDOW w AS (PARTITION BY d.provider ORDER BY d.day DESC)) x
		WHERE x.n >= 20 ORDER BY x.provider, x.day DESC
	)
	SELECT d.provider, max(d.day), $1 - max(d.day), count(*)::int, sum(d.n)::bigint,
		carom._share(sum(d.matched) FILTER (WHERE d.day > $1 - 7), sum(d.n) FILTER (WHERE d.day > $1 - 7)),
		carom._share(sum(d.matched) FILTER (WHERE d.day <= $1 - 7), sum(d.n) FILTER (WHERE d.day <= $1 - 7)),
		carom._share(min(b.matched), min(b.n)), min(b.day)
	FROM d LEFT JOIN back b USING (provider)
	GROUP BY d.provider
	ORDER BY 5 DESC, d.provider
$$;
COMMENT ON FUNCTION carom.report_feeds(date, text, text) IS
	'which provider''s complaints were heard of in the 35 days that end with to_day: last on which day, on how many days, how many, '
	'and the share whose address was found (matched_share: of the last seven days, matched_before: of the 28 before, matched_lately: of the fewest last '
	'days that had 20, which began on lately; NULL below 20)';

-- The index leads from one name to the next, and to the first and last day of each, however
-- many events there are. Citus plans no such walk, and has more machines to read.
CREATE OR REPLACE FUNCTION carom._blocklists(from_day date) RETURNS TABLE (name text)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	found text := '';
BEGIN
	LOOP
		SELECT min(e.blocklist) INTO found FROM carom.event e WHERE e.blocklist > found AND e.day >= from_day;
		EXIT WHEN found IS NULL;
		name := found;
		RETURN NEXT;
	END LOOP;
END
$$;

DROP FUNCTION IF EXISTS carom.report_blocklists(date, date);
DROP FUNCTION IF EXISTS carom.report_blocklists(date, date, text, text);
CREATE FUNCTION carom.report_blocklists(from_day date, to_day date, account text DEFAULT NULL, stream text DEFAULT NULL)
RETURNS TABLE (blocklist text, first_day date, last_day date, events bigint, provider text, ip text, example text)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	FOR blocklist IN SELECT b.name FROM carom._blocklists($1 - 28) b LOOP
		SELECT min(e.day), max(e.day) INTO first_day, last_day FROM carom.event e
			WHERE e.blocklist = report_blocklists.blocklist AND e.day BETWEEN $1 - 28 AND $2;
		CONTINUE WHEN last_day IS NULL OR last_day < $1;
		IF num_nonnulls($3, $4) > 0 THEN
			SELECT max(e.day) INTO last_day FROM carom.event e WHERE e.blocklist = report_blocklists.blocklist AND e.day BETWEEN $1 AND $2
				AND ($3 IS NULL OR e.account = $3) AND ($4 IS NULL OR e.stream = $4);
			CONTINUE WHEN last_day IS NULL;
		END IF;
		SELECT count(*) INTO events FROM (SELECT 1 FROM carom.event e
			WHERE e.blocklist = report_blocklists.blocklist AND e.day BETWEEN $1 AND $2
				AND ($3 IS NULL OR e.account = $3) AND ($4 IS NULL OR e.stream = $4) LIMIT 1000) x;
		SELECT e.provider, substring(e.diagnostic FROM '[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}'), left(e.diagnostic, 200)
			INTO provider, ip, example FROM carom.event e
			WHERE e.blocklist = report_blocklists.blocklist AND e.day = last_day
				AND ($3 IS NULL OR e.account = $3) AND ($4 IS NULL OR e.stream = $4) LIMIT 1;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION carom.report_blocklists(date, date, text, text) IS
	'which blocklists were named from from_day on; first_day: since when, to anybody, of these and the 28 days before; events: how often, 1000 at most; '
	'provider, ip, example: of one of the last replies that name it';
