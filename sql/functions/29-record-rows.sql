-- SPDX-License-Identifier: BSD-2-Clause
-- carom - the rows that record() writes, a function for each table
--
-- Each statement is for any number of rows. For the most usual single report there
-- are shorter ones (30-record-one.sql), which come here with what they cannot do.

-- Stores reports, and gives the number and the kind under which each is stored. What
-- is there already keeps its number, by which it is known, and counts as nothing but
-- a duplicate.
CREATE OR REPLACE FUNCTION carom._put_reports(here int, homes int[], drafts carom.report[], OUT ids bigint[], OUT kinds text[])
LANGUAGE plpgsql
AS $$
DECLARE
	keys   text[];
	places int[];
	made   record;
BEGIN
	FOR made IN
		INSERT INTO carom.report AS s (id, key, day, arrived, recorded_at, kind, format, size, events, duplicates, last_duplicate, message_id, from_address,
				to_address, subject, dated, reporter, authenticated, feedback_type, user_agent, source_ip, feedback_arrived, incidents,
				mail_from, reported_domain, returned_message_id, returned_from, returned_to, returned_subject, returned_dated,
				returned_path, returned_feedback_id, returned_list_id, queue_id, sender, client_address, rules, truncated, home, part)
			SELECT d.id, d.key, d.day, d.arrived, d.recorded_at, d.kind, d.format, d.size, d.events, d.duplicates, d.last_duplicate, d.message_id, d.from_address,
				d.to_address, d.subject, d.dated, d.reporter, d.authenticated, d.feedback_type, d.user_agent, d.source_ip, d.feedback_arrived, d.incidents,
				d.mail_from, d.reported_domain, d.returned_message_id, d.returned_from, d.returned_to, d.returned_subject, d.returned_dated,
				d.returned_path, d.returned_feedback_id, d.returned_list_id, d.queue_id, d.sender, d.client_address, d.rules, d.truncated, h.home, d.part
			FROM carom.home h, unnest(drafts) d WHERE h.home = ANY (homes) AND h.home = d.home ORDER BY d.key, d.home
		ON CONFLICT ON CONSTRAINT report_pkey
			DO UPDATE SET duplicates = s.duplicates + 1 + excluded.duplicates, last_duplicate = excluded.recorded_at
		RETURNING s.key, s.id, s.kind, s.home
	LOOP
		keys := keys || made.key;
		places := places || CASE WHEN here IS NULL THEN 0 ELSE made.home END;
		ids := ids || made.id;
		kinds := kinds || made.kind;
	END LOOP;

	IF cardinality(drafts) > 1 THEN
		SELECT array_agg(x.id), array_agg(x.kind) INTO ids, kinds
			FROM (
				SELECT s.id, s.kind
				FROM unnest(drafts) WITH ORDINALITY AS d
					-- A full join is never done as a nested loop, whatever the planner
					-- believes of the size of the batch.
					FULL JOIN unnest(keys, ids, kinds, places) AS s(key, id, kind, place)
						ON s.key = d.key AND s.place = CASE WHEN here IS NULL THEN 0 ELSE d.home END
				ORDER BY d.ordinality
			) x;
	END IF;
END
$$;

-- Notes that these events were told of their mails, and gives them with what is a
-- repeat marked as such.
CREATE OR REPLACE FUNCTION carom._tell(here int, homes int[], events carom.event[]) RETURNS carom.event[]
LANGUAGE plpgsql
AS $$
DECLARE
	told_address text[];  -- of those that were told before
	told_message bytea[];
	told_what    text[];
	told_before  int[];
	made         record;
	marked       carom.event[];
