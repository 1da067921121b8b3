-- SPDX-License-Identifier: BSD-2-Clause
-- carom - cohorts: what came back, counted by the day on which its mail was sent

-- The day of sending, where it is known. The Date of the mail that came back was
-- ours to write; who can prove nothing may have made it up.
CREATE OR REPLACE FUNCTION carom._sent_day(sent_on date, dated timestamptz, day date, zone text, confidence text) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN $1 IS NOT NULL OR ($5 IN ('matched', 'claimed')) IS NOT TRUE THEN $1
		WHEN ($2 AT TIME ZONE $4)::date BETWEEN $3 - 366 AND $3 + 1 THEN least(($2 AT TIME ZONE $4)::date, $3) END
$$;

-- The measure that an event counts in, NULL for none.
CREATE OR REPLACE FUNCTION carom._measure(kind text, action text, class text, feedback_type text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN $1 = 'bounce' AND $2 = 'failed' AND $3 IN ('hard', 'soft', 'block', 'policy') THEN $3
		WHEN $1 = 'complaint' AND coalesce($4, '') NOT IN ('opt-out', 'auth-failure') THEN 'complaints' END
$$;

-- What lies longer back is one row: so a day has a bounded number of them.
CREATE OR REPLACE FUNCTION carom._cohort_of(sent_on date, day date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT least(greatest($1, $2 - 61), $2) $$;

-- Counts events that were recorded (sign 1), or are taken out again (-1). Sorted by
-- the whole key, so that two writers meet in the same order.
CREATE OR REPLACE FUNCTION carom._count_cohorts(here int, events carom.event[], sign int) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO carom.cohort AS c (day, sent_on, account, stream, provider, measure, events, home)
		SELECT x.*, h.home FROM carom.home h, (
			SELECT e.day, carom._cohort_of(e.sent_on, e.day), e.account, e.stream, e.provider, m.measure,
				sign * sum(CASE WHEN e.feedback_type = 'not-spam' THEN -1 ELSE 1 END)
			FROM unnest(events) e, LATERAL (SELECT carom._measure(e.kind, e.action, e.class, e.feedback_type) AS measure) m
			WHERE m.measure IS NOT NULL AND e.sent_on IS NOT NULL AND NOT e.repeated AND e.confidence IN ('proven', 'matched', 'claimed')
			GROUP BY 1, 2, 3, 4, 5, 6) x
		WHERE h.home = coalesce(here, 0)
		ORDER BY 1, 2, 3, 4, 5, 6
		ON CONFLICT ON CONSTRAINT cohort_pkey DO UPDATE SET events = c.events + excluded.events;
END
$$;

-- How many rows differ from their events: of one home, or of all (NULL).
CREATE OR REPLACE FUNCTION carom._check_cohorts(here int, kept_from date) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	since date := greatest(kept_from, carom.setting('cohorts_from')::date);
BEGIN
	RETURN (
		SELECT count(*)
		FROM (
			SELECT e.day, carom._cohort_of(e.sent_on, e.day) AS sent_on, e.account, e.stream, e.provider,
				carom._measure(e.kind, e.action, e.class, e.feedback_type) AS measure,
				sum(CASE WHEN e.feedback_type = 'not-spam' THEN -1 ELSE 1 END) AS events
			FROM carom.event e
			WHERE (here IS NULL OR e.home = here) AND e.day >= since AND e.sent_on IS NOT NULL AND NOT e.repeated
				AND e.confidence IN ('proven', 'matched', 'claimed') AND carom._measure(e.kind, e.action, e.class, e.feedback_type) IS NOT NULL
			GROUP BY 1, 2, 3, 4, 5, 6
		) e FULL JOIN (
			SELECT c.day, c.sent_on, c.account, c.stream, c.provider, c.measure, sum(c.events) AS events
			FROM carom.cohort c WHERE (here IS NULL OR c.home = here) AND c.day >= since
			GROUP BY 1, 2, 3, 4, 5, 6
		) c USING (day, sent_on, account, stream, provider, measure)
		WHERE coalesce(e.events, 0) <> coalesce(c.events, 0));
END
$$;

-- The same for events from before, some of which _fill_cohorts() has yet to count.
CREATE OR REPLACE FUNCTION carom._recount_cohorts(events carom.event[], sign int) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	whole date := carom.setting('cohorts_from')::date;
	last  bigint := carom.setting('cohorts_after')::bigint;
BEGIN
	PERFORM carom._count_cohorts(NULL, ARRAY(SELECT e FROM unnest(events) e WHERE e.day >= whole OR e.id > last), sign);
END
$$;

-- Which events were recorded before there were cohorts? Nobody records at this
-- moment, and what was counted since the functions are there is among them.
CREATE OR REPLACE FUNCTION carom._begin_cohorts() RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	IF carom.setting('cohorts_from') <> '9999-01-01' OR carom.setting('cohorts_after') IS NOT NULL OR carom.setting('distributed') = 'yes' THEN
		RETURN;
	END IF;
	LOCK TABLE carom.report IN SHARE ROW EXCLUSIVE MODE;
	DELETE FROM carom.cohort;
	PERFORM carom.set_setting('cohorts_after', (SELECT q.last_value FROM carom.event_id_seq q)::text);
END
$$;

-- Counts them, a day a transaction, the last ones first; it may be broken off. A
-- day more than today, for a clock that is ahead.
CREATE OR REPLACE PROCEDURE carom._fill_cohorts(days int DEFAULT 120)
LANGUAGE plpgsql
AS $$
DECLARE
	last bigint := carom.setting('cohorts_after')::bigint;
	due  date := least(carom.setting('cohorts_from')::date - 1, carom.day() + 1);
BEGIN
	WHILE last IS NOT NULL AND due >= greatest(carom.day() - days, carom.setting('pruned_before')::date) LOOP
		INSERT INTO carom.cohort AS c (day, sent_on, account, stream, provider, measure, events)
			SELECT e.day, carom._cohort_of(e.sent_on, e.day), e.account, e.stream, e.provider,
				carom._measure(e.kind, e.action, e.class, e.feedback_type), sum(CASE WHEN e.feedback_type = 'not-spam' THEN -1 ELSE 1 END)
			FROM carom.event e
			-- found by the time; a time zone may lie between
			WHERE e.day = due AND e.at >= due - interval '2 days' AND e.at < due + interval '3 days' AND e.id <= last
				AND e.sent_on IS NOT NULL AND NOT e.repeated AND e.confidence IN ('proven', 'matched', 'claimed')
				AND carom._measure(e.kind, e.action, e.class, e.feedback_type) IS NOT NULL
			GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
			ON CONFLICT ON CONSTRAINT cohort_pkey DO UPDATE SET events = c.events + excluded.events;
		PERFORM carom.set_setting('cohorts_from', due::text);
		COMMIT;
		due := due - 1;
	END LOOP;
END
$$;
