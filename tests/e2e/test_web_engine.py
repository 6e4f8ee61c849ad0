# SPDX-License-Identifier: Apache-2.0
"""The HTTP engine, with routes of the test's own (tests/e2e/programs/web_probe.c)."""
import concurrent.futures
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import ssl
import threading
import time
import warnings

import pytest

from harness.web_probe import JSON, Answer, WebProbe, eventually, make_certificate, read_all

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SANITIZED = any(word in os.environ.get("LATCHKEY_BUILD", "") for word in ("asan", "tsan"))


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    with WebProbe(tmp_path_factory.mktemp("web")) as running:
        yield running


# ---- answers ----

def test_page_and_json_are_two_faces_of_one_answer(web):
    page = web.get("/echo?name=Jane+%3CD%26%3E")
    assert page.status == 200 and page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Jane &lt;D&amp;&gt;" in page.text
    data = web.get("/echo?name=Jane+%3CD%26%3E", JSON)
    assert data.headers["Content-Type"] == "application/json" and data.json["name"] == "Jane <D&>"


def test_security_headers(web):
    headers = web.get("/echo").headers
    assert headers["Referrer-Policy"] == "no-referrer" and headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_static_files_only_by_name(web):
    file = web.get("/static/style.css")
    assert file.status == 200 and file.headers["Content-Type"].startswith("text/css")
    again = web.get("/static/style.css", {"If-None-Match": file.headers["ETag"]})
    assert again.status == 304 and again.body == b""
    for name in ("nothing.css", "../messages.txt", "..%2fmessages.txt", "%2e%2e/messages.txt", "", "./style.css", "style.css/",
                 "/etc/passwd"):
        assert web.get("/static/" + name).status == 404, name


def test_probes_and_metrics(web):
    assert web.get("/healthz").status == 200
    web.tell("hold")
    eventually(lambda: web.get("/readyz").status == 503)
    assert "the gate is closed" in web.get("/readyz").text
    web.tell("release")
    eventually(lambda: web.get("/readyz").status == 200)
    metrics = web.get("/metrics").text
    assert re.search(r'^latchkey_requests_total\{route="/healthz",status="200"\} \d+$', metrics, re.M)


def test_head_of_everything(web):
    for path in ("/echo", "/healthz", "/static/style.css", "/nothing", "/t/garbage", "/failing/x", "/private"):
        head, get = web.ask("HEAD", path), web.get(path)
        assert head.status == get.status and head.body == b"", path
        if path != "/echo":  # its length varies with the request id
            assert head.headers["Content-Length"] == get.headers["Content-Length"], path


def test_redirect_only_to_what_is_ours(web):
    answer = web.get("/go/0")
    assert answer.status == 303 and answer.headers["Location"] == "/echo"
    data = web.get("/go/0", JSON)
    assert data.status == 200 and data.json == {"location": "/echo"}
    for where in "1234":
        answer = web.get("/go/" + where)
        assert answer.status == 500 and "Location" not in answer.headers


def test_empty_answer_with_headers(web):
    answer = web.get("/empty")
    assert answer.status == 204 and answer.headers["X-Who"] == "jane"


def test_cookies(web):
    answer = web.get("/cookies?name=jane")
    cookies = answer.headers.get_all("Set-Cookie")
    assert cookies[0] == "latchkey=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"
    assert cookies[1].startswith("latchkey-names=") and cookies[1].endswith("; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000")
    assert "X-Bad" not in answer.headers


def test_names_are_remembered_newest_first_and_cannot_be_planted(web):
    cookie = ""
    for name in ("a", "b", "c", "b", "d", "e", "f"):
        answer = web.get(f"/cookies?name={name}", {**JSON, "Cookie": f"latchkey-names={cookie}"})
        cookie = answer.headers.get_all("Set-Cookie")[1].split(";")[0].split("=", 1)[1]
    names = web.get("/cookies?name=x", {**JSON, "Cookie": f"latchkey-names={cookie}"}).json["names"]
    assert names == ["f", "e", "d", "b", "c"]
    forged = cookie[:-6] + ("A" * 6 if cookie[-6:] != "A" * 6 else "B" * 6)
    assert web.get("/cookies?name=x", {**JSON, "Cookie": f"latchkey-names={forged}"}).json["names"] == []


def test_faults_of_handlers(web):
    assert web.get("/silent").status == 500
    assert web.get("/untemplated").status == 500
    down = web.get("/failing/x", JSON)
    assert down.status == 503 and down.headers["Retry-After"] and down.json["type"] == "about:blank#directory_down"
    assert "fuse" not in down.text
    assert web.get("/failing/busy", JSON).json["type"] == "about:blank#busy"
    internal = web.get("/failing/internal", JSON)
    assert internal.status == 500 and internal.headers["Content-Type"] == "application/problem+json"
    request = internal.json["instance"]
    assert eventually(lambda: [line for line in web.log().splitlines() if request in line and "request_trouble" in line])
    assert r'"the fuse of \x22internal\x22 has blown\x0aat=noon"' in web.log()


