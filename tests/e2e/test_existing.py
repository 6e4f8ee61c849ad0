# SPDX-License-Identifier: Apache-2.0
"""The pieces of ldif/ applied to an OpenLDAP that was there before, in the order of docs/directory.md."""
import shutil

import ldap
import pytest
from harness import passwords
from harness.directory import SOURCE
from harness.existing import Existing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def existing(tmp_path_factory):
    if shutil.which("ldapadd") is None:
        pytest.skip("ldap-utils is not installed")
    with Existing(tmp_path_factory.mktemp("existing"), suffix="dc=plant,dc=example") as running:
        schema = str(SOURCE / "schema")
        running.apply("ldapadd", "config", "/etc/ldap/schema/dyngroup.ldif", f"{schema}/authpassword.ldif", f"{schema}/latchkey.ldif")
        running.apply("ldapadd", "config", "modules.ldif", "log.ldif", "overlays.ldif")
        running.apply("ldapmodify", "config", "indexes.ldif", "access.ldif")
        running.apply("ldapadd", "data", "base.ldif")
        yield running


def test_the_daemon_is_known(existing):
    assert existing.connect_service().whoami_s() == f"dn:{existing.service_dn}"


def test_rules_are_in_force(existing):
    organization = existing.add_organization("Plant Customer", administrators=("Una User",))
    una = f"cn=Una User,{organization}"
    account = existing.add_account("una", "password of una")
    service = existing.connect_service()
    existing.modify(una, replace={"lkAccountDN": account}, connection=service)
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        existing.modify(una, replace={"title": "x"}, connection=service)
    existing.modify(una, replace={"title": "x"}, connection=existing.connect_service(act_as=una))
    with pytest.raises(ldap.OBJECT_CLASS_VIOLATION):
        existing.modify(organization, delete={"lkAdministrator": una})
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        existing.modify(una, replace={"lkAccountDN": una})
    existing.connect(account, "password of una").unbind_s()


def test_libsodium_hash_binds(existing):
    account = existing.add_account("sodium", userPassword=passwords.argon2("pw"))
    existing.connect(account, "pw").unbind_s()


def test_it_starts_again(existing):
    existing.restart()
    assert existing.read(existing.operators)


def test_existing_people_can_be_accounts(existing):
    paula = "uid=paula,ou=people,dc=plant,dc=example"
    existing.modify(paula, add={"objectClass": "lkAccount", "lkSend": "reset"})
    assert existing.values(paula, "lkSend") == ["reset"]
