"""Policies compared once for all keys that differ in names alone, as when a role of ten thousand keys changes.

Whoever gains or loses something under the plain names does so under the real ones; and each witness is decided once
more, by the real policies, so that none is ever shown that they do not decide so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from kmsgen.policy.model import Policy
from kmsgen.semantics.alike import Alike, alike
from kmsgen.semantics.compare import compare, effective, is_reworded, risk, with_account
from kmsgen.semantics.difference import Comparison, Difference
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.world import KeyFacts

__all__ = ["compare_alike"]

_NOTHING = KeyFacts()


def compare_alike(old: Policy, new: Policy, facts: KeyFacts = _NOTHING) -> Comparison:
    """What `compare` says of two policies of one key, worked out once for all keys that are alike but for names."""
    if is_reworded(old, new):
        return Comparison((), ())
    shared = alike((old, new), facts)
    if shared.names:
        found = _own(_compared(*shared.policies, shared.facts), shared, old, new)
        if _is_confirmed(found, old, new, facts):
            return found
    return compare(old, new, facts)


@lru_cache(maxsize=1024)
def _compared(old: Policy, new: Policy, facts: KeyFacts) -> Comparison:
    return compare(old, new, facts)


def _own(found: Comparison, shared: Alike, old: Policy, new: Policy) -> Comparison:
    """What is found under plain names, in those of the policies, and with the places of their statements."""

    def own(one: Difference) -> Difference:
        policy = new if one.cause.endswith("added") else old
        return replace(
            one,
            who=shared.text(one.who),
            principals=tuple(map(shared.text, one.principals)),
            when=tuple([(shared.text(key), shared.text(words)) for key, words in one.when]),
            origin=policy.statements[one.statement_index].origin,
            witness=shared.request(one.witness),
        )

    def all_own(some: Iterable[Difference]) -> tuple[Difference, ...]:
        return tuple(sorted(map(own, some), key=risk))

    return Comparison(
        all_own(found.gains),
        all_own(found.losses),
        all_own(found.future_gains),
        all_own(found.future_losses),
        tuple(map(shared.text, found.undecided)),
        tuple(map(shared.text, found.assumptions)),
    )


def _is_confirmed(found: Comparison, old: Policy, new: Policy, facts: KeyFacts) -> bool:
    """Whether the policies decide every witness as it says: a value made of a name may be one that stands elsewhere."""
    account = with_account(facts, old, new)[0].account
    return all(
        effective(evaluate(policy, one.witness, key_account=account).access, one.witness, account) == access
        for one in _differences(found)
        for policy, access in ((old, one.before), (new, one.after))
    )


def _differences(found: Comparison) -> Iterator[Difference]:
    for some in (found.gains, found.losses, found.future_gains, found.future_losses):
        yield from some
