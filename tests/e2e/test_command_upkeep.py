# SPDX-License-Identifier: Apache-2.0
"""The sysadmin's command and what keeps the service going: outbox and keys."""
import concurrent.futures
import os
import stat
import time
import uuid

import pytest

from harness import links
from harness.client import Client
from harness.command import CONFLICT, NOT_FOUND, REFUSED, USAGE, Command
from harness.daemon import Daemon

pytestmark = pytest.mark.one_thread

PASSWORD = "violet-anvil-9-teacup"


def unique(word):
    return f"{word} {uuid.uuid4().hex[:8]}"


def written(when):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(when))


@pytest.fixture(scope="module")
def latchkey(directory):
    return Command(directory)


@pytest.fixture(scope="module")
def operator(directory):
    return Command.of_operator(directory)


@pytest.fixture
def house(directory):
    """(name, DN) of an organisation with letters in each state."""
    name, now = unique("House"), int(time.time())
    dn = directory.add_organization(name)
    for who, values in {
        "Dan Deferred": {"lkSend": f'invite begun={written(now - 60)} tries=3 after={written(now + 9000)} why="450 4.2.0 later"'},
        "Quin Queued": {"lkSend": "invite"},
        "Sue Sending": {"lkSend": f"invite begun={written(now)} tries=1 claim=x until={written(now + 900)}"},
        "Rita Refused": {"lkSendError": f'invite at={written(now)} words="550 5.1.1 no such user"'},
        "Al Lost": {"lkSendError": f'associate at={written(now)} words="550 5.1.1 no such user"'},
        "Ugo Unreadable": {"lkSend": "nonsense of=mine"},
    }.items():
        directory.add_profile(dn, who, f"{uuid.uuid4().hex[:8]}@house.example", **values)
    yield name, dn
    for entry, _ in directory.search("(|(lkSend=*)(lkSendError=*))", attributes=["lkSend"]):
        directory.modify(entry, replace={"lkSend": None, "lkSendError": None})


# ---- outbox


def test_the_outbox_is_listed(latchkey, operator, directory, house):
    name, dn = house
    account = directory.add_account(unique("account"), PASSWORD, lkSend="reset")
    for reader in (latchkey, operator):
        listed = {letter["dn"].split(",")[0]: letter for letter in reader.json("outbox", "list", name)}
        assert {who: (letter["kind"], letter["state"]) for who, letter in listed.items()} == {
            "cn=Dan Deferred": ("invite", "deferred"), "cn=Quin Queued": ("invite", "waiting"),
            "cn=Sue Sending": ("invite", "sending"), "cn=Rita Refused": ("invite", "failed"),
            "cn=Al Lost": ("associate", "failed"), "cn=Ugo Unreadable": ("request", "unreadable")}
        deferred = listed["cn=Dan Deferred"]
        assert deferred["tries"] == 3 and deferred["words"] == "450 4.2.0 later" and deferred["after"] > deferred["since"]
        assert listed["cn=Rita Refused"]["words"] == "550 5.1.1 no such user"
        assert account in {letter["dn"] for letter in reader.json("outbox", "list")}
    failed = latchkey.json("outbox", "list", name, "--state", "failed", "--kind", "invite")
    assert [letter["dn"] for letter in failed] == [f"cn=Rita Refused,{dn}"]
    assert len(latchkey.json("outbox", "list", "--entry", f"cn=Quin Queued,{dn}")) == 1
    latchkey("outbox", "list", "--entry", f"cn=Nobody,{dn}", exit=NOT_FOUND)
    latchkey("outbox", "list", name, "--entry", dn, exit=USAGE)


def test_the_outbox_is_retried(operator, directory, house):
    name, dn = house
    operator("outbox", "retry", exit=USAGE)
    assert operator("outbox", "retry", name).out == "to be sent now: 2; left alone: 4\n"
    (deferred,) = directory.values(f"cn=Dan Deferred,{dn}", "lkSend")
    assert deferred.startswith("invite begun=") and "tries=3" in deferred and "after=" not in deferred
    rita = directory.read(f"cn=Rita Refused,{dn}")
    assert rita["lkSend"] == ["invite"] and "lkSendError" not in rita


def test_the_outbox_is_emptied(latchkey, directory, house):
    name, dn = house
    assert "--yes" in latchkey("outbox", "cancel", name, exit=USAGE).err
    before = latchkey("-n", "outbox", "cancel", name)
    assert before.out.count("changetype: modify") == 5
    assert latchkey("outbox", "cancel", name, "--yes").out == "taken out: 5; left alone: 1\n"
    assert [letter["state"] for letter in latchkey.json("outbox", "list", name)] == ["sending"]


