#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A counter that miscounts would hide every other failure, so it has a test of its own."""
import io
import os
import sys
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import results  # noqa: E402


def printed_by(function, text):
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(text)
        file.flush()
        output = io.StringIO()
        with redirect_stdout(output), redirect_stderr(io.StringIO()):
            function([file.name])
    return output.getvalue()


def counted(text):
    return tuple(int(word) for word in printed_by(results.count, text).split())


def ctest(status, output):
    failure = '<failure message=""/>' if status == "fail" else ""
    return (f'<testsuite><testcase name="a_test" classname="a_test" status="{status}">{failure}'
            f"<system-out>{output}</system-out></testcase></testsuite>")


class Counting(unittest.TestCase):
    def test_program_without_tap_is_one(self):
        self.assertEqual(counted(ctest("run", "replayed 7 inputs")), (1, 0, 0))
        self.assertEqual(counted(ctest("fail", "boom")), (0, 1, 0))

    def test_tap_lines_are_counted(self):
        self.assertEqual(counted(ctest("run", "1..2\nok 1 - a\nok 2 - b\n")), (2, 0, 0))
        self.assertEqual(counted(ctest("fail", "1..2\nok 1 - a\nnot ok 2 - b\n")), (1, 1, 0))
        self.assertEqual(counted(ctest("run", "1..2\nok 1 - a\nnot ok 2 # SKIP b\n")), (1, 0, 1))
        self.assertEqual(counted(ctest("fail", "1..1\nnot ok 1 # SKIP b\nleak\n")), (0, 1, 1))

    def test_a_crash_after_the_last_test_is_one_more_failure(self):
        self.assertEqual(counted(ctest("fail", "1..1\nok 1 - a\nleak of 3 bytes\n")), (1, 1, 0))

    def test_a_program_that_stops_early_fails(self):
        self.assertEqual(counted(ctest("run", "1..3\nok 1 - a\n")), (1, 1, 0))

    def test_a_program_that_was_not_run_is_skipped(self):
        self.assertEqual(counted(ctest("notrun", "")), (0, 0, 1))

    def test_pytest(self):
        self.assertEqual(counted(
            '<testsuites><testsuite><testcase classname="m" name="a"/>'
            '<testcase classname="m" name="b"><failure message="x">y</failure></testcase>'
            '<testcase classname="m" name="c"><error message="x">y</error></testcase>'
            '<testcase classname="m" name="d"><skipped message="x"/></testcase></testsuite></testsuites>'), (1, 2, 1))

    def test_failures_are_told_with_what_they_said(self):
        said = "\n".join(f"line {number}" for number in range(100))
        told = printed_by(results.tell, f'<testsuite><testcase classname="m" name="a"/><testcase classname="m" name="b">'
                                        f'<failure message="x">{said}</failure></testcase></testsuite>').splitlines()
        self.assertEqual((told[0], told[-1], len(told)), ("FAILED m::b", "    line 99", 2 + results.FIRST_TOLD + results.LAST_TOLD))
        self.assertEqual(printed_by(results.tell, ctest("fail", "1..2\nok 1 - a\nnot ok 2 - b\n")).splitlines()[0],
                         "FAILED a_test::b")

    def test_table_is_written_and_counted(self):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "log")
            with open(log, "wb") as file:
                file.write(b"a\x1b[31m\xff<b>")
            table = os.path.join(folder, "table")
            with open(table, "w", encoding="utf-8") as file:
                file.write(f"one\tok\t1.5\t{log}\ntwo\tfailed\t0\t{log}\n")
            out = os.path.join(folder, "out.xml")
            results.write("lint", table, out)
            with open(out, encoding="utf-8") as file:
                text = file.read()
        self.assertEqual(counted(text.split("?>", 1)[1]), (1, 1, 0))


if __name__ == "__main__":
    unittest.main()
