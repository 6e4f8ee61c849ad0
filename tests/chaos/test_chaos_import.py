# SPDX-License-Identifier: Apache-2.0
"""An import whose connection breaks while it waits for one answer: whether the person was added or not, they are there once, and none of it
shows in what the import tells."""
import json
import uuid

import pytest

from harness.command import DONE, PARTLY, Command
from harness.ldap_proxy import AFTER, BEFORE, LdapProxy, adds_entry

PEOPLE = ["Ada Archer", "Ben Brook", "Cleo Chen", "Dora Dent"]
HELD = "Ben Brook"
MAIL = "ben.brook@import.example"


@pytest.fixture
def proxy(directory):
    with LdapProxy(directory) as running:
        yield running


class Import:
    def __init__(self, directory, proxy, folder):
        self.directory, self.name = directory, f"Import {uuid.uuid4().hex[:8]}"
        self.dn = directory.add_organization(self.name, ["Main Contact"])
        self.held = f"cn={HELD},{self.dn}"
        self.report = folder / "refused.csv"
        file = folder / "people.csv"
        file.write_text("name,mail\n" + "".join(f"{name},{name.lower().replace(' ', '.')}@import.example\n" for name in PEOPLE))
        latchkey = Command(directory)
        latchkey.options += ["-H", proxy.uri]
        self.start = lambda: latchkey.start("--json", "import", self.name, file, "--invite", "--report", self.report)

    def end(self, started, refused=()):
        ended = Command.end(started)
        assert ended.status == (PARTLY if refused else DONE), ended.err
        told = json.loads(ended.out)
        assert (told["imported"], told["there"], told["left"]) == (len(PEOPLE) - len(refused), 0, 0)
        assert [row["reason"] for row in told["refused"]] == list(refused)
        assert len(self.report.read_text().splitlines()) == 1 + len(refused)
        found = self.directory.search("(mail=*@import.example)", self.dn)
        assert sorted(entry["mail"][0] for _, entry in found) == sorted(f"{n.lower().replace(' ', '.')}@import.example" for n in PEOPLE)
        return {entry["cn"][0]: entry for _, entry in found}


@pytest.fixture
def people(directory, proxy, tmp_path):
    return Import(directory, proxy, tmp_path)


def add_held(people, **attributes):
    people.directory.add_profile(people.dn, HELD, MAIL, **{"givenName": "Ben", "displayName": HELD, "lkSend": "invite", **attributes})


@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_a_connection_that_breaks_within_an_add(people, proxy, when):
    hold = proxy.hold(adds_entry(people.held), when)
    started = people.start()
    hold.wait()
    assert (people.directory.read(people.held) is not None) == (when == AFTER)
    hold.drop()
    there = people.end(started)
    assert set(there) == set(PEOPLE) and all(entry["lkSend"] == ["invite"] for entry in there.values())


def test_who_was_added_and_renamed_meanwhile_is_not_made_twice(people, proxy):
    hold = proxy.hold(adds_entry(people.held), AFTER)
    started = people.start()
    hold.wait()
    people.directory.admin.rename_s(people.held, "cn=Benjamin Brook")
    hold.drop()
    assert set(people.end(started)) == {*PEOPLE, "Benjamin Brook"} - {HELD}


def test_what_was_asked_first_is_carried_out_last(people, proxy):
    """The directory still works on it when it is asked whether the person is there."""
    first = proxy.hold(adds_entry(people.held), BEFORE)
    started = people.start()
    first.wait()
    second = proxy.hold(adds_entry(people.held), BEFORE)
    first.drop()
    second.wait()
    add_held(people)
    second.release()
    assert set(people.end(started)) == set(PEOPLE)


def test_somebody_else_takes_the_address_meanwhile(people, proxy):
    hold = proxy.hold(adds_entry(people.held), BEFORE)
    started = people.start()
    hold.wait()
    add_held(people, title="Another")
    hold.drop()
    there = people.end(started, refused=["somebody with this address is there already, with other content"])
    assert there[HELD]["title"] == ["Another"]
