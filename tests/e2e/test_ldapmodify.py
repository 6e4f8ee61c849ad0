# SPDX-License-Identifier: Apache-2.0
"""What a sysadmin changes with the usual tools holds for sessions that are open: at the very next request, at every daemon.

Two daemons run beside one directory. Nothing here waits for a daemon: where a request that follows the change does not see it,
the test fails. What slapd's refint overlay changes by itself, it changes a moment after it has answered: that is waited for."""
import uuid

import ldap
import pytest

from harness.client import Client
from harness.daemon import Daemon
from harness.links import KeyRing

PASSWORD = "violet-anvil-9-teacup"
ENDED = "support until=20200101000000Z"
RUNNING = "support until=20991231235959Z"


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemons(directory, tmp_path_factory):
    """Two that share a key ring and a public URL, as behind one proxy."""
    folder = tmp_path_factory.mktemp("pair")
    shared = {"links.key_ring": str(folder / "keys")}
    with Daemon(folder / "first", directory, settings=shared) as first:
        with Daemon(folder / "second", directory, settings={**shared, "server.public_url": first.url}) as second:
            yield first, second


class Person:
    """Somebody with an account and a profile who is signed in with one browser, which a proxy sends now here, now there."""

    def __init__(self, daemons, directory):
        self.directory = directory
        self.name = unique("person")
        self.account = directory.add_account(self.name, PASSWORD)
        self.organization = directory.add_organization(unique("Org"), plans=[RUNNING])
        self.mail = f"{self.name}@org.example"
        self.profile = directory.add_profile(self.organization, "Pat Person", self.mail, lkAccountDN=self.account)
        first = Client(daemons[0].url)
        assert first.sign_in(self.name, PASSWORD).path == "/"
        second = Client(f"http://127.0.0.1:{daemons[1].port}")
        second.cookies = dict(first.cookies)
        self.browsers = [first, second]

    def statuses(self, path):
        return [browser.get(path, follow=False).status for browser in self.browsers]

    def pages(self, path):
        return [browser.get(path) for browser in self.browsers]


@pytest.fixture
def person(daemons, directory):
    return Person(daemons, directory)


def rename(directory, dn, rdn, below=None):
    directory.admin.rename_s(dn, rdn, newsuperior=below, delold=1)
    return f"{rdn},{below or dn.partition(',')[2]}"


def followed(directory, dn, attribute, values):
    directory.wait_for(lambda: directory.values(dn, attribute) == values, what=f"{attribute} to follow")


# ---- sessions and links

def test_a_session_value_that_is_deleted_signs_that_browser_out(daemons, directory, person):
    other = Client(daemons[0].url)
    before = set(directory.values(person.account, "lkSession"))
    assert other.sign_in(person.name, PASSWORD).path == "/"
    [value] = set(directory.values(person.account, "lkSession")) - before
    directory.modify(person.account, delete={"lkSession": value})
    assert other.get("/account").path.startswith("/signin")
    assert person.statuses("/auth") == [200, 200], "the others stay"
    directory.modify(person.account, replace={"lkSession": None})
    assert person.statuses("/auth") == [401, 401]


def test_a_token_value_that_is_deleted_kills_the_link(daemons, directory, person):
    token, value = KeyRing(daemons[0].folder.parent / "keys").link("invite", person.mail, 4102444800)
    directory.modify(person.profile, add={"lkToken": value}, replace={"lkAccountDN": None})
    assert [page.status for page in person.pages("/t/" + token)] == [200, 200]
    directory.modify(person.profile, delete={"lkToken": value})
    assert [page.status for page in person.pages("/t/" + token)] == [410, 410]


# ---- flags, plans and ties

def test_an_administrator_is_one_at_once_and_no_longer(directory, person):
    assert person.statuses("/organization") == [403, 403]
    directory.modify(person.organization, add={"lkAdministrator": person.profile})
    assert person.statuses("/organization") == [200, 200]
    directory.modify(person.organization, delete={"lkAdministrator": person.profile})
    assert person.statuses("/organization") == [403, 403]


def test_an_operator_is_one_at_once_and_no_longer(directory, person):
    assert person.statuses("/operator") == [403, 403]
    directory.make_operator(person.account)
    assert person.statuses("/operator") == [200, 200]
    directory.modify(directory.operators, delete={"member": person.account})
    assert person.statuses("/operator") == [403, 403]


