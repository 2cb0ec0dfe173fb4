"""ghward-mint alone: one order, one answer from a pipe, one message, and the end."""

from __future__ import annotations

import json
import os
import re
import threading
import unittest
from typing import Any

from system import lockdown, processes
from system.alone import Alone, Words
from system.basics import Canary, random_secret
from system.harness import ROOT

_PROTOCOL = (ROOT / "src/lib/ipc/protocol.h").read_text()
_FAILURES = (ROOT / "src/lib/failure/failure.h").read_text()


def _enumeration(text: str, name: str, prefix: str) -> list[str]:
    match = re.search(rf"enum {name} {{(.*?)}};", text, re.DOTALL)
    assert match, name
    return re.findall(rf"\b{prefix}([A-Z_]+)\b", re.sub(r"/\*.*?\*/", "", match[1], flags=re.DOTALL))


KINDS = _enumeration(_PROTOCOL, "mint_kind", "MINT_")
FAILURES = _enumeration(_FAILURES, "failure_kind", "FAILURE_")


def failure_of(words: Words) -> tuple[str, str]:
    """Kind and message of a failure, which stands at the beginning."""
    kind, _ = FAILURES[words.take("B")], words.take("H")
    message, _, _ = words.string(), words.string(), words.string()
    return kind, message


def minted_of(words: Words) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": KINDS[words.take("B")]}
    for name in ("secret", "refresh", "error", "message", "name", "url", "permissions"):
        found[name] = words.string()
    for name, form in (("number", "Q"), ("expires", "Q"), ("refresh_expires", "Q"), ("interval", "I"),
                       ("suspended", "B")):
        found[name] = words.take(form)
    words.end()
    return found


class MintTestCase(unittest.TestCase):
    def setUp(self) -> None:
        if lockdown.is_wanted():
            self.skipTest("it has no parent here that could be locked down")

    def pipe(self) -> tuple[int, int]:
        reading, writing = os.pipe()
        self.addCleanup(self.close, reading, writing)
        return reading, writing

    def close(self, *descriptors: int) -> None:
        for fd in descriptors:
            try:
                os.close(fd)
            except OSError:
                continue

    def order(self, mint: Alone, kind: str, reading: int) -> None:
        mint.channel.say("MINT", bytes([KINDS.index(kind)]), descriptors=(reading,))

    def mint(self, kind: str, answer: bytes) -> tuple[str, str, dict[str, Any]]:
        """Failure, its message, and what was read; the process ends well in any case."""
        reading, writing = self.pipe()
        # More than the pipe holds is refused without a reader to the end.
        writer = threading.Thread(target=self._write, args=(writing, answer))
        with Alone("mint") as mint:
            self.order(mint, kind, reading)
            self.close(reading)
            writer.start()
            words = mint.channel.expect("MINTED")
            failure, message = failure_of(words)
            minted = minted_of(words)
            self.assertIsNone(mint.channel.hear())
            self.assertEqual(mint.wait(), 0)
            self.assertEqual(mint.log(), "")
        writer.join()
        self.assertEqual(minted["kind"], kind)
        return failure, message, minted

    def _write(self, writing: int, answer: bytes) -> None:
        try:
            while answer:
                answer = answer[os.write(writing, answer) :]
        except BrokenPipeError:
            pass
        os.close(writing)


