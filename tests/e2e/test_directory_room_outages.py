# SPDX-License-Identifier: Apache-2.0
"""The room `directory` when its server goes away, hangs, comes back, or is not what it should be."""
import os
import pathlib
import socket
import ssl
import threading
import time

import pytest

from harness.directory import Directory
from harness.probe import Probe
from harness.relay import relay
from harness.tls import TlsDirectory, make_certificate

TIMEOUT = 4
# What the machine may add to a deadline when it is busy: less than a second wait would.
SLACK = 3.5
# Longer than what is to happen at once takes on a busy machine, shorter than the deadline that it could be waiting for.
AT_ONCE = 10.0
PATIENT = {"directory_timeout": 30}
# For servers that nobody gets as far as binding at.
ANYBODY = {"directory_bind": "simple", "directory_bind_dn": "cn=x", "directory_bind_password_file": "/nowhere"}


@pytest.fixture
def probe(own_directory):
    with Probe(own_directory, directory_timeout=TIMEOUT) as running:
        yield running


@pytest.fixture
def jane(own_directory):
    return own_directory.add_account("jane", "correct horse battery", lkToken=["one", "two", "three"])


def searched(directory):
    return {"base": directory.accounts, "filter": ["equals", "uid", "jane"], "attributes": ["cn"]}


def read(probe, dn):
    return probe.ask("read", dn=dn, attributes=["cn"])


# ---- gone and back


@pytest.mark.parametrize("operation", ["read", "search", "search_all", "modify", "check_password"])
def test_the_first_operation_after_a_restart_succeeds(own_directory, probe, jane, operation):
    asked = {
        "read": {"dn": jane, "attributes": ["cn"]},
        "search": searched(own_directory),
        "search_all": {"searches": 2 * [searched(own_directory)]},
        "modify": {"dn": jane, "change": [["add", "lkSend", "invite"]]},
        "check_password": {"dn": jane, "password": "correct horse battery"},
    }[operation]
    assert read(probe, jane)["status"] == "ok"
    assert probe.ask("check_password", dn=jane, password="correct horse battery")["status"] == "ok"
    own_directory.restart()
    answer = probe.ask(operation, **asked)
    assert answer["status"] == "ok", answer
    assert probe.metric("latchkey_directory_reconnects_total") == 1


def test_the_first_write_after_a_restart_succeeds_over_tcp_too(own_directory, jane):
    """There the first write to a socket that the peer has closed seems to succeed."""
    own_directory.modify(own_directory.service_dn, replace={"userPassword": "daemon password"})
    with Probe(own_directory, **simple(own_directory, "daemon password")) as probe:
        for token in ("one", "two", "three"):
            own_directory.restart()
            answer = probe.ask("modify", dn=jane, change=[["delete", "lkToken", token]])
            assert answer["status"] == "ok", answer


def unread_by(port):
    """How many bytes wait for the server at that port of 127.0.0.1 (proc(5), /proc/net/tcp: of the socket's own end, port and queues in hex)."""
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[4].partition(":")[2], 16) for row in rows if row[1] == f"0100007F:{port:04X}" and row[3] == "01")


def test_searches_at_once_are_all_sent_before_the_first_is_answered(own_directory):
    """A server that hangs has twice as much before it as of one."""
    own_directory.modify(own_directory.service_dn, replace={"userPassword": "daemon password"})
    one = searched(own_directory)
    with Probe(own_directory, **simple(own_directory, "daemon password"), directory_timeout=60) as probe:
        waiting = []
        for searches in ([one], [one, one]):
            assert probe.ask("ready")["status"] == "ok"
            own_directory.pause()
            probe.send("search_all", searches=searches)
            least = waiting[0] * len(searches) if waiting else 1
            try:
                own_directory.wait_for(lambda: unread_by(own_directory.port) >= least, what="the searches to be sent")
                waiting.append(unread_by(own_directory.port))
            finally:
                own_directory.resume()
            assert probe.answer()["status"] == "ok"


