-- SPDX-License-Identifier: BSD-2-Clause
-- carom - what programs written for SparkPost ask: its suppression list and its events
--
-- Theirs has entries for transactional mail and entries for the rest. Ours for
-- all mail of an account are both, unless they let receipts through; the rest alone
-- is what a person asked for. A list_id of theirs is a stream of ours, a subaccount
-- an account. As all of the API: the key decides here what is seen and done.

-- Whose entries: '0' is the account of those who have subaccounts, nobody's in particular.
CREATE OR REPLACE FUNCTION carom._sparkpost_account(caller carom.api_key, subaccount text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE WHEN subaccount = '0' THEN '' ELSE carom._api_account(caller, subaccount) END $$;

CREATE OR REPLACE FUNCTION carom._sparkpost_source(source text, reason text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE
		WHEN source = 'complaint' OR reason LIKE 'complaint:%' THEN 'Spam Complaint'
		WHEN source = 'unsubscribe' THEN 'List Unsubscribe'
		WHEN source IN ('bounce', 'upstream') THEN 'Bounce Rule'
		WHEN reason = 'compliance' THEN 'Compliance'
		ELSE 'Manually Added'
	END
$$;

CREATE OR REPLACE FUNCTION carom._sparkpost_types(s carom.suppression) RETURNS text[]
LANGUAGE sql STABLE
AS $$
	SELECT CASE
		WHEN s.stream = '' AND carom._stops_transactional(s) THEN '{non_transactional,transactional}'::text[]
		WHEN s.stream <> '' AND carom._is_transactional(s.account, s.stream) THEN '{transactional}'
		ELSE '{non_transactional}'
	END
$$;

CREATE OR REPLACE FUNCTION carom._sparkpost_entry(s carom.suppression, type text) RETURNS json
LANGUAGE sql STABLE
AS $$
	SELECT json_strip_nulls(json_build_object('recipient', s.address, 'type', type, type, true,
		'source', carom._sparkpost_source(s.source, s.reason), 'description', coalesce(s.note, concat_ws(': ', s.status, s.reason)),
		'created', carom._api_moment(s.since), 'updated', carom._api_moment(s.changed_at), 'subaccount_id', nullif(s.account, ''),
		'list_id', nullif(s.stream, '')))
$$;

-- A page of at most so many: found has one more where there is another, which begins after the last place told.
CREATE OR REPLACE FUNCTION carom._sparkpost_page(found json[], places text[], most int, total bigint) RETURNS carom.api_answer
LANGUAGE sql STABLE
AS $$
	SELECT (200, json_build_object('results', coalesce(to_json(found[1:most]), '[]'), 'total_count', total),
		CASE WHEN cardinality(found) > most THEN ARRAY(SELECT unnest(places[most:most])) || total::text END)::carom.api_answer
$$;

DROP FUNCTION IF EXISTS carom.api_sparkpost_list(text, text, text, timestamptz, timestamptz, text, text, text, text, boolean, text[], int, int, int, text, text);
CREATE FUNCTION carom.api_sparkpost_list(key text, digest text, subaccount text DEFAULT NULL, "to" timestamptz DEFAULT NULL,
	"from" timestamptz DEFAULT NULL, domain text DEFAULT NULL, sources text DEFAULT NULL, types text DEFAULT NULL, description text DEFAULT NULL,
	description_strict boolean DEFAULT NULL, cursor text[] DEFAULT NULL, per_page int DEFAULT NULL, page int DEFAULT NULL,
	"limit" int DEFAULT NULL, sort text DEFAULT NULL, list_id text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sparkpost_list.key, api_sparkpost_list.digest);
	whose  text := carom._sparkpost_account(caller, api_sparkpost_list.subaccount);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', nullif(whose, ''), NULL);
	down   boolean := api_sparkpost_list.sort = 'desc';
	most   int := coalesce(api_sparkpost_list.per_page, api_sparkpost_list."limit", 1000);
	skip   int := (coalesce(api_sparkpost_list.page, 1) - 1) * most;
	place  text[] := nullif(api_sparkpost_list.cursor, '{}');
	kinds  text[] := string_to_array(api_sparkpost_list.types, ',');
	total  bigint := place[6];
	rest   text;
	found  json[];
	places text[];
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF api_sparkpost_list.sort NOT IN ('asc', 'desc') THEN
		RETURN (422, 'Sort must be one of: ''asc'', ''desc''', NULL)::carom.api_answer;
	ELSIF NOT kinds <@ '{transactional,non_transactional}' THEN
		RETURN (422, 'Types must be of: ''transactional'', ''non_transactional''', NULL)::carom.api_answer;
	ELSIF place IS NULL AND skip + most > 10000 THEN
		RETURN (422, 'page reaches as far as 10,000 entries: use cursor', NULL)::carom.api_answer;
	ELSIF carom.setting('distributed') = 'yes' THEN
		-- which types an entry has depends on policy and settings, and is asked of each
		RETURN (501, 'a database on Citus gives no list in these words: ask for a recipient, or export /v1/suppressions/export', NULL)::carom.api_answer;
	END IF;
	-- what is not asked for is not in the question, so each is planned for itself
	rest := concat_ws(' AND ', '(s.expires_at IS NULL OR s.expires_at > now())',
		CASE WHEN caller.accounts IS NOT NULL THEN 's.account = ANY ($1)' END, CASE WHEN caller.streams IS NOT NULL THEN 's.stream = ANY ($2)' END,
		CASE WHEN whose IS NOT NULL THEN 's.account = $3' END, CASE WHEN api_sparkpost_list.list_id IS NOT NULL THEN 's.stream = $4' END,
		CASE WHEN api_sparkpost_list."from" IS NOT NULL THEN 's.changed_at >= $5' END,
		CASE WHEN api_sparkpost_list."to" IS NOT NULL THEN 's.changed_at <= $6' END,
		CASE WHEN api_sparkpost_list.domain IS NOT NULL THEN 'split_part(s.address, ''@'', -1) = ANY (string_to_array(lower($7), '',''))' END,
		CASE WHEN api_sparkpost_list.sources IS NOT NULL THEN 'carom._sparkpost_source(s.source, s.reason) = ANY (string_to_array($8, '',''))' END,
		CASE WHEN kinds IS NOT NULL THEN 'carom._sparkpost_types(s) && $9' END,
		CASE WHEN api_sparkpost_list.description IS NULL THEN NULL WHEN api_sparkpost_list.description_strict THEN 's.note = $10'
			ELSE 'strpos(lower(coalesce(s.note, concat_ws('': '', s.status, s.reason))), lower($10)) > 0' END);
	-- one more than is told, to know whether there is another page
	EXECUTE format('SELECT array_agg(x.entry), array_agg(x.place) FROM (SELECT carom._sparkpost_entry(s, t) AS entry, '
			'ARRAY[to_char(s.changed_at AT TIME ZONE ''UTC'', ''YYYY-MM-DD HH24:MI:SS.US"+00"''), s.address, s.account, s.stream, t] AS place '
			'FROM carom.suppression s, LATERAL unnest(carom._sparkpost_types(s)) t WHERE %s%s%s '
			'ORDER BY s.changed_at %s, s.address %4$s, s.account %4$s, s.stream %4$s, t OFFSET $12 LIMIT $13) x',
			rest, CASE WHEN kinds IS NOT NULL THEN ' AND t = ANY ($9)' END,
			CASE WHEN place IS NOT NULL THEN format(' AND (s.changed_at, s.address, s.account, s.stream) %s= ($11[1]::timestamptz, $11[2], $11[3], $11[4])'
				' AND ((s.changed_at, s.address, s.account, s.stream) <> ($11[1]::timestamptz, $11[2], $11[3], $11[4]) OR t > $11[5])',
				CASE WHEN down THEN '<' ELSE '>' END) END,
			CASE WHEN down THEN 'DESC' ELSE 'ASC' END)
		INTO found, places
		USING caller.accounts, caller.streams, whose, api_sparkpost_list.list_id, api_sparkpost_list."from", api_sparkpost_list."to",
			api_sparkpost_list.domain, api_sparkpost_list.sources, kinds, api_sparkpost_list.description, place,
			CASE WHEN place IS NULL THEN skip ELSE 0 END, most + 1;
	IF total IS NULL THEN
		EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM carom.suppression s, LATERAL unnest(carom._sparkpost_types(s)) t WHERE %s%s LIMIT 10000) x', rest,
			CASE WHEN kinds IS NOT NULL THEN ' AND t = ANY ($9)' END) INTO total
			USING caller.accounts, caller.streams, whose, api_sparkpost_list.list_id, api_sparkpost_list."from", api_sparkpost_list."to",
				api_sparkpost_list.domain, api_sparkpost_list.sources, kinds, api_sparkpost_list.description;
	END IF;
	RETURN carom._sparkpost_page(found, places, most, total);
