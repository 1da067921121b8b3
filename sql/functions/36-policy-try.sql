-- SPDX-License-Identifier: BSD-2-Clause
-- carom - what a policy would have made of what is stored
--
-- The decision is record()'s own, carom._due(): it is asked for one day of the
-- history after the other, as the reports came.

-- What the history brings onto the list, in the order in which it came. here is a
-- home, or NULL for all of them.
CREATE OR REPLACE FUNCTION carom._history_due(here int, since date) RETURNS carom.suppression[]
LANGUAGE plpgsql
AS $$
DECLARE
	due   carom.suppression[] := '{}';
	chunk record;
BEGIN
	FOR chunk IN
		SELECT e.day, array_agg(ROW(e.id, e.day, e.at, e.report, e.ordinal, e.kind, e.address, e.account, e.stream, e.provider, e.action,
				e.category, e.class, e.feedback_type, e.cause, e.confidence, e.resolved_by, e.sent_on, e.subscriber, e.recipient,
				e.final_recipient, e.original_recipient, e.status, e.reply, e.stage, e.remote_mta, e.reporter, e.diagnostic, e.blocklist,
				e.rule, e.rules, e.message, e.repeated, e.home, e.token, e.headers)::carom.event ORDER BY e.id) AS events
		FROM (
			SELECT x.*, row_number() OVER (PARTITION BY x.day ORDER BY x.id) / 2000 AS n
			FROM carom.event x
			WHERE (here IS NULL OR x.home = here) AND x.day >= since AND x.cause IS NOT NULL AND x.address <> ''
				AND x.confidence IN ('proven', 'matched', 'claimed')
		) e
		GROUP BY e.day, e.n
		ORDER BY e.day, e.n
	LOOP
		due := due || carom._due(here, chunk.events, NULL, NULL, chunk.day);
	END LOOP;
	RETURN due;
END
$$;

-- The list that the history makes: of what it brings, what is in force now, by the
-- rule that decides between two suppressions of one address, and not what staff took off.
CREATE OR REPLACE FUNCTION carom._history_list(here int, since date) RETURNS carom.suppression[]
LANGUAGE plpgsql
AS $$
DECLARE
	due     carom.suppression[] := carom._history_due(here, since);
	removed jsonb;
	list    carom.suppression[] := '{}';
	held    carom.suppression;
	next    carom.suppression;
BEGIN
	SELECT coalesce(jsonb_object_agg(l.key, l.at), '{}') INTO removed
		FROM (SELECT jsonb_build_array(l.address, l.account, l.stream)::text AS key, max(l.at) AS at
			FROM carom.suppression_log l WHERE (here IS NULL OR l.home = here) AND l.change = 'remove' GROUP BY 1) l;
	FOR next IN SELECT * FROM unnest(due) d ORDER BY d.address, d.account, d.stream, d.since, d.event LOOP
		CONTINUE WHEN next.since <= (removed ->> jsonb_build_array(next.address, next.account, next.stream)::text)::timestamptz;
		IF (held.address, held.account, held.stream) = (next.address, next.account, next.stream) THEN
			IF carom._yields(held.source, held.reason, held.expires_at, next.source, next.reason, next.expires_at, next.since) THEN
				held := next;
			END IF;
		ELSE
			IF held.address IS NOT NULL AND coalesce(held.expires_at > now(), true) THEN
				list := list || held;
			END IF;
			held := next;
		END IF;
	END LOOP;
	IF held.address IS NOT NULL AND coalesce(held.expires_at > now(), true) THEN
		list := list || held;
	END IF;
	RETURN list;
END
$$;

-- How the list that there is differs from the one that the history makes. Only what
-- the history can judge is released: a server's word that it still holds.
CREATE OR REPLACE FUNCTION carom._history_diff(here int, first_day date)
RETURNS TABLE (change text, new carom.suppression, old carom.suppression)
LANGUAGE plpgsql
AS $$
DECLARE
	list carom.suppression[] := carom._history_list(here, first_day);
	now_ carom.suppression[] := '{}';
	held carom.suppression;
