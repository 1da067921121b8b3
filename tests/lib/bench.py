# SPDX-License-Identifier: BSD-2-Clause
"""What the benchmarks of the database have in common."""

import os
import shutil
import sys
import tempfile

from lab import Lab


def on_a_database(measure):
	"""Runs measure(lab) with a Postgres of its own, on disk, and with what was
	built in the folder that the command line names; the exit status.
	"""
	if len(sys.argv) != 3:
		print("usage: %s BUILD SOURCE" % os.path.basename(sys.argv[0]),
		      file=sys.stderr)
		return 64
	folder = tempfile.mkdtemp(prefix="carom-bench.", dir="/var/tmp")
	os.chmod(folder, 0o755)
	prefix = os.path.join(folder, "prefix")
	os.makedirs(os.path.join(prefix, "bin"))
	shutil.copy(os.path.join(sys.argv[1], "carom"), os.path.join(prefix, "bin"))
	shutil.copytree(os.path.join(sys.argv[1], "data"),
	                os.path.join(prefix, "bin", "data"))
	lab = Lab(os.path.join(folder, "lab"), prefix)
	try:
		lab.start(postfix=False)
		print("%d processors, load %.1f" % (os.cpu_count(), os.getloadavg()[0]))
		measure(lab)
	finally:
		lab.stop()
		shutil.rmtree(folder)
	return 0
