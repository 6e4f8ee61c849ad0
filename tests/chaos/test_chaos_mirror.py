# SPDX-License-Identifier: Apache-2.0
"""More than one machine: two providers in mirror mode, HAProxy before them, two daemons, each in a network namespace of its own, with
cables between them. While people on both sides redeem the same links at the same time, sign in, and messages flow, each cable is cut
and each process is killed in turn. Nothing that was acknowledged is lost, no link is redeemed twice, each message arrives, one
provider at a time takes the writes, and everybody recovers without help."""
import collections
import queue
import threading
import time

import ldap
import pytest
from ldap.controls.readentry import PreReadControl

from harness.client import Client
from harness.mailbox import LINK, Letter
from parts.load import CUT
from parts.mirror import CABLES, Mirror, running
from parts.world import (PASSWORD, Person, account_dn, add_account, add_organization, digest_of, purpose_and_account,
                         was_redeemed)

INVITE = 2  # the purpose, as it stands in a link (src/tokens/link.h)
PAIRS = 3
SIGNERS = 24
CUT_SECONDS = 7.0  # longer than HAProxy takes to find a provider out: three checks of a second
RECOVERY = 60.0


@pytest.fixture(scope="module")
def mirror(tmp_path_factory):
    with running(Mirror, tmp_path_factory) as ready:
        yield ready


class Ledger:
    """What people were told."""

    def __init__(self):
        self.lock = threading.Lock()
        self.invited, self.redeemed, self.signed_in = [], collections.defaultdict(list), collections.Counter()
        self.unheard = set()  # lkToken values: redeemed at a provider that died before it had told the other
        self.unknown, self.last_good = collections.Counter(), collections.Counter()

    def note(self, side, kind, is_good):
        with self.lock:
            if is_good:
                self.last_good[side, kind] = time.monotonic()
            else:
                self.unknown[side, kind] += 1


def is_invite(letter):
    found = LINK.search(letter.text)
    return found is not None and purpose_and_account(found[1])[0] == INVITE


