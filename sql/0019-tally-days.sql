-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0019 - rows of the tally that guesses may open in a day

CREATE TABLE carom.tally_day (
	day     date NOT NULL,
	opened  bigint NOT NULL DEFAULT 0,
	home    int NOT NULL DEFAULT 0,
	CONSTRAINT tally_day_pkey PRIMARY KEY (day, home)
) WITH (fillfactor = 60);
COMMENT ON TABLE carom.tally_day IS
	'days with guesses: at the bound (setting guessed_keys) whatever else reports name that prove nothing is counted as "(other)"';
COMMENT ON COLUMN carom.tally_day.day IS 'as in tally';
COMMENT ON COLUMN carom.tally_day.opened IS 'rows of the tally that a report opened which proves nothing';
COMMENT ON COLUMN carom.tally_day.home IS 'where it was counted, as in tally';
