"""Proved keys to the text of one blueprint: names for accounts and principals, shared values, comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kmsgen.importer.draft import document, fields_of
from kmsgen.importer.model import Findings, Place, Removal
from kmsgen.importer.settle import Settled
from kmsgen.sources.model import SourceKey
from kmsgen.templates import Library

_OUTSIDE = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Proved:
    """One key that a blueprint can hold."""

    key: SourceKey
    place: Place
    settled: Settled
    removals: tuple[Removal, ...]
    left_out: tuple[Removal, ...]


def blueprint(proved: list[Proved], library: Library, findings: Findings) -> str:
    """The text of a blueprint of all keys."""
    keys: dict[str, Any] = {}
    for one, name in zip(proved, names(proved), strict=True):
        keys[name] = fields_of(one.place, one.settled.draft)
    return document(keys)


def names(proved: Iterable[Proved]) -> list[str]:
    """What the blueprint calls each key; they differ in more than the case of letters."""
    taken: set[str] = set()
    found = []
    for one in proved:
        base = _OUTSIDE.sub("-", one.key.name).strip("-_")[:120] or "key"
        name, number = base, 2
        while name.lower() in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name.lower())
        found.append(name)
    return found
