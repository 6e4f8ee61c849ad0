# SPDX-License-Identifier: Apache-2.0
"""Lessons 11 and 12: what does not exist is answered in the same words and in the same time as what does.

Time is measured, so this stands among the tests that run alone: beside another suite the noise would hide what is looked for.
Known and unknown alternate, so that whatever else the machine does hits both alike, and the two heaps of samples are compared
by rank (Mann and Whitney's U): no assumption about their shape, and a slow outlier counts as one. LEAST_Z is passed by chance
about once in a hundred thousand runs. Each test also slows half of its own samples by a tenth: where even that does not
pass it, the machine is too busy to tell, and the test says so.
"""
import math
import random
import re
import time
import urllib.parse
import uuid

import pytest

from harness.client import Client
from harness.daemon import Daemon
from harness.directory import Directory

PASSWORD = "violet-anvil-9-teacup"
SAMPLES = 500
LEAST_Z = 4.5
KNOWN = 25
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def z_of_ranks(a, b):
    """How many standard deviations Mann and Whitney's U of the two samples is away from what equal ones give."""
    merged = sorted([(value, 0) for value in a] + [(value, 1) for value in b])
    total, ties, at = 0.0, 0, 0
    while at < len(merged):
        end = at
        while end < len(merged) and merged[end][0] == merged[at][0]:
            end += 1
        rank = (at + end + 1) / 2
        total += rank * sum(1 for _, which in merged[at:end] if which == 0)
        ties += (end - at) ** 3 - (end - at)
        at = end
    count, n = len(merged), len(a)
    u = total - n * (n + 1) / 2
    deviation = math.sqrt(n * len(b) / 12 * (count + 1 - ties / (count * (count - 1))))
    return (u - n * len(b) / 2) / deviation


def test_the_comparison_itself():
    chance = random.Random(1)
    for _ in range(50):
        a = [chance.lognormvariate(0, 0.2) for _ in range(SAMPLES)]
        b = [chance.lognormvariate(0, 0.2) for _ in range(SAMPLES)]
        assert abs(z_of_ranks(a, b)) < LEAST_Z
    assert z_of_ranks([1.1 * value for value in a], b) > LEAST_Z
    assert abs(z_of_ranks([1, 1, 2, 2] * 100, [1, 2, 1, 2] * 100)) < 0.001


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sameness")
    with Directory(folder / "directory") as directory:
        with Daemon(folder / "daemon", directory) as daemon:
            yield directory, daemon


def encoded(fields):
    return urllib.parse.urlencode(fields)


def digits():
    return uuid.uuid4().hex[:8]


def essence(answer, typed):
    """All of an answer but what is new each time: ids, the form's token, the date; and what was typed."""
    status, headers, body = answer
    kept = sorted((name, value) for name, value in headers.items() if name not in ("Date",))
    text = repr((status, kept, body.decode().replace(typed, "TYPED")))
    return re.sub(r'(csrf\W+value=\\?")[^"\\]+|[0-9a-f]{16,}|(nonce-|nonce=\W*)[\w+/=-]+', r"\1", text)


def sample(ask, known, unknown, settle=lambda: None):
    """Seconds of each, interleaved in changing order; and the essence of every answer."""
    times, essences = ([], []), (set(), set())
    for i in range(SAMPLES):
        for which in random.sample((0, 1), 2):
            typed = (known, unknown)[which](i)
            began = time.perf_counter()
            answer = ask(typed)
            times[which].append(time.perf_counter() - began)
            essences[which].add(essence(answer, typed))
            settle()
    return times, essences


def judge(what, times, essences):
    known, unknown = times
    assert essences[0] == essences[1] and len(essences[0]) == 1, (what, essences)
    found, planted = z_of_ranks(known, unknown), z_of_ranks([1.1 * value for value in known], unknown)
    middle = [sorted(heap)[len(heap) // 2] * 1000 for heap in times]
    print(f"\n{what}: known {middle[0]:.2f} ms, unknown {middle[1]:.2f} ms, z {found:.2f}; 10 % planted: z {planted:.2f}")
    assert abs(found) < LEAST_Z, f"{what}: z {found:.2f}, medians {middle} ms"
    if planted < LEAST_Z:
        pytest.skip(f"{what}: the machine is so busy that a tenth of a difference would not be seen (z {planted:.2f})")


def test_lesson_12_sign_in(world):
    _, daemon = world
    names = [f"somebody-{digits()}" for _ in range(KNOWN)]
    for name in names:
        assert Client(daemon.url).sign_up(name, PASSWORD).path == "/associate"
    client = Client(daemon.url)
    fields = client.get("/signin").form("/signin", ["name"]).fields

    def ask(name):
        return client.request("POST", "/signin", encoded({**fields, "name": name, "password": "wrong"}), FORM)

    judge("sign-in", *sample(ask, lambda i: names[i % KNOWN], lambda _: f"nobodyxx-{digits()}"))


def test_lesson_11_associate(world):
    directory, daemon = world
    organization = directory.add_organization(f"Org-{digits()}")
    addresses = [f"somebody-{digits()}@example.org" for _ in range(KNOWN)]
    for i, address in enumerate(addresses):
        directory.add_profile(organization, f"Person {i}", address)
    client = Client(daemon.url)
    assert client.sign_up(f"asker-{digits()}", PASSWORD).path == "/associate"
    fields = client.get("/associate").form("/associate").fields

    def ask(address):
        return client.request("POST", "/associate", encoded({**fields, "mail": address}), FORM)

    def settle():
        directory.wait_for(lambda: not directory.search("(lkSend=*)", attributes=["uid"]), what="the outbox to be empty")

    judge("associate", *sample(ask, lambda i: addresses[i % KNOWN], lambda _: f"nobodyxx-{digits()}@example.org", settle))
