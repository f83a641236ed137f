"""`kmsgen import`: policies that others wrote as one blueprint, proved to mean the same before it is written."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kmsgen.analysis import engine
from kmsgen.analysis.subject import ANY_DAY
from kmsgen.blueprint.statements import ACCEPT
from kmsgen.cli import render
from kmsgen.cli.writing import write
from kmsgen.errors import KmsgenError, OutputError, Problem
from kmsgen.importer import Imported, ImportedKey, import_keys
from kmsgen.importer.model import WHOLE
from kmsgen.sources import Options, SourceKey, load
from kmsgen.sources.blueprint import library
from kmsgen.sources.model import distinct


@dataclass(frozen=True)
class Settings:
    """What the command line asks for."""

    sources: tuple[str, ...]
    out: Path | None = None
    tighten: bool = False
    force: bool = False
    options: Options = field(default_factory=Options)


def run(settings: Settings) -> int:
    """Write the blueprint, and say on standard error how it went."""
    if settings.out is not None and settings.out.exists() and not settings.force:
        message = f"`{settings.out.as_posix()}` is there already"
        raise OutputError(Problem(message, hint="name another file, or write over it with `--force`"))
    made, notes = imported(settings)
    if settings.out is None:
        sys.stdout.write(made.text)
    else:
        write(settings.out, made.text)
        render.say(render.safe(f"wrote {settings.out.as_posix()}"))
    for line in (*notes, *summary(made)):
        render.say(render.safe(line))
    return 0


def imported(settings: Settings) -> tuple[Imported, list[str]]:
    """The blueprint of the keys of all sources, and what is to be said of these.

    Raises `KmsgenError` with everything that is wrong with them.
    """
    keys, notes = _loaded(settings)
    templates = library(settings.options.templates)
    return import_keys(keys, templates, tighten=settings.tighten, findings=_findings), notes


def _findings(key: SourceKey) -> Iterator[tuple[int | None, str, str]]:
    """What `check` finds in a key, for comments; of dates only what holds on every day."""
    for result in engine.check([key], engine.Settings(ANY_DAY)):
        yield from ((one.statement_index, one.code, one.message) for one in result.findings)


def _loaded(settings: Settings) -> tuple[tuple[SourceKey, ...], list[str]]:
    """The keys of all sources, with the mistakes of all."""
    keys, notes, problems = list[SourceKey](), list[str](), list[Problem]()
    for source in settings.sources:
        try:
            found = load(source, settings.options)
            keys += found.keys
            notes += [note for note in found.notes if note not in notes]
        except KmsgenError as error:
            problems += error.problems
    problems += settings.options.parameters.unmet()
    if problems:
        raise KmsgenError(*problems)
    return distinct(keys), notes


def summary(made: Imported) -> Iterable[str]:
    """How it went, for people."""
    for key in made.keys:
        yield from _of_key(key, tightened=made.tightened)
    keys, total = len(made.keys), sum(key.statements for key in made.keys)
    recognised, kept = (sum(getattr(key, name) for key in made.keys) for name in ("recognised", "verbatim"))
    word = "key" if keys == 1 else "keys"
    proved = "allows no more than before" if made.tightened else "means the same"
    share = f" ({100 * recognised // total} %)" if total else ""
    kept_words = f", {kept} kept as they are" if kept else ""
    yield f"{keys} {word}, each proved: the blueprint {proved}"
    yield f"{recognised} of {total} statements recognised{share}{kept_words}"
    if accepted := sum(key.accepted for key in made.keys):
        statements = "statement stands" if accepted == 1 else "statements stand"
        yield f"{accepted} {statements} although something is wrong (`{ACCEPT}`): `kmsgen check` says what"
    would = sum(len(key.removals) for key in made.keys)
    if would and not made.tightened:
        yield f"`--tighten` would take {would} {'thing' if would == 1 else 'things'} away"


def _of_key(key: ImportedKey, *, tightened: bool) -> Iterable[str]:
    for one in key.left_out:
        yield f"{key.name}: left out {one.what} that has no effect, Statement[{one.statement}]: {one.reason}"
    verb = "took away" if tightened else "`--tighten` would take away"
    for one in key.removals:
        of = f"Statement[{one.statement}]"
        yield f"{key.name}: {verb} {of if one.what == WHOLE else f'{one.what} of {of}'}: {one.reason}"
    for loss in key.losses:
        yield f"{key.name}: no longer allowed: {loss}"
