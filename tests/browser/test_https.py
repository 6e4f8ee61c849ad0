# SPDX-License-Identifier: Apache-2.0
"""https by the daemon itself, with a certificate made here: cookies that belong to this host and to TLS alone."""
import ssl
import urllib.error
import urllib.request

import pytest

from browsing.chromium import Chromium
from browsing.person import Person
from harness.daemon import Daemon, free_port
from harness.directory import Directory
from harness.mail import Certificates
from people import PASSWORD, new_profile


class SecureDaemon(Daemon):
    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def probe(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=5, context=ssl._create_unverified_context()) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None


@pytest.fixture
def own_directory(tmp_path):
    """Another daemon's courier would take the letters of this one."""
    with Directory(tmp_path / "directory") as running:
        yield running


@pytest.fixture
def secure_daemon(own_directory, tmp_path):
    certificates = Certificates(tmp_path / "certificates")
    port = free_port()
    daemon = SecureDaemon(tmp_path / "daemon", own_directory, public_url=f"https://127.0.0.1:{port}", settings={
        "server.listen": f"127.0.0.1:{port}", "server.certificate": certificates.certificate,
        "server.private_key": certificates.key})
    daemon.port = port
    with daemon:
        yield daemon


def test_https(secure_daemon, own_directory, tmp_path):
    profile = new_profile(own_directory, "Padlock", "Pia Padlock", "pia@padlock.example")
    with Chromium(tmp_path / "chromium", any_certificate=True) as browser:
        person = Person(browser, secure_daemon.url, mailbox=secure_daemon.mailbox)
        person.sign_up("pia@home.example", PASSWORD)
        person.fill("E-mail address that your organisation registered", profile.mail)
        person.press("Send me the link")
        letter = secure_daemon.mailbox.newest(profile.mail)
        assert letter.link.startswith("https://")
        person.open(letter.link)
        person.press("Yes, associate them")
        person.press("Sign out")
        person.follow("Sign in again")
        person.sign_in("pia@home.example", PASSWORD)
        assert person.heading == "Hello, Pia Padlock"
        cookies = browser.cookies()
        assert cookies and "__Host-latchkey" in cookies
        for name, cookie in cookies.items():
            assert name.startswith("__Host-"), name
            assert cookie["secure"] and cookie["path"] == "/" and not cookie["domain"].startswith("."), cookie
            assert cookie["httpOnly"] and cookie["sameSite"] in ("Lax", "Strict"), cookie
        assert person.driver.execute_script("return document.cookie") == ""
        assert person.driver.execute_script("return isSecureContext")
        person.leave()
