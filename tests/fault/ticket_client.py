#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients of keyringd without the module, which has an opinion of its own about logins.

ticket_client.py SOCKET SLOT USER-PIN SO-PIN LIFETIME
"""

import os
import socket
import struct
import sys
import time

SOCKET, SLOT = sys.argv[1], int(sys.argv[2])
USER_PIN, SO_PIN = sys.argv[3].encode(), sys.argv[4].encode()
LIFETIME = float(sys.argv[5])
HELLO, LOGIN, LOGOUT, INIT_PIN, FIND, GET = 1, 4, 5, 7, 9, 10
CREATE, DESTROY, GENERATE, GENERATE_PAIR, OP, UNWRAP, LOGIN_USE = 12, 15, 16, 17, 18, 23, 26
SO, USER, CONTEXT = 0, 1, 2
ENCRYPT, ONCE = 0, 3
CKA_CLASS, CKA_TOKEN, CKA_PRIVATE, CKA_LABEL, CKA_KEY_TYPE = 0, 1, 2, 3, 0x100
CKA_VALUE, CKA_SENSITIVE, CKA_ENCRYPT, CKA_UNWRAP = 0x11, 0x103, 0x104, 0x107
CKA_VALUE_LEN, CKA_EC_PARAMS = 0x161, 0x180
CKO_SECRET_KEY, CKK_AES = 4, 0x1f
CKM_EC_KEY_PAIR_GEN, CKM_AES_KEY_GEN, CKM_AES_ECB, CKM_AES_KEY_WRAP = \
    0x1040, 0x1080, 0x1081, 0x2109
P256 = bytes.fromhex("06082a8648ce3d030107")
# RFC 3394, 4.1
KEK = bytes(range(16))
WRAPPED = bytes.fromhex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5")
NAMES = {0: "OK", 0x101: "USER_NOT_LOGGED_IN", 0x60: "KEY_HANDLE_INVALID",
         0x91: "OPERATION_NOT_INITIALIZED", 0x103: "USER_TYPE_INVALID",
         0x82: "OBJECT_HANDLE_INVALID"}


def blob(b):
    return struct.pack("<I", len(b)) + b


def attributes(*pairs):
    return b"".join(struct.pack("<I", t) + blob(v) for t, v in sorted(pairs))


def number(n):
    return struct.pack("<Q", n)


def request_id():
    return struct.pack(">Q", time.time_ns() // 1000000) + os.urandom(8)


class Client:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(SOCKET)
        assert self.ask(HELLO, struct.pack("<II", 1, 1) + blob(b"") + blob(b"tickets")) == "OK"

    def ask(self, kind, payload):
        """Sends a request; its CK_RV, and the answer's payload in self.answer."""
        self.socket.sendall(struct.pack("<IHHQQ", len(payload), kind, 0, 1, 0) + payload)
        length, _, _, _, rv = struct.unpack("<IHHQQ", self.read(24))
        self.answer = self.read(length)
        return NAMES.get(rv, hex(rv))

    def read(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            assert more, "keyringd closed the connection"
            data += more
        return data

    def login(self, role=USER):
        pin = SO_PIN if role == SO else USER_PIN
        return self.ask(LOGIN, number(SLOT) + bytes([role]) + request_id() + blob(pin))

    def login_use(self, key):
        return self.ask(LOGIN_USE, number(SLOT) + request_id() + key + blob(USER_PIN))

    def logout(self):
        return self.ask(LOGOUT, number(SLOT))

    def find(self, *template):
        """How it ends; the ids found in self.found."""
        rv = self.ask(FIND, number(SLOT) + struct.pack("<QI", 0, 100)
                      + blob(attributes(*template)))
        self.found, at = [], 16
        while rv == "OK" and at < len(self.answer):
            self.found.append(self.answer[at:at + 16])
            at += 16 + 8 + 1 + 4 + 4
            at += 4 + struct.unpack_from("<I", self.answer, at)[0]
        return rv

    def private(self):
        """The private objects it may see."""
        assert self.find((CKA_PRIVATE, b"\1")) == "OK"
        return len(self.found)

    def create(self, *template):
        return self.ask(CREATE, number(SLOT) + request_id() + blob(attributes(*template)))

    def destroy(self, key):
        return self.ask(DESTROY, number(SLOT) + request_id() + blob(key) + bytes(16))

    def generate(self, *template):
        return self.ask(GENERATE, number(SLOT) + request_id() + number(CKM_AES_KEY_GEN)
                        + blob(b"") + blob(attributes(*template)))

    def generate_pair(self):
        return self.ask(GENERATE_PAIR, number(SLOT) + request_id()
                        + number(CKM_EC_KEY_PAIR_GEN) + blob(b"")
                        + blob(attributes((CKA_EC_PARAMS, P256)))
                        + blob(attributes((CKA_TOKEN, b"\1"))))

    def unwrap(self):
        """By a key of its own, which no keyringd has to know."""
        aes = (CKA_CLASS, number(CKO_SECRET_KEY)), (CKA_KEY_TYPE, number(CKK_AES))
        by = bytes(16) + blob(attributes(*aes, (CKA_UNWRAP, b"\1"))) + blob(KEK)
        return self.ask(UNWRAP, number(SLOT) + request_id() + number(CKM_AES_KEY_WRAP)
                        + blob(b"") + blob(by) + blob(WRAPPED)
                        + blob(attributes(*aes, (CKA_TOKEN, b"\1"))))

    def session_key(self):
        rv = self.generate((CKA_PRIVATE, b"\1"), (CKA_TOKEN, b"\0"), (CKA_ENCRYPT, b"\1"),
                           (CKA_VALUE_LEN, number(32)))
        assert rv == "OK", rv
        return self.answer[4:20]

    def encrypt(self, key):
        return self.ask(OP, number(SLOT) + number(0) + bytes([ONCE, ENCRYPT]) + key
                        + number(CKM_AES_ECB) + blob(b"") + blob(bytes(16)) + blob(b""))


def expect(name, got, wanted):
    if got == wanted:
        print("ok " + name)
    else:
        print("not ok %s: %s, expected %s" % (name, got, wanted))


def idle(client, others):
    """Not used for its lifetime: over, whether its ticket is the watch's or not."""
    key = client.session_key()
    expect("a session key works", client.encrypt(key), "OK")
    expect("private objects are seen", client.private(), 2)
    secret = client.found[0]
    # keyringd looks every two seconds: it may renew once more for the last use
    end = time.monotonic() + LIFETIME + 6
    while time.monotonic() < end:
        for other, its_key in others:
            assert other.encrypt(its_key) == "OK"
        time.sleep(0.1)
    expect("an idle login ends: its session key", client.encrypt(key), "USER_NOT_LOGGED_IN")
    expect("and its private objects", client.find((CKA_PRIVATE, b"\1")), "USER_NOT_LOGGED_IN")
    expect("which have not gone", client.destroy(secret), "USER_NOT_LOGGED_IN")
    expect("what needs a login says so",
           client.create((CKA_CLASS, number(0)), (CKA_TOKEN, b"\1"), (CKA_PRIVATE, b"\1")),
           "USER_NOT_LOGGED_IN")
    aes = (CKA_CLASS, number(CKO_SECRET_KEY)), (CKA_KEY_TYPE, number(CKK_AES))
    for token in b"\0", b"\1":
        where = "the token" if token == b"\1" else "the session"
        expect("a key for %s is not made public instead" % where,
               client.generate((CKA_TOKEN, token), (CKA_VALUE_LEN, number(32))),
               "USER_NOT_LOGGED_IN")
        expect("nor is one that comes along", client.create(
            *aes, (CKA_TOKEN, token), (CKA_VALUE, bytes(32)), (CKA_SENSITIVE, b"\1")),
               "USER_NOT_LOGGED_IN")
    expect("nor a pair", client.generate_pair(), "USER_NOT_LOGGED_IN")
    expect("nor a key that is wrapped", client.unwrap(), "USER_NOT_LOGGED_IN")
    expect("a new login is as good as the first", client.login(), "OK")
    expect("with the private objects", client.private(), 2)


def main():
    first = Client()
    assert first.login() == "OK"
    idle(first, [])
    first.logout()

    # one that works with a key of keyringd's never asks keystored, and stays logged in
    busy, lazy = Client(), Client()
    expect("a busy client's login", busy.login(), "OK")
    key = busy.session_key()
    busy.find((CKA_LABEL, b"aes"))
    token_key = busy.found[0]
    expect("a token's key is fetched", busy.encrypt(token_key), "OK")
    expect("a lazy client's login", lazy.login(), "OK")
    idle(lazy, [(busy, key), (busy, token_key)])
    expect("the busy one is logged in", busy.encrypt(token_key), "OK")
    lazy.logout()
    busy.logout()
    expect("after the last logout the token's key is nobody's", busy.encrypt(token_key),
           "KEY_HANDLE_INVALID")
    expect("nor is it another's", lazy.encrypt(token_key), "KEY_HANDLE_INVALID")

    # what an officer may not do does not end the officer's login
    officer = Client()
    expect("an officer's login", officer.login(SO), "OK")
    expect("an officer makes nothing private",
           officer.create((CKA_CLASS, number(0)), (CKA_TOKEN, b"\1"), (CKA_PRIVATE, b"\1")),
           "USER_NOT_LOGGED_IN")
    expect("an officer sees nothing private", officer.private(), 0)
    expect("nor uses it", officer.encrypt(token_key), "KEY_HANDLE_INVALID")
    time.sleep(0.3)
    expect("and is an officer still", officer.ask(
        INIT_PIN, number(SLOT) + request_id() + blob(USER_PIN)), "OK")
    expect("not twice", officer.login(SO) != "OK", True)
    time.sleep(LIFETIME + 6)
    expect("an idle officer is none any more", officer.ask(
        INIT_PIN, number(SLOT) + request_id() + blob(USER_PIN)), "USER_NOT_LOGGED_IN")

    # a PIN for one use of a key is no login
    other = Client()
    expect("a login is for no context", other.login(CONTEXT), "USER_TYPE_INVALID")
    expect("no use without a login", other.login_use(bytes(16)), "USER_NOT_LOGGED_IN")
    # another client's session key
    assert other.login() == "OK" and first.login() == "OK"
    key = first.session_key()
    expect("a session key is its client's", first.encrypt(key), "OK")
    expect("and no other's", other.encrypt(key), "KEY_HANDLE_INVALID")
    expect("nor to be looked at", other.ask(GET, number(SLOT) + key), "OBJECT_HANDLE_INVALID")
    expect("nor to give a PIN for", other.login_use(key), "KEY_HANDLE_INVALID")
    expect("a secret key wants no PIN for a use", first.login_use(key),
           "OPERATION_NOT_INITIALIZED")
    expect("which leaves the login as it is", other.private(), 2)


main()
