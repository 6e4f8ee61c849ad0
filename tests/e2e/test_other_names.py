# SPDX-License-Identifier: Apache-2.0
"""A directory that calls everything otherwise: places, classes, attributes, what names entries; filters on top. Set up by `latchkey init`
with its configuration, looked at by `latchkey doctor`, and used."""
import getpass

import ldap
import pytest

from harness.client import Client, JsonClient
from harness.command import Command
from harness.daemon import Daemon
from harness.directory import SOURCE
from harness.existing import Existing
from test_main_job import PASSWORD, associate, confirm, unique

pytestmark = pytest.mark.slow

SUFFIX = "dc=plant,dc=example"
ACCOUNTS, CUSTOMERS = f"ou=people,{SUFFIX}", f"ou=customers,{SUFFIX}"
SUPPORT, NOBODY = f"cn=support,ou=teams,{SUFFIX}", f"cn=nobody here,ou=programs,{SUFFIX}"
ARC = "1.3.6.1.4.1.55555.1"
TEXT = "EQUALITY caseExactMatch SUBSTR caseExactSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15"
SCHEMA = f"""dn: cn=plant,cn=schema,cn=config
objectClass: olcSchemaConfig
cn: plant
olcAttributeTypes: ( {ARC}.1 NAME 'plantOutbox' {TEXT} )
olcAttributeTypes: ( {ARC}.2 NAME 'plantSessions' {TEXT} )
olcAttributeTypes: ( {ARC}.3 NAME 'plantPosition' {TEXT.replace("Exact", "Ignore")} )
olcAttributeTypes: ( {ARC}.4 NAME 'plantAddress' {TEXT.replace("Exact", "Ignore")} )
olcAttributeTypes: ( {ARC}.5 NAME 'plantLogin' {TEXT.replace("Exact", "Ignore")} )
olcAttributeTypes: ( {ARC}.6 NAME 'plantTie' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 SINGLE-VALUE )
olcObjectClasses: ( {ARC}.10 NAME 'plantAccount' SUP top AUXILIARY MAY ( plantLogin $ userPassword $ authPassword $ lkAlternateMail $
  lkPendingMail $ lkQuestion $ lkAnswer $ plantSessions $ lkToken $ plantOutbox $ lkSendError $ lkSent $ lkAttempt $ lkVerifier $
  lkSecondFactor $ lkRecoveryCode $ preferredLanguage ) )
olcObjectClasses: ( {ARC}.11 NAME 'plantProfile' SUP top AUXILIARY MAY ( plantAddress $ plantPosition $ lkPendingMail $ plantTie $ lkToken $
  plantOutbox $ lkSendError $ lkSent ) )
olcObjectClasses: ( {ARC}.12 NAME 'plantCustomer' SUP top AUXILIARY MUST lkAdministrator MAY ( lkMainContact $ lkServicePlan $ plantOutbox $
  lkSendError $ lkSent ) )
""".replace(" $\n  ", " $ ")

SETTINGS = {
    "directory.suffix": SUFFIX,
    "directory.accounts_base": ACCOUNTS,
    "directory.organizations_base": CUSTOMERS,
    "directory.operators_group": SUPPORT,
    "directory.decoy": NOBODY,
    "directory.account_class": "plantAccount",
    "directory.account_name": "plantLogin",
    "directory.account_filter": "(!(employeeType=former))",
    "directory.profile_class": "plantProfile",
    "directory.profile_name": "uid",
    "directory.profile_mail": "plantAddress",
    "directory.profile_filter": "(!(description=hidden))",
    "directory.organization_class": "plantCustomer",
    "directory.organization_name": "ou",
    "directory.organization_filter": "(!(description=closed))",
    "directory.new_organization_class": "organizationalUnit",
    "directory.attribute_names": "lkSend=plantOutbox lkSession=plantSessions title=plantPosition lkAccountDN=plantTie",
    "directory.proxied_authorization": "required",
}
PLACES = "".join(f"dn: ou={name},{SUFFIX}\nobjectClass: organizationalUnit\nou: {name}\n\n" for name in ("teams", "programs"))


def set_up(running, folder, settings):
    """latchkey init with a daemon's configuration: running.configured is that daemon, .init and .init_words the command, .said its words."""
    password = folder / "password"
    password.write_text(running.admin_password)
    password.chmod(0o600)
    running.configured = Daemon(folder / "daemon", running, settings=settings)
    running.configured.write_configuration()
    running.init = Command(running, "cn=admin,cn=config", running.admin_password, configuration=running.configured.configuration)
    running.init_words = ["init", "--user", getpass.getuser(), "--log-folder", running.folder / "log", "--entries-dn", running.admin_dn,
                          "--entries-password-file", password]
    running.said = running.init("--yes", *running.init_words)