class Crowd:
    """with Crowd(mirror) as crowd: people who never stop."""

    def __init__(self, mirror):
        self.mirror, self.ledger = mirror, Ledger()
        self.one = mirror.providers["one"]
        self.stopping, self.threads = threading.Event(), []
        self.dealing, self.dealt = threading.Lock(), set()  # who holds the first keeps letters back; the files of letters
        self.organization = add_organization(self.one)
        self.signers = {side: [add_account(self.one) for _ in range(SIGNERS)] for side in mirror.daemons}
        self.tasks = []
        for number in range(PAIRS):
            pair = {side: queue.SimpleQueue() for side in mirror.daemons}
            self.tasks.append(pair)

    def _go(self, side, work, *arguments):
        def run():
            with self.mirror.network.inside(side):
                work(side, *arguments)
        self.threads.append(threading.Thread(target=run, daemon=True))

    # ---- those who invite: a sysadmin on either side

    def _invite(self, side):
        connection, number = None, 0
        while not self.stopping.wait(0.4):
            number += 1
            connection = self._invite_one(side, connection, f"{side}-{number}")

    def _invite_one(self, side, connection, name):
        """A profile and its message in one Add, tried until it is known to be done; one that is there already is."""
        address = f"{name}@customer.example"
        while not self.stopping.is_set():
            try:
                connection = connection or self.mirror.connect(side)
                self.one.add_profile(self.organization, f"Pat {name}", address, connection=connection, lkSend="invite")
            except ldap.ALREADY_EXISTS:
                pass
            except ldap.LDAPError:
                connection = None
                self.ledger.note(side, "invite", False)
                self.stopping.wait(0.2)
                continue
            self.ledger.note(side, "invite", True)
            self.ledger.invited.append(address)
            return connection
        return connection

    # ---- those who redeem: two for each link, one on either side, at the same time

    def _deal(self):
        """New invites, to one pair after the other; a letter that comes twice, to another pair, who find it redeemed. (Letters that tell of
        what has been redeemed hold a link that undoes it.)"""
        number = 0
        while not self.stopping.wait(0.05):
            with self.dealing:
                for file, letter in self._come():
                    self.dealt.add(file)
                    if not is_invite(letter):
                        continue
                    for tasks in self.tasks[number % PAIRS].values():
                        tasks.put((letter.to, letter.token))
                    number += 1

    def _come(self):
        """[(file, letter)] that have not been dealt."""
        folder = self.mirror.folder / "mail" / "new"
        return [(file, Letter(file.read_bytes())) for file in set(folder.glob("*")) - self.dealt] if folder.exists() else []

    def letter_kept_back(self):
        """While `dealing` is held: an invite that nobody has opened."""
        return self.one.wait_for(lambda: next((letter for _, letter in self._come() if is_invite(letter)), None), RECOVERY, "an invite")

    def _signed_in(self, side):
        """As soon as that can be. None: it is over."""
        while not self.stopping.wait(0.2):
            try:
                return Person(self.mirror.daemons[side], self.one)
            except (*CUT, AssertionError):  # 503
                pass
        return None

    def _redeem(self, side, tasks):
        person = self._signed_in(side)
        while person is not None:
            try:
                address, token = tasks.get(timeout=0.1)
            except queue.Empty:
                if self.stopping.is_set():
                    return
                continue
            self._redeem_one(side, person, address, token)

    def _redeem_one(self, side, person, address, token):
        """Tries until there is a word: redeemed, or not to be redeemed any more."""
        while not self.stopping.is_set():
            try:
                answer = person.redeem(token)
            except CUT:
                answer = None
            if answer is None or answer.status >= 500:
                self.ledger.note(side, "redeem", False)
                self.stopping.wait(0.2)
                continue
            self.ledger.note(side, "redeem", True)
            if was_redeemed(answer):
                with self.ledger.lock:
                    self.ledger.redeemed[address].append((token, person.dn))
            return

    # ---- those who sign in

    def _sign_in(self, side):
        number = 0
        while not self.stopping.wait(0.4):
            name = self.signers[side][number % SIGNERS]
            number += 1
            try:
                page = Client(self.mirror.daemons[side].url).sign_in(name, PASSWORD)
                is_good = page.status == 200 and not page.path.startswith("/signin")
            except (*CUT, AssertionError):  # a page without the form: 503
                is_good = False
            self.ledger.note(side, "sign in", is_good)
            if is_good:
                with self.ledger.lock:
                    self.ledger.signed_in[name] += 1

    # ----

    def __enter__(self):
        for side in self.mirror.daemons:
            self._go(side, self._invite)
            self._go(side, self._sign_in)
            for pair in self.tasks:
                self._go(side, self._redeem, pair[side])
        self.threads.append(threading.Thread(target=self._deal, daemon=True))
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(40)
        assert not any(thread.is_alive() for thread in self.threads), "somebody hangs"

    def wait_until_well(self, sides=("left", "right"), seconds=RECOVERY):
        """Until on these sides everything has been done since now. How long that took."""
        begun = time.monotonic()
        while True:
            since = self.ledger.last_good
            late = [(side, kind) for side in sides for kind in ("invite", "redeem", "sign in") if since[side, kind] < begun]
            if not late and all(self.mirror.daemons[side].probe("/readyz") == 200 for side in sides):
                return time.monotonic() - begun
            assert time.monotonic() < begun + seconds, f"after {seconds} s still not well: {late}"
            time.sleep(0.02)


# ---- what happens to them

def cut(mirror, crowd, cable):
    """A cable between the servers: everybody goes on while it is cut."""
    mirror.cables[cable].cut()
    begun = time.monotonic()
    try:
        if not set(cable) & set(mirror.daemons):
            crowd.wait_until_well()
            print(f"  while it is cut: well after {time.monotonic() - begun:.1f} s")
        time.sleep(max(0.0, begun + CUT_SECONDS - time.monotonic()))
    finally:
        mirror.cables[cable].heal()


def kill_provider(mirror, crowd, name):
    mirror.providers[name].kill()
    come_back(mirror, crowd, name)


def come_back(mirror, crowd, name, meanwhile=lambda: None):
    """When the other has the work. What it had acknowledged and not yet told may be done once more meanwhile (docs/replication.md, "The
    last milliseconds"): its log says what that is."""
    provider, other = mirror.providers[name], mirror.providers["two" if name == "one" else "one"]
    try:
        crowd.wait_until_well()
        heard = other.last_of(provider)
        meanwhile()
    finally:
        provider.start()
    crowd.ledger.unheard |= mirror.spent(name, heard)
    if mirror.look_after(name):
        print(f"  a change was under way at {name}: filled anew")


