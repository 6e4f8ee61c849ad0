# SPDX-License-Identifier: Apache-2.0
"""SIGHUP: the new configuration serves, or the old one goes on serving as if nothing had been said."""
import pathlib
import socket
import subprocess

import pytest

from harness.client import Client
from harness.daemon import Daemon, free_port
from harness.mail import Certificates


@pytest.fixture
def daemon(directory, tmp_path):
    with Daemon(tmp_path / "daemon", directory) as running:
        yield running


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return connection.recv(100).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def test_a_notice_appears(daemon):
    client = Client(daemon.url)
    assert "Maintenance on Sunday" not in client.get("/signin").text
    daemon.set(pages_notice="Maintenance on Sunday")
    daemon.reload()
    assert "Maintenance on Sunday" in client.get("/signin").text


def test_addresses_come_and_go(daemon):
    first, second = daemon.port, free_port()
    daemon.set(server_listen=f"127.0.0.1:{first} 127.0.0.1:{second}")
    daemon.reload()
    assert answers(first) and answers(second)
    daemon.set(server_listen=f"127.0.0.1:{second}")
    daemon.reload()
    assert answers(second) and not answers(first)


def test_an_address_named_twice_is_a_fault(daemon):
    """A start could not bind it; a reload shares what is open, and must not close it twice."""
    once = f"127.0.0.1:{daemon.port}"
    daemon.set(server_listen=f"{once} {once}")
    daemon.reload()
    assert "kept-the-old" in daemon.log() and f"has '{once}' twice" in daemon.log()
    daemon.set(server_listen=once)
    daemon.reload()
    assert answers(daemon.port)


@pytest.mark.parametrize("settings, words", [
    ({"accounts_password_least": "three"}, "password_least"),
    ({"server_certificate": "missing.pem", "server_private_key": "missing.key"}, "missing.pem"),
    ({"links_key_ring": "/dev/null"}, "/dev/null"),
    ({"directory_embedded": "elsewhere"}, "restart"),
])
def test_a_fault_keeps_the_old(daemon, settings, words):
    former, gone = daemon.port, free_port()
    daemon.set(server_listen=f"127.0.0.1:{gone}", **settings)
    daemon.reload()
    assert "kept-the-old" in daemon.log() and words in daemon.log()
    assert answers(former) and not answers(gone)


@pytest.mark.parametrize("settings, name", [
    ({"directory_suffix": "dc=other,dc=org"}, "directory.suffix"),
    ({"directory_accounts_base": "ou=people,dc=example,dc=com"}, "directory.accounts_base"),
    ({"directory_account_name": "cn"}, "directory.account_name"),
    ({"directory_embedded_listen": "ldap://127.0.0.1"}, "directory.embedded_listen"),
])
def test_what_the_embedded_slapd_is_made_of_takes_a_restart(tmp_path, settings, name):
    with Daemon(tmp_path / "daemon", embedded=True) as daemon:
        daemon.set(pages_notice="Never to be seen", **settings)
        daemon.reload()
        assert "kept-the-old" in daemon.log() and f"{name} has changed: that takes a restart" in daemon.log()
        page = Client(daemon.url).get("/signin").submit("/signin", name="nobody", password="violet-anvil-9-teacup")
        assert page.status == 422 and "Never to be seen" not in page.text


def test_check_names_file_and_line(daemon):
    daemon.set(accounts_password_least="three", server_workers="0")
    done = subprocess.run(daemon.command("-t"), capture_output=True, text=True, env=daemon.environment())
    assert done.returncode == 1
    lines = daemon.configuration.read_text().splitlines()
    for name in ("password_least", "workers"):
        number = next(i for i, line in enumerate(lines, 1) if line.startswith(name))
        assert f"{daemon.configuration}:{number}: " in done.stderr, done.stderr


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """What the configuration may name: good ones, and ones with something wrong."""
    folder = tmp_path_factory.mktemp("files")
    good, other = (Certificates(folder / name) for name in ("good", "other"))
    for name, text, mode in (("garbage", "garbage\n", 0o600), ("password", "secret\n", 0o600), ("open", "secret\n", 0o644)):
        (folder / name).write_text(text)
        (folder / name).chmod(mode)
    named = {"good": good.certificate, "key": good.key, "other": other.key, "authority": good.authority, "missing": folder / "missing"}
    return {name: str(path) for name, path in {**named, **{name: folder / name for name in ("garbage", "password", "open")}}.items()}


LOGIN = {"courier_user": "courier", "courier_start_tls": "require"}
SIMPLE = {"directory_bind": "simple", "directory_bind_dn": "cn=x"}
FILES = [
    ({"server_certificate": "missing", "server_private_key": "missing"}, ["server.certificate: {missing}: No such file", "server.private_key: cannot open {missing}"]),
    ({"server_certificate": "garbage", "server_private_key": "key"}, ["server.certificate: {garbage}: holds no certificate"]),
    ({"server_certificate": "good", "server_private_key": "other"}, ["server.certificate: {good}: ", "do not match"]),
    ({"courier_ca_file": "garbage"}, ["courier.ca_file: {garbage}: holds no certificate"]),
    ({"courier_ca_file": "missing"}, ["courier.ca_file: {missing}: No such file"]),
    ({"courier_password_file": "missing", **LOGIN}, ["courier.password_file: cannot open {missing}"]),
    ({"courier_password_file": "open", **LOGIN}, ["courier.password_file: {open} is open to group or others"]),
    ({"directory_bind_password_file": "missing", **SIMPLE}, ["directory.bind_password_file: cannot open {missing}"]),
    ({"links_key_ring": "garbage"}, ["links.key_ring: {garbage}:1: "]),
    ({"server_certificate": "good", "server_private_key": "key", "courier_ca_file": "authority", "courier_password_file": "password", **LOGIN}, []),
    ({"links_key_ring": "missing"}, []),
]


@pytest.mark.parametrize("settings, words", FILES)
def test_check_looks_at_the_files(daemon, files, settings, words):
    daemon.set(**{name: files.get(value, value) for name, value in settings.items()})
    done = subprocess.run(daemon.command("-t"), capture_output=True, text=True, env=daemon.environment())
    assert done.returncode == (1 if words else 0), done.stderr
    for some in words:
        assert some.format(**files) in done.stderr
    assert not pathlib.Path(files["missing"]).exists()


def test_print_config_reads_back(daemon, tmp_path):
    done = subprocess.run(daemon.command("--print-config"), capture_output=True, text=True, env=daemon.environment(), check=True)
    again = tmp_path / "again.conf"
    again.write_text(done.stdout)
    command = [daemon.command()[0], "-c", str(again), "--print-config"]
    assert subprocess.run(command, capture_output=True, text=True, env=daemon.environment(), check=True).stdout == done.stdout