def test_form_errors_stand_beside_their_fields(web):
    page = web.post("/form", {"name": "jane"})
    assert page.status == 422 and "secret=Too weak." in page.text and "jane" in page.text
    data = web.post("/form", {"name": "jane"}, JSON)
    assert data.status == 422 and data.json["type"] == "about:blank#form_refused"
    assert data.json["errors"][1] == {"field": "secret", "code": "too_weak", "detail": "Too weak."}


def test_sign_in_is_asked_for_and_comes_back(web):
    answer = web.get("/private")
    assert answer.status == 303 and answer.headers["Location"] == "/signin?continue=/private"
    assert web.get("/private?name=%26b").headers["Location"] == "/signin?continue=/private%3Fname%3D%2526b"
    assert web.get("/private", JSON).status == 401
    assert web.get("/private", {**JSON, "Cookie": "latchkey=" + "A" * 66}).status == 401
    token = web.csrf()
    assert web.post("/private", body=f"csrf={token}").headers["Location"] == "/signin"


def test_continue_is_an_allow_list(web):
    def followed(target):
        return web.get("/echo?continue=" + target, JSON).json.get("continue")
    assert followed("/private") == "/private"
    assert followed("/path/x%3Fa=b") == "/path/x?a=b"
    for target in ("https://evil.example/", "//evil.example", "/%5Cevil.example", "/held", "/t/../private", "/t/%252e%252e",
                   "private", "/private%23x", "", "/nothing"):
        assert followed(target) is None, target


def test_language(web):
    assert web.get("/echo", {**JSON, "Accept-Language": "xx, en;q=0.5"}).json["language"] == "en"


# ---- links at the door ----

def test_dead_links_are_answered_at_the_door(web):
    live, expired = web.link(60), web.link(-60)
    forged = live[:-3] + ("AAA" if live[-3:] != "AAA" else "BBB")
    assert web.get("/t/" + live).status == 200
    for method in ("GET", "HEAD"):
        assert web.ask(method, "/t/" + expired).status == 410
        for garbage in (forged, "x", "", "%00", "a" * 8000, "%ff%fe", live + "x", live + "?x=y", "../" + live[:70]):
            if garbage == live + "?x=y":
                continue
            assert web.ask(method, "/t/" + garbage).status == 404, garbage
    assert "reason expired" in web.get("/t/" + expired).text and "reason garbage" in web.get("/t/" + forged).text
    problem = web.get("/t/" + expired, JSON)
    assert problem.json["type"] == "about:blank#link_expired" and problem.status == 410
    for token in (live, expired, forged):
        assert token not in web.log()
    assert web.logged(r'route=/t/\{token\} status=410 .*action=link outcome=expired')


# ---- bad input ----

BAD_FORMS = [
    ("name=a&name=b", "repeated_field"),
    ("name=a&nam%65=b", "repeated_field"),
    ("name=a&colour=red", "unknown_field"),
    ("name=%zz", "form_malformed"),
    ("name=%4", "form_malformed"),
    ("name=%", "form_malformed"),
    ("name=a%00b", "form_malformed"),
    ("=a", "form_malformed"),
    ("name=%ff", "field_malformed"),
    ("name=a%0ab", "field_malformed"),
    ("name=%e2%80%aea", "field_malformed"),
    ("box=perhaps", "field_malformed"),
    ("name=" + "a" * 33, "field_too_long"),
    ("secret=" + "a" * 65, "field_too_long"),
    ("&".join(f"n{i}=1" for i in range(65)), "too_many_fields"),
]


@pytest.mark.parametrize("form, key", BAD_FORMS, ids=[f"{key}-{n}" for n, (_, key) in enumerate(BAD_FORMS)])
def test_bad_form(web, form, key):
    for answer in (web.post("/echo", body=f"csrf={web.csrf()}&{form}", headers=JSON), web.get("/echo?" + form, JSON)):
        assert answer.status == 400 and answer.json["type"] == f"about:blank#{key}"
    assert web.post("/echo", body=form).headers["Content-Type"] == "text/html; charset=utf-8"


def test_missing_field(web):
    answer = web.post("/form", {}, JSON)
    assert answer.status == 400 and answer.json["type"] == "about:blank#field_missing"


def test_unknown_field_is_named_without_what_is_not_text(web):
    answer = web.get("/echo?%0a%3Cb%3E%c3%a9=1", JSON)
    assert answer.json["field"] == "?<b>??"
    assert web.get("/echo?name=" + "a" * 33, JSON).json["field"] == "name"


