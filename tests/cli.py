#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The command line of ./carom, as people and scripts meet it.

What needs a database is in tests/e2e; here there is none, and a command that
wants one must say so and exit 75.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
SOURCE = os.environ.get("CAROM_SOURCE") or os.path.dirname(
	os.path.dirname(os.path.abspath(__file__)))
CAROM = os.environ.get("CAROM", "./carom")
sys.path.insert(0, os.path.join(SOURCE, "tests", "lib"))
from tap import Tap  # noqa: E402

EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_IOERR = 64, 65, 66, 74
EX_TEMPFAIL, EX_CONFIG = 75, 78

BOUNCE = b"""From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: news@b.example
Subject: Undelivered Mail Returned to Sender
Date: Tue, 10 Nov 2026 09:10:01 +0700
Message-ID: <1@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

<a@example.org>: host mx.example.org said: 550 5.1.1 User unknown
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; a@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown
--b--
"""
LETTER = b"From: alice@example.org\nTo: bob@example.com\nSubject: lunch?\n\nAt noon.\n"


def run(*args, data=b"", env=None, stdout=subprocess.PIPE):
	environment = {k: v for k, v in os.environ.items() if k != "CAROM_CONFIG"}
	environment.update(env or {})
	done = subprocess.run([CAROM, *args], input=data, stdout=stdout,
	                      stderr=subprocess.PIPE, env=environment, timeout=120)
	done.out = (done.stdout or b"").decode("utf-8")
	done.err = done.stderr.decode("utf-8", "replace")
	return done


def write(folder, name, content):
	path = os.path.join(folder, name)
	os.makedirs(os.path.dirname(path), exist_ok=True)
	with open(path, "wb") as f:
		f.write(content if isinstance(content, bytes) else content.encode())
	return path


def subcommands():
	return re.findall(r"^  (\w+)  ", run("--help").out, re.M)


def exits(tap, done, code, name, *says):
	"""The exit code, and what standard error says."""
	problems = ["" if part in done.err else "standard error lacks '%s'" % part
	            for part in says]
	if done.returncode != code:
		problems.append("exit %d, not %d" % (done.returncode, code))
	problems = [p for p in problems if p]
	tap.ok(not problems, name, "\n".join(
		problems + ["stdout: " + done.out[-500:], "stderr: " + done.err[-500:]]))


def test_usage(tap):
	commands = subcommands()
	tap.ok(len(commands) >= 8 and "parse" in commands, "--help lists commands",
	       commands)
	exits(tap, run(), EX_USAGE, "no arguments", "Usage: carom")
	exits(tap, run("no-such"), EX_USAGE, "unknown subcommand", '"no-such"',
	      "Usage: carom")
	version = run("--version")
	tap.ok(version.returncode == 0 and re.fullmatch(r"carom \d+\.\d+\.\d+\n",
	                                                version.out),
	       "--version", version.out)
	for command in commands:
		done = run(command, "--help")
		tap.ok(done.returncode == 0 and "carom " + command in done.out and
		       "--config" in done.out, "%s --help" % command,
		       done.out + done.err)
		wanted = EX_TEMPFAIL if command == "pipe" else EX_USAGE
		exits(tap, run(command, "--no-such-option"), wanted,
		      "%s with a wrong option" % command, "carom: ", "--no-such-option")
	for args, says in (
			(["parse", "--format", "xml"], '"xml"'),
			(["rules"], "check, list"), (["rules", "chek"], "check, list"),
			(["explain"], "one reply text"), (["explain", "a", "b"], "one reply"),
			(["explain", ""], "empty"), (["explain", " \t"], "empty"),
			(["verp", "encode", "a@x.example"], "--sender"),
			(["verp", "encode", "a@x.example", "-s", "foo"], '"foo"'),
			(["verp", "encode", "a@x.example", "-s", "b@x.example", "-n", "33554432"],
			 "--stream"), (["verp", "decode"], "verp wants"),
			(["verp", "decode", "a", "b"], "verp wants"),
			(["verp", "publish", "/etc/keys"], "standard input"),
			(["help", "no-such"], '"no-such"'),
			(["explain", "--provider", "nobody", "550 no"], '"nobody"'),
			(["explain", "--format", "csv", "550 no"], '"csv"'),
			(["explain", "--lang", "fr", "550 no"], '"fr"'),
			(["report", "--day", "2026-13-01"], '"2026-13-01"'),
			(["report", "--day", "yesterday"], "YYYY-MM-DD"),
			(["suppress", "add", "a@example.org", "--reason", "r",
			  "--expires", "tomorrow"], "YYYY-MM-DD"),
			(["suppress"], "suppress wants"), (["suppress", "lst"], "wants list"),
			(["suppress", "list", "x"], "no argument"),
			(["suppress", "check"], "one address"),
			(["suppress", "check", "a@x.example", "b@x.example"], "one address"),
			(["suppress", "list", "--file", "x"], "--file"),
			(["suppress", "check", "a@x.example", "--file", "x"], "--file"),
			(["suppress", "list", "--format", "yaml"], '"yaml"'),
			(["suppress", "check", "a@x.example", "-s", "news"], "--account"),
			(["suppress", "add", "a@x.example"], "--reason"),
			(["suppress", "add", "a@x.example", "-r", " "], "--reason"),
			(["suppress", "remove", "a@x.example"], "--note"),
			(["webhook"], "webhook wants"), (["webhook", "add"], "one URL"),
			(["webhook", "pause"], "the id"), (["webhook", "list", "x"], "no argument"),
			(["webhook", "replay", "x"], "--dead"),
			(["webhook", "replay", "x", "--dead", "--after", "start"], "one of"),
			(["webhook", "replay", "x", "--since", "noon"], '"noon"'),
			(["webhook", "rotate", "x", "--hours", "721"], "720"),
			(["webhook", "deliveries", "x", "--state", "lost"], '"lost"'),
			(["webhook", "add", "https://x.example", "-S", "news"], "--account"),
			(["serve", "--role", "webhook"], "webhooks")):
		exits(tap, run(*args), EX_USAGE, " ".join(args), "carom: ", says)


