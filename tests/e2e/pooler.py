#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Behind PgBouncer in transaction mode: all works, nothing of a session is left
to others, and whoever waits for notifications is told how."""

import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import samples  # noqa: E402
from daemon import Daemon, settings  # noqa: E402
from lab import (PIPE_USER, clean_environment, free_port,  # noqa: E402
                 owned_folder, run, wait_until, write_file)
from tap import script  # noqa: E402

NEWS = "news@b.example.com"


class Bouncer:
	"""One server connection, which all clients have in turn."""

	def __init__(self, lab):
		self.port = free_port()
		self.folder = owned_folder(os.path.join(lab.folder, "bouncer"), "postgres")
		users = write_file(os.path.join(self.folder, "users"), "".join(
			'"%s" ""\n' % name for name in ("root", PIPE_USER)), 0o644)
		self.conf = write_file(os.path.join(self.folder, "conf"), """\
[databases]
carom = host=%s dbname=carom
[pgbouncer]
listen_addr =
listen_port = %d
unix_socket_dir = %s
unix_socket_mode = 0777
auth_type = trust
auth_file = %s
pool_mode = transaction
default_pool_size = 1
server_reset_query =
ignore_startup_parameters = extra_float_digits,options
logfile = %s/log
""" % (lab.postgres.socket, self.port, self.folder, users, self.folder), 0o644)
		# it logs in as itself: let it be whoever asks
		with open(os.path.join(lab.postgres.data, "pg_hba.conf"), "w") as f:
			f.write("local all all trust\n")
		lab.postgres.sql("SELECT pg_reload_conf()")
		self.process = subprocess.Popen(
			["/usr/sbin/pgbouncer", self.conf], cwd="/", user="postgres",
			group="postgres", extra_groups=[], env=clean_environment(),
			stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
			stderr=subprocess.DEVNULL)
		wait_until(lambda: self.ask("SELECT 1") == "1", 20, "PgBouncer answers")

	def ask(self, query):
		done = run(["psql", "-XAtq", "-h", self.folder, "-p", str(self.port), "-d",
		            "carom", "-c", query], check=False)
		return done.stdout.strip()

	def stop(self):
		self.process.kill()
		self.process.wait()


LEFT = ("SELECT current_setting('statement_timeout'), current_setting("
        "'search_path'), current_setting('lock_timeout'), current_setting("
        "'DateStyle'), (SELECT count(*) FROM pg_listening_channels())")


def working(tap, lab, bouncer, fresh):
	who = "ani@gmail.com"
	done = lab.pipe(samples.dsn(who, samples.verp(NEWS, who)),
	                "--recipient=" + NEWS)
	tap.same(done.returncode, 0, "a report is recorded through the pooler")
	tap.same(lab.count("suppression"), 1, "and suppresses")
	tap.same(lab.run_carom("suppress", "add", "budi@gmail.com", "--reason", "asked",
	                       check=False).returncode, 0, "staff add to the list")
	tap.same(lab.run_carom("report", check=False).returncode, 0,
	         "and see the report")
	tap.same(bouncer.ask(LEFT), fresh, "nothing of that is left to the next client")


def listening(tap, lab, bouncer, fresh):
	daemon = Daemon(lab, "outbound").start()
	try:
		wait_until(lambda: "through a pooler" in daemon.log_text(), 20,
		           "the log says that no notice comes")
		tap.same(daemon.log_text().count("listen-conninfo"), 1,
		         "no notice comes through the pooler: the log says what to set, once")
		tap.same(bouncer.ask(LEFT), fresh, "and no channel is left to others")
	finally:
		daemon.stop()
	lab.configure(settings(lab, database={
		"conninfo": "host=%s port=%d dbname=carom" % (bouncer.folder, bouncer.port),
		"listen-conninfo": "host=%s dbname=carom" % lab.postgres.socket}))
	daemon = Daemon(lab, "outbound")
	before = daemon.log_text().count("through a pooler")
	daemon.start()
	try:
		time.sleep(0.5)
		tap.same(daemon.log_text().count("through a pooler"), before,
		         "listen-conninfo leads around it: nothing to say")
		tap.same(lab.postgres.sql(
			"SELECT count(*) FROM pg_stat_activity WHERE usename = '%s' AND "
			"backend_type = 'client backend' AND application_name = 'carom'"
			% PIPE_USER) != "0", True, "and the daemon is connected there")
	finally:
		daemon.stop()


def tests(tap, lab):
	if not os.access("/usr/sbin/pgbouncer", os.X_OK):
		tap.ok(True, "behind PgBouncer # SKIP it is not installed")
		return
	bouncer = Bouncer(lab)
	try:
		lab.configure(settings(lab, database={
			"conninfo": "host=%s port=%d dbname=carom" % (bouncer.folder,
			                                              bouncer.port)}))
		fresh = bouncer.ask(LEFT)
		working(tap, lab, bouncer, fresh)
		listening(tap, lab, bouncer, fresh)
	finally:
		lab.configure()
		bouncer.stop()
		shutil.rmtree(bouncer.folder)


sys.exit(script("pooler", tests))
