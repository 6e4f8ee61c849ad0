# SPDX-License-Identifier: Apache-2.0
"""The sysadmin's command as such: its words, its identities, its exit status, and its first nouns (flows S2, S6, S13, S18)."""
import json
import os
import pathlib
import pty
import re
import subprocess
import time
import uuid

import pytest

from harness import passwords
from harness.command import (CONFLICT, NOT_FOUND, PARTLY, PROGRAM, REFUSED, TROUBLE, USAGE, Command)
from harness.tls import TlsDirectory, make_certificate

pytestmark = pytest.mark.one_thread

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "violet-anvil-9-teacup"
FAR = "2099-12-31"


def unique(word):
    return f"{word} {uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def latchkey(directory):
    return Command(directory)


@pytest.fixture(scope="module")
def operator(directory):
    """The command as an operator's account."""
    return Command.of_operator(directory)


@pytest.fixture
def acme(directory):
    """(name, DN) of an organisation with the profiles Ada Archer, an administrator, and Ben Brook."""
    name = unique("Acme")
    dn = directory.add_organization(name, ["Ada Archer"], [f"support until={FAR.replace('-', '')}235959Z"])
    directory.add_profile(dn, "Ben Brook", f"ben.{uuid.uuid4().hex[:8]}@acme.example")
    return name, dn


def session_value(identifier, seen, agent="Firefox"):
    def written(when):
        return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(when))
    return f"session id={identifier} begun={written(seen)} seen={written(seen)} from=192.0.2.7 agent={agent}"


# ---- words


def nouns(latchkey):
    return [word for word in latchkey("complete", "--", "", options=[]).lines if word != "help"]


def verbs(latchkey, noun):
    return latchkey("complete", "--", noun, "", options=[]).lines


def options(latchkey, *words):
    return [word for word in latchkey("complete", "--", *words, "--", options=[]).lines if word.startswith("--")]


def test_help_is_there_for_every_word(latchkey):
    overview = latchkey("--help", options=[]).out
    assert latchkey("help", options=[]).out == overview
    for noun in nouns(latchkey):
        assert re.search(rf"^  {noun} ", overview, re.MULTILINE)
        of_noun = latchkey(noun, "--help", options=[]).out
        assert latchkey("help", noun, options=[]).out == of_noun
        for verb in verbs(latchkey, noun):
            assert f"latchkey {noun} {verb}" in of_noun
            of_verb = latchkey("help", noun, verb, options=[]).out
            assert latchkey(noun, verb, "--help", options=[]).out == of_verb
            for option in options(latchkey, noun, verb):
                assert f"{option} " in of_verb


def test_manual_pages_name_every_word(latchkey):
    """Each noun has a page, each verb and option of it stands there, each global option in latchkey(1), and the guide names each noun."""
    def page(name):
        return (SOURCE / "docs" / "man" / name).read_text().replace("\\-", "-")
    top, guide = page("latchkey.1"), (SOURCE / "docs" / "command.md").read_text()
    common = options(latchkey)
    for option in common:
        assert option in top
    for noun in nouns(latchkey):
        text = page(f"latchkey-{noun}.1")
        assert f"latchkey-{noun}" in top and f"latchkey {noun}" in guide
        for verb in verbs(latchkey, noun):
            assert f"latchkey {noun} {verb}" in text, f"latchkey-{noun}.1 lacks {verb}"
        for words in [(noun, verb) for verb in verbs(latchkey, noun)] or [(noun,)]:
            for option in set(options(latchkey, *words)) - set(common):
                assert option in text, f"latchkey-{noun}.1 lacks {option}"


@pytest.mark.parametrize("words, said", [
    (["orgnization"], 'did you mean "organization"?'),
    (["organization", "sohw"], 'did you mean "show"?'),
    (["organization", "list", "--jsno"], "did you mean --json?"),
    (["organization", "create", "X", "--persn", "Y"], "did you mean --person?"),
    (["organization", "list", "-Q"], "there is no option -Q"),
    (["organization", "create", "X", "--mail"], "--mail takes a value"),
    (["organization", "show"], "too few arguments; usage: latchkey organization show ORGANIZATION"),
    (["organization", "show", "a", "b"], "too many arguments"),
    (["organization"], "latchkey organization list"),
    ([], "Usage: latchkey"),
])
def test_a_wrong_word_is_told(latchkey, words, said):
    ended = latchkey(*words, exit=USAGE)
    assert said in ended.err and ended.out == ""


