# SPDX-License-Identifier: Apache-2.0
"""Signing in where slapd's ppolicy has something to say about the password: in plain words, and only to who knows it."""
import concurrent.futures
import urllib.parse
import uuid

import ldap
import pytest

from harness.client import Client, JsonClient
from harness.daemon import Daemon
from harness.totp import App

PASSWORD = "violet-anvil-9-teacup"
NEW_PASSWORD = "granite-41-lantern-oboe"
WRONG = "not the password"
# One typed form, two prepared ones (NFKC): the daemon binds with the prepared one first, then with what was typed.
WIDE = "violet-anvil-９-teacup"


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    settings = {"limits.account_tries": "3", "limits.account_first_pause": "1h", "limits.account_longest_pause": "1h"}
    with Daemon(tmp_path_factory.mktemp("daemon"), directory, settings=settings) as running:
        yield running


def add_account(directory, daemon, state=None, password=PASSWORD, **rules):
    """An account made by its owner, then put under a policy of its own and into a state of it."""
    name = unique("ada")
    assert Client(daemon.url).sign_up(name, password).path == "/associate"
    dn = f"uid={name},{directory.accounts}"
    policy = directory.add(f"cn={unique('policy')},ou=policies,{directory.suffix}",
                           {"objectClass": ["pwdPolicy", "device"], "pwdAttribute": "userPassword", **rules})
    directory.modify(dn, replace={"pwdPolicySubentry": policy, **(state or {})})
    return name


def expired(directory, daemon, **more):
    """A day of life, and fifty years old. slapd lets nobody write pwdChangedTime but with the relax rules control."""
    name = add_account(directory, daemon, pwdMaxAge="86400", **more)
    dn = f"uid={name},{directory.accounts}"
    relax = ldap.controls.RequestControl("1.3.6.1.4.1.4203.666.5.12", True)
    directory.admin.modify_ext_s(dn, [(ldap.MOD_REPLACE, "pwdChangedTime", [b"19760101000000Z"])], serverctrls=[relax])
    return name


def must_change(directory, daemon, **more):
    return add_account(directory, daemon, {"pwdReset": "TRUE"}, pwdMustChange="TRUE", **more)


def locked(directory, daemon, **more):
    return add_account(directory, daemon, {"pwdAccountLockedTime": "000001010000Z"}, pwdLockout="TRUE", **more)


def words(daemon, name, password):
    page = Client(daemon.url).sign_in(name, password)
    assert page.path == "/signin"
    assert page.status == 422
    return page.text


def is_signed_in(client):
    return client.get("/auth").status != 401


CASES = pytest.mark.parametrize("make, told", [(expired, "has expired"), (must_change, "was set by somebody else")],
                                ids=["expired", "must_change"])


def asked(daemon, name, password=PASSWORD, client=None, **more):
    """The page that wants a new password."""
    page = (client or Client(daemon.url)).sign_in(name, password, **more)
    assert page.status == 200 and page.form("/signin/password"), page.text
    return page


def replaced(page, password=NEW_PASSWORD, again=None, **more):
    return page.submit("/signin/password", password=password, password_again=again or password, **more)


@CASES
def test_who_knows_the_password_sets_a_new_one_and_is_signed_in(daemon, directory, make, told):
    name = make(directory, daemon)
    dn = f"uid={name},{directory.accounts}"
    directory.modify(dn, replace={"lkAlternateMail": f"{name}@home.example", "lkSession": []})
    client = Client(daemon.url)
    page = asked(daemon, name, client=client)
    assert told in page.text and not is_signed_in(client) and directory.values(dn, "lkSession") == []
    for password, again, words in (("short", "short", "at least"), (NEW_PASSWORD, "another-one-42-oboe", "not the same"), ("", "", "")):
        page = replaced(page, password, again)
        assert page.status == 422 and words in page.text and told in page.text and not is_signed_in(client)
    done = replaced(page, follow=False)
    assert done.status == 303 and is_signed_in(client) and len(directory.values(dn, "lkSession")) == 1
    assert "A new password was set" in daemon.mailbox.newest(f"{name}@home.example").text
    assert Client(daemon.url).sign_in(name, NEW_PASSWORD).path == "/associate", "and nothing is wanted of it any more"
    assert Client(daemon.url).sign_in(name, PASSWORD).status == 422


@CASES
def test_the_step_serves_once(daemon, directory, make, told):
    name = make(directory, daemon)
    pages = [asked(daemon, name) for _ in range(8)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: replaced(pages[i], f"{NEW_PASSWORD}-{i}", follow=False).status, range(8)))
    assert sorted(answers) == [303] + [403] * 7
    winner = answers.index(303)
    assert Client(daemon.url).sign_in(name, f"{NEW_PASSWORD}-{winner}").path == "/associate"
    assert replaced(pages[winner]).status == 403, "nor twice by the same one"


def test_what_was_wanted_is_where_it_leads(daemon, directory):
    name = must_change(directory, daemon)
    client = Client(daemon.url)
    page = client.get("/signin?continue=/account").submit("/signin", name=name, password=PASSWORD, keep="yes")
    done = replaced(page, follow=False)
    assert done.headers["Location"] == "/account"
    assert "Max-Age" in next(header for header in done.headers.get_all("Set-Cookie") if header.startswith("latchkey="))


