# SPDX-License-Identifier: Apache-2.0
"""latchkey doctor: a sound installation, and each thing broken once."""
import getpass
import itertools
import json
import os
import re
import subprocess
import threading

import ldap
import pytest

from harness.command import PROGRAM, TROUBLE, Command
from harness.daemon import Daemon
from harness.directory import Directory
from harness.mail import Certificates, MailServer
from harness.tls import TlsDirectory

pytestmark = pytest.mark.one_thread

SECRET = "password of the service"


class Clinic:
    """A directory with one of everybody, a configuration, and the command beside it."""

    def __init__(self, folder, directory=None, **settings):
        self.folder = folder
        self.directory = directory or Directory(folder / "directory")
        self.directory.start()
        self.acme = self.directory.add_organization("Acme", ["Ada Archer"], ["support until=20991231235959Z"])
        self.bright = self.directory.add_organization("Bright", ["Iris Ivory"])
        self.ada = f"cn=Ada Archer,{self.acme}"
        self.ben = self.directory.add_profile(self.acme, "Ben Brook", "ben@acme.example")
        self.olga = self.directory.add_account("olga", "password of olga")
        self.directory.make_operator(self.olga)
        self.uma = self.directory.add_account("uma", "password of uma")
        self.daemon = Daemon(folder / "daemon", self.directory, settings={
            "server.public_url": "https://localhost", **settings})
        self.daemon.write_configuration()
        self.ring = self.daemon.folder / "keys"
        self.write_ring("20260101000000Z")
        self.environment = {}
        self.identity = ["-D", self.directory.admin_dn, "-y", self.file("password", self.directory.admin_password)]

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    def write_ring(self, created):
        self.ring.write_text(f"1 {created} make {'A' * 43}\n")
        self.ring.chmod(0o600)

    def set(self, **settings):
        self.daemon.set(**settings)

    def config(self, dn, *changes):
        self.directory.admin.modify_s(dn, list(changes))

    @property
    def database(self):
        return "olcDatabase={1}mdb,cn=config"

    def rules(self):
        return self.directory.values(self.database, "olcAccess")

    def change_rules(self, pattern, text):
        """The rules that `pattern` matches, changed."""
        former = self.rules()
        changed = [re.sub(pattern, text, rule) for rule in former]
        assert changed != former
        self.directory.modify(self.database, replace={"olcAccess": changed})

    def look(self, exit=None, sysadmin=False):
        """{check: [rows]}"""
        command = Command(configuration=self.daemon.configuration, identity=self.identity if sysadmin else None,
                          environment=self.environment)
        ended = command.run("--json", "doctor", "--user", getpass.getuser())
        assert exit is None or ended.status == exit, ended.out + ended.err
        rows = {}
        for row in json.loads(ended.out):
            rows.setdefault(row["check"], []).append(row)
        return rows

    def close(self):
        self.directory.close()


