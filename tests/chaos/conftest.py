# SPDX-License-Identifier: Apache-2.0
"""What happens when parts die. Run with: /usr/bin/python3 -m pytest tests/chaos

LATCHKEY_CHAOS_SEED repeats a run's random choices; each test that has any prints its seed.
"""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from harness.directory import Directory  # noqa: E402
from harness.ldap_proxy import LdapProxy  # noqa: E402
from harness.mail import MailServer  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: sensitive to time; nothing else may run beside it")


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """A slapd for the tests of one file. Whoever stops or pauses it sets it going again."""
    with Directory(tmp_path_factory.mktemp("directory")) as running:
        yield running


@pytest.fixture
def mail():
    """A real SMTP server for one test."""
    with MailServer() as running:
        yield running


@pytest.fixture(scope="module")
def post_office():
    """A real SMTP server for the tests of one file."""
    with MailServer() as running:
        yield running


@pytest.fixture(scope="module")
def proxy(directory):
    """Stands between the daemons of one file and its slapd, and can hold any step."""
    with LdapProxy(directory) as running:
        yield running
