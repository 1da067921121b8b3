-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0002 - return addresses made here, mail remembered, and one bounce a mail

-- A token has room for 40 bits (carom-verp(7)).
ALTER SEQUENCE carom.address_id_seq MAXVALUE 1099511627775;


CREATE TABLE carom.verp_key (
	id       text PRIMARY KEY COLLATE "C" CHECK (id ~ '^[a-z2-7]$'),
	secret   bytea NOT NULL CHECK (octet_length(secret) = 32),
	made_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE carom.verp_key IS
	'keys that sign return addresses, the same as in the keys file; the youngest signs. For nobody to read: '
	'carom.verp() signs with them, carom.set_verp_key() writes them';
COMMENT ON COLUMN carom.verp_key.id IS 'one base32 digit, as at the beginning of the line in the keys file';
COMMENT ON COLUMN carom.verp_key.secret IS '32 octets';
COMMENT ON COLUMN carom.verp_key.made_at IS 'when it was set here';


CREATE TABLE carom.sent (
	message_id  text NOT NULL CHECK (message_id <> ''),
	address     text NOT NULL CHECK (address <> ''),
	account     text NOT NULL DEFAULT '',
	stream      text NOT NULL DEFAULT '',
	spelling    text NOT NULL,
	sent_on     date NOT NULL,
	expires_at  timestamptz NOT NULL,
	PRIMARY KEY (message_id, address, account, stream)
);
CREATE INDEX sent_expires_at ON carom.sent (expires_at);
COMMENT ON TABLE carom.sent IS
	'mail that was sent, by Message-ID, for reports that come without a return address of ours; filled by carom.remember_sent(). '
	'A Message-ID that many recipients see lets each of them speak for the others: give every recipient one of its own';
COMMENT ON COLUMN carom.sent.message_id IS 'without angle brackets';
COMMENT ON COLUMN carom.sent.address IS 'by carom.normalise()';
COMMENT ON COLUMN carom.sent.account IS 'who mailed it; '''' unknown';
COMMENT ON COLUMN carom.sent.stream IS 'in which stream; '''' unknown';
COMMENT ON COLUMN carom.sent.spelling IS 'as it was written';
COMMENT ON COLUMN carom.sent.sent_on IS 'day of sending';
COMMENT ON COLUMN carom.sent.expires_at IS 'what arrives later is not about this mail; carom.prune() removes the row then';


CREATE TABLE carom.told (
	address   text NOT NULL,
	message   bytea NOT NULL,
	what      text NOT NULL,
	day       date NOT NULL,
	last_day  date NOT NULL,
	weight    int NOT NULL,
	previous  int,
	times     int NOT NULL,
	PRIMARY KEY (address, message, what)
) WITH (fillfactor = 80);
CREATE INDEX told_last_day ON carom.told (last_day);
COMMENT ON TABLE carom.told IS
	'what we were told of a mail and an address, once each, by which a second report of the same is known as a repeat';
COMMENT ON COLUMN carom.told.address IS 'event.address';
COMMENT ON COLUMN carom.told.message IS 'event.message';
COMMENT ON COLUMN carom.told.what IS 'failed, unsubscribed, or complaint:TYPE; delays and deliveries may be told again and again';
COMMENT ON COLUMN carom.told.day IS 'day of the first event';
COMMENT ON COLUMN carom.told.last_day IS 'day of the last one';
COMMENT ON COLUMN carom.told.weight IS 'of the weightiest so far: 3 if it can be believed, plus 2 for hard, 1 for another permanent failure';
COMMENT ON COLUMN carom.told.previous IS 'weight before the last report; NULL if that was the first';
COMMENT ON COLUMN carom.told.times IS 'events, the repeats among them included';


ALTER TABLE carom.event
	ADD COLUMN message bytea,
	ADD COLUMN repeated boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN carom.event.message IS
	'the mail that it happened to: digest of the returned Message-ID or, where the report has none, of what our signature says of it; NULL unknown';
COMMENT ON COLUMN carom.event.repeated IS
	'the same was already told of this mail and address: not in tally.events, and without a cause unless it is worse than what was told before';
COMMENT ON COLUMN carom.event.cause IS
	'row of policy that may apply: the category, or complaint:TYPE; NULL where it does not count against the address';

ALTER TABLE carom.tally ADD COLUMN repeats bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN carom.tally.events IS 'rows of event that are no repeats';
COMMENT ON COLUMN carom.tally.repeats IS 'rows of event that repeat what was told before';
