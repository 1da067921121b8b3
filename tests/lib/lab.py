# SPDX-License-Identifier: BSD-2-Clause
"""Private servers for the trial and the tests.

A Lab owns one folder: a Postgres on a unix socket, a Postfix on a loopback
port, a scripted SMTP server that plays the rest of the world, and a carom
installation. Nothing outside the folder is written, nothing listens anywhere
but on 127.0.0.1 and on sockets in the folder, and no mail can leave it.
"""

import glob
import json
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CONTRIB = os.path.join(os.path.dirname(os.path.dirname(HERE)), "contrib")

# carom runs as this account under pipe(8). It may read and execute what
# everybody may, and owns nothing: a stand-in for the account "carom".
PIPE_USER = "nobody"
PIPE_GROUP = "nogroup"

BOUNCE_DOMAIN = "b.example.com"
HOSTNAME = "mx.example.com"


class Failure(Exception):
	"""Something is missing or broken; the text says what to do."""


def clean_environment(**more):
	"""The environment without what would lead a program to other servers."""
	env = {k: v for k, v in os.environ.items()
	       if not k.startswith(("PG", "CAROM_", "MAIL_"))}
	env.update(LC_ALL="C.UTF-8", **more)
	return env


def is_root():
	return os.geteuid() == 0


def run(argv, user=None, check=True, timeout=120, text=None, data=None,
        env=None):
	"""Run a program; return it with stdout and stderr as text.

	user: run as that account (only root can). text or data: standard input.
	"""
	more = {}
	if user is not None and is_root():
		entry = pwd.getpwnam(user)
		more = {"user": entry.pw_uid, "group": entry.pw_gid,
		        "extra_groups": []}
	if data is None:
		data = (text or "").encode()
	done = subprocess.run(argv, input=data, capture_output=True, cwd="/",
	                      timeout=timeout, env=env or clean_environment(),
	                      **more)
	done.stdout = done.stdout.decode("utf-8", "replace")
	done.stderr = done.stderr.decode("utf-8", "replace")
	if check and done.returncode != 0:
		raise Failure("'%s' ended with %d: %s" % (
			" ".join(argv), done.returncode,
			(done.stderr or done.stdout).strip()))
	return done


def wait_until(true, timeout, what, pause=0.05):
	"""Wait until true() is; its value is returned."""
	end = time.monotonic() + timeout
	while True:
		value = true()
		if value:
			return value
		if time.monotonic() > end:
			raise Failure("waited %d s in vain until %s" % (timeout, what))
		time.sleep(pause)


def free_port():
	with socket.socket() as s:
		s.bind(("127.0.0.1", 0))
		return s.getsockname()[1]


def process_runs(pid):
	"""Is there such a process, other than one that merely is not reaped yet?"""
	try:
		with open("/proc/%d/stat" % pid) as f:
			return f.read().rpartition(")")[2].split()[0] not in "ZX"
	except OSError:
		return False


def owned_folder(path, user=None, mode=0o755):
	os.makedirs(path, exist_ok=True)
	os.chmod(path, mode)
	if user is not None and is_root():
		entry = pwd.getpwnam(user)
		os.chown(path, entry.pw_uid, entry.pw_gid)
	return path


def write_file(path, text, mode=0o644):
	with open(path, "w") as f:
		f.write(text)
	os.chmod(path, mode)
	return path


