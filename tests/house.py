#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The house: who may know whom, and how things are named and written.

Holds the sources against the table of rooms in CONTRIBUTING.md, and against
what that page and HOUSE rules say of libraries, SQL, names, form and size.
Each check is a function from the sources, {path: text}, to a list of
complaints; each is also tried on a source that breaks its rule, so that a
check which sees nothing is a failure.
"""

import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
SOURCE = os.environ.get("CAROM_SOURCE") or os.path.dirname(
	os.path.dirname(os.path.abspath(__file__)))
CAROM = os.environ.get("CAROM", "./carom")
BUILD = os.path.dirname(os.path.abspath(CAROM))
sys.path.insert(0, os.path.join(SOURCE, "tests", "lib"))
from tap import Tap  # noqa: E402

# The one room that includes the headers of a library.
LIBRARIES = {
	"libpq-fe.h": "store", "postgres_ext.h": "store", "libmilter/": "serve",
	"gmime/": "mail", "zlib.h": "base", "pcre2.h": "rules", "microhttpd.h": "http",
	"curl/": "feed",
}
MOST_LINES = 80
MOST_COMPLEXITY = 35
SPDX = "SPDX-License-Identifier: BSD-2-Clause"
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
SQL = re.compile(
	r"\b(SELECT\s+\S|INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\S+\s+SET"
	r"|(CREATE|ALTER|DROP)\s+(TABLE|SCHEMA|ROLE|FUNCTION|INDEX)|LOCK\s+TABLE"
	r"|UN?LISTEN\s|COPY\s+\S+\s+(TO|FROM))|\bcarom\.\w+\((?!\))")


def room(path):
	"""The room of a source file; None for what is in none."""
	found = re.match(r"src/(\w+)/|(parsers)/", path)
	return found and (found.group(1) or found.group(2))


def table(text):
	"""{room: rooms that it may include} as CONTRIBUTING.md says."""
	rows = re.findall(r"^\| `(?:src/)?(\w+)` \|([^|]*)\|", text, re.M)
	return {name: set(allowed.split()) for name, allowed in rows}


def without_comments(text):
	return re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"),
	              text, flags=re.S)


def numbered(text, pattern):
	for n, line in enumerate(text.split("\n"), 1):
		for found in re.finditer(pattern, line):
			yield n, found


# ---- checks: {path: text} -> complaints ----------------------------------------


def includes(files):
	allowed = table(files["CONTRIBUTING.md"])
	wrong = []
	for path, text in files.items():
		mine = room(path)
		if mine is None:
			continue
		if mine not in allowed:
			wrong.append("%s: no room %s in CONTRIBUTING.md" % (path, mine))
			continue
		for n, found in numbered(text, r'^#include "([^"]+)"'):
			name = found.group(1)
			if name == "config.h":
				continue
			other = name.split("/")[0]
			if "/" not in name:
				wrong.append('%s:%d: includes "%s" without its room'
				             % (path, n, name))
			elif other != mine and other not in allowed[mine]:
				wrong.append('%s:%d: %s may not include "%s"'
				             % (path, n, mine, name))
			elif other != mine and name.endswith("_private.h"):
				wrong.append('%s:%d: "%s" is private to %s'
				             % (path, n, name, other))
	return wrong


def libraries(files):
	wrong = []
	for path, text in files.items():
		if room(path) is None:
			continue
		for n, found in numbered(text, r"^#include <([^>]+)>"):
			for header, owner in LIBRARIES.items():
				if found.group(1).startswith(header) and room(path) != owner:
					wrong.append("%s:%d: only src/%s includes <%s>"
					             % (path, n, owner, found.group(1)))
			if room(path) == "pipe" and "/" in found.group(1) and not \
			   found.group(1).startswith(("sys/", "netinet/", "arpa/")):
				wrong.append("%s:%d: carom-pipe knows libc alone"
				             % (path, n))
	return wrong


def sql(files):
	wrong = []
	for path, text in files.items():
		if room(path) in (None, "store"):
			continue
		for n, found in numbered(without_comments(text), STRING):
			if SQL.search(found.group(0)):
				wrong.append("%s:%d: SQL outside src/store: %s"
				             % (path, n, found.group(0)[:60]))
	return wrong


def guards(files):
	wrong = []
	for path, text in files.items():
		if room(path) is None or not path.endswith(".h"):
			continue
		stem = os.path.basename(path)[:-2].upper()
		wanted = {"CAROM_%s_H" % stem,
		          "CAROM_%s_%s_H" % (room(path).upper(), stem)}
		if not wanted & set(re.findall(r"^#ifndef (\w+)", text, re.M)):
			wrong.append("%s: no guard CAROM_%s_H" % (path, stem))
	return wrong


def licences(files):
	return ["%s: no SPDX line" % path for path, text in files.items()
	        if path.endswith((".c", ".h", ".def", ".py", ".sql"))
	        and SPDX not in "\n".join(text.split("\n", 3)[:3])]


def lists(files):
	"""Each list of files says what is in the folders."""
	wrong = []

	def same(name, said, there):
		for path in sorted(said - there):
			wrong.append("%s names %s, which is not there" % (name, path))
		for path in sorted(there - said):
			wrong.append("%s does not name %s" % (name, path))

	def named(name, pattern):
		found = re.findall(pattern, files[name])
		wrong.extend("%s names %s twice" % (name, path)
		             for path in sorted({p for p in found if found.count(p) > 1}))
		return set(found)

	same("src/sources.am", named("src/sources.am", r"\bsrc/\w+/[\w.]+"),
	     {p for p in files if re.match(r"src/\w+/\w+\.(c|h|def)$", p)}
	     - {"src/cmd/carom.c"})
	same("parsers/parsers.am",
	     named("parsers/parsers.am", r"\bparsers/[\w/]+\.(?:c|h|def)\b"),
	     {p for p in files if re.match(r"parsers/.*\.(c|h|def)$", p)})
	same("tests/tests.am",
	     named("tests/tests.am", r"\btests/unit/test_\w+(?= |\n|$)"),
	     {p[:-2] for p in files if re.match(r"tests/unit/test_\w+\.c$", p)})
	same("tests/fuzz/fuzz.am",
	     named("tests/fuzz/fuzz.am", r"\n\t(tests/fuzz/fuzz_\w+)"),
	     {p[:-2] for p in files if re.match(r"tests/fuzz/fuzz_\w+\.c$", p)})
	registered = named("parsers/parsers.def", r"(?m)^CAROM_PARSER\((\w+)\)")
	for path, text in files.items():
		found = re.findall(r"^const CaromParser carom_parser_(\w+) =", text, re.M)
		for name in found:
			if os.path.basename(path) != name + ".c" or not \
			   path.startswith(("parsers/formats/", "parsers/generic/")):
				wrong.append("%s: defines the parser %s" % (path, name))
		registered -= set(found)
		if path.startswith("parsers/formats/") and path.endswith(".c") and \
		   not set(found) & named("parsers/parsers.def",
		                          r"(?m)^CAROM_PARSER\((\w+)\)"):
			wrong.append("%s: no parser of parsers.def" % path)
	wrong += ["parsers.def names %s, which no file defines" % name
	          for name in sorted(registered)]
	return wrong


def functions(text):
	"""(name, first line, lines of it) of each function of a formatted file."""
	lines = without_comments(text).split("\n")
	start = name = None
	for n, line in enumerate(lines):
		if start is None and (found := re.match(r"(\w+)\(", line)):
			name, start = found.group(1), n
		elif start is not None and line.endswith(";") and not \
				line.startswith(("\t", " ", "{")):
			start = None
		elif line == "}" and start is not None:
			yield name, start + 1, lines[start:n + 1]
			start = None


def complexity(lines):
	"""
	Cognitive complexity as G. Ann Campbell (SonarSource, 2018) defines it, off
	formatted code: a statement's indentation is its nesting. One for a
	branch or loop and one for each level that it is nested in; one for an
	else, a goto, and a run of the same logical operator.
	"""
	total = 0
	for line in lines:
		line = re.sub(STRING, '""', re.sub(r"'(\\.|[^'\\])+'", "''", line))
		depth = max(0, len(line) - len(line.lstrip("\t")) - 1)
		words = re.findall(r"\b(?:if|for|while|switch|else|goto|do)\b|\?", line)
		if "else" in words:
			total += 1
			words = [w for w in words if w not in ("else", "if")]
		for word in words:
			if word == "do":
				continue  # its while counts
			total += 1 if word == "goto" else 1 + depth
		previous = ""
		for operator in re.findall(r"&&|\|\|", line):
			total += operator != previous
			previous = operator
	return total


def sizes(files):
	wrong = []
	for path, text in files.items():
		if room(path) is None or not path.endswith(".c"):
			continue
		for name, n, lines in functions(text):
			if len(lines) > MOST_LINES:
				wrong.append("%s:%d: %s has %d lines"
				             % (path, n, name, len(lines)))
			value = complexity(lines)
			if value > MOST_COMPLEXITY:
				wrong.append("%s:%d: %s has a cognitive complexity of %d"
				             % (path, n, name, value))
	return wrong


def belongs(path, symbol, modules):
	"""
	TRUE if an exported symbol begins with the name of its file, of the module
	that the file is a part of (message_text.c is one of message.h), or of its
	room. A format's one constant is carom_parser_NAME.
	"""
	stem = os.path.basename(path)[:-2]
	mine = room(path)
	if mine == "cmd":
		return symbol.startswith("cmd_") or symbol == "main"
	if symbol == "carom_parser_" + stem:
		return True
	owners = {stem, mine}
	owners |= {name for name, where in modules
	           if where == os.path.dirname(path) and stem.startswith(name + "_")}
	return any(re.match("carom_%ss?(_|$)" % o, symbol) for o in owners)


def symbols(files, exported):
	modules = {(os.path.basename(p)[:-2], os.path.dirname(p)) for p in files
	           if p.endswith((".c", ".h"))}
	return ["%s: exports %s, which is not named after file, module or room"
	        % (path, symbol) for path, symbol in sorted(exported)
	        if not belongs(path, symbol, modules)]


# ---- the sources ------------------------------------------------------------------


def load():
	files = {}
	for top in ("src", "parsers", "tests", "sql"):
		for folder, folders, names in os.walk(os.path.join(SOURCE, top)):
			folders[:] = [f for f in folders
			              if f not in ("fixtures", "seeds", "corpus")]
			for name in names:
				path = os.path.join(folder, name)
				if name.endswith((".c", ".h", ".def", ".am", ".py", ".sql")):
					with open(path, encoding="utf-8") as f:
						files[os.path.relpath(path, SOURCE)] = f.read()
	with open(os.path.join(SOURCE, "CONTRIBUTING.md"), encoding="utf-8") as f:
		files["CONTRIBUTING.md"] = f.read()
	return files


def exported_symbols():
	"""(source file, symbol) out of the objects of this build."""
	found = set()
	for top in ("src", "parsers"):
		for folder, _, names in os.walk(os.path.join(BUILD, top)):
			for name in names:
				if not name.endswith(".o"):
					continue
				path = os.path.join(folder, name)
				source = os.path.relpath(path, BUILD)[:-2] + ".c"
				if not os.path.exists(os.path.join(SOURCE, source)):
					continue  # of a file that is gone
				said = subprocess.run(["nm", "-g", "--defined-only", path],
				                      stdout=subprocess.PIPE, check=True,
				                      timeout=60).stdout.decode()
				for line in said.splitlines():
					words = line.split()
					if len(words) == 3 and words[1] in "TDBRVC" and \
					   not words[2].startswith("__"):
						found.add((source, words[2]))
	return found


def unformatted(files):
	paths = sorted(p for p in files if p.endswith((".c", ".h"))
	               and p.startswith(("src/", "parsers/", "tests/")))
	wrong = []
	for at in range(0, len(paths), 40):
		said = subprocess.run(
			["clang-format", "--dry-run", "--Werror", "--style=file"]
			+ paths[at:at + 40], cwd=SOURCE, stderr=subprocess.PIPE,
			timeout=300).stderr.decode()
		wrong += re.findall(r"^[^:\n]+:\d+:\d+: error: .*", said, re.M)
	return wrong


def formatter():
	"""Why the form can't be looked at here; None if it can."""
	if shutil.which("clang-format") is None:
		return "clang-format is not installed"
	said = subprocess.run(["clang-format", "--version"], stdout=subprocess.PIPE,
	                      timeout=60).stdout.decode()
	if "version 14." not in said:
		return "the tree's form is clang-format 14's; this is " + said.strip()
	return None


