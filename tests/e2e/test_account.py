# SPDX-License-Identifier: Apache-2.0
"""My account, over the real programs: password, sessions, what helps back in, and the end of it (flows S7, S11, S13, S17; lesson 15)."""
import threading
import time
import uuid

import pytest

from harness.client import Client, JsonClient
from harness.daemon import Daemon
from harness.passwords import verifies

PASSWORD = "violet-anvil-9-teacup"
NEW_PASSWORD = "granite moth parade 41"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
LINKS_KEPT = 32  # OUTBOX_TOKENS_MOST
SAFARI = ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
          "Mobile/15E148 Safari/604.1")


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("daemon"), directory) as running:
        yield running


@pytest.fixture(scope="module")
def other_daemon(directory, daemon, tmp_path_factory):
    """A second one that shares directory and key ring."""
    keys = daemon.folder / "keys"
    with Daemon(tmp_path_factory.mktemp("other"), directory, settings={"links.key_ring": str(keys),
                                                                 "courier.deliver_to": f"maildir:{daemon.mailbox.path}"}) as running:
        yield running


@pytest.fixture
def person(daemon, directory):
    return Person(daemon, directory)


class Person:
    """Somebody with an account of their own, signed in."""

    def __init__(self, daemon, directory, **more):
        self.daemon, self.directory = daemon, directory
        self.name = unique("person")
        self.dn = f"uid={self.name},{directory.accounts}"
        Client(daemon.url).sign_up(self.name, PASSWORD, **more)
        directory.modify(self.dn, replace={"lkSession": []})
        self.client = self.sign_in()

    def sign_in(self, password=PASSWORD, daemon=None, agent=None, **more):
        client = Client((daemon or self.daemon).url, {"User-Agent": agent} if agent else None)
        self.last = client.sign_in(self.name, password, **more)
        return client

    def is_in(self, client):
        return client.get("/account", follow=False).status == 200

    def values(self, attribute):
        return self.directory.values(self.dn, attribute)


def change_password(client, old, new, **more):
    return client.get("/account/password").submit("/account/password", password_now=old, password=new, password_again=new,
                                                  **more)


# ---- the password

def test_the_password_is_changed_and_everything_else_is_signed_out(person, daemon, other_daemon):
    elsewhere = person.sign_in(daemon=other_daemon, keep="yes")
    person.directory.modify(person.dn, add={"lkToken": "reset digest=" + "A" * 43 + " until=20990101000000Z"})
    before = person.client.cookies["latchkey"]
    page = change_password(person.client, PASSWORD, NEW_PASSWORD)
    assert page.path == "/account?done=password" and "has been changed" in page.text
    begin = time.monotonic()
    assert person.is_in(person.client) and not person.is_in(elsewhere)
    assert person.client.cookies["latchkey"] != before, "whoever has copied this browser's cookie is out as well"
    stale = Client(daemon.url)
    stale.cookies["latchkey"] = before
    assert not person.is_in(stale)
    assert len(person.values("lkSession")) == 1 and person.values("lkToken") == []
    assert time.monotonic() - begin < 30  # only that it is not a matter of limits that run out
    person.sign_in(PASSWORD)
    assert person.last.status == 422
    assert person.is_in(person.sign_in(NEW_PASSWORD, daemon=other_daemon))
    (verifier,) = person.values("userPassword")
    assert verifies(verifier, NEW_PASSWORD)


def test_a_session_keeps_what_it_was(person):
    client = person.sign_in(keep="yes")
    page = change_password(client, PASSWORD, NEW_PASSWORD)
    assert "kept signed in" in page.text
    (value,) = person.values("lkSession")
    assert " kept=1" in value


