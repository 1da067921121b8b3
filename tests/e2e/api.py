#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The HTTP API: what each key may ask, what is refused, and what is served is
what doc/openapi.json says; hostile requests, an outage, nginx in front.
"""

import http.client
import json
import os
import random
import re
import socket
import ssl
import sys
import threading
import urllib.parse
from multiprocessing.pool import ThreadPool

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from daemon import Daemon  # noqa: E402
from lab import CONTRIB, PIPE_USER, free_port, run, wait_until  # noqa: E402
from nginx import Nginx  # noqa: E402
from tap import script  # noqa: E402
from unix_http import UnixConnection  # noqa: E402

HOSTILE = int(os.environ.get("CAROM_HOSTILE", "400"))  # requests at each door
SOURCE = os.path.dirname(CONTRIB)


class Answer:
	def __init__(self, response):
		self.status = response.status
		self.headers = response.headers
		self.body = response.read()

	@property
	def json(self):
		return json.loads(self.body)


class Client:
	"""One key. document: the OpenAPI file that every answer is held against."""

	def __init__(self, connect, key, document=None):
		self.connect, self.key, self.document = connect, key, document
		self.wrong = []

	def ask(self, method, path, body=None, query=None, headers=None):
		if query:
			path += "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote)
		headers = dict(headers or {})
		if self.key:
			headers.setdefault("Authorization", "Bearer " + self.key)
		if body is not None and not isinstance(body, bytes):
			body = json.dumps(body).encode()
			headers.setdefault("Content-Type", "application/json")
		connection = self.connect()
		try:
			connection.request(method, path, body, headers)
			answer = Answer(connection.getresponse())
		finally:
			connection.close()
		if self.document:
			self.wrong += self.document.complaints(method, path, answer)
		return answer


def entry_path(address, tail=""):
	return "/v1/suppressions/" + urllib.parse.quote(address, safe="") + tail


# ---- the document -------------------------------------------------------------------


class Document:
	"""doc/openapi.json, as far as it is needed to judge an answer by it."""

	def __init__(self):
		with open(os.path.join(SOURCE, "doc", "openapi.json")) as f:
			self.whole = json.load(f)
		self.seen = set()

	def resolve(self, what):
		while "$ref" in what:
			node = self.whole
			for name in what["$ref"].lstrip("#/").split("/"):
				node = node[name]
			what = node
		return what

	def operation(self, method, path):
		parts = path.partition("?")[0].strip("/").split("/")
		best = None
		for pattern, methods in self.whole["paths"].items():
			wanted = pattern.strip("/").split("/")
			if len(wanted) == len(parts) and method.lower() in methods and all(
					a == b or a.startswith("{") for a, b in zip(wanted, parts)):
				if best is None or "{" not in pattern:
					best = methods[method.lower()]
		return best

	def complaints(self, method, path, answer):
		operation = self.operation(method, path)
		if operation is None:
			return []
		where = "%s %s: %d" % (method, path, answer.status)
		told = operation["responses"].get(str(answer.status))
		if told is None:
			return [where + " is not documented"]
		told = self.resolve(told)
		self.seen.add((operation["operationId"], answer.status))
		if not answer.body:
			return [where + " has no body"] if "content" in told else []
		kind = answer.headers["Content-Type"].partition(";")[0]
		if kind not in told.get("content", {}):
			return [where + " is " + kind]
		schema = told["content"][kind]["schema"]
		if kind == "application/x-ndjson":
			found = [self.judge(json.loads(line), schema, where)
			         for line in answer.body.decode().splitlines()]
			return sum(found, [])
		if not kind.endswith("json"):
			return []
		return self.judge(answer.json, schema, where)

	def judge(self, value, schema, where):
		schema = self.resolve(schema)
		kinds = {"object": dict, "array": list, "string": str, "integer": int,
		         "boolean": bool}
		if not isinstance(value, kinds[schema["type"]]):
			return ["%s: %r is no %s" % (where, value, schema["type"])]
		if "enum" in schema and value not in schema["enum"]:
			return ["%s: %r is none of %s" % (where, value, schema["enum"])]
		if schema.get("format") == "date-time" and not re.fullmatch(
				r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
			return ["%s: %r is no time" % (where, value)]
		wrong = []
		if schema["type"] == "object" and "properties" in schema:
			lacks = set(schema["required"]) - set(value)
			more = set(value) - set(schema["properties"])
			if lacks or more and not schema.get("additionalProperties"):
				wrong.append("%s: lacks %s, has %s" % (where, lacks, more))
			for name in set(value) & set(schema["properties"]):
				wrong += self.judge(value[name], schema["properties"][name],
				                    where + "/" + name)
		elif schema["type"] == "array":
			for member in value:
				wrong += self.judge(member, schema["items"], where + "[]")
		return wrong


# ---- keys and endpoints ----------------------------------------------------------------


def make_key(lab, *options):
	return lab.run_carom("api", "key", "add", *options).stdout.strip()


def keys(tap, lab, daemon):
	none = lab.run_carom("api", "key", "add", "--scope", "everything", check=False)
	tap.ok(none.returncode == 65 and "there is no scope" in none.stderr,
	       "a key has scopes that there are", none.stderr)
	key = make_key(lab, "--scope", "check", "--note", "for a while")
	stored = lab.postgres.sql("SELECT * FROM carom.api_key")
	tap.ok(re.fullmatch(r"carom_[a-z2-7]{8}_[A-Za-z0-9_-]{43}", key) and
	       key[15:] not in stored, "a key is shown once, and not stored", key)
	ask = Client(lambda: UnixConnection(daemon.socket("api")), key).ask
	body = {"addresses": ["a@b.example"]}
	tap.same(ask("POST", "/v1/check", body).status, 200, "it opens")
	listed = lab.run_carom("api", "key", "list", "--format", "json").stdout
	tap.ok(key[6:14] in listed and "used_on" in listed, "it is listed", listed)
	tap.same(lab.run_carom("api", "key", "revoke", key[6:14]).stdout,
	         key[6:14] + ": revoked\n", "it is revoked")
	tap.same(ask("POST", "/v1/check", body).status, 401, "and opens nothing")
	again = lab.run_carom("api", "key", "revoke", key[6:14], check=False)
	tap.same(again.returncode, 1, "once")


def changing(tap, lab, admin, acme):
	put = admin.ask("PUT", entry_path("Ani+1@gmail.com"), {
		"account": "acme", "reason": "asked by phone", "note": "one\ntwo"})
	tap.same((put.status, put.json["done"], put.json["entry"]["address"]),
	         (201, "added", "ani+1@gmail.com"), "PUT puts it on the list")
	tap.same(lab.postgres.sql(
		"SELECT s.address, s.account, s.reason, s.author = 'key ' || k.id FROM "
		"carom.suppression s, carom.api_key k WHERE k.scopes = '{admin}'"),
		"ani+1@gmail.com|acme|asked by phone|t", "in the key's name")
	again = admin.ask("PUT", entry_path("ani+1@gmail.com"),
	                  {"account": "acme", "reason": "other"})
	tap.same((again.status, again.json["done"]), (200, "kept"), "again: kept")
	got = acme.ask("GET", "/v1/suppressions/ani+1@gmail.com")
	tap.same((got.status, got.json["entries"][0]["note"]), (200, "one\ntwo"),
	         "GET; a + in the path is one")
	other = acme.ask("PUT", entry_path("x@gmail.com"),
	                 {"account": "beta", "reason": "r"})
	tap.same(other.status, 403, "another account is not the key's")
	for query, status in (({}, 422), ({"note": "n", "account": "beta"}, 403),
	                      ({"note": "mailbox restored"}, 204),
	                      ({"note": "mailbox restored"}, 404)):
		got = acme.ask("DELETE", entry_path("ani+1@gmail.com"), query=query)
		tap.same(got.status, status, "DELETE %s: %d" % (query, status))
	acme.ask("PUT", entry_path("body@gmail.com"), {"reason": "r"})
	got = acme.ask("DELETE", entry_path("body@gmail.com"), {"note": "in a body"})
	tap.same(got.status, 204, "DELETE takes its fields in a body too")
	log = acme.ask("GET", entry_path("ani+1@gmail.com", "/log"))
	tap.same([(e["change"], e.get("note")) for e in log.json["results"]],
	         [("remove", "mailbox restored"), ("add", "one\ntwo")], "the log")
	story = acme.ask("GET", "/v1/addresses/ani%2B1%40gmail.com")
	tap.same((story.status, len(story.json["changes"])), (200, 2), "the story")


def reading(tap, lab, admin, acme):
	lab.postgres.sql(
		"SELECT carom.suppress(n || '@page.example', 'r', CASE WHEN n % 2 = 0 THEN"
		" 'acme' ELSE 'beta' END) FROM generate_series(1, 60) n")
	lab.postgres.sql("SELECT carom.suppress('all@page.example', 'r', note => 'ours')")
	for client, wanted in ((admin, 61), (acme, 30)):
		found, query = [], {"domain": "page.example", "limit": 7}
		while True:
			page = client.ask("GET", "/v1/suppressions", query=query).json
			found += [e["address"] for e in page["results"]]
			if "next" not in page:
				break
			query["after"] = page["next"]
		tap.ok(len(found) == len(set(found)) == wanted,
		       "pages: %d entries, each once" % wanted, found)
	tap.same(admin.ask("GET", "/v1/suppressions", query={"reason": "no such"})
	         .json, {"results": []}, "nothing is an empty list")
	for client, wanted in ((admin, 61), (acme, 30)):
		lines = client.ask("GET", "/v1/suppressions/export").body.splitlines()
		tap.same(len(lines), wanted, "export: %d" % wanted)
	csv = admin.ask("GET", "/v1/suppressions/export", query={"format": "csv"})
	tap.same(csv.body.decode().split("\r\n")[1].split(",")[:2],
	         ["10@page.example", "acme"], "as CSV")
	checked = acme.ask("POST", "/v1/check", {"addresses": [
		"2@page.example", "3@page.example", "all@page.example", "free@gmail.com",
		"half"], "account": "acme"}).json["results"]
	tap.same([c["allowed"] for c in checked], [False, True, False, True, False],
	         "check")
	tap.same([checked[0]["entries"][0]["lifted_by"],
	          checked[2]["entries"][0]["lifted_by"]], ["this key", "staff"],
	         "and who may lift it")
	tap.ok("note" not in checked[2]["entries"][0], "without the notes of others",
	       checked[2])
	tap.same(checked[4]["error"], "no address", "what is none is not allowed")
	undo = {"note": "n", "since": "2026-01-01", "until": "2099-01-01",
	        "reason": "recipient_unknown"}
	tap.same(admin.ask("POST", "/v1/suppressions/undo", undo).json["count"], 0,
	         "undo, dry")
	report = admin.ask("GET", "/v1/reports/providers",
	                   query={"from": "2026-11-01", "to": "2026-11-02"})
	tap.same((report.status, report.json["rows"]), (200, []), "a report")


def importing(tap, lab, admin, acme, checker):
	"""Files of any form, whole or not at all; again under the same word."""
	def send(client, body, query=None, kind="text/csv", token=None):
		headers = {"Content-Type": kind}
		if token:
			headers["Idempotency-Key"] = token
		return client.ask("POST", "/v1/suppressions/import", body.encode(), query, headers)

	csv = "address,reason\r\ni1@import.example,closed\r\ni2@import.example,closed\r\n"
	got = send(acme, csv, {"dry_run": "true"})
	tap.same((got.status, got.json.get("added"), lab.count("suppression", "address LIKE '%@import.example'")),
	         (200, 2, 0), "an import, dry")
	got = send(acme, csv, token="t-1")
	tap.same((got.status, got.json.get("added")), (200, 2), "a CSV")
	tap.same(lab.postgres.sql("SELECT DISTINCT account || author FROM carom.suppression WHERE address LIKE '%@import.example'"),
	         "acmekey " + acme.key[6:14], "for the one account of the key, in its name")
	tap.same(send(acme, csv, token="t-1").json, got.json, "again under its Idempotency-Key: answered as before")
	tap.same(send(acme, csv).json["kept"], 2, "and without: kept")
	tap.same(send(acme, csv + "i3@import.example,x\r\n", token="t-1").status, 409, "another file under that word")
	got = send(admin, "\n".join(json.dumps({"address": "n%d@import.example" % n, "reason": "r"}) for n in range(3)),
	           kind="application/x-ndjson")
	tap.same((got.status, got.json.get("added")), (200, 3), "NDJSON")
	got = send(admin, json.dumps({"results": [{"recipient": "s@import.example", "source": "Spam Complaint", "type": "non_transactional",
	                                           "subaccount_id": "acme"}]}), kind="application/json")
	tap.same((got.status, lab.postgres.sql("SELECT source || account FROM carom.suppression WHERE address = 's@import.example'")),
	         (200, "complaintacme"), "what SparkPost's API answered")
	got = send(admin, "address,reason\r\nhalf,r\r\nok@import.example,r\r\n@com,r\r\n")
	tap.ok(got.status == 422 and [e["line"] for e in got.json["errors"]] == [2, 4], "rows at fault, by line", got.body)
	tap.same(lab.count("suppression", "address = 'ok@import.example'"), 0, "and none is taken")
	for what, got, status in (
			("another account", send(acme, "address,reason,account\r\nx@import.example,r,beta\r\n"), 403),
			("a key without the scope", send(checker, csv), 403), ("no columns", send(admin, "a,b\r\n1,2\r\n"), 422),
			("an empty line", send(admin, "\n"), 422), ("no form of ours", send(admin, csv, {"form": "other"}), 422),
			("a picture", send(admin, csv, kind="image/png"), 415), ("a field", send(admin, csv, {"bogus": "1"}), 400)):
		tap.same(got.status, status, "refused: " + what)
	tap.same(admin.ask("POST", "/v1/suppressions/import").status, 400, "no body")


def managing(tap, lab, admin, acme):
	"""Incidents, the policy, keys."""
	lab.postgres.sql("INSERT INTO carom.incident (provider, template, first_at, last_at) SELECT 'gmail', 'no such user', now(), now() "
	                 "FROM generate_series(1, 2)")
	two = [i["id"] for i in admin.ask("GET", "/v1/incidents", query={"state": "open"}).json["results"]]
	tap.same(two, sorted(two, reverse=True), "incidents, newest first")
	tap.same(admin.ask("GET", "/v1/incidents/%d" % two[0]).json["held"], [], "one of them")
	tap.same(acme.ask("GET", "/v1/incidents").status, 403, "are not for a key for an account")
	note = {"note": "an outage"}
	tap.same([admin.ask("POST", "/v1/incidents/%d/%s" % (i, w), note).status
	          for i, w in ((two[0], "confirm"), (two[1], "discard"), (two[1], "confirm"), (10 ** 6, "discard"))],
	         [200, 200, 409, 404], "confirm and discard, once")
	row = {"category": "mailbox_full", "account": "acme"}
	put = dict(row, after=2, within_days=9, note="strict")
	tap.same([(a.status, a.json["done"]) for a in (admin.ask("PUT", "/v1/policy", put), admin.ask("PUT", "/v1/policy", put))],
	         [(201, "added"), (200, "kept")], "PUT a row of policy; again")
	listed = acme.ask("GET", "/v1/policy", query={"category": "mailbox_full"}).json["results"]
	tap.same([p.get("account") for p in listed], [None, "acme"], "both are read")
	tap.same(acme.ask("PUT", "/v1/policy", put).status, 403, "set by admin alone")
	tried = admin.ask("POST", "/v1/policy/try", {"category": "mailbox_full", "after": 1})
	tap.same((tried.status, tried.json.get("changes")), (200, []), "tried")
	tap.same([admin.ask("DELETE", "/v1/policy", query=dict(row, note="no more")).status for _ in range(2)], [204, 404],
	         "DELETE it, once")
	tap.same(admin.ask("PUT", "/v1/policy", {"category": "bogus", "note": "n"}).status, 422, "a category is one")
	listed = admin.ask("GET", "/v1/keys")
	tap.ok(admin.key[6:14] in [k["id"] for k in listed.json["results"]] and admin.key[15:] not in listed.body.decode(), "keys")
def webhooks(tap, lab, admin, acme, news):
	"""Nobody sends here: what is made, changed and told of."""
	made = admin.ask("POST", "/v1/webhooks", {"url": "https://a.example/hook",
	                                          "kinds": ["bounce", "suppression"], "note": "n"})
	tap.same((made.status, made.json["webhook"]["kinds"], made.json["webhook"]["state"]),
	         (201, ["bounce", "suppression"], "active"), "POST makes a webhook")
	tap.ok(re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made.json["secret"]), "and tells its secret")
	own = news.ask("POST", "/v1/webhooks", {"url": "https://b.example"}).json["webhook"]
	tap.same((own["account"], own["stream"]), ("acme", "news"),
	         "one of a key for one stream is told of that stream alone")
	tap.same(news.ask("POST", "/v1/webhooks", {"url": "https://b.example",
	                                           "account": "beta"}).status, 403, "not of others")
	path = "/v1/webhooks/" + made.json["webhook"]["id"]
	tap.same([len(c.ask("GET", "/v1/webhooks").json["results"]) for c in (admin, news)],
	         [2, 1], "and sees no other")
	tap.same([news.ask(m, path + tail, b).status for m, tail, b in (
		("GET", "", None), ("PUT", "", {"url": "https://c.example"}), ("DELETE", "", None),
		("POST", "/test", None), ("POST", "/rotate", {}), ("GET", "/deliveries", None),
		("POST", "/replay", {"dead": True}))], [404] * 7, "nor that there is one")
	tap.same([acme.ask(m, p, b).status for m, p, b in (
		("GET", "/v1/webhooks", None), ("POST", "/v1/webhooks", {"url": "https://c.example"}),
		("GET", path, None), ("DELETE", path, None))], [403] * 4, "a key without admin has none")
	changed = admin.ask("PUT", path, {"url": "https://c.example/x", "state": "paused"}).json
	tap.same((changed["url"], changed["state"], "kinds" in changed),
	         ("https://c.example/x", "paused", False), "PUT says all of it anew")
	tap.same(admin.ask("PUT", path, {"url": "https://c.example/x", "state": "active"})
	         .json["state"], "active", "and lets it go on")
	tap.same(admin.ask("GET", path).json["url"], "https://c.example/x", "GET shows it")
	sent = [admin.ask("POST", path + "/test").json["message"] for _ in range(3)]
	page = admin.ask("GET", path + "/deliveries", query={"limit": 2}).json
	rest = admin.ask("GET", path + "/deliveries", query={"limit": 2, "after": page["next"]}).json
	tap.same([d["message"] for d in page["results"] + rest["results"]], sent[::-1],
	         "deliveries, the newest first, in pages")
	tap.ok("next" not in rest, "to the last one", rest)
	tap.same(admin.ask("GET", path + "/deliveries", query={"state": "dead"}).json["results"],
	         [], "or those in one state")
	again = admin.ask("POST", path + "/rotate", {"hours": 0}).json["secret"]
	tap.ok(again != made.json["secret"], "a new secret")
	tap.same(admin.ask("POST", path + "/replay", {"dead": True}).json["count"], 0, "replay")
	tap.same([admin.ask(m, p, b).status for m, p, b in (
		("POST", "/v1/webhooks", {"url": "ftp://a.example"}),
		("POST", "/v1/webhooks", {"url": "https://a.example", "kinds": ["bounces"]}),
		("POST", path + "/replay", {}), ("POST", path + "/replay", {"after": "7-00000000"}),
		("PUT", path, {"url": "https://a.example", "state": "disabled"}),
		("GET", path + "/deliveries?state=lost", None))], [422] * 6, "what makes no sense: 422")
	tap.same([admin.ask("DELETE", path).status, admin.ask("DELETE", path).status], [204, 404],
	         "DELETE, once")


def together(tap, lab, admin, acme):
	"""Checks that come at the same moment: each gets its own answer."""
	def check(n):
		client, account = (admin, "beta") if n % 3 == 0 else (acme, None)
		asked = ["%d@page.example" % (n % 60 + 1), "half", "free%d@gmail.com" % n][:n % 3 + 1]
		body = {"addresses": asked}
		if account:
			body["account"] = account
		got = client.ask("POST", "/v1/check", body)
		# odd ones are beta's, even ones acme's
		listed = (n % 60 + 1) % 2 == (1 if account else 0)
		return got.status == 200 and [(r["address"], r["allowed"]) for r in got.json["results"]] == \
			list(zip(asked, (not listed, False, True)))
	with ThreadPool(16) as threads:
		answers = threads.map(check, range(300))
	tap.same(answers.count(True), 300, "checks at the same moment: each gets its own answer")


def wrong_ones(tap, admin, stranger, checker):
	tap.same([stranger.ask("GET", p).status for p in (
		"/v1/suppressions", "/v1/nothing", "/", "/v1/check")], [401] * 4,
		"who has no key is told nothing")
	answer = stranger.ask("GET", "/v1/suppressions")
	tap.same((answer.headers["Content-Type"], answer.headers["WWW-Authenticate"]),
	         ("application/problem+json", 'Bearer realm="carom"'), "but how to")
	tap.same(checker.ask("GET", "/v1/suppressions").status, 403, "a scope")
	rows = (
		("GET", "/v1/nothing", None, 404), ("DELETE", "/v1/check", None, 405),
		("GET", entry_path("free@gmail.com"), None, 404),
		("GET", entry_path("half"), None, 422),
		("GET", "/v1/suppressions?limit=0", None, 422),
		("GET", "/v1/suppressions?limit=10001", None, 422),
		("GET", "/v1/suppressions?bogus=1", None, 400),
		("GET", "/v1/suppressions?after=YzE6MTph", None, 422),
		("GET", "/v1/suppressions?after=x", None, 422),
		("GET", "/v1/suppressions?since=yesterday", None, 422),
		("GET", "/v1/suppressions/export?format=xml", None, 422),
		("GET", "/v1/reports/nothing", None, 404),
		("GET", "/v1/suppressions?stream=x&account=%00", None, 400),
		("GET", "/v1/suppressions/a%2Fb@c.example", None, 400),
		("GET", "/v1/../healthz", None, 400),
		("POST", "/v1/check", {}, 422),
		("POST", "/v1/check", {"addresses": ["x"] * 1001}, 422),
		("POST", "/v1/check", {"addresses": "x"}, 422),
		("POST", "/v1/check", {"addresses": ["x"], "more": 1}, 400),
		("POST", "/v1/check", b"{", 415),
		("PUT", entry_path("@com"), {"reason": "r"}, 422),
		("PUT", entry_path("a@b.example"), {"reason": "r", "expires_at": "2001-01-01"}, 422),
		("POST", "/v1/suppressions/undo", {"note": " ", "since": "2026-11-01",
		                                   "until": "2026-11-02"}, 422),
	)
	for method, path, body, status in rows:
		answer = admin.ask(method, path, body)
		tap.ok(answer.status == status and answer.json["status"] == status,
		       "%s %s %s: %d" % (method, path, str(body)[:30], status),
		       "%d %s" % (answer.status, answer.body))
	answer = admin.ask("POST", "/v1/check", b"{", headers={
		"Content-Type": "application/json; charset=utf-8"})
	tap.same(answer.status, 400, "a body that is no JSON")
	tap.same(admin.ask("DELETE", "/v1/check").headers["Allow"], "POST", "Allow")
	answer = admin.ask("GET", "/v1/suppressions?limit=0",
	                   headers={"X-Request-Id": "trace-7"})
	tap.same((answer.json["errors"][0]["field"], answer.json["trace"],
	          answer.headers["X-Request-Id"]), ("limit", "trace-7", "trace-7"),
	         "a problem names its field and its trace")


def outage(tap, lab, admin):
	lab.postgres.stop("immediate")
	answer = admin.ask("GET", "/v1/suppressions")
	tap.ok(answer.status == 503 and int(answer.headers["Retry-After"]) > 0,
	       "the database is away: 503, never an empty list", answer.body)
	tap.same(admin.ask("POST", "/v1/check", {"addresses": ["a@b.example"]}).status,
	         503, "nor an address that may be mailed")
	tap.same(admin.ask("GET", "/healthz").status, 503, "healthz says so")
	lab.postgres.start()
	wait_until(lambda: admin.ask("GET", "/v1/suppressions").status == 200, 20,
	           "it is back")
	tap.ok(True, "it is found when it is back")


def limits(tap, lab, daemon, connect):
	key = make_key(lab, "--scope", "check")
	client = Client(connect, key)
	body = {"addresses": ["a@b.example"]}
	client.ask("POST", "/v1/check", body)
	configure(lab, rate="1", burst="3")
	before = daemon.log_text().count("reloaded")
	daemon.hangup()
	wait_until(lambda: daemon.log_text().count("reloaded") > before, 20, "reload")
	answers = [client.ask("POST", "/v1/check", body) for _ in range(8)]
	late = [a for a in answers if a.status == 429]
	tap.ok(len(late) >= 3 and all(a.headers["Retry-After"] in ("1", "2") for a in late),
	       "a key that asks too often: 429 with Retry-After",
	       [a.status for a in answers])
	other = Client(connect, make_key(lab, "--scope", "check"))
	tap.same(other.ask("POST", "/v1/check", body).status, 200, "another is not held up")
	stranger = Client(connect, "carom_aaaaaaaa_" + "a" * 43)
	codes = [stranger.ask("POST", "/v1/check", body).status for _ in range(100)]
	tap.ok(set(codes) == {401, 429}, "who tries keys is slowed down", codes)
	tap.same(Client(connect, other.key).ask("POST", "/v1/check", body).status, 200,
	         "and slows down nobody else")
	configure(lab)
	daemon.hangup()


def following(tap, lab, admin, acme):
	"""The feed, and waiting for it."""
	first = admin.ask("GET", "/v1/events").json
	tap.ok(any(e["type"] == "suppression.removed" for e in first["results"]),
	       "the feed has the changes", first["results"][:3])
	again = admin.ask("GET", "/v1/events", query={"after": first["next"]}).json
	tap.same((again["results"], again["next"]), ([], first["next"]), "each once")
	mine = acme.ask("GET", "/v1/events", query={"limit": 10000}).json
	tap.same({e.get("account") for e in mine["results"]}, {"acme"},
	         "a key is told what it may see")
	tap.same(mine["next"], first["next"], "and passes over the rest")
	got = []
	waiting = threading.Thread(target=lambda: got.append(acme.ask(
		"GET", "/v1/events", query={"after": "end", "wait": 30})))
	waiting.start()
	wait_until(lambda: lab.postgres.sql(
		"SELECT carom.suppress('x' || n || '@wait.example', 'r', 'acme') FROM "
		"(SELECT count(*) AS n FROM carom.suppression) s") and got, 25,
		"somebody who waits is told", pause=0.3)
	waiting.join()
	tap.same(got[0].json["results"][0]["type"], "suppression.added",
	         "who waits is told at once")
	tap.same(admin.ask("GET", "/v1/events", query={"after": "9-00000000"}).status, 422,
	         "a cursor of another feed")


def token_for(lab, address, stream, account="acme", day="current_date"):
	return lab.postgres.sql("SELECT carom.verp_token('%s', %s, '%s', %s)"
	                        % (address, stream, account, day))


def unsubscribing(tap, lab, stranger):
	keys_file = os.path.join(lab.folder, "run", "keys")
	run([lab.carom, "verp", "newkey", keys_file], user=PIPE_USER)
	with open(keys_file) as f:
		key = [line.split() for line in f if not line.startswith("#")][0]
	lab.postgres.sql("SELECT carom.set_verp_key('%s', '%s')" % tuple(key[:2]))
	path = "/u/" + token_for(lab, "tired@gmail.com", 7)

	def listed(address="tired@gmail.com"):
		return lab.postgres.sql("SELECT account, stream, source FROM carom.suppression"
		                        " WHERE address = '%s'" % address)

	def post(where, body=b"List-Unsubscribe=One-Click",
	         kind="application/x-www-form-urlencoded"):
		return stranger.ask("POST", where, body, headers={"Content-Type": kind})
	for language, word in (("id,en;q=0.5", b'lang="id"'), ("en-GB, id", b'lang="en"'),
	                       (None, b'lang="en"')):
		page = stranger.ask("GET", path, headers={"Accept-Language": language} if
		                    language else None)
		tap.ok(page.status == 200 and word in page.body and page.body.count(
			b"<button") == 1 and b"tired" not in page.body and "Set-Cookie" not in
			page.headers, "a page with one button, %s" % language, page.body)
	tap.contains(page.headers["Content-Security-Policy"], "default-src 'none'",
	             "which loads nothing")
	tap.same(stranger.ask("HEAD", path).status, 200, "HEAD")
	tap.same(listed(), "", "neither changes anything")
	tap.same(post(path, b"x=y").status, 400, "a POST that does not say so")
	tap.same(post(path).status, 200, "one click")
	tap.same(listed(), "acme|newsletter|unsubscribe", "stops that stream")
	tap.same(post(path).status, 200, "again")
	tap.same(lab.count("event", "kind = 'unsubscribe'"), 1, "counts once")
	lab.run_carom("suppress", "remove", "tired@gmail.com", "--account", "acme",
	              "--stream", "newsletter", "--note", "signed up again")
	form = (b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
	        b"One-Click\r\n--b--\r\n")
	tap.same(post(path, form, "multipart/form-data; boundary=b").status, 200,
	         "as multipart")
	tap.same(listed(), "acme|newsletter|unsubscribe", "who came back may leave again")
	number = lab.postgres.sql("SELECT carom.stream_number('acme', 'shop')")
	post("/u/" + token_for(lab, "shop@gmail.com", number))
	tap.same(listed("shop@gmail.com"), "acme|shop|unsubscribe",
	         "a stream that only the database knows")
	old = token_for(lab, "old@gmail.com", 7, day="current_date - 500")
	forged = path[:-1] + ("a" if path[-1] != "a" else "b")
	for name, where in (("forged", forged), ("expired", "/u/" + old),
	                    ("nothing", "/u/x"), ("hostile", "/u/%27%3B--")):
		pages = [stranger.ask("GET", where), post(where)]
		tap.ok(all(p.status == 404 and b"<h1>" in p.body and b"<button" not in p.body
		           for p in pages), "a token that is none: " + name, pages[0].body)
	tap.same(listed("old@gmail.com"), "", "changes nothing")


# ---- hostile requests -------------------------------------------------------------------


def raw(connect, request, half=False):
	"""All that comes back until the server closes the connection, or is silent.
	half: nothing more is sent, which TLS cannot say.
	"""
	got = b""
	with connect() as s:
		s.settimeout(20)
		try:
			s.sendall(request)
			if isinstance(s, ssl.SSLSocket):
				s.settimeout(1)
			elif half:
				s.shutdown(socket.SHUT_WR)
			while True:
				piece = s.recv(65536)
				if not piece:
					return got
				got += piece
		except (OSError, TimeoutError):
			return got


def at_socket(daemon):
	s = socket.socket(socket.AF_UNIX)
	s.connect(daemon.socket("api"))
	return s


def ambiguous(tap, daemon, key):
	auth = b"Authorization: Bearer %s\r\n" % key.encode()
	hidden = b"GET /v1/suppressions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n" % auth
	post = b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + auth
	rows = (
		("length and chunked", post + b"Content-Length: 4\r\nTransfer-Encoding: chunked"
		 b"\r\n\r\n0\r\n\r\n" + hidden),
		("two lengths", post + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}  " + hidden),
		("the same length twice", post + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\n{}  " + hidden),
		("a signed length", post + b"Content-Length: +4\r\n\r\n{}  " + hidden),
		("a blank in a name", post + b"Content-Length : 4\r\n\r\n{}  " + hidden),
		("another encoding", post + b"Transfer-Encoding: xchunked\r\n\r\n{}  " + hidden),
		("no host", b"GET /healthz HTTP/1.1\r\n\r\n" + hidden),
		("two hosts", b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + hidden),
		("a body that is too large", post + b"Content-Length: 1048577\r\n\r\n"),
	)
	for name, request in rows:
		got = raw(lambda: at_socket(daemon), request)
		# libmicrohttpd 0.9.75 sends the head of its own refusals twice
		told = set(re.findall(rb"HTTP/1\.[01] (\d+) ", got))
		tap.ok(told in ({b"400"}, {b"413"}), "refused and closed: " + name, got)
	for name, request in (
			("a length that no number holds", post + b"Content-Length: "
			 b"99999999999999999999\r\n\r\n{}"),
			("a header of 100 kB", b"GET / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n"
			 % (b"x" * 100000)), ("a target of 20 kB", b"GET /%s HTTP/1.1\r\n"
			 b"Host: a\r\n\r\n" % (b"x" * 20000))):
		got = raw(lambda: at_socket(daemon), request)
		tap.ok(not re.match(rb"HTTP/1\.1 2", got), "refused: " + name, got)


# What may stand in a request: methods, targets, fields and bodies, sound and not.
PIECES = [b"GET ", b"PUT ", b"DELETE ", b"POST ", b"PATCH ", b"OPTIONS ", b"CONNECT ", b"/v1/suppressions", b"/v1/check", b"/v1/policy", b"/v1/keys",
          b"/v1/suppressions/import", b"/v1/suppressions/export", b"/v1/incidents/1/confirm", b"/v1/addresses/", b"/compat/sparkpost/api/v1/suppression-list",
          b"/compat/sendgrid/v3/asm/suppressions/global", b"/compat/sendgrid/v3/suppression/bounces", b"/u/", b"/metrics", b"/healthz",
          b"/secret%40hidden.example", b"/log", b"?account=other", b"?after=YzE6MTph", b"?cursor=initial", b"&limit=10000", b"%00", b"%2F", b"%C0%AF", b"%",
          b"..", b"//", b"#", b"'; DROP TABLE carom.event; --", b"<script>", b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b" HTTP/2.0\r\n", b"http://other.example",
          b"Host: a\r\n", b"Host: b\r\n", b"\r\n", b"\n", b"\0", b"\xff", b"Content-Length: 2\r\n", b"Content-Length: -1\r\n",
          b"Content-Length: 9999999\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding : chunked\r\n", b"5\r\n{\"a\":\r\n0\r\n\r\n",
          b"ffffffffffffffff\r\n", b"{}", b"Content-Type: application/json\r\n", b"Content-Type: text/csv\r\n", b"Expect: 100-continue\r\n",
          b"X-MSYS-SUBACCOUNT: other\r\n", b"On-Behalf-Of: other\r\n", b"X-Remote-User: admin\r\n", b"Idempotency-Key: \x80\r\n", b" folded\r\n",
          b"[" * 5000, b'{"addresses":["secret@hidden.example"],"account":"other"}', b'{"recipients":[{"recipient":"secret@hidden.example"}]}',
          b'{"addresses":[' + b'"a@b.example",' * 900 + b'"x"]}', b"X: " + b"y" * 9000]
# What carom-api(1) or the web server before it may say to any of them
DOCUMENTED = {200, 201, 204, 400, 401, 403, 404, 405, 409, 413, 414, 415, 422, 429, 431, 501, 505}


def hostile_request(chance, keys):
	"""A sound request out of a few, changed at random."""
	auth = b"Authorization: Bearer %s\r\n" % chance.choice(keys).encode()
	body = b'{"addresses":["secret@hidden.example"],"account":"other"}'
	request = bytearray(chance.choice((
		b"GET /v1/suppressions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n" % auth,
		b"GET /v1/suppressions/secret%%40hidden.example HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n" % auth,
		b"GET /compat/sparkpost/api/v1/suppression-list HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n" % auth.replace(b"Bearer ", b""),
		b"GET /compat/sendgrid/v3/suppression/unsubscribes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n" % auth,
		b"POST /v1/suppressions/import HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%sContent-Type: text/csv\r\nContent-Length: 25\r\n\r\n"
		b"address,reason\r\n@com,r\r\n" % auth,
		b"POST /v1/check HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (auth, len(body), body))))
	for _ in range(chance.randint(0, 6)):
		at = chance.randrange(len(request) + 1)
		if chance.random() < 0.6:
			request[at:at] = chance.choice(PIECES)
		elif chance.random() < 0.5:
			del request[at:at + chance.randint(1, 40)]
		elif at < len(request):
			request[at] = chance.randrange(256)
	return bytes(request)


def hostile(tap, lab, daemon, keys, connect, where):
	"""CAROM_HOSTILE requests at what connect() opens, with keys that may not see what is hidden."""
	lab.postgres.sql("SELECT carom.suppress('secret@hidden.example', 'r', 'other')")
	chance = random.Random(where)
	requests = [hostile_request(chance, keys) for _ in range(HOSTILE)]
	leaks, odd = [], []
	with ThreadPool(8) as threads:
		for request, got in zip(requests, threads.imap(lambda r: raw(connect, r, True), requests)):
			if b"hidden.example" in got and re.search(rb'"(reason|recipient|created|source)"', got):
				leaks.append((request, got))
			told = set(map(int, re.findall(rb"^HTTP/1\.[01] (\d+) ", got, re.M))) - {100}
			if told - DOCUMENTED and b"other imports are under way" not in got:
				odd.append((request[:500], got[:500]))
	tap.ok(not leaks, "%d hostile requests %s: no list for a key that may not see it" % (HOSTILE, where), leaks[:1])
	tap.ok(not odd, "each answered as documented, " + where, odd[:3])
	tap.same(daemon.process.poll(), None, "and the daemon lives on")
	tap.same(lab.count("suppression", "address = 'secret@hidden.example'"), 1, "and nothing was changed")


# ---- nginx -------------------------------------------------------------------------------


def with_nginx(tap, lab, daemon, key, document, few):
	nginx = Nginx(lab, daemon.socket("api")).start()

	class Connection(http.client.HTTPSConnection):
		def connect(self):
			self.sock = nginx.connect()

	try:
		client = Client(lambda: Connection(nginx.host), key, document)
		tap.same(client.ask("PUT", "/v1/suppressions/a+b%40c.example",
		                    {"reason": "r"}).json["entry"]["address"], "a+b@c.example",
		         "nginx: a path goes through as it came")
		tap.same(client.ask("GET", entry_path("a+b@c.example")).status, 200, "is found")
		tap.same(client.ask("DELETE", entry_path("a+b@c.example"),
		                    {"note": "n"}).status, 204, "and deleted, with a body")
		tap.same(client.ask("GET", "/v1/suppressions/a%2Fb@c.example").status, 400,
		         "a slash within a segment is refused")
		tap.same([client.ask("GET", p).status for p in ("/healthz", "/metrics", "/")],
		         [404] * 3, "what is for this host alone is not passed on")
		tap.same([client.ask("GET", p).status for p in ("/v1", "/compat", "/u", "/compat?x")],
		         [404] * 4, "nobody is sent elsewhere with a key")
		lines = len(client.ask("GET", "/v1/suppressions/export").body.splitlines())
		tap.same(lines, lab.count("suppression"), "an export comes through")
		big = "address,reason\r\n" + "".join("big%d@import.example,r\r\n" % n for n in range(60000))
		got = client.ask("POST", "/v1/suppressions/import", big.encode(), headers={"Content-Type": "text/csv"})
		tap.same((got.status, got.json.get("added")), (200, 60000), "an import of more than a body of JSON may have")
		with open(nginx.access_log) as f:
			log = f.read()
		tap.ok(log.count("\n") >= 7 and "c.example" not in log,
		       "its log has no addresses", log)
		hostile(tap, lab, daemon, few, nginx.connect, "through nginx")
	finally:
		nginx.stop()


def configure(lab, **api):
	settings = {"socket": "unix:%s/run/api" % lab.folder, "socket-group": "",
	            "rate": "10000", "burst": "10000"}
	settings.update(api)
	lab.configure({"api": settings, "streams": {"7": "acme/newsletter"}})


def loopback(tap, lab):
	for name in ("inet:80@0.0.0.0", "inet:80", "inet:80@192.0.2.1", "inet6:80@::"):
		configure(lab, socket=name)
		done = lab.run_carom("config", check=False)
		tap.ok(done.returncode == 78 and "socket in [api]" in done.stderr,
		       "no socket for the world: " + name, done.stderr)
	port = free_port()
	configure(lab, socket="inet:%d@127.0.0.1" % port)
	daemon = Daemon(lab, "api")
	daemon.launch()
	try:
		wait_until(lambda: " ready" in daemon.log_text(), 20, "it listens")
		stranger = Client(lambda: http.client.HTTPConnection("127.0.0.1", port), None)
		tap.same([stranger.ask("GET", p).status for p in (
			"/healthz", "/metrics", "/v1/suppressions", "/x")], [200, 401, 401, 401],
			"on loopback: a stranger learns nothing")
	finally:
		tap.same(daemon.stop(), 0, "it ends")
	os.unlink(daemon.log)
	configure(lab)


def tests(tap, lab):
	lab.postgres.sql("REVOKE carom_writer, carom_outbound FROM %s; "
	                 "GRANT carom_api TO %s" % (PIPE_USER, PIPE_USER))
	loopback(tap, lab)
	daemon = Daemon(lab, "api").start()
	document = Document()

	def connect():
		return UnixConnection(daemon.socket("api"))
	try:
		keys(tap, lab, daemon)
		admin = Client(connect, make_key(lab, "--scope", "admin"), document)
		acme = Client(connect, make_key(
			lab, "--scope", "check", "--scope", "suppressions:read", "--scope",
			"suppressions:write", "--scope", "events:read", "--account", "acme"), document)
		checker = Client(connect, make_key(lab, "--scope", "check"), document)
		stranger = Client(connect, None, document)
		changing(tap, lab, admin, acme)
		reading(tap, lab, admin, acme)
		together(tap, lab, admin, acme)
		importing(tap, lab, admin, acme, checker)
		managing(tap, lab, admin, acme)
		following(tap, lab, admin, acme)
		news = Client(connect, make_key(lab, "--scope", "admin", "--account", "acme",
		                                "--stream", "news"), document)
		webhooks(tap, lab, admin, acme, news)
		unsubscribing(tap, lab, stranger)
		wrong_ones(tap, admin, stranger, checker)
		ambiguous(tap, daemon, checker.key)
		few = [acme.key, make_key(lab, "--scope", "check", "--account", "acme"), "carom_aaaaaaaa_" + "a" * 43]
		with_nginx(tap, lab, daemon, admin.key, document, few)
		hostile(tap, lab, daemon, few, lambda: at_socket(daemon), "at the socket")
		outage(tap, lab, admin)
		limits(tap, lab, daemon, connect)
		tap.same(stranger.ask("GET", "/healthz").json, {"status": "ok"}, "healthz")
		numbers = stranger.ask("GET", "/metrics").body.decode()
		tap.contains(numbers, 'carom_api_requests_total{endpoint="list",status="2xx"}',
		             "numbers for Prometheus")
		wrong = admin.wrong + acme.wrong + news.wrong + checker.wrong + stranger.wrong
		tap.ok(not wrong, "every answer is as doc/openapi.json says", "\n".join(wrong[:20]))
		operations = [o["operationId"] for methods in document.whole["paths"].values()
		              for o in methods.values()]
		tap.same(sorted({name for name, status in document.seen if status < 300}),
		         sorted(operations), "each operation was tried with success")
	finally:
		tap.same(daemon.stop(), 0, "SIGTERM ends it")
	tap.ok("ERROR" not in daemon.log_text() and "Sanitizer" not in daemon.log_text(),
	       "and nothing went wrong in it", daemon.log_text()[-3000:])


if __name__ == "__main__":
	sys.exit(script("the HTTP API", tests))
