-- SPDX-License-Identifier: BSD-2-Clause
-- carom - what the mail log tells of deliveries, and what others tell of our mail

-- What is worked out for each line is cheap; days and kinds are worked out once.
CREATE OR REPLACE FUNCTION carom.add_deliveries(minutes bigint[], line_minutes int[], lines bigint[], line_kinds int[], line_counts int[], kinds jsonb)
RETURNS TABLE (counted bigint, known bigint, too_old bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off SET jit = off  -- there are more lines than a plan believes, and compiling it takes longer
AS $$
#variable_conflict use_column
DECLARE
	oldest timestamptz := coalesce(carom.setting('log_from')::timestamptz, '-infinity');
	times  timestamptz[] := ARRAY(SELECT to_timestamp(m.minute * 60) FROM unnest(minutes) WITH ORDINALITY AS m(minute, n) ORDER BY m.n);
	days   date[] := ARRAY(SELECT carom._volume_day(carom.day(m.at)) FROM unnest(times) WITH ORDINALITY AS m(at, n) ORDER BY m.n);
BEGIN
	-- Two readers of the same lines: the second waits, and then knows them.
	LOCK TABLE carom.log_minute IN SHARE ROW EXCLUSIVE MODE;
	RETURN QUERY
	WITH given AS MATERIALIZED (
		SELECT l.line, l.minute, min(l.kind) AS kind, min(l.count) AS count
		FROM unnest(lines, line_minutes, line_kinds, line_counts) AS l(line, minute, kind, count)
		GROUP BY 1, 2
	), before AS MATERIALIZED (
		SELECT t.n::int AS minute, unnest(m.lines) AS line
		FROM unnest(times) WITH ORDINALITY AS t(at, n) JOIN carom.log_minute m ON m.minute = t.at
	), fresh AS MATERIALIZED (
		SELECT g.* FROM given g LEFT JOIN before b USING (minute, line)
		WHERE b.line IS NULL AND times[g.minute] >= oldest
	), noted AS (
		INSERT INTO carom.log_minute AS m (minute, lines)
			SELECT times[f.minute], array_agg(f.line) FROM fresh f GROUP BY f.minute
			ON CONFLICT (minute) DO UPDATE SET lines = m.lines || excluded.lines
	), sums AS MATERIALIZED (
		SELECT days[f.minute] AS day, f.kind, sum(f.count)::bigint AS recipients FROM fresh f GROUP BY 1, 2
	), added AS (
		INSERT INTO carom.delivery AS d (day, account, stream, provider, outcome, category, class, told, recipients)
			SELECT s.day, left(coalesce(k.account, ''), 128), left(coalesce(k.stream, ''), 128), left(coalesce(k.provider, ''), 64),
				k.outcome, coalesce(k.category, ''), coalesce(k.class, ''), coalesce(k.told, false), sum(carom._volume(s.recipients))
			FROM sums s
				JOIN jsonb_array_elements(kinds) WITH ORDINALITY AS j(kind, n) ON j.n = s.kind
				CROSS JOIN LATERAL jsonb_to_record(j.kind) AS k(account text, stream text, provider text, outcome text, category text,
					class text, told boolean)
			GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
			ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
			ON CONFLICT ON CONSTRAINT delivery_pkey DO UPDATE SET recipients = d.recipients + excluded.recipients
	)
	SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM given g WHERE times[g.minute] >= oldest) - (SELECT count(*) FROM fresh),
		(SELECT count(*) FROM given g WHERE times[g.minute] < oldest);
END
$$;
COMMENT ON FUNCTION carom.add_deliveries(bigint[], int[], bigint[], int[], int[], jsonb) IS
	'count lines of a mail log, each once. minutes: of Unix time, that the lines are of. Of each line: which of the minutes (from 1), its number, '
	'which of the kinds (from 1), how many recipients. kinds: [{"account", "stream", "provider", "outcome", "category", "class", "told"}, …]. '
	'Gives how many lines were counted now, were counted before, and are older than what is remembered';

