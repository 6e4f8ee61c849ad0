# SPDX-License-Identifier: Apache-2.0
"""tests/policy/matrix.table, played with real sessions and with ldapmodify: each act by each kind of actor, as a page, as JSON, in
the directory under the person's own bind, and there by proxied authorization as the daemon does it. What is refused must change
nothing, and its line in the log must name who tried; what is done must be done under the name that the table says.

tests/e2e/test_access.py holds the directory's rules to more than people do by the pages: tokens, passwords, classes, the daemon.
"""
import pathlib
import re
import subprocess
import time
import uuid
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from harness.client import Client, JsonClient
from harness.daemon import Daemon
from harness.links import KeyRing

TABLE = pathlib.Path(__file__).resolve().parents[1] / "policy" / "matrix.table"
PASSWORD = "violet-anvil-9-teacup"
LATER = "invite after=20991231235959Z"
SEARCHES = ("see_account", "see_people", "see_organizations")
NOT_IN_THE_DIRECTORY = ("reach_service",)
AS_ACCOUNT = ("ask_for_link", "redeem_link", "select_profile", "see_account", "change_second_factor")  # in the directory these are the account's own
BY_THE_DAEMON = ("ask_for_link",)  # allowed to an operator in the directory too; the page writes as the daemon all the same
REFUSALS = (8, 19, 32, 48, 50)  # authentication wanted, constraint, no such object, no strangers, insufficient access


# ---- the table

@dataclass(frozen=True)
class Case:
    act: str
    target: str
    actor: str
    cell: str

    def __str__(self):
        return f"{self.act}-{self.target}-{self.actor}"


def read_table():
    lines = [line.split("#")[0].split() for line in TABLE.read_text().splitlines()]
    heading, *rows = [words for words in lines if words]
    actors = heading[2:heading.index("in")]
    return [Case(row[0], row[1], actor, cell) for row in rows for actor, cell in zip(actors, row[2:])]


# They end the sessions, or the accounts, that everybody here plays with: test_account.py and test_reset.py play them.
ELSEWHERE = ("end_sessions", "change_password", "change_rescue", "delete_account", "reset_password")
CASES = [case for case in read_table() if case.cell != "." and case.act not in ELSEWHERE]


# ---- the world: a house, another, and one whose plan has ended; somebody of each kind

def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    settings = {"pages.support_address": "support@matrix.example", "courier.deliver_to": "maildir:mail"}
    with Daemon(tmp_path_factory.mktemp("daemon"), directory, settings=settings) as running:
        yield running


