# SPDX-License-Identifier: Apache-2.0
"""Who may do what: ldif/access.ldif, held to a table. Each row is tried by each actor, bound directly and (but for those
who cannot) by proxied authorization through the daemon; what the table does not allow must be refused and change nothing.
docs/directory.md shows the same table in words."""
from dataclasses import dataclass
from types import SimpleNamespace

import ldap
import ldap.modlist
import pytest
from harness import passwords
from ldap.dn import escape_dn_chars

pytestmark = pytest.mark.slow

PASSWORD = "access test password"
# The constraint overlay answers before the rules do: who may not see an account cannot name one in lkAccountDN either.
REFUSALS = (ldap.INSUFFICIENT_ACCESS, ldap.NO_SUCH_OBJECT, ldap.STRONG_AUTH_REQUIRED, ldap.CONSTRAINT_VIOLATION)

# Columns: the administrator belongs to the organisation that the rows are about, the stranger administers another one.
ACTORS = ("anonymous", "account", "profile", "administrator", "stranger", "operator", "daemon")
PROXIED = ("account", "profile", "administrator", "stranger", "operator")
NOBODY = ()
DAEMON = ("daemon",)
MANAGERS = ("administrator", "operator")


@dataclass(frozen=True)
class Row:
    name: str
    allowed: tuple
    act: object  # act(connection, world, me): raises what python-ldap raises; for reads gives something true if seen
    touches: object = None  # touches(world, me): DNs that are put back as they were


ROWS = []


def row(name, *allowed, touches=None):
    def keep(act):
        ROWS.append(Row(name, allowed, act, touches))
        return act

    return keep


def modify(dn, operation, attribute, value):
    """A row's act that is one change; dn and value may ask the world."""

    def act(connection, world, me):
        target = dn(world, me)
        given = value(world, me) if callable(value) else value
        connection.modify_s(target, [(operation, attribute, given and given.encode())])
        return True

    return act


def may(name, allowed, dn, operation, attribute, value):
    ROWS.append(Row(name, allowed, modify(dn, operation, attribute, value), lambda w, m: [dn(w, m)]))


def sees(name, allowed, dn, attribute):
    def act(connection, world, me):
        found = connection.search_s(dn(world, me), ldap.SCOPE_BASE, "(objectClass=*)", [attribute])
        return bool(found and attribute in found[0][1])

    ROWS.append(Row(name, allowed, act))


def compares(name, allowed, dn, attribute, value):
    """Knowing whether a value is there is as good as reading it."""

    def act(connection, world, me):
        return connection.compare_s(dn(world, me), attribute, value.encode())

    ROWS.append(Row(name, allowed, act))


def target(w, _):
    return w.target


def other_account(w, _):
    return w.other_account


def organization(w, _):
    return w.organization


def self(_, me):
    return me


ADD, DELETE, REPLACE = ldap.MOD_ADD, ldap.MOD_DELETE, ldap.MOD_REPLACE

