-- SPDX-License-Identifier: BSD-2-Clause
-- carom - the suppression list: asking, adding, removing

-- Is it held by an incident, and are those mailed? Asked of few: of who is on the list.
CREATE OR REPLACE FUNCTION carom._mailed_though_held(of_address text, of_account text, of_stream text, of_event bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN EXISTS (SELECT FROM carom.held h WHERE (h.address, h.account, h.stream, h.event) = (of_address, of_account, of_stream, of_event))
		AND carom.setting('held') = 'mailed';
END
$$;

CREATE OR REPLACE FUNCTION carom.suppressed(address text, account text DEFAULT '', stream text DEFAULT '')
RETURNS SETOF carom.suppression
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	names text[] := ARRAY[carom.normalise($1), '@' || split_part(carom.normalise($1), '@', -1)];
	homes int[] := carom._homes(names);
BEGIN
	RETURN QUERY
		SELECT s.* FROM carom.suppression s
		WHERE (homes IS NULL OR s.home = ANY (homes)) AND s.address = ANY (names)
			AND s.account IN ('', coalesce($2, '')) AND s.stream IN ('', coalesce($3, ''))
			AND (s.expires_at IS NULL OR s.expires_at > now())
			AND (homes IS NOT NULL OR s.event IS NULL OR NOT carom._mailed_though_held(s.address, s.account, s.stream, s.event))
		ORDER BY s.account <> '', s.stream <> '', left(s.address, 1) = '@'
		LIMIT 1;
END
$$;
COMMENT ON FUNCTION carom.suppressed(text, text, text) IS
	'the suppression that forbids mail of this account and stream to this address, the widest if there are several; no row: it may be mailed';

CREATE OR REPLACE FUNCTION carom.suppressions_of(address text) RETURNS SETOF carom.suppression
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	names text[] := ARRAY[carom.normalise($1), '@' || split_part(carom.normalise($1), '@', -1)];
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

CREATE OR REPLACE FUNCTION carom._list_address(given text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	plain text := carom.normalise(given);
BEGIN
	IF plain IS NOT NULL THEN
		RETURN plain;
	END IF;
	RAISE EXCEPTION '"%" is neither an address nor @domain', left(given, 400)
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
	plain text := carom._list_address(suppress.address);
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
			btrim(suppress.address, E' \t\r\n'), left(btrim(suppress.reason), 100), suppress.source, now(), now(), suppress.expires_at,
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
BEGIN
	IF coalesce(btrim(unsuppress.note), '') = '' THEN
		RAISE EXCEPTION 'a note is needed to remove a suppression' USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Say why this address may be mailed again.';
	END IF;
	-- a report that is counted now counts before this, or finds it in the log
	PERFORM carom._lock_addresses(ARRAY[carom.normalise(unsuppress.address)]);
	DELETE FROM carom.suppression s
		WHERE s.address = carom.normalise(unsuppress.address)
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

DROP FUNCTION IF EXISTS carom.unsuppress_cause(text, timestamptz, timestamptz, text, text, text, text, text, boolean);
CREATE FUNCTION carom.unsuppress_cause(note text, from_time timestamptz, to_time timestamptz,
	reason text DEFAULT NULL, rule text DEFAULT NULL, provider text DEFAULT NULL, account text DEFAULT NULL,
	author text DEFAULT session_user, dry_run boolean DEFAULT false)
RETURNS SETOF carom.suppression
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	addresses text[];
	held      carom.suppression;
	n         int := 0;
BEGIN
	IF coalesce(btrim(unsuppress_cause.note), '') = '' THEN
		RAISE EXCEPTION 'a note is needed to remove suppressions' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF num_nonnulls(unsuppress_cause.reason, unsuppress_cause.rule, unsuppress_cause.provider) = 0 THEN
		RAISE EXCEPTION 'a reason, a rule or a provider is needed' USING ERRCODE = 'invalid_parameter_value',
			HINT = 'This undoes what one cause did; it does not empty the list.';
	END IF;
	SELECT array_agg(DISTINCT s.address) INTO addresses FROM carom.suppression s
		WHERE s.changed_at >= from_time AND s.changed_at < to_time AND s.source IN ('bounce', 'upstream')
			AND (unsuppress_cause.reason IS NULL OR s.reason = unsuppress_cause.reason)
			AND (unsuppress_cause.rule IS NULL OR s.rule = unsuppress_cause.rule)
			AND (unsuppress_cause.provider IS NULL OR s.provider = unsuppress_cause.provider)
			AND (unsuppress_cause.account IS NULL OR s.account = unsuppress_cause.account);
	IF NOT dry_run THEN
		PERFORM carom._lock_addresses(addresses);
	END IF;
	-- In the order of the key, which is how record() takes them too.
	FOR held IN
		SELECT * FROM carom.suppression s
		WHERE s.address = ANY (addresses) AND s.changed_at >= from_time AND s.changed_at < to_time AND s.source IN ('bounce', 'upstream')
			AND (unsuppress_cause.reason IS NULL OR s.reason = unsuppress_cause.reason)
			AND (unsuppress_cause.rule IS NULL OR s.rule = unsuppress_cause.rule)
			AND (unsuppress_cause.provider IS NULL OR s.provider = unsuppress_cause.provider)
			AND (unsuppress_cause.account IS NULL OR s.account = unsuppress_cause.account)
		ORDER BY s.address, s.account, s.stream
	LOOP
		IF NOT dry_run THEN
			-- it may have been changed, or taken off, meanwhile
			DELETE FROM carom.suppression s
				WHERE s.address = held.address AND s.account = held.account AND s.stream = held.stream
					AND s.changed_at = held.changed_at AND s.source = held.source AND s.reason = held.reason;
			CONTINUE WHEN NOT FOUND;
			PERFORM carom._log_removal(held, unsuppress_cause.author, unsuppress_cause.note);
			n := n + 1;
		END IF;
		RETURN NEXT held;
	END LOOP;
	IF n > 0 THEN
		PERFORM pg_notify('carom_suppression', '');
	END IF;
END
$$;
COMMENT ON FUNCTION carom.unsuppress_cause(text, timestamptz, timestamptz, text, text, text, text, text, boolean) IS
	'take off all that servers brought onto the list in that time for one reason, rule or provider, when the cause was ours; '
	'never what a person asked for. dry_run only shows them';
