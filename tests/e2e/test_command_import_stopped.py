# SPDX-License-Identifier: Apache-2.0
"""An import that does not come to its end, or not at once, in the middle of some hundreds of people: what it says, that it goes on with a
directory that comes back, and that the same command completes it where it was stopped."""
import csv
import json
import pathlib
import re
import signal
import time
import uuid

import pytest

from harness import passwords
from harness.command import DONE, PARTLY, TROUBLE, Command
from harness.turnstile import Turnstile


def is_held_back(process, signal_number):
    """It blocks that signal: one that comes waits until it is asked for."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"^SigBlk:\s*(\w+)$", status, re.M)[1], 16) & 1 << signal_number - 1


class Crowd:
    """A file with some hundreds of people, most with namesakes, and lines that are refused among them, unless it is to be without."""

    COUNT = 250
    BEGUN = 25

    def __init__(self, directory, folder, faults=True):
        self.directory, self.name = directory, f"Crowd {uuid.uuid4().hex[:8]}"
        self.dn = directory.add_organization(self.name, ["Ada Archer"])
        self.file, self.report = folder / "crowd.csv", folder / "refused.csv"
        rows = ["name,mail"] + [f"Person {i % 90},p{i}@crowd.example" for i in range(self.COUNT)]
        if faults:
            rows[1:1] = ["Bad Address,nowhere"]
            rows.insert(100, "Too Few")
            rows.append("Another Name,P7@crowd.example")
        self.file.write_text("\n".join(rows))
        self.refused = [2, 101, len(rows)] if faults else []
        self.lines = {row.partition(",")[2]: i for i, row in enumerate(rows, 1) if i > 1 and i not in self.refused}

    def start(self, latchkey, *options):
        """Until it is in the middle of it, where it waits before a turnstile that lets BEGUN through."""
        started = latchkey.start("--json", "import", self.name, self.file, "--invite", "--report", self.report, *options)
        self.directory.wait_for(lambda: len(self.people()) >= self.BEGUN, what="people to be there")
        return started

    def people(self):
        return [entry for _, entry in self.directory.search("(mail=*@crowd.example)", self.dn, ["mail", "lkSend", "sn", "cn"])]

    def check(self):
        """The addresses that are there: each once, and asked to be invited once."""
        people = self.people()
        mails = [entry["mail"][0] for entry in people]
        assert len(mails) == len(set(mails)) and set(mails) <= set(self.lines)
        assert all(entry["lkSend"] == ["invite"] and entry["cn"][0].startswith("Person ") for entry in people)
        return mails

    def check_refused(self, told):
        assert [row["line"] for row in told["refused"]] == self.refused
        assert [int(row["line"]) for row in csv.DictReader(self.report.open())] == self.refused

    def check_told(self, ended, there):
        """Where it stopped, and what is left."""
        assert ended.status == PARTLY, ended.err
        told = json.loads(ended.out)
        self.check_refused(told)
        assert told["imported"] + told["left"] == self.COUNT and told["there"] == 0
        line, left, rows = map(int, re.search(r"stopped at line (\d+), (\d+) of (\d+) are not done: ", ended.err).groups())
        assert left == told["left"] and rows == self.COUNT + len(self.refused)
        assert {mail for mail, number in self.lines.items() if number < line} <= set(there)
        return told

    def complete(self, latchkey, there):
        ended = latchkey("--json", "import", self.name, self.file, "--invite", "--report", self.report, exit=PARTLY)
        told = json.loads(ended.out)
        self.check_refused(told)
        assert told["imported"] + told["there"] == self.COUNT and told["left"] == 0
        assert told["there"] >= there  # what was under way when it was killed came after we had looked
        assert len(self.check()) == self.COUNT


@pytest.fixture
def crowd(own_directory, tmp_path):
    return Crowd(own_directory, tmp_path)


@pytest.fixture
def turnstile(own_directory):
    with Turnstile(own_directory, Crowd.BEGUN) as running:
        yield running


def wait_heard(directory, started, signal_number):
    directory.wait_for(lambda: not is_held_back(started, signal_number), what="the signal to be heard")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_import_that_is_interrupted(own_directory, turnstile, crowd, how):
    started = crowd.start(Command(turnstile))
    started.send_signal(how)
    wait_heard(own_directory, started, how)
    turnstile.open()
    ended = Command.end(started)
    there = crowd.check()
    assert crowd.check_told(ended, there)["imported"] == len(there) < crowd.COUNT
    assert "interrupted; the same command goes on" in ended.err
    crowd.complete(Command(own_directory), len(there))


def test_an_import_that_is_killed(own_directory, turnstile, crowd):
    started = crowd.start(Command(turnstile))
    started.kill()
    ended = Command.end(started)
    assert ended.status == -signal.SIGKILL and ended.out == ""
    there = crowd.check()
    assert len(there) < crowd.COUNT
    crowd.complete(Command(own_directory), len(there))


def test_who_does_not_want_to_wait_interrupts_twice(own_directory, turnstile, crowd):
    """The first one waits for what the directory has been asked; the second does not."""
    started = crowd.start(Command(turnstile))
    started.send_signal(signal.SIGINT)
    wait_heard(own_directory, started, signal.SIGINT)
    assert started.poll() is None
    started.send_signal(signal.SIGINT)
    assert Command.end(started).status == -signal.SIGINT
    crowd.complete(Command(own_directory), len(crowd.check()))


def test_an_ignored_signal_stays_ignored(turnstile, crowd):
    """As under nohup, or in the background of a script."""
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        started = crowd.start(Command(turnstile))
    finally:
        signal.signal(signal.SIGHUP, former)
    started.send_signal(signal.SIGHUP)
    turnstile.open()
    assert json.loads(Command.end(started).out)["left"] == 0
    assert len(crowd.check()) == crowd.COUNT


def test_a_slow_directory_is_waited_for(own_directory, turnstile, crowd):
    """Longer than somebody before a page would."""
    latchkey = Command(turnstile)
    latchkey.options += ["-s", "directory.timeout=1"]
    started = crowd.start(latchkey)
    own_directory.pause()
    turnstile.open()
    hung = time.monotonic()
    own_directory.wait_for(lambda: time.monotonic() > hung + 1.5, what="the time to pass")
    assert started.poll() is None
    own_directory.resume()
    ended = Command.end(started)
    assert json.loads(ended.out)["left"] == 0, ended.err
    assert len(crowd.check()) == crowd.COUNT


def test_a_directory_that_comes_back_is_waited_for(own_directory, turnstile, tmp_path):
    """What it was asked for when it died may have been carried out or not: everybody is there once all the same."""
    crowd = Crowd(own_directory, tmp_path, faults=False)
    started = crowd.start(Command(turnstile))
    own_directory.wait_for(turnstile.somebody_waits)
    turnstile.let(5)
    own_directory.kill()
    assert f" of {crowd.COUNT} (" in Command.hear(started, "%), waiting for the directory\n")
    turnstile.open()
    own_directory.start()
    ended = Command.end(started)
    assert ended.status == DONE, ended.err
    assert json.loads(ended.out) == {"imported": crowd.COUNT, "there": 0, "left": 0, "refused": []}
    assert crowd.report.read_text() == "line,mail,reason\n"
    assert len(crowd.check()) == crowd.COUNT


def test_a_directory_that_goes_away_again_and_again(own_directory, turnstile, tmp_path):
    """Each time is waited for by itself."""
    crowd = Crowd(own_directory, tmp_path, faults=False)
    started = crowd.start(Command(turnstile))
    for part in (3, 6):
        own_directory.kill()
        Command.hear(started, "waiting for the directory\n")
        own_directory.start()
        own_directory.wait_for(lambda: len(crowd.people()) >= part * crowd.BEGUN or turnstile.let(5), what="the import to go on")
    turnstile.open()
    ended = Command.end(started)
    assert ended.status == DONE, ended.err
    assert len(crowd.check()) == crowd.COUNT


def test_who_does_not_want_to_wait_for_the_directory_interrupts(own_directory, turnstile, crowd):
    started = crowd.start(Command(turnstile))
    own_directory.kill()
    Command.hear(started, "waiting for the directory\n")
    started.send_signal(signal.SIGINT)
    ended = Command.end(started)
    assert "interrupted; the same command goes on" in ended.err
    own_directory.start()
    there = crowd.check()
    crowd.check_told(ended, there)
    crowd.complete(Command(own_directory), len(there))


def test_a_directory_that_does_not_take_us_any_more_is_not_asked_on(own_directory, turnstile, crowd):
    """It says nothing about the people of the file, so none of them is refused."""
    dn, password = f"cn=Ada Archer,{crowd.dn}", "violet-anvil-9-teacup"
    own_directory.modify(dn, add={"userPassword": passwords.argon2(password)})
    started = crowd.start(Command(turnstile, dn, password))
    own_directory.kill()
    Command.hear(started, "waiting for the directory\n")
    own_directory.change_offline(f"dn: {dn}\nchangetype: modify\nreplace: userPassword\nuserPassword: {passwords.argon2('another')}\n")
    own_directory.start()
    ended = Command.end(started)
    there = crowd.check()
    crowd.check_told(ended, there)
    assert "Invalid credentials" in ended.err
    crowd.complete(Command(own_directory), len(there))


def test_a_directory_with_trouble_of_its_own_is_not_waited_for(own_directory, turnstile, crowd):
    """It is there, and answers; here, that its database is full."""
    started = crowd.start(Command(turnstile))
    own_directory.modify("olcDatabase={1}mdb,cn=config", replace={"olcDbMaxSize": "1"})
    turnstile.open()
    ended = Command.end(started)
    there = crowd.check()
    crowd.check_told(ended, there)
    assert "(80)" in ended.err and "wait" not in ended.err


@pytest.mark.parametrize("seconds, said", [(0, "not done: "), (1, "not done: waited 1 s for the directory, in vain: ")])
def test_a_directory_that_dies_under_an_import(own_directory, turnstile, crowd, seconds, said):
    latchkey = Command(own_directory)
    started = crowd.start(Command(turnstile), "--wait", seconds)
    own_directory.kill()
    ended = Command.end(started)
    assert said in ended.err
    # It was being asked when it died, or was to be asked a moment later.
    assert re.search("the directory closed the connection|the directory cannot be reached|bind .*: (Can't contact LDAP server|no answer)", ended.err)
    assert ("waiting for" in ended.err) == (seconds > 0)
    # Where it is not there at all, nothing is begun.
    nothing = latchkey("import", crowd.name, crowd.file, exit=TROUBLE)
    assert nothing.out == "" and "contact LDAP server" in nothing.err
    own_directory.start()
    there = crowd.check()
    told = crowd.check_told(ended, there)
    assert told["imported"] <= len(there) < crowd.COUNT  # what was carried out without our having heard
    crowd.complete(latchkey, len(there))
