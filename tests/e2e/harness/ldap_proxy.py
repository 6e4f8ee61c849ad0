# SPDX-License-Identifier: Apache-2.0
"""Stands between the daemon, or the command, and slapd, reads what passes, and stops it where a test says so.

    with LdapProxy(directory) as proxy:
        hold = proxy.hold(adds("lkSent"), AFTER)      # slapd has carried it out; the daemon has not heard of it yet
        ...
        hold.wait()                                   # that very moment
        daemon.kill()
        hold.drop()
"""
import threading

from .relay import Relay, pieces

BEFORE, AFTER = "before", "after"  # the request has not reached slapd; its answer has not reached the daemon
MODIFY, ADD = 0x66, 0x68
MOST = 4 << 20
OPERATIONS = {0: "add", 1: "delete", 2: "replace"}


# ---- BER, as far as it is needed

def element(data, at):
    """(tag, content, place behind it), or None where the bytes do not suffice."""
    if len(data) < at + 2:
        return None
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        if len(data) < at + size:
            return None
        length, at = int.from_bytes(data[at:at + size], "big"), at + size
    assert length <= MOST
    return (tag, data[at:at + length], at + length) if len(data) >= at + length else None


def elements(data):
    found, at = [], 0
    while at < len(data):
        tag, content, at = element(data, at)
        found.append((tag, content))
    return found


class Request:
    """What is asked: .kind (MODIFY, ADD or another tag), .dn, and .changes: [(add|delete|replace, attribute, [values])]."""

    def __init__(self, message):
        parts = elements(message)
        self.number = int.from_bytes(parts[0][1], "big")
        self.kind, content = parts[1]
        self.dn, self.changes = "", []
        if self.kind not in (MODIFY, ADD):
            return
        (_, dn), (_, body) = elements(content)[:2]
        self.dn = dn.decode()
        for _, item in elements(body):
            fields = elements(item)
            how = "add"
            if self.kind == MODIFY:
                how, fields = OPERATIONS.get(fields[0][1][0], "?"), elements(fields[1][1])
            self.changes.append((how, fields[0][1].decode(), [value.decode("utf-8", "replace") for _, value in elements(fields[1][1])]))

    def values(self, how, attribute):
        return [v for h, a, values in self.changes if h == how and a.lower() == attribute.lower() for v in values]

    def names(self, how, attribute):
        return any(h == how and a.lower() == attribute.lower() for h, a, _ in self.changes)


class Hold:
    """One place to stop at, hit at most once."""

    def __init__(self, match, when):
        self.match, self.when = match, when
        self._reached, self._decided = threading.Event(), threading.Event()
        self._taken = threading.Lock()
        self._goes_on = False

    def take(self, request):
        return self.match(request) and self._taken.acquire(blocking=False)

    def wait(self, seconds=60.0):
        assert self._reached.wait(seconds), f"the step was not reached in {seconds} s"

    def is_reached_before(self, thread, seconds=60.0):
        """False: the thread ended without coming by here."""
        while not self._reached.wait(0.01) and thread.is_alive() and (seconds := seconds - 0.01) > 0:
            pass
        return self._reached.is_set()

    def stop_here(self):
        """For the proxy: True: go on."""
        self._reached.set()
        self._decided.wait(120)
        return self._goes_on

    def release(self):
        self._goes_on = True
        self._decided.set()

    def drop(self):
        """What is held is lost, and the connection with it."""
        self._decided.set()


class _Way:
    """One connection of the daemon's."""

    def __init__(self, proxy):
        self.proxy = proxy
        self.held = {}  # message number: hold for its answer

    def forth(self, source):
        return self._messages(source, self._may_go)

    def back(self, source):
        return self._messages(source, self._may_come)

    @staticmethod
    def _messages(source, may_pass):
        data = b""
        for more in pieces(source):
            data += more
            while (found := element(data, 0)) is not None:
                whole, data = data[:found[2]], data[found[2]:]
                if not may_pass(found[1]):
                    return
                yield whole

    def _may_go(self, message):
        request = Request(message)
        for hold in self.proxy.take(request):
            if hold.when == BEFORE:
                if not hold.stop_here():
                    return False
            else:
                self.held[request.number] = hold
        return True

    def _may_come(self, message):
        number = int.from_bytes(elements(message)[0][1], "big")
        hold = self.held.pop(number, None)
        return hold is None or hold.stop_here()


class LdapProxy(Relay):
    def __init__(self, directory):
        super().__init__(directory)
        self._holds, self._lock = [], threading.Lock()

    def ways(self):
        way = _Way(self)
        return way.forth, way.back

    def hold(self, match, when):
        hold = Hold(match, when)
        with self._lock:
            self._holds.append(hold)
        return hold

    def take(self, request):
        if not request.changes:
            return []
        with self._lock:
            taken = [hold for hold in self._holds if hold.take(request)]
            self._holds = [hold for hold in self._holds if hold not in taken]
        return taken

    def __exit__(self, *_):
        with self._lock:
            holds, self._holds = self._holds, []
        for hold in holds:
            hold.drop()
        super().__exit__()


# ---- the steps of a request's and a message's life, as slapd is asked for them

def asks(dn):
    """A person's request is written down: `lkSend: find …` on the account."""
    return lambda r: r.dn == dn and any(v.startswith("find ") for v in r.values("add", "lkSend")) and not r.names("delete", "lkSend")


def claims(dn, kind):
    """`lkSend: KIND` becomes `lkSend: KIND … claim=…`; for a letter the token is minted by the same Modify."""
    return lambda r: r.dn == dn and any(v.startswith(kind) and " claim=" in v for v in r.values("add", "lkSend"))


def requests(dn):
    """`find` adds `lkSend: associate …` to a profile that has the address."""
    return lambda r: r.dn == dn and any(v.startswith("associate ") for v in r.values("add", "lkSend")) and not r.names("delete", "lkSend")


def ends(dn, kind):
    """A claimed value is taken away and none takes its place."""
    return lambda r: r.dn == dn and any(v.startswith(kind) and " claim=" in v for v in r.values("delete", "lkSend")) and not r.names("add", "lkSend")


def defers(dn):
    return lambda r: r.dn == dn and any(" after=" in v and " why=" in v for v in r.values("add", "lkSend"))


def refuses(dn):
    return lambda r: r.dn == dn and r.names("add", "lkSendError")


def ties(dn):
    """The link is redeemed."""
    return lambda r: r.dn == dn and r.names("replace", "lkAccountDN")


def cuts(dn):
    """"This was not me": the tie goes."""
    return lambda r: r.dn == dn and r.names("delete", "lkAccountDN") and not r.names("replace", "lkAccountDN")


def asks_for_mail(dn):
    """A new address is entered."""
    return lambda r: r.dn == dn and r.names("replace", "lkPendingMail")


def asks_for_mail_again(dn):
    """The same where a request for the former one waits: none comes beside it."""
    return lambda r: r.dn == dn and r.names("replace", "lkPendingMail") and r.names("delete", "lkSend") == r.names("add", "lkSend")


def changes_mail(dn):
    """A new address is confirmed, or the former one put back."""
    return lambda r: r.dn == dn and r.names("add", "mail")


def adds_entry(dn):
    return lambda r: r.kind == ADD and r.dn == dn


def opens_session(dn):
    return lambda r: r.kind == MODIFY and r.dn == dn and r.names("add", "lkSession")


def confirms(dn):
    return lambda r: r.dn == dn and r.names("replace", "lkAlternateMail")
