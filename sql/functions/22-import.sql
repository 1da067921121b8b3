-- SPDX-License-Identifier: BSD-2-Clause
-- carom - a whole list taken in at once
--
-- carom.import_begin() makes a table of the transaction, whoever imports copies
-- rows into it, and carom.import_merge() takes all of them or none. The table is
-- made here, since what a stranger makes (a view, a policy of rows) would run
-- with the rights of these functions.

CREATE OR REPLACE FUNCTION carom.import_begin() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
BEGIN
	CREATE TEMPORARY TABLE carom_import (
		line bigint, address text, account text NOT NULL DEFAULT '', stream text NOT NULL DEFAULT '', reason text, source text,
		since timestamptz, expires_at timestamptz, provider text NOT NULL DEFAULT '', status text, rule text, confidence text,
		said_by text, author text, note text, spelling text) ON COMMIT DROP;
	GRANT INSERT ON pg_temp.carom_import TO PUBLIC;  -- that is, to who is in this session
END
$$;
COMMENT ON FUNCTION carom.import_begin() IS
	'make the table pg_temp.carom_import, for this transaction, to copy rows into; then carom.import_merge()';

-- Rows about somebody who was forgotten are about the name that is on the list. One hash of each
-- row is what finds them: the list has no address to join with.
CREATE OR REPLACE FUNCTION carom._import_hide() RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	k      record;
	hidden text[];
BEGIN
	SELECT f.inner_pad, f.outer_pad INTO k FROM carom.forget_key f;
	IF k.inner_pad IS NULL THEN
		RETURN;
	END IF;
	-- asked by itself, for on Citus these names and the rows handed in lie on different machines
	hidden := ARRAY(SELECT DISTINCT s.address FROM carom.suppression s WHERE left(s.address, 1) = '#' AND carom._is_hidden(s.address));
	UPDATE pg_temp.carom_import t SET address = h.name, spelling = h.name
		FROM unnest(hidden) h(name)
		WHERE right(h.name, 32) = encode(substr(carom._hmac_padded(k.inner_pad, k.outer_pad, t.address), 1, 16), 'hex');
END
$$;

-- What the program promises of each row, since not only the program may call.
CREATE OR REPLACE FUNCTION carom._import_fault(address text, reason text, source text, author text, spelling text, short text, note text)
RETURNS text
LANGUAGE sql STABLE
AS $$
	SELECT CASE
		WHEN (carom.normalise(address) = address OR carom._is_hidden(address)) IS NOT TRUE THEN format('"%s" is no address in its normal spelling', left(address, 400))
		WHEN coalesce(btrim(reason), '') = '' THEN 'a reason is needed'
		WHEN lower(btrim(author)) = 'carom' THEN 'carom is the author of what the program does'
		WHEN (source IN ('bounce', 'complaint', 'unsubscribe', 'upstream', 'staff', 'import')) IS NOT TRUE
			THEN format('"%s" is no source', left(source, 100))
		WHEN octet_length(spelling) > 1000 OR length(reason) > 100 OR length(author) > 100 OR length(note) > 2000 OR octet_length(short) > 3000
			THEN 'a text is too long'
	END
$$;

