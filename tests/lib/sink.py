#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The rest of the world: an SMTP server that answers as a script says.

    sink.py PORT REPLIES LOG

Listens on 127.0.0.1. REPLIES says which recipients are refused, how and when
(the format is described there). Each recipient of each transaction becomes
one line of JSON in LOG: from, to, reply. Messages are not kept.
"""

import json
import signal
import socketserver
import sys
import threading


def read_replies(path):
	replies = {}
	with open(path) as f:
		for line in f:
			if line.strip() and not line.startswith("#"):
				word, when, reply = line.split(None, 2)
				replies[word] = (when, reply.strip().replace(" | ", "\r\n"))
	return replies


def address(argument):
	"""'FROM:<a@b> SIZE=1' -> 'a@b'"""
	return argument.partition("<")[2].partition(">")[0]


class Session(socketserver.StreamRequestHandler):
	def say(self, reply):
		self.wfile.write(reply.encode() + b"\r\n")

	def record(self, recipient, reply):
		line = json.dumps({"from": self.sender, "to": recipient,
		                   "reply": reply})
		with self.server.lock:
			self.server.log.write(line + "\n")
			self.server.log.flush()

	def refusal(self, recipient, *when):
		"""The reply that refuses the recipient at that moment, if any."""
		word = recipient.partition("@")[0].partition(".")[0].lower()
		moment, reply = self.server.replies.get(word, (None, None))
		if moment not in when:
			return None
		if moment == "first":
			with self.server.lock:
				seen = recipient in self.server.seen
				self.server.seen.add(recipient)
			if seen:
				return None
		return reply.replace("{rcpt}", recipient)

	def handle(self):
		self.sender, self.recipients = None, []
		self.say("220 world.example ESMTP")
		for line in self.rfile:
			verb, _, rest = line.decode("utf-8", "replace").strip().partition(
				" ")
			command = getattr(self, "smtp_" + verb.lower(), None)
			if verb.upper() == "QUIT":
				return self.say("221 2.0.0 Bye")
			if command is None:
				self.say("502 5.5.1 Command not known")
			elif command(rest) is False:
				return None
		return None

	def smtp_helo(self, _):
		self.say("250 world.example")

	def smtp_ehlo(self, _):
		self.say("250-world.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
		         "250 ENHANCEDSTATUSCODES")

	def smtp_mail(self, rest):
		self.sender, self.recipients = address(rest), []
		self.say("250 2.1.0 Ok")

	def smtp_rcpt(self, rest):
		recipient = address(rest)
		reply = self.refusal(recipient, "rcpt", "first")
		if reply is None:
			self.recipients.append(recipient)
			self.say("250 2.1.5 Ok")
			return True
		self.record(recipient, reply)
		self.say(reply)
		return not reply.startswith("421")

	def smtp_data(self, _):
		if not self.recipients:
			return self.say("503 5.5.1 No recipient yet")
		self.say("354 Go on")
		for line in self.rfile:
			if line in (b".\r\n", b".\n"):
				break
		refusals = [self.refusal(r, "data") for r in self.recipients]
		reply = next(filter(None, refusals), "250 2.0.0 Ok")
		for recipient in self.recipients:
			self.record(recipient, reply)
		self.recipients = []
		return self.say(reply)

	def smtp_rset(self, _):
		self.recipients = []
		self.say("250 2.0.0 Ok")

	def smtp_noop(self, _):
		self.say("250 2.0.0 Ok")


class World(socketserver.ThreadingTCPServer):
	allow_reuse_address = True
	daemon_threads = True
	request_queue_size = 100

	def __init__(self, port, replies, log):
		self.replies, self.log = replies, log
		self.lock, self.seen = threading.Lock(), set()
		super().__init__(("127.0.0.1", port), Session)

	def handle_error(self, request, client_address):
		"""A client that goes away is no event."""


def main():
	port, replies, log = sys.argv[1:]
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
	with open(log, "a") as f:
		World(int(port), read_replies(replies), f).serve_forever()


if __name__ == "__main__":
	main()
