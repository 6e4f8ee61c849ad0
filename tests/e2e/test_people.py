# SPDX-License-Identifier: Apache-2.0
"""Administrators and the people of their organisation: flows S2 to S5, S16, S17, as pages and as JSON, over the real programs."""
import concurrent.futures
import re
import socket
import time
import urllib.parse
import uuid

import pytest

from harness.client import Client, JsonClient
from harness.daemon import Daemon
from harness.directory import Directory
from harness.mail import MailServer

PASSWORD = "violet-anvil-9-teacup"


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("people"), directory) as running:
        yield running


class House:
    """An organisation with one administrator, Ada Archer, who has an account."""

    def __init__(self, directory, name=None, plans=("support until=20991231235959Z",)):
        self.directory = directory
        self.name = name or unique("House")
        self.dn = directory.add_organization(self.name, administrators=["Ada Archer"], plans=list(plans))
        self.admin = f"cn=Ada Archer,{self.dn}"
        self.domain = f"{self.name.lower()}.example"
        self.account = self.tie(self.admin)

    def tie(self, profile):
        account = unique("account")
        dn = self.directory.add_account(account, PASSWORD)
        self.directory.modify(profile, replace={"lkAccountDN": dn})
        return account

    def add(self, name, mail=None, **more):
        return self.directory.add_profile(self.dn, name, mail or f"{unique('mail')}@{self.domain}", **more)

    def administrators(self):
        return set(self.directory.values(self.dn, "lkAdministrator"))


@pytest.fixture
def house(directory):
    return House(directory)


def enter(daemon, account, kind=Client):
    client = kind(daemon.url)
    if kind is JsonClient:
        client.send("/signin", "/signin", {"name": account, "password": PASSWORD})
    else:
        client.sign_in(account, PASSWORD)
    return client


@pytest.fixture
def ada(daemon, house):
    return enter(daemon, house.account)


@pytest.fixture
def program(daemon, house):
    return enter(daemon, house.account, JsonClient)


def identifier(directory, dn):
    return directory.values(dn, "entryUUID")[0]


def page_of(directory, dn):
    return f"/organization/people/{identifier(directory, dn)}"


def dn_by_mail(directory, mail):
    found = directory.search(f"(mail={mail})", directory.organizations)
    assert len(found) == 1, found
    return found[0][0]


def same(these, those):
    """DNs that the server has spelt its own way."""
    return [dn.lower() for dn in these] == [dn.lower() for dn in those]


def state(client, path):
    return client.get(path, {"Accept": "application/json"}).json["person"]["invite"]


# ---- S2: invite

def test_s2_add_new_professional(daemon, directory, house, ada):
    mail = f"cleo@{house.domain}"
    page = ada.get("/")
    assert "/organization" in page.parsed.links
    page = ada.get("/organization")
    assert page.status == 200 and house.name in page.text and "Ada Archer" in page.text
    assert "/organization/people/new" in page.parsed.links
    page = ada.get("/organization/people/new")
    assert page.form("/organization/people/new").fields["invite"] == "yes", "the invite is offered"
    page = page.submit("/organization/people/new", given_name="Cleo", surname="Carver, Jr.", mail=mail,
                       telephone="+1 (555) 0103", title="Maître d’œuvre")
    assert page.status == 200 and "The profile has been added." in page.text, page.text
    dn = dn_by_mail(directory, mail)
    entry = directory.read(dn)
    assert entry["displayName"] == ["Cleo Carver, Jr."] and entry["sn"] == ["Carver, Jr."] and entry["givenName"] == ["Cleo"]
    assert entry["telephoneNumber"] == ["+1 (555) 0103"] and entry["title"] == ["Maître d’œuvre"]
    assert house.administrators() == {house.admin}

    # The person gets the invite, makes an account on the way, and is associated.
    letter = daemon.mailbox.newest(mail)
    assert "Ada Archer" in letter.text and house.name in letter.text and "Cleo Carver, Jr." in letter.text
    directory.wait_for(lambda: state(ada, page.path.split("?")[0])["state"] == "sent")
    cleo = Client(daemon.url)
    name = unique("cleo")
    cleo.get(letter.link)
    cleo.sign_up(name, PASSWORD)
    page = cleo.get(letter.link)
    page = page.submit("/t", token=letter.token)
    assert page.path.startswith("/associated")
    assert directory.values(dn, "lkAccountDN") == [f"uid={name},{directory.accounts}"]
    seen = ada.get(page_of(directory, dn))
    assert "Associated with an account" in seen.text
    assert "/organization" not in cleo.get("/").parsed.links, "no administrator"


def test_s2_profile_and_invite_are_one_add(directory, house, ada):
    """Who writes is the administrator, by proxied authorization; and there is one write."""
    mail = f"one@{house.domain}"
    before = directory.operations()
    page = ada.get("/organization/people/new")
    page.submit("/organization/people/new", given_name="One", surname="Add", mail=mail)
    assert directory.operations()["add"] - before["add"] == 1
    dn = dn_by_mail(directory, mail)
    entry = directory.read(dn)
    assert same(entry["creatorsName"], [house.admin])
    logged = [e for _, e in directory.search(f"(&(reqDN={dn})(objectClass=auditAdd))", "cn=log")]
    assert len(logged) == 1 and any(m.startswith('lkSend:+ invite by="Ada Archer"') for m in logged[0]["reqMod"])


def test_s2_as_json(daemon, directory, house, program):
    mail = f"json@{house.domain}"
    answer = program.send("/organization", "/organization/people/new",
                          {"given_name": "Jay", "surname": "Son", "mail": mail, "invite": "yes"})
    assert answer.status == 200 and answer.json["location"].startswith("/organization/people/")
    daemon.mailbox.newest(mail)
    people = program.get("/organization").json
    assert [p["name"] for p in people["people"]] == ["Ada Archer", "Jay Son"] and people["found"] == 2
    assert people["people"][0]["administrator"] and people["people"][0]["me"] and people["people"][0]["tied"]
    assert not people["people"][1]["administrator"] and not people["people"][1]["tied"]
    assert people["people"][1]["id"] == identifier(directory, dn_by_mail(directory, mail))


def test_s2_without_the_box_nothing_is_sent(directory, house, ada):
    mail = f"quiet@{house.domain}"
    ada.get("/organization/people/new").submit("/organization/people/new", given_name="Q", surname="Uiet", mail=mail, invite=None)
    entry = directory.read(dn_by_mail(directory, mail))
    assert "lkSend" not in entry and "lkSent" not in entry


def test_s2_namesakes_are_two_people_but_an_address_is_taken_once(directory, house, ada):
    def add(mail):
        return ada.get("/organization/people/new").submit("/organization/people/new", given_name="Jo", surname="Same", mail=mail,
                                                          invite=None)
    assert add(f"jo1@{house.domain}").status == 200
    assert add(f"jo2@{house.domain}").status == 200
    found = directory.search("(displayName=Jo Same)", house.dn)
    assert sorted(dn.split(",")[0] for dn, _ in found) == ["cn=Jo Same", "cn=Jo Same (2)"]
    again = add(f"JO1@{house.domain}")
    assert again.status == 422 and "Another profile of your organisation has this address." in again.text
    assert again.form("/organization/people/new").fields["surname"] == "Same", "nobody types it twice"
    assert len(directory.search("(displayName=Jo Same)", house.dn)) == 2


FAULTS = [
    ({"surname": ""}, "surname", "surname_missing"),
    ({"mail": ""}, "mail", "mail_missing"),
    ({"mail": "nobody@"}, "mail", "mail_bad"),
    ({"telephone": "0x☎"}, "telephone", "telephone_bad"),
    ({"title": "t" * 65}, "title", "text_long"),
]


@pytest.mark.parametrize("given, field, code", FAULTS, ids=[code for _, _, code in FAULTS])
def test_s2_what_is_wrong_is_said_beside_the_field(directory, house, ada, program, given, field, code):
    form = {"given_name": "A", "surname": "B", "mail": f"ab@{house.domain}", **given}
    page = ada.get("/organization/people/new").submit("/organization/people/new", **form)
    assert page.status == 422 and f'id="{field}-error"' in page.source
    answer = program.send("/organization", "/organization/people/new", form)
    assert answer.status == 422 and [(e["field"], e["code"]) for e in answer.json["errors"]] == [(field, code)]
    assert len(directory.search("(objectClass=lkProfile)", house.dn)) == 1


