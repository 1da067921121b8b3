#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The morning report over generated histories: what it names, where, since
when, and that its figures are those of the documented SQL.
"""

import csv
import email
import email.policy
import io
import json
import os
import pty
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import history  # noqa: E402
from history import Trouble  # noqa: E402
from lab import clean_environment, write_file  # noqa: E402
from tap import script  # noqa: E402

# every other morning of such histories has something worth a look that is chance; this has nothing
QUIET = 3
YESTERDAY = "carom.day() - 1"


class Morning:
	def __init__(self, lab):
		self.lab = lab
		self.day = lab.postgres.sql("SELECT " + YESTERDAY)

	def before(self, days):
		return self.lab.postgres.sql("SELECT date '%s' - %d" % (self.day, days))

	def run(self, *args, **more):
		return self.lab.run_carom("report", *args, "--day", self.day, **more)

	def json(self, *args):
		return json.loads(self.run(*args, "--format", "json").stdout)

	def fill(self, seed, *troubles, **more):
		history.clear(self.lab.postgres)
		history.fill(self.lab.postgres, seed, troubles=troubles, **more)


def named(incidents, **wanted):
	return [i for i in incidents if i["state"] == "open" and
	        all(i.get(k) == v for k, v in wanted.items())]


def quiet(tap, m):
	m.fill(QUIET)
	done = m.run("--exit-code", check=False)
	tap.ok(done.returncode == 0, "a quiet history: exit 0", done)
	tap.contains(done.stdout, "\nNothing needs action.\n", "and says so first")
	tap.ok(not m.json()["incidents"], "no incident", m.json()["incidents"])


def complaints(tap, m):
	m.fill(2, Trouble("complaints", 5, 3, "yahoo_aol", "notices"))
	done = m.run("--exit-code", check=False)
	tap.ok(done.returncode == 1, "complaints times 3 at one ISP: --exit-code is 1",
	       done)
	found = named(m.json()["incidents"], measure="complaints", provider="yahoo_aol")
	tap.ok(len(found) == 1 and found[0]["stream"] == "notices" and
	       found[0]["account"] == "acme", "named: what and where", found)
	tap.ok(found and m.before(6) <= found[0]["since"] <= m.before(3),
	       "since when", (found, m.before(4)))
	tap.ok(found and 2 < found[0]["rate"] / found[0]["usual_rate"] < 4,
	       "and by how much", found)
	text = done.stdout
	tap.contains(re.sub(r"\d+ things? needs? ", "N need ", text),
	             "\nN need action.\nMore complaints than usual: yahoo_aol, stream acme/notices",
	             "the verdict says it in two lines")
	tap.contains(text, "carom report days --since %s -p yahoo_aol -a acme -s "
	             "notices\n" % found[0]["since"], "with the command that shows more")
	wide = [line for line in text.splitlines() if len(line) > 80]
	tap.ok(not wide, "the page has 80 columns", "\n".join(wide))
	tap.ok(m.run().returncode == 0, "without --exit-code it is 0")
	words = m.run("--lang", "id").stdout
	tap.contains(words, "Keluhan lebih banyak dari biasanya", "in Indonesian too")
	return found


def outage(tap, m):
	"""A receiver is away since yesterday, for all streams."""
	m.fill(3, Trouble("soft", 1, 25, "microsoft_consumer", category="remote_system"))
	found = named(m.json()["incidents"], measure="soft", provider="microsoft_consumer")
	tap.ok(len(found) == 1 and found[0]["since"] == m.day and
	       "account" not in found[0],
	       "a receiver's outage: one incident of several streams, on its first morning",
	       m.json()["incidents"])
	tap.ok(found and found[0]["category"] == "remote_system" and
	       "%" in found[0]["cause"], "with its cause", found)


def campaign(tap, m):
	m.fill(4, Trouble("block", 2, 6, stream="news", category="content_spam"))
	found = named(m.json()["incidents"], measure="block")
	tap.ok(len(found) >= 1 and found[0].get("stream") == "news" and
	       "provider" not in found[0] and found[0]["category"] == "content_spam",
	       "blocks of a stream at many providers: one incident of the stream", found)
	tap.ok(len(found) == 1, "and only one", found)


def silence(tap, m):
	m.fill(5, Trouble("complaints", 1, 0, "yahoo_aol"))
	found = named(m.json()["incidents"], kind="silence")
	tap.ok([i["provider"] for i in found] == ["yahoo_aol"] and
	       found[0]["since"] == m.day,
	       "a silent feed is named on its first morning", found)
	m.fill(5, *(Trouble(measure, 1, 0) for measure in history.MEASURES))
	found = named(m.json()["incidents"], kind="nothing")
	tap.ok(len(found) == 1, "and if nothing at all comes, that, and no feed",
	       m.json()["incidents"])
	tap.ok(not named(m.json()["incidents"], kind="silence"), "as one")


def few(tap, m):
	m.fill(6, *(Trouble(x, 1, 0.1, "gmail") for x in ("hard", "soft", "block")))
	found = named(m.json()["incidents"], kind="few")
	tap.ok([(i["provider"], i["since"]) for i in found] == [("gmail", m.day)] and "does not bounce" in found[0]["cause"] and
	       "opens and clicks" in found[0]["do"], "too few bounces are named on the first morning", found)


def unmatched(tap, m):
	"""A provider masks the readers since yesterday."""
	m.fill(8)
	m.lab.postgres.sql("UPDATE carom.tally SET confidence = '' WHERE kind = 'complaint' AND provider = 'yahoo_aol' AND day = '%s'" % m.day)
	found = named(m.json()["incidents"], kind="unmatched")
	tap.ok([(i["provider"], i["since"]) for i in found] == [("yahoo_aol", m.day)] and "masks more" in found[0]["cause"] and
	       "Put our token" in found[0]["do"] and found[0]["more"].startswith("carom report feeds"),
	       "complaints that name nobody are named on the first morning", found)


def batch(tap, m):
	"""Complaints of three weeks arrive at once: they are not today's rate."""
	late = [(0, "news", "yahoo_aol", 400, range(9, 25))]
	m.fill(QUIET, late=late)
	found = m.json()["incidents"]
	tap.ok(len(found) == 1 and found[0]["kind"] == "batch" and found[0]["provider"] == "yahoo_aol" and found[0]["since"] == m.day,
	       "an old batch of complaints is told as that, and nothing else", found)
	tap.ok(found and 380 < found[0]["events"] <= 400 and ("mail of %s to %s" % (m.before(24), m.before(9))) in found[0]["figures"] and
	       "belong to the days of their mail" in found[0]["cause"] and
	       found[0]["more"] == "carom report cohorts --since %s --until %s -p yahoo_aol" % (m.before(24), m.before(9)),
	       "with the days of their mail, and how to see these", found)
	done = m.run("--exit-code", check=False)
	tap.ok(done.returncode == 0 and "\nNothing needs action for certain; 1 worth a look.\n" in done.stdout, "it needs no action", done)
	rows = m.lab.postgres.sql("SET ROLE carom_staff; SELECT stream, late, first_sent, last_sent FROM carom.report_late('%s', '%s', provider => "
	                          "'yahoo_aol') WHERE stream = 'news'" % (m.day, m.day)).split("|")
	tap.ok(rows[0] == "news" and int(rows[1]) >= 400 and rows[2:] == [m.before(24), m.before(9)], "as carom.report_late says", rows)
	m.lab.postgres.sql("DELETE FROM carom.cohort")
	found = named(m.json()["incidents"], measure="complaints", provider="yahoo_aol")
	tap.ok(found and found[0]["kind"] == "rise", "where nobody knows the days of the mail it is an alarm", found)
	m.fill(QUIET, Trouble("complaints", 12, 4, "gmail"))
	tap.ok(not named(m.json()["incidents"], kind="batch"), "a bad fortnight is no batch", m.json()["incidents"])


