"""Which files of a folder are read as sources: all YAML and JSON in it, but for what only belongs to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from kmsgen.errors import KmsgenError, Problem
from kmsgen.files import unreadable
from kmsgen.sources import generated
from kmsgen.sources.content import NO_SOURCE

_SUFFIXES = (".json", ".yaml", ".yml", ".template")


def members(place: str) -> list[str]:
    """The files of a folder that hold keys, sorted.

    Raises `KmsgenError` where there are none, where some may be in a folder that cannot be looked into or behind a link
    that leads nowhere, or where they are the same keys in several formats.
    """
    folder = Path(place)
    found, formats = list[str](), set[str]()
    for path in sorted(_files(folder)):
        if path.suffix not in _SUFFIXES or path.name == generated.NAME:
            continue
        if not path.exists():
            message = f"`{path.as_posix()}` is a link that leads nowhere"
            raise KmsgenError(Problem(message, hint="mend it, or take it away"))
        if not path.is_file():
            continue
        made = generated.entry(str(path))
        if made is not None and made.companion:
            continue
        if made is not None:
            formats.add(made.format)
        found.append(path.as_posix())
    if len(formats) > 1:
        listed = ", ".join(f"`{(folder / one).as_posix()}`" for one in sorted(formats))
        raise KmsgenError(Problem(f"`{place}` holds the same keys in several formats", hint=f"give one: {listed}"))
    if formats & {"terraform", "terraform-json"}:
        raise KmsgenError(Problem(f"`{place}` is no source: {NO_SOURCE['terraform']}", hint=NO_SOURCE["hint"]))
    if not found:
        tf = any(path.suffix == ".tf" for path in _files(folder))
        hint = NO_SOURCE["hint"] if tf else "put blueprints, key policies or templates into it"
        raise KmsgenError(Problem(f"there is nothing to read keys from in `{place}`", hint=hint))
    return found


def _files(folder: Path) -> Iterator[Path]:
    """All in a folder and in those below it, but for what begins with a dot."""
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [one for one in folders if not one.startswith(".")]
        yield from (Path(place, one) for one in files if not one.startswith("."))


def _refuse(error: OSError) -> NoReturn:
    raise KmsgenError(unreadable(error))
