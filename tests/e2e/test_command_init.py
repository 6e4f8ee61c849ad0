# SPDX-License-Identifier: Apache-2.0
"""latchkey init: an OpenLDAP that is there, an older Latchkey's, and one that has half of it already."""
import difflib
import getpass
import json
import re
import shutil
import subprocess

import ldap
import pytest
from ldap.controls.readentry import PreReadControl

from harness import passwords
from harness.certificates import Authority
from harness.command import PARTLY, REFUSED, USAGE, Command
from harness.daemon import BUILD, Daemon
from harness.directory import SOURCE, Directory
from harness.existing import CONFIGURATION, Existing

pytestmark = pytest.mark.one_thread

SUFFIX = "dc=plant,dc=example"


class Init:
    """The command as the administrator of cn=config, with the rootdn for the entries."""

    def __init__(self, directory, folder, *more, share=None):
        self.password = folder / "password"
        self.password.write_text(directory.admin_password)
        self.password.chmod(0o600)
        self.directory = directory
        environment = {} if share is None else {"LATCHKEY_SHARE": str(share)}
        self.command = Command(directory, "cn=admin,cn=config", directory.admin_password, environment=environment)
        self.words = ["init", "--user", getpass.getuser(), "--log-folder", directory.folder / "log",
                      "--entries-dn", directory.admin_dn, "--entries-password-file", self.password, *more]

    def __call__(self, *words, **how):
        return self.command(*words, *self.words, **how)

    def plan(self, exit=0):
        """[(part, what)] of what is missing; changes nothing."""
        ended = self.command("--json", *self.words, exit=exit)
        return [(step["part"], step["what"]) for step in json.loads(ended.out)]


def config(directory):
    return directory.connect("cn=admin,cn=config", directory.admin_password)


def config_entries(directory):
    return {dn: {name: sorted(values) for name, values in entry.items()}
            for dn, entry in config(directory).search_s("cn=config", ldap.SCOPE_SUBTREE, "(objectClass=*)", ["*"])}


def database(directory):
    return next((dn, entry) for dn, entry in config_entries(directory).items()
                if entry.get("olcSuffix") == [directory.suffix.encode()])


@pytest.fixture
def existing(tmp_path):
    with Existing(tmp_path / "existing", suffix=SUFFIX) as running:
        yield running


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """One that was set up, once for those who only look."""
    folder = tmp_path_factory.mktemp("ready")
    with Existing(folder / "directory", suffix=SUFFIX) as running:
        running.init = Init(running, folder)
        running.before = config_entries(running)
        running.said = running.init("--yes")
        yield running


# ---- an OpenLDAP that is there


def test_it_is_set_up(ready):
    assert "ready for Latchkey" in ready.said.out
    assert ready.connect_service().whoami_s() == f"dn:{ready.service_dn}"
    assert ready.read(ready.operators) and ready.read(ready.decoy_dn)
    indexed = {name: value for name, (value, *_) in config_entries(ready)["cn=config"].items() if name.startswith("olcIndexSubstr")}
    assert indexed == {"olcIndexSubstrIfMinLen": b"1", "olcIndexSubstrIfMaxLen": b"16", "olcIndexSubstrAnyStep": b"1"}


def test_the_second_run_finds_nothing(ready):
    before = config_entries(ready)
    assert "nothing is missing" in ready.init().out
    assert ready.init.command.json(*ready.init.words) == []
    assert config_entries(ready) == before


def test_what_was_there_is_there(ready):
    """Every value but those of the few settings that are replaced by more; rules and indexes in substance."""
    after = config_entries(ready)
    for dn, entry in ready.before.items():
        for name, values in entry.items():
            if name in ("olcDbIndex", "olcAccess", "contextCSN", "entryCSN"):
                continue
            assert set(values) <= set(after[dn].get(name, [])), f"{dn}: {name}"
    rules = [re.sub(rb"^\{\d+\}", b"", rule) for rule in database(ready)[1]["olcAccess"]]
    for rule in database_before(ready)["olcAccess"]:
        assert re.sub(rb"^\{\d+\}", b"", rule) in rules
    indexed = {(name, kind) for value in database(ready)[1]["olcDbIndex"]
               for name in value.split()[0].split(b",") for kind in value.split()[1].split(b",")}
    assert {(b"uidNumber", b"eq"), (b"cn", b"eq"), (b"cn", b"subany"), (b"uid", b"eq"), (b"lkToken", b"eq")} <= indexed


