#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the outbound milter signs comes back to whose it was.

The guide's example: [senders] and return-address, and no number in [streams].
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import PIPE_USER, run  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
SHOP = "shop@b.example.com"
GONE = "unknown.ani@gone.example"


def tests(tap, lab):
	keys = os.path.join(lab.folder, "run", "keys")
	lab.configure(settings(
		lab, bounce={"keys": keys},
		outbound={"return-address": "bounces@b.example.com", "refresh": "1"},
		senders={SHOP: "shop/orders"}))
	daemon = Daemon(lab, "outbound")
	run([lab.carom, "verp", "newkey", keys], user=PIPE_USER)
	daemon.start()
	lab.postfix.command("postconf", "-e", "smtpd_milters=%s"
	                    % daemon.in_postfix("outbound"))
	lab.postfix.reload()
	try:
		bounces(tap, lab)
		of_another(tap, lab)
		by_token(tap, lab)
		with_xverp(tap, lab)
		tap.same(daemon.stop(), 0, "SIGTERM ends it")
		counted(tap, lab)
	finally:
		daemon.stop()


def sent_as(lab, sender, to, xverp=False):
	"""The return address that the world saw."""
	before = len(lab.world.deliveries())
	lab.postfix.submit(sender, to, samples.newsletter(), xverp=xverp)
	lab.postfix.wait_empty()
	return [d["from"] for d in lab.world.deliveries()[before:] if d["to"] == to][-1]


def came_back(lab, address):
	"""What is recorded of an address."""
	return lab.postgres.sql(
		"SELECT account, stream, category, confidence FROM carom.event "
		"WHERE address = '%s' ORDER BY id" % address)


def suppressed(lab, address):
	return lab.postgres.sql(
		"SELECT account, stream FROM carom.suppression WHERE address = '%s'" % address)


def bounces(tap, lab):
	address = sent_as(lab, NEWS, GONE)
	decoded = lab.run_carom("verp", "decode", address, user=PIPE_USER).stdout
	tap.contains(decoded, "state      signed", "the return address is signed")
	tap.same(lab.postgres.sql("SELECT account, stream FROM carom.stream"),
	         "acme|newsletter", "account and stream have a number")
	tap.same(came_back(lab, GONE), "acme|newsletter|recipient_unknown|proven",
	         "the bounce is acme's and newsletter's")
	tap.same(suppressed(lab, GONE), "acme|", "and suppresses for acme alone")


def of_another(tap, lab):
	"""Somebody else's mail to the same address is not held up by it."""
	checks = [lab.run_carom("suppress", "check", GONE, "--account", account,
	                        check=False).returncode for account in ("acme", "shop")]
	tap.same(checks, [1, 0], "acme may not mail it, shop may")
	sent_as(lab, SHOP, GONE)
	tap.same(came_back(lab, GONE).splitlines()[-1].split("|")[:2],
	         ["shop", "orders"], "shop's bounce is shop's")
	tap.same(sorted(suppressed(lab, GONE).splitlines()), ["acme|", "shop|"],
	         "each has its own suppression")


def by_token(tap, lab):
	long_local = "unknown." + "a" * 45 + "@gone.example"
	address = sent_as(lab, NEWS, long_local)
	tap.ok(len(address.partition("@")[0]) <= 40 and "=" not in address,
	       "a long address goes as a token", address)
	tap.same(came_back(lab, long_local).split("|")[:2], ["acme", "newsletter"],
	         "which brings both back")
	tap.same(suppressed(lab, long_local), "acme|", "and suppresses for acme alone")


def with_xverp(tap, lab):
	for to in ("unknown.b@g.example", "unknown.c.longer@g.example"):
		address = sent_as(lab, NEWS, to, xverp=True)
		tap.ok(address.endswith("+%s@b.example.com" % to.replace("@", "=")) and
		       len(address.partition("@")[0]) <= 64,
		       "XVERP puts the recipient after what was signed", address)
		tap.same(came_back(lab, to), "acme|newsletter|recipient_unknown|proven",
		         "and it is read as signed")


def counted(tap, lab):
	tap.same(lab.postgres.sql(
		"SELECT account, stream, sum(sent) FROM carom.volume GROUP BY 1, 2 "
		"ORDER BY 1"), "acme|newsletter|4\nshop|orders|1",
		"sent is counted under the same")


sys.exit(script("signed", tests))
