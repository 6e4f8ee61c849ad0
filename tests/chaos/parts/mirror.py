# SPDX-License-Identifier: Apache-2.0
"""Two providers in mirror mode, HAProxy before them, and two daemons, each on a machine of its own (parts/network.py), made from
the files that are shipped: ldif/mirror.ldif and docs/haproxy/haproxy.cfg.

        one ────────── two           the providers
          \\            /
           \\          /
             balancer                HAProxy: the daemons' only way
            /        \\
        left          right          the daemons
"""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import ldap
import pytest

from harness.certificates import Authority
from harness.daemon import Daemon
from harness.directory import SOURCE, Directory, find_program
from parts.network import LIBC, Network, enter
from parts.world import SETTINGS

MACHINES = ["one", "two", "balancer", "left", "right"]
CABLES = [("one", "two"), ("balancer", "one"), ("balancer", "two"), ("left", "balancer"), ("right", "balancer")]
PORT = 636


def die_with_parent_inside(descriptor):
    def prepare():
        enter(descriptor)
        LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    return prepare


class Provider(Directory):
    """slapd on a machine of the network. Looked at through its Unix socket, which knows no machines."""

    changes = ("indexes.ldif", "access.ldif", "mirror.ldif")

    def __init__(self, folder, network, name, number, addresses, other_url, tls):
        super().__init__(folder)
        self.network, self.name, self.number, self.addresses = network, name, number, addresses
        self.words = {"SERVER_ID": str(number), "OTHER": other_url, "LOG_DATABASE": "{3}mdb", "TLS": str(tls)}

    def template(self, name):
        text = super().template(name)
        for word, value in self.words.items():
            text = text.replace(f"@{word}@", value)
        return text

    def write_configuration(self):
        for name in ("slapd.d", "data", "log"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        entries = ("config.ldif", "modules.ldif", "log.ldif", "overlays.ldif")
        self._tool("slapadd", 0, "".join(self.template(name) for name in entries))
        self._tool("slapmodify", 0, "".join(self.template(name) for name in self.changes))
        if self.number == 1:  # the other gets all of it from this one
            self._tool("slapadd", 1, self.template("suffix.ldif") + self.template("base.ldif"))

    def listens_at(self):
        return [self.ldapi_uri, *(f"ldaps://{address}:{PORT}/" for address in self.addresses)]

    def _start_once(self):
        with self.network.inside(self.name):
            return super()._start_once()

    def known_changes(self):
        """contextCSN: the last change of each provider that has arrived here."""
        return sorted(self.values(self.suffix, "contextCSN"))

    def last_of(self, provider, base=None):
        """The last change of that provider that this one has, as its data or its log (base="cn=log") name it; "" before the first."""
        return max((csn for csn in self.values(base or self.suffix, "contextCSN") if csn.split("#")[2] == f"{provider.number:03}"), default="")

    def begin_log_anew(self):
        """What the log names as its beginning is right when it has been begun after the data, and slapd started twice since."""
        self.stop()
        self._empty("log")
        self.start()
        self.wait_for(lambda: self.read("cn=log", ["minCSN"]), what="the log to begin")
        self.stop()
        self.start()

    def empty(self):
        """It then fills itself from the other one."""
        self.stop()
        self._empty("data")
        self._empty("log")
        self.start()

    def _empty(self, folder):
        for file in (self.folder / folder).iterdir():
            file.unlink()

    def everything(self):
        """{dn: attributes}, but for what each server counts for itself."""
        return {dn: {name: sorted(map(repr, values)) for name, values in entry.items() if name != "contextCSN"}
                for dn, entry in self.search("(objectClass=*)", attributes=["*", "+"])}


class Balancer:
    """HAProxy with the shipped configuration, its addresses and files changed."""

    file = "haproxy.cfg"

    def __init__(self, folder, network, machine, servers, authority, places):
        self.folder, self.network, self.machine = pathlib.Path(folder), network, machine
        self.folder.mkdir()
        text = (SOURCE / "docs" / "haproxy" / self.file).read_text()
        for place, ours in (
            ("    user haproxy\n    group haproxy\n", ""), ("log /dev/log local0", "log stderr format raw local0"),
            ("/etc/haproxy/authority.pem", str(authority)), ("one.example.com:636", servers[0]), ("two.example.com:636", servers[1]),
            *places,
        ):
            assert place in text, place
            text = text.replace(place, ours)
        self.configuration = self.folder / "haproxy.cfg"
        self.configuration.write_text(text)
        self.process = None

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [find_program("haproxy"), "-db", "-f", self.configuration], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=die_with_parent_inside(self.network.descriptor(self.machine)),
            )

    def kill(self):
        self.process.kill()
        self.process.wait()

    def command(self, words):
        with socket.socket(socket.AF_UNIX) as admin:
            admin.settimeout(5)
            admin.connect(str(self.folder / "admin"))
            admin.sendall(words.encode() + b"\n")
            return b"".join(iter(lambda: admin.recv(65536), b"")).decode()

    def chosen(self):
        """The provider that all new sessions go to; None before the first session."""
        found = re.search(r"server_id=(\d+)", self.command("show table ldaps"))
        return {"1": "one", "2": "two"}[found[1]] if found else None

    def is_up(self, server):
        for line in self.command("show stat").splitlines():
            fields = line.split(",")
            if fields[:2] == ["ldaps", server]:
                return fields[17].startswith("UP") and "/" not in fields[17]
        raise AssertionError("no such server")