def test_help(tap):
	tap.same(run("help").out, run("--help").out, "carom help")
	for command in subcommands():
		tap.same(run("help", command).out, run(command, "--help").out,
		         "carom help " + command)
		# the last option's default is a path of this build
		wide = [l for l in run(command, "--help").out.splitlines()
		        if len(l) > 80 and "carom.conf" not in l]
		tap.ok(not wide, command + " --help fits 80 columns", wide)
	wide = [l for l in run("--help").out.splitlines() if len(l) > 80]
	tap.ok(not wide, "--help fits 80 columns", wide)


def test_no_keys(tap, folder):
	"""Staff may not read the keys; what only looks works all the same."""
	conf = write(folder, "keys.conf", "[bounce]\nkeys = %s/absent\n" % folder)
	done = run("explain", "--config", conf, "552 5.2.2 Mailbox full")
	tap.ok(done.returncode == 0 and not done.err, "explain without keys", done.err)
	done = run("rules", "list", "--config", conf)
	tap.ok(done.returncode == 0 and not done.err, "rules without keys", done.err)


def test_words(tap):
	"""explain knows what carom itself writes into reports and logs."""
	for word, says in (("complaint:abuse", "complaint:abuse"), ("hard", "class:hard"),
	                   ("guessed", "confidence:guessed"), ("gmail", "provider"),
	                   ("auth-dmarc", "conditions"), ("mailbox_full", "mailbox_full")):
		for lang in ("en", "id"):
			done = run("explain", "--lang", lang, word)
			tap.ok(done.returncode == 0 and not done.err and
			       (says in done.out or lang == "id"),
			       "explain %s, %s" % (word, lang), done.out + done.err)
	for text, says in (("mailbox_ful", "mailbox_full"), ("recipient-unknown",
	                   "recipient_unknown"), ("hello world", "no reply")):
		exits(tap, run("explain", text), EX_DATAERR, "explain " + text, says)
	done = run("explain", "-ERR 550 5.1.1 User unknown")
	tap.contains(done.out, "recipient_unknown", "a reply that begins with a dash")
	done = run("explain", "--format", "json", "--", "-ERR 550 5.1.1 User unknown")
	tap.same(json.loads(done.out)["category"], "recipient_unknown", "after --, too")
	lines = b"550 5.1.1 User unknown\nhello world\n\n-ERR 552 5.2.2 Mailbox full"
	done = run("explain", "--format", "json", "-", data=lines)
	tap.same([json.loads(l)["category"] for l in done.out.splitlines()],
	         ["recipient_unknown", "undetermined", "undetermined", "mailbox_full"],
	         "explain - reads a reply a line, and answers a line each")
	done = run("explain", "550 5.1.1 \u202eUser\u200b unknown")
	tap.contains(done.out, "recipient_unknown", "marks without a width are not there")
	hypothetical = run("explain", "550 5.1.1 User unknown").out
	tap.ok("has suppressed" not in hypothetical, "nobody was suppressed by asking",
	       hypothetical)


