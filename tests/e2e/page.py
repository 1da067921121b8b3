#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The page for staff, as a browser without scripts sees it: who may see and do
what, forms that were made elsewhere, names with markup in them, hostile requests.
"""

import base64
import http.client
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import desk  # noqa: E402
from desk import HOST, NASTY, ORIGIN, Browser, multipart  # noqa: E402
from lab import free_port, is_root, wait_until, write_file  # noqa: E402
from nginx import Nginx  # noqa: E402
from tap import script  # noqa: E402

HOSTILE = 600
SCREENS = ("", "address", "suppressions", "suppressions/import", "incidents", "provider",
           "stream", "causes", "unrecognised", "undo", "health")
VIEWS = (("", {}), ("address", {"address": "nasty@isp.example"}),
         ("address", {"address": NASTY}), ("suppressions", {"account": NASTY}),
         ("suppressions", {}), ("suppressions/import", {}), ("incidents", {}),
         ("incidents", {"number": "1"}), ("provider", {}), ("provider", {"provider": NASTY}),
         ("stream", {"account": NASTY, "stream": NASTY}), ("causes", {}),
         ("causes", {"category": "undetermined"}), ("causes", {"category": NASTY}),
         ("unrecognised", {}), ("undo", {"reason": NASTY}), ("health", {}),
         ("undo", {"reason": "recipient_unknown", "show": "1"}), ("nowhere", {}))


def lists(lab, address):
	return lab.count("suppression", "address = '%s'" % address)


def who(tap, lab, server):
	nobody, stranger = Browser(server, None), Browser(server, "mallory")
	for name, browser, status in (("no name", nobody, 401), ("a stranger", stranger, 403),
	                              ("a name with a control", Browser(server, "a\x85b"), 401),
	                              ("a long name", Browser(server, "a" * 500), 401),
	                              ("an empty name", Browser(server, ""), 401)):
		answers = [browser.get(s) for s in SCREENS]
		tap.same({a.status for a in answers}, {status}, name + " sees no screen")
		tap.ok(not any("gmail" in a.text or "@" in a.text for a in answers),
		       name + " learns nothing")
		done = browser.post("/ui/address?address=gone.hana@yahoo.com", {
			"do": "lift", "address": "gone.hana@yahoo.com", "account": "acme", "note": "n"})
		tap.same(done.status, status, name + " changes nothing")
	twice = desk.UnixConnection(server.socket)
	twice.putrequest("GET", "/ui/", skip_host=True)
	for name, value in (("Host", HOST), ("X-Remote-User", "mallory"), ("X-Remote-User", "ada")):
		twice.putheader(name, value)
	twice.endheaders()
	tap.same(twice.getresponse().status, 400, "two names are none")
	twice.close()
	tap.same(lists(lab, "gone.hana@yahoo.com"), 1, "and nothing was changed")
	for user in ("rita", "edi", "ada"):
		tap.same({Browser(server, user).get(s).status for s in SCREENS}, {200},
		         user + " sees every screen")
	tap.same(Browser(server, "rita").get("nowhere").status, 404, "what is not there is not")
	answer = Browser(server, "rita").ask("PUT", "/ui/address")
	tap.same((answer.status, answer.headers["Allow"]), (405, "GET, HEAD, POST"),
	         "nor is another method")
	answer = nobody.ask("GET", "/ui/style.css")
	tap.ok(answer.status == 200 and answer.headers["Content-Type"].startswith("text/css"),
	       "the style sheet is no secret")


def frame(tap, server):
	answer = Browser(server, "rita").get("")
	policy = answer.headers["Content-Security-Policy"]
	for part in ("default-src 'none'", "style-src 'self'", "form-action 'self'",
	             "frame-ancestors 'none'", "base-uri 'none'"):
		tap.contains(policy, part, "the policy says " + part)
	tap.ok("script" not in policy and "unsafe" not in policy, "and allows no script", policy)
	tap.same(answer.headers["Cache-Control"], "no-store", "no page is kept")
	tap.same([t for t, a in answer.seen.tags if t == "script" or "style" in a or
	          any(n.startswith("on") for n in a)], [], "no script, no style in the page")
	browser = Browser(server, "rita")
	english = browser.ask("GET", "/ui/health", headers={"Accept-Language": "en"})
	indonesian = browser.ask("GET", "/ui/health", headers={"Accept-Language": "id-ID,en;q=0.5"})
	tap.ok("Health" in english.text and "Kesehatan" in indonesian.text and
	       '<html lang="id">' in indonesian.text, "the browser's language is spoken")
	for path, query, heading in (("stream", {"account": "acme", "stream": "news"}, "Campaigns"),
	                             ("provider", {"provider": "gmail"}, "Sending IP addresses")):
		tap.contains(browser.get(path, lang="en", **query).seen.text, heading,
		             "a %s has a table of: %s" % (path, heading))
	tap.contains(browser.get("address", lang="en", address="garbage").seen.text,
	             "This is not an address", "what is no address is not one that may be mailed")
	asked = browser.get("suppressions", lang="id", account="acme")
	tap.ok("Daftar tekan" in asked.text, "or that of the URL")
	tap.ok(all("lang=id" in link for link in asked.seen.links
	           if link.startswith("/ui/") and "lang=en" not in link),
	       "which all links keep", asked.seen.links)
	tap.ok("/ui/suppressions?lang=en&account=acme" in asked.seen.links,
	       "with a link to the other one, of the same view", asked.seen.links)


def links(tap, lab, server):
	"""What the report shows leads to the screen that has more of it; no command is needed."""
	browser = Browser(server, "rita")
	lab.postgres.sql("UPDATE carom.event SET blocklist = 'spamhaus' WHERE address = "
	                 "'odd@isp.example'")
	page = browser.get("")
	for link in ("/ui/provider?provider=gmail", "/ui/stream?account=acme&stream=news",
	             "/ui/stream?account=acme", "/ui/incidents?number=1"):
		tap.ok(link in page.seen.links, "the first page leads to " + link, page.seen.links)
	to = [x for x in page.seen.links if x.startswith("/ui/causes?category=undetermined&")]
	tap.ok(to and "days=1" in to[0], "to a category, of the same days", page.seen.links)
	tap.contains(browser.ask("GET", to[0]).seen.text, "Computer says no", "which has its replies")
	listed = [x for x in page.seen.links if "blocklist=spamhaus" in x]
	tap.ok(len(listed) == 1, "and to a blocklist", page.seen.links)
	one = browser.ask("GET", listed[0])
	tap.ok("spamhaus" in one.seen.text and "Computer says no" in one.seen.text and
	       "user unknown" not in one.seen.text and
	       any(x.startswith("https://check.spamhaus.org") for x in one.seen.links),
	       "with what named it, and where to ask for removal", one.seen.text)
	steps = [t for t in ("carom report", "carom incident", "carom explain") if t in page.seen.text
	         .replace("carom report outside", "").replace("carom: report", "")]
	tap.ok(not steps and "Open incident 1" in page.seen.text,
	       "no command where there is a screen", steps)
	why = browser.get("causes", category="recipient_unknown")
	tap.ok(any(x.startswith("/ui/undo?reason=recipient_unknown&") for x in why.seen.links) and
	       "/ui/undo?rule=rcpt-unknown-user" in why.seen.links,
	       "a category and a rule lead to undo", why.seen.links)


def indonesian(tap, server):
	"""Figures, values and faults are in the reader's language too."""
	admin = Browser(server, "ada")
	pages = {p: admin.get(p, lang="id", **q).seen.text for p, q in (
		("", {}), ("provider", {"provider": "gmail"}), ("provider", {}), ("stream", {}), ("causes", {}),
		("address", {"address": "gita@yahoo.com"}), ("suppressions", {}), ("health", {}))}
	points = {p: re.findall(r"\d\.\d+ ?%", t) for p, t in pages.items()}
	tap.ok(not any(points.values()) and re.search(r"\d,\d+%", pages["provider"]),
	       "figures have a decimal comma", points)
	for page, words in (("address", ("Sumber keluhan", "Kepastian diklaim", "dimasukkan")),
	                    ("suppressions", ("layanan hulu", " staf ")), ("health", ("berlaku",))):
		tap.ok(all(w in pages[page] for w in words), "values are words: " + page, pages[page])
	tap.contains(admin.get("causes", lang="id", category="content_spam").seen.text,
	             "Kesalahan siapa kita", "whose fault is one")
	for screen, query, said in (("causes", {"last": "2026-13-45"}, '"2026-13-45" bukan tanggal'),
	                            ("undo", {"rule": "r", "since": "soon"}, '"soon" bukan tanggal'),
	                            ("incidents", {"number": "x"}, '"x" bukan nomor'),
	                            ("suppressions", {"after": "[]"}, "halaman pertama"),
	                            ("causes", {"days": "0"}, "Hari adalah angka")):
		answer = admin.get(screen, lang="id", **query)
		tap.ok(answer.status == 422 and said in answer.seen.text and
		       "invalid" not in answer.seen.text and "out of range" not in answer.seen.text,
		       "a fault is told in words: " + said, answer.seen.text)
	bad = admin.send(admin.get("address", lang="id"), "suppress", address="x y", reason="r", note="n")
	tap.contains(bad.seen.text, '"x y" bukan alamat', "that of a form, too")
	for text, said in (("address,reason\nnobody,asked\n", 'Baris 2 address: "nobody" bukan alamat'),
	                   ("address,colour\na@b.example,red\n", "dengan kolom ini"),
	                   ("address\na@b.example\n", "Tidak ada alasan")):
		bad = admin.send(admin.get("suppressions/import", lang="id"), "preview", text=text)
		tap.contains(bad.seen.text, said, "and those of a file: " + said)
	tap.contains(admin.get("causes", last="2026-13-45").seen.text, '"2026-13-45" is no day',
	             "and in English without Postgres's own")


