# SPDX-License-Identifier: Apache-2.0
"""A real SMTP server on a loopback port, with TLS, AUTH and a script, which keeps what it is given.

    with MailServer() as server:
        server.script("RCPT", lambda address, count: "450 4.2.0 Greylisted" if count == 1 else None)
        ...
        message = server.wait_for(1)[0]
        message["Subject"], message.envelope_to, links(message)

A script is asked with what the stage is about (MAIL: the sender, RCPT and DATA: the recipient) and how often that address has
come to the stage. It gives back None (go on), a reply, DROP (the connection is cut), or what to wait for before going on: a
number of seconds, or an Event; or (seconds, what then). Maildir has the same face for messages in a folder.
"""
import asyncio
import email
import email.policy
import functools
import pathlib
import re
import socket
import ssl
import subprocess
import threading
import time

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from .ports import free_port

DROP = object()
LINK = re.compile(r"https?://[^\s\"<>]+/t/[A-Za-z0-9_-]{72}(?![A-Za-z0-9_-])")


class Message(email.message.EmailMessage):
    """An EmailMessage that remembers its envelope and its bytes."""

    envelope_from = envelope_to = None
    content = b""

    @functools.cached_property
    def links(self):
        found = LINK.findall(part(self, "plain")) + LINK.findall(part(self, "html"))
        return list(dict.fromkeys(found))


def parse(content, envelope_from=None, envelope_to=None):
    message = email.message_from_bytes(content, _class=Message, policy=email.policy.default.clone(message_factory=Message))
    message.content = content
    message.envelope_from, message.envelope_to = envelope_from, envelope_to
    return message


def part(message, kind):
    """The text of the part text/`kind`."""
    return message.get_body(preferencelist=(kind,)).get_content()


def links(message):
    """The links in both parts, each once, in order."""
    return message.links


class Certificates:
    """An authority of our own and a certificate for 127.0.0.1 and localhost, made by openssl in `folder`."""

    def __init__(self, folder, hosts="IP:127.0.0.1,DNS:localhost"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.authority = self.folder / "authority.pem"
        self.certificate = self.folder / "server.pem"
        self.key = self.folder / "server.key"
        self._openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=Test authority", "-keyout", self.folder / "authority.key", "-out", self.authority,
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        )
        self._openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
            "-keyout", self.key, "-out", self.folder / "server.csr",
        )
        (self.folder / "extensions").write_text(f"subjectAltName={hosts}\nbasicConstraints=CA:FALSE\n")
        self._openssl(
            "x509", "-req", "-in", self.folder / "server.csr", "-CA", self.authority, "-CAkey",
            self.folder / "authority.key", "-CAcreateserial", "-days", "2", "-extfile", self.folder / "extensions",
            "-out", self.certificate,
        )

    @staticmethod
    def _openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


class _Connection(SMTP):
    """One connection; counts itself, and knows the server it belongs to."""

    def __init__(self, server, **options):
        super().__init__(server, **options)
        self.mail_server = server

    def connection_made(self, transport):
        self.mail_server.take(transport)
        if transport.get_extra_info("sslcontext") is None or self.mail_server.tls == "smtps":
            self.mail_server.connections += 1
        super().connection_made(transport)

    async def ask_script(self, stage, address):
        answer = self.mail_server.ask(stage, address)
        if isinstance(answer, tuple):
            seconds, answer = answer
            await asyncio.sleep(seconds)
        if answer is DROP:
            self.transport.abort()
            return "421 4.3.2 gone"
        if isinstance(answer, (int, float)):
            await asyncio.sleep(answer)
            return None
        if isinstance(answer, threading.Event):
            while not answer.is_set():
                await asyncio.sleep(0.01)
            return None
        return answer


