"""Whether the `Resource` of a statement can be the key that the statement is attached to."""

from __future__ import annotations

from functools import lru_cache

from kmsgen.catalog.patterns import glob, has_wildcard
from kmsgen.policy.model import Statement
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.statements import Matcher
from kmsgen.semantics.strings import (
    NO_COLON,
    Automaton,
    Characters,
    Linear,
    TooManyError,
    glob_pattern,
    literal_pattern,
)
from kmsgen.semantics.world import KeyFacts

_MEANT = 1 << 1
"""The place of the pattern among what the automaton is asked about; before it stands the shape of a key's ARN."""


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


@lru_cache(maxsize=1024)
def _may_be(pattern: str, facts: KeyFacts) -> bool:
    """Whether a pattern matches the ARN of some key of that account and Region."""
    if pattern == "*" or is_symbolic(pattern):
        return True
    meant = glob_pattern(pattern) if has_wildcard(pattern) else literal_pattern(pattern)
    automaton = Automaton([_shape(_known(facts.region), _known(facts.account)), meant], shapes=1)
    try:
        return any(combination & _MEANT for combination in automaton.words())
    except TooManyError:
        return True


def _known(text: str | None) -> str | None:
    return None if text is None or is_symbolic(text) else text


@lru_cache(maxsize=256)
def _shape(region: str | None, account: str | None) -> Linear:
    """The ARNs of keys; a part that is not known may be anything, a placeholder too."""
    items, loops = list[Characters](), list[tuple[int, Characters]]()
    for before, part in (("arn:", None), (":kms:", region), (":", account), (":key/", None)):
        items += _text(before)
        if part is not None:
            items += _text(part)
        else:
            items.append(NO_COLON)
            loops.append((len(items), NO_COLON))
    return Linear(tuple(items), tuple(loops))


def _text(text: str) -> list[Characters]:
    return [Characters(frozenset(one)) for one in text]


def _every_key(pattern: str) -> bool:
    return pattern == "*" or glob(pattern)(
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    )
