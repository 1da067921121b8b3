#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The milter in front of submission: refuses, signs, counts."""

import collections
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import PIPE_USER, Failure, run, wait_until  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
STRANGER = "x@elsewhere.example"
RECEIPTS = "receipts@b.example.com"
taken = collections.Counter()  # of each sender to gmail


def send(lab, sender, to):
	try:
		lab.postfix.submit(sender, to, samples.newsletter())
	except Failure as failure:
		return str(failure).partition("refused a message: ")[2]
	taken[sender] += to.lower().endswith("@gmail.com")
	return "taken"


def tests(tap, lab):
	keys = os.path.join(lab.folder, "run", "keys")
	lab.configure(settings(
		lab, bounce={"keys": keys}, away={"acme/newsletter": "closed"},
		outbound={"return-address": "bounces@b.example.com", "refresh": "2"},
		streams={"7": "acme/newsletter"}))
	daemon = Daemon(lab, "outbound")
	run([lab.carom, "verp", "newkey", keys], user=PIPE_USER)
	daemon.start()
	lab.postfix.command("postconf", "-e", "smtpd_milters=%s"
	                    % daemon.in_postfix("outbound"))
	lab.postfix.reload()
	try:
		refusing(tap, lab, daemon)
		signing(tap, lab)
		odd_answers(tap, lab, daemon)
		away(tap, lab)
		tap.same(daemon.stop(), 0, "SIGTERM ends it")
		counting(tap, lab)
	finally:
		daemon.stop()


def forgotten(tap, lab, daemon):
	"""Who is forgotten is refused as before, by a daemon that never saw the address."""
	lab.run_carom("forget", "Ani@Gmail.com")
	tap.same(lab.postgres.sql("SELECT count(*) FROM carom.suppression WHERE address = 'ani@gmail.com'"),
	         "0", "an address is forgotten")
	for when in "at once", "after a restart":
		tap.contains(send(lab, NEWS, "\"ani\"@Gmail.com"), "is suppressed: complaint",
		             "and refused " + when)
		tap.same(send(lab, NEWS, "anin@gmail.com"), "taken", "but no neighbour")
		if when == "at once":
			tap.same(daemon.stop(), 0, "the daemon ends")
			daemon.start()


def refusing(tap, lab, daemon):
	tap.same(send(lab, NEWS, "ani@gmail.com"), "taken", "nobody is suppressed")
	lab.run_carom("suppress", "add", "ani@gmail.com", "--reason", "complaint",
	              "--account", "acme", "--stream", "newsletter")
	wait_until(lambda: send(lab, NEWS, "ani@gmail.com") != "taken", 10,
	           "a suppression is known within seconds")
	day = lab.postgres.sql("SELECT current_date")
	tap.same(send(lab, NEWS, "Ani@Gmail.com"),
	         "550 5.7.1 Ani@Gmail.com is suppressed: complaint %s, account acme"
	         ", stream newsletter" % day, "the refusal says why, since when, where")
	tap.contains(daemon.log_text(), "reject: to=<ani@gmail.com>, account=acme",
	             "and the log, too")
	tap.same(send(lab, RECEIPTS, "ani@gmail.com"), "taken",
	         "another stream is not held up by it")
	tap.same(send(lab, STRANGER, "ani@gmail.com"), "taken",
	         "nor somebody else's mail")
	forgotten(tap, lab, daemon)
	lab.run_carom("suppress", "add", "@closed.example", "--reason", "gone")
	wait_until(lambda: send(lab, RECEIPTS, "a@closed.example") != "taken", 10,
	           "a whole domain can be suppressed")
	tap.ok(True, "a whole domain can be suppressed")
	lab.run_carom("suppress", "add", "odd@gmail.com", "--reason", "two\nlines 5%")
	wait_until(lambda: send(lab, NEWS, "odd@gmail.com") != "taken", 10, "known")
	tap.same(send(lab, NEWS, "odd@gmail.com"), "550 5.7.1 odd@gmail.com is "
	         "suppressed: two lines 5%% %s, all accounts" % day,
	         "whatever staff wrote is one line of the reply")
	tap.contains(daemon.log_text(), "reason=suppressed (two lines 5% " + day,
	             "and of the log")
	lab.run_carom("suppress", "remove", "odd@gmail.com", "--note", "done")
	lab.run_carom("suppress", "remove", "ani@gmail.com", "--account", "acme",
	              "--stream", "newsletter", "--note", "asked us to")
	wait_until(lambda: send(lab, NEWS, "ani@gmail.com") == "taken", 10,
	           "a removal is known within seconds")
	tap.ok(True, "a removal is known within seconds")