@pytest.mark.parametrize("fields, field, words", [
    ({"password_now": "not this one at all"}, "password_now", "not your password"),
    ({"password_now": ""}, "password_now", "not your password"),
    ({"password_again": "another one 77 trees"}, "password_again", "not the same"),
    ({"password": "short", "password_again": "short"}, "password", "at least"),
    ({"password": "password123", "password_again": "password123"}, "password", "easy to guess"),
    ({"password": "", "password_again": ""}, "password", "Enter a password"),
])
def test_what_is_wrong_stands_beside_its_field(person, fields, field, words):
    elsewhere = person.sign_in()
    before = person.values("userPassword")
    given = {"password_now": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD, **fields}
    page = person.client.get("/account/password").submit("/account/password", **given)
    assert page.status == 422 and f'id="{field}-error"' in page.source and words in page.text
    assert person.values("userPassword") == before and person.is_in(elsewhere)
    for secret in {*given.values()} - {""}:
        assert secret not in page.source


def test_a_password_made_of_the_own_address_is_refused(daemon, directory):
    person = Person(daemon, directory, alternate_mail="marguerite.delacroix@home.example")
    page = change_password(person.client, PASSWORD, "marguerite.delacroix")
    assert page.status == 422 and "too close to your own" in page.text


def test_the_json_face_changes_a_password_too(person):
    client = JsonClient(person.daemon.url)
    client.cookies = dict(person.client.cookies)
    refused = client.send("/account/password", "/account/password",
                          {"password_now": "wrong", "password": NEW_PASSWORD, "password_again": NEW_PASSWORD})
    assert refused.status == 422 and refused.json["errors"][0]["field"] == "password_now"
    done = client.send("/account/password", "/account/password",
                       {"password_now": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD})
    assert done.status == 200 and done.json["location"] == "/account?done=password"
    assert client.get("/account").json["account"]["name"] == person.name


def test_nothing_of_the_account_is_for_strangers(daemon):
    for path in ("/account", "/account/password", "/account/mail", "/account/question", "/account/person", "/account/delete"):
        assert Client(daemon.url).get(path, follow=False).status == 303
        assert JsonClient(daemon.url).get(path, follow=False).status == 401


# ---- where I am signed in

def test_s13_sessions_are_listed_in_plain_words(person):
    person.sign_in(agent=FIREFOX, keep="yes")
    person.sign_in(agent=SAFARI)
    page = person.client.get("/account")
    for words in ("Firefox on Windows", "Safari on iPhone", "A device that we do not know", "This browser", "from 127.0.0.1"):
        assert words in page.text, words
    sessions = JsonClient(person.daemon.url)
    sessions.cookies = dict(person.client.cookies)
    listed = sessions.get("/account").json["sessions"]
    assert len(listed) == 3 and sorted(s["current"] for s in listed) == [False, False, True]
    assert {s.get("browser") for s in listed} == {"Firefox", "Safari", None}
    assert all(s["address"] == "127.0.0.1" for s in listed)


def test_one_session_is_ended_and_no_other(person):
    first, second = person.sign_in(agent=FIREFOX), person.sign_in(agent=SAFARI)
    account = JsonClient(person.daemon.url)
    account.cookies = dict(person.client.cookies)
    (wanted,) = [s["id"] for s in account.get("/account").json["sessions"] if s.get("browser") == "Firefox"]
    page = person.client.get("/account")
    done = page.client.post("/account/sessions/end", {"csrf": page.form("/account/sessions/end").fields["csrf"], "session": wanted})
    assert done.path == "/account?done=session"
    assert not person.is_in(first) and person.is_in(second) and person.is_in(person.client)


def test_a_session_of_another_account_is_not_ended(person, daemon, directory):
    stranger = Person(daemon, directory)
    theirs = JsonClient(daemon.url)
    theirs.cookies = dict(stranger.client.cookies)
    (session,) = theirs.get("/account").json["sessions"]
    mine = JsonClient(daemon.url)
    mine.cookies = dict(person.client.cookies)
    assert mine.send("/account", "/account/sessions/end", {"session": session["id"]}).status == 200
    assert stranger.is_in(stranger.client) and person.is_in(person.client)


