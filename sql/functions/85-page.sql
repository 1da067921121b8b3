-- SPDX-License-Identifier: BSD-2-Clause
-- carom - what the page for staff asks and does
--
-- Each function takes the name of who uses the page first, and decides here what
-- that person may do: the program in front of it has a role that may call these,
-- and the reports, which everybody of staff may read. What is changed has that name
-- as its author.

-- ---- who --------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION carom._page_rank(role text) RETURNS int
LANGUAGE sql IMMUTABLE
AS $$ SELECT array_position(ARRAY['reader', 'editor', 'admin'], role) $$;

-- Raises unless who has that role, or one that may more.
CREATE OR REPLACE FUNCTION carom._page_may(who text, need text) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM carom.staff s WHERE s.name = _page_may.who AND carom._page_rank(s.role) >= carom._page_rank(_page_may.need)) THEN
		RAISE EXCEPTION '% has not the role %', coalesce(left(_page_may.who, 100), 'nobody'), _page_may.need USING ERRCODE = 'insufficient_privilege';
	END IF;
END
$$;

DROP FUNCTION IF EXISTS carom.staff_add(text, text, text, text);
CREATE FUNCTION carom.staff_add(name text, role text, note text DEFAULT NULL, author text DEFAULT session_user) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF carom._page_rank(staff_add.role) IS NULL THEN
		RAISE EXCEPTION 'there is no role "%"', left(staff_add.role, 100) USING ERRCODE = 'invalid_parameter_value',
			HINT = 'They are reader, editor and admin.';
	ELSIF coalesce(staff_add.name, '') = '' OR length(staff_add.name) > 100 OR staff_add.name ~ '[[:cntrl:]]' THEN
		RAISE EXCEPTION 'a name has 1 to 100 characters, and no controls' USING ERRCODE = 'invalid_parameter_value';
	ELSIF lower(btrim(staff_add.name)) = 'carom' THEN
		RAISE EXCEPTION 'carom is the author of what the program does' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	INSERT INTO carom.staff AS s (name, role, note, author, login)
		VALUES (staff_add.name, staff_add.role, left(nullif(btrim(staff_add.note), ''), 2000), carom._author(staff_add.author), session_user)
		ON CONFLICT ON CONSTRAINT staff_pkey DO UPDATE SET role = excluded.role, note = coalesce(excluded.note, s.note),
			author = excluded.author, login = excluded.login, added_at = now();
END
$$;
COMMENT ON FUNCTION carom.staff_add(text, text, text, text) IS
	'let somebody use the page, as reader, editor or admin; who may already has that role from now on';