def unknown(tap, server):
	"""What nobody knows: one of each can be looked at."""
	browser = Browser(server, "rita")
	listed = browser.get("unrecognised")
	tap.ok("carom explain" not in listed.seen.text, "what is not recognised wants no command")
	to = [x for x in listed.seen.links if x.startswith("/ui/unrecognised?report=")]
	seen = [browser.ask("GET", x).seen for x in to]
	one = [s for s in seen if "odd@isp.example" in s.text]
	tap.ok(len(one) == 1 and "554 Computer says no" in one[0].text and
	       "/ui/address?address=odd%40isp.example" in one[0].links,
	       "a reply leads to its report, with whom it is about", [s.text for s in seen])
	tap.ok(any("hm" not in s.text and NASTY in s.text and "Envelope" not in s.text for s in seen),
	       "a message that was not read, to what is known of it")
	tap.same([browser.get("unrecognised", report=n).status for n in ("999999", "x")], [404, 422],
	         "a report that is not there is not")


def gate(tap, lab, server):
	"""The gate of the trial tells who has no session how one gets in, and nothing else."""
	port = free_port()
	given = write_file(os.path.join(lab.folder, "gate.json"), json.dumps({
		"page": server.socket, "api": None, "secret": "word", "user": "ada"}))
	process = subprocess.Popen([sys.executable, "-B", os.path.join(
		os.path.dirname(desk.__file__), "gate.py"), str(port), given])

	def ask(path, **headers):
		connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
		connection.request("GET", path, headers=headers)
		answer = desk.Answer(connection.getresponse())
		connection.close()
		return answer

	def listens():
		with socket.socket() as s:
			return s.connect_ex(("127.0.0.1", port)) == 0
	try:
		wait_until(listens, 20, "the gate answers")
		closed = [ask(p) for p in ("/", "/ui/health", "/nowhere", "/open/wrong")]
		tap.ok({a.status for a in closed} == {403} and len({a.body for a in closed}) == 1 and
		       "carom staff add" in closed[0].seen.text, "no session: how to get in, on every path",
		       closed[0].text)
		opened = ask("/open/word")
		cookie = opened.headers["Set-Cookie"].partition(";")[0]
		tap.ok(opened.status == 303 and ask("/ui/health", Cookie=cookie).status == 200,
		       "with one it is open", opened.status)
	finally:
		process.terminate()
		process.wait(20)


