"""Runs the composite action as GitHub's runner would: expressions filled in, each step in bash, files for what it says."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.pipelines.machine import Machine
from tests.support import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))

_EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")


@dataclass(frozen=True)
class Acted:
    """What the action left behind."""

    code: int
    outputs: Mapping[str, str]
    summary: str
    log: str
    path: str
    """The path that later steps have."""


def filled(text: str, contexts: Mapping[str, str]) -> str:
    """A text with its expressions: names, joined by `||`, of what is known; an unknown one is empty."""

    def value(found: re.Match[str]) -> str:
        names = found[1].split(" || ")
        assert all(re.fullmatch(r"[a-z_.-]+", name) for name in names), found[1]
        return next((contexts[name] for name in names if contexts.get(name)), "")

    return _EXPRESSION.sub(value, text)


def act(
    machine: Machine,
    repository: Path,
    temporary: Path,
    given: Mapping[str, str],
    github: Mapping[str, str] | None = None,
    checkout: Path | None = None,
) -> Acted:
    """Run the action in a repository, with inputs; `github` is what the event says, by the names of its expressions.

    `checkout` is where the runner has put the action; without one the machine has kmsgen, and nothing is installed.
    """
    assert set(given) <= set(ACTION["inputs"])
    temporary.mkdir()
    contexts = {**(github or {}), "github.action_path": str(checkout or "")}
    for name, one in ACTION["inputs"].items():
        contexts[f"inputs.{name}"] = given.get(name, filled(one["default"], contexts))
    files = {name: temporary / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
    log, code, path = "", 0, machine.environment["PATH"]
    for step in ACTION["runs"]["steps"]:
        for file in files.values():
            file.touch()
        if step["id"] == "install" and checkout is None:
            continue
        script = temporary / f"{step['id']}.sh"
        script.write_text(step["run"], encoding="utf-8")
        done = machine.run(
            shutil.which("bash") or "bash",
            *("--noprofile", "--norc", "-eo", "pipefail", str(script)),
            cwd=repository,
            **{name: filled(value, contexts) for name, value in step["env"].items()},
            **{name: str(file) for name, file in files.items()},
            RUNNER_TEMP=str(temporary),
            PATH=path,
        )
        log, code = log + done.stdout + done.stderr, done.returncode
        for name, value in outputs(files["GITHUB_OUTPUT"].read_text(encoding="utf-8")).items():
            contexts[f"steps.{step['id']}.outputs.{name}"] = value
        path = os.pathsep.join([*reversed(files["GITHUB_PATH"].read_text().splitlines()), machine.environment["PATH"]])
        if code:
            break
    said = {name: filled(one["value"], contexts) for name, one in ACTION["outputs"].items()}
    return Acted(code, said, files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"), log, path)


def outputs(text: str) -> dict[str, str]:
    """What a file of outputs says: `name=value`, or `name<<END` and lines up to `END`."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, mark, end = line.partition("<<")
        if mark and "=" not in name:
            value = []
            for inner in lines:
                if inner == end:
                    break
                value.append(inner)
            found[name] = "\n".join(value)
        else:
            name, _, found_value = line.partition("=")
            found[name] = found_value
    return found
