-- SPDX-License-Identifier: BSD-2-Clause
-- Settings are told with their bounds, changed by whom they are for, and logged.
BEGIN;
SELECT plan(30);

CREATE FUNCTION pg_temp.me() RETURNS text LANGUAGE sql AS $$ SELECT session_user::text $$;

SELECT results_eq($$ SELECT name, value, "default", unit, lowest, highest, changed_by FROM carom.settings() WHERE name = 'brake_minutes' $$,
	$$ VALUES ('brake_minutes', '10', '10', 'minutes', 1::bigint, 9999::bigint, 'staff') $$, 'a setting explains itself');
SELECT is_empty('SELECT name FROM carom.setting EXCEPT SELECT name FROM carom.settings()', 'every setting is explained');
SELECT is_empty($$ SELECT name FROM carom.settings() WHERE carom._setting_fault(name, "default") IS NOT NULL AND "default" IS NOT NULL $$, 'every default is allowed');
SELECT is_empty($$ SELECT DISTINCT m[1] FROM pg_proc p, regexp_matches(p.prosrc, 'carom\.setting\(''([a-z_]+)''', 'g') m
	WHERE p.pronamespace = 'carom'::regnamespace EXCEPT SELECT name FROM carom.settings() $$, 'no function reads one that is not there');

SELECT throws_ok(format('SELECT carom.change_setting(%L, %L, ''n'')', n, v), '22023', says, 'refused: ' || n || ' ' || coalesce(v, 'NULL')) FROM (VALUES
	('brake_minutes', '0', 'brake_minutes is a number of minutes from 1 to 9999, not "0"'),
	('brake_minutes', '10000', 'brake_minutes is a number of minutes from 1 to 9999, not "10000"'),
	('feed_days', 'ten', 'feed_days is a number of days from 1 to 99999, not "ten"'),
	('feed_days', '-1', 'feed_days is a number of days from 1 to 99999, not "-1"'),
	('feed_days', '9999999999999999999999', 'feed_days is a number of days from 1 to 99999, not "9999999999999999999999"'),
	('unsubscribe_days', '1.5', 'unsubscribe_days is a number of days from 1 to 99999, not "1.5"'),
	('held', 'perhaps', 'held is refused or mailed, not "perhaps"'),
	('held', NULL, 'held wants a value'),
	('verp_delimiter', '--', 'verp_delimiter is one character, such as + or -, not "--"'),
	('nosuch', '1', 'there is no setting "nosuch"'),
	('timezone', 'Asia/Jakarta', 'timezone is not changed by hand'),
	('transactional_streams', '{a}', 'transactional_streams is not changed by hand'),
	('pruned_before', '2020-01-01', 'pruned_before is not changed by hand')) v(n, v, says);
SELECT throws_ok($$ SELECT carom.change_setting('held', 'mailed', ' ') $$, '22023', 'a note is needed to change a setting', 'why?');
SELECT throws_ok($$ SELECT carom.change_setting('held', 'mailed', 'n', 'carom') $$, '22023', NULL, 'nobody plays the program');
SELECT throws_ok($$ SELECT carom.set_setting('nosuch', '1') $$, '22023', NULL, 'nor does set_setting() take what is not there');
SELECT throws_ok($$ UPDATE carom.setting SET value = 'ten' WHERE name = 'feed_days' $$, '22023', NULL, 'nor the table what makes no sense');
SELECT lives_ok($$ INSERT INTO carom.setting VALUES ('of_tomorrow', 'x') $$, 'but a migration of tomorrow may bring another');
SELECT is_empty('SELECT FROM carom.setting_log', 'nothing was changed');

SELECT is(carom.change_setting('held', ' mailed ', 'ticket 9', 'anna'), 'changed', 'changed');
SELECT is(carom.setting('held'), 'mailed', 'so that it holds');
SELECT is(carom.change_setting('held', 'mailed', 'again'), 'kept', 'or it was so');
SELECT carom.set_setting('feed_days', '30');
SELECT results_eq('SELECT name, was, value, author, login, note FROM carom.setting_log ORDER BY id',
	$$ VALUES ('held', 'refused', 'mailed', 'anna', pg_temp.me(), 'ticket 9'), ('feed_days', '90', '30', pg_temp.me(), pg_temp.me(), NULL) $$,
	'with a trace of each');

SET LOCAL ROLE carom_staff;
SELECT is(carom.change_setting('brake_addresses', '0', 'n'), 'changed', 'staff change what is theirs');
SELECT isnt_empty('SELECT FROM carom.setting_log', 'and read the log');
RESET ROLE;
CREATE ROLE carom_test_clerk LOGIN;
GRANT carom_staff TO carom_test_clerk;
SET SESSION AUTHORIZATION carom_test_clerk;
SELECT throws_ok($$ SELECT carom.change_setting('keys', 'none', 'n') $$, '42501', NULL, 'but not whom carom believes');
RESET SESSION AUTHORIZATION;

SELECT * FROM finish();
ROLLBACK;
