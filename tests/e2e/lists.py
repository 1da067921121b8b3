#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""carom suppress import and export: files of suppressed addresses in and out,
to the byte, whole or not at all.
"""

import json
import os
import pty
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from lab import clean_environment, run, wait_until  # noqa: E402
from tap import script  # noqa: E402

MANY = 40000  # rows, in what shows that memory does not grow with them


def suppress(lab, *args, data=None):
	done = subprocess.run([lab.carom, "--config", lab.conf, "suppress", *args],
	                      input=data, stdout=subprocess.PIPE,
	                      stderr=subprocess.PIPE, env=clean_environment())
	done.err = done.stderr.decode()
	return done


def imported(lab, data, *args):
	"""The counts, or the exit code and what was said."""
	done = suppress(lab, "import", "-f", "json", *args, "-", data=data)
	if done.returncode != 0:
		return done.returncode, done.err
	counts = json.loads(done.stdout)
	return {k: v for k, v in counts.items() if v and k != "rows"}


def empty(lab):
	# with what brought it, so that carom db check finds nothing amiss
	lab.postgres.sql("TRUNCATE carom.suppression, carom.suppression_log, carom.report, "
	                 "carom.event, carom.told, carom.tally, carom.raw, carom.duplicate")


# What is hard to write, to read or to run in a spreadsheet.
HARD = [
	"=1+1", "+49 30 1", "-1", "@x.test", "'quoted'", "'=1", "''", "\tx", "a,b;c",
	"two\r\nlines", "two\nlines", "a\rb", 'say "no"', "\\N", "\\", "a\\tb", "NULL",
	"\u00fc\u4f60\U0001f600", "\ufeffx", " blank ", "x" * 2000, "",
]


def fill(lab, form):
	"""A list with all that a list may have."""
	empty(lab)
	sql = lab.postgres.sql
	for n, note in enumerate(HARD):
		sql("SELECT carom.suppress('hard%d@x.test', 'asked', %s, note => %s)" % (
			n, quote(note[:100]), quote(note)))
	sql("SELECT carom.suppress('=cmd@x.test', '=cmd()'); "
	    "SELECT carom.suppress('\"a \\\"b\"@x.test', 'odd', 'acme', 'news'); "
	    "SELECT carom.suppress('@closed.test', 'attack', expires_at => now() + "
	    "interval '90 days 1.000001 s'); "
	    "SELECT carom.suppress('J\u00fcrgen.B@B\u00fccher.test', 'asked', author => "
	    "'anna', source => 'import')")
	for n in range(20):
		sql("SELECT carom.record('%s')" % json.dumps({
			"kind": "bounce", "message_id": "<%d%s@t>" % (n, form), "reporter": "mx.x.test",
			"outcomes": [{
				"recipient": "Dead%d@x.test" % n, "action": "failed", "class": "hard",
				"category": "recipient_unknown", "confidence": "proven", "status":
				"5.1.1", "rule": "r%d" % n, "provider": "gmail", "account": "acme",
				"stream": "news"}]}))


def quote(text):
	return "E'%s'" % text.replace("\\", "\\\\").replace("'", "\\'")


def there_and_back(tap, lab):
	for form in "csv", "ndjson":
		fill(lab, form)
		first = suppress(lab, "export", "-f", form)
		lines = lab.count("suppression")
		empty(lab)
		done = suppress(lab, "import", "-f", "json", "-", data=first.stdout)
		tap.ok(done.returncode == 0 and json.loads(done.stdout)["added"] == lines,
		       "%s: what was exported is imported" % form,
		       done.stdout.decode() + done.err)
		again = suppress(lab, "export", "-f", form)
		tap.ok(first.stdout == again.stdout and lines > 40,
		       "%s: and exported to the byte" % form,
		       "\n".join("%r\n%r" % (a, b) for a, b in zip(
			       first.stdout.splitlines(), again.stdout.splitlines()) if a != b))
		tap.same(imported(lab, again.stdout), {"kept": lines},
		         "%s: the same again changes nothing" % form)
		tap.same(lab.postgres.sql(
			"SELECT count(*), count(*) FILTER (WHERE login = session_user AND "
			"author <> 'carom') FROM carom.suppression_log"), "%d|%d" % (lines, lines),
			"%s: each has a row in the log, with who did it" % form)
	cells = [cell for line in suppress(lab, "export").stdout.decode().split("\r\n")
	         for cell in line.split(",")]
	tap.same([c for c in cells if c.strip('"')[:1] in tuple("=+-@\t\r")
	          and c.strip('"')], [], "no cell is a formula to a spreadsheet")
	wrong = [line for line in lab.run_carom("db", "check", check=False).stdout.split("\n")
	         if line.startswith("WRONG") and "trace" in line]
	tap.same(wrong, [], "the log agrees with the list")


def filters(tap, lab):
	def exported(*args):
		out = suppress(lab, "export", "-f", "ndjson", *args).stdout.decode()
		return sorted(json.loads(line)["address"] for line in out.splitlines())
	empty(lab)
	add = "SELECT carom.suppress(%s)"
	for args in ("'a@x.test', 'asked'", "'b@x.test', 'attack', 'acme'",
	             "'c@x.test', 'asked', 'acme', 'news'", "'d@x.test', 'asked', 'shop'"):
		lab.postgres.sql(add % args)
	lab.postgres.sql("UPDATE carom.suppression SET changed_at = '2026-01-31T12:00Z' "
	                 "WHERE address = 'a@x.test'")
	for args, wanted in (((), "abcd"), (("-a", "acme"), "bc"),
	                     (("-a", "acme", "-s", "news"), "c"), (("-a", ""), "a"),
	                     (("-r", "asked"), "acd"), (("--since", "2026-02-01"), "bcd"),
	                     (("--since", "2026-01-31T11:00:00Z"), "abcd"),
	                     (("-a", "o'brien"), "")):
		tap.same(exported(*args), [c + "@x.test" for c in wanted],
		         "export %s" % " ".join(args))
	path = os.path.join(lab.folder, "list.csv")
	suppress(lab, "export", "-o", path)
	with open(path, "rb") as f:
		tap.same(f.read(), suppress(lab, "export").stdout, "into a file")
	done = suppress(lab, "export", "-o", os.path.join(lab.folder, "none", "x"))
	tap.ok(done.returncode != 0 and "none/x" in done.err, "a folder that is not there",
	       done.err)
	with open("/dev/full", "wb") as full:
		done = subprocess.run([lab.carom, "--config", lab.conf, "suppress", "export"],
		                      stdout=full, stderr=subprocess.PIPE,
		                      env=clean_environment())
	tap.ok(done.returncode != 0 and b"whole" in done.stderr, "a full disk is told",
	       done.stderr)


def all_or_nothing(tap, lab):
	empty(lab)
	rows = b"".join(b"u%d@x.test,asked\n" % n for n in range(5000))
	code, said = imported(lab, b"address,reason\n" + rows + b"nobody,x\n" +
	                      b"a@x.test,\n" + rows)
	tap.ok(code == 65 and "line 5002, column 1 (address)" in said and
	       "line 5003, column 2 (reason)" in said and "2 of 10002 rows" in said,
	       "bad lines are told with their place", said)
	tap.same(lab.count("suppression"), 0, "and nothing was taken")
	code, said = imported(lab, b"address,reason\n" + b"nobody,x\n" * 1000)
	tap.ok(said.count("\n") < 30 and "980 more" in said, "of many, the first twenty",
	       said)
	code, said = imported(lab, b"address,reason\n" + rows + b"a@x.test,\"asked\n")
	tap.ok(code == 65 and lab.count("suppression") == 0 and "line 5002, column 2" in said,
	       "nor of a file that ends in the middle", said)
	dry = suppress(lab, "import", "--dry-run", "-f", "json", "-", data=b"address,reason\n" + rows)
	tap.ok(json.loads(dry.stdout)["added"] == 5000 and lab.count("suppression") == 0,
	       "a dry run counts and takes nothing", dry.err)
	tap.same(imported(lab, b"address,reason\n" + rows), {"added": 5000},
	         "without the bad line all are taken")
	done = suppress(lab, "check", "u7@x.test")
	tap.same(done.returncode, 1, "and are suppressed")
	# killed while it hands in
	process = subprocess.Popen([lab.carom, "--config", lab.conf, "suppress", "import", "-"],
	                           stdin=subprocess.PIPE, env=clean_environment(),
	                           stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
	process.stdin.write(b"address,reason\n" + b"".join(
		b"k%d@x.test,asked\n" % n for n in range(20000)))
	process.stdin.flush()
	wait_until(lambda: lab.postgres.sql(
		"SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND "
		"state = 'active'") == "1", 30, "rows are handed in")
	process.kill()
	process.wait()
	process.stdin.close()
	wait_until(lambda: lab.postgres.sql(
		"SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%'") == "0", 30,
		"the server knows")
	tap.same(lab.count("suppression", "address LIKE 'k%'"), 0,
	         "killed while it hands in: nothing was taken")


def bad_input(tap, lab):
	"""Hostile files: a clear message, exit 65, and nothing taken."""
	empty(lab)
	for name, data, says in (
			("nothing", b"", "empty"),
			("8-bit", b"address,reason\nJ\xfcrgen@x.test,x\n", "line 2, column 1"),
			("NUL", b"address,reason\na@x.test,x\0y\n", "line 2, column 2"),
			("a million columns", b"x," * 1000000, "line 1, column 257"),
			("a program", bytes(range(256)) * 300, "line 1"),
			("UTF-32", "address,reason\n".encode("utf-32"), "UTF-32"),
			("half a quote", b'address,reason\na@x.test,"x\n', "line 2, column 2"),
			("one line of 1 MB", b"a" * 1000000, "line 1"),
			("no JSON", b'{"address": "a@x.test", "reason"}\n', "line 1"),
			("JSON, cut", b'[{"address": "a@x.test", "reason": "x"},', "cut short"),
			("other columns", b"colour,size\nred,7\n", "colour, size"),
			("a shared domain", b"address,reason\n@co.uk,x\n", "line 2, column 1"),
			("the program's name", b"address,reason,source,author\n"
			 b"a@x.test,x,staff,carom\n", "line 2")):
		code, said = imported(lab, data)
		tap.ok(code == 65 and says in said and len(said) < 3000,
		       "%s: told" % name, "exit %s: %s" % (code, said[:3000]))
	tap.same(lab.count("suppression"), 0, "nothing of that was taken")
	for name, data, wanted in (
			("BOM and CR LF", b"\xef\xbb\xbfaddress,reason\r\na@x.test,x\r\n", 1),
			("CR alone", b"address,reason\rb@x.test,x\r", 1),
			("semicolons", b"reason;address\nx;c@x.test\n", 1),
			("UTF-16", "address,reason\nd@x.test,\u00fc\n".encode("utf-16"), 1),
			("names with quotes", b"address,account,reason\n"
			 b"e@x.test,o'brien \"x\" \\ ; DROP TABLE,x'y\n", 1)):
		tap.same(imported(lab, data), {"added": wanted}, name + " is read")
	tap.same(lab.postgres.sql("SELECT account FROM carom.suppression WHERE address = "
	                          "'e@x.test'"), "o'brien \"x\" \\ ; DROP TABLE",
	         "a name with quotes is a name")


def others(tap, lab):
	"""Each provider's files; the unit test has them all."""
	for name, data, args in (
			("sparkpost", b"recipient,type,source,description\n"
			 b"s@x.test,non_transactional,Spam Complaint,\n", ()),
			("sendgrid", b"status,reason,email,created\n"
			 b"5.1.1,no such user,g@x.test,1764320400\n", ("-l", "bounces")),
			("mailgun", b"address,tags,created_at\n"
			 b"m@x.test,*,\"Fri, 21 Nov 2025 11:02:55 GMT\"\n", ()),
			("postmark", b'{"Suppressions":[{"EmailAddress":"p@x.test",'
			 b'"SuppressionReason":"SpamComplaint","Origin":"Recipient"}]}', ()),
			("ses", b"e1@x.test,BOUNCE\n", ())):
		empty(lab)
		tap.same(imported(lab, data, "-a", "acme", *args), {"added": 1},
		         name + "'s file is imported")
		out = suppress(lab, "export").stdout
		empty(lab)
		imported(lab, out)
		tap.ok(suppress(lab, "export").stdout == out and b",acme," in out,
		       "and comes out with its reason", out)
	code, said = imported(lab, b"recipient,source\na@x.test,x\nb@x.test,Sunspots\n")
	tap.ok(code == 65 and "line 3" in said and "Sunspots" in said,
	       "a reason that nobody knows is named", said)


