# SPDX-License-Identifier: BSD-2-Clause
"""The page for staff, started by the tests, and a browser that has no scripts."""

import http.client
import os
import re
import subprocess
import urllib.parse
from html.parser import HTMLParser

import history
import lab as lab_module
import samples
from history import Trouble
from lab import (BOUNCE_DOMAIN, PIPE_USER, Failure, clean_environment, is_root,
                 owned_folder, wait_until)
from unix_http import UnixConnection

ORIGIN = "https://desk.example.com"
HOST = "desk.example.com"
NASTY = "<img src=x onerror=alert(1)>'\"&"


class Server:
	"""One carom serve --role page, on a socket in the lab's folder."""

	def __init__(self, lab):
		self.lab = lab
		self.folder = owned_folder(os.path.join(lab.folder, "desk"), PIPE_USER)
		self.socket = os.path.join(self.folder, "page")
		self.log = os.path.join(lab.folder, "page.log")
		self.process = None

	def settings(self):
		return {"page": {"socket": self.socket, "socket-group": ""}}

	def start(self):
		who = {"user": PIPE_USER, "group": lab_module.PIPE_GROUP,
		       "extra_groups": []} if is_root() else {}
		with open(self.log, "a") as log:
			self.process = subprocess.Popen(
				[self.lab.carom, "--config", self.lab.conf, "serve", "--role",
				 "page"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
				cwd="/", env=clean_environment(), **who)

		def is_ready():
			if self.process.poll() is not None:
				raise Failure("carom serve --role page ended: " + self.log_text())
			return "page ready" in self.log_text()
		wait_until(is_ready, 20, "carom serve --role page is ready")
		return self

	def log_text(self):
		with open(self.log, errors="replace") as f:
			return f.read()

	def stop(self):
		if self.process is None or self.process.poll() is not None:
			return None
		self.process.terminate()
		return self.process.wait(30)


class Seen(HTMLParser):
	"""What a page has: its text, links, and forms with their fields."""

	def __init__(self, text):
		super().__init__(convert_charrefs=True)
		self.words, self.links, self.forms, self.tags = [], [], [], []
		self._field = None
		self.feed(text)
		self.text = re.sub(r"\s+", " ", " ".join(self.words))

	def handle_starttag(self, tag, attrs):
		attrs = dict(attrs)
		self.tags.append((tag, attrs))
		if tag == "a":
			self.links.append(attrs.get("href"))
		elif tag == "form":
			self.forms.append({"action": attrs.get("action", ""), "fields": {},
			                   "method": attrs.get("method", "get")})
		elif tag in ("input", "textarea", "select") and self.forms:
			self.forms[-1]["fields"][attrs.get("name")] = attrs.get("value") or ""
			self._field = attrs.get("name") if tag == "textarea" else None

	def handle_endtag(self, tag):
		self._field = None if tag == "textarea" else self._field

	def handle_data(self, data):
		if self._field:
			self.forms[-1]["fields"][self._field] = data
		self.words.append(data)

	def form(self, do):
		for form in self.forms:
			if form["fields"].get("do") == do:
				return form
		raise Failure("no form '%s' among %s" % (
			do, [f["fields"].get("do") for f in self.forms]))


class Answer:
	def __init__(self, response):
		self.status, self.headers = response.status, response.headers
		self.body = response.read()
		self.text = self.body.decode("utf-8", "replace")

	@property
	def seen(self):
		return Seen(self.text)


def multipart(fields):
	out = b""
	for name, value in fields.items():
		out += b"--edge\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n" % (
			name.encode(), value if isinstance(value, bytes) else value.encode())
	return out + b"--edge--\r\n", "multipart/form-data; boundary=edge"


class Browser:
	"""One person, as the web server names them. None: it names nobody."""

	def __init__(self, server, user):
		self.server, self.user = server, user

	def ask(self, method, target, body=None, headers=None):
		fields = {"Host": HOST}
		if self.user is not None:
			fields["X-Remote-User"] = self.user
		fields.update(headers or {})
		connection = UnixConnection(self.server.socket)
		try:
			connection.putrequest(method, target, skip_host=True,
			                      skip_accept_encoding=True)
			for name, value in fields.items():
				if value is not None:
					connection.putheader(name, value)
			if body is not None:
				connection.putheader("Content-Length", str(len(body)))
			connection.endheaders(body)
			return Answer(connection.getresponse())
		except http.client.HTTPException as error:
			raise Failure("%s %s: %r" % (method, target, error)) from error
		finally:
			connection.close()

	def get(self, path="", **query):
		target = "/ui/" + path
		if query:
			target += "?" + urllib.parse.urlencode(query)
		return self.ask("GET", target)

	def post(self, target, fields, encode=multipart, **headers):
		body, kind = encode(fields)
		given = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin",
		         "Content-Type": kind}
		given.update({k.replace("_", "-"): v for k, v in headers.items()})
		return self.ask("POST", target, body, given)

	def send(self, page, do, **fields):
		"""Sends a form of a page that was shown, with these fields filled in."""
		form = page.seen.form(do)
		return self.post(form["action"], {**form["fields"], **fields})

	def follow(self, answer):
		if answer.status != 303:
			raise Failure("no redirect but %d: %s" % (
				answer.status, answer.seen.text[:500]))
		return self.ask("GET", answer.headers["Location"])