# ---- a profile of the organisation (not the actor's own)
sees("read a profile's address", ("administrator", "operator", "daemon"), target, "mail")
sees("read a profile's account", ("administrator", "operator", "daemon"), target, "lkAccountDN")
sees("read what waits to be sent", ("administrator", "operator", "daemon"), target, "lkSend")
sees("read what could not be sent", ("administrator", "operator", "daemon"), target, "lkSendError")
sees("read a profile's token", DAEMON, target, "lkToken")
compares("compare a profile's token", DAEMON, target, "lkToken", "invite digest=abc")
sees("read a profile's password", NOBODY, target, "userPassword")
may("change a profile's telephone", MANAGERS, target, REPLACE, "telephoneNumber", "+1 555 1")
may("change a profile's address", (*MANAGERS, "daemon"), target, REPLACE, "mail", "new@access.example")
may("change a profile's title", MANAGERS, target, REPLACE, "title", "Boss")
sees("read a profile's pending address", ("administrator", "operator", "daemon"), target, "lkPendingMail")
may("enter a pending address", (*MANAGERS, "daemon"), target, REPLACE, "lkPendingMail", "new@access.example")
may("drop a pending address", (*MANAGERS, "daemon"), target, DELETE, "lkPendingMail", None)
may("ask for an invite", (*MANAGERS, "daemon"), target, ADD, "lkSend", "invite by=me")
may("withdraw what waits", (*MANAGERS, "daemon"), target, DELETE, "lkSend", "invite")
may("make a token", DAEMON, target, ADD, "lkToken", "invite digest=forged")
may("spend a token", DAEMON, target, DELETE, "lkToken", "invite digest=abc")
may("tie a profile to an account", DAEMON, target, REPLACE, "lkAccountDN", lambda w, m: w.other_account)
may("cut a profile's tie", (*MANAGERS, "daemon"), target, DELETE, "lkAccountDN", None)
may("forget what could not be sent", (*MANAGERS, "daemon"), target, DELETE, "lkSendError", None)
may("write what could not be sent", DAEMON, target, ADD, "lkSendError", "invite at=20260102000000Z words=no")
may("forget what was sent", DAEMON, target, DELETE, "lkSent", None)
may("give a profile a password", NOBODY, target, REPLACE, "userPassword", "secret")
may("let a profile act for others", NOBODY, target, ADD, "authzTo", "dn.regex:.*")
may("make a profile an account", NOBODY, target, ADD, "objectClass", "lkAccount")
may("make a profile an organisation", NOBODY, target, ADD, "objectClass", "lkOrganization")
may("replace a profile's classes", NOBODY, target, REPLACE, "objectClass", "inetOrgPerson")

# ---- the actor's own entry
may("change one's own telephone", PROXIED, self, REPLACE, "telephoneNumber", "+1 555 2")
may("change one's own address", ("administrator", "stranger"), self, REPLACE, "mail", "own@access.example")
may("change one's own language", PROXIED, self, REPLACE, "preferredLanguage", "de")
may("enter a pending address for oneself", ("profile", "administrator", "stranger"), self, REPLACE, "lkPendingMail", "own@access.example")
may("make oneself a token", DAEMON[:0], self, ADD, "lkToken", "invite digest=own")
may("tie oneself to an account", NOBODY, self, REPLACE, "lkAccountDN", lambda w, m: w.other_account)
may("let oneself act for others", NOBODY, self, ADD, "authzTo", "dn.regex:.*")
may("give oneself a password", NOBODY, self, REPLACE, "userPassword", "{ARGON2}x")
may("give oneself a class", NOBODY, self, ADD, "objectClass", "groupOfURLs")
may("ask for an invite to oneself", ("profile", "administrator", "stranger", "operator"), self, ADD, "lkSend", "invite")
may("enter a confirmed address for oneself", NOBODY, self, REPLACE, "lkAlternateMail", "evil@access.example")


# ---- adding, removing, renaming profiles
def fresh_profile(w, _=None):
    return f"cn=Fresh Profile,{w.organization}"


def add_profile(name, allowed, more=None):
    def act(connection, world, me):
        entry = {
            "objectClass": [b"inetOrgPerson", b"lkProfile"], "cn": [b"Fresh Profile"], "sn": [b"Profile"],
            "mail": [b"fresh@access.example"], "lkSend": [b"invite"],
        }  # fmt: skip
        for attribute, value in (more or {}).items():
            added = value(world, me) if callable(value) else value
            entry[attribute] = entry.get(attribute, []) + [added.encode()]
        connection.add_s(fresh_profile(world), ldap.modlist.addModlist(entry))
        return True

    ROWS.append(Row(name, allowed, act, lambda w, m: [fresh_profile(w)]))


add_profile("add a profile with its invite", MANAGERS)
add_profile("add a profile tied to an account", NOBODY, {"lkAccountDN": lambda w, m: w.other_account})
add_profile("add a profile with a token", NOBODY, {"lkToken": "invite digest=own"})
add_profile("add a profile that acts for others", NOBODY, {"authzTo": "dn.regex:.*"})
add_profile("add a profile with a password", NOBODY, {"userPassword": "secret"})
add_profile("add a profile that is an account", NOBODY, {"objectClass": "lkAccount"})


