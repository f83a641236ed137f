"""What may stand for an option or an argument, for shells that complete: quick to find, and silent about mistakes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import typer

Values = Callable[[typer.Context, str], list[str]]
"""The values that begin as a word does that is not yet whole."""

VARIABLE = "_KMSGEN_COMPLETE"
"""Set by shells that ask."""
FILE = "\0"
"""The end of a value that stands for whatever files there are: shells know these themselves."""
_CODE = re.compile(r'^CODE = "(\w+)"', re.MULTILINE)
_LARGEST = 1 << 20
"""Files above this many bytes are not looked into: whoever presses a key wants an answer at once."""
_MOST = 200
"""So many files of a folder are looked into."""


def _when_asked(values: Values) -> Values | None:
    """Values for shells that ask; for everybody else none, because typer takes each function apart at every start."""
    return values if VARIABLE in os.environ else None


@_when_asked
def files(context: typer.Context, incomplete: str) -> list[str]:
    """Any file or folder."""
    return [incomplete + FILE]


@_when_asked
def rules(context: typer.Context, incomplete: str) -> list[str]:
    """Rules of `check`, by code and name; after a comma another one."""
    before, comma, begun = incomplete.rpartition(",")
    return _that_begin(incomplete, (f"{before}{comma}{word}" for word in _rules() if word.startswith(begun)))


@_when_asked
def catalogued(context: typer.Context, incomplete: str) -> list[str]:
    """What a subject of the catalogue has, other names included."""
    subject = context.params.get("subject")
    if subject in (None, "rules", "actions"):
        return _that_begin(incomplete, _rules() if subject == "rules" else _actions() if subject else ())
    from kmsgen.templates import Library

    folders = [Path(one) for one in (*(context.params.get("templates") or ()), "templates")]
    library = Library([one for one in folders if one.is_dir()])
    aliases = library.aliases if subject == "services" else ()
    return _that_begin(incomplete, sorted([*library.names(subject), *aliases]))


def _rules() -> list[str]:
    """The codes and names of all rules, of their files: to import these takes longer than anybody wants to wait."""
    from kmsgen.analysis import rules as folder

    files = [path for one in folder.__path__ for path in Path(one).glob("*.py") if path.stem != "__init__"]
    found = [(code[1], path.stem) for path in files if (code := _CODE.search(path.read_text(encoding="utf-8")))]
    return [word for code, stem in sorted(found) for word in (code, stem.replace("_", "-"))]


def _actions() -> list[str]:
    from kmsgen.catalog.actions import ACTIONS

    return list(ACTIONS)


@_when_asked
def regions(context: typer.Context, incomplete: str) -> list[str]:
    """The Regions there are."""
    from kmsgen.catalog.principals import REGIONS

    return _that_begin(incomplete, sorted(REGIONS))


@_when_asked
def actions(context: typer.Context, incomplete: str) -> list[str]:
    """Actions of KMS that a key policy decides."""
    from kmsgen.catalog.actions import ACTIONS

    return _that_begin(incomplete, (name for name, action in ACTIONS.items() if action.in_key_policy))


@_when_asked
def context_keys(context: typer.Context, incomplete: str) -> list[str]:
    """Condition keys, ready for a value."""
    from kmsgen.catalog.condition_keys import CONDITION_KEYS

    return _that_begin(incomplete, (name if name[-1] in ":/" else f"{name}=" for name in CONDITION_KEYS))


@_when_asked
def sources(context: typer.Context, incomplete: str) -> list[str]:
    """Files, and behind `SOURCE#` the keys of that source."""
    place, mark, _ = incomplete.rpartition("#")
    if not mark:
        return [incomplete + FILE]
    return _that_begin(incomplete, (f"{place}#{key}" for key in _keys([place])))


@_when_asked
def parameters(context: typer.Context, incomplete: str) -> list[str]:
    """The parameters of the templates that the command has been given, ready for a value."""
    from kmsgen.sources import Options, load

    options = Options()
    for place in (*_given(context), *filter(None, [context.params.get("current")])):
        if os.path.isfile(place) and os.path.getsize(place) <= _LARGEST:
            load(place, options)
    return _that_begin(incomplete, (f"{name}=" for name in options.parameters.declared))


@_when_asked
def keys(context: typer.Context, incomplete: str) -> list[str]:
    """The names of keys in the sources that the command has been given."""
    return _that_begin(incomplete, _keys(_given(context)))


@_when_asked
def environments(context: typer.Context, incomplete: str) -> list[str]:
    """The environments of the blueprints that the command has been given."""
    return _that_begin(incomplete, (one for path in _given(context) for names in _names(path) for one in names[1]))


@_when_asked
def principals(context: typer.Context, incomplete: str) -> list[str]:
    """The principals that the blueprints have names for, and the beginnings of others."""
    named = (one for path in _given(context) for names in _names(path) for one in names[2])
    return _that_begin(incomplete, [*named, "role/", "user/", "session/", "sso/", "service-linked/"])


def _that_begin(incomplete: str, words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word.startswith(incomplete)))


def _given(context: typer.Context) -> list[str]:
    """The sources on the command line so far, else those of the configuration, else the usual folder."""
    said = context.params.get("on") or next(
        (value for name in ("paths", "sources", "planned") if (value := context.params.get(name))), None
    )
    # Behind an option that still lacks its value, what was typed before it has not been given to any parameter.
    said = said or context.args
    if said:
        return [one.rpartition("#")[0] or one for one in ([said] if isinstance(said, str) else said)]
    from kmsgen.cli import configuration
    from kmsgen.files import FOLDER

    command = context.info_name or ""
    values = configuration.load(command, os.environ).parameters(command)
    configured = next((values[name] for name in ("paths", "sources", "planned") if name in values), None)
    return configured or [FOLDER]


def _keys(places: Iterable[str]) -> Iterator[str]:
    for place in places:
        if os.path.isfile(place) and not place.endswith((".yaml", ".yml")):
            yield from _keys_of_source(place)
        else:
            yield from (key for names in _names(place) for key in names[0])


def _keys_of_source(place: str) -> list[str]:
    """The keys of a policy, a template or a plan."""
    from kmsgen.sources import load

    return [key.name for key in load(place).keys] if os.path.getsize(place) <= _LARGEST else []


def _names(place: str) -> Iterator[tuple[tuple[str, ...], ...]]:
    """The names in each blueprint of a place; a file that cannot be read has none."""
    from kmsgen.blueprint.names import names
    from kmsgen.errors import KmsgenError
    from kmsgen.files import collect, read_text

    if not os.path.exists(place):
        return
    for one in collect([place]).files[:_MOST]:
        try:
            if os.path.getsize(one.path) <= _LARGEST:
                yield names(read_text(one.path), one.path, read_text)
        except (KmsgenError, OSError):
            continue
