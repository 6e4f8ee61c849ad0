# SPDX-License-Identifier: Apache-2.0
"""The vendor's own staff: organisations, plans, administrators (flows S6, S18), over the real programs; in each case the
directory decides, so the same is tried by ldapmodify where it makes sense."""
import datetime
import re
import uuid

import ldap
import pytest
from ldap.dn import escape_dn_chars

from harness.client import Client, JsonClient
from harness.daemon import Daemon
from harness.directory import Directory

PASSWORD = "violet-anvil-9-teacup"


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("daemon"), directory) as running:
        yield running


@pytest.fixture(scope="module")
def operator(directory):
    """The name of an account that is an operator."""
    name = unique("operator")
    directory.make_operator(directory.add_account(name, PASSWORD))
    return name


@pytest.fixture
def client(daemon, operator):
    client = Client(daemon.url)
    client.sign_in(operator, PASSWORD)
    return client


@pytest.fixture
def machine(daemon, operator):
    client = JsonClient(daemon.url)
    page = client.get("/signin")
    client.post("/signin", {"csrf": page.json["csrf"], "name": operator, "password": PASSWORD}, follow=False)
    return client


def organization_dn(directory, name):
    return f"o={escape_dn_chars(name)},{directory.organizations}"


def path_of(directory, dn):
    return "/operator/" + directory.values(dn, "entryUUID")[0]


def identifier(directory, dn):
    return directory.values(dn, "entryUUID")[0]


def person(directory, daemon, organization, name="Pat Person"):
    """Somebody who is signed in with a profile of the organisation: (client, profile's DN)."""
    account = unique("person")
    dn = directory.add_profile(organization, name, f"{account}@people.example",
                               lkAccountDN=directory.add_account(account, PASSWORD))
    client = Client(daemon.url)
    client.sign_in(account, PASSWORD)
    return client, dn


# ---- who is an operator

def test_an_operator_without_a_profile_comes_to_the_organisations(client):
    page = client.get("/")
    assert page.path == "/operator" and page.status == 200
    assert "/operator" in page.parsed.links, "the header leads there from every page"


def test_a_profile_can_be_an_operator(daemon, directory):
    """Staff may be people of an organisation: the vendor's own. It counts while they act as that profile."""
    vendor = directory.add_organization(unique("Vendor"), plans=["support"])
    customer = directory.add_organization(unique("Customer"), plans=["support"])
    client, dn = person(directory, daemon, vendor)
    other = directory.add_profile(customer, "Same Person", f"{unique('same')}@people.example",
                                  lkAccountDN=directory.values(dn, "lkAccountDN")[0])
    assert client.get("/operator").status == 403
    directory.make_operator(dn)
    page = client.get("/select")
    page.submit("/select", profile=identifier(directory, dn))
    assert client.get("/operator").status == 200
    client.get(path_of(directory, customer)).submit(path_of(directory, customer) + "/plan", plan="extra", until="2031-01-31")
    assert "extra until=20310131235959Z" in directory.values(customer, "lkServicePlan")
    client.get("/select").submit("/select", profile=identifier(directory, other))
    assert client.get("/operator").status == 403, "as a customer's profile, the same account is no operator"
    assert "/operator" not in client.get("/").parsed.links


PAGES = ["/operator", "/operator/new", "/operator/{id}"]
POSTS = [
    ("/operator/new", {"name": "Intruder", "plan": "", "until": "", "person": "I", "mail": "i@example.org"}),
    ("/operator/{id}/plan", {"plan": "stolen", "until": "2099-12-31"}),
    ("/operator/{id}/plan/remove", {"plan": "support"}),
    ("/operator/{id}/contact", {"profile": "{profile}"}),
    ("/operator/{id}/administrator", {"profile": "{profile}", "former": "", "reason": "mine"}),
    ("/operator/{id}/administrator", {"profile": "", "former": "{former}", "reason": "mine"}),
    ("/operator/{id}/administrator/new", {"name": "New Person", "mail": "n@example.org"}),
]


