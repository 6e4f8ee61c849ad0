# SPDX-License-Identifier: Apache-2.0
"""Latchkey on an Active Directory domain controller, Samba's: the main job, passwords by unicodePwd, and what is particular there (docs/samba.md)."""
import threading
import uuid

import ldap
import pytest

from harness import directory_samba
from harness.client import Client
from harness.daemon import Daemon
from harness.directory_samba import DirectorySamba
from harness.private_network import private_network
from harness.single_use import redeem_at_once
from test_main_job import associate, confirm, make_profile, unique

PASSWORD = "violet-anvil-9-Teacup"
NEW_PASSWORD = "harbour-Quilt-52-mango"
TOO_SIMPLE = "harbour quilt mango zanzibar"  # of one kind of characters: the domain wants three

missing = directory_samba.why_not()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(missing is not None, reason=missing or "")]


@pytest.fixture(scope="module")
def network():
    with private_network():
        yield


@pytest.fixture(scope="module")
def directory(network, tmp_path_factory):
    with DirectorySamba(tmp_path_factory.mktemp("directory")) as running:
        yield running


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("daemon"), directory) as running:
        yield running


def account_dn(directory, name):
    return f"CN={name},{directory.accounts}"


def same_case(dn):
    """As the server spells it."""
    return dn.replace("cn=", "CN=").replace("ou=", "OU=")


def binds(directory, name, password):
    """`name` of an account, or a DN."""
    try:
        directory.connect(name if "=" in name else account_dn(directory, name), password).unbind_s()
    except ldap.INVALID_CREDENTIALS:
        return False
    return True


def forgetful(directory, password=PASSWORD):
    name = unique("f")
    mail = f"{name}@home.example"
    directory.add_account(name, password, lkAlternateMail=mail)
    return name, mail


def reset_link(daemon, name, mail):
    Client(daemon.url).get("/reset").submit("/reset", name=name)
    return daemon.mailbox.newest(mail).link


def set_by_link(daemon, link, password):
    return Client(daemon.url).get(link).submit("/reset/link", password=password, password_again=password)


# ---- the schema

def test_what_the_schema_says_is_there(directory):
    schema = f"CN=Schema,CN=Configuration,{directory.suffix}"
    token = directory.read(f"CN=lkToken,{schema}")
    assert int(token["searchFlags"][0]) == 129, "indexed and confidential"
    link = directory.read(f"CN=lkAccountDN,{schema}")
    assert int(link["linkID"][0]) % 2 == 0 and int(link["linkID"][0]) > 0, "a forward link, with the number that the server chose"


def test_others_who_sign_in_read_nothing_of_it(directory):
    name, _ = forgetful(directory)
    directory.modify(account_dn(directory, name), add={"lkToken": "reset digest=AbC", "lkSession": "session id=x", "lkQuestion": "Why?"})
    stranger = unique("s")
    directory.add_account(stranger, PASSWORD)
    seen = directory.read(account_dn(directory, name), connection=directory.connect(account_dn(directory, stranger), PASSWORD))
    assert seen["cn"] == [name] and not [attribute for attribute in seen if attribute.startswith("lk")]
    known = directory.read(account_dn(directory, name), connection=directory.connect_service())
    assert known["lkToken"] == ["reset digest=AbC"] and known["lkQuestion"] == ["Why?"]


def test_the_daemon_writes_nowhere_else(directory):
    service = directory.connect_service()
    for dn in (directory.operators, f"CN=Users,{directory.suffix}", directory.admin_dn):
        with pytest.raises(ldap.INSUFFICIENT_ACCESS):
            directory.modify(dn, replace={"description": "x"}, connection=service)


def test_one_of_many_redeems(directory):
    profile, _, _ = make_profile(directory)
    accounts = [directory.add_account(unique("r")) for _ in range(6)]
    directory.modify(profile, add={"lkToken": "associate digest=AbC"})
    with pytest.raises(ldap.NO_SUCH_ATTRIBUTE):
        directory.modify(profile, delete={"lkToken": "associate digest=abc"})
    winner, = redeem_at_once(directory, profile, "associate digest=AbC", accounts)
    assert [dn.lower() for dn in directory.values(profile, "lkAccountDN")] == [winner.lower()]


