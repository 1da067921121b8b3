#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A real Postfix's log, read again and again: each recipient counts once."""

import datetime
import gzip
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import settings  # noqa: E402
from lab import wait_until, write_file  # noqa: E402
from tap import script  # noqa: E402

NEWS, SHOP = "news@b.example.com", "shop@example.com"
STREAMS = {NEWS: "acme/newsletter", SHOP: "acme/receipts"}


def carom(lab, *args, check=True, **more):
	return lab.run_carom("import", "maillog", *args, check=check, **more)


def numbers(lab, where="true"):
	"""'stream provider outcome class told: recipients' of what was counted."""
	rows = lab.postgres.sql(
		"SELECT concat_ws(' ', stream, provider, outcome, nullif(class, ''), told) || ': ' || "
		"sum(recipients) FROM carom.delivery WHERE outcome <> 'deferred' AND %s "
		"GROUP BY stream, provider, outcome, class, told ORDER BY 1" % where)
	return rows.splitlines()


def daily(lab, columns):
	return lab.postgres.sql(
		"SELECT %s FROM carom.daily" % ", ".join(
			"coalesce(sum(%s), -1)" % c for c in columns.split()))


def send(lab):
	for person in ("a@gmail.com", "unknown.b@gmail.com", "c@yahoo.com"):
		lab.postfix.submit(NEWS, person, samples.newsletter(to=person))
	for person in ("d@gmail.com", "unknown.e@yahoo.com", "blocked.f@outlook.com"):
		lab.postfix.submit(SHOP, person, samples.newsletter(SHOP, person))
	# greylisted, and then taken; put off until the time is up
	lab.postfix.submit(NEWS, ["greylist.g@gmail.com", "slow.h@gmail.com"],
	                   samples.newsletter())
	lab.postfix.wait_empty(60)


WANTED = [
	"newsletter gmail delivered f: 2", "newsletter gmail expired soft t: 1",
	"newsletter gmail refused hard t: 1", "newsletter yahoo_aol delivered f: 1",
	"receipts gmail delivered f: 1",
	"receipts microsoft_consumer refused block f: 1",
	"receipts yahoo_aol refused hard f: 1"]


def first_time(tap, lab, log):
	done = carom(lab, log)
	tap.same(numbers(lab), WANTED, "sent, refused and given up, each recipient once")
	tap.same(lab.postgres.sql("SELECT DISTINCT account FROM carom.delivery"), "acme",
	         "by the sender's account")
	tap.ok(int(lab.postgres.sql(
		"SELECT sum(recipients) FROM carom.delivery WHERE outcome = 'deferred'")) >= 2,
		"what was put off is counted as attempts")
	tap.contains(done.stdout, "delivered  4\nrefused    3\nexpired    1\n",
	             "and told")
	tap.contains(done.stdout, "mail that others send", "reports are no mail of ours")


def once(tap, lab):
	"""The reports of news@ came to carom; those of shop@ did not."""
	tap.same(lab.count("event", "action = 'failed'"), 2,
	         "Postfix's own reports of two came here")
	tap.same(daily(lab, "sent delivered bounced hard soft block"), "8|4|4|2|1|1",
	         "what is refused counts once, with and without a report")
	lab.postgres.sql("SELECT carom.set_volume(carom.day(), 'acme', 'newsletter', "
	                 "'gmail', 40)")
	tap.same(daily(lab, "sent"), "43", "who counted while it was sent knows better")
	lab.postgres.sql("DELETE FROM carom.volume")