def kill_unheard_provider(mirror, crowd):
    """The power of the provider with the work fails when it has acknowledged what the other cannot have heard of, for the cable between
    them was cut. A link that it had spent is opened once more meanwhile."""
    name, cable = mirror.balancer.chosen(), mirror.cables["one", "two"]
    provider = mirror.providers[name]
    with crowd.dealing:
        letter = crowd.letter_kept_back()
        mirror.wait_in_step()  # both know the link
        cable.cut()
    try:
        told = crowd.ledger.redeemed[letter.to]
        provider.wait_for(lambda: told, RECOVERY, "somebody to redeem the link")
    finally:
        provider.kill()
        mirror.network.forget(name)
        cable.heal()

    def open_once_more():
        with mirror.network.inside("left"):
            person = Person(mirror.daemons["left"], provider, crowd.signers["left"][0])
            if was_redeemed(person.redeem(letter.token)):
                with crowd.ledger.lock:
                    told.append((letter.token, person.dn))
        # One of the pair may have done it before: his answer was lost, and he tried again.
        provider.wait_for(lambda: len({who for _, who in told}) > 1, RECOVERY, "a second one to redeem the link")

    come_back(mirror, crowd, name, open_once_more)


def kill_daemon(mirror, crowd, name):
    mirror.daemons[name].kill()
    mirror.daemons[name].start(wait=False)


def kill_balancer(mirror, crowd):
    """It starts again when the providers are in step: the one that it chooses then may not be the one that it has forgotten."""
    mirror.balancer.kill()
    mirror.wait_in_step()
    mirror.balancer.start()


def go_back(mirror, crowd):
    """What a sysadmin does who wants the first provider to have the work again."""
    balancer, former = mirror.balancer, mirror.balancer.chosen()
    balancer.command("disable frontend ldaps")
    balancer.command(f"shutdown sessions server ldaps/{former}")
    mirror.wait_in_step()
    balancer.command(f"set server ldaps/{former} state maint")
    balancer.command("enable frontend ldaps")
    crowd.wait_until_well()
    assert balancer.chosen() != former
    balancer.command(f"set server ldaps/{former} state ready")


STEPS = [
    *((f"the cable {a} - {b} is cut", cut, ((a, b),)) for a, b in CABLES),
    ("provider one is killed", kill_provider, ("one",)),
    ("provider two is killed", kill_provider, ("two",)),
    ("the provider with the work dies unheard", kill_unheard_provider, ()),
    ("the other one, which has the work now, dies unheard", kill_unheard_provider, ()),
    ("daemon left is killed", kill_daemon, ("left",)),
    ("daemon right is killed", kill_daemon, ("right",)),
    ("a sysadmin goes back to the other provider", go_back, ()),
    ("the balancer is killed", kill_balancer, ()),  # it has forgotten the choice, and takes the first
]


def test_cables_are_cut_and_processes_killed(mirror):
    one, two = mirror.providers["one"], mirror.providers["two"]
    writers = ["one"]
    with Crowd(mirror) as crowd:
        crowd.wait_until_well()
        mirror.wait_in_step()
        begun = mirror.last_change()
        for words, happen, arguments in STEPS:
            happen(mirror, crowd, *arguments)
            took = crowd.wait_until_well()
            chosen = mirror.balancer.chosen()
            if chosen != writers[-1]:
                writers.append(chosen)
            in_step = mirror.wait_in_step()
            mirror.wait_until_up()
            print(f"{words}: well {took:.1f} s later, in step {in_step:.1f} s after that; writes go to {chosen}")
    for provider in (one, two):
        provider.wait_until_all_is_sent()
    mirror.wait_in_step()
    check_ledger(mirror, crowd)
    one.wait_for(lambda: one.everything() == two.everything(), 60, "both to hold the same")
    assert mirror.unlike() == []
    order = [provider for csn, provider in mirror.changes_in_order() if csn > begun]
    taken = [provider for provider, former in zip(order, [None, *order]) if provider != former]
    assert taken == writers, "one provider at a time takes the writes"
    print(f"{len(order)} changes; the writes went to {' then '.join(taken)}")


