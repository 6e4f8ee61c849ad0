# SPDX-License-Identifier: Apache-2.0
"""Codes beside the password: turned on, asked for at each sign-in, used once, counted, demanded of administrators, turned off."""
import base64
import threading
import time
import urllib.parse
import uuid

import pytest

from harness import passwords
from harness.client import Client, JsonClient
from harness.daemon import Daemon
from harness.links import KeyRing, use_numbered
from harness.totp import App, code_of

PASSWORD = "violet-anvil-9-teacup"
OTHER_PASSWORD = "granite moth parade 41"
PAGE = "/account/second-factor"


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("daemon"), directory) as running:
        yield running


@pytest.fixture
def name():
    return unique("person")


@pytest.fixture
def client(daemon, directory, name):
    """Signed in, with a password alone."""
    directory.add_account(name, PASSWORD)
    person = Client(daemon.url)
    assert "second_factor" not in person.sign_in(name, PASSWORD).path
    return person


def dn_of(directory, name):
    return f"uid={name},{directory.accounts}"


def factor(directory, name):
    values = directory.values(dn_of(directory, name), "lkSecondFactor")
    return values[0] if values else None


def field(value, name):
    return dict(pair.split("=", 1) for pair in value.split()[1:]).get(name)


def offer(client, password=PASSWORD):
    return client.get(PAGE).submit(f"{PAGE}/new", password_now=password)


def app_of(page):
    """The app that has opened the link beside the QR code."""
    link = next(link for link in page.parsed.links if link.startswith("otpauth:"))
    return App(urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["secret"][0])


def enrol(client):
    """(app, recovery codes)"""
    page = offer(client)
    app = app_of(page)
    page = page.submit(PAGE, code=app.code())
    assert page.status == 200 and "Your recovery codes" in page.text, page.text
    return app, codes_on(page)


def codes_on(page):
    codes = [word for word in page.text.split() if len(word) == 19 and word.count("-") == 3]
    assert len(codes) == len(set(codes)) == 10
    return codes


def rewind(directory, name, app):
    """As if no code had been used yet: a test that uses many need not wait for the next one."""
    value = factor(directory, name)
    directory.modify(dn_of(directory, name), replace={"lkSecondFactor": value.replace(f"step={field(value, 'step')}", "step=1")})
    app.used = 0


def unused_code(app):
    """For where no code is looked at, and so none used up: each time one that would do."""
    app.used = 0
    return app.code()


def first_step(daemon, name, password=PASSWORD, **more):
    person = Client(daemon.url)
    page = person.sign_in(name, password, **more)
    return person, page


def second_step(page, code):
    return page.submit("/signin/code", code=code)


def is_signed_in(client):
    return client.get("/account").path == "/account"


# ---- turned on


def test_enrolment_shows_a_qr_code_and_counts_only_when_confirmed(daemon, directory, client, name):
    page = client.get(PAGE)
    assert "Your password" in page.text and "Recovery codes left" not in page.text
    page = offer(client, "not the password")
    assert page.status == 422 and "This is not your password" in page.text
    page = offer(client)
    assert page.status == 200 and "<svg" in page.source and " style=" not in page.source and "data:" not in page.source
    app = app_of(page)
    grouped = " ".join(app.secret[at:at + 4] for at in range(0, 32, 4))
    assert grouped in page.text, "to be typed where nothing can be scanned"
    assert factor(directory, name) is None, "nothing is half turned on"
    again = page.submit(PAGE, code=app.wrong())
    assert again.status == 422 and "not right" in again.text
    assert app_of(again).secret == app.secret, "the app need not be set up again"
    assert factor(directory, name) is None
    done = again.submit(PAGE, code=app.code())
    codes_on(done)
    value = factor(directory, name)
    assert value.startswith("totp step=") and app.secret not in value and field(value, "tries") == "0"
    page = client.get(PAGE)
    assert "Recovery codes left 10" in page.text and "Asked for beside your password" in client.get("/account").text
    assert app.secret not in daemon.log() and all(code not in daemon.log() for code in codes_on(done))


def test_an_enrolment_belongs_to_the_session_that_began_it(daemon, directory, client, name):
    page = offer(client)
    app = app_of(page)
    enrolment = page.form(PAGE).fields["enrolment"]
    other_name = unique("other")
    directory.add_account(other_name, PASSWORD)
    for who in (other_name, name):
        other = Client(daemon.url)
        other.sign_in(who, PASSWORD)
        csrf = other.get(PAGE).form(f"{PAGE}/new").fields["csrf"]
        refused = other.post(PAGE, {"csrf": csrf, "enrolment": enrolment, "code": app.code()})
        assert refused.status == 403 and "Nothing has been turned on" in refused.text
        assert factor(directory, who) is None


