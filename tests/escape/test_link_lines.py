"""The link line is policy: which library is in which process, by NEEDED entries and by statically linked symbols."""

import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HELPERS = ROOT / "build" / "libexec" / "ghward"

# Every process may link libc and libcap-ng.
COMMON = {"libc.so.6", "libcap-ng.so.0"}

# Design, section 1: what each process links besides.
TABLE = {
    "ghward": {"shared": set(), "static": set()},
    "ghward-agent": {"shared": set(), "static": set()},
    "ghward-config": {"shared": {"libcjson.so.1"}, "static": set()},
    "ghward-broker": {"shared": {"libargon2.so.1"}, "static": {"mbedcrypto", "sha256"}},
    "ghward-audit": {"shared": set(), "static": {"mbedcrypto", "sha256"}},
    "ghward-net": {"shared": {"libnghttp2.so.14"}, "static": {"mbedcrypto", "sha256", "mbedtls", "curl"}},
    "ghward-dial": {"shared": set(), "static": set()},
    "ghward-worker": {"shared": {"libcjson.so.1", "libz.so.1"}, "static": {"sha256"}},
    "ghward-jq": {"shared": {"libjq.so.1"}, "static": set()},
    "ghward-mint": {"shared": {"libcjson.so.1"}, "static": set()},
    "ghward-store": {"shared": {"libsqlite3.so.0"}, "static": set()},
    "ghward-tree": {"shared": set(), "static": set()},
    "ghward-git": {"shared": set(), "static": {"sha256"}},
    "ghward-tree": {"shared": set(), "static": set()},
    "ghward-verify": {"shared": set(), "static": {"mbedcrypto", "sha256"}},
}

# Symbols that give a statically linked library away.
MARKS = {
    "mbedcrypto": re.compile(r"^(psa_|mbedtls_(sha1|sha512|aes|md_|ecp|rsa|entropy))"),
    # Of mbedcrypto this one algorithm, which no key goes into.
    "sha256": re.compile(r"^mbedtls_sha256_"),
    "mbedtls": re.compile(r"^mbedtls_(ssl|x509)_"),
    "curl": re.compile(r"^(curl_|Curl_)"),
    "nghttp2": re.compile(r"^nghttp2_"),
    "cjson": re.compile(r"^cJSON_"),
    "zlib": re.compile(r"^(inflate|deflate)(Init2_|End)?$"),
    "seccomp": re.compile(r"^seccomp_"),
}


def executable(name: str) -> Path:
    return ROOT / "build" / "bin" / name if name == "ghward" else HELPERS / name


def output(*command: object) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def needed(path: Path) -> set[str]:
    return set(re.findall(r"\(NEEDED\)\s+Shared library: \[(.+?)\]", output("readelf", "-d", path)))


def defined_symbols(path: Path) -> set[str]:
    lines = output("nm", "--defined-only", path).splitlines()
    return {line.split()[-1] for line in lines if len(line.split()) == 3}


class LinkLines(unittest.TestCase):
    def test_the_table_names_every_executable(self) -> None:
        built = {path.name for path in HELPERS.iterdir() if path.name.startswith("ghward-")} | {"ghward"}
        self.assertEqual(built, set(TABLE))

    def test_shared_libraries(self) -> None:
        for name, allowed in TABLE.items():
            with self.subTest(name):
                surplus = needed(executable(name)) - COMMON - allowed["shared"]
                self.assertEqual(surplus, set())

    def test_static_libraries(self) -> None:
        for name, allowed in TABLE.items():
            symbols = defined_symbols(executable(name))
            self.assertIn("main", symbols, "stripped: this test would see nothing")
            for library, mark in MARKS.items():
                found = sorted(symbol for symbol in symbols if mark.match(symbol))
                with self.subTest(process=name, library=library):
                    self.assertEqual(bool(found), library in allowed["static"], found[:5])

    def test_what_libjq_finds_instead_of_libc(self) -> None:
        """src/jq/libc.c counts only if the dynamic linker can see it, and only where libjq asks for it."""
        lines = output("nm", "--dynamic", "--defined-only", executable("ghward-jq")).splitlines()
        instead = {line.split()[-1] for line in lines if line.split()[-2] == "T"}
        self.assertLessEqual({"abort", "__assert_fail", "realpath", "getpwuid", "getuid"}, instead)

    def test_hardening(self) -> None:
        for name in TABLE:
            path = executable(name)
            headers = output("readelf", "-hldW", path)
            with self.subTest(name):
                self.assertIn("DYN (Position-Independent Executable file)", headers)
                self.assertRegex(headers, r"FLAGS\s+BIND_NOW|Flags:.*NOW")
                self.assertIn("GNU_RELRO", headers)
                self.assertRegex(headers, r"GNU_STACK\s+\S+ \S+ \S+ \S+ \S+ RW\s")
                self.assertNotRegex(headers, r"LOAD\s.*RWE")


if __name__ == "__main__":
    unittest.main()
