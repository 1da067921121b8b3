-- SPDX-License-Identifier: BSD-2-Clause
-- carom - the brake: many addresses of one provider, one reply, a few minutes
--
-- A receiver's outage and a mistake of ours look like many dead mailboxes. So what
-- one reply of one provider brings onto the list is counted, in the transaction of
-- the report: a row for the provider, and where that is half way, one for each kind
-- of reply, which also has the open incident. All writers lock the provider's row
-- until they commit, so that none passes by an incident that another one opens.
-- Time is that of arrival: a backlog that is read in a minute is no outage.
--
-- On Citus no machine sees a whole provider. Each tells the coordinator what turned
-- hard there (_turned), which counts it in the same transaction; incidents are
-- there, and what they hold lies at the home of its address.

-- What replies of one kind have in common: without addresses, names and numbers.
-- Written without patterns as far as possible, for it is asked in record().
CREATE OR REPLACE FUNCTION carom.reply_template(diagnostic text, about text DEFAULT '', status text DEFAULT NULL, reply text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	said text := lower(left(coalesce(diagnostic, ''), 400));
	who  text := lower(coalesce(about, ''));
	mask text;
BEGIN
	-- addresses and links first, as long as they are whole; then what has a digit
	said := regexp_replace(said, '[^\s<>()\[\]"'',;:]*@[^\s<>()\[\]"'',;:]*|https?:\S*', ' @ ', 'g');
	said := ' ' || translate(said, '<>()[]{}"''`,;:=|/\', repeat(' ', 20)) || ' ';
	FOREACH mask IN ARRAY ARRAY[split_part(who, '@', 1), split_part(who, '@', -1)] LOOP
		IF mask <> '' THEN
			said := replace(replace(said, ' ' || mask || ' ', ' @ '), ' ' || mask || '. ', ' @ ');
		END IF;
	END LOOP;
	said := regexp_replace(said, '\S*[0-9]\S*', '#', 'g');
	RETURN concat_ws(' ', nullif(reply, ''), nullif(status, ''), left(btrim(regexp_replace(said, '\s+', ' ', 'g')), 200));
END
$$;
COMMENT ON FUNCTION carom.reply_template(text, text, text, text) IS
	'what replies of one kind have in common: reply code, status and text without addresses, links, the name of whom it is about, and words with digits';

-- Who runs the mailbox; where nobody knows, its domain.
CREATE OR REPLACE FUNCTION carom._brake_provider(provider text, address text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT coalesce(nullif(provider, ''), split_part(address, '@', -1)) $$;

-- Nothing said is a kind of its own; '' is the row of the provider.
CREATE OR REPLACE FUNCTION carom._brake_template(diagnostic text, about text, status text, reply text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT coalesce(nullif(carom.reply_template(diagnostic, about, status, reply), ''), '-') $$;

CREATE OR REPLACE FUNCTION carom._incident_change(number bigint, change text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	written bigint;
BEGIN
	INSERT INTO carom.incident_log (incident, change) VALUES (number, change) RETURNING id INTO written;
	INSERT INTO carom.feed_waiting (home, what, ids) VALUES (0, 'incident', ARRAY[written]);
	PERFORM pg_notify('carom_incident', number::text);
END
$$;

-- Where addresses lie, for who works on each place by itself: one element that is
-- NULL on one server, where all is one place.
CREATE OR REPLACE FUNCTION carom._places(addresses text[]) RETURNS int[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	IF carom.setting('distributed') IS DISTINCT FROM 'yes' THEN
		RETURN ARRAY[NULL]::int[];
	END IF;
	RETURN carom._in_order(carom._homes(addresses));
END
$$;

-- Holds entries that are on the list, by number of their event, with a trace. here
-- is their home, or NULL for any.
CREATE OR REPLACE FUNCTION carom._hold_at(here int, number bigint, events bigint[], addresses text[]) RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
	one   carom.suppression;
	rows  carom.suppression[] := '{}';
	homes int[];
BEGIN
	FOR one IN
		UPDATE carom.suppression s SET note = format('held: see carom incident show %s', number)
		WHERE (here IS NULL OR s.home = here) AND s.address = ANY (addresses) AND s.event = ANY (events)
		RETURNING s.*
	LOOP
		rows := rows || one;
	END LOOP;
	homes := ARRAY(SELECT DISTINCT r.home FROM unnest(rows) r);
	INSERT INTO carom.held (address, account, stream, event, incident, home)
		SELECT r.address, r.account, r.stream, r.event, number, h.home
		FROM carom.home h, unnest(rows) r WHERE h.home = ANY (homes) AND h.home = r.home
		ON CONFLICT ON CONSTRAINT held_pkey DO UPDATE SET event = excluded.event, incident = excluded.incident;
	PERFORM carom._log_changes(here, 'hold', NULL, rows);
	RETURN cardinality(rows);
END
$$;

DROP FUNCTION IF EXISTS carom._hold(bigint, bigint[], text[]);  -- it gave a number once
CREATE FUNCTION carom._hold(number bigint, events bigint[], addresses text[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	pile record;
	n    int := 0;
BEGIN
	IF carom.setting('distributed') = 'yes' THEN
		FOR pile IN
			SELECT carom._home_of(x.address) AS home, array_agg(x.event) AS events, array_agg(x.address) AS addresses
			FROM unnest(events, addresses) AS x(event, address) GROUP BY 1 ORDER BY 1
		LOOP
			n := n + carom._hold_at(pile.home, number, pile.events, pile.addresses);
		END LOOP;
	ELSE
		n := carom._hold_at(NULL, number, events, addresses);
	END IF;
	UPDATE carom.incident i SET addresses = i.addresses + n WHERE i.id = number;
END
$$;

-- What one kind of reply suppressed in the hour before opener, in one home or in all.
CREATE OR REPLACE FUNCTION carom._hold_early(here int, of_provider text, of_template text, opener carom.event)
RETURNS TABLE (event bigint, address text, at timestamptz)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
	since timestamptz := now() - interval '1 day';
	first timestamptz := opener.at - interval '1 hour';
	last  timestamptz := opener.at;
BEGIN
	-- what somebody else writes just now is not held by us: he meets this incident himself, or makes it another entry
	RETURN QUERY
		SELECT s.event, s.address, e.at
		FROM carom.suppression s JOIN carom.event e ON e.address = s.address AND e.day = s.event_day AND e.id = s.event
		WHERE (here IS NULL OR s.home = here AND e.home = here)
			AND s.changed_at >= since AND s.source = 'bounce' AND s.expires_at IS NULL
			AND carom._brake_provider(s.provider, s.address) = of_provider AND e.at BETWEEN first AND last
			AND carom._brake_template(e.diagnostic, e.address, e.status, e.reply) = of_template
		FOR NO KEY UPDATE OF s SKIP LOCKED;
END
$$;

-- An incident of what is seen now, which also holds what was written in the hour
-- before it was noticed.
CREATE OR REPLACE FUNCTION carom._open_incident(of_provider text, of_template text, opener carom.event) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	number    bigint;
	places    int[] := CASE WHEN carom.setting('distributed') = 'yes' THEN ARRAY(SELECT generate_series(0, 63)) ELSE ARRAY[NULL]::int[] END;
	here      int;
	one       record;
	events    bigint[] := '{}';
	addresses text[] := '{}';
	first     timestamptz := opener.at;
BEGIN
	INSERT INTO carom.incident (provider, template, category, rule, example, first_at, last_at)
		VALUES (of_provider, of_template, opener.category, opener.rule, opener.diagnostic, opener.at, opener.at) RETURNING id INTO number;
	FOREACH here IN ARRAY places LOOP
		FOR one IN SELECT * FROM carom._hold_early(here, of_provider, of_template, opener) LOOP
			events := events || one.event;
			addresses := addresses || one.address;
			first := least(first, one.at);
		END LOOP;
	END LOOP;
	UPDATE carom.incident i SET first_at = first WHERE i.id = number;
	PERFORM carom._hold(number, events, addresses);
	PERFORM carom._incident_change(number, 'opened');
	-- for who recorded, to say so in the log
	PERFORM set_config('carom.incident', concat_ws('; ', nullif(current_setting('carom.incident', true), ''),
		format('incident %s at %s: %s', number, of_provider, of_template)), true);
	RETURN number;
END
$$;

-- Adds to what the rows of some providers count, one number a provider. Late reports
-- count where they belong, if that is not long ago.
DROP FUNCTION IF EXISTS carom._brake_add(text, text, bigint, int, int, timestamptz);
CREATE OR REPLACE FUNCTION carom._brake_add(providers text[], of_template text, slots bigint[], more int[], stretch int, moments timestamptz[])
RETURNS TABLE (b carom.brake, lately float, nth int)
LANGUAGE plpgsql
AS $$
BEGIN
	-- in the order of the key, as everybody does
	FOR b IN
		INSERT INTO carom.brake AS o (provider, template, slot, n)
			SELECT x.provider, of_template, x.slot, x.n FROM unnest(providers, slots, more) AS x(provider, slot, n) ORDER BY x.provider
			ON CONFLICT ON CONSTRAINT brake_pkey DO UPDATE SET
				n = CASE WHEN excluded.slot > o.slot THEN excluded.n WHEN excluded.slot = o.slot THEN o.n + excluded.n ELSE o.n END,
				before = CASE WHEN excluded.slot = o.slot + 1 THEN o.n WHEN excluded.slot > o.slot THEN 0
					WHEN excluded.slot = o.slot - 1 THEN o.before + excluded.n ELSE o.before END,
				slot = greatest(o.slot, excluded.slot), seen_at = now()
			RETURNING o.*
	LOOP
		nth := array_position(providers, b.provider);
		-- with as much of the stretch before as is still within the last minutes
		lately := CASE WHEN slots[nth] = b.slot THEN b.n + b.before * (1 - (extract(epoch FROM moments[nth]) / stretch - slots[nth])) ELSE 0 END;
		RETURN NEXT;
	END LOOP;
END
$$;

-- A provider where many turn hard: is it one reply?
CREATE OR REPLACE FUNCTION carom._brake_replies(of_provider text, numbers bigint[], events carom.event[], most int, stretch int, many boolean) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	pile   record;
	count  record;
	b      record;
	opener carom.event;
	holds  boolean := false;
BEGIN
	FOR pile IN
		SELECT x.template, x.slot, count(*)::int AS n, max(x.at) AS at, array_agg(x.id) AS events, array_agg(x.address) AS addresses
		FROM (SELECT carom._brake_template(e.diagnostic, e.address, e.status, e.reply) AS template,
				floor(extract(epoch FROM e.at) / stretch)::bigint AS slot, e.at, e.id, e.address
			FROM unnest(events) e WHERE e.id = ANY (numbers)) x
		GROUP BY 1, 2 ORDER BY 1, 2
	LOOP
		SELECT * INTO count FROM carom._brake_add(ARRAY[of_provider], pile.template, ARRAY[pile.slot], ARRAY[pile.n], stretch, ARRAY[pile.at]);
		b := count.b;
		CONTINUE WHEN b.free_until > pile.at;
		IF b.incident IS NOT NULL AND pile.at <= b.held_at + interval '1 hour' THEN
			PERFORM carom._hold(b.incident, pile.events, pile.addresses);
		ELSIF many AND count.lately >= most / 2.0 THEN
			SELECT e.* INTO opener FROM unnest(events) e WHERE e.id = ANY (pile.events) ORDER BY e.at DESC LIMIT 1;
			b.incident := carom._open_incident(of_provider, pile.template, opener);
		ELSE
			CONTINUE;
		END IF;
		holds := true;
		UPDATE carom.brake o SET incident = b.incident, held_at = greatest(o.held_at, pile.at) WHERE o.provider = of_provider AND o.template = pile.template;
		UPDATE carom.incident i SET last_at = greatest(i.last_at, pile.at) WHERE i.id = b.incident;
	END LOOP;
	RETURN holds;
END
$$;

-- Counts what these events brought onto the list for good, and holds it if that is
-- too much at once. What the replies say is asked only where a provider is half way.
CREATE OR REPLACE FUNCTION carom._brake(written carom.suppression[], events carom.event[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	most    int;
	stretch int;
	-- one element an entry that counts
	ids     bigint[];
	names   text[];
	slots   bigint[];
	times   timestamptz[];
	pile    record;
	count   record;
BEGIN
	SELECT coalesce(max(s.value) FILTER (WHERE s.name = 'brake_addresses'), '500'),
			coalesce(max(s.value) FILTER (WHERE s.name = 'brake_minutes'), '10')::int * 60
		INTO most, stretch FROM carom.setting s WHERE s.name IN ('brake_addresses', 'brake_minutes');
	IF most = 0 THEN
		RETURN;
	END IF;
	SELECT array_agg(s.event), array_agg(carom._brake_provider(s.provider, s.address)), array_agg(floor(extract(epoch FROM e.at) / stretch)::bigint),
			array_agg(e.at)
		INTO ids, names, slots, times
		FROM (SELECT s.event, s.address, s.provider FROM unnest(written) s WHERE s.changes = 1 AND s.source = 'bounce' AND s.expires_at IS NULL) s
			FULL JOIN (SELECT e.id, e.at FROM unnest(events) e) e ON e.id = s.event
		WHERE s.event IS NOT NULL;
	-- Mostly all are of one stretch of time. A provider's stretches are counted one
	-- after the other.
	FOR pile IN
		SELECT x.turn, array_agg(x.provider) AS providers, array_agg(x.slot) AS slots, array_agg(x.n) AS n, array_agg(x.at) AS at
		FROM (
			SELECT e.provider, e.slot, count(*)::int AS n, max(e.at) AS at, row_number() OVER (PARTITION BY e.provider ORDER BY e.slot) AS turn
			FROM unnest(names, slots, times) AS e(provider, slot, at) GROUP BY 1, 2) x
		GROUP BY 1 ORDER BY 1
	LOOP
		FOR count IN SELECT * FROM carom._brake_add(pile.providers, '', pile.slots, pile.n, stretch, pile.at) LOOP
			CONTINUE WHEN count.lately < most / 2.0 AND (pile.at[count.nth] <= (count.b).held_at + interval '1 hour') IS NOT TRUE;
			IF carom._brake_replies((count.b).provider, ARRAY(SELECT e.id FROM unnest(ids, names, slots) AS e(id, provider, slot)
				WHERE e.provider = (count.b).provider AND e.slot = pile.slots[count.nth]), events, most, stretch, count.lately >= most)
			THEN
				UPDATE carom.brake o SET held_at = greatest(o.held_at, pile.at[count.nth]) WHERE o.provider = (count.b).provider AND o.template = '';
			END IF;
		END LOOP;
	END LOOP;
END
$$;

-- What _brake() needs of what a machine of many brought onto the list for good,
-- kept in the transaction for who called it there.
CREATE OR REPLACE FUNCTION carom._turned(written carom.suppression[], events carom.event[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM set_config('carom.turned', jsonb_agg(jsonb_build_object('event', s.event, 'address', s.address, 'provider', s.provider, 'day', e.day, 'at', e.at,
			'category', e.category, 'rule', e.rule, 'status', e.status, 'reply', e.reply, 'diagnostic', left(e.diagnostic, 400)))::text, true)
		FROM (SELECT s.event, s.address, s.provider FROM unnest(written) s WHERE s.changes = 1 AND s.source = 'bounce' AND s.expires_at IS NULL) s
			FULL JOIN (SELECT e.id, e.day, e.at, e.category, e.rule, e.status, e.reply, e.diagnostic FROM unnest(events) e) e ON e.id = s.event
		WHERE s.event IS NOT NULL
		HAVING count(*) > 0;
END
$$;

-- The coordinator counts what all machines told.
CREATE OR REPLACE FUNCTION carom._brake_turned(turned jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	IF turned IS NULL OR turned = '[]' THEN
		RETURN;
	END IF;
	PERFORM carom._brake(
		ARRAY(SELECT jsonb_populate_record(NULL::carom.suppression, t || '{"changes": 1, "source": "bounce"}') FROM jsonb_array_elements(turned) t),
		ARRAY(SELECT jsonb_populate_record(NULL::carom.event, t || jsonb_build_object('id', t -> 'event')) FROM jsonb_array_elements(turned) t));
END
$$;

CREATE OR REPLACE FUNCTION carom.incidents(only_open boolean DEFAULT true) RETURNS SETOF carom.incident
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT i.* FROM carom.incident i WHERE NOT only_open OR i.state = 'open' ORDER BY i.id DESC;
END
$$;
COMMENT ON FUNCTION carom.incidents(boolean) IS 'the incidents that wait for a person, or all of them, newest first';

CREATE OR REPLACE FUNCTION carom.incident_addresses(number bigint, most int DEFAULT NULL) RETURNS TABLE (address text, account text, stream text, since timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT s.address, s.account, s.stream, s.since FROM carom.held h
		JOIN carom.suppression s ON (s.home, s.address, s.account, s.stream, s.event) = (h.home, h.address, h.account, h.stream, h.event)
		WHERE h.incident = number ORDER BY 1, 2, 3 LIMIT most;
END
$$;
COMMENT ON FUNCTION carom.incident_addresses(bigint, int) IS 'whom an open incident holds, the first so many or all';

-- Closes an open incident; gives the addresses that it held, locked against who counts their days.
CREATE OR REPLACE FUNCTION carom._close_incident(number bigint, to_state text, note text, author text) RETURNS SETOF carom.held
LANGUAGE plpgsql
AS $$
DECLARE
	found_state text;
	here        int;
	names       text[];
BEGIN
	IF coalesce(btrim(note), '') = '' THEN
		RAISE EXCEPTION 'a note is needed to close an incident' USING ERRCODE = 'invalid_parameter_value', HINT = 'Say what it was.';
	END IF;
	SELECT i.state INTO found_state FROM carom.incident i WHERE i.id = number;
	IF found_state IS NULL THEN
		RAISE EXCEPTION 'there is no incident %', number USING ERRCODE = 'invalid_parameter_value';
	END IF;
	-- the row that all writers lock comes after addresses, as in record()
	FOREACH here IN ARRAY carom._places(ARRAY(SELECT h.address FROM carom.held h WHERE h.incident = number)) LOOP
		names := ARRAY(SELECT h.address FROM carom.held h WHERE (here IS NULL OR h.home = here) AND h.incident = number);
		PERFORM carom._lock_addresses(names);
		PERFORM 1 FROM carom.suppression s WHERE (here IS NULL OR s.home = here) AND s.address = ANY (names)
			ORDER BY s.address, s.account, s.stream FOR UPDATE;
	END LOOP;
	UPDATE carom.brake b SET incident = NULL, free_until = CASE to_state WHEN 'confirmed' THEN b.held_at + interval '1 day' END WHERE b.incident = number;
	UPDATE carom.incident i SET state = to_state, closed_at = now(), author = carom._author(_close_incident.author), login = session_user,
		note = left(btrim(_close_incident.note), 2000) WHERE i.id = number AND i.state = 'open';
	IF NOT FOUND THEN
		RAISE EXCEPTION 'incident % is %, not open', number, (SELECT i.state FROM carom.incident i WHERE i.id = number)
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM carom._incident_change(number, to_state);
	FOREACH here IN ARRAY carom._places(ARRAY(SELECT h.address FROM carom.held h WHERE h.incident = number)) LOOP
		RETURN QUERY DELETE FROM carom.held h WHERE (here IS NULL OR h.home = here) AND h.incident = number RETURNING h.*;
	END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION carom.confirm_incident(number bigint, note text, author text DEFAULT session_user) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	held  carom.held[] := ARRAY(SELECT h FROM carom._close_incident(number, 'confirmed', confirm_incident.note, confirm_incident.author) h);
	who   text := carom._author(confirm_incident.author);
	here  int;
	one   carom.suppression;
	rows  carom.suppression[];
	n     int := 0;
BEGIN
	FOREACH here IN ARRAY carom._places(ARRAY(SELECT h.address FROM unnest(held) h)) LOOP
		rows := '{}';
		FOR one IN
			UPDATE carom.suppression s SET author = who, login = session_user, note = left(btrim(confirm_incident.note), 2000), changed_at = now(),
				changes = s.changes + 1
			WHERE (here IS NULL OR s.home = here) AND s.address = ANY (ARRAY(SELECT h.address FROM unnest(held) h))
				AND s.event = ANY (ARRAY(SELECT h.event FROM unnest(held) h))
			RETURNING s.*
		LOOP
			rows := rows || one;
		END LOOP;
		PERFORM carom._log_changes(here, 'confirm', carom.day(), ARRAY(SELECT r FROM unnest(rows) r ORDER BY r.address, r.account, r.stream));
		n := n + cardinality(rows);
	END LOOP;
	RETURN n;
END
$$;
COMMENT ON FUNCTION carom.confirm_incident(bigint, text, text) IS
	'say that the addresses of an incident are dead indeed: they are suppressed as if nobody had held them, and for a day that reply of that provider is '
	'not held again. Gives how many there were';

CREATE OR REPLACE FUNCTION carom.discard_incident(number bigint, note text, author text DEFAULT session_user) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	held carom.held[] := ARRAY(SELECT h FROM carom._close_incident(number, 'discarded', discard_incident.note, discard_incident.author) h);
	here int;
	one  carom.suppression;
	rows carom.suppression[] := '{}';
BEGIN
	FOREACH here IN ARRAY carom._places(ARRAY(SELECT h.address FROM unnest(held) h)) LOOP
		FOR one IN
			SELECT s.* FROM carom.suppression s
			WHERE (here IS NULL OR s.home = here) AND s.address = ANY (ARRAY(SELECT h.address FROM unnest(held) h))
				AND s.event = ANY (ARRAY(SELECT h.event FROM unnest(held) h))
		LOOP
			rows := rows || one;
		END LOOP;
	END LOOP;
	RETURN (SELECT count(*) FROM carom._take_off(rows, discard_incident.author, discard_incident.note));
END
$$;
COMMENT ON FUNCTION carom.discard_incident(bigint, text, text) IS
	'say that the addresses of an incident are alive: all that it held are taken off the list. Gives how many there were';