def test_a_tie_follows_the_account_and_goes_with_it(directory):
    profile, _, _ = make_profile(directory)
    name = unique("m")
    directory.modify(profile, replace={"lkAccountDN": directory.add_account(name)})
    directory.admin.rename_s(account_dn(directory, name), f"CN=moved {name}")
    moved, = directory.values(profile, "lkAccountDN")
    assert moved.startswith("CN=moved")
    directory.delete(moved)
    assert directory.values(profile, "lkAccountDN") == []
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        directory.modify(profile, replace={"lkAccountDN": moved})


# ---- the main job

def test_s1_from_signing_up_to_a_profile(daemon, directory):
    profile, mail, organization = make_profile(directory)
    name = unique("n")
    client = Client(daemon.url)
    assert client.sign_up(name, PASSWORD).path == "/associate"
    entry = directory.read(account_dn(directory, name))
    assert entry["userAccountControl"] == ["512"] and "userPassword" not in entry
    assert binds(directory, name, PASSWORD) and not binds(directory, name, PASSWORD + "x")
    page = confirm(client, associate(daemon, client, mail).link)
    assert page.path.startswith("/associated") and organization in page.text
    assert directory.values(profile, "lkAccountDN") == [same_case(account_dn(directory, name))]
    assert directory.values(profile, "lkToken") == []
    page = Client(daemon.url).sign_in(name, PASSWORD)
    assert page.path == "/" and organization in page.text


def test_s7_with_everything(daemon, directory):
    """The name stays what the entry is called, whatever its person is."""
    name = unique("e")
    mail = f"{name}@home.example"
    client = Client(daemon.url)
    page = client.sign_up(name, PASSWORD, alternate_mail=mail, question="First street?", answer="Elm Street",
                          given_name="Grace", surname="Hopper", telephone="+1 555 0100", postal_code="10115")
    assert page.path == "/associate", page.text
    entry = directory.read(account_dn(directory, name))
    assert entry["cn"] == [name] and entry["sn"] == ["Hopper"] and entry["lkPendingMail"] == [mail]
    link = daemon.mailbox.newest(mail)
    client.get(link.link).submit("/t", token=link.token)
    assert directory.values(account_dn(directory, name), "lkAlternateMail") == [mail]


def test_s10_a_name_that_is_taken(daemon):
    name = unique("t")
    Client(daemon.url).sign_up(name, PASSWORD)
    page = Client(daemon.url).sign_up(name.upper(), PASSWORD)
    assert page.status == 422 and "taken" in page.text


def test_wrong_unknown_and_switched_off_look_alike(daemon, directory):
    name = unique("w")
    directory.add_account(name, PASSWORD)
    off = unique("o")
    directory.add_account(off, PASSWORD)
    directory.modify(account_dn(directory, off), replace={"userAccountControl": "514"})
    said = [Client(daemon.url).sign_in(typed, password) for typed, password in ((name, "wrong"), (unique("g"), "wrong"), (off, PASSWORD))]
    assert [page.status for page in said] == [422, 422, 422]
    assert len({page.text for page in said}) == 1


def test_s2_an_invite_by_ldapmodify_is_found_by_polling(daemon, directory):
    profile, mail, organization = make_profile(directory)
    directory.modify(profile, add={"lkSend": "invite"})
    letter = daemon.mailbox.newest(mail)
    assert organization in letter.text
    directory.wait_for(lambda: directory.values(profile, "lkSend") == [])
    assert directory.values(profile, "lkSent")[0].startswith("invite ")
    name = unique("i")
    page = Client(daemon.url).get(letter.link).submit("/signup/start").sign_up(name, PASSWORD)
    assert page.submit("/t", token=letter.token).path.startswith("/associated")
    other = Client(daemon.url)
    other.sign_up(unique("o"), PASSWORD)
    assert other.get(letter.link).status == 410


# ---- administrators and operators

def administrator(daemon, directory):
    """(client, organisation, name): signed in as its administrator."""
    name = unique("Org")
    organization = directory.add_organization(name, administrators=["Ada Archer"], plans=["support until=20991231235959Z"])
    account = unique("a")
    directory.modify(f"CN=Ada Archer,{organization}", replace={"lkAccountDN": directory.add_account(account, PASSWORD)})
    client = Client(daemon.url)
    client.sign_in(account, PASSWORD)
    return client, organization, name


