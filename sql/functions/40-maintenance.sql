-- SPDX-License-Identifier: BSD-2-Clause
-- carom - partitions, retention, volumes

-- What needs the whole of a table does so for a moment, and only if nobody stands
-- in the way: while it waited, whoever records would wait after it.

DROP FUNCTION IF EXISTS carom.make_partitions(int);
CREATE OR REPLACE FUNCTION carom.make_partitions(months_ahead int DEFAULT 3, most int DEFAULT 1000) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms'
AS $$
DECLARE
	first date := date_trunc('month', carom.day())::date;
	month date;
	name  text;
	made  int := 0;
	others date[] := ARRAY(SELECT DISTINCT date_trunc('month', e.day)::date FROM carom.event_default e);
BEGIN
	IF months_ahead IS NULL OR months_ahead NOT BETWEEN 0 AND 120 THEN
		RAISE EXCEPTION 'months_ahead is from 0 to 120' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	LOCK TABLE carom.schema_version IN SHARE ROW EXCLUSIVE MODE;  -- one at a time
	FOR month IN
		SELECT (first + make_interval(months => n))::date FROM generate_series(0, months_ahead) n
		UNION SELECT unnest(others)
		ORDER BY 1
	LOOP
		name := to_char(month, '"event_"YYYY_MM');
		CONTINUE WHEN to_regclass(format('carom.%I', name)) IS NOT NULL;
		EXIT WHEN made = most;
		-- what lies in the default partition moves in one go, so not if it is much
		CONTINUE WHEN month < carom.setting('pruned_before')::date OR (SELECT count(*) FROM (SELECT 1 FROM carom.event_default e
			WHERE e.day >= month AND e.day < (month + interval '1 month')::date LIMIT 2001) x)
			> CASE WHEN carom.setting('distributed') = 'yes' THEN 0 ELSE 2000 END;
		BEGIN
			IF carom.setting('distributed') = 'yes' THEN
				EXECUTE format('CREATE TABLE carom.%I PARTITION OF carom.event FOR VALUES FROM (%L) TO (%L)',
					name, month, (month + interval '1 month')::date);
				made := made + 1;
				CONTINUE;
			END IF;
			EXECUTE format('CREATE TABLE carom.%I (LIKE carom.event INCLUDING ALL)', name);
			-- The parent first, as record() goes from parent to partition; and all of
			-- it, for whoever is on the way into the default partition would not be
			-- let in any more.
			LOCK TABLE carom.event IN ACCESS EXCLUSIVE MODE;
			EXECUTE format('WITH moved AS (DELETE FROM carom.event_default WHERE day >= %L AND day < %L RETURNING *) '
				'INSERT INTO carom.%I SELECT * FROM moved', month, month + interval '1 month', name);
			EXECUTE format('ALTER TABLE carom.event ATTACH PARTITION carom.%I FOR VALUES FROM (%L) TO (%L)',
				name, month, (month + interval '1 month')::date);
			EXECUTE format('COMMENT ON TABLE carom.%I IS %L', name, 'events of ' || to_char(month, 'YYYY-MM'));
			made := made + 1;
		EXCEPTION WHEN lock_not_available THEN
			RAISE NOTICE 'the partition of % is made the next time: somebody reads or writes for long', to_char(month, 'YYYY-MM');
		END;
	END LOOP;
	RETURN made;
END
$$;
COMMENT ON FUNCTION carom.make_partitions(int, int) IS
	'make the monthly partitions of event from this month on, and those of months that lie in event_default, as many as most; gives how many '
	'it made. Waits for nobody: what is in use is left for the next time. While reports are recorded, ask for one a transaction';

