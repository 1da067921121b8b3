-- SPDX-License-Identifier: BSD-2-Clause
-- carom - replay: reports that were recorded, read again by today's rules
--
-- An event never changes. Where a report reads otherwise today, its events are
-- taken out of all numbers, and the report is recorded anew under its own key,
-- by the same functions as ever, in one transaction; carom.replayed tells what
-- stood there before.
--
-- Each statement asks or changes one table, with rows from arrays, and what joins
-- them is done here: so the same text works where the tables lie on many machines.

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

-- Of these events, those that put an address on the list.
CREATE OR REPLACE FUNCTION carom._adders(events carom.event[]) RETURNS bigint[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN ARRAY(SELECT l.event FROM carom.suppression_log l
		WHERE l.address = ANY (ARRAY(SELECT DISTINCT e.address FROM unnest(events) e)) AND l.change = 'add'
			AND l.event = ANY (ARRAY(SELECT e.id FROM unnest(events) e)));
END
$$;

-- Counts events, or takes them out of all numbers, in the rows of tally, cohort and
-- named that they count in; adders are events that put somebody on the list, once for each
-- entry. Where events are NULL, only that is counted.
CREATE OR REPLACE FUNCTION carom._uncount(events carom.event[], adders bigint[], sign int, only_adders boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO carom.tally AS t (day, account, stream, provider, kind, action, category, class, feedback_type, confidence,
			events, repeats, reports, suppressions, home)
		SELECT x.*, h.home FROM carom.home h, (
			SELECT e.day, e.account, e.stream, e.provider, e.kind, coalesce(e.action, ''), coalesce(e.category, ''), coalesce(e.class, ''),
				coalesce(e.feedback_type, ''), coalesce(e.confidence, ''), sign * count(*) FILTER (WHERE NOT e.repeated AND NOT only_adders),
				sign * count(*) FILTER (WHERE e.repeated AND NOT only_adders), sign * count(*) FILTER (WHERE e.ordinal = 1 AND NOT only_adders),
				sign * coalesce(sum(a.n), 0)::bigint
			FROM unnest(events) e
				FULL JOIN (SELECT u.id, count(*) AS n FROM unnest(adders) AS u(id) GROUP BY 1) a ON a.id = e.id
			WHERE e.id IS NOT NULL AND (a.n IS NOT NULL OR NOT only_adders)
			GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) x
		WHERE h.home = 0
		ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
		ON CONFLICT ON CONSTRAINT tally_pkey
		DO UPDATE SET events = t.events + excluded.events, repeats = t.repeats + excluded.repeats,
			reports = t.reports + excluded.reports, suppressions = t.suppressions + excluded.suppressions;
	IF NOT only_adders THEN
		PERFORM carom._recount_cohorts(events, sign);
		PERFORM carom._recount_named(events, sign);
	END IF;
END
$$;

-- Without these events, who of the others was the first to tell of a mail and an
-- address? Of mail whose first events are pruned nobody knows, and they stay as
-- they are. Gives the addresses of which an event counts now that did not. here is a
-- home, or NULL for all of them.
CREATE OR REPLACE FUNCTION carom._retell(here int, gone carom.event[]) RETURNS text[]
LANGUAGE plpgsql
AS $$
DECLARE
	kept_from date := carom.setting('pruned_before')::date;
	addresses text[] := ARRAY(SELECT DISTINCT e.address FROM unnest(gone) e);
	messages  bytea[] := ARRAY(SELECT DISTINCT e.message FROM unnest(gone) e);
	group_of  record;
	of_told   record;
	e         carom.event;
	left_over carom.event[] := '{}';
	rest      carom.event[];
	flipped   carom.event[] := '{}';
BEGIN
	PERFORM 1 FROM carom.told t
		WHERE (here IS NULL OR t.home = here) AND t.address = ANY (addresses) AND t.message = ANY (messages)
		ORDER BY t.address, t.message, t.what FOR UPDATE;
	FOR group_of IN
		SELECT g.address, g.message, carom._what(g.kind, g.action, g.feedback_type) AS what, count(*) AS n
		FROM unnest(gone) g GROUP BY 1, 2, 3 HAVING carom._what(g.kind, g.action, g.feedback_type) IS NOT NULL ORDER BY 1, 2, 3
	LOOP
		UPDATE carom.told t SET times = t.times - group_of.n
			WHERE (here IS NULL OR t.home = here) AND t.address = group_of.address AND t.message = group_of.message AND t.what = group_of.what;
	END LOOP;
	DELETE FROM carom.told t
		WHERE (here IS NULL OR t.home = here) AND t.address = ANY (addresses) AND t.message = ANY (messages) AND t.times <= 0;

	FOR e IN
		SELECT x.* FROM carom.event x
		WHERE (here IS NULL OR x.home = here) AND x.address = ANY (addresses) AND x.message = ANY (messages) AND x.day >= kept_from
	LOOP
		left_over := left_over || e;
	END LOOP;
	FOR of_told IN
		SELECT t.address, t.message, t.what FROM carom.told t
		WHERE (here IS NULL OR t.home = here) AND t.address = ANY (addresses) AND t.message = ANY (messages) AND t.day >= kept_from
		ORDER BY 1, 2, 3
	LOOP
		SELECT max(w.weight) AS weight, min(w.day) AS day, max(w.last_day) AS last_day,
			array_agg(w.e) FILTER (WHERE w.repeated AND NOT coalesce(w.prior / 3 >= w.weight / 3, false)) AS firsts INTO group_of
			FROM (
				SELECT v AS e, v.day, v.day AS last_day, v.repeated, x.weight, max(x.weight) OVER (ORDER BY v.id
					ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS prior
				FROM unnest(left_over) v,
					LATERAL (SELECT carom._weight(of_told.what, v.class, coalesce(v.status, v.reply), v.confidence) AS weight) x
				WHERE v.address = of_told.address AND v.message = of_told.message AND carom._what(v.kind, v.action, v.feedback_type) = of_told.what) w;
		CONTINUE WHEN group_of.weight IS NULL;
		UPDATE carom.told t SET weight = group_of.weight, day = group_of.day, last_day = group_of.last_day
			WHERE (here IS NULL OR t.home = here) AND t.address = of_told.address AND t.message = of_told.message AND t.what = of_told.what;
		rest := rest || group_of.firsts;
	END LOOP;
	IF rest IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM carom._uncount(rest, carom._adders(rest), -1);
	FOREACH e IN ARRAY rest LOOP
		e.repeated := false;
		e.cause := CASE carom._what(e.kind, e.action, e.feedback_type) WHEN 'failed' THEN coalesce(e.category, 'undetermined')
			WHEN 'unsubscribed' THEN 'unsubscribe_request' ELSE carom._what(e.kind, e.action, e.feedback_type) END;
		UPDATE carom.event x SET repeated = false, cause = e.cause
			WHERE (here IS NULL OR x.home = here) AND x.address = e.address AND x.day = e.day AND x.id = e.id;
		flipped := flipped || e;
	END LOOP;
	PERFORM carom._uncount(flipped, carom._adders(flipped), 1);
	RETURN ARRAY(SELECT DISTINCT r.address FROM unnest(rest) r);
END
$$;

-- The rows of the list of these addresses.
CREATE OR REPLACE FUNCTION carom._listed(addresses text[]) RETURNS carom.suppression[]
LANGUAGE plpgsql
AS $$
DECLARE
	one  carom.suppression;
	rows carom.suppression[] := '{}';
BEGIN
	FOR one IN SELECT s.* FROM carom.suppression s WHERE s.address = ANY (addresses) LOOP
		rows := rows || one;
	END LOOP;
	RETURN rows;
END
$$;

-- Whom something else that we know keeps on the list, of these addresses.
CREATE OR REPLACE FUNCTION carom._keep_listed(addresses text[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	cleared jsonb;  -- [address, account]: when staff took it off last
	e       carom.event;
	r       carom.report;
	others  carom.event[] := '{}';
	theirs  carom.report[] := '{}';
	brought carom.suppression[] := '{}';
	here    int;
BEGIN
	SELECT coalesce(jsonb_object_agg(x.key, x.at), '{}') INTO cleared
		FROM (SELECT jsonb_build_array(l.address, l.account)::text AS key, max(l.at) AS at
			FROM (SELECT y.address, y.account, y.at FROM carom.suppression_log y WHERE y.address = ANY (addresses) AND y.change = 'remove') l GROUP BY 1) x;
	FOR e IN
		SELECT x.* FROM carom.event x
		WHERE x.address = ANY (addresses) AND x.cause IS NOT NULL AND x.confidence IN ('proven', 'matched', 'claimed')
	LOOP
		CONTINUE WHEN e.at <= greatest((cleared ->> jsonb_build_array(e.address, '')::text)::timestamptz,
			(cleared ->> jsonb_build_array(e.address, e.account)::text)::timestamptz);
		others := others || e;
	END LOOP;
	IF others = '{}' THEN
		RETURN;
	END IF;
	FOR r IN SELECT x.* FROM carom.report x WHERE x.id = ANY (ARRAY(SELECT o.report FROM unnest(others) o)) LOOP
		theirs := theirs || r;
	END LOOP;
	FOREACH here IN ARRAY carom._places(addresses) LOOP
		PERFORM set_config('carom.turned', '', true);
		brought := brought || carom._apply_policy(here, ARRAY(SELECT o FROM unnest(others) o WHERE here IS NULL OR o.home = here), theirs);
		IF here IS NOT NULL THEN
			PERFORM carom._brake_turned(nullif(current_setting('carom.turned', true), '')::jsonb);
		END IF;
	END LOOP;
	PERFORM carom._uncount(others, ARRAY(SELECT b.event FROM unnest(brought) b WHERE b.changes = 1), 1, true);
END
$$;

-- Puts back what the entries had that are back, and what a person asked for also
-- where no report tells of it any more. Gives those that are gone.
CREATE OR REPLACE FUNCTION carom._restore(had carom.suppression[]) RETURNS carom.suppression[]
LANGUAGE plpgsql
AS $$
DECLARE
	back  carom.suppression[] := carom._listed(ARRAY(SELECT a.address FROM unnest(had) a));
	old   carom.suppression;
	new   carom.suppression;
	place int;
	aside carom.suppression[] := '{}';
BEGIN
	FOREACH old IN ARRAY coalesce(had, '{}') LOOP
		place := (carom._homes(ARRAY[old.address]))[1];
		SELECT b.* INTO new FROM unnest(back) b WHERE (b.address, b.account, b.stream) = (old.address, old.account, old.stream);
		IF FOUND THEN
			UPDATE carom.suppression s SET since = old.since, note = old.note
				WHERE (place IS NULL OR s.home = place) AND s.address = old.address AND s.account = old.account AND s.stream = old.stream;
			-- what an incident holds is held by its new evidence, too
			UPDATE carom.held h SET event = new.event
				WHERE (place IS NULL OR h.home = place) AND h.address = old.address AND h.account = old.account AND h.stream = old.stream
					AND h.event = old.event AND new.event IS NOT NULL;
		ELSIF old.source IN ('complaint', 'unsubscribe') THEN
			INSERT INTO carom.suppression (address, account, stream, spelling, reason, source, since, changed_at, changes, expires_at, provider, status,
					rule, rules, confidence, said_by, report_key, event, event_day, author, note, login, home)
				VALUES (old.address, old.account, old.stream, old.spelling, old.reason, old.source, old.since, old.changed_at, old.changes, old.expires_at,
					old.provider, old.status, old.rule, old.rules, old.confidence, old.said_by, old.report_key, NULL, NULL, old.author, old.note,
					old.login, old.home)
				ON CONFLICT ON CONSTRAINT suppression_pkey DO NOTHING;
		ELSE
			aside := aside || old;
			DELETE FROM carom.held h
				WHERE (place IS NULL OR h.home = place) AND h.address = old.address AND h.account = old.account AND h.stream = old.stream;
		END IF;
	END LOOP;
	RETURN aside;
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
	several   boolean := carom.setting('distributed') = 'yes';
	r         carom.report;
	e         carom.event;
	s         carom.suppression;
	stood     carom.report[] := '{}';
	gone      carom.event[] := '{}';
	names     text[];               -- whom they were about
	had       carom.suppression[] := '{}';  -- what those events had brought onto the list
	aside     carom.suppression[];  -- what of it is left to be released
	addresses text[] := '{}';
	here      int;
	were      jsonb;  -- key: what record() knows nothing of
	made      jsonb := '{}';  -- event: key, of what is there now
BEGIN
	-- What record() locks first: so nobody waits for this transaction who holds
	-- what it needs, and they never deadlock.
	LOCK TABLE carom.report IN SHARE ROW EXCLUSIVE MODE;
	IF several THEN  -- where one connection for a machine did it, it can go on with it
		PERFORM set_config('citus.multi_shard_modify_mode', 'sequential', true);
	ELSE
		PERFORM 1 FROM carom.report x WHERE x.key = ANY (keys) ORDER BY x.key FOR UPDATE;
	END IF;
	FOR r IN SELECT x.* FROM carom.report x WHERE x.key = ANY (keys) LOOP
		stood := stood || r;
	END LOOP;
	FOR e IN
		SELECT x.* FROM carom.event x
		WHERE x.report = ANY (ARRAY(SELECT t.id FROM unnest(stood) t)) AND x.day = ANY (ARRAY(SELECT DISTINCT t.day FROM unnest(stood) t))
	LOOP
		gone := gone || e;
	END LOOP;
	names := ARRAY(SELECT DISTINCT g.address FROM unnest(gone) g WHERE g.address <> '');
	PERFORM carom._uncount(gone, carom._adders(gone), -1);
	DELETE FROM carom.event x
		WHERE x.report = ANY (ARRAY(SELECT t.id FROM unnest(stood) t)) AND x.day = ANY (ARRAY(SELECT DISTINCT t.day FROM unnest(stood) t));
	FOREACH here IN ARRAY carom._places(names) LOOP
		addresses := addresses || carom._retell(here, ARRAY(SELECT g FROM unnest(gone) g
			WHERE (here IS NULL OR g.home = here) AND g.message IS NOT NULL AND g.address <> ''));
	END LOOP;
	DELETE FROM carom.report x WHERE x.key = ANY (keys);

	-- What stands on the list because of them steps aside, without a word in the
	-- log: most of it is back in a moment.
	PERFORM carom._lock_addresses(names);
	FOR s IN
		DELETE FROM carom.suppression x
			WHERE x.address = ANY (names) AND x.event = ANY (ARRAY(SELECT g.id FROM unnest(gone) g))
			RETURNING x.*
	LOOP
		had := had || s;
	END LOOP;

	PERFORM carom._take(ARRAY(SELECT j || jsonb_build_object('arrived', to_char(t.arrived AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
		FROM unnest(reports) j JOIN unnest(stood) t ON t.key = j ->> 'key' AND t.part = 0 ORDER BY t.key), NULL);
	-- in seconds, for Citus wants to know that a value means the same everywhere
	SELECT jsonb_object_agg(t.key, jsonb_build_array(t.duplicates, extract(epoch FROM t.last_duplicate), extract(epoch FROM t.recorded_at))) INTO were
		FROM unnest(stood) t WHERE t.part = 0;
	UPDATE carom.report x SET duplicates = CASE WHEN x.part = 0 THEN (were -> x.key ->> 0)::int ELSE 0 END,
			last_duplicate = CASE WHEN x.part = 0 THEN to_timestamp((were -> x.key ->> 1)::float8) END,
			recorded_at = to_timestamp((were -> x.key ->> 2)::float8)
		WHERE x.key = ANY (keys);

	addresses := addresses || ARRAY(SELECT DISTINCT a.address FROM unnest(had) a
		WHERE NOT EXISTS (SELECT FROM unnest(carom._listed(names)) l WHERE (l.address, l.account, l.stream) = (a.address, a.account, a.stream)));
	IF addresses <> '{}' THEN
		PERFORM carom._keep_listed(addresses);
	END IF;
	aside := carom._restore(had);
	PERFORM carom._log_removal(a, _remake.author, coalesce(_remake.note, 'carom replay: its evidence reads otherwise now')) FROM unnest(aside) a;
	DELETE FROM carom.tally t WHERE t.day = ANY (ARRAY(SELECT DISTINCT x.day FROM unnest(stood) x))
		AND t.events = 0 AND t.repeats = 0 AND t.reports = 0 AND t.suppressions = 0;
	DELETE FROM carom.cohort c WHERE c.day = ANY (ARRAY(SELECT DISTINCT x.day FROM unnest(stood) x)) AND c.events = 0;
	IF aside <> '{}' THEN
		PERFORM pg_notify('carom_suppression', '');
	END IF;

	stood := ARRAY(SELECT t FROM unnest(stood) t WHERE t.part = 0);
	were := '{}';  -- id: key
	FOR r IN SELECT x.* FROM carom.report x WHERE x.key = ANY (keys) LOOP
		were := were || jsonb_build_object(r.id, r.key);
	END LOOP;
	names := '{}';
	FOR e IN SELECT x.* FROM carom.event x WHERE x.report = ANY (ARRAY(SELECT k::bigint FROM jsonb_object_keys(were) k)) LOOP
		made := made || jsonb_build_object(e.id, were -> e.report::text);
		names := names || e.address;
	END LOOP;
	RETURN QUERY
		WITH came AS MATERIALIZED (
			SELECT made ->> l.event::text AS key, count(*) AS n FROM unnest(carom._listed(names)) l
			WHERE made ? l.event::text AND NOT EXISTS (SELECT FROM unnest(had) h WHERE (h.address, h.account, h.stream) = (l.address, l.account, l.stream))
			GROUP BY 1
		)
		SELECT t.key, coalesce(c.n, 0), (SELECT count(*) FROM unnest(aside) a WHERE a.report_key = t.key)
		FROM unnest(stood) t LEFT JOIN came c ON c.key = t.key;
END
$$;
DROP FUNCTION IF EXISTS carom._uncount(carom.event[], int);
DROP FUNCTION IF EXISTS carom._retell(carom.event[]);

-- Which of these reports read otherwise than they were recorded (changed), and which
-- were never recorded (new)? Each key once.
CREATE OR REPLACE FUNCTION carom._replay_compare(whole jsonb[]) RETURNS TABLE (n bigint, change text, day date, before jsonb, after jsonb)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
	classes   jsonb := (SELECT jsonb_object_agg(c.category, c.class) FROM carom.category c);
	kept_from date := carom.setting('pruned_before')::date;
	r         record;
	e         carom.event;
	ids       bigint[] := '{}';
	days      date[] := '{}';
	key_of    jsonb := '{}';  -- by id
	day_of    jsonb := '{}';  -- by key
	recorded  carom.event[] := '{}';
BEGIN
	FOR r IN SELECT x.id, x.key, x.day FROM carom.report x WHERE x.key = ANY (ARRAY(SELECT w ->> 'key' FROM unnest(whole) w)) LOOP
		ids := ids || r.id;
		days := days || r.day;
		key_of := key_of || jsonb_build_object(r.id, r.key);
		day_of := day_of || jsonb_build_object(r.key, r.day);
	END LOOP;
	FOR e IN SELECT x.* FROM carom.event x WHERE x.report = ANY (ids) AND x.day = ANY (days) LOOP
		recorded := recorded || e;
	END LOOP;
	RETURN QUERY
		WITH was AS MATERIALIZED (
			SELECT key_of ->> v.report::text AS key,
				array_agg(carom._facts(v.kind, v.feedback_type, v.address, v.account, v.stream, v.provider, v.action, v.category, v.class,
					v.confidence, v.status, v.reply, v.blocklist) ORDER BY v.ordinal) AS facts,
				jsonb_agg(carom._told_of(v.kind, v.action, v.category, v.class, v.rule, v.status, v.reply, v.confidence) ORDER BY v.ordinal) AS before
			FROM unnest(recorded) v GROUP BY 1
		), g AS MATERIALIZED (
			SELECT DISTINCT ON (x.j ->> 'key') x.n, x.j, x.j ->> 'key' AS key FROM unnest(whole) WITH ORDINALITY AS x(j, n) ORDER BY x.j ->> 'key', x.n
		)
		SELECT g.n, CASE WHEN day_of ? g.key THEN 'changed' ELSE 'new' END, (day_of ->> g.key)::date, was.before,
			(SELECT jsonb_agg(carom._told_of(g.j ->> 'kind', o ->> 'action', o ->> 'category', o ->> 'class', o ->> 'rule', o ->> 'status',
					o ->> 'reply', o ->> 'confidence'))
				FROM jsonb_array_elements(CASE WHEN jsonb_typeof(g.j -> 'outcomes') = 'array' AND g.j -> 'outcomes' <> '[]'
					THEN g.j -> 'outcomes' ELSE '[{}]' END) o)
		FROM g LEFT JOIN was ON was.key = g.key
		WHERE NOT day_of ? g.key
			OR (day_of ->> g.key)::date >= kept_from AND carom._reads_alike(was.facts, carom._facts_of(g.j, classes)) IS NOT TRUE
		ORDER BY 1;
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
	whole    jsonb[] := carom._resolve(carom._doubt(reports));
	numbers  bigint[];   -- of those that read otherwise
	befores  jsonb[];
	afters   jsonb[];
	days     date[];
	fresh    bigint[];   -- of those that nobody recorded
	fresh_as jsonb[];
	effects  jsonb;      -- key: [added, released]
	answers  jsonb[];
BEGIN
	SELECT array_agg(c.n) FILTER (WHERE c.change = 'new'), array_agg(c.after) FILTER (WHERE c.change = 'new'),
			array_agg(c.n) FILTER (WHERE c.change = 'changed'), array_agg(c.before) FILTER (WHERE c.change = 'changed'),
			array_agg(c.after) FILTER (WHERE c.change = 'changed'), array_agg(c.day) FILTER (WHERE c.change = 'changed')
		INTO fresh, fresh_as, numbers, befores, afters, days
		FROM carom._replay_compare(whole) c;
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
		UNION ALL SELECT f.i, 'new', NULL::jsonb, f.read_as, jsonb_array_length(f.answer -> 'suppressed')::bigint, 0::bigint
			FROM unnest(fresh, fresh_as, answers) AS f(i, read_as, answer)
		ORDER BY 1;
END
$$;
COMMENT ON FUNCTION carom.replay(jsonb[], bytea[], boolean, text, text) IS
	'reports as record() takes them, each with its key, as they read today: one row for each that reads otherwise than it was recorded (changed) or was '
	'never recorded (new), with what follows for the list. apply makes it so, in one transaction; otherwise nothing stays. On READ COMMITTED';

-- Many reports in one transaction: replay_begin(), replay_look() for each batch, which
-- changes nothing and locks nothing, and then replay_apply(), which does all of it.
CREATE OR REPLACE FUNCTION carom.replay_begin() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
BEGIN
	CREATE TEMPORARY TABLE carom_replay (batch bigint, report jsonb, raw bytea) ON COMMIT DROP;
	CREATE INDEX carom_replay_batch ON pg_temp.carom_replay (batch);
END
$$;
COMMENT ON FUNCTION carom.replay_begin() IS 'begin a replay in this transaction: then replay_look(), and replay_apply()';

CREATE OR REPLACE FUNCTION carom.replay_look(reports jsonb[], raws bytea[] DEFAULT NULL)
RETURNS TABLE (n bigint, change text, before jsonb, after jsonb, added bigint, released bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	this bigint := coalesce((SELECT max(t.batch) FROM pg_temp.carom_replay t), 0) + 1;
	one  record;
BEGIN
	FOR one IN SELECT * FROM carom._replay_compare(carom._resolve(carom._doubt(reports))) LOOP
		INSERT INTO pg_temp.carom_replay VALUES (this, reports[one.n], CASE WHEN one.change = 'new' THEN raws[one.n] END);
		n := one.n;
		change := one.change;
		before := one.before;
		after := one.after;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION carom.replay_look(jsonb[], bytea[]) IS
	'which of these reports read otherwise or are new, as replay() tells, but for what follows; they are remembered for replay_apply()';

CREATE OR REPLACE FUNCTION carom.replay_apply(note text DEFAULT NULL, author text DEFAULT session_user, OUT changed bigint, OUT new bigint,
	OUT refused text[], OUT added bigint, OUT released bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
	last  bigint := (SELECT max(t.batch) FROM pg_temp.carom_replay t);
	given jsonb[];
	whole bytea[];
	pile  record;
	one   record;
BEGIN
	changed := 0;
	new := 0;
	added := 0;
	released := 0;
	refused := '{}';
	FOR this IN 1 .. coalesce(last, 0) LOOP
		SELECT array_agg(t.report ORDER BY t.report ->> 'key'), array_agg(t.raw ORDER BY t.report ->> 'key') INTO given, whole
			FROM pg_temp.carom_replay t WHERE t.batch = this;
		CONTINUE WHEN given IS NULL;
		-- the usual way: all of them at once; where one can't be recorded, each by itself
		BEGIN
			SELECT count(*) FILTER (WHERE r.change = 'changed') AS changed, count(*) FILTER (WHERE r.change = 'new') AS new,
				coalesce(sum(r.added), 0) AS added, coalesce(sum(r.released), 0) AS released INTO pile
				FROM carom.replay(given, whole, true, replay_apply.note, replay_apply.author) r;
			changed := changed + pile.changed;
			new := new + pile.new;
			added := added + pile.added;
			released := released + pile.released;
			CONTINUE;
		EXCEPTION WHEN OTHERS THEN
			IF NOT carom._is_poison(SQLSTATE) THEN
				RAISE;
			END IF;
		END;
		FOR i IN 1 .. cardinality(given) LOOP
			BEGIN
				FOR one IN SELECT * FROM carom.replay(given[i:i], whole[i:i], true, replay_apply.note, replay_apply.author) LOOP
					changed := changed + (one.change = 'changed')::int;
					new := new + (one.change = 'new')::int;
					added := added + one.added;
					released := released + one.released;
				END LOOP;
			EXCEPTION WHEN OTHERS THEN
				IF NOT carom._is_poison(SQLSTATE) THEN
					RAISE;
				END IF;
				refused := refused || SQLERRM;
			END;
		END LOOP;
	END LOOP;
END
$$;
COMMENT ON FUNCTION carom.replay_apply(text, text) IS
	'correct what replay_look() found, and record what is new, all in this transaction: how many, what could not be recorded and why, and how many '
	'addresses came onto the list and left it. Others record after it has committed';

DROP FUNCTION IF EXISTS carom.replay_next(text, int, bigint, date, date, text);
CREATE FUNCTION carom.replay_next(after text, most int, octets bigint, since date DEFAULT NULL, until date DEFAULT NULL,
	of_kind text DEFAULT NULL)
RETURNS TABLE (key text, arrived timestamptz, recipient text, sender text, queue_id text, client_address text, size bigint, message bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	from_key text := coalesce(after, '');
	keys     text[];
	seen     int;
	r        record;
	room     bigint := octets;
BEGIN
	LOOP
		-- keys first, for of many a report may be of another day
		keys := ARRAY(SELECT w.key FROM carom.raw w WHERE w.key > from_key ORDER BY w.key LIMIT most);
		seen := cardinality(keys);
		EXIT WHEN seen = 0;
		from_key := keys[seen];
		FOR r IN
			SELECT x.key, x.arrived, x.to_address, x.sender, x.queue_id, x.client_address, x.size FROM carom.report x
			WHERE x.key = ANY (keys) AND x.part = 0 AND (since IS NULL OR x.day >= since) AND (until IS NULL OR x.day <= until)
				AND (of_kind IS NULL OR x.kind = of_kind)
			ORDER BY x.key
		LOOP
			-- the first comes however large it is
			EXIT WHEN room <= 0;
			key := r.key;
			arrived := r.arrived;
			recipient := r.to_address;
			sender := r.sender;
			queue_id := r.queue_id;
			client_address := host(r.client_address);
			size := r.size;
			message := (SELECT w.message FROM carom.raw w WHERE w.key = r.key);
			room := room - octet_length(message);
			RETURN NEXT;
			EXIT WHEN room <= 0;
		END LOOP;
		EXIT WHEN room < octets;
	END LOOP;
END
$$;
COMMENT ON FUNCTION carom.replay_next(text, int, bigint, date, date, text) IS
	'stored messages with how they came in, by key, after this one: at most so many, and none after so many octets';

-- A report as record() would have taken it, out of what is kept of it.
DROP FUNCTION IF EXISTS carom.replay_events(text, int, date, date);
DROP FUNCTION IF EXISTS carom._report_json(carom.report);
CREATE OR REPLACE FUNCTION carom._report_json(r carom.report, events carom.event[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('key', r.key, 'kind', r.kind, 'format', r.format, 'size', r.size, 'message_id', r.message_id,
			'from', r.from_address, 'to', r.to_address, 'subject', r.subject, 'date', r.dated, 'reporter', r.reporter,
			'authenticated', r.authenticated, 'queue_id', r.queue_id, 'sender', r.sender, 'client_address', host(r.client_address),
			'truncated', r.truncated, 'feedback', nullif(jsonb_strip_nulls(jsonb_build_object('type', r.feedback_type, 'user_agent', r.user_agent,
				'source_ip', host(r.source_ip), 'arrived', r.feedback_arrived, 'incidents', r.incidents, 'mail_from', r.mail_from,
				'reported_domain', r.reported_domain)), '{}'),
			'returned', nullif(jsonb_strip_nulls(jsonb_build_object('message_id', r.returned_message_id, 'from', r.returned_from, 'to', r.returned_to,
				'subject', r.returned_subject, 'date', r.returned_dated, 'return_path', r.returned_path,
				'feedback_id', r.returned_feedback_id, 'list_id', r.returned_list_id,
				'headers', (SELECT e.headers FROM unnest(events) e WHERE e.headers IS NOT NULL LIMIT 1))), '{}'),
			'outcomes', (SELECT jsonb_agg(jsonb_build_object('recipient', e.recipient, 'final_recipient', e.final_recipient,
					'original_recipient', e.original_recipient, 'action', e.action, 'status', e.status, 'reply', e.reply, 'stage', e.stage,
					'remote_mta', e.remote_mta, 'diagnostic', e.diagnostic, 'category', e.category, 'class', e.class, 'rule', e.rule,
					'blocklist', e.blocklist, 'provider', nullif(e.provider, ''), 'subscriber', e.subscriber, 'account', nullif(e.account, ''),
					'stream', nullif(e.stream, ''), 'sent_on', e.sent_on, 'resolved_by', e.resolved_by, 'confidence', e.confidence,
					'token', e.token) ORDER BY e.ordinal)
				FROM unnest(events) e)))
$$;

CREATE FUNCTION carom.replay_events(after text, most int, since date DEFAULT NULL, until date DEFAULT NULL)
RETURNS TABLE (key text, report jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	kept_from date := carom.setting('pruned_before')::date;
	from_key  text := coalesce(after, '');
	r         carom.report;
	e         carom.event;
	found     carom.report[];
	parts     jsonb;  -- id: key
	told      carom.event[];
	kept      text[];
BEGIN
	LOOP
		found := '{}';
		FOR r IN
			SELECT x.* FROM carom.report x
			WHERE x.key > from_key AND x.part = 0 AND x.kind IN ('bounce', 'delay') AND x.day >= kept_from
				AND (since IS NULL OR x.day >= since) AND (until IS NULL OR x.day <= until)
			ORDER BY x.key LIMIT most
		LOOP
			found := found || r;
		END LOOP;
		EXIT WHEN found = '{}';
		from_key := (found[cardinality(found)]).key;
		kept := ARRAY(SELECT w.key FROM carom.raw w WHERE w.key = ANY (ARRAY(SELECT f.key FROM unnest(found) f)));
		CONTINUE WHEN cardinality(kept) = cardinality(found);
		SELECT jsonb_object_agg(x.id, x.key) INTO parts
			FROM (SELECT p.id, p.key FROM carom.report p WHERE p.key = ANY (ARRAY(SELECT f.key FROM unnest(found) f))) x;
		told := '{}';
		FOR e IN
			SELECT x.* FROM carom.event x
			WHERE x.report = ANY (ARRAY(SELECT p::bigint FROM jsonb_object_keys(parts) p)) AND x.day = ANY (ARRAY(SELECT f.day FROM unnest(found) f))
		LOOP
			told := told || e;
		END LOOP;
		RETURN QUERY
			SELECT f.key, carom._report_json(f, x.events)
			FROM unnest(found) f
				JOIN (SELECT parts ->> t.report::text AS key, array_agg(t) AS events FROM unnest(told) t GROUP BY 1) x ON x.key = f.key
			WHERE f.key <> ALL (kept)
			ORDER BY f.key;
		EXIT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION carom.replay_events(text, int, date, date) IS
	'bounces and delays whose messages are not kept, by key, after this one, as the JSON that record() takes: what was kept of them can be judged again';