REPLIES = """
INSERT INTO carom.report (key, day, arrived, kind, events)
	SELECT encode(sha256(('%(name)s' || d || '-' || n)::bytea), 'hex'), d, (d + time '08:00' + n * interval '7 minutes') AT TIME ZONE 'Asia/Jakarta', 'bounce', 1
	FROM generate_series(date '%(first)s', date '%(last)s', '1 day') x(t), LATERAL (SELECT t::date AS d) y, generate_series(1, %(n)d) n;
INSERT INTO carom.event (day, at, report, ordinal, kind, address, provider, account, stream, action, category, class, status, reply, diagnostic)
	SELECT r.day, r.arrived, r.id, 1, 'bounce', 'ani' || r.id || '@web.test', 'gmx_webde', 'acme', 'news', 'failed', '%(category)s', '%(class)s', '5.7.1', '550',
		'smtp; 550 5.7.1 <ani' || r.id || '@web.test>: %(said)s'
	FROM carom.report r WHERE NOT EXISTS (SELECT FROM carom.event e WHERE e.report = r.id);
"""


def template(tap, m):
	"""A reply that nobody gave before."""
	m.fill(QUIET)
	replies = dict(name="old", first=m.before(40), last=m.day, n=9, category="recipient_unknown", **{"class": "hard"},
	               said="no such user here, id 5521")
	m.lab.postgres.sql(REPLIES % replies)
	tap.same(m.json()["incidents"], [], "a reply as always is nothing")
	replies.update(name="new", first=m.before(1), n=14, category="content_policy", said="mail with links to short.test is not taken here")
	replies["class"] = "block"
	m.lab.postgres.sql(REPLIES % replies)
	found = m.json()["incidents"]
	tap.ok(len(found) == 1 and found[0]["kind"] == "template" and found[0]["provider"] == "gmx_webde" and
	       found[0]["since"] == m.before(1) and found[0]["category"] == "content_policy", "a reply that was never seen is named, where and since when", found)
	tap.ok(found and "mail with links to short.test is not taken here" in found[0]["figures"] and "ani" not in found[0]["figures"] and
	       found[0]["do"] and re.fullmatch(r"carom explain --report \d+", found[0]["more"]), "what it says without anybody's address, what to do, and one of them", found)
	tap.contains(m.lab.run_carom(*found[0]["more"].split()[1:]).stdout, "short.test", "which the command shows")
	tap.same(m.lab.postgres.sql("SET ROLE carom_staff; SELECT provider, category, since FROM carom.report_templates('%s')" % m.day),
	         "gmx_webde|content_policy|%s" % m.before(1), "as carom.report_templates says")
	m.lab.postgres.sql("DELETE FROM carom.event; DELETE FROM carom.report")


