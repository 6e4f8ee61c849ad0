# SPDX-License-Identifier: Apache-2.0
"""Flow S1 as a person walks it: from sign-up to the service, by an e-mailed link."""
import pytest

from browsing.chromium import Chromium
from browsing.person import Gallery, Person
from people import PASSWORD, account_dn, new_profile


def walk(person, daemon, directory, service, name, profile):
    person.open("/")
    assert person.heading == "Sign in", "who is not signed in is asked to"
    person.press("Make an account")
    person.begin_to_sign_up(name, here=True)
    person.fill("Password", PASSWORD)
    person.fill("The same password again", PASSWORD)
    person.press("Make the account")
    assert person.heading == "Which address did your organisation register?"

    person.fill("E-mail address that your organisation registered", profile.mail)
    person.press("Send me the link")
    assert "Thank you" in person.heading

    # The letter is opened elsewhere, by a browser that does not know the account.
    letter = daemon.mailbox.newest(profile.mail)
    assert profile.organization in letter.text and name in letter.text
    person.browser.forget_everything()
    person.open(letter.link)
    assert profile.organization not in person.text, "the page tells a stranger nothing"
    if person.browser.scripting:
        assert letter.token not in person.address, "the link is out of the address bar at once"
        assert letter.token not in person.driver.execute_script("return document.referrer + location.href + history.length")
    person.sign_in(name, PASSWORD)
    assert person.heading == "Is this you?"
    if person.browser.scripting:
        assert letter.token not in person.address
    for words in (name, profile.name, profile.organization, profile.mail):
        assert words in person.text
    assert directory.values(profile.dn, "lkAccountDN") == [], "looking changes nothing"

    person.press("Yes, associate them")
    assert person.heading == "Your account and the profile are now associated"
    assert letter.token not in person.address
    assert directory.values(profile.dn, "lkAccountDN") == [account_dn(directory, name)]

    person.elsewhere.add(service.url.rstrip("/"))
    person.follow("Go on to the service")
    assert person.heading == f"Welcome, {name} of {profile.organization}"

    # From then on the name and the password are enough.
    person.browser.forget_everything()
    person.open("/")
    person.sign_in(name, PASSWORD)
    assert person.heading == f"Hello, {profile.name}" and profile.organization in person.text
    person.press("Sign out")
    assert person.heading == "You are signed out"
    person.open(service.url)
    assert person.heading == "Closed"


def test_s1_first_use(person, daemon, directory, service):
    walk(person, daemon, directory, service, "grace@home.example",
         new_profile(directory, "Acme Instruments", "Grace Hopper", "grace.hopper@acme.example"))


@pytest.fixture(scope="module")
def browser_without_scripts(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("chromium"), scripting=False) as running:
        yield running


def test_s1_first_use_without_javascript(browser_without_scripts, daemon, directory, service, gallery, tmp_path):
    browser_without_scripts.driver.get("data:text/html,<title>off</title><script>document.title = 'on'</script>")
    assert browser_without_scripts.driver.title == "off"
    person = Person(browser_without_scripts, daemon.url, Gallery(gallery.folder / "no-scripts", ("dark",)),
                    daemon.mailbox)
    walk(person, daemon, directory, service, "lin@home.example",
         new_profile(directory, "Globex", "Lin Chen", "lin.chen@globex.example"))
    person.leave()