def test_down_is_broken_at_once_and_up_is_ok_again(own_directory, jane):
    with Probe(own_directory, **PATIENT) as probe:
        assert read(probe, jane)["status"] == "ok"
        own_directory.stop()
        for asked in (
            {"do": "ready"}, {"do": "read", "dn": jane, "attributes": ["cn"]},
            {"do": "modify", "dn": jane, "change": [["delete", "lkToken", "one"]]},
            {"do": "check_password", "dn": jane, "password": "x"},
        ):
            answer = probe.ask(**asked)
            assert answer["status"] == "broken", answer
            assert "Can't contact LDAP server" in answer["trouble"]
            assert answer["seconds"] < AT_ONCE
        own_directory.start()
        assert probe.ask("modify", dn=jane, change=[["delete", "lkToken", "one"]])["status"] == "ok"
    # Nothing of what failed was carried out late.
    assert sorted(own_directory.values(jane, "lkToken")) == ["three", "two"]


def test_a_kill_between_two_operations_is_not_noticed(own_directory, probe, jane):
    for token in ("one", "two", "three"):
        own_directory.kill()
        own_directory.start()
        assert probe.ask("modify", dn=jane, change=[["delete", "lkToken", token]])["status"] == "ok"


# ---- hanging


@pytest.mark.parametrize("operation", ["read", "search", "search_all", "modify", "add", "delete", "check_password"])
def test_a_hanging_server_is_broken_within_the_deadline(own_directory, probe, jane, operation):
    asked = {
        "read": {"dn": jane, "attributes": ["cn"]},
        "search": searched(own_directory),
        "search_all": {"searches": 2 * [searched(own_directory)]},
        "modify": {"dn": jane, "change": [["add", "lkSend", "invite"]]},
        "add": {"dn": f"uid=x,{own_directory.accounts}", "change": [["add", "objectClass", "lkAccount"]]},
        "delete": {"dn": jane},
        "check_password": {"dn": jane, "password": "x"},
    }[operation]
    assert read(probe, jane)["status"] == "ok"
    own_directory.pause()
    answer = probe.ask(operation, **asked)
    own_directory.resume()
    assert answer["status"] == "broken", answer
    assert TIMEOUT - 0.1 < answer["seconds"] < TIMEOUT + SLACK
    if operation in ("modify", "add", "delete"):
        assert "not known" in answer["trouble"]
    assert probe.ask("ready")["status"] == "ok"


def test_a_server_that_hangs_from_the_start_is_broken_within_the_deadline(own_directory, probe):
    own_directory.pause()
    answer = probe.ask("ready")
    own_directory.resume()
    assert answer["status"] == "broken"
    assert answer["seconds"] < TIMEOUT + SLACK
    assert probe.ask("ready")["status"] == "ok"


def listening_socket(serve):
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    return listener, f"ldap://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    "answer",
    [
        b"\x30\x84\x7f\xff\xff\xff\x02\x01\x01", b"HTTP/1.0 400 Bad Request\r\n\r\n", b"\x30\x00", b"\x30\x05\x02\x01\x01\x61\x80",
        b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x7f\x04\x00",
    ],
)
def test_a_server_that_talks_nonsense_is_broken(own_directory, answer):
    def serve(listener):
        try:
            with listener.accept()[0] as peer:
                peer.recv(4096)
                peer.sendall(answer)
                peer.recv(4096)
        except OSError:
            pass

    listener, uri = listening_socket(serve)
    with listener, Probe(None, directory_uri=uri, directory_timeout=TIMEOUT, **ANYBODY) as probe:
        said = probe.ask("check_password", dn="cn=x", password="y")
        assert said["status"] == "broken", said
        assert said["seconds"] < TIMEOUT + SLACK
        probe.kill()  # libldap itself leaks a request whose answer it cannot read; a sanitizer would say so at the end


