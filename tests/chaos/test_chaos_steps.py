# SPDX-License-Identifier: Apache-2.0
"""The daemon dies at a named step, not by chance: a proxy before slapd, or the mail server's script, stops the step where it is,
and then comes kill -9 (or, in its place, the directory's answer is lost and the daemon lives on).

A message's way:  a person's request is written down (`find` on the account)   ask
                  the courier claims it                                        claim of find
                  and asks each profile with that address                      request
                  the `find` is taken away                                     end of find
                  the courier claims `associate`, and mints its token          claim and mint
                  the mail server takes the message                            MAIL, RCPT, DATA, before and after its 250
                  the value is taken away                                      clear
                  (or put off, or refused                                      defer, refuse)
"""
import itertools
import threading
import time

import pytest

from harness import ldap_proxy
from harness.daemon import Daemon
from harness.ldap_proxy import AFTER, BEFORE
from parts.requests import Request
from parts.world import (PASSWORD, SETTINGS, Person, account_dn, add_account, add_profile, digest_of, outbox,
                         purpose_and_account, token_of, tokens_on, unique, wait_until_sent, was_redeemed)
from harness.client import Client
from harness.links import PURPOSES

KILL, CUT = "kill", "cut"
OTHER_PASSWORD, MENDED_PASSWORD = "granite moth parade 41", "copper lantern voyage 9"


@pytest.fixture(scope="module")
def living(directory, proxy, post_office, tmp_path_factory):
    settings = {**SETTINGS, "directory.uri": proxy.uri, "courier.deliver_to": post_office.url}
    with Daemon(tmp_path_factory.mktemp("daemon"), directory, settings=settings) as running:
        yield running


@pytest.fixture
def daemon(living):
    """Also after a test that left it dead."""
    if living.process is None:
        living.start()
    return living


@pytest.fixture
def person(daemon, directory):
    return Person(daemon, directory)


@pytest.fixture
def profile(directory):
    return add_profile(directory)


def strike(daemon, hold, how):
    """At the step: the daemon dies, or the answer that it waits for is lost."""
    hold.wait()
    if how == KILL:
        daemon.kill()
    hold.drop()


def restart(daemon, how):
    if how == KILL:
        daemon.start()


def only_link(post_office, address, seconds=60.0):
    """All messages to the address carry one link under one Message-ID: that one's token."""
    deadline = time.monotonic() + seconds
    while not post_office.to(address):
        assert time.monotonic() < deadline, f"no message to {address}"
        time.sleep(0.01)
    messages = post_office.to(address)
    assert len({token_of(message) for message in messages}) == 1, "the same link each time"
    assert len({message["Message-ID"] for message in messages}) == 1
    return token_of(messages[0])


def check_redeemable(directory, person, dn, token):
    assert digest_of(token) in tokens_on(directory.read(dn)), "the mailed link is dead"
    assert was_redeemed(person.redeem(token))
    entry = directory.read(dn)
    assert entry["lkAccountDN"] == [person.dn] and "lkToken" not in entry and "lkSend" not in entry


ways = pytest.mark.parametrize("how", [KILL, CUT])
sides = pytest.mark.parametrize("when", [BEFORE, AFTER])


# ---- request

@ways
@sides
def test_ask(daemon, directory, proxy, post_office, person, profile, when, how):
    """The person's request is written into the directory. Not yet: nobody was promised anything. Carried out: it is sent."""
    dn, address = profile
    hold = proxy.hold(ldap_proxy.asks(person.dn), when)
    asking = Request(lambda: person.ask(address))
    strike(daemon, hold, how)
    answer = asking.wait()
    if how == KILL:
        assert answer is None
    else:
        assert answer.status == 503 and "Retry-After" in answer.headers
    restart(daemon, how)
    if when == BEFORE:
        assert directory.values(person.dn, "lkSend") == []
        assert person.ask(address).status == 303, "asked again"
    token = only_link(post_office, address)
    wait_until_sent(directory)
    check_redeemable(directory, person, dn, token)


# ---- find: claim, request, end

FIND_STEPS = {
    "claim of find": lambda person, dn: ldap_proxy.claims(person, "find "),
    "request": lambda person, dn: ldap_proxy.requests(dn),
    "end of find": lambda person, dn: ldap_proxy.ends(person, "find "),
}


