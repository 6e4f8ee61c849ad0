# SPDX-License-Identifier: Apache-2.0
"""Many requests at the very same time: every connection is open and every request is there but for its last byte; then all the last
bytes are sent in one sweep."""
import selectors
import socket
import time
import urllib.parse


class Answer:
    def __init__(self, data, seconds):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if data else None  # None: cut off without a word
        self.headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        self.headers = {name.lower(): value for name, value in self.headers.items()}
        self.seconds = seconds


def post(client, path, fields):
    """The bytes of a form that this client sends."""
    body = urllib.parse.urlencode(fields)
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return (f"POST {path} HTTP/1.1\r\nHost: {client.url.netloc}\r\nConnection: close\r\nAccept: text/html\r\nCookie: {cookies}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def send_at_once(requests, seconds=120.0):
    """[(port, bytes)] → [Answer] in the same order."""
    connections = []
    for port, data in requests:
        connection = socket.create_connection(("127.0.0.1", port), seconds)
        connection.sendall(data[:-1])
        connections.append(connection)
    begun = time.monotonic()
    for connection, (_, data) in zip(connections, requests):
        connection.sendall(data[-1:])
    return gather(connections, begun, seconds)


def gather(connections, begun, seconds):
    got = {connection: b"" for connection in connections}
    took = {}
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ)
        while selector.get_map():
            left = begun + seconds - time.monotonic()
            assert left > 0, f"{len(selector.get_map())} of {len(connections)} have no answer after {seconds} s"
            for key, _ in selector.select(left):
                try:
                    more = key.fileobj.recv(65536)
                except ConnectionError:
                    more = b""
                got[key.fileobj] += more
                if not more:
                    took[key.fileobj] = time.monotonic() - begun
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
    return [Answer(got[connection], took[connection]) for connection in connections]