@pytest.fixture
def clinic(tmp_path):
    made = Clinic(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    with MailServer() as server:
        made = Clinic(tmp_path_factory.mktemp("sound"), **{"courier.deliver_to": server.url})
        made.server = server
        yield made
        made.close()


def everything(directory):
    """All that is in it, but for what slapd counts."""
    return {dn: entry for dn, entry in directory.search("(objectClass=*)", attributes=("*", "+"))}


# ---- nothing is wrong


def test_a_sound_installation(sound):
    rows = sound.look(exit=0, sysadmin=True)
    states = {(row["check"], row["state"]) for found in rows.values() for row in found}
    expected = {(name, "ok") for name in rows} - {("public URL", "ok")} | {("public URL", "warning")}
    assert states == expected, rows
    assert len(rows) == 18


def test_nothing_is_changed_and_nothing_is_sent(sound):
    before = everything(sound.directory)
    sound.look(exit=0)
    assert everything(sound.directory) == before
    assert sound.server.messages == []


def test_what_the_daemon_may_not_see_is_told(sound):
    row = sound.look(exit=0)["server"][0]
    assert row["state"] == "skipped" and "cn=config" in row["found"]


def test_people_read_a_table(sound):
    ended = Command(configuration=sound.daemon.configuration)("doctor")
    assert re.search(r"^rights: daemon +ok +", ended.out, re.MULTILINE) and "How to mend" in ended.out


# ---- each thing broken


def nothing_there(clinic):
    clinic.ring.unlink()
    clinic.set(links_key_ring="/nonexistent/keys")


def open_ring(clinic):
    clinic.ring.chmod(0o644)


def torn_ring(clinic):
    clinic.ring.write_text("1 20260101000000Z make short\n")


def old_ring(clinic):
    clinic.write_ring("20200101000000Z")


def wrong_file(clinic):
    clinic.set(server_workers="many")


def unknown_host(clinic):
    clinic.set(server_public_url="https://accounts.invalid")


def plain_url(clinic):
    clinic.set(server_public_url="http://192.0.2.1")


def stopped(clinic):
    clinic.directory.stop()


def one_of_two(clinic):
    clinic.set(directory_uri=f"{clinic.directory.ldapi_uri} ldap://127.0.0.1:1")


def other_person(clinic):
    clinic.config("cn=config", (ldap.MOD_REPLACE, "olcAuthzRegexp", [b'{0}"nobody" "cn=x"']))


def other_entry(clinic):
    clinic.config("cn=config", (ldap.MOD_REPLACE, "olcAuthzRegexp", [f'{{0}}"^gidNumber.*" "{clinic.olga}"'.encode()]))


def no_following(clinic):
    """As long as the module is loaded slapd names the control: another one takes its place."""
    clinic.directory.stop()
    configuration = clinic.directory.folder / "slapd.d"
    next(configuration.rglob("*syncprov.ldif")).unlink()
    for path in configuration.glob("cn=config/cn=module*.ldif"):
        path.write_text(path.read_text().replace("syncprov", "valsort"))
    clinic.directory.start()


def wrong_suffix(clinic):
    clinic.set(directory_suffix="dc=other,dc=com")


def lacking_attribute(clinic):
    dn, entry = clinic.directory.admin.search_s("cn=schema,cn=config", ldap.SCOPE_ONELEVEL, "(cn=*latchkey)")[0]
    former = next(v for v in entry["olcObjectClasses"] if b"'lkProfile'" in v)
    clinic.config(dn, (ldap.MOD_DELETE, "olcObjectClasses", [former]),
                  (ldap.MOD_ADD, "olcObjectClasses", [former.replace(b" $ lkSendError", b"")]))


def no_decoy(clinic):
    clinic.directory.delete(clinic.directory.decoy_dn)


def no_operators(clinic):
    clinic.directory.modify(clinic.directory.operators, delete={"member": clinic.olga})


def daemon_may_less(clinic):
    clinic.change_rules(r"lkSession,lkToken,lkSend,lkSendError,lkSent,lkAttempt,lkVerifier", "lkSession,lkToken,lkSend")


def daemon_may_add_nothing(clinic):
    clinic.change_rules(r'^(\{\d+\}to dn.exact="ou=accounts,[^"]*" attrs=children by dn.exact="[^"]*") write', r"\1 read")


def daemon_may_more(clinic):
    clinic.change_rules(r'^(\{\d+\}to \* by dn.exact="[^"]*") read', r"\1 write")


def account_may_more(clinic):
    clinic.change_rules(r"(attrs=uid,mail by self) read", r"\1 write")


def profile_may_less(clinic):
    clinic.change_rules(r"(attrs=cn,sn,givenName,displayName,initials,telephoneNumber,mobile,title,preferredLanguage by self) write", r"\1 read")


def administrator_may_everywhere(clinic):
    clinic.change_rules(r'(title,preferredLanguage by self write by )group/lkOrganization/lkAdministrator.expand="\$1"', r"\1users")


def operator_may_less(clinic):
    clinic.change_rules(r'(attrs=entry,lkMainContact,lkServicePlan,@organization by group[^ ]*) write', r"\1 read")


def lacking_index(clinic):
    clinic.config(clinic.database, (ldap.MOD_DELETE, "olcDbIndex", [b"lkSend pres,eq"]))


def lacking_overlay(clinic):
    clinic.directory.stop()
    next((clinic.directory.folder / "slapd.d").rglob("*ppolicy.ldif")).unlink()
    clinic.directory.start()


def no_refint(clinic):
    clinic.directory.do_without_refint()


def lacking_limit(clinic):
    clinic.config(clinic.database, (ldap.MOD_DELETE, "olcLimits", None))


def hiding_rule(clinic):
    clinic.config(clinic.database, (ldap.MOD_ADD, "olcAccess", [b'{0}to attrs=mail by dn.exact="cn=x" write by * break',
                                                                b'{1}to attrs=title by * read']))


def clock_ahead(clinic, by="600"):
    """A command whose clock is wrong: a library before the real one."""
    source = clinic.file("clock.c", """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <time.h>
        int clock_gettime(clockid_t clock, struct timespec *when)
        {
            int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
            int status = real(clock, when);
            if (clock == CLOCK_REALTIME)
                when->tv_sec += SHIFT;
            return status;
        }
        time_t time(time_t *place)
        {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (place)
                *place = now.tv_sec;
            return now.tv_sec;
        }
        """)
    library = clinic.folder / "clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", f"-DSHIFT={by}", "-o", library, source], check=True)
    clinic.environment["LD_PRELOAD"] = str(library)


