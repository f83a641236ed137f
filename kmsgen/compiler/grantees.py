"""Whom statements name: principals, as the blueprint gives them, to what `Principal` says and what conditions add."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from kmsgen.blueprint.model import Entry, Pin, Term, Who
from kmsgen.catalog.principals import root_arn
from kmsgen.compiler.context import Context
from kmsgen.policy.model import AWS, Condition, Principal, condition


@dataclass(frozen=True)
class Grantees:
    """Principals that one statement can name: how `Principal` names them, and what its conditions add to that."""

    principals: tuple[Principal, ...]
    conditions: tuple[Condition, ...]
    suffix: str
    """What the way of naming adds to a `Sid`."""
    foreign: bool
    """Whether they are in another account than the key."""


class Caller(NamedTuple):
    """One principal, how it is named, and the conditions under which it uses the key anyway."""

    who: Who
    pin: Pin
    terms: tuple[Term, ...] = ()


def pin_of(entry: Entry, who: Who) -> Pin:
    """How a principal is named: as the entry says, else itself, where that is possible."""
    return entry.pin or default_pin(who)


def default_pin(who: Who) -> Pin:
    """How a principal is named where nothing is said: itself, where that is possible."""
    return "false" if who.kind == "sso" else "true"


def grantees(context: Context, pin: Pin, account: str, foreign: bool, members: Iterable[Who]) -> Grantees:
    """Principals that are named alike; `account` is theirs, where they are told by their ARN."""
    whos = list(members)
    if pin == "true":
        return Grantees(tuple(Principal(AWS, who.arn) for who in whos), (), "", foreign)
    by_arn = condition("ArnLike", "aws:PrincipalArn", [pattern for who in whos for pattern in who.patterns])
    if pin == "false":
        return Grantees((Principal(AWS, root_arn(context.key.partition, account)),), (by_arn,), "ByArn", foreign)
    in_account = condition("StringEquals", "aws:PrincipalAccount", account)
    return Grantees((Principal(AWS, "*"),), (by_arn, in_account), "ByArn", foreign)


def gather(context: Context, callers: Iterable[Caller]) -> Iterator[tuple[Grantees, tuple[Term, ...]]]:
    """Callers brought together where one statement can name them, each time with the conditions that they share."""
    groups: dict[object, list[Caller]] = {}
    for caller in callers:
        foreign = caller.who.account != context.key.account
        account = "" if caller.pin == "true" else caller.who.account
        said = tuple((term.word, term.value) for term in caller.terms)
        groups.setdefault((said, caller.pin, foreign, account), []).append(caller)
    for members in groups.values():
        who, pin, terms = members[0]
        foreign = who.account != context.key.account
        yield grantees(context, pin, who.account, foreign, (one.who for one in members)), terms


def everybody_in_account(context: Context) -> Grantees:
    """Every principal of the key's account, directly: only for statements that a service's forwarding narrows."""
    here = condition("StringEquals", "kms:CallerAccount", context.key.account)
    return Grantees((Principal(AWS, "*"),), (here,), "InAccount", foreign=False)


def whole_accounts(context: Context, accounts: Iterable[str]) -> Grantees:
    """Other accounts, whose IAM policies then decide."""
    roots = (root_arn(context.key.partition, account) for account in accounts)
    return Grantees(tuple(Principal(AWS, root) for root in roots), (), "", foreign=True)
