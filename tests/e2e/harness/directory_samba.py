# SPDX-License-Identifier: Apache-2.0
"""A private Active Directory domain controller (Samba) with the shipped schema, to be used like harness.directory.Directory.

    with private_network(), DirectorySamba(tmp_path / "directory") as directory: ...

Its LDAP service alone, set up with the commands of docs/samba.md. It answers at the ports 389, 636, 3268 and 3269 of the loopback
addresses and at no others, so it wants a network of its own (harness.private_network); all that it writes is in the folder. An organisation is
an organizationalUnit, a profile a contact, an account a user.
"""
import os
import re
import subprocess

import ldap
from ldap.dn import escape_dn_chars

from . import private_network
from .certificates import Authority
from .directory import SOURCE, Directory, find_program

PAGE = SOURCE / "docs" / "samba.md"
PYTHON = "/usr/bin/python3"  # the one that Debian's python3-samba is for

CONFIGURATION = """[global]
netbios name = DC
workgroup = AD
realm = AD.EXAMPLE
server role = active directory domain controller
server services = ldap
interfaces = lo
bind interfaces only = yes
private dir = FOLDER/private
state directory = FOLDER/state
cache directory = FOLDER/cache
lock directory = FOLDER/run
pid directory = FOLDER/run
ncalrpc dir = FOLDER/run/ncalrpc
binddns dir = FOLDER/run/dns
winbindd socket directory = FOLDER/run/winbindd
ntp signd socket directory = FOLDER/run/ntp
usershare path =
log file = FOLDER/log
tls keyfile = KEY
tls certfile = CERTIFICATE
tls cafile = AUTHORITY
dsdb:schema update allowed = yes
old password allowed period = 0
load printers = no
[sysvol]
path = FOLDER/state/sysvol
[netlogon]
path = FOLDER/state/sysvol/ad.example/scripts
"""
# samba-tool has no skip_sysvolacl, and where the rights of sysvol's files cannot be set it gives up.
PROVISION = """
import logging, sys
from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.provision import FILL_FULL, provision

provision(logging.getLogger(), system_session(), smbconf=sys.argv[1], realm="AD.EXAMPLE", domain="AD", hostname="dc", hostip="127.0.0.1",
          adminpass=sys.stdin.read(), serverrole="active directory domain controller", dns_backend="NONE",
          dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2, samdb_fill=FILL_FULL, skip_sysvolacl=True)
"""
FOLDERS = ("private", "state", "cache", "run", "run/ncalrpc", "run/dns")


def why_not():
    """What is missing to run one here, or nothing."""
    if find_program("samba") is None:
        return "no Samba here (samba, samba-ad-provision, samba-dsdb-modules)"
    done = subprocess.run([PYTHON, "-c", "import samba.provision, samba.dsdb"], capture_output=True)
    return private_network.why_not() if done.returncode == 0 else "python3-samba is not installed"


def quoted(password):
    """As unicodePwd wants it."""
    return f'"{password}"'.encode("utf-16-le")