class FakeServer:
    """Binds everybody, and answers any other request with the next of `answers`: a result code, bytes, or None to close."""

    def __init__(self, folder, answers):
        self.answers = list(answers)
        self.requests = 0
        self.listener, self.uri = listening_socket(self.serve)
        password = folder / "fake-password"
        password.write_text("secret\n")
        password.chmod(0o600)
        self.settings = {
            "directory_uri": self.uri, "directory_bind": "simple", "directory_bind_dn": "cn=x",
            "directory_bind_password_file": password, "directory_timeout": TIMEOUT,
        }

    def serve(self, listener):
        while True:
            try:
                peer = listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.talk, args=(peer,), daemon=True).start()

    def talk(self, peer):
        with peer:
            while request := peer.recv(65536):
                number, kind = request[4], request[5]
                if kind == 0x60:
                    peer.sendall(bytes([0x30, 12, 2, 1, number, 0x61, 7, 10, 1, 0, 4, 0, 4, 0]))
                    continue
                if kind == 0x42:
                    return
                self.requests += 1
                answer = self.answers.pop(0)
                if answer is None:
                    return
                if isinstance(answer, int):
                    answer = bytes([0x30, 12, 2, 1, number, kind + 1, 7, 10, 1, answer, 4, 0, 4, 0])
                peer.sendall(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


@pytest.mark.parametrize(
    "code, status",
    [
        (0, "ok"), (1, "broken"), (8, "refused"), (10, "broken"), (11, "refused"), (12, "broken"), (13, "refused"), (16, "absent"),
        (17, "refused"), (18, "refused"), (19, "refused"), (20, "conflict"), (21, "refused"), (32, "absent"), (34, "malformed"),
        (50, "refused"), (51, "busy"), (53, "refused"), (64, "refused"), (65, "refused"), (66, "refused"), (67, "refused"),
        (68, "conflict"), (69, "refused"), (80, "broken"), (122, "conflict"), (123, "refused"), (126, "broken"), (3, "busy"),
    ],
)
def test_what_each_result_code_means(tmp_path, code, status):
    with FakeServer(tmp_path, [code]) as server, Probe(None, **server.settings) as probe:
        answer = probe.ask("modify", dn="cn=y", change=[["delete", "lkToken", "one"]])
        assert answer["status"] == status
        assert server.requests == 1
        assert code == 0 or f"({code})" in answer["trouble"]


def test_a_write_that_may_have_been_carried_out_is_not_repeated(tmp_path):
    """The server takes the request and closes without an answer. A read changes nothing: it is tried once more."""
    with FakeServer(tmp_path, [None, None, None, None, 0]) as server, Probe(None, **server.settings) as probe:
        answer = probe.ask("modify", dn="cn=y", change=[["delete", "lkToken", "one"]])
        assert answer["status"] == "broken"
        assert "not known" in answer["trouble"]
        assert server.requests == 1
        assert read(probe, "cn=y")["status"] == "broken"
        assert server.requests == 3


def test_a_server_that_says_that_it_is_going_is_asked_again(tmp_path):
    with FakeServer(tmp_path, [52, 0, 52, 52]) as server, Probe(None, **server.settings) as probe:
        write = {"dn": "cn=y", "change": [["delete", "lkToken", "one"]]}
        assert probe.ask("modify", **write)["status"] == "ok"
        assert server.requests == 2
        assert probe.ask("modify", **write)["status"] == "broken"
        assert server.requests == 4


def test_a_server_that_stalls_within_an_answer_is_broken_within_the_deadline(tmp_path):
    with FakeServer(tmp_path, [b"\x30\x82\x01\x00\x02\x01\x02\x64"]) as server, Probe(None, **server.settings) as probe:
        answer = read(probe, "cn=y")
        assert answer["status"] == "broken"
        assert TIMEOUT - 0.1 < answer["seconds"] < TIMEOUT + SLACK


def test_a_server_that_stops_reading_within_a_request_is_broken_within_the_deadline(own_directory, probe, jane):
    assert read(probe, jane)["status"] == "ok"
    own_directory.pause()
    answer = probe.ask("modify", dn=jane, change=[["add", "description", "x" * 3_000_000]])
    own_directory.resume()
    assert answer["status"] == "broken"
    assert TIMEOUT - 0.1 < answer["seconds"] < TIMEOUT + SLACK
    assert read(probe, jane)["status"] == "ok"


def test_a_large_request_arrives_whole(own_directory, jane):
    with Probe(own_directory, directory_timeout=30) as probe:
        # Too long for the schema's rules, but slapd has read it all to say so.
        answer = probe.ask("modify", dn=jane, change=[["add", "lkToken", "x" * 3_000_000]])
        assert answer["status"] == "refused", answer
        assert probe.metric("latchkey_directory_reconnects_total") == 0


def test_a_server_that_does_not_take_connections_is_broken_within_the_deadline():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):  # more than its queue holds
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
            waiting.append(one)
        uri = f"ldap://127.0.0.1:{listener.getsockname()[1]}"
        with Probe(None, directory_uri=uri, directory_timeout=TIMEOUT, **ANYBODY) as probe:
            answer = probe.ask("ready")
            assert answer["status"] == "broken"
            assert TIMEOUT - 0.1 < answer["seconds"] < TIMEOUT + SLACK
        for one in waiting:
            one.close()


# ---- several servers


