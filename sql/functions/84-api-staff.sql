-- SPDX-License-Identifier: BSD-2-Clause
-- carom - what the HTTP API asks for staff: incidents, the policy, keys, reports

-- What is of all accounts is for a key that is.
CREATE OR REPLACE FUNCTION carom._api_refusal_of_all(caller carom.api_key, scope text) RETURNS carom.api_answer
LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE
		WHEN caller.id IS NULL OR NOT carom._api_can(caller, scope) THEN carom._api_refusal(caller, scope)
		WHEN caller.accounts IS NOT NULL THEN (403, 'this is of all accounts, and the key is for some', NULL)::carom.api_answer
	END
$$;

-- ---- incidents -------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION carom._api_incident(i carom.incident) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('id', i.id, 'state', i.state, 'provider', i.provider, 'template', i.template, 'category', i.category,
		'rule', i.rule, 'example', i.example, 'first_at', carom._api_moment(i.first_at), 'last_at', carom._api_moment(i.last_at),
		'opened_at', carom._api_moment(i.opened_at), 'addresses', i.addresses, 'closed_at', carom._api_moment(i.closed_at), 'author', i.author,
		'note', i.note))
$$;

DROP FUNCTION IF EXISTS carom.api_incidents(text, text, text, int, text[]);
CREATE FUNCTION carom.api_incidents(key text, digest text, state text DEFAULT NULL, "limit" int DEFAULT NULL, after text[] DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_incidents.key, api_incidents.digest);
	answer carom.api_answer := carom._api_refusal_of_all(caller, 'suppressions:read');
	before bigint := api_incidents.after[1];
	most   int := coalesce(api_incidents."limit", 100);
	page   carom.incident[];
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF api_incidents.state NOT IN ('open', 'confirmed', 'discarded') THEN
		RETURN (422, 'state is open, confirmed or discarded', NULL)::carom.api_answer;
	END IF;
	page := ARRAY(SELECT i FROM carom.incident i
		WHERE (before IS NULL OR i.id < before) AND (api_incidents.state IS NULL OR i.state = api_incidents.state)
		ORDER BY i.id DESC LIMIT most + 1);
	answer.status := 200;
	IF cardinality(page) > most THEN
		page := page[1:most];
		answer.next := ARRAY[(page[most]).id::text];
	END IF;
	answer.answer := json_build_object('results', coalesce((SELECT json_agg(carom._api_incident(i) ORDER BY i.id DESC) FROM unnest(page) i), '[]'));
	RETURN answer;
END
$$;
COMMENT ON FUNCTION carom.api_incidents(text, text, text, int, text[]) IS 'GET /v1/incidents: newest first';

DROP FUNCTION IF EXISTS carom.api_incident(text, text, bigint);
CREATE FUNCTION carom.api_incident(key text, digest text, id bigint) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_incident.key, api_incident.digest);
	answer carom.api_answer := carom._api_refusal_of_all(caller, 'suppressions:read');
	found  carom.incident;
	held   json;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	SELECT i.* INTO found FROM carom.incident i WHERE i.id = api_incident.id;
	IF found.id IS NULL THEN
		RETURN (404, 'there is no incident of that number', NULL)::carom.api_answer;
	END IF;
	SELECT json_agg(json_strip_nulls(json_build_object('address', h.address, 'account', nullif(h.account, ''), 'stream', nullif(h.stream, ''),
			'since', carom._api_moment(h.since))) ORDER BY h.address, h.account, h.stream) INTO held
		FROM carom.incident_addresses(found.id, 1000) h;
	RETURN (200, carom._api_incident(found) || jsonb_build_object('held', coalesce(held, '[]')), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_incident(text, text, bigint) IS 'GET /v1/incidents/{id}: one of them, and whom it holds, the first thousand';

DROP FUNCTION IF EXISTS carom.api_close_incident(text, text, text, bigint, text);
CREATE FUNCTION carom.api_close_incident(key text, digest text, what text, id bigint, note text) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_close_incident.key, api_close_incident.digest);
	answer carom.api_answer := carom._api_refusal_of_all(caller, 'suppressions:write');
	found  text;
	n      int;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	SELECT i.state INTO found FROM carom.incident i WHERE i.id = api_close_incident.id;
	IF found IS NULL THEN
		RETURN (404, 'there is no incident of that number', NULL)::carom.api_answer;
	ELSIF found <> 'open' THEN
		RETURN (409, format('the incident is %s already', found), NULL)::carom.api_answer;
	END IF;
	IF api_close_incident.what = 'confirm' THEN
		n := carom.confirm_incident(api_close_incident.id, api_close_incident.note, 'key ' || caller.id);
	ELSE
		n := carom.discard_incident(api_close_incident.id, api_close_incident.note, 'key ' || caller.id);
	END IF;
	RETURN (200, json_build_object('addresses', n, 'incident', (SELECT carom._api_incident(i) FROM carom.incident i WHERE i.id = api_close_incident.id)),
		NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_close_incident(text, text, text, bigint, text) IS
	'POST /v1/incidents/{id}/confirm and discard: whom it held is suppressed, or taken off the list; 409 if it is closed';

-- ---- the policy ------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION carom._api_policy(p carom.policy) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('category', p.category, 'account', nullif(p.account, ''), 'stream', nullif(p.stream, ''),
		'provider', nullif(p.provider, ''), 'status', nullif(p.status, ''), 'reply', nullif(p.reply, ''), 'after', p.after,
		'within_days', p.within_days, 'expires_days', p.expires_days, 'scope', p.scope, 'transactional', p.transactional, 'note', p.note))
