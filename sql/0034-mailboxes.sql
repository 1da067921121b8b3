-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0034 - addresses that lead into one mailbox

CREATE TABLE carom.mailbox_rule (
	domain          text PRIMARY KEY CHECK (domain = lower(domain) AND domain <> ''),
	provider        text NOT NULL CHECK (provider ~ '^[a-z0-9_]+$'),
	mailbox_domain  text NOT NULL CHECK (mailbox_domain = lower(mailbox_domain) AND mailbox_domain <> ''),
	ignores_dots    boolean NOT NULL DEFAULT false,
	tags            text NOT NULL DEFAULT ''
);
COMMENT ON TABLE carom.mailbox_rule IS
	'how providers put several addresses into one mailbox; holds where carom policy mailboxes names the provider';
COMMENT ON COLUMN carom.mailbox_rule.domain IS 'of an address';
COMMENT ON COLUMN carom.mailbox_rule.provider IS 'by which it is turned on';
COMMENT ON COLUMN carom.mailbox_rule.mailbox_domain IS 'the same for domains whose mailboxes are one';
COMMENT ON COLUMN carom.mailbox_rule.ignores_dots IS 'dots in the local part say nothing';
COMMENT ON COLUMN carom.mailbox_rule.tags IS 'characters from whose first on the local part says nothing; the first character of it is none';

INSERT INTO carom.mailbox_rule (domain, provider, mailbox_domain, ignores_dots, tags) VALUES
	('gmail.com',       'gmail',    'gmail.com',     true,  '+'),
	('googlemail.com',  'gmail',    'gmail.com',     true,  '+'),
	('outlook.com',     'outlook',  'outlook.com',   false, '+'),
	('hotmail.com',     'outlook',  'hotmail.com',   false, '+'),
	('live.com',        'outlook',  'live.com',      false, '+'),
	('msn.com',         'outlook',  'msn.com',       false, '+'),
	('icloud.com',      'icloud',   'icloud.com',    false, '+'),
	('me.com',          'icloud',   'icloud.com',    false, '+'),
	('mac.com',         'icloud',   'icloud.com',    false, '+'),
	('proton.me',       'proton',   'proton.me',     true,  '+'),
	('protonmail.com',  'proton',   'proton.me',     true,  '+'),
	('pm.me',           'proton',   'proton.me',     true,  '+'),
	('fastmail.com',    'fastmail', 'fastmail.com',  false, '+'),
	('yandex.ru',       'yandex',   'yandex.ru',     false, '+'),
	('yandex.com',      'yandex',   'yandex.ru',     false, '+'),
	('ya.ru',           'yandex',   'yandex.ru',     false, '+');

CREATE TABLE carom.same_mailbox (
	address  text PRIMARY KEY,
	mailbox  text NOT NULL CHECK (mailbox <> address)
);
CREATE INDEX same_mailbox_mailbox ON carom.same_mailbox (mailbox);
COMMENT ON TABLE carom.same_mailbox IS
	'addresses that are, or were, on the list under another spelling than that of their mailbox, as far as providers are turned on';
COMMENT ON COLUMN carom.same_mailbox.address IS 'suppression.address';
COMMENT ON COLUMN carom.same_mailbox.mailbox IS 'what all spellings of the mailbox have in common, by carom._canonical()';

INSERT INTO carom.setting (name, value) VALUES ('mailboxes', '{}'), ('mailboxes_filled', '0') ON CONFLICT DO NOTHING;
