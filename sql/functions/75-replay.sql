-- SPDX-License-Identifier: BSD-2-Clause
-- carom - replay: reports that were recorded, read again by today's rules
--
-- An event never changes. Where a report reads otherwise today, its events are
-- taken out of all numbers, and the report is recorded anew under its own key,
-- by the same functions as ever, in one transaction; carom.replayed tells what
-- stood there before.

-- What is compared: a report's events, without what only tells how they were
-- written (numbers, spelling, the version of the rules, the rule itself).
CREATE OR REPLACE FUNCTION carom._facts(kind text, feedback_type text, address text, account text, stream text, provider text,
	action text, category text, class text, confidence text, status text, reply text, blocklist text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('kind', $1, 'feedback_type', $2, 'address', nullif($3, ''), 'account', nullif($4, ''),
		'stream', nullif($5, ''), 'provider', nullif($6, ''), 'action', $7, 'category', $8, 'class', $9, 'confidence', $10,
		'status', $11, 'reply', $12, 'blocklist', $13))
$$;

-- The same of a report that was not recorded, as _ingest() would write it.
CREATE OR REPLACE FUNCTION carom._facts_of(report jsonb, classes jsonb) RETURNS jsonb[]
LANGUAGE sql STABLE
AS $$
	SELECT array_agg(carom._facts(k.kind, k.feedback_type, carom._about(carom._object(x.o)),
			left(o.account, 128), left(o.stream, 128), left(o.provider, 64),
			CASE WHEN o.action IN ('failed', 'delayed', 'delivered', 'relayed', 'expanded', 'complained', 'unsubscribed') THEN o.action END,
			CASE WHEN classes ? o.category THEN o.category END,
			CASE WHEN o.class IN ('hard', 'soft', 'block', 'policy', 'info') THEN o.class ELSE classes ->> o.category END,
			CASE WHEN o.confidence IN ('proven', 'matched', 'claimed', 'guessed') THEN o.confidence END,
			CASE WHEN o.status ~ '^[245]\.\d{1,3}\.\d{1,3}$' THEN o.status END,
			CASE WHEN o.reply ~ '^[2-5]\d\d$' THEN o.reply END, left(o.blocklist, 255)) ORDER BY x.n)
	FROM (SELECT
			CASE WHEN report ->> 'kind' IN ('bounce', 'delay', 'delivery', 'complaint', 'unsubscribe', 'auto_reply', 'auth_report')
				THEN report ->> 'kind' ELSE 'unrecognised' END AS kind,
			CASE
				WHEN lower(f.type) IN ('abuse', 'fraud', 'virus', 'opt-out', 'not-spam', 'auth-failure') THEN lower(f.type)
				WHEN f.type <> '' THEN 'other'
				WHEN report ->> 'kind' = 'complaint' THEN 'abuse'
			END AS feedback_type
			FROM (SELECT carom._object(report -> 'feedback') ->> 'type' AS type) f) k
		CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(report -> 'outcomes') = 'array' AND report -> 'outcomes' <> '[]'
			THEN report -> 'outcomes' ELSE '[{}]' END) WITH ORDINALITY AS x(o, n)
		CROSS JOIN LATERAL jsonb_to_record(carom._object(x.o)) AS o(recipient text, subscriber text, account text, stream text,
			provider text, action text, category text, class text, confidence text, status text, reply text, blocklist text)
$$;

