# SPDX-License-Identifier: Apache-2.0
"""Letters that tell of a change, and "this was not me" in each of them: whatever was begun, ends (flows S16, S17)."""
import re
import time
import uuid

import pytest

from harness.client import Client, JsonClient
from harness.daemon import Daemon
from harness.links import KeyRing, base64url

KEY_USE_SEAL = 7  # src/tokens/key_ring.h
PASSWORD = "violet-anvil-9-teacup"


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("letters"), directory) as running:
        yield running


class Scene:
    """An organisation with an administrator; Max, whose profile is tied to his account, which has a confirmed alternate address;
    and another account."""

    def __init__(self, daemon, directory):
        self.daemon, self.directory = daemon, directory
        self.name = unique("House")
        self.organization = directory.add_organization(self.name, administrators=["Ada Archer"],
                                                       plans=["support until=20991231235959Z"])
        self.domain = f"{self.name.lower()}.example"
        self.admin = f"cn=Ada Archer,{self.organization}"
        self.admin_mail = f"ada@{self.domain}"
        directory.modify(self.admin, replace={"mail": self.admin_mail})
        self.admin_account = self.account("ada")
        directory.modify(self.admin, replace={"lkAccountDN": self.dn_of(self.admin_account)})
        self.mail = f"max@{self.domain}"
        self.home = f"{unique('max')}@home.example"
        self.former = self.account("former", lkAlternateMail=self.home)
        self.max = directory.add_profile(self.organization, "Max Mover", self.mail, lkAccountDN=self.dn_of(self.former))
        self.other = self.account("other")

    def account(self, word, **more):
        name = unique(word)
        self.directory.add_account(name, PASSWORD, **more)
        return name

    def dn_of(self, account):
        return f"uid={account},{self.directory.accounts}"

    def enter(self, account, kind=Client):
        client = kind(self.daemon.url)
        if kind is JsonClient:
            client.send("/signin", "/signin", {"name": account, "password": PASSWORD})
        else:
            client.sign_in(account, PASSWORD)
        return client

    def values(self, attribute):
        return self.directory.values(self.max, attribute)

    def tied_to(self):
        return self.values("lkAccountDN")

    def person(self):
        return f"/organization/people/{self.directory.values(self.max, 'entryUUID')[0]}"

    def invite(self):
        """A link for any account, as the person asks for one; the letter."""
        have = len(self.daemon.mailbox.to(self.mail))
        self.directory.modify(self.max, add={"lkSend": "invite"})
        return self.daemon.mailbox.wait(self.mail, have + 1)[-1]

    def move(self, account=None):
        """The profile moves to the other account; (letter to the profile's address, letter to the former account's)."""
        letter = self.invite()
        client = self.enter(account or self.other)
        have = len(self.daemon.mailbox.to(self.mail)), len(self.daemon.mailbox.to(self.home))
        page = client.get(letter.link)
        assert page.submit("/t", token=letter.token).path.startswith("/associated")
        return (self.daemon.mailbox.wait(self.mail, have[0] + 1)[-1],
                self.daemon.mailbox.wait(self.home, have[1] + 1)[-1])

    def is_sent(self):
        return self.directory.wait_for(lambda: not self.values("lkSend"))


@pytest.fixture
def scene(daemon, directory):
    return Scene(daemon, directory)


def undo(daemon, letter):
    """Somebody with the mailbox and nothing else."""
    stranger = Client(daemon.url)
    page = stranger.get(letter.link)
    assert page.status == 200, page.text
    return page.submit("/t", token=letter.token)


# ---- S16: a profile has moved to another account

def test_s16_a_move_is_told_to_the_profile_and_to_the_former_account(daemon, directory, scene):
    to_profile, to_former = scene.move()
    assert scene.tied_to() == [scene.dn_of(scene.other)]
    assert scene.name in to_profile.text and scene.other in to_profile.text and scene.former in to_profile.text
    assert "Max Mover" in to_former.text and scene.former in to_former.text and scene.mail in to_former.text
    assert scene.other not in to_former.text, "who has it now is none of the former holder's business"
    assert to_profile.link != to_former.link
    for letter in (to_profile, to_former):
        assert letter.link in letter.html and "This was not me" in letter.html


