-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0005 - numbers of accounts and streams, for signed return addresses

CREATE SEQUENCE carom.stream_number_seq AS int MINVALUE 1024 MAXVALUE 33554431;
CREATE TABLE carom.stream (
	number      int PRIMARY KEY DEFAULT nextval('carom.stream_number_seq') CHECK (number BETWEEN 1024 AND 33554431),
	account     text NOT NULL CHECK (account <> ''),
	stream      text NOT NULL DEFAULT '',
	created_at  timestamptz NOT NULL DEFAULT now(),
	UNIQUE (account, stream)
);
ALTER SEQUENCE carom.stream_number_seq OWNED BY carom.stream.number;
COMMENT ON TABLE carom.stream IS
	'accounts and streams that have a number, which a signed return address carries where [streams] of carom.conf gives them none';
COMMENT ON COLUMN carom.stream.number IS 'from 1024 on: those below are of [streams]. Five base32 digits (carom-verp(7))';
COMMENT ON COLUMN carom.stream.account IS 'whose mail it is';
COMMENT ON COLUMN carom.stream.stream IS 'one of its streams; '''' the account alone';
COMMENT ON COLUMN carom.stream.created_at IS 'when it was first asked for';
