-- SPDX-License-Identifier: BSD-2-Clause
-- carom - the suppression list: asking, adding, removing

-- Is it held by an incident, and are those mailed? Asked of few: of who is on the list.
CREATE OR REPLACE FUNCTION carom._mailed_though_held(of_address text, of_account text, of_stream text, of_event bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	place int := (carom._homes(ARRAY[of_address]))[1];
BEGIN
	IF carom.setting('held') IS DISTINCT FROM 'mailed' THEN
		RETURN false;
	END IF;
	RETURN EXISTS (SELECT FROM carom.held h
		WHERE (place IS NULL OR h.home = place) AND (h.address, h.account, h.stream, h.event) = (of_address, of_account, of_stream, of_event));
END
$$;

-- The names under which an entry may hold for an address: its own, that of one who was
-- forgotten, those of its mailbox, its domain's, and "@.example.org" for each domain that it lies below.
CREATE OR REPLACE FUNCTION carom._names(address text) RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	plain  text := carom.normalise(address);
	domain text := split_part(plain, '@', -1);
	names  text[] := array_remove(ARRAY[plain, '@' || domain], NULL);
	dot    int;
BEGIN
	-- asked for each mail that is sent, so what mostly nobody uses costs a look only
	IF EXISTS (SELECT FROM carom.forget_key) THEN
		names := array_remove(names || carom._hidden_name(plain), NULL);
	END IF;
	IF (SELECT s.value FROM carom.setting s WHERE s.name = 'mailboxes') <> '{}' THEN
		names := names || carom._mailbox_names(plain);
	END IF;
	LOOP
		dot := strpos(domain, '.');
		EXIT WHEN coalesce(dot, 0) = 0;
		domain := substr(domain, dot + 1);
		names := names || ('@.' || domain);
	END LOOP;
	RETURN names;
END
$$;

-- Whether the setting names this stream, alone or with its account.
CREATE OR REPLACE FUNCTION carom._is_transactional(account text, stream text) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	streams text[];
BEGIN
	IF coalesce(stream, '') = '' THEN
		RETURN false;
	END IF;
	streams := (SELECT s.value FROM carom.setting s WHERE s.name = 'transactional_streams')::text[];
	RETURN coalesce(stream = ANY (streams) OR account || '/' || stream = ANY (streams), false);
END
$$;

-- Whether an entry for more than this stream stops a transactional one: a dead
-- mailbox and the word of staff do. What a person said of a newsletter and what ends
-- by itself do only where the policy says so.
CREATE OR REPLACE FUNCTION carom._stops_transactional(s carom.suppression) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	IF NOT (s.source IN ('complaint', 'unsubscribe') OR s.reason = 'unsubscribe_request' OR s.reason LIKE 'complaint:%'
			OR s.expires_at IS NOT NULL AND s.source <> 'staff') THEN
		RETURN true;
	END IF;
	RETURN coalesce((
		SELECT p.transactional FROM carom.policy p
		WHERE p.category = s.reason AND p.account IN ('', s.account) AND p.stream IN ('', s.stream) AND p.provider IN ('', s.provider)
			AND p.status IN ('', coalesce(s.status, '')) AND p.reply = ''
		ORDER BY p.account <> '' DESC, p.stream <> '' DESC, p.provider <> '' DESC, p.status <> '' DESC
		LIMIT 1), false);
END
$$;

-- Asked for each mail that is sent. Left to itself, Postgres would make a plan of
-- its own each time, for it takes any list of names to be longer than it is: that
-- is three quarters of the work.
CREATE OR REPLACE FUNCTION carom.suppressed(address text, account text DEFAULT '', stream text DEFAULT '')
RETURNS SETOF carom.suppression
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	names    text[] := carom._names($1);
	homes    int[];
	critical boolean;
	held     carom.suppression;
BEGIN
	IF (SELECT s.value FROM carom.setting s WHERE s.name = 'distributed') = 'yes' THEN
		homes := carom._homes(names);
	END IF;
	FOR held IN
		SELECT s.* FROM carom.suppression s
		WHERE (homes IS NULL OR s.home = ANY (homes)) AND s.address = ANY (names)
			AND s.account IN ('', coalesce($2, '')) AND s.stream IN ('', coalesce($3, ''))
			AND (s.expires_at IS NULL OR s.expires_at > now())
		ORDER BY s.account <> '', s.stream <> '', left(s.address, 1) = '@', s.address
	LOOP
		CONTINUE WHEN held.event IS NOT NULL AND carom._mailed_though_held(held.address, held.account, held.stream, held.event);
		critical := coalesce(critical, carom._is_transactional($2, $3));  -- asked of few: most addresses are on no list
		IF NOT critical OR held.stream = $3 OR carom._stops_transactional(held) THEN
			RETURN NEXT held;
			RETURN;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION carom.suppressed(text, text, text) IS
	'the suppression that forbids mail of this account and stream to this address, the widest if there are several; no row: it may be mailed. '
	'For a transactional stream, what a person said of other mail and what ends by itself forbid nothing, unless the policy says so';

CREATE OR REPLACE FUNCTION carom.suppressions_of(address text) RETURNS SETOF carom.suppression
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	names text[] := carom._names($1);
	homes int[] := carom._homes(names);
BEGIN
	RETURN QUERY
		SELECT s.* FROM carom.suppression s
		WHERE (homes IS NULL OR s.home = ANY (homes)) AND s.address = ANY (names)
			AND (s.expires_at IS NULL OR s.expires_at > now())
		ORDER BY s.account, s.stream, left(s.address, 1) = '@';
END
$$;
COMMENT ON FUNCTION carom.suppressions_of(text) IS
	'every suppression in force of this address or its domain, whatever account or stream it is for, the widest first';

CREATE OR REPLACE FUNCTION carom.suppressions(account text DEFAULT NULL, stream text DEFAULT NULL)
RETURNS SETOF carom.suppression
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
		SELECT s.* FROM carom.suppression s
		WHERE ($1 IS NULL OR s.account = $1) AND ($2 IS NULL OR s.stream = $2)
			AND (s.expires_at IS NULL OR s.expires_at > now())
		ORDER BY s.address, s.account, s.stream;
END
$$;
COMMENT ON FUNCTION carom.suppressions(text, text) IS 'the list as it is in force, of one account or stream or of all (NULL)';

-- What a list says is one thing; what stops mail of a stream, suppressed() decides.
CREATE OR REPLACE FUNCTION carom.suppressions_stopping(account text, stream text DEFAULT '')
RETURNS SETOF carom.suppression
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	critical boolean := carom._is_transactional($1, $2);
	mailed   boolean := carom.setting('held') = 'mailed';
	held     carom.suppression;
BEGIN
	-- one after the other: a machine of Citus can say neither of its rows
	FOR held IN
		SELECT s.* FROM carom.suppression s
		WHERE s.account IN ('', coalesce($1, '')) AND s.stream IN ('', coalesce($2, '')) AND (s.expires_at IS NULL OR s.expires_at > now())
		ORDER BY s.address, s.account, s.stream
	LOOP
		CONTINUE WHEN critical AND held.stream <> $2 AND NOT carom._stops_transactional(held);
		CONTINUE WHEN mailed AND held.event IS NOT NULL AND carom._mailed_though_held(held.address, held.account, held.stream, held.event);
		RETURN NEXT held;
	END LOOP;
END
$$;
COMMENT ON FUNCTION carom.suppressions_stopping(text, text) IS
	'the entries that forbid mail of this account and stream to somebody, as suppressed() has it: for a transactional stream without those that do not '
	'stop it, and without what is held and mailed';

CREATE OR REPLACE FUNCTION carom.stops_transactional(s carom.suppression) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN coalesce(carom.setting('transactional_streams'), '{}') = '{}' OR carom._is_transactional(s.account, s.stream)
		OR carom._stops_transactional(s);
END
$$;
COMMENT ON FUNCTION carom.stops_transactional(carom.suppression) IS
	'whether an entry also stops transactional streams, or is for one itself; true where no stream is transactional';

CREATE OR REPLACE FUNCTION carom._list_address(given text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	plain text := carom.normalise(given);
BEGIN
	IF plain IS NOT NULL THEN
		RETURN plain;
	END IF;
	RAISE EXCEPTION '"%" is neither an address nor @domain or @.domain', left(given, 400)
		USING ERRCODE = 'invalid_parameter_value';
END
$$;

-- Two suppressions of the same address in the same scope are one row. Which of
-- them stays? What lasts for good beats what expires, a person's word ("no
-- more!") beats a server's, and nothing gets shorter. Used by all who write.
DROP FUNCTION IF EXISTS carom._yields(carom.suppression, text, text, timestamptz);
CREATE OR REPLACE FUNCTION carom._yields(held_source text, held_reason text, held_expires timestamptz, source text, reason text,
	expires timestamptz, moment timestamptz)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE
		WHEN held_expires <= moment THEN true
		WHEN held_expires IS NULL THEN expires IS NULL
			AND held_source IN ('bounce', 'upstream') AND source IN ('complaint', 'unsubscribe')
		WHEN expires IS NULL THEN true
		-- the same bounce again prolongs nothing; a person who says so does
		ELSE expires > held_expires AND (held_reason <> reason OR source IN ('staff', 'import'))
	END
$$;

-- An author is what somebody says; carom is the program's own name, and who was
-- logged in is kept beside it.
CREATE OR REPLACE FUNCTION carom._author(given text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	IF lower(btrim(given)) = 'carom' AND session_user <> 'carom' THEN
		RAISE EXCEPTION 'carom is the author of what the program does; % is not', session_user USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN left(coalesce(nullif(btrim(given), ''), session_user), 100);
END
$$;

DROP FUNCTION IF EXISTS carom.suppress(text, text, text, text, text, timestamptz, text, text);
CREATE FUNCTION carom.suppress(address text, reason text, account text DEFAULT '', stream text DEFAULT '',
	note text DEFAULT NULL, expires_at timestamptz DEFAULT NULL, author text DEFAULT session_user,
	source text DEFAULT 'staff')
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	plain text := carom._kept_as(carom._list_address(suppress.address));
	made  carom.suppression;
	trace record;
BEGIN
	IF coalesce(btrim(suppress.reason), '') = '' THEN
		RAISE EXCEPTION 'a reason is needed to suppress %', plain USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF suppress.source NOT IN ('staff', 'import') THEN
		RAISE EXCEPTION 'source is staff or import, not "%"', suppress.source USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF suppress.expires_at <= now() THEN
		RAISE EXCEPTION 'the suppression would already have expired' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	INSERT INTO carom.suppression AS s (address, account, stream, spelling, reason, source, since, changed_at, expires_at, author,
			login, note, home)
		VALUES (plain, left(coalesce(suppress.account, ''), 128), left(coalesce(suppress.stream, ''), 128),
			CASE WHEN carom._is_hidden(plain) THEN plain ELSE btrim(suppress.address, E' \t\r\n') END, left(btrim(suppress.reason), 100), suppress.source, now(), now(), suppress.expires_at,
			carom._author(suppress.author), session_user, left(nullif(suppress.note, ''), 2000), carom._home_of(plain))
		ON CONFLICT ON CONSTRAINT suppression_pkey DO UPDATE SET
			reason = excluded.reason, source = excluded.source, expires_at = excluded.expires_at,
			since = CASE WHEN s.expires_at <= excluded.changed_at THEN excluded.since ELSE s.since END,
			changes = CASE WHEN s.expires_at <= excluded.changed_at THEN 1 ELSE s.changes + 1 END,
			changed_at = excluded.changed_at, provider = '', status = NULL, rule = NULL, rules = NULL,
			confidence = NULL, said_by = NULL, report_key = NULL, event = NULL, event_day = NULL,
			author = excluded.author, login = excluded.login, note = excluded.note
		WHERE carom._yields(s.source, s.reason, s.expires_at, excluded.source, excluded.reason, excluded.expires_at, excluded.changed_at)
		RETURNING * INTO made;
	IF NOT FOUND THEN
		RETURN 'kept';
	END IF;
	INSERT INTO carom.suppression_log (day, change, address, account, stream, reason, source, expires_at, author, note, home)
		VALUES (carom.day(), CASE WHEN made.changes = 1 THEN 'add' ELSE 'replace' END, made.address, made.account, made.stream,
			made.reason, made.source, made.expires_at, made.author, made.note, made.home)
		RETURNING id, xact INTO trace;
	PERFORM carom._feed_changes_at(made.home, trace.xact, ARRAY[trace.id]);
	PERFORM pg_notify('carom_suppression', '');
	RETURN CASE made.changes WHEN 1 THEN 'added' ELSE 'replaced' END;
END
$$;
COMMENT ON FUNCTION carom.suppress(text, text, text, text, text, timestamptz, text, text) IS
	'mail this address (or @domain) no more. Answers added, replaced (was suppressed, now for longer), or kept (what was there is as strong)';

CREATE OR REPLACE FUNCTION carom._log_removal(gone carom.suppression, author text, note text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	trace record;
BEGIN
	INSERT INTO carom.suppression_log (day, change, address, account, stream, reason, source, expires_at, provider,
			status, rule, rules, confidence, said_by, report_key, event, event_day, author, note, home)
		VALUES (carom.day(), 'remove', gone.address, gone.account, gone.stream, gone.reason, gone.source, gone.expires_at,
			gone.provider, gone.status, gone.rule, gone.rules, gone.confidence, gone.said_by, gone.report_key, gone.event,
			gone.event_day, carom._author(author), left(note, 2000), carom._home_of(gone.address))
		RETURNING id, xact INTO trace;
	PERFORM carom._feed_changes_at(carom._home_of(gone.address), trace.xact, ARRAY[trace.id]);
END
$$;

DROP FUNCTION IF EXISTS carom.unsuppress(text, text, text, text, text);
CREATE FUNCTION carom.unsuppress(address text, note text, account text DEFAULT '', stream text DEFAULT '',
	author text DEFAULT session_user)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	gone carom.suppression;
	name text := carom._entry_name(unsuppress.address);
BEGIN
	IF coalesce(btrim(unsuppress.note), '') = '' THEN
		RAISE EXCEPTION 'a note is needed to remove a suppression' USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Say why this address may be mailed again.';
	END IF;
	-- a report that is counted now counts before this, or finds it in the log
	PERFORM carom._lock_addresses(ARRAY[name]);
	DELETE FROM carom.suppression s
		WHERE s.address = name
			AND s.account = coalesce(unsuppress.account, '') AND s.stream = coalesce(unsuppress.stream, '')
		RETURNING * INTO gone;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM carom._log_removal(gone, unsuppress.author, unsuppress.note);
	PERFORM pg_notify('carom_suppression', '');
	RETURN true;
END
$$;
COMMENT ON FUNCTION carom.unsuppress(text, text, text, text, text) IS
	'take exactly this row off the list, with a note that says why; false if there is none. What happened before no longer counts against the address';

-- Writes into the log what became of rows, which all lie here, or anywhere if that is
-- NULL. of_day NULL: the day of their evidence.
CREATE OR REPLACE FUNCTION carom._log_changes(here int, of_change text, of_day date, rows carom.suppression[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	homes      int[] := ARRAY(SELECT DISTINCT r.home FROM unnest(rows) r);
	ids        bigint[] := ARRAY(SELECT nextval('carom.suppression_log_id_seq') FROM unnest(rows) r);
	written_by xid8 := pg_current_xact_id();
BEGIN
	IF rows = '{}' THEN
		RETURN;
	END IF;
	INSERT INTO carom.suppression_log (id, at, day, change, address, account, stream, reason, source, expires_at, provider, status, rule, rules,
			confidence, said_by, report_key, event, event_day, author, note, home, xact)
		SELECT l.id, l.at, l.day, of_change, l.address, l.account, l.stream, l.reason, l.source, l.expires_at, l.provider, l.status, l.rule, l.rules,
			l.confidence, l.said_by, l.report_key, l.event, l.event_day, l.author, l.note, h.home, written_by
		FROM carom.home h, (
			SELECT ids[r.ordinality] AS id, clock_timestamp() AS at, coalesce(of_day, r.event_day) AS day, r.address, r.account, r.stream, r.reason,
				r.source, r.expires_at, r.provider, r.status, r.rule, r.rules, r.confidence, r.said_by, r.report_key, r.event, r.event_day, r.author,
				r.note, r.home
			FROM unnest(rows) WITH ORDINALITY AS r) l
		WHERE h.home = ANY (homes) AND h.home = l.home;
	PERFORM carom._feed_changes_at(here, written_by, ids);
END
$$;

-- Takes these rows off the list, those of them that nobody changed meanwhile, with a
-- trace of each, and gives what went.
CREATE OR REPLACE FUNCTION carom._take_off(rows carom.suppression[], author text, note text) RETURNS SETOF carom.suppression
LANGUAGE plpgsql
AS $$
DECLARE
	who   text := carom._author(author);
	homes int[] := ARRAY(SELECT DISTINCT carom._home_of(r.address) FROM unnest(rows) r);
	place int;  -- where Citus looks
	held  carom.suppression;
	gone  carom.suppression[] := '{}';
	ids   bigint[] := '{}';  -- of their rows in the log
	written_by xid8 := pg_current_xact_id();
	today date := carom.day();  -- asked here: a machine of Citus may not
BEGIN
	IF coalesce(cardinality(rows), 0) = 0 THEN
		RETURN;
	END IF;
	-- a report that is counted now counts before this, or finds it in the log
	PERFORM carom._lock_addresses(ARRAY(SELECT r.address FROM unnest(rows) r));
	-- In the order of the key, which is how record() takes them too.
	FOR held IN SELECT * FROM unnest(rows) r ORDER BY r.address, r.account, r.stream LOOP
		place := (carom._homes(ARRAY[held.address]))[1];
		DELETE FROM carom.suppression s
			WHERE (place IS NULL OR s.home = place) AND s.address = held.address AND s.account = held.account AND s.stream = held.stream
				AND s.changed_at = held.changed_at AND s.source = held.source AND s.reason = held.reason;
		IF FOUND THEN
			gone := gone || held;
			ids := ids || nextval('carom.suppression_log_id_seq');
		END IF;
	END LOOP;
	IF gone = '{}' THEN
		RETURN;
	END IF;
	INSERT INTO carom.suppression_log (id, at, day, change, address, account, stream, reason, source, expires_at, provider, status, rule, rules,
			confidence, said_by, report_key, event, event_day, author, note, home, xact)
		SELECT l.id, l.at, l.day, 'remove', l.address, l.account, l.stream, l.reason, l.source, l.expires_at, l.provider, l.status, l.rule, l.rules,
			l.confidence, l.said_by, l.report_key, l.event, l.event_day, l.author, l.note, h.home, l.xact
		FROM carom.home h, (
			SELECT ids[g.ordinality] AS id, clock_timestamp() AS at, today AS day, g.address, g.account, g.stream, g.reason,
				g.source, g.expires_at, g.provider, g.status, g.rule, g.rules, g.confidence, g.said_by, g.report_key, g.event, g.event_day,
				who AS author, left(_take_off.note, 2000) AS note, carom._home_of(g.address) AS home, written_by AS xact
			FROM unnest(gone) WITH ORDINALITY AS g) l
		WHERE h.home = ANY (homes) AND h.home = l.home;
	IF carom.setting('distributed') = 'yes' THEN
		FOREACH place IN ARRAY homes LOOP
			PERFORM carom._feed_changes_at(place, written_by, ARRAY(
				SELECT ids[g.ordinality] FROM unnest(gone) WITH ORDINALITY AS g WHERE carom._home_of(g.address) = place ORDER BY 1));
		END LOOP;
	END IF;
	PERFORM pg_notify('carom_suppression', '');
	RETURN QUERY SELECT * FROM unnest(gone);
END
$$;

-- What servers brought onto the list in that time for one cause; never what a person
-- asked for. NULL for any.
CREATE OR REPLACE FUNCTION carom._by_cause(from_time timestamptz, to_time timestamptz, reason text, rule text, provider text,
	account text, stream text, template text)
RETURNS SETOF carom.suppression
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	IF num_nonnulls($3, $4, $5, $8) = 0 AND (coalesce($1, '-infinity') = '-infinity' OR coalesce($2, 'infinity') = 'infinity') THEN
		RAISE EXCEPTION 'a reason, a rule, a provider or the template of a reply is needed, or a time with its begin and its end'
			USING ERRCODE = 'invalid_parameter_value', HINT = 'This undoes what one cause did; it does not empty the list.';
	END IF;
	RETURN QUERY
		SELECT s.* FROM carom.suppression s
		WHERE s.changed_at >= coalesce($1, '-infinity') AND s.changed_at < coalesce($2, 'infinity') AND s.source IN ('bounce', 'upstream')
			AND ($3 IS NULL OR s.reason = $3) AND ($4 IS NULL OR s.rule = $4) AND ($5 IS NULL OR s.provider = $5)
			AND ($6 IS NULL OR s.account = $6) AND ($7 IS NULL OR s.stream = $7)
			AND ($8 IS NULL OR EXISTS (
				SELECT FROM carom.event e
				WHERE e.home = s.home AND e.address = s.address AND e.day = s.event_day AND e.id = s.event
					-- as it is shown, or a reply as it was
					AND (carom.reply_template(e.diagnostic, e.address, e.status, e.reply) = $8
						OR carom.reply_template(e.diagnostic, e.address) = carom.reply_template($8))))
		ORDER BY s.address, s.account, s.stream;
END
$$;

DROP FUNCTION IF EXISTS carom.unsuppress_cause(text, timestamptz, timestamptz, text, text, text, text, text, boolean);
DROP FUNCTION IF EXISTS carom.unsuppress_cause(text, timestamptz, timestamptz, text, text, text, text, text, boolean, text, text);
CREATE FUNCTION carom.unsuppress_cause(note text, from_time timestamptz, to_time timestamptz,
	reason text DEFAULT NULL, rule text DEFAULT NULL, provider text DEFAULT NULL, account text DEFAULT NULL,
	author text DEFAULT session_user, dry_run boolean DEFAULT false, stream text DEFAULT NULL, template text DEFAULT NULL)
RETURNS SETOF carom.suppression
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	held carom.suppression;
	rows carom.suppression[] := '{}';
BEGIN
	IF coalesce(btrim(note), '') = '' THEN
		RAISE EXCEPTION 'a note is needed to remove suppressions' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	FOR held IN SELECT * FROM carom._by_cause(from_time, to_time, reason, rule, provider, account, stream, template) LOOP
		rows := rows || held;
	END LOOP;
	IF dry_run THEN
		RETURN QUERY SELECT * FROM unnest(rows);
	ELSE
		RETURN QUERY SELECT * FROM carom._take_off(rows, author, note);
	END IF;
END
$$;
COMMENT ON FUNCTION carom.unsuppress_cause(text, timestamptz, timestamptz, text, text, text, text, text, boolean, text, text) IS
	'take off all that servers brought onto the list in that time for one reason, rule, provider or template of a reply, when the cause was ours; '
	'never what a person asked for. dry_run only shows them';

CREATE OR REPLACE FUNCTION carom.count_cause(from_time timestamptz, to_time timestamptz, of_reason text DEFAULT NULL, of_rule text DEFAULT NULL,
	of_provider text DEFAULT NULL, account text DEFAULT NULL, stream text DEFAULT NULL, of_template text DEFAULT NULL)
RETURNS TABLE (reason text, rule text, provider text, template text, suppressions bigint, first timestamptz, last timestamptz, others bigint,
	samples text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	held    carom.suppression;
	rows    carom.suppression[] := '{}';
	replies jsonb := '{}';
	spoken  text[];
BEGIN
	FOR held IN SELECT * FROM carom._by_cause($1, $2, $3, $4, $5, $6, $7, $8) LOOP
		rows := rows || held;
	END LOOP;
	-- each of the two asks one table, so that Citus can answer as well
	SELECT coalesce(jsonb_object_agg(e.id, carom.reply_template(e.diagnostic, e.address, e.status, e.reply)), '{}') INTO replies
		FROM (SELECT e.id, e.address, e.diagnostic, e.status, e.reply FROM carom.event e
			WHERE e.address = ANY (ARRAY(SELECT r.address FROM unnest(rows) r)) AND e.day = ANY (ARRAY(SELECT r.event_day FROM unnest(rows) r))
				AND e.id = ANY (ARRAY(SELECT r.event FROM unnest(rows) r))) e;
	SELECT array_agg(DISTINCT e.address) INTO spoken
		FROM (SELECT e.address, e.rule FROM carom.event e
			WHERE e.address = ANY (ARRAY(SELECT r.address FROM unnest(rows) r)) AND e.cause IS NOT NULL AND e.class = 'hard'
				AND e.confidence IN ('proven', 'matched', 'claimed')) e
			JOIN unnest(rows) r ON r.address = e.address AND r.rule IS DISTINCT FROM e.rule;
	RETURN QUERY
		SELECT r.reason, r.rule, r.provider, x.template, count(*), min(r.changed_at), max(r.changed_at),
			count(*) FILTER (WHERE r.address = ANY (spoken)), (array_agg(r.address ORDER BY r.changed_at DESC, r.address))[:3]
		FROM unnest(rows) r, LATERAL (SELECT replies ->> r.event::text AS template) x
		GROUP BY 1, 2, 3, 4
		ORDER BY 5 DESC, 1, 2, 3, 4;
END
$$;
COMMENT ON FUNCTION carom.count_cause(timestamptz, timestamptz, text, text, text, text, text, text) IS
	'what unsuppress_cause() would take off, counted by reason, rule, provider and template of the reply, with samples; others: those whom a hard '
	'bounce judged by another rule speaks against as well';

CREATE OR REPLACE FUNCTION carom.alive() RETURNS TABLE (address text, account text, stream text, reason text, source text, since timestamptz,
	expires_at timestamptz, seen timestamptz, sign text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
		SELECT x.address, x.account, x.stream, x.reason, x.source, x.since, x.expires_at, max(x.at),
			(array_agg(x.sign ORDER BY x.at DESC, x.sign))[1]
		FROM (
			SELECT s.address, s.account, s.stream, s.reason, s.source, s.since, s.expires_at, e.at, carom._sign_of_life(e.kind, e.action) AS sign
			FROM carom.suppression s JOIN carom.event e ON e.home = s.home AND e.address = s.address
			WHERE s.source IN ('bounce', 'upstream') AND (s.expires_at IS NULL OR s.expires_at > now())
				AND e.at > s.changed_at AND e.confidence IN ('proven', 'matched', 'claimed')
				AND carom._sign_of_life(e.kind, e.action) IS NOT NULL
			UNION ALL
			SELECT s.address, s.account, s.stream, s.reason, s.source, s.since, s.expires_at, d.at, 'accepted'
			FROM carom.suppression s JOIN carom.delivered d ON d.home = s.home AND d.address = s.address
			WHERE s.source IN ('bounce', 'upstream') AND (s.expires_at IS NULL OR s.expires_at > now()) AND d.at > s.changed_at) x
		GROUP BY 1, 2, 3, 4, 5, 6, 7
		ORDER BY 8 DESC, 1, 2, 3;
END
$$;
COMMENT ON FUNCTION carom.alive() IS
	'suppressions that a server''s word brought, of addresses that were proven alive since: mail was delivered there, or a person reads it; '
	'accepted: by the mail log, the next server took mail for it';

-- What proves that somebody has the mailbox; NULL: nothing. Relayed is no proof.
CREATE OR REPLACE FUNCTION carom._sign_of_life(kind text, action text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE
		WHEN action = 'delivered' AND kind IN ('bounce', 'delay', 'delivery') THEN 'delivered'
		WHEN kind = 'complaint' AND coalesce(action, 'complained') = 'complained' THEN 'complained'
		WHEN kind = 'unsubscribe' AND coalesce(action, 'unsubscribed') = 'unsubscribed' THEN 'unsubscribed'
		WHEN kind = 'auto_reply' THEN 'answered'
	END
$$;
