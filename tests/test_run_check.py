#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tests/run-check makes of lanes and tests that do not end as they should: each is a failure."""

import importlib.machinery
import importlib.util
import os
import subprocess
import unittest
import unittest.mock

HERE = os.path.dirname(os.path.abspath(__file__))


def load():
    loader = importlib.machinery.SourceFileLoader("run_check", os.path.join(HERE, "run-check"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_check", loader))
    loader.exec_module(module)
    return module


rc = load()
rc.log_append = lambda log, text: None
rc.log_new = lambda folder, lane: os.path.join("/nonexistent", "check-%s.log" % lane)

PASSES = "# tests/vm/a.test (lane)\nok a\n# exit status 0\n"
FAILS = "# tests/vm/b.test (lane)\nok b\nnot ok c: why\n# exit status 1\n"
FAILS_NOT = "# tests/vm/b.test (lane)\nok b\nok c\n# exit status 0\n"
BREAKS_OFF = "# tests/vm/b.test (lane)\nok b\n"


class Lanes(unittest.TestCase):
    def lane(self, *ends):
        """The guest's lane, where the guest ends so: (status, output), one for each boot."""
        boots = list(ends)
        rc.run = lambda *a, **k: boots.pop(0)
        result = rc.lane_vm("lane")
        again = rc.Result()
        for settle in result.doubtful:
            settle(again)
        self.assertEqual(boots, [])
        return result.failed + again.failed

    def test_guest_ends_well(self):
        self.assertEqual(self.lane((0, PASSES + FAILS_NOT)), 0)

    def test_script_fails_once(self):
        self.assertEqual(self.lane((1, PASSES + FAILS), (0, FAILS_NOT)), 0)

    def test_script_fails_twice(self):
        self.assertEqual(self.lane((1, PASSES + FAILS), (1, FAILS)), 1)

    def test_guest_dies_before_its_last_script(self):
        # the one that it died in runs again; those after it never did
        for status in (124, 125, None):
            self.assertNotEqual(self.lane((status, PASSES + BREAKS_OFF), (0, FAILS_NOT)), 0)

    def test_guest_dies_between_scripts(self):
        self.assertNotEqual(self.lane((125, PASSES)), 0)
        self.assertNotEqual(self.lane((125, PASSES + FAILS), (0, FAILS_NOT)), 0)

    def test_guest_says_nothing(self):
        self.assertNotEqual(self.lane((0, "")), 0)


class Meson(unittest.TestCase):
    def meson(self, status, *tests):
        rc.meson_run = lambda *a: (status, "", [
            {"name": n, "result": r, "stdout": o, "returncode": c} for n, r, o, c in tests])
        result = rc.Result()
        rc.meson_tests(result, "build", rc.log_new("build", "x"), {}, 1)
        return result

    def test_checks_are_counted(self):
        result = self.meson(0, ("a", "OK", "100%: Checks: 7, Failures: 0, Errors: 0\n", 0),
                            ("b", "OK", "", 0))
        self.assertEqual((result.passed, result.failed, len(result.doubtful)), (8, 0, 0))

    def test_skipped_checks_are_told(self):
        result = self.meson(
            0, ("a", "OK", "SKIP: not root\n100%: Checks: 7, Failures: 0, Errors: 0\n", 0),
            ("b", "SKIP", "SKIP: no AF_ALG\n", 77))
        self.assertEqual((result.passed, result.failed), (6, 0))
        self.assertEqual(result.skips, [("a", "not root"), ("b", "SKIP: no AF_ALG")])

    def test_failed_check_whose_status_is_lost(self):
        result = self.meson(0, ("a", "OK", "85%: Checks: 7, Failures: 1, Errors: 0\n", 0))
        self.assertEqual(len(result.doubtful) + result.failed, 1)

    def test_crash_is_not_run_again(self):
        result = self.meson(1, ("a", "FAIL", "", -11))
        self.assertEqual((result.failed, len(result.doubtful)), (1, 0))

    def test_report_of_a_sanitizer_is_not_run_again(self):
        result = self.meson(1, ("a", "FAIL", "==1==ERROR: LeakSanitizer: detected", 1))
        self.assertEqual((result.failed, len(result.doubtful)), (1, 0))

    def test_nothing_run(self):
        self.assertEqual(self.meson(0).failed, 1)

    def test_meson_is_killed_after_a_failure(self):
        self.assertEqual(self.meson(-9, ("a", "FAIL", "", 1)).failed, 1)

    def test_meson_takes_too_long(self):
        self.assertEqual(self.meson(None, ("a", "OK", "", 0)).failed, 1)


class NotHere(unittest.TestCase):
    """What CI's machine is to have, and has not: elsewhere that is a check not made."""

    def ends(self, lane, ci, status):
        rc.run = lambda *a, **k: (status, "why")
        with unittest.mock.patch.dict(os.environ, {"CI": ci}):
            result = lane()
        return result.failed, len(result.skips)

    def test_lane_cannot_run(self):
        for lane, status in ((rc.lane_fuzz, 1), (lambda: rc.lane_vm("lane"), rc.VM_NOT_HERE)):
            self.assertEqual(self.ends(lane, "true", status), (1, 0))
            self.assertEqual(self.ends(lane, "", status), (0, 1))


class Scripts(unittest.TestCase):
    def tally(self, status, text):
        result = rc.Result()
        rc.tally_script(result, "x", status, text)
        return result.passed, result.failed, len(result.skips)

    def test_scripts(self):
        for status, text, expected in (
                (0, "ok a\nskip b: why\n", (1, 0, 1)),
                (0, "not ok a: why\n", (0, 1, 0)),
                (1, "ok a\n", (1, 1, 0)),
                (1, "not ok a: why\nnot ok b: why\n", (0, 2, 0)),
                (None, "ok a\n", (1, 1, 0)),
                (0, "", (0, 1, 0))):
            self.assertEqual(self.tally(status, text), expected, (status, text))

    def test_what_a_script_runs_may_skip_checks(self):
        """What check() of tests/clients/lib.sh says is counted."""
        # a case's name with a colon in it, as tests/vm/api.sh has them
        for command, expected, skips in (
                ("echo SKIP: not root; echo no SKIP: here; echo SKIP: no keyrings >&2", (1, 0, 2),
                 [("x kernel", "leaks: not root"), ("x kernel", "leaks: no keyrings")]),
                ("echo SKIP: not root; exit 1", (0, 1, 0), [])):
            done = subprocess.run(
                ["bash", "-c", '. "$0"; check "kernel: leaks" sh -c "$1"; exit "$failures"',
                 os.path.join(HERE, "clients", "lib.sh"), command],
                stdout=subprocess.PIPE, timeout=60, check=False)
            result = rc.Result()
            rc.tally_script(result, "x", done.returncode, done.stdout.decode())
            self.assertEqual(
                (result.passed, result.failed, len(result.skips)), expected, command)
            self.assertEqual(result.skips, skips)


if __name__ == "__main__":
    unittest.main()