def clock_behind_unseen_monitor(clinic):
    clinic.config("olcDatabase={2}monitor,cn=config", (ldap.MOD_REPLACE, "olcAccess", [b"{0}to * by * none"]))
    clock_ahead(clinic, "-600")


def no_mail_server(clinic):
    clinic.set(courier_deliver_to="smtp://127.0.0.1:1")


def no_mail_folder(clinic):
    clinic.set(courier_deliver_to="maildir:/dev/null/mail")


BROKEN = [
    # what is broken, the check that finds it, its state, what it says, how to mend it
    (wrong_file, "configuration", "fault", "latchkey.conf has faults", "latchkeyd -t"),
    (nothing_there, "key ring", "fault", "not there", "links.key_ring"),
    (open_ring, "key ring", "fault", "keys", "chmod 600"),
    (torn_ring, "key ring", "fault", "keys:1", "backup"),
    (old_ring, "key ring", "warning", "days old", "add a new key"),
    (unknown_host, "public URL", "fault", "accounts.invalid", "DNS"),
    (plain_url, "public URL", "warning", "not https", "https"),
    (stopped, "directory", "fault", "directory", "start it"),
    (one_of_two, "directory", "fault", "127.0.0.1:1", "directory.uri"),
    (other_person, "identity", "fault", "cn=peercred", "as the daemon's user"),
    (other_entry, "identity", "warning", "uid=olga", "olcAuthzRegexp"),
    (no_following, "features", "warning", "content synchronization", "syncprov"),
    (wrong_suffix, "features", "fault", "dc=other", "directory.suffix"),
    (lacking_attribute, "schema", "fault", "class lkProfile: the directory lacks of it lkSendError", "latchkey init"),
    (no_decoy, "entries", "fault", "directory.decoy", "latchkey init"),
    (no_operators, "operators", "warning", "nobody is an operator", "member"),
    (daemon_may_less, "rights: daemon", "fault", "may not write lkVerifier of uid=uma", "olcAccess"),
    (daemon_may_add_nothing, "rights: daemon", "fault", "may not add accounts", "olcAccess"),
    (daemon_may_more, "rights: daemon", "fault", "may write lkServicePlan", "olcAccess"),
    (account_may_more, "rights: account", "fault", "may write uid", "olcAccess"),
    (profile_may_less, "rights: profile", "fault", "may not write title of cn=Ben", "olcAccess"),
    (administrator_may_everywhere, "rights: administrator", "fault", "may write title of cn=Iris", "olcAccess"),
    (operator_may_less, "rights: operator", "fault", "may not write lkServicePlan", "olcAccess"),
    (lacking_index, "server", "fault", "indexes: to do", "latchkey init"),
    (lacking_overlay, "server", "fault", "add the overlay ppolicy", "latchkey init"),
    (no_refint, "server", "warning", "no refint for lkAccountDN, lkMainContact", "on purpose"),
    (lacking_limit, "server", "fault", "read without limits", "latchkey init"),
    (hiding_rule, "server", "fault", "{1}", "by hand"),
    (clock_ahead, "clock", "fault", "behind ours", "NTP"),
    (clock_behind_unseen_monitor, "clock", "fault", "ahead of ours", "NTP"),
    (no_mail_server, "mail", "fault", "mail server", "[courier]"),
    (no_mail_folder, "mail", "fault", "/dev/null", "[courier]"),
]


