# SPDX-License-Identifier: Apache-2.0
"""A name in the form of an address is confirmed by a link before there is an account of it: flows S2, S7, S8, S10, lessons 1, 4, 5, 11, 17,
over the real programs."""
import re
import threading
import time
import uuid

import pytest

from harness.client import Client, JsonClient
from harness.daemon import Daemon
from harness.links import KeyRing, use_numbered

PASSWORD = "violet-anvil-9-teacup"
OTHER_PASSWORD = "granite moth parade 41"


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("daemon"), directory) as running:
        yield running


@pytest.fixture
def name():
    return f"{unique('ada')}@home.example"


@pytest.fixture
def client(daemon):
    return Client(daemon.url)


def decoy(directory):
    return f"cn=decoy,ou=services,{directory.suffix}"


def entry_of(directory, name):
    return directory.read(f"uid={name},{directory.accounts}")


def ask(client, name):
    page = client.get("/signup").sign_up(name, PASSWORD)
    assert page.status == 200 and name in page.text and "Look into your mailbox" in page.text, page.text
    return page


def letter_to(daemon, client, name):
    known = len(daemon.mailbox.to(name))
    ask(client, name)
    return daemon.mailbox.wait(name, known + 1)[-1]


def make(client, link, password=PASSWORD, **more):
    return client.get(link).submit("/signup/link", password=password, password_again=password, **more)


def nothing_waits(directory):
    directory.wait_until_all_is_sent()


def offer_of(letter):
    return letter.link.partition("?offer=")[2]


# ---- S7

def test_s7_an_account_under_an_address(daemon, directory, client, name):
    before = directory.read(decoy(directory))
    letter = letter_to(daemon, client, name)
    assert letter.subject == "Make your account at Latchkey" and name in letter.text
    assert letter.html.count(letter.link) == 3 and not re.search(r"name=|%40", letter.link)
    nothing_waits(directory)
    assert entry_of(directory, name) is None, "nothing before the link"
    after = directory.read(decoy(directory))
    assert {key: value for key, value in after.items() if key.startswith("lk")} == \
           {key: value for key, value in before.items() if key.startswith("lk")}, "and nothing of it stays"

    reader = Client(daemon.url)
    for method in ("GET", "HEAD", "GET"):
        status, _, _ = reader.request(method, letter.link.removeprefix(daemon.url))
        assert status == 200
    page = reader.get(letter.link)
    assert name in page.source and entry_of(directory, name) is None, "looking changes nothing"
    page = page.submit("/signup/link", password=PASSWORD, password_again=PASSWORD, question="First street?", answer="Elm Street",
                       given_name="Ada", surname="Archer", postal_code="10115")
    assert page.path == "/associate" and name in page.text, "signed in"
    entry = entry_of(directory, name)
    assert entry["mail"] == [name] and entry["cn"] == ["Ada Archer"] and entry["lkQuestion"] == ["First street?"]
    assert "lkToken" not in entry and "lkAlternateMail" not in entry
    assert Client(daemon.url).sign_in(name, PASSWORD).path == "/associate"


def test_s8_the_name_is_a_confirmed_address(daemon, directory, client, name):
    """What sets a new password goes there, and so does what tells of a change."""
    make(client, letter_to(daemon, client, name).link)
    Client(daemon.url).get("/reset").submit("/reset", name=name)
    letter = daemon.mailbox.wait(name, 2)[-1]
    assert letter.subject == "Reset your password for Latchkey"
    page = Client(daemon.url).get(letter.link).submit("/reset/link", password=OTHER_PASSWORD, password_again=OTHER_PASSWORD)
    assert page.path == "/reset/done"
    assert "changed" in daemon.mailbox.wait(name, 3)[-1].subject

    alternate = f"{unique('spare')}@home.example"
    client.sign_in(name, OTHER_PASSWORD)
    client.get("/account/mail").submit("/account/mail", mail=alternate, password_now=OTHER_PASSWORD)
    page = client.get(daemon.mailbox.newest(alternate).link)
    page.submit("/t", token=page.form("/t").fields["token"])
    assert "changed" in daemon.mailbox.wait(name, 4)[-1].subject, "the address that a link went to until then is told"


