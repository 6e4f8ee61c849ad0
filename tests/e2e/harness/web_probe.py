# SPDX-License-Identifier: Apache-2.0
"""Drives tests/e2e/programs/web_probe: the room `web` with routes of its own.

    with WebProbe(tmp_path, server_workers=1) as web:
        answer = web.get("/echo?name=Jane")
        assert answer.status == 200
"""
import contextlib
import http.client
import json
import os
import pathlib
import queue
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

SOURCE = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("LATCHKEY_BUILD", SOURCE / "build" / "release"))
PROGRAM = BUILD / "tests" / "e2e" / "web_probe"
DEADLINE = 60.0
JSON = {"Accept": "application/json"}
TEMPLATES = {
    "messages.txt": "not_found_title = Not found\nnot_found = There is no such page.\n"
                    "name_taken = The name {name} is taken.\ntoo_weak = Too weak.\n"
                    "unknown_field = The field {field} does not belong here.\n",
    "page/problem.html": "<!doctype html><title>{{status}} {{title}}</title><p>{{key}}: {{detail}}</p>\n",
    "page/link_dead.html": "<!doctype html><title>Dead</title><p>reason {{reason}}</p>\n",
    "page/echo.html": "<!doctype html><title>{{service}}</title><p>{{csrf}}</p><p>{{name}}</p>"
                      "{{#errors}}<p>{{field}}={{detail}}</p>{{/errors}}<p>{{error.secret}}</p>\n",
    "static/style.css": "body { margin: 0 }\n",
}


def eventually(what, seconds=DEADLINE):
    """Calls until it gives something true, which it returns."""
    deadline = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, "it has not come about"
        time.sleep(0.01)


def write_templates(share):
    for name, text in TEMPLATES.items():
        path = share / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=DEADLINE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class WebProbe:
    def __init__(self, folder, share=None, wait=True, **settings):
        """Settings by keyword: server_workers=2 is server.workers."""
        self.folder = pathlib.Path(folder)
        share = share or self.folder / "share"
        write_templates(share)
        settings = {"server_listen": "127.0.0.1:0", "links_key_ring": self.folder / "keys", **settings}
        words = [f"{name.replace('_', '.', 1)}={value}" for name, value in settings.items()]
        self.log_path = self.folder / "log"
        self.context = None
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([PROGRAM, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=log, text=True, env={**os.environ, "LATCHKEY_SHARE": str(share)})
        self.said = queue.Queue()
        self.urls = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if wait:
            self.expect("ready")

    def _read(self):
        for line in self.process.stdout:
            line = line.rstrip("\n")
            if line.startswith("url "):
                self.urls.append(line[4:])
            else:
                self.said.put(line)
        self.said.put(None)

    def expect(self, word):
        line = self.said.get(timeout=DEADLINE)
        assert line is not None and line.split()[0] == word, f"expected {word}: {line}\n{self.log()}"
        return line

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def tell_to_end(self):
        """One that was told to stop before may end at any moment, also while it is told again."""
        with contextlib.suppress(BrokenPipeError):
            self.tell("release")
            self.tell("stop")

    def link(self, seconds):
        self.tell(f"link {seconds}")
        return self.expect("link").split()[1]

    def log(self):
        return self.log_path.read_text(errors="replace")

    def requests(self, pattern=""):
        """The log lines of requests that match."""
        return [line for line in self.log().splitlines() if " event=request " in line and re.search(pattern, line)]

    def logged(self, pattern, count=1):
        """Waits for that many log lines of requests that match."""
        return eventually(lambda: (lines := self.requests(pattern)) and len(lines) >= count and lines)

    def connection(self, n=0, timeout=DEADLINE):
        url = self.urls[n]
        if url.startswith("unix:"):
            return UnixConnection(url[5:])
        parts = urllib.parse.urlsplit(url)
        if parts.scheme == "https":
            return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=self.context)
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)

    def ask(self, method, path, body=None, headers=None, n=0):
        connection = self.connection(n)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, headers=None, n=0):
        return self.ask("GET", path, headers=headers, n=n)

    def csrf(self, headers=None, n=0):
        return self.get("/echo", headers={**JSON, **(headers or {})}, n=n).json["csrf"]

    def post(self, path, fields=None, headers=None, body=None, n=0):
        """A form as a page of ours sends it, with its token."""
        if body is None:
            body = urllib.parse.urlencode({"csrf": self.csrf(n=n), **(fields or {})})
        headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.ask("POST", path, body=body, headers=headers, n=n)

    def raw(self, n=0):
        """A plain socket."""
        parts = urllib.parse.urlsplit(self.urls[n])
        return socket.create_connection((parts.hostname, parts.port), timeout=DEADLINE)

    def exchange(self, text, n=0, silence=DEADLINE):
        """Sends bytes and returns all that comes back, until the other side closes or says nothing for so long."""
        parts = []
        try:
            with self.raw(n) as connection:
                connection.sendall(text)
                connection.settimeout(silence)
                while part := connection.recv(65536):
                    parts.append(part)
        except OSError:
            pass
        return b"".join(parts)

    def resident(self):
        """Bytes of memory in use."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def close(self):
        self.tell_to_end()
        code = self.process.wait(DEADLINE)
        self.reader.join(DEADLINE)
        with contextlib.suppress(BrokenPipeError):  # what it was told last may still stand in the buffer
            self.process.stdin.close()
        self.process.stdout.close()
        assert code == 0, f"web_probe ended with {code}\n{self.log()}"

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
        else:
            self.process.kill()
            self.process.wait()


def read_all(connection):
    parts = []
    while True:
        part = connection.recv(65536)
        if not part:
            return b"".join(parts)
        parts.append(part)


def make_certificate(folder):
    """A self-signed certificate for 127.0.0.1: its files and a client's context that trusts it."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
    key.chmod(0o600)
    return certificate, key, ssl.create_default_context(cafile=certificate)
