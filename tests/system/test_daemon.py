"""`ghward serve`: several clients at once, processes that are killed, and a clean end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time

from system import processes
from system.harness import ALWAYS, Daemon, GhwardTestCase, random_secret

ALERTS = "/repos/acme/shop/code-scanning/alerts"
LIST = ("alerts", "list", "-R", "acme/shop")
VIEW = ("alerts", "view", "7", "-R", "acme/shop")
SO_PASSRIGHTS = 83  # of Linux 6.16
NO_TOKEN: dict[str, str | None] = {"GH_ENTERPRISE_TOKEN": None}


class Serving(GhwardTestCase):
    def test_clients_need_no_token(self) -> None:
        with self.daemon():
            result = self.run_ok(*LIST, env=NO_TOKEN)
            self.assertEqual(len(result.rows), 25)
            self.assertEqual(self.fake.requests[-1].token, self.ghward.canary.token)

    def test_one_agent_serves_everything(self) -> None:
        with self.daemon() as daemon:
            for command in (LIST, VIEW, ("rate-limit",), ("alerts", "list", "--org", "acme")):
                self.run_ok(*command, env=NO_TOKEN)
            agents = [one for one in self.ghward.processes() if one.role == "agent"]
            self.assertEqual([one.pid for one in agents], [daemon.pid])
            self.assertEqual(len({request.connection for request in self.fake.requests}), 1)

    def test_several_clients_at_once(self) -> None:
        with self.daemon():
            self.fake.fault(ALERTS, "delay", times=ALWAYS, seconds=0.1)
            results = self.ghward.together(12, *LIST, env=NO_TOKEN)
            self.assertEqual([(one.code, len(one.rows)) for one in results], [(0, 25)] * 12)
            self.assertGreaterEqual(self.fake.recorder.max_in_flight, 8)
        records = self.ghward.records()
        self.assertEqual(len({one["job"] for one in records if one["event"] == "alerts.list"}), 12)

    def test_all_clients_together_keep_the_limit_of_the_credential(self) -> None:
        with self.daemon(env={"GHWARD_IN_FLIGHT": "3"}):
            self.fake.fault(ALERTS, "delay", times=ALWAYS, seconds=0.1)
            results = self.ghward.together(8, *VIEW, env=NO_TOKEN)
            self.assertEqual([one.code for one in results], [0] * 8)
            self.assertEqual(self.fake.recorder.max_in_flight, 3)

    def test_says_that_it_uses_its_own_credential(self) -> None:
        other = "ghp_" + random_secret()
        self.fake.world.tokens.add(other)
        with self.daemon():
            result = self.ghward.run(*VIEW, env={"GH_ENTERPRISE_TOKEN": other})
            self.assertEqual(result.code, 0, result)
            self.assertIn("own credential", result.err)
            self.assertEqual(self.fake.requests[-1].token, self.ghward.canary.token)
            result = self.ghward.run(*VIEW, "--private", env={"GH_ENTERPRISE_TOKEN": other})
            self.assertEqual((result.code, result.err), (0, ""), result)
            self.assertEqual(self.fake.requests[-1].token, other)

    def test_is_not_talked_into_another_origin(self) -> None:
        with self.daemon():
            self.fake.elsewhere.recorder.clear()
            self.assert_refused(*VIEW, code=3, kind="denied", says="credential is for",
                                env={**NO_TOKEN, "GITHUB_API_URL": self.fake.elsewhere.origin})
            self.assertEqual(self.fake.elsewhere.recorder.connections, [])
            self.assertEqual(self.fake.requests, [])

    def test_errors_are_those_of_a_private_agent(self) -> None:
        with self.daemon():
            self.assert_refused("alerts", "view", "999", "-R", "acme/shop", code=5,
                                kind="not_found", status=404, env=NO_TOKEN)
            self.fake.fault(ALERTS, "gzip_bomb", times=2)
            self.assert_refused(*LIST, code=1, kind="malformed", env=NO_TOKEN)
            self.run_ok(*LIST, env=NO_TOKEN)

    def test_without_a_token_says_so_to_each_client(self) -> None:
        with self.daemon(env=NO_TOKEN):
            self.assert_refused(*VIEW, code=4, kind="authentication", says="no token", env=NO_TOKEN)
            self.assert_untouched()

    def test_a_second_one_does_not_start(self) -> None:
        with self.daemon():
            result = self.ghward.run("serve")
            self.assertEqual(result.code, 1, result)
            self.assertIn("already running", result.err)
            self.run_ok(*VIEW, env=NO_TOKEN)

    def test_a_stale_socket_is_no_obstacle(self) -> None:
        runtime = self.ghward.scratch.run / "ghward"
        runtime.mkdir(mode=0o700)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stale:
            stale.bind(str(self.ghward.scratch.socket))
        self.ghward.scratch.settle()
        self.run_ok(*VIEW)
        running = self.ghward.start("serve")
        self.assertTrue(processes.wait_for(self.answers, 5))
        running.process.terminate()
        self.assertEqual(self.ghward.finish(running).code, 0)

    def answers(self) -> bool:
        return self.ghward.run(*VIEW, env=NO_TOKEN).code == 0

    def test_clients_that_talk_nonsense_are_dropped(self) -> None:
        with self.daemon():
            for data in (b"", b"x", b"\xff" * 65536, b"\0" * 16, os.urandom(4096)):
                with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
                    client.settimeout(5)
                    client.connect(str(self.ghward.scratch.socket))
                    client.send(data)
                    self.assertEqual(client.recv(65536), b"", f"an answer to {data[:8]!r}")
            self.run_ok(*VIEW, env=NO_TOKEN)

    def test_clients_that_say_nothing_do_no_harm(self) -> None:
        with self.daemon():
            with contextlib.ExitStack() as idle:
                for _ in range(40):
                    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                    idle.enter_context(client).connect(str(self.ghward.scratch.socket))
                self.run_ok(*VIEW, env=NO_TOKEN)
            self.run_ok(*VIEW, env=NO_TOKEN)

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(client.close)
        client.connect(str(self.ghward.scratch.socket))  # waits where there is no room
        return client

    def test_more_clients_than_there_is_room_for_wait(self) -> None:
        with self.daemon():
            with contextlib.ExitStack() as idle:
                for _ in range(300):  # 256 are let in, 64 may wait
                    idle.enter_context(self.connect())
                agent, broker = self.ghward.find("agent"), self.ghward.find("broker")
                self.assertTrue(processes.wait_for(lambda: len(broker.descriptors()) > 256))
                time.sleep(0.1)
                self.assertLess(len(broker.descriptors()), 300)
                self.assertLess(len(agent.descriptors()), 100)
            self.run_ok(*VIEW, env=NO_TOKEN)

    def test_a_flood_of_nonsense_is_on_record_and_does_no_harm(self) -> None:
        with self.daemon():
            # Who comes before it is ready, and goes, is never read.
            self.run_ok(*VIEW, env=NO_TOKEN)
            for _ in range(1500):
                with self.connect() as client:
                    client.send(b"nonsense")
            self.run_ok(*VIEW, env=NO_TOKEN)
        violations = [one for one in self.ghward.records() if one["event"] == "protocol.violation"]
        self.assertEqual(len(violations), 1500)

    def test_clients_cannot_pass_descriptors(self) -> None:
        with self.daemon(), self.connect() as client:
            probe = socket.socket(socket.AF_UNIX)
            with probe, contextlib.suppress(OSError):
                probe.getsockopt(socket.SOL_SOCKET, SO_PASSRIGHTS)
                with self.assertRaises(PermissionError):
                    socket.send_fds(client, [b"x"], [probe.fileno()])
            self.run_ok(*VIEW, env=NO_TOKEN)

    def test_a_client_that_leaves_ends_its_job(self) -> None:
        with self.daemon():
            held = self.fake.hold(ALERTS)
            running = self.ghward.start(*LIST, env=NO_TOKEN)
            held.wait()
            running.process.kill()
            self.ghward.finish(running)
            self.assertTrue(processes.wait_for(lambda: not self.roles("worker"), 2))
            held.release()
            self.run_ok(*LIST, env=NO_TOKEN)
        outcomes = [one["outcome"] for one in self.ghward.records() if one["phase"] == "result"]
        self.assertIn("interrupted", outcomes)

    def roles(self, role: str) -> list[processes.Process]:
        return [one for one in self.ghward.processes() if one.role == role and one.state != "Z"]

    def test_nobody_else_may_use_the_socket(self) -> None:
        with self.daemon():
            self.assertEqual(self.ghward.scratch.socket.stat().st_mode & 0o077, 0)
            self.assertEqual(self.ghward.scratch.socket.parent.stat().st_mode & 0o077, 0)


class Killed(GhwardTestCase):
    """A process killed from outside while it works: a clear error, and the daemon goes on."""

    alerts = 300

    def kill_while_working(self, role: str, kind: str = "internal") -> None:
        held = self.fake.hold(ALERTS, page=2)
        running = self.ghward.start(*LIST, "--json", env=NO_TOKEN)
        held.wait()
        self.ghward.find(role).kill()
        result = self.ghward.finish(running, timeout=10)
        held.release()
        self.assertEqual(result.code, 1, result)
        self.assertEqual(result.error["kind"], kind, result)
        self.assertTrue(result.error["message"] and result.error["hint"], result)
        self.assert_not_whole(result)
        self.assertLess(result.seconds, 5)
        self.assert_audited(result.error)

    def test_worker_net_and_dial_are_replaced(self) -> None:
        with self.daemon() as daemon:
            for role in ("worker", "net", "dial"):
                with self.subTest(role):
                    self.kill_while_working(role)
                    self.assertFalse(daemon.has_ended)
                    self.assertEqual(len(self.run_ok(*LIST, env=NO_TOKEN).rows), 300)

    def test_other_jobs_are_not_concerned(self) -> None:
        with self.daemon():
            held = self.fake.hold(ALERTS + "$", page=2)
            first = self.ghward.start(*LIST, env=NO_TOKEN)
            held.wait()
            (victim,) = [one for one in self.ghward.processes() if one.role == "worker"]
            other = self.fake.hold("/alerts/7")
            second = self.ghward.start(*VIEW, env=NO_TOKEN)
            other.wait()
            victim.kill()
            self.assertEqual(self.ghward.finish(first).code, 1)
            held.release()
            other.release()
            self.assertEqual(self.ghward.finish(second).code, 0)

    def test_what_is_idle_ends_and_comes_back(self) -> None:
        with self.daemon(env={"GHWARD_IDLE_TIMEOUT": "1"}):
            for _ in range(2):
                self.run_ok(*VIEW, env=NO_TOKEN)
                self.assertTrue(self.ghward.find("net"))
                self.assertTrue(processes.wait_for(
                    lambda: not any(one.role in ("net", "dial") and one.state != "Z"
                                    for one in self.ghward.processes()), 4))

    def test_an_idle_net_that_dies_is_no_news(self) -> None:
        with self.daemon():
            self.run_ok(*VIEW, env=NO_TOKEN)
            for role in ("net", "dial"):
                self.ghward.find(role).kill()
                processes.wait_for(lambda: not any(one.role == role and one.state != "Z"
                                                   for one in self.ghward.processes()))
                self.run_ok(*VIEW, env=NO_TOKEN)

    def everything_stops(self, role: str) -> None:
        daemon = Daemon(self.ghward)
        held = self.fake.hold(ALERTS, times=ALWAYS)
        running = self.ghward.start(*LIST, "--json", env=NO_TOKEN)
        held.wait()
        self.ghward.find(role).kill()
        result = self.ghward.finish(running, timeout=10)
        self.assertEqual(result.code, 1, result)
        self.assertTrue(result.error["message"], result)
        self.assert_not_whole(result)
        ended = daemon.wait()
        self.assertNotEqual(ended.code, 0, ended)
        self.assertFalse(self.ghward.scratch.socket.exists())
        held.release()

    def test_without_broker_everything_stops(self) -> None:
        self.everything_stops("broker")

    def test_without_audit_everything_stops(self) -> None:
        self.everything_stops("audit")

    def test_without_agent_everything_stops(self) -> None:
        """Killed outright it can clean up nothing, but no process may go on without it."""
        daemon = Daemon(self.ghward)
        held = self.fake.hold(ALERTS, times=ALWAYS)
        running = self.ghward.start(*LIST, "--json", env=NO_TOKEN)
        held.wait()
        os.kill(daemon.pid, signal.SIGKILL)
        result = self.ghward.finish(running, timeout=10)
        self.assertEqual(result.code, 1, result)
        self.assert_not_whole(result)
        daemon.wait()
        held.release()
        self.run_ok("audit", "verify")

    def test_of_a_private_agent(self) -> None:
        for role in ("worker", "net", "dial", "broker", "audit", "agent"):
            with self.subTest(role):
                self.fake.reset()
                held = self.fake.hold(ALERTS, times=ALWAYS)
                running = self.ghward.start(*LIST, "--json")
                held.wait()
                self.ghward.find(role).kill()
                result = self.ghward.finish(running, timeout=10)
                held.release()
                self.assertEqual(result.code, 1, result)
                self.assertTrue(result.error["message"], result)
                self.assert_not_whole(result)
                self.assertEqual(self.ghward.run("audit", "verify").code, 0)


class Ending(GhwardTestCase):
    def test_sigterm_and_sigint_are_clean_ends(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                daemon = Daemon(self.ghward)
                self.run_ok(*VIEW, env=NO_TOKEN)
                daemon.running.process.send_signal(number)
                sent = time.monotonic()
                result = daemon.wait()
                self.assertEqual(result.code, 0, result)
                self.assertLess(time.monotonic() - sent, 2)
                self.assertFalse(self.ghward.scratch.socket.exists())
                self.assertEqual(result.err, "")

    def test_during_work_the_client_hears_of_it(self) -> None:
        daemon = Daemon(self.ghward)
        held = self.fake.hold(ALERTS, times=ALWAYS)
        running = self.ghward.start(*LIST, "--json", env=NO_TOKEN)
        held.wait()
        self.assertEqual(daemon.stop().code, 0)
        result = self.ghward.finish(running, timeout=5)
        held.release()
        self.assertNotEqual(result.code, 0, result)
        self.assertTrue(result.error["message"], result)
        self.assert_not_whole(result)
        records = self.ghward.records()
        self.assertEqual([one["phase"] for one in records if one["event"] == "alerts.list"
                          and one["job"] == records[0]["job"]][-1], "result")

    def test_while_clients_keep_coming(self) -> None:
        daemon = Daemon(self.ghward)
        started = [self.ghward.start(*VIEW, "--json", env=NO_TOKEN) for _ in range(8)]
        time.sleep(0.02)
        self.assertEqual(daemon.stop().code, 0)
        for running in started:
            result = self.ghward.finish(running)
            if result.code != 0:
                self.assertTrue(result.error["message"], result)

    def test_right_after_the_start(self) -> None:
        for step in range(8):
            running = self.ghward.start("serve")
            time.sleep(0.002 * step)
            running.process.terminate()
            result = self.ghward.finish(running, timeout=5)
            self.assertIn(result.code, (0, -signal.SIGTERM), result)
