"""`kmsgen check`: what is wrong with key policies, of blueprints or of anybody's, each thing at its place."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kmsgen.analysis.engine import OF_GUARDRAILS
from kmsgen.analysis.finding import SEVERITIES, Severity
from kmsgen.analysis.registry import Rule, all_rules, meant
from kmsgen.analysis.subject import Asked
from kmsgen.cli.check_run import Files, Run
from kmsgen.sources import Options


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
    started, failed = Run(settings.asked, _rules(settings), settings.files, settings.options), False
    for checked in started.results(settings.sources or ("blueprints",)):
        for one in checked.findings:
            if one.accepted is not None:
                continue
            failed = failed or SEVERITIES.index(one.severity) <= SEVERITIES.index(settings.severity)
            place = f"{one.source}:{one.line}:{one.column}" if one.line else one.source
            sys.stdout.write(f"{one.severity}: {place}: {one.message} [{one.code} {one.rule}] ({one.key})\n")
    started.finish()
    return int(failed)


def _rules(settings: Settings) -> tuple[Rule, ...]:
    """The rules that are selected and not ignored; those of guardrails are selected by giving some."""
    more = OF_GUARDRAILS if settings.files.guardrails else ()
    chosen = _meant((*settings.select, *more)) if settings.select else all_rules()
    ignored = set(_meant(settings.ignore))
    return tuple(rule for rule in chosen if rule not in ignored)


def _meant(words: Sequence[str]) -> tuple[Rule, ...]:
    found: dict[Rule, None] = {}
    for word in words:
        found.update(dict.fromkeys(_one(word)))
    return tuple(sorted(found, key=lambda rule: rule.code))


def _one(word: str) -> Iterable[Rule]:
    for part in word.split(","):
        yield from meant(part.strip())