def database_before(directory):
    return next(e for e in directory.before.values() if e.get("olcSuffix") == [directory.suffix.encode()])


def test_other_people_can_do_what_they_could(ready):
    """Their rules go on deciding: read by all, the password written by oneself."""
    paula = f"uid=paula,ou=people,{SUFFIX}"
    ready.modify(paula, replace={"userPassword": "secret of paula"})
    with_password = ready.connect(paula, "secret of paula")
    ready.modify(paula, replace={"userPassword": "another of paula"}, connection=with_password)
    assert ready.read(paula, connection=ready.connect(""))["cn"] == ["Paula Plant"]
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        ready.modify(paula, add={"authzTo": f"dn:{ready.admin_dn}"}, connection=with_password)


def test_rules_are_in_force(ready):
    organization = ready.add_organization("Plant Customer", administrators=("Una User",))
    una = f"cn=Una User,{organization}"
    account = ready.add_account("una", "password of una")
    service = ready.connect_service()
    ready.modify(una, replace={"lkAccountDN": account}, connection=service)
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        ready.modify(una, replace={"title": "x"}, connection=service)
    ready.modify(una, replace={"title": "x"}, connection=ready.connect_service(act_as=una))
    assert ready.read(account, connection=ready.connect("")) is None
    with pytest.raises(ldap.OBJECT_CLASS_VIOLATION):
        ready.modify(organization, delete={"lkAdministrator": una})


def test_passwords_are_nobodys_to_read_or_to_set(ready):
    """Beside rules that let oneself write a password: no administrator sets one below the organisations, and whom Latchkey's rules let read
    whatever there is reads none."""
    organization = ready.add_organization("Password Customer", administrators=("Adam Word",))
    profile = ready.add_profile(organization, "Pia Word", "pia@word.example", userPassword=passwords.argon2("of pia"))
    operator = ready.add_account("word", "password of word")
    ready.make_operator(operator)
    other = ready.add(f"uid=pat,ou=people,{SUFFIX}", {"objectClass": "inetOrgPerson", "uid": "pat", "cn": "Pat", "sn": "Pat", "userPassword": "of pat"})
    administrator = ready.connect_service(act_as=f"cn=Adam Word,{organization}")
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        ready.modify(profile, replace={"userPassword": "of adam"}, connection=administrator)
    for reader in (administrator, ready.connect(operator, "password of word"), ready.connect_service()):
        for entry in (profile, other):
            assert not (ready.read(entry, ["userPassword"], reader) or {}).get("userPassword")


def test_the_daemon_works(ready, tmp_path):
    organization = ready.add_organization("Daemon Customer", administrators=("Dora Day",))
    with Daemon(tmp_path / "daemon", ready) as daemon:
        ready.modify(f"cn=Dora Day,{organization}", add={"lkSend": "invite"})
        assert daemon.mailbox.wait()


def test_it_starts_again(ready):
    ready.restart()
    assert ready.read(ready.operators)


# ---- looking first, and asking


