#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Count the results in TAP.

    count.py NAME COUNTS <TAP

Prints what failed, and one line about all; appends "PASSED FAILED SKIPPED" to
the file COUNTS. Several TAP documents one after another are fine. A plan that
was not kept, and a stream without any result, are failures.
"""

import re
import sys
import time

# A result has a number: prove says a bare "ok" about each file.
RESULT = re.compile(r"\s*(not )?ok \d+\b(.*)")
PLAN = re.compile(r"\s*1\.\.(\d+)\s*(#\s*skip\s*(.*))?", re.IGNORECASE)
SKIP = re.compile(r"#\s*skip\s*(.*)", re.IGNORECASE)


def main():
	name, counts = sys.argv[1:]
	start = time.monotonic()
	passed = failed = planned = 0
	skips, diagnosing = [], 0  # lines yet to print about a failure

	def complain(text):
		nonlocal failed
		failed += 1
		print("  not ok  %s: %s" % (name, text))

	for line in sys.stdin.buffer:
		line = line.decode("utf-8", "replace").rstrip()
		result, plan = RESULT.match(line), PLAN.fullmatch(line)
		if plan:
			planned += int(plan[1])
			if plan[2]:
				skips.append(plan[3] or "no reason given")
		elif result:
			skip = SKIP.search(result[2])
			diagnosing = 40 if result[1] and not skip else 0
			if skip:
				skips.append(skip[1] or "no reason given")
				planned -= 1
			elif diagnosing:
				complain(result[2].strip())
			else:
				passed += 1
		elif line.startswith("Bail out!"):
			complain(line)
			planned = passed + failed
		elif diagnosing and line.lstrip().startswith("#"):
			diagnosing -= 1
			print("          " + line.strip())
	if planned != passed + failed:
		complain("%d tests were planned, %d ran" % (planned, passed + failed))
	if not passed and not failed and not skips:
		complain("no test ran")

	text = "%d passed, %d failed" % (passed, failed)
	if skips:
		text += ", %d skipped" % len(skips)
	print("  %-26s %s (%d s)" % (name, text, time.monotonic() - start))
	for why in sorted(set(skips)):
		print("  %-26s skipped: %s" % ("", why))
	with open(counts, "a") as f:
		f.write("%d %d %d\n" % (passed, failed, len(skips)))


if __name__ == "__main__":
	main()
