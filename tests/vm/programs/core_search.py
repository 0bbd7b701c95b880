#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""core_search.py CORE|PID KEY [TEXT...]: does the file CORE, or the memory of the process PID, which
has parts that no core has, hold the AES key KEY (hexadecimal), its halves, a round key of its
schedule, of the schedule for decryption (the equivalent inverse cipher's), or any of TEXT? Words
in either order of bytes. A line for each; exit status 0: something was found, 1: nothing, 2: no
core."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fault"))
import memory


def sbox_make():
    """FIPS 197, 5.1.1, computed: the inverse in GF(2^8), and the affine map."""
    box, p, q = [0] * 256, 1, 1
    while True:
        p = p ^ (p << 1) & 0xff ^ (0x1b if p & 0x80 else 0)
        for shift in (1, 2, 4):
            q ^= q << shift & 0xff
        q ^= 0x09 if q & 0x80 else 0
        rotated = [(q << n | q >> (8 - n)) & 0xff for n in range(5)]
        box[p] = rotated[0] ^ rotated[1] ^ rotated[2] ^ rotated[3] ^ rotated[4] ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return box


SBOX = sbox_make()


def schedule(key):
    """FIPS 197, 5.2: the round keys, 16 bytes each."""
    n = len(key) // 4
    words, rcon = [key[4 * i:4 * i + 4] for i in range(n)], 1
    while len(words) < 4 * (n + 7):
        t = words[-1]
        if len(words) % n == 0:
            t = bytes(SBOX[b] for b in t[1:] + t[:1])
            t = bytes([t[0] ^ rcon]) + t[1:]
            rcon = rcon << 1 ^ (0x11b if rcon & 0x80 else 0)
        elif n > 6 and len(words) % n == 4:
            t = bytes(SBOX[b] for b in t)
        words.append(bytes(a ^ b for a, b in zip(words[-n], t)))
    return [b"".join(words[i:i + 4]) for i in range(0, len(words), 4)]


def times(a, b):
    r = 0
    while b:
        if b & 1:
            r ^= a
        a = a << 1 ^ (0x11b if a & 0x80 else 0)
        b >>= 1
    return r


def inverse_mixed(block):
    """InvMixColumns, as round keys for decryption have it (FIPS 197, 5.3.5)."""
    out = b""
    for c in range(0, 16, 4):
        col = block[c:c + 4]
        for row in range(4):
            out += bytes([times(col[row], 14) ^ times(col[(row + 1) % 4], 11)
                          ^ times(col[(row + 2) % 4], 13) ^ times(col[(row + 3) % 4], 9)])
    return out


def swapped(block):
    return b"".join(block[i:i + 4][::-1] for i in range(0, len(block), 4))


def patterns(key):
    rounds = schedule(key)
    for i, r in enumerate(rounds):
        yield "round key %d" % i, r
        yield "round key %d, words swapped" % i, swapped(r)
        yield "round key %d for decryption" % i, inverse_mixed(r)
        yield "round key %d for decryption, words swapped" % i, swapped(inverse_mixed(r))
    yield "the key", key
    for i in range(0, len(key) - 15, 8):
        yield "bytes %d to %d of the key" % (i, i + 15), key[i:i + 16]


# FIPS 197, A.3 and A.1: that this computes what it says
assert schedule(bytes.fromhex(
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"))[14].hex() == \
    "fe4890d1e6188d0b046df344706c631e"
assert schedule(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"))[10].hex() == \
    "d014f9a8c9ee2589e13f0cc8b6630ca6"
assert inverse_mixed(bytes.fromhex("549932d1f08557681093ed9cbe2c974e")).hex() == \
    "13aa29be9c8faff6f770f58000f7bf03"


def core_read(path):
    with open(path, "rb") as f:
        core = f.read()
    if core[:4] != b"\x7fELF" or len(core) < 1 << 19:
        raise OSError("%s is no core: %d bytes" % (path, len(core)))
    return core


def memory_read(pid):
    """All of it, with a byte between mappings."""
    parts = []
    with open("/proc/%s/mem" % pid, "rb", buffering=0) as mem:
        for start, end, _ in memory.mappings(pid):
            parts += list(memory.pieces(mem, start, end, 0)) + [b"-"]
    if sum(map(len, parts)) < 1 << 20:
        raise OSError("the memory of %s cannot be read" % pid)
    return b"".join(parts)


def main(path, key, texts):
    core = memory_read(path) if path.isdigit() else core_read(path)
    found = 0
    wanted = list(patterns(bytes.fromhex(key)))
    wanted += [("'%s...'" % t[:3], t.encode()) for t in texts]
    for name, pattern in wanted:
        at = core.find(pattern)
        if at >= 0:
            found += 1
            print("%s at %#x" % (name, at))
    print("%d of %d patterns, in %d bytes" % (found, len(wanted), len(core)))
    return 0 if found else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
    except OSError as error:
        print("core_search.py: %s" % error)
        sys.exit(2)
