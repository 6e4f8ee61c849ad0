# SPDX-License-Identifier: Apache-2.0
"""The sysadmin's command and many people at once: import and export."""
import csv
import io
import json
import pathlib
import re
import signal
import time
import uuid

import pytest

from harness import passwords
from harness.command import NOT_FOUND, PARTLY, REFUSED, TROUBLE, USAGE, Command

pytestmark = pytest.mark.one_thread

PASSWORD = "violet-anvil-9-teacup"


def unique(word):
    return f"{word} {uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def latchkey(directory):
    return Command(directory)


@pytest.fixture
def house(directory):
    name = unique("House")
    return name, directory.add_organization(name, ["Ada Archer"])


@pytest.fixture
def ada(directory, house):
    """The command as the administrator's profile."""
    dn = f"cn=Ada Archer,{house[1]}"
    directory.modify(dn, add={"userPassword": passwords.argon2(PASSWORD)})
    return Command(directory, dn, PASSWORD)


def people(directory, house):
    found = directory.search("(objectClass=lkProfile)", house[1])
    return {entry["cn"][0]: entry for dn, entry in found if entry["cn"] != ["Ada Archer"]}


def is_held_back(process, signal_number):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"^SigBlk:\s*(\w+)$", status, re.M)[1], 16) & 1 << signal_number - 1


class Crowd:
    """A file with some hundreds of people, most with namesakes, and lines that are refused among them."""

    COUNT = 250
    BEGUN = 25

    def __init__(self, directory, folder):
        self.directory, self.name = directory, unique("Crowd")
        self.dn = directory.add_organization(self.name, ["Ada Archer"])
        self.file, self.report = folder / "crowd.csv", folder / "refused.csv"
        rows = ["name,mail", "Bad Address,nowhere"]
        rows += [f"Person {i % 90},p{i}@crowd.example" for i in range(self.COUNT)]
        rows.insert(100, "Too Few")
        rows.append("Another Name,P7@crowd.example")
        self.file.write_text("\n".join(rows))
        self.refused = [2, 101, len(rows)]
        self.lines = {row.partition(",")[2]: i for i, row in enumerate(rows, 1) if i > 1 and i not in self.refused}

    def start(self, latchkey):
        """Until it is in the middle of it."""
        started = latchkey.start("--json", "import", self.name, self.file, "--invite", "--report", self.report)
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


SMALL = "\r\n".join(["\ufeffmail;Given_Name;surname;Telephone;title", 'ben@x.example;Ben;Brook;+1 555 0101;"Head; of ""Sales"""', "",
                     "cleo@x.example;Cléo;Chen;;", ""])


def test_people_of_a_csv_file(ada, directory, house, tmp_path):
    file = tmp_path / "people.csv"
    file.write_bytes(SMALL.encode())
    assert ada.json("import", house[0], file) == {"imported": 2, "there": 0, "left": 0, "refused": []}
    there = people(directory, house)
    ben = there["Ben Brook"]
    assert ben["mail"] == ["ben@x.example"] and ben["title"] == ['Head; of "Sales"'] and ben["displayName"] == ["Ben Brook"]
    assert ben["telephoneNumber"] == ["+1 555 0101"] and "lkSend" not in ben
    assert there["Cléo Chen"]["givenName"] == ["Cléo"] and "title" not in there["Cléo Chen"]
    # Once more: nothing twice.
    assert ada.json("import", house[0], file) == {"imported": 0, "there": 2, "left": 0, "refused": []}
    assert people(directory, house) == there


def test_from_standard_input_and_with_invites(ada, directory, house):
    ended = ada("import", house[0], "-", "--invite", input="name,mail\nDora Maria Dent,dora@x.example\nPlato,plato@x.example\n")
    assert ended.lines[0].split() == ["Imported:", "2"]
    there = people(directory, house)
    assert there["Dora Maria Dent"]["sn"] == ["Dent"] and there["Dora Maria Dent"]["givenName"] == ["Dora Maria"]
    assert there["Plato"]["sn"] == ["Plato"] and all(entry["lkSend"] == ["invite"] for entry in there.values())