class World:
    def __init__(self, directory, daemon):
        self.directory, self.daemon, self.ring = directory, daemon, KeyRing(daemon.folder / "keys")
        current = ["support until=20991231235959Z"]
        self.houses = {
            "house": directory.add_organization("House", administrators=("Ada Admin", "Sue Second"), plans=current),
            "other": directory.add_organization("Other", administrators=("Oda Other", "Olaf Other"), plans=current),
            "ended": directory.add_organization("Ended", administrators=("Eda Ended", "Sue Second"), plans=["support until=20200101000000Z"]),
        }
        self.bystander = directory.add_account("bystander", PASSWORD)
        self.actors = {
            "nobody": SimpleNamespace(name=None, account=None, profile=None, house=self.houses["house"]),
            "account": self.actor("account", None),
            "person": self.actor("person", directory.add_profile(self.houses["house"], "Pat Person", "pat@house.example")),
            "admin": self.actor("admin", f"cn=Ada Admin,{self.houses['house']}"),
            "ended": self.actor("ended", f"cn=Eda Ended,{self.houses['ended']}"),
            "former": self.actor("former", directory.add_profile(self.houses["house"], "Fred Former", "fred@house.example")),
            "operator": self.actor("operator", None),
        }
        directory.make_operator(self.actors["operator"].account)
        directory.modify(self.houses["house"], add={"lkAdministrator": self.actors["former"].profile})
        self.clients = {(kind, actor): self.enter(kind, actor) for actor in self.actors for kind in (Client, JsonClient)}
        self.form_keys = {key: self.form_key(client) for key, client in self.clients.items()}
        directory.modify(self.houses["house"], delete={"lkAdministrator": self.actors["former"].profile})
        self.kept = {dn: directory.read(dn, ["*"]) for dn in (*self.houses.values(), *self.own_entries())}

    def actor(self, name, profile):
        account = self.directory.add_account(f"matrix-{name}", PASSWORD)
        if profile:
            self.directory.modify(profile, replace={"lkAccountDN": account, "userPassword": self.directory.stored(PASSWORD)})
        house = profile.partition(",")[2] if profile else self.houses["house"]
        return SimpleNamespace(name=f"matrix-{name}", account=account, profile=profile, house=house)

    def own_entries(self):
        return [actor.profile for actor in self.actors.values() if actor.profile]

    def enter(self, kind, actor):
        client, name = kind(self.daemon.url), self.actors[actor].name
        if name and kind is JsonClient:
            assert client.send("/signin", "/signin", {"name": name, "password": PASSWORD}).status == 200
        elif name:
            client.sign_in(name, PASSWORD)
        if self.actors[actor].profile:
            assert client.get("/profile").status == 200, "the one profile is chosen"
        return client

    @staticmethod
    def form_key(client):
        """What every form of this session carries."""
        if isinstance(client, JsonClient):
            return client.get("/account").json["csrf"] if client.cookies else client.get("/signin").json["csrf"]
        return client.get("/account").form("/signout").fields["csrf"] if client.cookies else client.get("/signin").form("/signin").fields["csrf"]

    # ---- what an act is about

    def prepare(self, case):
        """Somebody new to be acted upon, but where it is the actor itself."""
        directory, actor = self.directory, self.actors[case.actor]
        other = self.houses["other"]
        at = SimpleNamespace(case=case, actor=actor, house=other if case.target in ("foreigner", "other_house") else actor.house, other=other)
        at.me = actor.account if case.act in AS_ACCOUNT else actor.profile or actor.account
        at.account = actor.account or self.bystander
        at.name = unique("Tim Target")
        at.mail = f"{unique('tim')}@target.example"
        at.target = actor.profile or self.actors["person"].profile
        at.fresh = f"cn={unique('New')},{at.house}"
        at.fresh_house = f"o={unique('New')},{directory.organizations}"
        if case.target != "self":
            tied = {"lkAccountDN": actor.account} if case.target == "own_profile" else {}
            at.target = directory.add_profile(at.house, at.name, at.mail, lkSend=LATER, telephoneNumber="1", **tied)
        elif case.act == "cancel_invite":
            directory.modify(at.target, add={"lkSend": LATER})
        if case.act == "unmake_administrator" and case.target != "self":
            directory.modify(at.house, add={"lkAdministrator": at.target})
        if case.act == "redeem_link":
            whose = directory.values(self.bystander if case.target == "others_link" else at.account, "entryUUID")[0]
            at.token, value = self.ring.link("associate", at.mail, int(time.time()) + 3600, whose)
            directory.modify(at.target, add={"lkToken": value})
        if case.act == "undo":
            directory.modify(at.target, replace={"lkAccountDN": at.account})
            holder = directory.values(at.account, "entryUUID")[0]
            at.token, at.token_value = self.ring.link("undo_tie", at.mail, int(time.time()) + 3600, holder)
            directory.modify(at.target, add={"lkToken": at.token_value})
        at.id = directory.values(at.target, "entryUUID")[0]
        at.house_id = directory.values(at.house, "entryUUID")[0]
        at.watched = [at.target, at.house, actor.house, at.account, at.fresh, at.fresh_house]
        at.seen = set(self.directory.writes(at.watched))
        return at

    # ---- what became of it: the server's own log of writes

    def writes(self, at):
        """Who has written since to what the act is about, sessions apart: [DN]."""
        found = self.directory.writes(at.watched)
        return [who for key, (who, attributes) in found.items() if key not in at.seen and "lkSession" not in attributes]

    def settle(self, dns):
        """What waits to be sent has been: only then nobody but the tests writes."""
        self.directory.wait_for(lambda: all(value == LATER for dn in dns for value in self.directory.values(dn, "lkSend")))

    def clean_up(self, at):
        directory = self.directory
        self.settle([at.target, at.account, *self.houses.values()])
        for dn, before in self.kept.items():
            now = directory.read(dn, ["*"])
            changed = {name: before.get(name, []) for name in {*before, *now} if sorted(before.get(name, [])) != sorted(now.get(name, []))}
            if changed:
                directory.modify(dn, replace=changed)
        for dn, _ in directory.search("(o=New*)", directory.organizations):
            directory.modify(dn, replace={"lkAdministrator": directory.service_dn})  # 389 lets nobody delete the last one's profile
        for dn in [at.target] * (at.target not in self.kept) + [dn for dn, _ in directory.search("(|(cn=New*)(o=New*))", directory.organizations)][::-1]:
            if directory.read(dn) is not None:
                directory.delete(dn)


@pytest.fixture(scope="module")
def world(directory, daemon):
    return World(directory, daemon)


