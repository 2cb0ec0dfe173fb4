"""Answers that point elsewhere: the token stays where it belongs."""

from __future__ import annotations

from system.harness import ALWAYS, GhwardTestCase

LIST = "/repos/acme/shop/code-scanning/alerts"
VIEW = LIST + "/7"
ARGUMENTS = ("alerts", "view", "7", "-R", "acme/shop")


class Redirects(GhwardTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.fake.elsewhere.recorder.clear()

    def refused(self, to: str, status: int, says: str = "redirect") -> None:
        self.fake.reset()
        self.fake.fault(VIEW, "redirect", times=ALWAYS, to=to, status=status)
        self.assert_refused(*ARGUMENTS, code=1, kind="redirect", status=status, says=says)
        self.assertEqual(len(self.fake.requests), 2, "one request in each of the two runs")
        self.assertEqual(self.fake.elsewhere.recorder.connections, [])

    def test_to_another_server_with_a_good_certificate(self) -> None:
        for status in (301, 302, 303, 307, 308):
            with self.subTest(status):
                self.refused(self.fake.elsewhere.origin + VIEW, status)

    def test_to_the_same_server_by_another_name(self) -> None:
        self.refused(f"https://127.0.0.1:{self.fake.port}{VIEW}", 301)

    def test_to_plain_http(self) -> None:
        self.refused(f"http://localhost:{self.fake.port}{VIEW}", 301)

    def test_on_the_same_server(self) -> None:
        """The typed retry by repository id belongs to grants that pin one; nothing else is followed."""
        self.refused("/repositories/1296269/code-scanning/alerts/7", 301)

    def test_in_circles(self) -> None:
        self.refused(VIEW, 302)

    def test_to_places_that_are_none(self) -> None:
        for to in ("file:///etc/passwd", "gopher://localhost:70/", "https://user:pass@localhost/",
                   "//evil.example/", "https://[::1", "https:// /"):
            with self.subTest(to):
                self.refused(to if "://" in to else "x://" + to, 302)

    def test_without_a_location(self) -> None:
        self.fake.fault(VIEW, "status", times=ALWAYS, status=302)
        self.assert_refused(*ARGUMENTS, code=1, kind="redirect", status=302)

    def test_of_a_list(self) -> None:
        self.fake.fault(LIST, "redirect", times=ALWAYS, to=self.fake.elsewhere.origin + LIST)
        self.assert_refused("alerts", "list", "-R", "acme/shop", code=1, kind="redirect")
        self.assertEqual(self.fake.elsewhere.recorder.connections, [])


class Links(GhwardTestCase):
    alerts = 300
    arguments = ("alerts", "list", "-R", "acme/shop")

    def link(self, value: str | None, page: int = 1) -> None:
        self.fake.reset()
        self.fake.elsewhere.recorder.clear()
        self.fake.fault(LIST, "link", page=page, times=ALWAYS, value=value)

    def test_to_another_server(self) -> None:
        for origin in (self.fake.elsewhere.origin, "https://evil.example",
                       f"https://127.0.0.1:{self.fake.port}", f"http://localhost:{self.fake.port}",
                       f"https://localhost:{self.fake.port}@evil.example",
                       f"https://localhost:{self.fake.port}0"):
            with self.subTest(origin):
                self.link(f'<{origin}{LIST}?page=2>; rel="next", <{origin}{LIST}?page=3>; rel="last"')
                self.assert_refused(*self.arguments, code=1, kind="redirect",
                                    says="another server")
                self.assertEqual(self.fake.elsewhere.recorder.connections, [])
                self.assertEqual(len(self.fake.requests), 2)

    def test_only_on_the_last_of_three_pages(self) -> None:
        origin = self.fake.elsewhere.origin
        self.link(f'<{origin}{LIST}?page=4>; rel="next"', page=3)
        self.assert_refused(*self.arguments, code=1, kind="redirect")
        self.assertEqual(self.fake.elsewhere.recorder.connections, [])

    def test_that_is_missing_ends_the_list(self) -> None:
        """Without a Link a page is the last one; GitHub says so, and nothing else can be known."""
        self.link(None)
        self.assertEqual(len(self.run_ok(*self.arguments).rows), 100)

    def test_that_cannot_be_read(self) -> None:
        for value in ("<", "<>; rel=next", f"<{self.fake.url}{LIST}?page=2", "a" * 20000,
                      f'<{self.fake.url}{LIST}?page=2>; rel="next',
                      f'<{self.fake.url}{LIST}?page=99999999999999999999>; rel="next"'):
            with self.subTest(value[:60]):
                self.link(value)
                result = self.ghward.run(*self.arguments, "--json")
                self.assertEqual(result.code, 1, result)
                self.assert_not_whole(result)

    def test_to_the_same_page_for_ever_comes_to_an_end(self) -> None:
        """A server that always names a next page must not keep us for ever."""
        self.fake.fault(LIST, "edit", times=ALWAYS, change=lambda alerts: [])
        self.fake.fault(LIST, "link", times=ALWAYS,
                        value=f'<{self.fake.url}{LIST}?page=1&per_page=100>; rel="next"')
        self.ghward.inspects = False
        result = self.ghward.run(*self.arguments, "--json", timeout=60)
        self.assertNotEqual(result.code, 0, result)
        self.assert_not_whole(result)