def test_s02_signs_up_on_the_way_and_comes_back(daemon, directory, house):
    """From the link to the same page again, which shows which account and which profile; clicked twice, it says so and goes on."""
    mail = f"way@{house.domain}"
    dn = house.add("Wanda Way", mail, lkSend="invite")
    letter = daemon.mailbox.newest(mail)
    wanda = Client(daemon.url)
    page = wanda.get(letter.link)
    assert page.status == 200 and "Wanda Way" not in page.text and "Sign in to go on" in page.text
    page = page.submit("/signup/start")
    name = unique("wanda")
    page = page.sign_up(name, PASSWORD)
    assert page.path == f"/t/{letter.token}", "back by itself"
    assert name in page.text and "Wanda Way" in page.text and mail in page.text and house.name in page.text
    shown = wanda.get(letter.link, {"Accept": "application/json"}).json
    assert shown["account"]["name"] == name and shown["target"]["name"] == "Wanda Way"
    page = page.submit("/t", token=letter.token)
    assert page.path.startswith("/associated") and name in page.text and "Wanda Way" in page.text
    assert directory.values(dn, "lkAccountDN") == [f"uid={name},{directory.accounts}"]
    page = wanda.get(letter.link)
    assert page.path.startswith("/associated"), "clicked twice: says so and goes on"
    assert enter(daemon, house.account).get(letter.link).status == 410, "somebody else is told that it is used"


def test_s02_already_tied_to_this_account(daemon, directory, house):
    dn = house.add("Tina Tied", lkSend="invite")
    account = house.tie(dn)
    mail = directory.values(dn, "mail")[0]
    letter = daemon.mailbox.newest(mail)
    tina = enter(daemon, account)
    page = tina.get(letter.link)
    assert page.status == 200 and "is associated with your account already" in page.text
    assert page.submit("/t", token=letter.token).path.startswith("/associated")
    assert directory.values(dn, "lkAccountDN") == [f"uid={account},{directory.accounts}"]
    assert len(daemon.mailbox.to(mail)) == 1, "nothing has moved, so nobody is told"


# ---- S3: the list, upkeep

def names(client, path="/organization"):
    return [person["name"] for person in client.get(path).json["people"]]


def test_s3_list_is_sorted_searched_and_paged(directory, house, program):
    for number in range(60):
        house.add(f"Person {number:02}", f"p{number:02}@{house.domain}")
    house.add("zoë Last", f"zoe@{house.domain}")
    first = program.get("/organization").json
    assert first["found"] == 62 and not first["more"] and first["pages"] == 2 and len(first["people"]) == 50
    assert [p["name"] for p in first["people"]][:3] == ["Ada Archer", "Person 00", "Person 01"] and "previous" not in first
    second = program.get(first["next"]).json
    assert [p["name"] for p in second["people"]][-1] == "zoë Last" and len(second["people"]) == 12
    assert program.get(second["previous"]).json["people"] == first["people"]
    assert names(program, "/organization?search=person%2005") == ["Person 05"]
    assert names(program, f"/organization?search=P07@{house.domain}") == ["Person 07"]
    assert names(program, "/organization?search=last") == ["zoë Last"]
    assert names(program, "/organization?search=zo%C3%AB") == ["zoë Last"]
    assert names(program, "/organization?search=nobody") == []
    for hostile in ("*)(objectClass=*", "p*", "\\2a\\2a", "((("):
        assert names(program, f"/organization?search={urllib.parse.quote(hostile)}") == []
    short = program.get("/organization?search=z")
    assert short.status == 422 and short.json["errors"][0]["code"] == "search_short"
    for odd in ("0", "99", "-1", "x", "99999999"):
        assert program.get(f"/organization?page={odd}").status == 200


def test_s3_what_is_searched_for_stands_in_one_piece(house, program):
    """However the directory is asked for it: by runs of four letters of a longer text."""
    for name in ("Hael Mich", "Michael", "Carmichaelis B", "Michaël Ö", "MICHAEL  Berg"):
        house.add(name, displayName=name)
    for search, found in (("michael", ["Carmichaelis B", "MICHAEL  Berg", "Michael"]), ("chaeli", ["Carmichaelis B"]), ("haelmich", []),
                          ("michael berg", ["MICHAEL  Berg"]), ("ael mich", ["Hael Mich"]), ("michaël ö", ["Michaël Ö"]),
                          ("michaelis b", ["Carmichaelis B"]), ("*ichael", []), ("a" * 90, [])):
        assert sorted(names(program, f"/organization?search={urllib.parse.quote(search)}")) == found, search


CROWD = sorted(
    {f"Sara {chr(97 + a)}{chr(97 + b)}" for a in range(26) for b in range(26)} | {f"Person {n:03}" for n in range(90)}
    | {"Sara", "Sar", "Sarah Z", "Saraz", "Ölaf Ä", "Émile Zola", "Zoë Z", "zz top", "Ян Янсон", "O'Brien Pat", "Anne-Marie Q", "J. R. Ewing",
       "3M Desk", "Sara Éa", "Sara Éb", "Saré A", "Saré B"} | {f"O{letter}o" for letter in "bcdfghjklmnpqrstvwxz"}, key=str.casefold)


FEW = sorted(set(CROWD[::3]) | {"Ölaf Ä", "Émile Zola", "Ян Янсон", "O'Brien Pat", "3M Desk", "Saré A", "王芳"}, key=str.casefold)


def house_of(directory, crowd):
    """An organisation of too many to count; some without displayName, as the others were added before."""
    house = House(directory)
    for number, name in enumerate(crowd):
        house.add(f"{name} {number}" if number % 2 else name, **({"displayName": name} if number % 2 else {}))
    house.names = sorted([*crowd, "Ada Archer"], key=str.casefold)
    return house


@pytest.fixture(scope="module")
def multitude(directory, daemon):
    """Half of them called Sara."""
    return house_of(directory, CROWD)


@pytest.fixture(scope="module", params=["few", "many", "more"])
def book(request, directory, daemon):
    """Of few the server looks at each, of many at those who begin with a letter, of more it looks up how they go on
    (src/directory/book_size.c)."""
    if request.param == "many":
        return request.getfixturevalue("multitude")
    return house_of(directory, FEW if request.param == "few" else sorted({*CROWD, *(f"Person {n:03}" for n in range(900))}, key=str.casefold))


def read_through(program, page, way):
    """The names on all pages from `page` on, page by page."""
    pages, seen = [], set()
    while page is not None:
        assert page not in seen, "round in circles"
        seen.add(page)
        data = program.get(page).json
        assert data["book"] and len(data["people"]) <= 50 and data["people"], page
        pages.append([person["name"] for person in data["people"]])
        page = data.get(way)
    return pages, data


def test_s3_all_of_a_multitude_are_read_in_order(daemon, book):
    """However many there are: each once, in the order of their names, forwards and backwards."""
    program = enter(daemon, book.account, JsonClient)
    first = program.get("/organization").json
    assert "previous" not in first and "found" not in first and not first["more"]
    for _ in ("as if nobody had read it", "as it was cut before"):
        pages, last = read_through(program, "/organization", "next")
        assert sum(pages, []) == book.names and all(len(page) > 25 for page in pages[:-1])
        back, start = read_through(program, "/organization?from=*", "previous")
        assert sum(reversed(back), []) == book.names and all(len(page) > 25 for page in back[1:-1])
        assert "next" not in last and "previous" not in start
    # A page's ends fit: the one after the one before is this one.
    for place in ("sara", "sara_m", "p", "o", "sara__", "*"):
        data = program.get(f"/organization?from={place}").json
        names_here = [person["name"] for person in data["people"]]
        at = book.names.index(names_here[0])
        assert book.names[at:at + len(names_here)] == names_here, place
        if "previous" in data:
            before = [person["name"] for person in program.get(data["previous"]).json["people"]]
            assert before[-1] == book.names[at - 1], place


