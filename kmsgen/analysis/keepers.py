"""Who can still change a key's policy once it is in force: the ways to `PutKeyPolicy`, and how sure each of them is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Literal, NamedTuple

from kmsgen.analysis.able import ANYBODY, able, able_by, account_of_principal, own_account
from kmsgen.analysis.subject import view
from kmsgen.catalog.principals import ACCOUNT
from kmsgen.policy.model import AWS, Condition, Effect, Policy, Principal, Statement, condition
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.prove import Proof
from kmsgen.semantics.request import Request
from kmsgen.semantics.statements import Access, account_named
from kmsgen.semantics.world import KeyFacts

PUT = frozenset({"kms:PutKeyPolicy"})
Kind = Literal["account", "role", "user"]

FRAGILE = frozenset(
    """
    aws:currenttime aws:epochtime aws:federatedprovider aws:multifactorauthage aws:multifactorauthpresent aws:referer
    aws:sourceidentity aws:sourceip aws:sourcevpc aws:sourcevpcarn aws:sourcevpce aws:tokenissuetime aws:useragent
    aws:vpceaccount aws:vpceorgid aws:vpceorgpaths aws:vpcsourceip
    """.split()
)
"""Condition keys whose values may be others tomorrow: times, devices, networks. Who somebody is, is not among them."""
_TAG = "aws:principaltag/"
_MADE_BY_AWS = re.compile(r"auto-[a-z0-9-]+")


class Keeper(NamedTuple):
    """One way to change the policy."""

    kind: Kind
    """An account means its root user, or whomever its IAM policies let: it stays when roles and users are deleted."""
    who: str
    """As the policy spells it; ANYBODY where conditions say who it is, and whoever is like that can be made anew."""
    statement: int
    """The place of the statement that lets them."""


class Keepers(NamedTuple):
    """All ways to change a policy."""

    ways: tuple[Keeper, ...]
    unsure: str | None = None
    """Why it is not decided of somebody, who is not among the ways."""


def is_fragile(test: Condition) -> bool:
    """Whether a condition may stop holding, though the caller is the same."""
    key = test.key.lower()
    return key in FRAGILE or key.startswith(_TAG)


def made_by_aws(policy: Policy) -> bool:
    """Whether it is the policy of an AWS managed key, which nobody can change, as it is meant to be.

    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
    """
    named = policy.id is not None and _MADE_BY_AWS.match(policy.id) is not None
    return named and any(
        any(one.is_everyone for one in statement.principals)
        and any(test.key.lower() == "kms:viaservice" for test in statement.conditions)
        for statement in policy.statements
    )


@lru_cache(maxsize=1024)
def firm(policy: Policy) -> Policy:
    """What is left of a policy at worst: no Allow that may stop holding, and each Deny as if it held."""
    if not any(is_fragile(test) for one in policy.statements for test in one.conditions):
        return policy
    return replace(policy, statements=tuple(map(_firm, policy.statements)))


def _firm(statement: Statement) -> Statement:
    kept = frozenset(test for test in statement.conditions if not is_fragile(test))
    if kept == statement.conditions:
        return statement
    return _void(statement) if statement.effect is Effect.ALLOW else replace(statement, conditions=kept)


def without_denies(policy: Policy) -> Policy:
    """What a policy allows, as if nothing were denied."""
    statements = (one if one.effect is Effect.ALLOW else _void(one) for one in policy.statements)
    return replace(policy, statements=tuple(statements))


def _void(statement: Statement) -> Statement:
    """A statement that says nothing, in whose place others keep theirs."""
    return replace(statement, actions=frozenset(), not_actions=frozenset())


@lru_cache(maxsize=1024)
def keepers(policy: Policy, facts: KeyFacts) -> Keepers:
    """Every way in which a principal of the key's own account can change the policy, in any context at all.

    Where the account is not known, it may be that of any principal.
    """
    account = own_account(facts)
    putting = [(place, one) for place, one in enumerate(policy.statements) if "kms:PutKeyPolicy" in view(one).actions]
    denies = tuple(replace(one, sid=None, origin=()) for _, one in putting if one.effect is Effect.DENY)
    ways, unsure = [], None
    for place, one in putting:
        if one.effect is Effect.DENY:
            continue
        for kind, who, principals in _candidates(one, account):
            # A placeholder that nobody has filled in may come to stand for anybody.
            holds: bool | None = False
            if (one.conditions or denies) and not _is_placeholder(who):
                way = Policy((replace(one, principals=principals, sid=None, origin=()), *denies), policy.version)
                proof = able_by(way, account if who == ANYBODY and account else who, PUT, facts, level="delegated")
                holds, unsure = proof.holds, proof.why or unsure
            if holds is False:
                ways.append(Keeper(kind, who, place))
    return Keepers(tuple(ways), unsure)


def firm_keepers(policy: Policy, facts: KeyFacts) -> Keepers:
    """Every way to change the policy that does not depend on a condition which may stop holding."""
    return keepers(firm(policy), facts)


def _candidates(statement: Statement, account: str | None) -> Iterator[tuple[Kind, str, frozenset[Principal]]]:
    """Those whom an Allow may let in, each with the principals that stand for it."""
    if statement.not_principals:
        yield "account", ANYBODY, frozenset()
    for one in sorted(statement.principals):
        if one.is_everyone:
            yield "account", ANYBODY, frozenset({one})
        elif one.kind == AWS and not one.is_deleted and _is_own(one.value, account):
            kind: Kind | None = _KINDS.get(Request(one.value, "").kind)
            if account_named(one.value) or _is_placeholder(one.value):
                kind = "account"
            if kind is not None:
                yield kind, one.value, frozenset({one})


_KINDS: dict[str, Kind] = {"role": "role", "session": "role", "user": "user", "federated": "user"}


def _is_placeholder(value: str) -> bool:
    return value != ANYBODY and not is_symbolic(value) and not ACCOUNT.fullmatch(account_of_principal(value))


def _is_own(value: str, account: str | None) -> bool:
    named = account_of_principal(value)
    return account is None or named == account or not ACCOUNT.fullmatch(named)


def roles(ways: Keepers) -> frozenset[str]:
    """The distinct roles and users among the ways; a session is its role's."""
    return frozenset(_role(one.who) for one in ways.ways if one.kind != "account")


def _role(arn: str) -> str:
    asked = Request(arn, "")
    return f"{asked.account}:role/{asked.role_name}" if asked.role_name else arn


def can_keep(policy: Policy, caller: str, facts: KeyFacts, level: Access = "delegated") -> Proof:
    """Whether a caller can never change the policy; the counterexample is how it can."""
    asked = Request(caller, "")
    if asked.kind == "root":  # its ARN would mean everybody of the account
        return able(
            policy, asked.account, PUT, facts, (condition("StringEquals", "aws:PrincipalType", "Account"),), level
        )
    return able(policy, caller, PUT, facts, level=level)
