# SPDX-License-Identifier: Apache-2.0
"""Certificates, and a slapd that has one."""
import subprocess

from .directory import Directory


def make_certificate(folder, name):
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )
    return certificate, key


class TlsDirectory(Directory):
    """A Directory in `folder` that takes passwords over TLS and its Unix socket only; its certificate is .certificate."""

    def __init__(self, folder):
        super().__init__(folder / "directory")
        self.certificate, key = make_certificate(folder, "slapd")
        self.write_configuration()
        self._tool(
            "slapmodify", 0,
            "dn: cn=config\nchangetype: modify\n"
            f"replace: olcTLSCertificateFile\nolcTLSCertificateFile: {self.certificate}\n-\n"
            f"replace: olcTLSCertificateKeyFile\nolcTLSCertificateKeyFile: {key}\n-\n"
            "replace: olcSecurity\nolcSecurity: simple_bind=128\n-\n"
            # The harness itself talks over the Unix socket, which counts as strong.
            "replace: olcLocalSSF\nolcLocalSSF: 128\n",
        )