def test_s3_a_page_that_is_opened_again_is_one_search(directory, daemon, book):
    """And shows what has changed meanwhile: what is remembered is how it was cut, not who was there."""
    program = enter(daemon, book.account, JsonClient)

    def searches(path):
        before = directory.operations()["search"]
        found = [person["name"] for person in program.get(path).json["people"]]
        return directory.operations()["search"] - before, found

    for path in ("/organization", "/organization?from=sara_m", "/organization?before=sara_m"):
        searches(path)
        again, people = searches(path)
        assert again <= 6, "session, profile, organisation, what is being sent, and the page, by displayName and by cn"
        gone, fresh = people[3], people[3] + " Aa"
        [[dn, _]] = directory.search(f"(|(displayName={gone})(&(cn={gone})(!(displayName=*))))", book.dn, ["1.1"])
        kept = directory.read(dn, ["*"])
        directory.delete(dn)
        many = [book.add(f"{fresh}{letter}", displayName=f"{fresh}{letter}") for letter in "abcdefghijklmnopqrstuvwxyz"]
        now = sorted(set(book.names) - {gone} | {f"{fresh}{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"}, key=str.casefold)
        found = searches(path)[1]
        at = now.index(found[0])
        assert gone not in found and len(found) > 25 and now[at:at + len(found)] == found and found != people
        for profile in many:
            directory.delete(profile)
        directory.add(dn, kept)
        found = searches(path)[1]
        at = book.names.index(found[0])
        assert len(found) > 25 and book.names[at:at + len(found)] == found


class Listed:
    """The people of a house of many who all have displayName, as its administrator is shown them."""

    def __init__(self, directory, daemon, path="/organization?from=many_04"):
        self.house = House(directory)
        self.people = [self.house.add(f"Many {number:03}", displayName=f"Many {number:03}") for number in range(510)]
        self.directory, self.path = directory, path
        self.program = enter(daemon, self.house.account, JsonClient)

    def names(self):
        return names(self.program, self.path)

    def searches(self):
        """How many the page takes that was opened before: session, profile, organisation, what is being sent, and the page."""
        before = self.directory.operations()["search"]
        self.names()
        return self.directory.operations()["search"] - before

    def wait_for_searches(self, count, what):
        """Twice running: the daemon may have something of its own to look for meanwhile."""
        self.directory.wait_for(lambda: self.searches() == count == self.searches(), what=what)

    def wait_until_spared(self):
        """Nobody is asked for by cn any more."""
        self.wait_for_searches(5, "the search by cn to be spared")

    def wait_for(self, name):
        self.directory.wait_for(lambda: name in self.names(), what=f"{name} on the page")


def test_s3_those_without_display_name_are_not_asked_for_where_there_are_none(directory, daemon):
    """Once more they are as soon as one has come, by whatever way, or has lost the displayName."""
    listed = Listed(directory, daemon)
    listed.wait_until_spared()
    added = listed.house.add("Many 043 Added")
    listed.wait_for("Many 043 Added")
    listed.wait_for_searches(6, "others to be asked for, where one is")
    directory.delete(added)
    listed.wait_until_spared()
    directory.modify(listed.people[45], delete={"displayName": None})
    directory.modify(listed.people[45], replace={"sn": "Nobody"})
    other = House(directory)
    moved = other.add("Many 046 Moved")
    directory.admin.rename_s(moved, "cn=Many 046 Moved", listed.house.dn)
    listed.wait_for("Many 046 Moved")
    assert listed.names().count("Many 045") == 1


def test_s3_who_was_not_on_the_page_is_asked_for_when_it_goes_on(directory, daemon):
    """What is remembered of the page says nothing of those behind it."""
    listed = Listed(directory, daemon)
    listed.house.add("Many 095 Behind")
    listed.wait_until_spared()
    assert "Many 095 Behind" not in listed.names() and "Many 064" in listed.names()
    for profile in listed.people[40:65]:
        directory.delete(profile)
    assert "Many 095 Behind" in listed.names()


def test_s3_an_organization_that_takes_the_name_of_another_brings_its_people(directory, daemon):
    listed, other = Listed(directory, daemon), House(directory)
    other.add("Many 043 Other")
    listed.wait_until_spared()
    aside = unique("Aside")
    for dn, name in ((listed.house.dn, aside), (other.dn, listed.house.name)):
        directory.admin.rename_s(dn, f"o={name}")
    for number in range(120):
        other.directory.add_profile(listed.house.dn, f"Many {number:03}", f"{unique('mail')}@{other.domain}", displayName=f"Many {number:03}")
    program = enter(daemon, other.account, JsonClient)
    directory.wait_for(lambda: "Many 043 Other" in names(program, listed.path), what="the people of the other one")


def test_s3_who_comes_while_nobody_listens_is_listed_at_once(tmp_path):
    """Whoever has heard nothing for a while asks again."""
    with Directory(tmp_path / "directory") as directory, Daemon(tmp_path / "daemon", directory) as daemon:
        listed = Listed(directory, daemon)
        listed.wait_until_spared()
        directory.stop()
        directory.change_offline(f"dn: cn=Many 043 Offline,{listed.house.dn}\nchangetype: add\nobjectClass: inetOrgPerson\n"
                                 "objectClass: lkProfile\ncn: Many 043 Offline\nsn: Offline\nmail: offline@example.org\n")
        directory.start()
        assert "Many 043 Offline" in listed.names()


def test_s3_a_server_that_does_not_tell_at_once_is_asked(directory, tmp_path):
    with Daemon(tmp_path, directory, settings={"directory.follow": "poll", "directory.poll_interval": "1h"}) as daemon:
        listed = Listed(directory, daemon)
        listed.wait_for_searches(6, "the search by cn to be made")
        for _ in range(3):
            assert listed.searches() == 6, "it is not spared"
        listed.house.add("Many 043 Added")
        assert "Many 043 Added" in listed.names()


def test_s3_the_alphabet_leads_there(daemon, multitude):
    ada, program = enter(daemon, multitude.account), enter(daemon, multitude.account, JsonClient)
    page = ada.get("/organization")
    assert "/organization?from=s" in page.parsed.links and "/organization?from=%2A" in page.parsed.links
    first = program.get("/organization").json
    assert "".join(letter["label"] for letter in first["letters"]) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ" and "letters_of" not in first
    s = program.get("/organization?from=s").json
    assert s["people"][0]["name"] == "Sar" and s["letters_of"] == "S" and [b["way"] for b in s["letters_back"]] == ["/organization"]
    assert [letter["label"] for letter in s["letters"]][:2] == ["Sa", "Sb"]
    assert [letter["label"] for letter in s["letters"] if letter["here"]] == ["Sa"]
    deeper = program.get("/organization?from=sa").json
    assert deeper["letters_of"] == "Sa" and deeper["letters"][17]["way"] == "/organization?from=sar"
    # So few that the book is not thick there: the letters of the whole.
    assert "letters_of" not in program.get("/organization?from=z").json
    others = program.get("/organization?from=*").json
    assert [p["name"] for p in others["people"]] == ["Émile Zola", "Ölaf Ä", "Ян Янсон"], "they begin with none of the letters"
    # A letter that nobody has opens the book where it would be.
    assert program.get("/organization?from=q").json["people"][0]["name"].startswith("Sar")
    german = Client(daemon.url, {"Accept-Language": "de"})
    german.get("/signin").submit("/signin", name=multitude.account, password=PASSWORD)
    assert "/organization?from=%C3%B6" in german.get("/organization").parsed.links
    assert "Ölaf Ä" in german.get("/organization?from=%C3%B6").text


def test_s3_odd_places(daemon, multitude):
    """What somebody types there is a place: somewhere in the book, never an error, never a filter."""
    program = enter(daemon, multitude.account, JsonClient)
    for odd in ("*)(cn=*", "\\2a", "___", "_", "**", "S*ra", "\u00df", "王", "a" * 200, "sara_*x", "-", "0"):
        for field in ("from", "before"):
            answer = program.get(f"/organization?{field}={urllib.parse.quote(odd)}")
            assert answer.status == 200 and answer.json["people"], (field, odd)
            shown = [person["name"] for person in answer.json["people"]]
            assert shown == sorted(shown, key=str.casefold)


@pytest.mark.parametrize("others", [180, 460], ids=["looked_at", "looked_up"])
def test_s3_more_of_one_name_than_a_page_holds(directory, daemon, house, program, others):
    """They begin a page of their own, and are found by searching."""
    for number in range(60):
        house.add(f"John Smith {number}", f"john{number}@{house.domain}", displayName="John Smith")
    for number in range(others):
        house.add(f"Many {number:03}")
    data = program.get("/organization?from=john").json
    assert data["more"] and [p["name"] for p in data["people"]] == 50 * ["John Smith"]
    assert "More people have one of these names" in enter(daemon, house.account).get("/organization?from=john").text
    pages, _ = read_through(program, "/organization", "next")
    assert sum(pages, []) == ["Ada Archer"] + 50 * ["John Smith"] + [f"Many {number:03}" for number in range(others)]
    assert names(program, f"/organization?search=john59@{house.domain}") == ["John Smith"]


