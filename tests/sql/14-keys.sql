-- SPDX-License-Identifier: BSD-2-Clause
-- Plain VERP is believed as long as nobody signs, and no longer.
BEGIN;
SELECT plan(8);

CREATE FUNCTION pg_temp.verp(who text, confidence text DEFAULT 'claimed', keys text DEFAULT 'believed') RETURNS text LANGUAGE sql AS $$
	SELECT coalesce((carom.record(jsonb_strip_nulls(jsonb_build_object('kind', 'bounce', 'message_id', who, 'unsigned_verp', keys, 'outcomes',
		jsonb_build_array(jsonb_build_object('recipient', who, 'subscriber', who, 'action', 'failed', 'status', '5.1.1',
			'category', 'recipient_unknown', 'resolved_by', 'verp', 'confidence', confidence, 'sent_on', '2026-11-20'))))) -> 'suppressed' ->> 0), 'nobody')
$$;

SELECT is(pg_temp.verp('a@x.test'), 'a@x.test', 'without any key');
SELECT is(carom.setting('keys'), NULL, 'of which nothing is known');
SELECT is(pg_temp.verp('b@x.test', 'proven', NULL), 'b@x.test', 'a signature');
SELECT is(carom.setting('keys'), 'used', 'is remembered');
SELECT is(pg_temp.verp('c@x.test'), 'nobody', 'so that a program without keys has nobody suppressed');
SELECT is(pg_temp.verp('d@x.test', 'claimed', NULL), 'd@x.test', 'what a signed report of a known loop claims stays');
SELECT carom.set_setting('keys', 'none');
SELECT is(pg_temp.verp('e@x.test'), 'e@x.test', 'unless somebody says that he wants it so');
SELECT throws_ok($$ SELECT carom.set_setting('keys', 'maybe') $$, '22023', NULL, 'in these words');

SELECT * FROM finish();
ROLLBACK;
