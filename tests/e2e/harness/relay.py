# SPDX-License-Identifier: Apache-2.0
"""Stands between whoever asks and the server: passes on what comes, both ways, or what is made of it.

    class Quiet(Relay):                     # before a directory's Unix socket
        def ways(self):
            return pieces, quieter           # what goes to the server, and what comes back: iterators over what a socket gives

    with Quiet(directory) as quiet:
        Command(…, uri=quiet.uri)

relay() alone is for two sockets that are connected already.
"""
import os
import pathlib
import shutil
import socket
import tempfile
import threading
import urllib.parse


def pieces(source):
    """All that comes, as it comes."""
    while data := source.recv(65536):
        yield data


def close_both(*ends):
    for end in ends:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def _carry(source, sink, parts_of):
    try:
        for part in parts_of(source):
            sink.sendall(part)
    except OSError:
        pass
    close_both(source, sink)


def relay(outside, inside, forth=pieces, back=pieces):
    """Begins to pass on, and returns. When one of them ends, the other does."""
    for way in ((outside, inside, forth), (inside, outside, back)):
        threading.Thread(target=_carry, args=way, daemon=True).start()


class Relay:
    """slapd takes it for whoever asks: both run as one user, and SASL EXTERNAL over a Unix socket goes by that."""

    def __init__(self, directory):
        self.target = directory.socket_path
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lk-"))
        self.path = self.folder / "ldapi"
        self.uri = "ldapi://" + urllib.parse.quote(str(self.path), safe="")
        self._listener = socket.socket(socket.AF_UNIX)
        self._ends = []

    def ways(self):
        """For one connection."""
        return pieces, pieces

    def _accept(self):
        while True:
            try:
                outside = self._listener.accept()[0]
            except OSError:
                return
            inside = socket.socket(socket.AF_UNIX)
            self._ends += [outside, inside]
            try:
                inside.connect(str(self.target))
            except OSError:
                outside.close()
                continue
            relay(outside, inside, *self.ways())

    def __enter__(self):
        self._listener.bind(str(self.path))
        os.chmod(self.path, 0o600)
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        close_both(self._listener)
        self._listener.close()
        close_both(*self._ends)
        shutil.rmtree(self.folder, ignore_errors=True)
