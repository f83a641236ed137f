"""Which files are blueprints, what they are called, and how their text is read."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

from kmsgen.errors import BlueprintError, Location, Problem
from kmsgen.nodes import MAX_BYTES

FOLDER = "blueprints"
_log = logging.getLogger(__name__)
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Input:
    """One blueprint file."""

    path: str
    """As messages show it."""
    name: str
    """What its artefacts are called, however and from wherever it was named: its path below `blueprints/`."""
    source: str
    """What generated files say they were made from."""


@dataclass(frozen=True)
class Inputs:
    """The files of one run, and of which names the run knows all there is."""

    files: tuple[Input, ...]
    scopes: tuple[str, ...]
    """Prefixes of names (whole folders, ending in `/`; empty for everything), and single names."""

    def covers(self, name: str) -> bool:
        """Whether a blueprint of that name would be among the files if it existed."""
        return any(
            name == scope or scope == "" or (scope.endswith("/") and name.startswith(scope)) for scope in self.scopes
        )


def collect(paths: Iterable[str]) -> Inputs:
    """The blueprints that paths name: files, or folders with all below them.

    Raises `BlueprintError` where there is nothing of that name, where a folder has no blueprint or cannot be looked
    into (so that what was generated is never taken away for it), or where two files would make the same artefacts.
    """
    found: dict[str, Input] = {}
    by_name: dict[str, Input] = {}
    scopes: list[str] = []
    problems: list[Problem] = []
    for given in paths or (FOLDER,):
        path = Path(given)
        if path.is_dir():
            scopes.append(_prefix(path))
            try:
                files = list(_below(_folder(path)))
            except OSError as error:
                problems.append(unreadable(error))
                continue
            if not files:
                hint = f"their names end in {' or '.join(f'`{one}`' for one in _SUFFIXES)}; what was generated stays"
                problems.append(Problem(f"there is no blueprint in `{given}`", hint=hint))
        elif path.is_file():
            name, source = named(path, path.parent)
            scopes.append(name)
            files = [(Input(path.as_posix(), name, source), os.path.realpath(path))]
        else:
            hint = (
                "give the path of a blueprint, or of a folder of them"
                if path != Path(FOLDER)
                else (f"put blueprints into `{FOLDER}/`, give their path, or begin with `kmsgen init`")
            )
            problems.append(Problem(f"there is no file or folder `{given}`", hint=hint))
            continue
        for one, real in files:
            if not one.name.isprintable():
                # It stands in the first line of generated files, and must not be able to end that line.
                problems.append(Problem(f"a blueprint cannot be called {one.name!a}", hint="use printable characters"))
                continue
            known = found.setdefault(real, one)
            twin = by_name.setdefault(one.name, known)
            if twin is not known:
                message = f"`{twin.path}` and `{one.path}` would make the same artefacts, called `{one.name}`"
                problems.append(Problem(message, hint="rename one of them"))
    if problems:
        raise BlueprintError(*problems)
    return Inputs(tuple(found.values()), tuple(scopes))


def unreadable(error: OSError) -> Problem:
    """What to say of a folder that cannot be looked into, and may have what was asked for."""
    return Problem(f"the folder `{error.filename}` cannot be read: {error.strerror}", hint="let us read it, or move it")


class _Folder(NamedTuple):
    """A folder that is gone through: with what paths, real paths, names and sources of its files begin."""

    path: str
    real: str
    name: str
    source: str

    def within(self, folder: str) -> _Folder:
        """A folder in it."""
        name, source = ("", f"{FOLDER}/") if folder == FOLDER else (f"{self.name}{folder}/", f"{self.source}{folder}/")
        return _Folder(f"{self.path}{folder}/", os.path.join(self.real, folder, ""), name, source)


def _folder(path: Path) -> _Folder:
    """The folder that a path names."""
    shown = "" if path == Path() else f"{path.as_posix().rstrip('/')}/"
    name, source = named(path / "_", path)
    return _Folder(shown, os.path.join(os.path.realpath(path), ""), name[:-1], source[:-1])


def _below(folder: _Folder) -> Iterator[tuple[Input, str]]:
    """Every blueprint in a folder and in those below it, with its real path, by the order of names.

    A name that begins with a dot is passed over, and so is a folder that is a link.
    """
    with os.scandir(folder.path or ".") as found:
        # No more is kept of each than what it is: there may be ten thousand.
        entries = sorted((one.name, kind) for one in found if (kind := _kind(one)) is not None)
    for name, kind in entries:
        if kind == "folder":
            yield from _below(folder.within(name))
        else:
            path, source = folder.path + name, folder.source + name
            real = os.path.realpath(path) if kind == "link" else folder.real + name
            stem = folder.name + name.rpartition(".")[0]
            yield Input(path, stem, path if source == path else source), real


def _kind(entry: os.DirEntry[str]) -> Literal["folder", "link", "file"] | None:
    """What an entry of a folder is to us: None where it holds no blueprint."""
    if entry.name.startswith("."):
        return None
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    if entry.name.endswith(_SUFFIXES) and entry.is_file():
        return "link" if entry.is_symlink() else "file"
    return None


def _root(path: Path) -> int | None:
    """Where in the absolute path's parts `blueprints/` begins, the nearest one above."""
    parts = PurePath(os.path.abspath(path)).parts
    return max((place for place, part in enumerate(parts[:-1]) if part == FOLDER), default=None)


def named(path: Path, folder: Path) -> tuple[str, str]:
    """A blueprint's name, and its source as generated files show it."""
    parts = PurePath(os.path.abspath(path)).parts
    root = _root(path)
    below = parts[root + 1 :] if root is not None else path.relative_to(folder).parts
    name = "/".join((*below[:-1], PurePath(below[-1]).stem))
    return name, "/".join((FOLDER, *below) if root is not None else below)


def _prefix(folder: Path) -> str:
    """The beginning of the names of all blueprints in a folder."""
    parts = PurePath(os.path.abspath(folder)).parts
    if parts[-1] == FOLDER or (root := _root(folder)) is None:
        return ""
    return "/".join(parts[root + 1 :]) + "/"


def read_text(path: str) -> str:
    """The text of a file.

    Raises `BlueprintError` where it cannot be read, is too large, or is not UTF-8.
    """
    try:
        if not os.path.isfile(path):
            raise BlueprintError(Problem(f"there is no file `{path}`"))
        size = os.path.getsize(path)
        if size > MAX_BYTES:
            message = f"`{path}` has {size:,} bytes; a blueprint has at most {MAX_BYTES:,}"
            raise BlueprintError(Problem(message, Location(path, 1, 1), "divide it into several files"))
        _log.debug("reads `%s`", path)
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise BlueprintError(Problem(f"`{path}` cannot be read: {error.strerror}")) from error
    return decoded(data, path)


def decoded(data: bytes, path: str) -> str:
    """The text that a file's bytes are.

    Raises `BlueprintError` where they are not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        text = data.split(b"\n")[line - 1].decode("utf-8", "replace").rstrip("\r")
        message = f"the file is not UTF-8: byte 0x{data[error.start]:02x}"
        raise BlueprintError(Problem(message, Location(path, line, column, 1, text), "save it as UTF-8")) from error
