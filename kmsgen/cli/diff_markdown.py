"""A report on changes as Markdown for a pull request; its first line is a comment by which a bot finds it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kmsgen.catalog.capability import summary
from kmsgen.changes.report import KeyChange, Report
from kmsgen.cli.diff_text import (
    VERDICTS,
    attribute,
    by_cause,
    how,
    merged,
    names,
    source_of,
    total,
    when,
)
from kmsgen.cli.render import safe
from kmsgen.semantics.difference import Difference, for_people
from kmsgen.semantics.wording import example

MARKER = "<!-- kmsgen:diff -->"

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~@])")
_SPACE = re.compile(r"\s+")
_MOST_EQUAL = 40


def markdown(report: Report) -> str:
    """The whole report."""
    lines = [MARKER, "## Key policies", "", _escaped(total(report)), ""]
    quiet = [one for one in report.changes if one.is_quiet]
    for one in report.changes:
        if not one.is_quiet:
            lines += _key(one)
    if quiet:
        lines += [f"No change in access: {_escaped(names(quiet, _MOST_EQUAL))}", ""]
    lines += [f"> {_escaped(note)}" for note in report.notes]
    return "\n".join(lines).rstrip() + "\n"


def _key(change: KeyChange) -> Iterator[str]:
    replaced = ", and the key is replaced" if change.replaces else ""
    yield f"### {_code(change.pair.name)}: {VERDICTS[change.verdict]}{replaced}"
    yield ""
    yield f"{_escaped(source_of(change))}"
    yield ""
    if change.reasons:
        yield from (f"- **not certain**: {_escaped(reason)}" for reason in change.reasons)
        yield ""
    yield from _table("Gains", for_people(change.comparison.gains))
    yield from _table("Losses", for_people(change.comparison.losses))
    if change.attributes:
        yield "Also changes:"
        yield ""
        yield from (f"- {_escaped(attribute(one))}" for one in change.attributes)
        yield ""
    comparison = change.comparison
    notes = [*comparison.assumptions, *change.notes]
    future = [("allowed", comparison.future_gains), ("no longer allowed", comparison.future_losses)]
    for word, some in future:
        for label, ones in by_cause(some):
            who = ", ".join(dict.fromkeys(one.who for one in ones))
            notes.insert(0, f"actions that AWS may add one day, {word}: {who}; {label}")
    if notes:
        yield from (f"- note: {_escaped(note)}" for note in notes)
        yield ""


def _table(title: str, differences: Sequence[Difference]) -> Iterator[str]:
    if not differences:
        return
    yield f"| {title} | may | when | e.g. |"
    yield "| --- | --- | --- | --- |"
    for label, some in by_cause(differences):
        for first, alike in merged(some):
            who = ", ".join(dict.fromkeys(one.who for one in alike))
            cells = (
                f"**{_escaped(who, table=True)}**<br>{_escaped(label, table=True)}",
                _escaped(f"{summary(first.what)}{how(first)}", table=True),
                _escaped(when(first), table=True) or "always",
                _code(example(first.witness), table=True),
            )
            yield f"| {' | '.join(cells)} |"
    yield ""


def _escaped(text: str, *, table: bool = False) -> str:
    """Text in which nothing but words in backticks is taken for Markdown, for HTML, or for a mention of somebody."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # one that stands alone begins nothing
        return _plain(text)
    return "".join(_code(one, table=table) if place % 2 and one else _plain(one) for place, one in enumerate(pieces))


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", safe(_SPACE.sub(" ", text))).replace("\\@", "&#64;").replace("\\<", "&lt;")


def _code(text: str, *, table: bool = False) -> str:
    """Text as code; in a table a bar would end its cell."""
    plain = safe(_SPACE.sub(" ", text)).replace("`", "'")
    return f"`{plain.replace('|', chr(92) + '|') if table else plain}`"