@ways
@sides
@pytest.mark.parametrize("step", FIND_STEPS)
def test_find(daemon, directory, proxy, post_office, person, profile, step, when, how):
    """The courier works out who has the address, and asks for a message to each."""
    dn, address = profile
    hold = proxy.hold(FIND_STEPS[step](person.dn, dn), when)
    assert person.ask(address).status == 303
    strike(daemon, hold, how)
    restart(daemon, how)
    token = only_link(post_office, address)
    wait_until_sent(directory)
    check_redeemable(directory, person, dn, token)


# ---- claim and mint, clear

LETTER_STEPS = {
    "claim and mint": lambda dn: ldap_proxy.claims(dn, "invite"),
    "clear": lambda dn: ldap_proxy.ends(dn, "invite"),
}


@ways
@sides
@pytest.mark.parametrize("step", LETTER_STEPS)
def test_letter(daemon, directory, proxy, post_office, person, profile, step, when, how):
    """Claim and mint are one Modify: both or neither. Clear is lost: the same link goes out twice, never a dead one."""
    dn, address = profile
    hold = proxy.hold(LETTER_STEPS[step](dn), when)
    directory.modify(dn, add={"lkSend": "invite"})
    strike(daemon, hold, how)
    entry = directory.read(dn)
    if step == "claim and mint":
        claimed = any(" claim=" in value for value in entry.get("lkSend", []))
        assert claimed == (len(tokens_on(entry)) == 1), "claimed and minted, or neither"
    restart(daemon, how)
    token = only_link(post_office, address)
    wait_until_sent(directory)
    assert only_link(post_office, address) == token
    if step == "claim and mint" or when == AFTER:
        assert len(post_office.to(address)) == 1
    check_redeemable(directory, person, dn, token)


@ways
def test_a_link_that_is_used_before_the_clear_stays_used(daemon, directory, proxy, post_office, person, profile, how):
    """The claim of the dead still holds the link: whoever takes it over does not put that link on the entry again, for whoever else has
    read the letter."""
    dn, address = profile
    hold = proxy.hold(LETTER_STEPS["clear"](dn), BEFORE)
    directory.modify(dn, add={"lkSend": "invite"})
    hold.wait()
    token = only_link(post_office, address)
    assert was_redeemed(person.redeem(token))
    strike(daemon, hold, how)
    restart(daemon, how)
    wait_until_sent(directory)
    assert directory.values(dn, "lkToken") == [] and len(post_office.to(address)) == 1
    assert Person(daemon, directory).redeem(token).status == 410
    assert directory.values(dn, "lkAccountDN") == [person.dn]


def test_an_address_that_is_corrected_before_the_claim_counts(daemon, directory, proxy, post_office, person, profile):
    """The courier has read the entry, and its claim is on the way: what it has read is no longer so when the claim is carried out."""
    dn, former = profile
    address = f"{unique('corrected')}@customer.example"
    hold = proxy.hold(LETTER_STEPS["claim and mint"](dn), BEFORE)
    directory.modify(dn, add={"lkSend": "invite"})
    hold.wait()
    directory.modify(dn, replace={"mail": address})
    hold.release()
    token = only_link(post_office, address)
    wait_until_sent(directory)
    assert post_office.to(former) == []
    check_redeemable(directory, person, dn, token)


def test_a_second_alternate_address_while_the_first_is_written_to(daemon, directory, proxy, post_office, person):
    """The request for the first still stands there when the second is entered, and is claimed before that is written down."""
    first, second = (f"{unique(word)}@home.example" for word in ("first", "second"))
    claim = proxy.hold(ldap_proxy.claims(person.dn, "confirm"), BEFORE)
    person.get("/account/mail").submit("/account/mail", mail=first, password_now=PASSWORD)
    claim.wait()
    change = proxy.hold(ldap_proxy.asks_for_mail_again(person.dn), BEFORE)
    entering = Request(lambda: person.get("/account/mail").submit("/account/mail", mail=second, password_now=PASSWORD))
    change.wait()
    claim.release()
    letters_to(post_office, first, "confirm")
    change.release()
    assert entering.wait().status == 200
    token = letters_to(post_office, second, "confirm")
    person.redeem(token)
    assert directory.values(person.dn, "lkAlternateMail") == [second]


