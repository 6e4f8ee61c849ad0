# SPDX-License-Identifier: Apache-2.0
"""A code from an app: turned on with a QR code, asked for at the next sign-in, and a recovery code in its place."""
import pathlib
import sys
import urllib.parse

from selenium.webdriver.common.by import By

from people import PASSWORD

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness.totp import App  # noqa: E402


def test_a_code_is_asked_for_once_the_app_has_shown_one(person, browser, daemon):
    name = "tessa@codes.example"
    person.sign_up(name, PASSWORD)
    person.open("/account/second-factor")
    person.fill("Your password", PASSWORD)
    person.press("Go on")
    assert person.heading == "Set your app up"
    picture = person.driver.find_element(By.CSS_SELECTOR, "svg[role=img]")
    assert picture.is_displayed() and abs(picture.size["width"] - picture.size["height"]) <= 1 and picture.size["width"] > 200
    link = person.control("Open it in an app on this device.", ("a",)).get_attribute("href")
    app = App(urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["secret"][0])
    assert app.secret == person.driver.find_element(By.CLASS_NAME, "key").text.replace(" ", "")
    person.fill("Code", app.wrong())
    person.press("Turn it on")
    assert "This code is not right" in person.text
    person.fill("Code", app.code())
    person.press("Turn it on")
    assert person.heading == "Your recovery codes"
    codes = [item.text for item in person.driver.find_elements(By.CSS_SELECTOR, ".codes li")]
    assert len(codes) == 10
    person.follow("I have kept them")
    person.press("Sign out")

    person.follow("Sign in again")
    person.sign_in(name, PASSWORD)
    assert person.heading == "Enter your code" and name not in person.text
    person.fill("Code", app.code())
    person.press("Sign in")
    assert name in person.text
    person.press("Sign out")

    person.follow("Sign in again")
    person.sign_in(name, PASSWORD)
    person.fill("Code", codes[0].lower())
    person.press("Sign in")
    person.open("/account/second-factor")
    assert "Recovery codes left" in person.text and "9" in person.text
    person.follow("Turn it off")
    person.fill("Your password", PASSWORD)
    person.fill("Code", codes[1])
    person.press("Turn it off")
    assert "Your password is enough again" in person.text
    complaints = [words for words in browser.complaints() if "[DOM] Password forms" not in words]  # a hint, no fault
    assert complaints == []