def test_a_name_written_by_hand_is_confirmed_where_mail_says_so(daemon, directory):
    for mail, is_confirmed in ((None, False), ("other@home.example", False), ("same", True)):
        name = f"{unique('hand')}@home.example"
        directory.add_account(name, PASSWORD, **({} if mail is None else {"mail": name.upper() if mail == "same" else mail}))
        Client(daemon.url).get("/reset").submit("/reset", name=name)
        if is_confirmed:
            daemon.mailbox.newest(name.upper())
        nothing_waits(directory)
        assert len(daemon.mailbox.to(name.upper())) == is_confirmed and daemon.mailbox.to("other@home.example") == []


def test_faults_are_told_and_the_link_stays_good(daemon, directory, client, name):
    letter = letter_to(daemon, client, name)
    page = make(client, letter.link, password="short", given_name="Ada", question="Why?")
    assert page.status == 422 and "At least" in page.text and PASSWORD not in page.source
    assert page.form("/signup/link").fields["given_name"] == "Ada"
    assert "A question needs its answer." in page.text
    page = page.submit("/signup/link", password=name, password_again=name, question="")
    assert page.status == 422 and "name or address" in page.text
    assert entry_of(directory, name) is None
    page = page.submit("/signup/link", password=PASSWORD, password_again=PASSWORD, question="")
    assert page.path == "/associate"


@pytest.mark.parametrize("typed", ["ada@", "@home.example", "ada@home", "ada@b@home.example", "ada＠home.example", "ada﹫home.example",
                                   "ada@hоme.example", "a da@home.example"])
def test_lesson_17_what_only_looks_like_an_address(daemon, directory, client, typed):
    """Neither a name of one's own nor an address: nobody passes for somebody else by it."""
    nothing_waits(directory)
    page = client.get("/signup").submit("/signup", name=typed, step="name")
    assert page.status == 422 and "complete e-mail address" in page.text
    answer = JsonClient(daemon.url).send("/signup", "/signup", {"name": typed, "password": PASSWORD, "password_again": PASSWORD})
    assert answer.status == 422 and [error["code"] for error in answer.json["errors"]] == ["name_not_address"]
    assert directory.search(f"(|(uid={typed})(lkSend=*))") == []


def test_a_name_of_ones_own_needs_no_letter(daemon, directory, client):
    name = unique("plain")
    page = client.get("/signup").submit("/signup", name=name.upper(), step="name")
    assert page.status == 200 and page.form("/signup").fields["name"] == name.upper()
    assert page.submit("/signup", name=name, password=PASSWORD, password_again=PASSWORD).path == "/associate"
    assert "mail" not in entry_of(directory, name)
    page = client.get("/signup").submit("/signup", name="ab", step="name")
    assert page.status == 422 and "three characters" in page.text and "password" not in page.form("/signup").names


# ---- S10

def test_s10_already_registered(daemon, directory, client, name):
    make(client, letter_to(daemon, client, name).link)
    stranger = Client(daemon.url)
    free = f"{unique('free')}@home.example"
    answers = [stranger.request("POST", "/signup", f"csrf={csrf(stranger)}&step=name&name={typed}", FORM)
               for typed in (name, free)]
    bodies = [body.decode().replace(typed, "") for (_, _, body), typed in zip(answers, (name, free))]
    assert re.sub(r'value="[^"]*"', "", bodies[0]) == re.sub(r'value="[^"]*"', "", bodies[1])
    assert [status for status, _, _ in answers] == [200, 200]
    letter = daemon.mailbox.wait(name, 2)[-1]
    assert letter.subject == "You have an account at Latchkey"
    assert f"{daemon.url}/signin" in letter.text and f"{daemon.url}/reset" in letter.text and "/t/" not in letter.source.decode()
    assert daemon.mailbox.newest(free).subject == "Make your account at Latchkey"
    nothing_waits(directory)


def test_s10_however_it_is_spelt(daemon, directory, client):
    """The letter goes where the directory says, not where somebody has typed."""
    name = f"{unique('Case')}@Home.example"
    make(client, letter_to(daemon, client, name).link)
    ask(Client(daemon.url), name.lower())
    assert daemon.mailbox.wait(name, 2)[-1].subject == "You have an account at Latchkey"
    assert daemon.mailbox.to(name.lower()) == []