class MailServer:
    def __init__(self, tls=None, certificates=None, login=None, require_tls=False):
        """tls: None, "starttls" or "smtps" (with certificates). login: (name, password) that must be given."""
        self.tls, self.certificates, self.login, self.require_tls = tls, certificates, login, require_tls
        self.port = None
        self.messages = []
        self.connections = 0
        self.logins = []
        self.refused_logins = 0
        self.hellos = []
        self._arrived = threading.Condition()
        self._scripts, self._counts = {}, {}
        self._loop = self._server = self._thread = None
        self._open = set()

    # ---- what aiosmtpd calls

    def take(self, transport):
        """A connection begins, or goes on within TLS."""
        self._open.add(transport)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.hellos.append(hostname)
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        answer = await server.ask_script("MAIL", address)
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 2.1.0 Ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = await server.ask_script("RCPT", address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        answer = await server.ask_script("DATA", envelope.rcpt_tos[0])
        if answer is not None:
            return answer
        message = parse(envelope.original_content, envelope.mail_from, list(envelope.rcpt_tos))
        message.was_encrypted = session.ssl is not None or self.tls == "smtps"
        message.arrived = time.monotonic()
        with self._arrived:
            self.messages.append(message)
            self._arrived.notify_all()
        answer = await server.ask_script("ACCEPTED", envelope.rcpt_tos[0])
        return answer or "250 2.0.0 Taken"

    def _authenticate(self, server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == self.login
        if good:
            self.logins.append(mechanism)
        else:
            self.refused_logins += 1
        return AuthResult(success=good, handled=good)

    # ---- the script

    def script(self, stage, answer):
        """Stages: MAIL, RCPT, DATA (before the message counts), ACCEPTED (after it does)."""
        self._scripts[stage] = answer

    def ask(self, stage, address):
        count = self._counts[stage, address] = self._counts.get((stage, address), 0) + 1
        return self._scripts[stage](address, count) if stage in self._scripts else None

    def tries(self, stage, address):
        return self._counts.get((stage, address), 0)

    # ---- the server

    @property
    def url(self):
        return f"{'smtps' if self.tls == 'smtps' else 'smtp'}://127.0.0.1:{self.port}"

    def _make_connection(self):
        options = {"loop": self._loop, "hostname": "mail.test", "timeout": 300}
        if self.tls == "starttls":
            options.update(tls_context=self.certificates.context(), require_starttls=self.require_tls)
        if self.login:
            options.update(authenticator=self._authenticate, auth_required=True, auth_require_tls=self.tls == "starttls")
        return _Connection(self, **options)

    def start(self):
        """Starts listening; after stop() on the same port again."""
        ready = threading.Event()
        self.port = self.port or free_port()

        def run():
            self._loop = asyncio.new_event_loop()
            context = self.certificates.context() if self.tls == "smtps" else None
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self.port))
            self._server = self._loop.run_until_complete(
                self._loop.create_server(self._make_connection, sock=listener, ssl=context, backlog=512)
            )
            ready.set()
            self._loop.run_forever()
            self._server.close()
            for transport in self._open:
                if not transport.is_closing():
                    transport.abort()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert ready.wait(60), "the SMTP server does not start"
        return self

    def stop(self):
        """Cuts all connections and stops listening. Messages are kept."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._thread = None
            self._open.clear()

    def wait_for(self, count, seconds=60.0):
        """The messages, once there are at least that many."""
        with self._arrived:
            there = self._arrived.wait_for(lambda: len(self.messages) >= count, seconds)
            assert there, f"waited {seconds} s for {count} messages; there are {len(self.messages)}"
            return list(self.messages)

    def to(self, address):
        with self._arrived:
            return [m for m in self.messages if address in m.envelope_to]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Maildir:
    """A folder that messages are delivered into."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self._read = {}

    @property
    def url(self):
        return f"maildir:{self.folder}"

    @property
    def messages(self):
        new = self.folder / "new"
        return [self._message(path) for path in sorted(new.iterdir())] if new.exists() else []

    def _message(self, path):
        """Once read, always the same, as in mailbox.Maildir."""
        if path.name not in self._read:
            self._read[path.name] = parse(path.read_bytes())
        return self._read[path.name]

    def wait_for(self, count, seconds=60.0):
        deadline = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < deadline, f"waited {seconds} s for {count} messages; there are {len(self.messages)}"
            time.sleep(0.01)
        return self.messages