@pytest.mark.slow
@pytest.mark.parametrize("size", [160, 560], ids=["looked_at", "looked_up"])
def test_s3_the_last_page_says_that_it_is_the_last(directory, house, program, size):
    """However full it is: both ways are walked to their ends, while the end comes nearer by one each time."""
    people = [(f"Many {number:03}", house.add(f"Many {number:03}")) for number in range(size)]
    last_pages = set()
    for turn in range(26):
        everybody = ["Ada Archer"] + [name for name, _ in people]
        pages, _ = read_through(program, "/organization?from=many_12", "next")
        assert sum(pages, []) == everybody[everybody.index("Many 120"):]
        back, _ = read_through(program, "/organization?before=many_04", "previous")
        assert sum(reversed(back), []) == everybody[:everybody.index("Many 040")]
        last_pages |= {len(pages[-1]), len(back[-1])}
        for name, dn in (people.pop(), people.pop(0)):
            directory.delete(dn)
    assert {size > 25 for size in last_pages} == {True, False}


@pytest.mark.parametrize("size", [110, 260], ids=["looked_at", "looked_up"])
def test_s3_names_that_the_directory_compares_otherwise(house, program, size):
    """To slapd a full-width letter is the letter itself: the samples tell nothing then, and still everybody is listed."""
    for number in range(size):
        house.add(f"\uff2darie {number:03}")
        house.add(f"Mario {number:03}")
    pages, _ = read_through(program, "/organization", "next")
    listed = sum(pages, [])
    assert len(listed) == len(set(listed)) == 2 * size + 1
    back, _ = read_through(program, "/organization?from=*", "previous")
    assert sorted(sum(back, [])) == sorted(listed)


@pytest.mark.parametrize("size", [205, 260], ids=["looked_at", "looked_up"])
def test_s3_those_found_are_paged_however_many(directory, daemon, house, program, size):
    for number in range(size):
        house.add(f"Many {number:03}")
        house.add(f"Few {number:03}")
    found = program.get("/organization?search=many").json
    assert found["book"] and "previous" not in found and "search=many" in found["next"]
    pages, _ = read_through(program, "/organization?search=many", "next")
    assert sum(pages, []) == [f"Many {number:03}" for number in range(size)] and all(len(page) > 25 for page in pages[:-1])
    back, start = read_through(program, "/organization?search=many&from=*", "previous")
    assert sum(reversed(back), []) == sum(pages, []) and "previous" not in start
    page = enter(daemon, house.account).get("/organization?search=many")
    assert "/organization?search=many&from=m" in page.parsed.links
    assert program.get("/organization?search=few%201").json["found"] == 100


# ---- several people at once

def choose(*people):
    return {f"person_{number}": person for number, person in enumerate(people, 1)}


def outcomes(answer):
    return {person.get("name"): person["outcome"] for person in answer.json["people"]}


def bulk(program, act, ids, **more):
    return program.send("/organization", "/organization/people/chosen", {"act": act, **choose(*ids), **more})


def test_bulk_invite_and_cancel(daemon, directory, house, ada, program):
    new, tied, mute = house.add("Nia New"), house.add("Tia Tied"), house.add("Mia Mute")
    house.tie(tied)
    directory.modify(mute, delete={"mail": None})
    ids = [identifier(directory, dn) for dn in (new, tied, mute)]
    answer = bulk(program, "invite", ids)
    assert answer.status == 200 and answer.json["done"] == 1 and not answer.json["all_done"]
    assert outcomes(answer) == {"Nia New": "done", "Tia Tied": "already", "Mia Mute": "no_address"}
    letter = daemon.mailbox.newest(directory.values(new, "mail")[0])
    assert "Ada Archer" in letter.text
    directory.wait_for(lambda: state(program, page_of(directory, new))["state"] == "sent")
    # The page: boxes for each, none chosen; the same through the form.
    page = ada.get("/organization")
    form = page.form("/organization/people/chosen")
    assert {f"person_{n}" for n in range(1, 5)} <= form.names and not any(name.startswith("person") for name in form.fields)
    chosen = {name: value for name, value in zip(("person_2", "person_3"), ids)}
    page = ada.post("/organization/people/chosen", {**form.fields, **chosen, "act": "cancel_invite"})
    assert page.status == 200 and "Not for everybody" in page.text and "had no open invite" in page.text
    assert "called back" in page.text and "/organization" in page.parsed.links
    assert directory.values(new, "lkToken") == [] and directory.values(new, "lkSend") == []
    person = Client(daemon.url)
    person.sign_up(unique("nia"), PASSWORD)
    assert person.get(letter.link).status == 410


def test_bulk_choose_everybody_without_a_script(directory, house, ada):
    for number in range(60):
        house.add(f"Person {number:02}")
    page = ada.get("/organization?page=2")
    assert "/organization?page=2&all=yes" in page.parsed.links
    page = ada.get("/organization?page=2&all=yes")
    form = page.form("/organization/people/chosen")
    assert len([name for name in form.fields if name.startswith("person_")]) == 11
    page = page.submit("/organization/people/chosen", act="invite")
    assert "Done for everybody whom you had chosen." in page.text and "/organization?page=2" in page.parsed.links
    asked = directory.search("(|(lkSend=*)(lkSent=*)(lkToken=*))", house.dn)
    assert len(asked) == 11, "each has one Modify of its own"


def test_bulk_administrators(daemon, directory, house, ada, program):
    made = [house.add(name) for name in ("Ann One", "Bea Two", "Cia Three")]
    me = identifier(directory, house.admin)
    ids = [identifier(directory, dn) for dn in made]
    answer = bulk(program, "make_administrator", [me, *ids])
    assert outcomes(answer) == {"Ada Archer": "already", "Ann One": "done", "Bea Two": "done", "Cia Three": "done"}
    assert house.administrators() == {house.admin, *made}
    entries = directory.search(f"(&(objectClass=auditModify)(reqDN={house.dn}))", "cn=log")
    assert same([entry["reqAuthzID"][0] for _, entry in entries], ["dn:" + house.admin] * 3) or \
        same([entry["reqAuthzID"][0] for _, entry in entries], [house.admin] * 3)
    # Oneself comes last, whatever the order on the page: what was asked before is done.
    answer = bulk(program, "unmake_administrator", [me, *ids])
    assert outcomes(answer) == {"Ada Archer": "last", "Ann One": "done", "Bea Two": "done", "Cia Three": "done"}
    assert house.administrators() == {house.admin}
    assert "the organisation’s last administrator" in ada.post(
        "/organization/people/chosen", {**ada.get("/organization").form("/organization/people/chosen").fields, "person_7": me,
                                        "act": "unmake_administrator"}).text
    assert outcomes(bulk(program, "unmake_administrator", ids[:1])) == {"Ann One": "already"}


def test_bulk_remove_asks_once(daemon, directory, house, ada, program):
    alma, ben = house.add("Alma Alternate"), house.add("Ben Brook")
    directory.modify(house.dn, add={"lkAdministrator": alma})
    client = enter(daemon, house.tie(alma))
    ids = [identifier(directory, dn) for dn in (alma, ben, house.admin)]
    form = ada.get("/organization").form("/organization/people/chosen")
    page = ada.post("/organization/people/chosen", {**form.fields, **choose(*ids), "act": "remove"})
    assert page.status == 200 and page.title.startswith("Remove these profiles?") and directory.read(alma) and directory.read(ben)
    assert all(words in page.text for words in ("Alma Alternate", "Ben Brook", "nobody removes themselves", "cannot be taken back"))
    page = page.submit("/organization/people/chosen")
    assert page.status == 200 and "Done for everybody" in page.text
    assert directory.read(alma) is None and directory.read(ben) is None and directory.read(house.admin)
    assert house.administrators() == {house.admin}
    assert client.get("/organization").path == "/associate", "access has ended on the open session"
    # For programs: the same two steps, or one that says it is meant.
    cleo = house.add("Cleo Carver")
    cleos = identifier(directory, cleo)
    asked = bulk(program, "remove", [cleos, ids[2]])
    assert asked.status == 200 and asked.json["count"] == 1 and outcomes(asked) == {"Cleo Carver": "done", "Ada Archer": "oneself"}
    assert directory.read(cleo) and "done" not in asked.json
    answer = bulk(program, "remove", [cleos, ids[1], ids[2]], confirmed="yes")
    assert outcomes(answer) == {"Cleo Carver": "done", None: "not_found", "Ada Archer": "oneself"}
    assert directory.read(cleo) is None and directory.read(house.admin)


