-- SPDX-License-Identifier: BSD-2-Clause
-- One mail makes at most one bounce and one complaint per recipient.
BEGIN;
SELECT plan(37);

-- A report about a mail.
CREATE FUNCTION pg_temp.told(who text, mail text, outcome jsonb DEFAULT '{}', top jsonb DEFAULT '{}') RETURNS void LANGUAGE sql
AS $$
	SELECT carom.record(jsonb_build_object('kind', 'bounce', 'message_id', gen_random_uuid(), 'arrived', '2001-06-10T12:00:00Z',
		'outcomes', jsonb_build_array(jsonb_build_object('recipient', who, 'action', 'failed', 'category', 'mailbox_full', 'status', '4.2.2',
			'confidence', 'matched', 'provider', 'prep') || outcome))
		|| CASE WHEN mail IS NULL THEN '{}' ELSE jsonb_build_object('returned', jsonb_build_object('message_id', mail)) END || top)
$$;
-- repeated and cause of what was told of somebody, in order
CREATE FUNCTION pg_temp.seen(who text) RETURNS text LANGUAGE sql
AS $$ SELECT string_agg(CASE WHEN repeated THEN 'again' ELSE 'new' END || ' ' || coalesce(cause, '-'), ', ' ORDER BY id)
	FROM carom.event WHERE address = who $$;
CREATE FUNCTION pg_temp.counted() RETURNS text LANGUAGE sql
AS $$ SELECT format('%s events, %s repeats, %s reports', sum(events), sum(repeats), sum(reports)) FROM carom.tally WHERE provider = 'prep' $$;
CREATE FUNCTION pg_temp.held(who text) RETURNS text LANGUAGE sql
AS $$ SELECT string_agg(reason, ',') FROM carom.suppression WHERE address = who $$;

-- bounces
SELECT pg_temp.told('a@x.test', 'm1@t');
SELECT is(pg_temp.counted(), '1 events, 0 repeats, 1 reports', 'once is once');
SELECT pg_temp.told('a@x.test', 'm1@t');
SELECT is(pg_temp.seen('a@x.test'), 'new mailbox_full, again -', 'a second report about the same mail is stored, flagged, and has no cause');
SELECT is(pg_temp.counted(), '1 events, 1 repeats, 2 reports', 'it is counted as a repeat, and as a report');
SELECT pg_temp.told('A@X.test', '<m1@t> ');
SELECT is(pg_temp.seen('a@x.test'), 'new mailbox_full, again -, again -', 'however the address and the Message-ID are written');
SELECT pg_temp.told('a@x.test', 'M1@t');
SELECT is(pg_temp.seen('a@x.test'), 'new mailbox_full, again -, again -, new mailbox_full', 'but another Message-ID is another mail');
SELECT pg_temp.told('b@x.test', 'm1@t');
SELECT is(pg_temp.seen('b@x.test'), 'new mailbox_full', 'the same mail to another person is another bounce');
SELECT pg_temp.told('n@x.test', NULL) FROM generate_series(1, 2);
SELECT is(pg_temp.seen('n@x.test'), 'new mailbox_full, new mailbox_full', 'nobody knows which mail: no repeat');
SELECT pg_temp.told('', 'nobody@t', '{"recipient": ""}') FROM generate_series(1, 2);
SELECT is((SELECT string_agg(repeated::text, ',') FROM carom.event WHERE address = '' AND provider = 'prep'), 'false,false', 'nobody knows who: no repeat');

-- what may be told several times
SELECT pg_temp.told('d@x.test', 'd1@t', '{"action": "delayed"}', '{"kind": "delay"}') FROM generate_series(1, 3);
SELECT pg_temp.told('d@x.test', 'd1@t');
SELECT is(pg_temp.seen('d@x.test'), 'new -, new -, new -, new mailbox_full', 'delays repeat, and the failure after them is news');
SELECT pg_temp.told('c@x.test', 'c1@t', '{"action": "complained"}', jsonb_build_object('kind', 'complaint', 'feedback', jsonb_build_object('type', t)))
	FROM unnest(ARRAY['abuse', 'abuse', 'not-spam', 'not-spam', 'abuse']) WITH ORDINALITY AS x(t, n) ORDER BY n;
SELECT is(pg_temp.seen('c@x.test'), 'new complaint:abuse, again -, new complaint:not-spam, again -, again -',
	'one complaint a mail, which may be taken back once');
