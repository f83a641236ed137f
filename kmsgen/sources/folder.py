"""Which files of a folder are read as sources: all YAML, JSON and Terraform in it, but for what only belongs to it."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import NoReturn

from kmsgen.errors import KmsgenError, Problem
from kmsgen.files import unreadable
from kmsgen.sources import generated
from kmsgen.sources.files import CONFIGURATION, Files
from kmsgen.sources.reading import text_of

_SUFFIXES = (".json", ".yaml", ".yml", ".template")
_VALUES = ".tfvars.json"


def members(place: str, manifests: generated.Manifests) -> list[str]:
    """The files of a folder that hold keys, sorted, and the folders in it that are Terraform modules.

    Raises `KmsgenError` where there are none, where some may be in a folder that cannot be looked into or behind a link
    that leads nowhere, or where they are the same keys in several formats.
    """
    folder = Path(place)
    found, formats = dict[str, None](), set[str]()
    for path in _files(folder):
        is_module = path.endswith(CONFIGURATION)
        if not (is_module or path.endswith(_SUFFIXES)) or path.endswith(_VALUES):
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
        found.setdefault(os.path.dirname(path) or os.curdir if is_module else path)
    for one in [one for one in found if os.path.isdir(one)]:
        for path in _read_by(one) & found.keys():
            del found[path]
    if len(formats) > 1:
        listed = ", ".join(f"`{(folder / one).as_posix()}`" for one in sorted(formats))
        raise KmsgenError(Problem(f"`{place}` holds the same keys in several formats", hint=f"give one: {listed}"))
    if not found:
        hint = "put blueprints, key policies, templates or Terraform files into it"
        raise KmsgenError(Problem(f"there is nothing to read keys from in `{place}`", hint=hint))
    return list(found)


def _read_by(folder: str) -> frozenset[str]:
    """The files that a module reads itself: they are its own, and no sources beside it."""
    from kmsgen.sources import configuration  # only Terraform's own files need it

    return configuration.files_read(module_files(folder))


def module_files(folder: str) -> Files:
    """The files of a Terraform module's folder."""
    try:
        names = [one for one in os.listdir(folder or os.curdir) if not one.startswith(".")]
    except OSError as error:
        raise KmsgenError(unreadable(error)) from error
    return Files(folder, tuple(sorted(names)), text_of)


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
