# SPDX-License-Identifier: Apache-2.0
"""Organisations, profiles and people in number; the settings that make time pass quickly; and what must be true when the dust
has settled."""
import hashlib
import os
import random
import re
import uuid

from harness import passwords
from harness.client import Client
from harness.links import base64url, decode
from harness.mail import links

PASSWORD = "violet-anvil-9-teacup"
PLAN = "support until=20991231235959Z"
LEASE = 4
SETTINGS = {
    "courier.lease": f"{LEASE}s",
    "courier.timeout": "2s",
    "courier.retry_first": "1s",
    "courier.retry_longest": "1s",
    "directory.poll_interval": "1s",
    "directory.timeout": "2s",
    "server.request_timeout": "3s",
}
# For tests in which nobody dies and each message is to come once: on a busy machine no claim runs out, and no mail server is given up.
PATIENT = {"courier.lease": "60s", "courier.timeout": "30s"}

_hash = None


def seed():
    """A random generator whose seed is printed, so that a run can be repeated."""
    number = int(os.environ.get("LATCHKEY_CHAOS_SEED") or random.SystemRandom().randrange(10**9))
    print(f"LATCHKEY_CHAOS_SEED={number}")
    return random.Random(number)


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:10]}"


def add_organization(directory):
    return directory.add_organization(unique("Org"), plans=[PLAN])


def add_profile(directory, organization=None, mail=None):
    """(dn, address)"""
    mail = mail or f"{unique('person')}@customer.example"
    dn = directory.add_profile(organization or add_organization(directory), f"Pat {mail.partition('@')[0]}", mail)
    return dn, mail


def add_account(directory, name=None):
    """Its name. All have one password, hashed once."""
    global _hash
    _hash = _hash or passwords.argon2(PASSWORD)
    name = name or unique("account")
    directory.add_account(name, userPassword=_hash)
    return name


def account_dn(directory, name):
    return f"uid={name},{directory.accounts}"


class Person(Client):
    """With an account, and signed in. `name` None: signs up anew, through the pages."""

    def __init__(self, daemon, directory, name=None):
        super().__init__(daemon.url)
        self.name = name or add_account(directory)
        self.dn = account_dn(directory, self.name)
        page = self.sign_in(self.name, PASSWORD)
        assert page.status == 200 and not page.path.startswith("/signin"), (page.status, page.path)
        self._form = self.get("/associate").form("/associate")

    @property
    def csrf(self):
        return self._form.fields["csrf"]

    def ask(self, mail):
        """Enters the address; the answer as it came."""
        return self.post("/associate", {"csrf": self.csrf, "mail": mail}, follow=False)

    def redeem(self, token):
        return self.post("/t", {"csrf": self.csrf, "token": token}, follow=False)


def was_redeemed(answer):
    return answer.status == 303 and answer.headers["Location"].startswith("/associated")


# ---- links

def token_of(message):
    return links(message)[0].rpartition("/")[2]


def digest_of(token):
    return base64url(hashlib.blake2b(decode(token), digest_size=32).digest())


UNDOING = ("undo_tie", "undo_mail")  # these outlive what ends the others
TOKEN = re.compile(r"^(?P<purpose>[a-z_]+) digest=(?P<digest>\S+) until=(?P<until>\d{14}Z)(?: account=(?P<account>\S+))?$")


def tokens_on(entry):
    """{digest: (purpose, account)} of an entry's lkToken values."""
    found = {}
    for value in entry.get("lkToken", []):
        read = TOKEN.match(value)
        assert read, value
        found[read["digest"]] = (read["purpose"], read["account"])
    return found


# ---- when the dust has settled

def outbox(directory):
    """[(dn, value)]: all that still waits."""
    return [(dn, value) for dn, entry in directory.search("(lkSend=*)", attributes=["lkSend"]) for value in entry["lkSend"]]


def wait_until_sent(directory, seconds=120.0):
    try:
        directory.wait_until_all_is_sent(seconds)
    except AssertionError:
        waiting = outbox(directory)
        assert not waiting, f"after {seconds} s there still waits: {waiting[:5]} ({len(waiting)})"


def messages_by_address(mail):
    found = {}
    for message in list(mail.messages):
        found.setdefault(message.envelope_to[0], []).append(message)
    return found


def purpose_and_account(token):
    data = decode(token)
    return data[1], data[6:22]


def check_directory(directory, mail, base=None, addresses=None):
    """(Of the profiles below `base`, with one of `addresses`.) No entry is half changed, and no mailed link is dead that nothing has replaced. Returns how many links live, and how many
    have been replaced."""
    arrived = messages_by_address(mail)
    living, tied = {}, set()
    for dn, entry in directory.search("(objectClass=lkProfile)", base, attributes=["mail", "lkAccountDN", "lkToken", "lkSend", "lkSendError"]):
        address = entry["mail"][0]
        if addresses is not None and address not in addresses:
            continue
        assert "lkSend" not in entry and "lkSendError" not in entry, (dn, entry)
        assert not ("lkAccountDN" in entry and any(purpose not in UNDOING for purpose, _ in tokens_on(entry).values())), f"tied, and its tokens are still there: {dn} {entry}"
        mailed = {digest_of(token_of(message)) for message in arrived.get(address, [])}
        assert set(tokens_on(entry)) <= mailed, f"a token stands on {dn} whose link was never mailed: {entry}"
        assert "lkAccountDN" in entry or not mailed or tokens_on(entry), f"all links of {dn} are dead"
        living.setdefault(address, set()).update(tokens_on(entry))
        if "lkAccountDN" in entry:
            tied.add(address)
    replaced = check_dead_links(arrived, living, tied)
    for dn, entry in directory.search("(objectClass=lkAccount)", attributes=["lkSend", "userPassword"]):
        assert "lkSend" not in entry, (dn, entry)
        assert "userPassword" in entry, f"an account without a password: {dn}"
    return sum(map(len, living.values())), replaced


def check_dead_links(arrived, living, tied):
    """Every one is spent, or another of its purpose and account lives at the same address. Returns how many there are."""
    replaced = 0
    for address, messages in arrived.items():
        tokens = {token_of(message) for message in messages}
        if address not in living:
            continue  # elsewhere in the tree
        lives = {purpose_and_account(token) for token in tokens if digest_of(token) in living[address]}
        for token in tokens:
            if digest_of(token) in living[address] or address in tied:
                continue
            assert purpose_and_account(token) in lives, f"a link mailed to {address} is dead, and none has replaced it"
            replaced += 1
    return replaced