def test_the_next_server_is_taken_when_one_is_down(own_directory, jane):
    uris = f"ldapi://%2Fnowhere%2Fldapi ldapi://%2Fnowhere%2Feither {own_directory.ldapi_uri}"
    with Probe(own_directory, directory_uri=uris) as probe:
        assert read(probe, jane)["status"] == "ok"


def test_the_next_server_is_taken_when_one_accepts_and_says_nothing(own_directory, jane):
    def serve(listener):
        held = []
        while True:
            try:
                held.append(listener.accept()[0])
            except OSError:
                return

    listener, uri = listening_socket(serve)
    own_directory.modify(own_directory.service_dn, replace={"userPassword": "daemon password"})
    settings = simple(own_directory, "daemon password")
    settings["directory_uri"] = f"{uri} {own_directory.ldap_uri}"
    with listener, Probe(own_directory, **settings, directory_timeout=2 * TIMEOUT) as probe:
        answer = read(probe, jane)
        assert answer["status"] == "ok", answer
        assert 0.4 * 2 * TIMEOUT < answer["seconds"] < 2 * TIMEOUT


# ---- who the daemon is


def simple(directory, password):
    file = directory.folder / "daemon-password"
    file.write_text(password + "\n")
    file.chmod(0o600)
    return {
        "directory_uri": directory.ldap_uri, "directory_bind": "simple", "directory_bind_dn": directory.service_dn,
        "directory_bind_password_file": file,
    }


def test_simple_bind_reads_its_password_each_time(own_directory, jane):
    own_directory.modify(own_directory.service_dn, replace={"userPassword": "first password"})
    with Probe(own_directory, **simple(own_directory, "first password")) as probe:
        assert read(probe, jane)["status"] == "ok"
        own_directory.modify(own_directory.service_dn, replace={"userPassword": "second password"})
        simple(own_directory, "second password")
        own_directory.restart()
        assert read(probe, jane)["status"] == "ok"
        simple(own_directory, "wrong password")
        own_directory.restart()
        answer = read(probe, jane)
        assert answer["status"] == "broken"
        assert "Invalid credentials" in answer["trouble"]
        assert "wrong password" not in answer["trouble"]


def test_a_password_file_that_others_may_read_is_refused(own_directory, jane):
    settings = simple(own_directory, "x")
    settings["directory_bind_password_file"].chmod(0o644)
    with Probe(own_directory, **settings) as probe:
        assert read(probe, jane)["status"] == "broken"


# ---- TLS


@pytest.fixture
def tls_directory(tmp_path):
    with TlsDirectory(tmp_path) as running:
        yield running


def test_start_tls_upgrades_and_verifies(tls_directory):
    jane = tls_directory.add_account("jane", "correct horse battery")
    tls_directory.modify(tls_directory.service_dn, replace={"userPassword": "daemon password"})
    settings = simple(tls_directory, "daemon password")
    with Probe(tls_directory, **settings) as probe:
        assert "confidentiality required" in read(probe, jane)["trouble"].lower()
    with Probe(tls_directory, **settings, **PATIENT, directory_start_tls="yes", directory_ca_file=tls_directory.certificate) as probe:
        assert read(probe, jane)["status"] == "ok"
        assert probe.ask("check_password", dn=jane, password="correct horse battery")["status"] == "ok"
        for _ in range(3):
            assert read(probe, jane)["status"] == "ok"
        assert probe.metric("latchkey_directory_reconnects_total") == 0
        tls_directory.restart()
        assert probe.ask("modify", dn=jane, change=[["add", "lkToken", "one"]])["status"] == "ok"
        # Several events in one TLS record must not wait for the next one.
        followed(probe, tls_directory)
        for number in range(20):
            tls_directory.add_account(f"burst.{number}", lkSend="invite")
        heard = {probe.event("told")["entry"]["dn"] for _ in range(20)}
        assert len(heard) == 20
        assert probe.ask("unfollow")["milliseconds"] < AT_ONCE * 1000


@pytest.mark.parametrize("authorities", ["the system's", "another"])
def test_a_certificate_that_does_not_verify_is_refused(tls_directory, tmp_path, authorities):
    settings = simple(tls_directory, "x")
    if authorities == "another":
        settings["directory_ca_file"] = make_certificate(tmp_path, "other")[0]
    with Probe(tls_directory, **settings, directory_start_tls="yes") as probe:
        answer = probe.ask("ready")
        assert answer["status"] == "broken"
        assert "TLS handshake" in answer["trouble"]


