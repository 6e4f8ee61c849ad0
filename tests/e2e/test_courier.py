# SPDX-License-Identifier: Apache-2.0
"""The courier over a real directory and a real mail server: from lkSend on an entry to a message and back."""
import base64
import hashlib
import itertools
import random
import re
import threading
import time

import pytest
from harness.courier import Courier
from harness.mail import DROP, Certificates, Maildir, MailServer, links, part

TEMPLATES = {
    "letter/invite.txt": "Dear {{profile.name}} <{{profile.mail}}>,\n{{organization}} invites you to {{service}}."
    "{{#by}} By {{by}}.{{/by}}\n{{link}}\nUntil {{time until}}.\nHelp: {{support.address}}\n",
    "letter/invite.html": '<p>{{organization}} invites {{profile.name}}</p><a href="{{link}}">{{link}}</a>\n',
    "letter/associate.txt": "{{account.name}} asks for {{profile.name}} of {{organization}}\n{{link}}\n",
    "letter/associate.html": '<p>{{account.name}} {{organization}}</p><a href="{{link}}">open</a>\n',
    "letter/confirm.txt": "Is this yours, {{account.name}}?\n{{link}}\n",
    "letter/confirm.html": '<a href="{{link}}">yes</a>\n',
    "messages.txt": "letter_invite_subject = Invitation to {service} from {organization}\n"
    "letter_associate_subject = {account.name} asks for your profile\n"
    "letter_confirm_subject = Your address\n",
}
# So long that nothing is sent again only because the machine is busy.
PATIENT = {"courier_timeout": 60, "courier_lease": 90}
WORKERS = 4  # courier.workers, where a test does not say otherwise
numbers = itertools.count(1)


@pytest.fixture(scope="session")
def share(tmp_path_factory):
    folder = tmp_path_factory.mktemp("share")
    for name, text in TEMPLATES.items():
        path = folder / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def mail():
    with MailServer() as server:
        yield server


@pytest.fixture
def acme(directory):
    return directory.add_organization(f"Acme {next(numbers)}")


@pytest.fixture
def make(directory, tmp_path, share):
    """Makes couriers that share a key ring, and ends those that a test leaves running."""
    made = []

    def make_courier(mail, into=directory, **settings):
        made.append(Courier(into, mail, tmp_path, share=share, **settings))
        return made[-1]

    yield make_courier
    for courier in made:
        courier.kill()
    for dn, _ in directory.search("(lkSend=*)", attributes=["lkSend"]):  # of a test that failed: not the next one's to send
        directory.modify(dn, replace={"lkSend": None})


def token_of(link):
    """The digest that the directory keeps of a link."""
    text = link.rsplit("/", 1)[1]
    return base64.urlsafe_b64encode(hashlib.blake2b(base64.urlsafe_b64decode(text), digest_size=32).digest()).decode().rstrip("=")


def is_live(directory, dn, link):
    return any(f"digest={token_of(link)}" in value for value in directory.values(dn, "lkToken"))


def wait_until_empty(directory, dns, seconds=60):
    for dn in [dns] if isinstance(dns, str) else dns:
        directory.wait_for(lambda dn=dn: not directory.values(dn, "lkSend"), seconds, f"the outbox of {dn} to be empty")


# ---- one message


def test_an_invite_by_ldapmodify(directory, acme, mail, make):
    jane = directory.add_profile(acme, "Jane Röe", "jane@acme.example")
    with make(mail) as courier:
        directory.modify(jane, add={"lkSend": 'invite by="Ada Boss"'})
        message = mail.wait_for(1)[0]
        wait_until_empty(directory, jane)
    assert message.envelope_from == "latchkey@example.com" and message.envelope_to == ["jane@acme.example"]
    assert message["To"] == "Jane Röe <jane@acme.example>"
    assert message["From"] == "Latchkey <latchkey@example.com>"
    assert message["Reply-To"] == "help@example.com"
    assert message["Subject"].startswith("Invitation to Latchkey from Acme")
    assert message["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[A-Za-z0-9_-]{11}\.invite@example\.com>", message["Message-ID"])
    assert "Ada Boss" in part(message, "plain") and "Jane Röe" in part(message, "html")
    (link,) = links(message)
    assert link.startswith("https://id.example.com/t/")
    assert is_live(directory, jane, link)
    (sent,) = directory.values(jane, "lkSent")
    assert re.fullmatch(r"invite at=\d{14}Z", sent)
    assert directory.values(jane, "lkSendError") == []
    assert courier.outcomes(kind="invite") == ["sent"]
    assert courier.metric('latchkey_messages_total{kind="invite",outcome="sent"}') == 1
    assert courier.metric("latchkey_message_seconds_count") == 1
    assert courier.metric("latchkey_outbox_waiting") == 0


