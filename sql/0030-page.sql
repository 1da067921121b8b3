-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0030 - who may use the page for staff

CREATE TABLE carom.staff (
	name      text PRIMARY KEY CHECK (name <> '' AND length(name) <= 100 AND name !~ '[[:cntrl:]]'),
	role      text NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
	note      text,
	author    text NOT NULL,
	login     text NOT NULL,
	added_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE carom.staff IS 'who may use the page; the web server in front of it says who somebody is';
COMMENT ON COLUMN carom.staff.name IS 'as the web server gives it in X-Remote-User; also the author of what is done there';
COMMENT ON COLUMN carom.staff.role IS
	'reader: sees all. editor: changes the list and closes incidents. admin: also takes off what people asked for, undoes by cause, '
	'and changes keys and webhooks';
COMMENT ON COLUMN carom.staff.note IS 'who that is';
COMMENT ON COLUMN carom.staff.author IS 'who says to have added this row';
COMMENT ON COLUMN carom.staff.login IS 'database role that was logged in';
COMMENT ON COLUMN carom.staff.added_at IS 'when it was added or changed last';
