"""Whether the `Resource` of a statement can be the key that the statement is attached to."""

from __future__ import annotations

from kmsgen.catalog.patterns import ARN_PARTS, glob
from kmsgen.policy.model import Statement
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.statements import Matcher
from kmsgen.semantics.world import KeyFacts


def resources(statement: Statement) -> tuple[str, tuple[str, ...]]:
    """Which element says the resources, and what they are, sorted."""
    if statement.not_resources:
        return "NotResource", tuple(sorted(statement.not_resources))
    return "Resource", tuple(sorted(statement.resources))


def reaches(statement: Statement, facts: KeyFacts) -> bool:
    """Whether a statement may be about the key, as far as its ARN, account and Region are known."""
    if not statement.resources and not statement.not_resources:
        return False
    if facts.arn is not None and not is_symbolic(facts.arn):
        return Matcher(statement, True).on_key(facts.arn)
    if statement.not_resources:
        return not any(_every_key(pattern) for pattern in statement.not_resources)
    return any(_may_be(pattern, facts) for pattern in statement.resources)


def _may_be(pattern: str, facts: KeyFacts) -> bool:
    """Whether a pattern may match the ARN of a key of that account and Region."""
    if pattern == "*" or is_symbolic(pattern):
        return True
    parts = pattern.split(":", ARN_PARTS - 1)
    if len(parts) < ARN_PARTS:
        return "*" in pattern and pattern.startswith(("arn:", "*"))  # a star may stand for several parts
    _, _, service, region, account, resource = parts
    known = ((service, "kms"), (region, facts.region), (account, facts.account))
    if not all(value is None or is_symbolic(value) or glob(part)(value) for part, value in known):
        return "*" in "".join(parts[:5])  # and so it may here
    return resource.startswith(("key/", "*", "k*", "ke*", "key*"))


def _every_key(pattern: str) -> bool:
    return pattern == "*" or glob(pattern)(
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    )