def test_a_letter_costs_two_reads_and_two_writes(directory, acme, mail, make):
    """The entry and its organisation; the claim, which tells the address once more, and the clear."""
    jane = directory.add_profile(acme, "Jane Frugal", "jane.frugal@acme.example")
    with make(mail) as courier:
        directory.modify(jane, add={"lkSend": "invite"})
        wait_until_empty(directory, jane)
    operations = {name: courier.metric(f'latchkey_directory_operations_total{{operation="{name}",outcome="ok"}}') for name in ("read", "search", "modify")}
    assert operations == {"read": 2, "search": 0, "modify": 2}


SHIPPED = {
    "invite": ('invite by="Ada Boss"', None, "Ada Boss"),
    "associate": ("associate account={account} name=shipped", None, "shipped"),
    "confirm": ("confirm", "shipped@acme.example", "shipped"),
}


@pytest.mark.parametrize("kind", SHIPPED)
@pytest.mark.parametrize("language", [None, "de", "xx"])
def test_the_shipped_letters(directory, acme, mail, tmp_path, kind, language):
    value, pending, asker = SHIPPED[kind]
    name = f"shipped{next(numbers)}"
    account = directory.add_account(name, lkPendingMail=pending, preferredLanguage=language)
    uuid = directory.read(account)["entryUUID"][0]
    dn = account if pending else directory.add_profile(acme, "Jane Shipped", "jane@acme.example", preferredLanguage=language)
    with Courier(directory, mail, tmp_path):
        directory.modify(dn, add={"lkSend": value.format(account=uuid)})
        message = mail.wait_for(1)[0]
        wait_until_empty(directory, dn)
    (link,) = links(message)
    assert is_live(directory, dn, link)
    for text in (message["Subject"], part(message, "plain"), part(message, "html")):
        assert text and "{" not in text and "letter_" not in text
    for text in (part(message, "plain"), part(message, "html")):
        assert asker in text and link in text and "help@example.com" in text
        assert kind == "confirm" or (acme.split(",")[0][2:] in text and "Jane Shipped" in text)
    assert message["Content-Language"] in ("en", language)


def test_what_waits_when_the_courier_starts_is_sent(directory, acme, mail, make):
    jane = directory.add_profile(acme, "Jane Early", "early@acme.example", lkSend="invite")
    with make(mail):
        mail.wait_for(1)
        wait_until_empty(directory, jane)


def test_links_and_secrets_are_in_no_log(directory, acme, mail, make):
    jane = directory.add_profile(acme, "Jane Quiet", "quiet@acme.example", lkSend="invite")
    with make(mail) as courier:
        link = links(mail.wait_for(1)[0])[0].rsplit("/", 1)[1]
        wait_until_empty(directory, jane)
    assert courier.lines and not any(link in line or link[40:60] in line for line in courier.lines)


def test_associate_names_who_asks_and_binds_the_link(directory, acme, mail, make):
    directory.add_account("asker")
    account = directory.read(f"uid=asker,{directory.accounts}")["entryUUID"][0]
    jane = directory.add_profile(acme, "Jane Asked", "asked@acme.example")
    with make(mail):
        directory.modify(jane, add={"lkSend": f"associate account={account} name=asker"})
        message = mail.wait_for(1)[0]
        wait_until_empty(directory, jane)
    assert message["Subject"] == "asker asks for your profile"
    (token,) = directory.values(jane, "lkToken")
    assert token.startswith("associate ") and token.endswith(f" account={account}")
    assert is_live(directory, jane, links(message)[0])


def test_confirm_goes_to_the_pending_address(directory, mail, make):
    dn = directory.add_account("confirmer", mail="old@acme.example", lkPendingMail="new@acme.example", lkSend="confirm")
    with make(mail):
        message = mail.wait_for(1)[0]
        wait_until_empty(directory, dn)
    assert message.envelope_to == ["new@acme.example"] and "confirmer" in part(message, "plain")
    assert is_live(directory, dn, links(message)[0])
    directory.delete(dn)


