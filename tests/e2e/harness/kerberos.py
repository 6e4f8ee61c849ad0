# SPDX-License-Identifier: Apache-2.0
"""A Kerberos realm of our own, MIT's KDC behind it, and a slapd that takes its tickets.

    with Realm(tmp_path / "realm") as realm:
        realm.add("ldap/localhost", "olga")
        keytab = realm.keytab("olga")
        with KerberosDirectory(tmp_path / "directory", realm) as directory:
            environment = realm.ticket("olga")                        # kinit -kt: KRB5CCNAME and what goes with it
            with KerberosDaemon(tmp_path / "daemon", directory, settings={"directory.keytab": keytab}) as daemon:

Everything lies in the given folder; the KDC listens on a loopback port. Nothing of the machine's own Kerberos is read.
"""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from .daemon import Daemon
from .directory import Directory, find_program
from .ports import free_port
from .processes import die_with_parent

DEADLINE = 30.0
HOST = "localhost"
LONGEST = 3600


class Realm:
    def __init__(self, folder, name="LATCHKEY.EXAMPLE"):
        self.folder = pathlib.Path(folder)
        self.name = name
        self.port = free_port()
        self.process = None
        self.log_path = self.folder / "kdc.log"
        self.environment = {"KRB5_CONFIG": str(self.folder / "krb5.conf"), "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf")}

    # ---- configuration

    def _write_configuration(self):
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.know(self)
        (self.folder / "kdc.conf").write_text(
            f"[kdcdefaults]\nkdc_listen = 127.0.0.1:{self.port}\nkdc_tcp_listen = 127.0.0.1:{self.port}\nkdc_tcp_listen_backlog = 128\n"
            f"[realms]\n{self.name} = {{\ndatabase_name = {self.folder}/principal\nkey_stash_file = {self.folder}/stash\n"
            f"max_life = {LONGEST}s\ndefault_principal_flags = +preauth\nsupported_enctypes = aes256-cts-hmac-sha1-96:normal\n}}\n"
            f"[logging]\nkdc = FILE:{self.log_path}\n"
        )

    def know(self, services):
        """Writes krb5.conf: this realm, and that of the services."""
        realms = "".join(f"{name} = {{\nkdc = 127.0.0.1:{port}\n}}\n" for name, port in {(r.name, r.port) for r in (self, services)})
        # TCP: a lost datagram would be waited for. The usual skew of minutes: a busy machine may take seconds from the reading of a clock
        # to its check. It puts no expiry off: whoever would use a ticket does not use one that has expired.
        (self.folder / "krb5.conf").write_text(
            f"[libdefaults]\ndefault_realm = {self.name}\ndns_lookup_kdc = false\ndns_lookup_realm = false\n"
            "dns_canonicalize_hostname = false\nrdns = false\nudp_preference_limit = 1\n"
            f"[realms]\n{realms}[domain_realm]\n{HOST} = {services.name}\n"
        )

    def _run(self, program, *arguments, **more):
        done = subprocess.run([find_program(program), *map(str, arguments)], text=True, capture_output=True,
                              env={**os.environ, **self.environment}, **more)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")
        return done.stdout

    def _administer(self, *command):
        self._run("kadmin.local", "-r", self.name, *command)

    # ---- principals

    def add(self, *names, longest=LONGEST):
        """With random keys; their tickets live for so many seconds at most."""
        for name in names:
            self._administer("addprinc", "-randkey", "-maxlife", f"{longest} seconds", name)

    def change_key(self, name):
        self._administer("cpw", "-randkey", name)

    def keytab(self, *names, file=None):
        """A keytab with the keys of these, as they are. Who reads it finds the former one, or this one."""
        path = pathlib.Path(file or self.folder / ("+".join(names).replace("/", "_") + ".keytab"))
        fresh = path.with_name(path.name + ".new")
        self._administer("ktadd", "-q", "-norandkey", "-k", fresh, *names)
        return fresh.replace(path)

    # ---- tickets

    def no_ticket(self):
        """The environment of somebody of this realm who has none."""
        return {**self.environment, "KRB5CCNAME": f"FILE:{self.folder}/none"}

    def ticket(self, name, lifetime=LONGEST):
        """The environment of somebody who has done kinit."""
        cache = {"KRB5CCNAME": f"FILE:{self.folder}/{name.replace('/', '_')}.{time.monotonic_ns()}.cache"}
        subprocess.run(["kinit", "-l", f"{lifetime}s", "-kt", self.keytab(name), name], check=True, capture_output=True,
                       env={**os.environ, **self.environment, **cache})
        return {**self.environment, **cache}

    @staticmethod
    def wait_expired(environment):
        """Until klist says that no ticket of this environment is good any more."""
        deadline = time.monotonic() + DEADLINE
        while subprocess.run(["klist", "-s"], env={**os.environ, **environment}).returncode == 0:
            assert time.monotonic() < deadline, "the ticket does not expire"
            time.sleep(0.05)

    def issued(self, name):
        """The times at which the KDC gave this one a ticket for its keys (not for another ticket)."""
        log = self.log_path.read_text() if self.log_path.exists() else ""
        return [int(when) for when in re.findall(rf"AS_REQ .*ISSUE: authtime (\d+),.* {re.escape(name)}@", log)]

    def exchanges(self, name):
        """What the KDC has given this one, in its order: "AS" a ticket for its keys, "TGS" one for a service."""
        log = self.log_path.read_text() if self.log_path.exists() else ""
        return re.findall(rf" (AS|TGS)_REQ .*ISSUE: .* {re.escape(name)}@", log)

    # ---- the KDC

    def start(self):
        if not self.folder.exists():
            self._write_configuration()
            self._run("kdb5_util", "-r", self.name, "create", "-s", "-P", "master key of a test")
        self.process = subprocess.Popen([find_program("krb5kdc"), "-n", "-r", self.name], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env={**os.environ, **self.environment}, preexec_fn=die_with_parent)
        deadline = time.monotonic() + DEADLINE
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < deadline, "the KDC does not start: " + self.log_path.read_text()
            time.sleep(0.01)
        return self

    def _answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(DEADLINE)
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class KerberosDirectory(Directory):
    """Takes tickets for ldap/localhost. Of the realm's people, `latchkeyd` and `latchkeyd/patient` are the daemon, and the others are the
    accounts of their names."""

    def __init__(self, folder, realm, **more):
        super().__init__(folder, **more)
        self.realm = realm
        self.environment = {**realm.environment, "KRB5_KTNAME": str(realm.keytab(f"ldap/{HOST}"))}

    @property
    def kerberos_uri(self):
        return f"ldap://{HOST}:{self.port}"

    def write_configuration(self):
        super().write_configuration()
        self._tool(
            "slapmodify", 0,
            f"dn: cn=config\nchangetype: modify\nreplace: olcSaslHost\nolcSaslHost: {HOST}\n-\n"
            f'add: olcAuthzRegexp\nolcAuthzRegexp: {{0}}"^uid=latchkeyd(/patient)?,cn=gssapi,cn=auth$" "{self.service_dn}"\n',
        )


class KerberosDaemon(Daemon):
    """Binds by GSSAPI, and has nothing of the machine's own Kerberos around it."""

    def __init__(self, folder, directory, settings=None, environment=None):
        ways = {"directory.uri": directory.kerberos_uri, "directory.bind": "gssapi"}
        super().__init__(folder, directory, settings={**ways, **(settings or {})})
        self.kerberos = directory.realm.no_ticket() if environment is None else environment

    def environment(self):
        return {**super().environment(), **self.kerberos}