-- The months that end before a day and still have a partition of their own.
CREATE OR REPLACE FUNCTION carom._partitions_before(before date) RETURNS TABLE (name text, month date)
LANGUAGE sql STABLE
AS $$
	SELECT c.relname::text, to_date(substr(c.relname, 7), 'YYYY_MM')
	FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
	WHERE i.inhparent = 'carom.event'::regclass AND c.relname ~ '^event_\d{4}_\d\d$'
		AND to_date(substr(c.relname, 7), 'YYYY_MM') < before
	ORDER BY 1
$$;

-- Takes one old partition away if that needs no waiting; gives the number of its
-- events, NULL if it is in use.
CREATE OR REPLACE FUNCTION carom._drop_partition(name text, month date) RETURNS bigint
LANGUAGE plpgsql SET lock_timeout = '100ms'
AS $$
DECLARE
	-- counting the rows would read all of them; the tally knows
	n bigint := (SELECT coalesce(sum(t.events + t.repeats), 0) FROM carom.tally t
		WHERE t.day >= month AND t.day < (month + interval '1 month')::date);
BEGIN
	LOCK TABLE carom.event IN ACCESS EXCLUSIVE MODE;
	EXECUTE format('DROP TABLE carom.%I', name);
	RETURN n;
EXCEPTION WHEN lock_not_available THEN
	RETURN NULL;
END
$$;

-- Deletes rows of a table, the oldest first and not more than most; on Citus, which
-- knows no such bound, all of them: row by row that holds up nobody either.
CREATE OR REPLACE FUNCTION carom._forget(relation text, condition text, oldest text, most int) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	n bigint;
BEGIN
	IF carom.setting('distributed') = 'yes' THEN
		EXECUTE format('DELETE FROM carom.%I WHERE %s', relation, condition);
	ELSE
		EXECUTE format('DELETE FROM carom.%I WHERE ctid = ANY (ARRAY(SELECT ctid FROM carom.%1$I WHERE %s ORDER BY %s LIMIT %s))',
			relation, condition, oldest, most);
	END IF;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

