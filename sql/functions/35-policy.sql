-- SPDX-License-Identifier: BSD-2-Clause
-- carom - the policy: changing it, with a trace

-- What a row of policy may be about.
CREATE OR REPLACE FUNCTION carom.policy_categories() RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT c.category FROM carom.category c ORDER BY c.category;
	RETURN QUERY SELECT 'complaint:' || t FROM unnest(ARRAY['abuse', 'fraud', 'virus', 'opt-out', 'not-spam', 'auth-failure', 'other']) t;
END
$$;
COMMENT ON FUNCTION carom.policy_categories() IS 'what a policy may be for: the categories, and complaint:TYPE';

-- Refuses what is no policy, in words rather than by a constraint's name.
CREATE OR REPLACE FUNCTION carom._check_policy(p carom.policy) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	wrong text := CASE
		WHEN NOT EXISTS (SELECT FROM carom.policy_categories() c WHERE c = p.category)
			THEN format('there is no category "%s"', left(p.category, 100))
		WHEN p.scope IS NULL OR p.scope NOT IN ('global', 'account', 'stream')
			THEN format('a scope is global, account or stream, not "%s"', left(coalesce(p.scope, ''), 100))
		WHEN p.after < 1 THEN 'a policy wants one day at least'
		WHEN p.after > 366 OR p.within_days > 3660 OR p.expires_days > 36600 THEN 'a policy counts no more than 366 days in 3660, for 36600'
		WHEN p.after IS NULL AND num_nonnulls(p.within_days, p.expires_days) > 0 THEN 'a policy that never suppresses has no days'
		WHEN p.after > 1 AND p.within_days IS NULL THEN format('%s days within how many?', p.after)
		WHEN p.after > p.within_days THEN format('there are no %s days within %s', p.after, p.within_days)
		WHEN p.expires_days < 1 THEN 'a suppression lasts one day at least'
		WHEN p.status <> '' AND p.status !~ '^[245]\.\d{1,3}\.\d{1,3}$' THEN format('"%s" is no enhanced status code', left(p.status, 100))
		WHEN p.reply <> '' AND p.reply !~ '^[2-5]\d\d$' THEN format('"%s" is no reply code', left(p.reply, 100))
		WHEN length(p.account) > 128 OR length(p.stream) > 128 OR length(p.provider) > 64
			THEN 'an account or a stream has 128 characters at most, a provider 64'
	END;
BEGIN
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION '%', wrong USING ERRCODE = 'invalid_parameter_value';
	END IF;
END
$$;

-- Writes a row of policy, without a trace: 'added', 'replaced', or 'kept' if it was so.
CREATE OR REPLACE FUNCTION carom._put_policy(p carom.policy) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
	was carom.policy;
BEGIN
	PERFORM carom._check_policy(p);
	was := carom._policy_at(p);
	IF was IS NOT DISTINCT FROM p THEN
		RETURN 'kept';
	END IF;
	INSERT INTO carom.policy (category, account, stream, provider, status, reply, after, within_days, expires_days, scope, note, transactional)
		VALUES (p.category, p.account, p.stream, p.provider, p.status, p.reply, p.after, p.within_days, p.expires_days, p.scope, p.note,
			p.transactional)
		ON CONFLICT ON CONSTRAINT policy_pkey DO UPDATE SET after = excluded.after, within_days = excluded.within_days,
			expires_days = excluded.expires_days, scope = excluded.scope, note = excluded.note, transactional = excluded.transactional;
	RETURN CASE WHEN was.category IS NULL THEN 'added' ELSE 'replaced' END;
END
$$;

-- The row with exactly the key of this one; NULLs if there is none.
CREATE OR REPLACE FUNCTION carom._policy_at(p carom.policy) RETURNS carom.policy
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	found carom.policy;
BEGIN
	SELECT r.* INTO found FROM carom.policy r
		WHERE r.category = p.category AND r.account = p.account AND r.stream = p.stream AND r.provider = p.provider
			AND r.status = p.status AND r.reply = p.reply;
	RETURN found;
END
$$;

-- What somebody gave as a row of policy. A scope that is not said, and whether it
-- stops transactional mail, stay as they are in that row, or in the general one.
CREATE OR REPLACE FUNCTION carom._policy_of(given jsonb) RETURNS carom.policy
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	p       carom.policy := jsonb_populate_record(NULL::carom.policy, given);
	there   carom.policy;
	general carom.policy;
BEGIN
	p.category := lower(btrim(coalesce(p.category, '')));
	p.account := coalesce(p.account, '');
	p.stream := coalesce(p.stream, '');
	p.provider := coalesce(p.provider, '');
	p.status := coalesce(p.status, '');
	p.reply := coalesce(p.reply, '');
	there := carom._policy_at(p);
	general := carom._policy_at(ROW(p.category, '', '', '', '', '', NULL, NULL, NULL, '', NULL, false)::carom.policy);
	p.scope := coalesce(p.scope, there.scope, general.scope, 'account');
	p.transactional := coalesce(p.transactional, there.transactional, general.transactional, false);
	p.note := left(nullif(btrim(p.note), ''), 2000);
	RETURN p;
END
$$;

-- One change at a time: the second sees in the log what the first did.
CREATE OR REPLACE FUNCTION carom._lock_policy() RETURNS void
LANGUAGE sql
AS $$ SELECT pg_advisory_xact_lock(hashtextextended('carom.policy', 0)) $$;

