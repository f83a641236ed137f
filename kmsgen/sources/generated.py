"""What the manifest beside a file that kmsgen wrote says of the keys in it: names, accounts, Regions, aliases."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

NAME = "manifest.json"


class Made(NamedTuple):
    """One artefact of kmsgen's."""

    format: str
    environment: str | None
    blueprint: str
    keys: tuple[Mapping[str, Any], ...]
    companion: bool
    """Whether it holds IAM policies, and no key policy at all."""
    folder: str = ""
    """Where the manifest is."""


class Manifests:
    """The manifests of one run: where the nearest one above a folder is, is looked up once."""

    def __init__(self) -> None:
        self._nearest: dict[str, str | None] = {}

    def entry(self, file: str) -> Made | None:
        """What the nearest manifest above a file says of it; None where there is none or it does not list the file."""
        path = os.path.abspath(file)
        folder = self._above(os.path.dirname(path))
        return None if folder is None else artefacts(Path(folder)).get(Path(path).relative_to(folder).as_posix())

    def _above(self, folder: str) -> str | None:
        if folder not in self._nearest:
            parent = os.path.dirname(folder)
            here = os.path.isfile(os.path.join(folder, NAME))
            self._nearest[folder] = folder if here else None if parent == folder else self._above(parent)
        return self._nearest[folder]


def artefacts(folder: Path) -> Mapping[str, Made]:
    """What the manifest in a folder lists, by path; nothing where it is not kmsgen's."""
    path = folder / NAME
    return _read(path, path.stat().st_mtime_ns, path.stat().st_size)


@lru_cache(maxsize=16)
def _read(path: Path, modified: int, size: int) -> Mapping[str, Made]:
    """A manifest as it was at one time: a folder asks for it once for each file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(document, dict) or document.get("generated_by") != "kmsgen":
        return {}
    listed = document.get("artefacts")
    found = {}
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and isinstance(one.get("path"), str):
            keys = tuple(key for key in one.get("keys") or () if isinstance(key, dict))
            name = one["path"].removeprefix(f"{one.get('format')}/")
            companion = "/companion/" in name or ".companion." in name
            found[one["path"]] = Made(
                str(one.get("format")),
                one.get("environment"),
                str(one.get("blueprint")),
                keys,
                companion,
                str(path.parent),
            )
    return found
