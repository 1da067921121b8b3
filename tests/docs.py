#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The documentation against the program: what one has, the other tells.

Settings with their defaults, options, members of the JSON, categories with
their class and policy; and every page is sound mdoc that `make install` knows.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
SOURCE = os.environ.get("CAROM_SOURCE") or os.path.dirname(
	os.path.dirname(os.path.abspath(__file__)))
CAROM = os.environ.get("CAROM", "./carom")
sys.path.insert(0, os.path.join(SOURCE, "tests", "lib"))
from tap import Tap  # noqa: E402

ROFF_ESCAPES = (("\\-", "-"), ("\\&", ""))


def read(*path):
	with open(os.path.join(SOURCE, *path), encoding="utf-8") as f:
		return f.read()


def page(name):
	text = read("man", name)
	for escape, plain in ROFF_ESCAPES:
		text = text.replace(escape, plain)
	return text


def run(*args):
	env = {k: v for k, v in os.environ.items() if k != "CAROM_CONFIG"}
	return subprocess.run([CAROM, *args], stdout=subprocess.PIPE, check=True,
	                      env=env, timeout=60).stdout.decode()


def same_set(tap, program, documented, name):
	lacks = sorted(set(program) - set(documented))
	invents = sorted(set(documented) - set(program))
	tap.ok(program and not lacks and not invents, name,
	       "not documented: %s\ndocumented, not there: %s" % (lacks, invents))


def test_settings(tap):
	"""`.It Cm KEY No = Li DEFAULT` below `.Ss [GROUP]`."""
	wanted, group = {}, ""
	with tempfile.NamedTemporaryFile() as empty:
		lines = run("config", "--config", empty.name).splitlines()
	for line in lines:
		if line.startswith("["):
			group = line.strip("[]")
		elif "=" in line and not line.startswith("#"):
			key, value = line.split("=", 1)
			wanted[group, key.strip()] = value.strip()
	free = {line.strip("[]") for line in lines if line.startswith("[")} - {
		group for group, _ in wanted}
	told, group = {}, ""
	for line in page("carom.conf.5").splitlines():
		if line.startswith(".Ss "):
			group = line[4:].strip("[]")
		found = re.match(r"\.It Cm (\S+) No =(?: Li (.*))?$", line)
		if found:
			told[group, found[1]] = found[2] or ""
	same_set(tap, wanted, told, "carom.conf(5): every setting, in its group")
	# the folder is --sysconfdir's
	local = ("rules", "local")
	tap.ok(wanted.pop(local, "").endswith("/rules.d") and
	       told.pop(local, "").endswith("/rules.d"), "carom.conf(5): rules.d")
	wrong = ["[%s] %s = %s, not %s" % (*k, v, told[k])
	         for k, v in wanted.items() if k in told and told[k] != v]
	tap.ok(not wrong, "carom.conf(5): every default", "\n".join(wrong))
	same_set(tap, free,
	         re.findall(r"^\.It Li \[([\w-]+)\]", page("carom.conf.5"), re.M),
	         "carom.conf(5): every group with keys of one's own")


def test_options(tap):
	usage = run("--help")
	commands = re.findall(r"^  ([a-z]+) ", usage, re.M)
	same_set(tap, commands,
	         [n for n in re.findall(r"^\.It Cm (\w+)$", page("carom.1"), re.M)],
	         "carom(1): every subcommand")
	for command in commands:
		name = "carom-%s.1" % command
		if not os.path.exists(os.path.join(SOURCE, "man", name)):
			tap.ok(False, "carom-%s(1)" % command, "there is no such page")
			continue
		has = set(re.findall(r"--([a-z][a-z-]*)", run(command, "--help")))
		if command == "db":
			has |= set(re.findall(r"--([a-z][a-z-]*)", run(command, "setting", "--help")))
		text = page(name)
		tells = set(re.findall(r"Fl -([a-z][a-z-]*)", text))
		if "Op Fl c Ar file" in text:
			tells.add("config")
		tells -= {"help"}
		if command == "pipe":
			tells -= {"socket", "carom"}  # of libexec/carom/carom-pipe
		same_set(tap, has - {"help"}, tells,
		         "carom-%s(1): every option" % command)
	has = set()
	for verb in "import", "export":
		has |= set(re.findall(r"--([a-z][a-z-]*)", run("suppress", verb, "--help")))
	same_set(tap, has - {"help"}, re.findall(
		r"Fl -([a-z][a-z-]*)", page("carom-suppress-import.1")),
		"carom-suppress-import(1): every option")


