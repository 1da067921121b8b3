# SPDX-License-Identifier: BSD-2-Clause
"""Real DKIM signatures: OpenDKIM as signer and as verifier, without DNS."""

import os
import socketserver
import subprocess
import threading

from lab import (HOSTNAME, clean_environment, free_port, owned_folder, run,
                 wait_until, write_file)


class Collector(socketserver.StreamRequestHandler):
	"""An SMTP server that keeps the message it is given."""

	def handle(self):
		self.say("220 collector.example")
		for line in self.rfile:
			word = line[:4].upper()
			if word == b"DATA":
				self.say("354 go on")
				lines = []
				for text in self.rfile:
					if text == b".\r\n":
						break
					lines.append(text[1:] if text[:1] == b"." else text)
				self.server.messages.append(b"".join(lines))
			if word == b"QUIT":
				self.say("221 bye")
				return
			self.say("250 ok")

	def say(self, line):
		self.wfile.write(line.encode() + b"\r\n")


class OpenDkim:
	"""A signer for some domains and a verifier that knows their key."""

	def __init__(self, lab, domains):
		self.lab = lab
		self.folder = owned_folder(os.path.join(lab.folder, "dkim"))
		self.domains = domains
		self.processes = []
		self.signer, self.verifier = free_port(), free_port()

	def start(self):
		run(["opendkim-genkey", "-b", "2048", "-s", "sel", "-d", "x.example",
		     "-D", self.folder])
		with open(os.path.join(self.folder, "sel.txt")) as f:
			record = "".join(f.read().split('"')[1::2])
		public = write_file(os.path.join(self.folder, "public"), "".join(
			"sel._domainkey.%s %s\n" % (d, record) for d in self.domains))
		common = "Background no\nSyslog no\nRequireSafeKeys no\nUMask 022\n"
		self.run("signer", common + "Mode s\nDomain %s\nSelector sel\n"
		         "KeyFile %s/sel.private\nCanonicalization relaxed/relaxed\n"
		         "SignHeaders *,+list-unsubscribe,+list-unsubscribe-post\n"
		         "InternalHosts 0.0.0.0/0\nSocket inet:%d@127.0.0.1\n"
		         % (",".join(self.domains), self.folder, self.signer))
		self.run("verifier", common + "Mode v\nTestPublicKeys %s\n"
		         "AuthservID %s\nAlwaysAddARHeader yes\n"
		         "Socket inet:%d@127.0.0.1\n" % (public, HOSTNAME, self.verifier))
		return self

	def run(self, name, configuration):
		path = write_file(os.path.join(self.folder, name + ".conf"),
		                  configuration)
		log = open(os.path.join(self.folder, name + ".log"), "w")
		process = subprocess.Popen(
			["opendkim", "-f", "-x", path], stdin=subprocess.DEVNULL,
			stdout=log, stderr=log, cwd="/", env=clean_environment())
		self.processes.append(process)
		port = self.signer if name == "signer" else self.verifier
		wait_until(lambda: self.listens(port), 10, "OpenDKIM (%s) answers" % name)

	@staticmethod
	def listens(port):
		import socket
		with socket.socket() as s:
			return s.connect_ex(("127.0.0.1", port)) == 0

	def sign(self, message, sender, to="collector@signed.example", before=""):
		"""The message with a DKIM signature for the domain of its From.

		It goes through the lab's Postfix, with OpenDKIM as its milter, and
		is collected behind it. before: a milter that sees it first.
		"""
		collector = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Collector)
		collector.daemon_threads = True
		collector.messages = []
		threading.Thread(target=collector.serve_forever, daemon=True).start()
		postfix = self.lab.postfix
		postfix.command("postconf", "-e",
		                "smtpd_milters=%s inet:127.0.0.1:%d" % (before, self.signer),
		                "content_filter=smtp:[127.0.0.1]:%d"
		                % collector.server_address[1])
		postfix.reload()
		postfix.submit(sender, to, message)
		wait_until(lambda: collector.messages, 20, "the signed message arrives")
		collector.shutdown()
		postfix.command("postconf", "-e", "content_filter=",
		                "smtpd_milters=inet:127.0.0.1:%d" % self.verifier)
		postfix.reload()
		return collector.messages[0]

	def stop(self):
		for process in self.processes:
			process.terminate()
			process.wait()
