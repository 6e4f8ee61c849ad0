# SPDX-License-Identifier: Apache-2.0
"""Two daemons beside one directory, as on two machines: each has a key ring file of its own, with the same keys in it. What one
ends is over at the other, what is counted is counted once, and keys are changed while people go on. (Messages, and who takes over
when one dies: tests/chaos/test_chaos_pair.py. Machines and cables: tests/chaos/test_chaos_mirror.py.)"""
import base64
import collections
import concurrent.futures
import os
import shutil
import threading
import time
import uuid

import pytest

from harness.client import Client
from harness.daemon import Daemon

PASSWORD = "violet-anvil-9-teacup"
PLAN = "support until=20991231235959Z"
TRIES = 5


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemons(directory, tmp_path_factory):
    """They answer for the same URL; each with a key ring of its own."""
    folder = tmp_path_factory.mktemp("daemons")
    settings = {"courier.deliver_to": f"maildir:{folder / 'mail'}", "limits.account_tries": str(TRIES), "limits.account_first_pause": "1h",
                "limits.account_longest_pause": "1h"}
    left = Daemon(folder / "left", directory, settings=settings)
    right = Daemon(folder / "right", directory, settings=settings)
    with left:
        shutil.copy(left.folder / "keys", right.folder / "keys")
        right.public_url = right.settings["server.public_url"] = left.settings["server.public_url"]
        with right:
            right.mailbox = left.mailbox = type(left.mailbox)(folder / "mail")
            yield left, right


@pytest.fixture
def name(directory):
    name = unique("person")
    directory.add_account(name, PASSWORD)
    return name


def at(client, daemon):
    """The same browser, at another daemon: as a proxy before both would have it."""
    there = Client(daemon.url)
    there.cookies = client.cookies
    return there


def is_in(client):
    return client.get("/account", follow=False).status == 200


# ---- what one ends is over at the other


def sign_out(client):
    client.sign_out()


def sign_out_everywhere(client):
    client.get("/account").submit("/account/sessions/end-all")


def change_password(client):
    client.get("/account/password").submit("/account/password", password_now=PASSWORD, password="granite moth parade 41",
                                           password_again="granite moth parade 41")


@pytest.mark.parametrize("end", [sign_out, sign_out_everywhere, change_password])
def test_a_session_that_ends_at_one_is_over_at_the_other_within_a_second(daemons, name, end):
    """People who are busy at the other daemon at that very moment: nothing there remembers them."""
    left, right = daemons
    client = Client(left.url)
    client.sign_in(name, PASSWORD)
    copy = at(client, right)
    copy.cookies = dict(client.cookies)
    assert is_in(copy)
    answers, over = [], threading.Event()

    def visit():
        while not over.is_set():
            begun = time.monotonic()
            answers.append((begun, is_in(copy)))

    thread = threading.Thread(target=visit)
    thread.start()
    end(client)
    ended = time.monotonic()
    while not answers or answers[-1][0] < ended + 1.2:
        assert thread.is_alive()
        time.sleep(0.01)
    over.set()
    thread.join()
    late = [begun - ended for begun, was_in in answers if was_in and begun > ended]
    assert any(was_in for _, was_in in answers)
    assert not late or max(late) < 1.0, late


# ---- what is counted is counted once


def test_guesses_at_both_at_the_same_time_share_one_count(daemons, directory, name):
    """A hundred at once, half at either daemon: no more passwords are looked at than one daemon would."""
    forms = [Client(daemon.url).get("/signin").form("/signin", ["name"]).fields for daemon in daemons]

    def guess(number):
        side = number % 2
        return Client(daemons[side].url).post("/signin", {**forms[side], "name": name, "password": f"wrong {number}"}).status

    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        found = collections.Counter(pool.map(guess, range(100)))
    assert 1 <= found[422] <= TRIES, found
    assert set(found) <= {422, 429, 503}, found
    for daemon in daemons:
        assert Client(daemon.url).sign_in(name, PASSWORD).status == 429


def test_sessions_of_both_count_together(directory, daemons, name, tmp_path):
    left, right = daemons
    clients = []
    for number in range(20):
        client = Client(daemons[number % 2].url)
        client.sign_in(name, PASSWORD)
        clients.append(client)
    assert len(directory.values(f"uid={name},{directory.accounts}", "lkSession")) == 16
    assert [is_in(at(client, right)) for client in clients] == [False] * 4 + [True] * 16


# ---- keys


def key_line(number, use):
    key = base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
    return f"{number} 20260101000000Z {use} {key}\n"


class People:
    """Go on all the time, now at one daemon and now at the other, with what the other has made: cookie, form and link."""

    def __init__(self, daemons, directory):
        self.daemons, self.directory = daemons, directory
        self.organization = directory.add_organization(unique("Org"), plans=[PLAN])
        self.faults, self.rounds, self.over = [], 0, threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(number,)) for number in range(3)]

    def _run(self, number):
        while not self.over.is_set():
            try:
                self._round(*(self.daemons if (number + self.rounds) % 2 else self.daemons[::-1]))
                self.rounds += 1
            except Exception as fault:
                self.faults.append(repr(fault))
                return

    def _round(self, here, there):
        name = unique("person")
        self.directory.add_account(name, PASSWORD)
        address = f"{name}@customer.example"
        form = Client(here.url).get("/signin").form("/signin", ["name"]).fields
        client = Client(there.url)
        client.post("/signin", {**form, "name": name, "password": PASSWORD})
        assert is_in(at(client, here)), "the cookie of one is none at the other"
        profile = self.directory.add_profile(self.organization, name, address, lkSend="invite")
        token = here.mailbox.newest(address).token
        for daemon in self.daemons:
            assert Client(daemon.url).get(f"/t/{token}").status == 200, "a link is dead"
        csrf = at(client, here).get("/associate").form("/associate").fields["csrf"]
        answer = at(client, there).post("/t", {"csrf": csrf, "token": token}, follow=False)
        assert answer.headers["Location"].startswith("/associated"), (answer.status, answer.headers)
        assert self.directory.values(profile, "lkAccountDN")

    def go_on(self, rounds=6):
        aim = self.rounds + rounds
        deadline = time.monotonic() + 240
        while self.rounds < aim and not self.faults:
            assert time.monotonic() < deadline, "people do not get on"
            time.sleep(0.02)
        assert not self.faults, self.faults

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def test_keys_are_changed_while_people_go_on(daemons, directory):
    """As docs/operations.md says: the new key is to be known everywhere before anybody makes something with it. Between the two daemons'
    reloads people go on for a while, at both."""
    rings = [daemon.folder / "keys" for daemon in daemons]
    first = rings[0].read_text()
    second = key_line(2, "check")
    makes = second.replace(" check ", " make ")
    stays = Client(daemons[0].url)
    directory.add_account(name := unique("stays"), PASSWORD)
    stays.sign_in(name, PASSWORD)
    with People(daemons, directory) as people:
        people.go_on()
        for text in (first + second, first + makes, first.replace(" make ", " check ") + makes):
            for daemon, ring in zip(daemons, rings):
                ring.write_text(text)
                daemon.reload()
                people.go_on()
        assert all(is_in(at(stays, daemon)) for daemon in daemons), "the old key still checks"
    for daemon, ring in zip(daemons, rings):
        ring.write_text(makes)
        daemon.reload()
    assert not any(is_in(at(stays, daemon)) for daemon in daemons), "with its key goes what it made"
    with People(daemons, directory) as people:
        people.go_on()
