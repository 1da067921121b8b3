#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Golden files: what ./carom parse answers for every fixture.

tests/fixtures/FORMAT/CASE.eml has its answer in CASE.json (all members but
file and size). Every format that parsers/ can name must have fixtures. The
reports that real servers wrote (tests/fixtures/real) are held against their
expected.tsv, whose columns are told in the README there.

CAROM_GOLDEN_WRITE=1 writes the answers instead; read the difference after.
"""

import difflib
import glob
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
SOURCE = os.environ.get("CAROM_SOURCE") or os.path.dirname(
	os.path.dirname(os.path.abspath(__file__)))
CAROM = os.environ.get("CAROM", "./carom")
FIXTURES = os.path.join(SOURCE, "tests", "fixtures")
sys.path.insert(0, os.path.join(SOURCE, "tests", "lib"))
from tap import Tap  # noqa: E402

# Folders that hold what is no report of any format.
NO_FORMAT = {"not-a-bounce"}


def parse(paths):
	"""One answer for each path, in order."""
	paths = list(paths)
	if not paths:
		return []
	out = subprocess.run([CAROM, "parse", *paths], capture_output=True)
	lines = out.stdout.decode("utf-8").splitlines()
	answers = [json.loads(line) for line in lines]
	if [a.get("file") for a in answers] != paths:
		raise SystemExit("Bail out! carom parse: %d files, %d answers, exit %d\n%s"
		                 % (len(paths), len(answers), out.returncode,
		                    out.stderr.decode("utf-8", "replace")))
	return answers


def pretty(answer):
	answer = {k: v for k, v in answer.items() if k not in ("file", "size")}
	return json.dumps(answer, indent=1, ensure_ascii=False) + "\n"


def formats_of_source(text):
	"""The formats that one file of parsers/ can give to a report."""
	parser = re.search(r"const CaromParser carom_parser_\w+ = \{(.*?)^\};", text,
	                   re.S | re.M)
	rows = text.replace(parser.group(1), "") if parser else text
	found = set()
	if "CaromTextFormat rows[]" in rows or "static const CaromTextFormat" in rows:
		found |= set(re.findall(r'\.name = "([^"]+)"', rows))
	found |= set(re.findall(r'->format = "([^"]+)"', rows))
	if parser and not found:
		found |= set(re.findall(r'\.name = "([^"]+)"', parser.group(1)))
	return found


def formats():
	"""Every format that may come out, with the file that names it."""
	with open(os.path.join(SOURCE, "parsers", "parsers.def"),
	          encoding="utf-8") as f:
		registered = re.findall(r"^CAROM_PARSER\((\w+)\)", f.read(), re.M)
	found = {}
	for path in sorted(glob.glob(os.path.join(SOURCE, "parsers", "*", "*.c"))):
		with open(path, encoding="utf-8") as f:
			text = f.read()
		if not any("carom_parser_%s =" % name in text for name in registered):
			continue
		for name in formats_of_source(text):
			found[name] = os.path.basename(path)
	return found


def check_golden(tap):
	folders = sorted(d for d in os.listdir(FIXTURES)
	                 if d != "real" and os.path.isdir(os.path.join(FIXTURES, d)))
	for name, path in sorted(formats().items()):
		tap.ok(bool(glob.glob(os.path.join(FIXTURES, name, "*.eml"))),
		       "format %s has fixtures" % name,
		       "parsers/%s names it; add tests/fixtures/%s/CASE.eml and CASE.json"
		       % (path, name))
	for folder in folders:
		emls = sorted(glob.glob(os.path.join(FIXTURES, folder, "*.eml")))
		for eml, answer in zip(emls, parse(emls)):
			case = "%s/%s" % (folder, os.path.basename(eml)[:-4])
			golden = eml[:-4] + ".json"
			if answer.pop("version", None) != 1:
				tap.ok(False, case, "the version of the JSON is not 1")
				continue
			got = pretty(answer)
			if os.environ.get("CAROM_GOLDEN_WRITE"):
				with open(golden, "w", encoding="utf-8") as f:
					f.write(got)
			if not os.path.exists(golden):
				tap.ok(False, case, "%s is missing" % golden)
				continue
			with open(golden, encoding="utf-8") as f:
				want = json.load(f)
			if folder not in NO_FORMAT and want.get("format") != folder:
				tap.ok(False, case, "its answer has format %s, not that of its folder"
				       % want.get("format"))
				continue
			why = "".join(difflib.unified_diff(
				pretty(want).splitlines(True), got.splitlines(True),
				"wanted", "got"))
			tap.ok(pretty(want) == got, case, why)
	for name in glob.glob(os.path.join(FIXTURES, "*", "*.json")):
		if not os.path.exists(name[:-5] + ".eml"):
			tap.ok(False, name, "an answer without its message")


def one_of(got, wanted):
	return (got or "") in wanted.split("|")


def row_problems(answer, row):
	"""What is wrong with the answer, by one row of expected.tsv."""
	problems = []
	if not one_of(answer["kind"], row["kind"]):
		problems.append("kind %s, not %s" % (answer["kind"], row["kind"]))
	outcomes = answer.get("outcomes", [])
	found = [o for o in outcomes
	         if o.get("recipient", "").lower() == row["recipient"].lower()]
	if not found:
		return problems + ["no outcome for %s, but for %s" % (
			row["recipient"], [o.get("recipient") for o in outcomes])]
	outcome = found[0]
	for name in ("status", "reply", "category"):
		if row[name] and not one_of(outcome.get(name), row[name]):
			# a Status field and the reply below it may state two codes
			if name == "status" and re.search(r"(?<![\d.])%s(?![\d.])" % re.escape(
					outcome.get(name, "-")), outcome.get("diagnostic", "")):
				continue
			problems.append("%s: %s %s, not %s (%s: %s)" % (
				row["recipient"], name, outcome.get(name), row[name],
				outcome.get("rule"), outcome.get("diagnostic")))
	if row["category"] and "|" not in row["category"]:
		hard = outcome.get("class") == "hard"
		if hard != (row["hard"] == "1"):
			problems.append("%s: class %s" % (row["recipient"],
			                                  outcome.get("class")))
	return problems


def check_real(tap):
	for table in sorted(glob.glob(os.path.join(FIXTURES, "real", "*",
	                                           "expected.tsv"))):
		folder = os.path.dirname(table)
		with open(table, encoding="utf-8") as f:
			lines = f.read().splitlines()
		columns = lines[0].split("\t")
		wanted = {}
		for line in lines[1:]:
			row = dict(zip(columns, line.split("\t")))
			wanted.setdefault(row["file"], []).append(row)
		paths = [os.path.join(folder, name) for name in wanted]
		for path, answer in zip(paths, parse(paths)):
			rows = wanted[os.path.basename(path)]
			problems = [p for row in rows for p in row_problems(answer, row)]
			extra = len(answer.get("outcomes", [])) - len(rows)
			if extra > 0:
				problems.append("%d outcomes too many" % extra)
			tap.ok(not problems, "real/%s/%s" % (os.path.basename(folder),
			                                     os.path.basename(path)[:-4]),
			       "\n".join(problems))


def main():
	tap = Tap()
	check_golden(tap)
	check_real(tap)
	return tap.done()


if __name__ == "__main__":
	sys.exit(main())