# ---- send

class MailHold:
    """The mail server comes to a stage for this address, and waits there."""

    def __init__(self, post_office, stage, address):
        self.reached = threading.Event()
        stops = iter([True])

        def script(about, count):
            if (stage == "MAIL" or about == address) and next(stops, False):
                self.reached.set()
                return 30.0  # until the daemon's end cuts the connection
            return None

        post_office.script(stage, script)

    def wait(self):
        assert self.reached.wait(60), "the stage was not reached"


SEND_STEPS = {
    "after MAIL": "MAIL",
    "after RCPT": "RCPT",
    "after DATA, before 250": "DATA",
    "taken, 250 not heard": "ACCEPTED",
}


@pytest.mark.parametrize("how", [KILL, "no answer"])
@pytest.mark.parametrize("step", SEND_STEPS)
def test_send(daemon, directory, post_office, person, profile, step, how):
    """The mail server holds its reply, and the daemon dies there; or waits in vain until courier.timeout."""
    dn, address = profile
    before = len(post_office.messages)
    hold = MailHold(post_office, SEND_STEPS[step], address)
    directory.modify(dn, add={"lkSend": "invite"})
    hold.wait()
    entry = directory.read(dn)
    assert " claim=" in entry["lkSend"][0] and len(tokens_on(entry)) == 1
    if how == KILL:
        daemon.kill()
        assert directory.read(dn)["lkSend"] == entry["lkSend"], "the claim of the dead daemon stands"
        daemon.start()
    token = only_link(post_office, address)
    wait_until_sent(directory)
    assert only_link(post_office, address) == token
    assert len(post_office.messages) - before == (2 if step == "taken, 250 not heard" else 1)
    check_redeemable(directory, person, dn, token)


# ---- defer and refuse

@ways
@sides
def test_defer(daemon, directory, proxy, post_office, person, profile, when, how):
    """450, and the daemon dies while it notes when to try again."""
    dn, address = profile
    replies = itertools.chain(["450 4.2.0 Greylisted"], itertools.repeat(None))
    post_office.script("RCPT", lambda about, count: next(replies) if about == address else None)
    hold = proxy.hold(ldap_proxy.defers(dn), when)
    directory.modify(dn, add={"lkSend": "invite"})
    strike(daemon, hold, how)
    restart(daemon, how)
    token = only_link(post_office, address)
    wait_until_sent(directory)
    assert len(post_office.to(address)) == 1
    check_redeemable(directory, person, dn, token)


@ways
@sides
def test_refuse(daemon, directory, proxy, post_office, profile, when, how):
    """550, and the daemon dies while it notes that: the entry ends with the server's words and without a token."""
    dn, address = profile
    post_office.script("RCPT", lambda about, count: "550 5.1.1 No such person" if about == address else None)
    hold = proxy.hold(ldap_proxy.refuses(dn), when)
    directory.modify(dn, add={"lkSend": "invite"})
    strike(daemon, hold, how)
    restart(daemon, how)
    wait_until_sent(directory)
    entry = directory.read(dn)
    assert "No such person" in entry["lkSendError"][0] and len(entry["lkSendError"]) == 1
    assert "lkToken" not in entry and "lkSent" not in entry and post_office.to(address) == []


# ---- what people do

@ways
@sides
def test_redeem(daemon, directory, proxy, post_office, person, profile, when, how):
    """Before: the link lives and works. Carried out: tied, and the second click is told so."""
    dn, address = profile
    directory.modify(dn, add={"lkSend": "invite"})
    token = only_link(post_office, address)
    wait_until_sent(directory)
    hold = proxy.hold(ldap_proxy.ties(dn), when)
    redeeming = Request(lambda: person.redeem(token))
    strike(daemon, hold, how)
    answer = redeeming.wait()
    assert answer is None if how == KILL else answer.status == 503
    entry = directory.read(dn)
    if when == BEFORE:
        assert "lkAccountDN" not in entry and digest_of(token) in tokens_on(entry)
    else:
        assert entry["lkAccountDN"] == [person.dn] and "lkToken" not in entry
    restart(daemon, how)
    assert was_redeemed(person.redeem(token)), "clicked again"
    entry = directory.read(dn)
    assert entry["lkAccountDN"] == [person.dn] and "lkToken" not in entry


