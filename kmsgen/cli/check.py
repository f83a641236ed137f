"""`kmsgen check`: what is wrong with key policies, of blueprints or of anybody's, each thing at its place."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TextIO, cast

from kmsgen.analysis import engine
from kmsgen.analysis.finding import SEVERITIES, Severity
from kmsgen.analysis.registry import selected
from kmsgen.analysis.subject import Asked
from kmsgen.cli import render
from kmsgen.cli.reports import REPORTS, Counts, Run
from kmsgen.errors import KmsgenError, Problem, Problems
from kmsgen.sources import Loaded, Options, SourceKey, batches
from kmsgen.sources.principals import caller_of

_IN_MEMORY = 1 << 20
_ODD = "backslashreplace"
"""What becomes of bytes in the name of a file that are no text: what JSON reads back as the same name."""


@dataclass(frozen=True)
class Settings:
    """What the command line asks for."""

    sources: tuple[str, ...]
    asked: Asked
    format: str = "text"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Severity = "warning"
    """The least severity that makes the exit code 1."""
    options: Options = field(default_factory=Options)


def run(settings: Settings) -> int:
    """Print what is found; 1 where any of it is as bad as `severity`, or worse."""
    rules = selected(settings.select, settings.ignore)
    asked = engine.Settings(settings.asked, rules)
    counts, problems = Counts(), Problems()
    # Into a file first: what is reported is whole, or says with what it could not be.
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", errors=_ODD, newline="\n") as spool:
        stream = cast(TextIO, spool)
        report = REPORTS[settings.format](stream, Run(rules, render.wants_colour(sys.stdout)))
        for load in (part for source in settings.sources or ("blueprints",) for part in _parts(source, settings)):
            try:
                keys = load().keys
                _see_caller(keys, settings.asked.caller)
            except KmsgenError as error:
                problems.extend(error.problems)
                continue
            for one in engine.check(keys, asked):
                counts.add(one)
                report.key(one)
        report.end(counts)
        if counts.keys or not problems.errors:
            spool.seek(0)
            shutil.copyfileobj(stream, sys.stdout)
    if problems.errors:
        raise KmsgenError(*problems.errors)
    if not counts.keys:
        raise KmsgenError(Problem("there are no keys to check"))
    worse = SEVERITIES[: SEVERITIES.index(settings.severity) + 1]
    return int(any(getattr(counts, one) for one in worse))


def _told(load: Callable[[], Loaded]) -> Loaded:
    """The keys, after what is to be said of their source as a whole."""
    loaded = load()
    for note in loaded.notes:
        render.say(render.safe(f"note: {note}"))
    return loaded


def _see_caller(keys: Iterable[SourceKey], caller: str | None) -> None:
    """Raise `KmsgenError` with everything that is wrong with the caller, for whichever key."""
    problems = Problems()
    for key in keys:
        try:
            if caller is not None:
                caller_of(key, caller)
        except KmsgenError as error:
            problems.extend(error.problems)
    if problems.errors:
        raise KmsgenError(*problems.errors)


def _parts(source: str, settings: Settings) -> Iterator[Callable[[], Loaded]]:
    """What loads the source part by part; where not even the parts can be told, what says why."""

    def failing(error: KmsgenError) -> Loaded:
        raise error

    try:
        yield from (partial(_told, load) for load in batches(source, settings.options))
    except KmsgenError as error:
        yield partial(failing, error)
