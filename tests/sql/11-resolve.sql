-- SPDX-License-Identifier: BSD-2-Clause
-- Whose it is: by the number in a token, and by a Message-ID that we remember.
BEGIN;
SELECT plan(49);

CREATE FUNCTION pg_temp.got(outcome jsonb, mail text DEFAULT NULL, kind text DEFAULT 'bounce') RETURNS text LANGUAGE plpgsql
AS $$
DECLARE
	a jsonb := carom.record(jsonb_build_object('kind', kind, 'message_id', gen_random_uuid(),
		'outcomes', jsonb_build_array('{"action": "failed", "category": "recipient_unknown"}'::jsonb || outcome))
		|| CASE WHEN mail IS NULL THEN '{}' ELSE jsonb_build_object('returned', jsonb_build_object('message_id', mail)) END);
BEGIN
	RETURN (SELECT concat_ws('|', address, account, stream, resolved_by, confidence, sent_on) FROM carom.event WHERE report = (a ->> 'report')::bigint)
		|| CASE WHEN a -> 'suppressed' <> '[]' THEN '|held' ELSE '' END;
END
$$;

-- numbers
CREATE TEMP TABLE ids AS SELECT carom.address_id('Ani@X.test', 'acme') AS ani, carom.address_id('budi@x.test') AS budi;
SELECT is(carom.address_id(' ani@x.test', 'acme'), ani, 'an address keeps its number, however it is written') FROM ids;
SELECT isnt(carom.address_id('ani@x.test'), ani, 'another account has another number') FROM ids;
SELECT is((SELECT last_value FROM carom.address_id_seq), (SELECT max(id >> 6) FROM carom.address), 'asking uses up no number');
SELECT is(ani & 63, carom._home_of('ani@x.test')::bigint, 'a number names its home') FROM ids;
SELECT is(carom.address_known(ani) AND carom.address_known(budi), true, 'whoever has one is known') FROM ids;
SELECT is_empty($$ SELECT n FROM unnest(ARRAY[0, -1, 1099511627000, NULL]::bigint[]) n WHERE carom.address_known(n) IS DISTINCT FROM false $$, 'others are not');
SELECT throws_ok(format('SELECT carom.address_id(%L)', a), '22023', NULL, coalesce(a, 'NULL') || ' has no number')
	FROM unnest(ARRAY['nobody', '@x.test', '', NULL]) a;

SELECT is(pg_temp.got(jsonb_build_object('address_id', ani, 'resolved_by', 'verp', 'confidence', 'proven', 'sent_on', '2024-11-20')),
	'ani@x.test|acme||verp|proven|2024-11-20|held', 'a number out of a token') FROM ids;
SELECT is((SELECT subscriber FROM carom.event WHERE address = 'ani@x.test'), 'Ani@X.test', 'as it was spelled');
SELECT is(pg_temp.got(jsonb_build_object('address_id', budi, 'recipient', 'moved@y.test', 'account', 'shop', 'stream', 'news', 'resolved_by', 'verp', 'confidence', 'proven')),
	'budi@x.test|shop|news|verp|proven|held', 'whom we mailed, not whom the report names; an account that the number does not know stays') FROM ids;
SELECT is(pg_temp.got(jsonb_build_object('address_id', ani, 'subscriber', 'said@x.test', 'confidence', 'proven')), 'said@x.test|||proven|held',
	'a subscriber that is known already stays') FROM ids;
SELECT is(pg_temp.got('{"address_id": 1099511627000, "resolved_by": "verp", "confidence": "proven"}'), '|||verp|guessed', 'a number that nobody has is a guess');
SELECT is(pg_temp.got('{"address_id": 1099511627000, "recipient": "c@x.test", "confidence": "proven"}'), 'c@x.test|||guessed', 'and suppresses nobody');
SELECT is(pg_temp.got(jsonb_build_object('address_id', v, 'confidence', 'proven')), '|||guessed', 'nor does ' || v::text)
	FROM unnest(ARRAY['"x"', '-1', '1e30', '0.5', 'null', '[]', '{}']::jsonb[]) v;

-- the number of an account and stream, out of a signed address
CREATE TEMP TABLE numbers AS SELECT carom.stream_number('acme', 'news') AS news, carom.stream_number('acme') AS whole;
SELECT is(pg_temp.got(jsonb_build_object('stream_number', news, 'subscriber', 'hugo@x.test', 'resolved_by', 'verp', 'confidence', 'proven')),
	'hugo@x.test|acme|news|verp|proven|held', 'a signed address is its account''s, by number') FROM numbers;
SELECT is((SELECT array_agg(account) FROM carom.suppression WHERE address = 'hugo@x.test'), ARRAY['acme'], 'and suppresses for that account alone');
SELECT is(pg_temp.got(jsonb_build_object('stream_number', whole, 'subscriber', 'hilda@x.test', 'confidence', 'proven')), 'hilda@x.test|acme||proven|held',
	'an account without a stream') FROM numbers;