# ---- each check on something that breaks its rule ------------------------------------


def broken():
	"""(check, sources that break its rule, a word of the complaint)"""
	rooms = {"CONTRIBUTING.md": "| `src/base` | | x |\n| `src/mail` | base | x |\n"}
	long_one = "void\nf(void)\n{\n" + "\tg();\n" * MOST_LINES + "}\n"
	deep = "void\nf(void)\n{\n" + "".join(
		"\t" * (i + 1) + "if (a && b)\n" for i in range(8)) + "}\n"
	am = {"src/sources.am": "", "parsers/parsers.am": "", "tests/tests.am": "",
	      "tests/fuzz/fuzz.am": "", "parsers/parsers.def": ""}
	return [
		(includes, {**rooms, "src/base/a.c": '#include "mail/b.h"\n'}, "may not"),
		(includes, {**rooms, "src/mail/a.c": '#include "b.h"\n'}, "without its"),
		(includes, {**rooms, "src/mail/a.c": '#include "base/b_private.h"\n'},
		 "private"),
		(includes, {**rooms, "src/new/a.c": ""}, "no room"),
		(libraries, {"src/cmd/a.c": "#include <libpq-fe.h>\n"}, "only src/store"),
		(libraries, {"src/pipe/a.c": "#include <gmime/gmime.h>\n"}, "libc alone"),
		(sql, {"src/cmd/a.c": 'x = "SELECT 1";\n'}, "SQL outside"),
		(sql, {"src/cmd/a.c": 'x = "CALL carom.prune(1)";\n'}, "SQL outside"),
		(guards, {"src/mail/a.h": "#ifndef CAROM_B_H\n"}, "no guard"),
		(licences, {"src/mail/a.h": "/* a */\n"}, "no SPDX"),
		(lists, {**am, "src/mail/a.c": ""}, "does not name"),
		(lists, {**am, "parsers/parsers.def": "CAROM_PARSER(a)\n"}, "no file"),
		(lists, {**am, "parsers/formats/a.c": ""}, "no parser"),
		(lists, {**am, "tests/unit/test_a.c": ""}, "does not name"),
		(sizes, {"src/mail/a.c": long_one}, "lines"),
		(sizes, {"src/mail/a.c": deep}, "complexity"),
		(lambda f: symbols(f, {("src/mail/a.c", "carom_b_do")}),
		 {"src/mail/a.h": ""}, "exports"),
	]


