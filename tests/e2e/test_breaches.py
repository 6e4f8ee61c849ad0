# SPDX-License-Identifier: Apache-2.0
"""New passwords and the service that knows those from data breaches: asked by range, and not waited for."""
import contextlib
import hashlib
import http.server
import threading
import uuid

import pytest

from harness.client import Client
from harness.daemon import Daemon

BREACHED = "violet-anvil-9-teacup"
UNKNOWN = "granite moth parade 41"
FOUND = "has been found in a data breach"
NOT_NOW = "cannot be found out right now"
PATIENT, SHORT = "30s", "1s"  # for a service that answers, however busy the machine is; for one that does not


def digest(password):
    return hashlib.sha1(password.encode()).hexdigest().upper()


class Service(http.server.ThreadingHTTPServer):
    """/honest/, /padded/, /garbage/, /endless/, /absent/ and /slow/, each followed by five digits."""

    daemon_threads = True

    def __init__(self, tls=None):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked = []
        self.released = threading.Event()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_address[1]}"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        _, way, digits = self.path.split("/")
        self.server.asked.append((digits, self.headers.get("Add-Padding")))
        getattr(self, way)(digits)

    def say(self, text, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def honest(self, digits, count=7):
        lines = [digest(password)[5:] + f":{count}" for password in (BREACHED,) if digest(password)[:5] == digits]
        self.say("\r\n".join(["0" * 34 + "1:12", *lines, "F" * 35 + ":1"]))

    def padded(self, digits):
        self.honest(digits, count=0)

    def garbage(self, _digits):
        self.say("<html>Please pay for the network of this hotel</html>")

    def endless(self, _digits):
        self.say("0" * 34 + "1:12\r\n" * 100000)

    def absent(self, _digits):
        self.say("no such range", status=404)

    def slow(self, digits):
        self.server.released.wait(60)
        self.honest(digits)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(tls=None):
    with Service(tls) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield running
        finally:
            running.released.set()
            running.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def service():
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("daemon"), directory) as running:
        yield running


def ask(daemon, url, password, unknown="allow", timeout=PATIENT):
    """What the sign-up page says of the password; None: it was taken."""
    daemon.set(accounts_breach_url=url, accounts_breach_unknown=unknown, accounts_breach_timeout=timeout)
    daemon.reload()
    page = Client(daemon.url).sign_up(f"b-{uuid.uuid4().hex[:8]}", password)
    return page.text if page.status == 422 else None


def test_a_breached_password_is_refused(daemon, service):
    assert FOUND in ask(daemon, f"{service.url}/honest/", BREACHED)
    assert ask(daemon, f"{service.url}/honest/", UNKNOWN) is None


def test_only_five_digits_leave_the_daemon(daemon, service):
    service.asked.clear()
    assert ask(daemon, f"{service.url}/honest/", UNKNOWN) is None
    assert service.asked == [(digest(UNKNOWN)[:5], "true")]


def test_padding_is_not_a_finding(daemon, service):
    assert ask(daemon, f"{service.url}/padded/", BREACHED, "refuse") is None


@pytest.mark.parametrize("way, timeout", [("garbage", PATIENT), ("endless", PATIENT), ("absent", PATIENT), ("slow", SHORT)])
def test_a_service_that_does_not_answer_as_it_should(daemon, service, way, timeout):
    assert ask(daemon, f"{service.url}/{way}/", BREACHED, "allow", timeout) is None
    assert NOT_NOW in ask(daemon, f"{service.url}/{way}/", BREACHED, "refuse", timeout)


def test_a_service_that_is_not_there(daemon):
    assert ask(daemon, "http://127.0.0.1:1/range/", BREACHED, "allow") is None
    assert NOT_NOW in ask(daemon, "http://127.0.0.1:1/range/", BREACHED, "refuse")


def test_a_service_that_failed_is_left_alone(daemon, service):
    assert NOT_NOW in ask(daemon, f"{service.url}/absent/", BREACHED, "refuse")
    asked = len(service.asked)
    page = Client(daemon.url).sign_up("left-alone", UNKNOWN)
    assert NOT_NOW in page.text
    assert len(service.asked) == asked


def test_what_the_page_itself_refuses_is_not_asked(daemon, service):
    service.asked.clear()
    assert ask(daemon, f"{service.url}/honest/", "passwordpassword") is not None
    assert service.asked == []
