# SPDX-License-Identifier: Apache-2.0
"""A directory of people that must not change, and a second one of Latchkey's own beside it, set up as docs/second.md says.

    with First(folder / "first") as first, Second(folder / "second", first) as second: ...

The first one is read-only from its first start. first.dump() is all that it holds, with operational attributes, as slapcat writes it.
SecureFirst is one that is reached over TLS.
"""
import getpass
import os
import re
import subprocess

from .certificates import Secure
from .directory import SOURCE, find_program
from .existing import CONFIGURATION, Existing, Directory

PAGE = SOURCE / "docs" / "second.md"
PEOPLE = "ou=people,dc=plant,dc=example"
READER = "cn=reader,dc=plant,dc=example"
READER_PASSWORD = "what the reader reads with"

DATA = """dn: dc=plant,dc=example
objectClass: dcObject
objectClass: organization
dc: plant
o: The plant

dn: cn=reader,dc=plant,dc=example
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: READER_PASSWORD

dn: ou=people,dc=plant,dc=example
objectClass: organizationalUnit
ou: people
"""
PERSON = """
dn: uid={name},ou=people,dc=plant,dc=example
objectClass: inetOrgPerson
uid: {name}
cn: {given} Plant
sn: Plant
givenName: {given}
mail: {name}@plant.example
employeeType: {kind}
userPassword: password of {name}
"""
RULES = """olcReadOnly: TRUE
olcAccess: {0}to attrs=userPassword by anonymous auth by * none
olcAccess: {1}to * by dn.exact=READER read by * none
"""


class First(Existing):
    """Somebody's directory: read-only for everybody, shown to its reader alone."""

    authorities = "/etc/ssl/certs/ca-certificates.crt"  # that its certificate is verified against
    names = {"paula": "staff", "karl": "staff", "lena": "staff", "otto": "staff", "gast": "guest"}

    def __init__(self, folder):
        super().__init__(folder, suffix="dc=plant,dc=example")

    def write_configuration(self):
        for name in ("slapd.d", "data"):
            (self.folder / name).mkdir(mode=0o700)
        peer = f"gidNumber={os.getegid()}+uidNumber={os.geteuid()},cn=peercred,cn=external,cn=auth"
        text = re.sub(r"(?m)(^olcLastMod: TRUE\n)(olcAccess: .*\n)+\Z", r"\1" + RULES.replace("READER", READER), CONFIGURATION)
        text = text.replace("PEER", peer).replace("PASSWORD", self.admin_password).replace("FOLDER", str(self.folder))
        self._tool("slapadd", 0, text)
        people = [PERSON.format(name=name, given=name.capitalize(), kind=kind) for name, kind in self.names.items()]
        self._tool("slapadd", 1, DATA.replace("READER_PASSWORD", READER_PASSWORD) + "".join(people))

    @property
    def uri(self):
        """Where the second one finds it."""
        return self.ldap_uri

    @staticmethod
    def person(name):
        return f"uid={name},{PEOPLE}"

    def dump(self):
        done = subprocess.run([find_program("slapcat"), "-n", "1", "-F", self.folder / "slapd.d"], capture_output=True, check=True)
        return done.stdout

    def change(self, text):
        """What its own administrators do, past the rules: with slapd stopped for a moment."""
        self.stop()
        self._tool("slapmodify", 1, text)
        self.start()


class SecureFirst(Secure, First):
    """`way`: ldaps or StartTLS, to a name of this machine, for a loopback address is not asked for TLS."""

    def __init__(self, folder, way, authority, pair):
        super().__init__(folder, pair=pair)
        self.log_level = "stats"  # its log has a line for each bind
        self.way, self.authorities = way, authority.certificate

    @property
    def uri(self):
        return f"ldaps://localhost:{self.secure_port}" if self.way == "ldaps" else f"ldap://localhost:{self.port}"


class Second(Directory):
    """Latchkey's own, which asks the first one."""

    waits = {"LDAPNETWORK_TIMEOUT": "3", "LDAPTIMEOUT": "3"}

    def __init__(self, folder, first):
        super().__init__(folder)
        self.first = first
        self.daemon_settings = {"directory.people_base": PEOPLE,
                                "directory.people_filter": "(&(objectClass=person)(employeeType=staff))",
                                "directory.people_name": "uid"}

    def _start_once(self):
        former = {name: os.environ.get(name) for name in self.waits}
        os.environ.update(self.waits)
        try:
            return super()._start_once()
        finally:
            for name, value in former.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})

    def write_configuration(self):
        super().write_configuration()
        password, reader = self.folder / "admin.password", self.folder / "reader.password"
        password.write_text(self.admin_password)
        reader.write_text(READER_PASSWORD)
        self.start()
        given = {"SHARE": str(SOURCE), "SUFFIX": self.suffix, "DATABASE": "{1}mdb", "DAEMON": getpass.getuser(),
                 "AS": f"-x -H {self.ldapi_uri} -D {self.admin_dn} -y {password}", "PEOPLE": PEOPLE, "FIRST": self.first.uri,
                 "AUTHORITY": str(self.first.authorities), "READER": READER, "READER_PASSWORD": str(reader)}  # fmt: skip
        commands, = re.findall(r"(?ms)^ *```sh\n(.*?)^ *```", PAGE.read_text())
        done = subprocess.run(["bash", "-eu", "-o", "pipefail"], input=commands, text=True, capture_output=True, env={**os.environ, **given})
        assert done.returncode == 0, done.stdout + done.stderr
        self.stop()
