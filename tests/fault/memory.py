#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a core of a process would hold: memory.py PID BYTES HEX

Searches all memory that the process can read, dumpable or not, for any BYTES (or more)
neighbouring bytes of HEX, and writes a line for each mapping that has some. Exit status: 0
something was found, 1 nothing, 2 the memory cannot be read.
"""

import re
import sys

CHUNK = 16 << 20


def mappings(pid):
    with open("/proc/%s/maps" % pid, encoding="utf-8", errors="replace") as f:
        for line in f:
            where, mode, *rest = line.split(maxsplit=5)
            start, end = (int(x, 16) for x in where.split("-"))
            name = rest[3].strip() if len(rest) > 3 else "anonymous"
            # [vvar] is the kernel's, and not readable this way
            if mode[0] == "r" and name not in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                yield start, end, name


def pieces(mem, start, end, overlap):
    at = start
    while at < end:
        try:
            mem.seek(at)
            data = mem.read(min(CHUNK, end - at))
        except OSError:
            return  # of a device, or made secret by the kernel
        if not data:
            return
        yield data
        if at + len(data) >= end:
            return
        at += max(len(data) - overlap, 1)


def main(pid, least, pattern):
    windows = {pattern[i:i + least] for i in range(len(pattern) - least + 1)}
    search = re.compile(b"|".join(re.escape(w) for w in windows))
    found = size = 0
    with open("/proc/%s/mem" % pid, "rb", buffering=0) as mem:
        for start, end, name in mappings(pid):
            here = 0
            for data in pieces(mem, start, end, least - 1):
                size += len(data)
                here += len(search.findall(data))
            if here:
                print("%d times in %s at %x" % (here, name, start))
            found += here
    if size < 1 << 20:
        raise OSError("only %d bytes could be read" % size)
    print("%d MiB searched" % (size >> 20))
    return 0 if found else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3])))
    except (OSError, ValueError) as error:
        print("memory.py: %s" % error)
        sys.exit(2)
