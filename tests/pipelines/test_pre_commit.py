"""The hooks for pre-commit, installed and run by pre-commit itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from tests import release
from tests.pipelines.conftest import CHANGED, UNSOUND, Repository
from tests.pipelines.machine import Machine
from tests.support import ROOT

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


@pytest.fixture(scope="session")
def checkout(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A repository of kmsgen itself, and its revision."""
    folder = release.copy(tmp_path_factory.mktemp("checkout") / "kmsgen")
    machine.git(folder, "init", "--quiet")
    machine.git(folder, "add", "--all", "--force")
    machine.git(folder, "commit", "--quiet", "--message", "a release")
    return folder, machine.git(folder, "rev-parse", "HEAD")


@pytest.fixture
def hooked(repository: Repository, checkout: tuple[Path, str]) -> Repository:
    """The repository with the hooks, as the documentation has them."""
    page = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    config = page.split("# .pre-commit-config.yaml\n", 1)[1].split("```", 1)[0]
    assert "repo: https://github.com/OWNER/kmsgen\n" in config
    folder, revision = checkout
    config = config.replace("https://github.com/OWNER/kmsgen", str(folder)).replace("rev: v0.1.0", f"rev: {revision}")
    repository.write(".pre-commit-config.yaml", config)
    repository.commit("hooks")
    return repository


def run(repository: Repository, *arguments: str) -> tuple[int, str]:
    done = repository.machine.run(
        sys.executable, "-m", "pre_commit", "run", "--color=never", *arguments, cwd=repository.folder
    )
    return done.returncode, done.stdout + done.stderr


def results(printed: str) -> list[str]:
    """What became of each hook."""
    return [printed.split(hook["name"], 1)[1].split("\n", 1)[0].strip(".") for hook in HOOKS if hook["name"] in printed]


def test_the_hooks_pass_on_what_is_fresh_and_sound(hooked: Repository) -> None:
    code, printed = run(hooked, "--all-files")
    assert (code, results(printed)) == (0, ["Passed", "Passed"]), printed


def test_a_stale_file_is_refused_with_what_would_change(hooked: Repository) -> None:
    hooked.write("blueprints/orders.yaml", CHANGED)
    hooked.git("add", "--all")
    code, printed = run(hooked)
    assert (code, results(printed)) == (1, ["Passed", "Failed"]), printed
    assert '+          "arn:aws:iam::111122223333:role/Reports"' in printed
    assert "run `kmsgen generate` with the same options" in printed


def test_an_unsound_policy_is_refused_at_its_place(hooked: Repository) -> None:
    hooked.write("blueprints/orders.yaml", UNSOUND)
    hooked.generate()
    hooked.git("add", "--all")
    code, printed = run(hooked)
    assert (code, results(printed)) == (1, ["Failed", "Passed"]), printed
    assert "blueprints/orders.yaml:5" in printed


def test_a_change_that_does_not_concern_keys_is_not_looked_at(hooked: Repository) -> None:
    hooked.write("blueprints/orders.yaml", UNSOUND)
    hooked.commit("unsound")
    hooked.write("README.md", "keys\n")
    hooked.git("add", "--all")
    code, printed = run(hooked)
    assert code == 0, printed
    assert printed.count("(no files to check)Skipped") == 2


def test_a_hand_edit_of_what_is_generated_is_refused(hooked: Repository) -> None:
    path = "out/json/orders/orders.json"
    hooked.write(path, (hooked.folder / path).read_text().replace("role/App", "role/Everybody"))
    hooked.git("add", "--all")
    code, printed = run(hooked, "kmsgen-generate")
    assert (code, results(printed)) == (1, ["Failed"]), printed


def test_arguments_of_the_repository_are_added(hooked: Repository) -> None:
    config = (hooked.folder / ".pre-commit-config.yaml").read_text()
    hooked.write(
        ".pre-commit-config.yaml",
        config.replace("id: kmsgen-check", "id: kmsgen-check\n        args: [--severity, error]"),
    )
    hooked.write("blueprints/orders.yaml", UNSOUND)
    hooked.git("add", "--all")
    code, printed = run(hooked, "kmsgen-check")
    assert (code, results(printed)) == (0, ["Passed"]), printed
