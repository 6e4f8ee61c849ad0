# SPDX-License-Identifier: Apache-2.0
"""docs/second.md: people of a directory that must not change have accounts in a second one. Two real slapds; of the first one nothing is
different afterwards, byte for byte."""
import concurrent.futures
import contextlib
import json
import socket
import urllib.parse

import ldap
import pytest

from harness.certificates import Authority
from harness.client import Client, JsonClient
from harness.command import Command
from harness.daemon import Daemon
from harness.second import PEOPLE, First, Second, SecureFirst
from test_main_job import associate, confirm, unique

pytestmark = pytest.mark.slow


class Pair:
    """Both directories, and what the first one held before anything was asked of it."""

    def __init__(self, folder, first=None):
        self.first = (first or First(folder / "first")).start()
        self.second = Second(folder / "second", self.first).start()
        self.before = self.first.dump()

    def close(self):
        self.second.close()
        self.first.close()

    def account(self, name):
        return f"uid={name},{self.second.accounts}"


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    pair = Pair(tmp_path_factory.mktemp("pair"))
    yield pair
    try:
        assert pair.first.dump() == pair.before, "the first directory is what it was"
    finally:
        pair.close()


@pytest.fixture
def own_pair(tmp_path):
    pair = Pair(tmp_path / "pair")
    yield pair
    pair.close()


@pytest.fixture(scope="module")
def daemon(pair, tmp_path_factory):
    settings = {"pages.password_url": "https://intranet.example/password"}
    with Daemon(tmp_path_factory.mktemp("daemon"), pair.second, settings=settings) as running:
        yield running


def make_profile(pair, mail):
    organization = pair.second.add_organization(unique("Org"), plans=["support until=20991231235959Z"])
    return pair.second.add_profile(organization, "Pat Person", mail)


def sign_in(daemon, name, password=None):
    client = Client(daemon.url)
    return client, client.sign_in(name, password or f"password of {name}")


def test_the_first_directory_takes_nothing(pair):
    with pytest.raises((ldap.UNWILLING_TO_PERFORM, ldap.INSUFFICIENT_ACCESS)):
        pair.first.modify(pair.first.person("paula"), replace={"description": "x"})
    with pytest.raises((ldap.UNWILLING_TO_PERFORM, ldap.INSUFFICIENT_ACCESS)):
        pair.second.modify(pair.first.person("paula"), replace={"description": "x"}, connection=pair.second.connect_service())


def test_the_people_are_shown_to_the_daemon_alone(pair):
    service = pair.second.connect_service()
    (_, found), = service.search_s(PEOPLE, ldap.SCOPE_SUBTREE, "(uid=paula)")
    assert found["mail"] == [b"paula@plant.example"] and "userPassword" not in found
    for who in ({"dn": ""}, {"dn": pair.first.person("lena"), "password": "password of lena"}):
        with pytest.raises((ldap.INAPPROPRIATE_AUTH, ldap.INSUFFICIENT_ACCESS, ldap.NO_SUCH_OBJECT)):
            pair.second.connect(**who).search_s(PEOPLE, ldap.SCOPE_SUBTREE, "(uid=paula)")


def test_the_daemon_looks_as_the_reader_whoever_binds_meanwhile(pair):
    """slapd's sessions with the first directory are many people's, one after the other."""
    def look():
        connection = pair.second.connect_service()
        for round in range(20):
            pair.second.connect(pair.first.person("lena"), "password of lena").unbind_s()
            assert [dn for dn, _ in connection.search_s(PEOPLE, ldap.SCOPE_SUBTREE, "(uid=karl)")] == [pair.first.person("karl")]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(look) for _ in range(4)]:
            done.result()


