# SPDX-License-Identifier: Apache-2.0
"""How often something may be tried: guesses at passwords (lesson 14), names that nobody has (lessons 11 and 12), messages."""
import collections
import concurrent.futures
import time
import uuid

import pytest

from harness.client import Client, JsonClient
from harness.daemon import Daemon

PASSWORD = "violet-anvil-9-teacup"
WRONG = "not the password"
# Long enough that no wait ends within a test; a test that waits sets its own.
LIMITS = {"limits.account_tries": "5", "limits.account_first_pause": "1h", "limits.account_longest_pause": "1h",
          "limits.name_tries": "0", "limits.address_tries": "0", "limits.network_tries": "0",
          "limits.mail_tries": "3", "limits.mail_pause": "1h"}
PROXY = {"server.trusted_proxies": "127.0.0.1"}


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


def from_address(daemon, address):
    return Client(daemon.url, headers={"X-Forwarded-For": address})


def start(directory, folder, **settings):
    return Daemon(folder, directory, settings={**LIMITS, **PROXY, **{k.replace("_", ".", 1): v for k, v in settings.items()}})


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with start(directory, tmp_path_factory.mktemp("daemon")) as running:
        yield running


def sign_up(daemon, name):
    client = Client(daemon.url)
    assert client.sign_up(name, PASSWORD).path == "/associate"
    return client


def statuses(daemon, name, times, password=WRONG):
    return [Client(daemon.url).sign_in(name, password).status for _ in range(times)]


def dn_of(directory, name):
    return f"uid={name},{directory.accounts}"


def attempts(directory, name):
    return directory.values(dn_of(directory, name), "lkAttempt")


def sharing_keys(daemon, other):
    """Another daemon beside the first."""
    other.settings["links.key_ring"] = str(daemon.folder / "keys")
    return other


