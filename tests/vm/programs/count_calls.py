#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""count_calls.py [--no-clock] TRACE: of strace's TRACE of tests/vm/programs/calls, a line
"OPERATION CALLS NAMES" for each operation: system calls of one operation, as a number with
two digits after the point, and what they were. --no-clock: readings of the clock are shown
and not counted; the guest's kernel has no vDSO, by which they take no call elsewhere."""

import collections
import re
import sys

LOOPS = 100
LINE = re.compile(r"^(?:\d+ +)?(\w+)\(")
MARK = re.compile(r'/calls/(begin|end)/([\w-]+)"')


def main(path, clock=True):
    names = None
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            mark = MARK.search(line)
            if mark and mark.group(1) == "begin":
                names = collections.Counter()
            elif mark:
                calls = sum(names.values()) - (0 if clock else names["clock_gettime"])
                print("%s %.2f %s" % (mark.group(2), calls / LOOPS, ",".join(
                    "%s:%.2f" % (name, n / LOOPS) for name, n in sorted(names.items()))))
                names = None
            elif names is not None:
                call = LINE.match(line)
                # what was interrupted and goes on has been counted
                if call:
                    names[call.group(1)] += 1
                elif "resumed>" not in line and not re.search(r"--- SIG|\+\+\+", line):
                    names["?"] += 1


main(sys.argv[-1], "--no-clock" not in sys.argv)
