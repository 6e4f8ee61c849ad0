# SPDX-License-Identifier: Apache-2.0
"""A forgotten password, in a browser: by a link (S8), by what one knows (S9), and "this was not me"."""
from people import PASSWORD

NEW_PASSWORD = "granite moth parade 41"
MENDED = "copper lantern voyage 9"


def forgetful(directory, daemon, name, **more):
    mail = f"{name}@mailbox.example"
    dn = directory.add_account(name, PASSWORD, lkAlternateMail=mail, **more)
    return dn, mail


def set_password(person, button="Set the password", password=NEW_PASSWORD):
    person.fill("New password", password)
    person.fill("The same password again", password)
    person.press(button)


def test_s8_by_a_link(person, daemon, directory):
    _, mail = forgetful(directory, daemon, "s8.browser")
    person.open("/signin")
    person.follow("Reset the password")
    assert person.heading == "Forgotten your password?"
    person.fill("Account name", "s8.browser")
    person.press("Send me a link")
    assert person.heading == "Look into your mailbox" and mail not in person.text
    letter = daemon.mailbox.newest(mail)
    person.open(letter.link)
    assert person.heading == "Set a new password" and letter.token not in person.address
    set_password(person)
    assert person.heading == "Your new password is set"
    person.follow("Sign in")
    person.sign_in("s8.browser", NEW_PASSWORD)
    assert person.heading == "Which address did your organisation register?"
    person.open(letter.link)
    assert person.heading == "This link has been used, or replaced by a newer one"
    person.follow("ask for a new one")


def test_s9_by_what_one_knows_and_this_was_not_me(person, daemon, directory):
    from harness.passwords import argon2
    _, mail = forgetful(directory, daemon, "s9.browser", givenName="Nora", sn="Ninefold", postalCode="10115",
                        lkQuestion="What did the blue door hide?", lkAnswer=argon2("a sextant").removeprefix("{ARGON2}"))
    person.open("/reset")
    person.follow("Answer the question")
    assert person.heading == "Who are you?"
    person.fill("Account name", "s9.browser")
    person.fill("Given name", "Nora")
    person.fill("Surname", "Ninefold")
    person.press("Go on")
    assert person.heading == "Your secret question" and "blue door" not in person.text, "the postal code is missing"
    person.follow("Begin again")
    person.fill("Account name", "s9.browser")
    person.fill("Given name", "Nora")
    person.fill("Surname", "Ninefold")
    person.fill("Postal code", "10115")
    person.press("Go on")
    assert "What did the blue door hide?" in person.text
    person.fill("Its answer", "a compass")
    person.press("Go on")
    assert "does not fit together" in person.text
    person.fill("Its answer", "A Sextant")
    person.press("Go on")
    assert person.heading == "Set a new password"
    set_password(person)
    assert person.heading == "Your new password is set"

    person.open(daemon.mailbox.newest(mail).link)
    assert person.heading == "Was this not you?"
    set_password(person, password=MENDED)
    person.follow("Sign in")
    person.sign_in("s9.browser", MENDED)
    person.open("/account")
    assert person.heading == "My account" and "blue door" not in person.text


def test_my_account(person, daemon, directory):
    person.sign_up("account.browser", PASSWORD)
    person.open("/account")
    assert person.heading == "My account" and "Chrome on Linux" in person.text
    person.follow("Change the password")
    person.fill("The password that you have now", PASSWORD)
    set_password(person, "Change the password")
    assert "has been changed" in person.text
    person.follow("Change what is known about you")
    person.fill("Given name", "Ada")
    person.fill("Surname", "Byron")
    person.fill("Your password", NEW_PASSWORD)
    person.press("Save")
    assert "Ada Byron" in person.text
    person.follow("Delete my account")
    person.fill("Your password", NEW_PASSWORD)
    person.press("Yes, delete my account")
    assert person.heading == "Your account is deleted"
