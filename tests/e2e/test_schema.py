# SPDX-License-Identifier: Apache-2.0
"""The shipped schema and configuration load, and passwords made by libsodium bind."""
import pathlib
import shutil
import subprocess
import sys

import ldap
import ldap.sasl
import ldap.schema
import pytest
from harness import passwords

pytestmark = pytest.mark.slow

SOURCE = pathlib.Path(__file__).resolve().parents[2]
ARC = "1.2.840.113556.1.8000.2554.38812.9337.45037.19924.45365.311872.494479"


def test_schema_files_are_what_the_generator_makes():
    done = subprocess.run([sys.executable, SOURCE / "schema" / "generate.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def schema(directory):
    _, loaded = ldap.schema.urlfetch(f"{directory.ldap_uri}/")
    return loaded


@pytest.mark.parametrize(
    "name, number, single",
    [
        ("lkAlternateMail", 1, False), ("lkQuestion", 2, True), ("lkAnswer", 3, True), ("lkSession", 4, False),
        ("lkToken", 5, False), ("lkSend", 6, False), ("lkSendError", 7, False), ("lkSent", 8, False),
        ("lkAttempt", 9, False), ("lkAccountDN", 10, True), ("lkAdministrator", 11, False),
        ("lkMainContact", 12, True), ("lkServicePlan", 13, False), ("lkPendingMail", 14, True), ("lkVerifier", 15, True),
        ("lkSecondFactor", 25, True), ("lkRecoveryCode", 26, False),
    ],
)  # fmt: skip
def test_attribute(schema, name, number, single):
    attribute = schema.get_obj(ldap.schema.AttributeType, name)
    assert attribute.oid == f"{ARC}.1.{number}"
    assert bool(attribute.single_value) == single


def test_organization_must_have_an_administrator(schema):
    assert schema.get_obj(ldap.schema.ObjectClass, "lkOrganization").must == ("lkAdministrator",)


def test_schema_loads_from_slapd_conf(tmp_path):
    conf = tmp_path / "slapd.conf"
    system = [f"include /etc/ldap/schema/{n}.schema" for n in ("core", "cosine", "inetorgperson")]
    ours = [f'include "{SOURCE}/schema/{n}.schema"' for n in ("authpassword", "latchkey")]
    conf.write_text("\n".join(system + ours) + "\n")
    done = subprocess.run(["/usr/sbin/slaptest", "-u", "-f", conf], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_description_may_have_an_apostrophe(tmp_path):
    """RFC 4512's qdstring: it is written \\27, and slapd reads on behind it."""
    folder = tmp_path / "schema"
    shutil.copytree(SOURCE / "schema", folder)
    table = folder / "latchkey.table"
    words = table.read_text().splitlines()
    words = [line + " of the account's holder" if line.startswith(("attribute ", "describe ")) else line for line in words]
    table.write_text("\n".join(words) + "\n")
    subprocess.run([sys.executable, folder / "generate.py"], check=True)
    assert r"account\27s holder" in (folder / "latchkey.ldif").read_text().replace("\n ", "")
    conf = tmp_path / "slapd.conf"
    files = [f"/etc/ldap/schema/{n}.schema" for n in ("core", "cosine", "inetorgperson")] + [folder / "authpassword.schema", folder / "latchkey.schema"]
    conf.write_text("".join(f'include "{file}"\n' for file in files))
    done = subprocess.run(["/usr/sbin/slaptest", "-u", "-f", conf], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_token_values_are_compared_exactly(directory):
    organization = directory.add_organization("Exact")
    profile = directory.add_profile(organization, "Eve Exact", "eve@exact.example", lkToken="invite digest=AbC")
    with pytest.raises(ldap.NO_SUCH_ATTRIBUTE):
        directory.modify(profile, delete={"lkToken": "invite digest=abc"})
    directory.modify(profile, delete={"lkToken": "invite digest=AbC"})
    with pytest.raises(ldap.NO_SUCH_ATTRIBUTE):
        directory.modify(profile, delete={"lkToken": "invite digest=AbC"})


def test_libsodium_password_binds(directory):
    password = "pässword with spaces"
    hashed = passwords.argon2(password, passes=2, memory=19922944)
    assert hashed.startswith("{ARGON2}$argon2id$v=19$m=19456,t=2,p=1$")
    account = directory.add_account("sodium", userPassword=hashed)
    line = ["ldapwhoami", "-x", "-H", directory.ldap_uri, "-D", account, "-w"]
    assert subprocess.run([*line, password], capture_output=True, text=True).stdout == f"dn:{account}\n"
    assert subprocess.run([*line, "wrong"], capture_output=True).returncode == 49


def test_cleartext_is_never_kept(directory):
    account = directory.add_account("cleartext", userPassword="in the clear")
    stored = directory.values(account, "userPassword")
    assert "in the clear" not in str(stored)
    directory.connect(account, "in the clear")


def test_scram_binds_with_a_stored_verifier(directory):
    mechanisms = directory.connect("").search_s("", ldap.SCOPE_BASE, attrlist=["supportedSASLMechanisms"])[0][1]
    if b"SCRAM-SHA-256" not in mechanisms["supportedSASLMechanisms"]:
        pytest.skip("libsasl2 here has no SCRAM-SHA-256")
    account = directory.add_account("scram", userPassword=passwords.argon2("x"), authPassword=passwords.scram("pencil"))

    def bind(password):
        connection = directory.connect("")
        answers = {ldap.sasl.CB_AUTHNAME: "scram", ldap.sasl.CB_PASS: password}
        connection.sasl_interactive_bind_s("", ldap.sasl.sasl(answers, "SCRAM-SHA-256"))
        return connection.whoami_s()

    assert bind("pencil").lower() == f"dn:{account}".lower()
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        bind("wrong")


def test_daemon_is_known_at_the_socket(directory):
    assert directory.connect_service().whoami_s() == f"dn:{directory.service_dn}"


def test_data_and_outbox_outlive_slapd(own_directory):
    organization = own_directory.add_organization("Lasting")
    profile = own_directory.add_profile(organization, "Lee Lasting", "lee@lasting.example", lkSend="invite")
    own_directory.kill()
    own_directory.start()
    assert own_directory.values(profile, "lkSend") == ["invite"]
    own_directory.restart()
    assert own_directory.values(profile, "lkSend") == ["invite"]


def test_operations_counts_only_others(directory):
    before = directory.operations()
    assert directory.operations() == before
    directory.read(directory.suffix)
    after = directory.operations()
    assert after["search"] - before["search"] == 1 and after["modify"] == before["modify"]
