# SPDX-License-Identifier: Apache-2.0
"""Two hundred redeem one link in the same instant: one of them wins, at one daemon as at two beside one directory."""
import collections
import concurrent.futures
import re
import time

import pytest

from harness.daemon import Daemon
from parts.herd import post, send_at_once
from parts.world import Person, add_profile, tokens_on, was_redeemed

CLIENTS = 200
ROUNDS = 4


@pytest.fixture(scope="module")
def daemons(directory, tmp_path_factory):
    """Two, with one key ring. However long two hundred take, none is told to come again."""
    settings = {"server.request_timeout": "120s"}
    with Daemon(tmp_path_factory.mktemp("first"), directory, settings=settings) as first:
        settings["links.key_ring"] = str(first.folder / "keys")
        with Daemon(tmp_path_factory.mktemp("second"), directory, settings=settings, public_url=first.settings["server.public_url"]) as second:
            yield first, second


@pytest.fixture(scope="module")
def people(daemons, directory):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: Person(daemons[0], directory), range(CLIENTS)))


def mailed(daemons, address):
    """Either daemon may have sent it."""
    deadline = time.monotonic() + 60
    while True:
        for daemon in daemons:
            if letters := daemon.mailbox.to(address):
                return letters[-1].token
        assert time.monotonic() < deadline, f"no letter to {address}"
        time.sleep(0.01)


def redeem_at_once(people, token, daemons):
    requests = [(daemons[i % len(daemons)].port, post(person, "/t", {"csrf": person.csrf, "token": token})) for i, person in enumerate(people)]
    return send_at_once(requests)


def count(answers):
    return collections.Counter(answer.status for answer in answers)


def redeemed(daemons, person, outcome=r"\S+"):
    """How often the logs say that this person has tried it. (Lines come after their answers: others' may still be on their way.)"""
    line = re.compile(rf" action=redeem_link outcome={outcome} actor={person.name} ")
    return sum(len(line.findall(daemon.log())) for daemon in daemons)


@pytest.mark.parametrize("width", [1, 2], ids=["one daemon", "two daemons"])
def test_an_invite_for_anybody_is_won_by_one_of_200(daemons, people, directory, width):
    slowest = 0
    for _ in range(ROUNDS):
        dn, address = add_profile(directory)
        directory.modify(dn, add={"lkSend": "invite"})
        token = mailed(daemons, address)
        answers = redeem_at_once(people, token, daemons[:width])
        winners = [person for person, answer in zip(people, answers) if answer.status == 303]
        assert count(answers) == {303: 1, 410: CLIENTS - 1}, count(answers)
        entry = directory.read(dn)
        assert entry["lkAccountDN"] == [winners[0].dn] and "lkToken" not in entry
        assert len(directory.search(f"(lkAccountDN={winners[0].dn})", base=dn)) == 1
        assert all(b"used" in answer.body for answer in answers if answer.status == 410), "the losers are told why"
        assert was_redeemed(winners[0].redeem(token)), "the winner's second click is told that it is done"
        slowest = max(slowest, *(answer.seconds for answer in answers))
    print(f"{ROUNDS} rounds of {CLIENTS} at {width} daemon(s): one winner each; the slowest answer took {slowest:.2f} s")


@pytest.mark.parametrize("width", [1, 2], ids=["one daemon", "two daemons"])
def test_an_associate_link_is_redeemed_once_by_its_account_from_200_places(daemons, directory, width):
    """One person with 200 clicks: one redeems, the others are told that it is done already; nobody is told of a fault."""
    person = Person(daemons[0], directory)
    for number in range(1, ROUNDS + 1):
        dn, address = add_profile(directory)
        assert person.ask(address).status == 303
        token = mailed(daemons, address)
        answers = redeem_at_once([person] * CLIENTS, token, daemons[:width])
        assert count(answers) == {303: CLIENTS}, count(answers)
        assert {answer.headers["location"].partition("?")[0].rpartition("/")[2] for answer in answers} == {"associated"}
        daemons[0].wait_log(lambda _, number=number: redeemed(daemons, person) == number * CLIENTS)
        assert redeemed(daemons, person, "done") == number, "one of them redeemed it"
        entry = directory.read(dn)
        assert entry["lkAccountDN"] == [person.dn] and "lkToken" not in entry


def test_an_associate_link_among_199_others_goes_to_its_account(daemons, people, directory):
    owner = people[CLIENTS // 2]
    for _ in range(ROUNDS):
        dn, address = add_profile(directory)
        assert owner.ask(address).status == 303
        token = mailed(daemons, address)
        answers = redeem_at_once(people, token, daemons)
        assert count(answers) == {303: 1, 403: CLIENTS - 1}, count(answers)
        assert directory.values(dn, "lkAccountDN") == [owner.dn]


def test_two_links_to_one_profile_at_once_tie_it_once(daemons, people, directory):
    """100 hold an invite, one other holds an associate link: whichever comes first ends the other."""
    owner = people[0]
    for _ in range(ROUNDS):
        dn, address = add_profile(directory)
        assert owner.ask(address).status == 303
        first = mailed(daemons, address)
        directory.modify(dn, add={"lkSend": "invite"})
        directory.wait_for(lambda: directory.values(dn, "lkSend") == [] and len(tokens_on(directory.read(dn))) == 2)
        letters = [letter.token for daemon in daemons for letter in daemon.mailbox.to(address)]
        second = next(token for token in letters if token != first)
        requests = []
        for i, person in enumerate(people[1:101]):
            requests.append((daemons[i % 2].port, post(person, "/t", {"csrf": person.csrf, "token": second})))
        requests.insert(50, (daemons[0].port, post(owner, "/t", {"csrf": owner.csrf, "token": first})))
        answers = send_at_once(requests)
        assert count(answers) == {303: 1, 410: 100}, count(answers)
        entry = directory.read(dn)
        assert len(entry["lkAccountDN"]) == 1 and "lkToken" not in entry
