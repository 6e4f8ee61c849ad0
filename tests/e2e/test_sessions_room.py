# SPDX-License-Identifier: Apache-2.0
"""The rooms `sessions` and `credentials`, function by function, against a real slapd."""
import re
import time

import ldap
import pytest

from harness.probe import BUILD, Probe

NOW = 1795000000
IDLE, LONGEST, TOUCH, CAP = 28800, 86400, 300, 4
PROFILES = ["01020304-0506-0708-090a-0b0c0d0e0f10", "aabbccdd-0506-0708-090a-0b0c0d0e0f10"]


class SessionsProbe(Probe):
    program = BUILD / "tests" / "e2e" / "sessions_probe"


@pytest.fixture(scope="module")
def probe(directory, tmp_path_factory):
    keys = tmp_path_factory.mktemp("keys") / "keys"
    with SessionsProbe(directory, links_key_ring=keys, sessions_per_account=CAP, accounts_argon2_passes=1) as running:
        yield running


def stamp(when):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(when))


def begin(probe, name, now=NOW, **inputs):
    answer = probe.ask("begin", name=name, now=now, **inputs)
    assert answer["status"] == "ok", answer
    return answer["cookie"]


def check(probe, cookie, now=NOW):
    return probe.ask("check", cookie=cookie, now=now)


# ---- begin and check


def test_a_session_is_one_value_on_its_account(probe, directory):
    jane = directory.add_account("jane.session")
    cookie = begin(probe, "jane.session", kept=True, address="192.0.2.7", agent="Mozilla/5.0 (X11)")
    answer = check(probe, cookie)
    assert answer["status"] == "ok" and answer["dn"] == jane and answer["kept"]
    [value] = directory.values(jane, "lkSession")
    assert value == answer["value"]
    assert re.fullmatch(
        rf"session id=[\w-]{{43}} begun={stamp(NOW)} seen={stamp(NOW)} kept=1 from=192\.0\.2\.7 "
        r"agent=\"Mozilla/5\.0 \(X11\)\"",
        value,
    )
    assert cookie not in value and answer["id"] in value


def test_deleting_the_value_signs_out(probe, directory):
    jane = directory.add_account("jane.deleted")
    cookie = begin(probe, "jane.deleted")
    directory.modify(jane, delete={"lkSession": None})
    assert check(probe, cookie)["status"] == "absent"


def test_removing_the_account_signs_out(probe, directory):
    jane = directory.add_account("jane.removed")
    cookie = begin(probe, "jane.removed")
    directory.delete(jane)
    assert check(probe, cookie)["status"] == "absent"


def test_garbage_and_forgery_ask_nobody(probe, directory):
    directory.add_account("jane.forged")
    cookie = begin(probe, "jane.forged")
    before = directory.operations()["all"]
    assert check(probe, "")["status"] == "malformed"
    assert check(probe, "A" * 66)["status"] == "malformed"
    assert check(probe, cookie[:20] + ("A" if cookie[20] != "A" else "B") + cookie[21:])["status"] == "refused"
    assert directory.operations()["all"] == before


def test_a_session_ends(probe, directory):
    directory.add_account("jane.ends")
    cookie = begin(probe, "jane.ends")
    assert check(probe, cookie, NOW)["ends"] == NOW + IDLE
    assert check(probe, cookie, NOW + IDLE)["status"] == "absent"
    assert check(probe, cookie, NOW + IDLE - 1)["ends"] == NOW + 2 * IDLE - 1
    now = NOW + IDLE - 1
    while now + IDLE - 1 < NOW + LONGEST:
        now += IDLE - 1
        assert check(probe, cookie, now)["status"] == "ok"
    assert check(probe, cookie, NOW + LONGEST - 1)["ends"] == NOW + LONGEST
    assert check(probe, cookie, NOW + LONGEST)["status"] == "absent"


def test_the_last_use_is_written_now_and_then(probe, directory):
    jane = directory.add_account("jane.touch")
    cookie = begin(probe, "jane.touch")
    before = directory.values(jane, "lkSession")
    assert check(probe, cookie, NOW + TOUCH - 1)["seen"] == NOW
    assert directory.values(jane, "lkSession") == before
    assert check(probe, cookie, NOW + TOUCH)["seen"] == NOW + TOUCH
    assert f"seen={stamp(NOW + TOUCH)}" in directory.values(jane, "lkSession")[0]
    assert check(probe, cookie, NOW)["status"] == "ok"  # another daemon's clock is behind
    assert len(directory.values(jane, "lkSession")) == 1


def test_the_cap_takes_the_least_recently_used(probe, directory):
    jane = directory.add_account("jane.cap")
    cookies = [begin(probe, "jane.cap", NOW + i) for i in range(CAP)]
    assert check(probe, cookies[0], NOW + TOUCH + 10)["status"] == "ok"
    cookies.append(begin(probe, "jane.cap", NOW + TOUCH + 20))
    assert len(directory.values(jane, "lkSession")) == CAP
    states = [check(probe, cookie, NOW + TOUCH + 30)["status"] for cookie in cookies]
    assert states == ["ok", "absent"] + ["ok"] * (CAP - 1)