def main():
	tap = Tap()
	files = load()
	for check, sources, word in broken():
		found = "\n".join(check(sources))
		tap.ok(word in found, "a check complains of \"%s\"" % word, found)
	for check, name in (
		(includes, "a room includes what CONTRIBUTING.md allows"),
		(libraries, "one room includes a library's headers"),
		(sql, "SQL stands in src/store and sql/ alone"),
		(guards, "headers are guarded by their name"),
		(licences, "every source file says its licence"),
		(lists, "makefiles and registry name what is there"),
		(sizes, "functions have at most %d lines and a complexity of %d"
		 % (MOST_LINES, MOST_COMPLEXITY)),
	):
		wrong = check(files)
		tap.ok(not wrong, name, "\n".join(wrong))
	exported = exported_symbols()
	wrong = symbols(files, exported)
	tap.ok(len(exported) > 100 and not wrong,
	       "exported symbols begin with file, module or room",
	       "\n".join(wrong) or "no objects below %s" % BUILD)
	why = formatter()
	if why:
		tap.ok(True, "the sources are formatted # SKIP " + why)
	else:
		wrong = unformatted(files)
		tap.ok(not wrong, "the sources are formatted", "\n".join(wrong))
	return tap.done()


if __name__ == "__main__":
	sys.exit(main())
