#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The database on Citus: a coordinator and two workers answer as one Postgres
does. Skipped where the extension is not installed."""

import csv
import io
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from cluster import (OWNER, Cluster, hand_in, hand_in_by_home,  # noqa: E402
                     installed)
import alike  # noqa: E402
import samples  # noqa: E402
from lab import Failure, wait_until, write_file  # noqa: E402
from session import Session, bounce, quoted  # noqa: E402
from tap import script  # noqa: E402

REPORTS = int(os.environ.get("CAROM_TEST_REPORTS", "1500"))
BEFORE = 200  # of these, recorded before the database is distributed
BATCH = 50


def make_reports():
	rng = random.Random(7)
	reports = []
	for n in range(REPORTS):
		category = rng.choice(("recipient_unknown", "recipient_disabled",
		                       "mailbox_full", "rate_limited", "expired"))
		report = bounce("user%d@x%d.test" % (n % 170, n % 7), category,
		                "2026-11-%02d" % rng.randint(1, 20), "c%d" % n,
		                provider=rng.choice(("gmail", "yahoo_aol", "")))
		if n % 3 == 0:
			report.setdefault("returned", {})["feedback_id"] = "c%d:acme" % (n % 5)
		if n % 25 == 0:  # in several homes
			report["outcomes"] += [dict(report["outcomes"][0], recipient="more%d-%d"
			                            "@x.test" % (n % 170, k)) for k in range(3)]
		if n % 10 == 9:  # one mail, told of twice
			report.setdefault("returned", {})["message_id"] = "<mail%d@b.test>" % (n // 20)
		reports.append(report)
	return reports + reports[::10]  # and some come again


def record_by_home(cluster, reports, after_batch=lambda n: None):
	"""How many batches failed: they are to be handed in again, later."""
	session = Session(cluster.coordinator)
	try:
		return hand_in_by_home(session, reports, BATCH, after_batch)
	finally:
		session.close()


COMPARED = {
	# which of several events in a batch is the evidence depends on the batch
	"the tally": "SELECT day, account, stream, provider, kind, action, category, "
	             "sum(events), sum(repeats), sum(reports) FROM carom.tally "
	             "GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(events) <> 0 OR sum(repeats) <> 0 "
	             "OR sum(reports) <> 0",  # what was replayed may come to nothing
	"by campaign": "SELECT day, dimension, account, provider, name, sum(hard), sum(soft), "
	               "sum(bounced) FROM carom.named GROUP BY 1, 2, 3, 4, 5 HAVING sum(bounced) <> 0",
	"the report by campaign": "SELECT account, stream, name, sent, hard, bounced FROM "
	                          "carom.report_named('2026-11-01', '2026-11-30')",
	"suppressions counted": "SELECT sum(suppressions) FROM carom.tally",
	"who is suppressed": "SELECT address, account, stream, expires_at IS NULL "
	                     "FROM carom.suppressions()",
	"the report by provider": "SELECT provider, sent, hard, soft, bounced, "
	                          "hard_rate FROM carom.report_isp('2026-11-01', "
	                          "'2026-11-30')",
	"the report by category": "SELECT category, failed, events, share FROM "
	                          "carom.report_category('2026-11-01', '2026-11-30')",
	"the events": "SELECT kind, address, category, repeated, count(*) FROM "
	              "carom.event GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
}


def compare(tap, lab, cluster, when, *names):
	for name in names or COMPARED:
		got, wanted = (set(postgres.sql(COMPARED[name]).split("\n")) for postgres
		               in (cluster.coordinator, lab.postgres))
		tap.same((sorted(got - wanted)[:9], sorted(wanted - got)[:9]), ([], []),
		         "%s: %s as on one Postgres" % (when, name))


def check(tap, lab, cluster, when):
	done = lab.run_carom("db", "check", conf=cluster.conf, check=False)
	tap.ok(done.returncode == 0, "%s: carom db check holds" % when,
	       done.stdout + done.stderr)


def recording(tap, lab, cluster, reports):
	plain = Session(lab.postgres)
	first, rest = reports[:BEFORE], reports[BEFORE:]
	before = Session(cluster.coordinator)
	hand_in(before, first, BATCH)
	before.close()
	cluster.distribute()
	check(tap, lab, cluster, "a filled database, distributed")
	hand_in(plain, first, BATCH)
	compare(tap, lab, cluster, "distributed")
	tap.same(record_by_home(cluster, rest), 0, "all is recorded by home")
	hand_in(plain, rest, BATCH)
	plain.close()
	compare(tap, lab, cluster, "recorded by home")
	check(tap, lab, cluster, "recorded by home")
	again = reports[::9]
	record_by_home(cluster, again)
	compare(tap, lab, cluster, "handed in again", "the tally", "who is suppressed")


def lying(tap, cluster):
	"""Work is done where the home lies, and nothing lies elsewhere."""
	tap.same(cluster.coordinator.sql(
		"SELECT count(DISTINCT nodename) FROM citus_shards WHERE table_name = "
		"'carom.suppression'::regclass"), "2", "two machines share the list")
	tap.same(cluster.coordinator.sql(
		"SELECT count(*) FROM carom.event WHERE home <> carom._home_of(address)"),
		"0", "each event lies at home")


def killed(tap, lab, cluster):
	"""A worker dies while reports come; all of them are handed in again."""
	rng = random.Random(8)
	reports = [bounce("late%d@x.test" % n, rng.choice(("recipient_unknown",
	                                                   "mailbox_full")),
	                  "2026-11-21", "k%d" % n) for n in range(400)]
	worker = cluster.nodes[1]

	def kill(n):
		if n == 20:
			worker.ctl("stop", "-m", "immediate")
	tap.ok(record_by_home(cluster, reports, kill) > 0,
	       "a worker was killed: some could not be recorded")
	worker.start()
	wait_until(lambda: record_by_home(cluster, reports) == 0, 60,
	           "all are recorded")
	plain = Session(lab.postgres)
	hand_in(plain, reports, BATCH)
	plain.close()
	compare(tap, lab, cluster, "a worker was killed, all handed in again")
	check(tap, lab, cluster, "a worker was killed")


DYING = """SET citus.enable_ddl_propagation TO off; SET citus.enable_manual_changes_to_shards TO on;
CREATE FUNCTION public.dying() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'dying'; END $$;
CREATE CONSTRAINT TRIGGER dying AFTER INSERT ON carom.report_%s DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION public.dying()"""


def committing(tap, cluster):
	"""A worker that fails in the moment of the commit, after all was done."""
	c, worker = cluster.coordinator, cluster.nodes[2]
	reports = [bounce("both%d@x.test" % n, "mailbox_full", "2026-11-23", "both%d" % n)
	           for n in range(30)]
	there = "SELECT count(*), sum(duplicates) FROM carom.report WHERE message_id LIKE '<session-both%'"
	worker.sql(DYING % c.sql("SELECT shardid FROM citus_shards WHERE table_name = "
	                         "'carom.report'::regclass AND nodeport = %d" % worker.port))
	session = Session(c)
	session.record(*reports)
	tap.contains(session.answer(), "ERROR", "a worker fails to commit: that is told")
	tap.same(c.sql(there), "0|", "and no worker recorded any")
	worker.sql("SET citus.enable_ddl_propagation TO off; DROP FUNCTION public.dying() CASCADE")
	hand_in(session, reports, 30)
	session.close()
	tap.same(c.sql(there), "30|0", "handed in again, all are recorded once")


def whole_reports(tap, lab, cluster):
	"""record() on the coordinator takes what has several homes."""
	report = bounce("first@x.test", "recipient_unknown", "2026-11-22", "whole")
	report["outcomes"] += [dict(report["outcomes"][0], recipient="w%d@x.test" % n)
	                       for n in range(5)]
	for name, postgres in (("Citus", cluster.coordinator),
	                       ("one Postgres", lab.postgres)):
		answer = json.loads(postgres.sql("SELECT carom.record(%s)" % quoted(
			json.dumps(report))))
		tap.same((answer["duplicate"], answer["events"],
		          sorted(answer["suppressed"])),
		         (False, 6, sorted(["first@x.test"] + ["w%d@x.test" % n
		                                               for n in range(5)])),
		         "record() on %s: a report with six outcomes" % name)
	compare(tap, lab, cluster, "record()", "the tally", "who is suppressed")
	done = lab.run_carom("suppress", "check", "first@x.test", "-a", "acme",
	                     conf=cluster.conf, check=False)
	tap.same(done.returncode, 1, "suppress check knows it")
	done = lab.run_carom("suppress", "remove", "first@x.test", "-a", "acme",
	                     "--note", "test", conf=cluster.conf, check=False)
	tap.same(done.returncode, 0, "suppress remove takes it off")
	lab.run_carom("suppress", "remove", "first@x.test", "-a", "acme", "--note",
	              "test")


def commands(tap, lab, cluster):
	"""What staff do with the policy and the list comes to the same."""
	def both(*args):
		return [lab.run_carom(*args, conf=conf, check=False)
		        for conf in (cluster.conf, None)]

	def differences(done):
		return sorted((r["change"], r["address"], r["account"], r["stream"])
		              for r in csv.DictReader(io.StringIO(done.stdout))
		              if r["change"] in ("add", "release"))
	for row in (("recipient_disabled", "--after", "1"),
	            ("recipient_unknown", "--never")):
		got, wanted = both("policy", "try", *row, "-f", "csv")
		tap.ok(got.returncode == 0, "policy try on Citus", got.stderr)
		tap.same(differences(got), differences(wanted),
		         "policy try %s: the same as on one Postgres" % row[0])
		tap.ok(len(differences(got)) > 20, "and not nothing", got.stdout[:300])
	row = ("recipient_disabled", "--after", "1")
	for done in both("policy", "try", *row, "--apply", "--note", "stricter"):
		tap.ok(done.returncode == 0, "--apply", done.stderr)
	compare(tap, lab, cluster, "policy try --apply", "suppressions counted")
	tap.same(cluster.coordinator.sql(
		"SELECT count(*) FROM carom.policy_log WHERE change = 'apply'"), "1",
		"with a trace")
	got, _ = both("policy", "try", "-f", "csv")
	tap.same(differences(got), [], "then nothing is left to do")
	check(tap, lab, cluster, "policy try --apply")
	for done in both("suppress", "undo", "--category", "recipient_disabled"):
		tap.contains(done.stdout, "would be released", "suppress undo shows")
	for done in both("suppress", "undo", "--category", "recipient_disabled", "--apply",
	                 "--note", "over"):
		tap.ok(done.returncode == 0 and "released" in done.stdout,
		       "suppress undo --apply", done.stdout + done.stderr)
	tap.same([p.sql("SELECT count(*) FROM carom.suppressions() WHERE reason = "
	                "'recipient_disabled'") for p in (cluster.coordinator, lab.postgres)],
	         ["0", "0"], "none of them is left")
	for args in (("suppress", "alive"), ("policy", "log"),
	             ("policy", "streams", "receipts", "-n", "n"),
	             ("suppress", "check", "w1@x.test", "-a", "acme", "-s", "receipts")):
		done = both(*args)
		tap.ok(done[0].returncode == done[1].returncode and done[0].stderr == "",
		       " ".join(args), done[0].stderr)
	check(tap, lab, cluster, "suppress undo")
	for done in both("policy", "set", "recipient_disabled", "--after", "2",
	                 "--within", "7", "-n", "back"):
		tap.ok(done.returncode == 0, "policy set", done.stderr)


def brake(tap, lab, cluster):
	"""An outage whose addresses lie on all machines is one incident."""
	def outage(name, first, n):
		return [dict(bounce("%s%d@y.test" % (name, i), "recipient_unknown",
		                    "2026-11-25", "%s%d" % (name, i), provider="yahoo_aol",
		                    status="5.1.1", reply="550", diagnostic="550 dd no mailbox "
		                    "here (%s%d@y.test)" % (name, i)),
		             arrived="2026-11-25T08:%02d:%02dZ" % (i * 600 // 2000 // 60,
		                                                   i * 600 // 2000 % 60))
		        for i in range(first, first + n)]

	def asked(sql):
		return [p.sql(sql) for p in (cluster.coordinator, lab.postgres)]

	def both(*args):
		done = [lab.run_carom(*args, conf=conf, check=False)
		        for conf in (cluster.conf, None)]
		return [" ".join(d.stdout.split()) if d.returncode == 0 else d.stderr
		        for d in done]
	spread, plain = Session(cluster.coordinator), Session(lab.postgres)
	listener = Session(cluster.coordinator)
	listener.ask("LISTEN carom_incident")
	for session in spread, plain:
		hand_in(session, outage("out", 0, 1500), 250)
	for reports in outage("out", 1500, 300), outage("out", 1800, 200):
		hand_in_by_home(spread, reports, BATCH)
		hand_in(plain, reports, BATCH)
	tap.contains(listener.ask("SELECT 1"), "carom_incident", "NOTIFY tells of it")
	listener.close()
	held = asked("SELECT count(*), count(DISTINCT s.home) > 60, bool_and(h.home = s.home), "
	             "min(s.note) FROM carom.suppression s JOIN carom.held h ON h.home = s.home "
	             "AND h.address = s.address AND h.event = s.event WHERE s.address LIKE "
	             "'out%'")
	tap.same(held[0], held[1], "an outage of 2,000 at all homes: held as on one Postgres")
	tap.ok(held[0].startswith("2000|t|t|held: see carom incident"), "all of them", held[0])
	tap.same(*asked("SELECT id, provider, template, addresses, first_at, last_at FROM "
	                "carom.incidents()"), "one incident")
	number = cluster.coordinator.sql("SELECT id FROM carom.incidents()")
	listed = both("incident", "list", "-f", "csv")
	tap.ok("yahoo_aol,2000" in listed[0], "incident list", listed[0])
	shown = both("incident", "show", number, "-f", "json")
	tap.same(*[line.count("@y.test") for line in shown], "incident show names all")
	for setting, code in (("mailed", 0), ("refused", 1)):
		cluster.coordinator.sql("SELECT carom.set_setting('held', '%s')" % setting)
		done = lab.run_carom("suppress", "check", "out7@y.test", "-a", "acme", "-s", "news",
		                     conf=cluster.conf, check=False)
		tap.same(done.returncode, code, "held: %s" % setting)
	for line in both("incident", "discard", number, "--note", "an outage"):
		tap.contains(line, "2000 addresses are off the list", "incident discard")
	tap.same(*asked("SELECT change, count(*), count(DISTINCT id) FROM carom.suppression_log "
	                "WHERE address LIKE 'out%' GROUP BY 1 ORDER BY 1"), "with the same trace")
	for session in spread, plain:
		hand_in(session, outage("true", 0, 600), 200)
	number = cluster.coordinator.sql("SELECT id FROM carom.incidents()")
	tap.same(*both("incident", "confirm", number, "--note", "they are dead"),
	         "incident confirm")
	tap.same(*asked("SELECT count(*), count(DISTINCT note), min(note), sum(changes) FROM "
	                "carom.suppression WHERE address LIKE 'true%'"), "suppressed for good")
	tap.same(asked("SELECT count(*) FROM carom.held"), ["0", "0"], "nobody is held any more")
	for _ in range(3):
		asked("SELECT carom.feed_number(100000)")
	tap.same(*asked("SELECT type, count(*) FROM carom.feed('', 10000, 'incident') GROUP BY "
	                "1 ORDER BY 1"), "the feed tells of incidents")
	for session in spread, plain:
		session.close()
	check(tap, lab, cluster, "the brake")


WRONG = """\
wrong-rule  recipient_unknown
	/the attic is locked/
	> 550 the attic is locked
