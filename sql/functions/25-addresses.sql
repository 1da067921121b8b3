-- SPDX-License-Identifier: BSD-2-Clause
-- carom - addresses and streams that have a number, and the list as the outbound side holds it

DROP FUNCTION IF EXISTS carom.suppressed_addresses();
CREATE OR REPLACE FUNCTION carom.suppressed_addresses(after text DEFAULT '', most int DEFAULT NULL) RETURNS TABLE (address text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100000 SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashagg = off  -- a page is a piece of the index
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
		SELECT DISTINCT s.address FROM carom.suppression s
		WHERE s.address > suppressed_addresses.after AND (s.expires_at IS NULL OR s.expires_at > now())
		ORDER BY s.address LIMIT most;
END
$$;
COMMENT ON FUNCTION carom.suppressed_addresses(text, int) IS
	'every address and @domain that any suppression in force names, in their order, the first so many after one: for a set in memory that says '
	'"surely not suppressed" without asking. list_changes() tells what changes after feed_head(), which is asked before';

CREATE OR REPLACE FUNCTION carom.address_id(address text, account text DEFAULT '') RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	plain text := carom._address(address_id.address);
	owner text := left(coalesce(address_id.account, ''), 128);
	here  int := carom._home_of(plain);
	homes int[] := carom._homes(ARRAY[plain]);
	given bigint;
BEGIN
	IF coalesce(plain, '') = '' THEN
		RAISE EXCEPTION '"%" is no address', left(address_id.address, 400) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	-- Looked up first, for an INSERT in vain would use up a number.
	SELECT a.id INTO given FROM carom.address a
		WHERE (homes IS NULL OR a.home = ANY (homes)) AND a.address = plain AND a.account = owner;
	IF given IS NULL THEN
		given := carom._new_number(here);
		INSERT INTO carom.address (id, address, account, spelling, home)
			VALUES (given, plain, owner, btrim(address_id.address, E' \t\r\n'), here)
			ON CONFLICT ON CONSTRAINT address_pkey DO NOTHING;
		IF NOT FOUND THEN  -- somebody else made it just now
			SELECT a.id INTO given FROM carom.address a
				WHERE (homes IS NULL OR a.home = ANY (homes)) AND a.address = plain AND a.account = owner;
		END IF;
	END IF;
	RETURN given;
END
$$;
COMMENT ON FUNCTION carom.address_id(text, text) IS
	'the number of an address of an account, which it gets when it is first asked for and keeps for ever: what the token of a return address carries';

-- The last six bits of a number are the home. On Citus only the coordinator counts.
CREATE OR REPLACE FUNCTION carom._new_number(home int) RETURNS bigint
LANGUAGE plpgsql
AS $$
BEGIN
	RETURN nextval('carom.address_id_seq') << 6 | home;
EXCEPTION WHEN undefined_table THEN
	RAISE EXCEPTION 'addresses get their numbers on the coordinator' USING ERRCODE = 'object_not_in_prerequisite_state';
END
$$;

CREATE OR REPLACE FUNCTION carom.address_known(id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	homes int[] := CASE WHEN carom.setting('distributed') = 'yes' AND $1 >= carom.setting('first_number')::bigint THEN ARRAY[($1 & 63)::int] END;
BEGIN
	RETURN EXISTS (SELECT 1 FROM carom.address a WHERE (homes IS NULL OR a.home = ANY (homes)) AND a.id = $1);
END
$$;
COMMENT ON FUNCTION carom.address_known(bigint) IS
	'whether any address has this number: a token that is signed well but names none (a database restored from an old copy, rows deleted) is refused';

DROP FUNCTION IF EXISTS carom.stream_number(text, text);
CREATE FUNCTION carom.stream_number(account text, stream text DEFAULT '') RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	owner text := left(coalesce(stream_number.account, ''), 128);
	part  text := left(coalesce(stream_number.stream, ''), 128);
	given int;
BEGIN
	IF owner = '' THEN
		RETURN 0;  -- nobody's
	END IF;
	-- Looked up first, for an INSERT in vain would use up a number.
	SELECT s.number INTO given FROM carom.stream s WHERE s.account = owner AND s.stream = part;
	IF given IS NULL THEN
		INSERT INTO carom.stream (account, stream) VALUES (owner, part)
			ON CONFLICT (account, stream) DO NOTHING
			RETURNING number INTO given;
		IF given IS NULL THEN  -- somebody else made it just now
			SELECT s.number INTO given FROM carom.stream s WHERE s.account = owner AND s.stream = part;
		END IF;
	END IF;
	RETURN given;
END
$$;
COMMENT ON FUNCTION carom.stream_number(text, text) IS
	'the number of an account and stream, which they get when it is first asked for and keep for ever: what a signed return address carries';

-- The outcome with the account and stream that its return address gave by number.
CREATE OR REPLACE FUNCTION carom._with_stream(o jsonb) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
	SELECT CASE
		WHEN NOT o ? 'stream_number' THEN o
		-- a number that nobody has: whose mail it was is unknown, so nobody is suppressed for everybody
		WHEN s.number IS NULL THEN o || '{"confidence": "guessed"}'
		ELSE o || jsonb_build_object('account', s.account)
			|| CASE WHEN s.stream = '' THEN '{}' ELSE jsonb_build_object('stream', s.stream) END
		END
	FROM (VALUES (1)) one
		LEFT JOIN carom.stream s ON s.number = carom._int(o -> 'stream_number', 1024, 33554431)
$$;