def test_no_address(tap):
	"""An empty variable in a script must not read as "send"."""
	for address, says in (("", "empty"), (" ", "empty"),
	                      ("notanaddress", '"notanaddress" is no address'),
	                      ("a@b@c.example", "is no address"),
	                      ("@gmail.com", "--domain")):
		exits(tap, run("suppress", "check", address), EX_DATAERR,
		      "suppress check '%s'" % address, says)
	for domain in ("@com", "@co.uk"):
		exits(tap, run("suppress", "add", domain, "-r", "x"), EX_DATAERR,
		      "suppress add " + domain, '"%s"' % domain)


def test_pipe(tap, folder):
	"""Whatever goes wrong, Postfix must try again, and must not take what is
	printed for a status code.
	"""
	conf = write(folder, "away.conf",
	             "[database]\nconninfo = host=%s dbname=none\n[log]\nsyslog = no\n"
	             % folder)
	bad = write(folder, "bad.conf", "[no-such-group]\n")
	for name, args in (("wrong option", ["--reciepient=x"]),
	                   ("an argument", ["x"]),
	                   ("no configuration", ["--config", folder + "/absent"]),
	                   ("wrong configuration", ["--config", bad]),
	                   ("database away", ["--config", conf])):
		done = run("pipe", *args, data=BOUNCE)
		lines = done.err.splitlines()
		tap.ok(done.returncode == EX_TEMPFAIL and lines and not done.out and
		       all(line.startswith("carom: ") for line in lines),
		       "pipe, %s: exit 75 and lines that begin with carom:" % name,
		       "exit %d\n%s%s" % (done.returncode, done.out, done.err))


def test_parse(tap, folder):
	def answers(*args, **more):
		done = run("parse", *args, **more)
		return [json.loads(line) for line in done.out.splitlines()], done

	one = write(folder, "one.eml", BOUNCE)
	two = write(folder, "two.eml", LETTER)
	got, done = answers(data=BOUNCE)
	tap.ok(done.returncode == 0 and len(got) == 1 and got[0]["kind"] == "bounce"
	       and got[0]["file"] == "-" and got[0]["size"] == len(BOUNCE),
	       "parse of standard input", done.out)
	tap.same(answers("-", data=BOUNCE)[0], got, "parse - is the same")
	outcome = got[0]["outcomes"][0]
	tap.ok(outcome["recipient"] == "a@example.org" and
	       outcome["status"] == "5.1.1" and outcome["reply"] == "550" and
	       outcome["category"] == "recipient_unknown" and
	       outcome["class"] == "hard", "what the bounce says", done.out)
	got, done = answers(one, two)
	tap.same([a["kind"] for a in got], ["bounce", "unrecognised"],
	         "parse of two files")
	got, done = answers(one, os.path.join(folder, "absent.eml"), two)
	tap.ok(done.returncode == EX_NOINPUT and len(got) == 2 and
	       "absent.eml" in done.err, "an absent file is told, the others read",
	       done.out + done.err)
	crlf = write(folder, "crlf.eml", BOUNCE.replace(b"\n", b"\r\n"))
	strip = lambda a: {k: v for k, v in a.items() if k not in ("file", "size")}
	got, done = answers(one, crlf)
	tap.same(strip(got[1]), strip(got[0]), "CR LF makes no difference")

	separator = b"From MAILER-DAEMON Tue Nov 10 09:10:01 2026\n"
	mbox = write(folder, "mbox", separator + BOUNCE + b"\n" + separator + LETTER)
	got, done = answers(mbox)
	tap.same([(a["file"], a["kind"]) for a in got],
	         [(mbox + "#1", "bounce"), (mbox + "#2", "unrecognised")],
	         "parse of an mbox")
	with open(mbox, "rb") as f:
		got, done = answers(data=f.read())
	tap.same([(a["file"], a["kind"]) for a in got], [("-", "bounce")],
	         "standard input is one message")
	maildir = os.path.join(folder, "Maildir")
	write(maildir, "cur/1.x:2,S", BOUNCE)
	write(maildir, "new/2.y", LETTER)
	write(maildir, "tmp/3.z", b"being written")
	got, done = answers(maildir)
	tap.same([a["kind"] for a in got], ["bounce", "unrecognised"],
	         "parse of a Maildir leaves tmp alone")
	write(maildir, "new/4.z", separator + BOUNCE + b"\n" + separator + LETTER)
	got, done = answers(os.path.join(maildir, "new"))
	tap.same([a["kind"] for a in got], ["unrecognised", "bounce"],
	         "a file of a Maildir is one message")
	twice = write(folder, "crcrlf.eml", BOUNCE.replace(b"\n", b"\r\r\n"))
	got, done = answers(one, twice)
	tap.same(strip(got[1]), strip(got[0]), "CR CR LF makes no difference")
	got, done = answers(data=b"")
	tap.ok(done.returncode == 0 and got and got[0]["kind"] == "unrecognised",
	       "parse of nothing", done.out + done.err)

	text = run("parse", "--format", "text", one)
	tap.ok(text.returncode == 0 and "a@example.org" in text.out and
	       "recipient_unknown" in text.out and "550 5.1.1" in text.out,
	       "parse --format text", text.out)