def test_lines_with_faults_are_told(ada, directory, house, tmp_path):
    directory.add_profile(house[1], "Old Hand", "old@x.example")
    rows = ["given_name,surname,mail,telephone,title",
            "Ben,Brook,ben@x.example,,",                   # 2
            "Ben,Brook,ben@x.example,,",                   # 3: the same again
            "Ben,Brooks,BEN@x.example,,",                  # 4: the address with other content
            "Old,Hand,old@x.example,,",                    # 5: there
            "New,Hand,OLD@x.example,,",                    # 6: there with other content
            "No,Mail,,,",                                  # 7
            "Bad,Mail,nowhere,,",                          # 8
            ",,nobody@x.example,,",                        # 9
            "Bad,Phone,phone@x.example,☎,",                # 10
            f"Long,Title,long@x.example,,{'T' * 65}",      # 11
            "Too,Few",                                     # 12
            '"Two\nLines",Name,two@x.example,,',           # 13 and 14
            "Ben,Brook,namesake@x.example,,",              # 15
            "ben,brook,third@x.example,,"]                 # 16
    file, report = tmp_path / "people.csv", tmp_path / "report.csv"
    file.write_text("\n".join(rows))
    ended = ada("--json", "import", house[0], file, "--report", report, exit=PARTLY)
    assert "9 of 14 are refused" in ended.err
    refused = {int(row["line"]): row["reason"] for row in csv.DictReader(report.open())}
    assert sorted(refused) == [4, 6, 7, 8, 9, 10, 11, 12, 13]
    assert "line 2 has this address" in refused[4] and "there already, with other content" in refused[6]
    assert "needs an e-mail" in refused[7] and "not an e-mail" in refused[8] and "surname" in refused[9]
    assert "telephone" in refused[10] and "title is longer" in refused[11] and "2 values" in refused[12]
    assert "not one line" in refused[13]
    assert set(people(directory, house)) == {"Old Hand", "Ben Brook", "Ben Brook (2)", "ben brook (3)"}
    assert people(directory, house)["Ben Brook (2)"]["displayName"] == ["Ben Brook"]


@pytest.mark.parametrize("text, said", [
    ("", "no header"),
    ("mail,shoe_size\n", "column 2, shoe_size"),
    ("name\nBen\n", "no column mail"),
])
def test_a_file_that_is_none(ada, directory, house, text, said):
    assert said in ada("import", house[0], "-", input=text, exit=USAGE).err
    assert people(directory, house) == {}


def test_wrong_words(ada, house, tmp_path):
    ada("import", house[0], tmp_path / "none.csv", exit=TROUBLE)
    ada("import", house[0], "-", "--format", "xml", input="", exit=USAGE)
    ada("import", house[0], "-", "--at-once", "0", input="mail\n", exit=USAGE)
    ada("import", unique("Nobody"), "-", input="mail\n", exit=NOT_FOUND)
    ada("export", house[0], "--format", "xml", exit=USAGE)


def test_people_of_an_ldif_file(ada, directory, house, tmp_path):
    file = tmp_path / "people.ldif"
    file.write_text("version: 1\n# a comment\n\ndn: cn=Ben Brook,ou=elsewhere\nobjectClass: inetOrgPerson\ncn: Ben Brook\nsn: Brook\n"
                    "mail: ben@\n x.example\ntitle:: TWHDrnRyZSBk4oCZxZN1dnJl\n\n"
                    "dn: cn=Cleo\nchangetype: add\ncn: Cleo Chen\nsn: Chen\nmail: cleo@x.example\n\n"
                    "dn: cn=Gone\nchangetype: delete\n")
    refused = ada("--json", "import", house[0], file, exit=PARTLY).out
    assert '"line": 18' in refused.replace('"line":18', '"line": 18') and "changes that add one" in refused
    there = people(directory, house)
    assert there["Ben Brook"]["title"] == ["Maître d’œuvre"] and there["Ben Brook"]["mail"] == ["ben@x.example"]
    assert there["Cleo Chen"]["givenName"] == ["Cleo"]
    assert "an entry begins with dn" in ada("import", house[0], "-", "--format", "ldif", input="cn: X\n", exit=USAGE).err