def test_s13_sign_out_everywhere(person, other_daemon):
    elsewhere = person.sign_in(daemon=other_daemon, keep="yes")
    page = person.client.get("/account").submit("/account/sessions/end-all")
    assert page.path == "/signed-out" and "latchkey" not in person.client.cookies
    assert person.values("lkSession") == [] and not person.is_in(elsewhere) and not person.is_in(person.client)


def test_s13_a_session_ends_with_the_browser_unless_it_is_kept(person):
    def cookie_of(**fields):
        page = Client(person.daemon.url).get("/signin").submit("/signin", follow=False, name=person.name, password=PASSWORD,
                                                               **fields)
        return [header for header in page.headers.get_all("Set-Cookie") if header.startswith("latchkey=")][0].lower()

    assert "max-age" not in cookie_of() and "expires" not in cookie_of()
    assert "max-age=31536000" in cookie_of(keep="yes")


def test_s13_idle_and_absolute_limits_are_those_configured(directory, daemon, tmp_path):
    """The times on the entry are moved, not the clock."""
    settings = {"sessions.idle": "1h", "sessions.longest": "2h", "sessions.kept_idle": "10h", "sessions.kept_longest": "20h",
                "links.key_ring": str(daemon.folder / "keys")}
    with Daemon(tmp_path / "limits", directory, settings=settings) as running:
        person = Person(running, directory)

        def ages(client, begun, seen):
            (value,) = person.values("lkSession")
            stamp = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - hours * 3600)) for hours in (begun, seen)]
            words = value.split(" ")
            words[2:4] = [f"begun={stamp[0]}", f"seen={stamp[1]}"]
            directory.modify(person.dn, replace={"lkSession": " ".join(words)})
            return person.is_in(client)

        for keep, idle, longest in ((None, 1, 2), ("yes", 10, 20)):
            for begun, seen, lasts in ((idle * .9, idle * .9, True), (idle * 1.1, idle * 1.1, False),
                                       (longest * .95, 0, True), (longest * 1.05, 0, False)):
                directory.modify(person.dn, replace={"lkSession": []})
                client = person.sign_in(keep=keep)
                assert ages(client, begun, seen) == lasts, (keep, begun, seen)


# ---- what helps back in

def test_s7_the_alternate_address_counts_when_its_link_was_opened(person, daemon):
    first, second = f"{unique('first')}@home.example", f"{unique('second')}@home.example"
    page = person.client.get("/account/mail").submit("/account/mail", mail=first, password_now=PASSWORD)
    assert page.path == "/account?done=mail" and first in page.text
    assert person.values("lkPendingMail") == [first] and person.values("lkAlternateMail") == []
    letter = daemon.mailbox.newest(first)
    person.client.get(letter.link).submit("/t", token=letter.token)
    assert person.values("lkAlternateMail") == [first] and person.values("lkPendingMail") == []

    person.client.get("/account/mail").submit("/account/mail", mail=second, password_now=PASSWORD)
    assert person.values("lkAlternateMail") == [first], "the former one counts until then"
    letter = daemon.mailbox.newest(second)
    person.client.get(letter.link).submit("/t", token=letter.token)
    assert person.values("lkAlternateMail") == [second]

    told = daemon.mailbox.wait(first, 2)[-1]
    assert "no longer the alternate address" in told.text and person.name in told.text, "the former one is told"

    page = person.client.get("/account/mail").submit("/account/mail", remove="yes", mail="", password_now=PASSWORD)
    assert page.path == "/account?done=mail_removed"
    assert "no longer the alternate address" in daemon.mailbox.wait(second, 2)[-1].text
    assert person.values("lkAlternateMail") == [] and person.values("lkPendingMail") == []


def test_the_second_address_typed_is_the_one_that_gets_the_link(own_directory, tmp_path):
    """The first request still waits: the mail server is down."""
    settings = {"courier.deliver_to": "smtp://127.0.0.1:9"}
    with Daemon(tmp_path / "daemon", own_directory, settings=settings) as running:
        person = Person(running, own_directory)
        for mail in ("one@home.example", "two@home.example"):
            person.client.get("/account/mail").submit("/account/mail", mail=mail, password_now=PASSWORD)
        assert person.values("lkPendingMail") == ["two@home.example"]
        running.stop()
        running.set(courier_deliver_to=f"maildir:{running.mailbox.path}")
        running.start()
        assert running.mailbox.newest("two@home.example").link
        assert running.mailbox.to("one@home.example") == []


