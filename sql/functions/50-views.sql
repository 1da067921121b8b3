-- SPDX-License-Identifier: BSD-2-Clause
-- carom - views, for people who like psql better

DROP FUNCTION IF EXISTS carom._daily(date, date, text, text);
DROP VIEW IF EXISTS carom.nightly, carom.daily, carom.recent_events, carom.recent_reports, carom.unrecognised,
	carom.active_suppressions, carom.blocklists;

-- The one place that says which rows of the tally make up which number.
CREATE VIEW carom.daily AS
SELECT day, account, stream, provider,
	sum(sent)::bigint AS sent,
	sum(hard)::bigint AS hard, sum(soft)::bigint AS soft, sum(block)::bigint AS block, sum(policy)::bigint AS policy,
	sum(bounced)::bigint AS bounced,
	sum(complaints)::bigint AS complaints, sum(not_spam)::bigint AS not_spam,
	sum(unsubscribes)::bigint AS unsubscribes, sum(delays)::bigint AS delays,
	sum(auto_replies)::bigint AS auto_replies, sum(new_suppressions)::bigint AS new_suppressions,
	sum(unrecognised)::bigint AS unrecognised,
	sum(delivered)::bigint AS delivered, sum(deferred)::bigint AS deferred
FROM (
	SELECT day, account, stream, provider, NULL::bigint AS sent,
		CASE WHEN failed AND class = 'hard' THEN events ELSE 0 END AS hard,
		CASE WHEN failed AND class = 'soft' THEN events ELSE 0 END AS soft,
		CASE WHEN failed AND class = 'block' THEN events ELSE 0 END AS block,
		CASE WHEN failed AND class = 'policy' THEN events ELSE 0 END AS policy,
		CASE WHEN failed THEN events ELSE 0 END AS bounced,
		CASE WHEN kind <> 'complaint' OR feedback_type IN ('opt-out', 'auth-failure') THEN 0
			WHEN feedback_type = 'not-spam' THEN -events ELSE events END AS complaints,
		CASE WHEN kind = 'complaint' AND feedback_type = 'not-spam' THEN events ELSE 0 END AS not_spam,
		CASE WHEN kind = 'unsubscribe' OR kind = 'complaint' AND feedback_type = 'opt-out' THEN events ELSE 0 END AS unsubscribes,
		CASE WHEN action = 'delayed' THEN events ELSE 0 END AS delays,
		CASE WHEN kind = 'auto_reply' THEN events ELSE 0 END AS auto_replies,
		suppressions AS new_suppressions,
		CASE WHEN kind = 'unrecognised' THEN events ELSE 0 END AS unrecognised,
		NULL::bigint AS delivered, NULL::bigint AS deferred
	FROM (SELECT *, kind = 'bounce' AND action = 'failed' AS failed FROM carom.tally) t
	UNION ALL
	SELECT day, account, stream, provider, sent, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL FROM carom.volume
	UNION ALL
	-- What the mail log alone tells: of a refusal that is told, the report is an event. Who counted
	-- while it was sent knows better how much that was, and for whom.
	SELECT l.day, l.account, l.stream, l.provider,
		CASE WHEN l.outcome <> 'deferred' AND s.day IS NULL AND (l.account <> '' OR d.day IS NULL) THEN l.recipients END,
		CASE WHEN l.bounced AND l.class = 'hard' THEN l.recipients ELSE 0 END,
		CASE WHEN l.bounced AND l.class = 'soft' THEN l.recipients ELSE 0 END,
		CASE WHEN l.bounced AND l.class = 'block' THEN l.recipients ELSE 0 END,
		CASE WHEN l.bounced AND l.class = 'policy' THEN l.recipients ELSE 0 END,
		CASE WHEN l.bounced THEN l.recipients ELSE 0 END, 0, 0, 0, 0, 0, 0, 0,
		CASE WHEN l.outcome = 'delivered' THEN l.recipients ELSE 0 END, CASE WHEN l.outcome = 'deferred' THEN l.recipients ELSE 0 END
	FROM (SELECT *, outcome IN ('refused', 'expired') AND NOT told AS bounced FROM carom.delivery) l
		LEFT JOIN (SELECT DISTINCT v.day, v.account, v.stream FROM carom.volume v) s USING (day, account, stream)
		LEFT JOIN (SELECT DISTINCT v.day FROM carom.volume v) d USING (day)
) x
GROUP BY day, account, stream, provider;
COMMENT ON VIEW carom.daily IS 'the numbers per day, account, stream and provider; the reports add these up';
COMMENT ON COLUMN carom.daily.day IS 'day of arrival (of sending, for sent)';
COMMENT ON COLUMN carom.daily.account IS '''''  unknown';
COMMENT ON COLUMN carom.daily.stream IS ''''' unknown';
COMMENT ON COLUMN carom.daily.provider IS ''''' unknown';
COMMENT ON COLUMN carom.daily.sent IS
	'recipients mailed, by the outbound daemon or an import; else, by the mail log, those whose mail was delivered, refused or given up; '
	'NULL where nobody counted';
COMMENT ON COLUMN carom.daily.delivered IS 'taken by the next server, as the mail log tells; NULL where none was read';
COMMENT ON COLUMN carom.daily.deferred IS 'attempts that were put off, as the mail log tells; NULL where none was read';
COMMENT ON COLUMN carom.daily.hard IS 'failed, the address is dead';
COMMENT ON COLUMN carom.daily.soft IS 'failed, may work later';
COMMENT ON COLUMN carom.daily.block IS 'failed, refused because of us or of the message';
COMMENT ON COLUMN carom.daily.policy IS 'failed, ours to repair';
COMMENT ON COLUMN carom.daily.bounced IS 'failed, of whatever class';
COMMENT ON COLUMN carom.daily.complaints IS
	'complaints less those taken back as not-spam, so it may be negative; opt-out counts as unsubscribe, auth-failure as nothing';
COMMENT ON COLUMN carom.daily.not_spam IS 'taken back, already subtracted in complaints';
COMMENT ON COLUMN carom.daily.unsubscribes IS 'people who want no more of it';
COMMENT ON COLUMN carom.daily.delays IS 'notices that it takes longer';
COMMENT ON COLUMN carom.daily.auto_replies IS 'answering machines';
COMMENT ON COLUMN carom.daily.new_suppressions IS 'addresses suppressed because of these events';
COMMENT ON COLUMN carom.daily.unrecognised IS 'mail that nobody understood';

CREATE VIEW carom.nightly AS
SELECT provider, sum(sent)::bigint AS sent, sum(hard)::bigint AS hard, sum(soft)::bigint AS soft, sum(block)::bigint AS block,
	sum(policy)::bigint AS policy, sum(bounced)::bigint AS bounced, sum(complaints)::bigint AS complaints,
	sum(unsubscribes)::bigint AS unsubscribes, sum(delays)::bigint AS delays, sum(auto_replies)::bigint AS auto_replies,
	sum(new_suppressions)::bigint AS new_suppressions, sum(unrecognised)::bigint AS unrecognised
FROM carom.daily
WHERE day = carom.day() - 1
GROUP BY provider
ORDER BY sum(bounced) DESC, provider;
COMMENT ON VIEW carom.nightly IS 'yesterday per provider; for other days, rates and filters see carom.report_isp()';

CREATE VIEW carom.recent_events AS
SELECT at, kind, action, address, account, stream, provider, category, class, feedback_type, confidence, status, reply,
	remote_mta, diagnostic, rule, token, headers, id AS event, report
FROM carom.event
-- the day finds the partitions, in whatever time zone it began
WHERE at >= now() - interval '7 days' AND day >= (now() AT TIME ZONE 'UTC')::date - 8
ORDER BY at DESC, id DESC;
COMMENT ON VIEW carom.recent_events IS 'the events of the last seven days, newest first; ask with LIMIT';

CREATE VIEW carom.recent_reports AS
SELECT arrived, kind, format, from_address, to_address, subject, reporter, events, duplicates, queue_id, id AS report, key
FROM carom.report
WHERE arrived >= now() - interval '7 days' AND part = 0
ORDER BY arrived DESC, id DESC;
COMMENT ON VIEW carom.recent_reports IS 'the messages received in the last seven days, newest first; ask with LIMIT';

CREATE VIEW carom.unrecognised AS
SELECT r.arrived, r.from_address, r.to_address, r.subject, r.size, r.queue_id, r.id AS report, r.key
FROM carom.report r
WHERE r.kind = 'unrecognised' AND r.part = 0
ORDER BY r.arrived DESC, r.id DESC;
COMMENT ON VIEW carom.unrecognised IS 'mail that nobody understood, newest first; table raw has it whole';

CREATE VIEW carom.active_suppressions AS
SELECT address, account, stream, reason, source, since, expires_at, provider, status, rule, said_by, author, note, report_key
FROM carom.suppression
WHERE expires_at IS NULL OR expires_at > now();
COMMENT ON VIEW carom.active_suppressions IS 'who must not be mailed, as of now';

CREATE VIEW carom.blocklists AS
SELECT blocklist, min(day) AS first_day, max(day) AS last_day, count(*) AS events,
	array_agg(DISTINCT provider ORDER BY provider) AS providers
FROM carom.event
WHERE blocklist IS NOT NULL
GROUP BY blocklist
ORDER BY max(day) DESC, blocklist;
COMMENT ON VIEW carom.blocklists IS 'which blocklists name us, since when, and at whose servers it showed';
