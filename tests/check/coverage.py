#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How many lines of each room the tests have run.

    coverage.py take BUILD OUT            what gcov counts in a build folder now, as JSON: {file: {line: was it run}}
    coverage.py table NAME=OUT...         a table of rooms, with a column for each of these; files that nothing ran are named
"""
import collections
import json
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src"
AT_ONCE = 50


def gcov(build):
    """gcov's account of each object in the folder that was compiled with counters."""
    notes = sorted(str(path.resolve()) for path in pathlib.Path(build).rglob("*.gcno"))
    for i in range(0, len(notes), AT_ONCE):
        done = subprocess.run(["gcov", "--json-format", "--stdout", *notes[i:i + AT_ONCE]], cwd=build, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in done.stdout.splitlines():
            if line:
                yield json.loads(line)


def take(build):
    """A line counts as run where any object that holds it ran it: headers and programs share sources."""
    found = collections.defaultdict(dict)
    for account in gcov(build):
        for file in account["files"]:
            path = pathlib.Path(account["current_working_directory"], file["file"]).resolve()
            if not path.is_relative_to(SOURCE):
                continue
            lines = found[str(path.relative_to(SOURCE))]
            for line in file["lines"]:
                number = str(line["line_number"])
                lines[number] = lines.get(number, False) or line["count"] > 0
    return found


def share(run, lines):
    return f"{100 * run / lines:.1f}%" if lines else "-"


def table(columns):
    rooms = collections.defaultdict(lambda: [0] * (1 + len(columns)))
    untouched = []
    for file, lines in sorted(columns[-1][1].items()):
        runs = [sum(taken.get(file, {}).values()) for _, taken in columns]
        for room in (file.split("/")[0], "total"):
            rooms[room] = [old + new for old, new in zip(rooms[room], [len(lines), *runs])]
        if runs[-1] == 0:
            untouched.append(file)
    print(f"{'room':14} {'lines':>7}" + "".join(f"{name:>14}" for name, _ in columns))
    for room in sorted(rooms, key=lambda name: (name == "total", name)):
        lines, *runs = rooms[room]
        print(f"{room:14} {lines:7}" + "".join(f"{share(run, lines):>14}" for run in runs))
    for file in untouched:
        print(f"no test runs src/{file}")


def main(verb, *arguments):
    if verb == "take":
        build, out = arguments
        pathlib.Path(out).write_text(json.dumps(take(build)))
    else:
        table([(name, json.loads(pathlib.Path(path).read_text()))
               for name, _, path in (argument.partition("=") for argument in arguments)])


main(*sys.argv[1:])
