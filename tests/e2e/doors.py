#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The same message gives the same answer, whichever door it comes in by.

Every fixture, with the null sender and with another, by carom pipe, by
carom-pipe, by Postfix's lmtp and by the inbound milter; and carom parse reads
the same out of the bytes that pipe(8) gave.
"""

import collections
import glob
import json
import os
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from daemon import Daemon, settings  # noqa: E402
from lab import PIPE_USER, free_port, owned_folder, wait_until  # noqa: E402
from tap import script  # noqa: E402

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "fixtures")
SENDERS = {"null": "", "other": "reader@isp.example"}
DOORS = {"pipe.example.com": "carom pipe", "hand.example.com": "carom-pipe",
         "lmtp.example.com": "Postfix's lmtp", "milter.example.com": "the milter"}
FACTS = ("address, action, category, class, confidence, resolved_by, recipient, "
         "final_recipient, original_recipient, status, reply, stage, "
         "remote_mta, diagnostic, blocklist, rule, provider")


def fixtures():
	return sorted(glob.glob(os.path.join(FIXTURES, "**", "*.eml"),
	                        recursive=True))


def prepare(lab, inbound):
	"""The four doors in our Postfix; the port of the one with the milter."""
	kept = owned_folder(os.path.join(lab.folder, "kept"), PIPE_USER)
	lab.wrapper('for a; do case $a in --recipient=*) to=${a#*=} ;; esac; done\n'
	            'cat >%s/$to || exit 75\nexec $carom "$@" <%s/$to'
	            % (kept, kept))
	hand_over = os.path.join(os.path.dirname(os.path.dirname(lab.carom)),
	                         "libexec", "carom", "carom-pipe")
	port = free_port()
	with open(os.path.join(lab.postfix.etc, "master.cf"), "a") as f:
		f.write("hand unix - n n - 4 pipe\n  -o soft_bounce=yes flags=R user=%s "
		        "null_sender= argv=%s --socket=%s --carom=/bin/false "
		        "--recipient=${recipient} --original-recipient=${original_recipient} "
		        "--sender=${sender} --queue-id=${queue_id} "
		        "--client-address=${client_address}\n"
		        "127.0.0.1:%d inet n - y - - smtpd\n  -o smtpd_milters=%s\n"
		        % (PIPE_USER, hand_over, inbound.socket("lmtp"), port,
		           inbound.in_postfix("inbound")))
	lab.postfix.command(
		"postconf", "-e", "relay_domains=" + ", ".join(DOORS),
		"hand_destination_recipient_limit=1",
		"transport_maps=inline:{ pipe.example.com=carom:, hand.example.com=hand:,"
		" lmtp.example.com=carom-lmtp:%s, milter.example.com=discard: }"
		% inbound.in_postfix("lmtp"))
	lab.postfix.reload()
	return kept, port


def open_smtp(port):
	smtp = smtplib.SMTP("127.0.0.1", port, "client.example")
	smtp.ehlo()
	smtp.docmd("XCLIENT", "ADDR=203.0.113.7 NAME=client.example")
	smtp.ehlo()
	return smtp


def submit(lab, port, files):
	"""All of them, by all doors, from a stranger's address."""
	straight, milter = open_smtp(lab.postfix.port), open_smtp(port)
	for n, path in enumerate(files):
		with open(path, "rb") as f:
			data = f.read()
		for name, sender in SENDERS.items():
			local = "%s.%d@" % (name, n)
			straight.sendmail(sender, [local + d for d in DOORS
			                           if not d.startswith("milter")], data)
			milter.sendmail(sender, [local + "milter.example.com"], data)
	for smtp in straight, milter:
		smtp.quit()


def recorded(lab):
	"""{(sender, fixture): {door: what was recorded}}"""
	found = collections.defaultdict(dict)
	rows = lab.postgres.sql(
		"SELECT jsonb_build_array(r.to_address, r.kind, r.format, r.reporter, "
		" r.returned_message_id, (SELECT coalesce(jsonb_agg(f ORDER BY e.ordinal), "
		" '[]') FROM carom.event e, LATERAL (SELECT %s) f WHERE e.report = r.id)) "
		"FROM carom.report r" % FACTS)
	for line in rows.splitlines():
		to, *facts = json.loads(line)
		local, _, domain = to.partition("@")
		sender, _, n = local.partition(".")
		found[sender, int(n)][domain] = facts
	return found


def parsed(lab, kept):
	"""{(sender, fixture): (kind, format, outcomes)} by carom parse."""
	found = {}
	for line in lab.run_carom("parse", kept).stdout.splitlines():
		answer = json.loads(line)
		local = os.path.basename(answer["file"]).partition("@")[0]
		sender, _, n = local.partition(".")
		found[sender, int(n)] = [answer["kind"], answer.get("format"), [
			[o.get(k) for k in ("recipient", "action", "status", "category", "rule")]
			for o in answer.get("outcomes", [])]]
	return found


def as_parsed(facts):
	"""The same of what was recorded, where a message without outcomes has an
	event all the same, which says nothing.
	"""
	told = [[o[k] for k in ("recipient", "action", "status", "category", "rule")]
	        for o in facts[4]]
	return [facts[0], facts[1], [o for o in told if any(o)]]


def tests(tap, lab):
	files = fixtures()
	lab.configure(settings(lab, bounce={"domains": ";".join(DOORS)}))
	inbound = Daemon(lab, "inbound").start()
	try:
		kept, port = prepare(lab, inbound)
		submit(lab, port, files)
		lab.postfix.wait_empty(400)
	finally:
		inbound.stop()
	found = recorded(lab)
	wanted = {(s, n) for s in SENDERS for n in range(len(files))}
	for door, name in DOORS.items():
		missing = [k for k in wanted if door not in found.get(k, {})]
		tap.ok(len(files) > 1000 and not missing, "%s: all %d messages came in"
		       % (name, len(wanted)), missing[:10])
	for door, name in list(DOORS.items())[1:]:
		differ = ["%s %s\n  pipe: %s\n  here: %s" % (
			s, os.path.relpath(files[n], FIXTURES),
			found[s, n].get("pipe.example.com"), found[s, n].get(door))
			for s, n in sorted(wanted)
			if found[s, n].get(door) != found[s, n].get("pipe.example.com")]
		tap.ok(not differ, name + ": the same answers as carom pipe",
		       "%d differ\n%s" % (len(differ), "\n".join(differ[:8])))
	alone = parsed(lab, kept)
	differ = ["%s %s\n  parse: %s\n  pipe:  %s" % (
		s, os.path.relpath(files[n], FIXTURES), alone.get((s, n)),
		as_parsed(found[s, n]["pipe.example.com"])) for s, n in sorted(wanted)
		if alone.get((s, n)) != as_parsed(found[s, n]["pipe.example.com"])]
	tap.ok(not differ, "carom parse: the same answers of the same bytes",
	       "%d differ\n%s" % (len(differ), "\n".join(differ[:8])))


sys.exit(script("doors", tests))