def test_the_main_job(pair, daemon):
    """Sign in, tie by an e-mailed link, reach a service, sign out, be signed out by ldapmodify; all for somebody whom nobody copied."""
    profile = make_profile(pair, "paula@plant.example")
    assert pair.second.read(pair.account("paula")) is None
    client, page = sign_in(daemon, "paula")
    assert page.path == "/associate", page.text
    made = pair.second.read(pair.account("paula"))
    assert made["seeAlso"] == [pair.first.person("paula")] and made["mail"] == ["paula@plant.example"] and made["givenName"] == ["Paula"]
    assert not {"userPassword", "authPassword", "lkVerifier"} & set(made)

    letter = associate(daemon, client, "paula@plant.example")
    page = confirm(client, letter.link)
    assert page.path.startswith("/associated") and pair.second.values(profile, "lkAccountDN") == [pair.account("paula")]

    # Services: forward authentication, and an LDAP bind with the enterprise's password.
    answer = client.get("/auth")
    assert answer.status == 200 and answer.headers["Remote-User"] == "paula"
    assert pair.second.connect(pair.account("paula"), "password of paula").whoami_s() == f"dn:{pair.account('paula')}"
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        pair.second.connect(pair.account("paula"), "password of karl")

    client.sign_out()
    assert client.get("/auth").status == 401 and pair.second.values(pair.account("paula"), "lkSession") == []
    client, page = sign_in(daemon, "paula")
    assert page.path == "/" and client.get("/auth").status == 200
    pair.second.modify(pair.account("paula"), replace={"lkSession": None})
    assert client.get("/auth").status == 401
    assert "userPassword" not in pair.second.read(pair.account("paula")), "signing in keeps no password here"


def test_an_invite_sent_by_ldapmodify_is_taken_up_at_the_first_sign_in(pair, daemon):
    profile = make_profile(pair, "karl.at.work@customer.example")
    pair.second.modify(profile, add={"lkSend": "invite"})
    letter = daemon.mailbox.newest("karl.at.work@customer.example")
    client = Client(daemon.url)
    page = client.get(letter.link).submit("/signin", name="karl", password="password of karl")
    page = page.submit("/t", token=letter.token)
    assert page.path.startswith("/associated") and pair.second.values(profile, "lkAccountDN") == [pair.account("karl")]


def test_names_are_those_of_the_first_directory(pair, daemon):
    """As it spells them, and each an account once, however it is typed."""
    _, page = sign_in(daemon, "OTTO", "password of otto")
    assert page.path == "/associate"
    _, page = sign_in(daemon, "otto")
    assert page.path == "/associate" and len(pair.second.search("(uid=otto)", pair.second.accounts)) == 1
    assert pair.second.values(pair.account("otto"), "uid") == ["otto"]


@pytest.mark.parametrize("name, password", [("lena", "wrong"), ("lena", "password of karl"), ("gast", "password of gast"), ("nobody", "x")])
def test_who_may_not_gets_no_account(pair, daemon, name, password):
    """A wrong password, somebody outside of people_filter, and nobody: one answer."""
    _, page = sign_in(daemon, name, password)
    assert page.status == 422 and page.text == sign_in(daemon, name, password + "!")[1].text
    assert pair.second.read(pair.account(name)) is None


def test_a_name_of_theirs_is_given_to_nobody_else(pair, daemon):
    client = Client(daemon.url)
    page = client.sign_up("lena", "violet-anvil-9-teacup")
    assert page.status == 422 and pair.second.read(pair.account("lena")) is None
    name = unique("customer")
    assert client.sign_up(name, "violet-anvil-9-teacup").path == "/associate"
    assert pair.second.connect(pair.account(name), "violet-anvil-9-teacup")


# ---- the password is elsewhere, and the pages say so

def test_the_password_is_changed_there_and_not_here(pair, daemon):
    client, _ = sign_in(daemon, "otto")
    page = client.get("/account")
    assert "password of another directory" in page.text and "https://intranet.example/password" in page.parsed.links
    assert "/account/password" not in page.parsed.links and "/account/question" not in page.parsed.links
    assert client.get("/account/password").status == 403
    program = JsonClient(daemon.url)
    program.cookies = dict(client.cookies)
    assert program.get("/account").json["account"]["password_elsewhere"] is True
    answer = program.send("/account", "/account/password", {"password_now": "password of otto", "password": "violet-anvil-9-teacup",
                                                            "password_again": "violet-anvil-9-teacup"})
    assert answer.status == 403 and "password_elsewhere" in answer.json["type"]
    assert "userPassword" not in pair.second.read(pair.account("otto"))


