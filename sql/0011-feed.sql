-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0011 - the feed: what happened, once each, in one order
--
-- Whoever records says in the same transaction which rows it wrote. Who reads the
-- feed numbers what has committed since, one reader at a time: so a number never
-- changes, none is left out, and nobody waits for a transaction that goes on.

CREATE SEQUENCE carom.feed_waiting_id_seq;
CREATE TABLE carom.feed_waiting (
	id          bigint NOT NULL DEFAULT nextval('carom.feed_waiting_id_seq'),
	home        int NOT NULL DEFAULT 0,
	what        text NOT NULL CHECK (what IN ('event', 'change', 'incident')),
	xact        xid8 NOT NULL DEFAULT pg_current_xact_id(),
	reports     bigint[],
	ids         bigint[] NOT NULL CHECK (ids <> '{}'),
	first_day   date,
	last_day    date,
	written_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
	CONSTRAINT feed_waiting_pkey PRIMARY KEY (id, home)
);
ALTER SEQUENCE carom.feed_waiting_id_seq OWNED BY carom.feed_waiting.id;
COMMENT ON TABLE carom.feed_waiting IS 'what was written and has no number in the feed yet, one row a statement; carom.feed_number() empties it';
COMMENT ON COLUMN carom.feed_waiting.id IS 'order of writing';
COMMENT ON COLUMN carom.feed_waiting.home IS 'where it was written, as in tally';
COMMENT ON COLUMN carom.feed_waiting.what IS 'event: rows of event. change: rows of suppression_log. incident: rows of incident_log';
COMMENT ON COLUMN carom.feed_waiting.xact IS 'transaction that wrote them; as in suppression_log';
COMMENT ON COLUMN carom.feed_waiting.reports IS 'event.report of the events, by which they are found';
COMMENT ON COLUMN carom.feed_waiting.ids IS 'their numbers, in order, not more than a thousand';
COMMENT ON COLUMN carom.feed_waiting.first_day IS 'the earliest of their days';
COMMENT ON COLUMN carom.feed_waiting.last_day IS 'the last of their days';
COMMENT ON COLUMN carom.feed_waiting.written_at IS 'when';

CREATE TABLE carom.feed_entry (
	last        bigint PRIMARY KEY,
	first       bigint NOT NULL,
	mark        int NOT NULL,
	what        text NOT NULL,
	xact        xid8 NOT NULL,
	home        int NOT NULL,
	reports     bigint[],
	ids         bigint[] NOT NULL,
	first_day   date,
	last_day    date,
	written_at  timestamptz NOT NULL,
	CHECK (last - first + 1 = cardinality(ids))
);
CREATE INDEX feed_entry_what ON carom.feed_entry (what, last);
COMMENT ON TABLE carom.feed_entry IS
	'the feed: positions first to last are the rows ids of event, suppression_log or incident_log. Read it with carom.feed()';
COMMENT ON COLUMN carom.feed_entry.last IS 'position of the last; positions rise by one and never change';
COMMENT ON COLUMN carom.feed_entry.first IS 'position of the first';
COMMENT ON COLUMN carom.feed_entry.mark IS
	'by chance. A cursor has it, so that a server that lost what another one had told is not taken for that one';
COMMENT ON COLUMN carom.feed_entry.what IS 'as in feed_waiting';
COMMENT ON COLUMN carom.feed_entry.xact IS 'as in feed_waiting';
COMMENT ON COLUMN carom.feed_entry.home IS 'as in feed_waiting';
COMMENT ON COLUMN carom.feed_entry.reports IS 'as in feed_waiting';
COMMENT ON COLUMN carom.feed_entry.ids IS 'as in feed_waiting; what was pruned or forgotten since is passed over';
COMMENT ON COLUMN carom.feed_entry.first_day IS 'as in feed_waiting';
COMMENT ON COLUMN carom.feed_entry.last_day IS 'as in feed_waiting';
COMMENT ON COLUMN carom.feed_entry.written_at IS 'as in feed_waiting';

CREATE TABLE carom.feed_head (
	one        boolean PRIMARY KEY DEFAULT true CHECK (one),
	last       bigint NOT NULL,
	kept_from  bigint NOT NULL
);
INSERT INTO carom.feed_head (last, kept_from) VALUES (0, 1);
COMMENT ON TABLE carom.feed_head IS 'where the feed begins and ends; who numbers locks its row';
COMMENT ON COLUMN carom.feed_head.one IS 'true: there is one row';
COMMENT ON COLUMN carom.feed_head.last IS 'the last position; 0 for none yet';
COMMENT ON COLUMN carom.feed_head.kept_from IS 'the first position that prune has not removed';

CREATE TABLE carom.consumer (
	name        text PRIMARY KEY CHECK (name ~ '^[[:alnum:]_.-]{1,64}$'),
	position    bigint NOT NULL,
	mark        int NOT NULL,
	changed_at  timestamptz NOT NULL DEFAULT now(),
	login       text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE carom.consumer IS 'who reads the feed and leaves the keeping of the cursor to the database: carom.feed_keep() and feed_cursor()';
COMMENT ON COLUMN carom.consumer.name IS 'letters, digits, _ . and -';
COMMENT ON COLUMN carom.consumer.position IS 'the last position that it has; 0 for none';
COMMENT ON COLUMN carom.consumer.mark IS 'feed_entry.mark of that';
COMMENT ON COLUMN carom.consumer.changed_at IS 'when it said so';
COMMENT ON COLUMN carom.consumer.login IS 'database role that was logged in then';

INSERT INTO carom.setting (name, value) VALUES ('feed_days', '90') ON CONFLICT DO NOTHING;
