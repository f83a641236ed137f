"""`kmsgen check`: what is wrong with key policies, of blueprints or of anybody's, each thing at its place."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kmsgen.analysis import engine
from kmsgen.analysis.finding import SEVERITIES, Severity
from kmsgen.analysis.registry import Rule, all_rules, meant
from kmsgen.analysis.subject import Asked
from kmsgen.errors import KmsgenError, Problems
from kmsgen.sources import Options, SourceKey, load
from kmsgen.sources.principals import caller_of


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
    asked = engine.Settings(settings.asked, _rules(settings))
    failed, problems = False, Problems()
    for source in settings.sources or ("blueprints",):
        try:
            keys = load(source, settings.options).keys
            _see_caller(keys, settings.asked.caller)
        except KmsgenError as error:
            problems.extend(error.problems)
            continue
        for _, findings in engine.check(keys, asked):
            for one in findings:
                failed = failed or SEVERITIES.index(one.severity) <= SEVERITIES.index(settings.severity)
                place = f"{one.source}:{one.line}:{one.column}" if one.line else one.source
                sys.stdout.write(f"{one.severity}: {place}: {one.message} [{one.code} {one.rule}] ({one.key})\n")
    if problems.errors:
        raise KmsgenError(*problems.errors)
    return int(failed)


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


def _rules(settings: Settings) -> tuple[Rule, ...]:
    """The rules that are selected and not ignored."""
    chosen = _meant(settings.select) or all_rules()
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
