# SPDX-License-Identifier: Apache-2.0
"""For servers that take no other port than their own: a network namespace with a loopback interface and nothing else.

    with private_network():          # the calling thread is in it, and what it starts from now on
        ...

Needs root, and a kernel that lets it make one: why_not() says what is missing, or nothing.
"""
import contextlib
import ctypes
import fcntl
import os
import socket
import struct

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
LIBC = ctypes.CDLL(None, use_errno=True)


def check(outcome, name):
    if outcome != 0:
        raise OSError(ctypes.get_errno(), name)


@contextlib.contextmanager
def private_network():
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        check(LIBC.unshare(CLONE_NEWNET), "unshare")
        try:
            with socket.socket() as any_socket:
                fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
            yield
        finally:
            check(LIBC.setns(home, CLONE_NEWNET), "setns")
    finally:
        os.close(home)


def why_not():
    if os.geteuid() != 0:
        return "a network namespace takes root"
    try:
        with private_network():
            return None
    except OSError as error:
        return f"a network namespace cannot be made here: {error}"
