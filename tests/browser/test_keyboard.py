# SPDX-License-Identifier: Apache-2.0
"""The main job without a mouse: Tab, Enter and what is typed. Wherever the keyboard is, one sees it."""
import pathlib

from selenium.webdriver.common.keys import Keys

from browsing.person import NARROW
from people import PASSWORD, account_dn, new_profile

WHERE = (pathlib.Path(__file__).parent / "browsing" / "keyboard.js").read_text()
STOPS_MOST = 40


def where(person):
    found = person.driver.execute_script(WHERE)
    assert found["faults"] == [], f"{found['name']!r} on {person.path}: {found['faults']}"
    return found


def tab_to(person, name):
    """Presses Tab until the keyboard is at what is called so; gives back what it came by."""
    passed = []
    for _ in range(STOPS_MOST):
        person.type(Keys.TAB)
        passed.append(where(person)["name"])
        if passed[-1] == name:
            return passed
    raise AssertionError(f"the keyboard does not come to {name!r} on {person.path}: {passed}")


def type_into(person, label, text):
    tab_to(person, label)
    person.type(text)


def enter(person):
    person.leads_on(lambda: person.type(Keys.ENTER))


def test_keyboard_alone(person, daemon, directory):
    profile = new_profile(directory, "Keyboard Works", "Kay Board", "kay@keyboard.example")
    name = "kay@home.example"
    person.open("/signin")

    # The first stop is the way past what stands above every page, and it is seen.
    assert tab_to(person, "Skip to the content") == ["Skip to the content"]
    person.type(Keys.ENTER)
    assert where_after_skip(person) == "main"
    assert tab_to(person, "Account name") == ["Account name"], "past brand and all"
    assert tab_to(person, "Make an account") == ["Password", "Keep me signed in", "Sign in", "Make an account"]
    enter(person)

    type_into(person, "Account name", name)
    enter(person)
    assert person.heading == "Look into your mailbox"
    person.open(daemon.mailbox.newest(name).link)
    type_into(person, "Password", PASSWORD)
    type_into(person, "The same password again", PASSWORD)
    assert tab_to(person, "Make the account") == [
        "Alternate e-mail address", "A question that only you can answer", "Its answer", "Given name", "Surname",
        "Telephone", "Postal code", "Make the account"]
    enter(person)

    type_into(person, "E-mail address that your organisation registered", profile.mail)
    enter(person)   # a form goes off with Enter from its field
    assert "Thank you" in person.heading

    letter = daemon.mailbox.newest(profile.mail)
    person.browser.forget_everything()
    person.open(letter.link)
    type_into(person, "Account name", name)
    type_into(person, "Password", PASSWORD)
    tab_to(person, "Keep me signed in")
    person.type(Keys.SPACE)
    tab_to(person, "Sign in and go on")
    enter(person)
    tab_to(person, "Yes, associate them")
    enter(person)
    assert directory.values(profile.dn, "lkAccountDN") == [account_dn(directory, name)]
    tab_to(person, "See your access")
    enter(person)
    assert person.heading == "Hello, Kay Board"
    assert tab_to(person, "Sign out")[:3] == ["Skip to the content", "Latchkey", f"Signed in as {name}"]
    enter(person)
    assert person.heading == "You are signed out"


def where_after_skip(person):
    return person.driver.execute_script("return document.activeElement.id")


def test_nothing_hides_the_focus_on_a_small_screen(person):
    person.browser.size(*NARROW)
    person.begin_to_sign_up("somebody")
    person.browser.size(*NARROW)
    person.browser.scheme("dark")
    passed = tab_to(person, "Sign in")
    assert passed[:2] == ["Skip to the content", "Latchkey"] and passed[-2] == "Make the account"