def check_ledger(mirror, crowd):
    ledger = crowd.ledger
    links = collections.defaultdict(set)  # whom it has tied a profile to; who clicks again is told so again
    for redeemed in ledger.redeemed.values():
        for token, who in redeemed:
            links[token].add(who)
    unheard = {token for token in links if any(f" digest={digest_of(token)} " in value for value in ledger.unheard)}
    twice = [token for token, people in links.items() if len(people) > 1 and token not in unheard]
    assert not twice, f"{len(twice)} of {len(links)} links were redeemed twice"
    arrived = {Letter(file.read_bytes()).to for file in (mirror.folder / "mail" / "new").glob("*") if is_invite(Letter(file.read_bytes()))}
    missing = [address for address in ledger.invited if address not in arrived]
    assert not missing, f"{len(missing)} messages never came: {missing[:3]}"
    for provider in mirror.providers.values():
        tied = {entry["mail"][0]: entry.get("lkAccountDN", [None])[0] for _, entry in provider.search("(objectClass=lkProfile)", attributes=["mail", "lkAccountDN"])}
        assert set(ledger.invited) <= set(tied), "added, and lost"
        lost = {address: who for address, who in ledger.redeemed.items() if tied[address] != who[-1][1]}
        assert not lost, f"acknowledged, and lost: {lost}"
        sessions = {entry["uid"][0]: len(entry.get("lkSession", ())) for _, entry in provider.search("(objectClass=lkAccount)", attributes=["uid", "lkSession"]) if "uid" in entry}
        lost = {name: count for name, count in ledger.signed_in.items() if sessions[name] < count}
        assert not lost, f"signed in, and forgotten: {lost}"
    print(f"{len(ledger.invited)} invited, {len(links)} links redeemed by one of two, {sum(ledger.signed_in.values())} sign-ins; "
          f"{len(unheard)} unheard of when a provider died; without a word: {dict(ledger.unknown)}")


def test_what_is_refused_here_is_not_done_there(mirror):
    """slapd answers a change as done, and logs it, that it has not made because its pre-read (RFC 4527) shows an entry that one may not see."""
    one, two = mirror.providers["one"], mirror.providers["two"]
    mirror.wait_in_step()
    somebody, other = (account_dn(one, add_account(one)) for _ in range(2))
    connection = one.connect(somebody, PASSWORD)
    change = connection.modify_ext(other, [(ldap.MOD_REPLACE, "title", b"Boss")], serverctrls=[PreReadControl(True, ["cn"])])
    connection.result3(change)
    connection.modify_ext_s(somebody, [(ldap.MOD_REPLACE, "title", b"Boss")], serverctrls=[PreReadControl(True, ["cn"])])
    two.wait_for(lambda: two.values(somebody, "title") == ["Boss"], what="what was allowed")
    assert one.values(other, "title") == two.values(other, "title") == []


def test_what_differs_is_told_and_mended(mirror):
    """A change is in the data of one provider and not in its log, as one may be that was under way when it was killed: the other never hears
    of it. It goes when the provider is filled anew (docs/replication.md, "A provider that was killed")."""
    name = "two" if mirror.balancer.chosen() == "one" else "one"
    provider = mirror.providers[name]
    account = account_dn(provider, add_account(mirror.providers[mirror.balancer.chosen()]))
    mirror.wait_in_step()
    assert mirror.unlike() == []
    provider.stop()
    provider.change_offline(f"dn: {account}\nchangetype: modify\nreplace: description\ndescription: never told\n")
    provider.start()
    mirror.wait_in_step()
    assert mirror.unlike() == [f"dn: {account}"]

    mirror.fill_anew(name)
    assert mirror.unlike() == []
    assert provider.values(account, "description") == []


def test_a_replica_takes_no_writes_until_it_is_told_to(mirror):
    """The way of those who move the work by hand (docs/replication.md): the second provider refers writes to the first, goes on copying,
    and takes them once it has been promoted."""
    one, two = mirror.providers["one"], mirror.providers["two"]
    database = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcMultiProvider\nolcMultiProvider: "
    two.stop()
    two._tool("slapmodify", 0, database + "FALSE\n-\nreplace: olcUpdateRef\nolcUpdateRef: ldaps://one.example.com\n")
    two.start()
    account = account_dn(one, add_account(one))
    mirror.wait_in_step()

    def write(provider):
        connection = provider.connect()
        connection.set_option(ldap.OPT_REFERRALS, 0)
        provider.modify(account, replace={"description": provider.name}, connection=connection)

    with pytest.raises(ldap.REFERRAL):
        write(two)
    write(one)
    mirror.wait_in_step()
    assert two.values(account, "description") == ["one"]
    two.stop()
    two._tool("slapmodify", 0, database + "TRUE\n-\ndelete: olcUpdateRef\n")
    two.start()
    write(two)
    mirror.wait_in_step()
    assert one.values(account, "description") == ["two"]
