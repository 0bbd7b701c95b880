#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""passing.py SOCKET SLOT-LABEL PIN KEY=ANSWER[,ANSWER...]...

A client of keyringd that speaks the protocol (docs/PROTOCOL.md) by itself, and takes whatever
it can get: of each token key KEY it asks for a socket of each plain mechanism. ANSWERs are
those that have to come (or "none"); of every other one none may. What comes is tried out: what it
computes, and whether another key can be set.
"""

import array
import errno
import hashlib
import hmac
import os
import socket
import struct
import sys
import time

HELLO, SLOTS, LOGIN, LOGOUT, FIND, KEY_SOCKET, REGION = 1, 2, 4, 5, 9, 21, 20
CKR_OK, CKR_KEY_HANDLE_INVALID, CKR_NOT_LOGGED_IN = 0, 0x60, 0x101
# what the key does not permit, and what no socket is
REFUSALS = {0x54, 0x70, 0x63, 0x68}
CKA_LABEL = 3
SOL_ALG = 279
NO_SERIAL = struct.pack("<i", 1)
AES_KEY = bytes(range(32))
FIPS_PLAIN = bytes.fromhex("00112233445566778899aabbccddeeff")
FIPS_CIPHER = bytes.fromhex("8ea2b7ca516745bfeafc49904b496089")  # FIPS 197, C.3
MECHANISMS = {  # those of which the kernel has the very algorithm
    "ecb": 0x1081, "cbc": 0x1082, "ctr": 0x1086, "gcm": 0x1087, "ccm": 0x1088, "cts": 0x1089,
    "cmac": 0x108a, "xts": 0x1071, "hmac": 0x251, "hmac512": 0x271,
    # and those that no socket is
    "cbc-pad": 0x1085, "kw": 0x2109, "gmac": 0x108e, "hmac-general": 0x252, "digest": 0x250,
    "nothing": 0xdeadbeef,
}
failures = 0


def verdict(name, good, why=""):
    global failures
    print("ok " + name if good else "not ok %s: %s" % (name, why), flush=True)
    failures += not good


class Client:
    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(60)
        self.s.connect(path)
        rv, payload, _ = self.ask(HELLO, struct.pack("<IIII", 1, 1, 0, 0))
        assert rv == CKR_OK, rv

    def ask(self, kind, payload=b""):
        """(CK_RV, payload, descriptors that came)"""
        self.s.sendall(struct.pack("<IHHQQ", len(payload), kind, 0, 1, 0) + payload)
        head, fds = self.receive(24)
        length, _, flags, _, rv = struct.unpack("<IHHQQ", head)
        body, more = self.receive(length)
        assert (flags == 3) == (len(fds) == 1 and not more), (flags, fds, more)
        return rv, body, fds + more

    def receive(self, n):
        data, fds = b"", []
        while len(data) < n:
            part, control, flags, _ = self.s.recvmsg(n - len(data), 4096)
            assert part and not flags & socket.MSG_CTRUNC, flags
            data += part
            for level, kind, value in control:
                assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
                fds += array.array("i", value).tolist()
        return data, fds

    def slot(self, label):
        rv, body, _ = self.ask(SLOTS)
        assert rv == CKR_OK
        at = 12  # serial, length of the list
        while at < len(body):
            number, _, n = struct.unpack_from("<QI16xI", body, at)
            name = body[at + 32:at + 32 + n].decode()
            at += 32 + n + 16
            if name == label:
                return number
        raise AssertionError("no slot " + label)

    def login(self, slot, pin):
        request = struct.pack(">Q", time.time_ns() // 1000000) + os.urandom(8)
        rv, _, _ = self.ask(LOGIN, struct.pack("<QB", slot, 1) + request
                            + struct.pack("<I", len(pin)) + pin)
        assert rv == CKR_OK, hex(rv)

    def find(self, slot, label):
        template = struct.pack("<II", CKA_LABEL, len(label)) + label
        rv, body, _ = self.ask(FIND, struct.pack("<QQII", slot, 0, 10, len(template)) + template)
        assert rv == CKR_OK, hex(rv)
        return body[16:32] if len(body) > 32 else None  # behind cursor, flags and length

    def key_socket(self, slot, key, mechanism):
        """(CK_RV, descriptor or None)"""
        rv, _, fds = self.ask(KEY_SOCKET, struct.pack("<Q", slot) + key
                              + struct.pack("<Q", mechanism))
        assert len(fds) <= 1 and bool(fds) == (rv == CKR_OK), (rv, fds)
        return rv, fds[0] if fds else None


# ---- what a socket that came can do


def ecb(tfm):
    op = tfm.accept()[0]
    op.sendmsg_afalg([FIPS_PLAIN], op=socket.ALG_OP_ENCRYPT)
    return op.recv(16) == FIPS_CIPHER


def hmac256(tfm):
    op = tfm.accept()[0]
    op.send(b"data")
    return op.recv(64) == hmac.new(AES_KEY, b"data", hashlib.sha256).digest()


WORKS = {"ecb": ecb, "hmac": hmac256}


def rekeys(tfm):
    """Everything by which another key or none could be set: what is not refused."""
    tries = [("another key", socket.ALG_SET_KEY, bytes(32)), ("no key", socket.ALG_SET_KEY, b""),
             ("a serial", 7, NO_SERIAL)]
    for name, option, value in tries:
        try:
            tfm.setsockopt(SOL_ALG, option, value)
            yield name
        except OSError as e:
            if e.errno not in (errno.EBUSY, errno.ENOPROTOOPT):
                yield "%s: %s" % (name, errno.errorcode[e.errno])
    try:
        tfm.bind(("hash", "sha256"))
        yield "another algorithm"
    except OSError:
        pass


def use(name, answer, fd):
    domain = socket.socket(socket.AF_UNIX, fileno=os.dup(fd)).getsockopt(
        socket.SOL_SOCKET, socket.SO_DOMAIN)
    tfm = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET, fileno=fd)
    verdict("%s: %s: it is a socket of AF_ALG" % (name, answer), domain == socket.AF_ALG, domain)
    if answer in WORKS:
        verdict("%s: %s computes with the key" % (name, answer), WORKS[answer](tfm))
    bad = list(rekeys(tfm))
    verdict("%s: %s: no other key can be set" % (name, answer), not bad, ", ".join(bad))
    tfm.close()


def key_case(c, slot, name, wanted):
    key = c.find(slot, name.encode())
    assert key is not None, "no key " + name
    got = []
    for answer, mechanism in MECHANISMS.items():
        rv, fd = c.key_socket(slot, key, mechanism)
        if fd is not None:
            got.append(answer)
            use(name, answer, fd)
        elif rv not in REFUSALS:
            verdict("%s: %s is refused" % (name, answer), False, hex(rv))
    verdict("%s: passed as %s and nothing else" % (name, ", ".join(sorted(wanted)) or "nothing"),
            set(got) == wanted, "it is passed as: %s" % ", ".join(got))


def strangers(path, slot, key, label):
    """Who is not logged in, or gives ids of keys that are none."""
    c = Client(path)
    rv, fd = c.key_socket(slot, key, MECHANISMS["ecb"])
    verdict("who is not logged in gets nothing", fd is None and rv in (
        CKR_KEY_HANDLE_INVALID, CKR_NOT_LOGGED_IN), hex(rv))
    for bad in (bytes(16), b"\xff" * 16, key[::-1]):
        rv, fd = c.key_socket(slot, bad, MECHANISMS["ecb"])
        verdict("no socket of %s..." % bad[:2].hex(), fd is None, hex(rv))
    rv, fd = c.key_socket(slot + 77, key, MECHANISMS["ecb"])
    verdict("no socket of another slot", fd is None, hex(rv))
    del label


def main(path, label, pin, cases):
    c = Client(path)
    slot = c.slot(label)
    c.login(slot, pin.encode())
    for case in cases:
        name, _, answers = case.partition("=")
        key_case(c, slot, name, set(answers.split(",")) - {"none"})
    key = c.find(slot, cases[0].partition("=")[0].encode())
    strangers(path, slot, key, label)
    c.ask(LOGOUT, struct.pack("<Q", slot))
    rv, fd = c.key_socket(slot, key, MECHANISMS["ecb"])
    verdict("after the logout there is none", fd is None and rv in (
        CKR_KEY_HANDLE_INVALID, CKR_NOT_LOGGED_IN), hex(rv))
    return 1 if failures else 0


sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
