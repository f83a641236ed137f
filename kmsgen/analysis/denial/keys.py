"""Which of the keys that sources tell of a denial is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kmsgen.analysis.denial.model import Denial, Where
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources.model import SourceKey, id_of


class Found(NamedTuple):
    """The keys that a denial may be about."""

    keys: tuple[SourceKey, ...]
    exact: bool
    """Whether it is this key for certain, by its ARN, id or alias."""


def fitting(keys: Sequence[SourceKey], denial: Denial) -> Found:
    """The key that the message names, else those that it may name for all that is known of them."""
    where = Where(denial.key)
    near = tuple(key for key in keys if _in_place(key, where))
    if where.alias is not None:
        named = tuple(key for key in near if where.alias in key.aliases)
    else:
        named = tuple(key for key in near if where.id and where.id in (key.key_id, id_of(key.arn)))
    if named:
        return Found(named, len(named) == 1)
    if where.alias is not None:
        return Found(tuple(key for key in near if not key.aliases), False)
    # A key whose id is known is another one; a blueprint does not know the ids of the keys that it makes.
    unknown = tuple(key for key in near if where.id is None or (key.key_id is None and key.arn is None))
    by_account = tuple(key for key in unknown if _may_be(key, denial))
    return Found(by_account or unknown, False)


def _in_place(key: SourceKey, where: Where) -> bool:
    return _agree(key.facts.account, where.account) and _agree(key.facts.region, where.region)


def _agree(known: str | None, said: str | None) -> bool:
    return known is None or said is None or is_symbolic(known) or known == said


def _may_be(key: SourceKey, denial: Denial) -> bool:
    return denial.region is None or _agree(key.facts.region, denial.region)
