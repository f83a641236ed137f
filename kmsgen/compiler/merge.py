"""Statements that say the same thing of several principals, or several things of the same, brought together.

Only what changes nothing: statements that differ in nothing but principals, or in nothing but actions, become one;
one that another already covers is left out. Every merged statement keeps all its origins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Hashable, Iterable

from kmsgen.compiler.naming import Draft
from kmsgen.policy.model import SERVICE, Origin, Principal, Statement


def merge(drafts: Iterable[Draft]) -> list[Draft]:
    """The fewest statements that say the same, each where the first of its parts stood."""
    current = list(drafts)
    while True:
        merged = _grouped(_grouped(current, _all_but_principals), _all_but_actions)
        if len(merged) == len(current):
            return _uncovered(merged)
        current = merged


def _all_but_principals(one: Draft) -> Hashable:
    statement = one.statement
    if statement.not_principals:
        return id(one)
    # A service and a principal of IAM send different conditions, so the two never share a statement.
    kinds = frozenset(principal.kind == SERVICE for principal in statement.principals)
    return (statement.effect, kinds, statement.actions, statement.not_actions, statement.conditions)


def _all_but_actions(one: Draft) -> Hashable:
    statement = one.statement
    if statement.not_actions:
        return id(one)
    return (statement.effect, statement.principals, statement.not_principals, statement.conditions)


def _grouped(drafts: list[Draft], likeness: Callable[[Draft], Hashable]) -> list[Draft]:
    groups: dict[Hashable, list[Draft]] = {}
    for one in drafts:
        groups.setdefault(likeness(one), []).append(one)
    return [group[0] if len(group) == 1 else _union(group) for group in groups.values()]


def _union(group: list[Draft]) -> Draft:
    statement = group[0].statement.but(
        principals=frozenset[Principal]().union(*(one.statement.principals for one in group)),
        actions=frozenset[str]().union(*(one.statement.actions for one in group)),
        origin=_origins(group),
    )
    bases = tuple(dict.fromkeys(base for one in group for base in one.bases))
    if len(bases) > 1:
        # DescribeKey is part of nearly everything; a name that lists it says nothing.
        bases = tuple(base for base in bases if base != "DescribeKey")
    return Draft(bases, group[0].words, statement)


def _origins(group: Iterable[Draft]) -> tuple[Origin, ...]:
    return tuple(dict.fromkeys(origin for one in group for origin in one.statement.origin))


def _uncovered(drafts: list[Draft]) -> list[Draft]:
    """Those that allow, or deny, something that no other already does."""
    kept: dict[int, Draft] = dict(enumerate(drafts))
    for place, one in enumerate(drafts):
        for other, cover in kept.items():
            if other != place and _covers(cover.statement, one.statement):
                joined = cover.statement.but(origin=_origins([cover, kept[place]]))
                kept[other] = cover._replace(statement=joined)
                del kept[place]
                break
    return list(kept.values())


def _covers(wide: Statement, narrow: Statement) -> bool:
    """Whether `wide` matches whatever `narrow` matches, by what they list; no cover is missed that this names."""
    if wide.not_principals or wide.not_actions or narrow.not_principals or narrow.not_actions:
        return False
    return (
        wide.effect is narrow.effect
        and wide.principals >= narrow.principals
        and wide.actions >= narrow.actions
        and wide.conditions <= narrow.conditions
    )


def name(drafts: Iterable[Draft], taken: Collection[str] = ()) -> tuple[Statement, ...]:
    """The statements with their `Sid`s: each once, none of `taken`, and the same wherever the blueprint has the entry.

    Where two would be called the same, a digest of what they say (of everything but principals) tells them apart,
    so that no name depends on the order of entries.
    """
    named = [("And".join(one.bases) + one.words, one.statement) for one in drafts]
    sids = [*(sid for sid, _ in named), *taken]
    return tuple(
        statement.but(sid=sid if sids.count(sid) == 1 else f"{sid}{_digest(statement)}") for sid, statement in named
    )


def _digest(statement: Statement) -> str:
    said = repr((statement.effect.value, sorted(statement.actions), sorted(statement.conditions)))
    return hashlib.sha256(said.encode()).hexdigest()[:8]
