#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The trial that ./quickstart runs, after it has built carom.

    trial.py run|start|status|stop|end FOLDER WORK
    trial.py send FOLDER WORK RECIPIENT...

FOLDER is the run folder, with carom installed in FOLDER/prefix; WORK is where
short commands for the user are put.
"""

import datetime
import getpass
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys

import daemon
import samples
from lab import (BOUNCE_DOMAIN, CONTRIB, HERE, PIPE_GROUP, PIPE_USER, Failure, Lab,
                 clean_environment, free_port, is_root, owned_folder,
                 process_runs, run, wait_until, write_file)

NEWS = "news@" + BOUNCE_DOMAIN
RECEIPTS = "receipts@" + BOUNCE_DOMAIN
COMPLAINTS = "fbl@" + BOUNCE_DOMAIN

# The first word of each address says how its server will answer: see replies.
READERS = """
	ani@gmail.com            unknown.budi@gmail.com    full.citra@gmail.com
	unknown.wayan@gmail.com
	dmarc.dodi@gmail.com     inactive.eka@gmail.com    rate.fajar@gmail.com
	gita@yahoo.com           gone.hana@yahoo.com       spam.indra@yahoo.com
	joko@outlook.com         blocked.kartika@outlook.com
	unknown.lukman@outlook.com
	maya@telkom.net          full.nanda@telkom.net     greylist.oscar@telkom.net
	unknown.putri@telkom.net
	nullmx.qori@parkir.example    moved.rudi@kampus.example
	broken.sari@kantor.example    large.tono@kantor.example
""".split()

CUSTOMERS = """
	umar@gmail.com      unknown.vina@gmail.com      full.wati@yahoo.com
	ptr.yudi@telkom.net syntax.zaki@outlook.com
