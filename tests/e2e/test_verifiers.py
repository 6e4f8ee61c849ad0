# SPDX-License-Identifier: Apache-2.0
"""One password, one account, and every way in: pages, simple binds, SASL SCRAM, with nothing kept in clear (lesson 13)."""
import os
import re
import subprocess
import urllib.parse
import uuid

import pytest

from harness.client import Client
from harness.daemon import Daemon
from harness.probe import BUILD, Probe

PASSWORD = "violet-anvil-9-teacup"
OTHER_PASSWORD = "granite moth parade 41"
BOTH = {"accounts.scram": "sha-256+sha-512", "accounts.scram_iterations": "4096"}


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


def sign_up(daemon, name, password=PASSWORD):
    page = Client(daemon.url).sign_up(name, password)
    assert page.status == 200 and page.path != "/signup", page.text
    return f"uid={name},{daemon.directory.accounts}"


def sign_in(daemon, name, password=PASSWORD):
    page = Client(daemon.url).get("/signin").submit("/signin", name=name, password=password)
    return page.path != "/signin"


def ldapwhoami(uri, *arguments):
    """(exit status, what it says), of the program that people have; it must not find anybody's own configuration."""
    done = subprocess.run(["ldapwhoami", "-H", uri, *arguments], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "LDAPNOINIT": "1"})  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).strip()


def simple(uri, dn, password):
    return ldapwhoami(uri, "-x", "-D", dn, "-w", password)


def scram(uri, mechanism, name, password):
    return ldapwhoami(uri, "-Q", "-Y", mechanism, "-U", name, "-w", password)


def every_way(uri, dn, name, password):
    """{way: exit status}"""
    return {
        "simple": simple(uri, dn, password)[0],
        **{mechanism: scram(uri, mechanism, name, password)[0] for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")},
    }


OPEN = {"simple": 0, "SCRAM-SHA-256": 0, "SCRAM-SHA-512": 0}
SHUT = {"simple": 49, "SCRAM-SHA-256": 49, "SCRAM-SHA-512": 49}


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("daemon"), directory, settings=BOTH) as running:
        yield running


def test_every_way_in_goes_by_the_same_password(daemon, directory):
    name = unique("ada")
    dn = sign_up(daemon, name)
    assert every_way(directory.ldap_uri, dn, name, PASSWORD) == OPEN
    assert every_way(directory.ldap_uri, dn, name, OTHER_PASSWORD) == SHUT
    assert scram(directory.ldap_uri, "SCRAM-SHA-256", name, PASSWORD)[1] == f"dn:{dn}"
    assert sign_in(daemon, name)


def test_the_embedded_directory_takes_them_too(tmp_path):
    with Daemon(tmp_path / "daemon", embedded=True, settings=BOTH) as running:
        name = unique("eve")
        client = Client(running.url)
        page = client.sign_up(name, PASSWORD)
        assert page.path != "/signup", page.text
        socket = urllib.parse.quote(str(running.folder / "directory" / "ldapi"), safe="")
        dn = f"uid={name},ou=accounts,dc=example,dc=com"
        assert every_way(f"ldapi://{socket}", dn, name, PASSWORD) == OPEN
        assert every_way(f"ldapi://{socket}", dn, name, OTHER_PASSWORD) == SHUT


def test_nothing_is_kept_in_clear(daemon, directory):
    dn = sign_up(daemon, unique("nell"))
    entry = directory.read(dn)
    assert re.fullmatch(r"\{ARGON2\}\$argon2id\$v=19\$m=8192,t=1,p=1\$[\w+/]+\$[\w+/]+", entry["userPassword"][0])
    assert sorted(v.split("$")[0] for v in entry["authPassword"]) == ["SCRAM-SHA-256", "SCRAM-SHA-512"]
    assert entry["lkVerifier"][0].startswith("argon2id memory=8388608 passes=1 scram=sha-256+sha-512 iterations=4096 id=")
    assert PASSWORD not in str(entry)
    assert PASSWORD not in daemon.log()
    assert PASSWORD not in (directory.folder / "slapd.log").read_text(errors="replace")


# Typed in one form, prepared in another (RFC 4013): composed and decomposed, a no-break space, a ligature.
TYPED = ["Stra\u00dfe und Tu\u0308re \u00a0 1", "ef\ufb01cient granite moth", "\U0001f40e battery staple oak"]
PREPARED = ["Stra\u00dfe und T\u00fcre   1", "efficient granite moth", "\U0001f40e battery staple oak"]


@pytest.mark.parametrize("typed, prepared", zip(TYPED, PREPARED))
def test_a_password_that_can_be_typed_in_two_ways(daemon, directory, typed, prepared):
    name = unique("uta")
    dn = sign_up(daemon, name, typed)
    assert sign_in(daemon, name, typed)
    assert sign_in(daemon, name, prepared)
    assert every_way(directory.ldap_uri, dn, name, prepared) == OPEN


def test_a_password_that_another_program_wrote_as_it_was_typed(daemon, directory):
    name = unique("ole")
    typed, prepared = TYPED[0], PREPARED[0]
    directory.add_account(name, typed)
    assert not sign_in(daemon, name, prepared)
    assert sign_in(daemon, name, typed)
    assert sign_in(daemon, name, prepared)  # by now the verifiers are ours


# ---- made anew


