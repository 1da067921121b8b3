-- SPDX-License-Identifier: BSD-2-Clause
-- carom - what the HTTP API asks: one function an endpoint
--
-- Each takes the key's id and digest first, and decides here what that key may
-- see and do, so that the program in front of it can give away nothing: it
-- knows no secret of a key, and its role may call these functions alone. They
-- answer with an HTTP status. Absent is unknown or all: no nulls, no empty texts.

-- ---- keys --------------------------------------------------------------------

CREATE OR REPLACE FUNCTION carom._api_moment(moment timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;

-- The key, if it opens anything now; a row of nothing otherwise.
CREATE OR REPLACE FUNCTION carom._api_caller(key text, digest text) RETURNS carom.api_key
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
	found carom.api_key;
	today date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
	SELECT k.* INTO found FROM carom.api_key k
		WHERE k.id = _api_caller.key AND k.digest = decode(_api_caller.digest, 'hex') AND k.revoked_at IS NULL
			AND (k.expires_at IS NULL OR k.expires_at > now());
	IF found.used_on < today OR found.id IS NOT NULL AND found.used_on IS NULL THEN
		UPDATE carom.api_key k SET used_on = today WHERE k.id = found.id AND k.used_on IS DISTINCT FROM today;
	END IF;
	RETURN found;
END
$$;

CREATE OR REPLACE FUNCTION carom._api_can(caller carom.api_key, scope text) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$ SELECT coalesce(caller.scopes && ARRAY[scope, 'admin'], false) $$;

-- Whether entries of that scope are those of a key for these accounts and streams:
-- asked of rows that may lie on other machines, which know no keys.
CREATE OR REPLACE FUNCTION carom._api_holds(accounts text[], streams text[], account text, stream text) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
	SELECT (accounts IS NULL OR coalesce(account, '') = ANY (accounts)) AND (streams IS NULL OR coalesce(stream, '') = ANY (streams))
$$;

-- Whether entries of that scope are the key's to see and to change.
CREATE OR REPLACE FUNCTION carom._api_holds(caller carom.api_key, account text, stream text) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$ SELECT carom._api_holds(caller.accounts, caller.streams, account, stream) $$;

-- Why the key may not; a row of nothing if it may. Asked by every question, so in a
-- language that is quick to call.
CREATE OR REPLACE FUNCTION carom._api_refusal(caller carom.api_key, scope text) RETURNS carom.api_answer
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	IF caller.id IS NULL THEN
		RETURN (401, 'no such key, or it has expired or was revoked', NULL)::carom.api_answer;
	ELSIF NOT carom._api_can(caller, scope) THEN
		RETURN (403, format('this key lacks the scope %s', scope), NULL)::carom.api_answer;
	END IF;
	RETURN NULL;
END
$$;

-- The same, where account and stream are named.
CREATE OR REPLACE FUNCTION carom._api_refusal(caller carom.api_key, scope text, account text, stream text) RETURNS carom.api_answer
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	IF caller.id IS NULL OR NOT carom._api_can(caller, scope) THEN
		RETURN carom._api_refusal(caller, scope);
	ELSIF account IS NULL AND stream IS NOT NULL THEN
		RETURN (422, 'a stream is one of an account, and none is named', NULL)::carom.api_answer;
	ELSIF account <> ALL (caller.accounts) THEN
		RETURN (403, format('this key is not for the account %s', account), NULL)::carom.api_answer;
	ELSIF stream <> ALL (caller.streams) THEN
		RETURN (403, format('this key is not for the stream %s', stream), NULL)::carom.api_answer;
	END IF;
	RETURN NULL;
END
$$;

-- The same for a change in exactly one account or stream, which the key must hold.
DROP FUNCTION IF EXISTS carom._api_refusal_to_change(carom.api_key, text, text);
CREATE OR REPLACE FUNCTION carom._api_refusal_to_change(caller carom.api_key, scope text, account text, stream text) RETURNS carom.api_answer
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
	answer carom.api_answer := carom._api_refusal(caller, scope, account, stream);
BEGIN
	IF answer.status IS NULL AND NOT carom._api_holds(caller, account, stream) THEN
		RETURN (403, 'this key is for some accounts or streams: name one of them', NULL)::carom.api_answer;
	END IF;
	RETURN answer;
END
$$;

-- The account that is meant where none is named: a key for one account means that one.
CREATE OR REPLACE FUNCTION carom._api_account(caller carom.api_key, account text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE WHEN account IS NULL AND cardinality(caller.accounts) = 1 THEN caller.accounts[1] ELSE account END $$;

-- The stream, likewise.
CREATE OR REPLACE FUNCTION carom._api_stream(caller carom.api_key, stream text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE WHEN stream IS NULL AND cardinality(caller.streams) = 1 THEN caller.streams[1] ELSE stream END $$;

DROP FUNCTION IF EXISTS carom.api_key_add(text, bytea, text[], text[], text[], timestamptz, text, text);
CREATE FUNCTION carom.api_key_add(id text, digest bytea, scopes text[], accounts text[] DEFAULT NULL, streams text[] DEFAULT NULL,
	expires_at timestamptz DEFAULT NULL, note text DEFAULT NULL, author text DEFAULT session_user)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong text := (SELECT s FROM unnest(api_key_add.scopes) s WHERE s <> ALL (ARRAY['check', 'suppressions:read', 'suppressions:write',
		'complaints:release', 'events:read', 'reports:read', 'admin']) LIMIT 1);
BEGIN
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION 'there is no scope "%"', left(wrong, 100) USING ERRCODE = 'invalid_parameter_value',
			HINT = 'They are check, suppressions:read, suppressions:write, complaints:release, events:read, reports:read and admin.';
	ELSIF api_key_add.expires_at <= now() THEN
		RAISE EXCEPTION 'the key would already have expired' USING ERRCODE = 'invalid_parameter_value';
	ELSIF api_key_add.streams IS NOT NULL AND api_key_add.accounts IS NULL THEN
		RAISE EXCEPTION 'a stream is one of an account, and none is named' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	INSERT INTO carom.api_key (id, digest, accounts, streams, scopes, note, author, login, expires_at)
		VALUES (api_key_add.id, api_key_add.digest, api_key_add.accounts, api_key_add.streams, api_key_add.scopes,
			left(nullif(btrim(api_key_add.note), ''), 2000), carom._author(api_key_add.author), session_user, api_key_add.expires_at);
END
$$;
COMMENT ON FUNCTION carom.api_key_add(text, bytea, text[], text[], text[], timestamptz, text, text) IS
	'take in a key that was made elsewhere: its id and the SHA-256 of the whole of it (carom api key add makes them)';

DROP FUNCTION IF EXISTS carom.api_key_revoke(text);
CREATE FUNCTION carom.api_key_revoke(id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	UPDATE carom.api_key k SET revoked_at = now() WHERE k.id = api_key_revoke.id AND k.revoked_at IS NULL;
	RETURN FOUND;
END
$$;
COMMENT ON FUNCTION carom.api_key_revoke(text) IS 'the key opens nothing from now on; false if there is none that did';

DROP FUNCTION IF EXISTS carom.api_keys();
CREATE FUNCTION carom.api_keys()
RETURNS TABLE (id text, scopes text, accounts text, streams text, state text, created_at timestamptz, expires_at timestamptz,
	used_on date, author text, note text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT k.id, array_to_string(k.scopes, ' '), array_to_string(k.accounts, ' '), array_to_string(k.streams, ' '),
		CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= now() THEN 'expired' ELSE 'good' END,
		k.created_at, k.expires_at, k.used_on, k.author, k.note
	FROM carom.api_key k
	ORDER BY k.revoked_at IS NOT NULL, k.created_at, k.id
$$;
COMMENT ON FUNCTION carom.api_keys() IS 'the keys of the HTTP API, those that open something first';

-- ---- what entries look like ----------------------------------------------------

-- Who may take an entry off the list: this key, one that may release what a person
-- asked for, or only staff.
CREATE OR REPLACE FUNCTION carom._api_lifter(caller carom.api_key, entry carom.suppression) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE
		WHEN NOT carom._api_holds(caller, entry.account, entry.stream) THEN 'staff'
		WHEN NOT carom._api_can(caller, 'suppressions:write') THEN 'a key with suppressions:write'
		WHEN entry.source IN ('complaint', 'unsubscribe') AND NOT carom._api_can(caller, 'complaints:release')
			THEN 'a key with complaints:release'
		ELSE 'this key'
	END
$$;

DROP FUNCTION IF EXISTS carom._api_entry(carom.api_key, carom.suppression);
-- What others wrote about an entry of theirs is not for a key that merely meets it.
-- One expression, as all functions that it calls, so that a query takes them in: a
-- call each would be most of an export's time.
CREATE OR REPLACE FUNCTION carom._api_entry(caller carom.api_key, entry carom.suppression) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('address', entry.address, 'account', nullif(entry.account, ''),
		'stream', nullif(entry.stream, ''), 'reason', CASE WHEN entry.source IN ('bounce', 'upstream', 'complaint', 'unsubscribe')
			OR carom._api_holds(caller, entry.account, entry.stream) THEN entry.reason END,
		'source', entry.source, 'since', carom._api_moment(entry.since), 'changed_at', carom._api_moment(entry.changed_at),
		'expires_at', carom._api_moment(entry.expires_at), 'provider', nullif(entry.provider, ''), 'status', entry.status,
		'rule', entry.rule, 'confidence', entry.confidence,
		'author', CASE WHEN carom._api_holds(caller, entry.account, entry.stream) THEN entry.author END,
		'note', CASE WHEN carom._api_holds(caller, entry.account, entry.stream) THEN entry.note END,
		'lifted_by', carom._api_lifter(caller, entry)))
$$;

CREATE OR REPLACE FUNCTION carom._api_change(change carom.suppression_log) RETURNS json
LANGUAGE sql STABLE
AS $$
	SELECT json_strip_nulls(json_build_object('id', change.id, 'at', carom._api_moment(change.at), 'change', change.change,
		'account', nullif(change.account, ''), 'stream', nullif(change.stream, ''), 'reason', change.reason, 'source', change.source,
		'expires_at', carom._api_moment(change.expires_at), 'provider', nullif(change.provider, ''), 'rule', change.rule,
		'confidence', change.confidence, 'author', change.author, 'note', change.note))
$$;

-- ---- may these be mailed? --------------------------------------------------------

DROP FUNCTION IF EXISTS carom.api_check(text, text, jsonb, text, text);
CREATE FUNCTION carom.api_check(key text, digest text, addresses jsonb, account text DEFAULT NULL, stream text DEFAULT NULL)
RETURNS carom.api_answer
-- one plan for all: to plan it anew would be most of its time
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	caller  carom.api_key := carom._api_caller(api_check.key, api_check.digest);
	whose   text := carom._api_account(caller, api_check.account);
	answer  carom.api_answer := carom._api_refusal(caller, 'check', whose, api_check.stream);
	given   text[];
	normals text[];
	names   text[];
	homes   int[];
	blocks  carom.suppression[];
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	given := ARRAY(SELECT jsonb_array_elements_text(api_check.addresses));
	normals := ARRAY(SELECT carom.normalise(g) FROM unnest(given) g);
	names := ARRAY(SELECT DISTINCT x FROM unnest(normals) a, unnest(carom._names(a)) x);
	homes := carom._homes(names);
	-- not by :=, which on Citus would send what was in there, in a type that only the coordinator knows
	SELECT ARRAY(
		SELECT s FROM carom.suppression s
		WHERE (homes IS NULL OR s.home = ANY (homes)) AND s.address = ANY (names) AND (s.expires_at IS NULL OR s.expires_at > now())
			-- with no account, whatever keeps anybody of ours from it
			AND CASE WHEN whose IS NULL THEN s.account = '' OR caller.accounts IS NULL OR s.account = ANY (caller.accounts)
				ELSE s.account IN ('', whose) AND s.stream IN ('', coalesce(api_check.stream, '')) END
		ORDER BY s.address, s.account, s.stream) INTO blocks;
	IF carom._is_transactional(whose, api_check.stream) THEN  -- as suppressed() has it
		blocks := ARRAY(SELECT s FROM unnest(blocks) s WHERE s.stream = api_check.stream OR carom._stops_transactional(s));
	END IF;
	IF blocks = '{}' THEN
		answer.status := 200;
		answer.answer := json_build_object('results', (SELECT json_agg(CASE WHEN left(a.normal, 1) <> '@'
				THEN json_build_object('address', a.given, 'allowed', true)
				ELSE json_build_object('address', a.given, 'allowed', false, 'error', 'no address') END)
			FROM unnest(given, normals) a(given, normal)));
		RETURN answer;
	END IF;
	WITH found AS MATERIALIZED (
		SELECT s.address AS name, jsonb_agg(carom._api_entry(caller, s) ORDER BY s.account, s.stream) AS entries
		FROM unnest(blocks) s GROUP BY s.address
	)
	SELECT 200, json_build_object('results', coalesce(json_agg(json_strip_nulls(json_build_object('address', a.given,
			'allowed', a.normal IS NOT NULL AND left(a.normal, 1) <> '@' AND e.entries IS NULL,
			'error', CASE WHEN a.normal IS NULL OR left(a.normal, 1) = '@' THEN 'no address' END,
			'entries', e.entries)) ORDER BY a.n), '[]')), NULL
		INTO answer
		FROM unnest(given, normals) WITH ORDINALITY a(given, normal, n)
		LEFT JOIN LATERAL (
			SELECT jsonb_agg(x.entry ORDER BY left(f.name, 1) = '@' DESC, n.n, x.n) AS entries
			FROM unnest(carom._names(a.normal)) WITH ORDINALITY n(name, n) JOIN found f ON f.name = n.name
				CROSS JOIN LATERAL jsonb_array_elements(f.entries) WITH ORDINALITY x(entry, n)) e ON true;
	RETURN answer;
END
$$;
COMMENT ON FUNCTION carom.api_check(text, text, jsonb, text, text) IS
	'POST /v1/check: for each of the addresses whether it may be mailed, and else every entry that forbids it. Without an account: '
	'whether nobody is kept from mailing it. What is no address is never allowed';

-- ---- the list ------------------------------------------------------------------------

DROP FUNCTION IF EXISTS carom.api_list(text, text, text, text, text, text, text, text, text, timestamptz, timestamptz, timestamptz, int, text[]);
CREATE FUNCTION carom.api_list(key text, digest text, account text DEFAULT NULL, stream text DEFAULT NULL, domain text DEFAULT NULL,
	reason text DEFAULT NULL, source text DEFAULT NULL, provider text DEFAULT NULL, rule text DEFAULT NULL,
	since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, expires_before timestamptz DEFAULT NULL,
	"limit" int DEFAULT 1000, after text[] DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_list.key, api_list.digest);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read');
	whose  text := carom._api_account(caller, api_list.account);
	most   int := greatest(1, least(coalesce(api_list."limit", 1000), 10000));
	reach  int := greatest(10000, most + 1);
	list   text;
	place  text[];
	page   carom.suppression[];
	last   carom.suppression;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	IF whose IS NOT NULL AND api_list.since IS NULL THEN
		list := 's.account = $1 AND ($2 IS NULL OR (s.stream, s.address) > ($2[2], $2[1]))';
		place := ARRAY['s.stream', 's.address'];
	ELSE
		list := '($2 IS NULL OR (s.changed_at, s.address, s.account, s.stream) > ($2[1]::timestamptz, $2[2], $2[3], $2[4])) '
			'AND ($3 IS NULL OR s.changed_at >= $3)';
		place := ARRAY['s.changed_at', 's.address', 's.account', 's.stream'];
	END IF;
	IF cardinality(api_list.after) <> cardinality(place) THEN
		RETURN (422, 'after is the next of another question', NULL)::carom.api_answer;
	END IF;
	-- Looked at is a piece of the list, in the order of an index, whatever is asked for: a page
	-- whose filter few entries pass costs no more than one that all do, but it may be short. One
	-- entry more than is told, to know whether there is another page.
	list := format('SELECT s.* FROM carom.suppression s WHERE %s ORDER BY %s', list, array_to_string(place, ', '));
	EXECUTE format('SELECT ARRAY(SELECT s::carom.suppression FROM (%s LIMIT $16) s WHERE (s.expires_at IS NULL OR s.expires_at > now()) '
			'AND ($4 IS NULL OR s.account = ANY ($4)) AND ($5 IS NULL OR s.stream = ANY ($5)) AND ($6 IS NULL OR s.account = $6) '
			'AND ($7 IS NULL OR s.stream = $7) AND ($8 IS NULL OR split_part(s.address, ''@'', -1) = lower($8)) '
			'AND ($9 IS NULL OR s.reason = $9) AND ($10 IS NULL OR s.source = $10) AND ($11 IS NULL OR s.provider = $11) '
			'AND ($12 IS NULL OR s.rule = $12) AND ($13 IS NULL OR s.changed_at < $13) AND ($14 IS NULL OR s.expires_at < $14) LIMIT $15)', list)
		INTO page
		USING whose, api_list.after, api_list.since, caller.accounts, caller.streams, api_list.account, api_list.stream, api_list.domain,
			api_list.reason, api_list.source, api_list.provider, api_list.rule, api_list.until, api_list.expires_before, most + 1, reach;
	answer.status := 200;
	IF cardinality(page) > most THEN
		page := page[1:most];
		last := page[most];
	ELSE
		EXECUTE list || ' OFFSET $4 LIMIT 1' INTO last USING whose, api_list.after, api_list.since, reach - 1;
	END IF;
	IF last.address IS NOT NULL AND (api_list.until IS NULL OR cardinality(place) = 2 OR last.changed_at < api_list.until) THEN
		answer.next := CASE cardinality(place) WHEN 2 THEN ARRAY[last.address, last.stream] ELSE
			ARRAY[to_char(last.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US"+00"'), last.address, last.account, last.stream] END;
	END IF;
	answer.answer := json_build_object('results', coalesce((
		SELECT json_agg(carom._api_entry(caller, s)) FROM unnest(page) s), '[]'));
	RETURN answer;
END
$$;
COMMENT ON FUNCTION carom.api_list(text, text, text, text, text, text, text, text, text, timestamptz, timestamptz, timestamptz, int, text[]) IS
	'GET /v1/suppressions: the entries in force that the key may see, a page at a time: those of one account by stream and address, else those that '
	'changed last at the end. A page may be short, or empty, and still have a next';

-- A line of CSV (RFC 4180). As everywhere in carom, what a spreadsheet would run as
-- a formula has an apostrophe before it; it is no matter where it is a time of ours.
CREATE OR REPLACE FUNCTION carom._api_csv(VARIADIC cells text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT string_agg(CASE WHEN m.cell ~ '[",\r\n]' THEN '"' || replace(m.cell, '"', '""') || '"' ELSE coalesce(m.cell, '') END, ',' ORDER BY c.n) || E'\r\n'
	FROM unnest(cells) WITH ORDINALITY c(cell, n),
		LATERAL (SELECT CASE WHEN c.cell ~ '^[=+@\t\r\n''-]' THEN '''' || c.cell ELSE c.cell END AS cell) m
$$;

DROP FUNCTION IF EXISTS carom.api_export(text, text, text, text, text, int, text[]);
CREATE FUNCTION carom.api_export(key text, digest text, format text, account text DEFAULT NULL, stream text DEFAULT NULL,
	"limit" int DEFAULT 5000, after text[] DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_export.key, api_export.digest);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', api_export.account, api_export.stream);
	page   carom.suppression[];
	most   int := greatest(1, least(coalesce(api_export."limit", 5000), 10000));
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	-- in the order of the key: what is there throughout is told once, whatever changes meanwhile
	SELECT ARRAY(
		SELECT s FROM carom.suppression s
		WHERE (api_export.after IS NULL OR (s.address, s.account, s.stream)
				> (api_export.after[1], api_export.after[2], api_export.after[3]))
			AND (s.expires_at IS NULL OR s.expires_at > now())
			AND (caller.accounts IS NULL OR s.account = ANY (caller.accounts))
			AND (caller.streams IS NULL OR s.stream = ANY (caller.streams))
			AND (api_export.account IS NULL OR s.account = api_export.account)
			AND (api_export.stream IS NULL OR s.stream = api_export.stream)
		ORDER BY s.address, s.account, s.stream
		LIMIT most + 1) INTO page;
	answer.status := 200;
	IF cardinality(page) > most THEN
		page := page[1:most];
		answer.next := ARRAY[(page[most]).address, (page[most]).account, (page[most]).stream];
	END IF;
	IF api_export.format = 'csv' THEN
		answer.answer := CASE WHEN api_export.after IS NULL THEN carom._api_csv('address', 'account', 'stream', 'reason', 'source', 'since',
				'changed_at', 'expires_at', 'provider', 'status', 'rule', 'confidence', 'author', 'note') ELSE '' END
			|| coalesce((SELECT string_agg(carom._api_csv(s.address, s.account, s.stream, s.reason, s.source, carom._api_moment(s.since),
					carom._api_moment(s.changed_at), carom._api_moment(s.expires_at), s.provider, s.status, s.rule, s.confidence, s.author, s.note),
					'' ORDER BY s.address, s.account, s.stream)
				FROM unnest(page) s), '');
	ELSE
		answer.answer := coalesce((SELECT string_agg(carom._api_entry(caller, s)::text || E'\n', '' ORDER BY s.address, s.account, s.stream)
			FROM unnest(page) s), '');
	END IF;
	RETURN answer;
END
$$;
COMMENT ON FUNCTION carom.api_export(text, text, text, text, text, int, text[]) IS
	'GET /v1/suppressions/export: a piece of the list as csv or ndjson, and where the next one begins';

-- ---- one address -----------------------------------------------------------------------

-- Its entries in force that the key may see, fetched before they are put into words:
-- that a machine of Citus could not, where neither keys nor these rows have a type.
CREATE OR REPLACE FUNCTION carom._api_entries(accounts text[], streams text[], plain text) RETURNS SETOF carom.suppression
LANGUAGE plpgsql STABLE ROWS 5
AS $$
DECLARE
	homes int[] := carom._homes(ARRAY[plain]);
BEGIN
	RETURN QUERY SELECT s.* FROM carom.suppression s
		WHERE (homes IS NULL OR s.home = ANY (homes)) AND s.address = plain AND (s.expires_at IS NULL OR s.expires_at > now())
			AND carom._api_holds(accounts, streams, s.account, s.stream);
END
$$;

-- Likewise its changes, the newest first: so many before that number, or the last ones.
CREATE OR REPLACE FUNCTION carom._api_changes(accounts text[], streams text[], plain text, before bigint, most int) RETURNS SETOF carom.suppression_log
LANGUAGE plpgsql STABLE ROWS 100
AS $$
DECLARE
	homes int[] := carom._homes(ARRAY[plain]);
BEGIN
	RETURN QUERY SELECT l.* FROM carom.suppression_log l
		WHERE (homes IS NULL OR l.home = ANY (homes)) AND l.address = plain AND (before IS NULL OR l.id < before)
			AND carom._api_holds(accounts, streams, l.account, l.stream)
		ORDER BY l.id DESC LIMIT most;
END
$$;

DROP FUNCTION IF EXISTS carom.api_get(text, text, text, text, text);
CREATE FUNCTION carom.api_get(key text, digest text, address text, account text DEFAULT NULL, stream text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_get.key, api_get.digest);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', api_get.account, api_get.stream);
	plain  text := carom._entry_name(api_get.address);
	found  jsonb;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	SELECT jsonb_agg(carom._api_entry(caller, s) ORDER BY s.account, s.stream) INTO found FROM carom._api_entries(caller.accounts, caller.streams, plain) s
		WHERE (api_get.account IS NULL OR s.account = api_get.account) AND (api_get.stream IS NULL OR s.stream = api_get.stream);
	IF found IS NULL THEN
		RETURN (404, 'the address is on no list that this key may see', NULL)::carom.api_answer;
	END IF;
	RETURN (200, json_build_object('address', plain, 'entries', found), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_get(text, text, text, text, text) IS
	'GET /v1/suppressions/{address}: its entries in every scope that the key may see; 404 if there is none';

DROP FUNCTION IF EXISTS carom.api_put(text, text, text, text, text, text, text, timestamptz);
CREATE FUNCTION carom.api_put(key text, digest text, address text, account text DEFAULT NULL, stream text DEFAULT NULL,
	reason text DEFAULT NULL, note text DEFAULT NULL, expires_at timestamptz DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_put.key, api_put.digest);
	whose  text := carom._api_account(caller, api_put.account);
	part   text := carom._api_stream(caller, api_put.stream);
	answer carom.api_answer := carom._api_refusal_to_change(caller, 'suppressions:write', whose, part);
	plain  text := carom._entry_name(api_put.address);
	homes  int[] := carom._homes(ARRAY[plain]);
	entry  carom.suppression;
	done   text;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	done := carom.suppress(api_put.address, api_put.reason, coalesce(whose, ''), coalesce(part, ''), api_put.note, api_put.expires_at,
		'key ' || caller.id);
	SELECT s.* INTO entry FROM carom.suppression s
		WHERE (homes IS NULL OR s.home = ANY (homes)) AND s.address = plain AND s.account = coalesce(whose, '') AND s.stream = coalesce(part, '');
	RETURN (CASE done WHEN 'added' THEN 201 ELSE 200 END, json_build_object('done', done, 'entry', carom._api_entry(caller, entry)), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_put(text, text, text, text, text, text, text, timestamptz) IS
	'PUT /v1/suppressions/{address}: on the list of exactly one scope. done is added, replaced, or kept where what was there is as strong';

DROP FUNCTION IF EXISTS carom.api_delete(text, text, text, text, text, text);
CREATE FUNCTION carom.api_delete(key text, digest text, address text, account text DEFAULT NULL, stream text DEFAULT NULL,
	note text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_delete.key, api_delete.digest);
	whose  text := carom._api_account(caller, api_delete.account);
	part   text := carom._api_stream(caller, api_delete.stream);
	answer carom.api_answer := carom._api_refusal_to_change(caller, 'suppressions:write', whose, part);
	plain  text := carom._entry_name(api_delete.address);
	homes  int[] := carom._homes(ARRAY[plain]);
	held   carom.suppression;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	-- as unsuppress() does, and so that nobody changes it between the look and the deed
	PERFORM carom._lock_addresses(ARRAY[plain]);
	SELECT s.* INTO held FROM carom.suppression s
		WHERE (homes IS NULL OR s.home = ANY (homes)) AND s.address = plain AND s.account = coalesce(whose, '') AND s.stream = coalesce(part, '')
			AND (s.expires_at IS NULL OR s.expires_at > now())
		FOR UPDATE;
	IF held.address IS NULL THEN
		RETURN (404, 'the address is not on the list of this scope', NULL)::carom.api_answer;
	ELSIF held.source IN ('complaint', 'unsubscribe') AND NOT carom._api_can(caller, 'complaints:release') THEN
		RETURN (403, 'a person asked for it, and this key lacks the scope complaints:release', NULL)::carom.api_answer;
	END IF;
	PERFORM carom.unsuppress(held.address, api_delete.note, held.account, held.stream, 'key ' || caller.id);
	RETURN (204, NULL, NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_delete(text, text, text, text, text, text) IS
	'DELETE /v1/suppressions/{address}: off the list of exactly one scope, with a note; 404 if it is not on it';

DROP FUNCTION IF EXISTS carom.api_log(text, text, text, int, text[]);
CREATE FUNCTION carom.api_log(key text, digest text, address text, "limit" int DEFAULT 100, after text[] DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_log.key, api_log.digest);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read');
	plain  text := carom._entry_name(api_log.address);
	before bigint := api_log.after[1];
	most   int := greatest(1, least(coalesce(api_log."limit", 100), 1000));
	page   carom.suppression_log[];
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	page := ARRAY(SELECT l FROM carom._api_changes(caller.accounts, caller.streams, plain, before, most + 1) l);
	answer.status := 200;
	IF cardinality(page) > most THEN
		page := page[1:most];
		answer.next := ARRAY[(page[most]).id::text];
	END IF;
	answer.answer := json_build_object('address', plain, 'results', coalesce((
		SELECT json_agg(carom._api_change(l) ORDER BY l.id DESC) FROM unnest(page) l), '[]'));
	RETURN answer;
END
$$;
COMMENT ON FUNCTION carom.api_log(text, text, text, int, text[]) IS
	'GET /v1/suppressions/{address}/log: what was done about it, newest first, in the scopes that the key may see';

DROP FUNCTION IF EXISTS carom.api_address(text, text, text);
CREATE FUNCTION carom.api_address(key text, digest text, address text)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller  carom.api_key := carom._api_caller(api_address.key, api_address.digest);
	answer  carom.api_answer := carom._api_refusal(caller, 'events:read');
	plain   text := carom._entry_name(api_address.address);
	homes   int[] := carom._homes(ARRAY[plain]);
	whose   text[] := caller.accounts;
	parts   text[] := caller.streams;
	entries json;
	changes json;
	events  json;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	SELECT json_agg(carom._api_entry(caller, s) ORDER BY s.account, s.stream) INTO entries FROM carom._api_entries(caller.accounts, caller.streams, plain) s;
	SELECT json_agg(carom._api_change(l) ORDER BY l.id DESC) INTO changes
		FROM carom._api_changes(caller.accounts, caller.streams, plain, NULL, 100) l;
	SELECT json_agg(json_strip_nulls(json_build_object('id', e.id, 'at', carom._api_moment(e.at), 'kind', e.kind,
			'account', nullif(e.account, ''), 'stream', nullif(e.stream, ''), 'provider', nullif(e.provider, ''), 'action', e.action,
			'category', e.category, 'class', e.class, 'feedback_type', e.feedback_type, 'status', e.status, 'reply', e.reply, 'rule', e.rule,
			'confidence', e.confidence, 'resolved_by', e.resolved_by, 'remote_mta', e.remote_mta, 'diagnostic', e.diagnostic)) ORDER BY e.at DESC, e.id DESC)
		INTO events FROM (
			SELECT e.* FROM carom.event e
			WHERE (homes IS NULL OR e.home = ANY (homes)) AND e.address = plain AND carom._api_holds(whose, parts, e.account, e.stream)
			ORDER BY e.at DESC, e.id DESC LIMIT 100) e;
	RETURN (200, json_build_object('address', plain, 'entries', coalesce(entries, '[]'), 'changes', coalesce(changes, '[]'),
		'events', coalesce(events, '[]')), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_address(text, text, text) IS
	'GET /v1/addresses/{address}: the story of an address, as far as the key may see: what holds, what was done, what came in; a hundred of each';

-- ---- the feed ---------------------------------------------------------------------------

DROP FUNCTION IF EXISTS carom.api_events(text, text, text, text, int);
CREATE FUNCTION carom.api_events(key text, digest text, after text DEFAULT NULL, what text DEFAULT NULL, "limit" int DEFAULT 1000)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_events.key, api_events.digest);
	answer carom.api_answer := carom._api_refusal(caller, 'events:read');
	begin_ text := CASE WHEN api_events.after = 'end' THEN carom.feed_head() ELSE coalesce(api_events.after, '') END;
	upto   text := begin_;
	found  json;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	-- what is of others is passed over, and the place where it goes on is after it
	SELECT json_agg(f.item ORDER BY f.n) FILTER (WHERE carom._api_holds(caller, f.item ->> 'account', f.item ->> 'stream') OR caller.accounts IS NULL
			AND caller.streams IS NULL),
		coalesce((array_agg(f.cursor ORDER BY f.n DESC))[1], begin_) INTO found, upto
		FROM carom.feed(begin_, greatest(1, least(coalesce(api_events."limit", 1000), 10000)), api_events.what) WITH ORDINALITY f(cursor, at, type, item, n);
	RETURN (200, json_build_object('next', upto, 'results', coalesce(found, '[]')),
		CASE WHEN found IS NOT NULL THEN ARRAY[upto] END)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_events(text, text, text, text, int) IS
	'GET /v1/events: what happened after a cursor of the feed, in order, as far as the key may see; next is the after of the next question, always. '
	'Call feed_number() first';

-- ---- undo by cause ---------------------------------------------------------------------

DROP FUNCTION IF EXISTS carom.api_undo(text, text, text, timestamptz, timestamptz, text, text, text, text, boolean);
CREATE FUNCTION carom.api_undo(key text, digest text, note text, since timestamptz, until timestamptz, reason text DEFAULT NULL,
	rule text DEFAULT NULL, provider text DEFAULT NULL, account text DEFAULT NULL, dry_run boolean DEFAULT true)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_undo.key, api_undo.digest);
	whose  text := carom._api_account(caller, api_undo.account);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:write', whose, NULL);
	gone   carom.suppression[];
	dry    boolean := coalesce(api_undo.dry_run, true);
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF whose IS NULL AND caller.accounts IS NOT NULL OR caller.streams IS NOT NULL THEN
		RETURN (403, 'this key is for some accounts or streams: name an account, with a key for all of its streams', NULL)::carom.api_answer;
	END IF;
	gone := ARRAY(SELECT s FROM carom.unsuppress_cause(api_undo.note, api_undo.since, api_undo.until, api_undo.reason, api_undo.rule,
		api_undo.provider, whose, 'key ' || caller.id, dry) s);
	RETURN (200, json_build_object('dry_run', dry, 'count', cardinality(gone), 'entries', coalesce((
		SELECT json_agg(carom._api_entry(caller, s) ORDER BY s.address, s.account, s.stream) FROM unnest(gone[1:1000]) s), '[]')),
		NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_undo(text, text, text, timestamptz, timestamptz, text, text, text, text, boolean) IS
	'POST /v1/suppressions/undo: take off what one cause did, or, unless dry_run is false, only show it: how many, and the first thousand';

-- ---- reports -----------------------------------------------------------------------------

DROP FUNCTION IF EXISTS carom.api_report(text, text, text, date, date, text, text);
CREATE FUNCTION carom.api_report(key text, digest text, name text, from_day date DEFAULT NULL, to_day date DEFAULT NULL,
	account text DEFAULT NULL, stream text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_report.key, api_report.digest);
	whose  text := carom._api_account(caller, api_report.account);
	answer carom.api_answer := carom._api_refusal(caller, 'reports:read', whose, api_report.stream);
	last   date := coalesce(api_report.to_day, carom.day() - 1);
	first  date := coalesce(api_report.from_day, last);
	found  json;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF NOT carom._api_holds(caller, whose, api_report.stream) THEN
		RETURN (403, 'this key is for some accounts or streams: name one of them', NULL)::carom.api_answer;
	ELSIF first > last OR last - first > 3660 THEN
		RETURN (422, 'from is a day up to to, at most ten years before it', NULL)::carom.api_answer;
	END IF;
	CASE api_report.name
		WHEN 'providers', 'streams', 'bounces', 'complaints' THEN
			SELECT json_agg(json_strip_nulls(row_to_json(r))) INTO found FROM carom.report_rates(first, last,
				CASE api_report.name WHEN 'providers' THEN 'provider' WHEN 'streams' THEN 'stream' ELSE 'series' END, whose, api_report.stream) r;
		WHEN 'days' THEN
			SELECT json_agg(json_strip_nulls(row_to_json(r))) INTO found FROM carom.report_days(first, last, whose, api_report.stream) r;
		WHEN 'causes' THEN
			SELECT json_agg(json_strip_nulls(row_to_json(r))) INTO found FROM carom.report_causes(first, last, whose, api_report.stream) r;
		WHEN 'blocks' THEN
			SELECT json_agg(json_strip_nulls(row_to_json(r))) INTO found FROM carom.report_blocks(first, last, whose, api_report.stream) r;
		WHEN 'feeds' THEN
			SELECT json_agg(json_strip_nulls(row_to_json(r))) INTO found FROM carom.report_feeds(last, whose, api_report.stream) r;
		WHEN 'outside' THEN
			SELECT json_agg(json_strip_nulls(row_to_json(r))) INTO found FROM carom.report_outside(first, last, whose, api_report.stream) r;
		WHEN 'suppressions' THEN
			SELECT json_agg(json_strip_nulls(row_to_json(r))) INTO found FROM carom.report_suppressions(first, last, whose, api_report.stream) r;
		WHEN 'isp' THEN
			SELECT json_agg(json_strip_nulls(row_to_json(r))) INTO found FROM carom.report_isp(first, last, whose, api_report.stream) r;
		WHEN 'categories' THEN
			SELECT json_agg(json_strip_nulls(row_to_json(r))) INTO found FROM carom.report_category(first, last, whose, api_report.stream) r;
		WHEN 'balance' THEN
			SELECT json_agg(json_strip_nulls(row_to_json(r))) INTO found FROM carom.report_balance(first, last, whose, api_report.stream) r;
		ELSE
			RETURN (404, 'there is no report of that name', NULL)::carom.api_answer;
	END CASE;
	RETURN (200, json_build_object('name', api_report.name, 'from', first, 'to', last, 'rows', coalesce(found, '[]')), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_report(text, text, text, date, date, text, text) IS
	'GET /v1/reports/{name}: a part of the morning report, of some days, yesterday if none is named';

DROP FUNCTION IF EXISTS carom.api_health();
CREATE FUNCTION carom.api_health() RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT max(version) FROM carom.schema_version $$;
COMMENT ON FUNCTION carom.api_health() IS 'GET /healthz: the version of the schema';