BEGIN
	-- one table a statement, for Citus
	FOR held IN
		SELECT s.* FROM carom.suppression s
		WHERE (here IS NULL OR s.home = here) AND (s.expires_at IS NULL OR s.expires_at > now())
			AND (s.source IN ('bounce', 'upstream') AND s.event_day >= first_day OR s.address = ANY (ARRAY(SELECT l.address FROM unnest(list) l)))
	LOOP
		now_ := now_ || held;
	END LOOP;
	RETURN QUERY
		SELECT c.change, x.n, x.s
		FROM (
			SELECT CASE WHEN n.address IS NOT NULL THEN n END AS n, CASE WHEN s.address IS NOT NULL THEN s END AS s,
				n.expires_at AS n_end, s.expires_at AS s_end, n.address AS n_address, s.address AS s_address,
				s.source IN ('bounce', 'upstream') AND s.event_day >= first_day AS ours
			FROM unnest(list) n FULL JOIN unnest(now_) s USING (address, account, stream)
		) x, LATERAL (SELECT CASE
			WHEN x.s_address IS NULL THEN 'add'
			WHEN NOT x.ours THEN NULL
			WHEN x.n_address IS NULL THEN 'release'
			WHEN x.n_end IS NULL AND x.s_end IS NOT NULL OR x.n_end > x.s_end + interval '1 day' THEN 'longer'
			WHEN x.s_end IS NULL AND x.n_end IS NOT NULL OR x.n_end < x.s_end - interval '1 day' THEN 'shorter'
			END AS change) c
		WHERE c.change IS NOT NULL;
END
$$;

-- Tries: the difference for all homes, with the policy as it stands.
CREATE OR REPLACE FUNCTION carom._history_diffs(since date) RETURNS TABLE (change text, new carom.suppression, old carom.suppression)
LANGUAGE plpgsql
AS $$
BEGIN
	IF carom.setting('distributed') IS DISTINCT FROM 'yes' THEN
		RETURN QUERY SELECT * FROM carom._history_diff(NULL, since);
	ELSE
		FOR here IN 0 .. 63 LOOP
			RETURN QUERY SELECT * FROM carom._history_diff(here, since);
		END LOOP;
	END IF;
END
$$;

-- Whose reports these events are of: event -> report.key.
CREATE OR REPLACE FUNCTION carom._report_keys(rows carom.suppression[]) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	events  bigint[];
	reports bigint[];
	keys    jsonb;
BEGIN
	-- one table a statement, for Citus
	SELECT array_agg(e.id), array_agg(e.report) INTO events, reports
		FROM (SELECT e.id, e.report FROM carom.event e
			WHERE e.address = ANY (ARRAY(SELECT r.address FROM unnest(rows) r)) AND e.day = ANY (ARRAY(SELECT r.event_day FROM unnest(rows) r))
				AND e.id = ANY (ARRAY(SELECT r.event FROM unnest(rows) r))) e;
	SELECT jsonb_object_agg(r.id, r.key) INTO keys FROM (SELECT r.id, r.key FROM carom.report r WHERE r.id = ANY (reports)) r;
	RETURN (SELECT jsonb_object_agg(x.event, keys ->> x.report::text) FROM unnest(events, reports) AS x(event, report));
END
$$;

-- Puts on the list what the history brings there, and counts it with its events.
CREATE OR REPLACE FUNCTION carom._apply_added(here int, rows carom.suppression[]) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	made carom.suppression[] := carom._put_on(here, rows);
	new  carom.suppression[] := ARRAY(SELECT m FROM unnest(made) m WHERE m.changes = 1);