def test_a_link_that_is_used_leads_on_to_signing_in(daemon, directory, client, name):
    letter = letter_to(daemon, client, name)
    open_page = Client(daemon.url).get(letter.link)
    make(client, letter.link)
    assert client.get(letter.link).path == "/associate", "one's own second click goes on"
    page = Client(daemon.url).get(letter.link)
    assert page.status == 200 and "there already" in page.text and "/reset" in page.parsed.links
    assert page.submit("/signin", password=PASSWORD).path == "/associate"
    page = open_page.submit("/signup/link", password=OTHER_PASSWORD, password_again=OTHER_PASSWORD)
    assert page.status == 409 and "there already" in page.text
    assert Client(daemon.url).sign_in(name, OTHER_PASSWORD).status == 422


def test_what_the_directory_refuses_is_said_and_the_link_stays_good(own_directory, tmp_path, name):
    """Rules that give the daemon no right to add accounts: the page says so much, the log has the reason. When they are mended, the letter
    that was sent before is still of use."""
    with Daemon(tmp_path / "daemon", own_directory) as daemon:
        letter = letter_to(daemon, Client(daemon.url), name)
        with own_directory.without_new_accounts():
            client = Client(daemon.url)
            page = make(client, letter.link)
            assert page.status == 500 and "could not be saved" in page.text and "there already" not in page.text
            assert PASSWORD not in page.source and client.get("/account", follow=False).status == 303, "signed in as nobody"
            program = JsonClient(daemon.url)
            form = {"csrf": program.get(letter.link).json["csrf"], "token": letter.token, "offer": offer_of(letter)}
            answer = program.post("/signup/link", {**form, "password": PASSWORD, "password_again": PASSWORD}, follow=False)
            assert answer.status == 500 and answer.json["type"].endswith("#not_saved")
            daemon.wait_log(lambda log: log.count("action=sign_up outcome=refused_by_directory") == 2)
            trouble = [line for line in daemon.log().splitlines() if "event=request_trouble" in line]
            assert len(trouble) == 2 and all("level=error" in line and "Insufficient access (50)" in line for line in trouble), trouble
            assert entry_of(own_directory, name) is None
        assert make(Client(daemon.url), letter.link).path == "/associate"


