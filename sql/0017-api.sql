-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0017 - keys of the HTTP API

CREATE TABLE carom.api_key (
	id          text PRIMARY KEY CHECK (id ~ '^[a-z2-7]{8}$'),
	digest      bytea NOT NULL CHECK (octet_length(digest) = 32),
	accounts    text[] CHECK (cardinality(accounts) > 0),
	streams     text[] CHECK (cardinality(streams) > 0),
	scopes      text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['check', 'suppressions:read',
		'suppressions:write', 'complaints:release', 'events:read', 'reports:read', 'admin']),
	note        text,
	author      text NOT NULL,
	login       text NOT NULL,
	created_at  timestamptz NOT NULL DEFAULT now(),
	expires_at  timestamptz,
	revoked_at  timestamptz,
	used_on     date
);
COMMENT ON TABLE carom.api_key IS 'who may ask over HTTP, and what; the secret itself is kept by its owner alone';
COMMENT ON COLUMN carom.api_key.id IS 'part of the key that is no secret; also the author of what is done with it';
COMMENT ON COLUMN carom.api_key.digest IS 'SHA-256 of the whole key, whose secret has 256 random bits, so that a slow hash has nothing to slow down';
COMMENT ON COLUMN carom.api_key.accounts IS 'whose entries it is for; NULL: all, and those that hold for everybody';
COMMENT ON COLUMN carom.api_key.streams IS 'which streams of them; NULL: all, and what holds for the whole account';
COMMENT ON COLUMN carom.api_key.scopes IS
	'what it may do: check, suppressions:read, suppressions:write, complaints:release (take off what a person asked for), '
	'events:read, reports:read; admin: all of it';
COMMENT ON COLUMN carom.api_key.note IS 'what it is for';
COMMENT ON COLUMN carom.api_key.author IS 'who says to have made it';
COMMENT ON COLUMN carom.api_key.login IS 'database role that was logged in';
COMMENT ON COLUMN carom.api_key.created_at IS 'when';
COMMENT ON COLUMN carom.api_key.expires_at IS 'from then on it opens nothing; NULL: never';
COMMENT ON COLUMN carom.api_key.revoked_at IS 'when it was taken back; NULL: it was not';
COMMENT ON COLUMN carom.api_key.used_on IS 'last day on which somebody asked with it (UTC)';

-- What every function of the API answers.
CREATE TYPE carom.api_answer AS (
	status  int,
	answer  text,
	next    text[]
);
COMMENT ON TYPE carom.api_answer IS 'an HTTP status; JSON, or from 400 on a sentence that says why; where the next page begins, NULL on the last one';
