"""Whether somebody can do something with a key in any context at all: a request that shows it, or a proof of none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from kmsgen.catalog import condition_keys
from kmsgen.catalog.key_specs import kind_of
from kmsgen.catalog.principals import account_of
from kmsgen.policy.model import AWS, Condition, Effect, Policy, Principal, Statement, condition
from kmsgen.policy.operators import parse_operator
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.conditions import prepared
from kmsgen.semantics.evaluate import evaluate, matchers, matches
from kmsgen.semantics.friendly import OTHER_ACCOUNT, instance, other
from kmsgen.semantics.prove import NOT_A_SERVICE, Never, Proof, Requests, callers, prove
from kmsgen.semantics.request import Request
from kmsgen.semantics.statements import LEVELS, Access, account_named
from kmsgen.semantics.world import KeyFacts

ANYBODY = "*"
"""Every principal of every account; AWS services that call by themselves are not meant."""
_TELLING = """
    kms:PutKeyPolicy kms:ScheduleKeyDeletion kms:DisableKey kms:Decrypt kms:Sign kms:GenerateMac kms:DeriveSharedSecret
    """.split()
OF_CALLER = frozenset(
    """
    aws:principalaccount aws:principalarn aws:principalisawsservice aws:principaltype aws:username kms:calleraccount
    """.split()
)
"""The condition keys that the caller's own ARN settles."""
ROOT_USER = callers(conditions=(condition("StringEquals", "aws:PrincipalType", "Account"),))
"""The requests of root users."""


def able(
    policy: Policy,
    who: str,
    actions: frozenset[str],
    facts: KeyFacts,
    conditions: tuple[Condition, ...] = (),
    level: Access = "direct",
) -> Proof:
    """Whether `who` can never do any of the actions under the conditions; the counterexample is how they can.

    `who` is the ARN of a principal, or an account for everybody of it, or ANYBODY, of whom root users do not count.
    """
    return able_by(_plain(policy, actions), who, actions, facts, conditions, level)


def able_by(
    statements: Policy,
    who: str,
    actions: frozenset[str],
    facts: KeyFacts,
    conditions: tuple[Condition, ...] = (),
    level: Access = "direct",
) -> Proof:
    """The same, of a policy that has no more than the statements which decide about the actions, without `Sid`s."""
    account = own_account(facts)
    known = facts if account == facts.account else replace(facts, account=account)
    return _decided(_about(statements, who), who, actions, known, conditions, level)


def own_account(facts: KeyFacts) -> str | None:
    """The key's account where its digits are known; what a symbol stands for may be any account."""
    return facts.account if facts.account and not is_symbolic(facts.account) else None


@lru_cache(maxsize=1024)
def _plain(policy: Policy, actions: frozenset[str]) -> Policy:
    """The statements that decide about some actions, without what does not matter to that."""
    wanted = [name.lower() for name in actions]
    kept = (
        replace(one, sid=None, origin=())
        for one, matcher in zip(policy.statements, matchers(policy), strict=True)
        if any(map(matcher.acts, wanted))
    )
    return Policy(tuple(kept), policy.version)


def _about(policy: Policy, who: str) -> Policy:
    """The statements that may say something of one caller, so that keys which differ in others share a proof."""
    if who == ANYBODY:
        return policy
    return Policy(tuple(_of_caller(one, who) for one in policy.statements if _touches(one, who)), policy.version)


def _touches(statement: Statement, who: str) -> bool:
    named = bool(statement.not_principals) or any(_may_be(one, who) for one in statement.principals)
    return named and (_is_open(who) or all(_may_hold(test, who) for test in statement.conditions))


def _is_open(who: str) -> bool:
    """Whether it is not one ARN that is asked about: an account, or a session, which does not tell its role's path."""
    return account_named(who) is not None or Request(who, "").kind not in ("role", "user") or is_symbolic(who)


def _may_hold(test: Condition, who: str) -> bool:
    """Whether a condition may hold of a role's or a user's request, as far as its ARN settles that."""
    settled = test.key.lower() in OF_CALLER and not any("${" in value for value in test.values)
    return not settled or prepared(test)(Request(who, "").values)


def _of_caller(statement: Statement, who: str) -> Statement:
    return replace(statement, principals=frozenset(one for one in statement.principals if _may_be(one, who)))


