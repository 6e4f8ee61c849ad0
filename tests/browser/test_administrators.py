# SPDX-License-Identifier: Apache-2.0
"""Flows S2 to S6: the main path of an administrator, and that of an operator."""
from selenium.webdriver.common.by import By

from people import CURRENT, PASSWORD, account_dn, letters_with_links

ORGANIZATION = "Brightwater Instruments"


def mark(person, name):
    """Puts a tick beside somebody on the list."""
    label = person.driver.find_element(By.XPATH, f"//label[normalize-space()='Choose {name}']")
    person.driver.find_element(By.ID, label.get_attribute("for")).click()


def on_list(person, name):
    """What the list says about somebody."""
    found = person.driver.find_elements(By.XPATH, f"//li[.//strong[normalize-space()='{name}']]")
    assert len(found) == 1, f"{name} is there {len(found)} times: {person.text[:1500]}"
    return " ".join(found[0].text.split())


def seen(person, condition, directory):
    """The page again and again, until it says so: the mail goes its own way."""
    def look():
        person.reload()
        return condition()
    directory.wait_for(look, what="the page to say so")


def test_s2_to_s5_an_administrator_keeps_the_people(person, daemon, directory):
    house = directory.add_organization(ORGANIZATION, administrators=["Ada Archer"], plans=list(CURRENT))
    directory.add_account("ada@brightwater.example", PASSWORD)
    directory.modify(f"cn=Ada Archer,{house}", replace={"lkAccountDN": account_dn(directory, "ada@brightwater.example")})
    for name in ("Ben Brook", "Cleo Carver", "Dan Drake"):
        directory.add_profile(house, name, f"{name.lower().replace(' ', '.')}@brightwater.example", title="Fitter")

    person.sign_in("ada@brightwater.example", PASSWORD)
    person.follow("People")
    assert person.heading == f"People of {ORGANIZATION}"
    person.fill("Search", "Cleo")
    person.press("Search")
    assert "Cleo Carver" in person.text and "Dan Drake" not in person.text

    # S2: add, with the invite.
    person.open("/organization")
    person.follow("Add New Professional")
    for label, value in (("Given name", "Nia"), ("Surname", "Newcomer"), ("E-mail address", "nia@brightwater.example"),
                         ("Telephone", "+1 555 0199"), ("Title or task", "Calibration")):
        person.fill(label, value)
    person.press("Add")
    assert person.heading == "Nia Newcomer" and "The profile has been added." in person.text
    letter = daemon.mailbox.newest("nia@brightwater.example")
    assert "Ada Archer" in letter.text and ORGANIZATION in letter.text
    person.open("/organization")
    seen(person, lambda: "Invite sent" in on_list(person, "Nia Newcomer"), directory)

    # S3, S5: edit, and make an administrator.
    person.follow("Ben Brook")
    person.fill("Given name", "Ben")
    person.fill("Surname", "Brooks")
    person.tick("Administrator")
    person.press("Save")
    assert person.heading == "Ben Brooks" and "Saved." in person.text
    person.open("/organization")
    assert "Administrator" in on_list(person, "Ben Brooks")

    # Several at once.
    for name in ("Cleo Carver", "Dan Drake", "Nia Newcomer"):
        mark(person, name)
    person.press("Send invite e-mail")
    assert person.heading == "What has been done" and "Done for everybody whom you had chosen." in person.text
    for name in ("cleo.carver", "dan.drake"):
        assert daemon.mailbox.newest(f"{name}@brightwater.example").link
    person.follow("Back to the list")
    mark(person, "Dan Drake")
    mark(person, "Cleo Carver")
    person.press("Make administrators")
    person.follow("Back to the list")
    assert "Administrator" in on_list(person, "Dan Drake") and "Administrator" in on_list(person, "Cleo Carver")

    # All of the page, without a single tick; oneself stays.
    person.follow("Choose everybody on this page")
    assert "Everybody on this page is chosen." in person.text
    mark(person, "Nia Newcomer")
    person.press("No longer administrators")
    assert "stays: the organisation’s last administrator" in person.text
    person.follow("Back to the list")
    assert "Administrator" not in on_list(person, "Dan Drake")
    mark(person, "Dan Drake")
    mark(person, "Ada Archer")
    person.press("Remove …")
    assert person.heading == "Remove these profiles?" and "nobody removes themselves" in person.text
    assert directory.read(f"cn=Dan Drake,{house}"), "nothing has happened yet"
    person.press("Yes, remove these profiles")
    assert "has been removed" in person.text and directory.read(f"cn=Dan Drake,{house}") is None
    person.follow("Back to the list")
    assert "Dan Drake" not in person.text

    # Nobody chosen is nobody, and said.
    person.press("Remove …")
    assert person.heading == "Nobody is chosen"
    person.open("/organization")
    person.press("Sign out")

    # The invited person, by the latest of the links.
    letter = letters_with_links(directory, daemon.mailbox, "nia@brightwater.example", 2)[-1]
    person.browser.forget_everything()
    person.open(letter.link)
    person.follow("Make an account") if person.driver.find_elements(By.LINK_TEXT, "Make an account") else person.press("Make an account")
    person.begin_to_sign_up("nia@home.example", here=True)
    person.fill("Password", PASSWORD)
    person.fill("The same password again", PASSWORD)
    person.press("Make the account")
    person.open(letter.link)
    person.press("Yes, associate them")
    assert person.heading == "Your account and the profile are now associated"
    person.open("/")
    assert person.heading == "Hello, Nia Newcomer"
    person.press("Sign out")
    person.follow("Sign in again")
    person.sign_in("ada@brightwater.example", PASSWORD)
    person.follow("People")
    assert "Associated with an account" in on_list(person, "Nia Newcomer")


