# SPDX-License-Identifier: Apache-2.0
"""A private 389 Directory Server with the shipped schema, ACIs and settings, to be used like harness.directory.Directory.

    with Directory389(tmp_path / "directory") as directory: ...

It is made without dscreate, which wants systemd and writes outside the folder: from the server's own template of a configuration. From
then on everything is done as docs/389ds.md tells a sysadmin to. It listens on a Unix socket and a loopback port, from its first start.
"""
import base64
import getpass
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

import ldap

from .directory import SOURCE, Directory, find_program

PAGE = SOURCE / "docs" / "389ds.md"
SHARED = pathlib.Path("/usr/share/dirsrv/data")
SYSTEM = pathlib.Path("/etc/dirsrv")
FOLDERS = ("db", "log", "lock", "run", "ldif", "bak", "tmp")
DATABASE = "userRoot"
WRITE = re.compile(r'conn=(\d+) op=(\d+) (?:ADD|MOD|DEL|MODRDN) dn="([^"]*)"(?: authzid="([^"]*)")?')
OUTCOME = re.compile(r'conn=(\d+) op=(\d+) RESULT err=(\d+) .*? etime=[\d.]+(?: dn="([^"]*)")?')


# What dscreate adds for a suffix.
BACKEND = """dn: cn={database},cn=ldbm database,cn=plugins,cn=config
objectClass: extensibleObject
objectClass: nsBackendInstance
cn: {database}
nsslapd-suffix: {suffix}

dn: cn="{suffix}",cn=mapping tree,cn=config
objectClass: extensibleObject
objectClass: nsMappingTree
cn: {suffix}
nsslapd-state: backend
nsslapd-backend: {database}

dn: {suffix}
objectClass: domain
dc: {dc}
"""


def is_installed():
    return find_program("ns-slapd") is not None and SHARED.exists()


def hashed(password):
    salt = os.urandom(8)
    return "{SSHA512}" + base64.b64encode(hashlib.sha512(password.encode() + salt).digest() + salt).decode()


class Directory389(Directory):
    not_yet = (ldap.SERVER_DOWN, ldap.UNAVAILABLE, ldap.BUSY)
    daemon_settings = {"directory.password_method": "userPassword"}

    def __init__(self, folder, suffix="dc=example,dc=com"):
        super().__init__(folder, suffix)
        self._log_place = 0
        self._bound, self._asked, self._written = {}, {}, {}  # conn: DN; (conn, op): (DN, acting as); DN: [(key, conn, acting as)]

    hash_begins = "{PBKDF2-SHA512}"

    @staticmethod
    def stored(password):
        """The server hashes what it is given."""
        return password

    # ---- from the server's template to a configuration

    def is_made(self):
        return (self.folder / "made").exists()

    def _write_template(self):
        for name in FOLDERS:
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        shutil.copytree(SYSTEM / "schema", self.folder / "schema", dirs_exist_ok=True)
        for name in ("slapd-collations.conf", "certmap.conf"):
            shutil.copy(SYSTEM / "config" / name, self.folder)
        words = {
            "cert_dir": self.folder, "config_dir": self.folder, "inst_dir": self.folder, "db_home_dir": self.folder / "db",
            "db_lib": "bdb", "ds_passwd": hashed(self.admin_password), "ds_port": 0, "ds_suffix": self.suffix,
            "ds_user": getpass.getuser(), "fqdn": "localhost", "instance_name": "private", "ldapi": self.socket_path,
            "ldapi_autobind": "on", "ldapi_enabled": "on", "rootdn": self.admin_dn, "schema_dir": self.folder / "schema",
            **{f"{name}_dir": self.folder / name for name in FOLDERS},
        }  # fmt: skip
        text = (SHARED / "template-dse.ldif").read_text()
        for word, value in words.items():
            text = text.replace(f"%{word}%", str(value))
        text = text.replace("nsslapd-port:", "nsslapd-listenhost: 127.0.0.1\nnsslapd-accesslog-logbuffering: off\nnsslapd-port:", 1)
        # As WITHOUT_DISK of directory.py.
        text = text.replace("nsslapd-backend-implement: bdb\n", "nsslapd-backend-implement: bdb\nnsslapd-db-durable-transaction: off\n", 1)
        (self.folder / "dse.ldif").write_text(text)

    def run_commands(self, commands):
        """Commands of the page, with what it says to set before."""
        password = self.folder / "password"
        password.write_text(self.admin_password)
        given = {"LDAPURI": self.ldapi_uri, "SHARE": str(SOURCE), "SUFFIX": self.suffix, "DATABASE": DATABASE,
                 "DAEMON": getpass.getuser(), "ADMIN": self.admin_dn, "PASSWORD": str(password)}  # fmt: skip
        done = subprocess.run(["bash", "-e", "-o", "pipefail"], input=commands, text=True, capture_output=True, env={**os.environ, **given})
        assert done.returncode == 0, done.stdout + done.stderr

    def add_backend(self):
        text = BACKEND.format(database=DATABASE, suffix=self.suffix, dc=self.suffix.split(",")[0].split("=")[1])
        self.run_commands(f"ldapadd -x -D \"$ADMIN\" -y \"$PASSWORD\" <<'END'\n{text}END\n")

    def write_configuration(self):
        self._write_template()
        shutil.copy(SOURCE / "schema" / "latchkey-389ds.ldif", self.folder / "schema" / "99latchkey.ldif")
        (self.folder / "made").touch()
        self.start()
        self.add_backend()
        for commands in re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE.read_text()):
            self.run_commands(commands)
        self.stop()

    # ---- the process

    def _command(self):
        dse = self.folder / "dse.ldif"
        dse.write_text(re.sub(r"(?m)^nsslapd-port: .*$", f"nsslapd-port: {self.port}", dse.read_text()))
        return [find_program("ns-slapd"), "-D", self.folder, "-i", self.folder / "run" / "pid", "-d", "0"]

    # ---- looking

    def writes(self, dns):
        """Out of the access log, which names whoever the daemon acts as (modifiersName is the daemon's then), but no attributes."""
        self.wait_for(lambda: self._log_is_whole(dns), what="the access log to tell how each write has ended")
        return {key: (acting or self._bound[conn], []) for key, conn, acting in self._writes_to(dns)}

    def _writes_to(self, dns):
        return [record for dn in dns for record in self._written.get(dn.lower(), [])]

    def _log_is_whole(self, dns):
        """A write is logged before it is carried out, how it ended a little after the client knows; so is a bind."""
        self._read_log()
        return not self._asked and all(acting or conn in self._bound for _, conn, acting in self._writes_to(dns))

    def _read_log(self):
        with open(self.folder / "log" / "access", "rb") as log:
            log.seek(self._log_place)
            for line in log:
                if not line.endswith(b"\n"):
                    return
                self._log_place += len(line)
                self._read_line(line.decode(errors="replace"))

    def _read_line(self, line):
        if (found := OUTCOME.search(line)) is not None:
            conn, op, code, who = found.groups()
            dn, acting = self._asked.pop((conn, op), (None, None))
            if who is not None:
                self._bound[conn] = who
            elif dn is not None and code == "0":
                self._written.setdefault(dn, []).append((line.split("]")[0], conn, acting))
        elif (found := WRITE.search(line)) is not None:
            conn, op, dn, acting = found.groups()
            self._asked[conn, op] = (dn.lower(), acting)
