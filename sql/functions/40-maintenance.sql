-- SPDX-License-Identifier: BSD-2-Clause
-- carom - partitions, retention, volumes

DROP FUNCTION IF EXISTS carom.make_partitions(int);
CREATE FUNCTION carom.make_partitions(months_ahead int DEFAULT 3) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	first date := date_trunc('month', carom.day())::date;
	month date;
	name  text;
	made  int := 0;
BEGIN
	IF months_ahead IS NULL OR months_ahead NOT BETWEEN 0 AND 120 THEN
		RAISE EXCEPTION 'months_ahead is from 0 to 120' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM pg_advisory_xact_lock(1667330671, 2);
	FOR month IN
		SELECT (first + make_interval(months => n))::date FROM generate_series(0, months_ahead) n
		UNION
		SELECT date_trunc('month', e.day)::date FROM carom.event_default e
		ORDER BY 1
	LOOP
		name := to_char(month, '"event_"YYYY_MM');
		CONTINUE WHEN to_regclass(format('carom.%I', name)) IS NOT NULL;
		-- the parent first and at once: record() also goes from parent to partition
		LOCK TABLE carom.event IN ACCESS EXCLUSIVE MODE;
		EXECUTE format('CREATE TABLE carom.%I (LIKE carom.event INCLUDING ALL)', name);
		EXECUTE format('WITH moved AS (DELETE FROM carom.event_default WHERE day >= %L AND day < %L RETURNING *) '
			'INSERT INTO carom.%I SELECT * FROM moved', month, month + interval '1 month', name);
		EXECUTE format('ALTER TABLE carom.event ATTACH PARTITION carom.%I FOR VALUES FROM (%L) TO (%L)',
			name, month, (month + interval '1 month')::date);
		EXECUTE format('COMMENT ON TABLE carom.%I IS %L', name, 'events of ' || to_char(month, 'YYYY-MM'));
		made := made + 1;
	END LOOP;
	RETURN made;
END
$$;
COMMENT ON FUNCTION carom.make_partitions(int) IS
	'make the monthly partitions of event from this month on, and those of months that lie in event_default; gives how many it made';

DROP FUNCTION IF EXISTS carom.prune(int, int);
CREATE FUNCTION carom.prune(raw_days int DEFAULT 90, event_months int DEFAULT 24)
RETURNS TABLE (what text, removed bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	before date := greatest((date_trunc('month', carom.day()) - make_interval(months => event_months))::date,
		carom.setting('pruned_before')::date);
	part   record;
	n      bigint;
	again  bigint;
BEGIN
	IF coalesce(raw_days, -1) < 0 OR coalesce(event_months, 0) < 1 THEN
		RAISE EXCEPTION 'keep raw messages for 0 days or more, events for 1 month or more'
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM pg_advisory_xact_lock(1667330671, 2);

	DELETE FROM carom.raw WHERE stored_at < now() - make_interval(days => raw_days);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN QUERY SELECT 'raw messages', n;

	DELETE FROM carom.sent WHERE expires_at < now();
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN QUERY SELECT 'mail remembered', n;

	DELETE FROM carom.volume_batch WHERE added_at < now() - interval '30 days';

	-- Reports and their events go together and by whole months: what is left
	-- still adds up, and check_integrity() looks from this day on.
	IF EXISTS (SELECT FROM carom.report WHERE day < before) OR EXISTS (SELECT FROM carom.event WHERE day < before) THEN
		LOCK TABLE carom.event IN ACCESS EXCLUSIVE MODE;
		SELECT count(*) INTO n FROM carom.event WHERE day < before;
		FOR part IN
			SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
			WHERE i.inhparent = 'carom.event'::regclass AND c.relname ~ '^event_\d{4}_\d\d$'
				AND to_date(substr(c.relname, 7), 'YYYY_MM') < before
		LOOP
			EXECUTE format('DROP TABLE carom.%I', part.relname);
		END LOOP;
		DELETE FROM carom.event WHERE day < before;
		RETURN QUERY SELECT 'events', n;
		DELETE FROM carom.told WHERE last_day < before;

		WITH gone AS (DELETE FROM carom.report r WHERE r.day < before RETURNING r.duplicates)
			SELECT count(*), coalesce(sum(g.duplicates), 0) INTO n, again FROM gone g;
		PERFORM carom.set_setting('pruned_duplicates', (carom.setting('pruned_duplicates')::bigint + again)::text);
		PERFORM carom.set_setting('pruned_before', before::text);
		RETURN QUERY SELECT 'reports', n;
	ELSE
		RETURN QUERY VALUES ('events', 0::bigint), ('reports', 0::bigint);
	END IF;
END
$$;
COMMENT ON FUNCTION carom.prune(int, int) IS
	'forget raw messages after so many days, reports and events after so many months, and remembered mail that has expired. The tally, the suppressions and their log stay';

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
	INSERT INTO carom.sent AS s (message_id, address, account, stream, spelling, sent_on, expires_at)
		VALUES (mid, plain, left(coalesce(remember_sent.account, ''), 128), left(coalesce(remember_sent.stream, ''), 128),
			btrim(remember_sent.address, E' \t\r\n'), coalesce(remember_sent.sent_on, carom.day()),
			now() + make_interval(days => days))
		ON CONFLICT (message_id, address, account, stream) DO UPDATE SET
			sent_on = excluded.sent_on, expires_at = greatest(s.expires_at, excluded.expires_at);
END
$$;
COMMENT ON FUNCTION carom.remember_sent(text, text, text, text, date, int) IS
	'remember for so many days that this mail went to this address, so that reports without a return address of ours find whose they are';

CREATE OR REPLACE FUNCTION carom.add_volume(day date, account text, stream text, provider text, sent bigint)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO carom.volume AS v (day, account, stream, provider, sent)
		VALUES ($1, coalesce($2, ''), coalesce($3, ''), coalesce($4, ''), $5)
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
		SELECT carom.day(coalesce(x.at, now())), left(coalesce(x.account, ''), 128), left(coalesce(x.stream, ''), 128),
			left(coalesce(x.provider, ''), 64), sum(x.sent)
		FROM jsonb_to_recordset(counts) AS x(at timestamptz, account text, stream text, provider text, sent bigint)
		GROUP BY 1, 2, 3, 4
		ORDER BY 1, 2, 3, 4
	ON CONFLICT (day, account, stream, provider) DO UPDATE SET sent = v.sent + excluded.sent;
	RETURN true;
END
$$;
COMMENT ON FUNCTION carom.add_volumes(uuid, jsonb) IS
	'count mail sent, [{"at", "account", "stream", "provider", "sent"}, …], under an id that the caller made; false if that batch was added before: '
	'nothing changes, so after a lost connection just hand it in again';

CREATE OR REPLACE FUNCTION carom.set_volume(day date, account text, stream text, provider text, sent bigint)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO carom.volume AS v (day, account, stream, provider, sent)
		VALUES ($1, coalesce($2, ''), coalesce($3, ''), coalesce($4, ''), $5)
	ON CONFLICT (day, account, stream, provider) DO UPDATE SET sent = excluded.sent
$$;
COMMENT ON FUNCTION carom.set_volume(date, text, text, text, bigint) IS
	'say how many recipients were mailed, for imports: the same import again changes nothing';
