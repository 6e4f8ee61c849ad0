# SPDX-License-Identifier: Apache-2.0
"""Latchkey on 389 Directory Server: the main job as test_main_job.py has it, and what is particular about that server (docs/389ds.md)."""
import contextlib
import re
import threading
import time

import ldap
import ldap.schema
import pytest

import test_main_job
from harness.borrowed import borrowed
from harness.client import Client
from harness.command import Command
from harness.daemon import Daemon
from harness.directory_389 import Directory389
from harness.probe import Probe
from harness.single_use import redeem_at_once
from test_main_job import OTHER_PASSWORD, PASSWORD, account_dn, associate, confirm, unique

pytestmark = pytest.mark.slow

globals().update(borrowed(test_main_job, but=["test_a_full_outbox_is_the_one_reason_to_be_told_to_wait"]))  # it keeps no such limit


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    with Directory389(tmp_path_factory.mktemp("directory")) as running:
        yield running


@pytest.fixture(scope="module")
def other_directory(tmp_path_factory):
    """For daemons with settings of their own, one at a time: one of different settings would take their mail."""
    with Directory389(tmp_path_factory.mktemp("other")) as running:
        yield running


def test_the_schema_is_loaded(directory):
    loaded = ldap.schema.SubSchema(directory.admin.read_subschemasubentry_s("cn=schema"))
    assert loaded.get_obj(ldap.schema.ObjectClass, "lkOrganization").must == ("lkAdministrator",)
    for name in loaded.get_obj(ldap.schema.ObjectClass, "lkAccount").may:
        assert loaded.get_obj(ldap.schema.AttributeType, name) is not None, name


def test_the_daemon_is_known_at_the_socket_and_is_no_manager(directory):
    service = directory.connect_service()
    assert service.whoami_s().replace("dn: ", "dn:") == f"dn:{directory.service_dn}"
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        directory.modify(directory.operators, add={"member": directory.service_dn}, connection=service)


# ---- following

def test_the_outbox_is_followed_not_polled(other_directory, tmp_path):
    """Ten minutes would pass between two looks."""
    directory = other_directory
    with Daemon(tmp_path / "daemon", directory, settings={"directory.poll_interval": "10m", "directory.follow": "persist"}) as daemon:
        _, mail, _ = profile = test_main_job.make_profile(directory)
        daemon.wait_log(lambda log: "event=follow outcome=on" in log)
        begin = time.monotonic()
        directory.modify(profile[0], add={"lkSend": "invite"})
        assert daemon.mailbox.newest(mail).link
        print(f"from lkSend to the mailbox: {time.monotonic() - begin:.3f} s")


# ---- single use, and what the server itself keeps

def test_one_of_many_redeems(directory):
    profile, _, _ = test_main_job.make_profile(directory)
    accounts = [directory.add_account(unique("racer")) for _ in range(8)]
    directory.modify(profile, add={"lkToken": "associate digest=AbC"})
    winner, = redeem_at_once(directory, profile, "associate digest=AbC", accounts)
    assert directory.values(profile, "lkAccountDN") == [winner]


def test_token_values_are_compared_exactly(directory):
    profile, _, _ = test_main_job.make_profile(directory)
    directory.modify(profile, add={"lkToken": "invite digest=AbC"})
    with pytest.raises(ldap.NO_SUCH_ATTRIBUTE):
        directory.modify(profile, delete={"lkToken": "invite digest=abc"})


def test_a_modify_tells_what_it_left(directory):
    profile, mail, _ = test_main_job.make_profile(directory)
    with Probe(directory) as probe:
        answer = probe.ask("modify_read", dn=profile, change=[["add", "lkSendError", "nothing"]], attributes=["lkSendError", "mail", "lkPendingMail"])
        assert probe.ask("modify", dn=profile, change=[["delete", "lkSendError", "nothing"]])["status"] == "ok"
    assert (answer["status"], answer["entry"]["attributes"]) == ("ok", {"lkSendError": ["nothing"], "mail": [mail]})


def test_a_name_is_given_once(directory):
    name = unique("twice")
    directory.add_account(name)
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        directory.add(f"cn=another,{directory.accounts}", {"objectClass": ["inetOrgPerson", "lkAccount"], "cn": "another", "sn": "x", "uid": name})


