-- SPDX-License-Identifier: BSD-2-Clause
-- carom - small functions that the others stand on
--
-- Names with a leading underscore are for the functions here, not for people.
-- The _xxx readers take what a stranger's mail says and give NULL where it
-- makes no sense: nothing in a report can make record() fail.

-- Punycode (RFC 3492) of one label that is not all ASCII.
CREATE OR REPLACE FUNCTION carom._punycode(label text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	codes  int[] := ARRAY(SELECT ascii(c.c) FROM string_to_table(label, NULL) WITH ORDINALITY c(c, n) ORDER BY c.n);
	basic  text := regexp_replace(label, '[^\x01-\x7f]', '', 'g');
	done   int := length(basic);
	basics int := length(basic);
	n      int := 128;
	delta  bigint := 0;
	bias   int := 72;
	digits text := CASE WHEN basic = '' THEN '' ELSE basic || '-' END;
	least  int;
	code   int;
	q      bigint;
	k      int;
	t      int;
BEGIN
	WHILE done < cardinality(codes) LOOP
		SELECT min(c) INTO least FROM unnest(codes) c WHERE c >= n;
		delta := delta + (least - n)::bigint * (done + 1);
		n := least;
		FOREACH code IN ARRAY codes LOOP
			IF code < n THEN
				delta := delta + 1;
			ELSIF code = n THEN
				q := delta;
				k := 36;
				LOOP
					t := least(greatest(k - bias, 1), 26);
					EXIT WHEN q < t;
					digits := digits || substr('abcdefghijklmnopqrstuvwxyz0123456789', (t + (q - t) % (36 - t))::int + 1, 1);
					q := (q - t) / (36 - t);
					k := k + 36;
				END LOOP;
				digits := digits || substr('abcdefghijklmnopqrstuvwxyz0123456789', q::int + 1, 1);
				-- how far apart the next ones may be (section 6.1)
				delta := delta / CASE WHEN done = basics THEN 700 ELSE 2 END;
				delta := delta + delta / (done + 1);
				k := 0;
				WHILE delta > 455 LOOP
					delta := delta / 35;
					k := k + 36;
				END LOOP;
				bias := (k + 36 * delta / (delta + 38))::int;
				delta := 0;
				done := done + 1;
			END IF;
		END LOOP;
		delta := delta + 1;
		n := n + 1;
	END LOOP;
	RETURN 'xn--' || digits;
END
$$;

-- The domain as A-labels (RFC 5890): what is left of the mapping of UTS 46, and
-- no check of what may be registered, which is the program's and the MTA's.
CREATE OR REPLACE FUNCTION carom._a_labels(domain text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	mapped text;
BEGIN
	IF domain !~ '[^\x01-\x7f]' THEN
		RETURN lower(domain COLLATE "C");
	END IF;
	mapped := normalize(regexp_replace(translate(domain, chr(12290) || chr(65294) || chr(65377), '...'),
		'[\u00AD\u034F\u180B-\u180D\u200B\u2060\u2064\uFE00-\uFE0F\uFEFF]', '', 'g'), NFKC);
	BEGIN
		mapped := normalize(lower(mapped COLLATE "und-x-icu"), NFC);
	EXCEPTION WHEN undefined_object THEN
		RAISE EXCEPTION 'the domain "%" is not ASCII, and this server knows no Unicode: it has no ICU', left(domain, 300)
			USING ERRCODE = 'feature_not_supported', HINT = 'Write the domain as A-labels (xn--).';
	END;
	RETURN (SELECT string_agg(CASE WHEN l.label ~ '[^\x01-\x7f]' THEN carom._punycode(l.label)
			ELSE lower(l.label COLLATE "C") END, '.' ORDER BY l.n)
		FROM string_to_table(mapped, '.') WITH ORDINALITY AS l(label, n));
END
$$;

-- The domain in lower case and as A-labels, without the dot that may end it; NULL if it is none.
CREATE OR REPLACE FUNCTION carom._normal_domain(spelled text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- what is not ASCII at its ends is no dot yet
	plain text := rtrim(lower(spelled COLLATE "C"), '.');
BEGIN
	IF octet_length(plain) > 255 THEN
		RETURN NULL;
	ELSIF plain ~ '^\[[0-9a-z.:-]{2,}\]$' THEN
		RETURN plain;
	ELSIF plain !~ '^([a-z0-9_-]|[^\x01-\x7f])+(\.([a-z0-9_-]|[^\x01-\x7f])+)*$' THEN
		RETURN NULL;
	END IF;
	plain := rtrim(carom._a_labels(plain), '.');
	RETURN CASE WHEN octet_length(plain) <= 255 AND plain ~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)*$' THEN plain END;
END
$$;

-- normalise() for whatever is not spelled as most addresses are. The program
-- does the same in src/mail/address_normal.c, which says why; a test compares.
CREATE OR REPLACE FUNCTION carom._normalise(given text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	chars   text[] := string_to_array(translate(given, E'\t\r\n', '   '), NULL);
	most    int := coalesce(cardinality(chars), 0);
	c       text;
	i       int := 1;
	depth   int;
	kept    text[] := '{}';      -- the characters of the address
	bare    boolean[] := '{}';   -- whether each stood there without quotes
	pending boolean := false;    -- white space before the next one
	bracket boolean := false;
	closed  boolean := false;
	quoted  boolean := false;    -- there were quotes, maybe with nothing in them
	at      int;
	local   text[];
	domain  text;
	plain   text;
	below   text := '';      -- "." where all below a domain is meant, "@.example.org"
BEGIN
	IF octet_length(given) > 1000 OR translate(given, E'\t\r\n', '   ') ~ '[\x01-\x1f\x7f]' THEN
		RETURN NULL;
	END IF;
	WHILE i <= most AND NOT closed LOOP
		c := chars[i];
		IF c = '(' THEN  -- a comment, which may hold others
			depth := 0;
			LOOP
				IF i > most THEN
					RETURN NULL;
				ELSIF chars[i] = '\' AND i < most THEN
					i := i + 1;
				ELSIF chars[i] = '(' THEN
					depth := depth + 1;
					IF depth > 50 THEN
						RETURN NULL;
					END IF;
				ELSIF chars[i] = ')' THEN
					depth := depth - 1;
				END IF;
				i := i + 1;
				EXIT WHEN depth = 0;
			END LOOP;
			pending := true;
		ELSIF c = ' ' THEN
			pending := true;
			i := i + 1;
		ELSIF c = '<' THEN  -- what stood before it was a name
			kept := '{}';
			bare := '{}';
			bracket := true;
			pending := false;
			i := i + 1;
		ELSIF c = '>' THEN
			IF NOT bracket THEN
				RETURN NULL;
			END IF;
			closed := true;
		ELSIF c IN (')', ';') OR c = ',' AND (kept[1] = '@' AND bare[1]
				AND NOT EXISTS (SELECT FROM unnest(kept, bare) AS x(c, b) WHERE x.c = ':' AND x.b)) IS NOT TRUE THEN
			RETURN NULL;  -- not one address; commas part the hosts of a source route
		ELSE
			IF pending AND cardinality(kept) > 0 AND c NOT IN ('@', '.', ':')
				AND NOT (bare[cardinality(bare)] AND kept[cardinality(kept)] IN ('@', '.', ':')) THEN
				kept := kept || ' '::text;
				bare := bare || false;
			END IF;
			pending := false;
			IF c = '"' THEN
				quoted := true;
				i := i + 1;
				WHILE i <= most AND chars[i] <> '"' LOOP
					IF chars[i] = '\' AND i < most THEN
						i := i + 1;
					END IF;
					kept := kept || chars[i];
					bare := bare || false;
					i := i + 1;
				END LOOP;
				IF i > most THEN
					RETURN NULL;
				END IF;
			ELSIF c = '\' THEN
				i := i + 1;
				IF i > most THEN
					RETURN NULL;
				END IF;
				kept := kept || chars[i];
				bare := bare || false;
			ELSE
				kept := kept || c;
				bare := bare || true;
			END IF;
			i := i + 1;
		END IF;
	END LOOP;
	IF bracket AND NOT closed THEN
		RETURN NULL;
	END IF;

	-- A source route names hosts on the way, not the mailbox.
	IF kept[1] = '@' AND bare[1] THEN
		SELECT min(x.n) INTO at FROM unnest(kept, bare) WITH ORDINALITY AS x(c, b, n) WHERE x.c = ':' AND x.b;
		IF at IS NOT NULL THEN
			kept := kept[at + 1:];
			bare := bare[at + 1:];
		END IF;
	END IF;
	-- The last "@" parts; without one, as Postfix has it, "domain!local" and "local%domain".
	SELECT max(x.n) INTO at FROM unnest(kept, bare) WITH ORDINALITY AS x(c, b, n) WHERE x.c = '@' AND x.b;
	IF at IS NULL THEN
		SELECT min(x.n) INTO at FROM unnest(kept, bare) WITH ORDINALITY AS x(c, b, n) WHERE x.c = '!' AND x.b;
		IF at IS NOT NULL THEN
			local := kept[at + 1:];
			domain := array_to_string(kept[:at - 1], '');
		ELSE
			SELECT max(x.n) INTO at FROM unnest(kept, bare) WITH ORDINALITY AS x(c, b, n) WHERE x.c = '%' AND x.b;
		END IF;
	END IF;
	IF at IS NULL THEN
		RETURN NULL;
	ELSIF local IS NULL THEN
		local := kept[:at - 1];
		domain := array_to_string(kept[at + 1:], '');
	END IF;
	IF cardinality(local) = 0 AND left(domain, 1) = '.' THEN
		below := '.';
		domain := substr(domain, 2);
	END IF;
	domain := carom._normal_domain(domain);
	IF domain IS NULL OR local[1] = '@' AND bare[1] THEN  -- or a route that leads nowhere
		RETURN NULL;
	ELSIF cardinality(local) = 0 THEN
		RETURN CASE WHEN kept[1] = '@' AND left(domain, 1) <> '[' AND NOT quoted THEN '@' || below || domain END;
	END IF;
	plain := lower(array_to_string(local, '') COLLATE "C");
	IF plain ~ '[^a-z0-9!#$%&''*+/=?^_`{|}~.\x80-\U0010ffff-]' THEN
		plain := '"' || regexp_replace(plain, '(["\\])', '\\\1', 'g') || '"';
	END IF;
	RETURN CASE WHEN octet_length(plain || '@' || domain) <= 320 THEN plain || '@' || domain END;
END
$$;

CREATE OR REPLACE FUNCTION carom.normalise(address text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN octet_length(address) <= 255
			AND lower(address COLLATE "C") ~ '^[a-z0-9!#$%&''*+/=?^_`{|}~.-]+@[a-z0-9_-]+(\.[a-z0-9_-]+)*$'
		THEN lower(address COLLATE "C") ELSE carom._normalise(address) END
$$;
COMMENT ON FUNCTION carom.normalise(text) IS
	'the one spelling under which an address, or @domain, or @.domain, is kept and looked up: ASCII letters in lower case, the domain as A-labels, '
	'no comments, source routes, needless quotes or final dot; NULL for what is neither';

-- In PL/pgSQL, which keeps its plan: record() and what it calls ask several times.
CREATE OR REPLACE FUNCTION carom.setting(name text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT s.value FROM carom.setting s WHERE s.name = $1);
END
$$;
COMMENT ON FUNCTION carom.setting(text) IS 'a setting, or NULL';

COMMENT ON COLUMN carom.setting.name IS 'see carom.settings()';

CREATE OR REPLACE FUNCTION carom.day(moment timestamptz DEFAULT now()) RETURNS date
LANGUAGE sql STABLE
AS $$ SELECT (moment AT TIME ZONE carom.setting('timezone'))::date $$;
COMMENT ON FUNCTION carom.day(timestamptz) IS 'the day of a moment, now if none is given, in the time zone of the setting';

-- Is it the name of a forgotten address (34-forget.sql)?
CREATE OR REPLACE FUNCTION carom._is_hidden(name text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT left(name, 1) = '#' AND name ~ '^#[0-3][0-9a-f]{49}$' $$;

-- Everything about an address lies in its home, one of 64: six bits of a digest
-- that any program can compute. Whoever counts what happened to an address locks
-- one of the 64 rows of that home first.
--
-- In PL/pgSQL, like others here that record() calls: a function in SQL that is not
-- put in where it is called is parsed and planned anew for each call of record().
CREATE OR REPLACE FUNCTION carom._home_of(address text) RETURNS int
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
	IF left(address, 1) = '#' AND carom._is_hidden(address) THEN
		RETURN get_byte(decode(substr(address, 2, 2), 'hex'), 0);
	END IF;
	RETURN get_byte(sha256(convert_to(address, 'UTF8')), 0) & 63;
END
$$;
COMMENT ON FUNCTION carom._home_of(text) IS
	'the home of an address, 0 to 63: the low six bits of the first octet of its SHA-256; the name of a forgotten one begins with it';

-- The same as one expression, which is put in where it is called, for what
-- convert_to() is does not keep a STABLE function from that.
CREATE OR REPLACE FUNCTION carom._home(address text) RETURNS int
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN left(address, 1) = '#' THEN carom._home_of(address) ELSE get_byte(sha256(convert_to(address, 'UTF8')), 0) & 63 END
$$;

CREATE OR REPLACE FUNCTION carom._address_lock(address text) RETURNS int
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
	digest bytea := sha256(convert_to(address, 'UTF8'));
BEGIN
	RETURN CASE WHEN left(address, 1) = '#' THEN carom._home_of(address) ELSE get_byte(digest, 0) & 63 END * 64 + (get_byte(digest, 1) & 63);
END
$$;

-- The homes of these addresses, for who looks something up by address; NULL on one
-- server, where the address alone finds it.
CREATE OR REPLACE FUNCTION carom._homes(addresses text[]) RETURNS int[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	IF carom.setting('distributed') IS DISTINCT FROM 'yes' THEN
		RETURN NULL;
	END IF;
	RETURN ARRAY(SELECT DISTINCT carom._home_of(a) FROM unnest(addresses) a WHERE a IS NOT NULL);
END
$$;

-- These homes in the order in which everybody goes through them on Citus: those of
-- one place together, since record() works on a place at a time.
CREATE OR REPLACE FUNCTION carom._in_order(homes int[]) RETURNS int[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN ARRAY(SELECT h FROM unnest(homes) h ORDER BY get_shard_id_for_distribution_column('carom.home', h), h);
END
$$;

-- Waits until nobody else counts what happened to these addresses, or undoes what
-- came of it; until the end of the transaction nobody will. The statement after
-- this one sees what the others did.
CREATE OR REPLACE FUNCTION carom._lock_addresses(addresses text[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	there   int;
	numbers int[];
	wanted  int;
BEGIN
	-- There, what others committed meanwhile would stay unseen.
	IF current_setting('transaction_isolation') = 'repeatable read' THEN
		RAISE EXCEPTION 'carom counts in transactions that are READ COMMITTED or SERIALIZABLE, not REPEATABLE READ'
			USING ERRCODE = 'invalid_transaction_state';
	END IF;
	IF (SELECT s.value FROM carom.setting s WHERE s.name = 'distributed') IS DISTINCT FROM 'yes' THEN
		IF cardinality(addresses) = 1 THEN
			wanted := carom._address_lock(addresses[1]);
			PERFORM 1 FROM carom.address_lock l WHERE l.number = wanted FOR NO KEY UPDATE;
			RETURN;
		END IF;
		numbers := ARRAY(SELECT DISTINCT carom._address_lock(a) FROM unnest(addresses) a WHERE a IS NOT NULL);
		-- in one order, so that two who want the same rows never deadlock
		PERFORM 1 FROM carom.address_lock l WHERE l.number = ANY (numbers) ORDER BY l.number FOR NO KEY UPDATE;
		RETURN;
	END IF;
	numbers := ARRAY(SELECT DISTINCT carom._address_lock(a) FROM unnest(addresses) a WHERE a IS NOT NULL);
	FOREACH there IN ARRAY carom._in_order(ARRAY(SELECT DISTINCT n >> 6 FROM unnest(numbers) n)) LOOP
		PERFORM 1 FROM carom.address_lock l WHERE l.home = there AND l.number = ANY (numbers) ORDER BY l.number FOR NO KEY UPDATE;
	END LOOP;
END
$$;

-- jsonb_to_record() wants an object, and takes any of its members as text.
CREATE OR REPLACE FUNCTION carom._object(given jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN jsonb_typeof(given) = 'object' THEN given ELSE '{}' END $$;

-- The same of an address alone, '' where there is none.
CREATE OR REPLACE FUNCTION carom._odd_address(given text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	plain text;
BEGIN
	-- An array or an object where an address should be comes here as its text, and is none.
	IF given IS NULL OR given ~ '^\s*(\[|\{")' THEN
		RETURN '';
	END IF;
	plain := carom.normalise(given);
	RETURN CASE WHEN left(plain, 1) = '@' THEN '' ELSE coalesce(plain, '') END;
END
$$;

-- One expression, so that it is put in where it is called: the usual spelling is
-- looked at twice for each outcome.
CREATE OR REPLACE FUNCTION carom._address(given text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN octet_length(given) <= 255
			AND lower(given COLLATE "C") ~ '^[a-z0-9!#$%&''*+/=?^_`{|}~.-]+@[a-z0-9_-]+(\.[a-z0-9_-]+)*$'
		THEN lower(given COLLATE "C") ELSE carom._odd_address(given) END
$$;

CREATE OR REPLACE FUNCTION carom._int(given jsonb, low bigint, high bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN jsonb_typeof(given) = 'number' THEN CASE WHEN given::numeric BETWEEN low AND high THEN given::numeric::bigint END END
$$;

CREATE OR REPLACE FUNCTION carom._texts(given jsonb, most int, longest int) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
	IF jsonb_typeof(given) = 'string' THEN
		RETURN ARRAY[left(given #>> '{}', longest)];
	ELSIF jsonb_typeof(given) = 'array' THEN
		RETURN (SELECT array_agg(left(x.v #>> '{}', longest) ORDER BY x.n)
			FROM jsonb_array_elements(given) WITH ORDINALITY AS x(v, n)
			WHERE x.n <= most AND jsonb_typeof(x.v) = 'string');
	END IF;
	RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION carom._odd_date(given text) RETURNS date
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL RESTRICTED
AS $$
BEGIN
	IF given ~ '^\d{4}-\d\d-\d\d$' THEN
		RETURN make_date(left(given, 4)::int, substr(given, 6, 2)::int, right(given, 2)::int);
	END IF;
	RETURN NULL;
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END
$$;

-- As with _time(): no day that a year may lack.
CREATE OR REPLACE FUNCTION carom._date(given text) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL RESTRICTED
AS $$
	SELECT CASE WHEN given ~ '^[1-9]\d{3}-((0[13-9]|1[0-2])-(0[1-9]|[12]\d|30)|(0[13578]|1[02])-31|02-(0[1-9]|1\d|2[0-8]))$'
		THEN make_date(left(given, 4)::int, substr(given, 6, 2)::int, right(given, 2)::int) ELSE carom._odd_date(given) END
$$;

-- RFC 3339 and what Postgres itself prints in DateStyle ISO, whose offset may be
-- hours alone. Postgres would also take 'infinity', 'tomorrow' and whatever
-- DateStyle makes of 01/02/03.
CREATE OR REPLACE FUNCTION carom._odd_time(given text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL RESTRICTED
AS $$
BEGIN
	IF given ~* '^\d{4}-\d\d-\d\d[t ]\d\d:\d\d:\d\d(\.\d{1,9})?(z|[+-]\d\d(:?\d\d(:\d\d)?)?)$' THEN
		RETURN given::timestamptz;
	END IF;
	RETURN NULL;
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END
$$;

-- As the program writes it, and no day that a year may lack: that is put in where
-- it is called, and needs no savepoint.
CREATE OR REPLACE FUNCTION carom._time(given text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $$
	SELECT CASE WHEN given ~ '^20\d\d-((0[13-9]|1[0-2])-(0[1-9]|[12]\d|30)|(0[13578]|1[02])-31|02-(0[1-9]|1\d|2[0-8]))T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$' THEN given::timestamptz
		ELSE carom._odd_time(given) END
$$;

CREATE OR REPLACE FUNCTION carom._inet(given text) RETURNS inet
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL RESTRICTED
AS $$
BEGIN
	IF given ~ '^[0-9A-Fa-f.:]{2,45}$' THEN
		RETURN given::inet;
	END IF;
	RETURN NULL;
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END
$$;

-- Stands in where the report brings no key of its own: over what the message
-- says, not over when and by which host it came, nor over what we think of it.
CREATE OR REPLACE FUNCTION carom._key(report jsonb, raw bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	given text := lower(report ->> 'key');
	said  jsonb;
BEGIN
	IF length(given) = 64 AND translate(given, '0123456789abcdef', '') = '' THEN
		RETURN given;
	END IF;
	SELECT jsonb_object_agg(x.field, report -> x.field) INTO said
		FROM unnest(ARRAY['kind', 'format', 'message_id', 'from', 'to', 'subject', 'date', 'reporter',
			'feedback', 'returned']) AS x(field)
		WHERE report ? x.field;
	IF jsonb_typeof(report -> 'outcomes') = 'array' THEN
		said := coalesce(said, '{}') || jsonb_build_object('outcomes',
			(SELECT jsonb_agg(jsonb_build_array(x.o -> 'recipient', x.o -> 'action', x.o -> 'status', x.o -> 'diagnostic')
					ORDER BY x.n)
				FROM jsonb_array_elements(report -> 'outcomes') WITH ORDINALITY AS x(o, n)));
	END IF;
	-- Without a Message-ID two different messages may say the same.
	RETURN encode(sha256(convert_to(coalesce(said, '{}')::text, 'UTF8')
		|| CASE WHEN report ? 'message_id' THEN '' ELSE coalesce(raw, '') END), 'hex');
END
$$;

-- Header fields as an event keeps them: up to 16 texts. NULL: none.
CREATE OR REPLACE FUNCTION carom._kept_headers(given jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT jsonb_object_agg(left(x.key, 64), left(x.value #>> '{}', 200))
	FROM (SELECT h.key, h.value FROM jsonb_each(CASE WHEN jsonb_typeof($1) = 'object' THEN $1 END) h
		WHERE jsonb_typeof(h.value) = 'string' AND h.value <> '""' ORDER BY h.key LIMIT 16) x
$$;
