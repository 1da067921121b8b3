# SPDX-License-Identifier: BSD-2-Clause
"""contrib/nginx.conf in a web server of its own, in front of the API or the page."""

import os
import socket
import ssl
import subprocess

from lab import CONTRIB, PIPE_USER, free_port, run, wait_until, write_file


class Nginx:
	"""host, port, certificate: where it answers, and what it shows."""

	host = "api.example.com"

	def __init__(self, lab, api_socket, page_socket="/nowhere"):
		self.folder = os.path.join(lab.folder, "nginx")
		os.makedirs(self.folder)
		self.certificate = self.folder + "/cert"
		self.access_log = self.folder + "/access"
		self.port = free_port()
		self.process = None
		run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
		     "-subj", "/CN=" + self.host, "-addext",
		     "subjectAltName=DNS:%s,DNS:desk.example.com,IP:127.0.0.1" % self.host,
		     "-keyout", self.folder + "/key", "-out", self.certificate])
		self.write_site(api_socket, page_socket)

	def write_site(self, api_socket, page_socket):
		with open(os.path.join(CONTRIB, "nginx.conf")) as f:
			site = f.read()
		for old, new in (("/run/carom/api", api_socket),
		                 ("listen 443 ssl", "listen 127.0.0.1:%d ssl" % self.port),
		                 ("/etc/ssl/certs/api.example.com.pem", self.certificate),
		                 ("/etc/ssl/private/api.example.com.key", self.folder + "/key"),
		                 ("/run/carom-page/page", page_socket),
		                 ("/etc/ssl/certs/desk.example.com.pem", self.certificate),
		                 ("/etc/ssl/private/desk.example.com.key", self.folder + "/key"),
		                 ("/etc/nginx/carom-staff", self.folder + "/staff"),
		                 ("/var/log/nginx/carom-page.log", self.access_log + "-page"),
		                 ("/var/log/nginx/carom-api.log", self.access_log)):
			assert old in site, "contrib/nginx.conf has no " + old
			site = site.replace(old, new)
		write_file(self.folder + "/site", site)
		temporary = "".join("%s_temp_path %s/%s;\n" % (n, self.folder, n) for n in (
			"client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
		# it changes to the account that may open the socket
		write_file(self.folder + "/conf", "user %s nogroup;\npid %s/pid;\nerror_log %s/error;\n"
		           "events {}\nhttp {\n%sinclude %s/site;\n}\n" % (
			           PIPE_USER, self.folder, self.folder, temporary, self.folder))

	def start(self):
		self.process = subprocess.Popen(
			["nginx", "-c", self.folder + "/conf", "-g", "daemon off;"],
			stderr=subprocess.DEVNULL)

		def answers():
			with socket.socket() as s:
				return s.connect_ex(("127.0.0.1", self.port)) == 0
		wait_until(answers, 20, "nginx listens")
		return self

	def stop(self):
		self.process.terminate()
		self.process.wait(20)

	def connect(self):
		"""A socket with TLS on it."""
		context = ssl.create_default_context(cafile=self.certificate)
		plain = socket.create_connection(("127.0.0.1", self.port), 60)
		return context.wrap_socket(plain, server_hostname=self.host)