def test_sign_in_takes_away_what_ended_and_what_nobody_can_read(probe, directory):
    jane = directory.add_account("jane.trim", lkSession=["session", "nonsense id=1"])
    begin(probe, "jane.trim", NOW)
    directory.modify(jane, add={"lkSession": "session id=short"})
    begin(probe, "jane.trim", NOW + IDLE)
    [value] = directory.values(jane, "lkSession")
    assert f"begun={stamp(NOW + IDLE)}" in value


# ---- select and end


def test_select_and_switch(probe, directory):
    jane = directory.add_account("jane.select")
    cookie = begin(probe, "jane.select")
    assert check(probe, cookie)["profile"] is None
    for profile in (PROFILES[0], PROFILES[1], PROFILES[1]):
        answer = probe.ask("select", cookie=cookie, now=NOW, profile=profile)
        assert answer["status"] == "ok" and answer["profile"] == profile
        assert check(probe, cookie)["profile"] == profile
        assert directory.values(jane, "lkSession") == [answer["value"]]


def test_select_survives_a_use_that_was_written_meanwhile(probe, directory):
    jane = directory.add_account("jane.meanwhile")
    cookie = begin(probe, "jane.meanwhile")
    answer = probe.ask("select", cookie=cookie, now=NOW, meanwhile=NOW + TOUCH, profile=PROFILES[0])
    assert answer["status"] == "ok", answer
    [value] = directory.values(jane, "lkSession")
    assert f"seen={stamp(NOW + TOUCH)}" in value and f"profile={PROFILES[0]}" in value


def test_end(probe, directory):
    jane = directory.add_account("jane.end")
    cookies = [begin(probe, "jane.end"), begin(probe, "jane.end")]
    assert probe.ask("end", cookie=cookies[0], now=NOW, twice=True)["status"] == "ok"
    assert [check(probe, cookie)["status"] for cookie in cookies] == ["absent", "ok"]
    assert len(directory.values(jane, "lkSession")) == 1


# ---- many at once


def test_many_sign_ins_at_once(probe, directory):
    jane = directory.add_account("jane.crowd")
    for _ in range(CAP):
        begin(probe, "jane.crowd")
    answer = probe.ask("race", what="begin", name="jane.crowd", now=NOW + 5, count=16)
    assert answer["statuses"] == ["ok"] * 16
    begin(probe, "jane.crowd", NOW + 6)
    assert len(directory.values(jane, "lkSession")) == CAP


def test_many_requests_of_one_browser_at_once(probe, directory):
    jane = directory.add_account("jane.browser")
    cookie = begin(probe, "jane.browser")
    answer = probe.ask("race", what="check", cookie=cookie, now=NOW + TOUCH, count=32)
    assert answer["statuses"] == ["ok"] * 32
    assert len(directory.values(jane, "lkSession")) == 1


# ---- credentials


def test_the_directory_binds_with_our_verifier(probe, directory):
    verifier = probe.ask("hash", password="correct horse – Straße")["verifier"]
    assert re.fullmatch(r"\{ARGON2\}\$argon2id\$v=19\$m=19456,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}", verifier)
    jane = directory.add_account("jane.verifier", userPassword=verifier)
    directory.connect(jane, "correct horse – Straße").unbind_s()
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        directory.connect(jane, "correct horse")


def test_passwords_are_checked_by_a_bind(probe, directory):
    jane = directory.add_account("jane.bind", "correct horse")
    assert probe.ask("renew")["status"] == "ok"
    assert probe.ask("password", dn=jane, password="correct horse")["status"] == "ok"
    assert probe.ask("password", dn=jane, password="wrong horse")["status"] == "refused"
    assert probe.ask("password", dn=jane, password="")["status"] == "malformed"
    assert probe.ask("password", dn=jane, password="x" * 1025)["status"] == "malformed"
    assert probe.ask("password", dn=None, password="correct horse")["status"] == "refused"
    assert probe.ask("password", dn="uid=gone," + directory.accounts, password="x")["status"] == "refused"


def test_the_decoy_refuses_even_its_own_password(probe, directory):
    directory.modify(directory.decoy_dn, replace={"userPassword": probe.ask("hash", password="decoy")["verifier"]})
    directory.connect(directory.decoy_dn, "decoy").unbind_s()
    assert probe.ask("password", dn=None, password="decoy")["status"] == "refused"
    assert probe.ask("renew")["status"] == "ok"
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        directory.connect(directory.decoy_dn, "decoy")


def test_an_account_that_is_not_there_costs_the_same(probe, directory):
    verifier = probe.ask("hash", password="correct horse")["verifier"]
    jane = directory.add_account("jane.cost", userPassword=verifier)
    assert probe.ask("renew")["status"] == "ok"

    def cost(dn):
        begun = time.monotonic()
        assert probe.ask("password", dn=dn, password="wrong horse")["status"] == "refused"
        return time.monotonic() - begun

    # the least of many: what else the machine does only adds
    there, nowhere = (min(times) for times in zip(*[(cost(jane), cost(None)) for _ in range(25)]))
    assert 0.5 < nowhere / there < 2, (there, nowhere)