class Postgres:
	"""A database server of its own, reached through a unix socket.

	Who may log in is decided by the account that asks (peer), so that being
	on the same machine is no way in.
	"""

	def __init__(self, folder):
		self.folder = folder
		self.data = os.path.join(folder, "data")
		self.socket = os.path.join(folder, "sock")
		self.log = os.path.join(folder, "server.log")
		self.user = "postgres" if is_root() else pwd.getpwuid(os.geteuid())[0]

	@staticmethod
	def bindir():
		found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
		if not found:
			raise Failure("no Postgres server is installed: apt-get install "
			              "postgresql")
		found.sort(key=lambda p: int(p.split("/")[4].split(".")[0]))
		return os.path.dirname(found[-1])

	def processor_seconds(self):
		"""What the server and all that it started have used, and the ended ones."""
		with open(os.path.join(self.data, "postmaster.pid")) as f:
			master = int(f.readline())
		ticks = 0
		for stat in glob.glob("/proc/[0-9]*/stat"):
			try:
				with open(stat) as f:
					text = f.read()
			except OSError:
				continue
			fields = text.rpartition(")")[2].split()
			if int(text.split()[0]) == master:
				ticks += sum(map(int, fields[11:15]))
			elif int(fields[1]) == master:
				ticks += sum(map(int, fields[11:13]))
		return ticks / os.sysconf("SC_CLK_TCK")

	def ctl(self, *args, check=True):
		return run([os.path.join(self.bindir(), "pg_ctl"), "-D", self.data,
		            "-s"] + list(args), user=self.user, check=check)

	def create(self):
		if len(self.socket) > 80:
			raise Failure("the path %s is too long for a socket: set TMPDIR "
			              "to a shorter one" % self.socket)
		# The folder is everybody's to pass: the pipe user needs the socket.
		owned_folder(self.folder, self.user)
		owned_folder(self.socket, self.user)
		owned_folder(self.data, self.user, 0o700)
		run([os.path.join(self.bindir(), "initdb"), "-D", self.data, "-U",
		     self.user, "-A", "peer", "-E", "UTF8", "--locale=C.UTF-8",
		     "--no-instructions"], user=self.user)
		with open(os.path.join(self.data, "postgresql.conf"), "a") as f:
			f.write("listen_addresses = ''\n"
			        "unix_socket_directories = '%s'\n" % self.socket)

	def start(self):
		done = self.ctl("-l", self.log, "-w", "start", check=False)
		if done.returncode != 0:
			raise Failure("Postgres does not start; %s says why" % self.log)

	def stop(self, mode="fast"):
		if self.running():
			self.ctl("-m", mode, "-w", "stop")

	def running(self):
		return (os.path.exists(os.path.join(self.data, "postmaster.pid")) and
		        self.ctl("status", check=False).returncode == 0)

	def psql_argv(self, database="carom"):
		return ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", self.socket,
		        "-d", database]

	def sql(self, query, database="carom", user=None):
		"""The answer as text: rows by newline, columns by '|'."""
		done = run(self.psql_argv(database) + ["-f", "-"], text=query,
		           user=user)
		return done.stdout.rstrip("\n")

	def create_roles(self):
		"""Roles named after the accounts that will log in."""
		if is_root():
			run(self.psql_argv("postgres") + ["-c",
			    "CREATE ROLE root LOGIN SUPERUSER; CREATE ROLE %s LOGIN"
			    % PIPE_USER], user=self.user)

	def hold(self, statement, database="carom"):
		"""A session that has run statement in a transaction left open."""
		session = subprocess.Popen(self.psql_argv(database), cwd="/",
		                           stdin=subprocess.PIPE, text=True,
		                           stdout=subprocess.PIPE,
		                           env=clean_environment())
		session.stdin.write("BEGIN; %s; SELECT 'held';\n" % statement)
		session.stdin.flush()
		if session.stdout.readline().strip() != "held":
			raise Failure("could not run '%s'" % statement)
		return session

	@staticmethod
	def release(session):
		session.communicate("ROLLBACK;\n", timeout=30)


class World:
	"""The scripted SMTP server: all mail for others ends here (sink.py)."""

	def __init__(self, folder):
		self.folder = folder
		self.log = os.path.join(folder, "sessions")
		self.pidfile = os.path.join(folder, "pid")
		self.port = None

	def start(self, port=None):
		os.makedirs(self.folder, exist_ok=True)
		self.port = port or free_port()
		# A daemon: it outlives the trial's command, until `stop`.
		with open(os.path.join(self.folder, "stderr"), "w") as err:
			process = subprocess.Popen(
				[sys.executable, os.path.join(HERE, "sink.py"),
				 str(self.port), os.path.join(HERE, "replies"), self.log],
				stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
				stderr=err, start_new_session=True, cwd="/")
		write_file(self.pidfile, "%d\n" % process.pid)

		def answers():
			if process.poll() is not None:
				raise Failure("the scripted SMTP server ended at once; %s/"
				              "stderr says why" % self.folder)
			with socket.socket() as s:
				return s.connect_ex(("127.0.0.1", self.port)) == 0
		wait_until(answers, 10, "the scripted SMTP server answers")

	def pid(self):
		"""Its process id, if it runs and is what we started."""
		try:
			with open(self.pidfile) as f:
				pid = int(f.read())
			with open("/proc/%d/cmdline" % pid, "rb") as f:
				ours = self.log.encode() in f.read().split(b"\0")
		except (OSError, ValueError):
			return None
		return pid if ours else None

	def running(self):
		return self.pid() is not None

	def stop(self):
		pid = self.pid()
		if pid is not None:
			os.kill(pid, signal.SIGTERM)
			wait_until(lambda: not process_runs(pid), 10,
			           "the scripted SMTP server ends")
		if os.path.exists(self.pidfile):
			os.unlink(self.pidfile)

	def deliveries(self):
		"""What was tried here: dicts with from, to and reply."""
		with open(self.log) as f:
			return [json.loads(line) for line in f]