def checked(tap, lab):
	"""A whole file is asked for: an answer a line, in its order."""
	empty(lab)
	lab.postgres.sql("SELECT carom.suppress('a@x.test', 'asked', 'acme', expires_at => "
	                 "'2099-12-31Z'); SELECT carom.suppress('@closed.test', 'attack')")
	path = os.path.join(lab.folder, "addresses")
	with open(path, "wb") as f:
		f.write(b"\xef\xbb\xbf<A@X.test>\r\nfree@x.test\n\nnobody\n"
		        b"b@closed.test\n\xff@x.test\n" + b"z" * 100000 + b"@x.test\n"
		        b"\"a \\\"b\"@x.test\na@x.test")
	done = suppress(lab, "check", "-F", path, "-a", "acme")
	lines = done.stdout.decode().splitlines()
	tap.ok(len(lines) == 8 and [line.split(": ")[1] for line in lines] == [
		"suppressed", "may be mailed", "no address", "suppressed", "no address",
		"no address", "may be mailed", "suppressed"],
		"check --file: an answer a line", done.stdout + done.stderr)
	tap.ok(done.returncode == 65 and "until 2099-12-31" in lines[0],
	       "65 where a line is no address", done.returncode)
	for account, answers in (("shop", [False, True]), (None, [True, True])):
		done = suppress(lab, "check", "-F", "-", "-f", "json", *(
			("-a", account) if account else ()), data=b"a@x.test\nx@closed.test\n")
		tap.same([json.loads(line)["suppressed"] for line in done.stdout.splitlines()],
		         answers, "as JSON, account %s" % account)
	tap.same([suppress(lab, "check", "-F", "-", data=data).returncode for data in (
		b"a@x.test\n", b"free@x.test\n", b"")], [1, 0, 0], "the exit status")
	done = suppress(lab, "check", "-F", "-", "-f", "csv", data=b"=a@x.test\na@x.test")
	tap.same(done.stdout.decode().split("\r\n")[1:], [
		"'=a@x.test,may be mailed,,,,,,", "a@x.test,suppressed,acme,,asked,staff,%s,"
		"2099-12-31" % lab.postgres.sql("SELECT carom.day()"), ""], "as CSV")
	many = b"".join(b"free%d@x.test\na@x.test\n" % n for n in range(2500))
	done = suppress(lab, "check", "-F", "-", data=many)
	lines = done.stdout.split(b"\n")[:-1]
	tap.ok(len(lines) == 5000 and all(line.startswith(
		b"a@x.test: suppressed" if n % 2 else b"free%d@x.test: may be" % (n // 2))
		for n, line in enumerate(lines)), "many, in their order", lines[:3])


def memory(tap, lab):
	"""Peak memory is the same for ten times as many rows."""
	peaks = []
	for rows in (MANY // 10, MANY):
		empty(lab)
		path = os.path.join(lab.folder, "many.csv")
		# not in our own memory: a program's peak begins with its parent's
		with open(path, "wb") as f:
			f.write(b"address,reason,note\n")
			for n in range(rows):
				f.write(b"user%d@x%d.test,asked,%s\n" % (n, n % 900, b"n" * 200))
		peak = []
		for args, out in ((("import", path), subprocess.PIPE),
		                  (("export",), subprocess.DEVNULL)):
			process = subprocess.Popen([lab.carom, "--config", lab.conf, "suppress",
			                            *args], stdout=out, env=clean_environment())
			_, status, usage = os.wait4(process.pid, 0)
			process.returncode = status
			if process.stdout:
				process.stdout.close()
			if status != 0:
				tap.ok(False, "%s of %d rows" % (args[0], rows), status)
			peak.append(usage.ru_maxrss)
		peaks.append(peak)
	if os.environ.get("CAROM_SANITIZED"):
		return
	tap.ok(all(b < a * 1.25 + 2000 for a, b in zip(*peaks)) and
	       max(peaks[1]) < 64 * 1024, "memory does not grow with the file: %s KiB"
	       % peaks, peaks)


def progress(tap, lab):
	"""A bar on a terminal, and none in a file."""
	path = os.path.join(lab.folder, "many.csv")
	ours, theirs = pty.openpty()
	done = subprocess.run([lab.carom, "--config", lab.conf, "suppress", "import", path],
	                      stdout=subprocess.PIPE, stderr=theirs,
	                      env=clean_environment())
	os.close(theirs)
	seen = b""
	try:
		while piece := os.read(ours, 65536):
			seen += piece
	except OSError:
		pass
	os.close(ours)
	tap.ok(b"%" in seen and b"rows" in seen, "a progress bar on a terminal", seen)
	done = suppress(lab, "import", path)
	tap.ok(done.returncode == 0 and done.err == "" and b"kept" in done.stdout,
	       "and none where nobody sees it", done.err)


def wrong_usage(tap, lab):
	for args, code in ((("import",), 64), (("import", "-F", "sisters", "-"), 64),
	                   (("import", "-s", "news", "-"), 64),
	                   (("import", "/nowhere/x.csv"), 78), (("import", "/tmp"), 78),
	                   (("export", "x"), 64), (("export", "-f", "xml"), 64),
	                   (("export", "--since", "yesterday"), 64)):
		done = suppress(lab, *args, data=b"")
		tap.ok(done.returncode == code and done.err.startswith("carom: "),
		       "%s: exit %d" % (" ".join(args), code),
		       "exit %d: %s" % (done.returncode, done.err))
	away = lab.configure({"database": {"conninfo": "host=%s/none dbname=carom"
	                                   % lab.folder}}, lab.folder + "/away.conf")
	for args in ("import", "-"), ("export",):
		done = lab.run_carom("suppress", *args, conf=away, check=False, text="")
		tap.same(done.returncode, 75, "%s: a database that is away" % args[0])


def forgotten(tap, lab):
	"""A person is forgotten: still refused, found by an import, kept by an export."""
	def carom(*args):
		done = lab.run_carom(*args, check=False)
		return done.returncode, done.stdout
	empty(lab)
	lab.postgres.sql("SELECT carom.record('%s', 'whole')" % json.dumps({
		"kind": "complaint", "message_id": "<f1@t>", "from": "dina@person.test",
		"feedback": {"type": "abuse"}, "outcomes": [{
			"recipient": "Dina@person.test", "action": "complained",
			"account": "acme", "confidence": "proven"}]}))
	code, out = carom("forget", "-f", "json", "--dry-run", "DINA@person.test")
	counts = {row["what"]: row["rows"] for row in json.loads(out)}
	tap.same([code, counts["entries"], counts["events"], counts["messages"]], [0, 1, 1, 1],
	         "carom forget --dry-run counts")
	tap.contains(carom("explain", "dina@person.test")[1], "complaint:abuse",
	             "and changes nothing")
	code, out = carom("forget", "--note", "request 7", '"dina"@Person.test')
	tap.ok(code == 0 and "1  entries" in out and "forgotten" in out,
	       "carom forget says what was cleaned", out)
	dump = run(["pg_dump", "-h", lab.postgres.socket, "-a", "-n", "carom", "carom"]).stdout
	tap.ok("forget_key" in dump and "person.test" not in dump.lower(),
	       "nothing in the database holds the address",
	       [x for x in dump.splitlines() if "person.test" in x.lower()])
	code, out = carom("suppress", "check", "dina@person.test", "-a", "acme")
	tap.ok(code == 1 and out.startswith("dina@person.test (forgotten) is suppressed"),
	       "it is still refused", out)
	tap.same(carom("suppress", "check", "anin@person.test", "-a", "acme")[0], 0,
	         "and nobody else")
	first = suppress(lab, "export").stdout
	tap.ok(b"#" in first and b"dina" not in first, "an export has a name", first)
	tap.same(imported(lab, first), {"kept": 1}, "that an import takes back")
	tap.same(imported(lab, b"address,reason,account\r\ndina@person.test,asked,acme\r\n"
	                  b"neu@person.test,asked,acme\r\n"), {"added": 1, "kept": 1},
	         "an import of the address finds the entry")
	tap.same(carom("suppress", "add", "dina@person.test", "-r", "x", "-a", "acme")[1],
	         "dina@person.test: kept\n", "so does suppress add")
	wrong = [x for x in lab.run_carom("db", "check", check=False).stdout.split("\n")
	         if x.startswith("WRONG")]
	tap.same(wrong, [], "carom db check finds nothing amiss")
	text = carom("explain", "dina@person.test")[1]
	tap.ok("forget" in text and "complaint:abuse" in text,
	       "carom explain still says why, and that it was forgotten", text)
	name = first.decode().split("\r\n")[1].split(",")[0]
	tap.same(carom("suppress", "remove", name, "-n", "wrote to us", "-a", "acme")[0], 0,
	         "it is taken off by its name")
	tap.same(carom("suppress", "check", "dina@person.test", "-a", "acme")[0], 0,
	         "and mailed again")
	for args in (), ("a@x.test", "b@x.test"), ("-f", "yaml", "a@x.test"):
		tap.same(carom("forget", *args)[0], 64, "carom forget %s: usage" % " ".join(args))
	for address in "@person.test", "nobody", "":
		tap.same(carom("forget", address)[0], 65, "carom forget %s: no address" % address)


def tests(tap, lab):
	there_and_back(tap, lab)
	filters(tap, lab)
	forgotten(tap, lab)
	all_or_nothing(tap, lab)
	bad_input(tap, lab)
	others(tap, lab)
	checked(tap, lab)
	memory(tap, lab)
	progress(tap, lab)
	wrong_usage(tap, lab)


sys.exit(script("lists", tests, needs_root=False))