def test_find_asks_each_profile_with_the_address(directory, mail, make):
    dn = directory.add_account("finder")
    ours = [
        directory.add_profile(directory.add_organization(f"Finding {i}"), "Pat Found", "found@many.example")
        for i in range(3)
    ]
    tied = directory.add_profile(
        directory.add_organization("Finding tied"), "Pat Tied", "found@many.example", lkAccountDN=dn
    )
    with make(mail):
        directory.modify(dn, add={"lkSend": "find address=found@many.example"})
        messages = mail.wait_for(3)
        wait_until_empty(directory, [dn, *ours])
        directory.modify(dn, add={"lkSend": ["find address=nobody@many.example", "find address=not%20one"]})
        directory.modify(directory.decoy_dn, add={"lkSend": "find address=found@many.example"})
        wait_until_empty(directory, [dn, directory.decoy_dn])
    assert len(mail.messages) == 3 and directory.values(tied, "lkToken") == []
    assert {m["To"] for m in messages} == {"Pat Found <found@many.example>"}
    assert len({links(m)[0] for m in messages}) == 3
    assert directory.values(dn, "lkSendError") == []


def test_as_much_waits_on_the_decoy_as_it_may_hold(directory, mail, make):
    """What is not due yet keeps nothing behind it waiting."""
    dn = directory.add_account("patient", lkAlternateMail="patient@home.example")
    directory.modify(directory.decoy_dn, add={"lkSend": [f"recover name=nobody{n} after=20991231235959Z" for n in range(127)]})
    directory.modify(directory.decoy_dn, add={"lkSend": "recover name=patient"})
    with make(mail):
        directory.wait_for(lambda: directory.values(dn, "lkSend"), 20, "the account to be asked for a reset")
    directory.delete(dn)


def test_an_associate_that_is_done_already_is_simply_cleared(directory, acme, mail, make):
    dn = directory.add_account("satisfied")
    account = directory.read(dn)["entryUUID"][0]
    jane = directory.add_profile(acme, "Jane Tied", "tied@acme.example", lkAccountDN=dn)
    with make(mail) as courier:
        directory.modify(jane, add={"lkSend": f"associate account={account}"})
        wait_until_empty(directory, jane)
        courier.wait_for_log(kind="associate", outcome="unneeded")
    assert mail.messages == [] and directory.values(jane, "lkToken") == []
    assert directory.values(jane, "lkSent") == [] and directory.values(jane, "lkSendError") == []


@pytest.mark.parametrize(
    "value, words",
    [
        ("nonsense", "no kind"),
        ("invite colour=red", "no field colour"),
        ("invite by=", "not understood"),
        ("associate", "needs the field account"),
        ("associate account=7", "not a UUID"),
        ("associate account=00000000-0000-4000-8000-000000000000", "no longer there"),
        ("find address=x@acme.example", "not an account"),
        pytest.param("invite " + "x" * 2000, "not understood", id="long"),
    ],
)
def test_what_cannot_be_understood_is_said_in_words(directory, acme, mail, make, value, words):
    jane = directory.add_profile(acme, "Jane Odd", "odd@acme.example")
    with make(mail):
        directory.modify(jane, add={"lkSend": value})
        wait_until_empty(directory, jane)
    (error,) = directory.values(jane, "lkSendError")
    assert words in error and re.match(r"[a-z]+ at=\d{14}Z words=", error)
    assert mail.messages == [] and directory.values(jane, "lkToken") == []


@pytest.mark.parametrize("address, words", [(None, "has no e-mail address"), ("not one", "not valid")])
def test_an_address_that_cannot_be_sent_to(directory, acme, mail, make, address, words):
    jane = directory.add_profile(acme, "Jane Nowhere", address, lkSend="invite")
    with make(mail):
        wait_until_empty(directory, jane)
    (error,) = directory.values(jane, "lkSendError")
    assert words in error and mail.messages == []


def test_a_name_cannot_bring_in_a_header(directory, acme, mail, make):
    bad = directory.add_profile(acme, "Eve\r\nBcc: all@acme.example", "eve@acme.example", lkSend="invite")
    with make(mail):
        wait_until_empty(directory, bad)
    (error,) = directory.values(bad, "lkSendError")
    assert "recipient" in error and mail.messages == [] and directory.values(bad, "lkToken") == []


def test_a_request_on_an_organisation_is_refused_in_words(directory, acme, mail, make):
    directory.modify(acme, add={"lkSend": "invite"})
    with make(mail):
        wait_until_empty(directory, acme)
    assert "not a profile" in directory.values(acme, "lkSendError")[0] and mail.messages == []