def test_who_may_not_is_told(directory, house):
    """A profile that administers nothing sees no letters but its own."""
    name, dn = house
    ben = Command(directory, directory.add_account(unique("ben"), PASSWORD), PASSWORD)
    ben("outbox", "list", exit=NOT_FOUND)
    ben("outbox", "list", name, exit=NOT_FOUND)


def test_what_is_retried_arrives(operator, directory, tmp_path):
    name, mail = unique("House"), f"{uuid.uuid4().hex[:8]}@house.example"
    dn = directory.add_organization(name)
    jane = directory.add_profile(dn, "Jane Roe", mail, lkSend=f"invite after={written(time.time() + 9000)}")
    with Daemon(tmp_path, directory) as daemon:
        assert directory.values(jane, "lkSent") == []
        operator("outbox", "retry", "--entry", jane)
        assert daemon.mailbox.wait(mail)[0].link


# ---- keys


@pytest.fixture
def keys(tmp_path):
    """The command with a ring of its own."""
    path = tmp_path / "keys"
    path.write_text(f"# kept\n1 20260101000000Z make {'A' * 43}\n")
    path.chmod(0o600)
    command = Command(None)
    command.options += ["-H", "ldapi:///", "-s", f"links.key_ring={path}"]
    command.path = path
    return command


def uses(keys):
    return [(key["id"], key["use"], key["newest"]) for key in keys.json("keys", "list")]


def test_keys(keys):
    secret = keys.path.read_text().split()[-1]
    assert uses(keys) == [(1, "make", True)]
    assert keys.json("keys", "list")[0]["created"] == "2026-01-01T00:00:00Z"
    assert secret not in keys("keys", "list").out
    assert "key 2" in keys("keys", "make").out
    assert uses(keys) == [(1, "make", False), (2, "make", True)]
    keys("keys", "make", "--check")
    assert uses(keys) == [(1, "make", False), (2, "make", True), (3, "check", False)]
    keys("keys", "promote", "3")
    keys("keys", "retire", "1")
    assert uses(keys) == [(1, "check", False), (2, "make", False), (3, "make", True)]
    assert "key 4" in keys("keys", "rotate").out
    assert uses(keys) == [(1, "check", False), (2, "check", False), (3, "check", False), (4, "make", True)]
    assert "no key would be left" in keys("keys", "retire", "4", exit=REFUSED).err
    assert "no key would be left" in keys("keys", "remove", "4", "--yes", exit=REFUSED).err
    assert "--yes" in keys("keys", "remove", "1", exit=USAGE).err
    keys("keys", "remove", "1", "--yes")
    assert [key["id"] for key in keys.json("keys", "list")] == [2, 3, 4]
    keys("keys", "retire", "9", exit=NOT_FOUND)
    keys("keys", "retire", "300", exit=USAGE)
    ring = links.KeyRing(keys.path)
    assert ring.newest == 4 and len(set(ring.keys.values())) == 3 and all(len(key) == 32 for key in ring.keys.values())
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    assert keys.path.read_text().startswith("# kept\n") and os.listdir(keys.path.parent) == ["keys"]


def test_a_ring_that_is_none(keys):
    keys.path.chmod(0o644)
    assert "open to group or others" in keys("keys", "make", exit=REFUSED).err
    keys.path.chmod(0o600)
    keys.path.write_text("nonsense\n")
    assert "keys:1" in keys("keys", "rotate", exit=USAGE).err
    assert keys.path.read_text() == "nonsense\n"
    keys.path.unlink()
    keys("keys", "list", exit=NOT_FOUND)
    keys("keys", "make", exit=NOT_FOUND)


def test_changes_of_the_ring_at_once_are_all_made(keys):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: keys("keys", "make"), range(24)))
    assert sorted(key["id"] for key in keys.json("keys", "list")) == list(range(1, 26))


def test_a_full_ring(keys):
    keys.path.write_text("".join(f"{number} 20260101000000Z make {'A' * 43}\n" for number in range(1, 256)))
    assert "255 keys" in keys("keys", "make", exit=CONFLICT).err
    keys("keys", "remove", "7", "--yes")
    assert "key 7" in keys("keys", "rotate").out


def test_a_running_daemon_takes_up_the_new_key(keys, directory, tmp_path):
    name = unique("ann").replace(" ", "")
    directory.add_account(name, PASSWORD)
    with Daemon(tmp_path / "daemon", directory, settings={"links.key_ring": str(keys.path)}) as daemon:
        before = Client(daemon.url)
        before.sign_in(name, PASSWORD)
        keys("keys", "rotate")
        daemon.reload()
        assert "Signed in as" in before.get("/account").text, "the former key is still checked with"
        keys("keys", "remove", "1", "--yes")
        daemon.reload()
        assert "Signed in as" not in before.get("/account").text
        after = Client(daemon.url)
        after.sign_in(name, PASSWORD)
        assert "Signed in as" in after.get("/account").text
