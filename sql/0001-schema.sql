-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0001 - what the database remembers
--
-- The schema and carom.schema_version may exist already: whoever applies the
-- migrations makes them first, to know which of them are left to do.
--
-- Text in keys is never NULL: '' says "unknown" (provider) or "all" (account
-- and stream of a suppression or of a policy), so that one row is one row.
-- There are few foreign keys, on purpose: on Citus, report lies by its key and
-- event by address. carom.check_integrity() proves what they would promise.

CREATE SCHEMA IF NOT EXISTS carom;
COMMENT ON SCHEMA carom IS
	'bounces, complaints and unsubscribes, and who must not be mailed because of them';

CREATE TABLE IF NOT EXISTS carom.schema_version (
	version     int PRIMARY KEY,
	name        text NOT NULL,
	applied_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE carom.schema_version IS 'the migrations that were applied to this database';
COMMENT ON COLUMN carom.schema_version.version IS 'number at the beginning of the file name';
COMMENT ON COLUMN carom.schema_version.name IS 'rest of the file name';
COMMENT ON COLUMN carom.schema_version.applied_at IS 'when';


CREATE TABLE carom.setting (
	name   text PRIMARY KEY,
	value  text NOT NULL
);
COMMENT ON TABLE carom.setting IS
	'what the database itself must know; change with carom.set_setting(name, value)';
COMMENT ON COLUMN carom.setting.name IS
	'timezone: where days begin and end. pruned_before: first day whose events are still kept. '
	'pruned_duplicates: duplicates seen of reports that were pruned';
COMMENT ON COLUMN carom.setting.value IS 'as text';

INSERT INTO carom.setting (name, value) VALUES
	('timezone', 'UTC'),
	('pruned_before', '0001-01-01'),
	('pruned_duplicates', '0')
ON CONFLICT DO NOTHING;


CREATE TABLE carom.category (
	category  text PRIMARY KEY,
	class     text NOT NULL CHECK (class IN ('hard', 'soft', 'block', 'policy', 'info')),
	meaning   text NOT NULL
);
COMMENT ON TABLE carom.category IS 'why a message came back: the 35 answers, and what kind of trouble each is';
COMMENT ON COLUMN carom.category.category IS 'name, as in event, tally, policy and suppression.reason';
COMMENT ON COLUMN carom.category.class IS
	'hard: the address is dead. soft: may work later. block: the receiver refuses us or this message. '
	'policy: we must repair something. info: none of these';
COMMENT ON COLUMN carom.category.meaning IS 'in one line';

INSERT INTO carom.category (category, class, meaning) VALUES
	('recipient_unknown',    'hard',   'no such mailbox'),
	('recipient_syntax',     'hard',   'not an address at all'),
	('recipient_disabled',   'soft',   'the mailbox exists but is closed or abandoned'),
	('recipient_moved',      'hard',   'the mailbox has moved elsewhere'),
	('domain_unknown',       'hard',   'no such domain'),
	('domain_no_mail',       'hard',   'the domain takes no mail'),
	('mailbox_full',         'soft',   'no room left in the mailbox'),
	('greylisted',           'soft',   'come back later, said to everybody'),
	('rate_limited',         'soft',   'too much mail in too short a time'),
	('connection_limit',     'soft',   'too many connections'),
	('dns_temporary',        'soft',   'the name server of the domain did not answer'),
	('network_failure',      'soft',   'no connection, or a broken one'),
	('remote_system',        'soft',   'trouble inside the receiving system'),
	('expired',              'soft',   'tried until the time was up'),
	('message_too_large',    'soft',   'the message is too large for this receiver'),
	('ip_reputation',        'block',  'our IP address has a bad name there'),
	('domain_reputation',    'block',  'our domain has a bad name there'),
	('dnsbl_listed',         'block',  'a blocklist names us'),
	('complaint_block',      'block',  'refused because its users complained of us'),
	('content_spam',         'block',  'the message looks like spam to them'),
	('content_policy',       'block',  'an attachment, a link or words that they do not take'),
	('virus_detected',       'block',  'a virus was found in the message'),
	('recipient_restricted', 'block',  'this sender may not write to this mailbox or group'),
	('auth_spf_dkim',        'policy', 'SPF or DKIM is missing or fails'),
	('auth_dmarc',           'policy', 'DMARC fails'),
	('sender_dns',           'policy', 'PTR, MX or other DNS of the sender is wrong'),
	('sender_rejected',      'policy', 'the sender address is refused'),
	('tls_required',         'policy', 'TLS is wanted, or fails'),
	('format_protocol',      'policy', 'the message or the SMTP session breaks a rule'),
	('relay_denied',         'policy', 'that server does not take mail for this domain'),
	('routing_loop',         'policy', 'the message went in circles'),
	('auto_reply',           'info',   'an answering machine'),
	('unsubscribe_request',  'info',   'the person asks for no more of this'),
	('upstream_suppressed',  'info',   'a relay of ours keeps the address on a list of its own'),
	('undetermined',         'soft',   'no text or code that says why')
ON CONFLICT DO NOTHING;


CREATE SEQUENCE carom.report_id_seq;
CREATE TABLE carom.report (
	id                   bigint NOT NULL DEFAULT nextval('carom.report_id_seq'),
	key                  text PRIMARY KEY,
	day                  date NOT NULL,
	arrived              timestamptz NOT NULL,
	recorded_at          timestamptz NOT NULL DEFAULT now(),
	kind                 text NOT NULL,
	format               text,
	size                 bigint,
	events               int NOT NULL DEFAULT 0,
	duplicates           int NOT NULL DEFAULT 0,
	last_duplicate       timestamptz,
	message_id           text,
	from_address         text,
	to_address           text,
	subject              text,
	dated                timestamptz,
	reporter             text,
	authenticated        text[],
	feedback_type        text,
	user_agent           text,
	source_ip            inet,
	feedback_arrived     timestamptz,
	incidents            int,
	mail_from            text,
	reported_domain      text[],
	returned_message_id  text,
	returned_from        text,
	returned_to          text[],
	returned_subject     text,
	returned_dated       timestamptz,
	returned_path        text,
	returned_feedback_id text,
	returned_list_id     text,
	queue_id             text,
	sender               text,
	client_address       inet,
	rules                text,
	truncated            text[]
);
ALTER SEQUENCE carom.report_id_seq OWNED BY carom.report.id;
CREATE INDEX report_id ON carom.report (id);
CREATE INDEX report_day ON carom.report (day);
COMMENT ON TABLE carom.report IS
	'one row per inbound message; a message that is delivered again, to whichever MX, stays one row';
COMMENT ON COLUMN carom.report.id IS 'number that event.report points to';
COMMENT ON COLUMN carom.report.key IS 'SHA-256 over the stable parts of the message, in hex';
COMMENT ON COLUMN carom.report.day IS 'day of arrival in the time zone of the setting; the same in its events and in the tally';
COMMENT ON COLUMN carom.report.arrived IS 'when it reached us';
COMMENT ON COLUMN carom.report.recorded_at IS 'when it was written down here';
COMMENT ON COLUMN carom.report.kind IS 'received mail is the sum of these eight';
COMMENT ON COLUMN carom.report.format IS 'parser that understood it';
COMMENT ON COLUMN carom.report.size IS 'octets';
COMMENT ON COLUMN carom.report.events IS 'number of its rows in event: one per outcome, at least one';
COMMENT ON COLUMN carom.report.duplicates IS 'how often it came again';
COMMENT ON COLUMN carom.report.last_duplicate IS 'when it last came again';
COMMENT ON COLUMN carom.report.message_id IS 'of the report itself';
COMMENT ON COLUMN carom.report.from_address IS 'From of the report';
COMMENT ON COLUMN carom.report.to_address IS 'envelope recipient, that is our return address';
COMMENT ON COLUMN carom.report.subject IS 'of the report';
COMMENT ON COLUMN carom.report.dated IS 'Date of the report, which its sender may have made up';
COMMENT ON COLUMN carom.report.reporter IS 'Reporting-MTA, or the provider whose feedback loop it is';
COMMENT ON COLUMN carom.report.authenticated IS 'who it is known to come from, such as dkim:example.org';
COMMENT ON COLUMN carom.report.feedback_type IS
	'abuse, fraud, virus, opt-out, not-spam, auth-failure or other; a complaint that names none is abuse';
COMMENT ON COLUMN carom.report.user_agent IS 'program that wrote the feedback report';
COMMENT ON COLUMN carom.report.source_ip IS 'address that the reported mail came from';
COMMENT ON COLUMN carom.report.feedback_arrived IS 'when the reported mail arrived there';
COMMENT ON COLUMN carom.report.incidents IS 'how many such mails the report says it stands for; counted as one';
COMMENT ON COLUMN carom.report.mail_from IS 'envelope sender of the reported mail';
COMMENT ON COLUMN carom.report.reported_domain IS 'domains that the report names';
COMMENT ON COLUMN carom.report.returned_message_id IS 'Message-ID of the mail that came back';
COMMENT ON COLUMN carom.report.returned_from IS 'From of the mail that came back';
COMMENT ON COLUMN carom.report.returned_to IS 'To of the mail that came back';
COMMENT ON COLUMN carom.report.returned_subject IS 'Subject of the mail that came back';
COMMENT ON COLUMN carom.report.returned_dated IS 'Date of the mail that came back';
COMMENT ON COLUMN carom.report.returned_path IS 'Return-Path of the mail that came back';
COMMENT ON COLUMN carom.report.returned_feedback_id IS 'Feedback-ID of the mail that came back';
COMMENT ON COLUMN carom.report.returned_list_id IS 'List-ID of the mail that came back';
COMMENT ON COLUMN carom.report.queue_id IS 'for grep in the mail log';
COMMENT ON COLUMN carom.report.sender IS 'envelope sender of the report';
COMMENT ON COLUMN carom.report.client_address IS 'host that handed it to us';
COMMENT ON COLUMN carom.report.rules IS 'version of the rules that judged it';
COMMENT ON COLUMN carom.report.truncated IS 'limits that cut it short';


CREATE SEQUENCE carom.event_id_seq;
CREATE TABLE carom.event (
	id                  bigint NOT NULL DEFAULT nextval('carom.event_id_seq'),
	day                 date NOT NULL,
	at                  timestamptz NOT NULL,
	report              bigint NOT NULL,
	ordinal             int NOT NULL,
	kind                text NOT NULL,
	address             text NOT NULL DEFAULT '',
	account             text NOT NULL DEFAULT '',
	stream              text NOT NULL DEFAULT '',
	provider            text NOT NULL DEFAULT '',
	action              text,
	category            text,
	class               text,
	feedback_type       text,
	cause               text,
	confidence          text,
	resolved_by         text,
	sent_on             date,
	subscriber          text,
	recipient           text,
	final_recipient     text,
	original_recipient  text,
	status              text,
	reply               text,
	stage               text,
	remote_mta          text,
	reporter            text,
	diagnostic          text,
	blocklist           text,
	rule                text,
	rules               text,
	PRIMARY KEY (address, day, id)
) PARTITION BY RANGE (day);
ALTER SEQUENCE carom.event_id_seq OWNED BY carom.event.id;
CREATE TABLE carom.event_default PARTITION OF carom.event DEFAULT;
CREATE INDEX event_report ON carom.event (report);
CREATE INDEX event_blocklist ON carom.event (blocklist, day) WHERE blocklist IS NOT NULL;
COMMENT ON TABLE carom.event IS
	'one row per outcome of a report (a report without outcomes has one row without address); never changed; one partition a month';
COMMENT ON TABLE carom.event_default IS 'events of months that have no partition of their own; carom.make_partitions() empties it';
COMMENT ON COLUMN carom.event.id IS 'number, rising';
COMMENT ON COLUMN carom.event.day IS 'day of arrival in the time zone of the setting at that time';
COMMENT ON COLUMN carom.event.at IS 'when the report arrived';
COMMENT ON COLUMN carom.event.report IS 'report.id';
COMMENT ON COLUMN carom.event.ordinal IS 'place among the outcomes of its report, from 1; the first also counts the report';
COMMENT ON COLUMN carom.event.kind IS 'of the report';
COMMENT ON COLUMN carom.event.address IS
	'whom it is about, by carom.normalise(): the subscriber if known, else the recipient; '''' where nobody can know';
COMMENT ON COLUMN carom.event.account IS 'whose mail it was; '''' unknown';
COMMENT ON COLUMN carom.event.stream IS 'which of its streams; '''' unknown';
COMMENT ON COLUMN carom.event.provider IS 'who runs the mailbox; '''' unknown';
COMMENT ON COLUMN carom.event.action IS 'what happened';
COMMENT ON COLUMN carom.event.category IS 'why: see table category';
COMMENT ON COLUMN carom.event.class IS 'hard, soft, block, policy or info';
COMMENT ON COLUMN carom.event.feedback_type IS 'what the person pressed; complaints only';
COMMENT ON COLUMN carom.event.cause IS
	'row of policy that may apply: the category, or complaint:TYPE; NULL where it never counts against the address';
COMMENT ON COLUMN carom.event.confidence IS
	'how sure we are that we mailed this address: proven, matched, claimed, guessed; guessed never suppresses';
COMMENT ON COLUMN carom.event.resolved_by IS 'how the address was found';
COMMENT ON COLUMN carom.event.sent_on IS 'day on which the mail was sent';
COMMENT ON COLUMN carom.event.subscriber IS 'address that we mailed, as it was spelled';
COMMENT ON COLUMN carom.event.recipient IS 'address that the report is about';
COMMENT ON COLUMN carom.event.final_recipient IS 'as the report says';
COMMENT ON COLUMN carom.event.original_recipient IS 'as the report says';
COMMENT ON COLUMN carom.event.status IS 'enhanced status code';
COMMENT ON COLUMN carom.event.reply IS 'SMTP reply code';
COMMENT ON COLUMN carom.event.stage IS 'step of the SMTP session that was refused';
COMMENT ON COLUMN carom.event.remote_mta IS 'server that refused';
COMMENT ON COLUMN carom.event.reporter IS 'as in the report';
COMMENT ON COLUMN carom.event.diagnostic IS 'what the server said';
COMMENT ON COLUMN carom.event.blocklist IS 'blocklist that it named';
COMMENT ON COLUMN carom.event.rule IS 'rule that decided the category';
COMMENT ON COLUMN carom.event.rules IS 'version of the rules';


CREATE TABLE carom.suppression (
	address      text NOT NULL CHECK (address <> ''),
	account      text NOT NULL DEFAULT '',
	stream       text NOT NULL DEFAULT '',
	spelling     text NOT NULL,
	reason       text NOT NULL CHECK (reason <> ''),
	source       text NOT NULL CHECK (source IN ('bounce', 'complaint', 'unsubscribe', 'upstream', 'staff', 'import')),
	since        timestamptz NOT NULL DEFAULT now(),
	changed_at   timestamptz NOT NULL DEFAULT now(),
	changes      int NOT NULL DEFAULT 1,
	expires_at   timestamptz,
	provider     text NOT NULL DEFAULT '',
	status       text,
	rule         text,
	rules        text,
	confidence   text,
	said_by      text,
	report_key   text,
	event        bigint,
	event_day    date,
	author       text NOT NULL,
	note         text,
	PRIMARY KEY (address, account, stream)
);
CREATE INDEX suppression_account ON carom.suppression (account, stream, address);
COMMENT ON TABLE carom.suppression IS
	'who must not be mailed; change with carom.suppress() and carom.unsuppress(), which leave a trace';
COMMENT ON COLUMN carom.suppression.address IS 'by carom.normalise(); @example.org stands for a whole domain';
COMMENT ON COLUMN carom.suppression.account IS 'for this account only; '''' for all';
COMMENT ON COLUMN carom.suppression.stream IS 'for this stream only; '''' for all';
COMMENT ON COLUMN carom.suppression.spelling IS 'the address as it was first written';
COMMENT ON COLUMN carom.suppression.reason IS 'category, complaint:TYPE, or what staff gave as reason';
COMMENT ON COLUMN carom.suppression.source IS 'what kind of thing brought it here';
COMMENT ON COLUMN carom.suppression.since IS 'suppressed without a break since then';
COMMENT ON COLUMN carom.suppression.changed_at IS 'when this row was last written';
COMMENT ON COLUMN carom.suppression.changes IS 'times that it was written since it began; 1 for most';
COMMENT ON COLUMN carom.suppression.expires_at IS 'when it ends by itself; NULL for never';
COMMENT ON COLUMN carom.suppression.provider IS 'who runs the mailbox, if an event brought it';
COMMENT ON COLUMN carom.suppression.status IS 'enhanced status code of the event';
COMMENT ON COLUMN carom.suppression.rule IS 'rule that judged the event';
COMMENT ON COLUMN carom.suppression.rules IS 'version of the rules';
COMMENT ON COLUMN carom.suppression.confidence IS 'of the event';
COMMENT ON COLUMN carom.suppression.said_by IS 'server or provider that told us';
COMMENT ON COLUMN carom.suppression.report_key IS 'evidence: report.key';
COMMENT ON COLUMN carom.suppression.event IS 'evidence: event.id';
COMMENT ON COLUMN carom.suppression.event_day IS 'event.day of that event';
COMMENT ON COLUMN carom.suppression.author IS 'who did it; carom for the program';
COMMENT ON COLUMN carom.suppression.note IS 'free text';


CREATE SEQUENCE carom.suppression_log_id_seq;
CREATE TABLE carom.suppression_log (
	id           bigint NOT NULL DEFAULT nextval('carom.suppression_log_id_seq'),
	at           timestamptz NOT NULL DEFAULT clock_timestamp(),
	day          date NOT NULL,
	change       text NOT NULL CHECK (change IN ('add', 'replace', 'remove')),
	address      text NOT NULL,
	account      text NOT NULL,
	stream       text NOT NULL,
	reason       text NOT NULL,
	source       text NOT NULL,
	expires_at   timestamptz,
	provider     text NOT NULL DEFAULT '',
	status       text,
	rule         text,
	rules        text,
	confidence   text,
	said_by      text,
	report_key   text,
	event        bigint,
	event_day    date,
	author       text NOT NULL,
	login        text NOT NULL DEFAULT session_user,
	note         text,
	PRIMARY KEY (address, account, stream, id)
);
ALTER SEQUENCE carom.suppression_log_id_seq OWNED BY carom.suppression_log.id;
CREATE INDEX suppression_log_day ON carom.suppression_log (day);
COMMENT ON TABLE carom.suppression_log IS 'every change of a suppression, with its evidence; rows are only ever added';
COMMENT ON COLUMN carom.suppression_log.id IS 'number, rising';
COMMENT ON COLUMN carom.suppression_log.at IS 'when';
COMMENT ON COLUMN carom.suppression_log.day IS 'day of that in the time zone of the setting; for an event, the day of the event';
COMMENT ON COLUMN carom.suppression_log.change IS
	'add: was not suppressed before. replace: was, and now for a stronger reason or for longer. remove: may be mailed again';
COMMENT ON COLUMN carom.suppression_log.address IS 'as in suppression';
COMMENT ON COLUMN carom.suppression_log.account IS 'as in suppression';
COMMENT ON COLUMN carom.suppression_log.stream IS 'as in suppression';
COMMENT ON COLUMN carom.suppression_log.reason IS 'as in suppression; of the removed row for remove';
COMMENT ON COLUMN carom.suppression_log.source IS 'as in suppression; of the removed row for remove';
COMMENT ON COLUMN carom.suppression_log.expires_at IS 'as in suppression';
COMMENT ON COLUMN carom.suppression_log.provider IS 'as in suppression';
COMMENT ON COLUMN carom.suppression_log.status IS 'as in suppression';
COMMENT ON COLUMN carom.suppression_log.rule IS 'as in suppression';
COMMENT ON COLUMN carom.suppression_log.rules IS 'as in suppression';
COMMENT ON COLUMN carom.suppression_log.confidence IS 'as in suppression';
COMMENT ON COLUMN carom.suppression_log.said_by IS 'as in suppression';
COMMENT ON COLUMN carom.suppression_log.report_key IS 'as in suppression';
COMMENT ON COLUMN carom.suppression_log.event IS 'as in suppression; for remove that of the removed row';
COMMENT ON COLUMN carom.suppression_log.event_day IS 'as in suppression';
COMMENT ON COLUMN carom.suppression_log.author IS 'who says to have done it';
COMMENT ON COLUMN carom.suppression_log.login IS 'database role that was logged in';
COMMENT ON COLUMN carom.suppression_log.note IS 'why; always there for remove';


CREATE TABLE carom.policy (
	category      text NOT NULL,
	account       text NOT NULL DEFAULT '',
	stream        text NOT NULL DEFAULT '',
	provider      text NOT NULL DEFAULT '',
	status        text NOT NULL DEFAULT '',
	reply         text NOT NULL DEFAULT '',
	after         int CHECK (after >= 1),
	within_days   int CHECK (within_days >= after),
	expires_days  int CHECK (expires_days >= 1),
	scope         text NOT NULL DEFAULT 'account' CHECK (scope IN ('global', 'account', 'stream')),
	note          text,
	PRIMARY KEY (category, account, stream, provider, status, reply),
	CHECK (after IS NULL OR after = 1 OR within_days IS NOT NULL)
);
COMMENT ON TABLE carom.policy IS
	'which events suppress an address: of the rows that fit an event the most specific counts; a named account beats '
	'a named stream, that a provider, that a code. Read for every report, so a change holds from the next one on';
COMMENT ON COLUMN carom.policy.category IS 'event.cause: a category, or complaint:TYPE';
COMMENT ON COLUMN carom.policy.account IS 'only for this account; '''' for all';
COMMENT ON COLUMN carom.policy.stream IS 'only for this stream; '''' for all';
COMMENT ON COLUMN carom.policy.provider IS 'only at this provider; '''' for all';
COMMENT ON COLUMN carom.policy.status IS 'only with this enhanced status code; '''' for all';
COMMENT ON COLUMN carom.policy.reply IS 'only with this SMTP reply code; '''' for all';
COMMENT ON COLUMN carom.policy.after IS 'NULL: never. 1: at once. N: after events on N different days';
COMMENT ON COLUMN carom.policy.within_days IS 'the N days must lie within so many days, with no delivery in between';
COMMENT ON COLUMN carom.policy.expires_days IS 'suppressed for so many days; NULL for good';
COMMENT ON COLUMN carom.policy.scope IS
	'global: for all accounts. account: for all streams of the account. stream: for that stream, if it is known';
COMMENT ON COLUMN carom.policy.note IS 'why';

INSERT INTO carom.policy (category, provider, status, reply, after, within_days, expires_days, scope, note) VALUES
	('recipient_unknown',      '', '', '', 1, NULL, NULL, 'account', NULL),
	('recipient_syntax',       '', '', '', 1, NULL, NULL, 'account', NULL),
	('recipient_disabled',     '', '', '', 2, 7,    NULL, 'account', 'some providers say so of mailboxes that come back'),
	('recipient_disabled',     'yahoo_aol',        '',      '554', 1, NULL, NULL, 'account', 'Yahoo means it'),
	('recipient_disabled',     'gmail',            '5.2.2', '',    1, NULL, NULL, 'account', 'full and inactive'),
	('recipient_disabled',     'google_workspace', '5.2.2', '',    1, NULL, NULL, 'account', 'full and inactive'),
	('recipient_moved',        '', '', '', 1, NULL, NULL, 'account', 'the new address is in the diagnostic'),
	('domain_unknown',         '', '', '', 2, 3,    NULL, 'account', 'DNS may be ill for a day'),
	('domain_no_mail',         '', '', '', 1, NULL, NULL, 'account',
		'the address only: an entry for the domain is for staff, since one report must not stop a whole domain'),
	('mailbox_full',           '', '', '', 5, 30,   90,   'account', 'then try again'),
	('greylisted',             '', '', '', NULL, NULL, NULL, 'account', NULL),
	('rate_limited',           '', '', '', NULL, NULL, NULL, 'account', NULL),
	('connection_limit',       '', '', '', NULL, NULL, NULL, 'account', NULL),
	('dns_temporary',          '', '', '', 7, 30,   30,   'account', 'then try again'),
	('network_failure',        '', '', '', 7, 30,   30,   'account', 'then try again'),
	('remote_system',          '', '', '', 7, 30,   30,   'account', 'then try again'),
	('expired',                '', '', '', 5, 30,   30,   'account', 'then try again'),
	('message_too_large',      '', '', '', NULL, NULL, NULL, 'account', NULL),
	('ip_reputation',          '', '', '', NULL, NULL, NULL, 'account', 'never the fault of the recipient'),
	('domain_reputation',      '', '', '', NULL, NULL, NULL, 'account', 'never the fault of the recipient'),
	('dnsbl_listed',           '', '', '', NULL, NULL, NULL, 'account', 'never the fault of the recipient'),
	('complaint_block',        '', '', '', NULL, NULL, NULL, 'account', 'never the fault of the recipient'),
	('content_spam',           '', '', '', NULL, NULL, NULL, 'account', 'the message, not the recipient'),
	('content_policy',         '', '', '', NULL, NULL, NULL, 'account', 'the message, not the recipient'),
	('virus_detected',         '', '', '', NULL, NULL, NULL, 'account', 'the message, not the recipient'),
	('recipient_restricted',   '', '', '', 3, 30,   90,   'stream',  'a closed group may open'),
	('auth_spf_dkim',          '', '', '', NULL, NULL, NULL, 'account', 'ours to repair'),
	('auth_dmarc',             '', '', '', NULL, NULL, NULL, 'account', 'ours to repair'),
	('sender_dns',             '', '', '', NULL, NULL, NULL, 'account', 'ours to repair'),
	('sender_rejected',        '', '', '', NULL, NULL, NULL, 'account', 'ours to repair'),
	('tls_required',           '', '', '', NULL, NULL, NULL, 'account', 'ours to repair'),
	('format_protocol',        '', '', '', NULL, NULL, NULL, 'account', 'ours to repair'),
	('relay_denied',           '', '', '', NULL, NULL, NULL, 'account', 'look at the domain if it goes on'),
	('routing_loop',           '', '', '', NULL, NULL, NULL, 'account', NULL),
	('auto_reply',             '', '', '', NULL, NULL, NULL, 'account', NULL),
	('unsubscribe_request',    '', '', '', 1, NULL, NULL, 'stream',  'of that list'),
	('upstream_suppressed',    '', '', '', 1, NULL, NULL, 'account', 'see said_by for whose list it is'),
	('undetermined',           '', '', '', 5, 30,   30,   'account', 'then try again'),
	('complaint:abuse',        '', '', '', 1, NULL, NULL, 'account', NULL),
	('complaint:fraud',        '', '', '', 1, NULL, NULL, 'account', NULL),
	('complaint:virus',        '', '', '', 1, NULL, NULL, 'account', NULL),
	('complaint:opt-out',      '', '', '', 1, NULL, NULL, 'stream',  'an unsubscribe by another door'),
	('complaint:not-spam',     '', '', '', NULL, NULL, NULL, 'account', 'the person likes the mail'),
	('complaint:auth-failure', '', '', '', NULL, NULL, NULL, 'account', 'about our DNS, not about a person'),
	('complaint:other',        '', '', '', NULL, NULL, NULL, 'account', 'nobody knows what was meant: staff look')
ON CONFLICT DO NOTHING;


CREATE TABLE carom.tally (
	day            date NOT NULL,
	account        text NOT NULL DEFAULT '',
	stream         text NOT NULL DEFAULT '',
	provider       text NOT NULL DEFAULT '',
	kind           text NOT NULL,
	action         text NOT NULL DEFAULT '',
	category       text NOT NULL DEFAULT '',
	class          text NOT NULL DEFAULT '',
	feedback_type  text NOT NULL DEFAULT '',
	confidence     text NOT NULL DEFAULT '',
	events         bigint NOT NULL DEFAULT 0,
	reports        bigint NOT NULL DEFAULT 0,
	suppressions   bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (day, account, stream, provider, kind, action, category, class, feedback_type, confidence)
) WITH (fillfactor = 60);
COMMENT ON TABLE carom.tally IS
	'events, reports and new suppressions per day and kind of thing, written in the transaction of the events; '''' is unknown. Never pruned';
COMMENT ON COLUMN carom.tally.day IS 'event.day';
COMMENT ON COLUMN carom.tally.account IS 'event.account';
COMMENT ON COLUMN carom.tally.stream IS 'event.stream';
COMMENT ON COLUMN carom.tally.provider IS 'event.provider';
COMMENT ON COLUMN carom.tally.kind IS 'event.kind';
COMMENT ON COLUMN carom.tally.action IS 'event.action';
COMMENT ON COLUMN carom.tally.category IS 'event.category';
COMMENT ON COLUMN carom.tally.class IS 'event.class';
COMMENT ON COLUMN carom.tally.feedback_type IS 'event.feedback_type';
COMMENT ON COLUMN carom.tally.confidence IS 'event.confidence';
COMMENT ON COLUMN carom.tally.events IS 'rows of event';
COMMENT ON COLUMN carom.tally.reports IS 'reports whose first outcome is counted here';
COMMENT ON COLUMN carom.tally.suppressions IS 'addresses that these events suppressed';


CREATE TABLE carom.volume (
	day       date NOT NULL,
	account   text NOT NULL DEFAULT '',
	stream    text NOT NULL DEFAULT '',
	provider  text NOT NULL DEFAULT '',
	sent      bigint NOT NULL DEFAULT 0 CHECK (sent >= 0),
	PRIMARY KEY (day, account, stream, provider)
) WITH (fillfactor = 60);
COMMENT ON TABLE carom.volume IS
	'messages sent, the denominators of all rates; counted with carom.add_volume() or imported with carom.set_volume()';
COMMENT ON COLUMN carom.volume.day IS 'day of sending in the time zone of the setting';
COMMENT ON COLUMN carom.volume.account IS 'as in tally';
COMMENT ON COLUMN carom.volume.stream IS 'as in tally';
COMMENT ON COLUMN carom.volume.provider IS 'as in tally';
COMMENT ON COLUMN carom.volume.sent IS 'recipients mailed';


CREATE TABLE carom.duplicate (
	day   date NOT NULL,
	kind  text NOT NULL,
	seen  bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (day, kind)
) WITH (fillfactor = 60);
COMMENT ON TABLE carom.duplicate IS 'reports that came again, which no other number counts';
COMMENT ON COLUMN carom.duplicate.day IS 'day on which it came again';
COMMENT ON COLUMN carom.duplicate.kind IS 'report.kind';
COMMENT ON COLUMN carom.duplicate.seen IS 'how many';


CREATE TABLE carom.raw (
	key        text PRIMARY KEY REFERENCES carom.report (key) ON DELETE CASCADE,
	stored_at  timestamptz NOT NULL DEFAULT now(),
	message    bytea NOT NULL
);
ALTER TABLE carom.raw ALTER COLUMN message SET STORAGE EXTENDED;
CREATE INDEX raw_stored_at ON carom.raw (stored_at);
COMMENT ON TABLE carom.raw IS
	'reports kept whole: the unrecognised ones, or all, as configured. They hold personal data: no role may read them unless granted';
COMMENT ON COLUMN carom.raw.key IS 'report.key';
COMMENT ON COLUMN carom.raw.stored_at IS 'carom.prune() removes old ones by this';
COMMENT ON COLUMN carom.raw.message IS 'the octets as received';


CREATE SEQUENCE carom.address_id_seq;
CREATE TABLE carom.address (
	id          bigint NOT NULL DEFAULT nextval('carom.address_id_seq'),
	address     text NOT NULL CHECK (address <> ''),
	account     text NOT NULL DEFAULT '',
	spelling    text NOT NULL,
	created_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (address, account)
);
ALTER SEQUENCE carom.address_id_seq OWNED BY carom.address.id;
CREATE INDEX address_id ON carom.address (id);
COMMENT ON TABLE carom.address IS 'addresses that have a number, which the short form of our return addresses carries';
COMMENT ON COLUMN carom.address.id IS 'the number';
COMMENT ON COLUMN carom.address.address IS 'by carom.normalise()';
COMMENT ON COLUMN carom.address.account IS 'who mails it';
COMMENT ON COLUMN carom.address.spelling IS 'as it was first written';
COMMENT ON COLUMN carom.address.created_at IS 'when it got the number';
