# SPDX-License-Identifier: Apache-2.0
"""slapd and the mail server go away, hang, and come back, while people use the pages and messages flow."""
import contextlib
import socket
import threading
import time

import pytest

from harness.daemon import Daemon
from harness.directory import Directory
from harness.mail import DROP
from parts.load import Load, check_answers
from parts.world import SETTINGS, add_organization, add_profile, check_directory, wait_until_sent

pytestmark = pytest.mark.alone

TIMEOUT = 2.0                 # directory.timeout
WAITING = 3.0                 # server.request_timeout: for a worker
MARGIN = 2.0                  # this machine may be busy
LONGEST = WAITING + TIMEOUT + MARGIN
RECOVERY = 6.0                # directory.poll_interval is a second


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    with Directory(tmp_path_factory.mktemp("own")) as running:
        yield running


@pytest.fixture
def daemon(own, mail, tmp_path):
    settings = {**SETTINGS, "directory.uri": own.ldapi_uri, "courier.deliver_to": mail.url, "courier.workers": "8"}
    with Daemon(tmp_path / "daemon", own, settings=settings) as running:
        yield running


class Post:
    """Profiles whose addresses people ask for and sysadmins invite; all that was asked for must come."""

    def __init__(self, directory, mail, count):
        self.directory, self.mail = directory, mail
        self.organization = add_organization(directory)
        self.profiles = dict(add_profile(directory, self.organization) for _ in range(count))
        half = count // 2
        self.asked_for = list(self.profiles.values())[:half]
        self.to_invite = list(self.profiles)[half:]
        self.invited = []

    def invite(self, count):
        """Now. Through a connection of its own, because slapd may have been away."""
        connection = self.directory.connect()
        for _ in range(count):
            dn = self.to_invite.pop()
            self.directory.modify(dn, add={"lkSend": "invite"}, connection=connection)
            self.invited.append(dn)
        connection.unbind_s()

    def check(self, load, seconds=120.0):
        wait_until_sent(self.directory, seconds)
        expected = {self.profiles[dn] for dn in self.invited} | set(load.accepted) & set(self.asked_for)
        missing = [address for address in expected if not self.mail.to(address)]
        assert not missing, f"{len(missing)} of {len(expected)} messages never came: {missing[:3]}"
        check_directory(self.directory, self.mail, self.organization)
        return len(expected)


@contextlib.contextmanager
def running(daemon, directory, mail, count=120):
    post = Post(directory, mail, count)
    with Load(daemon, directory, 6, addresses=iter(post.asked_for), pause=0.02) as load:
        load.wait_until_well()
        post.invite(10)
        yield load, post
        post.invite(10)
    wanted = post.check(load)
    check_answers(load, LONGEST)
    print(f"{load.summary()}; {wanted} messages wanted, {len(mail.messages)} sent")


# ---- slapd

def stop(directory):
    directory.stop()


def kill(directory):
    directory.kill()


@pytest.mark.parametrize("end", [stop, kill])
def test_slapd_goes_and_comes_back(daemon, own, mail, end):
    """Three times: everything that needs it is answered 503 at once; when it is back all is well within seconds."""
    with running(daemon, own, mail) as (load, post):
        for _ in range(3):
            end(own)
            load.wait_for(lambda samples: sum(sample.status == 503 for sample in samples) >= 10, what="ten answers of 503")
            assert daemon.probe("/healthz") == 200
            own.wait_for(lambda: daemon.probe("/readyz") == 503, what="it to say that it is not ready")
            own.start()
            took = load.wait_until_well(RECOVERY)
            daemon.wait_ready()
            post.invite(5)
            print(f"well again after {took:.2f} s")


def test_slapd_hangs(daemon, own, mail):
    """It accepts connections and answers nothing: nobody waits longer than the deadlines; then it goes on."""
    with running(daemon, own, mail) as (load, post):
        for _ in range(2):
            own.pause()
            try:
                load.wait_for(lambda samples: sum(sample.status == 503 for sample in samples) >= 6, what="six answers of 503")
                begun = time.monotonic()
                assert daemon.probe("/healthz") == 200
                assert time.monotonic() - begun < 1, "what needs no directory does not wait for it"
            finally:
                own.resume()
            took = load.wait_until_well(RECOVERY)
            daemon.wait_ready()
            post.invite(5)
            print(f"well again after {took:.2f} s")


