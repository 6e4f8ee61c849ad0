# SPDX-License-Identifier: Apache-2.0
"""Kerberos: a sysadmin with a ticket, and the daemon with a keytab, at a slapd that a real KDC knows."""
import contextlib
import json
import re
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.certificates import Authority, SecureDirectory
from harness.client import Client, JsonClient
from harness.command import DONE, REFUSED, TROUBLE, Command
from harness.kerberos import HOST, KerberosDaemon, KerberosDirectory, Realm

PASSWORD = "violet-anvil-9-teacup"
CROWD = 32
SHORT = 10  # seconds that the daemon's tickets live here: longer than a busy machine takes to use one that it has got


@pytest.fixture(scope="module")
def realm(tmp_path_factory):
    with Realm(tmp_path_factory.mktemp("realm") / "realm") as running:
        running.add(f"ldap/{HOST}", "olga", "uma", "stranger", "latchkeyd/patient")
        running.add("latchkeyd", longest=SHORT)
        yield running


@pytest.fixture
def keytab(realm, tmp_path):
    """The daemon's."""
    return realm.keytab("latchkeyd", file=tmp_path / "latchkeyd.keytab")


@pytest.fixture(scope="module")
def directory(realm, tmp_path_factory):
    with KerberosDirectory(tmp_path_factory.mktemp("directory"), realm, log_level="stats") as running:
        running.make_operator(running.add_account("olga"))
        running.add_account("uma")
        yield running


def command(directory, environment, uri=None):
    return Command(identity=["-H", uri or directory.kerberos_uri, "-b", directory.suffix, "-Y", "GSSAPI"], environment=environment)


# ---- a sysadmin's ticket


def test_who_has_a_ticket_is_the_account_that_the_directory_says(directory, realm):
    acme = directory.add_organization("Ticket Tools")
    olga = command(directory, realm.ticket("olga"))
    assert "Ticket Tools" in olga("organization", "list").out
    olga("organization", "set-plan", "Ticket Tools", "support")
    assert directory.values(acme, "lkServicePlan") == ["support"]
    assert directory.values(acme, "modifiersName") == [f"uid=olga,{directory.accounts}"]


def test_the_directory_decides_what_a_ticket_is_good_for(directory, realm):
    """An account that is no operator, and somebody of the realm who has no account."""
    acme = directory.add_organization("Ticket Trust", plans=["support"])
    for name in ("uma", "stranger"):
        ended = command(directory, realm.ticket(name)).run("organization", "set-plan", "Ticket Trust", "gold")
        assert ended.status != DONE and ended.err.startswith("latchkey: "), ended
    assert directory.values(acme, "lkServicePlan") == ["support"]


@contextlib.contextmanager
def no_ticket(directory, realm, folder):
    yield realm.no_ticket(), directory.kerberos_uri


@contextlib.contextmanager
def expired(directory, realm, folder):
    environment = realm.ticket("olga", lifetime=1)
    realm.wait_expired(environment)
    yield environment, directory.kerberos_uri


@contextlib.contextmanager
def other_realm(directory, realm, folder):
    """One that the directory's does not know, and a krb5.conf that knows both."""
    with Realm(folder / "other", "OTHER.EXAMPLE") as other:
        other.add("olga")
        other.know(realm)
        yield other.ticket("olga"), directory.kerberos_uri


@contextlib.contextmanager
def other_name(directory, realm, folder):
    """The directory by a name that its keytab does not have."""
    yield realm.ticket("olga"), directory.ldap_uri


@contextlib.contextmanager
def old_keytab(directory, realm, folder):
    """The service's key is not the one that slapd has."""
    with Realm(folder / "other", realm.name) as other:
        other.add("olga", f"ldap/{HOST}")
        yield other.ticket("olga"), directory.kerberos_uri


@contextlib.contextmanager
def no_kdc(directory, realm, folder):
    with Realm(folder / "other", realm.name) as other:
        other.add("olga")
        environment = other.ticket("olga")
    yield environment, directory.kerberos_uri


REFUSALS = [
    (no_ticket, REFUSED, "there is no ticket: kinit gets one ("),
    (expired, REFUSED, "the ticket has expired: kinit gets a new one ("),
    (other_realm, REFUSED, "the directory's realm does not trust the ticket's: kinit in that realm (Server krbtgt/LATCHKEY.EXAMPLE@OTHER.EXAMPLE"),
    (other_name, REFUSED, "what is it called in the directory's keytab? (Server ldap/127.0.0.1@"),
    (old_keytab, REFUSED, "the directory cannot read the ticket: is its keytab as new as its key? ("),
    (no_kdc, TROUBLE, "no KDC of the realm answers (Cannot contact any KDC"),
]


