# SPDX-License-Identifier: Apache-2.0
"""Loopback ports that nobody else takes between the moment they are given and that in which a program listens, nor while it is down.

Not the kernel's choice: what it names free it names to another test as well, as soon as it is given back, and to outgoing connections. Each
process of tests has a block of ports to itself instead, below those that the kernel chooses from. It is claimed by a name in the abstract
namespace of Unix sockets, which is a network's own as its ports are, and which the kernel gives back when the process ends in whatever way.
"""
import itertools
import socket
import threading

FIRST, END, BLOCK = 10000, 32768, 512

_lock = threading.Lock()
_claim = None
_ports = None


def _claim_block():
    """(the socket that claims it, its ports for ever round)"""
    for first in range(FIRST, END - BLOCK, BLOCK):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0latchkey-tests-ports-{first}")
        except OSError:
            claim.close()
            continue
        return claim, itertools.cycle(range(first, first + BLOCK))
    raise RuntimeError("too many processes have ports for tests")


def _is_free(port):
    """Nothing of the machine's own listens there, and no former connection lingers."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port():
    """A port of 127.0.0.1, for the test's own program to listen at as often as it likes."""
    global _claim, _ports
    with _lock:
        if _claim is None:
            _claim, _ports = _claim_block()
        for port in itertools.islice(_ports, BLOCK):
            if _is_free(port):
                return port
    raise RuntimeError("all ports of this process are in use")