BEGIN
	IF new <> '{}' THEN
		-- in the order in which record() takes them
		INSERT INTO carom.tally AS t (day, account, stream, provider, kind, action, category, class, feedback_type, confidence, suppressions, home)
			SELECT x.*, h.home FROM carom.home h, (
				SELECT e.day, e.account, e.stream, e.provider, e.kind, coalesce(e.action, ''), coalesce(e.category, ''), coalesce(e.class, ''),
					coalesce(e.feedback_type, ''), coalesce(e.confidence, ''), count(*)
				FROM carom.event e
				WHERE (here IS NULL OR e.home = here) AND e.address = ANY (ARRAY(SELECT n.address FROM unnest(new) n))
					AND e.day = ANY (ARRAY(SELECT n.event_day FROM unnest(new) n)) AND e.id = ANY (ARRAY(SELECT n.event FROM unnest(new) n))
				GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) x
			WHERE h.home = coalesce(here, 0)
			ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
			ON CONFLICT ON CONSTRAINT tally_pkey DO UPDATE SET suppressions = t.suppressions + excluded.suppressions;
	END IF;
	RETURN coalesce(cardinality(made), 0);
END
$$;

-- Gives a suppression another end, if nobody changed it meanwhile.
CREATE OR REPLACE FUNCTION carom._apply_end(old carom.suppression, ends timestamptz, author text, note text) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	place int := (carom._homes(ARRAY[old.address]))[1];
	made carom.suppression;
	trace record;
BEGIN
	UPDATE carom.suppression s SET expires_at = ends, changed_at = now(), changes = s.changes + 1, author = _apply_end.author,
			login = session_user, note = _apply_end.note
		WHERE (place IS NULL OR s.home = place) AND s.address = old.address AND s.account = old.account AND s.stream = old.stream
			AND s.changed_at = old.changed_at AND s.source = old.source AND s.reason = old.reason
		RETURNING * INTO made;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO carom.suppression_log (day, change, address, account, stream, reason, source, expires_at, provider, status, rule, rules, confidence,
			said_by, report_key, event, event_day, author, note, home)
		VALUES (carom.day(), 'replace', made.address, made.account, made.stream, made.reason, made.source, made.expires_at, made.provider,
			made.status, made.rule, made.rules, made.confidence, made.said_by, made.report_key, made.event, made.event_day, made.author,
			made.note, carom._home_of(made.address))
		RETURNING id, xact INTO trace;
	PERFORM carom._feed_changes_at(carom._home_of(made.address), trace.xact, ARRAY[trace.id]);
	RETURN true;
END
$$;

-- Makes the list as the differences have it. Answers how many were added, released, changed.
CREATE OR REPLACE FUNCTION carom._apply_diffs(changes text[], new carom.suppression[], old carom.suppression[], author text, note text)
RETURNS bigint[]
LANGUAGE plpgsql
AS $$
DECLARE
	keys  jsonb;
	due   carom.suppression[] := '{}';
	one   carom.suppression;
	here  int;
	done  bigint[] := '{0,0,0}';
BEGIN
	-- a report that is counted now counts before this, or finds it in the log
	PERFORM carom._lock_addresses(ARRAY(SELECT n.address FROM unnest(new) n UNION SELECT o.address FROM unnest(old) o));
	done[2] := (SELECT count(*) FROM carom._take_off(ARRAY(SELECT old[c.n] FROM unnest(changes) WITH ORDINALITY AS c(c, n)
		WHERE c.c = 'release'), author, note));

	keys := carom._report_keys(ARRAY(SELECT new[c.n] FROM unnest(changes) WITH ORDINALITY AS c(c, n) WHERE c.c = 'add'));
	FOR i IN 1 .. coalesce(cardinality(changes), 0) LOOP
		IF changes[i] = 'add' THEN
			one := new[i];
			one.since := now();
			one.changed_at := now();
			one.author := author;
			one.note := note;
			one.report_key := keys ->> one.event::text;
			due := due || one;
		END IF;
	END LOOP;
	IF due <> '{}' AND carom.setting('distributed') = 'yes' THEN
		FOR here IN SELECT DISTINCT d.home FROM unnest(due) d ORDER BY 1 LOOP
			done[1] := done[1] + carom._apply_added(here, ARRAY(SELECT d FROM unnest(due) d WHERE d.home = here));
		END LOOP;
	ELSIF due <> '{}' THEN
		done[1] := carom._apply_added(NULL, due);
	END IF;

	FOR i IN 1 .. coalesce(cardinality(changes), 0) LOOP
		IF changes[i] IN ('longer', 'shorter') AND carom._apply_end(old[i], (new[i]).expires_at, author, note) THEN
			done[3] := done[3] + 1;
		END IF;
	END LOOP;
	PERFORM pg_notify('carom_suppression', '');
	RETURN done;
