"""What tests of pipelines share: a machine with kmsgen, and a repository with a change for review."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import BLUEPRINT
from tests.pipelines.machine import Machine

CHANGED = BLUEPRINT.replace("users: [role/App]", "users: [role/App, role/Reports]")
UNSOUND = BLUEPRINT.replace("users:", "rotation: false, users:")
STALE = UNSOUND.replace("[role/App]", "[role/App, role/Reports]")


@pytest.fixture(scope="session")
def installed(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with kmsgen."""
    ready = machine.fresh(tmp_path_factory.mktemp("installed") / "python")
    done = ready.run("pip", "install", "kmsgen", cwd=ready.home)
    assert done.returncode == 0, done.stdout + done.stderr
    return ready


class Repository:
    """A repository of somebody who uses kmsgen."""

    def __init__(self, folder: Path, machine: Machine) -> None:
        """`machine` has kmsgen."""
        self.folder = folder
        self.machine = machine

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def generate(self) -> None:
        """Make what the blueprints make."""
        done = self.machine.run("kmsgen", "generate", cwd=self.folder)
        assert done.returncode == 0, done.stderr

    def git(self, *arguments: str) -> str:
        """Run git; what it prints."""
        return self.machine.git(self.folder, *arguments)

    def commit(self, message: str) -> str:
        """Commit all there is; the revision."""
        self.git("add", "--all")
        self.git("commit", "--no-verify", "--message", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, installed: Machine) -> Repository:
    """A repository with a sound blueprint and what it makes, on the branch `main`, cloned from an `origin`."""
    made = Repository(tmp_path / "repository", installed)
    origin = tmp_path / "origin.git"
    installed.git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", str(origin))
    installed.git(tmp_path, "clone", "--quiet", str(origin), str(made.folder))
    made.git("checkout", "--quiet", "-B", "main")
    made.write("blueprints/orders.yaml", BLUEPRINT)
    made.generate()
    made.commit("a key")
    made.git("push", "--quiet", "origin", "main")
    return made
