#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""bench_read - what reading costs: bare GMime, carom parse, and other bounce readers

Usage: bench_read.py BUILD SOURCE [FOLDER...]

All read the same files in the same run, several rounds in turn; the medians
count. CPU seconds are user and system time of the process, so that other work
on the machine disturbs little. Start-up is a process that reads one small
message; "with start-up" is one process that reads all files once. Peers that
are not installed are left out and said so.

Limits of the project (carom at most 1.5 times the floor, every peer at least
5 times carom, with and without start-up, start-up and first message under
25 ms) are judged at the end; exit status 1 says that one does not hold.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = int(os.environ.get('BENCH_ROUNDS', 5))
LOOPS = int(os.environ.get('BENCH_LOOPS', 10))  # of floor and carom over all files, since they are quick
MIB = 1024 * 1024
MAX_OF_FLOOR, MIN_PEER, MAX_START = 1.5, 5.0, 0.025


class Reader:
    def __init__(self, name, command, loops=1, needs=None):
        self.name, self.command, self.loops = name, command, loops
        self.missing = needs is not None and subprocess.run(needs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0
        self.cpu, self.start, self.rss = [], [], 0

    def run(self, names, listing):
        arguments = self.command(names, listing)
        with open(os.devnull, 'r+b') as null:
            pid = os.fork()
            if pid == 0:
                try:
                    os.dup2(null.fileno(), 0)
                    os.dup2(null.fileno(), 1)
                    os.dup2(null.fileno(), 2)
                    resource.setrlimit(resource.RLIMIT_AS, (4096 * MIB, 4096 * MIB))
                    os.execvp(arguments[0], arguments)
                finally:
                    os._exit(127)
            _, status, usage = os.wait4(pid, 0)
        if status != 0:
            sys.exit(f'{self.name}: ended with status {status}: {" ".join(arguments[:3])}')
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def the_readers(build, peers):
    # perl and python take the names from a file, the others from the command line; reading a list costs nothing
    return [
        Reader('floor', lambda names, listing: [f'{build}/tests/bench/floor', *names], LOOPS),
        Reader('carom', lambda names, listing: [f'{build}/carom', 'parse', *names], LOOPS),
        Reader('sisimai', lambda names, listing: ['perl', f'{peers}/with_sisimai.pl', listing], 1, ['perl', '-MSisimai', '-e1']),
        Reader('flufl.bounce', lambda names, listing: ['/usr/bin/python3', f'{peers}/with_flufl_bounce.py', listing], 1, ['/usr/bin/python3', '-c', 'import flufl.bounce']),
        Reader('bounceparser', lambda names, listing: ['perl', f'{peers}/with_bounceparser.pl', listing], 1,
               ['perl', '-MMail::DeliveryStatus::BounceParser', '-e1']),
    ]


def measure(readers, files, one, folder):
    all_names, one_name = [str(f) for f in files], [str(one)]
    listing, one_listing = Path(folder) / 'all', Path(folder) / 'one'
    listing.write_text('\n'.join(all_names) + '\n')
    one_listing.write_text('\n'.join(one_name) + '\n')
    for number in range(ROUNDS):
        for reader in readers:
            cpu, rss = reader.run(all_names * reader.loops, str(listing))
            reader.cpu.append(cpu)
            reader.rss = max(reader.rss, rss)
            reader.start += [reader.run(one_name, str(one_listing))[0] for _ in range(5 if reader.loops > 1 else 1)]
        print(f'round {number + 1} of {ROUNDS}', file=sys.stderr)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    build, source = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    folders = [Path(f) for f in sys.argv[3:]] or [f for f in (source / 'tests/fixtures', source.parent / 'shared/corpus/messages') if f.is_dir()]
    files = sorted(f for folder in folders for f in folder.rglob('*.eml'))
    one = min(files, key=lambda f: abs(f.stat().st_size - 3000))
    readers = the_readers(build, source / 'tests/bench/peers')
    with tempfile.TemporaryDirectory(prefix='carom-bench-') as folder:
        config = Path(folder) / 'carom.conf'
        config.touch()
        os.environ['CAROM_CONFIG'] = str(config)
        present = [r for r in readers if not r.missing]
        measure(present, files, one, folder)
    print(f'\n{len(files)} messages, {sum(f.stat().st_size for f in files) / MIB:.2f} MiB, medians of {ROUNDS} rounds\n')
    print(f'{"":14}{"messages per CPU s":>20}{"with start-up":>15}{"us each":>10}{"start + 1 ms":>14}{"one a process/s":>17}{"peak MiB":>10}')
    each, start, once = {}, {}, {}
    for reader in readers:
        if reader.missing:
            print(f'{reader.name:14}{"not installed":>20}')
            continue
        start[reader.name] = statistics.median(reader.start)
        each[reader.name] = (statistics.median(reader.cpu) - start[reader.name]) / (len(files) * reader.loops - 1)
        once[reader.name] = each[reader.name] + (start[reader.name] - each[reader.name]) / len(files)
        print(f'{reader.name:14}{1 / each[reader.name]:20.0f}{1 / once[reader.name]:15.0f}{each[reader.name] * 1e6:10.1f}{start[reader.name] * 1e3:14.1f}'
              f'{1 / start[reader.name]:17.1f}{reader.rss / MIB:10.1f}')
    held = [('carom / floor', each['carom'] / each['floor'], each['carom'] <= MAX_OF_FLOOR * each['floor'], f'at most {MAX_OF_FLOOR}')]
    for name in list(each)[2:]:
        held.append((f'{name} / carom', each[name] / each['carom'], each[name] >= MIN_PEER * each['carom'], f'at least {MIN_PEER}'))
        held.append((f'{name} / carom, with start-up', once[name] / once['carom'], once[name] >= MIN_PEER * once['carom'], f'at least {MIN_PEER}'))
        held.append((f'{name} / carom, one a process', start[name] / start['carom'], True, ''))
    held.append(('carom start + first message, ms', start['carom'] * 1e3, start['carom'] < MAX_START, f'under {MAX_START * 1e3:.0f}'))
    print()
    for what, ratio, holds, limit in held:
        print(f'{what:38}{ratio:9.2f}   {limit}{"" if holds else "   MISSED"}')
    return not all(h[2] for h in held)


if __name__ == '__main__':
    sys.exit(main())