def test_signing_in_leads_back_to_a_long_address(daemon, house):
    """Whoever had searched for as much as may be typed when the session ended; a longer address is at least no fault."""
    search = "Ж" * 128
    client = Client(daemon.url)
    page = client.get("/organization?" + urllib.parse.urlencode({"search": search}))
    assert page.status == 200 and page.path.startswith("/signin?continue="), page.source
    page = page.submit("/signin", name=house.account, password=PASSWORD)
    assert page.path.startswith("/organization?search=") and search in page.source
    page = Client(daemon.url).get("/organization?" + urllib.parse.urlencode({"search": search, "from": search}))
    assert page.status == 200 and page.path == "/signin"


@pytest.mark.parametrize("act", ["invite", "cancel_invite", "make_administrator", "unmake_administrator", "remove"])
def test_bulk_across_organisations_is_refused_and_logged(daemon, directory, house, program, act):
    """For those; the rest is done."""
    foreign = House(directory)
    victim = foreign.add("Vic Victim", lkSend="invite after=20991231235959Z")
    directory.modify(foreign.dn, add={"lkAdministrator": victim})
    mine = house.add("Moe Mine", lkSend="invite after=20991231235959Z")
    if act == "unmake_administrator":
        directory.modify(house.dn, add={"lkAdministrator": mine})
    before = directory.read(victim)
    victims, mines = identifier(directory, victim), identifier(directory, mine)
    answer = bulk(program, act, [victims, mines, "00000000-0000-0000-0000-000000000000"], confirmed="yes")
    assert answer.status == 200 and [p["outcome"] for p in answer.json["people"]] == ["not_found", "done", "not_found"]
    assert "Vic" not in answer.source
    assert directory.read(victim) == before and victim in foreign.administrators()
    daemon.wait_log(lambda text: re.search(rf'event=person .*action={act} outcome=refused .*as="cn=Ada Archer,.*person={victims}', text)
                    and re.search(rf"event=person .*action={act} outcome=done .*person={mines}", text))


def test_bulk_forms_that_are_none(daemon, directory, house, program):
    one = identifier(directory, house.add("Ona One"))
    csrf = program.get("/organization").json["csrf"]
    send = lambda body: program.post("/organization/people/chosen", f"csrf={csrf}&{body}", follow=False)  # noqa: E731
    for body, status, key in (("act=invite", 422, "nobody_chosen"), (f"act=burn&person_1={one}", 422, "no_such_act"),
                              (f"act=invite&person_1={one}&person_1={one}", 400, "repeated_field"),
                              (f"act=invite&person_51={one}", 400, "unknown_field"), ("act=invite&person_1=ona", 400, "field_malformed")):
        answer = send(body)
        assert answer.status == status and answer.json["type"].endswith("#" + key), body
    assert outcomes(send(f"act=make_administrator&person_1={one}&person_2={one}&continue=//evil.example")) == {"Ona One": "done"}
    pat = enter(daemon, house.tie(house.add("Pat Person")), JsonClient)
    assert pat.post("/organization/people/chosen", {"csrf": pat.get("/profile").json["csrf"], "act": "invite", "person_1": one},
                    follow=False).status == 403


def test_bulk_one_failure_does_not_stop_the_rest(daemon, directory, house, program):
    full, good = house.add("Aya Full"), house.add("Zed Good")
    directory.modify(full, add={"lkSend": [f"associate account={uuid.uuid4()} name=x after=20991231235959Z" for _ in range(32)]})
    answer = bulk(program, "invite", [identifier(directory, dn) for dn in (full, good)])
    assert outcomes(answer) == {"Aya Full": "denied", "Zed Good": "done"}
    daemon.mailbox.newest(directory.values(good, "mail")[0])


def test_s3_edit(directory, house, ada):
    dn = house.add("Ben Brook", telephoneNumber="+1 555 0102", title="Fitter")
    page = ada.get(page_of(directory, dn))
    form = page.form(page.path).fields
    assert (form["surname"], form["telephone"], form["title"]) == ("Brook", "+1 555 0102", "Fitter")
    page = page.submit(page.path, given_name="Benno", surname="Brook-Hill", telephone="+1 555 9999", title="")
    assert page.status == 200 and "Saved." in page.text and "Benno Brook-Hill" in page.text
    entry = directory.read(dn)
    assert entry["displayName"] == ["Benno Brook-Hill"] and entry["sn"] == ["Brook-Hill"] and entry["givenName"] == ["Benno"]
    assert entry["telephoneNumber"] == ["+1 555 9999"] and "title" not in entry
    assert same(entry["modifiersName"], [house.admin]), "it was the administrator's doing"


def test_s3_another_surname_leaves_the_rest_of_the_name(directory, house, ada):
    """Where no givenName says what else a person is called, the name does."""
    names = {"Ben Brook": "Ben Brooks", "Brook": "Brooks", "Ben Holbrook": "Brooks"}
    for name, expected in names.items():
        dn = house.add(name, sn="Brook", displayName=name)
        page = ada.get(page_of(directory, dn))
        assert page.submit(page.path, surname="Brooks").status == 200
        entry = directory.read(dn)
        assert entry["displayName"] == [expected] and entry["sn"] == ["Brooks"] and "givenName" not in entry
    # The same where there is no displayName yet.
    dn = house.add("Cy Brook")
    page = ada.get(page_of(directory, dn))
    page.submit(page.path, surname="Brooks")
    assert directory.values(dn, "displayName") == ["Cy Brooks"] and directory.values(dn, "cn") == ["Cy Brook"]


def test_s3_edit_as_json(directory, house, program):
    dn = house.add("Jan Edit")
    mail = directory.values(dn, "mail")[0]
    answer = program.send("/organization", page_of(directory, dn), {"given_name": "Jan", "surname": "Edit", "mail": mail, "title": "T"})
    assert answer.status == 200, answer.source
    assert directory.values(dn, "title") == ["T"]
    assert program.get(page_of(directory, dn)).json["person"]["title"] == "T"


def test_s3_two_administrators_edit_at_once(daemon, directory, house, ada):
    dn = house.add("Cora Conflict", telephoneNumber="1", title="one")
    other_dn = house.add("Olga Other")
    directory.modify(house.dn, add={"lkAdministrator": other_dn})
    olga = enter(daemon, house.tie(other_dn))
    path = page_of(directory, dn)
    first, second = ada.get(path), olga.get(path)
    assert first.submit(path, title="two").status == 200
    page = second.submit(path, title="three", telephone="3")
    assert page.status == 409 and "Somebody else has changed this meanwhile, to “two”." in page.text
    assert directory.values(dn, "title") == ["two"] and directory.values(dn, "telephoneNumber") == ["1"], "nothing half done"
    fields = page.form(path).fields
    assert fields["title"] == "three" and fields["telephone"] == "3", "nothing typed is lost"
    page = page.submit(path)
    assert page.status == 200 and directory.values(dn, "title") == ["three"] and directory.values(dn, "telephoneNumber") == ["3"]

    # What only one of them touched is no conflict: both count.
    first, second = ada.get(path), olga.get(path)
    assert first.submit(path, title="four").status == 200
    assert second.submit(path, telephone="4").status == 200
    assert directory.values(dn, "title") == ["four"] and directory.values(dn, "telephoneNumber") == ["4"]


def test_s3_values_that_the_page_does_not_show_are_kept(directory, house, ada):
    dn = house.add("Mia Multi", telephoneNumber=["1", "2"], mobile="077", description="kept")
    page = ada.get(page_of(directory, dn))
    shown = page.form(page.path).fields["telephone"]
    page.submit(page.path, telephone="9")
    assert set(directory.values(dn, "telephoneNumber")) == {"1", "2", "9"} - {shown}
    assert directory.values(dn, "mobile") == ["077"] and directory.values(dn, "description") == ["kept"]


def test_s3_remove(daemon, directory, house, ada):
    dn = house.add("Rita Remove")
    account = house.tie(dn)
    rita = enter(daemon, account)
    assert rita.get("/auth").status == 200
    ada.get(page_of(directory, dn)).submit(page_of(directory, dn) + "/invite")
    letter = daemon.mailbox.newest(directory.values(dn, "mail")[0])
    page = ada.get(page_of(directory, dn) + "/remove")
    assert "Rita Remove" in page.text and directory.read(dn), "asking changes nothing"
    page = page.submit(page_of(directory, dn) + "/remove")
    assert page.path.startswith("/organization?") and "has been removed" in page.text
    assert directory.read(dn) is None
    assert rita.get("/auth").status == 403, "at once, on the open session"
    assert rita.get("/profile", follow=False).status == 303
    assert rita.get(letter.link).status == 410
    assert directory.read(f"uid={account},{directory.accounts}"), "the account is the person's"


