"""What a release is made of: the checkout without what git ignores, and the wheel that is built of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support import ROOT


def copy(folder: Path) -> Path:
    """The project as a clean checkout has it, in a new folder."""
    ignore = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", ".hypothesis", "out")
    shutil.copytree(ROOT, folder, ignore=ignore)
    return folder


def wheel(folder: Path) -> Path:
    """The wheel, built in `folder` by way of the source distribution."""
    tree = copy(folder / "tree")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), str(tree)]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = (folder / "dist").glob("*.whl")
    return made
