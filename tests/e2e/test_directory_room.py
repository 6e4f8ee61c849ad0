# SPDX-License-Identifier: Apache-2.0
"""The room `directory`, function by function, against a real slapd with the shipped schema and rules."""
import pytest

from harness.probe import Probe

ENTRY_UUID = "entryUUID"


@pytest.fixture(scope="module")
def probe(directory):
    with Probe(directory) as running:
        yield running


@pytest.fixture(scope="module")
def acme(directory):
    return directory.add_organization(
        "Acme Room", administrators=("Ada Main",), plans=["support until=20991231235959Z", "trial until=20200101000000Z"]
    )


def uuid_of(directory, dn):
    return directory.values(dn, ENTRY_UUID)[0]


# ---- reading


def test_ready_connects_and_binds(probe):
    assert probe.ask("ready")["status"] == "ok"


def test_read_gives_the_attributes_asked_for(probe, directory):
    jane = directory.add_account("jane.read", givenName="Jané", mail=["a@b.example", "c@b.example"])
    answer = probe.ask("read", dn=jane, attributes=["givenName", "MAIL", "title"])
    assert answer["status"] == "ok"
    assert answer["entry"]["dn"] == jane
    assert answer["entry"]["attributes"]["givenName"] == ["Jané"]
    mail = {name.lower(): sorted(values) for name, values in answer["entry"]["attributes"].items()}["mail"]
    assert mail == ["a@b.example", "c@b.example"]
    assert "title" not in answer["entry"]["attributes"]


def test_read_says_absent_for_no_entry_and_for_another_kind(probe, directory):
    jane = directory.add_account("jane.absent")
    assert probe.ask("read", dn="uid=nobody," + directory.accounts, attributes=["cn"])["status"] == "absent"
    wrong = probe.ask("read", dn=jane, attributes=["cn"], filter=["equals", "objectClass", "lkProfile"])
    assert wrong["status"] == "absent"
    right = probe.ask("read", dn=jane, attributes=["cn"], filter=["equals", "objectClass", "lkAccount"])
    assert right["status"] == "ok"


def test_read_says_malformed_for_what_is_not_a_name(probe):
    answer = probe.ask("read", dn="this is no name", attributes=["cn"])
    assert answer["status"] == "malformed"
    assert "Invalid DN syntax" in answer["trouble"]


def test_search_says_whether_there_are_more(probe, directory):
    for number in range(5):
        directory.add_account(f"many.{number}", title="one of five")
    five = {"base": directory.accounts, "filter": ["equals", "title", "one of five"], "attributes": ["uid"]}
    some = probe.ask("search", **five, most=3)
    assert (some["status"], len(some["entries"]), some["more"]) == ("ok", 3, True)
    exactly = probe.ask("search", **five, most=5)
    assert (exactly["status"], len(exactly["entries"]), exactly["more"]) == ("ok", 5, False)


def test_search_without_a_match_is_ok_and_empty(probe, directory):
    answer = probe.ask("search", base=directory.accounts, filter=["equals", "uid", "nobody at all"], attributes=["uid"])
    assert (answer["status"], answer["entries"], answer["more"]) == ("ok", [], False)


def test_search_below_no_entry_is_absent(probe, directory):
    answer = probe.ask("search", base="ou=nowhere," + directory.suffix, filter=["present", "cn"], attributes=["cn"])
    assert answer["status"] == "absent"


def test_search_without_a_limit_is_refused(probe, directory):
    answer = probe.ask("search", base=directory.suffix, filter=["present", "cn"], attributes=["cn"], most=0)
    assert answer["status"] == "malformed"


def test_search_knows_scope(probe, directory, acme):
    directory.add_profile(acme, "Sam Scope", "sam.scope@acme.example")
    below = {"base": directory.organizations, "filter": ["equals", "mail", "sam.scope@acme.example"], "attributes": ["cn"]}
    assert len(probe.ask("search", **below, scope="sub")["entries"]) == 1
    assert len(probe.ask("search", **below, scope="one")["entries"]) == 0


