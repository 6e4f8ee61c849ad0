# SPDX-License-Identifier: Apache-2.0
"""From sign-up to an associated profile, by an e-mailed link: flows S1, S7, S12, S13, S14, S15, over the real programs."""
import re
import time
import uuid

import ldap
import pytest

from harness.client import Client, JsonClient
from harness.daemon import SOURCE, Daemon
from harness.links import KeyRing

PASSWORD = "violet-anvil-9-teacup"
OTHER_PASSWORD = "granite moth parade 41"


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def daemon(directory, tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("daemon"), directory, settings={"pages.home_url": "https://service.example/"}) as running:
        yield running


@pytest.fixture
def client(daemon):
    return Client(daemon.url)


@pytest.fixture
def profile(directory):
    """A profile of an organisation with a current plan: (dn, address, organisation's name)."""
    return make_profile(directory)


def make_profile(directory, mail=None, plans=("support until=20991231235959Z",)):
    name = unique("Org")
    organization = directory.add_organization(name, plans=list(plans))
    mail = mail or f"{unique('person')}@{name.lower()}.example"
    return directory.add_profile(organization, "Pat Person", mail), mail, name


def associate(daemon, client, mail):
    page = client.get("/associate").submit("/associate", mail=mail)
    assert page.status == 200 and page.path == "/associate/sent"
    return daemon.mailbox.newest(mail)


def confirm(client, link):
    page = client.get(link)
    assert page.status == 200, page.source
    return page.submit("/t", token=page.form("/t").fields["token"])


def account_dn(directory, name):
    return f"uid={name},{directory.accounts}"


# ---- S1

def test_s1_first_use(daemon, directory, client, profile):
    dn, mail, organization = profile
    name = unique("newcomer")

    page = client.sign_up(name, PASSWORD)
    assert page.path == "/associate", "an account without a profile is asked for the registered address"

    letter = associate(daemon, client, mail)
    assert name in letter.text and organization in letter.text
    assert letter.link.startswith(daemon.settings["server.public_url"] + "/t/")

    # The mail is opened in another browser: sign in again with the same account, and read who is tied to whom.
    other = Client(daemon.url)
    page = other.get(letter.link)
    assert page.status == 200 and organization not in page.text, "a stranger with the link learns nothing of the directory"
    page = page.submit("/signin", name=name, password=PASSWORD)
    assert name in page.text and "Pat Person" in page.text and organization in page.text
    assert directory.values(dn, "lkAccountDN") == [], "looking changes nothing"

    page = page.submit("/t", token=letter.token)
    assert page.path.startswith("/associated") and page.status == 200
    assert name in page.text and "Pat Person" in page.text and organization in page.text
    assert directory.values(dn, "lkAccountDN") == [account_dn(directory, name)]
    assert directory.values(dn, "lkToken") == []
    directory.wait_for(lambda: directory.values(dn, "lkSend") == [], what="the letter to be noted")

    # From then on the name and the password are enough.
    fresh = Client(daemon.url)
    page = fresh.sign_in(name, PASSWORD)
    assert page.path == "/" and organization in page.text and "https://service.example/" in page.parsed.links


def test_s1_the_bind_with_the_same_password_works(directory, client):
    name = unique("binder")
    client.sign_up(name, PASSWORD)
    connection = directory.connect(account_dn(directory, name), PASSWORD, directory.ldap_uri)
    assert connection.whoami_s().replace("dn: ", "dn:").lower() == f"dn:{account_dn(directory, name)}".lower()
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        directory.connect(account_dn(directory, name), PASSWORD + "x", directory.ldap_uri)


def test_s1_unknown_address_gets_the_same_answer_and_no_mail(daemon, directory, client, profile):
    _, known, _ = profile
    unknown = f"{unique('nobody')}@nowhere.example"
    name = unique("asker")
    client.sign_up(name, PASSWORD)
    answers = [client.get("/associate").submit("/associate", mail=mail, follow=False) for mail in (known, unknown)]
    assert {a.status for a in answers} == {303} and len({a.headers["Location"] for a in answers}) == 1
    bodies = [client.get("/associate/sent").source for _ in answers]
    assert re.sub(r'value="[^"]*"', "", bodies[0]) == re.sub(r'value="[^"]*"', "", bodies[1])
    daemon.mailbox.newest(known)
    directory.wait_for(lambda: directory.values(account_dn(directory, name), "lkSend") == [])
    assert daemon.mailbox.to(unknown) == []


