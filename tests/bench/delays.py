#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How far the complaints that are expected of young mail are from those that come.

Generated histories of 150 days: providers of several sizes whose complaints are
late in several ways, with campaigns of their own day to day. Each morning of the
last weeks carom.report_cohorts() is asked, as the report does, of mail of one day
and of seven, and held against what came in the end.

Usage: delays.py BUILD SOURCE
BENCH_DELAYS: how many providers of each size and kind (20).
"""

import math
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from bench import on_a_database  # noqa: E402

DAYS, WINDOW, MORNINGS = 150, 30, 12
SIZES = (100000, 15000, 3000)
RATE = 0.0008
# of a day's complaints, how many come on the day itself, the day after, …
KINDS = {
	"early": [45, 25, 10, 6, 4, 3, 2] + [5 / 23] * 23,
	"usual": [25, 22, 14, 10, 7, 5, 4] + [13 / 23] * 23,
	"late": [8, 14, 14, 12, 10, 8, 7] + [27 / 23] * 23,
}
AGES = (0, 1, 2, 3, 6)


def poisson(r, mean):
	if mean > 40:
		return max(0, round(r.gauss(mean, math.sqrt(mean))))
	limit, n, product = math.exp(-mean), 0, r.random()
	while product > limit:
		n += 1
		product *= r.random()
	return n


def history(seed, size, kind):
	"""volume: day -> mails; cells: (day of sending, delay) -> complaints."""
	r, volume, cells = random.Random(seed), {}, {}
	for day in range(DAYS):
		volume[day] = round(size * (0.5, 1.6, 0.8, 1.7, 1, 0.7, 0.7)[day % 7] *
		                    math.exp(r.gauss(0, 0.1)))
		mean = volume[day] * RATE * math.exp(r.gauss(0, 0.35))
		# on some days people read later
		weights = [w * math.exp(r.gauss(0, 0.1)) for w in KINDS[kind]]
		for delay, weight in enumerate(weights):
			n = poisson(r, mean * weight / sum(weights))
			if n:
				cells[day, delay] = n
	return volume, cells


def fill(sql, providers):
	volume, cohort = [], []
	for name, (sent, cells) in providers.items():
		volume += ["%d\t%s\t%d\n" % (day, name, n) for day, n in sent.items()]
		cohort += ["%d\t%d\t%s\t%d\n" % (day + delay, day, name, n)
		           for (day, delay), n in cells.items()]
	sql("CREATE TEMP TABLE v (day int, provider text, sent bigint);"
	    "CREATE TEMP TABLE c (day int, sent_on int, provider text, events bigint);"
	    "COPY v FROM STDIN;\n" + "".join(volume) + "\\.\nCOPY c FROM STDIN;\n" + "".join(cohort) + "\\.\n"
	    "INSERT INTO carom.volume (day, account, stream, provider, sent) "
	    "SELECT date '2020-01-01' + day, 'acme', 'news', provider, sent FROM v;"
	    "INSERT INTO carom.cohort (day, sent_on, account, stream, provider, measure, events) "
	    "SELECT date '2020-01-01' + day, date '2020-01-01' + sent_on, 'acme', 'news', provider, 'complaints', events FROM c;"
	    "ANALYZE carom.cohort; ANALYZE carom.volume")


def ask(sql, first, last, as_of):
	rows = sql("SELECT provider, complaints, share, expected_rate, expected_low, expected_high FROM carom.report_cohorts("
	           "date '2020-01-01' + %d, date '2020-01-01' + %d, as_of => date '2020-01-01' + %d) "
	           "WHERE expected_rate IS NOT NULL" % (first, last, as_of))
	return [(p, *map(float, rest)) for p, *rest in (line.split("|") for line in rows.splitlines())]


def measure(sql, providers):
	"""(size, kind, span) -> what was said: share in, error, whether the interval held the truth."""
	said = {}
	for morning in range(DAYS - WINDOW - MORNINGS, DAYS - WINDOW):
		spans = [("age %d" % age, morning - age, morning - age) for age in AGES] + \
			[("7 days", morning - 6, morning)]
		for span, first, last in spans:
			for provider, so_far, share, rate, low, high in ask(sql, first, last, morning):
				sent, cells = providers[provider]
				size, kind, _ = provider.split("-")
				mails = sum(sent[d] for d in range(first, last + 1))
				came = sum(cells.get((d, k), 0) for d in range(first, last + 1) for k in range(WINDOW))
				if came == 0:
					continue
				said.setdefault((int(size), kind, span), []).append(
					(share, rate * mails / came - 1, low - 1e-6 <= came / mails <= high + 1e-6, so_far / came - 1))
	return said


def show(said):
	print("of mail of a day (its age) and of 7: error of what is expected, in the middle and in 9 of 10; the interval held")
	print("%7s %-6s %-7s %6s %8s %9s %6s %8s %9s" % (
		"mails", "come", "of", "is in", "so far", "expected", "error", "9 in 10", "interval"))
	for (size, kind, span), rows in sorted(said.items(), key=lambda x: (-x[0][0], list(KINDS).index(x[0][1]), x[0][2])):
		share, bias, held, so_far = (sum(column) / len(rows) for column in zip(*rows))
		errors = sorted(abs(row[1]) for row in rows)
		print("%7d %-6s %-7s %5.0f%% %7.0f%% %+8.0f%% %5.0f%% %7.0f%% %8.0f%%" % (
			size, kind, span, 100 * share, 100 * so_far, 100 * bias, 100 * errors[len(errors) // 2],
			100 * errors[len(errors) * 9 // 10], 100 * held))


def bench(lab):
	each = int(os.environ.get("BENCH_DELAYS", "20"))
	providers = {"%d-%s-%d" % (size, kind, n): history("%d %s %d" % (size, kind, n), size, kind)
	             for size in SIZES for kind in KINDS for n in range(each)}
	fill(lab.postgres.sql, providers)
	show(measure(lab.postgres.sql, providers))


sys.exit(on_a_database(bench))
