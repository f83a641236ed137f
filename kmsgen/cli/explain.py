"""`kmsgen explain`: who can do what with each key, and when, in the form that the reader wants."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from kmsgen.analysis import engine
from kmsgen.analysis.explain import Explanation, explain
from kmsgen.analysis.registry import selected
from kmsgen.analysis.subject import ANY_DAY
from kmsgen.cli import explain_text, render
from kmsgen.errors import KmsgenError, Problem
from kmsgen.sources import Options, load

FORMAT_VERSION = "1"
_NARROWEST = 32
"""Terminals that say they are narrower than this do not say how wide they are."""


def run(sources: Sequence[str], format_: str, options: Options, select: Sequence[str] = ()) -> int:
    """Print what every key of the sources allows; 0."""
    listed, problems = list[Explanation](), list[Problem]()
    # What a page says must not depend on the day: dates that have passed are for `check`.
    asked = engine.Settings(ANY_DAY, selected(select))
    for source in sources or ("blueprints",):
        try:
            listed += _explained(source, options, asked)
        except KmsgenError as error:
            problems += error.problems
    problems += options.parameters.unmet()
    if problems:
        raise KmsgenError(*problems)
    if not listed:
        raise KmsgenError(Problem("there are no keys to explain"))
    sys.stdout.write(_FORMATS[format_](listed))
    return 0


def _explained(source: str, options: Options, asked: engine.Settings) -> Iterator[Explanation]:
    loaded = load(source, options)
    # What is to be said of the source as a whole, a reader of one key must know as well.
    keys = [replace(key, notes=(*key.notes, *loaded.notes)) for key in loaded.keys]
    for checked in engine.check(keys, asked):
        yield explain(checked.key, checked.findings)


def _text(listed: Sequence[Explanation]) -> str:
    width = shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else 120
    return explain_text.text(listed, colour=render.wants_colour(sys.stdout), width=max(width, _NARROWEST))


def _json(listed: Sequence[Explanation]) -> str:
    document = {"format_version": FORMAT_VERSION, "keys": [one.document() for one in listed]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _html(listed: Sequence[Explanation]) -> str:
    from kmsgen.cli import explain_page

    return explain_page.page(listed)


_FORMATS: dict[str, Callable[[Sequence[Explanation]], str]] = {
    "text": _text,
    "json": _json,
    "markdown": explain_text.markdown,
    "html": _html,
}
