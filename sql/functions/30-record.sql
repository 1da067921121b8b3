-- SPDX-License-Identifier: BSD-2-Clause
-- carom - record(): everything that follows from a report, in one transaction
--
-- Parallel writers never deadlock because all of them take their locks in one
-- order: report rows by key, told rows by key, address_lock rows by number,
-- suppressions by key, tally rows by key, duplicate counters by key. That holds
-- for one call a transaction; who has several reports gives them to
-- record_many() together.
--
-- The statements work on whole batches: a report with ten thousand outcomes
-- and a batch of a thousand reports each cost a handful of statements.

-- What is told once of a mail and an address. NULL: may be told again.
CREATE OR REPLACE FUNCTION carom._what(kind text, action text, feedback_type text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE
		WHEN kind = 'bounce' AND action = 'failed' THEN 'failed'
		WHEN kind = 'complaint' AND coalesce(action, 'complained') = 'complained' THEN 'complaint:' || feedback_type
		WHEN kind = 'unsubscribe' AND coalesce(action, 'unsubscribed') = 'unsubscribed' THEN 'unsubscribed'
	END
$$;

-- Which mail a report is about: what it returned says so by its Message-ID, or
-- else our signature by the day and stream that it holds (the address lies beside).
CREATE OR REPLACE FUNCTION carom._message(message_id text, sent_on date, account text, stream text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT substr(sha256(convert_to(CASE WHEN btrim(message_id, E'<> \t\r\n') <> ''
		THEN btrim(message_id, E'<> \t\r\n') ELSE E'\n' || sent_on || E'\n' || account || E'\n' || stream END, 'UTF8')), 1, 16)
$$;

-- Whose are the outcomes that the program left to us? Those with the number of
-- an address, out of a token, and those that are a guess, by their Message-ID.
CREATE OR REPLACE FUNCTION carom._resolve(fresh carom.report[], outcomes jsonb[]) RETURNS jsonb[]
LANGUAGE sql STABLE
AS $$
	WITH given AS (
		SELECT r.ordinality AS n, x.ordinal, carom._with_stream(carom._object(x.o)) AS o, r.arrived,
			CASE WHEN r.kind IN ('bounce', 'delay', 'delivery', 'complaint', 'unsubscribe')
				THEN btrim(r.returned_message_id, E'<> \t\r\n') END AS message_id
		FROM unnest(fresh) WITH ORDINALITY AS r
			CROSS JOIN LATERAL jsonb_array_elements(outcomes[r.ordinality]) WITH ORDINALITY AS x(o, ordinal)
	), numbered AS MATERIALIZED (
		SELECT g.n, g.ordinal, g.arrived, g.message_id, o.o,
			coalesce(o.o ->> 'confidence', 'guessed') NOT IN ('proven', 'matched', 'claimed') AS guess,
			array_remove(ARRAY[carom._address(o.o ->> 'subscriber'), carom._address(o.o ->> 'recipient'),
				carom._address(o.o ->> 'original_recipient'), carom._address(o.o ->> 'final_recipient')], '') AS names
		FROM given g
			CROSS JOIN LATERAL (SELECT carom._int(g.o -> 'address_id', 1, 1099511627775) AS id) i
			LEFT JOIN LATERAL (SELECT a.spelling, a.account FROM carom.address a WHERE a.id = i.id LIMIT 1) a ON true
			CROSS JOIN LATERAL (SELECT CASE
				WHEN NOT g.o ? 'address_id' OR g.o ->> 'subscriber' <> '' THEN g.o
				-- a number that nobody has
				WHEN a.spelling IS NULL THEN g.o || '{"confidence": "guessed"}'
				ELSE g.o || jsonb_build_object('subscriber', a.spelling)
					|| CASE WHEN a.account = '' THEN '{}' ELSE jsonb_build_object('account', a.account) END
				END AS o) o
	), decided AS (
		SELECT d.n, d.ordinal, CASE
			WHEN s.found IS NULL OR s.found = 0 THEN d.o
			-- several of equal rank are nobody
			WHEN s.found > 1 THEN d.o || '{"confidence": "guessed"}'
			ELSE d.o || jsonb_build_object('subscriber', s.spelling, 'sent_on', s.sent_on, 'resolved_by', 'message_id', 'confidence', 'matched')
				|| CASE WHEN s.account = '' THEN '{}' ELSE jsonb_build_object('account', s.account) END
				|| CASE WHEN s.stream = '' THEN '{}' ELSE jsonb_build_object('stream', s.stream) END
			END AS o
		FROM numbered d
			LEFT JOIN LATERAL (
				SELECT count(*) AS found, min(x.spelling) AS spelling, min(x.account) AS account, min(x.stream) AS stream,
					min(x.sent_on) AS sent_on
				FROM (
					(SELECT s.* FROM carom.sent s
						WHERE d.names <> '{}' AND s.message_id = d.message_id AND s.address = ANY (d.names) AND s.expires_at > d.arrived
						LIMIT 2)
					UNION ALL
					(SELECT s.* FROM carom.sent s
						WHERE d.names = '{}' AND s.message_id = d.message_id AND s.expires_at > d.arrived
						LIMIT 2)
				) x
			) s ON d.guess AND d.message_id <> ''
	)
	SELECT array_agg(x.outcomes ORDER BY x.n)
	FROM (SELECT d.n, jsonb_agg(d.o ORDER BY d.ordinal) AS outcomes FROM decided d GROUP BY d.n) x
$$;

-- Expects objects only. Answers one object a report, in their order.
CREATE OR REPLACE FUNCTION carom._ingest(reports jsonb[], raws bytea[]) RETURNS jsonb[]
LANGUAGE plpgsql
AS $$
DECLARE
	zone        text := (SELECT s.value FROM carom.setting s WHERE s.name = 'timezone');
	-- one element a report, in the order given
	keys        text[];
	days        date[];
	-- one element a report that is new
	fresh       bigint[];
	fresh_key   text[];
	fresh_row   carom.report[];
	outcomes    jsonb[];
	originals   bytea[];
	-- what became of them
	counted     carom.event[];
	held        carom.suppression[];
	report_ids  jsonb;  -- key: id
	report_keys jsonb;  -- id: key
	scored      boolean;
BEGIN
	WITH given AS MATERIALIZED (
		SELECT x.n, x.j, x.raw, x.key, x.at, (x.at AT TIME ZONE zone)::date AS day,
			row_number() OVER (PARTITION BY x.key ORDER BY x.n) = 1 AS leads,
			CASE WHEN x.j ->> 'kind' IN ('bounce', 'delay', 'delivery', 'complaint', 'unsubscribe', 'auto_reply',
				'auth_report') THEN x.j ->> 'kind' ELSE 'unrecognised' END AS kind
		FROM (
			SELECT g.n, g.j, g.raw, carom._key(g.j, g.raw) AS key,
				-- a clock that is far off would put the report where nobody looks
				CASE WHEN t.at BETWEEN timestamptz '2000-01-01 00:00Z' AND now() + interval '1 day'
					THEN t.at ELSE now() END AS at
			FROM unnest(reports, raws) WITH ORDINALITY AS g(j, raw, n),
				LATERAL (SELECT carom._time(g.j ->> 'arrived') AS at) t
			WHERE g.j IS NOT NULL
		) x
	), stored AS (
		INSERT INTO carom.report AS s (key, day, arrived, kind, format, size, events, message_id, from_address,
			to_address, subject, dated, reporter, authenticated, feedback_type, user_agent, source_ip, feedback_arrived,
			incidents, mail_from, reported_domain, returned_message_id, returned_from, returned_to, returned_subject,
			returned_dated, returned_path, returned_feedback_id, returned_list_id, queue_id, sender, client_address,
			rules, truncated)
		SELECT g.key, g.day, g.at, g.kind, left(t.format, 64), carom._int(g.j -> 'size', 0, 1099511627776),
			CASE WHEN jsonb_typeof(g.j -> 'outcomes') = 'array'
				THEN greatest(1, jsonb_array_length(g.j -> 'outcomes')) ELSE 1 END,
			left(t.message_id, 998), left(t."from", 998), left(t."to", 998), left(t.subject, 998), carom._time(t.date),
			left(t.reporter, 255), carom._texts(g.j -> 'authenticated', 32, 255),
			CASE
				WHEN lower(f.type) IN ('abuse', 'fraud', 'virus', 'opt-out', 'not-spam', 'auth-failure') THEN lower(f.type)
				WHEN f.type <> '' THEN 'other'
				WHEN g.kind = 'complaint' THEN 'abuse'
			END,
			left(f.user_agent, 255), carom._inet(f.source_ip), carom._time(f.arrived), carom._int(f.incidents, 0, 2147483647),
			left(f.mail_from, 998), carom._texts(f.reported_domain, 32, 255),
			left(r.message_id, 998), left(r."from", 998), carom._texts(r."to", 32, 320), left(r.subject, 998),
			carom._time(r.date), left(r.return_path, 998), left(r.feedback_id, 998), left(r.list_id, 998),
			left(t.queue_id, 64), left(t.sender, 998), carom._inet(t.client_address), left(t.rules, 100),
			carom._texts(g.j -> 'truncated', 32, 64)
		FROM given g,
			jsonb_to_record(g.j) AS t(format text, message_id text, "from" text, "to" text, subject text, date text,
				reporter text, queue_id text, sender text, client_address text, rules text),
			jsonb_to_record(carom._object(g.j -> 'feedback')) AS f(type text, user_agent text, source_ip text,
				arrived text, incidents jsonb, mail_from text, reported_domain jsonb),
			jsonb_to_record(carom._object(g.j -> 'returned')) AS r(message_id text, "from" text, "to" jsonb, subject text,
				date text, return_path text, feedback_id text, list_id text)
		WHERE g.leads ORDER BY g.key
		ON CONFLICT (key) DO NOTHING
		RETURNING s.key, s
	)
	SELECT array_agg(x.key), array_agg(x.day),
		array_agg((x.s).id) FILTER (WHERE x.is_fresh),
		array_agg(x.key) FILTER (WHERE x.is_fresh),
		array_agg(x.s) FILTER (WHERE x.is_fresh),
		array_agg(CASE WHEN jsonb_typeof(x.j -> 'outcomes') = 'array' AND x.j -> 'outcomes' <> '[]'
			THEN x.j -> 'outcomes' ELSE '[{}]' END) FILTER (WHERE x.is_fresh),
		array_agg(x.raw) FILTER (WHERE x.is_fresh),
		coalesce(jsonb_object_agg(x.key, (x.s).id) FILTER (WHERE x.is_fresh), '{}'),
		jsonb_object_agg((x.s).id, x.key) FILTER (WHERE x.is_fresh)
	INTO keys, days, fresh, fresh_key, fresh_row, outcomes, originals, report_ids, report_keys
	FROM (
		-- A full join is never done as a nested loop, whatever the planner
		-- believes of the size of the batch.
		SELECT g.key, g.day, g.j, g.raw, s.s, g.leads AND s.key IS NOT NULL AS is_fresh
		FROM given g FULL JOIN stored s USING (key)
		ORDER BY g.n
	) x;

	IF fresh IS NOT NULL THEN
		IF raws IS NOT NULL THEN
			INSERT INTO carom.raw (key, message)
				SELECT x.key, x.raw FROM unnest(fresh_key, originals) AS x(key, raw) WHERE x.raw IS NOT NULL;
		END IF;

		-- Most reports bring all that can be known.
		IF EXISTS (
			SELECT FROM unnest(fresh_row) WITH ORDINALITY AS r
			WHERE jsonb_path_exists(outcomes[r.ordinality], '$[*] ? (exists(@.address_id) || exists(@.stream_number))')
				OR r.returned_message_id <> '' AND jsonb_path_exists(outcomes[r.ordinality],
					'$[*] ? (!(@.confidence == "proven" || @.confidence == "matched" || @.confidence == "claimed"))'))
		THEN
			outcomes := carom._resolve(fresh_row, outcomes);
		END IF;

		WITH drafted AS MATERIALIZED (
			SELECT nextval('carom.event_id_seq') AS id, r.day, r.arrived, r.id AS report, x.ordinal, r.kind, z.address, z.account, z.stream,
				coalesce(left(o.provider, 64), '') AS provider, z.action, c.category, z.class, r.feedback_type,
				CASE
					WHEN w.what = 'failed' THEN coalesce(c.category, 'undetermined')
					WHEN w.what = 'unsubscribed' THEN 'unsubscribe_request'
					ELSE w.what
				END AS cause,
				z.confidence, left(o.resolved_by, 32) AS resolved_by, z.sent_on, left(o.subscriber, 320) AS subscriber,
				left(o.recipient, 320) AS recipient, left(o.final_recipient, 320) AS final_recipient,
				left(o.original_recipient, 320) AS original_recipient, z.status, z.reply, left(o.stage, 16) AS stage,
				left(o.remote_mta, 255) AS remote_mta, r.reporter, left(o.diagnostic, 2000) AS diagnostic,
				left(o.blocklist, 255) AS blocklist, left(o.rule, 100) AS rule, r.rules, m.message,
				-- NULL: it has no mail, or nobody, that it could be a repeat for
				CASE WHEN m.message IS NOT NULL AND z.address <> '' THEN w.what END AS what,
				CASE WHEN z.confidence IN ('proven', 'matched', 'claimed') THEN 3 ELSE 0 END
					+ CASE WHEN w.what <> 'failed' THEN 0 WHEN z.class = 'hard' THEN 2
						WHEN left(coalesce(z.status, z.reply), 1) = '5' THEN 1 ELSE 0 END AS weight
			FROM unnest(fresh_row) WITH ORDINALITY AS r
				CROSS JOIN LATERAL jsonb_array_elements(outcomes[r.ordinality]) WITH ORDINALITY AS x(o, ordinal)
				CROSS JOIN LATERAL jsonb_to_record(carom._object(x.o)) AS o(recipient text, final_recipient text,
					original_recipient text, action text, status text, reply text, stage text, remote_mta text, diagnostic text,
					category text, class text, rule text, blocklist text, provider text, subscriber text, account text,
					stream text, sent_on text, resolved_by text, confidence text)
				LEFT JOIN carom.category c ON c.category = o.category
				CROSS JOIN LATERAL (SELECT
					coalesce(carom._address(coalesce(nullif(o.subscriber, ''), o.recipient)), '') AS address,
					coalesce(left(o.account, 128), '') AS account, coalesce(left(o.stream, 128), '') AS stream,
					CASE WHEN o.action IN ('failed', 'delayed', 'delivered', 'relayed', 'expanded', 'complained', 'unsubscribed')
						THEN o.action END AS action,
					CASE WHEN o.class IN ('hard', 'soft', 'block', 'policy', 'info') THEN o.class ELSE c.class END AS class,
					CASE WHEN o.confidence IN ('proven', 'matched', 'claimed', 'guessed') THEN o.confidence END AS confidence,
					carom._date(o.sent_on) AS sent_on,
					CASE WHEN o.status ~ '^[245]\.\d{1,3}\.\d{1,3}$' THEN o.status END AS status,
					CASE WHEN o.reply ~ '^[2-5]\d\d$' THEN o.reply END AS reply) z
				CROSS JOIN LATERAL (SELECT carom._what(r.kind, z.action, r.feedback_type) AS what) w
				CROSS JOIN LATERAL (SELECT CASE
					WHEN r.returned_message_id <> '' OR z.confidence = 'proven' AND z.sent_on IS NOT NULL
						THEN carom._message(r.returned_message_id, z.sent_on, z.account, z.stream) END AS message) m
		), told AS (
			INSERT INTO carom.told AS t (address, message, what, day, last_day, weight, times)
				SELECT d.address, d.message, d.what, min(d.day), max(d.day), max(d.weight), count(*)
				FROM drafted d WHERE d.what IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
				ON CONFLICT (address, message, what) DO UPDATE SET previous = t.weight, weight = greatest(t.weight, excluded.weight),
					day = least(t.day, excluded.day), last_day = greatest(t.last_day, excluded.last_day), times = t.times + excluded.times
			RETURNING t.address, t.message, t.what, t.previous
		), judged AS (
			-- A guess never stands in the way of what can be believed.
			SELECT d.*, coalesce(p.prior / 3 >= d.weight / 3, false) AS repeated, p.prior
			FROM (
				SELECT d.*, greatest(t.previous, max(d.weight) OVER (PARTITION BY d.address, d.message, d.what ORDER BY d.id
					ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS before
				-- a full join, for the reason given above
				FROM drafted d FULL JOIN told t USING (address, message, what)
			) d CROSS JOIN LATERAL (SELECT CASE WHEN d.what IS NOT NULL THEN d.before END AS prior) p
		), stored AS (
			INSERT INTO carom.event AS e (id, day, at, report, ordinal, kind, address, account, stream, provider, action,
				category, class, feedback_type, cause, confidence, resolved_by, sent_on, subscriber, recipient,
				final_recipient, original_recipient, status, reply, stage, remote_mta, reporter, diagnostic, blocklist,
				rule, rules, message, repeated)
			SELECT j.id, j.day, j.arrived, j.report, j.ordinal, j.kind, j.address, j.account, j.stream, j.provider, j.action,
				j.category, j.class, j.feedback_type,
				-- one mail, one bounce; but the worse of two reports is the one that counts
				CASE WHEN NOT j.repeated OR j.weight > j.prior THEN j.cause END,
				j.confidence, j.resolved_by, j.sent_on, j.subscriber, j.recipient,
				j.final_recipient, j.original_recipient, j.status, j.reply, j.stage, j.remote_mta, j.reporter, j.diagnostic, j.blocklist,
				j.rule, j.rules, j.message, j.repeated
			FROM judged j
			RETURNING e
		)
		SELECT array_agg(s.e), bool_or((s.e).cause IS NOT NULL AND (s.e).address <> ''
				AND (s.e).confidence IN ('proven', 'matched', 'claimed'))
			INTO counted, scored
			FROM stored s;

		IF scored THEN
			held := carom._apply_policy(counted, report_keys);
		END IF;

		-- Sorted by the whole key, so that two writers meet in the same order.
		INSERT INTO carom.tally AS t (day, account, stream, provider, kind, action, category, class, feedback_type,
				confidence, events, repeats, reports, suppressions)
			SELECT e.day, e.account, e.stream, e.provider, e.kind, coalesce(e.action, ''), coalesce(e.category, ''),
				coalesce(e.class, ''), coalesce(e.feedback_type, ''), coalesce(e.confidence, ''),
				count(*) FILTER (WHERE NOT e.repeated), count(*) FILTER (WHERE e.repeated),
				count(*) FILTER (WHERE e.ordinal = 1), count(h.event)
			FROM unnest(counted) e
				FULL JOIN (SELECT x.event FROM unnest(held) x WHERE x.changes = 1) h ON h.event = e.id
			GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
			ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
			ON CONFLICT (day, account, stream, provider, kind, action, category, class, feedback_type, confidence)
			DO UPDATE SET events = t.events + excluded.events, repeats = t.repeats + excluded.repeats,
				reports = t.reports + excluded.reports, suppressions = t.suppressions + excluded.suppressions;
	END IF;

	-- What is there already counts as nothing but a duplicate.
	IF cardinality(keys) > coalesce(cardinality(fresh), 0) THEN
		WITH again AS MATERIALIZED (
			SELECT x.key, count(*) - count(*) FILTER (WHERE x.key = ANY (fresh_key) AND x.leads) AS n, max(x.day) AS day
			FROM (SELECT k.key, k.day, row_number() OVER (PARTITION BY k.key) = 1 AS leads
				FROM unnest(keys, days) AS k(key, day)) x
			GROUP BY x.key
		), locked AS MATERIALIZED (
			SELECT r.key FROM carom.report r WHERE r.key IN (SELECT a.key FROM again a WHERE a.n > 0)
			ORDER BY r.key FOR UPDATE
		), marked AS (
			UPDATE carom.report r SET duplicates = r.duplicates + a.n, last_duplicate = now()
			FROM locked l JOIN again a USING (key) WHERE r.key = l.key
			RETURNING r.key, r.id, r.kind, a.day, a.n
		), noted AS (
			INSERT INTO carom.duplicate AS d (day, kind, seen)
				SELECT m.day, m.kind, sum(m.n) FROM marked m GROUP BY 1, 2 ORDER BY 1, 2
			ON CONFLICT (day, kind) DO UPDATE SET seen = d.seen + excluded.seen
		)
		SELECT report_ids || coalesce(jsonb_object_agg(m.key, m.id), '{}') INTO report_ids FROM marked m;
	END IF;

	IF cardinality(keys) = 1 THEN
		RETURN ARRAY[jsonb_build_object('report', report_ids -> keys[1], 'key', keys[1], 'duplicate', fresh IS NULL,
			'events', coalesce(cardinality(counted), 0), 'suppressed', CASE WHEN held IS NULL THEN '[]' ELSE
				(SELECT coalesce(jsonb_agg(h.address ORDER BY h.event, h.address), '[]') FROM unnest(held) h
					WHERE h.changes = 1) END)];
	END IF;
	RETURN (
		WITH new AS (
			SELECT jsonb_object_agg(x.id, x.events) AS events
			FROM (SELECT r.id, r.events FROM unnest(fresh_row) r) x
		), listed AS (
			SELECT jsonb_object_agg(x.key, x.addresses) AS addresses
			FROM (SELECT h.report_key AS key, jsonb_agg(h.address ORDER BY h.event, h.address) AS addresses
				FROM unnest(held) h WHERE h.changes = 1 GROUP BY 1) x
		)
		SELECT array_agg(jsonb_build_object('report', report_ids -> g.key, 'key', g.key,
				'duplicate', NOT (g.leads AND n.events ? (report_ids ->> g.key) IS TRUE),
				'events', CASE WHEN g.leads THEN coalesce(n.events -> (report_ids ->> g.key), '0') ELSE '0' END,
				'suppressed', CASE WHEN g.leads THEN coalesce(l.addresses -> g.key, '[]') ELSE '[]' END) ORDER BY g.n)
		FROM (SELECT k.key, k.n, row_number() OVER (PARTITION BY k.key ORDER BY k.n) = 1 AS leads
			FROM unnest(keys) WITH ORDINALITY AS k(key, n)) g, new n, listed l);
END
$$;

-- The policy that each of these events meets, where one of them could suppress;
-- inlined into the two statements that ask.
CREATE OR REPLACE FUNCTION carom._ruled(events carom.event[])
RETURNS TABLE (e carom.event, to_account text, to_stream text, scope text, after int, within_days int, expires_at timestamptz)
LANGUAGE sql STABLE
AS $$
	SELECT e, CASE WHEN p.scope = 'global' THEN '' ELSE e.account END,
		CASE WHEN p.scope = 'stream' THEN e.stream ELSE '' END,
		p.scope, p.after, p.within_days, e.at + make_interval(days => p.expires_days)
	FROM unnest(events) e
		CROSS JOIN LATERAL (
			SELECT r.* FROM carom.policy r
			WHERE r.category = e.cause AND r.account IN ('', e.account) AND r.stream IN ('', e.stream)
				AND r.provider IN ('', e.provider) AND r.status IN ('', e.status) AND r.reply IN ('', e.reply)
			ORDER BY r.account <> '' DESC, r.stream <> '' DESC, r.provider <> '' DESC, r.status <> '' DESC, r.reply <> '' DESC
			LIMIT 1
		) p
	WHERE e.cause IS NOT NULL AND e.address <> '' AND e.confidence IN ('proven', 'matched', 'claimed')
		AND p.after IS NOT NULL
$$;

-- Of the events whose policy wants several days, those by which it has them: in
-- some run of so many days that this day is one of, whichever of them was told
-- first. Two writers may have an event each that the other does not see yet; so
-- the addresses are locked first: the second counts when the first has committed.
-- A batch asks once.
CREATE OR REPLACE FUNCTION carom._enough_days(events carom.event[]) RETURNS bigint[]
LANGUAGE plpgsql
AS $$
DECLARE
	ids         bigint[];
	addresses   text[];
	accounts    text[];  -- NULL for all
	streams     text[];
	causes      text[];
	days        date[];
	withins     int[];
	wanted      int[];
	to_accounts text[];
	to_streams  text[];
	first       date;
	last        date;
	due         bigint[];
BEGIN
	SELECT array_agg(c.id), array_agg(c.address), array_agg(c.account), array_agg(c.stream), array_agg(c.cause),
			array_agg(c.day), array_agg(c.within_days), array_agg(c.after), array_agg(c.to_account), array_agg(c.to_stream),
			min(c.day - c.within_days + 1), max(c.day + c.within_days - 1)
		INTO ids, addresses, accounts, streams, causes, days, withins, wanted, to_accounts, to_streams, first, last
		FROM (
			-- a batch may hold the same thing many times: once is enough
			SELECT DISTINCT ON ((r.e).address, r.to_account, r.to_stream, (r.e).cause, (r.e).day, r.after, r.within_days)
				(r.e).id, (r.e).address, (r.e).cause, (r.e).day, r.within_days, r.after, r.to_account, r.to_stream,
				CASE WHEN r.scope <> 'global' THEN (r.e).account END AS account,
				CASE WHEN r.scope = 'stream' THEN (r.e).stream END AS stream
			FROM carom._ruled(events) r WHERE r.after > 1
			ORDER BY (r.e).address, r.to_account, r.to_stream, (r.e).cause, (r.e).day, r.after, r.within_days, (r.e).id
		) c;
	IF ids IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM carom._lock_addresses(addresses);
	WITH c AS MATERIALIZED (
		SELECT * FROM unnest(ids, addresses, accounts, streams, causes, days, withins, wanted, to_accounts, to_streams)
			AS c(id, address, account, stream, cause, day, within, wanted, to_account, to_stream)
	), x AS MATERIALIZED (
		-- the executor opens the partitions of these days alone
		SELECT e.id, e.address, e.day, e.at, e.cause, e.account, e.stream, e.message, e.action IN ('delivered', 'relayed') AS delivery
		FROM carom.event e
		WHERE e.day BETWEEN first AND last AND e.address = ANY (addresses)
			AND e.confidence IN ('proven', 'matched', 'claimed')
	), l AS MATERIALIZED (
		-- whoever was taken off the list begins anew
		SELECT l.address, l.account, l.stream, max(l.at) AS cleared FROM carom.suppression_log l
		WHERE l.address = ANY (addresses) AND l.change = 'remove' GROUP BY 1, 2, 3
	), y AS MATERIALIZED (
		SELECT c.id, c.wanted, c.within, c.day AS of_day, x.day, x.at, coalesce(x.message, int8send(x.id)) AS message, x.delivery IS TRUE AS delivery,
			(x.cause = c.cause AND (c.account IS NULL OR x.account = c.account) AND (c.stream IS NULL OR x.stream = c.stream)) IS TRUE
				AND x.at > coalesce(l.cleared, '-infinity') AS counts
		FROM c JOIN x ON x.address = c.address AND x.day BETWEEN c.day - c.within + 1 AND c.day + c.within - 1
			LEFT JOIN l ON (l.address, l.account, l.stream) = (c.address, c.to_account, c.to_stream)
	), run AS (
		SELECT r.id, r.day, max(d.at) AS delivered
		FROM (SELECT DISTINCT y.id, y.day, y.within FROM y WHERE y.counts AND y.day >= y.of_day) r
			LEFT JOIN y d ON d.id = r.id AND d.delivery AND d.day BETWEEN r.day - r.within + 1 AND r.day
		GROUP BY 1, 2
	)
	SELECT array_agg(DISTINCT g.id) INTO due
		FROM (
			SELECT y.id
			FROM run r JOIN y ON y.id = r.id AND y.counts AND y.day BETWEEN r.day - y.within + 1 AND r.day
			WHERE y.at > coalesce(r.delivered, '-infinity')
			GROUP BY y.id, r.day, y.wanted
			-- several days of one mail, first held up and then refused, are one
			HAVING y.wanted <= least(count(DISTINCT y.day), count(DISTINCT y.message))
		) g;
	RETURN due;
END
$$;

-- Suppresses whom these events suppress, and gives the rows that it wrote.
CREATE OR REPLACE FUNCTION carom._apply_policy(events carom.event[], report_keys jsonb)
RETURNS carom.suppression[]
LANGUAGE plpgsql
AS $$
DECLARE
	patient bigint[] := carom._enough_days(events);
	held    carom.suppression[];
BEGIN
	WITH due AS MATERIALIZED (
		SELECT DISTINCT ON ((c.e).address, c.to_account, c.to_stream) (c.e).*, c.to_account, c.to_stream, c.expires_at
		FROM carom._ruled(events) c
		WHERE (c.after = 1 OR (c.e).id = ANY (patient))
			AND (c.expires_at IS NULL OR c.expires_at > now())  -- a report may come years late
		ORDER BY (c.e).address, c.to_account, c.to_stream, c.expires_at DESC NULLS FIRST,
			(c.e).kind IN ('complaint', 'unsubscribe') DESC, (c.e).id
	), written AS (
		INSERT INTO carom.suppression AS s (address, account, stream, spelling, reason, source, expires_at, provider, status,
				rule, rules, confidence, said_by, report_key, event, event_day, author)
			SELECT address, to_account, to_stream, coalesce(nullif(subscriber, ''), recipient), cause,
				CASE WHEN kind IN ('complaint', 'unsubscribe') THEN kind
					WHEN cause = 'unsubscribe_request' THEN 'unsubscribe'
					WHEN cause = 'upstream_suppressed' THEN 'upstream'
					ELSE 'bounce' END,
				expires_at, provider, status, rule, rules, confidence, coalesce(remote_mta, reporter),
				report_keys ->> report::text, id, day, 'carom'
			FROM due ORDER BY address, to_account, to_stream
			ON CONFLICT (address, account, stream) DO UPDATE SET
				reason = excluded.reason, source = excluded.source, expires_at = excluded.expires_at,
				since = CASE WHEN s.expires_at <= now() THEN excluded.since ELSE s.since END,
				changes = CASE WHEN s.expires_at <= now() THEN 1 ELSE s.changes + 1 END,
				changed_at = excluded.changed_at, provider = excluded.provider, status = excluded.status,
				rule = excluded.rule, rules = excluded.rules, confidence = excluded.confidence, said_by = excluded.said_by,
				report_key = excluded.report_key, event = excluded.event, event_day = excluded.event_day,
				author = excluded.author, note = NULL
			WHERE carom._yields(s, excluded.source, excluded.reason, excluded.expires_at)
			RETURNING s
	), logged AS (
		INSERT INTO carom.suppression_log (day, change, address, account, stream, reason, source, expires_at, provider,
				status, rule, rules, confidence, said_by, report_key, event, event_day, author)
			SELECT (w.s).event_day, CASE (w.s).changes WHEN 1 THEN 'add' ELSE 'replace' END, (w.s).address, (w.s).account,
				(w.s).stream, (w.s).reason, (w.s).source, (w.s).expires_at, (w.s).provider, (w.s).status, (w.s).rule,
				(w.s).rules, (w.s).confidence, (w.s).said_by, (w.s).report_key, (w.s).event, (w.s).event_day, (w.s).author
			FROM written w
	)
	SELECT array_agg(w.s) INTO held FROM written w;
	IF held IS NOT NULL THEN
		PERFORM pg_notify('carom_suppression', '');
	END IF;
	RETURN held;
END
$$;

CREATE OR REPLACE FUNCTION carom.record(report jsonb, raw bytea DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan  -- no plan of its own for each of the first calls
SET jit = off                             -- no compiling because many partitions look dear
AS $$
BEGIN
	IF jsonb_typeof(report) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION 'a report is a JSON object, not %', coalesce(jsonb_typeof(report), 'NULL')
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN (carom._ingest(ARRAY[report], CASE WHEN raw IS NOT NULL THEN ARRAY[raw] END))[1];
END
$$;
COMMENT ON FUNCTION carom.record(jsonb, bytea) IS
	'take in one report, with the message itself if it is to be kept: store, count, suppress; the same report again only counts as a duplicate. '
	'Answers {"report": id, "key": …, "duplicate": …, "events": n, "suppressed": [address, …]}. One call a transaction; for several, record_many()';

-- What is wrong with a report that could be taken alone? NULL: nothing. Leaves no trace.
CREATE OR REPLACE FUNCTION carom._try(report jsonb, raw bytea) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
	state   text;
	message text;
BEGIN
	PERFORM carom._ingest(ARRAY[report], CASE WHEN raw IS NOT NULL THEN ARRAY[raw] END);
	RAISE EXCEPTION USING ERRCODE = 'CA000';
EXCEPTION
	WHEN SQLSTATE 'CA000' THEN
		RETURN NULL;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
		IF NOT carom._is_poison(state) THEN
			RAISE;
		END IF;
		RETURN jsonb_build_object('error', message, 'sqlstate', state);
END
$$;

CREATE OR REPLACE FUNCTION carom.record_many(reports jsonb[], raws bytea[] DEFAULT NULL) RETURNS jsonb[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan  -- no plan of its own for each of the first calls
SET jit = off                             -- no compiling because many partitions look dear
AS $$
DECLARE
	good     int[];
	good_j   jsonb[];
	good_raw bytea[];
	done     jsonb[];
	answers  jsonb[];
	errors   jsonb[];
BEGIN
	SELECT array_agg(x.n ORDER BY x.n) FILTER (WHERE x.ok), array_agg(x.j ORDER BY x.n) FILTER (WHERE x.ok),
		array_agg(x.raw ORDER BY x.n) FILTER (WHERE x.ok),
		array_agg(CASE WHEN NOT x.ok THEN jsonb_build_object(
			'error', 'a report is a JSON object, not ' || coalesce(jsonb_typeof(x.j), 'NULL'), 'sqlstate', '22023') END
			ORDER BY x.n)
		INTO good, good_j, good_raw, answers
		FROM (SELECT g.n, g.j, g.raw, jsonb_typeof(g.j) IS NOT DISTINCT FROM 'object' AS ok
			FROM unnest(reports, raws[array_lower(raws, 1):array_lower(raws, 1) + cardinality(reports) - 1])
				WITH ORDINALITY AS g(j, raw, n)) x;
	IF good IS NULL THEN
		RETURN coalesce(answers, '{}');
	END IF;

	-- The usual way: all of them at once.
	BEGIN
		done := carom._ingest(good_j, CASE WHEN raws IS NOT NULL THEN good_raw END);
	EXCEPTION WHEN OTHERS THEN
		IF NOT carom._is_poison(SQLSTATE) THEN
			RAISE;
		END IF;
	END;

	-- One of them is poison. Which? Each is tried alone and undone, which also gives
	-- back its locks; then the rest are taken at once, again with all locks in order.
	IF done IS NULL THEN
		FOR i IN 1 .. cardinality(good) LOOP
			errors[i] := carom._try(good_j[i], good_raw[i]);
		END LOOP;
		done := carom._ingest(
			(SELECT array_agg(x.j ORDER BY x.n) FROM unnest(good_j) WITH ORDINALITY AS x(j, n) WHERE errors[x.n] IS NULL),
			(SELECT array_agg(x.raw ORDER BY x.n) FROM unnest(good_raw) WITH ORDINALITY AS x(raw, n)
				WHERE errors[x.n] IS NULL AND raws IS NOT NULL));
		FOR i IN 1 .. cardinality(good) LOOP
			IF errors[i] IS NOT NULL THEN
				done := done[:i - 1] || errors[i] || done[i:];
			END IF;
		END LOOP;
	END IF;

	FOR i IN 1 .. cardinality(good) LOOP
		answers[good[i]] := done[i];
	END LOOP;
	RETURN answers;
END
$$;
COMMENT ON FUNCTION carom.record_many(jsonb[], bytea[]) IS
	'record() for many reports in one transaction. Answers in their order; one that cannot be taken has {"error": …, "sqlstate": …} '
	'in its place and the others are taken all the same. An error of the call itself means that none was';

-- Whose fault is an error? The report's, and another one may pass; or the
-- server's, the schema's, the caller's rights: then the whole batch must wait.
CREATE OR REPLACE FUNCTION carom._is_poison(sqlstate text) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$ SELECT left(sqlstate, 2) NOT IN ('08', '0A', '25', '28', '40', '42', '53', '55', '57', '58', 'F0', 'XX') $$;
