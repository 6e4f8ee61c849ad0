# SPDX-License-Identifier: Apache-2.0
"""Machines that are network namespaces, and cables between them that can be pulled.

    with Network() as network:
        network.machine("a"), network.machine("b")
        cable = network.connect("a", "10.77.1.1", "b", "10.77.1.2")
        with network.inside("a"):        # sockets made by this thread belong to a; so do programs that it starts
            ...
        cable.cut()                      # silently: nobody is told, packets are gone
        cable.heal()

Needs root, and a kernel that lets it make namespaces: Network.why_not() says what is missing, or nothing. The names hold the
process' number; what a process that was killed has left behind is taken away by the next.
"""
import contextlib
import ctypes
import os
import pathlib
import re
import subprocess
import threading

CLONE_NEWNET = 0x40000000
FOLDER = pathlib.Path("/run/netns")
LIBC = ctypes.CDLL(None, use_errno=True)


def ip(*words):
    done = subprocess.run(["ip", *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"ip {' '.join(map(str, words))}: {done.stderr.strip()}")


def enter(descriptor):
    """For the calling thread, or in a preexec_fn for the program that is about to be."""
    if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def sweep():
    for file in FOLDER.glob("lk-*") if FOLDER.exists() else ():
        owner = re.fullmatch(r"lk-(\d+)-\w+", file.name)
        if owner and not pathlib.Path("/proc", owner[1]).exists():
            subprocess.run(["ip", "netns", "delete", file.name], capture_output=True)


class Cable:
    """A bridge in a place of its own, with a port to either machine: what goes in at a bridge that is down comes out nowhere."""

    def __init__(self, network, number, ends):
        self.network, self.number = network, number
        self.name = "-".join(machine for machine, _ in ends)
        self.bridge = f"wire{number}"
        ip("-n", network.wires, "link", "add", self.bridge, "type", "bridge")
        for side, (machine, address) in enumerate(ends):
            port, device = f"port{number}{side}", f"net{number}"
            ip("-n", network.wires, "link", "add", port, "type", "veth", "peer", "name", device, "netns", network.name_of(machine))
            ip("-n", network.wires, "link", "set", port, "master", self.bridge, "up")
            ip("-n", network.name_of(machine), "address", "add", f"{address}/24", "dev", device)
            ip("-n", network.name_of(machine), "link", "set", device, "up")
        self.heal()

    def cut(self):
        ip("-n", self.network.wires, "link", "set", self.bridge, "down")

    def heal(self):
        ip("-n", self.network.wires, "link", "set", self.bridge, "up")


class Network:
    def __init__(self):
        self.wires = self.name_of("wires")
        self.machines, self.cables, self._open = {}, [], {}

    @staticmethod
    def why_not():
        if os.geteuid() != 0:
            return "network namespaces take root"
        try:
            with Network() as network:
                network.machine("a")
                network.machine("b")
                network.connect("a", "10.77.99.1", "b", "10.77.99.2")
        except OSError as error:
            return f"network namespaces cannot be made here: {error}"
        return None

    @staticmethod
    def name_of(machine):
        return f"lk-{os.getpid()}-{machine}"

    def machine(self, name):
        ip("netns", "add", self.name_of(name))
        self._open[name] = os.open(FOLDER / self.name_of(name), os.O_RDONLY | os.O_CLOEXEC)
        ip("-n", self.name_of(name), "link", "set", "lo", "up")

    def connect(self, a, address_a, b, address_b):
        cable = Cable(self, len(self.cables), ((a, address_a), (b, address_b)))
        self.cables.append(cable)
        return cable

    def forget(self, machine):
        """What its power takes along: whatever it has sent and nobody has taken. A kernel goes on sending that after its program was killed."""
        ss = ["ip", "netns", "exec", self.name_of(machine), "ss", "-H", "-t", "state", "connected"]
        subprocess.run([*ss, "-K"], capture_output=True)
        if left := subprocess.run(ss, capture_output=True, text=True).stdout:
            raise OSError(f"connections that cannot be taken away:\n{left}")

    def descriptor(self, machine):
        return self._open[machine]

    @contextlib.contextmanager
    def inside(self, machine):
        home = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        enter(self.descriptor(machine))
        try:
            yield
        finally:
            enter(home)
            os.close(home)

    def __enter__(self):
        sweep()
        try:
            self.machine("wires")
        except OSError:
            self.close()
            raise
        return self

    def close(self):
        for name, descriptor in self._open.items():
            os.close(descriptor)
            subprocess.run(["ip", "netns", "delete", self.name_of(name)], capture_output=True)
        self._open = {}

    def __exit__(self, *_):
        self.close()
