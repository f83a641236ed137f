"""The pipeline files of the documentation: each is what its system takes, and each of its commands does what is said."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
import yaml

from tests.pipelines.action import act, filled
from tests.pipelines.conftest import CHANGED, STALE, Repository
from tests.pipelines.machine import Machine
from tests.support import ROOT

PAGE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
FILES: dict[str, str] = dict(
    re.findall(r"^```(?:yaml|groovy)\n(?:#|//) (\S+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
)
SCHEMAS = {
    ".github/workflows/keys.yml": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci --data-transform=gitlab-ci",
    "azure-pipelines.yml": "vendor.azure-pipelines --data-transform=azure-pipelines --regex-variant=nonunicode",
}


class Pipeline(NamedTuple):
    """How the commands of one system run."""

    shell: tuple[str, ...]
    commands: list[str]
    change: Mapping[str, str]
    """What the system says of a change to `main`, and nothing of it elsewhere."""
    report: str
    """What `check` writes."""


def _loaded(name: str) -> Any:
    return yaml.safe_load(FILES[name])


def _gitlab() -> Iterator[str]:
    document = _loaded(".gitlab-ci.yml")
    yield from document["default"]["before_script"]
    for job in (one for name, one in document.items() if name != "default"):
        yield from job["script"]


def _codebuild() -> Iterator[str]:
    for phase in _loaded("buildspec.yml")["phases"].values():
        yield from phase["commands"]


PIPELINES = {
    ".gitlab-ci.yml": Pipeline(
        ("bash", "-eo", "pipefail", "-c"),
        list(_gitlab()),
        {
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": "origin/main",
            "CI_API_V4_URL": "https://gitlab.example/api/v4",
            "CI_PROJECT_ID": "7",
            "CI_MERGE_REQUEST_IID": "8",
            "KMSGEN_NOTES_TOKEN": "secret",
        },
        "gl-code-quality-report.json",
    ),
    "azure-pipelines.yml": Pipeline(
        ("bash", "--noprofile", "--norc", "-c"),
        [step["script"] for step in _loaded("azure-pipelines.yml")["steps"] if "script" in step],
        {"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"},
        "kmsgen.xml",
    ),
    "Jenkinsfile": Pipeline(
        ("sh", "-xec"),
        re.findall(r"^ +sh '(.*)'$", FILES["Jenkinsfile"], re.MULTILINE),
        {"CHANGE_TARGET": "main"},
        "kmsgen.xml",
    ),
    "buildspec.yml": Pipeline(
        ("sh", "-c"), list(_codebuild()), {"CODEBUILD_WEBHOOK_BASE_REF": "refs/heads/main"}, "kmsgen.xml"
    ),
}


class Ran(NamedTuple):
    """What became of the commands that call kmsgen, by its command, and what they printed."""

    codes: dict[str, int]
    printed: str


def run(name: str, repository: Repository, machine: Machine, tmp_path: Path) -> Ran:
    """Run every command of a pipeline, one after the other, whatever each finds."""
    pipeline = PIPELINES[name]
    programs = tmp_path / "programs"
    programs.mkdir(exist_ok=True)
    # Stands in for a network: what it is called with is what would be sent.
    (programs / "curl").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {shlex.quote(str(tmp_path / "sent"))}\n')
    (programs / "curl").chmod(0o755)
    path = f"{programs}:{machine.environment['PATH']}"
    codes, printed = dict[str, int](), ""
    for command in pipeline.commands:
        done = machine.run(*pipeline.shell, command, cwd=repository.folder, PATH=path, **pipeline.change)
        printed += done.stdout + done.stderr
        called = re.search(r"\bkmsgen (generate|check|diff)\b", command)
        if called:
            assert called[1] not in codes
            codes[called[1]] = done.returncode
        else:
            assert done.returncode == 0, (command, done.stdout + done.stderr)
    return Ran(codes, printed)


def test_the_page_has_the_files_of_every_system() -> None:
    assert set(FILES) == {".pre-commit-config.yaml", ".github/workflows/keys.yml", *PIPELINES}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_file_is_what_its_system_takes(name: str, tmp_path: Path) -> None:
    (tmp_path / "file.yml").write_text(FILES[name])
    schema, *options = SCHEMAS[name].split()
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *options, "file.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", PIPELINES)
def test_a_sound_change_passes_and_is_told(name: str, repository: Repository, machine: Machine, tmp_path: Path) -> None:
    repository.write("blueprints/orders.yaml", CHANGED)
    repository.generate()
    repository.commit("let reports in")
    ran = run(name, repository, machine.fresh(tmp_path / "python"), tmp_path)
    assert ran.codes == {"generate": 0, "check": 0, "diff": 0}, ran.printed
    assert "role/Reports" in (repository.folder / "kmsgen.md").read_text()


@pytest.mark.parametrize("name", PIPELINES)
def test_a_stale_and_unsound_change_fails_and_is_told(
    name: str, repository: Repository, installed: Machine, tmp_path: Path
) -> None:
    repository.write("blueprints/orders.yaml", STALE)
    ran = run(name, repository, installed, tmp_path)
    assert ran.codes == {"generate": 1, "check": 1, "diff": 0}, ran.printed
    assert "role/Reports" in (repository.folder / "kmsgen.md").read_text()
    assert _failures(repository.folder / PIPELINES[name].report) == 1


def _failures(report: Path) -> int:
    if report.suffix == ".json":
        return len(json.loads(report.read_text()))
    return len(list(ElementTree.parse(report).iter("failure")))


@pytest.mark.parametrize("name", PIPELINES)
def test_a_mistake_fails_the_comparison_too(
    name: str, repository: Repository, installed: Machine, tmp_path: Path
) -> None:
    repository.write("blueprints/orders.yaml", CHANGED.replace("users", "usrs"))
    ran = run(name, repository, installed, tmp_path)
    assert set(ran.codes) == {"generate", "check", "diff"}
    assert all(ran.codes.values()), ran.codes
    assert "did you mean `users`?" in ran.printed


def test_gitlab_is_sent_the_comparison_as_a_note(repository: Repository, installed: Machine, tmp_path: Path) -> None:
    repository.write("blueprints/orders.yaml", CHANGED)
    repository.generate()
    run(".gitlab-ci.yml", repository, installed, tmp_path)
    sent = (tmp_path / "sent").read_text().splitlines()
    assert sent[-1] == "https://gitlab.example/api/v4/projects/7/merge_requests/8/notes"
    assert ("PRIVATE-TOKEN: secret" in sent, "body@kmsgen.md" in sent) == (True, True)


def test_azure_shows_the_comparison_on_the_summary(repository: Repository, installed: Machine, tmp_path: Path) -> None:
    ran = run("azure-pipelines.yml", repository, installed, tmp_path)
    assert f"##vso[task.uploadsummary]{repository.folder}/kmsgen.md" in ran.printed.splitlines()


def test_codebuild_compares_nothing_that_is_no_pull_request(repository: Repository, installed: Machine) -> None:
    (compare,) = (one for one in PIPELINES["buildspec.yml"].commands if "kmsgen diff" in one)
    assert installed.run("sh", "-c", compare, cwd=repository.folder).returncode == 0
    assert not (repository.folder / "kmsgen.md").exists()


def test_the_workflow_of_github_runs_the_action_and_writes_its_comment(
    repository: Repository, installed: Machine, tmp_path: Path
) -> None:
    before = repository.git("rev-parse", "HEAD")
    repository.write("blueprints/orders.yaml", CHANGED)
    repository.generate()
    repository.commit("let reports in")
    (job,) = _loaded(".github/workflows/keys.yml")["jobs"].values()
    action, comment = job["steps"][2], job["steps"][4]
    assert action["uses"] == "OWNER/kmsgen@v0.1.0"
    acted = act(
        installed, repository.folder, tmp_path / "runner", action.get("with", {}), {"github.event.pull_request.base.sha": before}
    )  # fmt: skip
    assert acted.code == 0, acted.log
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "gh").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (programs / "gh").chmod(0o755)
    contexts = {f"steps.{action['id']}.outputs.{name}": value for name, value in acted.outputs.items()}
    contexts |= {"github.event.pull_request.html_url": "https://github.com/a/b/pull/1", "github.token": "secret"}
    done = installed.run(
        *("bash", "-e", "-c", comment["run"]),
        cwd=repository.folder,
        PATH=f"{programs}:{installed.environment['PATH']}",
        **{name: filled(value, contexts) for name, value in comment["env"].items()},
    )
    assert done.stdout.splitlines() == [
        "pr", "comment", "https://github.com/a/b/pull/1", "--edit-last", "--create-if-none", "--body-file",
        acted.outputs["comment-file"],
    ]  # fmt: skip
    used = set(re.findall(r"steps\.kmsgen\.outputs\.([a-z-]+)", FILES[".github/workflows/keys.yml"]))
    assert used <= set(acted.outputs)
