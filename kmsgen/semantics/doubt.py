"""Whether a decision on one request may come out otherwise once a stack knows what only it knows."""

from __future__ import annotations

from kmsgen.policy.model import ANYONE, Effect, Policy, Principal, Statement
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.request import Request
from kmsgen.semantics.unknown import at_most, told, unknown
from kmsgen.semantics.world import KeyFacts


def doubt(policy: Policy, request: Request, facts: KeyFacts, account: str | None = None) -> str | None:
    """Why it is not known what a policy says to a request; None where it is, whatever the stack makes of its symbols.

    `account` is the key's, where it is another than the facts say.
    """
    open_ = [unknown(one, facts) is not None for one in policy.statements]
    if not any(open_):
        return None
    outcomes = set()
    for effect in (Effect.ALLOW, Effect.DENY):
        # One way, all that may allow does, and nothing that only may deny; the other way round.
        statements = [
            _widest(one, facts) if doubtful else one
            for one, doubtful in zip(policy.statements, open_, strict=True)
            if not doubtful or one.effect is effect
        ]
        bound = Policy(tuple(statements), policy.version, policy.id)
        decision = evaluate(bound, request, key_account=account or facts.account)
        outcomes.add((decision.verdict, decision.access, decision.needs_identity_policy))
    return None if len(outcomes) == 1 else next(told(policy.statements, facts))


def _widest(statement: Statement, facts: KeyFacts) -> Statement:
    """A statement that matches all that one may match; everything, where not even that is known."""
    everything = Statement(
        statement.effect, frozenset({Principal(ANYONE, ANYONE)}), actions=frozenset({"*"}), origin=statement.origin
    )
    return at_most(statement, facts) or everything
