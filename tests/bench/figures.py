# SPDX-License-Identifier: Apache-2.0
"""Figures: each is printed as a JSON line, held to its bound, and shown in the table at the end.

A figure is a ratio from rounds that alternate (ours, bare, ours, bare, …), so that the machine's noise hits both; the median of
the rounds counts. LK_BENCH_ROUNDS makes it longer."""
import json
import os
import statistics
import subprocess
import urllib.parse

from harness.daemon import BUILD

ROUNDS = int(os.environ.get("LK_BENCH_ROUNDS", "5"))
PROGRAMS = BUILD / "tests" / "bench"
_results = []


def report(name, value, bound, unit="", better="least", **more):
    """Keeps a figure for the table and holds it to its bound."""
    good = value >= bound if better == "least" else value <= bound
    _results.append((name, value, better, bound, unit, good))
    print("\n" + json.dumps({"bench": name, "value": round(value, 3), better: bound, "unit": unit, **more}))
    assert good, f"{name}: {value:.3f}{unit}, wanted at {better} {bound}{unit}"


def print_table():
    print(f"\n\n{'figure':52} {'measured':>12}   {'bound':>14}")
    for name, value, better, bound, unit, good in _results:
        print(f"{name:52} {value:>9.2f} {unit:<4} {'at ' + better:>8} {bound:g}{unit} {'' if good else '  MISSED'}")


def report_ratio(name, ours, bare, bound, **more):
    """The median of the rounds; the middle half of them stands in the JSON line."""
    ratios = [a / b for a, b in zip(ours, bare)]
    quarters = statistics.quantiles(ratios, n=4, method="inclusive")
    report(name, quarters[1], bound, middle_half=[round(quarters[0], 3), round(quarters[2], 3)],
           ours_per_second=ours, bare_per_second=bare, **more)


def run(program, *arguments):
    """One of tests/bench/*.c; the JSON line that it prints."""
    done = subprocess.run([PROGRAMS / program, *map(str, arguments)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# ---- what http_load sends

def write_requests(path, requests):
    with open(path, "wb") as file:
        for request in requests:
            file.write(b"%d\n" % len(request) + request)
    return path


def http_request(method, target, port, cookies=None, form=None):
    lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Accept: text/html", "User-Agent: bench/1.0"]
    body = urllib.parse.urlencode(form).encode() if form else b""
    if cookies:
        lines.append("Cookie: " + "; ".join(f"{k}={v}" for k, v in cookies.items()))
    if form:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
