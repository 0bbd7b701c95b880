#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bad messages: garbage.py SOCKET HOST:PORT CA CERT KEY

A case is a function that does something bad to one of the sockets. After each one a
good hello (unix socket) or a good health check (gRPC) must be answered.
"""

import array
import os
import random
import resource
import socket
import ssl
import struct
import sys
import time

SOCKET, ADDRESS, CA, CERT, KEY = sys.argv[1:6]
HOST, PORT = ADDRESS.rsplit(":", 1)
RANDOM = random.Random(20240607)  # the same garbage every time
MAX_PAYLOAD = 2 << 20
HELLO, SLOTS, TYPES = 1, 2, 27

# ---- the unix socket ----


def frame(kind, payload=b"", length=None, flags=0, ident=1, rv=0):
    if length is None:
        length = len(payload)
    return struct.pack("<IHHQQ", length, kind, flags, ident, rv) + payload


def hello(low=1, high=1, secret=b"", program=b"garbage"):
    return frame(HELLO, struct.pack("<III", low, high, len(secret)) + secret
                 + struct.pack("<I", len(program)) + program)


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(30)
    end = time.monotonic() + 30
    while True:
        try:
            s.connect(SOCKET)
            return s
        except BlockingIOError:  # so many wait to be accepted
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def receive(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            raise ConnectionError("closed after %d of %d bytes" % (len(data), n))
        data += more
    return data


def reply(s):
    length, kind, flags, ident, rv = struct.unpack("<IHHQQ", receive(s, 24))
    return kind, flags, ident, rv, receive(s, length)


def greet():
    s = connect()
    s.sendall(hello())
    kind, flags, _, rv, _ = reply(s)
    assert kind == HELLO and flags == 1 and rv == 0, (kind, flags, rv)
    return s


def send(s, data):
    try:
        s.sendall(data)
    except OSError:
        pass  # it hung up on us: well done


def closed(s, limit=30):
    """The other side ends the connection, whatever it says before."""
    s.settimeout(limit)
    try:
        while s.recv(65536):
            pass
    except ConnectionError:
        pass
    s.close()


def unix_nothing():
    connect().close()


def unix_noise():
    s = connect()
    send(s, RANDOM.randbytes(65536))
    closed(s)


def unix_text():
    s = connect()
    send(s, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    closed(s)


def unix_silence():
    """A connection that never says hello is closed."""
    closed(connect(), 15)


def unix_huge_length():
    s = connect()
    send(s, frame(HELLO, b"", 0xffffffff))
    closed(s)


def unix_long_hello():
    s = connect()
    send(s, frame(HELLO, b"x" * 513))
    closed(s)


def unix_no_hello():
    s = connect()
    send(s, frame(SLOTS))
    closed(s)


def unix_two_hellos():
    s = greet()
    send(s, hello())
    closed(s)


def unix_half_hello():
    for n in range(1, len(hello())):
        s = connect()
        send(s, hello()[:n])
        s.close()


def unix_reply_as_request():
    s = greet()
    send(s, frame(SLOTS, flags=1))
    closed(s)


def unix_unknown_type():
    for kind in (0, TYPES, 255, 65535):
        s = greet()
        send(s, frame(kind))
        closed(s)


def unix_unknown_version():
    s = connect()
    send(s, hello(7, 9))
    _, _, _, rv, _ = reply(s)
    assert rv != 0
    closed(s)


def unix_foreign_secret():
    """A guessed secret joins nobody."""
    s = connect()
    send(s, hello(secret=RANDOM.randbytes(32)))
    _, _, _, rv, payload = reply(s)
    assert rv == 0, rv
    length = struct.unpack("<I", payload[4:8])[0]
    assert payload[8 + length] == 0, "known"
    s.close()


def unix_too_long():
    s = greet()
    send(s, frame(9, b"", MAX_PAYLOAD + 1))
    closed(s)


def unix_announced_not_sent():
    """Memory is not taken for what was only announced."""
    kept = [greet() for _ in range(20)]
    for s in kept:
        send(s, frame(9, b"abc", MAX_PAYLOAD))
    for s in kept:
        s.close()


def unix_left_over():
    s = greet()
    send(s, frame(SLOTS, b"more than there should be"))
    closed(s)


def unix_lying_blobs():
    for length in (0xffffffff, 0x7fffffff, 100):
        s = greet()
        send(s, frame(9, struct.pack("<QQII", 0, 0, 10, length)))
        closed(s)


def unix_random_payloads():
    s = greet()
    for i in range(3000):
        kind = RANDOM.randrange(2, TYPES)
        if kind == 3:
            continue  # it may wait for ever: that is its purpose
        payload = RANDOM.randbytes(RANDOM.choice((0, 1, 8, 17, 24, 40, 200)))
        if RANDOM.randrange(3) == 0:  # a slot that is there
            payload = struct.pack("<Q", RANDOM.randrange(3)) + payload[8:]
        try:
            s.sendall(frame(kind, payload, ident=i))
            reply(s)
        except (ConnectionError, BrokenPipeError):
            s.close()
            s = greet()
    s.close()


def unix_well_formed_nonsense():
    """Fields that fill the payload exactly, with values that make no sense."""
    s = greet()
    ident = RANDOM.randbytes(16)
    blob = struct.pack("<I", 9) + b"\xff" * 9
    rows = [
        (4, struct.pack("<QB", 0, 77) + ident + blob),
        (5, struct.pack("<Q", 1 << 63)),
        (6, struct.pack("<Q", 1 << 40) + ident + blob + blob),
        (7, struct.pack("<Q", 0) + ident + blob),
        (8, struct.pack("<QB", 0, 200) + ident + blob + blob),
        (9, struct.pack("<QQI", 0, 12345, 0xffffffff) + blob),
        (10, struct.pack("<Q", 0) + ident),
        (11, struct.pack("<Q", 0) + ident),
        (12, struct.pack("<Q", 0) + ident + blob),
        (13, struct.pack("<Q", 0) + ident + ident + blob),
        (14, struct.pack("<Q", 0) + ident + ident + blob),
        (15, struct.pack("<Q", 0) + ident + blob + ident),
        (16, struct.pack("<Q", 0) + ident + struct.pack("<Q", 0xdeadbeef) + blob + blob),
        (17, struct.pack("<Q", 0) + ident + struct.pack("<Q", 0) + blob + blob + blob),
        (18, struct.pack("<QQBB", 0, 99, 255, 255) + ident + struct.pack("<Q", 1)
         + blob + blob + blob),
        (19, struct.pack("<Q", 1 << 62)),
        (26, struct.pack("<Q", 0) + ident + ident + blob),
    ]
    for kind, payload in rows:
        s.sendall(frame(kind, payload, ident=kind))
        got, flags, number, rv, _ = reply(s)
        assert (got, flags, number) == (kind, 1, kind), (got, flags, number)
        assert rv != 0 or kind in (5, 19), "type %d was taken" % kind
    s.close()


def unix_repeated():
    """The same frame many times: as many answers."""
    s = greet()
    one = frame(SLOTS, ident=7)
    s.sendall(one * 500)
    for _ in range(500):
        assert reply(s)[3] == 0
    s.close()


def unix_byte_by_byte():
    s = connect()
    for b in hello():
        s.sendall(bytes([b]))
    assert reply(s)[3] == 0
    s.close()


def unix_stops_reading():
    """Requests without end, and nobody reads the answers."""
    s = greet()
    s.settimeout(2)
    try:
        for _ in range(200):
            s.sendall(frame(SLOTS) * 1000)
    except (OSError, TimeoutError):
        pass
    good_unix()  # others are served meanwhile
    s.close()


def unix_many_connections():
    """2,000 that say half a hello, or nothing; others are served meanwhile."""
    kept = []
    for i in range(2000):
        s = connect()
        s.sendall(hello()[:i % 20])
        kept.append(s)
    good_unix()
    for s in kept:
        s.close()


def unix_beyond_the_limit():
    """More connections than keyringd takes: the ones too many are closed."""
    kept = [connect() for _ in range(4500)]
    kept[-1].settimeout(30)
    assert kept[-1].recv(1) == b"", "the last of 4,500 is open"
    for s in kept:
        s.close()
    end = time.monotonic() + 30
    while True:
        try:
            good_unix()
            return
        except OSError:
            assert time.monotonic() < end, "nobody is served afterwards"
            time.sleep(0.1)


def unix_many_of_one_client():
    """One client may have 80 connections."""
    kept = [greet()]
    kept[0].close()
    kept = [connect()]
    kept[0].sendall(hello())
    payload = reply(kept[0])[4]
    secret = payload[8:8 + struct.unpack("<I", payload[4:8])[0]]
    answers = []
    for _ in range(100):
        s = connect()
        s.sendall(hello(secret=secret))
        answers.append(reply(s)[3])
        kept.append(s)
    assert answers[:79] == [0] * 79 and 0 not in answers[79:], answers
    for s in kept:
        s.close()


def unix_vanishes():
    """Gone in the middle of a frame, at any place of it."""
    whole = frame(12, struct.pack("<Q", 0) + b"r" * 16 + struct.pack("<I", 1000) + b"t" * 1000)
    for n in list(range(1, 60)) + [500, len(whole) - 1]:
        s = greet()
        s.sendall(whole[:n])
        s.close()


def unix_does_not_wait():
    """A thousand clients that ask and go away before the answer."""
    for _ in range(1000):
        s = greet()
        s.sendall(frame(SLOTS) + frame(3, struct.pack("<Q", 0)) + frame(9, struct.pack(
            "<QQII", 0, 0, 10, 0)))
        s.close()


def unix_passed_descriptors():
    s = greet()
    pipe = os.pipe()
    try:
        s.sendmsg([frame(SLOTS)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                    array.array("i", [pipe[0]] * 50))])
        reply(s)
    except OSError:
        pass
    s.close()
    os.close(pipe[0])
    os.close(pipe[1])


def good_unix():
    s = greet()
    s.sendall(frame(SLOTS, ident=5))
    kind, flags, ident, rv, _ = reply(s)
    assert (kind, flags, ident, rv) == (SLOTS, 1, 5, 0), (kind, flags, ident, rv)
    s.close()


# ---- gRPC ----

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
END_STREAM, END_HEADERS = 1, 4


def h2(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def integer(n, bits):
    limit = (1 << bits) - 1
    if n < limit:
        return bytes([n])
    out, n = [limit], n - limit
    while n >= 128:
        out.append(n % 128 + 128)
        n //= 128
    return bytes(out + [n])


def header(name, value):
    name, value = name.encode(), value.encode()
    return b"\0" + integer(len(name), 7) + name + integer(len(value), 7) + value


def headers(path, more=()):
    rows = [(":method", "POST"), (":scheme", "https"), (":path", path),
            (":authority", ADDRESS), ("te", "trailers"),
            ("content-type", "application/grpc")]
    return b"".join(header(*row) for row in rows + list(more))


def message(payload, compressed=0, length=None):
    return struct.pack(">BI", compressed, len(payload) if length is None else length) + payload


def tcp():
    s = socket.create_connection((HOST, int(PORT)), 30)
    s.settimeout(30)
    return s


def tls(certificate=True, settings=b""):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(CA)
    if certificate:
        context.load_cert_chain(CERT, KEY)
    context.set_alpn_protocols(["h2"])
    s = context.wrap_socket(tcp(), server_hostname=HOST)
    if settings is not None:
        s.sendall(PREFACE + h2(SETTINGS, 0, 0, settings))
    return s


def trailers(s, limit=30, stream=None):
    """All that comes back within the limit, or until the stream or connection ends."""
    data, end = b"", time.monotonic() + limit
    s.settimeout(1)
    while time.monotonic() < end:
        try:
            more = s.recv(65536)
        except (TimeoutError, socket.timeout, ssl.SSLWantReadError):
            continue
        except OSError:
            break
        if not more:
            break
        data += more
        if ended(data, stream):
            break
    return data


def frames(data):
    while len(data) >= 9:
        n = int.from_bytes(data[:3], "big")
        yield data[3], data[4], int.from_bytes(data[5:9], "big"), data[9:9 + n]
        data = data[9 + n:]


def ended(data, stream=None):
    """The stream (or any) has come to its end, or the connection has."""
    return any(((flags & END_STREAM and kind in (DATA, HEADERS)) or kind == RST)
               and stream in (None, where) or kind == GOAWAY
               for kind, flags, where, _ in frames(data))


def call(path, body, more=(), flags=END_STREAM):
    s = tls()
    send(s, h2(HEADERS, END_HEADERS, 1, headers(path, more)) + h2(DATA, flags, 1, body))
    data = trailers(s)
    s.close()
    return data


def answered(data):
    assert ended(data), "no end of the stream: %r" % data[:200]


SERVICE = "/keystore.v1.Keystore/"
CREATE = SERVICE + "CreateObject"
METHODS = ["Hello", "ListTokens", "InitToken", "DeleteToken", "Login", "Logout", "InitPin",
           "SetPin", "CreateObject", "CopyObject", "SetAttributes", "DestroyObject",
           "GenerateKey", "GenerateKeyPair", "GetSecret", "Sign", "Decrypt", "Watch"]


def grpc_nothing():
    tcp().close()


def grpc_plain_noise():
    s = tcp()
    send(s, RANDOM.randbytes(10000))
    closed(s)


def grpc_plain_http():
    s = tcp()
    send(s, PREFACE + h2(SETTINGS, 0, 0))
    closed(s)


def grpc_half_handshake():
    for n in (1, 5, 6, 50):
        s = tcp()
        send(s, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[:n])
        s.close()


def grpc_half_open():
    """500 connections that never begin TLS; others are served meanwhile."""
    kept = [tcp() for _ in range(500)]
    good_grpc()
    for s in kept:
        s.close()


def grpc_noise_in_tls():
    s = tls(settings=None)
    send(s, RANDOM.randbytes(10000))
    closed(s)


def grpc_no_certificate():
    try:
        s = tls(certificate=False)
        s.sendall(h2(HEADERS, END_HEADERS, 1, headers(CREATE)) + h2(DATA, END_STREAM, 1, message(b"")))
        assert not ended(trailers(s)) or b"grpc-status" not in trailers(s)
    except (ssl.SSLError, ConnectionError):
        pass


def grpc_oversized_frame():
    s = tls()
    send(s, h2(HEADERS, END_HEADERS, 1, headers(CREATE)) + struct.pack(">I", 0xffffff)[1:]
         + struct.pack(">BBI", DATA, 0, 1) + b"x" * 20000)
    closed(s)


def grpc_oversized_message():
    answered(call(CREATE, message(b"abc", length=0xffffffff), flags=0))
    answered(call(CREATE, message(b"abc", length=(4 << 20) + 1), flags=0))


def grpc_truncated_message():
    answered(call(CREATE, message(b"abc", length=100)))
    answered(call(CREATE, b"\0\0"))
    answered(call(CREATE, b""))


def grpc_two_messages():
    answered(call(CREATE, message(b"") + message(b"")))


def grpc_compressed():
    answered(call(CREATE, message(b"abc", compressed=1)))


def grpc_unknown_method():
    answered(call("/keystore.v1.Keystore/NoSuchThing", message(b"")))
    answered(call("/", message(b"")))


def grpc_wrong_type():
    s = tls()
    send(s, h2(HEADERS, END_HEADERS, 1, headers(CREATE).replace(
        b"application/grpc", b"application/json")) + h2(DATA, END_STREAM, 1, message(b"")))
    answered(trailers(s))
    s.close()


def grpc_random_messages():
    """Nonsense for every method: no protobuf at all, or one of random fields."""
    for method in METHODS:
        s = tls()
        for i in range(20):
            body = RANDOM.randbytes(RANDOM.choice((1, 5, 30, 300)))
            if i % 2:
                body = b"".join(nonsense() for _ in range(RANDOM.randrange(8)))
            s.sendall(h2(HEADERS, END_HEADERS, 2 * i + 1, headers(SERVICE + method))
                      + h2(DATA, END_STREAM, 2 * i + 1, message(body)))
        # the last is one that is answered for sure, whatever became of the others
        s.sendall(h2(HEADERS, END_HEADERS, 101, headers("/grpc.health.v1.Health/Check"))
                  + h2(DATA, END_STREAM, 101, message(b"")))
        data = trailers(s, stream=101)
        assert ended(data, 101), "%s: no answer afterwards" % method
        s.close()


def nonsense():
    """A field of any number and type, its content random."""
    number, kind = RANDOM.randrange(1, 12), RANDOM.choice((0, 1, 2, 2, 2, 5))
    content = {0: varint(RANDOM.getrandbits(64)), 1: RANDOM.randbytes(8),
               2: varint(16) + RANDOM.randbytes(16), 5: RANDOM.randbytes(4)}[kind]
    return varint(number << 3 | kind) + content


def field(number, payload):
    return integer(number << 3 | 2, 8)[:1] + varint(len(payload)) + payload


def varint(n):
    out = b""
    while n >= 128:
        out += bytes([n % 128 + 128])
        n //= 128
    return out + bytes([n])


def grpc_deep_nesting():
    """An attribute in an attribute, 1000 times."""
    inner = b""
    for _ in range(1000):
        inner = field(1, field(6, inner))
        if len(inner) > 60000:
            break
    s = tls()
    send(s, h2(HEADERS, END_HEADERS, 1, headers(CREATE)))
    body = message(field(1, b"x" * 16) + field(2, b"y" * 16) + field(4, inner))
    for at in range(0, len(body), 16000):
        last = at + 16000 >= len(body)
        send(s, h2(DATA, END_STREAM if last else 0, 1, body[at:at + 16000]))
    answered(trailers(s))
    s.close()


def grpc_wrong_ids():
    for n in (0, 1, 15, 17, 5000):
        answered(call(CREATE, message(field(1, b"r" * n) + field(2, b"t" * n) + field(3, b"k" * n))))


def grpc_big_headers():
    s = tls()
    more = [("x-%d" % i, "v" * 1000) for i in range(15)]
    send(s, h2(HEADERS, END_HEADERS, 1, headers(CREATE, more))
         + h2(DATA, END_STREAM, 1, message(b"")))
    answered(trailers(s))
    s.close()


def grpc_continuation_flood():
    s = tls()
    send(s, h2(HEADERS, 0, 1, headers(CREATE)))
    for i in range(2000):
        send(s, h2(CONTINUATION, 0, 1, header("x-%d" % i, "v" * 100)))
    closed(s)


def grpc_reset_flood():
    s = tls()
    block = headers("/keystore.v1.Keystore/ListTokens")
    for i in range(3000):
        stream = 2 * i + 1
        send(s, h2(HEADERS, END_HEADERS | END_STREAM, stream, block)
             + h2(RST, 0, stream, struct.pack(">I", 8)))
    s.close()


def grpc_ping_flood():
    s = tls()
    for _ in range(200):
        send(s, h2(PING, 0, 0, b"12345678") * 100)
    s.close()


def grpc_too_many_streams():
    """2,000 calls that never end."""
    s = tls()
    block = headers(CREATE)
    for i in range(2000):
        send(s, h2(HEADERS, END_HEADERS, 2 * i + 1, block) + h2(DATA, 0, 2 * i + 1, b"\0\0"))
    good_grpc()
    s.close()


def grpc_wrong_order():
    s = tls()
    send(s, h2(DATA, 0, 1, b"before its headers"))
    closed(s)
    s = tls()
    send(s, h2(HEADERS, END_HEADERS, 2, headers(CREATE)))
    closed(s)


def grpc_timeouts():
    for value in ("", "abc", "99999999999H", "-1S", "1", "0n"):
        answered(call("/keystore.v1.Keystore/ListTokens", message(b""),
                      [("grpc-timeout", value)]))


def good_grpc():
    s = tls()
    s.sendall(h2(HEADERS, END_HEADERS, 1, headers("/grpc.health.v1.Health/Check"))
              + h2(DATA, END_STREAM, 1, message(b"")))
    data = trailers(s)
    s.close()
    bodies = b"".join(p for kind, _, _, p in frames(data) if kind == DATA)
    assert bodies == b"\0\0\0\0\x02\x08\x01", "not serving: %r" % data[:200]


def main():
    failures = 0
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, max(
        8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    cases = [(n, f) for n, f in globals().items() if n.startswith(("unix_", "grpc_"))]
    for name, case in cases:
        good = good_unix if name.startswith("unix_") else good_grpc
        title = name.replace("_", " ")
        try:
            case()
            good()
            print("ok " + title, flush=True)
        except Exception as e:  # whatever it is, it is this case's
            failures += 1
            print("not ok %s: %s: %s" % (title, type(e).__name__, e), flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
