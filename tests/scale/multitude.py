# SPDX-License-Identifier: Apache-2.0
"""Directories of any size, written as LDIF for slapadd: organisations of a thousand people each, most of whom have an account.

    with Multitude(folder, accounts=1_000_000) as directory: ...
"""
import os
import random
import subprocess
import time

from harness import passwords
from harness.directory import Directory, find_program
from names import GIVEN, surname

EACH = 1000  # people of an organisation
SLOT = int(os.environ.get("LK_SCALE_SLOT", 18))  # olcBkMdbIdlExp: 2^18 entries
PASSWORD = "violet-anvil-9-teacup"


class Multitude(Directory):
    """A directory with `accounts` accounts and as many profiles, in organisations of EACH."""

    def __init__(self, folder, accounts):
        super().__init__(folder, waits_for_disk=True)
        self.people = accounts
        self.admin_password = "known to the next run too"
        self.made = self.folder / "made"  # what slapadd has written
        self.load_seconds = None

    def template(self, name):
        """As docs/scale.md advises for so many: without refint, whose search for what names a deleted entry looks at every other
        entry; and with slots of the index that hold everybody whose name begins with the same letter."""
        entries = super().template(name).split("\n\n")
        if name == "config.ldif":
            frontend = next(at for at, entry in enumerate(entries) if "dn: olcDatabase={-1}frontend" in entry)
            entries.insert(frontend, "dn: olcBackend={0}mdb,cn=config\nobjectClass: olcBackendConfig\n"
                                     f"objectClass: olcMdbBkConfig\nolcBackend: {{0}}mdb\nolcBkMdbIdlExp: {SLOT}")
        return "\n\n".join(entry for entry in entries if "olcOverlay: refint" not in entry) + "\n"

    def account(self, number):
        return f"uid=person-{number},{self.accounts}"

    def organization(self, number):
        return f"o=Organization {number},{self.organizations}"

    def write_accounts(self, file):
        stored = passwords.argon2(PASSWORD)
        chance = random.Random(1)
        for number in range(self.people):
            given, family = chance.choice(GIVEN), surname(chance)
            file.write(f"dn: {self.account(number)}\nobjectClass: inetOrgPerson\nobjectClass: lkAccount\nuid: person-{number}\n"
                       f"cn: {given} {family}\nsn: {family}\nuserPassword: {stored}\n"
                       f"lkAlternateMail: person-{number}@home.example\n\n")

    def write_organization(self, file, number, chance):
        """Its administrator is its first person; one in three was invited; one in ten has no account yet."""
        dn = self.organization(number)
        names = [f"{chance.choice(GIVEN)} {surname(chance)}" for _ in range(EACH)]
        file.write(f"dn: {dn}\nobjectClass: organization\nobjectClass: lkOrganization\no: Organization {number}\n"
                   f"lkAdministrator: cn={names[0]} 0,{dn}\nlkServicePlan: support until=20991231235959Z\n\n")
        for place, name in enumerate(names):
            who = number * EACH + place
            given, family = name.split()
            file.write(f"dn: cn={name} {place},{dn}\nobjectClass: inetOrgPerson\nobjectClass: lkProfile\ncn: {name} {place}\n"
                       f"displayName: {name}\ngivenName: {given}\nsn: {family}\ntitle: Fitter\n"
                       f"mail: {family.lower()}.{place}@organization-{number}.example\ntelephoneNumber: +1 555 {who}\n"
                       + ("lkSent: invite at=20261122194103Z\n" if place % 3 == 0 else "")
                       + (f"lkAccountDN: {self.account(who)}\n" if place % 10 else "") + "\n")

    def fill(self):
        self.write_configuration()
        ldif = self.folder / "people.ldif"
        chance = random.Random(2)
        with open(ldif, "w") as file:
            self.write_accounts(file)
            for number in range(self.people // EACH):
                self.write_organization(file, number, chance)
        begin = time.monotonic()
        subprocess.run([find_program("slapadd"), "-q", "-n", "1", "-F", self.folder / "slapd.d", "-l", ldif],
                       check=True, capture_output=True)
        self.load_seconds = time.monotonic() - begin
        ldif.unlink()
        self.made.mkdir(mode=0o700)
        (self.folder / "data" / "data.mdb").replace(self.made / "data.mdb")

    def renew(self):
        """As it was loaded, whatever a former run has done; and compact, as docs/scale.md advises: slapadd leaves a long list of free
        pages, which each commit would write anew."""
        data = self.folder / "data"
        for left in (data / "data.mdb", *(self.folder / "log").glob("*.mdb")):
            left.unlink(missing_ok=True)
        subprocess.run([find_program("mdb_copy"), "-c", self.made, data], check=True, capture_output=True)
        (data / "data.mdb").chmod(0o600)