def limits(tap, m):
	"""Trouble from the first day is not unusual, but it is over the limit."""
	m.fill(7, Trouble("complaints", 90, 12, "yahoo_aol"))
	found = named(m.json()["incidents"], kind="over")
	tap.same([i["provider"] for i in found], ["yahoo_aol"],
	         "what is always above a provider's limit is named")
	state = {r["provider"]: r.get("state") for r in m.json()["complaints"]}
	tap.same((state["yahoo_aol"], state["gmail"]), ("over", "safe"),
	         "by the interval's ends")


def same_figures(tap, m, found):
	"""Every table of the page against its documented function, as staff."""
	m.fill(2, Trouble("complaints", 5, 3, "yahoo_aol", "notices"))
	page = m.json()
	sql = m.lab.postgres.sql
	for part, function in (
			("providers", "report_rates('%s', '%s', 'provider')"),
			("streams", "report_rates('%s', '%s', 'stream')"),
			("complaints", "report_rates('%s', '%s', 'provider')"),
			("cohorts", "report_cohorts(date '%s' - 6, '%s', as_of => '%s')"),
			("blocks", "report_blocks('%s', '%s')"),
			("categories", "report_category('%s', '%s')"),
			("feeds", "report_feeds('%s', NULL, NULL)"),
			("balance", "report_balance('%s', '%s')")):
		call = function % ((m.day,) * function.count("%s"))
		rows = sql("SET ROLE carom_staff; SELECT json_strip_nulls(row_to_json(x)) "
		           "FROM carom.%s x" % call)
		wanted = [json.loads(line) for line in rows.splitlines()]
		names = {"balance": {"matched_share": "sure"}}.get(part, {})
		wanted = [{names.get(k, k): v for k, v in row.items() if v != ""}
		          for row in wanted]
		got = page[part]
		same = len(got) == len(wanted) and all(
			all(g.get(k) == v for k, v in w.items() if k in g) and
			set(g) - set(w) <= {"aim", "limit", "state", "of_limit"}
			for g, w in zip(got, wanted))
		tap.ok(same and got, "%s is carom.%s" % (part, call.split("(")[0]),
		       "%s\n%s" % (got[:2], wanted[:2]))
	rows = sql("SELECT json_strip_nulls(row_to_json(x)) FROM (SELECT day, complaints AS cohort_complaints, complaint_rate AS cohort_rate, "
	           "share, expected_rate, expected_low, expected_high FROM carom.report_cohorts('%s', '%s', 'day')) x" % (m.before(9), m.day))
	got = m.json("days", "--days", "10")
	wanted = [json.loads(line) for line in rows.splitlines()]
	tap.ok(len(got) == 10 and all(g.get(k) == v for g, w in zip(got, wanted) for k, v in w.items()) and
	       any("expected_rate" in g for g in got), "days has carom.report_cohorts beside", (got, wanted))
	days = sql("SELECT sum(sent), sum(complaints) FROM carom.report_days('%s', '%s', 'acme', "
	           "'notices', 'yahoo_aol')" % (found["since"], m.day)).split("|")
	tap.same([found["mails"], found["events"]], [int(d) for d in days],
	         "an incident's figures are those of carom.report_days")


