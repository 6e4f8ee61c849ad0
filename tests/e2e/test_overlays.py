# SPDX-License-Identifier: Apache-2.0
"""The rules that the server itself keeps (ldif/overlays.ldif and the schema), whoever writes."""
import threading
from concurrent.futures import ThreadPoolExecutor

import ldap
import ldap.modlist
import pytest
from harness import passwords
from harness.directory import SOURCE

pytestmark = pytest.mark.slow

ROUNDS = 200


# ---- administrators


def test_the_last_administrator_stays(directory):
    organization = directory.add_organization("Last", administrators=("Ada Only",))
    ada = f"cn=Ada Only,{organization}"
    for connection in (directory.admin, directory.connect_service(act_as=ada)):
        with pytest.raises(ldap.OBJECT_CLASS_VIOLATION):
            connection.modify_s(organization, [(ldap.MOD_DELETE, "lkAdministrator", ada.encode())])
    assert directory.values(organization, "lkAdministrator") == [ada]


def test_two_administrators_unmake_each_other(directory):
    organization = directory.add_organization("Duel", administrators=("Ann Duel", "Bob Duel"))
    both = [f"cn=Ann Duel,{organization}", f"cn=Bob Duel,{organization}"]
    barrier = threading.Barrier(2)
    connections = [directory.connect_service(act_as=dn) for dn in both]

    def unmake(which):
        barrier.wait()
        try:
            connections[which].modify_s(organization, [(ldap.MOD_DELETE, "lkAdministrator", both[1 - which].encode())])
            return True
        except (ldap.INSUFFICIENT_ACCESS, ldap.OBJECT_CLASS_VIOLATION, ldap.NO_SUCH_ATTRIBUTE):
            return False

    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            outcome = list(pool.map(unmake, (0, 1)))
            assert sorted(outcome) == [False, True]
            assert directory.values(organization, "lkAdministrator") == [both[outcome.index(True)]]
            directory.modify(organization, replace={"lkAdministrator": both})


# ---- unique


def test_a_name_is_given_once(directory):
    """32 at once, with different DNs, so that only the overlay stands between them."""

    def claim(number):
        connection = directory.connect()
        try:
            directory.add(
                f"cn=Unique {number},{directory.accounts}",
                {"objectClass": ["inetOrgPerson", "lkAccount"], "cn": f"Unique {number}", "sn": "Unique", "uid": "unique"},
                connection,
            )
            return True
        except ldap.CONSTRAINT_VIOLATION:
            return False
        finally:
            connection.unbind_s()

    with ThreadPoolExecutor(32) as pool:
        assert sum(pool.map(claim, range(32))) == 1
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        directory.add(
            f"cn=Unique Case,{directory.accounts}",
            {"objectClass": ["inetOrgPerson", "lkAccount"], "cn": "Unique Case", "sn": "Unique", "uid": "UNIQUE"},
        )


# ---- refint


def test_renamed_and_deleted_entries_are_followed(directory):
    organization = directory.add_organization("Refint", administrators=("Rae Refint", "Rob Refint"))
    account = directory.add_account("refint")
    rae, rob = f"cn=Rae Refint,{organization}", f"cn=Rob Refint,{organization}"
    directory.modify(organization, add={"lkMainContact": rae})
    directory.modify(rae, add={"lkAccountDN": account})
    directory.modify(rob, add={"lkAccountDN": account})
    directory.make_operator(account)

    directory.admin.rename_s(rae, "cn=Rae Married", delold=1)
    renamed = f"cn=Rae Married,{organization}"
    becomes(directory, organization, "lkAdministrator", [rob, renamed])
    becomes(directory, organization, "lkMainContact", [renamed])

    directory.delete(renamed)
    becomes(directory, organization, "lkAdministrator", [rob])
    becomes(directory, organization, "lkMainContact", [])

    directory.delete(account)
    becomes(directory, rob, "lkAccountDN", [])
    directory.wait_for(lambda: account not in directory.values(directory.operators, "member"))


def becomes(directory, dn, attribute, values):
    """refint works in the background."""
    directory.wait_for(lambda: sorted(directory.values(dn, attribute)) == sorted(values), what=f"{attribute} {values}")


def test_an_organisation_whose_last_administrator_is_deleted_keeps_a_placeholder(directory):
    organization = directory.add_organization("Orphan", administrators=("Otto Orphan",))
    directory.delete(f"cn=Otto Orphan,{organization}")
    becomes(directory, organization, "lkAdministrator", [f"cn=nobody,ou=services,{directory.suffix}"])


# ---- constraint


@pytest.mark.parametrize("attribute, most", [("lkToken", 32), ("lkSend", 32), ("lkSession", 64)])
def test_working_values_do_not_pile_up(directory, attribute, most):
    account = directory.add_account(f"count-{attribute}")
    for number in range(most):
        directory.modify(account, add={attribute: f"kind n={number}"})
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        directory.modify(account, add={attribute: "kind n=more"})
    # a swap in one Modify is no more than there was, whichever way round it is written
    directory.modify(account, delete={attribute: "kind n=0"}, add={attribute: "kind n=swapped"})
    directory.admin.modify_s(
        account, [(ldap.MOD_ADD, attribute, b"kind n=again"), (ldap.MOD_DELETE, attribute, b"kind n=swapped")]
    )
    assert len(directory.values(account, attribute)) == most