def test_s3_an_administrator_that_is_removed_loses_the_mark(directory, house, ada):
    dn = house.add("Otto Other")
    directory.modify(house.dn, add={"lkAdministrator": dn})
    ada.get(page_of(directory, dn) + "/remove").submit(page_of(directory, dn) + "/remove")
    assert directory.read(dn) is None and house.administrators() == {house.admin}


def test_s3_nobody_removes_the_own_profile(directory, house, ada):
    page = ada.get(page_of(directory, house.admin))
    assert page.path + "/remove" not in page.parsed.links
    assert ada.get(page.path + "/remove").status == 403
    csrf = page.form(page.path).fields["csrf"]
    assert ada.post(page.path + "/remove", {"csrf": csrf}).status == 403
    assert directory.read(house.admin)


# ---- S4: send again

def test_s4_correct_the_address_and_send_again(daemon, directory, house, ada):
    wrong, right = f"wrong@{house.domain}", f"right@{house.domain}"
    dn = house.add("Sam Again", wrong)
    path = page_of(directory, dn)
    page = ada.get(path).submit(path + "/invite")
    assert page.status == 200 and "The invite is on its way." in page.text
    first = daemon.mailbox.newest(wrong)
    directory.wait_for(lambda: state(ada, path)["state"] == "sent")
    assert ada.get(path).submit(path, mail=right).status == 200
    assert directory.values(dn, "lkToken") == [], "outstanding links end with the address"
    assert state(ada, path)["state"] == "expired"
    sam = Client(daemon.url)
    sam.sign_up(unique("sam"), PASSWORD)
    assert sam.get(first.link).status == 410
    ada.get(path).submit(path + "/invite")
    second = daemon.mailbox.newest(right)
    page = sam.get(second.link).submit("/t", token=second.token)
    assert page.path.startswith("/associated") and len(daemon.mailbox.to(wrong)) == 1


def test_s4_as_json_and_pressed_twice(daemon, directory, house, program):
    dn = house.add("Tom Twice", lkSend="invite after=20991231235959Z")
    path = page_of(directory, dn)
    assert state(program, path)["state"] == "deferred"
    assert program.send("/organization", path + "/invite", {}).status == 200
    mail = directory.values(dn, "mail")[0]
    first = daemon.mailbox.newest(mail)
    directory.wait_for(lambda: state(program, path)["state"] == "sent")
    assert directory.values(dn, "lkSend") == [], "in place of what waited"
    assert program.send("/organization", path + "/invite", {}).status == 200
    second = daemon.mailbox.wait(mail, 2)[-1]
    person = Client(daemon.url)
    person.sign_up(unique("tom"), PASSWORD)
    assert person.get(first.link).status == 410 and person.get(second.link).status == 200, "the latest one counts"


def test_s4_cancel(daemon, directory, house, ada):
    dn = house.add("Ces Cancel", lkSend="invite after=20991231235959Z")
    path = page_of(directory, dn)
    page = ada.get(path).submit(path + "/cancel-invite")
    assert "called back" in page.text and directory.values(dn, "lkSend") == [] and state(ada, path)["state"] == "none"
    ada.get(path).submit(path + "/invite")
    letter = daemon.mailbox.newest(directory.values(dn, "mail")[0])
    directory.wait_for(lambda: state(ada, path)["state"] == "sent")
    page = ada.get(path).submit(path + "/cancel-invite")
    assert page.status == 200 and state(ada, path)["state"] == "expired" and directory.values(dn, "lkToken") == []
    person = Client(daemon.url)
    person.sign_up(unique("ces"), PASSWORD)
    assert person.get(letter.link).status == 410


def test_s4_one_that_is_being_sent(directory, house, program):
    """It would go out twice; but it can be called back: whoever has it in hand finds it gone."""
    until = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 1800))
    dn = house.add("Hana Hand", lkSend=f"invite tries=1 claim=elsewhere until={until}")
    path = page_of(directory, dn)
    assert state(program, path)["state"] == "sending"
    answer = program.send("/organization", path + "/invite", {})
    assert answer.status == 409 and answer.json["type"] == "about:blank#invite_under_way"
    assert len(directory.values(dn, "lkSend")) == 1
    assert program.send("/organization", path + "/cancel-invite", {}).status == 200
    assert directory.values(dn, "lkSend") == []


def test_s4_without_an_address_nothing_is_asked_for(directory, house, program):
    dn = house.add("Nora Nomail")
    directory.modify(dn, delete={"mail": None})
    answer = program.send("/organization", page_of(directory, dn) + "/invite", {})
    assert answer.status == 409 and directory.values(dn, "lkSend") == []


def test_s4_each_state_is_seen(directory, house, program):
    until = "digest=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA until=20991231235959Z"
    entries = {
        "none": {},
        "deferred": {"lkSend": "invite after=20991231235959Z why=\"450 4.2.0 later\""},
        "refused": {"lkSendError": "invite at=20261122194103Z words=\"550 5.1.1 no such user\""},
        "sent": {"lkSent": "invite at=20261122194103Z", "lkToken": f"invite {until}"},
        "expired": {"lkSent": "invite at=20261122194103Z"},
    }
    for name, values in entries.items():
        house.add(f"State {name}", **values)
    seen = {p["name"]: p["invite"] for p in program.get("/organization?search=State").json["people"]}
    assert {name: seen[f"State {name}"]["state"] for name in entries} == {name: name for name in entries}
    assert seen["State refused"]["words"] == "550 5.1.1 no such user"
    assert seen["State deferred"]["words"] == "450 4.2.0 later" and seen["State deferred"]["when"] == "2099-12-31T23:59:59Z"
    assert seen["State sent"]["until"] == "2099-12-31T23:59:59Z" and seen["State sent"]["when"] == "2026-11-22T19:41:03Z"


# ---- S5: administrators

def test_s5_the_mark_counts_at_once(daemon, directory, house, ada):
    dn = house.add("Alma Alternate")
    alma = enter(daemon, house.tie(dn))
    assert alma.get("/organization").status == 403 and "/organization" not in alma.get("/").parsed.links
    page = ada.get(page_of(directory, dn))
    page = page.submit(page.path, administrator="yes")
    assert page.status == 200 and house.administrators() == {house.admin, dn}
    assert alma.get("/organization").status == 200, "on the open session"
    page = alma.get(page_of(directory, house.admin))
    page = page.submit(page.path, administrator=None)
    assert page.status == 200 and house.administrators() == {dn}
    assert ada.get("/organization").status == 403


def test_s5_added_as_administrator(directory, house, ada):
    mail = f"boss@{house.domain}"
    ada.get("/organization/people/new").submit("/organization/people/new", given_name="Bo", surname="Boss", mail=mail,
                                               invite=None, administrator="yes")
    assert house.administrators() == {house.admin, dn_by_mail(directory, mail)}


def test_s5_the_last_one_stays(directory, house, ada, program):
    path = page_of(directory, house.admin)
    page = ada.get(path)
    page = page.submit(path, administrator=None)
    assert page.status == 409 and "this is its last one" in page.text
    answer = program.send("/organization", path + "/administrator", {"administrator": "no"})
    assert answer.status == 409 and answer.json["errors"][0]["code"] == "only_administrator"
    assert house.administrators() == {house.admin}
    dn = house.add("Json Admin")
    assert program.send("/organization", page_of(directory, dn) + "/administrator", {"administrator": "yes"}).status == 200
    assert program.send("/organization", path + "/administrator", {"administrator": "no"}).json["location"] == "/"
    assert house.administrators() == {dn}


def test_s5_two_who_unmake_each_other_leave_one(daemon, directory, house):
    other = house.add("Otto Other")
    directory.modify(house.dn, add={"lkAdministrator": other})
    clients = {house.admin: enter(daemon, house.account, JsonClient), other: enter(daemon, house.tie(other), JsonClient)}
    csrf = {dn: client.get("/organization").json["csrf"] for dn, client in clients.items()}
    paths = {dn: page_of(directory, dn) + "/administrator" for dn in clients}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for _ in range(200):
            both = [(house.admin, other), (other, house.admin)]
            answers = list(pool.map(lambda pair: clients[pair[0]].post(
                paths[pair[1]], {"csrf": csrf[pair[0]], "administrator": "no"}, follow=False).status, both))
            left = house.administrators()
            assert len(left) == 1 and sorted(answers)[0] == 200 and sorted(answers)[1] in (403, 409), answers
            directory.modify(house.dn, add={"lkAdministrator": ({house.admin, other} - left).pop()})


