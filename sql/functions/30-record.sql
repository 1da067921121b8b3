-- SPDX-License-Identifier: BSD-2-Clause
-- carom - record(): everything that follows from a report, in one transaction
--
-- Parallel writers never deadlock because all of them take their locks in one
-- order: report rows by key, told rows by key, tally_day rows by day, address_lock
-- rows by number, suppressions by key, brake rows by key, tally rows by key, cohort rows
-- by key, named rows by key, named_day rows by day, the day of raw_day, duplicate
-- counters by key. That holds for one call a transaction; who
-- has several reports gives them to record_many() together.
--
-- The statements work on whole batches: a report with ten thousand outcomes
-- and a batch of a thousand reports each cost a handful of statements.

-- What is told once of a mail and an address. NULL: may be told again.
CREATE OR REPLACE FUNCTION carom._what(kind text, action text, feedback_type text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE
		WHEN kind = 'bounce' AND action = 'failed' THEN 'failed'
		WHEN kind = 'complaint' AND coalesce(action, 'complained') = 'complained' THEN 'complaint:' || feedback_type
		WHEN kind = 'unsubscribe' AND coalesce(action, 'unsubscribed') = 'unsubscribed' THEN 'unsubscribed'
	END
$$;

-- Which mail a report is about: what it returned says so by its Message-ID, or
-- else our signature by the day and stream that it holds (the address lies beside).
CREATE OR REPLACE FUNCTION carom._message(message_id text, sent_on date, account text, stream text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	RETURN substr(sha256(convert_to(CASE WHEN btrim(message_id, E'<> \t\r\n') <> ''
		THEN btrim(message_id, E'<> \t\r\n') ELSE E'\n' || sent_on || E'\n' || account || E'\n' || stream END, 'UTF8')), 1, 16);
END
$$;

-- How much an event says against its address.
CREATE OR REPLACE FUNCTION carom._weight(what text, class text, code text, confidence text) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN confidence IN ('proven', 'matched', 'claimed') THEN 3 ELSE 0 END
		+ CASE WHEN what <> 'failed' THEN 0 WHEN class = 'hard' THEN 2 WHEN left(code, 1) = '5' THEN 1 ELSE 0 END
$$;

-- The Message-ID by which a report may be somebody's.
CREATE OR REPLACE FUNCTION carom._returned(report jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN report ->> 'kind' IN ('bounce', 'delay', 'delivery', 'complaint', 'unsubscribe')
		THEN left(btrim(carom._object(report -> 'returned') ->> 'message_id', E'<> \t\r\n'), 998) END
$$;

-- Once signatures were seen here, a program without keys is no reason to believe
-- what anybody writes: its configuration was lost, or is that of another host.
-- So what it took from unsigned return addresses is a guess.
CREATE OR REPLACE FUNCTION carom._doubt(reports jsonb[]) RETURNS jsonb[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	j        jsonb;
	unsigned boolean := false;
BEGIN
	FOREACH j IN ARRAY coalesce(reports, '{}') LOOP
		unsigned := unsigned OR j ? 'unsigned_verp' IS TRUE;
	END LOOP;
	IF NOT unsigned THEN
		RETURN reports;
	END IF;
	IF NOT coalesce(carom.setting('keys') = 'used', EXISTS (SELECT FROM carom.verp_key)) THEN
		RETURN reports;
	END IF;
	RETURN (
		SELECT array_agg(CASE WHEN r.j ? 'unsigned_verp' AND jsonb_typeof(r.j -> 'outcomes') = 'array' THEN r.j || jsonb_build_object('outcomes',
			(SELECT coalesce(jsonb_agg(CASE WHEN carom._object(x.o) ->> 'resolved_by' = 'verp' AND x.o ->> 'confidence' = 'claimed'
					THEN x.o || '{"confidence": "guessed"}' ELSE x.o END ORDER BY x.n), '[]')
				FROM jsonb_array_elements(r.j -> 'outcomes') WITH ORDINALITY AS x(o, n))) ELSE r.j END ORDER BY r.n)
		FROM unnest(reports) WITH ORDINALITY AS r(j, n));
END
$$;

-- Notes that signatures are seen here. The last lock that a call takes, and once.
CREATE OR REPLACE FUNCTION carom._note_signatures(settings jsonb, reports jsonb[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	IF settings ? 'keys' THEN
		RETURN;
	END IF;
	IF EXISTS (
		SELECT FROM unnest(reports) r WHERE jsonb_path_exists(r, 'lax $.outcomes[*] ? (@.confidence == "proven")'))
	THEN
		INSERT INTO carom.setting (name, value) VALUES ('keys', 'used') ON CONFLICT (name) DO NOTHING;
	END IF;
END
$$;

-- Whose are the outcomes that the program left to us? Those with the number of an
-- address, out of a token, and those that are a guess, by their Message-ID. Gives
-- the reports with what was found put in.
CREATE OR REPLACE FUNCTION carom._resolve(reports jsonb[]) RETURNS jsonb[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	j        jsonb;
	n        int := 0;
	open     int[] := '{}';
	numbers  bigint[];
	ids      text[];
	numbered jsonb := '{}';  -- number: [spelling, account]
	known    jsonb := '{}';  -- Message-ID: [[address, account, stream, spelling, day, expiry], …]
BEGIN
	-- most reports bring all that can be known
	FOREACH j IN ARRAY coalesce(reports, '{}') LOOP
		n := n + 1;
		IF jsonb_path_exists(j, 'lax $.outcomes[*] ? (exists(@.address_id) || exists(@.stream_number)
				|| !(@.confidence == "proven" || @.confidence == "matched" || @.confidence == "claimed"))')
			AND (carom._returned(j) <> '' OR jsonb_path_exists(j, 'lax $.outcomes[*] ? (exists(@.address_id) || exists(@.stream_number))'))
		THEN
			open := open || n;
		END IF;
	END LOOP;
	IF open = '{}' THEN
		RETURN reports;
	END IF;
	SELECT array_agg(DISTINCT carom._int(carom._object(x.o) -> 'address_id', 1, 1099511627775)), array_agg(DISTINCT m.id) FILTER (WHERE m.id <> '')
		INTO numbers, ids
		FROM unnest(open) AS r(n)
			CROSS JOIN LATERAL (SELECT carom._returned(reports[r.n]) AS id) m
			CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(reports[r.n] -> 'outcomes') = 'array' THEN reports[r.n] -> 'outcomes' END) AS x(o);
	numbers := array_remove(numbers, NULL);
	IF numbers <> '{}' THEN
		SELECT coalesce(jsonb_object_agg(a.id, jsonb_build_array(a.spelling, a.account)), '{}') INTO numbered
			FROM (SELECT a.id, a.spelling, a.account FROM carom.address a WHERE a.id = ANY (numbers)) a;
	END IF;
	IF ids IS NOT NULL THEN
		SELECT coalesce(jsonb_object_agg(s.message_id, s.rows), '{}') INTO known
			FROM (SELECT s.message_id, jsonb_agg(jsonb_build_array(s.address, s.account, s.stream, s.spelling, s.sent_on, s.expires_at)) AS rows
				FROM (SELECT s.message_id, s.address, s.account, s.stream, s.spelling, s.sent_on, s.expires_at
					FROM carom.sent s WHERE s.message_id = ANY (ids)) s
				GROUP BY 1) s;
	END IF;
	RETURN (
		WITH given AS (
			SELECT r.n, x.ordinal, carom._with_stream(carom._object(x.o)) AS o, carom._returned(reports[r.n]) AS message_id,
				coalesce(carom._time(reports[r.n] ->> 'arrived'), now()) AS arrived
			FROM unnest(open) AS r(n)
				CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(reports[r.n] -> 'outcomes') = 'array' THEN reports[r.n] -> 'outcomes' END)
					WITH ORDINALITY AS x(o, ordinal)
		), numbered AS MATERIALIZED (
			SELECT g.n, g.ordinal, g.arrived, g.message_id, o.o,
				coalesce(o.o ->> 'confidence', 'guessed') NOT IN ('proven', 'matched', 'claimed') AS guess,
				array_remove(ARRAY[carom._address(o.o ->> 'subscriber'), carom._address(o.o ->> 'recipient'),
					carom._address(o.o ->> 'original_recipient'), carom._address(o.o ->> 'final_recipient')], '') AS names
			FROM given g
				CROSS JOIN LATERAL (SELECT numbered -> carom._int(g.o -> 'address_id', 1, 1099511627775)::text AS a) a
				CROSS JOIN LATERAL (SELECT CASE
					WHEN NOT g.o ? 'address_id' OR g.o ->> 'subscriber' <> '' THEN g.o
					-- a number that nobody has
					WHEN a.a IS NULL THEN g.o || '{"confidence": "guessed"}'
					ELSE g.o || jsonb_build_object('subscriber', a.a -> 0)
						|| CASE WHEN a.a ->> 1 = '' THEN '{}' ELSE jsonb_build_object('account', a.a -> 1) END
					END AS o) o
		), decided AS (
			SELECT d.n, d.ordinal, CASE
				WHEN s.found IS NULL OR s.found = 0 THEN d.o
				-- several of equal rank are nobody
				WHEN s.found > 1 THEN d.o || '{"confidence": "guessed"}'
				ELSE d.o || jsonb_build_object('subscriber', s.spelling, 'sent_on', s.sent_on, 'resolved_by', 'message_id', 'confidence', 'matched')
					|| CASE WHEN s.account = '' THEN '{}' ELSE jsonb_build_object('account', s.account) END
					|| CASE WHEN s.stream = '' THEN '{}' ELSE jsonb_build_object('stream', s.stream) END
				END AS o
			FROM numbered d
				LEFT JOIN LATERAL (
					SELECT count(*) AS found, min(x.s ->> 3) AS spelling, min(x.s ->> 1) AS account, min(x.s ->> 2) AS stream,
						min((x.s ->> 4)::date) AS sent_on
					FROM (SELECT e.s FROM jsonb_array_elements(known -> d.message_id) AS e(s)
						WHERE (d.names = '{}' OR e.s ->> 0 = ANY (d.names)) AND (e.s ->> 5)::timestamptz > d.arrived
						LIMIT 2) x
				) s ON d.guess AND d.message_id <> ''
		)
		SELECT array_agg(CASE WHEN d.outcomes IS NULL THEN r.j ELSE r.j || jsonb_build_object('outcomes', d.outcomes) END ORDER BY r.n)
		FROM unnest(reports) WITH ORDINALITY AS r(j, n)
			LEFT JOIN (SELECT d.n, jsonb_agg(d.o ORDER BY d.ordinal) AS outcomes FROM decided d GROUP BY d.n) d ON d.n = r.n);
END
$$;

-- The address that an outcome is about, '' if nobody can know.
CREATE OR REPLACE FUNCTION carom._about(outcome jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	IF carom._is_hidden(outcome ->> 'subscriber') THEN
		RETURN outcome ->> 'subscriber';
	END IF;
	RETURN carom._address(coalesce(nullif(outcome ->> 'subscriber', ''), outcome ->> 'recipient'));
END
$$;

-- Account, stream and provider are keys of the tally, which is never pruned. The
-- program takes them from proof, from its configuration and from its data, never
-- from the words of a stranger. Should other words come here all the same, then
-- without proof they open so many rows a day; the rest is "(other)".
CREATE OR REPLACE FUNCTION carom._bounded(here int, most bigint, events carom.event[]) RETURNS carom.event[]
LANGUAGE plpgsql
AS $$
DECLARE
	-- events that would open a row, and the how manyth of its day
	ids    bigint[];
	days   date[];
	nths   int[];
	of_day record;
	room   bigint;
	rolled bigint[] := '{}';
BEGIN
	SELECT array_agg(x.id), array_agg(x.day), array_agg(x.nth) INTO ids, days, nths
		FROM (
			SELECT e.id, e.day, dense_rank() OVER (PARTITION BY e.day ORDER BY e.account, e.stream, e.provider, e.kind, e.action,
				e.category, e.class, e.feedback_type, e.confidence) AS nth
			FROM unnest(events) e
			WHERE (e.confidence IN ('proven', 'matched', 'claimed')) IS NOT TRUE
				AND NOT EXISTS (SELECT 1 FROM carom.tally t
					WHERE t.home = coalesce(here, 0) AND t.day = e.day AND t.account = e.account AND t.stream = e.stream
						AND t.provider = e.provider AND t.kind = e.kind AND t.action = coalesce(e.action, '')
						AND t.category = coalesce(e.category, '') AND t.class = coalesce(e.class, '')
						AND t.feedback_type = coalesce(e.feedback_type, '') AND t.confidence = coalesce(e.confidence, ''))
		) x;
	IF ids IS NULL THEN
		RETURN events;
	END IF;
	FOR of_day IN
		SELECT x.day, max(x.nth) AS wanted FROM unnest(days, nths) AS x(day, nth) GROUP BY 1 ORDER BY 1
	LOOP
		room := most - coalesce((SELECT d.opened FROM carom.tally_day d WHERE d.home = coalesce(here, 0) AND d.day = of_day.day), 0);
		IF room > 0 THEN
			INSERT INTO carom.tally_day AS d (day, opened, home)
				SELECT of_day.day, of_day.wanted, h.home FROM carom.home h WHERE h.home = coalesce(here, 0)
				ON CONFLICT ON CONSTRAINT tally_day_pkey DO UPDATE SET opened = d.opened + excluded.opened
				RETURNING most - d.opened + of_day.wanted INTO room;
			IF room < of_day.wanted THEN
				UPDATE carom.tally_day d SET opened = most WHERE d.home = coalesce(here, 0) AND d.day = of_day.day;
			END IF;
		END IF;
		IF of_day.wanted > room THEN
			rolled := rolled || ARRAY(SELECT x.id FROM unnest(ids, days, nths) AS x(id, day, nth) WHERE x.day = of_day.day AND x.nth > room);
		END IF;
	END LOOP;
	FOR i IN 1 .. CASE WHEN rolled = '{}' THEN 0 ELSE cardinality(events) END LOOP
		IF (events[i]).id = ANY (rolled) THEN
			events[i].account := CASE WHEN (events[i]).account = '' THEN '' ELSE '(other)' END;
			events[i].stream := CASE WHEN (events[i]).stream = '' THEN '' ELSE '(other)' END;
			events[i].provider := CASE WHEN (events[i]).provider = '' THEN '' ELSE '(other)' END;
		END IF;
	END LOOP;
	RETURN events;
END
$$;

-- Expects objects only, with all that can be known put in. Answers one object a
-- report, in their order.
--
-- here is NULL on one server: there a batch is one piece of work wherever its
-- addresses are at home. On Citus it is the home under which this call counts, and
-- each report says its own, of those that lie in the same place. Each statement
-- touches one table, with rows from arrays, and names its home: so the same text
-- is the work of one machine where the tables lie on many. Joined with
-- carom.home, an INSERT is too.
DROP FUNCTION IF EXISTS carom._ingest(int, jsonb, jsonb, jsonb[], bytea[]);  -- it was given the classes once
CREATE OR REPLACE FUNCTION carom._ingest(here int, settings jsonb, reports jsonb[], raws bytea[]) RETURNS jsonb[]
LANGUAGE plpgsql
AS $$
DECLARE
	zone         text := settings ->> 'timezone';
	latest       timestamptz := now() + interval '1 day';
	homes        int[] := '{}';
	-- one element a report, in the order given
	keys         text[] := '{}';
	leader       int[];           -- the first with its key; NULL where no key comes twice
	draft_of     int[] := '{}';
	unread       jsonb := '{}';   -- key: members that make no sense
	-- one element a key, in the order given
	drafts       carom.report[] := '{}';
	draft_id     bigint[] := '{}';
	days         date[] := '{}';  -- the last day of each
	messages     bytea[];
	stored       record;          -- as the table has them
	stored_id    bigint[];
	stored_kind  text[];
	-- one element a report that is new
	fresh_row    carom.report[];
	originals    bytea[];
	-- what became of them
	counted      carom.event[] := '{}';
	tellable     boolean := false; -- some of them may be told again, or
	scored       boolean := false; -- suppress somebody, or
	guesses      boolean := false; -- prove nothing
	held         carom.suppression[];  -- as far as _apply_policy() fills them in
	suppressed   jsonb;                -- key, on Citus with the home: addresses
	answer       jsonb;
	answers      jsonb[];
	-- messages that nobody understood, those of them that are kept, and their octets
	strange      bigint := 0;
	room         bigint;
	kept         bigint := 0;
	octets       bigint := 0;
	-- the report that is read just now
	n            int := 0;
	d            int;
	j            jsonb;
	f            jsonb;
	r            jsonb;
	moment       timestamptz;
	draft        carom.report;
	of_mail      bytea;
	-- its outcome
	classes      jsonb;           -- category: class, where more than one is asked for
	outcomes     jsonb;
	o            jsonb;
	about        text;
	place        int;
	said_action  text;
	said_class   text;
	believed     text;
	said_sent    text;
	sent         date;
	wanted       jsonb;           -- what the application wants of the mail that came back
	says         text;
BEGIN
	-- A loop of expressions costs a third of what a statement does that reads all of
	-- them, and of what it costs to begin that statement for one alone.
	FOREACH j IN ARRAY coalesce(reports, '{}') LOOP
		n := n + 1;
		keys := keys || CASE WHEN octet_length(j ->> 'key') = 64 AND j ->> 'key' !~ '[^0-9a-f]' THEN j ->> 'key' ELSE carom._key(j, raws[n]) END;
	END LOOP;
	IF n > 1 THEN
		IF (SELECT count(DISTINCT k.key COLLATE "C") FROM unnest(keys) AS k(key)) < n THEN
			-- a report with outcomes in several homes comes as a part in each
			SELECT array_agg(x.first ORDER BY x.n) INTO leader
				FROM (SELECT k.n, min(k.n) OVER (PARTITION BY k.key, CASE WHEN here IS NOT NULL AND k.several
						THEN coalesce(carom._int(reports[k.n] -> 'home', 0, 63)::int, carom._home_of_report(reports[k.n], raws[k.n])) END) AS first
					FROM (SELECT k.n, k.key, count(*) OVER (PARTITION BY k.key) > 1 AS several FROM unnest(keys) WITH ORDINALITY AS k(key, n)) k) x;
		END IF;
	END IF;

	n := 0;
	FOREACH j IN ARRAY coalesce(reports, '{}') LOOP
		n := n + 1;
		moment := carom._time(j ->> 'arrived');
		-- a clock that is far off would put the report where nobody looks
		IF (moment BETWEEN timestamptz '2000-01-01 00:00Z' AND latest) IS NOT TRUE THEN
			moment := now();
			IF j ->> 'arrived' <> '' THEN
				unread := unread || jsonb_build_object(keys[n], '["arrived"]'::jsonb);
			END IF;
		END IF;
		IF leader[n] < n THEN
			d := draft_of[leader[n]];
			draft_of := draft_of || d;
			days[d] := greatest(days[d], (moment AT TIME ZONE zone)::date);
			drafts[d].duplicates := (drafts[d]).duplicates + 1;
			drafts[d].last_duplicate := now();
			CONTINUE;
		END IF;

		f := CASE WHEN jsonb_typeof(j -> 'feedback') = 'object' THEN j -> 'feedback' END;
		r := CASE WHEN jsonb_typeof(j -> 'returned') = 'object' THEN j -> 'returned' END;
		wanted := CASE WHEN r ? 'headers' THEN carom._kept_headers(r -> 'headers') END;
		outcomes := CASE WHEN jsonb_typeof(j -> 'outcomes') = 'array' AND j -> 'outcomes' <> '[]' THEN j -> 'outcomes' ELSE '[{}]' END;
		o := carom._object(outcomes -> 0);
		about := CASE WHEN carom._is_hidden(o ->> 'subscriber') THEN o ->> 'subscriber'
			ELSE coalesce(carom._address(coalesce(nullif(o ->> 'subscriber', ''), o ->> 'recipient')), '') END;
		draft := ROW(nextval('carom.report_id_seq'), keys[n], (moment AT TIME ZONE zone)::date, moment, now(),
			CASE WHEN j ->> 'kind' IN ('bounce', 'delay', 'delivery', 'complaint', 'unsubscribe', 'auto_reply', 'auth_report')
				THEN j ->> 'kind' ELSE 'unrecognised' END,
			left(j ->> 'format', 64), carom._int(j -> 'size', 0, 1099511627776), jsonb_array_length(outcomes), 0, NULL,
			left(j ->> 'message_id', 998), left(j ->> 'from', 998), left(j ->> 'to', 998), left(j ->> 'subject', 998), carom._time(j ->> 'date'),
			left(j ->> 'reporter', 255), NULL,
			CASE WHEN j ->> 'kind' = 'complaint' THEN 'abuse' END,
			NULL, NULL, NULL, NULL, NULL, NULL,
			left(r ->> 'message_id', 998), left(r ->> 'from', 998), NULL, left(r ->> 'subject', 998),
			carom._time(r ->> 'date'), left(r ->> 'return_path', 998), left(r ->> 'feedback_id', 998), left(r ->> 'list_id', 998),
			left(j ->> 'queue_id', 64), left(j ->> 'sender', 998), NULL, left(j ->> 'rules', 100), NULL, coalesce(CASE WHEN here IS NOT NULL THEN carom._int(j -> 'home', 0, 63)::int END,
				carom._home(coalesce(nullif(about, ''), keys[n]))),
			CASE WHEN here IS NULL THEN 0 ELSE coalesce(carom._int(j -> 'part', 0, 63), 0) END)::carom.report;
		-- What few reports have is not asked of all: in a transaction, an expression
		-- costs the more for the first time.
		IF f IS NOT NULL THEN
			draft.feedback_type := CASE
				WHEN lower(f ->> 'type') IN ('abuse', 'fraud', 'virus', 'opt-out', 'not-spam', 'auth-failure') THEN lower(f ->> 'type')
				WHEN f ->> 'type' <> '' THEN 'other'
				ELSE draft.feedback_type
			END;
			draft.user_agent := left(f ->> 'user_agent', 255);
			draft.source_ip := carom._inet(f ->> 'source_ip');
			draft.feedback_arrived := carom._time(f ->> 'arrived');
			draft.incidents := carom._int(f -> 'incidents', 0, 2147483647);
			draft.mail_from := left(f ->> 'mail_from', 998);
			draft.reported_domain := carom._texts(f -> 'reported_domain', 32, 255);
		END IF;
		IF r ? 'source_ip' AND f ->> 'source_ip' IS NULL THEN
			draft.source_ip := carom._inet(r ->> 'source_ip');
		END IF;
		IF r ? 'to' THEN
			draft.returned_to := carom._texts(r -> 'to', 32, 320);
		END IF;
		IF j ? 'authenticated' THEN
			draft.authenticated := carom._texts(j -> 'authenticated', 32, 255);
		END IF;
		IF j ? 'client_address' THEN
			draft.client_address := carom._inet(j ->> 'client_address');
		END IF;
		IF j ? 'truncated' THEN
			draft.truncated := carom._texts(j -> 'truncated', 32, 64);
		END IF;
		drafts := drafts || draft;
		draft_id := draft_id || draft.id;
		draft_of := draft_of || cardinality(draft_id);
		days := days || draft.day;
		homes := homes || draft.home;
		IF raws IS NOT NULL THEN
			messages[cardinality(draft_id)] := CASE WHEN NOT j ? 'hidden' THEN raws[n] END;
		END IF;

		FOR k IN 1 .. draft.events LOOP
			IF k > 1 THEN
				o := carom._object(outcomes -> k - 1);
				about := CASE WHEN carom._is_hidden(o ->> 'subscriber') THEN o ->> 'subscriber'
					ELSE coalesce(carom._address(coalesce(nullif(o ->> 'subscriber', ''), o ->> 'recipient')), '') END;
			END IF;
			place := CASE WHEN k = 1 OR about = '' OR here IS NOT NULL THEN draft.home ELSE carom._home_of(about) END;
			homes := CASE WHEN k = 1 THEN homes ELSE homes || place END;
			said_action := CASE WHEN o ->> 'action' IN ('failed', 'delayed', 'delivered', 'relayed', 'expanded', 'complained', 'unsubscribed')
				THEN o ->> 'action' END;
			IF classes IS NOT NULL THEN
				said_class := classes ->> (o ->> 'category');
			ELSIF cardinality(reports) = 1 AND draft.events = 1 THEN
				said_class := (SELECT c.class FROM carom.category c WHERE c.category = o ->> 'category');
			ELSE
				classes := (SELECT jsonb_object(array_agg(c.category), array_agg(c.class)) FROM carom.category c);
				said_class := classes ->> (o ->> 'category');
			END IF;
			believed := CASE WHEN o ->> 'confidence' IN ('proven', 'matched', 'claimed', 'guessed') THEN o ->> 'confidence' END;
			IF o ->> 'sent_on' IS DISTINCT FROM said_sent THEN  -- mostly it is the same
				said_sent := o ->> 'sent_on';
				sent := carom._date(said_sent);
			END IF;
			says := carom._what(draft.kind, said_action, draft.feedback_type);
			of_mail := CASE WHEN btrim(draft.returned_message_id, E'<> \t\r\n') <> ''
				THEN substr(sha256(convert_to(btrim(draft.returned_message_id, E'<> \t\r\n'), 'UTF8')), 1, 16)
				WHEN draft.returned_message_id <> '' OR believed = 'proven' AND sent IS NOT NULL THEN carom._message(
				draft.returned_message_id, sent, coalesce(left(o ->> 'account', 128), ''), coalesce(left(o ->> 'stream', 128), '')) END;
			counted := counted || ROW(nextval('carom.event_id_seq'), draft.day, draft.arrived, draft.id,
				CASE WHEN here IS NULL THEN k ELSE coalesce(carom._int(o -> 'ordinal', 1, 1000000), k) END,
				draft.kind, about, coalesce(left(o ->> 'account', 128), ''), coalesce(left(o ->> 'stream', 128), ''),
				coalesce(left(o ->> 'provider', 64), ''), said_action, CASE WHEN said_class IS NOT NULL THEN o ->> 'category' END,
				CASE WHEN o ->> 'class' IN ('hard', 'soft', 'block', 'policy', 'info') THEN o ->> 'class' ELSE said_class END, draft.feedback_type,
				CASE
					WHEN says = 'failed' THEN CASE WHEN said_class IS NOT NULL THEN o ->> 'category' ELSE 'undetermined' END
					WHEN says = 'unsubscribed' THEN 'unsubscribe_request'
					ELSE says
				END,
				believed, left(o ->> 'resolved_by', 32), carom._sent_day(sent, draft.returned_dated, draft.day, zone, believed),
				left(o ->> 'subscriber', 320),
				left(o ->> 'recipient', 320), left(o ->> 'final_recipient', 320), left(o ->> 'original_recipient', 320),
				CASE WHEN o ->> 'status' ~ '^[245]\.\d{1,3}\.\d{1,3}$' THEN o ->> 'status' END,
				CASE WHEN o ->> 'reply' ~ '^[2-5]\d\d$' THEN o ->> 'reply' END,
				left(o ->> 'stage', 16), left(o ->> 'remote_mta', 255), draft.reporter, left(o ->> 'diagnostic', 2000),
				left(o ->> 'blocklist', 255), left(o ->> 'rule', 100), draft.rules, of_mail, false, place, left(o ->> 'token', 128), wanted)::carom.event;
			tellable := tellable OR of_mail IS NOT NULL AND about <> '' AND says IS NOT NULL;
			scored := scored OR says IS NOT NULL AND about <> '' AND believed IN ('proven', 'matched', 'claimed');
			guesses := guesses OR (believed IN ('proven', 'matched', 'claimed')) IS NOT TRUE;
		END LOOP;
	END LOOP;
	IF draft_id = '{}' THEN
		RETURN NULL;
	ELSIF here IS NULL AND n = 1 AND draft.events = 1 AND messages[1] IS NULL THEN
		answer := carom._record_one(settings, draft, counted[1], says);
		IF answer IS NOT NULL THEN
			RETURN ARRAY[CASE WHEN unread = '{}' THEN answer ELSE answer || jsonb_build_object('unread', unread -> draft.key) END];
		END IF;
	END IF;

	-- What is there already keeps its number, by which it is known, and counts as
	-- nothing but a duplicate.
	stored := carom._put_reports(here, homes, drafts);
	stored_id := stored.ids;
	stored_kind := stored.kinds;
	IF stored_id = draft_id THEN
		fresh_row := drafts;
		originals := messages;
	ELSE
		FOR i IN 1 .. cardinality(draft_id) LOOP
			IF stored_id[i] = draft_id[i] THEN
				fresh_row := fresh_row || drafts[i];
				originals[cardinality(fresh_row)] := messages[i];
			END IF;
		END LOOP;
		counted := (SELECT array_agg(e ORDER BY e.id) FROM unnest(counted) e
			FULL JOIN (SELECT f.id FROM unnest(fresh_row) f) s ON s.id = e.report WHERE s.id IS NOT NULL);
	END IF;

	IF fresh_row IS NOT NULL THEN
		IF raws IS NOT NULL THEN
			-- Anybody can send what nobody understands: so much of it is kept in a day.
			strange := (SELECT count(*) FROM unnest(fresh_row) WITH ORDINALITY AS r
				WHERE r.kind = 'unrecognised' AND originals[r.ordinality] IS NOT NULL);
			IF strange > 0 THEN
				room := coalesce((settings ->> 'unrecognised_octets')::bigint, 1073741824) / CASE WHEN here IS NULL THEN 1 ELSE coalesce((settings ->> 'places')::int, 64) END
					- coalesce((SELECT d.octets FROM carom.raw_day d WHERE d.day = (now() AT TIME ZONE zone)::date AND d.home = coalesce(here, 0)), 0);
				SELECT array_agg(CASE WHEN x.kind = 'unrecognised' AND x.sum > room THEN NULL ELSE x.message END ORDER BY x.n),
						count(*) FILTER (WHERE x.kind = 'unrecognised' AND x.message IS NOT NULL AND x.sum <= room),
						coalesce(max(x.sum) FILTER (WHERE x.sum <= room), 0)
					INTO originals, kept, octets
					FROM (SELECT r.ordinality AS n, r.kind, originals[r.ordinality] AS message,
							sum(CASE WHEN r.kind = 'unrecognised' THEN octet_length(originals[r.ordinality]) END) OVER (ORDER BY r.ordinality) AS sum
						FROM unnest(fresh_row) WITH ORDINALITY AS r) x;
			END IF;
			INSERT INTO carom.raw (key, stored_at, message, home)
				SELECT d.key, d.recorded_at, d.message, h.home
				FROM carom.home h, (SELECT r.key, r.recorded_at, r.home, originals[r.ordinality] AS message
					FROM unnest(fresh_row) WITH ORDINALITY AS r WHERE originals[r.ordinality] IS NOT NULL) d
				WHERE h.home = ANY (homes) AND h.home = d.home;
		END IF;

		IF tellable THEN
			counted := carom._tell(here, homes, counted);
		END IF;

		IF guesses THEN
			counted := carom._bounded(here, coalesce((settings ->> 'guessed_keys')::bigint, 10000) / CASE WHEN here IS NULL THEN 1 ELSE coalesce((settings ->> 'places')::int, 64) END, counted);
		END IF;

		PERFORM carom._put_events(here, homes, counted);
		-- for the feed, which numbers them when this has committed
		PERFORM carom._feed_events(here, counted);

		IF scored THEN
			held := carom._apply_policy(here, counted, fresh_row);
		END IF;

		PERFORM carom._count_tally(here, counted, held);
		PERFORM carom._count_cohorts(here, counted, 1);
		PERFORM carom._count_named(here, coalesce((settings ->> 'named_rows')::bigint, 10000) / CASE WHEN here IS NULL THEN 1 ELSE coalesce((settings ->> 'places')::int, 64) END, counted, fresh_row);
	END IF;

	IF strange > 0 THEN
		INSERT INTO carom.raw_day AS d (day, kept, octets, dropped, home)
			SELECT (now() AT TIME ZONE zone)::date, kept, octets, strange - kept, h.home
			FROM carom.home h WHERE h.home = coalesce(here, 0)
			ON CONFLICT ON CONSTRAINT raw_day_pkey DO UPDATE SET kept = d.kept + excluded.kept, octets = d.octets + excluded.octets,
				dropped = d.dropped + excluded.dropped;
	END IF;

	IF cardinality(keys) > coalesce(cardinality(fresh_row), 0) THEN
		INSERT INTO carom.duplicate AS d (day, kind, seen, home)
			SELECT x.*, h.home FROM carom.home h, (
				SELECT days[r.ordinality] AS day, stored_kind[r.ordinality] AS kind, sum(r.duplicates + (stored_id[r.ordinality] <> r.id)::int)
				FROM unnest(drafts) WITH ORDINALITY AS r
				WHERE r.duplicates + (stored_id[r.ordinality] <> r.id)::int > 0 AND r.part = 0
				GROUP BY 1, 2) x
			WHERE h.home = coalesce(here, 0) ORDER BY 1, 2
			ON CONFLICT ON CONSTRAINT duplicate_pkey DO UPDATE SET seen = d.seen + excluded.seen;
	END IF;

	IF held IS NOT NULL THEN
		suppressed := (SELECT jsonb_object_agg(x.key, x.addresses)
			FROM (SELECT concat_ws(' ', h.report_key, CASE WHEN here IS NOT NULL THEN h.home END) AS key, jsonb_agg(h.address ORDER BY h.event, h.address) AS addresses
				FROM unnest(held) h WHERE h.changes = 1 GROUP BY 1) x);
	END IF;
	FOR i IN 1 .. cardinality(keys) LOOP
		d := draft_of[i];
		-- a key that comes twice is new the first time
		IF stored_id[d] = draft_id[d] AND (leader[i] < i) IS NOT TRUE THEN
			answers := answers || jsonb_build_object('report', stored_id[d], 'key', keys[i], 'duplicate', false,
				'events', (drafts[d]).events, 'suppressed', CASE WHEN suppressed IS NULL THEN '[]'
					ELSE coalesce(suppressed -> concat_ws(' ', keys[i], CASE WHEN here IS NOT NULL THEN (drafts[d]).home END), '[]') END);
		ELSE
			answers := answers || jsonb_build_object('report', stored_id[d], 'key', keys[i], 'duplicate', true, 'events', 0, 'suppressed', '[]'::jsonb);
		END IF;
		IF unread ? keys[i] THEN
			answers[i] := answers[i] || jsonb_build_object('unread', unread -> keys[i]);
		END IF;
	END LOOP;
	RETURN answers;
END
$$;

-- Of the events whose policy wants several days, those by which it has them: in
-- some run of so many days that this day is one of, whichever of them was told
-- first. Two writers may have an event each that the other does not see yet; so
-- the addresses are locked first: the second counts when the first has committed.
-- A batch asks once; what it asks for is one element an event, each once. until is
-- the last day that may count, NULL for any.
CREATE OR REPLACE FUNCTION carom._enough_days(here int, ids bigint[], addresses text[], accounts text[], streams text[], causes text[],
	days date[], withins int[], wanted int[], to_accounts text[], to_streams text[], until date) RETURNS bigint[]
LANGUAGE plpgsql
SET enable_nestloop = off  -- a batch is larger than a plan for any batch believes
AS $$
DECLARE
	first date;
	last  date;
	homes int[];
	due   bigint[];
BEGIN
	PERFORM carom._lock_addresses(addresses);
	IF here IS NOT NULL THEN
		homes := ARRAY(SELECT DISTINCT carom._home_of(a) FROM unnest(addresses) a);
	END IF;
	SELECT min(x.day - x.within + 1), least(max(x.day + x.within - 1), until) INTO first, last FROM unnest(days, withins) AS x(day, within);
	WITH c AS MATERIALIZED (
		SELECT * FROM unnest(ids, addresses, accounts, streams, causes, days, withins, wanted, to_accounts, to_streams)
			AS c(id, address, account, stream, cause, day, within, wanted, to_account, to_stream)
	), x AS MATERIALIZED (
		-- the executor opens the partitions of these days alone
		SELECT e.id, e.address, e.day, e.at, e.cause, e.account, e.stream, e.message, e.action IN ('delivered', 'relayed') AS delivery
		FROM carom.event e
		WHERE (here IS NULL OR e.home = ANY (homes)) AND e.day BETWEEN first AND last AND e.address = ANY (addresses)
			AND e.confidence IN ('proven', 'matched', 'claimed')
		UNION ALL
		SELECT NULL, d.address, d.day, d.at, NULL, '', '', NULL, true
		FROM carom.delivered d
		WHERE (here IS NULL OR d.home = here) AND d.day BETWEEN first AND last AND d.address = ANY (addresses)
	), l AS MATERIALIZED (
		-- whoever was taken off the list begins anew
		SELECT l.address, l.account, l.stream, max(l.at) AS cleared FROM carom.suppression_log l
		WHERE (here IS NULL OR l.home = ANY (homes)) AND l.address = ANY (addresses) AND l.change = 'remove' GROUP BY 1, 2, 3
	), y AS MATERIALIZED (
		SELECT c.id, c.wanted, c.within, c.day AS of_day, x.day, x.at, coalesce(x.message, int8send(x.id)) AS message, x.delivery IS TRUE AS delivery,
			(x.cause = c.cause AND (c.account IS NULL OR x.account = c.account) AND (c.stream IS NULL OR x.stream = c.stream)) IS TRUE
				AND x.at > coalesce(l.cleared, '-infinity') AS counts
		FROM c JOIN x ON x.address = c.address AND x.day BETWEEN c.day - c.within + 1 AND c.day + c.within - 1
			LEFT JOIN l ON (l.address, l.account, l.stream) = (c.address, c.to_account, c.to_stream)
	), run AS (
		SELECT r.id, r.day, max(d.at) AS delivered
		FROM (SELECT DISTINCT y.id, y.day, y.within FROM y WHERE y.counts AND y.day >= y.of_day) r
			LEFT JOIN y d ON d.id = r.id AND d.delivery AND d.day BETWEEN r.day - r.within + 1 AND r.day
		GROUP BY 1, 2
	)
	SELECT array_agg(DISTINCT g.id) INTO due
		FROM (
			SELECT y.id
			FROM run r JOIN y ON y.id = r.id AND y.counts AND y.day BETWEEN r.day - y.within + 1 AND r.day
			WHERE y.at > coalesce(r.delivered, '-infinity')
			GROUP BY y.id, r.day, y.wanted
			-- several days of one mail, first held up and then refused, are one
			HAVING y.wanted <= least(count(DISTINCT y.day), count(DISTINCT y.message))
		) g;
	RETURN due;
END
$$;

-- The suppressions that these events bring: the decision, for record() and for who
-- tries a policy on what is stored. moment is when they begin, NULL for when their
-- report came. until is the last day whose events may count, NULL for any.
CREATE OR REPLACE FUNCTION carom._due(here int, events carom.event[], reports carom.report[], moment timestamptz, until date)
RETURNS carom.suppression[]
LANGUAGE plpgsql
AS $$
DECLARE
	-- one element an event with a policy that suppresses
	ids         bigint[];
	to_accounts text[];
	to_streams  text[];
	wanted      int[];
	expiries    timestamptz[];
	-- of those that want several days, one of each kind
	p_id         bigint[];
	p_address    text[];
	p_account    text[];  -- NULL for all
	p_stream     text[];
	p_cause      text[];
	p_day        date[];
	p_within     int[];
	p_wanted     int[];
	p_to_account text[];
	p_to_stream  text[];
	patient bigint[];
	one     carom.suppression;
	due     carom.suppression[];
BEGIN
	IF cardinality(events) = 1 AND cardinality(reports) = 1 THEN
		one := carom._due_one(here, events[1], (reports[1]).key, moment, until);
		RETURN CASE WHEN one.address IS NOT NULL THEN ARRAY[one] END;
	END IF;
	-- the most specific policy that each event meets
	SELECT array_agg(x.id), array_agg(x.to_account), array_agg(x.to_stream), array_agg(x.after), array_agg(x.expires_at),
			array_agg(x.id) FILTER (WHERE x.once), array_agg(x.address) FILTER (WHERE x.once),
			array_agg(CASE WHEN x.scope <> 'global' THEN x.account END) FILTER (WHERE x.once),
			array_agg(CASE WHEN x.scope = 'stream' THEN x.stream END) FILTER (WHERE x.once),
			array_agg(x.cause) FILTER (WHERE x.once), array_agg(x.day) FILTER (WHERE x.once),
			array_agg(x.within_days) FILTER (WHERE x.once), array_agg(x.after) FILTER (WHERE x.once),
			array_agg(x.to_account) FILTER (WHERE x.once), array_agg(x.to_stream) FILTER (WHERE x.once)
		INTO ids, to_accounts, to_streams, wanted, expiries,
			p_id, p_address, p_account, p_stream, p_cause, p_day, p_within, p_wanted, p_to_account, p_to_stream
		FROM (
			SELECT r.*, r.after > 1 AND
				-- a batch may hold the same thing many times: once is enough
				row_number() OVER (PARTITION BY r.address, r.to_account, r.to_stream, r.cause, r.day, r.after, r.within_days ORDER BY r.id) = 1 AS once
			FROM (
				SELECT DISTINCT ON (e.id) e.id, e.address, e.account, e.stream, e.cause, e.day,
					CASE WHEN p.scope = 'global' THEN '' ELSE e.account END AS to_account,
					CASE WHEN p.scope = 'stream' THEN e.stream ELSE '' END AS to_stream,
					p.scope, p.after, p.within_days, e.at + make_interval(days => p.expires_days) AS expires_at
				FROM unnest(events) e JOIN carom.policy p ON p.category = e.cause AND p.account IN ('', e.account) AND p.stream IN ('', e.stream)
					AND p.provider IN ('', e.provider) AND p.status IN ('', e.status) AND p.reply IN ('', e.reply)
				WHERE e.cause IS NOT NULL AND e.address <> '' AND e.confidence IN ('proven', 'matched', 'claimed')
				ORDER BY e.id, p.account <> '' DESC, p.stream <> '' DESC, p.provider <> '' DESC, p.status <> '' DESC, p.reply <> '' DESC
			) r
			WHERE r.after IS NOT NULL
		) x;
	IF p_id IS NOT NULL THEN
		patient := carom._enough_days(here, p_id, p_address, p_account, p_stream, p_cause, p_day, p_within, p_wanted, p_to_account, p_to_stream, until);
	END IF;
	IF ids IS NULL OR patient IS NULL AND NOT 1 = ANY (wanted) THEN
		RETURN NULL;
	END IF;

	SELECT array_agg(carom._entry(d.e, r.key, d.to_account, d.to_stream, moment, d.expires_at))
		INTO due
		FROM (
			SELECT DISTINCT ON (e.address, c.to_account, c.to_stream) e AS e, e.report, c.to_account, c.to_stream, c.expires_at
			FROM unnest(events) e
				-- a full join is never done as a nested loop
				FULL JOIN unnest(ids, to_accounts, to_streams, wanted, expiries) AS c(event, to_account, to_stream, after, expires_at) ON c.event = e.id
			WHERE (c.after = 1 OR c.event = ANY (patient))
				AND (c.expires_at IS NULL OR c.expires_at > coalesce(moment, e.at))  -- a report may come years late
			ORDER BY e.address, c.to_account, c.to_stream, c.expires_at DESC NULLS FIRST,
				e.kind IN ('complaint', 'unsubscribe') DESC, e.id
		) d FULL JOIN (SELECT r.id, r.key FROM unnest(reports) r) r ON r.id = d.report
		WHERE d.report IS NOT NULL;
	RETURN due;
END
$$;

-- Suppresses whom these events suppress, and gives the rows that it wrote, as far as
-- anybody asks: address, report_key, event, changes.
CREATE OR REPLACE FUNCTION carom._apply_policy(here int, events carom.event[], reports carom.report[])
RETURNS carom.suppression[]
LANGUAGE plpgsql
AS $$
DECLARE
	written carom.suppression[] := carom._due(here, events, reports, now(), NULL);
BEGIN
	IF written IS NOT NULL THEN
		written := carom._put_on(here, written);
	END IF;
	IF written IS NOT NULL AND here IS NULL THEN
		PERFORM carom._brake(written, events);
	ELSIF written IS NOT NULL THEN  -- no machine of many sees a whole provider
		PERFORM carom._turned(written, events);
	END IF;
	RETURN written;
END
$$;

-- Puts these suppressions on the list, but for those that what is there outweighs,
-- with their notes and authors, and gives what was written as _apply_policy() does.
CREATE OR REPLACE FUNCTION carom._put_on(here int, due carom.suppression[]) RETURNS carom.suppression[]
LANGUAGE plpgsql
AS $$
DECLARE
	homes   int[];
	written carom.suppression[];
BEGIN
	IF due IS NULL THEN
		RETURN NULL;
	END IF;
	homes := ARRAY(SELECT DISTINCT d.home FROM unnest(due) d);
	written := carom._put_entries(here, homes, due);
	IF written IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM carom._log_entries(here, homes, written);
	IF here IS NULL THEN  -- what a machine of many says is heard there alone
		PERFORM pg_notify('carom_suppression', '');
	END IF;
	RETURN written;
END
$$;

-- Where a report lies: at the home of the address that its first outcome is about,
-- or else at that of its key.
CREATE OR REPLACE FUNCTION carom._home_of_report(report jsonb, raw bytea) RETURNS int
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	name text := carom._about(carom._object(CASE WHEN jsonb_typeof(report -> 'outcomes') = 'array' THEN report -> 'outcomes' -> 0 END));
BEGIN
	IF name IS NULL OR name = '' THEN
		name := carom._key(report, raw);
	END IF;
	RETURN carom._home(name);
END
$$;

-- On Citus, a report with outcomes in several homes is a part in each: the one with
-- the first outcome counts as the report. A part keeps the key of the whole. Most
-- reports have one outcome and are given on as they are, for to put anything into
-- one takes as long as to read it: _ingest() finds the same home.
CREATE OR REPLACE FUNCTION carom._split(reports jsonb[], raws bytea[]) RETURNS TABLE (n bigint, home int, part bigint, report jsonb)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
	outcomes jsonb;
BEGIN
	n := 0;
	FOREACH report IN ARRAY coalesce(reports, '{}') LOOP
		n := n + 1;
		outcomes := CASE WHEN jsonb_typeof(report -> 'outcomes') = 'array' THEN report -> 'outcomes' ELSE '[]' END;
		IF jsonb_array_length(outcomes) > 1 THEN
			RETURN QUERY
				SELECT _split.n, p.home, p.part, _split.report || jsonb_build_object('key', k.key, 'home', p.home, 'part', p.part, 'outcomes', p.outcomes)
				FROM (SELECT carom._key(_split.report, raws[_split.n]) AS key) k CROSS JOIN LATERAL (
					SELECT x.home, jsonb_agg(x.o ORDER BY x.ordinal) AS outcomes, row_number() OVER (ORDER BY min(x.ordinal)) - 1 AS part
					FROM (
						SELECT o.ordinal, carom._object(o.o) || jsonb_build_object('ordinal', o.ordinal) AS o,
							carom._home_of(coalesce(nullif(carom._about(carom._object(o.o)), ''), nullif(carom._about(carom._object(outcomes -> 0)), ''), k.key)) AS home
						FROM jsonb_array_elements(outcomes) WITH ORDINALITY AS o(o, ordinal)
					) x
					GROUP BY x.home
				) p;
			CONTINUE;
		END IF;
		IF report ?| ARRAY['home', 'part'] THEN
			report := report - 'home' - 'part';
		END IF;
		home := carom._home_of_report(report, raws[n]);
		part := 0;
		RETURN NEXT;
	END LOOP;
END
$$;

-- The place of each home, from 0: a number that homes have in common which lie together.
CREATE OR REPLACE FUNCTION carom._place_numbers() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	FOR home IN 0 .. 63 LOOP
		RETURN NEXT get_shard_id_for_distribution_column('carom.home', home);
	END LOOP;
END
$$;

-- Records reports wherever they belong. On Citus that may be several machines: each
-- does its part, in one transaction.
CREATE OR REPLACE FUNCTION carom._take(reports jsonb[], raws bytea[]) RETURNS jsonb[]
LANGUAGE plpgsql
AS $$
DECLARE
	whole    jsonb[] := carom._hide(carom._resolve(carom._doubt(reports)), raws);
	settings jsonb;
	piece    record;
	parts    jsonb[];
	turned   jsonb := '[]';
	answers  jsonb[];
BEGIN
	-- a third of what jsonb_object_agg() takes
	SELECT jsonb_object(array_agg(s.name), array_agg(s.value)) INTO settings FROM carom.setting s;
	IF settings ->> 'distributed' IS DISTINCT FROM 'yes' THEN
		answers := carom._ingest(NULL, settings, whole, raws);
		PERFORM carom._note_signatures(settings, whole);
		RETURN answers;
	END IF;
	-- a call for each place, in the order of places, as everybody does
	FOR piece IN
		SELECT min(s.home) AS home, array_agg(s.n ORDER BY s.n, s.part) AS n, array_agg(s.report ORDER BY s.n, s.part) AS reports,
			array_agg(CASE WHEN s.part = 0 THEN raws[s.n] END ORDER BY s.n, s.part) AS raws
		FROM carom._split(whole, raws) s JOIN carom._place_numbers() WITH ORDINALITY AS p(place, number) ON p.number = s.home + 1
		GROUP BY p.place ORDER BY p.place
	LOOP
		IF raws IS NULL THEN
			piece.raws := NULL;
		END IF;
		-- To Citus the next one looks like a question, and it ends those with a plain COMMIT
		-- on each machine: one that dies in that moment loses its part, and who called is
		-- told that all was recorded. After a statement that may write, all machines
		-- prepare before one of them commits. This one deletes nothing.
		DELETE FROM carom.home h WHERE h.home = piece.home AND h.home < 0;
		SELECT carom._record_at(h.home, piece.reports, piece.raws) INTO parts FROM carom.home h WHERE h.home = piece.home;
		turned := turned || parts[cardinality(parts)];
		FOR i IN 1 .. cardinality(piece.n) LOOP
			IF answers[piece.n[i]] IS NULL THEN
				answers[piece.n[i]] := parts[i];
			ELSE
				answers[piece.n[i]] := carom._join_answers(answers[piece.n[i]], parts[i], piece.reports[i]);
			END IF;
		END LOOP;
	END LOOP;
	PERFORM carom._note_parts(answers, turned);
	PERFORM carom._note_signatures(settings, whole);
	RETURN answers;
END
$$;

-- What the coordinator does with the answers of machines, whose notifications are
-- heard there alone.
CREATE OR REPLACE FUNCTION carom._note_parts(answers jsonb[], turned jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	IF EXISTS (SELECT FROM unnest(answers) a WHERE a -> 'suppressed' <> '[]') THEN
		PERFORM pg_notify('carom_suppression', '');
	END IF;
	PERFORM carom._brake_turned(turned);
END
$$;

-- What the parts of a report answered, as one answer.
CREATE OR REPLACE FUNCTION carom._join_answers(so_far jsonb, answer jsonb, part jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE
		WHEN so_far ? 'error' THEN so_far
		WHEN answer ? 'error' THEN answer
		ELSE CASE WHEN part ->> 'part' = '0' THEN so_far || answer ELSE answer || so_far END || jsonb_build_object(
			'events', (so_far ->> 'events')::int + (answer ->> 'events')::int,
			'suppressed', (so_far -> 'suppressed') || (answer -> 'suppressed'))
	END
$$;

CREATE OR REPLACE FUNCTION carom.record(report jsonb, raw bytea DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan  -- no plan of its own for each of the first calls
SET jit = off                             -- no compiling because many partitions look dear
SET enable_seqscan = off                  -- nor a plan from when the tables were empty
AS $$
BEGIN
	IF jsonb_typeof(report) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION 'a report is a JSON object, not %', coalesce(jsonb_typeof(report), 'NULL')
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN (carom._take(ARRAY[report], CASE WHEN raw IS NOT NULL THEN ARRAY[raw] END))[1];
END
$$;
COMMENT ON FUNCTION carom.record(jsonb, bytea) IS
	'take in one report, with the message itself if it is to be kept: store, count, suppress; the same report again only counts as a duplicate. '
	'Answers {"report": id, "key": …, "duplicate": …, "events": n, "suppressed": [address, …]}, and "unread" with the names of members that make '
	'no sense. One call a transaction; for several, record_many()';

-- What is wrong with a report that could be taken alone? NULL: nothing. Leaves no trace.
CREATE OR REPLACE FUNCTION carom._try(here int, report jsonb, raw bytea) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
	state   text;
	message text;
BEGIN
	PERFORM carom._take_at(here, ARRAY[report], CASE WHEN raw IS NOT NULL THEN ARRAY[raw] END);
	RAISE EXCEPTION USING ERRCODE = 'CA000';
EXCEPTION
	WHEN SQLSTATE 'CA000' THEN
		RETURN NULL;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
		IF NOT carom._is_poison(state) THEN
			RAISE;
		END IF;
		RETURN jsonb_build_object('error', message, 'sqlstate', state);
END
$$;

CREATE OR REPLACE FUNCTION carom._take_at(here int, reports jsonb[], raws bytea[]) RETURNS jsonb[]
LANGUAGE plpgsql
AS $$
DECLARE
	settings jsonb;
BEGIN
	IF here IS NULL THEN
		RETURN carom._take(reports, raws);
	END IF;
	-- statements of their own: Citus would call _ingest() in one that it sends to a shard
	settings := (SELECT jsonb_object(array_agg(s.name), array_agg(s.value)) FROM carom.setting s);
	RETURN carom._ingest(here, settings, reports, raws);
END
$$;

CREATE OR REPLACE FUNCTION carom._take_many(here int, reports jsonb[], raws bytea[]) RETURNS jsonb[]
LANGUAGE plpgsql
AS $$
DECLARE
	n        int := 0;
	j        jsonb;
	good     int[];
	good_j   jsonb[];
	good_raw bytea[];
	done     jsonb[];
	answers  jsonb[];
	errors   jsonb[];
BEGIN
	FOREACH j IN ARRAY coalesce(reports, '{}') LOOP
		n := n + 1;
		IF jsonb_typeof(j) IS NOT DISTINCT FROM 'object' THEN
			good := good || n;
		ELSE
			answers[n] := jsonb_build_object('error', 'a report is a JSON object, not ' || coalesce(jsonb_typeof(j), 'NULL'), 'sqlstate', '22023');
		END IF;
	END LOOP;
	IF good IS NULL THEN
		RETURN coalesce(answers, '{}');
	END IF;
	IF cardinality(good) = n AND array_lower(reports, 1) = 1 AND (raws IS NULL OR array_lower(raws, 1) = 1) THEN
		good_j := reports;
		good_raw := raws;
	ELSE
		good_j := ARRAY(SELECT r.j FROM unnest(reports) WITH ORDINALITY AS r(j, n) WHERE r.n = ANY (good) ORDER BY r.n);
		IF raws IS NOT NULL THEN
			good_raw := ARRAY(SELECT r.raw FROM unnest(reports, raws[array_lower(raws, 1):]) WITH ORDINALITY AS r(j, raw, n)
				WHERE r.n = ANY (good) ORDER BY r.n);
		END IF;
	END IF;

	-- The usual way: all of them at once.
	BEGIN
		done := carom._take_at(here, good_j, good_raw);
	EXCEPTION WHEN OTHERS THEN
		IF NOT carom._is_poison(SQLSTATE) THEN
			RAISE;
		END IF;
	END;

	-- One of them is poison. Which? Each is tried alone and undone, which also gives
	-- back its locks; then the rest are taken at once, again with all locks in order.
	IF done IS NULL THEN
		FOR i IN 1 .. cardinality(good) LOOP
			errors[i] := carom._try(here, good_j[i], good_raw[i]);
		END LOOP;
		done := carom._take_at(here,
			(SELECT array_agg(x.j ORDER BY x.n) FROM unnest(good_j) WITH ORDINALITY AS x(j, n) WHERE errors[x.n] IS NULL),
			(SELECT array_agg(x.raw ORDER BY x.n) FROM unnest(good_raw) WITH ORDINALITY AS x(raw, n) WHERE errors[x.n] IS NULL));
		FOR i IN 1 .. cardinality(good) LOOP
			IF errors[i] IS NOT NULL THEN
				done := done[:i - 1] || errors[i] || done[i:];
			END IF;
		END LOOP;
	END IF;

	FOR i IN 1 .. cardinality(good) LOOP
		answers[good[i]] := done[i];
	END LOOP;
	RETURN answers;
END
$$;

CREATE OR REPLACE FUNCTION carom.record_many(reports jsonb[], raws bytea[] DEFAULT NULL) RETURNS jsonb[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan  -- no plan of its own for each of the first calls
SET jit = off                             -- no compiling because many partitions look dear
SET enable_seqscan = off                  -- nor a plan from when the tables were empty
AS $$
BEGIN
	RETURN carom._take_many(NULL, reports, raws);
END
$$;
COMMENT ON FUNCTION carom.record_many(jsonb[], bytea[]) IS
	'record() for many reports in one transaction. Answers in their order; one that cannot be taken has {"error": …, "sqlstate": …} '
	'in its place and the others are taken all the same. An error of the call itself means that none was';

-- Citus runs it where the home lies. The last answer is not that of a report: what
-- turned hard there, for the coordinator to count.
CREATE OR REPLACE FUNCTION carom._record_at(home int, reports jsonb[], raws bytea[]) RETURNS jsonb[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET enable_seqscan = off
AS $$
DECLARE
	placed  text;
	answers jsonb[];
BEGIN
	PERFORM set_config('carom.turned', '', true);
	placed := format('carom._record_%s', get_shard_id_for_distribution_column('carom.home', home));
	IF to_regproc(placed) IS NOT NULL THEN
		EXECUTE format('SELECT %s($1, $2, $3)', placed) INTO answers USING home, reports, raws;
	ELSE
		answers := carom._take_many(home, reports, raws);
	END IF;
	RETURN answers || coalesce(nullif(current_setting('carom.turned', true), ''), '[]')::jsonb;
END
$$;

CREATE OR REPLACE FUNCTION carom.record_home(home int, reports jsonb[], raws bytea[] DEFAULT NULL) RETURNS jsonb[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET enable_seqscan = off
AS $$
DECLARE
	answers jsonb[];
	report  jsonb;
	n       int;
BEGIN
	IF record_home.home IS NULL OR record_home.home NOT BETWEEN 0 AND 63 THEN
		RAISE EXCEPTION 'homes are numbered from 0 to 63' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	n := 0;
	FOREACH report IN ARRAY coalesce(reports, '{}') LOOP
		n := n + 1;
		IF jsonb_typeof(report) = 'object' AND coalesce(carom._int(report -> 'home', 0, 63)::int, carom._home_of_report(report, raws[n])) <> record_home.home THEN
			RAISE EXCEPTION 'report % is not at home in %', n, record_home.home USING ERRCODE = 'invalid_parameter_value',
				HINT = 'carom.split() tells the home of each report, or of each part of one.';
		END IF;
	END LOOP;
	SELECT carom._record_at(h.home, record_home.reports, record_home.raws) INTO answers FROM carom.home h WHERE h.home = record_home.home;
	n := cardinality(answers);
	PERFORM carom._note_parts(answers[:n - 1], answers[n]);
	RETURN answers[:n - 1];
END
$$;
COMMENT ON FUNCTION carom.record_home(int, jsonb[], bytea[]) IS
	'record_many() for reports, or parts of them, whose addresses all have this home, as carom.split() gives them: on Citus the work of one machine';

CREATE OR REPLACE FUNCTION carom.split(reports jsonb[], raws bytea[] DEFAULT NULL) RETURNS TABLE (n bigint, home int, part bigint, report jsonb)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT s.n, s.home, s.part, s.report FROM carom._split(carom._hide(carom._resolve(carom._doubt(reports)), raws), raws) s ORDER BY s.home, s.n;
END
$$;
COMMENT ON FUNCTION carom.split(jsonb[], bytea[]) IS
	'reports, by their number in the array, as parts by home for record_home(); the message of a report goes with its part 0';

-- Whose fault is an error? The report's, and another one may pass; or the
-- server's, the schema's, the caller's rights: then the whole batch must wait.
CREATE OR REPLACE FUNCTION carom._is_poison(sqlstate text) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$ SELECT left(sqlstate, 2) NOT IN ('08', '0A', '25', '28', '40', '42', '53', '55', '57', '58', 'F0', 'XX') $$;