@pytest.mark.parametrize("break_it, check, state, found, mend", BROKEN, ids=[case[0].__name__ for case in BROKEN])
def test_what_is_wrong_is_told(clinic, break_it, check, state, found, mend):
    if break_it.__name__.startswith("clock") and any(name.endswith("SAN_OPTIONS") for name in os.environ):
        pytest.skip("a sanitizer does not go with a library before it")
    break_it(clinic)
    rows = clinic.look(exit=TROUBLE if state == "fault" else 0, sysadmin=check == "server")
    wrong = [row for row in rows[check] if row["state"] == state]
    assert wrong, rows
    said = " ".join(row["found"] for row in wrong)
    assert found in said and any(mend in row["mend"] for row in wrong), wrong


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look as somebody else")
def test_root_looks_as_the_daemons_user(sound):
    """The files that user may not read, and the bind that the socket gives it."""
    sound.folder.chmod(0o755)
    rows = Command(configuration=sound.daemon.configuration).run("--json", "doctor", "--user", "nobody")
    rows = {row["check"]: row for row in json.loads(rows.out)}
    assert rows["key ring"]["state"] == "fault" and rows["directory"]["state"] == "fault"
    rows = Command(configuration=sound.daemon.configuration).run("doctor", "--user", "nobody-of-this-name")
    assert rows.status == TROUBLE and "no user" in rows.out
    command = Command(configuration=sound.daemon.configuration)
    bound = subprocess.run(["setpriv", "--bounding-set=-setuid,-setgid", PROGRAM, *command.options, "doctor", "--user", "nobody"],
                           capture_output=True, text=True, env=command.environment)
    assert bound.returncode == TROUBLE and 'may not look as the user "nobody"' in bound.stdout, bound


def test_an_empty_directory_has_nobody_to_try(tmp_path):
    with Directory(tmp_path / "directory") as running:
        daemon = Daemon(tmp_path / "daemon", running)
        daemon.write_configuration()
        ended = Command(configuration=daemon.configuration)("doctor")
        assert re.search(r"^rights: account +skipped +there is no account that is no operator", ended.out, re.MULTILINE)
        assert re.search(r"^key ring +warning .*makes it when it starts", ended.out, re.MULTILINE)


# ---- several servers


def tell_changes(directory, *changes):
    """Has the server say that these are the last changes it knows."""
    directory.stop()
    directory._tool("slapmodify", 1, f"dn: {directory.suffix}\nchangetype: modify\nreplace: contextCSN\n"
                    + "".join(f"contextCSN: {change}\n" for change in changes))
    directory.start()


def change(second, number="000"):
    """Later than all that a test changes."""
    return f"209901010000{second:02}.000000Z#000000#{number}#000000"


@pytest.fixture
def pair(clinic, tmp_path):
    """A clinic whose daemon knows two servers, and the second of them."""
    with Directory(tmp_path / "other") as other:
        clinic.set(directory_uri=f"{clinic.directory.ldapi_uri} {other.ldapi_uri}")
        yield clinic, other


def replication_of(clinic, exit=0):
    """[(state, what was found)] of each server, in the order of directory.uri."""
    rows = clinic.look(exit=exit)["replication"]
    return [(row["state"], row["found"]) for row in rows]


def test_servers_that_have_the_same(pair):
    clinic, other = pair
    tell_changes(clinic.directory, change(7, "001"), change(30, "002"))
    tell_changes(other, change(7, "001"), change(30, "002"))
    assert replication_of(clinic) == [("ok", f"{each.ldapi_uri} has all that the others have") for each in (clinic.directory, other)]