@pytest.mark.parametrize("who", ["stranger", "person", "administrator"])
@pytest.mark.parametrize("face", [Client, JsonClient])
def test_nobody_else_gets_in(daemon, directory, who, face):
    organization = directory.add_organization(unique("Target"), plans=["support until=20991231235959Z"])
    client, dn = person(directory, daemon, organization)
    if who == "administrator":
        directory.modify(organization, add={"lkAdministrator": dn})
    if who == "stranger":
        client = Client(daemon.url)
    client.headers["Accept"] = face(daemon.url).headers["Accept"]
    before = directory.read(organization, ["*"])
    words = {"id": identifier(directory, organization), "profile": identifier(directory, dn),
             "former": before["lkAdministrator"][0]}
    refusals = daemon.log().count("outcome=not_operator")
    for page in PAGES:
        answer = client.get(page.format(**words), follow=False)
        assert answer.status == {"stranger": 401 if face is JsonClient else 303}.get(who, 403), page
        assert "Target" not in answer.source
    csrf = client.get("/signin" if who == "stranger" else "/account", headers={"Accept": "application/json"}).json["csrf"]
    for page, fields in POSTS:
        fields = {name: value.format(**words) for name, value in fields.items()}
        answer = client.post(page.format(**words), {"csrf": csrf, **fields}, follow=False)
        assert answer.status == {"stranger": 401 if face is JsonClient else 303}.get(who, 403), page
    assert directory.read(organization, ["*"]) == before
    assert directory.read(organization_dn(directory, "Intruder")) is None
    if who != "stranger":
        daemon.wait_log(lambda log: log.count("outcome=not_operator") - refusals >= len(PAGES) + len(POSTS))


def test_the_directory_refuses_the_same_from_others(daemon, directory):
    """What the pages refuse, slapd refuses too: for a person, for an administrator, and for the daemon itself."""
    organization = directory.add_organization(unique("Guarded"), plans=["support until=20201231235959Z"])
    _, dn = person(directory, daemon, organization)
    _, boss = person(directory, daemon, organization, "The Boss")
    directory.modify(organization, add={"lkAdministrator": boss})
    for act_as in (dn, boss, directory.values(dn, "lkAccountDN")[0], None):
        connection = directory.connect_service(act_as=act_as)
        for change in ({"replace": {"lkServicePlan": "support"}}, {"replace": {"lkMainContact": dn}}):
            with pytest.raises(ldap.INSUFFICIENT_ACCESS):
                directory.modify(organization, connection=connection, **change)
        if act_as != boss:
            with pytest.raises(ldap.INSUFFICIENT_ACCESS):
                directory.modify(organization, add={"lkAdministrator": dn}, connection=connection)
        connection.unbind_s()


def test_an_operator_is_one_no_longer_at_once(daemon, directory):
    name = unique("leaver")
    dn = directory.add_account(name, PASSWORD)
    directory.make_operator(dn)
    client = Client(daemon.url)
    client.sign_in(name, PASSWORD)
    assert client.get("/operator").status == 200
    directory.modify(directory.operators, delete={"member": dn})
    assert client.get("/operator").status == 403


# ---- the list

def test_the_list_finds_by_name_and_says_when_there_are_more(client, machine, directory):
    word = uuid.uuid4().hex[:6]
    for i in range(51):
        directory.add_organization(f"Zz{word} Number {i:02}", administrators=["A B"], plans=["support until=20991231235959Z"])
    found = machine.get(f"/operator?q={word}").json
    assert len(found["organizations"]) == 50 and found["more"] is True
    found = machine.get(f"/operator?q={word}%20Number%2007").json
    assert [o["name"] for o in found["organizations"]] == [f"Zz{word} Number 07"] and found["more"] is False
    assert found["organizations"][0]["plan"]["name"] == "support"
    assert machine.get("/operator?q=Zz").json["organizations"], "up to three characters: how a name begins"
    assert machine.get(f"/operator?q={word[:3]}q").json["organizations"] == []
    page = client.get(f"/operator?q={word}")
    assert "more than these 50" in page.text
    assert client.get("/operator?q=%2A%29%28o%3D%2A").status == 200, "a filter's own characters are only characters"