def on_terminal(m, **env):
	"""What a terminal gets."""
	got, line = b"", pty.openpty()
	child = subprocess.Popen([m.lab.carom, "--config", m.lab.conf, "report", "--day", m.day], stdout=line[1], stdin=subprocess.DEVNULL,
	                         env=clean_environment(TERM="xterm", **env))
	os.close(line[1])
	try:
		while piece := os.read(line[0], 65536):
			got += piece
	except OSError:  # it is over
		pass
	os.close(line[0])
	child.wait()
	return got.decode().replace("\r\n", "\n")


def colour(tap, m):
	seen, plain = on_terminal(m), on_terminal(m, NO_COLOR="1")
	tap.ok("\033[1;31m" in seen and "\033[1mProviders\n\033[0m" in seen, "on a terminal the verdict has a colour", seen[:300])
	tap.same(re.sub(r"\033\[[0-9;]*m", "", seen), m.run().stdout, "and says the same")
	tap.ok("\033" not in plain and "\033" not in m.run().stdout, "elsewhere, or under NO_COLOR, there is none", plain[:300])


def cohorts(tap, m):
	"""What is still to come of the mail of the last days: the rate of a quiet provider is told as it is, days before it is in."""
	page = m.json()
	rates = {r["provider"]: r for r in page["cohorts"]}
	apple = rates["apple"]
	usual = {r["provider"]: r["complaint_usual"] for r in page["providers"] if "complaint_usual" in r}
	tap.ok(apple["complaint_rate"] < apple["expected_rate"] and 0.4 < apple["share"] < 0.9 and
	       0.6 < apple["expected_rate"] / usual["apple"] < 1.6, "young mail has few complaints so far, and the usual rate in the end", apple)
	tap.ok(apple["expected_low"] < apple["expected_rate"] < apple["expected_high"], "within an interval", apple)
	text = re.sub(r"\s+", " ", m.run().stdout)
	tap.ok(re.search(r"Complaints about this mail: 0\.\d+ % so far, about 0\.\d+ % expected in the end, as earlier mail shows; \d+\.\d % of them are in\.",
	                 text), "in words", text)
	words = re.sub(r"\s+", " ", m.run("cohorts", "--lang", "id").stdout)
	tap.ok(re.search(r"0,\d+ % sampai kini, akhirnya sekitar 0,\d+ %", words), "in Indonesian too", words)
	m.lab.postgres.sql("DELETE FROM carom.cohort")
	tap.contains(re.sub(r"\s+", " ", m.run().stdout), "It is too early, or there are too few, to say", "and where nobody can tell, that")


# words that both languages have: names, words of the trade, commands
SHARED = set("acme apple bluewin comcast gmail laposte news notices receipts carom report blocks cohorts days utc verp html isp bounce "
             "domain feed folder hard inbox interval parser per policy soft spam stream".split())
PARTS = ("nightly", "isp", "outside", "suppressions", "bounces", "days", "incidents", "cohorts", "feeds", "undetermined", "unrecognised")


def words_of(text):
	text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.S)
	return {w.lower() for w in re.findall(r"(?<![\w/@.-])[A-Za-z]{3,}(?![\w/@.-])", text)}


def languages(tap, m):
	"""What is said in both languages alike was forgotten in one of them."""
	m.fill(2, Trouble("complaints", 5, 3, "yahoo_aol", "notices"), Trouble("soft", 1, 25, "microsoft_consumer", category="remote_system"),
	       Trouble("block", 2, 6, stream="news", category="content_spam"), Trouble("complaints", 90, 12, "apple"),
	       late=[(0, "news", "gmail", 900, range(9, 25))])
	for part, args in [(part, ()) for part in PARTS] + [("nightly", ("--format", "html"))]:
		texts = [m.run(part, "--lang", lang, *args).stdout for lang in ("en", "id")]
		both = [words_of(text) for text in texts]
		wide = [line for text in texts for line in text.splitlines() if len(line) > 80 and not args]
		tap.ok(not wide and not (part == "nightly" and re.search(r"\npenyedia +\w+\n", texts[1])),
		       "%s: 80 columns in both, no table of the page falls apart" % part, wide or texts[1][-3000:])
		tap.ok(both[0] and not (both[0] & both[1]) - SHARED, "%s: no word of it stays English" % " ".join((part,) + args), sorted((both[0] & both[1]) - SHARED))