@pytest.mark.parametrize("here, there, is_first_behind", [
    ([change(7, "001"), change(50, "002")], [change(49, "001"), change(50, "002")], True),
    ([change(49, "001")], [change(7, "001")], False),
    ([change(49, "001")], [change(7, "001"), change(8, "003")], False),  # who has just been started does not list all numbers
], ids=["the first", "the second", "a number too many"])
def test_a_server_that_is_behind(pair, here, there, is_first_behind):
    clinic, other = pair
    tell_changes(clinic.directory, *here)
    tell_changes(other, *there)
    first, second = (clinic.directory, other) if is_first_behind else (other, clinic.directory)
    expected = [("warning", f"{first.ldapi_uri} is 42 seconds behind {second.ldapi_uri}"),
                ("ok", f"{second.ldapi_uri} has all that the others have")]
    assert replication_of(clinic) == (expected if is_first_behind else expected[::-1])
    assert "syncrepl" in next(row["mend"] for row in clinic.look()["replication"] if row["state"] == "warning")


def test_a_server_that_catches_up_is_not_behind(pair):
    """Where something is changed all the time, one is always a little behind."""
    clinic, other = pair
    stopping = threading.Event()

    def change_both():
        for number in itertools.count():
            for each in (clinic.directory, other):
                each.modify(each.accounts, replace={"description": str(number)})
            if stopping.wait(0.05):
                return

    changing = threading.Thread(target=change_both)
    changing.start()
    try:
        assert {state for state, _ in replication_of(clinic)} == {"ok"}
    finally:
        stopping.set()
        changing.join()


def test_servers_that_are_no_copies(pair):
    clinic, other = pair
    tell_changes(clinic.directory, change(7, "001"))
    tell_changes(other, change(7, "002"))
    assert replication_of(clinic, exit=TROUBLE)[0] == ("fault", f"{clinic.directory.ldapi_uri} is no copy of {other.ldapi_uri}: "
                                                                "they have no change in common")


def test_a_server_that_does_not_say_how_far_it_is(pair):
    clinic, other = pair
    alone = ("skipped", f"{clinic.directory.ldapi_uri}: no other says how far it is")
    hidden = ("skipped", f"{other.ldapi_uri} does not say how far it is (contextCSN)")
    other.modify(clinic.database, add={"olcAccess": "{0}to attrs=contextCSN by * none"})
    assert replication_of(clinic) == [alone, hidden]
    other.stop()
    assert replication_of(clinic, exit=TROUBLE) == [alone, hidden]


# ---- TLS and the mail server's ways


def test_a_certificate_that_ends_soon(tmp_path):
    directory = TlsDirectory(tmp_path)
    password = tmp_path / "service"
    clinic = Clinic(tmp_path, directory, **{"directory.ca_file": str(directory.certificate), "directory.bind": "simple",
                                            "directory.bind_dn": directory.service_dn,
                                            "directory.bind_password_file": str(password)})
    try:
        password.write_text(SECRET)
        password.chmod(0o600)
        directory.admin.passwd_s(directory.service_dn, None, SECRET)
        clinic.set(directory_uri=directory.ldap_uri, directory_start_tls="yes")
        rows = clinic.look(exit=0)
        assert rows["certificate"][0]["state"] == "warning" and re.search(r"ends in [12] days", rows["certificate"][0]["found"])
        assert rows["identity"][0]["state"] == "ok"
        password.write_text("wrong")
        assert clinic.look(exit=TROUBLE)["directory"][0]["state"] == "fault"
        clinic.set(directory_ca_file="")
        assert "TLS" in clinic.look(exit=TROUBLE)["directory"][0]["found"]
    finally:
        clinic.close()


@pytest.mark.parametrize("tls, trusted, password, finds", [
    ("starttls", True, "right", None),
    ("smtps", True, "right", None),
    ("starttls", False, "right", "certificate"),
    ("starttls", True, "wrong", "535"),
])
def test_the_mail_server_is_tried_up_to_the_login(clinic, tls, trusted, password, finds):
    certificates = Certificates(clinic.folder / "certificates")
    with MailServer(tls=tls, certificates=certificates, login=("latchkey", "right")) as server:
        clinic.set(courier_deliver_to=server.url, courier_start_tls="require", courier_user="latchkey",
                   courier_password_file=str(clinic.file("login", password)),
                   courier_ca_file=str(certificates.authority if trusted else Certificates(clinic.folder / "others").authority))
        row = clinic.look(exit=TROUBLE if finds else 0)["mail"][0]
        assert row["state"] == ("fault" if finds else "ok"), row
        assert (finds or "takes mail from latchkey") in row["found"], row
        assert server.messages == [] and (server.logins != []) == (finds is None)
