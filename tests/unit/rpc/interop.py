# SPDX-License-Identifier: Apache-2.0
"""A stock gRPC client against the server of test_interop.c.

Arguments: folder for generated code, proto folder, port, CA, certificate, key.
Prints one line for each thing that works; any failure ends it.
"""
import subprocess
import sys

out, protos, port, ca, cert, key = sys.argv[1:7]
subprocess.run(["protoc", "-I", protos, "--python_out", out, "echo.proto"], check=True)
sys.path.insert(0, out)

import grpc  # noqa: E402
import echo_pb2  # noqa: E402


def read(path):
    with open(path, "rb") as f:
        return f.read()


channel = grpc.secure_channel(
    "localhost:" + port,
    grpc.ssl_channel_credentials(read(ca), read(key), read(cert)))
say = channel.unary_unary(
    "/test.v1.Echo/Say",
    request_serializer=echo_pb2.Ping.SerializeToString,
    response_deserializer=echo_pb2.Pong.FromString)
count = channel.unary_stream(
    "/test.v1.Echo/Count",
    request_serializer=echo_pb2.Ping.SerializeToString,
    response_deserializer=echo_pb2.Pong.FromString)

trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
pong = say(echo_pb2.Ping(payload=b"hello"), timeout=60, metadata=[("traceparent", trace)])
assert pong.payload == b"hello" and pong.peer == "host-1" and pong.trace == trace
print("ok unary")

big = bytes(3 * 1024 * 1024)
assert say(echo_pb2.Ping(payload=big), timeout=60).payload == big
print("ok large")

futures = [say.future(echo_pb2.Ping(payload=b"%d" % i), timeout=60) for i in range(500)]
assert [f.result().payload for f in futures] == [b"%d" % i for i in range(500)]
print("ok concurrent")

try:
    say(echo_pb2.Ping(code=5, ckr=1234567), timeout=60)
    assert False
except grpc.RpcError as e:
    assert e.code() == grpc.StatusCode.NOT_FOUND, e
    assert e.details() == "100% wrong:\n\u00e9", repr(e.details())
    assert ("keystore-ckr", "1234567") in [tuple(m) for m in e.trailing_metadata()]
print("ok status")

assert [p.number for p in count(echo_pb2.Ping(count=2000, size=2000), timeout=60)] == list(
    range(2000))
print("ok stream")

try:
    say(echo_pb2.Ping(delay_ms=2000), timeout=0.2)
    assert False
except grpc.RpcError as e:
    assert e.code() == grpc.StatusCode.DEADLINE_EXCEEDED, e
print("ok deadline")

try:
    say(echo_pb2.Ping(payload=b"x" * 100), timeout=60, compression=grpc.Compression.Gzip)
    assert False
except grpc.RpcError as e:
    assert e.code() == grpc.StatusCode.UNIMPLEMENTED, e
print("ok compressed")

try:
    channel.unary_unary("/test.v1.Echo/None")(b"", timeout=60)
    assert False
except grpc.RpcError as e:
    assert e.code() == grpc.StatusCode.UNIMPLEMENTED, e
print("ok unknown method")

try:
    say(echo_pb2.Ping(payload=bytes(5 * 1024 * 1024)), timeout=60)
    assert False
except grpc.RpcError as e:
    assert e.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, e
print("ok oversize")

assert say(echo_pb2.Ping(payload=b"still"), timeout=60).payload == b"still"
print("ok after all that")
