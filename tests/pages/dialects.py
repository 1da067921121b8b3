#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The official npm clients of SparkPost and SendGrid against carom, through nginx:
only the base URL and the key are ours. What they return, and what is in the
database then.

CAROM_PAGES names a folder where npm has installed package.json beside this file.
"""

import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from daemon import Daemon  # noqa: E402
from lab import PIPE_USER, clean_environment  # noqa: E402
from nginx import Nginx  # noqa: E402
from tap import script  # noqa: E402

MODULES = os.environ.get("CAROM_PAGES", "")


def skip():
	"""What is missing; "" where nothing is."""
	for program in ("node", "nginx"):
		if shutil.which(program) is None:
			return "there is no " + program
	if not os.path.isdir(os.path.join(MODULES, "node_modules", "sparkpost")):
		return "npm could not install sparkpost and @sendgrid/client"
	return ""


def fill(lab):
	"""Three bounces, a complaint and a block of acme's, as mail brought them."""
	lab.postgres.sql("""
		INSERT INTO carom.suppression (address, account, spelling, reason, source, status, author, home)
			SELECT x.address, 'acme', x.address, x.reason, x.source, x.status, 'carom', carom._home_of(x.address)
			FROM (VALUES ('gone@gmail.com', 'recipient_unknown', 'bounce', '5.1.1'), ('gone2@gmail.com', 'recipient_unknown', 'bounce', '5.1.1'),
				('gone3@gmail.com', 'recipient_disabled', 'bounce', '5.2.1'), ('nx@nowhere.example', 'domain_unknown', 'bounce', '5.1.2'),
				('angry@yahoo.com', 'complaint:abuse', 'complaint', NULL)) x(address, reason, source, status)""")
	lab.postgres.sql("""
		INSERT INTO carom.event (day, at, report, ordinal, kind, address, account, action, category, class, feedback_type, status, reply, diagnostic, home)
			SELECT carom.day(), now() - x.ago, 1, x.n, x.kind, x.address, 'acme', 'failed', x.category, x.class, x.feedback, x.status, x.reply, x.text,
				carom._home_of(x.address)
			FROM (VALUES (1, interval '3 minutes', 'bounce', 'gone@gmail.com', 'recipient_unknown', 'hard', NULL, '5.1.1', '550', 'no such user'),
				(2, interval '2 minutes', 'complaint', 'angry@yahoo.com', NULL, NULL, 'abuse', NULL, NULL, NULL),
				(3, interval '1 minute', 'bounce', 'fine@yahoo.com', 'ip_reputation', 'block', NULL, '5.7.1', '550', 'blocked'))
				x(n, ago, kind, address, category, class, feedback, status, reply, text)""")


def rows(lab, where):
	return lab.postgres.sql("SELECT address || '/' || account || '/' || stream || '/' || reason FROM carom.suppression WHERE %s "
	                        "ORDER BY 1" % where).splitlines()


def sparkpost(tap, lab, told):
	done = {"results": {"message": "Suppression List successfully updated"}}
	for name in ("sp upsert one", "sp upsert many", "sp plus", "sp bulk"):
		tap.same(told[name].get("value"), done, name)
	one = told["sp get"]["value"]["results"]
	tap.same([(r["recipient"], r["type"], r.get("transactional"), r["non_transactional"], r["source"], r["description"]) for r in one],
	         [("test1@test.example", "non_transactional", None, True, "Manually Added", "Test description 1")], "sp get")
	tap.same([r["recipient"] for r in told["sp get plus"]["value"]["results"]], ["a+b@test.example"], "a plus in a path")
	listed = told["sp list"]["value"]
	tap.ok(len(listed["results"]) == 5 and listed["links"][0]["rel"] == "next" and listed["total_count"] >= 6,
	       "sp list", listed)
	tap.ok("value" not in told["sp delete"] or told["sp delete"]["value"] in (None, ""), "sp delete: no body", told["sp delete"])
	for name, status, text in (("sp get deleted", 404, "Recipient could not be found"),
	                           ("sp malformed", 400, "recipient 1: invalid or malformed recipient: half"),
	                           ("sp no type", 400, "recipient 1: Must supply a suppression type"),
	                           ("sp stranger", 401, None)):
		got = told[name]
		tap.ok(got.get("status") == status and (text is None or got["errors"][0]["message"] == text), name, got)
	tap.same(told["sp delete deleted"].get("status"), 404, "deleted once")
	tap.same([r["type"] for r in told["sp callback"]["value"]["results"]], ["non_transactional", "transactional"],
	         "for both types, with a callback")
	tap.same([(e["type"], e["rcpt_to"], e.get("bounce_class")) for e in told["sp events"]["value"]["results"]],
	         [("bounce", "fine@yahoo.com", "51"), ("spam_complaint", "angry@yahoo.com", None), ("bounce", "gone@gmail.com", "10")],
	         "events, newest first")
	tap.same([e["raw_reason"] for e in told["sp events of"]["value"]["results"]], ["no such user"], "of one recipient")
	pages = told["sp pages"]["value"]
	tap.ok(pages["total"] == 250 and sorted(pages["found"]) == sorted("p%d@page.example" % n for n in range(250)),
	       "pages by the link to the next: each entry once", pages)
	tap.same(told["sp summary"]["value"]["results"]["total"], 255, "sp summary")
	tap.same(rows(lab, "address LIKE '%@test.example'"),
	         ["a+b@test.example///unsubscribe_request", "test2@test.example///added by hand", "test3@test.example///added by hand"],
	         "and in the database")
	tap.same(lab.count("suppression", "account = 'acme' AND address LIKE '%@page.example'"), 250, "those of the subaccount")
	tap.same(lab.count("suppression_log", "change = 'remove' AND address = 'test1@test.example' AND author LIKE 'key %'"), 1,
	         "the log has the key")


