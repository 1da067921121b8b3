-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0009 - who changed the policy, when and why; and what may stop transactional mail

ALTER TABLE carom.policy ADD COLUMN transactional boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN carom.policy.transactional IS
	'whether a complaint, an unsubscribe or a suppression with an end that this brings also stops the transactional streams of its scope';

CREATE SEQUENCE carom.policy_log_id_seq;
CREATE TABLE carom.policy_log (
	id             bigint PRIMARY KEY DEFAULT nextval('carom.policy_log_id_seq'),
	at             timestamptz NOT NULL DEFAULT clock_timestamp(),
	change         text NOT NULL CHECK (change IN ('add', 'replace', 'remove', 'apply', 'streams')),
	category       text NOT NULL DEFAULT '',
	account        text NOT NULL DEFAULT '',
	stream         text NOT NULL DEFAULT '',
	provider       text NOT NULL DEFAULT '',
	status         text NOT NULL DEFAULT '',
	reply          text NOT NULL DEFAULT '',
	after          int,
	within_days    int,
	expires_days   int,
	scope          text,
	transactional  boolean,
	was            jsonb,
	added          bigint,
	released       bigint,
	changed        bigint,
	author         text NOT NULL,
	login          text NOT NULL DEFAULT session_user,
	note           text
);
ALTER SEQUENCE carom.policy_log_id_seq OWNED BY carom.policy_log.id;
COMMENT ON TABLE carom.policy_log IS 'every change of the policy, and every time that it was applied to what is stored; rows are only ever added';
COMMENT ON COLUMN carom.policy_log.id IS 'number, rising';
COMMENT ON COLUMN carom.policy_log.at IS 'when';
COMMENT ON COLUMN carom.policy_log.change IS
	'add: a row that was not there. replace: one that was. remove: taken away. apply: the list was made as the policy of that moment has it. '
	'streams: other streams are transactional';
COMMENT ON COLUMN carom.policy_log.category IS 'as in policy; '''' for apply';
COMMENT ON COLUMN carom.policy_log.account IS 'as in policy';
COMMENT ON COLUMN carom.policy_log.stream IS 'as in policy';
COMMENT ON COLUMN carom.policy_log.provider IS 'as in policy';
COMMENT ON COLUMN carom.policy_log.status IS 'as in policy';
COMMENT ON COLUMN carom.policy_log.reply IS 'as in policy';
COMMENT ON COLUMN carom.policy_log.after IS 'as in policy, after the change; of the row that went for remove';
COMMENT ON COLUMN carom.policy_log.within_days IS 'likewise';
COMMENT ON COLUMN carom.policy_log.expires_days IS 'likewise';
COMMENT ON COLUMN carom.policy_log.scope IS 'likewise';
COMMENT ON COLUMN carom.policy_log.transactional IS 'likewise';
COMMENT ON COLUMN carom.policy_log.was IS
	'the row before a replace: {"after", "within_days", "expires_days", "scope", "transactional", "note"}; of streams: {"streams", "now"}';
COMMENT ON COLUMN carom.policy_log.added IS 'apply: suppressions that were added';
COMMENT ON COLUMN carom.policy_log.released IS 'apply: suppressions that were taken off';
COMMENT ON COLUMN carom.policy_log.changed IS 'apply: suppressions that got another end';
COMMENT ON COLUMN carom.policy_log.author IS 'who says to have done it';
COMMENT ON COLUMN carom.policy_log.login IS 'database role that was logged in';
COMMENT ON COLUMN carom.policy_log.note IS 'why';
