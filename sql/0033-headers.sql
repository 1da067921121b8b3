-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0033 - header fields of the operator's choice, kept with the event

ALTER TABLE carom.event ADD COLUMN headers jsonb;
COMMENT ON COLUMN carom.event.headers IS
	'header fields of the mail that came back which headers in [bounce] of carom.conf names, an object of texts, for the application';
