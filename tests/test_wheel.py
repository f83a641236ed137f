"""An installed wheel, used outside the checkout, makes the same bytes as the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.examples import NOT_CLOUDFORMATION
from tests.support import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """The folder that the wheel was installed into."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, "-m", "kmsgen", *arguments], capture_output=True, text=True, cwd=cwd, env=environment
    )


def test_the_wheel_holds_the_package_the_templates_and_nothing_else(installed: Path) -> None:
    tops = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert tops == {"kmsgen"}
    there = {
        path.relative_to(installed / "kmsgen" / "_templates")
        for path in (installed / "kmsgen" / "_templates").rglob("*.yaml")
    }
    assert there == {path.relative_to(ROOT / "templates") for path in (ROOT / "templates").rglob("*.yaml")}
    assert (installed / "kmsgen" / "py.typed").is_file()


def test_the_wheel_makes_the_same_bytes(installed: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "blueprints", tmp_path / "blueprints")
    where = run(installed, tmp_path, "--version")
    assert where.returncode == 0
    located = subprocess.run(
        [sys.executable, "-c", "import kmsgen; print(kmsgen.__file__)"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
    )
    assert located.stdout.startswith(str(installed))
    plain = ("--companion", "-f", "json", "-f", "terraform", "-f", "terraform-json")
    done = run(installed, tmp_path, "generate", "blueprints", *plain)
    assert done.returncode == 0, done.stderr
    templates = [
        str(path) for path in sorted((tmp_path / "blueprints").glob("*.yaml")) if path.stem not in NOT_CLOUDFORMATION
    ]
    done = run(
        installed, tmp_path, "generate", *templates, "--companion", "-f", "cloudformation", "-f", "cloudformation-json"
    )
    assert done.returncode == 0, done.stderr
    made = {
        path.relative_to(tmp_path / "out"): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    golden = {path.relative_to(ROOT / "out"): path.read_bytes() for path in (ROOT / "out").rglob("*") if path.is_file()}
    assert made == golden
