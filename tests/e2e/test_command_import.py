# SPDX-License-Identifier: Apache-2.0
"""The sysadmin's command and many people at once: import and export."""
import csv
import io
import uuid

import pytest

from harness.command import NOT_FOUND, PARTLY, REFUSED, TROUBLE, USAGE, Command

pytestmark = pytest.mark.one_thread


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
    return Command.of_profile(directory, f"cn=Ada Archer,{house[1]}")


def people(directory, house):
    found = directory.search("(objectClass=lkProfile)", house[1])
    return {entry["cn"][0]: entry for dn, entry in found if entry["cn"] != ["Ada Archer"]}


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
    for seconds in ("-1", "86401", "soon", ""):
        assert "from 0 to 86400" in ada("import", house[0], "-", f"--wait={seconds}", input="mail\n", exit=USAGE).err
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
    ben = Command.of_profile(directory, directory.add_profile(house[1], "Ben Brook", "ben@x.example"))
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


def test_an_export_steers_no_terminal(latchkey, directory, house):
    """A profile writes its own name and title."""
    directory.add_profile(house[1], unique("Escape"), "escape@x.example", title="a\x1b]0;b\x07\x9bc\u202ed\re\nf,g")
    (row,) = (row for row in csv.DictReader(io.StringIO(latchkey("export", house[0]).out)) if row["mail"] == "escape@x.example")
    assert row["title"] == r"a\u{1b}]0;b\u{7}\u{9b}c\u{202e}d\u{d}e\u{a}f,g"


def test_an_export_for_scripts(latchkey, directory, house):
    rows = list(csv.DictReader(io.StringIO(latchkey("export", house[0]).out)))
    assert [row["name"] for row in rows] == ["Ada Archer"] and rows[0]["administrator"] == "yes"
    (ada,) = latchkey.json("export", house[0])
    assert ada["dn"] == f"cn=Ada Archer,{house[1]}" and ada["administrator"] is True
    assert latchkey("export", house[0], "--format", "json").out == latchkey("--json", "export", house[0]).out
    latchkey("export", unique("Nobody"), exit=NOT_FOUND)


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
