# SPDX-License-Identifier: Apache-2.0
"""Reads anywhere: services that bind people and read do so at either of two providers (docs/haproxy/haproxy-several.cfg, "reads").
A provider that is dead or behind gets none of them, and nothing is changed by this way but at the provider that takes writes."""
import collections
import re
import subprocess
import threading

import ldap
import pytest

from harness.directory import SOURCE
from parts.mirror import running
from parts.several import Several
from parts.world import PASSWORD, account_dn, add_account

SIDE = "left"
RECOVERY = 120.0
READERS = 4
SESSIONS = READERS + 4  # the provider with fewer sessions gets the next: these are enough for both, though all readers are with one
BOTH = {"one", "two"}
RECIPES = re.findall(r"^ *(ldapsearch .* contextCSN)$", (SOURCE / "docs" / "replication.md").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    with running(Several, tmp_path_factory) as ready:
        wait_for_reads_at(ready, BOTH)
        yield ready


@pytest.fixture
def person(several):
    """The DN of an account that both providers know; and reads are at both."""
    writer = several.providers[several.writers()[0]]
    dn = account_dn(writer, add_account(writer))
    several.wait_copied(writer.name)
    wait_for_reads_at(several, BOTH)
    return dn


def sessions_at_each(several, dn=None, password=None):
    """{provider: [session]} of some sessions that are open at the same time."""
    found = collections.defaultdict(list)
    for _ in range(SESSIONS):
        session = several.reader(SIDE, dn, password)
        found[several.provider_of(session)].append(session)
    return found


def reads_are_at(several):
    """The providers at which new sessions come out; none, where one was given up while it was asked."""
    try:
        found = sessions_at_each(several)
    except ldap.LDAPError:
        return set()
    for session in sum(found.values(), []):
        session.unbind_s()
    return set(found)


def wait_for_reads_at(several, names):
    several.providers["one"].wait_for(lambda: reads_are_at(several) == names, RECOVERY, f"reads to be at {names}")


class Readers:
    """with Readers(several, dn) as readers: services that hold a session as a person, and read that person's entry all the time."""

    def __init__(self, several, dn):
        self.several, self.dn = several, dn
        self.stopping = threading.Event()
        self.reads, self.cuts, self.faults = collections.Counter(), collections.Counter(), []
        self.threads = [threading.Thread(target=self._read, args=(number,), daemon=True) for number in range(READERS)]

    def _read(self, number):
        session = self._open()
        while session is not None and not self.stopping.wait(0.01):
            try:
                session.search_s(self.dn, ldap.SCOPE_BASE, attrlist=["uid"])
                self.reads[number] += 1
            except (ldap.SERVER_DOWN, ldap.UNAVAILABLE):
                self.cuts[number] += 1
                session = self._open()

    def _open(self):
        """One that is made while the provider dies may be cut at once; the next is not."""
        for is_last in (False, True):
            try:
                return self.several.reader(SIDE, self.dn, PASSWORD)
            except ldap.LDAPError as error:
                if is_last:
                    self.faults.append(error)
        return None

    def wait_until_all_have_read(self):
        before = dict(self.reads)
        self.several.providers["one"].wait_for(
            lambda: self.faults or all(self.reads[number] > before.get(number, 0) for number in range(READERS)), RECOVERY, "all to read")

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.wait_until_all_have_read()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in self.threads), "somebody hangs"


def test_people_bind_and_are_read_at_either(several, person):
    found = sessions_at_each(several, person, PASSWORD)
    assert set(found) == BOTH
    for session in sum(found.values(), []):
        assert session.whoami_s() == f"dn:{person}"
        assert session.search_s(person, ldap.SCOPE_BASE, attrlist=["uid"])[0][0] == person


def test_a_wrong_password_counts_at_both(several, person):
    one, two = several.providers["one"], several.providers["two"]
    session = sessions_at_each(several, person, PASSWORD)["two"][0]
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        session.simple_bind_s(person, "not the password")
    assert one.wait_for(lambda: one.values(person, "pwdFailureTime"), RECOVERY, "the first to know") == two.values(person, "pwdFailureTime")


@pytest.mark.parametrize("recipe", RECIPES)
def test_anybody_may_ask_how_far_a_provider_is(several, recipe):
    for provider in several.providers.values():
        command = re.sub(r"ldap[is]+://\S+", provider.ldapi_uri, recipe)


        def says_what_it_knows(command=command, provider=provider):
            said = subprocess.run(["sh", "-c", command], capture_output=True, text=True).stdout
            return set(re.findall("^contextCSN: (.*)$", said, re.MULTILINE)) == set(provider.known_changes())

        provider.wait_for(says_what_it_knows, RECOVERY, "the recipe to say what the provider knows")  # a change may come in between


def test_what_would_change_something_is_refused_by_the_provider_that_stands_by(several, person):
    found = sessions_at_each(several, person, PASSWORD)
    begun = several.last_change()

    def write(name):
        found[name][0].modify_s(person, [(ldap.MOD_REPLACE, "title", [name.encode()])])

    with pytest.raises(ldap.UNWILLING_TO_PERFORM, match="operation restricted"):
        write("two")
    with pytest.raises(ldap.UNWILLING_TO_PERFORM, match="operation restricted"):
        found["two"][0].passwd_s(person, PASSWORD, "another password")
    write("one")
    several.wait_copied("one")
    assert several.providers["two"].values(person, "title") == ["one"]
    assert several.writers_since(begun) == ["one"]


def test_a_provider_that_is_behind_is_left_out(several, person):
    """Its sessions end, too. One that has missed nothing stays, however long it hears nothing."""
    held = sessions_at_each(several, person, PASSWORD)["two"][0]
    with several.without(("one", "two")):
        wait_for_reads_at(several, BOTH)
        several.providers["one"].modify(person, replace={"title": "new"})
        wait_for_reads_at(several, {"one"})
        with pytest.raises((ldap.SERVER_DOWN, ldap.UNAVAILABLE)):
            held.whoami_s()
    wait_for_reads_at(several, BOTH)


def test_an_empty_provider_is_left_out_until_it_has_filled_itself(several, person):
    """It answers, and passes every other check."""
    one, two = several.providers["one"], several.providers["two"]
    two.stop()
    for file in (two.folder / "data").iterdir():
        file.unlink()
    with several.without(("one", "two")):
        two.start()
        told = "down #does not say how far it is\n"
        one.wait_for(lambda: several.ask_in_step(SIDE, "two") == told, RECOVERY, "it to say that the second is empty")
        wait_for_reads_at(several, {"one"})
    one.wait_for(lambda: several.ask_in_step(SIDE, "two") == "up\n", RECOVERY, "the second to have filled itself")
    assert two.read(person) is not None
    wait_for_reads_at(several, BOTH)


@pytest.mark.parametrize("name", ["two", "one"], ids=["the one that stands by", "the one that takes writes"])
def test_reads_go_on_when_a_provider_is_killed(several, person, name):
    with Readers(several, person) as readers:
        several.providers[name].kill()
        wait_for_reads_at(several, BOTH - {name})
        readers.wait_until_all_have_read()
        other = several.providers["two" if name == "one" else "one"]
        other.wait_for(lambda: several.writers() == [other.name], RECOVERY, "the other to take the writes")
        several.providers[name].start()
        wait_for_reads_at(several, BOTH)
        readers.wait_until_all_have_read()
    assert not readers.faults
    assert sum(readers.cuts.values()) >= 1 and max(readers.cuts.values()) == 1, "each lost its session once at most"
    print(f"{sum(readers.reads.values())} reads, {sum(readers.cuts.values())} sessions cut")