@pytest.mark.parametrize("arrange, status, words", REFUSALS, ids=[case[0].__name__ for case in REFUSALS])
def test_a_refusal_says_what_to_do(directory, realm, tmp_path, arrange, status, words):
    with arrange(directory, realm, tmp_path) as (environment, uri):
        ended = command(directory, environment, uri)("organization", "list", exit=status)
    assert ended.out == "" and ended.err.startswith("latchkey: bind (SASL GSSAPI): ") and words in ended.err
    assert "Local error" not in ended.err and "Minor code" not in ended.err


# ---- the daemon's keytab


def wait_stale(directory, realm):
    """Until every ticket that the daemon has got so far has expired."""
    last = realm.issued("latchkeyd")[-1]
    directory.wait_for(lambda: time.time() > last + SHORT + 1, what="the daemon's tickets to expire")


def save_title(directory, daemon, profile, title):
    """An administrator's change, on the pages."""
    ada = JsonClient(daemon.url)
    ada.send("/signin", "/signin", {"name": "ada", "password": PASSWORD})
    fields = {"given_name": "Tim", "surname": "Target", "mail": "tim@keytab.example", "title": title}
    return ada.send("/account", "/organization/people/" + directory.values(profile, "entryUUID")[0], fields)


@pytest.fixture(scope="module")
def office(directory):
    """(an administrator's profile, somebody of the same organisation)"""
    organization = directory.add_organization("Keytab", ["Ada Admin"], ["support"])
    admin = f"cn=Ada Admin,{organization}"
    directory.modify(admin, replace={"lkAccountDN": directory.add_account("ada", PASSWORD)})
    return admin, directory.add_profile(organization, "Tim Target", "tim@keytab.example")


def test_the_daemon_goes_on_when_its_ticket_has_expired(directory, realm, keytab, office, tmp_path):
    """On the sessions that it has, on new ones, and under people's own names; the outbox is followed all the while."""
    admin, target = office
    with KerberosDaemon(tmp_path / "daemon", directory, {"directory.keytab": str(keytab)}) as daemon:
        daemon.wait_log(lambda log: "event=follow outcome=on" in log)
        assert save_title(directory, daemon, target, "first").status == 200
        wait_stale(directory, realm)
        before = len(realm.issued("latchkeyd"))
        assert save_title(directory, daemon, target, "second").status == 200
        directory.modify(target, add={"lkSend": "invite"})
        daemon.mailbox.wait("tim@keytab.example")
        directory.restart()
        daemon.wait_ready()
        assert save_title(directory, daemon, target, "third").status == 200
        assert len(realm.issued("latchkeyd")) > before, "new sessions take new tickets"
        assert directory.values(target, "title") == ["third"]
        assert directory.values(target, "modifiersName")[0].lower() == admin.lower()
        assert "event=start" not in daemon.log() and "level=error" not in daemon.log()
    assert f'BIND dn="{directory.service_dn}" mech=GSSAPI' in (directory.folder / "slapd.log").read_text()


def test_many_sessions_at_once_after_the_tickets_end(directory, realm, keytab, office, tmp_path):
    """All workers bind in the same moment: nobody is turned away. They have one cache of tickets, so one takes a ticket and uses it before
    the next one does: else that would now and then find the cache empty which another is about to fill."""
    names = [f"crowd-{number}" for number in range(CROWD)]
    for name in names:
        directory.add_account(name, PASSWORD)
    settings = {"directory.keytab": str(keytab), "server.workers": str(CROWD), "directory.timeout": "60s"}  # for the last one, too
    with KerberosDaemon(tmp_path / "daemon", directory, settings) as daemon, ThreadPoolExecutor(CROWD) as crowd:
        pages = [Client(daemon.url).get("/signin") for _ in names]
        wait_stale(directory, realm)
        before = len(realm.exchanges("latchkeyd"))
        directory.restart()
        signed_in = list(crowd.map(lambda page, name: page.submit("/signin", name=name, password=PASSWORD), pages, names))
        assert not [page.text for page in signed_in if page.path.startswith("/signin")]
        assert "bind (SASL" not in daemon.log()
    exchanges = realm.exchanges("latchkeyd")[before:]
    assert exchanges.count("AS") > 1 and ("AS", "AS") not in zip(exchanges, exchanges[1:]), exchanges