def test_lesson_5_of_many_at_once_one_makes_the_account(daemon, directory, tmp_path_factory):
    settings = {"links.key_ring": str(daemon.folder / "keys"), "courier.deliver_to": f"maildir:{daemon.mailbox.path}"}
    with Daemon(tmp_path_factory.mktemp("other"), directory, settings=settings) as other:
        for _ in range(10):
            name = f"{unique('race')}@home.example"
            letter = letter_to(daemon, Client(daemon.url), name)
            pages = [Client(which.url).get(letter.link) for which in (daemon, other) * 2]
            passwords = [f"{PASSWORD} {number}" for number in range(len(pages))]
            barrier, answers = threading.Barrier(len(pages)), [None] * len(pages)

            def go(number):
                barrier.wait()
                answers[number] = pages[number].submit("/signup/link", password=passwords[number],  # noqa: B023
                                                       password_again=passwords[number])  # noqa: B023

            threads = [threading.Thread(target=go, args=(number,)) for number in range(len(pages))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            statuses = sorted(answer.status for answer in answers)
            assert statuses == [200] + [409] * (len(pages) - 1), statuses
            (winner,) = [number for number, answer in enumerate(answers) if answer.status == 200]
            assert len(directory.search(f"(uid={name})")) == 1
            assert Client(daemon.url).sign_in(name, passwords[winner]).path == "/associate"


# ---- on the way from somewhere

def test_s2_an_invite_is_come_back_to(daemon, directory, client, name):
    organization = directory.add_organization(unique("Org"), plans=["support until=20991231235959Z"])
    mail = f"{unique('way')}@org.example"
    dn = directory.add_profile(organization, "Wanda Way", mail)
    directory.modify(dn, add={"lkSend": "invite"})
    invite = daemon.mailbox.newest(mail)
    page = client.get(invite.link).submit("/signup/start").sign_up(name, PASSWORD)
    assert "Look into your mailbox" in page.text and page.form("/signup/start").fields["continue"] == f"/t/{invite.token}"
    letter = daemon.mailbox.newest(name)
    assert invite.token not in letter.source.decode().replace("=\n", ""), "the invite is nobody else's"
    reader = Client(daemon.url)
    page = make(reader, letter.link)
    assert page.path == f"/t/{invite.token}" and "Wanda Way" in page.text and name in page.text
    assert page.submit("/t", token=invite.token).path.startswith("/associated")
    assert directory.values(dn, "lkAccountDN") == [f"uid={name},{directory.accounts}"]

    late = Client(daemon.url).get(letter.link)
    assert late.submit("/signin", password=PASSWORD).path.startswith("/associated"), "who opens it again comes back too"


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/signout", "/t/../signout", "/associate?x=" + "y" * 1000])
def test_onward_is_a_path_of_ours(daemon, client, name, target):
    csrf_value = csrf(client)
    answer = client.post("/signup", {"csrf": csrf_value, "step": "name", "name": name, "continue": target})
    if answer.status == 400:
        return  # too long for the form
    assert "evil" not in answer.source
    page = make(Client(daemon.url), daemon.mailbox.newest(name).link)
    assert page.path == "/associate"


def test_onward_in_a_forged_offer_is_not_followed(daemon, client, name):
    """Not even with the key ring: what is behind the link is checked when it is followed."""
    letter, ring = letter_to(daemon, client, name), KeyRing(daemon.folder / "keys")
    use = use_numbered("SIGN_UP")
    assert ring.opened(use, offer_of(letter)) == name.encode() + b"\0\0"
    offer = ring.sealed(use, name.encode() + b"\0//evil.example/\0")
    page = make(Client(daemon.url), letter.link.replace(offer_of(letter), offer))
    assert page.path == "/associate"


# ---- links that are none

def test_what_is_not_such_a_link(daemon, directory, client, name):
    letter, other = letter_to(daemon, client, name), letter_to(daemon, client, f"{unique('other')}@home.example")
    ring, use = KeyRing(daemon.folder / "keys"), use_numbered("SIGN_UP")
    base = letter.link.partition("?")[0]
    offers = ["", "?offer=", "?offer=" + offer_of(letter)[:-1], "?offer=" + "A" * len(offer_of(letter)), "?offer=" + offer_of(other),
              "?offer=" + ring.sealed(use, name.encode() + b"\0"), "?offer=" + ring.sealed(use, b"\0" * 40),
              "?offer=" + ring.sealed(use_numbered("RECOVERY"), name.encode() + b"\0\0")]
    for offer in offers:
        answer = Client(daemon.url).get(base + offer)
        assert answer.status == 404 and name not in answer.source, offer
    now = int(time.time())
    for mail, purpose, until, status in ((name, "sign_up", now - 1, 410), (name, "confirm", now + 600, 404), (name, "reset", now + 600, 404),
                                         ("x@y.example", "sign_up", now + 600, 404), (name, "sign_up", now + 600, 200)):
        token, _ = ring.link(purpose, mail, until)
        reader = Client(daemon.url)
        form = {"csrf": csrf(reader), "token": token, "offer": offer_of(letter), "password": PASSWORD, "password_again": PASSWORD}
        assert reader.post("/signup/link", form).status == status, (mail, purpose)
        assert (entry_of(directory, name) is not None) == (status == 200)
    reader = Client(daemon.url)
    answer = reader.post("/t", {"csrf": csrf(reader), "token": letter.token})
    assert answer.status == 404, "its form goes elsewhere"


def test_nobody_else_makes_us_write_to_strangers(daemon, directory, client, name):
    """Neither by ldapmodify, nor with a request that was ours and is changed."""
    own = letter_to(daemon, client, name)
    nothing_waits(directory)
    stranger = f"{unique('stranger')}@home.example"
    for value in (f"sign_up to={stranger}", f"sign_up to={stranger} since=20261122194103Z offer={offer_of(own)} seal=AAAA"):
        directory.modify(decoy(directory), add={"lkSend": value})
        nothing_waits(directory)
        assert directory.values(decoy(directory), "lkSendError")[0].startswith("sign_up at=")
        directory.modify(decoy(directory), replace={"lkSendError": []})
    dn = directory.add_account(unique("holder"), PASSWORD, lkSend=f"sign_up to={stranger}")
    nothing_waits(directory)
    assert directory.values(dn, "lkSendError") != [] and daemon.mailbox.to(stranger) == []


# ---- programs, languages, limits, switches

def test_json(daemon, directory, name):
    program = JsonClient(daemon.url)
    answer = program.send("/signup", "/signup", {"name": name, "password": PASSWORD, "password_again": PASSWORD})
    assert answer.status == 200 and answer.json["name"] == name
    letter = daemon.mailbox.newest(name)
    shown = program.get(letter.link).json
    assert shown["name"] == name and shown["token"] == letter.token and shown["offer"] == offer_of(letter)
    form = {"csrf": shown["csrf"], "token": letter.token, "offer": shown["offer"]}
    answer = program.post("/signup/link", {**form, "password": PASSWORD, "password_again": "other"}, follow=False)
    assert answer.status == 422 and [error["code"] for error in answer.json["errors"]] == ["password_mismatch"]
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    answer = program.post("/signup/link", {**form, "password": PASSWORD, "password_again": PASSWORD}, follow=False)
    assert answer.status == 200 and answer.json["location"] == "/"
    other = JsonClient(daemon.url)
    answer = other.post("/signup/link", {**form, "csrf": other.get("/signup").json["csrf"], "password": PASSWORD,
                                         "password_again": PASSWORD}, follow=False)
    assert answer.status == 409 and answer.json["form"]["name"] == name


def test_without_the_forms_token_nothing_is_asked(daemon, directory, name):
    for path, fields in (("/signup", {"name": name, "step": "name"}), ("/signup/link", {"token": "x", "offer": "y"})):
        assert Client(daemon.url).post(path, fields).status == 403
    assert daemon.mailbox.to(name) == []


def test_the_letter_is_in_the_language_of_the_page(daemon, name):
    client = Client(daemon.url, {"Accept-Language": "de"})
    page = client.get("/signup").sign_up(name, PASSWORD)
    assert "Postfach" in page.text
    assert "Konto" in daemon.mailbox.newest(name).subject


def test_limits_by_mailbox_and_by_where_it_is_asked_from(own_directory, tmp_path):
    victim = f"{unique('victim')}@example.org"
    settings = {"limits.mail_tries": "2", "limits.mail_pause": "1h", "limits.address_tries": "4", "limits.address_pause": "1h"}
    with Daemon(tmp_path / "daemon", own_directory, settings=settings) as daemon:
        def asked(name):
            return Client(daemon.url).get("/signup").sign_up(name, PASSWORD)

        assert [asked(victim).status for _ in range(2)] == [200, 200]
        page = asked(victim.upper())
        assert page.status == 429 and "Too many tries" in page.text and int(page.headers["Retry-After"]) > 0
        assert "password" not in page.form("/signup").names
        assert [asked(f"{unique('any')}@example.org").status for _ in range(3)] == [200, 200, 429]


def test_switched_off(own_directory, tmp_path, name):
    settings = {"courier.deliver_to": "smtp://127.0.0.1:1"}
    with Daemon(tmp_path / "daemon", own_directory, settings=settings) as daemon:
        client = Client(daemon.url)
        page = client.get("/signup")
        ask(client, name)
        token, _ = KeyRing(daemon.folder / "keys").link("sign_up", name, int(time.time()) + 600)
        offer = KeyRing(daemon.folder / "keys").sealed(use_numbered("SIGN_UP"), name.encode() + b"\0\0")
        link = f"/t/{token}?offer={offer}"
        behind = client.get(link)
        assert behind.status == 200
        outbox = decoy(own_directory)
        (waiting,) = own_directory.wait_for(lambda: [value for value in own_directory.values(outbox, "lkSend") if " why=" in value])
        assert waiting.startswith("sign_up to=") and own_directory.values(outbox, "lkToken") == []
        daemon.set(accounts_sign_up="no", courier_deliver_to=f"maildir:{daemon.mailbox.path}")
        daemon.reload()
        assert client.get("/signup").status == 403
        assert page.submit("/signup", name=name, step="name").status == 403
        assert client.get(link).status == 403
        assert behind.submit("/signup/link", password=PASSWORD, password_again=PASSWORD).status == 403
        assert entry_of(own_directory, name) is None
        nothing_waits(own_directory)
        assert daemon.mailbox.to(name) == [], "what waited is dropped"


def test_nothing_is_told_to_the_log(daemon, directory, client, name):
    letter = letter_to(daemon, client, name)
    make(client, letter.link)
    nothing_waits(directory)
    log = daemon.log_path.read_text(errors="replace")
    for secret in (letter.token, offer_of(letter), PASSWORD):
        assert secret not in log


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def csrf(client):
    return client.get("/signup").form("/signup").fields["csrf"]