class Answers(MintTestCase):
    def test_an_installation_token(self) -> None:
        token = "ghs_123456_" + ".".join(random_secret(170) for _ in range(3))
        failure, _, minted = self.mint("INSTALLATION_TOKEN", json.dumps({
            "token": token, "expires_at": "2026-11-21T10:00:00Z", "permissions": {"security_events": "write"},
            "repository_selection": "selected"}).encode())
        self.assertEqual(failure, "NONE")
        self.assertEqual((minted["secret"], minted["expires"]), (token, 1795255200))
        self.assertEqual(minted["permissions"], "security_events:write")

    def test_an_answer_that_comes_in_pieces(self) -> None:
        reading, writing = self.pipe()
        answer = b'{"error":"authorization_pending","error_description":"wait","interval":7}'
        with Alone("mint") as mint:
            self.order(mint, "USER_TOKEN", reading)
            for at in range(len(answer)):
                os.write(writing, answer[at : at + 1])
            os.close(writing)
            words = mint.channel.expect("MINTED")
            self.assertEqual(failure_of(words)[0], "NONE")
            minted = minted_of(words)
            self.assertEqual((minted["error"], minted["interval"]), ("authorization_pending", 7))
            self.assertEqual(mint.wait(), 0)

    def test_what_is_no_answer(self) -> None:
        token = "gho_" + random_secret()
        for answer, says in (
            (b"", "is empty"),
            (b"<html>", "is not JSON"),
            (f"access_token={token}&token_type=bearer".encode(), "is not JSON"),
            (json.dumps({"access_token": token, "token_type": "mac"}).encode(), "token_type"),
            (b'{"a":"' + b"x" * 70000 + b'"}', "is larger than 65536 bytes"),
        ):
            with self.subTest(says):
                failure, message, minted = self.mint("USER_TOKEN", answer)
                self.assertEqual(failure, "MALFORMED")
                self.assertIn(says, message)
                self.assertEqual(minted["secret"], "")
                self.assertFalse(Canary(token).is_in(message.encode()))

    def test_a_full_pipe_is_read_to_its_last_byte(self) -> None:
        answer = b'{"id":1,"permissions":{},"x":"' + b"y" * (65536 - 32) + b'"}'
        self.assertEqual(len(answer), 65536)
        failure, message, minted = self.mint("APP", answer)
        self.assertEqual((failure, minted["number"]), ("NONE", 1), message)


class Confined(MintTestCase):
    def test_a_broker_that_goes_away_is_no_error(self) -> None:
        with Alone("mint") as mint:
            mint.channel.end.close()
            self.assertEqual(mint.wait(), 0)

    def test_orders_that_none_may_give(self) -> None:
        reading, writing = self.pipe()
        kind = bytes([0])
        for payload, descriptors in (
            (bytes([len(KINDS)]), (reading,)),  # no such kind
            (b"", (reading,)),
            (kind + kind, (reading,)),
            (kind, ()),
            (kind, (reading, reading)),
            (kind, (writing,)),
        ):
            with self.subTest(payload=payload, descriptors=len(descriptors)), Alone("mint") as mint:
                mint.channel.say("MINT", payload, descriptors=descriptors)
                self.assertEqual(mint.wait(), 1)
                self.assertIn("the broker sent a malformed order", mint.log())

    def test_it_waits_inside_of_its_sandbox(self) -> None:
        reading, writing = self.pipe()
        with Alone("mint") as mint:
            self.order(mint, "APP", reading)
            os.close(reading)
            os.write(writing, b'{"id":1,')
            self.assertTrue(processes.wait_for(lambda: mint.process.state == "S"))
            status = mint.process.status()
            self.assertEqual((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"))
            pipe = max(mint.process.descriptors())
            self.assertEqual(set(mint.process.descriptors()), {0, 1, 2, 3, pipe})
            os.write(writing, b'"permissions":{}}')
            os.close(writing)
            self.assertEqual(failure_of(mint.channel.expect("MINTED"))[0], "NONE")

    def test_nothing_is_left_when_it_leaves(self) -> None:
        """Its memory is looked at in the last moment that it has any."""
        access, refresh = ("gho_" + random_secret(), "ghr_" + random_secret(76))
        canaries = [Canary(access), Canary(refresh)]
        reading, writing = self.pipe()
        with Alone("mint") as mint:
            if not mint.process.stop_at_exit():
                self.skipTest("only root may look into another process's memory")
            self.order(mint, "USER_TOKEN", reading)
            # What is not whole yet is still there: so the test could fail.
            answer = json.dumps({"token_type": "bearer", "access_token": access, "refresh_token": refresh})
            os.write(writing, answer.encode()[:-1])
            self.assertTrue(processes.wait_for(
                lambda: all(mint.process.holds(canary.needles) for canary in canaries)))
            os.write(writing, b"}")
            os.close(writing)
            words = mint.channel.expect("MINTED")
            self.assertEqual(failure_of(words)[0], "NONE")
            self.assertEqual(minted_of(words)["refresh"], refresh)
            mint.process.wait_for_stop()
            try:
                self.assertEqual([mint.process.holds(canary.needles) for canary in canaries], [False, False])
            finally:
                mint.process.go_on()


if __name__ == "__main__":
    unittest.main()
