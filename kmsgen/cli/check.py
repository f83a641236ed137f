"""`kmsgen check`: what is wrong with key policies, of blueprints or of anybody's, each thing at its place."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from kmsgen.analysis import engine
from kmsgen.analysis.finding import SEVERITIES, Severity
from kmsgen.analysis.registry import selected
from kmsgen.analysis.subject import Asked
from kmsgen.errors import KmsgenError, Problem
from kmsgen.sources import Options, load


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
    asked = engine.Settings(settings.asked, selected(settings.select, settings.ignore))
    failed, problems = False, list[Problem]()
    for source in settings.sources or ("blueprints",):
        try:
            keys = load(source, settings.options).keys
        except KmsgenError as error:
            problems += error.problems
            continue
        for _, findings in engine.check(keys, asked):
            for one in findings:
                failed = failed or SEVERITIES.index(one.severity) <= SEVERITIES.index(settings.severity)
                place = f"{one.source}:{one.line}:{one.column}" if one.line else one.source
                sys.stdout.write(f"{one.severity}: {place}: {one.message} [{one.code} {one.rule}] ({one.key})\n")
    if problems:
        raise KmsgenError(*problems)
    return int(failed)
