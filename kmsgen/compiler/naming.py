"""Statements on their way to a policy, with what their `Sid` is made of: role, guard or service, and condition."""

from __future__ import annotations

from typing import NamedTuple

from kmsgen.compiler.conditions import Lowered, sid_words
from kmsgen.policy.model import Statement

_DESCRIBE = frozenset({"kms:DescribeKey"})


class Draft(NamedTuple):
    """A statement without its `Sid`, and the words for one."""

    bases: tuple[str, ...]
    """What it lets somebody do: several where statements were merged."""
    words: str
    """Under which conditions."""
    statement: Statement


def draft(
    base: str,
    actions: frozenset[str],
    lowered: tuple[Lowered, ...],
    suffix: str,
    statement: Statement,
    *,
    whole: bool = False,
) -> Draft:
    """A draft for a statement of some of a template's actions; `DescribeKey` alone is called what it is.

    Not where it is `whole`, all that the template's statement says: then the template has named it.
    """
    name = "DescribeKey" if actions == _DESCRIBE and not whole else base
    return Draft((name,), sid_words(one.term for one in lowered) + suffix, statement)