DROP FUNCTION IF EXISTS carom.prune(int, int);
CREATE OR REPLACE FUNCTION carom.prune(raw_days int DEFAULT 90, event_months int DEFAULT 24, most int DEFAULT 5000)
RETURNS TABLE (what text, removed bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	before date := greatest((date_trunc('month', carom.day()) - make_interval(months => event_months))::date,
		carom.setting('pruned_before')::date);
	part   record;
	keys   text[];
	n      bigint;
	again  bigint;
	in_use bigint := 0;
	longest int := (SELECT max(p.within_days) FROM carom.policy p);
BEGIN
	IF coalesce(raw_days, -1) < 0 OR coalesce(event_months, 0) < 1 OR coalesce(most, 0) < 1 THEN
		RAISE EXCEPTION 'keep raw messages for 0 days or more, events for 1 month or more, and remove at least one row at a time'
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	LOCK TABLE carom.schema_version IN SHARE ROW EXCLUSIVE MODE;  -- one at a time
	-- Nobody looks at older days from now on: check_integrity() begins here, so
	-- what follows can be broken off at any point.
	PERFORM carom.set_setting('pruned_before', before::text);

	keys := ARRAY(SELECT r.key FROM carom.raw r WHERE r.stored_at < now() - make_interval(days => raw_days)
		ORDER BY r.stored_at LIMIT most);
	DELETE FROM carom.raw r WHERE r.key = ANY (keys);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN QUERY SELECT 'raw messages', n;

	RETURN QUERY SELECT 'mail remembered', carom._forget('sent', format('expires_at < %L', now()), 'expires_at', most);

	DELETE FROM carom.volume_batch b WHERE b.id = ANY (ARRAY(
		SELECT x.id FROM carom.volume_batch x WHERE x.added_at < now() - interval '30 days' ORDER BY x.added_at LIMIT most));
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN QUERY SELECT 'volume batches', n;

	RETURN QUERY SELECT 'minutes of mail logs', carom._prune_log(most);

	RETURN QUERY SELECT 'deliveries by mail logs', carom._forget('delivered', format('day < %L', carom.day() - greatest(120, longest)), 'day', most);

	RETURN QUERY SELECT 'figures by campaign and IP address', carom._prune_named(most);

	RETURN QUERY SELECT 'mail told of', carom._forget('told', format('last_day < %L', before), 'last_day', most);
	PERFORM carom._forget('replayed', format('day < %L', before), 'day', most);
	PERFORM carom._forget('cohort', format('day < %L', before), 'day', most);

	-- in the order of the key, as record() takes them
	keys := ARRAY(SELECT x.key FROM (SELECT r.key FROM carom.report r
		-- found by the time; a day more, since a time zone lies between
		WHERE r.day < before AND r.arrived < before + interval '2 days' ORDER BY r.arrived LIMIT most) x ORDER BY x.key);
	DELETE FROM carom.raw r WHERE r.key = ANY (keys);
	WITH gone AS (DELETE FROM carom.report r WHERE r.key = ANY (keys) RETURNING r.duplicates)
		SELECT count(*), coalesce(sum(g.duplicates), 0) INTO n, again FROM gone g;
	IF again > 0 THEN
		PERFORM carom.set_setting('pruned_duplicates', (carom.setting('pruned_duplicates')::bigint + again)::text);
	END IF;
	RETURN QUERY SELECT 'reports', n;

	-- found by the time, as above
	n := carom._forget('event_default', format('day < %L AND at < %L', before, before + interval '2 days'), 'at', most);
	-- One a step, and last, in a step that has little else to do: until this
	-- transaction is safe on disk everybody waits for it.
	FOR part IN SELECT * FROM carom._partitions_before(before) WHERE coalesce(cardinality(keys), 0) < most LIMIT 1 LOOP
		again := carom._drop_partition(part.name, part.month);
		n := n + coalesce(again, 0);
		in_use := (again IS NULL)::int;
	END LOOP;
	RETURN QUERY VALUES ('events', n), ('partitions in use', in_use);
END
$$;
COMMENT ON FUNCTION carom.prune(int, int, int) IS
	'one step of forgetting: of raw messages after so many days, of reports and events after so many months, of remembered mail that has '
	'expired, at most so many rows of each, and one partition. Call it again, each time in a transaction of its own, until it removes '
	'nothing: carom db prune does. The tally, the suppressions and their log stay';

DROP FUNCTION IF EXISTS carom.remember_sent(text, text, text, text, date, int);
CREATE FUNCTION carom.remember_sent(message_id text, address text, account text DEFAULT '', stream text DEFAULT '',
	sent_on date DEFAULT NULL, days int DEFAULT 30)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	plain text := carom._address(remember_sent.address);
	mid   text := left(btrim(remember_sent.message_id, E'<> \t\r\n'), 998);
BEGIN
	IF coalesce(plain, '') = '' OR coalesce(mid, '') = '' THEN
		RAISE EXCEPTION 'a Message-ID and an address are needed, not "%" and "%"', left(remember_sent.message_id, 100),
			left(remember_sent.address, 400) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF coalesce(days, 0) NOT BETWEEN 1 AND 3660 THEN
		RAISE EXCEPTION 'mail is remembered for 1 to 3660 days' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	INSERT INTO carom.sent AS s (message_id, address, account, stream, spelling, sent_on, expires_at, home)
		VALUES (mid, plain, left(coalesce(remember_sent.account, ''), 128), left(coalesce(remember_sent.stream, ''), 128),
			btrim(remember_sent.address, E' \t\r\n'), coalesce(remember_sent.sent_on, carom.day()),
			now() + make_interval(days => days), carom._home_of(mid))
		ON CONFLICT ON CONSTRAINT sent_pkey DO UPDATE SET
			sent_on = excluded.sent_on, expires_at = greatest(s.expires_at, excluded.expires_at);
END
$$;
COMMENT ON FUNCTION carom.remember_sent(text, text, text, text, date, int) IS
	'remember for so many days that this mail went to this address, so that reports without a return address of ours find whose they are';

-- A number of mails that somebody may have sent at once: nothing that overflows a
-- sum, now or in a thousand years of such days.
CREATE OR REPLACE FUNCTION carom._volume(sent bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	IF sent IS NULL THEN
		RAISE EXCEPTION 'how many were sent must be said' USING ERRCODE = 'not_null_violation';
	ELSIF sent NOT BETWEEN 0 AND 1000000000 THEN
		RAISE EXCEPTION 'mail sent is counted in numbers from 0 to 1000000000, not %', sent USING ERRCODE = 'check_violation';
	END IF;
	RETURN sent;
END
$$;

CREATE OR REPLACE FUNCTION carom._volume_day(day date) RETURNS date
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	IF day IS NULL OR day < date '2000-01-01' OR day > carom.day() + 1 THEN
		RAISE EXCEPTION 'mail is sent between 2000 and now, not on %', coalesce(day::text, 'an unknown day') USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN day;
END
$$;

CREATE OR REPLACE FUNCTION carom.add_volume(day date, account text, stream text, provider text, sent bigint)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO carom.volume AS v (day, account, stream, provider, sent)
		VALUES (carom._volume_day($1), left(coalesce($2, ''), 128), left(coalesce($3, ''), 128), left(coalesce($4, ''), 64),
			carom._volume($5))
	ON CONFLICT (day, account, stream, provider) DO UPDATE SET sent = v.sent + excluded.sent
$$;
COMMENT ON FUNCTION carom.add_volume(date, text, text, text, bigint) IS 'count so many more recipients mailed; add_volumes() does it once only';

DROP FUNCTION IF EXISTS carom.add_volumes(uuid, jsonb);
CREATE FUNCTION carom.add_volumes(batch uuid, counts jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- The same batch at the same time waits here until the other one is in, or is not.
	INSERT INTO carom.volume_batch (id) VALUES (batch) ON CONFLICT (id) DO NOTHING;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	-- In the order of the key, as all who count do it, so that nobody deadlocks.
	INSERT INTO carom.volume AS v (day, account, stream, provider, sent)
		SELECT carom._volume_day(carom.day(coalesce(x.at, now()))), left(coalesce(x.account, ''), 128), left(coalesce(x.stream, ''), 128),
			left(coalesce(x.provider, ''), 64), sum(carom._volume(x.sent))
		FROM jsonb_to_recordset(counts) AS x(at timestamptz, account text, stream text, provider text, sent bigint)
		GROUP BY 1, 2, 3, 4
		ORDER BY 1, 2, 3, 4
	ON CONFLICT (day, account, stream, provider) DO UPDATE SET sent = v.sent + excluded.sent;
	PERFORM carom._add_named(counts);
	RETURN true;
END
$$;
COMMENT ON FUNCTION carom.add_volumes(uuid, jsonb) IS
	'count mail sent, [{"at", "account", "stream", "provider", "sent"}, …], under an id that the caller made; with "feedback_id", "list_id" and "ip" '
	'(that it goes out from) it is counted by campaign and address, too. False if that batch was added before: nothing changes, so after a lost connection just hand it in again';

CREATE OR REPLACE FUNCTION carom.set_volume(day date, account text, stream text, provider text, sent bigint)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO carom.volume AS v (day, account, stream, provider, sent)
		VALUES (carom._volume_day($1), left(coalesce($2, ''), 128), left(coalesce($3, ''), 128), left(coalesce($4, ''), 64),
			carom._volume($5))
	ON CONFLICT (day, account, stream, provider) DO UPDATE SET sent = excluded.sent
$$;
COMMENT ON FUNCTION carom.set_volume(date, text, text, text, bigint) IS
	'say how many recipients were mailed, for imports: the same import again changes nothing';
