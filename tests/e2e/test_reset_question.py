# SPDX-License-Identifier: Apache-2.0
"""A forgotten password, by what one knows: flow S9, lessons 10, 11, 14, 15, 16, over the real programs."""
import threading
import uuid

import pytest

from harness.client import Client, JsonClient
from harness.daemon import Daemon
from harness.passwords import argon2, verifies

PASSWORD = "violet-anvil-9-teacup"
NEW_PASSWORD = "granite moth parade 41"
QUESTION = "What did the blue door hide?"
ANSWER = "A Brass  Sextant"
TRIES = 5


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("daemon"), directory, settings={"accounts.question_tries": str(TRIES)}) as running:
        yield running


@pytest.fixture(scope="module")
def other_daemon(directory, daemon, tmp_path_factory):
    settings = {"links.key_ring": str(daemon.folder / "keys"), "courier.deliver_to": f"maildir:{daemon.mailbox.path}",
                "accounts.question_tries": str(TRIES)}
    with Daemon(tmp_path_factory.mktemp("other"), directory, settings=settings) as running:
        yield running


class Person:
    def __init__(self, directory, **more):
        self.directory = directory
        self.name = unique("knower")
        self.told = {"given_name": "Zoë", "surname": "O’Neill", "telephone": "+49 (30) 12-34", "postal_code": "SW1Y 4JH"}
        self.dn = directory.add_account(self.name, PASSWORD, **{
            "givenName": "Zoë", "sn": "O’Neill", "telephoneNumber": "+49 30 1234", "postalCode": "sw1y4jh",
            "lkQuestion": QUESTION, "lkAnswer": argon2("a brass sextant").removeprefix("{ARGON2}"), **more})

    def values(self, attribute):
        return self.directory.values(self.dn, attribute)

    def has_password(self, password):
        return verifies(self.values("userPassword")[0], password)

    def begin(self, client, **other):
        return client.get("/reset/question").submit("/reset/question", name=self.name, **{**self.told, **other})


@pytest.fixture
def person(directory, daemon):
    return Person(directory)


def state_of(page):
    return page.form(fields=["state"]).fields["state"]


def question_of(page):
    return page.source.split('<p class="lead">')[1].split("</p>")[0]


# ---- S9

