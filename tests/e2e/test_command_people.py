# SPDX-License-Identifier: Apache-2.0
"""The sysadmin's command and the people of an organisation: profile, invite and administrator (flows S2 to S6)."""
import time
import uuid

import pytest

from harness.client import Client
from harness.command import CONFLICT, NOT_FOUND, PARTLY, REFUSED, USAGE, Command
from harness.daemon import Daemon

pytestmark = pytest.mark.one_thread

PASSWORD = "violet-anvil-9-teacup"


def unique(word):
    return f"{word} {uuid.uuid4().hex[:8]}"


def address(word):
    return f"{word}.{uuid.uuid4().hex[:8]}@acme.example"


def written(when):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(when))


@pytest.fixture(scope="module")
def latchkey(directory):
    return Command(directory)


@pytest.fixture(scope="module")
def operator(directory):
    return Command.of_operator(directory)


@pytest.fixture
def acme(directory):
    """(name, DN) of an organisation with the profiles Ada Archer, an administrator, and Ben Brook."""
    name = unique("Acme")
    dn = directory.add_organization(name, ["Ada Archer"])
    directory.add_profile(dn, "Ben Brook", address("ben"))
    return name, dn


@pytest.fixture
def ada(directory, acme):
    """The command as the administrator's profile."""
    return Command.of_profile(directory, f"cn=Ada Archer,{acme[1]}")


@pytest.fixture
def ben(directory, acme):
    """The command as somebody who administers nothing."""
    return Command.of_profile(directory, f"cn=Ben Brook,{acme[1]}")


# ---- profiles


def test_profiles_are_added_and_shown(ada, directory, acme):
    name, dn = acme
    mail = address("cleo")
    ended = ada("profile", "add", name, "Cleo Maria Chen", "--mail", mail, "--title", "Maître d’œuvre", "--telephone",
                "+1 (555) 0103")
    cleo = f"cn=Cleo Maria Chen,{dn}"
    assert ended.out == f"added {cleo}; {mail} is invited\n"
    entry = directory.read(cleo)
    assert entry["sn"] == ["Chen"] and entry["givenName"] == ["Cleo Maria"] and entry["lkSend"] == ["invite"]
    assert ada.json("profile", "show", "cleo maria CHEN", "--in", name) == {
        "name": "Cleo Maria Chen", "given_name": "Cleo Maria", "surname": "Chen", "mail": mail,
        "telephone": "+1 (555) 0103", "title": "Maître d’œuvre", "organization": name, "administrator": False,
        "invite": "queued", "dn": cleo, "id": entry["entryUUID"][0]}
    listed = ada.json("profile", "list", name)
    assert [person["name"] for person in listed] == ["Ada Archer", "Ben Brook", "Cleo Maria Chen"]
    assert listed[2] == {"name": "Cleo Maria Chen", "mail": mail, "title": "Maître d’œuvre", "administrator": False,
                         "dn": cleo, "id": entry["entryUUID"][0]}
    assert listed[0]["administrator"] is True
    assert [person["name"] for person in ada.json("profile", "list", name, "maria")] == ["Cleo Maria Chen"]
    assert "Maître d’œuvre" in ada("profile", "list", name).out


def test_a_profile_without_an_invite_and_a_namesake(ada, directory, acme):
    name, dn = acme
    ada("profile", "add", name, "--first", "Ben", "--last", "Brook", "--mail", address("other.ben"), "--no-invite")
    other = f"cn=Ben Brook (2),{dn}"
    assert directory.values(other, "displayName") == ["Ben Brook"] and directory.values(other, "lkSend") == []


@pytest.mark.parametrize("words, said, exit", [
    ([], "needs a surname", USAGE),
    (["X Y"], "needs an e-mail address", USAGE),
    (["X Y", "--mail", "no"], "not an e-mail address", USAGE),
    (["X Y", "--mail", "x@x.example", "--telephone", "☎ 7"], "not a telephone number", USAGE),
    (["X Y", "--mail", "x@x.example", "--title", "T" * 65], "the title is longer", USAGE),
    (["X\nY", "--mail", "x@x.example"], "not one line", USAGE),
])
def test_a_profile_with_faults_is_not_added(ada, acme, words, said, exit):
    assert said in ada("profile", "add", acme[0], *words, exit=exit).err


def test_one_address_is_one_profile(ada, directory, acme):
    mail = directory.values(f"cn=Ben Brook,{acme[1]}", "mail")[0]
    assert "has this e-mail address" in ada("profile", "add", acme[0], "Ben Brook", "--mail", mail, exit=CONFLICT).err


