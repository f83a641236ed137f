"""Whether a blueprint means what a policy means: compiled by the real compiler, compared over all requests."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from kmsgen.policy.model import VERSION, Effect, Policy, Statement
from kmsgen.semantics.compare import compare
from kmsgen.semantics.difference import Comparison
from kmsgen.semantics.world import KeyFacts


class Proof(NamedTuple):
    """How a compiled policy compares with the one that it was made of."""

    outcome: Comparison

    @property
    def equal(self) -> bool:
        """Whether no request at all is decided differently."""
        return self.outcome.verdict == "equal"

    @property
    def narrower(self) -> bool:
        """Whether nothing at all is allowed that was not."""
        return self.outcome.verdict in ("equal", "narrower")


def prove(original: Policy, made: Policy, facts: KeyFacts) -> Proof:
    """The original compared with what a blueprint compiles to."""
    return Proof(compare(_plain(original), _plain(made), facts))


def matches_nothing(statement: Statement, facts: KeyFacts) -> bool:
    """Whether it is proved that no request at all matches a statement."""
    asked = replace(statement, effect=Effect.ALLOW)
    return prove(Policy((asked,)), Policy(()), facts).equal


def _plain(policy: Policy) -> Policy:
    """The policy without what says nothing: KMS reads its older version as it reads the newer, but for variables."""
    if policy.version == VERSION or _has_variables(policy):
        return policy
    return replace(policy, version=VERSION)


def _has_variables(policy: Policy) -> bool:
    values = (value for one in policy.statements for test in one.conditions for value in test.values)
    return any("${" in value for value in values)
