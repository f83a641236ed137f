"""What every part of the benchmarks is told, and what it says about what it had to leave out."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.table import Row


@dataclass(frozen=True)
class Settings:
    """How much is measured, and where files are put meanwhile."""

    keys: int
    """The most keys; smaller numbers are measured too."""
    rounds: int
    place: Path
    node_modules: Path | None = None
    """Where aws-cdk-lib is, if it is anywhere."""
    left_out: list[str] = field(default_factory=list)
    """What was not measured, and why."""

    def sizes(self, *, of: tuple[int, ...] = (10, 100, 1_000, 10_000)) -> list[int]:
        """The numbers of keys to measure, the greatest last."""
        return [*(size for size in of if size < self.keys), self.keys]

    def turns(self, keys: int) -> int:
        """How many rounds: fewer where each takes long."""
        return self.rounds if keys <= 1_000 else max(1, self.rounds // 3)

    def has(self, module: str) -> bool:
        """Whether a peer is installed; else it is said that it is left out."""
        if importlib.util.find_spec(module) is not None:
            return True
        said = f"{module} is not installed, and is left out: pip install '.[bench]'"
        if said not in self.left_out:
            self.left_out.append(said)
        return False


Part = Callable[[Settings], Iterator[Row]]
