# SPDX-License-Identifier: Apache-2.0
"""Flows S12, S14, S15, S18: names on the sign-in page, one address on many profiles, which profile, plans that have ended."""
from selenium.webdriver.common.by import By

from people import PASSWORD, letters_with_links, new_profile, tie


def test_s12_names_are_offered_at_sign_in(person):
    name = "vera@names.example"
    person.sign_up(name, PASSWORD)
    person.press("Sign out")
    person.follow("Sign in again")
    assert name not in person.text, "a name only just created is typed the first time"
    person.sign_in(name, PASSWORD)
    person.press("Sign out")
    person.follow("Sign in again")
    person.control(name, ("button",)).click()
    assert person.field("Account name").get_attribute("value") == name
    assert person.focus == person.field("Password"), "one press, and the password is next"
    person.type(PASSWORD)
    person.press("Sign in")
    assert name in person.text
    person.press("Sign out")
    person.follow("Sign in again")
    person.press("Forget them")
    assert name not in person.text


def test_s14_s15_one_address_many_profiles(person, daemon, directory):
    mail = "sam@many.example"
    organizations = ["Northwind Traders", "Contoso", "A Society with a Name that is Longer than Most Names of Societies are"]
    profiles = [new_profile(directory, name, "Sam Many", mail, title="Field engineer") for name in organizations]
    person.sign_up("sam@home.example", PASSWORD)
    person.fill("E-mail address that your organisation registered", mail)
    person.press("Send me the link")
    for letter in letters_with_links(directory, daemon.mailbox, mail, len(profiles)):
        person.open(letter.link)
        person.press("Yes, associate them")
        assert person.heading == "Your account and the profile are now associated"
    person.press("Sign out")

    person.follow("Sign in again")
    person.sign_in("sam@home.example", PASSWORD)
    assert person.heading == "Which profile do you act as?"
    for organization in organizations:
        person.press(organization)
        assert person.heading == "Hello, Sam Many"
        assert f"Sam Many, {organization}" in person.text
        person.follow("Switch to another profile")
        chosen = person.driver.find_elements(By.CSS_SELECTOR, "[aria-current=true]")
        assert [organization in button.text for button in chosen] == [True], "the current one is marked"


def test_s18_a_plan_that_has_ended(person, directory):
    profile = new_profile(directory, "Lapsed Ltd", "Lars Lapsed", "lars@lapsed.example", plans=["support until=20200101000000Z"])
    directory.add_account("lars", PASSWORD)
    tie(directory, profile, "lars")
    person.sign_in("lars", PASSWORD)
    assert person.heading == "Hello, Lars Lapsed" and "No current plan" in person.text
    assert "Go on to the service" not in person.text


def test_my_account(person, directory, daemon):
    person.begin_to_sign_up("mina@home.example")
    for label, value in {
        "Password": PASSWORD, "The same password again": PASSWORD,
        "Alternate e-mail address": "mina@elsewhere.example", "A question that only you can answer": "First street?",
        "Its answer": "Elm Street", "Given name": "Mina", "Surname": "Harker", "Telephone": "+1 555 0100", "Postal code": "10115",
    }.items():
        person.fill(label, value)
    person.press("Make the account")
    person.follow("Signed in as mina@home.example")
    assert person.heading == "My account"
    for words in ("Mina", "Harker", "+1 555 0100", "10115", "First street?", "This browser"):
        assert words in person.text, words
    assert "mina@elsewhere.example is waiting for you to open the link" in person.text
    assert "Elm Street" not in person.driver.page_source

    person.open(daemon.mailbox.newest("mina@elsewhere.example").link)
    assert person.heading == "Confirm your address?"
    person.press("Yes, it is mine")
    assert person.heading == "Your address is confirmed"
    person.open("/account")
    assert "waiting" not in person.text and "mina@elsewhere.example" in person.text