def test_start_without_slapd(own, mail, tmp_path):
    """The daemon starts, says that it is not ready, answers 503, and is well when slapd comes."""
    settings = {**SETTINGS, "directory.uri": own.ldapi_uri, "courier.deliver_to": mail.url}
    daemon = Daemon(tmp_path / "daemon", own, settings=settings)
    dn, address = add_profile(own)
    own.modify(dn, add={"lkSend": "invite"})
    own.stop()
    try:
        daemon.start(wait=False)
        daemon.wait_ready("/healthz")
        assert daemon.probe("/readyz") == 503
    finally:
        own.start()
    daemon.wait_ready()
    mail.wait_for(1)
    daemon.stop()


# ---- the mail server

class Mute:
    """Listens where the mail server was. Accepts, and says nothing; or the words given, and no more."""

    def __init__(self, port, words=b""):
        self.words, self.connections = words, []
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(128)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            try:
                connection.sendall(self.words)
                if self.words:
                    connection.close()
            except OSError:
                pass

    def wait(self, count, seconds=60.0):
        deadline = time.monotonic() + seconds
        while len(self.connections) < count:
            assert time.monotonic() < deadline, f"{len(self.connections)} of {count} connections came"
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            connection.close()


def check_nobody_notices(load, since, daemon):
    """The pages do not wait for the mail server. Who asks while too much of his waits already is told so; and there is no other
    reason for that answer than slapd's bound on what waits on one account."""
    too_many = [sample for sample in load.samples if (sample.what, sample.status) == ("ask", 429)]

    def tells_of_all(log):
        bounded = [line for line in log.splitlines() if "event=request_trouble " in line and "route=/associate " in line and "lkSend" in line]
        return len(bounded) >= len(too_many)

    daemon.wait_log(tells_of_all)
    samples = [sample for sample in load.since(since) if (sample.what, sample.status) != ("ask", 429)]
    assert {sample.status for sample in samples} <= {200, 303, 404, 422}, load.summary(load.since(since))


def test_mail_server_goes_and_comes_back(daemon, own, mail):
    with running(daemon, own, mail) as (load, post):
        for _ in range(2):
            since = time.monotonic()
            mail.stop()
            before = len(mail.messages)
            post.invite(10)
            daemon.wait_log(lambda log: log.count("outcome=unreachable") > log.count("event=mail_server outcome=answers"))
            mail.start()
            mail.wait_for(before + 10)
            check_nobody_notices(load, since, daemon)


@pytest.mark.parametrize("words", [b"", b"421 4.3.2 Too busy\r\n"], ids=["says nothing", "says 421"])
def test_mail_server_will_not(daemon, own, mail, words):
    """It accepts connections and never says a word; or greets with 421. Then it is well again."""
    with running(daemon, own, mail) as (load, post):
        since = time.monotonic()
        mail.stop()
        before = len(mail.messages)
        with Mute(mail.port, words) as mute:
            post.invite(10)
            mute.wait(3)
        mail.start()
        mail.wait_for(before + 10)
        check_nobody_notices(load, since, daemon)


STAGES = [("DATA", DROP), ("ACCEPTED", DROP), ("RCPT", "421 4.3.2 Closing"), ("MAIL", "421 4.3.2 Closing"), ("DATA", "451 4.3.0 Later")]


@pytest.mark.parametrize("stage, answer", STAGES, ids=["drops after DATA", "drops instead of 250", "421 to RCPT", "421 to MAIL", "451 to DATA"])
def test_mail_server_stumbles(daemon, own, mail, stage, answer):
    """Five times. Each message comes once; twice where it was taken and the 250 was lost."""
    stumbles = iter(range(5))
    mail.script(stage, lambda about, count: answer if next(stumbles, None) is not None else None)
    since = time.monotonic()
    with running(daemon, own, mail, count=60) as (load, post):
        check_nobody_notices(load, since, daemon)
    assert next(stumbles, None) is None, "it did stumble"
    for address in post.profiles.values():
        assert len(mail.to(address)) <= (2 if stage == "ACCEPTED" else 1)
