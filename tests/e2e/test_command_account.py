# SPDX-License-Identifier: Apache-2.0
"""The sysadmin's command and accounts: account and link (flows S7, S8, S11, S13, S16)."""
import re
import time
import uuid

import pytest

from harness import links
from harness.client import Client
from harness.command import CONFLICT, NOT_FOUND, REFUSED, USAGE, Command
from harness.daemon import Daemon

pytestmark = pytest.mark.one_thread

PASSWORD = "violet-anvil-9-teacup"
OTHER = "copper-meadow-7-lantern"
CHEAP = ["-s", "accounts.argon2_memory=8m", "-s", "accounts.argon2_passes=1"]


def unique(word):
    return f"{word}{uuid.uuid4().hex[:8]}"


def written(when):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(when))


@pytest.fixture(scope="module")
def latchkey(directory):
    command = Command(directory)
    command.options += CHEAP
    return command


@pytest.fixture(scope="module")
def operator(directory):
    return Command.of_operator(directory)


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("account"), directory) as running:
        yield running


@pytest.fixture
def secret(tmp_path):
    """Puts a password into a file."""
    def write(password):
        file = tmp_path / unique("password")
        file.write_text(password + "\n")
        file.chmod(0o600)
        return file
    return write


# ---- accounts


def test_an_account_is_created_and_signs_in(latchkey, directory, daemon, secret):
    name, mail = unique("ada"), f"{unique('ada')}@home.example"
    ended = latchkey("account", "create", name, "--new-password-file", secret(PASSWORD), "--first", "Ada", "--last", "Archer",
                     "--mail", mail)
    dn = f"uid={name},{directory.accounts}"
    assert ended.out == f"created {dn}; {mail} is asked to confirm the address\n"
    assert daemon.mailbox.wait(mail)
    client = Client(daemon.url)
    client.sign_in(name, PASSWORD)
    assert "Signed in as" in client.get("/account").text
    shown = latchkey.json("account", "show", name)
    assert shown.pop("id") == directory.values(dn, "entryUUID")[0]
    assert shown == {"name": name, "display_name": "Ada Archer", "given_name": "Ada", "surname": "Archer",
                     "pending_mail": mail, "sessions": 1, "dn": dn, "profiles": []}
    assert "already" in latchkey("account", "create", name, "--new-password-file", secret(PASSWORD), exit=CONFLICT).err


@pytest.mark.parametrize("name, password, more, said, exit", [
    ("ab", PASSWORD, [], "shorter than 3", USAGE),
    ("a,b,c", PASSWORD, [], "may not have", USAGE),
    ("weakling", "password1234", [], "the password", REFUSED),
    ("mailman", PASSWORD, ["--mail", "no"], "not an e-mail address", USAGE),
])
def test_an_account_with_faults_is_not_created(latchkey, directory, secret, name, password, more, said, exit):
    assert said in latchkey("account", "create", name, "--new-password-file", secret(password), *more, exit=exit).err
    assert directory.search(f"(uid={name})") == []


def test_a_password_is_set(latchkey, operator, directory, daemon, secret, tmp_path):
    name, mail = unique("ben"), f"{unique('ben')}@home.example"
    dn = directory.add_account(name, PASSWORD, lkAlternateMail=mail)
    client = Client(daemon.url)
    client.sign_in(name, PASSWORD)
    assert directory.values(dn, "lkSession")
    ended = latchkey("account", "password", name, "--new-password-file", secret(OTHER))
    assert "signed out everywhere; the holder is not told" in ended.out
    assert directory.values(dn, "lkSession") == [] and directory.values(dn, "lkSend") == []
    client = Client(daemon.url)
    client.sign_in(name, OTHER)
    assert "Signed in as" in client.get("/account").text
    # Beside the daemon's key ring the holder is told, with "this was not me".
    ended = latchkey("-s", f"links.key_ring={daemon.folder / 'keys'}", "account", "password", name, "--new-password-file",
                     secret(PASSWORD))
    assert "not told" not in ended.out
    assert daemon.mailbox.wait(mail)[0].link
    assert "the password is" in latchkey("account", "password", name, "--new-password-file", secret("aaaaaaaaaaaa"),
                                         exit=REFUSED).err
    assert "no terminal" in latchkey("account", "password", name, exit=USAGE).err
    assert "Insufficient access" in operator("account", "password", name, "--new-password-file", secret(OTHER),
                                             exit=REFUSED).err
    latchkey("account", "password", unique("nobody"), "--new-password-file", secret(OTHER), exit=NOT_FOUND)


