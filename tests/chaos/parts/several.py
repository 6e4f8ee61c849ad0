# SPDX-License-Identifier: Apache-2.0
"""Two providers in mirror mode and two daemons, each daemon with a HAProxy of its own beside it, made from the files that are
shipped: ldif/mirror.ldif, ldif/writer.ldif, and docs/haproxy/haproxy-several.cfg, writer and in-step.

        one ────────── two           the providers, and who says which of them takes writes
         | \\          / |
         |   \\      /   |
         |     \\  /     |
         |     /  \\     |
        left          right          a daemon and its HAProxy
"""
import itertools
import pathlib
import socket
import socketserver
import ssl
import subprocess
import threading

import ldap

from harness.directory import SOURCE
from parts.mirror import PORT, Balancer, Mirror, Provider, die_with_parent_inside

SIDES = ("left", "right")
VIEW_PORT = 10390
AGENT_PORT = 10391
READS_PORT = 1636
HAPROXY = SOURCE / "docs" / "haproxy"
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


class Agent:
    """What systemd does with a socket: the program is started for each connection, which is its input and its output."""

    def __init__(self, network, machine, port, command):
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                subprocess.run(command, stdin=self.request, stdout=self.request, stderr=subprocess.DEVNULL,
                               preexec_fn=die_with_parent_inside(network.descriptor(machine)))

        with network.inside(machine):
            self.server = socketserver.ThreadingTCPServer(("127.0.0.1", port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


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
            in_step = [HAPROXY / "in-step", "-1", f"ldaps://{servers[0]}", "-2", f"ldaps://{servers[1]}",
                       "-b", self.providers["one"].suffix, "-c", self.authority.certificate]
            stack.callback(Agent(self.network, side, AGENT_PORT, in_step).close)
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
        command = [HAPROXY / "writer", what, "-o", provider.words["OTHER"], "-l", provider.ldapi_uri,
                   "-c", self.authority.certificate, *options]
        folder = self.folder / f"writer-{name}"
        folder.mkdir()
        with open(folder / "log", "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       preexec_fn=die_with_parent_inside(self.network.descriptor(name)))
        stack.callback(process.wait)
        stack.callback(process.kill)

    def reader(self, side, dn=None, password=None):
        """A session through the listener for those who only read: at the provider that HAProxy chooses. As the administrator unless a
        DN is given. It waits as long as a provider may stop for while it takes over, or steps down."""
        return self.connect(side, f"ldaps://127.0.0.1:{READS_PORT}", dn, password, patience=30.0)

    def provider_of(self, session):
        """The name of the provider that this session is with, by the certificate that it showed."""
        shown = session.get_option(ldap.OPT_X_TLS_PEERCERT)
        return next(name for name, folder in self.tls.items()
                    if ssl.PEM_cert_to_DER_cert(pathlib.Path(folder, "certificate.pem").read_text()) == shown)

    def ask_in_step(self, side, name):
        """What HAProxy there is told of that provider."""
        with self.network.inside(side), socket.create_connection(("127.0.0.1", AGENT_PORT), 20) as agent:
            agent.sendall(f"{name}\n".encode())
            return b"".join(iter(lambda: agent.recv(4096), b"")).decode()

    def writers(self):
        return [name for name, provider in self.providers.items() if provider.process is not None and provider.is_writer()]

    def wait_copied(self, name, seconds=30.0):
        """Until the other provider has all that this one has written. (What a provider that was killed knows of its own changes may lag
        behind: of those that the other has all of it.)"""
        source, target = self.providers[name], next(p for p in self.providers.values() if p.name != name)

        def own(provider):
            return [csn for csn in provider.known_changes() if csn.split("#")[2] == f"{source.number:03}"]

        target.wait_for(lambda: own(target) >= own(source), seconds, "the providers to be in step")
