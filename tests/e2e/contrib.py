#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The files that people copy say what is true."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from lab import CONTRIB, write_file  # noqa: E402
from tap import script  # noqa: E402

SAMPLE = os.path.join(CONTRIB, "carom.conf")

# What the sample sets to a name of its own.
OWN = {("bounce", "domains"), ("own", "hostnames")}


def settings(text):
	"""{(group, key): value}, without [senders]."""
	found, group = {}, None
	for line in text.splitlines():
		if line.startswith("["):
			group = line.strip().strip("[]")
		elif "=" in line and not line.startswith("#") and group != "senders":
			key, _, value = line.partition("=")
			found[group, key.strip()] = value.strip()
	return found


def tests(tap, lab):
	nothing = write_file(os.path.join(lab.folder, "nothing.conf"), "")
	defaults = settings(lab.run_carom("config", conf=nothing).stdout)
	sample = lab.run_carom("config", conf=SAMPLE, check=False)
	tap.ok(sample.returncode == 0, "the sample configuration is accepted",
	       sample.stderr)
	sample = settings(sample.stdout)
	tap.ok(len(defaults) > 10, "there are settings", defaults)
	tap.same(sorted(k for k in defaults if sample.get(k) != defaults[k]),
	         sorted(OWN), "it says the defaults, but for our own names")
	with open(SAMPLE) as f:
		text = f.read()
	with open(os.path.join(CONTRIB, "systemd", "carom-report.service")) as f:
		command = re.search(r"^ExecStart=.*", f.read(), re.M)[0]
	told = lab.run_carom("report", "--help").stdout
	options = re.findall(r"--[a-z-]+", command)
	tap.ok("--mail-to" in options and all(o in told for o in options),
	       "the report's timer mails it, by options that there are", command)
	tap.same([key for _, key in defaults
	          if not re.search(r"^(# )?%s = ?" % re.escape(key), text, re.M)],
	         [], "no setting is left out of it")


sys.exit(script("contrib", tests, needs_root=False))
