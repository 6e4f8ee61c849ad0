# SPDX-License-Identifier: Apache-2.0
"""Stands before a directory and lets so many Adds through, and no more until it is opened: who adds many is in the middle of it then, however
long the test takes to look.

    with Turnstile(directory, most=25) as turnstile:
        started = Command(turnstile).start("import", …)           # it is what a command needs of a directory, with a socket of its own
        directory.wait_for(…)
        turnstile.open()
"""
import threading

from .relay import Relay, pieces

ADD = 0x68  # AddRequest, RFC 4511


def length_of(message):
    """(how long the BER element that begins so is, where its content begins); None: that is not known yet."""
    if len(message) < 2:
        return None
    if message[1] < 0x80:
        return 2 + message[1], 2
    begin = 2 + (message[1] & 0x7F)
    return (begin + int.from_bytes(message[2:begin], "big"), begin) if len(message) >= begin else None


def is_add(message):
    """What comes behind the message's number says what it is."""
    begin = length_of(message)[1]
    return message[begin + 2 + message[begin + 1]] == ADD


class Turnstile(Relay):
    def __init__(self, directory, most):
        super().__init__(directory)
        self.most = most
        self.suffix, self.admin_dn, self.admin_password = directory.suffix, directory.admin_dn, directory.admin_password
        self.ldapi_uri = self.uri
        self._changed = threading.Condition()
        self._came, self._is_open = 0, False

    def somebody_waits(self):
        return self._came > self.most

    def let(self, more):
        """So many more, if somebody waits."""
        with self._changed:
            if self.somebody_waits():
                self.most += more
                self._changed.notify_all()

    def open(self):
        with self._changed:
            self._is_open = True
            self._changed.notify_all()

    def _pass(self):
        with self._changed:
            self._came += 1
            mine = self._came
            self._changed.wait_for(lambda: self._is_open or mine <= self.most)

    def ways(self):
        return self._requests, pieces

    def _requests(self, source):
        """One after the other; an Add when it may pass."""
        held = b""
        for data in pieces(source):
            held += data
            while (known := length_of(held)) and len(held) >= known[0]:
                message, held = held[:known[0]], held[known[0]:]
                if is_add(message):
                    self._pass()
                yield message

    def __exit__(self, *_):
        self.open()
        super().__exit__()
