-- SPDX-License-Identifier: BSD-2-Clause
-- The brake: an outage is held until a person says what it was; an honest cleaning goes through.
BEGIN;
SELECT plan(42);

-- reports of n addresses at a provider, from a moment on, one each so many seconds
CREATE FUNCTION pg_temp.turn(who text, provider text, n int, from_time timestamptz, apart float, said text, first int DEFAULT 1) RETURNS bigint
LANGUAGE plpgsql
AS $$
BEGIN
	FOR i IN first .. first + n - 1 BY 50 LOOP
		PERFORM carom.record_many(ARRAY(
			SELECT jsonb_build_object('kind', 'bounce', 'message_id', format('<%s%s@t>', who, x), 'arrived', from_time + make_interval(secs => apart * (x - first)),
				'outcomes', jsonb_build_array(jsonb_build_object('recipient', format('%s%s@%s.test', who, x, provider), 'action', 'failed', 'status', '5.1.1',
				'reply', '550', 'category', 'recipient_unknown', 'account', 'acme', 'stream', 'news', 'provider', provider, 'confidence', 'proven',
				'diagnostic', format(said, x))))
			FROM generate_series(i, least(i + 49, first + n - 1)) x));
	END LOOP;
	RETURN (SELECT count(*) FROM carom.suppression s WHERE s.address LIKE who || '%' AND s.provider = turn.provider);
END
$$;

-- what replies of one kind have in common
SELECT is(carom.reply_template(d, 'bob@example.org', '5.1.1', '550'), '550 5.1.1 # # @ user unknown', 'one kind: ' || n) FROM unnest(ARRAY[
	'550 5.1.1 <bob@example.org>: User unknown', '550 5.1.1 <bob@EXAMPLE.org> User  unknown', E'550 5.1.1 bob: user\nunknown']) WITH ORDINALITY d(d, n);
SELECT is(carom.reply_template('no mailbox here by that name "bob" (queue 4XkT2s1) at mx12.example.com', 'bob@example.org'), 'no mailbox here by that name @ queue # at #', 'names and numbers are no matter');
SELECT is(carom.reply_template('see https://support.example/p/?id=1 for bob', 'bob@example.org'), 'see @ for @', 'nor are links');
SELECT isnt(carom.reply_template('mailbox full', ''), carom.reply_template('user unknown', ''), 'words are');
SELECT is(carom.reply_template(NULL, NULL), '', 'nothing said');
SELECT is(octet_length(carom.reply_template(repeat('x@y.test ', 10000) || repeat('z', 10000), '')) <= 200, true, 'bounded');
SELECT is(carom.reply_template('a(b*c@x.test: (b*c', 'a(b*c@x.test') IS NOT NULL, true, 'signs of patterns in an address are none here');

-- an outage: 2,000 in ten minutes
SELECT is(pg_temp.turn('out', 'yahoo_aol', 2000, '2024-11-10T08:00:00Z', 0.3, '554 delivery error: dd This user doesn''t have a yahoo.com account (user%s@yahoo.com)'), 2000::bigint,
	'2,000 addresses of one provider with one reply in ten minutes');
SELECT is((SELECT count(*) FROM carom.incidents()), 1::bigint, 'are one incident');
SELECT id AS incident FROM carom.incidents() \gset
SELECT is((SELECT count(*) FROM carom.incident_addresses(:incident)), 2000::bigint, 'which holds all of them, the first ones as well');
SELECT is((SELECT row(provider, state, category, addresses)::text FROM carom.incident), '(yahoo_aol,open,recipient_unknown,2000)', 'and says what it is');
SELECT is((SELECT row(first_at, last_at)::text FROM carom.incident), row('2024-11-10T08:00:00Z'::timestamptz, '2024-11-10T08:09:59.7Z'::timestamptz)::text, 'from when to when');
SELECT isnt_empty($$ SELECT FROM carom.suppressed('out7@yahoo_aol.test', 'acme', 'news') $$, 'who is held is not mailed');
SELECT is((SELECT left(note, 6) FROM carom.suppressed('out7@yahoo_aol.test', 'acme', 'news')), 'held: ', 'and the entry says so');
SELECT carom.set_setting('held', 'mailed');
SELECT is_empty($$ SELECT FROM carom.suppressed('out7@yahoo_aol.test', 'acme', 'news') $$, 'unless the setting says that they are');
SELECT carom.suppress('out8@yahoo_aol.test', 'asked');
SELECT is((SELECT reason FROM carom.suppressed('out8@yahoo_aol.test', 'acme', 'news')), 'asked', 'another entry counts all the same');
SELECT carom.unsuppress('out8@yahoo_aol.test', 'test');
SELECT carom.set_setting('held', 'refused');
SELECT throws_ok($$ SELECT carom.set_setting('held', 'perhaps') $$, '22023', NULL, 'held is mailed or refused');
SELECT throws_ok($$ SELECT carom.set_setting('brake_minutes', '0') $$, '22023', NULL, 'a stretch of no minutes is none');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'all adds up');

