"""What rules about exposure ask of a policy: whose key it is, what a stranger gets, what anybody of an account gets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from kmsgen.analysis.subject import Subject, View, view
from kmsgen.catalog.actions import ACTIONS
from kmsgen.catalog.principals import account_of
from kmsgen.policy.model import Policy, Statement
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.evaluate import Access, evaluate
from kmsgen.semantics.fences import is_closed, of_caller, of_source
from kmsgen.semantics.prove import Never, no_confused_deputy, no_public_access, prove
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts

_GRANTABLE = {name: action for name, action in ACTIONS.items() if action.in_key_policy}
EVERY = frozenset(_GRANTABLE)
"""Every known action that a key policy can grant."""
ACROSS = frozenset(name for name, action in _GRANTABLE.items() if action.across_accounts)
"""What KMS lets principals of other accounts do."""
READ = frozenset({"kms:GetParametersForImport", "kms:ListGrants"}) | frozenset(
    name for name, action in _GRANTABLE.items() if action.category in ("read", "public-key")
)
"""What shows something of the key, and nothing that it protects."""
OWN_ONLY = EVERY - ACROSS - READ - {"kms:SynchronizeMultiRegionKey"}
"""What changes the key, which KMS lets principals of its own account alone do."""
USE = EVERY - OWN_ONLY - READ
"""What gives access to data, by itself or by a grant."""

_WORST = (
    "kms:Decrypt", "kms:PutKeyPolicy", "kms:CreateGrant", "kms:Sign", "kms:GenerateMac", "kms:DeriveSharedSecret",
    "kms:Decapsulate", "kms:ScheduleKeyDeletion", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:Encrypt",
)  # fmt: skip
_ANYBODY = "role/Anybody"


def worst(actions: Iterable[str]) -> list[str]:
    """Actions, those that do most harm first."""
    rank = {name: place for place, name in enumerate(_WORST)}
    return sorted(actions, key=lambda name: (rank.get(name, len(_WORST)), name in READ, name))


def several(words: Collection[str], what: str) -> str:
    """The first of some words, and how many more there are.

    >>> several(["kms:Decrypt", "kms:Sign", "kms:Verify"], "action"), several(["kms:Sign"], "action")
    ('`kms:Decrypt` and 2 more actions', '`kms:Sign`')
    """
    first, *more = words
    return f"`{first}`" + (f" and {len(more)} more {what}{'s' if len(more) > 1 else ''}" if more else "")


def acts(actions: Iterable[str]) -> str:
    """Actions in a few words, the worst by name."""
    return several(worst(actions), "action")


def tested(one: View) -> str:
    """The condition keys of a statement, as it writes them."""
    return ", ".join(dict.fromkeys(f"`{test.condition.key}`" for test in one.tests))


def working(one: View, among: frozenset[str], facts: KeyFacts) -> frozenset[str]:
    """The actions of a statement, of those that are asked for, that can work on the key."""
    able = facts.working
    return one.actions & among if able is None else one.actions & among & able


def owner(subject: Subject) -> str | None:
    """The key's account: what is known, else the one account whose principals may change the key; None where neither.

    KMS lets principals of other accounts change nothing, so whoever may is of the key's own account. Where a stack's
    account is a symbol that its policy does not use, the digits there may well stand for it.
    """
    known = subject.facts.account
    if known is not None and (not is_symbolic(known) or any(known in _accounts(one) for one in subject.views)):
        return known
    return _owner(subject.policy)


def _accounts(one: View) -> set[str]:
    return {*one.accounts, *(account_of(arn) for arn in one.arns), *(accounts_tested(one) if one.everyone else ())}


@lru_cache(maxsize=1024)
def _owner(policy: Policy) -> str | None:
    changing = [one for one in map(view, policy.statements) if one.allows and one.actions & OWN_ONLY]
    whole = {account for one in changing for account in one.accounts if "kms:PutKeyPolicy" in one.actions}
    if len(whole) == 1:
        return whole.pop()
    named = {account for one in changing for arn in one.arns if (account := account_of(arn))}
    return named.pop() if len(named) == 1 and not whole else None


def alone(one: View, subject: Subject) -> Policy:
    """A statement with the policy's Denies and nothing else, by what they mean: what it gives by itself."""
    return _alone(one.statement, tuple(deny.statement for _, deny in subject.denies), subject.policy.version)


