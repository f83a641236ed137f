"""One file that a command writes where the user says."""

from __future__ import annotations

from pathlib import Path

from kmsgen.errors import OutputError, Problem


def write(path: Path, text: str, *, new: bool = False, folders: bool = True) -> None:
    """Write a file; `new` where there must be none yet, `folders` where those that it is to be in are made.

    Raises `OutputError` where the machine does not let us.
    """
    try:
        if folders:
            path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x" if new else "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(Problem(f"`{path.as_posix()}` cannot be written: {error.strerror}")) from error