def test_turning_it_on_ends_the_other_sessions(daemon, client, name):
    other, _ = first_step(daemon, name)
    assert is_signed_in(other)
    enrol(client)
    assert is_signed_in(client) and not is_signed_in(other)


def test_it_is_turned_on_once(daemon, directory, client):
    pages = [offer(client), offer(client)]
    apps = [app_of(page) for page in pages]
    assert apps[0].secret != apps[1].secret
    codes_on(pages[0].submit(PAGE, code=apps[0].code()))
    page = pages[1].submit(PAGE, code=apps[1].code())
    assert page.status == 409 and "already" in page.text


# ---- signing in


def test_sign_in_asks_for_the_code(daemon, directory, client, name):
    app, _ = enrol(client)
    person, page = first_step(daemon, name)
    assert page.status == 200 and "Enter your code" in page.text
    assert not is_signed_in(person) and not person.cookies, "between the steps there is no session"
    page = second_step(page, app.wrong())
    assert page.status == 422 and "not right" in page.text and not is_signed_in(person)
    page = second_step(page, " ".join(app.code()))
    assert page.status == 200 and is_signed_in(person), "blanks do not matter"
    assert person.get("/signin/code").path != "/signin/code"


def test_a_wrong_password_is_not_asked_for_a_code(daemon, client, name):
    enrol(client)
    _, page = first_step(daemon, name, "not the password")
    assert page.status == 422 and "do not fit together" in page.text


def test_keep_and_continue_survive_the_second_step(daemon, directory, client, name):
    app, _ = enrol(client)
    person = Client(daemon.url)
    page = person.get("/signin?continue=/account").submit("/signin", name=name, password=PASSWORD, keep="yes")
    done = page.submit("/signin/code", code=app.code(), follow=False)
    assert done.headers["Location"].endswith("/account")
    cookie = next(header for header in done.headers.get_all("Set-Cookie") if header.startswith("latchkey="))
    assert "Max-Age" in cookie
    kept = [value for value in directory.values(dn_of(directory, name), "lkSession") if "kept=1" in value]
    assert len(kept) == 1
    assert is_signed_in(person)


def test_a_link_is_opened_behind_the_second_step(daemon, directory, client, name):
    organization = directory.add_organization(unique("Org"), plans=["support until=20991231235959Z"])
    mail = f"{unique('pat')}@link.example"
    directory.add_profile(organization, "Pat Link", mail)
    app, _ = enrol(client)
    client.get("/associate").submit("/associate", mail=mail)
    link = daemon.mailbox.newest(mail).link
    person = Client(daemon.url)
    page = person.get(link)
    page = page.submit("/signin", name=name, password=PASSWORD)
    assert "Enter your code" in page.text
    page = second_step(page, app.code())
    assert page.path.startswith("/t/") and "Pat Link" in page.text


def test_a_code_signs_in_once(daemon, client, name):
    app, _ = enrol(client)
    code = app.code()
    first, page = first_step(daemon, name)
    assert second_step(page, code).status == 200 and is_signed_in(first)
    second, page = first_step(daemon, name)
    assert second_step(page, code).status == 422 and not is_signed_in(second), "a replay is refused"
    used = code_of(app.secret, app.used - 1)
    assert second_step(page, used).status == 422, "so is an earlier one that was never shown"


def test_the_code_of_the_enrolment_is_used_up_too(daemon, client, name):
    page = offer(client)
    app = app_of(page)
    code = app.code()
    codes_on(page.submit(PAGE, code=code))
    _, page = first_step(daemon, name)
    assert second_step(page, code).status == 422


