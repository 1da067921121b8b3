-- SPDX-License-Identifier: BSD-2-Clause
-- Rates, their intervals, and what they are compared with.
BEGIN;
SELECT plan(22);

SELECT is(carom.rate(3, 200), 0.015::numeric, 'a rate');
SELECT is(carom.rate(3, 199), NULL, 'of 199 mails nobody can say');
SELECT is(carom.rate(2, 100000), NULL, 'nor of 2 events');
SELECT is(carom.rate(NULL, 200), NULL, 'nor of none');
-- known values: Wilson (1927), as statsmodels' proportion_confint(method='wilson') has them
SELECT is(carom.rate_low(10, 100), 0.055229, 'the lower end');
SELECT is(carom.rate_high(10, 100), 0.174366, 'the upper end');
SELECT is(carom.rate_low(0, 50), 0.000000, 'of nothing');
SELECT is(carom.rate_high(0, 50), 0.071348, 'which may be something');
SELECT is(carom.rate_high(5, 0), NULL, 'of no mail nothing is known');
SELECT is(carom.rate_high(60, 50), carom.rate_high(50, 50), 'more than all is all');

INSERT INTO carom.volume (day, account, stream, provider, sent)
	SELECT d, 'acme', s, p, 1000 FROM generate_series(date '2001-05-01', '2001-05-29', '1 day') d, unnest(ARRAY['news', 'receipts']) s,
		unnest(ARRAY['pa', 'pb']) p;
INSERT INTO carom.tally (day, account, stream, provider, kind, action, category, class, events)
	SELECT d, 'acme', 'news', 'pa', 'bounce', 'failed', 'recipient_unknown', 'hard', 10
	FROM generate_series(date '2001-05-01', '2001-05-29', '1 day') d;
UPDATE carom.tally SET events = 50 WHERE day = '2001-05-29' AND provider = 'pa';
UPDATE carom.tally SET events = 20 WHERE day = '2001-05-22' AND provider = 'pa';
UPDATE carom.tally SET events = 30 WHERE day = '2001-05-28' AND provider = 'pa';
INSERT INTO carom.tally (day, account, stream, provider, kind, action, feedback_type, confidence, events) VALUES
	('2001-05-29', 'acme', 'news', 'pa', 'complaint', 'complained', 'abuse', 'claimed', 6),
	('2001-05-29', 'acme', 'news', 'pa', 'complaint', 'complained', 'not-spam', 'claimed', 2),
	('2001-05-29', 'acme', 'news', 'pb', 'complaint', 'complained', 'not-spam', 'claimed', 1),
	('2001-05-20', 'acme', 'news', 'pb', 'complaint', 'complained', 'abuse', 'guessed', 30);
INSERT INTO carom.tally (day, account, stream, provider, kind, action, category, class, events) VALUES
	('2001-05-29', 'acme', 'news', 'pb', 'bounce', 'failed', 'dnsbl_listed', 'block', 7),
	('2001-05-15', 'acme', 'news', 'pb', 'bounce', 'failed', 'dnsbl_listed', 'block', 56);

SELECT results_eq($$ SELECT provider, sent, hard, block, complaints, hard_rate, hard_before, hard_week, hard_usual, complaint_rate
		FROM carom.report_rates('2001-05-29', '2001-05-29') ORDER BY provider $$, $$ VALUES
	('pa', 2000::bigint, 50::bigint, 0::bigint, 4::bigint, 0.025::numeric, 0.015::numeric, 0.01::numeric, round(310 / 56000.0, 6), 0.002::numeric),
	('pb', 2000, 0, 7, 0, NULL, NULL, NULL, NULL, NULL) $$, 'by provider, against the day, the week and the four weeks before');
SELECT results_eq($$ SELECT account, stream, provider, sent, hard FROM carom.report_rates('2001-05-28', '2001-05-29', 'stream') $$,
	$$ VALUES ('acme', 'news', NULL, 4000::bigint, 80::bigint), ('acme', 'receipts', NULL, 4000, 0) $$, 'by stream, of two days');
SELECT results_eq($$ SELECT stream, provider, hard_before FROM carom.report_rates('2001-05-28', '2001-05-29', 'series', provider => 'pa') $$,
	$$ VALUES ('news', 'pa', 0.01::numeric), ('receipts', 'pa', NULL) $$, 'by both, of one provider; before is two days, too');
SELECT is_empty($$ SELECT FROM carom.report_rates('2001-05-29', '2001-05-29', account => 'shop') $$, 'of another account nothing');
SELECT results_eq($$ SELECT day, sent, hard, hard_rate FROM carom.report_days('2001-05-28', '2001-05-29', 'acme', 'news', 'pa') $$,
	$$ VALUES (date '2001-05-28', 1000::bigint, 30::bigint, 0.03::numeric), ('2001-05-29', 1000, 50, 0.05) $$, 'day by day');
SELECT results_eq($$ SELECT provider, category, events, usual, since FROM carom.report_blocks('2001-05-29', '2001-05-29') $$,
	$$ VALUES ('pb', 'dnsbl_listed', 7::bigint, 2::bigint, date '2001-05-15') $$, 'who refuses us, how often usually, since when');
SELECT results_eq($$ SELECT provider, last_day, silent_days, complaints, matched_before FROM carom.report_feeds('2001-05-31') $$,
	$$ VALUES ('pb', date '2001-05-29', 2, 31::bigint, 0.0000::numeric), ('pa', '2001-05-29', 2, 8, NULL) $$, 'when a feed was last heard of');
SELECT results_eq($$ SELECT day, category, events FROM carom.report_causes('2001-05-28', '2001-05-29', provider => 'pb') $$,
	$$ VALUES (date '2001-05-29', 'dnsbl_listed', 7::bigint) $$, 'why, day by day');
SELECT is((SELECT sum(complaints) FROM carom.report_series('2001-05-01', '2001-05-29', provider => 'pb')), 30::numeric,
	'a series counts no less than nothing');
SELECT is((SELECT count(*) FROM carom.report_series('2001-05-01', '2001-05-29')), 116::bigint, 'and has a row a day');

SET LOCAL ROLE carom_staff;
SELECT lives_ok($$ SELECT FROM carom.report_rates('2001-05-29', '2001-05-29'), carom.report_days('2001-05-29', '2001-05-29'),
	carom.report_blocks('2001-05-29', '2001-05-29'), carom.report_feeds('2001-05-29'), carom.report_causes('2001-05-29', '2001-05-29'),
	carom.report_series('2001-05-29', '2001-05-29') $$, 'staff may ask all of it');
RESET ROLE;
SET LOCAL ROLE carom_writer;
SELECT throws_ok($$ SELECT carom.report_rates('2001-05-29', '2001-05-29') $$, '42501', NULL, 'others may not');
SELECT * FROM finish();
ROLLBACK;