@lru_cache(maxsize=1024)
def _alone(statement: Statement, denies: tuple[Statement, ...], version: str | None) -> Policy:
    return Policy(tuple(replace(one, sid=None, origin=()) for one in (statement, *denies)), version)


class Open(NamedTuple):
    """Somebody whom a statement lets in, or why it is not known whether there is one."""

    witness: tuple[Request, ...] = ()
    actions: frozenset[str] = frozenset()
    """What else the witness goes through with; its own action is among them."""
    why: str | None = None


def to_strangers(one: View, subject: Subject, among: frozenset[str]) -> Open | None:
    """A stranger to whom a statement gives one of some actions, its policy's Denies heeded; None where there is none.

    Whether KMS would honour it for a principal of another account is not looked at.
    """
    if not (one.everyone or one.statement.not_principals) or is_closed(one.statement, of_caller):
        return None
    if not (actions := working(one, among, subject.facts)):
        return None
    facts = replace(subject.facts, account=None)
    return _to_strangers(alone(one, subject), actions, facts, subject.facts.account)


@lru_cache(maxsize=1024)
def _to_strangers(policy: Policy, actions: frozenset[str], facts: KeyFacts, own: str | None) -> Open | None:
    return _opened(policy, no_public_access(policy, actions, own), facts, actions)


def to_other_sources(one: View, service: str, subject: Subject, actions: frozenset[str]) -> Open | None:
    """A request that a service may make for an account or resource that nobody named; None where there is none."""
    if not actions or is_closed(one.statement, of_source):
        return None
    return _to_other_sources(alone(one, subject), service, actions, replace(subject.facts, account=None))


@lru_cache(maxsize=1024)
def _to_other_sources(policy: Policy, service: str, actions: frozenset[str], facts: KeyFacts) -> Open | None:
    if len(policy.statements) == 1 and not policy.statements[0].conditions:
        return Open((Request(service, worst(actions)[0]),), actions)
    return _opened(policy, no_confused_deputy(policy, service, actions), facts, actions)


def _opened(policy: Policy, invariant: Never, facts: KeyFacts, actions: frozenset[str]) -> Open | None:
    proof = prove(policy, invariant, facts)
    if proof.holds:
        return None
    if proof.holds is None:
        return Open(why=proof.why)
    (found,) = proof.counterexample
    # The same request with the worst action that it goes through with shows the harm best.
    others = (replace(found, action=name) for name in worst(actions))
    through = [one for one in others if evaluate(policy, one).verdict == "allowed"]
    return Open(tuple(through[:1]), frozenset(one.action for one in through))


def to_anybody(one: View, subject: Subject, account: str, among: frozenset[str]) -> dict[Access, frozenset[str]]:
    """What a statement gives to any role of an account that nobody named, calling KMS by itself with nothing more."""
    actions = working(one, among, subject.facts)
    return dict(_to_anybody(alone(one, subject), account, actions)) if actions else {}


@lru_cache(maxsize=1024)
def _to_anybody(policy: Policy, account: str, actions: frozenset[str]) -> tuple[tuple[Access, frozenset[str]], ...]:
    # Without conditions and Denies, what holds for one action holds for all.
    alike = len(policy.statements) == 1 and not policy.statements[0].conditions
    found: dict[Access, set[str]] = {}
    for name in [min(actions)] if alike else actions:
        found.setdefault(evaluate(policy, Request(anybody(account), name)).access, set()).add(name)
    found.pop("none", None)
    return tuple((access, actions if alike else frozenset(names)) for access, names in found.items())


def anybody(account: str) -> str:
    """The ARN of a role that no policy names."""
    return f"arn:aws:iam::{account}:{_ANYBODY}"


def accounts_tested(one: View) -> Iterator[str]:
    """The accounts that a statement for everybody is held to by its conditions."""
    for test in one.testing("aws:principalaccount", "kms:calleraccount"):
        if not test.operator.negated and test.operator.base != "Null":
            yield from (value for value in test.condition.values if "*" not in value and "${" not in value)


def others(one: View, own: str | None) -> str:
    """Those whom an Allow lets in beside the key's account as a whole, in a few words; empty where there are none.

    Where the key's account is not known, any one account may be it.
    """
    if one.everyone:
        return "everybody" if not one.tests else "everybody who meets the conditions"
    if one.statement.not_principals:
        return "everybody who is not listed"
    foreign = [account for account in one.accounts if account != own] if own else list(one.accounts[1:])
    named = [*one.arns, *one.services, *foreign]
    return several(named, "principal") if named else ""