def notes(tap, server):
	"""What a URL says was done is believed if it was made here, for that person."""
	editor, admin = Browser(server, "edi"), Browser(server, "ada")
	for query in ({"done": "lifted", "of": "x@y.example"},
	              {"done": "undone", "n": "5", "sign": "30000000." + "0" * 64},
	              {"done": "lifted", "of": "x@y.example", "sign": "x"}):
		tap.ok('class="said"' not in editor.get("address", address="x@y.example", **query).text,
		       "a made-up note is not shown", query)
	put = editor.send(editor.get("address"), "suppress", address="noted@isp.example", reason="r",
	                  note="n")
	where = put.headers["Location"]
	tap.contains(editor.ask("GET", where).seen.text, "noted@isp.example is on the list.",
	             "a good one is, and names what")
	for name, other in (("of another", where.replace("of=noted", "of=other")),
	                    ("of another deed", where.replace("done=added", "done=lifted"))):
		tap.ok(other != where and 'class="said"' not in editor.ask("GET", other).text,
		       "nor one " + name)
	tap.ok('class="said"' not in admin.ask("GET", where).text, "nor one for another person")
	back = editor.ask("GET", where)
	tap.ok(not any("sign=" in x or "done=" in x for x in back.seen.links), "no link keeps it")


def domains(tap, lab, server):
	"""A whole domain is put on the list when it was seen what that means."""
	editor = Browser(server, "edi")
	view = editor.get("address", address="@telkom.net")
	seen = editor.send(view, "suppress", address="@Telkom.net", reason="gone", note="it closed")
	tap.ok(seen.status == 200 and lists(lab, "@telkom.net") == 0 and
	       re.search(r"know of, 28 days 8 Events of these, 28 days 8 ", seen.seen.text),
	       "a whole domain: shown first, with how many", seen.seen.text[:900])
	tap.contains(seen.seen.text, "Put the whole of @telkom.net on the list", "named on its button")
	form = next(f for f in seen.seen.forms if f["fields"].get("sure"))
	done = editor.follow(editor.post(form["action"], form["fields"]))
	tap.ok("@telkom.net is on the list" in done.seen.text.lower() and
	       lab.postgres.sql("SELECT reason, note FROM carom.suppression WHERE address = "
	                        "'@telkom.net'") == "gone|it closed", "then put on", done.seen.text[:400])
	below = editor.send(view, "suppress", address="@.telkom.net", reason="r", note="n")
	tap.ok(re.search(r"know of, 28 days 0 ", below.seen.text), "all below a domain, too",
	       below.seen.text[:600])
	for shared in ("@net", "@.co.uk"):
		many = editor.send(view, "suppress", address=shared, reason="r", note="n", sure="yes")
		tap.ok(many.status == 422 and "no domain of anybody" in many.seen.text and
		       lists(lab, shared) == 0, "not what many share: " + shared, many.seen.text[:300])
	tap.same(editor.send(view, "suppress", address="@", reason="r", note="n").status, 422,
	         "what is no domain is refused")
	one = editor.get("address", address="new.one@telkom.net")
	tap.ok("Take @telkom.net off the list" in one.seen.text and "whole domain" in one.seen.text,
	       "the button at an address names the domain that it takes off", one.seen.text)
	editor.follow(editor.send(one, "lift", note="it lives"))
	tap.same(lists(lab, "@telkom.net"), 0, "and takes that off")