class DirectorySamba(Directory):
    def __init__(self, folder):
        super().__init__(folder, suffix="DC=ad,DC=example")
        self.configuration = self.folder / "smb.conf"
        self.ldapi_uri = self.ldap_uri = "ldaps://127.0.0.1"
        self.admin_dn = f"CN=Administrator,CN=Users,{self.suffix}"
        self.admin_password += "-Aa1"
        self.service_password = self.admin_password + "-daemon"
        self.authority = Authority(self.folder / "authority")
        self.secret = self.folder / "secret"
        self.daemon_settings = {
            "directory.ca_file": self.authority.certificate, "directory.bind": "simple", "directory.bind_dn": self.service_dn,
            "directory.bind_password_file": self.secret, "directory.account_name": "cn", "directory.unique_id": "objectGUID",
            "directory.password_method": "unicodePwd", "directory.follow": "poll",
        }  # fmt: skip

    # ---- from nothing to a domain

    def is_made(self):
        return (self.folder / "made").exists()

    def write_configuration(self):
        for name in FOLDERS:
            (self.folder / name).mkdir(mode=0o700)
        pair = self.authority.issue("dc", names=["IP:127.0.0.1"])
        words = {"FOLDER": self.folder, "KEY": pair.key, "CERTIFICATE": pair.certificate, "AUTHORITY": self.authority.certificate}
        self.configuration.write_text(re.sub("|".join(words), lambda word: str(words[word.group()]), CONFIGURATION))
        self.secret.touch(mode=0o600)
        self.secret.write_text(self.service_password)
        done = subprocess.run([PYTHON, "-c", PROVISION, self.configuration], input=self.admin_password, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        (self.folder / "made").touch()
        assert self._start_once(), (self.folder / "slapd.log").read_text()
        for commands in self.commands():
            self.run_commands(commands)

    @staticmethod
    def commands():
        return re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE.read_text())

    def run_commands(self, commands):
        """Commands of the page, with what it says to set before."""
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(self.admin_password)
        given = {"LDAPURI": self.ldapi_uri, "LDAPTLS_CACERT": self.authority.certificate, "SHARE": SOURCE, "SUFFIX": self.suffix,
                 "ADMIN": self.admin_dn, "PASSWORD": password, "SECRET": self.secret, "CONF": self.configuration}  # fmt: skip
        done = subprocess.run(["bash", "-e", "-o", "pipefail"], input=commands, text=True, capture_output=True, cwd=self.folder,
                              env={**os.environ, **{name: str(value) for name, value in given.items()}})
        assert done.returncode == 0, done.stdout + done.stderr

    # ---- the process

    def start(self):
        if not self.is_made():
            self.write_configuration()
        if self.process is None and not self._start_once():
            raise RuntimeError("samba does not start: " + (self.folder / "slapd.log").read_text()[-2000:])
        return self

    def _command(self):
        return [find_program("samba"), "-F", "-M", "single", "--no-process-group", "-s", self.configuration]

    def connect(self, dn=None, password=None, uri=None):
        connection = ldap.initialize(uri or self.ldapi_uri)
        connection.set_option(ldap.OPT_REFERRALS, 0)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 10.0)
        connection.set_option(ldap.OPT_TIMEOUT, 20.0)
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(self.authority.certificate))
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        if dn is None:
            dn, password = self.admin_dn, self.admin_password
        if dn:
            connection.simple_bind_s(dn, password)
        return connection

    def connect_service(self, act_as=None):
        assert act_as is None, "this server knows no proxied authorization"
        return self.connect(self.service_dn, self.service_password)

    # ---- making things

    def add_organization(self, name, administrators=("Main Contact",), plans=(), connection=None, **attributes):
        """A link must lead to an entry: who administers is named last."""
        dn = f"ou={escape_dn_chars(name)},{self.organizations}"
        entry = {"objectClass": ["organizationalUnit", "lkOrganization"], "ou": name, "o": name, "lkServicePlan": list(plans)}
        self.add(dn, {**entry, **attributes}, connection)
        domain = "".join(c for c in name.lower() if c.isalnum())
        named = [self.add_profile(dn, who, f"{who.lower().replace(' ', '.')}@{domain}.example", connection) for who in administrators]
        self.modify(dn, add={"lkAdministrator": named}, connection=connection)
        return dn

    def add_profile(self, organization, name, mail, connection=None, **attributes):
        entry = {"objectClass": ["contact", "lkProfile"], "cn": name, "sn": name.split()[-1], "mail": mail}
        return self.add(f"cn={escape_dn_chars(name)},{organization}", {**entry, **attributes}, connection)

    def add_account(self, name, password=None, connection=None, **attributes):
        entry = {"objectClass": ["user", "lkAccount"], "cn": name, "sn": name, "sAMAccountName": name}
        if password is not None:
            entry.update(unicodePwd=quoted(password), userAccountControl="512")
        return self.add(f"cn={escape_dn_chars(name)},{self.accounts}", {**entry, **attributes}, connection)
