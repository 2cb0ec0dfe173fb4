"""HTTP/2, as GitHub speaks it: many requests on one connection, also where the server allows few at a time."""

from __future__ import annotations

from fake.front import Front
from system.harness import Environment, GhwardTestCase, Result


class Http2(GhwardTestCase):
    alerts = 1500
    streams = 128

    def setUp(self) -> None:
        super().setUp()
        self.front = self.enterContext(Front(self.fake.url, self.fake.pki, self.streams))
        # The Link header names the server that the client knows.
        before = self.fake.world.origin
        self.fake.world.origin = self.front.url
        self.addCleanup(setattr, self.fake.world, "origin", before)
        self.env: Environment = {"GITHUB_API_URL": self.front.url}

    def list(self, **env: str) -> Result:
        return self.run_ok("alerts", "list", "-R", "acme/shop", env={**self.env, **env})

    def connections(self) -> set[str]:
        self.assertEqual({line.split()[0] for line in self.front.log}, {"HTTP/2.0"})
        return {line.split()[1] for line in self.front.log}

    def test_a_list_needs_one_connection(self) -> None:
        self.assertEqual([int(row[0]) for row in self.list().rows], list(range(1500, 0, -1)))
        self.assertEqual(len(self.connections()), 1)
        self.assertEqual(len(self.front.log), 17)

    def test_a_write_has_a_connection_of_its_own(self) -> None:
        self.fake.reset()
        self.run_ok("alerts", "reopen", "3", "-R", "acme/shop", "--yes", env=self.env)
        self.assertEqual(len(self.connections()), 2)
        self.assertEqual([one.method for one in self.fake.requests], ["GET", "PATCH"])

    def test_failures_of_the_upstream_are_repeated(self) -> None:
        self.fake.fault("alerts", "status", times=4, skip=2, status=502)
        self.assertEqual(len(self.list(GITHUB_MAX_RETRIES="4").rows), 1500)


class FewStreams(Http2):
    """As many at a time as the server takes; the rest waits its turn instead of being refused."""

    streams = 2

    def test_a_list_needs_one_connection(self) -> None:
        for _ in range(5):
            self.assertEqual(len(self.list(GITHUB_MAX_RETRIES="0").rows), 1500)
        self.assertEqual(len(self.connections()), 5)
        self.assertEqual({line.split()[2] for line in self.front.log}, {"200"})


class OneStream(FewStreams):
    streams = 1