def filters(tap, lab, server):
	"""A name that is written wrong is told from one that has nothing."""
	browser = Browser(server, "rita")
	for screen in ("", "suppressions", "provider", "stream", "causes", "undo"):
		seen = browser.get(screen, account="akme", stream="newz", provider="gmial", reason="r").seen
		tap.ok(all(w in seen.text for w in ('No account "akme"', 'No such stream "newz"',
		                                    'No provider "gmial"')),
		       "what nobody knows is told by: " + (screen or "the first page"), seen.text[:500])
		seen = browser.get(screen, account="acme", stream="news", provider="zoho", reason="r").seen
		tap.ok("is known" not in seen.text, "and not of what is known", seen.text[:500])
	for screen, names in (("", ("acme", "news")), ("suppressions", ("acme", "receipts", "gmail")),
	                      ("causes", ("acme", "notices", "apple")), ("undo", ("acme", "comcast"))):
		text = browser.get(screen).text
		tap.ok(all('<option value="%s">' % n in text for n in names),
		       "what there is is offered by: " + (screen or "the first page"), text[-3000:])
	lab.postgres.sql("SELECT carom.suppress('listed@isp.example', 'asked', 'listed')")
	tap.ok("is known" not in browser.get("suppressions", account="listed").seen.text,
	       "an account of the list alone is one")
	listed = [browser.get("", account=a).seen.text for a in ("acme", "listed")]
	tap.ok("spamhaus" in listed[0] and "spamhaus" not in listed[1],
	       "a blocklist is told to the account whose mail it stopped", listed[1][:800])


def markup(tap, server):
	browser = Browser(server, "ada")
	found, wrong = 0, []
	for path, query in VIEWS:
		answer = browser.get(path, **query)
		found += NASTY in answer.seen.text
		if answer.status >= 500 or "<img" in answer.text or answer.seen.text is None or any(
				t in ("img", "script", "iframe") for t, _ in answer.seen.tags):
			wrong.append((path, query, answer.status))
	tap.ok(not wrong, "names with markup in them are only text", wrong)
	tap.ok(found >= 6, "and are shown", found)


def elsewhere(tap, lab, server):
	"""Forms that a page of somebody else's sends with the login of ours."""
	editor, admin = Browser(server, "edi"), Browser(server, "ada")
	view = editor.get("address", address="gone.hana@yahoo.com")
	form = view.seen.form("lift")
	fields = {**form["fields"], "note": "n"}
	tokens = {"none": {k: v for k, v in fields.items() if k != "token"},
	          "made up": {**fields, "token": fields["token"][:-1] + "x"},
	          "of another hour": {**fields, "token": "1." + "0" * 64},
	          "of another person": {**fields, "token": admin.get(
		          "address", address="gone.hana@yahoo.com").seen.form("lift")["fields"]["token"]}}
	for name, given in tokens.items():
		tap.same(editor.post(form["action"], given).status, 403, "a token that is " + name)
	for name, headers in (("no Origin", {"Origin": None}), ("Origin null", {"Origin": "null"}),
	                      ("another origin", {"Origin": "https://evil.example"}),
	                      ("an origin that begins so", {"Origin": ORIGIN + ".evil.example"}),
	                      ("another site", {"Sec_Fetch_Site": "cross-site"}),
	                      ("a site beside", {"Sec_Fetch_Site": "same-site"})):
		tap.same(editor.post(form["action"], fields, **headers).status, 403, name)
	plain = editor.post(form["action"], fields, lambda f: (
		urllib.parse.urlencode(f).encode(), "text/plain"))
	tap.same(plain.status, 400, "a body that is no form")
	tap.same(editor.ask("GET", form["action"] + "&" + urllib.parse.urlencode(fields)).status,
	         400, "what is in the URL changes nothing")
	tap.same(lists(lab, "gone.hana@yahoo.com"), 1, "none of them did anything")


