"""RSA keys of Apps, made by the openssl command; checking a signature needs nothing but arithmetic."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import subprocess
import tempfile
from dataclasses import dataclass
from typing import Any

# RFC 8017, section 9.2, note 1: what stands before a SHA-256 hash.
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")

# RFC 8017, appendix A.1.2: the integers of an RSAPrivateKey, in order.
_NAMES = ("version", "modulus", "exponent", "private", "prime1", "prime2", "exponent1",
          "exponent2", "coefficient")
_PUBLIC = ("version", "modulus", "exponent")


def openssl(*arguments: str, data: bytes = b"") -> bytes:
    return subprocess.run(
        ["openssl", *arguments], input=data, capture_output=True, check=True
    ).stdout


def _integers(der: bytes) -> list[int]:
    """Those of a DER sequence that consists of nothing else."""
    def take(at: int) -> tuple[int, int]:
        """Beginning and end of the content that follows a tag."""
        first = der[at + 1]
        if first < 0x80:
            return at + 2, at + 2 + first
        size = first & 0x7F
        length = int.from_bytes(der[at + 2 : at + 2 + size], "big")
        return at + 2 + size, at + 2 + size + length

    found = []
    at, end = take(0)
    while at < end:
        start, at = take(at)
        found.append(int.from_bytes(der[start:at], "big"))
    return found


@dataclass(frozen=True)
class AppKey:
    """A private key as GitHub hands it out."""

    pem: str
    """PKCS#1, the form that GitHub generates."""
    pkcs8: str

    @classmethod
    def make(cls, bits: int = 2048) -> "AppKey":
        pkcs8 = openssl("genrsa", str(bits))
        return cls(openssl("rsa", "-traditional", data=pkcs8).decode(), pkcs8.decode())

    @property
    def der(self) -> bytes:
        return base64.b64decode("".join(self.pem.splitlines()[1:-1]))

    @functools.cached_property
    def numbers(self) -> dict[str, int]:
        return dict(zip(_NAMES, _integers(self.der), strict=True))

    @property
    def secrets(self) -> dict[str, int]:
        """The numbers that nobody else may know."""
        return {name: number for name, number in self.numbers.items() if name not in _PUBLIC}

    def verifies(self, data: bytes, signature: bytes) -> bool:
        """RSASSA-PKCS1-v1_5 with SHA-256."""
        modulus = self.numbers["modulus"]
        size = (modulus.bit_length() + 7) // 8
        if len(signature) != size:
            return False
        found = pow(int.from_bytes(signature, "big"), self.numbers["exponent"], modulus)
        end = _SHA256_PREFIX + hashlib.sha256(data).digest()
        padding = b"\xff" * (size - 3 - len(end))
        return found.to_bytes(size, "big") == b"\0\1" + padding + b"\0" + end

    def sign(self, data: bytes) -> bytes:
        """By openssl, so that the tests of `verifies` share no line with it."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.pem.encode())
            file.flush()
            return openssl("dgst", "-sha256", "-sign", file.name, data=data)


@functools.lru_cache(maxsize=8)
def shared_key(name: str = "first", bits: int = 2048) -> AppKey:
    """A key of this process; another name is another key."""
    return AppKey.make(bits)


# --- JSON Web Tokens ---


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def read_jwt(token: str) -> tuple[dict[str, Any], bytes, bytes]:
    """Claims, what was signed, and the signature; ValueError for what is no JWT by RS256."""
    head, claims, signature = token.split(".")
    header, body = json.loads(decode(head)), json.loads(decode(claims))
    if not isinstance(header, dict) or header.get("alg") != "RS256" or not isinstance(body, dict):
        raise ValueError("not RS256")
    return body, f"{head}.{claims}".encode(), decode(signature)


def make_jwt(key: AppKey, claims: dict[str, Any], algorithm: str = "RS256") -> str:
    header = {"alg": algorithm, "typ": "JWT"}
    signed = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{encode(key.sign(signed.encode()))}"
