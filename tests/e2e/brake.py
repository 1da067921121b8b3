#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The brake: a provider's outage suppresses nobody for good before a person says
so, and an honest cleaning of an old list goes through.
"""

import json
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from lab import wait_until  # noqa: E402
from session import Session, bounce, quoted  # noqa: E402
from tap import script  # noqa: E402

DEAD = int(os.environ.get("CAROM_TEST_DEAD", "50000"))
NEWS = "news@b.example.com"
# what the mailboxes of a list are, in a hundred, and what their servers say
PROVIDERS = (
	(45, "gmail", "550-5.1.1 The email account that you tried to reach does not exist."
	              " %s - gsmtp"),
	(20, "outlook", "550 5.5.0 Requested action not taken: mailbox unavailable (S%s)"),
	(15, "yahoo_aol", "554 delivery error: dd This user doesn't have an account (%s)"),
	(10, "apple", "550 5.1.1 <%s>: user does not exist"),
	(10, "", "550 5.1.1 <%s>: Recipient address rejected: User unknown"),
)


def report(who, provider, said, number, moment):
	made = bounce(who, "recipient_unknown", "2026-11-01", number,
	              provider=provider, status="5.1.1", reply="550",
	              diagnostic=said)
	made["arrived"] = moment
	return made


def record(session, reports):
	for n in range(0, len(reports), 500):
		answer = session.ask("SELECT cardinality(carom.record_many(ARRAY[%s]::jsonb[]))"
		                     % ", ".join(quoted(json.dumps(r))
		                                 for r in reports[n:n + 500]))
		assert answer == str(len(reports[n:n + 500])), answer


def clock(seconds):
	return "2026-11-10T%02d:%02d:%02dZ" % (seconds // 3600, seconds // 60 % 60,
	                                       seconds % 60)


def told_at_once(tap, lab):
	"""By the pipe, with few addresses, so that the log is seen to tell."""
	lab.postgres.sql("SELECT carom.set_setting('brake_addresses', '5')")
	listener = Session(lab.postgres)
	listener.ask("LISTEN carom_incident")
	told = ""
	for n in range(7):
		who = "reader%d@gmail.com" % n
		told += lab.pipe(samples.dsn(who, samples.verp(NEWS, who)),
		                 "--recipient=" + NEWS).stderr
	tap.contains(told, "incident 1 at gmail: ", "the log tells at once")
	tap.same(told.count("incident 1 at gmail"), 1, "once")
	tap.ok("@gmail.com" not in told.partition("incident 1")[2].splitlines()[0],
	       "without an address", told)
	heard = listener.ask("SELECT 1")
	tap.contains(heard, 'notification "carom_incident" with payload "1"',
	             "so does NOTIFY")
	listener.close()
	tap.same(lab.postgres.sql("SELECT count(*) FROM carom.held"), "7",
	         "all are held, also the first ones")
	lab.run_carom("incident", "confirm", "1", "--note", "a test")
	lab.postgres.sql("SELECT carom.set_setting('brake_addresses', '500')")


def outage(tap, lab, session):
	"""2,000 at one provider with one reply in ten minutes."""
	said = "554 delivery error: dd Sorry, this mailbox is not there (%s)"
	record(session, [report("user%d@yahoo.com" % n, "yahoo_aol",
	                        said % ("user%d@yahoo.com" % n), "out%d" % n,
	                        clock(8 * 3600 + n * 600 // 2000))
	                 for n in range(2000)])
	tap.same(lab.postgres.sql(
		"SELECT count(*), count(h.event) FROM carom.suppression s LEFT JOIN "
		"carom.held h USING (address, account, stream, event) WHERE s.address LIKE "
		"'%@yahoo.com'"), "2000|2000", "an outage: nobody is suppressed for good")
	listed = json.loads(lab.run_carom("incident", "list", "--format", "json").stdout)
	tap.same([(i["provider"], i["addresses"]) for i in listed],
	         [("yahoo_aol", 2000)], "one incident is open")
	number = str(listed[0]["incident"])
	told = lab.run_carom("report", "--exit-code", check=False)
	tap.contains(" ".join(told.stdout.split()),
	             "Suppressions wait for a decision of yours where yahoo_aol",
	             "the report says so")
	tap.same(told.returncode, 1, "and that something is to be done")
	shown = lab.run_carom("incident", "show", number).stdout
	tap.contains(shown, "sorry this mailbox is not there", "it shows what was said")
	tap.contains(shown, "user0@yahoo.com", "and whom it holds")
	tap.same(lab.run_carom("suppress", "check", "user5@yahoo.com", "--account=acme",
	                       "--stream=news", check=False).returncode, 1,
	         "who is held is not mailed")
	lab.run_carom("db", "setting", "set", "held", "mailed", "-n", "tried")
	tap.same(lab.run_carom("suppress", "check", "user5@yahoo.com", "--account=acme",
	                       "--stream=news", check=False).returncode, 0,
	         "or is, as the setting says")
	lab.run_carom("db", "setting", "set", "held", "refused", "-n", "tried")
	tap.same(lab.run_carom("incident", "discard", number, check=False).returncode,
	         64, "discard wants a note")
	done = lab.run_carom("incident", "discard", number, "--note", "outage")
	tap.contains(done.stdout, "2000 addresses are off the list", "discarded")
	tap.same(lab.run_carom("suppress", "check", "user5@yahoo.com", "--account=acme",
	                       "--stream=news", check=False).returncode, 0,
	         "all of them are mailed again")
	tap.same(lab.run_carom("incident", "discard", number, "--note", "again",
	                       check=False).returncode, 65, "once")
	tap.contains(lab.run_carom("incident", "list").stdout, "no incident is open",
	             "none is open")
	tap.contains(lab.run_carom("incident", "list", "--all").stdout, "discarded",
	             "--all has it still")


def cleaning(tap, lab, session):
	"""An old list is mailed over a day."""
	rng = random.Random(7)
	reports = []
	for n in range(DEAD):
		_, provider, said = rng.choices(PROVIDERS, [p[0] for p in PROVIDERS])[0]
		domain = provider + ".test" if provider else "firm%d.test" % rng.randrange(900)
		who = "dead%d@%s" % (n, domain)
		reports.append(report(who, provider, said % who, "clean%d" % n,
		                      clock(n * 86400 // DEAD)))
	record(session, reports)
	tap.same(lab.postgres.sql(
		"SELECT count(*), (SELECT count(*) FROM carom.held) FROM carom.suppression "
		"WHERE address LIKE 'dead%'"), "%d|0" % DEAD,
		"%d dead addresses over a day at all providers go through" % DEAD)


def tests(tap, lab):
	session = Session(lab.postgres)
	try:
		told_at_once(tap, lab)
		outage(tap, lab, session)
		cleaning(tap, lab, session)
		wait_until(lambda: lab.postgres.sql("SELECT carom.feed_number()") == "done",
		           60, "all is numbered")
		tap.same(lab.postgres.sql(
			"SELECT string_agg(type, ' ' ORDER BY cursor) FROM carom.feed('', 100, "
			"'incident')").split().count("incident.discarded"), 1,
			"the feed tells what became of it")
	finally:
		session.close()


sys.exit(script("brake", tests))
