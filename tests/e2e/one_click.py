#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""One-click unsubscribe (RFC 8058) from end to end: the outbound milter adds it,
OpenDKIM signs it, a mailbox provider clicks, and the next message is refused.
"""

import email
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from dkim import OpenDkim  # noqa: E402
from lab import PIPE_USER, Failure, run, wait_until  # noqa: E402
from tap import script  # noqa: E402
from unix_http import UnixConnection  # noqa: E402

NEWS = "news@b.example.com"
RECEIPTS = "receipts@b.example.com"
URL = "https://u.example.com/u/"


def refused(lab, sender, to):
	try:
		lab.postfix.submit(sender, to, samples.newsletter())
	except Failure as failure:
		return str(failure)
	return ""


def tests(tap, lab):
	lab.postgres.sql("GRANT carom_api TO " + PIPE_USER)
	keys = os.path.join(lab.folder, "run", "keys")
	lab.configure(settings(
		lab, bounce={"keys": keys}, api={"socket": "unix:%s/run/api" % lab.folder,
		                                 "socket-group": ""},
		outbound={"return-address": "bounces@b.example.com", "refresh": "1",
		          "unsubscribe-url": URL, "unsubscribe-streams": "acme/newsletter"}))
	outbound, api = Daemon(lab, "outbound"), Daemon(lab, "api")
	run([lab.carom, "verp", "newkey", keys], user=PIPE_USER)
	lab.run_carom("verp", "publish")
	dkim = OpenDkim(lab, ["example.com"]).start()
	try:
		outbound.start()
		api.start()
		lab.postfix.command("postconf", "-e", "non_smtpd_milters=")

		def sent(sender=NEWS, to="tired@gmail.com", message=None):
			return email.message_from_bytes(dkim.sign(
				message or samples.newsletter(), sender, to,
				outbound.in_postfix("outbound")))
		got = sent()
		link = (got["List-Unsubscribe"] or "").strip()
		tap.ok(re.fullmatch("<%s[a-z2-7]{26,29}>" % re.escape(URL), link),
		       "the milter adds List-Unsubscribe", got.as_string()[:1500])
		tap.same(got.get_all("List-Unsubscribe-Post"), ["List-Unsubscribe=One-Click"],
		         "and List-Unsubscribe-Post")
		signed = re.sub(r"\s", "", got["DKIM-Signature"] or "")
		fields = re.search(r";h=([^;]*)", signed)[1].lower().split(":")
		tap.ok({"list-unsubscribe", "list-unsubscribe-post"} <= set(fields),
		       "both are below the signature", fields)
		tap.same(sent(RECEIPTS)["List-Unsubscribe"], None, "receipts have none")
		own = samples.newsletter().replace(
			b"List-Id:", b"List-Unsubscribe: <https://own.example/>\r\nList-Id:")
		tap.same(sent(message=own).get_all("List-Unsubscribe"),
		         ["<https://own.example/>"], "who has one of his own keeps it")
		tap.same(sent(to=["a@gmail.com", "b@gmail.com"])["List-Unsubscribe"], None,
		         "with two recipients nobody could say who clicked")
		click = UnixConnection(api.socket("api"))
		click.request("POST", link.strip("<>")[len(URL) - 3:],
		              "List-Unsubscribe=One-Click",
		              {"Content-Type": "application/x-www-form-urlencoded"})
		tap.same(click.getresponse().status, 200, "one click")
		tap.same(lab.postgres.sql("SELECT address, account, stream, source, confidence"
		                          " FROM carom.suppression"),
		         "tired@gmail.com|acme|newsletter|unsubscribe|proven",
		         "suppresses whom that message was for, in its stream")
		lab.postfix.command("postconf", "-e", "smtpd_milters="
		                    + outbound.in_postfix("outbound"))
		lab.postfix.reload()
		wait_until(lambda: refused(lab, NEWS, "tired@gmail.com"), 20,
		           "the next message is refused")
		tap.ok(True, "the next message is refused")
		tap.same(refused(lab, RECEIPTS, "tired@gmail.com"), "", "a receipt is not")
	finally:
		dkim.stop()
		codes = [outbound.stop(), api.stop()]
	tap.same(codes, [0, 0], "both end")


if __name__ == "__main__":
	sys.exit(script("one-click unsubscribe", tests))