DROP FUNCTION IF EXISTS carom.staff_remove(text);
CREATE FUNCTION carom.staff_remove(name text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	DELETE FROM carom.staff s WHERE s.name = staff_remove.name;
	RETURN FOUND;
END
$$;
COMMENT ON FUNCTION carom.staff_remove(text) IS 'somebody may use the page no more; false if nobody of that name might';

DROP FUNCTION IF EXISTS carom.staff_list();
CREATE FUNCTION carom.staff_list() RETURNS TABLE (name text, role text, added_at timestamptz, author text, note text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT s.name, s.role, s.added_at, s.author, s.note FROM carom.staff s ORDER BY carom._page_rank(s.role) DESC, s.name
$$;
COMMENT ON FUNCTION carom.staff_list() IS 'who may use the page';

DROP FUNCTION IF EXISTS carom.page_enter(text);
CREATE FUNCTION carom.page_enter(who text) RETURNS TABLE (role text, today date, open_incidents bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT s.role, carom.day(), (SELECT count(*) FROM carom.incident i WHERE i.state = 'open')
	FROM carom.staff s WHERE s.name = page_enter.who
$$;
COMMENT ON FUNCTION carom.page_enter(text) IS 'the role of who uses the page, and what stands on every view; no row: nobody of ours';

-- ---- an address ----------------------------------------------------------------------

DROP FUNCTION IF EXISTS carom.page_entries(text, text);
CREATE FUNCTION carom.page_entries(who text, of_address text)
RETURNS TABLE (address text, account text, stream text, reason text, source text, since timestamptz, expires_at timestamptz, provider text,
	status text, rule text, confidence text, said_by text, author text, note text, held boolean, incident bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM carom._page_may(page_entries.who, 'reader');
	RETURN QUERY
		SELECT s.address, s.account, s.stream, s.reason, s.source, s.since, s.expires_at, s.provider, s.status, s.rule, s.confidence,
			s.said_by, s.author, s.note, h.incident IS NOT NULL, h.incident
		FROM carom.suppressions_of(page_entries.of_address) s
		LEFT JOIN carom.held h ON (h.address, h.account, h.stream, h.event) = (s.address, s.account, s.stream, s.event);
END
$$;
COMMENT ON FUNCTION carom.page_entries(text, text) IS 'the entries that keep somebody from mailing the address, those of its domain too';

DROP FUNCTION IF EXISTS carom.page_changes(text, text);
CREATE FUNCTION carom.page_changes(who text, address text)
RETURNS TABLE (at timestamptz, change text, account text, stream text, reason text, source text, rule text, author text, note text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	plain text := carom.normalise(page_changes.address);
	homes int[] := carom._homes(ARRAY[plain]);
BEGIN
	PERFORM carom._page_may(page_changes.who, 'reader');
	RETURN QUERY
		SELECT l.at, l.change, l.account, l.stream, l.reason, l.source, l.rule, l.author, l.note FROM carom.suppression_log l
		WHERE (homes IS NULL OR l.home = ANY (homes)) AND l.address = plain ORDER BY l.id DESC LIMIT 100;
END
$$;
COMMENT ON FUNCTION carom.page_changes(text, text) IS 'what was done about an address, newest first, a hundred at most';

DROP FUNCTION IF EXISTS carom.page_events(text, text);
CREATE FUNCTION carom.page_events(who text, address text)
RETURNS TABLE (at timestamptz, kind text, action text, account text, stream text, category text, class text, status text, reply text,
	rule text, confidence text, diagnostic text, server text, report bigint, acted boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	plain text := carom.normalise(page_events.address);
	homes int[] := carom._homes(ARRAY[plain]);
BEGIN
	PERFORM carom._page_may(page_events.who, 'reader');
	RETURN QUERY
		SELECT e.at, e.kind, e.action, e.account, e.stream, coalesce(e.category, 'complaint:' || e.feedback_type), e.class, e.status, e.reply, e.rule,
			e.confidence, e.diagnostic, coalesce(e.remote_mta, e.reporter), e.report,
			EXISTS (SELECT FROM carom.suppression_log l WHERE (homes IS NULL OR l.home = ANY (homes)) AND l.address = plain AND l.event = e.id
				AND l.change <> 'remove')
		FROM carom.event e WHERE (homes IS NULL OR e.home = ANY (homes)) AND e.address = plain ORDER BY e.at DESC, e.id DESC LIMIT 100;
END
$$;
COMMENT ON FUNCTION carom.page_events(text, text) IS 'what came in about an address, newest first, a hundred at most; acted: it changed the list';

DROP FUNCTION IF EXISTS carom.page_suppress(text, text, text, text, text, text, date);
CREATE FUNCTION carom.page_suppress(who text, address text, reason text, account text, stream text, note text, expires date DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_suppress.who, 'editor');
	IF coalesce(btrim(page_suppress.note), '') = '' THEN
		RAISE EXCEPTION 'a note is needed' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN carom.suppress(page_suppress.address, page_suppress.reason, coalesce(page_suppress.account, ''), coalesce(page_suppress.stream, ''),
		page_suppress.note, (page_suppress.expires + 1)::timestamp AT TIME ZONE carom.setting('timezone'), page_suppress.who);
END
$$;
COMMENT ON FUNCTION carom.page_suppress(text, text, text, text, text, text, date) IS
	'put an address on the list, through the day expires if there is one: added, replaced or kept';

DROP FUNCTION IF EXISTS carom.page_domain(text, text);
CREATE FUNCTION carom.page_domain(who text, domain text)
RETURNS TABLE (name text, addresses bigint, events bigint, whole boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	plain text := carom.normalise(page_domain.domain);
	since date := carom.day() - 28;
BEGIN
	PERFORM carom._page_may(page_domain.who, 'editor');
	IF plain IS NULL OR plain NOT LIKE '@%' THEN
		RAISE EXCEPTION '"%" is neither an address nor @domain or @.domain', left(page_domain.domain, 100) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	-- no index leads to a domain: a million events are looked at, and it is told if there are more
	RETURN QUERY SELECT plain, count(DISTINCT x.address) FILTER (WHERE x.there), count(*) FILTER (WHERE x.there), count(*) <= 1000000 FROM (
		SELECT e.address, CASE WHEN plain LIKE '@.%' THEN right(e.address, length(plain) - 1) = substr(plain, 2)
			ELSE right(e.address, length(plain)) = plain END AS there
		FROM carom.event e WHERE e.day > since LIMIT 1000001) x;
END
$$;
COMMENT ON FUNCTION carom.page_domain(text, text) IS
	'what an entry for @domain, or @.domain for all below it, would concern: addresses and events of four weeks; whole is false where there are more';

DROP FUNCTION IF EXISTS carom.page_lift(text, text, text, text, text);
CREATE FUNCTION carom.page_lift(who text, address text, account text, stream text, note text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	plain  text := carom.normalise(page_lift.address);
	homes  int[] := carom._homes(ARRAY[plain]);
	source text;
BEGIN
	PERFORM carom._page_may(page_lift.who, 'editor');
	-- as unsuppress() does, and so that nobody changes it between the look and the deed
	PERFORM carom._lock_addresses(ARRAY[plain]);
	SELECT s.source INTO source FROM carom.suppression s
		WHERE (homes IS NULL OR s.home = ANY (homes)) AND s.address = plain AND s.account = coalesce(page_lift.account, '')
			AND s.stream = coalesce(page_lift.stream, '')
		FOR UPDATE;
	IF source IN ('complaint', 'unsubscribe') THEN
		PERFORM carom._page_may(page_lift.who, 'admin');
	END IF;
	RETURN carom.unsuppress(page_lift.address, page_lift.note, coalesce(page_lift.account, ''), coalesce(page_lift.stream, ''), page_lift.who);
END
$$;
COMMENT ON FUNCTION carom.page_lift(text, text, text, text, text) IS
	'take an address off the list of exactly one scope; what the person asked for takes an admin. False if it is not there';

-- ---- the list ---------------------------------------------------------------------------

-- The condition that a filter is: what is not asked for costs nothing. Its members are
-- texts: account, stream, domain, reason, source, provider, rule, since and until (days), state.
CREATE OR REPLACE FUNCTION carom._page_where(filter jsonb) RETURNS text
LANGUAGE sql STABLE
AS $$
	SELECT concat_ws(' AND ', '(s.expires_at IS NULL OR s.expires_at > now())',
		CASE WHEN filter ? 'account' THEN format('s.account = %L', filter ->> 'account') END,
		CASE WHEN filter ? 'stream' THEN format('s.stream = %L', filter ->> 'stream') END,
		CASE WHEN filter ? 'domain' THEN format('split_part(s.address, ''@'', -1) = lower(%L)', ltrim(filter ->> 'domain', '@')) END,
		CASE WHEN filter ? 'reason' THEN format('s.reason = %L', filter ->> 'reason') END,
		CASE WHEN filter ? 'source' THEN format('s.source = %L', filter ->> 'source') END,
		CASE WHEN filter ? 'provider' THEN format('s.provider = %L', filter ->> 'provider') END,
		CASE WHEN filter ? 'rule' THEN format('s.rule = %L', filter ->> 'rule') END,
		CASE WHEN filter ? 'since' THEN format('s.changed_at >= %L::date::timestamp AT TIME ZONE %L', filter ->> 'since', carom.setting('timezone')) END,
		CASE WHEN filter ? 'until' THEN format('s.changed_at < (%L::date + 1)::timestamp AT TIME ZONE %L', filter ->> 'until', carom.setting('timezone')) END,
		CASE WHEN filter ->> 'state' = 'held' THEN 'EXISTS (SELECT FROM carom.held h WHERE (h.home, h.address, h.account, h.stream, h.event) = '
			'(s.home, s.address, s.account, s.stream, s.event))' END,
		CASE WHEN filter ->> 'state' = 'expires' THEN 's.expires_at IS NOT NULL' END)
$$;

DROP FUNCTION IF EXISTS carom.page_list(text, jsonb, text, int);
CREATE FUNCTION carom.page_list(who text, filter jsonb, after text DEFAULT NULL, most int DEFAULT 50)
RETURNS TABLE (address text, account text, stream text, reason text, source text, changed_at timestamptz, expires_at timestamptz,
	provider text, rule text, author text, note text, "position" text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	place jsonb := page_list.after::jsonb;
BEGIN
	PERFORM carom._page_may(page_list.who, 'reader');
	IF place IS NOT NULL AND (jsonb_typeof(place) <> 'array' OR jsonb_array_length(place) <> 4) THEN
		RAISE EXCEPTION 'after is no place in the list' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN QUERY EXECUTE format($q$
		SELECT s.address, s.account, s.stream, s.reason, s.source, s.changed_at, s.expires_at, s.provider, s.rule, s.author, s.note,
			json_build_array(to_char(s.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US"+00"'), s.address, s.account, s.stream)::text
		FROM carom.suppression s
		WHERE %s AND ($1 IS NULL OR (s.changed_at, s.address, s.account, s.stream) < (($1 ->> 0)::timestamptz, $1 ->> 1, $1 ->> 2, $1 ->> 3))
		ORDER BY s.changed_at DESC, s.address DESC, s.account DESC, s.stream DESC LIMIT $2
		$q$, carom._page_where(page_list.filter)) USING place, greatest(1, least(page_list.most, 1000));
END
$$;
COMMENT ON FUNCTION carom.page_list(text, jsonb, text, int) IS 'the entries of a filter, those that changed last first; after: the position of the last one before';

DROP FUNCTION IF EXISTS carom.page_counts(text, jsonb, int);
CREATE FUNCTION carom.page_counts(who text, filter jsonb, most int DEFAULT 500000)
RETURNS TABLE (reason text, source text, entries bigint, whole boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_counts.who, 'reader');
	RETURN QUERY EXECUTE format($q$
		WITH picked AS MATERIALIZED (SELECT s.reason, s.source FROM carom.suppression s WHERE %s LIMIT $1 + 1)
		SELECT c.reason, c.source, c.n, sum(c.n) OVER () <= $1
		FROM (SELECT x.reason, x.source, count(*) AS n FROM picked x GROUP BY 1, 2) c
		ORDER BY 3 DESC, 1, 2 LIMIT 100
		$q$, carom._page_where(page_counts.filter)) USING page_counts.most;
END
$$;
COMMENT ON FUNCTION carom.page_counts(text, jsonb, int) IS
	'how many entries a filter has, by reason and source; whole is false where only the first most of them were counted';

DROP FUNCTION IF EXISTS carom.page_export(text, jsonb, text, int);
CREATE FUNCTION carom.page_export(who text, filter jsonb, after text DEFAULT NULL, most int DEFAULT 5000)
RETURNS TABLE (piece text, next text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	place jsonb := page_export.after::jsonb;
BEGIN
	PERFORM carom._page_may(page_export.who, 'reader');
	RETURN QUERY EXECUTE format($q$
		WITH page AS MATERIALIZED (
			SELECT s.* FROM carom.suppression s
			WHERE %s AND ($1 IS NULL OR (s.address, s.account, s.stream) > ($1 ->> 0, $1 ->> 1, $1 ->> 2))
			ORDER BY s.address, s.account, s.stream LIMIT $2
		)
		SELECT CASE WHEN $1 IS NULL THEN carom._api_csv('address', 'account', 'stream', 'reason', 'source', 'since', 'expires_at', 'provider',
				'status', 'rule', 'confidence', 'said_by', 'author', 'note') ELSE '' END
			|| coalesce(string_agg(carom._api_csv(p.address, p.account, p.stream, p.reason, p.source, carom._api_moment(p.since),
				carom._api_moment(p.expires_at), p.provider, p.status, p.rule, p.confidence, p.said_by, p.author, p.note), ''
				ORDER BY p.address, p.account, p.stream), ''),
			CASE WHEN count(*) = $2 THEN (array_agg(json_build_array(p.address, p.account, p.stream)::text
				ORDER BY p.address DESC, p.account DESC, p.stream DESC))[1] END
		FROM page p
		$q$, carom._page_where(page_export.filter)) USING place, greatest(1, least(page_export.most, 10000));
END
$$;
COMMENT ON FUNCTION carom.page_export(text, jsonb, text, int) IS
	'a piece of the entries of a filter as carom suppress import reads them (CSV); next: the after of the next piece, NULL after the last one';

DROP FUNCTION IF EXISTS carom.page_import(text, jsonb, text, boolean);
CREATE FUNCTION carom.page_import(who text, rows jsonb, note text, dry_run boolean)
RETURNS TABLE (added bigint, replaced bigint, kept bigint, repeated bigint, expired bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_import.who, 'editor');
	PERFORM carom.import_begin();
	EXECUTE $q$
		INSERT INTO pg_temp.carom_import (line, address, account, stream, reason, source, since, expires_at, provider, status, rule, confidence,
				said_by, author, note, spelling)
			SELECT r.line, r.address, coalesce(r.account, ''), coalesce(r.stream, ''), r.reason, r.source, r.since, r.expires_at,
				coalesce(r.provider, ''), r.status, r.rule, r.confidence, r.said_by, r.author,
				coalesce(r.note, $2), r.spelling
			FROM jsonb_to_recordset($1) r(line bigint, address text, account text, stream text, reason text, source text, since timestamptz,
				expires_at timestamptz, provider text, status text, rule text, confidence text, said_by text, author text, note text, spelling text)
		$q$ USING page_import.rows, page_import.note;
	RETURN QUERY SELECT m.* FROM carom.import_merge(page_import.who, page_import.dry_run) m;
END
$$;
COMMENT ON FUNCTION carom.page_import(text, jsonb, text, boolean) IS
	'take in rows as carom.import_merge() does, or only count what would come of it; note: of those that have none';

-- ---- what was held ------------------------------------------------------------------------

DROP FUNCTION IF EXISTS carom.page_incidents(text, bigint);
CREATE FUNCTION carom.page_incidents(who text, number bigint DEFAULT NULL)
RETURNS TABLE (id bigint, state text, provider text, addresses int, first_at timestamptz, last_at timestamptz, category text, rule text,
	template text, example text, closed_at timestamptz, author text, note text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM carom._page_may(page_incidents.who, 'reader');
	RETURN QUERY
		SELECT i.id, i.state, i.provider, i.addresses, i.first_at, i.last_at, i.category, i.rule, i.template, i.example, i.closed_at, i.author, i.note
		FROM carom.incident i WHERE page_incidents.number IS NULL OR i.id = page_incidents.number
		ORDER BY i.state <> 'open', i.id DESC LIMIT 200;
END
$$;
COMMENT ON FUNCTION carom.page_incidents(text, bigint) IS 'what the brake held: the incidents that are open, then the others, newest first';

DROP FUNCTION IF EXISTS carom.page_held(text, bigint);
CREATE FUNCTION carom.page_held(who text, number bigint)
RETURNS TABLE (address text, account text, stream text, since timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_held.who, 'reader');
	RETURN QUERY SELECT h.* FROM carom.incident_addresses(page_held.number, 200) h;
END
$$;
COMMENT ON FUNCTION carom.page_held(text, bigint) IS 'whom an open incident holds, two hundred at most';

DROP FUNCTION IF EXISTS carom.page_close(text, bigint, boolean, text);
CREATE FUNCTION carom.page_close(who text, number bigint, dead boolean, note text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_close.who, 'editor');
	IF page_close.dead THEN
		RETURN carom.confirm_incident(page_close.number, page_close.note, page_close.who);
	END IF;
	RETURN carom.discard_incident(page_close.number, page_close.note, page_close.who);
END
$$;
COMMENT ON FUNCTION carom.page_close(text, bigint, boolean, text) IS 'say what an incident was: the addresses are dead, or alive. Gives how many there were';

-- ---- undo by cause ------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION carom._page_from(filter jsonb) RETURNS timestamptz
LANGUAGE sql STABLE
AS $$ SELECT (filter ->> 'since')::date::timestamp AT TIME ZONE carom.setting('timezone') $$;

CREATE OR REPLACE FUNCTION carom._page_to(filter jsonb) RETURNS timestamptz
LANGUAGE sql STABLE
AS $$ SELECT ((filter ->> 'until')::date + 1)::timestamp AT TIME ZONE carom.setting('timezone') $$;

DROP FUNCTION IF EXISTS carom.page_causes(text, jsonb);
CREATE FUNCTION carom.page_causes(who text, filter jsonb)
RETURNS TABLE (reason text, rule text, provider text, template text, suppressions bigint, first timestamptz, last timestamptz, others bigint,
	samples text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_causes.who, 'reader');
	RETURN QUERY SELECT c.* FROM carom.count_cause(carom._page_from(page_causes.filter), carom._page_to(page_causes.filter),
		page_causes.filter ->> 'reason', page_causes.filter ->> 'rule', page_causes.filter ->> 'provider', page_causes.filter ->> 'account',
		page_causes.filter ->> 'stream', page_causes.filter ->> 'template') c LIMIT 200;
END
$$;
COMMENT ON FUNCTION carom.page_causes(text, jsonb) IS
	'what brought people onto the list, counted by cause. The filter has reason, rule, provider, account, stream, template, since and until (days)';

DROP FUNCTION IF EXISTS carom.page_undo(text, jsonb, text, boolean);
CREATE FUNCTION carom.page_undo(who text, filter jsonb, note text, dry_run boolean)
RETURNS TABLE (address text, account text, stream text, reason text, rule text, since timestamptz, released bigint, deed text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_undo.who, CASE WHEN page_undo.dry_run THEN 'reader' ELSE 'admin' END);
	RETURN QUERY SELECT u.address, u.account, u.stream, u.reason, u.rule, u.since, count(*) OVER (), pg_current_xact_id_if_assigned()::text
		FROM carom.unsuppress_cause(CASE WHEN page_undo.dry_run THEN 'only shown' ELSE page_undo.note END,
			carom._page_from(page_undo.filter), carom._page_to(page_undo.filter), page_undo.filter ->> 'reason', page_undo.filter ->> 'rule',
			page_undo.filter ->> 'provider', page_undo.filter ->> 'account', page_undo.who, page_undo.dry_run, page_undo.filter ->> 'stream',
			page_undo.filter ->> 'template') u
		ORDER BY 1, 2, 3 LIMIT 200;
END
$$;
COMMENT ON FUNCTION carom.page_undo(text, jsonb, text, boolean) IS
	'take off what one cause did, or only show it: the first two hundred, and released, how many in all. deed: for page_released()';

DROP FUNCTION IF EXISTS carom.page_released(text, text);
CREATE FUNCTION carom.page_released(who text, deed text)
RETURNS TABLE (address text, account text, stream text, reason text, rule text, at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	since date := carom.day() - 1;
BEGIN
	PERFORM carom._page_may(page_released.who, 'reader');
	RETURN QUERY SELECT l.address, l.account, l.stream, l.reason, l.rule, l.at FROM carom.suppression_log l
		WHERE l.day >= since AND l.change = 'remove' AND l.author = page_released.who AND l.xact = page_released.deed::xid8
		ORDER BY 1, 2, 3 LIMIT 200;
END
$$;
COMMENT ON FUNCTION carom.page_released(text, text) IS 'whom who released by one page_undo() since yesterday, two hundred at most';

DROP FUNCTION IF EXISTS carom.page_choices(text, jsonb);
CREATE FUNCTION carom.page_choices(who text, filter jsonb)
RETURNS TABLE (reason text, rule text, providers bigint, entries bigint, first timestamptz, last timestamptz, since date, until date)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	last_day  date := coalesce((page_choices.filter ->> 'until')::date, carom.day());
	first_day date := coalesce((page_choices.filter ->> 'since')::date, last_day - 6);
	days      jsonb := jsonb_build_object('since', first_day, 'until', last_day);
BEGIN
	PERFORM carom._page_may(page_choices.who, 'reader');
	RETURN QUERY SELECT c.reason, c.rule, count(DISTINCT c.provider), count(*), min(c.changed_at), max(c.changed_at), first_day, last_day
		FROM carom._by_cause(carom._page_from(days), carom._page_to(days), NULL, NULL, NULL,
			page_choices.filter ->> 'account', page_choices.filter ->> 'stream', NULL) c
		GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2 LIMIT 100;
END
$$;
COMMENT ON FUNCTION carom.page_choices(text, jsonb) IS
	'what page_undo() can take back of some days, by reason and rule, with how many entries each would release. The filter has since and until '
	'(days; the last seven without), account, stream';

-- ---- why mail came back ----------------------------------------------------------------------------

DROP FUNCTION IF EXISTS carom.page_templates(text, date, date, jsonb);
CREATE FUNCTION carom.page_templates(who text, first date, last date, filter jsonb)
RETURNS TABLE (template text, rule text, provider text, status text, events bigint, first_at timestamptz, last_at timestamptz, example text, address text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM carom._page_may(page_templates.who, 'reader');
	RETURN QUERY
		WITH picked AS MATERIALIZED (
			SELECT e.at, e.diagnostic, e.address, e.status, e.reply, e.rule, e.provider FROM carom.event e
			WHERE e.day BETWEEN page_templates.first AND page_templates.last AND e.kind IN ('bounce', 'delay') AND NOT e.repeated
				AND (NOT page_templates.filter ? 'category' OR e.category = page_templates.filter ->> 'category')
				AND (NOT page_templates.filter ? 'blocklist' OR e.blocklist = page_templates.filter ->> 'blocklist')
				AND (NOT page_templates.filter ? 'provider' OR e.provider = page_templates.filter ->> 'provider')
				AND (NOT page_templates.filter ? 'account' OR e.account = page_templates.filter ->> 'account')
				AND (NOT page_templates.filter ? 'stream' OR e.stream = page_templates.filter ->> 'stream')
			ORDER BY e.at DESC LIMIT 5000)
		SELECT x.template, min(x.rule), string_agg(DISTINCT nullif(x.provider, ''), ', '), min(coalesce(x.status, x.reply)), count(*), min(x.at), max(x.at),
			(array_agg(x.diagnostic ORDER BY x.at DESC))[1], (array_agg(x.address ORDER BY x.at DESC))[1]
		FROM (SELECT s.*, carom.reply_template(s.diagnostic, s.address, s.status, s.reply) AS template FROM picked s) x
		GROUP BY 1 ORDER BY 5 DESC, 1 LIMIT 50;
END
$$;
COMMENT ON FUNCTION carom.page_templates(text, date, date, jsonb) IS
	'what servers said in a span of days, by template, of the last five thousand; with the last one as it was. The filter has category, blocklist, provider, account, stream';

DROP FUNCTION IF EXISTS carom.page_report(text, bigint);
CREATE FUNCTION carom.page_report(who text, number bigint)
RETURNS TABLE (arrived timestamptz, kind text, format text, subject text, from_address text, reporter text, sender text, size bigint,
	event_kind text, address text, account text, stream text, category text, status text, rule text, diagnostic text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	r     carom.report;
	parts bigint[];
BEGIN
	PERFORM carom._page_may(page_report.who, 'reader');
	-- Each asks one table, so that Citus can answer as well. There a report has a row in each
	-- home of its events, with a number each; its key is one.
	SELECT x.* INTO r FROM carom.report x WHERE x.id = page_report.number;
	IF r.id IS NULL THEN
		RETURN;
	END IF;
	parts := ARRAY(SELECT x.id FROM carom.report x WHERE x.key = r.key);
	RETURN QUERY SELECT r.arrived, r.kind, r.format, r.subject, r.from_address, r.reporter, r.sender, r.size,
			e.kind, e.address, e.account, e.stream, e.category, coalesce(e.status, e.reply), e.rule, e.diagnostic
		FROM carom.event e WHERE e.report = ANY (parts) ORDER BY e.ordinal LIMIT 100;
	IF NOT FOUND THEN
		RETURN QUERY SELECT r.arrived, r.kind, r.format, r.subject, r.from_address, r.reporter, r.sender, r.size,
			NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text;
	END IF;
END
$$;
COMMENT ON FUNCTION carom.page_report(text, bigint) IS
	'one report as it was read, a row for each event that it told of, a hundred at most; one row without an event where they are pruned';

DROP FUNCTION IF EXISTS carom.page_known(text, text, text, text);
CREATE FUNCTION carom.page_known(who text, account text, stream text, provider text)
RETURNS TABLE (account_known boolean, stream_known boolean, provider_known boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	since date := carom.day() - 35;
BEGIN
	PERFORM carom._page_may(page_known.who, 'reader');
	-- each ends with the first row that it finds: only what is unknown is looked for everywhere
	RETURN QUERY SELECT
		page_known.account IS NULL OR EXISTS (SELECT 1 FROM carom.stream s WHERE s.account = page_known.account)
			OR EXISTS (SELECT 1 FROM carom.suppression s WHERE s.account = page_known.account)
			OR EXISTS (SELECT 1 FROM carom.volume v WHERE v.day >= since AND v.account = page_known.account)
			OR EXISTS (SELECT 1 FROM carom.tally t WHERE t.day >= since AND t.account = page_known.account),
		page_known.stream IS NULL OR EXISTS (SELECT 1 FROM carom.stream s WHERE s.stream = page_known.stream AND s.account = coalesce(page_known.account, s.account))
			OR EXISTS (SELECT 1 FROM carom.volume v WHERE v.day >= since AND v.stream = page_known.stream AND v.account = coalesce(page_known.account, v.account))
			OR EXISTS (SELECT 1 FROM carom.tally t WHERE t.day >= since AND t.stream = page_known.stream AND t.account = coalesce(page_known.account, t.account))
			OR EXISTS (SELECT 1 FROM carom.suppression s WHERE s.stream = page_known.stream AND s.account = coalesce(page_known.account, s.account)),
		page_known.provider IS NULL OR EXISTS (SELECT 1 FROM carom.volume v WHERE v.day >= since AND v.provider = page_known.provider)
			OR EXISTS (SELECT 1 FROM carom.tally t WHERE t.day >= since AND t.provider = page_known.provider);
END
$$;
COMMENT ON FUNCTION carom.page_known(text, text, text, text) IS
	'whether mail, reports or the list know of that account, stream (of it, if there is one) and provider; of the last five weeks and the list. NULL: not asked';

DROP FUNCTION IF EXISTS carom.page_scopes(text);
CREATE FUNCTION carom.page_scopes(who text) RETURNS TABLE (account text, stream text, provider text, sent bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	since date := carom.day() - 7;  -- asked here: a machine of Citus may not
BEGIN
	PERFORM carom._page_may(page_scopes.who, 'reader');
	-- what was counted last: every view with a filter asks this
	RETURN QUERY SELECT x.account, x.stream, x.provider, sum(x.sent)::bigint FROM (
			SELECT v.account, v.stream, v.provider, v.sent FROM carom.volume v WHERE v.day >= since
			UNION ALL SELECT t.account, t.stream, t.provider, NULL FROM carom.tally t WHERE t.day >= since) x
		GROUP BY 1, 2, 3 ORDER BY 4 DESC NULLS LAST, 1, 2, 3 LIMIT 2000;
END
$$;
COMMENT ON FUNCTION carom.page_scopes(text) IS 'accounts, streams and providers of the last seven days, to choose from';

-- ---- health -------------------------------------------------------------------------------------------

-- Since when something is due for a webhook that nobody takes up; NULL: there is no such
-- thing, or something was tried in the last minutes, so a process of that role lives.
CREATE OR REPLACE FUNCTION carom._page_unsent() RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	unnumbered timestamptz := (SELECT min(f.written_at) FROM carom.feed_waiting f);  -- of all machines
BEGIN
	RETURN (WITH hook AS MATERIALIZED (
		SELECT w.id, w.changed_at, coalesce(nullif(split_part(w.cursor, '-', 1), '')::bigint, 0) AS position FROM carom.webhook w
		WHERE w.state = 'active' AND coalesce(w.rest_until <= now(), true)
	), due AS (
		-- of what waited before, a webhook waits since it is active
		SELECT (SELECT greatest(min(d.next_at), h.changed_at) FROM carom.webhook_delivery d WHERE d.webhook = h.id AND d.state = 'waiting'
			HAVING count(*) > 0) AS at FROM hook h
		UNION ALL
		-- a thousand that wait are enough: then no more is taken of the feed
		SELECT (SELECT greatest(e.written_at, h.changed_at) FROM carom.feed_entry e WHERE e.last > h.position ORDER BY e.last LIMIT 1) FROM hook h
			WHERE (SELECT count(*) FROM (SELECT FROM carom.webhook_delivery d WHERE d.webhook = h.id AND d.state = 'waiting' LIMIT 1000) x) < 1000
		UNION ALL
		SELECT greatest(unnumbered, h.changed_at) FROM hook h WHERE unnumbered IS NOT NULL
	)
	SELECT min(due.at) FROM due WHERE due.at < now() - interval '5 minutes'
		AND NOT EXISTS (SELECT FROM carom.webhook_delivery d WHERE d.state <> 'waiting' AND d.tried_at > now() - interval '5 minutes')
		AND NOT EXISTS (SELECT FROM carom.webhook_delivery d WHERE d.state = 'waiting' AND d.tried_at > now() - interval '5 minutes'));
END
$$;

DROP FUNCTION IF EXISTS carom.page_health(text);
CREATE FUNCTION carom.page_health(who text)
RETURNS TABLE (last_report timestamptz, reports_today bigint, unrecognised_today bigint, last_sent date, entries bigint, held bigint,
	schema_version int, server text, unsent_since timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	today date := carom.day();  -- asked here: a machine of Citus may not
BEGIN
	PERFORM carom._page_may(page_health.who, 'reader');
	RETURN QUERY SELECT
		(SELECT max(r.arrived) FROM carom.report r WHERE r.day >= today - 7),
		(SELECT coalesce(sum(t.reports), 0)::bigint FROM carom.tally t WHERE t.day = today),
		(SELECT coalesce(sum(t.reports), 0)::bigint FROM carom.tally t WHERE t.day = today AND t.kind = 'unrecognised'),
		(SELECT max(v.day) FROM carom.volume v WHERE v.day >= today - 60),
		(SELECT CASE WHEN c.reltuples > 0 THEN c.reltuples::bigint ELSE (SELECT count(*) FROM (SELECT 1 FROM carom.suppression LIMIT 100000) x) END
			FROM pg_class c WHERE c.oid = 'carom.suppression'::regclass),
		(SELECT count(*) FROM carom.held),
		(SELECT max(s.version) FROM carom.schema_version s),
		current_setting('server_version'),
		carom._page_unsent();
END
$$;
COMMENT ON FUNCTION carom.page_health(text) IS 'when something was last heard of; entries is an estimate. unsent_since: webhooks wait since then, and no process sends';

DROP FUNCTION IF EXISTS carom.page_keys(text);
CREATE FUNCTION carom.page_keys(who text)
RETURNS TABLE (id text, scopes text, accounts text, streams text, state text, created_at timestamptz, expires_at timestamptz, used_on date, author text, note text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_keys.who, 'reader');
	RETURN QUERY SELECT k.* FROM carom.api_keys() k;
END
$$;
COMMENT ON FUNCTION carom.page_keys(text) IS 'the keys of the HTTP API';

DROP FUNCTION IF EXISTS carom.page_key_revoke(text, text, text);
CREATE FUNCTION carom.page_key_revoke(who text, id text, note text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_key_revoke.who, 'admin');
	UPDATE carom.api_key k SET note = left(concat_ws('; ', k.note, format('revoked by %s: %s', page_key_revoke.who, page_key_revoke.note)), 2000)
		WHERE k.id = page_key_revoke.id AND k.revoked_at IS NULL;
	RETURN carom.api_key_revoke(page_key_revoke.id);
END
$$;
COMMENT ON FUNCTION carom.page_key_revoke(text, text, text) IS 'a key opens nothing from now on; its note says who said so, and why';

DROP FUNCTION IF EXISTS carom.page_staff(text);
CREATE FUNCTION carom.page_staff(who text) RETURNS TABLE (name text, role text, added_at timestamptz, author text, note text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_staff.who, 'reader');
	RETURN QUERY SELECT s.* FROM carom.staff_list() s;
END
$$;
COMMENT ON FUNCTION carom.page_staff(text) IS 'who may use the page';

DROP FUNCTION IF EXISTS carom.page_consumers(text);
CREATE FUNCTION carom.page_consumers(who text) RETURNS TABLE (name text, behind bigint, changed_at timestamptz, login text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_consumers.who, 'reader');
	RETURN QUERY SELECT c.* FROM carom.feed_consumers() c;
END
$$;
COMMENT ON FUNCTION carom.page_consumers(text) IS 'who reads the feed, and how much of it each has not read';

-- ---- webhooks ----------------------------------------------------------------------------------------

DROP FUNCTION IF EXISTS carom.page_webhooks(text);
CREATE FUNCTION carom.page_webhooks(who text)
RETURNS TABLE (id text, url text, kinds text, account text, stream text, state text, why text, behind bigint, waiting bigint, dead bigint,
	failing_since timestamptz, delivered_at timestamptz, author text, note text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_webhooks.who, 'reader');
	RETURN QUERY SELECT w.id, w.url, w.kinds, w.account, w.stream, w.state, w.why, w.behind, w.waiting, w.dead, w.failing_since,
		w.delivered_at, w.author, w.note FROM carom.webhooks() w;
END
$$;
COMMENT ON FUNCTION carom.page_webhooks(text) IS 'the webhooks, and how far each is';

DROP FUNCTION IF EXISTS carom.page_deliveries(text, text);
CREATE FUNCTION carom.page_deliveries(who text, webhook text)
RETURNS TABLE (created_at timestamptz, type text, state text, attempts int, status int, error text, answer text, next_at timestamptz, message text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_deliveries.who, 'reader');
	RETURN QUERY SELECT d.created_at, d.type, d.state, d.attempts, d.status, d.error, d.answer, d.next_at, d.message
		FROM carom.webhook_deliveries(page_deliveries.webhook, NULL, 100) d;
END
$$;
COMMENT ON FUNCTION carom.page_deliveries(text, text) IS 'what a webhook was sent, newest first, a hundred at most';

DROP FUNCTION IF EXISTS carom.page_webhook_add(text, text, text, text, text, text);
CREATE FUNCTION carom.page_webhook_add(who text, url text, kinds text, account text, stream text, note text)
RETURNS TABLE (id text, secret text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_webhook_add.who, 'admin');
	RETURN QUERY SELECT a.id, a.secret FROM carom.webhook_add(page_webhook_add.url,
		regexp_split_to_array(nullif(btrim(page_webhook_add.kinds), ''), '\s+'), page_webhook_add.account, page_webhook_add.stream,
		page_webhook_add.note, page_webhook_add.who) a;
END
$$;
COMMENT ON FUNCTION carom.page_webhook_add(text, text, text, text, text, text) IS
	'a new webhook; kinds has blanks between. Its secret is told here and never again';

DROP FUNCTION IF EXISTS carom.page_webhook_do(text, text, text, text);
CREATE FUNCTION carom.page_webhook_do(who text, id text, what text, note text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM carom._page_may(page_webhook_do.who, 'admin');
	UPDATE carom.webhook w SET note = left(concat_ws('; ', w.note, format('%s by %s: %s', page_webhook_do.what, page_webhook_do.who, page_webhook_do.note)), 2000)
		WHERE w.id = page_webhook_do.id;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	CASE page_webhook_do.what
		WHEN 'pause' THEN RETURN carom.webhook_pause(page_webhook_do.id);
		WHEN 'resume' THEN RETURN carom.webhook_resume(page_webhook_do.id);
		WHEN 'remove' THEN RETURN carom.webhook_remove(page_webhook_do.id);
		WHEN 'test' THEN RETURN carom.webhook_test(page_webhook_do.id) IS NOT NULL;
		ELSE RAISE EXCEPTION 'a webhook is paused, resumed, removed or tested' USING ERRCODE = 'invalid_parameter_value';
	END CASE;
END
$$;
COMMENT ON FUNCTION carom.page_webhook_do(text, text, text, text) IS 'pause, resume, remove or test a webhook; its note says who, and why. False if there is none';

-- ---- figures --------------------------------------------------------------------------------------------

-- So that the page's role need read no table, what reads one for the reports runs with
-- the rights of the schema's owner. Only what is written in PL/pgSQL: the others are
-- taken into the question that calls them, and planned with its values; with
-- rights of their own they would not be, and some would take a hundred times as long.
DO $$
DECLARE
	one regprocedure;
BEGIN
	FOR one IN SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
			WHERE p.pronamespace = 'carom'::regnamespace AND l.lanname = 'plpgsql' AND NOT p.prosecdef AND (p.proname LIKE 'report\_%'
				OR p.proname IN ('undetermined', 'unread', '_daily', '_tally', '_duplicates', '_arrived', '_cohorts', '_report_cohorts', '_blocklists',
					'_sample_replies', '_named_daily')) LOOP
		EXECUTE pg_catalog.format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, pg_temp', one);
	END LOOP;
END
$$;