def test_options_may_stand_anywhere(latchkey, acme):
    shown = latchkey.json("organization", "show", acme[0])
    for words in (["organization", "--json", "show", acme[0]], ["organization", "show", acme[0], "--json"],
                  ["organization", "show", "--json", "--", acme[0]]):
        assert json.loads(latchkey(*words).out) == shown


def test_version(latchkey):
    assert re.fullmatch(r"latchkey \d+\.\d+\.\d+\n", latchkey("--version").out)


# ---- completion


def test_completion_in_bash(tmp_path):
    """What bash would offer, by the script that is installed."""
    def offered(*words):
        script = (
            f"PATH={PROGRAM.parent}:$PATH; source {SOURCE}/docs/completion/latchkey\n"
            f"COMP_WORDS=(latchkey {' '.join(repr(word) for word in words)}); COMP_CWORD={len(words)}\n"
            "_latchkey; printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=True)
        return done.stdout.split()
    assert "organization" in offered("org") and "session" in offered("")
    assert offered("organization", "set-p") == ["set-plan"]
    assert offered("-H", "ldapi:///", "session", "en") == ["end", "end-all"]
    assert offered("organization", "create", "--pers") == ["--person"]
    assert "--json" in offered("--j")
    assert offered("help", "organization", "crea") == ["create"]
    assert offered("-c", "") == []


# ---- who, and where


def test_nobody_is_nobody(directory):
    ended = Command(None)("-H", "ldap://127.0.0.1:1", "organization", "list", exit=USAGE)
    assert "who are you" in ended.err
    assert "a password is needed" in Command(directory, identity=["-D", directory.admin_dn])(
        "organization", "list", exit=USAGE).err
    assert "a password is needed" in Command(directory, identity=["-D", directory.admin_dn, "-w", ""])(
        "organization", "list", exit=USAGE).err


def test_over_the_own_socket_one_is_whom_the_kernel_says(directory, acme):
    """The harness's slapd takes this user for the daemon, which may read everything and change no plan."""
    for identity in ([], ["-Y", "EXTERNAL"]):
        latchkey = Command(directory, identity=identity)
        assert latchkey.json("organization", "show", acme[0])["dn"] == acme[1]
        ended = latchkey("organization", "set-plan", acme[0], "gold", exit=REFUSED)
        assert "Insufficient access (50)" in ended.err
    assert "suffix dc=example,dc=com, as SASL EXTERNAL" in latchkey("-v", "organization", "show", acme[0]).err
    # The shipped rules let nobody be somebody else from the bind on; the wish arrives all the same.
    as_ada = Command(directory, identity=["-Y", "EXTERNAL", "-X", f"dn:cn=Ada Archer,{acme[1]}"])
    assert "not authorized" in as_ada("organization", "show", acme[0], exit=REFUSED).err


def test_a_password_may_come_three_ways(directory, acme, tmp_path):
    dn = directory.add_account(unique("own"), PASSWORD)
    directory.make_operator(dn)
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    file.chmod(0o600)
    for identity in (["-D", dn, "-w", PASSWORD], ["-x", "-D", dn, "-y", file]):
        assert Command(directory, identity=identity).json("organization", "show", acme[0])["name"] == acme[0]
    file.chmod(0o644)
    assert "open to group or others" in Command(directory, identity=["-D", dn, "-y", file])(
        "organization", "list", exit=TROUBLE).err
    ended = Command(directory, identity=["-D", dn, "-w", "wrong"])("organization", "list", exit=REFUSED)
    assert "Invalid credentials (49)" in ended.err
    assert "no terminal" in Command(directory, identity=["-D", dn, "-W"])("organization", "list", exit=USAGE).err
    assert "only one of" in Command(directory, identity=["-D", dn, "-W", "-w", "x"])("organization", "list", exit=USAGE).err


def read_until(terminal, text, seconds=30):
    seen, deadline = b"", time.monotonic() + seconds
    while text not in seen:
        assert time.monotonic() < deadline, seen
        seen += os.read(terminal, 4096)
    return seen


def test_a_password_typed_is_not_shown(directory, acme):
    latchkey = Command(directory, identity=["-D", directory.admin_dn, "-W"])
    command = [str(PROGRAM), *latchkey.options, "--json", "organization", "show", acme[0]]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(command[0], command, latchkey.environment)
    seen = read_until(terminal, b"Password of cn=admin")
    os.write(terminal, directory.admin_password.encode() + b"\n")
    seen += read_until(terminal, b'"plans"')
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(terminal)
    assert directory.admin_password.encode() not in seen


def test_a_password_leaves_the_list_of_processes(directory):
    """-w is wiped before the first question to the directory, which here does not answer."""
    directory.pause()
    try:
        process = subprocess.Popen(
            [str(PROGRAM), "-c", "-", "-H", directory.ldapi_uri, "-b", directory.suffix, "-D", directory.admin_dn,
             "-w", PASSWORD, "-s", "directory.timeout=60s", "organization", "list"], stderr=subprocess.PIPE)
        place = pathlib.Path(f"/proc/{process.pid}/cmdline")
        directory.wait_for(lambda: PASSWORD.encode() not in place.read_bytes() and b"organization" in place.read_bytes())
        process.kill()
        process.communicate()
    finally:
        directory.resume()


def test_scram(directory, acme):
    name = f"scram{uuid.uuid4().hex[:8]}"
    directory.make_operator(directory.add_account(name, PASSWORD, authPassword=passwords.scram(PASSWORD)))
    latchkey = Command(directory, identity=["-Y", "SCRAM-SHA-256", "-U", name, "-w", PASSWORD])
    assert latchkey.json("organization", "show", acme[0])["name"] == acme[0]
    Command(directory, identity=["-Y", "SCRAM-SHA-256", "-U", name, "-w", "wrong"])("organization", "list", exit=REFUSED)
    ended = Command(directory, identity=["-Y", "SCRAM-SHA-256", "-U", name])("organization", "list", exit=REFUSED)
    assert "a password is needed" in ended.err
    ended = Command(directory, identity=["-Y", "NO-SUCH"])("organization", "list", exit=TROUBLE)
    assert "bind (SASL NO-SUCH)" in ended.err


def test_defaults_of_ldap_conf(directory, acme, tmp_path):
    """A flag is before latchkey.conf, that before ldap.conf."""
    conf = tmp_path / "ldap.conf"
    conf.write_text(f"URI {directory.ldapi_uri}\nBASE {directory.suffix}\n")
    by_file = Command(None, environment={"LDAPCONF": str(conf)})
    assert by_file.json("organization", "show", acme[0])["name"] == acme[0]
    by_environment = Command(None, environment={"LDAPURI": directory.ldapi_uri, "LDAPBASE": directory.suffix,
                                                "LDAPBINDDN": directory.admin_dn})
    assert by_environment("-w", directory.admin_password, "--json", "organization", "show", acme[0]).out
    conf.write_text(f"URI {directory.ldapi_uri}\nBASE dc=nowhere\n")
    by_file("organization", "show", acme[0], exit=NOT_FOUND)
    assert by_file.json("-b", directory.suffix, "organization", "show", acme[0])["name"] == acme[0]
    settings = tmp_path / "latchkey.conf"
    settings.write_text(f"[directory]\nuri = {directory.ldapi_uri}\nsuffix = {directory.suffix}\n")
    elsewhere = {"LDAPURI": "ldap://127.0.0.1:1", "LDAPBASE": "dc=nowhere"}
    both = Command(None, configuration=settings, environment=elsewhere)
    assert both.json("organization", "show", acme[0])["name"] == acme[0]
    assert "127.0.0.1:1" in both("-H", "ldap://127.0.0.1:1", "-Y", "EXTERNAL", "organization", "list", exit=TROUBLE).err


def test_faults_of_the_configuration_are_told(directory, tmp_path):
    settings = tmp_path / "latchkey.conf"
    settings.write_text("[directory]\nsuffix = nonsense\n")
    assert "latchkey.conf:2: directory.suffix" in Command(None, configuration=settings)(
        "organization", "list", exit=TROUBLE).err
    Command(None, configuration=tmp_path / "none.conf")("organization", "list", exit=TROUBLE)
    assert "in the clear" in Command(None)("-H", "ldap://ldap.example.com", "organization", "list", exit=USAGE).err


def test_a_directory_that_is_not_there(tmp_path):
    ended = Command(None)("-H", f"ldapi://{str(tmp_path / 'none').replace('/', '%2f')}", "organization", "list", exit=TROUBLE)
    assert "Can't contact LDAP server" in ended.err


def test_start_tls(tmp_path):
    with TlsDirectory(tmp_path) as directory:
        name = directory.add_organization("Acme Tools").split(",")[0]
        who = ["-H", directory.ldap_uri, "-b", directory.suffix, "-D", directory.admin_dn, "-w", directory.admin_password]

        def latchkey(authority):
            conf = tmp_path / "ldap.conf"
            conf.write_text(f"TLS_CACERT {authority}\n")
            return Command(None, identity=who, environment={"LDAPCONF": str(conf)})
        assert "onfidentiality required" in latchkey(directory.certificate)("organization", "list", exit=TROUBLE).err
        for flag in ("-Z", "-ZZ"):
            assert name[2:] in latchkey(directory.certificate)(flag, "organization", "list").out
        another = make_certificate(tmp_path, "another")[0]
        ended = latchkey(another)("-Z", "organization", "list", exit=TROUBLE)
        assert "TLS handshake" in ended.err and "TLS_CACERT" in ended.err


def test_start_tls_that_the_server_has_not(directory):
    who = ["-H", directory.ldap_uri, "-D", directory.admin_dn, "-w", directory.admin_password]
    assert "StartTLS" in Command(None, identity=who)("-Z", "organization", "list", exit=TROUBLE).err


# ---- looking first


def test_a_dry_run_changes_nothing(latchkey, directory, acme):
    before = directory.read(acme[1])
    ended = latchkey("-n", "organization", "set-plan", acme[0], "gold", "--until", FAR)
    assert ended.out == (f"dn: {acme[1]}\nchangetype: modify\nadd: lkServicePlan\n"
                         "lkServicePlan: gold until=20991231235959Z\n-\n\n")
    assert directory.read(acme[1]) == before
    name = unique("Größe")
    ended = latchkey("-n", "organization", "create", name, "--person", "Jörg Müller", "--mail", "j@x.example")
    assert ended.out.count("changetype: add") == 2 and "cn:: " in ended.out
    latchkey("organization", "show", name, exit=NOT_FOUND)
    applied = subprocess.run(["ldapmodify", "-x", "-H", directory.ldapi_uri, "-D", directory.admin_dn, "-w",
                              directory.admin_password], input=ended.out, text=True, capture_output=True)
    assert applied.returncode == 0, applied.stderr
    assert latchkey.json("organization", "show", name)["administrators"][0].startswith("cn=J")


# ---- organizations


def test_organizations_are_created_and_shown(latchkey, operator, directory):
    name = unique("Bolt")
    ended = operator("organization", "create", name, "--person", "Cleo Chen", "--mail", "cleo@bolt.example", "--plan",
                     "support", "--until", FAR)
    assert ended.out == f"created o={name},{directory.organizations}; cleo@bolt.example is invited\n"
    shown = operator.json("organization", "show", name)
    person = f"cn=Cleo Chen,{shown['dn']}"
    assert shown == {
        "name": name, "dn": f"o={name},{directory.organizations}", "id": directory.values(shown["dn"], "entryUUID")[0],
        "contact": person, "administrators": [person],
        "plans": [{"name": "support", "until": f"{FAR}T23:59:59Z", "ended": False}],
    }
    assert directory.values(person, "lkSend") == ["invite"]
    assert operator.json("organization", "show", shown["id"]) == shown
    assert operator.json("organization", "show", shown["dn"]) == shown
    listed = operator.json("organization", "list", name)
    assert listed == [{"name": name, "plan": "support", "until": f"{FAR}T23:59:59Z", "ended": False,
                       "administrators": 1, "dn": shown["dn"], "id": shown["id"]}]
    assert "is there already" in operator("organization", "create", name, "--person", "Cleo Chen", "--mail",
                                          "cleo@bolt.example", exit=CONFLICT).err
    assert operator("-q", "organization", "set-plan", name, "gold").out == ""
    assert operator.json("organization", "remove-plan", name, "gold") == {"done": f"{name} has the plan gold no more"}


def test_what_people_read(latchkey, directory):
    word = uuid.uuid4().hex[:8]
    wide, plain = f"{word} 東京", f"{word} ab\u202ecd"
    for name in (wide, plain):
        directory.add(f"o={name},{directory.organizations}", {
            "objectClass": ["organization", "lkOrganization"], "o": name, "lkAdministrator": f"cn=X,{directory.suffix}",
            "lkServicePlan": "support" if name == wide else "old until=20200101000000Z"})
    lines = latchkey("organization", "list", word).lines
    assert lines[0].split() == ["Name", "Plan", "Until", "Ended", "Administrators"]
    assert f"{word} ab\\u{{202e}}cd  old      2020-01-01T00:00:00+00:00  yes" in lines[1]
    assert lines[2].startswith(f"{word} 東京" + " " * (len("ab\\u{202e}cd") - 4) + "  support  -  ".rstrip())
    assert latchkey("organization", "list", "no such " + word).out == ""
    assert latchkey.json("organization", "list", "no such " + word) == []
    there = Command(directory, environment={"TZ": "Europe/Berlin"})
    assert "2020-01-01T01:00:00+01:00" in there("organization", "show", plain).out
    shown = latchkey("organization", "show", wide).lines
    assert shown[0] == f"Name:           {wide}" and shown[-3] == "Plans:" and shown[-1].split()[0] == "support"


@pytest.mark.parametrize("words, said", [
    (["X", "--mail", "x@x.example"], "--person NAME"),
    (["X", "--person", "Y"], "--mail ADDRESS"),
    (["X", "--person", "Y", "--mail", "no"], "not an e-mail address"),
    (["X", "--person", "Y", "--mail", "x@x.example", "--until", FAR], "--plan NAME"),
    (["X", "--person", "Y", "--mail", "x@x.example", "--plan", "a", "--until", "tomorrow"], "YYYY-MM-DD"),
    (["X\nY", "--person", "Y", "--mail", "x@x.example"], "not one line"),
    (["X" * 65, "--person", "Y", "--mail", "x@x.example"], "64 characters"),
])
def test_a_form_with_faults_creates_nothing(operator, words, said):
    assert said in operator("organization", "create", *words, exit=USAGE).err


def test_plans(operator, directory, acme):
    name, dn = acme
    operator("organization", "set-plan", name, "support", "--until", "2098-01-31")
    assert directory.values(dn, "lkServicePlan") == ["support until=20980131235959Z"]
    operator("organization", "set-plan", dn, "gold")
    operator("organization", "remove-plan", name, "support")
    assert directory.values(dn, "lkServicePlan") == ["gold"]
    operator("organization", "remove-plan", name, "support", exit=NOT_FOUND)
    operator("organization", "set-plan", name, "two words", exit=USAGE)
    operator("organization", "set-plan", unique("Nobody"), "gold", exit=NOT_FOUND)


def test_the_main_contact(operator, directory, acme):
    name, dn = acme
    ben = f"cn=Ben Brook,{dn}"
    mail = directory.values(ben, "mail")[0]
    operator("organization", "set-contact", name, mail)
    assert directory.values(dn, "lkMainContact") == [ben] and ben in directory.values(dn, "lkAdministrator")
    operator("organization", "set-contact", name, "ADA archer")
    assert directory.values(dn, "lkMainContact") == [f"cn=Ada Archer,{dn}"]
    operator("organization", "set-contact", name, "nobody@acme.example", exit=NOT_FOUND)
    other = directory.add_organization(unique("Other"))
    operator("organization", "set-contact", name, f"cn=Main Contact,{other}", exit=NOT_FOUND)
    directory.add_profile(dn, "Ben Brook (2)", mail)
    ended = operator("organization", "set-contact", name, mail, exit=CONFLICT)
    assert f"cn=Ben Brook,{dn}" in ended.err and "Ben Brook (2)" in ended.err


def test_an_administrator_may_what_the_directory_allows(directory, acme):
    """Its own organisation it sees, by name too; plans are the operators', and others' organisations it does not see."""
    name, dn = acme
    ada = Command.of_profile(directory, f"cn=Ada Archer,{dn}")
    assert ada.json("organization", "show", name)["dn"] == dn
    assert "Insufficient access (50)" in ada("organization", "set-plan", name, "gold", exit=REFUSED).err
    other = unique("Other")
    directory.add_organization(other)
    ada("organization", "show", other, exit=NOT_FOUND)
    ada("organization", "create", unique("New"), "--person", "X", "--mail", "x@x.example", exit=REFUSED)


def test_an_organization_without_its_administrator_is_told(directory):
    """Who may add organisations but no profiles is told how far it came."""
    dn = directory.add_account(unique("half"), PASSWORD)
    rule = (f'to dn.onelevel="{directory.organizations}" attrs=entry,objectClass,o,lkAdministrator,lkMainContact '
            f'by dn.exact="{dn}" write by * break')
    children = f'to dn.exact="{directory.organizations}" attrs=entry,children by dn.exact="{dn}" write by * break'
    database = "olcDatabase={1}mdb,cn=config"
    before = directory.values(database, "olcAccess")
    directory.modify(database, add={"olcAccess": ["{0}" + rule, "{1}" + children]})
    try:
        ended = Command(directory, dn, PASSWORD)("organization", "create", unique("Half"), "--person", "X Y",
                                                 "--mail", "x@x.example", exit=PARTLY)
        assert "but not its first administrator" in ended.err and "Insufficient access" in ended.err
    finally:
        directory.modify(database, replace={"olcAccess": before})


# ---- sessions


def test_sessions(latchkey, directory):
    now = int(time.time())
    name = f"seen.{uuid.uuid4().hex[:8]}@home.example"
    first, second = "A" * 43, "B" * 43
    dn = directory.add_account(name, PASSWORD, lkSession=[session_value(first, now - 600), session_value(second, now - 60)])
    listed = latchkey.json("session", "list", name)
    assert [session["id"] for session in listed] == [second, first]
    assert set(listed[0]) == {"id", "begun", "seen", "ends", "kept", "address", "agent"}
    assert latchkey.json("session", "list", dn) == listed
    assert "Firefox" in latchkey("session", "list", name).out
    latchkey("session", "end", name, "C", exit=NOT_FOUND)
    latchkey("session", "end", name, "B")
    assert [session["id"] for session in latchkey.json("session", "list", name)] == [first]
    ended = latchkey("session", "end-all", name, exit=USAGE)
    assert "--yes" in ended.err and directory.values(dn, "lkSession")
    latchkey("session", "end-all", name, "--yes")
    assert directory.values(dn, "lkSession") == []
    latchkey("session", "list", "nobody." + name, exit=NOT_FOUND)


def test_an_operator_does_not_end_sessions(operator, directory):
    name = unique("held")
    dn = directory.add_account(name, PASSWORD, lkSession=session_value("A" * 43, int(time.time())))
    assert operator.json("session", "list", name) == []
    assert "Insufficient access" in operator("session", "end-all", name, "--yes", exit=REFUSED).err
    assert directory.values(dn, "lkSession")
