"""Blueprints and Terraform modules as of a git revision: `git:REV[:PATH]`, read from git without a checkout."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePath
from typing import NamedTuple

from kmsgen.errors import BlueprintError, KmsgenError, Location, Problem
from kmsgen.files import FOLDER, Input, decoded, named
from kmsgen.policy.model import Origin
from kmsgen.sources import blueprint
from kmsgen.sources.files import CONFIGURATION, Files
from kmsgen.sources.model import Loaded, Options, SourceKey, distinct
from kmsgen.templates import Library

_SUFFIXES = (".yaml", ".yml")
_FILE, _LINK = "100", "120000"


class Readers(NamedTuple):
    """What reads that which is no blueprint."""

    other: Callable[[str, str, Options, Files | None], Loaded | None]
    """The keys in a text, by its content; None for a blueprint. Takes the text, its name, and the files beside it."""
    module: Callable[[Files, Options], Loaded]
    """The keys of a Terraform module."""


def load(revision: str, path: str | None, options: Options, read: Readers) -> Loaded:
    """The keys of the blueprints and Terraform modules at `path` (relative to the current folder) as of `revision`.

    A path to one file may also name a policy or a template, which `read` reads. A path that did not exist then has no
    keys. Raises `KmsgenError` where there is no git, no repository, or no such revision, and with every mistake in the
    blueprints.
    """
    wanted = path if path is not None else options.git_path or FOLDER
    tree = _Tree(revision, wanted)
    place = tree.inside(wanted)
    there = tree.files(place, ("",))
    if not there and path is not None:  # as git itself means it: from the top of the repository
        place = PurePath(os.path.normpath(path)).as_posix()
        there = tree.files(place, ("",))
    if not there:
        return Loaded((), (f"git:{revision}: there is nothing at `{wanted}` in that revision",))
    if place is not None and there == [place]:
        other = read.other(tree.text(place), place, options, tree.module(PurePath(place).parent.as_posix()))
        if other is not None:
            return Loaded(tuple(_shown(key, revision) for key in other.keys), other.notes)
    files = [one for one in there if one.endswith(_SUFFIXES)]
    modules = sorted({PurePath(one).parent.as_posix() for one in there if one.endswith(CONFIGURATION)})
    found = [_module(tree, one, options, read, revision) for one in modules]
    if not files and not found:
        raise KmsgenError(Problem(f"there are no blueprints at `{wanted}` in `{revision}`"))
    keys = [*_blueprints(files, tree, options, revision), *(key for one in found for key in one.keys)]
    return Loaded(distinct(keys), tuple(note for one in found for note in one.notes))


def _blueprints(files: list[str], tree: _Tree, options: Options, revision: str) -> Iterator[SourceKey]:
    inputs = [(_input(one, tree), tree.text) for one in files]
    with tempfile.TemporaryDirectory(prefix="kmsgen-") as folder:
        try:
            keys = blueprint.compiled(inputs, tree.templates(Path(folder), options), options)
        except KmsgenError as error:
            raise type(error)(*(_told(one, revision, folder) for one in error.problems)) from error
    return (_shown(key, revision) for key in keys)


def _module(tree: _Tree, folder: str, options: Options, read: Readers, revision: str) -> Loaded:
    try:
        found = read.module(tree.module(folder), options)
    except KmsgenError as error:
        raise type(error)(*(_told(one, revision, "") for one in error.problems)) from error
    return Loaded(tuple(_shown(key, revision) for key in found.keys), found.notes)


def _input(path: str, tree: _Tree) -> Input:
    name, source = named(tree.top / path, tree.top)
    return Input(path, name, source)


class _Tree:
    """The files of one revision."""

    def __init__(self, revision: str, near: str) -> None:
        self._revision = revision
        self._folder = self._existing(near)
        self.top = Path(self._git("rev-parse", "--show-toplevel").decode().rstrip("\n"))
        self._commit = self._resolve()
        self._texts: dict[str, str] = {}

    @staticmethod
    def _existing(near: str) -> str:
        """The nearest folder that is still there: in it git is asked which repository it is."""
        path = Path(os.path.abspath(near))
        return str(next(folder for folder in (path, *path.parents) if folder.is_dir()))

    def _git(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        command = ["git", "-C", self._folder, *arguments]
        try:
            done = subprocess.run(command, input=stdin, capture_output=True, check=False)
        except FileNotFoundError as error:
            hint = "install git, or give the blueprints' path instead"
            raise KmsgenError(Problem("`git:` needs the program git, and it is not here", hint=hint)) from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it gave no reason"]
            raise KmsgenError(Problem(f"git refuses `git:{self._revision}`: {said[0]}"))
        return done.stdout

    def _resolve(self) -> str:
        try:
            found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{self._revision}^{{commit}}")
        except KmsgenError as error:
            hint = "name a branch, a tag or a commit; a shallow clone has only some: `git fetch --unshallow`"
            raise KmsgenError(Problem(f"git knows no revision `{self._revision}`", hint=hint)) from error
        return found.decode().strip()

    def inside(self, path: str) -> str | None:
        """A path from the top of the repository; None where it is outside."""
        below = os.path.relpath(os.path.realpath(path), os.path.realpath(self.top))
        return None if below == ".." or below.startswith("../") else PurePath(below).as_posix()

    def files(self, path: str | None, suffixes: tuple[str, ...]) -> list[str]:
        """The files at or below a path, those that are hidden left out, sorted; their texts are read at once."""
        if path is None:
            return []
        listed = self._git("ls-tree", "-r", "-z", "--full-tree", self._commit, "--", *([] if path == "." else [path]))
        found: dict[str, str] = {}
        for line in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            about, _, name = line.partition("\t")
            mode, _, identity = about.split(" ")
            below = name if path == "." else name.removeprefix(f"{path}/")
            is_wanted = name.endswith(suffixes) and (name == path or not _hidden(below))
            if is_wanted and mode == _LINK:
                raise BlueprintError(Problem(f"`{self._revision}:{name}` is a symbolic link, which is not followed"))
            if is_wanted and mode.startswith(_FILE):
                found[name] = identity
        self._read(found)
        return sorted(found)

    def _read(self, found: dict[str, str]) -> None:
        """Read several objects with one call of git."""
        wanted = [name for name in found if name not in self._texts]
        if not wanted:
            return
        data = self._git("cat-file", "--batch", stdin="".join(f"{found[name]}\n" for name in wanted).encode())
        start = 0
        for name in wanted:
            head, start = data[start : (end := data.index(b"\n", start))], end + 1
            size = int(head.split()[2])
            self._texts[name] = decoded(data[start : start + size], name)
            start += size + 1

    def module(self, folder: str) -> Files:
        """The files of a folder, as those of a Terraform module."""
        above = "" if folder == "." else f"{folder}/"
        listed = self._git(
            "ls-tree", "-z", "--name-only", "--full-tree", self._commit, *(["--", above] if above else [])
        )
        names = (one.removeprefix(above) for one in listed.decode("utf-8", "surrogateescape").split("\0")[:-1])
        return Files(above.rstrip("/"), tuple(one for one in names if not one.startswith(".")), self.text)

    def text(self, path: str) -> str:
        """The text of a file, of an included one too.

        Raises `BlueprintError` where the revision has no such file.
        """
        if path not in self._texts and (path.startswith("../") or path not in self.files(path, ("",))):
            raise BlueprintError(Problem(f"there is no file `{path}` in `{self._revision}`"))
        return self._texts[path]

    def templates(self, folder: Path, options: Options) -> Library:
        """The user's own templates as of the revision, written to `folder`, which must outlive their use."""
        folders = []
        for number, given in enumerate((*options.templates, Path("templates"))):
            inside = self.inside(str(given))
            if inside is None:
                folders.append(given)
                continue
            for path in self.files(inside, (".yaml",)):
                target = folder / str(number) / PurePath(path).relative_to(inside)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(self._texts[path], encoding="utf-8")
            folders.append(folder / str(number))
        return Library(folders)


