-- SPDX-License-Identifier: BSD-2-Clause
-- carom - the feed: each event and each change of a suppression, once, in one order
--
-- A transaction writes what it did into feed_waiting. Numbers are given after it
-- has committed, by one session at a time, under the lock of feed_head: whoever
-- reads sees a whole beginning of the feed, never a gap that fills up later. Two
-- changes of one address are numbered as they were made, for the second waited for
-- the first.

-- Every change of a list comes by here, whoever makes it. On Citus, which fires no
-- trigger, who writes into suppression_log calls _feed_changes_at().
CREATE OR REPLACE FUNCTION carom._feed_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	INSERT INTO carom.feed_waiting (what, ids, first_day, last_day)
		SELECT 'change', array_agg(x.id ORDER BY x.id), min(x.day), max(x.day)
		FROM (SELECT n.id, n.day, (row_number() OVER (ORDER BY n.id) - 1) / 1000 AS part FROM new_rows n) x
		GROUP BY x.part ORDER BY x.part;
	PERFORM pg_notify('carom_suppression', '');
	RETURN NULL;
END
$$;

-- Only where it is not there: to make it again would keep those waiting who record
-- until the upgrade is done.
DO $$
BEGIN
	IF carom.setting('distributed') IS DISTINCT FROM 'yes'
		AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = 'carom.suppression_log'::regclass AND t.tgname = 'feed_changes')
	THEN
		CREATE TRIGGER feed_changes AFTER INSERT ON carom.suppression_log REFERENCING NEW TABLE AS new_rows
			FOR EACH STATEMENT EXECUTE FUNCTION carom._feed_changes();
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION carom._feed_changes_at(here int, written_by xid8, written bigint[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	part bigint[];
BEGIN
	IF here IS NULL OR carom.setting('distributed') IS DISTINCT FROM 'yes' THEN
		RETURN;
	END IF;
	FOR i IN 1 .. cardinality(written) BY 1000 LOOP
		part := written[i:i + 999];
		INSERT INTO carom.feed_waiting (id, home, what, xact, ids, written_at)
			SELECT w.id, h.home, 'change', written_by, part, w.at
			FROM carom.home h, (SELECT nextval('carom.feed_waiting_id_seq') AS id, clock_timestamp() AS at) w
			WHERE h.home = here;
	END LOOP;
END
$$;

DROP FUNCTION IF EXISTS carom._feed_changes_since(int, timestamptz);  -- nobody asks it any more

-- These events were written.
CREATE OR REPLACE FUNCTION carom._feed_events(here int, events carom.event[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	written_by xid8 := pg_current_xact_id();
	part       record;
BEGIN
	FOR i IN 1 .. coalesce(cardinality(events), 0) BY 1000 LOOP
		SELECT array_agg(DISTINCT e.report) AS reports, array_agg(e.id) AS ids, min(e.day) AS first_day, max(e.day) AS last_day INTO part
			FROM (SELECT e.id, e.report, e.day FROM unnest(events[i:i + 999]) e ORDER BY e.id) e;
		INSERT INTO carom.feed_waiting (id, home, what, xact, reports, ids, first_day, last_day, written_at)
			SELECT w.id, h.home, 'event', written_by, part.reports, part.ids, part.first_day, part.last_day, w.at
			FROM carom.home h, (SELECT nextval('carom.feed_waiting_id_seq') AS id, clock_timestamp() AS at) w
			WHERE h.home = coalesce(here, 0);
	END LOOP;
END
$$;

-- A cursor is a position and the mark of its entry: '4711-1f00beef'. '' is the
-- beginning.
CREATE OR REPLACE FUNCTION carom._feed_cursor(at bigint, mark int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN at = 0 THEN '' ELSE at || '-' || lpad(to_hex(mark), 8, '0') END
$$;

-- The position of a cursor, if this database can go on from there.
CREATE OR REPLACE FUNCTION carom._feed_after(cursor text) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	at   bigint;
	seen text;
	head record;
BEGIN
	SELECT * INTO head FROM carom.feed_head;
	IF coalesce(cursor, '') = '' THEN
		RETURN head.kept_from - 1;
	END IF;
	IF cursor !~ '^[1-9][0-9]{0,17}-[0-9a-f]{8}$' THEN
		RAISE EXCEPTION '"%" is no cursor of the feed', left(cursor, 100) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	at := split_part(cursor, '-', 1)::bigint;
	IF at + 1 < head.kept_from THEN
		RAISE EXCEPTION 'the feed no longer has what follows "%"', cursor USING ERRCODE = 'CAF01',
			DETAIL = format('It was pruned up to position %s.', head.kept_from - 1),
			HINT = 'Read the lists whole, and go on from the beginning of what is kept: an empty cursor.';
	END IF;
	SELECT carom._feed_cursor(at, f.mark) INTO seen FROM carom.feed_entry f WHERE f.last >= at ORDER BY f.last LIMIT 1;
	IF seen IS DISTINCT FROM cursor AND at + 1 > head.kept_from OR at > head.last THEN
		RAISE EXCEPTION 'this database has never given "%"', cursor USING ERRCODE = 'CAF02',
			DETAIL = 'A replica that was promoted lost what the server before had told, or the cursor is of another database.',
			HINT = 'Read the lists whole, and go on from carom.feed_head().';
	END IF;
	RETURN at;
END
$$;

CREATE OR REPLACE FUNCTION carom.feed_number(most int DEFAULT 10000) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
	taken  bigint[];
	before bigint;
	n      int;
BEGIN
	IF pg_is_in_recovery() THEN
		RETURN 'standby';
	ELSIF (SELECT w.id FROM carom.feed_waiting w ORDER BY w.id LIMIT 1) IS NULL THEN
		RETURN 'done';
	END IF;
	BEGIN
		SELECT h.last INTO before FROM carom.feed_head h FOR UPDATE;
	EXCEPTION WHEN lock_not_available THEN
		RETURN 'busy';
	END;
	-- a statement of its own, so that it sees what the session before has taken
	taken := ARRAY(SELECT w.id FROM carom.feed_waiting w ORDER BY w.id LIMIT greatest(most, 1));
	WITH w AS MATERIALIZED (
		SELECT w.* FROM carom.feed_waiting w WHERE w.id = ANY (taken)
	)
	INSERT INTO carom.feed_entry (last, first, mark, what, xact, home, reports, ids, first_day, last_day, written_at)
		SELECT x.last, x.last - cardinality(x.ids) + 1, (random() * 4294967295.0)::bigint - 2147483648, x.what, x.xact, x.home, x.reports, x.ids,
			x.first_day, x.last_day, x.written_at
		FROM (SELECT w.*, before + sum(cardinality(w.ids)) OVER (ORDER BY w.id) AS last FROM w) x;
	DELETE FROM carom.feed_waiting w WHERE w.id = ANY (taken);
	UPDATE carom.feed_head SET last = (SELECT max(f.last) FROM carom.feed_entry f) WHERE taken <> '{}';
	RETURN CASE WHEN cardinality(taken) < most THEN 'done' ELSE 'more' END;
END
$$;
COMMENT ON FUNCTION carom.feed_number(int) IS
	'give what has committed its positions in the feed, at most so many entries. Answers done, more (call it again), busy (another session is at it, '
	'for two seconds and more: what is numbered can be read), or standby (a replica numbers nothing). A transaction of its own, since others wait for it';

CREATE OR REPLACE FUNCTION carom.feed_head() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN coalesce((SELECT carom._feed_cursor(h.last, f.mark) FROM carom.feed_head h JOIN carom.feed_entry f ON f.last = h.last), '');
END
$$;
COMMENT ON FUNCTION carom.feed_head() IS 'cursor of the last position of the feed; '''' if it is empty';

-- The entries after a position, as many as hold most rows.
CREATE OR REPLACE FUNCTION carom._feed_entries(after bigint, most int, only_what text) RETURNS carom.feed_entry[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	-- positions are dense, so only where some are passed over must be counted
	IF only_what IS NULL THEN
		RETURN ARRAY(SELECT f FROM carom.feed_entry f WHERE f.last > after AND f.last <= after + most + 1000 AND f.first <= after + most ORDER BY f.last);
	END IF;
	RETURN ARRAY(
		SELECT x.f FROM (
			SELECT f, sum(cardinality(f.ids)) OVER (ORDER BY f.last) - cardinality(f.ids) AS before
			FROM (SELECT f.* FROM carom.feed_entry f WHERE f.what = only_what AND f.last > after ORDER BY f.last LIMIT most) f) x
		WHERE x.before < most ORDER BY (x.f).last);
END
$$;

CREATE OR REPLACE FUNCTION carom._feed_type(change text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT 'suppression.' || CASE change WHEN 'add' THEN 'added' WHEN 'replace' THEN 'replaced' WHEN 'remove' THEN 'removed' WHEN 'hold' THEN 'held'
		WHEN 'confirm' THEN 'confirmed' WHEN 'forget' THEN 'forgotten' ELSE change END
$$;

CREATE OR REPLACE FUNCTION carom.feed(after text DEFAULT '', most int DEFAULT 1000, only_what text DEFAULT NULL)
RETURNS TABLE (cursor text, at timestamptz, type text, item jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000 SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
	start   bigint := carom._feed_after(feed.after);
	page    carom.feed_entry[];
	days    daterange;
	ids     bigint[];
	xacts   xid8[];
	reports bigint[];
	events  jsonb := '{}';
	changes jsonb := '{}';
	mails   jsonb := '{}';
	incidents jsonb := '{}';
BEGIN
	IF most IS NULL OR most NOT BETWEEN 1 AND 10000 THEN
		RAISE EXCEPTION 'a page of the feed has 1 to 10000 rows' USING ERRCODE = 'invalid_parameter_value';
	ELSIF only_what NOT IN ('event', 'change', 'incident') THEN
		RAISE EXCEPTION 'the feed has what is event, change or incident, not "%"', left(only_what, 100) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	page := carom._feed_entries(start, most, only_what);
	IF page = '{}' THEN
		RETURN;
	END IF;

	ids := ARRAY(SELECT unnest(p.ids) FROM unnest(page) p WHERE p.what = 'event');
	IF ids <> '{}' THEN
		reports := ARRAY(SELECT DISTINCT unnest(p.reports) FROM unnest(page) p WHERE p.what = 'event');
		SELECT daterange(min(p.first_day), max(p.last_day), '[]') INTO days FROM unnest(page) p WHERE p.what = 'event';
		WITH r AS MATERIALIZED (
			SELECT r.id, r.returned_message_id, r.returned_from, r.returned_feedback_id, r.returned_list_id FROM carom.report r
			WHERE r.id = ANY (reports) AND r.part = 0
		)
		SELECT coalesce(jsonb_object_agg(r.id, jsonb_build_object('message_id', r.returned_message_id, 'from', r.returned_from,
				'feedback_id', r.returned_feedback_id, 'list_id', r.returned_list_id)), '{}') INTO mails
			FROM r WHERE num_nonnulls(r.returned_message_id, r.returned_from, r.returned_feedback_id, r.returned_list_id) > 0;
		WITH e AS MATERIALIZED (
			SELECT e.id, e.at, e.report, e.kind, e.address, e.account, e.stream, e.provider, e.action, e.category, e.class, e.feedback_type,
				e.confidence, e.resolved_by, e.sent_on, e.subscriber, e.recipient, e.status, e.reply, e.stage, e.remote_mta, e.reporter, e.diagnostic,
				e.blocklist, e.rule, e.token, e.headers, e.repeated
			FROM carom.event e
			WHERE e.day >= lower(days) AND e.day < upper(days) AND e.report = ANY (reports) AND e.id = ANY (ids)
				AND e.resolved_by IS DISTINCT FROM 'forgotten'
		)
		SELECT coalesce(jsonb_object_agg(e.id, jsonb_build_object('at', e.at, 'type', e.kind, 'event', e.id, 'report', e.report,
				'address', nullif(e.address, ''), 'account', nullif(e.account, ''), 'stream', nullif(e.stream, ''), 'provider', nullif(e.provider, ''),
				'action', e.action, 'category', e.category, 'class', e.class, 'feedback_type', e.feedback_type, 'confidence', e.confidence,
				'resolved_by', e.resolved_by, 'sent_on', e.sent_on, 'subscriber', e.subscriber, 'recipient', e.recipient, 'status', e.status,
				'reply', e.reply, 'stage', e.stage, 'remote_mta', e.remote_mta, 'reporter', e.reporter, 'diagnostic', e.diagnostic,
				'blocklist', e.blocklist, 'rule', e.rule, 'token', e.token, 'headers', e.headers, 'repeated', CASE WHEN e.repeated THEN true END,
				'returned', mails -> e.report::text)), '{}') INTO events
			FROM e;
	END IF;

	ids := ARRAY(SELECT unnest(p.ids) FROM unnest(page) p WHERE p.what = 'change');
	IF ids <> '{}' THEN
		xacts := ARRAY(SELECT DISTINCT p.xact FROM unnest(page) p WHERE p.what = 'change');
		WITH l AS MATERIALIZED (
			SELECT l.id, l.at, l.change, l.address, l.account, l.stream, l.reason, l.source, l.expires_at, l.provider, l.status, l.rule, l.confidence,
				l.said_by, l.event, l.author, l.note
			FROM carom.suppression_log l
			WHERE l.xact = ANY (xacts) AND l.id = ANY (ids) AND l.address <> ''
		)
		SELECT coalesce(jsonb_object_agg(l.id, jsonb_build_object('at', l.at, 'type', carom._feed_type(l.change), 'change', l.id, 'address', l.address,
				'account', nullif(l.account, ''), 'stream', nullif(l.stream, ''), 'reason', l.reason, 'source', l.source, 'expires_at', l.expires_at,
				'provider', nullif(l.provider, ''), 'status', l.status, 'rule', l.rule, 'confidence', l.confidence, 'said_by', l.said_by,
				'event', l.event, 'author', l.author, 'note', l.note)), '{}') INTO changes
			FROM l;
	END IF;

	ids := ARRAY(SELECT unnest(p.ids) FROM unnest(page) p WHERE p.what = 'incident');
	IF ids <> '{}' THEN
		SELECT coalesce(jsonb_object_agg(l.id, jsonb_build_object('at', l.at, 'type', 'incident.' || l.change, 'incident', i.id, 'provider', i.provider,
				'template', i.template, 'category', i.category, 'rule', i.rule, 'addresses', i.addresses, 'first_at', i.first_at, 'last_at', i.last_at)
				|| CASE WHEN l.change = 'opened' THEN '{}' ELSE jsonb_build_object('author', i.author, 'note', i.note) END), '{}') INTO incidents
			FROM carom.incident_log l JOIN carom.incident i ON i.id = l.incident WHERE l.id = ANY (ids);
	END IF;

	-- what was pruned or forgotten keeps its place
	RETURN QUERY
		SELECT c.cursor, (x.item ->> 'at')::timestamptz, coalesce(x.item ->> 'type', 'gone'),
			jsonb_build_object('cursor', c.cursor) || coalesce(jsonb_strip_nulls(x.item), '{"type": "gone"}')
		FROM unnest(page) p
			CROSS JOIN LATERAL unnest(p.ids) WITH ORDINALITY AS i(id, n)
			CROSS JOIN LATERAL (SELECT carom._feed_cursor(p.first + i.n - 1, p.mark) AS cursor) c
			CROSS JOIN LATERAL (SELECT CASE p.what WHEN 'event' THEN events WHEN 'change' THEN changes ELSE incidents END -> i.id::text AS item) x
		WHERE p.first + i.n - 1 > start
		ORDER BY p.first + i.n
		LIMIT most;
END
$$;
COMMENT ON FUNCTION carom.feed(text, int, text) IS
	'what happened after a cursor ('''' for the beginning of what is kept), at most so many rows, events, changes of the lists and incidents or one of '
	'them alone; no row: nothing more yet. Call feed_number() first. The same row always has the same cursor, whoever asks. What was pruned or '
	'forgotten since has the type gone. SQLSTATE CAF01: the cursor is older than what is kept; CAF02: it is not of this database';

CREATE OR REPLACE FUNCTION carom.feed_cursor(consumer text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT carom._feed_cursor(c.position, c.mark) FROM carom.consumer c WHERE c.name = consumer);
END
$$;
COMMENT ON FUNCTION carom.feed_cursor(text) IS 'the cursor that a consumer kept last; NULL for one that never did';

CREATE OR REPLACE FUNCTION carom.feed_keep(consumer text, cursor text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	position bigint := carom._feed_after(cursor);
BEGIN
	IF consumer !~ '^[[:alnum:]_.-]{1,64}$' THEN
		RAISE EXCEPTION 'a consumer''s name is 1 to 64 letters, digits, _ . and -, not "%"', left(consumer, 100) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	INSERT INTO carom.consumer AS c (name, position, mark)
		VALUES (consumer, position, coalesce((SELECT f.mark FROM carom.feed_entry f WHERE f.last >= position ORDER BY f.last LIMIT 1), 0))
		ON CONFLICT (name) DO UPDATE SET position = excluded.position, mark = excluded.mark, changed_at = excluded.changed_at, login = excluded.login;
END
$$;
COMMENT ON FUNCTION carom.feed_keep(text, text) IS
	'keep a cursor for a consumer: in the transaction in which it does its work here, or after that was done elsewhere';

CREATE OR REPLACE FUNCTION carom.feed_consumers() RETURNS TABLE (name text, behind bigint, changed_at timestamptz, login text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT c.name, h.last - c.position, c.changed_at, c.login FROM carom.consumer c, carom.feed_head h ORDER BY 1;
END
$$;
COMMENT ON FUNCTION carom.feed_consumers() IS 'who keeps a cursor here, and how many rows of the feed each has not read';

CREATE OR REPLACE FUNCTION carom.list_changes(after text, most int DEFAULT 10000)
RETURNS TABLE (cursor text, address text, listed boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
	page  carom.feed_entry[] := carom._feed_entries(carom._feed_after(list_changes.after), most, 'change');
	ids   bigint[];
	xacts xid8[];
	names text[];
	homes int[];
	upto  text := carom.feed_head();
BEGIN
	IF page <> '{}' THEN
		xacts := ARRAY(SELECT DISTINCT p.xact FROM unnest(page) p);
		ids := ARRAY(SELECT unnest(p.ids) FROM unnest(page) p);
		names := ARRAY(SELECT DISTINCT l.address FROM carom.suppression_log l
			WHERE l.xact = ANY (xacts) AND l.id = ANY (ids) AND l.address <> '');
		homes := carom._homes(names);
		RETURN QUERY
			WITH s AS MATERIALIZED (
				SELECT DISTINCT s.address FROM carom.suppression s
				WHERE s.address = ANY (names) AND (homes IS NULL OR s.home = ANY (homes)) AND (s.expires_at IS NULL OR s.expires_at > now())
			)
			SELECT NULL::text, n.address, s.address IS NOT NULL FROM unnest(names) AS n(address) LEFT JOIN s ON s.address = n.address;
		-- a mailbox that went stays in a set until the list is read whole: that asks once too often
		IF carom.mailbox_state() <> '' THEN
			RETURN QUERY SELECT NULL::text, carom._mailbox_mark(m.mailbox), true FROM carom.same_mailbox m WHERE m.address = ANY (names);
		END IF;
		IF (SELECT sum(cardinality(p.ids)) FROM unnest(page) p) >= most THEN
			upto := (SELECT carom._feed_cursor(p.last, p.mark) FROM unnest(page) p ORDER BY p.last DESC LIMIT 1);
		END IF;
	END IF;
	RETURN QUERY SELECT upto, NULL::text, NULL::boolean;
END
$$;
COMMENT ON FUNCTION carom.list_changes(text, int) IS
	'addresses whose suppressions changed after a cursor of the feed, and whether any is in force now; the last row, without address, has the cursor '
	'to go on from. Call feed_number() first';

CREATE OR REPLACE FUNCTION carom.prune_feed(most int DEFAULT 5000) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	n bigint;
BEGIN
	-- what nobody reads gets old all the same
	PERFORM carom.feed_number(most);
	DELETE FROM carom.feed_entry f WHERE f.last = ANY (ARRAY(
		SELECT x.last FROM (SELECT f.last, f.written_at FROM carom.feed_entry f ORDER BY f.last LIMIT most) x
		WHERE x.written_at < now() - make_interval(days => coalesce(carom.setting('feed_days')::int, 90))));
	GET DIAGNOSTICS n = ROW_COUNT;
	UPDATE carom.feed_head h SET kept_from = coalesce((SELECT min(f.first) FROM carom.feed_entry f), h.last + 1) WHERE n > 0;
	-- nor does anybody need what the brake counted days ago
	DELETE FROM carom.brake b WHERE b.seen_at < now() - interval '2 days' AND b.incident IS NULL;
	RETURN n;
END
$$;
COMMENT ON FUNCTION carom.prune_feed(int) IS
	'forget what the feed told before the days of the setting feed_days, at most so many entries; gives how many. carom db prune calls it';