@pytest.mark.parametrize("which", [0, 1], ids=["the profile's address", "the former account's address"])
def test_s16_this_was_not_me_cuts_the_tie(daemon, directory, scene, which):
    letters = scene.move()
    other = scene.enter(scene.other)
    assert other.get("/auth").status == 200
    invite = scene.invite()
    scene.is_sent()
    before = directory.read(scene.max)
    stranger = Client(daemon.url)
    page = stranger.get(letters[which].link)
    assert page.status == 200 and "belongs to no account" in page.text and scene.name in page.text
    assert directory.read(scene.max) == before, "GET changes nothing"
    page = page.submit("/t", token=letters[which].token)
    assert page.status == 200 and "It is undone" in page.text
    assert scene.tied_to() == []
    assert other.get("/auth").status == 403, "at once, on the open session"
    assert scene.enter(scene.former).get("/auth").status == 403, "nor has the former account got it back"
    assert other.get(invite.link).status == 410, "outstanding links have ended"
    told = daemon.mailbox.newest(scene.admin_mail)
    assert "Max Mover" in told.text and daemon.url + scene.person() in told.text
    scene.is_sent()
    ada = scene.enter(scene.admin_account)
    assert "this was not me" in ada.get(scene.person()).text
    # Again, and by the other letter: each has its own clear page.
    for letter in letters:
        page = stranger.get(letter.link)
        assert page.status == 410 and "nothing left to undo" in page.text
    assert len(daemon.mailbox.to(scene.admin_mail)) == 1
    # And the way back: a new invite.
    again = scene.invite()
    page = scene.enter(scene.former).get(again.link)
    assert page.submit("/t", token=again.token).path.startswith("/associated")
    assert "this was not me" not in ada.get(scene.person()).text


def test_s16_one_modify_each(daemon, directory, scene):
    """The tie and its letters; cutting and telling."""
    letter = scene.invite()
    scene.is_sent()
    page = scene.enter(scene.other).get(letter.link)
    page.submit("/t", token=letter.token)
    to_profile = daemon.mailbox.wait(scene.mail, 2)[-1]
    scene.is_sent()
    undo(daemon, to_profile)
    daemon.mailbox.newest(scene.admin_mail)
    scene.is_sent()
    logged = [e["reqMod"] for _, e in directory.search(f"(&(reqDN={scene.max})(objectClass=auditModify))", "cn=log")]
    tied = [mods for mods in logged if any(m.startswith("lkAccountDN:= ") for m in mods)]
    assert len(tied) == 1 and sum(m.startswith("lkSend:+ moved") for m in tied[0]) == 2
    assert any(m.startswith("lkToken:- invite ") for m in tied[0])
    cut = [mods for mods in logged if any(m.startswith("lkAccountDN:- ") for m in mods) and mods not in tied]
    assert len(cut) == 1 and any(m.startswith("lkSend:+ disputed ") for m in cut[0])
    assert any(m.startswith("lkToken:- undo_tie ") for m in cut[0])


def test_s16_without_a_confirmed_address_only_the_profile_is_told(daemon, directory, scene):
    directory.modify(scene.dn_of(scene.former), delete={"lkAlternateMail": None}, add={"lkPendingMail": scene.home})
    letter = scene.invite()
    scene.enter(scene.other).get(letter.link).submit("/t", token=letter.token)
    daemon.mailbox.wait(scene.mail, 2)
    scene.is_sent()
    assert daemon.mailbox.to(scene.home) == [], "nothing goes to an address that nobody has confirmed"


def test_s16_moved_on_since(daemon, directory, scene):
    """A link undoes the move that its letter tells of. Of the next one the profile's address is told as well."""
    first, _ = scene.move()
    third = scene.account("third", lkAlternateMail=f"{unique('third')}@home.example")
    letter = scene.invite()
    scene.enter(third).get(letter.link).submit("/t", token=letter.token)
    second = daemon.mailbox.wait(scene.mail, 4)[-1]
    assert Client(daemon.url).get(first.link).status == 410
    assert scene.tied_to() == [scene.dn_of(third)]
    assert undo(daemon, second).status == 200 and scene.tied_to() == []


