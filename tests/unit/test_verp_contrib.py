#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The examples in contrib and the manual page agree with the test vectors."""

import datetime
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ.get("CAROM_SOURCE") or os.path.join(
	os.path.dirname(os.path.abspath(__file__)), "..", "..")
NAMES = "key secret day stream sender recipient id expected".split()
BOUNCES = "bounces@b.example.com"
count = failed = 0


def ok(good, name, said=""):
	global count, failed
	count += 1
	failed += not good
	print("%s %d - %s" % ("ok" if good else "not ok", count, name))
	if not good:
		print("# " + str(said).replace("\n", "\n# "))


def skip(name, why):
	global count
	count += 1
	print("ok %d - %s # SKIP %s" % (count, name, why))


def same(got, wanted, name):
	ok(got == wanted, name, "got    %r\nwanted %r" % (got, wanted))


def path(*parts):
	return os.path.join(SOURCE, *parts)


def read_vectors():
	with open(path("tests", "unit", "test_verp_vectors.txt")) as file:
		return [dict(zip(NAMES, line.rstrip("\n").split("\t")))
		        for line in file if "\t" in line]


def load_verp():
	sys.dont_write_bytecode = True
	spec = importlib.util.spec_from_file_location(
		"verp", path("contrib", "verp.py"))
	module = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(module)
	return module


def raises(kind, function, *arguments):
	try:
		return "no error, but %r" % function(*arguments)
	except kind as error:
		return type(error) is kind
	except Exception as error:  # another one is a failure, with its name
		return repr(error)


def python(vectors):
	verp = load_verp()
	for v in vectors:
		same(verp.return_address(
			v["recipient"], v["sender"], [(v["key"], bytes.fromhex(v["secret"]))],
			int(v["stream"]), datetime.date.fromisoformat(v["day"]),
			int(v["id"])), v["expected"], "python: " + v["recipient"])
	keys = [("a", bytes(32)), ("b", bytes(range(32)))]
	same(verp.return_address("a@x.example", BOUNCES, keys)[20], "b",
	     "python: the last key signs")
	for kind, what in (
		(verp.NeedsToken, ("a@nodot", BOUNCES, keys)),
		(verp.NeedsToken, ("x" * 40 + "@x.example", BOUNCES, keys)),
		(ValueError, ("nobody", BOUNCES, keys)),
		(ValueError, ("a@b\xfccher.example", BOUNCES, keys)),
		(ValueError, ("a@x.example", "nobody", keys)),
		(ValueError, ("a@x.example", BOUNCES, keys, 2 ** 25)),
		(ValueError, ("a@nodot", "eleven.char@b.example", keys, 1024, None, 7)),
		(ValueError, ("a@x.example", BOUNCES, keys, 0, datetime.date(2019, 12, 31))),
		(ValueError, ("a@nodot", "fourteen.chars@b.example", keys, 0, None, 7)),
		(ValueError, ("a@nodot", BOUNCES, keys, 0, None, 2 ** 40))):
		got = raises(kind, verp.return_address, *what)
		ok(got is True, "python: refuses %s" % (what[:2],), got)


def command_line(name, argv, vectors):
	"""The script as it is called from the shell, each time with its keys file."""
	with tempfile.TemporaryDirectory() as folder:
		keys = os.path.join(folder, "keys")
		for v in vectors:
			with open(keys, "w") as file:
				file.write("# keys\n2 %s old\n%s %s made today\n\n" % (
					"00" * 32, v["key"], v["secret"]))
			done = subprocess.run(
				argv + [keys, v["sender"], v["recipient"], v["stream"], v["day"],
				        v["id"]], capture_output=True, text=True)
			same(done.stdout.rstrip("\n") + done.stderr, v["expected"],
			     "%s: %s" % (name, v["recipient"]))
		for what in (["a@nodot"], ["x" * 40 + "@x.example"], ["nobody"],
		             ["a@b\xfccher.example"], ["a@x.example", "33554432"],
		             ["a@x.example", "0", "2019-12-31"],
		             ["a@nodot", "0", "2026-11-22", "1099511627776"]):
			done = subprocess.run(argv + [keys, BOUNCES] + what,
			                      capture_output=True, text=True)
			ok(done.returncode not in (0, 255) and done.stdout == "" and
			   "verp." in done.stderr, "%s: refuses %s" % (name, what), done)


def manual(vectors):
	with open(path("man", "carom-verp.7")) as file:
		text = file.read()
	for escape, plain in ("\\(aq", "'"), ("\\(ha", "^"), ("\\(ti", "~"), \
		("\\(ga", "`"):
		text = text.replace(escape, plain)
	for v in vectors:
		number = "" if "=" in v["expected"] else "  = " + v["id"]
		entry = " %(key)s  %(day)s  stream %(stream)s  %(sender)s\n" \
			"    %(recipient)s%(number)s\n    %(expected)s\n" % dict(
				v, number=number)
		ok(entry in text and " %(key)s  %(secret)s\n" % v in text,
		   "the manual page has " + v["recipient"], entry)


def main():
	vectors = read_vectors()
	ok(len(vectors) >= 12, "there are vectors", len(vectors))
	python(vectors)
	command_line("verp.py", [sys.executable, path("contrib", "verp.py")], vectors)
	php = shutil.which("php")
	if php:
		command_line("verp.php", [php, path("contrib", "verp.php")], vectors)
	else:
		skip("verp.php", "there is no php (Debian package php-cli)")
	manual(vectors)
	print("1..%d" % count)
	return failed > 0


sys.exit(main())