def test_a_dry_run_prints_ldif_that_does_the_same(existing, tmp_path):
    init = Init(existing, tmp_path)
    before = config_entries(existing)
    ldif = init("-n").out
    assert config_entries(existing) == before and "changetype: modify" in ldif
    configuration, _, entries = ldif.partition("dn: ou=accounts,")
    for who, text in (("cn=admin,cn=config", configuration), (existing.admin_dn, "dn: ou=accounts," + entries)):
        text = re.sub(r"^# userPassword: not shown\n", "userPassword: {ARGON2}*\n", text, flags=re.MULTILINE)
        done = subprocess.run(["ldapmodify", "-x", "-H", existing.ldapi_uri, "-D", who, "-w", existing.admin_password],
                              input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert "nothing is missing" in init().out


def test_it_asks(existing, tmp_path):
    init = Init(existing, tmp_path)
    before = config_entries(existing)
    ended = init(exit=USAGE)
    assert "overlays" in ended.out and "--yes" in ended.err
    assert config_entries(existing) == before


def test_print_needs_no_directory():
    printed = Command()("init", "--print", "--user", getpass.getuser(), options=["-c", "-", "-b", SUFFIX]).out
    assert f"ou=accounts,{SUFFIX}" in printed and "@SUFFIX@" not in printed and "olcObjectClasses" in printed


def test_a_user_that_does_not_exist(existing, tmp_path):
    ended = Command(existing, "cn=admin,cn=config", existing.admin_password)("init", "--user", "nobody-of-this-name", exit=USAGE)
    assert "--user" in ended.err


def test_who_may_not_read_the_configuration(existing):
    ended = Command(existing)("init", "--user", getpass.getuser(), exit=REFUSED)
    assert "EXTERNAL" in ended.err


def test_the_entries_want_somebody_who_may(existing):
    """cn=config's administrator is nobody to the database: told, and done by the next run."""
    command = Command(existing, "cn=admin,cn=config", existing.admin_password)
    words = ["init", "--user", getpass.getuser(), "--log-folder", existing.folder / "log"]
    ended = command("--yes", *words, exit=PARTLY)
    assert "--entries-dn" in ended.err
    password = existing.folder / "password"
    password.write_text(existing.admin_password)
    password.chmod(0o600)
    command("--yes", *words, "--entries-dn", existing.admin_dn, "--entries-password-file", password)
    assert existing.read(existing.decoy_dn)


# ---- half of it is there


def test_a_rule_before_ours_is_told(existing, tmp_path):
    init = Init(existing, tmp_path)
    init("--yes")
    dn = database(existing)[0]
    config(existing).modify_s(dn, [(ldap.MOD_ADD, "olcAccess", [b"{0}to dn.subtree=\"dc=plant,dc=example\" by * read"])])
    ended = init(exit=PARTLY)
    assert "{0}" in ended.err and "may hide" in ended.err


def test_an_overlay_that_is_there_serves(existing, tmp_path):
    """syncprov set up otherwise stays; unique gets what is missing beside what it has."""
    connection = config(existing)
    connection.add_s("cn=module,cn=config", [("objectClass", [b"olcModuleList"]), ("cn", [b"module"]),
                                             ("olcModulePath", [b"/usr/lib/ldap"]), ("olcModuleLoad", [b"syncprov.la", b"unique"])])
    dn = database(existing)[0]
    connection.add_s(f"olcOverlay=syncprov,{dn}", [("objectClass", [b"olcOverlayConfig", b"olcSyncProvConfig"]),
                                                   ("olcOverlay", [b"syncprov"]), ("olcSpSessionlog", [b"77"])])
    connection.add_s(f"olcOverlay=unique,{dn}", [("objectClass", [b"olcOverlayConfig", b"olcUniqueConfig"]),
                                                 ("olcOverlay", [b"unique"]), ("olcUniqueURI", [b"ldap:///?uidNumber?sub"])])
    init = Init(existing, tmp_path)
    init("--yes")
    overlays = [e for e in config_entries(existing).values() if "olcOverlay" in e]
    assert [e["olcSpSessionlog"] for e in overlays if b"syncprov" in e["olcOverlay"][0]] == [[b"77"]]
    assert [sorted(e["olcUniqueURI"])[0] for e in overlays if b"unique" in e["olcOverlay"][0]] == [b"ldap:///?uidNumber?sub"]
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        existing.add_account("twice")
        existing.add(f"cn=other,{existing.accounts}", {"objectClass": ["inetOrgPerson", "lkAccount"], "cn": "other", "sn": "x",
                                                       "uid": "twice"})
    assert "nothing is missing" in init().out


# ---- what is left out on purpose


def refint(connection):
    """(overlays, modules) of that name in cn=config."""
    entries = [entry for _, entry in connection.search_s("cn=config", ldap.SCOPE_SUBTREE, "(objectClass=*)", ["*"])]
    return tuple(sum(b"refint" in value for entry in entries for value in entry.get(name, []))
                 for name in ("olcOverlay", "olcModuleLoad"))


def test_refint_is_left_out(existing, tmp_path):
    """By its option only: a run without it says what it would add, and how not to. What it means is told each time, as no fault."""
    without = Init(existing, tmp_path, "--without", "refint")
    assert not re.search(r"^olc(Overlay|ModuleLoad): refint", without("-n").out, re.MULTILINE)
    ended = without("--yes")
    assert refint(config(existing)) == (0, 0)
    for attributes in ("lkAccountDN, lkMainContact", "lkAdministrator, member"):
        assert f"note: overlays: no refint for {attributes}: " in ended.err
    assert "nothing is missing" in without().out
    looked = without.command.run("--json", "doctor", "--user", getpass.getuser())
    assert {(row["state"], row["mend"]) for row in json.loads(looked.out) if row["check"] == "server"} == {
        ("warning", "nothing, if that is so on purpose; otherwise as it says")}
    existing.restart()
    init = Init(existing, tmp_path)
    added = ("overlays", "add the overlay refint (--without refint leaves it out)")
    assert init.plan(exit=USAGE) == [("modules", "load refint"), added, added]
    init("--yes")
    assert refint(config(existing)) == (2, 1)


def test_refint_that_is_there_is_not_taken_away(tmp_path):
    """Its entries are named, for ldapdelete: the last one first."""
    with Directory(tmp_path / "directory") as running:
        without = ["init", "--user", getpass.getuser(), "--without", "refint"]
        ended = Command(running)(*without)
        assert "nothing is missing" in ended.out and refint(running.admin) == (2, 1)
        for dn in reversed(re.findall(r'ldapdelete "([^"]*)"', ended.err)):
            running.delete(dn)
        assert refint(running.admin) == (0, 1)
        ended = Command(running)(*without)
        assert "nothing is missing" in ended.out and "ldapdelete" not in ended.err


def test_print_leaves_it_out():
    """The entries with what is said of them, and the line of the module; nothing else."""
    words = ["init", "--print", "--user", getpass.getuser()]
    all_of_it, rest = (Command()(*words, *more, options=["-c", "-", "-b", SUFFIX]).out for more in ([], ["--without", "refint"]))
    gone = [line[2:] for line in difflib.ndiff(all_of_it.splitlines(), rest.splitlines()) if line[0] != " "]
    assert "refint" not in rest.lower() and len(rest.splitlines()) + len(gone) == len(all_of_it.splitlines())
    assert [line for line in gone if line.startswith(("dn:", "olcModuleLoad:"))] == [
        "olcModuleLoad: refint", *["dn: olcOverlay=refint,olcDatabase={1}mdb,cn=config"] * 2]


@pytest.mark.parametrize("overlay", ["unique", "refnit", ""])
def test_what_latchkey_needs_is_not_left_out(overlay):
    ended = Command()("init", "--print", "--without", overlay, options=["-c", "-", "-b", SUFFIX], exit=USAGE)
    assert ended.out == "" and "can do without is: refint" in ended.err


# ---- more than the indexes are made for

# Next to nothing in each, and no index: half a million entries within seconds.
CROWDED = """dn: olcDatabase={1}mdb,cn=config
changetype: modify
delete: olcDbIndex
-
replace: olcLastMod
olcLastMod: FALSE
-
replace: olcDbMaxSize
olcDbMaxSize: 1073741824
"""
MONITOR = """
dn: olcDatabase={2}monitor,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMonitorConfig
olcDatabase: {2}monitor
olcAccess: {0}to * by dn.exact="cn=admin,cn=config" read
"""
SLOTS = """dn: olcBackend={0}mdb,cn=config
changetype: add
objectClass: olcBackendConfig
objectClass: olcMdbBkConfig
olcBackend: {0}mdb
olcBkMdbIdlExp: 17
"""


class Crowded(Existing):
    """More than eight slots' worth of entries, and a monitor that says so."""
    configuration = CONFIGURATION + MONITOR

    def write_configuration(self):
        super().write_configuration()
        self._tool("slapmodify", 0, CROWDED)
        places = "".join(f"dn: l={i},{SUFFIX}\nobjectClass: locality\nl: {i}\n\n" for i in range(8 * 2 ** 16 + 8))
        self._tool("slapadd", 1, places, "-q")

    def grow_slots(self):
        self.stop()
        self._tool("slapmodify", 0, SLOTS)
        self.start()


def test_slots_that_are_outgrown_are_told(tmp_path):
    """As long as they are, with what would do; it is no fault."""
    with Crowded(tmp_path / "crowded", suffix=SUFFIX) as crowded:
        init = Init(crowded, tmp_path)
        assert re.search(r"note: indexes: 524299 entries, and a slot of an index holds 2\^16 .* olcBkMdbIdlExp: 17 in olcBackend=",
                         init("-n").err)
        looked = init.command.run("--json", "doctor", "--user", getpass.getuser())
        assert [row["state"] for row in json.loads(looked.out) if "olcBkMdbIdlExp" in row["found"]] == ["warning"]
        crowded.grow_slots()
        assert "olcBkMdbIdlExp" not in init("-n").err
    shutil.rmtree(crowded.folder / "data")


# ---- an older Latchkey's


def older_share(folder):
    """The shipped files as a version before had them: no second factor, one index less, a shorter rule."""
    shutil.copytree(BUILD / "share" / "latchkey" / "schema", folder / "schema")
    shutil.copytree(BUILD / "share" / "latchkey" / "ldif", folder / "ldif")
    def change(name, pattern, text):
        path = folder / name
        former = path.read_text()
        changed = re.sub(pattern, text, former, flags=re.MULTILINE)
        assert changed != former
        path.write_text(changed)
    for name in ("lkSecondFactor", "lkRecoveryCode"):
        change("schema/latchkey.ldif", rf"^olcAttributeTypes: \([^)]*'{name}'(\n  .*)*\n", "")
        change("schema/latchkey.ldif", rf" \$ {name}", "")
        change("ldif/access.ldif", rf",{name}", "")
        change("ldif/overlays.ldif", rf",{name}", "")
    change("schema/latchkey.ldif", r" X-VERSION '1'", "")
    change("schema/latchkey.ldif", "A person as an organisation knows them", "A person")
    change("ldif/indexes.ldif", ",lkAlternateMail eq", " eq")
    change("ldif/indexes.ldif", "^olcDbIndex: lkSend pres,eq$", "olcDbIndex: lkSend eq")
    return folder


def test_an_older_schema_is_brought_forward(tmp_path):
    share = older_share(tmp_path / "share")
    with Directory(tmp_path / "directory", share=share) as running:
        organization = running.add_organization("Old Customer", administrators=("Olga Old",))
        account = running.add_account("olga", "password of olga", lkAlternateMail="olga@old.example")
        olga = f"cn=Olga Old,{organization}"
        with pytest.raises(ldap.UNDEFINED_TYPE):
            running.modify(account, add={"lkRecoveryCode": "code key=1 tag=x"})
        init = Command(running)
        words = ["init", "--user", getpass.getuser()]
        said = init("--yes", *words).out
        assert "bring the schema forward" in said
        assert "nothing is missing" in init(*words).out
        running.modify(account, add={"lkRecoveryCode": "code key=1 tag=x"}, connection=running.connect_service())
        assert running.values(olga, "mail") == ["olga.old@oldcustomer.example"]
        assert running.search("(lkAlternateMail=olga@old.example)")
        running.restart()
        assert running.values(account, "lkRecoveryCode") == ["code key=1 tag=x"]
        with Daemon(tmp_path / "daemon", running) as daemon:
            running.modify(olga, add={"lkSend": "invite"})
            assert daemon.mailbox.wait()


LOG = "olcDatabase={3}mdb,cn=config"


def rules_of_log(running):
    return [re.sub(r"^\{\d+\}", "", rule) for rule in running.values(LOG, "olcAccess")]


@pytest.mark.parametrize("before", [[], ["to dn.subtree=\"cn=log\" by dn.exact=\"cn=auditor\" read by * none"]], ids=["ours", "theirs"])
def test_an_older_log_is_brought_forward(tmp_path, before):
    """Rules beside ours stay. A stranger who compares does not end slapd."""
    with Directory(tmp_path / "directory") as running:
        rules = [*before, "to * by * none"]
        running.modify(LOG, replace={"olcAccess": [f"{{{n}}}{rule}" for n, rule in enumerate(rules)]})
        looked = Command(running).run("--json", "doctor", "--user", getpass.getuser())
        assert [(row["state"], "hasSubordinates" in row["found"]) for row in json.loads(looked.out) if row["check"] == "server"] == [("fault", True)]
        Command(running)("--yes", "init", "--user", getpass.getuser())
        assert rules_of_log(running) == ["to attrs=hasSubordinates by * read", *rules]
        stranger = running.connect("")
        for _ in range(4):
            stranger.compare_s("cn=log", "hasSubordinates", b"TRUE")
            assert running.read(running.suffix)
        assert "nothing is missing" in Command(running)("init", "--user", getpass.getuser()).out


def test_a_log_without_rules_is_told(tmp_path):
    with Directory(tmp_path / "directory") as running:
        running.modify(LOG, delete={"olcAccess": None})
        ended = Command(running)("init", "--user", getpass.getuser(), exit=PARTLY)
        assert f"to be done by hand: log: {LOG} has no access rules" in ended.err


# ---- one of two providers, as an older mirror.ldif made it

DATA = "olcDatabase={1}mdb,cn=config"
OLD_FILTER = "(&(objectClass=auditWriteObject)(reqResult=0))"
NEW_FILTER = re.search(r'logfilter="(.*)"', (SOURCE / "ldif" / "mirror.ldif").read_text())[1]


def make_provider(running, number, other, log_filter):
    running.modify("cn=config", replace={"olcServerID": number})
    running.modify(LOG, add={"olcDbIndex": "entryUUID,entryCSN eq"})
    running.add(f"olcOverlay=syncprov,{LOG}", {"objectClass": ["olcOverlayConfig", "olcSyncProvConfig"], "olcOverlay": "syncprov",
                                               "olcSpNoPresent": "TRUE", "olcSpReloadHint": "TRUE"})
    pull = (f'{{0}}rid=001 provider={other.ldap_uri} type=refreshAndPersist searchbase="{running.suffix}" scope=sub schemachecking=on '
            f'syncdata=accesslog logbase="cn=log" {log_filter} bindmethod=simple binddn="{other.admin_dn}" '
            f'credentials={other.admin_password} keepalive=5:2:2 network-timeout=5 timeout=2 retry="1 +"')
    running.modify(DATA, replace={"olcSyncrepl": pull, "olcMultiProvider": "TRUE"})


@pytest.fixture
def providers(tmp_path):
    with Directory(tmp_path / "one") as one, Directory(tmp_path / "two") as two:
        yield one, two


def has_arrived(there, dn):
    there.wait_for(lambda: there.read(dn), what="the other provider's change")


def checkpoints(running):
    return [entry["olcSpCheckpoint"] for _, entry in running.search("(olcOverlay=syncprov)", "cn=config") if "olcSpCheckpoint" in entry]


def test_an_older_mirror_is_brought_forward(providers):
    """While slapd runs, and goes on fetching. What else there is of it stays."""
    for number, (here, there) in enumerate([providers, providers[::-1]], 1):
        make_provider(here, number, there, f'logfilter="{OLD_FILTER}"')
    one, two = providers
    has_arrived(two, one.add_account("before"))
    former, = two.values(DATA, "olcSyncrepl")
    for running in providers:
        ended = Command(running)("--yes", "init", "--user", getpass.getuser())
        assert "no refused change" in ended.out and "note: replication: once both" in ended.err
        assert checkpoints(running) == [["1 1"]] * 2
    assert two.values(DATA, "olcSyncrepl") == [former.replace(OLD_FILTER, NEW_FILTER)]
    has_arrived(two, one.add_account("behind"))
    has_arrived(one, two.add_account("back"))
    assert "nothing is missing" in Command(two)("init", "--user", getpass.getuser()).out


def test_a_mirror_of_today_lacks_nothing(tmp_path):
    """As docs/replication.md sets it up, folded lines and all; its other provider is not there."""
    authority = Authority(tmp_path / "tls")
    for name, file in (("certificate", "key.pem"), ("replicator", "replicator.key")):
        authority.issue(name).key.rename(authority.folder / file)
    with Directory(tmp_path / "directory") as running:
        done = subprocess.run(
            [SOURCE / "ldif" / "fill", "-s", running.suffix, "-u", getpass.getuser(), "-d", "{1}mdb", "-l", "{3}mdb", "-o", "ldaps://127.0.0.1:9",
             "-t", authority.folder, "mirror.ldif"], capture_output=True, text=True, check=True)  # fmt: skip
        running.stop()
        running._tool("slapmodify", 0, done.stdout)
        running.start()
        assert "nothing is missing" in Command(running)("init", "--user", getpass.getuser()).out


def test_what_a_provider_has_refused_the_other_does_not_do(providers):
    """slapd logs a Modify with a pre-read that may not be shown as done, before it has asked the rules."""
    one, two = providers
    make_provider(one, 1, two, f'logfilter="{OLD_FILTER}"')
    make_provider(two, 2, one, f'logfilter="{OLD_FILTER}"')
    Command(two)("--yes", "init", "--user", getpass.getuser())
    attacker = one.add_account("attacker", "password of attacker")
    victim = one.add_account("victim", "password of victim")
    connection = one.connect(attacker, "password of attacker")
    control = PreReadControl(True, ["userPassword"])
    connection.modify_ext_s(victim, [(ldap.MOD_REPLACE, "sn", [b"taken over"])], serverctrls=[control])
    has_arrived(two, one.add_account("later"))
    assert two.values(victim, "sn") == one.values(victim, "sn") == ["victim"]


@pytest.mark.parametrize("theirs, ours", [
    ("", NEW_FILTER), ("logfilter=(reqResult=0)", f"(&(reqResult=0){NEW_FILTER})"), (f"logfilter={OLD_FILTER}", NEW_FILTER),
], ids=["none", "their own", "without quotes"])
def test_a_filter_of_theirs_is_narrowed(providers, theirs, ours):
    one, two = providers
    make_provider(one, 1, two, theirs)
    looked = Command(one).run("--json", "doctor", "--user", getpass.getuser())
    assert [row["state"] for row in json.loads(looked.out) if "logfilter" in row["found"]] == ["fault"]
    Command(one)("--yes", "init", "--user", getpass.getuser())
    assert f' logfilter="{ours}"' in one.values(DATA, "olcSyncrepl")[0]
    assert one.values(DATA, "olcSyncrepl")[0].count("logfilter") == 1


def change_definition(running, find, pattern, text):
    dn, entry = running.admin.search_s("cn=schema,cn=config", ldap.SCOPE_ONELEVEL, "(cn=*latchkey)")[0]
    former = next(v for v in entry["olcObjectClasses"] if find in v)
    changed = re.sub(pattern, text, former)
    assert changed != former
    running.admin.modify_s(dn, [(ldap.MOD_DELETE, "olcObjectClasses", [former]), (ldap.MOD_ADD, "olcObjectClasses", [changed])])


def test_a_newer_schema_stays(tmp_path):
    with Directory(tmp_path / "directory") as running:
        change_definition(running, b"'lkProfile'", rb"\$ lkSent \) X-ORIGIN 'Latchkey' X-VERSION '\d+'",
                          b"$ lkSent $ lkQuestion ) X-ORIGIN 'Latchkey' X-VERSION '99'")
        ended = Command(running)("init", "--user", getpass.getuser())
        assert "version 99" in ended.err and "nothing is missing" in ended.out


def test_a_class_that_was_extended_by_hand_stays(tmp_path):
    with Directory(tmp_path / "directory") as running:
        change_definition(running, b"'lkProfile'", rb"\$ lkSent \)", b"$ lkSent $ lkQuestion )")
        ended = Command(running)("init", "--user", getpass.getuser(), exit=PARTLY)
        assert '"lkQuestion"' in ended.err


# ---- servers that are not set up so


def test_the_embedded_one_needs_nothing(tmp_path):
    ended = Command()("init", options=["-c", "-", "--set", f"directory.embedded={tmp_path}"])
    assert "by the daemon itself" in ended.out


def test_a_server_without_a_configuration_tree(existing):
    """slapd.conf: there is no cn=config to be read."""
    existing.stop()
    configuration = existing.folder / "slapd.conf"
    configuration.write_text(
        "include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n"
        f"database mdb\nsuffix \"{SUFFIX}\"\ndirectory {existing.folder}/data\nrootdn \"{existing.admin_dn}\"\n"
        f"rootpw {existing.admin_password}\n")
    existing.arguments = ["-f", configuration]
    existing.start()
    ended = Command(existing)("init", "--user", getpass.getuser(), exit=REFUSED)
    assert "slapd.conf" in ended.err and "--print" in ended.err
