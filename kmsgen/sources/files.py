"""The files of a Terraform module's folder, wherever they are: on the disk, or in a revision."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

CONFIGURATION = (".tf", ".tf.json")
"""How the names of files end that are Terraform's configuration."""


@dataclass(frozen=True)
class Files:
    """The names of all files in a folder, and how one is read."""

    folder: str
    names: tuple[str, ...]
    read: Callable[[str], str]
    """The text of a file by its path; raises `KmsgenError`."""

    def path(self, name: str) -> str:
        """The path of a file by what it is called from within the folder."""
        return PurePath(os.path.normpath(os.path.join(self.folder, name))).as_posix()
