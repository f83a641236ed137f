"""Writing all files or none: everything is made in a folder of its own, then moved file by file, the manifest last.

A run that was interrupted is found by the next one: where all had been made it is completed, else undone.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kmsgen.cli.manifest import NAME as MANIFEST
from kmsgen.cli.manifest import inside
from kmsgen.errors import OutputError, Problem, UnfinishedError

FOLDER = ".kmsgen-staging"
_FILES = "files"
_JOURNAL = "journal.json"
_AGAIN = "mend that and run again: the run is then completed"
_UNDO = "mend that and run again: the run is then undone"


@contextlib.contextmanager
def one_at_a_time(out: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Wait until no other run writes beside `out`: what it has staged would look like an interrupted run."""
    try:
        import fcntl
    except ImportError:  # where there is none, such as on Windows, runs are not kept apart
        yield
        return
    absolute = Path(os.path.abspath(out))
    beside = next((folder for folder in absolute.parents if folder.is_dir()), absolute)
    try:
        held = os.open(beside, os.O_RDONLY)
    except OSError:  # a folder that cannot be read cannot be written into either, which is told there
        yield
        return
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say(f"another run writes into {beside.as_posix()}; waiting for it")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


class Staging:
    """The files of one run on their way to the output folder."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._folder = out / FOLDER
        self._staged: list[str] = []
        self._new_folders = [folder for folder in (out, *out.parents) if not folder.exists()]

    @staticmethod
    def interrupted(out: Path) -> bool:
        """Whether an earlier run left something behind."""
        return (out / FOLDER).is_dir()

    @staticmethod
    def recover(out: Path) -> str:
        """Complete or undo what an interrupted run left behind; what was done."""
        staging = Staging(out)
        if (staging._folder / _JOURNAL).is_file():
            staging._apply(*staging._journal())
            return "completed"
        with _Told(staging._folder, _UNDO):
            shutil.rmtree(staging._folder)
        return "undone: nothing of it had been written"

    def _journal(self) -> tuple[list[str], list[str]]:
        """What the journal says is to be written and removed; it comes with the folder, and so from anybody."""
        path = self._folder / _JOURNAL
        try:
            plan = json.loads(path.read_text(encoding="utf-8"))
            write, remove = plan["write"], plan["remove"]
            fine = all(isinstance(paths, list) and all(map(inside, paths)) for paths in (write, remove))
        except (OSError, ValueError, KeyError, TypeError):
            fine = False
        if not fine:
            raise OutputError(Problem(f"`{path.as_posix()}` is no journal of kmsgen", hint=f"delete `{FOLDER}`"))
        return write, remove

    def add(self, path: str, text: str) -> None:
        """Take one file; nothing is in its place yet."""
        self._add(path, (text,))

    def _add(self, path: str, pieces: Iterable[str]) -> None:
        staged = self._place(len(self._staged))
        with _Told(f"{self._out}/{path}", "choose another folder with `--out`"):
            if not self._staged:
                (self._folder / _FILES).mkdir(parents=True, exist_ok=True)
            with open(staged, "wb") as file:
                for piece in pieces:
                    file.write(piece.encode())
        self._staged.append(path)

    def _place(self, number: int) -> str:
        """Where a file waits, by its place in the journal: in one folder, as making folders takes longer than files."""
        return f"{self._folder}/{_FILES}/{number}"

    def commit(self, manifest: Iterable[str], remove: list[str]) -> None:
        """Put every file in its place and take away those of `remove`; the manifest, given in pieces, goes last."""
        self._add(MANIFEST, manifest)
        temporary = self._folder / f"{_JOURNAL}.part"
        with _Told(temporary, "make room there"):
            with open(temporary, "w", encoding="utf-8") as file:
                file.writelines(_plan(self._staged, remove))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._folder / _JOURNAL)
        self._apply(self._staged, remove)

    def discard(self) -> None:
        """Forget everything, the folders too that were made for it; once files are being moved, nothing of it."""
        if (self._folder / _JOURNAL).exists():
            return
        shutil.rmtree(self._folder, ignore_errors=True)
        for folder in self._new_folders:
            with contextlib.suppress(OSError):
                folder.rmdir()

    def _apply(self, write: list[str], remove: list[str]) -> None:
        for path in remove:
            with _Told(self._out / path, _AGAIN, UnfinishedError):
                (self._out / path).unlink(missing_ok=True)
                self._drop_empty((self._out / path).parent)
        # The manifest was staged last, so it is also moved last.
        for number, path in enumerate(write):
            target = f"{self._out}/{path}"
            with _Told(target, _AGAIN, UnfinishedError):
                self._move(self._place(number), target)
        with _Told(self._folder, _AGAIN, UnfinishedError):
            # The journal goes last: as long as anything is left, it says that all had been made.
            shutil.rmtree(self._folder / _FILES, ignore_errors=True)
            shutil.rmtree(self._folder)

    def _move(self, staged: str, target: str) -> None:
        """Put one file in its place, unless the run that was interrupted has done so."""
        try:
            os.replace(staged, target)
        except FileNotFoundError:
            if os.path.exists(staged):  # then it is the target's folder that is missing
                os.makedirs(os.path.dirname(target), exist_ok=True)
                os.replace(staged, target)

    def _drop_empty(self, folder: Path) -> None:
        while folder != self._out and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent


def _plan(write: list[str], remove: list[str]) -> Iterator[str]:
    """The journal, piece by piece: the whole would be as large as all the paths."""
    yield '{"write": ['
    yield from _listed(write)
    yield '], "remove": ['
    yield from _listed(remove)
    yield "]}"


def _listed(paths: list[str]) -> Iterator[str]:
    return (f", {json.dumps(path)}" if place else json.dumps(path) for place, path in enumerate(paths))


class _Told:
    """What the machine refuses to do with a file, as a problem of the user's."""

    __slots__ = ("_hint", "_kind", "_path")

    def __init__(self, path: Path | str, hint: str, kind: type[OutputError] = OutputError) -> None:
        self._path = path
        self._hint = hint
        self._kind = kind

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            message = f"`{Path(self._path).as_posix()}` cannot be written: {error.strerror or error}"
            raise self._kind(Problem(message, hint=self._hint)) from error