def parallel(count, act):
    """What `act(i)` gave for each i, begun together."""
    found, gate = [None] * count, threading.Barrier(count)

    def run(i):
        gate.wait()
        found[i] = act(i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def signed_in_by(steps, codes):
    """How many of the people at the second step are signed in by codes given at the same moment."""
    pages = parallel(len(steps), lambda i: steps[i][1].submit("/signin/code", code=codes[i], follow=False))
    return [page.status for page in pages], sum(is_signed_in(person) for person, _ in steps)


def test_of_twenty_parallel_uses_of_one_code_one_signs_in(daemon, directory, client, name):
    app, codes = enrol(client)
    steps = [first_step(daemon, name) for _ in range(20)]
    statuses, signed_in = signed_in_by(steps, [app.code()] * 20)
    assert signed_in == 1 and statuses.count(303) == 1, statuses
    assert set(statuses) <= {303, 422, 429, 503}, statuses


def test_of_twenty_parallel_uses_of_one_recovery_code_one_signs_in(daemon, directory, client, name):
    _, codes = enrol(client)
    steps = [first_step(daemon, name) for _ in range(20)]
    statuses, signed_in = signed_in_by(steps, [codes[3]] * 20)
    assert signed_in == 1 and statuses.count(303) == 1, statuses
    assert len(directory.values(dn_of(directory, name), "lkRecoveryCode")) == 9


# ---- recovery codes


def test_each_recovery_code_signs_in_once(daemon, directory, client, name):
    _, codes = enrol(client)
    values = directory.values(dn_of(directory, name), "lkRecoveryCode")
    assert len(values) == 10 and not any(code.replace("-", "") in value for code in codes for value in values)
    person, page = first_step(daemon, name)
    assert second_step(page, f" {codes[0].lower().replace('-', ' ')} ").status == 200 and is_signed_in(person)
    assert "Recovery codes left 9" in person.get(PAGE).text
    other, page = first_step(daemon, name)
    assert second_step(page, codes[0]).status == 422 and not is_signed_in(other)
    assert second_step(page, codes[1]).status == 200 and is_signed_in(other)


def test_new_recovery_codes_make_the_old_ones_void(daemon, directory, client, name):
    app, old = enrol(client)
    page = client.get(f"{PAGE}/codes")
    assert page.submit(f"{PAGE}/codes", password_now="not the password", code=app.code()).status == 422
    assert page.submit(f"{PAGE}/codes", password_now=PASSWORD, code=app.wrong()).status == 422
    new = codes_on(page.submit(f"{PAGE}/codes", password_now=PASSWORD, code=old[0]))
    assert not set(new) & set(old)
    _, page = first_step(daemon, name)
    assert second_step(page, old[1]).status == 422
    assert second_step(page, new[1]).status == 200


def test_a_recovery_code_of_another_account_is_none(daemon, directory, client, name):
    _, codes = enrol(client)
    other_name = unique("other")
    directory.add_account(other_name, PASSWORD)
    other = Client(daemon.url)
    other.sign_in(other_name, PASSWORD)
    enrol(other)
    _, page = first_step(daemon, other_name)
    assert second_step(page, codes[0]).status == 422
    stolen = directory.values(dn_of(directory, name), "lkRecoveryCode")
    directory.modify(dn_of(directory, other_name), replace={"lkRecoveryCode": stolen})
    assert second_step(page, codes[0]).status == 422, "not even with its value moved"


# ---- counted tries


def test_tries_are_counted_before_they_are_looked_at(daemon, directory, client, name):
    app, _ = enrol(client)
    steps = [first_step(daemon, name) for _ in range(20)]
    statuses, signed_in = signed_in_by(steps, [app.wrong()] * 20)
    assert signed_in == 0 and statuses.count(422) == 5, statuses
    assert set(statuses) <= {422, 429, 503}, "five are looked at, the others have to wait"
    assert field(factor(directory, name), "tries") == "5"
    rewind(directory, name, app)
    _, page = first_step(daemon, name)
    backdate(directory, name, 5, 0)  # the wait begins now, however long the twenty have taken
    waiting = second_step(page, app.code())
    assert waiting.status == 429 and "Too many tries" in waiting.text and 1 <= int(waiting.headers["Retry-After"]) <= 30, "now the right one has to wait too"
    assert field(factor(directory, name), "tries") == "5", "what was not looked at is not counted"


def backdate(directory, name, tries, seconds):
    """As if the last try had been so long ago."""
    when = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - seconds))
    value = factor(directory, name)
    parts = [part for part in value.split() if part.split("=")[0] not in ("tries", "tried")]
    sealed = parts.pop()
    directory.modify(dn_of(directory, name), replace={"lkSecondFactor": " ".join([*parts, f"tries={tries}", f"tried={when}", sealed])})


