# SPDX-License-Identifier: Apache-2.0
"""kill -9, many times, at moments that chance chooses, while people ask, sysadmins invite and mail flows."""
import collections
import http.client
import threading
import time

import ldap
import pytest

from harness.daemon import Daemon
from parts.world import (SETTINGS, Person, account_dn, add_account, add_organization, add_profile, check_directory, digest_of,
                         messages_by_address, outbox, seed, token_of, tokens_on, wait_until_sent, was_redeemed)

KILLS = 45
LONGEST_LIFE = 0.5
ASKERS = 40      # each asks for links for two profiles of one address, and opens one of them as soon as it comes
INVITED = 80     # by ldapmodify; every fourth twice
CUT = (OSError, http.client.HTTPException)


class Crowd:
    """What people and sysadmins do meanwhile. They try again until they have been answered."""

    def __init__(self, daemon, directory, mail, random):
        self.daemon, self.directory, self.mail = daemon, directory, mail
        organizations = [add_organization(directory) for _ in range(8)]
        self.asked = {}  # account: (address, the two profiles)
        for i in range(ASKERS):
            first, address = add_profile(directory, organizations[i % 8])
            second = directory.add_profile(organizations[(i + 1) % 8], f"Pat second {i}", address)
            self.asked[add_account(directory)] = (address, (first, second))
        self.invited = dict(add_profile(directory, organizations[i % 8]) for i in range(INVITED))
        self.random = random
        self.answers, self.cut, self.odd = collections.Counter(), 0, []
        self.over = threading.Event()  # no more kills: hurry
        self.redeemed = {}
        self.threads = []

    def start(self, seconds):
        names = list(self.asked)
        for part in range(4):
            mine = names[part::4]
            self.threads.append(threading.Thread(target=self._guarded, args=(self._ask_all, mine, seconds / len(mine), part), daemon=True))
        self.threads.append(threading.Thread(target=self._guarded, args=(self._invite_all, seconds), daemon=True))
        for thread in self.threads:
            thread.start()

    def join(self, seconds):
        self.over.set()
        for thread in self.threads:
            thread.join(seconds)
            assert not thread.is_alive(), "people still wait"
        assert self.odd == [], self.odd[:3]

    def nap(self, most):
        self.over.wait(self.random.random() * most)

    def addresses(self):
        return set(self.invited.values()) | {address for address, _ in self.asked.values()}

    def _guarded(self, run, *arguments):
        try:
            run(*arguments)
        except BaseException as error:  # a thread's failure is the test's
            self.odd.append(repr(error))
            raise

    def _until_answered(self, what, run, good):
        """As a person does: an error page or no answer at all means to try again."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                answer = run()
            except CUT:
                self.cut += 1
                time.sleep(0.02)
                continue
            self.answers[what, answer.status] += 1
            if good(answer):
                return answer
            if answer.status != 503:
                self.odd.append((what, answer.status, answer.path))
            time.sleep(0.02)
        raise AssertionError(f"{what}: no good answer in a minute")

    def _signed_in(self, name):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                return Person(self.daemon, self.directory, name)
            except CUT:
                self.cut += 1
            except AssertionError:
                self.answers["sign in", "failed"] += 1
            time.sleep(0.02)
        raise AssertionError(f"{name} cannot sign in for a minute")

    def _ask_all(self, names, pace, part):
        for name in names:
            address, profiles = self.asked[name]
            person = self._signed_in(name)
            self._until_answered("ask", lambda: person.ask(address), lambda answer: answer.status == 303)
            if part % 2 == 0:
                token = self._link(address)
                self._until_answered("redeem", lambda: person.redeem(token), was_redeemed)
                self.redeemed[name] = token
            self.over.wait(pace)

    def _link(self, address):
        deadline = time.monotonic() + 60
        while not (messages := self.mail.to(address)):
            assert time.monotonic() < deadline, f"no message to {address}"
            time.sleep(0.02)
        return token_of(messages[-1])

    def _invite(self, dn):
        """As often as slapd needs."""
        deadline = time.monotonic() + 60
        while True:
            try:
                connection = self.directory.connect()
                self.directory.modify(dn, add={"lkSend": "invite"}, connection=connection)
                connection.unbind_s()
                return
            except ldap.TYPE_OR_VALUE_EXISTS:
                return  # the first has not even been claimed
            except (ldap.SERVER_DOWN, ldap.TIMEOUT, ldap.UNAVAILABLE, ldap.CONNECT_ERROR):
                assert time.monotonic() < deadline, "slapd stays away"
                time.sleep(0.02)

    def _invite_all(self, seconds):
        again = []
        for i, dn in enumerate(self.invited):
            self._invite(dn)
            if i % 4 == 0:
                again.append(dn)
            if i % 8 == 7:  # those that were asked for twice: while the first is on its way, or after
                for dn in again:
                    self._invite(dn)
                again.clear()
            self.over.wait(seconds / INVITED)


def slow_mail(mail, random):
    """Every stage takes up to 30 ms, so that chance finds each of them."""
    for stage in ("MAIL", "RCPT", "DATA", "ACCEPTED"):
        mail.script(stage, lambda about, count: random.random() * 0.03)


@pytest.fixture
def crowd(directory, mail, tmp_path):
    random = seed()
    slow_mail(mail, random)
    settings = {**SETTINGS, "courier.deliver_to": mail.url, "courier.workers": "8"}
    with Daemon(tmp_path / "daemon", directory, settings=settings) as daemon:
        yield Crowd(daemon, directory, mail, random)


def test_killed_at_random(crowd, directory, mail):
    """The daemon alone."""
    daemon, random = crowd.daemon, crowd.random
    begun, claims_left, died_at = time.monotonic(), 0, collections.Counter()
    crowd.start(seconds=KILLS * (LONGEST_LIFE / 2 + 0.1))
    for _ in range(KILLS):
        crowd.nap(LONGEST_LIFE)
        daemon.kill()
        claimed = [value for _, value in outbox(directory) if " claim=" in value]
        claims_left += len(claimed)
        died_at["with claims" if claimed else "without"] += 1
        daemon.start(wait=random.random() < 0.8)  # some die before they are ready
    daemon.wait_ready()
    crowd.join(180)
    wait_until_sent(directory)

    print(f"{KILLS} kills in {time.monotonic() - begun:.0f} s ({died_at['with claims']} with messages in hand, {claims_left} of them in all)")
    check_all(crowd)


# ---- everything dies

def kill_daemon(crowd):
    crowd.daemon.kill()
    crowd.daemon.start()


def kill_slapd(crowd):
    crowd.directory.kill()
    crowd.nap(1)
    crowd.directory.start()


def stop_slapd(crowd):
    crowd.directory.stop()
    crowd.nap(1)
    crowd.directory.start()


def hang_slapd(crowd):
    crowd.directory.pause()
    crowd.nap(4)
    crowd.directory.resume()


def stop_mail(crowd):
    crowd.mail.stop()
    crowd.nap(2)
    crowd.mail.start()


def kill_both(crowd):
    crowd.directory.kill()
    crowd.daemon.kill()
    crowd.daemon.start(wait=False)
    crowd.nap(0.5)
    crowd.directory.start()


def kill_daemon_while_slapd_hangs(crowd):
    crowd.directory.pause()
    crowd.nap(1)
    crowd.daemon.kill()
    crowd.daemon.start(wait=False)
    crowd.nap(1)
    crowd.directory.resume()


def kill_all(crowd):
    crowd.mail.stop()
    kill_both(crowd)
    crowd.mail.start()


BLOWS = [kill_daemon, kill_slapd, stop_slapd, hang_slapd, stop_mail, kill_both, kill_daemon_while_slapd_hangs, kill_all]


def test_everything_dies_at_random(crowd, directory, mail):
    """slapd and the mail server too: killed, stopped, hanging; alone and together."""
    begun, blows = time.monotonic(), BLOWS + crowd.random.sample(BLOWS, 4)
    crowd.random.shuffle(blows)
    crowd.start(seconds=15)
    for blow in blows:
        crowd.nap(1)
        blow(crowd)
    crowd.daemon.wait_ready()
    crowd.join(180)
    wait_until_sent(directory)
    print(f"{len(blows)} blows in {time.monotonic() - begun:.0f} s: {[blow.__name__ for blow in blows]}")
    check_all(crowd)


# ---- into a Maildir

def test_killed_at_random_with_a_maildir(directory, tmp_path):
    """No half-written message is ever in new/, and every link in it works."""
    random = seed()
    organization = add_organization(directory)
    profiles = dict(add_profile(directory, organization) for _ in range(60))
    over, kills = threading.Event(), 0

    def invite():
        connection = directory.connect()
        for dn in profiles:
            directory.modify(dn, add={"lkSend": "invite"}, connection=connection)
            over.wait(0.08)

    with Daemon(tmp_path / "daemon", directory, settings={**SETTINGS, "courier.workers": "8"}) as daemon:
        inviting = threading.Thread(target=invite, daemon=True)
        inviting.start()
        while inviting.is_alive():
            over.wait(random.random() * 0.2)
            daemon.kill()
            daemon.start()
            kills += 1
        wait_until_sent(directory)
    letters = daemon.mailbox.letters()
    for dn, address in profiles.items():
        [digest] = tokens_on(directory.read(dn))
        assert {digest_of(letter.token) for letter in letters if letter.to == address} == {digest}
    assert all(letter.html.rstrip().endswith("</html>") for letter in letters), "every message is whole"
    print(f"{kills} kills; {len(profiles)} messages wanted, {len(letters)} in the Maildir")


# ---- when it is over

def check_all(crowd):
    """Everything asked for has arrived; what lives, lives; and a sample of it works to the end."""
    directory, mail = crowd.directory, crowd.mail
    arrived = messages_by_address(mail)
    for dn, address in crowd.invited.items():
        assert address in arrived, f"the invite to {address} never came"
        assert tokens_on(directory.read(dn)), f"the invite to {address} is dead"
    for name, (address, profiles) in crowd.asked.items():
        assert len({token_of(message) for message in arrived[address]}) >= 2, f"{address} is on two profiles: a link for each"
        tied = [dn for dn in profiles if directory.values(dn, "lkAccountDN")]
        assert len(tied) == (name in crowd.redeemed), "exactly the profile whose link was opened is tied"
        assert all(directory.values(dn, "lkAccountDN") == [account_dn(directory, name)] for dn in tied)
    living, replaced = check_directory(directory, mail, directory.organizations, crowd.addresses())
    redeemed = 0
    person = Person(crowd.daemon, directory)
    for dn, address in crowd.random.sample(sorted(crowd.invited.items()), 15):
        tokens = tokens_on(directory.read(dn))
        token = next(t for t in map(token_of, arrived[address]) if digest_of(t) in tokens)
        assert was_redeemed(person.redeem(token))
        assert directory.values(dn, "lkAccountDN") == [person.dn]
        redeemed += 1
    links = {token_of(message) for message in mail.messages}
    print(f"{len(mail.messages)} messages with {len(links)} links, {living} of them live, {replaced} replaced by a newer one; "
          f"{len(crowd.redeemed) + redeemed} redeemed; {sum(crowd.answers.values())} requests answered {dict(crowd.answers)}, {crowd.cut} cut off")
