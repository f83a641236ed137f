"""The GitHub Action: its file, and what it does in a repository under review."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import release
from tests.pipelines.action import ACTION, Acted, act
from tests.pipelines.conftest import CHANGED, STALE, UNSOUND, Repository
from tests.pipelines.machine import Machine
from tests.support import ROOT

PAGE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")


def base(repository: Repository) -> dict[str, str]:
    """What the event of a pull request into `main` says."""
    return {"github.event.pull_request.base.sha": repository.git("rev-parse", "origin/main")}


class Runner:
    """Runs the action in the repository, on a machine that has kmsgen."""

    def __init__(self, repository: Repository, temporary: Path) -> None:
        self._repository, self._temporary = repository, temporary

    def __call__(self, github: dict[str, str] | None = None, **given: str) -> Acted:
        inputs = {name.replace("_", "-"): value for name, value in given.items()}
        return act(self._repository.machine, self._repository.folder, self._temporary, inputs, github)


@pytest.fixture
def runner(repository: Repository, tmp_path: Path) -> Runner:
    return Runner(repository, tmp_path / "runner")


def test_the_file_is_what_github_takes() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_every_input_and_output_is_in_the_documentation() -> None:
    inputs, outputs = PAGE.split("| input |", 1)[1].split("| output |", 1)
    assert re.findall(r"^\| `([a-z-]+)` \|", inputs, re.MULTILINE) == list(ACTION["inputs"])
    assert re.findall(r"^\| `([a-z-]+)` \|", outputs, re.MULTILINE) == list(ACTION["outputs"])


def test_every_input_reaches_a_step_by_its_environment_alone() -> None:
    steps = ACTION["runs"]["steps"]
    assert not [step["id"] for step in steps if "${{" in step["run"]]
    used = " ".join(value for step in steps for value in step["env"].values())
    assert set(re.findall(r"inputs\.([a-z-]+)", used)) == set(ACTION["inputs"])


def test_a_push_is_checked_and_not_compared(runner: Runner, repository: Repository) -> None:
    acted = runner()
    assert acted.code == 0, acted.log
    assert acted.outputs == {
        "sarif-file": "kmsgen.sarif", "comment": "", "comment-file": "", "changed": "", "exit-code": "0"
    }  # fmt: skip
    assert acted.summary == ""
    assert json.loads((repository.folder / "kmsgen.sarif").read_text())["version"] == "2.1.0"
    assert "out is what the blueprints make: 1 artefact" in acted.log


def test_kmsgen_is_installed_from_the_action_s_own_checkout_and_stays_for_later_steps(
    machine: Machine, repository: Repository, tmp_path: Path
) -> None:
    checkout = release.copy(tmp_path / "action")
    (checkout / "kmsgen" / "_version.py").write_text('__version__ = "0.1.0+mine"\n')
    given = {"python": sys.executable}
    acted = act(machine, repository.folder, tmp_path / "runner", given, base(repository), checkout)
    assert (acted.code, acted.outputs["exit-code"]) == (0, "0"), acted.log
    later = machine.run("kmsgen", "--version", cwd=repository.folder, PATH=acted.path)
    assert later.stdout == "kmsgen 0.1.0+mine\n"


def test_a_pull_request_is_told_who_gains_what(runner: Runner, repository: Repository) -> None:
    before = base(repository)
    repository.write("blueprints/orders.yaml", CHANGED)
    repository.generate()
    repository.commit("let reports in")
    acted = runner(before)
    assert (acted.code, acted.outputs["changed"], acted.outputs["exit-code"]) == (0, "true", "0"), acted.log
    assert acted.outputs["comment"].startswith("<!-- kmsgen:diff -->\n## Key policies\n")
    assert "role/Reports" in acted.outputs["comment"]
    assert Path(acted.outputs["comment-file"]).read_text() == acted.outputs["comment"] + "\n" == acted.summary


def test_a_pull_request_that_changes_nothing_says_so(runner: Runner, repository: Repository) -> None:
    acted = runner(base(repository))
    assert (acted.code, acted.outputs["changed"]) == (0, "false"), acted.log
    assert "No change in access: orders" in acted.outputs["comment"]


@pytest.mark.parametrize(("fail_on", "code"), [("any", 1), ("gains", 1), ("losses", 0)])
def test_a_comparison_fails_where_that_is_asked_for(
    runner: Runner, repository: Repository, fail_on: str, code: int
) -> None:
    before = base(repository)
    repository.write("blueprints/orders.yaml", CHANGED)
    acted = runner(before, generate="false", check="false", fail_on=fail_on)
    assert (acted.code, acted.outputs["changed"], acted.outputs["exit-code"]) == (code, "true", str(code)), acted.log
    assert ("::error title=kmsgen diff::" in acted.log) == bool(code)


def test_every_part_runs_and_the_worst_exit_code_stays(runner: Runner, repository: Repository) -> None:
    before = base(repository)
    repository.write("blueprints/orders.yaml", STALE)
    acted = runner(before)
    assert (acted.code, acted.outputs["exit-code"], acted.outputs["changed"]) == (1, "1", "true"), acted.log
    assert (
        "::error title=kmsgen generate::what was generated is not what the blueprints make (exit code 1)" in acted.log
    )
    assert "::warning file=blueprints/orders.yaml,line=5," in acted.log
    (run,) = json.loads((repository.folder / "kmsgen.sarif").read_text())["runs"]
    assert [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in run["results"]] == [5]
    assert "rotation" in acted.outputs["comment"]


def test_a_mistake_in_a_blueprint_is_worse_than_a_finding(runner: Runner, repository: Repository) -> None:
    before = base(repository)
    repository.write("blueprints/orders.yaml", CHANGED.replace("users", "usrs"))
    acted = runner(before)
    assert (acted.code, acted.outputs["exit-code"], acted.outputs["sarif-file"]) == (2, "2", ""), acted.log
    assert "did you mean `users`?" in acted.log
    assert acted.log.count("::error title=kmsgen ") == 3
    assert not (repository.folder / "kmsgen.sarif").exists()


def test_inputs_go_over_the_configuration(runner: Runner, repository: Repository) -> None:
    repository.write("blueprints/orders.yaml", UNSOUND)
    repository.write("ci.toml", 'out = "elsewhere"\n')
    acted = runner(config="ci.toml", severity="error", generate="true", sarif_file="found.sarif")
    assert (acted.code, acted.outputs["sarif-file"]) == (1, "found.sarif"), acted.log
    assert "elsewhere is not what the blueprints make" in acted.log  # of the file; severity is of the input


def test_several_paths_are_each_compared(runner: Runner, repository: Repository) -> None:
    repository.write("more/blueprints/other.yaml", CHANGED.replace("orders", "other"))
    acted = runner(base(repository), generate="false", paths="blueprints, more/blueprints")
    assert acted.code == 0, acted.log
    assert acted.outputs["comment"].count("<!-- kmsgen:diff -->") == 2
    assert "### `other`: added" in acted.outputs["comment"]


def test_the_base_is_fetched_where_the_checkout_is_shallow(
    runner: Runner, repository: Repository, tmp_path: Path
) -> None:
    before = base(repository)
    repository.write("blueprints/orders.yaml", CHANGED)
    repository.generate()
    repository.commit("let reports in")
    repository.git("push", "--quiet", "origin", "HEAD:change")
    shallow = tmp_path / "shallow"
    origin = f"file://{tmp_path / 'origin.git'}"
    repository.machine.git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=change", origin, str(shallow))
    repository.folder = shallow
    acted = runner(before)
    assert (acted.code, acted.outputs["changed"]) == (0, "true"), acted.log


def test_a_long_report_is_cut_for_the_comment_and_whole_in_the_summary(runner: Runner, repository: Repository) -> None:
    before = base(repository)
    keys = "".join(f"  key-{number}: {{users: [role/App{number}], rotation: true}}\n" for number in range(150))
    repository.write("blueprints/many.yaml", CHANGED.split("keys:\n")[0] + "keys:\n" + keys)
    acted = runner(before, generate="false", check="false")
    assert acted.code == 0, acted.log
    assert len(acted.outputs["comment"].encode()) < 61_000
    assert acted.outputs["comment"].endswith("\nMore is in the summary of the job.")
    assert "### `key-149`" in acted.summary
    assert "### `key-149`" not in acted.outputs["comment"]