@pytest.mark.parametrize("tries, wait", [(5, 30), (6, 60), (11, 1920), (12, 3600), (40, 3600)])
def test_the_delay_grows_but_is_never_longer_than_an_hour(daemon, directory, client, name, tries, wait):
    app, _ = enrol(client)
    used = code_of(app.secret, app.used)
    _, page = first_step(daemon, name)
    backdate(directory, name, tries, wait - 20)
    assert second_step(page, app.code()).status == 429
    backdate(directory, name, tries, wait + 1)
    assert second_step(page, used).status == 422, "the code of the enrolment is used: looked at, and counted"
    assert field(factor(directory, name), "tries") == str(tries + 1)
    rewind(directory, name, app)
    backdate(directory, name, tries, 2 * wait + 1)
    assert second_step(page, app.code()).status == 200
    assert field(factor(directory, name), "tries") == "0", "after success the count begins anew"


# ---- the state between the steps


def test_the_second_step_dies_with_the_password(daemon, directory, client, name):
    app, _ = enrol(client)
    person, page = first_step(daemon, name)
    changed = directory.values(dn_of(directory, name), "pwdChangedTime")
    while directory.values(dn_of(directory, name), "pwdChangedTime") == changed:  # it has no fractions of a second
        directory.modify(dn_of(directory, name), replace={"userPassword": passwords.argon2(OTHER_PASSWORD)})
    page = second_step(page, app.code())
    assert page.status == 403 and "Please sign in once more" in page.text and not is_signed_in(person)


def test_the_second_step_is_sealed(daemon, directory, client, name):
    app, _ = enrol(client)
    person, page = first_step(daemon, name)
    form = page.form("/signin/code").fields
    step = form["step"]
    assert name not in step
    for changed in (step[:-1] + ("A" if step[-1] != "A" else "E"), step[:40] + ("A" if step[40] != "A" else "B") + step[41:], "A" * len(step)):
        refused = person.post("/signin/code", {**form, "step": changed, "code": unused_code(app)})
        assert refused.status == 403 and not is_signed_in(person)
    assert person.post("/signin/code", {**form, "step": step + "A", "code": "1"}).status == 400
    assert person.post("/signin/code", {**form, "step": "", "code": "1"}).status == 400


def test_garbage_at_the_second_step_asks_nothing_of_the_directory(daemon, directory, client):
    person = Client(daemon.url)
    csrf = person.get("/signin").form("/signin").fields["csrf"]
    before = directory.operations()
    assert person.post("/signin/code", {"csrf": csrf, "step": "A" * 131, "code": "123456"}).status == 403
    assert directory.operations() == before


def test_the_second_step_is_good_for_a_few_minutes(daemon, client, name):
    app, _ = enrol(client)
    ring, use = KeyRing(daemon.folder / "keys"), use_numbered("SIGN_IN_STEP")
    person, page = first_step(daemon, name)
    form = page.form("/signin/code").fields
    plain = ring.opened(use, form["step"])
    expires = int.from_bytes(plain[16:24], "big")
    assert 290 < expires - time.time() <= 300
    for ends, status in ((time.time() - 1, 403), (time.time() + 60, 303)):
        step = ring.sealed(use, plain[:16] + int(ends).to_bytes(8, "big") + plain[24:])
        assert person.post("/signin/code", {**form, "step": step, "code": app.code()}, follow=False).status == status
    for other in ("ENROLMENT", "SECOND_FACTOR", "SESSION"):
        step = ring.sealed(use_numbered(other), plain)
        assert person.post("/signin/code", {**form, "step": step, "code": "1"}, follow=False).status == 403, other


def test_what_the_directory_holds_makes_no_codes_without_the_key_ring(daemon, directory, client, name):
    app, _ = enrol(client)
    sealed = field(factor(directory, name), "sealed")
    entry = uuid.UUID(directory.values(dn_of(directory, name), "entryUUID")[0]).bytes
    ring, use = KeyRing(daemon.folder / "keys"), use_numbered("SECOND_FACTOR")
    secret = base64.b32decode(app.secret)
    assert ring.opened(use, sealed, entry) == secret, "XChaCha20-Poly1305 under this use's own key, about this account"
    assert secret not in base64.urlsafe_b64decode(sealed + "==")


# ---- turned off


def test_turning_it_off_takes_password_and_code(daemon, directory, client, name):
    app, codes = enrol(client)
    page = client.get(f"{PAGE}/off")
    assert page.submit(f"{PAGE}/off", password_now="not the password", code=app.code()).status == 422
    assert page.submit(f"{PAGE}/off", password_now=PASSWORD, code=app.wrong()).status == 422
    assert factor(directory, name), "still on"
    done = page.submit(f"{PAGE}/off", password_now=PASSWORD, code=codes[9])
    assert done.path.startswith(PAGE) and "turned off" in done.text
    assert factor(directory, name) is None and not directory.values(dn_of(directory, name), "lkRecoveryCode")
    person, page = first_step(daemon, name)
    assert is_signed_in(person)


