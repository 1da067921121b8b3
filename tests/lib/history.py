# SPDX-License-Identifier: BSD-2-Clause
"""Histories of mail as a large sender's look, for the report: weekly shapes,
campaigns that move all providers at once, and a scatter of each series' own.
"""

import math
import random

PROVIDERS = {"gmail": 250000, "yahoo_aol": 100000, "microsoft_consumer": 45000,
             "apple": 18000, "telkom_id": 7500, "comcast": 3000, "gmx_webde": 1200,
             "mail_ru": 450, "laposte": 170, "bluewin": 60}
# share of the mail, and its week from Monday on
STREAMS = {"news": (0.6, (0.6, 1.6, 0.8, 1.7, 0.9, 0.7, 0.7)),
           "receipts": (0.25, (1.1, 1.1, 1.1, 1.1, 1.1, 0.8, 0.7)),
           "notices": (0.15, (1, 1, 1, 1, 1, 1, 1))}
# measure: usual rate, kind, action, category, class, feedback type
MEASURES = {
	"complaints": (0.0005, "complaint", "complained", "", "", "abuse"),
	"hard": (0.008, "bounce", "failed", "recipient_unknown", "hard", ""),
	"soft": (0.004, "bounce", "failed", "mailbox_full", "soft", ""),
	"block": (0.003, "bounce", "failed", "rate_limited", "block", ""),
}
ACCOUNT = "acme"
# of complaints, how many come on the day of their mail, the day after, …
DELAYS = (30, 22, 12, 8, 6, 4, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)


class Trouble:
	"""From so many days before the end on, a measure of a provider and stream
	(None: all) is times what it was, told as category."""

	def __init__(self, measure, days, times, provider=None, stream=None,
	             category=None):
		self.measure, self.days, self.times = measure, days, times
		self.provider, self.stream, self.category = provider, stream, category

	def fits(self, measure, days_before_end, provider, stream):
		return (measure == self.measure and days_before_end < self.days and
		        self.provider in (None, provider) and
		        self.stream in (None, stream))


def _count(random_numbers, mean):
	"""A Poisson number."""
	if mean > 50:
		return max(0, round(random_numbers.gauss(mean, math.sqrt(mean))))
	limit, n, product = math.exp(-mean), 0, random_numbers.random()
	while product > limit:
		n += 1
		product *= random_numbers.random()
	return n


def _scatter(mails):
	"""0.15 for the largest series to 0.55 for the smallest."""
	size = math.log(max(mails, 60) / 60) / math.log(250000 / 60)
	return 0.55 - 0.4 * min(1, size)


def rows(seed, n_days, troubles=(), scale=1):
	"""(volume rows, tally rows), days as numbers before the last: 0 is it."""
	r = random.Random(seed)
	volume, tally = [], []
	campaign = {(s, m, d): r.gauss(0, 0.2) for s in STREAMS for m in MEASURES
	            for d in range(n_days)}
	for provider, usual in PROVIDERS.items():
		for stream, (share, week) in STREAMS.items():
			own = {m: math.exp(r.gauss(0, 0.3)) for m in MEASURES}
			base = usual * share * scale
			for before in range(n_days):
				mails = round(base * week[-before % 7] *
				              math.exp(r.gauss(0, 0.1)))
				volume.append((before, stream, provider, mails))
				for measure, (rate, kind, action, category, cls,
				              feedback) in MEASURES.items():
					expected = mails * rate * own[measure] * math.exp(
						campaign[stream, measure, before] +
						r.gauss(0, _scatter(base)))
					extra, why = 0, category
					for t in troubles:
						if t.fits(measure, before, provider, stream):
							extra += expected * (t.times - 1)
							why = t.category or category
					n, more = _count(r, max(0, expected + min(extra, 0))), 0
					if extra > 0:
						more = _count(r, extra)
					for events, told in ((n, category), (more, why)):
						if events:
							tally.append((before, stream, provider, kind, action,
							              told, cls, feedback, events))
	return volume, tally


def cohorts(seed, tally):
	"""The rows of cohort for those of the tally: complaints are late, bounces are not."""
	r, found = random.Random(seed), {}
	for before, stream, provider, kind, _, _, cls, _, events in tally:
		late = r.choices(range(len(DELAYS)), DELAYS, k=events) if kind == "complaint" else [0] * events
		for delay in late:
			key = (before, before + delay, stream, provider, cls or "complaints")
			found[key] = found.get(key, 0) + 1
	return [key + (n,) for key, n in sorted(found.items())]


def fill(postgres, seed=1, n_days=90, last="carom.day() - 1", troubles=(), scale=1, late=()):
	"""Put a history into the tally, the cohorts and the volume: the last day is last (SQL).
	late: (day before the last, stream, provider, complaints, their mail's days before it), …"""
	volume, tally = rows(seed, n_days, troubles, scale)
	cohort = cohorts(seed, tally)
	for before, stream, provider, n, days in late:
		tally.append((before, stream, provider, "complaint", "complained", "", "", "abuse", n))
		cohort += [(before, before + day, stream, provider, "complaints", n // len(days)) for day in days]
	postgres.sql("CREATE TEMP TABLE v (before int, stream text, provider text, sent bigint);"
		"CREATE TEMP TABLE t (before int, stream text, provider text, kind text, "
		"action text, category text, class text, feedback_type text, events bigint);"
		"CREATE TEMP TABLE c (before int, sent int, stream text, provider text, measure text, events bigint);"
		"COPY c FROM STDIN;\n" + "".join("\t".join(map(str, x)) + "\n" for x in cohort) +
		"\\.\nCOPY v FROM STDIN;\n" + "".join("\t".join(map(str, x)) + "\n" for x in volume) +
		"\\.\nCOPY t FROM STDIN;\n" + "".join("\t".join(map(str, x)) + "\n" for x in tally) +
		"\\.\nINSERT INTO carom.volume (day, account, stream, provider, sent) "
		"SELECT %s - before, '%s', stream, provider, sent FROM v;"
		"INSERT INTO carom.tally (day, account, stream, provider, kind, action, category, "
		"class, feedback_type, confidence, events, reports) "
		"SELECT %s - before, '%s', stream, provider, kind, action, category, class, "
		"feedback_type, 'proven', sum(events), sum(events) FROM t GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;"
		"INSERT INTO carom.cohort (day, sent_on, account, stream, provider, measure, events) "
		"SELECT %s - before, %s - sent, '%s', stream, provider, measure, sum(events) FROM c GROUP BY 1, 2, 3, 4, 5, 6;"
		% (last, ACCOUNT, last, ACCOUNT, last, last, ACCOUNT))


def clear(postgres):
	postgres.sql("DELETE FROM carom.tally; DELETE FROM carom.cohort; DELETE FROM carom.volume")