def test_s5_two_who_remove_each_other_leave_one(daemon, directory, house):
    """The whole profile: one stays, and is the administrator."""
    other = house.add("Otto Other")
    directory.modify(house.dn, add={"lkAdministrator": other})
    witness = House(directory)  # that names both, too: refint, which comes a moment later, takes out the one who has gone
    directory.modify(witness.dn, add={"lkAdministrator": [house.admin, other]})
    accounts = {house.admin: house.account, other: house.tie(other)}
    kept = {dn: directory.read(dn, ["*"]) for dn in accounts}
    clients = {dn: enter(daemon, account, JsonClient) for dn, account in accounts.items()}
    csrf = {dn: client.get("/organization").json["csrf"] for dn, client in clients.items()}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for _ in range(50):
            both = [(house.admin, page_of(directory, other)), (other, page_of(directory, house.admin))]
            answers = sorted(pool.map(lambda pair: clients[pair[0]].post(
                pair[1] + "/remove", {"csrf": csrf[pair[0]]}, follow=False).status, both))
            there = [dn for dn in kept if directory.read(dn)]
            assert len(there) == 1 and house.administrators() == set(there), (answers, there, house.administrators())
            assert answers[0] == 200 and answers[1] in (403, 404, 409), answers
            gone, = set(kept) - set(there)
            directory.wait_for(lambda: gone not in witness.administrators(), what="refint, or it would take out what is put back")
            directory.add(gone, kept[gone])
            for organization in (house, witness):
                directory.modify(organization.dn, add={"lkAdministrator": gone})


# ---- what is done by ldapmodify counts at once too

def test_s3_a_profile_removed_by_ldapdelete_ends_links_and_access_at_once(daemon, directory, house):
    dn = house.add("Rita Removed")
    rita = enter(daemon, house.tie(dn))
    directory.modify(dn, add={"lkSend": "invite"})
    letter = daemon.mailbox.newest(directory.values(dn, "mail")[0])
    assert rita.get("/auth").status == 200 and rita.get(letter.link).status == 200
    directory.delete(dn)
    assert rita.get("/auth").status == 403 and rita.get(letter.link).status == 410
    assert rita.get("/profile").path == "/associate"
    daemon.wait_log(lambda log: "action=reach_service outcome=no_profile" in log)


def test_s4_an_address_changed_by_ldapmodify_ends_outstanding_links(daemon, directory, house):
    wrong, right = f"wrong-{unique('a')}@{house.domain}", f"right-{unique('a')}@{house.domain}"
    dn = house.add("Sam Script", wrong, lkSend="invite")
    first = daemon.mailbox.newest(wrong)
    sam = enter(daemon, house.tie(house.add("Sam Himself")))
    assert sam.get(first.link).status == 200
    directory.modify(dn, replace={"mail": right}, add={"lkSend": "invite"})
    second = daemon.mailbox.newest(right)
    assert sam.get(first.link).status == 410 and sam.get(second.link).status == 200


# ---- who may not

def test_the_header_asks_whose_the_profile_is(daemon, directory, house, ada):
    """It was chosen, and is somebody else's since: neither its name nor "People" stands on any page of the former account's."""
    directory.modify(house.admin, replace={"displayName": "Ada Archibald"})
    page = ada.get("/account")
    assert "/organization" in page.parsed.links and "Ada Archibald" in page.text and house.name in page.text
    directory.modify(house.admin, replace={"lkAccountDN": directory.add_account(unique("heir"), PASSWORD)})
    page = ada.get("/account")
    assert page.status == 200 and "/organization" not in page.parsed.links
    assert "Ada Archibald" not in page.text and house.name not in page.text
    assert ada.get("/organization").path == "/associate"


def test_every_log_names_the_true_actor(own_directory, tmp_path):
    """Ours: account, profile, and whom it was about. slapd's: whose name the operation was done under."""
    own_directory.log_level = "stats"
    own_directory.restart()
    house, foreign = House(own_directory, "Here"), House(own_directory, "There")
    victim, dn = foreign.add("Vic Victim"), house.add("Tim Target")
    with Daemon(tmp_path / "daemon", own_directory) as daemon:
        program = enter(daemon, house.account, JsonClient)
        fields = {"given_name": "Tim", "surname": "Target", "mail": own_directory.values(dn, "mail")[0], "title": "T"}
        assert program.send("/account", page_of(own_directory, dn), fields).status == 200
        assert program.send("/account", page_of(own_directory, victim), fields).status == 404
        who = f'actor={house.account} as="{house.admin}"'
        for outcome, target in (("done", dn), ("refused", victim)):
            wanted = f"action=edit_profile outcome={outcome} {who} target={identifier(own_directory, target)}"
            daemon.wait_log(lambda log: wanted in log)
        metrics = program.get("/metrics").source
        assert 'latchkey_actions_total{action="edit_profile",outcome="refused"} 1' in metrics
        assert 'latchkey_actions_total{action="edit_profile",outcome="done"} 1' in metrics
    lines = (own_directory.folder / "slapd.log").read_text(errors="replace").splitlines()
    assert any(f'PROXYAUTHZ dn="{house.admin.lower()}"' in line.lower().replace("proxyauthz", "PROXYAUTHZ") for line in lines)
    found = own_directory.search(f"(&(objectClass=auditModify)(reqDN={dn}))", "cn=log", ["reqAuthzID", "reqMod"])
    assert same([e["reqAuthzID"][0] for _, e in found if any(m.startswith("title:") for m in e["reqMod"])], [house.admin])
    assert own_directory.search(f"(&(objectClass=auditModify)(reqDN={victim}))", "cn=log") == []


def test_cross_organisation_attempts_are_refused(daemon, directory, house, ada, program):
    foreign = House(directory)
    victim = foreign.add("Vic Victim", lkSend="invite after=20991231235959Z")
    before = directory.read(victim)
    path = page_of(directory, victim)
    csrf = ada.get("/organization/people/new").form("/organization/people/new").fields["csrf"]
    log = daemon.log().count("outcome=refused")
    attempts = [("GET", path), ("GET", path + "/remove"), ("POST", path), ("POST", path + "/invite"), ("POST", path + "/cancel-invite"),
                ("POST", path + "/administrator"), ("POST", path + "/remove")]
    for method, target in attempts:
        answer = ada.get(target) if method == "GET" else ada.post(target, {"csrf": csrf})
        assert answer.status == 404 and "Vic" not in answer.text, (method, target)
    assert program.get(path).status == 404
    assert program.send("/organization", path + "/administrator", {"administrator": "yes"}).status == 404
    assert names(program, "/organization?search=Vic") == []
    for wrong in ("cn%3DVic%20Victim", victim.replace(" ", "%20"), "00000000-0000-0000-0000-000000000000", "x"):
        assert ada.get(f"/organization/people/{wrong}").status == 404
    assert directory.read(victim) == before and foreign.administrators() == {foreign.admin}
    daemon.wait_log(lambda text: text.count("outcome=refused") >= log + 9)


def test_people_who_are_no_administrators_are_refused(daemon, directory, house):
    dn = house.add("Pat Person")
    victim = house.add("Vic Victim")
    pat, program = (enter(daemon, account, kind) for account in [house.tie(dn)] for kind in (Client, JsonClient))
    path = page_of(directory, victim)
    csrf = pat.get("/profile").form("/profile").fields["csrf"]
    for target in ("/organization", "/organization/people/new", path, path + "/remove"):
        assert pat.get(target).status == 403 and program.get(target).status == 403, target
    for target in ("/organization/people/new", path, path + "/invite", path + "/cancel-invite", path + "/administrator", path + "/remove"):
        assert pat.post(target, {"csrf": csrf}).status == 403, target
    assert directory.read(victim) and house.administrators() == {house.admin}
    nobody = Client(daemon.url)
    assert nobody.get("/organization", follow=False).headers["Location"].startswith("/signin?continue=")
    homeless = Client(daemon.url)
    homeless.sign_up(unique("homeless"), PASSWORD)
    assert homeless.get("/organization").path == "/associate"