def test_full_disk(tap, folder):
	"""Whatever prints says so when it could not write: a list that was cut must
	not look whole. What needs a database is tried in e2e/output.py.
	"""
	one = write(folder, "full.eml", BOUNCE)
	for args in (["parse", one], ["parse", "-f", "text", one], ["rules", "list"],
	             ["rules", "check"], ["config"], ["explain", "550 5.1.1 no such user"],
	             ["explain", "-f", "json", "550 5.1.1 no such user"],
	             ["verp", "decode", "a@example.org"], ["--version"], ["help"]):
		with open("/dev/full", "wb") as full:
			done = run(*args, stdout=full)
		exits(tap, done, EX_IOERR, "%s to a full disk" % " ".join(args[:2]),
		      "carom: ", "standard output")


def test_config(tap, folder):
	bad = write(folder, "typo.conf", "[bounce]\ndomain = x\n")
	good = write(folder, "good.conf", "[report]\ntimezone = Asia/Jakarta\n")
	for name, args, env in (
			("behind", ["config", "--config", bad], {}),
			("in front", ["--config", bad, "config"], {}),
			("in front, one word", ["--config=" + bad, "config"], {}),
			("CAROM_CONFIG", ["config"], {"CAROM_CONFIG": bad})):
		exits(tap, run(*args, env=env), EX_CONFIG, "a wrong key, --config " + name,
		      "carom: ", "typo.conf", "domain in [bounce]", "domains in [bounce]")
	for args, env in ((["config", "--config", good], {}),
	                  (["config"], {"CAROM_CONFIG": good})):
		done = run(*args, env=env)
		tap.ok(done.returncode == 0 and "timezone = Asia/Jakarta\n" in done.out,
		       "a good file, %s" % (env or "--config"), done.out + done.err)
	exits(tap, run("config", "--config", folder + "/absent.conf"), EX_CONFIG,
	      "an absent file that was named", "absent.conf")
	looks_at_the_host(tap, folder)
	dump = run("config", "--config", good)
	again = write(folder, "again.conf", dump.out)
	second = run("config", "--config", again)
	settings = lambda text: [l for l in text.splitlines()
	                         if l and not l.startswith("#")]
	tap.same(settings(second.out), settings(dump.out),
	         "carom config can be read again")
	empty = os.path.join(folder, "empty")
	os.makedirs(empty)
	exits(tap, run("parse", data=LETTER, env={"CAROM_DATADIR": empty}), EX_CONFIG,
	      "no data files", "carom: ", "empty")


