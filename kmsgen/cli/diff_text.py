"""A report on changes as people read it on a terminal: what each key's people gain, then what they lose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from kmsgen.catalog.capability import summary
from kmsgen.changes.attributes import Attribute
from kmsgen.changes.report import KeyChange, Report
from kmsgen.cli.render import safe
from kmsgen.semantics.difference import ROOT_USER, Difference, for_people
from kmsgen.semantics.wording import example
from kmsgen.words import counted

_COLOURS = {"gain": "\x1b[1;31m", "loss": "\x1b[1;33m", "head": "\x1b[1m", "dim": "\x1b[2m", "fine": "\x1b[32m"}

VERDICTS = {
    "equal": "no change in access",
    "broader": "broader, allows more",
    "narrower": "narrower, allows less",
    "changed": "changed, allows more and less",
    "added": "added",
    "removed": "removed",
    "undecided": "undecided",
    "unreadable": "unreadable, cannot be compared",
}
CAUSES = {
    "allow-added": "allowed by {}",
    "allow-removed": "no longer allowed by {}",
    "deny-added": "now denied by {}",
    "deny-removed": "no longer denied by {}",
}


def text(report: Report, *, colour: bool = False) -> str:
    """The whole report; ends in a line that counts."""
    writer = _Writer(colour)
    quiet = [one for one in report.changes if one.is_quiet]
    lines: list[str] = []
    for one in report.changes:
        if not one.is_quiet:
            lines += writer.key(one)
    if quiet:
        lines.append(f"{writer.paint('no change in access', 'fine')}: {names(quiet)}")
    lines += [writer.paint(f"note: {note}", "dim") for note in map(safe, report.notes)]
    lines.append(total(report))
    return "\n".join(lines) + "\n"


def names(changes: Iterable[KeyChange], most: int = 12) -> str:
    """The keys' names in one line."""
    listed = [safe(one.pair.name) for one in changes]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def total(report: Report) -> str:
    """One line that counts."""
    counts = report.summary()
    said = f"{counted(len(report.changes), 'key')}, {counts['keys_changed']} changed"
    parts = [said, counted(counts["gains"], "gain"), counted(counts["losses"], "loss", "losses")]
    if counts["uncertain"]:
        parts.append(f"{counts['uncertain']} not known for certain")
    return ", ".join(parts)


def source_of(change: KeyChange) -> str:
    """Where a key's two sides come from, and how it is known that they are one."""
    planned, current = change.pair.planned, change.pair.current
    if planned is None or current is None:
        only = planned or current
        return only.where if only else ""
    return f"{planned.where} against {current.where}, matched by {change.pair.by}"


def cause(one: Difference) -> str:
    """The statement that a difference comes from, and where it stands."""
    said = f"`{one.statement}`" if one.statement else f"statement {one.statement_index + 1}"
    places = list(dict.fromkeys(map(str, one.origin)))
    where = f" ({', '.join(places[:3])})" if places else ""
    return CAUSES[one.cause].format(said) + where


def how(one: Difference) -> str:
    """How strong access is, where it is not simply given or taken."""
    if one.before == "none":
        return " if IAM allows it too" if one.after == "delegated" else ""
    if one.after == "none":
        return " which IAM had to allow too" if one.before == "delegated" else ""
    return (
        " without IAM having to allow it" if one.after == "direct" else " only if IAM allows it too, no longer directly"
    )


def when(one: Difference) -> str:
    """The conditions in one line; empty for always, and of what `who` says already."""
    return ", and ".join(f"{key} {value}" for key, value in one.when if (key, value) != ROOT_USER)


def attribute(one: Attribute) -> str:
    """One line for something else that changes."""
    name = one.name.replace("_", " ")
    item = f" {one.item}" if one.item is not None and one.name != "aliases" else ""
    if one.name == "aliases":
        said = f"alias {one.after or one.before} is {'added' if one.after else 'removed'}"
    else:
        said = f"{name}{item}: {shown(one.before)} → {shown(one.after)}"
    return said + (" (replaces the key)" if one.replaces else "")


def shown(value: object) -> str:
    """A setting's value as people write it."""
    if value is None or value == "":
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def merged(differences: Sequence[Difference]) -> Iterator[tuple[Difference, tuple[Difference, ...]]]:
    """Differences that are the same but for who, together: the first, and all of them."""

    def alike(one: Difference) -> tuple[object, ...]:
        return one.what, one.when, one.before, one.after

    groups: dict[tuple[object, ...], list[Difference]] = {}
    for one in differences:
        groups.setdefault(alike(one), []).append(one)
    for some in groups.values():
        yield some[0], tuple(some)


def by_cause(differences: Sequence[Difference]) -> Iterator[tuple[str, tuple[Difference, ...]]]:
    """Differences by the statement that they come from, in the order of the statements."""
    ordered = sorted(differences, key=lambda one: (one.cause, one.statement_index))
    for _, group in groupby(ordered, lambda one: (one.cause, one.statement_index)):
        some = tuple(group)
        yield cause(some[0]), some


class _Writer:
    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def paint(self, text: str, colour: str) -> str:
        return f"{_COLOURS[colour]}{text}\x1b[0m" if self._colour else text

    def key(self, change: KeyChange) -> Iterator[str]:
        """The lines about one key, and an empty one."""
        replaced = ", and the key is replaced" if change.replaces else ""
        yield self.paint(f"{safe(change.pair.name)}: {VERDICTS[change.verdict]}{replaced}", "head")
        yield self.paint(f"  {safe(source_of(change))}", "dim")
        for reason in change.reasons:
            yield self.paint(f"  ! {safe(reason)}", "gain")
        comparison = change.comparison
        # Of a key that is new or gone all access is, and needs no example.
        examples = change.verdict not in ("added", "removed")
        yield from self._side("+", "gain", for_people(comparison.gains), examples)
        yield from self._side("-", "loss", for_people(comparison.losses), examples)
        for one in change.attributes:
            yield f"  ~ {safe(attribute(one))}"
        for word, future in (("allowed", comparison.future_gains), ("no longer allowed", comparison.future_losses)):
            for label, some in by_cause(for_people(future)):
                who = ", ".join(dict.fromkeys(one.who for one in some))
                yield self.paint(f"  . actions that AWS may add one day, {word}: {safe(who)}; {safe(label)}", "dim")
        for note in (*comparison.assumptions, *change.notes):
            yield self.paint(f"  note: {safe(note)}", "dim")
        yield ""

    def _side(self, sign: str, colour: str, differences: Sequence[Difference], examples: bool) -> Iterator[str]:
        for label, some in by_cause(differences):
            yield self.paint(f"  {sign} {safe(label)}", colour)
            for first, alike in merged(some):
                who = ", ".join(dict.fromkeys(one.who for one in alike))
                yield f"    {safe(who)}: {safe(summary(first.what))}{how(first)}"
                if conditions := when(first):
                    yield f"      when {safe(conditions)}"
                if examples:
                    yield self.paint(f"      e.g. {safe(example(first.witness))}", "dim")