def test_polling_where_the_directory_cannot_be_followed(directory, acme, mail, make):
    mail.script("RCPT", lambda address, count: "450 4.2.0 Greylisted" if count == 1 else None)
    people = [directory.add_profile(acme, f"Poll {i}", f"poll{i}@acme.example", lkSend="invite") for i in range(5)]
    with make(mail, directory_follow="poll") as courier:
        wait_until_empty(directory, people)
        directory.modify(people[0], add={"lkSend": "invite"})
        mail.wait_for(6)
        wait_until_empty(directory, people)
    assert len(mail.messages) == 6 and courier.outcomes(outcome="deferred") == ["deferred"] * 5


def test_the_language_is_the_entrys_own(directory, acme, mail, tmp_path):
    directory.add_profile(acme, "Jana Deutsch", "jana@acme.example", preferredLanguage="de", lkSend="invite")
    with Courier(directory, mail, tmp_path):
        message = mail.wait_for(1)[0]
    assert message["Content-Language"] == "de" and "lädt" in message["Subject"] + part(message, "plain")


def test_a_newer_invite_ends_the_earlier_link(directory, acme, mail, make):
    jane = directory.add_profile(acme, "Jane Twice", "twice@acme.example", lkSend="invite")
    with make(mail):
        first = links(mail.wait_for(1)[0])[0]
        wait_until_empty(directory, jane)
        directory.modify(jane, add={"lkSend": "invite"})
        second = links(mail.wait_for(2)[1])[0]
        wait_until_empty(directory, jane)
    assert first != second
    assert not is_live(directory, jane, first) and is_live(directory, jane, second)
    assert len(directory.values(jane, "lkSent")) == 1


def test_ended_links_go_and_the_number_is_capped(directory, acme, mail, make):
    ended = [f"associate digest={token_of('/' + 'A' * 71 + c)} until=20200101000000Z" for c in "ABC"]
    other = [
        f"associate digest={token_of('/' + f'{i:072d}')} until=2099010100{i:02d}00Z"
        f" account=00000000-0000-4000-8000-{i:012d}"
        for i in range(29)
    ]
    directory.add_account("capped")
    directory.add_account("capped too")
    account = directory.read(f"uid=capped,{directory.accounts}")["entryUUID"][0]
    another = directory.read(f"uid=capped too,{directory.accounts}")["entryUUID"][0]
    more = [f"associate digest={token_of('/' + 'B' * 71 + c)} until=20990102000000Z account={account[:-1]}{c}" for c in "01"]
    jane = directory.add_profile(acme, "Jane Many", "many@acme.example", lkToken=ended + other)
    with make(mail):
        directory.modify(jane, add={"lkSend": f"associate account={account}"})
        message = mail.wait_for(1)[0]
        wait_until_empty(directory, jane)
        tokens = directory.values(jane, "lkToken")
        assert len(tokens) == 30 and not set(tokens) & set(ended)
        assert set(tokens) - set(other) == {t for t in tokens if token_of(links(message)[0]) in t}
        # full: the one that ends first gives way
        directory.modify(jane, add={"lkToken": more})
        directory.modify(jane, add={"lkSend": f"associate account={another}"})
        mail.wait_for(2)
        wait_until_empty(directory, jane)
    tokens = directory.values(jane, "lkToken")
    assert len(tokens) == 32 and set(other) | set(more) <= set(tokens)
    assert not is_live(directory, jane, links(message)[0])


def test_an_entry_full_of_other_links_takes_an_invite(directory, acme, mail, make):
    """Anybody may have asked for those; the directory takes no more than 32."""
    asked = [f"associate digest={token_of('/' + f'{i:072d}')} until=2099010100{i:02d}00Z account=00000000-0000-4000-8000-{i:012d}"
             for i in range(32)]
    jane = directory.add_profile(acme, "Jane Full", "full@acme.example", lkToken=asked)
    with make(mail):
        directory.modify(jane, add={"lkSend": "invite"})
        link = links(mail.wait_for(1)[0])[0]
        wait_until_empty(directory, jane)
    assert is_live(directory, jane, link)
    tokens = directory.values(jane, "lkToken")
    assert len(tokens) == 32 and asked[0] not in tokens and set(asked[1:]) < set(tokens)


def test_a_request_may_say_not_before(directory, acme, mail, make):
    later = int(time.time()) + 3
    after = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(later))
    jane = directory.add_profile(acme, "Jane Later", "later@acme.example", lkSend=f"invite after={after}")
    with make(mail):
        mail.wait_for(1)
        assert time.time() >= later
        wait_until_empty(directory, jane)


REMINDERS = 16384  # as many as a courier keeps in memory
SENDS_MOST = 32  # values of lkSend that the directory lets an entry have