def test_lesson_14_parallel_guesses_are_counted_before_they_are_verified(daemon, directory, tmp_path):
    name = unique("ada")
    sign_up(daemon, name)
    with sharing_keys(daemon, start(directory, tmp_path)) as other:
        forms = [(url, Client(url).get("/signin").form("/signin", ["name"]).fields) for url in (daemon.url, other.url)]

        def guess(i):
            url, form = forms[i // 2 % 2]
            spelling = name.upper() if i % 2 else name
            return Client(url).post("/signin", {**form, "name": spelling, "password": f"{WRONG} {i}"}).status

        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            found = collections.Counter(pool.map(guess, range(100)))
    assert 1 <= found[422] <= 5, found
    assert set(found) <= {422, 429, 503}, found
    assert sorted(value.split()[0] for value in attempts(directory, name)) == ["counting", "signin"], "one count, and its mark"
    assert any(value.endswith(" count=5") for value in attempts(directory, name))
    page = Client(daemon.url).sign_in(name, PASSWORD)
    assert page.status == 429, "the right password gets no further than a wrong one"


def test_lesson_14_parallel_guesses_from_a_stolen_session(daemon, directory):
    name = unique("ada")
    client = sign_up(daemon, name)
    form = client.get("/account/mail").form("/account/mail", ["mail"]).fields
    cookie = "; ".join(f"{k}={v}" for k, v in client.cookies.items())

    def guess(i):
        thief = Client(daemon.url, headers={"Cookie": cookie})
        return thief.post("/account/mail", {**form, "mail": "eve@evil.example", "password_now": f"{WRONG} {i}"}).status

    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        found = collections.Counter(pool.map(guess, range(100)))
    assert 1 <= found[422] <= 5, found
    assert set(found) <= {422, 429, 503}, found
    assert sorted(value.split()[0] for value in attempts(directory, name)) == ["counting", "own"]


def test_the_answer_says_when_to_try_again(daemon):
    name = unique("ada")
    sign_up(daemon, name)
    statuses(daemon, name, 5)
    page = Client(daemon.url).sign_in(name, WRONG)
    assert page.status == 429
    assert 3500 < int(page.headers["Retry-After"]) <= 3600 and len(page.headers.get_all("Retry-After")) == 1
    assert "please wait 60 minutes" in page.text
    assert page.form("/signin", ["name"]).fields["name"] == name


def test_lesson_11_names_that_nobody_has_are_counted_alike(daemon, directory, tmp_path):
    known, unknown = unique("ada"), unique("nobody")
    sign_up(daemon, known)
    assert statuses(daemon, known, 7) == statuses(daemon, unknown, 7) == [422] * 5 + [429] * 2
    assert unknown not in str(directory.values(directory.decoy_dn, "lkAttempt"))
    # Another daemon with the same keys, or this one after a restart, has not forgotten either of them.
    with sharing_keys(daemon, start(directory, tmp_path)) as other:
        assert statuses(other, known, 1) == statuses(other, unknown, 1) == [429]
        assert statuses(other, unknown.upper(), 1) == [429]


def test_lesson_12_known_and_unknown_names_cost_the_same_operations(own_directory, tmp_path):
    """Told by nothing that a clock could tell: at the first try, at the next ones, and when there were too many."""
    with start(own_directory, tmp_path, limits_account_tries="3", server_workers="1") as daemon:
        own_directory.wait_for(lambda: own_directory.values(own_directory.decoy_dn, "userPassword"), what="the decoy's password")
        names = {word: unique(word) for word in ("fresh", "used", "nobody")}
        own_directory.add_account(names["fresh"], PASSWORD)
        sign_up(daemon, names["used"]).sign_out()
        assert Client(daemon.url).sign_in(names["used"], PASSWORD).status == 200
        form = Client(daemon.url).get("/signin").form("/signin", ["name"]).fields

        def cost(name, password=WRONG):
            before = own_directory.operations()
            Client(daemon.url).post("/signin", {**form, "name": name, "password": password}, follow=False)
            after = own_directory.operations()
            return {kind: after[kind] - before[kind] for kind in after if after[kind] != before[kind] and kind != "all"}

        cost(unique("nobody"))  # the daemon's two sessions with the directory begin
        costs = {word: [cost(name) for _ in range(4)] for word, name in names.items()}
        assert costs["fresh"] == costs["used"] == costs["nobody"]
        assert costs["used"] == [{"search": 2, "modify": 1, "bind": 1}] * 3 + [{"search": 2}]
        assert cost(unique("nobody")) == costs["used"][0], "with names on the decoy already"
        other = unique("used")
        sign_up(daemon, other)
        assert cost(other, PASSWORD) == {"search": 2, "modify": 2, "bind": 1}, "what a right password costs"
        assert attempts(own_directory, other) == []


def test_what_stands_on_the_entry_counts_whoever_wrote_it(daemon, directory):
    """Counts without their mark, two of them, a mark without its count, and what is over."""
    now = time.strftime("%Y%m%d%H%M%SZ", time.gmtime())
    old = "20240101000000Z"
    for values, left in (([f"signin at={now} count=3"], 2), ([f"signin at={now} count=2", f"signin at={now} count=1"], 2),
                         (["counting kind=signin"], 5), ([f"signin at={now} count=4", "counting kind=signin"], 1),
                         ([f"signin at={old} count=9", "counting kind=signin"], 5),
                         ([f"signin-known at={old} count=9", f"signin-known at={old} count=8", "counting kind=signin-known"], 5)):
        name = unique("ada")
        directory.add_account(name, PASSWORD, lkAttempt=values)
        assert statuses(daemon, name, left + 1) == [422] * left + [429], values
        assert sorted(value.split()[0] for value in attempts(directory, name)) == ["counting", "signin"], values


def test_the_decoy_keeps_the_names_tried_last(own_directory, tmp_path):
    with start(own_directory, tmp_path) as daemon:
        first = unique("nobody")
        assert statuses(daemon, first, 6) == [422] * 5 + [429]
        second = int(time.time())
        own_directory.wait_for(lambda: int(time.time()) > second, what="the next second")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert set(pool.map(lambda _: statuses(daemon, unique("nobody"), 1)[0], range(40))) == {422}
        kept = collections.Counter(value.split()[0] for value in own_directory.values(own_directory.decoy_dn, "lkAttempt"))
        assert set(kept) == {"signin", "counting"} and kept["signin"] == kept["counting"], "each with its mark"
        assert 32 <= kept["signin"] <= 32 + 3, "four at once may each have found room for one more"
        assert statuses(daemon, first, 1) == [422], "the oldest has been forgotten"


def test_a_recovery_of_nobodys_account_forgets_no_counts(own_directory, tmp_path):
    """Else the wait would end for names that nobody has, and for them alone."""
    with start(own_directory, tmp_path, accounts_reset_by_question="yes") as daemon:
        name = unique("nobody")
        assert statuses(daemon, name, 6) == [422] * 5 + [429]
        client = Client(daemon.url)
        page = client.get("/reset/question").submit("/reset/question", name=unique("nobody"), given_name="Nobody")
        assert page.form("/reset/answer"), page.text
        assert statuses(daemon, name, 1) == [429]


def test_success_takes_the_count_away(daemon, directory):
    name = unique("ada")
    sign_up(daemon, name)
    for _ in range(3):
        assert statuses(daemon, name, 4) == [422] * 4
        assert Client(daemon.url).sign_in(name, PASSWORD).status == 200
        assert attempts(directory, name) == []


def test_strangers_do_not_keep_the_owner_out(daemon):
    name = unique("ada")
    sign_up(daemon, name)
    owner = Client(daemon.url)
    assert owner.sign_in(name, PASSWORD).status == 200
    owner.sign_out()
    assert statuses(daemon, name, 7)[-1] == 429
    assert owner.sign_in(name, PASSWORD).path == "/associate", "a browser that the name signed in from before counts apart"
    owner.sign_out()
    assert [owner.sign_in(name, WRONG).status for _ in range(6)] == [422] * 5 + [429], "but counts"
    # A browser that somebody else signed in from has no part in that.
    other_name = unique("eve")
    sign_up(daemon, other_name)
    eve = Client(daemon.url)
    eve.sign_in(other_name, PASSWORD)
    eve.sign_out()
    assert eve.sign_in(name, WRONG).status == 429


def test_waits_grow_and_end(directory, tmp_path):
    name = unique("ada")
    with start(directory, tmp_path, limits_account_tries="2", limits_account_first_pause="1s",
               limits_account_longest_pause="2s") as daemon:
        sign_up(daemon, name)
        assert statuses(daemon, name, 2) == [422, 422]
        waits = []
        for _ in range(3):
            page = Client(daemon.url).sign_in(name, WRONG)
            deadline = time.monotonic() + 30
            while page.status == 429:
                waits.append(int(page.headers["Retry-After"]))
                assert time.monotonic() < deadline
                page = Client(daemon.url).sign_in(name, WRONG)
            assert page.status == 422
        assert max(waits) <= 2
        deadline = time.monotonic() + 30
        while Client(daemon.url).sign_in(name, PASSWORD).status == 429:
            assert time.monotonic() < deadline


def test_addresses_and_networks(directory, tmp_path):
    names = [unique("ada") for _ in range(3)]
    with start(directory, tmp_path, limits_address_tries="3", limits_network_tries="5", limits_address_pause="1h",
               limits_network_pause="1h") as daemon:
        sign_up_client = from_address(daemon, "203.0.113.9")
        assert sign_up_client.sign_up(names[0], PASSWORD).path == "/associate"

        def guess(address, name):
            return from_address(daemon, address).sign_in(name, WRONG).status

        for _ in range(4):
            assert from_address(daemon, "198.51.100.1").sign_in(names[0], PASSWORD).status == 200, "success costs nothing"
        assert [guess("198.51.100.1", unique("x")) for _ in range(4)] == [422, 422, 422, 429]
        assert [guess("198.51.100.2", unique("x")) for _ in range(3)] == [422, 422, 429], "the network's"
        assert guess("198.51.101.1", unique("x")) == 422
        assert [guess("2001:db8:1:1::1", unique("x")) for _ in range(3)] == [422] * 3
        assert guess("2001:db8:1:1:ffff::2", unique("x")) == 429, "a /64 is one address"
        metrics = Client(daemon.url).get("/metrics").source
        assert 'latchkey_limited_total{limit="sign_in_address"} 2' in metrics
        assert 'latchkey_limited_total{limit="sign_in_network"} 1' in metrics


def test_typed_names(directory, tmp_path):
    with start(directory, tmp_path, limits_account_tries="0", limits_name_tries="3", limits_name_pause="1h") as daemon:
        known, unknown = unique("ada"), unique("nobody")
        sign_up(daemon, known)
        assert statuses(daemon, known, 4) == statuses(daemon, unknown, 4) == [422] * 3 + [429]
        assert statuses(daemon, f" {known.upper()} ", 1) == [429]


def test_new_accounts_and_addresses_to_confirm(directory, tmp_path):
    victim = f"{unique('victim')}@example.org"
    with start(directory, tmp_path, limits_mail_tries="2", limits_mail_pause="1h", limits_address_tries="4",
               limits_address_pause="1h") as daemon:
        def sign_up_with(mail):
            return Client(daemon.url).sign_up(unique("ada"), PASSWORD, alternate_mail=mail)

        assert [sign_up_with(victim).status for _ in range(2)] == [200, 200]
        page = sign_up_with(victim.upper())
        assert page.status == 429 and "Too many tries" in page.text
        assert [sign_up_with("").status for _ in range(3)] == [200, 200, 429], "from one address"


def test_messages_to_one_profile(daemon, directory):
    """Nobody's mailbox is flooded, and who asks sees no difference between an address that is known and one that is not."""
    organization = directory.add_organization(unique("Org"))
    mail = f"{unique('person')}@example.org"
    dn = directory.add_profile(organization, "Pat Person", mail)

    def nothing_waits():
        return not directory.search("(lkSend=*)", attributes=["lkSend"])

    for client in [sign_up(daemon, unique("asker")) for _ in range(4)]:
        for address in (mail, mail, f"{unique('nobody')}@example.org"):
            page = client.get("/associate").submit("/associate", mail=address)
            assert page.path == "/associate/sent", page.source
            directory.wait_for(nothing_waits, what="the outbox to be empty")
        page = client.get("/associate").submit("/associate", mail=mail)
        assert page.status == 429 and int(page.headers["Retry-After"]) > 3000
    assert len(directory.values(dn, "lkToken")) == 3
    assert len(daemon.mailbox.to(mail)) == 3
    assert 'latchkey_limited_total{limit="profile"}' in Client(daemon.url).get("/metrics").source


def test_invites_to_oneself(daemon, directory):
    """S16, as often as other letters: by profile, whichever account has it, and by account, whichever profile it acts as."""
    organization = directory.add_organization(unique("Org"))
    mails = [f"{unique('pat')}@example.org" for _ in range(2)]
    dns = [directory.add_profile(organization, f"Pat Person {mail}", mail) for mail in mails]

    def tied(dn, name, client):
        directory.modify(dn, replace={"lkAccountDN": f"uid={name},{directory.accounts}"})
        return client

    def invite(client):
        answer = client.get("/profile").submit("/profile/invite")
        directory.wait_until_all_is_sent()
        return answer

    first, second = unique("first"), unique("second")
    one = tied(dns[0], first, sign_up(daemon, first))
    assert [invite(one).status for _ in range(3)] == [200] * 3
    page = invite(one)
    assert page.status == 429 and 1 <= int(page.headers["Retry-After"]) <= 3600
    assert "asked for several messages" in page.text and page.form("/profile/invite")
    # Another account that has the profile does not fill its mailbox either.
    other = tied(dns[0], second, sign_up(daemon, second))
    assert invite(other).status == 429
    # The account that has used up its own share has none for another profile, nor for the other letters that it may ask for.
    tied(dns[1], first, one)
    assert invite(one).status == 429
    assert one.get("/associate").submit("/associate", mail=mails[0]).status == 429
    directory.modify(dns[0], delete={"lkAccountDN": None})
    tied(dns[1], second, other)
    assert invite(other).status == 200, "the refusals before cost nothing"
    assert [len(daemon.mailbox.to(mail)) for mail in mails] == [3, 1]
    assert 'latchkey_limited_total{limit="mail_profile"}' in Client(daemon.url).get("/metrics").source


def test_an_invite_to_oneself_that_is_not_sent_does_not_count(daemon, directory):
    organization = directory.add_organization(unique("Org"))
    name = unique("pat")
    client = sign_up(daemon, name)
    mail = f"{name}@example.org"
    dn = directory.add_profile(organization, "Pat Person", mail)
    directory.modify(dn, replace={"lkAccountDN": f"uid={name},{directory.accounts}"}, delete={"mail": None})
    assert [client.get("/profile").submit("/profile/invite").status for _ in range(4)] == [409] * 4
    directory.modify(dn, add={"mail": mail})
    assert client.get("/profile").submit("/profile/invite").status == 200


def test_what_is_typed_as_a_name_is_in_no_log(daemon, directory):
    secret = unique("typed-the-password-here")
    statuses(daemon, secret, 7)
    assert secret not in daemon.log()
    assert secret not in str(directory.values(directory.decoy_dn, "lkAttempt"))


def test_a_mailbox_has_one_reset_link_in_a_while(own_directory, tmp_path):
    """s08: whoever types a name again and again brings its owner one letter, and is answered the same; from one place only so many
    may be asked for."""
    name = unique("flooded")
    dn = own_directory.add_account(name, PASSWORD, lkAlternateMail=f"{name}@home.example")
    with start(own_directory, tmp_path, limits_address_tries="6", limits_address_pause="1h", limits_network_tries="0") as daemon:
        client = Client(daemon.url)

        def ask(asked):
            assert client.get("/reset").submit("/reset", name=asked).path == "/reset/sent"
            own_directory.wait_for(lambda: "lkSend" not in own_directory.read(own_directory.decoy_dn), what="the courier to look it up")

        ask(name)
        daemon.mailbox.newest(f"{name}@home.example")
        own_directory.wait_for(lambda: "lkSend" not in own_directory.read(dn), what="the letter to be noted")
        second = int(time.time())  # what is asked in the same second counts as the same
        own_directory.wait_for(lambda: int(time.time()) > second, what="the next second")
        for asked in (name, unique("nobody"), name):
            ask(asked)
        assert "lkSend" not in own_directory.read(dn) and len(daemon.mailbox.to(f"{name}@home.example")) == 1
        assert 'latchkey_limited_total{limit="account"} 2' in Client(daemon.url).get("/metrics").source
        answers = [client.get("/reset").submit("/reset", name=unique("nobody")) for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429] and answers[2].headers["Retry-After"]


# ---- the password once more, by who is signed in

def ask(client, path, fields):
    """What the form at `path` answers, with a wrong password unless another is among the fields."""
    return client.get(path).submit(path, **{"password_now": WRONG, **fields})


OWN_FORMS = [("/account/mail", {"mail": "ada@new.example"}), ("/account/question", {"question": "Where?", "answer": "there"}),
             ("/account/person", {"given_name": "Ada"}), ("/account/delete", {}),
             ("/account/password", {"password": "granite moth parade 41", "password_again": "granite moth parade 41"})]


def test_passwords_on_the_accounts_own_pages_are_counted(daemon, directory):
    """Whoever has stolen a session finds the password no sooner there; and keeps the owner out of nothing."""
    name = unique("ada")
    owner = sign_up(daemon, name)
    thief = Client(daemon.url)
    thief.sign_in(name, PASSWORD)
    assert [ask(thief, path, fields).status for path, fields in OWN_FORMS] == [422] * 5
    for path, fields in OWN_FORMS:
        for password in (WRONG, PASSWORD):
            page = ask(thief, path, {**fields, "password_now": password})
            assert page.status == 429, (path, password)
            assert 3500 < int(page.headers["Retry-After"]) <= 3600 and len(page.headers.get_all("Retry-After")) == 1
            assert "please wait 60 minutes" in page.text
    page = thief.get("/account/second-factor").submit("/account/second-factor/new", password_now=PASSWORD)
    assert page.status == 429 and page.headers["Retry-After"] and "please wait 60 minutes" in page.text
    assert page.form("/account/second-factor/new"), "the form stands there again"
    # The owner: in another browser that is signed in, in a new one, and by signing in where the name was known.
    assert ask(owner, "/account/mail", {"mail": "ada@new.example", "password_now": PASSWORD}).path == "/account?done=mail"
    assert Client(daemon.url).sign_in(name, PASSWORD).status == 200
    owner.sign_out()
    assert owner.sign_in(name, PASSWORD).path == "/associate"
    # And the other way round: guesses at the page for signing in hold up nobody who is signed in.
    assert statuses(daemon, name, 6)[-1] == 429
    assert ask(owner, "/account/person", {"given_name": "Ada", "password_now": PASSWORD}).path == "/account?done=person"
    assert 'latchkey_limited_total{limit="account"}' in Client(daemon.url).get("/metrics").source


def test_a_right_password_takes_that_count_away_too(daemon, directory):
    name = unique("ada")
    client = sign_up(daemon, name)
    for _ in range(3):
        assert [ask(client, "/account/mail", {"mail": "ada@new.example"}).status for _ in range(4)] == [422] * 4
        assert ask(client, "/account/person", {"given_name": "Ada", "password_now": PASSWORD}).path == "/account?done=person"
        assert attempts(directory, name) == []
    assert [ask(client, "/account/mail", {"mail": "ada@new.example", "password_now": ""}).status for _ in range(6)] == [422] * 6
    assert attempts(directory, name) == [], "no password is no try"


def test_the_same_as_json(daemon):
    name = unique("ada")
    sign_up(daemon, name)
    program = JsonClient(daemon.url)
    program.send("/signin", "/signin", {"name": name, "password": PASSWORD})

    def send(path, action, **fields):
        return program.send(path, action, {"password_now": WRONG, **fields})

    first = [send("/account/mail", "/account/mail", mail="ada@new.example") for _ in range(3)]
    first += [send("/account/second-factor", "/account/second-factor/new") for _ in range(2)]
    assert [(answer.status, answer.json["errors"][0]["code"]) for answer in first] == [(422, "wrong_password")] * 5
    for answer in (send("/account/mail", "/account/mail", mail="ada@new.example", password_now=PASSWORD),
                   send("/account/second-factor", "/account/second-factor/new", password_now=PASSWORD)):
        assert answer.status == 429 and 3500 < int(answer.headers["Retry-After"]) <= 3600
        assert answer.json["errors"][0]["field"] == "password_now"
        assert answer.json["errors"][0]["code"].startswith("too_many_tries")
