# SPDX-License-Identifier: BSD-2-Clause
"""Questions that two databases with the same reports answer alike."""

import re

from session import Session, bounce

# of everybody's answers: what is different each time
EVER_NEW = (
	(re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00)?"), "TIME"),
	(re.compile(r"\d+-[0-9a-f]{8,}"), "CURSOR"),
	(re.compile(r"#[0-9a-f]{50}"), "NAME"),
	(re.compile(r"\b\d{10,}\b|with\d+-\d"), "NUMBER"),
	(re.compile(r'"[a-z0-9]{8}-CURSOR'), '"ID-CURSOR'),
	# who logged in, and which of many that came in one moment
	(re.compile(r'("author": "|TIME\|)(owner|root)\b|\b(out|true)\d+@'), r"\1\3SOMEBODY"),
	(re.compile(r"(whsec_|wh_|test-)[A-Za-z0-9+/=]+"), r"\1SECRET"),
	(re.compile(r'("(?:id|event|change|report|cursor|incident|next|webhook|key)" ?: ?)"?[^",}]+"?'), r"\1ID"),
)

# A key for all and one for an account, named by what their digests are made of.
SETUP = """
SELECT carom.api_key_add('keyofall', sha256('keyofall'), '{admin,complaints:release}');
SELECT carom.api_key_add('keyofacc', sha256('keyofacc'), '{check,suppressions:read,suppressions:write,events:read,reports:read}', '{desk}');
SELECT carom.api_key_add('keyofnew', sha256('keyofnew'), '{check,suppressions:read,suppressions:write}', '{desk}', '{news}');
SELECT carom.staff_add('ada', 'admin', 'tests'); SELECT carom.staff_add('edi', 'editor', 'tests'); SELECT carom.staff_add('rita', 'reader', 'tests');
"""

API = """
check(keyofall, '["u1@desk.test", "U2@desk.test", "nobody@desk.test", "no address"]')
check(keyofacc, '["u1@desk.test", "nobody@desk.test"]')
check(keyofacc, '["u1@desk.test"]', stream => 'receipts')
check(keyofnew, '["u1@desk.test", "u3@desk.test"]')
put(keyofacc, 'By.Hand@desk.test', reason => 'asked', note => 'by phone')
put(keyofnew, 'stream@desk.test', reason => 'asked')
put(keyofacc, 'other@desk.test', 'another', reason => 'asked')
put(keyofacc, 'By.Hand@desk.test', reason => 'asked again')
get(keyofall, 'by.hand@desk.test')
get(keyofacc, 'u1@desk.test')
get(keyofnew, 'by.hand@desk.test')
get(keyofacc, 'nobody@desk.test')
list(keyofacc, "limit" => 4)
list(keyofall, 'desk', domain => 'desk.test', reason => 'asked')
list(keyofall, source => 'staff', domain => 'desk.test')
list(keyofall, since => '2020-01-01', domain => 'desk.test', "limit" => 10000)
list(keyofacc, "limit" => 4, after => '{u12@desk.test,news}')
export(keyofacc, 'csv')
export(keyofacc, 'ndjson', "limit" => 3)
export(keyofacc, 'ndjson', after => '{u12@desk.test,desk,""}')
delete(keyofacc, 'by.hand@desk.test', note => 'wrote to us')
delete(keyofacc, 'by.hand@desk.test', note => 'again')
delete(keyofacc, 'spam@desk.test', note => 'no')
delete(keyofall, 'spam@desk.test', 'desk', note => 'yes')
log(keyofacc, 'by.hand@desk.test')
log(keyofnew, 'stream@desk.test')
address(keyofacc, 'u1@desk.test')
address(keyofacc, 'spam@desk.test')
undo(keyofall, 'n', now() - interval '1 day', now() + interval '1 day', reason => 'recipient_unknown', account => 'desk')
undo(keyofacc, 'all alive', now() - interval '1 day', now() + interval '1 day', reason => 'recipient_disabled', dry_run => false)
policies(keyofacc, 'recipient_unknown')
set_policy(keyofall, 'mailbox_full', account => 'desk', after => 1, within_days => 7, note => 'n')
set_policy(keyofacc, 'mailbox_full', account => 'desk', after => 1)
policies(keyofacc, 'mailbox_full')
try_policy(keyofacc, '2026-11-01', 'mailbox_full', account => 'desk', after => 1, within_days => 30)
try_policy(keyofacc, '2026-11-01', 'recipient_unknown', account => 'desk', after => 2, within_days => 30)
unset_policy(keyofall, 'mailbox_full', account => 'desk', note => 'n')
incidents(keyofall)
incidents(keyofacc)
incident(keyofall, 1)
list_keys(keyofall)
sendgrid_list(keyofacc, NULL, 'bounces')
sendgrid_list(keyofacc, NULL, 'blocks')
sendgrid_get(keyofacc, NULL, 'bounces', 'u1@desk.test')
sendgrid_delete(keyofacc, NULL, 'bounces', 'u5@desk.test')
sendgrid_make_group(keyofnew, NULL, 'news')
sendgrid_groups(keyofacc, NULL)
sendgrid_add(keyofacc, NULL, 1024, '["group@desk.test"]')
sendgrid_groups(keyofacc, NULL)
sendgrid_members(keyofacc, NULL, 1024)
sendgrid_all(keyofacc, NULL)
sendgrid_groups_of(keyofacc, NULL, 'group@desk.test')
sparkpost_summary(keyofacc)
sendgrid_group(keyofacc, NULL, 1024)
sendgrid_leave(keyofacc, NULL, 1024, 'group@desk.test')
sendgrid_add_global(keyofall, 'desk', '["global@desk.test"]')
sparkpost_get(keyofacc, NULL, 'u1@desk.test')
sparkpost_put_one(keyofacc, NULL, 'one@desk.test', 'transactional')
sparkpost_put(keyofacc, NULL, '[{"recipient": "spark@desk.test", "type": "non_transactional"}]')
sparkpost_get(keyofacc, NULL, 'spark@desk.test')
sparkpost_delete(keyofacc, NULL, 'spark@desk.test')
sparkpost_events(keyofacc, NULL)
""".strip().split("\n") + ["report(keyofacc, '%s', '2026-11-01', '2026-11-30')" % name for name in (
	"providers streams bounces complaints days causes blocks feeds outside suppressions isp "
	"categories balance nothing").split()]

