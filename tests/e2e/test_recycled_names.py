# SPDX-License-Identifier: Apache-2.0
"""Lesson 20: a new account of a name that another had before gets nothing of what that one held; here on a directory that, as
docs/scale.md advises for a great many people, does not itself look after DNs that name a deleted entry."""
import pytest

from harness.client import Client, JsonClient
from harness.daemon import Daemon
from harness.directory import Directory

PASSWORD = "violet-anvil-9-teacup"


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    with Directory(tmp_path_factory.mktemp("recycled") / "directory") as running:
        running.do_without_refint()
        yield running


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("daemon"), directory) as running:
        yield running


@pytest.fixture(scope="module")
def organization(directory):
    return directory.add_organization("Recycled", plans=["support until=20991231235959Z"])


def tied(directory, organization, name):
    """An account of that name and its profile."""
    account = directory.add_account(name, PASSWORD)
    return account, directory.add_profile(organization, f"Pat {name}", f"{name}@recycled.example", lkAccountDN=account)


def test_a_recycled_name_inherits_no_profile(directory, daemon, organization):
    account, profile = tied(directory, organization, "recycled")
    directory.delete(account)
    assert directory.values(profile, "lkAccountDN") == [account], "the server leaves it as it is"
    client = Client(daemon.url)
    assert client.sign_up("recycled", PASSWORD).path == "/associate"
    assert directory.values(profile, "lkAccountDN") == []
    assert client.get("/auth").status == 403


def test_asking_for_a_name_that_is_taken_unties_nobody(directory, daemon, organization):
    account, profile = tied(directory, organization, "holder")
    page = Client(daemon.url).sign_up("holder", PASSWORD)
    assert page.status != 303 and page.path.startswith("/signup")
    assert directory.values(profile, "lkAccountDN") == [account]


def test_an_account_that_may_not_sign_in_keeps_its_profiles(directory, organization, tmp_path):
    """directory.account_filter hides it from the daemon: its name is taken all the same."""
    account, profile = tied(directory, organization, "suspended")
    directory.modify(account, replace={"employeeType": "suspended"})
    with Daemon(tmp_path, directory, settings={"directory.account_filter": "(!(employeeType=suspended))"}) as daemon:
        page = Client(daemon.url).sign_up("suspended", PASSWORD)
    assert page.path.startswith("/signup")
    assert directory.values(profile, "lkAccountDN") == [account]


def test_a_name_that_the_operators_still_have_is_nobodys_to_take(directory, daemon):
    """Neither at the sign-up, where anybody chooses a name, nor for a person whom an administrator adds."""
    gone = directory.add_account("gone-operator", PASSWORD)
    house = directory.add_organization("Watchful", ["Ada Archer"], plans=["support until=20991231235959Z"])
    profile = directory.add_profile(house, "Olga Operator", "olga@watchful.example")
    for dn in (gone, profile):
        directory.make_operator(dn)
        directory.delete(dn)
        assert dn in directory.values(directory.operators, "member"), "the server leaves it as it is"
    page = Client(daemon.url).sign_up("gone-operator", PASSWORD)
    assert page.path.startswith("/signup") and "taken" in page.text
    assert not directory.search("(uid=gone-operator)", directory.accounts)
    ada = directory.add_account("ada-watchful", PASSWORD)
    directory.modify(f"cn=Ada Archer,{house}", replace={"lkAccountDN": ada})
    program = JsonClient(daemon.url)
    program.send("/signin", "/signin", {"name": "ada-watchful", "password": PASSWORD})
    added = program.send("/organization/people/new", "/organization/people/new", {
        "given_name": "Olga", "surname": "Operator", "mail": "olga.new@watchful.example", "telephone": "", "title": ""})
    assert added.status in (200, 201), added.source
    [[dn, _]] = directory.search("(mail=olga.new@watchful.example)", house, ["1.1"])
    assert dn.startswith("cn=Olga Operator (2)")


@pytest.mark.parametrize("attribute", ["lkAdministrator", "lkMainContact"])
def test_a_name_that_the_organisation_still_has_is_nobodys_to_take(directory, daemon, attribute):
    """Whoever was an administrator, or the main contact, and whose entry another tool has deleted: the next of that name is neither."""
    word = attribute.lower()
    house = directory.add_organization(f"Heirs of {attribute}", ["Ada Archer"], plans=["support until=20991231235959Z"])
    gone = f"cn=Olga Office,{house}"
    directory.modify(house, **{"add" if attribute == "lkAdministrator" else "replace": {attribute: gone}})
    ada = directory.add_account(f"ada-{word}", PASSWORD)
    directory.modify(f"cn=Ada Archer,{house}", replace={"lkAccountDN": ada})
    program = JsonClient(daemon.url)
    program.send("/signin", "/signin", {"name": f"ada-{word}", "password": PASSWORD})
    added = program.send("/organization/people/new", "/organization/people/new", {
        "given_name": "Olga", "surname": "Office", "mail": f"olga@{word}.example", "telephone": "", "title": ""})
    assert added.status in (200, 201), added.source
    [[dn, _]] = directory.search(f"(mail=olga@{word}.example)", house, ["1.1"])
    assert dn.startswith("cn=Olga Office (2)")
    assert directory.read(gone) is None


def test_an_operator_makes_nobody_else_one_by_mistake(directory, daemon):
    """Neither the first person of a new organisation nor an administrator who is declared gets a name that is left in the group."""
    operator = directory.add_account("vera-vendor", PASSWORD)
    directory.make_operator(operator)
    here = directory.add_organization("Still Here", ["Ada Archer"])
    gone = f"o=Gone and Back,{directory.organizations}"
    for dn in (f"cn=Ivo Idle,{here}", f"cn=Ivo Idle,{gone}"):
        directory.make_operator(dn)
    program = JsonClient(daemon.url)
    program.send("/signin", "/signin", {"name": "vera-vendor", "password": PASSWORD})
    asked = {"name": "Gone and Back", "plan": "", "until": "", "person": "Ivo Idle", "mail": "ivo@gone.example"}
    refused = program.send("/operator/new", "/operator/new", asked)
    assert refused.status in (409, 422) and "operators' group" in refused.source, refused.source
    assert directory.read(gone) is None
    path = "/operator/" + directory.values(here, "entryUUID")[0]
    refused = program.send(path, path + "/administrator/new", {"name": "Ivo Idle", "mail": "ivo@here.example"})
    assert refused.status in (409, 422) and "operators' group" in refused.source, refused.source
    assert directory.values(here, "lkAdministrator") == [f"cn=Ada Archer,{here}"]