def test_search_is_indexed(tmp_path):
    """slapd looks at what its indexes give, not at everything: else its log says so."""
    not_helped = re.compile(r"candidates: \((?:o|cn|sn|displayName|mail|member)\) (?:not indexed|no keys)|_candidates: .*no keys")
    with Directory(tmp_path / "directory", log_level="trace,filter") as directory:
        directory.make_operator(directory.add_account("olivia", PASSWORD))
        organization = directory.add_organization("Abcdefghij")
        directory.add_organization("Abcdefghix")
        log = directory.folder / "slapd.log"
        with Daemon(tmp_path / "daemon", directory) as daemon:
            client = Client(daemon.url)
            client.sign_in("olivia", PASSWORD)
            before = len(log.read_text(errors="replace"))
            assert "Abcdefghij" in client.get("/operator?q=abc").text
            assert "Abcdefghij" in client.get("/operator?q=cdefg").text
            client.get(path_of(directory, organization) + "?q=main")
            seen = log.read_text(errors="replace")[before:]
            assert "mdb_substring_candidates (o)" in seen and not_helped.findall(seen) == []
            directory.search("(o=*f*)")
            assert not_helped.search(log.read_text(errors="replace")[before + len(seen):]), "this test can fail"
            before = len(log.read_text(errors="replace"))
            assert "Abcdefghij" in client.get("/operator?q=bcdefghij").text
            seen = log.read_text(errors="replace")[before:]
            looked_at = re.findall(r"mdb_search_candidates: id=(\d+) ", seen)
            assert "mdb_substring_candidates (o)" in seen and set(looked_at) <= {"0", "1"}, "an odd last letter counts as well: the other one is not looked at"


# ---- a new organisation

def create(client, name, **more):
    fields = {"plan": "support", "until": "2099-12-31", "person": "Fay First", "mail": f"{unique('fay')}@first.example", **more}
    return client.get("/operator/new").submit("/operator/new", name=name, **fields), fields["mail"]


def test_s5_a_new_organisation_and_its_first_person(client, daemon, directory, operator):
    name = unique("Smith, Jones + Co = \"Ünïted\"")
    page, mail = create(client, name)
    assert page.status == 200 and "is being invited" in page.text and name in page.text
    dn = organization_dn(directory, name)
    entry = directory.read(dn, ["*", "+"])
    first = directory.search("(cn=Fay First)", base=dn)[0][0]
    assert [v.lower() for v in entry["lkAdministrator"]] == [first.lower()] == [v.lower() for v in entry["lkMainContact"]]
    assert entry["lkServicePlan"] == ["support until=20991231235959Z"]
    assert f"uid={operator}," in entry["creatorsName"][0], "made under the operator's own name"
    assert f"uid={operator}," in directory.values(first, "creatorsName")[0]

    letter = daemon.mailbox.newest(mail)
    assert name in letter.text
    # The invited person takes it from there, and has an administrator's rights in the directory.
    fay = Client(daemon.url)
    fay.sign_up(unique("fay"), PASSWORD)
    page = fay.get(letter.link)
    assert page.submit("/t", token=letter.token).path.startswith("/associated")
    connection = directory.connect_service(act_as=first)
    directory.add_profile(dn, "Second One", "second@first.example", connection=connection)
    connection.unbind_s()


def test_a_new_organisation_without_a_plan_is_closed(client, directory):
    name = unique("Planless")
    page, _ = create(client, name, plan="", until="")
    assert page.status == 200 and "services are closed" in page.text
    assert directory.values(organization_dn(directory, name), "lkServicePlan") == []


@pytest.mark.parametrize("fields, field", [
    ({"name": ""}, "name"), ({"name": "x" * 65}, "name"), ({"plan": "two words"}, "plan"), ({"plan": ""}, "plan"),
    ({"until": "31.12.2099"}, "until"), ({"until": "2027-02-30"}, "until"), ({"until": "2027-13-1"}, "until"),
    ({"person": ""}, "person"), ({"mail": ""}, "mail"), ({"mail": "not an address"}, "mail"),
])
def test_a_new_organisation_with_faults(client, machine, directory, fields, field):
    name = unique("Faulty")
    values = {"name": name, "plan": "support", "until": "2099-12-31", "person": "P", "mail": "p@example.org", **fields}
    answer = machine.send("/operator/new", "/operator/new", values)
    assert answer.status == 422 and [e["field"] for e in answer.json["errors"]] == [field]
    page = client.get("/operator/new").submit("/operator/new", **values)
    assert page.status == 422 and page.title.startswith("Error:")
    assert page.form("/operator/new").fields["mail"] == values["mail"], "what was typed is not lost"
    assert directory.read(organization_dn(directory, name)) is None


def test_a_name_that_is_taken(client, directory):
    name = unique("Twice")
    create(client, name)
    before = directory.read(organization_dn(directory, name), ["*"])
    page, mail = create(client, name.upper(), person="Somebody Else")
    assert page.status == 409 and "already" in page.text
    assert directory.read(organization_dn(directory, name), ["*"]) == before
    assert directory.search("(cn=Somebody Else)", base=organization_dn(directory, name)) == []