""".split()

# Readers whose mail arrives: without them there would be no rates, for of fewer
# than 200 mails the report says none.
CROWD = ["reader%d@%s" % (n, isp) for isp, many in (
	("gmail.com", 210), ("yahoo.com", 40), ("outlook.com", 40), ("telkom.net", 40))
	for n in range(1, many + 1)]

COMPLAINERS = "gita@yahoo.com joko@outlook.com maya@telkom.net".split()

# Mail that cannot be delivered yet comes back soon; the reports themselves
# are never given up on.
SETTINGS = {"maximal_queue_lifetime": "6s", "bounce_queue_lifetime": "5d"}


def step(name, text):
	print("  %-11s %s" % (name, text), flush=True)


def near(path):
	"""The path as one would type it here."""
	short = os.path.relpath(path)
	return path if short.startswith("..") else short


class Service:
	"""A carom serve that outlives this command, until `stop`."""

	def __init__(self, lab, role):
		self.lab, self.role = lab, role
		self.folder = os.path.join(lab.folder, "serve")
		self.pidfile = os.path.join(self.folder, role + ".pid")
		self.log = os.path.join(self.folder, role + ".log")

	def start(self):
		owned_folder(self.folder, PIPE_USER)
		who = {"user": PIPE_USER, "group": PIPE_GROUP, "extra_groups": []} \
			if is_root() else {}
		with open(self.log, "w") as log:
			process = subprocess.Popen(
				[self.lab.carom, "--config", self.lab.conf, "serve", "--role",
				 self.role, "--pidfile", self.pidfile], cwd="/", stdout=log,
				stdin=subprocess.DEVNULL, stderr=log, start_new_session=True,
				env=clean_environment(), **who)

		def is_ready():
			with open(self.log) as f:
				text = f.read()
			if process.poll() is not None:
				raise Failure("carom serve does not start: %s" % text)
			return " ready" in text
		wait_until(is_ready, 20, "carom serve --role %s is ready" % self.role)

	def pid(self):
		"""Its process id, if it runs and is what we started."""
		try:
			with open(self.pidfile) as f:
				pid = int(f.read())
			with open("/proc/%d/cmdline" % pid, "rb") as f:
				ours = self.lab.conf.encode() in f.read().split(b"\0")
		except (OSError, ValueError):
			return None
		return pid if ours else None

	def running(self):
		return self.pid() is not None

	def stop(self):
		pid = self.pid()
		if pid is not None:
			os.kill(pid, signal.SIGTERM)
			wait_until(lambda: not process_runs(pid), 40,
			           "carom serve --role %s ends" % self.role)


class Desk:
	"""The page in a browser and the API, on loopback: two services, and the gate
	in front of them (gate.py), which wants a word that stands in one URL.
	"""

	def __init__(self, lab):
		self.lab = lab
		self.folder = os.path.join(lab.folder, "gate")
		self.file = os.path.join(self.folder, "gate.json")
		self.pidfile = os.path.join(self.folder, "pid")
		self.services = [Service(lab, r) for r in ("api", "page")]

	def settings(self):
		run = os.path.join(self.lab.folder, "serve")
		return {"api": {"socket": "unix:%s/api" % run, "socket-group": ""},
		        "page": {"socket": run + "/page", "socket-group": ""}}

	def open(self):
		"""For the first time: who may use it, and a port and a word of its own."""
		lab = self.lab
		if is_root():
			lab.postgres.sql("GRANT carom_api, carom_page TO %s" % PIPE_USER)
		name = getpass.getuser()
		lab.run_carom("staff", "add", name, "--role", "admin")
		owned_folder(self.folder)
		settings = self.settings()
		# the word opens the page: it is for who runs this alone
		write_file(self.file, json.dumps({
			"page": settings["page"]["socket"], "user": name,
			"api": settings["api"]["socket"].partition(":")[2],
			"secret": secrets.token_urlsafe(16), "port": free_port()}), 0o600)
		self.start()

	def start(self):
		for service in self.services:
			if not service.running():
				service.start()
		if self.running():
			return
		port = self.given()["port"]
		with open(os.path.join(self.folder, "log"), "w") as log:
			process = subprocess.Popen(
				[sys.executable, "-B", os.path.join(HERE, "gate.py"), str(port),
				 self.file], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
				start_new_session=True, cwd="/", env=clean_environment())
		write_file(self.pidfile, "%d\n" % process.pid)

		def answers():
			if process.poll() is not None:
				raise Failure("the page's gate ended at once; %s/log says why" % self.folder)
			with socket.socket() as s:
				return s.connect_ex(("127.0.0.1", port)) == 0
		wait_until(answers, 20, "the page answers")

	def given(self):
		with open(self.file) as f:
			return json.load(f)

	def url(self):
		return "http://127.0.0.1:%(port)d/open/%(secret)s" % self.given()

	def pid(self):
		"""The gate's process id, if it runs and is what we started."""
		try:
			with open(self.pidfile) as f:
				pid = int(f.read())
			with open("/proc/%d/cmdline" % pid, "rb") as f:
				ours = self.file.encode() in f.read().split(b"\0")
		except (OSError, ValueError):
			return None
		return pid if ours else None

	def running(self):
		return self.pid() is not None and all(s.running() for s in self.services)

	def stop(self):
		pid = self.pid()
		if pid is not None:
			os.kill(pid, signal.SIGTERM)
			wait_until(lambda: not process_runs(pid), 10, "the page's gate ends")
		for service in self.services:
			service.stop()


