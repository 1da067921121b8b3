-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0028 - imports over HTTP that may be asked for again

CREATE TABLE carom.api_import (
	key     text NOT NULL,
	token   text NOT NULL CHECK (octet_length(token) BETWEEN 1 AND 255),
	body    bytea NOT NULL CHECK (octet_length(body) = 32),
	answer  text NOT NULL,
	at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (key, token)
);
COMMENT ON TABLE carom.api_import IS 'what was answered to imports that had an Idempotency-Key, for a day: asked again, they get that answer and change nothing';
COMMENT ON COLUMN carom.api_import.key IS 'api_key.id';
COMMENT ON COLUMN carom.api_import.token IS 'the Idempotency-Key';
COMMENT ON COLUMN carom.api_import.body IS 'SHA-256 of the file';
COMMENT ON COLUMN carom.api_import.answer IS 'JSON';
COMMENT ON COLUMN carom.api_import.at IS 'when';