def roles(tap, lab, server):
	reader, editor, admin = (Browser(server, n) for n in ("rita", "edi", "ada"))
	token = reader.get("address", address="x@y.example")
	view = reader.get("address", address="gone.hana@yahoo.com")
	tap.ok(not any("lift" == f["fields"].get("do") for f in view.seen.forms) and
	       "takes the role editor" in view.seen.text, "a reader is shown no button")
	stolen = editor.get("address", address="gone.hana@yahoo.com").seen.form("lift")
	for path, fields in (
			(stolen["action"], {**stolen["fields"], "note": "n"}),
			("/ui/incidents?number=1", {"do": "confirm", "note": "n"}),
			("/ui/undo?reason=recipient_unknown", {"do": "release", "note": "n"}),
			("/ui/suppressions/import", {"do": "take", "text": "address\na@b.example\n", "note": "n"}),
			("/ui/health", {"do": "revoke", "id": "abcdefgh", "note": "n"})):
		tap.same(reader.post(path, fields).status, 403, "a reader does not " + fields["do"])
	# with a good token: of the SQL functions none does it either
	for call in ("page_lift('rita', 'gone.hana@yahoo.com', 'acme', '', 'n')",
	             "page_undo('edi', '{\"reason\": \"recipient_unknown\"}', 'n', false)",
	             "page_lift('edi', 'gita@yahoo.com', 'acme', '', 'n')"):
		done = desk.lab_module.run(lab.postgres.psql_argv() + ["-c", "SELECT carom." + call],
		                           check=False)
		tap.contains(done.stderr, "has not the role", "nor does the database: " + call[:20])
	view = editor.get("address", address="gita@yahoo.com")
	tap.ok("takes the role admin" in view.seen.text and "asked for this" in view.seen.text,
	       "what a person asked for takes an admin")
	view = admin.get("address", address="gita@yahoo.com")
	done = admin.follow(admin.send(view, "lift", note="wrote to us"))
	tap.ok("off the list" in done.seen.text and lists(lab, "gita@yahoo.com") == 0,
	       "who may take it off", done.seen.text)
	tap.ok(token.status == 200, "an address that nobody knows has a page")


