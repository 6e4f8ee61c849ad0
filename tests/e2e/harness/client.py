# SPDX-License-Identifier: Apache-2.0
"""A person at a browser without JavaScript, and a program that speaks JSON.

    client = Client(daemon.url)
    page = client.get("/signup")
    page = page.sign_up("ada", "…")                    # name first, then the rest; an address: by the letter that arrives
    page = page.submit("/associate", mail="…")         # the form that has these fields
    assert page.path == "/associate" and "registered" in page.text

Cookies are kept, 303s are followed (page.path says where it ended; page.hops how it got there), forms are read from the page with
their hidden fields. client.json is the same person through the JSON face.
"""
import html.parser
import http.client
import http.cookies
import json
import urllib.parse


class Form:
    def __init__(self, action, method):
        self.action = action
        self.method = (method or "get").lower()
        self.fields = {}
        self.names = set()
        self.buttons = []


class PageParser(html.parser.HTMLParser):
    VOID_TEXT = ("script", "style", "head")

    def __init__(self):
        super().__init__()
        self.forms = []
        self.links = []
        self.words = []
        self.title = ""
        self._form = None
        self._silent = 0
        self._in_title = False

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag in ("script", "style"):
            self._silent += 1
        if tag == "title":
            self._in_title = True
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method"))
            self.forms.append(self._form)
        elif self._form is not None and tag in ("input", "button", "textarea", "select"):
            self._field(tag, given)

    def _field(self, tag, given):
        name, kind = given.get("name"), given.get("type", "submit" if tag == "button" else "text")
        if tag == "button" or kind == "submit":
            self._form.buttons.append((name, given.get("value", "")))
            return
        if name is None:
            return
        self._form.names.add(name)
        if kind in ("checkbox", "radio"):
            if "checked" in given:
                self._form.fields[name] = given.get("value", "on")
        elif tag == "input":
            self._form.fields[name] = given.get("value", "") or ""

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._silent -= 1
        if tag == "title":
            self._in_title = False
        if tag == "form":
            self._form = None

    def handle_data(self, data):
        if self._in_title:
            self.title += data
        elif not self._silent:
            self.words.append(data)


class Answer:
    def __init__(self, client, path, status, headers, body, hops):
        self.client, self.path, self.status, self.headers, self.body, self.hops = client, path, status, headers, body, hops
        self._parsed = None

    @property
    def source(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def parsed(self):
        if self._parsed is None:
            self._parsed = PageParser()
            self._parsed.feed(self.source)
        return self._parsed

    @property
    def text(self):
        return " ".join(" ".join(self.parsed.words).split())

    @property
    def title(self):
        return " ".join(self.parsed.title.split())

    def form(self, action=None, fields=()):
        for form in self.parsed.forms:
            if (action is None or form.action == action) and set(fields) <= form.names | {n for n, _ in form.buttons}:
                return form
        raise AssertionError(f"no form {action or ''} with {sorted(fields)} on {self.path} ({self.status}):\n{self.source[:3000]}")

    def submit(self, action=None, follow=True, **fields):
        """Fills in and sends the form that has all these fields. None leaves a field out."""
        form = self.form(action, fields)
        values = {**form.fields, **fields}
        values = {name: value for name, value in values.items() if value is not None}
        return self.client.post(form.action or self.path, values, follow=follow)


    def sign_up(self, name, password, mailbox=None, **more):
        """From a page that asks for a name. An address without a mailbox leads no further than to its own page."""
        fields = {"password": password, "password_again": password, **more}
        known = 0 if mailbox is None else len(mailbox.to(name))
        page = self.submit("/signup", name=name, step="name")
        if page.status != 200:
            return page
        if "@" not in name:
            return page.submit("/signup", name=name, **fields)
        if mailbox is None:
            return page
        return self.client.get(mailbox.wait(name, known + 1)[-1].link).submit("/signup/link", **fields)


class Client:
    def __init__(self, url, headers=None):
        self.url = urllib.parse.urlsplit(url)
        self.cookies = {}
        self.headers = {"Accept": "text/html", "User-Agent": "e2e/1.0", **(headers or {})}

    def connect(self):
        return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=60)

    def request(self, method, path, body=None, headers=None):
        """One request; returns (status, headers as a list of pairs, body)."""
        connection = self.connect()
        try:
            given = {**self.headers, **(headers or {})}
            if self.cookies:
                given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request(method, path, body=body, headers=given)
            answer = connection.getresponse()
            content = answer.read()
            self._keep_cookies(answer.msg.get_all("Set-Cookie") or [])
            return answer.status, answer.msg, content
        finally:
            connection.close()

    def _keep_cookies(self, headers):
        for header in headers:
            for name, morsel in http.cookies.SimpleCookie(header).items():
                if morsel.value == "" or morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value

    def _local(self, target):
        parts = urllib.parse.urlsplit(target)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _walk(self, method, path, body, headers, follow):
        hops = []
        path = self._local(path)
        while True:
            status, answer_headers, content = self.request(method, path, body, headers)
            if not follow or status not in (302, 303) or len(hops) > 5:
                return Answer(self, path, status, answer_headers, content, hops)
            hops.append((path, status))
            method, body, path = "GET", None, self._local(answer_headers["Location"])
            headers = {k: v for k, v in (headers or {}).items() if k != "Content-Type"}

    def get(self, path, headers=None, follow=True):
        return self._walk("GET", path, None, headers, follow)

    def post(self, path, fields, headers=None, follow=True):
        body = fields if isinstance(fields, (bytes, str)) else urllib.parse.urlencode(fields)
        return self._walk("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}, follow)

    # ---- as people say it

    def sign_up(self, name, password, mailbox=None, **more):
        return self.get("/signup").sign_up(name, password, mailbox, **more)

    def sign_in(self, name, password, **more):
        return self.get("/signin").submit("/signin", name=name, password=password, **more)

    def sign_out(self):
        return self.get("/").submit("/signout")


class JsonClient(Client):
    """The same pages as data. Forms are posted with the csrf that the page gave."""

    def __init__(self, url, headers=None):
        super().__init__(url, {"Accept": "application/json", **(headers or {})})

    def send(self, page, path, fields):
        return self.post(path, {"csrf": self.get(page).json["csrf"], **fields}, follow=False)
