"""A new user follows the tutorial and then the README, in an empty folder, on a machine that has never seen kmsgen."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.walk import Shell, walked
from tests.pipelines.machine import Machine
from tests.support import ROOT


@pytest.fixture
def shell(machine: Machine, tmp_path: Path) -> Iterator[Shell]:
    """A shell in an empty folder, whose `python3` is the one of these tests."""
    programs = tmp_path / "programs"
    (tmp_path / "tutorial").mkdir()
    programs.mkdir()
    (programs / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (programs / "python3").chmod(0o755)
    path = f"{programs}:{machine.environment['PATH']}"
    # As on a terminal, where what is printed and what is said of it come in the order in which they are written.
    opened = Shell(tmp_path / "tutorial", {**machine.environment, "PATH": path, "PYTHONUNBUFFERED": "1"})
    yield opened
    opened.close()


def test_the_tutorial_and_the_readme_do_what_they_show(shell: Shell, tmp_path: Path) -> None:
    tutorial, readme = ((ROOT / name).read_text(encoding="utf-8") for name in ("docs/tutorial.md", "README.md"))
    assert shell("command -v kmsgen").code == 1
    assert walked(tutorial, tmp_path / "tutorial", shell) == tutorial
    assert shell("command -v kmsgen").printed == f"{tmp_path}/tutorial/.venv/bin/kmsgen\n"
    assert shell("mkdir ../readme; cd ../readme").code == 0
    assert walked(readme, tmp_path / "readme", shell) == readme
