-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0014 - what the mail log tells of deliveries, and what others tell of our mail

CREATE TABLE carom.delivery (
	day         date NOT NULL,
	account     text NOT NULL DEFAULT '',
	stream      text NOT NULL DEFAULT '',
	provider    text NOT NULL DEFAULT '',
	outcome     text NOT NULL CHECK (outcome IN ('delivered', 'refused', 'expired', 'deferred')),
	category    text NOT NULL DEFAULT '',
	class       text NOT NULL DEFAULT '',
	told        boolean NOT NULL DEFAULT false,
	recipients  bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (day, account, stream, provider, outcome, category, class, told)
) WITH (fillfactor = 60);
COMMENT ON TABLE carom.delivery IS
	'what became of mail that was sent, by Postfix''s log: carom import maillog. Counts only; the events of a report are not among them';
COMMENT ON COLUMN carom.delivery.day IS 'day of the line in the time zone of the setting';
COMMENT ON COLUMN carom.delivery.account IS 'as in tally';
COMMENT ON COLUMN carom.delivery.stream IS 'as in tally';
COMMENT ON COLUMN carom.delivery.provider IS 'as in tally';
COMMENT ON COLUMN carom.delivery.outcome IS
	'delivered, refused (for good, as it was offered) and expired (tried until the time was up) are the end of a recipient''s mail; '
	'deferred is an attempt that did not work, however many there are of one';
COMMENT ON COLUMN carom.delivery.category IS 'of what was said, by the rules; '''' for delivered';
COMMENT ON COLUMN carom.delivery.class IS 'hard, soft, block or policy; '''' for delivered';
COMMENT ON COLUMN carom.delivery.told IS
	'Postfix writes a report to a return address whose mail comes to carom, so that the same is in event and tally: never add the two up';
COMMENT ON COLUMN carom.delivery.recipients IS 'how many';


CREATE TABLE carom.log_minute (
	minute  timestamptz PRIMARY KEY,
	lines   bigint[] NOT NULL
);
COMMENT ON TABLE carom.log_minute IS
	'lines of mail logs that were counted, so that none counts twice, whichever file it is read from; carom.prune() forgets them after 35 days';
COMMENT ON COLUMN carom.log_minute.minute IS 'when they were logged';
COMMENT ON COLUMN carom.log_minute.lines IS 'a number for each, made of its text';


CREATE TABLE carom.log_file (
	first     text PRIMARY KEY,
	position  bigint NOT NULL,
	tail      text NOT NULL,
	read_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE carom.log_file IS 'log files that were read, and how far; rotated, renamed or compressed they are the same';
COMMENT ON COLUMN carom.log_file.first IS 'digest of the first line';
COMMENT ON COLUMN carom.log_file.position IS 'octets of text that were read';
COMMENT ON COLUMN carom.log_file.tail IS 'digest of what stands right before the position';
COMMENT ON COLUMN carom.log_file.read_at IS 'when';


CREATE TABLE carom.log_host (
	host     text PRIMARY KEY,
	queue    text NOT NULL,
	read_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE carom.log_host IS 'hosts whose mail logs were read, and the messages that were under way where reading ended';
COMMENT ON COLUMN carom.log_host.host IS 'as the log names it';
COMMENT ON COLUMN carom.log_host.queue IS 'a message a line: queue id, marks, account/stream';
COMMENT ON COLUMN carom.log_host.read_at IS 'when';


CREATE TABLE carom.outside (
	day       date NOT NULL,
	source    text NOT NULL CHECK (source IN ('counts', 'snds', 'postmaster')),
	account   text NOT NULL DEFAULT '',
	stream    text NOT NULL DEFAULT '',
	provider  text NOT NULL DEFAULT '',
	subject   text NOT NULL DEFAULT '',
	metric    text NOT NULL CHECK (metric <> ''),
	value     numeric,
	word      text,
	told_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (day, source, account, stream, provider, subject, metric),
	CHECK (value IS NOT NULL OR word IS NOT NULL)
);
CREATE INDEX outside_source ON carom.outside (source, day);
COMMENT ON TABLE carom.outside IS
	'what others count of our mail, beside our own figures: carom import counts, snds and postmaster. The same import again changes nothing';
COMMENT ON COLUMN carom.outside.day IS 'as the source says; providers'' days are theirs';
COMMENT ON COLUMN carom.outside.source IS
	'counts: the sender''s own systems. snds: Microsoft. postmaster: Google Postmaster Tools';
COMMENT ON COLUMN carom.outside.account IS 'as in tally';
COMMENT ON COLUMN carom.outside.stream IS 'as in tally';
COMMENT ON COLUMN carom.outside.provider IS 'as in tally';
COMMENT ON COLUMN carom.outside.subject IS 'what it is about: an IP address of ours (snds), a domain of ours (postmaster); '''' for counts';
COMMENT ON COLUMN carom.outside.metric IS 'what is counted: opens, clicks, complaint_rate, filter_result …';
COMMENT ON COLUMN carom.outside.value IS 'the number; a rate is a fraction. NULL where it is none';
COMMENT ON COLUMN carom.outside.word IS 'as the source writes it, where it is no plain number: green, "< 0.1%"';
COMMENT ON COLUMN carom.outside.told_at IS 'when it was last imported';


CREATE INDEX sent_address ON carom.sent (address);  -- whom a person asks about