def signing(tap, lab):
	lab.postfix.wait_empty()
	before = len(lab.world.deliveries())
	long_local = "a" * 50 + "@gmail.com"
	for to in ("budi@gmail.com", long_local):
		send(lab, NEWS, to)
	lab.postfix.submit(NEWS, ["one@gmail.com", "two@gmail.com"],
	                   samples.newsletter())
	taken[NEWS] += 2
	lab.postfix.wait_empty()
	senders = {d["to"]: d["from"] for d in lab.world.deliveries()[before:]}
	got = lab.run_carom("verp", "decode", senders["budi@gmail.com"],
	                    user=PIPE_USER).stdout
	tap.contains(got, "recipient  budi@gmail.com", "one recipient: signed")
	tap.contains(got, "stream     7", "with the stream's number")
	token = senders[long_local]
	tap.ok(len(token.partition("@")[0]) <= 40,
	       "a long address goes as a token of at most 40 octets", token)
	tap.same(lab.postgres.sql("SELECT address FROM carom.address"), long_local,
	         "which the database knows")
	tap.same(senders["one@gmail.com"], NEWS,
	         "several recipients: the return address stays")
	lab.postfix.submit("", token, samples.dsn("moved@elsewhere.example", token),
	                   client="203.0.113.7")
	lab.postfix.wait_empty()
	tap.same(lab.postgres.sql(
		"SELECT address, account, stream, confidence FROM carom.event"),
		long_local + "|acme|newsletter|proven",
		"a bounce to the token is whose we mailed, wherever it was forwarded")


def odd_answers(tap, lab, daemon):
	"""What no carom of this version would answer; it ends nothing."""
	held = """
		CREATE OR REPLACE FUNCTION carom.%s
		LANGUAGE sql SECURITY DEFINER AS $$ %s $$;
		GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA carom TO carom_writer"""
	lab.postgres.sql(held % (
		"suppressed_addresses(after text DEFAULT '', most int DEFAULT NULL)"
		" RETURNS TABLE (address text)",
		"SELECT v.a FROM (VALUES (NULL), ('odd@gmail.com')) v(a) WHERE $1 = ''"))
	# read whole where the feed cannot go on
	lab.postgres.sql("UPDATE carom.feed_entry SET mark = mark + 1")
	lab.run_carom("suppress", "add", "other@gmail.com", "--reason", "asked")
	lab.postgres.sql(held % (
		"suppressed(address text, account text DEFAULT '', stream text DEFAULT '')"
		" RETURNS SETOF carom.suppression",
		"SELECT (NULL::carom.suppression).* FROM (VALUES (1)) v"))
	wait_until(lambda: send(lab, RECEIPTS, "odd@gmail.com") != "taken", 10,
	           "the list is read")
	tap.same(send(lab, RECEIPTS, "odd@gmail.com"), "550 5.7.1 odd@gmail.com is "
	         "suppressed: on the list, without a reason",
	         "a row without a reason still suppresses")
	for returns, body in (("bigint", "SELECT NULL::bigint"),
	                      ("SETOF bigint", "SELECT 1::bigint WHERE false")):
		before = daemon.log_text().count("carom.address_id answered nothing")
		lab.postgres.sql("DROP FUNCTION carom.address_id(text, text);" + held % (
			"address_id(address text, account text DEFAULT '') RETURNS "
			+ returns, body))
		tap.same(send(lab, NEWS, "c" * 50 + "@gmail.com"), "taken",
		         "no number for a token: the mail goes out")
		tap.same(daemon.log_text().count("carom.address_id answered nothing"),
		         before + 1, "unsigned, and the log says why")
	# upgrade replaces functions of ours, not one that answers with rows instead
	lab.postgres.sql("DROP FUNCTION carom.address_id(text, text)")
	lab.run_carom("db", "upgrade")
	wait_until(lambda: send(lab, RECEIPTS, "odd@gmail.com") == "taken", 10,
	           "the list is read again")


def away(tap, lab):
	lab.run_carom("suppress", "add", "held@gmail.com", "--reason", "asked")
	wait_until(lambda: send(lab, RECEIPTS, "held@gmail.com") != "taken", 10,
	           "the suppression is known")
	lab.postgres.stop()
	lab.postgres.start()
	tap.contains(send(lab, RECEIPTS, "held@gmail.com"), "550 5.7.1",
	             "a restarted database is asked again before an open stream's "
	             "mail is let go")
	session = lab.postgres.hold(
		"LOCK TABLE carom.suppression IN ACCESS EXCLUSIVE MODE")
	start = time.monotonic()
	answer = send(lab, NEWS, "held@gmail.com")
	took = time.monotonic() - start
	lab.postgres.release(session)
	tap.ok(answer.startswith("451") and 4 < took < 9, "a database that does not "
	       "answer counts as away after 5 seconds", "%s after %d s" % (answer, took))
	tap.contains(send(lab, NEWS, "held@gmail.com"), "550 5.7.1", "and is asked "
	             "again as soon as it does")
	lab.postgres.stop()
	wait_until(lambda: send(lab, NEWS, "budi@gmail.com") ==
	           "451 4.3.0 nobody can say whether this recipient is suppressed,"
	           " try again later", 20, "a closed stream waits")
	tap.ok(True, "database away: a stream that is configured closed waits")
	tap.same(send(lab, RECEIPTS, "budi@gmail.com"), "taken",
	         "another goes out")
	lab.postgres.start()
	wait_until(lambda: send(lab, NEWS, "budi@gmail.com") == "taken", 20,
	           "and goes out when the database is back")


def counting(tap, lab):
	lab.postfix.wait_empty()
	tap.same(lab.postgres.sql(
		"SELECT account, stream, sum(sent) FROM carom.volume "
		"WHERE provider = 'gmail' GROUP BY 1, 2 ORDER BY 1, 2"),
		"||%d\nacme|newsletter|%d\nacme|receipts|%d" % tuple(
			taken[s] for s in (STRANGER, NEWS, RECEIPTS)),
		"volumes are counted, the outage's too")


sys.exit(script("milter outbound", tests))
