# SPDX-License-Identifier: Apache-2.0
"""An OpenLDAP that was there before Latchkey: somebody else's suffix, people, rules and indexes."""
import getpass
import os
import subprocess

from .directory import SOURCE, Directory

# What Debian's package makes of a new installation, as far as it matters here; with a second suffix, people and rules.
CONFIGURATION = """dn: cn=config
objectClass: olcGlobal
cn: config

dn: cn=module{0},cn=config
objectClass: olcModuleList
cn: module{0}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif

include: file:///etc/ldap/schema/cosine.ldif

include: file:///etc/ldap/schema/nis.ldif

include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase={-1}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {-1}frontend
olcAccess: {0}to * by dn.exact=PEER manage by * break
olcAccess: {1}to dn.exact="" by * read
olcAccess: {2}to dn.base="cn=Subschema" by * read
olcSizeLimit: 500

dn: olcDatabase={0}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {0}config
olcAccess: {0}to * by dn.exact=PEER manage by * break
olcRootDN: cn=admin,cn=config
olcRootPW: PASSWORD

dn: olcDatabase={1}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {1}mdb
olcSuffix: dc=plant,dc=example
olcDbDirectory: FOLDER/data
olcRootDN: cn=admin,dc=plant,dc=example
olcRootPW: PASSWORD
olcDbCheckpoint: 512 30
olcDbIndex: objectClass eq
olcDbIndex: cn,uid eq
olcDbIndex: uidNumber,gidNumber eq
olcLastMod: TRUE
olcAccess: {0}to attrs=userPassword by self write by anonymous auth by * none
olcAccess: {1}to attrs=shadowLastChange by self write by * read
olcAccess: {2}to * by * read
"""
DATA = """dn: dc=plant,dc=example
objectClass: dcObject
objectClass: organization
dc: plant
o: The plant

dn: ou=people,dc=plant,dc=example
objectClass: organizationalUnit
ou: people

dn: uid=paula,ou=people,dc=plant,dc=example
objectClass: inetOrgPerson
uid: paula
cn: Paula Plant
sn: Plant
"""


class Existing(Directory):
    configuration = CONFIGURATION

    def write_configuration(self):
        for name in ("slapd.d", "data", "log"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        peer = "gidNumber={}+uidNumber={},cn=peercred,cn=external,cn=auth"
        text = self.configuration.replace("PEER", peer.format(os.getegid(), os.geteuid()))
        text = text.replace("PASSWORD", self.admin_password).replace("FOLDER", str(self.folder))
        self._tool("slapadd", 0, text)
        self._tool("slapadd", 1, DATA)

    def apply(self, program, who, *files):
        """ldif/fill … | ldapadd or ldapmodify, as docs/directory.md shows it."""
        filled = subprocess.run(
            [SOURCE / "ldif" / "fill", "-s", self.suffix, "-d", "{1}mdb", "-f", self.folder, "-u", getpass.getuser(), *files],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        dn = "cn=admin,cn=config" if who == "config" else self.admin_dn
        done = subprocess.run(
            [program, "-x", "-H", self.ldapi_uri, "-D", dn, "-w", self.admin_password],
            input=filled, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{files}: {done.stderr}"
