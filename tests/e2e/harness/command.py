# SPDX-License-Identifier: Apache-2.0
"""The real latchkey command, run as somebody against a directory of the harness.

    latchkey = Command(directory)                                 # cn=admin, by a password in a file
    latchkey = Command(directory, as_dn=dn, password="...")       # a simple bind
    latchkey = Command(directory, identity=["-Y", "EXTERNAL"])    # any other: the options that say who
    latchkey = Command.of_operator(directory)                     # a new one
    latchkey = Command.of_profile(directory, dn)                  # which is given a password

    latchkey("organization", "show", "Acme").out                  # fails unless it exits with 0
    latchkey.json("organization", "list")                         # --json, parsed
    latchkey("organization", "show", "None", exit=3).err          # fails unless it exits with 3
    latchkey.start("import", "Acme", file).send_signal(...)       # goes on by itself: a Popen, for Command.hear and Command.end

It sees no configuration of the machine: no /etc/latchkey, no ldap.conf, no home folder, no terminal.
"""
import dataclasses
import json
import os
import pathlib
import secrets
import select
import subprocess
import tempfile
import time

from . import passwords
from .daemon import BUILD

PROGRAM = pathlib.Path(os.environ.get("LATCHKEY", BUILD / "latchkey"))
DEADLINE = 180  # for thousands of people, too, while a machine is busy

DONE, TROUBLE, USAGE, NOT_FOUND, REFUSED, CONFLICT, PARTLY, BUSY = range(8)


@dataclasses.dataclass
class Ended:
    status: int
    out: str
    err: str

    @property
    def lines(self):
        return self.out.splitlines()


class Command:
    def __init__(self, directory=None, as_dn=None, password=None, identity=None, configuration="-", environment=None):
        self.options = ["-c", str(configuration)]
        if directory is not None:
            self.options += ["-H", directory.ldapi_uri, "-b", directory.suffix]
        if identity is not None:
            self.options += [str(word) for word in identity]
        elif directory is not None:
            self.options += ["-D", as_dn or directory.admin_dn, "-y", self._file(password or directory.admin_password)]
        self.environment = {
            "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent", "LDAPCONF": "/dev/null",
            "LATCHKEY_SHARE": str(BUILD / "share" / "latchkey"),
            **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS") or name == "PATH"},
            **(environment or {}),
        }

    @classmethod
    def of_operator(cls, directory):
        password = secrets.token_urlsafe(12)
        dn = directory.add_account(f"operator {secrets.token_hex(4)}", password)
        directory.make_operator(dn)
        return cls(directory, dn, password)

    @classmethod
    def of_profile(cls, directory, dn):
        password = secrets.token_urlsafe(12)
        directory.modify(dn, add={"userPassword": passwords.argon2(password)})
        return cls(directory, dn, password)

    def _file(self, password):
        self._password = tempfile.NamedTemporaryFile("w", prefix="lk-", suffix=".password")
        self._password.write(password)
        self._password.flush()
        return self._password.name

    def start(self, *words):
        """Does not wait for its end."""
        command = [str(PROGRAM), *self.options, *map(str, words)]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=self.environment, start_new_session=True)

    @staticmethod
    def hear(started, words):
        """Waits until what start() began has said them on standard error. What it said so far, end() does not give again."""
        said, deadline = b"", time.monotonic() + DEADLINE
        while words.encode() not in said:
            heard, _, _ = select.select([started.stderr], [], [], max(0, deadline - time.monotonic()))
            more = os.read(started.stderr.fileno(), 4096) if heard else b""
            assert more, f"it never said {words!r}, only {said!r}"
            said += more
        return said.decode()

    @staticmethod
    def end(started):
        """Waits for what start() began. A signal that it died of is a negative status."""
        out, err = started.communicate(timeout=DEADLINE)
        return Ended(started.returncode, out, err)

    def run(self, *words, input=None, options=None):
        """Whatever it exits with. `options` stand in the place of those that say where and who."""
        command = [str(PROGRAM), *(self.options if options is None else options), *map(str, words)]
        done = subprocess.run(command, input=input, stdin=subprocess.DEVNULL if input is None else None, text=True,
                              capture_output=True, timeout=DEADLINE, env=self.environment, start_new_session=True)
        return Ended(done.returncode, done.stdout, done.stderr)

    def __call__(self, *words, exit=DONE, input=None, options=None):
        ended = self.run(*words, input=input, options=options)
        assert ended.status == exit, f"latchkey {' '.join(map(str, words))}: exit {ended.status}\n{ended.out}{ended.err}"
        return ended

    def json(self, *words, **how):
        return json.loads(self("--json", *words, **how).out)
