# SPDX-License-Identifier: BSD-2-Clause
"""A cable to Postgres that can be cut at the worst moment.

It listens on FOLDER/.s.PGSQL.5432 for what libpq calls host=FOLDER, and
passes all on to the server. Of the queries that hold a certain word, the next
one does not reach the server after cut("before"); after cut("after") the
server's answer to it does not come back, so that it is committed and nobody
knows. Either way the connection is gone.
"""

import os
import pwd
import select
import signal
import socket
import socketserver
import sys

from lab import owned_folder, wait_until, write_file

READY = b"Z\0\0\0\5I"  # ReadyForQuery, outside a transaction: what came before is done


class Session(socketserver.BaseRequestHandler):
	def handle(self):
		with socket.socket(socket.AF_UNIX) as there:
			there.connect(os.path.join(self.server.server_folder, ".s.PGSQL.5432"))
			self.carry(self.request, there)

	def wanted(self):
		try:
			with open(self.server.switch) as f:
				return f.read()
		except FileNotFoundError:
			return ""

	def carry(self, here, there):
		asked, answered = b"", None  # answered: what is withheld
		while True:
			for sock in select.select([here, there], [], [])[0]:
				data = sock.recv(65536)
				if not data:
					return
				if sock is here:
					asked += data
					if self.server.word in asked:
						asked = b""
						self.server.log.write("asked\n")
						wanted = self.wanted()
						if wanted == "before":
							return self.cut(wanted)
						answered = b"" if wanted == "after" else None
					there.sendall(data)
				elif answered is None:
					here.sendall(data)
				else:
					answered += data
					if READY in answered:
						return self.cut("after")

	def cut(self, when):
		self.server.log.write("cut %s\n" % when)
		os.unlink(self.server.switch)


class Listener(socketserver.ThreadingUnixStreamServer):
	daemon_threads = True

	def __init__(self, cable):
		self.server_folder, self.word = cable.server_folder, cable.word
		self.switch, self.log = cable.switch, open(cable.log_file, "a", 1)
		super().__init__(os.path.join(cable.folder, ".s.PGSQL.5432"), Session)

	def handle_error(self, request, client_address):
		"""A connection that is lost on either side is no event."""


class Cable:
	"""Runs as an account of its own, since Postgres asks who connects."""

	def __init__(self, folder, server_folder, word, user):
		self.folder = owned_folder(folder, user)
		self.server_folder, self.word = server_folder, word.encode()
		self.switch = os.path.join(folder, "cut")
		self.log_file = os.path.join(folder, "log")
		account = pwd.getpwnam(user)
		sys.stdout.flush()
		self.pid = os.fork()
		if self.pid == 0:
			signal.signal(signal.SIGTERM, signal.SIG_DFL)
			os.setgroups([])
			os.setgid(account.pw_gid)
			os.setuid(account.pw_uid)
			try:
				Listener(self).serve_forever()
			finally:
				os._exit(1)
		wait_until(lambda: os.path.exists(folder + "/.s.PGSQL.5432"), 10,
		           "the cable is there")

	def log(self):
		"""A line for each query with the word, and for each cut."""
		with open(self.log_file) as f:
			return f.read().split("\n")[:-1]

	def cut(self, when):
		write_file(self.switch, when)

	def stop(self):
		os.kill(self.pid, signal.SIGTERM)
		os.waitpid(self.pid, 0)