PAGE = """
enter('ada')
entries('rita', 'u1@desk.test')
changes('rita', 'u1@desk.test')
suppress('edi', 'page@desk.test', 'asked', 'desk', NULL, 'by phone', '2099-01-31')
suppress('rita', 'page@desk.test', 'asked', 'desk', NULL, 'by phone')
lift('edi', 'page@desk.test', 'desk', NULL, 'wrote to us')
lift('edi', 'ask@desk.test', 'desk', NULL, 'no')
lift('ada', 'ask@desk.test', 'desk', NULL, 'yes')
list('rita', '{"account": "desk", "since": "2020-01-01", "until": "2099-01-01"}', NULL, 5)
list('rita', '{"domain": "desk.test", "state": "expires"}')
list('rita', '{"account": "desk", "state": "held"}')
counts('rita', '{"account": "desk"}')
export('rita', '{"account": "desk", "provider": "gmail"}')
export('rita', '{"account": "desk"}', '["u12@desk.test", "desk", ""]', 3)
causes('rita', '{"account": "desk", "provider": "gmail"}')
undo('rita', '{"account": "desk", "reason": "recipient_unknown"}', NULL, true)
undo('ada', '{"account": "desk", "reason": "recipient_unknown", "stream": "receipts"}', 'alive', false)
choices('rita', '{"account": "desk"}')
domain('edi', '@desk.test')
known('rita', 'desk', 'news', 'gmail')
known('rita', 'nobody', 'nothing', 'nowhere')
templates('rita', '2026-11-01', '2026-11-30', '{"account": "desk"}')
incidents('rita')
held('rita', 1)
keys('rita')
key_revoke('ada', 'keyofnew', 'over')
staff('rita')
consumers('rita')
""".strip().split("\n")

# one that tells, and what it was told; the sender's part is played by hand
WEBHOOKS = """
SELECT carom.feed_number() IS NOT NULL;
SELECT count(*) FROM carom.webhook_add('https://hooks.test/a', '{suppression,bounce}', 'desk', NULL, 'n', 'ada', 'end');
SELECT carom.suppress('hook@desk.test', 'asked', 'desk');
SELECT carom.unsuppress('hook@desk.test', 'n', 'desk');
SELECT carom.suppress('hook@desk.test', 'asked', 'another');
SELECT carom.feed_number() IS NOT NULL;
SELECT carom.webhook_take() > 0;
SELECT type, state, address FROM carom.webhook_deliveries((SELECT id FROM carom.webhooks() WHERE account = 'desk'));
SELECT carom.webhook_told(c.delivery, c.attempt, 'delivered', status => 200), c.body FROM carom.webhook_claim(60) c WHERE c.url = 'https://hooks.test/a';
SELECT carom.webhook_told(c.delivery, c.attempt, 'dead', status => 404), c.body FROM carom.webhook_claim(60) c WHERE c.url = 'https://hooks.test/a';
SELECT kinds, state, behind, waiting, dead FROM carom.webhooks() WHERE account = 'desk';
SELECT carom.webhook_replay((SELECT id FROM carom.webhooks() WHERE account = 'desk'), dead => true);
SELECT type, state, attempts FROM carom.page_deliveries('rita', (SELECT id FROM carom.webhooks() WHERE account = 'desk'));
SELECT (carom.api_webhook_deliveries('keyofall', encode(sha256('keyofall'), 'hex'), (SELECT id FROM carom.webhooks() WHERE account = 'desk'))).answer;
SELECT url, account, state FROM carom.page_webhooks('rita');
SELECT carom.page_webhook_do('ada', (SELECT id FROM carom.webhooks() WHERE account = 'desk'), 'pause', 'n');
SELECT (carom.api_webhooks('keyofacc', encode(sha256('keyofacc'), 'hex'))).answer;
SELECT carom.webhook_remove((SELECT id FROM carom.webhooks() WHERE account = 'desk'));
""".strip().split("\n")

