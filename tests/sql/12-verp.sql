-- SPDX-License-Identifier: BSD-2-Clause
-- Return addresses: the same as everybody else makes, and the keys for nobody.
BEGIN;
CREATE TEMP TABLE vector (key text, secret text, day date, stream int, sender text, recipient text, id bigint, expected text);
\ir ../unit/test_verp_vectors.txt
SELECT plan(44 + (SELECT 2 * count(*) FROM vector)::int);

DELETE FROM carom.verp_key;
SELECT throws_ok($$ SELECT carom.verp('a@x.test', 'b@y.test') $$, '55000', NULL, 'nothing is signed without a key');

-- A vector's address, its recipient having its number.
CREATE FUNCTION pg_temp.made(v vector) RETURNS text LANGUAGE plpgsql
AS $$
BEGIN
	DELETE FROM carom.address a WHERE a.id = v.id OR a.address = carom.normalise(v.recipient);
	INSERT INTO carom.address (id, address, account, spelling) VALUES (v.id, carom.normalise(v.recipient), 'acme', v.recipient);
	PERFORM carom.set_verp_key(v.key, v.secret);
	-- a token's row has the account; an address with an account and no stream would have a number for it
	RETURN carom.verp(v.recipient, v.sender, v.stream, CASE WHEN v.expected LIKE '%=%@%' THEN '' ELSE 'acme' END, v.day);
END
$$;
SELECT cmp_ok((SELECT count(*) FROM vector), '>=', 12::bigint, 'there are vectors');
SELECT is(pg_temp.made(v), expected, left(recipient, 30) || ', key ' || key || ', ' || day || ', stream ' || stream) FROM vector v;
SELECT is(pg_temp.made(v), expected, 'and once more, after other keys') FROM vector v ORDER BY expected DESC;

-- RFC 4231, test case 1 has a shorter key: zeros behind it are the same key
SELECT is(carom._hmac(decode(repeat('0b', 20) || repeat('00', 12), 'hex'), 'Hi There'),
	'\xb0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7', 'HMAC-SHA-256 of RFC 4231');
SELECT is(carom._base32(1099511627775, 8), '77777777', 'base32');
SELECT throws_ok($$ SELECT carom._base32(1099511627776, 8) $$, '22003', NULL, 'what does not fit is refused');
SELECT throws_ok($$ SELECT carom._base32(-1, 8) $$, '22003', NULL, 'and what is below 0');
SELECT throws_ok($$ SELECT carom._verp_token(1099511627777, 0, '2024-11-10') $$, '22003', NULL, 'a number over 40 bits makes nobody''s token');

SELECT carom.set_verp_key('b', repeat('Ab', 32));
SELECT matches(carom.verp('a@x.test', 'b@y.test'), '^b\+a=x\.test\+b[a-z2-7]{17}@y\.test$', 'the key that was set last signs');
SELECT is(carom.verp('a@x.test', 'b@y.test'), carom.verp('a@x.test', 'b@y.test', 0, '', (now() AT TIME ZONE 'UTC')::date), 'today, no stream');
SELECT is(carom.verp(' a@X.Test. ', 'b@y.test'), carom.verp('a@x.test', 'b@y.test'), 'however the domain is written');
SELECT isnt(carom.verp('a@x.test', 'b@y.test', 1), carom.verp('a@x.test', 'b@y.test'), 'another stream, another address');
SELECT is(carom.verp('no.dot@here', 'b@y.test', 0, 'acme'), 'b+' || carom.verp_token('no.dot@here', 0, 'acme') || '@y.test', 'the token by itself is the same');
SELECT isnt(carom.verp_token('no.dot@here', 0, 'shop'), carom.verp_token('no.dot@here', 0, 'acme'), 'accounts have tokens of their own');
SELECT is((SELECT spelling FROM carom.address WHERE address = 'no.dot@here' AND account = 'acme'), 'no.dot@here', 'a token has its row');
SELECT throws_ok(q, '22023', NULL, q) FROM unnest(ARRAY[
	$$SELECT carom.verp('nobody', 'b@y.test')$$, $$SELECT carom.verp('a@x.test', 'nobody')$$, $$SELECT carom.verp('a@x.test', 'b@y.test', 33554432)$$,
	$$SELECT carom.verp('a@x.test', 'b@y.test', -1)$$, $$SELECT carom.verp('a@x.test', 'b@y.test', 0, '', '2019-12-31')$$,
	$$SELECT carom.verp('a@bücher..example', 'b@y.test')$$, $$SELECT carom.verp('a@nodot', 'fourteen.chars@y.test')$$,
	$$SELECT carom.verp('a@nodot', 'eleven.char@y.test', 1024)$$, $$SELECT carom.verp_token(NULL)$$, $$SELECT carom.set_verp_key('A', repeat('a', 64))$$, $$SELECT carom.set_verp_key('ab', repeat('a', 64))$$,
	$$SELECT carom.set_verp_key('a', repeat('a', 63))$$, $$SELECT carom.set_verp_key('a', NULL)$$]) q;