# ---- links: used, expired, foreign, forged

def test_link_works_once(daemon, directory, client, profile):
    dn, mail, _ = profile
    client.sign_up(unique("once"), PASSWORD)
    letter = associate(daemon, client, mail)
    assert confirm(client, letter.link).path.startswith("/associated")
    again = client.get(letter.link)
    assert again.path.startswith("/associated"), "the second click of the same person ends on the page that says it is done"
    thief = Client(daemon.url)
    thief.sign_up(unique("thief"), PASSWORD)
    assert thief.get(letter.link).status == 403, "bound to the account that asked"


def test_foreign_link_says_so_and_changes_nothing(daemon, directory, client, profile):
    dn, mail, organization = profile
    client.sign_up(unique("asker"), PASSWORD)
    letter = associate(daemon, client, mail)
    other = Client(daemon.url)
    other.sign_up(unique("other"), PASSWORD)
    page = other.get(letter.link)
    assert page.status == 403 and organization not in page.text
    csrf = other.get("/associate").form("/associate").fields["csrf"]
    assert other.post("/t", {"token": letter.token, "csrf": csrf}).status == 403
    assert directory.values(dn, "lkAccountDN") == []
    assert confirm(client, letter.link).path.startswith("/associated"), "it still works for the one who asked"


def test_used_link_of_an_invite(daemon, directory, profile):
    dn, mail, _ = profile
    directory.modify(dn, add={"lkSend": "invite"})
    letter = daemon.mailbox.newest(mail)
    first, second = Client(daemon.url), Client(daemon.url)
    first.sign_up(unique("first"), PASSWORD)
    second.sign_up(unique("second"), PASSWORD)
    assert confirm(first, letter.link).path.startswith("/associated")
    assert second.get(letter.link).status == 410


def test_changed_address_kills_the_link(daemon, directory, client, profile):
    dn, mail, _ = profile
    client.sign_up(unique("mover"), PASSWORD)
    letter = associate(daemon, client, mail)
    directory.modify(dn, replace={"mail": "elsewhere@example.com"})
    assert client.get(letter.link).status == 410


def test_forged_and_garbage_links(daemon, directory, client, profile):
    _, mail, _ = profile
    client.sign_up(unique("forger"), PASSWORD)
    token = associate(daemon, client, mail).token
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for bad in (flipped, "A" * 72, token[:-1], token + "A", "%00", "..%2F..%2Fetc", "x"):
        assert client.get("/t/" + bad).status in (400, 404), bad


def test_expired_link(daemon, directory, client, profile):
    dn, mail, _ = profile
    name = unique("late")
    client.sign_up(name, PASSWORD)
    account = directory.values(account_dn(directory, name), "entryUUID")[0]
    ring = KeyRing(daemon.folder / "keys")
    now = int(time.time())
    alive, value = ring.link("associate", mail, now + 3600, account)
    directory.modify(dn, add={"lkToken": value})
    assert client.get(f"/t/{alive}").status == 200, "the same link in its time"
    expired, value = ring.link("associate", mail, now - 60, account)
    directory.modify(dn, add={"lkToken": value})
    page = client.get(f"/t/{expired}")
    assert page.status == 410
    assert "expired" in page.text.lower()
    csrf = Client(daemon.url).get("/signin").form("/signin").fields["csrf"]
    assert Client(daemon.url).post("/t", {"token": expired, "csrf": csrf}).status == 410
    csrf = client.get("/associate").form("/associate").fields["csrf"]
    assert client.post("/t", {"token": expired, "csrf": csrf}).status == 410
    assert directory.values(dn, "lkAccountDN") == []


# ---- S2 and the remote control: an ldapmodify is enough

def test_s2_invite_by_ldapmodify(daemon, directory, client, profile):
    dn, mail, organization = profile
    directory.modify(dn, add={"lkSend": "invite"})
    letter = daemon.mailbox.newest(mail)
    assert organization in letter.text
    directory.wait_for(lambda: directory.values(dn, "lkSend") == [])
    assert directory.values(dn, "lkSent")[0].startswith("invite ")
    name = unique("invited")
    page = client.get(letter.link)                      # makes an account on the way, and comes back to the same page
    page = page.submit("/signup/start")
    page = page.sign_up(name, PASSWORD)
    assert "Pat Person" in page.text and name in page.text
    assert page.submit("/t", token=letter.token).path.startswith("/associated")
    assert directory.values(dn, "lkAccountDN") == [account_dn(directory, name)]


