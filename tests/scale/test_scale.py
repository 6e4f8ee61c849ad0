# SPDX-License-Identifier: Apache-2.0
"""What a million accounts and a million profiles cost beside ten thousand: every operation of the daemon, its memory, its start.

Two directories stand side by side, each with a daemon of its own; what is asked alternates between them. Measured is one request each
time, for another person anywhere in the multitude: the time from its first byte to the answer's last (for a message, from the
ldapmodify's success to the mail server's having it), and what it costs slapd and the daemon in CPU time, until neither works any
longer. Both medians are held to the bound: who waits does not see the CPU, and a machine that others use shows another time each
run. What misses at first is asked five times as often, and that counts. What the hashes of passwords cost is the same on both sides
and would hide the rest, so they are cheap here.

Loading a million takes its time and 12 GB. LK_SCALE_FOLDER keeps that for the next run; LK_SCALE_MANY and LK_SCALE_FEW are other sizes.
"""
import contextlib
import os
import pathlib
import random
import re
import socket
import string
import time
import urllib.parse

import pytest

from figures import ROUNDS, http_request
from harness.client import JsonClient
from harness.daemon import Daemon
from harness.links import KeyRing
from harness.mail import MailServer
from multitude import EACH, PASSWORD, Multitude
from names import GIVEN, surname
from rows import Cost, Row

FEW, MANY = int(os.environ.get("LK_SCALE_FEW", 10_000)), int(os.environ.get("LK_SCALE_MANY", 1_000_000))
REPEATS = 12 * ROUNDS
REPEATS_MOST = 5 * REPEATS  # where the bound was missed
ADMINISTERED = 10  # organisations whose administrators act
OTHERS = 4  # of each other size
REST = 0.001  # seconds in which nobody works
CONSONANTS = "bcdfghjklmnpqrstvwxz"
NEW_PASSWORD = "harbour-tulip-41-lamp"


def processor_clock(pid):
    """Of all threads of another process, to the nanosecond: clock_getcpuclockid(3), which Python lacks."""
    return ~pid << 3 | 2


