# SPDX-License-Identifier: Apache-2.0
"""The embedded directory: made, started, started again, ended, through tests/e2e/programs/embedded_alone.c."""
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import time

import ldap
import pytest
from harness.directory import SOURCE, DirectoryClient
from harness.ports import free_port

BUILD = pathlib.Path(os.environ.get("LATCHKEY_BUILD", SOURCE / "build" / "release"))
PROGRAM = BUILD / "tests" / "e2e" / "embedded_alone"
SUFFIX = "dc=example,dc=com"
DEADLINE = 60.0
PF_EXITING = 0x4  # linux/sched.h

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is not built")


def has_ended(process):
    """It is on its way out, where it lets go of what it has one thing after the other, or waits for its parent to look."""
    state, *others = (process / "stat").read_text().rsplit(")", 1)[1].split()
    return state == "Z" or int(others[5]) & PF_EXITING != 0


def slapds_in(folder):
    """Process ids of the slapds whose working directory is `folder`."""
    found = []
    for process in pathlib.Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if (process / "comm").read_text() == "slapd\n" and os.readlink(process / "cwd") == str(folder):
                if not has_ended(process):
                    found.append(int(process.name))
        except OSError:
            continue
    return found


def wait_until(condition, what):
    deadline = time.monotonic() + DEADLINE
    while True:
        outcome = condition()
        if outcome:
            return outcome
        assert time.monotonic() < deadline, f"waited {DEADLINE} s for {what}"
        time.sleep(0.01)