def test_raised_parameters_make_the_verifiers_anew_at_the_next_sign_in(directory, tmp_path):
    low = {"accounts.scram": "none", "accounts.argon2_passes": "1"}
    with Daemon(tmp_path / "daemon", directory, settings=low) as running:
        name = unique("rita")
        dn = sign_up(running, name)
        first = directory.read(dn)
        assert sign_in(running, name)
        assert directory.values(dn, "userPassword") == first["userPassword"]
        running.set(accounts_scram="sha-256", accounts_argon2_passes="2")
        running.reload()
        assert not sign_in(running, name, OTHER_PASSWORD)
        assert directory.values(dn, "userPassword") == first["userPassword"]
        assert sign_in(running, name)
        second = directory.read(dn)
        assert "$m=8192,t=2,p=1$" in second["userPassword"][0] and len(second["userPassword"]) == 1
        assert " passes=2 scram=sha-256 iterations=15000 id=" in second["lkVerifier"][0]
        assert every_way(directory.ldap_uri, dn, name, PASSWORD) | {"SCRAM-SHA-512": 0} == OPEN
        assert sign_in(running, name)
        third = directory.read(dn)
        for attribute in ("userPassword", "authPassword", "lkVerifier"):
            assert third[attribute] == second[attribute]
        running.set(accounts_scram="none")
        running.reload()
        assert sign_in(running, name)
        assert directory.values(dn, "authPassword") == []


# ---- a password changed by way of credentials_change_password, and what the directory's policy says of it


class CredentialsProbe(Probe):
    program = BUILD / "tests" / "e2e" / "sessions_probe"


def change(probe, **inputs):
    """(status, why it was refused)"""
    answer = probe.ask("change", **inputs)
    return answer["status"], answer["refusal"]


@pytest.fixture(scope="module")
def probes(directory, tmp_path_factory):
    running = {
        method: CredentialsProbe(
            directory, links_key_ring=tmp_path_factory.mktemp("keys") / "keys", accounts_sign_up="no", accounts_argon2_passes=1,
            accounts_argon2_memory=8388608, directory_password_method=method,
        ).__enter__()
        for method in ("verifiers", "exop")
    }  # fmt: skip
    yield running
    for probe in running.values():
        probe.__exit__(None, None, None)


METHODS = pytest.mark.parametrize("method", ["verifiers", "exop"])


@METHODS
def test_a_change_uses_up_its_link_and_ends_the_sessions(probes, directory, method):
    dn = directory.add_account(unique("chad"), PASSWORD, lkToken=["reset digest=a", "reset digest=b"], lkSession="session id=abc")
    asked = {"dn": dn, "password": OTHER_PASSWORD, "link": "reset digest=a"}
    assert change(probes[method], **asked) == ("ok", None)
    entry = directory.read(dn)
    assert "lkToken" not in entry and "lkSession" not in entry
    assert simple(directory.ldap_uri, dn, OTHER_PASSWORD)[0] == 0
    assert simple(directory.ldap_uri, dn, PASSWORD)[0] == 49
    assert change(probes[method], **{**asked, "password": PASSWORD}) == ("absent", None)
    assert simple(directory.ldap_uri, dn, OTHER_PASSWORD)[0] == 0


def policy(directory, **rules):
    return directory.add(
        f"cn={unique('policy')},ou=policies,{directory.suffix}",
        {"objectClass": ["pwdPolicy", "device"], "pwdAttribute": "userPassword", **rules},
    )


def test_the_policy_of_the_directory_is_explained(probes, directory):
    rules = {"pwdInHistory": "3", "pwdMinLength": "12", "pwdCheckQuality": "2"}
    dn = directory.add_account(unique("hana"), pwdPolicySubentry=policy(directory, **rules))
    exop = probes["exop"]
    assert change(exop, dn=dn, password=PASSWORD) == ("ok", None)
    assert change(exop, dn=dn, password=OTHER_PASSWORD) == ("ok", None)
    assert change(exop, dn=dn, password=PASSWORD) == ("refused", "used")
    assert change(exop, dn=dn, password="granite 41") == ("refused", "too_short")


@METHODS
def test_a_password_that_is_too_young(probes, directory, method):
    dn = directory.add_account(unique("yan"), PASSWORD, pwdPolicySubentry=policy(directory, pwdMinAge="3600"), lkToken="reset digest=a")
    asked = {"dn": dn, "password": OTHER_PASSWORD, "link": "reset digest=a"}
    assert change(probes[method], **asked) == ("refused", "too_young")
    assert directory.values(dn, "lkToken") == ["reset digest=a"]  # for another try
    assert simple(directory.ldap_uri, dn, PASSWORD)[0] == 0


def test_a_change_that_is_refused_by_access_has_no_reason_of_the_policy(probes, directory):
    assert change(probes["exop"], dn=directory.service_dn, password=OTHER_PASSWORD) == ("refused", "unsaid")


def test_verifiers_of_an_old_password_are_not_made_anew(probes, directory):
    """Somebody signs in while the password is being changed elsewhere: what was read before no longer stands there."""
    probe = probes["verifiers"]
    dn = directory.add_account(unique("lena"), PASSWORD, lkVerifier="argon2id id=old")
    assert change(probe, dn=dn, password=OTHER_PASSWORD) == ("ok", None)
    changed = directory.read(dn)
    for stale in ("argon2id id=old", None):
        status = probe.ask("anew", dn=dn, note=stale, password=PASSWORD)["status"]
        assert status in ("absent", "conflict", "refused")
        assert directory.values(dn, "userPassword") == changed["userPassword"]
        assert directory.values(dn, "authPassword") == changed["authPassword"]
    assert probe.ask("anew", dn=dn, note=changed["lkVerifier"][0], password=OTHER_PASSWORD)["status"] == "ok"
    assert simple(directory.ldap_uri, dn, OTHER_PASSWORD)[0] == 0