def test_s3_a_large_organisation_is_read_like_a_book(person, directory):
    house = directory.add_organization("Grand Assembly", administrators=["Ada Archer"], plans=list(CURRENT))
    directory.add_account("ada@grand.example", PASSWORD)
    directory.modify(f"cn=Ada Archer,{house}", replace={"lkAccountDN": account_dn(directory, "ada@grand.example")})
    for first in ("Maja", "Marc", "Maria", "Mona"):
        for number in range(28):
            family = f"{chr(65 + number % 26)}{'aeio'[number % 4]}r{'lnst'[number % 4]}son"
            directory.add_profile(house, f"{first} {family} {number}", f"{first.lower()}{number}@grand.example",
                                  displayName=f"{first} {family}", title="Delegate")
    person.sign_in("ada@grand.example", PASSWORD)
    person.follow("People")
    assert "Ada Archer" in person.text
    person.follow("M")
    assert "Maja" in person.text and "Ada Archer" not in person.driver.find_element(By.TAG_NAME, "main").text
    person.follow("Mo")
    assert "Mona" in person.text and "Marc" not in person.text
    person.follow("All letters")
    person.follow("M")
    first = person.driver.find_element(By.CSS_SELECTOR, ".pick strong").text
    person.follow("Next")
    person.follow("Previous")
    assert person.driver.find_element(By.CSS_SELECTOR, ".pick strong").text == first
    mark(person, first)
    person.press("Send invite e-mail")
    person.follow("Back to the list")
    assert person.driver.find_element(By.CSS_SELECTOR, ".pick strong").text == first, "the same place in the book"


def test_s5_s6_an_operator_keeps_the_organisations(person, daemon, directory):
    directory.add_account("olive.operator", PASSWORD)
    directory.make_operator(account_dn(directory, "olive.operator"))
    person.sign_in("olive.operator", PASSWORD)
    person.open("/operator")
    assert person.heading == "Organisations"
    person.follow("New organisation")
    for label, value in (("Name of the organisation", "Harbour Optics"), ("Name of the person", "Mara Main"),
                         ("E-mail address", "mara@harbour-optics.example")):
        person.fill(label, value)
    person.press("Create the organisation")
    assert person.heading == "Harbour Optics"
    assert "The organisation is there, and its first person is being invited." in person.text and "Mara Main" in person.text
    assert "Harbour Optics" in daemon.mailbox.newest("mara@harbour-optics.example").text

    person.fill("Name of the plan", "support")
    person.driver.execute_script("document.getElementById('until').value = '2099-12-31'")
    person.press("Add the plan, or change its end")
    assert "The plan is set." in person.text and "until 31 December 2099" in person.text

    # The administrator has left: somebody else is declared.
    house = f"o=Harbour Optics,{directory.organizations}"
    directory.add_profile(house, "Neil Next", "neil@harbour-optics.example")
    person.reload()
    for field, words in (("profile", "Neil Next, neil@harbour-optics.example"), ("former", "Mara Main")):
        person.driver.find_element(By.XPATH, f"//select[@id='{field}']/option[normalize-space()='{words}']").click()
    person.fill("Reason", "Ticket 4711: Mara Main has left")
    person.press("Declare")
    assert "The administrator is declared" in person.text
    assert directory.values(house, "lkAdministrator") == [f"cn=Neil Next,{house}"]
    person.follow("All organisations")
    person.fill("Search by name", "Harbour O")
    person.press("Search")
    assert "Harbour Optics" in person.text