def test_fields_by_kind(web):
    identifier = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
    data = web.post("/echo", {"name": "  Jane\u00a0", "mail": "jane@example.org", "secret": " x ", "box": "on", "id": identifier},
                    JSON).json
    assert data["name"] == "Jane" and not data["mail_is_bad"] and data["box"] and data["has_id"] and data["secret_len"] == 3
    data = web.post("/echo", {"mail": "nowhere", "id": "x"}, JSON).json
    assert data["mail_is_bad"] and data["mail"] == "nowhere" and not data["has_id"] and data["secret_len"] == -1


def test_methods(web):
    wrong = web.ask("DELETE", "/echo")
    assert wrong.status == 405 and wrong.headers["Allow"] == "GET, HEAD, POST"
    assert web.post("/empty").headers["Allow"] == "GET, HEAD"
    assert web.get("/form").headers["Allow"] == "POST"
    assert web.post("/healthz", body="a=b").status == 405
    assert web.ask("PROPFIND", "/echo").status == 501
    assert web.ask("get", "/echo").status == 501
    assert web.ask("OPTIONS", "/nothing").status == 404


def test_types(web):
    token = web.csrf()
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain", ""):
        assert web.post("/echo", body=f"csrf={token}", headers={"Content-Type": kind}).status == 415, kind
    for kind in ("application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-URLencoded"):
        assert web.post("/echo", body=f"csrf={token}", headers={"Content-Type": kind}).status == 200


def test_tokens_of_forms(web):
    token = web.csrf()
    changed = token[:-2] + ("AA" if token[-2:] != "AA" else "BA")
    for body in ("", "name=a", "csrf=", "csrf=x", f"csrf={changed}", f"csrf={token}A"):
        answer = web.post("/echo", body=body, headers=JSON)
        assert answer.status == 403 and answer.json["type"] == "about:blank#csrf", body
    assert web.post("/echo", body="csrf=" + "A" * 65).status == 400


def test_other_sites_cannot_post(web):
    body = "csrf=" + web.csrf()
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "http://127.0.0.1:8081"}, {"Sec-Fetch-Site": "cross-site"},
                    {"Sec-Fetch-Site": "same-site"}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}):
        assert web.post("/echo", body=body, headers=headers).status == 403, headers
    for headers in ({"Origin": "http://127.0.0.1:8080"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-origin"},
                    {"Sec-Fetch-Site": "none"}):
        assert web.post("/echo", body=body, headers=headers).status == 200, headers


def test_body_over_the_limit(web):
    for size in (65537, 300_000):
        answer = web.post("/echo", body="name=" + "a" * (size - 5), headers=JSON)
        assert answer.status == 413 and answer.json["type"] == "about:blank#too_large"
    exact = ("csrf=" + web.csrf() + "&secret=").encode()
    assert web.post("/echo", body=exact + b"&" * (65536 - len(exact))).status == 200


def test_huge_body_is_refused_before_it_is_sent(web):
    with web.raw() as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                           b"Content-Length: 99999999999\r\n\r\n")
        answer = Answer(response_from(connection))
    assert answer.status == 413


def test_chunked_body(web):
    form = ("csrf=" + web.csrf() + "&name=Jane").encode()
    chunks = b"".join(b"%x\r\n%c\r\n" % (1, byte) for byte in form) + b"0\r\n\r\n"
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nConnection: close\r\n" \
           b"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = web.exchange(head + chunks)
    assert answer.startswith(b"HTTP/1.1 200") and b'"name":"Jane"' in answer
    many = b"2710\r\n" + b"a" * 10000 + b"\r\n"
    answer = web.exchange(head + many * 20 + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")


def test_expect_continue(web):
    form = ("csrf=" + web.csrf() + "&name=Jane").encode()
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nExpect: 100-continue\r\n" \
           b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
    with web.raw() as connection:
        connection.sendall(head % (b"/echo", len(form)))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(form)
        assert Answer(response_from(connection)).json["name"] == "Jane"
    with web.raw() as connection:
        connection.sendall(head % (b"/nothing", len(form)))
        assert Answer(response_from(connection)).status == 404


def response_from(connection, method="GET"):
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    return response


SMUGGLED = [
    b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
    b"Content-Length: 4\r\nContent-Length: 5\r\n",
    b"Content-Length: +4\r\n",
    b"Content-Length: 4, 4\r\n",
    b"Content-Length: 0x4\r\n",
    b"Content-Length: -1\r\n",
    b"Content-Length: 99999999999999999999999\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    b"Transfer-Encoding: xchunked\r\n",
    b"Content-Length : 4\r\n",
    b"Content-Length\t: 4\r\n",
    b" Content-Length: 4\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Transfer-Encoding:\r\n chunked\r\n",
    b"Content-Le: 4\r\n ngth\r\n",
    b"X-Folded: a\r\n Content-Length: 4\r\n",
]


@pytest.mark.parametrize("framing", SMUGGLED, ids=range(len(SMUGGLED)))
def test_ambiguous_framing_ends_the_connection(web, framing):
    answer = web.exchange(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n" + framing +
                          b"\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 413"), answer[:100]
    assert b" 404 " not in answer and b"/smuggled" not in answer


def test_no_chunks_before_http_1_1(web):
    """Who does not know them takes the first for the beginning of the next request."""
    answer = web.exchange(b"POST /echo HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                          b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /nothing HTTP/1.0\r\nHost: x\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")) and answer.count(b"HTTP/1.") == 1


