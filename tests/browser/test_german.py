# SPDX-License-Identifier: Apache-2.0
"""A browser that asks for German gets German, and no English words are left over."""
import re

import pytest
from selenium.webdriver.common.by import By

from browsing.chromium import Chromium
from browsing.person import Gallery, Person
from harness.daemon import SOURCE
from people import PASSWORD, new_profile

PAIR = re.compile(r'^msgid "(.+)"\nmsgstr "(.+)"$', re.M)


@pytest.fixture(scope="module")
def german_browser(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("chromium"), language="de-AT,de,en") as running:
        yield running


@pytest.fixture
def german(german_browser, daemon, gallery):
    person = Person(german_browser, daemon.url, Gallery(gallery.folder / "de", ("light",)))
    yield person
    person.leave()


@pytest.fixture(scope="module")
def english():
    """Sentences that a German page does not say."""
    pairs = PAIR.findall((SOURCE / "src/views/po/de.po").read_text())
    assert len(pairs) > 200
    return {original for original, translation in pairs if original != translation}


def assert_german(person, english):
    assert person.driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "de"
    lines = {" ".join(line.split()) for line in person.driver.find_element(By.TAG_NAME, "body").text.splitlines()}
    title = person.driver.title.partition(" · ")[0]
    assert not (lines | {title}) & english


def test_german(german, daemon, directory, service, english):
    profile = new_profile(directory, "Bergwerk & Co. KG", "Jörg Müßig", "joerg@bergwerk.example")
    german.open("/")
    assert german.heading == "Anmelden"
    assert_german(german, english)
    german.press("Konto anlegen")
    assert_german(german, english)
    german.fill("Kontoname", "jörg@")
    german.press("Weiter")
    assert german.driver.title.startswith("Fehler: ")
    assert_german(german, english)
    german.fill("Kontoname", "jörg")
    german.press("Weiter")
    assert_german(german, english)
    german.fill("Passwort", "zu kurz")
    german.fill("Dasselbe Passwort noch einmal", "anders")
    german.press("Konto anlegen")
    assert german.driver.title.startswith("Fehler: ")
    assert_german(german, english)
    german.fill("Passwort", PASSWORD)
    german.fill("Dasselbe Passwort noch einmal", PASSWORD)
    german.press("Konto anlegen")
    assert_german(german, english)
    german.fill("E-Mail-Adresse, die Ihre Organisation hinterlegt hat", profile.mail)
    german.press("Link anfordern")
    assert_german(german, english)
    letter = daemon.mailbox.newest(profile.mail)
    german.open(letter.link)
    assert german.heading == "Sind Sie das?"
    assert_german(german, english)
    german.press("Ja, verknüpfen")
    assert_german(german, english)
    assert "Jörg Müßig" in german.text
    for path in ("/", "/select", "/account", "/associate", "/no-such-page", "/t", "/t/garbage"):
        german.open(path)
        assert_german(german, english)
    german.press("Abmelden") if german.driver.find_elements(By.XPATH, "//button[.='Abmelden']") else german.open("/signed-out")
    assert_german(german, english)