def test_profiles_are_changed(ada, directory, acme):
    name, dn = acme
    ben, mail = f"cn=Ben Brook,{dn}", address("brooks")
    directory.modify(ben, add={"lkSendError": "invite at=20260101000000Z words=no", "title": "Buyer"})
    ada("profile", "set", ben, "--last", "Brooks", "--mail", mail, "--title", "")
    entry = directory.read(ben)
    assert entry["displayName"] == ["Ben Brooks"] and entry["sn"] == ["Brooks"] and entry["mail"] == [mail]
    assert "title" not in entry and "lkSendError" not in entry
    assert "surname" in ada("profile", "set", ben, "--last", "", exit=USAGE).err
    ended = ada("-n", "profile", "set", "--in", name, "Ben Brooks", "--title", "Chef")
    assert "add: title" in ended.out and directory.values(ben, "title") == []


def test_profiles_are_freed_and_removed(ada, directory, acme):
    name, dn = acme
    ben = f"cn=Ben Brook,{dn}"
    account = directory.add_account(unique("tied"), PASSWORD)
    directory.modify(ben, add={"lkAccountDN": account, "lkSend": f"new_mail account={uuid.uuid4()}",
                               "lkPendingMail": "next@acme.example"})
    assert ada.json("profile", "show", ben)["account"] == account.split(",")[0].removeprefix("uid=")
    assert "--yes" in ada("profile", "untie", ben, exit=USAGE).err
    ada("profile", "untie", ben, "--yes")
    entry = directory.read(ben)
    assert not {"lkAccountDN", "lkSend", "lkPendingMail"} & set(entry) and directory.read(account)
    assert "tied to no account" in ada("profile", "untie", ben, "--yes").out
    ada("profile", "remove", "Ben Brook", "--in", name, "--yes")
    assert directory.read(ben) is None
    ended = ada("profile", "remove", "Ada Archer", "--in", name, "--yes", exit=REFUSED)
    assert "only administrator" in ended.err and "lkAdministrator" in ended.err
    ada("profile", "show", "Ben Brook", "--in", name, exit=NOT_FOUND)


def test_who_administers_nothing_changes_nobody(ben, directory, acme):
    name, dn = acme
    assert "Insufficient access" in ben("profile", "add", dn, "X Y", "--mail", address("x"), "--no-invite", exit=REFUSED).err
    ben("profile", "remove", f"cn=Ada Archer,{dn}", "--yes", exit=NOT_FOUND)
    ben("profile", "set", f"cn=Ben Brook,{dn}", "--title", "Chef")
    assert directory.values(f"cn=Ben Brook,{dn}", "title") == ["Chef"]
    other = directory.add_organization(unique("Other"))
    ben("profile", "list", other, exit=NOT_FOUND)


# ---- invites


def test_an_invite_arrives(ada, directory, acme, tmp_path):
    """What the command asks for, a running daemon sends, and what it links to ties the profile to an account."""
    name, dn = acme
    mail = directory.values(f"cn=Ben Brook,{dn}", "mail")[0]
    with Daemon(tmp_path, directory) as daemon:
        ada("invite", "send", "Ben Brook", "--in", name)
        letter = daemon.mailbox.wait(mail)[0]
        directory.wait_for(lambda: ada.json("invite", "show", "Ben Brook", "--in", name)["state"] == "sent")
        account = unique("ben").replace(" ", "")
        directory.add_account(account, PASSWORD)
        client = Client(daemon.url)
        client.sign_in(account, PASSWORD)
        client.get("/t/" + letter.token).submit("/t")
        directory.wait_for(lambda: directory.values(f"cn=Ben Brook,{dn}", "lkAccountDN"))
    assert ada.json("invite", "show", "Ben Brook", "--in", name)["state"] == "accepted"


def test_the_states_of_invites(latchkey, ada, directory, acme):
    name, dn = acme
    now = int(time.time())
    token = f"invite digest={'A' * 43} until={written(now + 3600)}"
    people = {
        "Dan Deferred": {"lkSend": f'invite after={written(now + 900)} tries=1 begun={written(now)} why="450 later"'},
        "Quin Queued": {"lkSend": "invite"},
        "Rita Refused": {"lkSendError": f'invite at={written(now)} words="550 5.1.1 no such user"'},
        "Sam Sent": {"lkSent": f"invite at={written(now)}", "lkToken": token},
        "Xena Expired": {"lkSent": f"invite at={written(now - 90 * 86400)}"},
    }
    for person, more in people.items():
        directory.add_profile(dn, person, address(person.split()[0].lower()), **more)
    for reader in (latchkey, ada):
        states = {person["name"]: person for person in reader.json("invite", "list", name)}
        assert {who: states[who]["state"] for who in people} == {
            "Dan Deferred": "deferred", "Quin Queued": "queued", "Rita Refused": "refused", "Sam Sent": "sent",
            "Xena Expired": "expired"}
        assert states["Ben Brook"]["state"] == "none" and "when" not in states["Ben Brook"]
        assert states["Rita Refused"]["words"] == "550 5.1.1 no such user"
        assert ("until" in states["Sam Sent"]) == (reader is latchkey), "links are not for administrators to see"
    listed = latchkey.json("invite", "list", name, "--state", "refused")
    assert [person["name"] for person in listed] == ["Rita Refused"]
    latchkey("invite", "list", name, "--state", "lost", exit=USAGE)

    # Called back: by one who sees links; and by one who does not, who is told.
    ended = ada("invite", "cancel", "Sam Sent", "--in", name, exit=PARTLY)
    assert "may still work" in ended.err and directory.values(f"cn=Sam Sent,{dn}", "lkToken") == [token]
    latchkey("invite", "cancel", "Sam Sent", "--in", name)
    assert directory.values(f"cn=Sam Sent,{dn}", "lkToken") == []
    latchkey("invite", "cancel", "Sam Sent", "--in", name)
    ada("invite", "cancel", "Quin Queued", "--in", name)
    assert directory.values(f"cn=Quin Queued,{dn}", "lkSend") == []