def test_a_tie_follows_the_account_and_goes_with_it(directory):
    profile, _, _ = test_main_job.make_profile(directory)
    account = directory.add_account(unique("moving"))
    directory.modify(profile, replace={"lkAccountDN": account})
    directory.admin.rename_s(account, "uid=moved" + account[4:].split(",")[0])
    moved, = directory.values(profile, "lkAccountDN")
    assert moved.startswith("uid=moved")
    directory.delete(moved)
    assert directory.values(profile, "lkAccountDN") == []


def test_the_last_administrator_stays_and_writing_goes_on(directory):
    """A refusal by a plugin ends nothing: with the retro changelog on, no write would be taken from here on."""
    organization = directory.add_organization(unique("Only"), administrators=["Only One"])
    only, = directory.values(organization, "lkAdministrator")
    with pytest.raises(ldap.OBJECT_CLASS_VIOLATION):
        directory.modify(organization, delete={"lkAdministrator": only})
    with pytest.raises(ldap.OBJECT_CLASS_VIOLATION):
        directory.delete(only)
    directory.modify(only, replace={"title": "still here"})
    directory.modify(organization, replace={"lkAdministrator": directory.service_dn})
    directory.delete(only)
    directory.delete(organization)


# ---- passwords

NEW_PASSWORD = "harbour quilt 52 mango"


def forgetful(directory):
    name = unique("forgetful")
    mail = f"{name}@home.example"
    directory.add_account(name, PASSWORD, lkAlternateMail=mail)
    return name, mail


def reset_link(daemon, name, mail):
    Client(daemon.url).get("/reset").submit("/reset", name=name)
    return daemon.mailbox.newest(mail)