def test_ldaps_verifies_authority_and_name(own_directory, tmp_path):
    """The harness' slapd speaks no ldaps: here is what stands in front of it and does."""
    certificate, key = make_certificate(tmp_path, "relay")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)

    def serve(listener):
        while True:
            try:
                outside = tls.wrap_socket(listener.accept()[0], server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            relay(outside, socket.create_connection(("127.0.0.1", own_directory.port)))

    jane = own_directory.add_account("jane", "correct horse battery")
    own_directory.modify(own_directory.service_dn, replace={"userPassword": "daemon password"})
    settings = simple(own_directory, "daemon password")
    listener, uri = listening_socket(serve)
    uri = uri.replace("ldap:", "ldaps:")
    with listener:
        settings["directory_uri"] = uri
        with Probe(own_directory, **settings, directory_ca_file=certificate) as probe:
            for _ in range(3):
                assert read(probe, jane)["status"] == "ok"
            assert probe.ask("check_password", dn=jane, password="correct horse battery")["status"] == "ok"
            assert probe.metric("latchkey_directory_reconnects_total") == 0
        with Probe(own_directory, **settings) as probe:
            assert "TLS handshake" in read(probe, jane)["trouble"]
        settings["directory_uri"] = uri.replace("127.0.0.1", "localhost")
        with Probe(own_directory, **settings, directory_ca_file=certificate) as probe:
            assert "TLS handshake" in read(probe, jane)["trouble"]


def test_a_server_that_hangs_in_the_tls_handshake_is_broken_within_the_deadline():
    def serve(listener):
        held = []
        while True:
            try:
                held.append(listener.accept()[0])
            except OSError:
                return

    listener, uri = listening_socket(serve)
    with listener, Probe(None, directory_uri=uri.replace("ldap:", "ldaps:"), directory_timeout=TIMEOUT, **ANYBODY) as probe:
        answer = probe.ask("ready")
        assert answer["status"] == "broken"
        assert TIMEOUT - 0.1 < answer["seconds"] < TIMEOUT + SLACK
        # It waited; it did not turn in circles.
        probe.process.stdin.close()
        _, _, usage = os.wait4(probe.process.pid, 0)
        assert usage.ru_utime + usage.ru_stime < TIMEOUT / 2
        probe.process.returncode = 0


# ---- what a bind says beyond yes and no


class TalkativeDirectory(Directory):
    """Tells who binds why the password is not enough."""

    def template(self, name):
        return super().template(name).replace("olcPPolicyUseLockout: FALSE", "olcPPolicyUseLockout: TRUE")


def test_locked_and_to_be_changed(tmp_path):
    with TalkativeDirectory(tmp_path / "directory") as directory:
        policy = f"cn=default,ou=policies,{directory.suffix}"
        directory.modify(policy, replace={"pwdMaxFailure": "2", "pwdMustChange": "TRUE"})
        jane = directory.add_account("jane", "correct horse battery")
        reset = directory.add_account("reset", "correct horse battery", pwdReset="TRUE")
        with Probe(directory) as probe:
            for _ in range(2):
                assert probe.ask("check_password", dn=jane, password="wrong")["state"] == "plain"
            locked = probe.ask("check_password", dn=jane, password="correct horse battery")
            assert (locked["status"], locked["state"]) == ("refused", "locked")
            must_change = probe.ask("check_password", dn=reset, password="correct horse battery")
            assert (must_change["status"], must_change["state"]) == ("ok", "must change")


# ---- following


def followed(probe, directory):
    assert probe.ask("follow", base=directory.suffix)["status"] == "ok"
    event = probe.event("state")
    assert event["connected"], event


@pytest.mark.parametrize("how", ["auto", "persist", "poll"])
def test_a_follower_hears_what_is_there_and_what_comes(own_directory, how):
    early = own_directory.add_account("early", lkSend="reset")
    late = own_directory.add_account("late")
    never = own_directory.add_account("never")
    with Probe(own_directory, **PATIENT, directory_follow=how, directory_poll_interval=1) as probe:
        assert probe.ask("follow", base=own_directory.suffix)["status"] == "ok"
        assert probe.event("told")["entry"] == {"dn": early, "attributes": {"lkSend": ["reset"]}}
        assert probe.event("state")["connected"]
        own_directory.modify(late, add={"lkSend": "invite"})
        assert probe.told(late)["attributes"] == {"lkSend": ["invite"]}
        own_directory.modify(late, add={"lkSend": "confirm"})
        entry = probe.told(late)
        while sorted(entry["attributes"]["lkSend"]) != ["confirm", "invite"]:
            entry = probe.told(late)
        own_directory.modify(never, add={"title": "x"})
        assert probe.ask("unfollow")["milliseconds"] < AT_ONCE * 1000
        assert all(event.get("entry", {}).get("dn") != never for event in list(probe.events.queue))


def test_persisting_tells_at_once_and_only_what_matches(own_directory):
    late = own_directory.add_account("late")
    with Probe(own_directory, directory_follow="persist", directory_poll_interval=3600) as probe:
        followed(probe, own_directory)
        began = time.monotonic()
        own_directory.modify(late, add={"lkSend": "invite"})
        assert probe.told(late)
        assert time.monotonic() - began < 60
        own_directory.modify(late, delete={"lkSend": None})
        own_directory.delete(late)
        other = own_directory.add_account("other", lkSend="invite")
        # Neither the end of the match nor of the entry was told in between.
        assert probe.event()["entry"]["dn"] == other
        probe.ask("unfollow")


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_after_a_restart_everything_is_told_again(own_directory, end):
    waiting = own_directory.add_account("waiting", lkSend="reset")
    with Probe(own_directory, **PATIENT, directory_poll_interval=1) as probe:
        assert probe.ask("follow", base=own_directory.suffix)["status"] == "ok"
        assert probe.told(waiting)
        assert probe.event("state")["connected"]
        getattr(own_directory, end)()
        lost = probe.event("state")
        assert not lost["connected"]
        assert lost["words"]
        own_directory.start()
        assert probe.told(waiting)
        assert probe.event("state")["connected"]
        late = own_directory.add_account("late", lkSend="invite")
        assert probe.told(late)
        assert probe.ask("unfollow")["milliseconds"] < AT_ONCE * 1000


@pytest.mark.parametrize("trouble", ["down", "hanging"])
def test_a_follower_without_a_server_stops_quickly(own_directory, trouble):
    with Probe(own_directory, **PATIENT) as probe:
        if trouble == "down":
            own_directory.stop()
        else:
            own_directory.pause()
        assert probe.ask("follow", base=own_directory.suffix)["status"] == "ok"
        if trouble == "down":
            assert not probe.event("state")["connected"]
        assert probe.ask("unfollow")["milliseconds"] < AT_ONCE * 1000
        if trouble == "hanging":
            own_directory.resume()


class PlainDirectory(Directory):
    """A server without RFC 4533."""

    def template(self, name):
        text = super().template(name)
        if name != "overlays.ldif":
            return text
        return "\n\n".join(part for part in text.split("\n\n") if "olcOverlay=syncprov" not in part) + "\n"


def test_following_falls_back_to_polling(tmp_path):
    with PlainDirectory(tmp_path / "directory") as directory:
        late = directory.add_account("late")
        with Probe(directory, **PATIENT, directory_follow="auto", directory_poll_interval=1) as probe:
            followed(probe, directory)
            directory.modify(late, add={"lkSend": "invite"})
            assert probe.told(late)
            assert probe.told(late)  # each look tells it again
            assert probe.ask("unfollow")["milliseconds"] < AT_ONCE * 1000
            assert probe.metric('latchkey_directory_operations_total{operation="poll",outcome="ok"}') >= 2
        with Probe(directory, **PATIENT, directory_follow="persist", directory_poll_interval=1) as probe:
            assert probe.ask("follow", base=directory.suffix)["status"] == "ok"
            refused = probe.event("state")
            assert not refused["connected"]
            assert "Critical extension is unavailable" in refused["words"]
            assert probe.ask("unfollow")["milliseconds"] < AT_ONCE * 1000


@pytest.mark.parametrize("how", ["persist", "poll"])
def test_following_many(own_directory, how):
    """More than one page, and more than slapd's usual limit of 500."""
    dns = {own_directory.add_account(f"many.{number:04}", lkSend="reset") for number in range(1203)}
    with Probe(own_directory, directory_follow=how, directory_poll_interval=60) as probe:
        assert probe.ask("follow", base=own_directory.suffix)["status"] == "ok"
        heard = []
        event = probe.event()
        while event["event"] == "told":
            heard.append(event["entry"]["dn"])
            event = probe.event()
        assert event["connected"]
        assert set(heard) == dns
        assert len(heard) == len(dns)
        probe.ask("unfollow")