@pytest.mark.parametrize("path, fields, field", [
    ("/account/mail", {"mail": "nonsense"}, "mail"),
    ("/account/mail", {"mail": ""}, "mail"),
    ("/account/question", {"question": "", "answer": "x"}, "question"),
    ("/account/question", {"question": "Where?", "answer": ""}, "answer"),
    ("/account/question", {"question": "Where?", "answer": "   "}, "answer"),
    ("/account/person", {"telephone": "call me ☎"}, "telephone"),
    ("/account/person", {"surname": "x" * 65}, "surname"),
])
def test_forms_say_what_is_wrong(person, path, fields, field):
    before = person.directory.read(person.dn, ["*"])
    page = person.client.get(path).submit(path, password_now=PASSWORD, **fields)
    assert page.status == 422 and f'id="{field}-error"' in page.source, page.source
    assert person.directory.read(person.dn, ["*"]) == before


@pytest.mark.parametrize("path, fields", [
    ("/account/mail", {"mail": "thief@evil.example"}),
    ("/account/mail", {"mail": "", "remove": "yes"}),
    ("/account/question", {"question": "Where?", "answer": "here"}),
    ("/account/question", {"question": "", "answer": "", "remove": "yes"}),
    ("/account/person", {"surname": "Thief"}),
    ("/account/delete", {}),
])
def test_an_open_browser_is_not_enough(daemon, directory, path, fields):
    person = Person(daemon, directory, question="Where?", answer="there", alternate_mail=f"{unique('mine')}@home.example",
                    surname="Mine")
    directory.modify(person.dn, replace={"lkAlternateMail": "mine@home.example"})
    directory.wait_for(lambda: person.values("lkSend") == [])
    def state():
        return {name: values for name, values in directory.read(person.dn, ["*"]).items() if name != "lkAttempt"}

    before = state()
    for password in ("", "some other password 12"):
        page = person.client.get(path)
        csrf = page.form(path).fields["csrf"]
        refused = person.client.post(path, {"csrf": csrf, "password_now": password, **fields}, follow=False)
        assert refused.status == 422 and 'id="password_now-error"' in refused.source
    assert state() == before


def test_s7_question_and_answer(person):
    page = person.client.get("/account/question").submit("/account/question", question="First pet?", answer="Héloïse  the CAT",
                                                         password_now=PASSWORD)
    assert page.path == "/account?done=question" and "First pet?" in page.text and "Héloïse" not in page.source
    assert person.values("lkQuestion") == ["First pet?"]
    (answer,) = person.values("lkAnswer")
    assert answer.startswith("$argon2id$") and verifies(answer, "héloïse the cat")
    page = person.client.get("/account/question").submit("/account/question", remove="yes", password_now=PASSWORD, question="",
                                                         answer="")
    assert page.path == "/account?done=question_removed"
    assert person.values("lkQuestion") == [] and person.values("lkAnswer") == []


def test_s17_personal_data_is_the_persons_own(person, directory):
    fields = {"given_name": "Zoë", "surname": "O’Neill", "telephone": "+49 30 1234", "postal_code": "10115"}
    page = person.client.get("/account/person").submit("/account/person", password_now=PASSWORD, **fields)
    assert page.path == "/account?done=person" and "Zoë O’Neill" in page.text
    assert person.values("cn") == ["Zoë O’Neill"] and person.values("postalCode") == ["10115"]
    assert person.values("modifiersName")[0].lower() == person.dn.lower(), "under their own name (RFC 4370)"
    empty = dict.fromkeys(fields, "")
    person.client.get("/account/person").submit("/account/person", password_now=PASSWORD, **empty)
    assert person.values("sn") == [person.name] and person.values("telephoneNumber") == [] and person.values("cn") == [person.name]
    assert "No name given" in person.client.get("/account").text