class World:
    """A directory of that size with its daemon, and who is signed in there."""

    def __init__(self, folder, people, mail, sequence):
        self.directory = Multitude(folder / f"{people}", people)
        self.people = people
        self.mail = mail
        self.mark = f"{sequence}"
        self.asked = 0
        self.clients = {}

    @contextlib.contextmanager
    def running(self, folder):
        if not self.directory.is_made():
            self.directory.fill()
            print(f"\n{self.people:,} accounts and profiles loaded by slapadd in {self.directory.load_seconds:.0f} s")
        self.directory.renew()
        with self.directory, Daemon(folder, self.directory, settings={
                "courier.deliver_to": self.mail.url, "log.level": "info"}) as self.daemon:
            self.read_every_entry()
            self.ring = KeyRing(self.daemon.folder / "keys")
            yield self

    def read_every_entry(self):
        """By a search without an index. slapd maps its file, and the kernel gives it the pages one by one when they are first read: a slapd
        that has run for a day has most of them, one that was just started has none."""
        assert self.directory.search("(description=nobody's)", attributes=["1.1"]) == []

    # ---- what it costs

    def processor(self):
        """Seconds that slapd and the daemon have had of the processor since they began."""
        return sum(time.clock_gettime(processor_clock(process.pid)) for process in (self.directory.process, self.daemon.process))

    def at_rest(self):
        """The same, once neither works any longer: the worker that has just answered ends its turn, the log of changes is written."""
        spent = -1
        while spent != (spent := self.processor()):
            time.sleep(REST)
        return spent

    @contextlib.contextmanager
    def measured(self, costs):
        """Of what is done meanwhile; which sets the time, for it may end before the rest does."""
        before, cost = self.at_rest(), Cost()
        yield cost
        cost.processor = (self.at_rest() - before) * 1000
        costs.append(cost)

    # ---- people

    def new_word(self):
        """Something that is nowhere in the directory yet; short, for people have no long names and addresses."""
        self.asked += 1
        word, rest = "", self.asked
        while rest:
            word, rest = word + CONSONANTS[rest % len(CONSONANTS)], rest // len(CONSONANTS)
        return word

    def next_number(self):
        """A person who has an account and a profile and was not asked for before: anywhere among them all."""
        self.asked += 1
        number = (self.asked * 7919 + int(self.mark)) % self.people
        return number if number % 10 else number + 1

    def profile(self, number):
        found = self.directory.search(f"(lkAccountDN={self.directory.account(number)})", attributes=["1.1"])
        return found[0][0]

    def signed_in(self, name):
        if name not in self.clients:
            client = JsonClient(self.daemon.url)
            answer = client.send("/signin", "/signin", {"name": name, "password": PASSWORD})
            assert answer.status == 200, answer.source
            client.csrf = client.get("/account").json["csrf"]
            self.clients[name] = client
        return self.clients[name]

    def person(self):
        return self.signed_in(f"person-{self.next_number()}")

    def administrator(self, turn):
        """Of an organisation anywhere among them all; the account is one that nobody was tied to."""
        number = (turn % ADMINISTERED) * (self.people // EACH // ADMINISTERED)
        dn = self.directory.organization(number)
        name = f"person-{number * EACH}"
        if name not in self.clients:
            profile = self.directory.values(dn, "lkAdministrator")[0]
            self.directory.modify(profile, replace={"lkAccountDN": f"uid={name},{self.directory.accounts}"})
            self.signed_in(name).organization = dn
        return self.clients[name]

    def administrator_of(self, size, turn):
        """Of an organisation of that many, one of OTHERS, which the first who asks for it fills."""
        number = turn % OTHERS
        name = f"person-{(number + 1) * EACH + size}"
        if name not in self.clients:
            organization = self.directory.add_organization(f"{size} people {number} {self.mark}", plans=["support until=20991231235959Z"])
            chance = random.Random(number)
            for place in range(size):
                given, family = chance.choice(GIVEN), surname(chance)
                dn = self.directory.add_profile(organization, f"{given} {family} {place}", f"{place}@{size}-{number}.example",
                                                displayName=f"{given} {family}", givenName=given, sn=family, title="Fitter")
            self.directory.modify(organization, add={"lkAdministrator": dn})
            self.directory.modify(dn, replace={"lkAccountDN": f"uid={name},{self.directory.accounts}"})
        return self.signed_in(name)

    def operator(self):
        name = f"person-{EACH + 10}"
        if name not in self.clients:
            dn = f"uid={name},{self.directory.accounts}"
            if dn not in self.directory.values(self.directory.operators, "member"):
                self.directory.make_operator(dn)
        return self.signed_in(name)

    def somebody_of(self, administrator):
        """The path of a person of that organisation who was added for it."""
        word = self.new_word()
        dn = self.directory.add_profile(administrator.organization, f"Nina New {word}", f"nina.{word}@scale.example",
                                        displayName=f"Nina New {word}", givenName="Nina")
        return "/organization/people/" + self.directory.values(dn, "entryUUID")[0]

    def live_link(self, purpose, dn, mail):
        token, value = self.ring.link(purpose, mail, int(time.time()) + 86400)
        self.directory.modify(dn, add={"lkToken": value})
        return token


# ---- what is asked: (who asks, method, target, form)

def get(target, who=World.person):
    return lambda world, turn: (who(world), "GET", target, None)


def administrator_gets(target):
    return lambda world, turn: (world.administrator(turn), "GET", target, None)


def administrator_of(size, target):
    return lambda world, turn: (world.administrator_of(size, turn), "GET", target, None)


def open_next(world, turn):
    administrator = world.administrator(turn)
    return administrator, "GET", administrator.get("/organization").json["next"], None


def open_letter(world, turn):
    """A page that the daemon has not read before: it remembers how a page is cut."""
    letter = string.ascii_lowercase[turn // ADMINISTERED * 7 % 26]
    return world.administrator(turn), "GET", f"/organization?from={letter}", None


def anybody(world):
    client = JsonClient(world.daemon.url)
    client.csrf = client.get("/signin").json["csrf"]
    return client


def sign_in(world, turn):
    return anybody(world), "POST", "/signin", {"name": f"person-{world.next_number()}", "password": PASSWORD}


def sign_in_wrongly(world, turn):
    return anybody(world), "POST", "/signin", {"name": f"person-{world.next_number()}", "password": "not-the-one-7"}


def sign_in_unknown(world, turn):
    return anybody(world), "POST", "/signin", {"name": f"nobody-{world.new_word()}", "password": PASSWORD}


def sign_up(world, turn):
    return anybody(world), "POST", "/signup", {"name": f"newcomer-{world.new_word()}", "password": PASSWORD, "password_again": PASSWORD}


def sign_out(world, turn):
    return world.person(), "POST", "/signout", {}


def associate(world, turn):
    mail = world.directory.values(world.profile(world.next_number()), "mail")[0]
    return world.person(), "POST", "/associate", {"mail": mail}


def associate_unknown(world, turn):
    return world.person(), "POST", "/associate", {"mail": f"{world.new_word()}@nowhere.example"}


def invited(world):
    dn = world.directory.add_profile(world.directory.organization(world.next_number() // EACH), f"Ivy {world.new_word()}",
                                     f"ivy.{world.new_word()}@scale.example")
    return world.live_link("invite", dn, world.directory.values(dn, "mail")[0])


def open_link(world, turn):
    return world.person(), "GET", "/t/" + invited(world), None


def redeem_link(world, turn):
    return world.person(), "POST", "/t", {"token": invited(world)}


def changed_title(client, path, names=("given_name", "surname", "telephone", "title")):
    """The form of that page, filled in as it is shown, with another title."""
    shown = client.get(path).json["was"]
    was = {name: shown.get(name) or "" for name in names}
    return client, "POST", path, {**was, **{f"was_{name}": value for name, value in was.items()}, "title": "Turner"}


def save_profile(world, turn):
    return changed_title(world.person(), "/profile")


def ask_reset(world, turn):
    return anybody(world), "POST", "/reset", {"name": f"person-{world.next_number()}"}


def reset(world, turn):
    number = world.next_number()
    token = world.live_link("reset", world.directory.account(number), f"person-{number}@home.example")
    return anybody(world), "POST", "/reset/link", {"token": token, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}


def change_password(world, turn):
    return world.person(), "POST", "/account/password", {
        "password_now": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}


def end_sessions(world, turn):
    return world.person(), "POST", "/account/sessions/end-all", {}


def delete_account(world, turn):
    return world.person(), "POST", "/account/delete", {"password_now": PASSWORD}


def open_person(world, turn):
    administrator = world.administrator(turn)
    return administrator, "GET", world.somebody_of(administrator), None


def add_person(world, turn):
    word = world.new_word()
    return world.administrator(turn), "POST", "/organization/people/new", {
        "given_name": "Olaf", "surname": f"New {word}", "mail": f"olaf.{word}@scale.example", "invite": "on"}


def save_person(world, turn):
    administrator = world.administrator(turn)
    return changed_title(administrator, world.somebody_of(administrator), ("given_name", "surname", "mail", "telephone", "title"))


def on_person(what, form=None):
    def ask(world, turn):
        administrator = world.administrator(turn)
        return administrator, "POST", world.somebody_of(administrator) + what, form or {}
    return ask


def open_organization(world, turn):
    dn = world.directory.organization(world.next_number() // EACH)
    return world.operator(), "GET", "/operator/" + world.directory.values(dn, "entryUUID")[0], None


def make_organization(world, turn):
    word = world.new_word()
    return world.operator(), "POST", "/operator/new", {
        "name": f"New {word}", "plan": "support", "until": "2099-12-31", "person": "Mona Main", "mail": f"mona.{word}@scale.example"}


def set_plan(world, turn):
    dn = world.directory.organization(world.next_number() // EACH)
    path = "/operator/" + world.directory.values(dn, "entryUUID")[0]
    return world.operator(), "POST", path + "/plan", {"plan": "training", "until": f"2098-{turn % 12 + 1:02}-{turn % 28 + 1:02}"}


def open_letter_of(size):
    return lambda world, turn: (world.administrator_of(size, turn), "GET",
                                f"/organization?from={string.ascii_lowercase[turn // OTHERS * 7 % 26]}", None)


ASKED = {
    "check of a service's request (/auth)": get("/auth"),
    "home page": get("/associate"),
    "choose a profile": get("/select"),
    "own account": get("/account"),
    "own profile": get("/profile"),
    "sign in": sign_in,
    "sign in, wrong password": sign_in_wrongly,
    "sign in, unknown name": sign_in_unknown,
    "sign up": sign_up,
    "sign out": sign_out,
    "sign out everywhere": end_sessions,
    "ask for a link to a profile": associate,
    "ask for a link, unknown address": associate_unknown,
    "open a link": open_link,
    "redeem a link": redeem_link,
    "save the own profile": save_profile,
    "ask for a reset": ask_reset,
    "reset a password": reset,
    "change a password": change_password,
    "delete an account": delete_account,
    "list of people": administrator_gets("/organization"),
    "list of people, the next page": open_next,
    "list of people, a letter, opened first": open_letter,
    "list of people, a letter": administrator_gets("/organization?from=m"),
    "list of people, backwards": administrator_gets("/organization?before=t"),
    "search for people": administrator_gets("/organization?search=Michael"),
    "list of 150 people": administrator_of(150, "/organization"),
    "list of 150 people, the next page": administrator_of(150, "/organization?page=2"),
    "list of 290 people": administrator_of(290, "/organization"),
    "list of 290 people, a letter": administrator_of(290, "/organization?from=m"),
    "list of 400 people, opened first": open_letter_of(400),
    "list of 520 people, opened first": open_letter_of(520),
    "list of 520 people": administrator_of(520, "/organization"),
    "list of 720 people": administrator_of(720, "/organization"),
    "list of 400 people": administrator_of(400, "/organization"),
    "list of 400 people, a letter": administrator_of(400, "/organization?from=m"),
    "list of 2100 people, opened first": open_letter_of(2100),
    "list of 2100 people": administrator_of(2100, "/organization"),
    "list of 2100 people, backwards": administrator_of(2100, "/organization?before=t"),
    "search among 400 people": administrator_of(400, "/organization?search=Michael"),
    "a person": open_person,
    "add a person and invite": add_person,
    "save a person": save_person,
    "invite a person": on_person("/invite"),
    "make an administrator": on_person("/administrator", {"administrator": "on"}),
    "remove a person": on_person("/remove"),
    "operator: organisations": get("/operator?q=Organization 0", World.operator),
    "operator: an organisation": open_organization,
    "operator: new organisation": make_organization,
    "operator: set a plan": set_plan,
}
REFUSED = {"sign in, wrong password", "sign in, unknown name"}


# ---- measuring

def answer_time(world, client, method, target, form):
    """Milliseconds until the answer is there, and its status."""
    if form is not None:
        form = {"csrf": client.csrf, **form}
    request = http_request(method, urllib.parse.quote(target, safe="/?=&"), world.daemon.port, client.cookies, form)
    with socket.create_connection(("127.0.0.1", world.daemon.port)) as connection:
        begin = time.perf_counter()
        connection.sendall(request)
        status = read_answer(connection)
        return (time.perf_counter() - begin) * 1000, status


def read_answer(connection):
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(65536)
        assert part, "the connection ended"
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    missing = int(headers.get(b"content-length", 0)) - len(body)
    while missing > 0:
        missing -= len(connection.recv(65536))
    return int(head.split()[1])


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """(the one with few, the one with many)"""
    folder = tmp_path_factory.mktemp("scale")
    kept = pathlib.Path(os.environ.get("LK_SCALE_FOLDER", folder))
    sequence = int(time.time())
    with MailServer() as mail, contextlib.ExitStack() as stack:
        yield [stack.enter_context(World(kept, people, mail, sequence).running(folder / f"daemon-{people}")) for people in (FEW, MANY)]


def held(name, ask, worlds, unit="ms"):
    """`ask` appends what it has cost to the list that it is given. The first one each is for what is read once and kept."""
    row = Row(name, FEW, MANY, unit)
    for world in worlds:
        ask(world, 0, [])
    for turn in range(1, REPEATS_MOST + 1):
        for world in worlds:
            ask(world, turn, row.costs[world.people])
        if turn == REPEATS and row.is_held():
            break
    row.report()


@pytest.mark.parametrize("name", ASKED)
def test_operation(worlds, name):
    def ask(world, turn, costs):
        request = ASKED[name](world, turn)
        with world.measured(costs) as cost:
            cost.time, status = answer_time(world, *request)
        statuses[world.people].add(status)

    statuses = {world.people: set() for world in worlds}
    held(name, ask, worlds)
    assert statuses[FEW] == statuses[MANY] and statuses[FEW] <= ({422} if name in REFUSED else {200, 303}), statuses


def test_message(worlds):
    """From the success of an ldapmodify, until the mail server has the letter; the ldapmodify is in the CPU time."""
    def ask(world, turn, costs):
        dn = world.profile(world.next_number())
        address = world.directory.values(dn, "mail")[0]
        with world.measured(costs) as cost:
            world.directory.modify(dn, add={"lkSend": "invite"})
            begin = time.monotonic()
            letter = world.directory.wait_for(lambda: world.mail.to(address), what="the letter")[-1]
            cost.time = (letter.arrived - begin) * 1000

    held("a message, from the ldapmodify on", ask, worlds)


def test_start(worlds):
    """From the daemon's start until it is ready; and what waits then is found."""
    def ask(world, turn, costs):
        world.daemon.stop()
        world.daemon.log_path.unlink()
        before = time.clock_gettime(processor_clock(world.directory.process.pid))
        world.daemon.start()
        line = world.directory.wait_for(lambda: re.search(r"event=ready .*\bms=(\d+).*\n", world.daemon.log()), what="the log to say so")
        costs.append(Cost(float(line.group(1)), (world.at_rest() - before) * 1000))

    held("start of the daemon", ask, worlds)


def test_memory(worlds):
    """Of a daemon that has just done a little of everything."""
    row = Row("resident memory", FEW, MANY, "MiB", bound=1.1)
    for world in worlds:
        world.daemon.stop()
        world.daemon.start()
        for turn in range(2):
            for ask in ASKED.values():
                answer_time(world, *ask(world, turn))
        row.costs[world.people].append(Cost(world.daemon.resident() / 2**20))
    row.report()