@pytest.fixture(scope="module")
def plant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plant")
    with Existing(folder / "directory", suffix=SUFFIX) as running:
        running.accounts, running.organizations = ACCOUNTS, CUSTOMERS
        running.operators, running.decoy_dn = SUPPORT, NOBODY
        running.apply("ldapadd", "config", "/etc/ldap/schema/dyngroup.ldif", f"{SOURCE}/schema/authpassword.ldif", f"{SOURCE}/schema/latchkey.ldif")
        (folder / "plant.ldif").write_text(SCHEMA)
        (folder / "places.ldif").write_text(PLACES)
        running.apply("ldapadd", "config", folder / "plant.ldif")
        running.apply("ldapadd", "data", folder / "places.ldif")
        set_up(running, folder, SETTINGS)
        yield running


@pytest.fixture(scope="module")
def daemon(plant):
    with plant.configured as running:
        yield running


@pytest.fixture(scope="module")
def customer(plant):
    """(dn, the administrator's DN), both named as this directory names them."""
    dn = f"ou=Acme,{CUSTOMERS}"
    boss = f"uid=Bea Boss,{dn}"
    plant.add(dn, {"objectClass": ["organizationalUnit", "plantCustomer"], "ou": "Acme", "lkAdministrator": boss,
                   "lkServicePlan": "support until=20991231235959Z"})
    add_profile(plant, dn, "Bea Boss", "bea@acme.example")
    return dn, boss


def add_profile(plant, customer, name, mail, **more):
    return plant.add(f"uid={name},{customer}", {"objectClass": ["inetOrgPerson", "plantProfile"], "uid": name, "cn": name, "sn": name.split()[-1],
                                                "plantAddress": mail, **more})


def account(name):
    return f"plantLogin={name},{ACCOUNTS}"


def tied(plant, daemon, profile, mail):
    """Somebody who has signed up and holds the profile."""
    name, client = unique("person"), Client(daemon.url)
    assert client.sign_up(name, PASSWORD).path == "/associate"
    assert confirm(client, associate(daemon, client, mail).link).path.startswith("/associated")
    assert plant.values(profile, "plantTie") == [account(name)]
    return name, client


def test_init_sets_it_up_and_then_finds_nothing(plant):
    assert "ready for Latchkey" in plant.said.out
    assert "nothing is missing" in plant.init(*plant.init_words).out
    assert plant.read(NOBODY) and plant.read(SUPPORT) and plant.read(CUSTOMERS) and plant.read(ACCOUNTS)
    assert plant.read(f"ou=accounts,{SUFFIX}") is None and plant.read(f"cn=operators,ou=groups,{SUFFIX}") is None
    (_, database), = plant.connect("cn=admin,cn=config", plant.admin_password).search_s(
        "cn=config", ldap.SCOPE_SUBTREE, f"(olcSuffix={SUFFIX})", ["olcAccess", "olcDbIndex"])
    rules = b"\n".join(database["olcAccess"])
    assert b"ou=accounts" not in rules and b"lkSend," not in rules and b"plantOutbox" in rules and b"ou=[^,]+,ou=customers" in rules
    assert any(b"plantOutbox" in index for index in database["olcDbIndex"])


def test_doctor_finds_nothing_wrong(plant, daemon, customer):
    name, _ = tied(plant, daemon, add_profile(plant, customer[0], unique("Doc Tor"), "doc@acme.example"), "doc@acme.example")
    rows = Command(configuration=daemon.configuration).json("doctor")
    assert [row for row in rows if row["state"] == "fault"] == [] and any(row["check"] == "rights: administrator" for row in rows)


def test_the_main_job(plant, daemon, customer):
    mail = f"{unique('paul')}@acme.example"
    profile = add_profile(plant, customer[0], unique("Paul Plant"), mail)
    name, client = tied(plant, daemon, profile, mail)
    made = plant.read(account(name))
    assert {"inetOrgPerson", "plantAccount"} == set(made["objectClass"]) and made["plantSessions"] and "lkSession" not in made
    assert client.get("/auth").status == 200
    assert plant.connect(account(name), PASSWORD).whoami_s() == f"dn:{account(name)}"
    plant.modify(account(name), replace={"plantSessions": None})
    assert client.get("/auth").status == 401