def story(tap, lab, server):
	"""Find why an address is suppressed, lift it, undo a wrong rule's work."""
	editor, admin = Browser(server, "edi"), Browser(server, "ada")
	found = editor.get("address", address="Unknown.Budi@gmail.com")
	tap.ok("/ui/causes?category=recipient_unknown&days=28" in found.seen.links and
	       any(x.startswith("/ui/undo?rule=") for x in found.seen.links),
	       "which leads to what servers said, and to all that the rule did", found.seen.links)
	for part in ("must not go", "Unknown recipient", "5.1.1", "rcpt-unknown-user", "user unknown"):
		tap.contains(found.seen.text, part, "why: " + part)
	tap.same(editor.send(found, "lift").status, 422, "not without a note")
	done = editor.send(found, "lift", note="he wrote from there")
	tap.same(done.status, 303, "lifted, and sent on")
	after = editor.follow(done)
	tap.ok("may be mailed" in after.seen.text and "he wrote from there" in after.seen.text and
	       "edi" in after.seen.text, "the page says so", after.seen.text[:600])
	tap.same(lab.postgres.sql("SELECT author, note FROM carom.suppression_log WHERE "
	                          "change = 'remove' AND address = 'unknown.budi@gmail.com'"),
	         "edi|he wrote from there", "so does the log, in that person's name")
	tap.contains(editor.follow(editor.send(found, "lift", note="again")).seen.text,
	             "not on the list any more", "twice does nothing")
	put = editor.send(editor.get("address"), "suppress", address="new@isp.example",
	                  reason="asked by phone", note="n", expires="2099-01-31")
	tap.contains(editor.follow(put).seen.text, "2099-02-01", "put on the list, for a time")
	wrong = editor.send(editor.get("address"), "suppress", address="no address", reason="r",
	                    note="n")
	tap.ok(wrong.status == 422 and "no address" in wrong.seen.text, "what is no address is refused",
	       wrong.seen.text[:300])
	start = admin.get("undo")
	tap.ok(re.search(r"recipient_unknown rcpt-unknown-user 2 2 ", start.seen.text),
	       "undo offers what there is, with how many", start.seen.text)
	tap.contains(start.text, '<option value="recipient_unknown">Unknown recipient</option>',
	             "and in its fields, by their words")
	tap.same(start.text.count('type="date"'), 2, "days are days")
	choice = [x for x in start.seen.links if "rule=rcpt-unknown-user" in x]
	tap.contains(admin.ask("GET", choice[0]).seen.text, "user unknown", "a choice leads on")
	tap.contains(admin.get("undo", since="2001-01-01", until="2001-01-02").seen.text,
	             "No server brought anybody", "of other days, if they are chosen")
	causes = admin.get("undo", rule="rcpt-unknown-user")
	link = [x for x in causes.seen.links if x.startswith("/ui/undo?") and "show=1" in x]
	shown = admin.ask("GET", link[0])
	tap.contains(shown.seen.text, "gone.hana@yahoo.com", "undo: shown first")
	before = lab.count("suppression")
	done = admin.follow(admin.send(shown, "release", note="the rule was wrong"))
	tap.ok("Undone" in done.seen.text and lab.count("suppression") < before and
	       lists(lab, "gone.hana@yahoo.com") == 0, "then undone", done.seen.text[:400])
	tap.ok("rcpt-unknown-user" in done.seen.text.split("Undone")[1][:200] and
	       "Who was released" in done.seen.text and "gone.hana@yahoo.com" in done.seen.text and
	       "No entry" not in done.seen.text, "which tells the cause and whom", done.seen.text)


def held(tap, lab, server):
	editor = Browser(server, "edi")
	listed = editor.get("incidents")
	tap.ok("/ui/incidents?number=1" in listed.seen.links, "an incident is listed")
	one = editor.get("incidents", number="1")
	tap.contains(one.seen.text, "held3@telkom.net", "with whom it holds")
	done = editor.follow(editor.send(one, "discard", note="their outage"))
	tap.ok("Discarded" in done.seen.text and lists(lab, "held3@telkom.net") == 0,
	       "discarded", done.seen.text[:300])
	tap.same(lab.postgres.sql("SELECT state, author, note FROM carom.incident"),
	         "discarded|edi|their outage", "in that person's name")
	tap.same(editor.send(one, "confirm", note="n").status, 422, "once")
	tap.same(editor.get("incidents", number="x").status, 422, "a number is one")


def files(tap, lab, server):
	editor = Browser(server, "edi")
	text = "address,reason,note\r\nfile1@isp.example,asked,\r\nfile2@isp.example,asked,mine\r\n"
	view = editor.get("suppressions/import")
	preview = editor.send(view, "preview", file=text)
	tap.ok(preview.status == 200 and lists(lab, "file1@isp.example") == 0 and
	       re.search(r"New .* 2 ", preview.seen.text), "import: shown first", preview.seen.text)
	tap.same(editor.send(preview, "take").status, 422, "not without a note")
	done = editor.follow(editor.send(preview, "take", note="from the old system"))
	tap.ok("changed: 2" in done.seen.text, "then taken", done.seen.text[:300])
	tap.same(lab.postgres.sql("SELECT author, note FROM carom.suppression WHERE address LIKE "
	                          "'file_@isp.example' ORDER BY address"),
	         "edi|from the old system\nedi|mine", "in that person's name")
	bad = editor.send(view, "preview", text="address,reason\nnobody,asked\n")
	tap.contains(bad.seen.text, "Line 2", "a row that cannot be read is told")
	tap.contains(editor.send(view, "preview").seen.text, "no file", "nothing is no file")
	export = editor.get("suppressions/export", account="")
	tap.ok(export.headers["Content-Disposition"].startswith("attachment") and
	       export.text.count("\r\n") == lab.count("suppression") + 1, "export has them all")
	one = editor.get("suppressions/export", domain="isp.example", reason="asked")
	tap.ok("file1@isp.example" in one.text and "telkom" not in one.text, "or those of a filter")
	tap.ok("/ui/undo?reason=recipient_unknown" in editor.get(
		"suppressions", reason="recipient_unknown").seen.links, "the list of a reason leads to undo")
	page = editor.get("suppressions", reason="asked")
	tap.ok("file2@isp.example" in page.seen.text and "telkom" not in page.seen.text,
	       "as the list has")
	lab.postgres.sql("SELECT carom.suppress('n' || n || '@many.example', 'asked', 'acme') "
	                 "FROM generate_series(1, 120) n")
	seen, link = set(), "/ui/suppressions?domain=many.example"
	while link:
		page = editor.ask("GET", link)
		seen.update(re.findall(r"n\d+@many\.example", page.seen.text))
		link = next((x for x in page.seen.links if "after=" in x and "lang=" not in x and x.startswith(
			"/ui/suppressions?")), None)
	tap.same(len(seen), 120, "page by page, all of them")
	tap.same(editor.get("suppressions", after="[]").status, 422, "a made-up place is none")


