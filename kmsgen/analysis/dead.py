"""Actions of a statement that give nothing to anybody, and why: what the rules about actions share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from kmsgen.analysis.subject import View, view
from kmsgen.catalog import actions
from kmsgen.catalog.actions import Action
from kmsgen.catalog.key_specs import SPECS, kind_of
from kmsgen.catalog.patterns import glob
from kmsgen.catalog.principals import ACCOUNT, account_of
from kmsgen.policy.model import AWS, Effect, Statement
from kmsgen.semantics.statements import account_named
from kmsgen.semantics.world import KeyFacts

Cause = Literal["unknown", "iam-only", "not-for-key", "across-accounts"]

_KNOWN = tuple(name.lower() for name in actions.ACTIONS)
_CALLER_ACCOUNTS = ("kms:calleraccount", "aws:principalaccount")


class Dead(NamedTuple):
    """One entry of `Action` or `NotAction` without effect."""

    action: str
    """As the policy spells it."""
    cause: Cause
    why: str
    """What messages say after `it`: `does not work on a single-Region key`."""
    help: str | None = None


@lru_cache(maxsize=1024)
def dead(statement: Statement, facts: KeyFacts) -> tuple[Dead, ...]:
    """The entries without effect, sorted; of a Deny or a `NotAction` only what is so whatever the key."""
    return tuple(_dead(statement, facts))


def all_dead(statement: Statement, facts: KeyFacts) -> bool:
    """Whether nothing that an Allow lists has any effect."""
    found = dead(statement, facts)
    return statement.effect is Effect.ALLOW and bool(found) and len(found) == len(statement.actions)


def _dead(statement: Statement, facts: KeyFacts) -> Iterator[Dead]:
    allowing = statement.effect is Effect.ALLOW and bool(statement.actions)
    outside = allowing and foreign(view(statement), facts).only
    for action in sorted(statement.actions | statement.not_actions):
        found = actions.matching(action)
        if not found:
            if (unknown := _unknown(action)) is not None:
                yield unknown
            continue
        able = [one for one in found if one.in_key_policy]
        if not able:
            said = "is decided by the grant itself" if action.lower() == "kms:retiregrant" else "is decided by IAM"
            yield Dead(action, "iam-only", f"{said}, never by a key policy", "put it in the caller's IAM policy")
        elif allowing and facts.working is not None and not any(one.name in facts.working for one in able):
            yield Dead(action, "not-for-key", f"does not work on {_such_a_key(able[0], facts)}", "take it out")
        elif outside and not any(one.across_accounts for one in able):
            yield Dead(action, "across-accounts", "is not for other accounts, whatever a key policy says")


def _unknown(action: str) -> Dead | None:
    """An entry that matches no known action; None where it may be an action that AWS added since."""
    if action == "*" or (not action.lower().startswith("kms:") and any(map(glob(action.lower()), _KNOWN))):
        return None
    wrong = actions.mistake(action)
    if wrong is None:
        return None
    message, hint = wrong
    return Dead(action, "unknown", message, hint or "take it out")


def _such_a_key(action: Action, facts: KeyFacts) -> str:
    assert facts.spec in SPECS  # or nothing would be known of what works
    assert facts.usage
    if kind_of(facts.spec, facts.usage) not in action.kinds:
        return f"a key of spec `{facts.spec}` and usage `{facts.usage}`"
    if action.category in ("multi-region", "internal") and facts.multi_region is False:
        return "a single-Region key"
    return f"a key of origin `{facts.origin}`" if facts.origin else f"a key of spec `{facts.spec}`"


class Foreign(NamedTuple):
    """Whom of another account an Allow lets in."""

    who: tuple[str, ...]
    """As the policy spells them; empty where there are none, or it is not known."""
    only: bool
    """Whether it lets in nobody else."""


def foreign(one: View, facts: KeyFacts) -> Foreign:
    """The principals that are certainly of another account than the key's."""
    if facts.account is None or not ACCOUNT.fullmatch(facts.account) or one.statement.not_principals:
        return Foreign((), False)
    if one.everyone:
        return _by_condition(one, facts.account)
    named = [(value, account_named(value) or account_of(value)) for kind, value in one.statement.principals
             if kind == AWS]  # fmt: skip
    who = tuple(sorted(value for value, account in named if ACCOUNT.fullmatch(account) and account != facts.account))
    return Foreign(who, len(who) == len(one.statement.principals))


def _by_condition(one: View, own: str) -> Foreign:
    """What a condition on the caller's account says of everybody."""
    for test in one.testing(*_CALLER_ACCOUNTS):
        plain = test.operator.base in ("StringEquals", "StringLike") and not test.operator.if_exists
        others = [value for value in test.condition.values if ACCOUNT.fullmatch(value) and value != own]
        if plain and test.operator.set_word != "ForAllValues" and len(others) == len(test.condition.values) > 0:
            return Foreign(tuple(others), True)
    return Foreign((), False)
