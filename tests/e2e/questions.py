#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""doc/questions.md and the Grafana dashboard: what they ask is answered, to
staff, from what is there.
"""

import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import history  # noqa: E402
import samples  # noqa: E402
from lab import CONTRIB, run  # noqa: E402
from tap import script  # noqa: E402

QUESTIONS = os.path.join(os.path.dirname(CONTRIB), "doc", "questions.md")
DASHBOARD = os.path.join(CONTRIB, "grafana-dashboard.json")
# from numbers alone; what names people is for the others
OF_TALLIES = {*range(1, 14), 21, 22}
# what a history has no answer to
EMPTY = {6, 12, 13}


def ask(lab, sql):
	return run(lab.postgres.psql_argv() + ["-f", "-"], check=False,
	           text="SET ROLE carom_staff;\n" + sql)


def questions(tap, lab):
	with open(QUESTIONS, encoding="utf-8") as f:
		found = re.findall(r"^## (\d+)\. (.*?)\n\n```sql\n(.*?)```$", f.read(), re.M | re.S)
	tap.same([int(n) for n, _, _ in found], list(range(1, 23)), "twenty-two questions")
	for n, title, sql in found:
		done = ask(lab, sql)
		good = done.returncode == 0
		if int(n) in OF_TALLIES:
			good = good and (bool(done.stdout.strip()) or int(n) in EMPTY)
			plan = ask(lab, "EXPLAIN " + sql)
			good = good and "event" not in re.findall(r"Scan on (\w+)", plan.stdout)
		tap.ok(good, "%s. %s" % (n, title), done.stderr or "no row")


def iso(moment):
	return time.strftime("'%Y-%m-%dT%H:%M:%SZ'", time.gmtime(moment))


def filled(sql, provider):
	"""A query as Grafana sends it: its macros are literals then."""
	now = time.time()
	for name, value in (("$__timeFrom()", iso(now - 28 * 86400)),
	                    ("$__timeTo()", iso(now)),
	                    ("${account:sqlstring}", "''"), ("${stream:sqlstring}", "''"),
	                    ("${provider:sqlstring}", "'%s'" % provider)):
		sql = sql.replace(name, value)
	return sql


def dashboard(tap, lab):
	with open(DASHBOARD, encoding="utf-8") as f:
		board = json.load(f)
	asked = [(p["title"], t["rawSql"]) for p in board["panels"] for t in p.get("targets", ())]
	asked += [("variable " + v["name"], v["query"]) for v in board["templating"]["list"]
	          if v["type"] == "query"]
	tap.ok(len(asked) >= 8, "the dashboard asks", asked)
	for title, sql in asked:
		done = ask(lab, filled(sql, ""))
		tap.ok(done.returncode == 0 and done.stdout.strip() and "$" not in filled(sql, ""),
		       "Grafana: %s" % title, done.stderr or "no row: " + sql)
	ids = [p["id"] for p in board["panels"]]
	tap.same(len(ids), len(set(ids)), "every panel has a number of its own")


def tests(tap, lab):
	to = samples.verp("news@b.example.com", "ani@isp.example")
	lab.pipe(samples.dsn("ani@isp.example", to).replace(b"\r\n", b"\n"),
	         "--recipient=" + to, "--sender=", "--client-address=203.0.113.7")
	lab.postgres.sql("CREATE TABLE kept AS SELECT * FROM carom.tally;"
	                 "CREATE TABLE kept_cohort AS SELECT * FROM carom.cohort")
	history.fill(lab.postgres, scale=0.2)
	questions(tap, lab)
	dashboard(tap, lab)
	history.clear(lab.postgres)
	lab.postgres.sql("INSERT INTO carom.tally SELECT * FROM kept; DROP TABLE kept;"
	                 "INSERT INTO carom.cohort SELECT * FROM kept_cohort; DROP TABLE kept_cohort")


sys.exit(script("questions", tests, needs_root=False))