def bounce(lab, who, status="5.1.1", reply=None):
	to = samples.verp("news@" + BOUNCE_DOMAIN, who)
	data = samples.dsn(who, to, status=status, diagnostic=reply or
	                   "smtp; 550 %s <%s>: user unknown" % (status, who))
	done = lab.run_carom("pipe", "--recipient=" + to, "--sender=",
	                     data=data.replace(b"\r\n", b"\n"))
	return done


def fill(lab):
	"""Something for every screen to show; names with markup in them."""
	sql = lab.postgres.sql
	for who in ("unknown.budi@gmail.com", "gone.hana@yahoo.com", "ani+x@isp.example"):
		bounce(lab, who)
	bounce(lab, "odd@isp.example", "5.0.0", "smtp; 554 Computer says no")
	bounce(lab, "nasty@isp.example", "5.0.0", "smtp; 554 " + NASTY)
	data = samples.complaint("gita@yahoo.com", mail_from=samples.verp(
		"news@" + BOUNCE_DOMAIN, "gita@yahoo.com"))
	lab.run_carom("pipe", "--recipient=fbl@" + BOUNCE_DOMAIN, "--sender=",
	              data=data.replace(b"\r\n", b"\n"))
	lab.run_carom("pipe", "--recipient=news@" + BOUNCE_DOMAIN, "--sender=",
	              data=b"Subject: %s\n\nhm\n" % NASTY.encode())
	sql("SELECT carom.suppress('nasty@isp.example', 'asked', 'acme', %s, %s, "
	    "author => 'anna')" % (quote(NASTY), quote(NASTY)))
	sql("SELECT carom.set_setting('brake_addresses', '5')")
	for n in range(8):
		bounce(lab, "held%d@telkom.net" % n, "5.1.1",
		       "smtp; 550 5.1.1 mailbox unavailable at telkom.net")
	sql("SELECT carom.api_key_add('abcdefgh', sha256('x'), '{check}', note => %s)"
	    % quote(NASTY))
	history.fill(lab.postgres, 2, troubles=(
		Trouble("complaints", 5, 3, "yahoo_aol", "notices"),
		Trouble("block", 2, 6, stream="news", category="content_spam")))
	for name, role in (("rita", "reader"), ("edi", "editor"), ("ada", "admin")):
		lab.run_carom("staff", "add", name, "--role", role, "--note", NASTY)
	if is_root():
		sql("REVOKE carom_writer, carom_outbound FROM %s; GRANT carom_page TO %s"
		    % (PIPE_USER, PIPE_USER))


def clear(lab):
	"""Takes the made history away again: there are no events to it."""
	lab.postgres.sql("DELETE FROM carom.tally WHERE day < carom.day();"
	                 "DELETE FROM carom.cohort WHERE day < carom.day(); DELETE FROM carom.volume")


def quote(text):
	return "'" + text.replace("'", "''") + "'"
