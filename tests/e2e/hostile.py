#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Huge, deep, broken and empty messages: a clear outcome, bounded memory."""

import os
import shlex
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from tap import script  # noqa: E402

NEWS = "news@b.example.com"
MIB = 1 << 20

# Two copies of what [limits] message lets carom keep, where that is much.
LIMIT_MIB, LIMIT_SMALL_MIB = 128, 40

# Runs carom and appends the largest memory that it used, in KiB, to a file.
MEASURE = """
import os, resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
with open(sys.argv[1], "a") as f:
	f.write("%d\\n" % peak)
sys.exit(code if code >= 0 else 75)
"""


def huge_report(who, to):
	"""A bounce that returns 60 MiB of the message that was sent."""
	report = samples.dsn(who, to)
	end = report.rindex(b"--=_dsn--")
	filler = (b"x" * 76 + b"\r\n") * (60 * MIB // 78)
	return report[:end] + b"\r\n" + filler + report[end:]


def messages():
	"""(what, return address, message, expected kind, expected event)"""
	who = "budi@isp.example"
	to = samples.verp(NEWS, who)
	letter = samples.letter("a@isp.example", NEWS)
	yield ("a bounce of 60 MiB", to, huge_report(who, to), "bounce", who)
	yield ("a letter of 60 MiB", NEWS, samples.letter(
		"b@isp.example", NEWS, ("y" * 76 + "\n") * (60 * MIB // 77)),
		"unrecognised", "")
	yield ("one line of 30 MiB", NEWS, letter + b"z" * (30 * MIB) + b"\r\n",
	       "unrecognised", "")
	yield ("500 levels of multipart", NEWS, samples.nested(500, NEWS),
	       "unrecognised", "")
	yield ("5000 levels of multipart", NEWS, samples.nested(5000, NEWS),
	       "unrecognised", "")
	yield ("100000 header lines", NEWS, b"".join(
		b"X-%d: y\r\n" % n for n in range(100000)) + letter,
		"unrecognised", "")
	yield ("NULs and no header", NEWS, b"\0\0\0 no header \0\r\n" * 1000,
	       "unrecognised", "")
	yield ("every octet there is", NEWS, bytes(range(256)) * 64,
	       "unrecognised", "")
	yield "nothing at all", NEWS, b"", "unrecognised", ""


def recorded(tap, lab, what, count, kind, address):
	tap.same(lab.count("report"), count, what + ": recorded")
	tap.same(lab.postgres.sql(
		"SELECT r.kind, e.address FROM carom.report r JOIN carom.event e "
		"ON e.report = r.id ORDER BY r.id DESC LIMIT 1"),
		"%s|%s" % (kind, address), what + ": as what it is")


def check_peak(tap, path, what, size):
	limit = LIMIT_MIB if size > 16 * MIB else LIMIT_SMALL_MIB
	with open(path) as f:
		peak = int(f.read().split()[-1]) // 1024
	if "CAROM_SANITIZED" in os.environ:
		return  # sanitizers take more, and say nothing of the real thing
	tap.ok(peak < limit, "%s: memory below %d MiB" % (what, limit),
	       "%d MiB" % peak)
	print("# %s: %d MiB" % (what, peak))


def by_postfix(tap, lab, peaks):
	lab.wrapper("exec %s -c %s %s $carom \"$@\"" % (
		"/usr/bin/python3", shlex.quote(MEASURE), peaks))
	for n, (what, to, message, kind, address) in enumerate(messages(), 1):
		lab.postfix.submit("", to, message, client="203.0.113.7")
		lab.postfix.wait_empty(120)
		recorded(tap, lab, what, n, kind, address)
		check_peak(tap, peaks, what, len(message))
	# sanitizers are slower than the deadline where others work too
	tap.ok("CAROM_SANITIZED" in os.environ or "status=deferred" not in "".join(
		line for line in lab.postfix.log_text().splitlines()
		if "relay=carom" in line), "none of them needed a second try")
	return n


def no_memory(tap, lab, count):
	"""Too little memory for this message: it waits until there is enough."""
	lab.wrapper('ulimit -v 75000\nexec $carom "$@"')
	lab.postfix.submit("", NEWS, samples.letter(
		"c@isp.example", NEWS, ("w" * 76 + "\n") * (40 * MIB // 77)))
	lab.postfix.wait_deferred(1)
	tap.same(lab.count("report"), count, "no memory: nothing is recorded")
	lab.wrapper('exec $carom "$@"')
	lab.postfix.wait_empty()
	tap.same(lab.count("report"), count + 1, "no memory: recorded later")
	return count + 1


def by_hand(tap, lab, count):
	"""What SMTP would mend on its way, straight to standard input."""
	for what, data in (("zero octets", b""), ("NULs alone", b"\0" * 100000),
	                   ("half a bounce", samples.dsn("h@isp.example", NEWS)
	                    .replace(b"\r\n", b"\n")[:400])):
		count += 1
		done = lab.pipe(data, "--recipient=" + NEWS,
		                "--client-address=203.0.113.7")
		tap.same(done.returncode, 0, what + " on standard input: accepted")
		tap.same(lab.count("report"), count, what + ": recorded")


def tests(tap, lab):
	peaks = os.path.join(lab.folder, "peaks")
	with open(peaks, "w"):
		os.chmod(peaks, 0o666)
	count = no_memory(tap, lab, by_postfix(tap, lab, peaks))
	by_hand(tap, lab, count)
	tap.same(lab.count("raw"), lab.count("report", "kind = 'unrecognised'"),
	         "what was not understood is kept")
	tap.same(lab.count("suppression"), 1, "only the real bounce suppresses")


sys.exit(script("hostile", tests, settings={
	"message_size_limit": str(100 * MIB), "mailbox_size_limit": "0",
	"header_size_limit": "10000000", "line_length_limit": "2048"}))
