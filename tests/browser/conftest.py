# SPDX-License-Identifier: Apache-2.0
"""Fixtures for tests in a real browser. Run them with: /usr/bin/python3 -m pytest tests/browser

Pictures of every page that they come by are kept in the folder LATCHKEY_SCREENSHOTS."""
import http.server
import os
import pathlib
import sys
import threading
import urllib.error
import urllib.request

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1] / "e2e")]

from browsing.chromium import Chromium  # noqa: E402
from browsing.person import Gallery, Person  # noqa: E402
from harness.daemon import BUILD, Daemon  # noqa: E402
from harness.directory import Directory  # noqa: E402

PICTURES = pathlib.Path(os.environ.get("LATCHKEY_SCREENSHOTS", BUILD.parent / "reports" / "browser" / "screenshots"))


@pytest.fixture(scope="session")
def directory(tmp_path_factory):
    with Directory(tmp_path_factory.mktemp("directory")) as running:
        yield running


class Service:
    """Something that people sign in to reach. It knows nothing of them but what /auth says."""

    def __init__(self):
        self.gate = None
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, words = service.ask(self.headers.get("Cookie", "")) if self.path == "/" else (404, "")
                page = f"<!doctype html><html lang=en><title>Service</title><link rel=icon href=data:><h1>{words}</h1>"
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(page.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def ask(self, cookie):
        try:
            with urllib.request.urlopen(urllib.request.Request(self.gate + "/auth", headers={"Cookie": cookie})) as answer:
                return 200, f"Welcome, {answer.headers['Remote-User']} of {answer.headers['Remote-Organization']}"
        except urllib.error.HTTPError as refused:
            return refused.code, "Closed"


@pytest.fixture(scope="session")
def service():
    running = Service()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture(scope="session")
def daemon(directory, service, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("daemon"), directory, settings={"pages.home_url": service.url}) as running:
        service.gate = running.url
        yield running


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture(scope="session")
def gallery():
    return Gallery(PICTURES)


@pytest.fixture
def person(browser, daemon, gallery):
    """Nobody has been here before; every page that is reached must be sound."""
    somebody = Person(browser, daemon.url, gallery, daemon.mailbox)
    yield somebody
    somebody.leave()
