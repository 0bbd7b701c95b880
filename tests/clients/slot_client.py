#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client without the module: searches a slot's objects once for each line of stdin.

slot_client.py SOCKET SLOT
"""

import socket
import struct
import sys

HELLO, FIND = 1, 9
NAMES = {0: "CKR_OK", 3: "CKR_SLOT_ID_INVALID"}


def ask(s, kind, payload):
    """The frame's answer: its CK_RV."""
    s.sendall(struct.pack("<IHHQQ", len(payload), kind, 0, 1, 0) + payload)
    length, _, _, _, rv = struct.unpack("<IHHQQ", s.recv(24, socket.MSG_WAITALL))
    if length:
        s.recv(length, socket.MSG_WAITALL)
    return NAMES.get(rv, hex(rv))


def main():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    s.connect(sys.argv[1])
    hello = ask(s, HELLO, struct.pack("<IIII", 1, 1, 0, 0))
    assert hello == "CKR_OK", hello
    for _ in sys.stdin:
        print(ask(s, FIND, struct.pack("<QQII", int(sys.argv[2]), 0, 10, 0)), flush=True)


main()