CREATE OR REPLACE FUNCTION carom.log_position(first text) RETURNS TABLE ("position" bigint, tail text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT f.position, f.tail FROM carom.log_file f WHERE f.first = $1 $$;
COMMENT ON FUNCTION carom.log_position(text) IS 'how far the log file with that first line was read';

CREATE OR REPLACE FUNCTION carom.log_queue(host text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT h.queue FROM carom.log_host h WHERE h.host = $1 $$;
COMMENT ON FUNCTION carom.log_queue(text) IS 'the messages that were under way on a host where its log was last read to';

CREATE OR REPLACE FUNCTION carom.log_read(first text, "position" bigint, tail text, hosts text[], queues text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF log_read.first IS NOT NULL THEN
		INSERT INTO carom.log_file AS f (first, position, tail) VALUES (log_read.first, log_read.position, log_read.tail)
			ON CONFLICT ON CONSTRAINT log_file_pkey DO UPDATE SET position = excluded.position, tail = excluded.tail, read_at = now();
	END IF;
	INSERT INTO carom.log_host AS h (host, queue)
		SELECT x.host, x.queue FROM unnest(hosts, queues) AS x(host, queue) ORDER BY x.host
		ON CONFLICT ON CONSTRAINT log_host_pkey DO UPDATE SET queue = excluded.queue, read_at = now();
END
$$;
COMMENT ON FUNCTION carom.log_read(text, bigint, text, text[], text[]) IS
	'note that a log file (NULL: a pipe) was read up to a position, and what was under way on its hosts then';

CREATE OR REPLACE FUNCTION carom.stream_scope(number int) RETURNS TABLE (account text, stream text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT s.account, s.stream FROM carom.stream s WHERE s.number = $1 $$;
COMMENT ON FUNCTION carom.stream_scope(int) IS 'account and stream that have this number in signed return addresses; no row: nobody has it';

-- One step of forgetting, of carom.prune().
CREATE OR REPLACE FUNCTION carom._prune_log(most int) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	before timestamptz := date_trunc('day', now() - interval '35 days');
	n      bigint;
BEGIN
	-- what is forgotten could be counted a second time: from now on it is not counted at all
	IF EXISTS (SELECT FROM carom.log_minute m WHERE m.minute < before)
		AND coalesce(carom.setting('log_from')::timestamptz, '-infinity') < before
	THEN
		PERFORM carom.set_setting('log_from', to_char(before AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
	END IF;
	DELETE FROM carom.log_minute m WHERE m.minute = ANY (ARRAY(
		SELECT x.minute FROM carom.log_minute x WHERE x.minute < before ORDER BY x.minute LIMIT most));
	GET DIAGNOSTICS n = ROW_COUNT;
	DELETE FROM carom.log_file f WHERE f.read_at < now() - interval '400 days';
	DELETE FROM carom.log_host h WHERE h.read_at < now() - interval '400 days';
	RETURN n;
END
$$;

CREATE OR REPLACE FUNCTION carom.set_outside(source text, rows jsonb)
RETURNS TABLE (added bigint, changed bigint, same bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH given AS MATERIALIZED (
		-- the last of several in one import counts
		SELECT DISTINCT ON (1, 2, 3, 4, 5, 6) carom._volume_day(x.day) AS day, left(coalesce(x.account, ''), 128) AS account,
			left(coalesce(x.stream, ''), 128) AS stream, left(coalesce(x.provider, ''), 64) AS provider,
			left(coalesce(x.subject, ''), 255) AS subject, left(x.metric, 64) AS metric, x.value, left(x.word, 255) AS word,
			x.dimension
		FROM jsonb_array_elements(rows) WITH ORDINALITY AS j(row, n)
			CROSS JOIN LATERAL jsonb_to_record(j.row) AS x(day date, account text, stream text, provider text, subject text, metric text,
				value numeric, word text, dimension text)
		ORDER BY 1, 2, 3, 4, 5, 6, j.n DESC
	), before AS MATERIALIZED (
		SELECT g.*, o.metric IS NOT NULL AS there, (o.value, o.word) IS NOT DISTINCT FROM (g.value, g.word) AS alike
		FROM given g LEFT JOIN carom.outside o ON o.source = set_outside.source
			AND (o.day, o.account, o.stream, o.provider, o.subject, o.metric) = (g.day, g.account, g.stream, g.provider, g.subject, g.metric)
	), sent AS (
		-- what was sent is no word of others: it is the denominator
		INSERT INTO carom.volume AS v (day, account, stream, provider, sent)
			SELECT b.day, b.account, b.stream, b.provider, carom._volume(b.value::bigint) FROM before b
			WHERE set_outside.source = 'counts' AND b.metric = 'sent' AND b.dimension IS NULL
			ON CONFLICT ON CONSTRAINT volume_pkey DO UPDATE SET sent = excluded.sent
	), named AS (
		-- of a campaign or an address alone: the stream has a row of its own
		INSERT INTO carom.named_volume AS v (day, dimension, account, stream, provider, name, sent)
			SELECT b.day, b.dimension, b.account, b.stream, b.provider,
				CASE b.dimension WHEN 'ip' THEN host(carom._inet(b.subject)) ELSE carom._campaign(b.subject, NULL) END, sum(carom._volume(b.value::bigint))
			FROM before b
			WHERE set_outside.source = 'counts' AND b.metric = 'sent' AND b.dimension IN ('campaign', 'ip')
			GROUP BY 1, 2, 3, 4, 5, 6
			ON CONFLICT ON CONSTRAINT named_volume_pkey DO UPDATE SET sent = excluded.sent
	), written AS (
		INSERT INTO carom.outside AS o (day, source, account, stream, provider, subject, metric, value, word)
			SELECT b.day, set_outside.source, b.account, b.stream, b.provider, b.subject, b.metric, b.value, b.word FROM before b
			ON CONFLICT ON CONSTRAINT outside_pkey DO UPDATE SET value = excluded.value, word = excluded.word, told_at = now()
	)
	SELECT count(*) FILTER (WHERE NOT b.there), count(*) FILTER (WHERE b.there AND NOT b.alike), count(*) FILTER (WHERE b.alike AND b.there)
	FROM before b;
END
$$;
COMMENT ON FUNCTION carom.set_outside(text, jsonb) IS
	'say what others count, [{"day", "account", "stream", "provider", "subject", "metric", "value", "word"}, …]; the same row again replaces. '
	'Of counts, the metric sent is also the number of mails sent in carom.volume. Gives how many rows are new, changed, and were the same';
