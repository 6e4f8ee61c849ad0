# SPDX-License-Identifier: Apache-2.0
"""Signing in where slapd's ppolicy has something to say about the password: in plain words, and only to who knows it."""
import uuid

import ldap
import pytest

from harness.client import Client
from harness.daemon import Daemon

PASSWORD = "violet-anvil-9-teacup"
WRONG = "not the password"
# One typed form, two prepared ones (NFKC): the daemon binds with the prepared one first, then with what was typed.
WIDE = "violet-anvil-９-teacup"


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    settings = {"limits.account_tries": "3", "limits.account_first_pause": "1h", "limits.account_longest_pause": "1h"}
    with Daemon(tmp_path_factory.mktemp("daemon"), directory, settings=settings) as running:
        yield running


def add_account(directory, daemon, state=None, password=PASSWORD, **rules):
    """An account made by its owner, then put under a policy of its own and into a state of it."""
    name = unique("ada")
    assert Client(daemon.url).sign_up(name, password).path == "/associate"
    dn = f"uid={name},{directory.accounts}"
    policy = directory.add(f"cn={unique('policy')},ou=policies,{directory.suffix}",
                           {"objectClass": ["pwdPolicy", "device"], "pwdAttribute": "userPassword", **rules})
    directory.modify(dn, replace={"pwdPolicySubentry": policy, **(state or {})})
    return name


def expired(directory, daemon, **more):
    """A day of life, and fifty years old. slapd lets nobody write pwdChangedTime but with the relax rules control."""
    name = add_account(directory, daemon, pwdMaxAge="86400", **more)
    dn = f"uid={name},{directory.accounts}"
    relax = ldap.controls.RequestControl("1.3.6.1.4.1.4203.666.5.12", True)
    directory.admin.modify_ext_s(dn, [(ldap.MOD_REPLACE, "pwdChangedTime", [b"19760101000000Z"])], serverctrls=[relax])
    return name


def must_change(directory, daemon, **more):
    return add_account(directory, daemon, {"pwdReset": "TRUE"}, pwdMustChange="TRUE", **more)


def locked(directory, daemon, **more):
    return add_account(directory, daemon, {"pwdAccountLockedTime": "000001010000Z"}, pwdLockout="TRUE", **more)


def words(daemon, name, password):
    page = Client(daemon.url).sign_in(name, password)
    assert page.path == "/signin"
    assert page.status == 422
    return page.text


def is_signed_in(client):
    return client.get("/auth").status != 401


CASES = pytest.mark.parametrize("make, told", [(expired, "has expired"), (must_change, "was set by somebody else")],
                                ids=["expired", "must_change"])


@CASES
def test_who_knows_the_password_is_told_what_is_wrong_with_it(daemon, directory, make, told):
    name = make(directory, daemon)
    client = Client(daemon.url)
    page = client.sign_in(name, PASSWORD)
    assert page.status == 422 and told in page.text
    assert "Forgotten your password?" in page.text, "what to do next stands on the page"
    assert not is_signed_in(client)


@CASES
def test_lesson_11_who_does_not_know_it_is_told_nothing(daemon, directory, make, told):
    name = make(directory, daemon)
    answer = words(daemon, name, WRONG)
    assert told not in answer
    assert answer.replace(name, "") == words(daemon, unique("nobody"), WRONG).replace(name, "")


@CASES
def test_a_right_password_that_will_not_do_is_no_guess(daemon, directory, make, told):
    """It leaves no count behind, so nobody who knows it is held up by trying it again."""
    name = make(directory, daemon)
    assert all(told in words(daemon, name, PASSWORD) for _ in range(6))
    assert directory.values(f"uid={name},{directory.accounts}", "lkAttempt") == []


def test_an_expired_password_that_was_typed_in_another_form(daemon, directory):
    assert "has expired" in words(daemon, expired(directory, daemon, password=WIDE), WIDE)


def test_lesson_11_a_locked_account_answers_like_a_wrong_password(daemon, directory):
    """slapd does not look at the password then: to say so would tell a stranger that there is such an account."""
    name = locked(directory, daemon)
    assert words(daemon, name, PASSWORD) == words(daemon, name, WRONG)
    assert "Name and password do not fit together" in words(daemon, name, PASSWORD)


def test_locked_told_by_the_directory_is_kept_from_strangers(own_directory, tmp_path):
    """The same where the directory would say it (olcPPolicyUseLockout)."""
    overlay = own_directory.connect().search_s("cn=config", ldap.SCOPE_SUBTREE, "(olcOverlay=ppolicy)", ["dn"])[-1][0]
    own_directory.modify(overlay, replace={"olcPPolicyUseLockout": "TRUE"})
    with Daemon(tmp_path / "daemon", own_directory) as daemon:
        name = locked(own_directory, daemon)
        answers = {words(daemon, name, password) for password in (PASSWORD, WRONG)}
        assert len(answers) == 1 and "Name and password do not fit together" in answers.pop()


def test_a_new_password_opens_the_account_again(daemon, directory):
    """What an administrator or support does about it."""
    name = expired(directory, daemon)
    dn = f"uid={name},{directory.accounts}"
    directory.admin.passwd_s(dn, None, "granite-41-lantern-oboe")
    assert Client(daemon.url).sign_in(name, "granite-41-lantern-oboe").status == 200