def looks_at_the_host(tap, folder):
	"""`carom config` says whether the configuration is right, so it looks."""
	keys = write(folder, "no-keys", "this is no key\n")
	os.chmod(keys, 0o600)
	quiet = ("[serve]\nlmtp-socket =\ninbound-socket =\noutbound-socket =\n"
	         "socket-group =\n")
	for text, says in (
			("[bounce]\nkeys = %s/absent\n" % folder, "keys in [bounce]"),
			("[bounce]\nkeys = %s\n" % keys, "no-keys:1: a key's id"),
			("[rules]\nlocal = %s/absent\n" % folder, "local in [rules]"),
			("[report]\ntimezone = Mars/Phobos\n", "Mars/Phobos"),
			("[bounce]\ndelimiters = ab\n", "delimiters in [bounce]"),
			("[bounce]\ndomains = b.example # c\n", "domains in [bounce]"),
			("[outbound]\nreturn-address = foo\n", '"foo" is no address'),
			("[streams]\n0 = acme\n", "[streams]"),
			("[streams]\n1024 = acme\n", "[streams]"),
			("[senders]\nn@b.example = a/b/c\n", '"a/b/c"'),
			("[database]\nconninfo = hots=db\n", '"hots"'),
			("[bounce]\nlifetime = 2\nlifetime = 3\n", "a second time")):
		conf = write(folder, "wrong.conf", quiet + text)
		exits(tap, run("config", "--config", conf), EX_CONFIG,
		      "config: " + text.splitlines()[-1], "carom: ", "wrong.conf" if
		      "no-keys" not in says else "no-keys", says)
	for text, says in (
			("[serve]\ninbound-socket = inet:99999@127.0.0.1\n", "inbound-socket"),
			("[serve]\nsocket-group = nosuchgroup\n", "nosuchgroup")):
		conf = write(folder, "wrong.conf", text)
		exits(tap, run("config", "--config", conf), EX_CONFIG,
		      "config: " + text.splitlines()[-1], "wrong.conf", says)
	conf = write(folder, "quiet.conf", quiet + "[own]\nhostnames = other.example\n")
	write(folder, "bin/postconf", "#!/bin/sh\necho mx.example\n")
	os.chmod(os.path.join(folder, "bin", "postconf"), 0o755)
	done = run("config", "--config", conf, env={"PATH": folder + "/bin"})
	tap.ok(done.returncode == 0 and "warning" in done.err and "mx.example" in
	       done.err, "config: Postfix has another name: a warning", done.err)
	exits(tap, run("config", "x"), EX_USAGE, "config takes no argument", '"x"')


def settings_of(text):
	"""(group, key) -> value, of a configuration file."""
	found, group = {}, ""
	for line in text.splitlines():
		if line.startswith("[") and line.endswith("]"):
			group = line[1:-1]
		elif not line.startswith("#") and "=" in line:
			key, value = line.split("=", 1)
			found[group, key.strip()] = value.strip()
	return found


def test_documented_settings(tap, folder):
	"""Each setting is in the sample and on its man page, and no other is."""
	defaults = settings_of(run("config", "--config",
	                           write(folder, "none.conf", "")).out)
	tap.ok(len(defaults) > 15, "carom config prints settings", defaults)
	sample = os.path.join(SOURCE, "contrib", "carom.conf")
	with open(sample, encoding="utf-8") as f:
		text = f.read()
	# settings that stand there behind a # with their default
	text = re.sub(r"^# ?([a-z][a-z-]* = )", r"\1", text, flags=re.M)
	text = re.sub(r"^# ?(\[[a-z]+\])$", r"\1", text, flags=re.M)
	shown = settings_of(text)
	missing = [k for k in defaults if k not in shown]
	tap.ok(not missing, "contrib/carom.conf shows every setting", missing)
	done = run("config", "--config", sample)
	tap.ok(done.returncode == 0, "contrib/carom.conf is right", done.err)
	page = os.path.join(SOURCE, "man", "carom.conf.5")
	if not os.path.exists(page):
		tap.count += 1
		print("ok %d - man page # SKIP there is no carom.conf(5) yet" % tap.count)
		return
	with open(page, encoding="utf-8") as f:
		roff = f.read().replace("\\-", "-")
	missing = ["[%s] %s" % k for k in defaults
	           if not re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(k[1]), roff)]
	tap.ok(not missing, "carom.conf(5) tells of every setting", missing)
	keys = {k[1] for k in defaults}
	written = re.findall(r"^\.(?:B|IP|BI|BR) \"?([a-z][a-z-]+) =", roff, re.M)
	unknown = [k for k in written if k not in keys]
	tap.ok(not unknown, "carom.conf(5) tells of no other", unknown)