def members(value):
	"""The names of all members of a JSON value, at any depth."""
	if isinstance(value, dict):
		for name, child in value.items():
			yield name
			yield from members(child)
	elif isinstance(value, list):
		for child in value:
			yield from members(child)


def test_json(tap):
	printed = set()
	for line in run("parse", os.path.join(SOURCE, "tests", "fixtures")).splitlines():
		printed.update(members(json.loads(line)))
	told = set()
	for names in re.findall(r"^\.It Va (.+)$", page("carom-json.5"), re.M):
		told.update(names.replace(" ", "").split(","))
	tap.ok(len(printed) > 25 and printed <= told,
	       "carom-json(5): every member that carom parse prints",
	       "not documented: %s" % sorted(printed - told))
	# some need keys or a database; all of them are named in the program
	named = set(re.findall(r'"(\w+)"', read("src", "report", "report_json.c")))
	lacks = told - named - {"arrived"}
	tap.ok(told and not lacks, "carom-json(5): no other", sorted(lacks))


def policies():
	"""category -> its general row of carom.policy, in the page's words."""
	sql = read("sql", "0001-schema.sql")
	sql = sql[sql.index("INSERT INTO carom.policy"):]
	found = {}
	for name, after, within, days, scope in re.findall(
			r"\('(\w+)',\s*'', '', '',\s*(\w+),\s*(\w+),\s*(\w+),\s*'(\w+)'",
			sql[:sql.index("ON CONFLICT")]):
		if after == "NULL":
			words = "Never suppresses"
		else:
			words = "Suppresses " + ("at once" if after == "1" else
			                         "after %s days in %s" % (after, within))
			words += ", for good" if days == "NULL" else ", for %s days" % days
			words += ", that stream" if scope == "stream" else ""
		found[name] = words
	return found


def test_categories(tap):
	defined = dict(re.findall(r'CAROM_CATEGORY\(\w+, "(\w+)", (\w+)\)',
	                          read("src", "report", "category.def")))
	told, words, group = {}, {}, ""
	name = None
	for line in page("carom-categories.7").splitlines():
		if line.startswith(".Ss "):
			found = re.match(r"\.Ss Class (\w+)", line)
			group, name = (found[1].upper() if found else ""), None
		elif line.startswith(".It Li ") and group:
			name = line[7:]
			told[name] = group
		elif name:
			words[name] = words.get(name, "") + " " + line
	tap.same(told, defined, "carom-categories(7): every category, in its class")
	policy = policies()
	tap.same(set(policy), set(defined), "every category has a policy")
	wrong = ["%s: %s" % (n, w) for n, w in policy.items()
	         if not re.search(re.escape(w) + r"[.;]", words.get(n, ""))]
	tap.ok(not wrong, "carom-categories(7): every policy", "\n".join(wrong))
	advice, guides = None, {}
	for line in read("parsers", "advice.en").splitlines():
		if line.startswith("["):
			advice = line.strip("[]")
		elif line.startswith("guide=") and line[6:]:
			guides[advice] = line[6:]
	wrong = ["%s: %s" % i for i in guides.items()
	         if ".Pq " + i[1] not in words.get(i[0], "")]
	tap.ok(len(guides) > 20 and not wrong,
	       "carom-categories(7): every group of the guide", "\n".join(wrong))


