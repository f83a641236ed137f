"""Denials back to guards: a guard is meant where what it makes is what the statement says."""

from __future__ import annotations

from collections.abc import Mapping

from kmsgen.importer.bench import Bench
from kmsgen.importer.model import Draft, Item
from kmsgen.policy.model import Statement


def guards(bench: Bench, draft: Draft, items: list[Item], statements: Mapping[int, Statement]) -> list[Item]:
    """The guards that stand for statements, each with the statement."""
    return []