def submit_at_once(pages, form, passwords):
    threads = [threading.Thread(target=page.submit, args=(form,), kwargs={"password": new, "password_again": new})
               for page, new in zip(pages, passwords)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_s8_a_forgotten_password_by_link(daemon, directory):
    name, mail = forgetful(directory)
    browser = Client(daemon.url)
    browser.sign_in(name, PASSWORD)
    link = reset_link(daemon, name, mail).link
    page = browser.get(link).submit("/reset/link", password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    assert page.status == 200, page.text
    entry = directory.read(account_dn(directory, name), ["*"])
    assert entry["userPassword"][0].startswith(directory.hash_begins) and "lkSession" not in entry
    assert not any(value.startswith("reset") for value in entry.get("lkToken", []))
    assert Client(daemon.url).sign_in(name, PASSWORD).status == 422
    assert Client(daemon.url).sign_in(name, NEW_PASSWORD).status == 200
    assert Client(daemon.url).get(link).status == 410


def test_two_redeem_a_reset_at_once_and_one_password_is_set(daemon, directory):
    name, mail = forgetful(directory)
    link = reset_link(daemon, name, mail).link
    passwords = [f"{NEW_PASSWORD} {n}" for n in range(4)]
    pages = [Client(daemon.url).get(link) for _ in passwords]
    submit_at_once(pages, "/reset/link", passwords)
    assert sum(Client(daemon.url).sign_in(name, new).status == 200 for new in passwords) == 1


def test_the_own_password_is_changed(daemon, directory):
    name, _ = forgetful(directory)
    client = Client(daemon.url)
    client.sign_in(name, PASSWORD)
    client.get("/account/password").submit("/account/password", password_now=PASSWORD, password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    assert directory.connect(account_dn(directory, name), NEW_PASSWORD).whoami_s()


@pytest.mark.parametrize("spelling", ["ZOË", "zoe\u0308"])
def test_names_and_passwords_of_other_letters(daemon, directory, spelling):
    tail = unique("")
    assert Client(daemon.url).sign_up(f"zoë{tail}", "pässwörd 52 mango quilt").status == 200
    assert Client(daemon.url).sign_in(f"{spelling}{tail}", "pa\u0308sswörd 52 mango quilt").status == 200
    page = Client(daemon.url).sign_up(f"{spelling}{tail}", PASSWORD)
    assert page.status == 422 and "taken" in page.text


def test_no_password_is_kept_in_clear(daemon, directory):
    """Neither in the entry nor in anything that the server writes beside it."""
    Client(daemon.url).sign_up(unique("secretive"), "zanzibar ferry 77 nutmeg")
    for path in directory.folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # a file of its database that it needs no more
            assert not path.is_file() or b"zanzibar ferry" not in path.read_bytes(), path


@pytest.fixture
def policy(directory):
    """Sets the server's password policy for one test."""
    before = {}

    def set_policy(**rules):
        kept = directory.read("cn=config", list(rules))
        before.update({name: kept.get(name) for name in rules if name not in before})
        directory.modify("cn=config", replace=rules)

    yield set_policy
    directory.modify("cn=config", replace=before)


def options_world(directory):
    """An organisation, its administrator by proxied authorization, and an account that somebody wants."""
    organization = directory.add_organization(unique("Options"), administrators=("Ada Option",))
    name = unique("victim")
    return organization, directory.connect_service(act_as=f"cn=Ada Option,{organization}"), name, directory.add_account(name, PASSWORD)


def test_an_option_ties_no_profile(daemon, directory):
    """Whoever wrote it: a search for lkAccountDN finds it."""
    organization, _, name, account = options_world(directory)
    profile = directory.add_profile(organization, "Otto Option", "otto@option.example", **{"lkAccountDN;lang-de": account})
    latchkey = Command(directory)
    assert latchkey.json("account", "show", name)["profiles"] == []
    assert "account" not in latchkey.json("profile", "show", profile)
    latchkey("--yes", "account", "remove", name)


@pytest.mark.parametrize("name", ["lkAccountDN;x", "LKAccountDN;X;y", "lkAccountDN;lang-de", "lkSend;x", "lkToken;x", "objectClass;x"])
def test_nobody_writes_an_option(directory, name):
    """An ACI that looks at the values of lkAccountDN says nothing of lkAccountDN;x."""
    organization, ada, _, account = options_world(directory)
    profile = directory.add_profile(organization, "Otto Option", "otto@option.example")
    for connection in (ada, directory.connect_service()):
        with pytest.raises(ldap.INSUFFICIENT_ACCESS):
            directory.modify(profile, add={name: account}, connection=connection)


@pytest.mark.parametrize("name", ["lkAccountDN", "lkAccountDN;x", "lkToken;x", "lkSendError;x", "lkSent;x", "userPassword;x", "aci;x"])
def test_no_profile_is_added_with_what_is_the_daemons(directory, name):
    organization, ada, _, account = options_world(directory)
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        directory.add(f"cn=Otto Option,{organization}", {"objectClass": ["inetOrgPerson", "lkProfile"], "cn": "Otto Option",
                                                         "sn": "Option", name: account}, connection=ada)


@pytest.fixture
def behind_many(directory):
    """A profile that is tied to somebody, found after more than the daemon asks for at once that only look it."""
    def make(account):
        organization, _, _, _ = options_world(directory)
        for n in range(210):
            directory.add_profile(organization, f"Otto Option {n}", f"otto{n}@option.example", **{"lkAccountDN;x": account})
        return directory.add_profile(organization, "Tessa Tied", f"{unique('tessa')}@option.example", lkAccountDN=account)

    return make


def test_a_tie_is_seen_behind_many_options(daemon, directory, behind_many):
    _, _, name, account = options_world(directory)
    behind_many(account)
    client = Client(daemon.url)
    client.sign_in(name, PASSWORD)
    assert "Tessa Tied" in client.get("/select").text


def test_a_former_tie_ends_behind_many_options(daemon, directory, behind_many):
    """The name is nobody's, and is given again."""
    name = unique("again")
    profile = behind_many(account_dn(directory, name))
    assert Client(daemon.url).sign_up(name, PASSWORD).status == 200
    assert directory.values(profile, "lkAccountDN") == []


def test_former_passwords_are_read_by_nobody(directory, policy):
    policy(passwordHistory="on", passwordInHistory="3")
    operator = directory.add_account(unique("operator"), PASSWORD)
    directory.make_operator(operator)
    account = directory.add_account(unique("historian"), PASSWORD)
    directory.modify(account, replace={"userPassword": OTHER_PASSWORD})
    directory.wait_for(lambda: directory.values(account, "passwordHistory"), what="the server to keep it, a moment later")
    for connection in (directory.connect(operator, PASSWORD), directory.connect(account, OTHER_PASSWORD), directory.connect_service()):
        assert directory.read(account, ["passwordHistory"], connection) == {}


def test_the_servers_rules_for_passwords_are_explained(daemon, directory, policy):
    name, mail = forgetful(directory)
    letter = reset_link(daemon, name, mail)
    policy(passwordCheckSyntax="on", passwordMinLength="40")
    page = Client(daemon.url).get(letter.link).submit("/reset/link", password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    assert page.status == 422 and "simpler than the rules here allow" in page.text, "which is all that this server's control says"
    refused = unique("refused")
    page = Client(daemon.url).sign_up(refused, PASSWORD)
    assert page.status == 422 and "simpler than the rules here allow" in page.text
    assert directory.read(account_dn(directory, refused)) is None
    policy(passwordMinLength="8")
    page = Client(daemon.url).get(letter.link).submit("/reset/link", password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    assert page.status == 200, "the link was not used up by the refusal"


def test_an_expired_password_is_replaced_once_by_who_knows_it(daemon, directory, policy):
    name = unique("expired")
    Client(daemon.url).sign_up(name, PASSWORD)
    policy(passwordExp="on")
    directory.modify(account_dn(directory, name), replace={"passwordExpirationTime": "20200101000000Z"})
    assert "has expired" not in Client(daemon.url).sign_in(name, "not the password").text
    pages = [Client(daemon.url).sign_in(name, PASSWORD) for _ in range(4)]
    assert all("has expired" in page.text for page in pages)
    passwords = [f"{NEW_PASSWORD} {n}" for n in range(len(pages))]
    submit_at_once(pages, "/signin/password", passwords)
    assert sum(Client(daemon.url).sign_in(name, new).status == 200 for new in passwords) == 1
    verifier, = directory.values(account_dn(directory, name), "lkVerifier")
    assert verifier.startswith("server id=")


def test_lesson_11_a_locked_account_answers_like_a_wrong_password(daemon, directory, policy):
    policy(passwordMaxFailure="3")
    name, _ = forgetful(directory)
    stranger = unique("nobody")
    said = [Client(daemon.url).sign_in(name, "not the password").text for _ in range(5)]
    said.append(Client(daemon.url).sign_in(name, PASSWORD).text)
    said += [Client(daemon.url).sign_in(stranger, "not the password").text.replace(stranger, name) for _ in range(6)]
    assert len({re.sub(r"\s+", " ", text) for text in said}) == 1, "nothing tells apart locked, wrong and unknown"
    assert "accountUnlockTime" in directory.read(account_dn(directory, name))
    assert "accountUnlockTime" not in directory.read(directory.decoy_dn), "the decoy is never locked"
    directory.modify(account_dn(directory, name), replace={"accountUnlockTime": None, "passwordRetryCount": None})
    assert Client(daemon.url).sign_in(name, PASSWORD).status == 200


# ---- another tree

def test_existing_people_become_accounts(other_directory, tmp_path):
    """Their own base and naming attribute, nsUniqueId, polling, and the Password Modify operation."""
    directory = other_directory
    people = directory.add(f"ou=people,{directory.suffix}", {"objectClass": "organizationalUnit", "ou": "people"})
    paula = directory.add(f"employeeNumber=4711,{people}", {"objectClass": "inetOrgPerson", "employeeNumber": "4711", "cn": "Paula Plant",
                                                             "sn": "Plant", "userPassword": PASSWORD})
    access = (directory.share / "ldif" / "389ds" / "access.ldif").read_text()
    rules = re.search(r"(?ms)^dn: ou=accounts,.*?\n\n", access).group().replace("ou=accounts", "ou=people")
    for word, value in (("SUFFIX", directory.suffix), ("SERVICE", directory.service_dn)):
        rules = rules.replace(f"@{word}@", value)
    directory.run_commands(f"ldapmodify -x -D \"$ADMIN\" -y \"$PASSWORD\" <<'END'\n{rules}END\n")
    mail = f"{unique('paula')}@home.example"
    directory.modify(paula, add={"objectClass": "lkAccount", "lkAlternateMail": mail})
    settings = {
        "directory.accounts_base": people, "directory.account_name": "employeeNumber", "directory.unique_id": "nsUniqueId",
        "directory.follow": "poll", "directory.password_method": "exop", "accounts.sign_up": "no",
    }  # fmt: skip
    with Daemon(tmp_path / "daemon", directory, settings=settings) as daemon:
        profile, address, _ = test_main_job.make_profile(directory)
        client = Client(daemon.url)
        assert client.sign_in("4711", PASSWORD).status == 200
        assert confirm(client, associate(daemon, client, address).link).path.startswith("/associated")
        assert directory.values(profile, "lkAccountDN") == [paula]
        link = reset_link(daemon, "4711", mail).link
        Client(daemon.url).get(link).submit("/reset/link", password=OTHER_PASSWORD, password_again=OTHER_PASSWORD)
        assert Client(daemon.url).sign_in("4711", OTHER_PASSWORD).status == 200