# ---- key ring


def test_the_confirmed_addresses_are_told(daemon, directory, name):
    """s10: in the letter is a link that sets a new password and signs everybody out, but takes no code off: a mailbox alone opens nothing."""
    home, work = f"{name}@home.example", f"{name}@work.example"
    directory.add_account(name, PASSWORD, lkAlternateMail=home, mail=work)
    client = Client(daemon.url)
    client.sign_in(name, PASSWORD)
    app, codes = enrol(client)
    steps = [("now takes a code from an app beside the password", "ask support")]

    def told():
        letters = daemon.mailbox.wait(home, len(steps))
        assert len(daemon.mailbox.wait(work, len(steps))) == len(letters) == len(steps)
        words, more = steps[-1]
        for letter in (letters[-1], daemon.mailbox.to(work)[-1]):
            text = " ".join(letter.text.split())
            assert words in text and name in text and more in text, text
            assert ("ask support" in text) == (len(steps) == 1)
        return letters[-1]

    told()
    page = client.get(f"{PAGE}/codes").submit(f"{PAGE}/codes", password_now=PASSWORD, code=app.wrong())
    assert page.status == 422
    page = client.get(f"{PAGE}/codes").submit(f"{PAGE}/codes", password_now=PASSWORD, code=codes[0])
    steps.append(("New recovery codes were made", "those from before no longer work"))
    letter = told()
    assert client.get(f"{PAGE}/off").submit(f"{PAGE}/off", password_now=PASSWORD, code=codes_on(page)[0]).path == f"{PAGE}?done=off"
    steps.append(("no longer takes a code", "had a code"))
    told()

    app, codes = enrol(client)
    page = Client(daemon.url).get(letter.link)
    assert page.status == 200 and "Was this not you?" in page.text
    assert page.submit("/reset/link", password=OTHER_PASSWORD, password_again=OTHER_PASSWORD).path == "/reset/done"
    assert not is_signed_in(client) and factor(directory, name)
    assert first_step(daemon, name, OTHER_PASSWORD)[1].form("/signin/code")


def test_the_letter_is_in_the_persons_language(daemon, directory, name):
    directory.add_account(name, PASSWORD, lkAlternateMail=f"{name}@home.example", preferredLanguage="de")
    client = Client(daemon.url)
    client.sign_in(name, PASSWORD)
    enrol(Client(daemon.url, {"Accept-Language": "en", "Cookie": "; ".join(f"{k}={v}" for k, v in client.cookies.items())}))
    text = " ".join(daemon.mailbox.newest(f"{name}@home.example").text.split())
    assert "braucht es jetzt neben dem Passwort einen Code aus einer App" in text


def test_a_new_key_seals_at_the_next_use_and_an_old_one_still_opens(directory, own_daemon, name):
    daemon = own_daemon
    directory.add_account(name, PASSWORD)
    client = Client(daemon.url)
    client.sign_in(name, PASSWORD)
    app, codes = enrol(client)
    keys = daemon.folder / "keys"
    keys.write_text(keys.read_text() + "9 20260101000000Z make " + "A" * 43 + "\n")
    daemon.reload()
    person, page = first_step(daemon, name)
    assert second_step(page, app.code()).status == 200 and is_signed_in(person)
    person, page = first_step(daemon, name)
    assert second_step(page, codes[0]).status == 200 and is_signed_in(person), "its digests name the old key"
    keys.write_text("9 20260101000000Z make " + "A" * 43 + "\n")
    daemon.reload()
    person, page = first_step(daemon, name)
    assert second_step(page, codes[1]).status == 422, "gone with its key"
    rewind(directory, name, app)
    assert second_step(page, app.code()).status == 200 and is_signed_in(person), "sealed under the new key at its last use"
    assert "Recovery codes left 0" in person.get(PAGE).text


def test_a_value_that_cannot_be_read_lets_nobody_in(daemon, directory, client, name):
    app, _ = enrol(client)
    other_name = unique("other")
    directory.add_account(other_name, PASSWORD, lkSecondFactor=factor(directory, name))
    for value in (None, "totp step=0 tries=0", "nothing"):
        if value:
            directory.modify(dn_of(directory, other_name), replace={"lkSecondFactor": value})
        person, page = first_step(daemon, other_name)
        assert "Enter your code" in page.text
        assert second_step(page, unused_code(app)).status == 503 and not is_signed_in(person)