@pytest.fixture
def play(world):
    prepared = []

    def prepare(case):
        prepared.append(world.prepare(case))
        return prepared[-1]

    yield prepare
    for at in prepared:
        world.clean_up(at)


# ---- by the pages: what to ask for. (method, path, fields, what is seen where it is allowed)

def person_form(at, **changes):
    return {"given_name": "Tim", "surname": "Target", "mail": at.mail, "telephone": "2", "title": "", **changes}


PAGES = {
    "ask_for_link": lambda at: ("POST", "/associate", {"mail": at.mail}),
    "redeem_link": lambda at: ("POST", "/t", {"token": at.token}),
    "undo": lambda at: ("POST", "/t", {"token": at.token}),
    "select_profile": lambda at: ("POST", "/select", {"profile": at.id}),
    "reach_service": lambda at: ("GET", "/auth", None),
    "see_account": lambda at: ("GET", "/account", None, at.actor.name),
    "change_second_factor": lambda at: ("POST", "/account/second-factor/new", {"password_now": PASSWORD}),
    "see_people": lambda at: ("GET", "/organization?search=" + at.name.split()[1], None, at.name),
    "add_profile": lambda at: ("POST", "/organization/people/new", {**person_form(at, mail=unique("new") + "@x.example"), "given_name": "", "surname": at.fresh[3:].split(",")[0]}),
    "edit_profile": lambda at: ("POST", f"/organization/people/{at.id}", person_form(at)),
    "edit_own_profile": lambda at: ("POST", "/profile", {"given_name": "Tim", "surname": "Target", "telephone": "", "title": "Chef"}),
    "change_own_mail": lambda at: ("POST", "/profile/mail", {"mail": f"{unique('new')}@target.example"}),
    "remove_profile": lambda at: ("POST", f"/organization/people/{at.id}/remove", {}),
    "send_invite": lambda at: ("POST", "/profile/invite" if at.case.target == "self" else f"/organization/people/{at.id}/invite", {}),
    "cancel_invite": lambda at: ("POST", f"/organization/people/{at.id}/cancel-invite", {}),
    "make_administrator": lambda at: ("POST", f"/organization/people/{at.id}/administrator", {"administrator": "yes"}),
    "unmake_administrator": lambda at: ("POST", f"/organization/people/{at.id}/administrator", {"administrator": "no"}),
    "tell_operators": lambda at: ("POST", "/help/administrator", {"reason": "left"}),
    "see_organizations": lambda at: ("GET", f"/operator/{at.house_id}", None, at.name),
    "create_organization": lambda at: ("POST", "/operator/new", {"name": at.fresh_house[2:].split(",")[0], "plan": "", "until": "", "person": "New One", "mail": at.mail}),
    "set_plans": lambda at: ("POST", f"/operator/{at.house_id}/plan", {"plan": "gold", "until": ""}),
    "set_main_contact": lambda at: ("POST", f"/operator/{at.house_id}/contact", {"profile": at.id}),
    "declare_administrator": lambda at: ("POST", f"/operator/{at.house_id}/administrator", {"profile": at.id, "former": "", "reason": "T-1"}),
}  # fmt: skip
LED_AWAY = ("/signin", "/associate", "/select")


def ask(daemon, client, form_key, method, path, fields):
    """The answer, and how much of the log there was before. The request's own line is written after the answer has been sent: waited for
    here, it is not taken for one of the next request."""
    before = len(daemon.log())
    answer = client.get(path, follow=False) if method == "GET" else client.post(path, {"csrf": form_key, **fields}, follow=False)
    daemon.wait_log(lambda log: " event=request " in log[before:])
    return answer, before


def is_refused(answer, kind):
    if kind is Client and answer.status == 303:
        return answer.headers["Location"].split("?")[0] in LED_AWAY
    if kind is JsonClient and answer.status in (401, 403, 404) and answer.body:
        assert answer.json.get("status") == answer.status or answer.json.get("reason"), "a program is told why"
    return answer.status in (401, 403, 404)


def check_author(world, at, written):
    """Whose name the directory has for it."""
    is_own = at.case.cell == "+" and at.case.act not in BY_THE_DAEMON
    wanted = at.me if is_own else world.directory.service_dn
    assert wanted.lower() in [dn.lower() for dn in written], f"done as {written}, not as {wanted}"


