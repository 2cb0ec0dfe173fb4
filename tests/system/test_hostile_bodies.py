"""Answers that are not what GitHub promises: never believed, never half shown."""

from __future__ import annotations

from typing import Any

from system.harness import ALWAYS, GhwardTestCase

LIST = "/repos/acme/shop/code-scanning/alerts"
ARGUMENTS = ("alerts", "list", "-R", "acme/shop")


class HostileTestCase(GhwardTestCase):
    def refuse(self, kind: str, expected: str = "malformed", says: str = ".", **options: Any) -> None:
        self.fake.reset()
        self.fake.fault(LIST, kind, times=ALWAYS, **options)
        self.assert_refused(*ARGUMENTS, code=1, kind=expected, says=says)


class Json(HostileTestCase):
    def test_not_json(self) -> None:
        for kind in ("malformed", "trailing", "raw_control", "leading_zero", "empty", "bom"):
            with self.subTest(kind):
                self.refuse(kind)

    def test_duplicate_keys(self) -> None:
        self.refuse("duplicate_keys", says="twice|duplicate")

    def test_not_utf8(self) -> None:
        for kind in ("not_utf8", "lone_surrogate"):
            with self.subTest(kind):
                self.refuse(kind)

    def test_deeply_nested(self) -> None:
        for kind in ("nested", "nested_objects"):
            with self.subTest(kind):
                self.refuse(kind, says="deep|nest")

    def test_numbers_out_of_range(self) -> None:
        self.refuse("huge_number")

    def test_an_object_where_a_list_should_be(self) -> None:
        self.refuse("object", says="list")
        self.refuse("scalar")

    def test_a_list_of_something_else(self) -> None:
        for kind in ("not_alerts", "no_number", "wrong_types"):
            with self.subTest(kind):
                self.refuse(kind)

    def test_html_with_status_200(self) -> None:
        self.refuse("html", says="HTML")

    def test_a_nul_in_a_string_cannot_cut_it(self) -> None:
        """Either refused or visible, but never "op" for "op\\0en"."""
        self.fake.fault(LIST, "nul_escape", times=ALWAYS)
        result = self.ghward.run(*ARGUMENTS)
        if result.code == 0:
            self.assertIn("en", result.rows[0][1])
            self.assertNotEqual(result.rows[0][1], "open")
        else:
            self.assertEqual(result.code, 1, result)


class Size(HostileTestCase):
    def test_gzip_bomb(self) -> None:
        self.refuse("gzip_bomb", says="32 MiB")

    def test_more_than_the_cap(self) -> None:
        self.refuse("oversized", says="32 MiB|large|big")

    def test_without_an_end(self) -> None:
        self.fake.fault(LIST, "endless", times=ALWAYS)
        self.assert_refused(*ARGUMENTS, code=1, env={"GITHUB_MAX_RETRIES": "0"})

    def test_compressed_without_an_end(self) -> None:
        self.fake.fault(LIST, "endless_gzip", times=ALWAYS)
        self.assert_refused(*ARGUMENTS, code=1,
                            env={"GITHUB_MAX_RETRIES": "0", "GHWARD_TIMEOUT": "1.5"})

    def test_just_below_the_cap_is_fine(self) -> None:
        self.fake.fault(LIST, "oversized", mebibytes=31)
        self.assertEqual(self.run_ok(*ARGUMENTS, "--json").json, [])
        self.fake.fault(LIST, "gzip_bomb", mebibytes=31)
        self.assertEqual(self.run_ok(*ARGUMENTS, "--json").json, [])


class Compression(HostileTestCase):
    def test_damaged(self) -> None:
        for kind in ("bad_gzip", "not_gzip"):
            with self.subTest(kind):
                self.refuse(kind)

    def test_one_that_was_not_asked_for(self) -> None:
        self.fake.fault(LIST, "unknown_encoding", times=ALWAYS)
        self.assert_refused(*ARGUMENTS, code=1)


class Framing(HostileTestCase):
    def refuse_any(self, kind: str, **options: Any) -> None:
        """Refused, whatever it is called: libraries differ in what they see first."""
        self.fake.reset()
        self.fake.fault(LIST, kind, times=ALWAYS, **options)
        self.assert_refused(*ARGUMENTS, code=1)

    def test_header_bombs(self) -> None:
        for kind in ("header_bomb", "long_header"):
            with self.subTest(kind):
                self.refuse_any(kind)

    def test_contradicting_lengths(self) -> None:
        self.refuse_any("duplicate_length")

    def test_chunks_that_are_none(self) -> None:
        self.refuse_any("bad_chunk")

    def test_no_http(self) -> None:
        self.refuse_any("garbage")

    def test_length_beside_chunks_is_not_believed(self) -> None:
        """RFC 9112 lets the chunks win; what is out of the question is a cut list."""
        self.fake.fault(LIST, "length_and_chunks", times=ALWAYS)
        result = self.ghward.run(*ARGUMENTS, "--json")
        if result.code == 0:
            self.assertEqual(len(result.json), 25)
        else:
            self.assert_not_whole(result)


class Headers(HostileTestCase):
    def test_hostile_request_id_is_made_harmless(self) -> None:
        hostile = "evil\x1b[2J\x9b31m" + "A" * 5000
        self.fake.fault(LIST, "status", times=ALWAYS, status=404,
                        headers={"X-GitHub-Request-Id": hostile})
        result = self.ghward.run(*ARGUMENTS)
        self.assertIn(result.code, (1, 5), result)
        self.assertNotIn("\x1b", result.err)
        self.assertNotIn("\x9b", result.err)
        self.assertLess(len(result.err), 2000)

    def test_content_type_is_not_what_decides(self) -> None:
        for value in ("text/plain", "application/vnd.github+json", None):
            with self.subTest(value):
                self.fake.fault(LIST, "header", name="Content-Type", value=value)
                self.assertEqual(len(self.run_ok(*ARGUMENTS).rows), 25)