@row("remove a profile", *MANAGERS, touches=lambda w, m: [w.target])
def _(connection, world, _me):
    connection.delete_s(world.target)
    return True


@row("rename a profile", *MANAGERS, touches=lambda w, m: [f"cn=Renamed,{w.organization}", w.target])
def _(connection, world, _me):
    connection.rename_s(world.target, "cn=Renamed", delold=1)
    return True


@row("move a profile to another organisation", "operator", touches=lambda w, m: [f"cn=Tim Target,{w.other}", w.target])
def _(connection, world, _me):
    connection.rename_s(world.target, "cn=Tim Target", newsuperior=world.other, delold=0)
    return True


# ---- the organisation
sees("read the organisation's plans", ("profile", "administrator", "operator", "daemon"), organization, "lkServicePlan")
sees("read who administers", ("profile", "administrator", "operator", "daemon"), organization, "lkAdministrator")
may("set a plan", ("operator",), organization, REPLACE, "lkServicePlan", "gold until=20991231235959Z")
may("set the main contact", ("operator",), organization, REPLACE, "lkMainContact", lambda w, m: w.target)
may("change the organisation's telephone", ("operator",), organization, REPLACE, "telephoneNumber", "+1 555 3")
may("make an administrator", MANAGERS, organization, ADD, "lkAdministrator", lambda w, m: w.target)
may("make a foreign profile administrator", ("operator",), organization, ADD, "lkAdministrator", lambda w, m: w.stranger)
may("make an account administrator", NOBODY, organization, ADD, "lkAdministrator", lambda w, m: w.other_account)
may("unmake another administrator", MANAGERS, organization, DELETE, "lkAdministrator", lambda w, m: w.second)
may("replace all administrators by one's own", MANAGERS, organization, REPLACE, "lkAdministrator", lambda w, m: w.target)
may("send for an organisation", ("operator", "daemon"), organization, ADD, "lkSend", "invite")
may("let an organisation act for others", NOBODY, organization, ADD, "authzTo", "dn.regex:.*")


def fresh_organization(w, _=None):
    return f"o=Fresh,{w.directory.organizations}"


@row("add an organisation", "operator", touches=lambda w, m: [fresh_organization(w)])
def _(connection, world, _me):
    dn = fresh_organization(world)
    entry = {
        "objectClass": [b"organization", b"lkOrganization"], "o": [b"Fresh"],
        "lkAdministrator": [f"cn=First,{dn}".encode()], "lkServicePlan": [b"support"],
    }  # fmt: skip
    connection.add_s(dn, ldap.modlist.addModlist(entry))
    return True


@row("remove an organisation", "operator", touches=lambda w, m: [w.empty])
def _(connection, world, _me):
    connection.delete_s(world.empty)
    return True


