"""A stateful GitHub-compatible API over TLS on loopback, with faults on order.

Tests use `FakeGitHub` in their own process, or `RemoteFake` where the server's work must not
share an interpreter lock with the measurement. `python3 tests/fake/server.py` is the same as a program.
"""

from fake.faults import ALWAYS, Fault
from fake.github import FakeGitHub
from fake.messages import Answer, Request
from fake.remote import RemoteFake

__all__ = ["ALWAYS", "Answer", "FakeGitHub", "Fault", "RemoteFake", "Request"]
