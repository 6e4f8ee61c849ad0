# SPDX-License-Identifier: Apache-2.0
"""Under whose name people's changes reach the directory: their own where the server has proxied authorization (RFC 4370), the
daemon's where it has not. Then the pages' policy decides alone, and the log says at the start what is lost.

slapd always has the control. What lacks it is a slapd behind a go-between that leaves the control out of the root DSE and carries no
request that has it; both are real but for that."""
import pytest

from harness.client import Client, JsonClient
from harness.daemon import Daemon
from harness.relay import Relay, pieces

PASSWORD = "violet-anvil-9-teacup"
CONTROL = b"2.16.840.1.113730.3.4.18"
NONE_SUCH = b"2.16.840.1.113730.3.4.99"  # as long, so the message around it stays whole
EVENT = "event=proxied_authorization "


class Lacking(Relay):
    """slapd as the daemon sees it, without the control."""

    def __init__(self, directory):
        super().__init__(directory)
        self.requests_with_control = 0

    def ways(self):
        return self._forth, self._back

    def _forth(self, source):
        for data in pieces(source):
            if CONTROL in data:
                self.requests_with_control += 1
                raise OSError("a server without the control would refuse this")
            yield data

    @staticmethod
    def _back(source):
        for data in pieces(source):
            yield data.replace(CONTROL, NONE_SUCH)


class House:
    def __init__(self, directory, name):
        self.dn = directory.add_organization(name, administrators=("Ada Admin", "Sue Second"), plans=["support"])
        self.admin = f"cn=Ada Admin,{self.dn}"
        self.target = directory.add_profile(self.dn, "Tim Target", f"tim@{name.lower()}.example")
        self.person = directory.add_profile(self.dn, "Pat Person", f"pat@{name.lower()}.example")
        for profile, account in ((self.admin, f"{name}-admin"), (self.person, f"{name}-person")):
            directory.modify(profile, replace={"lkAccountDN": directory.add_account(account, PASSWORD)})


@pytest.fixture(scope="module")
def houses(directory):
    directory.make_operator(directory.add_account("olivia", PASSWORD))
    return House(directory, "Here"), House(directory, "There")


@pytest.fixture
def wide_rules(directory):
    """What docs/directory.md tells to give the daemon where it cannot act for people."""
    read = "entry,objectClass,entryUUID,displayName,cn,sn,givenName,title,telephoneNumber,preferredLanguage"
    rules = [f'{place}to dn.subtree="{directory.organizations}"{attributes} by dn.exact="{directory.service_dn}" write by * break'
             for place, attributes in (("{0}", f" attrs={read}"), ("{17}", ""))]
    database = "olcDatabase={1}mdb,cn=config"
    for rule in rules:
        directory.modify(database, add={"olcAccess": rule})
    yield
    for rule in reversed(rules):
        directory.modify(database, delete={"olcAccess": rule})


def enter(daemon, name, kind=JsonClient):
    client = kind(daemon.url)
    client.send("/signin", "/signin", {"name": name, "password": PASSWORD}) if kind is JsonClient else client.sign_in(name, PASSWORD)
    return client


def path_of(directory, dn):
    return "/organization/people/" + directory.values(dn, "entryUUID")[0]


def save(directory, client, dn, title):
    fields = {"given_name": "Tim", "surname": "Target", "mail": directory.values(dn, "mail")[0], "title": title}
    return client.send("/account", path_of(directory, dn), fields)


def check_policy_still_holds(daemon, directory, here, there):
    before = [directory.read(dn, ["*"]) for dn in (here.dn, here.target, there.dn, there.target)]
    ada, pat = enter(daemon, "Here-admin"), enter(daemon, "Here-person")
    operator_page = "/operator/" + directory.values(here.dn, "entryUUID")[0]
    assert save(directory, ada, there.target, "Stolen").status == 404
    assert save(directory, pat, here.target, "Stolen").status == 403
    assert ada.send("/account", path_of(directory, there.target) + "/administrator", {"administrator": "yes"}).status == 404
    assert ada.send("/account", path_of(directory, there.target) + "/remove", {}).status == 404
    assert pat.send("/account", path_of(directory, here.person) + "/administrator", {"administrator": "yes"}).status == 403
    assert ada.send("/account", operator_page + "/plan", {"plan": "gold", "until": ""}).status == 403
    assert [directory.read(dn, ["*"]) for dn in (here.dn, here.target, there.dn, there.target)] == before


