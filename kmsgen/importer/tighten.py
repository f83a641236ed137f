"""What a policy would not miss: what `--tighten` takes away, and why each time.

Nothing here takes away who may put the policy, so that no key is locked: the account itself keeps that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kmsgen.catalog import actions
from kmsgen.catalog.principals import root_arn
from kmsgen.importer.bench import Bench
from kmsgen.importer.model import Removal
from kmsgen.importer.proof import Proof, matches_nothing
from kmsgen.policy.model import AWS, Effect, Policy, Principal, Statement
from kmsgen.semantics.difference import for_people
from kmsgen.semantics.world import KeyFacts

_REASON = "who uses the key is named; the account's IAM policies decide about managing it, no longer about using it"


def removals(policy: Policy, bench: Bench, facts: KeyFacts) -> tuple[Removal, ...]:
    """What is taken away, statement by statement."""
    if not _somebody_uses(policy, bench, facts):
        return ()
    whole = (place for place, one in enumerate(policy.statements) if _delegates(one, bench))
    return tuple(Removal(place, "the use of the key", _REASON) for place in whole)


def tightened(policy: Policy, bench: Bench, facts: KeyFacts) -> Policy:
    """The policy without it; every statement keeps its place."""
    if not _somebody_uses(policy, bench, facts):
        return policy
    template = bench.library.find("root", "delegate-admin")
    managing = template.bound & bench.working if template else frozenset[str]()
    return replace(
        policy,
        statements=tuple(
            replace(one, actions=managing) if managing and _delegates(one, bench) else one for one in policy.statements
        ),
    )


def losses(proof: Proof, gone: tuple[Removal, ...]) -> Iterator[str]:
    """What is no longer allowed, in plain words, each with the reason."""
    reasons = {one.statement: one.reason for one in gone}
    lost: dict[tuple[str, str], set[str]] = {}
    for one in for_people(proof.outcome.losses):
        reason = reasons.get(one.statement_index, "nothing else allows it")
        lost.setdefault((one.who, reason), set()).update(one.what)
    for (who, reason), what in lost.items():
        yield f"{who}: {', '.join(sorted(what))} ({reason})"


def _delegates(statement: Statement, bench: Bench) -> bool:
    """Whether a statement is AWS's own default: everything to the account, whose IAM policies decide."""
    account = bench.place.account
    own = {Principal(AWS, account), Principal(AWS, root_arn(bench.place.partition, account))}
    return (
        statement.effect is Effect.ALLOW
        and bool(statement.principals)
        and statement.principals <= own
        and bool(statement.actions & {"kms:*", "*"})
        and not statement.conditions
    )


def _somebody_uses(policy: Policy, bench: Bench, facts: KeyFacts) -> bool:
    """Whether some principal of IAM is let use the key by name: else nobody could use it without the account's word."""
    return any(
        _uses(one) and not _delegates(one, bench) and not matches_nothing(one, facts) for one in policy.statements
    )


def _uses(statement: Statement) -> bool:
    if statement.effect is not Effect.ALLOW:
        return False
    named = {one.category for pattern in statement.actions for one in actions.matching(pattern)}
    people = any(one.kind == AWS and not one.is_deleted and not one.is_everyone for one in statement.principals)
    return "use" in named and people
