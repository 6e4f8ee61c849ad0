# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "scale"), str(TESTS / "bench"), str(TESTS / "e2e")]

import rows  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def table():
    yield
    rows.print_table()
