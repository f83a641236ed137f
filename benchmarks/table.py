"""What was measured, as rows: printed as one table, and written as JSON."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


class Target(NamedTuple):
    """What a value is held against."""

    limit: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        """Whether a value is good enough."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"


class Row(NamedTuple):
    """One value: most are ratios, so that they hold on other machines."""

    part: str
    what: str
    value: float
    unit: str = "times"
    """`times` for a ratio; else `ms`, `MB`, `a second`, `seconds`."""
    target: Target | None = None
    processor: float | None = None
    """The same value by processor time, which is what counts where the machine is busy with other things."""
    seconds: float | None = None
    """Of one run, where the value is made from runs."""
    megabytes: float | None = None
    """The most that one run took."""

    @property
    def verdict(self) -> str:
        """Whether the target is met; nothing where there is none."""
        return "" if self.target is None else "met" if self.target.met(self.value) else "missed"

    def document(self) -> dict[str, Any]:
        """The row as JSON data."""
        target = None if self.target is None else {"limit": self.target.limit, "at_least": self.target.at_least}
        return {**self._asdict(), "target": target, "met": None if self.target is None else self.verdict == "met"}


_HEAD = ("", "measured", "value", "", "by cpu", "target", "", "a run", "peak")


def text(rows: Iterable[Row]) -> str:
    """The table, as Markdown."""
    lines = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(_HEAD))]
    ruled = [lines[0], tuple("-" * width for width in widths), *lines[1:]]
    return "".join(f"| {' | '.join(_padded(line, widths))} |\n" for line in ruled)


def _padded(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.part,
        row.what,
        _number(row.value),
        row.unit,
        "" if row.processor is None else _number(row.processor),
        "" if row.target is None else str(row.target),
        row.verdict,
        "" if row.seconds is None else f"{row.seconds * 1e3:,.0f} ms",
        "" if row.megabytes is None else f"{row.megabytes:.0f} MB",
    )


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def document(rows: Sequence[Row], left_out: Sequence[str]) -> str:
    """The same as JSON, with what it was measured on."""
    machine = {"python": platform.python_version(), "machine": platform.machine(), "system": platform.system()}
    whole = {"machine": machine, "rows": [row.document() for row in rows], "left_out": list(left_out)}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
