# SPDX-License-Identifier: Apache-2.0
"""Runs tests/e2e/programs/courier_probe: the courier alone, against a directory and a mail server.

    with Courier(directory, mail, folder) as courier:
        directory.modify(jane, add={"lkSend": "invite"})
        mail.wait_for(1)
"""
import os
import pathlib
import shlex
import subprocess
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("LATCHKEY_BUILD", SOURCE / "build" / "release"))
PROGRAM = BUILD / "tests" / "e2e" / "courier_probe"
SHARE = os.environ.get("LATCHKEY_SHARE", BUILD / "share" / "latchkey")

# Short, so that tests are; each test may say otherwise.
SETTINGS = {
    "server_public_url": "https://id.example.com",
    "courier_from": "latchkey@example.com",
    "courier_timeout": 5,
    "courier_lease": 6,
    "courier_retry_first": 1,
    "courier_retry_longest": 2,
    "directory_poll_interval": 1,
    "pages_support_address": "help@example.com",
    "log_level": "debug",
}


class Courier:
    """Log lines as dictionaries in `log`. `folder` keeps the key ring, which several couriers may share."""

    def __init__(self, directory, mail, folder, share=None, **settings):
        folder = pathlib.Path(folder)
        wanted = {
            **SETTINGS,
            "directory_uri": directory.ldapi_uri,
            "directory_suffix": directory.suffix,
            "links_key_ring": folder / "latchkey.keys",
            "courier_deliver_to": mail if isinstance(mail, str) else mail.url,
            **settings,
        }
        self.words = [f"{name.replace('_', '.', 1)}={value}" for name, value in wanted.items()]
        self.environment = {**os.environ, "LATCHKEY_SHARE": str(share or SHARE)}
        self.process = None
        self.log = []
        self.lines = []
        self.said = []
        self._following = threading.Event()

    def start(self, wait=True):
        self._following.clear()
        self.process = subprocess.Popen(
            [PROGRAM, *self.words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace", env=self.environment,
        )
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stderr, self._take_log), daemon=True),
            threading.Thread(target=self._read, args=(self.process.stdout, self._take_said), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        if wait:
            assert self._following.wait(60), f"the courier does not follow: {self.lines[-5:]}"
        return self

    @staticmethod
    def _read(stream, take):
        for line in stream:
            take(line.rstrip("\n"))

    def _take_log(self, line):
        self.lines.append(line)
        try:
            words = shlex.split(line)
        except ValueError:
            words = line.split()
        self.log.append(dict(word.split("=", 1) for word in words if "=" in word))

    def _take_said(self, line):
        self.said.append(line)
        if line == "following":
            self._following.set()

    def outcomes(self, **wanted):
        """The outcomes logged for messages whose line has these fields."""
        return [
            entry.get("outcome") for entry in list(self.log)
            if entry.get("event") == "message" and all(entry.get(k) == v for k, v in wanted.items())
        ]

    def metric(self, start):
        """The value of the sample that begins so, after stop()."""
        values = [float(line.rsplit(" ", 1)[1]) for line in self.said if line.startswith(start)]
        return values[0] if values else 0.0

    def wait_for_log(self, seconds=60.0, **wanted):
        deadline = time.monotonic() + seconds
        while True:
            for entry in list(self.log):
                if all(entry.get(name) == value for name, value in wanted.items()):
                    return entry
            assert time.monotonic() < deadline, f"waited {seconds} s for {wanted} in {self.lines[-10:]}"
            time.sleep(0.01)

    def stop(self, seconds=60.0):
        """In good order. Gives back the exit code."""
        if self.process is None:
            return None
        self.process.stdin.close()
        code = self.process.wait(seconds)
        self._finish()
        return code

    def kill(self):
        """As a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self._finish()

    def _finish(self):
        for reader in self._readers:
            reader.join(60)
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if kind is not None:
            print("\n".join(self.lines[-40:]))
            self.kill()
            return
        code = self.stop()
        assert code in (0, None), f"courier_probe ended with {code}: {self.lines[-20:]}"
