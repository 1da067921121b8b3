-- SPDX-License-Identifier: BSD-2-Clause
-- carom - small functions that the others stand on
--
-- Names with a leading underscore are for the functions here, not for people.
-- The _xxx readers take what a stranger's mail says and give NULL where it
-- makes no sense: nothing in a report can make record() fail.

CREATE OR REPLACE FUNCTION carom.normalise(address text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT lower(btrim(address, E' \t\r\n') COLLATE "C") $$;
COMMENT ON FUNCTION carom.normalise(text) IS
	'the one spelling under which an address is kept and looked up: no white space around it, ASCII letters in lower case';

CREATE OR REPLACE FUNCTION carom.setting(name text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT s.value FROM carom.setting s WHERE s.name = $1 $$;
COMMENT ON FUNCTION carom.setting(text) IS 'a setting, or NULL';

COMMENT ON COLUMN carom.setting.name IS
	'timezone: where days begin and end. verp_delimiter: what parts sender and recipient in return addresses, + if it is not there. '
	'pruned_before: first day whose events are still kept. pruned_duplicates: duplicates seen of reports that were pruned';

CREATE OR REPLACE FUNCTION carom.set_setting(name text, value text) RETURNS void
LANGUAGE sql
AS $$
	INSERT INTO carom.setting AS s (name, value) VALUES ($1, $2)
	ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE s.value IS DISTINCT FROM excluded.value
$$;
COMMENT ON FUNCTION carom.set_setting(text, text) IS
	'change a setting; a new timezone holds for what arrives from now on, days already counted stay where they are';

-- A time zone that is not one would make every record() fail.
CREATE OR REPLACE FUNCTION carom._check_setting() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF new.name = 'timezone' THEN
		BEGIN
			PERFORM now() AT TIME ZONE new.value;
		EXCEPTION WHEN invalid_parameter_value THEN
			RAISE EXCEPTION 'no time zone is called "%"', new.value
				USING ERRCODE = 'invalid_parameter_value', HINT = 'See the view pg_timezone_names.';
		END;
	ELSIF new.name = 'pruned_before' THEN
		PERFORM new.value::date;
	ELSIF new.name = 'verp_delimiter' AND new.value !~ '^[!#$%&''*+/=?^_`{|}~.-]$' THEN
		RAISE EXCEPTION 'verp_delimiter is one character, such as + or -, not "%"', new.value USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER check_setting BEFORE INSERT OR UPDATE ON carom.setting
	FOR EACH ROW EXECUTE FUNCTION carom._check_setting();

CREATE OR REPLACE FUNCTION carom.day(moment timestamptz DEFAULT now()) RETURNS date
LANGUAGE sql STABLE
AS $$ SELECT (moment AT TIME ZONE carom.setting('timezone'))::date $$;
COMMENT ON FUNCTION carom.day(timestamptz) IS 'the day of a moment, now if none is given, in the time zone of the setting';

-- Everything about an address lies in its home, one of 64: six bits of a digest
-- that any program can compute. Whoever counts what happened to an address locks
-- one of the 64 rows of that home first.
CREATE OR REPLACE FUNCTION carom._home(address text) RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT get_byte(sha256(convert_to(address, 'UTF8')), 0) & 63 $$;
COMMENT ON FUNCTION carom._home(text) IS 'the home of an address, 0 to 63: the low six bits of the first octet of its SHA-256';

CREATE OR REPLACE FUNCTION carom._address_lock(address text) RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT (get_byte(d, 0) & 63) * 64 + (get_byte(d, 1) & 63) FROM sha256(convert_to(address, 'UTF8')) d $$;

-- Waits until nobody else counts what happened to these addresses, or undoes what
-- came of it; until the end of the transaction nobody will. The statement after
-- this one sees what the others did.
CREATE OR REPLACE FUNCTION carom._lock_addresses(addresses text[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	numbers int[] := ARRAY(SELECT DISTINCT carom._address_lock(a) FROM unnest(addresses) a WHERE a IS NOT NULL);
BEGIN
	-- There, what others committed meanwhile would stay unseen.
	IF current_setting('transaction_isolation') = 'repeatable read' THEN
		RAISE EXCEPTION 'carom counts in transactions that are READ COMMITTED or SERIALIZABLE, not REPEATABLE READ'
			USING ERRCODE = 'invalid_transaction_state';
	END IF;
	-- in one order, so that two who want the same rows never deadlock
	PERFORM 1 FROM carom.address_lock l WHERE l.number = ANY (numbers) ORDER BY l.number FOR NO KEY UPDATE;
END
$$;

-- jsonb_to_record() wants an object, and takes any of its members as text.
CREATE OR REPLACE FUNCTION carom._object(given jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN jsonb_typeof(given) = 'object' THEN given ELSE '{}' END $$;

CREATE OR REPLACE FUNCTION carom._address(given text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	-- A local part may be quoted and hold spaces. An array or an object where an
	-- address should be comes here as its text, and is none.
	SELECT CASE WHEN length(given) <= 320 AND given ~ '^\s*(?!\[|\{")[^\s@][^\x01-\x1f\x7f]*@[^@\s]+\s*$'
		THEN carom.normalise(given) ELSE '' END
$$;

CREATE OR REPLACE FUNCTION carom._int(given jsonb, low bigint, high bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
	IF jsonb_typeof(given) = 'number' AND given::numeric BETWEEN low AND high THEN
		RETURN given::numeric::bigint;
	END IF;
	RETURN NULL;
END
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

CREATE OR REPLACE FUNCTION carom._date(given text) RETURNS date
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

-- RFC 3339 and what Postgres itself prints in DateStyle ISO, whose offset may be
-- hours alone. Postgres would also take 'infinity', 'tomorrow' and whatever
-- DateStyle makes of 01/02/03.
CREATE OR REPLACE FUNCTION carom._time(given text) RETURNS timestamptz
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
