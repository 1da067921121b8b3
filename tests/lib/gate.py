#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a web server with a login is elsewhere: in front of the page, on loopback.

    gate.py PORT FILE

FILE is JSON: {"page": SOCKET, "api": SOCKET or null, "secret": WORD, "user": NAME}.
http://127.0.0.1:PORT/open/WORD sets a cookie, and who has it is NAME on the page.
Everybody else who finds the port is told how one gets in, whatever they ask for,
and nothing else. The API wants a key as ever.
For a trial on one machine; contrib/nginx.conf is what belongs in front otherwise.
"""

import hashlib
import hmac
import http.client
import http.server
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from unix_http import UnixConnection  # noqa: E402

BODY = 8 << 20
CLOSED = b"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Not open</title>
<main>
<h1>This page is not open yet</h1>
<p>Open the URL that the trial printed when it started; <code>./quickstart status</code> prints
it again. Elsewhere, whoever runs carom lets you in with
<code>carom staff add --role reader NAME</code>, and its web server asks for your password.</p>
<section lang="id">
<h2>Halaman ini belum terbuka</h2>
<p>Buka URL yang ditampilkan saat uji coba dimulai; <code>./quickstart status</code> menampilkannya
lagi. Di tempat lain, pengelola carom memberi akses dengan
<code>carom staff add --role reader NAMA</code>, dan server webnya meminta kata sandi Anda.</p>
</section>
</main>
</html>
"""
PASSED = ("accept-language", "content-type", "origin", "sec-fetch-site", "host")
RETURNED = ("content-type", "content-disposition", "content-security-policy",
            "referrer-policy", "x-content-type-options", "cache-control", "location",
            "allow", "retry-after", "www-authenticate")


class Gate(http.server.BaseHTTPRequestHandler):
	protocol_version = "HTTP/1.0"
	server_version, sys_version = "carom", ""
	timeout = 60

	def log_message(self, *_):  # the secret stands in a path
		pass

	def end(self, status, **headers):
		self.send_response(status)
		for name, value in headers.items():
			self.send_header(name.replace("_", "-"), value)
		self.send_header("Content-Length", "0")
		self.end_headers()

	def closed(self):
		"""The same for every path, so that nobody learns which there are."""
		self.send_response(403)
		for name, value in (("Content-Type", "text/html; charset=utf-8"),
		                    ("Content-Length", str(len(CLOSED))), ("Cache-Control", "no-store"),
		                    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
		                    ("Referrer-Policy", "no-referrer")):
			self.send_header(name, value)
		self.end_headers()
		if self.command != "HEAD":
			self.wfile.write(CLOSED)

	def cookie_name(self):
		return "carom%d" % self.server.server_port

	def has_cookie(self):
		for part in (self.headers.get("Cookie") or "").split(";"):
			name, _, value = part.strip().partition("=")
			if name == self.cookie_name() and hmac.compare_digest(
					value.encode(), self.server.cookie.encode()):
				return True
		return False

	def answer(self):
		given = self.server.given
		path = self.path.partition("?")[0]
		# a name of somebody else's that leads here is not ours
		if self.headers.get("Host") not in self.server.names:
			self.end(404)
		elif path.startswith("/v1/") and given["api"]:
			self.carry(given["api"], {"Authorization": self.headers.get("Authorization")})
		elif path.startswith("/open/") and hmac.compare_digest(
				path[6:].encode(), given["secret"].encode()):
			self.end(303, Location="/ui/", Set_Cookie="%s=%s; Path=/; HttpOnly; SameSite=Lax"
			         % (self.cookie_name(), self.server.cookie), Referrer_Policy="no-referrer")
		elif self.has_cookie() and (path == "/" or path.startswith("/ui/")):
			self.carry(given["page"], {"X-Remote-User": given["user"]})
		elif self.has_cookie():
			self.end(404)
		else:
			self.closed()

	def carry(self, where, more):
		length = self.headers.get("Content-Length") or "0"
		if not length.isdigit() or int(length) > BODY or "Transfer-Encoding" in self.headers:
			self.end(413)
			return
		body = self.rfile.read(int(length))
		headers = {k: v for k, v in self.headers.items() if k.lower() in PASSED}
		headers.update({k: v for k, v in more.items() if v})
		connection = UnixConnection(where)
		try:
			connection.request(self.command, self.path, body or None, headers)
			got = connection.getresponse()
			self.send_response(got.status)
			for name, value in got.headers.items():
				if name.lower() in RETURNED:
					self.send_header(name, value)
			self.end_headers()
			while piece := got.read(65536):
				self.wfile.write(piece)
		except (OSError, http.client.HTTPException):
			self.close_connection = True
		finally:
			connection.close()

	do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer


class Server(http.server.ThreadingHTTPServer):
	daemon_threads = True

	def __init__(self, port, given):
		super().__init__(("127.0.0.1", port), Gate)
		self.given = given
		self.cookie = hashlib.sha256(("cookie " + given["secret"]).encode()).hexdigest()
		self.names = ["%s:%d" % (n, self.server_port) for n in ("127.0.0.1", "localhost")]


def main():
	with open(sys.argv[2]) as f:
		given = json.load(f)
	server = Server(int(sys.argv[1]), given)
	server.serve_forever()


if __name__ == "__main__":
	main()
