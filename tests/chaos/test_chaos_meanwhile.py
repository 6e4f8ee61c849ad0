# SPDX-License-Identifier: Apache-2.0
"""Somebody who knows the password is in the middle of something when the holder ends it: with a new password, a second factor, "this was
not me". What was begun before must not come after.

A proxy before slapd holds the very Modify; the other one's is carried out meanwhile.
"""
import time
import urllib.parse

import pytest

from harness.client import Client
from harness.daemon import Daemon
from harness.ldap_proxy import BEFORE
from harness.passwords import verifies
from harness.totp import App
from parts.requests import Request
from parts.world import PASSWORD, Person, token_of, tokens_on, unique

NEW_PASSWORD = "granite moth parade 41"
THIEFS_PASSWORD = "copper lantern voyage 9"
FACTOR = "/account/second-factor"


@pytest.fixture(scope="module")
def daemon(directory, proxy, post_office, tmp_path_factory):
    settings = {"directory.uri": proxy.uri, "courier.deliver_to": post_office.url, "courier.retry_first": "1s",
                "courier.retry_longest": "1s", "directory.timeout": "60s", "server.request_timeout": "120s"}
    with Daemon(tmp_path_factory.mktemp("daemon"), directory, settings=settings) as running:
        yield running


@pytest.fixture
def owner(daemon, directory):
    return Person(daemon, directory)


@pytest.fixture
def thief(daemon, directory, owner):
    """Signed in to the same account."""
    return Person(daemon, directory, owner.name)


def writes(dn, how, attribute):
    return lambda r: r.dn == dn and r.names(how, attribute)


def change_password(person, old=PASSWORD, new=NEW_PASSWORD):
    return person.get("/account/password").submit("/account/password", password_now=old, password=new, password_again=new)


def is_in(client):
    return client.get("/account").path == "/account"


def has_password(directory, dn, password):
    (verifier,) = directory.values(dn, "userPassword")
    return verifies(verifier, password)


def meanwhile(proxy, match, act, other):
    """The answer to `act`, whose Modify waits until `other` is done."""
    hold = proxy.hold(match, BEFORE)
    request = Request(act)
    hold.wait()
    other()
    hold.release()
    return request.wait()


def enrol(person):
    """The app, whose first code has been used."""
    page = person.get(FACTOR).submit(f"{FACTOR}/new", password_now=PASSWORD)
    link = next(link for link in page.parsed.links if link.startswith("otpauth:"))
    app = App(urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["secret"][0])
    assert "Your recovery codes" in page.submit(FACTOR, code=app.code()).text
    return app


def enrol_long_ago(directory, person):
    """The app, all of whose codes are good."""
    app = enrol(person)
    (factor,) = directory.values(person.dn, "lkSecondFactor")
    directory.modify(person.dn, replace={"lkSecondFactor": factor.replace(f"step={app.used}", "step=1")})
    app.used = 0
    return app


# ---- signing in

def test_a_sign_in_with_the_former_password_begins_no_session(daemon, directory, proxy, owner):
    late = Client(daemon.url)
    page = meanwhile(proxy, writes(owner.dn, "add", "lkSession"), lambda: late.sign_in(owner.name, PASSWORD),
                     lambda: change_password(owner))
    assert page.status == 422 and not is_in(late)
    assert len(directory.values(owner.dn, "lkSession")) == 1 and is_in(owner)


def test_a_sign_in_whose_password_is_still_right_goes_on(daemon, directory, proxy, owner):
    """The verifiers are renewed meanwhile, as at a first sign-in elsewhere: another note, the same password."""
    late = Client(daemon.url)
    (note,) = directory.values(owner.dn, "lkVerifier")
    page = meanwhile(proxy, writes(owner.dn, "add", "lkSession"), lambda: late.sign_in(owner.name, PASSWORD),
                     lambda: directory.modify(owner.dn, replace={"lkVerifier": note[:-1] + ("A" if note[-1] != "A" else "B")}))
    assert page.status == 200 and is_in(late) and is_in(owner)


def test_a_code_after_the_former_password_begins_no_session(daemon, directory, proxy, owner):
    app = enrol_long_ago(directory, owner)
    late = Client(daemon.url)
    page = late.sign_in(owner.name, PASSWORD)
    answer = meanwhile(proxy, writes(owner.dn, "add", "lkSession"), lambda: page.submit("/signin/code", code=app.code()),
                       lambda: change_password(owner))
    assert answer.path.startswith("/signin") and not is_in(late)
    assert len(directory.values(owner.dn, "lkSession")) == 1 and is_in(owner)