def test_s16_as_json(daemon, directory, scene):
    letter, _ = scene.move()
    program = JsonClient(daemon.url)
    path = letter.link.removeprefix(daemon.url)
    shown = program.get(path).json
    assert shown["target"]["name"] == "Max Mover" and shown["organization"]["name"] == scene.name
    answer = program.send(path, "/t", {"token": letter.token})
    assert answer.status == 200 and answer.json["what"] == "tie" and scene.tied_to() == []
    assert program.get(path).status == 410


def test_an_undoing_link_outlives_what_ends_the_others(daemon, directory, scene):
    """Whoever took the profile could otherwise take away the way back, too, with another invite."""
    letter, _ = scene.move()
    again = scene.invite()
    page = scene.enter(scene.other).get(again.link).submit("/t", token=again.token)
    assert page.path.startswith("/associated") and scene.values("lkToken")
    assert undo(daemon, letter).status == 200 and scene.tied_to() == []


# ---- S17: the address of one's own profile

def change(scene, mail, client=None):
    """(the page afterwards, letter to the new address, letter to the one that the profile has)"""
    now = scene.values("mail")[0]
    have = len(scene.daemon.mailbox.to(mail)), len(scene.daemon.mailbox.to(now))
    page = (client or scene.enter(scene.former)).get("/profile").submit("/profile/mail", mail=mail)
    assert page.status == 200 and "on its way to the new address" in page.text, page.text
    letters = scene.daemon.mailbox.wait(mail, have[0] + 1)[-1], scene.daemon.mailbox.wait(now, have[1] + 1)[-1]
    scene.is_sent()
    return page, *letters


def confirm(scene, letter, account=None):
    page = scene.enter(account or scene.former).get(letter.link)
    assert page.status == 200, page.text
    return page.submit("/t", token=letter.token)


def test_s17_the_address_changes_when_the_new_one_is_confirmed(daemon, directory, scene):
    new = f"new@{scene.domain}"
    invite = scene.invite()
    page, to_new, to_old = change(scene, new)
    assert scene.values("mail") == [scene.mail] and scene.values("lkPendingMail") == [new]
    assert new in page.text and "waiting for you" in page.text
    assert new in to_new.text and scene.mail in to_new.text and scene.former in to_new.text
    assert new in to_old.text and scene.former in to_old.text and "This was not me" in to_old.html
    assert scene.enter(scene.other).get(invite.link).status == 200, "the former address counts until then"
    before = directory.read(scene.max)
    max_ = scene.enter(scene.former)
    page = max_.get(to_new.link)
    assert page.status == 200 and new in page.text and scene.mail in page.text and scene.name in page.text
    assert directory.read(scene.max) == before, "GET changes nothing"
    page = page.submit("/t", token=to_new.token)
    assert page.status == 200 and "is confirmed" in page.text
    assert scene.values("mail") == [new] and scene.values("lkPendingMail") == []
    assert scene.tied_to() == [scene.dn_of(scene.former)]
    assert scene.enter(scene.other).get(invite.link).status == 410, "outstanding links have ended"
    logged = [e["reqMod"] for _, e in directory.search(f"(&(reqDN={scene.max})(objectClass=auditModify))", "cn=log")]
    changed = [mods for mods in logged if any(m.startswith("mail:+ ") for m in mods)]
    assert len(changed) == 1 and any(m.startswith("lkToken:- new_mail ") for m in changed[0]), "one Modify"
    asked = [mods for mods in logged if any(m.startswith("lkPendingMail:= ") for m in mods)]
    assert len(asked) == 1 and sum(m.startswith("lkSend:+ ") for m in asked[0]) == 2, "one Modify"
    page = max_.get(to_new.link)
    assert page.status == 200 and "is confirmed" in page.text, "clicked twice"


def test_s17_the_link_to_the_new_address_is_for_the_account_that_asked(daemon, directory, scene):
    new = f"new@{scene.domain}"
    _, to_new, _ = change(scene, new)
    page = Client(daemon.url).get(to_new.link)
    assert page.status == 200 and "Sign in" in page.text and new not in page.text
    assert scene.enter(scene.other).get(to_new.link).status == 403
    # The profile has moved meanwhile: the address is no longer theirs to change.
    scene.move()
    assert scene.enter(scene.former).get(to_new.link).status == 410
    assert scene.values("mail") == [scene.mail]


