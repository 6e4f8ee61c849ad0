#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts single tests in what the runners of ./check leave behind.

    results.py count FILE...          prints "passed failed skipped" over JUnit files; names of failed tests to stderr
    results.py tell FILE...           prints each failed test with the beginning and the end of what it said
    results.py write SUITE TABLE OUT  makes a JUnit file of a table: name, "ok" or "failed", seconds, log file (tabs)

A ctest case that printed TAP (cmocka does with CMOCKA_MESSAGE_OUTPUT=TAP) counts as the tests it names. If the program
fails in a way that none of them shows - it crashed, or a sanitizer spoke after the last one - that is one failure more.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

# "ok 1 - name", "not ok 2 - name", and for a skipped test cmocka's own "not ok 3 # SKIP name".
TAP = re.compile(r"^(not ok|ok) \d+ (?:- )?(# SKIP ?)?(.*)$", re.MULTILINE)
PLAN = re.compile(r"^1\.\.(\d+)$", re.MULTILINE)
FIRST_TOLD, LAST_TOLD = 15, 25  # lines of a failed test


def is_bad(case):
    return case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail"


def is_skipped(case):
    return case.find("skipped") is not None or case.get("status") in ("disabled", "notrun")


def name_of(case):
    name = case.get("name", "?")
    return name if case.get("classname", name) == name else case.get("classname") + "::" + name


def case_results(case):
    """Yields (name, outcome) of one JUnit case; outcome is passed, failed or skipped."""
    name = name_of(case)
    output = case.findtext("system-out") or ""
    lines = TAP.findall(output)
    planned = sum(int(number) for number in PLAN.findall(output))
    for verdict, skip, test in lines:
        yield name + "::" + test, "skipped" if skip else "passed" if verdict == "ok" else "failed"
    shown = any(verdict == "not ok" and not skip for verdict, skip, _ in lines)
    if not lines:
        yield name, "failed" if is_bad(case) else "skipped" if is_skipped(case) else "passed"
    elif (is_bad(case) and not shown) or len(lines) < planned:
        yield name + " (the program as a whole)", "failed"


def cases_of(paths):
    for path in paths:
        yield from ElementTree.parse(path).getroot().iter("testcase")


def count(paths):
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for case in cases_of(paths):
        for name, outcome in case_results(case):
            totals[outcome] += 1
            if outcome == "failed":
                print("FAILED", name, file=sys.stderr)
    print(totals["passed"], totals["failed"], totals["skipped"])


def said_by(case):
    """What a failed case said: a sanitizer says it first, pytest last."""
    told = [part.text or part.get("message", "") for kind in ("failure", "error") for part in case.iter(kind)]
    if not any(told):
        told.append(case.findtext("system-out") or "")
    lines = "\n".join(told).strip().splitlines()
    return lines if len(lines) <= FIRST_TOLD + LAST_TOLD else lines[:FIRST_TOLD] + ["[...]"] + lines[-LAST_TOLD:]


def tell(paths):
    for case in cases_of(paths):
        failed = [name for name, outcome in case_results(case) if outcome == "failed"]
        if failed:
            print(*(f"FAILED {name}" for name in failed), *(f"    {line}" for line in said_by(case)), sep="\n")


def printable(text):
    """XML 1.0 has no place for control characters."""
    return re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd]", "?", text)


def write(suite, table, out):
    root = ElementTree.Element("testsuite", name=suite)
    with open(table, encoding="utf-8") as lines:
        for line in lines:
            name, verdict, seconds, log = line.rstrip("\n").split("\t")
            case = ElementTree.SubElement(root, "testcase", name=name, classname=suite, time=seconds)
            if verdict != "ok":
                with open(log, encoding="utf-8", errors="replace") as text:
                    ElementTree.SubElement(case, "failure", message=verdict).text = printable(text.read())
    root.set("tests", str(len(root)))
    root.set("failures", str(len(root.findall("testcase/failure"))))
    ElementTree.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)


if __name__ == "__main__":
    if sys.argv[1] == "count":
        count(sys.argv[2:])
    elif sys.argv[1] == "tell":
        tell(sys.argv[2:])
    else:
        write(*sys.argv[2:5])