class Trial:
	def __init__(self, folder, work):
		self.folder, self.work = folder, work
		self.lab = Lab(os.path.join(folder, "lab"),
		               os.path.join(folder, "prefix"))
		self.ports = os.path.join(self.lab.folder, "ports")
		self.submission = None
		self.services = [Service(self.lab, r) for r in ("inbound", "outbound")]
		self.desk = Desk(self.lab)

	def settings(self):
		"""Changes of carom.conf: sign, and say whose the streams are."""
		keys = os.path.join(self.lab.folder, "keys")
		owned_folder(self.lab.folder)
		run([self.lab.carom, "verp", "newkey", keys])
		if is_root():
			shutil.chown(keys, PIPE_USER)
		return daemon.settings(
			self.lab, bounce={"keys": keys},
			outbound={"return-address": "bounces@" + BOUNCE_DOMAIN,
			          "refresh": "2"},
			streams={"1": "acme/newsletter", "2": "acme/receipts"},
			**self.desk.settings())

	def run(self):
		lab = self.lab
		if os.path.exists(lab.folder):
			self.end()
			lab.remove()
			step("earlier run", "stopped, and its data removed")
		lab.start(postfix=is_root(), settings=SETTINGS,
		          configuration=self.settings())
		self.write_commands()
		step("Postgres", "runs on the socket in " + lab.postgres.socket)
		if is_root():
			step("Postfix", "runs on 127.0.0.1 port %d; all its mail for others "
			     "goes to a" % lab.postfix.port)
			step("", "scripted server on port %d, none leaves this machine"
			     % lab.world.port)
			self.attach()
			step("carom", "signs and counts on port %d what is sent, and looks on "
			     "port %d" % (self.submission, lab.postfix.port))
			step("", "at what comes back; both are milters of a chrooted smtpd")
			self.send_mail()
			self.send_reports()
			self.show_refusals()
		else:
			step("Postfix", "left out: a Postfix of its own needs root")
			self.pipe_reports()
		self.desk.open()
		self.show()

	def attach(self):
		"""The milters, on two ports: one for our applications, one for the world."""
		lab = self.lab
		self.submission = free_port()
		daemon.make_socket_folder(lab)
		for service in self.services:
			service.start()
		path = os.path.join(lab.postfix.etc, "master.cf")
		with open(path) as f:
			first, _, rest = f.read().partition("\n")
		write_file(path, "%s\n  -o smtpd_milters=unix:carom/inbound\n"
		           "127.0.0.1:%d inet n - y - - smtpd\n"
		           "  -o smtpd_milters=unix:carom/outbound\n%s"
		           % (first, self.submission, rest))
		lab.postfix.reload()
		wait_until(lambda: self.answers(self.submission), 15, "Postfix answers")
		write_file(self.ports, json.dumps({
			"mx": lab.postfix.port, "submission": self.submission,
			"world": lab.world.port}))

	def answers(self, port):
		mx, self.lab.postfix.port = self.lab.postfix.port, port
		try:
			return self.lab.postfix.answers()
		finally:
			self.lab.postfix.port = mx

	def submit(self, sender, recipient, message):
		"""What an application does: hand mail over for sending."""
		mx, self.lab.postfix.port = self.lab.postfix.port, self.submission
		try:
			self.lab.postfix.submit(sender, recipient, message)
		finally:
			self.lab.postfix.port = mx

	def send_mail(self):
		lab = self.lab
		for reader in READERS + CROWD:
			self.submit(NEWS, reader, samples.newsletter(to=reader))
		for customer in CUSTOMERS:
			self.submit(RECEIPTS, customer, samples.newsletter(
				"shop@example.com", customer, "Your receipt"))
		total = len(READERS) + len(CROWD) + len(CUSTOMERS)
		step("mail", "sent a newsletter to %d readers and %d receipts"
		     % (total - len(CUSTOMERS), len(CUSTOMERS)))
		lab.postfix.wait_empty(90)
		answers = {d["to"]: d["reply"][0] for d in lab.world.deliveries()}
		refused = sum(reply != "2" for reply in answers.values())
		step("bounces", "%d of %d recipients were refused; Postfix wrote the "
		     "reports" % (refused, len(answers)))
		wait_until(lambda: int(lab.postgres.sql(
			"SELECT coalesce(sum(sent), 0) FROM carom.volume")) >= total, 20,
			"what was sent is counted")

	def signed(self, person):
		"""The return address by which the person was mailed."""
		if is_root():
			for delivery in self.lab.world.deliveries():
				if delivery["to"] == person:
					return delivery["from"]
		return self.lab.run_carom("verp", "encode", person, "--sender",
		                          "bounces@" + BOUNCE_DOMAIN, "--stream",
		                          "2" if person in CUSTOMERS else "1"
		                          ).stdout.strip()

	def reports(self):
		"""Reports that others write: (return address, message)."""
		for person in COMPLAINERS:
			yield COMPLAINTS, samples.complaint(
				person, mail_from=self.signed(person))
		ani, umar = self.signed("ani@gmail.com"), self.signed("umar@gmail.com")
		yield ani, samples.vacation("ani@gmail.com", ani)
		yield umar, samples.letter("umar@gmail.com", umar)

	def send_reports(self):
		for to, message in self.reports():
			self.lab.postfix.submit("", to, message, client="203.0.113.7")
		self.lab.postfix.wait_empty(60)
		step("complaints", "%d came in by SMTP, and an auto-reply and a letter"
		     % len(COMPLAINERS))

	def refusal(self, name, submit, *arguments):
		try:
			submit(*arguments)
		except Failure as failure:
			step(name, str(failure).partition("refused a message: ")[2])
		else:
			raise Failure("%s was not refused" % name)

	def show_refusals(self):
		"""What carom keeps out, and keeps in."""
		forged = self.signed("reader1@gmail.com")
		digit = forged.index("@") - 1
		forged = "%s%s%s" % (forged[:digit], "a" if forged[digit] != "a" else "b",
		                     forged[digit + 1:])
		self.refusal("forgery", self.lab.postfix.submit, "", forged, samples.dsn(
			"reader1@gmail.com", forged), False, "203.0.113.7")
		self.refusal("suppressed", self.submit, NEWS, "unknown.budi@gmail.com",
		             samples.newsletter(to="unknown.budi@gmail.com"))

	def pipe_reports(self):
		"""The same without Postfix: what pipe(8) would do."""
		count = 0
		refused = [r for r in READERS + CUSTOMERS
		           if r.partition("@")[0].count(".")]
		replies = self.replies()
		for person in refused:
			reply = replies[person.partition(".")[0]].replace("{rcpt}", person)
			code = reply.split()[1]
			if not code.startswith("5"):
				continue
			to = self.signed(person)
			self.pipe(to, "", samples.dsn(
				person, to, status=code, diagnostic="smtp; " + reply,
				reporter="mx.example.com"))
			count += 1
		for to, message in self.reports():
			self.pipe(to, "203.0.113.7", message)
		step("reports", "%d bounces, %d complaints, an auto-reply and a letter, "
		     "each given to" % (count, len(COMPLAINERS)))
		step("", "'carom pipe' as Postfix would")

	@staticmethod
	def replies():
		sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
		import sink
		path = os.path.join(os.path.dirname(os.path.abspath(__file__)),
		                    "replies")
		return {word: reply.split("\r\n")[-1]
		        for word, (_, reply) in sink.read_replies(path).items()}

	def pipe(self, to, client, message):
		self.lab.run_carom(
			"pipe", "--recipient=" + to, "--sender=",
			"--client-address=" + client, data=message.replace(b"\r\n", b"\n"))

	def show(self):
		lab = self.lab
		today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
		work = near(self.work)
		print("\nWho is not to be mailed any more (%s/carom suppress list):\n"
		      % work)
		print(lab.run_carom("suppress", "list").stdout.rstrip("\n"))
		print("\nNo account or stream means all of them. How sure carom is:"
		      "\nproven by a signature of ours, matched with a record of ours,"
		      "\nclaimed by who may claim it; what is only guessed never gets here.")
		print("\nThe nightly report (%s/carom report nightly --day %s):\n"
		      % (work, today))
		print(lab.run_carom("report", "nightly", "--day", today).stdout
		      .rstrip("\n"))
		print("\nProvider (unknown) are domains of no known ISP.%s" % (
			"" if is_root() else " Sent is unknown (-),\nfor without Postfix no mail "
			"was sent."))
		self.say_what_next(work)

	def say_what_next(self, work):
		hints = [
			(work + "/carom suppress check --account acme ani@gmail.com",
			 "may this address be mailed?"),
			(work + "/carom explain '550 5.7.26 refused by DMARC policy'",
			 "what it means and what to do"),
			(work + "/psql -c 'TABLE carom.event'",
			 "all that happened, in the schema carom")]
		if is_root():
			hints += [
				(work + "/send full.rini@gmail.com", "one more mail; its first "
				 "word picks the answer, see tests/lib/replies"),
				("%s/carom import maillog %s" % (work, self.lab.postfix.log),
				 "what was delivered and refused, by Postfix's own log; again: once"),
				("less " + self.lab.postfix.log,
				 "Postfix's log, with carom's lines in it")]
		print("\nLook further:\n")
		for command, words in hints:
			print("  %s\n      %s" % (command, words))
		print("""
Attach carom to your own Postfix: install it as README.md says, then take over
what you need of %(c)s/carom.conf, %(c)s/main.cf and %(c)s/master.cf

The page for staff, in a browser on this machine; nobody without this URL sees it:

  %(url)s

The HTTP API, with a key that is shown only now (doc/openapi.json tells the rest):

  curl -H 'Authorization: Bearer %(key)s' \\
      http://127.0.0.1:%(port)d/v1/suppressions

Stop: ./quickstart stop     Remove all of it: ./quickstart clean""" % {
			"c": near(CONTRIB), "url": self.desk.url(),
			"port": self.desk.given()["port"], "key": self.lab.run_carom(
				"api", "key", "add", "--scope", "admin", "--note",
				"quickstart").stdout.strip()})

	def write_commands(self):
		"""Short commands, so that nobody has to type long paths."""
		lab = self.lab
		trial = [sys.executable, "-B", os.path.abspath(__file__)]
		for name, argv in (
			("carom", [lab.carom, "--config", lab.conf]),
			("psql", ["psql", "-h", lab.postgres.socket, "-d", "carom"]),
			("send", trial + ["send", self.folder, self.work])):
			write_file(os.path.join(self.work, name),
			           "#!/bin/sh\nexec %s \"$@\"\n" % shlex.join(argv), 0o755)

	def send(self, *recipients):
		wrong = [r for r in recipients if not re.fullmatch(r"[^@\s]+@[^@\s]+", r)]
		if not recipients or wrong:
			raise Failure("%s; usage: %s/send ADDRESS..." % (
				"'%s' is no address" % wrong[0] if wrong else "to whom?",
				self.work), 64)
		self.find_ports()
		if not self.answers(self.submission):
			raise Failure("Postfix does not run; ./quickstart start starts it")
		for recipient in recipients:
			self.submit(NEWS, recipient, samples.newsletter(to=recipient))
			print("sent to " + recipient)
		print("%s/carom report tells what comes of it" % self.work)

	def find_ports(self):
		"""For a later command than `run`."""
		try:
			with open(self.ports) as f:
				ports = json.load(f)
		except OSError:
			raise Failure("there is no Postfix in this trial") from None
		self.lab.postfix.port, self.submission = ports["mx"], ports["submission"]
		self.lab.world.port = ports["world"]

	def start(self):
		"""What `stop` stopped, with what it held."""
		lab = self.lab
		if not lab.postgres.running():
			lab.postgres.start()
		if is_root():
			self.find_ports()
			if not lab.world.running():
				lab.world.start(lab.world.port)
			for service in self.services:
				if not service.running():
					service.start()
			if not lab.postfix.running():
				lab.postfix.start()
		self.desk.start()
		self.status()

	def status(self):
		servers = [("Postgres", self.lab.postgres)]
		if is_root():
			servers += [("Postfix", self.lab.postfix), ("its sink", self.lab.world)]
			servers += [(s.role, s) for s in self.services]
		servers += [("page, API", self.desk)]
		for name, server in servers:
			step(name, "%s, in %s" % ("runs" if server.running() else
			                          "is stopped", server.folder))
		if self.desk.running():
			step("", self.desk.url())

	def end(self):
		self.desk.stop()
		if is_root():
			self.lab.postfix.stop()
		for service in self.services:
			service.stop()
		self.lab.stop()

	def stop(self):
		self.end()
		step("stopped", "what it recorded is kept in " + self.folder)
		step("", "./quickstart start goes on with it")


def main():
	command, folder, work = sys.argv[1:4]
	try:
		getattr(Trial(folder, work), command)(*sys.argv[4:])
	except Failure as failure:
		print("quickstart: %s" % failure.args[0], file=sys.stderr)
		sys.exit(failure.args[1] if len(failure.args) > 1 else 1)
	except KeyboardInterrupt:
		sys.exit("quickstart: interrupted; ./quickstart stop ends what runs")


if __name__ == "__main__":
	main()
