"""Why a policy does not give a request what was wanted of it, in a few words: the statement, the condition keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from kmsgen.policy.model import VERSION, Policy, Statement
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.identity import IDENTITY_KEYS
from kmsgen.semantics.request import Request
from kmsgen.semantics.statements import Matcher
from kmsgen.semantics.wording import sids
from kmsgen.semantics.world import KeyFacts


class Reason(NamedTuple):
    """Why a request is not allowed, or not directly."""

    words: str
    keys: frozenset[str] = frozenset()
    """The condition keys that it depends on."""
    delegated: bool = False
    """Whether the account's IAM policies may allow it."""


def why_denied(policy: Policy, request: Request, facts: KeyFacts) -> Reason:
    """Why a policy does not allow a request directly."""
    decision = evaluate(policy, request, key_account=facts.account)
    if decision.verdict == "explicitly-denied":
        keys = frozenset(test.key for one in decision.statements for test in one.conditions)
        return Reason(f"it is denied by {sids(decision.statements)}", keys)
    if decision.access == "delegated":
        words = f"{sids(decision.statements)} only lets its account's IAM policies allow it"
        return Reason(words, delegated=True)
    missing = {one: keys for one in policy.statements if (keys := _unmet(one, policy, request))}
    if not missing:
        return Reason("no statement allows it")
    keys = frozenset[str]().union(*missing.values())
    return Reason(f"{sids(tuple(missing))} allows it for certain values of {quoted(keys)} alone", keys)


def quoted(keys: Iterable[str]) -> str:
    """Condition keys in one line."""
    return " and ".join(f"`{key}`" for key in sorted(keys))


def _unmet(statement: Statement, policy: Policy, request: Request) -> frozenset[str]:
    """The condition keys for which alone an Allow does not match a request; none where it is for somebody else."""
    free = Matcher(replace(statement, conditions=frozenset()), True)
    if not free.allows or free.matches(request) == "none":
        return frozenset()
    alone = {one: replace(statement, conditions=frozenset({one})) for one in statement.conditions}
    variables = policy.version == VERSION
    unmet = frozenset(test.key for test, one in alone.items() if Matcher(one, variables).matches(request) == "none")
    return frozenset() if any(key.lower() in IDENTITY_KEYS for key in unmet) else unmet
