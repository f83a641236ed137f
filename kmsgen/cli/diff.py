"""`kmsgen diff`: what a planned side allows that the current one does not, and the other way round, key by key."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from kmsgen.changes import Report, report
from kmsgen.changes.report import Compare, FailOn
from kmsgen.cli import collector, diff_markdown, diff_text, render
from kmsgen.errors import KmsgenError, Problem
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources import Loaded, Options, SourceKey, divided, kind_of, load
from kmsgen.sources.held import Held

Format = Literal["text", "json", "markdown"]


@dataclass(frozen=True)
class Settings:
    """What the command line asks for."""

    planned: str
    current: str
    fail_on: FailOn = "any"
    format: Format = "text"
    key: str | None = None
    options: Options = field(default_factory=Options)


def run(settings: Settings) -> int:
    """Print the report; 1 where it is more than `--fail-on` accepts."""
    from kmsgen.semantics.compare_alike import compare_alike

    with collector.seldom():
        made = _report(settings, compare_alike)
    sys.stdout.write(_FORMATS[settings.format](made))
    return 1 if made.fails(settings.fail_on) else 0


def _json(made: Report) -> str:
    return json.dumps(made.document(), indent=2, ensure_ascii=False) + "\n"


def _text(made: Report) -> str:
    return diff_text.text(made, colour=render.wants_colour(sys.stdout))


_FORMATS: dict[Format, Callable[[Report], str]] = {"text": _text, "json": _json, "markdown": diff_markdown.markdown}


def _report(settings: Settings, compare: Compare) -> Report:
    if settings.planned == settings.current == "-":
        raise KmsgenError(Problem("only one side can be standard input", hint="write one of them to a file"))
    with collector.off():
        planned, current = _both(settings)
    notes = [*planned.notes, *(note for note in current.notes if note not in planned.notes)]
    new, old = _in_scope(planned.keys, current.keys, notes), _in_scope(current.keys, planned.keys, notes)
    if not new and not old:
        raise KmsgenError(Problem("there are no keys on either side"))
    return report(new, old, compare, notes, settings.key)


def _both(settings: Settings) -> tuple[Loaded, Loaded]:
    """Both sides, with the mistakes of both; a template is taken to be deployed where the other side's keys are."""
    place, _ = divided(settings.planned)
    options = replace(settings.options, keep=Held())
    if kind_of(place) == "folder" or place.endswith((".yaml", ".yml")):
        options = replace(options, git_path=place)
    sides, problems = list[Loaded](), list[Problem]()
    for source in (settings.planned, settings.current):
        try:
            sides.append(load(source, options))
        except KmsgenError as error:
            problems += error.problems
    problems += options.parameters.unmet()
    if problems:
        raise KmsgenError(*problems)
    planned, current = sides
    if settings.planned != "-" and (known := _place(planned, current, options)) is not None:
        planned = load(settings.planned, known)
    if settings.current != "-" and (known := _place(current, planned, options)) is not None:
        current = load(settings.current, known)
    return planned, current


def _place(side: Loaded, other: Loaded, options: Options) -> Options | None:
    """The options with the account and Region of the other side's keys, where this side's templates leave them open."""
    if not any(key.kind == "cloudformation" and _open(key.facts.account) for key in side.keys):
        return None
    accounts = {key.facts.account for key in other.keys}
    regions = {key.facts.region for key in other.keys}
    account, region = accounts.pop() if len(accounts) == 1 else None, regions.pop() if len(regions) == 1 else None
    if _open(account):
        return None
    return replace(
        options, account=options.account or account, region=options.region or (None if _open(region) else region)
    )


def _open(value: str | None) -> bool:
    return value is None or is_symbolic(value)


def _in_scope(keys: Iterable[SourceKey], others: Iterable[SourceKey], notes: list[str]) -> tuple[SourceKey, ...]:
    """The keys but for those that the other side, being one account in one Region, could not show."""
    listed = tuple(keys)
    if not (live := tuple(others)) or any(key.kind != "aws" for key in live):
        return listed
    accounts, regions = {key.facts.account for key in live}, {key.facts.region for key in live}
    outside = [
        key
        for key in listed
        if (not _open(key.facts.account) and key.facts.account not in accounts)
        or (not _open(key.facts.region) and key.facts.region not in regions)
    ]
    notes += [
        f"`{key.name}` is in another account or Region than the live keys, and is not compared" for key in outside
    ]
    return tuple(key for key in listed if key not in outside)