def test_bad_send_value_is_answered_in_words(daemon, directory, profile):
    dn, _, _ = profile
    directory.modify(dn, add={"lkSend": "postcard"})
    directory.wait_for(lambda: directory.values(dn, "lkSendError") != [])
    assert directory.values(dn, "lkSend") == []
    assert "postcard" in directory.values(dn, "lkSendError")[0]


# ---- S7

def test_s7_account_with_everything(daemon, directory, client):
    name, mail = unique("full"), f"{unique('full')}@home.example"
    page = client.sign_up(name, PASSWORD, alternate_mail=mail, question="First street?", answer="Elm Street",
                          given_name="Grace", surname="Hopper", telephone="+1 555 0100", postal_code="10115")
    assert page.path == "/associate", page.text
    entry = directory.read(account_dn(directory, name))
    assert entry["cn"] == ["Grace Hopper"] and entry["postalCode"] == ["10115"]
    assert entry["lkQuestion"] == ["First street?"] and entry["lkAnswer"][0].startswith("$argon2id$")
    assert entry["userPassword"][0].startswith(directory.hash_begins)
    assert "lkAlternateMail" not in entry and entry["lkPendingMail"] == [mail], "not before it is confirmed"

    letter = daemon.mailbox.newest(mail)
    page = client.get(letter.link)
    assert mail in page.text
    page = page.submit("/t", token=letter.token)
    assert page.status == 200 and mail in page.text
    entry = directory.read(account_dn(directory, name))
    assert entry["lkAlternateMail"] == [mail] and "lkPendingMail" not in entry and "lkToken" not in entry


@pytest.mark.parametrize("change, field", [
    ({"name": ""}, "name"),
    ({"name": "ab"}, "name"),
    ({"name": "a,b=c"}, "name"),
    ({"name": "x" * 65}, "name"),
    ({"password": "short", "password_again": "short"}, "password"),
    ({"password": "password1234", "password_again": "password1234"}, "password"),
    ({"password_again": "something else entirely"}, "password_again"),
    ({"alternate_mail": "not an address"}, "alternate_mail"),
    ({"alternate_mail": "a@b.example\r\nBcc: x@y.example"}, None),
    ({"question": "Why?"}, "answer"),
    ({"answer": "Because"}, "question"),
    ({"telephone": "+49 30 1234#5"}, "telephone"),
])
def test_s7_faults_are_told_beside_the_field(daemon, directory, change, field):
    name = unique("faulty")
    fields = {"name": name, "password": PASSWORD, "password_again": PASSWORD, **change}
    client, program = Client(daemon.url), JsonClient(daemon.url)
    page = client.get("/signup").submit("/signup", name="any-name", step="name").submit("/signup", **fields)
    answer = program.send("/signup", "/signup", fields)
    if field is None:
        assert page.status == 400 and answer.status == 400
    else:
        assert page.status == 422 and answer.status == 422
        assert field in [error["field"] for error in answer.json["errors"]]
        assert PASSWORD not in page.source
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert directory.search(f"(uid={name})") == []


def test_s10_a_name_that_is_taken(daemon, client):
    name = unique("taken")
    client.sign_up(name, PASSWORD)
    page = Client(daemon.url).sign_up(name.upper(), OTHER_PASSWORD)
    assert page.status == 422 and "taken" in page.text.lower()


def test_s10_a_name_that_an_entry_with_another_dn_has(daemon, directory):
    """By the directory's rule of uniqueness: it knows such a refusal from others."""
    name = unique("taken")
    directory.add(f"cn={name},{directory.accounts}", {"objectClass": ["inetOrgPerson"], "cn": name, "sn": name, "uid": name})
    page = Client(daemon.url).sign_up(name, PASSWORD)
    assert page.status == 422 and "taken" in page.text


