"""A guardrail's clause in the light of one key: the requests that it is about, as statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kmsgen.analysis.guardrails.model import OWN, Clause, Party, When
from kmsgen.analysis.guardrails.selector import UnknownError
from kmsgen.catalog.principals import sso_patterns
from kmsgen.policy.model import AWS, VERSION, Condition, Effect, Policy, Principal, Statement, condition
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics import who
from kmsgen.semantics.prove import Requests, callers
from kmsgen.semantics.statements import account_named
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import partition_in


def account(word: str, facts: KeyFacts) -> str:
    """The account that a word means for a key.

    Raises `UnknownError` where it is the key's own, and that is not known.
    """
    if word != OWN:
        return word
    if facts.account is None or is_symbolic(facts.account):
        raise UnknownError("it is about the key's own account, which is not known", "give `--account DIGITS`")
    return facts.account


def asked(clause: Clause, does: frozenset[str], facts: KeyFacts, but: Iterable[Statement] = ()) -> Requests:
    """The requests that a clause is about.

    Raises `UnknownError` where that depends on what is not known of the key.
    """
    ways = _conditions(clause.when, facts) or ((),)
    like = tuple(who.asking(one, does, way) for one in people(clause.who, facts) for way in ways)
    unless = (callers(conditions=way) for way in _conditions(clause.unless, facts))
    return Requests(like, (*people(clause.besides, facts), *unless, *but))


def people(parties: Iterable[Party], facts: KeyFacts) -> tuple[Statement, ...]:
    """The requests of some people, for whatever actions."""
    return tuple(_statement(party, facts) for party in parties)


def _statement(party: Party, facts: KeyFacts) -> Statement:
    if party.kind in ("anyone", "services"):
        return who.ANYONE if party.kind == "anyone" else who.SERVICES
    if party.kind == "organization":
        return who.of_organization(party.name)
    if party.kind == "service" or (party.kind == "arn" and not party.account):
        return who.named(party.name)
    number = account(party.account, facts)
    if party.kind == "account":
        return who.named(number)
    if party.kind == "root":
        return who.ROOT_USERS if number == "*" else who.named(f"arn:{_partition(facts)}:iam::{number}:root")
    if party.kind == "sso":
        return who.like(*sso_patterns(_partition(facts), number, party.name))
    service, _, rest = party.name.partition(":")
    return who.named(f"arn:{_partition(facts)}:{service}::{number}:{rest}")


def _partition(facts: KeyFacts) -> str:
    return facts.arn.split(":")[1] if facts.arn and not is_symbolic(facts.arn) else partition_in(facts.region)


def _conditions(ways: When, facts: KeyFacts) -> tuple[tuple[Condition, ...], ...]:
    return tuple(tuple(_placed(test, facts) for test in way) for way in ways)


def _placed(test: Condition, facts: KeyFacts) -> Condition:
    if not any(OWN in value for value in test.values):
        return test
    number = account(OWN, facts)
    return condition(test.operator, test.key, [value.replace(OWN, number) for value in test.values])


def direct(policy: Policy) -> Iterator[Statement]:
    """The requests that a policy's Allows let in directly, without the word of an account's IAM policies.

    Raises `UnknownError` for policies of an old version whose `${…}` is plain text, which the answer cannot say.
    """
    for one in policy.statements:
        if one.effect is not Effect.ALLOW:
            continue
        if policy.version != VERSION and any("${" in value for test in one.conditions for value in test.values):
            raise UnknownError("the policy's version takes `${…}` for plain text", f"write `Version: {VERSION!r}`")
        accounts = {
            number: None for kind, value in sorted(one.principals) if kind == AWS and (number := account_named(value))
        }
        rest = frozenset(p for p in one.principals if not (p.kind == AWS and account_named(p.value)))
        if rest or one.not_principals:
            yield replace(one, principals=rest)
        if accounts:
            named = frozenset(Principal(AWS, number) for number in accounts)
            yield replace(one, principals=named, conditions=one.conditions | who.ROOT_USERS.conditions)


def foreign(parties: Iterable[Party], facts: KeyFacts) -> Iterator[Party]:
    """Those that certainly are of another account than the key's."""
    for party in parties:
        number = party.name.split(":")[4] if party.kind == "arn" and not party.account else party.account
        if facts.account and not is_symbolic(facts.account) and number.isdecimal() and number != facts.account:
            yield party
