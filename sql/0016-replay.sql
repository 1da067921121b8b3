-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0016 - a trace of what carom replay corrected

CREATE SEQUENCE carom.replayed_id_seq;
CREATE TABLE carom.replayed (
	id        bigint PRIMARY KEY DEFAULT nextval('carom.replayed_id_seq'),
	at        timestamptz NOT NULL DEFAULT clock_timestamp(),
	key       text NOT NULL,
	day       date NOT NULL,
	before    jsonb NOT NULL,
	after     jsonb NOT NULL,
	added     int NOT NULL,
	released  int NOT NULL,
	rules     text,
	author    text NOT NULL,
	login     text NOT NULL DEFAULT session_user,
	note      text
);
ALTER SEQUENCE carom.replayed_id_seq OWNED BY carom.replayed.id;
CREATE INDEX replayed_key ON carom.replayed (key);
CREATE INDEX replayed_day ON carom.replayed (day);
COMMENT ON TABLE carom.replayed IS
	'every report whose events carom.replay() made anew, and how they read before and after; without addresses. Rows are only ever added';
COMMENT ON COLUMN carom.replayed.id IS 'number, rising';
COMMENT ON COLUMN carom.replayed.at IS 'when it was corrected';
COMMENT ON COLUMN carom.replayed.key IS 'report.key';
COMMENT ON COLUMN carom.replayed.day IS 'report.day before; carom.prune() removes the row with the events of that day';
COMMENT ON COLUMN carom.replayed.before IS 'one object an event: kind, action, category, class, rule, status, reply, confidence';
COMMENT ON COLUMN carom.replayed.after IS 'the same of the events that stand there now';
COMMENT ON COLUMN carom.replayed.added IS 'addresses that it brought onto the list';
COMMENT ON COLUMN carom.replayed.released IS 'addresses that it took off the list';
COMMENT ON COLUMN carom.replayed.rules IS 'version of the rules that judged now';
COMMENT ON COLUMN carom.replayed.author IS 'who did it';
COMMENT ON COLUMN carom.replayed.login IS 'database role that was logged in';
COMMENT ON COLUMN carom.replayed.note IS 'why';


COMMENT ON TABLE carom.event IS
	'one row per outcome of a report (a report without outcomes has one row without address); never changed, but made anew by carom.replay(); one partition a month';