def test_paths(web):
    assert web.get("/path/a%20b%C3%A9", JSON).json["segment"] == "a bé"
    assert web.get("/path/a+b", JSON).json["segment"] == "a+b"
    assert web.get("/path/%2561", JSON).json["segment"] == "%61"
    for path, status in (("/path/%00", 400), ("/path/%ff", 400), ("/path/%", 400), ("/path/%4", 400), ("/path/%zz", 400),
                         ("/path/a%0ab", 400), ("/path/%C3%28", 400), ("/path/" + "a" * 129, 404), ("/path/", 404),
                         ("/path/a/b", 404), ("/path", 404), ("//path/a", 404), ("/" + "a" * 1200, 414),
                         ("/echo?name=" + "a" * 3000, 414)):
        assert web.get(path).status == status, path
    assert web.exchange(b"GET /path/a\0b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[:12] in (b"HTTP/1.1 400", b"")
    assert web.exchange(b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 400")


def ask_for(web, target, *headers, method=b"GET", host=b"Host: x\r\n"):
    return web.exchange(method + b" " + target + b" HTTP/1.1\r\n" + host + b"Connection: close\r\nAccept: application/json\r\n" + b"".join(headers) + b"\r\n")


@pytest.mark.parametrize("target", [b"http://other.example/echo?name=a", b"HTTPS://other.example:8443/echo?name=a", b"http://[::1]/echo?name=a"])
def test_a_whole_url_is_taken_for_its_path(web, target):
    """RFC 9112 section 3.2.2: a server must. Whose name it has is nothing to us."""
    answer = ask_for(web, target)
    assert answer.startswith(b"HTTP/1.1 200") and json.loads(answer.partition(b"\r\n\r\n")[2])["name"] == "a"
    assert b"other.example" not in answer and "other.example" not in web.log()


def test_a_whole_url_is_a_path_everywhere(web):
    """Doors, dead links and what no route has."""
    for target, status in ((b"/healthz", b"200"), (b"/static/style.css", b"200"), (b"/t/garbage", b"404"), (b"/nothing", b"404"), (b"//echo", b"404"),
                           (b"/path/%00", b"400"), (b"/" + b"a" * 1200, b"414"), (b"/echo?name=" + b"a" * 3000, b"414")):
        assert ask_for(web, b"http://x" + target).split()[1] == ask_for(web, target).split()[1] == status, target
    assert ask_for(web, b"http://x").split()[1] == ask_for(web, b"http://x?name=a").split()[1] == ask_for(web, b"/").split()[1]
    assert ask_for(web, b"http://x/echo", host=b"").split()[1] == b"400", "the field must be there all the same"


@pytest.mark.parametrize("target", [b"http:///echo", b"http://", b"http:/echo", b"http:echo", b"http://:80/echo", b"http://ada@x/echo", b"http://x\\@y/echo",
                                    b"http://x#/echo", b"http://x\t/echo", b"http://x\0/echo", b"http://\xc3\xa9/echo", b"ftp://x/echo", b"ws://x/echo",
                                    b"httpx://x/echo", b"x:80", b"echo"])
def test_what_is_neither_path_nor_url_is_refused(web, target):
    answer = web.exchange(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer[:12] in (b"HTTP/1.1 400", b""), answer
    assert answer.count(b"HTTP/1.1 ") <= 2, "nothing of it is taken for a request of its own"


def test_headers_too_long_or_too_many(web):
    assert web.get("/echo", {"Cookie": "a=" + "b" * 7000}).status == 200
    assert web.get("/echo", {"X-Long": "b" * 30000}).status == 431
    assert web.exchange(b"GET /echo HTTP/1.1\r\nHost: x\r\n" + b"".join(b"A%d: b\r\n" % n for n in range(5000)) +
                        b"\r\n")[:12] in (b"HTTP/1.1 431", b"")
    assert web.exchange(b"GET /echo HTTP/1.1\r\nHost: x\r\n" + b"Cookie: a=b\r\n" * 5 + b"\r\n").startswith(b"HTTP/1.1 400")
    assert web.exchange(b"GET /echo HTTP/1.1\r\nHost: x\r\nOrigin: a\r\nOrigin: b\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert web.exchange(b"GET /echo HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_garbage_never_ends_it(web):
    seeds = [
        b"GET /echo?name=a HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nCookie: latchkey=abc; a=\"b\"\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nname=a%20",
        b"POST /form HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nname=\r\n1;x=y\r\na\r\n0\r\nX: y\r\n\r\n",
        b"HEAD /t/AAAA HTTP/1.0\r\nX-Forwarded-For: 1.2.3.4, [::1]:5\r\nExpect: 100-continue\r\n\r\n",
        b"GET /static/style.css HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"a\"\r\nRange: bytes=0-\r\n\r\n",
    ]
    fixed = [b"", b"\r\n\r\n", b"\0" * 2000, b"\xff" * 2000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET  /  HTTP/1.1\r\n\r\n",
             b"A" * 20000, b"GET / HTTP/1.1\n\n", b"\x16\x03\x01\x02\x00\x01\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
             b"GET / HTTP/1.1\r\nHost: x\r\n : y\r\n\r\n", b"GET / HTTP/1.1\r\nHost\r\n\r\n", b"GET / HTTP/1.1\r\n\tfolded\r\n\r\n",
             b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n",
             b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n"]
    source = random.Random(20261122)
    mutated = []
    for _ in range(400):
        text = bytearray(source.choice(seeds))
        for _ in range(source.randint(1, 6)):
            at = source.randrange(len(text))
            what = source.randrange(4)
            if what == 0:
                text[at] = source.randrange(256)
            elif what == 1:
                del text[at:at + source.randint(1, 8)]
                text = text or bytearray(b"x")
            elif what == 2:
                text[at:at] = bytes(source.choice([b"\r\n", b"\0", b"%", b": ", b"\xf0\x9f", b"&" * 70, b"=", b"9" * 25]))
            else:
                text += text[at:at + 40]
        mutated.append(bytes(text))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: web.exchange(text, silence=0.1), fixed + mutated))
    assert web.process.poll() is None and web.get("/healthz").status == 200
    eventually(lambda: gauge(web, "latchkey_connections") == 1)
    assert all(line.startswith("time=") for line in web.log().splitlines())


def gauge(web, name):
    return int(re.search(rf"^{name} (-?\d+)$", web.get("/metrics").text, re.M).group(1))


# ---- connections ----

def test_keep_alive(web):
    connection = web.connection()
    for n in range(20):
        connection.request("GET", f"/echo?name=n{n}", headers=JSON)
        assert Answer(connection.getresponse()).json["name"] == f"n{n}"
        if n == 0:
            first = connection.sock
        assert connection.sock is first
    for path in ("/nothing", "/t/garbage", "/static/style.css", "/failing/x"):
        connection.request("GET", path)
        Answer(connection.getresponse())
        assert connection.sock is first, path
    body = "csrf=" + web.csrf() + "&nothing=1"
    connection.request("POST", "/echo", body=body, headers=FORM)
    assert Answer(connection.getresponse()).status == 400 and connection.sock is first
    connection.close()


def test_pipelining(web):
    count = 50
    paths = [("/t/x", b"404") if n % 5 == 0 else (f"/path/p{n}", b"200") for n in range(count)]
    text = b"".join(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n"
                    f"{'Connection: close' if n == count - 1 else 'X: y'}\r\n\r\n".encode() for n, (path, _) in enumerate(paths))
    with web.raw() as connection:
        connection.sendall(text)
        answers = read_all(connection)
    assert re.findall(rb"HTTP/1\.1 (\d+)", answers) == [status for _, status in paths]
    assert re.findall(rb'"segment":"(p\d+)"', answers) == [path[6:].encode() for path, status in paths if status == b"200"]


def test_http_1_0(web):
    answer = web.exchange(b"GET /path/a HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200") or answer.startswith(b"HTTP/1.0 200")


def http_threads(web):
    """As libmicrohttpd names them."""
    names = [name.read_text().strip() for name in pathlib.Path(f"/proc/{web.process.pid}/task").glob("*/comm")]
    return sum(name.startswith("MHD-") for name in names)


def test_one_thread_for_connections_and_more_with_tls(web, tmp_path):
    assert web.get("/healthz").status == 200 and http_threads(web) == 1
    certificate, key, _ = make_certificate(tmp_path)
    with WebProbe(tmp_path, server_certificate=certificate, server_private_key=key) as secure:
        assert eventually(lambda: http_threads(secure) == min(os.cpu_count(), 4)), "each takes its name when it begins"


def test_one_log_line_for_each_request(web):
    web.get("/echo?name=all-before")
    web.logged("actor=all-before")  # those of other tests are there, too
    before = len(web.requests())
    mark = f"jane-{before}"
    for path in ("/echo?name=" + mark, "/nothing", "/t/x", "/healthz", "/static/style.css"):
        web.get(path)
    web.post("/echo", body="x", headers={"Content-Type": "text/plain"})
    web.exchange(b"nonsense\r\n\r\n")
    lines = eventually(lambda: len(web.requests()) >= before + 6 and web.requests())[before:]
    assert len(lines) == 6
    assert mark in lines[0] and " route=/echo " in lines[0] and f"actor={mark}" in lines[0]
    assert not [line for line in lines if "name=" in line]


# ---- other addresses ----

def test_ipv6_and_unix_sockets(tmp_path):
    path = tmp_path / "socket"
    with WebProbe(tmp_path, server_listen=f"127.0.0.1:0,[::1]:0,unix:{path}", server_trusted_proxies="unix") as web:
        assert [url.split(":")[0] for url in web.urls] == ["http", "http", "unix"] and "[::1]" in web.urls[1]
        assert oct(path.stat().st_mode)[-3:] == "666"
        for n, address in enumerate(("127.0.0.1", "::1", "unix")):
            assert web.get("/echo", JSON, n).json["from"] == address
            assert web.post("/echo", {"name": "jane"}, n=n).status == 200
        assert web.get("/echo", {**JSON, "X-Forwarded-For": "192.0.2.7"}, 2).json["from"] == "192.0.2.7"
        assert web.get("/echo", {**JSON, "X-Forwarded-For": "192.0.2.7"}, 0).json["from"] == "127.0.0.1"
    assert not path.exists()


def test_stale_unix_socket_is_replaced_a_live_one_is_not(tmp_path):
    path = tmp_path / "socket"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.listen()
    with WebProbe(tmp_path, wait=False, server_listen=f"unix:{path}") as refused:
        assert refused.process.wait(30) == 2 and "another process is listening" in refused.log()
        refused.process.returncode = 0
    left.close()
    with WebProbe(tmp_path, server_listen=f"unix:{path}") as web:
        assert web.get("/healthz").status == 200
    path.write_text("precious")
    with WebProbe(tmp_path, wait=False, server_listen=f"unix:{path}") as refused:
        assert refused.process.wait(30) == 2
        refused.process.returncode = 0
    assert path.read_text() == "precious"


def test_trusted_proxies(tmp_path):
    with WebProbe(tmp_path, server_trusted_proxies="127.0.0.0/8, 10.0.0.1") as web:
        for header, seen in (("192.0.2.7", "192.0.2.7"), ("6.6.6.6, 192.0.2.7", "192.0.2.7"),
                             ("6.6.6.6, 192.0.2.7, 10.0.0.1", "192.0.2.7"), ("10.0.0.1", "10.0.0.1"),
                             ("nonsense", "127.0.0.1"), ("6.6.6.6, nonsense, 10.0.0.1", "10.0.0.1"), ("[2001:db8::1]:99", "2001:db8::1")):
            assert web.get("/echo", {**JSON, "X-Forwarded-For": header}).json["from"] == seen, header


def test_https(tmp_path):
    certificate, key, context = make_certificate(tmp_path)
    with WebProbe(tmp_path, server_certificate=certificate, server_private_key=key,
                  server_public_url="https://127.0.0.1:8080") as web:
        web.context = context
        assert web.urls[0].startswith("https://")
        answer = web.get("/cookies?name=jane")
        assert answer.status == 200 and answer.headers["Strict-Transport-Security"]
        cookies = answer.headers.get_all("Set-Cookie")
        assert cookies[0] == "__Host-latchkey=abc; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60"
        assert cookies[1].startswith("__Host-latchkey-names=") and "; Secure" in cookies[1]
        assert web.post("/echo", {"name": "jane"}, {"Origin": "https://127.0.0.1:8080"}).status == 200
        warnings.simplefilter("ignore", DeprecationWarning)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")  # or the client would refuse by itself
        web.context = old
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            old.minimum_version = old.maximum_version = version
            with pytest.raises(OSError, match="EOF"):  # the server ends it, without a word
                web.get("/healthz")
        with pytest.raises(OSError):  # plain words to a TLS port
            with web.raw() as plain:
                plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                if not plain.recv(10).startswith(b"HTTP"):
                    raise OSError
        web.context = context
        assert web.get("/healthz").status == 200


@pytest.mark.parametrize("fault", ["no key", "readable key", "no certificate", "wrong key", "nonsense"])
def test_certificate_with_a_fault_is_a_fault_of_the_start(tmp_path, fault):
    certificate, key, _ = make_certificate(tmp_path)
    settings = {"server_certificate": certificate, "server_private_key": key}
    if fault == "no key":
        key.unlink()
    elif fault == "readable key":
        key.chmod(0o644)
    elif fault == "no certificate":
        del settings["server_certificate"]
    elif fault == "wrong key":
        other = tmp_path / "other"
        other.mkdir()
        settings["server_private_key"] = make_certificate(other)[1]
    else:
        certificate.write_text("nonsense")
    with WebProbe(tmp_path, wait=False, **settings) as web:
        assert web.process.wait(30) == 2
        assert re.search(r"private_key|certificate", web.log())
        web.process.returncode = 0


# ---- limits ----

def test_full_queue_is_told_at_once(tmp_path):
    """Not when a worker is free, nor when there has been none for too long: neither comes about here."""
    with WebProbe(tmp_path, server_workers=1, server_queue=2, server_request_timeout=300) as web, \
            concurrent.futures.ThreadPoolExecutor(8) as pool:
        web.tell("hold")
        first = pool.submit(web.get, "/held")
        web.expect("held")
        waiting = [pool.submit(web.get, "/path/a") for _ in range(2)]
        eventually(lambda: gauge(web, "latchkey_queue_length") == 2)
        refused = web.get("/path/a", JSON)
        assert refused.status == 503 and refused.headers["Retry-After"] and refused.json["type"] == "about:blank#busy"
        assert web.get("/t/garbage").status == 404 and web.get("/healthz").status == 200
        web.tell("release")
        assert [one.result().status for one in (first, *waiting)] == [200] * 3
        assert gauge(web, "latchkey_queue_length") == 0


def test_waiting_for_a_worker_has_an_end(tmp_path):
    with WebProbe(tmp_path, server_workers=1, server_request_timeout=1) as web, \
            concurrent.futures.ThreadPoolExecutor(8) as pool:
        web.tell("hold")
        first = pool.submit(web.get, "/held")
        web.expect("held")
        began = time.monotonic()
        waiting = [pool.submit(web.get, "/path/a") for _ in range(3)]
        assert [one.result().status for one in waiting] == [503] * 3
        assert 0.9 < time.monotonic() - began < 10
        web.tell("release")
        assert first.result().status == 200


def test_client_gone_while_its_request_runs(tmp_path):
    with WebProbe(tmp_path, server_workers=2) as web:
        web.tell("hold")
        for reset in (False, True):
            with web.raw() as connection:
                connection.sendall(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
                web.expect("held")
                if reset:  # RST instead of FIN
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        with web.raw() as connection:
            connection.sendall(b"GET /path/x HTTP/1.1\r\nHost: x\r\n\r\n")
        web.tell("release")
        web.logged("route=/held", 2)
        assert web.get("/path/a").status == 200
        eventually(lambda: gauge(web, "latchkey_connections") == 1)


def test_dripping_request_is_ended(tmp_path):
    """A byte now and then puts off no deadline."""
    with WebProbe(tmp_path, server_idle_timeout=1) as web:
        with web.raw() as connection:
            began = time.monotonic()
            connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                               b"Content-Length: 60000\r\n\r\n")
            with pytest.raises(OSError):
                while time.monotonic() - began < 60:
                    connection.sendall(b"a")
                    time.sleep(0.3)
                    connection.settimeout(0.01)
                    try:
                        if connection.recv(1) == b"":
                            raise OSError
                    except TimeoutError:
                        pass
                    connection.settimeout(30)
        assert 4 < time.monotonic() - began < 45, "five idle times"
        assert web.logged("route=/echo .*outcome=incomplete.* ended=timeout")


def test_idle_connection_is_closed(tmp_path):
    with WebProbe(tmp_path, server_idle_timeout=3) as web:
        with web.raw() as connection:
            assert read_all(connection) == b""
        connection = web.connection()
        connection.request("GET", "/healthz")
        Answer(connection.getresponse())
        assert connection.sock.recv(1) == b""


def test_connection_limits(tmp_path):
    with WebProbe(tmp_path, server_connections=16) as web:
        held = [web.raw() for _ in range(16)]
        for connection in held:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert Answer(response_from(connection)).status == 200
        late = web.raw()
        late.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        late.settimeout(0.3)
        with pytest.raises(TimeoutError):
            late.recv(1)
        held.pop().close()
        late.settimeout(30)
        assert Answer(response_from(late)).status == 200
        for connection in (*held, late):
            connection.close()
        assert "connections_held_up" in web.log()
    other = tmp_path / "address"
    other.mkdir()
    with WebProbe(other, server_connections_per_address=3) as web:
        held = [web.connection() for _ in range(3)]
        for connection in held:
            connection.request("GET", "/healthz")
            assert Answer(connection.getresponse()).status == 200
        with pytest.raises((OSError, http.client.HTTPException)):
            web.get("/healthz")
        for connection in held:
            connection.close()
        eventually(lambda: answers(web))


def answers(web):
    try:
        return web.get("/healthz").status == 200
    except (OSError, http.client.HTTPException):
        return False


@pytest.mark.skipif(SANITIZED, reason="a sanitizer's memory is its own")
def test_memory(tmp_path):
    with WebProbe(tmp_path) as web:
        assert web.get("/echo").status == 200
        assert web.resident() < 16 << 20
        connections = [web.raw() for _ in range(1000)]
        for connection in connections:
            connection.sendall(b"GET /echo?name=a HTTP/1.1\r\nHost: x\r\nCookie: a=" + b"b" * 500 + b"\r\n\r\n")
        for connection in connections:
            assert Answer(response_from(connection)).status == 200
        assert gauge(web, "latchkey_connections") == 1001
        assert web.resident() < 48 << 20
        for connection in connections:
            connection.close()


# ---- stopping and reloading ----

def test_graceful_stop_answers_what_was_accepted(tmp_path):
    web = WebProbe(tmp_path, server_workers=2)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        web.tell("hold")
        running = [pool.submit(web.get, "/held") for _ in range(2)]
        web.expect("held")
        web.expect("held")
        waiting = [pool.submit(web.get, f"/path/p{n}", JSON) for n in range(8)]
        eventually(lambda: gauge(web, "latchkey_queue_length") == 8)
        kept = web.connection()
        kept.request("GET", "/healthz")
        Answer(kept.getresponse())
        web.tell("stop")
        eventually(lambda: refuses_or_closes(kept))
        web.process.send_signal(signal.SIGUSR1)  # standard input is not read any more
        assert [one.result().status for one in running] == [200, 200]
        assert sorted(one.result().json["segment"] for one in waiting) == [f"p{n}" for n in range(8)]
    web.close()


def test_stop_answers_what_had_only_just_connected(tmp_path):
    """Connections that the system has accepted, and the daemon has not, when it is told to stop."""
    for _ in range(5):
        web = WebProbe(tmp_path)
        os.kill(web.process.pid, signal.SIGSTOP)
        connections = [web.raw() for _ in range(20)]
        for connection in connections:
            connection.sendall(b"GET /path/a HTTP/1.1\r\nHost: x\r\n\r\n")
        web.tell("stop")
        os.kill(web.process.pid, signal.SIGCONT)
        for connection in connections:
            answer = Answer(response_from(connection))
            assert answer.status == 200
            connection.close()
        web.close()


def refuses_or_closes(connection):
    """The stopping server answers, and says that it was the last time."""
    connection.request("GET", "/readyz")
    return Answer(connection.getresponse()).headers.get("Connection") == "close"


LINGER = 1.0  # seconds that a stopping server waits for connections on which nothing is said (src/web/server.c)


class Load:
    """Clients that ask without a pause and count what goes wrong. Where one of them was not let run for as long as a stopping server
    lingers, it finds its connection closed like anybody who was idle."""

    def __init__(self, web, threads, keep_alive):
        self.web, self.keep_alive = web, keep_alive
        self.over, self.count, self.wrong = False, 0, []
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        connection = None
        while not self.over:
            path = f"/path/p{number}x{self.count}" if number % 2 else "/t/garbage"
            began = sent = time.monotonic()
            if connection is None:
                connection, spoke = self.web.connection(), began
            try:
                connection.request("GET", path, headers={**JSON, **({} if self.keep_alive else {"Connection": "close"})})
                sent = time.monotonic()
                answer = Answer(connection.getresponse())
                if answer.status != (200 if number % 2 else 404):
                    self.wrong.append((path, answer.status, answer.body))
                if answer.headers.get("Connection") == "close":
                    connection.close()
                    connection = None
                self.count += 1
            except (OSError, http.client.HTTPException) as error:
                if sent - spoke < LINGER:
                    self.wrong.append((path, repr(error)))
                connection = None
            spoke = began
        if connection:
            connection.close()

    def end(self):
        self.over = True
        for thread in self.threads:
            thread.join()
        return self.wrong


@pytest.mark.parametrize("keep_alive", [True, False], ids=["keep-alive", "one-by-one"])
def test_new_generations_under_load_lose_nothing(tmp_path, keep_alive):
    with WebProbe(tmp_path, server_listen=f"127.0.0.1:0,unix:{tmp_path}/socket") as web:
        before = list(web.urls)
        load = Load(web, 6, keep_alive)
        try:
            for _ in range(8):
                reached = load.count
                web.tell("reload")
                web.expect("reloaded")
                eventually(lambda: load.count > reached + 20)
        finally:
            wrong = load.end()
        assert wrong == [] and web.urls == before
        assert web.get("/path/after").status == 200 and web.get("/path/after", n=1).status == 200


def test_address_in_use_is_a_fault_of_the_start(tmp_path):
    with WebProbe(tmp_path) as web:
        taken = web.urls[0].removeprefix("http://")
        other = tmp_path / "other"
        other.mkdir()
        with WebProbe(other, wait=False, server_listen=taken) as refused:
            assert refused.process.wait(30) == 2 and taken in refused.log()
            refused.process.returncode = 0