IMPORT = """
BEGIN;
SELECT carom.api_import_begin('keyofacc', encode(sha256('keyofacc'), 'hex'));
INSERT INTO pg_temp.carom_import (line, address, account, reason, source) SELECT n, 'file' || n || '@desk.test', 'desk', 'asked', 'import' FROM generate_series(1, 40) n;
SELECT carom.api_import_merge('keyofacc', encode(sha256('keyofacc'), 'hex'), dry_run => false);
COMMIT;
SET ROLE carom_page;
BEGIN;
SELECT * FROM carom.page_import('edi', '[{"line": 1, "address": "paged@desk.test", "account": "desk", "reason": "asked", "source": "import"},
	{"line": 2, "address": "file1@desk.test", "account": "desk", "reason": "asked", "source": "import"}]', 'a file', false);
COMMIT;
"""


# by its number, which is another one in each database
REPORT = """
SELECT report FROM carom.page_events('rita', 'with5-1@desk.test') LIMIT 1 \\gset
SELECT address, diagnostic FROM carom.page_report('rita', :report);
"""

UNDO = """
SELECT deed FROM carom.page_undo('ada', '{"account": "desk", "reason": "recipient_unknown"}', 'alive', false) LIMIT 1 \\gset
SELECT * FROM carom.page_released('ada', :'deed');
"""


def reports():
	"""Of an account of its own, so that what else is there changes no answer."""
	made = []
	for n in range(24):
		report = bounce("u%d@desk.test" % n, ("recipient_unknown", "mailbox_full", "spam",
		                                      "recipient_disabled")[n % 4],
		                "2026-11-%02d" % (n % 12 + 1), "desk%d" % n, account="desk",
		                stream="receipts" if n % 5 == 4 else "news",
		                provider=("gmail", "yahoo_aol")[n % 2], reply="550",
		                blocklist="spamhaus" if n % 4 == 2 else "",
		                diagnostic="550 5.1.1 no u%d@desk.test here" % n)
		if n % 6 == 5:  # with others, at other homes
			report["outcomes"] += [dict(report["outcomes"][0], recipient="with%d-%d@desk.test" % (n, k), diagnostic="550 nor here")
			                       for k in range(3)]
		report["arrived"] = report["arrived"].replace(":00Z", ":%02dZ" % n)
		made.append(report)
	for who in "spam", "ask":
		made.append({"kind": "complaint", "message_id": "<%s@t>" % who, "arrived": "2026-11-12T12:00:00Z",
		             "outcomes": [{"recipient": who + "@desk.test", "feedback_type": "abuse", "account": "desk",
		                           "stream": "news", "provider": "yahoo_aol", "confidence": "proven"}]})
	return made


def masked(text):
	for pattern, word in EVER_NEW:
		text = pattern.sub(word, text)
	# what happened in one moment has no order; whence an error came is told otherwise
	return sorted(part for line in text.partition("\nCONTEXT")[0].split("\n") for part in re.split(r"\}, ?\{|[{}\[\]]", line))


def questions():
	"""All of them in their order: a name and a statement. Each as the role that may."""
	yield "as the API", "SET ROLE carom_api"
	for line in API:
		name, _, rest = line.partition("(")
		key = rest.split(",")[0].split(")")[0]
		yield "/v1 " + line, "SELECT (a).status, (a).answer, (a).next IS NOT NULL FROM carom.api_%s('%s', encode(sha256('%s'), 'hex')%s a" % (
			name, key, key, rest[len(key):])
	yield "an import of rows", IMPORT
	for line in PAGE:
		yield "page " + line, "SELECT * FROM carom.page_" + line
	yield "page events", ("SELECT at, kind, action, account, stream, category, status, rule, diagnostic, "
	                      "acted FROM carom.page_events('rita', 'u1@desk.test')")
	yield "page undo, and what it released", UNDO
	yield "page health", "SELECT last_report, schema_version FROM carom.page_health('rita')"
	yield "page report", REPORT
	yield "page scopes", "SELECT count(*) FROM carom.page_scopes('rita') WHERE account = 'desk'"
	yield "as before", "RESET ROLE"
	for line in WEBHOOKS:
		yield "webhooks: " + line, line


def ask(postgres):
	"""{name: what it answered}; errors are answers, too."""
	session = Session(postgres)
	try:
		session.ask(SETUP)
		return {name: masked(session.ask(sql.rstrip().rstrip(";"))) for name, sql in questions()}
	finally:
		session.close()