def test_a_plan_ends_and_is_renewed(directory, person):
    for plan, status in ((ENDED, 403), (RUNNING, 200), (None, 403), ("support until=20991231235959Z", 200)):
        directory.modify(person.organization, replace={"lkServicePlan": plan})
        assert person.statuses("/auth") == [status, status], plan


def test_a_profile_is_tied_to_another_account(daemons, directory, person):
    other = Person(daemons, directory)
    directory.modify(person.profile, replace={"lkAccountDN": other.account})
    assert person.statuses("/auth") == [403, 403]
    page = other.browsers[1].get("/select")
    assert page.status == 200 and person.organization.partition(",")[0][2:] in page.text


# ---- entries that are renamed, moved, deleted

def test_an_account_is_renamed(directory, person):
    person.name = unique("renamed")
    person.account = rename(directory, person.account, f"uid={person.name}")
    followed(directory, person.profile, "lkAccountDN", [person.account])
    for browser in person.browsers:
        answer = browser.get("/auth")
        assert (answer.status, answer.headers["Remote-User"]) == (200, person.name)


def test_a_profile_is_renamed(directory, person):
    directory.modify(person.organization, add={"lkAdministrator": person.profile})
    person.profile = rename(directory, person.profile, "cn=Pat Married")
    directory.wait_for(lambda: person.profile in directory.values(person.organization, "lkAdministrator"), what="the new name")
    assert person.statuses("/auth") == [200, 200]
    assert person.statuses("/organization") == [200, 200], "still an administrator, under the new name"


def test_a_profile_moves_to_another_organisation(directory, person):
    elsewhere = directory.add_organization(unique("Elsewhere"), plans=[RUNNING])
    directory.modify(person.organization, add={"lkAdministrator": person.profile})
    assert person.statuses("/organization") == [200, 200]
    rename(directory, person.profile, "cn=Pat Person", elsewhere)
    for browser in person.browsers:
        answer = browser.get("/auth")
        assert (answer.status, answer.headers["Remote-Organization"]) == (200, elsewhere.partition(",")[0][2:])
    assert person.statuses("/organization") == [403, 403], "administrators belong to an organisation"


def test_an_organisation_is_renamed(directory, person):
    name = unique("New Name")
    rename(directory, person.organization, f"o={name}")
    for browser in person.browsers:
        answer = browser.get("/auth")
        assert (answer.status, answer.headers["Remote-Organization"]) == (200, name)


def test_a_profile_is_deleted(directory, person):
    directory.delete(person.profile)
    assert person.statuses("/auth") == [403, 403]
    assert [page.status for page in person.pages("/account")] == [200, 200], "the account stays"


def test_an_account_is_deleted(directory, person):
    directory.delete(person.account)
    assert person.statuses("/auth") == [401, 401]
    followed(directory, person.profile, "lkAccountDN", [])


def test_an_account_made_anew_under_the_same_name_is_another(directory, person):
    directory.delete(person.account)
    directory.add_account(person.name, PASSWORD)
    assert person.statuses("/auth") == [401, 401]


# ---- bad values are answered in words

@pytest.mark.parametrize("entry, value, words", [
    ("account", "invite", "not a profile"), ("profile", "reset", "not an account"), ("profile", "invit", "invit"), ("account", "reset", "address")])
def test_a_bad_value_is_answered_on_the_entry(directory, person, entry, value, words):
    dn = getattr(person, entry)
    directory.modify(dn, add={"lkSend": value})
    directory.wait_for(lambda: directory.values(dn, "lkSendError") and not directory.values(dn, "lkSend"), what="the answer")
    [answer] = directory.values(dn, "lkSendError")
    assert words in answer, answer


def test_a_second_bad_value_does_not_hide_the_first(directory, person):
    with pytest.raises(ldap.TYPE_OR_VALUE_EXISTS):
        directory.modify(person.profile, add={"lkSend": ["nonsense", "nonsense"]})
    for values in (["nonsense one", "rubbish two"], ["gibberish three"], ["rubbish two"]):
        directory.modify(person.profile, add={"lkSend": values})
        directory.wait_for(lambda: not directory.values(person.profile, "lkSend"), what="the answers")
    answers = sorted(directory.values(person.profile, "lkSendError"), key=lambda answer: answer.partition("words=")[2])
    assert len(answers) == 3, answers
    for answer, words in zip(answers, ("gibberish", "nonsense", "rubbish")):
        assert words in answer, answers