# ---- accounts
sees("read an account's name", ("operator", "daemon"), other_account, "uid")
sees("read an account's address", ("operator", "daemon"), other_account, "mail")
sees("read an account's alternate address", DAEMON, other_account, "lkAlternateMail")
sees("read an account's question", DAEMON, other_account, "lkQuestion")
sees("read an account's answer", DAEMON, other_account, "lkAnswer")
sees("read an account's sessions", DAEMON, other_account, "lkSession")
sees("read an account's password", NOBODY, other_account, "userPassword")
sees("read an account's verifiers", NOBODY, other_account, "authPassword")
sees("read how an account's verifiers were made", DAEMON, other_account, "lkVerifier")
compares("compare an account's answer", DAEMON, other_account, "lkAnswer", "$argon2id$x")
sees("read one's own name", ("account", "operator"), lambda w, me: me, "uid")
sees("read an account's second factor", DAEMON, other_account, "lkSecondFactor")
sees("read an account's recovery codes", DAEMON, other_account, "lkRecoveryCode")
sees("read one's own second factor", NOBODY, lambda w, me: me, "lkSecondFactor")
sees("read one's own recovery codes", NOBODY, lambda w, me: me, "lkRecoveryCode")
compares("compare an account's second factor", DAEMON, other_account, "lkSecondFactor", "totp step=1 tries=0 sealed=x")
may("change another account's name", NOBODY, other_account, REPLACE, "cn", "Somebody Else")
may("change another account's address", NOBODY, other_account, REPLACE, "mail", "x@access.example")
may("set an account's password", DAEMON, other_account, REPLACE, "userPassword", "{ARGON2}$argon2id$x")
may("set an account's verifiers", DAEMON, other_account, REPLACE, "authPassword", "SCRAM-SHA-256$1:a$b:c")
may("note how an account's verifiers were made", DAEMON, other_account, REPLACE, "lkVerifier", "argon2id id=x")
may("set an account's answer", DAEMON, other_account, REPLACE, "lkAnswer", "$argon2id$y")
may("set an account's alternate address", DAEMON, other_account, REPLACE, "lkAlternateMail", "b@access.example")
may("set an account's pending address", DAEMON, other_account, REPLACE, "lkPendingMail", "b@access.example")
may("begin a session", DAEMON, other_account, ADD, "lkSession", "session id=forged")
may("end a session", DAEMON, other_account, DELETE, "lkSession", "session id=abc")
may("make an account's token", DAEMON, other_account, ADD, "lkToken", "reset digest=forged")
may("count a try", DAEMON, other_account, ADD, "lkAttempt", "answer at=20260101000000Z")
may("set an account's second factor", DAEMON, other_account, REPLACE, "lkSecondFactor", "totp step=9 tries=0 sealed=y")
may("turn an account's second factor off", DAEMON, other_account, REPLACE, "lkSecondFactor", None)
may("turn one's own second factor off", NOBODY, self, REPLACE, "lkSecondFactor", None)
may("add a recovery code", DAEMON, other_account, ADD, "lkRecoveryCode", "code key=1 tag=forged")
may("use a recovery code up", DAEMON, other_account, DELETE, "lkRecoveryCode", "code key=1 tag=x")
may("ask for an account's reset", ("operator", "daemon"), other_account, ADD, "lkSend", "reset")
may("let an account act for others", NOBODY, other_account, ADD, "authzTo", "dn.regex:.*")


def fresh_account(w, _=None):
    return f"uid=fresh,{w.directory.accounts}"


def add_account(name, allowed, more=None):
    def act(connection, world, _me):
        entry = {
            "objectClass": [b"inetOrgPerson", b"lkAccount"], "uid": [b"fresh"], "cn": [b"Fresh"], "sn": [b"Fresh"],
            "userPassword": [b"{ARGON2}$argon2id$x"], "lkPendingMail": [b"f@access.example"], "lkSend": [b"confirm"],
            "authPassword": [b"SCRAM-SHA-256$1:a$b:c"], "lkVerifier": [b"argon2id id=abc"], "lkQuestion": [b"Why?"], "lkAnswer": [b"$argon2id$y"], "postalCode": [b"1234"], "givenName": [b"F"],
            "telephoneNumber": [b"+1"],
        }  # fmt: skip
        for attribute, value in (more or {}).items():
            entry[attribute] = entry.get(attribute, []) + [value.encode()]
        connection.add_s(fresh_account(world), ldap.modlist.addModlist(entry))
        return True

    ROWS.append(Row(name, allowed, act, lambda w, m: [fresh_account(w)]))


add_account("add an account", DAEMON)
add_account("add an account that acts for others", NOBODY, {"authzTo": "dn.regex:.*"})
add_account("add an account with another class", NOBODY, {"objectClass": "lkProfile"})


@row("remove an account", "daemon", touches=lambda w, m: [w.spare_account])
def _(connection, world, _me):
    connection.delete_s(world.spare_account)
    return True


@row("rename an account", touches=lambda w, m: [fresh_account(w), w.other_account])
def _(connection, world, _me):
    connection.rename_s(world.other_account, "uid=fresh", delold=1)
    return True


