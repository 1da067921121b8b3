# SPDX-License-Identifier: BSD-2-Clause
"""HTTP over a unix socket."""

import http.client
import socket


class UnixConnection(http.client.HTTPConnection):
	def __init__(self, path):
		super().__init__("carom", timeout=60)
		self.path = path

	def connect(self):
		self.sock = socket.socket(socket.AF_UNIX)
		self.sock.settimeout(60)
		self.sock.connect(self.path)
