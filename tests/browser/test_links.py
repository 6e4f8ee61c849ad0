# SPDX-License-Identifier: Apache-2.0
"""Links that do not work, each with its own clear page; and what stays in the address bar."""
import time

import pytest

from harness.links import KeyRing
from people import PASSWORD, new_profile, tie


@pytest.fixture
def ring(daemon):
    return KeyRing(daemon.folder / "keys")


def invite(daemon, directory, profile):
    directory.modify(profile.dn, add={"lkSend": "invite"})
    return daemon.mailbox.newest(profile.mail)


def test_garbage(person, daemon):
    person.open("/t/it-was-broken-in-two")
    assert person.heading == "This link is not complete"
    assert person.path == "/t"


def test_expired(person, ring):
    token, _ = ring.link("invite", "someone@late.example", int(time.time()) - 60)
    person.open("/t/" + token)
    assert person.heading == "This link has expired"
    assert token not in person.address
    person.follow("ask for a new one")
    assert person.heading == "Sign in"


def test_used(person, daemon, directory):
    profile = new_profile(directory, "Once Only", "Una Once", "una@once.example")
    letter = invite(daemon, directory, profile)
    person.sign_up("una@home.example", PASSWORD)
    person.open(letter.link)
    person.press("Yes, associate them")
    person.open(letter.link)
    assert person.heading == "Your account and the profile are now associated", "one's own second click says that it is done"
    person.press("Sign out")
    person.sign_up("late@home.example", PASSWORD)
    person.open(letter.link)
    assert person.heading == "This link has been used, or replaced by a newer one"
    assert "Una Once" not in person.text and "Once Only" not in person.text
    person.follow("See whether your account has access already")
    assert person.heading == "Which address did your organisation register?"


def test_foreign(person, daemon, directory):
    profile = new_profile(directory, "Foreign Affairs", "Fay Foreign", "fay@foreign.example")
    person.sign_up("fay@home.example", PASSWORD)
    person.fill("E-mail address that your organisation registered", profile.mail)
    person.press("Send me the link")
    letter = daemon.mailbox.newest(profile.mail)
    person.press("Sign out")
    person.sign_up("other@home.example", PASSWORD)
    person.open(letter.link)
    assert person.heading == "This link belongs to another account"
    assert "Foreign Affairs" not in person.text and letter.token not in person.address
    # The way that the page tells leads on.
    person.press("Sign out")
    person.open(letter.link)
    person.sign_in("fay@home.example", PASSWORD)
    assert person.heading == "Is this you?"


def test_invite_with_an_account_made_on_the_way(person, daemon, directory):
    """S2: and the link stays out of the address bar all along."""
    profile = new_profile(directory, "Inviting Inc", "Ivy Invited", "ivy@inviting.example", title="Head of Tests")
    letter = invite(daemon, directory, profile)
    person.open(letter.link)
    assert "You have been invited" in person.text
    person.look("t--invited")
    person.press("Make an account")
    assert letter.token not in person.address
    person.begin_to_sign_up("ivy@home.example", here=True)
    person.fill("Password", PASSWORD)
    person.fill("The same password again", PASSWORD)
    person.press("Make the account")
    assert person.heading == "Is this you?" and letter.token not in person.address
    assert "Head of Tests" in person.text


def test_moved_from_another_account(person, daemon, directory):
    """S16."""
    profile = new_profile(directory, "Moving Parts", "Mo Moving", "mo@moving.example")
    directory.add_account("mo-old", PASSWORD)
    tie(directory, profile, "mo-old")
    letter = invite(daemon, directory, profile)
    person.sign_up("mo-new@home.example", PASSWORD)
    person.open(letter.link)
    assert "The profile belongs to another account now" in person.text
    person.press("Yes, move the profile to my account")
    assert person.heading == "Your account and the profile are now associated"


def test_reload_and_back(person, daemon, directory):
    """The link is gone from the address bar; who reloads the page or goes back to it is told what to do."""
    profile = new_profile(directory, "Round Trip", "Ron Round", "ron@round.example")
    letter = invite(daemon, directory, profile)
    person.open(letter.link)
    person.reload()
    assert person.heading == "Open the link in your e-mail once more"
    person.open(letter.link)
    person.press("Make an account")
    assert person.path == "/signup/start"
    person.open(person.address)
    assert person.heading == "Make an account", "the address of the form is good by itself"
    person.back()
    person.back()
    assert person.heading in ("Open the link in your e-mail once more", "Sign in to go on")


def test_an_address_is_confirmed_on_the_way(person, daemon, directory):
    """S7, S10: to the mailbox and back; a second time the page leads on to signing in."""
    name = "mia@home.example"
    person.open("/signup")
    person.fill("Account name", name)
    person.press("Go on")
    assert person.heading == "Look into your mailbox" and name in person.text
    letter = daemon.mailbox.newest(name)
    person.open(letter.link)
    if person.browser.scripting:
        assert letter.token not in person.address and "offer" not in person.address
    person.fill("Password", PASSWORD)
    person.fill("The same password again", "something else")
    person.press("Make the account")
    assert person.driver.title.startswith("Error: ")
    person.fill("Password", PASSWORD)
    person.fill("The same password again", PASSWORD)
    person.press("Make the account")
    assert person.heading == "Which address did your organisation register?"
    person.press("Sign out")
    person.open(letter.link)
    assert person.heading == "Your account is there already"
    assert person.field("Account name").get_attribute("value") == name
    person.fill("Password", PASSWORD)
    person.press("Sign in and go on")
    assert person.heading == "Which address did your organisation register?"
