"""Writing all files or none: everything is made in a folder of its own, then moved file by file, the manifest last.

A run that was interrupted is found by the next one: where all had been made it is completed, else undone.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path

from kmsgen.cli.manifest import NAME as MANIFEST
from kmsgen.errors import OutputError, Problem

FOLDER = ".kmsgen-staging"
_FILES = "files"
_JOURNAL = "journal.json"


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
        journal = staging._folder / _JOURNAL
        if journal.is_file():
            plan = json.loads(journal.read_text(encoding="utf-8"))
            staging._apply(plan["write"], plan["remove"])
            return "completed"
        shutil.rmtree(staging._folder)
        return "undone: nothing of it had been written"

    def add(self, path: str, text: str) -> None:
        """Take one file; nothing is in its place yet."""
        target = self._folder / _FILES / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        self._staged.append(path)

    def commit(self, manifest: str, remove: list[str]) -> None:
        """Put every file in its place and take away those of `remove`; the manifest goes last."""
        self.add(MANIFEST, manifest)
        plan = json.dumps({"write": self._staged, "remove": remove})
        temporary = self._folder / f"{_JOURNAL}.part"
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(plan)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self._folder / _JOURNAL)
        self._apply(self._staged, remove)

    def discard(self) -> None:
        """Forget everything, the folders too that were made for it."""
        shutil.rmtree(self._folder, ignore_errors=True)
        for folder in self._new_folders:
            with contextlib.suppress(OSError):
                folder.rmdir()

    def _apply(self, write: list[str], remove: list[str]) -> None:
        for path in remove:
            (self._out / path).unlink(missing_ok=True)
            self._drop_empty((self._out / path).parent)
        # The manifest was staged last, so it is also moved last.
        for path in write:
            staged, target = self._folder / _FILES / path, self._out / path
            if staged.exists():
                try:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(staged, target)
                except OSError as error:
                    message = f"`{target.as_posix()}` cannot be written: {error.strerror}"
                    raise OutputError(
                        Problem(message, hint="mend that and run again: the run is then completed")
                    ) from error
        shutil.rmtree(self._folder)

    def _drop_empty(self, folder: Path) -> None:
        while folder != self._out and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent
