"""What AWS services may do, back to entries of `services`: a template tried with the values that statements have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kmsgen.importer.atoms import Allowed, World
from kmsgen.importer.bench import Bench
from kmsgen.importer.model import Item
from kmsgen.policy.model import Condition, Statement


@dataclass
class Services:
    """Finds service entries for one key."""

    bench: Bench
    world: World
    allowed: Allowed
    originals: Mapping[Condition, Condition]
    statements: Mapping[int, Statement]

    def items(self) -> tuple[Item, ...]:
        """Entries for every service of whose template all statements are there."""
        return ()