class Postfix:
	"""A mail server of its own: configuration, queue and port. Root only."""

	# As Debian's own: whatever can be runs chrooted in the queue directory.
	MASTER = """\
127.0.0.1:%(port)d inet n - y - - smtpd
pickup    unix n - y 60 1 pickup
cleanup   unix n - y - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - y 1000? 1 tlsmgr
rewrite   unix - - y - - trivial-rewrite
bounce    unix - - y - 0 bounce
defer     unix - - y - 0 bounce
trace     unix - - y - 0 bounce
verify    unix - - y - 1 verify
flush     unix n - y 1000? 0 flush
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix - - y - - smtp
relay     unix - - y - - smtp
showq     unix n - y - - showq
error     unix - - y - - error
retry     unix - - y - - error
discard   unix - - y - - discard
lmtp      unix - - y - - lmtp
anvil     unix - - y - 1 anvil
scache    unix - - y - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""

	# Mail for the bounce domain goes where contrib/main.cf says; all other
	# mail to the scripted server. Three things keep it on this machine: no
	# DNS, a fixed next hop, and a source address that routes nowhere else.
	MAIN = """\
compatibility_level = 3.6
queue_directory = %(folder)s/spool
data_directory = %(folder)s/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = %(folder)s/log/mail.log
maillog_file_prefixes = %(folder)s/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = %(hostname)s
mydomain = example.com
myorigin = example.com
mydestination =
local_recipient_maps =
local_transport = error:no local delivery here
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_peername_lookup = no
smtpd_authorized_verp_clients = 127.0.0.0/8
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtp_dns_support_level = disabled
smtp_bind_address = 127.0.0.1
smtp_tls_security_level = none
default_transport = smtp:[127.0.0.1]:%(world)d
relay_transport = smtp:[127.0.0.1]:%(world)d
biff = no
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
service_throttle_time = 1s
in_flow_delay = 0
"""

	def __init__(self, folder):
		self.folder = folder
		self.etc = os.path.join(folder, "etc")
		self.log = os.path.join(folder, "log", "mail.log")
		self.queue_directory = os.path.join(folder, "spool")
		self.port = None

	def create(self, world_port, pipe_command, settings=None):
		"""Write the configuration.

		pipe_command: what master.cf runs in place of /usr/local/bin/carom.
		settings: further lines of main.cf, as a dict.
		"""
		for needed in ("/usr/sbin/postfix", "/usr/lib/postfix/sbin/master"):
			if not os.path.exists(needed):
				raise Failure("%s is missing: apt-get install postfix" % needed)
		self.port = free_port()
		for name in ("etc", "spool", "log"):
			owned_folder(os.path.join(self.folder, name))
		owned_folder(os.path.join(self.folder, "data"), "postfix")

		with open(os.path.join(CONTRIB, "main.cf")) as f:
			main = self.MAIN + f.read()
		main %= {"folder": self.folder, "hostname": HOSTNAME,
		         "world": world_port}
		for key, value in (settings or {}).items():
			main += "%s = %s\n" % (key, value)
		with open(os.path.join(CONTRIB, "master.cf")) as f:
			ours = "".join(line for line in f if not line.startswith("#"))
		for old, new in (("user=carom:carom", "user=" + PIPE_USER),
		                 ("/usr/local/bin/carom", pipe_command)):
			if ours.count(old) != 1:
				raise Failure("contrib/master.cf should say '%s' once" % old)
			ours = ours.replace(old, new)
		write_file(os.path.join(self.etc, "main.cf"), main)
		write_file(os.path.join(self.etc, "master.cf"),
		           self.MASTER % {"port": self.port} + ours)

	def inside(self, path):
		"""The socket at path as Postfix's files name it: relative to the queue
		directory, which is right with and without chroot.
		"""
		return "unix:" + os.path.relpath(path, self.queue_directory)

	def command(self, name, *args, check=True):
		return run(["/usr/sbin/" + name, "-c", self.etc] + list(args),
		           check=check)

	def start(self):
		done = self.command("postfix", "start", check=False)
		if done.returncode == 0:
			try:
				wait_until(self.answers, 15, "Postfix answers")
				return
			except Failure:
				pass
		raise Failure("Postfix does not start; %s says why%s" % (
			self.log, "\n" + done.stderr.strip() if done.stderr else ""))

	def answers(self):
		with socket.socket() as s:
			return s.connect_ex(("127.0.0.1", self.port)) == 0

	def running(self):
		return (os.path.exists(os.path.join(self.etc, "main.cf")) and
		        self.command("postfix", "status", check=False).returncode == 0)

	def stop(self):
		if self.running():
			self.command("postfix", "stop")

	def reload(self):
		"""What waits for a connection goes by the old settings until it has
		seen the reload, so wait for those to be gone."""
		old = self.listeners()
		self.command("postfix", "reload")
		wait_until(lambda: not old & self.listeners(), 20,
		           "Postfix goes by its new settings")

	def listeners(self):
		"""The smtpd processes of this Postfix."""
		with open(os.path.join(self.queue_directory, "pid", "master.pid")) as f:
			master = f.read().strip()
		found = set()
		for name in os.listdir("/proc"):
			try:
				with open("/proc/%d/stat" % int(name)) as f:
					command, rest = f.read().split("(", 1)[1].rsplit(")", 1)
			except (ValueError, OSError):
				continue
			if command == "smtpd" and rest.split()[1] == master and \
			   rest.split()[0] != "Z":
				found.add(name)
		return found

	def flush(self):
		self.command("postqueue", "-f")

	def queue(self):
		"""The messages in the queue, as postqueue -j tells of them."""
		out = self.command("postqueue", "-j").stdout
		return [json.loads(line) for line in out.splitlines()]

	def wait_empty(self, timeout=60, flush=True):
		"""Wait until nothing is left in the queue."""
		last_flush = time.monotonic()

		def empty():
			nonlocal last_flush
			queue = self.queue()
			if flush and time.monotonic() > last_flush + 1:
				self.flush()
				last_flush = time.monotonic()
			return not queue
		try:
			wait_until(empty, timeout, "the queue is empty", 0.2)
		except Failure as failure:
			left = ["%s to %s: %s" % (
				m["queue_id"], r["address"], r.get("delay_reason", "new"))
				for m in self.queue() for r in m["recipients"]]
			raise Failure("%s\n%s" % (failure, "\n".join(left[:10])))

	def wait_deferred(self, count=1, timeout=30):
		"""Wait until count messages were put off; return the queue."""
		def put_off():
			queue = self.queue()
			waiting = [m for m in queue if m["queue_name"] == "deferred"]
			return queue if len(waiting) == count == len(queue) else None
		return wait_until(put_off, timeout,
		                  "%d message(s) wait in the queue" % count)

	def log_text(self):
		with open(self.log, errors="replace") as f:
			return f.read()

	def submit(self, sender, recipients, message, xverp=False, client=None):
		"""Hand a message over by SMTP. xverp: have Postfix code each
		recipient into the return address. client: pretend to be that one.
		"""
		if isinstance(recipients, str):
			recipients = [recipients]
		if isinstance(message, str):
			message = message.encode()
		with smtplib.SMTP("127.0.0.1", self.port, "client.example") as smtp:
			smtp.ehlo()
			if client is not None:
				smtp.docmd("XCLIENT", "ADDR=%s NAME=client.example" % client)
				smtp.ehlo()
			code, text = smtp.mail(sender, ["XVERP"] if xverp else [])
			for recipient in recipients:
				if code == 250:
					code, text = smtp.rcpt(recipient)
			if code in (250, 251):
				code, text = smtp.data(message)
		if code != 250:
			raise Failure("our own Postfix refused a message: %d %s"
			              % (code, text.decode("utf-8", "replace")))
		# "2.0.0 Ok: queued as 4XkT2s1"
		return text.decode().rsplit(" ", 1)[-1]


class Lab:
	"""All of it, below one folder.

	prefix: where carom is installed (bin/carom below it).
	"""

	def __init__(self, folder, prefix):
		self.folder = folder
		self.carom = os.path.join(prefix, "bin", "carom")
		self.conf = os.path.join(folder, "carom.conf")
		self.postgres = Postgres(os.path.join(folder, "pg"))
		self.postfix = Postfix(os.path.join(folder, "postfix"))
		self.world = World(os.path.join(folder, "world"))

	def check_reachable(self):
		"""Can the accounts of the servers get at folder and program?"""
		if not os.access(self.carom, os.X_OK):
			raise Failure("%s is missing: run make install first" % self.carom)
		if not is_root():
			return
		try:
			run([self.carom, "--version"], user=PIPE_USER)
		except (Failure, OSError) as failure:
			raise Failure(
				"the account '%s' cannot run %s (%s). Set TMPDIR to a folder "
				"that everybody may enter, on a file system that is not "
				"mounted noexec" % (PIPE_USER, self.carom, failure))

	def forget_reports(self):
		"""Empty all that record() writes."""
		self.postgres.sql(
			"TRUNCATE carom.report, carom.event, carom.raw, carom.told, "
			"carom.suppression, carom.suppression_log, carom.tally, carom.cohort, "
			"carom.named, carom.named_day, carom.duplicate CASCADE")

	def default_settings(self):
		return {
			"database": {"conninfo": "host=%s dbname=carom"
			             % self.postgres.socket},
			"bounce": {"domains": BOUNCE_DOMAIN},
			"own": {"hostnames": HOSTNAME},
			"senders": {"news@" + BOUNCE_DOMAIN: "acme/newsletter",
			            "receipts@" + BOUNCE_DOMAIN: "acme/receipts"},
			"log": {"syslog": "no"},
		}

	def configure(self, changes=None, path=None):
		"""Write carom.conf; changes is {group: {key: value}}."""
		settings = self.default_settings()
		for group, keys in (changes or {}).items():
			settings.setdefault(group, {}).update(keys)
		text = "\n".join("[%s]\n%s" % (group, "".join(
			"%s = %s\n" % pair for pair in keys.items()))
			for group, keys in settings.items())
		return write_file(path or self.conf, text)

	def wrapper(self, body, name="carom-wrapper"):
		"""A script for pipe(8) to run in place of carom. In it, "$@" are the
		arguments of carom and $carom is the program with its configuration.
		"""
		return write_file(os.path.join(self.folder, name),
		                  "#!/bin/sh\ncarom='%s --config %s'\n%s\n"
		                  % (self.carom, self.conf, body), 0o755)

	def create_database(self):
		self.postgres.create()
		self.postgres.start()
		self.postgres.create_roles()
		self.postgres.sql("CREATE DATABASE carom", "postgres")
		self.run_carom("db", "init")
		if is_root():
			self.postgres.sql("GRANT carom_writer, carom_outbound TO %s"
			                  % PIPE_USER)

	def start(self, postfix=True, settings=None, configuration=None):
		"""Everything from nothing. postfix=False: the database only.

		settings: lines of main.cf; configuration: changes of carom.conf.
		"""
		owned_folder(self.folder)
		self.configure(configuration)
		self.check_reachable()
		self.create_database()
		if postfix:
			self.world.start()
			script = self.wrapper('exec $carom "$@"')
			self.postfix.create(self.world.port, script, settings)
			self.postfix.start()

	def stop(self):
		if is_root():
			self.postfix.stop()
		self.world.stop()
		self.postgres.stop()

	def run_carom(self, *args, check=True, user=None, text=None, data=None,
	              conf=None, timeout=120):
		return run([self.carom, "--config", conf or self.conf] + list(args),
		           check=check, user=user, text=text, data=data,
		           timeout=timeout)

	def remove(self):
		self.stop()
		shutil.rmtree(self.folder)