def hooks(tap, lab, server):
	reader, admin = Browser(server, "rita"), Browser(server, "ada")
	tap.contains(reader.get("webhooks").seen.text, "takes the role admin", "a reader adds no webhook")
	view = admin.get("webhooks")
	bad = admin.send(view, "add", url="ftp://x.example/", note="n")
	tap.ok(bad.status == 422 and "no URL" in bad.seen.text, "what is no URL is refused",
	       bad.seen.text[:300])
	plain = admin.send(view, "add", url="http://shop.example/hook", note="n")
	tap.ok(plain.status == 422 and "allow-http" in plain.seen.text and lab.count("webhook") == 0,
	       "nor is one without TLS registered, to which nothing would be sent", plain.seen.text[:300])
	tap.ok("/ui/webhooks" in reader.get("").seen.links, "webhooks are in the menu")
	made = admin.send(view, "add", url="https://shop.example/hook", kinds="suppression complaint",
	                  note="the shop")
	tap.ok(made.status == 200 and "whsec_" in made.text and lab.count("webhook") == 1,
	       "a webhook is added, and its secret shown", made.seen.text[:300])
	again = admin.get("webhooks")
	tap.ok("shop.example/hook" in again.seen.text and "whsec_" not in again.text, "once")
	link = next(x for x in again.seen.links if x.startswith("/ui/webhooks?id="))
	one = admin.follow(admin.send(admin.ask("GET", link), "change", what="test", note="does it?"))
	tap.contains(one.seen.text, "webhook.test", "a test is sent, and seen among its deliveries")
	health = reader.get("health").seen.text
	tap.ok("Webhooks wait" not in health, "what waits for a moment is no trouble", health)
	lab.postgres.sql("UPDATE carom.webhook_delivery SET next_at = now() - interval '10 minutes';"
	                 "UPDATE carom.webhook SET changed_at = now() - interval '10 minutes'")
	for screen in ("health", "webhooks"):
		tap.contains(reader.get(screen).seen.text, "carom serve --role webhooks",
		             "that nobody delivers is told on " + screen)
	lab.postgres.sql("UPDATE carom.webhook_delivery SET tried_at = now() - interval '1 minute'")
	tap.ok("Webhooks wait" not in reader.get("health").seen.text, "unless somebody tries")
	lab.postgres.sql("UPDATE carom.webhook SET state = 'disabled', why = 'it said 410'")
	first = reader.get("")
	tap.ok(link in first.seen.links and "carom webhook resume" not in first.seen.text and
	       "it said 410." in first.seen.text,
	       "one that is disabled is told on the first page, which leads to it", first.seen.text[:600])
	gone = admin.follow(admin.send(one, "change", what="remove", note="moved"))
	tap.ok("removed" in gone.seen.text and lab.count("webhook") == 0, "removed")
	late = admin.follow(admin.send(one, "change", what="remove", note="again"))
	tap.ok(late.status == 200 and "no such webhook" in late.seen.text and
	       "is removed" not in late.seen.text, "twice does nothing", late.seen.text[:300])
	answer = admin.ask("GET", link)
	tap.ok(answer.status == 404 and "no such webhook" in answer.seen.text,
	       "and its page is not there any more", answer.status)
	tap.same(admin.get("incidents", number="99").status, 404, "nor is that of no incident")


def with_nginx(tap, lab, server):
	"""contrib/nginx.conf in front: who has a password is who it says."""
	web = Nginx(lab, "/nowhere", server.socket)
	write_file(web.folder + "/staff", "edi:{PLAIN}right\nmallory:{PLAIN}right\n")
	web.start()

	def ask(method, path, login, body=None, **headers):
		connection = http.client.HTTPSConnection(HOST)
		connection.sock = web.connect()
		given = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}
		given.update({k.replace("_", "-"): v for k, v in headers.items()})
		connection.request(method, path, body, given)
		answer = desk.Answer(connection.getresponse())
		connection.close()
		return answer
	try:
		tap.same(ask("GET", "/ui/", "edi:wrong").status, 401, "nginx: a wrong password")
		tap.same(ask("GET", "/ui/", "mallory:right").status, 403, "a right one of a stranger")
		tap.same(ask("GET", "/ui/", "mallory:right", X_Remote_User="ada").status, 403,
		         "who says to be another is not")
		page = ask("GET", "/ui/address?address=through@nginx.example", "edi:right")
		tap.ok(page.status == 200 and "edi, editor" in page.seen.text, "a right one of ours")
		body, kind = multipart({**page.seen.form("suppress")["fields"], "reason": "r", "note": "n"})
		done = ask("POST", page.seen.form("suppress")["action"], "edi:right", body,
		           Content_Type=kind, Origin=ORIGIN)
		tap.ok(done.status == 303 and lists(lab, "through@nginx.example") == 1,
		       "whose forms come through", done.status)
		with open(web.access_log + "-page") as f:
			tap.ok("nginx.example" not in f.read(), "and whose log has no addresses")
	finally:
		web.stop()


