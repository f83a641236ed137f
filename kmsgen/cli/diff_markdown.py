"""A report on changes as Markdown for a pull request; its first line is a comment by which a bot finds it again."""

from __future__ import annotations

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
from kmsgen.cli.markup import code, escaped
from kmsgen.semantics.difference import Difference, for_people
from kmsgen.semantics.wording import example

MARKER = "<!-- kmsgen:diff -->"

_MOST_EQUAL = 40


def markdown(report: Report) -> str:
    """The whole report."""
    lines = [MARKER, "## Key policies", "", escaped(total(report)), ""]
    quiet = [one for one in report.changes if one.is_quiet]
    for one in report.changes:
        if not one.is_quiet:
            lines += _key(one)
    if quiet:
        lines += [f"No change in access: {escaped(names(quiet, _MOST_EQUAL))}", ""]
    lines += [f"> {escaped(note)}" for note in report.notes]
    return "\n".join(lines).rstrip() + "\n"


def _key(change: KeyChange) -> Iterator[str]:
    replaced = ", and the key is replaced" if change.replaces else ""
    yield f"### {code(change.pair.name)}: {VERDICTS[change.verdict]}{replaced}"
    yield ""
    yield f"{escaped(source_of(change))}"
    yield ""
    if change.reasons:
        yield from (f"- **not certain**: {escaped(reason)}" for reason in change.reasons)
        yield ""
    yield from _table("Gains", for_people(change.comparison.gains))
    yield from _table("Losses", for_people(change.comparison.losses))
    if change.attributes:
        yield "Also changes:"
        yield ""
        yield from (f"- {escaped(attribute(one))}" for one in change.attributes)
        yield ""
    comparison = change.comparison
    notes = [*comparison.assumptions, *change.notes]
    future = [("allowed", comparison.future_gains), ("no longer allowed", comparison.future_losses)]
    for word, some in future:
        for label, ones in by_cause(for_people(some)):
            who = ", ".join(dict.fromkeys(one.who for one in ones))
            notes.insert(0, f"actions that AWS may add one day, {word}: {who}; {label}")
    if notes:
        yield from (f"- note: {escaped(note)}" for note in notes)
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
                f"**{escaped(who, table=True)}**<br>{escaped(label, table=True)}",
                escaped(f"{summary(first.what)}{how(first)}", table=True),
                escaped(when(first), table=True) or "always",
                code(example(first.witness), table=True),
            )
            yield f"| {' | '.join(cells)} |"
    yield ""
