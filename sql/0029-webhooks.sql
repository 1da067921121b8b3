-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0029 - webhooks: who is told by HTTP, and each delivery

CREATE TABLE carom.webhook (
	id             text PRIMARY KEY CHECK (id ~ '^[a-z2-7]{8}$'),
	url            text NOT NULL CHECK (length(url) <= 2000 AND url ~ '^https?://[A-Za-z0-9._:\[\]-]+([/?][!-~]*)?$'),
	kinds          text[] CHECK (cardinality(kinds) > 0),
	account        text CHECK (account <> ''),
	stream         text CHECK (stream IS NULL OR stream <> '' AND account IS NOT NULL),
	state          text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
	why            text,
	cursor         text NOT NULL,
	failing_since  timestamptz,
	rest_until     timestamptz,
	delivered_at   timestamptz,
	note           text,
	author         text NOT NULL,
	login          text NOT NULL,
	created_at     timestamptz NOT NULL DEFAULT now(),
	changed_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE carom.webhook IS 'who is told by HTTP of what the feed tells; carom serve --role webhooks does it';
COMMENT ON COLUMN carom.webhook.id IS 'by chance; with the cursor of an event it makes the webhook-id of a delivery';
COMMENT ON COLUMN carom.webhook.url IS 'where it is sent to';
COMMENT ON COLUMN carom.webhook.kinds IS 'types of the feed, or what stands before their full stop; NULL: all';
COMMENT ON COLUMN carom.webhook.account IS 'only what is of this account; NULL: all';
COMMENT ON COLUMN carom.webhook.stream IS 'only what is of this stream of it; NULL: all';
COMMENT ON COLUMN carom.webhook.state IS 'active; paused by a person; disabled by carom, since it failed for long or its server said 410';
COMMENT ON COLUMN carom.webhook.why IS 'why it was disabled';
COMMENT ON COLUMN carom.webhook.cursor IS 'of the last row of the feed that was looked at: what follows is still to be delivered';
COMMENT ON COLUMN carom.webhook.failing_since IS 'first failure since the last success; NULL: the last one succeeded';
COMMENT ON COLUMN carom.webhook.rest_until IS 'nothing is sent before: its server asked for that by Retry-After';
COMMENT ON COLUMN carom.webhook.delivered_at IS 'last success';
COMMENT ON COLUMN carom.webhook.note IS 'what it is for';
COMMENT ON COLUMN carom.webhook.author IS 'who says to have made it';
COMMENT ON COLUMN carom.webhook.login IS 'database role that was logged in';
COMMENT ON COLUMN carom.webhook.created_at IS 'when';
COMMENT ON COLUMN carom.webhook.changed_at IS 'when its state changed last';

CREATE TABLE carom.webhook_secret (
	webhook     text NOT NULL REFERENCES carom.webhook (id) ON DELETE CASCADE,
	secret      bytea NOT NULL CHECK (octet_length(secret) = 32),
	made_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
	expires_at  timestamptz,
	PRIMARY KEY (webhook, secret)
);
COMMENT ON TABLE carom.webhook_secret IS 'what deliveries are signed with; for nobody to read. Two are good for a time after one was made anew';
COMMENT ON COLUMN carom.webhook_secret.webhook IS 'whose';
COMMENT ON COLUMN carom.webhook_secret.secret IS 'key of the HMAC';
COMMENT ON COLUMN carom.webhook_secret.made_at IS 'when; the newest signs first';
COMMENT ON COLUMN carom.webhook_secret.expires_at IS 'from then on nothing is signed with it; NULL: it has no successor';

CREATE TABLE carom.webhook_delivery (
	id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	webhook       text NOT NULL REFERENCES carom.webhook (id) ON DELETE CASCADE,
	message       text NOT NULL,
	type          text NOT NULL,
	body          text,
	state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
	attempts      int NOT NULL DEFAULT 0,
	next_at       timestamptz NOT NULL DEFAULT now(),
	leased_until  timestamptz,
	created_at    timestamptz NOT NULL DEFAULT now(),
	tried_at      timestamptz,
	status        int,
	error         text,
	answer        text,
	took          int,
	UNIQUE (webhook, message)
);
CREATE INDEX webhook_delivery_due ON carom.webhook_delivery (webhook, next_at, id) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_leased ON carom.webhook_delivery (webhook) WHERE leased_until IS NOT NULL;
CREATE INDEX webhook_delivery_dead ON carom.webhook_delivery (webhook, id) WHERE state = 'dead';
CREATE INDEX webhook_delivery_listed ON carom.webhook_delivery (webhook, id);
CREATE INDEX webhook_delivery_old ON carom.webhook_delivery (tried_at) WHERE state <> 'waiting';
COMMENT ON TABLE carom.webhook_delivery IS 'one event for one webhook; prune forgets it some days after it ended';
COMMENT ON COLUMN carom.webhook_delivery.id IS 'in the order of the feed, but for what was asked for again';
COMMENT ON COLUMN carom.webhook_delivery.webhook IS 'for whom';
COMMENT ON COLUMN carom.webhook_delivery.message IS 'cursor of the row of the feed, or test- and a word; after the webhook and "-" it is the webhook-id, whenever it is sent';
COMMENT ON COLUMN carom.webhook_delivery.type IS 'as in the feed, or webhook.test';
COMMENT ON COLUMN carom.webhook_delivery.body IS 'what is sent, JSON; NULL once it was delivered';
COMMENT ON COLUMN carom.webhook_delivery.state IS 'waiting; delivered; dead: nobody tries again unless asked to';
COMMENT ON COLUMN carom.webhook_delivery.attempts IS 'how often it was sent, the one under way included';
COMMENT ON COLUMN carom.webhook_delivery.next_at IS 'not before';
COMMENT ON COLUMN carom.webhook_delivery.leased_until IS 'it is under way; whoever was killed meanwhile does not hold it longer than this';
COMMENT ON COLUMN carom.webhook_delivery.created_at IS 'when it was taken from the feed';
COMMENT ON COLUMN carom.webhook_delivery.tried_at IS 'last attempt';
COMMENT ON COLUMN carom.webhook_delivery.status IS 'HTTP status of that; NULL: there was no answer';
COMMENT ON COLUMN carom.webhook_delivery.error IS 'what went wrong with it';
COMMENT ON COLUMN carom.webhook_delivery.answer IS 'what the server said, cut';
COMMENT ON COLUMN carom.webhook_delivery.took IS 'milliseconds';

INSERT INTO carom.setting (name, value) VALUES ('webhook_days', '7') ON CONFLICT DO NOTHING;