def hostile(tap, lab, server):
	"""Requests of our own pieces in any order, with a name that may see nothing."""
	chance = random.Random(12)
	pieces = [b"GET ", b"POST ", b"/ui/", b"address", b"?address=held3%40telkom.net", b"&a=b&a=c",
	          b"%00", b"%", b"+", b"%FF", b" HTTP/1.1\r\n", b"Host: a\r\n", b"\r\n", b"\0", b"\xff",
	          b"X-Remote-User: ada\r\n", b"X-Remote-User: mallory\r\n", b"Origin: https://a\r\n",
	          b"Content-Length: 40\r\n", b"Content-Type: multipart/form-data; boundary=x\r\n",
	          b"--x\r\nContent-Disposition: form-data; name=\"do\"\r\n\r\nlift\r\n--x--\r\n",
	          b"&" * 300, b"X: " + b"y" * 9000, b"token=1.0&do=lift&note=n"]
	before = lab.postgres.sql("SELECT count(*), max(id) FROM carom.suppression_log")
	leaks = 0
	for n in range(HOSTILE):
		request = bytearray(b"POST " if n % 2 else b"GET ")
		request += b"/ui/address?address=held3%40telkom.net HTTP/1.1\r\nHost: a\r\n" \
			b"X-Remote-User: mallory\r\n"
		if n % 2:
			request += b"Origin: https://a\r\nContent-Type: multipart/form-data; boundary=x\r\n" \
				b"Content-Length: 71\r\n\r\n" + pieces[20]
		else:
			request += b"\r\n"
		for _ in range(chance.randint(1, 6)):
			at = chance.randrange(len(request) + 1)
			if chance.random() < 0.6:
				request[at:at] = chance.choice(pieces)
			else:
				del request[at:at + chance.randint(1, 30)]
		with socket.socket(socket.AF_UNIX) as s:
			s.settimeout(20)
			s.connect(server.socket)
			try:
				s.sendall(bytes(request))
				s.shutdown(socket.SHUT_WR)
				got = b""
				while piece := s.recv(65536):
					got += piece
			except OSError:
				continue
		# the name of an admin stands in some of them, alone or after the other
		leaks += b"recipient_unknown" in got and b"X-Remote-User: ada" not in request
	tap.same(leaks, 0, "%d hostile requests: nothing for who may see nothing" % HOSTILE)
	tap.same(lab.postgres.sql("SELECT count(*), max(id) FROM carom.suppression_log"), before,
	         "nothing was changed")
	tap.same(server.process.poll(), None, "and the page lives on")


def tests(tap, lab):
	server = desk.Server(lab)
	lab.configure(server.settings())
	desk.fill(lab)
	server.start()
	try:
		who(tap, lab, server)
		frame(tap, server)
		links(tap, lab, server)
		filters(tap, lab, server)
		markup(tap, server)
		indonesian(tap, server)
		unknown(tap, server)
		gate(tap, lab, server)
		notes(tap, server)
		elsewhere(tap, lab, server)
		roles(tap, lab, server)
		story(tap, lab, server)
		domains(tap, lab, server)
		held(tap, lab, server)
		files(tap, lab, server)
		hooks(tap, lab, server)
		if is_root() and shutil.which("nginx"):
			with_nginx(tap, lab, server)
		hostile(tap, lab, server)
		lab.postgres.stop()
		away = Browser(server, "ada").get("suppressions")
		tap.ok(away.status == 503 and away.headers["Retry-After"], "database away: ask again",
		       away.status)
		lab.postgres.start()
	finally:
		tap.same(server.stop(), 0, "SIGTERM ends it")
	desk.clear(lab)
	log = server.log_text()
	tap.ok("Sanitizer" not in log and "user=edi, screen=address, action=lift, status=303" in log,
	       "the log has who changed what", log[-2000:])


if __name__ == "__main__":
	sys.exit(script("the page for staff", tests, needs_root=False))