def test_s2_an_administrator_invites_on_the_pages(daemon, directory):
    """Whom the pages add is an inetOrgPerson, which is a user there: switched off."""
    ada, organization, name = administrator(daemon, directory)
    mail = f"cleo@{name.lower()}.example"
    page = ada.get("/organization/people/new").submit("/organization/people/new", given_name="Cleo", surname="Carver", mail=mail)
    assert page.status == 200 and "The profile has been added." in page.text, page.text
    cleo = directory.read(f"CN=Cleo Carver,{organization}")
    assert cleo["userAccountControl"] == ["546"] and cleo["objectClass"][-1] == "inetOrgPerson"
    letter = daemon.mailbox.newest(mail)
    page = Client(daemon.url).get(letter.link).submit("/signup/start").sign_up(unique("c"), PASSWORD)
    assert page.submit("/t", token=letter.token).path.startswith("/associated")
    page = ada.get("/organization")
    assert "Cleo Carver" in page.text and "Ada Archer" in page.text


def test_an_administrator_marks_and_removes(daemon, directory):
    ada, organization, _ = administrator(daemon, directory)
    ben = directory.add_profile(organization, "Ben Brook", f"{unique('ben')}@ben.example")
    person = "/organization/people/" + str(uuid.UUID(bytes=directory.values(ben, "objectGUID")[0]))
    page = ada.get(person)
    assert page.status == 200 and "Ben Brook" in page.text
    page.submit(person, administrator="yes")
    assert sorted(directory.values(organization, "lkAdministrator")) == [f"CN={who},{same_case(organization)}" for who in ("Ada Archer", "Ben Brook")]
    ada.get(person + "/remove").submit(person + "/remove")
    assert directory.read(ben) is None and directory.values(organization, "lkAdministrator") == [f"CN=Ada Archer,{same_case(organization)}"]


def test_an_operator_sets_plans_and_makes_no_organisation(daemon, directory):
    organization = directory.add_organization(unique("Org"), plans=["support until=20200101000000Z"])
    name = unique("o")
    directory.make_operator(directory.add_account(name, PASSWORD))
    client = Client(daemon.url)
    client.sign_in(name, PASSWORD)
    path = "/operator/" + str(uuid.UUID(bytes=directory.values(organization, "objectGUID")[0]))
    page = client.get(path).submit(path + "/plan", plan="support", until="2099-12-31")
    assert directory.values(organization, "lkServicePlan") == ["support until=20991231235959Z"], page.text
    new = unique("New")
    page = client.get("/operator/new").submit("/operator/new", name=new, plan="", until="", person="Nina New", mail="nina@new.example")
    assert page.status == 422 and "Referenced object not found" in page.text, "the link to somebody who is not there yet"
    assert directory.search(f"(o={new})", directory.organizations) == []


# ---- passwords

def test_s8_a_forgotten_password_by_link(daemon, directory):
    name, mail = forgetful(directory)
    browser = Client(daemon.url)
    browser.sign_in(name, PASSWORD)
    link = reset_link(daemon, name, mail)
    assert set_by_link(daemon, link, NEW_PASSWORD).status == 200
    entry = directory.read(account_dn(directory, name))
    assert "lkSession" not in entry and "lkToken" not in entry
    assert binds(directory, name, NEW_PASSWORD) and not binds(directory, name, PASSWORD)
    assert Client(daemon.url).sign_in(name, NEW_PASSWORD).status == 200
    assert Client(daemon.url).sign_in(name, PASSWORD).status == 422
    assert Client(daemon.url).get(link).status == 410
    assert browser.get("/associate").path.startswith("/signin")


