-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0007 - an application's own token, kept with the event

ALTER TABLE carom.event ADD COLUMN token text;
COMMENT ON COLUMN carom.event.token IS 'what tokens in [bounce] of carom.conf found in the return address, for the application';
