#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the server, the database, the role and the environment set does not
change what carom records, answers or shows.
"""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from lab import clean_environment, wait_until  # noqa: E402
from tap import script  # noqa: E402

# What a hostile session looks like; all of it may be set by anybody for himself.
HOSTILE = {
	"standard_conforming_strings": "off",
	"escape_string_warning": "on",
	"backslash_quote": "off",
	"DateStyle": "SQL, DMY",
	"IntervalStyle": "sql_standard",
	"TimeZone": "Pacific/Kiritimati",
	"bytea_output": "escape",
	"extra_float_digits": "-15",
	"transform_null_equals": "on",
	"search_path": "evil, pg_catalog",
	"default_transaction_isolation": "serializable",
	"default_transaction_read_only": "on",
	"statement_timeout": "1s",
	"lock_timeout": "1s",
	"client_encoding": "LATIN1",
	"lc_messages": "C",
	"plan_cache_mode": "force_generic_plan",
	"synchronous_commit": "off",
	"quote_all_identifiers": "on",
	"row_security": "off",
}
PGOPTIONS = " ".join("-c %s=%s" % (name, value.replace(" ", "\\ "))
                     for name, value in HOSTILE.items())
# a schema that answers before pg_catalog does, where it is let
EVIL = """
	CREATE SCHEMA evil;
	GRANT USAGE ON SCHEMA evil TO PUBLIC;
	CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '2001-01-01'::timestamptz $$;
	CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'evil' $$;
	CREATE FUNCTION evil.sum_of(text) RETURNS text LANGUAGE sql AS $$ SELECT 'evil' $$;
	CREATE FUNCTION evil.jsonb_array_length(jsonb) RETURNS int LANGUAGE sql AS $$ SELECT 0 $$;
	CREATE FUNCTION evil."coalesce"(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'evil' $$;
	CREATE FUNCTION evil.eq(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
	CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq)
"""


def carom(lab, *args, env=None, data=None):
	done = subprocess.run(
		[lab.carom, "--config", lab.conf, *args], input=data,
		stdout=subprocess.PIPE, stderr=subprocess.PIPE,
		env=clean_environment(**(env or {})))
	done.out = done.stdout.decode()
	done.err = done.stderr.decode()
	return done


def record(lab, who, env=None):
	"""A bounce whose diagnostic has all that quoting could break."""
	to = samples.verp("news@b.example.com", who)
	report = samples.dsn(
		who, to, diagnostic="smtp; 550 5.1.1 no \\'such\\\\ user b\xfccher "
		"\\x41 'quoted' %s" % who).replace(b"\r\n", b"\n")
	return carom(lab, "pipe", "--recipient=" + to, "--sender=",
	             "--client-address=203.0.113.7", env=env, data=report)


def seen(lab, env=None):
	"""All that people and programs see, as one text, without the time of day."""
	texts = []
	for args in (("report",), ("report", "suppressions", "-f", "csv"),
	             ("report", "balance", "-f", "json"), ("suppress", "list"),
	             ("suppress", "list", "-f", "json"),
	             ("suppress", "check", "a0@isp.example"),
	             ("explain", "a0@isp.example", "-f", "json"), ("db", "check"),
	             ("db", "prune")):
		done = carom(lab, *args, env=env)
		texts.append("$ carom %s\n%s%s" % (" ".join(args), done.out, done.err))
	return "\n".join(texts)


def what_is_recorded(lab, who):
	return json.loads(lab.postgres.sql(
		"SELECT to_jsonb(e) - 'id' - 'report' - 'at' - 'address' - 'told' - 'message' - 'home' FROM carom.event e "
		"WHERE address = '%s'" % who).replace(who, "WHO") or "{}")


def environment(tap, lab):
	calm = record(lab, "a0@isp.example")
	tap.same(calm.returncode, 0, "a calm session records")
	before = seen(lab)
	env = {"PGOPTIONS": PGOPTIONS, "PGTZ": "Pacific/Kiritimati",
	       "PGDATESTYLE": "SQL, DMY", "PGCLIENTENCODING": "LATIN1",
	       "PGGEQO": "off", "TZ": "Pacific/Kiritimati"}
	tap.same(seen(lab, env).splitlines(), before.splitlines(),
	         "PGOPTIONS, PGTZ, PGDATESTYLE, PGCLIENTENCODING: the same answers")
	done = record(lab, "a1@isp.example", env)
	tap.ok(done.returncode == 0, "with them a bounce is recorded", done.err)
	tap.same(what_is_recorded(lab, "a1@isp.example"),
	         what_is_recorded(lab, "a0@isp.example"), "just as without them")


def database(tap, lab):
	before = seen(lab)
	sql = lab.postgres.sql
	sql(EVIL)
	for name, value in HOSTILE.items():
		if name != "client_encoding":
			sql("ALTER DATABASE carom SET %s = %s" % (
				name, value if name == "search_path" else "'%s'" % value),
			    database="postgres")
	tap.same(seen(lab).splitlines(), before.splitlines(),
	         "ALTER DATABASE … SET: the same answers")
	done = record(lab, "a2@isp.example")
	tap.ok(done.returncode == 0, "with it a bounce is recorded", done.err)
	done = carom(lab, "suppress", "add", "b@isp.example", "--reason", "asked",
	             "--expires", "2099-12-31")
	tap.ok("added" in done.out, "with it an address is suppressed", done.err)
	done = carom(lab, "db", "upgrade")
	tap.ok(done.returncode == 0, "with it the schema is upgraded",
	       done.out + done.err)
	for name in HOSTILE:
		sql("ALTER DATABASE carom RESET " + name, database="postgres")
	tap.same(what_is_recorded(lab, "a2@isp.example"),
	         what_is_recorded(lab, "a0@isp.example"), "just as without it")
	tap.contains(carom(lab, "suppress", "list", "-f", "csv").out, ",2099-12-31,",
	             "a day is that day, in whatever style dates are")


def time_limits(tap, lab):
	"""A question that waits longer than the session's limits, not than ours."""
	holder = lab.postgres.hold("LOCK TABLE carom.suppression IN ACCESS EXCLUSIVE MODE")
	asking = subprocess.Popen(
		[lab.carom, "--config", lab.conf, "suppress", "list", "-f", "csv"],
		stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
		env=clean_environment(PGOPTIONS=PGOPTIONS))
	wait_until(lambda: asking.poll() is not None or lab.postgres.sql(
		"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
		"AND now() - query_start > '1.2 s'") == "1", 30, "a question that waits")
	lab.postgres.release(holder)
	answer = asking.communicate()[0].decode()
	tap.contains(answer, "a0@isp.example", "no limit of the session ends a question")


def wrong_database(tap, lab):
	"""A database that can't serve is refused with 78, one that is away with 75."""
	socket = lab.postgres.socket
	lab.postgres.sql("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0 "
	                 "LC_COLLATE 'C' LC_CTYPE 'C'", database="postgres")
	for name, conninfo, code, says in (
			("encoding", "host=%s dbname=ascii" % socket, 78, "UTF8"),
			("no such database", "host=%s dbname=none" % socket, 78, '"none"'),
			("no such role", "host=%s dbname=carom user=nobody_at_all" % socket, 78,
			 "nobody_at_all"),
			("away", "host=%s/none dbname=carom" % lab.folder, 75, "database: ")):
		conf = os.path.join(lab.folder, "wrong.conf")
		lab.configure({"database": {"conninfo": conninfo}}, path=conf)
		for verb in ("init", "upgrade") if name == "encoding" else ("check", "prune"):
			done = lab.run_carom("db", verb, conf=conf, check=False)
			tap.ok(done.returncode == code and says in done.stderr and
			       "postinit.c" not in done.stderr and
			       len(done.stderr.splitlines()) == 1,
			       "%s: db %s exits %d and says why" % (name, verb, code),
			       "exit %d: %s" % (done.returncode, done.stderr))
	tap.same(lab.run_carom("db", "check", "surplus", check=False).returncode, 64,
	         "a surplus argument is wrong usage")
	tap.same(lab.run_carom("report", "isp", "surplus", check=False).returncode, 64,
	         "of report too")


def tests(tap, lab):
	environment(tap, lab)
	time_limits(tap, lab)
	database(tap, lab)
	wrong_database(tap, lab)


sys.exit(script("session", tests, needs_root=False))
