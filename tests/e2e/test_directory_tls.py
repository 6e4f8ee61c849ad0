# SPDX-License-Identifier: Apache-2.0
"""The way to the directory over a network: TLS that is verified, and said clearly where it is not; the daemon known by its
certificate; several servers, of which one is used at a time; and referrals, which are not followed."""
import contextlib
import shutil
import subprocess
import threading

import pytest
from ldap.controls.simple import ManageDSAITControl

from harness.certificates import Authority, SecureDirectory
from harness.client import Client
from harness.daemon import Daemon
from harness.directory import Directory
from harness.probe import Probe

TIMEOUT = 4
SLACK = 3.5
PASSWORD = "violet-anvil-9-teacup"
SUBJECT = "/O=Latchkey/CN=latchkeyd"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def own(authority):
    """The daemon's certificate."""
    return authority.issue("latchkeyd", subject=SUBJECT)


@pytest.fixture(scope="module")
def secure(authority, tmp_path_factory):
    pair = authority.issue("slapd", names=["IP:127.0.0.1"])
    with SecureDirectory(tmp_path_factory.mktemp("secure"), pair, authority) as directory:
        yield directory


def uri_of(directory, way):
    return directory.ldaps_uri if way == "ldaps" else directory.ldap_uri


def settings_of(directory, way, authority, own=None):
    settings = {"directory_uri": uri_of(directory, way), "directory_ca_file": authority.certificate, "directory_timeout": TIMEOUT}
    if way == "StartTLS":
        settings["directory_start_tls"] = "yes"
    if own:
        settings.update(directory_certificate=own.certificate, directory_private_key=own.key)
    return settings


def as_simple(directory, settings):
    """Bound by password, for tests in which nobody gets that far."""
    file = directory.folder / "daemon-password"
    file.write_text("x\n")
    file.chmod(0o600)
    return {**settings, "directory_bind": "simple", "directory_bind_dn": directory.service_dn, "directory_bind_password_file": file}


WAYS = ["ldaps", "StartTLS"]


# ---- the daemon's own certificate


@pytest.mark.parametrize("way", WAYS)
def test_the_certificate_says_who_the_daemon_is(secure, authority, own, way):
    name = f"jane.{way.lower()}"
    jane = secure.add_account(name, PASSWORD)
    with Probe(secure, **settings_of(secure, way, authority, own)) as probe:
        assert probe.ask("ready")["status"] == "ok"
        assert probe.ask("modify", dn=jane, change=[["add", "lkToken", "one"]])["status"] == "ok"
        assert secure.values(jane, "modifiersName") == [secure.service_dn]
        assert probe.ask("check_password", dn=jane, password=PASSWORD)["status"] == "ok"
        assert probe.ask("check_password", dn=jane, password="wrong")["status"] == "refused"


def test_a_whole_daemon_over_tls(secure, authority, own, tmp_path):
    """Signs in, and follows the outbox."""
    secure.add_account("whole", PASSWORD)
    settings = {name.replace("_", ".", 1): str(value) for name, value in settings_of(secure, "ldaps", authority, own).items()}
    with Daemon(tmp_path / "daemon", secure, settings=settings) as daemon:
        daemon.wait_log(lambda log: "event=follow outcome=on" in log)
        assert not Client(daemon.url).sign_in("whole", PASSWORD).path.startswith("/signin")


def test_a_certificate_of_somebody_else_is_not_the_daemon(secure, authority):
    stranger = authority.issue("stranger", subject="/O=Latchkey/CN=stranger")
    jane = secure.add_account("stranger.jane", PASSWORD)
    with Probe(secure, **settings_of(secure, "ldaps", authority, stranger)) as probe:
        assert probe.ask("modify", dn=jane, change=[["add", "lkToken", "one"]])["status"] in ("refused", "absent")
    assert secure.values(jane, "lkToken") == []