def _may_be(principal: Principal, who: str) -> bool:
    if principal.is_everyone or principal.value == who:
        return True
    of_account = principal.kind == AWS and account_of_principal(principal.value) == account_of_principal(who)
    # A session is its role's, and an account is everybody's of it.
    whole = account_named(principal.value) or account_named(who)
    return of_account and bool(whole or ":assumed-role/" in principal.value + who)


def account_of_principal(value: str) -> str:
    """The account of an `AWS` principal; empty where it tells none."""
    return account_named(value) or account_of(value)


@lru_cache(maxsize=1024)
def _decided(
    policy: Policy, who: str, actions: frozenset[str], facts: KeyFacts, conditions: tuple[Condition, ...], level: Access
) -> Proof:
    if not any(one.effect is Effect.ALLOW for one in policy.statements):
        return Proof(True)
    asked = callers(*([] if who == ANYBODY else [who]), actions=actions, conditions=conditions)
    # To find a request is cheaper than to look for all of them, and most that is asked about can be done.
    for request in _tries(policy, who, actions, facts, conditions):
        counts = who != ANYBODY or request.kind != "root"
        if counts and matches(Policy(()), asked, request) and _enough(policy, request, facts, level):
            return Proof(False, (request,))
    if who != ANYBODY:
        return prove(policy, Never("", Requests((asked,)), level), facts)
    people = replace(asked, conditions=asked.conditions | {NOT_A_SERVICE})
    return prove(policy, Never("", Requests((people,), (ROOT_USER,)), level), facts)


def _enough(policy: Policy, request: Request, facts: KeyFacts, level: Access) -> bool:
    decision = evaluate(policy, request, key_account=facts.account)
    foreign = facts.account is not None and request.account != facts.account
    access: Access = "direct" if foreign and decision.access == "delegated" else decision.access
    return LEVELS[access] >= LEVELS[level]


def _tries(
    policy: Policy, who: str, actions: frozenset[str], facts: KeyFacts, conditions: Iterable[Condition]
) -> Iterator[Request]:
    """The requests that each Allow seems to be written for."""
    kind = kind_of(facts.spec, facts.usage) if facts.spec and facts.usage else None
    for one, matcher in zip(policy.statements, matchers(policy), strict=True):
        if not matcher.allows:
            continue
        context = _context((*conditions, *one.conditions))
        tested = {test.key.lower() for statement in policy.statements for test in statement.conditions}
        context |= {key: values[0] for key, values in facts.constants.items() if key in tested}
        acted = (name for name in sorted(actions, key=telling) if matcher.acts(name.lower()))
        carried = (name for name in acted if all(condition_keys.carries(name, key, kind) for key in context))
        if (action := next(carried, None)) is not None and len(_NETWORK & context.keys()) < 2:
            yield Request(_likely(who, one, facts), action, context, facts.arn)


def _likely(who: str, statement: Statement, facts: KeyFacts) -> str:
    """One caller whom a statement seems to mean: who is asked about, or like whom its conditions say."""
    said = {test.key.lower(): test.values[0] for test in sorted(statement.conditions) if _is_positive(test)}
    account = account_named(who)
    if who == ANYBODY:
        if "aws:principalarn" in said:
            return instance("aws:principalarn", said["aws:principalarn"])
        account = said.get("aws:principalaccount") or said.get("kms:calleraccount") or facts.account or OTHER_ACCOUNT
    elif said.get("aws:principaltype") == "Account":
        return f"arn:aws:iam::{account}:root" if account else who
    return f"arn:aws:iam::{account}:role/example" if account else who


def _is_positive(test: Condition) -> bool:
    operator = parse_operator(test.operator)
    return operator is not None and operator.base != "Null" and not operator.negated


def telling(action: str) -> tuple[int, str]:
    """Sorts actions so that those which people know by name come first."""
    return _TELLING.index(action) if action in _TELLING else len(_TELLING), action


_NETWORK = frozenset({"aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "kms:viaservice"})
_SHOWN = ("string", "arn", "bool")


def _context(tests: Iterable[Condition]) -> dict[str, str]:
    """A context as conditions demand it, as far as that is plain; by lower-case keys."""
    found: dict[str, str] = {}
    for test in sorted(tests, key=lambda test: (test.key, test)):
        operator, key = parse_operator(test.operator), test.key.lower()
        if operator is not None and operator.base == "Null" and test.values == ("false",):
            found.setdefault(key, other(key))
        if operator is None or operator.negated or operator.family not in _SHOWN or key in OF_CALLER:
            continue
        found[key] = test.values[0] if operator.family == "bool" else instance(key, test.values[0])
    return found