def test_s17_this_was_not_me_drops_the_change(daemon, directory, scene):
    new = f"new@{scene.domain}"
    _, to_new, to_old = change(scene, new)
    page = undo(daemon, to_old)
    assert page.status == 200 and "It is undone" in page.text and scene.mail in page.text
    assert scene.values("mail") == [scene.mail] and scene.values("lkPendingMail") == []
    assert scene.enter(scene.former).get(to_new.link).status == 410
    assert "Max Mover" in daemon.mailbox.newest(scene.admin_mail).text
    page = Client(daemon.url).get(to_old.link)
    assert page.status == 410 and "nothing left to undo" in page.text


def test_s17_this_was_not_me_puts_the_address_back(daemon, directory, scene):
    new = f"new@{scene.domain}"
    _, to_new, to_old = change(scene, new)
    confirm(scene, to_new)
    assert scene.values("mail") == [new]
    page = Client(daemon.url).get(to_old.link)
    assert "has been changed to" in page.text and new in page.text
    assert undo(daemon, to_old).status == 200
    assert scene.values("mail") == [scene.mail] and scene.values("lkPendingMail") == []


def next_second(scene):
    """The links of what is asked for from now on end later than those of what was asked for before."""
    second = int(time.time())
    scene.directory.wait_for(lambda: int(time.time()) > second, what="the next second")


def test_s17_whoever_changes_it_twice_cannot_keep_it(daemon, directory, scene):
    first, second = f"first@{scene.domain}", f"second@{scene.domain}"
    _, to_first, to_old = change(scene, first)
    confirm(scene, to_first)
    next_second(scene)
    _, to_second, to_first_told = change(scene, second)
    confirm(scene, to_second)
    assert scene.values("mail") == [second]
    assert undo(daemon, to_old).status == 200 and scene.values("mail") == [scene.mail]
    assert Client(daemon.url).get(to_first_told.link).status == 410, "nor put their own back"


def test_s17_and_the_owner_keeps_the_way_back_until_then(daemon, directory, scene):
    first, second = f"first@{scene.domain}", f"second@{scene.domain}"
    _, to_first, to_old = change(scene, first)
    confirm(scene, to_first)
    next_second(scene)
    _, to_second, to_first_told = change(scene, second)
    confirm(scene, to_second)
    assert undo(daemon, to_first_told).status == 200 and scene.values("mail") == [first]
    assert undo(daemon, to_old).status == 200 and scene.values("mail") == [scene.mail]


def test_s17_an_administrators_change_is_at_once_and_ends_what_is_pending(daemon, directory, scene):
    new, right = f"new@{scene.domain}", f"right@{scene.domain}"
    invite = scene.invite()
    _, to_new, to_old = change(scene, new)
    ada = scene.enter(scene.admin_account)
    page = ada.get(scene.person())
    assert page.submit(page.path, mail=right).status == 200
    assert scene.values("mail") == [right] and scene.values("lkPendingMail") == [] and scene.values("lkToken") == []
    assert scene.enter(scene.former).get(to_new.link).status == 410
    assert Client(daemon.url).get(to_old.link).status == 410
    assert scene.enter(scene.other).get(invite.link).status == 410
    assert scene.values("mail") == [right]


def test_s17_what_is_wrong_with_an_address_is_said(daemon, directory, scene):
    directory.add_profile(scene.organization, "Taken Already", f"taken@{scene.domain}")
    program = scene.enter(scene.former, JsonClient)
    max_ = scene.enter(scene.former)
    for mail, code in (("", "mail_missing"), ("nobody@", "mail_bad"), (f"TAKEN@{scene.domain}", "mail_known")):
        page = max_.get("/profile").submit("/profile/mail", mail=mail)
        assert page.status == 422 and 'id="mail-error"' in page.source
        assert page.form("/profile").fields["surname"], "the rest of the page is as it was"
        answer = program.send("/profile", "/profile/mail", {"mail": mail})
        assert answer.status == 422 and [e["code"] for e in answer.json["errors"]] == [code]
    assert scene.values("lkPendingMail") == [] and scene.values("lkSend") == []


