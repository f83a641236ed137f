"""`manifest.json`: every artefact with its keys, for other tools, and for knowing what kmsgen itself wrote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kmsgen.emitters.artefact import Artefact
from kmsgen.errors import OutputError, Problem
from kmsgen.policy.key import Bundle, Key

NAME = "manifest.json"
FORMAT_VERSION = "1"


class Entry(NamedTuple):
    """One artefact in a manifest."""

    path: str
    sha256: str
    blueprint: str
    environment: str | None
    format: str
    data: dict[str, Any]
    """The whole entry, as it is written."""


def digest(text: str) -> str:
    """What a manifest says of a file's content."""
    return hashlib.sha256(text.encode()).hexdigest()


def entry(artefact: Artefact, bundle: Bundle, blueprint: str, environment: str | None, format_: str) -> Entry:
    """The entry of an artefact that is being written."""
    sha256 = digest(artefact.text)
    data: dict[str, Any] = {
        "path": artefact.path,
        "format": format_,
        "blueprint": blueprint,
        **({"environment": environment} if environment else {}),
        **({"shards": artefact.shards} if artefact.shards is not None else {}),
        "sha256": sha256,
        "keys": [_key(key, bundle.source) for key in artefact.keys],
    }
    return Entry(artefact.path, sha256, blueprint, environment, format_, data)


def _key(key: Key, source: str) -> dict[str, Any]:
    return {
        "key": key.name,
        "account": key.account,
        **({"region": key.region} if key.region else {}),
        **({"aliases": list(key.aliases)} if key.aliases else {}),
        **({"existing": key.existing} if key.existing else {}),
        "origin": f"{source}:{key.at.line}",
    }


def text(entries: Iterable[Entry]) -> str:
    """A manifest, its artefacts sorted by path."""
    document = {
        "format_version": FORMAT_VERSION,
        "generated_by": "kmsgen",
        "artefacts": [one.data for one in sorted(entries, key=lambda one: one.path)],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read(folder: Path) -> dict[str, Entry]:
    """What the manifest in an output folder lists, by path; nothing where there is none.

    Raises `OutputError` where the file is something else.
    """
    path = folder / NAME
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _not_ours(path, str(error)) from error
    if not isinstance(document, Mapping) or document.get("generated_by") != "kmsgen":
        raise _not_ours(path, "it was not made by kmsgen")
    try:
        entries = [
            Entry(one["path"], one["sha256"], one["blueprint"], one.get("environment"), one["format"], one)
            for one in document["artefacts"]
        ]
    except (KeyError, TypeError) as error:
        raise _not_ours(path, f"it has no {error}") from error
    return {one.path: one for one in entries if inside(one.path)}


def inside(path: object) -> bool:
    """Whether a path stays in the output folder: what a manifest or a journal names may be deleted one day."""
    return isinstance(path, str) and not path.startswith("/") and ".." not in path.split("/") and "\\" not in path


def _not_ours(path: Path, why: str) -> OutputError:
    hint = "choose another folder with `--out`, or delete the file if it is kmsgen's and broken"
    return OutputError(Problem(f"`{path.as_posix()}` is no manifest of kmsgen: {why}", hint=hint))
