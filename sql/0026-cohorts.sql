-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0026 - what came back, by the day on which its mail was sent

CREATE TABLE carom.cohort (
	day       date NOT NULL,
	sent_on   date NOT NULL,
	account   text NOT NULL DEFAULT '',
	stream    text NOT NULL DEFAULT '',
	provider  text NOT NULL DEFAULT '',
	measure   text NOT NULL,
	events    bigint NOT NULL DEFAULT 0,
	home      int NOT NULL DEFAULT 0,
	CONSTRAINT cohort_pkey PRIMARY KEY (day, sent_on, account, stream, provider, measure, home)
) WITH (fillfactor = 60);
COMMENT ON TABLE carom.cohort IS
	'bounces and complaints per day of arrival and day of sending, written in the transaction of the events, of what is known to be about our mail '
	'(proven, matched, claimed); kept as long as events are';
COMMENT ON COLUMN carom.cohort.day IS 'event.day';
COMMENT ON COLUMN carom.cohort.sent_on IS 'event.sent_on; what is older than 60 days is counted with the 61st, what is later than day with day';
COMMENT ON COLUMN carom.cohort.account IS 'event.account';
COMMENT ON COLUMN carom.cohort.stream IS 'event.stream';
COMMENT ON COLUMN carom.cohort.provider IS 'event.provider';
COMMENT ON COLUMN carom.cohort.measure IS 'complaints, hard, soft, block or policy, as the columns of carom.daily: complaints less those taken back';
COMMENT ON COLUMN carom.cohort.events IS 'rows of event, without those that repeat what was told before';
COMMENT ON COLUMN carom.cohort.home IS 'where it was counted, as in tally';
COMMENT ON COLUMN carom.event.sent_on IS
	'day on which the mail was sent: as our signature or our memory of it says, else by the Date of the mail that came back';

-- What is there already is counted by after/0032-cohorts.sql; until then no day is whole.
INSERT INTO carom.setting (name, value)
	SELECT 'cohorts_from', CASE WHEN EXISTS (SELECT FROM carom.event) THEN '9999-01-01' ELSE '0001-01-01' END;
