-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0022 - people who were forgotten: their entries stay under a name that a key makes

CREATE TABLE carom.forget_key (
	one          boolean PRIMARY KEY DEFAULT true CHECK (one),
	inner_pad    bytea NOT NULL CHECK (octet_length(inner_pad) = 64),
	outer_pad    bytea NOT NULL CHECK (octet_length(outer_pad) = 64),
	filter       bytea NOT NULL CHECK (octet_length(filter) = 32),
	filter_inner bytea NOT NULL CHECK (octet_length(filter_inner) = 64),
	filter_outer bytea NOT NULL CHECK (octet_length(filter_outer) = 64),
	made_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE carom.forget_key IS
	'the key by which a forgotten address is still known; made when the first one is forgotten. For nobody to read: the functions use it';
COMMENT ON COLUMN carom.forget_key.one IS 'true: there is one row';
COMMENT ON COLUMN carom.forget_key.inner_pad IS 'the key as HMAC (RFC 2104) needs it inside';
COMMENT ON COLUMN carom.forget_key.outer_pad IS 'and outside';
COMMENT ON COLUMN carom.forget_key.filter IS
	'a second key, for the outbound daemon: with it the beginning of a name can be made, and so be looked for in a list in memory';
COMMENT ON COLUMN carom.forget_key.filter_inner IS 'as inner_pad';
COMMENT ON COLUMN carom.forget_key.filter_outer IS 'as outer_pad';
COMMENT ON COLUMN carom.forget_key.made_at IS 'when';

CREATE SEQUENCE carom.forgotten_id_seq;
CREATE TABLE carom.forgotten (
	id       bigint PRIMARY KEY DEFAULT nextval('carom.forgotten_id_seq'),
	at       timestamptz NOT NULL DEFAULT clock_timestamp(),
	counts   jsonb NOT NULL,
	author   text NOT NULL,
	login    text NOT NULL DEFAULT session_user,
	note     text
);
ALTER SEQUENCE carom.forgotten_id_seq OWNED BY carom.forgotten.id;
COMMENT ON TABLE carom.forgotten IS 'every time that an address was forgotten, without the address; rows are only ever added';
COMMENT ON COLUMN carom.forgotten.id IS 'number, rising';
COMMENT ON COLUMN carom.forgotten.at IS 'when';
COMMENT ON COLUMN carom.forgotten.counts IS 'what was cleaned: entries, events, reports …, with how many rows';
COMMENT ON COLUMN carom.forgotten.author IS 'who says to have done it';
COMMENT ON COLUMN carom.forgotten.login IS 'database role that was logged in';
COMMENT ON COLUMN carom.forgotten.note IS 'why, such as the number of a request; the address is taken out of it';

ALTER TABLE carom.suppression_log DROP CONSTRAINT suppression_log_change_check,
	ADD CONSTRAINT suppression_log_change_check CHECK (change IN ('add', 'replace', 'remove', 'hold', 'confirm', 'forget')) NOT VALID;
COMMENT ON COLUMN carom.suppression_log.change IS
	'add: was not suppressed before. replace: was, and now for a stronger reason or for longer. remove: may be mailed again. '
	'hold: an incident holds it. confirm: a person has confirmed that. forget: the address was forgotten, and the entry holds under a name';
COMMENT ON COLUMN carom.suppression_log.address IS 'as in suppression; '''' in what was written of an address that was forgotten since';
COMMENT ON COLUMN carom.suppression.address IS
	'by carom.normalise(); @example.org stands for a whole domain, # with 50 hexadecimal digits for an address that was forgotten';
COMMENT ON COLUMN carom.event.resolved_by IS 'how the address was found; forgotten: it was there, and carom.forget() took it away';
