#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# alarms.sh - how often the report's alarms are wrong, and how soon they are right
#
# Usage: alarms.sh BUILD SOURCE
# BENCH_HISTORIES: how many histories of 90 days a figure is made of (400).

exec "$1/tests/bench/alarms" "${BENCH_HISTORIES:-400}"
