#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The report's page, and the page for staff, in Chromium: on a phone and on a desk,
light and dark, with scripts and without. Nothing scrolls sideways, no figure is
broken, nothing is asked for elsewhere, axe-core finds nothing, and the figures
are there.

CAROM_PAGES names a folder where npm has installed package.json beside this file;
CAROM_PICTURES, where the pictures are kept for somebody to look at.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import desk  # noqa: E402
import history  # noqa: E402
from history import Trouble  # noqa: E402
from lab import clean_environment, free_port, wait_until, write_file  # noqa: E402
from tap import script  # noqa: E402

MODULES = os.environ.get("CAROM_PAGES", "")
PICTURES = os.environ.get("CAROM_PICTURES")
LEAST_PASSES = 20  # rules of axe that have something to look at

# A view of each screen of the page for staff, and what must be legible on it.
VIEWS = {
	"morning": ("", "needs action|need action"),
	"address": ("address?address=unknown.budi@gmail.com", "Unknown recipient"),
	"address-id": ("address?address=gita@yahoo.com&lang=id", "tidak boleh dikirimi|Sebagian surat"),
	"suppressions": ("suppressions", "held3@telkom.net"),
	"import": ("suppressions/import", "paste it here"),
	"incident": ("incidents?number=1", "held3@telkom.net"),
	"provider": ("provider?provider=gmail", "news"),
	"stream": ("stream?account=acme&stream=news", "gmail"),
	"causes": ("causes?category=recipient_unknown", "user unknown"),
	"unrecognised": ("unrecognised", "Computer says no|computer says no"),
	"undo": ("undo?reason=recipient_unknown&show=1", "gone.hana@yahoo.com"),
	"undo-start": ("undo", "These are the last 7 days"),
	"report": ("unrecognised?report=4", "Computer says no"),
	"blocklist": ("causes?blocklist=none.example&lang=id", "none.example"),
	"unknown": ("stream?account=akme&stream=news", "No account"),
	"health": ("health", "abcdefgh"),
	"webhooks": ("webhooks", "Add a webhook"),
}


def browser():
	return shutil.which("chromium") or shutil.which("chromium-browser")


def skip():
	"""What is missing; "" where nothing is."""
	if browser() is None:
		return "there is no chromium"
	if shutil.which("node") is None:
		return "there is no node"
	if not os.path.isdir(os.path.join(MODULES, "node_modules", "axe-core")):
		return "npm could not install axe-core and puppeteer-core"
	return ""


def write_pages(lab, folder):
	"""The page in both languages, and the parts of it; their JSON."""
	day = lab.postgres.sql("SELECT carom.day() - 1")
	history.fill(lab.postgres, 2, troubles=(
		Trouble("complaints", 5, 3, "yahoo_aol", "notices"),
		Trouble("soft", 1, 25, "microsoft_consumer", category="remote_system"),
		Trouble("block", 2, 6, stream="news", category="content_spam"),
		Trouble("complaints", 90, 12, "apple")))
	pages = []
	for name, args in (("page-en", ["--lang", "en"]), ("page-id", ["--lang", "id"]),
	                   ("providers", ["providers", "--days", "7"])):
		pages.append(os.path.join(folder, name + ".html"))
		with open(pages[-1], "w", encoding="utf-8") as f:
			f.write(lab.run_carom("report", *args, "--day", day, "-f", "html").stdout)
	text = lab.run_carom("report", "--day", day, "-f", "json").stdout
	history.clear(lab.postgres)
	return pages, json.loads(text)


def figures(page):
	"""What must be legible on the page."""
	wanted = [i["where"] for i in page["incidents"]]
	wanted += [i["figures"] for i in page["incidents"]]
	wanted += [i["more"] for i in page["incidents"]]
	wanted += [str(r["sent"]) for r in page["providers"]]
	wanted += ["%.2f%%" % (100 * r["hard_rate"]) for r in page["providers"]
	           if "hard_rate" in r]
	return wanted


def open_desk(lab):
	"""The page for staff behind the gate of the trial: (server, gate, its URLs)."""
	server = desk.Server(lab)
	lab.configure(server.settings())
	desk.fill(lab)
	server.start()
	port = free_port()
	given = write_file(os.path.join(lab.folder, "gate.json"), json.dumps({
		"page": server.socket, "api": None, "secret": "word", "user": "ada"}))
	gate = subprocess.Popen([sys.executable, "-B", os.path.join(
		HERE, "..", "lib", "gate.py"), str(port), given])
	root = "http://127.0.0.1:%d/" % port

	def answers():
		with socket.socket() as s:
			return s.connect_ex(("127.0.0.1", port)) == 0
	wait_until(answers, 20, "the gate answers")
	return server, gate, ["LOGIN=%sopen/word" % root] + [
		"desk-%s=%sui/%s" % (name, root, view) for name, (view, _) in VIEWS.items()]


def look(tap, lab, folder, pages):
	"""What Chromium says of them."""
	shutil.copy(os.path.join(HERE, "check.mjs"), MODULES)
	done = subprocess.run(
		["node", "check.mjs", browser(), folder, *pages], cwd=MODULES, text=True,
		stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=500,
		env=clean_environment(HOME=lab.folder))
	seen = [json.loads(line) for line in done.stdout.splitlines()]
	n = sum(not p.startswith("LOGIN=") for p in pages)
	tap.ok(done.returncode == 0 and len(seen) == 6 * n, "Chromium shows every page",
	       done.stderr)
	return seen


def tests(tap, lab):
	folder = PICTURES or os.path.join(lab.folder, "pages")
	os.makedirs(folder, exist_ok=True)
	pages, told = write_pages(lab, folder)
	server, gate, views = open_desk(lab)
	try:
		seen = look(tap, lab, folder, pages + views)
	finally:
		gate.terminate()
		gate.wait(20)
		server.stop()
		desk.clear(lab)
	for s in seen:
		name = "%s, %d, %s%s" % (s["page"], s["width"], s["theme"],
		                         "" if s["scripts"] else ", no scripts")
		tap.ok(s["scroll"] <= s["view"] == s["width"] and not s["broken"] and
		       not s["said"] and not s["asked"],
		       name + ": fits, is whole, asks for nothing", s)
		if s["scripts"]:
			tap.ok(not s["violations"] and s["passes"] >= LEAST_PASSES,
			       name + ": axe has nothing to say", s["violations"])
		if s["page"].startswith("desk-"):
			wanted = VIEWS[s["page"].partition("-")[2]][1].split("|")
			text = re.sub(r"\s+", " ", s["text"])
			tap.ok(s["status"] == 200 and any(w in text for w in wanted),
			       name + ": says what it is for", text[:300])
		if s["page"] == "page-en.html":
			text = re.sub(r"\s+", " ", s["text"])
			lacks = [f for f in figures(told) if f not in text]
			tap.ok(told["incidents"] and not lacks, name + ": the figures are there",
			       lacks[:5])


WHY = skip()
if WHY:
	print("1..0 # SKIP pages: %s" % WHY)
	sys.exit(0)
sys.exit(script("pages", tests, needs_root=False))