SELECT pg_temp.told('c@x.test', 'c1@t');
SELECT is((SELECT count(*) FROM carom.event WHERE address = 'c@x.test' AND repeated), 3::bigint, 'a bounce is no repeat of a complaint');
SELECT pg_temp.told('u@x.test', 'u1@t', '{"action": "unsubscribed"}', '{"kind": "unsubscribe"}') FROM generate_series(1, 2);
SELECT is(pg_temp.seen('u@x.test'), 'new unsubscribe_request, again -', 'nor does one unsubscribe twice');

-- the worse one counts
SELECT pg_temp.told('w@x.test', 'w1@t');
SELECT is(pg_temp.held('w@x.test'), NULL, 'a full mailbox stops nobody yet');
SELECT pg_temp.told('w@x.test', 'w1@t', '{"category": "recipient_unknown", "status": "5.1.1"}');
SELECT is(pg_temp.seen('w@x.test'), 'new mailbox_full, again recipient_unknown', 'a permanent report supersedes a transient one');
SELECT is(pg_temp.held('w@x.test'), 'recipient_unknown', 'and suppresses');
SELECT results_eq($$ SELECT sum(events), sum(repeats), sum(suppressions) FROM carom.tally WHERE provider = 'prep' AND category = 'recipient_unknown' $$,
	$$ VALUES (0::numeric, 1::numeric, 1::numeric) $$, 'which is counted, the repeat is not');
SELECT pg_temp.told('w@x.test', 'w1@t');
SELECT is(pg_temp.seen('w@x.test'), 'new mailbox_full, again recipient_unknown, again -', 'a transient report does not supersede a permanent one');
SELECT pg_temp.told('v@x.test', 'v1@t', '{"category": "undetermined", "status": "5.0.0"}');
SELECT pg_temp.told('v@x.test', 'v1@t', '{"category": "recipient_unknown", "status": "5.1.1"}');
SELECT is(pg_temp.seen('v@x.test'), 'new undetermined, again recipient_unknown', 'and hard supersedes another failure');

-- the days that a policy wants are days of different mail
SELECT pg_temp.told('p@x.test', 'p1@t', '{"category": "recipient_disabled", "class": "soft"}', '{"arrived": "2001-06-08T12:00:00Z"}');
SELECT pg_temp.told('p@x.test', 'p1@t', '{"category": "recipient_disabled", "status": "5.2.1"}', '{"arrived": "2001-06-09T12:00:00Z"}');
SELECT is(pg_temp.seen('p@x.test'), 'new recipient_disabled, again recipient_disabled', 'one mail on two days');
SELECT is(pg_temp.held('p@x.test'), NULL, 'is not two days');
SELECT pg_temp.told('p@x.test', 'p1@t', '{"category": "recipient_disabled", "status": "5.2.1"}', '{"arrived": "2001-06-10T12:00:00Z"}');
SELECT is(pg_temp.held('p@x.test'), NULL, 'nor is the third');
SELECT pg_temp.told('p@x.test', 'p2@t', '{"category": "recipient_disabled", "status": "5.2.1"}', '{"arrived": "2001-06-11T12:00:00Z"}');
SELECT is(pg_temp.held('p@x.test'), 'recipient_disabled', 'another mail is');
SELECT pg_temp.told('f@x.test', 'f1@t', '{"category": "mailbox_full"}', jsonb_build_object('arrived', to_char(date '2001-06-01' + n, 'YYYY-MM-DD"T12:00:00Z"')))
	FROM generate_series(1, 9) n;
SELECT is(pg_temp.held('f@x.test'), NULL, 'a forger who reports one mail every day gets nowhere');

-- a guess stands in nobody's way
SELECT pg_temp.told('g@x.test', 'g1@t', '{"confidence": "guessed", "category": "recipient_unknown", "status": "5.1.1"}');
SELECT pg_temp.told('g@x.test', 'g1@t', '{"category": "recipient_unknown", "status": "5.1.1"}');
SELECT is(pg_temp.seen('g@x.test'), 'new recipient_unknown, new recipient_unknown', 'what can be believed is news after a guess');
SELECT is(pg_temp.held('g@x.test'), 'recipient_unknown', 'and suppresses');
SELECT pg_temp.told('g@x.test', 'g1@t', '{"confidence": "guessed"}');
SELECT is(pg_temp.seen('g@x.test'), 'new recipient_unknown, new recipient_unknown, again -', 'a guess after that is a repeat');

