"""`manifest.json`: every artefact with its keys, for other tools, and for knowing what kmsgen itself wrote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from json.encoder import encode_basestring as quoted
from pathlib import Path
from typing import Any, NamedTuple

from kmsgen.emitters.artefact import Artefact
from kmsgen.errors import OutputError, Problem
from kmsgen.policy.key import Bundle, Key

NAME = "manifest.json"
FORMAT_VERSION = "1"

_HEAD = f'{{\n  "format_version": "{FORMAT_VERSION}",\n  "generated_by": "kmsgen",\n  "artefacts": ['
_KNOWN = ("path", "format", "blueprint", "environment")
_MARGIN = "\n"
_TAIL = "\n  ]\n}\n"


class Entry(NamedTuple):
    """One artefact in a manifest: what is asked of all of them, and the rest as text, which is a fraction of its data.

    What a run holds of every artefact to its end is this alone, so memory grows by it.
    """

    path: str
    format: str
    blueprint: str
    environment: str | None
    sharded: bool
    """Whether it is one of the templates among which the keys of a blueprint are spread."""
    rest: str
    """The other members of the JSON object, on lines that begin with a tab for every level below its own."""

    @property
    def sha256(self) -> str:
        """The digest of the artefact."""
        return str(self._rest()["sha256"])

    @property
    def keys(self) -> list[dict[str, Any]]:
        """What is said of each of its keys."""
        return list(self._rest()["keys"])

    def _rest(self) -> dict[str, Any]:
        return dict(json.loads(f"{{{self.rest}}}"))

    def text(self) -> str:
        """The whole entry, as it stands in the manifest."""
        known = {"path": self.path, "format": self.format, "blueprint": self.blueprint}
        if self.environment is not None:
            known["environment"] = self.environment
        members = [f"{quoted(name)}: {quoted(value)}" for name, value in known.items()]
        rest = self.rest.replace("\n", "\n      ").replace("\t", "  ")
        return "{\n      " + ",\n      ".join([*members, rest]) + "\n    }"


def digest(text: str) -> str:
    """What a manifest says of a file's content."""
    return hashlib.sha256(text.encode()).hexdigest()


def entry(artefact: Artefact, bundle: Bundle, blueprint: str, environment: str | None, format_: str) -> Entry:
    """The entry of an artefact that is being written."""
    rest: dict[str, Any] = {
        **({"shards": artefact.shards} if artefact.shards is not None else {}),
        "sha256": digest(artefact.text),
        "keys": [_key(key, bundle.source) for key in artefact.keys],
    }
    return Entry(artefact.path, format_, blueprint, environment, artefact.shards is not None, _members(rest, _MARGIN))


def _key(key: Key, source: str) -> dict[str, Any]:
    return {
        "key": key.name,
        "account": key.account,
        **({"region": key.region} if key.region else {}),
        **({"aliases": list(key.aliases)} if key.aliases else {}),
        **({"existing": key.existing} if key.existing else {}),
        "origin": f"{source}:{key.at.line}",
    }


def _members(data: dict[str, Any], margin: str) -> str:
    return f",{margin}".join([f"{quoted(name)}: {_json(value, margin)}" for name, value in data.items()])


def _json(data: Any, margin: str) -> str:
    """Data on lines that begin with `margin`: as `json.dumps` with an indent writes it, in a fraction of the time."""
    if isinstance(data, str):
        return quoted(data)
    inner = f"{margin}\t"
    if isinstance(data, dict) and data:
        return f"{{{inner}{_members(data, inner)}{margin}}}"
    if isinstance(data, list) and data:
        return f"[{inner}{f',{inner}'.join([_json(item, inner) for item in data])}{margin}]"
    return json.dumps(data)


def note(entries: dict[str, Entry], before: dict[str, Entry], one: Entry) -> None:
    """Take the entry of an artefact that is made; where the manifest has the same, in its place, to hold it once."""
    if before.get(one.path) == one:
        before[one.path] = one
    entries[one.path] = one


def listed(before: dict[str, Entry], entries: dict[str, Entry], orphans: list[str]) -> dict[str, Entry]:
    """What the manifest lists: what is made, and what an earlier run made that this one knows nothing of."""
    gone = set(orphans)
    kept = {path: one for path, one in before.items() if path not in gone and path not in entries}
    return {**kept, **entries} if kept else entries


def pieces(entries: Mapping[str, Entry]) -> Iterator[str]:
    """The text of a manifest of entries by path, sorted, piece by piece: the whole would be as large as they are."""
    before = _HEAD
    for path in sorted(entries):
        yield f"{before}\n    {entries[path].text()}"
        before = ","
    yield _TAIL if entries else f"{_HEAD}]\n}}\n"


def is_there(folder: Path, parts: Iterable[str]) -> bool:
    """Whether the manifest in a folder is the one that the parts make."""
    try:
        with open(folder / NAME, encoding="utf-8", newline="") as file:
            return all(file.read(len(part)) == part for part in parts) and not file.read(1)
    except (OSError, UnicodeDecodeError):
        return False


def read(folder: Path) -> dict[str, Entry]:
    """What the manifest in an output folder lists, by path; nothing where there is none.

    Raises `OutputError` where the file is something else.
    """
    path = folder / NAME
    entries: dict[str, Entry] = {}
    try:
        for data in _artefacts(path.read_text(encoding="utf-8")):
            if inside(data["path"]):
                entries[data["path"]] = _entry(data)
    except FileNotFoundError:
        return {}
    except (KeyError, TypeError) as error:
        raise _not_ours(path, f"it has no {error}") from error
    except (OSError, ValueError) as error:
        raise _not_ours(path, str(error)) from error
    return entries


def _artefacts(text: str) -> Iterator[dict[str, Any]]:
    """What a manifest says of each artefact.

    Of one that is laid out as kmsgen does, one after the other, so that never all of it is there as data.
    """
    decode = json.JSONDecoder().raw_decode
    place, before = len(_HEAD), "\n    "
    if text.startswith(_HEAD):
        while text.startswith(before, place):
            data, place = decode(text, place + len(before))
            before = ",\n    "
            yield data
    if text[place:] != _TAIL or not text.startswith(_HEAD):
        document = json.loads(text)
        if not isinstance(document, Mapping) or document.get("generated_by") != "kmsgen":
            raise ValueError("it was not made by kmsgen")
        yield from document["artefacts"]


def _entry(data: dict[str, Any]) -> Entry:
    """An entry that was read; one of another kind has no value where kmsgen writes a string."""
    environment = data.get("environment")
    for name in ("format", "blueprint", "sha256", *(("environment",) if environment is not None else ())):
        if not isinstance(data[name], str):
            raise KeyError(name)
    rest = {name: value for name, value in data.items() if name not in _KNOWN}
    return Entry(
        data["path"], data["format"], data["blueprint"], environment, "shards" in data, _members(rest, _MARGIN)
    )


def inside(path: object) -> bool:
    """Whether a path stays in the output folder: what a manifest or a journal names may be deleted one day."""
    return isinstance(path, str) and not path.startswith("/") and ".." not in path.split("/") and "\\" not in path


def _not_ours(path: Path, why: str) -> OutputError:
    hint = "choose another folder with `--out`, or delete the file if it is kmsgen's and broken"
    return OutputError(Problem(f"`{path.as_posix()}` is no manifest of kmsgen: {why}", hint=hint))
