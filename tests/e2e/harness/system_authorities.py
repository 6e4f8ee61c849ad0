# SPDX-License-Identifier: Apache-2.0
"""Authorities that the whole system believes, for a program of ours alone: a mount namespace in which /etc/ssl/certs holds them.

    system = SystemAuthorities(tmp_path / "system", authority.certificate)
    with DaemonOfSystem(tmp_path / "daemon", directory, system) as daemon: ...

They are there in both ways in which Debian's libraries look for them: the one file of all, and the folder with a name for each by its hash.
Needs a kernel that lets us make such a namespace: why_not() says what is missing, or nothing.
"""
import functools
import pathlib
import shutil
import subprocess

from .daemon import Daemon

PLACE = "/etc/ssl/certs"
ALL_IN_ONE = "ca-certificates.crt"
NAMESPACES = (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"])


def in_namespace(namespace, folder, command):
    """Each program takes the place of the one before: the process is that of the command in the end."""
    return [*namespace, "sh", "-c", f'mount --bind "$0" {PLACE} && exec "$@"', str(folder), *command]


@functools.cache
def way_in():
    """The namespace that can be had, or None."""
    for namespace in NAMESPACES:
        if subprocess.run(in_namespace(namespace, PLACE, ["true"]), capture_output=True).returncode == 0:
            return namespace
    return None


def why_not():
    return None if way_in() else f"something else cannot be mounted on {PLACE} here, for one program"


class SystemAuthorities:
    def __init__(self, folder, *certificates):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        for number, certificate in enumerate(certificates):
            shutil.copy(certificate, self.folder / f"{number}.pem")
        (self.folder / ALL_IN_ONE).write_text("".join(pathlib.Path(certificate).read_text() for certificate in certificates))
        subprocess.run(["openssl", "rehash", self.folder], check=True, capture_output=True)

    def around(self, command):
        return in_namespace(way_in(), self.folder, command)


class DaemonOfSystem(Daemon):
    def __init__(self, folder, directory, system, settings=None):
        super().__init__(folder, directory, settings=settings)
        self.system = system

    def command(self, *arguments):
        return self.system.around(super().command(*arguments))