def test_a_reset_arrives(latchkey, operator, directory, daemon):
    name, mail = unique("cleo"), f"{unique('cleo')}@home.example"
    dn = directory.add_account(name, PASSWORD)
    assert "you see none" in operator("account", "reset", name).out
    directory.wait_for(lambda: not directory.values(dn, "lkSend"))
    assert latchkey("account", "mail", name, mail).out == f"{name} has the confirmed address {mail}\n"
    assert directory.values(dn, "lkAlternateMail") == [mail]
    assert mail in latchkey("account", "reset", name).out
    letter = daemon.mailbox.wait(mail)[0]
    assert Client(daemon.url).get("/t/" + letter.token).status == 200
    directory.wait_for(lambda: latchkey.json("link", "list", name, "--account"))
    (live,) = latchkey.json("link", "list", name, "--account")
    assert live["kind"] == "reset" and live["undoes"] is False and set(live) == {"id", "kind", "until", "undoes", "account"}
    assert letter.token not in latchkey("link", "list", name, "--account").out
    latchkey("link", "end", name, live["id"][:6], "--account")
    assert latchkey.json("link", "list", name, "--account") == []
    latchkey("link", "end", name, live["id"], "--account", exit=NOT_FOUND)
    for like_an_option in ("-t0o-x", "--0o-x"):
        assert "words that begin with - stand behind --" in latchkey("link", "end", name, like_an_option, "--account", exit=USAGE).err
        assert f'no link "{like_an_option}"' in latchkey("link", "end", "--account", "--", name, like_an_option, exit=NOT_FOUND).err


def test_an_address_is_taken_away(latchkey, directory):
    name = unique("dora")
    dn = directory.add_account(name, PASSWORD, lkAlternateMail="a@x.example", lkPendingMail="b@x.example")
    latchkey("account", "mail", name, exit=USAGE)
    latchkey("account", "mail", name, "no", exit=USAGE)
    latchkey("account", "mail", name, "c@x.example", "--none", exit=USAGE)
    latchkey("account", "mail", name, "--none")
    entry = directory.read(dn)
    assert "lkAlternateMail" not in entry and "lkPendingMail" not in entry


def test_locks_and_second_factors_are_taken_off(latchkey, operator, directory):
    name = unique("emil")
    dn = directory.add_account(name, PASSWORD, lkAttempt=f"account at={written(time.time())} count=9",
                               lkSecondFactor="totp sealed=AAAA", lkRecoveryCode="code key=1 tag=AAAA")
    assert latchkey.json("account", "show", name)["second_factor"] is True
    assert "Insufficient access" in operator("account", "unlock", name, exit=REFUSED).err
    latchkey("account", "unlock", name)
    assert directory.values(dn, "lkAttempt") == []
    latchkey("account", "drop-second-factor", name, exit=USAGE)
    latchkey("account", "drop-second-factor", name, "--yes")
    entry = directory.read(dn)
    assert "lkSecondFactor" not in entry and "lkRecoveryCode" not in entry
    assert "second_factor" not in latchkey.json("account", "show", name)


def test_an_account_is_removed(latchkey, operator, directory):
    name = unique("fay")
    dn = directory.add_account(name, PASSWORD)
    house = directory.add_organization(f"House {unique('x')}")
    profile = directory.add_profile(house, "Fay Fox", "fay@x.example", lkAccountDN=dn)
    assert latchkey.json("account", "show", name)["profiles"] == [
        {"name": "Fay Fox", "mail": "fay@x.example", "dn": profile}]
    operator("account", "remove", name, "--yes", exit=REFUSED)
    assert "--yes" in latchkey("account", "remove", name, exit=USAGE).err
    assert directory.read(dn)
    latchkey("account", "remove", name, "--yes")
    assert directory.read(dn) is None and directory.values(profile, "lkAccountDN") == []
    boss = unique("boss")
    directory.make_operator(directory.add_account(boss, PASSWORD))
    assert "is an operator" in latchkey("account", "remove", boss, "--yes", exit=REFUSED).err


def test_no_verb_lists_accounts(latchkey):
    verbs = latchkey("complete", "--", "account", "", options=[]).lines
    assert verbs and not [verb for verb in verbs if re.search("list|search|find", verb)]


# ---- links


def test_links_of_a_profile(latchkey, operator, directory, daemon):
    house = directory.add_organization(f"House {unique('x')}")
    ring = links.KeyRing(daemon.folder / "keys")
    soon = int(time.time()) + 3600
    values = [ring.link("invite", "ben@x.example", soon)[1], ring.link("undo_tie", "ben@x.example", soon)[1],
              ring.link("associate", "ben@x.example", soon - 7200)[1]]
    profile = directory.add_profile(house, "Ben Brook", "ben@x.example", lkToken=values)
    listed = latchkey.json("link", "list", profile)
    assert {(link["kind"], link["undoes"]) for link in listed} == {("invite", False), ("undo_tie", True)}
    assert operator.json("link", "list", profile) == [], "links are not for operators to see"
    latchkey("link", "end-all", profile, exit=USAGE)
    assert latchkey("link", "end-all", profile, "--yes").out == "ended: 1\n"
    assert [link["kind"] for link in latchkey.json("link", "list", profile)] == ["undo_tie"]
    latchkey("link", "list", "x", "--account", "--in", "y", exit=USAGE)
