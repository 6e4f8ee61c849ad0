# SPDX-License-Identifier: Apache-2.0
"""A forgotten password, by a link: flow S8, lessons 1, 3, 6, 7, 11, 15, over the real programs."""
import threading
import time
import uuid

import ldap
import pytest

from harness.client import Client, JsonClient
from harness.daemon import Daemon
from harness.ldap_proxy import BEFORE, LdapProxy
from harness.links import KeyRing
from harness.passwords import verifies

PASSWORD = "violet-anvil-9-teacup"
NEW_PASSWORD = "granite moth parade 41"


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("daemon"), directory) as running:
        yield running


@pytest.fixture(scope="module")
def other_daemon(directory, daemon, tmp_path_factory):
    """A second one that shares directory and key ring; letters of both arrive in one place."""
    settings = {"links.key_ring": str(daemon.folder / "keys"), "courier.deliver_to": f"maildir:{daemon.mailbox.path}"}
    with Daemon(tmp_path_factory.mktemp("other"), directory, settings=settings) as running:
        yield running


class Forgetful:
    """Somebody with a confirmed alternate address."""

    def __init__(self, directory, **more):
        self.directory = directory
        self.name = unique("forgetful")
        self.mail = f"{self.name}@home.example"
        self.dn = directory.add_account(self.name, PASSWORD, **{"lkAlternateMail": self.mail, **more})

    def values(self, attribute):
        return self.directory.values(self.dn, attribute)

    def links(self):
        """Those that open something; not "this was not me"."""
        return [value for value in self.values("lkToken") if not value.startswith("undo_account")]

    def has_password(self, password):
        (verifier,) = self.values("userPassword")
        return verifies(verifier, password)


@pytest.fixture
def person(daemon, directory):
    return Forgetful(directory)


def ask(client, name):
    return client.get("/reset").submit("/reset", name=name)


def letter_to(daemon, person, count=1):
    return daemon.mailbox.wait(person.mail, count)[-1]


def set_password(client, link, password=NEW_PASSWORD, again=None):
    return client.get(link).submit("/reset/link", password=password, password_again=again or password)


# ---- S8

