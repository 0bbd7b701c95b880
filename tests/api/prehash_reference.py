#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""HashML-DSA-44 and HashSLH-DSA-SHAKE-128f once more, by the text of FIPS 204 and FIPS 205 alone.

    tests/api/prehash_reference.py tests/api/answers.txt

Prints lines of answers.txt for each digest: deterministic signatures, as their first and last
32 bytes. Before that it compares itself with the published answers there. Slow, and not
constant in time: for tests only.
"""

import hashlib
import sys

# The last arc of 2.16.840.1.101.3.4.2, the digest; FIPS 204, 5.4.1, and FIPS 205, 10.2.2.
DIGESTS = {
    "SHA224": (4, lambda m: hashlib.sha224(m).digest()),
    "SHA256": (1, lambda m: hashlib.sha256(m).digest()),
    "SHA384": (2, lambda m: hashlib.sha384(m).digest()),
    "SHA512": (3, lambda m: hashlib.sha512(m).digest()),
    "SHA3_224": (7, lambda m: hashlib.sha3_224(m).digest()),
    "SHA3_256": (8, lambda m: hashlib.sha3_256(m).digest()),
    "SHA3_384": (9, lambda m: hashlib.sha3_384(m).digest()),
    "SHA3_512": (10, lambda m: hashlib.sha3_512(m).digest()),
    "SHAKE128": (11, lambda m: hashlib.shake_128(m).digest(32)),
    "SHAKE256": (12, lambda m: hashlib.shake_256(m).digest(64)),
}


def shake256(data, n):
    return hashlib.shake_256(data).digest(n)


def encoded(digest, ctx, message):
    arc, function = DIGESTS[digest]
    oid = bytes.fromhex("06096086480165030402") + bytes([arc])
    return bytes([1, len(ctx)]) + ctx + oid + function(message)


# ---- FIPS 204, ML-DSA-44 ----

Q, D, K, L, ETA = 8380417, 13, 4, 4, 2
TAU, BETA, OMEGA, C_TILDE = 39, 78, 80, 32
GAMMA1, GAMMA2 = 1 << 17, (Q - 1) // 88
ZETAS = [pow(1753, int("{:08b}".format(i)[::-1], 2), Q) for i in range(256)]


def ntt(w):
    w, m, n = list(w), 0, 128
    while n >= 1:
        for start in range(0, 256, 2 * n):
            m += 1
            for j in range(start, start + n):
                t = ZETAS[m] * w[j + n] % Q
                w[j + n], w[j] = (w[j] - t) % Q, (w[j] + t) % Q
        n //= 2
    return w


def ntt_inverse(w):
    w, m, n = list(w), 256, 1
    while n < 256:
        for start in range(0, 256, 2 * n):
            m -= 1
            for j in range(start, start + n):
                t = w[j]
                w[j] = (t + w[j + n]) % Q
                w[j + n] = -ZETAS[m] * (t - w[j + n]) % Q
        n *= 2
    return [8347681 * x % Q for x in w]


def multiply(a, b):
    return [x * y % Q for x, y in zip(a, b)]


def add(a, b):
    return [(x + y) % Q for x, y in zip(a, b)]


def subtract(a, b):
    return [(x - y) % Q for x, y in zip(a, b)]


def centred(x, m=Q):
    x %= m
    return x - m if x > m // 2 else x


def norm(polynomials):
    return max(abs(centred(x)) for p in polynomials for x in p)


def pack(values, bits):
    whole = sum(v << bits * i for i, v in enumerate(values))
    return whole.to_bytes(len(values) * bits // 8, "little")


def bits_of(data, bits):
    whole = int.from_bytes(data, "little")
    return [whole >> bits * i & (1 << bits) - 1 for i in range(len(data) * 8 // bits)]


def sample_ntt(seed):
    stream, out, i = hashlib.shake_128(seed).digest(3 * 512), [], 0
    while len(out) < 256:
        z = int.from_bytes(stream[i:i + 3], "little") & 0x7FFFFF
        i += 3
        if z < Q:
            out.append(z)
    return out


def sample_short(seed):
    out = []
    for b in shake256(seed, 1024):
        out += [(2 - z % 5) % Q for z in (b & 15, b >> 4) if z < 15]
    return out[:256]


def sample_ball(seed):
    stream, c = shake256(seed, 1024), [0] * 256
    signs, at = int.from_bytes(stream[:8], "little"), 8
    for i in range(256 - TAU, 256):
        while stream[at] > i:
            at += 1
        j = stream[at]
        at += 1
        c[i] = c[j]
        c[j] = (1, Q - 1)[signs & 1]
        signs >>= 1
    return c


def decompose(r):
    r0 = centred(r, 2 * GAMMA2)
    if (r - r0) % Q == Q - 1:
        return 0, r0 - 1
    return (r - r0) % Q // (2 * GAMMA2), r0


def ml_dsa_sign(seed, message):
    """Algorithms 6 and 7, the random value being zero."""
    expanded = shake256(seed + bytes([K, L]), 128)
    rho, rho_s, key = expanded[:32], expanded[32:96], expanded[96:]
    a = [[sample_ntt(rho + bytes([s, r])) for s in range(L)] for r in range(K)]
    s = [sample_short(rho_s + i.to_bytes(2, "little")) for i in range(L + K)]
    s1, s2 = [ntt(p) for p in s[:L]], [ntt(p) for p in s[L:]]

    def times_a(v):
        rows = []
        for row in a:
            total = [0] * 256
            for x, y in zip(row, v):
                total = add(total, multiply(x, y))
            rows.append(ntt_inverse(total))
        return rows

    t = [add(x, y) for x, y in zip(times_a(s1), s[L:])]
    low = [[centred(x, 1 << D) for x in p] for p in t]
    t1 = [[(x - x0) >> D for x, x0 in zip(p, p0)] for p, p0 in zip(t, low)]
    t0 = [ntt([x % Q for x in p]) for p in low]
    public = rho + b"".join(pack(p, 10) for p in t1)
    mu = shake256(shake256(public, 64) + message, 64)
    rho_y, kappa = shake256(key + bytes(32) + mu, 64), 0
    while True:
        y = []
        for r in range(L):
            data = shake256(rho_y + (kappa + r).to_bytes(2, "little"), 32 * 18)
            y.append([(GAMMA1 - v) % Q for v in bits_of(data, 18)])
        kappa += L
        w = times_a([ntt(p) for p in y])
        high = [[decompose(x)[0] for x in p] for p in w]
        c_tilde = shake256(mu + b"".join(pack(p, 6) for p in high), C_TILDE)
        c = ntt(sample_ball(c_tilde))
        z = [add(p, ntt_inverse(multiply(c, x))) for p, x in zip(y, s1)]
        rest = [subtract(p, ntt_inverse(multiply(c, x))) for p, x in zip(w, s2)]
        r0 = max(abs(decompose(x)[1]) for p in rest for x in p)
        if norm(z) >= GAMMA1 - BETA or r0 >= GAMMA2 - BETA:
            continue
        ct0 = [ntt_inverse(multiply(c, x)) for x in t0]
        hints = [[i for i, (x, y0) in enumerate(zip(p, o))
                  if decompose(x)[0] != decompose((x + y0) % Q)[0]]
                 for p, o in zip(rest, ct0)]
        if norm(ct0) < GAMMA2 and sum(map(len, hints)) <= OMEGA:
            break
    places, ends = [], []
    for h in hints:
        places += h
        ends.append(len(places))
    packed = b"".join(pack([(GAMMA1 - centred(x)) for x in p], 18) for p in z)
    return c_tilde + packed + bytes(places + [0] * (OMEGA - len(places)) + ends)


# ---- FIPS 205, SLH-DSA-SHAKE-128f ----

N, H_PRIME, LAYERS, A, TREES, M = 16, 3, 22, 6, 33, 34
WOTS_HASH, WOTS_PK, TREE, FORS_TREE, FORS_ROOTS, WOTS_PRF, FORS_PRF = range(7)


class Slh:
    def __init__(self, key):
        self.seed, self.prf, self.public, self.root = (
            key[i:i + N] for i in range(0, 4 * N, N))

    def hash(self, kind, layer, tree, words, data):
        """Of the address: layer, tree, type and three words of the type's own; 4.2."""
        address = b"".join([layer.to_bytes(4, "big"), tree.to_bytes(12, "big"),
                            kind.to_bytes(4, "big")] + [w.to_bytes(4, "big") for w in words])
        return shake256(self.public + address + data, N)

    def chain(self, x, start, steps, place, i):
        layer, tree, pair = place
        for j in range(start, start + steps):
            x = self.hash(WOTS_HASH, layer, tree, (pair, i, j), x)
        return x

    def wots_secret(self, place, i):
        layer, tree, pair = place
        return self.hash(WOTS_PRF, layer, tree, (pair, i, 0), self.seed)

    def wots_public(self, place):
        ends = [self.chain(self.wots_secret(place, i), 0, 15, place, i) for i in range(35)]
        return self.hash(WOTS_PK, place[0], place[1], (place[2], 0, 0), b"".join(ends))

    def wots_sign(self, message, place):
        digits = [d for b in message for d in (b >> 4, b & 15)]
        check = sum(15 - d for d in digits)
        digits += [check >> 8 & 15, check >> 4 & 15, check & 15]
        return b"".join(self.chain(self.wots_secret(place, i), 0, d, place, i)
                        for i, d in enumerate(digits))

    def path(self, leaves, at, node):
        """The path of a leaf, and the root; node(height, index, both) joins two."""
        path, height = [], 0
        while len(leaves) > 1:
            path.append(leaves[at ^ 1])
            height += 1
            leaves = [node(height, i, leaves[2 * i] + leaves[2 * i + 1])
                      for i in range(len(leaves) // 2)]
            at >>= 1
        return b"".join(path), leaves[0]

    def xmss_sign(self, message, layer, tree, leaf):
        leaves = [self.wots_public((layer, tree, i)) for i in range(1 << H_PRIME)]
        path, root = self.path(leaves, leaf, lambda height, i, both: self.hash(
            TREE, layer, tree, (0, height, i), both))
        return self.wots_sign(message, (layer, tree, leaf)) + path, root

    def fors_sign(self, digest, tree, pair):
        indices = int.from_bytes(digest, "big") >> len(digest) * 8 - A * TREES
        out, roots = [], []
        for t in range(TREES):
            index = indices >> A * (TREES - 1 - t) & (1 << A) - 1
            secrets = [self.hash(FORS_PRF, 0, tree, (pair, 0, (t << A) + i), self.seed)
                       for i in range(1 << A)]
            leaves = [self.hash(FORS_TREE, 0, tree, (pair, 0, (t << A) + i), s)
                      for i, s in enumerate(secrets)]
            path, root = self.path(leaves, index, lambda height, i, both, t=t: self.hash(
                FORS_TREE, 0, tree, (pair, height, (t << A - height) + i), both))
            out.append(secrets[index] + path)
            roots.append(root)
        return b"".join(out), self.hash(FORS_ROOTS, 0, tree, (pair, 0, 0), b"".join(roots))

    def sign(self, message):
        """Algorithm 19, deterministic."""
        r = shake256(self.prf + self.public + message, N)
        digest = shake256(r + self.public + self.root + message, M)
        tree = int.from_bytes(digest[25:33], "big") & (1 << 63) - 1
        leaf = digest[33] & 7
        out, root = self.fors_sign(digest[:25], tree, leaf)
        out = r + out
        for layer in range(LAYERS):
            signature, root = self.xmss_sign(root, layer, tree, leaf)
            out += signature
            tree, leaf = tree >> H_PRIME, tree & 7
        assert root == self.root
        return out


# ---- answers.txt ----


def fields(line):
    return dict(f.split("=", 1) for f in line.split()[1:])


def main(path):
    with open(path, encoding="utf-8") as f:
        rows = [fields(line) for line in f if line[0] not in "#\n" and "=" in line]
    keys = {r["name"]: r for r in rows if "name" in r}
    signers = {"ML": "mldsa44-kat", "SLH": "slh-dsa-shake-128f-leancrypto"}

    def signature(row, digest):
        key = keys[row["key"]]
        message = encoded(digest, bytes.fromhex(row.get("ctx", "")), bytes.fromhex(row["in"]))
        return (ml_dsa_sign(bytes.fromhex(key["seed"]), message) if key["type"] == "ML_DSA"
                else Slh(bytes.fromhex(key["value"])).sign(message))

    own_ctx, compared = "0102ff", set()
    for row in rows:
        name = row.get("mech", "")
        digest = name.partition("_DSA_")[2]
        if (name.startswith("HASH_") and digest in DIGESTS and "begin" in row
                and row["key"] in signers.values()):
            got = signature(row, digest).hex()
            assert got.startswith(row["begin"]) and got.endswith(row["end"]), row["mech"]
            if row.get("ctx") != own_ctx:
                compared.add(row["key"])
    assert compared == set(signers.values()), "no published answer to compare with"
    for family, key in signers.items():
        for digest in DIGESTS:
            row = {"key": key, "ctx": own_ctx, "in": "7072656861736820" + digest.encode().hex()}
            got = signature(row, digest).hex()
            print("sign mech=HASH_%s_DSA_%s key=%s ctx=%s in=%s begin=%s end=%s" % (
                family, digest, key, row["ctx"], row["in"], got[:64], got[-64:]))


if __name__ == "__main__":
    main(sys.argv[1])
