# SPDX-License-Identifier: Apache-2.0
"""What the daemon costs beside the bare thing, on the same machine in the same minutes.

`./check bench` prints a table, and one JSON line for each figure (figures.py).
"""
import contextlib
import socket
import statistics
import subprocess
import time

import pytest

from figures import PROGRAMS, ROUNDS, http_request, report, report_ratio, run, write_requests
from harness.client import Client
from harness.daemon import Daemon, free_port
from harness.directory import Directory
from harness.links import KeyRing

PASSWORD = "violet-anvil-9-teacup"
CONCURRENCY = 16
HTTP_THREADS = 1  # as the daemon has without TLS
# Many short ones: on a machine that others use, one slow second must not decide a ratio.
SHORT_ROUNDS = 3 * ROUNDS


@contextlib.contextmanager
def settled(directory, daemon):
    """Runs the daemon; what it does by itself at its start, the decoy's new password, is over and is not counted as anybody's."""
    decoy = directory.values(directory.decoy_dn, "userPassword")
    with daemon:
        directory.wait_for(lambda: directory.values(directory.decoy_dn, "userPassword") != decoy, what="the decoy's new password")
        yield


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A directory with its usual durability and the parameters of a real installation."""
    folder = tmp_path_factory.mktemp("bench")
    with Directory(folder / "directory", waits_for_disk=True) as directory:
        daemon = Daemon(folder / "daemon", directory, settings={
            "accounts.argon2_memory": "19m", "accounts.argon2_passes": "2", "accounts.hashes_at_once": "8",
            "server.workers": str(CONCURRENCY), "log.level": "info"})
        with settled(directory, daemon):
            yield directory, daemon, folder


# ---- redemption

@pytest.fixture(scope="module")
def people(world):
    """Signed-in accounts: (client, csrf)."""
    directory, daemon, _ = world
    found = []
    for i in range(CONCURRENCY):
        client = Client(daemon.url)
        assert client.sign_up(f"redeemer-{i}", PASSWORD).path == "/associate"
        found.append((client, client.get("/associate").form("/associate").fields["csrf"]))
    return found


def make_links(directory, ring, organization, count, name):
    """Profiles with a live invite each: [(dn, token, lkToken value)]."""
    found = []
    for i in range(count):
        mail = f"{name}-{i}@bench.example"
        token, value = ring.link("invite", mail, int(time.time()) + 86400)
        dn = directory.add_profile(organization, f"{name} {i}", mail, lkToken=value)
        found.append((dn, token, value))
    return found


def test_redemption(world, people):
    directory, daemon, folder = world
    ring = KeyRing(daemon.folder / "keys")
    organization = directory.add_organization("Bench", plans=["support until=20991231235959Z"])
    account = f"uid=redeemer-0,{directory.accounts}"
    ours, bare = [], []
    each = 320
    for round_number in range(SHORT_ROUNDS):
        links = make_links(directory, ring, organization, each, f"ours-{round_number}")
        requests = [http_request("POST", "/t", daemon.port, people[i % CONCURRENCY][0].cookies,
                                 {"csrf": people[i % CONCURRENCY][1], "token": token})
                    for i, (_, token, _) in enumerate(links)]
        others = make_links(directory, ring, organization, each, f"bare-{round_number}")
        plan = folder / "modifies"
        plan.write_text("".join(f"redeem\t{dn}\t{value}\t{account}\n" for dn, _, value in others))
        done = run("http_load", daemon.port, CONCURRENCY, write_requests(folder / "redeem", requests))
        assert done["statuses"] == {"303": each}, done
        ours.append(done["per_second"])
        done = run("ldap_load", directory.ldapi_uri, CONCURRENCY, plan)
        assert done["failed"] == 0
        bare.append(done["per_second"])
        tied = directory.search("(&(objectClass=lkProfile)(lkAccountDN=*)(!(lkToken=*)))", base=organization, attributes=("1.1",))
        assert len(tied) == 2 * each * (round_number + 1), "every one of them was carried out"
    report_ratio("redemption / the same Modify through libldap", ours, bare, 0.85)


# ---- dead links

@pytest.fixture(scope="module")
def hello():
    """The port of the bare server."""
    port = free_port()
    process = subprocess.Popen([PROGRAMS / "hello", str(port), str(HTTP_THREADS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"ready\n"
        yield port
    finally:
        process.stdin.close()
        process.wait(30)


@pytest.mark.parametrize("kind, status", [("garbage", "404"), ("forged", "404"), ("expired", "410")])
def test_dead_link(world, hello, kind, status):
    directory, daemon, folder = world
    live, _ = KeyRing(daemon.folder / "keys").link("invite", "a@b.example", int(time.time()) + 86400)
    expired, _ = KeyRing(daemon.folder / "keys").link("invite", "a@b.example", int(time.time()) - 60)
    token = {"garbage": "A" * 40, "forged": live[:-1] + ("A" if live[-1] != "A" else "B"), "expired": expired}[kind]
    bare_file = write_requests(folder / "hello", [http_request("GET", "/", hello)])
    file = write_requests(folder / kind, [http_request("GET", "/t/" + token, daemon.port)])
    before = directory.operations()
    ours, bare = [], []
    for _ in range(SHORT_ROUNDS):
        done = run("http_load", daemon.port, CONCURRENCY, file, 0.4)
        assert set(done["statuses"]) == {status}, done
        ours.append(done["per_second"])
        bare.append(run("http_load", hello, CONCURRENCY, bare_file, 0.4)["per_second"])
    after = directory.operations()
    asked = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert asked == {}, f"a {kind} link asked the directory: {asked}"
    report_ratio(f"{kind} link / bare libmicrohttpd hello", ours, bare, 0.8, ldap_operations=0)


# ---- signing in

def test_sign_in(world):
    directory, daemon, folder = world
    # As many people as requests: nobody signs in twice at the same moment. And enough of them that a round's last ones, which have
    # a processor for themselves, do not count.
    names = [f"signer-{i}" for i in range(96)]
    for name in names:
        assert Client(daemon.url).sign_up(name, PASSWORD).path == "/associate"
    csrf = Client(daemon.url).get("/signin").form("/signin").fields["csrf"]
    requests = [http_request("POST", "/signin", daemon.port, None, {"csrf": csrf, "name": name, "password": PASSWORD})
                for name in names]
    file = write_requests(folder / "signin", requests)
    plan = folder / "binds"
    plan.write_text("".join(f"bind\tuid={name},{directory.accounts}\t{PASSWORD}\n" for name in names))
    ours, bare = [], []
    for _ in range(SHORT_ROUNDS):
        done = run("http_load", daemon.port, 8, file)
        assert done["statuses"] == {"303": len(names)}, done
        ours.append(done["per_second"])
        done = run("ldap_load", directory.ldapi_uri, 8, plan)
        assert done["failed"] == 0
        bare.append(done["per_second"])
    report_ratio("sign-in / raw simple bind with the same hash", ours, bare, 0.9)


# ---- memory and start

def test_memory_and_start(world, tmp_path):
    directory, _, _ = world
    started = []
    daemon = Daemon(tmp_path / "fresh", directory)
    daemon.start()
    daemon.stop()
    for _ in range(ROUNDS):
        daemon.log_path.unlink()
        daemon.start()
        daemon.wait_log(lambda log: "event=ready" in log)
        line = [line for line in daemon.log().splitlines() if "event=ready" in line][-1]
        started.append(float(line.rpartition(" ms=")[2].split()[0]))
        daemon.stop()
    with settled(directory, daemon):
        idle = daemon.resident() / 2**20
        sockets = []
        for _ in range(1000):
            connection = socket.create_connection(("127.0.0.1", daemon.port))
            connection.sendall(http_request("GET", "/signed-out", daemon.port))
            sockets.append(connection)
        for connection in sockets:
            connection.settimeout(30)
            answer = connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200"), answer[:100]
        assert daemon.probe("/healthz") == 200
        busy = daemon.resident() / 2**20
        for connection in sockets:
            connection.close()
    report("resident memory, idle", idle, 16, " MiB", "most")
    report("resident memory, 1,000 keep-alive connections", busy, 48, " MiB", "most")
    report("start to ready, directory up", statistics.median(started), 100, " ms", "most", all=started)