def test_s8_a_forgotten_password_by_link(person, daemon, other_daemon):
    kept = Client(other_daemon.url)
    kept.sign_in(person.name, PASSWORD, keep="yes")
    assert kept.get("/account", follow=False).status == 200
    client = Client(daemon.url)
    page = client.get("/signin")
    assert "/reset" in page.parsed.links
    page = ask(client, person.name)
    assert page.path == "/reset/sent" and person.mail not in page.source
    letter = letter_to(daemon, person)
    assert letter.subject == "Reset your password for Latchkey" and person.name in letter.text

    asked = int(time.time())  # within one second it counts as the same request
    person.directory.wait_for(lambda: person.values("lkSend") == [] and int(time.time()) > asked)
    ask(client, person.name)
    second = letter_to(daemon, person, 2)
    assert client.get(letter.link).status == 410, "a newer link ends the older one"

    reader = Client(other_daemon.url)
    page = reader.get(second.link)
    assert page.status == 200 and person.name in page.text and person.has_password(PASSWORD), "looking changes nothing"
    assert len(person.links()) == 1
    page = page.submit("/reset/link", password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    done = time.monotonic()
    assert page.path == "/reset/done" and page.status == 200

    # An old session, an old link and an old password are dead within a second, on every daemon.
    assert kept.get("/account", follow=False).status == 303
    assert Client(daemon.url).get(second.link).status == 410
    assert Client(daemon.url).sign_in(person.name, PASSWORD).status == 422
    assert Client(other_daemon.url).sign_in(person.name, PASSWORD).status == 422
    assert time.monotonic() - done < 30
    assert person.links() == [] and person.values("lkSession") == []
    assert Client(daemon.url).sign_in(person.name, NEW_PASSWORD).status == 200
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        person.directory.connect(person.dn, PASSWORD)
    person.directory.connect(person.dn, NEW_PASSWORD)


def test_s8_everything_is_dead_on_every_daemon_within_a_second(person, daemon, other_daemon):
    """Asked all the time from before the reset on: what is accepted later than a second after its answer is a fault."""
    session = Client(other_daemon.url)
    session.sign_in(person.name, PASSWORD)
    ask(Client(daemon.url), person.name)
    link = letter_to(daemon, person).link
    accepted, stop = {"session": 0.0, "link": 0.0}, threading.Event()

    def watch(what, look):
        while not stop.is_set():
            asked = time.monotonic()
            if look():
                accepted[what] = asked

    reader = Client(other_daemon.url)
    watchers = [threading.Thread(target=watch, args=("session", lambda: session.get("/account", follow=False).status == 200)),
                threading.Thread(target=watch, args=("link", lambda: reader.get(link).status == 200))]
    for watcher in watchers:
        watcher.start()
    person.directory.wait_for(lambda: accepted["session"] and accepted["link"])
    set_password(Client(daemon.url), link)
    done = time.monotonic()
    person.directory.wait_for(lambda: time.monotonic() > done + 1.2)
    stop.set()
    for watcher in watchers:
        watcher.join()
    assert accepted["session"] < done + 1 and accepted["link"] < done + 1


def test_s8_a_sysadmins_request_sends_the_link(person, daemon):
    person.directory.modify(person.dn, add={"lkSend": "reset"})
    assert set_password(Client(daemon.url), letter_to(daemon, person).link).path == "/reset/done"
    assert person.has_password(NEW_PASSWORD)
    person.directory.wait_for(lambda: "reset" in [value.split()[0] for value in person.values("lkSent")], what="the letter to be noted")


def test_s8_a_name_that_is_a_confirmed_address_is_as_good(daemon, directory):
    name = f"{unique('ada')}@lovelace.example"
    dn = directory.add_account(name, PASSWORD, mail=name.upper())
    ask(Client(daemon.url), name)
    letter = daemon.mailbox.newest(name.upper())
    assert set_password(Client(daemon.url), letter.link).path == "/reset/done"
    assert verifies(directory.values(dn, "userPassword")[0], NEW_PASSWORD)


@pytest.mark.parametrize("attributes", [
    {"lkAlternateMail": None, "lkPendingMail": "pending@home.example"},
    {"lkAlternateMail": None, "mail": "other@home.example"},
    {"lkAlternateMail": None},
])
def test_nothing_goes_to_an_address_that_is_not_confirmed(daemon, directory, attributes):
    person = Forgetful(directory, **attributes)
    page = ask(Client(daemon.url), person.name)
    assert page.path == "/reset/sent"
    directory.wait_for(lambda: directory.values(directory.decoy_dn, "lkSend") == [])
    directory.modify(person.dn, add={"lkSend": "reset"})
    directory.wait_for(lambda: person.values("lkSend") == [])
    assert "confirmed" in person.values("lkSendError")[0]
    assert daemon.mailbox.to("pending@home.example") == daemon.mailbox.to("other@home.example") == []


def test_lesson_3_the_letter_goes_to_the_address_in_the_directory(person, daemon):
    """Neither another spelling of the name nor any further field leads it elsewhere."""
    client = Client(daemon.url)
    csrf = client.get("/reset").form("/reset").fields["csrf"]
    for body in ({"csrf": csrf, "name": person.name, "mail": "thief@evil.example"},
                 f"csrf={csrf}&name={person.name}&name=thief%40evil.example"):
        assert client.post("/reset", body, follow=False).status == 400
    ask(client, person.name.upper())
    assert letter_to(daemon, person).to == person.mail


# ---- the link

def test_two_redeem_at_once_and_one_password_is_set(person, daemon, other_daemon):
    ask(Client(daemon.url), person.name)
    link = letter_to(daemon, person).link
    passwords = [f"granite moth parade {n}" for n in range(8)]
    pages = [Client((daemon, other_daemon)[n % 2].url).get(link) for n in range(8)]
    answers, ready = [None] * 8, threading.Barrier(8)

    def redeem(n):
        ready.wait()
        answers[n] = pages[n].submit("/reset/link", password=passwords[n], password_again=passwords[n])

    threads = [threading.Thread(target=redeem, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [n for n in range(8) if answers[n].path == "/reset/done"]
    assert len(winners) == 1 and all(a.status == 410 for n, a in enumerate(answers) if n not in winners)
    assert person.has_password(passwords[winners[0]]) and len(person.values("userPassword")) == 1


def test_lesson_15_confirmations_and_resets_end_but_an_undo_stays(person, daemon, directory):
    ring = KeyRing(daemon.folder / "keys")
    later = int(time.time()) + 3600
    account = person.values("entryUUID")[0]
    tokens = {purpose: ring.link(purpose, person.mail, later, account) for purpose in ("reset", "confirm", "undo_tie")}
    directory.modify(person.dn, add={"lkToken": [value for _, value in tokens.values()]})
    assert set_password(Client(daemon.url), f"/t/{tokens['reset'][0]}").path == "/reset/done"
    assert person.links() == [tokens["undo_tie"][1]]


@pytest.mark.parametrize("fields, field", [
    ({"password": "", "password_again": ""}, "password"),
    ({"password": "short", "password_again": "short"}, "password"),
    ({"password": NEW_PASSWORD, "password_again": NEW_PASSWORD + "x"}, "password_again"),
])
def test_a_poor_password_leaves_the_link_alive(person, daemon, fields, field):
    ask(Client(daemon.url), person.name)
    letter = letter_to(daemon, person)
    client = Client(daemon.url)
    page = client.get(letter.link).submit("/reset/link", **fields)
    assert page.status == 422 and f'id="{field}-error"' in page.source and person.has_password(PASSWORD)
    assert page.submit("/reset/link", password=NEW_PASSWORD, password_again=NEW_PASSWORD).path == "/reset/done"


def test_a_changed_address_kills_the_link(person, daemon, directory):
    ask(Client(daemon.url), person.name)
    letter = letter_to(daemon, person)
    page = Client(daemon.url).get(letter.link)
    directory.modify(person.dn, replace={"lkAlternateMail": "new@home.example"})
    assert page.submit("/reset/link", password=NEW_PASSWORD, password_again=NEW_PASSWORD).status == 410
    assert Client(daemon.url).get(letter.link).status == 410 and person.has_password(PASSWORD)


@pytest.mark.parametrize("purpose", ["associate", "invite", "confirm", "undo_tie"])
def test_lesson_36_no_other_link_sets_a_password(person, daemon, directory, purpose):
    token, value = KeyRing(daemon.folder / "keys").link(purpose, person.mail, int(time.time()) + 3600,
                                                        person.values("entryUUID")[0])
    directory.modify(person.dn, add={"lkToken": value})
    client = Client(daemon.url)
    csrf = client.get("/reset").form("/reset").fields["csrf"]
    answer = client.post("/reset/link", {"csrf": csrf, "token": token, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD})
    assert answer.status == 404 and person.has_password(PASSWORD)


def test_an_expired_link_sets_no_password(person, daemon, directory):
    token, value = KeyRing(daemon.folder / "keys").link("reset", person.mail, int(time.time()) - 1, person.values("entryUUID")[0])
    directory.modify(person.dn, add={"lkToken": value})
    client = Client(daemon.url)
    csrf = client.get("/reset").form("/reset").fields["csrf"]
    answer = client.post("/reset/link", {"csrf": csrf, "token": token, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD})
    assert answer.status == 410 and "/reset" in answer.parsed.links and person.has_password(PASSWORD)


def test_a_used_link_that_still_waits_for_the_mail_server_is_not_revived(own_directory, tmp_path):
    """The message is put off, and meanwhile the link, which follows from the claim, has been used."""
    with Daemon(tmp_path / "daemon", own_directory, settings={"courier.deliver_to": "smtp://127.0.0.1:9"}) as running:
        person = Forgetful(own_directory)
        own_directory.modify(person.dn, add={"lkSend": "reset"})
        own_directory.wait_for(lambda: any(" after=" in value for value in person.values("lkSend")))
        own_directory.modify(person.dn, delete={"lkToken": None})
        running.stop()
        running.set(courier_deliver_to=f"maildir:{running.mailbox.path}")
        running.start()
        own_directory.wait_for(lambda: person.values("lkSend") == [])
        assert running.mailbox.to(person.mail) == [] and person.values("lkToken") == []


def test_the_json_face_resets_too(person, daemon):
    client = JsonClient(daemon.url)
    assert client.get("/reset").json["by_link"] is True
    assert client.send("/reset", "/reset", {"name": person.name}).json["location"] == "/reset/sent"
    letter = letter_to(daemon, person)
    shown = client.get(letter.link).json
    assert shown["target"]["name"] == person.name
    refused = client.send("/reset", "/reset/link", {"token": shown["token"], "password": "short", "password_again": "short"})
    assert refused.status == 422 and refused.json["errors"][0]["field"] == "password"
    done = client.send("/reset", "/reset/link", {"token": shown["token"], "password": NEW_PASSWORD, "password_again": NEW_PASSWORD})
    assert done.json["location"] == "/reset/done" and person.has_password(NEW_PASSWORD)


# ---- strangers

def test_lesson_11_known_and_unknown_names_get_the_same_answer(person, daemon):
    """And cost the same: one operation on one entry, see below."""
    client = Client(daemon.url)
    csrf = client.get("/reset").form("/reset").fields["csrf"]
    answers = {}
    for n in range(10):
        for kind, name in (("known", person.name), ("unknown", f"nobody-{n}")):
            answer = client.post("/reset", {"csrf": csrf, "name": name}, follow=False)
            headers = tuple(sorted((k, v) for k, v in answer.headers.items() if k not in ("Date", "X-Request-Id")))
            answers.setdefault(kind, set()).add((answer.status, headers, answer.body))
    assert answers["known"] == answers["unknown"] and len(answers["known"]) == 1


def test_the_page_looks_no_name_up(own_directory, tmp_path):
    """One Modify on the decoy is all that it costs, whoever is asked for."""
    with Daemon(tmp_path / "daemon", own_directory) as running:
        person = Forgetful(own_directory)
        log = lambda: own_directory.search("(objectClass=auditModify)", base="cn=log", attributes=["reqDN", "reqMod"])  # noqa: E731
        for name in (person.name, unique("nobody")):
            ask(Client(running.url), name)
            own_directory.wait_for(lambda: own_directory.values(own_directory.decoy_dn, "lkSend") == [])
        asked = [mod for _, entry in log() for mod in entry["reqMod"] if mod.startswith("lkSend:+ recover name=")]
        plain = [mod for mod in asked if "claim=" not in mod]
        assert len(plain) == 2 and {entry["reqDN"][0].lower() for _, entry in log()
                                    if any(mod in plain for mod in entry["reqMod"])} == {own_directory.decoy_dn.lower()}


def test_an_empty_name_is_told(daemon):
    page = ask(Client(daemon.url), "")
    assert page.status == 422 and 'id="name-error"' in page.source


def test_methods_can_be_switched_off(directory, daemon, tmp_path):
    settings = {"links.key_ring": str(daemon.folder / "keys"), "accounts.reset_by_link": "no",
                "courier.deliver_to": f"maildir:{daemon.mailbox.path}"}
    with Daemon(tmp_path / "closed", directory, settings=settings) as running:
        person = Forgetful(directory)
        client = Client(running.url)
        page = client.get("/reset")
        assert page.status == 200 and "/reset/question" in page.parsed.links and 'action="/reset"' not in page.source
        csrf = client.get("/signin").form("/signin").fields["csrf"]
        assert client.post("/reset", {"csrf": csrf, "name": person.name}).status == 403
        directory.modify(person.dn, add={"lkSend": "reset"})  # the sysadmin still may
        assert set_password(client, letter_to(daemon, person).link).path == "/reset/done"
        running.set(accounts_reset_by_question="no")
        running.reload()
        page = client.get("/reset")
        assert "support@latchkey.example" in page.text and "/reset/question" not in page.source
        assert "/reset" not in client.get("/signin").parsed.links and "Support can help" in client.get("/signin").text


# ---- by the Password Modify operation, which writes the password and nothing else

@pytest.fixture(scope="module")
def proxy(directory):
    with LdapProxy(directory) as running:
        yield running


@pytest.fixture(scope="module")
def by_operation(daemon, directory, proxy, tmp_path_factory):
    settings = {"links.key_ring": str(daemon.folder / "keys"), "courier.deliver_to": f"maildir:{daemon.mailbox.path}",
                "directory.uri": proxy.uri, "directory.password_method": "exop", "accounts.sign_up": "no"}
    with Daemon(tmp_path_factory.mktemp("operation"), directory, settings=settings) as running:
        yield running


@pytest.mark.parametrize("meanwhile", [
    lambda directory, dn: directory.modify(dn, delete={"lkToken": "confirm digest=another"}),
    lambda directory, dn: directory.modify(dn, add={"lkSend": [f"find address=p{n}@nowhere.example after=20991231235959Z" for n in range(32)]}),
], ids=["another link is used", "the outbox fills up"])
def test_what_the_old_password_opened_ends_whatever_happens_meanwhile(daemon, by_operation, directory, proxy, meanwhile):
    """The password is set, and somebody changes the account before the rest is written."""
    person = Forgetful(directory, lkToken="confirm digest=another")
    elsewhere = Client(by_operation.url)
    elsewhere.sign_in(person.name, PASSWORD)
    ask(Client(by_operation.url), person.name)
    link = letter_to(daemon, person).link
    rest = proxy.hold(lambda asked: asked.dn == person.dn and asked.names("replace", "lkSession"), BEFORE)
    pages = []
    thread = threading.Thread(target=lambda: pages.append(set_password(Client(by_operation.url), link)))
    thread.start()
    rest.wait()
    meanwhile(directory, person.dn)
    rest.release()
    thread.join()
    assert pages[0].path == "/reset/done"
    assert person.values("lkSession") == [] and person.links() == []
    assert elsewhere.get("/account", follow=False).status == 303
    assert Client(by_operation.url).sign_in(person.name, NEW_PASSWORD).status == 200


def test_s10_already_registered(person, daemon):
    """The name is not free: the page leads on to the reset and says nothing of whose it is."""
    page = Client(daemon.url).sign_up(person.name.upper(), NEW_PASSWORD)
    assert page.status == 422 and "/reset" in page.parsed.links and "taken" in page.text
    for secret in (person.mail, person.mail.split("@")[1]):
        assert secret not in page.source
