"""A comparison of what statements say, word by word: enough to test reports with, and no more than that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from kmsgen.catalog.actions import matching
from kmsgen.policy.model import Effect, Policy, Statement
from kmsgen.semantics.difference import Comparison, Difference
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts

Said = tuple[str, str, tuple[tuple[str, str], ...]]


def compare(old: Policy, new: Policy, facts: KeyFacts = KeyFacts()) -> Comparison:  # noqa: B008 - frozen
    """What the Allow statements of one policy name, and those of the other do not; a Deny makes it undecided."""
    if {one for one in old.statements if one.effect is Effect.DENY} != {
        one for one in new.statements if one.effect is Effect.DENY
    }:
        return Comparison((), (), undecided=("the stand-in does not know what a Deny takes away",))
    return Comparison(
        tuple(_more(old, new, "allow-added", ("none", "direct"))),
        tuple(_more(new, old, "allow-removed", ("direct", "none"))),
    )


def _more(
    less: Policy,
    more: Policy,
    cause: Literal["allow-added", "allow-removed"],
    access: tuple[Literal["none", "direct"], Literal["none", "direct"]],
) -> Iterator[Difference]:
    known = {said for one in less.statements for said in _said(one)}
    for index, one in enumerate(more.statements):
        found: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
        for principal, action, when in sorted(set(_said(one)) - known):
            found.setdefault((principal, when), []).append(action)
        for (principal, when), what in found.items():
            yield Difference(
                who=principal.rpartition(":")[2],
                principals=(principal,),
                what=tuple(what),
                when=when,
                statement=one.sid,
                statement_index=index,
                cause=cause,
                origin=one.origin,
                before=access[0],
                after=access[1],
                witness=Request(principal, what[0]),
            )


def _said(statement: Statement) -> Iterator[Said]:
    if statement.effect is not Effect.ALLOW:
        return
    when = tuple((test.key, f"{test.operator} {' or '.join(test.values)}") for test in sorted(statement.conditions))
    for principal in statement.principals:
        for pattern in statement.actions:
            for action in matching(pattern):
                yield principal.value, action.name, when