def test_two_redeem_a_reset_at_once_and_one_password_is_set(daemon, directory):
    name, mail = forgetful(directory)
    link = reset_link(daemon, name, mail)
    passwords = [f"{NEW_PASSWORD} {n}" for n in range(4)]
    pages = [Client(daemon.url).get(link) for _ in passwords]
    threads = [threading.Thread(target=page.submit, args=("/reset/link",), kwargs={"password": new, "password_again": new})
               for page, new in zip(pages, passwords)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(Client(daemon.url).sign_in(name, new).status == 200 for new in passwords) == 1


def test_the_own_password_is_changed(daemon, directory):
    name, _ = forgetful(directory)
    client = Client(daemon.url)
    client.sign_in(name, PASSWORD)
    client.get("/account/password").submit("/account/password", password_now=PASSWORD, password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    assert binds(directory, name, NEW_PASSWORD)


def test_the_decoy_gets_a_password_that_nobody_knows(daemon, directory):
    directory.wait_for(lambda: not binds(directory, directory.decoy_dn, directory.service_password))
    assert "event=decoy" not in daemon.log()


def test_an_expired_password_is_like_a_wrong_one_until_it_is_reset(daemon, directory):
    name, mail = forgetful(directory)
    directory.modify(account_dn(directory, name), replace={"pwdLastSet": "0"})
    assert Client(daemon.url).sign_in(name, PASSWORD).text == Client(daemon.url).sign_in(name, "wrong").text
    assert set_by_link(daemon, reset_link(daemon, name, mail), NEW_PASSWORD).status == 200
    assert Client(daemon.url).sign_in(name, NEW_PASSWORD).status == 200


def test_other_letters(daemon, directory):
    name = "zoë" + unique("")
    assert Client(daemon.url).sign_up(name, "pässwörd-52-Mango-quilt").status == 200
    assert binds(directory, name, "pässwörd-52-Mango-quilt")
    assert Client(daemon.url).sign_in(name.upper(), "pässwörd-52-Mango-quilt").status == 200


def test_the_domains_rules_for_passwords_are_explained(daemon, directory):
    name, mail = forgetful(directory)
    link = reset_link(daemon, name, mail)
    page = set_by_link(daemon, link, TOO_SIMPLE)
    assert page.status == 422 and "simpler than the rules here allow" in page.text
    client = Client(daemon.url)
    client.sign_in(name, PASSWORD)
    page = client.get("/account/password").submit("/account/password", password_now=PASSWORD, password=TOO_SIMPLE, password_again=TOO_SIMPLE)
    assert page.status == 422 and "simpler than the rules here allow" in page.text
    refused = unique("p")
    page = Client(daemon.url).sign_up(refused, TOO_SIMPLE)
    assert page.status == 422 and "simpler than the rules here allow" in page.text
    assert directory.read(account_dn(directory, refused)) is None
    assert set_by_link(daemon, link, NEW_PASSWORD).status == 200, "the link was not used up by the refusal"


def test_too_short_is_told_apart(daemon, directory):
    name, mail = forgetful(directory)
    link = reset_link(daemon, name, mail)
    directory.modify(directory.suffix, replace={"minPwdLength": "60"})
    try:
        page = set_by_link(daemon, link, NEW_PASSWORD)
    finally:
        directory.modify(directory.suffix, replace={"minPwdLength": "7"})
    assert page.status == 422 and "shorter than the rules here allow" in page.text


# ---- people who were there before

def test_existing_people_become_accounts(daemon, directory, tmp_path):
    """Where they are, under the name that they sign in to Windows with."""
    people = directory.add(f"OU=Staff,{directory.suffix}", {"objectClass": "organizationalUnit", "ou": "Staff"})
    paula = directory.add(f"CN=Paula Plant,{people}", {"objectClass": "user", "cn": "Paula Plant", "sn": "Plant", "sAMAccountName": "paula",
                                                        "unicodePwd": directory_samba.quoted(PASSWORD), "userAccountControl": "512"})
    mail = f"{unique('paula')}@home.example"
    with pytest.raises(ldap.OBJECT_CLASS_VIOLATION):
        directory.modify(paula, add={"objectClass": "lkAccount", "lkAlternateMail": mail})
    directory.modify(paula, add={"objectClass": "lkAccount"})
    directory.modify(paula, add={"lkAlternateMail": mail})
    directory.run_commands(directory.commands()[1].replace("ou=accounts,", "OU=Staff,"))
    settings = {"directory.accounts_base": people, "directory.account_name": "sAMAccountName", "accounts.sign_up": "no"}
    daemon.stop()  # it would take the mail of one with other settings
    with Daemon(tmp_path / "daemon", directory, settings=settings) as other:
        profile, address, _ = make_profile(directory)
        client = Client(other.url)
        assert client.sign_in("PAULA", PASSWORD).status == 200
        assert confirm(client, associate(other, client, address).link).path.startswith("/associated")
        assert directory.values(profile, "lkAccountDN") == [paula]
        assert set_by_link(other, reset_link(other, "paula", mail), NEW_PASSWORD).status == 200
        assert Client(other.url).sign_in("paula", NEW_PASSWORD).status == 200
    daemon.start()