def test_the_decoy_has_room_for_everybody(own_directory):
    """What waits there is asked for by all: more of it may wait than on an entry of somebody's own, and it is bounded too."""
    decoy, others = own_directory.decoy_dn, own_directory.add_account("decoy")
    for number in range(128):
        own_directory.modify(decoy, add={"lkSend": f"kind n={number}"})
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        own_directory.modify(decoy, add={"lkSend": "kind n=more"})
    own_directory.modify(others, add={"lkSend": [f"kind n={number}" for number in range(32)]})
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        own_directory.modify(others, add={"lkSend": "kind n=more"})


@pytest.mark.parametrize("attribute", ["lkToken", "lkSend", "lkSession", "lkSent", "lkAttempt", "lkVerifier", "lkSecondFactor", "lkRecoveryCode"])
def test_working_values_are_bounded(directory, attribute):
    account = directory.add_account(f"size-{attribute}")
    directory.modify(account, add={attribute: "k" * 2048})
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        directory.modify(account, add={attribute: "k" * 2049})


def test_a_profile_is_tied_to_an_account_that_exists(directory):
    organization = directory.add_organization("Tied")
    profile = directory.add_profile(organization, "Tia Tied", "tia@tied.example")
    account = directory.add_account("tied")
    for wrong in (f"uid=nobody-here,{directory.accounts}", profile, directory.decoy_dn, directory.service_dn):
        with pytest.raises(ldap.CONSTRAINT_VIOLATION):
            directory.modify(profile, replace={"lkAccountDN": wrong})
    directory.modify(profile, replace={"lkAccountDN": account})
    service = directory.connect_service()
    directory.modify(profile, replace={"lkAccountDN": account}, connection=service)


# ---- ppolicy


def fails(directory, dn, times):
    connection = directory.connect("")
    for _ in range(times):
        with pytest.raises(ldap.INVALID_CREDENTIALS):
            connection.simple_bind_s(dn, "wrong")


def test_guessing_at_the_directory_is_slowed(directory):
    account = directory.add_account("guessed", "right password")
    fails(directory, account, 49)
    directory.connect(account, "right password").unbind_s()
    fails(directory, account, 50)
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        directory.connect(account, "right password")
    directory.modify(account, delete={"pwdAccountLockedTime": None})
    directory.connect(account, "right password").unbind_s()


def test_the_decoy_is_never_locked_but_costs_the_same(directory):
    directory.modify(directory.decoy_dn, replace={"userPassword": passwords.argon2("decoy")})
    fails(directory, directory.decoy_dn, 60)
    entry = directory.read(directory.decoy_dn)
    assert "pwdAccountLockedTime" not in entry
    assert len(entry["pwdFailureTime"]) == 50
    directory.connect(directory.decoy_dn, "decoy").unbind_s()
    directory.modify(directory.decoy_dn, delete={"userPassword": None})


def test_a_hash_from_the_daemon_is_kept_as_it_is(directory):
    account = directory.add_account("prehashed", "old")
    value = passwords.argon2("new")
    directory.modify(account, replace={"userPassword": value}, connection=directory.connect_service())
    assert directory.values(account, "userPassword") == [value]
    directory.connect(account, "new").unbind_s()


# ---- dynlist


def test_member_of(directory):
    account = directory.add_account("member-of")
    directory.make_operator(account)
    assert directory.values(account, "memberOf") == [directory.operators]
    assert [dn for dn, _ in directory.search(f"(memberOf={directory.operators})", directory.accounts)] == [account]
    directory.delete(account)


# ---- the whole


def test_demonstration_data(own_directory):
    own_directory.load("demo.ldif")
    organizations = own_directory.search("(objectClass=lkOrganization)", attributes=["o", "lkAdministrator"])
    assert len(organizations) == 3
    for dn, entry in organizations:
        for administrator in entry["lkAdministrator"]:
            assert own_directory.read(administrator) and administrator.endswith(dn)
    assert len(own_directory.search("(objectClass=lkProfile)")) == 12
    assert len(own_directory.search("(mail=ines@consult.example)")) == 2
    told = (SOURCE / "ldif" / "demo.ldif").read_text()
    for name, password in (
        ("olivia.operator", "demo operator of latchkey"),
        ("ada.archer@acme.example", "demo administrator of acme"),
    ):
        assert password in told
        own_directory.connect(f"uid={name},{own_directory.accounts}", password).unbind_s()
    assert f"uid=olivia.operator,{own_directory.accounts}" in own_directory.values(own_directory.operators, "member")


INDEXED = {
    "eq": "objectClass uid mail member displayName lkToken lkAccountDN lkMainContact lkAlternateMail lkAdministrator entryUUID entryCSN cn sn o lkSend",
    "pres": "lkSend lkSendError",
    "subinitial": "cn sn o displayName mail",
    "subany": "cn sn o displayName mail",
}


@pytest.mark.parametrize("kind", INDEXED)
def test_what_is_searched_by_is_indexed(directory, kind):
    found = directory.connect().search_s("olcDatabase={1}mdb,cn=config", ldap.SCOPE_BASE, attrlist=["olcDbIndex"])
    made = set()
    for line in found[0][1]["olcDbIndex"]:
        names, kinds = line.decode().split()
        if kind in kinds.split(","):
            made.update(names.split(","))
    assert made == set(INDEXED[kind].split())
