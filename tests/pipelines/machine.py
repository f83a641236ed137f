"""A machine of a pipeline: a fresh Python environment, git, and packages that are at hand instead of a network."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, replace
from pathlib import Path

_OURS = ("kmsgen", "_kmsgen", "__editable__", "__pycache__", "pip", "setuptools")


@dataclass(frozen=True)
class Machine:
    """Where programs run, and with which environment."""

    environment: dict[str, str]
    home: Path

    def run(self, *command: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program."""
        environment = {**self.environment, **variables}
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)

    def git(self, cwd: Path, *arguments: str) -> str:
        """Run git, which must succeed; what it prints."""
        done = self.run("git", *arguments, cwd=cwd)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def fresh(self, folder: Path) -> Machine:
        """This machine with a Python environment of its own, in which nothing is installed yet."""
        done = self.run(sys.executable, "-m", "venv", str(folder), cwd=self.home)
        assert done.returncode == 0, done.stderr
        return replace(
            self, environment={**self.environment, "PATH": f"{folder / 'bin'}{os.pathsep}{self.environment['PATH']}"}
        )


def prepared(folder: Path, wheel: Path) -> Machine:
    """A machine whose pip finds kmsgen as it would be released, and what kmsgen needs as it is installed here."""
    packages = folder / "packages"
    packages.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(_OURS) and path.suffix != ".pth":
            (packages / path.name).symlink_to(path)
    home = folder / "home"
    home.mkdir()
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    return Machine(
        {
            **who,
            "PATH": os.defpath,
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "PYTHONPATH": str(packages),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheel.parent),
            "PIP_NO_BUILD_ISOLATION": "0",  # as pip reads it: no isolation
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PRE_COMMIT_HOME": str(home / "pre-commit"),
        },
        home,
    )