def test_search_goes_page_by_page_beyond_500(own_directory):
    for number in range(1203):
        own_directory.add_account(f"page.{number:04}", title="paged")
    paged = {"base": own_directory.accounts, "filter": ["equals", "title", "paged"], "attributes": ["uid"]}
    with Probe(own_directory) as probe:
        for most, more in ((501, True), (1000, True), (1202, True), (1203, False), (1500, False)):
            answer = probe.ask("search", **paged, most=most)
            names = {entry["dn"] for entry in answer["entries"]}
            assert (answer["status"], len(answer["entries"]), answer["more"]) == ("ok", min(most, 1203), more), most
            assert len(names) == len(answer["entries"])


def test_several_searches_at_once(probe, directory):
    """Each is answered for itself, whether they go out together or one of them cannot."""
    for number in range(6):
        directory.add_account(f"side.{number}", title="at once", ou=f"side {number % 2}")
    zero, one, nobody, all_of_them, faulty = ({"base": directory.accounts, "filter": wanted, "attributes": ["uid"], "most": most} for wanted, most in (
        (["equals", "ou", "side 0"], 10), (["equals", "ou", "side 1"], 2), (["equals", "ou", ""], 10), (["equals", "title", "at once"], 501),
        (["present", "cn"], 0)))
    before = directory.operations()["search"]
    assert probe.ask("search_all", searches=[zero, one])["status"] == "ok"
    assert directory.operations()["search"] == before + 2
    for searches in ([zero, one], [one, zero, one, zero], [zero], [zero, nobody], [all_of_them, one], [zero] * 5, []):
        answer = probe.ask("search_all", searches=searches)
        alone = [probe.ask("search", **search) for search in searches]
        assert answer["status"] == "ok"
        assert answer["found"] == [{"entries": found["entries"], "more": found["more"]} for found in alone], searches
    assert probe.ask("search_all", searches=[zero, faulty])["status"] == "malformed"
    nowhere = probe.ask("search_all", searches=[zero, {**zero, "base": "ou=nowhere," + directory.suffix}])
    assert nowhere["status"] == "absent" and "ou=nowhere" in nowhere["trouble"]


def test_an_empty_value_matches_nothing_and_asks_nobody(probe, directory):
    probe.ask("ready")
    before = directory.operations()["search"]
    for wanted in (["equals", "uid", ""], ["contains", "uid", ""], ["and", ["present", "uid"], ["begins", "uid", ""]]):
        answer = probe.ask("search", base=directory.accounts, filter=wanted, attributes=["uid"])
        assert (answer["status"], answer["entries"]) == ("ok", [])
    assert directory.operations()["search"] == before


# Ways out of a filter, if there were one.
HOSTILE = ["*", "a)(uid=*", "*)(objectClass=*", "\\2a", "a*b", "(", ")", "\\", "a\u0001b", "ü)(cn=*", "&", "|", "!", "a\u0000b"]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_value_stays_a_value(probe, directory, number):
    name = f"hostile {number} {HOSTILE[number]}"
    if "\0" in HOSTILE[number]:  # a C string cannot hold it; the rest of the name must not match either
        name = name.split("\0")[0]
    directory.add_account(f"hostile.{number}", title=name)
    answer = probe.ask("search", base=directory.accounts, filter=["equals", "title", name], attributes=["title"])
    assert [entry["attributes"]["title"] for entry in answer["entries"]] == [[name]]
    bare = HOSTILE[number].split("\0")[0]
    answer = probe.ask("search", base=directory.accounts, filter=["equals", "uid", bare], attributes=["uid"])
    assert (answer["status"], answer["entries"]) == ("ok", [])


# ---- changing


