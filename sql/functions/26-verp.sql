-- SPDX-License-Identifier: BSD-2-Clause
-- carom - return addresses, the same that the program makes: carom-verp(7)
--
-- The keys can be read by their owner alone. The functions that sign borrow
-- the rights of that owner, and show nobody more than a MAC.

-- RFC 2104 for keys of 32 octets: the pads are the key and 32 zeros, each octet
-- exclusive-ored with 0x36 or 0x5c.
CREATE OR REPLACE FUNCTION carom._hmac(secret bytea, message bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
	SELECT sha256(p.outer_pad || sha256(p.inner_pad || message))
	FROM (
		SELECT string_agg(int8send(w.word # x'3636363636363636'::bigint), '' ORDER BY w.n) || decode(repeat('36', 32), 'hex') AS inner_pad,
			string_agg(int8send(w.word # x'5c5c5c5c5c5c5c5c'::bigint), '' ORDER BY w.n) || decode(repeat('5c', 32), 'hex') AS outer_pad
		FROM (SELECT n, ('x' || encode(substr(secret, 1 + 8 * n, 8), 'hex'))::bit(64)::bigint AS word FROM generate_series(0, 3) n) w
	) p
$$;

CREATE OR REPLACE FUNCTION carom._base32(value bigint, digits int) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
	-- what does not fit would be another number: another person's token
	IF value < 0 OR digits < 13 AND value >> 5 * digits <> 0 THEN
		RAISE EXCEPTION '% does not fit into % base32 digits', value, digits USING ERRCODE = 'numeric_value_out_of_range';
	END IF;
	RETURN (SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567', ((value >> 5 * n) & 31)::int + 1, 1), '' ORDER BY n DESC)
		FROM generate_series(0, digits - 1) n);
END
$$;

-- What stands before the MAC, without the number of an address.
CREATE OR REPLACE FUNCTION carom._verp_day_stream(day date, stream int) RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	IF coalesce(day NOT BETWEEN date '2020-01-01' AND date '2109-09-18', true) OR coalesce(stream NOT BETWEEN 0 AND 33554431, true) THEN
		RAISE EXCEPTION 'day % or stream % is out of range', day, stream USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Days are from 2020-01-01 to 2109-09-18, streams from 0 to 33554431.';
	END IF;
	RETURN carom._base32(day - date '2020-01-01', 3) || carom._base32(stream, CASE WHEN stream > 1023 THEN 5 ELSE 2 END);
END
$$;

-- Head and MAC. lines says what is signed before the head, which begins with the key.
CREATE OR REPLACE FUNCTION carom._verp_sign(lines text, rest text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	signed text := (
		SELECT k.id || rest || carom._base32(('x' || left(encode(carom._hmac(k.secret,
			convert_to(lower((lines || k.id || rest) COLLATE "C"), 'UTF8')), 'hex'), 15))::bit(60)::bigint, 12)
		FROM carom.verp_key k ORDER BY k.made_at DESC, k.id DESC LIMIT 1);
BEGIN
	IF signed IS NULL THEN
		RAISE EXCEPTION 'there is no key to sign return addresses with' USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Let the owner of the schema call carom.set_verp_key() with what is in the keys file.';
	END IF;
	RETURN signed;
END
$$;

CREATE OR REPLACE FUNCTION carom._verp_token(address_id bigint, stream int, day date) RETURNS text
LANGUAGE sql STABLE
AS $$ SELECT carom._verp_sign(E'carom1\ntoken\n', carom._base32(address_id, 8) || carom._verp_day_stream(day, stream)) $$;

-- The address with its domain as we keep it, and an error where there is none.
CREATE OR REPLACE FUNCTION carom._mailbox(given text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
	part text[] := regexp_match(given, '^\s*(.+)@([^@\s]+?)\s*$');
BEGIN
	IF part IS NULL OR carom._address(given) = '' THEN
		RAISE EXCEPTION '"%" is no address', left(given, 400) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN part[1] || '@' || carom._normal_domain(part[2]);
END
$$;

DROP FUNCTION IF EXISTS carom.verp_token(text, int, text, date);
CREATE FUNCTION carom.verp_token(recipient text, stream int DEFAULT 0, account text DEFAULT '',
	day date DEFAULT (now() AT TIME ZONE 'UTC')::date)
RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT carom._verp_token(carom.address_id(carom._mailbox($1), $3), $2, $4) $$;
COMMENT ON FUNCTION carom.verp_token(text, int, text, date) IS
	'26 characters (29 with a stream over 1023) that name the recipient by its number, for a private header, a Message-ID or a List-Unsubscribe address';

DROP FUNCTION IF EXISTS carom.verp(text, text, int, text, date);
CREATE FUNCTION carom.verp(recipient text, sender text, stream int DEFAULT 0, account text DEFAULT '',
	day date DEFAULT (now() AT TIME ZONE 'UTC')::date)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	to_whom text := carom._mailbox(verp.recipient);
	own     text[] := regexp_match(verp.sender, '^(.+)@([^@]+)$');
	part    text[];
	mark    text := coalesce(carom.setting('verp_delimiter'), '+');
	-- a token has the account in its row; an address has it by number alone
	number  int := CASE WHEN verp.stream = 0 THEN carom.stream_number(verp.account, '') ELSE verp.stream END;
	room    int := CASE WHEN number > 1023 THEN 23 ELSE 20 END;           -- two delimiters and the tag
	longest int := CASE WHEN verp.stream > 1023 THEN 10 ELSE 13 END;      -- before a token
BEGIN
	IF own IS NULL THEN
		RAISE EXCEPTION '"%" is no sender address', left(verp.sender, 400) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	-- what every mail server lets through unquoted, and what fits
	part := regexp_match(to_whom, '^([a-zA-Z0-9!#$%&''*+/=?^_`{|}~.-]*[a-zA-Z0-9!#$%&''*+/?^_`{|}~.-])@([a-z0-9_-][a-z0-9._-]*)$');
	IF part IS NOT NULL AND strpos(part[2], '.') > 0 AND octet_length(own[1]) + octet_length(to_whom) + room <= 64 THEN
		RETURN own[1] || mark || part[1] || '=' || part[2] || mark
			|| carom._verp_sign(format(E'carom1\naddress\n%s\n%s\n', verp.sender, to_whom), carom._verp_day_stream(verp.day, number))
			|| '@' || own[2];
	ELSIF octet_length(own[1]) > longest THEN
		RAISE EXCEPTION '% is too long before its @ for a token: % octets are the most', verp.sender, longest
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN own[1] || mark || carom._verp_token(carom.address_id(to_whom, verp.account), verp.stream, verp.day) || '@' || own[2];
END
$$;
COMMENT ON FUNCTION carom.verp(text, text, int, text, date) IS
	'the signed return address for mail to this recipient, on our address sender: with the recipient in it if that fits, else with a token';

DROP FUNCTION IF EXISTS carom.set_verp_key(text, text);
CREATE FUNCTION carom.set_verp_key(id text, secret_hex text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF coalesce(set_verp_key.id !~ '^[a-z2-7]$' OR secret_hex !~ '^[0-9A-Fa-f]{64}$', true) THEN
		-- the secret is not repeated, for errors are logged
		RAISE EXCEPTION 'a key has one of a-z and 2-7 as its id and 64 hex digits as its secret'
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	INSERT INTO carom.verp_key AS k (id, secret) VALUES (set_verp_key.id, decode(secret_hex, 'hex'))
		ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, made_at = excluded.made_at;
END
$$;
COMMENT ON FUNCTION carom.set_verp_key(text, text) IS
	'take in a line of the keys file; the key that was set last signs. Give the secret as a parameter, so that no log shows it';