CREATE OR REPLACE FUNCTION carom.import_merge(author text DEFAULT NULL, dry_run boolean DEFAULT false,
	OUT added bigint, OUT replaced bigint, OUT kept bigint, OUT repeated bigint, OUT expired bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off SET work_mem = '64MB'
AS $$
#variable_conflict use_column
DECLARE
	who    text := carom._author(import_merge.author);
	moment timestamptz := clock_timestamp();
	today  date := carom.day();
	given  bigint;
	taken  bigint;
	bad    bigint;
	mine   xid8;
	me     text := session_user;  -- a machine of Citus is logged in at as somebody else
	place  record;
	-- Of one address in one scope the strongest: what lasts for good, then what a
	-- person said, then the latest end. In the order of the key, which is how record() takes them.
	rows constant text := $q$
		SELECT DISTINCT ON (t.address, t.account, t.stream) t.address, t.account, t.stream, coalesce(t.spelling, t.address) AS spelling,
			t.reason, t.source, least(t.since, $2) AS since, $2 AS changed_at, t.expires_at, t.provider, t.status, t.rule, t.confidence,
			t.said_by, CASE WHEN t.source IN ('staff', 'import') THEN coalesce(nullif(btrim(t.author), ''), $1) ELSE $1 END AS author,
			session_user::text AS login, t.note,
			-- _home_of() put in here: a call for each row would be a tenth of the time
			CASE WHEN left(t.address, 1) = '#' THEN carom._home_of(t.address)
				ELSE get_byte(sha256(convert_to(t.address, 'UTF8')), 0) & 63 END AS home
		FROM pg_temp.carom_import t
		WHERE t.expires_at IS NULL OR t.expires_at > $2
		ORDER BY 1, 2, 3, t.expires_at DESC NULLS FIRST, t.source IN ('complaint', 'unsubscribe') DESC, t.line
	$q$;
	upsert constant text := $q$
		INSERT INTO carom.suppression AS s (address, account, stream, spelling, reason, source, since, changed_at, expires_at, provider,
				status, rule, confidence, said_by, author, login, note, home)
			SELECT * FROM (%s) r %s
			ON CONFLICT ON CONSTRAINT suppression_pkey DO UPDATE SET
				reason = excluded.reason, source = excluded.source, expires_at = excluded.expires_at,
				since = CASE WHEN s.expires_at <= excluded.changed_at THEN excluded.since ELSE s.since END,
				changes = CASE WHEN s.expires_at <= excluded.changed_at THEN 1 ELSE s.changes + 1 END,
				changed_at = excluded.changed_at, provider = excluded.provider, status = excluded.status,
				rule = excluded.rule, rules = NULL, confidence = excluded.confidence, said_by = excluded.said_by,
				report_key = NULL, event = NULL, event_day = NULL,
				author = excluded.author, login = excluded.login, note = excluded.note
			WHERE carom._yields(s.source, s.reason, s.expires_at, excluded.source, excluded.reason, excluded.expires_at, excluded.changed_at)
	$q$;
	log constant text := $q$
		INSERT INTO carom.suppression_log (day, change, address, account, stream, reason, source, expires_at, provider, status, rule,
				confidence, said_by, author, note, home, xact)
			SELECT $3, CASE w.changes WHEN 1 THEN 'add' ELSE 'replace' END, w.address, w.account, w.stream, w.reason, w.source, w.expires_at,
				w.provider, w.status, w.rule, w.confidence, w.said_by, w.author, w.note, w.home, $4
	$q$;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = to_regclass('pg_temp.carom_import') AND c.relkind = 'r'
			AND c.relowner = current_user::regrole) THEN
		RAISE EXCEPTION 'nothing was handed in: carom.import_begin() comes first' USING ERRCODE = 'object_not_in_prerequisite_state';
	END IF;
	SELECT count(*), count(*) FILTER (WHERE t.expires_at <= moment),
			min(t.line) FILTER (WHERE carom._import_fault(t.address, t.reason, t.source, t.author, t.spelling,
				concat(t.account, t.stream, t.provider, t.status, t.rule, t.confidence, t.said_by), t.note) IS NOT NULL)
		INTO given, expired, bad FROM pg_temp.carom_import t;
	IF bad IS NOT NULL THEN
		RAISE EXCEPTION 'line %: %', bad, (SELECT min(carom._import_fault(t.address, t.reason, t.source, t.author, t.spelling,
				concat(t.account, t.stream, t.provider, t.status, t.rule, t.confidence, t.said_by), t.note))
				FROM pg_temp.carom_import t WHERE t.line = bad)
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM carom._import_hide();
	IF dry_run THEN
		ANALYZE pg_temp.carom_import;
		EXECUTE format($q$
			SELECT count(*) FILTER (WHERE s.address IS NULL OR s.expires_at <= $2),
				count(*) FILTER (WHERE NOT s.expires_at <= $2 IS TRUE AND carom._yields(s.source, s.reason, s.expires_at, r.source, r.reason,
					r.expires_at, $2))
			FROM (%s) r LEFT JOIN carom.suppression s ON (s.home, s.address, s.account, s.stream) = (r.home, r.address, r.account, r.stream)
			$q$, rows) INTO added, replaced USING who, moment;
	ELSIF carom.setting('distributed') = 'yes' THEN
		-- no row of the list was written at exactly this moment by somebody else
		EXECUTE format(upsert, rows, 'ORDER BY r.home, r.address, r.account, r.stream') USING who, moment;
		mine := pg_current_xact_id();
		EXECUTE log || ' FROM carom.suppression w WHERE w.changed_at = $2 AND w.login = $5' USING who, moment, today, mine, me;
		SELECT count(*) FILTER (WHERE s.changes = 1), count(*) FILTER (WHERE s.changes > 1) INTO added, replaced
			FROM carom.suppression s WHERE s.changed_at = moment AND s.login = me;
		FOR place IN
			SELECT x.home, array_agg(x.id ORDER BY x.id) AS ids FROM (
				SELECT l.home, max(l.id) AS id
				FROM carom.suppression_log l JOIN carom.suppression s ON (s.home, s.address, s.account, s.stream) = (l.home, l.address, l.account, l.stream)
				WHERE s.changed_at = moment AND s.login = me AND l.xact = mine
				GROUP BY l.home, l.address, l.account, l.stream) x
			GROUP BY x.home ORDER BY x.home
		LOOP
			PERFORM carom._feed_changes_at(place.home, mine, place.ids);
		END LOOP;
	ELSE
		EXECUTE format('WITH w AS (%s RETURNING s.changes, s.address, s.account, s.stream, s.reason, s.source, s.expires_at, s.provider, '
			's.status, s.rule, s.confidence, s.said_by, s.author, s.note, s.home), logged AS (%s FROM w RETURNING change) '
			'SELECT count(*) FILTER (WHERE change = ''add''), count(*) FILTER (WHERE change = ''replace'') FROM logged',
			format(upsert, rows, ''), log) INTO added, replaced USING who, moment, today, pg_current_xact_id();
	END IF;
	-- A file that is all new, as most are, has no row twice; else they are counted: that sorts it once more.
	taken := given - expired;
	IF added + replaced < taken THEN
		SELECT count(*) INTO taken FROM (SELECT FROM pg_temp.carom_import t WHERE t.expires_at IS NULL OR t.expires_at > moment
			GROUP BY t.address, t.account, t.stream) x;
	END IF;
	kept := taken - added - replaced;
	repeated := given - expired - taken;
	IF added + replaced > 0 AND NOT dry_run THEN
		PERFORM pg_notify('carom_suppression', '');
	END IF;
END
$$;
COMMENT ON FUNCTION carom.import_merge(text, boolean) IS
	'take in all rows of pg_temp.carom_import as carom.suppress() would one by one: added, replaced (for less before), kept (what was there is '
	'as strong), repeated (a stronger row of the same address and scope was among them), expired. dry_run only counts. All are taken, or none';
