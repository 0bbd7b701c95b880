# SPDX-License-Identifier: Apache-2.0
"""A stock gRPC client of keystored: grpc_client.py FOLDER-OF-PROTO-FILES

Environment: KEYSTORED_ADDRESS HOST_CERT HOST_KEY CA_CERT TOKEN_LABEL USER_PIN.
Prints "ok NAME" for each thing that works.
"""

import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import time

import grpc

# PKCS#11 numbers, as the standard gives them
CKA_TOKEN, CKA_PRIVATE, CKA_LABEL, CKA_ID = 0x1, 0x2, 0x3, 0x102
CKA_SIGN, CKA_VERIFY, CKA_MODULUS_BITS, CKA_EC_PARAMS = 0x108, 0x10A, 0x121, 0x180
CKA_PUBLIC_KEY_INFO = 0x129
CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_SHA256_RSA_PKCS = 0x0, 0x40
CKM_EC_KEY_PAIR_GEN, CKM_ECDSA_SHA256 = 0x1040, 0x1044
P256 = bytes.fromhex("06082a8648ce3d030107")
CKR_ARGUMENTS_BAD, CKR_PIN_INCORRECT, CKR_USER_NOT_LOGGED_IN = 0x7, 0xA0, 0x101
TIMEOUT = 60  # seconds, for one call


def generate(protos, into):
    """Python modules of the proto files; nothing is left in the source tree."""
    args = ["--proto_path=" + protos, "--python_out=" + into, "keystore.proto",
            "health.proto"]
    try:
        from grpc_tools import protoc
        status = protoc.main(["protoc"] + args)
    except ImportError:
        status = subprocess.call(["protoc"] + args)
    if status != 0:
        sys.exit("the proto files cannot be compiled")
    sys.path.insert(0, into)
    import health_pb2
    import keystore_pb2
    return keystore_pb2, health_pb2


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Client:
    def __init__(self, ks, health):
        self.ks = ks
        credentials = grpc.ssl_channel_credentials(
            read(os.environ["CA_CERT"]), read(os.environ["HOST_KEY"]),
            read(os.environ["HOST_CERT"]))
        self.channel = grpc.secure_channel(os.environ["KEYSTORED_ADDRESS"], credentials)
        self.health = health

    def call(self, method, **fields):
        request = getattr(self.ks, method + "Request")(**fields)
        response = getattr(self.ks, method + "Response")
        return self.channel.unary_unary(
            "/keystore.v1.Keystore/" + method,
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=response.FromString)(request, timeout=TIMEOUT)

    def check_health(self, service):
        return self.channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=self.health.HealthCheckResponse.FromString)(
                self.health.HealthCheckRequest(service=service), timeout=TIMEOUT)

    def watch(self, **fields):
        return self.channel.unary_stream(
            "/keystore.v1.Keystore/Watch",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=self.ks.WatchResponse.FromString)(
                self.ks.WatchRequest(**fields), timeout=TIMEOUT)

    def flag(self, kind, value=True):
        return self.ks.Attribute(type=kind, flag=value)

    def octets(self, kind, value):
        return self.ks.Attribute(type=kind, octets=value)

    def number(self, kind, value):
        return self.ks.Attribute(type=kind, number=value)


def request_id():
    return struct.pack(">Q", int(time.time() * 1000)) + os.urandom(8)


def ckr_of(error):
    trailers = dict(error.trailing_metadata() or ())
    return int(trailers.get("keystore-ckr", "0"))


def expect_error(call, code, ckr):
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code, error
        assert ckr_of(error) == ckr, error
        return
    raise AssertionError("no error")


def der_integer(raw):
    raw = raw.lstrip(b"\0") or b"\0"
    if raw[0] & 0x80:
        raw = b"\0" + raw
    return b"\x02" + bytes([len(raw)]) + raw


def ecdsa_der(raw):
    half = len(raw) // 2
    body = der_integer(raw[:half]) + der_integer(raw[half:])
    return b"\x30" + bytes([len(body)]) + body


def openssl_verifies(folder, public_key_info, signature, data):
    files = {"key.der": public_key_info, "signature": signature, "data": data}
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(content)
    subprocess.run(
        ["openssl", "pkey", "-pubin", "-inform", "DER", "-in", "key.der", "-pubout",
         "-out", "key.pem"], cwd=folder, check=True)
    result = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature",
         "data"], cwd=folder, stdout=subprocess.PIPE, check=False)
    return result.returncode == 0


def attribute(obj, kind):
    return next(a for a in obj.attributes if a.type == kind)


def varint(n):
    out = b""
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def nested(depth):
    """A CreateObjectRequest whose attribute holds a list that holds an attribute ..."""
    parts, size = [], 0
    for i in range(2 * depth + 1):
        parts.append((b"\x32" if i % 2 == 0 else b"\x0a") + varint(size))
        size += len(parts[-1])
    return b"\x22" + varint(size) + b"".join(reversed(parts))


