# SPDX-License-Identifier: Apache-2.0
"""The recipes of docs/directory.md, run as they stand there, one after the other, on the demonstration data."""
import os
import re
import subprocess

import pytest
from harness.directory import SOURCE, Directory

PAGE = SOURCE / "docs" / "directory.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
RECIPES = [(found.group(1), found.group(2)) for found in BLOCK.finditer(PAGE.read_text())]


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recipes")
    with Directory(folder / "directory") as running:
        running.load("demo.ldif")
        password = folder / "password"
        password.write_text(running.admin_password)
        running.password_file = password
        yield running


def test_there_are_recipes():
    assert len(RECIPES) >= 15


@pytest.mark.parametrize("commands, output", RECIPES, ids=[str(number) for number in range(1, len(RECIPES) + 1)])
def test_recipe(demonstration, commands, output):
    done = subprocess.run(
        ["bash", "-e"], input=commands, capture_output=True, text=True,
        env={**os.environ, "LDAPURI": demonstration.ldapi_uri, "ADMIN": demonstration.admin_dn,
             "PASSWORD": str(demonstration.password_file)},
    )  # fmt: skip
    assert done.returncode == 0, commands + done.stderr
    if output is not None:
        shown, more, _ = output.partition("…\n")
        assert done.stdout.startswith(shown) if more else done.stdout == shown