# ---- the rest of the tree
may("become an operator", NOBODY, lambda w, m: w.directory.operators, ADD, "member", self)
may("let the daemon act for more", NOBODY, lambda w, m: w.directory.service_dn, ADD, "authzTo", "dn.regex:.*")
may("set the daemon's password", NOBODY, lambda w, m: w.directory.service_dn, REPLACE, "userPassword", "x")
may("set the decoy's password", DAEMON, lambda w, m: w.directory.decoy_dn, REPLACE, "userPassword", "{ARGON2}x")
may("count a try on the decoy", DAEMON, lambda w, m: w.directory.decoy_dn, ADD, "lkAttempt", "answer at=1")
may("let the decoy look for profiles", ("operator", "daemon"), lambda w, m: w.directory.decoy_dn, ADD, "lkSend", "find")
sees("see the root of the tree", ("operator", "daemon"), lambda w, m: w.directory.suffix, "objectClass")
sees("see who the operators are", ("operator", "daemon"), lambda w, m: w.directory.operators, "member")
sees("read the log", NOBODY, lambda w, m: "cn=log", "objectClass")
sees("read the configuration", NOBODY, lambda w, m: "cn=config", "objectClass")
sees("read the monitor", DAEMON, lambda w, m: "cn=Operations,cn=Monitor", "objectClass")


# ---- the world that the rows are about


@pytest.fixture(scope="module")
def world(directory):
    w = SimpleNamespace(directory=directory)
    w.organization = directory.add_organization(
        "Access", administrators=("Ada Administrator", "Second Administrator"), plans=["support until=20991231235959Z"]
    )
    w.other = directory.add_organization("Access Other", administrators=("Sam Stranger",))
    w.empty = directory.add(
        f"o=Access Empty,{directory.organizations}",
        {"objectClass": ["organization", "lkOrganization"], "o": "Access Empty", "lkAdministrator": directory.admin_dn},
    )
    w.administrator = f"cn=Ada Administrator,{w.organization}"
    w.second = f"cn=Second Administrator,{w.organization}"
    w.stranger = f"cn=Sam Stranger,{w.other}"
    w.profile = directory.add_profile(w.organization, "Pat Plain", "pat@access.example")
    w.account = directory.add_account("access", PASSWORD, mail="access@access.example")
    w.operator = directory.add_account("access-operator", PASSWORD)
    directory.make_operator(w.operator)
    w.other_account = directory.add_account(
        "access-other", PASSWORD, mail="o@access.example", lkAlternateMail="a@access.example", lkQuestion="Why?",
        lkAnswer="$argon2id$x", lkSession="session id=abc", lkToken="reset digest=abc", authPassword="SCRAM-SHA-256$1:a$b:c",
        lkSecondFactor="totp step=1 tries=0 sealed=x", lkRecoveryCode="code key=1 tag=x",
        lkVerifier="argon2id id=abc",
    )  # fmt: skip
    w.spare_account = directory.add_account("access-spare")  # holds no profile: refint would cut its tie a moment later
    w.target = directory.add_profile(
        w.organization, "Tim Target", "tim@access.example", lkAccountDN=w.other_account, lkSend="invite", lkPendingMail="p@access.example",
        lkToken="invite digest=abc", lkSendError="invite at=20260101000000Z words=no", lkSent="invite at=20260101000000Z",
    )  # fmt: skip
    for dn in (w.profile, w.administrator, w.stranger):
        directory.modify(dn, replace={"userPassword": passwords.argon2(PASSWORD)})
    w.connections = connections_of(w)
    yield w
    directory.modify(directory.operators, delete={"member": w.operator})


def connections_of(w):
    """{(actor, how): (connection, the actor's DN)}"""
    directory = w.directory
    made = {
        ("anonymous", "directly"): (directory.connect(""), w.profile),
        ("daemon", "directly"): (directory.connect_service(), directory.service_dn),
    }
    for actor in PROXIED:
        dn = getattr(w, actor)
        made[actor, "directly"] = (directory.connect(dn, PASSWORD), dn)
        made[actor, "proxied"] = (directory.connect_service(act_as=dn), dn)
    return made