def check_log(daemon, before, at, method):
    """One line says that it was refused, to whom, and as whom they acted."""
    def mine():
        lines = [line for line in daemon.log()[before:].splitlines() if "event=request " in line and f"method={method} " in line]
        return [line for line in lines if "outcome=" in line]
    daemon.wait_log(lambda _: mine())
    line, = mine()
    if at.actor.name is None:
        assert "outcome=not_signed_in" in line, line
        return
    assert f" actor={at.actor.name} " in line and " action=" in line, line
    assert "refused_by_directory" not in line, "the directory has only the last word"
    if at.actor.profile and at.case.act not in AS_ACCOUNT:
        assert f' as="{at.actor.profile}"' in line, line
    if at.id in line:
        assert f" target={at.id}" in line, line


LEAVES_NO_WRITE = (*SEARCHES, *NOT_IN_THE_DIRECTORY, "select_profile", "change_second_factor")
# the session is the daemon's own affair, and a second factor is on the entry only when a code has confirmed it


@pytest.mark.parametrize("kind", [Client, JsonClient], ids=["html", "json"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_by_the_pages(world, daemon, play, case, kind):
    at = play(case)
    client, form_key = world.clients[kind, case.actor], world.form_keys[kind, case.actor]
    method, path, fields, *seen = PAGES[case.act](at)
    answer, before = ask(daemon, client, form_key, method, path, fields)
    if case.cell in "+w":
        assert not is_refused(answer, kind) and answer.status in (200, 303), f"{answer.status} {answer.source}"
        assert not seen or seen[0] in answer.source
        if case.act not in LEAVES_NO_WRITE:
            check_author(world, at, world.directory.wait_for(lambda: world.writes(at)))
        return
    assert world.writes(at) == []
    if case.act == "redeem_link" and at.actor.name is None:
        assert answer.status == 200 and at.mail not in answer.source, "a link leads to the form, and tells nothing"
        return
    assert is_refused(answer, kind), f"{answer.status} {answer.source}"
    assert not any(what and what in answer.source for what in seen)
    check_log(daemon, before, at, method)


# ---- by the page for several people: whom a line of the table allows one, it allows several, each for themselves

BULK = {"send_invite": "invite", "cancel_invite": "cancel_invite", "make_administrator": "make_administrator",
        "unmake_administrator": "unmake_administrator", "remove_profile": "remove"}
BULK_CASES = [case for case in CASES if case.act in BULK and case.target in ("colleague", "foreigner")]


@pytest.mark.parametrize("kind", [Client, JsonClient], ids=["html", "json"])
@pytest.mark.parametrize("case", BULK_CASES, ids=str)
def test_by_the_page_for_several(world, daemon, play, case, kind):
    """One person whom the line is about, and one who is not there: of them nothing becomes, whoever asks."""
    at = play(case)
    client, form_key = world.clients[kind, case.actor], world.form_keys[kind, case.actor]
    fields = {"act": BULK[case.act], "confirmed": "yes", "person_1": str(uuid.uuid4()), "person_2": at.id}
    answer, before = ask(daemon, client, form_key, "POST", "/organization/people/chosen", fields)
    if case.cell in "+w":
        assert answer.status == 200, f"{answer.status} {answer.source}"
        check_author(world, at, world.directory.wait_for(lambda: world.writes(at)))
        return
    assert world.writes(at) == []
    if case.actor in ("admin", "ended"):  # they have the page, and nobody of another house on it
        assert answer.status == 200 and at.name not in answer.source and at.mail not in answer.source
        daemon.wait_log(lambda log: [line for line in log[before:].splitlines() if at.id in line and "outcome=refused" in line
                                     and f" actor={at.actor.name} " in line and f' as="{at.actor.profile}"' in line])
        return
    assert is_refused(answer, kind), f"{answer.status} {answer.source}"
    check_log(daemon, before, at, "POST")


# ---- in the directory: what to write there

def change(dn, operation, attribute, value):
    return f"dn: {dn}\nchangetype: modify\n{operation}: {attribute}\n" + (f"{attribute}: {value}\n" if value else "")


def add_entry(dn, **attributes):
    lines = [f"{name}: {value}" for name, values in attributes.items() for value in values]
    return "\n".join([f"dn: {dn}", "changetype: add", *lines, ""])


LDIF = {
    "ask_for_link": lambda at: change(at.account, "add", "lkSend", "find address=" + at.mail),
    "redeem_link": lambda at: change(at.target, "replace", "lkAccountDN", at.account),
    "undo": lambda at: change(at.target, "delete", "lkToken", at.token_value),
    "select_profile": lambda at: change(at.account, "add", "lkSession", f"session id=forged profile={at.id}"),
    "see_account": lambda at: (at.account, "uid"),
    "change_second_factor": lambda at: change(at.account, "replace", "lkSecondFactor", "totp step=1 tries=0 sealed=forged"),
    "see_people": lambda at: (at.target, "mail"),
    "add_profile": lambda at: add_entry(at.fresh, objectClass=["inetOrgPerson", "lkProfile"], cn=[at.fresh[3:].split(",")[0]], sn=["New"], mail=[at.mail + ".x"], lkSend=["invite"]),
    "edit_profile": lambda at: change(at.target, "replace", "telephoneNumber", "2"),
    "edit_own_profile": lambda at: change(at.target, "replace", "title", "Chef"),
    "change_own_mail": lambda at: change(at.target, "replace", "lkPendingMail", "new@target.example"),
    "remove_profile": lambda at: f"dn: {at.target}\nchangetype: delete\n",
    "send_invite": lambda at: change(at.target, "add", "lkSend", "invite"),
    "cancel_invite": lambda at: change(at.target, "delete", "lkSend", LATER),
    "make_administrator": lambda at: change(at.actor.house, "add", "lkAdministrator", at.target),
    "unmake_administrator": lambda at: change(at.house, "delete", "lkAdministrator", at.target),
    "tell_operators": lambda at: change(at.house, "add", "lkSend", "administrator_gone from=me text=left"),
    "see_organizations": lambda at: (at.house, "lkServicePlan"),
    "create_organization": lambda at: add_entry(at.fresh_house, objectClass=["organization", "lkOrganization"], o=[at.fresh_house[2:].split(",")[0]], lkAdministrator=[f"cn=New One,{at.fresh_house}"]),
    "set_plans": lambda at: change(at.house, "replace", "lkServicePlan", "gold"),
    "set_main_contact": lambda at: change(at.house, "replace", "lkMainContact", at.target),
    "declare_administrator": lambda at: change(at.house, "add", "lkAdministrator", at.target),
}  # fmt: skip


def identity(world, at, how):
    """The programs' words for who it is."""
    if how == "proxied":
        return ["-Q", "-Y", "EXTERNAL", "-e", f"!authzid=dn:{at.me}"]
    return ["-x"] + (["-D", at.me, "-w", PASSWORD] if at.me else [])


def run(world, program, arguments, text=""):
    return subprocess.run([program, "-H", world.directory.ldapi_uri, *arguments], input=text, text=True, capture_output=True, timeout=60)


LDAP_CASES = [(case, how) for case in CASES if case.act not in NOT_IN_THE_DIRECTORY
              for how in ("bound", "proxied") if not (how == "proxied" and case.actor == "nobody")]


@pytest.mark.slow
@pytest.mark.parametrize("case, how", LDAP_CASES, ids=[f"{case}-{how}" for case, how in LDAP_CASES])
def test_in_the_directory(world, play, case, how):
    at = play(case)
    wanted = LDIF[case.act](at)
    if case.act in SEARCHES:
        base, attribute = wanted
        done = run(world, "ldapsearch", [*identity(world, at, how), "-LLL", "-b", base, "-s", "base", attribute])
        succeeded = done.returncode == 0 and f"\n{attribute}:" in done.stdout
    else:
        done = run(world, "ldapmodify", identity(world, at, how), wanted)
        succeeded = done.returncode == 0
    assert done.returncode in (0, *REFUSALS), done.stderr
    assert succeeded == (case.cell in "+d"), f"{done.returncode}: {done.stdout}{done.stderr}"
    if case.act in SEARCHES:
        return
    written = world.writes(at)
    assert bool(written) == succeeded, written
    if succeeded:
        assert at.me.lower() in [dn.lower() for dn in written]


# ---- the table itself

def test_the_table_is_whole():
    """Each act of the policy has its line, its page, and its counterpart in the directory or a reason for none."""
    source = (TABLE.parents[2] / "src" / "policy" / "policy.c").read_text()
    acts = set(re.findall(r'\[POLICY_\w+\] = "(\w+)"', source)) - {"nothing"}
    assert {case.act for case in read_table()} == acts
    acts -= set(ELSEWHERE)
    assert {case.act for case in CASES} == acts == set(PAGES)
    assert acts - set(LDIF) == set(NOT_IN_THE_DIRECTORY)
    bulk = (TABLE.parents[2] / "src" / "actions" / "bulk.c").read_text()
    assert {(policy.lower(), act) for act, policy in re.findall(r'"(\w+)", +POLICY_(\w+),', bulk)} == set(BULK.items())
    for act in NOT_IN_THE_DIRECTORY:
        lines = [line for line in TABLE.read_text().splitlines() if line.startswith(act)]
        assert all("nothing:" in line for line in lines), f"{act} says why it has no counterpart"