def test_a_renewed_certificate_counts_from_the_next_session_on(secure, authority, tmp_path):
    """The file is written over; nothing is restarted but the session. And the former one, shown again, is that of a stranger."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"

    def take(pair):
        shutil.copy(pair.key, key)
        shutil.copy(pair.certificate, certificate)

    take(authority.issue("renewed.stranger", subject="/O=Latchkey/CN=stranger"))
    jane = secure.add_account("renewed", PASSWORD)
    settings = settings_of(secure, "ldaps", authority)
    with Probe(secure, **settings, directory_certificate=certificate, directory_private_key=key) as probe:
        change = {"dn": jane, "change": [["add", "lkToken", "one"]]}
        assert probe.ask("modify", **change)["status"] != "ok"
        take(authority.issue("renewed.latchkeyd", subject=SUBJECT))
        secure.restart()
        assert probe.ask("modify", **change)["status"] == "ok"


class StrictDirectory(SecureDirectory):
    verify_client = "demand"


@pytest.mark.parametrize("shown", ["none", "from an unknown authority"])
def test_a_server_that_demands_a_certificate(authority, own, tmp_path, shown):
    pair = authority.issue("strict", names=["IP:127.0.0.1"])
    with StrictDirectory(tmp_path / "directory", pair, authority) as directory:
        for way in WAYS:
            with Probe(directory, **settings_of(directory, way, authority, own)) as probe:
                assert probe.ask("ready")["status"] == "ok"
            settings = as_simple(directory, settings_of(directory, way, authority))
            if shown != "none":
                other = Authority(tmp_path / way).issue("latchkeyd", subject=SUBJECT)
                settings = settings_of(directory, way, authority, other)
            with Probe(directory, **settings) as probe:
                answer = probe.ask("ready")
                assert answer["status"] == "broken"
                assert "directory.certificate" in answer["trouble"], answer


# ---- certificates that are not accepted


def bad_directory(kind, folder, authority):
    """(the server's pair, whom the daemon trusts, words)"""
    if kind == "name":
        return authority.issue("other", names=["DNS:other.example", "DNS:more.example"]), authority, "is not for 127.0.0.1, but for other.example more.example"
    if kind == "expired":
        return authority.issue("expired", names=["IP:127.0.0.1"], days=(-9, -2)), authority, "has expired: 20"
    if kind == "not yet":
        return authority.issue("early", names=["IP:127.0.0.1"], days=(2, 9)), authority, "is not valid before 20"
    return authority.issue("good", names=["IP:127.0.0.1"]), Authority(folder, "Somebody Else"), "issued by O=Test Authority"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["name", "expired", "not yet", "authority"])
def test_a_certificate_that_does_not_verify_is_refused_and_told(secure, authority, tmp_path, kind, way):
    pair, trusted, words = bad_directory(kind, tmp_path / "bad", authority)
    good = secure.pair
    secure.stop()
    secure.use(pair)
    secure.start()
    try:
        with Probe(None, **as_simple(secure, settings_of(secure, way, trusted))) as probe:
            answer = probe.ask("check_password", dn=secure.service_dn, password="x")
            assert answer["status"] == "broken"
            assert f"{uri_of(secure, way)}: TLS handshake: " in answer["trouble"], answer
            assert words in answer["trouble"], answer
    finally:
        secure.stop()
        secure.use(good)
        secure.start()


def test_the_daemon_says_so_in_its_log_and_sends_nothing(secure, tmp_path, authority, own):
    """An authority that nobody trusts: the daemon is up, not ready, and says why."""
    settings = {name.replace("_", ".", 1): str(value) for name, value in settings_of(secure, "ldaps", authority, own).items()}
    settings["directory.ca_file"] = str(Authority(tmp_path / "other", "Somebody Else").certificate)
    daemon = Daemon(tmp_path / "daemon", secure, settings=settings)
    binds = secure.operations()["bind"]
    daemon.start(wait=False)
    try:
        daemon.wait_ready("/healthz")
        daemon.wait_log(lambda log: "event=follow outcome=lost" in log)
        daemon.wait_log(lambda log: "answers for the server's certificate, issued by O=Test Authority" in log)
        daemon.wait_status("/readyz", 503)
        assert secure.operations()["bind"] == binds
    finally:
        daemon.stop()


def test_a_server_without_start_tls(own_directory, authority, own):
    with Probe(None, **settings_of(own_directory, "StartTLS", authority, own)) as probe:
        answer = probe.ask("ready")
        assert answer["status"] == "broken"
        assert "the server offers no StartTLS" in answer["trouble"], answer


def test_a_server_that_speaks_no_tls(own_directory, authority, own):
    settings = settings_of(own_directory, "StartTLS", authority, own)
    settings.update(directory_uri=own_directory.ldap_uri.replace("ldap:", "ldaps:"), directory_start_tls="no")
    with Probe(None, **settings) as probe:
        answer = probe.ask("ready")
        assert answer["status"] == "broken"
        assert "does not speak TLS there" in answer["trouble"], answer


# ---- latchkeyd -t


