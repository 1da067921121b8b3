-- SPDX-License-Identifier: BSD-2-Clause
-- carom - what others count of our mail, beside what we count

DROP VIEW IF EXISTS carom.outside_age;
CREATE VIEW carom.outside_age AS
SELECT o.source, max(o.day) AS newest_day, carom.day() - max(o.day) AS days_old, max(o.told_at) AS imported_at, count(DISTINCT o.subject) AS subjects
FROM carom.outside o
GROUP BY o.source;
COMMENT ON VIEW carom.outside_age IS 'how old the figures of others are; a link to SNDS dies after 30 days, and nobody tells';
COMMENT ON COLUMN carom.outside_age.source IS 'as in outside';
COMMENT ON COLUMN carom.outside_age.newest_day IS 'the last day that there is a figure of';
COMMENT ON COLUMN carom.outside_age.days_old IS 'days since then';
COMMENT ON COLUMN carom.outside_age.imported_at IS 'when a file was last imported';
COMMENT ON COLUMN carom.outside_age.subjects IS 'IP addresses, or domains, that there are figures of';

CREATE OR REPLACE FUNCTION carom.report_outside_ages() RETURNS TABLE (source text, days_old int)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN QUERY SELECT o.source, o.days_old FROM carom.outside_age o ORDER BY o.source;
END
$$;
COMMENT ON FUNCTION carom.report_outside_ages() IS 'how old the figures of others are, as outside_age, for who may read no table';

-- In PL/pgSQL, for Citus plans no SQL function that hands its parameters on.
DROP FUNCTION IF EXISTS carom.report_outside(date, date, text, text);
CREATE FUNCTION carom.report_outside(from_day date, to_day date, account text DEFAULT NULL, stream text DEFAULT NULL)
RETURNS TABLE (day date, source text, provider text, subject text, metric text, value numeric, word text, ours numeric)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH own AS MATERIALIZED (
		SELECT d.day, d.provider, sum(d.sent) AS sent, sum(d.delivered) AS delivered, sum(d.bounced) AS bounced, sum(d.complaints) AS complaints,
			sum(d.unsubscribes) AS unsubscribes
		FROM carom._daily(from_day, to_day, report_outside.account, report_outside.stream) d
		GROUP BY 1, 2
	)
	SELECT o.day, o.source, o.provider, o.subject, o.metric,
		CASE WHEN o.source = 'counts' THEN sum(o.value) ELSE max(o.value) END, max(o.word),
		round(CASE
			WHEN o.metric IN ('complaint_rate', 'spam_rate', 'user_reported_spam_rate') THEN max(w.complaints) / nullif(max(w.sent), 0)
			WHEN o.metric IN ('delivery_error_rate', 'bounce_rate') THEN max(w.bounced) / nullif(max(w.sent), 0)
			WHEN o.metric IN ('sent', 'rcpt_commands', 'message_recipients') THEN max(w.sent)
			WHEN o.metric = 'delivered' THEN max(w.delivered)
			WHEN o.metric IN ('bounced', 'bounces') THEN max(w.bounced)
			WHEN o.metric = 'complaints' THEN max(w.complaints)
			WHEN o.metric IN ('unsubscribes', 'unsubscribed') THEN max(w.unsubscribes)
		END, 6)
	FROM carom.outside o LEFT JOIN own w ON (w.day, w.provider) = (o.day, o.provider)
	WHERE o.day BETWEEN from_day AND to_day
		AND (report_outside.account IS NULL OR o.account IN ('', report_outside.account))
		AND (report_outside.stream IS NULL OR o.stream IN ('', report_outside.stream))
	GROUP BY o.day, o.source, o.provider, o.subject, o.metric
	ORDER BY o.day DESC, o.source, o.provider, o.subject, o.metric;
END
$$;
COMMENT ON FUNCTION carom.report_outside(date, date, text, text) IS
	'what others count, newest first, with our own figure for the same provider and day beside it where there is one that means the same '
	'(ours; a rate is of what was sent, which is not what a provider divides by)';

COMMENT ON COLUMN carom.outside.subject IS
	'what it is about: an IP address of ours (snds), a domain of ours (postmaster), a campaign or an IP address of ours (counts); '''' for none';