def test_nobody_is_added_without_the_report(ada, directory, house, tmp_path):
    """Who asks for one gets it, or hears beforehand that there is none."""
    asked = ("import", house[0], "-", "--report", tmp_path / "none" / "report.csv")
    assert "report.csv: No such file" in ada(*asked, input="name,mail\nBen Brook,ben@x.example\n", exit=TROUBLE).err
    assert people(directory, house) == {}
    asked = ("import", house[0], "-", "--report", "/dev/full")
    assert "could not be written" in ada(*asked, input="name,mail\nBen,ben@x.example\nBad,bad\n", exit=TROUBLE).err


def test_a_dry_run_adds_nobody(ada, directory, house):
    ended = ada("-n", "import", house[0], "-", input="name,mail\nBen Brook,ben@x.example\n")
    assert ended.out.count("changetype: add") == 1 and f"dn: cn=Ben Brook,{house[1]}" in ended.out
    assert people(directory, house) == {}


def test_who_may_not_adds_nobody(directory, house):
    dn = directory.add_profile(house[1], "Ben Brook", "ben@x.example", userPassword=passwords.argon2(PASSWORD))
    ben = Command(directory, dn, PASSWORD)
    ended = ben("import", house[0], "-", input="name,mail\nEve Evil,eve@x.example\n", exit=REFUSED)
    assert "Insufficient access" in ended.out and set(people(directory, house)) == {"Ben Brook"}


@pytest.mark.parametrize("form", ["csv", "ldif"])
def test_what_is_exported_is_imported(latchkey, directory, house, form, tmp_path):
    directory.add_profile(house[1], "Ben Brook", "ben@x.example", givenName="Ben", title='a "b", c', telephoneNumber="+1 5")
    directory.add_profile(house[1], "Ben Brook (2)", "two@x.example", sn="Brook", displayName="Ben Brook")
    directory.add_profile(house[1], "Chloé Ünal", "chloe@x.example", displayName="Chloé Ünal")
    file = tmp_path / f"people.{form}"
    file.write_text(latchkey("export", house[0], "--format", form).out)
    assert latchkey.json("import", house[0], file) == {"imported": 0, "there": 4, "left": 0, "refused": []}
    name = unique("Other")
    dn = directory.add_organization(name, ["Boss"])
    assert latchkey.json("import", dn, file)["imported"] == 4
    assert {who: entry["displayName"] for who, entry in people(directory, (name, dn)).items() if "Brook" in who} == {
        "Ben Brook": ["Ben Brook"], "Ben Brook (2)": ["Ben Brook"]}


def test_an_export_for_scripts(latchkey, directory, house):
    rows = list(csv.DictReader(io.StringIO(latchkey("export", house[0]).out)))
    assert [row["name"] for row in rows] == ["Ada Archer"] and rows[0]["administrator"] == "yes"
    (ada,) = latchkey.json("export", house[0])
    assert ada["dn"] == f"cn=Ada Archer,{house[1]}" and ada["administrator"] is True
    assert latchkey("export", house[0], "--format", "json").out == latchkey("--json", "export", house[0]).out
    latchkey("export", unique("Nobody"), exit=NOT_FOUND)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_import_that_is_interrupted(own_directory, crowd, how):
    latchkey = Command(own_directory)
    started = crowd.start(latchkey)
    started.send_signal(how)
    ended = Command.end(started)
    there = crowd.check()
    assert crowd.check_told(ended, there)["imported"] == len(there) < crowd.COUNT
    assert "interrupted; the same command goes on" in ended.err
    crowd.complete(latchkey, len(there))