"""


def replaying(tap, lab, cluster):
	"""What a wrong rule did is undone by both, in one transaction."""
	rules = os.path.join(lab.folder, "rules.d")
	os.makedirs(rules)
	rule = write_file(os.path.join(rules, "mine.rules"), WRONG)
	more = {"rules": {"local": rules}, "raw": {"keep": "all"}}
	c = cluster.coordinator
	confs = (cluster.configure(more), lab.configure(more))

	def replay(*args):
		answers = []
		for conf in confs:
			done = lab.run_carom("replay", "-f", "json", *args, conf=conf, check=False)
			if done.returncode != 0:
				raise Failure(done.stderr)
			answers.append(([(d["events"], d["was_rule"], d["is_rule"]) for d in
			                 json.loads(done.stdout)], done.stderr))
		tap.same(*answers, "replay %s: as on one Postgres" % " ".join(args))
		return answers[0]
	for postgres in c, lab.postgres:  # what has no signature of ours is believed
		postgres.sql("SELECT carom.set_setting('keys', 'none')")
	for n in range(12):
		who = "attic%d@z.test" % n
		to = samples.verp("news@b.example.com", who)
		mail = samples.dsn(who, to, status="5.0.0", diagnostic="smtp; 550 the attic is "
		                   "locked").replace(b"\r\n", b"\n")
		for conf in confs:
			lab.run_carom("pipe", "--recipient=" + to, "--sender=",
			              "--client-address=203.0.113.7", data=mail, conf=conf)
	reports = [bounce("loft%d@z.test" % n, "recipient_unknown", "2026-11-26",
	                  "loft%d" % n, status="5.0.0", reply="550", rule="wrong-rule",
	                  diagnostic="550 the attic is locked") for n in range(60)]
	for report in reports[::6]:  # in several homes
		report["outcomes"] += [dict(report["outcomes"][0], recipient="more-%s" % (
			report["outcomes"][0]["recipient"])) for _ in range(2)]
	for report in reports[::6]:
		report["outcomes"][2]["recipient"] = "third-" + report["outcomes"][0]["recipient"]
	for postgres in c, lab.postgres:
		session = Session(postgres)
		hand_in(session, reports, 20)
		session.close()
	write_file(rule, WRONG.replace("wrong-rule  recipient_unknown",
	                               "right-rule  remote_system"))
	found, numbers = replay()
	tap.ok(found == [(12, "wrong-rule", "right-rule")] and "12 would leave" in numbers,
	       "what was kept whole reads otherwise", found)
	replay("--apply", "--note", "a disk")
	# other outcomes of the tests have no rule at all
	found, _ = replay("--events", "--since", "2026-11-26", "--until", "2026-11-26")
	tap.ok((80, "wrong-rule", "right-rule") in found, "and what was not", found)
	replay("--events", "--since", "2026-11-26", "--until", "2026-11-26", "--apply")
	found, _ = replay("--events", "--since", "2026-11-26", "--until", "2026-11-26")
	tap.same(found, [], "and then nothing is left")
	tap.same(c.sql("SELECT count(*) FROM carom.suppression WHERE address LIKE '%attic%' OR "
	               "address LIKE '%loft%'"), "0", "nobody is left on the list")
	compare(tap, lab, cluster, "replay")
	tap.same(*[p.sql("SELECT before, after, count(*), sum(added), sum(released) FROM "
	                 "carom.replayed GROUP BY 1, 2 ORDER BY 1, 2")
	           for p in (c, lab.postgres)], "the same trace")
	check(tap, lab, cluster, "replay")
	for who in "attic3@z.test", "loft6@z.test", "third-loft6@z.test":
		told = [json.loads(lab.run_carom("explain", who, "-f", "json", conf=conf).stdout)
		        for conf in confs]
		tap.same(*[([(e["kind"], e["category"], e["rule"], e["acted"], e["kept"])
		             for e in t["events"]],
		            [(x["change"], x["reason"], x.get("note")) for x in t["changes"]],
		            t["mailed"], t["now"]) for t in told], "the story of %s" % who)
		tap.ok(len(told[0]["events"]) == 1 and len(told[0]["changes"]) == 2,
		       "has an event and two changes", told[0])


def policy(tap, cluster):
	"""A change of policy holds on every machine at once."""
	c = cluster.coordinator
	c.sql("UPDATE carom.policy SET after = NULL WHERE category = "
	      "'recipient_unknown'")
	reports = [bounce("lax%d@x.test" % n, "recipient_unknown", "2026-11-23",
	                  "lax%d" % n) for n in range(60)]
	record_by_home(cluster, reports)
	tap.same(c.sql("SELECT count(*) FROM carom.suppression WHERE address LIKE "
	               "'lax%'"), "0", "a policy taken away: nobody is suppressed")
	c.sql("UPDATE carom.policy SET after = 1 WHERE category = "
	      "'recipient_unknown'")
	record_by_home(cluster, [dict(r, message_id=r["message_id"] + "2")
	                         for r in reports])
	tap.same(c.sql("SELECT count(*) FROM carom.suppression WHERE address LIKE "
	               "'lax%'"), "60", "and set again: everybody is")


def lists(tap, lab, cluster):
	"""A file goes in and comes out as on one Postgres."""
	rows = "".join("%s@l%d.test,acme,%s,%s\n" % (
		"imp%d" % n, n % 9, ("asked,staff", "recipient_unknown,bounce",
		                     "complaint:abuse,complaint")[n % 3],
		"2099-01-01" if n % 4 == 0 else "") for n in range(600))
	text = "address,account,reason,source,expires\n" + rows + "imp4@l4.test,acme,x,,\n"
	answers = []
	for conf in cluster.conf, lab.conf:
		said = []
		for args in ("--dry-run",), (), ():
			done = lab.run_carom("suppress", "import", "-f", "json", *args, "-",
			                     conf=conf, check=False, text=text)
			said.append(json.loads(done.stdout) if done.returncode == 0
			            else done.stderr)
		out = lab.run_carom("suppress", "export", "-a", "acme", "-f", "ndjson",
		                    conf=conf, check=False).stdout
		said.append(sorted((row["address"], row["reason"], row.get("expires"))
		                   for row in map(json.loads, out.splitlines())
		                   if row["address"].startswith("imp")))
		answers.append(said)
	tap.same(answers[0], answers[1], "a file is imported, again, and exported")
	tap.ok(len(answers[0][3]) == 600 and answers[0][1]["added"] == 600 and
	       answers[0][2]["kept"] == 600, "whole", answers[0][:3])
	tap.same(cluster.coordinator.sql(
		"SELECT count(*), count(DISTINCT home) > 20 FROM carom.suppression_log WHERE "
		"address LIKE 'imp%' AND home = carom._home_of(address)"), "600|t",
		"with a row of the log for each, at its home")
	check(tap, lab, cluster, "imported")


def numbers(tap, cluster):
	c = cluster.coordinator
	tap.same(c.sql("SELECT bool_and(id < 1::bigint << 40), bool_and(id & 63 = "
	               "carom._home_of('n' || n || '@x.test')) FROM (SELECT n, "
	               "carom.address_id('n' || n || '@x.test') AS id FROM "
	               "generate_series(1, 100) n) x"), "t|t",
	         "numbers have 40 bits and name their home")
	answer = Session(cluster.nodes[1])
	said = answer.ask("SELECT carom.address_id('elsewhere@x.test') < 1::bigint << "
	                  "40")
	answer.close()
	tap.ok(said == "t" or "coordinator" in said, "on a worker as well, or it says "
	       "who counts", said)


def feed(tap, lab, cluster):
	"""What the machines wrote has one order, which the coordinator gives it."""
	c = cluster.coordinator
	c.sql("SELECT carom.suppress('fed@x.test', 'asked')")
	c.sql("SELECT carom.unsuppress('fed@x.test', 'again')")
	read = []
	for page in ("1000", "37"):
		done = lab.run_carom("feed", "--format", "json", "--page", page,
		                     conf=cluster.conf, check=False)
		if done.returncode != 0:
			raise Failure(done.stderr)
		read.append([json.loads(line) for line in done.stdout.splitlines()])
	tap.ok(read[0] == read[1], "the feed is the same for two readers",
	       [len(rows) for rows in read])
	tap.same([int(row["cursor"].partition("-")[0]) for row in read[0]],
	         list(range(1, len(read[0]) + 1)), "without a gap")
	for what, table in (("event", "event WHERE resolved_by IS DISTINCT FROM 'forgotten'"),
	                    ("change", "suppression_log WHERE address <> ''")):
		told = sorted(row[what] for row in read[0] if what in row and
		              not (what == "event" and "change" in row))
		there = sorted(int(n) for n in c.sql("SELECT id FROM carom.%s"
		                                     % table).split())
		tap.ok(told == there and len(told) > 100, "it has each %s, once" % what,
		       "%d told, %d there" % (len(told), len(there)))
	tap.same([row["type"] for row in read[0] if row.get("address") ==
	          "fed@x.test"], ["suppression.added", "suppression.removed"],
	         "the changes of an address in their order")
	tap.same(c.sql("SELECT listed FROM carom.list_changes('') WHERE address = "
	               "'fed@x.test'"), "f", "and the outbound daemon is told of them")


def keeping(tap, lab, cluster):
	"""Upgrade and prune while reports come, by a plain owner of the schema."""
	tap.same(cluster.coordinator.sql("SELECT rolsuper FROM pg_roles WHERE rolname = '%s'"
	                                 % OWNER), "f", "the owner is no superuser")
	reports = [bounce("while%d@x.test" % n, "recipient_unknown", "2026-11-24",
	                  "while%d" % n) for n in range(600)]
	session = Session(cluster.coordinator)
	left = [reports[i:i + 10] for i in range(0, len(reports), 10)]
	for verb in ("upgrade", "prune"):
		running = subprocess.Popen([lab.carom, "--config", cluster.conf, "db", verb],
		                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
		while running.poll() is None and left:
			session.record(*left[0])
			if "ERROR" not in session.answer():
				left.pop(0)
		said = running.communicate()[0].decode()
		tap.ok(running.returncode == 0, "carom db %s" % verb, said)
	while left:  # what was refused meanwhile is handed in again
		session.record(*left[0])
		answer = session.answer()
		if "ERROR" in answer:
			raise Failure(answer)
		left.pop(0)
	session.close()
	tap.same(cluster.coordinator.sql("SELECT count(*), sum(duplicates) FROM carom.report "
	                                 "WHERE message_id LIKE '<session-while%'"), "600|0",
	         "each was recorded, once")
	tap.same(cluster.coordinator.sql(
		"SELECT result FROM run_command_on_workers($$SELECT count(DISTINCT proname) > 15 FROM "
		"pg_proc WHERE proname ~ '_[0-9]{6,}$'$$)"), "t\nt",
		"each machine has functions of its places")
	check(tap, lab, cluster, "at the end")
	record_by_home(cluster, [bounce("end@x.test", "recipient_unknown",
	                                "2026-11-24", "end")])
	tap.same(cluster.coordinator.sql(
		"SELECT reason FROM carom.suppressed('end@x.test', 'acme', 'news')"),
		"recipient_unknown", "and reports are recorded after that")


def questions(tap, lab, cluster):
	"""What the API, the page and the webhooks ask and do."""
	for postgres in cluster.coordinator, lab.postgres:
		session = Session(postgres)
		hand_in(session, alike.reports(), 10)
		session.close()
	got, wanted = alike.ask(cluster.coordinator), alike.ask(lab.postgres)
	for name in wanted:
		tap.same(got[name], wanted[name], name)
	tap.same([name for name, lines in wanted.items() if "ERROR" in str(lines)],
	         ["page suppress('rita', 'page@desk.test', 'asked', 'desk', NULL, 'by phone')",
	          "page lift('edi', 'ask@desk.test', 'desk', NULL, 'no')"],
	         "only who may not is refused")
	for name in "nightly blocks cohorts suppressions unrecognised undetermined".split():
		done = [lab.run_carom("report", name, "-f", "json", "-a", "desk", "--since", "2026-11-01", "--until",
		                      "2026-11-30", conf=conf, check=False) for conf in (cluster.conf, None)]
		tap.ok(done[0].returncode == done[1].returncode, "carom report %s" % name, done[0].stderr)
		tap.same(*[alike.masked(d.stdout) for d in done], "as on one Postgres")
	check(tap, lab, cluster, "asked by API and page")


# of one row of a table of carom
HOLDS = "SELECT count(*) FROM carom.%s x WHERE x::text ILIKE '%%fatma%%'"
TABLES = ("event told suppression suppression_log address sent raw held delivered "
          "same_mailbox setting_log incident webhook_delivery forgotten").split()


def forgetting(tap, lab, cluster):
	"""A person whose reports lie at several homes, and in the words of others."""
	postgres = cluster.coordinator, lab.postgres
	confs = cluster.conf, None

	def both(*args):
		return [lab.run_carom(*args, conf=conf, check=False) for conf in confs]

	def holding():
		return [[p.sql(HOLDS % table) for table in TABLES] for p in postgres]
	alone = bounce("f.atma@gmail.com", "recipient_unknown", "2026-11-27", "f1",
	               diagnostic="550 no f.atma@gmail.com", stream="receipts")
	fatma = bounce("fatma@desk.test", "recipient_unknown", "2026-11-27", "f2",
	               diagnostic="550 no fatma@desk.test here")
	fatma["outcomes"] += [dict(fatma["outcomes"][0], recipient="near%d@desk.test" % n,
	                           diagnostic="550 no") for n in range(4)]
	fatma["from"] = "fatma@desk.test"
	fatma["returned"] = {"message_id": "<f2@b.test>", "subject": "Dear fatma@desk.test"}
	others = bounce("near5@desk.test", "mailbox_full", "2026-11-27", "f3",
	                diagnostic="552 near5 forwards to <fatma@desk.test>")
	others["outcomes"] += [dict(others["outcomes"][0], recipient="near6@desk.test")]
	for p in postgres:
		session = Session(p)
		hand_in(session, [alone, fatma, others, dict(fatma, message_id="<f4@t>")], 2)
		session.ask("SELECT carom.verp_token('fatma@desk.test', 's', 'acme', 1)")
		session.close()
	for done in both("suppress", "add", "near7@desk.test", "--reason", "asked", "--note",
	                 "told fatma@desk.test by phone"):
		tap.ok(done.returncode == 0, "a note that mentions her", done.stderr)
	tap.same(*holding(), "she is known, and as on one Postgres")
	tap.ok("0" not in holding()[0][:3], "by many a table", holding())
	for args in (("--dry-run",), ("--refuse", "--note", "asked by fatma@desk.test")):
		done = both("forget", "-f", "json", *args, "fatma@desk.test")
		tap.ok(done[0].returncode == 0, "carom forget %s" % args[0], done[0].stderr)
		tap.same(*[sorted(d.stdout.splitlines()) for d in done], "counts as on one Postgres")
	tap.same(*holding(), "what else begins so is left on both")
	tap.same([cluster.coordinator.sql(HOLDS.replace("fatma", "fatma@desk.test") % table)
	          for table in TABLES + ["report"]], ["0"] * (len(TABLES) + 1),
	         "and no table of any machine has her")
	for p in postgres:  # told of again
		session = Session(p)
		hand_in(session, [dict(fatma, message_id="<f5@t>")], 2)
		session.close()
	tap.same(cluster.coordinator.sql(HOLDS.replace("fatma", "fatma@desk.test") % "event"), "0",
	         "a later report does not bring her back")
	for done in both("suppress", "check", "fatma@desk.test", "-a", "elsewhere"):
		tap.ok(done.returncode == 1 and "forgotten" in done.stdout, "she is refused", done.stdout)
	tap.same(*[p.sql("SELECT address LIKE '#%', category, repeated, count(*) FROM carom.event WHERE day = "
	                 "'2026-11-27' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3") for p in postgres],
	         "her events count on both")
	check(tap, lab, cluster, "forgotten")


def mailboxes(tap, lab, cluster):
	"""Entries of one mailbox lie at several homes, and hold for all its spellings."""
	def both(*args):
		return [lab.run_carom(*args, conf=conf, check=False) for conf in (cluster.conf, None)]

	def asked(*spellings):
		found = [sorted(p.sql("SELECT address FROM carom.suppressed('%s', 'acme')" % a)
		                for a in spellings) for p in (cluster.coordinator, lab.postgres)]
		tap.same(*found, "as on one Postgres")
		return [bool(a) for a in found[0]]
	spellings = "bu.di+x@gmail.com", "budi@googlemail.com", "b.u.d.i+shop@gmail.com"
	for done in both("suppress", "add", "bu.di@gmail.com", "--reason", "asked"):
		tap.ok(done.returncode == 0, "an entry of before", done.stderr)
	tap.ok(not any(asked(*spellings)), "a mailbox has one spelling")
	for done in both("policy", "mailboxes", "gmail", "-n", "test"):
		tap.ok(done.returncode == 0, "policy mailboxes", done.stderr)
	tap.ok(all(asked(*spellings)), "then it has many")
	reports = [bounce("ci.tra%d@gmail.com" % n, "recipient_unknown", "2026-11-28", "box%d" % n)
	           for n in range(20)]
	record_by_home(cluster, reports[:10])
	for p, rest in (cluster.coordinator, reports[10:]), (lab.postgres, reports):
		session = Session(p)
		hand_in(session, rest, 5)
		session.close()
	for conf in cluster.conf, lab.conf:
		lab.run_carom("suppress", "import", "-", conf=conf, text="address,account,reason,source\n"
		              "de+list@googlemail.com,acme,asked,staff\n")
	tap.ok(all(asked("citra3@gmail.com", "c.itra13+x@googlemail.com", "de@gmail.com")),
	       "also what is recorded at home, in batches, and imported")
	tap.same(*[p.sql("SELECT count(*), bool_and(home = carom._home_of(address)) FROM carom.same_mailbox")
	           for p in (cluster.coordinator, lab.postgres)], "noted at home")
	tap.same(*[p.sql("SELECT address, mark FROM carom.suppressed_mailboxes() WHERE address NOT LIKE '#%'")
	           for p in (cluster.coordinator, lab.postgres)], "what the outbound daemon reads")
	cluster.coordinator.sql("SELECT carom.feed_number()")
	tap.same(cluster.coordinator.sql("SELECT listed FROM carom.list_changes('') WHERE address = ' citra3@gmail.com'"),
	         "t", "and hears of")
	for done in both("forget", "--note", "n", "ci.tra3@gmail.com"):
		tap.ok(done.returncode == 0, "one is forgotten", done.stderr)
	tap.same(cluster.coordinator.sql("SELECT left(address, 1) FROM carom.suppressed('c.itra3@gmail.com', 'acme')"), "#",
	         "and refused in all spellings")
	for done in both("policy", "mailboxes", "--none", "-n", "test"):
		tap.ok(done.returncode == 0, "turned off", done.stderr)
	tap.ok(not any(asked(*spellings)), "it has one again")
	tap.same(cluster.coordinator.sql("SELECT count(*) FROM carom.same_mailbox WHERE address NOT LIKE '#%'"), "0",
	         "and nothing is kept")
	check(tap, lab, cluster, "mailboxes")


def tests(tap, lab):
	if not installed():
		tap.ok(True, "the database on Citus # SKIP the extension is not installed")
		return
	cluster = Cluster(lab)
	try:
		cluster.start()
		reports = make_reports()
		recording(tap, lab, cluster, reports)
		lying(tap, cluster)
		killed(tap, lab, cluster)
		whole_reports(tap, lab, cluster)
		commands(tap, lab, cluster)
		brake(tap, lab, cluster)
		replaying(tap, lab, cluster)
		policy(tap, cluster)
		committing(tap, cluster)
		lists(tap, lab, cluster)
		questions(tap, lab, cluster)
		forgetting(tap, lab, cluster)
		mailboxes(tap, lab, cluster)
		numbers(tap, cluster)
		feed(tap, lab, cluster)
		keeping(tap, lab, cluster)
	finally:
		cluster.stop()


sys.exit(script("citus", tests, needs_root=False))