-- other replies and providers meanwhile
SELECT is(pg_temp.turn('other', 'yahoo_aol', 50, '2024-11-10T08:05:00Z', 1, 'mailbox disabled %s'), 50::bigint, 'another reply of that provider');
SELECT is(pg_temp.turn('else', 'gmail', 50, '2024-11-10T08:05:00Z', 1, '554 delivery error: dd This user doesn''t have a yahoo.com account (user%s@yahoo.com)'), 50::bigint, 'that reply elsewhere');
SELECT is((SELECT count(*) FROM carom.held), 2000::bigint, 'are not held');
SELECT is(pg_temp.turn('late', 'yahoo_aol', 3, '2024-11-10T08:40:00Z', 1, '554 delivery error: dd This user doesn''t have a yahoo.com account (user%s@yahoo.com)'), 3::bigint, 'who comes later');
SELECT is((SELECT count(*) FROM carom.held), 2003::bigint, 'is held, too');

-- the feed tells
SELECT is(carom.feed_number(), 'done', 'numbered');
SELECT is((SELECT count(*) FROM carom.feed('', 10000) WHERE type = 'suppression.held'), 2003::bigint, 'the feed tells of each that is held');
SELECT is((SELECT item - ARRAY['cursor', 'at', 'last_at', 'example'] FROM carom.feed('', 10000, 'incident')), jsonb_build_object('type', 'incident.opened', 'incident', :incident, 'provider', 'yahoo_aol',
	'template', '550 5.1.1 # delivery error dd this user doesn t have a yahoo.com account @', 'category', 'recipient_unknown', 'addresses', 2003, 'first_at', '2024-11-10T08:00:00+00:00'::timestamptz), 'and of the incident, without an address');

-- somebody complains while he is held
SELECT carom.record('{"kind": "complaint", "message_id": "<heldcomplaint@t>", "arrived": "2024-11-10T09:00:00Z", "feedback": {"type": "abuse"}, "outcomes": [{"recipient": "out9@yahoo_aol.test",
	"action": "complained", "account": "acme", "stream": "news", "confidence": "proven"}]}');

-- staff
SELECT throws_ok(format('SELECT carom.discard_incident(%s, %L)', :incident, ' '), '22023', NULL, 'why must be said');
SELECT throws_ok('SELECT carom.discard_incident(4711, ''x'')', '22023', NULL, 'which one as well');
SELECT is(carom.discard_incident(:incident, 'outage at Yahoo', 'anna'), 2002, 'discarded: whom it held');
SELECT is((SELECT count(*) FROM carom.suppression WHERE provider = 'yahoo_aol' AND address ~ '^(out|late)' AND source = 'bounce'), 0::bigint, 'is off the list');
SELECT is((SELECT source FROM carom.suppressed('out9@yahoo_aol.test', 'acme', 'news')), 'complaint', 'but for who said so himself');
SELECT is((SELECT count(*) FROM carom.suppression_log WHERE change = 'remove' AND note = 'outage at Yahoo' AND author = 'anna'), 2002::bigint, 'with a trace each');
SELECT throws_ok(format('SELECT carom.confirm_incident(%s, ''x'')', :incident), '22023', NULL, 'what is closed is closed');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'all adds up');

-- a list that was cleaned at once, and confirmed
SELECT is(pg_temp.turn('dead', 'gmail', 600, '2024-11-11T08:00:00Z', 0.5, 'no such account %s'), 600::bigint, 'a list of dead addresses');
SELECT is(carom.confirm_incident((SELECT id FROM carom.incidents()), 'they bought a list', 'budi'), 600, 'confirmed');
SELECT is(pg_temp.turn('more', 'gmail', 600, '2024-11-11T09:00:00Z', 0.5, 'no such account %s') * (SELECT count(*) FROM carom.incidents()), 0::bigint, 'the rest of it goes through');
SELECT is((SELECT row(author, note)::text FROM carom.suppressed('dead1@gmail.test', 'acme', 'news')), '(budi,"they bought a list")', 'it is known who said so');
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'all adds up');

SELECT * FROM finish();
ROLLBACK;
