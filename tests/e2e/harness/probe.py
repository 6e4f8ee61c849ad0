# SPDX-License-Identifier: Apache-2.0
"""Drives tests/e2e/programs/directory_probe: the room `directory` of the daemon, one function at a time.

    with Probe(directory) as probe:
        answer = probe.ask("read", dn=jane, attributes=["cn"])
        assert answer["status"] == "ok"

Events of a follower are kept apart: probe.event("told") waits for the next one of that kind.
"""
import json
import os
import pathlib
import queue
import subprocess
import threading

SOURCE = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("LATCHKEY_BUILD", SOURCE / "build" / "release"))
PROGRAM = BUILD / "tests" / "e2e" / "directory_probe"
ANSWER_DEADLINE = 60.0


class Probe:
    program = PROGRAM  # another probe that speaks the same way: a subclass with its own

    def __init__(self, directory=None, **settings):
        """Settings by keyword: directory_timeout=2 is directory.timeout."""
        if directory is not None:
            settings = {"directory_uri": directory.ldapi_uri, "directory_suffix": directory.suffix, **settings}
        words = [f"{name.replace('_', '.', 1)}={value}" for name, value in settings.items()]
        self.process = subprocess.Popen([self.program, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answers = queue.Queue()
        self.events = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            said = json.loads(line)
            (self.events if "event" in said else self.answers).put(said)
        self.answers.put(None)
        self.events.put(None)

    def send(self, do, **inputs):
        self.process.stdin.write(json.dumps({"do": do, **inputs}) + "\n")
        self.process.stdin.flush()

    def answer(self):
        answer = self.answers.get(timeout=ANSWER_DEADLINE)
        assert answer is not None, f"{self.program.name} ended: {self.process.wait()}"
        return answer

    def ask(self, do, **inputs):
        self.send(do, **inputs)
        return self.answer()

    def event(self, kind=None, seconds=60.0):
        """The next event (of that kind); others are passed over."""
        while True:
            event = self.events.get(timeout=seconds)
            assert event is not None, f"{self.program.name} ended: {self.process.wait()}"
            if kind in (None, event["event"]):
                return event

    def told(self, dn, seconds=60.0):
        """Waits until that entry is told."""
        while True:
            entry = self.event("told", seconds)["entry"]
            if entry["dn"] == dn:
                return entry

    def metric(self, line):
        """The value of one line of the metrics, 0 if it is not there."""
        for found in self.ask("metrics")["metrics"].splitlines():
            if found.rpartition(" ")[0] == line:
                return float(found.rpartition(" ")[2])
        return 0

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(ANSWER_DEADLINE)
        self.reader.join(ANSWER_DEADLINE)
        self.process.stdout.close()
        assert code == 0, f"{self.program.name} ended with {code}"

    def kill(self):
        """Ends it where how it would end by itself does not matter."""
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.kill()
        elif self.process.returncode is None:
            self.close()