-- Whether a report reads as it was recorded. What was "(other)" for its day, since
-- too many guesses had opened rows of the tally, may have any name.
CREATE OR REPLACE FUNCTION carom._reads_alike(was jsonb[], reads jsonb[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT was = reads OR cardinality(was) = cardinality(reads) AND NOT EXISTS (
		SELECT FROM unnest(was, reads) AS x(was, reads)
		WHERE x.was - ARRAY(SELECT m.key FROM jsonb_each_text(x.was) m WHERE m.value = '(other)')
			<> x.reads - ARRAY(SELECT m.key FROM jsonb_each_text(x.was) m WHERE m.value = '(other)'))
$$;

-- One object an event for people and for the trace: no address, but the rule.
CREATE OR REPLACE FUNCTION carom._told_of(kind text, action text, category text, class text, rule text, status text, reply text, confidence text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('kind', $1, 'action', $2, 'category', $3, 'class', $4, 'rule', $5, 'status', $6,
		'reply', $7, 'confidence', $8))
$$;

-- The rows of tally and cohort that an event counts in.
CREATE OR REPLACE FUNCTION carom._uncount(events carom.event[], sign int) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO carom.tally AS t (day, account, stream, provider, kind, action, category, class, feedback_type, confidence,
			events, repeats, reports, suppressions, home)
		SELECT e.day, e.account, e.stream, e.provider, e.kind, coalesce(e.action, ''), coalesce(e.category, ''), coalesce(e.class, ''),
			coalesce(e.feedback_type, ''), coalesce(e.confidence, ''), sign * count(*) FILTER (WHERE NOT e.repeated),
			sign * count(*) FILTER (WHERE e.repeated), sign * count(*) FILTER (WHERE e.ordinal = 1),
			sign * sum((SELECT count(*) FROM carom.suppression_log l
				WHERE l.address = e.address AND l.event = e.id AND l.event_day = e.day AND l.change = 'add')), 0
		FROM unnest(events) e
		GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
		ON CONFLICT ON CONSTRAINT tally_pkey
		DO UPDATE SET events = t.events + excluded.events, repeats = t.repeats + excluded.repeats,
			reports = t.reports + excluded.reports, suppressions = t.suppressions + excluded.suppressions;
	PERFORM carom._recount_cohorts(events, sign);
END
$$;

-- Without these events, who of the others was the first to tell of a mail and an
-- address? Of mail whose first events are pruned nobody knows, and they stay as
-- they are. Gives the addresses of which an event counts now that did not.
CREATE OR REPLACE FUNCTION carom._retell(gone carom.event[]) RETURNS text[]
LANGUAGE plpgsql
AS $$
DECLARE
	kept_from date := carom.setting('pruned_before')::date;
	rest      carom.event[];
	flipped   carom.event[];
	addresses text[];
BEGIN
	PERFORM 1 FROM carom.told t
		WHERE (t.address, t.message) IN (SELECT e.address, e.message FROM unnest(gone) e WHERE e.message IS NOT NULL AND e.address <> '')
		ORDER BY t.address, t.message, t.what FOR UPDATE;
	UPDATE carom.told t SET times = t.times - g.n
		FROM (SELECT e.address, e.message, carom._what(e.kind, e.action, e.feedback_type) AS what, count(*) AS n
			FROM unnest(gone) e WHERE e.message IS NOT NULL AND e.address <> '' GROUP BY 1, 2, 3) g
		WHERE (t.address, t.message, t.what) = (g.address, g.message, g.what);
	DELETE FROM carom.told t USING unnest(gone) e
		WHERE (t.address, t.message) = (e.address, e.message) AND t.times <= 0;

	WITH groups AS MATERIALIZED (
		SELECT DISTINCT t.address, t.message, t.what FROM carom.told t
			JOIN unnest(gone) g ON (t.address, t.message) = (g.address, g.message) AND t.what = carom._what(g.kind, g.action, g.feedback_type)
		WHERE t.day >= kept_from
	), weighed AS MATERIALIZED (
		SELECT e, g.what, g.address, g.message, carom._weight(g.what, e.class, coalesce(e.status, e.reply), e.confidence) AS weight
		FROM groups g JOIN carom.event e ON e.address = g.address AND e.message = g.message
			AND carom._what(e.kind, e.action, e.feedback_type) = g.what
		WHERE e.day >= kept_from
	), ranked AS MATERIALIZED (
		SELECT w.*, max(w.weight) OVER (PARTITION BY w.address, w.message, w.what ORDER BY (w.e).id
			ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS prior
		FROM weighed w
	), told AS (
		UPDATE carom.told t SET weight = r.weight, day = r.day, last_day = r.last_day
			FROM (SELECT x.address, x.message, x.what, max(x.weight) AS weight, min((x.e).day) AS day, max((x.e).day) AS last_day
				FROM ranked x GROUP BY 1, 2, 3) r
			WHERE (t.address, t.message, t.what) = (r.address, r.message, r.what)
	)
	SELECT array_agg(r.e), array_agg(DISTINCT r.address) INTO rest, addresses
		FROM ranked r WHERE (r.e).repeated AND NOT coalesce(r.prior / 3 >= r.weight / 3, false);
	IF rest IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM carom._uncount(rest, -1);
	WITH changed AS (
		UPDATE carom.event e SET repeated = false, cause = CASE w.what WHEN 'failed' THEN coalesce(e.category, 'undetermined')
				WHEN 'unsubscribed' THEN 'unsubscribe_request' ELSE w.what END
			FROM unnest(rest) x, LATERAL (SELECT carom._what(x.kind, x.action, x.feedback_type) AS what) w
			WHERE e.address = x.address AND e.day = x.day AND e.id = x.id
			RETURNING e AS e
	)
	SELECT array_agg(c.e) INTO flipped FROM changed c;
	PERFORM carom._uncount(flipped, 1);
	RETURN addresses;
END
$$;

-- Makes the events of these reports anew, which are all there. Answers how many
-- addresses came onto the list and how many left it, by key.
CREATE OR REPLACE FUNCTION carom._remake(reports jsonb[], author text, note text)
RETURNS TABLE (key text, added bigint, released bigint)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
	keys      text[] := ARRAY(SELECT r ->> 'key' FROM unnest(reports) r);
	stood     carom.report[];
	gone      carom.event[];
	had       carom.suppression[];  -- what those events had brought onto the list
	aside     carom.suppression[];  -- what of it is left to be released
	addresses text[];
	others    carom.event[];
	theirs    carom.report[];
	brought   carom.suppression[];
BEGIN
	-- What record() locks first: so nobody waits for this transaction who holds
	-- what it needs, and they never deadlock.
	LOCK TABLE carom.report IN SHARE ROW EXCLUSIVE MODE;
	PERFORM 1 FROM carom.report r WHERE r.key = ANY (keys) ORDER BY r.key FOR UPDATE;
	SELECT array_agg(r) INTO stood FROM carom.report r WHERE r.key = ANY (keys);
	SELECT array_agg(e) INTO gone FROM unnest(stood) r JOIN carom.event e ON e.report = r.id AND e.day = r.day;
	PERFORM carom._uncount(gone, -1);
	DELETE FROM carom.event e USING unnest(gone) g WHERE e.address = g.address AND e.day = g.day AND e.id = g.id;
	addresses := carom._retell(gone);
	DELETE FROM carom.report r WHERE r.key = ANY (keys);

	-- What stands on the list because of them steps aside, without a word in the
	-- log: most of it is back in a moment.
	PERFORM carom._lock_addresses(ARRAY(SELECT DISTINCT g.address FROM unnest(gone) g WHERE g.address <> ''));
	WITH taken AS (
		DELETE FROM carom.suppression s USING unnest(gone) g
			WHERE s.address = g.address AND s.event = g.id AND s.event_day = g.day
			RETURNING s AS s
	)
	SELECT array_agg(t.s) INTO had FROM taken t;

	PERFORM carom._take(ARRAY(SELECT j || jsonb_build_object('arrived', to_char(r.arrived AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
		FROM unnest(reports) j JOIN unnest(stood) r ON r.key = j ->> 'key' ORDER BY r.key), NULL);
	UPDATE carom.report r SET duplicates = s.duplicates, last_duplicate = s.last_duplicate, recorded_at = s.recorded_at
		FROM unnest(stood) s WHERE r.key = s.key;

	-- Whom something else that we know keeps on the list?
	addresses := addresses || ARRAY(SELECT DISTINCT a.address FROM unnest(had) a
		WHERE NOT EXISTS (SELECT FROM carom.suppression s WHERE (s.address, s.account, s.stream) = (a.address, a.account, a.stream)));
	IF addresses <> '{}' THEN
		SELECT array_agg(e) INTO others FROM carom.event e
			WHERE e.address = ANY (addresses) AND e.cause IS NOT NULL AND e.confidence IN ('proven', 'matched', 'claimed')
				AND e.at > coalesce((SELECT max(l.at) FROM carom.suppression_log l
					WHERE l.address = e.address AND l.account IN ('', e.account) AND l.change = 'remove'), '-infinity');
		SELECT array_agg(r) INTO theirs FROM carom.report r WHERE r.id IN (SELECT e.report FROM unnest(others) e);
		IF others IS NOT NULL THEN
			brought := carom._apply_policy(NULL, others, theirs);
			UPDATE carom.tally t SET suppressions = t.suppressions + n.n
				FROM (SELECT e.day, e.account, e.stream, e.provider, e.kind, coalesce(e.action, '') AS action, coalesce(e.category, '') AS category,
						coalesce(e.class, '') AS class, coalesce(e.feedback_type, '') AS feedback_type, coalesce(e.confidence, '') AS confidence, count(*) AS n
					FROM unnest(brought) b JOIN unnest(others) e ON e.id = b.event WHERE b.changes = 1
					GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) n
				WHERE (t.day, t.account, t.stream, t.provider, t.kind, t.action, t.category, t.class, t.feedback_type, t.confidence, t.home)
					= (n.day, n.account, n.stream, n.provider, n.kind, n.action, n.category, n.class, n.feedback_type, n.confidence, 0);
		END IF;
	END IF;
	UPDATE carom.suppression s SET since = a.since, note = a.note FROM unnest(had) a
		WHERE (s.address, s.account, s.stream) = (a.address, a.account, a.stream);
	-- what an incident holds is held by its new evidence, too
	UPDATE carom.held h SET event = s.event FROM unnest(had) a JOIN carom.suppression s USING (address, account, stream)
		WHERE (h.address, h.account, h.stream, h.event) = (a.address, a.account, a.stream, a.event) AND s.event IS NOT NULL;
	-- What a person asked for stays, also where no report tells of it any more.
	INSERT INTO carom.suppression
		SELECT (jsonb_populate_record(a, '{"event": null, "event_day": null}')).* FROM unnest(had) a
		WHERE a.source IN ('complaint', 'unsubscribe')
		ON CONFLICT ON CONSTRAINT suppression_pkey DO NOTHING;
	SELECT array_agg(a) INTO aside FROM unnest(had) a
		WHERE NOT EXISTS (SELECT FROM carom.suppression s WHERE (s.address, s.account, s.stream) = (a.address, a.account, a.stream));
	DELETE FROM carom.held h USING unnest(aside) a WHERE (h.address, h.account, h.stream) = (a.address, a.account, a.stream);
	PERFORM carom._log_removal(a, _remake.author, coalesce(_remake.note, 'carom replay: its evidence reads otherwise now')) FROM unnest(aside) a;
	DELETE FROM carom.tally t USING (SELECT DISTINCT s.day FROM unnest(stood) s) d
		WHERE t.day = d.day AND t.events = 0 AND t.repeats = 0 AND t.reports = 0 AND t.suppressions = 0;
	DELETE FROM carom.cohort c USING (SELECT DISTINCT s.day FROM unnest(stood) s) d WHERE c.day = d.day AND c.events = 0;
	IF aside IS NOT NULL THEN
		PERFORM pg_notify('carom_suppression', '');
	END IF;
	RETURN QUERY
		SELECT s.key, (SELECT count(*) FROM carom.report r JOIN carom.event e ON e.report = r.id AND e.day = r.day
					JOIN carom.suppression x ON x.address = e.address AND x.event = e.id
				WHERE r.key = s.key AND NOT EXISTS (SELECT FROM unnest(had) h
					WHERE (h.address, h.account, h.stream) = (x.address, x.account, x.stream))),
			(SELECT count(*) FROM unnest(aside) a WHERE a.report_key = s.key)
		FROM unnest(stood) s;
END
$$;

DROP FUNCTION IF EXISTS carom.replay(jsonb[], bytea[], boolean, text, text);
CREATE FUNCTION carom.replay(reports jsonb[], raws bytea[] DEFAULT NULL, apply boolean DEFAULT false, note text DEFAULT NULL,
	author text DEFAULT session_user)
RETURNS TABLE (n bigint, change text, before jsonb, after jsonb, added bigint, released bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	classes  jsonb := (SELECT jsonb_object_agg(c.category, c.class) FROM carom.category c);
	whole    jsonb[];
	numbers  bigint[];   -- of those that read otherwise
	befores  jsonb[];
	afters   jsonb[];
	days     date[];
	fresh    bigint[];   -- of those that nobody recorded
	effects  jsonb;      -- key: [added, released]
	answers  jsonb[];
BEGIN
	IF carom.setting('distributed') = 'yes' THEN
		RAISE EXCEPTION 'replay does not work on Citus' USING ERRCODE = 'feature_not_supported';
	END IF;
	whole := carom._hide(carom._resolve(carom._doubt(reports)), raws);
	SELECT array_agg(x.n) FILTER (WHERE x.old IS NULL AND x.leads), array_agg(x.n ORDER BY x.n) FILTER (WHERE x.differs),
			array_agg(x.before ORDER BY x.n) FILTER (WHERE x.differs), array_agg(x.after ORDER BY x.n) FILTER (WHERE x.differs),
			array_agg(x.day ORDER BY x.n) FILTER (WHERE x.differs)
		INTO fresh, numbers, befores, afters, days
		FROM (
			SELECT g.n, r.id AS old, r.day, row_number() OVER (PARTITION BY g.j ->> 'key' ORDER BY g.n) = 1 AS leads,
				r.id IS NOT NULL AND e.forgotten IS NOT TRUE AND r.day >= carom.setting('pruned_before')::date AND carom._reads_alike(e.facts, carom._facts_of(g.j, classes)) IS NOT TRUE
					AND row_number() OVER (PARTITION BY g.j ->> 'key' ORDER BY g.n) = 1 AS differs,
				e.before,
				(SELECT jsonb_agg(carom._told_of(CASE WHEN r.kind IS NULL THEN NULL ELSE g.j ->> 'kind' END, o ->> 'action', o ->> 'category',
						o ->> 'class', o ->> 'rule', o ->> 'status', o ->> 'reply', o ->> 'confidence'))
					FROM jsonb_array_elements(CASE WHEN jsonb_typeof(g.j -> 'outcomes') = 'array' AND g.j -> 'outcomes' <> '[]'
						THEN g.j -> 'outcomes' ELSE '[{}]' END) o) AS after
			FROM unnest(whole) WITH ORDINALITY AS g(j, n)
				LEFT JOIN carom.report r ON r.key = g.j ->> 'key'
				LEFT JOIN LATERAL (
					SELECT array_agg(carom._facts(e.kind, e.feedback_type, e.address, e.account, e.stream, e.provider, e.action, e.category,
							e.class, e.confidence, e.status, e.reply, e.blocklist) ORDER BY e.ordinal) AS facts,
						jsonb_agg(carom._told_of(e.kind, e.action, e.category, e.class, e.rule, e.status, e.reply, e.confidence)
							ORDER BY e.ordinal) AS before,
						bool_or(e.resolved_by = 'forgotten') AS forgotten  -- what was taken out does not come back
					FROM carom.event e WHERE e.report = r.id AND e.day = r.day
				) e ON r.id IS NOT NULL
		) x;
	-- What would follow is seen by doing it; where nobody asked for it, it is undone.
	BEGIN
		IF numbers IS NOT NULL THEN
			SELECT jsonb_object_agg(x.key, jsonb_build_array(x.added, x.released)) INTO effects
				FROM carom._remake(ARRAY(SELECT whole[x.i] FROM unnest(numbers) x(i)), replay.author, replay.note) x;
			INSERT INTO carom.replayed (key, day, before, after, added, released, rules, author, note)
				SELECT whole[d.i] ->> 'key', d.day, d.before, d.after, (effects -> (whole[d.i] ->> 'key') ->> 0)::int,
					(effects -> (whole[d.i] ->> 'key') ->> 1)::int, left(whole[d.i] ->> 'rules', 100), carom._author(replay.author), left(replay.note, 2000)
				FROM unnest(numbers, days, befores, afters) AS d(i, day, before, after);
		END IF;
		IF fresh IS NOT NULL THEN
			answers := carom._take(ARRAY(SELECT whole[x.i] FROM unnest(fresh) x(i)),
				CASE WHEN raws IS NOT NULL THEN ARRAY(SELECT raws[x.i] FROM unnest(fresh) x(i)) END);
		END IF;
		IF NOT apply THEN
			RAISE EXCEPTION USING ERRCODE = 'CA000';
		END IF;
	EXCEPTION WHEN SQLSTATE 'CA000' THEN
		NULL;
	END;
	RETURN QUERY
		SELECT d.i, 'changed', d.before, d.after, (effects -> (whole[d.i] ->> 'key') ->> 0)::bigint, (effects -> (whole[d.i] ->> 'key') ->> 1)::bigint
			FROM unnest(numbers, befores, afters) AS d(i, before, after)
		UNION ALL SELECT f.i, 'new', NULL::jsonb, (SELECT jsonb_agg(carom._told_of(whole[f.i] ->> 'kind', o ->> 'action', o ->> 'category',
					o ->> 'class', o ->> 'rule', o ->> 'status', o ->> 'reply', o ->> 'confidence'))
				FROM jsonb_array_elements(CASE WHEN jsonb_typeof(whole[f.i] -> 'outcomes') = 'array' AND whole[f.i] -> 'outcomes' <> '[]'
					THEN whole[f.i] -> 'outcomes' ELSE '[{}]' END) o),
				jsonb_array_length(f.answer -> 'suppressed')::bigint, 0::bigint
			FROM unnest(fresh, answers) AS f(i, answer)
		ORDER BY 1;
END
$$;
COMMENT ON FUNCTION carom.replay(jsonb[], bytea[], boolean, text, text) IS
	'reports as record() takes them, each with its key, as they read today: one row for each that reads otherwise than it was recorded (changed) or was '
	'never recorded (new), with what follows for the list. apply makes it so, in one transaction; otherwise nothing stays. On READ COMMITTED';

CREATE OR REPLACE FUNCTION carom.replay_next(after text, most int, octets bigint, since date DEFAULT NULL, until date DEFAULT NULL,
	kind text DEFAULT NULL)
RETURNS TABLE (key text, arrived timestamptz, recipient text, sender text, queue_id text, client_address text, size bigint, message bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT x.key, x.arrived, x.to_address, x.sender, x.queue_id, host(x.client_address), x.size, w.message
	FROM (
		SELECT r.key, r.arrived, r.to_address, r.sender, r.queue_id, r.client_address, r.size,
			sum(octet_length(w.message)) OVER (ORDER BY w.key) - octet_length(w.message) AS before
		FROM (SELECT y.key, y.message FROM carom.raw y JOIN carom.report z USING (key)
				WHERE y.key > $1 AND (since IS NULL OR z.day >= since) AND (until IS NULL OR z.day <= until)
					AND ($6 IS NULL OR z.kind = $6)
				ORDER BY y.key LIMIT most) w
			JOIN carom.report r USING (key)
	) x JOIN carom.raw w USING (key)
	WHERE x.before < octets
	ORDER BY x.key
$$;
COMMENT ON FUNCTION carom.replay_next(text, int, bigint, date, date, text) IS
	'stored messages with how they came in, by key, after this one: at most so many, and none after so many octets';

-- A report as record() would have taken it, out of what is kept of it.
CREATE OR REPLACE FUNCTION carom._report_json(r carom.report) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('key', r.key, 'kind', r.kind, 'format', r.format, 'size', r.size, 'message_id', r.message_id,
			'from', r.from_address, 'to', r.to_address, 'subject', r.subject, 'date', r.dated, 'reporter', r.reporter,
			'authenticated', r.authenticated, 'queue_id', r.queue_id, 'sender', r.sender, 'client_address', host(r.client_address),
			'truncated', r.truncated, 'feedback', nullif(jsonb_strip_nulls(jsonb_build_object('type', r.feedback_type, 'user_agent', r.user_agent,
				'source_ip', host(r.source_ip), 'arrived', r.feedback_arrived, 'incidents', r.incidents, 'mail_from', r.mail_from,
				'reported_domain', r.reported_domain)), '{}'),
			'returned', nullif(jsonb_strip_nulls(jsonb_build_object('message_id', r.returned_message_id, 'from', r.returned_from, 'to', r.returned_to,
				'subject', r.returned_subject, 'date', r.returned_dated, 'return_path', r.returned_path,
				'feedback_id', r.returned_feedback_id, 'list_id', r.returned_list_id)), '{}'),
			'outcomes', (SELECT jsonb_agg(jsonb_build_object('recipient', e.recipient, 'final_recipient', e.final_recipient,
					'original_recipient', e.original_recipient, 'action', e.action, 'status', e.status, 'reply', e.reply, 'stage', e.stage,
					'remote_mta', e.remote_mta, 'diagnostic', e.diagnostic, 'category', e.category, 'class', e.class, 'rule', e.rule,
					'blocklist', e.blocklist, 'provider', nullif(e.provider, ''), 'subscriber', e.subscriber, 'account', nullif(e.account, ''),
					'stream', nullif(e.stream, ''), 'sent_on', e.sent_on, 'resolved_by', e.resolved_by, 'confidence', e.confidence,
					'token', e.token) ORDER BY e.ordinal)
				FROM carom.event e WHERE e.report = r.id AND e.day = r.day)))
$$;

CREATE OR REPLACE FUNCTION carom.replay_events(after text, most int, since date DEFAULT NULL, until date DEFAULT NULL)
RETURNS TABLE (key text, report jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT r.key, carom._report_json(r)
	FROM carom.report r
	WHERE r.key > $1 AND r.kind IN ('bounce', 'delay') AND r.day >= carom.setting('pruned_before')::date
		AND (since IS NULL OR r.day >= since) AND (until IS NULL OR r.day <= until)
		AND NOT EXISTS (SELECT FROM carom.raw w WHERE w.key = r.key)
	ORDER BY r.key LIMIT most
$$;
COMMENT ON FUNCTION carom.replay_events(text, int, date, date) IS
	'bounces and delays whose messages are not kept, by key, after this one, as the JSON that record() takes: what was kept of them can be judged again';
