# SPDX-License-Identifier: Apache-2.0
"""Two daemons beside one directory: each message is sent by one of them; when one dies the other takes over."""
import collections
import datetime
import re
import signal
import threading
import time

import pytest

from harness import ldap_proxy
from harness.daemon import Daemon
from harness.ldap_proxy import AFTER, LdapProxy
from parts.world import (LEASE, PATIENT, SETTINGS, Person, add_organization, add_profile, check_directory, digest_of, seed, token_of, tokens_on, wait_until_sent,
                         was_redeemed)


def make_pair(tmp_path, directory, mail, uri=None, **more):
    """Not started. The second shares the first's key ring and answers for the same URL."""
    settings = {**SETTINGS, "courier.deliver_to": mail.url, "links.key_ring": str(tmp_path / "keys"), **more}
    first = Daemon(tmp_path / "first", directory, settings={**settings, **({"directory.uri": uri} if uri else {})})
    return first, Daemon(tmp_path / "second", directory, settings=settings)


@pytest.fixture
def pair(tmp_path, directory, mail):
    first, second = make_pair(tmp_path, directory, mail, **{"courier.workers": "8"})
    with first, second:
        yield first, second


@pytest.fixture
def patient_pair(tmp_path, directory, mail):
    first, second = make_pair(tmp_path, directory, mail, **PATIENT, **{"courier.workers": "8"})
    with first, second:
        yield first, second


def sent_by(daemon):
    return daemon.log().count("event=message kind=invite outcome=sent") + daemon.log().count("event=message kind=associate outcome=sent")


def test_each_message_is_sent_once(patient_pair, directory, mail):
    """Nobody dies: 200 invites and 40 questions of people at either daemon."""
    organization = add_organization(directory)
    invited = [add_profile(directory, organization) for _ in range(200)]
    asked = [add_profile(directory, organization) for _ in range(40)]
    people = [Person(daemon, directory) for daemon in patient_pair for _ in range(2)]
    threads = [threading.Thread(target=lambda person=person, part=part: [person.ask(address) for _, address in asked[part::4]], daemon=True)
               for part, person in enumerate(people)]
    for thread in threads:
        thread.start()
    for dn, _ in invited:
        directory.modify(dn, add={"lkSend": "invite"})
    for thread in threads:
        thread.join(120)
    wait_until_sent(directory)
    counts = collections.Counter(message.envelope_to[0] for message in mail.messages)
    assert set(counts) == {address for _, address in invited + asked}
    assert set(counts.values()) == {1}, [item for item in counts.most_common(5) if item[1] > 1]
    assert check_directory(directory, mail, organization) == (240, 0)
    shares = [sent_by(daemon) for daemon in patient_pair]
    assert sum(shares) == 240 and min(shares) > 0, shares
    print(f"240 messages, once each: {shares[0]} by one daemon, {shares[1]} by the other")


def test_a_link_of_one_works_at_the_other(pair, directory, mail):
    """And so does the session."""
    dn, address = add_profile(directory)
    person = Person(pair[0], directory)
    assert person.ask(address).status == 303
    token = token_of(mail.wait_for(1)[0])
    person.url = person.url._replace(netloc=f"127.0.0.1:{pair[1].port}")
    assert was_redeemed(person.redeem(token))
    assert directory.values(dn, "lkAccountDN") == [person.dn]


def end_of_claim(directory, dn):
    """Seconds since 1970."""
    [value] = directory.values(dn, "lkSend")
    until = re.search(r" until=(\d{14})Z", value)[1]
    return datetime.datetime.strptime(until + "+0000", "%Y%m%d%H%M%S%z").timestamp()


STEPS = {
    "claimed, not yet sent": lambda dn: ldap_proxy.claims(dn, "invite"),
    "sent, not yet cleared": lambda dn: ldap_proxy.ends(dn, "invite"),
}


@pytest.mark.parametrize("step", STEPS)
def test_the_other_takes_over_after_the_lease(directory, mail, tmp_path, step):
    """One dies with the claim in hand. The other leaves the message alone until the lease is over, then sends the same link."""
    with LdapProxy(directory) as proxy:
        first, second = make_pair(tmp_path, directory, mail, proxy.uri)
        dn, address = add_profile(directory)
        first.start()
        hold = proxy.hold(STEPS[step](dn), AFTER if step.startswith("claimed") else ldap_proxy.BEFORE)
        directory.modify(dn, add={"lkSend": "invite"})
        hold.wait()
        with second:
            before = len(mail.messages)
            first.kill()
            hold.drop()
            died = time.monotonic()
            until = end_of_claim(directory, dn)
            [digest] = tokens_on(directory.read(dn))
            mail.wait_for(before + 1)
            took = time.monotonic() - died
            assert time.time() >= until, "the claim of the dead had not run out"
            wait_until_sent(directory)
            assert len({token_of(message) for message in mail.to(address)}) == 1 and digest_of(token_of(mail.messages[0])) == digest
            assert len(mail.to(address)) == before + 1
            person = Person(second, directory)
            assert was_redeemed(person.redeem(token_of(mail.messages[0])))
    print(f"taken over {took:.1f} s after the death (lease {LEASE} s)")