# ---- letters that tell of a change: written by the same Modify, so none is lost

def letters_to(post_office, address, purpose, seconds=60.0):
    """The token of the one link of that purpose that the address has been sent, however often."""
    deadline = time.monotonic() + seconds
    while True:
        tokens = {token_of(m) for m in post_office.to(address) if purpose_and_account(token_of(m))[0] == PURPOSES[purpose]}
        if tokens:
            break
        assert time.monotonic() < deadline, f"no {purpose} for {address}"
        time.sleep(0.01)
    assert len(tokens) == 1, "the same link each time"
    return tokens.pop()


def invite(directory, post_office, dn, address):
    directory.modify(dn, add={"lkSend": "invite"})
    token = letters_to(post_office, address, "invite")
    wait_until_sent(directory)
    return token


@pytest.fixture
def moved_from(directory, profile):
    """The profile is tied to another account; that one's confirmed address."""
    home = f"{unique('former')}@home.example"
    former = account_dn(directory, add_account(directory))
    directory.modify(former, replace={"lkAlternateMail": home})
    directory.modify(profile[0], replace={"lkAccountDN": former})
    return home


MOVE_STEPS = {
    "redeem": lambda dn: ldap_proxy.ties(dn),
    "claim of moved": lambda dn: ldap_proxy.claims(dn, "moved "),
    "claim of moved_away": lambda dn: ldap_proxy.claims(dn, "moved_away "),
    "clear of moved": lambda dn: ldap_proxy.ends(dn, "moved "),
    "clear of moved_away": lambda dn: ldap_proxy.ends(dn, "moved_away "),
}


@ways
@sides
@pytest.mark.parametrize("step", MOVE_STEPS)
def test_s16_move(daemon, directory, proxy, post_office, person, profile, moved_from, step, when, how):
    """Moved and both told, or neither; and the link in each letter works."""
    dn, address = profile
    token = invite(directory, post_office, dn, address)
    hold = proxy.hold(MOVE_STEPS[step](dn), when)
    redeeming = Request(lambda: person.redeem(token))
    strike(daemon, hold, how)
    redeeming.wait()
    restart(daemon, how)
    if step == "redeem" and when == BEFORE:
        assert directory.values(dn, "lkSend") == [] and directory.values(dn, "lkAccountDN") != [person.dn]
        assert was_redeemed(person.redeem(token))
    letters_to(post_office, address, "undo_tie")
    to_former = letters_to(post_office, moved_from, "undo_tie")
    wait_until_sent(directory)
    assert directory.values(dn, "lkAccountDN") == [person.dn]
    assert person.redeem(to_former).status == 200
    assert directory.values(dn, "lkAccountDN") == []


@ways
@sides
def test_s16_undo(daemon, directory, proxy, post_office, person, profile, moved_from, when, how):
    """The tie is cut and the administrators' letter written, or neither."""
    dn, address = profile
    assert was_redeemed(person.redeem(invite(directory, post_office, dn, address)))
    token = letters_to(post_office, address, "undo_tie")
    wait_until_sent(directory)
    hold = proxy.hold(ldap_proxy.cuts(dn), when)
    undoing = Request(lambda: person.redeem(token))
    strike(daemon, hold, how)
    undoing.wait()
    entry = directory.read(dn)
    if when == BEFORE:
        assert entry["lkAccountDN"] == [person.dn] and "lkSend" not in entry
    else:
        assert "lkAccountDN" not in entry
    restart(daemon, how)
    assert person.redeem(token).status == (200 if when == BEFORE else 410)
    wait_until_sent(directory)
    entry = directory.read(dn)
    told = entry.get("lkSent", []) + entry.get("lkSendError", [])  # no administrator here has an address
    assert "lkAccountDN" not in entry and any(value.startswith("disputed ") for value in told), entry


