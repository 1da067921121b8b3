-- SPDX-License-Identifier: BSD-2-Clause
-- carom - webhooks over HTTP, for keys with the scope admin
--
-- A key for some accounts or streams has the webhooks of these and no others: it
-- cannot be told of more than it may read.

CREATE OR REPLACE FUNCTION carom._api_webhook(hook text) RETURNS json
LANGUAGE sql STABLE
AS $$
	SELECT json_strip_nulls(json_build_object('id', w.id, 'url', w.url, 'kinds', string_to_array(w.kinds, ' '), 'account', w.account, 'stream', w.stream,
		'state', w.state, 'why', w.why, 'behind', w.behind, 'waiting', w.waiting, 'dead', w.dead,
		'failing_since', carom._api_moment(w.failing_since), 'delivered_at', carom._api_moment(w.delivered_at),
		'created_at', carom._api_moment(w.created_at), 'author', w.author, 'note', w.note))
	FROM carom.webhooks() w WHERE w.id = hook
$$;

-- Why the key may not do this with that webhook; a row of nothing if it may.
CREATE OR REPLACE FUNCTION carom._api_webhook_refusal(caller carom.api_key, hook text) RETURNS carom.api_answer
LANGUAGE sql STABLE
AS $$
	SELECT CASE
		WHEN NOT carom._api_can(caller, 'admin') THEN carom._api_refusal(caller, 'admin')
		WHEN NOT EXISTS (SELECT FROM carom.webhook w WHERE w.id = hook AND carom._api_holds(caller, w.account, w.stream))
			THEN (404, 'there is no such webhook', NULL)::carom.api_answer
	END
$$;

DROP FUNCTION IF EXISTS carom._api_webhook_scope(carom.api_key, text, text);