def test_an_invite_by_ldapmodify(plant, daemon, customer):
    mail = f"{unique('ivy')}@acme.example"
    profile = add_profile(plant, customer[0], unique("Ivy Plant"), mail)
    plant.modify(profile, add={"plantOutbox": "invite"})
    assert "Acme" in daemon.mailbox.newest(mail).text
    plant.wait_for(lambda: plant.values(profile, "plantOutbox") == [])


def test_an_administrator_adds_and_edits_people(plant, daemon, customer):
    """As themselves: the rules know the other names, too."""
    dn, boss = customer
    _, client = tied(plant, daemon, boss, "bea@acme.example")
    mail = f"{unique('new')}@acme.example"
    program = JsonClient(daemon.url)
    program.cookies = dict(client.cookies)
    answer = program.send("/organization/people/new", "/organization/people/new",
                          {"given_name": "Nora", "surname": "New", "mail": mail, "title": "Fitter", "invite": "1"})
    assert answer.status < 400, answer.source
    (added, entry), = plant.search(f"(plantAddress={mail})", dn)
    assert added == f"uid=Nora New,{dn}" and entry["plantPosition"] == ["Fitter"] and entry["cn"] == ["Nora New"] and "title" not in entry
    assert plant.values(added, "creatorsName")[0].lower() == boss.lower()
    assert daemon.mailbox.newest(mail).link
    shown = next(person for person in program.get("/organization").json["people"] if person["mail"] == mail)
    assert shown["title"] == "Fitter"


def test_the_command_knows_the_names(plant, customer):
    command = Command(plant, configuration=plant.configured.configuration)
    command("organization", "create", "Second Customer", "--person", "Cora Contact", "--mail", "cora@second.example")
    made = plant.read(f"ou=Second Customer,{CUSTOMERS}")
    assert {"organizationalUnit", "plantCustomer"} == set(made["objectClass"])
    assert made["lkAdministrator"] == [f"uid=Cora Contact,ou=Second Customer,{CUSTOMERS}"]
    exported = command("export", "Second Customer", "--format", "ldif").out
    assert "plantAddress: cora@second.example" in exported and "uid: Cora Contact" in exported


def test_filters_say_who_counts(plant, daemon, customer):
    mail = f"{unique('fay')}@acme.example"
    profile = add_profile(plant, customer[0], unique("Fay Former"), mail)
    name, client = tied(plant, daemon, profile, mail)
    plant.modify(profile, replace={"description": "hidden"})
    assert client.get("/auth").status == 403
    plant.modify(profile, replace={"description": None})
    assert client.get("/auth").status == 200
    plant.modify(customer[0], replace={"description": "closed"})
    try:
        assert client.get("/auth").status == 403
    finally:
        plant.modify(customer[0], replace={"description": None})
    plant.modify(account(name), replace={"employeeType": "former"})
    assert client.get("/auth").status == 401, "an open session, too"
    assert Client(daemon.url).sign_in(name, PASSWORD).status == 422


def test_people_who_are_there_sign_in_by_their_addresses(tmp_path):
    """Their entries get the auxiliary class, and nothing else; new ones are named by the address alone."""
    people = f"ou=people,{SUFFIX}"
    with Existing(tmp_path / "directory", suffix=SUFFIX) as running:
        running.accounts = people
        paula = f"uid=paula,{people}"
        running.modify(paula, add={"mail": "paula@plant.example", "userPassword": PASSWORD})
        before = running.read(paula, ["*"])
        set_up(running, tmp_path, {"directory.accounts_base": people, "directory.account_name": "mail"})
        assert "nothing is missing" in running.init(*running.init_words).out
        running.modify(paula, add={"objectClass": "lkAccount"})
        with running.configured as daemon:
            client = Client(daemon.url)
            assert client.sign_in("paula@plant.example", PASSWORD).path == "/associate"
            new = Client(daemon.url)
            assert new.sign_up("nora@plant.example", PASSWORD, daemon.mailbox).path == "/associate"
            after = running.read(paula, ["*"])
            assert {name: values for name, values in after.items() if name in before and name not in ("objectClass", "userPassword")} == {
                name: values for name, values in before.items() if name not in ("objectClass", "userPassword")}
            assert running.values(f"mail=nora@plant.example,{people}", "mail") == ["nora@plant.example"]
            running.modify(paula, add={"lkSend": "reset"})
            assert daemon.mailbox.newest("paula@plant.example").link
            client.sign_out()
            assert running.values(paula, "lkSession") == []