def check_nesting(client):
    call = client.channel.unary_unary("/keystore.v1.Keystore/CreateObject")
    for depth in (1, 2, 1000, 100000):
        expect_error(lambda d=depth: call(nested(d), timeout=TIMEOUT),
                     grpc.StatusCode.INVALID_ARGUMENT, CKR_ARGUMENTS_BAD)
    client.check_health("")


def sign_and_verify(client, folder, token, ticket, mechanism, public, sign, to_der):
    ks, label = client.ks, b"python %x" % mechanism
    pair = client.call(
        "GenerateKeyPair", request_id=request_id(), token_id=token.id, ticket=ticket,
        mechanism=ks.Mechanism(type=mechanism),
        public_attributes=public + [
            client.flag(CKA_TOKEN), client.flag(CKA_VERIFY),
            client.octets(CKA_LABEL, label), client.octets(CKA_ID, b"\1")],
        private_attributes=[
            client.flag(CKA_TOKEN), client.flag(CKA_PRIVATE), client.flag(CKA_SIGN),
            client.octets(CKA_LABEL, label), client.octets(CKA_ID, b"\1")])
    data = os.urandom(100)
    answer = client.call(
        "Sign", token_id=token.id, ticket=ticket,
        key=ks.KeyRef(object_id=pair.private_key.id), mechanism=ks.Mechanism(type=sign),
        data=hashlib.sha256(data).digest())
    info = attribute(pair.public_key, CKA_PUBLIC_KEY_INFO).octets
    assert openssl_verifies(folder, info, to_der(answer.signature), data)
    return pair


def check_watch(client, token, ticket, pairs):
    seen = set()
    stream = client.watch(token_id=token.id, ticket=ticket)
    for message in stream:
        seen.update(o.id for o in message.changed)
        if message.current:
            break
    stream.cancel()
    for pair in pairs:
        assert pair.public_key.id in seen and pair.private_key.id in seen


def main():
    with tempfile.TemporaryDirectory() as folder:
        ks, health = generate(sys.argv[1], folder)
        client = Client(ks, health)

        answer = client.check_health("")
        assert answer.status == health.HealthCheckResponse.SERVING
        assert client.check_health("keystore.v1.Keystore").status == answer.status
        expect_error(lambda: client.check_health("other"), grpc.StatusCode.NOT_FOUND, 0)
        print("ok health check")

        hello = client.call("Hello", min_version=1, max_version=1, software="test")
        assert hello.version == 1 and hello.host and hello.mechanisms
        expect_error(lambda: client.call("Hello", min_version=9, max_version=9),
                     grpc.StatusCode.FAILED_PRECONDITION, 0)
        print("ok hello agrees on a version")

        tokens = client.call("ListTokens").tokens
        token = next(t for t in tokens if t.label == os.environ["TOKEN_LABEL"])
        print("ok the token is listed")

        def login(pin):
            return client.call(
                "Login", request_id=request_id(), token_id=token.id, role=ks.ROLE_USER,
                pin=pin.encode(), client="grpc_client.py")

        expect_error(lambda: login(os.environ["USER_PIN"] + "x"),
                     grpc.StatusCode.PERMISSION_DENIED, CKR_PIN_INCORRECT)
        print("ok a wrong PIN is refused")
        ticket = login(os.environ["USER_PIN"]).ticket
        assert len(ticket) == 32
        print("ok login")

        pairs = [sign_and_verify(
            client, folder, token, ticket, CKM_RSA_PKCS_KEY_PAIR_GEN,
            [client.number(CKA_MODULUS_BITS, 2048)], CKM_SHA256_RSA_PKCS, bytes)]
        print("ok RSA signature, verified by openssl")
        pairs.append(sign_and_verify(
            client, folder, token, ticket, CKM_EC_KEY_PAIR_GEN,
            [client.octets(CKA_EC_PARAMS, P256)], CKM_ECDSA_SHA256, ecdsa_der))
        print("ok ECDSA signature, verified by openssl")

        check_watch(client, token, ticket, pairs)
        print("ok the keys are seen by who follows the token")

        for pair in pairs:
            for half in (pair.public_key, pair.private_key):
                client.call("DestroyObject", request_id=request_id(), token_id=token.id,
                            ticket=ticket, object_id=half.id)
        print("ok the keys are destroyed")

        check_nesting(client)
        print("ok lists nested without end are refused")

        client.call("Logout", ticket=ticket)
        expect_error(
            lambda: client.call(
                "Sign", token_id=token.id, ticket=ticket,
                key=ks.KeyRef(object_id=pairs[0].private_key.id),
                mechanism=ks.Mechanism(type=CKM_SHA256_RSA_PKCS), data=bytes(32)),
            grpc.StatusCode.UNAUTHENTICATED, CKR_USER_NOT_LOGGED_IN)
        print("ok nothing works after logout")


if __name__ == "__main__":
    main()