def check(tmp_path, directory, **settings):
    daemon = Daemon(tmp_path / "checked", directory, settings={name.replace("_", ".", 1): str(value) for name, value in settings.items()})
    daemon.write_configuration()
    done = subprocess.run(daemon.command("-t"), capture_output=True, text=True, env=daemon.environment())
    return done.returncode, done.stderr


def test_the_check_reads_the_certificates(secure, authority, own, tmp_path):
    good = settings_of(secure, "ldaps", authority, own)
    assert check(tmp_path, secure, **good) == (0, "")
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing\n")
    other = authority.issue("another")
    readable = tmp_path / "readable.key"
    shutil.copy(own.key, readable)
    readable.chmod(0o644)
    for change, words in (
        ({"directory_ca_file": tmp_path / "none.pem"}, "directory.ca_file: "),
        ({"directory_ca_file": empty}, "directory.ca_file: "),
        ({"directory_certificate": tmp_path / "none.pem"}, "directory.certificate: "),
        ({"directory_private_key": tmp_path / "none.key"}, "directory.private_key: "),
        ({"directory_private_key": readable}, "directory.private_key: "),
        ({"directory_private_key": other.key}, "directory.certificate: "),
        ({"directory_private_key": ""}, "directory.certificate needs directory.private_key too"),
        ({"directory_certificate": "", "directory_private_key": ""}, "here directory.bind = external needs directory.certificate"),
        ({"directory_uri": "ldap://ldap.example.com"}, "over which passwords would go in the clear"),
    ):
        code, said = check(tmp_path, secure, **{**good, **change})
        assert code == 1 and words in said, (change, said)


# ---- several servers


@contextlib.contextmanager
def two(tmp_path):
    with Directory(tmp_path / "first") as first, Directory(tmp_path / "second") as second:
        for directory in (first, second):
            directory.where = directory.add_account("where", description=directory.folder.name)
        yield first, second


def where(probe):
    """The directory that answered."""
    answer = probe.ask("read", dn=f"uid=where,ou=accounts,{probe.suffix}", attributes=["description"])
    assert answer["status"] == "ok", answer
    return answer["entry"]["attributes"]["description"][0], answer["seconds"]


@contextlib.contextmanager
def probe_of(*directories, **settings):
    uris = " ".join(directory.ldapi_uri for directory in directories)
    with Probe(directories[0], directory_uri=uris, directory_timeout=TIMEOUT, **settings) as probe:
        probe.suffix = directories[0].suffix
        yield probe


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_failover_and_no_way_back_by_itself(tmp_path, end):
    """The second is used when the first dies, and goes on being used when the first is back: else some sessions would write to
    one server and some to the other. When the second dies, the first is used again."""
    with two(tmp_path) as (first, second), probe_of(first, second) as probe:
        assert where(probe)[0] == "first"
        getattr(first, end)()
        assert where(probe)[0] == "second"
        first.start()
        second_session = probe.ask("check_password", dn=f"uid=where,{first.accounts}", password="x")
        assert second_session["status"] == "refused"
        assert where(probe)[0] == "second"
        getattr(second, end)()
        assert where(probe)[0] == "first"


def test_failover_from_a_server_that_hangs(tmp_path):
    with two(tmp_path) as (first, second), probe_of(first, second) as probe:
        assert where(probe)[0] == "first"
        first.pause()
        try:
            lost = probe.ask("read", dn=first.where, attributes=["description"])
            assert lost["seconds"] < TIMEOUT + SLACK
            name, seconds = where(probe) if lost["status"] == "broken" else ("second", 0)
            assert name == "second" and seconds < TIMEOUT + SLACK
            assert where(probe)[1] < TIMEOUT / 2, "it is no longer asked first, for which there would be half of the time"
        finally:
            first.resume()
        assert where(probe)[0] == "second"