END
$$;

DROP FUNCTION IF EXISTS carom.policy_try(date, jsonb, boolean, text, text);
CREATE FUNCTION carom.policy_try(since date DEFAULT NULL, policy jsonb DEFAULT NULL, apply boolean DEFAULT false, note text DEFAULT NULL,
	author text DEFAULT session_user)
RETURNS TABLE (change text, address text, account text, stream text, reason text, source text, expires_at timestamptz, reason_now text,
	expires_now timestamptz, provider text, rule text, event_day date)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
	kept_from date := greatest(carom.setting('pruned_before')::date, since);
	p         carom.policy := CASE WHEN policy IS NOT NULL THEN carom._policy_of(policy) END;
	changes   text[];
	new       carom.suppression[];
	old       carom.suppression[];
	done      bigint[];
BEGIN
	IF apply AND coalesce(btrim(note), '') = '' THEN
		RAISE EXCEPTION 'a note is needed to change the list' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF policy IS NOT NULL AND apply THEN
		PERFORM carom.policy_set(policy || jsonb_build_object('note', note), author);
	END IF;
	-- What is only tried is undone again, by this exception, before anybody sees it.
	BEGIN
		IF policy IS NOT NULL AND NOT apply THEN
			PERFORM carom._put_policy(p);
		END IF;
		SELECT array_agg(d.change), array_agg(d.new), array_agg(d.old) INTO changes, new, old FROM carom._history_diffs(kept_from) d;
		IF policy IS NOT NULL AND NOT apply THEN
			RAISE EXCEPTION USING ERRCODE = 'CA000';
		END IF;
	EXCEPTION WHEN SQLSTATE 'CA000' THEN
		NULL;
	END;
	IF apply THEN
		done := carom._apply_diffs(changes, new, old, carom._author(author), left(note, 2000));
		INSERT INTO carom.policy_log (change, added, released, changed, author, login, note)
			VALUES ('apply', done[1], done[2], done[3], carom._author(author), session_user, left(note, 2000));
	END IF;
	RETURN QUERY
		SELECT c.change, coalesce((new[c.n]).address, (old[c.n]).address), coalesce((new[c.n]).account, (old[c.n]).account),
			coalesce((new[c.n]).stream, (old[c.n]).stream), (new[c.n]).reason, coalesce((new[c.n]).source, (old[c.n]).source),
			(new[c.n]).expires_at, (old[c.n]).reason, (old[c.n]).expires_at, coalesce((new[c.n]).provider, (old[c.n]).provider),
			coalesce((new[c.n]).rule, (old[c.n]).rule), coalesce((new[c.n]).event_day, (old[c.n]).event_day)
		FROM unnest(changes) WITH ORDINALITY AS c(change, n)
		ORDER BY 1, 2, 3, 4;
END
$$;
COMMENT ON FUNCTION carom.policy_try(date, jsonb, boolean, text, text) IS
	'how the list would change if the events since that day (all that are kept, if NULL) had met this row of policy besides those that there are: '
	'add, release, longer, shorter. apply sets the row and changes the list in one transaction, with a trace of each change. '
	'Never released: what a person asked for, what staff or an import put there, and what was brought by an event that is not looked at';
