#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The trial that ./quickstart runs, after it has built carom.

    trial.py run|status|stop|end FOLDER WORK
    trial.py send FOLDER WORK RECIPIENT...

FOLDER is the run folder, with carom installed in FOLDER/prefix; WORK is where
short commands for the user are put.
"""

import datetime
import os
import shlex
import sys

import samples
from lab import BOUNCE_DOMAIN, CONTRIB, Failure, Lab, is_root, write_file

NEWS = "news@" + BOUNCE_DOMAIN
RECEIPTS = "receipts@" + BOUNCE_DOMAIN
COMPLAINTS = "fbl@" + BOUNCE_DOMAIN

# The first word of each address says how its server will answer: see replies.
READERS = """
	ani@gmail.com            unknown.budi@gmail.com    full.citra@gmail.com
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


class Trial:
	def __init__(self, folder, work):
		self.folder, self.work = folder, work
		self.lab = Lab(os.path.join(folder, "lab"),
		               os.path.join(folder, "prefix"))

	def run(self):
		lab = self.lab
		if os.path.exists(lab.folder):
			lab.remove()
			step("earlier run", "stopped, and its data removed")
		lab.start(postfix=is_root(), settings=SETTINGS)
		self.write_commands()
		step("Postgres", "runs on the socket in " + lab.postgres.socket)
		if is_root():
			step("Postfix", "runs on 127.0.0.1 port %d; all its mail for others "
			     "goes to a" % lab.postfix.port)
			step("", "scripted server on port %d, none leaves this machine"
			     % lab.world.port)
			self.send_mail()
			self.send_reports()
		else:
			step("Postfix", "left out: a Postfix of its own needs root")
			self.pipe_reports()
		self.show()

	def send_mail(self):
		lab = self.lab
		lab.postfix.submit(NEWS, READERS, samples.newsletter(), xverp=True)
		for customer in CUSTOMERS:
			lab.postfix.submit(RECEIPTS, customer, samples.newsletter(
				"shop@example.com", customer, "Your receipt"))
		step("mail", "sent a newsletter to %d readers and %d receipts; some "
		     "bounce" % (len(READERS), len(CUSTOMERS)))
		lab.postfix.wait_empty(90)
		answers = {d["to"]: d["reply"][0] for d in lab.world.deliveries()}
		refused = sum(reply != "2" for reply in answers.values())
		step("bounces", "%d of %d recipients were refused; Postfix wrote the "
		     "reports" % (refused, len(answers)))

	def reports(self):
		"""Reports that others write: (return address, message)."""
		for person in COMPLAINERS:
			yield COMPLAINTS, samples.complaint(person)
		yield NEWS, samples.vacation("ani@gmail.com", NEWS)
		yield NEWS, samples.letter("umar@gmail.com", NEWS)

	def send_reports(self):
		for to, message in self.reports():
			self.lab.postfix.submit("", to, message, client="203.0.113.7")
		self.lab.postfix.wait_empty(60)
		step("complaints", "%d came in by SMTP, and an auto-reply and a letter"
		     % len(COMPLAINERS))

	def pipe_reports(self):
		"""The same without Postfix: what pipe(8) would do."""
		count = 0
		refused = [(NEWS, r) for r in READERS if r.partition("@")[0].count(".")]
		refused += [(RECEIPTS, r) for r in CUSTOMERS
		            if r.partition("@")[0].count(".")]
		replies = self.replies()
		for sender, person in refused:
			reply = replies[person.partition(".")[0]].replace("{rcpt}", person)
			code = reply.split()[1]
			if not code.startswith("5"):
				continue
			to = samples.verp(sender, person)
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
		print("\nAn empty account or stream means all of them. How sure carom is:"
		      "\nproven by a signature of ours, matched with a record of ours,"
		      "\nclaimed by who may claim it; what is only guessed never gets here.")
		print("\nThe nightly report (%s/carom report nightly --day %s):\n"
		      % (work, today))
		print(lab.run_carom("report", "nightly", "--day", today).stdout
		      .rstrip("\n"))
		print("\nSent is unknown because nobody counts the mail sent in this trial;"
		      "\nprovider unknown are domains of no known ISP.")
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
				("less " + self.lab.postfix.log,
				 "Postfix's log, with carom's lines in it")]
		print("\nLook further:\n")
		for command, words in hints:
			print("  %s\n      %s" % (command, words))
		print("""
Attach carom to your own Postfix: install it as README.md says, then take over
what you need of %(c)s/carom.conf, %(c)s/main.cf and %(c)s/master.cf

Stop: ./quickstart stop     Remove all of it: ./quickstart clean""" % {
			"c": near(CONTRIB)})

	def write_commands(self):
		"""Short commands, so that nobody has to type long paths."""
		lab = self.lab
		trial = [sys.executable, os.path.abspath(__file__)]
		for name, argv in (
			("carom", [lab.carom, "--config", lab.conf]),
			("psql", ["psql", "-h", lab.postgres.socket, "-d", "carom"]),
			("send", trial + ["send", self.folder, self.work])):
			write_file(os.path.join(self.work, name),
			           "#!/bin/sh\nexec %s \"$@\"\n" % shlex.join(argv), 0o755)

	def send(self, *recipients):
		self.find_postfix_port()
		for recipient in recipients:
			self.lab.postfix.submit(NEWS, recipient, samples.newsletter(),
			                        xverp=True)
		print("sent; %s/carom report tells what came of it" % self.work)

	def find_postfix_port(self):
		"""The port is in master.cf, for a later command than `run`."""
		try:
			with open(os.path.join(self.lab.postfix.etc, "master.cf")) as f:
				self.lab.postfix.port = int(f.readline().split()[0]
				                            .rpartition(":")[2])
		except OSError:
			raise Failure("there is no Postfix in this trial") from None
		if not self.lab.postfix.answers():
			raise Failure("Postfix does not run; ./quickstart starts it")

	def status(self):
		for name, server in (("Postgres", self.lab.postgres),
		                     ("Postfix", self.lab.postfix),
		                     ("its sink", self.lab.world)):
			if name == "Postfix" and not is_root():
				continue
			step(name, "%s, in %s" % ("runs" if server.running() else
			                          "is stopped", server.folder))

	def end(self):
		self.lab.stop()

	def stop(self):
		self.end()
		step("stopped", "what it recorded is kept in " + self.folder)


def main():
	command, folder, work = sys.argv[1:4]
	try:
		getattr(Trial(folder, work), command)(*sys.argv[4:])
	except Failure as failure:
		sys.exit("quickstart: %s" % failure)
	except KeyboardInterrupt:
		sys.exit("quickstart: interrupted; ./quickstart stop ends what runs")


if __name__ == "__main__":
	main()