def test_s17_the_same_address_again_drops_the_change(daemon, directory, scene):
    new = f"new@{scene.domain}"
    _, to_new, _ = change(scene, new)
    page = scene.enter(scene.former).get("/profile").submit("/profile/mail", mail=scene.mail.upper())
    assert page.status == 200 and "stays as it is" in page.text and scene.values("lkPendingMail") == []
    assert scene.enter(scene.former).get(to_new.link).status == 410


def test_s17_nobody_is_flooded_by_changes(daemon, directory, scene):
    max_ = scene.enter(scene.former)
    for number in range(5):
        change(scene, f"new{number}@{scene.domain}", max_)
    page = max_.get("/profile").submit("/profile/mail", mail=f"new5@{scene.domain}")
    assert page.status == 429 and "changed very often" in page.text
    answer = scene.enter(scene.former, JsonClient).send("/profile", "/profile/mail", {"mail": f"new6@{scene.domain}"})
    assert answer.status == 429 and answer.json["type"].endswith("#own_mail_too_many")
    assert daemon.mailbox.to(f"new5@{scene.domain}") == [] and len(daemon.mailbox.to(scene.mail)) == 5


def test_s17_a_profile_without_an_address(daemon, directory, scene):
    directory.modify(scene.max, delete={"mail": None})
    answer = scene.enter(scene.former, JsonClient).send("/profile", "/profile/mail", {"mail": f"new@{scene.domain}"})
    assert answer.status == 409 and answer.json["type"].endswith("#own_mail_missing") and scene.values("lkPendingMail") == []


# ---- who may have letters sent where

def sealed_value(directory, scene):
    """A request as an action has written it: from the log."""
    logged = [m for _, e in directory.search(f"(&(reqDN={scene.max})(objectClass=auditModify))", "cn=log") for m in e["reqMod"]]
    return next(m for m in logged if m.startswith("lkSend:+ moved_away") and "claim=" not in m).removeprefix("lkSend:+ ")


def refused(directory, dn, value):
    directory.modify(dn, add={"lkSend": value})
    errors = directory.wait_for(lambda: not directory.values(dn, "lkSend") and directory.values(dn, "lkSendError"))
    directory.modify(dn, delete={"lkSendError": None})
    return errors[0]


def test_an_ldapmodify_cannot_write_to_strangers(daemon, directory, scene):
    scene.move()
    scene.is_sent()
    value = sealed_value(directory, scene)
    account = directory.values(scene.dn_of(scene.other), "entryUUID")[0]
    seal = re.search(r"seal=(\S+)", value)[1]
    victim = "victim@stranger.example"
    other = directory.add_profile(scene.organization, "Someone Else", f"else@{scene.domain}")
    for dn, forged in [
        (scene.max, f"moved_away to={victim} since=20991126153000Z account={account} seal={seal}"),
        (scene.max, re.sub(r"to=\S+", f"to={victim}", value)),
        (scene.max, re.sub(r"former=\S+", "former=buy", value)),
        (scene.max, value.replace("moved_away", "moved")),
        (scene.max, re.sub(r"since=\S+", "since=20200101000000Z", value)),
        (other, value),
    ]:
        assert "seal" in refused(directory, dn, forged), forged
    assert "needs the field" in refused(directory, scene.max, f"moved to={victim} account={account}")
    assert "no field to" in refused(directory, scene.max, f"invite to={victim}")
    assert daemon.mailbox.to(victim) == []


def test_a_seal_ends(daemon, directory, scene):
    """One that is kept is worth nothing some day; until then it says the same to the same address."""
    ring = KeyRing(daemon.folder / "keys")
    account = directory.values(scene.dn_of(scene.other), "entryUUID")[0]
    entry = directory.values(scene.max, "entryUUID")[0]

    def value(days):
        since = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - days * 86400))
        body = f"moved to={scene.mail} since={since} account={account}"
        return f"{body} seal={base64url(bytes([ring.newest]) + ring.tag(ring.newest, KEY_USE_SEAL, f'{entry} {body}'.encode()))}"

    assert "seal" in refused(directory, scene.max, value(60))
    directory.modify(scene.max, add={"lkSend": value(1)})
    assert daemon.mailbox.newest(scene.mail)