def check_all_is_done_as(daemon, directory, here, title, author):
    """An administrator's, a person's and an operator's changes. `author`: the name that the directory has for each."""
    ada, pat, olivia = enter(daemon, "Here-admin"), enter(daemon, "Here-person"), enter(daemon, "olivia")
    assert save(directory, ada, here.target, title).status == 200
    assert directory.values(here.target, "title") == [title]
    assert directory.values(here.target, "modifiersName")[0].lower() == author(here.admin).lower()
    daemon.wait_log(lambda log: f' actor=Here-admin as="{here.admin}" ' in log)
    own = {"given_name": "Pat", "surname": "Person", "title": title}
    assert pat.send("/profile", "/profile", own).status == 200
    assert directory.values(here.person, "modifiersName")[0].lower() == author(here.person).lower()
    page = "/operator/" + directory.values(here.dn, "entryUUID")[0]
    assert olivia.send("/account", page + "/plan", {"plan": title, "until": ""}).status == 200
    account = f"uid=olivia,{directory.accounts}"
    assert directory.values(here.dn, "modifiersName")[0].lower() == author(account).lower()
    daemon.wait_log(lambda log: f" actor=olivia as={account!r} ".replace("'", '"') in log or f" actor=olivia as={account} " in log)


def test_where_the_server_has_it_people_act_under_their_own_name(directory, houses, tmp_path):
    here, there = houses
    with Daemon(tmp_path / "daemon", directory) as daemon:
        check_all_is_done_as(daemon, directory, here, "own", lambda dn: dn)
        check_policy_still_holds(daemon, directory, here, there)
        assert EVENT not in daemon.log()


def test_where_the_server_lacks_it_the_policy_holds_and_the_start_says_what_is_lost(directory, houses, wide_rules, tmp_path):
    here, there = houses
    with Lacking(directory) as lacking:
        with Daemon(tmp_path / "daemon", directory, settings={"directory.uri": lacking.uri}) as daemon:
            daemon.wait_log(lambda log: EVENT in log)
            check_policy_still_holds(daemon, directory, here, there)
            check_all_is_done_as(daemon, directory, here, "lacking", lambda _: directory.service_dn)
            line, = [line for line in daemon.log().splitlines() if EVENT in line]
            assert "level=warning" in line and "outcome=unused" in line and "its log does not name them" in line
            assert lacking.requests_with_control == 0


def test_without_wider_rules_nothing_is_changed(directory, houses, tmp_path):
    """Rules that let people act, and the daemon not: it does not slip through under a name of its own."""
    here, _ = houses
    with Lacking(directory) as lacking:
        with Daemon(tmp_path / "daemon", directory, settings={"directory.uri": lacking.uri}) as daemon:
            before = directory.read(here.target, ["*"])
            assert save(directory, enter(daemon, "Here-admin"), here.target, "narrow").status == 403
            daemon.wait_log(lambda log: "outcome=refused_by_directory" in log)
            assert directory.read(here.target, ["*"]) == before


def test_required_means_not_at_all_without_it(directory, houses, wide_rules, tmp_path):
    here, _ = houses
    with Lacking(directory) as lacking:
        settings = {"directory.uri": lacking.uri, "directory.proxied_authorization": "required"}
        with Daemon(tmp_path / "daemon", directory, settings=settings) as daemon:
            daemon.wait_log(lambda log: EVENT + "outcome=lacking" in log)
            ada = enter(daemon, "Here-admin", Client)
            page = ada.get(path_of(directory, here.target))
            assert page.status == 200, "seeing is no change"
            before = directory.read(here.target, ["*"])
            assert page.submit(page.path, title="required").status == 403
            daemon.wait_log(lambda log: "directory.proxied_authorization" in log.split(EVENT)[1].partition("\n")[2])
            assert directory.read(here.target, ["*"]) == before


def test_required_with_it_is_as_ever(directory, houses, tmp_path):
    with Daemon(tmp_path / "daemon", directory, settings={"directory.proxied_authorization": "required"}) as daemon:
        check_all_is_done_as(daemon, directory, houses[0], "required", lambda dn: dn)
        assert EVENT not in daemon.log()


def test_never_is_never(directory, houses, wide_rules, tmp_path):
    here, there = houses
    with Daemon(tmp_path / "daemon", directory, settings={"directory.proxied_authorization": "never"}) as daemon:
        check_policy_still_holds(daemon, directory, here, there)
        check_all_is_done_as(daemon, directory, here, "never", lambda _: directory.service_dn)
        daemon.wait_log(lambda log: EVENT + "outcome=unused" in log)


def test_a_directory_that_comes_later_is_looked_at_then(own_directory, tmp_path):
    """The start does not wait for it, and the line comes all the same."""
    own_directory.stop()
    daemon = Daemon(tmp_path / "daemon", own_directory, settings={"directory.proxied_authorization": "auto"})
    with Lacking(own_directory) as lacking:
        daemon.settings["directory.uri"] = lacking.uri
        daemon.start(wait=False)
        daemon.wait_ready("/healthz")
        assert EVENT not in daemon.log()
        own_directory.start()
        daemon.wait_log(lambda log: EVENT in log)
        daemon.stop()
