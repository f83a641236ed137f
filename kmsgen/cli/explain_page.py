"""Explanations as one HTML page that needs nothing else: the page lies beside this file, keys go into it as data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any

from kmsgen.analysis.explain import Explanation, Grant
from kmsgen.analysis.finding import Finding
from kmsgen.catalog.capability import ORDER, grouped

_DATA = "/*DATA*/null"


def page(explanations: Sequence[Explanation]) -> str:
    """The page. What policies say becomes text in it, whatever it holds: nothing of it is ever read as HTML."""
    data = {"capabilities": _capabilities(explanations), "keys": [_key(one) for one in explanations]}
    # Inside a script element `<` may end the script or open a comment.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return resources.files(__package__).joinpath("explain_page.html").read_text("utf-8").replace(_DATA, text)


def _capabilities(explanations: Iterable[Explanation]) -> list[str]:
    """The columns: what anybody at all can do, in the order of what matters."""
    found = {name for one in explanations for grant in one.grants for name in grant.capabilities}
    return [name for name in ORDER if name in found]


def _key(one: Explanation) -> dict[str, Any]:
    rows: dict[tuple[str, str], list[Grant]] = {}
    for grant in one.grants:
        rows.setdefault((grant.who, grant.kind), []).append(grant)
    return {
        "name": one.key.name,
        "source": one.key.where,
        "place": ", ".join(part for part in (one.key.facts.account, one.key.facts.region) if part),
        "rows": [
            {"who": who, "kind": kind, "grants": [_grant(grant) for grant in grants]}
            for (who, kind), grants in rows.items()
        ],
        "needed": [[needed.kind, needed.principal, needed.command or ""] for needed in one.needed],
        "notes": list(one.notes),
        "undecided": list(one.undecided),
        "findings": [_finding(finding) for finding in one.findings if not finding.accepted],
    }


def _grant(one: Grant) -> dict[str, Any]:
    return {
        "what": grouped(one.what),
        "when": list(one.conditions),
        "iam": one.needs_identity_policy,
        "access": one.access,
        "sid": one.statement or "",
        "at": one.statement_index,
        "origin": [str(origin) for origin in one.origin],
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "code": one.code,
        "rule": one.rule,
        "severity": one.severity,
        "message": one.message,
        "help": one.help or "",
        "at": one.statement_index,
    }