def test_modify_is_one_operation_in_the_order_given(probe, directory, acme):
    jane = directory.add_profile(acme, "Jane Modify", "jane.modify@acme.example", lkToken=["one", "two"])
    before = directory.operations()["all"]
    change = [["delete", "lkToken", "one"], ["add", "lkToken", "three"], ["add", "lkSend", "invite"], ["add", "lkSend", "again"]]
    assert probe.ask("modify", dn=jane, change=change)["status"] == "ok"
    assert directory.operations()["all"] == before + 1
    assert sorted(directory.values(jane, "lkToken")) == ["three", "two"]
    assert sorted(directory.values(jane, "lkSend")) == ["again", "invite"]


def test_a_modify_tells_what_it_left(probe, directory, acme):
    jane = directory.add_profile(acme, "Jane Told", "jane.told@acme.example", lkSend=["before"])
    probe.ask("ready")
    before = directory.operations()["all"]
    change = [["delete", "lkSend", "before"], ["add", "lkSend", "after"]]
    answer = probe.ask("modify_read", dn=jane, change=change, attributes=["lkSend", "mail", "lkPendingMail"])
    assert directory.operations()["all"] == before + 1
    assert (answer["status"], answer["entry"]) == ("ok", {"dn": jane, "attributes": {"lkSend": ["after"], "mail": ["jane.told@acme.example"]}})
    answer = probe.ask("modify_read", dn=jane, change=change, attributes=["lkSend"])
    assert answer["status"] == "absent" and "entry" not in answer


def test_a_modify_that_may_not_tell_is_made(directory, acme):
    """What the one who acts may not read is not told; the change is made all the same."""
    ada = f"cn=Ada Main,{acme}"
    jane = directory.add_profile(acme, "Jane Untold", "jane.untold@acme.example", lkToken=["secret"])
    with Probe(directory) as acting:
        acting.ask("act_as", dn=ada)
        answer = acting.ask("modify_read", dn=jane, change=[["replace", "title", "Dr"]], attributes=["title", "lkToken"])
    assert (answer["status"], answer["entry"]["attributes"]) == ("ok", {"title": ["Dr"]})
    assert directory.values(jane, "title") == ["Dr"]


def test_modify_replaces_and_takes_away(probe, directory, acme):
    jane = directory.add_profile(acme, "Jane Replace", "jane.replace@acme.example", lkSend="invite")
    owner = directory.add_account("jane.replace")
    assert probe.ask("modify", dn=jane, change=[["replace", "lkAccountDN", owner], ["replace", "lkSend", None]])["status"] == "ok"
    assert directory.values(jane, "lkAccountDN") == [owner]
    assert directory.values(jane, "lkSend") == []
    # Not there any more: no fault.
    assert probe.ask("modify", dn=jane, change=[["replace", "lkSend", None]])["status"] == "ok"


def test_a_value_that_is_gone_fails_the_whole(probe, directory, acme):
    jane = directory.add_profile(acme, "Jane Gone", "jane.gone@acme.example", lkToken="other")
    change = [["delete", "lkToken", "mine"], ["add", "lkSend", "invite"]]
    assert probe.ask("modify", dn=jane, change=change)["status"] == "absent"
    assert directory.values(jane, "lkSend") == []


@pytest.mark.parametrize(
    "change, status",
    [
        ([["add", "lkToken", "there"]], "conflict"),
        ([["add", "description", "not ours to write"]], "refused"),
        ([["add", "noSuchAttribute", "x"]], "refused"),
        ([["replace", "lkAccountDN", "not a name"]], "refused"),
        ([["delete", "lkToken", None]], "malformed"),
        ([["add", "lkToken", None]], "malformed"),
        ([], "malformed"),
    ],
)
def test_modify_tells_failures_apart(probe, directory, acme, change, status):
    jane = directory.search("(cn=Jane Failures)") or directory.add_profile(
        acme, "Jane Failures", "jane.failures@acme.example", lkToken="there"
    )
    dn = jane if isinstance(jane, str) else jane[0][0]
    answer = probe.ask("modify", dn=dn, change=change)
    assert answer["status"] == status, answer
    assert answer["trouble"] != ""


