"""Code scanning alerts as GitHub's REST API describes them.

Every value follows from the alert's number, so that a test can say what it expects without
keeping a copy.
"""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

_EPOCH = datetime.datetime(2025, 1, 6, 9, 0, 0, tzinfo=datetime.timezone.utc)

# id, name, description, severity, security_severity_level, CWE numbers
_RULES: list[tuple[str, str, str, str, str | None, list[str]]] = [
    ("js/sql-injection", "SqlInjection", "Database query built from user-controlled sources",
     "error", "high", ["089", "090", "943"]),
    ("py/command-line-injection", "CommandInjection", "Uncontrolled command line",
     "error", "critical", ["078", "088"]),
    ("java/xss", "CrossSiteScripting", "Cross-site scripting", "error", "medium", ["079"]),
    ("cpp/path-injection", "PathInjection", "Uncontrolled data used in path expression",
     "warning", "high", ["022", "023", "036", "073"]),
    ("go/log-injection", "LogInjection", "Log entries created from user input",
     "warning", "medium", ["117"]),
    ("js/unused-local-variable", "UnusedVariable", "Unused variable, import, function or class",
     "note", None, []),
    ("rb/weak-cryptographic-algorithm", "WeakCrypto", "Use of a broken cryptographic algorithm",
     "warning", "low", ["327"]),
]
_TOOLS = [("CodeQL", None, "2.20.4"), ("Semgrep OSS", None, "1.102.0"), ("gosec", None, "2.22.0")]
_STATES = ["open", "open", "open", "dismissed", "fixed"]
_REASONS = ["false positive", "won't fix", "used in tests", "mitigated"]

TOOL_NAMES = [name for name, _, _ in _TOOLS]


def stamp(minutes: int) -> str:
    """A time that many minutes after the fake's beginning."""
    return (_EPOCH + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_user(login: str, number: int = 1) -> Json:
    return {
        "login": login,
        "id": number,
        "node_id": f"U_{number:06d}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "html_url": f"https://github.com/{login}",
        "type": "User",
        "site_admin": False,
    }


def make_repository(owner: str, repo: str) -> Json:
    return {
        "id": zlib.crc32(f"{owner}/{repo}".lower().encode()),
        "node_id": "R_kgDOABCDEF",
        "name": repo,
        "full_name": f"{owner}/{repo}",
        "owner": {**make_user(owner, 99), "type": "Organization"},
        "private": True,
        "html_url": f"https://github.com/{owner}/{repo}",
        "description": "Everything that is sold",
        "fork": False,
    }


def make_instance(number: int, ref: str = "refs/heads/main", state: str = "open") -> Json:
    line = 10 + number % 400
    return {
        "ref": ref,
        "analysis_key": ".github/workflows/codeql.yml:analyze",
        "category": "/language:javascript",
        "environment": '{"language":"javascript"}',
        "state": state,
        "commit_sha": f"{number:040x}",
        "message": {"text": f"This value depends on a user-provided value ({number})."},
        "location": {
            "path": f"src/handlers/module_{number % 17}.js",
            "start_line": line,
            "end_line": line + 1,
            "start_column": 7,
            "end_column": 50,
        },
        "html_url": f"https://github.com/acme/shop/blob/main/src/handlers#L{line}",
        "classifications": ["test"] if number % 5 == 0 else [],
    }


def make_rule(number: int) -> Json:
    identifier, name, description, severity, level, cwes = _RULES[number % len(_RULES)]
    return {
        "id": identifier,
        "severity": severity,
        "security_severity_level": level,
        "tags": ["security", *(f"external/cwe/cwe-{cwe}" for cwe in cwes)],
        "description": description,
        "name": name,
        "full_description": f"{description}. Input that an attacker controls must be validated.",
        "help": f"# {name}\n\nValidate what comes from outside.\n",
        "help_uri": f"https://codeql.github.com/codeql-query-help/{identifier}/",
    }


def make_alert(number: int) -> Json:
    """An alert without its URLs, which depend on where the server is."""
    state = _STATES[number % len(_STATES)]
    tool, guid, version = _TOOLS[number % len(_TOOLS)]
    dismissed = state == "dismissed"
    return {
        "number": number,
        "created_at": stamp(number * 7),
        "updated_at": stamp(number * 7 + 3),
        "state": state,
        "fixed_at": stamp(number * 7 + 3) if state == "fixed" else None,
        "dismissed_by": make_user("octocat", 583231) if dismissed else None,
        "dismissed_at": stamp(number * 7 + 2) if dismissed else None,
        "dismissed_reason": _REASONS[number % len(_REASONS)] if dismissed else None,
        "dismissed_comment": f"Tracked as SEC-{number}" if dismissed else None,
        "dismissal_approved_by": None,
        "rule": make_rule(number),
        "tool": {"name": tool, "guid": guid, "version": version},
        "most_recent_instance": make_instance(number, state=state),
        "assignees": [make_user("hubot", 2)] if number % 4 == 0 else [],
    }


class Generated(Sequence[Json]):
    """Alerts 1 to `count`, each made when it is looked at: a hundred thousand of them cost nothing."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        found = range(1, self._count + 1)[index]
        return make_alert(found) if isinstance(found, int) else [make_alert(one) for one in found]


def with_urls(alert: Json, api: str, html: str, owner: str, repo: str) -> Json:
    """The alert as it is sent; `api` and `html` are the servers' addresses."""
    url = f"{api}/repos/{owner}/{repo}/code-scanning/alerts/{alert['number']}"
    number = alert["number"]
    return {
        "number": number,
        "created_at": alert["created_at"],
        "updated_at": alert["updated_at"],
        "url": url,
        "html_url": f"{html}/{owner}/{repo}/security/code-scanning/{number}",
        "state": alert["state"],
        "instances_url": f"{url}/instances",
        **{
            key: value for key, value in alert.items()
            if key not in ("number", "state", "more_instances")
        },
    }


def matches(alert: Json, filters: dict[str, str]) -> bool:
    """GitHub's list filters; unknown names are ignored, as GitHub does."""
    state = filters.get("state")
    if state == "closed":
        if alert["state"] not in ("dismissed", "fixed"):
            return False
    elif state and alert["state"] != state:
        return False
    severity = filters.get("severity")
    rule = alert["rule"]
    if severity and severity not in (rule["severity"], rule["security_severity_level"]):
        return False
    tool = alert["tool"]
    if "tool_name" in filters and tool["name"] != filters["tool_name"]:
        return False
    if "tool_guid" in filters and tool["guid"] != filters["tool_guid"]:
        return False
    if "assignees" in filters and not _is_assigned(alert, filters["assignees"]):
        return False
    wanted = ref_of(filters)
    return not wanted or alert["most_recent_instance"]["ref"] == wanted


def _is_assigned(alert: Json, wanted: str) -> bool:
    logins = {user["login"] for user in alert["assignees"]}
    if wanted in ("*", "none"):
        return bool(logins) == (wanted == "*")
    return not logins.isdisjoint(wanted.split(","))


def ref_of(filters: dict[str, str]) -> str | None:
    """The full ref that the filters ask for."""
    if "pr" in filters:
        return f"refs/pull/{filters['pr']}/merge"
    ref = filters.get("ref")
    return ref if not ref or ref.startswith("refs/") else f"refs/heads/{ref}"
