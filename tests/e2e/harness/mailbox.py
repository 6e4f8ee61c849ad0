# SPDX-License-Identifier: Apache-2.0
"""Messages as they arrived, read with Python's own parser."""
import email
import email.policy
import functools
import pathlib
import re
import time


@functools.lru_cache(maxsize=4096)
def _parsed(name, value):
    return email.policy.default.header_fetch_parse(name, value)


class _Policy(email.policy.EmailPolicy):
    """Python's parser reads a header anew whenever it is asked for, and asks itself many times for each letter."""

    def header_fetch_parse(self, name, value):
        return _parsed(name, value)


POLICY = _Policy()
LINK = re.compile(r"https?://[^\s\"<>]+/t/([A-Za-z0-9_-]{72})(?![A-Za-z0-9_-])(?:\?offer=[A-Za-z0-9_-]+)?")


class Letter:
    def __init__(self, source):
        self.source = source
        self.message = email.message_from_bytes(source, policy=POLICY)

    @property
    def to(self):
        return self.message["To"].addresses[0].addr_spec

    @property
    def subject(self):
        return str(self.message["Subject"])

    @property
    def id(self):
        return str(self.message["Message-ID"])

    @property
    def text(self):
        return self.message.get_body(("plain",)).get_content()

    @property
    def html(self):
        return self.message.get_body(("html",)).get_content()

    @property
    def link(self):
        """The whole URL."""
        found = LINK.search(self.text)
        assert found, f"no link in:\n{self.text}"
        return found.group(0)

    @property
    def token(self):
        return LINK.search(self.text).group(1)


class Mailbox:
    """Something with letters(): all that have arrived, oldest first."""

    def letters(self):
        raise NotImplementedError

    def to(self, address):
        return [letter for letter in self.letters() if letter.to == address]

    def wait(self, address=None, count=1, seconds=60.0):
        """The letters (to that address), once there are `count`."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.letters() if address is None else self.to(address)
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, f"{len(found)} of {count} letters to {address} after {seconds} s"
            time.sleep(0.01)

    def newest(self, address, seconds=60.0):
        return self.wait(address, 1, seconds)[-1]


class Maildir(Mailbox):
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self._read = {}

    def letters(self):
        files = [file for folder in ("new", "cur") for file in (self.path / folder).glob("*")]
        return [self._letter(file) for file in sorted(files, key=arrival)]

    def _letter(self, file):
        """Once read, always the same: a Maildir's file is whole when it is there, and its name is never used again."""
        if file.name not in self._read:
            self._read[file.name] = Letter(file.read_bytes())
        return self._read[file.name]


def arrival(file):
    """The clock of the file system stands still for some milliseconds at a time; a name begins with the microsecond."""
    return file.stat().st_mtime_ns, file.name
