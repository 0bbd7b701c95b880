#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a program on a terminal of its own: ask.py PROGRAM ARG... <ROWS

Each row of stdin is "PROMPT<TAB>ANSWER": when PROMPT has been shown, ANSWER is typed
(\\n and \\x03 stand for themselves). All that was shown is printed, and the exit status is
the program's.
"""

import os
import pty
import select
import sys
import time

LIMIT = 60  # seconds


def shown(fd, until, end):
    """What comes until a text is in it, or the program ends."""
    text = b""
    while until is None or until not in text:
        if time.monotonic() > end or not select.select([fd], [], [], end - time.monotonic())[0]:
            raise TimeoutError("after %r" % text)
        try:
            more = os.read(fd, 1000)
        except OSError:
            more = b""
        if not more:
            return text, True
        text += more
    return text, False


def main():
    rows = [line.rstrip("\n").split("\t") for line in sys.stdin if line.strip()]
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    end, over, everything = time.monotonic() + LIMIT, False, b""
    try:
        for prompt, answer in rows:
            text, over = shown(fd, prompt.encode(), end)
            everything += text
            if over:
                break
            time.sleep(0.05)  # what is typed before the prompt is dropped
            os.write(fd, answer.encode().decode("unicode_escape").encode())
        if not over:
            everything += shown(fd, None, end)[0]
    except TimeoutError as e:
        os.kill(pid, 9)
        everything += str(e).encode()
    sys.stdout.buffer.write(everything.replace(b"\r\n", b"\n"))
    sys.stdout.flush()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
