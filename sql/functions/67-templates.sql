-- SPDX-License-Identifier: BSD-2-Clause
-- carom - replies of a kind that was not seen before
--
-- Replies are looked at by sample, the first ones of each part of a day, found by
-- the time: so it costs the same however many there are. What is rare may be
-- missed; what is suddenly much is not.

-- Some of the replies by which mail was refused on a day: of so many parts of it, so
-- many each.
CREATE OR REPLACE FUNCTION carom._sample_replies(of_day date, parts int, each int, of_account text, of_stream text, of_providers text[])
RETURNS TABLE (provider text, template text, category text, class text, report bigint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	begins timestamptz := of_day::timestamp AT TIME ZONE carom.setting('timezone');
	stretch interval;
BEGIN
	IF carom.setting('distributed') = 'yes' THEN  -- where each of them asks many machines
		each := each * parts / 2;
		parts := 2;
	END IF;
	stretch := interval '1 day' / parts;
	FOR n IN 0 .. parts - 1 LOOP
		RETURN QUERY
			SELECT e.provider, carom.reply_template(e.diagnostic, e.address, e.status, e.reply), e.category, e.class, e.report
			FROM (
				SELECT x.* FROM carom.event x
				-- the day finds the partition; it may have begun in another time zone
				WHERE x.at >= begins + n * stretch AND x.at < begins + (n + 1) * stretch AND x.day BETWEEN of_day - 1 AND of_day + 1
				ORDER BY x.at LIMIT each
			) e
			WHERE e.kind = 'bounce' AND e.action = 'failed' AND NOT e.repeated AND e.diagnostic <> ''
				AND (of_account IS NULL OR e.account = of_account) AND (of_stream IS NULL OR e.stream = of_stream)
				AND (of_providers IS NULL OR e.provider = ANY (of_providers));
	END LOOP;
END
$$;

DROP FUNCTION IF EXISTS carom.report_templates(date, text, text, text);
CREATE FUNCTION carom.report_templates(to_day date, of_account text DEFAULT NULL, of_stream text DEFAULT NULL, of_provider text DEFAULT NULL)
RETURNS TABLE (provider text, template text, category text, class text, since date, events bigint, share numeric, report bigint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	asked     text[] := CASE WHEN of_provider IS NOT NULL THEN ARRAY[of_provider] END;
	-- one element each: what many replies of the day at a provider say
	at        text[];
	said      text[];
	why       text[];
	classes   text[];
	reports   bigint[];
	shares    numeric[];
	providers text[];
BEGIN
	SELECT array_agg(x.provider), array_agg(x.template), array_agg(x.category), array_agg(x.class), array_agg(x.report),
			array_agg(x.n / x.of), array_agg(DISTINCT x.provider)
		INTO at, said, why, classes, reports, shares, providers
		FROM (
			SELECT r.provider, r.template, count(*)::numeric AS n, sum(count(*)) OVER (PARTITION BY r.provider) AS of,
				mode() WITHIN GROUP (ORDER BY r.category) AS category, mode() WITHIN GROUP (ORDER BY r.class) AS class, max(r.report) AS report
			FROM carom._sample_replies(to_day, 96, 20, of_account, of_stream, asked) r
			GROUP BY r.provider, r.template
		) x
		WHERE x.n >= 10 AND x.n >= 0.05 * x.of;
	IF at IS NULL THEN
		RETURN;
	END IF;
	RETURN QUERY
	WITH before AS MATERIALIZED (
		SELECT d.back, r.provider, r.template, count(*) AS n
		FROM generate_series(1, 35) AS d(back), carom._sample_replies(to_day - d.back, 12, CASE WHEN d.back < 7 THEN 20 ELSE 8 END,
			of_account, of_stream, providers) r
		GROUP BY 1, 2, 3
	), usual AS (
		SELECT b.provider, sum(b.n) AS replies, count(DISTINCT b.back) AS days FROM before b WHERE b.back >= 7 GROUP BY 1
	), failed AS (
		SELECT t.provider, sum(t.events)::bigint AS n FROM carom._tally(to_day, to_day, of_account, of_stream) t
		WHERE t.kind = 'bounce' AND t.action = 'failed' GROUP BY 1
	)
	SELECT c.provider, c.template, c.category, c.class, to_day - coalesce(l.back, 0), round(c.share * f.n)::bigint, round(c.share, 4), c.report
	FROM unnest(at, said, why, classes, reports, shares) AS c(provider, template, category, class, report, share)
		JOIN usual u ON u.provider = c.provider AND u.replies >= 50 AND u.days >= 14
		JOIN failed f ON f.provider = c.provider
		LEFT JOIN (SELECT b.provider, b.template, max(b.back) AS back FROM before b GROUP BY 1, 2) l
			ON (l.provider, l.template) = (c.provider, c.template)
	WHERE coalesce(l.back, 0) < 7
	ORDER BY 6 DESC, 1, 2;
END
$$;
COMMENT ON FUNCTION carom.report_templates(date, text, text, text) IS
	'kinds of replies (carom.reply_template) that many mails were refused with on to_day at a provider, and none in the four weeks that end a week before, by '
	'samples of both: since when, about how many (events) and which share of the provider''s refusals, and the number of a report that has one';
