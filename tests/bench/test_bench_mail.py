# SPDX-License-Identifier: Apache-2.0
"""Messages per second beside libcurl alone, to the same mail server with as many connections; and what people at the pages
notice of a rush of them. And how long it takes from an ldapmodify's success until a message is handed over."""
import statistics
import time

import ldap
import pytest

from figures import ROUNDS, http_request, report, run, write_requests
from harness.client import Client
from harness.daemon import Daemon
from harness.directory import Directory
from harness.mail import MailServer

PASSWORD = "violet-anvil-9-teacup"
WORKERS = 8
EACH = 1500


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A directory with its usual durability, an organisation with EACH people, and the daemon not yet started."""
    folder = tmp_path_factory.mktemp("mail")
    with Directory(folder / "directory", waits_for_disk=True) as directory, MailServer() as mail:
        organization = directory.add_organization("Bench Mail", plans=["support until=20991231235959Z"])
        people = [directory.add_profile(organization, f"Pat {i}", f"pat-{i}@bench.example") for i in range(EACH)]
        daemon = Daemon(folder / "daemon", directory, settings={
            "courier.deliver_to": mail.url, "courier.workers": str(WORKERS), "courier.lease": "60s", "courier.timeout": "30s"})
        yield directory, mail, daemon, people


def ask_for_all(directory, people):
    """`lkSend: invite` for everybody, as quickly as slapd takes it."""
    connection = directory.connect()
    pending = [connection.modify(dn, [(ldap.MOD_ADD, "lkSend", b"invite")]) for dn in people]
    for message in pending:
        connection.result(message)
    connection.unbind_s()


def rate(messages):
    arrived = sorted(message.arrived for message in messages)
    return (len(arrived) - 1) / (arrived[-1] - arrived[0])


def one_rush(world):
    """Starts the daemon when everybody waits already; the messages."""
    directory, mail, daemon, people = world
    ask_for_all(directory, people)
    mail.messages.clear()
    with daemon:
        messages = mail.wait_for(EACH, 300)
        directory.wait_until_all_is_sent()
    return messages


def one_bare_rush(world, path):
    mail = world[1]
    mail.messages.clear()
    done = run("smtp_load", mail.url, WORKERS, EACH, path)
    assert done["failed"] == 0
    return mail.wait_for(EACH)


def test_messages_per_second(world, tmp_path):
    ours, bare = [], []
    (tmp_path / "message").write_bytes(one_rush(world)[0].content)
    for _ in range(ROUNDS):
        ours.append(rate(one_rush(world)))
        bare.append(rate(one_bare_rush(world, tmp_path / "message")))
    report("messages / libcurl alone to the same server", statistics.median(a / b for a, b in zip(ours, bare)), 0.5,
           ours_per_second=[round(r) for r in ours], bare_per_second=[round(r) for r in bare])


def latency(port, file):
    """Milliseconds of half the pages, got one after the other for two seconds. Not from here: the mail server is a thread of this process."""
    done = run("http_load", port, 1, file, 2)
    assert set(done["statuses"]) == {"200"}, done
    return done["p50_ms"]


def test_pages_during_a_rush(world, tmp_path):
    directory, mail, daemon, people = world
    idle, busy = [], []
    with daemon:
        client = Client(daemon.url)
        client.sign_up("reader", PASSWORD)
        file = write_requests(tmp_path / "page", [http_request("GET", "/associate", daemon.port, client.cookies)])
        for _ in range(ROUNDS):
            idle.append(latency(daemon.port, file))
            mail.messages.clear()
            ask_for_all(directory, people)
            mail.wait_for(1)
            busy.append(latency(daemon.port, file))
            assert len(mail.messages) < EACH, "the rush was over before the pages were"
            mail.wait_for(EACH, 300)
            directory.wait_until_all_is_sent()
    report("a page during a rush of messages / in quiet", statistics.median(b / i for b, i in zip(busy, idle)), 2, better="most",
           busy_ms=busy, idle_ms=idle)


# ---- from a tool's success to the mail server's

SINGLE = 200
POLL = 2


def hand_over(world, count):
    """Milliseconds from the success of each Modify to the mail server's having the message; one after the other."""
    directory, mail, _, people = world
    found = []
    for dn in people[:count]:
        mail.messages.clear()
        directory.modify(dn, add={"lkSend": "invite"})
        done = time.monotonic()
        found.append((mail.wait_for(1)[0].arrived - done) * 1000)
    directory.wait_until_all_is_sent()
    return found


def test_hand_over(world):
    daemon = world[2]
    with daemon:
        took = hand_over(world, SINGLE)
    report("from ldapmodify to the mail server, median", statistics.median(took), 50, " ms", better="most",
           ninth_of_ten=round(statistics.quantiles(took, n=10)[8], 1), longest=round(max(took), 1))


def test_hand_over_by_polling(world):
    daemon = world[2]
    daemon.set(directory_follow="poll", directory_poll_interval=f"{POLL}s")
    with daemon:
        took = hand_over(world, 10)
    daemon.set(directory_follow="auto")
    report("the same where the directory is polled every 2 s", statistics.median(took), POLL * 1000, " ms", better="most",
           longest=round(max(took), 1))