def sendgrid(tap, lab, told):
	values = {name: t["value"] for name, t in told.items() if "value" in t}
	group = values["sg group make"]["body"]["id"]
	whole = {"id": group, "name": "Product Suggestions", "description": "acme", "is_default": False}
	for name, status, body in (
			("sg global add", 201, {"recipient_emails": ["test1@example.com", "test2@example.com"]}),
			("sg global get", 200, {"recipient_email": "test1@example.com"}),
			("sg global delete", 204, ""), ("sg group make", 201, whole),
			("sg groups", 200, [dict(whole, last_email_sent_at=None, unsubscribes=0)]),
			("sg group", 200, dict(whole, last_email_sent_at=None, unsubscribes=0)),
			("sg group add", 201, {"recipient_emails": ["exists1@example.com", "exists2@example.com"]}),
			("sg group members", 200, ["exists1@example.com", "exists2@example.com"]),
			("sg group search", 200, ["exists1@example.com", "exists2@example.com"]),
			("sg groups of", 200, {"suppressions": [dict(whole, suppressed=True)]}), ("sg group delete", 204, ""),
			("sg bounce delete", 204, ""), ("sg bounces delete some", 204, "")):
		got = values.get(name, told[name])
		tap.ok(got.get("status") == status and (got["body"] or "") == body, name, got)
	tap.same(values["sg global none"], {"status": 200, "body": {}}, "sg global none")
	tap.same([(e["email"], e["group_id"], e["group_name"]) for e in values["sg all"]["body"]],
	         [("exists%d@example.com" % n, group, "Product Suggestions") for n in (1, 2)], "sg all")
	tap.same(sorted(e["email"] for e in values["sg bounces"]["body"]), ["gone%s@gmail.com" % n for n in ("2", "3", "")], "sg bounces")
	tap.ok(len(values["sg bounce"]["body"]) == 1 and values["sg bounce"]["body"][0]["status"] == "5.1.1" and
	       values["sg bounce"]["body"][0]["created"] > 1700000000, "sg bounce", values["sg bounce"])
	tap.same([[e["email"] for e in values[n]["body"]] for n in ("sg spam", "sg blocks", "sg invalid", "sg unsubscribes")][:3],
	         [["angry@yahoo.com"], ["fine@yahoo.com"], ["nx@nowhere.example"]], "each on its list")
	tap.same(len(values["sg unsubscribes"]["body"]), 1, "limit and offset")
	for name, status, text in (("sg wrong", 400, '"half" is no address'), ("sg both", 400, "delete_all and emails exclude each other"),
	                           ("sg stranger", 401, "authorization required")):
		got = told[name]
		tap.ok(got.get("status") == status and got["errors"][0]["message"] == text and got["errors"][0]["field"] is None, name, got)
	tap.same(rows(lab, "address LIKE 'exists%' OR address LIKE 'gone%' OR address LIKE 'test_@example.com'"),
	         ["exists2@example.com/acme/Product Suggestions/unsubscribe_request", "test2@example.com/acme//unsubscribe_request"],
	         "and in the database")


def tests(tap, lab):
	lab.postgres.sql("REVOKE carom_writer, carom_outbound FROM %s; GRANT carom_api TO %s" % (PIPE_USER, PIPE_USER))
	lab.configure({"api": {"socket": "unix:%s/run/api" % lab.folder, "socket-group": "", "rate": "10000", "burst": "10000"}})
	fill(lab)
	key = lab.run_carom("api", "key", "add", "--scope", "admin").stdout.strip()
	shutil.copy(os.path.join(HERE, "dialects.mjs"), MODULES)
	daemon = Daemon(lab, "api").start()
	nginx = Nginx(lab, daemon.socket("api")).start()
	try:
		done = subprocess.run(["node", "dialects.mjs", "https://127.0.0.1:%d" % nginx.port, key], cwd=MODULES, text=True,
		                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
		                      env=clean_environment(HOME=lab.folder, NODE_EXTRA_CA_CERTS=nginx.certificate))
		tap.same(done.returncode, 0, "the clients run")
		told = {t["name"]: t for t in map(json.loads, done.stdout.splitlines())}
		sparkpost(tap, lab, told)
		sendgrid(tap, lab, told)
		# what fill() made has no report and no trace, as carom db check would say
		lab.postgres.sql("DELETE FROM carom.event; DELETE FROM carom.suppression WHERE author = 'carom'")
	finally:
		nginx.stop()
		tap.same(daemon.stop(), 0, "SIGTERM ends it")
	tap.ok("ERROR" not in daemon.log_text(), "and nothing went wrong in it", daemon.log_text()[-3000:])


WHY = skip()
if WHY:
	print("1..0 # SKIP dialects: %s" % WHY)
	sys.exit(0)
sys.exit(script("the dialects of others", tests))
