# SPDX-License-Identifier: Apache-2.0
"""Links as src/tokens/link.h describes them, made a second time from the description alone: for tests that need an expired, a
foreign or a great many of them, and as proof that the description is right."""
import base64
import ctypes
import ctypes.util
import datetime
import functools
import hashlib
import os
import pathlib
import re
import struct
import uuid

PURPOSES = {"associate": 1, "invite": 2, "reset": 3, "confirm": 4, "undo_tie": 5, "new_mail": 6, "undo_mail": 7,
            "undo_account": 8, "sign_up": 9}
USE_LINK, USE_ADDRESS = 1, 4


KEY_RING = pathlib.Path(__file__).resolve().parents[3] / "src" / "tokens" / "key_ring.h"


def use_numbered(name):
    """KEY_USE_… as a number: they are counted from 1."""
    listed = re.search(r"enum key_use \{(.*?)\};", KEY_RING.read_text(), re.S).group(1)
    return re.findall(r"KEY_USE_(\w+)", listed).index(name) + 1


@functools.cache
def sodium():
    return ctypes.CDLL(ctypes.util.find_library("sodium"))


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class KeyRing:
    def __init__(self, path):
        self.keys = {}
        self.newest = None
        for line in pathlib.Path(path).read_text().splitlines():
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            number, _, use, key = line.split()
            self.keys[int(number)] = decode(key)
            if use == "make":
                self.newest = int(number)

    def subkey(self, number, use):
        return hashlib.blake2b(b"", digest_size=32, key=self.keys[number], salt=struct.pack("<Q", use).ljust(16, b"\0"),
                               person=b"latchkey".ljust(16, b"\0")).digest()

    def tag(self, number, use, data):
        if use == USE_LINK:
            out = ctypes.create_string_buffer(16)
            sodium().crypto_shorthash_siphashx24(out, data, ctypes.c_ulonglong(len(data)), self.subkey(number, use))
            return out.raw
        return hashlib.blake2b(self.subkey(number, use) + data, digest_size=16).digest()

    def opened(self, use, text, about=b""):
        """What is sealed in the text (src/tokens/key_ring.h)."""
        whole = decode(text)
        plain = ctypes.create_string_buffer(len(whole) - 41)
        assert sodium().crypto_aead_xchacha20poly1305_ietf_decrypt(
            plain, None, None, whole[25:], ctypes.c_ulonglong(len(whole) - 25), about, ctypes.c_ulonglong(len(about)), whole[1:25],
            self.subkey(whole[0], use)) == 0
        return plain.raw

    def sealed(self, use, plain, about=b""):
        nonce = os.urandom(24)
        sealed = ctypes.create_string_buffer(len(plain) + 16)
        assert sodium().crypto_aead_xchacha20poly1305_ietf_encrypt(
            sealed, None, plain, ctypes.c_ulonglong(len(plain)), about, ctypes.c_ulonglong(len(about)), None, nonce,
            self.subkey(self.newest, use)) == 0
        return base64url(bytes([self.newest]) + nonce + sealed.raw)

    def link(self, purpose, mail, expires, account=None):
        """(token, lkToken value); `expires` in seconds since 1970, `account` an entryUUID."""
        address = self.tag(self.newest, USE_ADDRESS, mail.lower().encode())[:8]
        owner = uuid.UUID(account).bytes if account else bytes(16)
        body = struct.pack(">BBI", self.newest, PURPOSES[purpose], expires) + owner + address + os.urandom(8)
        whole = body + self.tag(self.newest, USE_LINK, body)
        digest = base64url(hashlib.blake2b(whole, digest_size=32).digest())
        until = datetime.datetime.fromtimestamp(expires, datetime.timezone.utc).strftime("%Y%m%d%H%M%SZ")
        return base64url(whole), f"{purpose} digest={digest} until={until}" + (f" account={account}" if account else "")
