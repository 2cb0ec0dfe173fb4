"""`ghward doctor`: what it says is what the kernel says."""

from __future__ import annotations

import os
from typing import Any

from system.harness import GhwardTestCase
from system.terminal import run_on_terminal

NO_TOKEN: dict[str, str | None] = {"GH_ENTERPRISE_TOKEN": None}
ROLES = {"cli", "agent", "config", "broker", "audit", "net", "dial", "worker", "verify",
         "jq", "mint", "store", "tree", "git"}
SOURCES = {"kernel", "declared", "probed"}


def kernel_cells(process: dict[str, Any]) -> dict[str, str]:
    """Name to value of what was read from the kernel."""
    return {one["name"]: one["value"] for one in process["cells"] if one["source"] == "kernel"}


class Doctor(GhwardTestCase):
    def check(self, report: dict[str, Any]) -> None:
        self.assertEqual(list(report), ["kernel", "landlock_abi", "processes", "health", "ok"])
        self.assertIs(report["ok"], True, report)
        self.assertEqual(report["kernel"]["release"], os.uname().release)
        self.assertEqual({one["role"] for one in report["processes"]}, ROLES)
        self.assertEqual(len(report["processes"]), len(ROLES))
        for process in report["processes"]:
            self.assertEqual(list(process), ["role", "pid", "cells"])
            for cell in process["cells"]:
                self.assertEqual(list(cell), ["name", "value", "source", "ok"])
                self.assertIn(cell["source"], SOURCES)
                self.assertIs(cell["ok"], True, (process["role"], cell))
            names = [cell["name"] for cell in process["cells"]]
            self.assertEqual(len(names), len(set(names)))
            kernel = kernel_cells(process)
            self.assertEqual(kernel["seccomp"], "filter")
            self.assertEqual(kernel["caps"], "none")
            self.assertEqual(kernel["no_new_privs"], "1")
            self.assertGreaterEqual(int(kernel["filters"]),
                                    1 if process["role"] in ("cli", "agent") else 2)
            self.assertEqual({cell["source"] for cell in process["cells"]}, SOURCES)

    def test_private(self) -> None:
        self.check(self.run_ok("doctor", "--json").json)
        self.assert_untouched()

    def test_needs_no_token(self) -> None:
        self.check(self.run_ok("doctor", "--json", env=NO_TOKEN).json)

    def test_of_a_daemon_names_its_processes(self) -> None:
        with self.daemon() as daemon:
            self.run_ok("alerts", "view", "7", "-R", "acme/shop", env=NO_TOKEN)
            report = self.run_ok("doctor", "--json", env=NO_TOKEN).json
            self.check(report)
            pids = {one["role"]: one["pid"] for one in report["processes"]}
            self.assertEqual(pids["agent"], daemon.pid)
            for role in ("broker", "audit"):
                self.assertEqual(pids[role], self.ghward.find(role).pid)

    def test_numbers_are_those_of_the_kernel(self) -> None:
        with self.daemon():
            report = self.run_ok("doctor", "--json", env=NO_TOKEN).json
            for role in ("agent", "broker", "audit"):
                status = self.ghward.find(role).status()
                (process,) = [one for one in report["processes"] if one["role"] == role]
                kernel = kernel_cells(process)
                self.assertEqual(kernel["filters"], status["Seccomp_filters"])
                self.assertEqual(kernel["threads"], status["Threads"])

    def test_several_at_once(self) -> None:
        for result in self.ghward.together(4, "doctor", "--json"):
            self.assertEqual(result.code, 0, result)
            self.check(result.json)

    def test_as_a_table(self) -> None:
        rows = self.run_ok("doctor").rows
        self.assertEqual({row[0] for row in rows}, ROLES)
        shown = run_on_terminal(self.ghward, "doctor", columns=140)
        self.assertEqual(shown.code, 0, shown)
        self.assertIn("SECCOMP", shown.out)
        self.assertIn(f"all {len(ROLES)} processes are confined", shown.out)

    def test_is_on_record(self) -> None:
        self.run_ok("doctor")
        events = [(one["event"], one["phase"], one["outcome"]) for one in self.ghward.records()]
        self.assertEqual(events, [("doctor.run", "intent", ""), ("doctor.run", "result", "done")])
