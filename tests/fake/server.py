#!/usr/bin/env python3
"""The fake GitHub as a program.

Prints one JSON line when it is ready: {"port", "url", "ghes_url", "ca", "elsewhere"}. With --control
it then takes one JSON order per line on standard input and answers each with one line; the end of
standard input ends it. Orders: {"order": "fault", "path", "kind", ...}, {"order": "requests"},
{"order": "reset"}, {"order": "world", "latency", "paging", "rate_headers"}.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

# Started by its path, Python puts this directory in front instead of the one above.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from fake.certificates import Pki  # noqa: E402
from fake.github import FakeGitHub  # noqa: E402
from fake.messages import Request  # noqa: E402

_WORLD_FIELDS = ("latency", "paging", "rate_headers", "installed_version")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A fake GitHub API over TLS on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free one")
    parser.add_argument("--state", type=Path, help="where certificates go (default: temporary)")
    parser.add_argument("--token", action="append", default=[], help="to accept; repeatable")
    parser.add_argument("--alerts", type=int, default=25, help="alerts of acme/shop")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--paging", choices=("pages", "no-last", "cursor"), default="pages")
    parser.add_argument("--no-rate-headers", action="store_true", help="as a GHES without limits")
    parser.add_argument("--control", action="store_true", help="orders on standard input")
    return parser.parse_args()


def _public(request: Request) -> dict[str, Any]:
    """A record without the token; what matters is whether it was the right one."""
    known = dataclasses.asdict(dataclasses.replace(request, caller=None))
    known["body"] = request.body.decode("utf-8", "replace")
    known["headers"].pop("authorization", None)
    del known["caller"]
    known["authorized"] = request.token is not None
    return known


def _obey(fake: FakeGitHub, order: dict[str, Any]) -> Any:
    match order.pop("order", None):
        case "fault":
            fake.fault(order.pop("path"), order.pop("kind"), **order)
            return {}
        case "requests":
            return {
                "requests": [_public(request) for request in fake.requests],
                "connections": len(fake.connections),
                "max_in_flight": fake.recorder.max_in_flight,
                "crashes": fake.crashes,
            }
        case "reset":
            fake.reset()
            return {}
        case "world":
            for name, value in order.items():
                if name not in _WORLD_FIELDS:
                    raise ValueError(f"no such field: {name}")
                setattr(fake.world, name, value)
            return {}
        case other:
            raise ValueError(f"no such order: {other}")


def _take_orders(fake: FakeGitHub) -> None:
    for line in sys.stdin:
        try:
            answer = _obey(fake, json.loads(line))
        except (ValueError, TypeError, KeyError) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


def _run(options: argparse.Namespace, state: Path) -> None:
    with FakeGitHub(
        *options.token, port=options.port, pki=Pki(state), alerts=options.alerts
    ) as fake:
        fake.world.latency = options.latency
        fake.world.paging = options.paging
        fake.world.rate_headers = not options.no_rate_headers
        print(json.dumps({
            "port": fake.port, "url": fake.url, "ghes_url": fake.ghes_url, "ca": fake.ca_file,
            "elsewhere": fake.elsewhere.origin,
        }), flush=True)
        if options.control:
            _take_orders(fake)
        else:
            signal.sigwait({signal.SIGINT, signal.SIGTERM})


def main() -> None:
    options = _parse()
    # Blocked before any thread starts, so that only sigwait sees them.
    if not options.control:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    if options.state:
        options.state.mkdir(parents=True, exist_ok=True)
        _run(options, options.state)
        return
    with tempfile.TemporaryDirectory(prefix="ghward-fake-") as directory:
        Path(directory).chmod(0o755)
        _run(options, Path(directory))


if __name__ == "__main__":
    main()
