# SPDX-License-Identifier: Apache-2.0
"""Whose word is taken for a server's certificate: that of the authorities in the ca_file which is set, and of no other; where none is set,
the system's. Here the system believes one authority, and servers show certificates of it or of another."""
import contextlib
import urllib.parse

import pytest

from harness import system_authorities
from harness.certificates import Authority, SecureDirectory
from harness.mail import MailServer
from harness.system_authorities import ALL_IN_ONE, PLACE, DaemonOfSystem, SystemAuthorities
from test_breaches import NOT_NOW, UNKNOWN, ask, serving

# Only where a kernel, or a container, lets nobody mount: the machine's own authorities are not to be touched instead.
missing = system_authorities.why_not()
pytestmark = pytest.mark.skipif(missing is not None, reason=str(missing))

LOCAL = ["IP:127.0.0.1"]


@pytest.fixture(scope="module")
def systems(tmp_path_factory):
    """The authority that the whole system believes."""
    return Authority(tmp_path_factory.mktemp("systems"), "The System")


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """An authority that is believed where a ca_file names it."""
    return Authority(tmp_path_factory.mktemp("ours"), "Our Own")


@pytest.fixture(scope="module")
def system(systems, tmp_path_factory):
    return SystemAuthorities(tmp_path_factory.mktemp("system") / "certs", systems.certificate)


@pytest.fixture(scope="module")
def pairs(systems, ours):
    """What a server shows, by who has issued it."""
    return {"systems": systems.issue("server", LOCAL), "ours": ours.issue("server", LOCAL)}


# ---- the mail server


def invite(directory, name):
    organization = directory.add_organization(name)
    return directory.add_profile(organization, "Jane Doe", f"jane@{name.lower()}.example", lkSend="invite")


def why_it_waits(directory, profile):
    """What the entry says of a letter that could not be sent; "" of one that was."""
    def settled():
        waiting = "".join(directory.values(profile, "lkSend"))
        return [waiting] if waiting == "" or " why=" in waiting else []

    (waiting,) = directory.wait_for(settled, what="the letter to be sent or not")
    return urllib.parse.unquote(waiting)


@pytest.mark.parametrize("tls", ["starttls", "smtps"])
def test_a_ca_file_for_the_mail_server_is_believed_alone(own_directory, system, systems, ours, pairs, tmp_path, tls):
    """Above all not the system's authorities besides. When it names the right one, what waited is sent."""
    profile = invite(own_directory, "Waits")
    with MailServer(tls, pairs["systems"]) as mail:
        settings = {"courier.deliver_to": mail.url, "courier.start_tls": "require", "courier.ca_file": str(ours.certificate)}
        with DaemonOfSystem(tmp_path / "daemon", own_directory, system, settings) as daemon:
            why = why_it_waits(own_directory, profile)
            assert "mail server: " in why and "certificate" in why, why
            daemon.wait_log(lambda log: "event=message" in log and "outcome=deferred" in log)
            assert mail.messages == []
            daemon.set(courier_ca_file=str(systems.certificate))
            daemon.reload()
            assert mail.wait_for(1)[0].was_encrypted


@pytest.mark.parametrize("issuer", ["systems", "ours"])
def test_without_a_ca_file_the_mail_server_is_one_of_the_systems(own_directory, system, pairs, tmp_path, issuer):
    profile = invite(own_directory, "System")
    with MailServer("starttls", pairs[issuer]) as mail:
        settings = {"courier.deliver_to": mail.url, "courier.start_tls": "require"}
        with DaemonOfSystem(tmp_path / "daemon", own_directory, system, settings):
            assert ("certificate" in why_it_waits(own_directory, profile)) == (issuer == "ours")
        assert {message.was_encrypted for message in mail.messages} == ({True} if issuer == "systems" else set())


# ---- the directory


@pytest.fixture
def secure(systems, pairs, tmp_path, issuer):
    with SecureDirectory(tmp_path / "directory", pairs[issuer], systems) as directory:
        yield directory


@pytest.fixture
def settings(secure, systems):
    """Without a ca_file; the daemon is known by its certificate."""
    own = systems.issue("latchkeyd", subject="/O=Latchkey/CN=latchkeyd")
    return {"directory.uri": secure.ldaps_uri, "directory.certificate": str(own.certificate), "directory.private_key": str(own.key)}


@contextlib.contextmanager
def started(folder, directory, system, settings):
    """Running, with a directory or without."""
    daemon = DaemonOfSystem(folder, directory, system, settings)
    daemon.start(wait=False)
    try:
        yield daemon
    finally:
        daemon.stop()


def see_refused(daemon, issuer):
    """Its directory's certificate, and the log says whose that is."""
    daemon.wait_log(lambda log: f"answers for the server's certificate, issued by O={issuer}" in log)
    daemon.wait_status("/readyz", 503)
    daemon.wait_ready("/healthz")


@pytest.mark.parametrize("issuer", ["systems"])
def test_a_ca_file_for_the_directory_is_believed_alone(secure, settings, system, systems, ours, tmp_path, monkeypatch):
    """Whatever an ldap.conf of the machine believes besides."""
    monkeypatch.setenv("LDAPTLS_CACERT", f"{PLACE}/{ALL_IN_ONE}")
    monkeypatch.setenv("LDAPTLS_CACERTDIR", PLACE)
    with started(tmp_path / "daemon", secure, system, {**settings, "directory.ca_file": str(ours.certificate)}) as daemon:
        see_refused(daemon, "The System")
        daemon.stop()
        daemon.set(directory_ca_file=str(systems.certificate))
        daemon.start()


@pytest.mark.parametrize("issuer", ["systems", "ours"])
def test_without_a_ca_file_the_directory_is_one_of_the_systems(secure, settings, system, tmp_path, issuer, monkeypatch):
    """Where no ldap.conf says so either, as that of Debian does."""
    monkeypatch.setenv("LDAPNOINIT", "yes")
    with started(tmp_path / "daemon", secure, system, settings) as daemon:
        if issuer == "systems":
            daemon.wait_ready()
        else:
            see_refused(daemon, "Our Own")


# ---- the service that knows passwords from data breaches: it has no ca_file


@pytest.mark.parametrize("issuer", ["systems", "ours"])
def test_the_service_for_breaches_is_one_of_the_systems(directory, system, pairs, tmp_path, issuer):
    """Of another nothing is asked, and nothing it says is believed."""
    with serving(pairs[issuer].context()) as service, DaemonOfSystem(tmp_path / "daemon", directory, system) as daemon:
        said = ask(daemon, f"{service.url}/honest/", UNKNOWN, "refuse")
        assert (said is None) if issuer == "systems" else (NOT_NOW in said)
        assert len(service.asked) == (1 if issuer == "systems" else 0)
