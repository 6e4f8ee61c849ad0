# SPDX-License-Identifier: Apache-2.0
"""The app on somebody's telephone (RFC 6238), made from the RFC alone. It may run ahead of the daemon's clock, so that a test need
not wait for the next code: a step either way is accepted."""
import base64
import hashlib
import hmac
import struct
import time

STEP = 30
SLACK = 10  # seconds that a code of ours goes on being accepted at least: the way to the daemon takes some of them


def code_of(secret, step):
    """Six digits for the secret as an app is given it (base32)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


class App:
    def __init__(self, secret):
        self.secret = secret.replace(" ", "")
        self.used = 0

    def code(self):
        """A code that this app has not shown yet and that is accepted now, and for a while."""
        step = max(int(time.time() + SLACK) // STEP - 1, self.used + 1)
        while step > int(time.time()) // STEP + 1:
            time.sleep(0.2)
        self.used = step
        return code_of(self.secret, step)

    def wrong(self):
        """A code that no step near now has."""
        now = int(time.time()) // STEP
        near = {code_of(self.secret, step) for step in range(now - 5, now + 6)}
        return next(f"{n:06d}" for n in range(100) if f"{n:06d}" not in near)