def test_a_sign_in_with_a_password_alone_does_not_slip_past_a_new_second_factor(daemon, directory, proxy, owner):
    late = Client(daemon.url)
    page = meanwhile(proxy, writes(owner.dn, "add", "lkSession"), lambda: late.sign_in(owner.name, PASSWORD), lambda: enrol(owner))
    assert page.form("/signin/code", {}) and not is_in(late)
    assert len(directory.values(owner.dn, "lkSession")) == 1 and is_in(owner)


# ---- what a session that has been ended was about to do

def test_a_password_change_of_an_ended_session_comes_too_late(directory, proxy, owner, thief):
    answer = meanwhile(proxy, writes(owner.dn, "replace", "userPassword"), lambda: change_password(thief, new=THIEFS_PASSWORD),
                       lambda: change_password(owner))
    assert answer.status == 401 and not is_in(thief) and is_in(owner)
    assert has_password(directory, owner.dn, NEW_PASSWORD)


CHANGES = {
    "question": ("/account/question", {"question": "Whose is it?", "answer": "mine now"}, "lkAnswer", []),
    "no question": ("/account/question", {"question": "", "answer": "", "remove": "yes"}, "lkAnswer", ["kept"]),
    "address": ("/account/mail", {"mail": "thief@evil.example"}, "lkPendingMail", []),
    "no address": ("/account/mail", {"mail": "", "remove": "yes"}, "lkAlternateMail", ["mine@home.example"]),
}


