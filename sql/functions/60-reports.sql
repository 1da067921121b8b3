-- SPDX-License-Identifier: BSD-2-Clause
-- carom - the reports
--
-- They read tally and volume (and the log of suppressions), never event: a
-- report costs days times providers, however much mail came. From and to are
-- both included; NULL for account or stream means all, '' the unknown.

-- In PL/pgSQL, for Citus plans no SQL function that hands its parameters on.
CREATE OR REPLACE FUNCTION carom._daily(from_day date, to_day date, of_account text, of_stream text) RETURNS SETOF carom.daily
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN QUERY SELECT d.* FROM carom.daily d
		WHERE d.day BETWEEN from_day AND to_day
			AND (of_account IS NULL OR d.account = of_account) AND (of_stream IS NULL OR d.stream = of_stream);
END
$$;

CREATE OR REPLACE FUNCTION carom._tally(from_day date, to_day date, of_account text, of_stream text) RETURNS SETOF carom.tally
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN QUERY SELECT t.* FROM carom.tally t
		WHERE t.day BETWEEN from_day AND to_day
			AND (of_account IS NULL OR t.account = of_account) AND (of_stream IS NULL OR t.stream = of_stream);
END
$$;

CREATE OR REPLACE FUNCTION carom._duplicates(from_day date, to_day date) RETURNS SETOF carom.duplicate
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN QUERY SELECT d.* FROM carom.duplicate d WHERE d.day BETWEEN from_day AND to_day;
END
$$;

DROP FUNCTION IF EXISTS carom.report_isp(date, date, text, text);
CREATE FUNCTION carom.report_isp(from_day date, to_day date, account text DEFAULT NULL, stream text DEFAULT NULL)
RETURNS TABLE (provider text, sent bigint, hard bigint, soft bigint, block bigint, policy bigint, bounced bigint,
	complaints bigint, not_spam bigint, unsubscribes bigint, delays bigint, auto_replies bigint, new_suppressions bigint,
	unrecognised bigint, bounce_rate numeric, hard_rate numeric, block_rate numeric, complaint_rate numeric)
LANGUAGE sql STABLE
AS $$
	SELECT x.*,
		round(x.bounced / nullif(x.sent, 0)::numeric, 6), round(x.hard / nullif(x.sent, 0)::numeric, 6),
		round(x.block / nullif(x.sent, 0)::numeric, 6), round(x.complaints / nullif(x.sent, 0)::numeric, 6)
	FROM (
		SELECT d.provider, sum(d.sent)::bigint AS sent, sum(d.hard)::bigint AS hard, sum(d.soft)::bigint,
			sum(d.block)::bigint AS block, sum(d.policy)::bigint, sum(d.bounced)::bigint AS bounced,
			sum(d.complaints)::bigint AS complaints, sum(d.not_spam)::bigint, sum(d.unsubscribes)::bigint, sum(d.delays)::bigint,
			sum(d.auto_replies)::bigint, sum(d.new_suppressions)::bigint, sum(d.unrecognised)::bigint
		FROM carom._daily($1, $2, $3, $4) d
		GROUP BY d.provider
	) x
	ORDER BY x.bounced + abs(x.complaints) DESC, x.provider
$$;
COMMENT ON FUNCTION carom.report_isp(date, date, text, text) IS
	'per provider: recipients mailed (NULL if nobody counted), what came back, and the rates of it as fractions of those mailed '
	'(NULL where that is unknown). For the columns see view carom.daily';

DROP FUNCTION IF EXISTS carom.report_category(date, date, text, text), carom.report_category(date, date, text, text, text);
CREATE FUNCTION carom.report_category(from_day date, to_day date, account text DEFAULT NULL, stream text DEFAULT NULL,
	provider text DEFAULT NULL)
RETURNS TABLE (category text, class text, failed bigint, delayed bigint, other bigint, events bigint, new_suppressions bigint,
	share numeric)
LANGUAGE sql STABLE
AS $$
	SELECT t.category, t.class,
		coalesce(sum(t.events) FILTER (WHERE t.action = 'failed'), 0)::bigint,
		coalesce(sum(t.events) FILTER (WHERE t.action = 'delayed'), 0)::bigint,
		coalesce(sum(t.events) FILTER (WHERE t.action NOT IN ('failed', 'delayed')), 0)::bigint,
		sum(t.events)::bigint, sum(t.suppressions)::bigint,
		round(sum(t.events) / nullif(sum(sum(t.events)) OVER (), 0), 6)
	FROM carom._tally($1, $2, $3, $4) t
	WHERE (t.category <> '' OR t.action = 'failed') AND ($5 IS NULL OR t.provider = $5)
	GROUP BY t.category, t.class
	HAVING sum(t.events) + sum(t.suppressions) > 0
	ORDER BY sum(t.events) DESC, t.category, t.class