def test_modify_of_no_entry_is_absent(probe, directory):
    answer = probe.ask("modify", dn="uid=nobody," + directory.accounts, change=[["replace", "lkToken", None]])
    assert answer["status"] == "absent"


def test_modify_of_no_name_is_malformed(probe):
    assert probe.ask("modify", dn="no name", change=[["replace", "lkToken", None]])["status"] == "malformed"


def new_account(name, extra=()):
    return [
        ["add", "objectClass", "inetOrgPerson"], ["add", "objectClass", "lkAccount"],
        ["add", "uid", name], ["add", "cn", name], ["add", "sn", name], *extra,
    ]


def test_add_makes_an_entry_and_says_when_the_name_is_taken(probe, directory):
    dn = f"uid=added,{directory.accounts}"
    assert probe.ask("add", dn=dn, change=new_account("added"))["status"] == "ok"
    assert sorted(directory.values(dn, "objectClass")) == ["inetOrgPerson", "lkAccount"]
    assert probe.ask("add", dn=dn, change=new_account("added"))["status"] == "conflict"


def test_add_tells_failures_apart(probe, directory):
    nowhere = f"uid=x,ou=nowhere,{directory.suffix}"
    assert probe.ask("add", dn=nowhere, change=new_account("x"))["status"] == "absent"
    elsewhere = f"cn=x,ou=groups,{directory.suffix}"
    group = [["add", "objectClass", "groupOfNames"], ["add", "cn", "x"], ["add", "member", directory.admin_dn]]
    assert probe.ask("add", dn=elsewhere, change=group)["status"] == "refused"
    incomplete = [["add", "objectClass", "inetOrgPerson"], ["add", "uid", "y"]]
    assert probe.ask("add", dn=f"uid=y,{directory.accounts}", change=incomplete)["status"] == "refused"
    mixed = new_account("z", [["delete", "title", "x"]])
    assert probe.ask("add", dn=f"uid=z,{directory.accounts}", change=mixed)["status"] == "malformed"
    assert probe.ask("add", dn="no name", change=new_account("x"))["status"] == "malformed"


def test_delete(probe, directory):
    dn = directory.add_account("deleted")
    assert probe.ask("delete", dn=dn)["status"] == "ok"
    assert directory.read(dn) is None
    assert probe.ask("delete", dn=dn)["status"] == "absent"
    assert probe.ask("delete", dn=directory.decoy_dn)["status"] == "refused"


def test_one_token_is_redeemed_once_by_200_at_once(probe, directory, acme):
    jane = directory.add_profile(acme, "Jane Race", "jane.race@acme.example", lkToken="raced")
    owner = directory.add_account("jane.race")
    answer = probe.ask("race", dn=jane, token="raced", account=owner, racers=200)
    assert answer["statuses"].count("ok") == 1
    assert answer["statuses"].count("absent") == 199
    assert directory.values(jane, "lkToken") == []
    assert directory.values(jane, "lkAccountDN") == [owner]


# ---- acting as somebody


def test_acting_as_an_administrator_has_her_rights_and_no_others(directory, acme):
    other = directory.add_organization("Other Room")
    ada = f"cn=Ada Main,{acme}"
    tom = directory.add_profile(acme, "Tom Acted", "tom.acted@acme.example")
    foreign = directory.add_profile(other, "Fred Foreign", "fred@other.example")
    titled = {"change": [["replace", "title", "Captain"]]}
    with Probe(directory) as probe:
        assert probe.ask("modify", dn=tom, **titled)["status"] == "refused"
        probe.ask("act_as", dn=ada)
        assert probe.ask("modify", dn=tom, **titled)["status"] == "ok"
        assert probe.ask("modify", dn=foreign, **titled)["status"] == "refused"
        assert probe.ask("read", dn=foreign, attributes=["cn"])["status"] == "absent"
        assert [v.lower() for v in directory.values(tom, "modifiersName")] == [ada.lower()]
        probe.ask("act_as")
        assert probe.ask("modify", dn=tom, **titled)["status"] == "refused"
        assert probe.ask("modify", dn=tom, change=[["add", "lkToken", "mine"]])["status"] == "ok"


