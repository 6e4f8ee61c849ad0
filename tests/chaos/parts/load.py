# SPDX-License-Identifier: Apache-2.0
"""People who never stop: each thread walks the pages in turn and notes how every request went."""
import collections
import http.client
import ssl
import threading
import time
import urllib.parse

from harness.client import Client
from parts.world import Person, unique

CUT = (OSError, http.client.HTTPException)


class Sample:
    def __init__(self, what, begun, seconds, status, retry_after, error):
        self.what, self.begun, self.seconds = what, begun, seconds
        self.status, self.retry_after, self.error = status, retry_after, error

    def __repr__(self):
        return f"<{self.what} {self.status or self.error} {self.seconds:.2f} s>"


class Load:
    """with Load(daemon, directory, 6) as load: …; load.samples. Signed-in people ask for an address that nobody has, unless
    `addresses` (an iterator) gives others: whatever was answered 303 is in load.accepted."""

    def __init__(self, daemon, directory, width=6, addresses=None, pause=0.01, token=None, keep_alive=False):
        self.daemon, self.width, self.pause, self.token, self.keep_alive = daemon, width, pause, token, keep_alive
        self.people = [Person(daemon, directory) for _ in range(width)]
        self.stranger = Client(daemon.url)
        self.stranger_csrf = self.stranger.get("/signin").form("/signin").fields["csrf"]
        self.addresses, self._lock = addresses, threading.Lock()
        self.samples, self.accepted, self.retried = [], [], 0
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(person,), daemon=True) for person in self.people]

    # ---- what they do

    def _visits(self, person):
        garbage = "/t/" + "A" * 72
        yield "form", "GET", "/associate", None
        yield "garbage link", "GET", garbage, None
        yield "probe", "GET", "/healthz", None
        yield "ask", "POST", "/associate", {"csrf": person.csrf, "mail": self._next_address()}
        fields = {"csrf": self.stranger_csrf, "name": unique("nobody"), "password": "wrong"}
        yield "sign in", "POST", "/signin", fields, self.stranger
        if self.token:
            yield "live link", "GET", f"/t/{self.token}", None

    def _next_address(self):
        with self._lock:
            return (next(self.addresses, None) if self.addresses else None) or f"{unique('nobody')}@nowhere.example"

    # ---- how

    def _run(self, person):
        connection = None
        while True:
            for what, method, path, fields, *who in self._visits(person):
                client = who[0] if who else person
                connection = self._visit(client, connection, what, method, path, fields)
                if self.stopping.wait(self.pause):
                    return

    def _visit(self, client, connection, what, method, path, fields):
        is_reused = connection is not None
        connection = connection or client.connect()
        begun, status, retry_after, error = time.monotonic(), None, None, None
        try:
            status, retry_after, closes = self._send(client, connection, method, path, fields)
        except CUT as trouble:
            error, closes = trouble, True
            # RFC 9112 section 9.3.1: a reused connection may be closed just then; what is safe is sent again on a new one.
            if is_reused and method == "GET" and isinstance(trouble, (http.client.RemoteDisconnected, ConnectionError)):
                connection.close()
                self.retried += 1
                return self._visit(client, None, what, method, path, fields)
        self.samples.append(Sample(what, begun, time.monotonic() - begun, status, retry_after, error))
        if what == "ask" and status == 303:
            self.accepted.append(fields["mail"])
        if self.keep_alive and not closes:
            return connection
        connection.close()
        return None

    def _send(self, client, connection, method, path, fields):
        headers = {**client.headers, "Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers["Retry-After"], answer.will_close

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in self.threads), "a request hangs"

    # ---- how it went

    def since(self, moment):
        return [sample for sample in list(self.samples) if sample.begun >= moment]

    def wait_for(self, condition, seconds=20.0, what="it"):
        """condition(samples begun since now)"""
        begun = time.monotonic()
        while not condition(self.since(begun)):
            assert time.monotonic() < begun + seconds, f"waited {seconds} s for {what}: {self.since(begun)[-5:]}"
            time.sleep(0.01)
        return time.monotonic() - begun

    def wait_until_well(self, seconds=10.0):
        """Until every kind of request has been answered without trouble. How long that took."""
        def well(samples):
            good = collections.Counter(sample.what for sample in samples if sample.status and sample.status < 500)
            return all(good[what] >= 2 for what in ("form", "ask", "sign in"))
        return self.wait_for(well, seconds, "recovery")

    def summary(self, samples=None):
        samples = self.samples if samples is None else samples
        counts = collections.Counter(sample.status if sample.status else type(sample.error).__name__ for sample in samples)
        return f"{len(samples)} requests {dict(counts)}, the slowest {max((s.seconds for s in samples), default=0):.2f} s"


class SecureClient(Client):
    """https, whoever the certificate is of."""

    def connect(self):
        return http.client.HTTPSConnection(self.url.hostname, self.url.port, timeout=30, context=ssl._create_unverified_context())


def check_answers(load, longest):
    """2xx, 3xx, 4xx, or 503 with Retry-After; every one in time."""
    for sample in load.samples:
        assert sample.error is None, sample
        assert sample.status < 500 or sample.status == 503, sample
        assert sample.status != 503 or sample.retry_after, sample
        assert sample.seconds <= longest, sample
