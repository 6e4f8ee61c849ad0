# SPDX-License-Identifier: Apache-2.0
"""What people get wrong: pages that say so, beside the field, and keep what was typed."""
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from people import PASSWORD


def sent(log, name, method, route):
    """How often the log says that this account has sent that."""
    return sum(f" method={method} route={route} " in line and f" actor={name} " in line for line in log.splitlines())


def focused(person):
    return person.focus.get_attribute("id")


def test_summary_leads_to_the_fields(person, directory):
    person.begin_to_sign_up("ada")
    person.fill("Account name", "ab")
    person.fill("Password", "password1234")
    person.fill("The same password again", "something else")
    person.fill("A question that only you can answer", "First street?")
    person.fill("Given name", "Ada")
    person.press("Make the account")

    assert person.driver.title.startswith("Error: ")
    summary = person.driver.find_element(By.CSS_SELECTOR, "[role=alert]")
    assert person.focus == summary, "a screen reader begins where the faults are told"
    lines = [link.text for link in summary.find_elements(By.TAG_NAME, "a")]
    assert len(lines) == 3, "all of them at once, in the order of the form"
    for line in lines:
        link = person.control(line, ("a",))
        link.click()
        field = person.focus
        assert field.tag_name == "input" and field.get_attribute("aria-invalid") == "true"
        told = [person.driver.find_element(By.ID, name).text for name in field.get_attribute("aria-describedby").split()]
        assert line in told, "the field itself says it too"

    person.driver.execute_script("arguments[0].focus()", summary)
    person.type(Keys.TAB)
    assert person.focus.text == lines[0]
    person.type(Keys.ENTER)
    assert focused(person) == "name"

    # What was typed is still there, but for the secrets.
    assert person.field("Account name").get_attribute("value") == "ab"
    assert person.field("Given name").get_attribute("value") == "Ada"
    assert person.field("A question that only you can answer").get_attribute("value") == "First street?"
    assert person.field("Password").get_attribute("value") == ""

    # Set right, it goes through.
    person.fill("Account name", "ada-of-faults")
    person.fill("Password", PASSWORD)
    person.fill("The same password again", PASSWORD)
    person.fill("Its answer", "Elm Street")
    person.press("Make the account")
    assert person.heading == "Which address did your organisation register?"


@pytest.mark.parametrize("label, value", [
    ("Account name", "x" * 64),
    ("Alternate e-mail address", "someone@" + "a-rather-long-name." * 4 + "example"),
])
def test_long_words_do_not_break_the_page(person, label, value):
    person.begin_to_sign_up("short")
    person.fill("Password", "tiny")
    person.fill("The same password again", "tiny")
    person.fill(label, value)
    person.press("Make the account")
    assert person.driver.title.startswith("Error: ")
    person.look(f"signup--long-{label.split()[0].lower()}")


def test_wrong_password(person, directory):
    directory.add_account("rosa", PASSWORD)
    person.open("/signin")
    person.fill("Account name", "rosa")
    person.fill("Password", "not it")
    person.press("Sign in")
    assert person.driver.title.startswith("Error: ")
    person.control("Name and password do not fit together. Check both; capitals matter in the password.", ("a",)).click()
    assert focused(person) == "password"
    assert person.field("Account name").get_attribute("value") == "rosa"
    person.fill("Password", PASSWORD)
    person.press("Sign in")
    assert person.heading == "Which address did your organisation register?"


def test_the_browser_itself_asks_for_what_is_missing(person):
    person.open("/signin")
    before = person.driver.find_element(By.TAG_NAME, "html")
    person.control("Sign in", ("button",)).click()
    assert person.driver.find_element(By.TAG_NAME, "html") == before, "nothing was sent"
    assert focused(person) == "name"


def test_no_such_page(person):
    person.open("/no-such-page")
    assert person.heading == "There is no such page"
    person.follow("To the start")
    assert person.heading == "Sign in"


def test_a_form_that_was_left_open_until_one_was_signed_out(person, directory):
    directory.add_account("idle", PASSWORD)
    person.sign_in("idle", PASSWORD)
    person.fill("E-mail address that your organisation registered", "nobody@nowhere.example")
    person.browser.forget_everything()
    person.press("Send me the link")
    assert person.heading == "Sign in"
    person.sign_in("idle", PASSWORD)
    assert person.heading == "Which address did your organisation register?"


def test_pressed_twice_is_sent_once(person, daemon, directory):
    directory.add_account("hasty", PASSWORD)
    person.sign_in("hasty", PASSWORD)
    person.fill("E-mail address that your organisation registered", "nobody@nowhere.example")
    button = person.control("Send me the link", ("button",))
    person.leads_on(lambda: person.driver.execute_script("arguments[0].click(); arguments[0].click()", button))
    person.open("/account")  # whatever was sent before is in the log before it
    daemon.wait_log(lambda log: sent(log, "hasty", "GET", "/account"))
    assert sent(daemon.log(), "hasty", "POST", "/associate") == 1
