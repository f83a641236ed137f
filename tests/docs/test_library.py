"""The page about the library: its examples run, print what they say, pass mypy, and use every public name."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kmsgen
from tests.docs.walk import blocks
from tests.support import ROOT

PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
BLOCKS = list(blocks(PAGE))
PYTHON = [block.text for block in BLOCKS if block.language == "python"]


def test_the_examples_print_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    said, printed = "", io.StringIO()
    for block in BLOCKS:
        if block.title:
            path = tmp_path / block.title
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "text":
            said += block.text
        else:
            said += "".join(f"{one}\n" for one in re.findall(r"^print\(.*\)  # (.*)$", block.text, re.MULTILINE))
            with contextlib.redirect_stdout(printed):
                exec(compile(block.text, "docs/library.md", "exec"), names)
    assert printed.getvalue() == said


def test_every_public_name_is_in_an_example() -> None:
    used = set(re.findall(r"\bkmsgen\.(\w+)", "".join(PYTHON)))
    assert set(kmsgen.__all__) - used == set()


def test_the_examples_are_well_typed(tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text("".join(PYTHON), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml")]
    done = subprocess.run([*command, str(tmp_path / "example.py")], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_lists_its_names_and_imports_none_of_them_before_it_is_used() -> None:
    assert set(dir(kmsgen)) == set(kmsgen.__all__)
    program = "import sys, kmsgen; print(sorted(one for one in sys.modules if one.startswith('kmsgen.')))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "['kmsgen._version']\n"