class MachineDaemon(Daemon):
    """latchkeyd on a machine of the network; it listens on that machine's loopback."""

    network = name = None

    def start(self, wait=True):
        with self.network.inside(self.name):
            super().start(wait)

    def probe(self, path):
        with self.network.inside(self.name):
            return super().probe(path)


class Mirror:
    """with Mirror(folder) as mirror: all is up, and the second provider has everything."""

    machines, wires, provider_kind = MACHINES, CABLES, Provider

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.network = Network()
        self.cables, self.addresses = {}, {}
        self.remembered = set()

    def _lay_cables(self):
        for name in self.machines:
            self.network.machine(name)
        for number, (a, b) in enumerate(self.wires):
            self.addresses[a, b], self.addresses[b, a] = f"10.77.{number}.1", f"10.77.{number}.2"
            self.cables[a, b] = self.network.connect(a, self.addresses[a, b], b, self.addresses[b, a])

    def _certificates(self):
        """Both providers answer for the balancer's addresses too: TLS goes through it."""
        self.authority = Authority(self.folder / "authority")
        at_balancer = [f"IP:{address}" for address in self._balancer_addresses()]
        self.daemon_pair = self.authority.issue("latchkeyd", subject="/O=Latchkey/CN=latchkeyd")
        replicator = self.authority.issue("replicator", subject="/O=Latchkey/CN=replicator")
        self.tls = {}
        for name, other in (("one", "two"), ("two", "one")):
            own = [f"IP:{address}" for address in self._provider_addresses(name)]
            pair = self.authority.issue(name, names=own + at_balancer)
            folder = self.tls[name] = self.folder / f"tls-{name}"
            folder.mkdir()
            for file, source in (("authority.pem", self.authority.certificate), ("certificate.pem", pair.certificate), ("key.pem", pair.key),
                                 ("replicator.pem", replicator.certificate), ("replicator.key", replicator.key)):
                (folder / file).symlink_to(source)

    def _provider_addresses(self, name):
        return [address for (machine, _), address in self.addresses.items() if machine == name]

    def _balancer_addresses(self):
        return [self.addresses["balancer", side] for side in ("left", "right")]

    def _provider(self, name, other, number):
        url = f"ldaps://{self.addresses[other, name]}:{PORT}"
        return self.provider_kind(self.folder / name, self.network, name, number, self._provider_addresses(name), url, self.tls[name])

    def _daemon(self, name):
        settings = {
            **SETTINGS, "directory.uri": self.uri(name), "directory.ca_file": str(self.authority.certificate),
            "directory.certificate": str(self.daemon_pair.certificate), "directory.private_key": str(self.daemon_pair.key),
            "links.key_ring": str(self.folder / "keys"), "server.public_url": "http://127.0.0.1:8080", "server.listen": "127.0.0.1:8080",
            "courier.deliver_to": f"maildir:{self.folder / 'mail'}", "sessions.per_account": "64",
        }
        daemon = MachineDaemon(self.folder / name, self.providers["one"], settings=settings, public_url="http://127.0.0.1:8080")
        daemon.network, daemon.name, daemon.port = self.network, name, 8080
        return daemon

    def _start_balancers(self, stack):
        servers = [f"{self.addresses[name, 'balancer']}:{PORT}" for name in ("one", "two")]
        binds = ",".join(f"{address}:{PORT}" for address in self._balancer_addresses())
        folder = self.folder / "balancer"
        places = [("/run/haproxy/admin.sock", str(folder / "admin")), ("bind :636", f"bind {binds}")]
        self.balancer = Balancer(folder, self.network, "balancer", servers, self.authority.certificate, places)
        self.balancer.start()
        stack.callback(self.balancer.kill)

    def uri(self, machine):
        return f"ldaps://{self.addresses['balancer', machine]}:{PORT}"

    def connect(self, machine, uri=None, dn=None, password=None, patience=3.0):
        """From a machine and by the way that it has: what a sysadmin does goes to the same provider. As the administrator unless a DN is
        given. An answer is waited for `patience` seconds."""
        with self.network.inside(machine):
            connection = ldap.initialize(uri or self.uri(machine))
            connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(self.authority.certificate))
            connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
            connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 3.0)
            connection.set_option(ldap.OPT_TIMEOUT, patience)
            connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
            connection.simple_bind_s(dn or self.providers["one"].admin_dn, password or self.providers["one"].admin_password)
            return connection

    @contextlib.contextmanager
    def without(self, *cables):
        for cable in cables:
            self.cables[cable].cut()
        try:
            yield
        finally:
            for cable in cables:
                self.cables[cable].heal()

    def wait_in_step(self, seconds=30.0):
        """Until either provider knows all that either knows now. How long that took."""
        begun = time.monotonic()
        known = {}
        for provider in self.providers.values():
            for csn in provider.known_changes():
                known[csn.split("#")[2]] = max(csn, known.get(csn.split("#")[2], ""))

        def knows_all(provider):
            here = {csn.split("#")[2]: csn for csn in provider.known_changes()}
            return all(here.get(number, "") >= csn for number, csn in known.items())

        for provider in self.providers.values():
            provider.wait_for(lambda: knows_all(provider), seconds, "the providers to be in step")
        return time.monotonic() - begun

    def begin_logs_anew(self):
        """docs/replication.md, "Steps": the last one at the directory."""
        for provider in self.providers.values():
            provider.begin_log_anew()
        self.wait_in_step()

    def fill_anew(self, name):
        """One of them, from the other (docs/replication.md, "Filled anew")."""
        provider, other = self.providers[name], self.providers["two" if name == "one" else "one"]
        self.remembered |= self._logged(provider)
        provider.empty()
        provider.wait_for(lambda: provider.known_changes() == other.known_changes(), what=f"{name} to be filled")
        provider.begin_log_anew()

    def look_after(self, name):
        """What a sysadmin does when a provider that was killed is back (docs/replication.md, "A provider that was killed"): a change that was
        under way may be in its data and not in its log, so that the other never hears of it. Whether that was so."""
        provider, other = self.providers[name], self.providers["two" if name == "one" else "one"]
        done, logged = provider.last_of(provider), provider.last_of(provider, "cn=log")
        assert done >= logged, f"{name} has forgotten how far it is"
        if done == logged:
            return False
        provider.wait_for(lambda: other.last_of(provider) >= logged, what="the other to have all that is in the log")
        self.fill_anew(name)
        return True

    def unlike(self):
        """What docs/haproxy/alike says, line by line: the entries of which the two do not hold the same."""
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(self.providers["one"].admin_password)
        urls = [f"ldaps://{self.addresses[name, 'balancer']}:{PORT}" for name in ("one", "two")]
        done = subprocess.run(
            [SOURCE / "docs" / "haproxy" / "alike", "-1", urls[0], "-2", urls[1], "-b", self.providers["one"].suffix,
             "-D", self.providers["one"].admin_dn, "-y", password, "-c", self.authority.certificate],
            stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent_inside(self.network.descriptor("balancer")),
        )
        names = done.stdout.splitlines()
        assert done.returncode == (1 if names else 0), done
        return names

    @staticmethod
    def _logged(provider):
        """The CSN of every change that its log remembers."""
        found = set()
        for _, entry in provider.search("(objectClass=auditWriteObject)", "cn=log", ["reqMod"]):
            for change in entry.get("reqMod", ()):
                if isinstance(change, str) and change.lower().startswith(("entrycsn:+ ", "entrycsn:= ")):
                    found.add(change.partition(" ")[2])
        return found

    def changes_in_order(self):
        """[(CSN, provider)] of every change that either provider remembers (cn=log), or did before it was filled anew, in order."""
        found = self.remembered.union(*map(self._logged, self.providers.values()))
        names = {"000": "nobody", "001": "one", "002": "two"}  # nobody: what was there before the mirror
        return [(csn, names[csn.split("#")[2]]) for csn in sorted(found)]

    def spent(self, name, since):
        """The lkToken values that this provider has taken away for somebody, after its change `since`."""
        found, own = set(), f"#{self.providers[name].number:03}#"
        for _, entry in self.providers[name].search("(objectClass=auditModify)", "cn=log", ["reqMod"]):
            changes = [change for change in entry.get("reqMod", ()) if isinstance(change, str)]
            if any(change.lower().startswith("entrycsn:= ") and own in change and change.partition(" ")[2] > since for change in changes):
                found.update(change.partition(" ")[2] for change in changes if change.startswith("lkToken:- "))
        return found

    def last_change(self):
        return self.changes_in_order()[-1][0]

    def writers_since(self, begun):
        """Who took the changes since then, one after the other."""
        order = [provider for csn, provider in self.changes_in_order() if csn > begun]
        return [provider for provider, former in zip(order, [None, *order]) if provider != former]

    def wait_until_up(self, seconds=30.0):
        """Until HAProxy would give the work to either."""
        self.providers["one"].wait_for(lambda: all(self.balancer.is_up(name) for name in self.providers), seconds, "both providers to pass their checks")

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.network)
            self._lay_cables()
            self._certificates()
            self.providers = {"one": self._provider("one", "two", 1), "two": self._provider("two", "one", 2)}
            self.providers["two"].admin_password = self.providers["one"].admin_password
            for provider in self.providers.values():
                stack.enter_context(provider)
            self.wait_in_step()
            self.begin_logs_anew()
            self._start_balancers(stack)
            self.daemons = {}
            for name in ("left", "right"):
                self.daemons[name] = self._daemon(name)
                stack.callback(self._end, self.daemons[name])
                self.daemons[name].start()
            self.stack = stack.pop_all()
        return self

    @staticmethod
    def _end(daemon):
        if daemon.process is not None:
            daemon.kill()

    def __exit__(self, *_):
        self.stack.close()


@contextlib.contextmanager
def running(kind, tmp_path_factory):
    """A Mirror, for a fixture. In memory where that is possible: two providers and their logs flush each change four times, and the disk
    is one. The logs are kept on the disk, for whoever wants to know what happened."""
    missing = Network.why_not()
    if missing:
        pytest.skip(missing)
    memory = pathlib.Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        memory = tmp_path_factory.mktemp("mirror")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lk-mirror-", dir=memory))
    try:
        with kind(folder) as ready:
            yield ready
    finally:
        place = tmp_path_factory.mktemp("logs")
        for log in (*folder.glob("*/log"), *folder.glob("*/slapd.log")):
            if log.is_file():
                shutil.copy(log, place / f"{log.parent.name}-{log.name}")
        shutil.rmtree(folder)