CREATE OR REPLACE FUNCTION carom.policy_set(policy jsonb, author text DEFAULT session_user) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	p    carom.policy := carom._policy_of(policy);
	was  carom.policy;
	done text;
BEGIN
	IF p.note IS NULL THEN
		RAISE EXCEPTION 'a note is needed to change the policy' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM carom._lock_policy();
	was := carom._policy_at(p);
	done := carom._put_policy(p);
	IF done <> 'kept' THEN
		-- no CASE done WHEN, which Citus hands on wrongly
		INSERT INTO carom.policy_log (change, category, account, stream, provider, status, reply, after, within_days, expires_days, scope,
				transactional, was, author, login, note)
			VALUES (CASE WHEN done = 'added' THEN 'add' ELSE 'replace' END, p.category, p.account, p.stream, p.provider, p.status, p.reply, p.after,
				p.within_days, p.expires_days, p.scope, p.transactional,
				CASE WHEN done = 'replaced' THEN jsonb_build_object('after', was.after, 'within_days', was.within_days,
					'expires_days', was.expires_days, 'scope', was.scope, 'transactional', was.transactional, 'note', was.note) END,
				carom._author(policy_set.author), session_user, p.note);
	END IF;
	RETURN done;
END
$$;
COMMENT ON FUNCTION carom.policy_set(jsonb, text) IS
	'set a row of policy: {"category", "account", "stream", "provider", "status", "reply", "after", "within_days", "expires_days", "scope", '
	'"transactional", "note"}; without after it never suppresses. Holds from the next report on. Answers added, replaced or kept';

CREATE OR REPLACE FUNCTION carom.policy_unset(policy jsonb, note text, author text DEFAULT session_user) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	p   carom.policy := carom._policy_of(policy);
	was carom.policy;
BEGIN
	IF coalesce(btrim(policy_unset.note), '') = '' THEN
		RAISE EXCEPTION 'a note is needed to take a policy away' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM carom._check_policy(p);
	IF (p.account, p.stream, p.provider, p.status, p.reply) = ('', '', '', '', '') THEN
		RAISE EXCEPTION 'the general policy of % stays: set it to never instead', p.category USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM carom._lock_policy();
	was := carom._policy_at(p);
	IF was.category IS NULL THEN
		RETURN false;
	END IF;
	DELETE FROM carom.policy r
		WHERE r.category = p.category AND r.account = p.account AND r.stream = p.stream AND r.provider = p.provider
			AND r.status = p.status AND r.reply = p.reply;
	INSERT INTO carom.policy_log (change, category, account, stream, provider, status, reply, after, within_days, expires_days, scope,
			transactional, author, login, note)
		VALUES ('remove', was.category, was.account, was.stream, was.provider, was.status, was.reply, was.after, was.within_days,
			was.expires_days, was.scope, was.transactional, carom._author(policy_unset.author), session_user, left(policy_unset.note, 2000));
	RETURN true;
END
$$;
COMMENT ON FUNCTION carom.policy_unset(jsonb, text, text) IS
	'take away the row of policy with exactly this key, so that a more general one holds; false if there is none. The general row of a category stays';

CREATE OR REPLACE FUNCTION carom.transactional_streams() RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT t FROM unnest(carom.setting('transactional_streams')::text[]) t ORDER BY t;
END
$$;
COMMENT ON FUNCTION carom.transactional_streams() IS 'the streams, STREAM or ACCOUNT/STREAM, that are transactional';

CREATE OR REPLACE FUNCTION carom.set_transactional_streams(streams text[], note text, author text DEFAULT session_user) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	named text[] := ARRAY(SELECT DISTINCT btrim(t) FROM unnest(streams) t ORDER BY 1);
	was   text[];
BEGIN
	IF coalesce(btrim(note), '') = '' THEN
		RAISE EXCEPTION 'a note is needed to change the transactional streams' USING ERRCODE = 'invalid_parameter_value';
	ELSIF array_position(named, '') IS NOT NULL OR array_position(named, NULL) IS NOT NULL THEN
		RAISE EXCEPTION 'a stream has a name' USING ERRCODE = 'invalid_parameter_value';
	ELSIF cardinality(named) > 1000 OR EXISTS (SELECT FROM unnest(named) t WHERE length(t) > 257) THEN
		RAISE EXCEPTION 'there are 1000 transactional streams at most, with names of 257 characters' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM carom._lock_policy();
	was := ARRAY(SELECT * FROM carom.transactional_streams());
	IF was = named THEN
		RETURN 'kept';
	END IF;
	INSERT INTO carom.setting AS s (name, value) VALUES ('transactional_streams', named::text)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value;
	INSERT INTO carom.policy_log (change, was, author, login, note)
		VALUES ('streams', jsonb_build_object('streams', was, 'now', named), carom._author(set_transactional_streams.author), session_user,
			left(note, 2000));
	RETURN 'replaced';
END
$$;
COMMENT ON FUNCTION carom.set_transactional_streams(text[], text, text) IS
	'name all streams, STREAM or ACCOUNT/STREAM, that are transactional (receipts, passwords): no complaint, unsubscribe or suppression with an end '
	'stops them that is for more than the stream itself, unless the policy says transactional';
