"""docs/vault.md: a reader written from that page alone opens a vault that ghward wrote."""

from __future__ import annotations

import hmac
import struct
import unittest
from dataclasses import dataclass
from functools import cache

from surface import ROOT

KNOWN = ROOT / "tests/unit/vault/known"
KEY = b"0123456789abcdefghijklmnopqrstuv"
MAGIC = b"ghward vault 1\n\0"
SEAL_MAGIC = b"ghward seal 1\n\0\0"


class NotAuthentic(Exception):
    """A tag that does not fit."""


# --- AES-256-GCM (FIPS 197, SP 800-38D), as Python's library has none ---

def times_x(byte: int) -> int:
    return (byte << 1 ^ (0x11b if byte & 0x80 else 0)) & 0xff


def multiply(a: int, b: int) -> int:
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a, b = times_x(a), b >> 1
    return product


@cache
def s_box() -> bytes:
    box = bytearray(256)
    for value in range(256):
        inverse = next((other for other in range(256) if multiply(value, other) == 1), 0)
        rotated = inverse | inverse << 8
        box[value] = (inverse ^ rotated >> 7 ^ rotated >> 6 ^ rotated >> 5 ^ rotated >> 4 ^ 0x63) & 0xff
    return bytes(box)


@cache
def round_keys(key: bytes) -> list[bytes]:
    words = [key[at:at + 4] for at in range(0, 32, 4)]
    constant = 1
    for index in range(8, 60):
        word = words[-1]
        if index % 8 == 0:
            word = bytes(s_box()[byte] for byte in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = times_x(constant)
        elif index % 8 == 4:
            word = bytes(s_box()[byte] for byte in word)
        words.append(bytes(a ^ b for a, b in zip(word, words[-8])))
    return [b"".join(words[at:at + 4]) for at in range(0, 60, 4)]


def mix(column: bytes) -> bytes:
    return bytes(times_x(column[i]) ^ times_x(column[(i + 1) % 4]) ^ column[(i + 1) % 4] ^ column[(i + 2) % 4]
                 ^ column[(i + 3) % 4] for i in range(4))


def aes(key: bytes, block: bytes) -> bytes:
    keys = round_keys(key)
    state = bytes(a ^ b for a, b in zip(block, keys[0]))
    for number, round_key in enumerate(keys[1:], 1):
        state = bytes(s_box()[state[(i + i % 4 * 4) % 16]] for i in range(16))
        if number < 14:
            state = b"".join(mix(state[at:at + 4]) for at in range(0, 16, 4))
        state = bytes(a ^ b for a, b in zip(state, round_key))
    return state


def ghash(subkey: bytes, data: bytes) -> bytes:
    factor, value = int.from_bytes(subkey, "big"), 0
    for at in range(0, len(data), 16):
        value ^= int.from_bytes(data[at:at + 16], "big")
        product, shifted = 0, factor
        for bit in range(127, -1, -1):
            product ^= shifted if value >> bit & 1 else 0
            shifted = shifted >> 1 ^ (0xe1 << 120 if shifted & 1 else 0)
        value = product
    return value.to_bytes(16, "big")


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def gcm_open(key: bytes, nonce: bytes, additional: bytes, sealed: bytes) -> bytes:
    text, tag = sealed[:-16], sealed[-16:]
    lengths = struct.pack(">QQ", len(additional) * 8, len(text) * 8)
    digest = ghash(aes(key, bytes(16)), padded(additional) + padded(text) + lengths)
    mask = aes(key, nonce + struct.pack(">I", 1))
    if bytes(a ^ b for a, b in zip(digest, mask)) != tag:
        raise NotAuthentic
    stream = b"".join(aes(key, nonce + struct.pack(">I", count + 2)) for count in range(-(-len(text) // 16)))
    return bytes(a ^ b for a, b in zip(text, stream))


# --- the page ---

class Fields:
    """Reads one field after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise ValueError("it ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def text(self) -> str:
        return self.take(self.number(2)).decode()

    def end(self) -> None:
        if self.at != len(self.data):
            raise ValueError("something follows")


def hkdf(key: bytes, vault_id: bytes, purpose: str, number: int) -> bytes:
    secret = hmac.digest(vault_id, key, "sha256")
    return hmac.digest(secret, purpose.encode() + b"\0" + struct.pack("<I", number) + b"\1", "sha256")


def unwrap(key: bytes, additional: bytes, wrapped: bytes) -> bytes:
    return gcm_open(key, wrapped[:12], additional, wrapped[12:])


@dataclass
class Entry:
    uid: int
    version: int
    term: int
    provider: str
    name: str
    origin: str
    kind: int
    times: tuple[int, int, int, int]
    owner: str
    account: str
    scopes: str
    fingerprint: str
    secret: bytes


class Vault:
    """Opens a vault with a key."""

    def __init__(self, data: bytes, key: bytes) -> None:
        fields = Fields(data)
        self.magic, self.id, self.generation = fields.take(16), fields.take(16), fields.number(8)
        counts = fields.number(2), fields.number(2), fields.number(4)
        self.stanzas, self.terms, entries = ([fields.take(fields.number(4)) for _ in range(count)] for count in counts)
        signed, mac = data[:fields.at], fields.take(32)
        fields.end()
        self.labels: list[str] = []
        self.kek = b""
        for stanza in self.stanzas:
            self.open_stanza(stanza, key)
        if hmac.digest(hkdf(self.kek, self.id, "mac", 0), signed, "sha256") != mac:
            raise NotAuthentic
        self.roots = dict(self.open_term(term) for term in self.terms)
        self.entries = [self.open_entry(entry) for entry in entries]

    def open_stanza(self, stanza: bytes, key: bytes) -> None:
        fields = Fields(stanza)
        kind, label = fields.number(1), fields.text()
        fields.take(16 + 4 + 4)
        head, wrapped = stanza[:fields.at], fields.take(60)
        fields.end()
        self.labels.append(label)
        if kind == 1:
            self.kek = unwrap(hkdf(key, self.id, "stanza", kind), self.magic + self.id + head, wrapped)

    def open_term(self, term: bytes) -> tuple[int, bytes]:
        fields = Fields(term)
        number, _ = fields.number(4), fields.number(8)
        head, wrapped = term[:fields.at], fields.take(60)
        fields.end()
        return number, unwrap(hkdf(self.kek, self.id, "keyring", 0), self.magic + self.id + head, wrapped)

    def open_entry(self, entry: bytes) -> Entry:
        fields = Fields(entry)
        uid, _, version, term = fields.number(4), fields.take(16), fields.number(4), fields.number(4)
        public = fields.text(), fields.text(), fields.text()
        a = self.magic + self.id + entry[:fields.at]
        root = self.roots[term]
        data_key = unwrap(hkdf(root, self.id, "user", uid), a + b"k", fields.take(60))
        texts = []
        for letter in b"d", b"s":
            nonce = fields.take(12)
            texts.append(gcm_open(data_key, nonce, a + letter, fields.take(fields.number(2))))
        fields.end()
        said = Fields(texts[0])
        kind = said.number(1)
        times = said.number(8), said.number(8), said.number(8), said.number(8)
        owner, account, scopes, fingerprint = said.text(), said.text(), said.text(), said.text()
        said.end()
        keyed = hmac.digest(hkdf(root, self.id, "fingerprint", uid), texts[1], "sha256")[:8].hex()
        if fingerprint != keyed:
            raise NotAuthentic
        return Entry(uid, version, term, *public, kind, times, owner, account, scopes, fingerprint, texts[1])

    def check_seal(self, seal: bytes) -> int:
        fields = Fields(seal)
        if fields.take(16) != SEAL_MAGIC or fields.take(16) != self.id:
            raise ValueError("not this vault's seal")
        generation = fields.number(8)
        if hmac.digest(hkdf(self.kek, self.id, "seal", 0), seal[:40], "sha256") != fields.take(32):
            raise NotAuthentic
        fields.end()
        return generation


class Format(unittest.TestCase):
    def setUp(self) -> None:
        self.data = (KNOWN / "vault").read_bytes()

    def test_the_known_vault(self) -> None:
        vault = Vault(self.data, KEY)
        self.assertEqual(vault.magic, MAGIC)
        self.assertEqual(vault.generation, 2)
        self.assertEqual(vault.labels, ["key file", "passphrase"])
        self.assertEqual(sorted(vault.roots), [1, 2])
        self.assertEqual([(entry.uid, entry.name, entry.version, entry.term) for entry in vault.entries],
                         [(1000, "login", 2, 2), (1000, "work", 1, 1), (1001, "work", 2, 2)])
        login, work, other = vault.entries
        self.assertEqual(login.secret, b"ghu_TokenOfALogin\0ghr_ItsRefreshToken")
        self.assertEqual((login.kind, login.account), (4, "Iv23liExample"))
        self.assertEqual(login.times, (1790000000, 1790028800, 1805000000, 0))
        self.assertEqual(work.secret, b"ghp_ATokenOfNoValueWhatsoever")
        self.assertEqual((work.provider, work.origin), ("github", "https://api.github.com"))
        self.assertEqual((work.owner, work.scopes), ("acme", "repo,security_events"))
        self.assertEqual(other.secret, b"github_pat_AnotherUsers")
        self.assertEqual(other.times, (1790000000, 0, 0, 1790000200))

    def test_its_seal(self) -> None:
        self.assertEqual(Vault(self.data, KEY).check_seal((KNOWN / "vault.seal").read_bytes()), 2)

    def test_the_reader_believes_nothing_else(self) -> None:
        with self.assertRaises(NotAuthentic):
            Vault(self.data, KEY[:-1] + b"w")
        changed = bytearray(self.data)
        changed[40 - 8] ^= 1  # the generation
        with self.assertRaises(NotAuthentic):
            Vault(bytes(changed), KEY)

    def test_the_cipher_is_the_standards(self) -> None:
        """Test case 16 of GCM's specification, without which the above would say little."""
        key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
        plain = bytes.fromhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24"
                              "49a6b525b16aedf5aa0de657ba637b39")
        sealed = bytes.fromhex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3d"
                               "a7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b")
        additional = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        self.assertEqual(gcm_open(key, bytes.fromhex("cafebabefacedbaddecaf888"), additional, sealed), plain)


if __name__ == "__main__":
    unittest.main()
