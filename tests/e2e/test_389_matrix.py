# SPDX-License-Identifier: Apache-2.0
"""Who may do what on 389 Directory Server: the lines of tests/policy/matrix.table by ldapmodify and ldapsearch, bound as that person and by
proxied authorization, as test_matrix.py has them for OpenLDAP."""
import pytest

import test_matrix
from harness.borrowed import borrowed
from harness.directory_389 import Directory389

pytestmark = pytest.mark.slow

globals().update(borrowed(test_matrix, only=[]))

# An ACI cannot compare the value with the entry that it is written to: docs/389ds.md.
LOOSER = "make_administrator-foreigner-admin"
# The kinds of people that the ACIs tell apart; what has ended or was taken away is for the pages to see.
ACTORS = ("nobody", "account", "person", "admin", "operator")
CASES = [(case, how) for case, how in test_matrix.LDAP_CASES
         if case.actor in ACTORS and (how == "bound" or case.actor in ("person", "admin")) and str(case) != LOOSER]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    with Directory389(tmp_path_factory.mktemp("directory")) as running:
        yield running


@pytest.mark.parametrize("case, how", CASES, ids=[f"{case}-{how}" for case, how in CASES])
def test_in_the_directory(world, play, case, how):
    test_matrix.test_in_the_directory(world, play, case, how)


def test_what_is_looser_is_still_so(world, play):
    """When this fails, docs/389ds.md can say something better."""
    case, = [case for case in test_matrix.CASES if str(case) == LOOSER]
    at = play(case)
    done = test_matrix.run(world, "ldapmodify", test_matrix.identity(world, at, "bound"), test_matrix.LDIF[case.act](at))
    assert done.returncode == 0


def test_the_access_log_names_who_is_acted_for(world, play):
    """modifiersName does not."""
    case, = [case for case in test_matrix.CASES if str(case) == "edit_profile-colleague-admin"]
    at = play(case)
    assert test_matrix.run(world, "ldapmodify", test_matrix.identity(world, at, "proxied"), test_matrix.LDIF[case.act](at)).returncode == 0
    assert [who.lower() for who in world.writes(at)] == [at.me.lower()]
    assert world.directory.values(at.target, "modifiersName") == [world.directory.service_dn]