END
$$;
COMMENT ON FUNCTION carom.api_sparkpost_list(text, text, text, timestamptz, timestamptz, text, text, text, text, boolean, text[], int, int, int, text, text) IS
	'SparkPost''s GET suppression-list: the entries in force by the time of their change. total_count counts to 10,000';

DROP FUNCTION IF EXISTS carom.api_sparkpost_summary(text, text, text);
CREATE FUNCTION carom.api_sparkpost_summary(key text, digest text, subaccount text DEFAULT NULL) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sparkpost_summary.key, api_sparkpost_summary.digest);
	whose  text := carom._sparkpost_account(caller, api_sparkpost_summary.subaccount);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', nullif(whose, ''), NULL);
	counts jsonb;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	SELECT coalesce(jsonb_object_agg(replace(lower(x.source), ' ', '_'), x.n), '{}') INTO counts FROM (
		SELECT carom._sparkpost_source(s.source, s.reason) AS source, count(*) AS n FROM carom.suppression s
		WHERE (s.expires_at IS NULL OR s.expires_at > now()) AND carom._api_holds(caller.accounts, caller.streams, s.account, s.stream) AND (whose IS NULL OR s.account = whose)
		GROUP BY 1) x;
	RETURN (200, json_build_object('results', '{"compliance": 0, "manually_added": 0, "unsubscribe_link": 0, "bounce_rule": 0, "list_unsubscribe": 0, '
		'"spam_complaint": 0}'::jsonb || counts || jsonb_build_object('total', (SELECT coalesce(sum(v::bigint), 0) FROM jsonb_each_text(counts) c(k, v)))),
		NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_sparkpost_summary(text, text, text) IS 'SparkPost''s GET suppression-list/summary: how many entries of each source';

DROP FUNCTION IF EXISTS carom.api_sparkpost_get(text, text, text, text, text, text);
CREATE FUNCTION carom.api_sparkpost_get(key text, digest text, subaccount text, recipient text, types text DEFAULT NULL, list_id text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sparkpost_get.key, api_sparkpost_get.digest);
	whose  text := carom._sparkpost_account(caller, api_sparkpost_get.subaccount);
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:read', nullif(whose, ''), NULL);
	plain  text := carom.normalise(api_sparkpost_get.recipient);
	found  json;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	SELECT json_agg(carom._sparkpost_entry(s, t) ORDER BY s.account, s.stream, t) INTO found
		FROM carom._api_entries(caller.accounts, caller.streams, plain) s, LATERAL unnest(carom._sparkpost_types(s)) t
		WHERE (whose IS NULL OR s.account = whose)
			AND (api_sparkpost_get.list_id IS NULL OR s.stream = api_sparkpost_get.list_id)
			AND (api_sparkpost_get.types IS NULL OR t = ANY (string_to_array(api_sparkpost_get.types, ',')));
	IF found IS NULL THEN
		RETURN (404, 'Recipient could not be found', NULL)::carom.api_answer;
	END IF;
	RETURN (200, json_build_object('results', found, 'links', '[]'::json, 'total_count', json_array_length(found)), NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_sparkpost_get(text, text, text, text, text, text) IS 'SparkPost''s GET suppression-list/{recipient}';

-- What is wrong with an entry that somebody hands in; NULL: nothing.
CREATE OR REPLACE FUNCTION carom._sparkpost_fault(caller carom.api_key, account text, entry jsonb) RETURNS text
LANGUAGE sql STABLE
AS $$
	SELECT CASE
		WHEN coalesce(left(carom.normalise(entry ->> 'recipient'), 1), '@') = '@' THEN format('invalid or malformed recipient: %s', left(entry ->> 'recipient', 400))
		WHEN entry ->> 'type' NOT IN ('transactional', 'non_transactional') THEN 'Type must be one of: ''transactional'', ''non_transactional'''
		WHEN entry ->> 'type' IS NULL AND NOT (entry @> '{"transactional": true}' OR entry @> '{"non_transactional": true}') THEN 'Must supply a suppression type'
		WHEN length(entry ->> 'description') > 2000 OR length(entry ->> 'list_id') > 128 THEN 'a text is too long'
		WHEN account = '' AND coalesce(entry ->> 'list_id', '') <> '' THEN 'a list_id is one of a subaccount, and none is named'
		WHEN NOT carom._api_holds(caller, account, coalesce(entry ->> 'list_id', '')) THEN 'this key is for some subaccounts or lists: name one of them'
	END
$$;

DROP FUNCTION IF EXISTS carom.api_sparkpost_put(text, text, text, jsonb);
CREATE FUNCTION carom.api_sparkpost_put(key text, digest text, subaccount text, recipients jsonb) RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller  carom.api_key := carom._api_caller(api_sparkpost_put.key, api_sparkpost_put.digest);
	whose   text := coalesce(carom._sparkpost_account(caller, api_sparkpost_put.subaccount), '');
	answer  carom.api_answer := carom._api_refusal(caller, 'suppressions:write', nullif(whose, ''), NULL);
	who     text := 'key ' || caller.id;
	faults  text;
	names   text[];
	entry   record;
	held    carom.suppression;
	places  int[];
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	SELECT string_agg(x.fault, '; ') INTO faults FROM (
		SELECT format('recipient %s: %s', e.n, carom._sparkpost_fault(caller, whose, e.entry)) AS fault
		FROM jsonb_array_elements(api_sparkpost_put.recipients) WITH ORDINALITY e(entry, n)
		WHERE carom._sparkpost_fault(caller, whose, e.entry) IS NOT NULL LIMIT 20) x;
	IF faults IS NOT NULL THEN
		RETURN (422, faults, NULL)::carom.api_answer;
	END IF;
	names := ARRAY(SELECT carom.normalise(e ->> 'recipient') FROM jsonb_array_elements(api_sparkpost_put.recipients) e);
	PERFORM carom._lock_addresses(names);
	-- in the order of the key, as all who write
	FOR entry IN
		SELECT carom.normalise(e ->> 'recipient') AS address, coalesce(e ->> 'list_id', '') AS list, e ->> 'description' AS note, min(e ->> 'recipient') AS spelling,
			bool_or(coalesce(e ->> 'type' = 'transactional' OR e @> '{"transactional": true}', false)) AS all_mail
		FROM jsonb_array_elements(api_sparkpost_put.recipients) e
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
	LOOP
		places := carom._homes(ARRAY[entry.address]);
		SELECT s.* INTO held FROM carom.suppression s
			WHERE (places IS NULL OR s.home = ANY (places)) AND s.address = entry.address AND s.account = whose AND s.stream = entry.list
				AND (s.expires_at IS NULL OR s.expires_at > now());
		-- what lets receipts through is to stop them too: what was written by hand is written anew, a person's own word stays
		IF entry.all_mail AND entry.list = '' AND held.address IS NOT NULL AND NOT carom._stops_transactional(held) THEN
			IF held.source NOT IN ('staff', 'import') THEN
				RETURN (422, format('%s: a person said so, and that lets transactional mail through', entry.spelling), NULL)::carom.api_answer;
			END IF;
			PERFORM carom.unsuppress(held.address, 'entered again for transactional mail too', held.account, held.stream, who);
		END IF;
		PERFORM carom.suppress(entry.spelling, CASE WHEN entry.list = '' AND NOT entry.all_mail THEN 'unsubscribe_request' ELSE 'added by hand' END,
			whose, entry.list, entry.note, NULL, who);
	END LOOP;
	RETURN (200, '{"results": {"message": "Suppression List successfully updated"}}', NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_sparkpost_put(text, text, text, jsonb) IS
	'SparkPost''s PUT suppression-list: all of the entries are entered, or none. For transactional mail: on the list for all mail of the account';

DROP FUNCTION IF EXISTS carom.api_sparkpost_put_one(text, text, text, text, text, boolean, boolean, text, text);
CREATE FUNCTION carom.api_sparkpost_put_one(key text, digest text, subaccount text, recipient text, type text DEFAULT NULL, transactional boolean DEFAULT NULL,
	non_transactional boolean DEFAULT NULL, description text DEFAULT NULL, list_id text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT carom.api_sparkpost_put(key, digest, subaccount, jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('recipient', recipient, 'type', type,
		'transactional', transactional, 'non_transactional', non_transactional, 'description', description, 'list_id', list_id))))
$$;
COMMENT ON FUNCTION carom.api_sparkpost_put_one(text, text, text, text, text, boolean, boolean, text, text) IS 'SparkPost''s PUT suppression-list/{recipient}';

DROP FUNCTION IF EXISTS carom.api_sparkpost_delete(text, text, text, text, text, text);
CREATE FUNCTION carom.api_sparkpost_delete(key text, digest text, subaccount text, recipient text, type text DEFAULT NULL, list_id text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sparkpost_delete.key, api_sparkpost_delete.digest);
	whose  text := coalesce(carom._sparkpost_account(caller, api_sparkpost_delete.subaccount), '');
	answer carom.api_answer := carom._api_refusal(caller, 'suppressions:write', nullif(whose, ''), NULL);
	plain  text := carom.normalise(api_sparkpost_delete.recipient);
	gone   carom.suppression[];
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	ELSIF api_sparkpost_delete.type NOT IN ('transactional', 'non_transactional') THEN
		RETURN (422, 'Type must be one of: ''transactional'', ''non_transactional''', NULL)::carom.api_answer;
	END IF;
	PERFORM carom._lock_addresses(ARRAY[plain]);
	gone := ARRAY(SELECT s FROM carom._api_entries(caller.accounts, caller.streams, plain) s
		WHERE s.account = whose AND (api_sparkpost_delete.list_id IS NULL OR s.stream = api_sparkpost_delete.list_id)
			AND (api_sparkpost_delete.type IS NULL OR api_sparkpost_delete.type = ANY (carom._sparkpost_types(s))));
	IF gone = '{}' THEN
		RETURN (404, 'Recipient could not be found', NULL)::carom.api_answer;
	ELSIF NOT carom._api_can(caller, 'complaints:release') AND EXISTS (SELECT FROM unnest(gone) g
			WHERE g.source IN ('complaint', 'unsubscribe') OR g.reason = 'compliance') THEN
		RETURN (403, 'Recipient could not be removed - Compliance', NULL)::carom.api_answer;
	ELSIF api_sparkpost_delete.type IS NOT NULL AND EXISTS (SELECT FROM unnest(gone) g WHERE cardinality(carom._sparkpost_types(g)) > 1) THEN
		RETURN (422, 'the entry is one for both types: delete it without a type, and put the other one', NULL)::carom.api_answer;
	END IF;
	PERFORM FROM carom._take_off(gone, 'key ' || caller.id, 'deleted by a program that speaks SparkPost''s API');
	RETURN (204, NULL, NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_sparkpost_delete(text, text, text, text, text, text) IS
	'SparkPost''s DELETE suppression-list/{recipient}: all entries of the address on the lists of one account, or only that of a list_id or type';

-- ---- events ------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION carom._sparkpost_class(category text, class text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE
		WHEN category IN ('recipient_unknown', 'recipient_syntax', 'recipient_moved') THEN '10'
		WHEN category IN ('domain_unknown', 'domain_no_mail', 'dns_temporary') THEN '21'
		WHEN category = 'mailbox_full' THEN '22'
		WHEN category = 'message_too_large' THEN '23'
		WHEN category IN ('expired', 'network_failure') THEN '24'
		WHEN category = 'virus_detected' THEN '53'
		WHEN category = 'content_spam' THEN '52'
		WHEN category IN ('complaint_block', 'ip_reputation', 'domain_reputation', 'dnsbl_listed') THEN '51'
		WHEN category = 'relay_denied' THEN '54'
		WHEN category = 'auto_reply' THEN '60'
		WHEN category = 'unsubscribe_request' THEN '90'
		WHEN category IN ('greylisted', 'rate_limited', 'connection_limit', 'remote_system') THEN '70'
		WHEN class IN ('block', 'policy') THEN '50'
		WHEN class = 'hard' THEN '30'
		WHEN class = 'soft' THEN '20'
		ELSE '1'
	END
$$;

CREATE OR REPLACE FUNCTION carom._sparkpost_type(kind text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE kind WHEN 'bounce' THEN 'bounce' WHEN 'delay' THEN 'delay' WHEN 'delivery' THEN 'delivery' WHEN 'complaint' THEN 'spam_complaint'
		WHEN 'unsubscribe' THEN 'list_unsubscribe' END
$$;

CREATE OR REPLACE FUNCTION carom._sparkpost_event(e carom.event) RETURNS json
LANGUAGE sql STABLE
AS $$
	SELECT json_strip_nulls(json_build_object('type', carom._sparkpost_type(e.kind), 'event_id', e.id::text,
		'timestamp', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"'), 'rcpt_to', e.address, 'raw_rcpt_to', coalesce(e.recipient, e.address),
		'subaccount_id', nullif(e.account, ''), 'campaign_id', nullif(e.stream, ''), 'recipient_domain', split_part(e.address, '@', -1),
		'routing_domain', split_part(e.address, '@', -1), 'mailbox_provider', nullif(e.provider, ''),
		'bounce_class', CASE WHEN e.kind IN ('bounce', 'delay') THEN carom._sparkpost_class(e.category, e.class) END,
		'error_code', e.reply, 'reason', e.diagnostic, 'raw_reason', e.diagnostic, 'fbtype', CASE WHEN e.kind = 'complaint' THEN e.feedback_type END,
		'report_by', CASE WHEN e.kind = 'complaint' THEN e.reporter END))
$$;

DROP FUNCTION IF EXISTS carom.api_sparkpost_events(text, text, text, timestamptz, timestamptz, text[], int, text, text, text, text, text, text);
CREATE FUNCTION carom.api_sparkpost_events(key text, digest text, subaccount text DEFAULT NULL, "from" timestamptz DEFAULT NULL, "to" timestamptz DEFAULT NULL,
	cursor text[] DEFAULT NULL, per_page int DEFAULT NULL, events text DEFAULT NULL, recipients text DEFAULT NULL, recipient_domains text DEFAULT NULL,
	campaigns text DEFAULT NULL, bounce_classes text DEFAULT NULL, subaccounts text DEFAULT NULL)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller carom.api_key := carom._api_caller(api_sparkpost_events.key, api_sparkpost_events.digest);
	whose  text := carom._sparkpost_account(caller, api_sparkpost_events.subaccount);
	answer carom.api_answer := carom._api_refusal(caller, 'events:read', nullif(whose, ''), NULL);
	begin_ timestamptz := coalesce(api_sparkpost_events."from", now() - interval '1 day');
	end_   timestamptz := coalesce(api_sparkpost_events."to", now());
	most   int := coalesce(api_sparkpost_events.per_page, 1000);
	place  text[] := nullif(api_sparkpost_events.cursor, '{}');
	names  text[];
	homes  int[];
	found  json[];
	places text[];
	total  bigint := place[3];
	rest   text;
BEGIN
	IF answer.status IS NOT NULL THEN
		RETURN answer;
	END IF;
	names := ARRAY(SELECT coalesce(carom.normalise(r), r) FROM unnest(string_to_array(api_sparkpost_events.recipients, ',')) r);
	homes := carom._homes(names);
	-- the partitions hold days of the time zone of the reports, which are no more than one off
	rest := concat_ws(' AND ', 'e.day BETWEEN $1::date - 1 AND $2::date + 1 AND e.at >= $1 AND e.at <= $2 AND carom._sparkpost_type(e.kind) IS NOT NULL',
		CASE WHEN caller.accounts IS NOT NULL THEN 'e.account = ANY ($3)' END, CASE WHEN caller.streams IS NOT NULL THEN 'e.stream = ANY ($4)' END,
		CASE WHEN whose IS NOT NULL THEN 'e.account = $5' END,
		CASE WHEN api_sparkpost_events.events IS NOT NULL THEN 'carom._sparkpost_type(e.kind) = ANY (string_to_array($6, '',''))' END,
		CASE WHEN api_sparkpost_events.recipients IS NOT NULL THEN 'e.address = ANY ($7)' END,
		CASE WHEN homes IS NOT NULL AND api_sparkpost_events.recipients IS NOT NULL THEN 'e.home = ANY ($8)' END,
		CASE WHEN api_sparkpost_events.recipient_domains IS NOT NULL THEN 'split_part(e.address, ''@'', -1) = ANY (string_to_array(lower($9), '',''))' END,
		CASE WHEN api_sparkpost_events.campaigns IS NOT NULL THEN 'e.stream = ANY (string_to_array($10, '',''))' END,
		CASE WHEN api_sparkpost_events.bounce_classes IS NOT NULL THEN 'carom._sparkpost_class(e.category, e.class) = ANY (string_to_array($11, '',''))' END,
		CASE WHEN api_sparkpost_events.subaccounts IS NOT NULL THEN 'e.account = ANY (string_to_array($12, '',''))' END);
	EXECUTE format('SELECT array_agg(x.event), array_agg(x.place) FROM (SELECT carom._sparkpost_event(e) AS event, '
			'ARRAY[to_char(e.at AT TIME ZONE ''UTC'', ''YYYY-MM-DD HH24:MI:SS.US"+00"''), e.id::text] AS place FROM carom.event e '
			'WHERE %s%s ORDER BY e.at DESC, e.id DESC LIMIT $14) x', rest,
			CASE WHEN place IS NOT NULL THEN ' AND (e.at, e.id) < ($13[1]::timestamptz, $13[2]::bigint)' END)
		INTO found, places
		USING begin_, end_, caller.accounts, caller.streams, whose, api_sparkpost_events.events, names, homes, api_sparkpost_events.recipient_domains,
			api_sparkpost_events.campaigns, api_sparkpost_events.bounce_classes, api_sparkpost_events.subaccounts, place, most + 1;
	IF total IS NULL THEN
		EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM carom.event e WHERE %s LIMIT 10000) x', rest) INTO total
			USING begin_, end_, caller.accounts, caller.streams, whose, api_sparkpost_events.events, names, homes, api_sparkpost_events.recipient_domains,
				api_sparkpost_events.campaigns, api_sparkpost_events.bounce_classes, api_sparkpost_events.subaccounts;
	END IF;
	RETURN carom._sparkpost_page(found, places, most, total);
END
$$;
COMMENT ON FUNCTION carom.api_sparkpost_events(text, text, text, timestamptz, timestamptz, text[], int, text, text, text, text, text, text) IS
	'SparkPost''s GET events/message: bounces, delays, deliveries, complaints and unsubscribes of some time, the last day if none is named, newest first';
