# SPDX-License-Identifier: Apache-2.0
"""Two providers in mirror mode and two daemons, each daemon with a HAProxy of its own beside it, made from the files that are
shipped: ldif/mirror.ldif, ldif/writer.ldif, docs/haproxy/haproxy-several.cfg and docs/haproxy/writer.

        one ────────── two           the providers, and who says which of them takes writes
         | \\          / |
         |   \\      /   |
         |     \\  /     |
         |     /  \\     |
        left          right          a daemon and its HAProxy
"""
import itertools
import subprocess

import ldap

from harness.directory import SOURCE
from parts.mirror import PORT, Balancer, Mirror, Provider, die_with_parent_inside

SIDES = ("left", "right")
VIEW_PORT = 10390
DATABASE = "olcDatabase={1}mdb,cn=config"


class SeveralProvider(Provider):
    changes = (*Provider.changes, "writer.ldif")

    def __init__(self, *where):
        super().__init__(*where)
        self.words["READ_ONLY"] = "FALSE" if self.number == 1 else "TRUE"

    def template(self, name):
        """Who runs the tests is at the Unix socket the daemon: for `writer` that one may write cn=config, as root may elsewhere."""
        return super().template(name).replace("  by * read\n", f'  by dn.exact="{self.service_dn}" manage\n  by * read\n')

    def is_writer(self):
        return self.values(DATABASE, "olcReadOnly") != ["TRUE"]

    def set_read_only(self, is_read_only):
        self.modify(DATABASE, replace={"olcReadOnly": str(is_read_only).upper()})

    def takes_writes(self):
        """Tried, not asked."""
        try:
            self.modify(self.accounts, replace={"description": self.name})
        except ldap.UNWILLING_TO_PERFORM:
            return False
        return True


class SideBalancer(Balancer):
    file = "haproxy-several.cfg"


class Several(Mirror):
    machines = ["one", "two", *SIDES]
    wires = [("one", "two"), *itertools.product(SIDES, ("one", "two"))]
    provider_kind = SeveralProvider

    def _balancer_addresses(self):
        return ["127.0.0.1"]

    def uri(self, machine):
        return f"ldaps://127.0.0.1:{PORT}"

    def _start_balancers(self, stack):
        self.balancers = {}
        for side in SIDES:
            servers = [f"{self.addresses[name, side]}:{PORT}" for name in ("one", "two")]
            places = [("bind 192.0.2.10:10390", f"bind {self.addresses[side, 'two']}:{VIEW_PORT}")]
            balancer = self.balancers[side] = SideBalancer(self.folder / f"balancer-{side}", self.network, side, servers,
                                                           self.authority.certificate, places)
            balancer.start()
            stack.callback(balancer.kill)
        views = [word for side in SIDES for word in ("-v", f"http://{self.addresses[side, 'two']}:{VIEW_PORT}/one-is-down")]
        self._start_writer(stack, "two", "take", "one", views)
        self._start_writer(stack, "one", "yield", "two", [])

    def _start_writer(self, stack, name, what, other, options):
        provider = self.providers[name]
        command = [SOURCE / "docs" / "haproxy" / "writer", what, "-o", provider.words["OTHER"], "-l", provider.ldapi_uri,
                   "-c", self.authority.certificate, *options]
        folder = self.folder / f"writer-{name}"
        folder.mkdir()
        with open(folder / "log", "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       preexec_fn=die_with_parent_inside(self.network.descriptor(name)))
        stack.callback(process.wait)
        stack.callback(process.kill)

    def writers(self):
        return [name for name, provider in self.providers.items() if provider.process is not None and provider.is_writer()]

    def wait_copied(self, name, seconds=30.0):
        """Until the other provider has all that this one has written. (What a provider that was killed knows of its own changes may lag
        behind: of those that the other has all of it.)"""
        source, target = self.providers[name], next(p for p in self.providers.values() if p.name != name)

        def own(provider):
            return [csn for csn in provider.known_changes() if csn.split("#")[2] == f"{source.number:03}"]

        target.wait_for(lambda: own(target) >= own(source), seconds, "the providers to be in step")
