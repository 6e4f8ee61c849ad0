# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import figures  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def table():
    yield
    figures.print_table()
