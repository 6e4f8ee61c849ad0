# SPDX-License-Identifier: Apache-2.0
"""More than one HAProxy: one on each daemon's machine, each seeing what it sees. However the cables are cut, one provider at a time takes
writes; and where the first one is really gone, the second takes over by itself."""
import time

import pytest

from harness.client import Client
from parts.load import CUT
from parts.mirror import running
from parts.several import SIDES, Several
from parts.world import PASSWORD, account_dn, add_account

LOOKS = 20.0  # longer than `writer take` waits for a silent provider, and than HAProxy takes to find one out
RECOVERY = 120.0


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    with running(Several, tmp_path_factory) as ready:
        yield ready


@pytest.fixture
def people(several):
    """An account for either side, known to both providers."""
    writer = several.providers[several.writers()[0]]
    names = {side: add_account(writer) for side in SIDES}
    several.wait_copied(writer.name)
    return names


def sign_in(several, people, side):
    """Does the daemon on that side keep a new session? None: it says that it cannot at the moment."""
    with several.network.inside(side):
        try:
            page = Client(several.daemons[side].url).sign_in(people[side], PASSWORD)
        except (*CUT, AssertionError):  # a page without the form: 503
            return None
    return page.status == 200 and not page.path.startswith("/signin") or None


def wait_well(several, people, sides=SIDES):
    for side in sides:
        several.providers["one"].wait_for(lambda side=side: sign_in(several, people, side), RECOVERY, f"the daemon on the {side} to work")


def keep_off(several, people, side, seconds):
    """For so long that side changes nothing, and there is one writer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert sign_in(several, people, side) is None
        assert several.writers() == ["one"]


def test_the_second_provider_takes_no_writes_and_copies_all(several, people):
    one, two = several.providers["one"], several.providers["two"]
    assert one.takes_writes() and not two.takes_writes()
    several.wait_copied("one")
    assert two.values(two.accounts, "description") == ["one"]
    wait_well(several, people)


@pytest.mark.parametrize("cables", [
    [("left", "one")],
    [("left", "one"), ("one", "two")],  # two and left on one side, one and right on the other
], ids=["one cable", "a split"])
def test_a_balancer_that_sees_another_provider_does_not_write_to_it(several, people, cables):
    wait_well(several, people)
    begun = several.last_change()
    with several.without(*cables):
        several.providers["one"].wait_for(lambda: sign_in(several, people, "left") is None, RECOVERY, "the left to notice")
        keep_off(several, people, "left", LOOKS)
        wait_well(several, people, ["right"])
    wait_well(several, people)
    several.wait_copied("one")
    assert several.writers_since(begun) == ["one"]


def test_the_cable_between_the_providers_moves_nothing(several, people):
    begun = several.last_change()
    with several.without(("one", "two")):
        end = time.monotonic() + LOOKS
        while time.monotonic() < end:
            assert all(sign_in(several, people, side) for side in SIDES)
            assert several.writers() == ["one"]
    several.wait_copied("one")
    assert several.writers_since(begun) == ["one"]


def test_when_the_first_is_gone_the_second_takes_over_and_keeps_the_work(several, people):
    """Also when the first is back, which took writes until it died: it steps down, and nobody asks it meanwhile."""
    one, two = several.providers["one"], several.providers["two"]
    wait_well(several, people)
    several.wait_copied("one")
    begun = several.last_change()
    one.kill()
    gone = time.monotonic()
    wait_well(several, people)
    print(f"well {time.monotonic() - gone:.1f} s after the first was killed")
    one.start()
    two.wait_for(lambda: several.writers() == ["two"], RECOVERY, "the first to step down")
    wait_well(several, people)
    several.wait_copied("two")
    two.wait_for(lambda: one.everything() == two.everything(), RECOVERY, "both to hold the same")
    assert one.values(account_dn(one, people["left"]), "lkSession")
    assert several.writers_since(begun) == ["two"]


def test_the_way_back(several, people):
    """As docs/replication.md has it: nobody takes writes for a moment."""
    one, two = several.providers["one"], several.providers["two"]
    assert several.writers() == ["two"]
    wait_well(several, people)
    begun = several.last_change()
    two.set_read_only(True)
    several.wait_copied("two")
    one.set_read_only(False)
    wait_well(several, people)
    several.wait_copied("one")
    assert several.writers_since(begun)[-1] == "one" and several.writers() == ["one"]
