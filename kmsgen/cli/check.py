"""`kmsgen check`: what is wrong with key policies, of blueprints or of anybody's, each thing at its place."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TextIO, cast

from kmsgen.analysis.engine import OF_GUARDRAILS
from kmsgen.analysis.finding import SEVERITIES, Severity
from kmsgen.analysis.registry import selected
from kmsgen.analysis.subject import Asked
from kmsgen.analysis.suppressions import refused
from kmsgen.cli import render
from kmsgen.cli.check_run import Checking, Files
from kmsgen.cli.reports import REPORTS, Counts, Run
from kmsgen.errors import KmsgenError, Problem
from kmsgen.sources import Loaded, Options, batches

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
    files: Files = field(default_factory=Files)


def run(settings: Settings) -> int:
    """Print what is found; 1 where any of it is as bad as `severity`, or worse."""
    more = OF_GUARDRAILS if settings.files.guardrails and settings.select else ()
    rules = selected((*settings.select, *more), settings.ignore)
    checking, counts = Checking(settings.asked, rules, settings.files, settings.options), Counts()
    # Into a file first: what is reported is whole, or says with what it could not be.
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", errors=_ODD, newline="\n") as spool:
        stream = cast(TextIO, spool)
        report = REPORTS[settings.format](stream, Run(rules, render.wants_colour(sys.stdout)))
        for one in checking.results(
            part for source in settings.sources or ("blueprints",) for part in _parts(source, settings)
        ):
            counts.add(one)
            report.key(one)
        report.end(counts)
        if counts.keys:
            spool.seek(0)
            shutil.copyfileobj(stream, sys.stdout)
    checking.finish()
    if not counts.keys:
        raise KmsgenError(Problem("there are no keys to check"))
    worse = SEVERITIES[: SEVERITIES.index(settings.severity) + 1]
    return int(any(getattr(counts, one) for one in worse))


def _told(load: Callable[[], Loaded]) -> Loaded:
    """The keys, after what is to be said of their source as a whole."""
    loaded = load()
    render.notes(loaded.notes)
    return loaded


def _parts(source: str, settings: Settings) -> Iterator[Callable[[], Loaded]]:
    """What loads the source part by part; where not even the parts can be told, what says why."""

    def failing(error: KmsgenError) -> Loaded:
        raise error

    try:
        options = replace(settings.options, refused=refused)
        yield from (partial(_told, load) for load in batches(source, options))
    except KmsgenError as error:
        yield partial(failing, error)
