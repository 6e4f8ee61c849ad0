# SPDX-License-Identifier: Apache-2.0
"""A certificate authority of our own, and a directory that speaks TLS with what it issues.

    authority = Authority(tmp_path / "authority")
    pair = authority.issue("slapd", names=["IP:127.0.0.1"])          # pair.certificate, pair.key, pair.context()
    with SecureDirectory(tmp_path / "directory", pair, authority) as directory:
        directory.ldaps_uri
"""
import collections
import datetime
import pathlib
import ssl
import subprocess

from .directory import Directory
from .ports import free_port

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Pair(collections.namedtuple("Pair", "certificate key")):
    def context(self):
        """For a server of Python's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Authority:
    def __init__(self, folder, name="Test Authority"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self.folder / "authority.pem"
        self.key = self.folder / "authority.key"
        openssl("req", "-x509", *CURVE, "-days", "30", "-subj", f"/O={name}", "-keyout", self.key, "-out", self.certificate)
        (self.folder / "index").write_text("")
        (self.folder / "serial").write_text("01\n")
        (self.folder / "ca.conf").write_text(
            "[ca]\ndefault_ca = own\n[own]\npolicy = any\nunique_subject = no\nrand_serial = yes\n"
            f"database = {self.folder}/index\nnew_certs_dir = {self.folder}\ndefault_md = sha256\n"
            "[any]\norganizationName = optional\ncommonName = optional\n"
        )

    def issue(self, name, names=(), subject=None, days=(-1, 5)):
        """`names`: of the server, such as IP:127.0.0.1 or DNS:ldap.example.com. `days`: from when until when, from today."""
        pair = Pair(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text("subjectAltName = " + ", ".join(names) + "\n" if names else "basicConstraints = CA:FALSE\n")
        openssl("req", *CURVE, "-subj", subject or f"/CN={name}", "-keyout", pair.key, "-out", request)
        today = datetime.datetime.now(datetime.timezone.utc)
        begin, end = ((today + datetime.timedelta(days=number)).strftime("%Y%m%d%H%M%SZ") for number in days)
        openssl("ca", "-batch", "-notext", "-config", self.folder / "ca.conf", "-cert", self.certificate, "-keyfile", self.key,
                "-in", request, "-out", pair.certificate, "-startdate", begin, "-enddate", end, "-extfile", extensions)
        pair.key.chmod(0o600)
        return pair


class Secure:
    """Before the class of a directory: it speaks ldaps:// and StartTLS with `pair`."""

    secure_port = None

    def __init__(self, *arguments, pair, **more):
        super().__init__(*arguments, **more)
        self.pair = pair

    def write_configuration(self):
        super().write_configuration()
        self.use(self.pair)

    def listens_at(self):
        self.secure_port = self.secure_port or free_port()
        return [*super().listens_at(), f"ldaps://127.0.0.1:{self.secure_port}/"]

    @property
    def ldaps_uri(self):
        return f"ldaps://127.0.0.1:{self.secure_port}"

    def use(self, pair):
        """Another certificate, from the next start on."""
        self._tool(
            "slapmodify", 0,
            "dn: cn=config\nchangetype: modify\n"
            f"replace: olcTLSCertificateFile\nolcTLSCertificateFile: {pair.certificate}\n-\n"
            f"replace: olcTLSCertificateKeyFile\nolcTLSCertificateKeyFile: {pair.key}\n",
        )


class SecureDirectory(Secure, Directory):
    """Knows who shows a certificate of the authority: the subject cn=latchkeyd,o=Latchkey is the daemon."""

    verify_client = "try"

    def __init__(self, folder, pair, authority, **more):
        super().__init__(folder, pair=pair, **more)
        self.authority = authority

    def write_configuration(self):
        super().write_configuration()
        self._tool(
            "slapmodify", 0,
            "dn: cn=config\nchangetype: modify\n"
            f"replace: olcTLSCACertificateFile\nolcTLSCACertificateFile: {self.authority.certificate}\n-\n"
            f"replace: olcTLSVerifyClient\nolcTLSVerifyClient: {self.verify_client}\n-\n"
            f'add: olcAuthzRegexp\nolcAuthzRegexp: {{0}}"^cn=latchkeyd,o=Latchkey$" "{self.service_dn}"\n',
        )