def test_interrupted_between_organisation_and_profile(client, daemon, directory):
    """A crash after the first Add: the page says so, and completes it; doing it twice is harmless."""
    name = unique("Halfway")
    dn = organization_dn(directory, name)
    directory.add(dn, {"objectClass": ["organization", "lkOrganization"], "o": name,
                       "lkAdministrator": f"cn=Gil Gone,{dn}", "lkMainContact": f"cn=Gil Gone,{dn}"})
    path = path_of(directory, dn)
    page = client.get(path)
    assert "profile is missing" in page.text and "Gil Gone" in page.text
    mail = f"{unique('gil')}@halfway.example"
    form = page.form(path + "/administrator/new")
    assert form.fields["name"] == "Gil Gone", "offered under the name that the organisation has"
    page = page.submit(path + "/administrator/new", mail=mail)
    assert page.status == 200 and "profile is missing" not in page.text
    assert directory.values(f"cn=Gil Gone,{dn}", "mail") == [mail]
    assert len(directory.values(dn, "lkAdministrator")) == 1
    daemon.mailbox.newest(mail)
    csrf = page.form(path + "/administrator/new").fields["csrf"]
    again = client.post(path + "/administrator/new", {"csrf": csrf, "name": "Gil Gone", "mail": mail})
    assert again.status == 200 and len(directory.values(dn, "lkAdministrator")) == 1


# ---- plans

def test_s18_plans_are_added_moved_and_removed(client, directory, operator):
    organization = directory.add_organization(unique("Plans"), plans=["support until=20201231235959Z"])
    path = path_of(directory, organization)
    page = client.get(path)
    assert "ended 31 December 2020" in page.text
    page = page.submit(path + "/plan", plan="support", until="2099-06-30")
    assert "until 30 June 2099, 23:59 UTC" in page.text and "ended" not in page.text
    assert directory.values(organization, "lkServicePlan") == ["support until=20990630235959Z"]
    page = page.submit(path + "/plan", plan="extra", until="")
    assert set(directory.values(organization, "lkServicePlan")) == {"support until=20990630235959Z", "extra"}
    page = page.submit(path + "/plan", plan="extra", until="")
    assert page.status == 200, "the same again changes nothing"
    page = page.submit(path + "/plan/remove", plan="support")
    assert directory.values(organization, "lkServicePlan") == ["extra"]
    assert f"uid={operator}," in directory.values(organization, "modifiersName")[0]
    page = page.submit(path + "/plan", plan="no word", until="2099-06-31")
    assert page.status == 422 and "one word" in page.text and "2027-12-31" in page.text
    assert directory.values(organization, "lkServicePlan") == ["extra"]


def test_s18_access_ends_and_comes_back_on_an_open_session(client, daemon, directory):
    organization = directory.add_organization(unique("Renewed"), plans=["support until=20991231235959Z"])
    path = path_of(directory, organization)
    visitor, dn = person(directory, daemon, organization)
    assert visitor.get("/auth").status == 200
    page = client.get(path).submit(path + "/plan", plan="support", until="2020-12-31")
    assert page.status == 200
    assert visitor.get("/auth").status == 403, "from the next check on"
    page = visitor.get("/")
    assert page.status == 200 and "31 December 2020" in page.text and "support" in page.text
    client.get(path).submit(path + "/plan", plan="support", until="2099-12-31")
    assert visitor.get("/auth").status == 200
    assert directory.values(dn, "lkAccountDN"), "nothing of theirs was lost"
    # By ldapmodify as an operator, the same.
    operator_dn = next(v for v in directory.values(directory.operators, "member") if v.startswith("uid=operator-"))
    connection = directory.connect_service(act_as=operator_dn)
    directory.modify(organization, replace={"lkServicePlan": "support until=20200101000000Z"}, connection=connection)
    assert visitor.get("/auth").status == 403
    directory.modify(organization, replace={"lkServicePlan": "support"}, connection=connection)
    assert visitor.get("/auth").status == 200
    connection.unbind_s()


@pytest.mark.parametrize("plans, is_open", [
    ([], False), (["support until=20200101000000Z"], False), (["support until=20200101000000Z", "extra until=20991231235959Z"], True),
    (["support until=20200101000000Z", "extra"], True), (["support until=whenever"], False), (["support until="], False),
])
def test_s18_access_needs_one_plan_that_has_not_ended(daemon, directory, plans, is_open):
    organization = directory.add_organization(unique("Plans"), plans=plans)
    visitor, _ = person(directory, daemon, organization)
    assert visitor.get("/auth").status == (200 if is_open else 403)


