# SPDX-License-Identifier: Apache-2.0
"""Lessons 11 and 12: what does not exist is answered in the same words and in the same time as what does.

Time is measured, so this stands among the tests that run alone. Known and unknown are asked in pairs, in random order within
each, so that whatever else the machine does hits both alike. What is looked at is the median of the pairs' ratios, with the
interval that holds it 999 times in 1000: the order statistics of the sign test, which assume nothing about the shape of the
noise and count the slowest outlier as one. It is not enough that no difference is seen, as on a machine too busy to see
any: the whole interval has to lie within a tenth. Noise makes it wider, and more pairs are asked until it is narrow enough.
So noise cannot hide a difference of a tenth or more, which each test also shows, with an eighth planted into its own samples.
"""
import dataclasses
import math
import random
import re
import statistics
import time
import urllib.parse
import uuid

import pytest

from harness.client import Client
from harness.daemon import Daemon
from harness.directory import Directory

pytestmark = pytest.mark.alone

PASSWORD = "violet-anvil-9-teacup"
LEAST = 500
STEP = 250
MOST = 3000
TENTH = math.log(1.1)
PLANTED = 1.125
DEVIATIONS = 3.29  # 99.9 % of a normal distribution
KNOWN = 25
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclasses.dataclass
class Interval:
    """Of the median of log(known / unknown)."""
    low: float
    middle: float
    high: float

    @staticmethod
    def of(times):
        ratios = sorted(math.log(known / unknown) for known, unknown in zip(*times))
        count = len(ratios)
        below = math.floor(count / 2 - DEVIATIONS * math.sqrt(count) / 2)
        return Interval(ratios[below], statistics.median(ratios), ratios[count - 1 - below])

    def is_within(self, bound):
        return -bound < self.low and self.high < bound

    def is_beyond(self, bound):
        return self.low > bound or self.high < -bound

    def __str__(self):
        return " / ".join(f"{100 * (math.exp(value) - 1):+.2f} %" for value in (self.low, self.middle, self.high))


def test_the_comparison_itself():
    chance = random.Random(1)
    for noise in (0.05, 0.2, 0.5):
        for _ in range(50):
            times = [[chance.lognormvariate(0, noise) * (20 if chance.random() < 0.05 else 1) for _ in range(2 * LEAST)]
                     for _ in range(2)]
            assert not Interval.of(times).is_beyond(0)
            assert not Interval.of([[PLANTED * value for value in times[0]], times[1]]).is_within(TENTH)
            assert not Interval.of([times[0], [PLANTED * value for value in times[1]]]).is_within(TENTH)
            if noise < 0.5:
                assert Interval.of(times).is_within(TENTH)
    assert not Interval.of([[1.0, 3.0] * LEAST, [3.0, 1.0] * LEAST]).is_within(TENTH), "noise alone proves nothing"


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


def ask_in_pairs(ask, known, unknown, settle):
    """Yields the seconds that a known one and an unknown one took, and the essence of both answers."""
    turn = 0
    while True:
        seconds, essences = [0.0, 0.0], ["", ""]
        for which in random.sample((0, 1), 2):
            typed = (known, unknown)[which](turn)
            began = time.perf_counter()
            answer = ask(typed)
            seconds[which] = time.perf_counter() - began
            essences[which] = essence(answer, typed)
            settle()
        yield seconds, essences
        turn += 1


def compare(what, ask, known, unknown, settle):
    """Asks until the interval lies within a tenth, or beyond it, or for MOST pairs. All times, and the interval."""
    times, essences = ([], []), (set(), set())
    for seconds, answers in ask_in_pairs(ask, known, unknown, settle):
        for which in (0, 1):
            times[which].append(seconds[which])
            essences[which].add(answers[which])
        count = len(times[0])
        if count < LEAST or count % STEP != 0:
            continue
        interval = Interval.of(times)
        if count >= MOST or interval.is_within(TENTH) or interval.is_beyond(TENTH):
            break
    middle = [f"{statistics.median(heap) * 1000:.2f} ms" for heap in times]
    print(f"\n{what}: {count} pairs, known {middle[0]}, unknown {middle[1]}, the difference {interval}")
    assert essences[0] == essences[1] and len(essences[0]) == 1, (what, essences)
    return times, interval


def plant(times, interval):
    """The slower of the two, an eighth slower than it was."""
    slower = 0 if interval.middle > 0 else 1
    return [[value * PLANTED for value in heap] if which == slower else heap for which, heap in enumerate(times)]


def assert_same(what, ask, known, unknown, settle=lambda: None):
    times, interval = compare(what, ask, known, unknown, settle)
    assert interval.is_within(TENTH), f"{what}: known takes {interval} of time more than unknown"
    planted = Interval.of(plant(times, interval))
    assert not planted.is_within(TENTH) and planted.is_beyond(0), f"{what}: an eighth planted, and seen as {planted}"


def wait_until_sent(directory):
    directory.wait_until_all_is_sent()


def test_lesson_12_sign_in(world):
    _, daemon = world
    names = [f"somebody-{digits()}" for _ in range(KNOWN)]
    for name in names:
        assert Client(daemon.url).sign_up(name, PASSWORD).path == "/associate"
    client = Client(daemon.url)
    fields = client.get("/signin").form("/signin", ["name"]).fields

    def ask(name):
        return client.request("POST", "/signin", encoded({**fields, "name": name, "password": "wrong"}), FORM)

    assert_same("sign-in", ask, lambda i: names[i % KNOWN], lambda _: f"nobodyxx-{digits()}")


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

    assert_same("associate", ask, lambda i: addresses[i % KNOWN], lambda _: f"nobodyxx-{digits()}@example.org",
                lambda: wait_until_sent(directory))


def test_lesson_11_reset(world):
    directory, daemon = world
    names = [f"somebody-{digits()}" for _ in range(KNOWN)]
    for name in names:
        directory.add_account(name, PASSWORD, lkAlternateMail=f"{name}@home.example")
    client = Client(daemon.url)
    fields = client.get("/reset").form("/reset").fields

    def ask(name):
        return client.request("POST", "/reset", encoded({**fields, "name": name}), FORM)

    assert_same("reset", ask, lambda i: names[i % KNOWN], lambda _: f"nobodyxx-{digits()}", lambda: wait_until_sent(directory))


def test_lesson_11_sign_up_under_an_address(world):
    directory, daemon = world
    names = [f"somebody-{digits()}@home.example" for _ in range(KNOWN)]
    for name in names:
        directory.add_account(name, PASSWORD, mail=name)
    client = Client(daemon.url)
    fields = client.get("/signup").form("/signup").fields

    def ask(name):
        return client.request("POST", "/signup", encoded({**fields, "step": "name", "name": name}), FORM)

    assert_same("sign-up", ask, lambda i: names[i % KNOWN], lambda _: f"nobodyxx-{digits()}@home.example",
                lambda: wait_until_sent(directory))