class Embedded:
    """A running embedded_alone and a client of its directory."""

    def __init__(self, folder, suffix=SUFFIX, share=SOURCE, listen="", user=None):
        self.folder = pathlib.Path(folder)
        self.process = subprocess.Popen(
            [PROGRAM, self.folder, suffix, share, listen], user=user, group=user, extra_groups=[] if user else None,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        line = self.process.stdout.readline()
        self.ready = line.startswith("ready ")
        self.words = "" if self.ready else self.process.stderr.read()
        if self.ready:
            password = (self.folder / "admin.password").read_text().strip()
            self.client = DirectoryClient(line.split()[1], password, suffix, listen or None)

    def slapd(self):
        found = slapds_in(self.folder)
        return found[0] if found else None

    def answers(self):
        try:
            self.client.forget_connections()
            return self.client.read(self.client.suffix) is not None
        except ldap.LDAPError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.stdin.close()
        code = self.process.wait(DEADLINE)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


@pytest.fixture
def start(tmp_path):
    begun = []

    def go(folder=None, **more):
        one = Embedded(folder or tmp_path / "state", **more)
        begun.append(one)
        return one

    yield go
    for one in begun:
        if one.process.poll() is None:
            one.kill()
    for one in begun:
        wait_until(lambda folder=one.folder: not slapds_in(folder), "slapd to end")


def test_first_start_makes_a_directory(start):
    one = start()
    assert one.ready, one.words
    client = one.client
    assert client.connect_service().whoami_s() == f"dn:{client.service_dn}"
    for dn in (client.accounts, client.organizations, client.operators, client.decoy_dn):
        assert client.read(dn), dn
    organization = client.add_organization("Acme")
    assert client.read(organization)["lkAdministrator"] == [f"cn=Main Contact,{organization}"]
    assert one.stop() == 0
    assert slapds_in(one.folder) == []


def test_nothing_in_the_folder_is_open_to_others(start):
    one = start()
    assert stat.S_IMODE(one.folder.stat().st_mode) == 0o700
    for name in ("admin.password", "slapd.d.made", "slapd.log", "data/data.mdb", "log/data.mdb"):
        assert stat.S_IMODE((one.folder / name).stat().st_mode) == 0o600, name


def test_data_and_password_are_kept(start):
    one = start()
    organization = one.client.add_organization("Kept")
    password = one.client.admin_password
    one.stop()
    again = start()
    assert again.client.admin_password == password
    assert again.client.read(organization)


def test_unchanged_configuration_is_not_made_again(start):
    one = start()
    made = (one.folder / "slapd.d").stat().st_ino
    one.stop()
    again = start()
    assert (again.folder / "slapd.d").stat().st_ino == made


def test_changed_templates_are_applied_and_data_kept(start, tmp_path):
    share = tmp_path / "share"
    for name in ("schema", "ldif"):
        shutil.copytree(SOURCE / name, share / name)
    one = start(share=share)
    organization = one.client.add_organization("Changed")
    one.stop()
    overlays = share / "ldif" / "overlays.ldif"
    overlays.write_text(overlays.read_text().replace("lkToken count 32", "lkToken count 2"))
    again = start(share=share)
    profile = again.client.add_profile(organization, "Tom Token", "tom@x.example", lkToken=["a", "b"])
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        again.client.modify(profile, add={"lkToken": "c"})


def test_a_new_index_holds_what_was_there_before(start, tmp_path):
    share = tmp_path / "share"
    for name in ("schema", "ldif"):
        shutil.copytree(SOURCE / name, share / name)
    indexes = share / "ldif" / "indexes.ldif"
    shipped = indexes.read_text()
    indexes.write_text(shipped.replace("displayName,", ""))
    one = start(share=share)
    organization = one.client.add_organization("Indexed")
    dn = one.client.add_profile(organization, "Ivy Index", "ivy@x.example", displayName="Ivy Index")
    one.stop()
    indexes.write_text(shipped)
    again = start(share=share)
    assert [found for found, _ in again.client.search("(displayName=Ivy Index)")] == [dn]


def test_slapd_that_dies_is_started_again(start):
    one = start()
    for how in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
        former = one.slapd()
        os.kill(former, how)
        wait_until(lambda: one.slapd() not in (None, former) and one.answers(), "another slapd")
    assert one.stop() == 0


def test_slapd_does_not_outlive_a_killed_daemon(start):
    one = start()
    assert one.slapd()
    one.kill()
    wait_until(lambda: one.slapd() is None, "slapd to end")


def test_start_right_after_kill(start):
    one = start()
    organization = one.client.add_organization("Survivors")
    for _ in range(5):
        one.kill()
        one = start()  # at once: waits for the former slapd by itself
        assert one.ready, one.words
        assert one.client.read(organization)
        assert len(slapds_in(one.folder)) == 1


def test_cut_short_first_start_is_done_again(start, tmp_path):
    one = start()
    one.stop()
    (one.folder / "data" / "unfinished").write_text(SUFFIX)
    (one.folder / "data" / "data.mdb").write_bytes(b"torn")
    again = start()
    assert again.ready, again.words
    assert again.client.read(again.client.accounts)


def test_loopback_port(start):
    port = free_port()
    one = start(listen=f"ldap://127.0.0.1:{port}")
    assert one.client.connect(uri=f"ldap://127.0.0.1:{port}").whoami_s() == f"dn:{one.client.admin_dn}"


@pytest.mark.parametrize("name", ["with space", "per%cent %41", "ünïcode", "quote'\"s"])
def test_names_that_need_care(start, tmp_path, name):
    one = start(tmp_path / name)
    assert one.ready, one.words
    assert one.client.connect_service().whoami_s() == f"dn:{one.client.service_dn}"


def test_share_folder_with_a_blank(start, tmp_path):
    share = tmp_path / "a share %20"
    for name in ("schema", "ldif"):
        shutil.copytree(SOURCE / name, share / name)
    one = start(share=share)
    assert one.ready, one.words


@pytest.mark.parametrize(
    "more, words",
    [
        ({"suffix": "dc=example,dc=com dc=x"}, "malformed: the embedded directory's suffix is dc="),
        ({"suffix": "dc=a)(cn=*"}, "malformed: the embedded directory's suffix is dc="),
        ({"suffix": ""}, "malformed: the embedded directory's suffix is dc="),
        ({"listen": "ldap://0.0.0.0:3890"}, "malformed: the embedded directory listens on a loopback address only"),
        ({"listen": "ldap://127.0.0.1:3890 ldap://[::]:3891"}, "malformed: the embedded directory listens on a loopback"),
        ({"share": "/nowhere"}, "absent: /nowhere: "),
    ],
)
def test_wrong_settings_are_named(start, more, words):
    one = start(**more)
    assert not one.ready and one.words.startswith(words), one.words


def test_path_too_long_for_a_socket(start, tmp_path):
    folder = tmp_path / ("x" * 100)
    one = start(folder)
    assert not one.ready and "too long for a Unix socket" in one.words, one.words


def test_two_daemons_in_one_folder(start):
    one = start()
    begun = time.monotonic()
    two = start()
    assert not two.ready and two.words.startswith("busy: another daemon"), two.words
    assert time.monotonic() - begun < DEADLINE
    assert one.answers()


def test_another_suffix_is_refused(start):
    one = start()
    one.stop()
    two = start(suffix="dc=other,dc=org")
    assert not two.ready and two.words.startswith("refused: ") and SUFFIX in two.words, two.words


def test_password_file_open_to_others_is_refused(start):
    one = start()
    one.stop()
    (one.folder / "admin.password").chmod(0o644)
    two = start()
    assert not two.ready and "admin.password" in two.words, two.words


def test_slapd_missing(tmp_path):
    done = subprocess.run(
        [PROGRAM, tmp_path / "state", SUFFIX, SOURCE, "", tmp_path], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 1 and done.stderr == "absent: slapd is not installed (Debian: apt install slapd)\n"


def test_refused_configuration_is_told(start, tmp_path):
    share = tmp_path / "share"
    for name in ("schema", "ldif"):
        shutil.copytree(SOURCE / name, share / name)
    overlays = share / "ldif" / "overlays.ldif"
    overlays.write_text(overlays.read_text().replace("olcSpSessionlog: 10000", "olcSpNonsense: 1"))
    one = start(share=share)
    assert not one.ready and one.words.startswith("broken: ") and "slapadd failed" in one.words, one.words


def test_slapd_that_cannot_start_is_told_soon(start):
    one = start()
    one.stop()
    (one.folder / "data" / "data.mdb").write_bytes(b"not a database")
    begun = time.monotonic()
    two = start()
    assert not two.ready and "slapd keeps ending" in two.words, two.words
    assert time.monotonic() - begun < 40


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_another_user_than_root(start, tmp_path):
    for folder in [tmp_path, *tmp_path.parents[:3]]:
        folder.chmod(0o755) if folder.owner() == "root" and folder != pathlib.Path("/tmp") else None
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    one = start(home / "state", user=65534)
    assert one.ready, one.words
    assert (one.folder / "data" / "data.mdb").stat().st_uid == 65534
    # root is not the daemon here: the socket lies in a folder that only the daemon's user (and root) enters
    with pytest.raises(ldap.LDAPError):
        one.client.connect_service().search_s(one.client.accounts, ldap.SCOPE_BASE)


def test_second_start_is_quick(start):
    """The quickest of some: what else the machine does makes them longer, and none shorter."""
    start().stop()
    taken = []
    for _ in range(3):
        begun = time.monotonic()
        again = start()
        taken.append(time.monotonic() - begun)
        assert again.ready
        again.stop()
    assert min(taken) < 5, taken
