-- SPDX-License-Identifier: BSD-2-Clause
-- carom - what no parser and no rule knows: for people who write the next rule

-- In PL/pgSQL, for Citus plans no SQL function with parameters over these tables.
DROP FUNCTION IF EXISTS carom.undetermined(date, date, text, text, int);
CREATE FUNCTION carom.undetermined(from_day date, to_day date, account text DEFAULT NULL, stream text DEFAULT NULL, most int DEFAULT 20000)
RETURNS TABLE (said text, provider text, events bigint, first_day date, last_day date, report bigint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT coalesce(e.diagnostic, ''), e.provider, count(*), min(e.day), max(e.day), max(e.report)
	FROM carom.event e
	WHERE e.day BETWEEN from_day AND to_day AND e.category = 'undetermined' AND NOT e.repeated
		AND (undetermined.account IS NULL OR e.account = undetermined.account)
		AND (undetermined.stream IS NULL OR e.stream = undetermined.stream)
	GROUP BY 1, 2
	ORDER BY 3 DESC, 6 DESC
	LIMIT most;
END
$$;
COMMENT ON FUNCTION carom.undetermined(date, date, text, text, int) IS
	'what servers said that no rule knows, most frequent first, as they said it: with the addresses of people. report: the last that said it. '
	'carom report undetermined puts together what differs in names only';

DROP FUNCTION IF EXISTS carom.unread(date, date, int);
CREATE FUNCTION carom.unread(from_day date, to_day date, most int DEFAULT 20000)
RETURNS TABLE (subject text, from_address text, reports bigint, first_day date, last_day date, report bigint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT coalesce(r.subject, ''), coalesce(r.from_address, ''), count(*), min(r.day), max(r.day), max(r.id)
	FROM carom.report r
	WHERE r.day BETWEEN from_day AND to_day AND r.kind = 'unrecognised' AND r.part = 0
	GROUP BY 1, 2
	ORDER BY 3 DESC, 6 DESC
	LIMIT most;
END
$$;
COMMENT ON FUNCTION carom.unread(date, date, int) IS
	'messages that no parser read, by subject and sender, most frequent first. report: the last of them';

DROP FUNCTION IF EXISTS carom.raw_kept(text);
CREATE FUNCTION carom.raw_kept(key text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT octet_length(r.message) FROM carom.raw r WHERE r.key = raw_kept.key);
END
$$;
COMMENT ON FUNCTION carom.raw_kept(text) IS 'octets of the report with that key, if it is kept whole; NULL: it is not. Who may read it is another question';