def test_s10_what_the_directory_refuses_is_not_called_a_name_that_is_taken(own_directory, tmp_path):
    """Rules that give the daemon no right to add accounts. The page says so much; the log has the reason, for the operator."""
    name = unique("refused")
    with own_directory.without_new_accounts(), Daemon(tmp_path / "daemon", own_directory) as daemon:
        page = Client(daemon.url).sign_up(name, PASSWORD)
        assert page.status == 500 and "could not be saved" in page.text and "taken" not in page.text
        answer = JsonClient(daemon.url).send("/signup", "/signup", {"name": name, "password": PASSWORD, "password_again": PASSWORD})
        assert answer.status == 500 and answer.json["type"].endswith("#not_saved")
        daemon.wait_log(lambda log: log.count("action=sign_up outcome=refused_by_directory") == 2)
        trouble = [line for line in daemon.log().splitlines() if "event=request_trouble" in line]
        assert len(trouble) == 2 and all("level=error" in line and "Insufficient access (50)" in line for line in trouble), trouble
    assert own_directory.search(f"(uid={name})") == []


# ---- S12, S13

def test_s12_names_used_before_are_offered(daemon, client):
    name = unique("known")
    client.sign_up(name, PASSWORD)
    client.sign_out()
    assert name not in client.get("/signin").source, "a name only just created is typed the first time"
    client.sign_in(name, PASSWORD)
    client.sign_out()
    page = client.get("/signin")
    assert name in page.source
    page.submit("/signin/forget")
    assert name not in client.get("/signin").source
    assert name not in Client(daemon.url).get("/signin").source


def test_s13_staying_signed_in(daemon, directory, client):
    name = unique("keeper")
    client.sign_up(name, PASSWORD)
    client.sign_out()
    answer = client.get("/signin").submit("/signin", name=name, password=PASSWORD, keep="yes", follow=False)
    cookie = [c for c in answer.headers.get_all("Set-Cookie") if c.startswith("latchkey=")][0]
    assert "Max-Age=" in cookie and "HttpOnly" in cookie and "SameSite=" in cookie
    answer = Client(daemon.url).get("/signin").submit("/signin", name=name, password=PASSWORD, follow=False)
    cookie = [c for c in answer.headers.get_all("Set-Cookie") if c.startswith("latchkey=")][0]
    assert "Max-Age" not in cookie and "Expires" not in cookie


def test_s13_sign_out_ends_the_session_in_the_directory(daemon, directory, client):
    name = unique("leaver")
    client.sign_up(name, PASSWORD)
    cookies = dict(client.cookies)
    assert len(directory.values(account_dn(directory, name), "lkSession")) == 1
    assert client.get("/associate").submit("/signout").path == "/signed-out"
    assert directory.values(account_dn(directory, name), "lkSession") == []
    client.cookies = cookies
    assert client.get("/associate").path.startswith("/signin"), "the old cookie is dead"


def test_sign_in_makes_a_new_session_and_the_number_is_capped(directory, tmp_path):
    with Daemon(tmp_path / "capped", directory, settings={"sessions.per_account": "3"}) as daemon:
        name = unique("many")
        first = Client(daemon.url)
        first.sign_up(name, PASSWORD)
        before = first.cookies["latchkey"]
        first.get("/signin", headers={"Accept": "application/json"})
        others = [Client(daemon.url) for _ in range(3)]
        for other in others:
            other.sign_in(name, PASSWORD)
        assert len(directory.values(account_dn(directory, name), "lkSession")) == 3
        assert first.get("/associate").path.startswith("/signin"), "the oldest gave way"
        assert others[0].get("/associate").path == "/associate"
        assert others[0].cookies["latchkey"] != before


def test_deleting_lksession_signs_out(daemon, directory, client):
    name = unique("cut")
    client.sign_up(name, PASSWORD)
    directory.modify(account_dn(directory, name), replace={"lkSession": None})
    assert client.get("/associate").path.startswith("/signin")


def test_wrong_password_and_unknown_name_look_alike(daemon, client):
    name = unique("real")
    client.sign_up(name, PASSWORD)
    pages = [Client(daemon.url).sign_in(typed, "not the password") for typed in (name, unique("ghost"))]
    assert [page.status for page in pages] == [422, 422]
    words = [re.sub(r'value="[^"]*"', "", page.source) for page in pages]
    assert words[0] == words[1]


# ---- S14, S15

