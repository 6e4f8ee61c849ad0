# SPDX-License-Identifier: Apache-2.0
"""Fixtures for tests over the real programs. Run them with: /usr/bin/python3 -m pytest tests/e2e"""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness.directory import Directory  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: builds something, takes long, or runs little of ours; not run under the sanitizers")
    config.addinivalue_line("markers", "one_thread: of programs with one thread; not run under the thread sanitizer")


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """One slapd for the tests of one file, for what one file leaves waiting another's courier would send. They share it:
    give what you add names of your own, and leave it running."""
    with Directory(tmp_path_factory.mktemp("directory")) as running:
        yield running


@pytest.fixture
def own_directory(tmp_path):
    """A slapd for this test alone, which it may fill, stop, kill and start as it likes."""
    with Directory(tmp_path / "directory") as running:
        yield running
