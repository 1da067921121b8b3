-- SPDX-License-Identifier: BSD-2-Clause
-- carom - the story of an address, for carom explain
--
-- Each statement asks one table, so that Citus can answer as well: what is about
-- the address lies at its home, the reports perhaps elsewhere.

DROP FUNCTION IF EXISTS carom.story_events(text);
CREATE FUNCTION carom.story_events(of_address text)
RETURNS TABLE (at timestamptz, kind text, action text, account text, stream text, category text, reply text, status text, rule text, confidence text,
	resolved_by text, said text, cause text, repeated boolean, acted boolean, after int, within_days int, days bigint, expires_days int,
	policy_account text, policy_stream text, policy_provider text, policy_status text, policy_reply text, server text, sent_on date, report bigint,
	queue_id text, kept boolean, token text, headers text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	plain    text := carom._entry_name(of_address);
	place    int := (carom._homes(ARRAY[plain]))[1];
	e        carom.event;
	p        carom.policy;
	told     carom.event[] := '{}';
	policies carom.policy[] := '{}';
	acted    bigint[];    -- events that changed the list
	reports  jsonb;       -- id: [key, queue_id]
	raws     text[];      -- keys
	seen     jsonb;       -- what counts against it: [day, cause, account, stream], …
BEGIN
	FOR e IN SELECT x.* FROM carom.event x WHERE (place IS NULL OR x.home = place) AND x.address = plain ORDER BY x.at DESC LIMIT 100 LOOP
		told := told || e;
	END LOOP;
	FOR p IN SELECT x.* FROM carom.policy x LOOP
		policies := policies || p;
	END LOOP;
	acted := ARRAY(SELECT l.event FROM carom.suppression_log l
		WHERE (place IS NULL OR l.home = place) AND l.address = plain AND l.change <> 'remove' AND l.event IS NOT NULL);
	SELECT coalesce(jsonb_agg(jsonb_build_array(x.day, x.cause, x.account, x.stream)), '[]') INTO seen
		FROM (SELECT DISTINCT y.day, y.cause, y.account, y.stream FROM carom.event y
			WHERE (place IS NULL OR y.home = place) AND y.address = plain AND y.cause IS NOT NULL
				AND y.confidence IN ('proven', 'matched', 'claimed')) x;
	SELECT coalesce(jsonb_object_agg(x.id, jsonb_build_array(x.key, x.queue_id)), '{}') INTO reports
		FROM (SELECT r.id, r.key, r.queue_id FROM carom.report r WHERE r.id = ANY (ARRAY(SELECT v.report FROM unnest(told) v))) x;
	raws := ARRAY(SELECT r.key FROM carom.raw r WHERE r.key = ANY (ARRAY(SELECT v.value ->> 0 FROM jsonb_each(reports) v)));
	RETURN QUERY
		SELECT e.at, e.kind, e.action, e.account, e.stream, e.category, e.reply, e.status, e.rule, e.confidence, e.resolved_by, left(e.diagnostic, 120),
			e.cause, e.repeated, e.id = ANY (acted), p.after::int, p.within_days::int,
			CASE WHEN p.after > 1 THEN (
				SELECT count(DISTINCT s.seen ->> 0) FROM jsonb_array_elements(seen) AS s(seen)
				WHERE s.seen ->> 1 = e.cause AND (s.seen ->> 0)::date BETWEEN e.day - p.within_days + 1 AND e.day
					AND (p.scope = 'global' OR s.seen ->> 2 = e.account) AND (p.scope <> 'stream' OR s.seen ->> 3 = e.stream)) ELSE 1 END,
			p.expires_days::int, p.account, p.stream, p.provider, p.status, p.reply, coalesce(e.remote_mta, e.reporter), e.sent_on, e.report,
			reports -> e.report::text ->> 1, coalesce(reports -> e.report::text ->> 0 = ANY (raws), false),
			e.token, (SELECT string_agg(h.key || ' ' || h.value, ', ' ORDER BY h.key) FROM jsonb_each_text(e.headers) h)
		FROM unnest(told) e
			-- the most specific one, as _due() chooses
			LEFT JOIN LATERAL (
				SELECT r.after, r.within_days, r.scope, r.expires_days, r.account, r.stream, r.provider, r.status, r.reply
				FROM unnest(policies) r WHERE r.category = e.cause AND r.account IN ('', e.account) AND r.stream IN ('', e.stream)
					AND r.provider IN ('', e.provider) AND r.status IN ('', e.status) AND r.reply IN ('', e.reply)
				ORDER BY r.account <> '' DESC, r.stream <> '' DESC, r.provider <> '' DESC, r.status <> '' DESC, r.reply <> '' DESC LIMIT 1) p ON true
		ORDER BY e.at DESC;
END
$$;
COMMENT ON FUNCTION carom.story_events(text) IS
	'the newest hundred events of an address, each with the policy that it met, how many days counted, whether it changed the list, and where its report is';

CREATE OR REPLACE FUNCTION carom.story_changes(of_address text)
RETURNS TABLE (at timestamptz, change text, account text, stream text, reason text, source text, rule text, confidence text, expires date, author text,
	note text, login text, report bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	plain   text := carom._entry_name(of_address);
	place   int := (carom._homes(ARRAY[plain]))[1];
	l       carom.suppression_log;
	changes carom.suppression_log[] := '{}';
	reports jsonb;  -- key: id
BEGIN
	FOR l IN SELECT x.* FROM carom.suppression_log x WHERE (place IS NULL OR x.home = place) AND x.address = plain ORDER BY x.at DESC, x.id DESC LIMIT 100
	LOOP
		changes := changes || l;
	END LOOP;
	SELECT coalesce(jsonb_object_agg(x.key, x.id), '{}') INTO reports
		FROM (SELECT r.key, r.id FROM carom.report r WHERE r.part = 0 AND r.key = ANY (ARRAY(SELECT c.report_key FROM unnest(changes) c))) x;
	RETURN QUERY
		SELECT c.at, c.change, c.account, c.stream, c.reason, c.source, c.rule, c.confidence, c.expires_at::date, c.author, c.note, nullif(c.login, ''),
			(reports ->> c.report_key)::bigint
		FROM unnest(changes) c ORDER BY c.at DESC, c.id DESC;
END
$$;
COMMENT ON FUNCTION carom.story_changes(text) IS 'the newest hundred changes of the entries of an address';