SELECT is(pg_temp.got(jsonb_build_object('stream_number', news, 'address_id', ani, 'confidence', 'proven')), 'ani@x.test|acme|news|proven', 'with a token it names the stream')
	FROM numbers, ids;
SELECT is(pg_temp.got(jsonb_build_object('stream_number', v, 'subscriber', 'ida@x.test', 'confidence', 'proven')), 'ida@x.test|||guessed',
	'a number that nobody has suppresses nobody: ' || v::text) FROM unnest(ARRAY['33554431', '7', '"x"', 'null']::jsonb[]) v;

-- Message-IDs
SELECT carom.remember_sent('<one@t>', 'Citra@X.test', 'acme', 'news', '2024-11-19'), carom.remember_sent('two@t', 'dodi@x.test', 'acme'),
	carom.remember_sent('two@t', 'eka@x.test', 'acme'), carom.remember_sent('both@t', 'fajar@x.test', 'acme'),
	carom.remember_sent('both@t', 'fajar@x.test', 'shop'), carom.remember_sent('old@t', 'gita@x.test');
UPDATE carom.sent SET expires_at = now() - interval '1 minute' WHERE message_id = 'old@t';
SELECT is(pg_temp.got('{"recipient": "citra@x.test", "confidence": "guessed"}', 'one@t'), 'citra@x.test|acme|news|message_id|matched|2024-11-19|held',
	'mail that we remember, to the one that the report names');
DELETE FROM carom.suppression WHERE address = 'citra@x.test';
SELECT is(pg_temp.got('{"confidence": null}', '<one@t>', 'complaint'), 'citra@x.test|acme|news|message_id|matched|2024-11-19', 'and to the only one if it names nobody');
SELECT is(pg_temp.got('{"action": "complained"}', '<one@t>', 'complaint'), 'citra@x.test|acme|news|message_id|matched|2024-11-19|held', 'a complaint as well');
SELECT is(pg_temp.got('{"recipient": "other@x.test", "confidence": "guessed"}', 'one@t'), 'other@x.test|||guessed', 'another that it names is no proof');
SELECT is(pg_temp.got('{"recipient": "eka@x.test"}', 'two@t'), 'eka@x.test|acme||message_id|matched|' || current_date || '|held', 'one of several, if named');
SELECT is(pg_temp.got('{"final_recipient": "dodi@x.test", "recipient": "d@y.test"}', 'two@t'), 'dodi@x.test|acme||message_id|matched|' || current_date || '|held',
	'by any of its names');
SELECT is(pg_temp.got('{}', 'two@t'), '|||guessed', 'several and nobody named: nobody');
SELECT is(pg_temp.got('{"recipient": "fajar@x.test"}', 'both@t'), 'fajar@x.test|||guessed', 'two accounts: neither');
SELECT is(pg_temp.got('{"recipient": "gita@x.test", "confidence": "guessed"}', 'old@t'), 'gita@x.test|||guessed', 'expired');
SELECT is(pg_temp.got('{"recipient": "hana@x.test", "subscriber": "hana@x.test", "confidence": "claimed", "resolved_by": "verp"}', 'one@t'), 'hana@x.test|||verp|claimed|held',
	'what is known better is not looked up');
SELECT is(pg_temp.got('{"address_id": 1099511627000, "recipient": "eka@x.test", "confidence": "proven", "resolved_by": "verp"}', 'two@t'),
	'eka@x.test|acme||message_id|matched|' || current_date, 'after a number that nobody has');
SELECT is(pg_temp.got('{"recipient": "citra@x.test"}', 'one@t', 'auto_reply'), 'citra@x.test||', 'not for what is no report');
SELECT is(pg_temp.got('{"recipient": "citra@x.test"}', ' <> '), 'citra@x.test||', 'an empty Message-ID is none');
SELECT throws_ok(q, '22023', NULL, q) FROM unnest(ARRAY['SELECT carom.remember_sent('''', ''a@x.test'')',
	'SELECT carom.remember_sent(''m@t'', ''nobody'')', 'SELECT carom.remember_sent(''m@t'', ''a@x.test'', days => 0)']) q;

-- the list for a set in memory
SELECT carom.suppress('@dom.test', 'r'), carom.suppress('soon@x.test', 'r', expires_at => now() + interval '1 day'), carom.suppress('gone@x.test', 'r');
UPDATE carom.suppression SET expires_at = now() - interval '1 second' WHERE address = 'gone@x.test';
SELECT set_eq('SELECT address FROM carom.suppressed_addresses()', 'SELECT address FROM carom.suppressions()', 'all that are in force, and no others');

SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok AND name NOT LIKE 'suppressions%' $$, 'all adds up');

SELECT * FROM finish();
ROLLBACK;