def again(tap, lab, log):
	folder = os.path.dirname(log)
	before = numbers(lab)
	tap.contains(carom(lab, log).stdout, "nothing new", "read twice: nothing new")
	done = carom(lab, "--again", log)
	tap.contains(done.stdout, "were counted before", "its lines are known")
	with open(log, "rb") as f:
		text = f.read()
	half = text.index(b"\n", len(text) // 2) + 1
	one, two = os.path.join(folder, "one"), os.path.join(folder, "two.gz")
	with open(one, "wb") as f:
		f.write(text[:half])
	with gzip.open(two, "wb") as f:
		f.write(text[half:])
	carom(lab, two, one)
	with open(log, "rb") as f:
		carom(lab, data=f.read())
	with gzip.open(log + ".gz", "wb") as f:
		f.write(text)
	carom(lab, log + ".gz")
	carom(lab, journal(folder, text.decode()))
	tap.same(numbers(lab), before,
	         "cut in two, from a pipe, compressed, from the journal: counted once")


def journal(folder, text):
	"""The same log as journalctl -o export tells it, if slower."""
	path = os.path.join(folder, "journal.export")
	year = datetime.date.today().year
	with open(path, "w") as f:
		for line in text.splitlines():
			at = datetime.datetime.strptime("%d %s" % (year, line[:15]),
			                                "%Y %b %d %H:%M:%S")
			host, tag, message = line[16:].split(" ", 2)
			f.write("__CURSOR=s=%d\n__REALTIME_TIMESTAMP=%d\n_HOSTNAME=%s\n"
			        "SYSLOG_IDENTIFIER=%s\nMESSAGE=%s\n\n" % (
				        f.tell(), at.timestamp() * 1e6, host,
				        tag.split("[")[0], message))
	return path


def rotated(tap, lab, log):
	"""A message that is under way while the log is rotated and compressed."""
	lab.postfix.submit(NEWS, "greylist.k@gmail.com", samples.newsletter())
	wait_until(lambda: "greylist.k" in lab.postfix.log_text(), 20, "it was tried")
	carom(lab, log)
	before = dict(n.split(": ") for n in numbers(lab))
	old = log + ".1"
	with open(log, "rb") as f, gzip.open(old + ".gz", "wb") as g:
		shutil.copyfileobj(f, g)
	open(log, "w").close()
	lab.postfix.wait_empty(60)
	carom(lab, log, old + ".gz")
	after = dict(n.split(": ") for n in numbers(lab))
	name = "newsletter gmail delivered f"
	tap.same(int(after.get(name, 0)) - int(before[name]), 1,
	         "a message under way is known after the log was rotated")
	before.pop(name), after.pop(name)
	tap.same(after, before, "and nothing else counts again")


def filtered(tap, lab):
	"""A content filter hands the same message back under another id."""
	text = """\
Nov 20 12:00:00 mx postfix/pickup[1]: AAAAA1: uid=0 from=<news>
Nov 20 12:00:00 mx postfix/qmgr[1]: AAAAA1: from=<news@b.example.com>, size=1, nrcpt=1 (queue active)
Nov 20 12:00:01 mx postfix/smtpd[2]: BBBBB2: client=localhost[127.0.0.1]
Nov 20 12:00:01 mx postfix/qmgr[1]: BBBBB2: from=<news@b.example.com>, size=1, nrcpt=1 (queue active)
Nov 20 12:00:01 mx postfix/smtp[3]: AAAAA1: to=<x@gmail.com>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 from MTA: 250 2.0.0 Ok: queued as BBBBB2)
Nov 20 12:00:01 mx postfix/qmgr[1]: AAAAA1: removed
Nov 20 12:00:02 mx postfix/smtp[3]: BBBBB2: to=<x@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.1]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 OK)
Nov 20 12:00:02 mx postfix/qmgr[1]: BBBBB2: removed
Nov 20 12:00:03 mx postfix/smtpd[2]: CCCCC3: client=spike.example[203.0.113.7]
Nov 20 12:00:03 mx postfix/qmgr[1]: CCCCC3: from=<news@b.example.com>, size=1, nrcpt=1 (queue active)
Nov 20 12:00:03 mx postfix/smtp[3]: CCCCC3: to=<staff@yahoo.com>, relay=mail.example.com[192.0.2.2]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 OK)
Nov 20 12:00:03 mx postfix/smtpd[2]: EEEEE5: client=localhost[127.0.0.1], orig_queue_id=EEEEE4, orig_client=spike.example[203.0.113.7]
Nov 20 12:00:03 mx postfix/qmgr[1]: EEEEE5: from=<spike@spike.example>, size=1, nrcpt=1 (queue active)
Nov 20 12:00:03 mx postfix/smtp[3]: EEEEE5: to=<staff@yahoo.com>, relay=mail.example.com[192.0.2.2]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 OK)
Nov 20 12:00:04 mx postfix/smtp[3]: DDDDD4: to=<x@yahoo.com>, relay=mail.example.com[192.0.2.2]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 OK)
"""
	day = "day < carom.day() - 1"
	path = write_file(os.path.join(lab.folder, "filtered"), text)
	done = carom(lab, path)
	tap.same(numbers(lab, day), ["newsletter gmail delivered f: 1"],
	         "a filter's copy counts once, a stranger's mail and one without a "
	         "beginning not at all")
	tap.contains(done.stdout, "headless   1 recipients", "which is told")


def alive(tap, lab):
	"""A server takes mail for one who is on the list, and for one who is not."""
	lab.postgres.sql(
		"SELECT carom.record('{\"kind\": \"bounce\", \"message_id\": \"<alive@t>\", \"outcomes\": "
		"[{\"recipient\": \"Alive@gmail.com\", \"action\": \"failed\", \"category\": "
		"\"recipient_unknown\", \"confidence\": \"proven\"}]}'); "
		"UPDATE carom.suppression SET changed_at = now() - interval '1 hour' "
		"WHERE address = 'alive@gmail.com'")
	for person in ("ALIVE@gmail.com", "healthy@gmail.com"):
		lab.postfix.submit(NEWS, person, samples.newsletter(to=person))
	lab.postfix.wait_empty(60)
	done = carom(lab, lab.postfix.log)
	tap.contains(done.stdout, "noted      1 addresses", "one delivery of these matters")
	tap.same(lab.postgres.sql("SELECT address FROM carom.delivered"), "alive@gmail.com",
	         "and it alone is kept with its address")
	rows = json.loads(lab.run_carom("suppress", "alive", "--format", "json").stdout)
	tap.same([(r["address"], r["sign"]) for r in rows], [("alive@gmail.com", "accepted")],
	         "suppress alive tells of it")
	lab.postgres.sql("SELECT carom.unsuppress('alive@gmail.com', 'test')")


COUNTS = """\
day,account,stream,provider,metric,value
%(day)s,acme,newsletter,gmail,opens,31
%(day)s,acme,newsletter,gmail,sent,1000
%(day)s,acme,,,orders,2
"""
SNDS = """\
192.0.2.8,%(us)s 12:00 AM,%(us)s 11:59 PM,120,118,119,GREEN,< 0.1%%,,,0,mx.example.com,news@example.com,
192.0.2.9,%(us)s 12:00 AM,%(us)s 11:59 PM,120,118,119,RED,0.5%%,,,3,,,
"""
STATS = {"domainStats": [
	{"name": "domains/example.com/domainStats/1", "metric": "SPAM_RATE",
	 "value": {"doubleValue": 0.0012}}]}


def figures(tap, lab):
	"""What others count, beside our own."""
	today = datetime.datetime.now(datetime.timezone.utc).date()
	day = {"day": today.isoformat(), "us": today.strftime("%m/%d/%Y")}
	STATS["domainStats"][0]["date"] = {"year": today.year, "month": today.month,
	                                   "day": today.day}

	def take(source, text, check=True):
		path = write_file(os.path.join(lab.folder, source + ".in"), text)
		return path, lab.run_carom("import", source, path, check=check)

	_, done = take("counts", COUNTS % day)
	tap.contains(done.stdout, "3 figures, 3 new, 0 changed", "counts are taken")
	_, done = take("counts", COUNTS.replace("31", "32") % day)
	tap.contains(done.stdout, "3 figures, 0 new, 1 changed",
	             "again: the same figure replaces")
	tap.same(lab.postgres.sql("SELECT sent FROM carom.volume"), "1000",
	         "what was sent is what rates are divided by")
	_, done = take("counts", "day,account,stream,provider,campaign,ip,metric,value\n"
	               "%(day)s,acme,newsletter,gmail,summer:s1,,sent,300\n"
	               "%(day)s,acme,newsletter,gmail,,192.0.2.7,sent,700\n" % day)
	tap.same(lab.postgres.sql("SELECT dimension, name, sent FROM carom.named_volume ORDER BY 1"),
	         "campaign|summer:s1|300\nip|192.0.2.7|700", "by campaign and address, too")
	tap.same(lab.postgres.sql("SELECT sent FROM carom.volume"), "1000",
	         "which is not counted with the stream's")
	_, done = take("snds", SNDS % day)
	tap.contains(done.stdout, "12 figures", "SNDS is taken")
	tap.contains(done.stdout.replace("\n", " "), "0 days ago", "with its age")
	take("postmaster", json.dumps(STATS))
	rows = json.loads(lab.run_carom("report", "outside", "--format", "json").stdout)
	found = {(r["source"], r.get("subject"), r["metric"]):
	         (r.get("count"), r.get("rate"), r.get("word"), r.get("our_rate"))
	         for r in rows}
	tap.same(found["counts", None, "opens"], (32, None, None, None),
	         "the report shows counts")
	tap.same(found["snds", "192.0.2.8", "complaint_rate"][:3], (None, 0.001, "< 0.1%"),
	         "rates with the source's word")
	tap.same(found["snds", "192.0.2.9", "filter_result"][2], "RED", "words")
	tap.same(found["postmaster", "example.com", "spam_rate"][1::2], (0.0012, 0),
	         "and our own rate beside the provider's")
	before = lab.count("outside")
	path, done = take("counts", COUNTS % day + "%(day)s,acme,,gmial,opens,1\n"
	                  "%(day)s,acme,,gmail,opens,x\n" % day, check=False)
	tap.ok(done.returncode == 65 and path + ":5: there is no provider" in done.stderr
	       and path + ":6: value" in done.stderr, "faults have lines, exit 65", done)
	tap.same(lab.count("outside"), before, "and nothing is taken by halves")
	text = lab.run_carom("report", "outside").stdout
	tap.ok(all(len(line) <= 80 for line in text.splitlines()), "80 columns", text)


def bad_input(tap, lab):
	path = write_file(os.path.join(lab.folder, "letter"), "Dear Sir,\n\nhello\n")
	done = carom(lab, path, check=False)
	tap.ok(done.returncode == 65 and path in done.stderr, "no log: exit 65", done)
	done = carom(lab, "/nonexistent/mail.log", check=False)
	tap.ok(done.returncode == 78 and "/nonexistent/mail.log" in done.stderr,
	       "no file: says so", done)
	lab.postfix.submit(NEWS, "late@gmail.com", samples.newsletter())
	lab.postfix.wait_empty(60)
	done = carom(lab, "/nonexistent/mail.log", lab.postfix.log, check=False)
	tap.ok(done.returncode == 78 and "delivered  1\n" in done.stdout,
	       "and reads the others", done)
	with open(lab.postfix.log, "rb") as f:
		data = gzip.compress(f.read() * 50)
	path = os.path.join(lab.folder, "cut.gz")
	with open(path, "wb") as f:
		f.write(data[:len(data) // 2])
	done = carom(lab, path, check=False)
	tap.ok(done.returncode == 65 and "damaged" in done.stderr and path in done.stderr,
	       "damaged: exit 65, and where", done)
	done = lab.run_carom("import", "tealeaves", check=False)
	tap.same(done.returncode, 64, "no such source: exit 64")
	done = carom(lab, "--timezone", "Mars/Phobos", lab.postfix.log, check=False)
	tap.ok(done.returncode != 0 and "Mars/Phobos" in done.stderr, "no such zone", done)


def tests(tap, lab):
	lab.configure(settings(lab, senders={k: v for k, v in STREAMS.items()}))
	send(lab)
	log = lab.postfix.log
	first_time(tap, lab, log)
	once(tap, lab)
	again(tap, lab, log)
	rotated(tap, lab, log)
	filtered(tap, lab)
	alive(tap, lab)
	figures(tap, lab)
	bad_input(tap, lab)


sys.exit(script("imports", tests, settings={
	"maximal_queue_lifetime": "8s", "bounce_queue_lifetime": "5d"}))