def test_lesson_10_this_was_not_me(daemon, directory):
    """A thief who knows the password takes the account over; who has the former address takes it back."""
    mine, theirs = f"{unique('mine')}@home.example", f"{unique('thief')}@evil.example"
    person = Person(daemon, directory, question="Where?", answer="there")
    directory.modify(person.dn, replace={"lkAlternateMail": mine})
    thief = person.sign_in()
    thief.get("/account/mail").submit("/account/mail", mail=theirs, password_now=PASSWORD)
    letter = daemon.mailbox.newest(theirs)
    thief.get(letter.link).submit("/t", token=letter.token)
    told = daemon.mailbox.newest(mine)
    change_password(thief, PASSWORD, NEW_PASSWORD)
    thiefs_own = daemon.mailbox.wait(theirs, 2)[-1]
    assert owner_sees(daemon, thiefs_own) == 200
    assert person.is_in(thief) and not person.is_in(person.client)

    owner = Client(daemon.url)
    page = owner.get(told.link)
    assert page.status == 200 and "Was this not you?" in page.text and person.is_in(thief), "looking changes nothing"
    mended = "copper lantern voyage 9"
    page = page.submit("/reset/link", password=mended, password_again=mended)
    assert page.path == "/reset/done"
    assert not person.is_in(thief) and person.values("lkAlternateMail") == [] and person.values("lkQuestion") == []
    person.sign_in(NEW_PASSWORD)
    assert person.last.status == 422 and person.is_in(person.sign_in(mended))
    assert owner.get(told.link).status == 410
    assert owner_sees(daemon, thiefs_own) == 410, "the thief got such a letter too, later; it is worth nothing now"


def break_in(daemon, directory):
    """(the person, a thief who has signed in and asked for another address, the owner's address, the thief's, the letter to it)"""
    mine, theirs = f"{unique('mine')}@home.example", f"{unique('thief')}@evil.example"
    person = Person(daemon, directory)
    directory.modify(person.dn, replace={"lkAlternateMail": mine})
    thief = person.sign_in()
    thief.get("/account/mail").submit("/account/mail", mail=theirs, password_now=PASSWORD)
    return person, thief, mine, theirs, daemon.mailbox.newest(theirs)


def test_lesson_10_a_thief_who_changes_much_does_not_outlive_the_way_back(daemon, directory):
    """Each change is told, to the thief's own address by then, in a letter with such a link; and an entry keeps so many links only."""
    person, thief, mine, theirs, letter = break_in(daemon, directory)
    thief.get(letter.link).submit("/t", token=letter.token)
    told = daemon.mailbox.newest(mine)
    old, new = PASSWORD, NEW_PASSWORD
    for changes in range(1, LINKS_KEPT + 2):
        assert change_password(thief, old, new).path == "/account?done=password"
        daemon.mailbox.wait(theirs, 1 + changes)
        old, new = new, old
    assert len(person.values("lkToken")) == LINKS_KEPT
    assert owner_sees(daemon, told) == 200 and owner_sees(daemon, daemon.mailbox.newest(theirs)) == 200


