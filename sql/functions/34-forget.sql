-- SPDX-License-Identifier: BSD-2-Clause
-- carom - a person is forgotten
--
-- What was recorded of an address stays for the counts, without the address. Its
-- entries on the list stay under a name that only the key makes of the address:
-- # and 50 hexadecimal digits, two for the home, 16 that the outbound daemon can
-- make as well, 32 that nobody can make but these functions.

-- HMAC-SHA-256 (RFC 2104) needs no more than sha256(). The key, filled up with
-- zeros to 64 octets, and each of them mixed with this one.
CREATE OR REPLACE FUNCTION carom._hmac_pad(secret bytea, mask int) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
	pad bytea := secret || decode(repeat('00', 64 - octet_length(secret)), 'hex');
BEGIN
	FOR i IN 0 .. 63 LOOP
		pad := set_byte(pad, i, get_byte(pad, i) # mask);
	END LOOP;
	RETURN pad;
END
$$;

CREATE OR REPLACE FUNCTION carom._hmac_padded(inner_pad bytea, outer_pad bytea, said text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT sha256(outer_pad || sha256(inner_pad || convert_to(said, 'UTF8'))) $$;

-- 32 octets from the server's strong random numbers, of which a UUID has 122 bits.
CREATE OR REPLACE FUNCTION carom._random_secret() RETURNS bytea
LANGUAGE sql VOLATILE
AS $$ SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) $$;

CREATE OR REPLACE FUNCTION carom._make_forget_key() RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	secret bytea := carom._random_secret();
	filter bytea := carom._random_secret();
BEGIN
	INSERT INTO carom.forget_key (inner_pad, outer_pad, filter, filter_inner, filter_outer)
		VALUES (carom._hmac_pad(secret, 54), carom._hmac_pad(secret, 92), filter, carom._hmac_pad(filter, 54), carom._hmac_pad(filter, 92))
		ON CONFLICT (one) DO NOTHING;
END
$$;

-- The name under which an address would be known if it was forgotten; NULL where
-- nobody was, and of domains.
CREATE OR REPLACE FUNCTION carom._hidden_name(plain text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	k record;
BEGIN
	SELECT f.inner_pad, f.outer_pad, f.filter_inner, f.filter_outer INTO k FROM carom.forget_key f;
	IF k.inner_pad IS NULL OR left(plain, 1) = '@' THEN
		RETURN NULL;
	END IF;
	RETURN '#' || lpad(to_hex(carom._home_of(plain)), 2, '0') || encode(substr(carom._hmac_padded(k.filter_inner, k.filter_outer, plain), 1, 8), 'hex')
		|| encode(substr(carom._hmac_padded(k.inner_pad, k.outer_pad, plain), 1, 16), 'hex');
END
$$;

-- The name under which the list has an address: its own, or that of a forgotten one.
CREATE OR REPLACE FUNCTION carom._kept_as(plain text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	hidden text := carom._hidden_name(plain);
	homes  int[];
BEGIN
	IF hidden IS NULL THEN
		RETURN plain;
	END IF;
	homes := carom._homes(ARRAY[plain]);
	RETURN CASE WHEN EXISTS (SELECT FROM carom.suppression s WHERE (homes IS NULL OR s.home = ANY (homes)) AND s.address = hidden)
		THEN hidden ELSE plain END;
END
$$;

-- What somebody names, as the list has it; the name of a forgotten one is its own.
CREATE OR REPLACE FUNCTION carom._entry_name(given text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE WHEN carom._is_hidden(given) THEN given ELSE carom._kept_as(carom.normalise(given)) END;
END
$$;

-- Of these addresses, those whose entries are those of a forgotten one: {address: name}.
CREATE OR REPLACE FUNCTION carom._hidden_among(addresses text[]) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	plains text[] := ARRAY(SELECT DISTINCT a FROM unnest(addresses) a WHERE a <> '' AND left(a, 1) NOT IN ('@', '#'));
	names  text[] := ARRAY(SELECT carom._hidden_name(p) FROM unnest(plains) p);
	homes  int[] := carom._homes(plains);
	there  text[];
BEGIN
	there := ARRAY(SELECT DISTINCT s.address FROM carom.suppression s WHERE (homes IS NULL OR s.home = ANY (homes)) AND s.address = ANY (names));
	RETURN (SELECT coalesce(jsonb_object_agg(x.plain, x.name), '{}') FROM unnest(plains, names) AS x(plain, name) WHERE x.name = ANY (there));
END
$$;

CREATE OR REPLACE FUNCTION carom.forgotten_filter() RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT f.filter FROM carom.forget_key f);
END
$$;
COMMENT ON FUNCTION carom.forgotten_filter() IS
	'the key of the outbound daemon, NULL where nobody was forgotten: the digits 3 to 18 of a forgotten address are the first 8 octets of HMAC-SHA-256 '
	'of the address with it';

-- ---- what is told of them later -----------------------------------------------------

-- An outcome of somebody who was forgotten, with no more than counts.
CREATE OR REPLACE FUNCTION carom._hidden_outcome(o jsonb, name text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT (o - ARRAY['recipient', 'final_recipient', 'original_recipient', 'token', 'remote_mta', 'address_id'])
		|| jsonb_build_object('subscriber', name)
		|| CASE WHEN o ? 'diagnostic' THEN jsonb_build_object('diagnostic', carom.reply_template(o ->> 'diagnostic',
			carom._address(coalesce(nullif(o ->> 'recipient', ''), o ->> 'subscriber')))) ELSE '{}' END
$$;

-- The name of whom an outcome is about, if it is forgotten; whom it is about, if it only names one
-- on the way there. NULL: neither.
CREATE OR REPLACE FUNCTION carom._hidden_in(o jsonb, hidden jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	about text;
BEGIN
	IF jsonb_typeof(o) <> 'object' THEN
		RETURN NULL;
	END IF;
	about := carom._about(o);
	IF carom._is_hidden(about) THEN
		RETURN about;
	ELSIF hidden ? about THEN
		RETURN hidden ->> about;
	ELSIF hidden ?| ARRAY[carom._address(o ->> 'recipient'), carom._address(o ->> 'final_recipient'), carom._address(o ->> 'original_recipient')] THEN
		RETURN about;
	END IF;
	RETURN NULL;
END
$$;

-- A report about somebody who was forgotten, with the outcomes that it has then:
-- what is left says nothing of a person. The Message-ID stays where there are others.
CREATE OR REPLACE FUNCTION carom._hidden_report(j jsonb, raw bytea, outcomes jsonb, alone boolean) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT (j - ARRAY['from', 'to', 'subject', 'sender', 'message_id', 'queue_id', 'returned', 'authenticated'])
		|| jsonb_build_object('key', carom._key(j, raw), 'outcomes', outcomes, 'hidden', true)
		|| CASE WHEN j ? 'feedback' THEN jsonb_build_object('feedback', carom._object(j -> 'feedback') - 'mail_from') ELSE '{}' END
		|| CASE WHEN alone OR NOT carom._object(j -> 'returned') ? 'message_id' THEN '{}'
			ELSE jsonb_build_object('returned', jsonb_build_object('message_id', j -> 'returned' -> 'message_id')) END
$$;

-- Reports as they may be written down: those of forgotten addresses name them no more.
CREATE OR REPLACE FUNCTION carom._hide(reports jsonb[], raws bytea[]) RETURNS jsonb[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	whole    jsonb[] := reports;
	hidden   jsonb;
	outcomes jsonb;
	o        jsonb;
	name     text;
	found    int;
	others   int;
BEGIN
	IF NOT EXISTS (SELECT FROM carom.forget_key) THEN
		RETURN reports;
	END IF;
	hidden := carom._hidden_among(ARRAY(
		SELECT carom._address(a.a)
		FROM unnest(reports) r CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(r -> 'outcomes') = 'array' THEN r -> 'outcomes' END) x(o)
			CROSS JOIN LATERAL (VALUES (x.o ->> 'subscriber'), (x.o ->> 'recipient'), (x.o ->> 'final_recipient'), (x.o ->> 'original_recipient')) a(a)
		WHERE jsonb_typeof(x.o) = 'object'));
	FOR i IN 1 .. coalesce(cardinality(reports), 0) LOOP
		CONTINUE WHEN jsonb_typeof(reports[i] -> 'outcomes') IS DISTINCT FROM 'array';
		outcomes := '[]';
		found := 0;
		others := 0;
		FOR o IN SELECT x.o FROM jsonb_array_elements(reports[i] -> 'outcomes') WITH ORDINALITY x(o, n) ORDER BY x.n LOOP
			name := carom._hidden_in(o, hidden);
			IF name IS NULL THEN
				others := others + 1;
			ELSE
				found := found + 1;
				o := carom._hidden_outcome(o, name);
			END IF;
			outcomes := outcomes || jsonb_build_array(o);
		END LOOP;
		IF found > 0 THEN
			whole[i] := carom._hidden_report(reports[i], raws[i], outcomes, others = 0);
		END IF;
	END LOOP;
	RETURN whole;
END
$$;

-- ---- to forget ------------------------------------------------------------------------

-- A pattern that finds an address in a text, as it is and as a return address holds it.
CREATE OR REPLACE FUNCTION carom._mention_pattern(plain text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT '(?<![a-z0-9!#$%&''*+/=?^_`{|}~.-])' || e.local || '@' || e.domain || '(?![a-z0-9_-]|\.[a-z0-9])'
		|| '|(?<![a-z0-9_.])' || e.local || '=' || e.domain || '(?![a-z0-9_-]|\.[a-z0-9])'
	FROM (SELECT regexp_replace(left(plain, length(plain) - length(split_part(plain, '@', -1)) - 1), '([!-/:-?\[-`{-~])', '\\\1', 'g') AS local,
		regexp_replace(split_part(plain, '@', -1), '([!-/:-?\[-`{-~])', '\\\1', 'g') AS domain) e
$$;

CREATE OR REPLACE FUNCTION carom._unmention(said text, pattern text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT regexp_replace(said, pattern, '(forgotten)', 'gi') $$;

-- Whoever names an address without being about it, found before anything is locked:
-- that reads everything. events and of_reports are of the same rows.
CREATE OR REPLACE FUNCTION carom._mentions(plain text, pattern text, OUT events bigint[], OUT of_reports bigint[], OUT reports bigint[], OUT raws text[])
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	domain text := split_part(plain, '@', -1);
	local  text := left(plain, length(plain) - length(domain) - 1);
	whole  text := lower(encode(convert_to(plain, 'UTF8'), 'escape'));
	verp   text := lower(encode(convert_to(local || '=' || domain, 'UTF8'), 'escape'));
	plainly boolean := plain !~ '[^\x01-\x7f]';  -- else escape has it in other words than the pattern
BEGIN
	SELECT coalesce(array_agg(e.id), '{}'), coalesce(array_agg(DISTINCT e.report), '{}') INTO events, of_reports FROM carom.event e
		WHERE e.address <> plain
			AND strpos(lower(concat_ws(E'\n', e.subscriber, e.recipient, e.final_recipient, e.original_recipient, e.diagnostic)), local) > 0
			AND concat_ws(E'\n', e.subscriber, e.recipient, e.final_recipient, e.original_recipient, e.diagnostic) ~* pattern;
	reports := ARRAY(SELECT r.id FROM carom.report r
		WHERE strpos(lower(concat_ws(E'\n', r.from_address, r.to_address, r.subject, r.mail_from, r.returned_from, r.returned_to, r.returned_subject,
				r.returned_path, r.sender, r.message_id)), local) > 0
			AND concat_ws(E'\n', r.from_address, r.to_address, r.subject, r.mail_from, r.returned_from, array_to_string(r.returned_to, E'\n'), r.returned_subject,
				r.returned_path, r.sender, r.message_id) ~* pattern);
	raws := ARRAY(SELECT w.key FROM carom.raw w, LATERAL (SELECT lower(encode(w.message, 'escape')) AS said OFFSET 0) x
		WHERE (strpos(x.said, whole) > 0 OR strpos(x.said, verp) > 0) AND (NOT plainly OR x.said ~ pattern));
END
$$;

-- The reports with events of these names, and those of them that are about nobody else. On
-- Citus a report has a row in each home of its events, with an id each; its key is one.
CREATE OR REPLACE FUNCTION carom._reports_about(names text[], OUT keys text[], OUT ids bigint[], OUT alone bigint[])
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	found   bigint[] := ARRAY(SELECT DISTINCT e.report FROM carom.event e WHERE e.address = ANY (names));
	keys_of text[];
	mixed   bigint[];
BEGIN
	keys := ARRAY(SELECT DISTINCT r.key FROM carom.report r WHERE r.id = ANY (found));
	SELECT coalesce(array_agg(r.id), '{}'), coalesce(array_agg(r.key), '{}') INTO ids, keys_of FROM carom.report r WHERE r.key = ANY (keys);
	mixed := ARRAY(SELECT DISTINCT e.report FROM carom.event e WHERE e.report = ANY (ids) AND NOT e.address = ANY (names || ''::text));
	alone := ARRAY(SELECT x.id FROM unnest(ids, keys_of) x(id, key)
		WHERE x.key NOT IN (SELECT y.key FROM unnest(ids, keys_of) y(id, key) WHERE y.id = ANY (mixed)));
END
$$;

-- Words of staff, and what webhooks have not told yet.
CREATE OR REPLACE FUNCTION carom._forget_notes(plain text, pattern text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	local text := left(plain, length(plain) - length(split_part(plain, '@', -1)) - 1);
BEGIN
	UPDATE carom.suppression s SET note = carom._unmention(s.note, pattern)
		WHERE s.address <> plain AND strpos(lower(s.note), local) > 0 AND s.note ~* pattern;
	UPDATE carom.suppression_log l SET note = carom._unmention(l.note, pattern)
		WHERE l.address <> plain AND strpos(lower(l.note), local) > 0 AND l.note ~* pattern;
	UPDATE carom.incident i SET example = carom._unmention(i.example, pattern) WHERE i.example ~* pattern;
	DELETE FROM carom.webhook_delivery d
		WHERE strpos(lower(concat_ws(E'\n', d.body, d.answer)), local) > 0 AND concat_ws(E'\n', d.body, d.answer) ~* pattern;
END
$$;

-- What there is of an address: {what: rows}.
DROP FUNCTION IF EXISTS carom._forget_counts(text[], bigint[], int, text[]);
CREATE OR REPLACE FUNCTION carom._forget_counts(names text[], reports int, mentions int, raws text[]) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN jsonb_build_object(
		'entries', (SELECT count(*) FROM carom.suppression s WHERE s.address = ANY (names)),
		'changes', (SELECT count(*) FROM carom.suppression_log l WHERE l.address = ANY (names) AND l.change <> 'forget'),
		'events', (SELECT count(*) FROM carom.event e WHERE e.address = ANY (names)),
		'reports', reports,
		'messages', (SELECT count(*) FROM carom.raw w WHERE w.key = ANY (raws)),
		'mentions', mentions,
		'sent', (SELECT count(*) FROM carom.sent t WHERE t.address = names[1]),
		'numbers', (SELECT count(*) FROM carom.address a WHERE a.address = names[1]));
END
$$;

-- The entries of an address go on under its name, and the log tells of each that it does.
CREATE OR REPLACE FUNCTION carom._forget_entries(plain text, hidden text, pattern text, why text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	here    int := carom._home_of(plain);
	place   int := (carom._homes(ARRAY[plain]))[1];
	entry   carom.suppression;
	moment  timestamptz := clock_timestamp();
	written bigint[] := '{}';
	trace   record;
BEGIN
	-- what was done before nobody can tell of this address any more; counts still can
	UPDATE carom.suppression_log l SET address = '', note = NULL, report_key = NULL, reason = carom._unmention(l.reason, pattern),
			said_by = CASE WHEN l.provider <> '' THEN l.said_by END
		WHERE (place IS NULL OR l.home = place) AND l.address IN (plain, hidden);
	DELETE FROM carom.suppression s
		WHERE (place IS NULL OR s.home = place) AND s.address = plain AND EXISTS (
			SELECT FROM carom.suppression o WHERE (place IS NULL OR o.home = place) AND (o.address, o.account, o.stream) = (hidden, s.account, s.stream));
	UPDATE carom.suppression s SET address = hidden, spelling = hidden, reason = carom._unmention(s.reason, pattern), changed_at = moment,
			report_key = NULL, event = NULL, event_day = NULL, note = NULL, said_by = CASE WHEN s.provider <> '' THEN s.said_by END
		WHERE (place IS NULL OR s.home = place) AND s.address IN (plain, hidden);
	FOR entry IN SELECT s.* FROM carom.suppression s WHERE (place IS NULL OR s.home = place) AND s.address = hidden ORDER BY s.account, s.stream LOOP
		INSERT INTO carom.suppression_log (day, change, address, account, stream, reason, source, expires_at, provider, status, rule, rules,
				confidence, author, note, home)
			VALUES (carom.day(), 'forget', hidden, entry.account, entry.stream, entry.reason, entry.source, entry.expires_at, entry.provider,
				entry.status, entry.rule, entry.rules, entry.confidence, entry.author, why, here)
			RETURNING id, xact INTO trace;
		written := written || trace.id;
	END LOOP;
	IF written <> '{}' THEN
		PERFORM carom._feed_changes_at(here, trace.xact, written);
	END IF;
	PERFORM pg_notify('carom_suppression', '');
END
$$;

-- Its events are nobody's now, and what else holds it is gone or says no more whose it was.
CREATE OR REPLACE FUNCTION carom._forget_events(plain text, hidden text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	place int := (carom._homes(ARRAY[plain]))[1];
	names text[] := ARRAY[plain, hidden];
	box   text := carom._mailbox_of(plain);
BEGIN
	UPDATE carom.event e SET address = '', subscriber = NULL, recipient = NULL, final_recipient = NULL, original_recipient = NULL, token = NULL, headers = NULL,
			message = NULL, resolved_by = 'forgotten', diagnostic = CASE WHEN e.diagnostic <> '' THEN carom.reply_template(e.diagnostic, plain) END,
			remote_mta = CASE WHEN e.provider <> '' THEN e.remote_mta END, reporter = CASE WHEN e.provider <> '' THEN e.reporter END
		WHERE (place IS NULL OR e.home = place) AND e.address = ANY (names);
	DELETE FROM carom.told t WHERE (place IS NULL OR t.home = place) AND t.address = ANY (names);
	DELETE FROM carom.delivered d WHERE (place IS NULL OR d.home = place) AND d.address = ANY (names);
	DELETE FROM carom.sent t WHERE t.address = plain;
	-- the token of a return address that is under way still leads to the name
	UPDATE carom.address a SET address = CASE WHEN EXISTS (SELECT FROM carom.address o
				WHERE (place IS NULL OR o.home = place) AND o.address = hidden AND o.account = a.account) THEN hidden || '.' || a.id ELSE hidden END,
			spelling = hidden
		WHERE (place IS NULL OR a.home = place) AND a.address = plain;
	DELETE FROM carom.held h WHERE h.address = plain;
	-- its other spellings are refused as before, as far as their mailbox is told by a setting
	IF box <> plain THEN
		INSERT INTO carom.same_mailbox (address, mailbox, home) VALUES (hidden, carom._hidden_name(box), carom._home_of(plain)) ON CONFLICT DO NOTHING;
	END IF;
	DELETE FROM carom.same_mailbox m WHERE (place IS NULL OR m.home = place) AND m.address = plain;
END
$$;

-- Reports that were about it alone keep nothing of a person; where there are others, and where it
-- is only mentioned, the address is taken out.
CREATE OR REPLACE FUNCTION carom._forget_reports(about bigint[], alone bigint[], mentioned bigint[], of_events bigint[], events bigint[],
	raws text[], pattern text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM carom._recount_reports(alone, -1);  -- a Feedback-ID may be of one person alone
	UPDATE carom.report r SET message_id = NULL, from_address = NULL, to_address = NULL, subject = NULL, mail_from = NULL, returned_message_id = NULL,
			returned_from = NULL, returned_to = NULL, returned_subject = NULL, returned_path = NULL, returned_feedback_id = NULL, sender = NULL, queue_id = NULL
		WHERE r.id = ANY (alone);
	PERFORM carom._recount_reports(alone, 1);
	UPDATE carom.report r SET message_id = carom._unmention(r.message_id, pattern), from_address = carom._unmention(r.from_address, pattern),
			to_address = carom._unmention(r.to_address, pattern), subject = carom._unmention(r.subject, pattern),
			mail_from = carom._unmention(r.mail_from, pattern), returned_from = carom._unmention(r.returned_from, pattern),
			returned_to = CASE WHEN r.returned_to IS NOT NULL THEN ARRAY(SELECT t FROM unnest(r.returned_to) t WHERE t !~* pattern) END, returned_subject = carom._unmention(r.returned_subject, pattern),
			returned_path = carom._unmention(r.returned_path, pattern), sender = carom._unmention(r.sender, pattern)
		WHERE r.id = ANY (mentioned || about) AND NOT r.id = ANY (alone);
	UPDATE carom.event e SET subscriber = carom._unmention(e.subscriber, pattern), recipient = carom._unmention(e.recipient, pattern),
			final_recipient = carom._unmention(e.final_recipient, pattern), original_recipient = carom._unmention(e.original_recipient, pattern),
			diagnostic = carom._unmention(e.diagnostic, pattern)
		WHERE e.report = ANY (of_events) AND e.id = ANY (events) AND e.resolved_by IS DISTINCT FROM 'forgotten';
	DELETE FROM carom.raw w WHERE w.key = ANY (raws);
END
$$;

DROP FUNCTION IF EXISTS carom.forget(text, text, boolean, boolean, text);
CREATE FUNCTION carom.forget(address text, note text DEFAULT NULL, refuse boolean DEFAULT false, dry_run boolean DEFAULT false,
	author text DEFAULT session_user)
RETURNS TABLE (what text, n bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	plain    text := carom._list_address(forget.address);
	who      text := carom._author(forget.author);
	pattern  text := carom._mention_pattern(plain);
	hidden   text;
	names    text[];
	mentions record;
	about    record;
	others   int;
	raws     text[];
	counts   jsonb;
BEGIN
	IF left(plain, 1) = '@' THEN
		RAISE EXCEPTION '"%" is a domain; a person has an address', left(forget.address, 400) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	SELECT * INTO mentions FROM carom._mentions(plain, pattern);
	IF NOT dry_run THEN
		IF carom.setting('distributed') = 'yes' THEN
			PERFORM set_config('citus.multi_shard_modify_mode', 'sequential', true);
		END IF;
		PERFORM carom._forget_notes(plain, pattern);
		PERFORM carom._make_forget_key();
		hidden := carom._hidden_name(plain);
		PERFORM carom._lock_addresses(ARRAY[plain, hidden]);
		IF refuse THEN
			PERFORM carom.suppress(plain, 'forgotten', author => who);
		END IF;
	END IF;
	names := array_remove(ARRAY[plain, carom._hidden_name(plain)], NULL);
	SELECT * INTO about FROM carom._reports_about(names);
	others := (SELECT count(DISTINCT r.key) FROM carom.report r WHERE r.id = ANY (mentions.reports) AND NOT r.key = ANY (about.keys));
	raws := mentions.raws || ARRAY(SELECT r.key FROM carom.report r WHERE r.id = ANY (about.ids || mentions.reports));
	counts := carom._forget_counts(names, cardinality(about.keys), cardinality(mentions.events) + others, raws);
	IF NOT dry_run THEN
		PERFORM carom._forget_entries(plain, hidden, pattern, left(carom._unmention(forget.note, pattern), 2000));
		PERFORM carom._forget_events(plain, hidden);
		PERFORM carom._forget_reports(about.ids, about.alone, mentions.reports, mentions.of_reports, mentions.events, raws, pattern);
		INSERT INTO carom.forgotten (counts, author, note) VALUES (counts, who, left(carom._unmention(nullif(btrim(forget.note), ''), pattern), 2000));
	END IF;
	RETURN QUERY SELECT c.key, c.value::bigint FROM jsonb_each_text(counts) c
		ORDER BY array_position(ARRAY['entries', 'changes', 'events', 'reports', 'messages', 'mentions', 'sent', 'numbers'], c.key);
END
$$;
COMMENT ON FUNCTION carom.forget(text, text, boolean, boolean, text) IS
	'forget an address in all its spellings: events stay without it, its entries under a name that refuses as before, kept messages go. refuse: put it on '
	'the list of everybody first. Answers how many rows of what; dry_run only counts. Reads everything, for who mentions it';