def test_an_import_that_is_killed(own_directory, crowd):
    latchkey = Command(own_directory)
    started = crowd.start(latchkey)
    started.kill()
    ended = Command.end(started)
    assert ended.status == -signal.SIGKILL and ended.out == ""
    there = crowd.check()
    assert len(there) < crowd.COUNT
    crowd.complete(latchkey, len(there))


def test_who_does_not_want_to_wait_interrupts_twice(own_directory, crowd):
    """The first one waits for what the directory has been asked; the second does not."""
    latchkey = Command(own_directory)
    started = crowd.start(latchkey)
    own_directory.pause()
    started.send_signal(signal.SIGINT)
    own_directory.wait_for(lambda: not is_held_back(started, signal.SIGINT), what="the first one to be heard")
    assert started.poll() is None
    started.send_signal(signal.SIGINT)
    assert Command.end(started).status == -signal.SIGINT
    own_directory.resume()
    crowd.complete(latchkey, len(crowd.check()))


def test_an_ignored_signal_stays_ignored(own_directory, crowd):
    """As under nohup, or in the background of a script."""
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        started = crowd.start(Command(own_directory))
    finally:
        signal.signal(signal.SIGHUP, former)
    started.send_signal(signal.SIGHUP)
    assert json.loads(Command.end(started).out)["left"] == 0
    assert len(crowd.check()) == crowd.COUNT


def test_a_slow_directory_is_waited_for(own_directory, crowd):
    """Longer than somebody before a page would."""
    latchkey = Command(own_directory)
    latchkey.options += ["-s", "directory.timeout=1"]
    started = crowd.start(latchkey)
    own_directory.pause()
    hung = time.monotonic()
    own_directory.wait_for(lambda: time.monotonic() > hung + 1.5, what="the time to pass")
    assert started.poll() is None
    own_directory.resume()
    ended = Command.end(started)
    assert json.loads(ended.out)["left"] == 0, ended.err
    assert len(crowd.check()) == crowd.COUNT


def test_a_directory_that_dies_under_an_import(own_directory, crowd):
    latchkey = Command(own_directory)
    started = crowd.start(latchkey)
    own_directory.kill()
    ended = Command.end(started)
    assert "the directory" in ended.err
    # Where it is not there at all, nothing is begun.
    nothing = latchkey("import", crowd.name, crowd.file, exit=TROUBLE)
    assert nothing.out == "" and "contact LDAP server" in nothing.err
    own_directory.start()
    there = crowd.check()
    told = crowd.check_told(ended, there)
    assert told["imported"] <= len(there) < crowd.COUNT  # what was carried out without our having heard
    crowd.complete(latchkey, len(there))


def test_many_people_and_half_of_them_again(own_directory, tmp_path):
    """What was interrupted is completed by the same command, and nobody is there twice."""
    name = unique("Big")
    dn = own_directory.add_organization(name, ["Boss"])
    file = tmp_path / "people.csv"
    file.write_text("name,mail\n" + "".join(f"Person {i % 700},p{i}@big.example\n" for i in range(1500)))
    latchkey = Command(own_directory)
    ended = latchkey("-q", "import", name, file)
    assert ended.out == ""
    mails = [entry["mail"][0] for _, entry in own_directory.search("(mail=*@big.example)", dn, ["mail"])]
    assert len(mails) == 1500 and len(set(mails)) == 1500
    for entry, found in own_directory.search("(mail=*@big.example)", dn, ["mail"]):
        if found["mail"][0][1:].split("@")[0].endswith(("0", "2", "4", "6", "8")):
            own_directory.delete(entry)
    again = latchkey.json("import", name, file)
    assert again == {"imported": 750, "there": 750, "left": 0, "refused": []}
    mails = [entry["mail"][0] for _, entry in own_directory.search("(mail=*@big.example)", dn, ["mail"])]
    assert len(mails) == 1500 and len(set(mails)) == 1500