-- no Message-ID, but our signature
SELECT pg_temp.told('s@x.test', NULL, jsonb_build_object('confidence', 'proven', 'sent_on', d, 'account', 'a', 'stream', s))
	FROM (VALUES (1, '2001-06-01', 'n'), (2, '2001-06-01', 'n'), (3, '2001-06-02', 'n'), (4, '2001-06-01', 'o')) x(n, d, s) ORDER BY n;
SELECT is(pg_temp.seen('s@x.test'), 'new mailbox_full, again -, new mailbox_full, new mailbox_full',
	'without a Message-ID, the signature says which mail: by address, day and stream');
SELECT pg_temp.told('s2@x.test', NULL, '{"confidence": "claimed", "sent_on": "2001-06-01"}') FROM generate_series(1, 2);
SELECT is(pg_temp.seen('s2@x.test'), 'new mailbox_full, new mailbox_full', 'a day that is not signed says nothing');
SELECT pg_temp.told('s3@x.test', 's' || n || '@t', '{"confidence": "proven", "sent_on": "2001-06-01"}') FROM generate_series(1, 2) n;
SELECT is(pg_temp.seen('s3@x.test'), 'new mailbox_full, new mailbox_full', 'and two mails of one day are two if they have their Message-IDs');

-- in one report, and in one batch
SELECT carom.record('{"kind": "bounce", "message_id": "<rep-multi@t>", "arrived": "2001-06-10T00:00:00Z", "returned": {"message_id": "multi@t"}, "outcomes": [
	{"recipient": "multi@x.test", "action": "failed", "category": "mailbox_full", "confidence": "matched"},
	{"recipient": "multi2@x.test", "action": "failed", "category": "mailbox_full", "confidence": "matched"},
	{"recipient": "multi@x.test", "action": "failed", "category": "recipient_unknown", "status": "5.1.1", "confidence": "matched"}]}');
SELECT is(pg_temp.seen('multi@x.test') || '; ' || pg_temp.seen('multi2@x.test'), 'new mailbox_full, again recipient_unknown; new mailbox_full', 'in one report');
SELECT carom.record_many((SELECT array_agg(jsonb_build_object('kind', 'bounce', 'message_id', '<rep-batch' || n || '@t>', 'arrived', '2001-06-10T00:00:00Z',
	'returned', jsonb_build_object('message_id', 'batch' || n / 3 || '@t'), 'outcomes', '[{"recipient": "batch@x.test", "action": "failed",
	"category": "mailbox_full", "confidence": "proven"}]'::jsonb) ORDER BY n) FROM generate_series(0, 5) n));
SELECT is(pg_temp.seen('batch@x.test'), 'new mailbox_full, again -, again -, new mailbox_full, again -, again -', 'in one batch');

-- the numbers still agree, and tampering shows
SELECT is_empty($$ SELECT * FROM carom.check_integrity() WHERE NOT ok $$, 'all adds up');
SELECT is((SELECT found FROM carom.check_integrity() WHERE name = 'repeats in the tally'),
	(SELECT count(*) FROM carom.event WHERE repeated), 'as many repeats as there are');
SELECT is((SELECT sum(repeats) FROM carom.report_balance('2001-06-01', '2001-06-30') WHERE kind <> 'received'),
	(SELECT repeats::numeric FROM carom.report_balance('2001-06-01', '2001-06-30') WHERE kind = 'received'), 'and the balance says how many');
CREATE FUNCTION pg_temp.tamper(what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE failed text;
BEGIN
	BEGIN
		EXECUTE what;
		SELECT string_agg(c.name, ', ') INTO failed FROM carom.check_integrity() c WHERE NOT c.ok;
		RAISE EXCEPTION USING ERRCODE = 'CA001';
	EXCEPTION WHEN SQLSTATE 'CA001' THEN
		RETURN failed;
	END;
END $$;
SELECT matches(pg_temp.tamper(d), seen, what) FROM (VALUES
	('UPDATE carom.event SET repeated = false WHERE address = ''a@x.test''', 'mail that was counted twice', 'a repeat that was made to count is seen'),
	('UPDATE carom.event SET repeated = true WHERE address = ''n@x.test''', 'repeats of mail that nobody knows', 'a flag without a reason is seen'),
	('DELETE FROM carom.told WHERE address = ''a@x.test''', 'mail that was counted twice, or never', 'a forgotten mail is seen')) x(d, seen, what);

SELECT * FROM finish();
ROLLBACK;