def test_s14_one_address_many_profiles(daemon, directory, client):
    mail = f"{unique('shared')}@many.example"
    profiles = [make_profile(directory, mail) for _ in range(3)]
    name = unique("plural")
    client.sign_up(name, PASSWORD)
    client.get("/associate").submit("/associate", mail=mail)
    letters = daemon.mailbox.wait(mail, 3)
    assert len(letters) == 3
    for letter in letters:
        assert sum(organization in letter.text for _, _, organization in profiles) == 1, "each names its organisation"
        assert confirm(client, letter.link).path.startswith("/associated")
    for dn, _, _ in profiles:
        assert directory.values(dn, "lkAccountDN") == [account_dn(directory, name)]


def test_s15_which_profile(daemon, directory, client):
    mail = f"{unique('two')}@hats.example"
    profiles = [make_profile(directory, mail) for _ in range(2)]
    name = unique("hats")
    client.sign_up(name, PASSWORD)
    for dn, _, _ in profiles:
        directory.modify(dn, replace={"lkAccountDN": account_dn(directory, name)})
    visitor = Client(daemon.url)
    page = visitor.sign_in(name, PASSWORD)
    assert page.path == "/select"
    for dn, _, organization in profiles:
        identifier = directory.values(dn, "entryUUID")[0]
        page = visitor.get("/select").submit("/select", profile=identifier)
        assert page.path == "/" and organization in page.text
    stranger = directory.values(make_profile(directory)[0], "entryUUID")[0]
    csrf = visitor.get("/select").form("/select").fields["csrf"]
    assert visitor.post("/select", {"csrf": csrf, "profile": stranger}).status == 404


def test_a_new_account_ends_the_former_session_of_the_browser(daemon, client):
    """As signing in does: nobody has its cookie any more who could sign it out."""
    client.sign_up(unique("former"), PASSWORD)
    former = Client(daemon.url)
    former.cookies = dict(client.cookies)
    assert former.get("/account").path == "/account"
    name = unique("latter")
    client.sign_up(name, PASSWORD)
    assert name in client.get("/account").text
    assert former.get("/account").path.startswith("/signin")


def test_s15_only_a_post_selects(daemon, directory, client):
    """Whose link was opened last is acted as. An address that somebody else may have sent shows what is tied, and selects nothing."""
    name = unique("hats")
    client.sign_up(name, PASSWORD)
    profiles = [make_profile(directory) for _ in range(2)]
    for _, mail, organization in profiles:
        page = confirm(client, associate(daemon, client, mail).link)
        assert page.path.startswith("/associated?")
        assert client.get("/auth").headers["Remote-Organization"] == organization
    (former, _, former_organization), (_, _, organization) = profiles
    proof = page.path.partition("&redeemed=")[2]
    for more in ("", "&redeemed=" + proof, "&redeemed=x"):
        page = client.get("/associated?profile=" + directory.values(former, "entryUUID")[0] + more)
        assert page.status == 200 and former_organization in page.text
        assert proof and client.get("/auth").headers["Remote-Organization"] == organization
    # Nor does the proof of another session.
    other = Client(daemon.url)
    other.sign_in(name, PASSWORD)
    other.post("/select", {"csrf": other.get("/select").form("/select").fields["csrf"], "profile": directory.values(former, "entryUUID")[0]})
    assert other.get("/auth").headers["Remote-Organization"] == former_organization
    assert other.get(f"/associated?profile={directory.values(profiles[1][0], 'entryUUID')[0]}&redeemed={proof}").status == 200
    assert other.get("/auth").headers["Remote-Organization"] == former_organization


# ---- S18, S20: the service asks

def test_s20_forward_auth(daemon, directory, client, profile):
    dn, mail, organization = profile
    assert client.get("/auth").status == 401
    name = unique("served")
    client.sign_up(name, PASSWORD)
    assert client.get("/auth").status == 403, "no profile"
    directory.modify(dn, replace={"lkAccountDN": account_dn(directory, name)})
    answer = client.get("/auth")
    assert answer.status == 200
    assert answer.headers["Remote-User"] == name and answer.headers["Remote-Email"] == mail
    assert answer.headers["Remote-Organization"] == organization
    directory.modify(f"o={organization},{directory.organizations}", replace={"lkServicePlan": "support until=20200101000000Z"})
    assert client.get("/auth").status == 403, "an ended plan counts at the next check"
    directory.modify(f"o={organization},{directory.organizations}", replace={"lkServicePlan": "support until=20991231235959Z"})
    assert client.get("/auth").status == 200
    directory.modify(dn, replace={"lkAccountDN": None})
    assert client.get("/auth").status == 403, "an untied profile counts at the next check"


# ---- the same through JSON

