# SPDX-License-Identifier: Apache-2.0
"""A private slapd with the shipped schema, rules and overlays, and short ways to fill and look into it.

    directory = Directory(tmp_path / "directory")
    directory.start()
    acme = directory.add_organization("Acme", plans=["support until=20991231235959Z"])
    jane = directory.add_profile(acme, "Jane Doe", "jane@acme.example")
    directory.add_account("jane", "correct horse battery")
    directory.modify(jane, add={"lkSend": "invite"})
    directory.stop()

Everything lies in the given folder; slapd listens on a Unix socket there and on a loopback port. Values go in and come
out as str (bytes where they are not UTF-8). Errors are python-ldap's exceptions.
"""
import contextlib
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

import ldap
import ldap.filter
import ldap.modlist
import ldap.sasl
from ldap.controls.simple import ProxyAuthzControl
from ldap.dn import escape_dn_chars

from . import passwords
from .ports import free_port
from .processes import die_with_parent

SOURCE = pathlib.Path(__file__).resolve().parents[3]
SLAPD_DEADLINE = 60.0
ANSWER_DEADLINE = 30.0
SOCKET_PATH_MOST = 107


def find_program(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/lib/openldap:/usr/libexec")


def as_bytes(value):
    return value if isinstance(value, bytes) else str(value).encode()


def as_list(values):
    return [as_bytes(v) for v in (values if isinstance(values, (list, tuple, set)) else [values])]


def as_text(value):
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


class DirectoryClient:
    """What can be asked of any running directory, the embedded one of a daemon included."""

    def __init__(self, ldapi_uri, admin_password, suffix="dc=example,dc=com", ldap_uri=None):
        self.suffix = suffix
        self.ldapi_uri = ldapi_uri
        self.ldap_uri = ldap_uri
        self.admin_dn = f"cn=admin,{suffix}"
        self.admin_password = admin_password
        self.service_dn = f"cn=latchkeyd,ou=services,{suffix}"
        self.decoy_dn = f"cn=decoy,ou=services,{suffix}"
        self.accounts = f"ou=accounts,{suffix}"
        self.organizations = f"ou=organizations,{suffix}"
        self.operators = f"cn=operators,ou=groups,{suffix}"
        self._admin = None
        self._monitor = None
        self._monitor_searches = 0

    daemon_settings = {}  # what a daemon must know of this kind of server
    hash_begins = "{ARGON2}$argon2id$"  # what is kept of a password that the daemon has set

    # ---- connections

    def connect(self, dn=None, password=None, uri=None):
        """A new connection, bound by password: as cn=admin unless a DN is given; dn="" stays anonymous."""
        connection = ldap.initialize(uri or self.ldapi_uri)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, ANSWER_DEADLINE)
        connection.set_option(ldap.OPT_TIMEOUT, ANSWER_DEADLINE)
        if dn is None:
            dn, password = self.admin_dn, self.admin_password
        if dn:
            connection.simple_bind_s(dn, password)
        return connection

    def connect_service(self, act_as=None):
        """A new connection as the daemon (SASL EXTERNAL over the Unix socket); `act_as` a DN by proxied authorization."""
        connection = ldap.initialize(self.ldapi_uri)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, ANSWER_DEADLINE)
        connection.set_option(ldap.OPT_TIMEOUT, ANSWER_DEADLINE)
        connection.sasl_interactive_bind_s("", ldap.sasl.external(""))
        if act_as:
            connection.set_option(ldap.OPT_SERVER_CONTROLS, [ProxyAuthzControl(True, f"dn:{act_as}".encode())])
        return connection

    @property
    def admin(self):
        if self._admin is None:
            self._admin = self.connect()
        return self._admin

    def forget_connections(self):
        for connection in (self._admin, self._monitor):
            if connection is not None:
                try:
                    connection.unbind_s()
                except ldap.LDAPError:
                    pass
        self._admin = self._monitor = None

    # ---- making things

    def add(self, dn, attributes, connection=None):
        entry = {name: as_list(values) for name, values in attributes.items() if values not in (None, [], ())}
        (connection or self.admin).add_s(dn, ldap.modlist.addModlist(entry))
        return dn

    def add_organization(self, name, administrators=("Main Contact",), plans=(), connection=None, **attributes):
        """An organisation and a profile for each administrator's name (with mail first.last@name.example)."""
        dn = f"o={escape_dn_chars(name)},{self.organizations}"
        named = {who: f"cn={escape_dn_chars(who)},{dn}" for who in administrators}
        self.add(
            dn,
            {
                "objectClass": ["organization", "lkOrganization"],
                "o": name,
                "lkAdministrator": list(named.values()),
                "lkServicePlan": list(plans),
                **attributes,
            },
            connection,
        )
        domain = "".join(c for c in name.lower() if c.isalnum()) or "organization"
        for who in named:
            self.add_profile(dn, who, f"{who.lower().replace(' ', '.')}@{domain}.example", connection=connection)
        return dn

    def add_profile(self, organization, name, mail, connection=None, **attributes):
        """A profile cn=name below the organisation (its DN). Further attributes by keyword (lkAccountDN=..., lkSend=...)."""
        entry = {"objectClass": ["inetOrgPerson", "lkProfile"], "cn": name, "sn": name.split()[-1], "mail": mail}
        return self.add(f"cn={escape_dn_chars(name)},{organization}", {**entry, **attributes}, connection)

    def add_account(self, name, password=None, connection=None, **attributes):
        """An account uid=name."""
        entry = {
            "objectClass": ["inetOrgPerson", "lkAccount"],
            "uid": name,
            "cn": name,
            "sn": name,
            "userPassword": self.stored(password) if password is not None else None,
        }
        return self.add(f"uid={escape_dn_chars(name)},{self.accounts}", {**entry, **attributes}, connection)

    @staticmethod
    def stored(password):
        """What to write so that the server keeps this password: {ARGON2} with cheap parameters, so that tests are quick."""
        return passwords.argon2(password)

    def make_operator(self, dn):
        self.modify(self.operators, add={"member": dn})

    def modify(self, dn, add=None, delete=None, replace=None, connection=None):
        """One Modify. delete={"name": None} takes all values away."""
        changes = []
        for operation, wanted in ((ldap.MOD_DELETE, delete), (ldap.MOD_ADD, add), (ldap.MOD_REPLACE, replace)):
            for name, values in (wanted or {}).items():
                changes.append((operation, name, None if values is None else as_list(values)))
        (connection or self.admin).modify_s(dn, changes)

    def delete(self, dn, connection=None):
        (connection or self.admin).delete_s(dn)

    # ---- looking

    def read(self, dn, attributes=("*", "+"), connection=None):
        """{name: [values]} of one entry, or None if there is none."""
        try:
            found = (connection or self.admin).search_s(dn, ldap.SCOPE_BASE, "(objectClass=*)", list(attributes))
        except ldap.NO_SUCH_OBJECT:
            return None
        return {name: [as_text(v) for v in values] for name, values in found[0][1].items()} if found else None

    def values(self, dn, attribute, connection=None):
        return (self.read(dn, [attribute], connection) or {}).get(attribute, [])

    def search(self, filter_text, base=None, attributes=("*",), connection=None):
        """[(dn, {name: [values]})] below `base` (the whole tree if not given)."""
        found = (connection or self.admin).search_s(base or self.suffix, ldap.SCOPE_SUBTREE, filter_text, list(attributes))
        return [(dn, {n: [as_text(v) for v in values] for n, values in entry.items()}) for dn, entry in found if dn]

    def wait_for(self, condition, seconds=60.0, what="the directory to change"):
        """Calls `condition` until it gives something true, and returns that."""
        deadline = time.monotonic() + seconds
        while True:
            outcome = condition()
            if outcome:
                return outcome
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s for {what}")
            time.sleep(0.01)

    def has_something_to_send(self):
        """One entry is enough: with thousands, each look would cost more than their sending."""
        try:
            return bool(self.admin.search_ext_s(self.suffix, ldap.SCOPE_SUBTREE, "(lkSend=*)", ["1.1"], sizelimit=1))
        except ldap.SIZELIMIT_EXCEEDED:
            return True

    def wait_until_all_is_sent(self, seconds=60.0):
        self.wait_for(lambda: not self.has_something_to_send(), seconds, "the outbox to be empty")

    def operations(self):
        """LDAP operations that slapd has carried out so far, by kind ("search", "modify", ... and "all"), from its
        monitor; those of this method itself are not among them. slapd counts an operation a little after it has answered
        it, so they are read until none is under way, and until they stand still for what is not answered (an unbind)."""
        seen = []

        def stands_still():
            counts, under_way = self._count_operations()
            seen.append(counts)
            return not under_way and len(seen) > 2 and seen[-1] == seen[-2] == seen[-3] and counts

        return self.wait_for(stands_still, what="slapd's counts to stand still")

    def writes(self, dns):
        """What has been written to these entries, as the server tells it: {key: (who, [attribute])}."""
        filter_text = "(&(objectClass=auditWriteObject)(reqResult=0)(|" + "".join(f"(reqDN={dn})" for dn in dns) + "))"
        found = self.search(filter_text, "cn=log", ["reqStart", "reqAuthzID", "reqMod"])
        return {
            entry["reqStart"][0]: (entry["reqAuthzID"][0], [mod.partition(":")[0] for mod in entry.get("reqMod", [])])
            for _, entry in found
        }

    def _count_operations(self):
        """(counts, how many more have begun)"""
        if self._monitor is None:
            self._monitor = self.connect()
        found = self._monitor.search_s(
            "cn=Operations,cn=Monitor", ldap.SCOPE_ONELEVEL, "(objectClass=*)", ["cn", "monitorOpInitiated", "monitorOpCompleted"]
        )
        begun = sum(int(e["monitorOpInitiated"][0]) for _, e in found)
        counts = {e["cn"][0].decode().lower(): int(e["monitorOpCompleted"][0]) for _, e in found}
        under_way = begun - sum(counts.values()) - 1  # this one is, too
        counts["search"] -= self._monitor_searches
        counts["bind"] -= 1
        self._monitor_searches += 1
        counts["all"] = sum(counts.values())
        return counts, under_way