def test_s18_a_plan_ends_by_itself_and_all_else_stays(daemon, directory):
    """Nobody writes anything when its time has come: the next check knows. Administration and data go on; a renewal by ldapmodify
    opens everything again, on the same session."""
    organization = directory.add_organization(unique("Ending"), plans=["support"])
    visitor, dn = person(directory, daemon, organization)
    assert visitor.get("/auth").status == 200 and visitor.get("/").status == 200
    soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)).strftime("%Y%m%d%H%M%SZ")
    directory.modify(organization, add={"lkAdministrator": dn}, replace={"lkServicePlan": f"support until={soon}"})
    before = directory.read(organization, ["*"]), directory.read(dn, ["*"])
    directory.wait_for(lambda: visitor.get("/auth").status == 403, what="the plan to end")
    daemon.wait_log(lambda log: "action=reach_service outcome=no_plan" in log)
    page = visitor.get("/")
    assert page.status == 200 and "support" in page.text and "ended" in page.text, "people are told why"
    assert (directory.read(organization, ["*"]), directory.read(dn, ["*"])) == before
    page = visitor.get(f"/organization/people/{identifier(directory, dn)}")
    assert page.submit(page.path, title="Still here").status == 200 and directory.values(dn, "title") == ["Still here"]
    assert visitor.get("/auth").status == 403
    directory.modify(organization, replace={"lkServicePlan": "support until=20991231235959Z"})
    assert visitor.get("/auth").status == 200


def test_s18_how_many_days_before_is_configured(directory, tmp_path):
    organization = directory.add_organization(unique("Warned"), plans=[f"support until={in_days(5)}"])
    for days, is_told in (("3d", False), ("10d", True)):
        with Daemon(tmp_path / days, directory, settings={"pages.plan_warning": days}) as daemon:
            visitor, _ = person(directory, daemon, organization, unique("Pat"))
            assert ("ends soon" in visitor.get("/").text) is is_told, days


