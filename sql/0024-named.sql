-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0024 - figures by campaign and by the IP address that mail went out from

CREATE TABLE carom.named (
	day           date NOT NULL,
	dimension     text NOT NULL CHECK (dimension IN ('campaign', 'ip')),
	account       text NOT NULL DEFAULT '',
	stream        text NOT NULL DEFAULT '',
	provider      text NOT NULL DEFAULT '',
	name          text NOT NULL CHECK (name <> ''),
	hard          bigint NOT NULL DEFAULT 0,
	soft          bigint NOT NULL DEFAULT 0,
	block         bigint NOT NULL DEFAULT 0,
	policy        bigint NOT NULL DEFAULT 0,
	bounced       bigint NOT NULL DEFAULT 0,
	complaints    bigint NOT NULL DEFAULT 0,
	not_spam      bigint NOT NULL DEFAULT 0,
	unsubscribes  bigint NOT NULL DEFAULT 0,
	delays        bigint NOT NULL DEFAULT 0,
	writes        int NOT NULL DEFAULT 1,
	home          int NOT NULL DEFAULT 0,
	CONSTRAINT named_pkey PRIMARY KEY (day, dimension, account, stream, provider, name, home)
) WITH (fillfactor = 60);
COMMENT ON TABLE carom.named IS
	'what came back, by campaign and by sending IP address, written in the transaction of the events; carom.prune() forgets it after named_days';
COMMENT ON COLUMN carom.named.day IS 'event.day';
COMMENT ON COLUMN carom.named.dimension IS
	'campaign: Feedback-ID of the mail that came back, or else its List-Id. ip: the address that it went out from';
COMMENT ON COLUMN carom.named.account IS 'event.account';
COMMENT ON COLUMN carom.named.stream IS 'event.stream';
COMMENT ON COLUMN carom.named.provider IS 'event.provider';
COMMENT ON COLUMN carom.named.name IS
	'of the campaign, or the address; "(other)" for those of a day above the setting named_rows, and for what proves nothing and is not there yet';
COMMENT ON COLUMN carom.named.hard IS 'as in daily';
COMMENT ON COLUMN carom.named.soft IS 'as in daily';
COMMENT ON COLUMN carom.named.block IS 'as in daily';
COMMENT ON COLUMN carom.named.policy IS 'as in daily';
COMMENT ON COLUMN carom.named.bounced IS 'as in daily';
COMMENT ON COLUMN carom.named.complaints IS 'as in daily, but nothing is taken back: see not_spam';
COMMENT ON COLUMN carom.named.not_spam IS 'complaints that were taken back';
COMMENT ON COLUMN carom.named.unsubscribes IS 'as in daily';
COMMENT ON COLUMN carom.named.delays IS 'as in daily';
COMMENT ON COLUMN carom.named.writes IS 'times that it was written; 1: it is new';
COMMENT ON COLUMN carom.named.home IS 'where it was counted, as in tally';


CREATE TABLE carom.named_day (
	day      date NOT NULL,
	opened   bigint NOT NULL DEFAULT 0,
	is_full  boolean NOT NULL DEFAULT false,
	home     int NOT NULL DEFAULT 0,
	CONSTRAINT named_day_pkey PRIMARY KEY (day, home)
) WITH (fillfactor = 60);
CREATE INDEX named_day_full ON carom.named_day (home, day) WHERE is_full;
COMMENT ON TABLE carom.named_day IS 'rows of carom.named that reports opened in a day; from the setting named_rows on they open no more';
COMMENT ON COLUMN carom.named_day.day IS 'as in named';
COMMENT ON COLUMN carom.named_day.opened IS 'rows';
COMMENT ON COLUMN carom.named_day.is_full IS 'they open no more';
COMMENT ON COLUMN carom.named_day.home IS 'where it was counted, as in tally';


CREATE TABLE carom.named_volume (
	day        date NOT NULL,
	dimension  text NOT NULL CHECK (dimension IN ('campaign', 'ip')),
	account    text NOT NULL DEFAULT '',
	stream     text NOT NULL DEFAULT '',
	provider   text NOT NULL DEFAULT '',
	name       text NOT NULL CHECK (name <> ''),
	sent       bigint NOT NULL DEFAULT 0 CHECK (sent >= 0),
	CONSTRAINT named_volume_pkey PRIMARY KEY (day, dimension, account, stream, provider, name)
) WITH (fillfactor = 60);
COMMENT ON TABLE carom.named_volume IS
	'what was sent, by campaign and by sending IP address: as volume, in the same batches. carom.prune() forgets it after named_days';
COMMENT ON COLUMN carom.named_volume.day IS 'as in volume';
COMMENT ON COLUMN carom.named_volume.dimension IS 'as in named';
COMMENT ON COLUMN carom.named_volume.account IS 'as in tally';
COMMENT ON COLUMN carom.named_volume.stream IS 'as in tally';
COMMENT ON COLUMN carom.named_volume.provider IS 'as in tally';
COMMENT ON COLUMN carom.named_volume.name IS 'as in named';
COMMENT ON COLUMN carom.named_volume.sent IS 'recipients mailed';

-- Events of before are not among them: what is checked begins after the last of their days.
INSERT INTO carom.setting (name, value)
	SELECT 'named_from', CASE WHEN EXISTS (SELECT FROM carom.event) THEN (now() AT TIME ZONE 'UTC')::date + 2 ELSE date '0001-01-01' END::text;
