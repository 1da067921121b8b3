-- SPDX-License-Identifier: BSD-2-Clause
-- carom - what programs written for SendGrid ask: its five lists, its global list and its groups
--
-- Each entry of ours stands on one of theirs: by its cause where it is for a whole
-- account, in the group of its stream otherwise. A group is a stream that has a
-- number, a subuser an account. As all of the API: the key decides here what is
-- seen and done.

CREATE OR REPLACE FUNCTION carom._sendgrid_list(stream text, source text, reason text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE
		WHEN stream <> '' THEN 'group'
		WHEN source = 'complaint' OR reason LIKE 'complaint:%' THEN 'spam_reports'
		WHEN source IN ('bounce', 'upstream') AND reason IN ('recipient_syntax', 'domain_unknown', 'domain_no_mail') THEN 'invalid_emails'
		WHEN source IN ('bounce', 'upstream') THEN 'bounces'
		ELSE 'unsubscribes'
	END
$$;

CREATE OR REPLACE FUNCTION carom._sendgrid_entry(s carom.suppression, list text) RETURNS json
LANGUAGE sql STABLE
AS $$
	SELECT json_strip_nulls(json_build_object('created', extract(epoch FROM s.changed_at)::bigint, 'email', s.address,
		'reason', CASE WHEN list IN ('bounces', 'invalid_emails') THEN coalesce(s.note, s.reason) END,
		'status', CASE WHEN list = 'bounces' THEN coalesce(s.status, '') END,
		'ip', CASE WHEN list = 'spam_reports' THEN '' END))
$$;

-- The stream that a group is, if it is one that the key may see.
CREATE OR REPLACE FUNCTION carom._sendgrid_group(caller carom.api_key, account text, number int) RETURNS carom.stream
LANGUAGE sql STABLE
AS $$
	SELECT g FROM carom.stream g
	WHERE g.number = _sendgrid_group.number AND g.stream <> '' AND carom._api_holds(caller, g.account, g.stream)
		AND (_sendgrid_group.account IS NULL OR g.account = _sendgrid_group.account)
$$;

DROP FUNCTION IF EXISTS carom.api_sendgrid_list(text, text, text, text, bigint, bigint, int, int, text);
CREATE FUNCTION carom.api_sendgrid_list(key text, digest text, subuser text, list text, start_time bigint DEFAULT NULL, end_time bigint DEFAULT NULL,
	"limit" int DEFAULT NULL, "offset" int DEFAULT NULL, email text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sendgrid_list.key, api_sendgrid_list.digest);
	whose  text := carom._api_account(caller, api_sendgrid_list.subuser);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', whose, NULL);
	wanted text := api_sendgrid_list.list;
	found  json;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF wanted NOT IN ('bounces', 'invalid_emails', 'spam_reports', 'unsubscribes', 'blocks') THEN
		RETURN (404, 'not found', NULL)::carom.api_answer;
	ELSIF wanted = 'blocks' THEN
		RETURN (200, carom._sendgrid_blocks(caller, whose, api_sendgrid_list.start_time, api_sendgrid_list.end_time,
			coalesce(api_sendgrid_list."limit", 500), coalesce(api_sendgrid_list."offset", 0), api_sendgrid_list.email), NULL)::carom.api_answer;
	END IF;
	SELECT json_agg(x.entry) INTO found FROM (
		SELECT carom._sendgrid_entry(s, wanted) AS entry FROM carom.suppression s
		WHERE (s.expires_at IS NULL OR s.expires_at > now())
			AND (caller.accounts IS NULL OR s.account = ANY (caller.accounts)) AND (caller.streams IS NULL OR s.stream = ANY (caller.streams))
			AND (whose IS NULL OR s.account = whose) AND carom._sendgrid_list(s.stream, s.source, s.reason) = wanted
			AND (api_sendgrid_list.start_time IS NULL OR s.changed_at >= to_timestamp(api_sendgrid_list.start_time))
			AND (api_sendgrid_list.end_time IS NULL OR s.changed_at < to_timestamp(api_sendgrid_list.end_time + 1))
			AND (api_sendgrid_list.email IS NULL OR strpos(s.address, lower(replace(api_sendgrid_list.email, '%', ''))) > 0)
		ORDER BY s.changed_at DESC, s.address DESC, s.account DESC
		LIMIT coalesce(api_sendgrid_list."limit", 500) OFFSET coalesce(api_sendgrid_list."offset", 0)) x;
	RETURN (200, coalesce(found, '[]'), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_sendgrid_list(text, text, text, text, bigint, bigint, int, int, text) IS
	'SendGrid''s GET /v3/suppression/{list}: the entries of one of its lists, newest first. blocks are events, which keep nobody from mail';

-- What bounced for a reason that is not the recipient''s, in the last week where no time is named.
CREATE OR REPLACE FUNCTION carom._sendgrid_blocks(caller carom.api_key, whose text, start_time bigint, end_time bigint, most int, skip int, email text)
RETURNS json
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
	begin_ timestamptz := coalesce(to_timestamp(start_time), now() - interval '7 days');
	end_   timestamptz := coalesce(to_timestamp(end_time + 1), now());
	found  json;
BEGIN
	SELECT json_agg(x.entry) INTO found FROM (
		SELECT json_strip_nulls(json_build_object('created', extract(epoch FROM e.at)::bigint, 'email', e.address, 'reason', coalesce(e.diagnostic, e.category),
			'status', coalesce(e.status, ''))) AS entry
		FROM carom.event e
		WHERE e.day BETWEEN begin_::date - 1 AND end_::date + 1 AND e.at >= begin_ AND e.at < end_ AND e.kind = 'bounce'
			AND e.class IN ('block', 'policy') AND (email IS NULL OR strpos(e.address, lower(replace(email, '%', ''))) > 0)
			AND (whose IS NULL OR e.account = whose) AND carom._api_holds(caller.accounts, caller.streams, e.account, e.stream)
		ORDER BY e.at DESC, e.id DESC LIMIT most OFFSET skip) x;
	RETURN coalesce(found, '[]');
END
$$;

DROP FUNCTION IF EXISTS carom.api_sendgrid_get(text, text, text, text, text);
CREATE FUNCTION carom.api_sendgrid_get(key text, digest text, subuser text, list text, email text) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sendgrid_get.key, api_sendgrid_get.digest);
	whose  text := carom._api_account(caller, api_sendgrid_get.subuser);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', whose, NULL);
	plain  text := carom.normalise(api_sendgrid_get.email);
	found  json;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF api_sendgrid_get.list NOT IN ('bounces', 'invalid_emails', 'spam_reports', 'unsubscribes', 'blocks', 'global') THEN
		RETURN (404, 'not found', NULL)::carom.api_answer;
	ELSIF api_sendgrid_get.list = 'blocks' THEN
		RETURN (200, carom._sendgrid_blocks(caller, whose, NULL, NULL, 100, 0, plain), NULL)::carom.api_answer;
	END IF;
	SELECT json_agg(carom._sendgrid_entry(s, api_sendgrid_get.list) ORDER BY s.changed_at DESC, s.account) INTO found
		FROM carom._api_entries(caller.accounts, caller.streams, plain) s
		WHERE (whose IS NULL OR s.account = whose) AND carom._sendgrid_list(s.stream, s.source, s.reason) = replace(api_sendgrid_get.list, 'global', 'unsubscribes');
	IF api_sendgrid_get.list = 'global' THEN
		found := CASE WHEN found IS NULL THEN '{}'::json ELSE json_build_object('recipient_email', plain) END;
	END IF;
	RETURN (200, coalesce(found, '[]'), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_sendgrid_get(text, text, text, text, text) IS
	'SendGrid''s GET of one address on one of its lists, or on the global one: an empty array or object where it is not there';

-- Takes addresses off one of the lists of an account, group being the stream that is meant by
-- 'group'. The number that went; NULL: the key may not, for a person asked for it.
CREATE OR REPLACE FUNCTION carom._sendgrid_take_off(caller carom.api_key, whose text, list text, part text, emails text[], every boolean) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
	names text[] := ARRAY(SELECT carom.normalise(e) FROM unnest(emails) e);
	homes int[] := carom._homes(names);
	gone  carom.suppression[];
BEGIN
	SELECT ARRAY(SELECT s FROM carom.suppression s
		WHERE (every OR (homes IS NULL OR s.home = ANY (homes)) AND s.address = ANY (names)) AND (s.expires_at IS NULL OR s.expires_at > now())
			AND carom._api_holds(caller.accounts, caller.streams, s.account, s.stream) AND s.account = coalesce(whose, '') AND s.stream = part
			AND carom._sendgrid_list(s.stream, s.source, s.reason) = list) INTO gone;
	IF NOT carom._api_can(caller, 'complaints:release') AND EXISTS (SELECT FROM unnest(gone) g WHERE g.source IN ('complaint', 'unsubscribe')) THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT count(*) FROM carom._take_off(gone, 'key ' || caller.id, 'deleted by a program that speaks SendGrid''s API'));
END
$$;

DROP FUNCTION IF EXISTS carom.api_sendgrid_delete(text, text, text, text, text, jsonb, boolean);
CREATE FUNCTION carom.api_sendgrid_delete(key text, digest text, subuser text, list text, email text DEFAULT NULL, emails jsonb DEFAULT NULL,
	delete_all boolean DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sendgrid_delete.key, api_sendgrid_delete.digest);
	whose  text := carom._api_account(caller, api_sendgrid_delete.subuser);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:write', whose, NULL);
	names  text[] := CASE WHEN api_sendgrid_delete.email IS NOT NULL THEN ARRAY[api_sendgrid_delete.email]
		ELSE ARRAY(SELECT jsonb_array_elements_text(api_sendgrid_delete.emails)) END;
	every  boolean := coalesce(api_sendgrid_delete.delete_all, false) AND api_sendgrid_delete.email IS NULL;
	gone   int;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF api_sendgrid_delete.list = 'blocks' THEN
		RETURN (403, 'blocks keep nobody from mail here: they are what happened, and stay', NULL)::carom.api_answer;
	ELSIF api_sendgrid_delete.list NOT IN ('bounces', 'invalid_emails', 'spam_reports', 'unsubscribes', 'global') THEN
		RETURN (404, 'not found', NULL)::carom.api_answer;
	ELSIF every AND names <> '{}' THEN
		RETURN (422, 'delete_all and emails exclude each other', NULL)::carom.api_answer;
	ELSIF NOT every AND names = '{}' THEN
		RETURN (422, 'emails names nobody', NULL)::carom.api_answer;
	END IF;
	gone := carom._sendgrid_take_off(caller, whose, replace(api_sendgrid_delete.list, 'global', 'unsubscribes'), '', names, every);
	RETURN CASE
		WHEN gone IS NULL THEN (403, 'a person asked for it, and this key lacks the scope complaints:release', NULL)::carom.api_answer
		WHEN gone = 0 AND api_sendgrid_delete.email IS NOT NULL THEN (404, 'the address is not on that list', NULL)::carom.api_answer
		ELSE (204, NULL, NULL)::carom.api_answer
	END;
END
$$;
COMMENT ON FUNCTION carom.api_sendgrid_delete(text, text, text, text, text, jsonb, boolean) IS
	'SendGrid''s DELETE /v3/suppression/{list}, of one address, of some or of all, on the lists of one account';

DROP FUNCTION IF EXISTS carom.api_sendgrid_add(text, text, text, int, jsonb);
CREATE FUNCTION carom.api_sendgrid_add(key text, digest text, subuser text, group_id int, recipient_emails jsonb) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sendgrid_add.key, api_sendgrid_add.digest);
	whose  text := carom._api_account(caller, api_sendgrid_add.subuser);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:write', whose, NULL);
	target carom.stream;
	wrong  text;
	name   text;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	IF api_sendgrid_add.group_id IS NOT NULL THEN
		target := carom._sendgrid_group(caller, whose, api_sendgrid_add.group_id);
		IF target.number IS NULL THEN
			RETURN (404, 'there is no group of that id', NULL)::carom.api_answer;
		END IF;
	ELSIF NOT carom._api_holds(caller, whose, '') THEN
		RETURN (403, 'this key is for some accounts or streams: name an account', NULL)::carom.api_answer;
	END IF;
	SELECT e INTO wrong FROM jsonb_array_elements_text(api_sendgrid_add.recipient_emails) e
		WHERE coalesce(left(carom.normalise(e), 1), '@') = '@' LIMIT 1;
	IF FOUND THEN
		RETURN (422, format('"%s" is no address', left(wrong, 400)), NULL)::carom.api_answer;
	END IF;
	FOR name IN SELECT DISTINCT ON (carom.normalise(e)) e FROM jsonb_array_elements_text(api_sendgrid_add.recipient_emails) e ORDER BY carom.normalise(e), e LOOP
		PERFORM carom.suppress(name, 'unsubscribe_request', coalesce(target.account, whose, ''), coalesce(target.stream, ''), NULL, NULL, 'key ' || caller.id);
	END LOOP;
	RETURN (201, jsonb_build_object('recipient_emails', api_sendgrid_add.recipient_emails), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_sendgrid_add(text, text, text, int, jsonb) IS
	'SendGrid''s POST to the global list, or to a group: all of the addresses are entered, or none';

DROP FUNCTION IF EXISTS carom.api_sendgrid_add_global(text, text, text, jsonb);
CREATE FUNCTION carom.api_sendgrid_add_global(key text, digest text, subuser text, recipient_emails jsonb) RETURNS carom.api_answer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT carom.api_sendgrid_add(key, digest, subuser, NULL, recipient_emails) $$;
COMMENT ON FUNCTION carom.api_sendgrid_add_global(text, text, text, jsonb) IS 'SendGrid''s POST /v3/asm/suppressions/global';

-- ---- groups ------------------------------------------------------------------------------

DROP FUNCTION IF EXISTS carom.api_sendgrid_groups(text, text, text, int);
CREATE FUNCTION carom.api_sendgrid_groups(key text, digest text, subuser text, group_id int DEFAULT NULL) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sendgrid_groups.key, api_sendgrid_groups.digest);
	whose  text := carom._api_account(caller, api_sendgrid_groups.subuser);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', whose, NULL);
	g      record;
	many   bigint;
	found  json[] := '{}';
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	FOR g IN
		SELECT x.number, x.account, x.stream FROM carom.stream x
		WHERE x.stream <> '' AND carom._api_holds(caller, x.account, x.stream) AND (whose IS NULL OR x.account = whose)
			AND (api_sendgrid_groups.group_id IS NULL OR x.number = api_sendgrid_groups.group_id)
		ORDER BY x.number
	LOOP
		many := (SELECT count(*) FROM (SELECT 1 FROM carom.suppression s WHERE s.account = g.account AND s.stream = g.stream LIMIT 10000) s);
		found := found || json_build_object('id', g.number, 'name', g.stream, 'description', g.account, 'is_default', false,
			'last_email_sent_at', NULL, 'unsubscribes', many);
	END LOOP;
	RETURN (200, to_json(found), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_sendgrid_groups(text, text, text, int) IS
	'SendGrid''s GET /v3/asm/groups: the streams that have a number. unsubscribes counts to 10,000';

DROP FUNCTION IF EXISTS carom.api_sendgrid_group(text, text, text, int);
CREATE FUNCTION carom.api_sendgrid_group(key text, digest text, subuser text, group_id int) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	answer carom.api_answer := carom.api_sendgrid_groups(key, digest, subuser, group_id);
BEGIN
	IF answer.status = 200 THEN
		answer.answer := answer.answer::json -> 0;
		IF answer.answer IS NULL THEN
			RETURN (404, 'there is no group of that id', NULL)::carom.api_answer;
		END IF;
	END IF;
	RETURN answer;
END
$$;
COMMENT ON FUNCTION carom.api_sendgrid_group(text, text, text, int) IS 'SendGrid''s GET /v3/asm/groups/{group_id}';

DROP FUNCTION IF EXISTS carom.api_sendgrid_members(text, text, text, int, jsonb);
CREATE FUNCTION carom.api_sendgrid_members(key text, digest text, subuser text, group_id int, recipient_emails jsonb DEFAULT NULL) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sendgrid_members.key, api_sendgrid_members.digest);
	whose  text := carom._api_account(caller, api_sendgrid_members.subuser);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', whose, NULL);
	target carom.stream := carom._sendgrid_group(caller, whose, api_sendgrid_members.group_id);
	names  text[] := ARRAY(SELECT carom.normalise(e) FROM jsonb_array_elements_text(api_sendgrid_members.recipient_emails) e);
	found  json;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF target.number IS NULL THEN
		RETURN (404, 'there is no group of that id', NULL)::carom.api_answer;
	END IF;
	SELECT json_agg(x.address) INTO found FROM (
		SELECT s.address FROM carom.suppression s
		WHERE s.account = target.account AND s.stream = target.stream AND (s.expires_at IS NULL OR s.expires_at > now())
			AND (api_sendgrid_members.recipient_emails IS NULL OR s.address = ANY (names))
		ORDER BY s.address LIMIT 100000) x;
	RETURN (200, coalesce(found, '[]'), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_sendgrid_members(text, text, text, int, jsonb) IS
	'SendGrid''s GET of all addresses of a group, 100,000 at most, or those of some that are in it';

DROP FUNCTION IF EXISTS carom.api_sendgrid_leave(text, text, text, int, text);
CREATE FUNCTION carom.api_sendgrid_leave(key text, digest text, subuser text, group_id int, email text) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller carom.api_key := carom._api_caller(key, digest);
	whose  text := carom._api_account(caller, subuser);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:write', whose, NULL);
	target carom.stream := carom._sendgrid_group(caller, whose, group_id);
	gone   int;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF target.number IS NULL THEN
		RETURN (404, 'there is no group of that id', NULL)::carom.api_answer;
	END IF;
	gone := carom._sendgrid_take_off(caller, target.account, 'group', target.stream, ARRAY[email], false);
	RETURN CASE
		WHEN gone IS NULL THEN (403, 'a person asked for it, and this key lacks the scope complaints:release', NULL)::carom.api_answer
		WHEN gone = 0 THEN (404, 'the address is not in that group', NULL)::carom.api_answer
		ELSE (204, NULL, NULL)::carom.api_answer
	END;
END
$$;
COMMENT ON FUNCTION carom.api_sendgrid_leave(text, text, text, int, text) IS 'SendGrid''s DELETE of an address in a group';

DROP FUNCTION IF EXISTS carom.api_sendgrid_all(text, text, text);
CREATE FUNCTION carom.api_sendgrid_all(key text, digest text, subuser text) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sendgrid_all.key, api_sendgrid_all.digest);
	whose  text := carom._api_account(caller, api_sendgrid_all.subuser);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', whose, NULL);
	found  json;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	SELECT json_agg(x.entry) INTO found FROM (
		SELECT json_build_object('email', s.address, 'group_id', g.number, 'group_name', g.stream, 'created_at', extract(epoch FROM s.changed_at)::bigint) AS entry
		FROM carom.stream g JOIN carom.suppression s ON s.account = g.account AND s.stream = g.stream
		WHERE g.stream <> '' AND carom._api_holds(caller.accounts, caller.streams, g.account, g.stream) AND (whose IS NULL OR g.account = whose)
			AND (s.expires_at IS NULL OR s.expires_at > now())
		ORDER BY g.number, s.address LIMIT 100000) x;
	RETURN (200, coalesce(found, '[]'), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_sendgrid_all(text, text, text) IS 'SendGrid''s GET /v3/asm/suppressions: who is in which group, 100,000 at most';

DROP FUNCTION IF EXISTS carom.api_sendgrid_groups_of(text, text, text, text);
CREATE FUNCTION carom.api_sendgrid_groups_of(key text, digest text, subuser text, email text) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sendgrid_groups_of.key, api_sendgrid_groups_of.digest);
	whose  text := carom._api_account(caller, api_sendgrid_groups_of.subuser);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', whose, NULL);
	plain  text := carom.normalise(api_sendgrid_groups_of.email);
	homes  int[] := carom._homes(ARRAY[plain]);
	parts  text[];
	found  json;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	parts := ARRAY(SELECT s.account || E'\n' || s.stream FROM carom.suppression s
		WHERE (homes IS NULL OR s.home = ANY (homes)) AND s.address = plain AND (s.expires_at IS NULL OR s.expires_at > now()));
	SELECT json_agg(json_build_object('id', g.number, 'name', g.stream, 'description', g.account, 'is_default', false,
			'suppressed', g.account || E'\n' || g.stream = ANY (parts)) ORDER BY g.number) INTO found
		FROM carom.stream g
		WHERE g.stream <> '' AND carom._api_holds(caller, g.account, g.stream) AND (whose IS NULL OR g.account = whose);
	RETURN (200, json_build_object('suppressions', coalesce(found, '[]')), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_sendgrid_groups_of(text, text, text, text) IS 'SendGrid''s GET /v3/asm/suppressions/{email}: the groups, and whether it is in each';

DROP FUNCTION IF EXISTS carom.api_sendgrid_make_group(text, text, text, text, text, boolean);
CREATE FUNCTION carom.api_sendgrid_make_group(key text, digest text, subuser text, name text, description text DEFAULT NULL, is_default boolean DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller carom.api_key := carom._api_caller(key, digest);
	whose  text := carom._api_account(caller, subuser);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:write', whose, NULL);
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF whose IS NULL THEN
		RETURN (422, 'a group is one of a subuser, and none is named', NULL)::carom.api_answer;
	ELSIF NOT carom._api_holds(caller, whose, name) THEN
		RETURN (403, 'this key is for some streams, and that is none of them', NULL)::carom.api_answer;
	END IF;
	RETURN (201, json_build_object('id', carom.stream_number(whose, name), 'name', name, 'description', whose, 'is_default', false), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_sendgrid_make_group(text, text, text, text, text, boolean) IS
	'SendGrid''s POST /v3/asm/groups: the stream of that name has a number from now on. It has no description, and none is the default';
