"""Policy to JSON data in the one canonical form, which is the form that AWS gives back.

A list of one is a string, lists are sorted, principals are split by kind. Values go through `leaf`, so that an
emitter can put a reference where the policy has the symbol for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from kmsgen.policy.model import ANYONE, Condition, Policy, Principal, Statement

Leaf = Callable[[str], Any]


def to_document(policy: Policy, leaf: Leaf = str) -> dict[str, Any]:
    """The policy as JSON data."""
    document: dict[str, Any] = {}
    if policy.version is not None:
        document["Version"] = policy.version
    if policy.id is not None:
        document["Id"] = policy.id
    document["Statement"] = [statement_document(statement, leaf) for statement in policy.statements]
    return document


def statement_document(statement: Statement, leaf: Leaf = str) -> dict[str, Any]:
    """One statement as JSON data."""
    document: dict[str, Any] = {}
    if statement.sid is not None:
        document["Sid"] = statement.sid
    document["Effect"] = statement.effect.value
    for element, principals in (("Principal", statement.principals), ("NotPrincipal", statement.not_principals)):
        if principals:
            document[element] = principals_document(principals, leaf)
    for element, values in (
        ("Action", statement.actions),
        ("NotAction", statement.not_actions),
        ("Resource", statement.resources),
        ("NotResource", statement.not_resources),
    ):
        if values:
            document[element] = one_or_list(sorted(values), leaf)
    if statement.conditions:
        document["Condition"] = conditions_document(statement.conditions, leaf)
    return document


def conditions_document(conditions: Iterable[Condition], leaf: Leaf = str) -> dict[str, Any]:
    """A statement's conditions as JSON data: operator, key, values.

    Raises `ValueError` where two tests would stand in one place: one of them would be lost.
    """
    block: dict[str, Any] = {}
    for operator, key, values in sorted(conditions):
        tests = block.setdefault(operator, {})
        if key in tests:
            raise ValueError(f"{operator} tests {key} twice")
        tests[key] = one_or_list(values, leaf)
    return block


def principals_document(principals: Iterable[Principal], leaf: Leaf = str) -> Any:
    """A statement's principals as JSON data: kind and values, or `*`."""
    by_kind: dict[str, list[str]] = {}
    for kind, value in sorted(principals):
        by_kind.setdefault(kind, []).append(value)
    if ANYONE in by_kind:
        return ANYONE
    return {kind: one_or_list(values, leaf) for kind, values in by_kind.items()}


def one_or_list(values: Iterable[str], leaf: Leaf = str) -> Any:
    """Values as JSON data: a list of one is the value itself."""
    written = [leaf(value) for value in values]
    return written[0] if len(written) == 1 else written


def compact(policy: Policy) -> str:
    """The policy as JSON text without white space: what is sent to KMS, and what its size limit counts."""
    return json.dumps(to_document(policy), ensure_ascii=False, separators=(",", ":"))