def _hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


def _told(problem: Problem, revision: str, folder: str) -> Problem:
    """A problem whose places say the revision."""

    def place(at: Location) -> Location:
        if folder and at.file.startswith(f"{folder}/"):
            return at._replace(file=f"{revision}:templates/{at.file[len(folder) + 3 :]}")
        return at._replace(file=f"{revision}:{at.file}")

    related = tuple((word, place(at)) for word, at in problem.related)
    return replace(problem, at=place(problem.at) if problem.at else None, related=related)


def _shown(key: SourceKey, revision: str) -> SourceKey:
    """The key with places that say the revision."""
    read = key.place
    key = replace(
        key,
        where=f"{revision}:{key.where}",
        at=_then(key.at, revision),
        place=None if read is None else lambda path: _then(read(path), revision),
    )
    if key.policy is None:
        return key
    statements = tuple(replace(one, origin=tuple(_origins(one.origin, revision))) for one in key.policy.statements)
    return replace(key, policy=replace(key.policy, statements=statements))


def _then(at: Location | None, revision: str) -> Location | None:
    return None if at is None else at._replace(file=f"{revision}:{at.file}")


def _origins(origins: Iterable[Origin], revision: str) -> Iterator[Origin]:
    return (one._replace(file=f"{revision}:{one.file}") for one in origins)