-- an account without a number in carom.conf gets one here
SELECT ok(carom.stream_number('acme', 'news') BETWEEN 1024 AND 33554431, 'a stream has a number');
SELECT is(carom.stream_number('acme', 'news'), carom.stream_number('acme', 'news'), 'and keeps it');
SELECT is((SELECT count(DISTINCT n) FROM unnest(ARRAY[carom.stream_number('acme', 'news'), carom.stream_number('acme'), carom.stream_number('shop', 'news')]) n),
	3::bigint, 'each has its own');
SELECT is(carom.stream_number(a, 'news'), 0, 'nobody has none') FROM unnest(ARRAY['', NULL]) a;
SELECT is((SELECT last_value FROM carom.stream_number_seq), (SELECT max(number)::bigint FROM carom.stream), 'asking uses up no number');
SELECT is(carom.verp('a@x.test', 'b@y.test', 0, 'acme'), carom.verp('a@x.test', 'b@y.test', carom.stream_number('acme')), 'an account alone is in the address');
SELECT matches(carom.verp('a@x.test', 'b@y.test', 0, 'acme'), '^b\+a=x\.test\+[a-z2-7]{21}@y\.test$', 'by a longer tag');

SELECT is((SELECT array_agg(format('%s %s', provolatile, proname) ORDER BY proname) FROM pg_proc WHERE pronamespace = 'carom'::regnamespace
	AND proname IN ('verp', 'verp_token', 'address_id', '_verp_sign', '_hmac', 'suppressed_addresses')),
	ARRAY['i _hmac', 's _verp_sign', 'v address_id', 's suppressed_addresses', 'v verp', 'v verp_token'],
	'what may make a row is volatile, what reads keys is stable');
CREATE FUNCTION pg_temp.longest() RETURNS int LANGUAGE sql
AS $$ SELECT max(length(split_part(carom.verp(repeat('x', n) || '@x.test', 'thirteenchars@y.test'), '@', 1))) FROM generate_series(1, 60) n
	WHERE carom.verp(repeat('x', n) || '@x.test', 'thirteenchars@y.test') !~ '=' $$;
SELECT is(pg_temp.longest(), 40, 'a token makes a local part of 40 octets at most');
SELECT is((SELECT max(length(split_part(carom.verp(repeat('x', n) || '@x.test', 'b@y.test'), '@', 1))) FROM generate_series(1, 60) n), 64,
	'and the address form one of 64');

SELECT carom.set_setting('verp_delimiter', '-');
SELECT is(regexp_replace(carom.verp('a@x.test', 'b@y.test'), '[a-z2-7]{18}@', 'TAG@') || ' ' || regexp_replace(carom.verp('a@nodot', 'b@y.test'), '[a-z2-7]{26}@', 'TOKEN@'),
	'b-a=x.test-TAG@y.test b-TOKEN@y.test', 'with another delimiter');
SELECT throws_ok(format('SELECT carom.set_setting(''verp_delimiter'', %L)', d), '22023', NULL, 'not with "' || d || '"') FROM unnest(ARRAY['', '--', 'a', '@', ' ']) d;

SELECT * FROM finish();
ROLLBACK;