def test_it_cannot_be_reset_and_that_is_said(pair, daemon):
    sign_in(daemon, "otto")
    pair.second.modify(pair.account("otto"), replace={"lkAlternateMail": "otto@home.example"})
    page = Client(daemon.url).get("/reset")
    assert "no link comes from here" in page.text and "https://intranet.example/password" in page.parsed.links
    page.submit("/reset", name="otto")
    pair.second.wait_for(lambda: pair.second.values(pair.second.decoy_dn, "lkSend") == [])
    pair.second.modify(pair.account("otto"), add={"lkSend": "reset"})
    error, = pair.second.wait_for(lambda: pair.second.values(pair.account("otto"), "lkSendError"))
    assert "another directory keeps" in urllib.parse.unquote(error) and daemon.mailbox.to("otto@home.example") == []


def test_doctor_finds_nothing_wrong(pair, daemon):
    sign_in(daemon, "otto")
    rows = {row["check"]: row for row in Command(configuration=daemon.configuration).json("doctor")}
    assert rows["people"]["state"] == "ok" and PEOPLE in rows["people"]["found"]
    daemon_rows = [row for row in rows.values() if row["state"] == "fault"]
    assert daemon_rows == []


def test_doctor_says_what_is_wrong(pair, daemon, tmp_path):
    other = Daemon(tmp_path / "other", pair.second, settings={"directory.people_filter": "(employeeType=nobody)"})
    other.write_configuration()
    ended = Command(configuration=other.configuration).run("--json", "doctor")
    assert "nobody is shown below" in ended.out


# ---- what becomes of the first directory

def test_who_leaves_is_signed_out(own_pair, tmp_path):
    pair = own_pair
    with Daemon(tmp_path / "daemon", pair.second, settings={"sessions.touch": "1s"}) as daemon:
        clients = {name: sign_in(daemon, name)[0] for name in ("paula", "karl", "lena")}
        assert all(client.get("/account").status == 200 for client in clients.values())
        pair.first.change(f"dn: {pair.first.person('paula')}\nchangetype: delete\n\n"
                          f"dn: {pair.first.person('karl')}\nchangetype: modify\nreplace: employeeType\nemployeeType: former\n")
        for name in ("paula", "karl"):
            pair.second.wait_for(lambda: clients[name].get("/account", follow=False).status != 200, what=f"{name} to be signed out")
        for name in ("paula", "karl"):
            assert sign_in(daemon, name)[1].status == 422 or name == "karl"
        assert clients["lena"].get("/account").status == 200


@pytest.mark.parametrize("how", ["stopped", "hanging"])
def test_while_the_first_directory_is_away(own_pair, tmp_path, how):
    pair = own_pair
    with Daemon(tmp_path / "daemon", pair.second, settings={"sessions.touch": "1s"}) as daemon:
        inside, page = sign_in(daemon, "paula")
        assert page.path == "/associate"
        pair.second.add_account("customer", "password of customer")
        pair.first.stop() if how == "stopped" else pair.first.pause()
        for name in ("paula", "karl"):
            assert sign_in(daemon, name)[1].status == 503
        assert sign_in(daemon, "customer")[1].path == "/associate"
        assert inside.get("/account").status == 200, "nobody is sent away"
        pair.first.start() if how == "stopped" else pair.first.resume()
        assert sign_in(daemon, "paula")[1].path == "/associate" and sign_in(daemon, "karl")[1].path == "/associate"
    assert pair.first.dump() == pair.before


# ---- the way to the first directory is TLS, and verified

OWN_NAMES = sorted({f"DNS:{name}" for name in ("localhost", socket.gethostname(), socket.getfqdn())})  # libldap takes localhost for all of them


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


SAID = {"ldaps": "Proxy operation retry failed", "StartTLS": "Start TLS failed"}  # by the slapd that asks


def bad_certificate(kind, authority, folder):
    if kind == "name":
        return authority.issue("other", names=["DNS:other.example"])
    if kind == "expired":
        return authority.issue("expired", names=OWN_NAMES, days=(-9, -2))
    return Authority(folder, "Somebody Else").issue("stranger", names=OWN_NAMES)


@contextlib.contextmanager
def secure_pair(folder, way, authority):
    first = SecureFirst(folder / "first", way, authority, authority.issue("first", names=OWN_NAMES))
    with contextlib.closing(Pair(folder, first)) as pair:
        yield pair