def test_invites_for_all(ada, directory, acme):
    name, dn = acme
    account = directory.add_account(unique("tied"), PASSWORD)
    directory.add_profile(dn, "Tia Tied", address("tia"), lkAccountDN=account)
    directory.add_profile(dn, "Quin Queued", address("quin"), lkSend="invite")
    sent = directory.add_profile(dn, "Sam Sent", address("sam"), lkSent=f"invite at={written(time.time())}")
    assert ada("invite", "send", "--all", name, "--yes").out == "invited: 2 of 2\n"
    waiting = {dn for dn, _ in directory.search("(lkSend=invite)", dn)}
    assert {who.split(",")[0] for who in waiting} == {"cn=Ada Archer", "cn=Ben Brook", "cn=Quin Queued"}
    assert ada("invite", "send", "--all", name, "--again", "--yes").out == "invited: 1 of 1\n"
    assert directory.values(sent, "lkSend") == ["invite"]
    assert "may still work" in ada("invite", "cancel", "--all", name, "--yes", exit=PARTLY).err
    assert directory.search("(lkSend=invite)", dn) == []
    ada("invite", "send", "--all", name, exit=USAGE)
    ada("invite", "send", exit=USAGE)
    ada("invite", "send", "Ben Brook", "--all", name, exit=USAGE)


# ---- administrators


def test_administrators(operator, directory, acme):
    name, dn = acme
    ada, ben, mail = f"cn=Ada Archer,{dn}", f"cn=Ben Brook,{dn}", address("cleo")
    assert operator.json("administrator", "list", name) == [
        {"name": "Ada Archer", "mail": directory.values(ada, "mail")[0], "contact": False, "tied": False,
         "missing": False, "dn": ada}]
    ended = operator("administrator", "remove", name, "Ada Archer", exit=REFUSED)
    assert "without an administrator" in ended.err and "lkAdministrator" in ended.err
    operator("administrator", "add", name, "Ben Brook")
    operator("administrator", "add", name, "Ben Brook")
    assert directory.values(dn, "lkAdministrator") == [ada, ben]
    operator("administrator", "remove", name, ben)
    operator("administrator", "remove", name, ben, exit=NOT_FOUND)
    operator("administrator", "add", name, "Cleo Chen", "--mail", mail)
    cleo = f"cn=Cleo Chen,{dn}"
    assert directory.values(cleo, "lkSend") == ["invite"] and cleo in directory.values(dn, "lkAdministrator")
    operator("administrator", "replace", name, "Cleo Chen", "Ben Brook")
    assert set(directory.values(dn, "lkAdministrator")) == {ada, ben}
    operator("administrator", "replace", name, "Ben Brook", "Ben Brook", exit=USAGE)
    operator("administrator", "add", name, "Ben Brook", "--mail", "no", exit=USAGE)
    gone = f"cn=Gone Away,{dn}"
    directory.modify(dn, add={"lkAdministrator": gone})
    assert operator.json("administrator", "list", name)[2] == {"contact": False, "missing": True, "dn": gone}
    operator("administrator", "replace", name, gone, "Ada Archer")
    assert set(directory.values(dn, "lkAdministrator")) == {ada, ben}


def test_an_administrator_makes_others(ada, ben, directory, acme):
    name, dn = acme
    assert "Insufficient access" in ben("administrator", "add", name, "Ben Brook", exit=REFUSED).err
    ada("administrator", "add", name, "Ben Brook")
    other = directory.add_organization(unique("Other"), ["Olga Other"])
    ada("administrator", "add", name, f"cn=Olga Other,{other}", exit=NOT_FOUND)
    ada("administrator", "remove", name, "Ada Archer")
    assert directory.values(dn, "lkAdministrator") == [f"cn=Ben Brook,{dn}"]
