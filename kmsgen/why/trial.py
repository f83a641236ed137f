"""A change to a blueprint tried: compiled with it in memory, its policy asked again, and what else it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kmsgen.analysis.denial.change import Change
from kmsgen.analysis.denial.explain import Proof
from kmsgen.analysis.denial.judge import Judgement, judge
from kmsgen.errors import KmsgenError
from kmsgen.policy.model import Effect
from kmsgen.semantics.compare import compare
from kmsgen.semantics.difference import Difference, for_people
from kmsgen.sources.editing import Edited, edited
from kmsgen.sources.model import Options, SourceKey

Findings = Callable[[SourceKey], Iterable[str]]
"""What is wrong with a key, in words."""

_NO_PLACE = "the key's blueprint is not at hand, or has no place for the entry"


@dataclass(frozen=True)
class Trial:
    """How changes are tried."""

    options: Options
    findings: Findings

    def entry(self, judgement: Judgement, change: Change) -> Proof | None:
        """What becomes of the request with an entry more; None where it would still be refused."""
        made = edited(judgement.key, change.noun, change.lines, change.flow, self.options)
        return self.outcome(judgement, made)

    def outcome(self, judgement: Judgement, made: Edited | KmsgenError | None, *fields: str) -> Proof | None:
        """What becomes of the request with the key as it was made; None where it would still be refused.

        `fields` are how the lists are written that are changed beside the one of `made`.
        """
        if made is None:
            return Proof(False, reason=_NO_PLACE)
        if isinstance(made, KmsgenError):
            return Proof(False, reason=f"the blueprint refuses it: {made.problems[0].message}")
        again = asked_again(judgement, made.key)
        where = again.direct if judgement.verdict == "allowed" else again.would
        if again.verdict not in ("allowed", "depends") or where is None:
            return None
        if denies(judgement) and denies(again):
            return None
        before = set(self.findings(judgement.key))
        found = tuple(sorted(set(self.findings(made.key)) - before))
        # A Deny tells nothing of what else it stops.
        gains = gained(judgement.key, made.key) if denies(judgement) else ()
        written = (made.field, *fields)
        return Proof(True, where, written, None, made.others, again.needs_identity_policy, found, gains)


def asked_again(judgement: Judgement, key: SourceKey) -> Judgement:
    """The same request judged by another policy of the key."""
    assert judgement.request is not None
    return judge(judgement.denial, key, judgement.request.principal, judgement.request.action)


def denies(judgement: Judgement) -> bool:
    """Whether a Deny stands in the way, or may."""
    return judgement.nearest is not None and judgement.nearest.statement.effect is Effect.DENY


def gained(before: SourceKey, after: SourceKey) -> tuple[str, ...]:
    """All that a key's policy allows and did not, in words; that this is not known, where it is not."""
    assert before.policy is not None
    assert after.policy is not None
    found = compare(before.policy, after.policy, after.facts)
    unsure = [f"what else is not decided: {reason}" for reason in found.undecided]
    return (*(_words(one) for one in for_people(found.gains)), *unsure)


def _words(one: Difference) -> str:
    iam = " if IAM allows it too" if one.after == "delegated" and "IAM" not in one.who else ""
    when = f", when {', and '.join(f'{key} {value}' for key, value in one.when)}" if one.when else ""
    return f"{one.who}: {', '.join(one.what)}{iam}{when}"
