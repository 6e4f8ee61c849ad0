# SPDX-License-Identifier: Apache-2.0
"""What message_write writes, Python's email package reads back the same."""
import email
import email.header
import email.utils
import json
import os
import pathlib
import random
import subprocess

import pytest
from harness.mail import parse, part

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("LATCHKEY_BUILD", SOURCE / "build" / "release"))
PROGRAM = BUILD / "tests" / "e2e" / "message_probe"

PLAIN = {
    "from_name": "Example Services",
    "from": "latchkey@example.com",
    "to_name": "Jane Roe",
    "to": "jane@acme.example",
    "reply_to": "help@example.com",
    "subject": "An invitation",
    "id": "AAAAAAAAAAA.invite@example.com",
    "date": 1795376463,
    "language": "en",
    "text": "Hello.\n",
    "html": "<p>Hello.</p>\n",
}


@pytest.fixture(scope="module")
def write():
    process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(**fields):
        process.stdin.write(json.dumps({**PLAIN, **fields}).encode() + b"\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        return answer["status"], answer["message"]

    yield ask
    process.stdin.close()
    assert process.wait(60) == 0


def read(content):
    lines = content.encode("ascii").split(b"\r\n")
    assert all(b"\r" not in line and b"\n" not in line for line in lines)
    assert max(map(len, lines)) <= 78 or "@" in content  # a long address is one word
    message = parse(content.encode())
    assert [d for p in message.walk() for d in p.defects] == []
    return message


def body_of(message, kind):
    return part(message, kind).replace("\r\n", "\n")


def mailbox(content, field):
    """Name and address of a mailbox. The package's newer parser leaves blanks between the encoded words of a name (RFC 2047
    section 6.2 has them ignored), so the older one is asked."""
    raw = email.message_from_string(content)[field].replace("\r\n", "")
    name, address = email.utils.parseaddr(raw)
    return str(email.header.make_header(email.header.decode_header(name))), address


def test_headers(write):
    status, content = write()
    message = read(content)
    assert status == "ok" and message.get_content_type() == "multipart/alternative"
    assert email.utils.parsedate_to_datetime(message["Date"]).timestamp() == 1795376463
    assert message["Message-ID"] == "<AAAAAAAAAAA.invite@example.com>"
    assert message["MIME-Version"] == "1.0" and message["Content-Language"] == "en"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]


NAMES = [
    "Jane", "Jane Roe", "Roe, Jane", 'J. "Ace" Roe', "back\\slash", "Jörg", "山田 太郎", "🔑", "=?UTF-8?Q?x?=", "a  b",
    "x" * 76, "word " * 40 + "end", "ä" * 200, "山 " * 60 + "x", "mixed ä " * 20 + "x", "(comment)", "a@b.example",
    "under_score", "O'Brien; Bob <x@y.example>",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_and_subjects(write, name):
    status, content = write(to_name=name, from_name=name, subject=name)
    message = read(content)
    assert status == "ok"
    assert mailbox(content, "To") == (name, "jane@acme.example")
    assert mailbox(content, "From") == (name, "latchkey@example.com")
    assert message["Subject"] == name


@pytest.mark.parametrize("field", ["to_name", "from_name", "subject"])
@pytest.mark.parametrize("bad", ["a\r\nBcc: x@y.example", "a\nb", "a\rb", "\x00a"[1:] + "\x01", "a\u2028b", "\u202eabc"])
def test_injection_is_refused(write, field, bad):
    assert write(**{field: bad}) == ("malformed", "")


def test_a_long_address_stays_whole(write):
    address = "l" * 64 + "@" + ".".join(["d" * 59] * 3) + ".example"
    status, content = write(to=address)
    assert status == "ok" and read(content)["To"].addresses[0].addr_spec == address


BODIES = [
    "", "\n", "no end", "trailing blank \ntab\t\n", ".\n..\n.x\n", "From here\n", "a=b=\n", "x" * 5000, "ä" * 500, "🔑" * 99 + "\n",
    " leading\n\n\nempty lines\n\n", "--=_latchkey_alternative_=\n--=_latchkey_alternative_=--\n", "https://x.example/t/" + "A" * 72,
]


@pytest.mark.parametrize("body", BODIES)
def test_bodies(write, body):
    status, content = write(text=body, html=body)
    message = read(content)
    wanted = body if body.endswith("\n") or not body else body + "\n"
    assert status == "ok" and body_of(message, "plain") == wanted and body_of(message, "html") == wanted


def test_any_words(write):
    chosen = random.Random(5)
    alphabet = "ab  .,=?_\"\\<>()@äß山🔑"
    for _ in range(300):
        name = "".join(chosen.choice(alphabet) for _ in range(chosen.randrange(1, 120)))
        body = "".join(chosen.choice(alphabet + "\n\t") for _ in range(chosen.randrange(0, 400))) + "\n"
        status, content = write(subject=name, to_name=name, text=body)
        message = read(content)
        assert status == "ok" and message["Subject"] == name, name
        assert body_of(message, "plain") == body, body
        assert mailbox(content, "To") == (name, "jane@acme.example"), name