def test_a_step_is_none_of_another_kind_or_account(daemon, directory):
    """A code's step would let a password be set without the code; garbage asks nothing of the directory."""
    name = unique("ada")
    client = Client(daemon.url)
    assert client.sign_up(name, PASSWORD).path == "/associate"
    page = client.get("/account/second-factor").submit("/account/second-factor/new", password_now=PASSWORD)
    link = next(link for link in page.parsed.links if link.startswith("otpauth:"))
    app = App(urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["secret"][0])
    page.submit("/account/second-factor", code=app.code())
    code_page = Client(daemon.url).sign_in(name, PASSWORD)
    step = code_page.form("/signin/code").fields["step"]
    other = asked(daemon, must_change(directory, daemon))
    form = other.form("/signin/password").fields
    before = directory.read(f"uid={name},{directory.accounts}", ["userPassword"])
    for stolen in (step, form["step"][:-1] + ("A" if form["step"][-1] != "A" else "E"), "A" * len(step)):
        page = other.client.post("/signin/password", {**form, "step": stolen, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD})
        assert page.status == 403 and "Please sign in once more" in page.text
    assert directory.read(f"uid={name},{directory.accounts}", ["userPassword"]) == before
    code_form = code_page.form("/signin/code").fields
    assert code_page.client.post("/signin/code", {**code_form, "step": form["step"], "code": app.code()}).status == 403
    assert other.client.get("/signin/password").path == "/signin"


@CASES
def test_with_a_second_factor_a_password_alone_changes_nothing(daemon, directory, make, told):
    """It is told, as far as that goes; and a step that is open dies when the second factor is turned on."""
    name = make(directory, daemon)
    page = asked(daemon, name)
    directory.modify(f"uid={name},{directory.accounts}", add={"lkSecondFactor": "totp step=1 sealed=x"})
    assert replaced(page).status == 403
    answer = words(daemon, name, PASSWORD)
    assert told in answer and "Forgotten your password?" in answer


def test_the_same_as_json(daemon, directory):
    name = expired(directory, daemon)
    program = JsonClient(daemon.url)
    page = program.send("/signin", "/signin", {"name": name, "password": PASSWORD})
    assert page.status == 200 and page.json["new_password"] is True and page.json["why"] == "expired" and not program.cookies
    poor = program.send("/signin", "/signin/password", {"step": page.json["step"], "password": "x", "password_again": "x"})
    assert poor.status == 422 and poor.json["errors"][0]["field"] == "password"
    done = program.send("/signin", "/signin/password",
                        {"step": page.json["step"], "password": NEW_PASSWORD, "password_again": NEW_PASSWORD})
    assert done.status == 200 and program.get("/account").json["account"]["name"] == name


@CASES
def test_lesson_11_who_does_not_know_it_is_told_nothing(daemon, directory, make, told):
    name = make(directory, daemon)
    answer = words(daemon, name, WRONG)
    assert told not in answer
    assert answer.replace(name, "") == words(daemon, unique("nobody"), WRONG).replace(name, "")


@CASES
def test_a_right_password_that_will_not_do_is_no_guess(daemon, directory, make, told):
    """It leaves no count behind, so nobody who knows it is held up by trying it again."""
    name = make(directory, daemon)
    assert all(told in asked(daemon, name).text for _ in range(6))
    assert directory.values(f"uid={name},{directory.accounts}", "lkAttempt") == []


def test_an_expired_password_that_was_typed_in_another_form(daemon, directory):
    assert "has expired" in asked(daemon, expired(directory, daemon, password=WIDE), WIDE).text


def test_lesson_11_a_locked_account_answers_like_a_wrong_password(daemon, directory):
    """slapd does not look at the password then: to say so would tell a stranger that there is such an account."""
    name = locked(directory, daemon)
    assert words(daemon, name, PASSWORD) == words(daemon, name, WRONG)
    assert "Name and password do not fit together" in words(daemon, name, PASSWORD)


def test_locked_told_by_the_directory_is_kept_from_strangers(own_directory, tmp_path):
    """The same where the directory would say it (olcPPolicyUseLockout)."""
    overlay = own_directory.connect().search_s("cn=config", ldap.SCOPE_SUBTREE, "(olcOverlay=ppolicy)", ["dn"])[-1][0]
    own_directory.modify(overlay, replace={"olcPPolicyUseLockout": "TRUE"})
    with Daemon(tmp_path / "daemon", own_directory) as daemon:
        name = locked(own_directory, daemon)
        answers = {words(daemon, name, password) for password in (PASSWORD, WRONG)}
        assert len(answers) == 1 and "Name and password do not fit together" in answers.pop()


def test_a_new_password_opens_the_account_again(daemon, directory):
    """What an administrator or support does about it."""
    name = expired(directory, daemon)
    dn = f"uid={name},{directory.accounts}"
    directory.admin.passwd_s(dn, None, NEW_PASSWORD)
    assert Client(daemon.url).sign_in(name, NEW_PASSWORD).status == 200