def test_what_is_due_does_not_wait_for_what_is_due_next_week(own_directory, mail, make):
    """However many those are: there are more than there is room for, and what comes now finds room all the same."""
    acme = own_directory.add_organization("Acme Later")
    after = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 7 * 86400))
    for number in range(REMINDERS // SENDS_MOST + 1):
        sends = [f"invite by={number}.{i} after={after}" for i in range(SENDS_MOST)]
        own_directory.add_profile(acme, f"Next Week {number}", f"next.week.{number}@acme.example", lkSend=sends)
    jane = own_directory.add_profile(acme, "Jane Now", "jane.now@acme.example")
    with make(mail, into=own_directory) as courier:
        for letters in (1, 2):
            own_directory.modify(jane, add={"lkSend": "invite"})
            assert mail.wait_for(letters)[-1].envelope_to == ["jane.now@acme.example"]
            wait_until_empty(own_directory, jane)
    assert REMINDERS - WORKERS <= courier.metric("latchkey_outbox_waiting") <= REMINDERS


# ---- the mail server


@pytest.mark.parametrize("tls", [None, "starttls", "smtps"])
@pytest.mark.parametrize("login", [None, ("courier", "p@ss wörd")])
def test_tls_and_login(directory, acme, make, certificates, tmp_path, tls, login):
    jane = directory.add_profile(acme, "Jane Secure", "secure@acme.example", lkSend="invite")
    settings = {"courier_ca_file": certificates.authority, "courier_hello": "id.example.com"}
    if login:
        (tmp_path / "password").write_text(login[1] + "\n")
        (tmp_path / "password").chmod(0o600)
        settings.update(courier_user=login[0], courier_password_file=tmp_path / "password")
    settings["courier_start_tls"] = "never" if tls is None else "require" if tls == "starttls" else "try"
    with MailServer(tls, certificates, login, require_tls=tls == "starttls") as mail:
        with make(mail, **settings):
            (message,) = mail.wait_for(1)
            wait_until_empty(directory, jane)
        assert message.was_encrypted == (tls is not None)
        assert len(mail.logins) == (1 if login else 0)
        assert set(mail.hellos) == {"id.example.com"}


def test_a_certificate_that_does_not_verify_is_not_spoken_to(directory, acme, make, certificates, tmp_path):
    stranger = Certificates(tmp_path / "stranger")
    jane = directory.add_profile(acme, "Jane Mitm", "mitm@acme.example", lkSend="invite")
    with MailServer("starttls", stranger) as mail:
        with make(mail, courier_ca_file=certificates.authority, courier_start_tls="require") as courier:
            courier.wait_for_log(event="message", outcome="deferred")
        (value,) = directory.values(jane, "lkSend")
        assert "claim=" not in value and "why=" in value and mail.messages == []
    directory.delete(jane)


def test_a_password_is_not_sent_in_the_clear_unless_told_to(directory, acme, make, tmp_path):
    jane = directory.add_profile(acme, "Jane Clear", "clear@acme.example", lkSend="invite")
    (tmp_path / "password").write_text("secret")
    (tmp_path / "password").chmod(0o600)
    with MailServer(login=("courier", "secret")) as mail:
        with make(mail, courier_user="courier", courier_password_file=tmp_path / "password") as courier:
            courier.wait_for_log(event="message", outcome="deferred")
        assert mail.logins == [] and mail.messages == []
    directory.delete(jane)


def test_a_wrong_password_is_our_trouble_not_the_recipients(directory, acme, make, tmp_path):
    jane = directory.add_profile(acme, "Jane Login", "login@acme.example", lkSend="invite")
    (tmp_path / "password").write_text("wrong")
    (tmp_path / "password").chmod(0o600)
    settings = {"courier_user": "courier", "courier_password_file": tmp_path / "password", "courier_start_tls": "never"}
    with MailServer(login=("courier", "right")) as mail:
        with make(mail, **settings) as courier:
            courier.wait_for_log(event="message", outcome="deferred")
        assert mail.refused_logins >= 1
    assert directory.values(jane, "lkSendError") == []
    directory.delete(jane)


def test_a_temporary_refusal_is_tried_again_with_the_same_link(directory, acme, mail, make):
    mail.script("RCPT", lambda address, count: "450 4.2.0 Greylisted" if count <= 2 else None)
    jane = directory.add_profile(acme, "Jane Grey", "grey@acme.example", lkSend="invite")
    with make(mail, courier_retry_first=4, courier_retry_longest=4) as courier:  # long enough to look at what waits
        value = directory.wait_for(
            lambda: next((v for v in directory.values(jane, "lkSend") if "after=" in v), None), what="a deferral"
        )
        assert "claim=" not in value and "tries=1" in value and "why=\"450 4.2.0 Greylisted" in value
        tokens = directory.values(jane, "lkToken")
        message = mail.wait_for(1)[0]
        wait_until_empty(directory, jane)
    assert directory.values(jane, "lkToken") == tokens and is_live(directory, jane, links(message)[0])
    assert courier.outcomes(kind="invite") == ["deferred", "deferred", "sent"]
    assert courier.metric('latchkey_messages_total{kind="invite",outcome="deferred"}') == 2


def test_a_permanent_refusal_ends_on_the_entry(directory, acme, mail, make):
    mail.script("RCPT", lambda address, count: "550 5.1.1 No such user here" if address == "gone@acme.example" else None)
    gone = directory.add_profile(acme, "Jane Gone", "gone@acme.example", lkSend="invite")
    here = directory.add_profile(acme, "Jane Here", "here@acme.example", lkSend="invite")
    with make(mail) as courier:
        wait_until_empty(directory, [gone, here])
        (error,) = directory.values(gone, "lkSendError")
        assert "words=\"550 5.1.1 No such user here" in error and directory.values(gone, "lkToken") == []
        assert mail.tries("RCPT", "gone@acme.example") == 1 and len(mail.to("here@acme.example")) == 1
        # the administrator mends the address and sends again: the error goes
        directory.modify(gone, replace={"mail": "found@acme.example"}, add={"lkSend": "invite"})
        wait_until_empty(directory, gone)
        directory.wait_for(lambda: mail.to("found@acme.example"))
    assert directory.values(gone, "lkSendError") == []
    assert sorted(courier.outcomes(kind="invite")) == ["refused", "sent", "sent"]


def test_a_refusal_of_ours_takes_the_link_of_a_former_try_along(directory, acme, mail, make):
    mail.script("RCPT", lambda address, count: "450 4.2.0 Greylisted")
    jane = directory.add_profile(acme, "Jane Lost", "lost@acme.example", lkSend="invite")
    with make(mail):
        directory.wait_for(lambda: directory.values(jane, "lkToken"), what="a first try")
        directory.modify(jane, replace={"mail": None})
        wait_until_empty(directory, jane)
    assert "no e-mail address" in directory.values(jane, "lkSendError")[0] and directory.values(jane, "lkToken") == []


@pytest.mark.parametrize("answer", ["554 5.7.1 Looks like spam", "451 4.3.0 Try later", DROP])
def test_the_answer_to_the_message_itself(directory, acme, mail, make, answer):
    mail.script("DATA", lambda address, count: answer if count == 1 else None)
    jane = directory.add_profile(acme, "Jane Data", "data@acme.example", lkSend="invite")
    with make(mail):
        wait_until_empty(directory, jane)
    is_final = str(answer).startswith("5")
    assert len(mail.messages) == (0 if is_final else 1)
    assert len(directory.values(jane, "lkSendError")) == (1 if is_final else 0)


def test_patience_ends(directory, acme, mail, make):
    mail.script("RCPT", lambda address, count: "450 4.2.0 Full")
    jane = directory.add_profile(acme, "Jane Full", "full@acme.example", lkSend="invite")
    with make(mail, courier_patience=3) as courier:
        wait_until_empty(directory, jane)
    (error,) = directory.values(jane, "lkSendError")
    assert "given up after" in error and "450 4.2.0 Full" in error
    assert directory.values(jane, "lkToken") == [] and courier.outcomes(kind="invite")[-1] == "given-up"


def test_a_slow_server_holds_up_only_its_own_messages(directory, acme, mail, make):
    released = threading.Event()
    mail.script("RCPT", lambda address, count: released if address.startswith("slow") else None)
    slow = directory.add_profile(acme, "Jane Slow", "slow@acme.example", lkSend="invite")
    with make(mail, **PATIENT):
        directory.wait_for(lambda: mail.tries("RCPT", "slow@acme.example"))
        quick = [directory.add_profile(acme, f"Jane Quick {i}", f"quick{i}@acme.example", lkSend="invite") for i in range(9)]
        wait_until_empty(directory, quick)
        assert not mail.to("slow@acme.example")
        released.set()
        wait_until_empty(directory, slow)


def test_a_server_that_hangs_is_given_its_timeout(directory, acme, mail, make):
    mail.script("MAIL", lambda address, count: 30 if count == 1 else None)
    jane = directory.add_profile(acme, "Jane Hung", "hung@acme.example", lkSend="invite")
    with make(mail, courier_timeout=1):
        mail.wait_for(1)
        wait_until_empty(directory, jane)


def test_a_claim_outlasts_the_second_try_on_a_fresh_connection(directory, acme, mail, make):
    """The connection that was kept open is cut late, and the fresh one is as slow: in the time of two tries another would send the same."""
    mail.script("MAIL", lambda address, count: {2: (4, DROP), 3: 4}.get(count))
    people = [directory.add_profile(acme, f"Jane Twice {i}", f"twice{i}@acme.example") for i in range(2)]
    with make(mail, courier_workers=1):
        for count, dn in enumerate(people, 1):
            directory.modify(dn, add={"lkSend": "invite"})
            directory.wait_for(lambda count=count: mail.tries("MAIL", "latchkey@example.com") == count)
            if count == 1:
                wait_until_empty(directory, dn)
        with make(mail):
            wait_until_empty(directory, people)
    assert [m.envelope_to[0] for m in mail.messages] == ["twice0@acme.example", "twice1@acme.example"]


def test_a_server_that_is_down_is_probed_not_hammered(directory, acme, mail, make):
    mail.stop()
    people = [directory.add_profile(acme, f"Pat {i}", f"pat{i}@acme.example", lkSend="invite") for i in range(30)]
    begun = time.monotonic()
    with make(mail) as courier:
        courier.wait_for_log(event="mail_server", outcome="unreachable")
        time.sleep(2)
        untouched = sum(directory.values(dn, "lkSend") == ["invite"] for dn in people)
        tried = len(courier.outcomes(kind="invite"))
        probes = (time.monotonic() - begun) / 0.75 + 1  # one a second, or a quarter earlier
        assert tried <= WORKERS + probes and untouched >= len(people) - tried - 1, "one may be under way"
        mail.start()
        wait_until_empty(directory, people)
        courier.wait_for_log(event="mail_server", outcome="answers")
    assert len(mail.messages) == len(people)


def test_one_connection_carries_many_messages(directory, acme, mail, make):
    people = [directory.add_profile(acme, f"Con {i}", f"con{i}@acme.example", lkSend="invite") for i in range(20)]
    with make(mail, courier_workers=2):
        mail.wait_for(20)
        wait_until_empty(directory, people)
    assert mail.connections <= 2


def test_maildir(directory, acme, make, tmp_path):
    mail = Maildir(tmp_path / "deep" / "mail")
    jane = directory.add_profile(acme, "Jane Maildir", "maildir@acme.example", lkSend="invite")
    with make(mail):
        (message,) = mail.wait_for(1)
        wait_until_empty(directory, jane)
    assert message["To"] == "Jane Maildir <maildir@acme.example>" and b"\r" not in message.content
    assert is_live(directory, jane, links(message)[0])
    assert list((mail.folder / "tmp").iterdir()) == [] and (mail.folder / "cur").is_dir()


# ---- many, and many at once


def test_many_in_flight_at_once(directory, acme, mail, make):
    """None is taken before all eight have come."""
    under_way, together = set(), threading.Event()

    def hold(address, count):
        under_way.add(address)
        if len(under_way) == 8:
            together.set()
        return together

    mail.script("DATA", hold)
    people = [directory.add_profile(acme, f"Flight {i}", f"flight{i}@acme.example", lkSend="invite") for i in range(8)]
    with make(mail, courier_workers=8, **PATIENT) as courier:
        wait_until_empty(directory, people)
    assert courier.outcomes() == ["sent"] * 8


def test_a_renamed_entry_is_cleared_under_its_new_name(directory, acme, mail, make):
    """While its message is handed over. The value goes along, and would be sent once more when its claim ends."""
    handed_over = threading.Event()
    mail.script("RCPT", lambda address, count: handed_over if count == 1 else None)
    dn = directory.add_profile(acme, "Jane Maiden", "jane.maiden@acme.example", lkSend="invite")
    renamed = f"cn=Jane Married,{acme}"
    with make(mail, **PATIENT) as courier:
        directory.wait_for(lambda: mail.tries("RCPT", "jane.maiden@acme.example"))
        directory.admin.rename_s(dn, "cn=Jane Married")
        handed_over.set()
        directory.wait_for(lambda: directory.values(renamed, "lkSend") == [], 60, "the new name to be cleared")
    assert len(directory.values(renamed, "lkSent")) == 1 and len(mail.messages) == 1
    assert courier.outcomes(kind="invite") == ["sent"]


def test_two_couriers_send_each_message_once(directory, acme, mail, make):
    people = [directory.add_profile(acme, f"Pair {i}", f"pair{i}@acme.example") for i in range(150)]
    with make(mail, courier_workers=4, **PATIENT) as one, make(mail, courier_workers=4, **PATIENT) as other:
        for dn in people:
            directory.modify(dn, add={"lkSend": "invite"})
        mail.wait_for(len(people), 60)
        wait_until_empty(directory, people)
    assert sorted(m.envelope_to[0] for m in mail.messages) == sorted(f"pair{i}@acme.example" for i in range(150))
    assert one.outcomes(outcome="sent") and other.outcomes(outcome="sent")
    for message, dn in ((m, people[int(re.search(r"\d+", m.envelope_to[0])[0])]) for m in mail.messages):
        assert is_live(directory, dn, links(message)[0])


def test_the_directory_goes_and_comes_back(own_directory, tmp_path, share, mail):
    directory = own_directory
    acme = directory.add_organization("Acme")
    people = [directory.add_profile(acme, f"Back {i}", f"back{i}@acme.example") for i in range(60)]
    with Courier(directory, mail, tmp_path, share=share, directory_timeout=2):
        for i, dn in enumerate(people):
            directory.modify(dn, add={"lkSend": "invite"})
            if i % 20 == 10:
                directory.kill()
                time.sleep(0.3)
                directory.start()
        wait_until_empty(directory, people, 60)
    assert {m.envelope_to[0] for m in mail.messages} == {f"back{i}@acme.example" for i in range(60)}


# ---- dying


def test_a_claim_left_by_the_dead_is_taken_over_with_the_same_link(directory, acme, mail, make):
    mail.script("ACCEPTED", lambda address, count: 20 if count == 1 else None)
    jane = directory.add_profile(acme, "Jane Left", "left@acme.example", lkSend="invite")
    first = make(mail, courier_lease=6).start()
    (one,) = mail.wait_for(1)
    first.kill()
    assert "claim=" in directory.values(jane, "lkSend")[0]
    with make(mail):
        two = mail.wait_for(2)[1]
        wait_until_empty(directory, jane)
    assert links(one) == links(two) and one["Message-ID"] == two["Message-ID"]
    assert is_live(directory, jane, links(two)[0]) and len(directory.values(jane, "lkToken")) == 1


def test_stopping_finishes_what_is_in_hand_and_leaves_the_rest(directory, acme, mail, make):
    mail.script("DATA", lambda address, count: 0.5)
    people = [directory.add_profile(acme, f"Stop {i}", f"stop{i}@acme.example", lkSend="invite") for i in range(40)]
    courier = make(mail, courier_workers=3).start()
    mail.wait_for(3)
    assert courier.stop() == 0
    left = [v for dn in people for v in directory.values(dn, "lkSend")]
    assert left and set(left) == {"invite"} and len(left) + len(mail.messages) == len(people)
    mail.script("DATA", lambda address, count: None)
    with make(mail):
        wait_until_empty(directory, people)
    assert len(mail.messages) == len(people)


def kill_at_random(directory, acme, mail, make, rounds, random):
    """Two couriers, of which one or the other dies again and again while requests come in."""
    people = {}
    couriers = [make(mail, courier_lease=6, courier_workers=3) for _ in range(2)]
    for courier in couriers:
        courier.start()
    for turn in range(rounds):
        for _ in range(random.randrange(1, 6)):
            i = len(people)
            dn = directory.add_profile(acme, f"Kill {i}", f"kill{i}@acme.example")
            people[f"kill{i}@acme.example"] = dn
            directory.modify(dn, add={"lkSend": "invite"})
        time.sleep(random.random() * 0.05)
        victim = couriers[turn % 2]
        victim.kill()
        victim.start(wait=turn % 5 == 0)
    wait_until_empty(directory, people.values(), 60)
    for courier in couriers:
        courier.stop()
    for address, dn in people.items():
        arrived = mail.to(address)
        assert arrived, f"{address} got nothing"
        assert len({links(m)[0] for m in arrived}) == 1 and len({m["Message-ID"] for m in arrived}) == 1
        assert all(is_live(directory, dn, links(m)[0]) for m in arrived), f"a link that {address} got is dead"
        assert directory.values(dn, "lkSendError") == [] and len(directory.values(dn, "lkSent")) == 1
    return len(mail.messages) - len(people)


def test_kill_at_random(directory, acme, mail, make):
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    kill_at_random(directory, acme, mail, make, 30, random.Random(seed))


@pytest.mark.slow
def test_kill_at_random_for_long(directory, acme, mail, make):
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    twice = kill_at_random(directory, acme, mail, make, 200, random.Random(seed))
    print(f"{twice} of {len(mail.messages)} messages were sent again")
