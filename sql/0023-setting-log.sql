-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0023 - who changed a setting of the database, when and why

CREATE SEQUENCE carom.setting_log_id_seq;
CREATE TABLE carom.setting_log (
	id      bigint PRIMARY KEY DEFAULT nextval('carom.setting_log_id_seq'),
	at      timestamptz NOT NULL DEFAULT clock_timestamp(),
	name    text NOT NULL,
	was     text,
	value   text NOT NULL,
	author  text NOT NULL,
	login   text NOT NULL DEFAULT session_user,
	note    text
);
ALTER SEQUENCE carom.setting_log_id_seq OWNED BY carom.setting_log.id;
COMMENT ON TABLE carom.setting_log IS 'every change of a setting by a person; rows are only ever added';
COMMENT ON COLUMN carom.setting_log.id IS 'number, rising';
COMMENT ON COLUMN carom.setting_log.at IS 'when';
COMMENT ON COLUMN carom.setting_log.name IS 'setting.name';
COMMENT ON COLUMN carom.setting_log.was IS 'the value before; NULL: none was set, and the default held';
COMMENT ON COLUMN carom.setting_log.value IS 'the value since';
COMMENT ON COLUMN carom.setting_log.author IS 'who says to have done it';
COMMENT ON COLUMN carom.setting_log.login IS 'database role that was logged in';
COMMENT ON COLUMN carom.setting_log.note IS 'why';
