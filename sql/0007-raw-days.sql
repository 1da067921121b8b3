-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0007 - what nobody understood is kept whole up to so many octets a day

CREATE TABLE carom.raw_day (
	day      date NOT NULL,
	kept     bigint NOT NULL DEFAULT 0,
	octets   bigint NOT NULL DEFAULT 0,
	dropped  bigint NOT NULL DEFAULT 0,
	home     int NOT NULL DEFAULT 0,
	CONSTRAINT raw_day_pkey PRIMARY KEY (day, home)
) WITH (fillfactor = 60);
COMMENT ON TABLE carom.raw_day IS
	'unrecognised mail by the day on which it was recorded: how much was kept whole, and how much not, since the day''s bound was reached';
COMMENT ON COLUMN carom.raw_day.day IS 'day of recording in the time zone of the setting';
COMMENT ON COLUMN carom.raw_day.kept IS 'messages kept in table raw';
COMMENT ON COLUMN carom.raw_day.octets IS 'what they measure together';
COMMENT ON COLUMN carom.raw_day.dropped IS 'messages recorded, but not kept';
COMMENT ON COLUMN carom.raw_day.home IS 'where it was counted, as in tally';