def endpoints():
	"""What the program serves: {(method, path): names of its fields}."""
	text = read("src", "http", "endpoints.c")
	macros = dict(re.findall(r"#define (\w+)\s*(?:\\\n)?\s*\{\s*(?:\\\n)?\s*\"(\w+)\"", text))
	fields = {}
	for name, rows in re.findall(
			r"static const CaromInput (\w+)\[\] = \{(.*?)\};", text, re.S):
		fields[name] = set(re.findall(r'\{ "(\w+)"|\b(?:WORD|TIME|NUMBER)\("(\w+)"\)', rows) and
		                   [a or b for a, b in re.findall(
			                   r'\{ "(\w+)"|\b(?:WORD|TIME|NUMBER)\("(\w+)"\)', rows)])
		fields[name] |= {macros[word] for word in re.findall(r"\b[A-Z]+\b", rows)
		                 if word in macros}
		if "LIMIT(" in rows:
			fields[name].add("limit")
	found = {}
	for method, path, rest in re.findall(
			r'\{ "[\w-]+",\s*"([A-Z]+)",\s*"(/[^"]*)",(.*?) \}', text, re.S):
		of = re.search(r"FIELDS\((\w+)\)", rest)
		found[method, path] = fields[of[1]] if of else set()
	return found


def test_openapi(tap):
	told = {}
	for path, methods in json.loads(read("doc", "openapi.json"))["paths"].items():
		for method, operation in methods.items():
			names = {p["name"] for p in operation.get("parameters", []) if p["in"] != "header"}
			content = operation.get("requestBody", {}).get("content", {})
			if "application/json" in content:  # a form is no list of fields
				names |= set(content["application/json"]["schema"]["properties"])
			told[method.upper(), path] = names
	served = endpoints()
	tap.ok(len(served) > 10, "endpoints are found in the source", served)
	same_set(tap, served, told, "openapi.json: every endpoint")
	wrong = ["%s %s: %s" % (*what, names ^ told[what])
	         for what, names in served.items() if what in told and names != told[what]]
	tap.ok(not wrong, "openapi.json: every field of them", "\n".join(wrong))


def test_dialects(tap):
	told = set(re.findall(r'^\.Li "([A-Z]+ /[^"]*)"$', read("man", "carom-api.1"), re.M))
	served = set()
	for name in ("dialect_sparkpost.c", "dialect_sendgrid.c"):
		served |= {"%s %s" % row for row in re.findall(
			r'\{ "[\w-]+",\s*"([A-Z]+)",\s*ROOT\s*"([^"]+)"', read("src", "http", name))}
	tap.ok(len(served) > 20, "rows of the dialects are found in the source", served)
	same_set(tap, served, told, "carom-api(1): every endpoint of the dialects")


def test_pages(tap):
	listed = re.findall(r"\bman/([\w.-]+\.[1-8])\b", read("man", "man.am"))
	there = [f for f in os.listdir(os.path.join(SOURCE, "man"))
	         if re.search(r"\.[1-8]$", f)]
	same_set(tap, there, listed, "man.am: every page is installed")
	broken = []
	for name in there:
		for other, section in re.findall(r"^\.Xr (carom\S*) (\d)", page(name), re.M):
			if "%s.%s" % (other, section) not in there:
				broken.append("%s: %s(%s)" % (name, other, section))
	tap.ok(not broken, "no page refers to one of ours that is not there",
	       "\n".join(broken))
	if not shutil.which("mandoc"):
		tap.count += 1
		print("ok %d - mandoc -Tlint # SKIP there is no mandoc" % tap.count)
		return
	done = subprocess.run(
		["mandoc", "-Tlint", "-W", "warning"] +
		[os.path.join(SOURCE, "man", n) for n in sorted(there)],
		stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
	tap.ok(done.returncode == 0, "mandoc -Tlint -W warning",
	       done.stdout.decode("utf-8", "replace"))


def main():
	tap = Tap()
	for test in (test_settings, test_options, test_json, test_categories,
	             test_openapi, test_dialects, test_pages):
		test(tap)
	return tap.done()


if __name__ == "__main__":
	sys.exit(main())
