"""The fake in a process of its own, for measurements and for programs that are no test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_SERVER = Path(__file__).resolve().parent / "server.py"


class RemoteFake:
    """Runs server.py for the length of a `with` block. Arguments are those of its command line."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(_SERVER), "--control", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        ready = self._read()
        self.port: int = ready["port"]
        self.url: str = ready["url"]
        self.ghes_url: str = ready["ghes_url"]
        self.ca_file: str = ready["ca"]
        self.elsewhere: str = ready["elsewhere"]

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the fake GitHub has ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"the fake GitHub refuses: {answer['error']}")
        return answer

    def _order(self, name: str, **values: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"order": name, **values}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def fault(self, path: str, kind: str, **options: Any) -> None:
        """As `FakeGitHub.fault`, for kinds whose options are JSON."""
        self._order("fault", path=path, kind=kind, **options)

    def set_world(self, **values: Any) -> None:
        """latency, paging, rate_headers, installed_version."""
        self._order("world", **values)

    def seen(self) -> dict[str, Any]:
        """requests (without tokens), connections, max_in_flight, crashes."""
        return self._order("requests")

    def reset(self) -> None:
        self._order("reset")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> "RemoteFake":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