def formats(tap, m):
	text = m.run("--format", "csv").stdout
	rows = list(csv.DictReader(io.StringIO(text, newline="")))
	tap.ok(rows and "hard_rate" in rows[0], "csv: one table", text[:300])
	text = m.run("--format", "prometheus").stdout
	bad = [line for line in text.splitlines() if not re.fullmatch(
		r"# TYPE carom_\w+ gauge|carom_\w+(\{\w+=\"[^\"]*\"(,\w+=\"[^\"]*\")*\})? "
		r"-?\d+(\.\d+)?", line)]
	tap.ok(text and not bad, "prometheus: every line is one of its format",
	       "\n".join(bad[:5]))
	names = [line.rpartition(" ")[0] for line in text.splitlines()
	         if not line.startswith("#")]
	tap.ok(len(names) == len(set(names)), "and no series stands there twice")
	tap.contains(text, '\ncarom_verdict_actions{level="action"} ',
	             "and the number of things that need action")
	html = m.run("--format", "html").stdout
	tap.ok(html.startswith("<!DOCTYPE html>") and "<svg" in html and
	       "<script" not in html and "http-equiv" not in html and
	       not re.search(r"(src|href)=", html),
	       "html: one page with charts, no script, nothing from elsewhere")


def by_mail(tap, m):
	out = os.path.join(m.lab.folder, "mailed")
	program = write_file(os.path.join(m.lab.folder, "sendmail"),
	                     "#!/bin/sh\necho \"$@\" >%s.args\ncat >%s\n" % (out, out), 0o755)
	m.run("--mail-to", "ani@example.com", "--mail-to", "budi@example.com",
	      "--sendmail", program)
	with open(out + ".args") as f:
		tap.same(f.read(), "-i -- ani@example.com budi@example.com\n",
		         "--mail-to: sendmail gets the recipients")
	with open(out, "rb") as f:
		raw = f.read()
	mail = email.message_from_bytes(raw, policy=email.policy.default)
	tap.ok(max(map(len, raw.split(b"\n"))) <= 998 and raw.isascii(),
	       "lines as SMTP takes them")
	tap.same((mail.get_content_type(), [p.get_content_type() for p in mail.iter_parts()]),
	         ("multipart/alternative", ["text/plain", "text/html"]), "two forms")
	tap.ok(all(mail[f] for f in ("From", "To", "Date", "Subject", "Message-ID",
	                             "MIME-Version")) and not mail.defects and
	       mail["Auto-Submitted"] == "auto-generated" and
	       "action." in mail["Subject"], "its header", mail.items())
	plain, page = (p.get_content() for p in mail.iter_parts())
	tap.same(plain, m.run().stdout, "the text is the report")
	tap.contains(page, "</html>", "and the page is whole")
	done = m.run("--mail-to", "ani@example.com", "--sendmail", "/bin/false", check=False)
	tap.ok(done.returncode == 75, "a sendmail that fails: exit 75", done)
	for bad in ("-oQ/tmp", "a@b\nBcc: x@y", ""):
		done = m.run("--mail-to", bad, check=False)
		tap.ok(done.returncode == 64, "no address: %r" % bad, done)


def tests(tap, lab):
	lab.postgres.sql("SELECT carom.set_setting('timezone', 'Asia/Jakarta')")
	m = Morning(lab)
	quiet(tap, m)
	found = complaints(tap, m)
	outage(tap, m)
	campaign(tap, m)
	silence(tap, m)
	few(tap, m)
	unmatched(tap, m)
	batch(tap, m)
	template(tap, m)
	limits(tap, m)
	same_figures(tap, m, found[0])
	formats(tap, m)
	by_mail(tap, m)
	languages(tap, m)
	colour(tap, m)
	cohorts(tap, m)
	history.clear(lab.postgres)


sys.exit(script("morning", tests, needs_root=False))