$$;
COMMENT ON FUNCTION carom.report_category(date, date, text, text, text) IS
	'per category: outcomes that failed, that are delayed, and others, their share of all, addresses suppressed; category '''' was not classified';

DROP FUNCTION IF EXISTS carom.report_balance(date, date, text, text);
CREATE FUNCTION carom.report_balance(from_day date, to_day date, account text DEFAULT NULL, stream text DEFAULT NULL)
RETURNS TABLE (kind text, reports bigint, events bigint, duplicates bigint, proven bigint, matched bigint, claimed bigint,
	guessed bigint, unmatched bigint, matched_share numeric, repeats bigint)
LANGUAGE sql STABLE
AS $$
	WITH counted AS (
		SELECT t.kind, sum(t.reports)::bigint AS reports, sum(t.events)::bigint AS events,
			coalesce(sum(t.events) FILTER (WHERE t.confidence = 'proven'), 0)::bigint AS proven,
			coalesce(sum(t.events) FILTER (WHERE t.confidence = 'matched'), 0)::bigint AS matched,
			coalesce(sum(t.events) FILTER (WHERE t.confidence = 'claimed'), 0)::bigint AS claimed,
			coalesce(sum(t.events) FILTER (WHERE t.confidence = 'guessed'), 0)::bigint AS guessed,
			coalesce(sum(t.events) FILTER (WHERE t.confidence = ''), 0)::bigint AS unmatched, sum(t.repeats)::bigint AS repeats
		FROM carom._tally($1, $2, $3, $4) t
		GROUP BY t.kind
	), again AS (
		SELECT d.kind, sum(d.seen)::bigint AS seen FROM carom._duplicates($1, $2) d GROUP BY d.kind
	), lines AS (
		SELECT k.n, k.kind, coalesce(c.reports, 0) AS reports, coalesce(c.events, 0) AS events,
			-- nobody looks into a duplicate to see whose it is
			CASE WHEN $3 IS NULL AND $4 IS NULL THEN coalesce(a.seen, 0) END AS duplicates,
			coalesce(c.proven, 0) AS proven, coalesce(c.matched, 0) AS matched, coalesce(c.claimed, 0) AS claimed,
			coalesce(c.guessed, 0) AS guessed, coalesce(c.unmatched, 0) AS unmatched, coalesce(c.repeats, 0) AS repeats
		FROM unnest(ARRAY['bounce', 'delay', 'delivery', 'complaint', 'unsubscribe', 'auto_reply', 'auth_report',
				'unrecognised']) WITH ORDINALITY AS k(kind, n)
			LEFT JOIN counted c USING (kind) LEFT JOIN again a USING (kind)
		UNION ALL
		SELECT 9, 'received',
			coalesce((SELECT sum(c.reports) FROM counted c), 0), coalesce((SELECT sum(c.events) FROM counted c), 0),
			CASE WHEN $3 IS NULL AND $4 IS NULL THEN coalesce((SELECT sum(a.seen) FROM again a), 0) END,
			coalesce((SELECT sum(c.proven) FROM counted c), 0), coalesce((SELECT sum(c.matched) FROM counted c), 0),
			coalesce((SELECT sum(c.claimed) FROM counted c), 0), coalesce((SELECT sum(c.guessed) FROM counted c), 0),
			coalesce((SELECT sum(c.unmatched) FROM counted c), 0), coalesce((SELECT sum(c.repeats) FROM counted c), 0)
	)
	SELECT l.kind, l.reports::bigint, l.events::bigint, l.duplicates::bigint, l.proven::bigint, l.matched::bigint,
		l.claimed::bigint, l.guessed::bigint, l.unmatched::bigint,
		round((l.proven + l.matched + l.claimed) / nullif(l.events, 0)::numeric, 6), l.repeats::bigint
	FROM lines l ORDER BY l.n
$$;
COMMENT ON FUNCTION carom.report_balance(date, date, text, text) IS
	'what was received, by kind, with the sum below; the same message again counts as duplicate only. matched_share: outcomes '
	'whose address is known well enough to act on (proven, matched, claimed); guessed and unmatched are the rest. repeats: '
	'outcomes that were told before of the same mail and address, in no other number';

-- In PL/pgSQL, for Citus plans no SQL function that hands its parameters on.
CREATE OR REPLACE FUNCTION carom._added(from_day date, to_day date, of_account text, of_stream text) RETURNS SETOF carom.suppression_log
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN QUERY SELECT l.* FROM carom.suppression_log l
		WHERE l.change = 'add' AND l.day BETWEEN from_day AND to_day
			AND (of_account IS NULL OR l.account = of_account) AND (of_stream IS NULL OR l.stream = of_stream);
END
$$;

DROP FUNCTION IF EXISTS carom.report_suppressions(date, date, text, text);
CREATE FUNCTION carom.report_suppressions(from_day date, to_day date, account text DEFAULT NULL, stream text DEFAULT NULL)
RETURNS TABLE (at timestamptz, address text, account text, stream text, reason text, source text, expires_at timestamptz,
	provider text, status text, rule text, confidence text, said_by text, report_key text, event bigint, author text, note text)
LANGUAGE sql STABLE
AS $$
	SELECT l.at, l.address, l.account, l.stream, l.reason, l.source, l.expires_at, l.provider, l.status, l.rule,
		l.confidence, l.said_by, l.report_key, l.event, l.author, l.note
	FROM carom._added($1, $2, $3, $4) l
	ORDER BY l.at, l.id
$$;
COMMENT ON FUNCTION carom.report_suppressions(date, date, text, text) IS
	'addresses that were newly suppressed, by whom and on what evidence';
