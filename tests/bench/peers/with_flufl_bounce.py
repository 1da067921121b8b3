#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""with_flufl_bounce.py LIST - flufl.bounce reads every file that LIST names, in one process"""

import email
import sys

from flufl.bounce import all_failures

messages = reports = 0
with open(sys.argv[1]) as names:
    for name in names:
        with open(name.rstrip('\n'), 'rb') as file:
            message = email.message_from_binary_file(file)
        messages += 1
        try:
            temporary, permanent = all_failures(message)
        except Exception:  # a reader that fails on a message has still cost its time
            continue
        reports += bool(temporary or permanent)
print(f'{messages} messages, {reports} with a report')