def test_rules(tap, folder):
	check = run("rules", "check")
	tap.ok(check.returncode == 0, "the shipped rules pass carom rules check",
	       check.out[-3000:] + check.err)
	listed = run("rules", "list").out.splitlines()
	counted = re.search(r"(\d+) rules", check.out)
	tap.ok(counted and len(listed) == int(counted.group(1)) > 100,
	       "rules list lists as many as were checked", check.out[-200:])
	ids = [line.split("\t")[0] for line in listed]
	tap.ok(len(set(ids)) == len(ids), "each rule has its own id",
	       sorted({i for i in ids if ids.count(i) > 1}))

	write(folder, "rules.d/10-own.rules",
	      "own-rule  mailbox_full\n\t/frobnicated/\n\t> 550 you are frobnicated\n")
	conf = write(folder, "rules.conf", "[rules]\nlocal = %s/rules.d\n" % folder)
	done = run("explain", "--config", conf, "--format", "json",
	           "550 5.1.1 User unknown and frobnicated")
	tap.ok(done.returncode == 0 and json.loads(done.out)["rule"] == "own-rule",
	       "a local rule comes first", done.out + done.err)
	write(folder, "rules.d/10-own.rules",
	      "own-rule  mailbox_full\n\t/frobnicated/\n\t> 550 all is well\n")
	done = run("rules", "check", "--config", conf)
	tap.ok(done.returncode == EX_DATAERR and "10-own.rules:1: " in done.out,
	       "rules check finds a rule that misses its example", done.out)
	write(folder, "rules.d/10-own.rules", "own-rule  no_such_category\n")
	exits(tap, run("parse", "--config", conf, data=LETTER), EX_CONFIG,
	      "a broken local file is told", "10-own.rules:1: ", "no_such_category")
	conf = write(folder, "norules.conf", "[rules]\nlocal = %s/gone\n" % folder)
	exits(tap, run("rules", "check", "--config", conf), EX_CONFIG,
	      "a folder that was named must be there", "gone")


def test_explain(tap):
	done = run("explain", "--format", "json", "552 5.2.2 Mailbox full")
	answer = json.loads(done.out)
	tap.ok(answer["category"] == "mailbox_full" and answer["class"] == "soft" and
	       answer["rule"] and answer["means"] and answer["do"],
	       "explain --format json", done.out)
	for lang, word in (("en", "means"), ("id", "arti")):
		done = run("explain", "--lang", lang, "552 5.2.2 Mailbox full")
		tap.contains(done.out, "\n" + word, "explain --lang " + lang)
	for locale, word in (("id_ID.UTF-8", "arti"), ("id", "arti"), ("it", "means")):
		done = run("explain", "552 5.2.2 Mailbox full",
		           env={"LANGUAGE": "", "LC_ALL": locale})
		tap.contains(done.out, "\n" + word, "explain in the locale " + locale)
	done = run("explain", "--lang", "id", "--format", "json",
	           "550 5.7.26 Unauthenticated email from example.com is not accepted "
	           "due to domain's DMARC policy")
	tap.ok(json.loads(done.out).get("guide") == "DMARC", "a group of the guide",
	       done.out)
	with open(os.path.join(SOURCE, "src", "report", "category.def"), encoding="utf-8") as f:
		categories = re.findall(r'^CAROM_CATEGORY\(\w+, "(\w+)", (\w+)\)', f.read(),
		                        re.M)
	tap.same(len(categories), 35, "there are 35 categories")
	silent = []
	for name, group in categories:
		for lang in ("en", "id"):
			done = run("explain", "--lang", lang, "--format", "json", name)
			answer = json.loads(done.out) if done.returncode == 0 else {}
			if (answer.get("category") != name or not answer.get("means") or
			    not answer.get("do") or answer.get("class") != group.lower()):
				silent.append((name, lang))
	tap.ok(not silent, "explain tells of each category in both languages", silent)


def test_no_database(tap, folder):
	conf = write(folder, "nodb.conf",
	             "[database]\nconninfo = host=%s dbname=none\n" % folder)
	for args in (["suppress", "list"], ["suppress", "check", "a@example.org"],
	             ["db", "check"], ["report"]):
		exits(tap, run(*args, "--config", conf), EX_TEMPFAIL,
		      " ".join(args) + " without a database", "carom: ")


def main():
	tap = Tap()
	with tempfile.TemporaryDirectory(prefix="carom-cli.") as folder:
		test_usage(tap)
		test_help(tap)
		test_no_keys(tap, folder)
		test_words(tap)
		test_no_address(tap)
		test_pipe(tap, folder)
		test_parse(tap, folder)
		test_full_disk(tap, folder)
		test_config(tap, folder)
		test_documented_settings(tap, folder)
		test_rules(tap, folder)
		test_explain(tap)
		test_no_database(tap, folder)
	return tap.done()


if __name__ == "__main__":
	sys.exit(main())