def test_json_all_the_way(daemon, directory, profile):
    dn, mail, organization = profile
    program = JsonClient(daemon.url)
    name = unique("robot")
    answer = program.send("/signup", "/signup", {"name": name, "password": PASSWORD, "password_again": PASSWORD})
    assert answer.status == 200 and answer.json["location"] == "/"
    assert program.send("/associate", "/associate", {"mail": mail}).json["location"] == "/associate/sent"
    letter = daemon.mailbox.newest(mail)
    shown = program.get(letter.link).json
    assert shown["target"]["mail"] == mail and shown["organization"]["name"] == organization
    assert shown["account"]["name"] == name
    answer = program.send("/associate", "/t", {"token": letter.token})
    assert answer.status == 200 and answer.json["location"].startswith("/associated?profile=")
    assert program.get(answer.json["location"]).json["target"]["mail"] == mail
    answer = program.post("/t", {"token": letter.token, "csrf": "nonsense"}, follow=False)
    assert answer.status == 403 and answer.json["type"] and answer.json["title"] and answer.json["detail"]
    assert JsonClient(daemon.url).get("/associate", follow=False).status == 401


def test_nothing_secret_is_logged(daemon, directory, client, profile):
    _, mail, _ = profile
    client.sign_up(unique("quiet"), PASSWORD, question="Which?", answer="unspoken answer")
    letter = associate(daemon, client, mail)
    confirm(client, letter.link)
    daemon.wait_log(lambda log: 'route=/t/{token} ' in log)
    log = daemon.log()
    for secret in (PASSWORD, "unspoken answer", letter.token, client.cookies["latchkey"]):
        assert secret not in log


def test_link_page_reloaded_without_its_token(client):
    assert client.get("/t").status == 404


def test_a_profile_taken_away_is_not_shown_any_more(daemon, directory, client, profile):
    dn, mail, organization = profile
    name = unique("former")
    client.sign_up(name, PASSWORD)
    directory.modify(dn, replace={"lkAccountDN": account_dn(directory, name)})
    assert organization in client.get("/").text
    directory.modify(dn, replace={"lkAccountDN": None})
    page = client.get("/account")
    assert page.status == 200 and organization not in page.text


def test_a_full_outbox_is_the_one_reason_to_be_told_to_wait(daemon, directory, client):
    """32 requests of one account may wait, as many as slapd's constraint overlay lets be: then 429, and the log has slapd's words."""
    name = unique("asker")
    client.sign_up(name, PASSWORD)
    waiting = [f"find address=p{number}@nowhere.example after=20991231235959Z" for number in range(32)]
    directory.modify(account_dn(directory, name), add={"lkSend": waiting})
    page = client.get("/associate")
    answer = page.submit("/associate", mail="one.more@nowhere.example")
    assert answer.status == 429 and answer.headers["Retry-After"]
    daemon.wait_log(lambda log: re.search("event=request_trouble [^\n]* route=/associate why=\"modify: Constraint violation [^\n]*lkSend", log))
    directory.modify(account_dn(directory, name), delete={"lkSend": waiting[:1]})
    assert page.submit("/associate", mail="one.more@nowhere.example").path == "/associate/sent"


# ---- metrics

def test_a_stranger_does_not_crowd_out_the_metrics(daemon, client):
    """Every status that somebody without an account can have from every path; then what counts is still counted by its name."""
    routes = (SOURCE / "src" / "web" / "routes.c").read_text()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in sorted(set(re.findall(r'^    \{ "[A-Z]+", +"([^"]+)"', routes, re.M))):
        path = re.sub(r"\{\w+\}", str(uuid.uuid4()), path)
        client.request("GET", path)
        client.request("GET", path + "?no_such_field=1")
        client.request("GET", path + "?" + "x" * 3000)
        client.request("GET", path, headers={"X-Forwarded-For ": "192.0.2.7"})
        client.request("PUT", path)
        client.request("POST", path, "a=b", form)
        client.request("POST", path, "csrf=none", form)
        client.request("POST", path, "{}", {"Content-Type": "application/json"})
        client.request("POST", path, "a" * 100000, form)
    client.sign_in(unique("nobody"), PASSWORD)
    metrics = client.get("/metrics").source
    assert 'latchkey_requests_total{route="/signin",status="422"} ' in metrics
    assert 'latchkey_requests_total{route="other"' not in metrics
