# SPDX-License-Identifier: Apache-2.0
"""Somebody at the browser, who reads what is on the page and presses what it says.

    ada = Person(browser, daemon.url, Gallery(folder), daemon.mailbox)
    ada.open("/signup")
    ada.fill("Account name", "ada")
    ada.press("Go on")
    assert ada.heading == "..."

Fields are found by their labels, buttons and links by their words. Each page that is new to the gallery is inspected and
pictured as soon as it has been reached; leave() looks at what the browser has to complain of.
"""
import base64
import pathlib
import re
import urllib.parse

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

INSPECTION = (pathlib.Path(__file__).parent / "inspection.js").read_text()
PHONE, DESKTOP, NARROW = (360, 740), (1200, 800), (320, 640)
TOKEN = re.compile(r"/t/[^/?#]+")
IDENTIFIER = re.compile(r"/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DEADLINE = 60.0


def literal(words):
    """As XPath writes it."""
    return f'"{words}"' if '"' not in words else "concat('" + "', \"'\", '".join(words.split("'")) + "')"


def slug(words):
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


class Gallery:
    """Pictures of pages, each once for every size and scheme, in a folder."""

    def __init__(self, folder, schemes=("light", "dark")):
        self.schemes = schemes
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.known = {}

    def name_for(self, key):
        """A name for a page that is new here, else None."""
        if key in self.known:
            return None
        path, title = key[:2]
        name = (slug(path) or "home") + "--" + slug(title.rpartition(" · ")[0])
        same = sum(other == name or other.startswith(name + "-") for other in self.known.values())
        self.known[key] = name if same == 0 else f"{name}-{same + 1}"
        return self.known[key]


class Person:
    def __init__(self, browser, url, gallery=None, mailbox=None):
        self.browser, self.driver, self.url, self.gallery, self.mailbox = browser, browser.driver, url, gallery, mailbox
        self.faults = []
        self.elsewhere = set()  # other origins that this person goes to on purpose
        browser.forget_everything()
        self._plain_view()
        browser.complaints()
        browser.requests()

    def _plain_view(self):
        self.browser.size(*DESKTOP)
        self.browser.scheme("light")

    # ---- going somewhere

    def open(self, address):
        self.driver.get(urllib.parse.urljoin(self.url, address))
        self._arrived()

    def reload(self):
        self.driver.refresh()
        self._arrived()

    def back(self):
        self.leads_on(self.driver.back)

    def leads_on(self, action):
        """Does `action`, and waits until another page is there."""
        before = self.driver.find_element(By.TAG_NAME, "html").id
        action()

        def is_another(driver):
            try:
                return (driver.find_element(By.TAG_NAME, "html").id != before
                        and driver.execute_script("return document.readyState") == "complete")
            except WebDriverException:
                return False

        WebDriverWait(self.driver, DEADLINE, poll_frequency=0.03).until(is_another, "no other page has come")
        self._arrived()

    # ---- reading

    @property
    def address(self):
        return self.driver.current_url

    @property
    def path(self):
        return urllib.parse.urlsplit(self.address).path

    @property
    def heading(self):
        return self.driver.find_element(By.TAG_NAME, "h1").text

    @property
    def text(self):
        return " ".join(self.driver.find_element(By.TAG_NAME, "body").text.split())

    @property
    def focus(self):
        return self.driver.switch_to.active_element

    # ---- doing

    def field(self, label):
        found = [element for element in self.driver.find_elements(By.XPATH, f"//label[normalize-space()={literal(label)}]")
                 if element.is_displayed()]
        assert len(found) == 1, f"{len(found)} fields labelled {label!r} on {self.address}: {self.text[:2000]}"
        return self.driver.find_element(By.ID, found[0].get_attribute("for"))

    def control(self, words, kinds=("button", "a")):
        """What is pressed and says so: its words are exactly these, or one of their lines is."""
        here = " | ".join(f"//{kind}[normalize-space()={literal(words)} or .//*[normalize-space()={literal(words)}]]"
                          for kind in kinds)
        found = [element for element in self.driver.find_elements(By.XPATH, here) if element.is_displayed()]
        assert found, f"nothing says {words!r} on {self.address}: {self.text[:2000]}"
        return found[0]

    def fill(self, label, value):
        field = self.field(label)
        field.clear()
        field.send_keys(value)

    def tick(self, label):
        self.driver.find_element(By.XPATH, f"//label[normalize-space()={literal(label)}]").click()

    def press(self, words):
        self.leads_on(self.control(words, ("button",)).click)

    def follow(self, words):
        self.leads_on(self.control(words, ("a",)).click)

    def type(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    # ---- as people say it

    def begin_to_sign_up(self, name, here=False):
        """As far as the form with the password: for an address, behind the link that arrives there."""
        if not here:
            self.open("/signup")
        known = len(self.mailbox.to(name)) if "@" in name else 0
        self.fill("Account name", name)
        self.press("Go on")
        if "@" in name:
            self.open(self.mailbox.wait(name, known + 1)[-1].link)

    def sign_up(self, name, password, **more):
        self.begin_to_sign_up(name)
        self.fill("Password", password)
        self.fill("The same password again", password)
        for label, value in more.items():
            self.fill(label, value)
        self.press("Make the account")

    def sign_in(self, name, password):
        if not self.path.startswith(("/signin", "/t")):
            self.open("/signin")
        self.fill("Account name", name)
        self.fill("Password", password)
        self.press("Sign in and go on" if self.path.startswith("/t") else "Sign in")

    # ---- judging

    def inspect(self, *what):
        """What is wrong with the page as it is shown now: "structure", "names", "readability", "targets", "width"."""
        return self.driver.execute_script(INSPECTION, *what)

    def _arrived(self):
        origin = self._origin(self.address)
        if self.gallery is None or origin != self._origin(self.url):
            return
        # What a page is made of tells its kinds apart: a warning, a list, names that are offered.
        parts = self.driver.execute_script(
            "return [...new Set([...document.querySelectorAll('main *')].map(one => one.localName + '.' + one.className))].sort()")
        key = (IDENTIFIER.sub("/id", TOKEN.sub("/t", self.path)), self.driver.title, self.heading, *parts)
        name = self.gallery.name_for(key)
        if name is not None:
            self.look(name)

    def look(self, name):
        """Inspects the page in every size and scheme, and takes its pictures."""
        found = [f"{name}: {fault}" for fault in self.inspect("structure", "names")]
        for scheme in self.gallery.schemes:
            self.browser.scheme(scheme)
            for word, size in (("phone", PHONE), ("desktop", DESKTOP)):
                self.browser.size(*size)
                found += [f"{name}, {word}, {scheme}: {fault}" for fault in self.inspect("readability", "targets", "width")]
                self._picture(f"{name}.{word}.{scheme}.png", size)
        self.browser.size(*NARROW)
        found += [f"{name}, narrow: {fault}" for fault in self.inspect("width")]
        self._plain_view()
        self.faults += found

    def _picture(self, file, size):
        """The whole page, at least as tall as the window."""
        content = self.browser.command("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size[0], "height": max(size[1], content["height"]), "scale": 1}
        picture = self.browser.command("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        (self.gallery.folder / file).write_bytes(base64.b64decode(picture["data"]))

    @staticmethod
    def _origin(url):
        parts = urllib.parse.urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}"

    def leave(self):
        """At the end: nothing may be wrong with any page, nothing in the console, and nobody else asked for anything."""
        allowed = {self._origin(self.url), *self.elsewhere}
        foreign = [url for url in self.browser.requests() if self._origin(url) not in allowed]
        found = self.faults + self.browser.complaints() + [f"asked elsewhere: {url}" for url in foreign]
        assert found == [], "\n" + "\n".join(found)