def test_tickets_that_somebody_else_keeps(directory, realm, office, tmp_path):
    """No keytab: the environment names where tickets are, as with k5start."""
    with KerberosDaemon(tmp_path / "daemon", directory, environment=realm.ticket("latchkeyd/patient")) as daemon:
        assert not Client(daemon.url).sign_in("ada", PASSWORD).path.startswith("/signin")


def test_what_is_wrong_with_the_keytab_is_told_before_the_start(directory, keytab, tmp_path):
    daemon = KerberosDaemon(tmp_path / "daemon", directory, {"directory.keytab": str(keytab)})
    daemon.write_configuration()

    def check():
        return subprocess.run(daemon.command("-t"), capture_output=True, text=True, env=daemon.environment())

    assert check().returncode == 0
    keytab.chmod(0o640)
    assert "open to group or others (chmod 600)" in check().stderr
    keytab.unlink()
    ended = check()
    assert ended.returncode == 1 and ended.stderr.startswith("directory.keytab: cannot open")


def test_another_keytab_takes_a_restart_and_a_new_key_in_it_does_not(directory, realm, keytab, tmp_path):
    with KerberosDaemon(tmp_path / "daemon", directory, {"directory.keytab": str(keytab)}) as daemon:
        daemon.set(directory_keytab=str(realm.keytab("uma")))
        daemon.reload()
        assert 'outcome=kept-the-old why="directory.keytab has changed: that takes a restart"' in daemon.log()
        realm.change_key("latchkeyd")
        realm.keytab("latchkeyd", file=keytab)
        wait_stale(directory, realm)
        before = len(realm.issued("latchkeyd"))
        directory.restart()
        directory.wait_for(lambda: len(realm.issued("latchkeyd")) > before, what="new sessions to take new tickets")


# ---- within TLS


class SecureKerberosDirectory(KerberosDirectory, SecureDirectory):
    """Tickets over TLS: the most specific class first, so that both configure it."""


def test_within_tls_nothing_is_encrypted_twice(realm, keytab, tmp_path):
    authority = Authority(tmp_path / "authority")
    names = {HOST, socket.gethostname(), socket.getfqdn()}  # libldap looks for the machine's own name where it hears localhost
    pair = authority.issue("slapd", names=[f"DNS:{name}" for name in sorted(names)])
    with SecureKerberosDirectory(tmp_path / "directory", realm=realm, pair=pair, authority=authority, log_level="stats") as directory:
        settings = {"directory.uri": f"ldaps://{HOST}:{directory.secure_port}", "directory.ca_file": str(authority.certificate),
                    "directory.keytab": str(keytab)}
        with KerberosDaemon(tmp_path / "daemon", directory, settings):
            binds = re.findall(r"mech=GSSAPI bind_ssf=(\d+) ssf=(\d+)", (directory.folder / "slapd.log").read_text())
    assert binds and all(own == "0" and int(whole) >= 128 for own, whole in binds), binds


# ---- doctor


def look(daemon):
    ended = Command(configuration=daemon.configuration, environment=daemon.kerberos).run("--json", "doctor")
    return {row["check"]: row for row in json.loads(ended.out)}


def test_doctor_binds_with_the_keytab(directory, realm, keytab, tmp_path):
    daemon = KerberosDaemon(tmp_path / "daemon", directory, {"directory.keytab": str(keytab)})
    daemon.write_configuration()
    rows = look(daemon)
    assert rows["directory"]["state"] == "ok" and rows["identity"]["found"] == directory.service_dn, rows
    realm.change_key("latchkeyd")
    rows = look(daemon)
    assert rows["directory"]["state"] == "fault" and "principal's newest key: ktadd" in rows["directory"]["found"], rows
    realm.keytab("uma", file=keytab)
    rows = look(daemon)
    assert rows["identity"]["state"] == "warning" and "uid=uma" in rows["identity"]["found"], rows
    keytab.chmod(0o644)
    rows = look(daemon)
    assert rows["directory"]["state"] == "fault" and "chmod 600" in rows["directory"]["found"], rows
    keytab.unlink()
    rows = look(daemon)
    assert rows["directory"]["state"] == "fault" and "directory.keytab" in rows["directory"]["mend"], rows
