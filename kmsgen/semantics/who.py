"""Somebody as a statement: whose requests are meant, as the sets of requests that invariants are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kmsgen.catalog.patterns import has_wildcard
from kmsgen.catalog.principals import ACCOUNT, SERVICE_PRINCIPAL, account_of
from kmsgen.policy.model import AWS, SERVICE, Condition, Effect, Policy, Principal, Statement, condition
from kmsgen.semantics.evaluate import matches
from kmsgen.semantics.prove import EVERYTHING, NOT_A_SERVICE, callers
from kmsgen.semantics.request import Request
from kmsgen.semantics.space import Space, stated
from kmsgen.semantics.world import KeyFacts

ANYONE = callers(conditions=(NOT_A_SERVICE,))
"""Every IAM principal there is; AWS services that call by themselves are not among them."""
SERVICES = callers(conditions=(condition("Bool", "aws:PrincipalIsAWSService", "true"),))
"""Every AWS service that calls by itself."""
ROOT_USERS = callers(conditions=(condition("StringEquals", "aws:PrincipalType", "Account"),))
"""The root user of every account."""


def named(text: str) -> Statement:
    """Who a principal of a request is: twelve digits for everybody of an account, the root ARN for its root user.

    Anything else is an ARN or a service's name, and wildcards in them are patterns.
    """
    if ACCOUNT.fullmatch(text):
        return callers(text)
    if text.endswith(":root"):
        return replace(ROOT_USERS, principals=frozenset({Principal(AWS, account_of(text))}))
    if SERVICE_PRINCIPAL.fullmatch(text):
        return Statement(Effect.ALLOW, frozenset({Principal(SERVICE, text)}), actions=EVERYTHING)
    if not text.startswith("arn:") and has_wildcard(text):
        return callers(conditions=(condition("StringLike", "aws:PrincipalServiceName", text),))
    return like(text) if has_wildcard(text) else callers(text)


def like(*patterns: str) -> Statement:
    """Those whose role, user or account's root user has such an ARN."""
    return callers(conditions=(condition("ArnLike", "aws:PrincipalArn", patterns),))


def of_organization(path: str) -> Statement:
    """The IAM principals of an organization, or of a path in one."""
    if "/" in path:
        return callers(conditions=(condition("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", path),))
    return callers(conditions=(condition("StringEquals", "aws:PrincipalOrgID", path),))


def asking(who: Statement, does: frozenset[str], when: Iterable[Condition] = ()) -> Statement:
    """The requests of somebody for some actions, under conditions."""
    return replace(who, actions=does, conditions=who.conditions | frozenset(when))


def classes(policy: Policy, who: Iterable[Statement], facts: KeyFacts) -> Iterator[Request]:
    """Of every class of callers that a policy can tell apart, one who is among `who`; without an action.

    Raises `TooManyError` where there are more classes than can be told apart.
    """
    meant = tuple(who)
    probe = Policy(meant)
    for caller in Space([*stated(policy), *stated(probe)], facts).callers:
        asked = replace(caller.request, action="kms:DescribeKey")
        if any(matches(probe, one, asked) for one in meant):
            yield caller.request