def test_all_sessions_of_a_daemon_move_together(tmp_path):
    """Writes of many threads never go to two servers: after a short death of the first, whoever asks is with the second."""
    with two(tmp_path) as (first, second):
        settings = {"directory.uri": f"{first.ldapi_uri} {second.ldapi_uri}", "server.workers": "8"}
        for directory in (first, second):
            for number in range(8):
                directory.add_account(f"person.{number}", PASSWORD)
        with Daemon(tmp_path / "daemon", first, settings=settings) as daemon:
            def sign_in(number):
                page = Client(daemon.url).sign_in(f"person.{number}", PASSWORD)
                assert not page.path.startswith("/signin"), page.path

            def sign_in_all():
                threads = [threading.Thread(target=sign_in, args=(number,)) for number in range(8)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()

            def sessions(directory):
                return sum(len(directory.values(f"uid=person.{number},{directory.accounts}", "lkSession")) for number in range(8))

            sign_in_all()
            assert (sessions(first), sessions(second)) == (8, 0)
            first.kill()
            sign_in(0)  # one session only finds it dead
            first.start()
            sign_in_all()
            sign_in_all()
            assert (sessions(first), sessions(second)) == (8, 17)
            daemon.wait_log(lambda log: log.count("event=directory_server ") == 1)


# ---- referrals


def make_read_only(directory, refers_to):
    """As a replica is that knows where writes belong."""
    directory._tool(
        "slapmodify", 0,
        "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n"
        "replace: olcSyncrepl\nolcSyncrepl: {0}rid=001 provider=ldap://127.0.0.1:1 bindmethod=simple "
        f'searchbase="{directory.suffix}" type=refreshOnly interval=01:00:00:00 retry="3600 +"\n-\n'
        f"replace: olcUpdateRef\nolcUpdateRef: {refers_to}\n",
    )


@contextlib.contextmanager
def replica(tmp_path, refers_to):
    directory = Directory(tmp_path / "replica")
    with directory:
        directory.where = directory.add_account("where", description="replica")
        directory.stop()
        make_read_only(directory, refers_to)
        directory.start()
        yield directory


def test_a_referral_is_told_and_not_followed(tmp_path):
    """It names another server that would do it: nobody goes there."""
    with Directory(tmp_path / "other") as other:
        other.add_account("where")
        with replica(tmp_path, other.ldap_uri) as directory, probe_of(directory) as probe:
            connections = len(other.search("(objectClass=*)", "cn=Connections,cn=Monitor"))
            answer = probe.ask("modify", dn=directory.where, change=[["add", "lkToken", "one"]])
            assert answer["status"] == "broken"
            assert f"Referral (10) to {other.ldap_uri}" in answer["trouble"], answer
            assert "not followed" in answer["trouble"] and "whether it was carried out" not in answer["trouble"]
            assert other.values(f"uid=where,{other.accounts}", "lkToken") == []
            assert len(other.search("(objectClass=*)", "cn=Connections,cn=Monitor")) == connections
            assert where(probe)[0] == "replica"


def test_a_write_that_is_referred_goes_to_the_next_server(tmp_path):
    """One of our own: the replica stands first in directory.uri, perhaps because the others were down for a moment."""
    with Directory(tmp_path / "second") as second:
        jane = second.add_account("where", description="second")
        with replica(tmp_path, "ldap://127.0.0.1:1") as directory, probe_of(directory, second) as probe:
            assert where(probe)[0] == "replica"
            assert probe.ask("modify", dn=jane, change=[["add", "lkToken", "one"]])["status"] == "ok"
            assert second.values(jane, "lkToken") == ["one"]
            assert where(probe)[0] == "second"


def test_a_follower_goes_along_to_the_next_server(tmp_path):
    """The former one still answers, and has nothing to say: what is written goes to the next, and is heard of there."""
    with Directory(tmp_path / "second") as second:
        jane = second.add_account("jane")
        with replica(tmp_path, "ldap://127.0.0.1:1") as directory, probe_of(directory, second, directory_follow="persist") as probe:
            assert probe.ask("follow", base=directory.suffix)["status"] == "ok"
            assert probe.event("state")["connected"]
            assert probe.ask("modify", dn=jane, change=[["add", "lkSend", "reset"]])["status"] == "ok"
            assert second.values(jane, "lkSend") == ["reset"]
            assert probe.told(jane)
            probe.ask("unfollow")


def test_a_part_of_the_tree_that_lies_elsewhere_is_told(own_directory, tmp_path):
    """A referral among the accounts: who is looked for here is found, and the log says that a part is missing. Once."""
    elsewhere = own_directory.connect()
    elsewhere.add_ext_s(
        f"ou=elsewhere,{own_directory.accounts}",
        [("objectClass", [b"referral", b"extensibleObject"]), ("ou", [b"elsewhere"]), ("ref", [b"ldap://127.0.0.1:1/dc=example,dc=com"])],
        serverctrls=[ManageDSAITControl()],
    )
    own_directory.add_account("here", PASSWORD)
    with Daemon(tmp_path / "daemon", own_directory) as daemon:
        for _ in range(2):
            assert not Client(daemon.url).sign_in("here", PASSWORD).path.startswith("/signin")
        daemon.wait_log(lambda log: "event=referral " in log)
        assert daemon.log().count("event=referral ") <= 8, "once a session"