@pytest.mark.parametrize("path, fields, attribute, before", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_by_an_ended_session_comes_too_late(directory, proxy, owner, thief, path, fields, attribute, before):
    directory.modify(owner.dn, replace={"lkAlternateMail": "mine@home.example"})
    if before == ["kept"]:
        directory.modify(owner.dn, replace={"lkQuestion": "Where?", "lkAnswer": "kept"})
    page = thief.get(path)
    answer = meanwhile(proxy, writes(owner.dn, "replace", attribute), lambda: page.submit(path, password_now=PASSWORD, **fields),
                       lambda: change_password(owner))
    assert answer.status == 401
    assert directory.values(owner.dn, attribute) == before


def test_personal_data_typed_in_an_ended_session_come_too_late(directory, proxy, owner, thief):
    """The account writes them itself, and its sessions not at all: what counts is the moment when the password has been looked at."""
    page = thief.get("/account/person")
    answer = meanwhile(proxy, lambda r: r.dn == owner.dn and r.names("delete", "lkAttempt") and not r.names("add", "lkAttempt"),
                       lambda: page.submit("/account/person", given_name="Mallory", surname="Thief", password_now=PASSWORD),
                       lambda: change_password(owner))
    assert answer.status == 401
    assert directory.values(owner.dn, "givenName") == []


UNDOINGS = {"off": "lkSecondFactor", "codes": "lkRecoveryCode"}


def undo_factor(directory, proxy, person, page, other):
    """The answer to turning it off, or to asking for new recovery codes, whose Modify waits until `other` is done."""
    app = enrol_long_ago(directory, person)
    path = f"{FACTOR}/{page}"
    form = person.get(path)
    return meanwhile(proxy, writes(person.dn, "replace", UNDOINGS[page]), lambda: form.submit(path, password_now=PASSWORD, code=app.code()), other)


@pytest.mark.parametrize("page", UNDOINGS)
def test_a_second_factor_is_not_undone_by_an_ended_session(directory, proxy, owner, page):
    codes = []

    def end():
        codes[:] = directory.values(owner.dn, "lkRecoveryCode")
        directory.modify(owner.dn, replace={"lkSession": None})

    assert undo_factor(directory, proxy, owner, page, end).status == 401
    assert directory.values(owner.dn, "lkRecoveryCode") == codes
    (factor,) = directory.values(owner.dn, "lkSecondFactor")
    assert "step=1" in factor.split(), "the code is not used up"


@pytest.mark.parametrize("page", UNDOINGS)
def test_a_second_factor_is_undone_by_a_session_that_is_used_meanwhile(directory, proxy, owner, page):
    codes = []

    def use():
        codes[:] = directory.values(owner.dn, "lkRecoveryCode")
        (session,) = directory.values(owner.dn, "lkSession")
        directory.modify(owner.dn, replace={"lkSession": session.replace("agent=", "agent=Another")})

    assert undo_factor(directory, proxy, owner, page, use).status == 200
    assert directory.values(owner.dn, "lkRecoveryCode") != codes


def test_an_account_is_not_deleted_by_an_ended_session(directory, proxy, owner, thief):
    page = thief.get("/account/delete")
    answer = meanwhile(proxy, lambda r: r.dn == owner.dn and r.names("replace", "lkToken") and not r.names("replace", "userPassword"),
                       lambda: page.submit("/account/delete", password_now=PASSWORD), lambda: change_password(owner))
    assert answer.status == 401 and is_in(owner)


# ---- "this was not me"

@pytest.fixture
def mine(directory, owner):
    address = f"{unique('mine')}@home.example"
    directory.modify(owner.dn, replace={"lkAlternateMail": address})
    return address


def letter_to(post_office, address, count=1):
    deadline = time.monotonic() + 60
    while len(post_office.to(address)) < count:
        assert time.monotonic() < deadline, f"no letter to {address}"
        time.sleep(0.01)
    return token_of(post_office.to(address)[-1])


def ask_for_address(person, address):
    return person.get("/account/mail").submit("/account/mail", mail=address, password_now=PASSWORD)


def confirm(post_office, person, address):
    token = letter_to(post_office, address)
    return person.get(f"/t/{token}").submit("/t", token=token)


def undo(daemon, token, password=NEW_PASSWORD):
    return Client(daemon.url).get(f"/t/{token}").submit("/reset/link", password=password, password_again=password)


def test_a_letter_that_is_put_off_does_not_bring_the_thief_back(daemon, directory, post_office, owner, thief, mine):
    """The thief's own mail server puts it off until the owner has said that this was not them."""
    theirs = f"{unique('thief')}@evil.example"
    ask_for_address(thief, theirs)
    confirm(post_office, thief, theirs)
    told = letter_to(post_office, mine)
    is_put_off = True
    post_office.script("RCPT", lambda address, _: "450 4.2.0 Come again" if address == theirs and is_put_off else None)
    change_password(thief, new=THIEFS_PASSWORD)
    directory.wait_for(lambda: any(" after=" in value for value in directory.values(owner.dn, "lkSend")))
    assert undo(daemon, told).path == "/reset/done"
    is_put_off = False
    directory.wait_for(lambda: directory.values(owner.dn, "lkSend") == [])
    assert len(post_office.to(theirs)) == 1 and tokens_on(directory.read(owner.dn)) == {}


def test_an_address_confirmed_while_the_owner_says_no_does_not_stay(daemon, directory, proxy, post_office, owner, thief, mine):
    other, theirs = f"{unique('other')}@home.example", f"{unique('thief')}@evil.example"
    ask_for_address(thief, other)
    confirm(post_office, thief, other)
    told = letter_to(post_office, mine)
    directory.modify(owner.dn, replace={"lkAlternateMail": mine})
    ask_for_address(thief, theirs)
    letter_to(post_office, theirs)
    page = meanwhile(proxy, writes(owner.dn, "replace", "userPassword"), lambda: undo(daemon, told),
                     lambda: confirm(post_office, thief, theirs))
    assert page.path == "/reset/done" and has_password(directory, owner.dn, NEW_PASSWORD)
    assert directory.values(owner.dn, "lkAlternateMail") == []


def test_a_new_password_does_not_end_the_way_back_that_is_mailed_meanwhile(daemon, directory, proxy, post_office, owner, thief, mine):
    theirs = f"{unique('thief')}@evil.example"
    ask_for_address(thief, theirs)
    letter_to(post_office, theirs)
    page = meanwhile(proxy, writes(owner.dn, "replace", "userPassword"), lambda: change_password(thief, new=THIEFS_PASSWORD),
                     lambda: (confirm(post_office, owner, theirs), letter_to(post_office, mine)))
    assert page.path == "/account?done=password"
    assert undo(daemon, letter_to(post_office, mine)).path == "/reset/done"
    assert has_password(directory, owner.dn, NEW_PASSWORD)


def test_what_comes_while_the_owner_says_no_ends_too(daemon, directory, proxy, post_office, owner, thief, mine):
    """A letter that is mailed meanwhile, and one that cannot be yet."""
    theirs = f"{unique('thief')}@evil.example"
    ask_for_address(thief, theirs)
    confirm(post_office, thief, theirs)
    told = letter_to(post_office, mine)

    def change_twice():
        change_password(thief, new=THIEFS_PASSWORD)
        letter_to(post_office, theirs, 2)
        post_office.script("RCPT", lambda address, _: "450 4.2.0 Come again" if address == theirs else None)
        change_password(thief, old=THIEFS_PASSWORD, new=PASSWORD)

    page = meanwhile(proxy, writes(owner.dn, "replace", "userPassword"), lambda: undo(daemon, told), change_twice)
    post_office.script("RCPT", lambda address, _: None)
    assert page.path == "/reset/done" and has_password(directory, owner.dn, NEW_PASSWORD)
    directory.wait_for(lambda: directory.values(owner.dn, "lkSend") == [])
    assert tokens_on(directory.read(owner.dn)) == {} and len(post_office.to(theirs)) == 2
