"""What of a policy a guardrail is about: the same answer from less, and one that many keys share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from kmsgen.analysis.guardrails.model import Party
from kmsgen.policy.model import SERVICE, Effect, Policy, Statement
from kmsgen.semantics.prove import Invariant, Proof, prove
from kmsgen.semantics.statements import Matcher
from kmsgen.semantics.world import KeyFacts


def relevant(policy: Policy, people: Iterable[Party], does: frozenset[str]) -> Policy:
    """The statements that may decide about requests of some people for some actions, without their names.

    What is left out matches none of these requests, so every one of them fares under what is left as under the whole.
    """
    services = {party.kind in ("service", "services") for party in people}
    both = len(services) > 1
    kept = (one for one in policy.statements if _acts(one, does) and (both or _meant(one, True in services)))
    return replace(policy, statements=tuple(replace(one, sid=None) for one in kept), id=None)


def _meant(statement: Statement, services: bool) -> bool:
    """Whether it may name services, or else IAM principals."""
    if statement.not_principals or any(one.is_everyone for one in statement.principals):
        return True
    return any((one.kind == SERVICE) is services for one in statement.principals)


def _acts(statement: Statement, does: frozenset[str]) -> bool:
    if any("*" in name or "?" in name for name in does):
        return True
    acts = _matcher(statement.actions, statement.not_actions).acts
    return any(acts(name.lower()) for name in does)


@lru_cache(maxsize=1024)
def _matcher(actions: frozenset[str], not_actions: frozenset[str]) -> Matcher:
    return Matcher(Statement(Effect.ALLOW, actions=actions, not_actions=not_actions), True)


@lru_cache(maxsize=8192)
def proved(policy: Policy, invariant: Invariant, facts: KeyFacts) -> Proof:
    """The proof, which keys of one shape share."""
    return prove(policy, invariant, facts)


def shared(policy: Policy, facts: KeyFacts) -> KeyFacts:
    """What is known of the key, without its ARN where no statement asks for it."""
    plain = all(one.resources == {"*"} and not one.not_resources for one in policy.statements)
    return replace(facts, arn=None) if plain and facts.arn is not None else facts