@ways
def test_an_undoing_link_that_is_used_before_the_clear_stays_used(daemon, directory, proxy, post_office, person, profile, moved_from, how):
    """The letter may come twice; its link does not come back to life."""
    dn, address = profile
    token = invite(directory, post_office, dn, address)
    hold = proxy.hold(ldap_proxy.ends(dn, "moved "), BEFORE)
    assert was_redeemed(person.redeem(token))
    hold.wait()
    undoing = letters_to(post_office, address, "undo_tie")
    assert person.redeem(undoing).status == 200
    strike(daemon, hold, how)
    restart(daemon, how)
    wait_until_sent(directory)
    assert digest_of(undoing) not in tokens_on(directory.read(dn))
    assert letters_to(post_office, address, "undo_tie") == undoing


def test_a_letter_that_waits_is_no_way_back_for_whoever_took_the_account(daemon, directory, post_office, person):
    """A thief changes the address, and then the password; their mail server puts the letter about that off until the owner has undone it all."""
    mine, theirs = f"{unique('mine')}@home.example", f"{unique('thief')}@evil.example"
    directory.modify(person.dn, replace={"lkAlternateMail": mine})
    person.get("/account/mail").submit("/account/mail", mail=theirs, password_now=PASSWORD)
    person.redeem(letters_to(post_office, theirs, "confirm"))
    undoing = letters_to(post_office, mine, "undo_account")
    wait_until_sent(directory)
    post_office.script("RCPT", lambda about, count: "450 4.2.0 Greylisted" if about == theirs else None)
    person.get("/account/password").submit("/account/password", password_now=PASSWORD, password=OTHER_PASSWORD, password_again=OTHER_PASSWORD)
    directory.wait_for(lambda: any(" why=" in value for value in directory.values(person.dn, "lkSend")), what="the letter to be put off")
    page = Client(daemon.url).get(f"/t/{undoing}").submit("/reset/link", password=MENDED_PASSWORD, password_again=MENDED_PASSWORD)
    assert page.path == "/reset/done"
    post_office.script("RCPT", lambda about, count: None)
    wait_until_sent(directory)
    assert directory.values(person.dn, "lkToken") == []
    letters = [purpose_and_account(token_of(message))[0] for message in post_office.to(theirs)]
    assert PURPOSES["undo_account"] not in letters


MAIL_STEPS = {
    "ask": lambda dn: ldap_proxy.asks_for_mail(dn),
    "claim of new_mail": lambda dn: ldap_proxy.claims(dn, "new_mail "),
    "claim of mail_changing": lambda dn: ldap_proxy.claims(dn, "mail_changing "),
    "clear of mail_changing": lambda dn: ldap_proxy.ends(dn, "mail_changing "),
}


@ways
@sides
@pytest.mark.parametrize("step", MAIL_STEPS)
def test_s17_new_mail(daemon, directory, proxy, post_office, person, profile, step, when, how):
    """Both addresses are written to, or nothing has been asked for."""
    dn, address = profile
    new = f"{unique('new')}@customer.example"
    directory.modify(dn, replace={"lkAccountDN": person.dn})
    csrf = person.get("/profile").form("/profile/mail").fields["csrf"]
    ask = lambda: person.post("/profile/mail", {"csrf": csrf, "mail": new}, follow=False)  # noqa: E731
    hold = proxy.hold(MAIL_STEPS[step](dn), when)
    asking = Request(ask)
    strike(daemon, hold, how)
    asking.wait()
    restart(daemon, how)
    if step == "ask" and when == BEFORE:
        assert directory.values(dn, "lkSend") == [] and directory.values(dn, "lkPendingMail") == []
        assert ask().status == 303
    to_new = letters_to(post_office, new, "new_mail")
    to_old = letters_to(post_office, address, "undo_mail")
    wait_until_sent(directory)
    assert person.redeem(to_new).status == 200 and directory.values(dn, "mail") == [new]
    assert person.redeem(to_old).status == 200 and directory.values(dn, "mail") == [address]


