# SPDX-License-Identifier: Apache-2.0
"""docs/backup.md: its commands, run as they stand there, on an embedded directory and on an OpenLDAP of its own."""
import getpass
import os
import re
import subprocess

import ldap
import pytest

from harness.command import BUILD
from harness.daemon import Daemon
from harness.directory import SOURCE, Directory
from test_command_init import older_share

pytestmark = pytest.mark.slow

PAGE = (SOURCE / "docs" / "backup.md").read_text()
SECTION = re.compile(r"^#{2,3} (.+?)\n(.*?)(?=^#{2,3} |\Z)", re.MULTILINE | re.DOTALL)
COMMANDS = {title: re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for title, text in SECTION.findall(PAGE)}
WAITING = "invite after=20991231235959Z"


def run(title, **places):
    """The one block of commands below that heading."""
    (commands,) = COMMANDS[title]
    environment = {**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}:/usr/sbin", "LDAPCONF": "/dev/null", "HOME": "/nonexistent",
                   "LATCHKEY_SHARE": str(BUILD / "share" / "latchkey"), **{name: str(value) for name, value in places.items()}}
    done = subprocess.run(["bash", "-eu"], input=commands, text=True, capture_output=True, env=environment)
    assert done.returncode == 0, commands + done.stdout + done.stderr
    return done.stdout


def test_every_block_is_run():
    assert {title for title, blocks in COMMANDS.items() if blocks} == {
        "Back up an embedded directory", "Restore an embedded directory", "Back up an OpenLDAP", "Restore an OpenLDAP",
        "An older state", "A newer version"}


def fill(directory):
    """An organisation with a link under way, a session and mail that waits."""
    organization = directory.add_organization("Kept Customer", ["Kim Keeper"])
    kim = f"cn=Kim Keeper,{organization}"
    account = directory.add_account("kim", "password of kim", lkSession="session id=x begun=20260101000000Z seen=20260101000000Z")
    directory.modify(kim, add={"lkToken": "invite digest=x until=20991231235959Z", "lkSend": WAITING})
    return organization, kim, account


def wear(directory, kim, account):
    """What happens after the backup: all of it is used and ended, and somebody goes."""
    directory.modify(kim, replace={"lkToken": None, "lkSend": None})
    directory.modify(account, replace={"lkSession": None})
    directory.add_organization("Later Customer")


@pytest.mark.parametrize("filtered", [False, True])
def test_an_embedded_directory(tmp_path, filtered):
    places = {"FOLDER": tmp_path / "daemon" / "directory", "KEYS": tmp_path / "daemon" / "keys",
              "CONFIGURATION": tmp_path / "daemon" / "latchkey.conf", "BACKUP": tmp_path / "backup"}
    with Daemon(tmp_path / "daemon", embedded=True) as daemon:
        directory = daemon.embedded_client()
        _, kim, account = fill(directory)
        run("Back up an embedded directory", **places)
        before = dict(directory.search("(objectClass=*)", attributes=("*", "+")))
        wear(directory, kim, account)
        daemon.stop()
        assert (tmp_path / "backup" / "directory.ldif").stat().st_mode & 0o077 == 0
        if filtered:
            run("An older state", **places)
        run("Restore an embedded directory", **places)
        daemon.start()
        directory = daemon.embedded_client()
        after = dict(directory.search("(objectClass=*)", attributes=("*", "+")))
        assert set(after) == set(before)
        assert "lkSession" in before[account]
        assert ("lkSession" in after[account]) == ("lkToken" in after[kim]) == ("lkSend" in after[kim]) == (not filtered)
        assert after[kim]["entryUUID"] == before[kim]["entryUUID"]
        directory.connect(account, "password of kim").unbind_s()
        assert (tmp_path / "backup" / "keys").read_bytes() == places["KEYS"].read_bytes()


def test_an_embedded_directory_on_a_new_machine(tmp_path):
    """As the page says: configuration, key ring and password are put back, the daemon makes the rest, then come the data."""
    old, new = tmp_path / "old", tmp_path / "new"
    backup = tmp_path / "backup"
    with Daemon(old, embedded=True) as daemon:
        _, kim, account = fill(daemon.embedded_client())
        run("Back up an embedded directory", FOLDER=old / "directory", KEYS=old / "keys", CONFIGURATION=daemon.configuration, BACKUP=backup)
    (new / "directory").mkdir(parents=True, mode=0o700)
    for name, place in (("keys", new), ("latchkey.conf", new), ("admin.password", new / "directory")):
        (place / name).write_bytes((backup / name).read_bytes())
        (place / name).chmod(0o600)
    with Daemon(new, embedded=True) as daemon:
        daemon.stop()
        run("Restore an embedded directory", FOLDER=new / "directory", KEYS=new / "keys", CONFIGURATION=daemon.configuration, BACKUP=backup)
        daemon.start()
        directory = daemon.embedded_client()
        assert directory.values(kim, "lkSend") == [WAITING]
        directory.connect(account, "password of kim").unbind_s()


def test_an_openldap(tmp_path):
    with Directory(tmp_path / "directory") as running:
        _, kim, account = fill(running)
        places = {"SLAPD": running.folder / "slapd.d", "SUFFIX": running.suffix, "BACKUP": tmp_path / "backup"}
        run("Back up an OpenLDAP", **places)
        before = dict(running.search("(objectClass=*)", attributes=("*", "+")))
        wear(running, kim, account)
        running.stop()
        for name in ("data", "log"):
            (running.folder / name).rename(running.folder / f"{name}.lost")
            (running.folder / name).mkdir(mode=0o700)
        run("Restore an OpenLDAP", **places)
        running.start()
        assert dict(running.search("(objectClass=*)", attributes=("*", "+"))) == before
        assert running.admin.search_s("cn=log", ldap.SCOPE_ONELEVEL, "(reqDN=*)")
        assert running.connect_service().whoami_s() == f"dn:{running.service_dn}"


def test_a_newer_version(tmp_path):
    with Directory(tmp_path / "directory", share=older_share(tmp_path / "share")) as running:
        _, kim, account = fill(running)
        password = tmp_path / "password"
        password.write_text(running.admin_password)
        password.chmod(0o600)
        # The administrator of cn=config has the same password on this one.
        running.admin.modify_s("olcDatabase={0}config,cn=config", [(ldap.MOD_REPLACE, "olcRootDN", [b"cn=admin,cn=config"]),
                                                                   (ldap.MOD_ADD, "olcRootPW", [running.admin_password.encode()])])
        configuration = tmp_path / "ldaprc"
        configuration.write_text(f"URI {running.ldapi_uri}\n")
        said = run("A newer version", WHO=getpass.getuser(), PASSWORD=password, ADMIN=running.admin_dn, SUFFIX=running.suffix, LDAPCONF=configuration)
        assert "bring the schema forward" in said
        running.modify(account, add={"lkRecoveryCode": "code key=1 tag=x"}, connection=running.connect_service())
        assert running.values(kim, "lkSend") == [WAITING]