def show(pair, certificate):
    pair.first.stop()
    pair.first.use(certificate)
    pair.first.start()


def log_of(directory):
    return (directory.folder / "slapd.log").read_text(errors="replace")


def binds_of(first):
    return log_of(first).count(" BIND dn=")


def troubles(daemon):
    return [line for line in daemon.log().splitlines() if "event=request_trouble" in line]


@pytest.mark.parametrize("way", ["ldaps", "StartTLS"])
@pytest.mark.parametrize("kind", ["name", "expired", "authority"])
def test_a_first_directory_whose_certificate_does_not_verify(tmp_path, authority, way, kind):
    """Neither who has an account nor a newcomer is checked there, and no password goes there. The page says that it is not their doing, the
    log and doctor what cannot be asked; why it cannot be is in the log of the slapd that asks. With a good certificate all is well again."""
    with secure_pair(tmp_path / "pair", way, authority) as pair, Daemon(tmp_path / "daemon", pair.second) as daemon:
        inside, page = sign_in(daemon, "paula")
        assert page.path == "/associate"
        show(pair, bad_certificate(kind, authority, tmp_path / "stranger"))
        binds = binds_of(pair.first)
        for name in ("paula", "karl"):
            page = sign_in(daemon, name)[1]
            assert page.status == 503 and "Please try again" in page.text
        of_account, of_newcomer = troubles(daemon)
        assert f"bind: Operations error (1): remoteauth_bind operations error; entry {pair.account('paula')}" in of_account
        assert f"search: Server is unavailable (52): {SAID[way]}; entry {PEOPLE}" in of_newcomer
        assert "TLS: can't connect" in log_of(pair.second)
        rows = {row["check"]: row for row in json.loads(Command(configuration=daemon.configuration).run("--json", "doctor").out)}
        assert rows["people"]["state"] == "fault" and "Server is unavailable (52)" in rows["people"]["found"], rows["people"]
        for dn in (pair.account("paula"), pair.first.person("paula")):
            with pytest.raises((ldap.OPERATIONS_ERROR, ldap.UNAVAILABLE)):
                pair.second.connect(dn, "password of paula")
        assert binds_of(pair.first) == binds, "nobody's password has been sent"
        assert pair.second.read(pair.account("karl")) is None
        assert inside.get("/account").status == 200
        show(pair, pair.first.pair)
        assert sign_in(daemon, "paula")[1].path == "/associate" and sign_in(daemon, "karl")[1].path == "/associate"
        assert sign_in(daemon, "paula", "wrong")[1].status == 422


def test_a_newcomer_of_a_recycled_name_inherits_no_profile(own_pair, tmp_path):
    """Lesson 20, where the second directory does not itself look after DNs that name a deleted entry."""
    own_pair.second.do_without_refint()
    former = own_pair.second.add_account("paula")
    profile = make_profile(own_pair, "former.paula@plant.example")
    own_pair.second.modify(profile, add={"lkAccountDN": former})
    own_pair.second.delete(former)
    assert own_pair.second.values(profile, "lkAccountDN") == [former]
    with Daemon(tmp_path / "daemon", own_pair.second) as daemon:
        _, page = sign_in(daemon, "paula")
    assert page.path == "/associate"
    assert own_pair.second.values(profile, "lkAccountDN") == []


def test_a_newcomer_of_an_operators_name_is_no_operator(own_pair, tmp_path):
    """Lesson 20 once more: the group still has somebody who had the name before."""
    own_pair.second.do_without_refint()
    former = own_pair.second.add_account("paula")
    own_pair.second.make_operator(former)
    own_pair.second.delete(former)
    assert former in own_pair.second.values(own_pair.second.operators, "member")
    with Daemon(tmp_path / "daemon", own_pair.second) as daemon:
        client, page = sign_in(daemon, "paula")
        assert page.status == 503 and client.get("/operator").path.startswith("/signin")
        daemon.wait_log(lambda log: "the operators' group still has this name" in log)
        assert own_pair.second.read(former) is None
        own_pair.second.modify(own_pair.second.operators, delete={"member": former})
        _, page = sign_in(daemon, "paula")
        assert page.path == "/associate"
