# SPDX-License-Identifier: Apache-2.0
"""What administrators do on the pages, on 389 Directory Server: the tests of test_people.py that do not look into slapd's own log or
count on its constraint overlay."""
import pytest

import test_people
from harness.borrowed import borrowed
from harness.client import JsonClient
from harness.directory_389 import Directory389

pytestmark = pytest.mark.slow

TESTS = """
    test_bulk_invite_and_cancel
    test_bulk_remove_asks_once
    test_cross_organisation_attempts_are_refused
    test_people_who_are_no_administrators_are_refused
    test_s02_signs_up_on_the_way_and_comes_back
    test_s16_another_account_for_my_profile
    test_s2_add_new_professional
    test_s2_as_json
    test_s3_a_profile_removed_by_ldapdelete_ends_links_and_access_at_once
    test_s3_an_administrator_that_is_removed_loses_the_mark
    test_s3_edit_as_json
    test_s3_list_is_sorted_searched_and_paged
    test_s3_nobody_removes_the_own_profile
    test_s3_two_administrators_edit_at_once
    test_s4_an_address_changed_by_ldapmodify_ends_outstanding_links
    test_s4_cancel
    test_s4_correct_the_address_and_send_again
    test_s5_added_as_administrator
    test_s5_the_last_one_stays
    test_s5_the_mark_counts_at_once
    test_s5_two_who_remove_each_other_leave_one
"""
globals().update(borrowed(test_people, only=TESTS.split()))


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    with Directory389(tmp_path_factory.mktemp("directory")) as running:
        yield running


CROWD = sorted({f"Sara {chr(97 + letter)}" for letter in range(26)} | {f"Person {n:02}" for n in range(60)} | {f"O{letter}o" for letter in "bcdfghjklmnpqrstvwxz"}
               | {"O", "O Neal", "O'Brien Pat", "Sara", "Sarah", "Zoë"}, key=str.casefold)  # fmt: skip


def test_s3_a_crowd_is_read_in_order(directory, daemon):
    """The server finds "Obo" for "o *": the blank at the end does not count. Each is listed once all the same, where it belongs."""
    house = test_people.House(directory)
    for name in CROWD:
        house.add(name, displayName=name)
    pages, _ = test_people.read_through(test_people.enter(daemon, house.account, JsonClient), "/organization", "next")
    assert sum(pages, []) == sorted(["Ada Archer", *CROWD], key=str.casefold)