BEGIN
	FOR made IN
		INSERT INTO carom.told AS t (address, message, what, day, last_day, weight, times, home)
			SELECT d.address, d.message, d.what, d.day, d.last_day, d.weight, d.times, h.home
			FROM carom.home h, (
				SELECT e.home, e.address, e.message, w.what, min(e.day) AS day, max(e.day) AS last_day,
					max(carom._weight(w.what, e.class, coalesce(e.status, e.reply), e.confidence)) AS weight, count(*) AS times
				FROM unnest(events) e, LATERAL (SELECT carom._what(e.kind, e.action, e.feedback_type) AS what) w
				WHERE e.message IS NOT NULL AND e.address <> '' AND w.what IS NOT NULL
				GROUP BY 1, 2, 3, 4) d
			WHERE h.home = ANY (homes) AND h.home = d.home ORDER BY 1, 2, 3
			ON CONFLICT ON CONSTRAINT told_pkey DO UPDATE SET previous = t.weight, weight = greatest(t.weight, excluded.weight),
				day = least(t.day, excluded.day), last_day = greatest(t.last_day, excluded.last_day), times = t.times + excluded.times
		RETURNING t.address, t.message, t.what, t.previous, t.times
	LOOP
		IF made.times > 1 THEN
			told_address := told_address || made.address;
			told_message := told_message || made.message;
			told_what := told_what || made.what;
			told_before := told_before || made.previous;
		END IF;
	END LOOP;
	IF told_what IS NULL THEN
		RETURN events;
	END IF;

	-- A guess never stands in the way of what can be believed.
	SELECT array_agg(ROW((j.e).id, (j.e).day, (j.e).at, (j.e).report, (j.e).ordinal, (j.e).kind, (j.e).address, (j.e).account, (j.e).stream, (j.e).provider, (j.e).action, (j.e).category, (j.e).class,
		(j.e).feedback_type,
			-- one mail, one bounce; but the worse of two reports is the one that counts
			CASE WHEN NOT j.repeated OR j.weight > j.prior THEN (j.e).cause END, (j.e).confidence, (j.e).resolved_by, (j.e).sent_on, (j.e).subscriber, (j.e).recipient, (j.e).final_recipient, (j.e).original_recipient, (j.e).status,
		(j.e).reply, (j.e).stage, (j.e).remote_mta, (j.e).reporter, (j.e).diagnostic, (j.e).blocklist, (j.e).rule, (j.e).rules, (j.e).message, j.repeated, (j.e).home, (j.e).token, (j.e).headers)::carom.event)
		INTO marked
		FROM (
			SELECT p.e, p.weight, p.prior, coalesce(p.prior / 3 >= p.weight / 3, false) AS repeated
			FROM (
				SELECT d.e, d.weight, CASE WHEN d.what IS NOT NULL THEN
					greatest(t.previous, max(d.weight) OVER (PARTITION BY address, message, what ORDER BY d.id
						ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) END AS prior
				FROM (
					SELECT e AS e, e.id, e.address, e.message,
						-- NULL: it has no mail, or nobody, that it could be a repeat for
						CASE WHEN e.message IS NOT NULL AND e.address <> '' THEN w.what END AS what,
						carom._weight(w.what, e.class, coalesce(e.status, e.reply), e.confidence) AS weight
					FROM unnest(events) e, LATERAL (SELECT carom._what(e.kind, e.action, e.feedback_type) AS what) w
				) d
					-- a full join, for the reason given above
					FULL JOIN unnest(told_address, told_message, told_what, told_before) AS t(address, message, what, previous)
						USING (address, message, what)
			) p
		) j;
	RETURN marked;
END
$$;

CREATE OR REPLACE FUNCTION carom._put_events(here int, homes int[], events carom.event[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO carom.event (id, day, at, report, ordinal, kind, address, account, stream, provider, action, category, class,
			feedback_type, cause, confidence, resolved_by, sent_on, subscriber, recipient, final_recipient, original_recipient, status,
			reply, stage, remote_mta, reporter, diagnostic, blocklist, rule, rules, message, repeated, home, token, headers)
		SELECT e.id, e.day, e.at, e.report, e.ordinal, e.kind, e.address, e.account, e.stream, e.provider, e.action, e.category, e.class,
			e.feedback_type, e.cause, e.confidence, e.resolved_by, e.sent_on, e.subscriber, e.recipient, e.final_recipient, e.original_recipient, e.status,
			e.reply, e.stage, e.remote_mta, e.reporter, e.diagnostic, e.blocklist, e.rule, e.rules, e.message, e.repeated, h.home, e.token, e.headers
		FROM carom.home h, unnest(events) e WHERE h.home = ANY (homes) AND h.home = e.home;
END
$$;

-- Counts events, and which of them brought an entry onto the list. Sorted by the
-- whole key, so that two writers meet in the same order.
CREATE OR REPLACE FUNCTION carom._count_tally(here int, events carom.event[], written carom.suppression[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO carom.tally AS t (day, account, stream, provider, kind, action, category, class, feedback_type,
			confidence, events, repeats, reports, suppressions, home)
		SELECT x.*, h.home FROM carom.home h, (
			SELECT e.day, e.account, e.stream, e.provider, e.kind, coalesce(e.action, ''), coalesce(e.category, ''),
				coalesce(e.class, ''), coalesce(e.feedback_type, ''), coalesce(e.confidence, ''),
				count(*) FILTER (WHERE NOT e.repeated), count(*) FILTER (WHERE e.repeated),
				count(*) FILTER (WHERE e.ordinal = 1), count(h.event)
			FROM unnest(events) e
				FULL JOIN (SELECT x.event FROM unnest(written) x WHERE x.changes = 1) h ON h.event = e.id
			GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) x
		WHERE h.home = coalesce(here, 0)
		ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
		ON CONFLICT ON CONSTRAINT tally_pkey
		DO UPDATE SET events = t.events + excluded.events, repeats = t.repeats + excluded.repeats,
			reports = t.reports + excluded.reports, suppressions = t.suppressions + excluded.suppressions;
END
$$;

-- Puts entries on the list, but for those that what is there outweighs, and gives
-- what was written, with the number of changes that the list tells.
CREATE OR REPLACE FUNCTION carom._put_entries(here int, homes int[], due carom.suppression[]) RETURNS carom.suppression[]
LANGUAGE plpgsql
AS $$
DECLARE
	w_address text[];
	w_account text[];
	w_stream  text[];
	w_changes int[];
	made      record;
	written   carom.suppression[];
BEGIN
	FOR made IN
		INSERT INTO carom.suppression AS s (address, account, stream, spelling, reason, source, since, changed_at, changes, expires_at, provider,
				status, rule, rules, confidence, said_by, report_key, event, event_day, author, note, login, home)
			SELECT d.address, d.account, d.stream, d.spelling, d.reason, d.source, d.since, d.changed_at, d.changes, d.expires_at, d.provider,
				d.status, d.rule, d.rules, d.confidence, d.said_by, d.report_key, d.event, d.event_day, d.author, d.note, d.login, h.home
			FROM carom.home h, unnest(due) d WHERE h.home = ANY (homes) AND h.home = d.home ORDER BY d.address, d.account, d.stream
			ON CONFLICT ON CONSTRAINT suppression_pkey DO UPDATE SET
				reason = excluded.reason, source = excluded.source, expires_at = excluded.expires_at,
				since = CASE WHEN s.expires_at <= excluded.changed_at THEN excluded.since ELSE s.since END,
				changes = CASE WHEN s.expires_at <= excluded.changed_at THEN 1 ELSE s.changes + 1 END,
				changed_at = excluded.changed_at, provider = excluded.provider, status = excluded.status,
				rule = excluded.rule, rules = excluded.rules, confidence = excluded.confidence, said_by = excluded.said_by,
				report_key = excluded.report_key, event = excluded.event, event_day = excluded.event_day,
				author = excluded.author, login = excluded.login, note = excluded.note
			WHERE carom._yields(s.source, s.reason, s.expires_at, excluded.source, excluded.reason, excluded.expires_at, excluded.changed_at)
			RETURNING s.address, s.account, s.stream, s.changes
	LOOP
		w_address := w_address || made.address;
		w_account := w_account || made.account;
		w_stream := w_stream || made.stream;
		w_changes := w_changes || made.changes;
	END LOOP;
	IF w_address IS NULL THEN
		RETURN NULL;
	END IF;

	-- what was written of what was due, the number of changes told by changes
	SELECT array_agg(ROW(d.address, d.account, d.stream, d.spelling, d.reason, d.source, d.since, d.changed_at, w.changes, d.expires_at, d.provider,
			d.status, d.rule, d.rules, d.confidence, d.said_by, d.report_key, d.event, d.event_day, d.author, d.note, d.login, d.home)::carom.suppression)
		INTO written
		FROM unnest(w_address, w_account, w_stream, w_changes) AS w(address, account, stream, changes)
			FULL JOIN unnest(due) d USING (address, account, stream)
		WHERE w.changes IS NOT NULL;
	RETURN written;
END
$$;

-- Writes into the log, for the feed as well, what was put on the list.
CREATE OR REPLACE FUNCTION carom._log_entries(here int, homes int[], written carom.suppression[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	made     record;
	w_log    bigint[];
	log_xact xid8;
BEGIN
	FOR made IN
		INSERT INTO carom.suppression_log AS w (id, at, day, change, address, account, stream, reason, source, expires_at, provider, status, rule, rules,
				confidence, said_by, report_key, event, event_day, author, login, note, home, xact)
			SELECT l.id, l.at, l.day, l.change, l.address, l.account, l.stream, l.reason, l.source, l.expires_at, l.provider, l.status, l.rule, l.rules,
				l.confidence, l.said_by, l.report_key, l.event, l.event_day, l.author, l.login, l.note, h.home, l.xact
			FROM carom.home h, (
				SELECT nextval('carom.suppression_log_id_seq') AS id, clock_timestamp() AS at, d.event_day AS day,
					CASE d.changes WHEN 1 THEN 'add' ELSE 'replace' END AS change, d.address, d.account, d.stream, d.reason, d.source, d.expires_at,
					d.provider, d.status, d.rule, d.rules, d.confidence, d.said_by, d.report_key, d.event, d.event_day, d.author, d.login, d.note, d.home,
					pg_current_xact_id() AS xact
				FROM unnest(written) d) l
			WHERE h.home = ANY (homes) AND h.home = l.home
		RETURNING w.id, w.xact
	LOOP
		w_log := w_log || made.id;
		log_xact := made.xact;
	END LOOP;
	PERFORM carom._feed_changes_at(here, log_xact, w_log);
END
$$;