$$;

-- The row that a request names, as policy_set() takes it.
CREATE OR REPLACE FUNCTION carom._api_policy_row(category text, account text, stream text, provider text, status text, reply text, after int,
	within_days int, expires_days int, scope text, transactional boolean, note text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('category', category, 'account', account, 'stream', stream, 'provider', provider, 'status', status,
		'reply', reply, 'after', after, 'within_days', within_days, 'expires_days', expires_days, 'scope', scope, 'transactional', transactional,
		'note', note))
$$;

-- Why the key may not change the policy there: a general row is for a key for all.
CREATE OR REPLACE FUNCTION carom._api_refusal_of_policy(caller carom.api_key, account text, stream text) RETURNS carom.api_answer
LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE
		WHEN caller.id IS NULL OR NOT carom._api_can(caller, 'admin') THEN carom._api_refusal(caller, 'admin')
		WHEN NOT carom._api_holds(caller, account, stream) THEN
			(403, 'this key is for some accounts or streams: name one of them', NULL)::carom.api_answer
	END
$$;

DROP FUNCTION IF EXISTS carom.api_policies(text, text, text, text, text);
CREATE FUNCTION carom.api_policies(key text, digest text, category text DEFAULT NULL, account text DEFAULT NULL, stream text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_policies.key, api_policies.digest);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', api_policies.account, api_policies.stream);
	found  json[] := '{}';
	p      carom.policy;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	-- row by row, for on Citus its table has another type
	FOR p IN SELECT p.* FROM carom.policy p
		-- what holds for all holds for the key's accounts too
		WHERE (p.account = '' OR caller.accounts IS NULL OR p.account = ANY (caller.accounts))
			AND (p.stream = '' OR caller.streams IS NULL OR p.stream = ANY (caller.streams))
			AND (api_policies.category IS NULL OR p.category = api_policies.category)
			AND (api_policies.account IS NULL OR p.account IN ('', api_policies.account))
			AND (api_policies.stream IS NULL OR p.stream IN ('', api_policies.stream))
		ORDER BY p.category, p.account, p.stream, p.provider, p.status, p.reply
	LOOP
		found := found || carom._api_policy(p)::json;
	END LOOP;
	RETURN (200, json_build_object('results', to_json(found), 'transactional_streams', ARRAY(
		SELECT t FROM carom.transactional_streams() t WHERE caller.accounts IS NULL OR strpos(t, '/') = 0
			OR split_part(t, '/', 1) = ANY (caller.accounts))), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_policies(text, text, text, text, text) IS
	'GET /v1/policy: what suppresses an address and for how long, in general and in the accounts that the key may see';

DROP FUNCTION IF EXISTS carom.api_set_policy(text, text, text, text, text, text, text, text, int, int, int, text, boolean, text);
CREATE FUNCTION carom.api_set_policy(key text, digest text, category text, account text DEFAULT NULL, stream text DEFAULT NULL, provider text DEFAULT NULL,
	status text DEFAULT NULL, reply text DEFAULT NULL, after int DEFAULT NULL, within_days int DEFAULT NULL, expires_days int DEFAULT NULL,
	scope text DEFAULT NULL, transactional boolean DEFAULT NULL, note text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	caller carom.api_key := carom._api_caller(key, digest);
	whose  text := carom._api_account(caller, account);
	part   text := carom._api_stream(caller, stream);
	answer carom.api_answer := carom._api_refusal_of_policy(caller, whose, part);
	row_   jsonb := carom._api_policy_row(category, whose, part, provider, status, reply, after, within_days, expires_days, scope, transactional, note);
	done   text;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	done := carom.policy_set(row_, 'key ' || caller.id);
	RETURN (CASE done WHEN 'added' THEN 201 ELSE 200 END, jsonb_build_object('done', done, 'policy', carom._api_policy(carom._policy_at(carom._policy_of(row_)))),
		NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_set_policy(text, text, text, text, text, text, text, text, int, int, int, text, boolean, text) IS
	'PUT /v1/policy: the row of exactly that category, account, stream, provider, status and reply; without after it never suppresses';

DROP FUNCTION IF EXISTS carom.api_unset_policy(text, text, text, text, text, text, text, text, text);
CREATE FUNCTION carom.api_unset_policy(key text, digest text, category text, account text DEFAULT NULL, stream text DEFAULT NULL, provider text DEFAULT NULL,
	status text DEFAULT NULL, reply text DEFAULT NULL, note text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	caller carom.api_key := carom._api_caller(key, digest);
	whose  text := carom._api_account(caller, account);
	part   text := carom._api_stream(caller, stream);
	answer carom.api_answer := carom._api_refusal_of_policy(caller, whose, part);
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF NOT carom.policy_unset(carom._api_policy_row(category, whose, part, provider, status, reply, NULL, NULL, NULL, NULL, NULL, NULL), note,
			'key ' || caller.id) THEN
		RETURN (404, 'there is no such row of policy', NULL)::carom.api_answer;
	END IF;
	RETURN (204, NULL, NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_unset_policy(text, text, text, text, text, text, text, text, text) IS
	'DELETE /v1/policy: the row of exactly that key goes, so that a more general one holds; 404 if there is none';

DROP FUNCTION IF EXISTS carom.api_try_policy(text, text, date, text, text, text, text, text, text, int, int, int, text, boolean);
CREATE FUNCTION carom.api_try_policy(key text, digest text, since date, category text, account text DEFAULT NULL, stream text DEFAULT NULL,
	provider text DEFAULT NULL, status text DEFAULT NULL, reply text DEFAULT NULL, after int DEFAULT NULL, within_days int DEFAULT NULL,
	expires_days int DEFAULT NULL, scope text DEFAULT NULL, transactional boolean DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	caller carom.api_key := carom._api_caller(key, digest);
	whose  text := carom._api_account(caller, account);
	part   text := carom._api_stream(caller, stream);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', whose, part);
	found  jsonb;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	SELECT jsonb_build_object('add', count(*) FILTER (WHERE t.change = 'add'), 'release', count(*) FILTER (WHERE t.change = 'release'),
			'longer', count(*) FILTER (WHERE t.change = 'longer'), 'shorter', count(*) FILTER (WHERE t.change = 'shorter'),
			'changes', coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('change', t.change, 'address', t.address, 'account', nullif(t.account, ''),
				'stream', nullif(t.stream, ''), 'reason', t.reason, 'expires_at', carom._api_moment(t.expires_at), 'reason_now', t.reason_now,
				'expires_now', carom._api_moment(t.expires_now))) ORDER BY t.n) FILTER (WHERE t.n <= 1000), '[]'))
		INTO found FROM (
			SELECT r.*, row_number() OVER (ORDER BY r.change, r.address, r.account, r.stream) AS n
			FROM carom.policy_try(since, carom._api_policy_row(category, whose, part, provider, status, reply, after, within_days, expires_days, scope,
				transactional, NULL)) r
			WHERE carom._api_holds(caller, r.account, r.stream)) t;
	RETURN (200, found, NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_try_policy(text, text, date, text, text, text, text, text, text, int, int, int, text, boolean) IS
	'POST /v1/policy/try: how the list would change, where the key sees it, had the events since that day met this row; changes nothing';

-- ---- keys --------------------------------------------------------------------------------

DROP FUNCTION IF EXISTS carom.api_list_keys(text, text);
CREATE FUNCTION carom.api_list_keys(key text, digest text) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_list_keys.key, api_list_keys.digest);
	answer carom.api_answer := carom._api_refusal_of_all(caller, 'admin');
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	RETURN (200, json_build_object('results', (SELECT json_agg(json_strip_nulls(json_build_object('id', k.id, 'scopes', k.scopes, 'accounts', k.accounts,
			'streams', k.streams, 'state', CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= now() THEN 'expired' ELSE 'good' END,
			'created_at', carom._api_moment(k.created_at), 'expires_at', carom._api_moment(k.expires_at), 'used_on', k.used_on, 'author', k.author,
			'note', k.note)) ORDER BY k.revoked_at IS NOT NULL, k.created_at, k.id) FROM carom.api_key k)), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_list_keys(text, text) IS 'GET /v1/keys: the keys, without what is secret of them';

-- ---- import ------------------------------------------------------------------------------

DROP FUNCTION IF EXISTS carom.api_import_begin(text, text);
CREATE FUNCTION carom.api_import_begin(key text, digest text) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller carom.api_key := carom._api_caller(key, digest);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:write');
BEGIN
	IF answer.status IS NULL THEN
		PERFORM carom.import_begin();
		answer.status := 200;
	END IF;
	RETURN answer;
END
$$;
COMMENT ON FUNCTION carom.api_import_begin(text, text) IS
	'POST /v1/suppressions/import, before the rows: makes the table to copy them into (carom.import_begin())';

DROP FUNCTION IF EXISTS carom.api_import_merge(text, text, text, text, boolean);
CREATE FUNCTION carom.api_import_merge(key text, digest text, token text DEFAULT NULL, body text DEFAULT NULL, dry_run boolean DEFAULT false)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_import_merge.key, api_import_merge.digest);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:write');
	dry    boolean := coalesce(api_import_merge.dry_run, false);
	before carom.api_import;
	given  bigint;
	bad    text;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = to_regclass('pg_temp.carom_import') AND c.relkind = 'r'
			AND c.relowner = current_user::regrole) THEN
		RAISE EXCEPTION 'nothing was handed in: carom.api_import_begin() comes first' USING ERRCODE = 'object_not_in_prerequisite_state';
	END IF;
	IF api_import_merge.token IS NOT NULL AND NOT dry THEN
		PERFORM pg_advisory_xact_lock(hashtextextended('carom.api_import ' || caller.id || api_import_merge.token, 0));
		DELETE FROM carom.api_import i WHERE i.at < now() - interval '1 day';
		SELECT i.* INTO before FROM carom.api_import i WHERE i.key = caller.id AND i.token = api_import_merge.token;
		IF before.body = decode(api_import_merge.body, 'hex') THEN
			RETURN (200, before.answer, NULL)::carom.api_answer;
		ELSIF before.key IS NOT NULL THEN
			RETURN (409, 'that Idempotency-Key was used for another file', NULL)::carom.api_answer;
		END IF;
	END IF;
	-- a key for one account means that one, as everywhere
	IF cardinality(caller.accounts) = 1 OR cardinality(caller.streams) = 1 THEN
		UPDATE pg_temp.carom_import t SET account = coalesce(carom._api_account(caller, nullif(t.account, '')), ''),
			stream = coalesce(carom._api_stream(caller, nullif(t.stream, '')), '') WHERE t.account = '' OR t.stream = '';
	END IF;
	SELECT count(*), min(t.line) FILTER (WHERE NOT carom._api_holds(caller, t.account, t.stream)) INTO given, bad FROM pg_temp.carom_import t;
	IF bad IS NOT NULL THEN
		RETURN (403, format('line %s: this key is not for that account or stream', bad), NULL)::carom.api_answer;
	END IF;
	SELECT 200, json_build_object('dry_run', dry, 'rows', given, 'added', m.added, 'replaced', m.replaced, 'kept', m.kept, 'repeated', m.repeated,
		'expired', m.expired), NULL INTO answer FROM carom.import_merge('key ' || caller.id, dry) m;
	IF api_import_merge.token IS NOT NULL AND NOT dry THEN
		INSERT INTO carom.api_import (key, token, body, answer)
			VALUES (caller.id, api_import_merge.token, decode(api_import_merge.body, 'hex'), answer.answer);
	END IF;
	RETURN answer;
END
$$;
COMMENT ON FUNCTION carom.api_import_merge(text, text, text, text, boolean) IS
	'POST /v1/suppressions/import, after the rows: takes all of them or none. token, with the SHA-256 of the file: the same within a day is answered as before';
