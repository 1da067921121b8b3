#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""carom serve --role inbound: LMTP, the hand-over client, signals."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import wait_until  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
STRANGER = "203.0.113.7"


def story(lab, address):
	return lab.postgres.sql(
		"SELECT e.category, e.confidence FROM carom.event e "
		"WHERE e.address = '%s' AND e.action = 'failed'" % address)


def use_lmtp(lab, daemon):
	lab.postfix.command("postconf", "-e",
	                    "transport_maps=inline:{ b.example.com=carom-lmtp:%s }"
	                    % daemon.in_postfix("lmtp"))
	lab.postfix.reload()


def by_lmtp(tap, lab, daemon):
	use_lmtp(lab, daemon)
	lab.postfix.submit(NEWS, "unknown.tono@gmail.com", samples.newsletter())
	lab.postfix.wait_empty()
	tap.same(story(lab, "unknown.tono@gmail.com"), "recipient_unknown|matched",
	         "LMTP: a DSN of our own Postfix is known as such")
	own = lab.postgres.sql("SELECT queue_id FROM carom.report "
	                       "ORDER BY id DESC LIMIT 1")
	tap.ok(own and (own + ": removed") in lab.postfix.log_text(),
	       "and has Postfix's queue id, which XFORWARD does not tell", own)
	tap.contains(daemon.log_text(), own + ": recorded=bounce",
	             "which the daemon's log names")
	lab.postfix.submit("", NEWS, samples.dsn(
		"x@gmail.com", NEWS, reporter="mx.example.com"), client=STRANGER)
	lab.postfix.wait_empty()
	tap.same(story(lab, "x@gmail.com"), "recipient_unknown|guessed",
	         "LMTP: a stranger who claims to be our Postfix is not")
	queue_id = lab.postgres.sql("SELECT queue_id FROM carom.report "
	                            "ORDER BY id DESC LIMIT 1")
	tap.contains(daemon.log_text(), queue_id + ": recorded=bounce",
	             "the daemon's log names Postfix's queue id")


def by_client(tap, lab, daemon):
	"""carom-pipe, with and without a daemon to talk to."""
	client = os.path.join(os.path.dirname(lab.carom), "..", "libexec", "carom",
	                      "carom-pipe")
	to = samples.verp(NEWS, "%s@gmail.com")

	def hand_over(who, **more):
		return lab_run(lab, client, daemon, samples.dsn(
			who + "@gmail.com", to % who), to % who, **more)
	tap.same(hand_over("one").returncode, 0, "carom-pipe: recorded")
	tap.same(story(lab, "one@gmail.com"), "recipient_unknown|claimed",
	         "carom-pipe: by the daemon")
	tap.contains(daemon.log_text(), "one=gmail.com", "which says so in its log")
	lab.postgres.stop()
	done = hand_over("two")
	tap.same(done.returncode, 75, "carom-pipe: 75 while the database is away")
	tap.ok(done.stderr.startswith("carom: "), "and no line of it can be taken "
	       "for a status code", done.stderr)
	lab.postgres.start()
	wait_until(lambda: hand_over("two").returncode == 0, 20,
	           "the daemon finds the database again")
	tap.same(story(lab, "two@gmail.com"), "recipient_unknown|claimed",
	         "carom-pipe: recorded once it is back")
	tap.same(daemon.stop(), 0, "SIGTERM ends the daemon")
	tap.same(os.listdir(os.path.dirname(daemon.socket("lmtp"))), [],
	         "it leaves no socket behind")
	tap.same(hand_over("three").returncode, 0,
	         "carom-pipe without a daemon does it itself")
	tap.same(story(lab, "three@gmail.com"), "recipient_unknown|claimed",
	         "the same way")


def lab_run(lab, client, daemon, data, to):
	from lab import PIPE_USER, clean_environment, run
	return run([client, "--socket=" + daemon.socket("lmtp"),
	            "--carom=" + lab.carom, "--recipient=" + to, "--sender=",
	            "--queue-id=TEST", "--client-address=" + STRANGER],
	           user=PIPE_USER, data=data.replace(b"\r\n", b"\n"), check=False,
	           env=clean_environment(CAROM_CONFIG=lab.conf))


def reloading(tap, lab, daemon):
	rules = os.path.join(lab.folder, "rules.d")
	os.makedirs(rules)
	with open(os.path.join(rules, "10-local.rules"), "w") as f:
		f.write("local-pigeon  rate_limited\n\t/carrier pigeon/\n"
		        "\t> 550 5.1.1 the carrier pigeon is tired\n")
	lab.configure(settings(lab, rules={"local": rules}))
	daemon.hangup()
	wait_until(lambda: "reloaded" in daemon.log_text(), 10, "it reloads")
	lab.postfix.submit("", NEWS, samples.dsn(
		"bird@gmail.com", NEWS, diagnostic="smtp; 550 5.1.1 carrier pigeon "
		"not found"), client=STRANGER)
	lab.postfix.wait_empty()
	tap.same(story(lab, "bird@gmail.com"), "rate_limited|guessed",
	         "SIGHUP: a local rule is in force, and comes before the shipped")
	with open(lab.conf, "a") as f:
		f.write("[bounce]\ndomain = typo.example\n")
	daemon.hangup()
	wait_until(lambda: "not reloaded" in daemon.log_text(), 10, "it refuses")
	tap.contains(daemon.log_text(), "the nearest is domains",
	             "a broken configuration is not taken, and told")
	lab.postfix.submit("", NEWS, samples.dsn("still@gmail.com", NEWS),
	                   client=STRANGER)
	lab.postfix.wait_empty()
	tap.same(story(lab, "still@gmail.com"), "recipient_unknown|guessed",
	         "and the daemon goes on with what it had")
	before = daemon.log_text().count("not reloaded")
	open(lab.conf, "w").close()
	daemon.hangup()
	wait_until(lambda: daemon.log_text().count("not reloaded") > before, 10,
	           "it refuses an empty file")
	tap.contains(daemon.log_text(), "sets nothing at all",
	             "a file that an editor has just emptied is not taken")
	lab.configure(settings(lab))


def tests(tap, lab):
	lab.configure(settings(lab))
	daemon = Daemon(lab, "inbound").start()
	try:
		by_lmtp(tap, lab, daemon)
		reloading(tap, lab, daemon)
		by_client(tap, lab, daemon)
	finally:
		daemon.stop()


sys.exit(script("daemon", tests))
