# SPDX-License-Identifier: Apache-2.0
"""What the list of an organisation of a hundred thousand people costs beside that of a hundred.

Both organisations stand in one directory and are administered over the same daemon; rounds alternate. What is compared is one page
each time, from its request to its last byte, on one connection.
"""
import random
import statistics
import subprocess

import pytest

from figures import ROUNDS, report, run
from harness.client import JsonClient
from harness.daemon import Daemon
from harness.directory import Directory, find_program
from names import GIVEN, surname
from test_bench import PASSWORD, http_request, write_requests

SIZES = {"Hundred": 100, "Multitude": 100_000}


def write_people(file, directory, organization, count, chance):
    """One profile in a few has an invite that was sent, as they have."""
    dn = f"o={organization},{directory.organizations}"
    file.write(f"dn: {dn}\nobjectClass: organization\nobjectClass: lkOrganization\no: {organization}\n"
               f"lkAdministrator: cn=Ada Archer 0,{dn}\nlkServicePlan: support until=20991231235959Z\n\n")
    for number in range(count):
        given, family = ("Ada", "Archer") if number == 0 else (chance.choice(GIVEN), surname(chance))
        name = f"{given} {family} {number}"
        file.write(f"dn: cn={name},{dn}\nobjectClass: inetOrgPerson\nobjectClass: lkProfile\ncn: {name}\n"
                   f"displayName: {given} {family}\ngivenName: {given}\nsn: {family}\ntitle: Fitter\n"
                   f"mail: {family.lower()}.{number}@{organization.lower()}.example\ntelephoneNumber: +1 555 {number}\n"
                   + ("lkSent: invite at=20261122194103Z\n" if number % 3 == 0 else "") + "\n")
    return f"cn=Ada Archer 0,{dn}"


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """(daemon, {organisation: its administrator's client}, folder)"""
    folder = tmp_path_factory.mktemp("people")
    directory = Directory(folder / "directory", waits_for_disk=True)
    directory.write_configuration()
    chance = random.Random(20261126)
    with open(folder / "people.ldif", "w") as file:
        administrators = {name: write_people(file, directory, name, count, chance) for name, count in SIZES.items()}
    subprocess.run([find_program("slapadd"), "-q", "-n", "1", "-F", directory.folder / "slapd.d", "-l", folder / "people.ldif"],
                   check=True, capture_output=True, timeout=600)
    with directory, Daemon(folder / "daemon", directory, settings={"log.level": "info"}) as daemon:
        clients = {}
        for name, profile in administrators.items():
            account = directory.add_account(f"admin-{name.lower()}", PASSWORD)
            directory.modify(profile, replace={"lkAccountDN": account})
            clients[name] = JsonClient(daemon.url)
            clients[name].send("/signin", "/signin", {"name": f"admin-{name.lower()}", "password": PASSWORD})
        yield daemon, clients, folder


PAGES = {"first page": "/organization", "letter": "/organization?from=m", "two letters": "/organization?from=sa",
         "next page": None, "page before": "/organization?before=t", "search": "/organization?search=Michael%20B"}


@pytest.mark.parametrize("name", PAGES)
def test_list(crowd, name):
    daemon, clients, folder = crowd
    target = PAGES[name] or clients["Multitude"].get("/organization?from=m").json["next"]
    many = clients["Multitude"].get(target).json["people"]
    assert 25 < len(many) <= 50 and [p["name"] for p in many] == sorted((p["name"] for p in many), key=str.casefold)
    files = {}
    for organization, page in (("Hundred", "/organization"), ("Multitude", target)):
        assert len(clients[organization].get(page).json["people"]) > 25
        files[organization] = write_requests(folder / organization, [http_request("GET", page, daemon.port, clients[organization].cookies)])
    rates = {organization: [] for organization in files}
    for _ in range(4 * ROUNDS):
        for organization, file in files.items():
            done = run("http_load", daemon.port, 1, file, 0.4)
            assert set(done["statuses"]) == {"200"}, done
            rates[organization].append(done["per_second"])
    ratio = statistics.median(few / many for few, many in zip(rates["Hundred"], rates["Multitude"]))
    report(f"people: {name} at 100,000 / list of 100", ratio, 1.5, better="most",
           few_ms=[round(1000 / r, 2) for r in rates["Hundred"]], many_ms=[round(1000 / r, 2) for r in rates["Multitude"]])
