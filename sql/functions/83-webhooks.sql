-- SPDX-License-Identifier: BSD-2-Clause
-- carom - webhooks: what the feed tells, sent by HTTP
--
-- A webhook is a reader of the feed with a cursor. What it is to be told becomes a
-- row of webhook_delivery in the transaction that moves the cursor, so nothing is
-- left out and nothing is taken twice. A row is claimed for a time, sent, and then
-- told of here; who is killed in between has sent it, perhaps, and it is sent again
-- under the same id.

-- ---- what staff do ------------------------------------------------------------

CREATE OR REPLACE FUNCTION carom.webhook_kinds() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT ARRAY['bounce', 'delay', 'delivery', 'complaint', 'unsubscribe', 'auto_reply', 'auth_report', 'unrecognised',
		'suppression', 'suppression.added', 'suppression.replaced', 'suppression.removed', 'suppression.held', 'suppression.confirmed',
		'incident', 'incident.opened', 'incident.confirmed', 'incident.discarded']
$$;
COMMENT ON FUNCTION carom.webhook_kinds() IS 'what a webhook can be told of: types of the feed, or all of them that begin so';

CREATE OR REPLACE FUNCTION carom._webhook_secret(of text) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
	made bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
BEGIN
	INSERT INTO carom.webhook_secret (webhook, secret) VALUES (of, made);
	RETURN 'whsec_' || encode(made, 'base64');
END
$$;