# ---- what the operator wants


@pytest.fixture
def own_daemon(directory, tmp_path):
    with Daemon(tmp_path / "daemon", directory) as running:
        yield running


def test_administrators_and_operators_are_led_to_it(directory, own_daemon):
    daemon = own_daemon
    daemon.set(accounts_second_factor="administrators")
    daemon.reload()
    organization = directory.add_organization(unique("Org"), administrators=("Ann Admin",))
    name, plain = unique("ann"), unique("pat")
    directory.modify(f"cn=Ann Admin,{organization}", replace={"lkAccountDN": directory.add_account(name, PASSWORD)})
    directory.add_profile(organization, "Pat Plain", f"{plain}@plain.example", lkAccountDN=directory.add_account(plain, PASSWORD))
    ann = Client(daemon.url)
    ann.sign_in(name, PASSWORD)
    page = ann.get("/organization")
    assert page.path.startswith(PAGE) and "Turn it on to go on" in page.text
    assert ann.get("/profile").path == "/profile", "one's own is not administering"
    program = JsonClient(daemon.url)
    program.cookies = ann.cookies
    refused = program.get("/organization")
    assert refused.status == 403 and refused.json["type"] == "about:blank#second_factor_needed"
    refused = program.send("/account", "/organization/people/new", {"surname": "New", "mail": "new@plain.example"})
    assert refused.status == 403 and refused.json["type"] == "about:blank#second_factor_needed"
    enrol(ann)
    assert ann.get("/organization").path == "/organization"

    pat = Client(daemon.url)
    pat.sign_in(plain, PASSWORD)
    assert pat.get("/organization").status == 403, "who administers nothing is refused as ever"

    name = unique("olga")
    directory.make_operator(directory.add_account(name, PASSWORD))
    olga = Client(daemon.url)
    olga.sign_in(name, PASSWORD)
    assert olga.get("/operator").path.startswith(PAGE)
    enrol(olga)
    assert olga.get("/operator").path == "/operator"


def test_off_lets_nobody_turn_it_on_but_strips_nobody_of_it(directory, own_daemon, name):
    daemon = own_daemon
    directory.add_account(name, PASSWORD)
    client = Client(daemon.url)
    client.sign_in(name, PASSWORD)
    app, _ = enrol(client)
    daemon.set(accounts_second_factor="off")
    daemon.reload()
    person, page = first_step(daemon, name)
    assert "Enter your code" in page.text
    assert second_step(page, app.code()).status == 200 and is_signed_in(person)
    other_name = unique("other")
    directory.add_account(other_name, PASSWORD)
    other = JsonClient(daemon.url)
    other.send("/signin", "/signin", {"name": other_name, "password": PASSWORD})
    refused = other.send(PAGE, f"{PAGE}/new", {"password_now": PASSWORD})
    assert refused.status == 403 and refused.json["type"] == "about:blank#second_factor_off"


# ---- a program


def test_the_same_as_json(daemon, directory, name):
    directory.add_account(name, PASSWORD)
    program = JsonClient(daemon.url)
    program.send("/signin", "/signin", {"name": name, "password": PASSWORD})
    offered = program.send(PAGE, f"{PAGE}/new", {"password_now": PASSWORD}).json
    assert offered["address"].startswith("otpauth://totp/") and "_qr" not in offered
    app = App(offered["secret"])
    wrong = program.send(PAGE, PAGE, {"enrolment": offered["enrolment"], "code": app.wrong()})
    assert wrong.status == 422 and wrong.json["errors"][0]["code"] == "wrong_code"
    codes = program.send(PAGE, PAGE, {"enrolment": offered["enrolment"], "code": app.code()}).json["codes"]
    assert len(codes) == 10
    state = program.get(PAGE).json
    assert state["on"] is True and state["left"] == 10

    rewind(directory, name, app)
    other = JsonClient(daemon.url)
    asked = other.send("/signin", "/signin", {"name": name, "password": PASSWORD})
    assert asked.status == 200 and asked.json["second_factor"] is True and not other.cookies
    done = other.send("/signin", "/signin/code", {"step": asked.json["step"], "code": app.code()})
    assert done.status == 200 and "location" in done.json and other.get("/account").json["account"]["second_factor"] is True
    assert other.send(f"{PAGE}/off", f"{PAGE}/off", {"password_now": PASSWORD, "code": codes[0]}).status == 200
    assert other.get(PAGE).json["on"] is False
