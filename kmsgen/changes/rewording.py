"""Two policies that allow the same and are written differently: what Terraform would still show as a change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from kmsgen.catalog.principals import ACCOUNT, root_arn
from kmsgen.policy.model import AWS, Policy, Principal, Statement


def rewording(old: Policy, new: Policy) -> str | None:
    """Why Terraform shows a change between two policies that allow the same; None where it shows none.

    Terraform's provider takes no notice of order, of a list of one, and of an account's number for its root.
    """
    if old == new or _known(old) == _known(new):
        return None
    steps: dict[str, Callable[[Policy], Policy]] = {
        "the `Id`": lambda policy: replace(policy, id=None),
        "`Sid`s": lambda policy: _each(policy, lambda one: replace(one, sid=None)),
        "the case of actions": lambda policy: _each(policy, _lower),
    }
    differing = []
    for word, step in steps.items():
        without = step(old), step(new)
        if (now_equal := _known(without[0]) == _known(without[1])) or _differ_in(word, old, new):
            differing.append(word)
        if now_equal:
            break
        old, new = without
    else:
        differing.append("how the statements are written")
    return f"no change in access, but Terraform still shows one: {_and(differing)} differ"


def _differ_in(word: str, old: Policy, new: Policy) -> bool:
    if word == "the `Id`":
        return old.id != new.id
    if word == "`Sid`s":
        return Counter(one.sid for one in old.statements) != Counter(one.sid for one in new.statements)
    return False


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _each(policy: Policy, change: Callable[[Statement], Statement]) -> Policy:
    return replace(policy, statements=tuple(change(one) for one in policy.statements))


def _lower(statement: Statement) -> Statement:
    return replace(
        statement,
        actions=frozenset(action.lower() for action in statement.actions),
        not_actions=frozenset(action.lower() for action in statement.not_actions),
    )


def _known(policy: Policy) -> tuple[str | None, str | None, Counter[Statement]]:
    """A policy as Terraform compares it."""
    statements = Counter(
        replace(
            one,
            principals=frozenset(map(_principal, one.principals)),
            not_principals=frozenset(map(_principal, one.not_principals)),
        )
        for one in policy.statements
    )
    return policy.version, policy.id, statements


def _principal(principal: Principal) -> Principal:
    is_account = principal.kind == AWS and ACCOUNT.fullmatch(principal.value)
    return Principal(AWS, root_arn("aws", principal.value)) if is_account else principal