-- What may not be; NULL if all is well.
CREATE OR REPLACE FUNCTION carom._webhook_problem(url text, kinds text[], account text, stream text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE
		WHEN url IS NULL OR length(url) > 2000 OR url !~ '^https?://[A-Za-z0-9._:\[\]-]+([/?][!-~]*)?$'
			THEN format('"%s" is no URL of a webhook: https://HOST/PATH, without a login in it', left(url, 100))
		WHEN kinds <> '{}' AND NOT kinds <@ carom.webhook_kinds()
			THEN format('the feed has no type "%s": %s', left((SELECT k FROM unnest(kinds) k WHERE k IS NULL OR k <> ALL (carom.webhook_kinds()) LIMIT 1), 100),
				array_to_string(carom.webhook_kinds(), ', '))
		WHEN account = '' OR stream = '' OR length(account) > 128 OR length(stream) > 128 THEN 'an account and a stream have 1 to 128 characters'
		WHEN stream IS NOT NULL AND account IS NULL THEN 'a stream is one of an account, and none is named'
	END
$$;

CREATE OR REPLACE FUNCTION carom.webhook_add(url text, kinds text[] DEFAULT NULL, account text DEFAULT NULL, stream text DEFAULT NULL,
	note text DEFAULT NULL, author text DEFAULT session_user, after text DEFAULT 'end')
RETURNS TABLE (id text, secret text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	problem text := carom._webhook_problem(webhook_add.url, webhook_add.kinds, webhook_add.account, webhook_add.stream);
	begin_  text := CASE coalesce(webhook_add.after, 'end') WHEN 'end' THEN carom.feed_head() WHEN 'start' THEN '' ELSE webhook_add.after END;
	octets  bytea := sha256(uuid_send(gen_random_uuid()));
	made    text := (SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567', (get_byte(octets, i) & 31) + 1, 1), '') FROM generate_series(0, 7) i);
BEGIN
	IF problem IS NOT NULL THEN
		RAISE EXCEPTION '%', problem USING ERRCODE = 'invalid_parameter_value';
	END IF;
	LOCK TABLE carom.webhook IN SHARE ROW EXCLUSIVE MODE;
	IF (SELECT count(*) FROM carom.webhook) >= 100 THEN
		RAISE EXCEPTION 'there are a hundred webhooks already' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM carom._feed_after(begin_);
	INSERT INTO carom.webhook (id, url, kinds, account, stream, cursor, note, author, login)
		VALUES (made, webhook_add.url, nullif(webhook_add.kinds, '{}'), webhook_add.account, webhook_add.stream, begin_,
			left(nullif(btrim(webhook_add.note), ''), 2000), carom._author(webhook_add.author), session_user);
	RETURN QUERY SELECT made, carom._webhook_secret(made);
END
$$;
COMMENT ON FUNCTION carom.webhook_add(text, text[], text, text, text, text, text) IS
	'tell this URL what happens from now on, or after a cursor of the feed (start: all that is kept). The secret, with which a server sees that a '
	'delivery is ours, is told here and never again';

CREATE OR REPLACE FUNCTION carom.webhook_change(id text, url text, kinds text[] DEFAULT NULL, account text DEFAULT NULL, stream text DEFAULT NULL,
	note text DEFAULT NULL)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	problem text := carom._webhook_problem(webhook_change.url, webhook_change.kinds, webhook_change.account, webhook_change.stream);
BEGIN
	IF problem IS NOT NULL THEN
		RAISE EXCEPTION '%', problem USING ERRCODE = 'invalid_parameter_value';
	END IF;
	UPDATE carom.webhook w SET url = webhook_change.url, kinds = nullif(webhook_change.kinds, '{}'), account = webhook_change.account,
		stream = webhook_change.stream, note = left(nullif(btrim(webhook_change.note), ''), 2000), changed_at = now()
		WHERE w.id = webhook_change.id;
	RETURN FOUND;
END
$$;
COMMENT ON FUNCTION carom.webhook_change(text, text, text[], text, text, text) IS
	'the same webhook from now on with this URL and these filters; false if there is none. What waits already goes to the new URL';

DROP FUNCTION IF EXISTS carom.webhooks();
CREATE FUNCTION carom.webhooks()
RETURNS TABLE (id text, url text, kinds text, account text, stream text, state text, why text, behind bigint, waiting bigint, dead bigint,
	failing_since timestamptz, delivered_at timestamptz, created_at timestamptz, author text, note text, secrets int)
-- of tables that are too small to be looked at, a plan thinks so much that compiling it would take a second
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
	SELECT w.id, w.url, array_to_string(w.kinds, ' '), w.account, w.stream, w.state, w.why,
		greatest(h.last - greatest(coalesce(nullif(split_part(w.cursor, '-', 1), '')::bigint, 0), h.kept_from - 1), 0),
		(SELECT count(*) FROM carom.webhook_delivery d WHERE d.webhook = w.id AND d.state = 'waiting'),
		(SELECT count(*) FROM carom.webhook_delivery d WHERE d.webhook = w.id AND d.state = 'dead' AND d.type <> 'webhook.test'),
		w.failing_since, w.delivered_at, w.created_at, w.author, w.note,
		(SELECT count(*)::int FROM carom.webhook_secret s WHERE s.webhook = w.id AND (s.expires_at IS NULL OR s.expires_at > now()))
	FROM carom.webhook w, carom.feed_head h
	ORDER BY w.created_at, w.id
$$;
COMMENT ON FUNCTION carom.webhooks() IS
	'the webhooks; behind: rows of the feed still to be looked at. waiting: deliveries that are tried, or tried again. dead: those that were given up';

DROP FUNCTION IF EXISTS carom.webhook_deliveries(text, text, int, bigint);
CREATE FUNCTION carom.webhook_deliveries(webhook text, only_state text DEFAULT NULL, most int DEFAULT 100, before bigint DEFAULT NULL)
RETURNS TABLE (id bigint, message text, type text, state text, attempts int, status int, error text, answer text, took int,
	created_at timestamptz, tried_at timestamptz, next_at timestamptz, address text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF webhook_deliveries.only_state NOT IN ('waiting', 'delivered', 'dead') THEN
		RAISE EXCEPTION 'a delivery is waiting, delivered or dead, not "%"', left(webhook_deliveries.only_state, 100) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN QUERY
		SELECT d.id, d.webhook || '-' || d.message, d.type, d.state, d.attempts, d.status, d.error, d.answer, d.took, d.created_at, d.tried_at,
			CASE WHEN d.state = 'waiting' THEN d.next_at END, d.body::jsonb -> 'data' ->> 'address'
		FROM carom.webhook_delivery d
		WHERE d.webhook = webhook_deliveries.webhook AND (webhook_deliveries.only_state IS NULL OR d.state = webhook_deliveries.only_state)
			AND (webhook_deliveries.before IS NULL OR d.id < webhook_deliveries.before)
		ORDER BY d.id DESC LIMIT greatest(1, least(coalesce(webhook_deliveries.most, 100), 1000));
END
$$;
COMMENT ON FUNCTION carom.webhook_deliveries(text, text, int, bigint) IS
	'deliveries of a webhook, the newest first, waiting, delivered or dead ones or all; before: those older than that one. The address is told until it is delivered';

CREATE OR REPLACE FUNCTION carom._webhook_state(id text, state text) RETURNS boolean
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
BEGIN
	UPDATE carom.webhook w SET state = _webhook_state.state, why = NULL, changed_at = now(),
		failing_since = CASE WHEN _webhook_state.state = 'active' THEN NULL ELSE w.failing_since END,
		rest_until = CASE WHEN _webhook_state.state = 'active' THEN NULL ELSE w.rest_until END
		WHERE w.id = _webhook_state.id;
	RETURN FOUND;
END
$$;

CREATE OR REPLACE FUNCTION carom.webhook_pause(id text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT carom._webhook_state($1, 'paused') $$;
COMMENT ON FUNCTION carom.webhook_pause(text) IS 'send nothing until it is resumed; false if there is none. Nothing is lost meanwhile';

CREATE OR REPLACE FUNCTION carom.webhook_resume(id text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT carom._webhook_state($1, 'active') $$;
COMMENT ON FUNCTION carom.webhook_resume(text) IS 'go on with a webhook that was paused or disabled, where it was; false if there is none';

CREATE OR REPLACE FUNCTION carom.webhook_remove(id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	DELETE FROM carom.webhook w WHERE w.id = webhook_remove.id;
	RETURN FOUND;
END
$$;
COMMENT ON FUNCTION carom.webhook_remove(text) IS 'forget the webhook and its deliveries; false if there is none';

CREATE OR REPLACE FUNCTION carom.webhook_rotate(id text, hours int DEFAULT 24) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF hours IS NULL OR hours NOT BETWEEN 0 AND 720 THEN
		RAISE EXCEPTION 'the secret before is good for 0 to 720 hours more' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM FROM carom.webhook w WHERE w.id = webhook_rotate.id FOR UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	-- two at most are good: the new one, and the one before it
	DELETE FROM carom.webhook_secret s WHERE s.webhook = webhook_rotate.id AND (s.expires_at IS NOT NULL OR hours = 0);
	UPDATE carom.webhook_secret s SET expires_at = now() + make_interval(hours => hours) WHERE s.webhook = webhook_rotate.id;
	RETURN carom._webhook_secret(webhook_rotate.id);
END
$$;
COMMENT ON FUNCTION carom.webhook_rotate(text, int) IS
	'a new secret, told here and never again; the one before signs besides for so many hours. NULL: there is no such webhook';

CREATE OR REPLACE FUNCTION carom.webhook_test(id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	named text := 'test-' || left(encode(uuid_send(gen_random_uuid()), 'hex'), 12);
BEGIN
	INSERT INTO carom.webhook_delivery (webhook, message, type, body)
		SELECT w.id, named, 'webhook.test', json_build_object('type', 'webhook.test', 'timestamp', carom._api_moment(now()),
			'data', json_build_object('webhook', w.id))::text
		FROM carom.webhook w WHERE w.id = webhook_test.id;
	IF FOUND THEN
		PERFORM pg_notify('carom_suppression', '');
		RETURN webhook_test.id || '-' || named;
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION carom.webhook_test(text) IS
	'send something of the type webhook.test once, also to one that is paused or disabled; gives the webhook-id, NULL if there is no such webhook';

CREATE OR REPLACE FUNCTION carom.webhook_replay(id text, after text DEFAULT NULL, since timestamptz DEFAULT NULL, dead boolean DEFAULT false)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	n      bigint := 0;
	place  text;
	start  bigint;
	entry  record;
	head   record;
BEGIN
	IF num_nonnulls(webhook_replay.after, webhook_replay.since, nullif(webhook_replay.dead, false)) <> 1 THEN
		RAISE EXCEPTION 'replay after a cursor, since a time, or what is dead: one of these' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM FROM carom.webhook w WHERE w.id = webhook_replay.id FOR UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	ELSIF webhook_replay.dead THEN
		UPDATE carom.webhook_delivery d SET state = 'waiting', attempts = 0, next_at = now()
			WHERE d.webhook = webhook_replay.id AND d.state = 'dead' AND d.type <> 'webhook.test';
		GET DIAGNOSTICS n = ROW_COUNT;
	ELSE
		SELECT * INTO head FROM carom.feed_head;
		place := CASE webhook_replay.after WHEN 'start' THEN '' WHEN 'end' THEN carom.feed_head() ELSE webhook_replay.after END;
		IF webhook_replay.since IS NOT NULL THEN
			-- before the first entry of then; those of one moment stand together
			SELECT f.first INTO entry FROM carom.feed_entry f WHERE f.written_at >= webhook_replay.since ORDER BY f.last LIMIT 1;
			IF entry.first IS NULL THEN
				place := carom.feed_head();
			ELSIF entry.first <= head.kept_from THEN
				place := '';
			ELSE
				place := (SELECT carom._feed_cursor(entry.first - 1, f.mark) FROM carom.feed_entry f WHERE f.last = entry.first - 1);
			END IF;
		END IF;
		start := carom._feed_after(place);
		UPDATE carom.webhook w SET cursor = place, why = CASE WHEN w.state = 'disabled' THEN w.why END WHERE w.id = webhook_replay.id;
		n := head.last - start;
	END IF;
	PERFORM pg_notify('carom_suppression', '');
	RETURN n;
END
$$;
COMMENT ON FUNCTION carom.webhook_replay(text, text, timestamptz, boolean) IS
	'tell a webhook again what came after a cursor of the feed (start: all that is kept) or since a time, or only what was given up, each under the '
	'webhook-id that it had. Gives how many rows of the feed, or deliveries, that are; NULL: there is no such webhook';

-- ---- what the sender does -------------------------------------------------------

-- What is sent of a row of the feed: not more than 32 KiB.
CREATE OR REPLACE FUNCTION carom._webhook_body(type text, at timestamptz, item jsonb) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	moment text := to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
	body   text := json_build_object('type', type, 'timestamp', moment, 'data', item)::text;
BEGIN
	IF octet_length(body) <= 32768 THEN
		RETURN body;
	END IF;
	RETURN json_build_object('type', type, 'timestamp', moment, 'data', (
		SELECT jsonb_object_agg(x.key, x.value) FROM jsonb_each(item) x
		WHERE x.key IN ('cursor', 'type', 'at', 'event', 'change', 'incident', 'report', 'address', 'account', 'stream')) || '{"cut": true}')::text;
END
$$;

CREATE OR REPLACE FUNCTION carom.webhook_take(most int DEFAULT 500) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	hook carom.webhook;
	upto text;
	n    int;
	read int := 0;
BEGIN
	FOR hook IN
		SELECT w.* FROM carom.webhook w
		WHERE w.state = 'active' AND w.cursor <> carom.feed_head()
			AND (SELECT count(*) FROM (SELECT FROM carom.webhook_delivery d WHERE d.webhook = w.id AND d.state = 'waiting' LIMIT 1000) x) < 1000
		ORDER BY w.id FOR UPDATE SKIP LOCKED
	LOOP
		BEGIN
			WITH f AS MATERIALIZED (
				SELECT f.* FROM carom.feed(hook.cursor, most) WITH ORDINALITY f(cursor, at, type, item, n)
			), taken AS (
				INSERT INTO carom.webhook_delivery AS d (webhook, message, type, body)
					SELECT hook.id, f.cursor, f.type, carom._webhook_body(f.type, f.at, f.item) FROM f
					WHERE f.type <> 'gone' AND (hook.kinds IS NULL OR f.type = ANY (hook.kinds) OR split_part(f.type, '.', 1) = ANY (hook.kinds))
						AND (hook.account IS NULL OR f.item ->> 'account' = hook.account) AND (hook.stream IS NULL OR f.item ->> 'stream' = hook.stream)
					ORDER BY f.n
				-- asked for again: under the same id, and not while it is under way
				ON CONFLICT (webhook, message) DO UPDATE SET state = 'waiting', body = excluded.body, attempts = 0, next_at = now()
					WHERE d.state <> 'waiting'
			)
			SELECT (array_agg(f.cursor ORDER BY f.n DESC))[1], count(*) INTO upto, n FROM f;
			UPDATE carom.webhook w SET cursor = upto WHERE w.id = hook.id AND n > 0;
			read := greatest(read, n);
		EXCEPTION WHEN SQLSTATE 'CAF01' OR SQLSTATE 'CAF02' THEN
			UPDATE carom.webhook w SET state = 'disabled', changed_at = now(),
				why = format('%s; choose where to go on with replay, and resume', SQLERRM) WHERE w.id = hook.id;
		END;
	END LOOP;
	RETURN read;
END
$$;
COMMENT ON FUNCTION carom.webhook_take(int) IS
	'make deliveries of what the feed has for the active webhooks, at most so many rows of it and while fewer than a thousand wait; gives the most rows '
	'that were read for one: if that is most, call it again. Call feed_number() first';

DROP FUNCTION IF EXISTS carom.webhook_claim(int);
CREATE FUNCTION carom.webhook_claim(seconds int)
RETURNS TABLE (delivery bigint, attempt int, webhook text, message text, url text, body text, secrets text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	hook carom.webhook;
BEGIN
	FOR hook IN
		SELECT w.* FROM carom.webhook w
		WHERE EXISTS (SELECT FROM carom.webhook_delivery d WHERE d.webhook = w.id AND d.state = 'waiting' AND d.next_at <= now())
			AND NOT EXISTS (SELECT FROM carom.webhook_delivery d WHERE d.webhook = w.id AND d.leased_until > now())
		ORDER BY w.id FOR UPDATE SKIP LOCKED
	LOOP
		RETURN QUERY
			UPDATE carom.webhook_delivery d SET attempts = d.attempts + 1, tried_at = now(), leased_until = now() + make_interval(secs => webhook_claim.seconds)
			WHERE d.id = (SELECT x.id FROM carom.webhook_delivery x
				WHERE x.webhook = hook.id AND x.state = 'waiting' AND x.next_at <= now()
					AND (x.type = 'webhook.test' OR hook.state = 'active' AND coalesce(hook.rest_until <= now(), true))
				ORDER BY x.next_at, x.id LIMIT 1)
				AND NOT EXISTS (SELECT FROM carom.webhook_delivery l WHERE l.webhook = hook.id AND l.leased_until > now())
			RETURNING d.id, d.attempts, hook.id, hook.id || '-' || d.message, hook.url, d.body,
				(SELECT string_agg(encode(s.secret, 'base64'), ' ' ORDER BY s.made_at DESC) FROM carom.webhook_secret s
				WHERE s.webhook = hook.id AND (s.expires_at IS NULL OR s.expires_at > now()));
	END LOOP;
END
$$;
COMMENT ON FUNCTION carom.webhook_claim(int) IS
	'what is to be sent now, one delivery a webhook, and nobody else''s for so many seconds';

CREATE OR REPLACE FUNCTION carom.webhook_told(delivery bigint, attempt int, outcome text, wait int DEFAULT NULL, rest int DEFAULT NULL,
	status int DEFAULT NULL, error text DEFAULT NULL, answer text DEFAULT NULL, took int DEFAULT NULL, days int DEFAULT 3)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	hook  carom.webhook;
	test  boolean;
	ended text := CASE WHEN outcome = 'gone' THEN 'dead' ELSE outcome END;
	cause text;
BEGIN
	IF outcome NOT IN ('delivered', 'waiting', 'dead', 'gone') THEN
		RAISE EXCEPTION 'a delivery ends delivered, waiting, dead or gone, not "%"', left(outcome, 100) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	-- the webhook first, as all who change both do
	SELECT w.* INTO hook FROM carom.webhook w
		WHERE w.id = (SELECT d.webhook FROM carom.webhook_delivery d WHERE d.id = webhook_told.delivery) FOR UPDATE;
	UPDATE carom.webhook_delivery d SET leased_until = NULL,
		state = CASE WHEN d.type = 'webhook.test' AND ended = 'waiting' THEN 'dead' ELSE ended END,
		body = CASE WHEN ended = 'delivered' THEN NULL ELSE d.body END,
		next_at = now() + make_interval(secs => coalesce(webhook_told.wait, 0)),
		status = webhook_told.status, error = left(webhook_told.error, 500), answer = left(webhook_told.answer, 1024), took = webhook_told.took
		WHERE d.id = webhook_told.delivery AND d.attempts = webhook_told.attempt AND d.state = 'waiting'
		RETURNING d.type = 'webhook.test' INTO test;
	IF test IS NULL OR test THEN
		RETURN NULL;  -- somebody else has it since, or it tells nothing of the webhook
	ELSIF outcome = 'delivered' THEN
		UPDATE carom.webhook w SET failing_since = NULL, rest_until = NULL, delivered_at = now() WHERE w.id = hook.id;
		RETURN NULL;
	END IF;
	IF hook.state = 'active' AND outcome = 'gone' THEN
		cause := 'its server answered 410: it wants no more';
	ELSIF hook.state = 'active' AND hook.failing_since <= now() - make_interval(days => webhook_told.days) THEN
		cause := format('nothing was delivered since %s: %s', carom._api_moment(hook.failing_since),
			coalesce(webhook_told.error, 'HTTP ' || webhook_told.status));
	END IF;
	UPDATE carom.webhook w SET failing_since = coalesce(w.failing_since, now()),
		rest_until = CASE WHEN webhook_told.rest > 0 THEN now() + make_interval(secs => webhook_told.rest) ELSE w.rest_until END,
		state = CASE WHEN cause IS NULL THEN w.state ELSE 'disabled' END, why = coalesce(left(cause, 500), w.why),
		changed_at = CASE WHEN cause IS NULL THEN w.changed_at ELSE now() END
		WHERE w.id = hook.id;
	RETURN left(cause, 500);
END
$$;
COMMENT ON FUNCTION carom.webhook_told(bigint, int, text, int, int, int, text, text, int, int) IS
	'what a claimed delivery came to: delivered; waiting, for so many seconds, in rest of which its webhook is left alone; dead; gone, which ends the '
	'webhook. One that has only failed for so many days is disabled. Gives why it was disabled just now, NULL if it was not';

CREATE OR REPLACE FUNCTION carom.prune_webhooks(most int DEFAULT 5000) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	n bigint;
BEGIN
	DELETE FROM carom.webhook_delivery d WHERE d.id = ANY (ARRAY(
		SELECT x.id FROM carom.webhook_delivery x
		WHERE x.state <> 'waiting' AND x.tried_at < now() - make_interval(days => coalesce(carom.setting('webhook_days')::int, 7))
			AND (x.state = 'delivered' OR x.tried_at < now() - make_interval(days => coalesce(carom.setting('feed_days')::int, 90)))
		ORDER BY x.tried_at LIMIT most));
	GET DIAGNOSTICS n = ROW_COUNT;
	DELETE FROM carom.webhook_secret s WHERE s.expires_at < now();
	RETURN n;
END
$$;
COMMENT ON FUNCTION carom.prune_webhooks(int) IS
	'forget deliveries that succeeded before the days of the setting webhook_days, and those given up before feed_days, at most so many; gives how many. '
	'carom db prune calls it';
