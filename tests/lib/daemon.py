# SPDX-License-Identifier: BSD-2-Clause
"""carom serve, started and ended by the tests, with sockets in the lab's folder."""

import os
import shutil
import signal
import subprocess

import lab as lab_module
from lab import Failure, clean_environment, owned_folder, wait_until


def socket_folder(lab):
	return os.path.join(lab.postfix.queue_directory, "carom")


def make_socket_folder(lab):
	"""As contrib/tmpfiles makes it."""
	path = owned_folder(socket_folder(lab), lab_module.PIPE_USER)
	shutil.chown(path, group="postfix")
	os.chmod(path, 0o2750)


def settings(lab, **more):
	"""Changes of carom.conf that put the sockets where our Postfix is."""
	run = socket_folder(lab)
	changes = {"serve": {"lmtp-socket": run + "/lmtp",
	                     "inbound-socket": "unix:%s/inbound" % run,
	                     "outbound-socket": "unix:%s/outbound" % run}}
	for group, keys in more.items():
		changes.setdefault(group, {}).update(keys)
	return changes


class Daemon:
	"""One carom serve. It runs as the pipe's account, which is in no group of
	Postfix's: the folder of the sockets is, as contrib/tmpfiles makes it.
	"""

	def __init__(self, lab, role):
		self.lab = lab
		self.role = role
		self.run = owned_folder(os.path.join(lab.folder, "run"),
		                        lab_module.PIPE_USER)
		if role != "webhooks":  # which listens nowhere
			make_socket_folder(lab)
		self.log = os.path.join(lab.folder, "serve-%s.log" % role)
		self.process = None

	def socket(self, name):
		if name == "api":  # not Postfix's
			return os.path.join(self.run, "api")
		return os.path.join(socket_folder(self.lab), name)

	def in_postfix(self, name):
		"""The socket as Postfix's files name it."""
		return self.lab.postfix.inside(self.socket(name))

	def launch(self):
		"""Starts it, without waiting until it is ready."""
		with open(self.log, "a") as log:
			self.process = subprocess.Popen(
				[self.lab.carom, "--config", self.lab.conf, "serve",
				 "--role", self.role], stdin=subprocess.DEVNULL,
				stdout=log, stderr=log, cwd="/", env=clean_environment(),
				user=lab_module.PIPE_USER, group=lab_module.PIPE_GROUP,
				extra_groups=[])

	def start(self):
		before = self.log_text().count(" ready")
		self.launch()

		def is_ready():
			if self.process.poll() is not None:
				raise Failure("carom serve --role %s ended with %d:\n%s" % (
					self.role, self.process.returncode, self.log_text()))
			return (self.log_text().count(" ready") > before and
			        (self.role == "webhooks" or
			         os.path.exists(self.socket(self.role))))
		wait_until(is_ready, 20, "carom serve --role %s is ready" % self.role)
		return self

	def log_text(self):
		try:
			with open(self.log, errors="replace") as f:
				return f.read()
		except FileNotFoundError:
			return ""

	def hangup(self):
		self.process.send_signal(signal.SIGHUP)

	def kill(self):
		"""Dies at whatever instruction it is at."""
		self.process.kill()
		self.process.wait()

	def stop(self, timeout=60):
		"""Ends as systemd would end it; its exit code."""
		if self.process is None or self.process.poll() is not None:
			return None
		self.process.terminate()
		return self.process.wait(timeout)
