-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0012 - the brake: what too many addresses of one provider turned at once is held

CREATE SEQUENCE carom.incident_id_seq;
CREATE TABLE carom.incident (
	id          bigint PRIMARY KEY DEFAULT nextval('carom.incident_id_seq'),
	state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'confirmed', 'discarded')),
	provider    text NOT NULL,
	template    text NOT NULL,
	category    text,
	rule        text,
	example     text,
	first_at    timestamptz NOT NULL,
	last_at     timestamptz NOT NULL,
	opened_at   timestamptz NOT NULL DEFAULT now(),
	addresses   int NOT NULL DEFAULT 0,
	closed_at   timestamptz,
	author      text,
	login       text,
	note        text
);
ALTER SEQUENCE carom.incident_id_seq OWNED BY carom.incident.id;
COMMENT ON TABLE carom.incident IS
	'one row each time that many addresses of one provider turned hard with one reply within minutes; a person says what it was';
COMMENT ON COLUMN carom.incident.id IS 'number';
COMMENT ON COLUMN carom.incident.state IS 'open: its addresses are held. confirmed: they are suppressed. discarded: they were taken off the list';
COMMENT ON COLUMN carom.incident.provider IS 'who runs the mailboxes; a domain where nobody knows';
COMMENT ON COLUMN carom.incident.template IS 'what all the replies say, by carom.reply_template()';
COMMENT ON COLUMN carom.incident.category IS 'of the event that opened it';
COMMENT ON COLUMN carom.incident.rule IS 'of the event that opened it';
COMMENT ON COLUMN carom.incident.example IS 'one reply, as it was. May hold an address';
COMMENT ON COLUMN carom.incident.first_at IS 'arrival of the first report';
COMMENT ON COLUMN carom.incident.last_at IS 'arrival of the last report';
COMMENT ON COLUMN carom.incident.opened_at IS 'when it was noticed';
COMMENT ON COLUMN carom.incident.addresses IS 'entries of lists that were held';
COMMENT ON COLUMN carom.incident.closed_at IS 'when a person said what it was';
COMMENT ON COLUMN carom.incident.author IS 'who says to have done that';
COMMENT ON COLUMN carom.incident.login IS 'database role that was logged in';
COMMENT ON COLUMN carom.incident.note IS 'why';

CREATE SEQUENCE carom.incident_log_id_seq;
CREATE TABLE carom.incident_log (
	id        bigint PRIMARY KEY DEFAULT nextval('carom.incident_log_id_seq'),
	at        timestamptz NOT NULL DEFAULT clock_timestamp(),
	incident  bigint NOT NULL,
	change    text NOT NULL CHECK (change IN ('opened', 'confirmed', 'discarded'))
);
ALTER SEQUENCE carom.incident_log_id_seq OWNED BY carom.incident_log.id;
COMMENT ON TABLE carom.incident_log IS 'what the feed tells of incidents';
COMMENT ON COLUMN carom.incident_log.id IS 'number';
COMMENT ON COLUMN carom.incident_log.at IS 'when';
COMMENT ON COLUMN carom.incident_log.incident IS 'incident.id';
COMMENT ON COLUMN carom.incident_log.change IS 'what became of it';

CREATE TABLE carom.held (
	address   text NOT NULL,
	account   text NOT NULL,
	stream    text NOT NULL,
	event     bigint NOT NULL,
	incident  bigint NOT NULL,
	PRIMARY KEY (address, account, stream)
);
CREATE INDEX held_incident ON carom.held (incident);
COMMENT ON TABLE carom.held IS
	'suppressions that an open incident holds, as long as they are still of that event. Whether they are mailed says the setting held';
COMMENT ON COLUMN carom.held.address IS 'suppression.address';
COMMENT ON COLUMN carom.held.account IS 'suppression.account';
COMMENT ON COLUMN carom.held.stream IS 'suppression.stream';
COMMENT ON COLUMN carom.held.event IS 'suppression.event; where that is another one by now, it is held no more';
COMMENT ON COLUMN carom.held.incident IS 'incident.id';

CREATE TABLE carom.brake (
	provider    text NOT NULL,
	template    text NOT NULL,
	slot        bigint NOT NULL,
	n           int NOT NULL,
	before      int NOT NULL DEFAULT 0,
	incident    bigint,
	held_at     timestamptz,
	free_until  timestamptz,
	seen_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (provider, template)
) WITH (fillfactor = 60);
COMMENT ON TABLE carom.brake IS 'how many addresses of a provider replies suppressed lately';
COMMENT ON COLUMN carom.brake.provider IS 'as in incident';
COMMENT ON COLUMN carom.brake.template IS 'as in incident; '''' for all of the provider, without which the others are not counted';
COMMENT ON COLUMN carom.brake.slot IS 'the last stretch of brake_minutes minutes in which one did, counted from 1970, by arrival';
COMMENT ON COLUMN carom.brake.n IS 'addresses in that';
COMMENT ON COLUMN carom.brake.before IS 'addresses in the one before';
COMMENT ON COLUMN carom.brake.incident IS 'the incident that is open';
COMMENT ON COLUMN carom.brake.held_at IS 'arrival of the last report whose address was held';
COMMENT ON COLUMN carom.brake.free_until IS 'a person has confirmed: until then nothing is held';
COMMENT ON COLUMN carom.brake.seen_at IS 'when the row was last written; prune removes it two days later';

ALTER TABLE carom.suppression_log DROP CONSTRAINT suppression_log_change_check,
	ADD CONSTRAINT suppression_log_change_check CHECK (change IN ('add', 'replace', 'remove', 'hold', 'confirm')) NOT VALID;
COMMENT ON COLUMN carom.suppression_log.change IS
	'add: was not suppressed before. replace: was, and now for a stronger reason or for longer. remove: may be mailed again. '
	'hold: an incident holds it. confirm: a person has confirmed that';

INSERT INTO carom.setting (name, value) VALUES ('brake_addresses', '500'), ('brake_minutes', '10'), ('held', 'refused') ON CONFLICT DO NOTHING;