def test_acting_as_whom_the_daemon_may_not_be_is_refused(directory):
    with Probe(directory) as probe:
        probe.ask("act_as", dn=directory.admin_dn)
        answer = probe.ask("read", dn=directory.suffix, attributes=["dc"])
        assert answer["status"] == "refused"
        assert "(123)" in answer["trouble"]


# ---- passwords


def test_check_password(probe, directory):
    jane = directory.add_account("jane.password", "correct horse battery")
    for _ in range(3):
        assert probe.ask("check_password", dn=jane, password="correct horse battery")["status"] == "ok"
        wrong = probe.ask("check_password", dn=jane, password="wrong horse")
        assert (wrong["status"], wrong["state"]) == ("refused", "plain")
        assert "wrong horse" not in wrong["trouble"]
    assert probe.ask("check_password", dn=jane, password="")["status"] == "malformed"
    nobody = probe.ask("check_password", dn=f"uid=nobody,{directory.accounts}", password="x")
    assert nobody["status"] == "refused"
    without = directory.add_account("jane.without.password")
    assert probe.ask("check_password", dn=without, password="x")["status"] == "refused"
    assert probe.ask("check_password", dn="no name", password="x")["status"] == "malformed"


def test_check_password_leaves_the_daemon_who_it_is(directory):
    jane = directory.add_account("jane.who", "correct horse battery")
    with Probe(directory) as probe:
        assert probe.ask("check_password", dn=jane, password="correct horse battery")["status"] == "ok"
        assert probe.ask("modify", dn=jane, change=[["add", "lkToken", "mine"]])["status"] == "ok"
        # One session each: binding again makes no new one.
        for _ in range(3):
            probe.ask("check_password", dn=jane, password="correct horse battery")
        assert probe.metric('latchkey_directory_operations_total{operation="connect",outcome="ok"}') == 2
        assert probe.metric("latchkey_directory_reconnects_total") == 0


# ---- people


def test_account_by_name_id_dn_and_token(probe, directory):
    dn = directory.add_account(
        "jane.people", cn="Jane People", telephoneNumber="+1 555", lkSession=["session a", "session b"],
        lkToken="reset jane.people", lkAlternateMail="jane@home.example",
    )
    identifier = uuid_of(directory, dn)
    for how in ({"name": "Jane.People"}, {"id": identifier}, {"dn": dn}, {"token": "reset jane.people"}):
        answer = probe.ask("account", **how)
        assert answer["status"] == "ok", (how, answer)
        account = answer["account"]
        assert account["dn"] == dn
        assert account["id"] == identifier
        assert account["name"] == "jane.people"
        assert account["display_name"] == "Jane People"
        assert account["alternate_mail"] == "jane@home.example"
        assert account["telephone"] == "+1 555"
        assert sorted(account["sessions"]) == ["session a", "session b"]
        assert account["tokens"] == ["reset jane.people"]


@pytest.mark.parametrize(
    "how", [{"name": "nobody"}, {"name": ""}, {"name": "*"}, {"id": "00000000-0000-0000-0000-000000000000"}, {"token": "none"}]
)
def test_no_such_account(probe, how):
    assert probe.ask("account", **how)["status"] == "absent"


def test_an_account_is_an_account_only_where_accounts_are(probe, directory, acme):
    profile = directory.add_profile(acme, "No Account", "no.account@acme.example", uid="no.account")
    assert probe.ask("account", dn=profile)["status"] == "absent"
    assert probe.ask("account", name="no.account")["status"] == "absent"
    account = directory.add_account("no.profile")
    assert probe.ask("profile", dn=account)["status"] == "absent"
    assert probe.ask("profile", id=uuid_of(directory, account))["status"] == "absent"
    assert probe.ask("account", id=uuid_of(directory, profile))["status"] == "absent"
    assert probe.ask("account", dn="no name")["status"] == "absent"