def test_one_sleeps_through_its_lease(directory, mail, tmp_path):
    """As a virtual machine does that is moved: it has claimed, is stopped, and goes on when the other has sent the message long since.
    Its own copy carries the same link; its claim is gone, and it changes nothing."""
    with LdapProxy(directory) as proxy:
        first, second = make_pair(tmp_path, directory, mail, proxy.uri)
        dn, address = add_profile(directory)
        first.start()
        hold = proxy.hold(ldap_proxy.claims(dn, "invite"), AFTER)
        directory.modify(dn, add={"lkSend": "invite"})
        hold.wait()
        first.process.send_signal(signal.SIGSTOP)
        hold.release()
        with second:
            mail.wait_for(1)
            wait_until_sent(directory)
            noted = directory.values(dn, "lkSent")
            first.process.send_signal(signal.SIGCONT)
            first.wait_log(lambda log: "event=message kind=invite" in log)
            first.stop()
            assert len({token_of(message) for message in mail.to(address)}) == 1
            entry = directory.read(dn)
            assert entry["lkSent"] == noted and "lkSend" not in entry and len(tokens_on(entry)) == 1
            assert was_redeemed(Person(second, directory).redeem(token_of(mail.messages[0])))


def test_a_live_claim_is_left_alone(directory, mail, tmp_path):
    """The first is slow, not dead: the mail server holds its 250 for a time that is shorter than the lease. Nobody interferes."""
    first, second = make_pair(tmp_path, directory, mail, **PATIENT)
    mail.script("ACCEPTED", lambda about, count: 0.7)
    organization = add_organization(directory)
    profiles = [add_profile(directory, organization) for _ in range(12)]
    with first, second:
        for dn, _ in profiles:
            directory.modify(dn, add={"lkSend": "invite"})
        wait_until_sent(directory)
    counts = collections.Counter(message.envelope_to[0] for message in mail.messages)
    assert set(counts) == {address for _, address in profiles} and set(counts.values()) == {1}, counts


def test_one_of_two_is_killed_again_and_again(pair, directory, mail):
    """Each in turn, at random moments; the other always goes on. All arrives, and nothing mailed is dead."""
    random = seed()
    for stage in ("MAIL", "DATA", "ACCEPTED"):
        mail.script(stage, lambda about, count: random.random() * 0.03)
    organization = add_organization(directory)
    profiles = [add_profile(directory, organization) for _ in range(90)]
    over = threading.Event()

    def invite():
        connection = directory.connect()
        for dn, _ in profiles:
            directory.modify(dn, add={"lkSend": "invite"}, connection=connection)
            over.wait(0.05)

    inviting = threading.Thread(target=invite, daemon=True)
    inviting.start()
    kills = 0
    while inviting.is_alive():
        over.wait(random.random() * 0.5)
        victim = pair[kills % 2]
        victim.kill()
        victim.start(wait=random.random() < 0.5)
        kills += 1
    for daemon in pair:
        daemon.wait_ready()
    wait_until_sent(directory)
    assert {address for _, address in profiles} <= {message.envelope_to[0] for message in mail.messages}
    living, _ = check_directory(directory, mail, organization)
    assert living == len(profiles)
    print(f"{kills} kills of one of two; {len(profiles)} messages wanted, {len(mail.messages)} sent")


def test_first_start_of_two_at_once_makes_one_key_ring(directory, mail, tmp_path):
    """Ten times: neither exists yet, both daemons start in the same instant; a link of either works at the other."""
    dn, address = add_profile(directory)
    for turn in range(10):
        folder = tmp_path / str(turn)
        folder.mkdir()
        first, second = make_pair(folder, directory, mail)
        try:
            first.start(wait=False)
            second.start(wait=False)
            first.wait_ready()
            second.wait_ready()
            person = Person(first, directory)
            person.url = person.url._replace(netloc=f"127.0.0.1:{second.port}")
            assert person.get("/associate").path == "/associate", "the session of one is none at the other"
        finally:
            for daemon in (first, second):
                if daemon.process is not None and daemon.process.poll() is None:
                    daemon.kill()
