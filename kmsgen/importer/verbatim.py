"""Statements kept as they are, but for what has no effect in them and what the blueprint language would refuse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from kmsgen.catalog import actions
from kmsgen.catalog.patterns import glob
from kmsgen.importer.model import Item
from kmsgen.importer.references import as_written
from kmsgen.policy.model import AWS, CANONICAL_USER, FEDERATED, Policy, Principal, Statement
from kmsgen.policy.write import statement_document


@dataclass(frozen=True)
class Cleaned:
    """A statement, and what was taken out of it because it has no effect."""

    statement: Statement | None
    """None where nothing is left."""
    dropped: tuple[str, ...]


def cleaned(policy: Policy, working: frozenset[str], arn: str | None) -> tuple[Cleaned, ...]:
    """Each statement of a policy, in order, without what says nothing; no two have one `Sid`.

    `arn`: the key's own, where it is known.
    """
    sids: set[str] = set()
    found = []
    for statement in policy.statements:
        one = _cleaned(statement, working, arn)
        if one.statement is not None and one.statement.sid is not None:
            if one.statement.sid in sids:
                one = Cleaned(
                    replace(one.statement, sid=None), (*one.dropped, f"its `Sid` stands twice: `{statement.sid}`")
                )
            elif statement.sid:
                sids.add(statement.sid)
        found.append(one)
    return tuple(found)


def _cleaned(statement: Statement, working: frozenset[str], arn: str | None) -> Cleaned:
    dropped: list[str] = []
    principals = frozenset(_callers(statement.principals, dropped))
    excluded = frozenset(_callers(statement.not_principals, dropped))
    able = frozenset(_able(statement.actions, working, dropped))
    if not statement.actions and not statement.not_actions:
        dropped.append("it has no `Action`")
    elif statement.actions and not able:
        dropped.append("no action is left")
    if statement.principals and not principals:
        dropped.append("nobody is left")
    nothing = (
        (not able and not statement.not_actions)
        or (not principals and not excluded)
        or not (statement.resources or statement.not_resources)
    )
    resources = statement.resources
    if resources and "*" not in resources:
        if arn is not None and any(glob(one)(arn) for one in resources):
            dropped.append(f"`Resource` is this key, which `*` says: `{min(resources)}`")
        else:
            dropped.append(f"`Resource` is something else than this key: `{min(resources)}`")
            nothing = True
    if resources:
        resources = frozenset({"*"})
    if nothing:
        return Cleaned(None, tuple(dropped))
    kept = replace(statement, principals=principals, not_principals=excluded, actions=able, resources=resources)
    return Cleaned(kept, tuple(dropped))


def _callers(principals: Iterable[Principal], dropped: list[str]) -> Iterator[Principal]:
    for principal in sorted(principals):
        if principal.is_deleted or (principal.kind == AWS and principal.value[:4] in ("AROA", "AIDA")):
            dropped.append(f"`{principal.value}` is the id of a principal that was deleted")
        elif principal.kind in (FEDERATED, CANONICAL_USER):
            dropped.append(f"a principal of kind `{principal.kind}` never calls KMS: `{principal.value}`")
        else:
            yield principal


def _able(patterns: Iterable[str], working: frozenset[str], dropped: list[str]) -> Iterator[str]:
    for pattern in sorted(patterns):
        spelled = "kms:*" if pattern == "*" else pattern
        found = {one.name for one in actions.matching(spelled)}
        if found and not found & working:
            dropped.append(f"`{pattern}` does not work on this key")
        elif not found and actions.mistake(spelled) is not None:
            dropped.append(f"there is no action `{pattern}`")
        else:
            yield spelled


def written_out(index: int, one: Cleaned) -> Item:
    """A statement as an item of `statements`."""
    assert one.statement is not None
    document: dict[str, Any] = statement_document(one.statement, as_written)
    return Item("statements", (), document, frozenset({index}))
