"""Explanations as people read them: a table on a terminal, and the same as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from kmsgen.analysis.explain import Explanation, Grant
from kmsgen.catalog.capability import summary
from kmsgen.cli.render import safe

_BOLD, _DIM, _END = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_GAP = 2
_LEAST = (24, 24, 20)
_TABLE = 2 + sum(_LEAST) + 2 * _GAP
"""So many columns a table takes; where there are fewer, who, what and when stand below each other."""
_HEADS = ("WHO", "WHAT", "WHEN")


def text(explanations: Iterable[Explanation], *, colour: bool = False, width: int = 120) -> str:
    """A table for each key, `width` columns wide, or on a narrow terminal a list."""
    return "\n".join(_key(one, colour, width) for one in explanations)


def rows(explanation: Explanation) -> Iterator[tuple[str, str, str]]:
    """Who, what, when; lines that say the same of who or what are one."""
    for one in explanation.grants:
        yield safe(_who(one)), safe(summary(one.what)), safe(_when(one))


def _who(one: Grant) -> str:
    return f"{one.who} (if IAM allows it)" if one.needs_identity_policy and one.kind != "account" else one.who


def _when(one: Grant) -> str:
    return "; ".join(one.conditions) or "always"


def _key(one: Explanation, colour: bool, width: int) -> str:
    bold, dim, end = (_BOLD, _DIM, _END) if colour else ("", "", "")
    place = ", ".join(part for part in (one.key.facts.account, one.key.facts.region) if part)
    lines = [f"{bold}{safe(one.key.name)}{end}  {dim}{safe(one.key.where)}{f'  ({safe(place)})' if place else ''}{end}"]
    table = list(rows(one))
    if table:
        lines += _table(table, width, (dim, end)) if width >= _TABLE else _stacked(table, width)
    for why in one.undecided:
        lines.append(f"  not decided: {safe(why)}")
    for needed in one.needed:
        how = f": {needed.command}" if needed.command else ""
        lines += _wrapped(f"must exist: {needed.kind} {needed.principal}{how}", width)
    for note in one.notes:
        lines += _wrapped(f"note: {note}", width)
    for finding in one.findings:
        if not finding.accepted:
            lines += _wrapped(f"{finding.severity}: {finding.message} [{finding.code} {finding.rule}]", width)
    return "\n".join(lines) + "\n"


def _wrapped(said: str, width: int, indent: str = "  ") -> list[str]:
    further = f"{indent}  "
    return textwrap.wrap(safe(said), width, initial_indent=indent, subsequent_indent=further, break_on_hyphens=False)


def _stacked(table: Sequence[tuple[str, str, str]], width: int) -> Iterator[str]:
    before: str | None = None
    for who, what, when in table:
        yield from _wrapped(who, width) if who != before else ()
        yield from _wrapped(f"{what}: {when}", width, "    ")
        before = who


def _table(table: Sequence[tuple[str, str, str]], width: int, dim: tuple[str, str]) -> Iterator[str]:
    widths = _widths([_HEADS, *table], width - 2)
    yield f"  {dim[0]}{_line(_HEADS, widths)}{dim[1]}"
    before: tuple[str, str, str] | None = None
    for row in table:
        shown = ("" if before and before[0] == row[0] else row[0], row[1], row[2])
        before = row
        cells = [
            textwrap.wrap(said, size, break_on_hyphens=False) or [""] for said, size in zip(shown, widths, strict=True)
        ]
        for number in range(max(map(len, cells))):
            yield "  " + _line([one[number] if number < len(one) else "" for one in cells], widths)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return (" " * _GAP).join(cell.ljust(size) for cell, size in zip(cells, widths, strict=True)).rstrip()


def _widths(table: Sequence[Sequence[str]], width: int) -> list[int]:
    """As wide as the cells are, and where that is too much a fair share for each column."""
    widths = [max(len(row[column]) for row in table) for column in range(3)]
    room = width - 2 * _GAP
    while sum(widths) > room:
        widest = max(range(3), key=lambda column: widths[column] - _LEAST[column])
        if widths[widest] <= _LEAST[widest]:
            break
        widths[widest] -= 1
    return widths


def markdown(explanations: Iterable[Explanation]) -> str:
    """A section with a table for each key."""
    parts = []
    for one in explanations:
        lines = [f"## {cell(one.key.name)}", "", f"From `{safe(one.key.where)}`.", ""]
        table = list(rows(one))
        if table:
            lines += ["| Who | What | When |", "|---|---|---|"]
            lines += [f"| {' | '.join(map(cell, row))} |" for row in table]
            lines.append("")
        said = [f"Not decided: {why}" for why in one.undecided]
        said += [
            f"Must exist: {needed.kind} `{needed.principal}`"
            + (f", made by `{needed.command}`" if needed.command else "")
            for needed in one.needed
        ]
        said += [f"{note[:1].upper()}{note[1:]}." for note in one.notes]
        said += [
            f"{one_.severity.capitalize()}: {one_.message} ({one_.code})" for one_ in one.findings if not one_.accepted
        ]
        lines += [f"- {cell(line)}" for line in said]
        parts.append("\n".join(lines).rstrip() + "\n")
    return "\n".join(parts)


def cell(text_: str) -> str:
    """Text in a cell of a Markdown table, with nothing in it that is markup."""
    return (
        safe(text_.replace("\n", " "))
        .replace("\\", "\\\\")
        .replace("|", "\\|")
        .replace("<", "&lt;")
        .replace("*", "\\*")
    )