def test_one_search_finds_an_account(probe, directory):
    identifier = uuid_of(directory, directory.add_account("jane.once"))
    probe.ask("ready")
    before = directory.operations()
    assert probe.ask("account", id=identifier)["status"] == "ok"
    after = directory.operations()
    assert after["search"] == before["search"] + 1
    assert after["all"] == before["all"] + 1


def test_two_where_there_may_be_one_are_a_conflict(probe, directory, acme):
    for name in ("Tina Twin", "Tom Twin"):
        directory.add_profile(acme, name, "twin@acme.example", lkToken="the same token")
    assert probe.ask("profile", token="the same token")["status"] == "conflict"


def test_profile_by_dn_id_and_token(probe, directory, acme):
    owner = directory.add_account("paul.people")
    dn = directory.add_profile(
        acme, "Paul People", "paul.people@acme.example", lkAccountDN=owner, lkToken="invite paul", lkSend="invite"
    )
    for how in ({"dn": dn}, {"id": uuid_of(directory, dn)}, {"token": "invite paul"}):
        answer = probe.ask("profile", **how)
        assert answer["status"] == "ok", (how, answer)
        profile = answer["profile"]
        assert profile["dn"] == dn
        assert profile["id"] == uuid_of(directory, dn)
        assert profile["display_name"] == "Paul People"
        assert profile["mail"] == "paul.people@acme.example"
        assert profile["account_dn"] == owner
        assert profile["organization_dn"] == acme
        assert profile["tokens"] == ["invite paul"]
        assert profile["sends"] == ["invite"]
    assert probe.ask("profile", token="INVITE PAUL")["status"] == "absent"
    assert probe.ask("profile", token="invite paul*")["status"] == "absent"


def test_profiles_by_mail_and_by_account(probe, directory):
    owner = directory.add_account("rita.many")
    dns = []
    for number in range(3):
        organization = directory.add_organization(f"Many Room {number}")
        dns.append(directory.add_profile(organization, "Rita Many", "rita.many@x.example", lkAccountDN=owner))
    for how in ({"mail": "Rita.Many@X.example"}, {"account": owner}):
        answer = probe.ask("profiles", **how)
        assert (answer["status"], answer["more"]) == ("ok", False)
        assert sorted(profile["dn"] for profile in answer["profiles"]) == sorted(dns)
        few = probe.ask("profiles", **how, most=2)
        assert (len(few["profiles"]), few["more"]) == (2, True)
    assert probe.ask("profiles", mail="nobody@x.example")["profiles"] == []
    assert probe.ask("profiles", mail="")["profiles"] == []


def test_organization(probe, directory, acme):
    ada = f"cn=Ada Main,{acme}"
    answer = probe.ask("organization", dn=acme, profile=ada.upper())
    assert answer["status"] == "ok"
    organization = answer["organization"]
    assert organization["name"] == "Acme Room"
    assert organization["id"] == uuid_of(directory, acme)
    assert organization["administrators"] == [ada]
    assert organization["is_administrator"] is True
    assert set(organization["plans"]) == {"support", "trial"}
    assert organization["plans"]["trial"] == 1577836800
    assert organization["current"] == "support"
    stranger = probe.ask("organization", dn=acme, profile=f"cn=Ada,{acme}")
    assert stranger["organization"]["is_administrator"] is False
    assert probe.ask("organization", dn=ada)["status"] == "absent"
    assert probe.ask("organization", dn=directory.accounts)["status"] == "absent"


def test_a_plan_that_cannot_be_read_gives_no_access(probe, directory):
    dn = directory.add_organization("Odd Room", plans=["support until=never", "a b c"])
    organization = probe.ask("organization", dn=dn)["organization"]
    assert organization["current"] is None
    endless = directory.add_organization("Endless Room", plans=["support"])
    assert probe.ask("organization", dn=endless)["organization"]["current"] == "support"