def in_days(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y%m%d235959Z")


@pytest.mark.parametrize("plans, is_told", [
    ([13], True), ([0.5], True), ([15], False), ([3, 400], False), ([None, 3], False), ([-3, 5], True),
])
def test_people_are_told_before_the_last_plan_ends(daemon, directory, plans, is_told):
    values = ["forever" if days is None else f"plan{i} until={in_days(days)}" for i, days in enumerate(plans)]
    organization = directory.add_organization(unique("Ending"), plans=values)
    contact = directory.add_profile(organization, "Connie Contact", f"{unique('connie')}@ending.example")
    directory.modify(organization, add={"lkMainContact": contact})
    visitor, _ = person(directory, daemon, organization)
    page = visitor.get("/")
    assert page.status == 200 and ("ends soon" in page.text) is is_told
    assert ("Connie Contact" in page.text) is is_told, "and whom to ask"


# ---- administrators

def test_s6_a_different_administrator(client, daemon, directory, operator):
    organization = directory.add_organization(unique("Left"), administrators=["Old Boss"], plans=["support"])
    old = directory.values(organization, "lkAdministrator")[0]
    heir = directory.add_profile(organization, "New Boss", f"{unique('new')}@left.example")
    path = path_of(directory, organization)
    page = client.get(path + "?q=New%20Boss")
    forged = page.submit(path + "/administrator", profile=identifier(directory, heir), former=old, reason="T-0\nlevel=error")
    assert forged.status == 400 and directory.values(organization, "lkAdministrator") == [old], "a reason is one line"
    page = page.submit(path + "/administrator", profile=identifier(directory, heir), former=old,
                       reason="T-4711 \"left\" asked by sales")
    assert page.status == 200 and "is declared" in page.text
    assert directory.values(organization, "lkAdministrator") == [heir]
    daemon.wait_log(lambda log: "T-4711" in log)
    line = next(l for l in daemon.log().splitlines() if "event=operator" in l and "T-4711" in l)
    assert f"actor={operator}" in line and "declare_administrator" in line and r'reason="T-4711 \x22left\x22 asked by sales"' in line
    assert f"uid={operator}," in directory.values(organization, "modifiersName")[0]

    # The old one's rights ended with it.
    connection = directory.connect_service(act_as=old)
    with pytest.raises((ldap.INSUFFICIENT_ACCESS, ldap.NO_SUCH_OBJECT)):
        directory.modify(heir, replace={"title": "mine"}, connection=connection)
    connection.unbind_s()


def test_s6_the_access_log_names_the_operator(client, directory, operator):
    organization = directory.add_organization(unique("Logged"), administrators=["Old Boss"])
    heir = directory.add_profile(organization, "New Boss", f"{unique('new')}@logged.example")
    path = path_of(directory, organization)
    client.get(path).submit(path + "/administrator", profile=identifier(directory, heir), former="", reason="T-1")
    found = directory.search(f"(&(reqDN={organization})(reqType=modify))", base="cn=log", attributes=["reqAuthzID"])
    assert any(f"uid={operator}," in value.decode() if isinstance(value, bytes) else f"uid={operator}," in value
               for _, entry in found for value in entry.get("reqAuthzID", []))


def test_s6_people_tell_that_their_administrator_has_gone(daemon, directory):
    organization = directory.add_organization(unique("Orphaned"), plans=["support until=20201231235959Z"])
    visitor, dn = person(directory, daemon, organization, "Olga Orphan")
    assert "/help/administrator" in visitor.get("/").parsed.links
    page = visitor.get("/help/administrator")
    assert page.status == 200 and "Orphaned" in page.text
    assert page.submit("/help/administrator", reason="").status == 422
    said = "He left; <b>ask</b> me, \u00dc. 100% sure & \"quick\""
    page = page.submit("/help/administrator", reason=said)
    assert page.status == 200 and "Support knows" in page.text
    directory.wait_for(lambda: directory.values(organization, "lkSend") == [])
    letters = [l for l in daemon.mailbox.to("support@latchkey.example") if "Orphaned" in l.subject]
    assert len(letters) == 1
    words = " ".join(letters[0].text.split())
    assert said in words and "Olga Orphan <" in words and directory.values(dn, "mail")[0] in words
    assert "&lt;b&gt;ask&lt;/b&gt;" in letters[0].html
    assert path_of(directory, organization) in words, "the page where an operator sees to it"
    assert [v.split()[0] for v in directory.values(organization, "lkSent")] == ["administrator_gone"]
    assert "lkToken" not in directory.read(organization, ["*"])

    # The same organisation is not told twice within the hour, by nobody in it.
    colleague, _ = person(directory, daemon, organization, "Otto Orphan")
    page = colleague.get("/help/administrator")
    assert "Support knows" in page.text
    csrf = colleague.get("/account", headers={"Accept": "application/json"}).json["csrf"]
    colleague.post("/help/administrator", {"csrf": csrf, "reason": "again"})
    assert directory.values(organization, "lkSend") == []


def test_s6_only_people_of_the_organisation_can_tell(daemon, directory):
    client = Client(daemon.url)
    assert client.get("/help/administrator", follow=False).status == 303
    client.sign_up(unique("loner"), PASSWORD)
    page = client.get("/help/administrator")
    assert page.status == 200 and "Choose first" in page.text
    csrf = client.get("/account", headers={"Accept": "application/json"}).json["csrf"]
    before = daemon.log().count("outcome=no_profile")
    client.post("/help/administrator", {"csrf": csrf, "reason": "anybody"})
    daemon.wait_log(lambda log: log.count("outcome=no_profile") == before + 1)


def test_s6_the_longest_words_get_through(daemon, directory):
    organization = directory.add_organization(unique("Wordy"), plans=["support"])
    visitor, _ = person(directory, daemon, organization, "\u00c4" * 60)
    page = visitor.get("/help/administrator")
    assert page.submit("/help/administrator", reason="\u20ac" * 144).status == 422
    page = page.submit("/help/administrator", reason="\u20ac" * 143)
    assert "Support knows" in page.text
    directory.wait_for(lambda: directory.values(organization, "lkSend") == [])
    letter = next(l for l in daemon.mailbox.to("support@latchkey.example") if "Wordy" in l.subject)
    assert letter.text.count("\u20ac") == 143
    assert directory.values(organization, "lkSendError") == []


def test_s6_told_by_ldapmodify(daemon, directory, operator):
    organization = directory.add_organization(unique("Scripted"))
    connection = directory.connect_service(act_as=f"uid={operator},{directory.accounts}")
    directory.modify(organization, add={"lkSend": "administrator_gone from=\"the telephone\" text=\"They called.\""}, connection=connection)
    connection.unbind_s()
    directory.wait_for(lambda: directory.values(organization, "lkSend") == [])
    letter = next(l for l in daemon.mailbox.to("support@latchkey.example") if "Scripted" in l.subject)
    assert "They called." in letter.text
    directory.modify(organization, add={"lkSend": "administrator_gone text=Who"})
    directory.wait_for(lambda: directory.values(organization, "lkSend") == [])
    assert "needs the field from" in directory.values(organization, "lkSendError")[0]


def test_a_reason_is_asked(client, directory):
    organization = directory.add_organization(unique("Why"), administrators=["One", "Two"])
    path = path_of(directory, organization)
    former = directory.values(organization, "lkAdministrator")[0]
    page = client.get(path).submit(path + "/administrator", profile="", former=former, reason="")
    assert page.status == 422 and "Say why" in page.text
    page = client.get(path).submit(path + "/administrator", profile="", former="", reason="T-1")
    assert page.status == 422 and "Choose whom" in page.text
    assert len(directory.values(organization, "lkAdministrator")) == 2


def test_the_last_administrator_stays(client, machine, directory):
    organization = directory.add_organization(unique("Last"), administrators=["One", "Two"])
    path = path_of(directory, organization)
    one, two = directory.values(organization, "lkAdministrator")
    page = client.get(path).submit(path + "/administrator", profile="", former=one, reason="T-2")
    assert page.status == 200 and directory.values(organization, "lkAdministrator") == [two]
    page = client.get(path).submit(path + "/administrator", profile="", former=two, reason="T-3")
    assert page.status == 409 and "last administrator" in page.text
    answer = machine.send(path, path + "/administrator", {"profile": "", "former": two, "reason": "T-3"})
    assert answer.status == 409 and answer.json["errors"][0]["code"] == "last_administrator"
    assert directory.values(organization, "lkAdministrator") == [two]
    page = client.get(path).submit(path + "/administrator", profile="", former=one, reason="T-4")
    assert page.status == 409 and "meanwhile" in page.text, "it is none any more"


def test_nobody_from_another_organisation(client, directory):
    """By identifier, by DN: a profile is looked up in its organisation."""
    organization = directory.add_organization(unique("Here"))
    elsewhere = directory.add_organization(unique("Elsewhere"))
    stranger = directory.add_profile(elsewhere, "Far Away", f"{unique('far')}@elsewhere.example")
    path = path_of(directory, organization)
    before = directory.read(organization, ["*"])
    csrf = client.get(path).form(path + "/administrator").fields["csrf"]
    for where, fields in (("/administrator", {"former": "", "reason": "T-5"}), ("/contact", {})):
        answer = client.post(path + where, {"csrf": csrf, "profile": identifier(directory, stranger), **fields})
        assert answer.status == 404, where
    former = directory.values(elsewhere, "lkAdministrator")[0]
    answer = client.post(path + "/administrator", {"csrf": csrf, "profile": "", "former": former, "reason": "T-6"})
    assert answer.status == 409
    assert directory.read(organization, ["*"]) == before
    assert client.get("/operator/00000000-0000-0000-0000-000000000000").status == 404
    assert client.get("/operator/none").status == 404
    assert client.get("/operator/" + identifier(directory, stranger)).status == 404, "a profile is no organisation"


def test_the_main_contact(client, machine, directory):
    organization = directory.add_organization(unique("Contact"))
    path = path_of(directory, organization)
    dn = directory.add_profile(organization, "Bill To", f"{unique('bill')}@contact.example")
    page = client.get(path).submit(path + "/contact", profile=identifier(directory, dn))
    assert page.status == 200 and directory.values(organization, "lkMainContact") == [dn]
    assert machine.get(path).json["contact"]["name"] == "Bill To"


def test_s5_the_main_contact_administers_as_soon_as_it_is_declared(client, daemon, directory, operator):
    """On the session that they have open already; in one Modify; and whoever administers already is not in the way."""
    organization = directory.add_organization(unique("Billed"), administrators=["Old Boss"], plans=["support"])
    path = path_of(directory, organization)
    visitor, dn = person(directory, daemon, organization, "Bill To")
    assert visitor.get("/organization").status == 403
    writes = directory.search(f"(&(objectClass=auditModify)(reqDN={organization}))", "cn=log")
    page = client.get(path).submit(path + "/contact", profile=identifier(directory, dn))
    assert page.status == 200 and "is an administrator" in page.text
    assert visitor.get("/organization").status == 200, "at once"
    assert set(directory.values(organization, "lkAdministrator")) == {dn, f"cn=Old Boss,{organization}"}
    now = directory.search(f"(&(objectClass=auditModify)(reqDN={organization}))", "cn=log")
    assert len(now) == len(writes) + 1 and f"uid={operator}," in now[-1][1]["reqAuthzID"][0]
    page = client.get(path).submit(path + "/administrator", profile="", former=f"cn=Old Boss,{organization}", reason="T-2")
    page = client.get(path)
    csrf = page.form(path + "/plan").fields["csrf"]
    again = client.post(path + "/contact", {"csrf": csrf, "profile": identifier(directory, dn)})
    assert again.status == 200 and directory.values(organization, "lkAdministrator") == [dn], "declared again: no harm"


def test_an_administrator_without_a_profile_yet(client, daemon, directory):
    organization = directory.add_organization(unique("Fresh"), administrators=["Old Boss"])
    path = path_of(directory, organization)
    mail = f"{unique('fresh')}@fresh.example"
    page = client.get(path).submit(path + "/administrator/new", name="Fresh Face", mail=mail)
    assert page.status == 200
    assert f"cn=Fresh Face,{organization}" in directory.values(organization, "lkAdministrator")
    daemon.mailbox.newest(mail)
    directory.add_profile(organization, "Plain Person", f"{unique('plain')}@fresh.example")
    page = client.get(path).submit(path + "/administrator/new", name="Plain Person", mail=mail)
    assert page.status == 422 and "Declare it instead" in page.text
    assert len(directory.values(organization, "lkAdministrator")) == 2


def test_when_the_last_administrators_profile_was_removed(client, directory):
    """refint leaves its placeholder: the page shows that nobody is behind it, and it can be replaced."""
    organization = directory.add_organization(unique("Empty"), administrators=["Only One"])
    dn = directory.values(organization, "lkAdministrator")[0]
    heir = directory.add_profile(organization, "Next One", f"{unique('next')}@empty.example")
    directory.delete(dn)
    directory.wait_for(lambda: directory.values(organization, "lkAdministrator") != [dn])
    path = path_of(directory, organization)
    placeholder, = directory.values(organization, "lkAdministrator")
    page = client.get(path)
    assert "has no profile" in page.text
    page = page.submit(path + "/administrator", profile=identifier(directory, heir), former=placeholder, reason="T-9")
    assert page.status == 200 and directory.values(organization, "lkAdministrator") == [heir]


def test_what_the_directory_refuses_is_explained(own_directory, tmp_path):
    """A rule that only this directory has: plans may only be called "support"."""
    overlay = own_directory.search("(objectClass=olcConstraintConfig)", base="cn=config", attributes=["dn"])[0][0]
    own_directory.modify(overlay, add={"olcConstraintAttribute": "lkServicePlan regex ^support.*$"})
    own_directory.make_operator(own_directory.add_account("olivia", PASSWORD))
    organization = own_directory.add_organization("Refused", plans=["support"])
    path = path_of(own_directory, organization)
    with Daemon(tmp_path / "daemon", own_directory) as daemon:
        client = Client(daemon.url)
        client.sign_in("olivia", PASSWORD)
        page = client.get(path).submit(path + "/plan", plan="other", until="")
        assert page.status == 422 and "The directory has refused this" in page.text and "onstraint" in page.text
        client.headers["Accept"] = "application/json"
        csrf = client.get(path).json["csrf"]
        answer = client.post(path + "/plan", {"csrf": csrf, "plan": "other", "until": ""})
        assert answer.status == 422 and answer.json["errors"][0]["code"] == "directory_refused"
        assert own_directory.values(organization, "lkServicePlan") == ["support"]
        daemon.wait_log(lambda log: "outcome=refused" in log)


def test_the_json_face(machine, directory):
    name = unique("Json")
    answer = machine.send("/operator/new", "/operator/new",
                          {"name": name, "plan": "support", "until": "", "person": "Jay Son", "mail": f"{unique('j')}@j.example"})
    assert answer.status == 200 and re.match(r"/operator/[0-9a-f-]{36}\?done=created$", answer.json["location"])
    path = answer.json["location"].split("?")[0]
    seen = machine.get(path).json
    assert seen["organization"]["name"] == name and seen["plans"] == [{"name": "support", "has_end": False, "ended": False}]
    assert seen["administrators"][0]["name"] == "Jay Son" and seen["administrators"][0]["missing"] is False
    answer = machine.send(path, path + "/plan", {"plan": "support", "until": "2030-01-01"})
    assert answer.json["location"] == path + "?done=plan"
    assert machine.get(path).json["plans"][0]["until"] == "2030-01-01T23:59:59Z"