def test_lesson_10_a_thief_who_is_quick_is_second_all_the_same(daemon, directory):
    """Both letters are written in one second: the one that tells the owner came first."""
    _, thief, mine, theirs, letter = break_in(daemon, directory)
    confirm, change = thief.get(letter.link), thief.get("/account/password")
    time.sleep(1 - time.time() % 1)
    confirm.submit("/t", token=letter.token)
    change.submit("/account/password", password_now=PASSWORD, password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    told, thiefs_own = daemon.mailbox.newest(mine), daemon.mailbox.wait(theirs, 2)[-1]
    Client(daemon.url).get(thiefs_own.link).submit("/reset/link", password=PASSWORD, password_again=PASSWORD)
    assert owner_sees(daemon, thiefs_own) == 410 and owner_sees(daemon, told) == 200


def owner_sees(daemon, letter):
    return Client(daemon.url).get(letter.link).status


# ---- the end of it

def test_s11_the_account_goes_and_the_profiles_stay_untied(person, daemon, other_daemon, directory):
    elsewhere = person.sign_in(daemon=other_daemon)
    organization = directory.add_organization(unique("Org"), plans=["support until=20991231235959Z"])
    profiles = [directory.add_profile(organization, f"Pat {n}", f"{unique('pat')}@x.example", lkAccountDN=person.dn)
                for n in ("One", "Two", "Three")]
    page = person.client.get("/account/delete").submit("/account/delete", password_now=PASSWORD)
    assert page.path == "/account/deleted" and page.status == 200 and "latchkey" not in person.client.cookies
    assert directory.read(person.dn) is None
    for profile in profiles:
        assert directory.read(profile) is not None and directory.values(profile, "lkAccountDN") == []
    assert not person.is_in(elsewhere)
    assert person.name not in person.client.get("/signin").source, "the name is not offered any more"
    person.sign_in()
    assert person.last.status == 422


def test_s11_the_tie_goes_before_the_account_does(own_directory, tmp_path):
    """Without referential integrity a later account of the same name would inherit the profile: so the directory must see the
    profiles changed first, whatever overlays it has. Its own log says in which order things happened."""
    with Daemon(tmp_path / "daemon", own_directory) as running:
        person = Person(running, own_directory)
        organization = own_directory.add_organization("Org")
        profile = own_directory.add_profile(organization, "Pat", "pat@x.example", lkAccountDN=person.dn)
        person.client.get("/account/delete").submit("/account/delete", password_now=PASSWORD)
        log = own_directory.search("(objectClass=auditWriteObject)", base="cn=log", attributes=["reqDN", "reqType", "reqStart"])
        steps = [(e["reqStart"][0], e["reqType"][0], e["reqDN"][0].lower()) for _, e in log]
        untied = [at for at, kind, dn in steps if kind == "modify" and dn == profile.lower()]
        gone = [at for at, kind, dn in steps if kind == "delete" and dn == person.dn.lower()]
        assert untied and gone and untied[0] < gone[0]


def test_an_operators_account_is_not_deleted(person, directory):
    directory.make_operator(person.dn)
    page = person.client.get("/account/delete").submit("/account/delete", password_now=PASSWORD)
    assert page.status == 403 and "no operator" in page.text
    assert directory.read(person.dn) is not None
    directory.modify(directory.operators, delete={"member": person.dn})


def test_two_changes_at_once_leave_one_password(person):
    clients = [person.sign_in() for _ in range(4)]
    pages = [client.get("/account/password") for client in clients]
    passwords = [f"granite moth parade {n}" for n in range(4)]
    threads = [threading.Thread(target=page.submit, args=("/account/password",),
                                kwargs={"password_now": PASSWORD, "password": new, "password_again": new})
               for page, new in zip(pages, passwords)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verifiers = person.values("userPassword")
    assert len(verifiers) == 1 and sum(verifies(verifiers[0], new) for new in passwords) == 1
    assert len(person.values("lkSession")) == 1


@pytest.mark.parametrize("spelling", ["ZOË", "zoe\u0308", "Ｚｏë", "  zoë"])
def test_lesson_31_a_name_is_one_name_in_every_spelling(daemon, spelling):
    """By the directory: caseIgnoreMatch compares after normalisation."""
    tail = uuid.uuid4().hex[:8]
    assert Client(daemon.url).sign_up(f"zoë{tail}", PASSWORD).status == 200
    page = Client(daemon.url).sign_up(f"{spelling}{tail}", PASSWORD)
    assert page.status == 422 and "taken" in page.text


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\u2060", "\u3164"])
def test_lesson_31_what_is_not_seen_is_in_no_name(daemon, unseen):
    page = Client(daemon.url).sign_up(f"zo{unseen}e{uuid.uuid4().hex[:8]}", PASSWORD)
    assert page.status == 422 and 'id="name-error"' in page.source