@pytest.fixture
def put_back(world):
    """Takes DNs; after the test they are as they were, in the order given."""
    kept = []

    def keep(dns):
        kept.extend((dn, world.directory.read(dn, ["*", "authzTo"])) for dn in dns)

    yield keep
    for dn, before in kept:
        after = world.directory.read(dn, ["*", "authzTo"])
        if after == before:
            continue
        if after is not None and before is not None:
            changed = {name: before.get(name, []) for name in {*before, *after} if before.get(name) != after.get(name)}
            world.directory.modify(dn, replace=changed)
            continue
        if after is not None:
            world.directory.delete(dn)
        if before is not None:
            world.directory.add(dn, before)


CASES = [
    (one, actor, how)
    for one in ROWS
    for actor in ACTORS
    for how in (("directly", "proxied") if actor in PROXIED else ("directly",))
]


@pytest.mark.parametrize("one, actor, how", CASES, ids=[f"{o.name}-{a}-{h}" for o, a, h in CASES])
def test_access(world, put_back, one, actor, how):
    connection, me = world.connections[actor, how]
    touched = one.touches(world, me) if one.touches else []
    put_back(touched)
    before = [world.directory.read(dn) for dn in touched]
    try:
        done = one.act(connection, world, me)
    except REFUSALS:
        done = False
    if actor in one.allowed:
        assert done, f"{actor} may {one.name}, but was refused"
    else:
        assert not done, f"{actor} may not {one.name}, but could"
        assert [world.directory.read(dn) for dn in touched] == before


def test_the_log_names_the_true_actor(world, put_back):
    put_back([world.target])
    connection, _ = world.connections["administrator", "proxied"]
    connection.modify_s(world.target, [(REPLACE, "description", b"logged")])
    records = world.directory.search(f"(reqDN={world.target})", "cn=log", ["reqAuthzID", "reqMod"])
    mine = [r for _, r in records if "description:= logged" in r.get("reqMod", [])]
    assert mine and mine[0]["reqAuthzID"] == [world.administrator.lower()]


@pytest.mark.parametrize("dn", ["admin_dn", "service_dn", "decoy_dn", "operators"])
def test_the_daemon_acts_for_people_only(world, dn):
    other = world.directory.connect_service(act_as=getattr(world.directory, dn))
    if dn == "service_dn":  # as itself: no more than it may anyway
        with pytest.raises(REFUSALS):
            other.modify_s(world.target, [(REPLACE, "title", b"x")])
        return
    with pytest.raises(ldap.PROXIED_AUTHORIZATION_DENIED):
        other.search_s(world.target, ldap.SCOPE_BASE)


@pytest.mark.parametrize("actor", PROXIED)
def test_people_act_for_nobody(world, actor):
    connection = world.directory.connect(getattr(world, actor), PASSWORD)
    connection.set_option(ldap.OPT_SERVER_CONTROLS, [proxy(world.second)])
    with pytest.raises(ldap.PROXIED_AUTHORIZATION_DENIED):
        connection.search_s(world.target, ldap.SCOPE_BASE)


# ---- Modify DN, which asks no rule about the values that an entry gets with its new name


def named(world, attribute, value):
    """A name for the target that says `value` besides its own."""
    return f"{attribute}={escape_dn_chars(value)}+cn=Tim Target", f"cn=Tim Target+{attribute}={escape_dn_chars(value)},{world.organization}"


RENAMERS = [(actor, how) for actor in MANAGERS for how in ("directly", "proxied")]


