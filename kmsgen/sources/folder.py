"""Which files of a folder are read as sources: all YAML and JSON in it, but for what only belongs to it."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import NoReturn

from kmsgen.errors import KmsgenError, Problem
from kmsgen.files import unreadable
from kmsgen.sources import generated
from kmsgen.sources.content import NO_SOURCE

_SUFFIXES = (".json", ".yaml", ".yml", ".template")


def members(place: str, manifests: generated.Manifests) -> list[str]:
    """The files of a folder that hold keys, sorted.

    Raises `KmsgenError` where there are none, where some may be in a folder that cannot be looked into or behind a link
    that leads nowhere, or where they are the same keys in several formats.
    """
    folder = Path(place)
    found, formats = list[str](), set[str]()
    for path in _files(folder):
        if not path.endswith(_SUFFIXES):
            continue
        if not os.path.exists(path):
            raise KmsgenError(Problem(f"`{path}` is a link that leads nowhere", hint="mend it, or take it away"))
        if not os.path.isfile(path):
            continue
        made = manifests.entry(path)
        if made is not None and made.companion:
            continue
        if made is not None:
            formats.add(made.format)
        found.append(path)
    if len(formats) > 1:
        listed = ", ".join(f"`{(folder / one).as_posix()}`" for one in sorted(formats))
        raise KmsgenError(Problem(f"`{place}` holds the same keys in several formats", hint=f"give one: {listed}"))
    if formats & {"terraform", "terraform-json"}:
        raise KmsgenError(Problem(f"`{place}` is no source: {NO_SOURCE['terraform']}", hint=NO_SOURCE["hint"]))
    if not found:
        tf = any(path.endswith(".tf") for path in _files(folder))
        hint = NO_SOURCE["hint"] if tf else "put blueprints, key policies or templates into it"
        raise KmsgenError(Problem(f"there is nothing to read keys from in `{place}`", hint=hint))
    return found


def _files(folder: Path) -> list[str]:
    """All in a folder and in those below it, but for manifests and what begins with a dot; sorted, folder by folder."""
    found = list[str]()
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [one for one in folders if not one.startswith(".")]
        above = "" if place == os.curdir else f"{PurePath(place).as_posix().rstrip('/')}/"
        found += [f"{above}{one}" for one in files if not one.startswith(".") and one != generated.NAME]
    return sorted(found, key=lambda path: path.split("/"))


def _refuse(error: OSError) -> NoReturn:
    raise KmsgenError(unreadable(error))
