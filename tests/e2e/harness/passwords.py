# SPDX-License-Identifier: Apache-2.0
"""Password hashes as the daemon makes them, by the same libsodium."""
import base64
import ctypes
import ctypes.util
import hashlib
import hmac

_sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
_sodium.sodium_init()
_STRING_LEN = 128


def argon2(password, passes=1, memory=8 * 1024 * 1024):
    """A userPassword value. The daemon's own parameters are passes=2, memory=19922944; the default here is quick."""
    out = ctypes.create_string_buffer(_STRING_LEN)
    text = password.encode()
    done = _sodium.crypto_pwhash_str(
        out, text, ctypes.c_ulonglong(len(text)), ctypes.c_ulonglong(passes), ctypes.c_size_t(memory)
    )
    if done != 0:
        raise MemoryError("crypto_pwhash_str")
    return "{ARGON2}" + out.value.decode()


def verifies(user_password, password):
    """Does libsodium accept the password for this userPassword value?"""
    stored = user_password.removeprefix("{ARGON2}").encode()
    text = password.encode()
    return _sodium.crypto_pwhash_str_verify(stored, text, ctypes.c_ulonglong(len(text))) == 0


def scram(password, salt=b"saltsaltsaltsalt", rounds=4096):
    """An authPassword value as RFC 5803 has it, for SCRAM-SHA-256."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    text = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${rounds}:{text[0]}${text[1]}:{text[2]}"