# A write is there when slapd has answered, for everybody but a power cut; and no test cuts the power.
WITHOUT_DISK = """dn: olcDatabase={1}mdb,cn=config
changetype: modify
add: olcDbNoSync
olcDbNoSync: TRUE
"""


class Directory(DirectoryClient):
    """A slapd of our own, made from schema/ and ldif/ of the source tree."""

    not_yet = ldap.SERVER_DOWN  # what a server that is just starting answers

    def __init__(self, folder, suffix="dc=example,dc=com", share=SOURCE, log_level="shell", waits_for_disk=False):
        self.waits_for_disk = waits_for_disk
        self.folder = pathlib.Path(folder).absolute()
        self.share = pathlib.Path(share)
        self.log_level = log_level  # of slapd.log; takes effect at the next start
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        socket_path = self.folder / "ldapi"
        self._short = None
        if len(os.fsencode(socket_path)) > SOCKET_PATH_MOST:
            self._short = tempfile.mkdtemp(prefix="lk-")
            socket_path = pathlib.Path(self._short) / "ldapi"
        self.socket_path = socket_path
        self.process = None
        self.port = None
        self.arguments = ["-F", self.folder / "slapd.d"]  # where slapd finds its configuration
        self.environment = {}  # beside our own
        super().__init__(
            "ldapi://" + urllib.parse.quote(str(socket_path), safe=""), secrets.token_urlsafe(24), suffix
        )

    # ---- from the shipped files to a configuration

    def template(self, name):
        """The text of ldif/`name` with its @WORDS@ filled in, as docs/directory.md tells a sysadmin to."""
        words = {
            "SUFFIX": self.suffix,
            "DC": self.suffix.split(",")[0].split("=")[1],
            "SERVICE": self.service_dn,
            "ACCOUNTS": self.accounts,
            "ACCOUNTS_RDN": "ou: accounts",
            "ACCOUNT_CLASS": "lkAccount",
            "ACCOUNT_NAME": "uid",
            "ACCOUNT_OR_DECOY": f"([^,]+,ou=accounts|cn=decoy,ou=services),{self.suffix}",
            "DECOY": self.decoy_dn,
            "DECOY_RDN": "cn: decoy",
            "OPERATORS": self.operators,
            "OPERATORS_RDN": "cn: operators",
            "ORGANIZATIONS": self.organizations,
            "ORGANIZATIONS_RDN": "ou: organizations",
            "ORGANIZATION_CLASS": "lkOrganization",
            "ORGANIZATION_CLASSES": "top|organization",
            "ORGANIZATION_NAME": "o",
            "PERSON_CLASS": "inetOrgPerson",
            "PERSON_CLASSES": "top|person|organizationalPerson|inetOrgPerson",
            "PLAIN_ORGANIZATION_CLASS": "organization",
            "PROFILE_CLASS": "lkProfile",
            "PROFILE_MAIL": "mail",
            "DIRECTORY": str(self.folder),
            "DATABASE": "{1}mdb",
            "MODULES": "/usr/lib/ldap",
            "SYSTEM_SCHEMA": "file:///etc/ldap/schema",
            "SCHEMA": "file://" + urllib.parse.quote(str(self.share / "schema")),
            "ROOT_PASSWORD": self.admin_password,
            "PEERCRED": rf"gidNumber={os.getegid()}\+uidNumber={os.geteuid()},cn=peercred,cn=external,cn=auth",
        }
        text = (self.share / "ldif" / name).read_text()
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        return text + "\n"

    def _tool(self, program, database, text, *options):
        found = find_program(program)
        if found is None:
            raise RuntimeError(f"{program} is not installed (Debian package slapd)")
        done = subprocess.run(
            [found, *options, "-n", str(database), "-F", self.folder / "slapd.d"], input=text, text=True, capture_output=True
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr}")

    def is_made(self):
        return (self.folder / "slapd.d").exists()

    def write_configuration(self):
        """What start() does first where nothing is there yet: for those who fill the database before, with slapadd."""
        for name in ("slapd.d", "data", "log"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        entries = ("config.ldif", "modules.ldif", "log.ldif", "overlays.ldif")
        self._tool("slapadd", 0, "".join(self.template(name) for name in entries))
        changes = "".join(self.template(name) for name in ("indexes.ldif", "access.ldif"))
        self._tool("slapmodify", 0, changes + ("" if self.waits_for_disk else WITHOUT_DISK))
        self._tool("slapadd", 1, self.template("suffix.ldif") + self.template("base.ldif"))

    def change_offline(self, ldif):
        """Changes entries below the suffix while slapd does not run."""
        self._tool("slapmodify", 1, ldif)

    def do_without_refint(self):
        """Takes it out of the running server, as docs/scale.md advises for a great many people."""
        while found := self.admin.search_s("cn=config", ldap.SCOPE_SUBTREE, "(objectClass=olcRefintConfig)", ["1.1"]):
            self.admin.delete_s(found[0][0])

    @contextlib.contextmanager
    def without_new_accounts(self):
        """Meanwhile the running server's rules give the daemon no right to add an account."""
        database = "olcDatabase={1}mdb,cn=config"
        rules = self.values(database, "olcAccess")
        narrow = [re.sub(r'^(\{\d+\}to dn.exact="ou=accounts,[^"]*" attrs=children by dn.exact="[^"]*") write', r"\1 read", rule) for rule in rules]
        assert narrow != rules
        self.modify(database, replace={"olcAccess": narrow})
        try:
            yield
        finally:
            self.modify(database, replace={"olcAccess": rules})

    def load(self, name):
        """Adds the entries of ldif/`name` (demo.ldif) to the running directory as cn=admin."""
        done = subprocess.run(
            ["ldapadd", "-x", "-H", self.ldapi_uri, "-D", self.admin_dn, "-w", self.admin_password],
            input=self.template(name), text=True, capture_output=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"ldapadd {name}: {done.stderr}")

    # ---- the process

    def start(self):
        """Starts slapd and waits until it answers. The data of an earlier start are kept, and so is its port."""
        if not self.is_made():
            self.write_configuration()
        if self.port is None:
            self.port = free_port()
            self.ldap_uri = f"ldap://127.0.0.1:{self.port}"
        if not self._start_once():
            raise RuntimeError("slapd does not start: " + (self.folder / "slapd.log").read_text()[-2000:])
        return self

    def listens_at(self):
        return [self.ldapi_uri, self.ldap_uri + "/"]

    def _command(self):
        return [find_program("slapd"), *self.arguments, "-h", " ".join(self.listens_at()), "-d", self.log_level]

    def _start_once(self):
        with open(self.folder / "slapd.log", "ab") as log:
            self.process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent,
                env={**os.environ, **self.environment},
            )
        deadline = time.monotonic() + SLAPD_DEADLINE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            try:
                self.connect().unbind_s()
                return True
            except self.not_yet:
                time.sleep(0.01)
        self.kill()
        return False

    def stop(self):
        """Ends slapd in good order."""
        self._end(signal.SIGTERM)

    def kill(self):
        """Ends slapd at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how):
        self.forget_connections()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(SLAPD_DEADLINE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
        self._monitor_searches = 0

    def pause(self):
        """slapd hangs: it accepts and does not answer, until resume()."""
        self.process.send_signal(signal.SIGSTOP)
        self.wait_for(self._is_stopped, what="slapd to hang")

    def _is_stopped(self):
        """The signal returns before the last thread stands still: until then one may still answer, or end under our eyes."""
        threads = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        try:
            return all((thread / "stat").read_text().rpartition(")")[2].split()[0] == "T" for thread in threads)
        except (FileNotFoundError, ProcessLookupError):
            return False

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        """For fixtures: ends slapd and removes what lies outside the folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
        self.stop()
        if self._short:
            shutil.rmtree(self._short, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()