@pytest.mark.parametrize("actor, how", RENAMERS)
@pytest.mark.parametrize("attribute, value", [
    ("userPassword", "hole"), ("objectClass", "lkAccount"), ("lkToken", "invite digest=forged"), ("lkSendError", "invite at=1"),
    ("lkSent", "invite at=1"),
])  # fmt: skip
def test_a_name_brings_no_value_that_one_may_not_write(world, put_back, actor, how, attribute, value):
    """It does, but what was named like that is not named otherwise again."""
    connection, _ = world.connections[actor, how]
    name, dn = named(world, attribute, value)
    put_back([dn, world.target])
    connection.rename_s(world.target, name, delold=0)
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        connection.rename_s(dn, "cn=Tim Target", delold=0)
    connection.delete_s(dn)


@pytest.mark.parametrize("actor, how", RENAMERS)
def test_nobody_binds_as_what_is_named_by_a_password(world, put_back, actor, how):
    connection, _ = world.connections[actor, how]
    name, dn = named(world, "userPassword", "hole")
    put_back([dn, world.target])
    connection.rename_s(world.target, name, delold=0)
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        world.directory.connect(dn, "hole")


@pytest.mark.parametrize("actor, how", RENAMERS)
def test_a_name_ties_no_profile_to_an_account(world, put_back, actor, how):
    connection, _ = world.connections[actor, how]
    name, dn = named(world, "lkAccountDN", world.account)
    put_back([dn, world.target])
    world.directory.modify(world.target, delete={"lkAccountDN": None})
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        connection.rename_s(world.target, name, delold=0)


# ---- what slapd's password policy keeps


@pytest.fixture(scope="module")
def policy(world):
    """One that keeps former passwords."""
    return world.directory.add(f"cn=access,ou=policies,{world.directory.suffix}", {
        "objectClass": ["applicationProcess", "pwdPolicy"], "cn": "access", "pwdAttribute": "userPassword", "pwdInHistory": "3",
    })  # fmt: skip


@pytest.mark.parametrize("actor", ("account", "administrator", "operator", "daemon"))
def test_former_passwords_are_read_by_nobody(world, policy, put_back, actor):
    directory = world.directory
    connection, me = world.connections[actor, "directly"]
    about = {"account": me, "administrator": world.profile}.get(actor, world.other_account)
    put_back([about])
    directory.modify(about, replace={"pwdPolicySubentry": policy, "userPassword": passwords.argon2("former")})
    directory.modify(about, replace={"userPassword": passwords.argon2("next")})
    assert directory.values(about, "pwdHistory")
    assert connection.search_s(about, ldap.SCOPE_BASE, attrlist=["pwdHistory"])[0][1] == {}
    directory.modify(about, delete={"pwdPolicySubentry": None})


def proxy(dn):
    return ldap.controls.simple.ProxyAuthzControl(True, f"dn:{dn}".encode())


def test_an_account_finds_its_profiles(world):
    """What a service that knows only the account can do with ldapsearch."""
    connection = world.directory.connect(world.other_account, PASSWORD)
    found = connection.search_s(world.target, ldap.SCOPE_BASE, "(objectClass=lkProfile)", ["mail", "lkToken", "lkSend"])
    assert found == [(world.target, {"mail": [b"tim@access.example"]})]
    assert connection.search_s(world.target, ldap.SCOPE_BASE, "(lkToken=*)") == []


def test_anonymous_learns_nothing(world):
    connection = world.directory.connect("")
    for base in (world.directory.suffix, world.directory.accounts, world.organization, world.other_account, world.target):
        with pytest.raises(ldap.NO_SUCH_OBJECT):
            connection.search_s(base, ldap.SCOPE_SUBTREE)


def test_what_a_stranger_compares_does_not_end_the_server(own_directory):
    """Where slapd refuses to compare hasSubordinates, it ends a little later."""
    account = own_directory.add_account("compared")
    stranger = own_directory.connect("")
    for dn in (account, own_directory.suffix, own_directory.organizations, own_directory.operators, own_directory.decoy_dn, "cn=log"):
        for _ in range(4):
            stranger.compare_s(dn, "hasSubordinates", b"TRUE")
            assert own_directory.read(account)


def test_everybody_sees_the_root_dse(world):
    assert world.directory.connect("").search_s("", ldap.SCOPE_BASE, attrlist=["supportedControl"])[0][1]