CREATE OR REPLACE FUNCTION carom._api_texts(list jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE
AS $$ SELECT array_agg(x.one ORDER BY x.n) FROM jsonb_array_elements_text(list) WITH ORDINALITY x(one, n) $$;

CREATE OR REPLACE FUNCTION carom.api_webhooks(key text, digest text) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller carom.api_key := carom._api_caller(api_webhooks.key, api_webhooks.digest);
	answer carom.api_answer := carom._api_refusal(caller, 'admin');
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	RETURN (200, json_build_object('results', coalesce((SELECT json_agg(carom._api_webhook(w.id) ORDER BY w.created_at, w.id)
		FROM carom.webhook w WHERE carom._api_holds(caller, w.account, w.stream)), '[]')), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_webhooks(text, text) IS 'GET /v1/webhooks: those that the key may see';

CREATE OR REPLACE FUNCTION carom.api_webhook_add(key text, digest text, url text, kinds jsonb DEFAULT NULL, account text DEFAULT NULL,
	stream text DEFAULT NULL, note text DEFAULT NULL, after text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller carom.api_key := carom._api_caller(api_webhook_add.key, api_webhook_add.digest);
	whose  text := carom._api_account(caller, api_webhook_add.account);
	which  text := carom._api_stream(caller, api_webhook_add.stream);
	answer carom.api_answer := carom._api_refusal_to_change(caller, 'admin', whose, which);
	made   record;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	SELECT * INTO made FROM carom.webhook_add(api_webhook_add.url, carom._api_texts(api_webhook_add.kinds), whose, which, api_webhook_add.note,
		'key ' || caller.id, api_webhook_add.after);
	RETURN (201, json_build_object('webhook', carom._api_webhook(made.id), 'secret', made.secret), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_webhook_add(text, text, text, jsonb, text, text, text, text) IS
	'POST /v1/webhooks: one more, and its secret, which is told once';

CREATE OR REPLACE FUNCTION carom.api_webhook(key text, digest text, id text) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller carom.api_key := carom._api_caller(api_webhook.key, api_webhook.digest);
	answer carom.api_answer := carom._api_webhook_refusal(caller, api_webhook.id);
BEGIN
	RETURN CASE WHEN answer.status IS NOT NULL THEN answer ELSE (200, carom._api_webhook(api_webhook.id), NULL)::carom.api_answer END;
END
$$;
COMMENT ON FUNCTION carom.api_webhook(text, text, text) IS 'GET /v1/webhooks/{id}';

CREATE OR REPLACE FUNCTION carom.api_webhook_put(key text, digest text, id text, url text, kinds jsonb DEFAULT NULL, account text DEFAULT NULL,
	stream text DEFAULT NULL, note text DEFAULT NULL, state text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller carom.api_key := carom._api_caller(api_webhook_put.key, api_webhook_put.digest);
	whose  text := carom._api_account(caller, api_webhook_put.account);
	which  text := carom._api_stream(caller, api_webhook_put.stream);
	answer carom.api_answer := carom._api_webhook_refusal(caller, api_webhook_put.id);
BEGIN
	IF answer.status IS NULL THEN
		answer := carom._api_refusal_to_change(caller, 'admin', whose, which);
	END IF;
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF api_webhook_put.state NOT IN ('active', 'paused') THEN
		RETURN (422, 'state is active or paused', NULL)::carom.api_answer;
	END IF;
	PERFORM carom.webhook_change(api_webhook_put.id, api_webhook_put.url, carom._api_texts(api_webhook_put.kinds), whose, which, api_webhook_put.note);
	IF api_webhook_put.state = 'active' THEN
		-- one that is active already keeps what it was asked to wait
		PERFORM carom.webhook_resume(w.id) FROM carom.webhook w WHERE w.id = api_webhook_put.id AND w.state <> 'active';
	ELSIF api_webhook_put.state = 'paused' THEN
		PERFORM carom.webhook_pause(api_webhook_put.id);
	END IF;
	RETURN (200, carom._api_webhook(api_webhook_put.id), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_webhook_put(text, text, text, text, jsonb, text, text, text, text) IS
	'PUT /v1/webhooks/{id}: its URL, what it is told of, and whether it is active or paused (not said: as it is)';

CREATE OR REPLACE FUNCTION carom.api_webhook_delete(key text, digest text, id text) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller carom.api_key := carom._api_caller(api_webhook_delete.key, api_webhook_delete.digest);
	answer carom.api_answer := carom._api_webhook_refusal(caller, api_webhook_delete.id);
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	PERFORM carom.webhook_remove(api_webhook_delete.id);
	RETURN (204, NULL, NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_webhook_delete(text, text, text) IS 'DELETE /v1/webhooks/{id}: it, and its deliveries';

CREATE OR REPLACE FUNCTION carom.api_webhook_test(key text, digest text, id text) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller carom.api_key := carom._api_caller(api_webhook_test.key, api_webhook_test.digest);
	answer carom.api_answer := carom._api_webhook_refusal(caller, api_webhook_test.id);
BEGIN
	RETURN CASE WHEN answer.status IS NOT NULL THEN answer
		ELSE (202, json_build_object('message', carom.webhook_test(api_webhook_test.id)), NULL)::carom.api_answer END;
END
$$;
COMMENT ON FUNCTION carom.api_webhook_test(text, text, text) IS 'POST /v1/webhooks/{id}/test: the webhook-id of what will be sent; its deliveries say what came of it';

CREATE OR REPLACE FUNCTION carom.api_webhook_rotate(key text, digest text, id text, hours int DEFAULT NULL) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller carom.api_key := carom._api_caller(api_webhook_rotate.key, api_webhook_rotate.digest);
	answer carom.api_answer := carom._api_webhook_refusal(caller, api_webhook_rotate.id);
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	RETURN (200, json_build_object('secret', carom.webhook_rotate(api_webhook_rotate.id, coalesce(api_webhook_rotate.hours, 24))), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_webhook_rotate(text, text, text, int) IS
	'POST /v1/webhooks/{id}/rotate: a new secret, told once; the one before is good for so many hours more, 24 if not said';

CREATE OR REPLACE FUNCTION carom.api_webhook_deliveries(key text, digest text, id text, state text DEFAULT NULL, "limit" int DEFAULT NULL,
	after text[] DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller carom.api_key := carom._api_caller(api_webhook_deliveries.key, api_webhook_deliveries.digest);
	answer carom.api_answer := carom._api_webhook_refusal(caller, api_webhook_deliveries.id);
	most   int := coalesce(api_webhook_deliveries."limit", 100);
	found  json;
	n      int;
	last   bigint;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF after IS NOT NULL AND (cardinality(after) <> 1 OR after[1] !~ '^[0-9]{1,18}$') THEN
		RETURN (422, 'after is no cursor of this list', NULL)::carom.api_answer;
	END IF;
	SELECT json_agg(json_strip_nulls(json_build_object('message', d.message, 'type', d.type, 'state', d.state, 'attempts', d.attempts, 'status', d.status,
			'error', d.error, 'answer', d.answer, 'took', d.took, 'created_at', carom._api_moment(d.created_at),
			'tried_at', carom._api_moment(d.tried_at), 'next_at', carom._api_moment(d.next_at))) ORDER BY d.id DESC), count(*), min(d.id)
		INTO found, n, last
		FROM carom.webhook_deliveries(api_webhook_deliveries.id, api_webhook_deliveries.state, most, after[1]::bigint) d;
	RETURN (200, json_build_object('results', coalesce(found, '[]')), CASE WHEN n = most THEN ARRAY[last::text] END)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_webhook_deliveries(text, text, text, text, int, text[]) IS
	'GET /v1/webhooks/{id}/deliveries: what was sent, the newest first, all or those in one state';

CREATE OR REPLACE FUNCTION carom.api_webhook_replay(key text, digest text, id text, after text DEFAULT NULL, since timestamptz DEFAULT NULL,
	dead boolean DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	caller carom.api_key := carom._api_caller(api_webhook_replay.key, api_webhook_replay.digest);
	answer carom.api_answer := carom._api_webhook_refusal(caller, api_webhook_replay.id);
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	RETURN (202, json_build_object('count', carom.webhook_replay(api_webhook_replay.id, api_webhook_replay.after, api_webhook_replay.since,
		coalesce(api_webhook_replay.dead, false))), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_webhook_replay(text, text, text, text, timestamptz, boolean) IS
	'POST /v1/webhooks/{id}/replay: again what came after a cursor of the feed, or since a time, or what was given up; how many rows of the feed, or deliveries';