def test_what_slapd_refuses_is_explained(daemon, directory, house, ada):
    """The directory has the last word: here, its constraint overlay takes no further request."""
    dn = house.add("Dee Denied")
    path = page_of(directory, dn)
    page = ada.get(path)
    waiting = [f"associate account={uuid.uuid4()} name=x after=20991231235959Z" for _ in range(32)]
    directory.modify(dn, add={"lkSend": waiting})
    answer = page.submit(path + "/invite")
    assert answer.status == 403 and "The directory does not allow this" in answer.text
    daemon.wait_log(lambda text: "outcome=refused_by_directory" in text)
    assert ada.get("/organization").status == 200, "the daemon is itself again"


@pytest.mark.parametrize("face", ["page", "json"])
def test_an_account_that_is_gone_is_not_tied_to(daemon, directory, house, face):
    """The account is removed between the page and the press: the session has gone with it, and nothing is tied."""
    dn = house.add("Gus Gone", lkSend="invite")
    letter = daemon.mailbox.newest(directory.values(dn, "mail")[0])
    name = unique("gus")
    account = directory.add_account(name, PASSWORD)
    gus = enter(daemon, name)
    page = gus.get(letter.link)
    assert page.status == 200
    directory.delete(account)
    if face == "page":
        assert page.submit("/t", token=letter.token).status in (200, 403)
    else:
        csrf = page.form("/t").fields["csrf"]
        answer = gus.post("/t", {"csrf": csrf, "token": letter.token}, {"Accept": "application/json"})
        assert answer.status in (401, 403) and answer.json["title"]
    assert directory.values(dn, "lkAccountDN") == []


def test_the_directorys_last_word_on_a_tie_is_explained(daemon, directory, house):
    """The constraint overlay takes no further lkSend: no move without its letters."""
    dn = house.add("Rudi Refused", lkSend="invite")
    former = house.tie(dn)
    letter = daemon.mailbox.newest(directory.values(dn, "mail")[0])
    name = unique("rudi")
    directory.add_account(name, PASSWORD)
    rudi = enter(daemon, name)
    page = rudi.get(letter.link)
    directory.wait_for(lambda: not directory.values(dn, "lkSend"))
    waiting = [f"associate account={uuid.uuid4()} name=x after=20991231235959Z" for _ in range(32)]
    directory.modify(dn, add={"lkSend": waiting})
    page = page.submit("/t", token=letter.token)
    assert page.status == 403 and "This link cannot be used" in page.text
    answer = enter(daemon, name, JsonClient).send("/associate", "/t", {"token": letter.token})
    assert answer.status == 403 and answer.json["reason"] == "refused"
    assert directory.values(dn, "lkAccountDN") == [f"uid={former},{directory.accounts}"]
    directory.modify(dn, delete={"lkSend": waiting})
    assert rudi.get(letter.link).submit("/t", token=letter.token).path.startswith("/associated"), "nor is the link used up"


def test_too_many_requests_are_explained(daemon, directory, house):
    name = unique("eager")
    directory.add_account(name, PASSWORD)
    eager, program = enter(daemon, name), enter(daemon, name, JsonClient)
    dn = f"uid={name},{directory.accounts}"
    directory.modify(dn, add={"lkSend": [f"find address=a{n}@x.example after=20991231235959Z" for n in range(32)]})
    page = eager.get("/associate").submit("/associate", mail="one@x.example")
    assert page.status == 429 and "fast" in page.text
    answer = program.send("/associate", "/associate", {"mail": "two@x.example"})
    assert answer.status == 429 and answer.json["type"] == "about:blank#too_many_requests"


def test_an_ended_plan_does_not_end_administration(daemon, directory):
    house = House(directory, plans=["support until=20201231235959Z"])
    assert enter(daemon, house.account).get("/organization").status == 200


# ---- S16, S17: the own profile

def test_s17_my_own_data(daemon, directory, house):
    dn = house.add("Pia Person", telephoneNumber="1")
    account = house.tie(dn)
    pia, program = enter(daemon, account), enter(daemon, account, JsonClient)
    page = pia.get("/profile")
    assert page.status == 200 and "mail" not in page.form("/profile").fields, "the address has a form of its own"
    page = page.submit("/profile", given_name="Pia", surname="Persson", telephone="2", title="Chef")
    assert page.status == 200 and "Saved." in page.text and "Pia Persson" in page.text
    entry = directory.read(dn)
    assert entry["displayName"] == ["Pia Persson"] and entry["telephoneNumber"] == ["2"] and same(entry["modifiersName"], [dn])
    assert program.get("/profile").json["person"]["title"] == "Chef"
    answer = program.send("/profile", "/profile", {"given_name": "Pia", "surname": "Persson", "telephone": "3", "title": "Chef"})
    assert answer.status == 200 and directory.values(dn, "telephoneNumber") == ["3"]
    answer = program.send("/profile", "/profile", {"given_name": "Pia", "surname": "", "telephone": "☎"})
    assert answer.status == 422 and {e["code"] for e in answer.json["errors"]} == {"surname_missing", "telephone_bad"}
    assert program.send("/profile", "/profile", {"surname": "P", "mail": "x@y.example"}).status == 400


def test_s16_another_account_for_my_profile(daemon, directory, house):
    dn = house.add("Max Mover")
    first = house.tie(dn)
    mail = directory.values(dn, "mail")[0]
    max_ = enter(daemon, first)
    page = max_.get("/profile").submit("/profile/invite")
    assert page.status == 200 and mail in page.text
    letter = daemon.mailbox.newest(mail)
    second = unique("second")
    other = Client(daemon.url)
    other.sign_up(second, PASSWORD)
    page = other.get(letter.link)
    assert "belongs to another account now" in page.text
    assert page.submit("/t", token=letter.token).path.startswith("/associated")
    assert directory.values(dn, "lkAccountDN") == [f"uid={second},{directory.accounts}"]
    assert max_.get("/profile", follow=False).status == 303, "the former account has it no more, on the open session too"


# ---- the mail server's words

def test_how_much_is_still_to_be_sent_is_shown(own_directory, tmp_path):
    """A mail server that takes connections and says nothing: what an administrator asked for waits, and the list says for how many."""
    directory = own_directory
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings = {"courier.deliver_to": f"smtp://127.0.0.1:{mute.getsockname()[1]}", "courier.start_tls": "never"}
        with Daemon(tmp_path / "daemon", directory, settings=settings) as daemon:
            house, other = House(directory), House(directory)
            people = [house.add(f"Wendy Waits {number}") for number in range(3)]
            other.add("Otto Other", lkSend="invite after=20991231235959Z")
            ada, program = enter(daemon, house.account), enter(daemon, house.account, JsonClient)
            assert "waiting to be sent" not in ada.get("/organization").text and "sending" not in program.get("/organization").json
            bulk(program, "invite", [identifier(directory, dn) for dn in people])
            assert program.get("/organization").json["sending"] == 3
            assert "People to whom e-mail is waiting to be sent: 3" in ada.get("/organization").text
            for number in range(198):
                house.add(f"Max Many {number}", lkSend="invite after=20991231235959Z")
            seen = program.get("/organization?search=wendy").json
            assert seen["sending"] == 200 and seen["sending_more"] and seen["found"] == 3
            assert "E-mail to more than 200 people is waiting to be sent." in ada.get("/organization").text


def test_refusals_of_the_mail_server_are_shown(own_directory, tmp_path):
    directory = own_directory
    with MailServer() as server:
        settings = {"courier.deliver_to": server.url, "courier.start_tls": "never"}
        with Daemon(tmp_path / "daemon", directory, settings=settings) as daemon:
            house = House(directory)
            refused, slow = house.add("Rex Refused"), house.add("Sue Slow")
            gone = directory.values(refused, "mail")[0]
            server.script("RCPT", lambda address, _: "550 5.1.1 no such mailbox here" if address == gone else "450 4.2.0 come back later")
            ada = enter(daemon, house.account)
            for dn, wanted, words in ((refused, "refused", "550 5.1.1 no such mailbox here"), (slow, "deferred", "450 4.2.0 come back later")):
                path = page_of(directory, dn)
                ada.get(path).submit(path + "/invite")
                # It is put off in other words first where the mail server was too slow to say its own.
                directory.wait_for(lambda: (seen := state(ada, path))["state"] == wanted and words in seen["words"], what=words)
                assert words in ada.get(path).text or wanted == "deferred"
            path = page_of(directory, slow)
            assert re.search("delayed|being sent|waiting", ada.get(path).text)
