-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0025 - deliveries that the mail log tells, where they matter

CREATE TABLE carom.delivered (
	address  text NOT NULL CHECK (address <> ''),
	day      date NOT NULL,
	at       timestamptz NOT NULL,
	home     int NOT NULL,
	CONSTRAINT delivered_pkey PRIMARY KEY (address, day, home)
);
CREATE INDEX delivered_day ON carom.delivered (day);
COMMENT ON TABLE carom.delivered IS
	'that the next server took mail, of addresses that were on the list or had events which count, by Postfix''s log: carom import maillog. '
	'A policy''s count of days begins anew after it';
COMMENT ON COLUMN carom.delivered.address IS 'by carom.normalise()';
COMMENT ON COLUMN carom.delivered.day IS 'of that in the time zone of the setting';
COMMENT ON COLUMN carom.delivered.at IS 'the last time on that day';
COMMENT ON COLUMN carom.delivered.home IS 'home of the address';
