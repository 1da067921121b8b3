#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""carom explain ADDRESS: all that is known of it, in order, and what a release does."""

import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from tap import script  # noqa: E402

WHO = "rini@isp.example"


def bounce(lab, status, diagnostic, to=None):
	to = to or samples.verp("news@b.example.com", WHO)
	return lab.pipe(samples.dsn(WHO, to, status=status,
	                            diagnostic="smtp; " + diagnostic)
	                .replace(b"\r\n", b"\n").replace(
		                b"From: Example News", b"X-Order: 4711-%s\nFrom: Example News"
		                % status.encode()), "--recipient=" + to, "--sender=",
	                "--client-address=203.0.113.7", "--queue-id=4XkT2s1")


def in_order(text, *parts):
	at = [text.find(part) for part in parts]
	return -1 not in at and at == sorted(at)


def story(lab):
	return lab.run_carom("explain", WHO).stdout


def tests(tap, lab):
	lab.configure({"raw": {"keep": "all"},
	               "bounce": {"domains": "b.example.com", "headers": "X-Order; X-None"}})
	tap.contains(story(lab), "nothing is known of it", "nobody is nobody")
	tap.contains(story(lab), "it is on no list, and may be mailed", "and may be mailed")
	lab.postgres.sql("SELECT carom.remember_sent('<4711@example.com>', '%s', 'acme', "
	                 "'newsletter', carom.day() - 1)" % WHO)
	bounce(lab, "5.2.2", "552 5.2.2 the mailbox is full")
	bounce(lab, "5.1.1", "550 5.1.1 no such user here")
	text = story(lab)
	tap.ok(in_order(text, "What happened", "mailed, acme/newsletter, 4711@example.com",
	                "mailbox_full", "no such user here", "add, acme", "Now",
	                "may not be mailed by acme"), "all of it, oldest first", text)
	tap.contains(text, "policy mailbox_full: after 5 days within 30, for 90 days",
	             "the policy that did not act")
	tap.ok(in_order(text, "552 5.2.2", "X-Order 4711-5.2.2", "550 5.1.1",
	                "X-Order 4711-5.1.1"), "fields of the mail that the application wants", text)
	tap.contains(text, "-> 1 of 5 days within 30", "and why")
	tap.contains(text, "policy recipient_unknown: at once, for good",
	             "the policy that acted")
	tap.contains(text, "-> put on the list", "and what it did")
	tap.contains(text, "queue id 4XkT2s1, kept whole: carom explain --raw ",
	             "where the message is")
	raw = re.search(r"carom explain --raw (\d+)", text)[1]
	tap.contains(lab.run_carom("explain", "--raw", raw).stdout, "552 5.2.2",
	             "which is there")
	tap.contains(" ".join(text.split()),
	             "then the next recipient_unknown puts it on the list again",
	             "what would happen on release")
	command = re.search(r"(carom suppress remove .*) --note WHY", text)[1]
	command = command.replace("'", "").split()[1:]
	lab.run_carom(*command, "--note", "has a new mailbox")
	text = story(lab)
	tap.contains(text, "it is on no list, and may be mailed", "and does, as it says")
	tap.ok(in_order(text, "add, acme", "remove, acme", "has a new mailbox", "Now"),
	       "who took it off is part of the story", text)
	tap.contains(text, "(login ", "with the login")
	wide = [line for line in text.splitlines() if len(line) > 80]
	tap.ok(not wide, "80 columns", wide)
	whole = json.loads(lab.run_carom("explain", WHO, "--format", "json").stdout)
	tap.same({name: len(rows) for name, rows in whole.items()},
	         {"mailed": 1, "events": 2, "changes": 2, "now": 0}, "programs get the same")


sys.exit(script("story", tests, needs_root=False))