@pytest.mark.parametrize("answer", [ANSWER, "a brass sextant", "  A BRASS\u00a0SEXTANT ", "Ａ　brass sextant"])
def test_s9_a_forgotten_password_by_what_one_knows(person, daemon, other_daemon, answer):
    """Answers are compared after NFKC, case folding and blanks."""
    kept = Client(other_daemon.url)
    kept.sign_in(person.name, PASSWORD, keep="yes")
    client = Client(daemon.url)
    assert QUESTION not in client.get("/reset/question").text
    page = person.begin(client)
    assert page.status == 200 and QUESTION in page.text
    page = page.submit("/reset/answer", answer=answer)
    assert page.status == 200 and "That was right" in page.text and person.has_password(PASSWORD)
    page = page.submit("/reset/password", password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    assert page.path == "/reset/done" and person.has_password(NEW_PASSWORD)
    assert kept.get("/account", follow=False).status == 303, "signed out everywhere"
    assert person.values("lkSession") == [] and person.values("lkAttempt") == []


def test_lesson_16_confirmed_addresses_are_told_and_may_undo_it(directory, daemon):
    mail = f"{unique('owner')}@home.example"
    person = Person(directory, lkAlternateMail=mail, mail=f"{unique('second')}@home.example")
    thief = Client(daemon.url)
    page = person.begin(thief).submit("/reset/answer", answer=ANSWER)
    page.submit("/reset/password", password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    thief.sign_in(person.name, NEW_PASSWORD)
    assert thief.get("/account", follow=False).status == 200
    letter = daemon.mailbox.newest(mail)
    assert "personal data and the answer" in " ".join(letter.text.split())
    assert daemon.mailbox.newest(person.values("mail")[0]).link != letter.link
    mended = "copper lantern voyage 9"
    page = Client(daemon.url).get(letter.link).submit("/reset/link", password=mended, password_again=mended)
    assert page.path == "/reset/done" and person.has_password(mended)
    assert thief.get("/account", follow=False).status == 303
    assert person.values("lkQuestion") == person.values("lkAnswer") == [], "the question leads nowhere any more"
    assert QUESTION not in person.begin(Client(daemon.url)).text
    assert person.values("lkAlternateMail") == [mail]


def test_s9_json(person, daemon):
    client = JsonClient(daemon.url)
    shown = client.send("/reset/question", "/reset/question", {"name": person.name, **person.told}).json
    assert shown["question"] == QUESTION
    wrong = client.send("/reset/question", "/reset/answer", {"state": shown["state"], "answer": "a brass band"})
    assert wrong.status == 422 and wrong.json["errors"][0]["field"] == "answer"
    shown = client.send("/reset/question", "/reset/question", {"name": person.name, **person.told}).json
    shown = client.send("/reset/question", "/reset/answer", {"state": shown["state"], "answer": ANSWER}).json
    done = client.send("/reset/question", "/reset/password",
                       {"state": shown["state"], "password": NEW_PASSWORD, "password_again": NEW_PASSWORD})
    assert done.json["location"] == "/reset/done" and person.has_password(NEW_PASSWORD)


def test_a_wrong_answer_may_be_followed_by_the_right_one(person, daemon):
    page = person.begin(Client(daemon.url)).submit("/reset/answer", answer="a brass band")
    assert page.status == 422 and 'id="answer-error"' in page.source and QUESTION in page.text
    assert "brass band" not in page.source
    assert "That was right" in page.submit("/reset/answer", answer=ANSWER).text


@pytest.mark.parametrize("other", [{"given_name": "Zara"}, {"surname": ""}, {"telephone": "+49 30 12345"},
                                   {"postal_code": "SW1Y 4JJ"}, dict.fromkeys(("given_name", "surname", "telephone", "postal_code"), "")])
def test_the_question_is_shown_only_to_whom_the_data_proves(person, daemon, other):
    page = person.begin(Client(daemon.url), **other)
    assert page.status == 200 and QUESTION not in page.text
    page = page.submit("/reset/answer", answer=ANSWER)
    assert page.status == 422 and "does not fit together" in page.text and QUESTION not in page.text


@pytest.mark.parametrize("missing", [
    {"lkQuestion": None, "lkAnswer": None},
    {"givenName": None, "telephoneNumber": None, "postalCode": None},  # a surname alone proves nobody
])
def test_who_gave_too_little_is_led_to_support(directory, daemon, missing):
    person = Person(directory, **missing)
    told = {name: value for name, value in person.told.items()
            if {"given_name": "givenName", "telephone": "telephoneNumber", "postal_code": "postalCode"}.get(name) not in missing}
    page = person.begin(Client(daemon.url), **{**dict.fromkeys(person.told, ""), **told})
    assert QUESTION not in page.text and "support@latchkey.example" in page.text
    assert page.submit("/reset/answer", answer=ANSWER).status == 422


# ---- strangers

def test_lesson_11_an_unknown_name_looks_the_same(person, daemon, directory):
    """Same words, statuses and headers at every step, but for what is random; the question that stands in is stable."""
    def shape(answer, name):
        headers = sorted((k, v) for k, v in answer.headers.items() if k not in ("Date", "X-Request-Id", "Content-Length"))
        source = answer.source.replace(question_of(answer), "Q").replace(name, "N")
        for field in ("state", "csrf"):
            for form in answer.parsed.forms:
                if form.fields.get(field):
                    source = source.replace(form.fields[field], field)
        return answer.status, headers, source

    seen = {}
    for name in (person.name, unique("nobody")):
        client = Client(daemon.url)
        questions, shapes = set(), []
        for _ in range(TRIES + 2):
            page = client.get("/reset/question").submit("/reset/question", name=name, given_name="Nobody")
            shapes.append(shape(page, name))
            questions.add(question_of(page))
            state = state_of(page)
            answer = page.submit("/reset/answer", answer="nothing")
            shapes.append(shape(answer, name))
            again = client.post("/reset/answer", {"csrf": page.form("/reset/answer").fields["csrf"], "state": state, "answer": "x"})
            shapes.append(shape(again, name))
            questions |= {question_of(answer), question_of(again)}
        assert len(questions) == 1, "always the same for a name"
        seen[name] = shapes
    known, unknown = seen.values()
    assert known == unknown


def test_an_unknown_name_costs_the_same_operations(person, daemon, own_directory, tmp_path):
    """As one worker's session counts them, once it is open, and the daemon has done at the decoy what it does at its start."""
    with Daemon(tmp_path / "alone", own_directory, settings={"server.workers": "1"}) as running:
        known, client = Person(own_directory), Client(running.url)
        own_directory.wait_for(lambda: own_directory.values(own_directory.decoy_dn, "userPassword"), what="the decoy's password")
        client.get("/reset/question").submit("/reset/question", name="somebody", given_name="Nobody").submit("/reset/answer", answer="nothing")
        counts = {}
        for name in (known.name, "nobody-at-all"):
            page = client.get("/reset/question")
            before = own_directory.operations()
            page = page.submit("/reset/question", name=name, given_name="Nobody")
            middle = own_directory.operations()
            page.submit("/reset/answer", answer="nothing")
            after = own_directory.operations()
            counts[name] = [{kind: b[kind] - a[kind] for kind in ("search", "modify", "bind", "add", "delete")}
                            for a, b in ((before, middle), (middle, after))]
        first, second = counts.values()
        assert first == second and first[0]["modify"] == first[1]["modify"] == 1


# ---- tries

def parallel(count, work):
    results, ready = [None] * count, threading.Barrier(count)

    def run(n):
        ready.wait()
        results[n] = work(n)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_lesson_14_a_hundred_guesses_at_the_person_at_once(person, daemon, other_daemon):
    """Every one of them is right; no more than the allowed number are even looked at."""
    forms = [Client((daemon, other_daemon)[n % 2].url) for n in range(100)]
    csrf = [client.get("/reset/question").form("/reset/question").fields["csrf"] for client in forms[:2]]
    pages = parallel(100, lambda n: forms[n].post("/reset/question", {"csrf": csrf[n % 2], "name": person.name, **person.told}))
    shown = [page for page in pages if page.status == 200 and QUESTION in page.text]
    assert 1 <= len(shown) <= TRIES
    tries = [value for value in person.values("lkAttempt") if value.startswith("person ")]
    assert len(tries) == TRIES and len(set(tries)) == TRIES
    assert {page.status for page in pages} <= {200, 503}


def test_lesson_14_a_hundred_guesses_of_the_answer_at_once(person, daemon, other_daemon):
    """All with the right answer, with as many proven forms as can be had: each form serves once, and all together no more than
    the allowed number of times."""
    pages = [person.begin(Client((daemon, other_daemon)[n % 2].url)) for n in range(TRIES)]
    assert all(QUESTION in page.text for page in pages)
    fields = [page.form("/reset/answer").fields for page in pages]
    answers = parallel(100, lambda n: pages[n % TRIES].client.post("/reset/answer", {**fields[n % TRIES], "answer": ANSWER}))
    right = [answer for answer in answers if answer.status == 200 and "That was right" in answer.text]
    assert 1 <= len(right) <= TRIES
    assert len([value for value in person.values("lkAttempt") if value.startswith("answer ")]) <= TRIES


def test_lesson_14_the_right_answer_comes_too_late(person, daemon):
    page = person.begin(Client(daemon.url))
    for _ in range(TRIES):
        page = page.submit("/reset/answer", answer="a brass band")
    page = page.submit("/reset/answer", answer=ANSWER)
    assert page.status == 422 and "does not fit together" in page.text and person.has_password(PASSWORD)
    page = person.begin(Client(daemon.url)).submit("/reset/answer", answer=ANSWER)
    assert page.status == 422, "nor in another browser"


def test_tries_of_a_former_window_do_not_count(person, daemon, directory):
    directory.modify(person.dn, add={"lkAttempt": [f"{sort} window=1 try={n}" for sort in ("person", "answer") for n in range(1, 6)]})
    page = person.begin(Client(daemon.url)).submit("/reset/answer", answer=ANSWER)
    assert "That was right" in page.text
    assert not any("window=1 " in value for value in person.values("lkAttempt")), "and are cleared away"


# ---- no step is skipped, repeated, or swapped to another account

def send(client, path, state, **fields):
    csrf = client.get("/reset/question").form("/reset/question").fields["csrf"]
    return client.post(path, {"csrf": csrf, "state": state, **fields})


def test_no_step_is_skipped(person, daemon):
    client = Client(daemon.url)
    before_answer = state_of(person.begin(client))
    skipped = send(client, "/reset/password", before_answer, password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    assert skipped.status == 410 and person.has_password(PASSWORD)
    for state in ("A" * len(before_answer), before_answer[:-1] + ("A" if before_answer[-1] != "A" else "B"), "", "x"):
        answer = send(client, "/reset/password", state, password=NEW_PASSWORD, password_again=NEW_PASSWORD)
        assert answer.status in (400, 410), state
        assert send(client, "/reset/answer", state, answer=ANSWER).status in (400, 410)
    assert person.has_password(PASSWORD)


def test_no_step_is_repeated(person, daemon):
    client = Client(daemon.url)
    first = state_of(person.begin(client))
    second = state_of(send(client, "/reset/answer", first, answer=ANSWER))
    assert send(client, "/reset/answer", first, answer=ANSWER).status == 422, "the form has been used"
    parallel_state = state_of(person.begin(client).submit("/reset/answer", answer=ANSWER))
    done = send(client, "/reset/password", second, password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    assert done.path == "/reset/done"
    other = "copper lantern voyage 9"
    for state in (second, parallel_state):
        assert send(client, "/reset/password", state, password=other, password_again=other).status == 410
    assert person.has_password(NEW_PASSWORD)


def test_a_poor_password_leaves_the_step_open(person, daemon):
    page = person.begin(Client(daemon.url)).submit("/reset/answer", answer=ANSWER)
    page = page.submit("/reset/password", password="short", password_again="short")
    assert page.status == 422 and 'id="password-error"' in page.source
    assert page.submit("/reset/password", password=NEW_PASSWORD, password_again=NEW_PASSWORD).path == "/reset/done"


def test_no_step_is_swapped_to_another_account(person, daemon, directory):
    victim, client = Person(directory), Client(daemon.url)
    # The victim's answer is the same: only the account that the form was given for counts, and no field can name another.
    mine = state_of(person.begin(client))
    csrf = client.get("/reset/question").form("/reset/question").fields["csrf"]
    for extra in ({"name": victim.name}, {"account": victim.values("entryUUID")[0]}):
        assert client.post("/reset/answer", {"csrf": csrf, "state": mine, "answer": ANSWER, **extra}).status == 400
    mine = state_of(send(client, "/reset/answer", mine, answer=ANSWER))
    assert send(client, "/reset/password", mine, password=NEW_PASSWORD, password_again=NEW_PASSWORD).path == "/reset/done"
    assert person.has_password(NEW_PASSWORD) and victim.has_password(PASSWORD)


def test_two_set_a_password_at_once_and_one_does(person, daemon, other_daemon):
    page = person.begin(Client(daemon.url)).submit("/reset/answer", answer=ANSWER)
    state = state_of(page)
    clients = [Client((daemon, other_daemon)[n % 2].url) for n in range(4)]
    csrf = [client.get("/reset/question").form("/reset/question").fields["csrf"] for client in clients]
    words = [f"granite moth parade {n}" for n in range(4)]
    answers = parallel(4, lambda n: clients[n].post("/reset/password", {"csrf": csrf[n], "state": state, "password": words[n],
                                                                       "password_again": words[n]}))
    winners = [n for n in range(4) if answers[n].path == "/reset/done"]
    assert len(winners) == 1 and person.has_password(words[winners[0]])


def test_the_way_can_be_switched_off(person, daemon, directory, tmp_path):
    state = state_of(person.begin(Client(daemon.url)))
    settings = {"links.key_ring": str(daemon.folder / "keys"), "accounts.reset_by_question": "no",
                "courier.deliver_to": f"maildir:{daemon.mailbox.path}"}
    with Daemon(tmp_path / "closed", directory, settings=settings) as running:
        client = Client(running.url)
        assert "/reset/question" not in client.get("/reset").source
        assert client.get("/reset/question").status == 403
        csrf = client.get("/reset").form("/reset").fields["csrf"]
        assert client.post("/reset/question", {"csrf": csrf, "name": person.name}).status == 403
        assert client.post("/reset/answer", {"csrf": csrf, "state": state, "answer": ANSWER}).status == 403