@ways
@sides
def test_s17_confirm_and_put_back(daemon, directory, proxy, post_office, person, profile, when, how):
    dn, address = profile
    new = f"{unique('new')}@customer.example"
    directory.modify(dn, replace={"lkAccountDN": person.dn})
    csrf = person.get("/profile").form("/profile/mail").fields["csrf"]
    assert person.post("/profile/mail", {"csrf": csrf, "mail": new}, follow=False).status == 303
    to_new, to_old = letters_to(post_office, new, "new_mail"), letters_to(post_office, address, "undo_mail")
    wait_until_sent(directory)
    for token, before, after in ((to_new, address, new), (to_old, new, address)):
        hold = proxy.hold(ldap_proxy.changes_mail(dn), when)
        redeeming = Request(lambda: person.redeem(token))  # noqa: B023
        strike(daemon, hold, how)
        redeeming.wait()
        assert directory.values(dn, "mail") == [before if when == BEFORE else after]
        restart(daemon, how)
        assert person.redeem(token).status == (410 if token == to_old and when == AFTER else 200), "clicked again"
        assert directory.values(dn, "mail") == [after]
    assert directory.values(dn, "lkPendingMail") == []


@pytest.fixture
def administrator(daemon, directory, profile):
    """Of the profile's organisation."""
    organization = profile[0].partition(",")[2]
    running = Person(daemon, directory)
    dn = directory.add_profile(organization, unique("Ada"), f"{unique('ada')}@customer.example", lkAccountDN=running.dn)
    directory.modify(organization, add={"lkAdministrator": dn})
    return running


@ways
@sides
def test_s17_an_administrators_address_stays(daemon, directory, proxy, post_office, person, profile, administrator, when, how):
    """Whoever has the address that the administrators replace can put it back no more, wherever that ends."""
    dn, address = profile
    new, right = f"{unique('new')}@customer.example", f"{unique('right')}@customer.example"
    directory.modify(dn, replace={"lkAccountDN": person.dn})
    csrf = person.get("/profile").form("/profile/mail").fields["csrf"]
    assert person.post("/profile/mail", {"csrf": csrf, "mail": new}, follow=False).status == 303
    to_old = letters_to(post_office, address, "undo_mail")
    wait_until_sent(directory)
    page = administrator.get(f"/organization/people/{directory.values(dn, 'entryUUID')[0]}")
    hold = proxy.hold(ldap_proxy.changes_mail(dn), when)
    editing = Request(lambda: page.submit(page.path, follow=False, mail=right))
    strike(daemon, hold, how)
    editing.wait()
    assert directory.values(dn, "mail") == [address if when == BEFORE else right]
    restart(daemon, how)
    if when == BEFORE:
        page = administrator.get(page.path)
        assert page.submit(page.path, follow=False, mail=right).status == 303
    assert person.redeem(to_old).status == 410
    assert directory.values(dn, "mail") == [right]


@ways
@sides
@pytest.mark.parametrize("step", ["account", "session"])
def test_sign_up(daemon, directory, proxy, step, when, how):
    """The account is there whole, or not at all; whoever signs up again or signs in goes on from there."""
    client, name = Client(daemon.url), unique("newcomer")
    dn = account_dn(directory, name)
    hold = proxy.hold(ldap_proxy.adds_entry(dn) if step == "account" else ldap_proxy.opens_session(dn), when)
    signing = Request(lambda: client.sign_up(name, PASSWORD, alternate_mail=f"{name}@home.example"))
    if step == "session":  # not every sign-up needs a second Modify for it
        if not hold.is_reached_before(signing):
            pytest.skip("signing up opens the session with the account")
    strike(daemon, hold, how)
    answer = signing.wait()
    assert answer is None if how == KILL else answer.status in (200, 503), answer and answer.status
    restart(daemon, how)
    entry = directory.read(dn)
    if step == "account" and when == BEFORE:
        assert entry is None
        page = Client(daemon.url).sign_up(name, PASSWORD, alternate_mail=f"{name}@home.example")
        assert page.path == "/associate", page.path
    else:
        assert entry["userPassword"] and entry["lkPendingMail"] == [f"{name}@home.example"]
        assert Client(daemon.url).sign_in(name, PASSWORD).path == "/associate"
    wait_until_sent(directory)
    assert directory.read(dn)["userPassword"]


def test_nothing_is_left(daemon, directory):
    """After all of this file."""
    wait_until_sent(directory)
    assert outbox(directory) == []
